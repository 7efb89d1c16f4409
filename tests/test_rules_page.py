"Rules of competitions: limits decided by bounds, files read strictly, each rule reached and missed when it is gone"
import math, os, subprocess, sys, time
from copy import deepcopy
from datetime import datetime

import numpy as np
import pytest

from tinytorch.competition import rules as page
from tinytorch.competition.rules import (METRICS, CompetitionError, Constraint, Rules, check_rules, counts_that_decide, decide, interval_of,
    measured_percentile, read_competition, t_quantile, template)
from tinytorch.scenarios import calls_needed
from tinytorch.statistics import clopper_pearson

ZEROS = '0'*64
FACTS = dict(opens='2026-12-01T00:00:00Z', closes='2026-12-31T00:00:00Z', data_name='ours', data_samples=359, data_sha256=ZEROS,
             baseline_name='wide', graph_sha256=ZEROS, weights_sha256=ZEROS, commitment=ZEROS)
LEAST = Constraint('accuracy', at_least=.85, unit='share')
NAMES = 'wake-vision', 'class', 'research', 'community'

def toml(name='wake-vision', **facts): return template(name, **FACTS | facts)
def sound(name='wake-vision'): return page.parsed(toml(name).encode(), 'competition.toml')

def put(path, value, name='wake-vision'):
    "A sound document in which `value` stands at `path`; None takes it away"
    document = sound(name)
    *way, last = path
    inside = document
    for step in way: inside = inside[step]
    if value is None: del inside[last]
    else: inside[last] = value
    return document

LIMIT = 'tiers', 0, 'constraints', 0  # latency_ms at most 100
ACCURACY = {'metric': 'accuracy', 'unit': 'share'}

