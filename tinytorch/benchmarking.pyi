# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Which of two models is faster, how sure you may be, and why a mean of repeated timings cannot tell you.'
from typing import Any
__all__ = ['BenchmarkResult', 'Benchmark', 'Comparison', 'compare', 'TechniqueRow', 'TechniqueTable', 'technique_table', 'system_info']
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from html import escape
from math import ceil, comb, exp, inf
from time import perf_counter_ns
from types import FunctionType, MethodType
import numpy as np
from .core.autograd import no_grad
from .core.layers import evaluating
from .core.tensor import Tensor, as_rng, patch
from .machine import system_info
from .perf.profiling import Latency, align_columns, arrays_in, as_arguments, calibrate, check_block_ms, check_count, name_of, owner, stored_tensors, time_block, time_blocks, timer_resolution
from .perf.techniques import stored_bytes
from .submission import verdict_of
_all_: list
def no_confidence(confidence):
    ...
def too_few(n, confidence):
    ...
def median_ranks(n, confidence=0.95):
    '(low, high): ranks, from 0, of the sorted values that enclose the median (Thompson 1936)\n\n    They do so with a chance of at least `confidence`. ValueError if `n` is too small.'
    ...
def median_interval(values, confidence=0.95):
    '(low, high) that enclose the median of what `values` were drawn from, however distributed\n\n    ValueError if a value is NaN.'
    ...
@dataclass(eq=False)
class BenchmarkResult(Latency):
    'One model measured in one scenario; times in ms per call, one for each block'
    name: str
    scenario: str
    samples: int
    @property
    def samples_per_second(self):
        'Throughput in this scenario, at the median time'
        ...
    def ci(self, confidence=0.95):
        '(low, high) in ms for the median; needs 6 blocks at 95 %\n\n        It takes the blocks as independent, which drift makes too narrow.'
        ...
    def __str__(self):
        ...
    def percentile(self, p) -> float:
        'Time in ms that `p` % of the calls do not exceed\n\n    ValueError for averages over blocks, or with fewer than 10 calls beyond it.'
        ...
    def as_dict(self) -> dict:
        'All of it as plain numbers and texts, ready for JSON; times in ms\n\n    The percentiles are None for blocks, or too few calls.'
        ...
    ...
def averages(calls):
    ...
def too_few_calls(n, p, needed):
    ...
def too_coarse(step, call):
    ...
def time_each(f, calls, timer):
    'Nanoseconds of each call of `f`; RuntimeError if the median is under 20 steps of the clock'
    ...
def no_array(name, result):
    ...
def no_numbers(name, dtype):
    ...
def not_finite(name, bad, size):
    ...
def check_output(name, result):
    'The arrays in `result`; a ValueError if there is none, or one holds NaN or infinity'
    ...
def no_sample(shape):
    ...
class Benchmark:
    'One model and the inputs to measure it on, in eval mode and without recording'
    def __init__(self, model, inputs, name=None, block_ms=2.0, timer=perf_counter_ns):
        ...
    def first(self, samples) -> tuple:
        'The inputs, cut to the first `samples` samples; what is no tensor stays'
        ...
    def run(self, scenario, samples, measure) -> BenchmarkResult:
        'A `BenchmarkResult` of calls on the first `samples` samples'
        ...
    def latency(self, runs=50, warmup=2) -> BenchmarkResult:
        'Single stream: the first sample alone, call after call, in `runs` blocks after `warmup` blocks'
        ...
    def throughput(self, runs=50, warmup=2) -> BenchmarkResult:
        'Batch: all samples in one call, in `runs` blocks after `warmup` blocks that are thrown away'
        ...
    def each_call(self, calls=1000, warmup=100) -> BenchmarkResult:
        'Single stream, each of `calls` calls timed by itself, after `warmup` calls: for `percentile`'
        ...
    model: Any
    inputs: Any
    name: Any
    block_ms: Any
    timer: Any
    samples: Any
    ...
def check_pairs(baseline, candidate):
    'Raise an error unless there are as many times of one as of the other, and each is above 0'
    ...
@dataclass(eq=False)
class Comparison:
    'Two models timed in pairs of neighboring blocks'
    baseline: np.ndarray
    candidate: np.ndarray
    calls: tuple
    difference: float
    min_effect: float = 0.01
    confidence: float = 0.95
    as_given: tuple = ()
    @property
    def n(self):
        'Number of pairs'
        ...
    def __post_init__(self):
        ...
    @property
    def ratios(self):
        'log(baseline time / candidate time), one for each pair'
        ...
    @property
    def speedup(self):
        'How many times as fast the candidate is: the median over the pairs'
        ...
    @property
    def interval(self):
        '(low, high) for the speedup, from the sign test on the pairs'
        ...
    @property
    def verdict(self):
        ...
    def block_ratios(self):
        "log(length of the baseline's block / length of the candidate's), one for each pair"
        ...
    def drifted(self):
        'Did the blocks of one side last longer, beyond chance, in the whole run or half of it?'
        ...
    def doubts(self):
        'What makes the outcome less sure than its interval says, as a list of texts'
        ...
    def __str__(self):
        ...
    def as_dict(self) -> dict:
        'The outcome as plain numbers and texts, ready for JSON; times in ms'
        ...
    ...
