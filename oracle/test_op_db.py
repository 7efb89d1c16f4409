"""Our ops and layers on the inputs with which PyTorch tests its own (`op_db`, `module_db`): results and gradients, in float64

An adapter has the parameters that we have; a sample that sets others, or that the adapter refuses, is `Unlike` and not counted.
How many were compared: `pytest oracle/test_op_db.py -rP`."""
from inspect import signature

import numpy as np
import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db

import tinytorch.core.autograd
import tinytorch.core.activations as act
import tinytorch.core.losses as losses
import tinytorch.core.spatial as spatial
from tinytorch.core.embeddings import Embedding, lookup
from tinytorch.core.layers import Linear, linear
from tinytorch.core.tensor import Tensor, cat, stack, where
from tinytorch.core.transformers import LayerNorm, layer_norm as norm

class Unlike(Exception): "The sample uses what we do not have"

def need(there):
    if not there: raise Unlike

def as_dims(dim): return tuple(dim) if isinstance(dim, (list, tuple)) else dim

def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    need(x.ndim == 4 and not isinstance(padding, str))
    return spatial.conv2d(x, weight, bias, stride, padding, dilation, groups)

def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    need(x.ndim == 4 and not ceil_mode and not return_indices)
    return spatial.max_pool2d(x, kernel_size, stride or kernel_size, padding, dilation)

def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    need(x.ndim == 4 and not ceil_mode and count_include_pad and not divisor_override)
    return spatial.avg_pool2d(x, kernel_size, stride or kernel_size, padding)

def adaptive(x, output_size):
    need(x.ndim == 4)
    return spatial.adaptive_avg_pool2d(x, output_size)

def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=.1, eps=1e-5):
    need(training and weight is not None and bias is not None)
    return spatial.batch_norm(x, weight, bias, eps=eps)

def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    need(len(normalized_shape) > 0)
    return norm(x, Tensor(np.ones(normalized_shape)) if weight is None else weight, Tensor(np.zeros(normalized_shape)) if bias is None else bias, eps)

def class_axis(x): return 0 if x.ndim == 1 else 1  # PyTorch's

def cross_entropy(x, target, weight=None, ignore_index=-100, reduction='mean', label_smoothing=0.):
    return losses.cross_entropy(x, target, weight, ignore_index, label_smoothing, reduction, class_axis(x))

def nll_loss(x, target, weight=None, ignore_index=-100, reduction='mean'):
    return losses.nll_loss(x, target, weight, ignore_index, reduction, class_axis(x))

def spread_over(x, *sizes):
    sizes = as_dims(sizes[0]) if len(sizes) == 1 else sizes
    need(-1 not in sizes)
    return x.broadcast_to(*sizes)

def transpose(x, a, b):
    need(x.ndim > 0)
    return x.transpose(a, b)

def joined(tensors, dim=0):
    need(len({t.ndim for t in tensors}) == 1)  # an empty vector goes with everything there
    return cat(tensors, dim)

def matrix_linear(x, weight, bias=None):
    need(weight.ndim == 2)
    return linear(x, weight.transpose(), bias)

def reduced(name):
    def reduce(x, dim=None, keepdim=False):
        need(dim is None or not isinstance(dim, (list, tuple)) or len(dim))  # no axes at all means all of them to PyTorch
        return getattr(x, name)(as_dims(dim), keepdim)
    return reduce

def softmax(f):
    def along(x, dim):
        need(x.ndim > 0)
        return f(x, dim)
    return along

def item(x, key):
    parts = key if isinstance(key, tuple) else (key,)
    need(not any(isinstance(part, (list, Tensor)) and np.asarray(part).dtype.kind == 'f' for part in parts))
    return x[key]

