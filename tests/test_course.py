"Pages, cells and exercises: one reader, on the standard library alone; a blank keeps all but the solution"
import ast, json, re, subprocess, sys

import pytest

from notebooks import ROOT, pages
from tinytorch.course import UNWRITTEN, Page, blank, body_of, find_pages, floor, functions_of, is_unwritten, read_page, steps, steps_for, with_body

exercises = [(name, cell, page) for page in pages() for name, cell in page.exercises]
exercise_of = pytest.mark.parametrize('name, cell, page', exercises, ids=[f'{page}-{name}' for name, _, page in exercises])

def test_pages_are_read_with_the_standard_library_alone():
    "And so without waiting: `tito`, Tab, the tests and the scripts all begin with it"
    code = 'import sys; from pathlib import Path; before = set(sys.modules); from tinytorch.course import find_pages; pages = find_pages(Path("."))\n' \
           'print(len(pages), *sorted({name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))'
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == [str(len(pages())), 'tinytorch'], done.stderr

def test_settings_have_one_reader():
    "Beside setup.py, which must stand alone"
    readers = {path.relative_to(ROOT).as_posix() for folder in ('tinytorch', 'tests', 'scripts', 'oracle', 'benchmarks') for path in (ROOT/folder).rglob('*.py')
               if re.search(r'^\s*(from|import) configparser', path.read_text(encoding='utf-8'), re.M)}
    assert readers == {'tinytorch/course.py'}

# finding pages

@pytest.fixture
def course(tmp_path):
    def write(name, *sources):
        cells = [{'cell_type': 'markdown' if source.startswith('# ') else 'code', 'id': f'c{i}', 'metadata': {}, 'source': source, 'outputs': []} for i, source in enumerate(sources)]
        path = tmp_path/'nbs'/name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({'cells': cells, 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}), encoding='utf-8')
        return path
    write.root = tmp_path
    return write

def test_pages_come_in_order_from_all_folders(course):
    for name in 'tito', 'zebra', '02_activations', 'opcheck', 'milestones/xor', 'milestones/perceptron', '06_optimizers', '00_start', 'datasets', '15_quantization', 'techniques', 'apple':
        course(f'{name}.ipynb', '# Title')
    for name in '_notes', '.hidden', '.ipynb_checkpoints/00_start-checkpoint', '_drafts/x': course(f'{name}.ipynb', '# Title')
    assert [page.stem for page in find_pages(course.root)] == ['00_start', '02_activations', 'opcheck', '06_optimizers', 'datasets', 'techniques', '15_quantization',
                                                                'perceptron', 'xor', 'tito', 'apple', 'zebra']

def test_a_page_without_a_place_has_no_floor(course):
    with pytest.raises(LookupError, match='zebra'): floor(read_page(course('zebra.ipynb', '# Zebra')))
    assert floor(read_page(course('milestones/gpt.ipynb', '# 2017: Attention'))) > floor(read_page(course('milestones/xor.ipynb', '# 1969: XOR'))) > floor(Page('99_last'))

@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'{"cells": 1}', b'{"cells": [1]}', b'{"cells": [{}]}', b'\xff\xfe\xff', b'null'], ids=range(8))
def test_what_is_no_notebook_is_a_page_with_an_error(course, content):
    course('01_tensor.ipynb', '# Tensor').write_bytes(content)
    page, = find_pages(course.root)
    assert page.stem == '01_tensor' and '01_tensor.ipynb' in page.error and page.title == page.error and page.module is None and page.exercises == []

# exercises

def with_bodies(tree, name, part, body):
    for function in functions_of(tree, name)[part]:
        doc = function.body[:1] if ast.get_docstring(function, clean=False) is not None else []
        function.body = doc + body(function)
    return ast.dump(tree)

@exercise_of
def test_a_blank_changes_the_body_and_nothing_else(name, cell, page):
    for part in functions_of(ast.parse(cell.code), name):
        made = blank(cell.code, name, part=part)
        nothing = lambda function: []
        assert with_bodies(ast.parse(made), name, part, nothing) == with_bodies(ast.parse(cell.code), name, part, nothing)
        assert {body_of(function) for function in functions_of(ast.parse(made), name)[part]} == {UNWRITTEN}
        assert is_unwritten(made, name)

@exercise_of
def test_a_function_given_its_own_body_is_itself(name, cell, page):
    for functions in functions_of(ast.parse(cell.code), name).values():
        for function in functions:
            body = '\n'.join(map(ast.unparse, function.body[ast.get_docstring(function, clean=False) is not None:]))
            assert ast.dump(ast.parse(with_body(cell.code, function, body))) == ast.dump(ast.parse(cell.code))

@exercise_of
def test_an_exercise_is_judged_by_its_own_checks(name, cell, page):
    path = steps_for(page, name)
    assert cell in path and name in path[-1].named('check')
    assert all(name in step.named('check') for step in path if step.has('check'))
    assert {id(step) for step in path} <= {id(step) for step in steps(page)}

@pytest.mark.parametrize('code, made', [
    ('def f(x): return x  # the solution', 'def f(x):\n    raise NotImplementedError'),
    ('def f(x):\n    """Doc\n    more"""\n    # a hint that gives it away\n    return x\n\ny = 1', 'def f(x):\n    """Doc\n    more"""\n    raise NotImplementedError\n\ny = 1'),
    ('def f(x): "Doc"', 'def f(x):\n    "Doc"\n    raise NotImplementedError'),
    ('def f(x,  # × in the signature\n      y): return "é", (x +\n        y)', 'def f(x,  # × in the signature\n      y):\n    raise NotImplementedError'),
    ('def f():\n    def g(): yield 1\n    return g', 'def f():\n    raise NotImplementedError'),
    ('def f():\n    x = yield\n    return x', 'def f():\n    raise NotImplementedError\n    yield  # keeps this a generator: it goes with the line above'),
], ids=range(6))
def test_blanks(code, made): assert blank(code, 'f') == made

def test_a_body_that_yields_gets_no_second_yield():
    assert blank('def f():\n    x = yield\n    return x', 'f', 'for i in range(3): yield i') == 'def f():\n    for i in range(3): yield i'
    assert blank('def f():\n    yield 1', 'f', 'def g(): yield 1\nreturn g').endswith('goes with the line above')
