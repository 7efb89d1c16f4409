# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What a model holds, computes and takes: bytes, FLOPs and milliseconds, counted or measured and never guessed.'
from typing import Any
__all__ = ['flops', 'Uncounted', 'OpCount', 'count_ops', 'Profiler', 'Resident', 'Memory', 'Latency', 'OpProfile', 'LayerProfile', 'Roofline', 'roofline', 'ForwardProfile', 'quick_profile', 'BackwardProfile']
from copy import deepcopy
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, partial
from html import escape
from math import inf, prod
from numbers import Real
from operator import index
from pathlib import Path
from sys import _getframe, platform
from time import perf_counter_ns
from warnings import catch_warnings, simplefilter
import numpy as np
from ..core.activations import erf, exponential_linear, gelu_erf, gelu_tanh, leaky, log_softmax_along, relu, sigmoid, silu, soft_plus, softmax_along, tanh
from ..core.attention import attend, attend_heads
from ..core.autograd import backward_pass, no_grad, start_gradient
from ..core.embeddings import lookup
from ..core.layers import Module, affine, evaluating, forward_hook, is_container
from ..core.spatial import average_fields, batch_norm, correlate, slide_max
from ..core.tensor import Recipe, Tensor, absolute, acos, add, asin, atan, cast, clip_between, concatenate, cos, cosh, div, exp, exp2, expand, expm1, getitem, log, log10, log1p, log2, matmul, maximum, minimum, mod, mul, neg, pad_edges, patch, permute_axes, pick_along, power, reciprocal, recording, reduce_max, reduce_min, reduce_prod, reduce_sum, reshape, rsqrt, running_sum, sin, sinh, sqrt, square, sub, tan, triangle, where_op
from ..core.transformers import norm_last, tied_logits
counts: dict
def flops(*operations):
    "A decorator that makes a function the FLOP count of `operations`.\n\n    The function gets `(shape, saved, *inputs, **settings)`: shape of the result, then what the\n    recipe holds, as a gradient rule does: the result or what the op saved, the inputs (None for\n    what the op does not keep) and the call's settings."
    ...
def matmul_flops(shape, saved, x, y):
    'A multiplication and an addition for each of the `x.shape[-1]` terms behind every element'
    ...
def affine_flops(shape, saved, x, weight, bias):
    'The matrix product, and one addition per element for the bias'
    ...
def flops_per_element(n, *operations):
    'Register `n` FLOPs per element of the result for each of `operations`'
    ...
def sum_flops(shape, before, x, axis, keepdims):
    'For each sum one addition less than there are terms; `before` is the shape of what is added up'
    ...
def extreme_flops(shape, saved, x, axis, keepdims):
    ...
def softmax_flops(shape, saved, x, dim):
    ...
def log_softmax_flops(shape, saved, x, dim):
    ...
def correlate_flops(shape, saved, x, weight, bias, **settings):
    'A multiply-add for each weight of a question, and the bias, for every element of the result'
    ...
def pool_flops(shape, saved, x, kernel, **settings):
    ...
def average_fields_flops(shape, saved, x, rows, columns):
    'The two matrix products: over the columns for each row, then over the rows for each new column'
    ...
def attention_flops(scores, d_key, d_value):
    'The scaling of the queries, the scores, their softmax, and the mixing of the values'
    ...
def attend_flops(shape, saved, q, k, v, **settings):
    ...
def attend_heads_flops(shape, saved, qkv, num_heads, **settings):
    ...
def recipes_behind(*results):
    'Each recipe behind the tensors `results` once, oldest first'
    ...
def as_arguments(input):
    '`input` as a tuple of arguments: a tuple is one already; arrays and lists become tensors'
    ...
def items_of(value):
    'What a tuple, a list or a dictionary holds; nothing of anything else'
    ...
def tensors_in(value):
    'The tensors in `value`, also inside tuples, lists and dictionaries'
    ...
def as_leaves(inputs):
    '`inputs` as fresh tensors on the same arrays, wanting gradients where they can: not integers'
    ...
def recorded(f, flag=True):
    'The result of `f()`, with recipes, also in `no_grad()`'
    ...
def run_recorded(model, inputs, flag=True):
    'The tensors that `model` returns, from a recorded pass in eval mode'
    ...
class Uncounted(NotImplementedError):
    'Some of the work of a model cannot be counted; the message says which'
    ...
@dataclass
class OpCount:
    'What one op did in a forward pass'
    name: str
    calls: int
    flops: int
    ...
def unseen_input(shape):
    ...
