"Lets `pytest --nbval nbs/` work as typed; without `--nbval` this file does nothing"
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tinytorch.course import Cell

NBVAL_TIMEOUT, TIMEOUT = 2000, 300                    # nbval's own default and ours, seconds a cell

class Ahead:
    "Makes kernels; while a page runs, another thread starts the one for the next page in its folder"
    def __init__(self, make):
        self.make, self.thread, self.pages, self.waiting = make, ThreadPoolExecutor(1), Counter(), {}

    def __call__(self, name, cwd, **settings):
        kernel = self.waiting.pop(cwd).result() if cwd in self.waiting else self.make(name, cwd, **settings)
        self.pages[cwd] -= 1
        if self.pages[cwd] > 0: self.waiting[cwd] = self.thread.submit(self.make, name, cwd, **settings)
        return kernel

    def stop(self):
        for kernel in self.waiting.values(): kernel.result().stop()

def pytest_configure(config):
    option = config.option
    if not (getattr(option, 'nbval', False) or getattr(option, 'nbval_lax', False)): return
    if not option.nbval_kernel_name: option.nbval_current_env = True  # this environment's kernel, whatever the page names
    if option.nbval_cell_timeout == NBVAL_TIMEOUT: option.nbval_cell_timeout = TIMEOUT
    if getattr(option, 'dist', 'no') in ('load', 'worksteal', 'loadgroup'): option.dist = 'loadfile'  # pytest -n: a page's cells stay together
    if not option.nbval_sanitize_with: option.nbval_sanitize_with = str(Path(__file__).parent/'scripts'/'nbval_sanitize.cfg')
    from nbval.kernel import RunningKernel
    def with_history(self, cell_input, allow_stdin=None):
        "As JupyterLab runs a cell: with history, so that a trailing `;` hides the value"
        return self.kc.execute(cell_input, allow_stdin=bool(allow_stdin), stop_on_error=False, store_history=True)
    RunningKernel.execute_cell_input = with_history
    import nbval.plugin
    nbval.plugin.RunningKernel = config.kernels = Ahead(RunningKernel)

def pytest_collection_finish(session):
    kernels = getattr(session.config, 'kernels', None)
    if kernels: kernels.pages.update(str(path.parent) for path in {item.path for item in session.items if type(item).__name__ == 'IPyNbCell'})

def pytest_unconfigure(config):
    if hasattr(config, 'kernels'): config.kernels.stop()

def pytest_itemcollected(item):
    if type(item).__name__ != 'IPyNbCell': return
    cell = item.cell
    if cell.cell_type == 'code' and cell.execution_count is None: cell.execution_count = 1  # `nbdev_clean` empties the counts nbval looks for
    if Cell(cell).skipped: item.options['skip'] = True