# (id, path, value it refuses, value it takes)
TABLE = [
    ('key', ('titel',), 'typo', None), ('key', (*LIMIT, 'at_mots'), 1, None), ('key', ('quotas', 'weekly'), 1, None),
    ('missing', ('title',), None, 'a title'), ('missing', ('metrics', 0, 'direction'), None, 'higher'), ('missing', ('metrics', 0, 'unit'), None, 'share'),
    ('missing', ('quotas', 'total'), None, 50), ('missing', (*LIMIT, 'unit'), None, 'ms'),
    ('type', ('version',), True, 1), ('type', ('version',), '1', 1), ('type', ('metrics',), {}, sound()['metrics']), ('type', ('tiers', 0), 3, sound()['tiers'][0]),
    ('type', ('data',), [], sound()['data']), ('type', ('quotas', 'total'), 5., 5), ('type', (*LIMIT, 'at_most'), '100', 100), ('type', ('title',), 7, 'seven'),
    ('text', ('title',), ' ', 'a title'), ('text', ('title',), 'a\x1b[31mred', 'red'), ('text', ('title',), 'x'*2001, 'x'*2000),
    ('number', (*LIMIT, 'at_most'), math.nan, 100.), ('number', (*LIMIT, 'at_most'), math.inf, 1e6), ('number', ('data', 'samples'), 2**60, 2**20),
    ('date', ('dates', 'opens'), datetime(2026, 12, 1), '2026-12-01T00:00:00+01:00'), ('date', ('dates', 'opens'), '2026-12-01', '2026-12-01T00:00:00Z'),
    ('date', ('dates', 'opens'), 'soon', '2026-12-01T00:00:00Z'),
    ('format', ('format',), 'tinytorch-board', 'tinytorch-competition'), ('format', ('version',), 2, 1),
    ('empty', ('divisions',), [], ['open']), ('empty', ('tiers',), [], sound()['tiers']),
    ('division', ('divisions',), ['close'], ['closed']), ('division', ('divisions',), ['open', 'open'], ['open']),
    ('deadline', ('dates', 'closes'), '2026-11-30T00:00:00Z', '2026-12-02T00:00:00Z'), ('deadline', ('dates', 'closes'), '2026-12-01T00:00:00Z', '2026-12-01T00:00:01Z'),
    ('sha256', ('data', 'sha256'), '0'*63, 'a'*64), ('sha256', ('baseline', 'weights_sha256'), 'A'*64, 'a'*64), ('sha256', ('private', 'commitment'), 'g'*64, 'f'*64),
    ('samples', ('data', 'samples'), 0, 1), ('samples', ('private', 'samples'), -1, 1),
    ('private', ('private', 'kind'), 'figure', 'figures'), ('private', ('private', 'level'), 'edgy', 'easy'), ('private', ('private', 'kind'), 'file', 'figures'),
    ('private', ('private', 'level'), None, 'edge'),
    ('verification', ('verification',), {'pairs': 1}, {'pairs': 30}), ('verification', ('verification',), {'pears': 9}, {}),
    ('quota', ('quotas', 'total'), 0, 1), ('quota', ('quotas', 'per_day'), -1, 1),
    ('metric', ('metrics', 0, 'name'), 'acuracy', 'accuracy'), ('direction', ('metrics', 0, 'direction'), 'lower', 'higher'), ('unit', ('metrics', 0, 'unit'), '%', 'share'),
    ('percentile', ('metrics', 2, 'percentile'), None, .99), ('percentile', ('metrics', 2, 'percentile'), 99., .9), ('percentile', ('metrics', 0, 'percentile'), .9, None),
    ('twice', ('metrics', 1), sound()['metrics'][0], sound()['metrics'][1]), ('twice', ('tiers', 1, 'name'), 'document', 'other'),
    ('scenario', ('tiers', 0, 'scenario'), 'server', 'single_stream'), ('offline-latency', ('tiers', 0, 'scenario'), 'offline', 'single_stream'),
    ('primary', ('tiers', 0, 'primary'), 'speedup', 'artifact_bytes'),
    ('ties', ('tiers', 0, 'ties'), ['accuracy'], ['artifact_bytes']), ('ties', ('tiers', 0, 'ties'), ['macs'], []), ('ties', ('tiers', 0, 'ties'), ['latency_ms']*2, []),
    ('constraint-metric', (*LIMIT, 'metric'), 'macs', 'latency_ms'), ('constraint-unit', (*LIMIT, 'unit'), 's', 'ms'),
    ('confidence', (*LIMIT, 'confidence'), .5, .9), ('confidence', (*LIMIT, 'confidence'), 1., .999),
    ('limit', (*LIMIT, 'at_most'), None, 100), ('limit', (*LIMIT, 'at_least'), 1, None),
    ('range', ('tiers', 0, 'constraints'), [{**ACCURACY, 'at_least': 1}], [{**ACCURACY, 'at_least': .9}]), ('range', (*LIMIT, 'at_most'), -1, 1),
    ('contradiction', ('tiers', 0, 'constraints'), [{**ACCURACY, 'at_least': .9}, {**ACCURACY, 'at_most': .8}], [{**ACCURACY, 'at_least': .8}, {**ACCURACY, 'at_most': .9}]),
]

def ids(document): return {finding.rule.removeprefix('rules.') for finding in check_rules(document)}

def taken(path, value):
    "The document with what the rule takes; None leaves it sound"
    return sound() if value is None else put(path, value)

@pytest.mark.parametrize('id,path,bad,good', TABLE, ids=[f'{i}-{row[0]}' for i, row in enumerate(TABLE)])
def test_each_rule_refuses_and_takes(id, path, bad, good):
    assert id in ids(put(path, bad))
    assert ids(taken(path, good)) == set()

def test_the_table_reaches_every_rule():
    shapes = {'key', 'missing', 'type', 'text', 'number', 'date'}
    assert {row[0] for row in TABLE} == page.CHECKS.keys() | shapes

@pytest.mark.parametrize('id', page.CHECKS)
def test_a_rule_that_is_gone_is_missed(id, monkeypatch):
    monkeypatch.delitem(page.CHECKS, id)
    assert [row for row in TABLE if row[0] == id and id not in ids(put(row[1], row[2]))]

