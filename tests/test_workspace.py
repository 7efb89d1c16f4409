"A learner's folder: whose modules are imported, what is blank and leaks nowhere, what is exported, and what an update keeps"
import ast, errno, json, os, shutil, signal, subprocess, sys
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pytest

import tinytorch
import tinytorch.workspace as room
from notebooks import NBS, ROOT, pages
from tinytorch.course import Cell, PageError, course_folder, functions_of, is_unwritten, read_page
from tinytorch.workspace import (Workspace, WorkspaceError, blanked, find_workspace, given_exercises, init, is_given_blank, is_skipped,
                                 layer_files, learner_notebook, learner_pages, module_text, reference_line, shell_of, solution_lines, source_of)

handed_out = learner_pages()
exercises = [(name, cell, page) for page in handed_out for name, cell in page.exercises]
exercise_of = pytest.mark.parametrize('name, cell, page', exercises, ids=[f'{page}-{name}' for name, _, page in exercises])

def python(*command, cwd, **env):
    "What a program says that is started in a folder as a learner would, with nothing set"
    unset = {name: value for name, value in os.environ.items() if name not in ('PYTHONPATH', 'PYTHONHOME')}
    done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, env={**unset, **env}, capture_output=True, text=True, encoding='utf-8')
    assert done.returncode == 0, f'{command}\n{done.stdout}\n{done.stderr}'
    return done.stdout

@pytest.fixture(scope='module')
def whole(tmp_path_factory): return init(tmp_path_factory.mktemp('whole')/"Zoë's work")

@pytest.fixture(scope='module')
def small(tmp_path_factory): return init(tmp_path_factory.mktemp('small')/"Zoë's work", pages=['00', '02', '05'])

@pytest.fixture
def work(small, tmp_path): return Workspace(shutil.copytree(small.folder, tmp_path/"Zoë's work"))

def code_of(name): return next(cell for other, cell, _ in exercises if other == name).code

def edit(work, stem, change):
    "The notebook of a page, after `change` did something to the list of its cells"
    notebook = json.loads(work.path(stem).read_bytes())
    change(notebook['cells'])
    work.path(stem).write_text(json.dumps(notebook), encoding='utf-8')

def cell_at(cells, name):
    return next(i for i, raw in enumerate(cells) if name in Cell(raw).named('exercise'))

def write(work, name, code=None):
    "Let the learner write an exercise, by default as the course does, with a comment of their own"
    page, cell = work.exercise(name)
    code = code_of(name) + '\n# in my own words' if code is None else code
    def change(cells): cells[cell_at(cells, name)]['source'] = room.with_code(cell, code)
    edit(work, page.stem, change)

# the layer

ASK = 'import tinytorch, tinytorch.core.activations as a, tinytorch.core.layers as l; from tinytorch.core import tensor\n' \
      'assert a.Tensor is tensor.Tensor is l.Tensor\n' \
      'for m in (a, tensor, l): print(m.__file__)\n' \
      'print(tinytorch.__version__, *tinytorch.__path__, sep="|")'

def check_layer(said, work):
    mine, *theirs, paths = said.strip().splitlines()[-4:]
    version, layer, course = paths.split('|')
    assert Path(mine) == work.folder/'tinytorch'/'core'/'activations.py'
    assert all(Path(file).is_relative_to(course) for file in theirs) and Path(course).resolve() == ROOT/'tinytorch'
    assert version == room.course_version() and Path(layer) == work.folder/'tinytorch'

@pytest.mark.parametrize('command, env', [(['-c'], {}), (['-c'], {'PYTHONPATH': str(ROOT)})], ids=['as installed', 'PYTHONPATH'])
def test_own_modules_come_first_and_the_course_fills_the_gaps(work, command, env):
    work.export('02_activations')
    check_layer(python(*command, ASK, cwd=work.folder, **env), work)

def test_fresh_processes_without_site_find_both(work):
    "Benchmarking starts them with `-I -S` and gives them a path"
    work.export('02_activations')
    path = json.loads(python('-c', 'import json; from tinytorch.benchmarking import import_path; print(json.dumps(import_path()))', cwd=work.folder))
    assert Path(path[0]) == work.folder
    check_layer(python('-I', '-S', '-c', f'import sys; sys.path[:] = {path}\n{ASK}', cwd=ROOT.parent), work)

def test_pytest_and_nbval_take_the_workspace(work):
    work.export('02_activations')
    (work.folder/'test_mine.py').write_text(f'def test(): assert __import__("tinytorch.core.activations").core.activations.__file__ == {str(work.module_path("tinytorch.core.activations"))!r}\n', encoding='utf-8')
    source = 'import tinytorch.core.activations as a\n[a.__file__]'
    output = {'output_type': 'execute_result', 'execution_count': 1, 'metadata': {}, 'data': {'text/plain': repr([str(work.module_path('tinytorch.core.activations'))])}}
    cell = {'cell_type': 'code', 'id': 'aaaaaaaa', 'metadata': {}, 'execution_count': 1, 'outputs': [output], 'source': source}
    (work.folder/'mine.ipynb').write_text(json.dumps({'cells': [cell], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}), encoding='utf-8')
    assert '2 passed' in python('-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--nbval', '--nbval-current-env', 'test_mine.py', 'mine.ipynb', cwd=work.folder)

