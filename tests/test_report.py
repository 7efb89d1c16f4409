"The report of a submission: complete, the same each time, and deaf to what a stranger's text says"
import json, re

import numpy as np
import pytest

from reading import Reader
from reports import HOSTILE, SEARCH, a_step, everything, full, readings, strings_replaced
from submissions import complete
from tinytorch.competition.report import LogAxis, as_html, outdoes, log_ticks, on_front, report_html, search_plot, tag, visible
from tinytorch.submission import Finding

ELEMENTS = {'html', 'head', 'meta', 'title', 'style', 'body', 'main', 'h1', 'h2', 'p', 'section', 'div', 'table', 'caption', 'thead', 'tbody', 'tr', 'th', 'td', 'figure', 'figcaption', 'svg', 'g', 'line',
            'rect', 'circle', 'text', 'details', 'summary', 'pre'}

def test_same_document_same_bytes():
    document = full()
    assert everything(document) == everything(json.loads(json.dumps(document)))

def test_page_is_whole_and_asks_for_nothing():
    html = everything(full())
    seen = Reader(html)
    assert set(seen.tags) <= ELEMENTS and seen.open == [] and len(re.findall('<svg', html)) == 3
    assert not [pair for pair in seen.attributes if pair[0] in ('src', 'href', 'action', 'xlink:href') or pair[0].startswith('on')]
    assert not re.search(r'https?:|//|url\(|@import', html)
    assert any(key == 'content' and value.startswith("default-src 'none'") for key, value in seen.attributes)

@pytest.mark.parametrize('text', HOSTILE, ids=ascii)
def test_no_text_of_a_document_is_obeyed(text):
    html = everything(strings_replaced(full(student_name=text), text))
    seen = Reader(html)
    assert set(seen.tags) <= ELEMENTS and seen.open == [] and not [a for a in seen.attributes if a[0].startswith('on')]
    assert html.isprintable() or set(c for c in html if not c.isprintable()) == {'\n'}
    html.encode('utf-8')

@pytest.mark.parametrize('text', HOSTILE, ids=ascii)
def test_no_text_of_a_finding_is_obeyed(text):
    html = report_html(full(), findings=[Finding(text, text, text, text, text)])
    assert set(Reader(html).tags) <= ELEMENTS and visible(text) in ''.join(Reader(html).text)

def test_keys_of_free_parts_are_escaped():
    document = full()
    document['system_info'] = {**document['system_info'], '<b>': {'<i>': ['<u>', {'<s>': 1}]}}
    assert not {'b', 'i', 'u', 's'} & set(Reader(everything(document)).tags)

def test_verdict_comes_first_and_says_the_numbers():
    words = ' '.join(Reader(everything(full())).text)
    found = words[words.index('Slower'):]
    assert '0.5 times as fast, one sample at a time (0.45 to 0.55 with 95% confidence)' in found
    assert 'Smaller by 7.01 times: 77,136 bytes became 11,000' in found and 'Accuracy kept, within the margin of 3 points: 98.05% became 97.21% of 359 samples (a change of -1.20 to +0.60 points)' in found
    assert words.index('Slower') < words.index('Before and after')

def test_errors_are_said_before_the_verdict():
    words = ' '.join(Reader(report_html(full(), findings=[Finding('a.b', '$', 'x', 'y'), Finding('a.c', '$', 'x', 'y', 'warning')])).text)
    assert 'Not acceptable: 1 error was found' in words and words.index('Not acceptable') < words.index('Slower')

@pytest.mark.parametrize('lost', ['search', 'accuracy', 'roofline', 'comparison', 'student_name'])
def test_what_is_missing_is_left_out(lost):
    document = full(student_name='A')
    del document[lost]
    assert Reader(everything(document)).open == []

def test_a_baseline_alone():
    document = {key: value for key, value in complete().items() if key not in ('optimized', 'improvements', 'comparison')}
    assert 'One model, not compared: accuracy 98.05%' in ' '.join(Reader(report_html(document)).text)

def test_unknown_is_said():
    document = full()
    document['system_info'] = {**document['system_info'], 'container': None}
    assert re.search(r'container</th><td>unknown', everything(document))

@pytest.mark.parametrize('huge', [1e308, 1e-308, 1e40])
def test_what_nobody_measured_is_not_drawn(huge):
    "and stops nothing"
    odd = full(roofline={'bandwidth_bytes_per_s': huge, 'peak_flops_per_s': huge}, search={**SEARCH, 'steps': [a_step('one', 100, huge, .9, True)]})
    assert everything(odd).count('<svg') == 1

def test_front_of_a_search():
    rng = np.random.default_rng(0)
    points = [(int(rng.integers(1, 9)), int(rng.integers(1, 9)), int(rng.integers(1, 9))) for _ in range(200)]
    costs = np.array(points)*[1, -1, -1]
    brute = [not any((other <= mine).all() and (other < mine).any() for other in costs) for mine in costs]
    assert on_front(points) == brute and 0 < sum(brute) < 200
    assert not outdoes((10, 2., .9), (10, 2., .9))

def test_every_bar_and_point_is_inside_its_picture():
    html = everything(full())
    for name, most in (('x', 640), ('cx', 640), ('x1', 640), ('cy', 290)):
        assert all(0 <= float(value) <= most for value in re.findall(rf' {name}="([-\d.]+)"', html))

def test_all_readings_are_drawn():
    "However slow one is, its place on the axis is there"
    samples = readings()
    samples['ns'][3] = 10**12
    assert '>10M</text>' in report_html(full(), samples) and '>10M</text>' not in report_html(full(), readings())  # its ten seconds, in µs

@pytest.mark.parametrize('low, high', [(1, 2), (3, 4), (1e-9, 1e9), (77, 77_000)])
def test_ticks_lie_in_their_range(low, high):
    ticks = log_ticks(low, high)
    assert ticks == sorted(set(ticks)) and all(low <= tick <= high for tick in ticks)

def test_tag_escapes_whatever_is_no_html():
    assert tag('p', tag('b', '<'), '<', 1, None) == '<p><b>&lt;</b>&lt;1None</p>' and as_html(as_html('<')) == '&lt;'
    assert LogAxis(1, 100, 0, 200)(10) == 100.

def test_one_step_is_a_search_too(): assert search_plot([a_step('one', 100, 1., .9, True)]).count('<circle') == 2
