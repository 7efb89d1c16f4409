# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Write, check, go on: what you have done is found out from your cells each time, and never taken from a flag.'
from typing import Any
__all__ = ['check', 'note', 'hint', 'solution', 'skip', 'complete', 'status', 'next_exercise', 'recheck', 'provenance']
import ast
import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
import tinytorch
from .checking import Engine, Result, check_page
from .course import PageError, blank, is_unwritten, names_of, needs, place_of, test_folder
from .exercises import hints, reference_page
from .files import lock
from .workspace import Workspace, WorkspaceError, is_skipped, without_skip
def fingerprint(text):
    ...
def code_of(page):
    'The fingerprint of what `page` exports: all that can change its module'
    ...
NEW: dict
EMPTY: dict
def kept_of(state, name):
    'What the `state` of a workspace has of exercise `name`'
    ...
def word_of(kept, cell, absent='') -> str:
    'How far an exercise is: its last result, if that is about the cell as it is now'
    ...
def has_types(found, form):
    'Has what a dict keeps the types in `form`?'
    ...
def is_kept(found):
    ...
def state_of(ws):
    'What the workspace keeps; WorkspaceError if it has another form'
    ...
@contextmanager
def changing(ws):
    'A block that may change the state, which is read before and written after, in one step'
    ...
def keep(state, name, **facts):
    'Note `facts` about exercise `name`'
    ...
@dataclass
class Task:
    'An exercise of a page, and how far it is'
    name: str
    page: object
    cell: object
    word: str
    core: bool
    hints: int = 0
    solution_seen: bool = False
    @property
    def done(self):
        ...
    @property
    def written(self):
        ...
    ...
def mentions(code, word):
    'Does `code` use a name? In comments and texts it may stand'
    ...
def absent_in(code, name):
    "'not written yet' if the code of an exercise's cell is blank, 'skipped' if it is by\n    reference, also if one's own code calls `by_reference`; else ''"
    ...
def task_of(state, page, name, cells, reference):
    "The `Task` for exercise `name`, of which the learner's page has `cells`"
    ...
def all_tasks(state, page):
    'A `Task` for each exercise that the course has on `page`, in its order'
    ...
def tasks(ws, state, page):
    'Those that count: the core, and extras that are written or asked for'
    ...
def page_at_work(pages, last=''):
    'The stem of the page being worked on, or None where nothing is left to do'
    ...
def open_page(ws, state, pages):
    'The page being worked on; None where nothing is left'
    ...
def stands(ws, state, page):
    'Is the module of `page` what the notebook says? True also where nothing was exported yet'
    ...
def export(ws, page):
    'What `Workspace.export` says, after noting which code the module was made of'
    ...
def keep_result(state, page, result):
    'Note a `Result` for the cell it was found for'
    ...
def as_written(page):
    '`page` without the lines by which written exercises were skipped once'
    ...
def judge(engine, ws, page, names, all=False):
    'Check the exercises `names` of `page`, to the first that fails or all; the results, noted'
    ...
def written_on(ws, state, page):
    'The names of what is written on `page`, what has not passed first'
    ...
def to_judge(ws, state, page):
    'The names on an earlier page that have to pass again; None if there is nothing to do'
    ...
def earlier_results(engine, ws, page, pages):
    'Check again, and export, those of `pages` before `page` that changed, to the first failure'
    ...
def unproven(ws, page):
    'The names of what is written on `page` and has not passed as it is: a reason not to export it'
    ...
def export_if_proven(ws, page, results):
    '(`Exported` or None, why not) after a pass among `results`'
    ...
@dataclass
class Report:
    'What a check found: on earlier pages, on this one, and what became of its module'
    page: str
    done: int
    total: int
    results: list = field(default_factory=list)
    earlier: list = field(default_factory=list)
    exported: object = None
    note: str = ''
    @property
    def ok(self):
        ...
    @property
    def exit_code(self):
        ...
    def __str__(self):
        ...
    def as_dict(self):
        ...
    ...
def report_lines(report):
    'A `Report` in lines, the last about the page'
    ...
def short(stem):
    'What one types for a page: its number if it has one'
    ...
def counts_on(ws, page):
    '(done, all) of the exercises that count on `page`'
    ...
def readable(page):
    '`page`, or PageError if it cannot be read'
    ...
def checked(engine, ws, page, pages, names, all=False):
    'The `Report` of a check of `names` on `page`'
    ...
def names_on(ws, page):
    'The names that a check of a page asks for; LookupError if a cell is gone or there are two'
    ...
