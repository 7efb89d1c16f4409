"Losses against PyTorch: values and gradients over weights, smoothing, ignored labels, reductions and shapes"
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tinytorch.core.autograd  # gradients
from tinytorch.core.losses import (BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss, NLLLoss, SmoothL1Loss,
    binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, huber_loss, l1_loss, mse_loss, nll_loss, smooth_l1_loss)
from tinytorch.core.tensor import Tensor

REDUCTIONS = ('mean', 'sum', 'none')
WEIGHTS = (None, [.5, 2., 0., 1.25])
reductions = pytest.mark.parametrize('reduction', REDUCTIONS)
weights = pytest.mark.parametrize('weight', WEIGHTS, ids=['unweighted', 'weighted'])
smoothings = pytest.mark.parametrize('smoothing', [0., .1, 1.])
dtypes = pytest.mark.parametrize('dtype, tolerance', [(np.float64, 1e-12), (np.float32, 2e-6)])

def both(ours, theirs, arrays, tolerance):
    "Compare the two functions of `arrays`, and the gradients of all of them for a random gradient of the result"
    mine = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    his = [torch.tensor(a, requires_grad=True) for a in arrays]
    out, expected = ours(*mine), theirs(*his)
    assert out.shape == tuple(expected.shape) and out.dtype == expected.detach().numpy().dtype
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    g = np.random.default_rng(9).standard_normal(out.shape).astype(out.dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    for m, h in zip(mine, his): np.testing.assert_allclose(m.grad, h.grad.numpy(), rtol=tolerance, atol=tolerance)

def classes_second(t): return t.movedim(-1, 1) if t.ndim > 2 else t

def weight_of(weight, dtype): return None if weight is None else torch.tensor(np.array(weight, dtype))

@dtypes
@reductions
@weights
@smoothings
@pytest.mark.parametrize('ignore', [-100, 2, None], ids=['-100', 'a class', 'all'])
@pytest.mark.parametrize('shape', [(), (1,), (7,), (3, 5), (2, 3, 4)], ids=str)
def test_cross_entropy_of_labels(shape, ignore, smoothing, weight, reduction, dtype, tolerance):
    rng = np.random.default_rng(0)
    x, y = 3*rng.standard_normal((*shape, 4)).astype(dtype), rng.integers(0, 4, shape)
    if ignore == -100 and y.size > 1: y.flat[::3] = -100
    if ignore is None: y, ignore = np.full(shape, -100), -100
    both(lambda x: cross_entropy(x, y, weight, ignore, smoothing, reduction),
         lambda x: F.cross_entropy(classes_second(x), torch.tensor(y), weight_of(weight, dtype), ignore_index=ignore, label_smoothing=smoothing, reduction=reduction),
         [x], tolerance)

@dtypes
@reductions
@weights
@smoothings
@pytest.mark.parametrize('shape', [(), (1,), (7,), (3, 5), (2, 3, 4)], ids=str)
def test_cross_entropy_of_probabilities(shape, smoothing, weight, reduction, dtype, tolerance):
    rng = np.random.default_rng(1)
    x, t = 3*rng.standard_normal((*shape, 4)).astype(dtype), rng.dirichlet(np.ones(4), shape).astype(dtype)
    both(lambda x, t: cross_entropy(x, t, weight, label_smoothing=smoothing, reduction=reduction),
         lambda x, t: F.cross_entropy(classes_second(x), classes_second(t), weight_of(weight, dtype), label_smoothing=smoothing, reduction=reduction),
         [x, t], 5*tolerance)

@dtypes
@pytest.mark.parametrize('scale', [1, 30, 1e4])
def test_cross_entropy_of_large_scores(scale, dtype, tolerance):
    rng = np.random.default_rng(2)
    x, y = (scale*rng.standard_normal((50, 10))).astype(dtype), rng.integers(0, 10, 50)
    both(lambda x: cross_entropy(x, y, reduction='none'), lambda x: F.cross_entropy(x, torch.tensor(y), reduction='none'), [x], tolerance)

def test_class_that_is_ruled_out():
    x = np.array([[0., -np.inf, 1]])
    both(lambda x: cross_entropy(x, [2]), lambda x: F.cross_entropy(x, torch.tensor([2])), [x], 1e-12)

def test_ignored_row_of_nan():
    x, y = np.array([[np.nan]*3, [1., 2, 3]]), np.array([-100, 1])
    np.testing.assert_allclose(cross_entropy(x, y).item(), F.cross_entropy(torch.tensor(x), torch.tensor(y)).item(), rtol=1e-12)

@reductions
@pytest.mark.parametrize('shape', [(), (1,), (7,), (3, 5), (0, 3)], ids=str)
@dtypes
def test_mse(shape, reduction, dtype, tolerance):
    rng = np.random.default_rng(3)
    x, t = (rng.standard_normal(shape).astype(dtype)*np.ones(shape, dtype) for _ in range(2))
    both(lambda x, t: mse_loss(x, t, reduction), lambda x, t: F.mse_loss(x, t, reduction=reduction), [np.asarray(x), np.asarray(t)], tolerance)

@reductions
@pytest.mark.parametrize('weight', [None, [.5, 2, 0]], ids=['unweighted', 'weighted'])
@pytest.mark.parametrize('shape', [(3,), (1, 3), (4, 3), (2, 4, 3), (0, 3)], ids=str)
@dtypes
def test_bce(shape, weight, reduction, dtype, tolerance):
    rng = np.random.default_rng(4)
    p, t = rng.uniform(.01, .99, shape).astype(dtype), rng.random(shape).astype(dtype)
    both(lambda p, t: binary_cross_entropy(p, t, weight, reduction),
         lambda p, t: F.binary_cross_entropy(p, t, weight_of(weight, dtype), reduction=reduction), [p, t], 20*tolerance)

def test_bce_at_the_ends():
    p, t = np.array([0., 0, 1, 1, 1e-30, 1e-60]), np.array([0., 1, 0, 1, 1, 1])
    both(lambda p: binary_cross_entropy(p, t, reduction='none'), lambda p: F.binary_cross_entropy(p, torch.tensor(t), reduction='none'), [p], 1e-8)  # its 1e-12 is a float32

@reductions
@pytest.mark.parametrize('weight', [None, [.5, 2, 0]], ids=['unweighted', 'weighted'])
@pytest.mark.parametrize('pos_weight', [None, [1., 10, .5]], ids=['', 'pos_weight'])
@pytest.mark.parametrize('shape', [(3,), (4, 3), (2, 4, 3), (0, 3)], ids=str)
@dtypes
def test_bce_with_logits(shape, pos_weight, weight, reduction, dtype, tolerance):
    rng = np.random.default_rng(5)
    x, t = 3*rng.standard_normal(shape).astype(dtype), rng.random(shape).astype(dtype)
    both(lambda x, t: binary_cross_entropy_with_logits(x, t, weight, reduction, pos_weight),
         lambda x, t: F.binary_cross_entropy_with_logits(x, t, weight_of(weight, dtype), pos_weight=weight_of(pos_weight, dtype), reduction=reduction), [x, t], 20*tolerance)

@dtypes
def test_bce_with_large_logits(dtype, tolerance):
    x = np.array([-1e4, -100, -20, 0.5, 20, 100, 1e4]*2, dtype)
    t = np.repeat([0, 1], 7).astype(dtype)
    both(lambda x: binary_cross_entropy_with_logits(x, t, reduction='none'),
         lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor(t), reduction='none'), [x], tolerance)

