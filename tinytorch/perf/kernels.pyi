# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A loop over numbers, written in plain Python, and compiled to machine code when it is first called, if Numba is there.'
from typing import Any
__all__ = ['Kernel', 'kernel']
from functools import update_wrapper
from hashlib import sha256
from importlib.util import find_spec
from numbers import Number
from types import CodeType, FunctionType
OPTIONS: dict
def has_numba() -> bool:
    'Is Numba installed? It is not imported to find out'
    ...
def numba_or_error(name):
    'The module numba; an ImportError that names the kernel and the way out if it is not installed'
    ...
def in_words(value):
    'What a fingerprint keeps of something that a function mentions: code, kernel, number or array'
    ...
def fingerprint(function) -> str:
    'A word that is another one if `function`, or what it finds among its globals, is changed'
    ...
def with_compiled(function):
    'A copy of `function` that finds the compiled form of each `Kernel` it mentions'
    ...
def compile_function(function):
    '`function` as machine code, made for the types it meets, and kept in a file if it can be'
    ...
class Kernel:
    'A function over arrays and numbers that Numba compiles when it is first called\n\n    `function` is the plain Python function, which says what is computed and needs no Numba. What it\n    finds among its globals, kernels and numbers, it keeps from the first call on.'
    machine_code: Any
    def __init__(self, function):
        ...
    def compiled(self):
        'What Numba made of it, for a caller who cannot spare 0.1 µs a call'
        ...
    def __call__(self, *arguments):
        ...
    def __deepcopy__(self, memo):
        ...
    function: Any
    ...
def kernel(function) -> Kernel:
    'A decorator: `function`, in the subset of Python that Numba knows, as a `Kernel`\n\n    ImportError with the way out when it is called and Numba is not installed.'
    ...
