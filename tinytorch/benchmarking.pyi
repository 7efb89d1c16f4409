# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Which of two models is faster, how sure you may be, and why a mean of repeated timings cannot tell you.'
from typing import Any
__all__ = ['BenchmarkResult', 'Benchmark', 'Readings', 'Scenarios', 'Comparison', 'compare', 'ProcessComparison', 'SelfTest', 'self_test', 'TechniqueRow', 'TechniqueTable', 'technique_table', 'measure_bandwidth', 'measure_energy', 'system_info']
import gc, json, os, sys
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from itertools import cycle, starmap
from math import ceil, exp, inf, log2
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from types import FunctionType, MethodType
import numpy as np
import tinytorch
from .core.autograd import no_grad
from .core.layers import Linear, evaluating
from .core.tensor import Tensor, as_rng, patch
from .machine import Watch, drift_of, grade, measure_bandwidth, measure_energy, system_info
from .perf.profiling import Latency, align_columns, arrays_in, as_arguments, calibrate, check_block_ms, check_count, name_of, not_nanoseconds, owner, stored_tensors, time_block, time_blocks, timer_resolution
from .perf.techniques import stored_bytes
from .scenarios import MULTI_STREAM, SCENARIOS, comparison_section, outliers, scenario_section
from .statistics import detectable, lag_one, median_interval, median_ranks, verdict_of, walsh_index
_all_: list
@dataclass(eq=False)
class BenchmarkResult(Latency):
    'One model measured in one scenario; times in ms per call, one for each block'
    name: str
    scenario: str
    samples: int
    readings: object = None
    facts: dict = None
    @property
    def samples_per_second(self):
        'Throughput in this scenario, at the median time'
        ...
    def ci(self, confidence=0.95):
        '(low, high) in ms for the median; needs 6 blocks at 95 %\n\n        It takes the blocks as independent, which drift makes too narrow.'
        ...
    def doubts(self):
        'What makes the result less sure than it looks, as a list of texts'
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
def doubts_of(facts):
    'What of the facts of a run makes its outcome less sure, as a list of texts'
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
    'The arrays in `result`; a ValueError if there is none, or one holds NaN or infinity\n\n    TypeError for one that holds no real numbers: its dtype is of another kind than b, i, u or f.'
    ...
def first_result(name, model, inputs):
    'What `model` returns; ValueError if that holds no number, or `inputs` are other ones now'
    ...
def no_sample(shape):
    ...
def checked_threads(where, threads, timer, budget_s):
    '`threads` as an int or None; an error unless that, a clock and a duration are what they are'
    ...
def check_number(where, name, value):
    'Raise TypeError unless `value` is a number'
    ...
class Benchmark:
    'One model and the inputs to measure it on, in eval mode and without recording'
    def __init__(self, model, inputs, name=None, block_ms=2.0, timer=perf_counter_ns, rng=None, side=0, threads=1, budget_s=30.0):
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
    def calibrated(self, stream, alone):
        '(calls in a block, nanoseconds of one, can calls be timed alone?, facts), after warm-up'
        ...
    def read(self, stream, scenario, rows, alone):
        '(`Readings`, facts) of a run; blocks that have become too short get more calls'
        ...
    def measure(self, scenario, batch, rows, alone) -> BenchmarkResult:
        'A `BenchmarkResult` of about `rows` readings, of single calls if `alone` and the clock can'
        ...
    def single_stream(self, calls=600) -> BenchmarkResult:
        "One sample after the other, each call timed by itself, as MLPerf's scenario of that name\n\n    Blocks of 1 ms instead where the clock is too coarse for a call. In eval mode, without\n    recording, on fresh samples; 459 calls bound the 99th percentile. ValueError if an answer is\n    not one, or not the same as before or as in a larger batch."
        ...
    def multi_stream(self, calls=600) -> BenchmarkResult:
        'The same with 8 samples in a call; ValueError if there are fewer'
        ...
    def offline(self, blocks=30) -> BenchmarkResult:
        'All samples in one call, in blocks of 1 ms or more: for the throughput of a batch'
        ...
    def scenarios(self, calls=600, blocks=30) -> Scenarios:
        "All four, multi stream only if there are 8 samples\n\n    The server's queue runs in virtual time, from the calls of the single stream."
        ...
    model: Any
    inputs: Any
    name: Any
    block_ms: Any
    timer: Any
    rng: Any
    threads: Any
    side: Any
    budget_s: Any
    samples: Any
    ...
def samples_in(inputs):
    ...
def fresh(inputs, start, samples):
    'New tensors with `samples` rows of `inputs`, from row `start` on and then from the first'
    ...
def queue_of(inputs, start, samples, calls):
    'The arguments of `calls` calls in a row, each with the next `samples` samples'
    ...
def endless(model, queue):
    '() → what `model` returns for the next arguments in `queue`, round and round'
    ...
def nothing(*inputs):
    'What an empty block calls'
    ...
def loop_ns(queue, timer, calls=200):
    'Nanoseconds that a call of nothing takes: the least of 5 blocks'
    ...
def loop_of(call_ns, queue, timer):
    "(nanoseconds to subtract from a call, share of it that is the loop's and cannot be)"
    ...
