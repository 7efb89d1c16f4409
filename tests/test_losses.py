"Losses: laws, edges, what wrong input is told, and gradients"
import warnings

import numpy as np
import pytest

from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.opcheck import check_op
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.activations import log_softmax
from tinytorch.core.losses import (BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss, NLLLoss, SmoothL1Loss,
    bce_elementwise, bce_with_logits_elementwise, binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, huber_loss,
    l1_loss, mse_loss, nll_loss, smooth_l1_loss, softmax_cross_entropy)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import close

REDUCTIONS = ('mean', 'sum', 'none')
rng = np.random.default_rng(0)
logits, labels = rng.standard_normal((6, 4)), np.array([0, 3, 1, 1, 2, 0])

def by_hand(x, y):
    p = np.exp(x)/np.exp(x).sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, y[..., None], -1)[..., 0])

# laws

@pytest.mark.parametrize('op', [softmax_cross_entropy, bce_elementwise, bce_with_logits_elementwise], ids=lambda op: op.__name__)
def test_ops_obey_the_laws(op): assert check_op(op) >= 4

@pytest.mark.parametrize('shape', [(), (1,), (6,), (1, 1), (2, 3), (2, 1, 3), (2, 3, 2, 2)])
def test_any_leading_shape(shape):
    x, y = rng.standard_normal((*shape, 4)), rng.integers(0, 4, shape)
    expected = by_hand(x, y)
    close(cross_entropy(x, y, reduction='none'), expected, rtol=1e-12)
    close(cross_entropy(x, y), expected.mean(), rtol=1e-12)
    assert cross_entropy(x, y, reduction='none').shape == shape

def test_adding_a_number_to_a_row_changes_nothing():
    shift = rng.standard_normal((6, 1))*100
    for options in {}, dict(label_smoothing=.2), dict(weight=[1, 2, 3, 4]):
        close(cross_entropy(logits + shift, labels, **options), cross_entropy(logits, labels, **options), rtol=1e-10)

def test_rows_are_independent():
    whole = cross_entropy(logits, labels, label_smoothing=.1, weight=[1, 2, 3, 4], reduction='none').data
    for i in range(6): close(cross_entropy(logits[i], labels[i], label_smoothing=.1, weight=[1, 2, 3, 4], reduction='none'), whole[i], rtol=1e-12)

def test_one_hot_probabilities_are_labels():
    for smoothing in 0., .3: close(cross_entropy(logits, np.eye(4)[labels], label_smoothing=smoothing), cross_entropy(logits, labels, label_smoothing=smoothing), rtol=1e-12)

def test_two_classes_are_yes_or_no():
    x, t = rng.standard_normal(9), rng.integers(0, 2, 9)
    close(binary_cross_entropy_with_logits(x, t), cross_entropy(np.stack([0*x, x], -1), t), rtol=1e-10)

@pytest.mark.parametrize('scale', [1, 100, 1e4, 1e30])
def test_large_scores(scale):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        x = Tensor(np.array([[scale, 0, -scale]], np.float32), requires_grad=True)
        loss = cross_entropy(x, [2])
        loss.backward()
        close(loss, 2*np.float32(scale) + (np.log(1 + np.exp(-1) + np.exp(-2)) if scale == 1 else 0), rtol=1e-6)
        assert np.isfinite(x.grad).all()
        y = Tensor(np.array([scale, -scale], np.float32), requires_grad=True)
        binary_cross_entropy_with_logits(y, [0, 1], reduction='sum').backward()
        assert np.isfinite(y.grad).all() and y.grad[0] > 0 > y.grad[1]

def test_class_that_is_ruled_out():
    x = np.array([[0, -np.inf, 0]])
    close(cross_entropy(x, [0]), np.log(2))
    assert cross_entropy(x, [1]).item() == np.inf

def test_bce_stops_at_100():
    assert bce_elementwise(Tensor([0, 1, 0, 1]), [1, 0, 0, 1]).tolist() == [100, 100, 0, 0]

def test_small_losses_keep_their_digits():
    close(bce_with_logits_elementwise(Tensor([20, -20]), [1, 0]), np.exp(-20), rtol=1e-5)
    close(bce_elementwise(Tensor([1e-9]), [0]), 1e-9, rtol=1e-5)