def test_course_data_are_found_from_a_workspace(work):
    said = python('-c', 'from tinytorch.datasets import load; from tinytorch.submission import shipped_parts; from tinytorch.course import course_folder, install_line\n'
                        'print(load("digits").train[0].shape[1:], len(shipped_parts()) > 0, course_folder(), install_line("accel"), sep="|")', cwd=work.folder)
    assert said.strip() == f'(8, 8)|True|{ROOT/"nbs"}|pip install -e ".[accel]"'

def test_a_layer_without_a_course_says_so(work):
    done = subprocess.run([sys.executable, '-I', '-S', '-c', f'import sys; sys.path[:] = [{str(work.folder)!r}, *sys.path]; import tinytorch'], capture_output=True, text=True)
    assert done.returncode and sys.executable in done.stderr.splitlines()[-1] and 'ImportError' in done.stderr.splitlines()[-1]

def test_a_layer_is_short():
    assert all(len(text.splitlines()) <= 36 for text in layer_files().values())

def test_where_tells_whose_modules_there_are(work):
    ask = 'from tinytorch.testing import where; print(where())'
    assert 'none yet' in python('-c', ask, cwd=work.folder)
    made = work.export('02_activations')
    said = python('-c', ask, cwd=work.folder)
    assert 'core.activations' in said and all(name in said for name in made.by_reference)
    (work.folder/'deeper').mkdir()
    assert str(work.folder) in python('-c', ask, cwd=work.folder/'deeper')
    assert "course's" in python('-c', ask, cwd=ROOT)

# blanks

def test_a_workspace_holds_all_pages_but_those_of_the_house(whole):
    assert {page.stem for page in whole.pages()} == {page.stem for page in pages()} - set(room.HOUSE)
    assert [page.stem for page in whole.pages()] == [page.stem for page in pages() if page.stem not in room.HOUSE]
    assert not any(page.error for page in whole.pages())

def test_a_page_keeps_its_cells(whole):
    for page in handed_out:
        mine = read_page(whole.path(page.stem))
        assert [cell.id for cell in mine.cells if cell.id != room.first_cell(page.stem)['id']] == [cell.id for cell in page.cells]
        [at] = [i for i, cell in enumerate(mine.cells) if 'where()' in cell.source and cell.id == room.first_cell(page.stem)['id']]
        assert mine.cells[at - 1].has('default_exp') and mine.cells[at].source == room.FIRST

def test_each_core_exercise_is_blank_and_each_plain_extra_is_not(whole):
    for page in whole.pages():
        for name, cell in page.exercises: assert is_unwritten(cell.code, name) == (cell.extra != ''), name

@exercise_of
def test_a_blank_keeps_all_that_is_no_body(name, cell, page):
    made = blanked(cell.code, name, page)
    assert shell_of(made, name) == shell_of(cell.code, name) and is_unwritten(made, name) and not is_unwritten(cell.code, name)
    for part, nodes in functions_of(ast.parse(cell.code), name).items():
        for old, new in zip(nodes, functions_of(ast.parse(made), name)[part]):
            signature = cell.code.splitlines()[old.lineno - 1:old.body[0].lineno - 1]
            assert not signature or '\n'.join(signature) in made  # comments too
            assert ast.get_docstring(old, clean=False) == ast.get_docstring(new, clean=False)

def test_an_extra_waits_for_an_exercise_that_there_is():
    names = {name for name, _, _ in exercises}
    assert {cell.extra for _, cell, _ in exercises} - {None, ''} <= names

def test_with_all_every_exercise_is_blank(tmp_path):
    work = init(tmp_path/'all', all=True, pages=['02', '09'])
    assert all(is_unwritten(cell.code, name) for page in work.pages() for name, cell in page.exercises)

def test_links_lead_to_what_is_there(whole):
    beside = {page.stem for page in whole.pages()}
    found = [(page, match[1]) for page in whole.pages() for cell in page.prose for match in room.LINK.finditer(cell.source)]
    assert len(found) > 200 and all(target.removesuffix('.ipynb') in beside for _, target in found), found

# no solution anywhere

def bare(text): return ''.join(text.split())

def strings(value):
    if isinstance(value, str): yield value
    elif isinstance(value, dict):
        for key, each in value.items(): yield from strings(each) if key != 'image/png' else ()
    elif isinstance(value, list):
        if value and all(isinstance(each, str) for each in value): yield ''.join(value)
        else:
            for each in value: yield from strings(each)

