"The package as strangers get it: built, looked into, installed into an empty folder, imported from there"
import email, json, os, re, shutil, subprocess, sys, sysconfig, tarfile, venv, zipfile
from pathlib import Path

import pytest

import tinytorch
from notebooks import ROOT, pages, settings
from test_tree import committed
from tinytorch.course import install_line
from tinytorch.workspace import HOUSE

def run(*command, cwd=None, **env):
    done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True)
    assert done.returncode == 0, f'{command}\n{done.stdout}\n{done.stderr}'
    return done.stdout

BUILT = {'PKG-INFO', 'setup.cfg'}  # what setuptools adds
WANTED = {p.relative_to(ROOT).as_posix() for p in committed('--cached', '--others', '--exclude-standard') if p.exists()} - BUILT

@pytest.fixture(scope='module')
def sdist(tmp_path_factory):
    "The source distribution, made in a copy so that no build folder is left behind; what work leaves in a clone is there too"
    copy = tmp_path_factory.mktemp('source')/'tinytorch'
    left = ['.venv/lib/a.py', 'nbs/.ipynb_checkpoints/a.ipynb', 'tests/__pycache__/a.pyc', 'nbs/a.partial', 'images/.DS_Store', 'submissions/a.json']
    for name in [*WANTED, *left]: (copy/name).parent.mkdir(parents=True, exist_ok=True)
    for name in WANTED: shutil.copy(ROOT/name, copy/name)
    for name in left: (copy/name).touch()
    run('setup.py', '-q', 'sdist', cwd=copy)
    return next((copy/'dist').glob('*.tar.gz'))

@pytest.fixture(scope='module')
def wheel(sdist, tmp_path_factory):
    "The wheel that pip builds from the source distribution"
    folder = tmp_path_factory.mktemp('wheel')
    run('-m', 'pip', 'wheel', '-q', '--no-deps', '--no-build-isolation', '--disable-pip-version-check', '-w', folder, sdist)
    return next(folder.glob('*.whl'))

@pytest.fixture(scope='module')
def metadata(wheel):
    with zipfile.ZipFile(wheel) as z:
        return email.message_from_bytes(z.read(next(n for n in z.namelist() if n.endswith('/METADATA'))))

def test_this_is_the_package_under_test():
    assert Path(tinytorch.__file__).resolve().parent == ROOT/'tinytorch', 'another tinytorch is installed here; run make env, or pip install -e ".[dev]"'
    assert tinytorch.__version__ == settings()['version']

def test_source_is_the_repository(sdist):
    "All that is in git, so that the tests which travel find what they test, and nothing else"
    with tarfile.open(sdist) as t: files = {m.name.partition('/')[2]: m for m in t.getmembers() if m.isfile()}
    assert {n for n in files if not n.startswith('tinytorch.egg-info/')} - BUILT == WANTED
    assert os.name == 'nt' or all(files[n].mode & 0o100 for n in WANTED if os.access(ROOT/n, os.X_OK)), 'a script has lost its x'

def test_facts_come_from_settings(metadata):
    assert (metadata['Name'], metadata['Version']) == (settings()['lib_name'], settings()['version'])
    assert metadata['Requires-Python'] == f'>={settings()["min_python"]}'
    assert metadata['Summary'] == settings()['description']
    assert sorted(metadata.get_all('Provides-Extra')) == ['accel', 'browser', 'data', 'dev', 'lite', 'oracle', 'site', 'wake-vision']

def requirements(lines):
    "(name, version specifiers) of each requirement, whatever the order and the spaces"
    parts = [re.fullmatch(r'([\w.-]+)\s*\(?([^()]*)\)?', line.strip()).groups() for line in lines]
    return {(name.lower().replace('_', '-'), frozenset(s.strip() for s in rest.split(',') if s.strip())) for name, rest in parts}

def test_without_extras_only_the_light_core(metadata):
    plain = [line for line in metadata.get_all('Requires-Dist') if 'extra ==' not in line]
    assert requirements(plain) == requirements(settings()['requirements'].split())
    light = {'numpy', 'click', 'tqdm', 'jsonschema', 'rfc8785', 'threadpoolctl', 'safetensors'}
    assert {name for name, _ in requirements(plain)} <= light