# options

@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_reductions(reduction):
    finish = {'mean': np.mean, 'sum': np.sum, 'none': lambda x: x}[reduction]
    x, t = rng.standard_normal((3, 2)), rng.random((3, 2))
    p = 1/(1 + np.exp(-x))
    surprise = -t*np.log(p) - (1 - t)*np.log(1 - p)
    close(mse_loss(x, t, reduction), finish((x - t)**2))
    close(binary_cross_entropy(p, t, reduction=reduction), finish(surprise))
    close(binary_cross_entropy_with_logits(x, t, reduction=reduction), finish(surprise))
    close(cross_entropy(logits, labels, reduction=reduction), finish(by_hand(logits, labels)))

def test_weighted_mean_divides_by_the_weights_of_the_labels():
    w, each = np.array([1., 2, 3, 4]), by_hand(logits, labels)
    close(cross_entropy(logits, labels, weight=w), (w[labels]*each).sum()/w[labels].sum())
    close(cross_entropy(logits, labels, weight=7*w), cross_entropy(logits, labels, weight=w))

@pytest.mark.parametrize('options', [{}, dict(weight=[1, 2, 3, 4]), dict(label_smoothing=.2), dict(weight=[1, 2, 3, 4], label_smoothing=.2)], ids=str)
@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_ignored_rows_contribute_nothing(options, reduction):
    kept = labels != 1
    y = np.where(kept, labels, -100)
    dirty = np.where(kept[:, None], logits, np.nan)
    some = cross_entropy(Tensor(logits[kept]), labels[kept], reduction=reduction, **options).data
    for x in logits, dirty:
        x = Tensor(x, requires_grad=True)
        loss = cross_entropy(x, y, reduction=reduction, **options)
        close(loss.data[kept] if reduction == 'none' else loss, some, rtol=1e-12)
        if reduction == 'none': assert (loss.data[~kept] == 0).all()
        if np.isnan(x.data).any() and 'label_smoothing' in options: continue  # below
        loss.sum().backward()
        assert (x.grad[~kept] == 0).all() and np.isfinite(x.grad).all()

@pytest.mark.house  # page 04, where nothing goes back yet, asks for the loss alone
@pytest.mark.parametrize('weight', [None, [1, 2, 3, 4]])
@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_a_nan_in_an_ignored_row_reaches_no_gradient_by_way_of_smoothing(weight, reduction):
    kept = labels != 1
    x = Tensor(np.where(kept[:, None], logits, np.nan), requires_grad=True)
    cross_entropy(x, np.where(kept, labels, -100), weight, label_smoothing=.2, reduction=reduction).sum().backward()
    assert (x.grad[~kept] == 0).all() and np.isfinite(x.grad).all()

def test_ignore_index_may_be_a_class():
    close(cross_entropy(logits, labels, ignore_index=0), cross_entropy(logits[labels != 0], labels[labels != 0]))

@pytest.mark.parametrize('options', [{}, dict(weight=[1, 2, 3, 4]), dict(label_smoothing=.2)], ids=str)
def test_mean_of_no_rows_is_nan_and_its_gradients_zero(options):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for x, y in (logits, np.full(6, -100)), (np.zeros((0, 4)), np.zeros(0, int)):
            x = Tensor(x, requires_grad=True)
            loss = cross_entropy(x, y, **options)
            loss.backward()
            assert np.isnan(loss.item()) and (x.grad == 0).all()
            assert cross_entropy(x, y, reduction='sum', **options).item() == 0
            assert not cross_entropy(x, y, reduction='none', **options).data.any()

def test_empty_batches():
    nothing = np.zeros((0, 3))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for f in mse_loss, binary_cross_entropy, binary_cross_entropy_with_logits:
            assert np.isnan(f(nothing, nothing).item()) and f(nothing, nothing, reduction='sum').item() == 0
            assert f(nothing, nothing, reduction='none').shape == (0, 3)
    assert np.isnan(cross_entropy(nothing, nothing).item())

