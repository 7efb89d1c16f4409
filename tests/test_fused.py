"Fused kernels give what they replace: values, gradients, NaN, dtypes, layouts, options; models and optimizers train alike"
import subprocess, sys
from copy import deepcopy

import numpy as np
import pytest

from tinytorch.core.activations import GELU, ReLU, gelu, relu, softmax
from tinytorch.core.attention import MultiHeadAttention, attend_heads
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss, cross_entropy
from tinytorch.core.opcheck import check_op
from tinytorch.core.optimizers import Adam, AdamW
from tinytorch.core.spatial import BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN, batch_norm, max_pool2d
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import GPT, MLP, LayerNorm, TransformerBlock, layer_norm
from tinytorch.perf import fused as page
from tinytorch.perf.fused import (FusedAdam, FusedAdamW, FusedCrossEntropyLoss, fused_bias_gelu, fused_cross_entropy,
    fused_layer_norm, fused_max_pool2d, fused_model, fused_softmax)

def normal(*shape, seed=0, dtype=np.float32): return np.random.default_rng(seed).standard_normal(shape).astype(dtype)

def by_pixel(maps): return np.ascontiguousarray(maps.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

def run(f, *arrays, seed=5):
    "Result and gradients"
    leaves = [Tensor(a.copy(order='K'), requires_grad=True) for a in arrays]
    out = f(*leaves)
    out.backward(np.random.default_rng(seed).standard_normal(out.shape).astype(out.dtype))
    return [out.data, *[t.grad for t in leaves]]

def agree(fused, plain, *arrays, rtol=1e-5, atol=1e-5):
    "Both give the same in value and gradient, and in dtype"
    with np.errstate(all='ignore'):
        for a, b in zip(run(fused, *arrays), run(plain, *arrays), strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)

def norm(f): return lambda x, w, b: f(x, x.shape[-1], w, b)

# (fused, plain, shapes): a row is the last axis of the first
PAIRS = {
    'gelu tanh':  (lambda x, b: fused_bias_gelu(x, b, 'tanh'), lambda x, b: gelu(x + b, 'tanh'), [(6, 37), (37,)]),
    'gelu erf':   (fused_bias_gelu, lambda x, b: gelu(x + b), [(6, 37), (37,)]),
    'softmax':    (fused_softmax, softmax, [(6, 37)]),
    'layer norm': (norm(fused_layer_norm), norm(layer_norm), [(6, 37), (37,), (37,)]),
    'cross-entropy': (lambda x: fused_cross_entropy(x, np.arange(6)*5), lambda x: cross_entropy(x, np.arange(6)*5), [(6, 37)]),
    'relu':       (page.fused_relu, relu, [(6, 37)]),
    'attention':  (lambda x: page.heads_op(x, num_heads=2, is_causal=True), lambda x: attend_heads(x, num_heads=2, is_causal=True), [(2, 19, 24)])}
pairs = pytest.mark.parametrize('pair', PAIRS.values(), ids=PAIRS)
falls_back = pytest.mark.parametrize('pair', [p for n, p in PAIRS.items() if n != 'attention'], ids=[n for n in PAIRS if n != 'attention'])

def arrays_of(shapes, dtype=np.float32): return [normal(*shape, seed=i, dtype=dtype) for i, shape in enumerate(shapes)]

OPS = [page.bias_gelu, page.softmax_last, page.cross_entropy_op, page.norm_op, page.heads_op, page.relu_op, page.pool_op, page.channel_norm_op]

@pytest.mark.parametrize('operation', OPS, ids=lambda op: op.__name__)
def test_laws(operation): assert check_op(operation) >= 4

# ---------------------------------------------------------------- the exponential
def exponentials(x):
    out = np.empty_like(x)
    page.exponentials(x, out)
    return out

def test_exponential_is_right_to_the_last_places_everywhere():
    top = int(np.float32(104).view(np.int32))
    for start in range(0, 1000, 77):
        x = np.arange(start, top, 1000, dtype=np.int32).view(np.float32)
        x = np.concatenate([x[x < 88.722], -x])
        true = np.exp(x.astype(np.float64))
        assert (np.abs(exponentials(x) - true)/np.spacing(true.astype(np.float32))).max() < 2

def test_exponential_of_what_is_no_ordinary_number():
    x = np.array([np.inf, -np.inf, np.nan, -np.nan, 88.73, 1e38, -104.1, -1e38, 0, -0., 1e-45, -1e-45, 88.722], np.float32)
    expected = [np.inf, 0, np.nan, np.nan, np.inf, np.inf, 0, 0, 1, 1, 1, 1, np.exp(np.float64(np.float32(88.722)))]
    np.testing.assert_allclose(exponentials(np.tile(x, 9)), np.tile(expected, 9), rtol=3e-7)

def test_exponential_in_double_precision():
    x = np.linspace(-700, 700, 1001)
    np.testing.assert_allclose(exponentials(x), np.exp(x), rtol=1e-15)

def test_the_kernels_say_the_same_uncompiled():
    x, out = normal(3, 5)*4, np.empty((2, 3, 5), np.float32)
    page.softmax_rows(x, out[0]), page.softmax_rows.function(x, out[1])
    np.testing.assert_allclose(*out, rtol=1e-6)

# ---------------------------------------------------------------- every pair: sizes, NaN, dtypes, memory
@pairs
@pytest.mark.parametrize('size', [1, 3, 16, 64, 257])
def test_sizes(pair, size):
    fused, plain, shapes = pair
    if len(shapes[0]) == 3: shapes = [(2, size, 24)]
    else: shapes = [(6, max(size, 30)) if pair is PAIRS['cross-entropy'] else (6, size), *[(size,)]*(len(shapes) - 1)]
    if pair is PAIRS['layer norm'] and size == 1: return agree(fused, plain, *arrays_of(shapes), atol=1e-2)  # 0 over the root of eps
    agree(fused, plain, *arrays_of(shapes), rtol=1e-4)

@pairs
@pytest.mark.parametrize('place', [0, 17, 36])
def test_nan_stays_nan(pair, place):
    "Where one number is NaN, results and gradients are NaN exactly where those of the page are"
    fused, plain, shapes = pair
    arrays = arrays_of(shapes)
    arrays[0].reshape(-1, arrays[0].shape[-1])[2, place % arrays[0].shape[-1]] = np.nan
    found, expected = run(fused, *arrays), run(plain, *arrays)
    assert any(np.isnan(a).any() for a in found)
    if pair is PAIRS['attention']:  # what may not be seen does not count, as in `attention_weights`; page 12's op adds -inf to it
        assert np.isnan(found[0][0, 2]).any() and not (np.isnan(found[0]) & ~np.isnan(expected[0])).any()
        return
    for a, b in zip(found, expected): np.testing.assert_array_equal(np.isnan(a), np.isnan(b))

@pairs
@pytest.mark.parametrize('size', [30, 70, 1000, 1e4])
def test_large_numbers(pair, size):
    fused, plain, shapes = pair
    arrays = arrays_of(shapes)
    arrays[0] = arrays[0]*np.float32(size**.5 if pair is PAIRS['attention'] else size)
    agree(fused, plain, *arrays, rtol=1e-4, atol=1e-5*size)

@pairs
def test_double_precision(pair):
    fused, plain, shapes = pair
    agree(fused, plain, *arrays_of(shapes, np.float64), rtol=1e-10, atol=1e-12)

@falls_back
def test_half_precision_is_the_pages_own(pair):
    fused, plain, shapes = pair
    agree(fused, plain, *arrays_of(shapes, np.float16), rtol=0, atol=0)

@falls_back
def test_whole_numbers_are_the_pages_own(pair):
    fused, plain, shapes = pair
    arrays = [(a*4).astype(np.int64) for a in arrays_of(shapes)]
    found, expected = [f(*map(Tensor, arrays)).data for f in (fused, plain)]
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)

