# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Whose numbers these are, what disturbed them, and what the machine could give at best: measured, or named as unknown.'
from typing import Any
__all__ = ['LIMITS', 'ENERGY_REASONS', 'system_info', 'personal_traces', 'Watch', 'Grade', 'grade', 'drift_of', 'measure_bandwidth', 'measure_peak', 'Energy', 'measure_energy', 'resident_peak', 'memory_section']
import os, re, sys
from dataclasses import dataclass, field
from math import inf, isfinite
from numbers import Real
from pathlib import Path
from time import perf_counter, sleep
import numpy as np
def text_of(*parts):
    'The text of a small file of the system, without its last newline, or None if it cannot be read'
    ...
def linux_cpu(root='/'):
    '(name or None, physical cores or None) as the kernel tells them'
    ...
def mac_cpu(root='/'):
    'The same on macOS'
    ...
def cpu_facts(root='/'):
    '(name, physical cores or None) of the processor; what the system hides is asked of `platform`'
    ...
def usable_cores():
    'Cores that this process may run on'
    ...
def blas_facts():
    "(name, version, threads) of the library behind NumPy's matrix product; threads None if hidden"
    ...
def quota_in(folder):
    "Cores' worth of time that the control group in `folder` may use; infinity without a limit"
    ...
def control_groups(root='/'):
    'The folders of the control groups that this process is in, innermost first; [] if not told'
    ...
def cpu_quota(root='/'):
    "Cores' worth of time that this process may use, 'unlimited', or None if it is not told"
    ...
def governor(root='/'):
    "How the clock speed of the cores is chosen: 'performance', 'powersave'…, or None"
    ...
MARKS: tuple
def in_container(root='/'):
    'Does this process run in a container? None if that cannot be told'
    ...
def system_info(root='/') -> dict:
    "The machine and the software a measurement was made on, as plain texts and numbers\n\n    None where the system does not tell. No name of host or user, no path. `cpu_quota` is in\n    cores, or 'unlimited'."
    ...
COMMON: Any
def own_names():
    '[(kind, name)] that identify this machine and whoever uses it'
    ...
def stands_in(data, name, before='[a-z0-9]', after='[a-z0-9]'):
    'Does `name`, in any case, as it is or as JSON writes it, stand in the bytes `data`?\n\n    Not where a byte as in `before` comes before it, or one as in `after` comes after it.'
    ...
def own_traces(data):
    'The kinds of what is found in `data`, one for each finding'
    ...
def personal_traces(data: bytes) -> list:
    "Which of 'home path', 'host name' and 'user name' of this machine stand in `data`\n\n    The kinds and not the names, so that a message about them gives nothing away."
    ...
def steal_share(before, after):
    'Share of the time of all cores that was stolen between the two, or None if it is not told'
    ...
def switches_so_far():
    'Involuntary switches of this process and of its workers that have ended, or None'
    ...
def load_now(root):
    'Processes that ran or waited, averaged over the last minute, or None'
    ...
def readings(root):
    '(seconds, first line of /proc/stat or None, involuntary switches or None, load or None)'
    ...
class Watch:
    'What disturbed the `with` block that it surrounds; None where the platform does not tell\n\n    After the block: `seconds`; `steal_share` of the time of all cores; `involuntary_switches` of\n    this process and of its workers that ended meanwhile, and `switches_per_second`; `load`, the\n    larger of the one-minute averages before and after, and `load_per_core`.'
    seconds: Any
    steal_share: Any
    involuntary_switches: Any
    load: Any
    def __init__(self, root='/'):
        ...
    def __enter__(self):
        ...
    def __exit__(self, *error):
        ...
    @property
    def switches_per_second(self):
        ...
    @property
    def load_per_core(self):
        ...
    def facts(self): ...
    root: Any
    before: Any
    ...
def per(amount, of):
    ...
FACTS: tuple
LIMITS: dict
def letter_for(fact, value):
    "The letter that `value` allows; for what is unknown B, or F if it is the control's"
    ...
def known(name, value):
    '`value` as a float, None if it is None, NaN or infinite; TypeError if it is no number'
    ...
def control_facts(interval):
    '(width, distance from 1) of an interval of ratios, as shares; (None, None) if it is none'
    ...