def test_weights_of_binary_losses():
    x, t, w = rng.standard_normal((3, 2)), rng.integers(0, 2, (3, 2)), np.array([1., 4])
    each = binary_cross_entropy_with_logits(x, t, reduction='none').data
    close(binary_cross_entropy_with_logits(x, t, weight=w), (each*w).mean())
    close(binary_cross_entropy_with_logits(x, t, pos_weight=w, reduction='none'), np.where(t, w*each, each))
    close(binary_cross_entropy(1/(1 + np.exp(-x)), t, weight=w), (each*w).mean())
    with pytest.raises(ValueError, match=r'shape \(5, 3, 2\) does not broadcast to that of the losses, \(3, 2\)'): binary_cross_entropy_with_logits(x, t, weight=np.ones((5, 3, 2)))

# inputs

@pytest.mark.parametrize('targets', [labels, labels.astype(np.int32), labels.astype(np.uint8), labels.astype(np.float32), labels.tolist(),
    tuple(labels), Tensor(labels), Tensor(labels.tolist()), Tensor(labels.astype(np.float64)), labels[::-1][::-1]], ids=lambda t: f'{type(t).__name__}-{getattr(t, "dtype", "")}')
def test_labels_as_people_write_them(targets):
    close(cross_entropy(logits, targets), by_hand(logits, labels).mean())

def test_dtypes():
    single = Tensor(logits.astype(np.float32))
    w = np.array([1., 2, 3, 4])
    for options in {}, dict(weight=w), dict(label_smoothing=.1), dict(weight=w, label_smoothing=.1, ignore_index=1):
        for reduction in REDUCTIONS: assert cross_entropy(single, labels, reduction=reduction, **options).dtype == np.float32
    assert cross_entropy(single, np.eye(4)[labels], weight=w, label_smoothing=.1).dtype == np.float32
    assert cross_entropy(single, np.full(6, -100)).dtype == np.float32
    for f in mse_loss, binary_cross_entropy, binary_cross_entropy_with_logits:
        assert f(Tensor([.5, .5]), np.array([1., 0])).dtype == np.float32
        assert f(np.array([.5, .5]), [1, 0]).dtype == np.float64
        assert f(Tensor([1., 0]), np.array([1, 0])).dtype == np.float32
    assert binary_cross_entropy_with_logits(Tensor([.5]), [1], weight=np.ones(1), pos_weight=np.ones(1)).dtype == np.float32
    close(mse_loss(np.array([1, 2]), np.array([3, 4])), 4)
    assert cross_entropy(np.array([[1, 0]]), [0]).dtype == np.float32

def test_inputs_are_left_alone():
    x, y, w, t = logits.copy(), labels.copy(), np.arange(4.), np.eye(4)[labels]
    y[1] = -100
    before = [a.copy() for a in (x, y, w, t)]
    for targets in y, t:
        a = Tensor(x, requires_grad=True)
        cross_entropy(a, targets, weight=w, label_smoothing=.1).backward()
    for a, b in zip((x, y, w, t), before): np.testing.assert_array_equal(a, b)

# gradients

@pytest.mark.parametrize('options', [{}, dict(weight=[1, 2, 3, 4]), dict(label_smoothing=.2), dict(weight=[1, 2, 3, 4], label_smoothing=.2, ignore_index=1)], ids=str)
@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_gradients(options, reduction):
    gradcheck(lambda x: cross_entropy(x, labels, reduction=reduction, **options), logits)
    options = {k: v for k, v in options.items() if k != 'ignore_index'}
    gradcheck(lambda x, t: cross_entropy(x, t, reduction=reduction, **options), logits, np.eye(4)[labels] + .1)

@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_gradients_of_the_others(reduction):
    x, t, w = rng.standard_normal((3, 2)), rng.uniform(.1, .9, (3, 2)), np.array([1., 4])
    gradcheck(lambda x, t: mse_loss(x, t, reduction), x, t)
    gradcheck(lambda p, t: binary_cross_entropy(p, t, w, reduction), rng.uniform(.1, .9, (3, 2)), t)
    gradcheck(lambda x, t: binary_cross_entropy_with_logits(x, t, w, reduction, pos_weight=3.), x, t)

def test_gradient_of_cross_entropy_is_softmax_less_the_truth():
    x = Tensor(logits, requires_grad=True)
    cross_entropy(x, labels, reduction='sum').backward()
    p = np.exp(logits)/np.exp(logits).sum(axis=1, keepdims=True)
    close(x.grad, p - np.eye(4)[labels])

