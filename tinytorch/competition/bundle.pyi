# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A claim travels with everything it takes to check it: readings, predictions, both models, in a folder that a stranger can open without fear.'
from typing import Any
__all__ = ['Bundle', 'load_bundle', 'save_bundle', 'bundle_of_capstone']
import glob
import json
import os
import re
import shutil
import stat
import sys
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from math import prod
from pathlib import Path
from struct import Struct, error as StructError
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
import numpy as np
from ..benchmarking import Benchmark, compare, detectable_speedup
from tinytorch.capstone import BenchmarkReport, as_array, check_labels, data_facts, evidence, flat, generate_submission, on_one_thread
from .detection import detect
from ..core.autograd import no_grad
from ..core.layers import evaluating
from ..core.tensor import Tensor, patch
from ..datasets import card, load
from ..figures import figures, prepared
from ..files import is_running, portable, sha256_of, temporary_name, write_atomically
from ..machine import drift_of, grade, measure_bandwidth, measure_energy, measure_peak, memory_section
from ..perf.stored import build, check_graph, load_model, read_safetensors, save_model
from ..perf.techniques import stored_bytes, techniques_of
from ..scenarios import scenario_section
from ..statistics import lag_one, paired_accuracy
from ..submission import MAX_BYTES, Finding, Parts, SubmissionError, abbreviate, check_writable, dedupe_and_cap, differences, digest, misplaced, parse_strictly, part_names, rows_of, rule, shipped_parts, to_jsonable, validate_parts, worked_out
FILES: dict
OPTIONAL: set
FOLDERS: tuple
MODELS: tuple
def manifest_of(files):
    "What `manifest.json` says: `format`, 'tinytorch-bundle'; `version`, 1; and `files`\n\n    Of all the others `path`, `bytes`, `sha256` and `role`, sorted by path."
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
def names_of(folder, inside):
    'Names of what is in one folder of a bundle; refuses more than a bundle has'
    ...
def names_in(folder):
    'Names of what is in the folder of a bundle, and in its own folders'
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
def read_code(data, place):
    'The text of a Python file, which is not run'
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
        'SHA-256 of the canonical bytes of the document (RFC 8785); None if it could not be read'
        ...
    def __repr__(self):
        ...
    def load_data(self) -> tuple:
        '(inputs, labels) that the two models were measured on: those in the bundle, or a shipped part'
        ...
    ...
def models_in(read):
    '{side: (graph, weights)} of those models of which both files could be read'
    ...
def graph_findings(models):
    'Findings for graphs and weights that no model can be built from'
    ...
def parts_of(bundle, sound):
    'What the rules look at; models only if they are `sound`'
    ...
def rule_findings(bundle):
    'Findings of all rules that look at a document and what came with it'
    ...
def load_bundle(path) -> Bundle:
    'What is in the bundle at `path`, a folder or a zip, with findings for all that is wrong\n\n    Nothing is raised for a bad bundle, nothing in it is run, and no more of it is read than the\n    limits allow.'
    ...
def fill_files(parts):
    "An example's files, as its document names them"
    ...
def swap_samples(parts):
    'An example: the readings are those of another bundle'
    ...
def artifacts_are_the_files(parts):
    'Does the document name each other file of the bundle by its SHA-256, and no more?'
    ...
SECTIONS: tuple
def without_control(parts):
    'An example: nobody knows what the machine did meanwhile'
    ...
def sections_are_there(parts):
    'Is the document of a bundle of version 2, with all its sections?'
    ...
def with_own_photos(parts):
    'An example: data that nobody has'
    ...
def data_is_known(parts):
    'Is the data in the bundle, or a part that the course ships?'
    ...
def with_other_inputs(parts):
    'An example: the inputs are not those that were measured'
    ...
def data_is_that_data(parts):
    'Is the data in the bundle that of the document?'
    ...
def labels_are_the_parts_own(parts):
    'Has a part that the course ships its own labels?'
    ...
def pairs_of(parts):
    '(control, comparison), as the readings have them; None if they do not tell'
    ...
def blind(parts):
    "An example: what the comparison could see is smaller than anybody's noise"
    ...
