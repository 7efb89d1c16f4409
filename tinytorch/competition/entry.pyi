# Made by scripts/make_stubs.py from the module beside it; do not edit.
'From an empty folder to a ranked entry: who may enter, what the host measures again, and what is written down before anybody knows who wins.'
from typing import Any
__all__ = ['within_dates', 'used_entries', 'hardware_class', 'new_competition', 'open_competition', 'Entered', 'enter', 'bundle_for', 'close_competition', 'check_competition', 'make_board']
import json
import os
import shutil
import time
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
import numpy as np
from ..capstone import data_facts, flat, on_one_thread, train_baseline
from .board import board, entry_findings, order_findings, reveal_findings, rows_of_log
from .bundle import MODELS, load_bundle, npz_bytes, read_npz, save_bundle, shipped
from .log import append, read_log, verify_log
from .outside import Pool, Worker, on_one_core
from .private import check_reveal, commitment_of, ladder_of, ladder_step, new_secret, private_seed, read_secret, sealed, write_secret
from .report import write_report
from .rules import CompetitionError, Rules, decide, measured_percentile, parsed, read_competition, template
from .verify import FAIL, PASS, Case, answers, division_of, expected_of, limits_of, read_data, read_rules, room_in, store_models, target, verify
from ..core.autograd import no_grad
from ..core.layers import evaluating
from ..core.tensor import Tensor
from ..datasets import data_folder, load
from ..figures import draw_figures, figures, prepared
from ..files import sha256_of, temporary_name, write_atomically
from ..machine import measure_energy, usable_cores
from ..perf.profiling import flops_of, peak_bytes, recipes_behind, run_recorded
from ..perf.stored import build, load_model, save_model
from ..scenarios import calls_needed
from ..statistics import paired_accuracy
from ..submission import Finding, abbreviate, canonical_bytes, check_writable, part_names, to_jsonable
def stamp(when):
    'A time as the log writes it, in UTC, to the second'
    ...
def now_or(when):
    '`when`, which must have an offset, or else the time it is'
    ...
def within_dates(rules, when) -> str:
    "'early', 'open' or 'late': it opens with its first second, and the closing second is late"
    ...
def used_entries(events, team, when) -> tuple:
    '(today, altogether): how many entries of `team` the log has, on the day of `when` in UTC'
    ...
HIDDEN: tuple
BLANKS: Any
def team_name(name):
    '`name` as it is kept; ValueError for one that is empty, too long, or has hidden characters'
    ...
def hardware_class(machine) -> str:
    "What a board calls machines like this one: 'x86_64, 2 cores'; 'unknown' for what is not told"
    ...
def capstone_baseline():
    '(model, inputs, labels, names of model and data): as `run_capstone` makes it with seed 0'
    ...
FIGURES: str
def figures_baseline():
    "The same for Wake Vision's template: shipped, on pictures that are drawn anew each time"
    ...
def figures_part(count):
    'The first pictures of the public part, as a network takes them, and their labels'
    ...
def bundle_baseline(path):
    'The same out of a bundle'
    ...
def starting_point(name, data, baseline):
    '(model, inputs, labels, names) that a template starts from'
    ...
def stored_data(x, y, name):
    "{'data.npz': bytes} of data that nobody could find elsewhere"
    ...
def competition_data(folder, rules):
    "(inputs, labels) that the competition's bundles are measured on; ValueError if they are not it"
    ...
README: str
IGNORED: str
def as_moment(when):
    'A time for the rules; a text may be a date alone'
    ...
def facts_for(x, y, names, files, opens, closes):
    'What a template is filled in with'
    ...
def baseline_files(model, x):
    '{path in the folder: bytes} of a baseline, as a bundle stores it'
    ...
def is_empty(folder):
    ...
@contextmanager
def new_folder(folder):
    'A folder to fill, which takes the place of `folder` when all went well; nothing is left if not'
    ...
def rules_text(name, facts, secret, edit):
    "The text of competition.toml, after the host's own `edit`"
    ...
def write_files(folder, files, secret):
    'Write {path: bytes} into a new folder, and what only the host may read'
    ...