@pytest.mark.parametrize('extra', ['dev', 'accel', 'data', 'browser', 'site', 'lite', 'oracle'])
def test_extras_as_in_settings(metadata, extra):
    lines = [line.split(';')[0] for line in metadata.get_all('Requires-Dist') if re.search(rf'''extra == ['"]{extra}['"]''', line)]
    assert requirements(lines) == requirements(settings()[f'{extra}_requirements'].split())

def test_wheel_holds_modules_and_data_only(wheel):
    with zipfile.ZipFile(wheel) as z: names = [n for n in z.namelist() if '.dist-info/' not in n]
    package = [p for p in (ROOT/'tinytorch').rglob('*') if p.is_file() and '__pycache__' not in p.parts]
    own = [n for n in names if not n.startswith('tinytorch/pages/')]
    assert sorted(own) == sorted(p.relative_to(ROOT).as_posix() for p in package)
    assert any(n.startswith('tinytorch/data/') for n in names)
    assert {Path(n).suffix for n in own} <= {'.py', '.pyi', '.typed', '.npz', '.json', '.safetensors', '.txt', '.md'}

def test_the_pages_travel_in_the_wheel(wheel):
    "And what lies beside them; the tests of the pages in a folder of their own"
    with zipfile.ZipFile(wheel) as z: found = {n.removeprefix('tinytorch/pages/') for n in z.namelist() if n.startswith('tinytorch/pages/')}
    beside = {name.removeprefix('nbs/') for name in WANTED if name.startswith('nbs/')}
    tests = {name for name in WANTED if re.fullmatch(r'tests/([^/]+\.(py|txt)|golden/[^/]+\.json)', name)}
    assert found == beside | tests

ASK = """
import sys
from pathlib import Path
from tinytorch.course import course_folder, find_page, package_folder, pages_in, test_folder
from tinytorch.workspace import init
work = init('my work')
work.export('02_activations')
assert course_folder() == package_folder().resolve()/'pages' and (test_folder()/'test_activations.py').exists()
print(len(work.pages()), find_page('gpt', pages_in(course_folder())).module)
"""
USE = """
import tinytorch, tinytorch.core.activations as a, tinytorch.core.layers as l
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load
from tinytorch.testing import where
print(a.__file__, l.__file__, a.relu(Tensor([-1., 2.])).tolist(), load('digits').train[0].shape[1:], where(), sep='|')
"""

def test_a_workspace_of_an_installed_package(site, tmp_path):
    "Without a checkout: pages, mistakes and data come from the wheel"
    env = {'PYTHONPATH': str(site)}
    count, module = run('-P' if sys.version_info >= (3, 11) else '-s', '-c', ASK, cwd=tmp_path, **env).split()
    assert int(count) == len([page for page in pages() if page.stem not in HOUSE]) and module == 'tinytorch.milestones.gpt'
    mine, theirs, values, shape, told = run('-c', USE, cwd=tmp_path/'my work', **env).strip().split('|')
    assert Path(mine) == (tmp_path/'my work'/'tinytorch'/'core'/'activations.py').resolve() and Path(theirs).is_relative_to(site)
    assert (values, shape) == ('[0.0, 2.0]', '(8, 8)') and 'core.activations' in told

