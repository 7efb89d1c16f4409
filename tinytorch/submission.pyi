# Made by scripts/make_stubs.py from the module beside it; do not edit.
"What the document of a benchmark says, and how a stranger's is read: strictly, within limits, with a reason for each refusal."
from typing import Any
__all__ = ['SCHEMA_VERSION', 'rules', 'Finding', 'SubmissionError', 'save_submission', 'schema', 'migrate', 'projection', 'canonical_bytes', 'digest', 'Parts', 'Rule', 'rule', 'validate_parts', 'validate_submission', 'load_submission', 'rules_text', 'explain']
import json, math, os, re
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from itertools import count
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
import numpy as np
from .files import portable, sha256_of, write_atomically
from .scenarios import calls_needed, comparison_section, scenario_section
from .statistics import PairedAccuracy, paired_accuracy, verdict_of
def not_comparable(name, value):
    'What the error says of a number that nothing can be divided by'
    ...
def check_metrics(metrics, needed=()):
    'Raise ValueError if `metrics` lacks one of `needed`, or has a latency or size of 0 or infinity'
    ...
def improvements(baseline, optimized):
    'Speed-up (ratio of mean latencies), compression ratio (of sizes) and change in accuracy'
    ...
SCHEMA_VERSION: int
def version_of(document):
    'The version that a document says, 0 if it says none; None if it is none of ours'
    ...
def packaged(name):
    "The JSON in a file of the package's data"
    ...
@cache
def shipped_parts():
    "{name of a part: {'samples', 'sha256': [one for each shape of the inputs]}} of shipped data"
    ...
def data_by_hand(name='Digits (8×8), test part'):
    'What a submission says of a part that the package ships'
    ...
def by_hand(name, parameters, size, right, latency, zeros=0.0, int8=0.0):
    'What a submission says of a model that put `right` of 359 samples right, in `latency` ms each'
    ...
@dataclass(frozen=True)
class Finding:
    "One thing that is wrong with a submission, or, with severity 'warning', worth knowing"
    rule: str
    path: str
    found: str
    expected: str
    severity: str = 'error'
    def __str__(self):
        ...
    ...
class SubmissionError(ValueError):
    'A submission that cannot be accepted; `findings` lists why'
    def __init__(self, findings):
        ...
    findings: Any
    ...
def abbreviate(value):
    '`value` as a finding shows it: in ASCII, on one line and not too long'
    ...
MAX_VALUES: int
def limit_finding(limit, most, path='$'):
    ...
def unwritable(path, what, way_out):
    'The error for a value that JSON cannot hold'
    ...
def entries(value, path):
    'The (key, value) pairs of a dictionary; SubmissionError if they cannot be read'
    ...
def to_jsonable(value, path='$', depth=1, seen=None):
    "`value` with NumPy's numbers as Python's; ValueError, saying where, if JSON cannot hold it"
    ...
def too_large(path, most):
    'The error for a document that no file may hold'
    ...
def text_key(key, path):
    '`key`; ValueError if it is no text, and so would be lost or renamed'
    ...
def has_lone_surrogate(text):
    ...
def jsonable_scalar(value, path):
    '`value`; ValueError if it is no number, text or None that JSON can hold'
    ...
def misplaced(path):
    'The error for a `path` at which no file can be written, or None if it looks as if one could'
    ...
def check_writable(filepath):
    'The path, if a file can be written there (none is yet); else an OSError that says why not'
    ...
def save_submission(submission, filepath):
    '`filepath`, after the submission was written there as JSON, whole or not at all'
    ...
class JSONObject(dict):
    'An object as it was read, which remembers the keys that came twice'
    def __init__(self, pairs):
        ...
    duplicates: Any
    ...
def read_int(text):
    'The whole number; for one with more digits than allowed another one that is too large'
    ...
def value_findings(value, path):
    'Findings for a text or a number that JSON cannot hold, and for anything that is neither'
    ...
def walk(value, path='$', depth=1):
    '(path, value, depth) of `value` and of all that is in it, down to the first level too many'
    ...
def json_findings(document):
    'Findings for what is no good JSON, anywhere in `document`'
    ...
def key_findings(value, path):
    'The same for the keys of an object'
    ...
