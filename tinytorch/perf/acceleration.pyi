# Made by scripts/make_stubs.py from the module beside it; do not edit.
'The same answers with less work per call: the matrix product from three loops to BLAS, a model written out as one function over arrays, and kernels where NumPy ends.'
from typing import Any
__all__ = ['vectorized_matmul', 'tiled_matmul', 'fused_linear', 'fused_gelu', 'fused_layer_norm', 'fused_attention', 'Plan', 'WriterPlan', 'available_backends', 'accelerate']
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import product
import numpy as np
from ..core import tensor as ops
from ..core.activations import gelu, gelu_tanh, relu, scalar, sigmoid, softmax_along, tanh
from ..core.attention import as_raised, attend, attend_heads, causal_mask, check_shapes, scaled, scaled_dot_product_attention, score_bias
from ..core.autograd import keep_where, vjp, vjp_rules
from ..core.embeddings import as_ids, lookup
from ..core.layers import affine, affine_error, linear
from ..core.opcheck import sample_each
from ..core.spatial import as_runs, correlate, slide_max
from ..core.tensor import Tensor, inputs_of, lift, op, patch
from ..core.transformers import GPT, layer_norm, norm_last
from . import fused
from .decoding import KernelDecoder
from .fused import STEEP, exponential, fused_bias_gelu
from .kernels import has_numba, kernel
from .memoization import Decoder
from .onnx_graph import OnnxModel
from .quantization import QuantizedLinear, int8_linear, times_scale
from .techniques import check_module
from .tracing import Compiled, Size, Value, numbers_in, replaced, with_names
def loop_matmul(a, b, out):
    'Write `a @ b`, (n, m) times (m, p), into `out`, one dot product after the other'
    ...
def ordered_matmul(a, b, out):
    'Write `a @ b` into `out`; the innermost loop walks along rows'
    ...
def check_size(name, size):
    'Raise ValueError unless `size` is a whole number of at least 1'
    ...
def as_matrices(name, a, b):
    'The arrays of `a` (n, m) and `b` (m, p), in one dtype; a ValueError if they do not fit'
    ...
def add_products(a, b, out):
    'Add `a @ b` to `out`, one outer product after the other'
    ...
def vectorized_matmul(a, b) -> Tensor:
    '`a @ b` as a sum of `m` outer products, without gradient; `@` itself is faster'
    ...
def tiled_matmul(a, b, tile_size=64) -> Tensor:
    '`a @ b` as sums of products of tiles that fit into the cache, without gradient'
    ...
def linear_in_steps(x, weight, bias):
    ...
def linear_relu(x, weight, bias) -> Tensor:
    '`relu(x @ weight + bias)` in the memory of the product; `x` (…, in), `bias` (out,)'
    ...
def linear_relu_vjp(g, out, x, weight, bias):
    ...
def no_activation(name):
    ...
def gelu_of_sum(x, bias, approximate):
    ...
def fused_linear(x, weight, bias=None, activation=None) -> Tensor:
    'The activation of `x @ weight + bias`, (…, out), written where the product was'
    ...
def fused_gelu(x, bias=None, approximate='tanh') -> Tensor:
    "`gelu(x + bias, approximate)`; by Numba's kernels, if it is installed, in one pass"
    ...
def fused_layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-05) -> Tensor:
    "`layer_norm`; by Numba's kernels, if it is installed, in two passes"
    ...
def with_block(state, scores, values):
    '`state` with more keys in it: (…, Tq, 1), (…, Tq, 1), (…, Tq, Dv)\n\n    Powers are e to the score less the largest; if that rises, what was summed shrinks with it.'
    ...
def attend_in_blocks(q, k, v, *, is_causal, block) -> Tensor:
    'Attention of `q` (…, Tq, D) over `k` (…, Tk, D), `v` (…, Tk, Dv), `block` keys at a time'
    ...
def attend_in_blocks_vjp(g, out, q, k, v, is_causal, block):
    ...