@pairs
def test_memory_with_gaps_and_other_orders(pair):
    fused, plain, shapes = pair
    arrays = arrays_of(shapes)
    gaps = [np.repeat(a, 2, axis=-1)[..., ::2] for a in arrays]
    turned = [np.asfortranarray(a) for a in arrays]
    for kind in gaps, turned:
        for a, b in zip(run(fused, *arrays), [fused_run for fused_run in run_as_they_are(fused, kind)]):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)

def run_as_they_are(f, arrays):
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    out = f(*leaves)
    out.backward(np.random.default_rng(5).standard_normal(out.shape).astype(out.dtype))
    return [out.data, *[t.grad for t in leaves]]

@pairs
def test_arrays_that_cannot_be_written(pair):
    fused, plain, shapes = pair
    arrays = arrays_of(shapes)
    for a in arrays: a.flags.writeable = False
    for a, b in zip(run_as_they_are(fused, arrays), run(plain, *arrays)): np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)

@pytest.mark.parametrize('name', ['gelu tanh', 'softmax', 'layer norm', 'relu'])
def test_no_rows(name):
    fused, plain, shapes = PAIRS[name]
    agree(fused, plain, *arrays_of([(0, 37), *shapes[1:]]))

def test_bytes_in_the_other_order_and_mixed_dtypes_go_the_pages_way():
    x = normal(4, 8)
    np.testing.assert_allclose(fused_softmax(Tensor(x.astype('>f4'))).data, softmax(Tensor(x)).data, rtol=1e-6)
    out = fused_bias_gelu(Tensor(x), Tensor(normal(8, dtype=np.float64)))
    assert out.dtype == np.float64

