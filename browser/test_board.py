"The board as a browser shows it: sorted by keyboard, narrow, dark, on paper, deaf and quiet"
import re

import pytest

from boards import document, hostile, large, one_board, ranked, usual
from tinytorch.competition.board_html import board_html

@pytest.fixture
def board(show, tmp_path):
    "board(document, **context): its page"
    def opened(made=None, **settings):
        (tmp_path/'board.html').write_text(board_html(made or usual()), encoding='utf-8')
        return show(tmp_path/'board.html', **settings)
    return opened

def teams(page): return page.eval_on_selector_all('table.board:first-of-type tbody bdi', 'all => all.map(e => e.textContent)')
def sorted_by(page): return page.eval_on_selector_all('th[aria-sort]', 'all => all.map(e => [e.textContent, e.getAttribute("aria-sort")])')

@pytest.mark.parametrize('state', ['open', 'closed'])
def test_it_asks_for_nothing_and_says_nothing(board, state):
    page = board(usual(state))
    assert page.said == [] and page.asked == [] and page.locator('h1').count() == 1

def test_no_other_script_runs(show, tmp_path):
    html = board_html(usual()).replace('</main>', '<script>document.title = "run"</script><img src="https://example.org/a.png" onerror="document.title = 1"></main>')
    (tmp_path/'a.html').write_text(html, encoding='utf-8')
    page = show(tmp_path/'a.html')
    assert page.title() == 'Autumn' and page.asked == [] and len(page.said) >= 2 and page.locator('th button').count() > 0

def test_sorted_by_keyboard(board):
    page = board(document(one_board([ranked(i, team, size) for i, (team, size) in enumerate([('Zoë', 9.), ('marie', 10.), ('someone', 2.)], 1)])))
    assert teams(page) == ['Zoë', 'marie', 'someone'] and sorted_by(page) == [['rank', 'ascending']]
    def press(name, key):
        page.get_by_role('button', name=name, exact=True).focus()
        page.keyboard.press(key)
        return teams(page)
    assert press('team', 'Enter') == ['marie', 'someone', 'Zoë'] and sorted_by(page) == [['team', 'ascending']]
    assert press('team', 'Enter') == ['Zoë', 'someone', 'marie'] and sorted_by(page) == [['team', 'descending']]
    assert press('speedup', 'Space') == ['someone', 'Zoë', 'marie']  # numbers, not texts
    assert page.inner_text('[role=status]') == 'Sorted by speedup, ascending.'
    assert press('rank', 'Enter') == ['Zoë', 'marie', 'someone'] and page.said == []

def test_a_missing_number_comes_last_in_both_directions(board):
    page = board(document(one_board([ranked(1, 'marie', accuracy=None), ranked(2, 'Zoë', accuracy=.8), ranked(3, 'someone', accuracy=.9)]), state='open'))
    for order in (['Zoë', 'someone', 'marie'], ['someone', 'Zoë', 'marie']):
        page.get_by_role('button', name='accuracy', exact=True).press('Enter')
        assert teams(page) == order

def test_buttons_and_tables_are_reached_by_tab_and_seen_to_be(board):
    page, reached = board(), []
    for _ in range(60):
        page.keyboard.press('Tab')
        reached.append(page.evaluate('document.activeElement.getAttribute("aria-label") || document.activeElement.textContent'))
        if page.evaluate('document.activeElement !== document.body'): assert page.evaluate('getComputedStyle(document.activeElement).outlineStyle') == 'solid'
    assert {'rank', 'team', 'speedup', 'artifact bytes', 'standing', 'accepted'} < set(reached) and any(text.startswith('Ranked: ') for text in reached)

def test_without_scripts_the_table_is_complete(board):
    page = board(java_script_enabled=False)
    assert page.locator('button').count() == 0 and page.locator('table.board').first.locator('tbody tr').count() == 12
    assert page.locator('table.board').first.locator('thead th').all_inner_texts()[:3] == ['rank', 'team', 'speedup']

@pytest.mark.parametrize('width', [320, 360, 768, 1600])
@pytest.mark.parametrize('made', [usual, hostile])
def test_no_screen_is_too_narrow(board, made, width):
    page = board(made(), viewport={'width': width, 'height': 700})
    assert page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')

def test_hostile_names_make_no_element(board):
    page = board(hostile())
    assert page.said == [] and page.asked == [] and page.locator('img, iframe, form, body script ~ script, main script, svg svg').count() == 0 and page.locator('script').count() == 1
    assert page.title().startswith('</title>') and page.locator('bdi', has_text='<script>alert(1)</script>').count() == 2
    assert page.locator('[href^=javascript]').count() == 0 and page.eval_on_selector_all('bdi', 'all => Math.max(...all.map(e => e.offsetWidth))') <= 300

LUMINANCE = '''const bright = c => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v/12.92 : ((v + .055)/1.055)**2.4 }); return .2126*r + .7152*g + .0722*b }'''

@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_every_text_can_be_read(board, scheme):
    page = board(color_scheme=scheme)
    worst, dark = page.evaluate('() => {' + LUMINANCE + '''
        const behind = e => { while (e) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c; e = e.parentElement } return 'rgb(255, 255, 255)' }
        const ratio = e => { const [a, b] = [getComputedStyle(e).color, behind(e)].map(bright); return (Math.max(a, b) + .05)/(Math.min(a, b) + .05) }
        return [Math.min(...[...document.querySelectorAll('main, main *')].map(ratio)), bright(behind(document.body)) < .5] }''')
    assert dark == (scheme == 'dark') and worst >= 4.5

def test_nothing_is_said_by_color(board):
    colors = board().evaluate('[...new Set([...document.querySelectorAll("main *")].map(e => getComputedStyle(e).color))]')
    assert len(colors) == 1

def test_pictures_have_their_words(board):
    found = board().eval_on_selector_all('svg', 'all => all.map(e => [e.getAttribute("role"), e.querySelector("title").textContent, e.querySelector("desc").textContent])')
    assert len(found) == 15 and all(role == 'img' and len(title) > 10 and len(said) > 10 for role, title, said in found)
    assert board().get_by_role('img', name='12 rows by speedup and artifact bytes').count() == 1

def test_on_paper_there_are_no_buttons_and_rows_are_whole(board):
    page = board(viewport={'width': 1000, 'height': 700})
    page.emulate_media(media='print')
    seen = page.locator('th button').evaluate_all('all => all.map(e => { const s = getComputedStyle(e); return [s.borderTopStyle, s.cursor, getComputedStyle(e, "::after").content] })')
    assert set(map(tuple, seen)) == {('none', 'auto', 'none')} and page.locator('thead').first.inner_text().split()[:2] == ['rank', 'team']
    assert page.eval_on_selector_all('.wide', 'all => all.every(e => getComputedStyle(e).overflowX === "visible")')
    assert page.eval_on_selector_all('tr', 'all => all.every(e => getComputedStyle(e).breakInside === "avoid")')
    assert page.evaluate('document.documentElement.scrollWidth <= 1000') and len(page.pdf()) > 10_000

def test_a_thousand_rows_are_sorted(board):
    page = board(large(1000))
    page.get_by_role('button', name='speedup', exact=True).press('Enter')
    found = [float(key) for key in page.eval_on_selector_all('tbody tr', 'all => all.map(e => e.cells[2].dataset.key)')]
    assert len(found) == 1000 and found == sorted(found) and page.said == []
