"Every exercise has a check that notices when it is broken: body raising, body returning None, one likely mistake"
import json
from collections import Counter

import pytest

import break_exercises
from notebooks import pages

exercises = [(page, name) for page in pages() for name, _ in page.exercises]
exercise_of = pytest.mark.parametrize('page, name', exercises, ids=[f'{page}-{name}' for page, name in exercises])

@exercise_of
def test_check_passes_and_notices(page, name, breaks):
    assert '' not in breaks, f'{page}: {breaks[""]}'
    found = breaks.get(name, {})
    assert 'unbroken' in found, f'{page}: the run ended before {name}: {breaks}'
    assert found['unbroken'] is None, f'{page}: the checks fail on the page itself: {found["unbroken"]}'
    assert {'raises', 'returns None', 'mistake'} <= found.keys()
    missed = {kind: complaint for kind, complaint in found.items() if complaint is not None}
    assert not missed, f'{page}: {name}\n' + '\n'.join(f'{kind}: {complaint}' for kind, complaint in missed.items())

def test_names_are_unique():
    counts = Counter(name for _, name in exercises)
    assert counts and max(counts.values()) == 1, [name for name, n in counts.items() if n > 1]

@pytest.mark.parametrize('page', pages(), ids=repr)
def test_each_exercise_has_a_check_after_it(page):
    place = {cell.id: i for i, cell in enumerate(page.cells)}
    for name, cell in page.exercises:
        assert cell.exported, f'{page}: the cell of {name} is not exported'
        after = [c for checked, c in page.checks if checked == name and place[c.id] > place[cell.id]]
        assert after, f'{page}: no check of {name} comes after it'
    for name, cell in page.checks:
        assert not cell.exported, f'{page}: a check of {name} is exported'
        assert name in dict(page.exercises), f'{page}: a check names {name}, which is no exercise'

def test_mistakes_belong_to_exercises():
    mistakes = json.loads(break_exercises.MISTAKES.read_text(encoding='utf-8'))
    listed = {(page, name) for page, found in mistakes.items() for name in found}
    assert listed == {(page.name, name) for page, name in exercises}
    assert all(m.keys() == {'old', 'new', 'why'} and all(m.values()) for found in mistakes.values() for m in found.values())
