"Lets `pytest --nbval nbs/` work as typed; without `--nbval` this file does nothing"
from pathlib import Path

SKIPPED = ('#| eval: false', '#| slow', '#| notest')  # as in scripts/execute_notebooks.py
NBVAL_TIMEOUT, TIMEOUT = 2000, 300                    # nbval's own default and ours, seconds a cell

def pytest_configure(config):
    option = config.option
    if not (getattr(option, 'nbval', False) or getattr(option, 'nbval_lax', False)): return
    if not option.nbval_kernel_name: option.nbval_current_env = True  # this environment's kernel, whatever the page names
    if option.nbval_cell_timeout == NBVAL_TIMEOUT: option.nbval_cell_timeout = TIMEOUT
    if not option.nbval_sanitize_with: option.nbval_sanitize_with = str(Path(__file__).parent/'scripts'/'nbval_sanitize.cfg')
    from nbval.kernel import RunningKernel
    def with_history(self, cell_input, allow_stdin=None):
        "As JupyterLab runs a cell: with history, so that a trailing `;` hides the value"
        return self.kc.execute(cell_input, allow_stdin=bool(allow_stdin), stop_on_error=False, store_history=True)
    RunningKernel.execute_cell_input = with_history

def pytest_itemcollected(item):
    if type(item).__name__ != 'IPyNbCell': return
    cell = item.cell
    if cell.cell_type == 'code' and cell.execution_count is None: cell.execution_count = 1  # `nbdev_clean` empties the counts nbval looks for
    if any(line.startswith(SKIPPED) for line in cell.source.splitlines()): item.options['skip'] = True
