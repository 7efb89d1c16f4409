"""Our ops and layers on the inputs with which PyTorch tests its own (`op_db`, `module_db`): results and gradients

Ops are compared in float64 on PyTorch's reference inputs (its samples and more: infinities, NaN, scattered memory, mixed shapes), and on
its samples in float32, where results must stay float32; ops of whole numbers in int64 and bool.
An adapter has the parameters that we have; a sample that sets others, or that the adapter refuses, is `Unlike` and not counted:
`UNLIKE` says why. `OUT_OF_SCOPE` says it of the ops that have no adapter. How many were compared: `pytest oracle/test_op_db.py -rP`."""
import operator
from functools import cache
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
from tinytorch.core.attention import scaled_dot_product_attention
from tinytorch.core.embeddings import Embedding, lookup
from tinytorch.core.layers import Linear, linear
from tinytorch.core.tensor import (Tensor, arange, argsort, cat, chunk, cumsum, eye, full, maximum, minimum, ones, pad, sort,
                                   split, stack, tensor, topk, tril, triu, where, zeros)
from tinytorch.core.transformers import LayerNorm, layer_norm as norm

pytestmark = pytest.mark.filterwarnings('ignore:.*encountered in')  # NumPy, of infinities and NaN among the inputs

class Unlike(Exception): "The sample uses what we do not have"

def need(there):
    if not there: raise Unlike

def as_dims(dim): return tuple(dim) if isinstance(dim, (list, tuple)) else dim

def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return spatial.conv2d(x, weight, bias, stride, padding, dilation, groups)

def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    return spatial.max_pool2d(x, kernel_size, stride or kernel_size, padding, dilation, ceil_mode, return_indices)

def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    return spatial.avg_pool2d(x, kernel_size, stride or kernel_size, padding, ceil_mode, count_include_pad, divisor_override)

def adaptive(x, output_size): return spatial.adaptive_avg_pool2d(x, output_size)

def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=.1, eps=1e-5):
    "The op where there is a batch; else a layer with these averages"
    need(x.ndim > 1)
    C = x.shape[1]
    one, zero = (Tensor(f(C, x.dtype)) if w is None else w for f, w in ((np.ones, weight), (np.zeros, bias)))
    if training: return spatial.batch_norm(x, one, zero, eps=eps)
    norm = spatial.BatchNorm2d(C, eps=eps).eval()
    norm.weight, norm.bias = one, zero
    norm.running_mean.data, norm.running_var.data = running_mean.data, running_var.data
    return norm(x.reshape(*x.shape[:2], -1, 1)).reshape(*x.shape)

def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    need(len(normalized_shape) > 0)
    return norm(x, normalized_shape, weight, bias, eps)

def attention(q, k, v, attn_mask=None, dropout_p=0., is_causal=False, scale=None):
    need(not dropout_p and (attn_mask is None or attn_mask.dtype == bool))
    if is_causal and q.shape[-2] != k.shape[-2]:  # theirs lets the first query meet the first key
        attn_mask, is_causal = np.tri(q.shape[-2], k.shape[-2], dtype=bool), False
    return scaled_dot_product_attention(q, k, v, attn_mask, is_causal, scale=scale)

def class_axis(x): return 0 if x.ndim == 1 else 1  # PyTorch's

def cross_entropy(x, target, weight=None, ignore_index=-100, reduction='mean', label_smoothing=0.):
    return losses.cross_entropy(x, target, weight, ignore_index, label_smoothing, reduction, class_axis(x))

def nll_loss(x, target, weight=None, ignore_index=-100, reduction='mean'):
    return losses.nll_loss(x, target, weight, ignore_index, reduction, class_axis(x))

def spread_over(x, *sizes):
    sizes = as_dims(sizes[0]) if len(sizes) == 1 else sizes
    need(-1 not in sizes)
    return x.broadcast_to(*sizes)

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
         'transpose': lambda x, a, b: x.transpose(a, b), 'expand': spread_over, 'squeeze': lambda x, dim=None: x.squeeze(dim),
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
         'nn.functional.embedding': lambda weight, ids, padding_idx=None: lookup(weight, ids=ids.data, padding_idx=padding_idx),
         'nn.functional.scaled_dot_product_attention': attention}

