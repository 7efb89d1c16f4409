"""Errors say what was typed, the shapes or values it met, the axis or number that disagrees, and a way out

Compared are these facts, in any order and any words. The way out is a name of ours that stands in the message."""
import re

import numpy as np
import pytest

import tinytorch.core.autograd
from tinytorch.core.activations import ReLU, gelu, log_softmax, softmax
from tinytorch.core.dataloader import TensorDataset
from tinytorch.core.layers import Linear, Sequential, linear
from tinytorch.core.losses import binary_cross_entropy, cross_entropy, mse_loss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor, cat, chunk, pad, sort, split, stack, topk, where

def t(*shape): return Tensor(np.ones(shape, np.float32))
def w(*shape): return Tensor(np.ones(shape, np.float32), requires_grad=True)

two = np.ones((2, 2))

SHAPES = {  # what is typed: (it, the name that begins the message, the facts in it)
    't + t':         (lambda: t(2, 3) + t(2, 4),       'add',          ['(2, 3)', '(2, 4)', 'axis -1', '3 and 4', 'reshape']),
    't - t':         (lambda: t(2, 3) - t(4, 3),       'subtract',     ['(2, 3)', '(4, 3)', 'axis -2', '2 and 4', 'reshape']),
    't * t':         (lambda: t(5, 1, 3) * t(2, 4),    'multiply',     ['(5, 1, 3)', '(2, 4)', 'axis -1', '3 and 4', 'unsqueeze']),
    't / array':     (lambda: t(2, 3) / two,           'divide',       ['(2, 3)', '(2, 2)', 'axis -1', '3 and 2']),
    'array ** t':    (lambda: two ** t(2, 3),          'power',        ['(2, 2)', '(2, 3)', 'axis -1', '2 and 3']),
    't % t':         (lambda: t(2, 3) % t(2, 4),       'remainder',    ['(2, 3)', '(2, 4)', 'axis -1', '3 and 4']),
    't // t':        (lambda: t(2, 3) // t(2, 4),      'floor_divide', ['(2, 3)', '(2, 4)', 'axis -1', '3 and 4']),
    't == t':        (lambda: t(2, 3) == t(2, 4),      'equal',        ['(2, 3)', '(2, 4)', 'axis -1', '3 and 4']),
    'mask & mask':   (lambda: (t(2, 3) > 0) & (t(2, 4) > 0), '&',      ['(2, 3)', '(2, 4)', 'axis -1', '3 and 4']),
    't += t':        (lambda: t(2, 3).__iadd__(t(4, 3)), r'\+=',       ['(2, 3)', '(4, 3)', 't = t + x']),
    'maximum':       (lambda: t(2, 3).maximum(t(4, 3)), 'maximum',     ['(2, 3)', '(4, 3)', 'axis -2', '2 and 4']),
    't @ t':         (lambda: t(2, 3) @ t(2, 3),       'matmul',       ['(2, 3)', '3 columns', '2 rows', 'transpose']),
    'batches @':     (lambda: t(2, 2, 3) @ t(5, 3, 4), 'matmul',       ['(2, 2, 3)', '(5, 3, 4)', 'axis -3', '2 and 5']),
    't @ 2':         (lambda: t(2, 3) @ 2.,            'matmul',       ['(2, 3)', '()', '*']),
    'reshape':       (lambda: t(2, 3).reshape(4, 2),   'reshape',      ['6 elements', '(2, 3)', '(4, 2)', '-1']),
    'broadcast_to':  (lambda: t(2, 3).broadcast_to(4, 3), 'broadcast_to', ['(2, 3)', '(4, 3)', 'axis -2', '2 and 4']),
    'broadcast less': (lambda: t(2, 3).broadcast_to(3), 'broadcast_to', ['(2, 3)', '(3,)']),
    'transpose':     (lambda: t(2, 3).transpose(0, 2), 'transpose',    ['(2, 3)', '0 and 2', 'unsqueeze']),
    'permute':       (lambda: t(2, 3).permute(0, 0),   'permute',      ['(0, 0)', '(2, 3)', '2 axes']),
    'unsqueeze':     (lambda: t(2, 3).unsqueeze(5),    'unsqueeze',    ['axis 5', '(2, 3)', '-3 to 2']),
    'sum':           (lambda: t(2, 3).sum(axis=2),     'sum',          ['axis 2', '(2, 3)', '-2 to 1']),
    'prod':          (lambda: t(2, 3).prod(dim=2),     'prod',         ['axis 2', '(2, 3)', '-2 to 1']),
    'max':           (lambda: t(2, 3).max(axis=(0, -3)), 'max',        ['axis -3', '(2, 3)', '-2 to 1']),
    'any':           (lambda: t(2, 3).any(axis=4),     'any',          ['axis 4', '(2, 3)', '-2 to 1']),
    'argmax':        (lambda: t(2, 3).argmax(axis=4),  'argmax',       ['axis 4', '(2, 3)', '-2 to 1']),
    'min of nothing': (lambda: t(0, 3).min(axis=0),    'min',          ['(0, 3)']),
    'sort':          (lambda: sort(t(2, 3), 2),        'sort',         ['axis 2', '(2, 3)', '-2 to 1']),
    'topk':          (lambda: topk(t(2, 3), 4),        'topk',         ['axis 1', '(2, 3)', '4']),
    'cumsum':        (lambda: t(2, 3).cumsum(-3),      'cumsum',       ['axis -3', '(2, 3)', '-2 to 1']),
    'split':         (lambda: split(t(2, 5), [2, 2], 1), 'split',      ['[2, 2]', '5', 'axis 1', '(2, 5)']),
    'chunk':         (lambda: chunk(t(2, 5), 2, 3),    'chunk',        ['axis 3', '(2, 5)', '-2 to 1']),
    'pad':           (lambda: pad(t(5), (1, 1, 1, 1)), 'pad',          ['1 axes', '(1, 1, 1, 1)']),
    'cat':           (lambda: cat([t(2, 3), t(2, 4)]), 'cat',          ['(2, 3)', '(2, 4)', 'axis 1', '3 and 4', 'joined axis, 0']),
    'cat along -2':  (lambda: cat([t(2, 3, 5), t(4, 3, 5)], dim=-2), 'cat', ['(2, 3, 5)', '(4, 3, 5)', 'axis 0', '2 and 4', '-2']),
    'cat of unlike': (lambda: cat([t(2, 3), t(2)]),    'cat',          ['(2, 3)', '(2,)', 'unsqueeze']),
    'stack':         (lambda: stack([t(2, 3), t(3, 2)]), 'stack',      ['(2, 3)', '(3, 2)', 'cat']),
    'where':         (lambda: where(two, t(2, 3), t(2, 3)), 'where',   ['(2, 2)', '(2, 3)', 'axis -1', '2 and 3']),
    'softmax':       (lambda: softmax(t(2, 3), dim=2), 'softmax',      ['dim=2', '(2, 3)', '-2 to 1']),
    'log_softmax':   (lambda: log_softmax(t(2, 3), dim=-3), 'log_softmax', ['dim=-3', '(2, 3)', '-2 to 1']),
    'Linear':        (lambda: Linear(4, 2)(t(3, 5)),   'linear',       ['5 features', '(3, 5)', '(4, 2)', '4']),
    'Linear on maps': (lambda: Linear(6, 2)(t(3, 2, 3)), 'linear',     ['3 features', '(3, 2, 3)', '(6, 2)', 'flatten']),
    'bias':          (lambda: linear(t(2, 3), t(3, 4), t(3)), 'linear', ['bias (3,)', '(3, 4)', '(4,)']),
    'mse_loss':      (lambda: mse_loss(t(2, 3), t(3, 2)), 'mse_loss',  ['(2, 3)', '(3, 2)', 'reshape(2, 3)']),
    'cross_entropy': (lambda: cross_entropy(t(2, 3), [0, 1, 2]), 'cross_entropy', ['(2, 3)', '(3,)', '(2,)']),
    'backward':      (lambda: w(2, 3).backward(two),   'backward',     ['(2, 2)', '(2, 3)']),
    'grad':          (lambda: setattr(w(2, 3), 'grad', two), 'grad',   ['(2, 2)', '(2, 3)']),
    'load_state_dict': (lambda: Linear(2, 3).load_state_dict({'weight': np.ones((3, 2)), 'bias': np.ones(3)}), 'load_state_dict', ['weight', '(2, 3)', '(3, 2)', 'transpose=True']),
    'TensorDataset': (lambda: TensorDataset(np.ones((5, 2)), np.ones(4)), 'TensorDataset', ['5 samples', '(5, 2)', '4', '(4,)']),
}

def check(caught, name, facts):
    message = str(caught.value)
    assert re.match(rf'{name}\b|{name}:', message), f'the message does not begin with {name}: {message}'
    missing = [fact for fact in facts if fact not in message]
    assert not missing, f'{missing} missing in: {message}'

@pytest.mark.parametrize('typed', SHAPES)
def test_shape_error(typed):
    do, name, facts = SHAPES[typed]
    with pytest.raises(ValueError) as caught: do()
    check(caught, name, facts)

def test_positions_outside_a_tensor():
    for key, facts in [(5, ['5', 'axis 0', 'size 2', '(2, 3)']), ((0, 0, 0), ['(2, 3)'])]:
        with pytest.raises(IndexError) as caught: t(2, 3)[key]
        check(caught, 'index', facts)

OTHERS = {
    'Tensor of text':   (lambda: Tensor('a'),         TypeError, 'Tensor', ['numbers', 'str']),
    't + None':         (lambda: t(2) + None,         TypeError, 'Tensor', ['numbers', 'NoneType']),
    'whole with grad':  (lambda: Tensor(np.arange(3), requires_grad=True), TypeError, 'Tensor', ['floating', 'int', 'astype']),
    'ragged':           (lambda: Tensor([[1], [1, 2]]), ValueError, 'Tensor', ['length', 'padding']),
    'float as index':   (lambda: t(2)[t(1)],          IndexError, 'index', ['whole numbers', 'float32', 'astype(int)']),
    'float mask':       (lambda: t(2) & True,         TypeError, '&', ['booleans', 'float32', 't > 0']),
    '~float':           (lambda: ~t(2),               TypeError, '~', ['booleans', 'float32', 't > 0']),
    'axis and dim':     (lambda: t(2).sum(axis=0, dim=0), TypeError, 'sum', ['axis=0', 'dim=0']),
    'size()':           (lambda: t(2, 3).size(0),     TypeError, 'size', ['t.shape[0]']),
    'w -= step':        (lambda: w(2).__isub__(.1),   RuntimeError, '-=', ['gradients', 'no_grad()']),
    'np.mean(w)':       (lambda: np.mean(w(2)),       TypeError, r'np\.mean', ['gradients', 'np.mean(t.data)']),
    'np.array([w*2])':  (lambda: np.array([w(2)*2]),  TypeError, r'np\.asarray', ['gradients', 't.data']),
    'Tensor(w*2)':      (lambda: Tensor(w(2)*2),      TypeError, 'Tensor', ['history', 't.detach()']),
    'Tensor([w])':      (lambda: Tensor([w(2)]),      TypeError, 'Tensor', ['gradients', 'stack', 'cat']),
    't[0] = w':         (lambda: t(2).__setitem__(0, w(1)), RuntimeError, r't\[i\] = v', ['remembered', 'where']),
    'pad modes':        (lambda: pad(t(2), (1, 1), 'reflect'), ValueError, 'pad', ["'reflect'", "'constant'"]),
    'SGD([1])':         (lambda: SGD([1], .1),        TypeError, 'optimizer', ['parameter 0', 'int', 'model.parameters()']),
    'Sequential(list)': (lambda: Sequential([ReLU()]), TypeError, 'Sequential', ['layer 0', 'list', 'Sequential(*layers)']),
    'Sequential(class)': (lambda: Sequential(ReLU),   TypeError, 'Sequential', ['layer 0', 'class ReLU', 'ReLU(...)']),
    'gelu':             (lambda: gelu(t(2), 'exact'), ValueError, 'gelu', ["'exact'", "'none'", "'tanh'"]),
    'bool':             (lambda: bool(t(2)),          ValueError, 'bool', ['2 elements', '.any()', '.all()']),
    'item':             (lambda: t(2).item(),         ValueError, 'item', ['2', '(2,)']),
    'backward of many': (lambda: w(2, 3).backward(),  RuntimeError, 'backward', ['(2, 3)', 'sum', 'gradient=']),
    'backward of none': (lambda: t(2, 3).backward(),  RuntimeError, 'backward', ['requires_grad=True', 'no_grad()']),
    'a label too high': (lambda: cross_entropy(t(2, 3), [0, 3]), ValueError, 'cross_entropy', ['label 3', 'position 1', '3 classes', 'ignore_index=-100']),
    'no share':         (lambda: binary_cross_entropy(t(2)*2, t(2)), ValueError, 'binary_cross_entropy', ['2', 'position 0', 'binary_cross_entropy_with_logits']),
}

@pytest.mark.parametrize('typed', OTHERS)
def test_other_error(typed):
    do, error, name, facts = OTHERS[typed]
    with pytest.raises(error) as caught: do()
    check(caught, name, facts)

def test_the_name_in_a_message_is_one_that_was_typed():
    "No name of a helper that nobody calls stands at the head of a message about shapes or axes"
    helpers = {'where_op', 'expand', 'getitem', 'concatenate', 'permute_axes', 'softmax_along', 'log_softmax_along', 'reduce_sum', 'reduce_prod', 'reduce_max',
               'reduce_min', 'pick_along', 'running_sum', 'pad_edges', 'triangle', 'clip_between', 'affine'}
    for do, *_ in SHAPES.values():
        with pytest.raises(ValueError) as caught: do()
        assert re.match(r'\w*', str(caught.value))[0] not in helpers