def fused_attention(q, k, v, is_causal=False, block=64) -> Tensor:
    '`scaled_dot_product_attention(q, k, v, is_causal=is_causal)` without all scores at once\n\n    Memory for scores is (…, Tq, block) instead of (…, Tq, Tk); the way back computes them again,\n    whole (Dao et al., 2022, do that in blocks too).'
    ...
@dataclass
class Step:
    'One call on its way to a line of source: as a `Call`, with arrays for the constants'
    op: object
    inputs: list
    settings: dict
    number: int
    @property
    def is_constant(self):
        'Is it made of constants alone?'
        ...
    def run(self, inputs, settings):
        'The result for arrays, an array'
        ...
    ...
def sizes_in(settings):
    'The sizes in `settings` that follow the batch'
    ...
def without_constants(trace):
    '([`Step`], {number: array}): the calls of `trace`, and what is made of constants alone'
    ...
def reads_of(steps, output):
    '{number of a value: how often it is read}; being returned counts too'
    ...
def shapes_of(trace, steps, known, more):
    '{number: shape} of each value for the batch of `trace`; for `more` samples if that can be'
    ...
line_rules: dict
def fuses(*operations, view=False):
    "A decorator that makes a function the rule for `operations`\n\n    The rule gets `(draft, out, *inputs, **settings)`: the `Draft`, a name for the result, and an\n    `Arg` for each input. It adds lines and returns the name of the result, or None if it does not\n    apply; then the op's own function is called."
    ...
@dataclass
class Arg:
    'What a line works on; as text its name'
    draft: object
    number: object
    array: object
    hint: str
    shape: tuple
    dtype: object
    free: bool
    def __str__(self):
        ...
    ...
fresh: set
class Draft:
    'Lines of source for `steps`, and what their names stand for'
    def __init__(self, trace, steps, known, backend='numpy'):
        ...
    def add(self, *lines):
        ...
    def alike(self, a, b):
        'Have the values with these numbers one shape, in this batch and in another?'
        ...
    def hold(self, thing, name):
        'The name in the source of an array: the letter `name` with a number'
        ...
    def call(self, function, name=None):
        'The name in the source of `function`'
        ...
    def text(self, value):
        'Source for a setting: sizes that follow the batch are worked out, arrays have names'
        ...
    def arg(self, value, hint):
        'The `Arg` for the number of a value, or for an array'
        ...
    def plain_line(self, step, out, args):
        "A line that calls the op's own function"
        ...
    def write(self, step):
        'Add the lines of `step`'
        ...
    def source(self, few=()):
        'The whole function; where there are lines `few`, an `if`, the others are its `else`'
        ...
    steps: Any
    known: Any
    dtypes: Any
    backend: Any
    shapes: Any
    longer: Any
    output: Any
    reads: Any
    inputs: Any
    names: Any
    own: Any
    lines: Any
    held: Any
    needs_n: Any
    ...
RESERVED: set
def affine_lines(draft, out, x, weight, bias):
    'Lines for `x @ weight + bias`; for constants, up to two axes and one dtype'
    ...
LARGE: int
def relu_lines(draft, out, x):
    ...
def arithmetic(symbol, either):
    'The rule for `x symbol y`, written into one of the two where that can be'
    ...
def fuse_arithmetic(**operations):
    ...
def in_place(function):
    'The rule for a NumPy `function` of one number'
    ...
functions: dict
def fuse_functions():
    ...
def reshape_lines(draft, out, x, shape):
    ...
def permute_lines(draft, out, x, axes):
    ...
def largest_of_four(x):
    '`slide_max` of 2×2 pixels that do not overlap, without noting which of the four it was'
    ...
def pool_lines(draft, out, x, kernel, stride, padding, dilation, ceil_mode=False):
    ...
def per_channel(array, channels, axes_behind):
    "`array` as one number per channel, or None: all of its axes but the channels' have size 1"
    ...
def scaled_parts(step, scale, shift):
    '`step`, a convolution or linear layer, with its result times `scale` plus `shift`'
    ...
def folded_into(step, before, dtypes):
    '`before` with the multiplication or addition `step` in it, or None if that cannot be'
    ...
def with_folds(steps, trace):
    '`steps`, where scales and shifts that follow a convolution or linear layer are in its weights'
    ...
