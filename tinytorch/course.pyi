# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What a page, a cell and an exercise are, in which order the pages come, and whether the package is what they say.'
from typing import Any
__all__ = ['ORDER', 'FLOORS', 'LISTED', 'UNWRITTEN', 'Cell', 'imports', 'Page', 'PageError', 'read_page', 'in_conflict', 'pages_in', 'find_pages', 'planned', 'floor', 'names_of', 'find_page', 'read_settings', 'find_root', 'package_folder', 'home', 'course_folder', 'test_folder', 'functions_of', 'unwritten_body', 'blank', 'body_of', 'is_blank', 'is_unwritten', 'steps', 'steps_for', 'required', 'install_line', 'ToolMissing', 'needs', 'run', 'export', 'out_of_date', 'without_page', 'refresh']
import ast
import json
import os
import re
import subprocess
import sys
from configparser import ConfigParser, Error as ConfigError
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
import tinytorch
IPYTHON: Any
class Cell:
    'A cell of a notebook: its directives, and the code or the prose under them'
    def __init__(self, cell):
        ...
    def named(self, directive):
        "What follows `directive`, one entry for each line that has it: `cell.named('check')`"
        ...
    def has(self, *directives):
        ...
    @property
    def exported(self):
        ...
    @property
    def extra(self):
        "None of a core exercise, else '' or the exercise that has to be written first"
        ...
    @property
    def skipped(self):
        ...
    @property
    def lines(self):
        ...
    @property
    def tree(self):
        ...
    @property
    def only_imports(self):
        ...
    kind: Any
    id: Any
    source: Any
    outputs: Any
    directives: Any
    code: Any
    ...
FUNCTIONS: tuple
BY_NAME: tuple
def imported(node):
    'The modules a node of a syntax tree imports; of `from x import y` also `x.y`, which may be one'
    ...
def imports(tree):
    '(module, is it imported at the top?) for each import in a syntax tree, inside functions too'
    ...
class Page:
    'A page of the course: a notebook, or without `path` one that is planned'
    def __init__(self, stem, cells=(), path=None, error=''):
        ...
    def __repr__(self):
        ...
    @property
    def number(self):
        ...
    @property
    def name(self):
        ...
    @property
    def first(self):
        ...
    @property
    def title(self):
        ...
    @property
    def promise(self):
        ...
    @property
    def sources(self):
        'SHA-256 of all cells, outputs left out'
        ...
    def module(self):
        "What the page exports, 'tinytorch.perf.profiling', or None"
        ...
    @property
    def exported(self):
        ...
    def marked(self, directive):
        ...
    @property
    def exercises(self):
        ...
    @property
    def core(self):
        ...
    @property
    def checks(self):
        ...
    stem: Any
    path: Any
    error: Any
    cells: Any
    code: Any
    prose: Any
    ...
def cells_in(raw):
    'The cells in the bytes of a notebook; one without an id of its own has its number instead'
    ...
class PageError(ValueError):
    'A notebook that cannot be read or exported'
    ...
def read_page(path):
    'The `Page` in a notebook file; PageError if it is none'
    ...
def in_conflict(raw):
    "What to do about the merge conflict in the bytes of a notebook; '' if there is none"
    ...
ORDER: Any
def place_of(page):
    'Where a page comes in the order; those it does not name come last, by name'
    ...
def is_hidden(path):
    ...
def pages_in(folder):
    'The pages in `folder`, also those in its folders, in order'
    ...
def find_pages(root):
    "The pages in the course's folder `root`"
    ...
def planned(pages):
    'The numbered pages of the course that are not among `pages`'
    ...
FLOORS: dict
def floor(page):
    "The height at which a page's module stands: it may import what is lower"
    ...
LISTED: str
def names_of(page):
    'What a user may call a page'
    ...
def find_page(word, pages):
    'The page that `word` means; LookupError that says what there is instead'
    ...
