"""Run notebooks in place and store their outputs, so that a second run without changes gives no diff

    python scripts/execute_notebooks.py nbs/01_tensor.ipynb ...   (no names: all of them)
"""
import os, sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tinytorch.course import Cell, find_pages

class Runner(NotebookClient):
    "Runs what `pytest --nbval` runs: cells marked `eval: false`, `slow` or `notest` are left as they are"
    async def async_execute_cell(self, cell, cell_index, **kwargs):
        if Cell(cell).skipped: return cell
        return await super().async_execute_cell(cell, cell_index, **kwargs)

def tidy(nb):
    "Drop what differs from run to run: timings, transient ids; number the cells 1..n; join stream pieces"
    nb.metadata = {'kernelspec': {'display_name': 'python3', 'language': 'python', 'name': 'python3'}}
    count = 0
    for cell in nb.cells:
        cell.metadata.pop('execution', None)
        if cell.cell_type != 'code': continue
        count += 1
        cell.execution_count = count
        joined = []
        for out in cell.outputs:
            out.pop('transient', None)
            if out.output_type == 'execute_result': out.execution_count = count
            if joined and out.output_type == 'stream' == joined[-1].output_type and out.name == joined[-1].name: joined[-1].text += out.text
            else: joined.append(out)
        cell.outputs = joined

def execute(path):
    nb = nbformat.read(path, as_version=4)
    Runner(nb, timeout=300, kernel_name='python3', resources={'metadata': {'path': str(path.parent)}}).execute()
    tidy(nb)
    partial = path.with_suffix('.partial')
    nbformat.write(nb, partial)
    os.replace(partial, path)

def main(names):
    for path in [Path(n).resolve() for n in names] or [page.path for page in find_pages(ROOT)]:
        print(f'running {path.relative_to(ROOT)}', flush=True)
        execute(path)

if __name__ == '__main__': main(sys.argv[1:])