def dedupe_and_cap(findings):
    'The different ones among `findings`; after `MAX_FINDINGS` an error that says there are more'
    ...
def parse_strictly(data):
    '(document, findings): what the JSON says, or None, and what is wrong with it as JSON'
    ...
def syntax_finding(error, data):
    "What a decoder's `error` says, as a finding"
    ...
def object_schema(required='', open=False, **properties):
    'Schema of an object: its properties, the names of the required, and whether others may come'
    ...
def array_schema(item, most, least=0):
    'Schema of an array of `least` to `most` items; of more, none is looked at'
    ...
TEXT: dict
NUMBER: dict
POSITIVE: dict
SPREAD: dict
SHARE: dict
CHANGE: dict
COUNT: dict
WHOLE: dict
SHA256: dict
TIME: dict
def or_null(kind):
    ...
def pair_of(kind):
    ...
METRICS: Any
MORE_METRICS: Any
SIDE: dict
VERDICT: dict
INTERVAL: Any
COMPARED: Any
MORE_COMPARED: Any
DATA: Any
MACHINE: Any
def model_schema(**more):
    'Schema of what a submission says of one model'
    ...
def search_schema():
    'Schema of what was tried on the way to the optimized model, and by which rule one was kept'
    ...
DESIGN: Any
CONTROL: Any
PAIRED_ACCURACY: Any
TIMES: Any
FENCES: tuple
def scenario_schema():
    "Schema of one model's times: one by one, several at once, as a server, all at once; or null"
    ...
MEMORY: Any
def circumstances():
    'Schemas of what a run took, and of the machine while it ran'
    ...
def sections():
    'Schemas of what a submission may say since version 2'
    ...
def schema(version) -> dict:
    'The JSON Schema (draft 2020-12) of submissions of that version'
    ...
EXPECTED: dict
def expectation(error):
    'What a schema error wanted, in words'
    ...
@cache
def validator(version):
    'What checks against the `schema` of that version'
    ...
def schema_findings(document, version):
    'Findings where `document` is not as the schema of that version says'
    ...
def missing_keys(error, path):
    ...
def unknown_keys(error, path, version):
    ...
EXACT: dict
def agrees(stated, computed, version):
    'Is `stated` `computed`, to one unit of its last digit (version 0) or as exactly as `EXACT`?'
    ...
def whole_samples(share, samples):
    ...
def derived_of_model(metrics, data=None, evidence=None):
    '(metric, number that follows from others, from which) for one model'
    ...
def models_of(document):
    '{name: what the document says of it} of the one or two models'
    ...
def is_comparison(document):
    ...
def derived(document):
    '(place, number that follows from others, from which) of all such numbers, in an order to go by'
    ...
def inside(document, place):
    'What stands at `place`, a sequence of keys and indices'
    ...
def path_of(place):
    '`place` as a finding writes it'
    ...
def only_known(value, shape):
    '`value` without the keys that its schema `shape` does not know'
    ...
def exactly(document, version=None):
    '`document`, changed: what follows from others, as it follows\n\n    With a `version`: where it agrees as that asks, and not as the next one does.'
    ...
def next_version(document, version):
    '`document`, of `version`, as one of the next; a new dictionary'
    ...
def migrate(document, version=None) -> dict:
    'A submission as one of a later `version`, by default the latest; a new dictionary\n\n    ValueError if it is later already, SubmissionError if `document` cannot be accepted.'
    ...
def projection(document, version=0) -> dict:
    'What an earlier `version` can say of a submission; a new dictionary\n\n    SubmissionError if `document` cannot be accepted.'
    ...
LARGEST: Any
def normalized(value):
    'A copy with numbers in canonical form: whole ones as int, others and larger ones as double'
    ...
def canonical_bytes(document) -> bytes:
    'The one sequence of bytes that stands for `document` (RFC 8785); ValueError if it is no JSON'
    ...
def digest(document) -> str:
    'The SHA-256 of the canonical bytes of `document`, in 64 hexadecimal digits'
    ...
