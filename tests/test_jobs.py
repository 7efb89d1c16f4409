"The Makefile, the scripts and the hosted jobs do what the documents say, without installing anything here"
import os, re, shutil, subprocess, sys

import pytest, yaml

from notebooks import ROOT, settings

unix = pytest.mark.skipif(os.name == 'nt', reason='make and the shell scripts are for Linux and macOS; on Windows the same jobs are plain commands')
JOBS = ['env', 'capstone', 'test', 'oracle', 'pages', 'bench', 'clean']

OUTER = {name: value for name, value in os.environ.items() if name not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}  # these tests may run inside `make test`

def shell(*command, cwd=ROOT, **env):
    return subprocess.run([*map(str, command)], cwd=cwd, env={**OUTER, **env}, capture_output=True, text=True, stdin=subprocess.DEVNULL)

def plan(*words):
    "The lines `make` would run"
    done = shell('make', '-n', *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()

# make

@unix
def test_make_alone_lists_every_job():
    done = shell('make')
    listed = re.findall(r'^  make (\w+) ', done.stdout, re.M)
    assert done.returncode == 0 and sorted(listed) == sorted(['help', *JOBS])

IN = '. .venv/bin/activate && '

@unix
@pytest.mark.parametrize('job, lines', [
    ('capstone', [IN + 'tito capstone']),
    ('test', [IN + 'pytest', IN + 'pytest --nbval nbs/']),
    ('oracle', ['sh scripts/make-env oracle', IN + 'pytest oracle']),
    ('bench', ['sh scripts/make-env oracle', IN + 'python benchmarks/run.py']),
    ('pages', [IN + 'nbdev_export', IN + 'python scripts/execute_notebooks.py', IN + 'nbdev_clean', IN + 'pytest --nbval nbs/']),
])
def test_job_makes_the_environment_then_runs(job, lines):
    planned = [line.strip() for line in plan(job)]
    assert planned[0].endswith('sh scripts/make-env dev,accel')
    assert planned[1:] == lines

@unix
def test_one_page_can_be_chosen():
    assert IN + 'python scripts/execute_notebooks.py nbs/00_start.ipynb' in plan('pages', 'PAGES=nbs/00_start.ipynb')

def test_makefile_keeps_to_make_3_81():
    source = (ROOT/'Makefile').read_text(encoding='utf-8')
    newer = [r'\.ONESHELL', r'\.SHELLFLAGS', r'\$\(file ', r'::=', r'!=', r'&:', r'\$\(guile', r'^undefine', r'^private']
    assert not [pattern for pattern in newer if re.search(pattern, source, re.M)]

# scripts/make-env, with a Python that only pretends

FAKE_PYTHON = '''#!/bin/sh
echo "$0 $*" >> "$LOG"
case "$*" in
  *version_info*)       test "${0##*/}" != "${TOO_OLD:-}"; exit ;;
  *sys.version*)        echo "3.12 fake" ;;
  --version)            echo "Python 3.12 fake" ;;
  '-m venv --clear .venv') rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo 'ENTERED=$PWD' > .venv/bin/activate ;;
esac
'''

@pytest.fixture
def clone(tmp_path):
    "A folder with the scripts, the Makefile and the pretended Python first on the PATH"
    folder, bin = tmp_path/'a clone', tmp_path/'bin'
    (folder/'scripts').mkdir(parents=True); bin.mkdir()
    for name in ('settings.ini', 'setup.py', 'Makefile', 'scripts/make-env', 'scripts/activate-tinytorch'): shutil.copy(ROOT/name, folder/name)
    for name in ('python3', 'python3.13'): (bin/name).write_text(FAKE_PYTHON); (bin/name).chmod(0o755)
    log = tmp_path/'log'

    def run(*command, cwd=folder, **env):
        log.write_text('')
        done = shell(*command, cwd=cwd, PATH=f'{bin}{os.pathsep}{os.environ["PATH"]}', LOG=str(log), PYTHON='', **env)
        return done, [line.split(f'{os.sep}python', 1)[1].partition(' ')[2] for line in log.read_text().splitlines()]

    run.folder = folder
    return run

VENV, INSTALL = '-m venv --clear .venv', '-m pip install --disable-pip-version-check -e .[dev,accel]'

@unix
def test_environment_is_made_once(clone):
    done, asked = clone('make', 'env')
    assert done.returncode == 0 and VENV in asked and asked[-1] == INSTALL, done.stderr
    done, asked = clone('make', 'env')
    assert done.returncode == 0 and VENV not in asked and INSTALL not in asked

@unix
@pytest.mark.parametrize('name', ['settings.ini', 'setup.py'])
def test_environment_follows_the_requirements(clone, name):
    clone('make', 'env')
    os.utime(clone.folder/name, (2e9, 2e9))
    done, asked = clone('make', 'env')
    assert INSTALL in asked and VENV not in asked

@unix
def test_moved_folder_gets_a_new_environment(clone, tmp_path):
    clone('make', 'env')
    clone.folder.rename(tmp_path/'moved')
    done, asked = clone('make', 'env', cwd=tmp_path/'moved')
    assert VENV in asked and asked[-1] == INSTALL, done.stderr

@unix
def test_own_environment_is_kept(clone):
    "One made by hand, as the plain commands do, is brought up to date and not thrown away"
    clone('make', 'env')
    for name in ('folder', 'ready-dev,accel'): (clone.folder/'.venv'/name).unlink()
    done, asked = clone('make', 'env')
    assert VENV not in asked and asked[-1] == INSTALL

@unix
def test_old_python_is_refused(clone):
    done, asked = clone('make', 'env', 'PYTHON=python3', TOO_OLD='python3')
    assert done.returncode != 0 and 'needs Python 3.10 or later; python3 will not do' in done.stderr
    assert VENV not in asked and not (clone.folder/'.venv').exists()

@unix
def test_newer_python_is_found(clone):
    done, asked = clone('make', 'env', TOO_OLD='python3')
    assert done.returncode == 0 and VENV in asked and asked[-1] == INSTALL

# scripts/activate-tinytorch

SHELLS = [pytest.param(s, marks=[unix, pytest.mark.skipif(not shutil.which(s), reason=f'{s} is not on this machine')]) for s in ('bash', 'zsh')]

@pytest.mark.parametrize('sh', SHELLS)
def test_activating_works_from_any_folder(clone, sh, tmp_path):
    done, asked = clone(sh, '-c', 'source "$1/scripts/activate-tinytorch" && echo "in $ENTERED" && ! type _tinytorch_enter >/dev/null 2>&1', sh, clone.folder, cwd=tmp_path)
    assert done.returncode == 0 and f'in {tmp_path}' in done.stdout, done.stderr
    assert VENV in asked and INSTALL in asked

@pytest.mark.parametrize('sh', SHELLS)
def test_activating_fails_without_ending_the_shell(clone, sh):
    (clone.folder/'Makefile').write_text('env:\n\tfalse\n')
    done, asked = clone(sh, '-c', 'source scripts/activate-tinytorch; echo "status $?, entered ${ENTERED:-nothing}"')
    assert re.search(r'status [1-9]\d*, entered nothing', done.stdout), done.stdout + done.stderr

@unix
def test_activating_must_be_sourced(clone):
    done, asked = clone('bash', 'scripts/activate-tinytorch')
    assert done.returncode != 0 and 'source scripts/activate-tinytorch' in done.stderr

# conftest.py

@pytest.mark.parametrize('asked, used', [('load', 'loadfile'), ('worksteal', 'loadfile'), ('loadscope', 'loadscope'), ('no', 'no'), (None, None)])
def test_cells_of_a_page_stay_together_when_pytest_runs_in_parallel(asked, used):
    "With pytest-xdist, as in `pytest -n 2 --nbval nbs/`"
    code = f'''
from types import SimpleNamespace
import conftest
option = SimpleNamespace(nbval=True, nbval_kernel_name='', nbval_cell_timeout=2000, nbval_sanitize_with=None, nbval_current_env=False)
if {asked!r}: option.dist = {asked!r}
conftest.pytest_configure(SimpleNamespace(option=option))
print(getattr(option, 'dist', None))'''
    done = shell(sys.executable, '-c', code, PYTHONPATH=str(ROOT))
    assert done.stdout.split() == [str(used)], done.stderr

# .ci/run, Binder, the hosted jobs

@unix
def test_ci_runs_the_tests_then_the_oracles():
    source = (ROOT/'.ci'/'run').read_text(encoding='utf-8')
    assert 'set -euo pipefail' in source and re.findall(r'^make .*?(\w+)$', source, re.M) == ['test', 'oracle']
    assert shell('bash', '-n', '.ci/run').returncode == 0

@unix
@pytest.mark.parametrize('name', ['.ci/run', 'scripts/make-env', 'binder/postBuild'])
def test_scripts_can_be_run(name): assert os.access(ROOT/name, os.X_OK)

def test_binder_installs_this_folder():
    assert (ROOT/'binder/requirements.txt').read_text().split() == ['-e', '.[dev]']
    assert re.fullmatch(r'python-3\.1[0-3]\n', (ROOT/'binder/runtime.txt').read_text())
    assert (ROOT/'binder/postBuild').read_text().rstrip().endswith('nbdev_export')

@pytest.fixture(scope='module')
def workflow(): return yaml.safe_load((ROOT/'.github/workflows/ci.yml').read_text(encoding='utf-8'))['jobs']

def steps(job): return [step['run'] for step in job['steps'] if 'run' in step]

def test_hosted_jobs_cover_systems_and_pythons(workflow):
    pythons = ['3.10', '3.11', '3.12', '3.13']
    assert workflow['unix']['strategy']['matrix'] == {'os': ['ubuntu-latest', 'macos-latest'], 'python': pythons}
    assert workflow['windows']['strategy']['matrix'] == {'python': pythons}
    assert pythons[0] == settings()['min_python']

def test_hosted_jobs_run_the_same_commands(workflow):
    assert 'make test' in steps(workflow['unix'])[0]
    assert [s.replace('.venv\\Scripts\\', '') for s in steps(workflow['windows'])][-3:] == ['pytest', 'pytest --nbval nbs/', 'tito capstone']
    assert 'make oracle' in steps(workflow['oracle'])[-1]
    assert workflow['oracle']['env']['PIP_EXTRA_INDEX_URL'] == 'https://download.pytorch.org/whl/cpu'
