# Made by scripts/make_stubs.py from the module beside it; do not edit.
"Mistakes that learners make, other right answers, hints in three steps, and the course's own answer, run by reference."
from typing import Any
__all__ = ['Variant', 'Hints', 'variants', 'hints', 'generic_mistakes', 'reference_page', 'by_reference']
import ast
import linecache
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from .course import UNWRITTEN, blank, functions_of, read_page
def patched(code, diff, name):
    '`code` with the lines of `diff` that have a space or `-` replaced by those with a space or `+`'
    ...
@dataclass(frozen=True)
class Variant:
    'Another solution of an exercise, and whether it is right'
    kind: str
    why: str
    form: str
    text: str
    def applied(self, code, name):
        "The `code` of the exercise's cell with this solution; LookupError if it does not fit"
        ...
    ...
ENTRY: Any
HINTS: Any
def sections(text):
    "{exercise: what stands under its heading} of a file's text; ValueError if it has another form"
    ...
def read_variants(text):
    "{exercise: [Variant]} of a file's text; ValueError if a part of it is no entry"
    ...
@dataclass(frozen=True)
class Hints:
    'The three hints of an exercise, in the order in which they are given'
    nudge: str
    idea: str
    skeleton: str
    ...
def read_hints(text):
    "{exercise: Hints} of a file's text; ValueError if one has not exactly the three parts"
    ...
def course_folder():
    'The folder that holds the pages'
    ...
def beside(kind, stem):
    'The text of `kind`/`stem`.md beside the pages, or None'
    ...
@lru_cache(None)
def variants(stem):
    "{exercise: [Variant]} stored for the page `stem`, '05_autograd'; ValueError if not understood"
    ...
@lru_cache(None)
def hints(stem):
    '{exercise: Hints} stored for the page `stem`; ValueError if the file is not understood'
    ...
def first_argument(functions):
    "The name of the first argument, `self` left out; '' where `functions` differ or have none"
    ...
def generic_mistakes(code, name):
    '{what is done: the code with it done}: what no check of any exercise may accept'
    ...
@lru_cache(None)
def reference_page(stem):
    "The course's `Page` called `stem`; LookupError if there is none"
    ...
EXERCISE: Any
@lru_cache(None)
def names_by_stem():
    '{stem: names of its exercises}, read without taking the notebooks apart'
    ...
def cell_of(page, name):
    ...
def reference_cell(name):
    '(page, cell) of an exercise in the course; LookupError that names the nearest'
    ...
def remember_source(file, code):
    'Let tracebacks and `inspect.getsource` find `code` under the name `file`'
    ...
def by_reference(namespace, name):
    "Run the course's cell of exercise `name` in `namespace`, in place of one that is not written"
    ...
