# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What a list of readings says about the next call: percentiles and the calls they need, outliers, and how many requests a second a model can answer in time.'
from typing import Any
__all__ = ['SCENARIOS', 'calls_needed', 'percentile_bound', 'outliers', 'describe_times', 'serve', 'highest_rate', 'scenario_section', 'comparison_section']
from math import ceil, exp, floor, fsum, inf, log, log1p, sqrt
import numpy as np
from .statistics import hodges_lehmann, verdict_of, walsh_interval
def at_rank(ordered, p):
    'The least of `ordered` that a share `p` of them does not exceed'
    ...
SLACK: Any
def check_share(call, name, value, least=0):
    'Raise ValueError unless `value` is a number above 0 and below 1, and at least `least`'
    ...
def check_whole(call, name, value, least):
    'Raise ValueError unless `value` is a whole number, at least `least`'
    ...
def at_most(n, share, most):
    'Chances that at most k = 0 … `most` of `n` independent calls fall into a `share` (binomial)'
    ...
def calls_needed(p, confidence=0.99, over=0) -> int:
    "How many calls make the largest but `over` of them an upper bound of the `p` quantile\n\n    The least n for which at most `over` of n lie above it with a chance of 1 - `confidence`\n    (binomial; MLPerf Inference's early stopping). The confidence is .5 or more."
    ...
def percentile_bound(times, p, confidence=0.99):
    'An upper bound of the `p` quantile of what `times` were drawn from, however distributed\n\n    It is one of `times`; None if they are too few (see `calls_needed`).'
    ...
def check_times(call, times):
    '`times` as a float array; ValueError unless it is a row of finite numbers'
    ...
def outliers(values) -> dict:
    "How many of `values` lie beyond Tukey's fences (1977)\n\n    1.5 quartile distances out is mild, 3 severe. The counts stand under 'low_severe', 'low_mild',\n    'high_mild', 'high_severe'; nobody is counted twice."
    ...
PERCENTILES: dict
def mean_and_std(times):
    '(mean, standard deviation) of an array, correctly summed; None where it is not defined'
    ...
def median_of(ordered):
    'The middle of sorted values, or the mean of the two'
    ...
def describe_times(ns_per_call) -> dict:
    'What readings in nanoseconds say, in ms: mean, median, spread, percentiles and their bounds\n\n    Keys: n, mean_ms, std_ms, median_ms, p90_ms, p95_ms, p99_ms (by rank: each is a reading),\n    p90_bound_ms … p99_bound_ms (99 % upper bounds), outliers. What too few readings cannot say\n    is None. ValueError if one is negative or not finite.'
    ...
def negative(ms):
    ...
def latencies_of(arrivals, service):
    'From arrival to answer with one server, first come first served (Lindley 1952)'
    ...
def check_queue(call, service_ns, seed, queries):
    '`service_ns` as sorted floats; ValueError unless there are some, all above 0'
    ...
def draw(service, seed, queries):
    '(arrivals at one request a nanosecond, service times), the same for a seed wherever it runs'
    ...
def serve(service_ns, rate, seed=0, queries=50000):
    'Nanoseconds from arrival to answer of `queries` requests, in order, in virtual time\n\n    Poisson arrivals, one server, first come first served. Each takes one of `service_ns`.'
    ...
DEFAULT_LIMIT: int
def steps_to(low, high, holds, steps=24):
    'The largest number from `low` to `high` for which `holds`, by halving; `low` is one'
    ...
def highest_rate(service_ns, limit_ns=None, p=0.99, seed=0, queries=50000) -> float:
    'Requests a second at which a share `p` is still answered within `limit_ns`, as `serve` counts\n\n    All rates see the same random numbers. 0 if none will do; never above 1 / mean service time.'
    ...
SCENARIOS: tuple
MULTI_STREAM: int
LIMITS: dict
def read_column(call, columns, name):
    'One column as int64; ValueError unless it is a row of whole numbers that can be'
    ...
def read_columns(call, columns, *names):
    'Those columns as int64 arrays of one length, by name'
    ...
def rows_of(columns, chosen):
    ...
def described(rows):
    '`describe_times` of blocks, with percentiles of those that hold one call; None without rows'
    ...
def per_second(samples, said):
    'Samples a second at the mean time; None if that is 0, or the samples are not known'
    ...
SERVER: dict
def server_section(service_ns):
    'The server scenario for times of single calls; None if they are too few, or one is 0'
    ...
def scenario_section(columns, side, batch_size=None) -> dict:
    "What one side's readings say, under 'single_stream', 'multi_stream', 'server' and 'offline'\n\n    None for a scenario without rows, or (server) with fewer than 459 rows of a single call. Keys:\n    those of `describe_times`, single_calls, samples_per_query, samples_per_second; of the server\n    rate_per_second, limit_ms (10 times the median), p, seed, queries. A pure function. ValueError\n    for columns that cannot be."
    ...
PROCESSES: int
def pairs_of(rows):
    'process (n,), loops and ns (n, 2) of complete pairs, sorted by process and block'
    ...
def incomplete(call, keys):
    'The text for the first pair that does not have both sides once'
    ...
def medians_by(process, values):
    'The median of `values` for each process; `process` is sorted'
    ...
def ratio(log_ratio):
    ...
def sign_interval(values, confidence):
    '(low, high) for the median of `values`, from the sign test; None if they are too few'
    ...
def can_tell(n, confidence):
    'Can `n` values all on one side reject, at that confidence? 6 can at 95 %'
    ...
def estimate(process, logs, confidence):
    '(design, log estimate, log interval or None, process medians)'
    ...
def calls_of(loops):
    '[calls of the baseline, of the candidate] in a block; None if they changed during the run'
    ...
def comparison_section(columns, scenario='comparison', confidence=0.95, min_effect=0.01) -> dict:
    "The comparison that the pairs in `columns` make\n\n    Keys: design ('processes' or 'pairs'), processes, pairs, speedup, interval, verdict, confidence,\n    smallest_effect, calls, baseline_ms, candidate_ms, block_ratio, process_medians (log ratios).\n    What too few rows cannot say is None. A pure function. ValueError for columns that cannot be."
    ...
COMPARISON: tuple
def compared(process, loops, ns, confidence, min_effect):
    'What complete pairs say, as far as it does not stand in the arguments'
    ...
