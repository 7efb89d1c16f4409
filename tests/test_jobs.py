"The Makefile, the scripts and the hosted jobs do what the documents say, without installing anything here"
import os, re, shutil, subprocess, sys
from pathlib import Path

import pytest, yaml

from notebooks import ROOT, settings
from test_tree import committed

sys.path.insert(0, str(ROOT/'scripts'))
import lowest_bounds

unix = pytest.mark.skipif(os.name == 'nt', reason='make and the shell scripts are for Linux and macOS; on Windows the same jobs are plain commands')
JOBS = ['env', 'capstone', 'test', 'browser', 'oracle', 'pages', 'site', 'lite', 'bench', 'package', 'clean']

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
    ('browser', ['sh scripts/make-env browser,site,lite', 'sh scripts/need-chromium', IN + 'pytest browser']),
    ('oracle', ['sh scripts/make-env oracle', IN + 'pytest oracle']),
    ('site', ['sh scripts/make-env site', IN + 'python scripts/build_site.py']),
    ('lite', ['sh scripts/make-env lite', IN + 'python scripts/build_lite.py']),
    ('bench', ['sh scripts/make-env oracle', IN + 'python benchmarks/run.py']),
    ('package', [IN + 'python scripts/try_dist.py']),
    ('pages', [IN + 'nbdev_export', IN + 'python scripts/make_stubs.py', IN + 'python scripts/execute_notebooks.py', IN + 'nbdev_clean', IN + 'pytest --nbval nbs/']),
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
  '-m venv .venv')      test -z "${INTERRUPTED:-}" || exit; mkdir .venv/bin; cp "$0" .venv/bin/python; echo 'ENTERED=$PWD' > .venv/bin/activate ;;