@pytest.mark.house  # speed
def test_a_mean_of_labels_is_one_op():
    x = Tensor(logits, requires_grad=True)
    assert cross_entropy(x, labels).recipe.op is softmax_cross_entropy
    with no_grad(): assert cross_entropy(x, labels).recipe is None

# modules

@pytest.mark.parametrize('loss', [MSELoss(), BCELoss(), BCEWithLogitsLoss(pos_weight=Tensor([2., 3])), CrossEntropyLoss(weight=Tensor([1, 2], requires_grad=True))], ids=lambda l: type(l).__name__)
def test_losses_are_modules_without_parameters(loss):
    assert isinstance(loss, Module) and loss.parameters() == [] and dict(loss.state_dict()) == {}
    assert repr(loss).startswith(type(loss).__name__ + '(') and 'reduction=mean' in repr(loss)
    x, before = [[.25, .5]], repr(loss)
    value = loss(x, [1] if isinstance(loss, CrossEntropyLoss) else x).item()
    assert repr(loss.eval()) == before and loss(x, [1] if isinstance(loss, CrossEntropyLoss) else x).item() == value

def test_modules_call_the_functions():
    w = [1, 2, 3, 4]
    close(CrossEntropyLoss(w, 1, .1, 'sum')(logits, labels), cross_entropy(logits, labels, w, 1, .1, 'sum'))
    x, t = rng.random((3, 2)), rng.random((3, 2))
    close(MSELoss('sum')(x, t), mse_loss(x, t, 'sum'))
    close(BCELoss([1, 2], 'none')(x, t), binary_cross_entropy(x, t, [1, 2], 'none'))
    close(BCEWithLogitsLoss([1, 2], 'sum', [3, 4])(x, t), binary_cross_entropy_with_logits(x, t, [1, 2], 'sum', [3, 4]))

def test_a_small_network_learns():
    net, loss_fn = Sequential(Linear(4, 4, rng=np.random.default_rng(0))), CrossEntropyLoss()
    losses = []
    for _ in range(60):
        net.zero_grad()
        loss = loss_fn(net(Tensor(logits.astype(np.float32))), labels)
        loss.backward()
        for p in net.parameters(): p.data -= .5*p.grad
        losses.append(loss.item())
    assert losses[-1] < .6*losses[0] and all(b < a + 1e-3 for a, b in zip(losses, losses[1:]))

# errors

