"""Our ops and layers on the inputs with which PyTorch tests its own (`op_db`, `module_db`): results and gradients, in float64

An adapter has the parameters that we have; a sample that sets others, or that the adapter refuses, is `Unlike` and not counted:
`UNLIKE` says why. What has no adapter is in `OUT_OF_SCOPE`. How many were compared: `pytest oracle/test_op_db.py -rP`."""
from functools import cache
from inspect import signature

import numpy as np
import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, UnaryUfuncInfo

import tinytorch.core.autograd
import tinytorch.core.activations as act
import tinytorch.core.losses as losses
import tinytorch.core.spatial as spatial
from tinytorch.core.embeddings import Embedding, lookup
from tinytorch.core.layers import Linear, linear
from tinytorch.core.tensor import (Tensor, arange, argsort, cat, ceil, chunk, cumsum, eye, floor, full, maximum, minimum, ones, pad, prod, sign, sort,
                                   split, stack, topk, tril, triu, where, zeros)
from tinytorch.core.transformers import LayerNorm, layer_norm as norm

pytestmark = pytest.mark.filterwarnings('ignore::RuntimeWarning')  # some samples are infinite

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
    one, zero = (Tensor(f(C)) if w is None else w for f, w in ((np.ones, weight), (np.zeros, bias)))
    if training: return spatial.batch_norm(x, one, zero, eps=eps)
    norm = spatial.BatchNorm2d(C, eps=eps).eval()
    norm.weight, norm.bias = one, zero
    norm.running_mean.data, norm.running_var.data = running_mean.data, running_var.data
    return norm(x.reshape(*x.shape[:2], -1, 1)).reshape(*x.shape)

def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    need(len(normalized_shape) > 0)
    return norm(x, Tensor(np.ones(normalized_shape)) if weight is None else weight, Tensor(np.zeros(normalized_shape)) if bias is None else bias, eps)

def last(x): return x if x.ndim < 3 else x.permute(0, *range(2, x.ndim), 1)  # classes to the end

def cross_entropy(x, target, weight=None, ignore_index=-100, reduction='mean', label_smoothing=0.):
    classes = target.dtype.kind == 'f'
    need(not classes or ignore_index == -100)
    return losses.cross_entropy(last(x), last(target) if classes else target.data, None if weight is None else weight.data, ignore_index, label_smoothing, reduction)

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

PLAIN = {'add': lambda x, y, *, alpha=1: x + y*alpha, 'sub': lambda x, y, *, alpha=1: x - y*alpha, 'mul': lambda x, y: x*y, 'div': lambda x, y: x/y, 'neg': lambda x: -x,
         'pow': lambda x, y: x**y, 'exp': lambda x: x.exp(), 'log': lambda x: x.log(), 'sqrt': lambda x: x.sqrt(), 'abs': lambda x: x.abs(),
         'matmul': lambda x, y: x @ y, 'reshape': lambda x, shape: x.reshape(*shape), 'permute': lambda x, dims: x.permute(*dims),
         'transpose': transpose, 'expand': spread_over, 'squeeze': lambda x, dim=None: x.squeeze(dim),
         'unsqueeze': lambda x, dim: x.unsqueeze(dim), 'flatten': lambda x, start_dim=0, end_dim=-1: x.flatten(start_dim, end_dim),
         'cat': joined, 'stack': lambda tensors, dim=0: stack(tensors, dim), 'where': lambda x, condition, y: where(condition, x, y),
         '__getitem__': item, 'sum': reduced('sum'), 'mean': reduced('mean'), 'amax': reduced('max'), 'amin': reduced('min'),
         'sigmoid': act.sigmoid, 'tanh': act.tanh, 'nn.functional.relu': act.relu, 'nn.functional.gelu': lambda x, approximate='none': act.gelu(x, approximate),
         'softmax': softmax(act.softmax), 'log_softmax': softmax(act.log_softmax), 'nn.functional.linear': matrix_linear,
         'nn.functional.mse_loss': lambda x, y, reduction='mean': losses.mse_loss(x, y, reduction), 'nn.functional.cross_entropy': cross_entropy,
         'nn.functional.binary_cross_entropy': lambda x, y, weight=None, reduction='mean': losses.binary_cross_entropy(x, y, weight, reduction),
         'nn.functional.binary_cross_entropy_with_logits': lambda x, y, weight=None, reduction='mean', pos_weight=None: losses.binary_cross_entropy_with_logits(x, y, weight, reduction, pos_weight),
         'nn.functional.conv2d': conv2d, 'nn.functional.max_pool2d': max_pool2d, 'nn.functional.avg_pool2d': avg_pool2d,
         'nn.functional.adaptive_avg_pool2d': adaptive, 'nn.functional.batch_norm': batch_norm, 'nn.functional.layer_norm': layer_norm,
         'nn.functional.embedding': lambda weight, ids: lookup(weight, ids=ids.data)}

