"A workspace opened in JupyterLab as a learner does: an exercise written wrongly, its check seen red, mended, seen green"
import json, os, re, subprocess, sys, time
from urllib.request import urlopen

import pytest

from tinytorch.workspace import init

PLACES = 'JUPYTER_RUNTIME_DIR', 'JUPYTER_CONFIG_DIR', 'JUPYTERLAB_SETTINGS_DIR', 'JUPYTERLAB_WORKSPACES_DIR', 'IPYTHONDIR', 'HOME'

@pytest.fixture
def lab(tmp_path):
    "The address of a JupyterLab that was started in a fresh workspace, and the workspace"
    workspace = init(tmp_path/"Zoë's work")
    env = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'} | {name: str(tmp_path/name) for name in PLACES}
    options = '--no-browser', '--allow-root', '--expose-app-in-browser', '--port=0', '--IdentityProvider.token=', '--LabApp.news_url=', '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate'
    server = subprocess.Popen([sys.executable, '-m', 'jupyterlab', *options], cwd=workspace.folder, env=env, stdout=subprocess.DEVNULL, stderr=(tmp_path/'said').open('w'))
    try: yield address(server, tmp_path), workspace
    finally:
        server.terminate()
        server.wait(20)

def address(server, folder):
    "Where the server listens, when it answers"
    for _ in range(300):
        assert server.poll() is None, (folder/'said').read_text()
        for file in (folder/'JUPYTER_RUNTIME_DIR').glob('jpserver-*.json'):
            url = json.loads(file.read_text())['url']
            with urlopen(f'{url}api/status'): return url
        time.sleep(.1)
    raise AssertionError((folder/'said').read_text())

NOTEBOOK = 'window.jupyterapp.shell.currentWidget.content'

class Notebook:
    "The open notebook: what its user does with the keyboard"
    def __init__(self, page): self.page = page
    def go_to(self, words):
        "Make the first cell that holds `words` the active one"
        index = self.page.evaluate(f'words => {NOTEBOOK}.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(words))', words)
        assert index >= 0, words
        self.page.evaluate(f'index => {{ {NOTEBOOK}.deselectAll(); {NOTEBOOK}.activeCellIndex = index; {NOTEBOOK}.scrollToItem(index) }}', index)
        self.page.evaluate(f"() => {{ {NOTEBOOK}.mode = 'command'; {NOTEBOOK}.activate() }}")
    def write(self, text):
        "Type over the active cell and run it"
        self.page.keyboard.press('Enter')
        self.page.keyboard.press('Control+A')
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press('Control+S')
        self.page.keyboard.press('Control+Enter')
        self.wait()
    def run_above(self):
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-above')")
        self.wait()
    def wait(self):
        self.page.wait_for_timeout(300)
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus === 'idle'", timeout=60_000)
    @property
    def source(self): return self.page.evaluate(f'{NOTEBOOK}.activeCell.model.sharedModel.getSource()')
    @property
    def output(self): return self.page.evaluate(f"{NOTEBOOK}.activeCell.outputArea.node.innerText")

def test_red_then_green(lab, chromium, tmp_path):
    url, workspace = lab
    context = chromium.new_context(viewport={'width': 1280, 'height': 900})
    page = context.new_page()
    page.goto(f'{url}lab/tree/05_autograd.ipynb?reset')
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.kernelDisplayStatus === 'idle'", timeout=60_000)
    book = Notebook(page)
    book.go_to('#| exercise mul_vjp')
    blank = book.source
    assert 'not written yet' in blank
    book.run_above()
    book.go_to('#| exercise mul_vjp')
    book.write(re.sub(r'raise NotImplementedError.*', 'return lambda: g*x, lambda: g*y', blank))
    page.keyboard.press('Escape')
    page.keyboard.press('b')
    book.write("check('mul_vjp')")
    page.screenshot(path=tmp_path/'red.png')
    red = book.output
    assert 'mul_vjp' in red and 'wrong' in red and 'its own value' in red
    book.go_to('#| exercise mul_vjp')
    book.write(re.sub(r'raise NotImplementedError.*', 'return lambda: y*g, lambda: x*g', blank))
    book.go_to("check('mul_vjp')")
    book.write("check('mul_vjp')")
    page.screenshot(path=tmp_path/'green.png')
    green = book.output
    assert 'mul_vjp' in green and 'passed' in green and 'wrong' not in green
    assert workspace.folder.joinpath('05_autograd.ipynb').read_text(encoding='utf-8').count('y*g, lambda: x*g') == 1
    context.close()
