"""Build the sdist and the wheel of the last commit, install each into an empty environment, and use it there.

    python scripts/try_dist.py            leaves both in dist/
    python scripts/try_dist.py --tests    then also runs `make test` in the unpacked sdist (Linux and macOS, minutes)

What is not committed is not in them. pip downloads what the package requires."""
import io, os, shutil, subprocess, sys, tarfile, venv
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
BIN = 'Scripts' if os.name == 'nt' else 'bin'
ALONE = {name: value for name, value in os.environ.items()  # neither another environment nor the options of a `make` around this
         if not name.startswith('PYTHON') and name not in ('VIRTUAL_ENV', 'MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'BOUNDS')}

IMPORT_ALL = '''
import importlib, pkgutil, sys, tinytorch
names = sorted(m.name for m in pkgutil.walk_packages(tinytorch.__path__, 'tinytorch.'))
for name in names:
    module = importlib.import_module(name)
    if getattr(module, '__file__', None): assert module.__file__.startswith(sys.prefix), module.__file__
print(*names)
'''

def run(*command, cwd, show=False):
    "What `command` prints, or everything it said and the end of this program"
    done = subprocess.run([*map(str, command)], cwd=cwd, env=ALONE, stdout=None if show else subprocess.PIPE,
                          stderr=None if show else subprocess.STDOUT, text=True, encoding='utf-8')
    if done.returncode: raise SystemExit(f'{" ".join(map(str, command))} failed\n{done.stdout or ""}')
    return done.stdout

def unpack(archive, folder):
    with tarfile.open(fileobj=archive) as t: t.extractall(folder, **({'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}))

def build(folder):
    "The sdist and the wheel of the last commit"
    source, dist = folder/'source', folder/'dist'
    unpack(io.BytesIO(subprocess.run(['git', 'archive', 'HEAD'], cwd=ROOT, check=True, capture_output=True).stdout), source)
    run(sys.executable, 'setup.py', '-q', 'sdist', '-d', dist, cwd=source)
    [sdist] = dist.glob('*.tar.gz')
    run(sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps', '--no-build-isolation', '-w', dist, sdist, cwd=folder)
    [wheel] = dist.glob('*.whl')
    modules = {'.'.join(p.relative_to(source).with_suffix('').parts).removesuffix('.__init__') for p in source.glob('tinytorch/**/*.py')}
    return sdist, wheel, modules - {'tinytorch'}

WRITE = '''
import json, sys
from tinytorch.exercises import reference_page
from tinytorch.workspace import Workspace
code = {name: cell.code for name, cell in reference_page('00_start').exercises}
path = Workspace('.').path('00_start')
book = json.loads(path.read_bytes())
for cell in book['cells']:
    name = ''.join(cell['source']).partition('exercise ')[2].split('\\n')[0]
    if name in code: cell['source'] = f'#| export\\n#| exercise {name}\\n' + code[name].replace('rtol=rtol', sys.argv[1])
path.write_text(json.dumps(book), encoding='utf-8')
'''

def learn(python, tito, folder):
    "A workspace, as a learner would use it: blank, wrong, right, complete"
    run(tito, 'init', 'work', cwd=folder)
    work = folder/'work'
    def told(code, words, *command):
        done = subprocess.run([tito, *command], cwd=work, env=ALONE, capture_output=True, text=True, encoding='utf-8')
        if done.returncode != code or words not in done.stdout + done.stderr: raise SystemExit(f'{command}: {done.returncode}\n{done.stdout}{done.stderr}')
    told(0, 'next: close', 'status')
    told(1, 'close: not written yet', 'check')
    run(python, '-c', WRITE, 'rtol=1', cwd=work)
    told(1, 'close: wrong', 'check', 'close')
    run(python, '-c', WRITE, 'rtol=rtol', cwd=work)
    told(0, 'exported tinytorch.testing', 'check', '--all')
    told(0, 'hint 1 of 3', 'hint', 'relu')
    told(2, 'pip install "pytest', 'module', 'complete', '00')
    run(python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', 'pytest>=8,<10', cwd=folder)
    told(0, 'is complete', 'module', 'complete', '00')

def use(distribution, modules, folder):
    "Install `distribution` into an empty environment; import every module there, and ask the `tito` command about itself"
    venv.create(folder/'env', with_pip=True)
    python, tito = folder/'env'/BIN/'python', folder/'env'/BIN/'tito'
    run(python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', distribution, cwd=folder)
    imported = set(run(python, '-c', IMPORT_ALL, cwd=folder).split())
    if not modules <= imported: raise SystemExit(f'{distribution.name} has no {", ".join(sorted(modules - imported))}')
    version = run(tito, '--version', cwd=folder).strip()
    run(tito, 'doctor', cwd=folder)
    learn(python, tito, folder)
    print(f'{distribution.name}: {len(modules)} modules import in an empty environment; {version}; tito doctor finds nothing wrong; a workspace was begun and a page completed')

def main(*options):
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sdist, wheel, modules = build(folder)
        for distribution in (wheel, sdist):
            (folder/distribution.name.partition('-')[2]).mkdir()
            use(distribution, modules, folder/distribution.name.partition('-')[2])
        if '--tests' in options:
            with sdist.open('rb') as archive: unpack(archive, folder/'unpacked')
            [unpacked] = (folder/'unpacked').iterdir()
            run('make', 'test', f'PYTHON={sys.executable}', cwd=unpacked, show=True)
        (ROOT/'dist').mkdir(exist_ok=True)
        for distribution in (sdist, wheel): shutil.copy(distribution, ROOT/'dist')

if __name__ == '__main__': main(*sys.argv[1:])