# Ops that have another name or form here, as a reader who comes from PyTorch would write them

def method(name): return lambda x: getattr(x, name)()

def without(dims): return dims is None or isinstance(dims, (list, tuple)) and not len(dims)

def spread(name):
    def reduce(x, dim=None, unbiased=None, *, correction=None, keepdim=False):
        if isinstance(dim, bool): dim, unbiased = None, dim
        correction = (1 if unbiased is None else int(unbiased)) if correction is None else correction
        axes = None if without(dim) else as_dims(dim)
        if name != 'var_mean' and name != 'std_mean': return getattr(x, name)(axes, keepdim, correction)
        return getattr(x, name[:3])(axes, keepdim, correction), x.mean(axes, keepdim)
    return reduce

def extremes(name, position):
    "Values and places, which are two calls here"
    def find(x, dim, keepdim=False): return getattr(x, name)(dim, keepdim) if x.ndim else x, getattr(x, position)(dim, keepdim)
    return find

def found(name):
    def reduce(x, dim=None, keepdim=False):
        need(not isinstance(dim, (list, tuple)) or len(dim))
        return getattr(x, name)(as_dims(dim) if x.ndim else None, keepdim)
    return reduce

def at(x, dim, place): return x[(slice(None),)*(dim % x.ndim) + (place,)]

def index_select(x, dim, index): return at(x, dim, index) if x.ndim else x.reshape(1)[index].reshape()

def gather(x, dim, index):
    need(0 < x.ndim == index.ndim and index.size)
    grid = list(np.ogrid[tuple(map(slice, index.shape))])
    grid[dim] = index.data.astype(np.int64)
    return x[tuple(grid)]

def take_along_dim(x, index, dim=None):
    need(dim is not None and x.shape[1 - dim] == index.shape[1 - dim])
    return gather(x, dim, index)

def narrow(x, dim, start, length):
    start = int(start) % (x.shape[dim] + 1) if int(start) < 0 else int(start)
    return at(x, dim, slice(start, start + length))

def sliced(x, dim=0, start=None, end=None, step=1): return at(x, dim, slice(start, end, step))

def flip(x, dims): return x[tuple(slice(None, None, -1) if i in {d % x.ndim for d in dims} else slice(None) for i in range(x.ndim))]

def movedim(x, source, destination):
    source, destination = ([n % x.ndim for n in (ns if isinstance(ns, (list, tuple)) else [ns])] for ns in (source, destination))
    order = [n for n in range(x.ndim) if n not in source]
    for to, come in sorted(zip(destination, source)): order.insert(to, come)
    return x.permute(*order)

def moved_first(x, dim): return x.permute(dim % x.ndim, *(i for i in range(x.ndim) if i != dim % x.ndim))

def diagonal(x, offset=0, dim1=0, dim2=1):
    x = x.permute(*(i for i in range(x.ndim) if i not in (dim1 % x.ndim, dim2 % x.ndim)), dim1 % x.ndim, dim2 % x.ndim)
    n = max(0, min(x.shape[-2] + min(offset, 0), x.shape[-1] - max(offset, 0)))
    return x[..., np.arange(n) + max(-offset, 0), np.arange(n) + max(offset, 0)]

def repeat(x, times):
    need(0 not in times and len(times) >= x.ndim and x.size)
    x = x.reshape((1,)*(len(times) - x.ndim) + x.shape)
    for dim, n in enumerate(times): x = cat([x]*n, dim)
    return x

def norm_of(x, p='fro', dim=None, keepdim=False):
    need(p not in (0, -np.inf) and x.size)
    axes = None if without(dim) else as_dims(dim)
    if p in ('fro', 2): return x.square().sum(axes, keepdim).sqrt()
    return x.abs().max(axes, keepdim) if p == np.inf else (x.abs()**p).sum(axes, keepdim)**(1/p)

