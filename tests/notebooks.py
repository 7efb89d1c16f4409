"The pages as the tests read them: cells, directives, exercises, imports, floors"
import ast, re
from configparser import ConfigParser
from functools import lru_cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT/'nbs'

@lru_cache(None)
def settings():
    config = ConfigParser(delimiters=['='])
    config.read(ROOT/'settings.ini', encoding='utf-8')
    return config['DEFAULT']

class Cell:
    "A cell, its directives (the `#|` lines at its top) and what stands under them"
    def __init__(self, cell):
        self.cell, self.kind, self.id, self.source = cell, cell.cell_type, cell.get('id'), cell.source
        lines = self.source.splitlines()
        top = next((i for i, line in enumerate(lines) if not line.startswith('#|')), len(lines)) if self.kind == 'code' else 0
        self.directives = [line[2:].split() for line in lines[:top]]
        self.code = '\n'.join(lines[top:])
        self.outputs = cell.get('outputs', [])

    def named(self, directive):
        "What follows `directive` in this cell, one entry for each line that has it"
        return [' '.join(words[1:]) for words in self.directives if words and words[0].rstrip(':') == directive]

    def has(self, *directives): return any(self.named(d) for d in directives)

    @property
    def exported(self): return self.has('export', 'exporti', 'exports')

    @property
    def skipped(self): return 'false' in self.named('eval') or self.has('slow', 'notest')

    @property
    def lines(self): return sum(bool(line.strip()) for line in self.code.splitlines())

    @property
    def tree(self):
        "The syntax tree; lines that only IPython knows are left out"
        return ast.parse('\n'.join(re.sub(r'[%!].*', 'pass', line) if re.match(r'\s*[%!]', line) else line for line in self.code.splitlines()))

    @property
    def only_imports(self):
        body = self.tree.body
        return bool(body) and all(isinstance(s, (ast.Import, ast.ImportFrom)) for s in body)

class Page:
    def __init__(self, path):
        self.path = Path(path)
        self.name = self.path.stem
        self.nb = nbformat.read(self.path, as_version=4)
        self.cells = [Cell(c) for c in self.nb.cells]
        self.code = [c for c in self.cells if c.kind == 'code']
        self.prose = [c for c in self.cells if c.kind == 'markdown']

    def __repr__(self): return self.name

    @property
    def number(self):
        found = re.match(r'(\d+)_', self.name)
        return int(found[1]) if found else None

    @property
    def title(self): return self.cells[0].source.splitlines()[0].removeprefix('# ')

    @property
    def promise(self): return next((line[2:] for line in self.cells[0].source.splitlines() if line.startswith('> ')), None)

    @property
    def module(self):
        "The module this page exports, `tinytorch.core.tensor`, or None"
        found = [name for c in self.code for name in c.named('default_exp')]
        return f'tinytorch.{found[0]}' if found else None

    @property
    def exported(self): return [c for c in self.code if c.exported]

    @property
    def exercises(self): return [(name, c) for c in self.code for name in c.named('exercise')]

    @property
    def checks(self): return [(name, c) for c in self.code for name in c.named('check')]

def page_paths():
    "Every notebook under nbs/"
    return sorted(p for p in NBS.rglob('*.ipynb') if not any(part.startswith(('.', '_')) for part in p.relative_to(NBS).parts))

@lru_cache(None)
def pages(): return [Page(p) for p in page_paths()]

def modules():
    "Module name → page"
    return {p.module: p for p in pages() if p.module}

def floor(page):
    "The page's number; of those without one, `files` stands on 00, `datasets` and `milestones` on that, `submission` below 19, which takes the rule of the verdict from it, a milestone on the course and on those of earlier years, the others on everything"
    if page.name == 'files': return .3
    if page.name in ('datasets', 'milestones'): return .5
    if page.name == 'submission': return 18.5
    if page.path.parent.name == 'milestones': return 900 + int(page.title[:4])/10_000  # '1986: …'
    return 1000 if page.number is None else page.number

def imports(tree):
    "(module, is it at the top of the module?) for each import, also those inside functions"
    inside = {node for function in ast.walk(tree) if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
              for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names: yield alias.name, node not in inside
        elif isinstance(node, ast.ImportFrom):
            yield node.module or '', node not in inside
            for alias in node.names: yield f'{node.module}.{alias.name}', node not in inside  # `from tinytorch import datasets`
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ('import_module', 'importlib.import_module', '__import__'):
            if node.args and isinstance(node.args[0], ast.Constant): yield node.args[0].value, node not in inside
