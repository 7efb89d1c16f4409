"No committed file names the machine it was written on"
import re, subprocess, tempfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

from notebooks import ROOT

TEXT = {'.py', '.ipynb', '.md', '.ini', '.yml', '.toml', '.cfg', '.sh', '.json', '.txt', ''}
HOMES = re.compile(r'/home/(?!marie/|someone/)[a-z][\w.-]*/|/Users/[A-Za-z][\w.-]*/|[A-Za-z]:\\{1,2}Users\\(?!\\?Zoë)|/roo[t]/')  # but for people who are made up

MADE = ['.git', '.venv', '.pytest_cache', '.ipynb_checkpoints', '__pycache__', 'build', 'dist', 'submissions', '_docs', '_lite', '*.egg-info', '*.partial', '.tito', '.DS_Store']

def committed(*options):
    "Files in git, `options` as for `git ls-files`; in a download without git, all files but those that the jobs make"
    if (ROOT/'.git').exists():
        done = subprocess.run(['git', 'ls-files', '-z', *options], cwd=ROOT, capture_output=True, text=True, encoding='utf-8')
        if done.returncode == 0: return [ROOT/name for name in sorted({*done.stdout.split('\0')}) if name]
    return [p for p in sorted(ROOT.rglob('*')) if p.is_file() and not any(fnmatch(part, made) for part in p.relative_to(ROOT).parts for made in MADE)]

def test_no_file_names_this_machine():
    shared = {Path(tempfile.gettempdir()), Path('/')}  # folders that say nothing about a machine
    places = [f'{p}/' for p in (ROOT, ROOT.parent, Path.home()) if p not in shared]
    found = []
    for path in committed():
        if path.suffix not in TEXT or not path.exists(): continue
        text = path.read_text(encoding='utf-8')
        found += [f'{path.relative_to(ROOT)}: {place}' for place in [*(p for p in places if p in text), *HOMES.findall(text)]]
    assert not found

def test_no_file_is_large():
    large = [p.relative_to(ROOT).as_posix() for p in committed() if p.exists() and p.stat().st_size > 3_000_000]
    assert not large
