# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Facts about an installation: what is here, what is missing, what is broken, and the line that mends it.'
from typing import Any
__all__ = ['EXTRAS', 'meets', 'Fact', 'judged', 'examine']
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from operator import eq, ge, lt
from pathlib import Path
from tempfile import TemporaryFile
from .course import PageError, ToolMissing, find_pages, install_line, out_of_date, package_folder, planned, read_settings, required, without_page
HOLDS: dict
def as_numbers(version):
    "'2.4.1rc1+cpu' as (2, 4, 1, 0): four numbers that compare as versions do"
    ...
def meets(version, requirement):
    'Does `version` lie within all bounds of `requirement`?\n\n    By numbers only, as in PEP 440 without its letters: 2.10 is after 2.9.'
    ...
def name_of(requirement):
    ...
def look_up(requirement):
    "(is it met, 'numpy 2.4.1' or what is wrong) for a requirement, by what pip has noted down"
    ...
def shortened(error, longest=120):
    'The kind of an exception and the first words of its message, in one line'
    ...
def import_failure(module):
    "What importing `module` says if it fails, else ''"
    ...
@dataclass(frozen=True)
class Fact:
    'One thing the doctor looked at'
    what: str
    status: str
    found: str
    fix: str = ''
    ...
def judged(what, fine, found, fix):
    "The `Fact` that is 'ok' if `fine`, and 'wrong' if not"
    ...
def python_fact(root):
    ...
def needed_fact(requirement):
    'A package without which nothing runs: noted down, of the right version, and really there'
    ...
def extra_fact(root, extra):
    'What the jobs beyond the main one need'
    ...
def blas_fact():
    "The library behind NumPy's matrix products, and its threads"
    ...
SHIPPED: tuple
REINSTALL: str
def data_fact(root):
    'Are the data that come with the package whole? Their cards hold a hash'
    ...
def writable_fact():
    'Can a submission be written where you are?'
    ...
def page_fact(pages):
    ...
def package_fact(root):
    ...
def sync_fact(root, pages):
    'Is each module what its notebook says, and does each have one?'
    ...
def recorded_files():
    '{name: path} of the files that pip recorded when it installed the package'
    ...
def files_fact():
    'Are the files of an installed package there?'
    ...
def course_facts(root):
    'Facts about the notebooks, and whether the package is what they say'
    ...
EXTRAS: tuple
def examine(root):
    "The facts about this installation and, with the course's folder `root`, about the course"
    ...
