# Made by scripts/make_stubs.py from the module beside it; do not edit.
"Mistakes learners make, other right answers, hints in three steps, and the course's own answer, run in place of one that is not there yet."
from typing import Any
__all__ = ['Variant', 'Hints', 'variants', 'hints', 'generic_mistakes', 'reference_page', 'by_reference']
import ast
import linecache
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from .course import UNWRITTEN, blank, course_folder, functions_of, read_page
def placed(lines, old):
    'The places in the list `lines` where the list `old` stands'
    ...
def patched(code, diff, name):
    '`code` with the lines of `diff` that begin with ` ` or `-` replaced by those with ` ` or `+`.\n\n    LookupError if a line begins otherwise, or if the lines to replace do not stand there once.'
    ...
@dataclass(frozen=True)
class Variant:
    'Another answer to an exercise, and whether it is right'
    kind: str
    why: str
    form: str
    text: str
    def applied(self, code, name):
        "The `code` of the exercise's cell with this answer; LookupError if it does not fit"
        ...
    ...
def sections(text):
    "{exercise: what stands below its heading} in a file's text; ValueError if it has another form"
    ...
ENTRY: Any
def read_variants(text):
    "{exercise: [Variant]} in a file's text; ValueError if a part of it is no entry"
    ...
@dataclass(frozen=True)
class Hints:
    'The three hints of an exercise, in the order in which they are given'
    nudge: str
    idea: str
    skeleton: str
    ...
SKELETON: str
HINTS: Any
def read_hints(text):
    "{exercise: Hints} in a file's text, read with `sections` and `HINTS`.\n\n    ValueError that names the exercise if one has not exactly the three parts."
    ...
def beside(kind, stem):
    "The text for page `stem` in the folder `kind` beside the pages; '' if there is none"
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
    "{'raises', 'returns None', 'returns a constant', 'returns the input': the code that does so}.\n\n    It raises UNWRITTEN, the constant is 0, and the input is `first_argument`, if there is one. Each\n    part that `functions_of` finds gets its own; ' (its rule)' follows if the part is the rule."
    ...
def page_files():
    ...
asked: list
@lru_cache(None)
def reference_page(stem):
    "The course's `Page` called `stem`, '05_autograd'; LookupError if there is none"
    ...
EXERCISE: Any
@lru_cache(None)
def exercise_names(path):
    'The names of the exercises in a notebook file, by its text alone'
    ...
def cell_of(page, name):
    'The cell of exercise `name` on a page, or None'
    ...
def reference_cell(name, module=''):
    '(page, cell) of an exercise in the course; LookupError that names the nearest'
    ...
def remember_source(file, code):
    'Let tracebacks and `inspect.getsource` find `code` under the name `file`'
    ...
def by_reference(namespace, name):
    "Run the course's cell of exercise `name` in `namespace`, in place of one that is not written"
    ...
