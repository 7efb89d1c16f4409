"The tito command: exit codes, JSON, consoles of all kinds, a tiny course to test and complete, an installed package without notebooks"
import errno, json, os, re, shutil, subprocess, sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

import tinytorch.capstone
from notebooks import ROOT, pages
from tinytorch import cli, course, doctor
from tinytorch.cli import main
from tinytorch.course import ORDER, Page, find_page, find_pages
from tinytorch.doctor import meets

COURSE = [page.name for page in map(Page, ORDER) if page.number is not None]

TITO = "import sys; from tinytorch.cli import main; main(sys.argv[1:], prog_name='tito')"

def tito(*words, code=TITO, cwd=ROOT, **env):
    "`tito` in a process of its own; what it writes stays bytes"
    env = {**os.environ, 'PYTHONPATH': str(ROOT), **env}
    return subprocess.run([sys.executable, '-c', code, *map(str, words)], cwd=cwd, env=env, capture_output=True, stdin=subprocess.DEVNULL)

def ask(*words, **settings): return CliRunner().invoke(main, [*map(str, words)], **settings)

def document(result):
    "The one JSON document on stdout"
    return json.loads(result.stdout)

def no_traceback(result):
    "Ended by an exit code, not by an exception"
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert 'Traceback (most recent' not in result.output
    return result.exit_code

# usage

COMMANDS = [[], ['capstone'], ['test'], ['module'], ['module', 'list'], ['module', 'status'], ['module', 'complete'], ['doctor'], ['validate'], ['completion']]

@pytest.mark.parametrize('command', COMMANDS, ids=lambda words: f'words{len(words)}')
def test_help_is_plain_ascii(command):
    result = ask(*command, '--help')
    assert no_traceback(result) == 0 and result.output.isascii() and result.output.startswith('Usage: ')

def test_help_lists_commands_and_exit_codes():
    text = ' '.join(ask('--help').output.split())
    assert {'capstone', 'test', 'module', 'doctor', 'validate', 'completion'} <= set(text.split())
    assert all(words in text for words in ('0 all is well', '1 something was found wrong', '2 wrong usage or not built yet', 'NO_COLOR'))

def test_help_loads_nothing_heavy():
    code = TITO.replace('main(', 'main.main(').replace(", prog_name='tito')", ', standalone_mode=False)') + '''
heavy = {'numpy', 'tqdm', 'nbdev', 'pytest', 'jsonschema', 'threadpoolctl', 'tinytorch.capstone', 'tinytorch.core.tensor'}
print(sorted(heavy & sys.modules.keys()))'''
    assert tito('--help', code=code).stdout.decode().splitlines()[-1] == '[]'

@pytest.mark.parametrize('words, said', [
    (['tset'], "Did you mean 'test'"), (['module', 'complet', '1'], "Did you mean 'complete'"), (['xyzzy'], 'No such command'), (['--wrong'], 'No such option'),
    (['validate'], 'Missing argument'), (['module', 'complete'], 'Missing argument'), (['capstone', '--seed', '-1'], 'seed'), (['completion', 'tcsh'], 'bash'),
], ids=range(8))
def test_wrong_usage_is_two(words, said):
    result = ask(*words)
    assert no_traceback(result) == 2 and said in result.output and not result.stdout

def test_version():
    assert ask('--version').output.split()[-1] == tinytorch.__version__

# a tiny course

SETTINGS = '''[DEFAULT]
lib_name = tinytorch
lib_path = tinytorch
nbs_path = nbs
user = you
author = you
repo = tiny
version = 0.0
min_python = 3.10
requirements = click>=8.1
dev_requirements = pytest>=8
accel_requirements = no-such-package>=1
data_requirements = pytest>=8
oracle_requirements = pytest>=8
update_pyproject = False
'''

def notebook(title, *cells):
    made = [{'cell_type': 'markdown', 'id': 'title', 'metadata': {}, 'source': f'# {title}'}]
    for i, (source, shows) in enumerate(cells):
        outputs = [] if shows is None else [{'output_type': 'execute_result', 'execution_count': 1, 'metadata': {}, 'data': {'text/plain': shows}}]
        made.append({'cell_type': 'code', 'id': f'cell{i}', 'metadata': {}, 'execution_count': 1, 'source': source, 'outputs': outputs})
    return json.dumps({'cells': made, 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5})

