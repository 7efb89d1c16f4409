# Made by scripts/make_stubs.py from the module beside it; do not edit.
'How a page works, and the two small tools with which every page checks itself.'
from typing import Any
__all__ = ['close', 'raises', 'check', 'by_reference', 'where']
import sys
from contextlib import contextmanager
import numpy as np
def as_array(value):
    '`value` as an array; a `Tensor` (page 01) gives its numbers without their history'
    ...
def close(actual, expected, rtol=1e-05, atol=1e-08):
    'Raise an AssertionError that shows where the two differ, unless it is within the tolerances'
    ...
@contextmanager
def raises(error, words=''):
    'A `with` block that must fail with `error`; its message is printed, for the page to show\n\n    An AssertionError that names `error` if nothing is raised, and one that names `words` if the\n    message lacks them. Any other exception goes on its way.'
    ...
def notebook():
    'The names of the notebook, or program, that runs'
    ...
def workspace_here():
    'The workspace of the current folder, or None'
    ...
def record(workspace, result):
    'Let a workspace note a result; without one the result says that nobody does'
    ...
def check(name=None):
    "A `Result`: what the course's checks say of an exercise, as it stands in this notebook.\n\n    It is recorded in the workspace of the current folder; where there is none, it says so."
    ...
def by_reference(namespace, name):
    "Run the course's answer to an exercise in `namespace`, in place of one that is not written"
    ...
def where():
    "Which modules are yours and which the course's, in words"
    ...
