"The tito command: exit codes, JSON, consoles of all kinds, a tiny course to test and complete, an installed package without notebooks"
import errno, json, os, re, shutil, signal, subprocess, sys, time
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

import tinytorch.benchmarking, tinytorch.capstone
from learner import body, change, core, put, reference, solve, stored
from notebooks import ROOT, pages
from tinytorch import cli, course, doctor, workspace
from tinytorch.capstone import TrainingConfig, read_config
from tinytorch.cli import main
from tinytorch.competition import bundle, detection, report, verify
from tinytorch.course import ORDER, Page, find_page, find_pages
from tinytorch.doctor import meets
from tinytorch.learning import counted

COURSE = [page.name for page in map(Page, ORDER) if page.number is not None]

TITO = "import sys; sys.path.remove(''); from tinytorch.cli import main; main(sys.argv[1:], prog_name='tito')"  # as a console script, not of this folder

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

COMMANDS = [[], ['capstone'], ['test'], ['module'], ['module', 'list'], ['module', 'status'], ['module', 'complete'], ['doctor'], ['validate'],
            ['milestone'], ['milestone', 'list'], ['milestone', 'run'], ['completion'], ['rules'], ['explain'], ['report'], ['diff'], ['verify'], ['bench'],
            ['init'], ['status'], ['next'], ['check'], ['hint'], ['solution'], ['skip'], ['reset'], ['update']]

@pytest.mark.parametrize('command', COMMANDS, ids=lambda words: f'words{len(words)}')
def test_help_is_plain_ascii(command):
    result = ask(*command, '--help')
    assert no_traceback(result) == 0 and result.output.isascii() and result.output.startswith('Usage: ')

def test_help_lists_commands_and_exit_codes():
    text = ' '.join(ask('--help').output.split())
    assert {'capstone', 'test', 'module', 'doctor', 'validate', 'completion'} <= set(text.split())
    assert all(words in text for words in ('0 all is well', '1 something was found wrong', '2 wrong usage or not built yet', '3 could not be decided here', '130 interrupted', 'NO_COLOR'))

def test_help_has_each_command_once_and_the_main_job_first():
    named = [name for names in main.parts.values() for name in names]
    assert sorted(named) == sorted(main.commands) and named[0] == 'capstone'
    lines = ask('--help').output.splitlines()
    assert [line[:-1] for line in lines if line[:-1] in main.parts] == list(main.parts)
    assert all(len([line for line in lines if line.startswith(f'  {name} ')]) == 1 for name in named)
    assert not any('...' in line for line in lines[1:])  # what a command does fits its line

def test_help_loads_nothing_heavy():
    code = TITO.replace('main(', 'main.main(').replace(", prog_name='tito')", ', standalone_mode=False)') + '''
heavy = {'numpy', 'tqdm', 'nbdev', 'pytest', 'jsonschema', 'threadpoolctl', 'tinytorch.capstone', 'tinytorch.core.tensor'}
print(sorted(heavy & sys.modules.keys()))'''
    assert tito('--help', code=code).stdout.decode().splitlines()[-1] == '[]'

WRONG_USAGE = [
    (['tset'], "Did you mean 'test'"), (['module', 'complet', '1'], "Did you mean 'complete'"), (['xyzzy'], 'No such command'), (['--wrong'], 'No such option'),
    (['validate'], 'Missing argument'), (['module', 'complete'], 'Missing argument'), (['capstone', '--seed', '-1'], 'seed'), (['completion', 'tcsh'], 'bash'),
    (['milestone', 'run'], 'Missing argument'), (['verfy'], "Did you mean 'verify'"), (['explain'], 'Missing argument'), (['report'], 'Missing argument'),
    (['diff'], 'Missing argument'), (['verify'], 'Missing argument'), (['diff', 'a', 'b', 'c'], 'unexpected extra argument'), (['bench'], '--self-test'),
    (['explain', 'bundle.dta'], 'bundle.data'), (['verify', 'nowhere.zip'], 'nowhere.zip'),
    (['chek'], "Did you mean 'check'"), (['init'], 'Missing argument'), (['hint'], 'Missing argument'), (['solution'], 'Missing argument'), (['skip'], 'Missing argument'), (['reset'], 'Missing argument'),
    (['competition', 'new', 'x'], '--template'), (['competition', 'new', '--template', 'klass', 'x'], 'class'), (['competition', 'check', 'nowhere'], 'nowhere'),
    (['competition', 'show', 'nowhere'], 'nowhere'), (['competition', 'opn', 'x'], "Did you mean 'open'"), (['enter', 'x'], '--competition'),
    (['enter', 'nowhere.zip', '--competition', '.', '--team', 'marie'], 'nowhere.zip'), (['enter', '.', '--competition', '.', '--team', ''], '1 to 100 characters'),
    (['board'], '--check'), (['board', 'a.toml'], '--check'), (['board', '--check', 'nowhere.json'], 'nowhere.json'), (['log'], 'repair'),
    (['log', 'verify', 'nowhere.jsonl'], 'nowhere.jsonl'), (['log', 'repair', 'nowhere.jsonl'], 'nowhere.jsonl'),
]

@pytest.mark.parametrize('words, said', WRONG_USAGE, ids=range(len(WRONG_USAGE)))
def test_wrong_usage_is_two(words, said):
    result = ask(*words)
    assert no_traceback(result) == 2 and said in result.output and not result.stdout

@pytest.mark.parametrize('words', [words for words, _ in WRONG_USAGE], ids=range(len(WRONG_USAGE)))
def test_wrong_usage_under_json_is_a_document(words):
    result = ask(*words, '--json')
    assert no_traceback(result) == 2 and document(result).keys() == {'error', 'exit_code'} and document(result)['exit_code'] == 2
    assert result.stderr.strip().endswith(document(result)['error'].splitlines()[-1])

def stopped(**settings): raise KeyboardInterrupt

def test_interrupted_is_130(monkeypatch):
    monkeypatch.setattr(cli, 'checkout', stopped)
    result = ask('module', 'list')
    assert no_traceback(result) == 130 and not result.stdout and result.stderr.strip() == 'tito: interrupted'
    assert document(ask('module', 'list', '--json')) == {'error': 'interrupted', 'exit_code': 130}