def unflatten(x, dim, sizes):
    dim %= x.ndim
    return x.reshape(*x.shape[:dim], *sizes, *x.shape[dim+1:])

def softplus(x, beta=1, threshold=20):
    need(not x.size or float((x*beta).max()) <= threshold)
    return act.softplus(x, beta)

def made(f):
    "Tensors from sizes; where they live is not asked here"
    return lambda *sizes, dtype=None, device=None, requires_grad=False: f(*sizes, **({} if dtype is None else {'dtype': np.float64}))

def remainder(x, y):
    need(isinstance(x, Tensor))
    return x % y

def rsub(x, y, *, alpha=1):
    need(isinstance(x, Tensor))
    return y - x*alpha

def float_power(x, y):
    need(isinstance(x, Tensor))
    return x.astype(np.float64)**y

def inner(a, b):
    need(a.ndim and b.ndim)
    return a @ b.transpose() if b.ndim > 1 else a @ b

def plus(c, product, beta, alpha): return c*beta + product*alpha

def one_hot(x, num_classes):
    need(num_classes > 0)
    return eye(num_classes, dtype=np.int64)[x]

def masked_select(x, mask):
    both = np.broadcast_shapes(x.shape, mask.shape)
    return x.broadcast_to(both)[mask.broadcast_to(both)]

def of_two(f): return lambda x, y: f(x, y)
def of_three(f): return lambda c, a, b, beta=1, alpha=1: plus(c, f(a, b), beta, alpha)
def cast(dtype): return lambda x: x.astype(dtype)

UNARY = 'acos asin atan ceil cos cosh erf exp2 expm1 floor log10 log1p log2 reciprocal rsqrt sign sin sinh square tan'.split()

PLAIN |= {name: method(name) for name in UNARY} | {
    'positive': lambda x: +x, 'round': lambda x, decimals=0: x.round(decimals),
    'round/decimals_0': lambda x, decimals: x.round(decimals), 'round/decimals_3': lambda x, decimals: x.round(decimals),
    'round/decimals_neg_3': lambda x, decimals: x.round(decimals),
    'nn.functional.leaky_relu': lambda x, negative_slope=.01: act.leaky_relu(x, negative_slope),
    'nn.functional.elu': lambda x, alpha=1.: act.elu(x, alpha), 'nn.functional.silu': lambda x: act.silu(x), 'nn.functional.softplus': softplus,
    'clone': lambda x: x.clone(), 'contiguous': lambda x: x.contiguous(),
    'bool': cast(bool), 'double': cast(np.float64), 'float': cast(np.float32), 'long': cast(np.int64), 'int': cast(np.int32)}

PLAIN |= {
    'maximum': maximum, 'minimum': minimum, 'max/binary': of_two(Tensor.maximum), 'min/binary': of_two(Tensor.minimum),
    'remainder': remainder, '__rmod__': lambda x, y: remainder(y, x), 'floor_divide': lambda x, y: x//y, 'div/floor_rounding': lambda x, y, rounding_mode: x//y,
    'true_divide': lambda x, y: x/y, 'rsub': rsub, '__radd__': lambda x, y: y + x, '__rsub__': rsub, '__rmul__': lambda x, y: y*x, '__rdiv__': lambda x, y: y/x,
    '__rpow__': lambda x, y: y**x, '__rmatmul__': lambda x, y: y @ x, 'float_power': float_power,
    'eq': lambda x, y: x == y, 'ne': lambda x, y: x != y, 'lt': lambda x, y: x < y, 'le': lambda x, y: x <= y, 'gt': lambda x, y: x > y, 'ge': lambda x, y: x >= y,
    'logical_not': lambda x: ~x, 'logical_and': lambda x, y: x & y, 'logical_or': lambda x, y: x | y, 'logical_xor': lambda x, y: x ^ y,
    'bitwise_not': lambda x: ~x, 'bitwise_and': lambda x, y: x & y, 'bitwise_or': lambda x, y: x | y, 'bitwise_xor': lambda x, y: x ^ y,
    '__rand__': lambda x, y: y & x, '__ror__': lambda x, y: y | x, '__rxor__': lambda x, y: y ^ x, 'equal': lambda x, y: (x == y).all()}

