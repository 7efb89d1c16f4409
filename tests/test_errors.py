"Shape errors name the operation, both shapes, the axis that disagrees and one way out; type errors name what was expected"
import re

import numpy as np
import pytest

import tinytorch.core.autograd
from tinytorch.core.activations import ReLU, gelu, softmax
from tinytorch.core.dataloader import TensorDataset
from tinytorch.core.layers import Linear, Sequential, linear
from tinytorch.core.losses import binary_cross_entropy, cross_entropy, mse_loss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor, cat, stack, where

def t(*shape): return Tensor(np.ones(shape, np.float32))
def w(*shape): return Tensor(np.ones(shape, np.float32), requires_grad=True)

two = np.ones((2, 2))

shape_errors = [  # what is done; the whole message
    (lambda: t(2, 3) + t(2, 4),    'add: shapes (2, 3) and (2, 4) do not broadcast: axis -1 has sizes 3 and 4; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: t(2, 3) - t(4, 3),    'subtract: shapes (2, 3) and (4, 3) do not broadcast: axis -2 has sizes 2 and 4; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: t(5, 1, 3) * t(2, 4), 'multiply: shapes (5, 1, 3) and (2, 4) do not broadcast: axis -1 has sizes 3 and 4; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: t(2, 3) / two,        'divide: shapes (2, 3) and (2, 2) do not broadcast: axis -1 has sizes 3 and 2; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: two ** t(2, 3),       'power: shapes (2, 2) and (2, 3) do not broadcast: axis -1 has sizes 2 and 3; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: t(2, 3) == t(2, 4),   'equal: shapes (2, 3) and (2, 4) do not broadcast: axis -1 has sizes 3 and 4; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: t(2, 3) @ t(2, 3),    'matmul: shapes (2, 3) and (2, 3): 3 columns meet 2 rows; transpose one, or make the two sizes equal'),
    (lambda: t(2, 2, 3) @ t(5, 3, 4), 'matmul: shapes (2, 2, 3) and (5, 3, 4): the leading axes do not broadcast: axis -3 has sizes 2 and 5; make them equal or 1'),
    (lambda: t(2, 3) @ 2.,         'matmul: shapes (2, 3) and (): a number has no rows; use * for it'),
    (lambda: t(2, 3).reshape(4, 2), 'reshape: 6 elements of shape (2, 3) do not fill shape (4, 2); leave one size to be worked out with -1'),
    (lambda: t(2, 3).broadcast_to(4, 3), 'expand: shapes (2, 3) and (4, 3) do not broadcast: axis -2 has sizes 2 and 4; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: t(2, 3).transpose(0, 2), 'transpose: shape (2, 3) has no axes 0 and 2; add one with unsqueeze, or name two that are there'),
    (lambda: t(2, 3).permute(0, 0), 'permute: axes (0, 0) do not fit shape (2, 3); name each of its 2 axes once'),
    (lambda: t(2, 3).unsqueeze(5), 'unsqueeze: there is no axis 5 for shape (2, 3); expected -3 to 2'),
    (lambda: t(2, 3).sum(axis=2),  'sum: there is no axis 2 for shape (2, 3); expected -2 to 1'),
    (lambda: t(2, 3).max(axis=(0, -3)), 'max: there is no axis -3 for shape (2, 3); expected -2 to 1'),
    (lambda: t(2, 3).argmax(axis=4), 'argmax: there is no axis 4 for shape (2, 3); expected -2 to 1'),
    (lambda: t(0, 3).min(axis=0),  'min: zero-size array to reduction operation minimum which has no identity; got shape (0, 3)'),
    (lambda: cat([t(2, 3), t(2, 4)]), 'cat: shapes (2, 3), (2, 4) differ in axis 1, sizes 3 and 4; only the joined axis, 0, may differ'),
    (lambda: cat([t(2, 3, 5), t(4, 3, 5)], dim=-2), 'cat: shapes (2, 3, 5), (4, 3, 5) differ in axis 0, sizes 2 and 4; only the joined axis, -2, may differ'),
    (lambda: cat([t(2, 3), t(2)]), 'cat: shapes (2, 3), (2,) have different numbers of axes; add some with unsqueeze'),
    (lambda: stack([t(2, 3), t(3, 2)]), 'stack: shapes (2, 3), (3, 2) are not all equal; use cat to join along an axis in which they differ'),
    (lambda: where(two, t(2, 3), t(2, 3)), 'choose: shapes (2, 3) and (2, 3) and (2, 2) do not broadcast: axis -1 has sizes 3 and 3 and 2; make them equal, or one of them 1 with reshape or unsqueeze'),
    (lambda: softmax(t(2, 3), dim=2), 'softmax_along: dim=2 is not an axis of shape (2, 3); it has 2, from -2 to 1'),
    (lambda: Linear(4, 2)(t(3, 5)), 'linear: x has 5 features (shape (3, 5)) but weight (4, 2) takes 4; make the two equal'),
    (lambda: Linear(6, 2)(t(3, 2, 3)), 'linear: x has 3 features (shape (3, 2, 3)) but weight (6, 2) takes 6; flatten it first'),
    (lambda: linear(t(2, 3), t(3, 4), t(3)), 'linear: bias (3,) does not fit weight (3, 4): expected (4,), one number per output'),
    (lambda: mse_loss(t(2, 3), t(3, 2)), 'mse_loss: predictions have shape (2, 3), targets (3, 2); use targets.reshape(2, 3)'),
    (lambda: cross_entropy(t(2, 3), [0, 1, 2]), 'cross_entropy: logits have shape (2, 3), targets (3,); expected labels of shape (2,), or class probabilities of shape (2, 3)'),
    (lambda: w(2, 3).backward(two), 'backward: gradient has shape (2, 2), the tensor (2, 3); they must be equal'),
    (lambda: setattr(w(2, 3), 'grad', two), 'grad: shape (2, 2) does not fit a tensor of shape (2, 3)'),
    (lambda: Linear(2, 3).load_state_dict({'weight': np.ones((3, 2)), 'bias': np.ones(3)}), 'load_state_dict: weight is (2, 3) here and (3, 2) in the state; transpose: PyTorch keeps (out, in), so say transpose=True'),
    (lambda: TensorDataset(np.ones((5, 2)), np.ones(4)), 'TensorDataset: tensor 0 has 5 samples (shape (5, 2)) but tensor 1 has 4 (shape (4,)); the first axes must agree'),
]

@pytest.mark.parametrize('do, message', shape_errors, ids=[m.partition(';')[0] for _, m in shape_errors])
def test_shape_error(do, message):
    with pytest.raises(ValueError) as caught: do()
    assert str(caught.value) == message

def test_positions_outside_a_tensor():
    with pytest.raises(IndexError, match=re.escape('index 5 is out of bounds for axis 0 with size 2; the tensor has shape (2, 3)')): t(2, 3)[5]
    with pytest.raises(IndexError, match=re.escape('the tensor has shape (2, 3)')): t(2, 3)[0, 0, 0]

other_errors = [
    (lambda: Tensor('a'),           TypeError, 'Tensor: expected numbers, got str of dtype <U1'),
    (lambda: t(2) + None,           TypeError, 'Tensor: expected numbers, got NoneType of dtype object'),
    (lambda: Tensor(np.arange(3), requires_grad=True), TypeError, 'Tensor: only floating numbers have gradients, got dtype int64; use astype'),
    (lambda: t(2)[t(1)],            IndexError, 'index: positions are whole numbers, got a tensor of float32; use .astype(int), or arange'),
    (lambda: SGD([1], .1),          TypeError, 'optimizer: parameter 0 is a int, expected a Tensor; pass model.parameters()'),
    (lambda: Sequential([ReLU()]),  TypeError, 'Sequential: layer 0 is a list, which cannot be called; give layers one by one, a list as Sequential(*layers)'),
    (lambda: Sequential(ReLU),      TypeError, 'Sequential: layer 0 is the class ReLU itself; make one: ReLU(...)'),
    (lambda: gelu(t(2), 'exact'),   ValueError, "gelu: there is no approximate='exact'; expected 'none' or 'tanh'"),
    (lambda: bool(t(2)),            ValueError, 'bool: a tensor of 2 elements is neither true nor false; use (t > 0).data.any() or .all()'),
    (lambda: t(2).item(),           ValueError, 'item: expected one element, got 2 (shape (2,)); index it first'),
    (lambda: w(2, 3).backward(),    RuntimeError, 'backward: a tensor of shape (2, 3) is not one number; sum it, or pass gradient= of that shape'),
    (lambda: t(2, 3).backward(),    RuntimeError, 'backward: nothing here asks for gradients; make a leaf with requires_grad=True, and compute outside no_grad()'),
    (lambda: cross_entropy(t(2, 3), [0, 3]), ValueError, 'cross_entropy: label 3 at position 1 is not one of the 3 classes: expected 0 to 2, or ignore_index=-100 to leave the row out'),
    (lambda: binary_cross_entropy(t(2)*2, t(2)), ValueError, 'binary_cross_entropy: predictions are probabilities from 0 to 1, got 2 at position 0; for scores use binary_cross_entropy_with_logits'),
]

@pytest.mark.parametrize('do, error, message', other_errors, ids=[m.partition(';')[0] for *_, m in other_errors])
def test_other_error(do, error, message):
    with pytest.raises(error) as caught: do()
    assert str(caught.value) == message