def survivors(every):
    """(number of solution lines that count, {(exercise, line): where it stands}) of a workspace

    A line counts that has at least 25 characters without blanks and is not shown earlier on its page."""
    beside = {page.stem for page in handed_out}
    made = {page.stem: learner_notebook(page, every, beside) for page in handed_out}
    texts = {(stem, raw['id']): bare('\n'.join(strings(raw))) for stem, notebook in made.items() for raw in notebook['cells']}
    heads = [bare('\n'.join(strings({**notebook, 'cells': []}))) for notebook in made.values()]
    files = [bare(text) for text in layer_files().values()] + [bare(json.dumps([given_exercises(page) for page in handed_out], ensure_ascii=False).replace('\\n', '\n'))]
    everything = '\n'.join([*texts.values(), *heads, *files])
    count, found = 0, {}
    for page in handed_out:
        earlier = ''
        for cell in page.cells:
            for line in solution_lines(cell) if is_given_blank(cell, every) else ():
                if line in earlier: continue
                count += 1
                if line not in everything: continue
                where = [key for key, text in texts.items() if line in text] + [text[:80] for text in (*heads, *files) if line in text]
                found[cell.named('exercise')[0], line] = where
            earlier += '\n' + texts[page.stem, cell.id]
    return count, found

# Lines that do stand elsewhere, and why that is no harm: it is one line of several, or what it says is said on the page
ALLOWED = {
    'a call that hands on a setting or checks it; the name says it all': '''
        MultiHeadAttention: self.dropout = Dropout(dropout, rng=rng)
        TransformerBlock: self.dropout = Dropout(dropout, rng=rng)
        MLP: self.approximate = approximate
        QuantizedLinear: if input_range is not None: self.round_inputs(*input_range)
        cross_entropy: check_options(reduction, label_smoothing)
        WeightedRandomSampler: check_weights(weights, num_samples, replacement)
        batch_norm: check_norm(x.shape, weight.shape, bias.shape)
        attend_heads: check_qkv(qkv.shape, num_heads)
        magnitude_prune: sparsity = check_sparsity(sparsity)
        prune_in_steps: sparsity = check_sparsity(sparsity)
        structured_prune: sparsity = check_sparsity(sparsity)
        reduce_losses: raise reduction_error(reduction)
        candidates: layers = linear_layers(model)''',
    'an idiom of the course, on many pages': '''
        gradient_of_weight: with np.errstate(invalid='ignore'):
        average_fields: with np.errstate(invalid='ignore'):
        softmax_cross_entropy: if x.dtype.char == 'e': x = x.astype(np.float32)
        report_row: with no_grad(), evaluating(model):
        structured_prune: new = deepcopy(model).eval()
        to_sparse: new = deepcopy(model).eval()
        input_ranges: def note(layer, inputs, settings, output):
        stored_bytes: from safetensors.numpy import save
        find_members: if isinstance(value, type): return
        computes_linear: except (TypeError, ValueError): return False  # it takes something else
        reachable: return list(found.values())
        parse_strictly: text = data.decode('utf-8')
        read_arrays: f'found {type(error).__name__}: {error}') from error
        verify: 'the file is damaged or is not the one its card describes: restore it')
        QuantizedLinear.numpy_product: if self.bias is not None: out += self.bias.data
        time_pairs: for side in rng.permutation(2):
        build_sides: for side in rng.permutation(2):
        views_by_channel: (sh, sw), (ph, pw), (dh, dw) = geometry.stride, geometry.padding, geometry.dilation''',
    'prose that asks about the line by name, or a document that has the field': '''
        Trainer.train_batch: self.optimizer.zero_grad()
        BenchmarkReport.benchmark_model: 'parameter_count': parameters,''',
    'the same frame around another computation, later on the page: a copy verified': '''
        pruned_copy: try: found = small(inputs).data
        pruned_copy: except (ValueError, IndexError): return None
        pruned_copy: return small if nearly_equal(found, expected) else None''',
    'a fast form of the same on a much later page, with the lines around what it makes fast': '''
        softmax_cross_entropy: loss = np.add.reduce(losses) if summed else losses.reshape(labels.shape)
        cross_entropy: weights, total = sample_weights(labels, kept, weight)
        cross_entropy: return no_mean(loss) if reduction == 'mean' and not total else loss
        nll_loss: weights, total = sample_weights(labels, kept, weight)
        nll_loss: return no_mean(loss) if reduction == 'mean' and not total else loss
        SimpleCNN: return self.fc(x.flatten(1))
        LearnedPositionalEmbedding: if positions is not None: return x + super().forward(positions)
        attend_heads: to_q,to_k,to_v = split_heads(full, num_heads)
        attend_heads: np.matmul(s.swapaxes(-1, -2), q, out=to_k)
        attend_heads: np.matmul(dropped(w, dropout_mask).swapaxes(-1, -2), g, out=to_v)
        MultiHeadAttention: dropout_mask = make_dropout_mask(self.dropout, (B, self.num_heads, T, T), qkv.dtype)
        norm_last: fits = x.shape[-1:] == weight.shape == bias.shape
        norm_last: if not fits or not weight.size: raise norm_mismatch(x.shape, weight.shape, bias.shape)
        bias_gelu_tanh: number, wide = x.dtype.type, np.finfo(x.dtype).bits == 64
        bias_gelu_tanh: one, steep, cube = number(1), number(2*STEEP), number(2*STEEP*.044715)
        norm_rows: number, D = x.dtype.type, x.shape[1]'''}