# ---------------------------------------------------------------- single doors
def test_softmax_of_rows_with_infinities():
    x = np.array([[0, -np.inf, 1], [-np.inf]*3, [np.inf, 0, 0], [np.inf, -np.inf, 0]], np.float32)
    with np.errstate(all='ignore'): np.testing.assert_allclose(fused_softmax(x).data, softmax(Tensor(x)).data, rtol=1e-6)

def test_softmax_along_other_axes_and_errors():
    x = normal(3, 4, 5)
    for dim in (0, 1, 2, -1, -2): np.testing.assert_allclose(fused_softmax(Tensor(x), dim).data, softmax(Tensor(x), dim).data, rtol=1e-5)
    with pytest.raises(ValueError, match='dim=3'): fused_softmax(Tensor(x), 3)
    assert fused_softmax(Tensor(np.float32(3))).item() == softmax(Tensor(np.float32(3))).item() == 1

@pytest.mark.parametrize('reduction', ['mean', 'sum', 'none'])
@pytest.mark.parametrize('weighted', [True, False])
@pytest.mark.parametrize('smoothing', [0., .1])
@pytest.mark.parametrize('ignored', [True, False])
def test_cross_entropy_options(reduction, weighted, smoothing, ignored):
    labels = np.random.default_rng(1).integers(0, 9, (5, 4))
    if ignored: labels[1], labels[3, 2] = -100, -100
    options = dict(reduction=reduction, label_smoothing=smoothing, weight=normal(9)**2 if weighted else None)
    agree(lambda x: fused_cross_entropy(x, labels, **options), lambda x: cross_entropy(x, labels, **options), normal(5, 4, 9)*3)
    a, b = [loss(**options)(Tensor(normal(5, 4, 9)), labels).data for loss in (FusedCrossEntropyLoss, CrossEntropyLoss)]
    np.testing.assert_allclose(a, b, rtol=1e-5)

def test_cross_entropy_of_probabilities_other_axes_lists_and_nothing():
    x, labels = normal(6, 4), [0, 3, 1, 1, 2, 0]
    p = softmax(Tensor(normal(6, 4, seed=3))).data
    agree(lambda x: fused_cross_entropy(x, p), lambda x: cross_entropy(x, p), x)
    agree(lambda x: fused_cross_entropy(x, labels), lambda x: cross_entropy(x, labels), x)
    agree(lambda x: fused_cross_entropy(x, Tensor([1., 0, 3, 2]), axis=0), lambda x: cross_entropy(x, [1, 0, 3, 2], axis=0), x)
    nothing = np.full(6, -100)
    agree(lambda x: fused_cross_entropy(x, nothing), lambda x: cross_entropy(x, nothing), x)
    agree(lambda x: fused_cross_entropy(x, np.array(2)), lambda x: cross_entropy(x, np.array(2)), normal(4))

