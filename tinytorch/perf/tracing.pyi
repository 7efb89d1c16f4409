# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What a model computes, written down as a list of calls, by watching it compute once: so that it can be run another way.'
from typing import Any
__all__ = ['Untraceable', 'Call', 'Trace', 'trace', 'Compiled']
import sys
from dataclasses import dataclass, field
from inspect import Parameter, signature
from threading import RLock
import numpy as np
from ..core.autograd import no_grad
from ..core.layers import Module, affine, attributes_of, evaluating
from tinytorch.core.tensor import Tensor, absolute, add, blank, box, concatenate, is_recording, last_change, lift, patch, was_changed
forms: Any
def arguments_of(frame):
    "(op, inputs, settings) of the op's call that runs in `frame`"
    ...
looks: dict
class Watcher:
    'Told of every function that begins or returns; keeps the calls of ops, in order'
    def __init__(self, names):
        ...
    def __call__(self, frame, event, result):
        ...
    def layer_of(self, frame):
        "Name of the layer whose `forward` led to `frame`, or ''"
        ...
    names: Any
    calls: Any
    looked_at: Any
    ...
def watched(model, inputs, names):
    '(what `model` returns for the tensors `inputs`, the `Watcher` that saw it), in eval mode'
    ...
class Untraceable(ValueError):
    'What a model computes cannot be written down as a list of calls; the message says why'
    ...
@dataclass
class Call:
    'One call of an op'
    op: object
    inputs: tuple
    settings: dict
    layer: str
    def __str__(self):
        ...
    ...
def replaced(value, swap):
    '`value` with each array, number and slice end in it exchanged for `swap(it)`'
    ...
@dataclass(frozen=True)
class Value:
    'In settings: the array with this number'
    number: int
    ...
@dataclass(frozen=True)
class Size:
    'In settings: a whole number that follows the batch, `each` per sample and `fixed` besides'
    each: int
    fixed: int
    ...
def numbered(inputs, watcher):
    '([`Call`], numbers by id of array) for what `watcher` saw of a model called with `inputs`'
    ...
def resized(a, samples):
    'A copy of `a` with so many samples, its own again and again'
    ...
def other_values(a):
    'An array like `a` with other values of the same kind'
    ...
def differs(what):
    ...
def same_constant(a, b):
    'Are two arrays the same constant?'
    ...
def merged(a, b, batch, name, ours, theirs):
    'What stands for the settings `a` and `b` of two calls with `batch` samples and one more'
    ...
def merged_array(a, b, name, ours, theirs):
    'As `merged`, for arrays: a constant, or one of the inputs'
    ...
def merged_call(first, second, batch, ours, theirs):
    'One `Call` for the two that were seen'
    ...
@dataclass
class Trace:
    "What a model computes, as calls of ops\n\n    Values are numbered: the model's inputs first, then the result of each call."
    calls: list
    output: int
    shapes: list
    dtypes: list
    names: dict
    free: bool
    inputs: int
    held: list = field(default_factory=list, repr=False)
    def __str__(self):
        ...
    def readers(self, number) -> list:
        'Numbers of the calls that read a value'
        ...
    def values(self, *arrays) -> list:
        'All values for `arrays`, op by op, as arrays'
        ...
    def run(self, *arrays):
        'The result for `arrays`, as in `values`, an array'
        ...
    ...
def numbers_in(call):
    'Numbers of the values that `call` reads, as inputs or in its settings'
    ...
def renumbered(call, new):
    '`call` with the numbers of values exchanged for those in `new`'
    ...
def needed(calls, first, output):
    'Numbers of the values that value `output` is made from, those of inputs below `first` too'
    ...
def looks_at(name):
    ...
def check_inputs(inputs, before):
    'Raise `Untraceable` if the model wrote into its inputs'
    ...
def number_of(result, watcher, numbers, own):
    'The number of the value that is `result`; `Untraceable` if there is none, or the model looked'
    ...
def seen(model, inputs, names):
    '(calls, number of the result, arrays by number) for a call of `model`, its parts in `names`'
    ...
REFUSALS: tuple
def seen_again(model, inputs, names, samples):
    '(inputs, what `seen` says of them) for other values'
    ...
def members_in(model, kind):
    '[(name, object)] for what `model` holds of a kind; of a function nothing'
    ...
def only_needed(calls, first, output):
    '(calls, output, old numbers of the values) without the calls that `output` does not need'
    ...
def check_repeats(trace, inputs, expected):
    'Raise `Untraceable` unless the calls give `expected` for `inputs`'
    ...