@pytest.mark.skipif(os.name == 'nt', reason='Ctrl-C is no signal there')
def test_ctrl_c_is_130():
    slow = "import time, tinytorch.cli as cli\ndef wait():\n    print('ready', flush=True)\n    time.sleep(60)\ncli.checkout = wait\ncli.main(['module', 'list'])"
    child = subprocess.Popen([sys.executable, '-c', slow], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # tests may run where it is ignored
    assert child.stdout.readline() == b'ready' + os.linesep.encode()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 130 and b'Traceback' not in said

def test_a_fault_of_ours_keeps_its_traceback_and_is_a_document_too(monkeypatch):
    def broken(): raise ZeroDivisionError('never meant')
    monkeypatch.setattr(cli, 'checkout', broken)
    result = ask('module', 'list', '--json')
    assert isinstance(result.exception, ZeroDivisionError) and 'never meant' in document(result)['error']

def test_a_name_cannot_forge_a_line(tmp_path):
    forged = tmp_path/'mine.json: ok\nyours.json: ok\x1b[31m'
    result = ask('validate', forged, color=True)
    assert no_traceback(result) == 1 and not any(line.startswith('yours') for line in result.output.splitlines()) and '\x1b[31m: ' not in result.output
    assert document(ask('validate', forged, '--json'))['files'][0]['file'] == str(forged)
    assert cli.shown('日本 ×.json') == '日本 ×.json'

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
browser_requirements = pytest>=8
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

def test_testing_a_page(tiny):
    "Exported, then checked; then the page changes, and fails"
    assert states() == {'start': 'built', 'tensor': 'built', **dict.fromkeys(COURSE[2:], 'not built')}
    result = ask('test', '1', '--json')
    report = document(result)
    assert no_traceback(result) == 0 and report['ok']
    assert report['exported'] == {'tinytorch/core/tensor.py': 'there was none'} and 'exported tinytorch/core/tensor.py' in result.stderr
    notebook_check, tests = report['checks']
    assert (notebook_check['passed'], notebook_check['failed']) == (4, 0)
    assert sorted(tests['names']) == ['test_other', 'test_text']  # tests/test_more.py is not this page's
    assert not (tiny/'.tito').exists()  # who writes the course is not asked how far they are

    edit(PAGE, 'x + x', 'x*2 + 1')
    result = ask('test', 'tensor')
    assert no_traceback(result) == 1 and 'it differed from the notebook' in result.stderr and '01_tensor: failed' in result.stdout
    assert "'4' == '5'" in result.stdout and re.search(r'then +test_text', result.stdout)
    assert '\x1b' not in result.output and '#x1B' not in result.output

LEARNERS = [['status'], ['next'], ['check'], ['check', 'relu'], ['hint', 'relu'], ['solution', 'relu'], ['skip', 'relu'], ['reset', 'relu'], ['update'], ['module', 'status'], ['module', 'complete', '1']]

@pytest.mark.parametrize('words', LEARNERS, ids=' '.join)
def test_the_course_itself_is_no_workspace(tiny, words):
    "What is there is no learner's; and who is nowhere is told how to begin"
    result = ask(*words)
    assert no_traceback(result) == 2 and 'this is the course itself: `tito init DIR` makes a workspace' in result.stderr and not result.stdout
    (tiny/'settings.ini').unlink()
    assert 'there is no workspace here: `tito init DIR`' in ask(*words).stderr

def test_a_page_with_nothing_to_check_passes(tiny, monkeypatch):
    monkeypatch.setattr(cli, 'run_pytest', lambda root, label, *words: {'what': label, 'command': ' '.join(words), **counted([])})
    result = ask('test', 'nbs/00_start.ipynb')
    assert no_traceback(result) == 0 and result.stdout.splitlines() == ['ok      notebook  none', '00_start: passed']

def test_pytest_that_does_not_run_is_a_failure(tiny):
    (tiny/'tests'/'conftest.py').write_text('import no_such_module\n')
    check = cli.run_pytest(tiny, 'tests', 'tests/test_tensor.py')
    assert check['failures'] and 'no_such_module' in check['failures'][0]['said']

def test_tests_that_cannot_be_imported_are_a_failure(tiny):
    "As tests/test_tensor.py here, of a page that is not exported yet"
    check = cli.run_pytest(tiny, 'tests', 'tests/test_tensor.py')
    assert [failure['name'] for failure in check['failures']] == ['tests.test_tensor'] and 'double' in check['failures'][0]['said']

def test_results_are_counted():
    found = counted([('test_mine', 'passed', ''), ('test_b', 'failed', 'y'), ('test_c', 'skipped', '')])
    assert (found['passed'], found['failed'], found['skipped']) == (1, 1, 1) and found['failures'] == [{'name': 'test_b', 'said': 'y'}]

def test_no_test_by_that_name_is_no_failure(tiny):
    (tiny/'tests'/'test_tensor.py').unlink()
    assert cli.run_pytest(tiny, 'tests', 'tests/test_more.py', '-k', 'no_such_name')['failures'] == []

def test_long_failures_are_cut_and_say_how_to_see_all():
    lines = list(cli.failure_lines({'name': 'long', 'said': '\n'.join(map(str, range(100)))}, 'pytest x'))
    assert '88 lines left out' in lines[1] and 'pytest x' in lines[1] and lines[2].split() == [str(n) for n in range(88, 100)]

def test_a_report_fits_on_a_screen_and_begins_with_the_first_failure():
    failures = [{'name': f'Cell {i}', 'said': 'line\n'*100 + f'error {i}'} for i in range(64)]
    checks = [{'what': what, 'command': 'pytest x', 'passed': 3, 'failed': 64, 'skipped': 0, 'failures': failures} for what in ('notebook', 'tests')]
    text = '\n'.join(cli.check_lines({'page': '05_autograd', 'unwritten': ['mul_vjp'], 'checks': checks, 'ok': False}))
    assert len(text.splitlines()) <= 24 and 'error 0' in text and 'error 1' not in text and 'mul_vjp' in text and '123 more' in text

MAINTAINERS = {f'tests/test_{name}.py' for name in 'pages site docs export floors package tree jobs errors laws'.split()}

def test_a_page_runs_the_tests_of_its_module_and_never_the_maintainers():
    chosen = {page.stem: cli.own_tests(ROOT, page) for page in pages()}
    assert not MAINTAINERS & {word for words in chosen.values() for word in words}
    assert all((ROOT/words[0]).is_file() for words in chosen.values() if words)
    assert chosen['00_start'] == [] and chosen['05_autograd'] == ['tests/test_autograd.py'] and chosen['tito'] == ['tests/test_cli.py']
    assert chosen['xor'] == ['tests/test_milestones.py', '-k', 'xor'] and chosen['milestones'] == ['tests/test_milestones.py']

def test_a_page_in_a_folder_is_tested_by_name(tiny):
    (tiny/'nbs'/'milestones').mkdir()
    (tiny/'nbs'/'milestones'/'xor.ipynb').write_text(notebook('1969: XOR', ('#| default_exp milestones.xor', None), ('#| export\nfour = 4', None), ('four', '4')), encoding='utf-8')
    (tiny/'tests'/'test_milestones.py').write_text('import pytest\n@pytest.mark.parametrize("name", ["xor", "gpt"])\ndef test_reached(name): pass\n')
    result = ask('test', 'xor', '--json')
    report = document(result)
    assert no_traceback(result) == 0 and report['ok'] and report['exported'] == {'tinytorch/milestones/xor.py': 'there was none'}
    assert report['checks'][1]['names'] == ['test_reached[xor]'] and states()['xor'] == 'built'

UNWRITTEN = 'raise NotImplementedError'

def test_an_exercise_that_is_not_written_is_named(tiny):
    edit(PAGE, '#| export\\ndef double(x): return x + x', f'#| export\\n#| exercise double\\ndef double(x): {UNWRITTEN}')
    result = ask('test', '1', '--json')
    report = document(result)
    lines = '\n'.join(cli.check_lines(report)).splitlines()
    assert result.exit_code == 1 and report['unwritten'] == ['double'] and not report['ok']
    assert len(lines) <= 24 and 'not written yet: double' in lines[2] and any('NotImplementedError' in line for line in lines)

def test_no_work_does_not_pass_even_where_nothing_notices(tiny, monkeypatch):
    edit(PAGE, '#| export\\ndef double(x): return x + x', '#| export\\n#| exercise double\\ndef double(x): ...')
    monkeypatch.setattr(cli, 'run_pytest', lambda root, label, *words: {'what': label, 'command': ' '.join(words), **counted([])})
    result = ask('test', '1')
    assert no_traceback(result) == 1 and 'not written yet: double' in result.stdout

def test_failing_cells_say_what_they_check():
    page, = [page for page in pages() if page.stem == '00_start']
    named = {cli.cell_name(page, f'Cell {i}') for i in range(len(page.code))}
    assert {'check of close', 'exercise raises'} <= {name.partition(', ')[2] for name in named}
    assert cli.cell_name(page, 'Cell 999') == 'Cell 999' and cli.cell_name(page, 'pytest') == 'pytest'

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
                                            ('{"cells"', '{"cells', 'is not a readable notebook'),
                                            ('"cells": [', '"cells": [\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n', '01_tensor.ipynb holds a merge conflict: keep one version')], ids=range(4))