def nothing_recorded():
    ...
def check_recorded(leaves, results, recipes):
    'Raise `Uncounted` if no recipe leads back to an input: then a layer computes unseen'
    ...
def flops_of(recipe):
    'FLOPs of the call that `recipe` remembers, or None if its op has no count'
    ...
def count_ops(model, input) -> list:
    'One `OpCount` per kind of op that `model` runs on `input`, most FLOPs first\n\n    `Uncounted` if part of the way from the input to the result is not recorded.'
    ...
def check_block_ms(block_ms):
    '`block_ms`; an error unless it is a duration in ms that a block can last'
    ...
def check_count(name, n, least=1):
    '`n` as an int; an error unless it is a whole number, at least `least`'
    ...
class Profiler:
    'Counts and measures models: a `Module`, or anything that can be called with tensors\n\n    Runs them in eval mode and changes nothing in them.'
    def __init__(self, block_ms=2.0, timer=perf_counter_ns):
        ...
    def count_parameters(self, model) -> int:
        'Number of weights that `model` stands for; 0 for a function'
        ...
    def count_flops(self, model, input) -> int:
        'FLOPs of one forward pass on the whole of `input`; a multiply-add is 2\n\n    `Uncounted` names the ops that have no count.'
        ...
    def measure_memory(self, model, input) -> Memory:
        'Bytes stored, kept by a recorded forward pass, and at the peak of an unrecorded one'
        ...
    def measure_latency(self, model, input, warmup=2, runs=50) -> Latency:
        'Times of a forward pass on the whole of `input`, in eval mode and without recording'
        ...
    def profile_ops(self, model, input, loss_fn=None, runs=20) -> list:
        '`OpProfile`s of a recorded forward pass, or of forward and backward of a training step\n\n    In eval mode without `loss_fn`, else a copy in training mode. `Uncounted` if passes differ.'
        ...
    def profile_layer(self, layer, input, runs=20, name='', settings=None, roof=None) -> LayerProfile:
        'One row of a profile: `layer`, run by itself on `input`'
        ...
    def profile_forward_pass(self, model, input, runs=20, roof=None) -> ForwardProfile:
        'The model, each layer run by itself on the input it gets there, memory, and ops as they run'
        ...
    def profile_backward_pass(self, model, input, loss_fn, runs=20) -> BackwardProfile:
        'A step of a copy of `model` in training mode; `model` keeps its gradients and its state'
        ...
    block_ms: Any
    timer: Any
    ...
def no_count(names):
    ...
def bytes_by_dtype(model):
    'Bytes that must be stored for `model`, by dtype: those of every array in its `state_dict()`\n\n    Nothing for a function.'
    ...
def stored_tensors(model):
    'The parameters and buffers of a `Module`, each once; nothing for a function'
    ...
def owner(array):
    'The array whose memory `array` looks into: itself, unless it is a view'
    ...
def arrays_in(value):
    'The arrays in `value`, also inside tuples, lists and dictionaries, tensors and modules'
    ...
def kept_arrays(recipes, known=()):
    'The arrays whose memory `recipes` keep alive, each once, but for the memory of those `known`'
    ...
def peak_bytes(f):
    'The most bytes that Python and NumPy held at any moment of `f()`, beyond what they held before'
    ...
def forget_resident_peak():
    'Let Linux forget the most that was resident so far; False where it cannot be forgotten'
    ...
def resident_peak():
    'Bytes: the most of this process that was resident, as the system tells it, or None'
    ...
def resident_since_start():
    'Bytes: the most that was resident since the process began, or None (Windows has no `resource`)'
    ...
@dataclass(frozen=True)
class Resident:
    'Physical memory of the whole process at its peak'
    bytes: int
    since: str
    def __str__(self):
        ...
    ...
def resident_during(f):
    'The `Resident` memory while `f()` runs; its peak begins anew for others who watch, too'
    ...
@dataclass
class Memory:
    'Bytes of a model and of one forward pass'
    by_dtype: dict
    activation_bytes: int
    peak_bytes: int
    resident: Resident = Resident(None, 'start')
    @property
    def parameter_bytes(self):
        ...
    def __str__(self):
        ...
    ...
def timer_resolution(timer=perf_counter_ns, readings=1000):
    'Shortest time in ns that `timer` was seen to tell from none; RuntimeError if it never moved'
    ...
def standing_still(readings):
    ...
def time_block(f, calls, timer):
    'Nanoseconds that `calls` calls of `f` take together'
    ...