APART: float
def check_shapes(ours, theirs):
    'Raise ValueError unless two lists of shapes are equal'
    ...
def largest_difference(baseline, candidate):
    'The largest distance between two results; ValueError if not finite, or of different shapes'
    ...
def time_pairs(run, calls, pairs, rng, timer):
    'Nanoseconds per call, (pairs, 2): each pair one block of either, in an order drawn anew'
    ...
CLOSE: float
LONGEST_NS: float
def lengths_apart(calls, call_ns):
    'How many times as long as the other the longer of two blocks is'
    ...
def block_calls(call_ns, block_ns):
    'How often to call either, so that both blocks last equally long, for `block_ns` or more'
    ...
def copy_of(model):
    'A deep copy; `model` itself if it is a function, or cannot be copied'
    ...
def build_sides(models, inputs, rng, warm=3):
    'Two functions without arguments, each calling a new copy of its model, and called already'
    ...
def time_anew(models, inputs, calls, pairs, rng, timer, check=None):
    'As `time_pairs`, with both sides built anew for each pair\n\n    `check` gets what the last two return when their blocks are over.'
    ...
def fit_blocks(models, inputs, rng, block_ms, timer):
    'How often to call either in a block, for the whole comparison\n\n    The time of a call is the least of 16 short blocks: few of them are interrupted. Of calls that\n    are long themselves there are 5.'
    ...
def check_settings(pairs, confidence, min_effect, block_ms):
    '`pairs`, if `compare` can work with all of these, before any work is done; else an error'
    ...
def check_number(name, value):
    'Raise TypeError unless `value` is a number'
    ...
SIDES: tuple
def check_sides(models, inputs):
    'Raise TypeError unless both `models` can be called, and again and again with `inputs`'
    ...
def first_result(name, model, inputs):
    'What `model` returns; ValueError if that holds no number, or `inputs` are other ones now'
    ...
def compare(baseline, candidate, inputs, pairs=50, rng=None, min_effect=0.01, confidence=0.95, block_ms=0.5, timer=perf_counter_ns) -> Comparison:
    'The two timed in pairs on the same inputs, in eval mode and without recording\n\n    What is timed are copies of both, made anew for each pair in an order that `rng` tosses; their\n    first calls are not counted. A function, or what cannot be copied, is called as it is, which\n    the outcome says. The blocks of both last equally long. ValueError if one does not compute, at\n    first or after the last block, or changes its inputs, or there are too few pairs.'
    ...
FOREIGN: tuple
def parts_of(value):
    'The objects that `value` holds: its attributes, its items, what it closes over'
    ...
def closed_over(function):
    'What `function` closes over; a name that has no value yet holds nothing'
    ...
def library_of(value):
    ...
def reachable(value):
    'Every object that can be reached from `value`, itself included, each once'
    ...
def memory_of(model):
    '(bytes of all arrays `model` holds, of those not in its state dict, foreign sessions)\n\n    Arrays that look into the same memory are counted once. A session of another library holds\n    memory that cannot be seen from here.'
    ...
@dataclass(eq=False)
class TechniqueRow:
    'What one technique made of a model'
    name: str
    file: int
    memory: int
    copies: int
    sessions: int
    accuracy: float
    speed: dict
    def as_dict(self) -> dict:
        'The row as plain numbers and texts, ready for JSON'
        ...
    ...
def checked_labels(labels, shape):
    '`labels` as an array; an error unless there is one for all the scores of a sample, of a class'
    ...
def share_right(model, inputs, labels):
    'Which share of `labels` the largest score, along the last axis, finds'
    ...
def row_of(name, model, inputs, labels, speed):
    'A `TechniqueRow`; the model has run before its memory is counted'
    ...
@dataclass(eq=False)
class TechniqueTable:
    'Techniques × (bytes in file and memory, times as fast, difference in accuracy)'
    rows: list
    samples: tuple
    def as_dict(self) -> dict:
        ...
    def __str__(self):
        ...
    def _repr_html_(self):
        ...
    ...
def table_texts(table):
    'The texts of a `TechniqueTable`, row by row, a row of heads first'
    ...
def row_texts(row, baseline, samples):
    ...
def speed_text(found):
    ...
def accuracy_text(row, baseline):
    ...
def table_notes(table):
    'What the numbers of a `TechniqueTable` do not say, as lines'
    ...
def checked_samples(samples):
    '`samples` as a tuple of whole numbers, 1 or more; else an error'
    ...
def check_models(models):
    'Raise TypeError unless `models` is a dictionary with names as keys'
    ...
def technique_table(baseline, models, inputs, labels=None, samples=(1, 64), pairs=50, rng=None, block_ms=0.5, timer=perf_counter_ns) -> TechniqueTable:
    'What each of `models` saves against `baseline`: bytes in file and memory, time, accuracy\n\n    Speeds are those of `compare`, on the first samples. ValueError if there are too few inputs or\n    labels, or a label is no class.'
    ...