def test_defaults_are_pytorchs():
    rng = np.random.default_rng(6)
    x, y = rng.standard_normal((5, 4)), rng.integers(0, 4, 5)
    p, t = rng.random((5, 4)), rng.random((5, 4))
    for ours, theirs, a, b in [(CrossEntropyLoss(), torch.nn.CrossEntropyLoss(), x, y), (MSELoss(), torch.nn.MSELoss(), x, t),
                               (BCELoss(), torch.nn.BCELoss(), p, t), (BCEWithLogitsLoss(), torch.nn.BCEWithLogitsLoss(), x, t),
                               (NLLLoss(), torch.nn.NLLLoss(), x, y), (L1Loss(), torch.nn.L1Loss(), x, t),
                               (SmoothL1Loss(), torch.nn.SmoothL1Loss(), x, t), (HuberLoss(), torch.nn.HuberLoss(), x, t)]:
        np.testing.assert_allclose(ours(a, b).item(), theirs(torch.tensor(a), torch.tensor(b)).item(), rtol=1e-12)

# PyTorch's layout, without moving axes

LAYOUTS = [((6, 4), 1), ((4,), 0), ((2, 4, 3), 1), ((2, 4, 4), 1), ((2, 4, 3, 5), 1), ((0, 4), 1)]

@dtypes
@reductions
@weights
@smoothings
@pytest.mark.parametrize('ignore', [-100, 2])
@pytest.mark.parametrize('shape, axis', LAYOUTS, ids=str)
def test_cross_entropy_along_axis_1(shape, axis, ignore, smoothing, weight, reduction, dtype, tolerance):
    rng = np.random.default_rng(7)
    x = 3*rng.standard_normal(shape).astype(dtype)
    y = rng.integers(0, 4, shape[:axis] + shape[axis + 1:])
    both(lambda x: cross_entropy(x, y, weight, ignore, smoothing, reduction, axis),
         lambda x: F.cross_entropy(x, torch.tensor(y), weight_of(weight, dtype), ignore_index=ignore, label_smoothing=smoothing, reduction=reduction), [x], tolerance)
    if ignore != -100 or 0 in shape: return
    q = np.moveaxis(rng.dirichlet(np.ones(4), y.shape), -1, axis).astype(dtype)
    both(lambda x, q: cross_entropy(x, q, weight, label_smoothing=smoothing, reduction=reduction, axis=axis),
         lambda x, q: F.cross_entropy(x, q, weight_of(weight, dtype), label_smoothing=smoothing, reduction=reduction), [x, q], 5*tolerance)