def not_nanoseconds(calls, elapsed):
    ...
def calibrate(f, block_ms=2.0, timer=perf_counter_ns):
    'How many calls of `f`, a power of 2, take at least `block_ms` together\n\n    RuntimeError if `timer` is no clock in nanoseconds.'
    ...
@dataclass(eq=False)
class Latency:
    'Times of one call in ms, each the average over a block of calls'
    times: np.ndarray
    calls: int
    derived: tuple
    @property
    def n(self):
        'Number of blocks'
        ...
    @property
    def mean(self):
        'In ms'
        ...
    @property
    def std(self):
        'Over blocks, in ms'
        ...
    @property
    def median(self):
        'In ms'
        ...
    def __post_init__(self):
        ...
    def quantile(self, q) -> float:
        'The time in ms that a share `q` of the blocks does not exceed, interpolated'
        ...
    def __str__(self):
        ...
    ...
def check_times(times, calls):
    'Raise an error unless `times` are at least two, and each above 0'
    ...
def time_blocks(f, blocks, warmup=2, block_ms=2.0, timer=perf_counter_ns):
    'A `Latency` of `blocks` blocks of calls of `f`, after `warmup` blocks that are thrown away'
    ...
class Asked:
    'A recording flag that is true; each time an op asks it, it keeps what `look()` returns'
    def __init__(self, look):
        ...
    def __bool__(self):
        ...
    look: Any
    seen: Any
    ...
def moved_bytes(read, written):
    'Bytes of the arrays in `read` and `written`, each array once, of a view those that exist\n\n    A written array whose `owner` also owns an array in `read` is a view: it moves nothing. If all\n    are, the answer is 0. Arrays without axes, single numbers, are free.'
    ...
picks: set
def asking_op():
    '(name, bytes moved) of the op that asks an `Asked` flag; None if something else asks'
    ...
def op_calls(model, leaves):
    '(name, bytes moved) for each op call of a pass in eval mode; None where no op asked the flag'
    ...
def stamped(f, timer):
    '(result of `f()`, ns for each question that ops asked an `Asked` flag while `f` ran)\n\n    The first lasts from the start of `f` to the first question, the others from one question to\n    the next, and the last one on to the end of `f`. Afterwards `recording` is as before.'
    ...
class AskedHeap(list):
    'Recipes that wait for the walk back; each time it asks for more, keeps what `look()` returns'
    def __init__(self, items, look):
        ...
    def __bool__(self):
        ...
    look: Any
    seen: Any
    ...
def walk_back(loss, look):
    'As `loss.backward()`; what `look` returned at each question'
    ...
def rule_calls(loss):
    '(name of op, bytes moved by its rule) for each step of a walk back from `loss`'
    ...
def align_columns(rows, left=3):
    '`rows` of texts as lines; the first `left` columns are flush left, the others flush right'
    ...
def html_table(rows, left=3):
    '`rows` of texts as an HTML table with a head; aligned as in `align_columns`'
    ...
def plain(value):
    '`value` as JSON has it: of a dataclass its fields and what `derived` names; arrays as lists'
    ...
class Report:
    'What can be read as text, HTML or JSON; `parts()` are its lines and tables (lists of rows)'
    def as_dict(self) -> dict:
        'All numbers, unrounded and under their names; times in ms'
        ...
    def __repr__(self):
        ...
    def __str__(self):
        ...
    def _repr_html_(self):
        ...
    ...
@dataclass
class OpProfile:
    'All calls of one op during a pass'
    walk: str
    name: str
    calls: int
    moved: int
    ms: float
    ...
op_heads: list
def op_texts(rows):
    'The texts of `OpProfile`s, one for each of `op_heads`'
    ...
def other_ops(found):
    ...
def rows_by_op(walk, calls, times):
    'One `OpProfile` per op, longest first; the time of a None goes to the call after it'
    ...
def forward_ops(model, inputs, passes, timer):
    '`OpProfile`s of a recorded forward pass in eval mode; [] if nothing was recorded'
    ...
def step_ops(step, clear, passes, timer):
    '`OpProfile`s of a training step, forward and backward'
    ...
def no_loss(verb, found):
    ...
def no_module(model):
    ...
def training_step(model, inputs, loss_fn):
    'A copy of `model` in training mode; a function that computes a loss, one that also walks back'
    ...
def layer_calls(model, inputs):
    '[(name, layer, inputs, settings)] for each call of an innermost layer, in order\n\n    The layers belong to a copy of `model` in eval mode.'
    ...
