# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Which of two models is faster, how sure you may be, and why a mean of repeated timings cannot tell you.'
from typing import Any
__all__ = ['BenchmarkResult', 'Benchmark', 'Comparison', 'compare', 'system_info']
import os, sys
from dataclasses import dataclass
from math import comb, exp, inf
from time import perf_counter_ns
import numpy as np
from .core.autograd import no_grad
from .core.layers import evaluating
from .core.tensor import Tensor, as_rng, patch
from .perf.profiling import Latency, arrays_in, as_arguments, calibrate, check_block_ms, check_count, name_of, time_block, time_blocks, timer_resolution
from .submission import verdict_of
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
    def __str__(self):
        ...
    def as_dict(self) -> dict:
        'The outcome as plain numbers and texts, ready for JSON; times in ms'
        ...
    ...
def check_shapes(ours, theirs):
    'Raise ValueError unless two lists of shapes are equal'
    ...
def largest_difference(baseline, candidate):
    'The largest distance between two results; ValueError if not finite, or of different shapes'
    ...
def time_pairs(run, calls, pairs, rng, timer):
    'Nanoseconds per call, (pairs, 2): each pair one block of either, in an order drawn anew'
    ...
def check_settings(pairs, confidence, min_effect, block_ms):
    '`pairs`, if `compare` can work with all of these, before any work is done; else an error'
    ...
def compare(baseline, candidate, inputs, pairs=50, rng=None, min_effect=0.01, confidence=0.95, block_ms=2.0, timer=perf_counter_ns) -> Comparison:
    'The two timed in pairs on the same inputs, in eval mode and without recording\n\n    ValueError if one does not compute, or there are too few pairs.'
    ...
def linux_cpu():
    '(name or None, physical cores or None) as the kernel tells them'
    ...
def mac_cpu():
    'The same on macOS'
    ...
def cpu_facts():
    '(name, physical cores or None) of the processor; what the system hides is asked of `platform`'
    ...
def usable_cores():
    'Cores that this process may run on'
    ...
def blas_facts():
    "(name, version, threads) of the library behind NumPy's matrix product; threads None if hidden"
    ...
def system_info() -> dict:
    'The machine and the software a measurement was made on, as plain texts and numbers\n\n    None where the system does not tell. No name of host or user.'
    ...
