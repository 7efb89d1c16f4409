"The page of a board: complete, the same each time, and deaf to what a team calls itself"
import json, re

import pytest

from boards import NAMES, aside, document, entry, hostile, large, one_board, ranked, usual
from reading import Reader
from tinytorch.competition.board_html import POLICY, SCRIPT, STYLE, allowed, board_html, front_picture, safe_link, write_board
from tinytorch.competition.report import visible
from tinytorch.competition.rules import limit_text, read_competition, template

ELEMENTS = set('html head meta title style script body main h1 h2 h3 p section div table caption thead tbody tr th td figure figcaption svg desc g line rect circle polyline text ul li dl dt dd a bdi span code pre'.split())

def test_same_document_same_bytes():
    assert board_html(usual()) == board_html(json.loads(json.dumps(usual(), sort_keys=True)))

@pytest.mark.parametrize('state', ['open', 'closed'])
def test_page_is_whole_and_asks_for_nothing(state):
    seen = Reader(board_html(usual(state)))
    assert set(seen.tags) <= ELEMENTS and seen.open == [] and seen.tags.count('h1') == 1 and seen.tags.count('script') == 1
    assert not seen.all('src') + seen.all('style') and not [key for key, _ in seen.attributes if key.startswith('on')]
    assert not re.search(r'https?:|url\(|@import', board_html(usual(state))) and seen.all('lang') == ['en']

def test_only_the_script_and_the_style_of_the_page_are_allowed():
    html = board_html(usual())
    [policy] = [value for value in Reader(html).all('content') if value.startswith("default-src 'none'")]
    assert policy == POLICY and allowed(SCRIPT) in policy and allowed(STYLE) in policy and 'unsafe' not in policy
    assert html.count(f'<script>{SCRIPT}</script>') == 1 == html.count(f'<style>{STYLE}</style>')

def test_no_name_is_obeyed():
    html = board_html(hostile())
    seen = Reader(html)
    assert set(seen.tags) <= ELEMENTS and seen.open == [] and seen.tags.count('script') == 1 and 'img' not in seen.tags
    assert not [key for key, _ in seen.attributes if key.startswith('on')] and all(name in seen.words for name in map(visible, NAMES))
    assert {c for c in html if not c.isprintable()} <= {'\n'}
    html.encode('utf-8')

@pytest.mark.parametrize('name', NAMES, ids=lambda name: ascii(name)[:30])
def test_hostile_entries_are_no_links(name):
    row = ranked(1, name, entry=name)
    found = Reader(board_html(document(one_board([row])), links={name: name})).all('href')
    assert found in ([], ['a'*500])  # letters alone are the name of a file

def test_each_row_leads_to_its_report():
    found = Reader(board_html(usual())).all('href')
    assert len(found) == 13 and found[:2] == [f'entries/{entry(1)}.html', f'entries/{entry(2)}.html'] == list(map(safe_link, found[:2]))
    assert Reader(board_html(usual(), links={entry(1): 'a/b.html', entry(2): 'javascript:alert(1)'})).all('href') == ['a/b.html', 'a/b.html']

def test_a_row_says_all_that_is_known():
    words = Reader(board_html(document(one_board([ranked(2, 'marie', 3.)])))).words
    for said in ('marie', '1 to 4', '1 (alone)', '3 times (2.88 to 3.15)', '20,838 bytes', '90.00% (89.00% to 91.00%)', 'confirmed', 'not on the front', '2026-12-01T10:02:00Z'): assert said in words

def test_who_is_not_ranked_is_told_why():
    words = Reader(board_html(usual())).words
    assert 'n = 473 would decide' in words and 'accepted under other rules' in words and 'a'*64 in words and 'b'*64 in words and 'tito board --check' in words

def test_sealed_is_not_missing_and_neither_is_zero():
    is_open, closed = (Reader(board_html(document(one_board([ranked(1, 'marie', accuracy=None)]), state=state))).text for state in ('open', 'closed'))
    assert 'sealed until it closes' in is_open and 'sealed until it closes' not in closed and 'not measured' in closed and '0.00%' not in is_open + closed
    bare = document(one_board([ranked(1, 'marie', accuracy=None, decisions=[])]), state='open')
    assert 'not measured' in Reader(board_html(bare)).text

def test_boards_with_nobody():
    assert 'There is no entry yet.' in Reader(board_html(document())).text
    seen = Reader(board_html(document(one_board([], [aside(1, 'marie')]))))
    assert 'Nobody is ranked on this board.' in seen.text and 'speedup was not measured' in seen.text and 'svg' not in seen.tags and 'No constraints.' not in seen.text  # nobody has said so

def test_the_picture_names_the_front_and_tells_marks_apart_by_shape():
    rows = [ranked(1, 'marie', pareto='certain'), ranked(2, 'Zoë', pareto='possible'), ranked(3, 'someone', pareto='no')]
    picture = Reader(front_picture(one_board(rows)))
    assert 'On the front: 1 marie. Possibly on the front: 2 Zoë.' in picture.text and picture.tags.count('rect') == picture.tags.count('circle') == picture.tags.count('polyline') == 1
    assert not Reader(front_picture(one_board(rows, ties=[], pareto=['speedup']))).tags  # no second metric

def test_many_names_are_cut():
    [said] = [text for text in Reader(front_picture(large(300)['boards'][0])).text if text.startswith('On the front')]
    assert 'and 88 more' in said and len(said) < 2000

def test_zero_and_negative_values_are_drawn():
    rows = [ranked(i, 'marie', speed) for i, speed in enumerate([0., -2., 3.], 1)]
    assert Reader(board_html(document(one_board(rows)))).tags.count('svg') == 4

def test_constraints_in_words_and_only_of_the_rules_of_the_board(tmp_path):
    facts = dict(opens='2026-12-01T00:00:00Z', closes='2026-12-31T00:00:00Z', data_name='digits', data_samples=359, data_sha256='d'*64, baseline_name='first', graph_sha256='e'*64, weights_sha256='f'*64)
    (tmp_path/'competition.toml').write_text(template('class', **facts), encoding='utf-8')
    rules = read_competition(tmp_path)
    tier = rules.tiers[0]
    words = Reader(board_html({**document(one_board([ranked(1, 'marie')], tier=tier.name)), 'rules': rules.digest}, rules=rules)).text
    assert tier.constraints and all(limit_text(constraint) in words for constraint in tier.constraints)
    with pytest.raises(ValueError, match=rules.digest[:12]): board_html(usual(), rules=rules)

@pytest.mark.parametrize('wrong', [None, [], {}, {'format': 'tinytorch-board', 'version': 2}, 'text'])
def test_what_is_no_board_is_named(wrong):
    with pytest.raises(ValueError, match='no board'): board_html(wrong)

def test_the_file_is_written_whole_or_not_at_all(tmp_path):
    write_board(tmp_path/'board.html', usual())
    before = (tmp_path/'board.html').read_bytes()
    assert before == board_html(usual()).encode()
    with pytest.raises(ValueError): write_board(tmp_path/'board.html', {})
    assert (tmp_path/'board.html').read_bytes() == before and len(list(tmp_path.iterdir())) == 1

def test_a_thousand_rows_are_a_page_of_a_few_megabytes():
    html = board_html(large(1000))
    assert html.count('<tr>') == 1001 and len(html.encode()) < 3_000_000