PLAIN |= {
    'clamp': lambda x, min=None, max=None: x.clip(min, max), 'clamp_min': lambda x, low: x.clip(low), 'clamp_max': lambda x, high: x.clip(max=high),
    **dict.fromkeys(['mm', 'bmm', 'mv', 'dot'], lambda a, b: a @ b), 'inner': inner, 'outer': lambda a, b: a.unsqueeze(1)*b, 'trace': lambda x: diagonal(x).sum(),
    **dict.fromkeys(['addmm', 'addmm/decomposed', 'addmv', 'baddbmm'], of_three(lambda a, b: a @ b)),
    'addbmm': of_three(lambda a, b: (a @ b).sum(0)), 'addr': of_three(lambda a, b: a.unsqueeze(1)*b)}

PLAIN |= {f'{name}{variant}': spread(name) for name in ('var', 'std', 'var_mean', 'std_mean') for variant in ('', '/unbiased')} | {
    'prod': lambda x, dim=None, keepdim=False: x.prod(dim if x.ndim else None, keepdim), 'any': found('any'), 'all': found('all'),
    'max/reduction_no_dim': method('max'), 'max/reduction_with_dim': extremes('max', 'argmax'), 'argmax': lambda x, dim=None, keepdim=False: x.argmax(dim, keepdim),
    'min/reduction_no_dim': method('min'), 'min/reduction_with_dim': extremes('min', 'argmin'), 'argmin': lambda x, dim=None, keepdim=False: x.argmin(dim, keepdim),
    'aminmax': lambda x, dim=None, keepdim=False: (x.min(dim, keepdim), x.max(dim, keepdim)) if x.ndim else (x.min(), x.max()),
    'norm': norm_of, 'norm/fro': norm_of, 'cumsum': lambda x, dim, dtype=None: cumsum(x, dim), 'msort': lambda x: sort(x, 0).values,
    'sort': lambda x, dim=-1, descending=False, stable=False: sort(x, dim, descending),
    'argsort': lambda x, dim=-1, descending=False, stable=False: argsort(x, dim, descending),
    'topk': lambda x, k, dim=-1, largest=True, sorted=True: topk(x, k, dim, largest)}

PLAIN |= {
    **dict.fromkeys(['split', 'split/list_args', 'split_with_sizes', 'unsafe_split'], lambda x, size, dim=0: split(x, size, dim)),
    **dict.fromkeys(['chunk', 'unsafe_chunk'], lambda x, n, dim=0: chunk(x, n, dim)), 'unbind': lambda x, dim=0: tuple(moved_first(x, dim)),
    'tril': lambda x, diagonal=0: tril(x, diagonal), 'triu': lambda x, diagonal=0: triu(x, diagonal), 'diagonal': diagonal,
    'linalg.diagonal': lambda x, offset=0, dim1=-2, dim2=-1: diagonal(x, offset, dim1, dim2),
    'nn.functional.pad/constant': lambda x, widths, mode='constant', value=0: pad(x, widths, mode, value), 'constant_pad_nd': lambda x, widths, value=0: pad(x, widths, value=value),
    'masked_fill': lambda x, mask, value: where(mask, value, x), 'masked_select': masked_select, 'argwhere': lambda x: Tensor(np.argwhere(x.data)),
    'index_select': index_select, 'gather': gather, 'take_along_dim': take_along_dim, 'select': at, 'narrow': narrow, 'narrow_copy': narrow, 'slice': sliced,
    'flip': flip, 'fliplr': lambda x: x[:, ::-1], 'flipud': lambda x: x[::-1], 'movedim': movedim, 'T': lambda x: x.T, 't': lambda x: x.T, 'mT': lambda x: x.transpose(),
    'repeat': repeat, 'unflatten': unflatten, 'ravel': lambda x: x.flatten(), 'view': lambda x, shape: x.view(*shape), 'view_as': lambda x, y: x.view(y.shape),
    'reshape_as': lambda x, y: x.reshape(y.shape), 'expand_as': lambda x, y: x.broadcast_to(y.shape), 'broadcast_to': spread_over, 'squeeze/multiple': lambda x, dim: x.squeeze(dim),
    'vstack': lambda tensors: cat([t if t.ndim > 1 else t.reshape(1, -1) for t in tensors], 0),
    'hstack': lambda tensors: cat([t if t.ndim else t.reshape(1) for t in tensors], int(tensors[0].ndim > 1)),
    'zeros': made(zeros), 'ones': made(ones), 'full': made(full), 'eye': made(eye), 'arange': made(arange), 'nn.functional.one_hot': one_hot}