def ticks(timer, f, wait_ns=100000000.0):
    '(least step of `timer` while `f` is called again and again, how fast it runs)'
    ...
def clock_step(timer, f):
    'Steps of `timer` in ns; 0 for a clock that moves only when `f` is called, as a test winds it'
    ...
def block_length(block_ms, step):
    'Nanoseconds that a block lasts at least; RuntimeError for a clock too coarse for any'
    ...
def coarse(step):
    ...
@contextmanager
def uncollected():
    'The garbage collector rests; afterwards it is as it was'
    ...
def collections():
    ...
@contextmanager
def blas_threads(n):
    "NumPy's matrix product uses `n` threads; None leaves it alone"
    ...
def settle(block, half=4, most=MOST_WARM):
    'Run blocks until the halves of the last ones agree within 5 %: (their times, do they?)'
    ...
def fit_calls(block, block_ns):
    'How many calls last for `block_ns`, by the least of five probes'
    ...
COLUMNS: dict
class Readings:
    "Raw readings, a row for each block of calls\n\n    scenario: its place in `SCENARIOS`; side: 0 baseline, 1 candidate; process and block: counts\n    from 0; order: 0 if timed first in its pair; sample: the first input's place in the data;\n    loops: calls; ns: what they took together, less an empty block of as many."
    def __init__(self, rows=()):
        ...
    def __len__(self):
        ...
    def __add__(self, other):
        ...
    def __repr__(self):
        ...
    def append(self, scenario, side, process, block, order, sample, loops, ns):
        'Add a row; `scenario` is one of `SCENARIOS`, the rest are whole numbers'
        ...
    def columns(self) -> dict:
        "{name: array}, as a bundle's samples.npz has them"
        ...
    rows: Any
    ...
@dataclass(eq=False)
class Stream:
    'Calls of a model on fresh samples, and what was noticed meanwhile'
    name: str
    model: object
    inputs: tuple
    batch: int
    rng: np.random.Generator
    timer: object
    more: int = 64
    checks: int = 8
    apart: float = 0.0
    start: int = 0
    def __post_init__(self):
        ...
    def queue(self, calls):
        'Arguments for `calls` calls, from a drawn sample on'
        ...
    def block(self, calls):
        'Nanoseconds of a block of calls'
        ...
    def each(self, calls):
        'The same, of each call by itself'
        ...
    def answers(self, start, samples):
        'The arrays that the model returns for so many samples'
        ...
    def check(self, start):
        'Hold the answer to one call against the first to the same call, and against a larger batch'
        ...
    def hold(self, found, expected, what):
        'Note how far two answers are apart; ValueError if they are not the same answer'
        ...
    known: Any
    ...
UNLIKE: float
def furthest(a, b):
    ...
@dataclass(eq=False)
class Scenarios:
    "What one model does in MLPerf's four scenarios"
    results: list
    batch_size: int
    side: int = 0
    def readings(self):
        ...
    def section(self) -> dict:
        'All that the readings say, worked out from them alone: see `scenario_section`'
        ...
    def __str__(self):
        ...
    ...
def number_text(value):
    ...
def scenario_texts(name, said):
    'One row of the table of scenarios'
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
    facts: dict = None
    design: str
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
        '(low, high) for the speedup, from the sign test on the pairs\n\n        It takes the pairs as independent, which a ratio that wanders makes too narrow.'
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
def lengths_apart(calls, call_ns):
    'How many times as long as the other the longer of two blocks is'
    ...
def block_calls(call_ns, block_ns):
    'How often to call either, so that both blocks last equally long, for `block_ns` or more'
    ...
def copy_of(model):
    'A deep copy; `model` itself if it is a function, or cannot be copied'
    ...
def build_sides(make, warm, rng):
    'Two new models, made and first called in orders that are tossed'
    ...
def time_anew(make, draw, calls, pairs, rng, timer, check=None):
    'As `time_pairs`, with both sides made anew for each pair, and inputs drawn for it\n\n    `check` gets what either returns for the same inputs: now and then, and when all is over.'
    ...
def fit_blocks(make, draw, rng, block_ns, timer):
    '(how often to call either in a block, ns of a call of either), for the whole comparison\n\n    The time of a call is the least of 16 short blocks: few of them are interrupted. Of calls that\n    are long themselves there are 5, and one if they are slow.'
    ...
def check_settings(pairs, confidence, min_effect, block_ms, quick):
    '`pairs`, if `compare` can work with all of these, before any work is done; else an error'
    ...
SIDES: tuple
def check_sides(models, inputs):
    'Raise TypeError unless both `models` can be called, and again and again with `inputs`'
    ...
@dataclass
class Design:
    'How `compare` compares; its arguments, checked'
    pairs: int
    rng: np.random.Generator
    min_effect: float
    confidence: float
    block_ms: float
    timer: object
    batch: int
    processes: int
    pilot: int
    threads: int
    budget_s: float
    tell: object
    ...
def drawing(inputs, s):
    'calls → a queue of arguments for so many, from a drawn sample on'
    ...
