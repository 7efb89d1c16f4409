# Made by scripts/make_stubs.py from the module beside it; do not edit.
"The cells that judge an exercise run in a process of their own and tell each value they compare; the course's own answer tells what it should be."
from typing import Any
__all__ = ['STATES', 'recording', 'Result', 'CannotCheck', 'check_exercise', 'check_page', 'check_here', 'break_page']
import ast
import base64
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from html import escape
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from .course import IPYTHON, Cell, Page, is_imports, is_unwritten, read_page, steps, steps_for
from .exercises import cell_of, generic_mistakes, reference_page, remember_source, variants
LOOSE: dict
def as_data(array):
    'The dtype, shape and numbers of an array as JSON'
    ...
def encode_array(value, depth):
    'A NumPy array or number, or a tensor, which is told by its data'
    ...
def message_of(error):
    "The words of an exception, cut; '' if it has none to give"
    ...
CONTAINERS: tuple
def encode_many(value, depth):
    'A list, tuple, set or dictionary with all that is in it, to a depth'
    ...
def encode(value, depth=DEPTH):
    "`value` as JSON: numbers, texts, arrays, tensors and what holds them; else its type's name"
    ...
def data_of(value):
    'The data of an encoded array or tensor, or None'
    ...
def numbers_of(value):
    'The array in an encoded value; None if it is neither number, array nor tensor'
    ...
BRACKETS: dict
def plain(value):
    'An encoded value as a reader would write it'
    ...
def shown(value, most=160):
    'An encoded value on a line, cut'
    ...
def differ_numbers(got, expected, rtol=0.001, atol=1e-05):
    "'' if the arrays agree, else what differs first, in words.\n\n    Shapes have to be equal: 'shape (2,), expected (3,)'. Values have to be close, NaN to NaN, with\n    an `rtol` of at least 1e-2 if one is float16: 'first different at [0, 2]: 3.0, expected 5.0';\n    of single numbers '3.0, expected 5.0'."
    ...
def items_of(value):
    '{place: item} of an encoded list, tuple or dictionary; None if it is none of these'
    ...
def differ_items(got, expected, **allowed):
    'Where two {place: item} first differ, in words'
    ...
def is_long(value):
    ...
def differ_long(got, expected, rtol=LOOSE['rtol'], atol=LOOSE['atol']):
    'The same for arrays of which only some numbers are told: those are compared, and the sums'
    ...
def error_of(value):
    ...
def difference(got, expected, **allowed):
    "Where two encoded values differ, in words; '' if they agree"
    ...
RECORD: str
SYMBOLS: dict
def told(node, what, side, place):
    'The expression `node` as `__record__(cell, line, column, what, side, node)`'
    ...
def tell_comparison(node, cell, prefix):
    'Both sides of each comparison in `a == b < c` are told'
    ...
def tell_truth(test, cell):
    "An assert's test, whose parts are told: comparisons with both sides, others as they are"
    ...
def outermost(test):
    'The comparisons that an assert says are true'
    ...
def tell_assert(node, cell):
    ...
CLOSE: tuple
def called(node):
    "The last name of what a call calls: 'assert_allclose' of np.testing.assert_allclose(…)"
    ...
def tell_close(node, cell):
    'The sides that `close` got are told, and the tolerances'
    ...
def tell_raises(node, cell):
    'What the block of `with raises(…)` raised is told'
    ...
def recording(code, cell):
    'The syntax tree of `code` that also tells a recorder what it computes; nothing else changes.\n\n    Asserts (`tell_assert`), calls that `called` finds in CLOSE (`tell_close`) and `with` statements\n    (`tell_raises`), wherever they stand, are told with the id of the cell.'
    ...
MOST: int
class Recorder:
    'Keeps what a check tells, as [cell, line, column, what, side, value]'
    def __init__(self):
        ...
    def __call__(self, cell, line, column, what, side, value):
        ...
    @contextmanager
    def caught(self, *place_and_block):
        ...
    records: Any
    ...
FILE: Any
BEGINS: Any
def name_of(cell):
    'What Python takes for its file: a name for which Numba keeps what it compiled, if it can'
    ...
def lines_of(error):
    '(file, line) of each step on the way to where `error` was raised, the outermost first'
    ...
def way_of(error):
    '[file, line] of the cells on the way to an exception, innermost last\n\n    Where another took its place (`raise … from None`), the way to the first comes after it.'
    ...
def failure(error, cell, check):
    'What is told of an exception that ended a cell: type and words, and the line of the cell'
    ...
def run_cells(cells, space):
    'None if `cells`, of [id, code, is it a check?], run to their end in `space`; else the failure'
    ...
def attempt(cells, space):
    "What running `cells` in `space` told: {'records': …, 'failed': the failure or None}"
    ...
class Printed:
    'A stream that keeps the first of what is printed, and forgets the rest'
    def flush(self):
        ...
    def isatty(self):
        ...
    def write(self, text):
        ...
    text: Any
    encoding: Any
    errors: Any
    ...