def read_settings(folder):
    "What settings.ini in `folder` says, if it is this course's; else None"
    ...
def find_root(*starts):
    'The first folder at or above one of `starts`, tried in turn, that holds the course, or None'
    ...
def package_folder():
    "The folder of the installed package, where also its data lie\n\n    In a learner's [workspace](workspace.ipynb) the workspace's own folder comes first, and the\n    installed one last."
    ...
def home():
    "The course's folder, seen from where you are, then from the package; None if there is none"
    ...
def course_folder():
    "The folder of the course's pages: nbs/ of a clone, or pages/ of an installed package"
    ...
def test_folder():
    'The folder of the tests of pages, likewise'
    ...
DEFINITIONS: tuple
def definitions(nodes):
    ...
def is_rule_of(function, name):
    'Is `function` decorated with `vjp(name)`?'
    ...
def functions_of(tree, name):
    "What is to be written for exercise `name`: {'': nodes}, of an op {'': nodes, 'rule': nodes}"
    ...
def offset(code, line, column):
    'Where in the text `code` is the place that its tree calls `line` and `column`'
    ...
def is_documented(function):
    ...
def with_body(code, function, body):
    '`code` with the text `body` as the body of `function`, one of its nodes, under the docstring'
    ...
def own_nodes(function):
    "The nodes in `function`'s body, without those of functions and classes inside it"
    ...
def is_generator(function):
    ...
GENERATOR: str
def kept_generator(function, body):
    '`body` for `function`, which stays a generator if it is one; a body that yields needs no help'
    ...
UNWRITTEN: str
def unwritten_body(name, page):
    'The body of an exercise that a learner has yet to write; it says where that is'
    ...
def blank(code, name, body=UNWRITTEN, part=''):
    '`code` with another body in each function of the exercise'
    ...
def body_of(function):
    'The body of `function` as text, without its docstring and what keeps a blank generator one'
    ...
def is_blank(body):
    'Is `body` what stands where nothing is written: nothing, `pass`, `...`, a blank?'
    ...
def is_unwritten(code, name):
    'Does a function of exercise `name` hold nothing yet, at most a docstring?'
    ...
def is_imports(cell):
    "Does a cell only import? One that is no Python, as a learner's notes or `relu?`, does not"
    ...
def steps(page):
    "The cells a learner's copy runs: what is exported, what is imported, and the checks"
    ...
def steps_for(page, name):
    'Those of `steps` that judge the exercise `name`, up to its last check'
    ...
def required(root, extra=''):
    "What the core or an extra asks for, 'numpy>=2.0,<3', by settings.ini or by what pip has noted"
    ...
def install_line(extra, names=()):
    'What to type to get an extra, or `names` of it: it fits a clone and an installed package'
    ...
class ToolMissing(ModuleNotFoundError):
    'A tool is not installed; the message has the pip line'
    ...
def needs(*modules):
    'Raise ToolMissing, with the pip line, unless `modules` are installed'
    ...
def environment(root):
    "The environment of a program run in the course's folder: UTF-8, no colors, our package first"
    ...
def run(root, *command, each=None):
    "(exit code, output) of a Python program run in `root` with the course's own package\n\n    `each` gets every line as it comes."
    ...
GENERATED: tuple
EXPORT: str
def last_line(text):
    ...
def export(folder, path):
    'Let nbdev write the modules of a notebook, or of a folder of them, into the course in `folder`'
    ...
def modules_in(root):
    'The module files of the package in `root`, from there'
    ...
def copy_file(source, target):
    ...
def fresh_export(root, pages):
    'What exporting `pages` into an empty folder makes: {path of a module from the top: its text}'
    ...
def out_of_date(root, pages):
    '{module file: why it is not what its notebook says}, of `pages`: export them and compare'
    ...
def without_page(root, pages):
    'The module files that no notebook exports'
    ...
def refresh(root, page):
    '(module file, why) for each module that had to be exported anew'
    ...