def test_all_is_found_at_once():
    document = put(('quotas', 'total'), 0)
    document['dates']['closes'], document['titel'] = '2025-01-01T00:00:00Z', 'x'
    assert ids(document) == {'quota', 'deadline', 'key'}

@pytest.mark.parametrize('document', [None, 3, [], {}, 'text', {'tiers': [{'constraints': [[]]}], 'metrics': 5}, {3: 4}])
def test_whatever_it_is_nothing_is_raised(document): assert check_rules(document)

def test_anything_may_stand_anywhere():
    "Each place of a sound document with each kind of value: findings or none, never an error"
    def places(value, way=()):
        yield way
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else (): yield from places(value[key], (*way, key))
    for way in places(sound()):
        if not way: continue
        for value in None, True, -1, 2**70, math.nan, '', 'x', [], [[]], {}, {'a': 1}, datetime(1, 1, 1):
            found = check_rules(put(way, value))
            assert all(f.path.startswith('$') and f.rule.startswith('rules.') for f in found)

def test_near_names_are_offered():
    [finding] = check_rules(put((*LIMIT, 'at_mots'), 1))
    assert 'at_most' in finding.expected and finding.path == '$.tiers[0].constraints[0].at_mots'

@pytest.mark.parametrize('name', NAMES)
def test_templates_pass_and_say_all_limits(name, tmp_path):
    (tmp_path/'competition.toml').write_text(toml(name), encoding='utf-8')
    rules = read_competition(tmp_path)
    assert read_competition(tmp_path/'competition.toml').digest == rules.digest == Rules(rules.document).digest
    text = str(rules)
    assert len(text.splitlines()) <= 24 and rules.title in text
    assert all(page.limit_text(limit) in text for tier in rules.tiers for limit in tier.constraints)

@pytest.mark.parametrize('name', NAMES)
def test_a_template_without_facts_is_no_competition(name):
    document = page.parsed(template(name).encode(), 'competition.toml')
    assert {'date', 'type', 'text'} <= ids(document)

def test_templates_name_what_they_do_not_know():
    with pytest.raises(ValueError, match='wake-vision'): template('wake_vision')
    with pytest.raises(ValueError, match='data_name'): template('class', data_nme='x')

def test_strings_survive_the_template():
    title = 'Zoë\'s "own" \\ {data}\x7f'.replace('\x7f', '')
    assert page.parsed(toml(title=title).encode(), '')['title'] == title

def test_wake_vision_as_the_document_says():
    rules = Rules(sound())
    limits = {tier.name: {c.metric: c.limit for c in tier.constraints} for tier in rules.tiers}
    assert limits == {'document': {'latency_ms': 100, 'artifact_bytes': 5_000_000, 'accuracy': .85}, 'edge': {'artifact_bytes': 65536, 'latency_ratio': 1, 'accuracy': .85},
                      'micro': {'artifact_bytes': 16384, 'latency_ratio': .5, 'accuracy': .85}}
    assert [(tier.primary, tier.ties) for tier in rules.tiers] == [('accuracy', ()), ('accuracy', ()), ('artifact_bytes', ('latency_ratio',))]
    assert rules.tiers[0].constraints[0].percentile == .99 and rules.private['samples'] == 10_000 and rules.divisions == ('closed', 'open', 'data-centric')

def test_the_digest_is_of_what_is_said_not_how():
    turned = toml().replace('2026-12-01T00:00:00Z', '2026-12-01T01:00:00+01:00').replace('per_day = 5\ntotal = 50', 'total = 50\nper_day = 5 # five')
    digest = Rules(sound()).digest
    assert Rules(page.parsed(turned.encode(), '')).digest == digest
    assert Rules(put(('quotas', 'total'), 51)).digest != digest