@pytest.mark.parametrize('targets, options', [([0, 4, 1, 1, 2, 0], {}), ([0, -1, 1, 1, 2, 0], {}), ([0, .5, 1, 1, 2, 0], {}), ([0, 1], {}),
    ([0]*6, dict(reduction='average')), ([0]*6, dict(axis=2)), ([0]*6, dict(weight=[1, 2])), ([0]*6, dict(label_smoothing=2))])
def test_cross_entropy_complains_as_page_04(targets, options):
    errors = []
    for f in fused_cross_entropy, cross_entropy:
        with pytest.raises(ValueError) as caught: f(normal(6, 4), targets, **options)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]

def test_cross_entropy_far_from_zero():
    x, labels = normal(8, 5) + np.float32(50), np.arange(8) % 5
    true = cross_entropy(Tensor(x.astype(np.float64)), labels, reduction='none').data
    np.testing.assert_allclose(fused_cross_entropy(Tensor(x), labels, reduction='none').data, true, rtol=1e-6)

def test_a_row_of_weight_0_adds_nothing_whatever_it_holds():
    x, labels = normal(3, 4), np.array([1, -100, 2])
    x[1] = np.nan
    leaf = Tensor(x, requires_grad=True)
    loss = fused_cross_entropy(leaf, labels)
    loss.backward()
    assert np.isfinite(loss.item()) and (leaf.grad[1] == 0).all() and np.isfinite(leaf.grad).all()

@pytest.mark.parametrize('form', ['none', 'tanh'])
def test_gelu_is_exact_to_rounding(form):
    x = np.linspace(-12, 12, 20001, dtype=np.float32)[None]
    zero = np.zeros(x.shape[1], np.float32)
    true, slope = run(lambda x: gelu(x, form), x.astype(np.float64))
    found = run(lambda x: fused_bias_gelu(x, zero, form), x)
    np.testing.assert_allclose(found[0], true, rtol=3e-7, atol=1e-6)

def test_gelu_complains():
    with pytest.raises(ValueError, match='relu'): fused_bias_gelu(normal(2, 3), normal(3), 'relu')
    with pytest.raises(ValueError, match=r'bias \(2,\).*\(4, 3\)'): fused_bias_gelu(Tensor(normal(4, 3)), Tensor(normal(2)))

def test_layer_norm_options():
    x, w, b = normal(5, 3, 4), normal(4, seed=1), normal(4, seed=2)
    for f, g in ((lambda f: f(Tensor(x), 4),)*2, (lambda f: f(Tensor(x), (3, 4)),)*2, (lambda f: f(Tensor(x), (4,), Tensor(w), Tensor(b), .1),)*2,
                 (lambda f: f(Tensor(x), 4, Tensor(w)),)*2, (lambda f: f(x, 4, w, b),)*2):
        np.testing.assert_allclose(f(fused_layer_norm).data, g(layer_norm).data, rtol=1e-5, atol=1e-6)
    for shape in 3, (5, 4), 0, 'four':
        with pytest.raises((ValueError, TypeError)): fused_layer_norm(Tensor(x), shape, Tensor(w), Tensor(b))

def test_what_the_rule_reads_again_must_not_have_changed():
    x = Tensor(normal(3, 4), requires_grad=True)
    out = fused_layer_norm(x, 4, Tensor(normal(4)), Tensor(normal(4)))
    with no_grad(): x[0] = 7.
    with pytest.raises(RuntimeError, match='changed in place'): out.backward(np.ones((3, 4), np.float32))

