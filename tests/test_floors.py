"Each module stands only on earlier ones, alone if need be, and the package keeps to its light core"
import ast, json, os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import pytest

from notebooks import ROOT, floor, imports, modules, pages, settings
from tinytorch.course import FLOORS
from submissions import complete

NOWHERE  = {'torch', 'fastcore'}                               # no exported cell needs these
INSIDE   = {'pooch', 'scipy', 'matplotlib', 'nbdev', 'IPython',         # only inside the function that uses them
            'onnx', 'onnxruntime', 'jsonschema', 'rfc8785', 'safetensors', 'threadpoolctl'}
UNPICKLE = {'pickle', 'cPickle', 'dill', 'cloudpickle', 'joblib', 'marshal', 'shelve'}

page_of = pytest.mark.parametrize('page', pages(), ids=repr)
module_of = pytest.mark.parametrize('module', sorted(modules()))

# A function of a low page may fetch a later one when it is called, if that is all it is for: what a notebook asks is answered by the rooms above
DOORS = {'00_start': {'tinytorch.checking', 'tinytorch.exercises', 'tinytorch.workspace', 'tinytorch.learning'}}

def doors(page):
    "The modules that a page imports inside functions and may, though they are higher"
    inside = {name for cell in page.exported for name, at_top in imports(cell.tree) if not at_top}
    return DOORS.get(page.stem, set()) & inside - {name for cell in page.code for name, at_top in imports(cell.tree) if at_top}

def needs(cells):
    "(module of ours, page that exports it) for each import in `cells`"
    for cell in cells:
        for name, _ in imports(cell.tree):
            if name in modules(): yield name, modules()[name]

@page_of
def test_exported_cells_import_lower_floors(page):
    upward = sorted({name for name, other in needs(page.exported) if floor(other) >= floor(page)} - doors(page))
    assert not upward, f'{page} (floor {floor(page)}) exports an import of {upward}'

@page_of
def test_page_imports_no_higher_number(page):
    upward = sorted({name for name, other in needs(page.code) if floor(other) > floor(page)} - doors(page))
    assert not upward, f'{page} (floor {floor(page)}) imports {upward}'

@page_of
def test_imports_of_ours_exist(page):
    asked = {name for cell in page.code for name, _ in imports(cell.tree) if name.startswith('tinytorch.')}
    known = {'tinytorch.__version__'} | set(modules()) | {'.'.join(m.split('.')[:n]) for m in modules() for n in (1, 2)}
    lost = sorted(name for name in asked if name not in known and name.rpartition('.')[0] not in modules())
    assert not lost, f'{page} imports {lost}, which no page exports'

def test_each_page_has_a_floor_of_its_own_or_a_number():
    unnumbered = {page.stem for page in pages() if page.number is None and page.path.parent.name != 'milestones'}
    assert unnumbered <= FLOORS.keys() and all(page.stem not in FLOORS for page in pages() if page.number is not None)

def test_no_cycle():
    below = {p.module: {name for name, _ in needs(p.exported)} - doors(p) for p in pages() if p.module}
    while below:
        free = {m for m, stands_on in below.items() if not stands_on & below.keys()}
        assert free, f'these modules stand on each other: {sorted(below)}'
        for m in free: del below[m]

def test_datasets_stands_on_numpy_and_the_ground_floor():
    page = next(p for p in pages() if p.name == 'datasets')
    top = {name.split('.')[0] for cell in page.exported for name, at_top in imports(cell.tree) if at_top} - set(sys.stdlib_module_names)
    assert top <= {'numpy', 'tinytorch'}
    assert {name for name, _ in needs(page.exported)} <= {'tinytorch.testing', 'tinytorch.files', 'tinytorch.course'}

@lru_cache(None)
def imported_alone():
    "For each module: what importing it in a fresh interpreter says, and which heavy modules came along"
    heavy = sorted(NOWHERE | INSIDE)
    def one(module):
        code = f'import sys, {module}; print(*[m for m in {heavy} if m in sys.modules])'
        env = {**os.environ, 'PYTHONPATH': str(ROOT)}
        return module, subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool: return dict(pool.map(one, sorted(modules())))