@pytest.mark.parametrize('data,id', [(b'title = "\xff"', 'encoding'), (b'title = ', 'syntax'), (b'a = 1\na = 2', 'syntax'), (b'x'*70_000, 'file'), (b'a = ' + b'['*9000, 'syntax')])
def test_bad_files(data, id, tmp_path):
    path = tmp_path/'competition.toml'
    path.write_bytes(data)
    with pytest.raises(CompetitionError) as caught: read_competition(path)
    assert [f.rule for f in caught.value.findings] == [f'rules.{id}'] and str(tmp_path) not in str(caught.value)

def test_what_is_no_file(tmp_path):
    folder = tmp_path/'competition.toml'
    folder.mkdir()
    for path in tmp_path, tmp_path/'none.toml':
        with pytest.raises(CompetitionError) as caught: read_competition(path)
        assert [f.rule for f in caught.value.findings] == ['rules.file']
    if hasattr(os, 'mkfifo'):
        os.mkfifo(tmp_path/'pipe')
        with pytest.raises(CompetitionError): read_competition(tmp_path/'pipe')

# Decisions

def test_wake_vision_counts():
    outcomes = [decide(LEAST, {'accuracy': {'right': right, 'n': 10_000}}).outcome for right in (8440, 8441, 8559, 8560)]
    assert outcomes == ['not met', 'not decidable', 'not decidable', 'met'] and counts_that_decide(10_000, .85, .95) == (8560, 8440)

def test_319_of_359():
    "Two-sided 95 % is one-sided 97.5 %: met from 319, by one image"
    assert counts_that_decide(359, .85, .975)[0] == 319
    assert interval_of('accuracy', {'right': 319, 'n': 359})[0] >= .85 > interval_of('accuracy', {'right': 318, 'n': 359})[0]

