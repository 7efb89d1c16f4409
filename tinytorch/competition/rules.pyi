# Made by scripts/make_stubs.py from the module beside it; do not edit.
'One file says what counts, in which unit, within which limits; and a limit is kept only if the numbers can show it.'
from typing import Any
__all__ = ['METRICS', 'Metric', 't_quantile', 'measured_percentile', 'interval_of', 'Constraint', 'Decision', 'decide', 'check_rules', 'CompetitionError', 'Tier', 'Rules', 'read_competition', 'template']
import json
from dataclasses import dataclass
from datetime import date, datetime, timezone
from difflib import get_close_matches
from functools import lru_cache
from math import atan, cos, isfinite, log, pi, sin, sqrt, tan
from numbers import Real
from pathlib import Path
import numpy as np
from ..capstone import toml_reader
from .bundle import read_plain
from .verify import read_rules
from ..core.tensor import patch
from ..scenarios import bound_rank, calls_needed, percentile_bound
from ..statistics import bisect, clopper_pearson, lower_end, tango_interval, upper_tail, walsh_averages, walsh_index
from ..submission import Finding, SubmissionError, abbreviate, dedupe_and_cap, digest, has_lone_surrogate
@dataclass(frozen=True)
class Metric:
    'What can be measured of an entry'
    name: str
    unit: str
    direction: str
    kind: str
    what: str
    ...
METRICS: dict
EVIDENCE: dict
REDRAWN: tuple
def is_number(value):
    ...
def did_you_mean(name, names):
    ...
def known(name, names):
    ...
def metric_of(name):
    'The `Metric` of that name; ValueError if there is none'
    ...
def evidence(metric, measured):
    'What `measured` rests on, a tuple; ValueError, naming the metric, if it is no measured value'
    ...
counts_interval: Any
paired_interval: Any
def share_within(theta, freedom):
    "Chance that Student's t lies between -t and t"
    ...
@lru_cache(10000)
def t_quantile(n, confidence=0.95) -> float:
    "How many standard errors to either side of a mean of n normal values the interval reaches\n\n    Student's t with n - 1 degrees of freedom, two-sided. ValueError for fewer than two values."
    ...
place_of: Any
def ranks_interval(values, confidence):
    "Walsh's interval; where it begins is remembered"
    ...
def by_ranks(n, confidence):
    'Can `n` values say so much without a distribution?'
    ...
def student_interval(values, confidence):
    ...
def center_interval(values, confidence):
    "(low, high) for the center of `values`: Walsh's, beyond that Student's; None if there is one"
    ...
def measured_percentile(times_ms, percentile=0.99, confidence=0.99) -> dict:
    "The measured value of `latency_ms`; without 'high' (or 'low') if the readings are too few"
    ...
def percentile_ends(measured, confidence):
    '(low, high) of a percentile; None without an upper bound that is sure enough'
    ...
def ratio_ends(metric, medians, confidence):
    '(low, high) of a speed-up or of a latency ratio from `medians`, logs; None if they are too few'
    ...
def window_ends(windows, confidence):
    '(low, high) of what a meter read in `windows`; None if they are too few or one is not above 0'
    ...
def interval_of(metric, measured, confidence=0.95):
    "(low, high) that enclose the true value, in the unit of the metric; None if nothing can\n\n    Counts: Clopper–Pearson. Pairs: Tango. Processes and windows: Walsh, and beyond what so many can\n    say, Student's t. A percentile has its stored bounds. ValueError if `measured` is none."
    ...
@dataclass(frozen=True)
class Constraint:
    'A limit for one metric; exactly one of `at_most` and `at_least` is a number'
    metric: str
    at_most: float = None
    at_least: float = None
    unit: str = ''
    confidence: float = 0.95
    percentile: float = None
    @property
    def limit(self):
        ...
    ...
def outcome_of(constraint, low, high):
    "'met', 'not met' or 'not decidable', if the true value lies between `low` and `high`"
    ...
def surprising(right, n, share, confidence):
    'Would `right` or more of `n` be a surprise, if each came with a chance of `share`?'
    ...
@lru_cache(10000)
def counts_that_decide(n, share, confidence):
    '(met, broken): from `met` right of `n` on at least `share` is shown; up to `broken`, less'
    ...
MOST: Any
def first_that(decides, n):
    'A number from `n` on that decides, and half of which does not; None if there is none to `MOST`'
    ...
@lru_cache(10000)
def samples_needed(right, n, share, confidence):
    'How many samples would decide, were the same share of them right; None if no number would'
    ...
@lru_cache(10000)
def pairs_needed(lost, gained, n, change, confidence):
    'The same for a change of accuracy, were as large a share lost and gained'
    ...
def values_needed(values, limit, confidence):
    'About how many values like `values` would show on which side of `limit` their center lies'
    ...
def calls_that_decide(measured, confidence):
    'How many calls give a percentile a bound, or one reading further inside if it has one'
    ...
def needed_for(constraint, metric, measured, confidence):
    'How many samples, processes, windows or calls would decide; None if that is not known'
    ...
@dataclass(frozen=True)
class Decision:
    'What came of a constraint; a text says why'
    constraint: Constraint
    outcome: str
    bound: float = None
    needed: int = None
    text: str = ''
    def __str__(self):
        ...
    ...
