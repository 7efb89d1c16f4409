"The report as a browser shows it: light and dark, on paper and on narrow screens, by keyboard, deaf and quiet"
import pytest

from reports import HOSTILE, everything, full, strings_replaced

@pytest.fixture
def report(show, tmp_path):
    "report(document, **context): the page of its report"
    def opened(document=None, **settings):
        (tmp_path/'report.html').write_text(everything(document or full()), encoding='utf-8')
        return show(tmp_path/'report.html', **settings)
    return opened

def test_it_asks_for_nothing_and_says_nothing(report):
    page = report()
    assert page.said == [] and page.asked == [] and 'times as fast' in page.inner_text('#verdict')

def test_no_script_runs_even_if_one_were_there(show, tmp_path):
    "The policy in the page forbids what escaping has not caught"
    html = everything(full()).replace('</main>', '<script>document.title = "run"</script><img src="https://example.org/a.png"></main>')
    (tmp_path/'a.html').write_text(html, encoding='utf-8')
    page = show(tmp_path/'a.html')
    assert page.title() != 'run' and page.asked == [] and len(page.said) >= 2  # the browser says what it refused

@pytest.mark.parametrize('text', [t for t in HOSTILE if '\ud800' not in t and '\x00' not in t], ids=ascii)
def test_hostile_names_are_shown_as_they_are_written(report, text):
    page = report(strings_replaced(full(student_name=text), text))
    assert page.said == [] and page.asked == [] and page.locator('script, img, iframe, form').count() == 0

@pytest.mark.parametrize('width', [320, 390, 768, 1600])
def test_nothing_is_cut_off_on_any_screen(report, width):
    page = report(viewport={'width': width, 'height': 700})
    assert page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')

def contrast(page):
    return page.evaluate('''() => {
        const bright = c => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v/12.92 : ((v + .055)/1.055)**2.4 }); return .2126*r + .7152*g + .0722*b }
        const canvas = document.createElement('div'); canvas.style.color = 'Canvas'; document.body.append(canvas)
        const [a, b] = [bright(getComputedStyle(document.body).color), bright(getComputedStyle(canvas).color)]; canvas.remove()
        return {ratio: (Math.max(a, b) + .05)/(Math.min(a, b) + .05), dark: b < .5} }''')

@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_light_and_dark_can_be_read(report, scheme):
    found = contrast(report(color_scheme=scheme))
    assert found['dark'] == (scheme == 'dark') and found['ratio'] >= 7

def test_every_table_and_the_document_are_reached_by_keyboard(report):
    page = report(viewport={'width': 320, 'height': 700})
    page.evaluate('document.querySelector("details").open = true')
    reached = []
    for _ in range(60):
        page.keyboard.press('Tab')
        reached.append(page.evaluate('document.activeElement.getAttribute("aria-label") || document.activeElement.tagName'))
    tables = page.eval_on_selector_all('[role=region]', 'all => all.map(e => e.getAttribute("aria-label"))')
    assert set(tables) <= set(reached) and {'SUMMARY', 'PRE'} <= set(reached)

def test_the_document_unfolds_by_keyboard(report):
    page = report()
    assert not page.locator('details pre').is_visible()
    page.locator('summary').focus()
    page.keyboard.press('Enter')
    assert page.locator('details pre').is_visible()

def test_pictures_have_their_words_and_headings_their_order(report):
    page = report()
    names = page.eval_on_selector_all('svg', 'all => all.map(e => [e.getAttribute("role"), e.getAttribute("aria-label"), e.querySelector("title").textContent])')
    assert len(names) == 3 and all(role == 'img' and name == title and len(name) > 20 for role, name, title in names)
    assert page.evaluate('[...document.querySelectorAll("h1, h2, h3")].map(e => e.tagName).join()').startswith('H1,H2') and page.locator('h1').count() == 1
    assert page.get_attribute('html', 'lang') == 'en'

def test_nothing_is_said_by_color(report):
    "Text, lines and points have the color of the text"
    page = report()
    colors = page.evaluate('[...new Set([...document.querySelectorAll("body *")].map(e => getComputedStyle(e).color))]')
    assert len(colors) == 1

def test_on_paper_tables_are_whole(report):
    page = report(viewport={'width': 700, 'height': 900})
    page.emulate_media(media='print')
    assert page.eval_on_selector_all('.wide', 'all => all.every(e => getComputedStyle(e).overflowX === "visible")')
    assert len(page.pdf()) > 10_000