@module_of
def test_module_imports_alone(module):
    done = imported_alone()[module]
    assert done.returncode == 0, done.stderr
    assert not done.stdout.split(), f'importing {module} brings in {done.stdout}; import it inside the function that uses it'

@module_of
def test_no_loop_leaves_its_variables_in_a_module(module):
    "What a loop at the top of a module counts with would be a name of the module"
    left = [f'{ast.unparse(target)} (cell {cell.id})' for cell in modules()[module].exported for node in cell.tree.body
            if isinstance(node, (ast.For, ast.While, ast.With)) for target in ast.walk(node)
            if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)]
    assert not left, f'{module} keeps {left}; put the loop into a function'
def loaded_by(code):
    "The modules of ours that are loaded when `code` is done, in a fresh interpreter"
    tell = "import atexit, sys; atexit.register(lambda: print('\\nLOADED', *[m for m in sys.modules if m.startswith('tinytorch')]))\n"
    done = subprocess.run([sys.executable, '-c', tell + code], env={**os.environ, 'PYTHONPATH': str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.rpartition('LOADED')[2].split())

def test_documents_are_judged_without_the_framework():
    assert loaded_by('import tinytorch.submission') == {'tinytorch', 'tinytorch.files', 'tinytorch.scenarios', 'tinytorch.statistics', 'tinytorch.submission'}

def test_validate_loads_no_model_and_no_training(tmp_path):
    (tmp_path/'good.json').write_text(json.dumps(complete()), encoding='utf-8')
    loaded = loaded_by(f"from tinytorch.cli import main; main(['validate', {str(tmp_path/'good.json')!r}])")
    assert 'tinytorch.submission' in loaded and not {m for m in loaded if m.startswith(('tinytorch.core', 'tinytorch.perf'))}, loaded

def test_init_holds_only_the_version():
    source = (ROOT/'tinytorch'/'__init__.py').read_text(encoding='utf-8')
    assert source.strip() == f'__version__ = "{settings()["version"]}"'

@page_of
def test_exported_imports_are_declared(page):
    "NumPy and the light core at the top of a module, extras inside functions, nothing else"
    distribution = lambda requirement: requirement.split('>')[0].split('=')[0].split('<')[0]
    core = {distribution(r) for r in settings()['requirements'].split()}
    extras = {distribution(r) for extra in ('dev', 'accel', 'data', 'wake-vision') for r in settings()[f'{extra}_requirements'].split()} | {'IPython'}
    for cell in page.exported:
        for name, at_top in imports(cell.tree):
            root = name.split('.')[0].replace('PIL', 'Pillow')  # the only one whose module has another name
            if root in sys.stdlib_module_names | {'tomllib', 'tinytorch'}: continue  # tomllib: since 3.11
            assert root not in NOWHERE, f'{page} exports an import of {name}'
            assert not (at_top and root in INSIDE), f'{page} exports an import of {name} at the top of its module'
            assert root in core or not at_top and root in extras, f'{page}: {root} is not among the requirements in settings.ini'

def package_files(): return sorted((ROOT/'tinytorch').rglob('*.py'))

WRITES_ITSELF = {'tracing.py': 'exec'}  # text that the module puts together of its own words and numbers, never a user's
RUNS_PAGES = {'exercises.py': 'exec', 'checking.py': 'exec'}  # cells of the course's pages, and the learner's own in a process of theirs

@pytest.mark.parametrize('path', package_files(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nothing_unpickles_or_evaluates(path):
    tree = ast.parse(path.read_text(encoding='utf-8'))
    found = [f'import {name}' for name, _ in imports(tree) if name.split('.')[0] in UNPICKLE]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call): continue
        if isinstance(node.func, ast.Name) and node.func.id in {'eval', 'exec'} - {(WRITES_ITSELF | RUNS_PAGES).get(path.name)}: found.append(ast.unparse(node))
        found += [ast.unparse(node) for k in node.keywords if k.arg == 'allow_pickle' and not (isinstance(k.value, ast.Constant) and k.value.value is False)]
    assert not found, f'{path.name}: {found}'