@dataclass
class Parts:
    'What there is of a submission: its document, and of the rest what came with it, or None'
    document: dict
    samples: dict = None
    predictions: dict = None
    models: dict = None
    data: dict = None
    files: dict = None
    made: dict = field(default_factory=dict, repr=False)
    @property
    def version(self):
        ...
    ...
@dataclass(frozen=True)
class Rule:
    'One thing that is asked of submissions; `check(parts)` yields (path, found, expected)'
    id: str
    looks_at: str
    page: str
    needs: tuple
    severity: str
    text: str
    example: object
    check: object
    ...
rules: dict
def rule(id, looks_at, page='submission', needs=('document',), severity='error', example=None):
    'Decorator: the function, whose docstring says what is asked, is a rule of the table `rules`'
    ...
def rule_findings(rule, parts):
    'The `Finding`s of one rule; none if it needs what is not there; an error if it cannot decide'
    ...
def check_parts(parts):
    'The `Finding`s of all rules, rule by rule'
    ...
def place_of(path):
    "The keys and indices of a path without its '$', such as 'search.steps.0'"
    ...
def put(path, value):
    'An example: a function that writes `value` at `path` of the document'
    ...
def drop(*paths):
    'An example: a function that takes out of the document what stands at `paths`'
    ...
def follow(name):
    'A check: do the numbers called `name` follow from those that `derived` says?'
    ...
METRIC: str
FOLLOWING: dict
def rules_that_follow():
    'Make a rule for each kind of number that follows from others'
    ...
def coded_share(shown):
    ...
def shares(parts):
    'Are no more of the weights int8 or int4 than there are?'
    ...
def sides(parts):
    'Do an optimized model, and what belongs to one, come together?'
    ...
def intervals(document):
    '(place, interval, estimate) of each interval for a speed-up'
    ...
def interval_holds(parts):
    'Does each interval hold the speed-up it is for?'
    ...
def verdicts(document):
    '(section, what it says, smallest effect) where a verdict follows from an interval'
    ...
def verdict_follows(parts):
    'Does the verdict follow from the interval and the smallest effect?'
    ...
def too_few(n, confidence):
    ...
def enough_pairs(parts):
    'Are there pairs enough for the confidence?'
    ...
def enough_processes(parts):
    'If processes were compared: are they enough for the confidence, each with its pairs?'
    ...
def search_kept(parts):
    'Did the search keep one step, the model that was submitted, and time nothing twice?'
    ...
def median_near_mean(parts):
    'Is the median within one standard deviation of the mean, as it is for any numbers?'
    ...
def milliseconds(parts):
    'Are the two times of a comparison, and its blocks, apart by about its speed-up?'
    ...
FAR: int
def dates(parts):
    'Is each time one that exists?'
    ...
def time_of(part):
    'When `part` of a document was measured; None if it does not say, or there is no such time'
    ...
def doubt(id, looks_at, page, example):
    'A `rule` whose findings are warnings'
    ...
def nominal_size(parts):
    'Was a size measured, rather than four bytes taken for each parameter?'
    ...
def as_nominal(document):
    "An example: the baseline's size is only nominal"
    ...
def pair(document):
    'What is said of the two models, or nothing if they are not compared'
    ...
def same_data(parts):
    'Were both models measured on the same data?'
    ...
DAY: Any
def same_machine(parts):
    'Were both models measured on the same machine, with the same software?'
    ...
def same_day(parts):
    'Were both models measured within a day?'
    ...
def paired(parts):
    'Were the two models timed in pairs?'
    ...
APART: float
def speedups_agree(parts):
    'Is the speed-up of the comparison near that of the mean latencies?'
    ...
def too_fast(document):
    'An example: a comparison in which all holds together, and nothing agrees with the rest'
    ...
BLOCKS_APART: float
def equal_blocks(parts):
    'Did the blocks of the two sides last equally long?'
    ...
def uneven(document):
    'An example: one side made as many calls as the other, and took twice as long'
    ...
def built_anew(parts):
    'Were both sides built anew for each pair or process?'
    ...
def repeatable(parts):
    'Does a comparison say how many calls each side made, and of how many samples?'
    ...
def timed(step):
    ...
def is_worse(step, other):
    'Is `other` smaller than `step`, as accurate, and as fast wherever both were timed?'
    ...
