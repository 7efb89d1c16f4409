# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Results in a file that only grows: whoever changes a byte of what is in it is found out.'
from typing import Any
__all__ = ['LogError', 'LogCheck', 'verify_log', 'read_log', 'append', 'repair']
import json, os, re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from stat import S_ISREG
from ..files import lock, naming, sha256_of, write_atomically
from ..submission import MAX_BYTES, MAX_DEPTH, MAX_FINDINGS, MAX_VALUES, Finding, SubmissionError, abbreviate, canonical_bytes, dedupe_and_cap, digest, parse_strictly, read_bytes
KINDS: tuple
START: Any
def event_after(before, kind, body):
    'The event that comes after `before`, with its number, the hash before and its own'
    ...
def error(rule, where, found, expected):
    ...
def short(value):
    ...
def chain_findings(event, n, previous, where):
    'What is wrong with the place of an event'
    ...
FORM: dict
HASH: Any
def is_hash(value):
    ...
def well_formed(event):
    '{key: is what stands there of the right form?}'
    ...
def form_findings(event, where):
    "What is wrong with an event's keys, and with the types of what they hold"
    ...
def read_strictly(line, where):
    '(event, findings) of a line, looked at in every value; the event is None if it is none'
    ...
def own_hash(line, event):
    'The hash that the canonical `line` of an `event` should have'
    ...
ODD: Any
def not_plain(text):
    ...
encode: Any
decode: Any
def within(value, levels):
    'Do no more than so many objects and arrays lie in each other?'
    ...
def read_plain(line):
    'The JSON of a line that is certainly canonical; None if that takes a closer look'
    ...
def read_line(line, where):
    '(event, findings) of one line, taken alone; the event is None if it is none'
    ...
def read_lines(lines):
    '(events, findings) of the lines of a log, from its first on'
    ...
def head_path(path):
    'The file beside a log that holds its head'
    ...
def noted_head(path):
    'What the file beside a log says its last hash is; None if there is none'
    ...
class LogError(ValueError):
    'A log that cannot be read or added to; `findings` lists why'
    def __init__(self, findings):
        ...
    findings: Any
    ...
def warning(*said):
    ...
def noted_findings(noted, last, before, where):
    'What is wrong with the `noted` head of a log that ends in the hashes `before` and `last`'
    ...
def given_findings(head, hashes):
    'The same for a `head` that was written down elsewhere, or None: the log must contain it'
    ...
MOST: Any
def refuse(rule, path, found, expected):
    ...
def descriptor(path, flags):
    'A number for the open file `path`, which must be an ordinary one'
    ...
@contextmanager
def opened(path, flags, mode):
    'The file of a log, open and locked'
    ...
@dataclass
class LogCheck:
    'What a log holds, and what is wrong with it'
    events: list = field(repr=False)
    head: str
    findings: list
    torn: bytes
    @property
    def errors(self):
        'The findings that are errors; the others are warnings'
        ...
    ...
def torn_findings(torn, where):
    "What is wrong with the bytes after the last line's end"
    ...
def check_log(data, path, head):
    '`LogCheck` of the bytes of a log'
    ...
def verify_log(path, head=None) -> LogCheck:
    'What a log holds and what is wrong with it: any byte that was changed, removed or moved\n\n    Lines lost from the end show by `log.head` beside it or by `head`. Whoever may write both\n    files can write another log; a `head` out of their reach finds that out, up to its event.\n    OSError or LogError if the file cannot be read; ValueError if `head` is no hash.'
    ...
def read_log(path, head=None) -> list:
    'The events of a log; LogError with findings unless every byte is as it was written'
    ...
def last_event(file, path):
    'The last event, None for an empty log; LogError unless the log ends as it was written'
    ...
def check_event(kind, body):
    'Raise ValueError or TypeError unless this can be an event'
    ...
def write_through(file, line):
    "Write `line` at the end of a log's file; on the disk when this returns"
    ...
def room(path, size, line):
    'Raise LogError if a line makes a log that could not be read again'
    ...
def events_in(file):
    "The events in the whole lines of a log's open file"
    ...
def append(path, kind, body, check=None) -> str:
    'The new head, after an event was written at the end of a log, whole or not at all\n\n    It is on the disk then. Several processes wait for each other. LogError if the log does not\n    end as it was written: nothing is mended in silence, see `repair`. An OSError names `path`.'
    ...
def repair(path) -> bytes:
    "What was cut off after the last whole line; b'' if nothing stood there\n\n    It is kept beside the log, in `log.torn-` and the beginning of its hash; `log.head` is mended.\n    LogError if anything else is wrong: nothing is touched. OSError if it cannot be written."
    ...
