# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Who is first, who is not told apart from whom, who cannot be ranked yet: worked out from what was verified, the same bytes whoever does it.'
from typing import Any
__all__ = ['geometric_mean', 'tie_groups', 'rank_intervals', 'Board', 'board', 'rows_of_log', 'recompute']
import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from math import exp, fsum, inf, isfinite, log, sqrt
from numbers import Integral, Real
from pathlib import Path
import numpy as np
from .log import verify_log
from .pareto import front_membership
from .private import check_reveal, ladder_step, sealed
from .rules import METRICS, CompetitionError, decide, interval_of, read_competition, t_quantile
from ..files import sha256_of
from ..statistics import simulate_blocks, verdict_of, walsh_averages, walsh_index
from ..submission import Finding, abbreviate
def simulated_medians(condition, models, rng):
    'Logs of baseline/candidate in 12 processes of each of `models` copies of the baseline'
    ...
def is_number(value):
    'Is `value` a finite number, and no truth value?'
    ...
def no_mean(values, bad):
    ...
def geometric_mean(values) -> float:
    'The geometric mean of `values`, from their logarithms, so that no product underflows\n\n    ValueError unless there are values and each is a finite number above zero.'
    ...
def board_confidence(entries, quota, confidence=0.95) -> float:
    'The confidence of each single interval on a board (Bonferroni)'
    ...
def tie_groups(estimates, lows, highs) -> list:
    'The group of each row: 0 for the best, 1 for the next\n\n    From the best estimate down, a group takes rows as long as their intervals overlap that of its\n    first row. The first that does not leads the next group. Of equal ones the narrower leads.'
    ...
def rank_intervals(lows, highs) -> list:
    '(best, worst) for each row: the ranks it may have if all intervals hold the true values'
    ...
EVIDENCE: dict
def fault(name, measured):
    "What is wrong with a measured value, in words; '' if nothing is"
    ...
def faulty_numbers(name, kind, parts):
    "What is wrong with the numbers behind a measured value, in words; '' if nothing is"
    ...
def fixed(value):
    '`value` to ten digits, so that machines that differ in the last one make the same board'
    ...
def evidence_of(name, measured):
    'What a measured value rests on, as a key'
    ...
def value_of(name, measured):
    'The value of a metric, from what it rests on'
    ...
cached_index: Any
def process_ends(medians, averages, confidence):
    "(lows, highs) as `interval_of` gives them: by ranks, or by Student's t where n is too small"
    ...
def process_numbers(name, medians, confidence):
    '[(value, low, high)] of many rows of equally many process medians, logs, shape (rows, n)'
    ...
def numbers_of_processes(name, measured, confidence):
    '(value, low, high) for each of many measured values that rest on processes'
    ...
def numbers_of(name, measured, confidence):
    '[(value, low, high)]; low and high are None where a value has no interval'
    ...
MOST: int
def joined(part, measured):
    'What runs of one artifact measured, as one run'
    ...
def largest_bound(measured):
    'Of several percentiles the one with the largest bound; one without a bound is larger still'
    ...
def pooled(runs):
    'By metric, what the runs measured together, for metrics that are measured anew each time'
    ...
TEXTS: tuple
@lru_cache(maxsize=200000)
def moment(text):
    'The time that `text` names, such as 2026-12-01T10:00:00Z, in seconds'
    ...
def check_row(i, row):
    'Raise unless `row` has what a board asks of each'
    ...
def as_text(row):
    ...
def without_repeats(rows):
    '(rows, repeats): of different rows with one entry the earliest counts; equal rows are one'
    ...
@dataclass
class Run:
    'A row on one board, and what becomes of it'
    row: dict
    metrics: dict
    kind: str = ''
    why: str = ''
    runs: int = 1
    provisional: bool = False
    decisions: list = field(default_factory=list)
    numbers: dict = field(default_factory=dict)
    def aside(self, kind, why):
        'Do not rank this run, unless that is settled already'
        ...
    @property
    def order(self):
        ...
    ...
RANKED: tuple
STANDINGS: dict
def reveal_fault(row, revealed):
    "What is wrong with what the close revealed of a row, in words; '' if nothing is"
    ...
def as_run(row, revealed):
    'A row with what the close revealed of it, if that is what was sealed'
    ...
def listed(tier):
    'The metrics that a tier speaks of'
    ...
def sealed_text(name):
    ...
def provisional(run, tier, rules):
    'Take what the host released of a sealed primary metric for its value, until the close'
    ...
def undecided(run, tier):
    "The metrics of a tier's constraints that were neither measured in the open nor decided"
    ...