def search_doubts(document):
    '(place in the search, what was found, what is expected) of what is odd in it'
    ...
def far_speedups(document, timings):
    'The same where what was kept has another speed-up in the search than in the comparison'
    ...
def far_latencies(steps):
    'The same where a speed-up is far from what the latencies say\n\n    Steps are timed minutes apart, so only what no drift explains is said.'
    ...
def search_is_sound(parts):
    'Was the search made on other data, from the baseline on, and is what it kept the best?'
    ...
KNOWN_AS: dict
IN_MODELS: tuple
TECHNIQUES: dict
def technique_of(name):
    'The technique that `name` stands for in `KNOWN_AS`, or None; case, - and _ do not matter'
    ...
ROUNDED: float
ROUNDED4: float
FEWER: float
def shows_quantization(now, before):
    ...
def shows_pruning(now, before):
    ...
def claims(document, *techniques):
    '(path, name, evidence of the optimized model, of the baseline) of each claim of these'
    ...
def claim(technique, shows, expected):
    'A check: where `technique` is claimed and there is evidence, does it show?'
    ...
CLAIMED: str
def unpruned(document):
    'An example: all weights are there, and few are zero'
    ...
def accelerated(parts):
    "Does a comparison in pairs say 'faster' where acceleration is claimed?"
    ...
def evident(parts):
    'Is there evidence, of both models, for the techniques that are claimed?'
    ...
def known_technique(parts):
    'Is each technique that is claimed one that leaves a trace known here?'
    ...
def claimed_once(parts):
    'Is each technique claimed once?'
    ...
def recorded(parts):
    'Has each technique on record a name?'
    ...
YEARS: tuple
def calendar(parts):
    'Is each year one in which somebody can have measured?'
    ...
VERSION_FORM: Any
def machines(document):
    '(path, facts) of each machine in a document'
    ...
def versions(parts):
    'Have the versions of TinyTorch, Python and NumPy the form of versions?'
    ...
def counts_something(name):
    ...
def cores(parts):
    'Are cores and threads counted in whole numbers from 1 to 100,000, or unknown?'
    ...
CONFIDENCES: tuple
def confidence(parts):
    'Is the confidence of each interval one that somebody would act on, and can reach?'
    ...
def smallest_effect(parts):
    'Is the smallest effect that counts more than nothing, and at most a tenth?'
    ...
def interval_width(parts):
    'Has each interval a width, as everything that was measured more than once?'
    ...
def spread(parts):
    'Do the times of each model differ at all?'
    ...
def batch_size(parts):
    'Are no more samples timed at once than there are?'
    ...
def not_all_right(parts):
    'Is something wrong among many samples? Labels that were predicted are always right'
    ...
def all_right(document):
    'An example: the optimized model is never wrong'
    ...
MILLISECONDS: tuple
def latency(parts):
    'Does an answer take longer than ten nanoseconds, and less than an hour?'
    ...
def in_no_time(document):
    'An example: everything of the optimized model follows from a time of no time at all'
    ...
def fewest_bytes(parameters, evidence):
    'The least a file with so many parameters takes; without evidence most may be zero'
    ...
def enough_bytes(parts):
    'Is the file large enough for the parameters that are not zero?'
    ...
def one_byte(document):
    'An example: a file of one byte'
    ...
@cache
def part_names():
    '{SHA-256: name of the part}'
    ...
def data_sections(document):
    '(path, what is said of data) wherever a document does'
    ...
def fingerprint(parts):
    'Is data that has the name of a shipped part that part?'
    ...
def data_name(parts):
    'Has a shipped part, known by its fingerprint, its own name?'
    ...
def data_is_told(parts):
    'Since version 1: is it said on which data an accuracy was measured?'
    ...
def size_is_told(parts):
    'Since version 1: is it said how a size in MiB was measured?'
    ...
def machine_is_told(parts):
    'Since version 2: is it said where and when the second model was measured?'
    ...
def accuracy_counts(parts):
    "Do the four counts sum to the samples, and to what each model's accuracy says?"
    ...
COUNTED: tuple
def paired_accuracy_of(found):
    'What follows from the counts, margin and confidence of a table of who was right'
    ...