@pytest.mark.parametrize('call, error, words', [
    (lambda: mse_loss(np.zeros((8, 1)), np.zeros(8)), ValueError, r'mse_loss: predictions have shape \(8, 1\), targets \(8,\); use targets.reshape\(8, 1\)'),
    (lambda: mse_loss(np.zeros((8, 2)), np.zeros(8)), ValueError, r'\(8, 2\), targets \(8,\); each prediction needs one target'),
    (lambda: binary_cross_entropy(np.zeros(3), np.zeros((3, 1))), ValueError, r'binary_cross_entropy: predictions have shape \(3,\), targets \(3, 1\)'),
    (lambda: binary_cross_entropy_with_logits(np.zeros(3), np.zeros(4)), ValueError, r'\(3,\), targets \(4,\)'),
    (lambda: binary_cross_entropy([.2, 1.5], [0, 1]), ValueError, 'predictions are probabilities from 0 to 1, got 1.5 at position 1; for scores use binary_cross_entropy_with_logits'),
    (lambda: binary_cross_entropy([[.2, np.nan]], [[0, 1]]), ValueError, r'got nan at position \(0, 1\)'),
    (lambda: binary_cross_entropy([.2, .5], [-1, 1]), ValueError, 'targets are probabilities from 0 to 1, got -1 at position 0; 0 is no and 1 is yes'),
    (lambda: binary_cross_entropy([1.000001], [1.]), ValueError, r'got 1\.000001 at position 0'),
    (lambda: binary_cross_entropy_with_logits([0., 1], [0, 2]), ValueError, 'binary_cross_entropy_with_logits: targets .* got 2 at position 1'),
    (lambda: binary_cross_entropy_with_logits([0., 1], [-1, 1]), ValueError, 'got -1 at position 0'),
    (lambda: cross_entropy(logits, [0, 1, 2, 3, 4, 0]), ValueError, 'label 4 at position 4 is not one of the 4 classes: expected 0 to 3, or ignore_index=-100'),
    (lambda: cross_entropy(logits.reshape(2, 3, 4), [[0, 1, 2], [3, -1, 0]]), ValueError, r'label -1 at position \(1, 1\)'),
    (lambda: cross_entropy(logits, [0, 1, 2, 3, -100, 0], ignore_index=-1), ValueError, 'label -100 at position 4'),
    (lambda: cross_entropy(logits[0], 9), ValueError, r'label 9 at position \(\)'),
    (lambda: cross_entropy(logits, labels + .5), ValueError, r'got 0.5 at position 0; class probabilities would have the shape of the logits, \(6, 4\)'),
    (lambda: cross_entropy(logits, [0, 1, np.nan, 1, 1, 1]), ValueError, 'got nan at position 2'),
    (lambda: cross_entropy(logits, [0, 1, np.inf, 1, 1, 1]), ValueError, 'got inf at position 2'),
    (lambda: cross_entropy(logits, labels[:5]), ValueError, r'logits have shape \(6, 4\), targets \(5,\); expected labels of shape \(6,\)'),
    (lambda: cross_entropy(logits, labels[:, None]), ValueError, r'drop the last axis with targets.reshape\(6,\)'),
    (lambda: cross_entropy(np.zeros((2, 4, 3, 5)), np.zeros((2, 3, 5), int)), ValueError, r'expected labels of shape \(2, 4, 3\).* say axis=1'),
    (lambda: cross_entropy(np.zeros((2, 3, 5, 4)), np.zeros((2, 3, 5), int), axis=1), ValueError, r'expected labels of shape \(2, 5, 4\).* say axis=3'),
    (lambda: nll_loss(np.zeros((2, 4, 3)), np.zeros((2, 3), int)), ValueError, r'nll_loss: .* expected labels of shape \(2, 4\).* say axis=1'),
    (lambda: cross_entropy(logits, labels, axis=2), ValueError, r'cross_entropy: there is no axis 2 for logits of shape \(6, 4\); expected -2 to 1'),
    (lambda: cross_entropy(np.zeros((3, 4, 2)), np.zeros((3, 2), int), weight=[1, 2], axis=1), ValueError, r'weight has shape \(2,\), logits \(3, 4, 2\); expected \(4,\)'),
    (lambda: cross_entropy(np.zeros((3, 4, 2)), np.full((3, 2), 4), axis=1), ValueError, r'label 4 at position \(0, 0\) is not one of the 4 classes'),
    (lambda: nll_loss(logits, [9]*6), ValueError, 'nll_loss: label 9 at position 0 is not one of the 4 classes'),
    (lambda: huber_loss([1.], [1.], delta=0), ValueError, 'huber_loss: delta must be above 0, got 0'),
    (lambda: smooth_l1_loss([1.], [1.], beta=-1), ValueError, 'smooth_l1_loss: beta must be at least 0, got -1'),
    (lambda: l1_loss(np.zeros((8, 1)), np.zeros(8)), ValueError, r'l1_loss: predictions have shape \(8, 1\), targets \(8,\)'),
    (lambda: CrossEntropyLoss()([1, 2, 3]), TypeError, 'CrossEntropyLoss: expected predictions and targets'),
    (lambda: MSELoss()([1, 2, 3]), TypeError, 'MSELoss: expected predictions and targets'),
    (lambda: NLLLoss(reduction='avg'), ValueError, "got 'avg'"),
    (lambda: cross_entropy(np.float64(3), 0), ValueError, r'logits of shape \(\) have no classes'),
    (lambda: cross_entropy(np.zeros((2, 0)), [0, 0]), ValueError, 'logits of shape \\(2, 0\\) have no classes'),
    (lambda: cross_entropy(logits, np.eye(4, dtype=int)[labels]), TypeError, r'dtype int64; labels have shape \(6,\); for class probabilities use astype\(float\)'),
    (lambda: cross_entropy(logits, np.eye(4)[labels], ignore_index=2), ValueError, 'ignore_index=2 means a label'),
    pytest.param(lambda: cross_entropy(logits, list('abcdef')), TypeError, 'expected numbers', marks=pytest.mark.house),  # what no page asks
    (lambda: cross_entropy(logits, labels, weight=[1, 2]), ValueError, r'weight has shape \(2,\), logits \(6, 4\); expected \(4,\)'),
    (lambda: cross_entropy(logits, labels, label_smoothing=1.5), ValueError, 'label_smoothing is a share from 0 to 1, got 1.5'),
    (lambda: cross_entropy(logits, labels, label_smoothing=-.1), ValueError, 'got -0.1'),
    (lambda: cross_entropy(logits, labels, reduction='avg'), ValueError, "reduction: expected 'mean', 'sum' or 'none', got 'avg'"),
    (lambda: mse_loss([1.], [1.], reduction=None), ValueError, 'got None'),
    (lambda: MSELoss(reduction='avg'), ValueError, "got 'avg'"),
    (lambda: BCEWithLogitsLoss(reduction='avg'), ValueError, "got 'avg'"),
    (lambda: CrossEntropyLoss(label_smoothing=2), ValueError, 'got 2')])
