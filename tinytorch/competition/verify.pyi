# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A claim is made good by somebody who believes none of it: answers, sizes and times are found again, by other hands, under another clock.'
from typing import Any
__all__ = ['RULES', 'Step', 'save_open', 'Verdict', 'verify']
import json
import os
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
import numpy as np
from ..benchmarking import balanced_orders
from ..capstone import data_facts, on_one_thread, toml_reader
from .bundle import FILES, MODELS, load_bundle, read_npz, read_plain, with_artifacts, write_bundle
from .outside import GUARDS, Caught, Pool, Session, Worker, most_calls, on_one_core, one_at_a_time, one_process, order_invariance, perturbed_weights, plausible_time, repeated_sample, row_equals_batch, timed_equals_accuracy, unseen
from ..core.autograd import no_grad
from ..core.layers import affine
from ..core.tensor import Tensor, patch
from ..machine import Watch, drift_of, grade, last_level_cache, measure_bandwidth, measure_peak, system_info
from ..perf.onnx_graph import accelerator, as_bytes, graph_of, onnx_session
from ..perf.profiling import Profiler
from ..perf.quantization import int8_linear, times_scale
from ..perf.stored import GraphError, build, strict_json
from ..perf.tracing import trace
from ..scenarios import comparison_section
from ..statistics import lag_one, paired_accuracy, verdict_of
from ..submission import Finding, canonical_bytes, to_jsonable
NAMES: tuple
OUTCOMES: tuple
@dataclass
class Step:
    'What one step of a verification came to'
    name: str
    outcome: str
    reason: str = ''
    findings: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    def as_dict(self) -> dict:
        'For JSON'
        ...
    ...
class Undecided(Exception):
    'A step cannot be decided on this machine; the text says why'
    ...
def run_step(name, check, given):
    'The `Step` that `check(given)` returns; if it raises something, one that is no pass'
    ...
def failed(step):
    'Did the step fail, or find an error?'
    ...
def overall(steps, required):
    "'confirmed', 'refuted' or 'not decided': what `steps` come to together"
    ...
RULES: dict
def unknown_rule(place, name):
    ...
def check_rule(place, name, value):
    'Raise ValueError unless `value` is one that the rule `name` may have'
    ...
def read_rules(rules=None, quick=False):
    "All `RULES` and 'required', as `rules` says, the rest as a rule; ValueError if it cannot be"
    ...
def rules_in(path):
    'The dictionary in a file of rules'
    ...
def check_required(place, value):
    'Raise ValueError unless `value` is a list of names of steps'
    ...
@dataclass
class Case:
    'A bundle that is being verified, and what has been found out about it'
    bundle: object
    rules: dict
    given: object = None
    open_: bool = False
    seed: int = 0
    progress: object = None
    steps: dict = field(default_factory=dict)
    x: object = None
    labels: object = None
    models: dict = field(default_factory=dict)
    scores: dict = field(default_factory=dict)
    folder: str = None
    guards: frozenset = GUARDS
    def __post_init__(self):
        ...
    @property
    def document(self):
        ...
    def say(self, text):
        ...
    rng: Any
    ...
def incomplete(bundle):
    'Findings for what nothing can be verified without'
    ...
def division_of(bundle):
    "'open' if the document of the bundle says so, else 'closed'"
    ...
def check_integrity(case):
    'Can all of the bundle be read, and does one part follow from the others?'
    ...
def data_of(case):
    '(inputs, labels) of the bundle, or those given; `Undecided` if nobody has them'
    ...
def read_data(given):
    '(inputs, labels) of a pair of arrays, or of the path of a file like data.npz; ValueError'
    ...
def data_findings(case):
    'A finding if the data in a bundle are not those of its document'
    ...
def answers(model, x, seconds=None, rows=64):
    'Scores (N, classes) of `model` for all of `x`, in float32; Undecided after `seconds`'
    ...
def usual_lead(scores):
    'By how much the first class leads over the second, in the median; infinite for one class'
    ...
def room_for(scores, tolerance):
    'How far scores may be apart: `tolerance` of the largest, or of four times the usual lead'
    ...
def rounding(largest, tolerance):
    ...
def differing(found, said, tolerance):
    'Numbers of the samples whose scores are further apart; NaN is far from everything'
    ...
def not_highest(found, classes, tolerance):
    'Numbers of the samples whose class is not the highest score, nor within `tolerance` of it'
    ...
def named(samples, most=5):
    'The first of `samples` in words, and how many more there are'
    ...
def answer_findings(side, found, predictions, tolerance):
    "Findings where what a bundle says of a model's answers is not what is `found`"
    ...
def tolerance_for(case, side):
    'How far answers of that model may be apart, as a share of the largest'
    ...
def tied(scores, room):
    'Numbers of the samples whose first class leads by no more than `room`'
    ...
def accuracy_findings(case, side, right):
    'A finding if the accuracy that is claimed is not the one found'
    ...
def repeated_share(x):
    'Share of the samples that are another one once more'
    ...
def listed_share(weights, x, most=512):
    'Share of the first samples in whose very direction some neuron of `weights` points'
    ...
def doubts_about(case, paired):
    'Warnings about what tells less than it seems; `paired` is the verdict found here'
    ...
def check_accuracy(case):
    'Do models that are built here give the answers that the bundle says?'
    ...
def answers_of_side(case, side):
    '(findings, facts) on the answers of one model, which is built here'
    ...
def as_float(call):
    'A `Call` of the product with codes as one with the floats they stand for; others as they are'
    ...
def exported(model, x):
    'The bytes of an ONNX file for `model`, in which codes of weights are floats again'
    ...