def new_competition(name, folder, opens=None, closes=None, data=None, baseline=None, edit=None) -> Rules:
    'The `Rules` of a new competition, whose folder is written whole or not at all\n\n    Its log is begun, with the digest of the rules. FileExistsError for a folder with something in\n    it, ValueError for an unknown template or data that do not fit, CompetitionError for rules.'
    ...
def open_competition(folder) -> str:
    'The head of a log that begins anew, with the rules as they are now\n\n    CompetitionError if there is more in the log than its first event, or in the rules.'
    ...
@dataclass
class Place:
    "What a competition's folder says"
    folder: Path
    rules: Rules
    events: list
    @property
    def rows(self):
        ...
    ...
def rules_finding(events, rules):
    'A finding if the log was not opened with these rules'
    ...
def place(folder):
    'The `Place` at `folder`; CompetitionError, LogError or OSError if it is none'
    ...
def looks(team):
    'A name as the eye takes it: case, width and spaces make no difference'
    ...
def imitation_findings(rows, team):
    "A finding if `team` is another team's name, but for its case, width or spaces"
    ...
def admission(place, team, when):
    'Findings: why `team` may not enter anything at the moment'
    ...
def quota_findings(place, team, when):
    'Findings if `team` has no entry left'
    ...
def entered_before(rows, entry):
    'The row of an entry that is there already, or None'
    ...
def repeat_finding(row, team):
    "That a bundle is in the log already: a mistake of its own team, or somebody else's work"
    ...
def hashes_finding(bundle, rules):
    "Findings if the data or the baseline of a bundle are not the competition's"
    ...
def arrays_of(weights):
    ...
def same_network(models):
    'Is the candidate the baseline with other numbers?'
    ...
def division_findings(bundle, rules, division):
    'Findings if a bundle cannot compete in a division'
    ...
def scenario_of(bundle):
    "'single_stream' for pairs of single samples, 'offline' for several at a time"
    ...
def entry_findings_of(bundle, rules, division):
    'Findings: why a bundle that is sound cannot be an entry of this competition'
    ...
def facts_of(verdict, name):
    'What a step of a verification found'
    ...
def counts_of(right):
    ...
def change_of(before, after):
    'The measured change of accuracy, from which samples either model puts right'
    ...
def public_accuracy(verdict):
    'Accuracy and its change as verification counted them, on the data of the bundle'
    ...
def well_timed(verdict):
    'Are there times, of a run that is good for something, and no faster than a machine can be?'
    ...
def times_found(verdict):
    'Speed-up and ratio of latencies as verification timed them'
    ...
def sure_enough(rules):
    'How sure the bound of a percentile has to be, one-sided, for the strictest constraint on it'
    ...
def calls_wanted(rules, over=2):
    'Calls that bound the percentile even if `over` of them are interrupted'
    ...
def latency_of(case, rules):
    'The measured percentile of a candidate, each call timed from outside'
    ...
PRODUCTS: dict
def macs_of(model, x):
    'Multiply-adds of weights and inputs for one sample (of attention, half of all it does)'
    ...
def exact(value):
    ...
def traced_peak(pair, x):
    'Most bytes that Python holds at once for one sample; after a first call, which fills caches'
    ...
def energy_of(pair, x):
    "Joules of a call from the machine's own counters; None where it has none: nothing is estimated"
    ...
def measure_rest(case, rules):
    '{name: measured value, or None} of what the rules ask for and verification does not tell'
    ...
@contextmanager
def case_of(bundle, given, rules, open_):
    'A block with a `Case` of verification, ready for a clock outside: 200 samples, answered here'
    ...
PIECE: int
def private_pieces(folder, rules):
    'The private part, (inputs, labels) a piece at a time; an error if it is not what was promised'
    ...
def private_accuracy(bundle, folder, rules, say):
    '{name: measured value} of accuracy on the private part, as far as the rules ask for it'
    ...
def private_row(metrics, rows, team, rules, salt):
    'What a row says of measurements that are sealed'
    ...
def keep_sealed(path, entry, metrics, salt):
    'Add a line to the file of what is sealed, which only the host may read'
    ...
