"""Write what the documents take from the pages: the launch links in docs/launch.md, the floors in docs/DESIGN.md, and what tests
have tried: the tables of docs/from-pytorch.md

    python scripts/notebook_table.py

Pages, their order and their imports are the course's, owner and repository come from settings.ini; the words in the last column
of the floors are kept as they are."""
import importlib, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tinytorch.course import find_pages, imports, read_settings
from tinytorch.workspace import HOUSE

def path_of(page): return page.path.relative_to(ROOT).as_posix()

def number(page): return '' if page.number is None else f'{page.number:02}'

# launch links

def row(page):
    owner, repo, branch = (read_settings(ROOT)[name] for name in ('user', 'repo', 'branch'))
    path = path_of(page)
    binder = f'[Binder](https://mybinder.org/v2/gh/{owner}/{repo}/{branch}?urlpath=lab/tree/{page.path.name}) '
    if page.stem in HOUSE: binder = ''  # Binder opens a workspace, and these pages are not in one
    colab = f'https://colab.research.google.com/github/{owner}/{repo}/blob/{branch}/{path}'
    return f'| {number(page)} | [{page.title}](../{path}) | {page.promise} | {binder}[Colab]({colab}) |'

def table():
    return '\n'.join(['|  | page | what it gives you | open it |', '|---|---|---|---|', *map(row, find_pages(ROOT))])

# floors

def modules():
    "Name under `tinytorch` → the page that exports it, in reading order"
    return {page.module.removeprefix('tinytorch.'): page for page in find_pages(ROOT) if page.module}

def stands_on(page, known):
    "What the exported cells of `page` import of `known`, by page number where there is one"
    asked = {name for cell in page.exported for name, _ in imports(cell.tree)} - {page.module}
    return ' '.join(number(other) or f'`{name}`' for name, other in known.items() if f'tinytorch.{name}' in asked)

def described(document):
    "Module → what the floors in `document` say that it adds"
    return dict(re.findall(r'^\|[^|]*\| `([\w.]+)` \|[^|]*\| (.+) \|$', between_marks(document, 'floors')[1], re.M))

def floors(document):
    "The floors as a table; what a module adds is taken from the table in `document`, or else is its page's promise"
    said, known = described(document), modules()
    gone = sorted(said.keys() - known.keys())
    if gone: raise ValueError(f'docs/DESIGN.md describes {gone}, which no page exports; take the rows out')
    rows = [f'| [{number(page) or "–"}](../{path_of(page)}) | `{name}` | {stands_on(page, known) or "–"} | {said.get(name) or page.promise} |'
            for name, page in known.items()]
    return '\n'.join(['| page | module | stands on | what it adds |', '|---|---|---|---|', *rows])

# coming from PyTorch

def rows_of(name):
    "The rows `name` of tests/from_pytorch.py"
    sys.path.insert(0, str(ROOT/'tests'))
    return getattr(importlib.import_module('from_pytorch'), name)

def as_code(code):
    "`code` for a cell of a table, its lines one below the other"
    lines = [line.replace('|', '\\|') for line in code.split('\n') if line]
    return '<br>'.join('\u00a0'*(len(line) - len(line.lstrip())) + f'`{line.strip()}`' for line in lines)

def page_links():
    "Number → link"
    return {page.number: f'[{number(page)}](../{path_of(page)})' for page in find_pages(ROOT) if page.number is not None}

def places():
    rows = (f'| `{there}` | {", ".join(f"`{module}`" for module in here)} |' for there, here in rows_of('PLACES').items())
    return '\n'.join(['| PyTorch | modules of `tinytorch.core` |', '|---|---|', *rows])

def same():
    links, found = page_links(), {}
    for row in rows_of('SAME'): found.setdefault((row.page, row.about), []).append(as_code(row.theirs))
    rows = (f'| {links[n]} | {about} | {" · ".join(codes)} |' for (n, about), codes in found.items())
    return '\n'.join(['| page | for | what you may type as you are used to |', '|---|---|---|', *rows])

def changed(name):
    links = page_links()
    rows = (f'| {as_code(row.theirs)} | {as_code(row.ours)} | {row.note} | {links[row.page]} |' for row in sorted(rows_of(name), key=lambda row: row.page))
    return '\n'.join(['| PyTorch | write here | why | page |', '|---|---|---|---|', *rows])

PARTS = [  # file, mark in it, what stands there, made of the text that is there
    ('docs/launch.md', 'notebooks', lambda text: table()), ('docs/DESIGN.md', 'floors', lambda text: floors(text)), ('docs/from-pytorch.md', 'places', lambda text: places()),
    ('docs/from-pytorch.md', 'same', lambda text: same()), ('docs/from-pytorch.md', 'different', lambda text: changed('DIFFERENT')), ('docs/from-pytorch.md', 'absent', lambda text: changed('ABSENT'))]

# writing

def between_marks(text, name):
    "What stands before, between and after the marks of `name` in `text`"
    before, start, rest = re.split(rf'(<!-- {name}: .*? -->\n)', text, maxsplit=1)
    inside, end, after = rest.partition(f'\n<!-- /{name} -->')
    return before + start, inside, end + after

def main():
    for file, name, make in PARTS:
        path = ROOT/file
        text = path.read_text(encoding='utf-8')
        before, _, after = between_marks(text, name)
        path.write_text(before + make(text) + after, encoding='utf-8', newline='\n')

if __name__ == '__main__': main()