DTYPES = {f'logical_{name}': torch.bool for name in ('not', 'and', 'or', 'xor')} | {f'bitwise_{name}': torch.int64 for name in ('not', 'and', 'or', 'xor')}
DTYPES |= dict.fromkeys(['__rand__', '__ror__', '__rxor__', 'nn.functional.one_hot'], torch.int64)
FEW = ['clamp']  # its larger set wants gradients of integers

# What is not compared, and why

def by_name(reasons):
    "Name → reason, from reason → names"
    return {name: reason for reason, names in reasons.items() for name in names.split()}

AT_NAN = 'nn.functional.relu nn.functional.elu abs sign clamp_min clamp_max'.split()

UNLIKE = by_name({
    'samples with a NaN: the slope there is 0 to one and passes to the other; the sign of NaN is NaN here': ' '.join(AT_NAN),
    'memory_format: how arrays lie in memory is not chosen here': 'bool double float long int',
    'dim=(): all axes to PyTorch, none to NumPy': 'sum mean amax amin any all',
    'a number has no axes here': 'transpose softmax log_softmax inner',
    'a number on the left: PyTorch has no derivative, or no such call': 'remainder __rmod__ rsub __rsub__ float_power',
    'dtype=: write x.astype(dtype)': 'prod',
    'no dim given: ours takes the last, theirs guesses': 'Softmax LogSoftmax',
    '-1 for a size that stays': 'expand',
    'an empty vector goes with everything there': 'cat',
    'a threshold above which theirs is linear; ours is exact everywhere': 'nn.functional.softplus Softplus',
    'orders 0 and -inf, and norms of no elements': 'norm',
    'all indices are broadcast here, theirs only in part': 'gather take_along_dim',
    'no times, and of no elements': 'repeat',
    'start= and end= by name': 'arange',
    'num_classes to be found in the data': 'nn.functional.one_hot',
    'of no samples there is no variance: ours says so': 'nn.functional.batch_norm BatchNorm2d',
    'over no axes, or without a weight': 'nn.functional.layer_norm LayerNorm',
    'masks that are added, and dropout, which draws': 'nn.functional.scaled_dot_product_attention'})

OUT_OF_SCOPE = by_name({
    'no gradient: the NumPy function on t.data': """isnan isfinite isinf isclose allclose histc bincount unique nonzero median nanmedian quantile searchsorted
        bucketize""",
    'random numbers, other ones': """randn rand_like randn_like randint bernoulli multinomial normal uniform nn.functional.dropout nn.functional.dropout2d
        nn.functional.alpha_dropout""",
    'linear algebra: NumPy or SciPy on t.data': 'linalg.norm linalg.inv linalg.solve linalg.svd linalg.eigh linalg.qr linalg.cholesky linalg.det',
    'pictures have two axes here': """nn.functional.conv1d nn.functional.conv3d nn.functional.max_pool1d nn.functional.max_pool3d nn.functional.avg_pool1d
        nn.functional.avg_pool3d""",
    'no layer of the course': """nn.functional.conv_transpose2d nn.functional.adaptive_max_pool2d nn.functional.interpolate/nearest nn.functional.unfold
        nn.functional.embedding_bag nn.functional.group_norm nn.functional.instance_norm nn.functional.rms_norm nn.functional.local_response_norm""",
    'no activation of the course; a line of what is there': """nn.functional.glu nn.functional.selu nn.functional.celu nn.functional.mish nn.functional.hardtanh
        nn.functional.hardswish nn.functional.hardsigmoid nn.functional.relu6 nn.functional.logsigmoid nn.functional.softmin nn.functional.softsign
        nn.functional.prelu nn.functional.threshold""",
    'no loss of the course; a line or two of what is there': """nn.functional.kl_div nn.functional.triplet_margin_loss nn.functional.cosine_embedding_loss
        nn.functional.margin_ranking_loss nn.functional.poisson_nll_loss nn.functional.gaussian_nll_loss nn.functional.hinge_embedding_loss
        nn.functional.ctc_loss nn.functional.cosine_similarity nn.functional.normalize nn.functional.pairwise_distance""",
    'not taught; a composition of what is there': """asinh acosh atanh atan2 hypot lerp logaddexp logcumsumexp logsumexp cumprod cummax cummin cdist einsum
        tensordot kron cross diff roll rot90 tile repeat_interleave dstack column_stack atleast_2d tensor_split diag diag_embed block_diag xlogy logit sinc frac
        trunc div/trunc_rounding fmod copysign heaviside nan_to_num nansum nanmean mode kthvalue renorm addcmul addcdiv meshgrid/list_of_tensors""",
    'writes at indices: t[i] = v inside no_grad(), or where': 'scatter scatter_add scatter_reduce/sum index_add index_copy index_put masked_scatter',
    'a constant is put around, no copy of the edge': 'nn.functional.pad/reflect nn.functional.pad/replicate nn.functional.pad/circular',
    'sizes are given: zeros(*x.shape)': 'zeros_like ones_like full_like new_zeros new_ones new_full',
    'dtype=: write softmax(x.astype(dtype))': 'softmax/with_dtype log_softmax/with_dtype',
    'rounded once here; PyTorch rounds to float32 in between': 'half',
    'Tensor(np.linspace(...))': 'linspace',
    'uninitialized memory is nothing to teach': 'empty',
    'views are slices and reshapes': 'as_strided',
    'no sparse tensors; page 16 has SparseLinear': 'to_sparse',
    'no complex numbers': 'complex'})

