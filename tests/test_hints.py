"How much lies beside each exercise: three mistakes; for a core one three hints, and for half of these another right answer"
import ast
from functools import lru_cache
from textwrap import indent

import pytest

from notebooks import NBS, pages
from tinytorch.checking import COURSE, Engine, as_job, paths, trial
from tinytorch.course import blank, steps
from tinytorch.exercises import hints, variants

def is_core(cell): return not any(words[:1] == ['extra'] for words in cell.directives)

exercises = [(page, name, cell) for page in pages() for name, cell in page.exercises]
core = [entry for entry in exercises if is_core(entry[2])]
core_of = pytest.mark.parametrize('page, name, cell', core, ids=[f'{page}-{name}' for page, name, _ in core])
hinted = [(page, name, cell) for page, name, cell in exercises if name in hints(page.stem)]

@pytest.mark.parametrize('page, name, cell', exercises, ids=[f'{page}-{name}' for page, name, _ in exercises])
def test_three_mistakes(page, name, cell):
    found = [one.why for one in variants(page.stem).get(name, []) if one.kind == 'wrong']
    assert len(found) >= 3, f'nbs/mistakes/{page}.md has {len(found)} for {name}'

@core_of
def test_three_hints(page, name, cell): assert name in hints(page.stem), f'nbs/hints/{page}.md has no ## {name}'

def test_hints_belong_to_exercises():
    known = {(page.stem, name) for page, name, _ in exercises}
    files = [path.stem for path in (NBS/'hints').glob('*.md')]
    assert {(stem, name) for stem in files for name in hints(stem)} <= known

def test_half_of_the_core_has_another_right_answer():
    found = [name for page, name, _ in core if any(one.kind == 'right' for one in variants(page.stem).get(name, []))]
    assert len(found)*2 >= len(core), f'{len(found)} of {len(core)}'

def with_skeleton(cell, name, skeleton):
    """The cell with the skeleton as its body; if it is of whole methods, these take the place of those

    A skeleton that begins with `def` or a decorator, where the exercise is a class or several methods."""
    tree = ast.parse(skeleton)
    whole = all(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in tree.body)
    return replaced(cell.code, name, tree.body) if whole else blank(cell.code, name, skeleton.rstrip('\n'))

def replaced(code, name, nodes):
    "`code` with `nodes` in place of those of their names, in the exercise's class or at the top"
    tree, fresh = ast.parse(code), {node.name: node for node in nodes}
    for owner in [tree, *[node for node in tree.body if isinstance(node, ast.ClassDef)]]:
        owner.body = [decorated(fresh.pop(getattr(node, 'name', None), node), node) for node in owner.body]
    assert not fresh, f'{name}: the skeleton has {sorted(fresh)}, which its cell does not define'
    return ast.unparse(ast.fix_missing_locations(tree))

def decorated(new, old):
    "`new`, with the decorators of `old` if it has none: an op stays an op"
    if not getattr(new, 'decorator_list', True): new.decorator_list = old.decorator_list
    return new

@lru_cache(None)
def passing(page):
    "{exercise: the cell with its skeleton} for those skeletons of a page that pass the exercise's checks"
    chosen = steps(page)
    cells = as_job(chosen, {})
    codes = {name: with_skeleton(cell, name, hints(page.stem)[name].skeleton) for other, name, cell in hinted if other is page}
    runs = []
    for name, code in codes.items():
        start, own, _ = paths(page, name, chosen)
        runs.append(trial(name, cells, own, start, {dict(page.exercises)[name].id: code}))
    with Engine(limit_s=5) as engine:
        return {name: codes[name] for name, answer in engine.sweep(COURSE, cells, runs) if answer['failed'] is None and not {'slow', 'ended'} & answer.keys()}

@pytest.mark.parametrize('page, name, cell', hinted, ids=[f'{page}-{name}' for page, name, _ in hinted])
def test_a_skeleton_is_no_answer(page, name, cell):
    "It is Python, leaves something out, says something, and does not pass"
    tree = ast.parse('def body():\n' + indent(hints(page.stem)[name].skeleton, '    '))
    assert any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(tree)), 'nothing is left out'
    assert name not in passing(page), f'it passes:\n{passing(page)[name]}'
