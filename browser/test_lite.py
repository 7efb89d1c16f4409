"The JupyterLite site that `make lite` builds without a network, opened from a server of its own with all else refused, up to where a kernel would start"
import json, os, re, subprocess, sys, threading, zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import nbformat, pytest

from notebooks import ROOT
from tinytorch.workspace import learner_pages

NO_NETWORK = '''
import socket
def refuse(self, address): raise OSError(f'this test has no network: {address}')
socket.socket.connect = socket.socket.connect_ex = refuse
'''

@pytest.fixture(scope='session')
def lite(tmp_path_factory):
    "The site, built by Pythons that may connect to nothing"
    folder = tmp_path_factory.mktemp('lite')
    (folder/'sitecustomize.py').write_text(NO_NETWORK)
    done = subprocess.run([sys.executable, ROOT/'scripts'/'build_lite.py', folder/'site'], env={**os.environ, 'PYTHONPATH': str(folder)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder/'site'

class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words): pass

@pytest.fixture
def visit(lite, chromium):
    "visit(path) → the page at a path of the site; page.asked holds what it wanted of others"
    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=lite))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f'http://127.0.0.1:{server.server_port}/'
    context = chromium.new_context(viewport={'width': 1280, 'height': 1400}, service_workers='block')  # whose requests would not be seen
    def open_path(path):
        page = context.new_page()
        page.asked = []
        def refuse(route):
            page.asked.append(route.request.url)
            route.abort()
        context.route(lambda url: not url.startswith((home, 'data:', 'blob:')), refuse)
        page.goto(home + path)
        return page
    yield open_path
    context.close()
    server.shutdown()
    server.server_close()

def test_every_page_is_there_with_its_blanks(lite):
    made = {path.stem: nbformat.read(path, 4) for path in (lite/'files').glob('*.ipynb')}
    listed = json.loads((lite/'api/contents/all.json').read_text(encoding='utf-8'))['content']
    assert set(made) == {page.stem for page in learner_pages()} == {item['name'].removesuffix('.ipynb') for item in listed}
    assert any('not written yet: mul_vjp' in cell.source for cell in made['05_autograd'].cells)

def test_every_page_installs_the_course_before_it_imports_it(lite):
    for path in (lite/'files').glob('*.ipynb'):
        code = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == 'code']
        [first] = [i for i, source in enumerate(code) if "if sys.platform == 'emscripten':\n    %pip install -q tinytorch\n" in source]
        assert code[first].index('%pip') < code[first].index('from tinytorch'), path.name
        above = '\n'.join(code[:first])
        assert 'import sys' in above and not re.search(r'^(from|import) tinytorch', above, re.M), path.name

def test_the_wheel_is_the_course_as_it_is_here_and_the_kernel_is_told_of_it(lite):
    [wheel] = (lite/'pypi').glob('*.whl')
    with zipfile.ZipFile(wheel) as z:
        for name in ('core/autograd.py', 'checking.py'): assert z.read(f'tinytorch/{name}') == (ROOT/'tinytorch'/name).read_bytes()
        assert {'tinytorch/pages/05_autograd.ipynb', 'tinytorch/pages/hints/05_autograd.md'} <= set(z.namelist())
    [release] = json.loads((lite/'pypi/all.json').read_text())['tinytorch']['releases'].values()
    assert release[0]['filename'] == wheel.name
    settings = json.loads((lite/'jupyter-lite.json').read_text())['jupyter-config-data']['litePluginSettings']
    assert any(url.startswith('./pypi/all.json') for url in settings['@jupyterlite/pyodide-kernel-extension:kernel']['pipliteUrls'])

def test_the_front_page_lists_the_pages_and_asks_nobody_else(visit):
    page = visit('')
    page.wait_for_selector('.jp-DirListing-item:has-text("05_autograd.ipynb")', timeout=60_000)
    assert page.asked == []

def test_an_opened_page_asks_for_its_python_and_for_nothing_else(visit):
    "What runs on it cannot be tried without a network"
    page = visit('lab/index.html?path=05_autograd.ipynb')
    page.wait_for_selector('.jp-Notebook:has-text("One rule per operation")', timeout=60_000)
    for _ in range(600):
        if page.asked: break
        page.wait_for_timeout(100)
    assert page.asked and all(re.match('https://[^/]+/pyodide/[^/]+/full/', url) for url in page.asked), page.asked
    assert page.locator('.jp-Dialog').count() == 0  # nobody has to choose a kernel