allowed = {(name, bare(line)) for text in ALLOWED.values() for name, _, line in (row.strip().partition(': ') for row in text.strip().splitlines())}

@lru_cache(None)
def surviving(every): return survivors(every)

@pytest.mark.parametrize('every', [False, True], ids=['core', 'all'])
def test_no_line_of_a_solution_is_in_a_workspace(every):
    count, found = surviving(every)
    assert count > (1000 if not every else 1600)
    assert not found.keys() - allowed, '\n'.join(f'{key}: {found[key]}' for key in sorted(found.keys() - allowed))

def test_each_allowed_line_is_needed():
    assert not allowed - surviving(False)[1].keys() - surviving(True)[1].keys()

def test_no_allowed_lines_are_a_whole_solution():
    lines = {}
    for name, cell, _ in exercises:
        if cell.extra is None: lines[name] = set(solution_lines(cell))
    whole = {name for name, mine in lines.items() if mine and mine <= {line for other, line in allowed if other == name}}
    assert not whole

def test_an_output_that_prints_a_solution_is_left_out(tmp_path):
    code = '#| export\n#| exercise long\ndef long(x):\n    return x + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9'
    printed = [{'output_type': 'stream', 'name': 'stdout', 'text': [code]}, {'output_type': 'stream', 'name': 'stdout', 'text': ['45\n']}]
    cells = [{'cell_type': 'markdown', 'id': 'aaaaaaaa', 'metadata': {}, 'source': '# Long\n> Line'},
             {'cell_type': 'code', 'id': 'bbbbbbbb', 'metadata': {'tags': ['x'], 'editor': code}, 'source': code, 'outputs': [], 'execution_count': 3},
             {'cell_type': 'code', 'id': 'cccccccc', 'metadata': {}, 'source': 'print(source)', 'outputs': printed, 'execution_count': 4}]
    (tmp_path/'a.ipynb').write_text(json.dumps({'cells': cells, 'metadata': {'solution': code}, 'nbformat': 4, 'nbformat_minor': 5}))
    made = learner_notebook(read_page(tmp_path/'a.ipynb'))
    assert '1 + 2 + 3' not in json.dumps(made) and '45' in json.dumps(made) and made['cells'][2]['metadata'] == {'tags': ['x']}

# export

def absolute(tree, package):
    "The tree of a module without its header, its imports absolute"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = package.split('.')
            node.module, node.level = '.'.join([*parts[:len(parts) - node.level + 1], *filter(None, [node.module])]), 0
    return ast.dump(tree)

@pytest.mark.parametrize('page', [page for page in handed_out if page.module], ids=repr)
def test_a_page_is_exported_as_nbdev_does(page):
    text, borrowed = module_text(page)
    exported = (ROOT/page.module.replace('.', '/')).with_suffix('.py').read_text(encoding='utf-8')
    package = page.module.rpartition('.')[0]
    assert not borrowed and absolute(ast.parse(text), package) == absolute(ast.parse(exported), package)

def test_what_is_not_written_comes_by_reference(work):
    made = work.export('02_activations')
    page = work.page('02')
    assert made.module == 'tinytorch.core.activations' and made.by_reference == [name for name, cell in page.exercises if is_unwritten(cell.code, name)]
    text = made.path.read_text(encoding='utf-8')
    assert all(f"by_reference(globals(), '{name}')  # not written yet" in text for name in made.by_reference)
    write(work, 'relu')
    work.skip_cell('sigmoid')
    made = work.export('02_activations')
    text = made.path.read_text(encoding='utf-8')
    assert 'relu' not in made.by_reference and '# in my own words' in text and "by_reference(globals(), 'sigmoid')  # skipped" in text
    ask = 'from tinytorch.core.activations import ReLU, Softmax, Sigmoid; from tinytorch.core.tensor import Tensor; x = Tensor([-1., 1.])\n' \
          'print([f(x).tolist() for f in (ReLU(), Softmax(), Sigmoid())])'
    assert python('-c', ask, cwd=work.folder) == python('-c', ask, cwd=ROOT)

def test_all_pages_with_every_exercise_unwritten_can_be_used(whole):
    "Each module is the learner's, and each exercise by reference"
    modules = [whole.export(page.stem).module for page in whole.pages() if page.module]
    said = python('-c', f'import importlib\nfor name in {modules}: print(importlib.import_module(name).__file__)', cwd=whole.folder)
    assert len(modules) > 40 and all(Path(file).is_relative_to(whole.folder) for file in said.split('\n')[:-1])

@pytest.mark.parametrize('code, words', [('def relu(x):\n    return x +', ['relu', 'line 2', 'return x +']), ('def rellu(x): return x', ['relu', 'nothing of that name'])])
def test_what_cannot_be_exported_is_named_and_the_module_stays(work, code, words):
    before = work.export('02_activations').path.read_bytes()
    write(work, 'relu', code)
    with pytest.raises(PageError) as caught: work.export('02_activations')
    assert all(word in str(caught.value) for word in words)
    assert work.module_path('tinytorch.core.activations').read_bytes() == before

