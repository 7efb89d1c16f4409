# Made by scripts/make_stubs.py from the module beside it; do not edit.
"What the document of a benchmark says, and how a stranger's is read: strictly, within limits, with a reason for each refusal."
from typing import Any
__all__ = ['SCHEMA_VERSION', 'rules', 'Finding', 'SubmissionError', 'save_submission', 'schema', 'migrate', 'projection', 'canonical_bytes', 'digest', 'Parts', 'Rule', 'rule', 'validate_parts', 'validate_submission', 'load_submission', 'rules_text', 'explain']
import json, math, os, re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from itertools import count
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
import numpy as np
from .files import sha256_of, write_atomically
def not_comparable(name, value):
    'What the error says of a number that nothing can be divided by'
    ...
def check_metrics(metrics, needed=()):
    'Raise ValueError if `metrics` lacks one of `needed`, or has a latency or size of 0 or infinity'
    ...
def improvements(baseline, optimized):
    'Speed-up (ratio of mean latencies), compression ratio (of sizes) and change in accuracy'
    ...
def verdict_of(low, high, min_effect=0.01):
    "'faster', 'slower' or 'no difference shown': the interval must lie beyond the smallest effect"
    ...
SCHEMA_VERSION: int
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
def has_lone_surrogate(text):
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
    "Schema of one model's times: one by one, several at once, as a server, all at once"
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
    '`document`, changed: what follows from others as it follows, if it `agrees` for a version'
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
FOLLOWING: dict
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
    'Are the two times of a comparison apart by about its speed-up?'
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
    'Have the versions of Python and NumPy the form of versions?'
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
def honest_document():
    'A submission in which each rule finds something to look at, and nothing wrong'
    ...
def honest():
    '`Parts` of an honest submission, your own to break'
    ...
def broken(rule):
    'Honest `Parts` with the example of `rule` in them, and what the rule finds there'
    ...
def rules_text() -> str:
    'The table of rules, one in a line: id, severity, what it is asked of'
    ...
def explain(id) -> str:
    'What a rule asks, of what, where that is taught, and what it finds in an example; ValueError'
    ...