@dtypes
@reductions
@weights
@pytest.mark.parametrize('ignore', [-100, 2])
@pytest.mark.parametrize('shape, axis', LAYOUTS, ids=str)
def test_nll_loss(shape, axis, ignore, weight, reduction, dtype, tolerance):
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal(shape).astype(dtype), rng.integers(0, 4, shape[:axis] + shape[axis + 1:])
    if y.size == 1: y = np.full(y.shape, 3)  # class 2 weighs nothing: with no weight at all, gradients are NaN there and 0 here
    both(lambda x: nll_loss(x, y, weight, ignore, reduction, axis),
         lambda x: F.nll_loss(x, torch.tensor(y), weight_of(weight, dtype), ignore_index=ignore, reduction=reduction), [x], tolerance)

DISTANCES = {'l1': (l1_loss, F.l1_loss, {}), 'smooth': (smooth_l1_loss, F.smooth_l1_loss, dict(beta=.4)), 'smooth 0': (smooth_l1_loss, F.smooth_l1_loss, dict(beta=0.)),
             'huber': (huber_loss, F.huber_loss, dict(delta=.4)), 'huber 3': (huber_loss, F.huber_loss, dict(delta=3.))}

@dtypes
@reductions
@pytest.mark.parametrize('shape', [(), (1,), (7,), (3, 5), (0, 3)], ids=str)
@pytest.mark.parametrize('name', DISTANCES)
def test_distances(name, shape, reduction, dtype, tolerance):
    ours, theirs, options = DISTANCES[name]
    rng = np.random.default_rng(9)
    x, t = (np.asarray(rng.standard_normal(shape), dtype) for _ in range(2))
    if x.size > 2: t.flat[0] = x.flat[0]  # no distance at all
    both(lambda x, t: ours(x, t, reduction, **options), lambda x, t: theirs(x, t, reduction=reduction, **options), [x, t], 5*tolerance)