def with_pools_first(steps, trace):
    '`steps`, with each ReLU that only a max-pooling reads behind it, where a quarter is left\n\n    The largest of what is not below 0 is the largest, not below 0.'
    ...
def from_rows(row, n, weights, m, out):
    '`out` becomes `row @ weights`, (n,) times (n, m): eight inputs at a time meet their rows'
    ...
def from_columns(row, n, weights, m, out):
    '`out` becomes `row @ weights`, where `weights` has one output after the other, (m, n)'
    ...
def bend(out, m, scale, bias, is_relu):
    '`out`, (m,), becomes `out*scale + bias`, if `is_relu` no less than 0; NaN stays NaN'
    ...
def small_network(x, weights, numbers, out):
    'Write into `out` what linear layers with ReLU between them make of each row of `x`\n\n    `numbers` has the number of layers; for each layer its inputs, its outputs, 1 if a ReLU follows\n    and 1 if its weights lie by columns; then for each layer a scale and a bias per output.'
    ...
FEW: int
SMALL: Any
NARROW: int
def linear_parts(step, dtypes):
    '(weights (in, out), scale (out,), bias (out,)) of a linear layer on float32; None for others'
    ...
def not_a_chain(step):
    ...
def chain_of(trace, steps):
    '[[weights, scale, bias, is a ReLU behind it?]] of `steps`, or the reason why not, a text'
    ...
def network_lines(draft, layers):
    'Lines that give few rows to `small_network`; a copy of the weights, one output after the other'
    ...
FLOATS: tuple
def with_kernels(steps, trace):
    '`steps`, where the ops for which [perf.fused](fused.ipynb) has kernels are exchanged for those'
    ...
kernel_forms: dict
def gelu_in_place(x):
    '`x`, with one axis, becomes `gelu_tanh` of it'
    ...
def gelu_lines(draft, out, x):
    ...
def lookup_lines(draft, out, weight, ids, padding_idx=None):
    ...
def decoded(layer):
    'The weight of a `QuantizedLinear` as floats, (in, out): the copy it works with, or a new one'
    ...
def is_weight_only(layer):
    'Is `layer` a `QuantizedLinear` whose inputs are not rounded?'
    ...
def codes_of(layer):
    'The int8 codes (in, out) of a `QuantizedLinear`, or the weight as floats if they are packed'
    ...
def int8_lines(draft, out, x, layer):
    ...
rewrites: dict
class Plan(Compiled):
    'A model as one function over arrays, the same answers with less work per call\n\n    What `accelerate` returns. `code` is the source of the function that ran last; `fallbacks` has\n    the reason why the model itself was called, for each kind of input where it was.'
    code: str
    def __init__(self, model, backend='numpy'):
        ...
    def compile(self, trace):
        ...
    def extra_repr(self):
        ...
    backend: Any
    ...
class WriterPlan(Plan):
    'A `Plan` for a `GPT`, which writes by folded arrays (`Decoder`) or a kernel (`KernelDecoder`)'
    decoder: Any
    def writer(self):
        'A decoder for the weights as they are; or the model, and then `fallbacks` says why'
        ...
    def generate(self, prompt, max_new_tokens, **settings):
        'What `model.generate` gives, with all it takes; fastest for one text'
        ...
    def make_cache(self, batch=1, max_len=None):
        ...
    ...
def available_backends() -> dict:
    '{name: None, or why it cannot be used, a text with the way out}; nothing is imported'
    ...
def as_backend(name):
    'The backend that is meant by `name`; an error if there is none, or it is not installed'
    ...
def a_plan_already(model):
    ...
def accelerate(model, backend='auto') -> Compiled:
    "A plan: gives what `model` gives in eval mode, with less work per call, without gradients\n\n    A `Plan`, for a `GPT` a `WriterPlan`, with onnxruntime an `OnnxModel`. Beside the model's arrays\n    it holds what it folds or lays out anew, and int8 weights as floats. TypeError for what is no\n    `Module` or a plan already, ImportError for a backend that is not installed."
    ...