def test_broken_page_is_one_line(tiny, old, new, said):
    edit(PAGE, old, new)
    result = ask('test', '1')
    assert no_traceback(result) == 1 and said in result.stderr and len(result.stderr.splitlines()) == 1
    assert document(ask('test', '1', '--json')) == {'error': result.stderr.removeprefix('tito: ').strip(), 'exit_code': 1}
    assert no_traceback(ask('test')) == 0 and not (tiny/'.tito').exists()

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
    assert document(ask('test', '17', '--json'))['exit_code'] == 2

@pytest.mark.parametrize('word', ['99', 'tensr', '', '..', '-1', '²', 'x'*500], ids=range(7))
def test_unknown_pages_are_two(tiny, word):
    assert no_traceback(ask('test', '--', word)) == 2

# consoles

RUN = '''
@dataclass
class Run:
    path: str = 'submission.json'
    submission: dict = None
    profile: str = '3 µs ± 1'
    backend: str = 'numpy'
    findings: list = field(default_factory=list)
    def verdict(self): return '2.1× as fast → “kept”, −0.5'
    def table(self): return 'tried  bytes'
    def as_dict(self): return {'path': self.path, 'text': self.verdict()}
'''
exec(RUN)

SAID = {'accuracy': {'verdict': 'no worse', 'margin': .03, 'lost': 3, 'gained': 2}, 'control': {'interval': [.98, 1.02]}, 'comparison': {'minimum_detectable': .04},
        'quality': {'letter': 'B', 'reasons': ['load']}}

@dataclass
class Measured:
    document: dict
    findings: list

SHOW = f'''import sys; from dataclasses import dataclass, field{RUN}import tinytorch.capstone; tinytorch.capstone.run_capstone = lambda *a, **k: Run()
from tinytorch.cli import main; main()'''

@pytest.mark.parametrize('encoding, shown', [('ascii', '2.1x as fast -> "kept", -0.5'), ('cp1252', '2.1× as fast -> “kept”, -0.5'), ('cp437', '2.1x as fast -> "kept", -0.5'), ('utf-8', '2.1× as fast → “kept”, −0.5')])
def test_every_console_gets_the_verdict(encoding, shown, tmp_path):
    done = tito('capstone', '--output', 'x.json', code=SHOW, cwd=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8='0')
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
    done = tito('capstone', '--json', '--output', 'x.json', code=SHOW, cwd=tmp_path, PYTHONIOENCODING='cp437')
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

@pytest.mark.parametrize('line, offered', [('tito te', 'test'), ('tito test ten', 'tensor'), ('tito module complete st', 'start'), ('tito validate --js', '--json'), ('tito milestone run pe', 'perceptron')], ids=range(5))
def test_tab(tiny, line, offered):
    done = tito(cwd=tiny, _TITO_COMPLETE='bash_complete', COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))
    assert f'plain,{offered}' in done.stdout.decode().split(), done.stderr

# the main job

@pytest.fixture
def job(tmp_path, monkeypatch):
    "The calls that reach `run_capstone`, and the bundles and reports that are written, all of which is only pretended; one is in an empty folder"
    calls, made, written = [], Run(), []
    def run_capstone(path, **settings):
        calls.append((str(path), settings))
        made.path = str(path)
        if isinstance(made.findings, Exception): raise made.findings
        return made
    def bundle_of_capstone(run, path, progress):
        for line in 'control: process 1 of 2', 'control: 0.98 to 1.02', 'comparison: process 2 of 2': progress(line)
        written.append(str(path))
        return Measured(SAID, run.findings)
    monkeypatch.setattr(tinytorch.capstone, 'run_capstone', run_capstone)
    monkeypatch.setattr(bundle, 'bundle_of_capstone', bundle_of_capstone)
    monkeypatch.setattr(report, 'write_report', lambda made, path: written.append(str(path)))
    monkeypatch.chdir(tmp_path)
    return type('Job', (), {'calls': calls, 'made': made, 'written': written})

def finding(severity): return tinytorch.capstone.Finding('a.rule', '$.here', 'this', 'that', severity)

def test_main_job_says_profile_verdict_and_file(job):
    result = ask('capstone', '--seed', '3', '--output', 'mine.json')
    assert no_traceback(result) == 0 and job.calls == [('mine.json', {'seed': 3, 'progress': False})] and job.written == []  # stderr is no terminal here
    assert all(words in result.stdout for words in ('3 µs ± 1', 'tried  bytes', '2.1× as fast', 'mine.json: ok', 'pip install -e ".[accel]"'))

@pytest.mark.parametrize('terminal, quiet', [(True, False), (True, True), (False, False), (False, True)])
def test_bars_are_for_terminals(monkeypatch, terminal, quiet):
    monkeypatch.setattr(sys, 'stderr', type('Stream', (), {'isatty': lambda self: terminal})())
    assert cli.bars_wanted(quiet) is (terminal and not quiet)

def test_main_job_can_be_quiet(job):
    result = ask('capstone', '--quiet')
    assert no_traceback(result) == 0 and result.output == '' and job.calls == [('None', {'seed': 0, 'progress': False})]
    assert Path('submissions').is_dir() and job.written == [str(Path('submissions/capstone')), str(Path('submissions/capstone.html'))]

@pytest.mark.parametrize('backend', ['numpy', 'numba'])
def test_main_job_takes_a_backend(job, backend):
    assert no_traceback(ask('capstone', '--quiet', '--backend', backend)) == 0 and job.calls[0][1] == {'seed': 0, 'progress': False, 'backend': backend}
    assert no_traceback(ask('capstone', '--backend', 'abacus')) == 2 and len(job.calls) == 1

def test_main_job_takes_a_config(tmp_path):
    shown = tito('capstone', '--show-config')
    (tmp_path/'all.toml').write_bytes(shown.stdout)
    (tmp_path/'small.toml').write_text('hidden = 8\nepochs = 1\nneurons = []\nplans = []\nstorages = ["int8"]\npoints_risked = 100.0\nsearch_pairs = 6\npairs = 8')
    (tmp_path/'wrong.toml').write_text('hiden = 8')
    done = tito('capstone', '--config', tmp_path/'small.toml', '--output', tmp_path/'a.json', '--json')
    assert done.returncode == 0 and json.loads(done.stdout)['submission']['baseline']['metrics']['parameter_count'] == 64*8 + 8 + 8*10 + 10
    wrong = tito('capstone', '--config', tmp_path/'wrong.toml')
    assert wrong.returncode == 2 and b'did you mean hidden?' in wrong.stderr and b'Traceback' not in wrong.stderr
    assert read_config(tmp_path/'all.toml') == TrainingConfig()

