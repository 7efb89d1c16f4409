# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Five results of history, each repeated with what you built, and each with a threshold that decides whether it was.'
from typing import Any
__all__ = ['MILESTONES', 'Figure', 'Outcome', 'Milestone', 'find_milestone']
import operator
from dataclasses import asdict, dataclass
from importlib import import_module
SIGNS: dict
@dataclass(frozen=True)
class Figure:
    'Something measured, and the bound that decides'
    what: str
    found: float
    sign: str
    bound: float
    form: str = '.4g'
    @property
    def met(self):
        ...
    def __str__(self):
        ...
    ...
@dataclass(frozen=True)
class Outcome:
    'What one run of a milestone measured'
    title: str
    figures: tuple
    trained: str
    @property
    def reached(self):
        ...
    def __str__(self):
        ...
    def as_dict(self):
        'As JSON holds it'
        ...
    ...
@dataclass(frozen=True)
class Milestone:
    'A page of history: its number, its year, its module and what it claims'
    number: int
    name: str
    year: int
    claim: str
    def run(self, retrain=False, progress=False):
        'The `Outcome` of a run'
        ...
    ...
MILESTONES: list
def find_milestone(word):
    'The milestone that `word` means; a ValueError says which there are'
    ...