def accuracy_follows(parts):
    'Do difference, interval, decidable margin, verdict and p follow from the counts?'
    ...
def margin_is_small(parts):
    'Is what counts as no less accurate more than nothing, and at most a tenth?'
    ...
def is_number(value):
    ...
def same(stated, computed, version):
    'Is a leaf of a document what it should be?'
    ...
def differences(stated, computed, version, path):
    '(path, found, expected) of each leaf of `stated` that is not the one of `computed`'
    ...
def streams(document, *names):
    '(path, what is said) of each of the scenarios `names` of each model'
    ...
def percentiles_grow(parts):
    'Do median, p90, p95 and p99 grow, and does no bound lie below its percentile?'
    ...
def enough_calls(parts):
    'Were there calls enough for each bound of a percentile: 44, 90, 459?'
    ...
def stream_is_latency(parts):
    'Are the latencies of each model those of its single stream?'
    ...
def offline_is_throughput(parts):
    "Is the throughput of each model's batches that of its offline scenario?"
    ...
def server_rate(parts):
    'Does no server answer more requests a second than fit one after the other?'
    ...
def control_finds_nothing(parts):
    'Does the interval of the control, the baseline against its twin, hold 1?'
    ...
def controlled(parts):
    'Has a comparison of processes its control?'
    ...
def detectable_enough(parts):
    'Could the comparison have seen an effect of a tenth?'
    ...
def calm_machine(parts):
    'Was the machine calm enough for a grade of A, B or C?'
    ...
def reasons_are_given(parts):
    'Are there reasons for a grade that is not A?'
    ...
def energy_was_measured(parts):
    'Are there joules if and only if they were measured, and a reason if they were not?'
    ...
def stored_as_said(parts):
    'Are the bytes stored those of the file?'
    ...
ROOFS: dict
def roofs(parts):
    'Are bandwidth and peak those of some machine?'
    ...
COLUMNS: dict
def on_samples(id, page='scenarios', example=None):
    'A `rule` on the readings that came with a document'
    ...
def column_faults(samples):
    '(column, found, expected) of what is wrong with the columns as columns'
    ...
def columns(parts):
    'Are the columns those there should be, of the dtypes they should have, equally long?'
    ...
def rows_of(parts):
    '{column: array}, or None where `samples.columns` has something to say'
    ...
HIGHEST: dict
def codes(parts):
    'Are scenario, side and order codes that mean something, and samples from 0 on?'
    ...
def clock(parts):
    'Did the clock run in each block, forward, and for less than a day; and something in it?'
    ...
ALIKE: int
def runs(rows):
    '((scenario, side, process), its readings in ns) of each run'
    ...
def constant(parts):
    'Do the readings of a run differ?'
    ...
def copy_a_run(parts):
    'An example: the readings of one process stand as those of another'
    ...
def copied(parts):
    'Is no run the copy of another?'
    ...
def paired_rows(rows, scenario):
    '(order, complete) of a scenario in pairs: which was first, and is each pair complete?'
    ...
def complete_pairs(parts):
    'Has each pair of blocks both sides, once?'
    ...
def balanced_order(parts):
    'Was either side first in its pair, each about as often?'
    ...
def worked_out(parts, name, *args):
    'What readings say by `scenario_section` or `comparison_section`, made once; or a text: why not'
    ...
SECTIONS: dict
def against(parts, stated, path, name, *args):
    'The `differences` of what is stated from what the readings say'
    ...
def batch_of(about):
    ...
SHOWN: dict
def metrics_of(section):
    '{metric of a document: what the scenarios say}, as far as they do'
    ...
def latency_again(parts):
    'Are mean, median and deviation of the latency, and the throughput, what the readings say?'
    ...
def scenarios_again(parts):
    'Is each number of each scenario what the readings say?'
    ...
def comparison_again(parts):
    'Are speed-up, interval, verdict, processes and pairs what the readings say?'
    ...
def control_again(parts):
    'Are estimate, interval and verdict of the control what the readings say?'
    ...
CLASSES: tuple
SCORES: tuple
def on_predictions(id, example, *more):
    'A `rule` on the predictions that came with a document'
    ...
def prediction_faults(found):
    '(array, found, expected) of what is wrong with the arrays as arrays'
    ...
