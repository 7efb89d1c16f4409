"""Prepare a notebook for the website: Quarto gives it as JSON on stdin and takes it back on stdout

Quarto reads every `#|` line as YAML, and nbdev's directives (`#| export`, `#| exercise close`) are not: they are taken out.
The cell that names the module and installs the package in Colab says nothing to a reader of the site, and goes.
"""
import json, re, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tinytorch.course import Cell

QUARTO_OPTION = re.compile(r'#\|\s*[\w-]+:\s')  # `#| fig-cap: "..."`; nbdev's have no colon
NBDEV_COLON = re.compile(r'#\|\s*(eval|exec_doc|export|exports|exporti|default_exp):\s*')

def is_directive(line):
    return line.startswith('#|') and (not QUARTO_OPTION.match(line) or NBDEV_COLON.match(line) is not None)

def without_directives(cell):
    lines = cell.source.splitlines(keepends=True)
    top, rest = lines[:len(cell.directives)], lines[len(cell.directives):]
    return ''.join([line for line in top if not is_directive(line)] + rest)

def prepare(notebook):
    cells = []
    for cell in notebook['cells']:
        read = Cell(cell)
        if read.has('default_exp'): continue
        if read.kind == 'code': cell['source'] = without_directives(read)
        cells.append(cell)
    return {**notebook, 'cells': cells}

if __name__ == '__main__':
    sys.stdin.reconfigure(encoding='utf-8')
    sys.stdout.reconfigure(encoding='utf-8')
    json.dump(prepare(json.load(sys.stdin)), sys.stdout, ensure_ascii=False)