# ---------------------------------------------------------------- pooling and batch norm
@pytest.mark.parametrize('first', [True, False])
@pytest.mark.parametrize('shape', [(3, 5, 8, 6), (2, 4, 7, 9), (1, 40, 2, 2), (2, 3, 2, 5)])
def test_max_pool_with_ties(first, shape):
    x = by_pixel(np.random.default_rng(0).integers(-2, 3, shape).astype(np.float32))
    fused, plain = lambda x: fused_max_pool2d(x, 2, relu_first=first), lambda x: max_pool2d(relu(x) if first else x, 2)
    agree(fused, plain, x, rtol=0, atol=0)
    agree(fused, plain, np.ascontiguousarray(x), rtol=0, atol=0)
    agree(fused, plain, x.astype(np.float64), rtol=0, atol=0)

@pytest.mark.parametrize('first', [True, False])
def test_max_pool_of_nan_and_infinities(first):
    rng = np.random.default_rng(1)
    x = by_pixel(rng.choice(np.array([np.nan, np.inf, -np.inf, -1, 0, 2], np.float32), (4, 5, 8, 8)))
    agree(lambda x: fused_max_pool2d(x, 2, relu_first=first), lambda x: max_pool2d(relu(x) if first else x, 2), x, rtol=0, atol=0)

@pytest.mark.parametrize('settings', [dict(kernel_size=3), dict(kernel_size=2, stride=1), dict(kernel_size=2, padding=1), dict(kernel_size=2, ceil_mode=True),
    dict(kernel_size=(2, 1)), dict(kernel_size=2, dilation=2), dict(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))])
def test_max_pool_with_other_windows(settings):
    x = by_pixel(normal(2, 3, 7, 7))
    agree(lambda x: fused_max_pool2d(x, **settings), lambda x: max_pool2d(x, **settings), x, rtol=0, atol=0)

def test_max_pool_errors_and_indices():
    x = by_pixel(normal(2, 3, 6, 6))
    for f in fused_max_pool2d, max_pool2d:
        with pytest.raises(ValueError): f(x[:, :, :1], 2)
        with pytest.raises(ValueError): f(x, 0)
    (a, i), (b, j) = [f(x, 2, return_indices=True) for f in (fused_max_pool2d, max_pool2d)]
    np.testing.assert_array_equal(a.data, b.data), np.testing.assert_array_equal(i.data, j.data)

def test_relu_keeps_the_layout():
    x = by_pixel(normal(2, 3, 4, 5))
    assert page.fused_relu(Tensor(x)).data.strides == x.strides
    agree(page.fused_relu, relu, x, rtol=0, atol=0)

@pytest.mark.parametrize('momentum', [.1, None])
def test_batch_norm_layer_tracks_and_evaluates_alike(momentum):
    plain = BatchNorm2d(5, momentum=momentum)
    plain.weight.data[:], plain.bias.data[:] = normal(5), normal(5, seed=1)
    fused = fused_model(plain)
    for seed in range(3):
        x = by_pixel(normal(4, 5, 6, 7, seed=seed)*3 + 1)
        agree(fused, plain, x, rtol=1e-4)
    for name, array in plain.state_dict().items(): np.testing.assert_allclose(fused.state_dict()[name], array, rtol=1e-5, atol=1e-6)
    agree(fused.eval(), plain.eval(), x)
    with pytest.raises(ValueError, match='expected'): fused.train()(by_pixel(normal(4, 6, 3, 3)))

def test_batch_norm_of_many_pixels_far_from_zero():
    x = by_pixel(normal(32, 4, 40, 40) + np.float32(100))
    true = batch_norm(Tensor(x.astype(np.float64)), Tensor(np.ones(4)), Tensor(np.zeros(4)), eps=1e-5).data
    found = page.channel_norm_op(Tensor(x), Tensor(np.ones(4, np.float32)), Tensor(np.zeros(4, np.float32)), eps=1e-5).data
    np.testing.assert_allclose(found, true, atol=2e-5)

