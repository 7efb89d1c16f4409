# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What nobody may know before the end is promised at the beginning, and each answer about it is given sparingly.'
from typing import Any
__all__ = ['new_secret', 'commitment_of', 'private_seed', 'write_secret', 'read_secret', 'sealed', 'check_reveal', 'Ladder', 'ladder_of', 'simulate_guesses']
import math, os, re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_bytes
import numpy as np
from .log import is_hash
from ..core.tensor import as_rng
from ..files import sha256_of, write_atomically
from ..submission import Finding, abbreviate, digest
def new_secret() -> bytes:
    '32 bytes that nobody can guess'
    ...
def as_salt(salt):
    'The 32 bytes of a salt or secret, given as such or as 64 hexadecimal digits'
    ...
def commitment_of(data, salt) -> str:
    'SHA-256 of the salt and the data: 64 hexadecimal digits that tell nothing, and bind'
    ...
def private_seed(name, secret) -> int:
    'The seed of a private part: SHA-256 of name and secret, as a whole number'
    ...
def write_secret(path, secret) -> None:
    'Write a secret to a new file that only its owner can read; FileExistsError if there is one'
    ...
def read_secret(path) -> bytes:
    'The 32 bytes in a file of `write_secret`'
    ...
def sealed(metrics, salt) -> str:
    'SHA-256 of measurements and their salt, 64 hexadecimal digits'
    ...
def error(rule, where, found, expected):
    ...
def revealed_findings(entry, row, said):
    'What is wrong with what is revealed of one entry'
    ...
def check_reveal(commitment, close, rows, data=b'') -> list:
    'Findings: [] if all that is revealed is what was sealed'
    ...
@dataclass(frozen=True)
class Ladder:
    'What a team was told of its accuracy so far (Blum and Hardt, 2015): steps upwards only'
    step: float
    best: float = None
    def release(self, score):
        'The accuracy to tell for an entry that scored `score`, a multiple of the step; or None'
        ...
    def after(self, score):
        'The Ladder after an entry that scored `score`'
        ...
    ...
def ladder_of(rows, team, step) -> Ladder:
    "The `Ladder` of a team, from what the log says was released to it: {'released': {'accuracy': …}}"
    ...
def simulate_guesses(queries, n, ladder=None, rng=None) -> tuple:
    '(gain, elsewhere): accuracy above one half of the majority of guesses of which more than one half was heard'
    ...
def answers(scores, ladder):
    'What is heard of each score, in order; -1 for nothing'
    ...