def trace_of(inputs, tensors, first, others, again):
    'The `Trace` that is true for what was seen of `inputs`, and of `others`; or `Untraceable`'
    ...
def free_trace(model, inputs, tensors, names, first):
    'The `Trace` if it holds for any number of samples, else None; or `Untraceable`'
    ...
def trace(model, *inputs) -> Trace:
    'What `model` computes, as a `Trace`: found by calling it a few times, in eval mode\n\n    `Untraceable` if it decides by the numbers it sees, computes outside of ops, or does not return\n    one tensor, or writes into its input. What the model itself raises for `inputs` is raised. A\n    model that opens a tensor, decides by the array and goes the same way each time is taken for\n    one that always does; so is one that decides by the number of samples.'
    ...
ASIDE: set
def links_of(thing, seen):
    '(holder, key, value) for what decides what `thing` computes: attributes, layers, tensors\n\n    Each holder is opened once. What is in `ASIDE` is left out.'
    ...
def tests_of(model):
    '(an expression: is all of `model` where it was, on the same arrays?; what its names stand for)'
    ...
def with_names(source, scope):
    'The function that `source` defines; what is in `scope` it finds as fast as names of its own\n\n    It keeps both, as `source` and `scope`.'
    ...
UNCHANGED: str
SHORT_WAY: str
ONE: Any
MORE: Any
TAKEN: set
def body_of(run, taken):
    '(lines from `x` to `out`, what their names stand for): those of `run`, or a call of it\n\n    Its own, if it was made by `with_names` as `def function(x)`, ends in `return out`, and uses\n    none of the names that are `taken`.'
    ...
def only_parameter(model):
    "The name of the only parameter of the model's `forward`, or None"
    ...
def short_way(run, dtype, model, now, slowly):
    'A `forward` for one tensor of `dtype` with one of the shapes in its set `shapes`\n\n    Written out as one function, because calls cost more than what they would do here.'
    ...
def kind_of(arrays, free):
    'What arrays a compiled function was made for: (dtype, sizes, axes left out) of each'
    ...
class Compiled(Module):
    "A model that runs another way, and gives what `model` gives in eval mode\n\n    A subclass says how: `compile(trace)` returns a function from arrays to an array, or raises\n    `Untraceable` with the reason why it cannot, and then the model itself is called. It shares\n    the model's tensors, and notices when they change. It is for inference: it is always in eval\n    mode, and where gradients are asked for through its input, the model itself computes.\n\n    Attributes, layers, lists of layers and arrays may be exchanged, and arrays changed by\n    optimizers, operators and items of tensors. What it cannot notice: numbers written into arrays\n    (`t.data[0] = 1`), and tensors from outside of the model; call `forget()` then. Hooks on\n    layers inside are not called."
    __slots__: tuple
    def __init__(self, model):
        ...
    def compile(self, trace):
        'A function from arrays, one per input, to an array; every subclass writes its own'
        ...
    def forget(self):
        'Throw away what was compiled; the next call compiles anew'
        ...
    def go(self, way):
        'Let the next calls go this way, unless somebody hooked `forward`'
        ...
    @property
    def forward(self):
        'What a call does: the short way of the last call, or `slowly`'
        ...
    def forward(self, function):
        ...
    def forward(self):
        ...
    __call__ = way
    def attributes(self):
        ...
    def look(self):
        'Take the model as it now is for unchanged'
        ...
    def train(self, mode=True):
        'This module, which is in eval mode and stays so; TypeError for another mode'
        ...
    def __reduce__(self):
        ...
    @property
    def buffer_names(self):
        ...
    @property
    def training(self):
        'Always False'
        ...
    @training.setter
    def training(self, value): ...
    def is_current(self):
        'Are the weights those for which was compiled?'
        ...
    def compiled_for(self, arrays):
        '(function of arrays, kind) for such `arrays`; (None, kind) if the model itself must be called'
        ...
    def shorten(self, a, run):
        'Let arrays like `a` go the short way to `run` from now on'
        ...
    def slowly(self, *inputs, **settings):
        'As `forward`, for what the short way does not know'
        ...
    def plainly(self, inputs, settings):
        'What the model itself gives, in eval mode'
        ...
    model: Any
    made: Any
    fallbacks: Any
    ways: Any
    now: Any
    way: Any
    ...
COMPILED: Any
def no_training(compiled):
    ...
def revived(kind, own):
    'A `Compiled` of this class with the attributes `own`; nothing is compiled yet'
    ...
one_at_a_time: Any
MANY: int