@pytest.fixture
def tiny(tmp_path, monkeypatch):
    "A course of two pages, the folder one is in"
    root = tmp_path/'a tiny course'
    double = ('#| export\ndef double(x): return x + x', None)
    files = {'settings.ini': SETTINGS, 'tinytorch/__init__.py': '__version__ = "0.0"\n',
             'nbs/00_start.ipynb': notebook('Start → here'),
             'nbs/01_tensor.ipynb': notebook('Tensor × 2', ('#| default_exp core.tensor', None), double, ('double(2)', '4'), ('import tinytorch\ntinytorch.__version__', "'0.0'")),
             'tests/test_tensor.py': 'from tinytorch.core.tensor import double\ndef test_text(): assert double("ab") == "abab"\n'
                                     'def test_other(): pass\n',
             'tests/test_more.py': 'import pytest\n@pytest.mark.parametrize("n", [1, 2])\ndef test_tensor_again(n): pass\ndef test_unrelated(): assert False\n'}
    for name, text in files.items():
        (root/name).parent.mkdir(parents=True, exist_ok=True)
        (root/name).write_text(text, encoding='utf-8')
    monkeypatch.chdir(root)
    return root

PAGE = Path('nbs')/'01_tensor.ipynb'

def edit(path, old, new):
    text = path.read_text(encoding='utf-8')
    assert old in text
    path.write_text(text.replace(old, new), encoding='utf-8')

def states():
    return {row['name']: row['state'] for row in document(ask('module', 'list', '--json'))['pages']}

def test_completing_a_page(tiny):
    "Exported, checked, recorded; then the page changes, and then it fails"
    assert states()['tensor'] == 'open'
    result = ask('module', 'complete', '1', '--json')
    report = document(result)
    assert no_traceback(result) == 0 and report['complete'] and report['ok']
    assert report['exported'] == {'tinytorch/core/tensor.py': 'there was none'} and 'exported tinytorch/core/tensor.py' in result.stderr
    notebook_check, tests = report['checks']
    assert (notebook_check['passed'], notebook_check['failed']) == (4, 0)
    assert sorted(tests['names']) == ['test_other', 'test_tensor_again[1]', 'test_tensor_again[2]', 'test_text']
    assert states() == {'start': 'open', 'tensor': 'complete', **dict.fromkeys(COURSE[2:], 'not built')}
    assert document(ask('module', 'status', '--json')) == {'complete': 1, 'pages': 2, 'next': 'start'}
    assert [p.name for p in (tiny/'.tito').iterdir()] == ['progress.json']

    edit(PAGE, 'x + x', 'x*2 + 1')
    assert states()['tensor'] == 'changed'
    result = ask('module', 'complete', 'tensor')
    assert no_traceback(result) == 1 and states()['tensor'] == 'open'
    assert 'it differed from the notebook' in result.stderr and '01_tensor is not complete' in result.stdout
    assert "'4' == '5'" in result.stdout and re.search(r'failed +test_text', result.stdout) and 'passed  test_tensor_again (2 cases)' in result.stdout
    assert '\x1b' not in result.output and '#x1B' not in result.output

def test_a_page_with_nothing_to_check_passes(tiny, monkeypatch):
    (tiny/'tests'/'test_more.py').unlink()
    monkeypatch.setattr(cli, 'run_pytest', lambda root, label, *words, own=(): {'what': label, 'command': ' '.join(words), 'passed': 0, 'failed': 0, 'skipped': 0, 'names': [], 'not_run': [], 'failures': []})
    result = ask('test', 'nbs/00_start.ipynb')
    assert no_traceback(result) == 0 and result.stdout.splitlines() == ['ok      notebook  none', 'ok      tests     none', '00_start: passed']

def test_pytest_that_does_not_run_is_a_failure(tiny):
    (tiny/'tests'/'conftest.py').write_text('import no_such_module\n')
    check = cli.run_pytest(tiny, 'tests', 'tests', '-k', 'tensor')
    assert check['failures'] and 'no_such_module' in check['failures'][0]['said']

def test_files_of_unwritten_pages_are_no_failure(tiny):
    "Nothing is exported yet, so tests/test_tensor.py cannot be imported"
    check = cli.run_pytest(tiny, 'tests', 'tests', '-k', 'again')
    assert (check['failures'], check['passed'], check['not_run']) == ([], 2, ['tests.test_tensor'])
    assert any('tests.test_tensor, which cannot be imported' in line for line in cli.named_tests(check))
    check = cli.run_pytest(tiny, 'tests', 'tests', '-k', 'no_such_name', own=['test_tensor'])
    assert [failure['name'] for failure in check['failures']] == ['tests.test_tensor'] and 'double' in check['failures'][0]['said']