SMALL: Any
def engines(file, x, parameters):
    '{name of an engine: scores of the first samples of `x`}'
    ...
def check_engine(case):
    'Does a second engine, which shares no line with ours, give the same answers?'
    ...
def second_answers(case, side):
    '{name of an engine: its scores}; Undecided if an engine cannot be had, or does not take it'
    ...
def fresh_inputs(case, rows):
    '`rows` inputs that nobody has seen: samples drawn here, and changed a little'
    ...
def shuffled(weights, rng):
    '`weights` with the numbers of each float or int8 array in another order, drawn from `rng`'
    ...
def blind_to_weights(case, side):
    'Findings if a model goes on giving its answers when its weights are shuffled'
    ...
def store_models(case):
    "Write both models' files into the case's folder, for workers to load"
    ...
def target(case, side):
    'What a worker loads for that side: a stored model, or in the open division the file of code'
    ...
def rows_in_room(x, most=200):
    'How many of these samples a request takes, at most `most`; `Undecided` if not even 20'
    ...
def check_behavior(case, worker, number, side):
    'Findings of the checks on how a model answers; `number` is its side in the `worker`'
    ...
@contextmanager
def caught_here(case):
    'A block in which what a guard has caught is a failure, but a tired machine decides nothing'
    ...
def limits_of(case):
    'Limits of a worker'
    ...
def check_scores_tell(case):
    'Raise `Undecided` if rounding alone could turn one answer of the candidate into another'
    ...
def check_compliance(case):
    'Do the models answer alike when they are timed and when not, in any order, seen before or not?'
    ...
class Careful(Session):
    'A comparison whose blocks are found in two steps: in short ones the way there and back counts'
    end: Any
    def block(self, *given):
        ...
    def calibrate(self, workers, k, *settings):
        ...
    ...
class Twins(Careful):
    'A comparison of a model with itself: blocks of both sides have equally many calls'
    def calibrate(self, *settings):
        ...
    calls: Any
    ...
def room_in(case, sides):
    'How far timed answers may be from ours, as `Worker.time` counts'
    ...
def timed_pairs(case, sides, processes, kind=Careful):
    'Columns as in samples.npz of two models, timed from outside in fresh processes'
    ...
def calls_in(pools, batch, least):
    "How many calls fit into a worker's room; `Undecided` if not even `least` do"
    ...
def expected_of(case, side):
    'Answers to the data; where submitted code is run, a function, for samples that are new to it'
    ...
ROOM: Any
def batch_of(case):
    ...
def overhead(case, calls):
    'Nanoseconds that a call takes in which nothing is computed: our own `Identity`, in a worker'
    ...
def to_be_expected(claimed, baseline, overhead):
    'How many times as fast it looks from outside if `claimed` is true'
    ...
SUPPORTED: str
def judged(claim, interval, excess, ratio=1.5, least=0.01):
    '(outcome, reason) for a claim, from what is found here'
    ...
def floor_findings(case, ns):
    'Findings if a call of the candidate took less than the machine needs; claimed or measured'
    ...
def sound_control(case, tries=2):
    'Section of the baseline against itself; Undecided if it is no good, and again no good'
    ...
def compared(case):
    '(section of the control, section of the comparison, nanoseconds of overhead, grade)'
    ...
def largest_claim(document):
    'The largest number that is claimed: of pairs, or of the two means'
    ...
def measured_in_noise(document, by_pairs, by_means, excess, ratio):
    '(outcome, reason) of the claim by the means; undecided if only it is refuted, by less than\n    twice the `ratio` that is allowed, and its run was disturbed by its own grade'
    ...
def check_timing(case):
    'Does the reproduced interval support the verdict that is claimed?'
    ...
def tempered(outcome, reason, note, doubts):
    '(outcome, reason) as far as a run of the grade `note` can tell, and what is plausible'
    ...
def side_by_side(claim, found, expected, largest):
    'What is claimed and what was found, in words'
    ...
def save_open(path, bundle, code):
    'The `Bundle` once more at `path`, in the open division: there the optimized model is code\n\n    The code must answer as the stored model does, whose files optimized.json and\n    optimized.safetensors lie beside it when it runs; it can read no others.'
    ...
STEPS: Any
NEEDS: dict
CODE: tuple
def next_step(case, name):
    'The `Step` of that name, not decided where it cannot be tried'
    ...
@dataclass
class Verdict:
    'What came of a bundle; `as_dict()` is the document, `exit_code` what a command ends with'
    bundle: str
    division: str
    steps: list
    rules: dict
    seed: int
    machine: dict
    @property
    def verdict(self):
        ...
    @property
    def findings(self):
        ...
    @property
    def exit_code(self):
        ...
    def as_dict(self) -> dict:
        'The verdict as a document, for JSON'
        ...
    def canonical(self) -> bytes:
        'The one sequence of bytes that stands for the verdict (RFC 8785)'
        ...
    def __str__(self):
        ...
    ...
def unusual(rules):
    'The `rules` that are not the usual ones, as a text'
    ...
def verify(path, rules=None, data=None, open_=False, quick=False, seed=None, progress=None) -> Verdict:
    'The `Verdict` on a bundle, of which nothing is believed\n\n    Steps: integrity, accuracy, engine, compliance, timing. In the closed division nothing submitted\n    is run. A bad bundle raises nothing; FileNotFoundError if there is none at `path`, ValueError or\n    OSError for rules or data that cannot be read.'
    ...
def check_path(path):
    'Raise FileNotFoundError if there is nothing at `path`'
    ...