def check(ws, name=None, all=False) -> Report:
    'What is found of an exercise, or of the page being worked on, to the first that fails\n\n    First what changed on earlier pages is checked again. A page on which all that is written has\n    passed is exported, so that later pages import it. LookupError for a name that is not there,\n    PageError for a notebook that cannot be read.'
    ...
def note(ws, result) -> Report:
    "Keep a result found elsewhere, in a notebook's kernel, and export the page if it may be"
    ...
def next_hint(shown, ladder):
    '(number of the hint to show now, the hint); after the last the last again'
    ...
KINDS: tuple
@dataclass
class Shown:
    'Something that was asked for, in words'
    name: str
    text: str
    number: int = 0
    of: int = 0
    def __str__(self):
        ...
    def as_dict(self):
        ...
    ...
def hint(ws, name) -> Shown:
    'One more of the three hints for exercise `name` each time, in the end the last again; counted'
    ...
class NotYet(ValueError):
    'What was asked for comes after a check that passes'
    ...
def solution(ws, name, show=False) -> Shown:
    'How the course writes exercise `name`; NotYet before its check has passed, but for `show`'
    ...
def skip(ws, name) -> Shown:
    "Use the course's code for exercise `name` until it passes; recorded, and exported as such"
    ...
def tests_of(page, folder=None):
    'What pytest runs for a page of the course: files with one of its names, or its part of one'
    ...
MARKS: dict
PAINT: Any
def read_results(path):
    "[(name, 'passed', 'failed' or 'skipped', what it said)] from a JUnit file of pytest"
    ...
def counted(results):
    '`results` as counts, names and failures'
    ...
SETTINGS: str
LIMIT_S: int
NO_TESTS: int
REFEREE: str
def test_command(folder, words):
    "pytest on `words` without the course's settings, its results in `folder`"
    ...
def behavior_tests(ws, page):
    "What the course's tests of `page` find of the learner's package, `counted`"
    ...
@dataclass
class Completed:
    'What is in the way of a page, or that nothing is'
    page: str
    report: object
    open: dict
    skipped: list
    tests: object = None
    note: str = ''
    @property
    def ok(self):
        ...
    @property
    def exit_code(self):
        ...
    def __str__(self):
        ...
    def as_dict(self):
        ...
    ...
LINES_SHOWN: int
def completed_lines(found):
    'A `Completed` in lines, first what failed first'
    ...
def test_lines(tests):
    ...
def left_on(ws, page):
    '({exercise: word} of what is left on `page`, names of what was skipped)'
    ...
def prove(ws, page):
    'A `Completed` for `page`: its checks, its export, and only then its tests'
    ...
def complete(ws, word) -> Completed:
    "Check a page, export it, and run the course's tests of it on the learner's package\n\n    Only if all of that passes is the page noted as complete, for the code it was tried with."
    ...
def is_complete(ws, state, page):
    ...
@dataclass
class PageRow:
    'How far a page is'
    page: str
    title: str
    done: int
    total: int
    complete: bool
    stale: bool
    words: dict
    error: str = ''
    edited: bool = False
    def __str__(self):
        ...
    ...
def is_edited(ws, state, page):
    'Is the module of `page` another than was exported, or gone?'
    ...
def row_of(ws, state, page):
    ...
@dataclass
class Status:
    'Where a learner is'
    rows: list
    page: str
    next: str
    exercises: dict
    skipped: list
    seen: list
    warnings: list
    @property
    def ok(self):
        ...
    def __str__(self):
        ...
    def as_dict(self):
        ...
    ...
def status_lines(found):
    'A `Status` on one screen: the pages that are begun, the page being worked on, what is next'
    ...
def exercise_counts(pages, state, modules=None):
    "{'exercises': all, 'written': by the learner, 'by_reference': by the course's code instead}\n\n    With `modules`, what is written counts by reference unless its page's module is among them."
    ...
def next_task(ws, state, page):
    'The first `Task` of `page` that is not done, or None'
    ...
def head_of(code, name):
    'Signature and docstring of an exercise: its cell without what is written in it'
    ...
def status(ws) -> Status:
    'Where a learner is: pages, exercises, what was skipped, modules older than their page'
    ...
def next_exercise(ws) -> Shown:
    'The next exercise to write: where it stands, and what its first lines ask for'
    ...
def passed_once(ws, page):
    'The names of what is written on `page` and had passed, as it was then'
    ...
def recheck(ws) -> list:
    'The `Result` of everything that had passed and does not any more, after an update of the pages'
    ...
def exported_modules(ws):
    'The names of the modules in the package that a learner exported, in the order of the pages'
    ...
def provenance() -> dict:
    "{'workspace': {'exercises', 'written', 'by_reference'}} of the package in use, counts\n\n    {} where the package is the course's own."
    ...