esac
'''

@pytest.fixture
def clone(tmp_path):
    "A folder with the scripts, the Makefile and the pretended Python first on the PATH; spaces and letters beyond ASCII in both names"
    folder, bin = tmp_path/'a clone in Łódź', tmp_path/'a bin in Łódź'
    (folder/'scripts').mkdir(parents=True); bin.mkdir()
    for name in ('settings.ini', 'setup.py', 'pyproject.toml', 'Makefile', 'scripts/make-env', 'scripts/activate-tinytorch'): shutil.copy(ROOT/name, folder/name)
    for name in ('python3', 'python3.13'): (bin/name).write_text(FAKE_PYTHON); (bin/name).chmod(0o755)
    log = tmp_path/'log'

    def run(*command, cwd=folder, **env):
        log.write_text('')
        done = shell(*command, cwd=cwd, PATH=f'{bin}{os.pathsep}{os.environ["PATH"]}', LOG=str(log), PYTHON='', **env)
        return done, [line.split(f'{os.sep}python', 1)[1].partition(' ')[2] for line in log.read_text().splitlines()]

    run.folder, run.bin = folder, bin
    return run

VENV, INSTALL = '-m venv .venv', '-m pip install --disable-pip-version-check -e .[dev,accel]'

@unix
def test_environment_is_made_once(clone):
    done, asked = clone('make', 'env')
    assert done.returncode == 0 and VENV in asked and asked[-1] == INSTALL, done.stderr
    done, asked = clone('make', 'env')
    assert done.returncode == 0 and VENV not in asked and INSTALL not in asked

@unix
@pytest.mark.parametrize('name', ['settings.ini', 'setup.py', 'pyproject.toml'])
def test_environment_follows_the_requirements(clone, name):
    clone('make', 'env')
    os.utime(clone.folder/name, (2e9, 2e9))
    done, asked = clone('make', 'env')
    assert INSTALL in asked and VENV not in asked

@unix
def test_moved_folder_gets_a_new_environment(clone, tmp_path):
    clone('make', 'env')
    (clone.folder/'.venv/stale').touch()
    clone.folder.rename(tmp_path/'moved')
    done, asked = clone('make', 'env', cwd=tmp_path/'moved')
    assert VENV in asked and asked[-1] == INSTALL, done.stderr
    assert not (tmp_path/'moved/.venv/stale').exists()

@unix
def test_interrupted_environment_is_made_anew(clone):
    done, asked = clone('make', 'env', INTERRUPTED='yes')
    assert done.returncode != 0 and VENV in asked and INSTALL not in asked
    done, asked = clone('make', 'env')
    assert done.returncode == 0 and VENV in asked and asked[-1] == INSTALL, done.stderr

@unix
def test_own_environment_is_kept(clone):
    "One made by hand, as the plain commands do, is brought up to date and not thrown away"
    clone('make', 'env')
    for name in ('folder', 'bounds', 'ready-dev,accel'): (clone.folder/'.venv'/name).unlink()
    done, asked = clone('make', 'env')
    assert VENV not in asked and asked[-1] == INSTALL

def no_pip(clone): (clone.folder/'.venv/bin/python').unlink()
def nothing(clone): pass
def other_python(clone): (clone.folder/'.venv/bin/python').write_text(FAKE_PYTHON.replace('3.12', '3.11'))

@unix
@pytest.mark.parametrize('spoil, words', [(no_pip, []), (other_python, ['PYTHON=python3']), (nothing, ['BOUNDS=lowest'])])
def test_environment_of_another_tool_is_never_emptied(clone, spoil, words):
    clone('make', 'env')
    for name in ('folder', 'bounds', 'ready-dev,accel'): (clone.folder/'.venv'/name).unlink()
    spoil(clone)
    before = sorted((clone.folder/'.venv').rglob('*'))
    done, asked = clone('make', 'env', *words)
    assert done.returncode != 0 and str(clone.folder) in done.stderr and 'is left alone' in done.stderr
    assert VENV not in asked and INSTALL not in asked and sorted((clone.folder/'.venv').rglob('*')) == before

@unix
def test_python_with_a_space_in_its_path(clone):
    done, asked = clone('make', 'env', f'PYTHON={clone.bin}/python3.13')
    assert done.returncode == 0 and VENV in asked and asked[-1] == INSTALL, done.stderr

@pytest.fixture
def elsewhere(clone, tmp_path):
    "A folder to which CDPATH leads, with an environment and the folder `scripts`"
    folder = tmp_path/'elsewhere'
    (folder/'scripts').mkdir(parents=True); (folder/'.venv').mkdir(); (folder/'.venv/kept').touch()
    yield folder
    assert sorted(p.name for p in folder.rglob('*')) == ['.venv', 'kept', 'scripts']

@unix
def test_cdpath_leads_nowhere(clone, elsewhere):
    done, asked = clone('make', 'env', CDPATH=str(elsewhere))
    assert done.returncode == 0 and asked[-1] == INSTALL and (clone.folder/'.venv').is_dir(), done.stderr

# the lowest versions that settings.ini allows

LOWEST = INSTALL.replace(' -e ', ' -c .venv/lowest.txt -e ')

@unix
def test_environment_of_the_lowest_versions(clone):
    done, asked = clone('make', 'env', 'BOUNDS=lowest')
    assert 'scripts/lowest_bounds.py dev,accel' in asked and asked[-1] == LOWEST, done.stderr
    done, asked = clone('make', 'env', 'BOUNDS=lowest')
    assert done.returncode == 0 and VENV not in asked and LOWEST not in asked
    done, asked = clone('make', 'env')
    assert VENV in asked and asked[-1] == INSTALL, 'what is old stays unless the environment is made anew'

@unix
def test_bounds_are_lowest_or_newest(clone):
    done, asked = clone('make', 'env', 'BOUNDS=oldest')
    assert done.returncode != 0 and 'oldest' in done.stderr and not asked

def test_lowest_versions():
    some = {'requirements': 'a>=1.9,<2 b>=3', 'dev_requirements': 'a>=1.10 c==4.0.1', 'accel_requirements': 'd>=5'}
    assert lowest_bounds.lowest(some, ['dev']) == {'a': '1.10', 'b': '3', 'c': '4.0.1'}
    with pytest.raises(ValueError, match='e<3'): lowest_bounds.lowest({'requirements': 'e<3'}, [])

def test_every_requirement_has_a_lowest_version():
    found = lowest_bounds.lowest(settings(), ['dev', 'accel', 'data', 'browser', 'oracle'])
    assert {'numpy', 'pytest', 'onnxruntime', 'pooch', 'torch'} <= set(found)

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

ALL_SHELLS = {'bash': 'enters', 'zsh': 'enters', 'dash': 'make env && . .venv/bin/activate', 'fish': 'make env && source .venv/bin/activate.fish'}
SHELLS = [sh for sh in ALL_SHELLS if shutil.which(sh)] or ['bash']
ENTERED = [sh for sh in SHELLS if ALL_SHELLS[sh] == 'enters']

@unix
def test_ci_has_every_shell():
    "Elsewhere those are tried that are there"
    missing = set(ALL_SHELLS) - set(SHELLS)
    assert not missing or 'CI' not in os.environ, f'install {missing}'

@unix
@pytest.mark.parametrize('sh', ENTERED)
def test_activating_works_from_any_folder(clone, sh, tmp_path):
    done, asked = clone(sh, '-euc', 'source "$1/scripts/activate-tinytorch" && echo "in $ENTERED" && ! type _tinytorch_enter >/dev/null 2>&1', sh, clone.folder, cwd=tmp_path)
    assert done.returncode == 0 and f'in {tmp_path}' in done.stdout, done.stderr
    assert VENV in asked and INSTALL in asked

@unix
@pytest.mark.parametrize('sh', ENTERED)
def test_activating_heeds_no_cdpath(clone, sh, elsewhere):
    done, asked = clone(sh, '-c', 'source scripts/activate-tinytorch && echo "in $ENTERED, still $CDPATH"', CDPATH=str(elsewhere))
    assert f'in {clone.folder}, still {elsewhere}' in done.stdout and asked[-1] == INSTALL, done.stderr

@unix
@pytest.mark.parametrize('sh', ENTERED)
def test_activating_fails_without_ending_the_shell(clone, sh):
    (clone.folder/'Makefile').write_text('env:\n\tfalse\n')
    done, asked = clone(sh, '-c', 'source scripts/activate-tinytorch; echo "status $?, entered ${ENTERED:-nothing}"')
    assert re.search(r'status [1-9]\d*, entered nothing', done.stdout), done.stdout + done.stderr

@unix
@pytest.mark.parametrize('sh', SHELLS)
def test_activating_must_be_sourced(clone, sh):
    done, asked = clone(sh, 'scripts/activate-tinytorch')
    assert done.returncode != 0 and not asked
    assert ('source .venv/bin/activate.fish' if sh == 'fish' else 'source scripts/activate-tinytorch') in done.stderr

@unix
@pytest.mark.parametrize('sh', SHELLS)
def test_other_shells_are_told_what_to_type(clone, sh):
    done, asked = clone(sh, '-c', '. scripts/activate-tinytorch; echo still here')
    assert 'still here' in done.stdout
    if ALL_SHELLS[sh] == 'enters': assert not done.stderr and asked[-1] == INSTALL
    else: assert done.stderr.count('\n') == 1 and ALL_SHELLS[sh] in done.stderr and not asked

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
def test_ci_runs_the_package_the_tests_the_browser_then_the_oracles():
    source = (ROOT/'.ci'/'run').read_text(encoding='utf-8')
    assert 'set -euo pipefail' in source and re.findall(r'^make --no-print-directory ([\w-]+)', source, re.M) == ['test', 'browser-env', 'oracle-env', 'package', 'browser', 'oracle']
    assert source.count('exit 1') == 3  # none of the three that run side by side may fail unnoticed
    assert shell('bash', '-n', '.ci/run').returncode == 0

@unix
@pytest.mark.parametrize('name', ['.ci/run', 'scripts/make-env', 'scripts/need-chromium', 'binder/postBuild', 'binder/start'])
def test_scripts_can_be_run(name): assert os.access(ROOT/name, os.X_OK)

def test_binder_installs_this_folder():
    assert (ROOT/'binder/requirements.txt').read_text().split() == ['-e', '.[dev]']
    assert re.fullmatch(r'python-3\.1[0-3]\n', (ROOT/'binder/runtime.txt').read_text())

@unix
def test_binder_starts_in_a_fresh_workspace(tmp_path):
    "Its steps in a clean copy, with this environment for the one that Binder makes"
    for path in committed('--cached', '--others', '--exclude-standard'):
        target = tmp_path/'home'/path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file(): shutil.copy(path, target)
    home, env = tmp_path/'home', {**os.environ, 'PATH': os.pathsep.join([str(Path(sys.executable).parent), os.environ['PATH']]), 'PYTHONPATH': str(tmp_path/'home')}
    def run(*command): return subprocess.run(command, cwd=home, env=env, check=True, capture_output=True, text=True).stdout
    run('binder/postBuild')
    said = run('binder/start', 'python', '-c', 'import os, tinytorch, tinytorch.core.tensor as t; print(os.getcwd(), *tinytorch.__path__, t.__file__, sep="|"); from tinytorch.testing import where; print(where())')
    assert said.splitlines()[0].split('|') == [str(home/'workspace'), str(home/'workspace'/'tinytorch'), str(home/'tinytorch'), str(home/'tinytorch'/'core'/'tensor.py')]
    assert 'none yet' in said and len(list((home/'workspace').glob('*.ipynb'))) > 40

@pytest.fixture(scope='module')
def workflow(): return yaml.safe_load((ROOT/'.github/workflows/ci.yml').read_text(encoding='utf-8'))['jobs']

def steps(job): return [step['run'] for step in job['steps'] if 'run' in step]

def test_hosted_jobs_cover_systems_and_pythons(workflow):
    pythons = ['3.10', '3.11', '3.12', '3.13']
    assert workflow['unix']['strategy']['matrix'] == {'os': ['ubuntu-latest', 'macos-latest'], 'python': pythons}
    assert workflow['lowest']['steps'][1]['with']['python-version'] == pythons[0] and 'make test BOUNDS=lowest' in steps(workflow['lowest'])[-1]
    assert workflow['windows']['strategy']['matrix'] == {'python': pythons}
    assert pythons[0] == settings()['min_python']

def test_hosted_jobs_run_the_same_commands(workflow):
    assert 'make test PYTHON=python' in steps(workflow['unix'])
    assert [s.replace('.venv\\Scripts\\', '') for s in steps(workflow['windows'])][-3:] == ['pytest', 'pytest --nbval nbs/', 'tito capstone']
    assert 'make oracle' in steps(workflow['oracle'])[-1] and 'make browser' in steps(workflow['browser'])[-1]
    assert steps(workflow['package'])[-2:] == ['make env PYTHON=python', '.venv/bin/python scripts/try_dist.py --tests']
    assert workflow['oracle']['env']['PIP_EXTRA_INDEX_URL'] == 'https://download.pytorch.org/whl/cpu'

def test_hosted_docs_build_the_site(workflow):
    assert any('quarto' in step.get('uses', '') for step in workflow['docs']['steps'])
    assert steps(workflow['docs'])[0] == 'quarto render'
    assert steps(workflow['docs'])[1].startswith(f'test -f {settings()["doc_path"]}/')
