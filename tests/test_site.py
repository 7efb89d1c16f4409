"The website's sidebar, its render list and the notebooks agree, and the filter makes pages that Quarto can read"
import json, subprocess, sys

import pytest, yaml

from notebooks import NBS, ROOT, pages, settings
from tinytorch.course import ORDER, Page

SITE = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))
FILES = [p.path.relative_to(ROOT).as_posix() for p in pages()]

def leaves(items):
    for item in items:
        if isinstance(item, str): yield item
        else: yield from leaves(item['contents'])

def test_sidebar_names_every_notebook_in_the_order_of_the_course():
    assert list(leaves(SITE['website']['sidebar']['contents'])) == FILES

def test_the_order_names_every_page_once_and_numbers_rise():
    assert len(set(ORDER)) == len(ORDER) and {page.stem for page in pages()} <= set(ORDER)
    assert len({page.stem for page in pages()}) == len(pages())
    numbers = [page.number for page in map(Page, ORDER) if page.number is not None]
    assert numbers == list(range(len(numbers)))

def test_render_list_covers_every_notebook():
    rendered = {p.relative_to(ROOT).as_posix() for pattern in SITE['project']['render'] for p in ROOT.glob(pattern)}
    assert rendered == set(FILES)

def test_site_runs_nothing_and_its_filters_exist():
    assert SITE['execute'] == {'enabled': False}
    assert SITE['ipynb-filters'] and all((ROOT/f).is_file() for f in SITE['ipynb-filters'])

def test_addresses_come_from_settings():
    site, git = SITE['website'], settings()
    assert (site['repo-url'], site['repo-branch'], site['title']) == (git['git_url'], git['branch'], git['title'])
    assert site['site-url'] == git['doc_host'] + git['doc_baseurl'] and site['description'] == git['description']
    assert SITE['project']['output-dir'] == git['doc_path']

def test_no_shadowing_quarto_file():
    assert not (NBS/'_quarto.yml').exists() and not (NBS/'nbdev.yml').exists(), 'nbdev wrote these over the top-level _quarto.yml; delete them'

@pytest.fixture(scope='module')
def filtered():
    def run(page):
        done = subprocess.run([sys.executable, ROOT/SITE['ipynb-filters'][0]], input=page.path.read_bytes(), cwd=NBS, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)
    return run

@pytest.mark.parametrize('page', pages(), ids=repr)
def test_filter_leaves_what_quarto_can_read(page, filtered):
    "Every `#|` line that stays is YAML with a key; code, prose and outputs stay as they are"
    cells = filtered(page)['cells']
    kept = [c for c in page.cells if not c.has('default_exp')]
    assert [c['id'] for c in cells] == [c.id for c in kept]
    for new, old in zip(cells, kept):
        source = ''.join(new['source'])
        options = [line[2:] for line in source.splitlines()[:len(old.directives)] if line.startswith('#|')]
        assert all(isinstance(yaml.safe_load(option), dict) for option in options)
        assert source.endswith(old.code) and len(new.get('outputs', [])) == len(old.outputs)
        assert not any(word in option for option in options for word in ('export', 'exercise', 'check', 'default_exp'))
