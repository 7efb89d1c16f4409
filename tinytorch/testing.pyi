# Made by scripts/make_stubs.py from the module beside it; do not edit.
'How a page works, and the two small tools with which every page checks itself.'
from typing import Any
__all__ = ['close', 'raises', 'where']
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
    'A `with` block that must fail with `error`; its message is printed, for the page to show'
    ...
def where():
    "Which modules are yours and which the course's, in words"
    ...
