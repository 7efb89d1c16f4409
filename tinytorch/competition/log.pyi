# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Results in a file that only grows: whoever changes a byte of what is in it is found out.'
from typing import Any
__all__ = ['LogError', 'LogCheck', 'verify_log', 'read_log', 'append', 'repair']
import os, re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from stat import S_ISREG
from ..files import lock, naming, sha256_of, write_atomically
from ..submission import MAX_BYTES, Finding, abbreviate, canonical_bytes, dedupe_and_cap, digest, parse_strictly
class LogError(ValueError):
    'A log that cannot be read or written; `findings` lists why'
    def __init__(self, findings):
        ...
    findings: Any
    ...
KINDS: tuple
START: Any
MOST: Any
def event_after(previous, seq, kind, body):
    'The event number `seq`, chained to the one whose hash is `previous`'
    ...
def error(rule, where, found, expected):
    ...
KEYS: set
HEX: Any
def is_hash(value):
    ...
def shape_findings(event, where):
    'What is wrong with the keys of an event and with the types of what they hold'
    ...
SAID: dict
def read_line(line, where):
    '(event, findings): what one line says, or None, and what is wrong with it, taken alone'
    ...
def chain_findings(event, before, where):
    'What is wrong with the place of an event after the one `before`, which may be None'
    ...
@dataclass
class LogCheck:
    'What a log holds, and what is wrong with it'
    events: list = field(repr=False)
    head: str
    findings: list
    torn: bytes
    ...
@contextmanager
def opened(path, write=False):
    "The log's file, open and locked; LogError for what is none, an OSError names `path`"
    ...
def head_path(path):
    ...
def noted_head(path):
    "What the file beside a log says is its last event's hash; None if there is none"
    ...
def head_findings(events, path, head):
    'What is wrong with the end of a log, going by the file beside it and by a `head` from elsewhere'
    ...
def verify_log(path, head=None) -> LogCheck:
    'What is wrong with the log'
    ...
def read_log(path, head=None) -> list:
    'The events of the log `path`; LogError with findings if a byte of it is not as it was written'
    ...
def last_event(file, path):
    'The last event; LogError if the end of the log is not as it was written'
    ...
def append(path, kind, body) -> str:
    'The new head, after an event was appended to the log `path`, whole or not at all'
    ...
def repair(path) -> bytes:
    'What was cut off'
    ...