def look(run, tier, is_open):
    'Set a run aside if its metrics are none, or if it lacks the one that the tier ranks by'
    ...
def decision_document(metric, outcome, text, bound=None, needed=None):
    ...
def decided(run, tier, constraint, quota, known):
    'Whether a run keeps a constraint; `known` holds what was decided before'
    ...
OUTCOMES: dict
def constrain(runs, tier, quota):
    "Decide a tier's constraints for each run, and set aside who does not keep them all"
    ...
def pool(runs):
    'Put together what runs of the same artifact measured'
    ...
def measure(runs, tier, confidence):
    'Give each run its numbers; set aside who has no interval for the metric that ranks'
    ...
def upward(name, numbers):
    '(value, low, high) of a metric, turned so that more is better'
    ...
def ordered(runs, tier):
    '[(run, group)]: by group, then secondary metrics, then acceptance, then digest'
    ...
def one_a_team(runs, tier):
    'For each team the run that stands first among its own; the others are set aside'
    ...
def said(run):
    'What a board says of any run'
    ...
UNDECIDED: tuple
def not_ranked(run):
    'What a board says of a run that it does not rank'
    ...
def about(run):
    'What a board says of a run that it ranks, beside its place'
    ...
def against_baseline(name, low, high):
    "'faster', 'slower' or 'no difference shown', if the primary metric compares with the baseline"
    ...
def ranked_rows(placed, tier):
    'The rows of a board, from (run, group) in order'
    ...
def front_metrics(runs, tier):
    'The metrics of a tier that some run has an interval for'
    ...
def has_interval(run, name):
    ...
def on_front(runs, tier):
    "For each run 'certain', 'possible' or 'no'; 'not measured' if it lacks one of the metrics"
    ...
def tiers_of(row, rules):
    'The places, in the rules, of the tiers that a row competes in'
    ...
def misfit(row, rules):
    '(kind, why) of a row that has no place on any board; None of one that has'
    ...
def total_quota(rules):
    ...
def allow_for_rounding(run, tier, rules):
    'Widen the interval of a released value by half the step of the Ladder that rounded it'
    ...
def one_board(runs, rules, tier, division, hardware, is_open):
    'The board of one tier, division and class of hardware'
    ...
OTHER_NUMBERS: Any
def as_canonical(document):
    "The bytes of a board of any size, by Python's own encoder where its numbers are RFC 8785's"
    ...
@dataclass(frozen=True)
class Board:
    'What the rows of a competition amount to under its rules'
    document: dict
    def canonical(self) -> bytes:
        'The bytes of `board.json`: the same for the same rows and rules (RFC 8785)'
        ...
    @property
    def digest(self) -> str:
        'The SHA-256 of the canonical bytes'
        ...
    ...
def spread(runs, rules):
    '({(tier, division, hardware): runs}, runs without a place)'
    ...
def board(rows, rules, head=None, revealed=None) -> Board:
    'Who stands where, for each tier, division, scenario and class of hardware\n\n    The same bytes for the same rows in any order. ValueError for a row that is none; a row that\n    cannot be ranked is listed with the reason.'
    ...
def board_document(rules, head, revealed, boards, outside):
    ...
def rows_of_log(events) -> tuple:
    "(rows, state, revealed): the entries, 'open' or 'closed', and what the close reveals\n\n    `revealed` is None while the log is open, then {entry: {'metrics', 'salt'}}. A refusal is no\n    row. `board` holds what is revealed against what was sealed."
    ...
def first_difference(found, expected, where='$'):
    '(where, found, expected) of the first place at which two JSON values differ; None if nowhere'
    ...
def evidence_fault(path, row):
    '(found, expected) if the file `path` is not what `row` rests on; None if it is'
    ...
def order_findings(events):
    'Findings where a whole log tells what cannot be: entries after the close, or no rows'
    ...
def entry_findings(folder, rows):
    'Findings where the files of the entries are not what the rows in the log rest on'
    ...
def reveal_findings(rules, events, rows):
    'Findings where the close does not reveal what the rules promised and the entries sealed'
    ...
def up_to(events, head):
    'The events up to the one whose hash is `head`; None if there is none'
    ...
def made_again(document, data, rules, events, folder):
    'Findings where a board is not what its rules and the events up to its head make of it'
    ...
def recompute(path) -> list:
    'Findings: [] if the board is, to the byte, what its rules and its log make of it\n\n    It is made from the log up to the head it names, and needs no network. An OSError if the board\n    or the log cannot be read.'
    ...
def as_board(data):
    '(document, findings) of the bytes of a board'
    ...