def detectable_again(parts):
    "Is the smallest effect that could be seen what the control's readings say?"
    ...
def flattered(parts):
    'An example: a better grade than the facts give'
    ...
def noticed_again(parts, control, main):
    'What the readings say of those facts of the grade that they can tell'
    ...
def grade_again(parts):
    'Does the grade follow from its facts, and do these, as far as they can, from the readings?'
    ...
PARTS: dict
def shipped(sha256):
    '(inputs, labels) of the shipped part with this fingerprint; ValueError if there is none'
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
def too_long(path, size):
    ...
def stored(model, x, folder, side):
    '(the model that comes back, {path in the bundle: bytes}) of a `model` written to `folder`'
    ...
PIECE: Any
def pieces(x):
    '`x` in parts, samples of no more than `PIECE` bytes together, or one sample'
    ...
def scores_of(name, model, x):
    'Scores of `model` for all of `x`: float32, (N, classes); ValueError if they are none'
    ...
def answers_of(models, x, y):
    'The arrays of predictions.npz'
    ...
@dataclass
class Effort:
    'How much is measured'
    calls: int = 600
    blocks: int = 30
    processes: int = 12
    pilot: int = 8
    pairs: int = 20
    seconds: float = 0.4
    ...
@dataclass(eq=False)
class Timed:
    'What the clock said of two models'
    columns: dict
    sections: list
    comparison: object
    ...
def timed(models, x, effort, seed, progress):
    'The two models, which came back from files, in all scenarios'
    ...
def memory_of(model, x, stem, quick):
    'What the document says of the memory of a model that is stored at `stem`'
    ...
def energy_of(model, x):
    'What the document says of the energy of one call'
    ...
def metrics_of(model, size, section, right, samples):
    'The metrics of a report, from what was stored, timed and answered'
    ...
def report_of(name, model, section, right, data, techniques):
    'A `BenchmarkReport` that is filled in'
    ...
def control_of(comparison):
    'What the document says of the control'
    ...
def sections_of(answers, timed, margin):
    'Sections of the document that follow from answers and readings'
    ...
def techniques_for(claimed, model, pairs):
    'What is claimed; else what is on record; else what shows in the two models'
    ...
def known_data(x, y, dataset):
    'What the document says of the data; a part that is shipped has its own name'
    ...
def document_of(made, names, dataset, claimed, student_name, recorded, margin):
    'The submission, as `generate_submission` makes it, and what version 2 adds'
    ...
def with_artifacts(document, files):
    'All files of a bundle but the manifest, the document with the hashes of the others'
    ...
def pairs_in(files):
    '{side: (graph, weights)} as a reader of `files` gets them'
    ...
def check_target(path):
    'Raise an OSError, before anything is measured, if no bundle can be written at `path`'
    ...
def checked_data(x, y):
    '`x` and `y` as arrays that a bundle can hold; an error if they are no data'
    ...
def data_files(x, y):
    "{'data.npz': bytes}; {} if it is a part that the course ships"
    ...
def resources_of(models, x, folder, effort):
    'Sections of the document that are measured besides'
    ...
@dataclass(eq=False)
class Made:
    'What was measured of two models that were stored and came back'
    x: np.ndarray
    y: np.ndarray
    files: dict
    answers: dict
    clock: object
    resources: dict
    ...
def made_of(both, x, y, effort, seed, progress):
    '`Made` of two models'
    ...
def save_bundle(path, baseline, optimized, x, y, dataset=None, student_name=None, techniques_applied=None, names=MODELS, search=None, extensions=None, margin=0.03, seed=0, quick=False, progress=None) -> Bundle:
    'The `Bundle` of two models: stored, loaded again, measured, and written to `path`\n\n    It is written whole or not at all. The data goes along unless it is a part that the course\n    ships. `Untraceable` for a model that cannot be written down, ValueError for data or scores\n    that are none, or a file too long for a bundle, OSError where nothing can be written.'
    ...
def bundle_of_capstone(run, path, quick=False, progress=None) -> Bundle:
    "The `Bundle` of a capstone's two models, measured on its test part; its search comes along"
    ...
