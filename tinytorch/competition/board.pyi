# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Who is first, who is not told apart from whom, and who cannot be ranked yet: a pure function of what was verified, and the same bytes for everybody who works it out again.'
from typing import Any
__all__ = ['geometric_mean', 'tie_groups', 'rank_intervals', 'Board', 'board', 'rows_of_log', 'recompute']
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from math import exp, fsum, isfinite, log
from numbers import Real
from pathlib import Path
import numpy as np
from .rules import METRICS, decide, interval_of, read_competition
from ..statistics import verdict_of
from ..submission import Finding, canonical_bytes
def geometric_mean(values) -> float:
    'The geometric mean of `values`, formed from their logarithms, which do not underflow\n\n    ValueError unless there are values and each is a finite number above zero.'
    ...
def is_number(value):
    'Is `value` a finite number, and no truth value?'
    ...
def no_mean(values, bad):
    ...
def tie_groups(estimates, lows, highs) -> list:
    'The group of each row, from 0 for the best\n\n    From the best estimate down, a group takes rows as long as their intervals overlap that of its\n    first row, and ends at the first that does not, with which the next group begins.'
    ...
def rank_intervals(lows, highs) -> list:
    '(best, worst): the ranks that each row may have, if each interval holds the true value'
    ...
RANKED: tuple
STANDINGS: dict
TEXTS: tuple
@lru_cache(maxsize=200000)
def moment(text):
    'The time that `text` names, such as 2026-12-01T10:00:00Z, as seconds'
    ...
def check_row(i, row):
    'Raise unless `row` has what a board asks of each'
    ...
def as_text(row):
    ...
def without_repeats(rows):
    '(rows, repeats): of rows with one entry the earliest counts; the same row twice is one row'
    ...
EVIDENCE: dict
def fault(name, measured):
    "What is wrong with a measured value, in words; '' if nothing is"
    ...
def faulty_numbers(name, kind, parts):
    "What is wrong with the numbers that stand behind a measured value, in words; '' if nothing is"
    ...
MOST: int
def joined(part, measured):
    'Runs of one artifact as one: what they measured together'
    ...
def largest_bound(measured):
    'Of several percentiles the one with the largest bound: more of the runs cannot be told from them'
    ...
def pooled(runs):
    'What runs of one artifact measured, in order of acceptance, taken together, by metric'
    ...
def fixed(value):
    '`value` to ten digits, so that machines that differ in the last one make the same board'
    ...
def evidence_of(name, measured):
    'What a measured value rests on, as a key'
    ...
def estimate_of(name, measured):
    'The value of a metric, worked out from what it rests on'
    ...
def numbers_of(name, measured, confidence):
    '[(estimate, low, high)]; low and high are None where a value has no interval'
    ...
@dataclass
class Run:
    'A row on one board, and what became of it'
    row: dict
    metrics: dict
    kind: str = ''
    why: str = ''
    runs: int = 1
    decisions: list = field(default_factory=list)
    numbers: dict = field(default_factory=dict)
    def aside(self, kind, why):
        'Do not rank this run, unless that is known already'
        ...
    @property
    def order(self):
        ...
    ...
def listed(tier):
    'The metrics that a tier speaks of'
    ...
def judge(run, tier, reveals):
    'Set a run aside if its standing, its grade or its numbers keep it from being ranked'
    ...
def sealed_text(name, row):
    'That a metric is sealed, and what was released of it'
    ...
def decision_document(metric, outcome, text, bound=None, needed=None):
    ...
def decided(run, tier, constraint, quota, known):
    'Whether a run keeps a constraint, as a dictionary; `known` holds what was decided before'
    ...
KINDS: dict
def constrain(runs, tier, quota):
    'Decide each constraint of a tier for each run, and set aside who does not keep them all'
    ...
def oriented(run, name):
    '(estimate, low, high) of a metric, turned so that more is better'
    ...
def ordered(runs, tier):
    '[(run, group)]: by groups, then the secondary metrics, then acceptance, then digest'
    ...
def one_a_team(runs, tier):
    "What stands first among its team's runs, for each team; the others are set aside"
    ...
def pool(runs):
    'Put together what runs of the same artifact measured'
    ...
def measure(runs, tier, confidence):
    "Give each run its numbers for the tier's metrics; set aside who has no interval for the first"
    ...
def ranked_rows(placed, tier):
    'The rows of a board, from (run, group) in order'
    ...
def about(run, tier):
    'What a board says of a ranked run beside its rank'
    ...
def not_ranked(run):
    ...
def one_board(runs, rules, tier, division, hardware, reveals):
    'The board of one tier, division and class of hardware'
    ...
def quota_of(rules):
    ...
def stranger(row, rules):
    '(kind, why) of a row that fits on no board; None of one that does'
    ...
def tiers_of(row, rules):
    'The places, in the rules, of the tiers that a row competes in'
    ...
@dataclass(frozen=True)
class Board:
    "What a competition's rows amount to under its rules"
    document: dict
    def canonical(self) -> bytes:
        'The bytes of `board.json`, the same for the same rows and rules (RFC 8785)'
        ...
    @property
    def digest(self) -> str:
        'SHA-256 of the canonical bytes'
        ...
    ...
def board(rows, rules, head=None, revealed=None) -> Board:
    'Who stands where: one board for each tier, division, scenario and class of hardware\n\n    The same bytes for the same rows in any order. ValueError if a row is none.'
    ...
def as_run(row, revealed):
    ...
def replace_run(run):
    ...
def sorted_apart(runs, rules):
    '(runs that fit on no board, runs by tier, division and hardware)'
    ...
def rows_of_log(events) -> tuple:
    "(rows, state, revealed): the rows of the entries, 'open' or 'closed', and what was sealed\n\n    `revealed` is None until the log is closed; then, by entry, {'metrics', 'salt'}."
    ...
def recompute(path) -> list:
    'Findings where a board is not what its log and its rules make of it'
    ...