@pytest.mark.parametrize('mode', ['lenient', 'strict', 'compat'])
def test_a_workspace_of_an_editable_install(sdist, tmp_path, mode):
    "Each way in which setuptools makes one, in an environment that sees this one's other packages"
    with tarfile.open(sdist) as t: t.extractall(tmp_path, **({'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}))
    [source] = tmp_path.iterdir()
    venv.create(tmp_path/'env', with_pip=False, symlinks=os.name != 'nt')
    python = tmp_path/'env'/('Scripts' if os.name == 'nt' else 'bin')/'python'
    place = Path(subprocess.run([python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], capture_output=True, text=True, check=True).stdout.strip())
    (place/'others.pth').write_text(sysconfig.get_path('purelib'))  # its own .pth files are not read
    def ask(*command, cwd):
        env = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
        done = subprocess.run([python, *command], cwd=cwd, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    ask('-m', 'pip', 'install', '-q', '--no-deps', '--no-build-isolation', '--ignore-installed', '--disable-pip-version-check', '-e', str(source), '--config-settings', f'editable_mode={mode}', cwd=tmp_path)
    ask('-c', 'from tinytorch.workspace import init; init("my work", pages=["01", "02"]).export("02_activations")', cwd=tmp_path)
    mine, theirs, values, shape, told = ask('-c', USE, cwd=tmp_path/'my work').strip().split('|')
    assert Path(mine) == (tmp_path/'my work'/'tinytorch'/'core'/'activations.py').resolve() and Path(theirs).is_relative_to(source)
    assert values == '[0.0, 2.0]' and 'core.activations' in told

def test_wheel_has_license_and_command(wheel):
    with zipfile.ZipFile(wheel) as z:
        texts = {Path(n).name: z.read(n).decode() for n in z.namelist() if '.dist-info/' in n}
    assert texts['LICENSE'] == (ROOT/'LICENSE').read_text(encoding='utf-8')
    assert settings()['console_scripts'].replace('=', ' = ') in texts['entry_points.txt']

@pytest.fixture(scope='module')
def site(wheel, tmp_path_factory):
    "A folder into which the wheel is installed"
    folder = tmp_path_factory.mktemp('site')
    run('-m', 'pip', 'install', '-q', '--no-deps', '--disable-pip-version-check', '--target', folder, wheel)
    return folder

def test_installed_wheel_imports_from_its_own_folder(site, tmp_path):
    code = 'import tinytorch.core.tensor as t; print(t.__file__); print(t.Tensor([1, 2]).sum().item())'
    file, total = run('-c', code, cwd=tmp_path, PYTHONPATH=str(site)).split('\n')[:2]
    assert Path(file).resolve().is_relative_to(site.resolve()) and float(total) == 3

@pytest.mark.parametrize('extra', ['dev', 'accel', 'data', 'browser', 'site', 'lite', 'oracle'])
def test_hints_fit_the_installation(site, tmp_path, extra):
    "In a clone an extra has a name; an installed package has no folder to take it from. cmd.exe knows double quotes only"
    line = run('-c', f'from tinytorch.course import install_line; print(install_line({extra!r}))', cwd=tmp_path, PYTHONPATH=str(site)).strip()
    command, install, *words = line.split()
    assert (command, install) == ('pip', 'install') and "'" not in line and all(word[0] == word[-1] == '"' for word in words)
    assert requirements(word.strip('"') for word in words) == requirements(settings()[f'{extra}_requirements'].split())
    assert install_line(extra) == f'pip install -e ".[{extra}]"'  # this is a clone

def doctor(folder, cwd):
    code = 'from tinytorch.cli import main; main(["doctor", "--json"], standalone_mode=False)'
    return {fact['what']: fact for fact in json.loads(run('-c', code, cwd=cwd, PYTHONPATH=str(folder)))['facts']}

def test_doctor_counts_the_files_of_an_installed_package(site, tmp_path):
    (tmp_path/'empty').mkdir()
    shutil.copytree(site, tmp_path/'site')
    assert doctor(tmp_path/'site', tmp_path/'empty')['package']['status'] == 'ok'
    (tmp_path/'site'/'tinytorch'/'milestones'/'xor.py').unlink()
    found = doctor(tmp_path/'site', tmp_path/'empty')['package']
    assert found['status'] == 'wrong' and 'xor.py' in found['found'] and found['fix']

ALONE = """
import importlib.util, sys
HIDDEN = {'nbdev', 'nbval', 'pytest', 'nbformat', 'nbclient', 'execnb', 'fastcore', 'pooch'}
class Hide:
    def find_spec(name, path=None, target=None):
        if name.partition('.')[0] in HIDDEN: raise ModuleNotFoundError(f'No module named {name!r}', name=name)
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.partition('.')[0] in HIDDEN else find_spec(name, *more)
sys.meta_path[:] = [Hide, *(finder for finder in sys.meta_path if 'editable' not in repr(finder))]
from tinytorch.course import read_page
import tinytorch
assert sys.argv[2] in tinytorch.__file__
space = {'__name__': '__main__'}
for cell in read_page(sys.argv[1]).code: exec(compile(cell.tree, f'<cell {cell.id}>', 'exec'), space)
"""

@pytest.mark.parametrize('page', [page for page in pages() if page.stem in ('course', 'doctor', 'tito')], ids=repr)
def test_pages_about_tools_run_alone(site, tmp_path, page):
    "As in Colab: the installed package, no development tools, no other file of the repository"
    shutil.copy(page.path, tmp_path)
    run('-c', ALONE, tmp_path/page.path.name, site, cwd=tmp_path, PYTHONPATH=str(site), MPLBACKEND='Agg')
