"Every exercise has checks that notice when it is broken: body raising, body returning None, likely mistakes; and pass what is right"
from collections import Counter

import pytest

from notebooks import pages
from tinytorch.course import is_unwritten
from variants import FOLDER, Variant, read, variants

exercises = [(page, name) for page in pages() for name, _ in page.exercises]
exercise_of = pytest.mark.parametrize('page, name', exercises, ids=[f'{page}-{name}' for page, name in exercises])

@exercise_of
def test_check_passes_and_notices(page, name, breaks):
    assert '' not in breaks, f'{page}: {breaks[""]}'
    found = breaks[name]
    assert found['unbroken'] is None, f'{page}: {name} as it stands: {found["unbroken"]}'
    expected = {f'{variant.kind}: {variant.why}' for variant in variants(page.stem).get(name, [])}
    assert {'raises', 'returns None', *expected} <= found.keys()
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

@exercise_of
def test_an_exercise_of_the_course_is_written(page, name):
    assert not is_unwritten(dict(page.exercises)[name].code, name)

# nbs/mistakes/

def test_mistakes_belong_to_exercises():
    "Each exercise has a mistake, and each says why"
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted({page.stem for page, _ in exercises})
    listed = {(page.stem, name) for page in pages() for name in variants(page.stem)}
    assert listed == {(page.stem, name) for page, name in exercises}
    for page, name in exercises:
        assert any(variant.kind == 'wrong' for variant in variants(page.stem)[name]), f'nbs/mistakes/{page}.md has no mistake for {name}'

CODE = 'def f(x):\n    "F"\n    y = x + 1\n    return y\n\ndef g(x):\n    return 0'

@pytest.mark.parametrize('diff, made', [
    ('-    y = x + 1\n+    y = x\n', CODE.replace('x + 1', 'x')), ('-    y = x + 1\n', CODE.replace('    y = x + 1\n', '')),
    ('     "F"\n+    x = 0\n', CODE.replace('"F"\n', '"F"\n    x = 0\n')), ('     y = x + 1\n-    return y\n+    return x\n', CODE.replace('return y', 'return x')),
], ids=range(4))
def test_a_diff_changes_whole_lines(diff, made): assert Variant('wrong', 'why', 'diff', diff).applied(CODE, 'f') == made

@pytest.mark.parametrize('diff, said', [('-    y = x + 2\n', 'stand 0 times'), ('-    y\n', 'stand 0 times'), ('+    y\n', 'stand 0 times'), ('x\n', 'begins with neither')], ids=range(4))
def test_a_diff_that_does_not_fit_is_named(diff, said):
    with pytest.raises(LookupError, match=said): Variant('wrong', 'why', 'diff', diff).applied(CODE, 'f')

def test_a_block_of_python_is_another_body():
    made = Variant('right', 'why', 'python', 'if x:\n    return x + 1\nreturn 1\n').applied(CODE, 'f')
    assert made == 'def f(x):\n    "F"\n    if x:\n        return x + 1\n    return 1\n\ndef g(x):\n    return 0'

ENTRY = 'wrong: why\n\n```diff\n-a\n+b\n```\n'

def test_a_file_has_headings_and_entries():
    found = read(f'# 05\n\n## f\n\n{ENTRY}\nright: so\n```python\n# a `tick`\nreturn 1\n```\n\n## g\n\n{ENTRY}')
    assert found == {'f': [Variant('wrong', 'why', 'diff', '-a\n+b\n'), Variant('right', 'so', 'python', '# a `tick`\nreturn 1\n')], 'g': [Variant('wrong', 'why', 'diff', '-a\n+b\n')]}

@pytest.mark.parametrize('text', [ENTRY, f'# 05\n{ENTRY}', '# 05\n## f\nwrong:\n```diff\n-a\n```\n', '# 05\n## f\nwrogn: why\n```diff\n-a\n```\n',
                                  '# 05\n## f\nwrong: why\n-a\n+b\n', f'# 05\n## f\n{ENTRY}words\n', f'# 05\n## f\n{ENTRY}## f\n{ENTRY}'], ids=range(7))
def test_what_is_not_understood_is_not_passed_over(text):
    with pytest.raises(ValueError): read(text)
