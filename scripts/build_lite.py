"""Build a JupyterLite site, in which a browser opens a workspace's pages and runs them by itself.

    python scripts/build_lite.py            into _lite/
    python scripts/build_lite.py FOLDER     into FOLDER, which is written whole or stays as it was

Building needs no network. The browser's Python and its NumPy come from a public server when a page starts its kernel;
the course's wheel comes from the site itself."""
import subprocess, sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT/'scripts')]
from build_site import replace
from tinytorch.course import install_line
from tinytorch.workspace import FIRST, init

INSTALL = "if sys.platform == 'emscripten':\n    %pip install -q tinytorch\n"  # from the site's own wheel; elsewhere it does nothing

def run(*command, cwd):
    "Run a Python program; if it fails, end with what it said"
    done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding='utf-8', errors='replace')
    if done.returncode: raise SystemExit(f'{" ".join(map(str, command))} failed\n{done.stdout}')

def write_pages(folder, temporary):
    "The pages of a fresh workspace. Its layer stays out: a page becomes a module of it by `tito check`, and a browser starts no program"
    folder.mkdir()
    for path in sorted(init(temporary/'workspace').folder.glob('*.ipynb')):
        notebook = nbformat.read(path, 4)
        [first] = [cell for cell in notebook.cells if cell.source == FIRST]
        first.source = INSTALL + FIRST
        notebook.metadata.language_info = {'name': 'python'}  # by which the one kernel there is found
        nbformat.write(notebook, folder/path.name)

def write_wheel(folder, temporary):
    "The course's wheel, of the files as they are; nothing is left behind among them"
    run('setup.py', '-q', 'egg_info', '-e', temporary, 'build', '-b', temporary/'build', 'bdist_wheel', '-d', folder, cwd=ROOT)

def build(target):
    "Write the site into the folder `target`"
    try: import jupyter_server, jupyterlite_core, jupyterlite_pyodide_kernel
    except ModuleNotFoundError as error: raise SystemExit(f"the site needs {error.name}: {install_line('lite')}") from error
    with TemporaryDirectory() as name:
        temporary = Path(name).resolve()
        source, made = temporary/'source', temporary/'made'
        source.mkdir()
        write_pages(source/'files', temporary)  # JupyterLite takes the contents from files/ and the wheels from pypi/
        write_wheel(source/'pypi', temporary)
        run('-m', 'jupyterlite_core', 'build', '--lite-dir', source, '--output-dir', made, '--apps', 'lab', '--no-sourcemaps', cwd=source)
        replace(made, target)

def main(*words):
    target = Path(words[0]) if words else ROOT/'_lite'
    build(target.resolve())
    print(f'{target}: python -m http.server -d {target}, then open http://localhost:8000 in a browser')

if __name__ == '__main__': main(*sys.argv[1:])