# Names and words of page 01 and 02 beside those above. A key is PyTorch's name for the op, and its variant if it has one.

def floored(x, y, rounding_mode=None):
    need(rounding_mode in (None, 'floor'))
    return x // y if rounding_mode else x/y

def extreme(values, places):
    def both(x, dim, keepdim=False): return getattr(x, values)(dim, keepdim), getattr(x, places)(dim, keepdim)
    return both

def truth(name):
    def reduce(x, dim=None, keepdim=False):
        need(dim is None or not isinstance(dim, (list, tuple)) or len(dim))
        return getattr(x, name)(as_dims(dim), keepdim)
    return reduce

def spread_of(*names):
    "PyTorch's `var` and `std`, which divide by one less than there are terms unless told otherwise"
    def reduce(x, dim=None, unbiased=True, keepdim=False, correction=None):
        if isinstance(dim, bool): dim, unbiased = None, dim
        need(dim is None or not isinstance(dim, (list, tuple)) or len(dim))
        correction = int(unbiased) if correction is None else correction
        terms = x.size if dim is None else int(np.prod([x.shape[d] for d in np.atleast_1d(dim)])) if x.ndim else 1
        need(terms > correction)  # PyTorch warns, and gives NaN or infinity; ours is an error
        settings = dict(dim=as_dims(dim), keepdim=keepdim)
        out = tuple(getattr(x, name)(**settings) if name == 'mean' else getattr(x, name)(**settings, correction=correction) for name in names)
        return out if len(names) > 1 else out[0]
    return reduce

def ordered(f):
    def along(x, dim=-1, descending=False, stable=None): return f(x, dim, descending)
    return along

def topmost(x, k, dim=-1, largest=True, sorted=True):
    need(sorted)
    return topk(x, k, dim, largest)

def made(f):
    "A factory that is told a dtype of PyTorch's"
    def make(*args, dtype=torch.float64, device=None, requires_grad=False): return f(*args, dtype=torch.empty(0, dtype=dtype).numpy().dtype)
    return make

def picked(x, dim, i): return x[(slice(None),)*(dim % (x.ndim or 1)) + (i,)]

def narrow(x, dim, start, length):
    start = int(start.item()) if isinstance(start, Tensor) else start
    start %= max(x.shape[dim], 1)
    return picked(x, dim, slice(start, start + length))

def index_select(x, dim, indices):
    need(x.ndim > 0)
    return picked(x, dim, np.atleast_1d(indices.data))

def softmin(x, dim, dtype=None):
    need(x.ndim > 0 and dtype is None)
    return act.softmax(-x, dim)

def padded(x, widths, mode='constant', value=None): return pad(x, tuple(widths), mode, value)

def reflected(f): return lambda x, y: f(y, x)

def of_tensor(f):
    "`f` of a tensor first; what PyTorch has for a number first is something else, or has no gradient"
    def call(x, y):
        need(isinstance(x, Tensor))
        return f(x, y)
    return call

def clamp(x, min=None, max=None):
    need(all(getattr(bound, 'dtype', x.dtype) == x.dtype for bound in (min, max)))  # NumPy's rule for two dtypes is another
    return x.clip(min, max)

ELEMENTWISE = 'square rsqrt reciprocal log2 log10 log1p exp2 expm1 sin cos tan asin acos atan sinh cosh erf sign floor ceil'.split()

def method(name):
    def call(x): return getattr(x, name)()
    return call