def arrays(parts):
    'Are the arrays those there should be, one row a sample, and finite?'
    ...
def predicted(parts):
    'The arrays, or None where `predictions.arrays` has something to say'
    ...
def classes(parts):
    'Is each class the one with the highest score?'
    ...
def accuracy_again(parts):
    'Is each accuracy the share of samples put right, of as many as the data has?'
    ...
def paired_again(parts):
    'Are the counts of who was right those of the predictions?'
    ...
def labels_are_those(parts):
    'Are the labels those of the data that came along?'
    ...
def parameters_of(graph, weights):
    '{name: array} of those that are parameters, neither buffers nor constants'
    ...
def codes_in(array):
    'The numbers an array stands for: codes of four bits are unpacked, two to a byte'
    ...
def counted(graph, weights):
    'What the arrays show: (lowest, highest) number of parameters, weights, zeros, int8, int4'
    ...
def on_models(id, page, example):
    'A `rule` on the arrays of the models that came with a document'
    ...
def models_in(parts):
    '(name, what is said of it, graph, arrays) of each model that came along'
    ...
def parameters_again(parts):
    'Is the number of parameters that of the arrays?'
    ...
def shares_shown(graph, weights):
    '{name in the evidence: (lowest, highest) share of the weights}'
    ...
def evidence_again(parts):
    'Are the shares of zeros, int8 and int4 those of the arrays?'
    ...
def file_size(graph, weights):
    "Bytes of the safetensors file of a model's own arrays, without the constants of its graph"
    ...
def bytes_again(parts):
    'Is the size of the stored model that of a file with its arrays?'
    ...
def has_errors(findings):
    ...
LATER: str
def shape_findings(document):
    "What is found of a document's version and shape, before any rule is asked"
    ...
def all_findings(parts):
    'What `validate_parts` finds, one after the other; each step relies on those before'
    ...
def validate_parts(parts) -> list:
    'The `Finding`s for `Parts` of a submission, the document and whatever came with it'
    ...
def validate_submission(document) -> list:
    'A list of `Finding`s; the submission is acceptable if none of them is an error\n\n    Whatever `document` is, nothing is raised.'
    ...
def open_at_once(path, flags):
    'As `os.open`, which waits for somebody to write into a pipe; this does not'
    ...
def read_bytes(path):
    'At most one byte more of a file than is allowed; SubmissionError if it cannot be read'
    ...
def load_submission(path) -> JSONObject:
    'The submission in the file `path`; SubmissionError with findings if it cannot be accepted'
    ...
MACHINE_BY_HAND: dict
def search_by_hand(baseline, optimized, speedup):
    'What a submission says of a search of two steps'
    ...
def comparison_by_hand(speedup):
    'What a submission says of a comparison of twelve processes'
    ...
def honest_document(before, after):
    'A submission of two models in which each rule finds something to look at'
    ...
def readings_by_hand(scenario, side, process, n, ns):
    'Columns of `n` readings of one run, near `ns` nanoseconds, scattered without a generator'
    ...
def samples_by_hand():
    'Columns in which the candidate takes 40 microseconds for a sample, and the baseline 20'
    ...
def predictions_by_hand(samples=359, wrong=(7, 10)):
    'Predictions in which the first samples are wrong, and a tenth class for each of those'
    ...
def models_by_hand():
    'Arrays of two models of two linear layers: floats, and half as many neurons, as int8 codes'
    ...
def measured_by_hand(name, side, right, parts):
    'What a submission says of one of those models'
    ...
@cache
def honest_parts():
    ...
def honest():
    '`Parts` of an honest submission, your own to break'
    ...
def broken(rule):
    'Honest `Parts` with the example of `rule` in them, and what the rule finds there'
    ...
STEPS: dict
def before_rules(id):
    'What is asked at the step before the rules that `id` names; ValueError if it names nothing'
    ...
def rules_text() -> str:
    'The table of rules, one in a line: id, severity, what it is asked of'
    ...
def explain(id) -> str:
    'What a rule asks, of what, where that is taught, and what it finds in an example\n\n    `id` is one of `rules`, or what else a `Finding` says. ValueError if there is none.'
    ...
