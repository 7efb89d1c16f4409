"The clock outside: every exploit wins with its guards off and is caught by name with them on; a worker leaves nothing behind"
import errno, os, signal, subprocess, sys, time
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE/'exploits'))

import table
from honest import WEIGHT
from table import EXPLOITS, names
from tinytorch.competition.outside import (
    COLUMNS, GUARD_NOTES, GUARDS, Caught, Worker, calls_for, environment_of, on_one_core, one_at_a_time, order_invariance,
    perturbed_weights, plausible_time, repeated_sample, row_equals_batch, time_outside, timed_equals_accuracy)

pytestmark = pytest.mark.skipif(os.name != 'posix', reason='pipes and memory as Linux and macOS hand them to a child')

# exploits

@pytest.fixture(scope='module')
def outcomes(): return table.outcomes()

@pytest.mark.parametrize('name', names)
def test_with_its_guards_off_the_exploit_wins(outcomes, name):
    off = outcomes[name][0]
    assert off.finding is None and off.lie, off

@pytest.mark.parametrize('name', names)
def test_with_all_guards_on_it_is_caught_by_name(outcomes, name):
    exploit, on = EXPLOITS[name], outcomes[name][1]
    if on.finding is None: assert exploit.caught in exploit.off.split() and not on.lie and on.claim < 1.5, on
    else: assert on.caught == exploit.caught, on

def test_there_are_forty_and_every_guard_is_needed():
    "Each guard is among those that an exploit needs off; each program is in the table"
    assert len(EXPLOITS) >= 40
    assert set().union(*(e.off.split() for e in EXPLOITS.values())) == GUARDS == set(GUARD_NOTES)
    assert {path.stem for path in (HERE/'exploits').glob('*.py')} == {*EXPLOITS, 'table', 'honest', 'plain'}
    used = [*(e.caught for e in EXPLOITS.values()), *(g for e in EXPLOITS.values() for g in e.still_off.split())]
    assert set(used) <= GUARDS