def test_errors(call, error, words):
    with pytest.raises(error, match=words): call()

# axis

AXIS_OPTIONS = [{}, dict(weight=[1, 2, 3, 0]), dict(label_smoothing=.2), dict(weight=[1, 2, 3, 4], label_smoothing=.2), dict(ignore_index=1)]

@pytest.mark.parametrize('reduction', REDUCTIONS)
@pytest.mark.parametrize('options', AXIS_OPTIONS, ids=str)
@pytest.mark.parametrize('shape, axis', [((4, 6), 0), ((6, 4), 1), ((2, 4, 3), 1), ((2, 4, 4), 1), ((4, 4, 4), 0), ((2, 4, 3, 5), 1), ((2, 3, 4, 5), -2), ((4,), 0)], ids=str)
def test_classes_on_any_axis(shape, axis, options, reduction):
    "Values and gradients are those of the same scores with the classes moved to the end; also where shapes fit both readings"
    x = rng.standard_normal(shape)
    moved = np.moveaxis(x, axis, -1)
    y, q = rng.integers(0, 4, moved.shape[:-1]), rng.dirichlet(np.ones(4), moved.shape[:-1])
    g = rng.standard_normal(y.shape) if reduction == 'none' else np.array(1.)
    def both(loss, targets, turned, **options):
        a, b = Tensor(x.copy(), requires_grad=True), Tensor(moved.copy(), requires_grad=True)
        found, expected = loss(a, turned, **options, axis=axis, reduction=reduction), loss(b, targets, **options, reduction=reduction)
        close(found, expected, rtol=1e-12)
        found.backward(g); expected.backward(g)
        close(a.grad, np.moveaxis(b.grad, -1, axis), rtol=1e-12)
    both(cross_entropy, y, y, **options)
    if 'ignore_index' not in options: both(cross_entropy, q, np.moveaxis(q, -1, axis), **options)
    if 'label_smoothing' not in options: both(nll_loss, y, y, **options)

def test_modules_hand_the_axis_on():
    x, y = rng.standard_normal((2, 4, 4)), rng.integers(0, 4, (2, 4))
    close(CrossEntropyLoss(axis=1)(x, y), cross_entropy(x, y, axis=1))
    close(NLLLoss(axis=1)(x, y), nll_loss(x, y, axis=1))
    assert abs(cross_entropy(x, y).item() - cross_entropy(x, y, axis=1).item()) > 1e-3

# the limits of numbers

def test_infinite_scores_for_yes_or_no():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        x = Tensor(np.array([np.inf, -np.inf, 3.]), requires_grad=True)
        loss = binary_cross_entropy_with_logits(x, [1, 0, 1], pos_weight=5.)
        loss.backward()
        close(loss, 5*np.log1p(np.exp(-3))/3)
        assert x.grad[:2].tolist() == [0, 0] and x.grad[2] < 0
        assert binary_cross_entropy_with_logits(np.array([np.inf, -np.inf]), [0, 1], reduction='none').tolist() == [np.inf, np.inf]
        assert binary_cross_entropy_with_logits(np.array([np.inf, 0]), [0, 0], weight=[0, 1], reduction='none').data[0] == 0
    assert np.isnan(binary_cross_entropy_with_logits([np.nan], [0]).item())

