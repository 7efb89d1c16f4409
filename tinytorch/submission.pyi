# Made by scripts/make_stubs.py from the module beside it; do not edit.
"What the document of a benchmark says, and how a stranger's is read: strictly, within limits, with a reason for each refusal."
from typing import Any
__all__ = ['SCHEMA_VERSION', 'Finding', 'SubmissionError', 'save_submission', 'schema', 'validate_submission', 'load_submission']
import json, math, os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
import numpy as np
from .files import write_atomically
from .statistics import verdict_of
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
    'Schema of an array of `least` to `most` items; of more, only the first `most` are looked at'
    ...
TEXT: dict
POSITIVE: dict
SPREAD: dict
SHARE: dict
COUNT: dict
SHA256: dict
TIME: dict
METRICS: Any
MORE_METRICS: Any
SIDE: dict
VERDICT: dict
INTERVAL: Any
COMPARED: Any
MORE_COMPARED: Any
DATA: Any
def model_schema(**more):
    'Schema of what a submission says of one model'
    ...
def search_schema():
    'Schema of what was tried on the way to the optimized model, and by which rule one was kept'
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
def agrees(stated, computed, version):
    'Is `stated` `computed`, to one unit of its last digit (version 0) or a millionth (later)?'
    ...
def disagreement(rule, path, stated, computed, version, source='the metrics'):
    'A finding, if a number that is `stated` is not the one `computed` from others'
    ...
def coded_share(shown):
    ...
def share_findings(evidence, path):
    'A finding, if more weights are int8 or int4 than there are'
    ...
def model_findings(about, path, version):
    'Findings where the numbers of one model do not follow from each other'
    ...
def comparison_findings(found):
    'Findings where a verdict does not follow from its interval, or a confidence from its pairs'
    ...
def search_findings(document):
    'Findings where the search did not keep one step, or not the model that was submitted'
    ...
def step_findings(step, path, samples):
    'Findings where the numbers of one step of a search do not follow from each other'
    ...
def time_of(part):
    'When `part` of a document was measured; None if it does not say, or there is no such time'
    ...
def date_findings(part, path):
    'A finding, if `part` says a time that does not exist'
    ...
def lone_parts(document):
    'Parts on an optimized model that lack what belongs to them'
    ...
def consistency_findings(document, version):
    'Findings where numbers of `document` do not follow from others'
    ...
APART: float
def measurement_warnings(document):
    'Findings (warnings) on how the two models of `document` were compared'
    ...
def speedup_warnings(document):
    ...
BLOCKS_APART: float
def comparison_warnings(found):
    'Findings (warnings) for what makes a comparison less sure than its interval says'
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
LATENCIES_APART: int
def far_latencies(steps):
    'The same where a speed-up is far from what the latencies say'
    ...
def search_warnings(document):
    'Findings (warnings) for what is odd in a search'
    ...
DAY: Any
def machine_warnings(document):
    'Findings (warnings) if the second model was measured elsewhere, or on another day'
    ...
def size_warnings(document):
    'Findings (warnings) for sizes that are four bytes a parameter, whatever is stored'
    ...
ROUNDED: float
ROUNDED4: float
QUANTIZED: tuple
PRUNED: tuple
UNTIMED: tuple
UNKNOWN: tuple
def missing_trace(name, now, before):
    '(rule, what the evidence should show) for a claim that leaves no trace; None if it does'
    ...
UNMEASURED: tuple
def is_faster(document):
    ...
def claim_warnings(document):
    'Findings (warnings) for claimed techniques that the measured model does not show'
    ...
def has_errors(findings):
    ...
LATER: str
def all_findings(document):
    'What `validate_submission` finds, one after the other; each step relies on those before'
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