PLAIN.update({name: method(name) for name in ELEMENTWISE})
PLAIN.update({
    'round': lambda x: x.round(), 'round decimals_0': lambda x, decimals: x.round(decimals), 'round decimals_3': lambda x, decimals: x.round(decimals), 'round decimals_neg_3': lambda x, decimals: x.round(decimals),
    'positive': lambda x: +x, 'true_divide': lambda x, y: x/y, 'div floor_rounding': floored, 'floor_divide': lambda x, y: x // y, 'remainder': of_tensor(operator.mod),
    '__radd__': lambda x, y: y + x, '__rsub__': of_tensor(lambda x, y: y - x), '__rmul__': lambda x, y: y*x, '__rdiv__': lambda x, y: y/x, '__rpow__': lambda x, y: y**x, '__rmod__': lambda x, y: of_tensor(operator.mod)(y, x), '__rmatmul__': lambda x, y: y @ x, 'rsub': lambda x, y: y - x,
    'mm': lambda x, y: x @ y, 'bmm': lambda x, y: x @ y, 'mv': lambda x, y: x @ y, 'dot': lambda x, y: x @ y, 'inner': lambda x, y: x @ y.T if x.ndim and y.ndim else x*y, 'outer': lambda x, y: x.unsqueeze(1)*y,
    'maximum': maximum, 'minimum': minimum, 'max binary': maximum, 'min binary': minimum, 'max reduction_with_dim': extreme('max', 'argmax'), 'min reduction_with_dim': extreme('min', 'argmin'),
    'max reduction_no_dim': lambda x: x.max(), 'min reduction_no_dim': lambda x: x.min(), 'aminmax': lambda x, dim=None, keepdim=False: (x.min(dim, keepdim), x.max(dim, keepdim)),
    'argmax': lambda x, dim=None, keepdim=False: x.argmax(dim, keepdim), 'argmin': lambda x, dim=None, keepdim=False: x.argmin(dim, keepdim), 'any': truth('any'), 'all': truth('all'),
    'prod': reduced('prod'), 'var': spread_of('var'), 'std': spread_of('std'), 'var unbiased': spread_of('var'), 'std unbiased': spread_of('std'), 'var_mean': spread_of('var', 'mean'), 'std_mean': spread_of('std', 'mean'),
    'var_mean unbiased': spread_of('var', 'mean'), 'std_mean unbiased': spread_of('std', 'mean'),
    'clamp': clamp, 'clamp_min': lambda x, low: x.clip(low), 'clamp_max': lambda x, high: x.clip(max=high),
    'cumsum': lambda x, dim: cumsum(x, dim), 'sort': ordered(sort), 'argsort': ordered(argsort), 'msort': lambda x: sort(x, 0).values, 'topk': topmost,
    'split': lambda x, size, dim=0: split(x, size, dim), 'split list_args': lambda x, sizes, dim=0: split(x, sizes, dim), 'split_with_sizes': lambda x, sizes, dim=0: split(x, sizes, dim), 'chunk': lambda x, n, dim=0: chunk(x, n, dim),
    'unbind': lambda x, dim=0: tuple(picked(x, dim, i) for i in range(x.shape[dim])), 'nn.functional.pad constant': padded, 'tril': lambda x, diagonal=0: tril(x, diagonal), 'triu': lambda x, diagonal=0: triu(x, diagonal),
    'eq': operator.eq, 'ne': operator.ne, 'lt': operator.lt, 'le': operator.le, 'gt': operator.gt, 'ge': operator.ge,
    'bitwise_and': operator.and_, 'bitwise_or': operator.or_, 'bitwise_xor': operator.xor, 'bitwise_not': operator.invert, '__rand__': reflected(operator.and_), '__ror__': reflected(operator.or_), '__rxor__': reflected(operator.xor),
    'logical_and': lambda x, y: (x != 0) & (y != 0), 'logical_or': lambda x, y: (x != 0) | (y != 0), 'logical_xor': lambda x, y: (x != 0) ^ (y != 0), 'logical_not': lambda x: ~(x != 0),
    'view': lambda x, *shape: x.view(*shape), 'reshape_as': lambda x, y: x.reshape(y.shape), 'view_as': lambda x, y: x.view(y.shape), 'ravel': lambda x: x.flatten(), 'broadcast_to': lambda x, shape: x.broadcast_to(shape),
    'expand_as': lambda x, y: x.broadcast_to(y.shape), 't': lambda x: x.T, 'T': lambda x: x.T, 'mT': lambda x: x.transpose(), 'contiguous': lambda x: x.contiguous(), 'squeeze multiple': lambda x, dim: x.squeeze(dim),
    'masked_fill': lambda x, mask, value: where(mask, value, x), 'select': picked, 'narrow': narrow, 'index_select': index_select, 'flip': lambda x, dims: x[tuple(slice(None, None, -1) if d in [a % (x.ndim or 1) for a in dims] else slice(None) for d in range(x.ndim))],
    'fliplr': lambda x: x[:, ::-1], 'hstack': lambda tensors: cat([t.reshape(-1) if t.ndim < 2 else t for t in tensors], 0 if tensors[0].ndim < 2 else 1), 'item': lambda x: x.item(),
    'eye': made(eye), 'zeros': made(zeros), 'ones': made(ones), 'full': made(full), 'arange': made(arange),
    'nn.functional.silu': act.silu, 'nn.functional.softplus': lambda x, beta=1, threshold=20: act.softplus(x, beta, threshold), 'nn.functional.elu': lambda x, alpha=1.: act.elu(x, alpha), 'nn.functional.leaky_relu': lambda x, negative_slope=.01: act.leaky_relu(x, negative_slope),
    'nn.functional.softmin': softmin})