@pytest.mark.parametrize('options', [{}, dict(weight=[1, 2, 3])], ids=str)
def test_soft_targets_of_zero_at_a_class_ruled_out(options):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        x = Tensor(np.array([[0, 1, -np.inf]]), requires_grad=True)
        loss = cross_entropy(x, np.array([[.25, .75, 0]]), **options)
        loss.backward()
    w = np.array(options.get('weight', [1, 1, 1]), float)[:2]
    p = np.exp([0, 1])/np.exp([0, 1]).sum()
    close(loss, -(w*[.25, .75]*np.log(p)).sum())
    assert np.isfinite(x.grad).all() and x.grad[0, 2] == 0
    assert cross_entropy(np.array([[0, -np.inf]]), np.array([[.5, .5]])).item() == np.inf

@pytest.mark.house  # what no page asks
@pytest.mark.parametrize('loss', [cross_entropy, nll_loss])
@pytest.mark.parametrize('options', [dict(weight=[0, 0, 0, 0]), dict(weight=[0, 1, 1, 1], ignore_index=1)], ids=str)
def test_total_weight_of_zero_has_gradients_of_zero(loss, options):
    y = np.where(labels > 0, 1, 0) if 'ignore_index' in options else labels
    smoothings = [{}, dict(label_smoothing=.5)] if loss is cross_entropy else [{}]
    for smoothing in smoothings:
        x = Tensor(logits.copy(), requires_grad=True)
        out = loss(x, y, **options, **smoothing)
        out.backward()
        assert np.isnan(out.item()) and (x.grad == 0).all()

def test_ignored_rows_of_log_probabilities():
    x = Tensor(np.where((labels == 1)[:, None], -np.inf, logits), requires_grad=True)
    loss = nll_loss(x, np.where(labels == 1, -100, labels))
    loss.backward()
    assert np.isfinite(loss.item()) and np.isfinite(x.grad).all() and (x.grad[labels == 1] == 0).all()

# float16

def half(*shape, seed=0): return np.random.default_rng(seed).standard_normal(shape).astype(np.float16)

@pytest.mark.house  # float16 is the house's care
@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_cross_entropy_of_float16_adds_up_in_float32(reduction):
    x, y = half(70000, 8), np.random.default_rng(1).integers(0, 8, 70000)
    a, b = Tensor(x, requires_grad=True), Tensor(x.astype(np.float32), requires_grad=True)
    found, expected = cross_entropy(a, y, reduction=reduction), cross_entropy(b, y, reduction=reduction)
    assert found.dtype == np.float16
    if reduction != 'sum':
        close(found, expected.data, rtol=2e-3, atol=2e-3)
        found.sum().backward() if reduction == 'mean' else found.backward(np.ones(70000, np.float16))
        expected.sum().backward()
        close(a.grad, b.grad, rtol=2e-2, atol=1e-6)
        assert a.grad.dtype == np.float16

def test_softmax_of_many_classes_in_float16():
    x = Tensor(np.zeros((2, 70000), np.float16), requires_grad=True)
    loss = cross_entropy(x, [0, 1])
    loss.backward()
    close(loss, np.log(70000), rtol=1e-3)
    close(x.grad[0, 0], -.5, rtol=1e-3)

# the other distances

OTHERS = {'l1': (lambda x, t, r: l1_loss(x, t, r), lambda d: d), 'huber': (lambda x, t, r: huber_loss(x, t, r, .7), lambda d: np.where(d < .7, d*d/2, .7*(d - .35))),
          'smooth': (lambda x, t, r: smooth_l1_loss(x, t, r, .7), lambda d: np.where(d < .7, d*d/1.4, d - .35)),
          'sharp': (lambda x, t, r: smooth_l1_loss(x, t, r, 0), lambda d: d)}

@pytest.mark.parametrize('reduction', REDUCTIONS)
@pytest.mark.parametrize('loss, expected', OTHERS.values(), ids=OTHERS)
def test_distances(loss, expected, reduction): check_distances(loss, expected, reduction)

def check_distances(loss, expected, reduction):
    "Assert that `loss` gives what NumPy gives of the distances, and their gradients"
    x, t = 2*rng.standard_normal((5, 3)), rng.standard_normal((5, 3))
    finish = {'mean': np.mean, 'sum': np.sum, 'none': lambda x: x}[reduction]
    close(loss(x, t, reduction), finish(expected(np.abs(x - t))), rtol=1e-12)
    gradcheck(lambda x, t: loss(x, t, reduction), x, t)