MEASURED_BY: tuple
COUNTED_IN: dict
def why_not_measured(constraint, metric, measured):
    "Why there is nothing to decide by, in words; '' if there is"
    ...
def number(value, unit):
    '`value` with its unit, as people read it'
    ...
def limit_text(constraint):
    'A constraint in words'
    ...
def size_of(metric, measured):
    'How many samples, processes, windows or calls there were'
    ...
def decision_text(constraint, outcome, bound, needed, confidence, measured):
    'A decision in words'
    ...
def decide(constraint, metrics, quota=1) -> Decision:
    'Whether an entry keeps a constraint; ValueError if its measured value is none\n\n    What is measured anew for each entry is decided at 1 - (1 - confidence)/quota.'
    ...
LEVELS: tuple
SECTIONS: dict
LIMIT: dict
METRIC: dict
TIER: dict
SHAPE: dict
def found(rule, path, what, expected):
    ...
def kind_of(value):
    ...
def moment(text):
    ...
def as_date(value):
    'A date and time in UTC as text, as JSON holds it; None without offset, or if it is none'
    ...
def is_plain(text):
    'Is it a text with something in it, and nothing hidden?'
    ...
LOST: Any
def scalar(value, kind, path, findings):
    '`value` if it is of that kind; else `LOST`, and a finding'
    ...
def shaped(value, shape, path, findings):
    '`value` without what has not that shape; fills `findings`'
    ...
def shaped_table(table, shape, path, findings):
    'The same for a table: names that are unknown or missing are findings'
    ...
CHECKS: dict
def check(id):
    'Decorate a function that yields (path, what was found, what is expected)'
    ...
def each(document, name):
    '(path, table) of each of the tables in a list'
    ...
def limits(document):
    '(path, constraint, its tier) of all of them'
    ...
def is_format(document):
    ...
def has_parts(document):
    ...
def known_divisions(document):
    ...
def closes_later(document):
    ...
def digests(document):
    ...
def some_samples(document):
    ...
def known_private(document):
    ...
def verifiable(document):
    ...
def quotas(document):
    ...
def known_metrics(document):
    ...
def directions(document):
    ...
def units(document):
    ...
def disagreements(document, part):
    'What is said of metrics and is not as in `METRICS`'
    ...
def percentiles(document):
    ...
def once(document):
    ...
def listed(document):
    ...
def scenarios(document):
    ...
def one_at_a_time(document):
    ...
def primaries(document):
    ...
def ties(document):
    ...
def not_listed(name, document):
    ...
def limited(document):
    ...
def limit_units(document):
    ...
def confidences(document):
    ...
def one_limit(document):
    ...
def possible_limits(document):
    ...
def contradictions(document):
    '(path, found, expected) of limits of one tier that nothing can keep, or that come twice'
    ...
def check_rules(document) -> list:
    "The `Finding`s of what is wrong with a competition's rules, all at once; [] if nothing is"
    ...
class CompetitionError(ValueError):
    'Rules that cannot be used; `findings` lists why'
    def __init__(self, findings):
        ...
    findings: Any
    ...
@dataclass(frozen=True)
class Tier:
    'One ranking of a competition: what is measured how, what has to be kept, and what counts'
    name: str
    scenario: str
    primary: str
    ties: tuple
    constraints: tuple
    ...
def tier_from(tier, percentile):
    'The `Tier` that a table says'
    ...
class Rules:
    'The rules of a competition, from a document that is sound; CompetitionError if it is not\n\n    `document` is what JSON would hold, `digest` its SHA-256; `metrics` are `Metric`s by name,\n    `tiers` a tuple of `Tier`s, `opens` and `closes` dates in UTC, `private` None without a part.'
    def __init__(self, document):
        ...
    def __str__(self):
        'What the rules say, on one screen'
        ...
    document: Any
    digest: Any
    divisions: Any
    opens: Any
    closes: Any
    verification: Any
    metrics: Any
    percentile: Any
    tiers: Any
    ...
def tier_lines(tier):
    'A tier in words'
    ...
def part_lines(rules):
    'Data, baseline and private part in words'
    ...
MOST_BYTES: Any
def rules_bytes(path):
    'The bytes of the file of rules'
    ...
def parsed(data, place):
    'The document in the bytes of a TOML file; CompetitionError if they are none'
    ...
def read_competition(path) -> Rules:
    'The `Rules` there; CompetitionError with findings if they cannot be used, and for no file'
    ...
HEAD: str
PRIVATE: str
MIDDLE: str
def metric_text(name):
    'The table of one metric, as TOML'
    ...
def limit_toml(name, limit):
    ...
def tier_toml(name, primary, ties, **limits):
    'A tier as TOML'
    ...
WAKE_VISION: tuple
CLASS: tuple
RESEARCH: tuple
COMMUNITY: tuple
TEMPLATES: dict
FACTS: tuple
def toml_value(value):
    '`value` as TOML writes it; a fact that is not given is an empty text, which is a finding'
    ...
def check_template(name, facts):
    'Raise ValueError unless there is a template of that name, and it has those facts'
    ...
def template(name, **facts) -> str:
    'The text of a competition.toml, with comments\n\n    Facts: title, description, divisions, opens, closes, data_name, data_samples, data_sha256,\n    baseline_name, graph_sha256, weights_sha256, and for wake-vision commitment. ValueError for an\n    unknown name or fact.'
    ...