# skip and reset

def test_a_skipped_exercise_runs_in_the_notebook_and_the_line_goes(work):
    work.skip_cell('relu')
    page, cell = work.exercise('relu')
    assert is_skipped(cell.code) and is_unwritten(room.without_skip(cell.code), 'relu') and work.skip_cell('relu') is None
    assert work.unskip_cell('relu') and not work.unskip_cell('relu') and not is_skipped(work.exercise('relu')[1].code)
    write(work, 'relu')
    kept = work.skip_cell('relu')
    assert '# in my own words' in kept.read_text(encoding='utf-8') and '# in my own words' not in work.path('02_activations').read_text(encoding='utf-8')
    work.reset('relu')
    assert not is_skipped(work.exercise('relu')[1].code)

def test_reset_gives_an_exercise_as_it_was_and_keeps_a_copy(work):
    before = work.path('02_activations').read_bytes()
    write(work, 'relu')
    write(work, 'sigmoid')
    written = work.path('02_activations').read_bytes()
    kept = work.reset('relu')
    assert kept.parent == work.folder/'.tito'/'backups' and kept.read_bytes() == written and kept.stem.startswith('02_activations-20')
    assert is_unwritten(work.exercise('relu')[1].code, 'relu') and '# in my own words' in work.exercise('sigmoid')[1].code
    again = work.reset('sigmoid')
    assert again != kept and work.path('02_activations').read_bytes() == before

@pytest.mark.parametrize('word', ['02', 'activations', '02_activations', '02_activations.ipynb'])
def test_reset_gives_a_page_as_it_was_whatever_became_of_it(work, word):
    fresh, path = work.path('02_activations').read_bytes(), work.path('02_activations')
    for content in b'{', b'<<<<<<< HEAD\n=======\n>>>>>>> other\n', b'\xff':
        path.write_bytes(content)
        assert work.reset(word).read_bytes() == content and path.read_bytes() == fresh
    path.unlink()
    assert work.reset(word) is None and path.read_bytes() == fresh

def test_reset_brings_a_cell_back_to_its_place(work):
    fresh = work.path('02_activations').read_bytes()
    edit(work, '02_activations', lambda cells: cells.pop(cell_at(cells, 'relu')))
    with pytest.raises(LookupError, match='tito reset relu'): work.exercise('relu')
    work.reset('relu')
    assert work.path('02_activations').read_bytes() == fresh

# an update across real changes

OLD = sorted((ROOT/'tests'/'old_pages').glob('*.json'))

@pytest.fixture(scope='module')
def old_pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp('old')/'nbs'
    folder.mkdir()
    for path in OLD: shutil.copy(path, folder/f'{path.stem}.ipynb')
    return folder

def course_before(old, monkeypatch):
    "The installed course is an older one of three pages, until `.today()`"
    def install(folder, version):
        monkeypatch.setattr(room, 'course_folder', lambda: folder)
        monkeypatch.setattr(room, 'course_version', lambda: version)
    def back(): install(old, '0.0.9')
    def today(): install(course_folder(), '0.1.0')
    back()
    def as_written():
        "{exercise: (code, stem)} of the old course"
        return {name: (cell.code, page.stem) for page in learner_pages() for name, cell in page.exercises}
    return SimpleNamespace(today=today, back=back, written=as_written)

@pytest.fixture
def old_course(old_pages, monkeypatch): return course_before(old_pages, monkeypatch)

@pytest.fixture(scope='module')
def updated(old_pages, tmp_path_factory):
    "(workspace, update, {exercise: code that the learner had written}, all cells before) across three pages' real changes"
    with pytest.MonkeyPatch.context() as monkeypatch: return update_all(course_before(old_pages, monkeypatch), tmp_path_factory.mktemp('update'))

def update_all(old_course, folder):
    work = init(folder/"Zoë's work")
    code = {name: f'{text}\n# in my own words' for name, (text, _) in old_course.written().items()}
    for name, text in code.items(): write(work, name, text)
    today = {raw['id']: source_of(raw) for raw in learner_notebook(read_page(NBS/'05_autograd.ipynb'), beside=['05_autograd'])['cells']}
    differing = [raw['id'] for raw in work.notebook('05_autograd')['cells'] if raw['cell_type'] == 'code' and not Cell(raw).has('exercise')
                 and raw['id'] in today and today[raw['id']] != source_of(raw)][:3]
    assert differing
    def add(cells):
        at = cell_at(cells, 'mul_vjp') + 1
        cells[at:at] = [room.code_cell('mine = 1'), {'cell_type': 'markdown', 'id': 'my-notes', 'metadata': {}, 'source': 'My notes'}]
        for raw in cells:
            if raw['id'] in differing: raw['source'] += '\n# I tried this'
    edit(work, '05_autograd', add)
    before = {stem: work.path(stem).read_bytes() for stem in work.given['pages']}
    old_course.today()
    work = Workspace(work.folder)
    return work, work.update(), code, before

