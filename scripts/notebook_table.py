"""Write what the documents take from the pages: the launch links in docs/launch.md, the floors in docs/DESIGN.md

    python scripts/notebook_table.py

The order is the sidebar's in _quarto.yml, titles and promises are the pages' own, owner and repository come from settings.ini.
What a module stands on is read from the exported modules; the words in the last column of the floors are kept as they are."""
import ast, json, re
from configparser import ConfigParser
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
END = '<!-- /{} -->'

def sidebar():
    "The pages of the website in reading order, as paths from the top"
    def leaves(items):
        for item in items:
            if isinstance(item, str): yield item
            else: yield from leaves(item['contents'])
    site = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))
    return list(leaves(site['website']['sidebar']['contents']))

def number(path):
    "'05' for nbs/05_autograd.ipynb, '' for a page without a number"
    start = Path(path).stem.partition('_')[0]
    return start if start.isdigit() else ''

# launch links

def heading(path):
    "Title and promise of a page"
    first = ''.join(json.loads((ROOT/path).read_text(encoding='utf-8'))['cells'][0]['source']).splitlines()
    return first[0].removeprefix('# '), first[1].removeprefix('> ')

def row(path):
    config = ConfigParser(delimiters=['='])
    config.read(ROOT/'settings.ini', encoding='utf-8')
    owner, repo, branch = (config['DEFAULT'][k] for k in ('user', 'repo', 'branch'))
    title, promise = heading(path)
    binder = f'https://mybinder.org/v2/gh/{owner}/{repo}/{branch}?urlpath=lab/tree/{path}'
    colab = f'https://colab.research.google.com/github/{owner}/{repo}/blob/{branch}/{path}'
    return f'| {number(path)} | [{title}](../{path}) | {promise} | [Binder]({binder}) [Colab]({colab}) |'

def table():
    rows = [row(path) for path in sidebar() if (ROOT/path).exists()]
    return '\n'.join(['|  | page | what it gives you | open it |', '|---|---|---|---|', *rows])

# floors

def modules():
    "Name under `tinytorch` → the page that exports it, in reading order"
    found = {}
    for path in (ROOT/'tinytorch').rglob('*.py'):
        page = re.search(r'File to edit: [./]*(nbs/\S+\.ipynb)', path.read_text(encoding='utf-8'))
        if page: found['.'.join(path.relative_to(ROOT/'tinytorch').with_suffix('').parts)] = page[1]
    order = sidebar()
    return dict(sorted(found.items(), key=lambda item: order.index(item[1])))

def imported(module):
    "The full names that `module` imports, inside functions too"
    package = f'tinytorch.{module}'.split('.')[:-1]
    tree = ast.parse((ROOT/'tinytorch'/Path(*module.split('.')).with_suffix('.py')).read_text(encoding='utf-8'))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import): yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[:len(package) + 1 - node.level] if node.level else []
            source = '.'.join([*above, *filter(None, [node.module])])
            yield source
            yield from (f'{source}.{alias.name}' for alias in node.names)  # from tinytorch import datasets

def stands_on(module, known):
    "What `module` imports of `known`, by page number where there is one"
    asked = set(imported(module)) - {f'tinytorch.{module}'}
    return ' '.join(number(page) or f'`{name}`' for name, page in known.items() if f'tinytorch.{name}' in asked)

def described(document):
    "Module → what the floors in `document` say that it adds"
    return dict(re.findall(r'^\|[^|]*\| `([\w.]+)` \|[^|]*\| (.+) \|$', between_marks(document, 'floors')[1], re.M))

def floors(document):
    "The floors as a table; what a module adds is taken from the table in `document`, or else is its page's promise"
    said, known = described(document), modules()
    gone = sorted(said.keys() - known.keys())
    if gone: raise ValueError(f'docs/DESIGN.md describes {gone}, which no page exports; take the rows out')
    rows = [f'| [{number(page) or "–"}](../{page}) | `{name}` | {stands_on(name, known) or "–"} | {said.get(name) or heading(page)[1]} |'
            for name, page in known.items()]
    return '\n'.join(['| page | module | stands on | what it adds |', '|---|---|---|---|', *rows])

# writing

def between_marks(text, name):
    "What stands before, between and after the marks of `name` in `text`"
    before, start, rest = re.split(rf'(<!-- {name}: .*? -->\n)', text, maxsplit=1)
    inside, end, after = rest.partition(f'\n{END.format(name)}')
    return before + start, inside, end + after

def main():
    for file, name, make in (('docs/launch.md', 'notebooks', lambda text: table()), ('docs/DESIGN.md', 'floors', floors)):
        path = ROOT/file
        text = path.read_text(encoding='utf-8')
        before, _, after = between_marks(text, name)
        path.write_text(before + make(text) + after, encoding='utf-8', newline='\n')

if __name__ == '__main__': main()