def sealed_lines(path):
    "{digest: (entry, {'metrics', 'salt'})} of that file; a line that a crash has torn is left out"
    ...
def why(step):
    'Why a step did not pass, in words'
    ...
def outcome_in(verdict, name):
    ...
def standing_of(verdict):
    "(standing, grade, reason) of an entry; None if there is nothing to go by\n\n    Without numbers of the host's own, by a machine that was too busy or a step that could not be\n    tried, nothing is logged, and the bundle may be entered again."
    ...
def claims_of(document, asked):
    '{name: number} that a bundle claims of the metrics that are `asked` for'
    ...
def artifact_of(bundle):
    'SHA-256 over what was handed in as the candidate: its graph, its weights, its code'
    ...
@dataclass
class Entered:
    'What came of handing in a bundle'
    row: dict
    verdict: object = field(default=None, repr=False)
    findings: list = field(default_factory=list)
    seconds: dict = field(default_factory=dict)
    head: str = None
    @property
    def exit_code(self):
        '0 entered and it counts, 1 refused or refuted, 3 could not be decided here'
        ...
    def as_dict(self) -> dict:
        'For JSON'
        ...
    ...
class NoPlace(Exception):
    'Under the lock it turned out that an entry is not admitted; holds the `Entered`'
    ...
def refused(place, entry, team, when, findings):
    'The `Entered` of a bundle that was read and is no entry here; noted in the log, but once'
    ...
def check_place(folder):
    'Raise an OSError, before anything is measured, if nothing can be written to the folder'
    ...
def in_log(place, entry):
    'Is the entry in the log by now? Ctrl-C may come when its line is written'
    ...
def ladder_findings(before, now_there, row):
    'A finding if the Ladder told the team something while a sealed entry was worked out'
    ...
def add_entry(place, row, evidence, when):
    'The new head; admits the row once more and writes its evidence while nobody else can add one'
    ...
def bare_row(bundle, place, team, when, division, verdict, said):
    'What a row says before anything is measured'
    ...
def measured_row(bundle, place, given, verdict, open_, say):
    '(what of the row is measured, what is sealed, seconds) of an entry that was verified'
    ...
def report_findings(bundle, path):
    'Write the report of a logged entry; a warning if it cannot be written: it counts anyway'
    ...
def judged_entry(place, bundle, team, division, when, given, verdict, open_, say):
    '`Entered` of a bundle that was verified'
    ...
def found_in(bundle):
    'The errors in a bundle'
    ...
def data_for(bundle, place):
    "(inputs, labels) to measure on: the bundle's own if they came along, else the competition's"
    ...
def first_look(place, bundle, team, division, when):
    '`Entered` if a bundle is refused, or there already; else None'
    ...
def enter(bundle, folder, team, division=None, now=None, quick=False, open_=False, progress=None) -> Entered:
    "What came of handing in a bundle: it is checked, verified, measured, and added to the log\n\n    What is refused or refuted is no error. CompetitionError for rules, LogError for a log that\n    cannot be used, ValueError for a team's name, OSError where nothing can be read or written."
    ...
def bundle_for(folder, model, path, **settings):
    "The `Bundle` of `model` against the competition's baseline, on its data"
    ...
def close_body(place, when):
    'What the close reveals'
    ...
def close_findings(place, body, when, early):
    'Why a competition cannot be closed'
    ...
def close_competition(folder, now=None, early=False) -> str:
    'The head of the log, after what was sealed is revealed in it; CompetitionError if it cannot be'
    ...
def board_findings(folder, rules, check):
    'Why no board can be made of the log of a folder by these rules'
    ...
def baseline_findings(folder, rules):
    'Findings if the files of the baseline are not those that the rules name'
    ...
def check_competition(folder) -> list:
    'Findings: what is wrong with rules, baseline, log and entries; [] if nothing is\n\n    OSError if there is nothing to read.'
    ...
def make_board(folder, output=None, rules=None):
    'The `Board` of what the log of a competition holds, and write it as JSON and as a page\n\n    CompetitionError unless the log is whole, was opened with these rules, and rests on the files\n    in entries/.'
    ...
