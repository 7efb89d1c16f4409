"Every page has the parts, the outputs and the measure of a page"
import ast, getpass, json, os, re, socket, statistics, subprocess, sys
from collections import Counter

import pytest

from notebooks import NBS, ROOT, pages, settings
from tinytorch.workspace import learner_notebook, learner_pages

def notebook(page): return json.loads(page.path.read_text(encoding='utf-8'))

page_of = pytest.mark.parametrize('page', pages(), ids=repr)
numbered = pytest.mark.parametrize('page', [p for p in pages() if p.number is not None], ids=repr)
modules_of = pytest.mark.parametrize('page', [p for p in pages() if p.path.parent == NBS], ids=repr)

EMOJI = re.compile('[\U0001F300-\U0001FAFF\u2600-\u27BF]')

@page_of
def test_page_can_be_read(page): assert not page.error

@page_of
def test_title_and_promise(page):
    first = page.cells[0]
    assert first.kind == 'markdown' and first.source.startswith('# ') and page.promise, 'the first cell is `# Title` and `> promise`'
    assert len(page.promise.split()) <= 30 and page.promise.rstrip().endswith('.')

ACCEL = {'kernels', 'fused', 'decoding'}  # pages that say nothing without Numba; all others run, and say what is missing

def installed(page): return 'tinytorch[accel]' if page.stem in ACCEL else 'tinytorch'

def install_address(page):
    address = f'git+https://github.com/{settings()["user"]}/{settings()["repo"]}'
    return f'"{installed(page)} @ {address}"' if page.stem in ACCEL else address

@modules_of
def test_second_cell_names_module_and_installs_in_colab(page):
    assert page.cells[1].source.splitlines()[1:] == [
        'import sys',
        "if 'google.colab' in sys.modules:",
        f'    %pip install -q {install_address(page)}',
        '    from tinytorch.testing import where',
        f"    print('Installed {installed(page)}.', where())"]
    assert page.cells[1].source.startswith('#| default_exp ')
    assert sum(len(c.named('default_exp')) for c in page.code) == 1

COLAB = """import io, json, sys
from contextlib import redirect_stdout
from types import ModuleType
from IPython.core.interactiveshell import InteractiveShell
given = json.load(sys.stdin)
if given['colab']: sys.modules['google.colab'] = ModuleType('google.colab')
shell, found = InteractiveShell(), []
asked = []
shell.register_magic_function(lambda line: asked.append(line), magic_name='pip')
for cells in given['pages']:
    shell.reset(new_session=False)
    asked.clear()
    with redirect_stdout(io.StringIO()) as said:
        for cell in cells: shell.run_cell(cell).raise_error()
    found.append([list(asked), said.getvalue()])
print(json.dumps(found))
"""

def run_cells(cells, folder, colab):
    "[(what `%pip` was asked, what was said)] of each list of cells, run in a notebook of its own, in Colab or elsewhere"
    done = subprocess.run([sys.executable, '-c', COLAB], input=json.dumps({'pages': cells, 'colab': colab}), cwd=folder,
                          env={**os.environ, 'IPYTHONDIR': str(folder/'ipython')}, capture_output=True, text=True, encoding='utf-8')
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])

def test_the_first_cell_in_colab_installs_and_says_what_it_did(tmp_path):
    for page, (asked, said) in zip(pages(), run_cells([[page.cells[1].source] for page in pages()], tmp_path, colab=True), strict=True):
        assert asked == [f'install -q {install_address(page)}'], page
        assert said.startswith(f'Installed {installed(page)}. ') and said.count('no workspace') == 1 and "course's" in said, (page, said)

def test_the_first_cell_elsewhere_does_nothing(tmp_path):
    assert run_cells([[page.cells[1].source] for page in pages()], tmp_path, colab=False) == [[[], '']]*len(pages())

def test_a_learners_page_in_colab_says_once_whose_modules_there_are(tmp_path):
    cells = [[raw['source'] for raw in learner_notebook(page)['cells'][1:3]] for page in learner_pages()]
    for page, (asked, said) in zip(learner_pages(), run_cells(cells, tmp_path, colab=True), strict=True):
        assert asked == [f'install -q {install_address(page)}'] and said.startswith(f'Installed {installed(page)}.\n') and said.count('no workspace') == 1, (page, said)

@page_of
def test_github_addresses_are_ours(page):
    found = re.findall(r'github\.com/([\w.-]*tinytorch[\w.-]*/[\w-]+|[\w.-]+/tinytorch\b)', page.path.read_text(encoding='utf-8'))
    ours = f'{settings()["user"]}/{settings()["repo"]}'
    assert set(found) <= {ours}, f'{page} points to {set(found)}, settings.ini says {ours}'

