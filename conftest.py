"Lets `pytest --nbval nbs/` work as typed; without `--nbval` this file does nothing"
from pathlib import Path

SKIPPED = ('#| eval: false', '#| slow', '#| notest')

def pytest_configure(config):
    if not getattr(config.option, 'nbval', False): return
    config.option.nbval_current_env = True                                  # this environment's kernel, whatever the page names
    config.option.nbval_cell_timeout = 300                                  # seconds
    if not config.option.nbval_sanitize_with:
        config.option.nbval_sanitize_with = str(Path(__file__).with_name('scripts')/'nbval_sanitize.cfg')
    from nbval.kernel import RunningKernel
    execute = RunningKernel.execute_cell_input
    def with_history(self, cell_input, allow_stdin=None):
        "As JupyterLab runs a cell: with history, so that a trailing `;` hides the value"
        return self.kc.execute(cell_input, allow_stdin=bool(allow_stdin), stop_on_error=False, store_history=True)
    RunningKernel.execute_cell_input = with_history

def pytest_itemcollected(item):
    if type(item).__name__ != 'IPyNbCell': return
    cell = item.cell
    if cell.cell_type == 'code' and cell.execution_count is None: cell.execution_count = 1  # `nbdev_clean` empties the counts nbval looks for
    directives = [line.strip() for line in cell.source.splitlines() if line.startswith('#|')]
    if any(d.startswith(SKIPPED) for d in directives): item.options['skip'] = True