def convert(value, leaves):
    "`value` with its PyTorch tensors as ours; floating ones are added to `leaves`, pairs of ours and theirs"
    if isinstance(value, (list, tuple)): return type(value)(convert(v, leaves) for v in value)
    if not isinstance(value, torch.Tensor): return value
    ours = Tensor(value.detach().numpy().copy(), requires_grad=value.requires_grad)
    if value.requires_grad: leaves.append((ours, value))
    return ours

def as_leaves(value):
    "`value` with its tensors as leaves that nobody else holds"
    if isinstance(value, (list, tuple)): return type(value)(map(as_leaves, value))
    return value.detach().requires_grad_(value.requires_grad) if isinstance(value, torch.Tensor) else value

EXACT = {'float16': 1e-3, 'float32': 1e-6}  # of the others eight or nine digits agree

def agree(out, expected, leaves):
    """Results are equal, and so are the gradients of `leaves`, pairs of ours and theirs, for the same gradient of the results

    Of several results all are compared. Where theirs has a gradient and ours none, theirs is 0 everywhere."""
    outs, expected = ([*r] if isinstance(r, (tuple, list)) else [r] for r in (out, expected))
    expected = [torch.as_tensor(e) for e in expected]
    assert len(outs) == len(expected)
    for a, b in zip(outs, expected):
        assert a.shape == tuple(b.shape) and a.dtype.kind == b.detach().numpy().dtype.kind
        np.testing.assert_allclose(a.data, b.detach().numpy(), EXACT.get(a.dtype.name, 1e-9), 1e-9)
    rng = np.random.default_rng(0)
    pairs = [(a, b, rng.uniform(.5, 1.5, a.shape)) for a, b in zip(outs, expected) if b.requires_grad]
    if not pairs: return
    torch.autograd.backward([b for _, b, _ in pairs], [torch.tensor(g, dtype=b.dtype) for _, b, g in pairs])
    remembered = [(a, g) for a, _, g in pairs if a.requires_grad]
    if len(remembered) == 1: remembered[0][0].backward(remembered[0][1])
    elif remembered: sum((a*Tensor(g)).sum() for a, g in remembered).backward()
    for a, b in leaves:
        theirs = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
        close = EXACT.get(outs[0].dtype.name, 1e-7)
        np.testing.assert_allclose(np.zeros(a.shape) if a.grad is None else a.grad, theirs, close, close)

def compare(info, ours, sample):
    "Results and gradients of one sample; `Unlike` if it is not for us"
    try: signature(ours).bind(sample.input, *sample.args, **sample.kwargs)
    except TypeError: raise Unlike from None
    given, named, leaves = as_leaves([sample.input, *sample.args]), {k: as_leaves(v) for k, v in sample.kwargs.items()}, []
    mine = convert(given, leaves), {k: convert(v, leaves) for k, v in named.items()}
    out = ours(*mine[0], **mine[1])
    agree(out, info.op(*given, **named), leaves)

def find_op(name):
    "The entry of `name`, which may be name/variant"
    name, _, variant = name.partition('/')
    return next(i for i in op_db if i.name == name and i.variant_test_name in ((variant,) if variant else ('', 'no_rounding_mode')))