def test_an_update_keeps_every_cell_that_the_learner_wrote(updated):
    work, update, code, before = updated
    everything = ''.join(source_of(raw) + '\n' for stem in work.given['pages'] for raw in work.notebook(stem)['cells'])
    plain = '\n'.join(line.removeprefix('# ') for line in everything.splitlines())
    for name, text in code.items():
        if name in update.kept: assert work.exercise(name)[1].code == text
        else: assert all(line.rstrip().removeprefix('# ') in plain for line in text.splitlines())
    conflicts = {line.rpartition(': ')[2] for line in update.conflicts}
    assert {'gradcheck', 'softmax_cross_entropy_vjp', 'MultiHeadAttention', 'LayerCache'} <= conflicts and {'collect', 'walk'} <= set(update.gone)
    assert code.keys() == {*update.kept, *(conflicts & code.keys()), *update.gone} - {'01_tensor'}
    assert len(update.kept) > 20 and sorted(update.changed) == [path.stem for path in OLD]
    assert '00_start' in update.added and len(work.pages()) == len(handed_out)

def test_an_update_puts_both_side_by_side_and_one_of_them_runs(updated):
    work, update, code, before = updated
    cells = work.notebook('05_autograd')['cells']
    at = cell_at(cells, 'gradcheck')
    assert is_unwritten(Cell(cells[at]).code, 'gradcheck')
    below = source_of(cells[at + 1])
    assert below.startswith('# Yours') and all(line.startswith('#') for line in below.splitlines()) and not Cell(cells[at + 1]).exported
    assert len(cells) == len({raw['id'] for raw in cells})
    tried = [source_of(raw) for raw in cells if '# I tried this' in source_of(raw)]
    assert tried and all(each.startswith('# Yours') for each in tried)
    assert len(tried) == len([line for line in update.conflicts if line.startswith('05_autograd: cell')])

def test_cells_that_the_learner_added_stay_after_their_neighbor(updated):
    work, *_ = updated
    cells = work.notebook('05_autograd')['cells']
    at = cell_at(cells, 'mul_vjp')
    assert [source_of(raw) for raw in cells[at + 1:at + 3]] == ['mine = 1', 'My notes']

def test_an_update_backs_up_first_and_a_second_does_nothing(updated):
    work, update, code, before = updated
    assert {path.stem: path.read_bytes() for path in update.backup.iterdir()} == before
    now = {path: path.read_bytes() for path in work.folder.rglob('*') if path.is_file()}
    again = Workspace(work.folder).update()
    assert (again.changed, again.conflicts, again.added, again.backup) == ([], [], [], None)
    assert {path: path.read_bytes() for path in work.folder.rglob('*') if path.is_file()} == now

def test_what_was_never_touched_is_todays(old_course, tmp_path):
    work = init(tmp_path/'work', pages=['05', '08', '12'])
    work.skip_cell('gradcheck')
    old_course.today()
    update = Workspace(work.folder).update()
    fresh = init(tmp_path/'fresh', pages=['05', '08', '12'])
    assert update.kept == update.conflicts == update.added == [] and is_skipped(work.exercise('gradcheck')[1].code)
    assert Workspace(work.folder).unskip_cell('gradcheck')
    sources = lambda work, stem: [(raw['id'], source_of(raw)) for raw in work.notebook(stem)['cells']]
    for path in OLD: assert sources(work, path.stem) == sources(fresh, path.stem)

def test_a_page_that_the_course_has_no_more_stays(old_course, tmp_path):
    old_course.today()
    work = init(tmp_path/'work', pages=['00', '05', '08', '12'])
    write(work, 'close')
    content = work.path('00_start').read_bytes()
    old_course.back()
    update = Workspace(work.folder).update()
    assert update.gone == ['00_start'] and work.path('00_start').read_bytes() == content

def test_an_update_stops_at_a_page_it_cannot_read(work):
    work.path('05_autograd').write_text('<<<<<<< HEAD\n=======\n>>>>>>> other\n')
    before = {path: path.read_bytes() for path in work.folder.rglob('*') if path.is_file()}
    with pytest.raises(WorkspaceError, match='tito reset 05_autograd'): work.update()
    assert {path: path.read_bytes() for path in work.folder.rglob('*') if path.is_file()} == before

# what goes wrong

def test_a_folder_without_a_workspace(tmp_path):
    with pytest.raises(WorkspaceError, match='tito init'): Workspace(tmp_path)
    assert find_workspace(tmp_path) is None

def test_a_workspace_is_found_from_below(work):
    (work.folder/'a'/'b').mkdir(parents=True)
    assert find_workspace(work.folder/'a'/'b').folder == work.folder