PLAIN = {'add': lambda x, y: x + y, 'sub': lambda x, y: x - y, 'mul': lambda x, y: x*y, 'div': lambda x, y: x/y, 'neg': lambda x: -x,
         'pow': lambda x, y: x**y, 'exp': lambda x: x.exp(), 'log': lambda x: x.log(), 'sqrt': lambda x: x.sqrt(), 'abs': lambda x: x.abs(),
         'matmul': lambda x, y: x @ y, 'reshape': lambda x, shape: x.reshape(*shape), 'permute': lambda x, dims: x.permute(*dims),
         'transpose': transpose, 'expand': spread_over, 'squeeze': lambda x, dim=None: x.squeeze(dim),
         'unsqueeze': lambda x, dim: x.unsqueeze(dim), 'flatten': lambda x, start_dim=0, end_dim=-1: x.flatten(start_dim, end_dim),
         'cat': joined, 'stack': lambda tensors, dim=0: stack(tensors, dim), 'where': lambda x, condition, y: where(condition, x, y),
         '__getitem__': item, 'sum': reduced('sum'), 'mean': reduced('mean'), 'amax': reduced('max'), 'amin': reduced('min'),
         'sigmoid': act.sigmoid, 'tanh': act.tanh, 'nn.functional.relu': act.relu, 'nn.functional.gelu': lambda x, approximate='none': act.gelu(x, approximate),
         'softmax': softmax(act.softmax), 'log_softmax': softmax(act.log_softmax), 'nn.functional.linear': matrix_linear,
         'nn.functional.mse_loss': lambda x, y, reduction='mean': losses.mse_loss(x, y, reduction), 'nn.functional.cross_entropy': cross_entropy,
         'nn.functional.nll_loss': nll_loss, 'nn.functional.l1_loss': lambda x, y, reduction='mean': losses.l1_loss(x, y, reduction),
         'nn.functional.smooth_l1_loss': lambda x, y, reduction='mean', beta=1.: losses.smooth_l1_loss(x, y, reduction, beta),
         'nn.functional.huber_loss': lambda x, y, reduction='mean', delta=1.: losses.huber_loss(x, y, reduction, delta),
         'nn.functional.binary_cross_entropy': lambda x, y, weight=None, reduction='mean': losses.binary_cross_entropy(x, y, weight, reduction),
         'nn.functional.binary_cross_entropy_with_logits': lambda x, y, weight=None, reduction='mean', pos_weight=None: losses.binary_cross_entropy_with_logits(x, y, weight, reduction, pos_weight),
         'nn.functional.conv2d': conv2d, 'nn.functional.max_pool2d': max_pool2d, 'nn.functional.avg_pool2d': avg_pool2d,
         'nn.functional.adaptive_avg_pool2d': adaptive, 'nn.functional.batch_norm': batch_norm, 'nn.functional.layer_norm': layer_norm,
         'nn.functional.embedding': lambda weight, ids: lookup(weight, ids=ids.data)}

def convert(value, leaves):
    "`value` with its PyTorch tensors as ours; floating ones are added to `leaves`, pairs of ours and theirs"
    if isinstance(value, (list, tuple)): return type(value)(convert(v, leaves) for v in value)
    if not isinstance(value, torch.Tensor): return value
    ours = Tensor(value.detach().numpy().copy(), requires_grad=value.requires_grad)
    if value.requires_grad: leaves.append((ours, value))
    return ours

def agree(out, expected, leaves):
    "Results are equal, and so are the gradients of `leaves`, pairs of ours and theirs, for the same gradient of the result"
    np.testing.assert_allclose(out.data, expected.detach().numpy(), 1e-9, 1e-9)
    if not expected.requires_grad: return
    g = np.random.default_rng(0).uniform(.5, 1.5, out.shape)
    for _, b in leaves: b.grad = None  # samples share tensors
    out.backward(g)
    expected.backward(torch.tensor(g))
    for a, b in leaves:
        theirs = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
        np.testing.assert_allclose(np.zeros(a.shape) if a.grad is None else a.grad, theirs, 1e-7, 1e-7)

def compare(info, ours, sample):
    "Results and gradients of one sample; `Unlike` if it is not for us"
    leaves, kwargs = [], sample.kwargs
    try: signature(ours).bind(sample.input, *sample.args, **kwargs)
    except TypeError: raise Unlike from None
    mine = [convert(v, leaves) for v in (sample.input, *sample.args)], {k: convert(v, leaves) for k, v in kwargs.items()}
    agree(ours(*mine[0], **mine[1]), info.op(sample.input, *sample.args, **kwargs), leaves)