# What a reader from PyTorch is told to write instead (docs/from-pytorch.md)

def masked_select(x, mask):
    both = np.broadcast_shapes(x.shape, mask.shape)
    return x.broadcast_to(both)[mask.broadcast_to(both)]

def gather(x, dim, index):
    need(0 < x.ndim == index.ndim and index.size)
    grid = list(np.ogrid[tuple(map(slice, index.shape))])
    grid[dim] = index.data.astype(np.int64)
    return x[tuple(grid)]

def take_along_dim(x, index, dim=None):
    need(dim is not None and x.shape[1 - dim] == index.shape[1 - dim])
    return gather(x, dim, index)

def sliced(x, dim=0, start=None, end=None, step=1): return picked(x, dim, slice(start, end, step))

def movedim(x, source, destination):
    source, destination = ([n % x.ndim for n in (ns if isinstance(ns, (list, tuple)) else [ns])] for ns in (source, destination))
    order = [n for n in range(x.ndim) if n not in source]
    for to, come in sorted(zip(destination, source)): order.insert(to, come)
    return x.permute(*order)

def diagonal(x, offset=0, dim1=0, dim2=1):
    x = movedim(x, (dim1, dim2), (-2, -1))
    n = max(0, min(x.shape[-2] + min(offset, 0), x.shape[-1] - max(offset, 0)))
    return x[..., np.arange(n) + max(-offset, 0), np.arange(n) + max(offset, 0)]

def repeat(x, times):
    need(0 not in times and len(times) >= x.ndim and x.size)
    x = x.reshape((1,)*(len(times) - x.ndim) + x.shape)
    for dim, n in enumerate(times): x = cat([x]*n, dim)
    return x

def norm_of(x, p='fro', dim=None, keepdim=False):
    need(p not in (0, -np.inf) and x.size)
    axes = None if dim is None or isinstance(dim, (list, tuple)) and not dim else as_dims(dim)
    if p in ('fro', 2): return x.square().sum(axes, keepdim).sqrt()
    return x.abs().max(axes, keepdim) if p == np.inf else (x.abs()**p).sum(axes, keepdim)**(1/p)

def unflatten(x, dim, sizes):
    dim %= x.ndim
    return x.reshape(*x.shape[:dim], *sizes, *x.shape[dim+1:])

def one_hot(x, num_classes):
    need(num_classes > 0)
    return eye(num_classes, dtype=np.int64)[x]

def float_power(x, y):
    need(isinstance(x, Tensor))
    return x.astype(np.float64)**y

