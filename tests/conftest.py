"""While the tests run, another processor breaks the exercises of the pages; test_exercises.py comes last and reads the reports

Both use one BLAS thread: on two processors, two programs of two threads each wait for one another most of the time."""
import json, os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import pytest

os.environ.setdefault('OMP_NUM_THREADS', '1')  # before anything imports NumPy
PROGRAM = Path(__file__).with_name('break_exercises.py')

def break_page(path):
    "The report of break_exercises.py on the notebook at `path`"
    done = subprocess.run([sys.executable, PROGRAM, path], env={**os.environ, 'MPLBACKEND': 'Agg'}, capture_output=True, text=True, encoding='utf-8')
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

class Reports:
    "A report for each of `paths`, made in order by a thread, or by whoever asks for one that is not begun"
    def __init__(self, paths):
        self.pool = ThreadPoolExecutor(1)
        self.coming = {path: self.pool.submit(break_page, path) for path in paths}
        self.of = lru_cache(None)(self.of)

    def of(self, path):
        future = self.coming[path]
        return break_page(path) if future.cancel() else future.result()

def asks(item): return 'breaks' in getattr(item, 'fixturenames', ())

def pytest_collection_modifyitems(items): items.sort(key=asks)  # the others first, and otherwise as they were

def pytest_collection_finish(session):
    if session.config.option.collectonly: return
    session.config.reports = Reports(dict.fromkeys(item.callspec.params['page'].path for item in session.items if asks(item)))

def pytest_sessionfinish(session):
    if hasattr(session.config, 'reports'): session.config.reports.pool.shutdown(cancel_futures=True)

@pytest.fixture
def breaks(request, page): return request.config.reports.of(page.path)