def count(name):
    "(samples compared, samples that use what we do not have)"
    info = next(i for i in op_db if i.name == name and i.variant_test_name in ('', 'no_rounding_mode'))
    done = unlike = 0
    for sample in info.sample_inputs('cpu', torch.float64, requires_grad=True):
        try: compare(info, PLAIN[name], sample)
        except Unlike: unlike += 1
        else: done += 1
    return done, unlike

@pytest.mark.parametrize('name', PLAIN)
def test_op(name):
    done, unlike = count(name)
    print(f'{name}: {done} samples compared, {unlike} use what we do not have')
    assert done > 0

MODULES = {'ReLU': act.ReLU, 'Sigmoid': act.Sigmoid, 'Tanh': act.Tanh, 'GELU': act.GELU, 'Softmax': act.Softmax, 'LogSoftmax': act.LogSoftmax,
           'Linear': Linear, 'Conv2d': spatial.Conv2d, 'MaxPool2d': spatial.MaxPool2d, 'AvgPool2d': spatial.AvgPool2d,
           'AdaptiveAvgPool2d': spatial.AdaptiveAvgPool2d, 'BatchNorm2d': spatial.BatchNorm2d, 'LayerNorm': LayerNorm, 'Embedding': Embedding,
           'MSELoss': losses.MSELoss, 'BCELoss': losses.BCELoss, 'BCEWithLogitsLoss': losses.BCEWithLogitsLoss, 'CrossEntropyLoss': losses.CrossEntropyLoss,
           'NLLLoss': losses.NLLLoss, 'L1Loss': losses.L1Loss, 'SmoothL1Loss': losses.SmoothL1Loss, 'HuberLoss': losses.HuberLoss}
CHANNELS = 'Conv2d', 'MaxPool2d', 'AvgPool2d', 'AdaptiveAvgPool2d'

def compare_module(info, ours, sample):
    made, given, name = sample.constructor_input, sample.forward_input, info.module_cls.__name__
    try: signature(ours).bind(*made.args, **made.kwargs)
    except TypeError: raise Unlike from None
    need(not isinstance(made.kwargs.get('padding'), str) and made.kwargs.get('padding_mode', 'zeros') == 'zeros')
    given = [v.detach().requires_grad_(v.requires_grad) for v in (*given.args, *given.kwargs.values())]
    need(name not in CHANNELS or given[0].ndim == 4)
    need(name not in ('Softmax', 'LogSoftmax') or given[0].ndim)
    theirs, leaves = info.module_cls(*made.args, **made.kwargs).double(), []
    args = [convert(v, leaves) for v in given]
    plain = lambda v: v.numpy() if isinstance(v, torch.Tensor) else v
    mine = ours(*map(plain, made.args), **{k: plain(v) for k, v in made.kwargs.items()})
    weights = dict(theirs.named_parameters())
    for key, p in (mine.named_parameters() if weights else ()):
        array = weights[key].detach().numpy()
        p.data = (array.T if name == 'Linear' and key == 'weight' else array).copy()
        if key != 'weight' or name != 'Linear': leaves.append((p, weights[key]))
    if name in ('CrossEntropyLoss', 'NLLLoss'): mine.axis = class_axis(args[0])
    agree(mine(*args), theirs(*given), leaves)
    if name == 'Linear': np.testing.assert_allclose(mine.weight.grad.T, theirs.weight.grad.numpy(), 1e-9, 1e-9)

@pytest.mark.parametrize('name', MODULES)
def test_module(name):
    info = next(i for i in module_db if i.module_cls.__name__ == name)
    done = unlike = 0
    for sample in info.module_inputs_func(info, 'cpu', torch.float64, True, True):
        try: compare_module(info, MODULES[name], sample)
        except Unlike: unlike += 1
        else: done += 1
    print(f'{name}: {done} samples compared, {unlike} use what we do not have')
    assert done > 0