def plus(f):
    "A product added to something, both with a factor"
    def add(c, a, b, beta=1, alpha=1): return c*beta + f(a, b)*alpha
    return add

def cast(dtype): return lambda x: x.astype(dtype)

PLAIN |= {
    'clone': lambda x: x.clone(), 'bool': cast(bool), 'double': cast(np.float64), 'float': cast(np.float32), 'long': cast(np.int64), 'int': cast(np.int32),
    'float_power': float_power, 'equal': lambda x, y: bool((x == y).all()), 'trace': lambda x: diagonal(x).sum(), 'norm': norm_of, 'norm fro': norm_of,
    **dict.fromkeys(['addmm', 'addmm decomposed', 'addmv', 'baddbmm'], plus(lambda a, b: a @ b)), 'addbmm': plus(lambda a, b: (a @ b).sum(0)), 'addr': plus(lambda a, b: a.unsqueeze(1)*b),
    'unsafe_split': lambda x, size, dim=0: x.split(size, dim), 'unsafe_chunk': lambda x, n, dim=0: x.chunk(n, dim), 'slice': sliced, 'movedim': movedim,
    'masked_select': masked_select, 'gather': gather, 'take_along_dim': take_along_dim, 'argwhere': lambda x: Tensor(np.argwhere(x.data)), 'nn.functional.one_hot': one_hot,
    'diagonal': diagonal, 'linalg.diagonal': lambda x, offset=0, dim1=-2, dim2=-1: diagonal(x, offset, dim1, dim2), 'repeat': repeat, 'unflatten': unflatten, 'flipud': lambda x: x[::-1],
    'constant_pad_nd': lambda x, widths, value=0: pad(x, widths, value=value), 'vstack': lambda tensors: cat([t if t.ndim > 1 else t.reshape(1, -1) for t in tensors], 0)}

# What is not compared, and why

def by_name(reasons):
    "Name → reason, from reason → names, which may have their variant behind a slash"
    return {name.replace('/', ' '): reason for reason, names in reasons.items() for name in names.split()}

UNLIKE = by_name({
    'memory_format: how arrays lie in memory is not chosen here': 'bool double float long int clone contiguous',
    'dim=(): all axes to PyTorch, none to NumPy': 'sum mean amax amin any all prod',
    'two numbers, which are for Python to add, and alpha=: written x + alpha*y': 'add sub mul div true_divide div/floor_rounding floor_divide rsub',
    'dtype=: written x.astype(dtype)': 'cumsum nn.functional.softmin',
    'a number has no axes here': 'softmax log_softmax index_select',
    'a number first: PyTorch has no derivative, or another call': 'remainder __rmod__ __rsub__ float_power',
    'two dtypes, where NumPy has another rule': 'clamp',
    'no dim given: ours takes the last, theirs guesses': 'Softmax LogSoftmax',
    '-1 for a size that stays': 'expand',
    'an empty vector goes with everything there': 'cat',
    'orders 0 and -inf, and norms of no elements': 'norm',
    'all indices are broadcast here, theirs only in part': 'gather take_along_dim',
    'no times, and of no elements': 'repeat',
    'start= and end= by name': 'arange',
    'num_classes to be found in the data': 'nn.functional.one_hot',
    'of no samples there is no variance: ours says so': 'nn.functional.batch_norm BatchNorm2d',
    'masks that are added, and dropout, which draws': 'nn.functional.scaled_dot_product_attention'})