def compare_here(models, inputs, s):
    'A `Comparison` of the two, in this process'
    ...
def fewer_pairs(pair_ns, s):
    'As many pairs as fit into the budget; ValueError if they are too few for an interval'
    ...
def check_design(inputs, s, quick):
    'Raise an error unless `compare` can draw what it is to, from `inputs` that can be stored'
    ...
def samples_of(inputs):
    'How many samples `inputs` hold: rows of the first, or 0'
    ...
def compare(baseline, candidate, inputs, pairs=None, rng=None, min_effect=0.01, confidence=0.95, block_ms=0.5, timer=perf_counter_ns, batch=None, quick=False, processes=12, pilot=8, threads=1, budget_s=120.0, progress=None) -> Comparison:
    'How many times as fast the candidate is, timed in pairs of blocks that last equally long\n\n    What is timed is what both compute, stored as graph and weights and loaded in fresh processes\n    one after the other, in eval mode; the interval is over processes (Hodges–Lehmann, Walsh).\n    First come the baseline and its twin: the control.\n    With `quick`, copies of both, or functions as they are, in this process. ValueError if one does\n    not compute, at first or later, changes its inputs, or cannot be stored; RuntimeError for a\n    process that fails or takes too long, or a clock too coarse.'
    ...
def balanced_orders(pairs, rng):
    'Which side begins, 0 or 1, for each pair: either in half of them, in a shuffled order'
    ...
def answer(told):
    'What a fresh process does: time pairs of two stored models, and tell what it saw'
    ...
def pairs_of(streams, told, rng):
    'Rows of `Readings` without scenario and process, and the collections of garbage meanwhile'
    ...
BOOT: str
KEPT: tuple
THREADS: tuple
def surroundings(threads):
    'Variables of the environment of a fresh process'
    ...
def import_path():
    'Where a fresh process looks for modules: this package first, all its folders'
    ...
def ask(told, threads, limit_s):
    'The answer of a fresh process; RuntimeError if it fails or is not there in time'
    ...
def write_inputs(folder, inputs):
    'Store the arrays of `inputs` in `folder`, for `read_inputs`'
    ...
def read_inputs(folder):
    ...
def store(name, model, folder, inputs):
    'Where `model` is stored in `folder`; ValueError if it cannot be'
    ...
@dataclass(eq=False)
class ProcessComparison(Comparison):
    'Two models timed in fresh processes, after a control of the baseline against its twin'
    readings: Readings = None
    grade: object = None
    facts: dict = None
    design: str
    def section(self):
        ...
    def control(self):
        'As `section`, of the baseline and its twin'
        ...
    def part(self, scenario):
        ...
    @property
    def processes(self):
        'How many'
        ...
    @property
    def speedup(self):
        'Hodges–Lehmann, over processes'
        ...
    @property
    def interval(self):
        '(low, high), Walsh'
        ...
    @property
    def verdict(self):
        ...
    @property
    def minimum_detectable(self):
        'The speedup, such as 1.012, that four of five such comparisons find'
        ...
    def as_dict(self) -> dict:
        'The outcome as plain numbers and texts, ready for JSON; times in ms'
        ...
    def drifts(self):
        'How much longer blocks of the baseline last at the end of the run than at its beginning'
        ...
    def doubts(self):
        'What makes the outcome less sure than its interval says, as a list of texts'
        ...
    def __str__(self):
        ...
    ...
def detectable_speedup(pilot, processes, confidence, min_effect):
    'The speedup that four of five comparisons find, from the log ratios of pilot processes'
    ...
def fitting_pairs(pairs, pair_ns, s):
    'How many pairs in each process fit into the budget; ValueError if that is less than 2'
    ...
def told_of(make, inputs, s):
    'What each process is told, but for its sides and its seed; and the time of a call of either'
    ...
def run_processes(scenario, stems, count, told, calls, s, limit_s):
    '(`Readings`, answers) of `count` fresh processes, one after the other'
    ...
def per_call(rows, side):
    'Median nanoseconds of a call of one side in the `rows` that a process answered'
    ...
def fit_again(calls, stems, told, s, limit_s):
    '`calls`, fitted to what a process of the comparison takes, whose times are thrown away'
    ...
def noticed(answers, told, s):
    'What a comparison notes about its run'
    ...
def sides_of(readings):
    'Milliseconds of a call of the baseline, and of the candidate, one for each pair'
    ...
def does_more(model, stored, inputs):
    'Does a call of `model` take over twice as long as one of what is stored of it, by 100 µs?'
    ...
def compare_in_processes(models, inputs, s):
    'A `ProcessComparison` of the two, which are stored and loaded anew in each process'
    ...
def tell_control(control, s):
    'Tell what the control says, before the candidate is timed'
    ...
@dataclass(eq=False)
class SelfTest:
    'A model against its copy, over and over: what this machine finds where there is nothing'
    comparisons: int
    outside: int
    claim: ProcessComparison
    def __str__(self):
        ...
    ...
def self_test(comparisons=40, processes=12, pilot=8, rng=None, progress=None) -> SelfTest:
    'A `SelfTest` of this machine, some 15 seconds long; it decides nothing'
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