def test_a_backend_that_is_not_installed_names_the_way_out(job):
    job.made.findings = ImportError("needs numba: pip install -e '.[accel]'")
    result = ask('capstone', '--backend', 'numba')
    assert no_traceback(result) == 2 and 'pip install' in result.stderr and len(result.stderr.splitlines()) == 1

def test_main_job_speaks_json(job):
    result = ask('capstone', '--json')
    assert no_traceback(result) == 0 and document(result)['path'] == str(Path('submissions/capstone')) and document(result)['report'] == str(Path('submissions/capstone.html'))

def test_main_job_judges_its_own_submission(job):
    job.made.findings = [finding('warning')]
    assert no_traceback(ask('capstone')) == 0
    job.made.findings = [finding('warning'), finding('error')]
    result = ask('capstone')
    assert no_traceback(result) == 1 and re.search(r'error +a\.rule at \$\.here: found this, expected that', result.stdout)

@pytest.mark.parametrize('output, written', [('mine', ['mine', 'mine.html']), ('v1.2', ['v1.2', 'v1.2.html']), ('mine.zip', ['mine.zip', 'mine.html']), ('mine.json', [])], ids=range(4))
def test_main_job_writes_what_its_output_is_called(job, output, written):
    result = ask('capstone', '--output', output)
    assert no_traceback(result) == 0 and job.written == written and f'{output}: ok' in result.stdout
    assert ('tito verify' in result.stdout) == bool(written) and all(name in result.stdout for name in written)

def test_main_job_says_how_well_it_was_measured(job):
    "What the control found is noted before the candidate is timed; counting is for whoever sits and waits"
    result = ask('capstone')
    assert result.stderr.splitlines() == ['control: 0.98 to 1.02']
    assert all(words in result.stdout for words in ('no worse', '3 images lost', '1.040', 'B: load'))
    assert ask('capstone', '--quiet').stderr == ''

@pytest.mark.parametrize('failure', [RuntimeError('compare: a process failed'), ValueError('no such thing'), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))], ids=range(3))
def test_a_bundle_that_fails_is_one_line(job, monkeypatch, failure):
    def fails(run, path, progress): raise failure
    monkeypatch.setattr(bundle, 'bundle_of_capstone', fails)
    result = ask('capstone')
    assert no_traceback(result) == 1 and len(result.stderr.splitlines()) == 1 and not result.stdout

def test_something_else_is_not_overwritten_by_a_bundle(job):
    Path('mine').mkdir()
    Path('mine/thesis.txt').write_text('years of work')
    result = ask('capstone', '--output', 'mine')
    assert no_traceback(result) == 2 and job.calls == [] and '--output' in result.stderr and Path('mine/thesis.txt').exists()

def test_the_folder_one_is_in_is_no_bundle(job):
    result = ask('capstone', '--output', '.')
    assert no_traceback(result) == 2 and job.calls == [] and '--output' in result.stderr

@pytest.mark.parametrize('output', ['.', '..', 'file/x.json', 'nowhere/x.json', 'x'*300, 'nowhere/x', 'file/x', 'file/x.zip', 'file'], ids=range(9))
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
    assert str(Path('submissions')/'capstone') in result.stderr  # which it was

def test_a_folder_that_cannot_be_written_names_the_way_out(job, monkeypatch):
    def refuse(self, *args, **settings): raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), 'submissions')
    monkeypatch.setattr(Path, 'mkdir', refuse)
    result = ask('capstone')
    assert no_traceback(result) == 2 and job.calls == [] and len(result.stderr.splitlines()) == 1
    assert 'submissions: Permission denied' in result.stderr and '--output' in result.stderr

UNFINISHED = [  # (command, module, what it holds (None: it is not there), exit code, what is said)
    (['capstone'], 'capstone', None, 2, b'page 20, is not built yet'),
    (['capstone'], 'competition/bundle', None, 2, b'page 21, is not built yet'),
    (['verify', 'x.zip'], 'competition/verify', None, 2, b'page 22, is not built yet'),
    (['report', 'x.zip'], 'competition/bundle', 'def', 1, b'cannot be imported'),
    (['capstone'], 'core/layers', None, 2, b'needs tinytorch.core.layers'),
    (['capstone'], 'core/layers', '', 1, b'cannot be imported'),
    (['capstone'], 'core/layers', 'def', 1, b'cannot be imported'),
    (['validate', 'x.json'], 'submission', None, 2, b'submissions is not built yet'),
    (['validate', 'x.json'], 'submission', 'import tinytorch.lost', 2, b'needs tinytorch.lost'),
    (['validate', 'x.json'], 'submission', 'from tinytorch.files import lost', 1, b'cannot be imported'),
    (['validate', 'x.json'], 'submission', 'def', 1, b'cannot be imported')]

@pytest.mark.parametrize('words, module, source, code, said', UNFINISHED, ids=range(len(UNFINISHED)))
def test_job_of_an_unfinished_course_is_one_line(tmp_path, words, module, source, code, said):
    package = tmp_path/'site'/'tinytorch'
    shutil.copytree(ROOT/'tinytorch', package, ignore=shutil.ignore_patterns('__pycache__'))
    (package/f'{module}.py').unlink()
    if source is not None: (package/f'{module}.py').write_text(source)
    alone = 'import sys; sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in repr(f)]; ' + TITO  # else what is missing comes from the installed package
    done = tito(*words, code=alone, cwd=tmp_path, PYTHONPATH=str(package.parent))
    assert done.returncode == code and said in done.stderr and len(done.stderr.splitlines()) == 1

# what is broken is one line, with --json a document

HIDE = """import sys
class Hide:
    def find_spec(name, path=None, target=None):
        if name.partition('.')[0] in HIDDEN: raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path[:] = [Hide, *(finder for finder in sys.meta_path if 'editable' not in repr(finder))]
"""

def hidden(*names): return f'HIDDEN = {names!r}\n{HIDE}{TITO}'

@pytest.mark.parametrize('words, module', [
    *((['capstone'], module) for module in ('numpy', 'threadpoolctl', 'jsonschema', 'rfc8785', 'safetensors', 'tqdm')),
    (['milestone', 'run', '2'], 'numpy'), (['milestone', 'run', 'mlp'], 'threadpoolctl'), (['validate', 'good.json'], 'jsonschema')], ids=str)