def enter(root):
    "Forget the course's modules, and import them from the folder `root` first"
    ...
def in_copy(limit, do, *args):
    'How a fork of this process that runs `do(*args)` ended: 0, or the signal as a negative number'
    ...
def send(out, message):
    'Write a message to `out`, (file descriptor, the word it is known by), a line of its own'
    ...
def loaded():
    'The packages that are imported, ours left out'
    ...
def warm_up(names):
    'Import packages once that every copy would import again'
    ...
def trial(what, cells, path=None, start=0, changes=None, times=1):
    'A run of `cells`, from the first unless it says otherwise; it may take `times` the time limit'
    ...
def page_space():
    'A namespace for cells: that of a module that can be found, as compiled code is when it is read'
    ...
def helped():
    'The modules of the course that are imported, and what of its answers was read'
    ...
def run_trial(job, one, space, out):
    "Run the cells on a trial's path, and send what they tell"
    ...
def run_apart(job, one, space, out):
    'The same in a group of processes of its own, so that none is left over'
    ...
def shared_cells(job, begin, end):
    ...
def share(job, begin, end, space, out):
    'Run the cells that all further trials share; the failure, or None'
    ...
NOTHING: dict
def sweep(job, out):
    'Run what is shared once; at the start of each trial a copy goes on alone'
    ...
def sweep_in_place(job, out):
    'The same where the system cannot fork: each trial from the top, in this very process'
    ...
def serve(forks):
    'Run the sweeps that come on stdin, one a line, and answer on what was stdout'
    ...
COURSE: Any
BOOT: str
CAN_FORK: Any
NO_PROGRAM: str
def course_path():
    'Where Python looks for modules, without folders that hold another tinytorch'
    ...
class Engine:
    'A process that runs sweeps, as a block: `with Engine() as engine: engine.sweep(…)`'
    def __init__(self, limit_s=20, forks=CAN_FORK):
        ...
    def start(self):
        ...
    def __enter__(self):
        ...
    def __exit__(self, *error):
        ...
    def sweep(self, root, cells, trials, warm=()):
        ...
    limit: Any
    forks: Any
    process: Any
    ...
def next_line(engine, times):
    "The next line of the process; b'' if it ended, or said nothing for too long and was ended"
    ...
KILLED: tuple
def messages(engine, job):
    "What the process says of a job until it is done; if it ends before, {'done': how it ended}"
    ...
SLOW: tuple
def lost(status, cell=None):
    'The answer of a trial whose process ended before it gave one'
    ...
def sweep_all(engine, root, cells, trials, warm):
    '(what, answer) of each trial, in the order of their starts'
    ...
def exported_steps(page):
    ...
def key(cell):
    'By what a cell is found again in another copy of its page: its exercise, else its id'
    ...
def with_checks(own, reference, name):
    "The cells `own`, with the reference's checks of `name` among them, up to the last check.\n\n    A check of `steps_for(reference, name)` comes after all those of `own` whose `key` comes before\n    it there: after the last of these; where none does, at the front."
    ...
WORD: Any
def slim(code, words):
    'Imports without what comes from outside the course and is not among `words`'
    ...
def as_job(cells, codes):
    '[id, code, is it a check?] for each cell, with `codes`, {id: code}, in place of their own'
    ...
def is_blank(cell, name):
    ...
def filled(page, reference):
    "{exercise: (cell id, the course's code)} for those of `page` that are not written"
    ...
def pairs_of(records):
    '[(place, left, right)] of each comparison told; the place is (cell, line, column, what)'
    ...
def tolerances(records):
    '{(cell, line, column): what `close` was told to allow there, twice}'
    ...
def is_opaque(value):
    ...
def disagrees(place, left, right, allowed):
    'Does an `==` or `close` compare two values that are not equal when looked at here?'
    ...
def disagreements(records):
    ...
def occurrences(records):
    '{place: the (left, right) told there, in order}'
    ...
def told_apart(pair, wanted, allowed):
    "(got, expected, where) for the side of a pair that is not the reference's; None if both are"
    ...
NEVER: str
def fooled(answer, wanted):
    '(place, got, expected, where) of a comparison that passed and should not have; or None'
    ...
EQUAL: tuple
def last_pair(answer, cell, line):
    'The last comparison told in the statement that failed, as (place, left, right), or None'
    ...
def contrast(answer, wanted, pair):
    '(got, expected, where) of the comparison at which a check failed'
    ...
STATES: tuple
@dataclass
class Result:
    'What was found of one exercise'
    name: str
    page: str
    state: str = ''
    expected: str = ''
    got: str = ''
    where: str = ''
    line: str = ''
    mine: str = ''
    mistake: str = ''
    said: str = ''
    borrowed: list = field(default_factory=list)
    blamed: str = ''
    printed: str = ''
    unsaved: bool = False
    seconds: float = 0.0
    @property
    def ok(self):
        ...
    def as_dict(self):
        ...
    def __str__(self):
        ...
    def __repr__(self):
        ...
    def _repr_html_(self):
        ...
    ...
def first_line(result):
    ...