@pytest.mark.parametrize('make, words', [
    (lambda top: (init(top/'work', pages=['00']), top/'work')[1], 'is a workspace already'),
    (lambda top: (init(top/'work', pages=['00']), top/'work'/'inner')[1], 'lies in the workspace'),
    (lambda top: ((top/'full').mkdir(), (top/'full'/'a').touch(), top/'full')[2], 'is not empty'),
    (lambda top: ((top/'file').touch(), top/'file')[1], 'is a file'),
    (lambda top: top/'no'/'such', 'there is no folder')], ids=range(5))
def test_where_no_workspace_can_be_made(tmp_path, make, words):
    folder = make(tmp_path)
    before = sorted(tmp_path.rglob('*'))
    with pytest.raises(WorkspaceError, match=words): init(folder)
    assert sorted(tmp_path.rglob('*')) == before

def test_a_workspace_may_be_made_in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert init('.', pages=['00']).pages() and not [path for path in tmp_path.iterdir() if path.name.endswith('tmp')]

@pytest.mark.parametrize('there', [False, True])
def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, there):
    if there: (tmp_path/'work').mkdir()
    written, write_bytes = [], Path.write_bytes
    def full(path, data):
        if len(written) == 2: raise OSError(errno.ENOSPC, 'No space left on device')
        written.append(write_bytes(path, data))
    monkeypatch.setattr(Path, 'write_bytes', full)
    with pytest.raises(WorkspaceError, match='No space left'): init(tmp_path/'work', pages=['00', '01', '02'])
    assert [path.name for path in tmp_path.rglob('*')] == ['work']*there

def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def refuse(*args, **more): raise PermissionError(errno.EACCES, 'Permission denied')
    monkeypatch.setattr(room, 'mkdtemp', refuse)
    with pytest.raises(WorkspaceError, match='Permission denied'): init(tmp_path/'work')

@pytest.mark.parametrize('content, words', [('{', 'cannot be read'), ('[]', 'is not what tito wrote'), ('{"version": 2}', 'another version')])
def test_a_manifest_that_is_not_ours(work, content, words):
    (work.folder/'.tito'/'workspace.json').write_text(content)
    with pytest.raises(WorkspaceError, match=words): Workspace(work.folder)
    with pytest.raises(WorkspaceError, match=words): find_workspace(work.folder)

MISSHAPEN = [dict(pages=None), dict(pages=['02_activations']), dict(pages='x'), dict(pages={'02_activations': 3}), dict(pages={'../../evil': {}}), dict(exercises=[]),
             dict(exercises={'relu': 5}), dict(exercises={'relu': {'page': '02_activations'}}), dict(only='02'), dict(only=3), dict(all='yes'), dict(course=5)]

@pytest.mark.parametrize('changes', MISSHAPEN, ids=range(len(MISSHAPEN)))
def test_a_manifest_of_another_form(work, changes):
    path = work.folder/'.tito'/'workspace.json'
    for made in {**work.given, **changes}, {key: value for key, value in work.given.items() if key not in changes}:
        path.write_text(json.dumps(made))
        with pytest.raises(WorkspaceError, match='workspace.json is not what tito wrote: `tito init DIR`'): Workspace(work.folder)

def test_a_manifest_that_is_too_deep(work):
    (work.folder/'.tito'/'workspace.json').write_text('['*100_000)
    with pytest.raises(WorkspaceError, match='cannot be read'): Workspace(work.folder)

def test_a_given_cell_that_cannot_be_parsed_stops_no_update(work):
    write(work, 'relu')
    work.given['exercises']['relu']['blank'] = 'def ('
    assert work.update().conflicts == ['02_activations: relu']

@pytest.mark.parametrize('module', ['../../evil', '/evil', 'cli', 'core.tensor'])
def test_a_module_is_the_pages_own(work, module):
    "Or a notebook that somebody passed on could write any file"
    def rename(cells): cells[1]['source'] = cells[1]['source'].replace('core.activations', module)
    edit(work, '02_activations', rename)
    before = sorted(path for path in work.folder.parent.rglob('*') if path.is_file())
    with pytest.raises(PageError, match='not tinytorch.core.activations'): work.export('02_activations')
    assert sorted(path for path in work.folder.parent.rglob('*') if path.is_file()) == before

@pytest.mark.parametrize('id', [None, 'same', 5, [5]])
def test_cells_without_ids_of_their_own(work, id):
    write(work, 'relu')
    def change(cells):
        for raw in cells: raw['id'] = id
    edit(work, '02_activations', change)
    page, _ = work.exercise('relu')
    assert len({cell.id for cell in page.cells}) == len(page.cells)
    assert work.export('02_activations').module == 'tinytorch.core.activations' and 'relu' in work.update().kept

@pytest.mark.parametrize('content', ['{', '[]', '<<<<<<< HEAD\n=======\n>>>>>>> other\n'])
def test_a_notebook_that_is_none(work, content):
    work.path('05_autograd').write_text(content)
    [broken] = [page for page in work.pages() if page.error]
    assert broken.stem == '05_autograd' and '05_autograd.ipynb' in broken.error
    with pytest.raises(PageError, match='05_autograd.ipynb'): work.export('05_autograd')
    with pytest.raises(LookupError, match='tito reset 05_autograd'): work.exercise('mul_vjp')
    assert work.exercise('relu')[0].stem == '02_activations'