def test_only_a_file_that_cannot_be_imported_counts_as_not_run():
    found = cli.counted([('test_mine', 'passed', ''), ('tests.test_theirs', 'not run', 'x'), ('test_b', 'failed', 'y')], own=['test_mine'])
    assert (found['passed'], found['failed'], found['not_run']) == (1, 1, ['tests.test_theirs']) and found['failures'] == [{'name': 'test_b', 'said': 'y'}]

def test_no_test_by_that_name_is_no_failure(tiny):
    (tiny/'tests'/'test_tensor.py').unlink()
    assert cli.run_pytest(tiny, 'tests', 'tests', '-k', 'no_such_name')['failures'] == []

def test_long_failures_are_cut_and_say_how_to_see_all():
    lines = list(cli.failure_lines({'name': 'long', 'said': '\n'.join(map(str, range(100)))}, 'pytest x'))
    assert '60 lines left out' in lines[1] and 'pytest x' in lines[1] and lines[2].split() == [str(n) for n in range(60, 100)]

def test_hand_edited_module_is_exported_again(tiny):
    page = find_page('1', find_pages(tiny))
    module = tiny/'tinytorch'/'core'/'tensor.py'
    assert list(course.refresh(tiny, page)) == ['tinytorch/core/tensor.py']
    stamp = module.stat().st_mtime_ns
    os.utime(PAGE, (2e9, 2e9))  # newer, and says the same
    assert course.refresh(tiny, page) == {} and module.stat().st_mtime_ns == stamp
    edit(module, 'x + x', 'x')
    os.utime(module, (2.1e9, 2.1e9))  # newer than the notebook, and says something else
    assert course.refresh(tiny, page) == {'tinytorch/core/tensor.py': 'it differed from the notebook'} and 'x + x' in module.read_text()
    assert sorted(p.name for p in tiny.iterdir()) == ['nbs', 'settings.ini', 'tests', 'tinytorch']

@pytest.mark.parametrize('old, new, said', [('return x + x', 'return x +', '01_tensor.ipynb cannot be exported: SyntaxError'), ('"cells"', '"sells"', "01_tensor.ipynb is not a readable notebook ('cells')"),
                                            ('{"cells"', '{"cells', 'is not a readable notebook')], ids=range(3))
@pytest.mark.parametrize('words', [['test', '1'], ['module', 'complete', '1']], ids=['once', 'recorded'])
def test_broken_page_is_one_line(tiny, old, new, said, words):
    edit(PAGE, old, new)
    result = ask(*words)
    assert no_traceback(result) == 1 and said in result.stderr and len(result.stderr.splitlines()) == 1
    assert document(ask(*words, '--json')) == {'error': result.stderr.removeprefix('tito: ').strip(), 'exit_code': 1}
    assert no_traceback(ask('test')) == 0 and not (tiny/'.tito').exists()

@pytest.mark.parametrize('text', ['', '{', '[]', '{"completed": 3}', '{"completed": [1]}', '\xff'], ids=range(6))
def test_broken_progress_is_one_line(tiny, text):
    (tiny/'.tito').mkdir()
    (tiny/'.tito'/'progress.json').write_bytes(text.encode('latin-1'))
    result = ask('module', 'status')
    assert no_traceback(result) == 1 and 'delete it to start anew' in result.stderr

def test_progress_that_cannot_be_written_is_one_line(tiny, monkeypatch):
    (tiny/'.tito').write_text('a file where a folder should be')
    monkeypatch.setattr(cli, 'check_page', lambda root, page: {'page': page.stem, 'ok': True, 'checks': [], 'exported': {}})
    result = ask('module', 'complete', '1')
    assert no_traceback(result) == 1 and result.stderr.startswith('tito: ') and len(result.stderr.splitlines()) == 1