def test_a_missing_package_is_one_line(files, tmp_path, words, module):
    done = tito(*words, code=hidden(module), cwd=tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert module.encode() in done.stderr and b'tito doctor' in done.stderr
    if words == ['capstone']: assert not done.stdout and not (tmp_path/'submissions').exists()  # nothing was begun
    assert module in json.loads(tito(*words, '--json', code=hidden(module), cwd=tmp_path).stdout)['error']

@pytest.fixture
def half_numpy(tmp_path):
    "A folder in which NumPy is half there"
    (tmp_path/'site'/'numpy').mkdir(parents=True)
    (tmp_path/'site'/'numpy'/'__init__.py').write_text('from . import _core\n')
    return tmp_path

@pytest.mark.parametrize('words', [['capstone'], ['validate', 'x.json'], ['milestone', 'run', '2'], ['milestone', 'list'], ['test']], ids=' '.join)
def test_half_a_numpy_is_one_line(half_numpy, words):
    done = tito(*words, cwd=half_numpy, PYTHONPATH=os.pathsep.join([str(half_numpy/'site'), str(ROOT)]))
    assert b'Traceback' not in done.stderr and len(done.stderr.splitlines()) <= 1
    if words[0] != 'test' and words[1:] != ['list']: assert done.returncode in (1, 2) and done.stderr

def spoilt(tmp_path, name, content):
    "A copy of the package in which a file is other than it was, or not there"
    shutil.copytree(ROOT/'tinytorch', tmp_path/'site'/'tinytorch', ignore=shutil.ignore_patterns('__pycache__'))
    path = tmp_path/'site'/'tinytorch'/name
    if content is None: path.unlink()
    else: path.write_bytes(content(path.read_bytes()))
    return {'cwd': tmp_path, 'code': hidden(), 'PYTHONPATH': str(tmp_path/'site')}

def half(data): return data[:len(data)//2]

@pytest.mark.parametrize('content', [None, half, lambda data: b''], ids=['missing', 'cut', 'empty'])
def test_spoilt_data_are_one_line(tmp_path, content):
    place = spoilt(tmp_path, 'data/digits.npz', content)
    for words in ['capstone', '--quiet'], ['milestone', 'run', 'mlp', '--quiet']:
        done = tito(*words, **place)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and b'digits' in done.stderr
    told = tito('capstone', '--json', **place)
    assert 'digits' in json.loads(told.stdout)['error'] and json.loads(told.stdout)['exit_code'] == 1
    [fact] = [fact for fact in json.loads(tito('doctor', '--json', **place).stdout)['facts'] if fact['what'] == 'data']
    assert fact['status'] == 'wrong' and 'digits' in fact['found'] and fact['fix']

@pytest.mark.parametrize('words, name', [(['milestone', 'run', 'xor'], 'xor'), (['milestone', 'run', '2'], 'xor'), (['milestone', 'list'], 'record')], ids=range(3))
def test_a_missing_milestone_is_one_line(tmp_path, words, name):
    done = tito(*words, **spoilt(tmp_path, f'milestones/{name}.py', None))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and b'not built yet' in done.stderr

@pytest.mark.skipif(not find_spec('onnxruntime'), reason='needs the accel extra')
def test_onnxruntime_tells_nobody(tmp_path):
    "Imported as it comes, it writes an id into the user's cache and sends what it sees"
    env = {name: value for name, value in os.environ.items() if name not in ('CI', 'ORT_DISABLE_TELEMETRY', 'XDG_CACHE_HOME')}
    code = 'import sys; from tinytorch.perf.quantization import accelerator; accelerator()'
    subprocess.run([sys.executable, '-c', code], cwd=tmp_path, env={**env, 'HOME': str(tmp_path), 'PYTHONPATH': str(ROOT)}, check=True)
    assert list(tmp_path.iterdir()) == []

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

# bundles

SMALL = 'hidden = 8\nepochs = 1\nneurons = []\nplans = []\nstorages = ["int8"]\npoints_risked = 100.0\nsearch_pairs = 6\npairs = 8'

@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "What the main job says, and the folder in which its bundle and report are; the measurement is short"
    folder = tmp_path_factory.mktemp('made')
    (folder/'small.toml').write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(bundle, 'bundle_of_capstone', partial(bundle.bundle_of_capstone, quick=True))
        return ask('capstone', '--config', 'small.toml'), folder/'submissions'

@pytest.fixture
def at(made, tmp_path, monkeypatch):
    "An own copy of that bundle, `good`, and one with another reading in it, `bad`; one is in their folder"
    monkeypatch.chdir(tmp_path)
    for name in 'good', 'bad': shutil.copytree(made[1]/'capstone', name)
    data = bytearray(Path('bad/samples.npz').read_bytes())
    data[-400] ^= 1
    Path('bad/samples.npz').write_bytes(data)

def test_the_main_job_ends_in_a_bundle_and_its_report(made):
    result, folder = made
    assert no_traceback(result) == 0, result.output
    assert {'submission.json', 'manifest.json', 'samples.npz'} <= {path.name for path in (folder/'capstone').iterdir()}
    assert (folder/'capstone.html').read_text(encoding='utf-8').startswith('<!doctype html>') and 'control: ' in result.stderr
    assert re.search(r'^grade +[A-F]', result.stdout, re.M) and f"{Path('submissions/capstone')}: ok" in result.stdout
    assert no_traceback(ask('validate', folder/'capstone')) == 0

def test_validate_takes_bundles_and_documents(at):
    shutil.copy('good/submission.json', 'good.json')
    bundle.write_bundle(Path('good.ZIP').with_suffix('.zip'), bundle.read_files(Path('good'), []))
    os.rename('good.zip', 'good.ZIP')
    result = ask('validate', 'good', 'good.ZIP', 'good.json', 'bad', '--json')
    assert no_traceback(result) == 1 and [row['valid'] for row in document(result)['files']] == [True, True, True, False]
    assert any(found['rule'].startswith('bundle.') for found in document(result)['files'][3]['findings'])

def empty_zip(path): path.write_bytes(b'PK\5\6' + bytes(18))

def not_a_zip(path): path.write_text('nothing of the kind')

HOSTILE = [Path.mkdir, empty_zip, not_a_zip, lambda path: path.symlink_to('/dev/zero'), lambda path: os.mkfifo(path)]

@pytest.mark.skipif(os.name == 'nt', reason='no such files there')
@pytest.mark.parametrize('make', HOSTILE, ids=['folder', 'empty', 'text', 'link', 'pipe'])
@pytest.mark.parametrize('words', [['validate'], ['report'], ['diff'], ['verify', '--quiet']], ids=' '.join)
def test_what_is_no_bundle_is_found_out(tmp_path, monkeypatch, make, words):
    monkeypatch.chdir(tmp_path)
    make(Path('x.zip'))
    result = ask(*words, 'x.zip')
    assert no_traceback(result) == 1 and not Path('x.html').exists()
    if words[0] in ('report', 'diff'): assert len(result.stderr.splitlines()) == 1 and 'x.zip' in result.stderr and not result.stdout

@pytest.mark.skipif(os.name == 'nt', reason='no such names there')
@pytest.mark.parametrize('words', [['validate'], ['report'], ['diff'], ['verify']], ids=' '.join)
def test_name_of_a_bundle_forges_no_line(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    name = 'x\nyours: ok\x1b[31m.zip'
    Path(name).write_bytes(b'')
    result = ask(*words, name, color=True)
    assert no_traceback(result) == 1 and '\x1b[31m.zip' not in result.output and not any(line.startswith('yours') for line in result.output.splitlines())

# rules

def test_rules_and_what_they_ask():
    table, rows = ask('rules'), document(ask('rules', '--json'))['rules']
    assert no_traceback(table) == 0 and {row['id'] for row in rows} == {line.split()[0] for line in table.stdout.splitlines()}
    assert len(rows) >= 60 and {'consistency.speedup', 'bundle.data', 'claims.unused'} <= {row['id'] for row in rows}
    assert all(row[name] for row in rows for name in ('severity', 'looks_at', 'needs', 'page', 'text'))

@pytest.mark.parametrize('rule', ['consistency.speedup', 'bundle.data'])
def test_explain_shows_an_example_that_breaks_the_rule(rule):
    result = ask('explain', rule)
    assert no_traceback(result) == 0 and result.stdout.startswith(rule) and re.search(rf'error {rule} at .*: found .*, expected ', result.stdout)
    told = document(ask('explain', rule, '--json'))
    assert told['id'] == rule and told['explained'].splitlines() == result.stdout.splitlines()

@pytest.mark.parametrize('rule', ['consistency.speed', '', 'x'*1000, 'a\nb\x1b[31m'], ids=range(4))
def test_unknown_rules_are_two(rule):
    result = ask('explain', '--', rule, color=True)
    assert no_traceback(result) == 2 and len(result.stderr.splitlines()) == 1 and '\x1b' not in result.stderr and not result.stdout

def test_a_rule_on_documents_is_explained_without_the_framework(tmp_path):
    code = TITO.replace('main(sys.argv', 'main.main(sys.argv').replace(", prog_name='tito')", ", standalone_mode=False)\nprint([m for m in sys.modules if m.startswith(('tinytorch.core', 'tinytorch.perf'))])")
    assert tito('explain', 'consistency.speedup', code=code).stdout.decode().splitlines()[-1] == '[]'

# report and diff

def test_report_is_written_beside_the_bundle_or_where_asked(at):
    result = ask('report', 'good')
    assert no_traceback(result) == 0 and Path('good.html').exists() and result.stdout.splitlines()[0] == 'good: ok'
    assert no_traceback(ask('report', 'good', '--output', 'b.html', '--json')) == 0 and Path('b.html').read_bytes() == Path('good.html').read_bytes()

def test_report_of_a_bad_bundle_says_so(at):
    result = ask('report', 'bad', '--json')
    assert no_traceback(result) == 1 and not document(result)['valid'] and document(result)['findings'] and 'bundle.' in Path('bad.html').read_text(encoding='utf-8')

@pytest.mark.parametrize('output', ['.', 'nowhere/x.html', 'good/submission.json/x.html', 'x'*300], ids=range(4))
def test_report_that_cannot_be_written_names_the_way_out(at, output):
    result = ask('report', 'good', '--output', output)
    assert no_traceback(result) == 2 and '--output' in result.stderr and len(result.stderr.splitlines()) == 1 and not result.stdout

def test_diff_of_one_bundle_and_of_two(at):
    one, two = ask('diff', 'good'), ask('diff', 'good', 'good', '--json')
    assert no_traceback(one) == no_traceback(two) == 0
    assert 'fc1' in one.stdout and 'int8' in one.stdout and document(two)['layers'] == []
    assert len(document(ask('diff', 'good', '--json'))['layers']) == 2

@pytest.mark.parametrize('words', [['bad'], ['good', 'bad'], ['bad', 'good'], ['good', 'nowhere']], ids=' '.join)
def test_diff_needs_sound_bundles(at, words):
    result = ask('diff', *words)
    assert no_traceback(result) == 1 and len(result.stderr.splitlines()) == 1 and 'tito validate' in result.stderr and not result.stdout

def test_names_of_layers_forge_no_line(at):
    found, name = detection.diff(bundle.load_bundle('good')), 'fc1\nx.zip: ok\x1b[31m'
    lines = cli.difference_lines(replace(found, layers=[(name, *row[1:]) for row in found.layers]))
    assert found.layers and any(r'fc1\nx.zip' in line for line in lines)
    assert not any('\x1b' in line or line.startswith('x.zip') for line in lines)

# verify

@dataclass
class Said:
    exit_code: int
    def as_dict(self): return {'exit_code': self.exit_code}
    def __str__(self): return f'code {self.exit_code}\nfound \x1b[31m'

@pytest.mark.parametrize('code', [0, 1, 3])
def test_verify_ends_as_the_verdict_says(monkeypatch, code):
    calls = []
    monkeypatch.setattr(verify, 'verify', lambda path, **settings: calls.append((path, settings)) or Said(code))
    result = ask('verify', 'x.zip', '--rules', 'r.toml', '--data', 'd.npz', '--open', color=True)
    assert no_traceback(result) == code and result.stdout.splitlines() == [f'code {code}', 'found \\x1b[31m']
    [(path, settings)] = calls
    assert path == 'x.zip' and callable(settings.pop('progress')) and settings == {'rules': Path('r.toml'), 'data': Path('d.npz'), 'open_': True}
    assert document(ask('verify', 'x.zip', '--json')) == {'exit_code': code} and calls[1][1]['rules'] is None and not calls[1][1]['open_']
    assert ask('verify', 'x.zip', '--quiet').output == ''

@pytest.mark.parametrize('text', [None, 'no_such_rule = 1', 'seconds = [', '\0'], ids=range(4))
def test_verify_by_rules_that_cannot_be_is_two(at, text):
    if text is not None: Path('r.toml').write_text(text)
    result = ask('verify', 'good', '--rules', 'r.toml')
    assert no_traceback(result) == 2 and len(result.stderr.splitlines()) == 1 and 'r.toml' in result.stderr

def test_verify_refutes_a_bundle_that_was_changed(at):
    result = ask('verify', 'bad', '--json')
    assert no_traceback(result) == 1 and document(result)['exit_code'] == 1

# bench

@dataclass
class Trial:
    comparisons: int = 40
    outside: int = 2
    claim: object = None
    def __str__(self): return 'in one process: 2 of 40\nin fresh processes: none'

def test_bench_says_what_it_found_and_decides_nothing(monkeypatch):
    claim = type('Claim', (), {'as_dict': lambda self: {'verdict': 'faster'}})()
    monkeypatch.setattr(tinytorch.benchmarking, 'self_test', lambda progress: progress('control: 1 to 1') or Trial(claim=claim))
    result = ask('bench', '--self-test')
    assert no_traceback(result) == 0 and len(result.stdout.splitlines()) == 2 and result.stderr.splitlines() == ['control: 1 to 1']
    assert document(ask('bench', '--self-test', '--json')) == {'comparisons': 40, 'outside': 2, 'claim': {'verdict': 'faster'}}

@pytest.mark.skipif(os.name == 'nt', reason='Ctrl-C is no signal there')
def test_ctrl_c_while_processes_are_timed_leaves_nothing_behind(tmp_path):
    code = """import functools, tinytorch.benchmarking as b, tinytorch.cli as cli
b.self_test = functools.partial(b.self_test, comparisons=1)
cli.teller = lambda: lambda line: print(line, flush=True)
cli.main(['bench', '--self-test'])"""
    env = {**os.environ, 'PYTHONPATH': str(ROOT), 'TMPDIR': str(tmp_path)}
    child = subprocess.Popen([sys.executable, '-c', code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, env=env,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert child.stdout.readline().startswith(b'control: process 1')
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: all of them
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130 and said.decode().strip() == 'tito: interrupted' and list(tmp_path.iterdir()) == []

# a learner's workspace

@pytest.fixture(scope='module')
def given(tmp_path_factory):
    return workspace.init(tmp_path_factory.mktemp('Zoë')/'mein Kurs – 学', pages=['00', '02', '03'])

@pytest.fixture
def ws(given, tmp_path, monkeypatch):
    "A copy of a workspace, the folder one is in"
    shutil.copytree(given.folder, tmp_path/'mein Kurs – 学')
    monkeypatch.chdir(tmp_path/'mein Kurs – 学')
    return workspace.Workspace(tmp_path/'mein Kurs – 学')

def test_init_makes_a_workspace_and_says_what_is_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = ask('init', 'mine')
    assert no_traceback(result) == 0 and 'next: cd mine, then tito next' in result.stdout and len(list(Path('mine').glob('*.ipynb'))) > 40
    assert "cd 'my course', then" in ask('init', 'my course').stdout
    again = ask('init', 'mine')
    assert no_traceback(again) == 2 and 'is a workspace already' in again.stderr and len(again.stderr.splitlines()) == 1
    Path('full').mkdir(); Path('full/thesis.txt').write_text('years of work')
    assert no_traceback(ask('init', 'full')) == 2 and no_traceback(ask('init', 'nowhere/mine')) == 2 and Path('full/thesis.txt').exists()

def test_a_day_of_learning(ws):
    "Every command, and what it says"
    assert 'not written yet  close' in ask('status').stdout and 'close' in ask('next').stdout
    first = ask('check')
    assert no_traceback(first) == 1 and first.stdout.splitlines() == ['close: not written yet', '0 of 2 on this page, 00_start']
    assert no_traceback(ask('hint', 'close')) == 0 and no_traceback(ask('solution', 'close')) == 2
    assert 'assert_allclose' in ask('solution', 'close', '--show').stdout
    body(ws, 'close', 'assert np.all(as_array(actual) == as_array(expected))')
    wrong = ask('check', 'close', '--json')
    assert no_traceback(wrong) == 1 and document(wrong)['results'][0]['state'] == 'wrong' and document(wrong)['results'][0]['mistake']
    put(ws, 'close', reference('00_start', 'close'))
    right = ask('check', 'close')
    assert no_traceback(right) == 0 and '1 of 2 on this page' in right.stdout and 'exported tinytorch.testing' in right.stdout
    assert no_traceback(ask('skip', 'raises')) == 0 and 'skipped: raises' in ask('status').stdout
    done = ask('module', 'complete', '0')
    assert no_traceback(done) == 0 and '00_start is complete' in done.stdout and 'raises' in done.stdout
    assert document(ask('module', 'status', '--json')) == {'complete': 1, 'pages': 3, 'next': 'activations'} and states()['start'] == 'complete'
    page = ask('check', '00')
    assert no_traceback(page) == 2 and 'tito module complete 00_start' in page.stderr and '00_start is blank again' in ask('reset', '0').stdout
    put(ws, 'close', reference('00_start', 'close'))
    kept = ask('reset', 'close', '--json')
    assert no_traceback(kept) == 0 and 'assert_allclose' in Path(document(kept)['backup']).read_text(encoding='utf-8') and states()['start'] != 'complete'
    assert no_traceback(ask('update')) == 0

def test_test_in_a_workspace_says_whose_page_it_tested(ws, monkeypatch):
    monkeypatch.setattr('tinytorch.cli.check_page', lambda root, page: {'page': 'tensor', 'ok': True, 'checks': []})
    monkeypatch.setattr('tinytorch.cli.check_lines', lambda report: iter(['tensor: passed']))
    assert 'tito check' in ask('test', '01').stdout.splitlines()[-1]
    monkeypatch.chdir(ROOT)
    assert ask('test', '01').stdout.splitlines() == ['tensor: passed']

def test_a_wrong_line_is_never_complete(ws):
    solve(ws, '02_activations')
    put(ws, 'relu', stored('02_activations', 'relu', 'wrong')[0])
    result = ask('module', 'complete', '02', '--json')
    assert no_traceback(result) == 1 and not document(result)['complete'] and document(result)['tests'] is None
    later = ask('check', 'affine')
    assert no_traceback(later) == 1 and 'relu: wrong' in later.stdout and 'tito reset relu' in later.stdout

def test_a_right_exercise_in_ones_own_words_is_complete(ws):
    "Also with an empty line at the end; it is not how the course writes that is tested"
    solve(ws, '02_activations')
    for name in core('02_activations'):
        for code in stored('02_activations', name, 'right')[:1]: put(ws, name, code + '\n')
    result = ask('module', 'complete', '02', '--json')
    assert no_traceback(result) == 0 and document(result)['complete'] and document(result)['tests']['passed'] > 100

BAD = [(['check', 'rellu'], "did you mean 'relu'"), (['hint', 'rellu'], "'relu'"), (['solution', 'x'], 'no exercise'), (['skip', 'rellu'], "'relu'"), (['reset', 'rellu'], "'relu'"), (['module', 'complete', '77'], '77'),
       (['module', 'complete', 'activatoins'], 'activations')]

@pytest.mark.parametrize('words, said', BAD, ids=range(len(BAD)))
def test_names_that_are_not_there_are_two(ws, words, said):
    result = ask(*words)
    assert no_traceback(result) == 2 and said in result.stderr and len(result.stderr.splitlines()) == 1 and not result.stdout
    assert document(ask(*words, '--json'))['exit_code'] == 2

def no_json(ws): ws.path('02_activations').write_text('{"cells": [', encoding='utf-8')
def twins(ws): change(ws.path('02_activations'), lambda raw: [raw, {**raw, 'id': 'twin0000'}] if '#| exercise relu\n' in ''.join(raw['source']) else raw)
def cell_gone(ws): change(ws.path('02_activations'), lambda raw: None if '#| exercise relu\n' in ''.join(raw['source']) else raw)
def page_gone(ws): ws.path('02_activations').unlink()
def other_version(ws): (ws.folder/'.tito'/'workspace.json').write_text('{"version": 99}')
def no_manifest(ws): (ws.folder/'.tito'/'workspace.json').write_text('{')
def no_state(ws): (ws.folder/'.tito'/'progress.json').write_text('{"exercises": 3}')

@pytest.mark.parametrize('spoil', [no_json, twins, cell_gone, page_gone, other_version, no_manifest, no_state])
def test_a_spoilt_workspace_is_one_line_and_two(ws, spoil):
    spoil(ws)
    def files(): return {path: path.read_bytes() for path in ws.folder.rglob('*') if path.is_file()}
    before = files()
    for words in ['check', 'relu'], ['module', 'complete', '02'], ['solution', 'relu', '--show']:
        result = ask(*words)
        assert no_traceback(result) == 2 and len(result.stderr.splitlines()) == 1 and not result.stdout, words
    assert files() == before

@pytest.mark.parametrize('spoil', [other_version, no_manifest])
def test_a_list_of_pages_in_a_spoilt_workspace_is_one_line(ws, spoil):
    spoil(ws)
    result = ask('module', 'list')
    assert no_traceback(result) == 2 and 'workspace.json' in result.stderr and len(result.stderr.splitlines()) == 1

def test_an_update_without_a_state_changes_nothing(ws):
    no_state(ws)
    book = json.loads(ws.path('02_activations').read_bytes())
    ws.path('02_activations').write_text(json.dumps({**book, 'cells': book['cells'][:-1]}))
    before = ws.path('02_activations').read_bytes()
    assert no_traceback(ask('update')) == 2 and ws.path('02_activations').read_bytes() == before

def test_python_m_is_tito_too(ws):
    done = tito('check', 'relu', cwd=ws.folder, code='import runpy; runpy.run_module("tinytorch.cli", run_name="__main__")')
    assert done.returncode == 1 and done.stdout.decode().splitlines()[0] == 'relu: not written yet', done.stderr

def test_a_place_that_cannot_be_written_is_one_line(ws, monkeypatch):
    def read_only(self, state): raise OSError(errno.EROFS, os.strerror(errno.EROFS), 'progress.json')
    monkeypatch.setattr(workspace.Workspace, 'write_state', read_only)
    put(ws, 'close', reference('00_start', 'close'))
    result = ask('check', 'close')
    assert no_traceback(result) == 2 and 'progress.json: Read-only file system' in result.stderr and len(result.stderr.splitlines()) == 1

@pytest.mark.parametrize('line, offered', [('tito check rel', 'relu'), ('tito hint soft', 'softmax_along'), ('tito module complete act', 'activations')], ids=range(3))
def test_tab_knows_the_exercises(ws, line, offered):
    done = tito(cwd=ws.folder, _TITO_COMPLETE='bash_complete', COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))
    assert f'plain,{offered}' in done.stdout.decode().split(), done.stderr

@pytest.mark.parametrize('way', [{'PYTHONPATH': '.'}, {'PYTHONPATH': ''}], ids=['PYTHONPATH', 'the folder'])
def test_tito_is_always_the_courses(ws, way):
    "Though the workspace's package comes first, and is broken"
    (ws.folder/'tinytorch'/'files.py').write_text('def', encoding='utf-8')
    (ws.folder/'tinytorch'/'testing.py').write_text('raise SystemExit("mine")', encoding='utf-8')
    done = tito('check', 'relu', cwd=ws.folder, code='from tinytorch.cli import main; main(prog_name="tito")', **way)
    assert done.returncode == 1 and done.stdout.decode().splitlines()[0] == 'relu: not written yet', done.stderr

def test_a_check_loads_no_framework(ws):
    code = TITO.replace('main(', 'main.main(').replace(", prog_name='tito')", ", standalone_mode=False)") + "\nprint(sorted({'pytest', 'tinytorch.core.tensor', 'tinytorch.submission', 'jsonschema'} & sys.modules.keys()))"
    assert tito('check', 'relu', code=code, cwd=ws.folder).stdout.decode().splitlines()[-1] == '[]'

def test_the_main_job_runs_on_the_learners_package(ws):
    "In a process that finds the learner's modules first, and says so"
    solve(ws, '02_activations')
    ws.export('02_activations')
    file = ws.folder/'tinytorch'/'core'/'activations.py'
    file.write_text('raise RuntimeError("this is the learner\'s")', encoding='utf-8')
    done = tito('capstone', '--show-config', cwd=ws.folder)
    assert done.returncode == 1 and "with your modules: core.activations; the course's for the rest" in done.stderr.decode() and "this is the learner's" in done.stderr.decode()
    assert tito('validate', 'nothing.json', cwd=ws.folder).stderr == b''  # judged by the course's
    file.unlink()
    done = tito('capstone', '--show-config', cwd=ws.folder)
    assert done.returncode == 0 and b'hidden' in done.stdout and b"with the course's modules" in done.stderr

def test_a_submission_says_how_many_exercises_came_by_reference(job):
    job.made.submission = {**SAID, 'extensions': {'workspace': {'exercises': 335, 'written': 206, 'by_reference': 6}}}
    assert '6 of 335 exercises by reference' in ask('capstone', '--output', 'mine.json').stdout
    assert '          6 of 335 exercises by reference' in cli.capstone_lines(job.made, 'mine.html')
    job.made.submission = SAID
    assert 'by reference' not in ask('capstone', '--output', 'other.json').stdout

# the doctor

def facts(result): return {fact['what']: fact for fact in document(result)['facts']}

def test_doctor_judges_this_checkout(monkeypatch):
    "Green where all is as it should be; a milestone's page counts as a page"
    monkeypatch.chdir(ROOT)
    result = ask('doctor', '--json')
    found = facts(result)
    no_traceback(result)
    assert {'Python', 'needed', 'BLAS', 'extra dev', 'extra accel', 'notebooks', 'package', 'in sync', 'folder'} <= found.keys()
    assert {fact['status'] for fact in found.values()} <= {'ok', 'missing', 'wrong'}
    assert result.exit_code == any(fact['status'] == 'wrong' for fact in document(result)['facts']) == (not document(result)['ok'])
    assert document(result)['ok'], [fact for fact in document(result)['facts'] if fact['status'] == 'wrong']
    assert found['in sync']['status'] == found['data']['status'] == 'ok'
    assert found['Python']['status'] == found['package']['status'] == found['folder']['status'] == 'ok' and found['notebooks']['found'].startswith(f'{len(find_pages(ROOT))} pages')

def test_doctor_sees_an_old_python(tiny):
    edit(Path('settings.ini'), 'min_python = 3.10', 'min_python = 99.0')
    result = ask('doctor', '--json')
    assert no_traceback(result) == 1 and facts(result)['Python']['status'] == 'wrong' and '99.0' in facts(result)['Python']['fix']

def test_doctor_tries_what_is_said_to_be_installed(half_numpy):
    done = tito('doctor', '--json', cwd=half_numpy, PYTHONPATH=os.pathsep.join([str(half_numpy/'site'), str(ROOT)]))
    found = json.loads(done.stdout)
    wrong = [fact for fact in found['facts'] if fact['status'] == 'wrong']
    assert done.returncode == 1 and not found['ok'] and b'Traceback' not in done.stderr
    needed, = [fact for fact in wrong if fact['what'] == 'needed']
    assert needed['found'].startswith('numpy ') and 'does not work' in needed['found'] and '--force-reinstall "numpy' in needed['fix']
    assert {'BLAS', 'data'} <= {fact['what'] for fact in wrong}

def test_doctor_sees_that_threadpoolctl_is_gone(tmp_path):
    found = json.loads(tito('doctor', '--json', code=hidden('threadpoolctl'), cwd=tmp_path).stdout)
    wrong = {fact['what']: fact['found'] for fact in found['facts'] if fact['status'] == 'wrong'}
    assert not found['ok'] and 'threadpoolctl' in wrong['needed'] and 'threadpoolctl' in wrong['BLAS']

def test_doctor_names_notebooks_that_cannot_be_read(tiny):
    edit(PAGE, '"cells": [', '"cells": [\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n')
    result = ask('doctor', '--json')
    found = facts(result)['notebooks']
    assert no_traceback(result) == 1 and found['status'] == 'wrong' and '01_tensor.ipynb' in found['found'] and 'nbdev_fix' in found['found']

def test_doctor_names_notebooks_that_cannot_be_exported(tiny):
    edit(PAGE, 'return x + x', 'return x +')
    found = facts(ask('doctor', '--json'))['in sync']
    assert found['status'] == 'wrong' and 'cannot be exported' in found['found']

def test_doctor_sees_a_module_that_is_not_what_its_notebook_says(tiny):
    page = find_page('1', find_pages(tiny))
    course.refresh(tiny, page)
    assert facts(ask('doctor', '--json'))['in sync']['status'] == 'ok'
    edit(tiny/'tinytorch'/'core'/'tensor.py', 'x + x', '2*x')
    found = facts(ask('doctor', '--json'))['in sync']
    assert found == {'what': 'in sync', 'status': 'wrong', 'found': 'tinytorch/core/tensor.py: it differed from the notebook', 'fix': 'nbdev_export'}

def test_doctor_without_nbdev_is_not_red(tiny, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    found = facts(ask('doctor', '--json'))['in sync']
    assert found['status'] == 'missing' and 'pip install' in found['found']

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

@pytest.mark.parametrize('words', [['test'], ['test', 'tensor'], ['test', '17'], ['module', 'list']], ids=range(4))
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

def test_installed_package_has_rules_and_reads_bundles(installed, made):
    assert b'bundle.data' in installed('rules').stdout and installed('diff', made[1]/'capstone').returncode == 0