@pytest.mark.parametrize('n,share,confidence', [(359, .85, .95), (1000, .85, .99), (40, .5, .9)])
def test_met_by_luck_is_as_rare_as_stated(n, share, confidence):
    rights = np.random.default_rng(0).binomial(n, share, 200_000)
    met, broken = counts_that_decide(n, share, confidence)
    room = 4*math.sqrt((1 - confidence)/len(rights))
    assert 0 < np.mean(rights >= met) <= 1 - confidence + room and 0 < np.mean(rights <= broken) <= 1 - confidence + room
    for right in range(0, n + 1, max(1, n//50)):
        outcome = decide(Constraint('accuracy', at_least=share, confidence=confidence), {'accuracy': {'right': right, 'n': n}}).outcome
        assert outcome == ('met' if right >= met else 'not met' if right <= broken else 'not decidable')

def test_the_quota_bounds_luck():
    "A speed at the limit, fifty tries: together they are met by luck as rarely as one is said to be"
    rng, limit = np.random.default_rng(0), Constraint('speedup', at_least=1., unit='ratio')
    def lucky(quota):
        return np.mean([any(decide(limit, {'speedup': {'value': 1, 'process_medians': medians}}, quota).outcome == 'met'
                            for medians in rng.normal(0, .01, (50, 12)).tolist()) for _ in range(40)])
    assert lucky(50) <= .05 + 4*math.sqrt(.05/40) and lucky(1) > .7

def needs(name, measured, limit, **more): return decide(Constraint(name, **limit), {name: measured}, **more)

@pytest.mark.parametrize('right', [300, 302, 306, 309, 312, 316])
def test_so_many_samples_decide(right):
    found = needs('accuracy', {'right': right, 'n': 359}, {'at_least': .85})
    assert found.outcome == 'not decidable' and f'{found.needed:,}' in found.text
    more = found.needed
    there = right*more//359 if right > .85*359 else more - (359 - right)*more//359
    assert needs('accuracy', {'right': there, 'n': more}, {'at_least': .85}).outcome == ('met' if right > .85*359 else 'not met')

@pytest.mark.parametrize('lost,gained', [(12, 10), (20, 20), (40, 5)])
def test_so_many_pairs_decide(lost, gained):
    found = needs('accuracy_change', {'lost': lost, 'gained': gained, 'n': 359}, {'at_least': -.03})
    if found.outcome != 'not decidable': assert found.outcome == 'not met' or found.bound >= -.03
    else:
        k = found.needed
        lost, gained = (-(-lost*k//359), gained*k//359) if gained - lost > -.03*359 else (lost*k//359, -(-gained*k//359))
        assert needs('accuracy_change', {'lost': lost, 'gained': gained, 'n': k}, {'at_least': -.03}).outcome in ('met', 'not met')

def test_a_share_just_at_the_limit_is_never_decided():
    found = needs('accuracy', {'right': 85, 'n': 100}, {'at_least': .85})
    assert found.outcome == 'not decidable' and found.needed is None

def test_so_many_calls_decide():
    times = np.random.default_rng(0).gamma(4, 2, 700)
    for n in 400, 500, 687:
        found = needs('latency_ms', measured_percentile(times[:n], .99, .999), {'at_most': 100}, quota=50)
        assert (found.outcome, found.needed) == ('not decidable', calls_needed(.99, .999) )
    assert needs('latency_ms', measured_percentile(times[:688], .99, .999), {'at_most': 100}, quota=50).outcome == 'met'
    assert needs('latency_ms', measured_percentile(times, .99, .999), {'at_most': 1}, quota=50).outcome == 'not met'

def test_another_percentile_is_none():
    measured = measured_percentile(np.arange(1., 800), .9, .999)
    assert decide(Constraint('latency_ms', at_most=1e9, percentile=.99), {'latency_ms': measured}).outcome == 'not measured'

def test_so_many_processes_decide():
    medians = .005 + .03*np.linspace(-1, 1, 12)
    found = needs('speedup', {'value': 1., 'process_medians': medians.tolist()}, {'at_least': 1})
    center, spread, n = medians.mean(), medians.std(ddof=1), found.needed
    assert found.outcome == 'not decidable' and n > 12
    assert abs(center) > t_quantile(n, .9)*spread/math.sqrt(n) and abs(center) <= t_quantile(n//2, .9)*spread/math.sqrt(n//2)

def test_student_beyond_ranks_and_the_text_says_so():
    medians = (np.log(1.3) + .01*np.linspace(-1, 1, 12)).tolist()
    speed = {'value': 1.3, 'process_medians': medians}
    plain, sure = [needs('speedup', speed, {'at_least': 1}, quota=quota) for quota in (1, 1000)]
    assert plain.outcome == sure.outcome == 'met' and 'Student' in sure.text and 'Student' not in plain.text
    low, high = interval_of('speedup', speed, .9999)
    assert interval_of('latency_ratio', speed, .9999) == pytest.approx((1/high, 1/low))

def test_estimates_are_not_measured():
    energy = {'value': 1., 'windows': [1., 1.1, .9, 1., 1.05], 'tier': 'estimate'}
    assert needs('energy_j', energy, {'at_most': 9}).outcome == 'not measured'
    assert needs('energy_j', {**energy, 'tier': 'E1'}, {'at_most': 9}).outcome == 'met'
    assert needs('energy_j', {**energy, 'tier': 'E1', 'windows': [0.]*5}, {'at_most': 9}).outcome == 'not decidable'

@pytest.mark.parametrize('name', METRICS)
@pytest.mark.parametrize('measured', [0, {}, {'value': None}, {'value': math.nan}, {'right': True, 'n': 3}, {'right': 5, 'n': 3}, {'process_medians': []}, {'windows': [math.inf]}])
def test_no_number_is_guessed(name, measured):
    with pytest.raises(ValueError): interval_of(name, measured)

def test_absent_is_not_measured():
    for name in METRICS: assert needs_absent(name).outcome == 'not measured'
def needs_absent(name): return decide(Constraint(name, at_most=1.), {})

def test_many_rows_ask_for_few_intervals():
    "100,000 decisions about counts: one interval for each count, not for each row"
    page.counts_interval.cache_clear()
    for right in np.random.default_rng(0).binomial(10_000, .9, 5000).tolist(): decide(LEAST, {'accuracy': {'right': right, 'n': 10_000}})
    assert page.counts_interval.cache_info().misses < 300
