# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A claim travels with everything it takes to check it: readings, predictions, both models, in a folder that a stranger can open without fear.'
from typing import Any
__all__ = ['Bundle', 'load_bundle']
import glob
import json
import os
import re
import shutil
import stat
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from math import prod
from pathlib import Path
from struct import Struct, error as StructError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
import numpy as np
from ..files import is_running, portable, sha256_of, temporary_name, write_atomically
from tinytorch.submission import MAX_BYTES, Finding, SubmissionError, abbreviate, dedupe_and_cap, misplaced, parse_strictly, validate_submission
FILES: dict
OPTIONAL: set
MODELS: tuple
def manifest_of(files):
    'What `manifest.json` says of all the other `files`, sorted by path'
    ...
def refuse(rule, place, found, expected):
    'Raise the SubmissionError with one finding, `bundle.rule`'
    ...
def tried(findings, read, *given):
    'What `read(*given)` returns; None if it refuses, with the reasons added to `findings`'
    ...
def reasons(read, *given):
    'The rules by which `read(*given)` refuses, as a list; empty if it does not'
    ...
def read_json(data, place):
    'What a file of JSON says; refuses what `parse_strictly` does'
    ...
def manifest_findings(manifest, files):
    'Findings where a manifest is not that of `files`'
    ...
def manifest_finding(path, found, expected):
    ...
def entries_of(manifest):
    '{path: entry} of a manifest, without what is no entry; the last of several for one path'
    ...
MAX_FILES: int
def surplus_findings(manifest):
    'A finding if there is more in the list than one entry for each path'
    ...
def check_names(names, allowed, place):
    'Refuse a name that is not allowed, or comes twice'
    ...
MOST: dict
def most_bytes(path):
    ...
def open_as_it_is(path, flags):
    'As `os.open`, but a link is no file, and a pipe is not waited for'
    ...
def check_state(state, place, most):
    'Refuse what is no ordinary file, or has more bytes than `most`'
    ...
def read_plain(path, place, most):
    'The bytes of the ordinary file at `path`; refuses anything else, before a byte is read'
    ...
def names_in(folder):
    'Of what is in the folder of a bundle and in its `models`; refuses more than a bundle has'
    ...
def read_folder(folder, findings):
    '{path: bytes} of the bundle in `folder`, without what is refused'
    ...
def zip_bytes(files):
    'A zip of `files`: the same bytes wherever and whenever it is made'
    ...
END: Any
def check_end(file, place):
    'Refuse what does not end as a zip with a short table of contents does'
    ...
RATIO: int
def check_member(info, place, most):
    'Refuse a member of a zip for what it says of itself'
    ...
BROKEN: tuple
def read_member(archive, info, place, most):
    'The bytes of one member, at most `most`'
    ...
def read_zip(file, place, most, findings):
    '{name: bytes} of the members of a zip, without what is refused'
    ...
NPY: Any
def npy_bytes(array):
    "`array` in NumPy's format 1.0"
    ...
def read_npy(data, place):
    "The array in NumPy's format that `data` are; read-only, and not empty"
    ...
COLUMNS: Any
ANSWERS: Any
ARRAYS: dict
def npz_bytes(arrays):
    "A file in NumPy's `.npz` format, the same bytes for the same arrays"
    ...
def check_array(array, dtype, axes, n, place):
    'Refuse an array that has not this dtype, number of axes and length'
    ...
def read_npz(data, place):
    '{name: array} of the file of that name in a bundle; refuses others than belong there'
    ...
NUMBERS: dict
def is_wholes(numbers, most):
    'Is it a list of at most so many whole numbers, not negative, below 2³¹?'
    ...
def span_of(entry, place):
    '(start, end) of an array in a file of weights; refuses an entry that does not fit together'
    ...
def check_weights(data, place):
    'Refuse what is not a header and arrays that fill the rest without a gap or an overlap'
    ...
def read_weights(data, place):
    '{name: array} of a file of weights'
    ...
PACKAGE: Any
def environment():
    'What is installed here: a sorted line `name==version` for each package'
    ...
def read_environment(data, place):
    'The lines of `environment.txt`; refuses any that is no name and version'
    ...
READERS: dict
def read_files(path, findings):
    '{path: bytes} of the bundle at `path`, a folder or a zip, without what is refused'
    ...
def missing_findings(files, told):
    'Findings for what is not there, and not refused with reasons that were `told`'
    ...
def integrity_findings(files, read, told):
    'Findings on the bundle as a whole: what is missing, what its manifest says'
    ...
@dataclass(eq=False, repr=False)
class Bundle:
    'What a bundle holds, as far as it could be read, and what is wrong with it'
    path: str
    files: dict
    document: dict = None
    samples: dict = None
    predictions: dict = None
    models: dict = field(default_factory=dict)
    data: dict = None
    findings: list = field(default_factory=list)
    @property
    def digest(self):
        'SHA-256 of the canonical bytes of the document (RFC 8785); None if it has none'
        ...
    def __repr__(self):
        ...
    ...
def canonical_sha256(document):
    'SHA-256 of the canonical bytes of a document; None if it has a number that has none'
    ...
def models_in(read):
    '{side: (graph, weights)} of those models of which both files could be read'
    ...
def rule_findings(bundle):
    'Findings of all rules that look at a document and what came with it'
    ...
def load_bundle(path) -> Bundle:
    'What is in the bundle at `path`, a folder or a zip, with findings for all that is wrong\n\n    Nothing is raised for a bad bundle, nothing in it is run, and no more of it is read than the\n    limits allow.'
    ...
def beside(path):
    'Where the old bundle lies while the new one takes its place'
    ...
def recover(path):
    'Finish what a process that was killed had begun: the old bundle back, or away'
    ...
def last_whole(path):
    '`path`, or where a writer that was killed has left the bundle that belongs there'
    ...
def remove_unfinished(path):
    'Delete the folders that processes which have ended began to write beside `path`'
    ...
def check_replaceable(path):
    'Raise FileExistsError if there is something at `path` that is no bundle'
    ...
def write_new(path, files):
    'Write `files` into a new folder at `path`, and see them to the disk'
    ...
def write_folder(path, files):
    "Write a bundle's `files` as a folder; at any moment there is the old bundle or the new"
    ...
def write_bundle(path, files):
    "Write a bundle's `files` and their manifest, as a zip if `path` ends in .zip, else as a folder"
    ...
