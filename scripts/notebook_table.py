"""Write the table of notebooks, with their launch links, into README.md

    python scripts/notebook_table.py

The order is the sidebar's in _quarto.yml, titles and promises are the pages' own, owner and repository come from settings.ini."""
import json
from configparser import ConfigParser
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
START, END = '<!-- notebooks: scripts/notebook_table.py -->', '<!-- /notebooks -->'

def sidebar():
    "The pages of the website in reading order, as paths from the top"
    def leaves(items):
        for item in items:
            if isinstance(item, str): yield item
            else: yield from leaves(item['contents'])
    site = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))
    return list(leaves(site['website']['sidebar']['contents']))

def row(path):
    config = ConfigParser(delimiters=['='])
    config.read(ROOT/'settings.ini', encoding='utf-8')
    owner, repo, branch = (config['DEFAULT'][k] for k in ('user', 'repo', 'branch'))
    first = ''.join(json.loads((ROOT/path).read_text(encoding='utf-8'))['cells'][0]['source']).splitlines()
    title, promise = first[0].removeprefix('# '), first[1].removeprefix('> ')
    number = Path(path).stem.partition('_')[0]
    binder = f'https://mybinder.org/v2/gh/{owner}/{repo}/{branch}?urlpath=lab/tree/{path}'
    colab = f'https://colab.research.google.com/github/{owner}/{repo}/blob/{branch}/{path}'
    return f'| {number if number.isdigit() else ""} | [{title}]({path}) | {promise} | [Binder]({binder}) [Colab]({colab}) |'

def table():
    rows = [row(path) for path in sidebar() if (ROOT/path).exists()]
    return '\n'.join(['|  | page | what it gives you | open it |', '|---|---|---|---|', *rows])

if __name__ == '__main__':
    readme = ROOT/'README.md'
    before, _, rest = readme.read_text(encoding='utf-8').partition(START)
    _, found, after = rest.partition(END)
    if not found: raise SystemExit(f'README.md lacks the lines {START} and {END}')
    readme.write_text(f'{before}{START}\n{table()}\n{END}{after}', encoding='utf-8', newline='\n')
