"""Prepare a notebook for the website: Quarto gives it as JSON on stdin and takes it back on stdout

Quarto reads every `#|` line as YAML, and nbdev's directives (`#| export`, `#| exercise close`) are not: they are taken out.
The cell that names the module and installs the package in Colab says nothing to a reader of the site, and goes.
"""
import json, re, sys

QUARTO_OPTION = re.compile(r'#\|\s*[\w-]+:\s')  # `#| fig-cap: "..."`; nbdev's have no colon
NBDEV_COLON = re.compile(r'#\|\s*(eval|exec_doc|export|exports|exporti|default_exp):\s*')

def is_directive(line):
    return line.startswith('#|') and (not QUARTO_OPTION.match(line) or NBDEV_COLON.match(line) is not None)

def without_directives(source):
    lines = source.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if not line.startswith('#|')), len(lines))  # directives count only at the top of a cell
    return ''.join([line for line in lines[:end] if not is_directive(line)] + lines[end:])

def prepare(notebook):
    cells = []
    for cell in notebook['cells']:
        source = ''.join(cell['source'])
        if cell['cell_type'] == 'code':
            if source.startswith('#| default_exp'): continue
            cell['source'] = without_directives(source)
        cells.append(cell)
    return {**notebook, 'cells': cells}

if __name__ == '__main__':
    sys.stdin.reconfigure(encoding='utf-8')
    sys.stdout.reconfigure(encoding='utf-8')
    json.dump(prepare(json.load(sys.stdin)), sys.stdout, ensure_ascii=False)
