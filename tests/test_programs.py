"Programs as a PyTorch user writes them run as they stand, and learn"
import importlib
from pathlib import Path

import numpy as np
import pytest

NAMES = sorted(p.stem for p in (Path(__file__).parent/'programs').glob('*.py') if p.stem != '__init__')
FALLS = {'gan': None}  # its loss is a game between two, which nobody wins

@pytest.mark.parametrize('name', NAMES)
def test_program_learns(name):
    program = importlib.import_module(f'programs.{name}')
    losses = program.train(*program.start(np.random.default_rng(0)))
    assert len(losses) >= 20 and np.isfinite(losses).all()
    fall = np.mean(losses[:5]) - np.mean(losses[-5:])
    if name in FALLS: assert np.mean(losses[-5:]) > .2  # neither of the two has won
    else: assert fall > .15*abs(np.mean(losses[:5]))

def test_there_are_at_least_ten(): assert len(NAMES) >= 10