OUT_OF_SCOPE = by_name({
    'no gradient: the NumPy function on t.data': """isnan isfinite isinf isclose allclose histc bincount unique nonzero median nanmedian quantile searchsorted
        bucketize count_nonzero""",
    'random numbers, other ones': """randn rand_like randn_like randint bernoulli multinomial normal uniform nn.functional.dropout nn.functional.dropout2d
        nn.functional.alpha_dropout""",
    'linear algebra: NumPy or SciPy on t.data': 'linalg.norm linalg.inv linalg.solve linalg.svd linalg.eigh linalg.qr linalg.cholesky linalg.det',
    'pictures have two axes here': """nn.functional.conv1d nn.functional.conv3d nn.functional.max_pool1d nn.functional.max_pool3d nn.functional.avg_pool1d
        nn.functional.avg_pool3d""",
    'no layer of the course': """nn.functional.conv_transpose2d nn.functional.adaptive_max_pool2d nn.functional.interpolate/nearest nn.functional.unfold
        nn.functional.embedding_bag nn.functional.group_norm nn.functional.instance_norm nn.functional.rms_norm nn.functional.local_response_norm""",
    'no activation of the course; a line of what is there': """nn.functional.glu nn.functional.selu nn.functional.celu nn.functional.mish nn.functional.hardtanh
        nn.functional.hardswish nn.functional.hardsigmoid nn.functional.relu6 nn.functional.softsign nn.functional.prelu nn.functional.threshold""",
    'the losses have it inside': 'logsumexp nn.functional.logsigmoid',
    'no loss of the course; a line or two of what is there': """nn.functional.kl_div nn.functional.triplet_margin_loss nn.functional.cosine_embedding_loss
        nn.functional.margin_ranking_loss nn.functional.poisson_nll_loss nn.functional.gaussian_nll_loss nn.functional.hinge_embedding_loss
        nn.functional.ctc_loss nn.functional.cosine_similarity nn.functional.normalize nn.functional.pairwise_distance""",
    'not taught; a composition of what is there': """asinh acosh atanh atan2 hypot lerp logaddexp logcumsumexp cumprod cummax cummin cdist einsum tensordot kron cross
        diff roll rot90 tile repeat_interleave dstack column_stack atleast_2d tensor_split diag diag_embed block_diag xlogy logit sinc frac trunc copysign heaviside
        nan_to_num nansum nanmean mode kthvalue renorm addcmul addcdiv meshgrid/list_of_tensors""",
    'quotients are rounded down, as in Python, and remainders follow': 'div/trunc_rounding fmod',
    'writes at indices: t[i] = v inside no_grad(), or where': 'scatter scatter_add scatter_reduce/sum index_add index_copy index_put masked_scatter',
    'a constant is put around, no copy of the edge': 'nn.functional.pad/reflect nn.functional.pad/replicate nn.functional.pad/circular',
    'sizes are given: zeros(*x.shape)': 'zeros_like ones_like full_like new_zeros new_ones new_full',
    'dtype=: written softmax(x.astype(dtype))': 'softmax/with_dtype log_softmax/with_dtype',
    'rounded once here; PyTorch rounds to float32 in between': 'half',
    'Tensor(np.linspace(...))': 'linspace',
    'uninitialized memory is nothing to teach': 'empty',
    'views are slices and reshapes': 'as_strided',
    'no sparse tensors; page 16 has SparseLinear': 'to_sparse',
    'no complex numbers': 'complex'})

def convert(value, leaves):
    "(ours, theirs) for `value`, its tensors as fresh leaves, also inside lists; those that want gradients are added to `leaves` in pairs"
    if isinstance(value, (list, tuple)):
        both = [convert(v, leaves) for v in value]
        return type(value)(ours for ours, _ in both), type(value)(theirs for _, theirs in both)
    if not isinstance(value, torch.Tensor): return value, value
    theirs = value.detach().clone().requires_grad_(value.requires_grad)
    ours = Tensor(theirs.detach().numpy().copy(), requires_grad=value.requires_grad)
    if value.requires_grad: leaves.append((ours, theirs))
    return ours, theirs

CLOSE = {torch.float64: (1e-9, 1e-7), torch.float32: (2e-5, 2e-4)}  # tolerances of results and of gradients