def test_a_notebook_that_is_gone(work):
    work.path('05_autograd').unlink()
    for ask in (lambda: work.page('05'), lambda: work.exercise('mul_vjp'), lambda: work.export('05_autograd')):
        with pytest.raises(LookupError, match='tito reset 05_autograd'): ask()

def test_names_that_nobody_knows(work):
    with pytest.raises(LookupError, match="did you mean 'mul_vjp'"): work.exercise('mul_vpj')
    with pytest.raises(LookupError, match="did you mean 'activations'"): work.page('activatons')
    for word in 'mul_vpj', 'activatons', 'zebra':
        with pytest.raises(LookupError, match=word): work.reset(word)

def test_a_copied_cell(work):
    edit(work, '02_activations', lambda cells: cells.append({**cells[cell_at(cells, 'relu')], 'id': 'thecopy1'}))
    for ask in (lambda: work.exercise('relu'), lambda: work.export('02_activations')):
        with pytest.raises((LookupError, PageError)) as caught: ask()
        assert 'relu' in str(caught.value) and 'thecopy1' in str(caught.value)

def test_a_merged_cell(work):
    def merge(cells):
        at, other = cell_at(cells, 'relu'), cell_at(cells, 'sigmoid')
        cells[at]['source'] += '\n\n' + cells.pop(other)['source']
    edit(work, '02_activations', merge)
    with pytest.raises(LookupError, match='split'): work.exercise('sigmoid')

def test_a_split_cell(work):
    def split(cells):
        at = cell_at(cells, 'relu')
        head, part, rest = cells[at]['source'].partition('@op')
        cells[at]['source'] = head
        cells.insert(at + 1, room.code_cell(part + rest))
    edit(work, '02_activations', split)
    with pytest.raises(PageError, match='relu'): work.export('02_activations')
    assert any('relu' in line for line in work.warnings())

def test_a_lost_rule_is_noticed(work):
    "Of an op, where the cell was split before the rule"
    page = next(page for page in handed_out for name, cell in page.core if 'rule' in functions_of(ast.parse(cell.code), name))
    name = next(name for name, cell in page.core if 'rule' in functions_of(ast.parse(cell.code), name))
    work = init(work.folder.parent/'ops', pages=[page.stem])
    assert not work.warnings()
    def split(cells):
        at = cell_at(cells, name)
        source = cells[at]['source']
        cut = source.index(f'@vjp({name})')
        cells[at]['source'] = source[:cut]
        cells.insert(at + 1, room.code_cell(source[cut:]))
    edit(work, page.stem, split)
    assert any(name in line for line in work.warnings())

def test_reordered_and_deleted_cells_are_found(work):
    edit(work, '02_activations', lambda cells: cells.insert(1, cells.pop(cell_at(cells, 'relu'))))
    assert work.exercise('relu')[0].stem == '02_activations'
    edit(work, '02_activations', lambda cells: cells.pop(cell_at(cells, 'relu')))
    assert any('tito reset relu' in line for line in work.warnings())

def test_the_workspace_warns_of_what_breaks_it(work):
    assert not work.warnings()
    for name in 'random.py', 'tinytorch.py', 'numpy.py', 'mine.py', '02_activations-Copy1.ipynb': shutil.copy(ROOT/'conftest.py' if name.endswith('py') else work.path('02_activations'), work.folder/name)
    (work.folder/'mine.ipynb').write_text('{"cells": []}')
    work.given['course'] = '0.0.9'
    said = '\n'.join(work.warnings())
    assert all(name in said for name in ('random.py', 'tinytorch.py', 'numpy.py', 'Copy1', '0.0.9', 'tito update')) and 'mine' not in said

# state

def test_state_is_written_whole_or_not_at_all(work):
    assert work.state == {'version': 1, 'exercises': {}, 'complete': {}}
    state = {'version': 1, 'exercises': {'relu': {'result': 'passed'}}, 'complete': {}}
    work.write_state(state)
    assert Workspace(work.folder).state == state
    (work.folder/'.tito'/'progress.json').write_text('{"ver')
    with pytest.raises(WorkspaceError, match='progress.json'): work.state

@pytest.mark.skipif(os.name == 'nt', reason='Windows has no SIGKILL')
def test_a_killed_writer_leaves_the_old_state_or_the_new(work):
    old = {'version': 1, 'exercises': {'relu': {'result': 'passed'}}, 'complete': {}}
    work.write_state(old)
    code = f'import os, signal\nfrom tinytorch.workspace import Workspace\nwork = Workspace({str(work.folder)!r})\n' \
           'os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)  # at the last moment\nwork.write_state({**work.state, "exercises": {}})'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True)
    assert done.returncode == -signal.SIGKILL and work.state == old
    work.write_state({**old, 'exercises': {}})
    assert work.state['exercises'] == {} and len(list((work.folder/'.tito').glob('*'))) == 3  # what the dead one left is gone
