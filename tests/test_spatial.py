"Convolution, pooling, batch normalization: what the page has no room for"
from copy import deepcopy

import numpy as np
import pytest

import tinytorch.core.spatial as spatial
from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.opcheck import check_op, samples
from tinytorch.core.layers import Sequential
from tinytorch.core.spatial import (AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, Layout, MaxPool2d, SimpleCNN,
    adaptive_avg_pool2d, avg_pool2d, batch_norm, channels_last, conv2d, correlate, folder, folder_at_once, max_pool2d, places,
    runs_by_pixel, slide_max, unfolder)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import close

def array(*shape, seed=0, dtype=np.float64): return np.random.default_rng(seed).standard_normal(shape).astype(dtype)

def by_definition(x, weight, bias, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    "The sum written out, one output at a time"
    x = np.pad(x, [(0, 0), (0, 0), (padding[0],)*2, (padding[1],)*2])
    O, share, *kernel = weight.shape
    size = [(n - d*(k - 1) - 1)//s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation)]
    out = np.zeros((len(x), O, *size))
    for o in range(O):
        first = o//(O//groups)*share
        for i, j in np.ndindex(*size):
            seen = x[:, first:first + share, i*stride[0]:, j*stride[1]:][:, :, ::dilation[0], ::dilation[1]][:, :, :kernel[0], :kernel[1]]
            out[:, o, i, j] = (seen*weight[o]).sum((1, 2, 3)) + bias[o]
    return out

SETTINGS = [((3, 2), dict()), ((3, 3), dict(padding=(1, 1))), ((2, 3), dict(stride=(2, 3))), ((3, 3), dict(stride=(2, 1), padding=(1, 2), dilation=(2, 1))),
            ((1, 1), dict(padding=(3, 0))), ((1, 4), dict(dilation=(3, 2), padding=(0, 3))), ((2, 2), dict(stride=(1, 3), padding=(4, 4), dilation=(1, 2))),
            ((3, 2), dict(groups=2)), ((3, 3), dict(groups=4, padding=(1, 1))), ((7, 6), dict()), ((3, 1), dict(stride=(9, 9)))]

# convolution

@pytest.mark.parametrize('kernel, settings', SETTINGS)
def test_values(kernel, settings):
    groups = settings.get('groups', 1)
    x, w, b = array(3, 4, 7, 6), array(8, 4//groups, *kernel, seed=1), array(8, seed=2)
    close(conv2d(x, w, b, **settings), by_definition(x, w, b, **settings), rtol=1e-10, atol=1e-10)
    close(conv2d(x, w, **settings), by_definition(x, w, 0*b, **settings), rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('kernel, settings', SETTINGS)
def test_gradients(kernel, settings):
    groups = settings.get('groups', 1)
    assert gradcheck(lambda x, w, b: conv2d(x, w, b, **settings), array(2, 4, 7, 6), array(4, 4//groups, *kernel, seed=1)/3, array(4, seed=2))

@pytest.mark.parametrize('cache', [1, 500, 2**22])
def test_parts_do_not_matter(cache, monkeypatch):
    x, w, b, g = array(11, 3, 7, 6), array(4, 3, 3, 3, seed=1), array(4, seed=2), array(11, 4, 7, 6, seed=3)
    def found():
        leaves = [Tensor(a, requires_grad=True) for a in (x, w, b)]
        out = conv2d(*leaves, padding=1)
        out.backward(g)
        return [out.data, *[t.grad for t in leaves]]
    usual = found()
    monkeypatch.setattr(spatial, 'CACHE', cache)
    for a, b in zip(usual, found()): close(a, b, rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('stride, padding, dilation, kernel', [((1, 1), (0, 0), (1, 1), (3, 3)), ((2, 1), (1, 0), (1, 2), (2, 3)), ((1, 3), (0, 2), (2, 1), (1, 4))])
def test_windows_copied_by_pixel_give_the_same(monkeypatch, stride, padding, dilation, kernel):
    x, w, b = array(5, 3, 8, 9), array(4, 3, *kernel, seed=1), array(4, seed=2)
    def found(x):
        leaves = [Tensor(a, requires_grad=True) for a in (x, w, b)]
        out = conv2d(*leaves, stride=stride, padding=padding, dilation=dilation)
        out.backward(array(*out.shape, seed=3))
        return [out.data, *[t.grad for t in leaves]]
    last = channels_last(x.shape, x.dtype)
    last[...] = x
    assert not runs_by_pixel(last, w, 1)
    by_planes = found(x)
    monkeypatch.setattr(spatial, 'LONG', 1)
    assert runs_by_pixel(last, w, 1) and not runs_by_pixel(x, w, 1) and not runs_by_pixel(last, w, 2)
    for a, b in zip(by_planes, found(last)): close(a, b, rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('step', ['unfolded', 'folded'])
@pytest.mark.parametrize('padding, dilation, kernel', [((0, 0), (1, 1), (2, 2)), ((1, 2), (2, 1), (3, 4)), ((5, 4), (1, 1), (1, 2)), ((2, 2), (1, 3), (3, 2))])
def test_both_ways_of_folding_agree_and_are_the_transpose_of_unfolding(step, padding, dilation, kernel):
    lay = Layout((1, 2, 5, 6), kernel, (1, 1), padding, dilation, 1)
    x, y = array(1, 2, 5, 6), array(lay.rows, lay.size[0], lay.wide, seed=1)
    y[..., lay.size[1]:] = 0  # the meaningless columns are zero
    y = y.reshape(1, 1, lay.rows, lay.length)
    folded = []
    for make in (folder, folder_at_once):
        columns, fold = make(lay, np.float64)
        for _ in range(2):  # buffers are used again
            columns[:] = y
            folded.append(fold(1).copy())
    if step == 'folded':
        for other in folded[1:]: close(folded[0], other, rtol=1e-12, atol=1e-12)
    else: close((unfolder(lay, np.float64)(x)*y.swapaxes(-1, -2)).sum(), (x*folded[0]).sum())

def test_a_one_pixel_window_is_a_linear_layer():
    x, w = array(2, 3, 4, 5), array(6, 3, 1, 1, seed=1)
    close(conv2d(x, w), np.moveaxis(np.moveaxis(x, 1, -1) @ w[:, :, 0, 0].T, -1, 1), rtol=1e-10)

def test_a_moved_picture_gives_moved_answers():
    x, w = np.zeros((1, 1, 12, 12)), array(2, 1, 3, 3)
    x[0, 0, 4:7, 4:7] = array(3, 3)
    close(np.roll(conv2d(x, w).data, (2, 1), axis=(2, 3)), conv2d(np.roll(x, (2, 1), axis=(2, 3)), w), atol=1e-14)

@pytest.mark.parametrize('kinds, expected', [('fff', 'f'), ('fdf', 'd'), ('dff', 'd'), ('Bff', 'f'), ('ffd', 'd'), ('?ff', 'f')])
def test_dtypes(kinds, expected):
    x, w, b = [a.astype(k) for a, k in zip((np.abs(array(2, 1, 4, 4)*9), array(3, 1, 2, 2), array(3)), kinds)]
    assert conv2d(x, w, b).dtype == np.dtype(expected)
    close(conv2d(x, w, b), by_definition(x.astype(float), w, b), rtol=1e-4, atol=1e-5)

def test_a_gradient_has_the_dtype_of_its_leaf():
    x, w = Tensor(array(2, 1, 4, 4, dtype=np.float32), requires_grad=True), Tensor(array(3, 1, 2, 2), requires_grad=True)
    conv2d(x, w).sum().backward()
    assert x.grad.dtype == np.float32 and w.grad.dtype == np.float64

def test_no_samples():
    x, w = Tensor(np.ones((0, 2, 5, 5), np.float32), requires_grad=True), Tensor(np.ones((3, 2, 2, 2), np.float32), requires_grad=True)
    out = conv2d(x, w)
    out.backward(np.ones((0, 3, 4, 4)))
    assert out.shape == (0, 3, 4, 4) and x.grad.shape == (0, 2, 5, 5) and not w.grad.any() and w.grad.shape == (3, 2, 2, 2)
    assert max_pool2d(np.ones((0, 2, 4, 4)), 2).shape == avg_pool2d(np.ones((0, 2, 4, 4)), 2).shape == (0, 2, 2, 2)

def test_scattered_memory():
    x, w = array(4, 7, 6, 2).transpose(3, 0, 1, 2), array(6, 3, 4, 8, seed=1)[..., ::2].swapaxes(1, 2)[:, :4, :3, :3]
    close(conv2d(x, w), by_definition(x, w, np.zeros(6)), rtol=1e-10, atol=1e-10)

def test_results_own_their_memory():
    x, w, b = array(1, 1, 3, 3), array(1, 1, 3, 3, seed=1), array(1)
    first = conv2d(x, w, b).data
    before = first.copy()
    conv2d(2*x, w, b)
    assert (first == before).all() and not any(np.shares_memory(first, a) for a in (x, w, b))
    t = Tensor(x, requires_grad=True)
    one_pixel = max_pool2d(t, 1)
    assert not np.shares_memory(one_pixel.data, x)

def test_the_first_layer_computes_no_gradient_for_its_data(monkeypatch):
    monkeypatch.setattr(spatial, 'gradient_of_x', lambda *_: pytest.fail('nobody asked for it'))
    layer = Conv2d(1, 2, 3)
    layer(np.ones((2, 1, 5, 5), np.float32)).sum().backward()
    assert layer.weight.grad.shape == (2, 1, 3, 3)

def test_columns_do_not_grow_with_the_batch():
    assert Layout((1000, 32, 32, 32), (3, 3), (1, 1), (1, 1), (1, 1), 1).step == 1
    lay = Layout((1000, 1, 8, 8), (3, 3), (1, 1), (1, 1), (1, 1), 1)
    assert lay.step > 50 and lay.step*lay.rows*lay.length <= spatial.CACHE
    assert sum(len(range(1000)[p]) for p in lay.parts()) == 1000

@pytest.mark.parametrize('shapes, settings, words', [
    (((1, 8, 8), (4, 1, 3, 3)), {}, r'conv2d: x has shape \(1, 8, 8\); expected four axes'),
    (((2, 1, 8, 8), (4, 3, 3)), {}, r'conv2d: weight has shape \(4, 3, 3\)'),
    (((2, 1, 8, 8), (4, 3, 3, 3)), {}, r'x \(2, 1, 8, 8\) has 1 channels \(axis 1\) but weight \(4, 3, 3, 3\) takes 3; make'),
    (((2, 4, 8, 8), (4, 3, 3, 3)), dict(groups=2), r'takes 6, 3 in each of 2 groups'),
    (((2, 6, 8, 8), (4, 2, 3, 3)), dict(groups=3), r'groups=3 does not divide the 4 outputs'),
    (((2, 1, 8, 8), (4, 1, 3, 3), (3,)), {}, r'bias \(3,\) does not fit weight \(4, 1, 3, 3\): expected \(4,\)'),
    (((2, 1, 8, 4), (4, 1, 3, 5)), {}, r'spans 5 pixels on axis 3, but x \(2, 1, 8, 4\) with its padding has 4; pad more'),
    (((2, 1, 3, 9), (4, 1, 3, 3)), dict(dilation=2, padding=(0, 5)), r'spans 5 pixels on axis 2, but x \(2, 1, 3, 9\) with its padding has 3'),
    (((2, 1, 8, 8), (4, 1, 0, 3)), {}, r'a window of \(0, 3\)'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(stride=0), r'conv2d: stride is 0; expected a whole number of at least 1'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(padding=-1), r'conv2d: padding is -1'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(padding='same'), r"conv2d: padding is 'same'"),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(stride=(1, 2, 3)), r'stride is \(1, 2, 3\)'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(stride=1.5), r'stride is 1.5'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(groups=0), r'groups is 0')])
def test_convolution_errors(shapes, settings, words):
    with pytest.raises(ValueError, match=words): conv2d(*[np.ones(s) for s in shapes], **settings)

@pytest.mark.parametrize('sizes', [(3, 4, 2), (4, 3, 2), (0, 4, 1), (4, 0, 1), (4, 4, 0), (4, 4, -2)])
def test_conv2d_layer_refuses_groups_that_do_not_divide(sizes):
    with pytest.raises(ValueError, match=f'Conv2d: {sizes[0]} channels in and {sizes[1]} out cannot be split into {sizes[2]} groups'): Conv2d(*sizes[:2], 3, groups=sizes[2])

def test_conv2d_layer():
    layer = Conv2d(4, 8, (3, 2), 2, (1, 0), 1, 2, rng=np.random.default_rng(0))
    x = array(2, 4, 6, 7, dtype=np.float32)
    close(layer(Tensor(x)), by_definition(x, layer.weight.data, layer.bias.data, (2, 2), (1, 0), (1, 1), 2), rtol=1e-4, atol=1e-5)
    same = Conv2d(4, 8, (3, 2), 2, (1, 0), 1, 2, rng=np.random.default_rng(0))
    assert (same.weight.data == layer.weight.data).all() and layer.count_parameters() == 8*2*3*2 + 8
    assert list(Conv2d(1, 1, 3, bias=False).state_dict()) == ['weight'] and Conv2d(1, 1, 3, bias=False)(x[:, :1]).shape == (2, 1, 4, 5)
    assert repr(layer) == 'Conv2d(4, 8, kernel_size=(3, 2), stride=(2, 2), padding=(1, 0), groups=2)'
    assert repr(Conv2d(1, 2, 3, dilation=2, bias=False)) == 'Conv2d(1, 2, kernel_size=(3, 3), dilation=(2, 2), bias=False)'

# pooling

def test_ties_go_to_the_first_in_row_order():
    t = Tensor(np.zeros((1, 1, 4, 4)), requires_grad=True)
    max_pool2d(t, 2).backward(np.array([[[[1., 2], [3, 4]]]]))
    assert t.grad[0, 0].tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    t.grad = None
    max_pool2d(t, 3, stride=1).sum().backward()
    assert t.grad[0, 0].tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    across = Tensor([[[[0., 5], [5, 0]]]], requires_grad=True)  # upper right before lower left
    max_pool2d(across, 2).sum().backward()
    assert across.grad[0, 0].tolist() == [[0, 1], [0, 0]]

@pytest.mark.parametrize('kernel, stride, padding, dilation', [(2, None, 0, 1), (3, 2, 1, 1), ((2, 3), (3, 1), (1, 0), (1, 2)), (1, 2, 0, 1), (4, 1, 2, 1), (2, 1, 0, 3)])
def test_max_pool(kernel, stride, padding, dilation):
    x = array(2, 3, 8, 9)
    out = max_pool2d(x, kernel, stride, padding, dilation)
    (k, l), (p, q), (d, e) = [n if isinstance(n, tuple) else (n, n) for n in (kernel, padding, dilation)]
    s, t = (k, l) if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    framed = np.pad(x, [(0, 0), (0, 0), (p, p), (q, q)], constant_values=-np.inf)
    for i, j in np.ndindex(*out.shape[2:]):
        close(out.data[:, :, i, j], framed[:, :, i*s:i*s + d*(k-1) + 1:d, j*t:j*t + e*(l-1) + 1:e].max((2, 3)))
    assert gradcheck(lambda x: max_pool2d(x, kernel, stride, padding, dilation), x)

def test_nan_is_seen():
    x = np.ones((1, 1, 2, 2), np.float32)
    x[0, 0, 1, 0] = np.nan
    assert np.isnan(max_pool2d(x, 2).data).all() and np.isnan(avg_pool2d(x, 2).data).all()

def test_negative_pictures_are_not_beaten_by_the_margin():
    assert max_pool2d(-np.ones((1, 1, 3, 3)), 3, 1, 1).data.max() == -1

@pytest.mark.parametrize('dtype', [np.uint8, np.int64, bool, np.float32, np.float64])
def test_pools_of_other_dtypes(dtype):
    x = (np.arange(16).reshape(1, 1, 4, 4) % 2).astype(dtype)
    expected = dtype if np.dtype(dtype).kind == 'f' else np.float32
    for out in (max_pool2d(x, 2), avg_pool2d(x, 2), adaptive_avg_pool2d(x, 2)): assert out.dtype == expected
    close(avg_pool2d(x, 2), .5); close(max_pool2d(x, 2), 1)

def test_averages():
    x = array(2, 3, 7, 6)
    close(avg_pool2d(x, (7, 6)).data[..., 0, 0], x.mean((2, 3))); close(adaptive_avg_pool2d(x, 1).data[..., 0, 0], x.mean((2, 3)))
    close(adaptive_avg_pool2d(x, (7, 6)), x); close(avg_pool2d(x, 1), x)
    close(avg_pool2d(x, (2, 3), (3, 1)).data[:, :, 1, 2], x[:, :, 3:5, 2:5].mean((2, 3)))
    close(avg_pool2d(np.ones((1, 1, 2, 2)), 2, 1, 1), [[[[.25, .5, .25], [.5, 1, .5], [.25, .5, .25]]]])  # zeros of the margin count
    close(adaptive_avg_pool2d(x, (None, 2)), x.reshape(2, 3, 7, 2, 3).mean(-1))
    close(adaptive_avg_pool2d(np.arange(3.).reshape(1, 1, 1, 3), (1, 5)), [[[[0, .5, 1, 1.5, 2]]]])

@pytest.mark.parametrize('call, words', [
    (lambda: max_pool2d(np.ones((8, 8)), 2), r'x has shape \(8, 8\); expected four axes'),
    (lambda: avg_pool2d(np.ones((8, 8)), 2), r'avg_pool2d: x has shape \(8, 8\)'),
    (lambda: adaptive_avg_pool2d(np.ones((8, 8)), 2), r'adaptive_avg_pool2d: x has shape \(8, 8\)'),
    (lambda: max_pool2d(np.ones((1, 1, 4, 2)), 3), r'spans 3 pixels on axis 3, but x \(1, 1, 4, 2\) with its padding has 2'),
    (lambda: avg_pool2d(np.ones((1, 1, 2, 4)), 3), r'avg_pool2d: a window of \(3, 3\) spans 3 pixels on axis 2'),
    (lambda: max_pool2d(np.ones((1, 1, 9, 9)), 3, padding=2), r'padding \(2, 2\) is more than half of the window'),
    (lambda: max_pool2d(np.ones((1, 1, 9, 9)), 0), 'kernel_size is 0'),
    (lambda: avg_pool2d(np.ones((1, 1, 9, 9)), 2, stride=0), 'stride is 0'),
    (lambda: adaptive_avg_pool2d(np.ones((1, 1, 9, 9)), 0), 'output_size is'),
    (lambda: adaptive_avg_pool2d(np.ones((1, 1, 9, 9)), (1, 2, 3)), 'output_size is'),
    (lambda: adaptive_avg_pool2d(np.ones((1, 1, 0, 9)), 1), 'no pixels')])
def test_pooling_errors(call, words):
    with pytest.raises(ValueError, match=words): call()

def test_max_pool_error_says_what_people_called():
    with pytest.raises(ValueError, match='^max_pool2d: '): max_pool2d(np.ones((1, 1, 1, 1)), 2)

def test_pooling_layers():
    x = array(2, 3, 8, 8)
    close(MaxPool2d(3, 2, 1)(x), max_pool2d(x, 3, 2, 1)); close(MaxPool2d(2, dilation=2)(x), max_pool2d(x, 2, dilation=2))
    close(AvgPool2d(2)(x), avg_pool2d(x, 2)); close(AdaptiveAvgPool2d((2, None))(x), adaptive_avg_pool2d(x, (2, None)))
    model = Sequential(MaxPool2d(2), AvgPool2d(2, 1), AdaptiveAvgPool2d(1))
    assert model.parameters() == [] and deepcopy(model)(x).shape == (2, 3, 1, 1)
    assert repr(model).splitlines()[1].strip() == '(0): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1)'

# batch normalization

def test_training_and_evaluation():
    norm, x = BatchNorm2d(3), array(4, 3, 5, 6, dtype=np.float32)*3 + 2
    assert norm(Tensor(x)).dtype == np.float32 and norm.num_batches_tracked.item() == 1
    norm.eval()
    kept = {n: a.copy() for n, a in norm.state_dict().items()}
    one = norm(Tensor(x[:1]))
    assert one.dtype == np.float32 and all((kept[n] == a).all() for n, a in norm.state_dict().items())
    close(one, norm(Tensor(x)).data[:1], rtol=1e-5, atol=1e-6)

def test_running_averages_become_those_of_the_data():
    rng, norm = np.random.default_rng(0), BatchNorm2d(2)
    for _ in range(200): norm(Tensor(rng.normal([[[[3]], [[-1]]]], [[[[2]], [[.5]]]], (16, 2, 4, 4)).astype(np.float32)))
    close(norm.running_mean, [3, -1], atol=.1); close(norm.running_var, [4, .25], rtol=.1)

@pytest.mark.parametrize('training', [True, False])
def test_batch_norm_gradients(training):
    norm = BatchNorm2d(2).train(training)
    norm.running_mean.data, norm.running_var.data = np.array([.5, 1.]), np.array([2., .3])
    def f(x, weight, bias):
        norm.weight, norm.bias = weight, bias
        return norm(x)
    assert gradcheck(f, array(3, 2, 2, 3), np.array([.5, 2]), np.array([1., -1]), rtol=1e-4)

def test_a_constant_channel_gives_its_bias():
    norm = BatchNorm2d(1)
    norm.bias.data[:] = 7
    close(norm(Tensor(np.full((4, 1, 2, 2), 5, np.float32))), 7)

def test_large_offsets_keep_their_variance():
    x = (array(64, 1, 4, 4) + 3000).astype(np.float32)
    close(BatchNorm2d(1)(Tensor(x)).data.std(), 1, rtol=1e-3)

@pytest.mark.parametrize('shape, words', [((1, 3, 1, 1), r'x \(1, 3, 1, 1\) has 1 value per channel, and a variance needs two; use a larger batch, or call model.eval\(\)'),
    ((0, 3, 2, 2), '0 value per channel'), ((2, 4, 2, 2), r'expected \(N, 3, H, W\)'), ((2, 3), r'expected \(N, 3, H, W\)')])
def test_batch_norm_errors(shape, words):
    with pytest.raises(ValueError, match=words): BatchNorm2d(3)(np.ones(shape, np.float32))

def test_a_refused_batch_leaves_the_averages_alone():
    norm = BatchNorm2d(3)
    with pytest.raises(ValueError): norm(np.ones((1, 3, 1, 1)))
    assert norm.num_batches_tracked.item() == 0 and not norm.running_mean.data.any()

def test_batch_norm_op_errors():
    with pytest.raises(ValueError, match=r'has 3 channels \(axis 1\) but weight is \(2,\)'): batch_norm(np.ones((4, 3)), [1, 1], [0, 0], eps=0.)
    with pytest.raises(ValueError, match=r'expected \(N, C, …\)'): batch_norm(np.ones(4), [1], [0], eps=0.)

def test_buffers_are_saved_and_not_trained():
    norm = BatchNorm2d(3)
    norm(Tensor(array(4, 3, 2, 2, dtype=np.float32)))
    other = BatchNorm2d(3)
    other.load_state_dict(norm.state_dict())
    assert [n for n, _ in norm.named_parameters()] == ['weight', 'bias']
    for (n, a), (m, b) in zip(norm.state_dict().items(), other.state_dict().items()): assert n == m and a.dtype == b.dtype and (a == b).all()
    assert [n for n, _ in norm.named_buffers()] == ['running_mean', 'running_var', 'num_batches_tracked'] and repr(norm) == 'BatchNorm2d(3, eps=1e-05, momentum=0.1)'

# all of it

@pytest.mark.parametrize('operation, least', [(correlate, 10), (slide_max, 7), (batch_norm, 5)])
def test_the_laws_of_ops(operation, least):
    assert len(samples[operation]) >= least and check_op(operation) >= least

def test_simple_cnn_learns():
    from tinytorch.core.losses import cross_entropy
    from tinytorch.core.optimizers import Adam
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, .3, (64, 1, 8, 8)).astype(np.float32), np.arange(64) % 2
    x[y == 1, :, 3] += 1  # a line that lies
    x[y == 0, :, :, 3] += 1  # a line that stands
    model = SimpleCNN(num_classes=2, channels=(4, 4), rng=rng)
    optimizer = Adam(model.parameters(), lr=.02)
    for _ in range(20):
        optimizer.zero_grad()
        cross_entropy(model(Tensor(x)), y).backward()
        optimizer.step()
    with no_grad(): assert (model.eval()(Tensor(x)).data.argmax(1) == y).mean() == 1

@pytest.mark.parametrize('settings, shape, out', [({}, (3, 1, 8, 8), 10), (dict(num_classes=4, in_channels=3, image_size=32), (2, 3, 32, 32), 4), (dict(image_size=9), (1, 1, 9, 9), 10)])
def test_simple_cnn_shapes(settings, shape, out):
    model = SimpleCNN(**settings).eval()
    assert model(np.ones(shape, np.float32)).shape == (shape[0], out)

def test_simple_cnn_is_smaller_than_the_mlp_and_reproducible():
    from tinytorch.capstone import SimpleMLP, TrainingConfig
    a, b = [SimpleCNN(rng=np.random.default_rng(1)) for _ in range(2)]
    assert a.count_parameters() < SimpleMLP(64, TrainingConfig().hidden, 10).count_parameters()
    assert all((p.data == q.data).all() for p, q in zip(a.parameters(), b.parameters()))
    with pytest.raises(ValueError, match='3×3 are too small'): SimpleCNN(image_size=3)

def test_simple_cnn_refuses_pictures_of_another_size():
    with pytest.raises(ValueError): SimpleCNN().eval()(np.ones((1, 1, 12, 12), np.float32))

def test_places():
    for size, kernel, stride, padding, dilation in np.random.default_rng(0).integers(1, 6, (50, 5)):
        starts = [i for i in range(0, size + 2*padding, stride) if i + dilation*(kernel - 1) < size + 2*padding]
        assert max(0, places(size, kernel, stride, padding, dilation)) == len(starts)