@pytest.mark.house  # what no page asks of huber_loss
@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_an_infinite_delta_gives_half_the_square(reduction):
    check_distances(lambda x, t, r: huber_loss(x, t, r, np.inf), lambda d: d*d/2, reduction)

@pytest.mark.parametrize('loss', [mse_loss, l1_loss, huber_loss, smooth_l1_loss])
def test_distances_of_nothing_and_their_dtypes(loss):
    assert np.isnan(loss(np.zeros((0, 3)), np.zeros((0, 3))).item())
    assert loss(Tensor([1, 2]), np.zeros(2)).dtype == np.float32 and loss(np.ones(2), [0, 0]).dtype == np.float64
    assert loss(np.arange(3), np.arange(3)).dtype == np.float32

def test_a_far_target_does_not_rule():
    x = Tensor(np.zeros(3), requires_grad=True)
    huber_loss(x, np.array([1e300, -1e300, .5]), reduction='sum').backward()
    assert x.grad.tolist() == [-1, 1, -.5]

@pytest.mark.parametrize('loss, function, options', [(L1Loss, l1_loss, {}), (HuberLoss, huber_loss, dict(delta=.3)), (SmoothL1Loss, smooth_l1_loss, dict(beta=.3))])
def test_modules_of_distances(loss, function, options):
    x, t = rng.random((3, 2)), rng.random((3, 2))
    close(loss('sum', *options.values())(x, t), function(x, t, 'sum', **options))
    close(loss(**options)(x, t), function(x, t, **options))
    assert loss().parameters() == [] and 'reduction=mean' in repr(loss())

def test_nll_loss_is_the_second_half_of_cross_entropy():
    for options in {}, dict(weight=[1, 2, 3, 0]), dict(ignore_index=1), dict(reduction='sum'), dict(reduction='none', weight=[1, 2, 3, 4]):
        close(nll_loss(log_softmax(Tensor(logits)), labels, **options), cross_entropy(logits, labels, **options), rtol=1e-12)
        gradcheck(lambda x: nll_loss(x, labels, **options), logits)
    close(NLLLoss([1, 2, 3, 4], 1, 'sum')(logits, labels), nll_loss(logits, labels, [1, 2, 3, 4], 1, 'sum'))
    assert nll_loss(Tensor(logits.astype(np.float32)), labels, weight=np.ones(4)).dtype == np.float32

# constants and half precision

def test_lists_take_the_dtype_they_meet():
    "0.1 is not rounded to float32 on its way to a float64"
    assert mse_loss(Tensor(np.array([1., 2.])), [.1, .2]).item() == (.9**2 + 1.8**2)/2
    x, w = logits, [.1, .2, .3, .4]
    for loss in (cross_entropy(x, labels, weight=w), CrossEntropyLoss(weight=w)(x, labels), CrossEntropyLoss(weight=np.array(w))(x, labels)):
        assert loss.item() == cross_entropy(x, labels, weight=np.array(w)).item()
    assert BCEWithLogitsLoss(pos_weight=[.1])(np.array([.3]), [1.]).item() == binary_cross_entropy_with_logits(np.array([.3]), [1.], pos_weight=np.array([.1])).item()

@pytest.mark.house  # float16 is the house's care
@pytest.mark.parametrize('loss', [mse_loss, l1_loss, huber_loss, smooth_l1_loss])
def test_means_of_float16_are_added_up_in_float32(loss):
    x = Tensor(np.full(90000, 3, np.float16), requires_grad=True)
    out = loss(x, np.ones(90000))
    out.backward()
    assert out.dtype == np.float16 and out.item() == loss([3.], [1.]).item()
    assert np.isfinite(x.grad).all() and (x.grad > 0).all()

@pytest.mark.house  # likewise
def test_binary_losses_of_float16():
    x = Tensor(np.zeros(90000, np.float16), requires_grad=True)
    loss = binary_cross_entropy_with_logits(x, np.ones(90000))
    loss.backward()
    close(loss, np.log(2), rtol=1e-3)
    assert (x.grad < 0).all()