@page_of
def test_cells_have_unique_ids(page):
    ids = Counter(cell.id for cell in page.cells)
    assert None not in ids and max(ids.values()) == 1
    assert (notebook(page)['nbformat'], notebook(page)['nbformat_minor']) == (4, 5)

def shows_a_value(cell):
    "Does the cell end in an expression that surely has a value? (a call may return None)"
    last = (cell.tree.body or [None])[-1]
    if cell.code.rstrip().endswith(';') or not isinstance(last, ast.Expr): return False
    return not isinstance(last.value, (ast.Call, ast.Constant))

@page_of
def test_outputs_are_stored(page):
    bare = [c.code for c in page.code if shows_a_value(c) and not c.outputs and not c.skipped]
    assert not bare, f'{page}: these cells end in a value but show none; run make pages PAGES={page.path.relative_to(ROOT)}\n' + '\n---\n'.join(bare)
    assert sum(bool(c.outputs) for c in page.code) >= 5, f'{page} hardly shows a value'

@page_of
def test_no_cell_ends_in_an_error(page):
    errors = [c.code for c in page.code if any(o['output_type'] == 'error' for o in c.outputs)]
    assert not errors

def shown(page):
    "All text of the stored outputs"
    for c in page.code:
        for o in c.outputs:
            if o['output_type'] == 'stream': yield ''.join(o['text'])
            for kind, data in o.get('data', {}).items():
                if not kind.startswith('image/') or kind == 'image/svg+xml': yield json.dumps(data) if isinstance(data, dict) else ''.join(data)

@page_of
def test_outputs_name_no_place_person_or_machine(page):
    text = '\n'.join(shown(page))
    places = re.findall(r'(?:/home|/Users|/root|/tmp|/var/folders|[A-Za-z]:\\Users)[/\\]\S*|site-packages\S*|ipykernel_\d+', text)
    assert not places, f'{page} shows paths of the machine it ran on: {places[:3]}'
    assert str(ROOT) + '/' not in text
    common = {'root', 'user', 'admin', 'runner', 'jovyan', 'localhost', 'main', 'ubuntu'}
    for name in {getpass.getuser(), socket.gethostname()} - common:
        assert len(name) < 4 or not re.search(rf'\b{re.escape(name)}\b', text), f'{page} shows the name {name}'

@page_of
def test_no_emoji(page):
    found = EMOJI.findall(json.dumps(notebook(page), ensure_ascii=False))
    assert not found, f'{page}: {found}'

@page_of
def test_cells_are_small(page):
    sizes = sorted(c.lines for c in page.code)
    assert statistics.median(sizes) <= 8, f'{page}: the median code cell has {statistics.median(sizes)} lines'
    assert sum(n < 20 for n in sizes) >= .9 * len(sizes), f'{page}: {sizes[-5:]} lines in the longest cells'

@numbered
def test_parts_in_order(page):
    headings = [line[3:] for c in page.prose for line in c.source.splitlines() if line.startswith('## ')]
    parts = [part for part in ('Puzzle', 'Build', 'Use', 'Reflect') if any(h == part or h.startswith(f'{part}:') for h in headings)]
    assert parts == ['Puzzle', 'Build', 'Use', 'Reflect'], f'{page} has only {parts}, under {headings}'
    first = [next(i for i, h in enumerate(headings) if h == part or h.startswith(f'{part}:')) for part in parts]
    assert first == sorted(first), f'{page}: the parts come as {headings}'

@page_of
def test_imports_go_by_name(page):
    stars = [ast.unparse(n) for c in page.code for n in ast.walk(c.tree) if isinstance(n, ast.ImportFrom) and n.names[0].name == '*']
    assert not stars

TABLES = {  # id of a cell that is wider → what it is
    '0e825103': 'five ops, one a line: their functions, words and settings stand in columns',
    '78eb938f': 'the milestones, one a line: number, name, year and claim'}

def too_wide(cell): return [line for line in cell.source.splitlines() if len(line) > 100]

@page_of
def test_code_fits_beside_a_file_list(page):
    wide = {cell.id: too_wide(cell) for cell in page.code if too_wide(cell) and cell.id not in TABLES}
    assert not wide, f'{page}: lines of more than 100 characters; break them, or give a message a helper\n' + '\n'.join(line for lines in wide.values() for line in lines)

def test_only_wide_cells_are_listed_as_tables():
    assert {cell.id for page in pages() for cell in page.code if too_wide(cell)} == set(TABLES)