def samples(name):
    "The sample inputs of an op; of an elementwise one the larger set with which PyTorch compares with NumPy"
    info, dtype = find_op(name), DTYPES.get(name, torch.float64)
    many = isinstance(info, (UnaryUfuncInfo, BinaryUfuncInfo)) and name not in FEW
    made = (info.reference_inputs if many else info.sample_inputs)('cpu', dtype, requires_grad=info.supports_autograd and dtype.is_floating_point)
    return (s for s in made if not many or any(isinstance(v, torch.Tensor) for v in (s.input, *s.args)))

def has_nan(value): return isinstance(value, torch.Tensor) and bool(value.isnan().any())

@cache
def count(name):
    "(samples compared, samples that use what we do not have)"
    info, done, unlike = find_op(name), 0, 0
    for sample in samples(name):
        try:
            need(name not in AT_NAN or not any(map(has_nan, (sample.input, *sample.args))))
            compare(info, PLAIN[name], sample)
        except Unlike: unlike += 1
        else: done += 1
    return done, unlike

@pytest.mark.parametrize('name', PLAIN)
def test_op(name):
    done, unlike = count(name)
    print(f'{name}: {done} samples compared, {unlike} use what we do not have')
    assert done > 0 and (not unlike or name in UNLIKE)

MODULES = {'ReLU': act.ReLU, 'LeakyReLU': act.LeakyReLU, 'ELU': act.ELU, 'SiLU': act.SiLU, 'Softplus': act.Softplus, 'Sigmoid': act.Sigmoid, 'Tanh': act.Tanh, 'GELU': act.GELU, 'Softmax': act.Softmax, 'LogSoftmax': act.LogSoftmax,
           'Linear': Linear, 'Conv2d': spatial.Conv2d, 'MaxPool2d': spatial.MaxPool2d, 'AvgPool2d': spatial.AvgPool2d,
           'AdaptiveAvgPool2d': spatial.AdaptiveAvgPool2d, 'BatchNorm2d': spatial.BatchNorm2d, 'LayerNorm': LayerNorm, 'Embedding': Embedding,
           'MSELoss': losses.MSELoss, 'BCELoss': losses.BCELoss, 'BCEWithLogitsLoss': losses.BCEWithLogitsLoss, 'CrossEntropyLoss': losses.CrossEntropyLoss}

def compare_module(info, ours, sample):
    made, given, name = sample.constructor_input, sample.forward_input, info.module_cls.__name__
    try: signature(ours).bind(*made.args, **made.kwargs)
    except TypeError: raise Unlike from None
    need(made.kwargs.get('padding_mode', 'zeros') == 'zeros')
    given = [v.detach().requires_grad_(v.requires_grad) for v in (*given.args, *given.kwargs.values())]
    need(name not in ('Softmax', 'LogSoftmax') or given[0].ndim)
    need(name != 'BatchNorm2d' or len(given[0]))  # of no samples there is no variance: ours says so
    theirs, leaves = info.module_cls(*made.args, **made.kwargs).double(), []
    args = [convert(v, leaves) for v in given]
    plain = lambda v: v.numpy() if isinstance(v, torch.Tensor) else v
    mine = ours(*map(plain, made.args), **{k: plain(v) for k, v in made.kwargs.items()})
    weights = dict(theirs.named_parameters())
    for key, p in (mine.named_parameters() if weights else ()):
        array = weights[key].detach().numpy()
        p.data = (array.T if name == 'Linear' and key == 'weight' else array).copy()
        if key != 'weight' or name != 'Linear': leaves.append((p, weights[key]))
    if name == 'CrossEntropyLoss': args = [last(args[0]), last(args[1]) if args[1].dtype.kind == 'f' else args[1]]
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
    names = {f'{i.name}/{i.variant_test_name}'.strip('/') for i in op_db} | {i.name for i in op_db}
    assert not OUT_OF_SCOPE.keys() & PLAIN.keys() and OUT_OF_SCOPE.keys() <= names, OUT_OF_SCOPE.keys() - names
    assert UNLIKE.keys() <= names | {i.module_cls.__name__ for i in module_db}

def test_enough_is_compared():
    "All samples, and those without the one op of which PyTorch has more than a thousand"
    done = {name: count(name)[0] for name in PLAIN} | {name: count_module(name)[0] for name in MODULES}
    print(f'{sum(done.values())} samples compared of {len(PLAIN)} ops and {len(MODULES)} modules')
    assert sum(done.values()) >= 8000 and sum(done.values()) - done['nn.functional.max_pool2d'] >= 2500
