# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What nobody may know before the end is promised at the beginning, and answers about it are given sparingly.'
from typing import Any
__all__ = ['new_secret', 'commitment_of', 'private_seed', 'write_secret', 'read_secret', 'sealed', 'Ladder', 'ladder_of', 'ladder_step', 'check_reveal', 'simulate_guesses']
import os, re
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_bytes
import numpy as np
from .log import is_hash
from ..core.tensor import as_rng
from ..files import sha256_of, write_atomically
from ..submission import Finding, abbreviate, digest
def new_secret() -> bytes:
    '32 bytes that nobody can guess, for a secret or a salt'
    ...
def as_salt(salt):
    'The 32 bytes of a salt or secret, given as such or as 64 hexadecimal digits'
    ...
def commitment_of(data, salt) -> str:
    'SHA-256 of the salt and then the data: 64 hexadecimal digits, to be published\n\n    It tells nothing of the data, and fits no other. ValueError for a salt of another length.'
    ...
def private_seed(name, secret) -> int:
    'The seed of a private part: SHA-256 of name and secret, as a whole number for `default_rng`'
    ...
def write_secret(path, secret) -> None:
    'Write a secret to a new file that only its owner can read\n\n    FileExistsError if there is a file; after any other error there is none.'
    ...
def read_secret(path) -> bytes:
    'The 32 bytes of a secret; ValueError if the file holds none, or two'
    ...
def sealed(metrics, salt) -> str:
    'SHA-256 of the canonical bytes of measurements and their salt, 64 hexadecimal digits'
    ...
def error(rule, where, found, expected):
    ...
def is_opening(said):
    'Is this what is revealed of one entry?'
    ...
def opening_findings(entry, row, said):
    'What is wrong with what is revealed of one entry: a list of at most one finding'
    ...
@dataclass(frozen=True)
class Ladder:
    'What a team was told of its accuracy so far (Blum and Hardt, 2015): only steps upwards'
    step: float
    told: float = None
    def __post_init__(self):
        ...
    def release(self, score):
        'What is told of an entry with the accuracy `score`: a multiple of the step, or None'
        ...
    def after(self, score):
        'The Ladder after an entry with the accuracy `score`'
        ...
    ...
def ladder_of(rows, team, step) -> Ladder:
    "The `Ladder` of a team, from what its rows say was told: {'released': {'accuracy': …}}, if any"
    ...
def ladder_step(n) -> float:
    'The step of a `Ladder`: five standard deviations of a guess, 2.5/√n'
    ...
def score_of(said):
    'The accuracy that is revealed of an entry, or None'
    ...
def release_findings(rows, private, step):
    "Where a row's released accuracy is not what the Ladder tells of the revealed one"
    ...
def secret_findings(commitment, secret, data):
    'What is wrong with the secret that is revealed'
    ...
def check_reveal(commitment, close, rows, data=b'', step=None) -> list:
    'Findings where what is revealed at the close is not what was promised, sealed and told\n\n    [] if all of it is. What was told is looked at once the rest is right.'
    ...
def answers(scores, ladder):
    'What is told of each of the `scores`, in order; -1 for nothing'
    ...
def simulate_guesses(queries, n, ladder=None, rng=None) -> tuple:
    '(gain, elsewhere): accuracy above one half of the vote of all guesses told to be above it\n\n    On the `n` labels that the answers were about, and on as many others. Ties fall by a coin.'
    ...