@dataclass
class Grade:
    'How far a run can be trusted'
    letter: str
    reasons: list
    facts: dict
    def as_dict(self) -> dict:
        'For JSON: letter, reasons, facts'
        ...
    def __str__(self):
        ...
    ...
def reason_for(fact, value, letter):
    ...
def graded(values):
    '(letter, reasons) for {fact: number or None}'
    ...
def grade(control_interval, lag_one=None, steal_share=None, switches_per_second=None, load_per_core=None, drift=None) -> Grade:
    'The `Grade` of a run from what is known of it; `LIMITS` has the limits, with reasons\n\n    None, NaN, infinity and shares or counts below 0 are unknown: they never make a run an A, and\n    without a control it is an F. TypeError for what is no number.'
    ...
def drift_of(values) -> float:
    'How much longer the last third of `values` takes than the first, as a share; by medians\n\n    None for fewer than 6 values, or if one of the medians is not a number above 0.'
    ...
PIECE: Any
def triad(a, b, c, s, buffer):
    'Write `b + s*c` into `a`, piece by piece, each product into `buffer`; allocates nothing'
    ...
UNITS: dict
def last_level_cache(root='/'):
    'Bytes of the largest cache of the first core, or None'
    ...
def triad_bytes(root='/'):
    'Bytes of the three arrays of a triad that memory, not cache, must serve'
    ...
def least_seconds(work, budget, least=3):
    'Seconds of the fastest call of `work`, of at least `least`, within about `budget` seconds'
    ...
def measure_bandwidth(budget=0.4, nbytes=None, root='/') -> float:
    'Bytes per second of the fastest triad, three arrays counted (STREAM, McCalpin 1995)\n\n    One thread: NumPy adds with one.'
    ...
def product_speed(size, dtype, budget):
    'FLOP per second of the fastest product of two matrices with `size` rows and columns'
    ...
def measure_peak(dtype='float32', threads=1, budget=0.15, sizes=(256, 512, 1024)) -> float:
    'FLOP per second of the fastest large matrix product (a multiply-add is 2)'
    ...
def used_energy(before, after, limit):
    'Joules between two readings, between which the count began anew at most once'
    ...
ENERGY_REASONS: dict
class NoEnergy(Exception):
    'Energy cannot be measured; the message is a code in `ENERGY_REASONS`'
    ...
def number_in(path):
    ...
def packages(root):
    'The folders of the packages under `root`'
    ...
def energy_of(f, zones, seconds):
    '(calls, seconds, joules of all `zones`) of calling `f` for `seconds`, at least once'
    ...
def idle_watts(zones, seconds):
    ...
@dataclass(frozen=True)
class Energy:
    'Joules of one call, counted by the processor; or the reason why there are none'
    tier: str
    joules: float = None
    reason: str = 'no-counter'
    windows: tuple = ()
    idle_watts: tuple = ()
    def as_dict(self) -> dict:
        'For JSON: tier, joules, reason, and of what was measured windows and idle_watts'
        ...
    def __str__(self):
        ...
    ...
def measure_energy(f, windows=5, seconds=0.2, root='/sys/class/powercap') -> Energy:
    "`Energy` of a call of `f` from the processor's own counters, where they can be read\n\n    Wherever they cannot, `Energy('none', None, reason)`, and `f` may not have been called."
    ...
REPORT: str
def peak_in_process(code, timeout):
    'Bytes resident at the peak of a fresh Python that runs `code`, or None'
    ...
def resident_peak(code, control='pass', timeout=60) -> int:
    "Bytes resident at the peak of a fresh process that runs `code`, less that of the control's\n\n    0 if it is below what two equal processes differ by; None if the system does not tell.\n    RuntimeError, with the last line of its error, if one of them fails; TimeoutExpired of\n    `subprocess` if one takes longer than `timeout`."
    ...
def memory_section(model, inputs, code=None, control='pass') -> dict:
    'Bytes of `model` under four names\n\n    `stored_bytes`, `parameter_bytes`, `traced_peak_bytes` of a forward pass, and\n    `resident_peak_bytes` of a fresh process, None if it is not measured or not told.'
    ...