def agree(out, expected, leaves, dtype=torch.float64):
    "Results are equal, and so are the gradients of `leaves`, pairs of ours and theirs, for the same gradient of the result"
    results, gradients = CLOSE[dtype]
    pairs = list(zip(out, expected, strict=True)) if isinstance(expected, (tuple, list)) else [(out, expected)]
    for mine, theirs in pairs:
        if not isinstance(theirs, torch.Tensor): assert mine == theirs; continue
        assert mine.shape == tuple(theirs.shape)
        np.testing.assert_allclose(mine.data, theirs.detach().numpy(), results, results)
        if theirs.dtype is torch.float32: assert mine.dtype == np.float32
    for _, b in leaves: b.grad = None
    for mine, theirs in pairs:
        if not isinstance(theirs, torch.Tensor) or not theirs.requires_grad: continue
        g = np.random.default_rng(0).uniform(.5, 1.5, mine.shape).astype(mine.dtype)
        if mine.requires_grad: mine.backward(g)  # steps keep no history, where PyTorch has one of zeros
        theirs.backward(torch.tensor(g), retain_graph=True)
    for a, b in leaves:
        theirs = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
        np.testing.assert_allclose(np.zeros(a.shape) if a.grad is None else a.grad, theirs, gradients, gradients)

AT_NAN = {  # ops that differ from ours where the input is NaN
    'sign': 'NaN here and in NumPy, 0 in PyTorch', 'abs': 'the slope at NaN is NaN here, 0 in PyTorch', 'nn.functional.relu': 'the slope at NaN is 0 here, 1 in PyTorch',
    'clamp_min': 'the slope at NaN is 1 here, 0 in PyTorch', 'clamp_max': 'the slope at NaN is 1 here, 0 in PyTorch',
    'nn.functional.elu': 'the slope at NaN is 1 here; in PyTorch 1 in small arrays and NaN in large ones'}

def tensors_in(value):
    if isinstance(value, torch.Tensor): return [value]
    return [t for v in value for t in tensors_in(v)] if isinstance(value, (list, tuple)) else []

def compare(info, ours, sample, dtype):
    "Results and gradients of one sample; `Unlike` if it is not for us"
    given = (sample.input, *sample.args)
    try: signature(ours).bind(*given, **sample.kwargs)
    except TypeError: raise Unlike from None
    need(info.name in FACTORIES or tensors_in(given))  # two numbers are Python's business
    need(info.name not in AT_NAN or not any(t.isnan().any() for t in tensors_in(given)))
    leaves = []
    mine, theirs = convert(given, leaves)
    pairs = {k: convert(v, leaves) for k, v in sample.kwargs.items()}
    out = ours(*mine, **{k: v for k, (v, _) in pairs.items()})
    agree(out, info.op(*theirs, **{k: v for k, (_, v) in pairs.items()}), leaves, dtype)

def of_name(name):
    "PyTorch's entry for a key of `PLAIN`"
    return next(i for i in op_db if name in (i.name, f'{i.name} {i.variant_test_name}') and (i.variant_test_name in ('', 'no_rounding_mode') or name != i.name))

WHOLE = 'bitwise_and bitwise_or bitwise_xor bitwise_not __rand__ __ror__ __rxor__'.split()
INTEGERS = ['nn.functional.one_hot']
FACTORIES = 'eye zeros ones full arange'.split()
DOUBLE = [*FACTORIES, 'item', 'nn.functional.layer_norm']  # the last: of one number PyTorch's own gradient is 2e-4 in float32, ours 0
NO_REFERENCE = 'where clamp'.split()  # PyTorch fails to make them for these

@cache
def count(name, dtype):
    "(samples compared, samples that use what we do not have)"
    info = of_name(name)
    done = unlike = 0
    more = dtype is torch.float64 and name not in NO_REFERENCE
    inputs = info.reference_inputs if more else info.sample_inputs
    for sample in inputs('cpu', dtype, requires_grad=info.supports_autograd and dtype in CLOSE):
        try: compare(info, PLAIN[name], sample, dtype if dtype in CLOSE else torch.float64)
        except Unlike: unlike += 1
        else: done += 1
    return done, unlike

