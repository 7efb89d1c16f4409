"""Write the table of notebooks, with their launch links, into README.md

    python scripts/notebook_table.py

The order is the course's, titles and promises are the pages' own, owner and repository come from settings.ini."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tinytorch.course import find_pages, read_settings

START, END = '<!-- notebooks: scripts/notebook_table.py -->', '<!-- /notebooks -->'

def row(page):
    owner, repo, branch = (read_settings(ROOT)[name] for name in ('user', 'repo', 'branch'))
    path = page.path.relative_to(ROOT).as_posix()
    number = '' if page.number is None else f'{page.number:02}'
    binder = f'https://mybinder.org/v2/gh/{owner}/{repo}/{branch}?urlpath=lab/tree/{path}'
    colab = f'https://colab.research.google.com/github/{owner}/{repo}/blob/{branch}/{path}'
    return f'| {number} | [{page.title}]({path}) | {page.promise} | [Binder]({binder}) [Colab]({colab}) |'

def table():
    rows = map(row, find_pages(ROOT))
    return '\n'.join(['|  | page | what it gives you | open it |', '|---|---|---|---|', *rows])

if __name__ == '__main__':
    readme = ROOT/'README.md'
    before, _, rest = readme.read_text(encoding='utf-8').partition(START)
    _, found, after = rest.partition(END)
    if not found: raise SystemExit(f'README.md lacks the lines {START} and {END}')
    readme.write_text(f'{before}{START}\n{table()}\n{END}{after}', encoding='utf-8', newline='\n')