def test_without_the_tools_it_says_how_to_get_them(tiny, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    result = ask('test', '1')
    assert no_traceback(result) == 2 and 'this needs nbdev, nbval, pytest: pip install -e ".[dev]"' in result.stderr

def test_course_is_found_from_inside(tiny, monkeypatch):
    (tiny/'nbs'/'deep').mkdir()
    monkeypatch.chdir(tiny/'nbs'/'deep')
    assert course.home() == tiny
    (tiny/'settings.ini').write_bytes(b'[DEFAULT]\nlib_name = \xff')
    assert course.home() == ROOT  # not readable as ours; the package's own course then

# names of pages

def test_every_built_page_is_found_by_each_of_its_names():
    built = find_pages(ROOT)
    for page in built:
        words = [page.stem, page.name, page.module, page.path.name, f'nbs\\{page.path.name}', page.path.relative_to(ROOT).as_posix(), *([str(page.number), f'{page.number:02}'] if page.number is not None else [])]
        assert {find_page(word, built).stem for word in words} == {page.stem}

def test_planned_names_agree_with_the_pages():
    assert len(COURSE) >= 21 and {page.stem for page in pages() if page.number is not None} <= {f'{n:02}_{name}' for n, name in enumerate(COURSE)}

def test_unbuilt_pages_are_a_clear_message_and_two(tiny):
    for number, name in list(enumerate(COURSE))[2:]:
        for word in (str(number), name):
            result = ask('test', word)
            assert no_traceback(result) == 2 and f'page {number:02}, {name}, is not built yet' in result.stderr and not result.stdout
    assert document(ask('module', 'complete', '17', '--json'))['exit_code'] == 2

@pytest.mark.parametrize('word', ['99', 'tensr', '', '..', '-1', '²', 'x'*500], ids=range(7))
def test_unknown_pages_are_two(tiny, word):
    assert no_traceback(ask('test', '--', word)) == 2

# consoles

RUN = '''
@dataclass
class Run:
    path: str = 'submission.json'
    profile: str = '3 µs ± 1'
    backend: str = 'numpy'
    findings: list = field(default_factory=list)
    def verdict(self): return '2.1× as fast → “kept”, −0.5'
    def as_dict(self): return {'path': self.path, 'text': self.verdict()}
'''
exec(RUN)

SHOW = f'import sys; from dataclasses import dataclass, field{RUN}import tinytorch.capstone; tinytorch.capstone.run_capstone = lambda *a, **k: Run(); from tinytorch.cli import main; main()'

@pytest.mark.parametrize('encoding, shown', [('ascii', '2.1x as fast -> "kept", -0.5'), ('cp1252', '2.1× as fast -> “kept”, -0.5'), ('cp437', '2.1x as fast -> "kept", -0.5'), ('utf-8', '2.1× as fast → “kept”, −0.5')])
def test_every_console_gets_the_verdict(encoding, shown, tmp_path):
    done = tito('capstone', code=SHOW, cwd=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8='0')
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout.decode(encoding)

def test_titles_reach_an_ascii_console(tiny):
    done = tito('test', cwd=tiny, PYTHONIOENCODING='ascii', PYTHONPATH=str(ROOT))
    assert done.returncode == 0 and b'Tensor x 2' in done.stdout and b'Start -> here' in done.stdout

def test_errors_reach_an_ascii_console(tiny):
    edit(PAGE, 'return x + x', "return '×→雪")
    done = tito('test', '1', cwd=tiny, PYTHONIOENCODING='ascii', PYTHONPATH=str(ROOT))
    assert done.returncode == 1 and done.stderr.isascii() and b'cannot be exported' in done.stderr and b'Traceback' not in done.stderr

def test_json_is_ascii_whatever_the_console(tmp_path):
    done = tito('capstone', '--json', code=SHOW, cwd=tmp_path, PYTHONIOENCODING='cp437')
    assert done.stdout.isascii() and json.loads(done.stdout)['text'] == '2.1× as fast → “kept”, −0.5'

def test_no_color(tiny):
    plain, painted = ask('test', color=True, env={'NO_COLOR': '1'}), ask('test', color=True, env={'NO_COLOR': ''})
    assert '\x1b' not in plain.output and '\x1b' not in ask('test').output  # nor where stdout is no terminal
    cli.status('failed')
    edit(Path('settings.ini'), 'requirements = click>=8.1', 'requirements = click>=99')
    plain, painted = ask('doctor', color=True, env={'NO_COLOR': '1'}), ask('doctor', color=True, env={'NO_COLOR': ''})
    assert '\x1b[31mwrong' in painted.output and '\x1b' not in plain.output
    assert re.sub(r'\x1b\[\d*m', '', painted.output) == plain.output

@pytest.mark.skipif(os.name == 'nt', reason='a pipe that is closed early looks different there')
def test_closed_pipe_is_quiet():
    child = subprocess.Popen([sys.executable, '-c', TITO, 'completion', 'bash'], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    assert b'Traceback' not in child.stderr.read()
    child.stderr.close()
    child.wait()

# Tab

@pytest.mark.parametrize('shell', ['bash', 'zsh', 'fish'])
def test_completion_script(shell):
    result = ask('completion', shell)
    assert no_traceback(result) == 0 and '_TITO_COMPLETE' in result.output and f'{shell}_complete' in result.output

@pytest.mark.parametrize('line, offered', [('tito te', 'test'), ('tito test ten', 'tensor'), ('tito module complete st', 'start'), ('tito validate --js', '--json')], ids=range(4))
def test_tab(tiny, line, offered):
    done = tito(cwd=tiny, _TITO_COMPLETE='bash_complete', COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))
    assert f'plain,{offered}' in done.stdout.decode().split(), done.stderr

# the main job

@pytest.fixture
def job(tmp_path, monkeypatch):
    "The calls that reach `run_capstone`, which only pretends; one is in an empty folder"
    calls, made = [], Run()
    def run_capstone(path, **settings):
        calls.append((str(path), settings))
        made.path = str(path)
        if isinstance(made.findings, Exception): raise made.findings
        return made
    monkeypatch.setattr(tinytorch.capstone, 'run_capstone', run_capstone)
    monkeypatch.chdir(tmp_path)
    calls_and_run = type('Job', (), {'calls': calls, 'made': made})
    return calls_and_run

def finding(severity): return tinytorch.capstone.Finding('a.rule', '$.here', 'this', 'that', severity)

def test_main_job_says_profile_verdict_and_file(job):
    result = ask('capstone', '--seed', '3', '--output', 'mine.json')
    assert no_traceback(result) == 0 and job.calls == [('mine.json', {'seed': 3, 'progress': True})]
    assert all(words in result.stdout for words in ('3 µs ± 1', '2.1× as fast', 'mine.json: ok', 'pip install -e ".[accel]"'))

def test_main_job_can_be_quiet(job):
    result = ask('capstone', '--quiet')
    assert no_traceback(result) == 0 and result.output == '' and job.calls == [(str(Path('submissions/capstone.json')), {'seed': 0, 'progress': False})]
    assert Path('submissions').is_dir()

def test_main_job_speaks_json(job):
    result = ask('capstone', '--json')
    assert no_traceback(result) == 0 and document(result)['path'] == str(Path('submissions/capstone.json'))

def test_main_job_judges_its_own_submission(job):
    job.made.findings = [finding('warning')]
    assert no_traceback(ask('capstone')) == 0
    job.made.findings = [finding('warning'), finding('error')]
    result = ask('capstone')
    assert no_traceback(result) == 1 and re.search(r'error +a\.rule at \$\.here: found this, expected that', result.stdout)

@pytest.mark.parametrize('output', ['.', 'file/x.json', 'nowhere/x.json', 'x'*300], ids=range(4))
def test_main_job_does_not_begin_if_it_cannot_end(job, output):
    Path('file').write_text('')
    result = ask('capstone', '--output', output)
    assert no_traceback(result) == 2 and job.calls == [] and len(result.stderr.splitlines()) == 1
    assert document(ask('capstone', '--output', output, '--json'))['exit_code'] == 2

def test_main_job_with_a_file_in_its_place(job):
    Path('submissions').write_text('')
    assert no_traceback(ask('capstone')) != 0 and job.calls == []

def test_full_disk_is_one_line(job):
    job.made.findings = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    result = ask('capstone')
    assert no_traceback(result) == 1 and 'No space left' in result.stderr and len(result.stderr.splitlines()) == 1

UNFINISHED = [  # (command, module, what it holds (None: it is not there), exit code, what is said)
    (['capstone'], 'capstone', None, 2, b'page 20, capstone, is not built yet'),
    (['capstone'], 'core/layers', None, 2, b'the capstone needs tinytorch.core.layers'),
    (['capstone'], 'core/layers', '', 1, b'the capstone cannot be imported'),
    (['capstone'], 'core/layers', 'def', 1, b'the capstone cannot be imported'),
    (['validate', 'x.json'], 'submission', None, 2, b'the page submission is not built yet'),
    (['validate', 'x.json'], 'submission', 'import tinytorch.lost', 2, b'the submission needs tinytorch.lost'),
    (['validate', 'x.json'], 'submission', 'from tinytorch.files import lost', 1, b'the submission cannot be imported'),
    (['validate', 'x.json'], 'submission', 'def', 1, b'the submission cannot be imported')]

@pytest.mark.parametrize('words, module, source, code, said', UNFINISHED, ids=range(8))
def test_job_of_an_unfinished_course_is_one_line(tmp_path, words, module, source, code, said):
    package = tmp_path/'site'/'tinytorch'
    shutil.copytree(ROOT/'tinytorch', package, ignore=shutil.ignore_patterns('__pycache__'))
    (package/f'{module}.py').unlink()
    if source is not None: (package/f'{module}.py').write_text(source)
    alone = 'import sys; sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in repr(f)]; ' + TITO  # else what is missing comes from the installed package
    done = tito(*words, code=alone, cwd=tmp_path, PYTHONPATH=str(package.parent))
    assert done.returncode == code and said in done.stderr and len(done.stderr.splitlines()) == 1

# validate

@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = tinytorch.capstone.BenchmarkReport('by hand')
    report.metrics = {'parameter_count': 283, 'model_size_mb': .001, 'accuracy': .5, 'latency_ms_mean': .04, 'latency_ms_std': .01, 'throughput_samples_per_sec': 25000.}
    submission = tinytorch.capstone.generate_submission(report)
    version_0 = {key: value for key, value in submission.items() if key != 'schema_version'}
    texts = {'good.json': json.dumps(submission), 'old.json': json.dumps(version_0), 'negative.json': json.dumps(submission).replace('0.04', '-0.04'),
             'infinite.json': json.dumps(submission).replace('0.04', '1e999'), 'cut.json': json.dumps(submission)[:50], 'list.json': '[]', 'empty.json': ''}
    for name, text in texts.items(): Path(name).write_text(text, encoding='utf-8')
    Path('binary.json').write_bytes(b'\xff\xfe')
    Path('folder').mkdir()

def test_good_file(files):
    result = ask('validate', 'good.json')
    assert no_traceback(result) == 0 and result.stdout.splitlines()[0] == 'good.json: ok'

def test_warnings_are_told_and_forgiven(files):
    result = ask('validate', 'old.json', '--json')
    found = document(result)['files'][0]
    assert no_traceback(result) == 0 and found['valid'] and 'warning' in {f['severity'] for f in found['findings']}

@pytest.mark.parametrize('name', ['negative.json', 'infinite.json', 'cut.json', 'list.json', 'empty.json', 'binary.json', 'folder', 'missing.json'])
def test_bad_file(files, name):
    result = ask('validate', name)
    assert no_traceback(result) == 1 and result.stdout.splitlines()[0] == f'{name}: wrong'
    assert re.search(r'error +\S+ at .*: found .*, expected ', result.stdout)
    for found in document(ask('validate', name, '--json'))['files'][0]['findings']:
        assert found.keys() == {'severity', 'rule', 'path', 'found', 'expected'} and all(isinstance(value, str) for value in found.values())

@pytest.mark.skipif(os.name == 'nt', reason='no such names there')
def test_name_of_a_file_forges_no_line(files):
    name = 'x.json: ok\n\x1b[1Aé.json'
    Path(name).write_text('[]')
    result = ask('validate', name)
    assert no_traceback(result) == 1 and result.stdout.splitlines()[0] == 'x.json: ok\\n\\x1b[1Aé.json: wrong'
    assert not any(line.endswith(': ok') for line in result.stdout.splitlines()) and '\x1b' not in result.stdout
    assert document(ask('validate', name, '--json'))['files'][0]['file'] == name

def test_several_files(files):
    result = ask('validate', 'good.json', 'missing.json', 'cut.json', 'old.json', '--json')
    assert no_traceback(result) == 1
    assert [(f['file'], f['valid']) for f in document(result)['files']] == [('good.json', True), ('missing.json', False), ('cut.json', False), ('old.json', True)]

# the doctor

def facts(result): return {fact['what']: fact for fact in document(result)['facts']}

def test_doctor_judges_this_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = ask('doctor', '--json')
    found = facts(result)
    no_traceback(result)
    assert {'Python', 'needed', 'BLAS', 'extra dev', 'extra accel', 'notebooks', 'package', 'in sync', 'folder'} <= found.keys()
    assert {fact['status'] for fact in found.values()} <= {'ok', 'missing', 'wrong'}
    assert result.exit_code == any(fact['status'] == 'wrong' for fact in document(result)['facts']) == (not document(result)['ok'])
    assert found['Python']['status'] == found['package']['status'] == found['folder']['status'] == 'ok' and found['notebooks']['found'].startswith(f'{len(find_pages(ROOT))} pages')

def test_doctor_sees_what_is_wrong(tiny):
    (tiny/'tinytorch'/'stale.py').write_text('')
    edit(Path('settings.ini'), 'requirements = click>=8.1', 'requirements = click>=99 no-such-core>=1')
    result = ask('doctor', '--json')
    found, needed = facts(result), [fact for fact in document(result)['facts'] if fact['what'] == 'needed']
    assert no_traceback(result) == 1 and all(fact['status'] == 'wrong' for fact in needed)
    assert needed[0]['found'].endswith('is not click>=99') and needed[1]['found'] == 'no-such-core is missing' and needed[1]['fix'] == 'pip install "no-such-core>=1"'
    assert 'core/tensor.py: there was none' in found['in sync']['found'] and 'stale.py: no notebook exports it' in found['in sync']['found']
    assert found['package']['status'] == 'wrong' and found['package']['fix'] == 'pip install -e ".[dev]"'  # the tests run the package of another folder

def test_doctor_says_how_to_get_an_extra(tiny):
    found = facts(ask('doctor', '--json'))
    assert found['extra dev']['status'] == 'ok'
    assert found['extra accel'] == {'what': 'extra accel', 'status': 'missing', 'found': 'no-such-package is missing', 'fix': 'pip install -e ".[accel]"'}

def test_doctor_tries_to_write(tiny, monkeypatch):
    def full(**settings): raise OSError(errno.EROFS, 'Read-only file system')
    monkeypatch.setattr(doctor, 'TemporaryFile', full)
    assert doctor.writable_fact().status == 'wrong'

def test_no_message_installs_a_strangers_package():
    sources = [path.read_text(encoding='utf-8') for path in (ROOT/'tinytorch').rglob('*.py')]
    assert not any('pip install tinytorch' in source for source in sources) and any('pip install ' in source for source in sources)

@pytest.mark.parametrize('version, requirement, fits', [
    ('2.0.0', 'numpy>=2.0,<3', True), ('3.0', 'numpy>=2.0,<3', False), ('2.10.1', 'numpy>=2.9', True), ('3.0.0rc1', 'numpy<3', False),
    ('8', 'click>=8.0.0', True), ('1.4.10.2', 'x==1.4.10', False), ('2.13.0+cpu', 'torch==2.13.0', True), ('0.1', 'anything', True)], ids=range(8))
def test_versions(version, requirement, fits): assert meets(version, requirement) is fits

# an installed package, without notebooks

@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    "A folder with the package alone, and an empty one to be in"
    top = tmp_path_factory.mktemp('installed')
    shutil.copytree(ROOT/'tinytorch', top/'site'/'tinytorch', ignore=shutil.ignore_patterns('__pycache__'))
    (top/'empty').mkdir()
    def run(*words): return tito(*words, cwd=top/'empty', PYTHONPATH=str(top/'site'))
    return run

@pytest.mark.parametrize('words', [['test'], ['test', 'tensor'], ['test', '17'], ['module', 'list'], ['module', 'status'], ['module', 'complete', '1']], ids=range(6))
def test_installed_package_says_that_it_has_no_notebooks(installed, words):
    done = installed(*words)
    assert done.returncode == 2 and b'there are no notebooks here' in done.stderr and b'Traceback' not in done.stderr and not done.stdout
    assert json.loads(installed(*words, '--json').stdout)['exit_code'] == 2

def test_installed_package_has_a_doctor(installed):
    done = installed('doctor', '--json')
    found = json.loads(done.stdout)
    course = next(fact for fact in found['facts'] if fact['what'] == 'notebooks')
    assert done.returncode == (not found['ok']) and course['status'] == 'missing' and b'Traceback' not in done.stderr

def test_installed_package_validates(installed, tmp_path):
    (tmp_path/'x.json').write_text('{')
    assert installed('validate', tmp_path/'x.json').returncode == 1
