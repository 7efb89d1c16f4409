"The website that `make site` builds, opened from a folder without a network: every page, on a phone and on a desk, light and dark"
import re, subprocess, sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest

from notebooks import ROOT, pages

FILES = [page.path.relative_to(ROOT).with_suffix('.html').as_posix() for page in pages()]
LINKS = "elements => elements.map(e => e.href || e.src).filter(address => address && !address.startsWith('data:'))"

@pytest.fixture(scope='session')
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp('site')/'site'
    done = subprocess.run([sys.executable, ROOT/'scripts'/'build_site.py', target], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target

def quiet(page):
    assert page.said == [], page.said
    assert page.asked == [], page.asked

def test_every_page_is_there(site):
    made = {path.relative_to(site).as_posix() for path in (site/'nbs').rglob('*.html')}
    assert made == set(FILES) and (site/'index.html').exists()

@pytest.fixture(scope='session')
def ids(site):
    "File of the site → the ids in it, to which a link may lead"
    return {path.relative_to(site).as_posix(): set(re.findall(r'\bid="([^"]*)"', path.read_text(encoding='utf-8'))) for path in site.rglob('*.html')}

def broken(address, site, ids):
    "What is wrong with a link to a file of the site, or ''"
    address, anchor = urldefrag(address)
    path = Path(unquote(urlparse(address).path))
    if not path.is_relative_to(site): return f'{address} leads out of the site'
    if not path.exists(): return f'{address} is not there'
    name = path.relative_to(site).as_posix()
    return f'{name} has no #{anchor}' if anchor and name in ids and unquote(anchor) not in ids[name] else ''

@pytest.mark.parametrize('file', ['index.html', *FILES])
def test_page_is_whole_on_a_phone(site, ids, show, file):
    "No message of the console, nothing asked of the network, no link of the site broken, nothing wider than 360 px"
    page = show(site/file, viewport={'width': 360, 'height': 740})
    own = [link for link in page.eval_on_selector_all('a[href], img[src], link[href], script[src]', LINKS) if link.startswith('file:')]
    assert len(own) > 10
    assert [said for said in (broken(link, site, ids) for link in own) if said] == []
    assert page.evaluate('document.documentElement.scrollWidth') <= 360
    assert page.eval_on_selector_all('img', 'images => images.every(image => image.complete && image.naturalWidth > 0)')
    quiet(page)

def test_titles_are_found(site, show):
    page = show(site/'search.html')
    for page_of_course in pages():
        page.goto(urljoin((site/'search.html').as_uri(), f'?q={page_of_course.title}'))
        page.wait_for_selector('#search-results li a')
        found = page.eval_on_selector_all('#search-results li a', 'links => links.map(link => link.textContent)')
        found = [text.replace('’', "'") for text in found]  # as a typesetter has it
        assert any(page_of_course.title in text for text in found), (page_of_course.title, found[:5])
    quiet(page)

@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_light_and_dark(site, show, scheme):
    page = show(site/'nbs/05_autograd.html', color_scheme=scheme)
    red, green, blue = map(int, re.findall(r'\d+', page.evaluate('getComputedStyle(document.body).backgroundColor'))[:3])
    assert (red + green + blue > 600) == (scheme == 'light')
    quiet(page)

def test_formulas_are_set_without_a_script(site, show):
    page = show(site/'nbs/04_losses.html')
    boxes = page.eval_on_selector_all('math', 'formulas => formulas.map(f => f.getBoundingClientRect().width)')
    assert len(boxes) > 5 and all(width > 0 for width in boxes)
    assert '\\frac' not in page.inner_text('article')

def test_nbdev_directives_are_not_shown(site):
    begins = re.compile(r'highlight-python notranslate"><div class="highlight"><pre><span></span>(?:<[^>]+>)*#\|')
    assert [file for file in FILES if begins.search((site/file).read_text(encoding='utf-8'))] == []
    assert begins.search('<div class="highlight-python notranslate"><div class="highlight"><pre><span></span><span class="c1">#| export')
    assert 'highlight-python notranslate"><div class="highlight"><pre><span></span>' in (site/FILES[0]).read_text(encoding='utf-8')