heads: list
def row_texts(row):
    'The texts of a `LayerProfile`, one for each of `heads`'
    ...
def rate(amount, per):
    ...
@dataclass
class LayerProfile(Report):
    'One layer, or a whole model, on one input'
    name: str
    kind: str
    output: str
    parameters: int
    parameter_bytes: int
    traffic: int
    flops: int
    uncounted: str
    latency: Latency
    ops: tuple = ()
    empty_ms: float = None
    floors: dict = field(default_factory=dict)
    derived: tuple
    @property
    def gflops(self):
        '10⁹ FLOP/s'
        ...
    @property
    def intensity(self):
        'FLOPs per byte'
        ...
    @property
    def bound(self):
        "'compute', 'memory' or 'overhead', what alone takes longest, or ''"
        ...
    @property
    def share(self):
        'The part of the fastest block that what bounds it would take alone'
        ...
    def parts(self):
        ...
    ...
def shapes_of(tensors):
    ...
def name_of(model):
    'What reports call `model`: its class, or the name of a function'
    ...
def count_or_why(profiler, model, inputs):
    "(FLOPs, '') or (None, what could not be counted)"
    ...
def empty_ms(profiler, call, inputs):
    'Least ms of `call` on tensors cut to no rows; None if it takes none, or nothing can be cut'
    ...
@dataclass
class Roofline:
    'The limits of a machine, as measured'
    gflops: float
    gigabytes: float
    copies: dict = field(default_factory=dict)
    call_ns: float = 0.0
    @property
    def ridge(self):
        'FLOPs per byte from which on arithmetic, not memory, is the limit'
        ...
    def attainable(self, intensity):
        '10⁹ FLOP per second that work of `intensity` FLOP per byte can reach\n\n        if its data comes from memory, and not from the cache (Williams et al. 2009).'
        ...
    def bandwidth(self, nbytes) -> float:
        '10⁹ bytes per second when `nbytes` are moved again and again: few come from the cache'
        ...
    def floors(self, row) -> dict:
        "{'compute', 'memory', 'overhead': ms} that the `LayerProfile` `row` takes at least, for each\n\n    Its `flops` at `gflops`; its `traffic` at the `bandwidth` for so many bytes; its `empty_ms`,\n    or if that is None `call_ns` for each of its `ops`."
        ...
    ...
def roofline(size=512, megabytes=64, runs=12, timer=perf_counter_ns) -> Roofline:
    'The limits of this machine, with the threads that BLAS now uses; takes about half a second'
    ...
@dataclass(repr=False)
class ForwardProfile(Report):
    'A model and its layers on one input'
    whole: LayerProfile
    layers: list
    memory: Memory
    input: str
    roof: Roofline = None
    ops: list = ()
    untold: str = ''
    derived: tuple
    @property
    def verdict(self):
        "'compute', 'memory', 'overhead' or ''"
        ...
    @property
    def advice(self):
        'What to try next, and why: one line'
        ...
    def parts(self):
        ...
    ...
@cache
def machine_roof():
    "This machine's `roofline()`, measured at the first call; threads set later do not change it"
    ...
def checked_roof(roof):
    '`roof`; TypeError if it is no `Roofline`'
    ...
def ops_or_why(profiler, model, inputs, runs):
    "(`OpProfile`s, '') or ([], why time cannot be told by op)"
    ...
def fewer_calls(row, profile):
    ...
def fewer_bytes(row, profile):
    ...
def less_work(row, profile):
    ...
def moves(row):
    ...
remedies: dict
def next_step(profile):
    'What to try next with a profiled model, and why: from the layer that takes longest of its kind'
    ...
def quick_profile(model, input_tensor) -> ForwardProfile:
    '`model` on `input_tensor`: parameters, bytes, FLOPs, ms and what bounds them, by layer; ops;\n    memory; and in `advice`, the last line of its text, what to try next and why\n\n    Readable as text and as HTML; `as_dict()` is for JSON. Slow models are timed less often.'
    ...
@dataclass(repr=False)
class BackwardProfile(Report):
    'One training step without its optimizer, split where the walk back begins'
    forward: Latency
    backward: Latency
    activation_bytes: int
    gradient_bytes: int
    peak_bytes: int
    resident: Resident = Resident(None, 'start')
    ops: list = ()
    derived: tuple
    @property
    def ratio(self):
        'Time of backward as a multiple of forward'
        ...
    def parts(self):
        ...
    ...
def time_steps(step, clear, calls, timer):
    'Nanoseconds of `calls` forward passes together, and of their walks back'
    ...