# ---------------------------------------------------------------- Adam
def trained(kind, steps=30, dtype=np.float32, turned=False, **settings):
    rng = np.random.default_rng(0)
    shapes = [(7, 5), (5,), (), (2, 3, 4)]
    params = [Tensor(np.asarray(rng.standard_normal(s)).astype(dtype), requires_grad=True) for s in shapes]
    if turned: params[0].data = np.asfortranarray(params[0].data)
    optimizer = kind(params, lr=.02, **settings)
    for _ in range(steps):
        for p in params: p.grad = np.asarray(rng.standard_normal(p.shape)).astype(dtype)
        optimizer.step()
    return [p.data for p in params]

SETTINGS = [{}, dict(weight_decay=.1), dict(betas=(0, .5)), dict(eps=.1), dict(amsgrad=True), dict(maximize=True), dict(weight_decay=.1, amsgrad=True)]

@pytest.mark.parametrize('settings', SETTINGS, ids=str)
@pytest.mark.parametrize('fused, plain', [(FusedAdam, Adam), (FusedAdamW, AdamW)])
def test_adam_steps(fused, plain, settings):
    for a, b in zip(trained(fused, **settings), trained(plain, **settings)): np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)

@pytest.mark.parametrize('fused, plain', [(FusedAdam, Adam), (FusedAdamW, AdamW)])
def test_adam_in_other_dtypes_and_orders_is_the_pages_own(fused, plain):
    for options in dict(dtype=np.float64), dict(dtype=np.float16), dict(turned=True):
        for a, b in zip(trained(fused, **options), trained(plain, **options)): np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)
    for a, b in zip(trained(fused, dtype=np.float64), trained(plain, dtype=np.float64)): np.testing.assert_array_equal(a, b)

def test_adam_groups_schedules_and_its_memory():
    made = []
    for kind in FusedAdam, Adam:
        w, b = [Tensor(normal(*s), requires_grad=True) for s in ((4, 3), (3,))]
        optimizer = kind([{'params': [w], 'lr': .1}, {'params': [b], 'weight_decay': .5}])
        for step in range(10):
            w.grad, b.grad = normal(4, 3, seed=step), normal(3, seed=step)
            optimizer.lr *= .9
            optimizer.step()
        made.append([w.data, b.data, optimizer.state[0]['total'], optimizer.state[0]['squares']])
    for a, b in zip(*made): np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)

def test_adam_changes_nothing_for_a_gradient_that_is_not_finite():
    w, v = Tensor(normal(4), requires_grad=True), Tensor(normal(4), requires_grad=True)
    before, optimizer = w.data.copy(), FusedAdam([w, v])
    w.grad, v.grad = normal(4), np.array([1, np.nan, 1, 1], np.float32)
    with pytest.raises(FloatingPointError): optimizer.step()
    np.testing.assert_array_equal(w.data, before)

def test_backward_refuses_what_was_computed_before_a_fused_step():
    w = Tensor(normal(4, 4), requires_grad=True)
    optimizer, loss = FusedAdam([w]), (w @ w).sum()
    w.grad = normal(4, 4)
    optimizer.step()
    with pytest.raises(RuntimeError, match='changed in place'): loss.backward()

# ---------------------------------------------------------------- models
def cnn():
    return Sequential(Conv2d(1, 8, 3, padding=1, rng=0), BatchNorm2d(8), ReLU(), MaxPool2d(2), Conv2d(8, 8, 3, rng=1), ReLU(),
                      Flatten(), Linear(128, 24, rng=2), GELU('tanh'), Linear(24, 12, bias=False, rng=3), GELU(), Linear(12, 10, rng=4), ReLU())

MODELS = {
    'block': (lambda: TransformerBlock(24, 4, rng=0), lambda: normal(2, 19, 24)),
    'mlp':   (lambda: MLP(24, approximate='none', rng=0), lambda: normal(5, 24)),
    'heads': (lambda: MultiHeadAttention(24, 3, rng=0), lambda: normal(2, 7, 24)),
    'norm':  (lambda: LayerNorm(24, bias=False), lambda: normal(5, 24)),
    'cnn':   (cnn, lambda: normal(4, 1, 12, 12)),
    'SimpleCNN': (lambda: SimpleCNN(in_channels=3, image_size=10, rng=0), lambda: normal(4, 3, 10, 10))}