def lines_of_result(result):
    'A result on one screen: what, where, why, and what else is to be known'
    ...
def html_of(result):
    'The same for a notebook: a bar at its left, green or red, and the same words'
    ...
def ending(status):
    'How a process ended, in words'
    ...
def state_of(answer, limit=20):
    '(state, what is to be said) of an answer, as far as it tells alone'
    ...
def statement(cells, cell, line, column=None):
    'The first line of the statement at this place of a cell in a job, or all of the line if unsure'
    ...
def untrue(answer, cells):
    "'f(x) is False', if a part of an assert that compares nothing is what failed; else ''"
    ...
def verdict(result, answer, wanted, cells, limit=20):
    "`result` with its state and the reasons, from the learner's answer and the reference's"
    ...
def end_of(answer):
    'How a run ended: by what, and where; if a comparison did not end it, with which words'
    ...
def same_fate(a, b):
    'Did two runs compute the same and end alike?\n\n    They did if `end_of` says the same of both, and their `disagreements`, followed by the last pair\n    told in the line that failed, are at the same places and agree by `difference`, side by side.'
    ...
def wrong_answers(page, name, cell):
    '{what is wrong: the code} of an exercise: its stored mistakes, then those that fit all'
    ...
def values_told(answer):
    'Does a run tell a value that was compared, and not only how it ended?'
    ...
def recognize(engine, reference, name, answer):
    "What is wrong, by the first known mistake that computes the same as `answer`; '' if none does"
    ...
def differs_from(code, other):
    'Are these two programs different, apart from comments and blanks?'
    ...
def line_of_cell(cell, line):
    "'line 6: return x' for a line of the code of a cell, counted as the notebook counts"
    ...
def own_line(cell, failed):
    "The same for the last line of `cell` on the way to an exception; '' if that came elsewhere"
    ...
def replaceable(cells, name, reference):
    "{exercise: {cell id: the course's code}} for the others among `cells` that differ from it"
    ...
def blame(engine, root, own, reference, name, codes, wanted):
    "The other written exercise with whose reference `name` passes; '' if there is none"
    ...
def at_sight(page, name):
    'A `Result` that says what can be seen of an exercise without running it; else without a state'
    ...
UNKNOWN: Any
def defined_in(cell):
    'The names that the code of a cell gives at its top'
    ...
def out_of_reach(page, cells, said):
    "Where a name that a run did not know is defined after all, and what to do; else ''"
    ...
class CannotCheck(RuntimeError):
    "The course's own answer does not pass here, or no process can start: it is not decided"
    ...
def reference_answer(engine, reference, name):
    "What the course's own answer tells in its checks; CannotCheck if these do not pass here"
    ...
TAKEN: str
def takes(answer, wanted, own):
    'Did a run ask for one of `own`, where the reference did not? Its exercise, page or module'
    ...
def tell_where(result, page, own, answer):
    "Say which line of the learner's it was, and what stands out of reach on the page"
    ...
def check_with(engine, page, name, reference, root):
    'The `Result` for one exercise, by a process that runs'
    ...
def check_exercise(page, name, reference, root, limit_s=20) -> Result:
    "What the course's checks say of one exercise as the learner's page has it.\n\n    Other exercises that are not written yet are the course's. CannotCheck if the course's own\n    answer does not pass here."
    ...
def check_page(page, reference, root, names=None, limit_s=20, engine=None):
    'A `Result` for each exercise, as it comes, by one process'
    ...
def exercise_in(source):
    'The exercise whose cell `source` is, or None'
    ...
def ran_in(namespace):
    '{exercise: the source of its cell that ran last} in a notebook'
    ...
def with_sources(page, sources):
    '`page` with other sources in the cells of some exercises'
    ...
UNSAVED: str
def is_saved(page, name, source):
    'Does the cell of an exercise stand in the saved page as it ran?'
    ...
def check_here(page, name, reference, namespace, root=COURSE) -> Result:
    "What the course's checks say of an exercise as its cell ran last in a notebook"
    ...
def ran_last(namespace):
    'The exercise whose cell a notebook ran last; LookupError if it ran none'
    ...
def ways(page, name, cell):
    '({what is tried on an exercise: its code}, {what does not fit: why})'
    ...
def paths(page, name, cells):
    "(start, the way to its last check, the way to the page's end) of an exercise, in `cells`"
    ...
def trials_of(page, name, cells):
    '([trial], {what does not fit: why}) for all that is tried on an exercise'
    ...
def complaint(what, answer, unbroken, cells, code):
    'None if a trial went as it should, else what is wrong'
    ...
def tell(found, answers, cells, runs):
    'Put into `found` the complaint about each trial, the first where one is tried twice'
    ...
def break_page(path, limit_s=20):
    "{exercise: {what was done to it: None, or what is wrong}}; under '' what fails of the page.\n\n    A body that raises, returns None, a constant or the input, and each stored mistake must end in\n    an exception in the exercise's own checks; the unbroken code, once more, and other right answers\n    must pass them by `verdict`, and these all that follows on the page too."
    ...
