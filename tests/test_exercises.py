"Every exercise has checks that notice when it is broken and pass what is right; what lies beside the pages is read strictly; by reference"
import ast, inspect, subprocess, sys
from collections import Counter

import pytest

from notebooks import NBS, pages
from tinytorch.course import UNWRITTEN, is_unwritten
from tinytorch.exercises import Hints, Variant, by_reference, course_folder, generic_mistakes, hints, read_hints, read_variants, reference_cell, reference_page, variants

FOLDER = NBS/'mistakes'

exercises = [(page, name) for page in pages() for name, _ in page.exercises]
exercise_of = pytest.mark.parametrize('page, name', exercises, ids=[f'{page}-{name}' for page, name in exercises])

@exercise_of
def test_check_passes_and_notices(page, name, breaks):
    assert '' not in breaks, f'{page}: {breaks[""]}'
    found = breaks[name]
    assert found['unbroken'] is None, f'{page}: {name} as it stands: {found["unbroken"]}'
    stored = variants(page.stem).get(name, [])
    code = dict(page.exercises)[name].code
    right = [variant.applied(code, name) for variant in stored if variant.kind == 'right']
    generic = {what for what, made in generic_mistakes(code, name).items() if made not in right}
    assert {'raises', 'returns None', 'returns a constant'} <= generic
    assert {'right: the same again', *generic, *(f'{variant.kind}: {variant.why}' for variant in stored)} <= found.keys()
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
    found = read_variants(f'# 05\n\n## f\n\n{ENTRY}\nright: so\n```python\n# a `tick`\nreturn 1\n```\n\n## g\n\n{ENTRY}')
    assert found == {'f': [Variant('wrong', 'why', 'diff', '-a\n+b\n'), Variant('right', 'so', 'python', '# a `tick`\nreturn 1\n')], 'g': [Variant('wrong', 'why', 'diff', '-a\n+b\n')]}

@pytest.mark.parametrize('text', [ENTRY, f'# 05\n{ENTRY}', '# 05\n## f\nwrong:\n```diff\n-a\n```\n', '# 05\n## f\nwrogn: why\n```diff\n-a\n```\n',
                                  '# 05\n## f\nwrong: why\n-a\n+b\n', f'# 05\n## f\n{ENTRY}words\n', f'# 05\n## f\n{ENTRY}## f\n{ENTRY}'], ids=range(7))
def test_what_is_not_understood_is_not_passed_over(text):
    with pytest.raises(ValueError): read_variants(text)

def test_no_two_entries_of_an_exercise_say_the_same():
    "Reports and learners tell them apart by the sentence"
    for page in pages():
        for name, found in variants(page.stem).items():
            counts = Counter((variant.kind, variant.why) for variant in found)
            assert max(counts.values()) == 1, f'{page}: {name}: {[why for why, n in counts.items() if n > 1]}'

# nbs/hints/

HINT = 'nudge: look\n\nidea: think\n\nskeleton:\n\n```python\nreturn ...\n```\n'

def test_hints_have_three_parts():
    assert read_hints(f'# 05\n\n## f\n\n{HINT}\n## g.h\n\n{HINT}') == {name: Hints('look', 'think', 'return ...\n') for name in ('f', 'g.h')}

@pytest.mark.parametrize('text', [HINT, f'# 05\n## f\n\n{HINT}{HINT}', f'# 05\n## f\n\n{HINT}more\n', *[f'# 05\n## f\n\n{HINT.replace(old, new)}' for old, new in
                                  [('nudge: look', 'nudge:'), ('nudge', 'Nudge'), ('idea: think\n\n', ''), ('```python', '```'), ('look\n\n', 'look\n'), ('```\n', '')]], f'# 05\n## f\n\n{HINT}\n## f\n\n{HINT}'], ids=range(10))
def test_a_hint_that_is_not_understood_is_an_error(text):
    with pytest.raises(ValueError): read_hints(text)

def test_what_is_not_there_is_empty(): assert variants('no such page') == hints('no such page') == {}

# what fits every exercise

def test_generic_mistakes():
    made = generic_mistakes('class A:\n    def f(self, x, y): return x\n    def g(self): return 1', 'A.f')
    assert {what: ast.unparse(ast.parse(code).body[0].body[0].body) for what, code in made.items()} == {
        'raises': UNWRITTEN, 'returns None': 'return None', 'returns a constant': 'return 0', 'returns the input': 'return x'}
    assert 'returns the input' not in generic_mistakes('class A:\n    def f(self, x): return x\n    def g(self): return 1', 'A')
    assert set(generic_mistakes('def f(x):\n    yield x', 'f')) == set(made)

# by reference

def test_by_reference_runs_the_whole_cell():
    "A rule enters its table, a method is hung on its class, a class is made; the source is found"
    import tinytorch.core.autograd as autograd, tinytorch.core.layers as layers, tinytorch.core.tensor as tensor
    space = dict(vars(autograd))
    rules = next(value for value in space.values() if isinstance(value, dict) and any(key is autograd.mul for key in value))
    before = rules[autograd.mul]
    try:
        by_reference(space, 'mul_vjp')
        assert space['mul_vjp'] is not autograd.mul_vjp and rules[autograd.mul] is not before
        assert inspect.getsource(space['mul_vjp']) in reference_cell('mul_vjp')[1].code + '\n'
    finally: rules[autograd.mul] = before
    space = dict(vars(layers))
    by_reference(space, 'Linear')
    assert space['Linear'] is not layers.Linear and space['Linear'](2, 3).weight.shape == (2, 3)
    old = tensor.Tensor.mean
    try:
        by_reference(dict(vars(tensor)), 'Tensor.mean')
        assert tensor.Tensor.mean is not old and float(tensor.Tensor([1., 3]).mean().data) == 2
    finally: tensor.Tensor.mean = old

def test_a_traceback_through_it_shows_its_lines():
    space = {}
    by_reference(space, 'close')
    with pytest.raises(NameError) as caught: space['close'](1, 2)
    assert 'close by reference, 00_start' in str(caught.traceback[-1].path) and 'assert_allclose' in str(caught.traceback[-1].statement)

def test_an_unknown_name_is_told():
    with pytest.raises(LookupError, match="'mul_vpj'.*did you mean 'mul_vjp'"): by_reference({}, 'mul_vpj')
    with pytest.raises(LookupError, match='zzz'): by_reference({}, 'zzz')
    with pytest.raises(LookupError, match='99_none'): reference_page('99_none')

@exercise_of
def test_each_exercise_is_found_by_its_name(page, name):
    found, cell = reference_cell(name, page.module or '')
    assert found.stem == page.stem and cell.code == dict(page.exercises)[name].code

def test_the_course_is_found_from_any_folder(tmp_path):
    code = 'from tinytorch.exercises import course_folder; print(course_folder())'
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, env={'PYTHONPATH': str(NBS.parent)}, capture_output=True, text=True)
    assert done.stdout.strip() == str(course_folder()) == str(NBS), done.stderr