models = pytest.mark.parametrize('make, inputs', MODELS.values(), ids=MODELS)

@models
def test_models_train_alike(make, inputs):
    plain = make()
    fused, x = fused_model(plain), inputs()
    assert any('Fused' in type(m).__name__ for m in fused.modules())
    agree(fused, plain, x, rtol=2e-4, atol=2e-5)
    theirs = dict(plain.named_parameters())
    assert theirs
    for name, p in fused.named_parameters(): np.testing.assert_allclose(p.grad, theirs[name].grad, rtol=1e-3, atol=1e-4)
    agree(fused.eval(), plain.eval(), x, rtol=2e-4, atol=2e-5)
    with no_grad(): assert not fused(Tensor(x)).requires_grad

@models
def test_the_model_given_stays_as_it_is(make, inputs):
    plain = make()
    plain.eval()
    if hasattr(plain, 'mlp'): plain.mlp.training = True
    plain(Tensor(inputs())).sum().backward()
    before = [(n, a.tobytes()) for n, a in plain.state_dict().items()], [p.grad.tobytes() for p in plain.parameters()], [(type(m), m.training) for m in plain.modules()]
    fused = fused_model(plain)
    assert list(fused.state_dict()) == list(plain.state_dict()) and [m.training for m in fused.modules()] == [m.training for m in plain.modules()]
    for p in fused.parameters(): p.data += 1
    fused.train()(Tensor(inputs()))
    after = [(n, a.tobytes()) for n, a in plain.state_dict().items()], [p.grad.tobytes() for p in plain.parameters()], [(type(m), m.training) for m in plain.modules()]
    assert before == after

def test_a_whole_gpt_with_dropout_masks_and_cache():
    plain = GPT(40, 24, 2, 3, 32, dropout=.2, rng=0)
    fused, ids = fused_model(plain), np.random.default_rng(0).integers(0, 40, (3, 17))
    losses = [FusedCrossEntropyLoss()(fused(ids), ids), CrossEntropyLoss()(plain(ids), ids)]  # each with its copy of the generator
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-5)
    plain.eval(), fused.eval()
    a, b = [model.generate(ids, 9, temperature=0, cache=model.make_cache(batch=3)) for model in (plain, fused)]
    np.testing.assert_array_equal(a, b)
    mask = np.tri(17, dtype=bool)[None, None]
    x = Tensor(normal(3, 17, 24))
    for (_, m), (_, f) in zip(plain.named_modules(), fused.named_modules()):
        if not isinstance(m, MultiHeadAttention): continue
        np.testing.assert_allclose(f(x, mask).data, m(x, mask).data, rtol=1e-4, atol=1e-5)
        for a, b in zip(f(x, return_weights=True, is_causal=True), m(x, return_weights=True, is_causal=True)): np.testing.assert_allclose(a.data, b.data, rtol=1e-5, atol=1e-6)
        with pytest.raises(ValueError, match=r'\(3, 24\)'): f(Tensor(normal(3, 24)))

def test_layers_of_your_own_stay_what_they_are():
    class Mine(LayerNorm):
        def forward(self, x): return super().forward(x)*2.
    class Odd(Linear):
        def forward(self, x): return super().forward(x) + 1.
    block = TransformerBlock(8, 2, rng=0)
    block.norm1, block.mlp.up = Mine(8), Odd(8, 32, rng=1)
    fused = fused_model(block)
    assert type(fused.norm1) is Mine and type(fused.mlp.up) is Odd
    agree(fused, block, normal(2, 5, 8), rtol=1e-4)

def test_a_module_used_twice_is_one_module():
    norm = LayerNorm(6)
    fused = fused_model(Sequential(norm, norm))
    assert fused[0] is fused[1] and type(fused[0]).__name__ == 'FusedLayerNorm' and fused.count_parameters() == 12