cases = [(name, dtype) for name in PLAIN for dtype in ((torch.int64, torch.bool) if name in WHOLE else (torch.int64,) if name in INTEGERS else (torch.float64,) if name in DOUBLE else (torch.float64, torch.float32))]

@pytest.mark.parametrize('name, dtype', cases, ids=[f'{name}-{str(dtype)[6:]}' for name, dtype in cases])
def test_op(name, dtype):
    done, unlike = count(name, dtype)
    print(f'{name} {str(dtype)[6:]}: {done} samples compared, {unlike} use what we do not have')
    assert done > 0 and (not unlike or name in UNLIKE or name in AT_NAN)

MODULES = {'ReLU': act.ReLU, 'LeakyReLU': act.LeakyReLU, 'ELU': act.ELU, 'SiLU': act.SiLU, 'Softplus': act.Softplus, 'Sigmoid': act.Sigmoid, 'Tanh': act.Tanh, 'GELU': act.GELU, 'Softmax': act.Softmax, 'LogSoftmax': act.LogSoftmax,
           'Linear': Linear, 'Conv2d': spatial.Conv2d, 'MaxPool2d': spatial.MaxPool2d, 'AvgPool2d': spatial.AvgPool2d,
           'AdaptiveAvgPool2d': spatial.AdaptiveAvgPool2d, 'BatchNorm2d': spatial.BatchNorm2d, 'LayerNorm': LayerNorm, 'Embedding': Embedding,
           'MSELoss': losses.MSELoss, 'BCELoss': losses.BCELoss, 'BCEWithLogitsLoss': losses.BCEWithLogitsLoss, 'CrossEntropyLoss': losses.CrossEntropyLoss,
           'NLLLoss': losses.NLLLoss, 'L1Loss': losses.L1Loss, 'SmoothL1Loss': losses.SmoothL1Loss, 'HuberLoss': losses.HuberLoss}

def compare_module(info, ours, sample):
    made, given, name = sample.constructor_input, sample.forward_input, info.module_cls.__name__
    try: signature(ours).bind(*made.args, **made.kwargs)
    except TypeError: raise Unlike from None
    need(made.kwargs.get('padding_mode', 'zeros') == 'zeros')
    given = (*given.args, *given.kwargs.values())
    need(name not in ('Softmax', 'LogSoftmax') or given[0].ndim)
    need(name != 'BatchNorm2d' or len(given[0]))  # of no samples there is no variance: ours says so
    theirs, leaves = info.module_cls(*made.args, **made.kwargs).double(), []
    args, given = convert(given, leaves)
    args = list(args)
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

@cache
def count_module(name):
    info, done, unlike = next(i for i in module_db if i.module_cls.__name__ == name), 0, 0
    for sample in info.module_inputs_func(info, 'cpu', torch.float64, True, True):
        try: compare_module(info, MODULES[name], sample)
        except Unlike: unlike += 1
        else: done += 1
    return done, unlike

@pytest.mark.parametrize('name', MODULES)
def test_module(name):
    done, unlike = count_module(name)
    print(f'{name}: {done} samples compared, {unlike} use what we do not have')
    assert done > 0 and (not unlike or name in UNLIKE)

def test_what_is_not_compared_has_a_reason():
    ops, modules = {f'{i.name} {i.variant_test_name}'.strip() for i in op_db} | {i.name for i in op_db}, {i.module_cls.__name__ for i in module_db}
    assert OUT_OF_SCOPE.keys() <= ops and not OUT_OF_SCOPE.keys() & PLAIN.keys() and UNLIKE.keys() <= ops | modules

def test_enough_is_compared():
    "In float64, with and without the one op for which PyTorch has more than a thousand samples"
    ops = {name: count(name, torch.float64)[0] for name, dtype in cases if dtype is torch.float64}
    modules = {name: count_module(name)[0] for name in MODULES}
    total = sum(ops.values()) + sum(modules.values())
    print(f'{total} samples compared in float64, of {len(ops)} ops and {len(modules)} modules')
    assert total >= 8000 and total - ops['nn.functional.max_pool2d'] >= 2500
