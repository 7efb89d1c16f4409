"The package is what the notebooks export, file for file, and the notebooks are as `nbdev_clean` leaves them"
import os, shutil, subprocess, sys
from collections import Counter

import pytest

from notebooks import NBS, ROOT, pages

def run(command, folder):
    "Run one nbdev command as its console script would"
    code = f'from nbdev.{command[0]} import {command[1]} as run; run()'
    env = {k: v for k, v in os.environ.items() if k != 'IN_TEST'}  # nbdev does nothing where it is set
    done = subprocess.run([sys.executable, '-c', code], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

def texts(folder, pattern):
    return {p.relative_to(folder).as_posix(): p.read_text(encoding='utf-8') for p in folder.rglob(pattern)
            if not any(part.startswith('.') for part in p.relative_to(folder).parts)}

@pytest.fixture(scope='module')
def fresh(tmp_path_factory):
    "A copy of the notebooks alone, exported and cleaned"
    copy = tmp_path_factory.mktemp('fresh')
    shutil.copy(ROOT/'settings.ini', copy)
    shutil.copytree(NBS, copy/'nbs', ignore=shutil.ignore_patterns('.ipynb_checkpoints'))
    run(('doclinks', 'nbdev_export'), copy)
    run(('clean', 'nbdev_clean'), copy)
    return copy

def test_export_equals_package(fresh):
    exported, package = texts(fresh/'tinytorch', '*.py'), texts(ROOT/'tinytorch', '*.py')
    stale, missing = sorted(package.keys() - exported.keys()), sorted(exported.keys() - package.keys())
    assert not stale, f'no notebook exports {stale}; delete them'
    assert not missing, f'not exported yet: {missing}; run nbdev_export'
    changed = [name for name in exported if exported[name] != package[name]]
    assert not changed, f'not what the notebooks say: {changed}; change the notebook, then run nbdev_export'

def test_export_makes_no_other_file(fresh):
    assert sorted(p.name for p in fresh.iterdir()) == ['nbs', 'settings.ini', 'tinytorch']

def test_notebooks_are_clean(fresh):
    cleaned, stored = texts(fresh/'nbs', '*.ipynb'), texts(NBS, '*.ipynb')
    changed = [name for name in stored if cleaned[name] != stored[name]]
    assert not changed, f'not as nbdev_clean leaves them: {changed}; run nbdev_clean'

def test_one_notebook_per_module():
    counts = Counter(p.module for p in pages() if p.module)
    assert counts and max(counts.values()) == 1, f'several notebooks name the same default_exp: {counts.most_common(3)}'