def test_fused_models_are_copied_saved_and_fused_again():
    plain = TransformerBlock(8, 2, rng=0)
    fused = fused_model(plain)
    x = Tensor(normal(1, 4, 8))
    again = deepcopy(fused)
    np.testing.assert_array_equal(again(x).data, fused(x).data)
    with pytest.raises(ValueError, match='fused form'): fused_model(fused)

def test_a_loss_is_fused_too():
    loss = fused_model(CrossEntropyLoss(label_smoothing=.1, reduction='sum'))
    assert type(loss) is FusedCrossEntropyLoss
    x = normal(4, 3)
    assert loss(x, [0, 1, 2, 0]).item() == pytest.approx(CrossEntropyLoss(label_smoothing=.1, reduction='sum')(x, [0, 1, 2, 0]).item(), rel=1e-6)

def test_bad_input():
    with pytest.raises(TypeError, match='list'): fused_model([LayerNorm(3)])
    with pytest.raises(ValueError, match='LayerNorm'): fused_model(Linear(2, 2))

def test_without_numba_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, 'numba', None)
    with pytest.raises(ImportError, match='accel'): fused_model(LayerNorm(3))

def test_importing_the_page_does_not_import_numba():
    done = subprocess.run([sys.executable, '-c', 'import sys, tinytorch.perf.fused; assert "numba" not in sys.modules'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

def test_the_kernel_of_cross_entropy_wants_a_label_for_each_row():
    from tinytorch.perf.fused import cross_entropy_op
    with pytest.raises(ValueError, match=r'labels \(2,\) for logits \(3, 4\)'):
        cross_entropy_op(Tensor(np.zeros((3, 4), np.float32)), labels=np.array([0, 1]))

@pytest.mark.parametrize('make, shape', [(lambda: Sequential(Linear(6, 6), GELU()), (5, 7)), (lambda: Sequential(MLP(6)), (5, 7)), (lambda: Sequential(Linear(6, 6), GELU()), ()),
                                         (lambda: Sequential(MaxPool2d(2)), (2, 3)), (lambda: Sequential(LayerNorm(6)), (5, 7))])
def test_errors_of_fused_models_are_the_models_own(make, shape):
    model, x, found = make(), Tensor(np.ones(shape, np.float32)), []
    for m in model, fused_model(model):
        with pytest.raises(ValueError) as error: m(x)
        found.append(str(error.value))
    assert found[0] == found[1]

@pytest.mark.parametrize('settings', [dict(kernel_size=2.), dict(kernel_size=(2, 2.)), dict(kernel_size=2, stride=2.), dict(kernel_size=2, padding=0.), dict(kernel_size=2, dilation=True), dict(kernel_size=2, dilation=1.)], ids=str)
def test_windows_of_sizes_that_are_not_whole(settings):
    x, found = Tensor(by_pixel(normal(2, 3, 4, 4))), []
    for pool in max_pool2d, fused_max_pool2d:
        try: found.append(pool(x, **settings).data)
        except (TypeError, ValueError) as error: found.append(str(error))
    np.testing.assert_array_equal(*found)

@pytest.mark.parametrize('plain, fused', [(Adam, FusedAdam), (AdamW, FusedAdamW)])
def test_a_training_goes_on_with_or_without_kernels(plain, fused):
    def steps(kind, tensor, state=None):
        optimizer = kind([tensor], lr=.1)
        if state: optimizer.load_state_dict(state)
        for _ in range(3):
            tensor.grad = tensor.data*2
            optimizer.step()
        return optimizer.state_dict()
    ends = []
    for kinds in (plain, plain), (plain, fused), (fused, plain):
        tensor = Tensor(normal(5, 4), requires_grad=True)
        state = steps(kinds[0], tensor)
        assert state['kind'] == plain.__name__
        steps(kinds[1], tensor, state)
        ends.append(tensor.data.copy())
    for end in ends: np.testing.assert_allclose(end, ends[0], rtol=1e-5, atol=1e-7)
