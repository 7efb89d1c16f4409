"The table of rules: each speaks of what it is about, is missed when it is gone, and says nothing of honest submissions"
import json, os, random, subprocess, sys
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import numpy as np
import pytest
from click.testing import CliRunner

import fuzz
from fuzz import GOLDEN
from notebooks import ROOT
from submissions import EXAMPLE, complete, errors
from tinytorch import submission
from tinytorch.submission import (SCHEMA_VERSION, Finding, Parts, SubmissionError, canonical_bytes, digest, explain, honest, load_submission, migrate,
    normalized, projection, rule, rule_findings, rules, rules_text, schema, validate_parts, validate_submission)

if find_spec('tinytorch.competition'):  # later pages add to the table
    import tinytorch.competition
    for found in iter_modules(tinytorch.competition.__path__): import_module(f'tinytorch.competition.{found.name}')

each_rule = pytest.mark.parametrize('id', sorted(rules))

# Each rule

IDS = (ROOT/'tests'/'rules.txt').read_text(encoding='utf-8').split()  # An id is for ever: reports name it
EXAMPLES = {id: each.example for id, each in rules.items()}

def complaints(*ids):
    "Which of those rules are missed: they are not in the table, or nobody finds what their example breaks"
    missed = []
    for id in ids:
        parts = honest()
        if id in EXAMPLES: EXAMPLES[id](parts)
        found = rule_findings(rules[id], parts) if id in rules else []
        if not found or id not in rules: missed.append(id)
        elif any(f.rule != id or f.severity != rules[id].severity or f.expected == 'a rule that comes to its end' or not str(f).isascii() or '\n' in str(f) for f in found): missed.append(id)
    return missed

def test_no_rule_is_lost():
    assert sorted(IDS) == IDS and set(IDS) <= set(rules), f'gone from the table: {set(IDS) - set(rules)}'
    new = {id for id, each in rules.items() if each.check.__module__ == 'tinytorch.submission'} - set(IDS)
    assert not new, f'add to tests/rules.txt: {new}'

@each_rule
def test_rule_speaks_of_its_example_and_is_missed_when_it_is_gone(id, monkeypatch):
    "The suite has no complaint; with the rule taken out of the table, or asleep in it, it has one"
    assert complaints(id) == []
    monkeypatch.delitem(rules, id)
    assert complaints(id) == [id]
    asleep = submission.Rule(id, '$', 'submission', ('document',), 'error', 'A rule.', None, lambda parts: ())
    monkeypatch.setitem(rules, id, asleep)
    assert complaints(id) == [id]

@each_rule
def test_rule_says_nothing_of_the_honest(id):
    assert rule_findings(rules[id], honest()) == []
    for path in GOLDEN.iterdir():
        assert errors(rule_findings(rules[id], Parts(json.loads(path.read_text(encoding='utf-8'))))) == []

@each_rule
def test_rule_is_listed_and_explained(id):
    text, table = explain(id), rules_text()
    each = rules[id]
    assert each.looks_at in text and each.text in text and each.page in text and f'{each.severity} {id} at ' in text
    assert any(line.split()[0] == id for line in table.splitlines())
    page = [path for path in (ROOT/'nbs').rglob('*.ipynb') if path.stem == each.page or path.stem.split('_')[0] == each.page]
    assert len(page) == 1, f'{id}: there is no page {each.page!r}'
    assert each.text and each.text[0].isupper() and '\n' not in each.text

def test_the_table_is_as_large_as_it_is_said_to_be():
    assert len(rules) >= 80 and len(rules_text().splitlines()) == len(rules)
    assert all(each.id == id and set(each.needs) <= {'document', 'samples', 'predictions', 'models', 'data', 'files'} for id, each in rules.items())

def test_unknown_rule_is_an_error_that_names_its_neighbors():
    with pytest.raises(ValueError, match='consistency.speedup'): explain('consistency.speed')

def test_what_is_asked_before_the_rules_is_explained_too():
    for id in 'json.number', 'limits.size', 'schema.type', 'file.read': assert explain(id).startswith(id) and 'before any rule' in explain(id)
    for id in 'json', 'json.', 'page.x', '':
        with pytest.raises(ValueError): explain(id)

def test_what_a_rule_cannot_decide_is_an_error():
    def crash(parts): yield from parts.document['nothing'] if parts else ()
    each = submission.Rule('my.rule', '$', 'submission', ('document',), 'warning', 'A rule.', None, crash)
    found, = rule_findings(each, honest())
    assert (found.rule, found.severity) == ('my.rule', 'error') and 'KeyError' in found.found

def test_a_rule_may_give_findings_of_its_own(monkeypatch):
    monkeypatch.setattr(submission, 'rules', {})
    @rule('my.rule', '$.x', page='submission', severity='warning')
    def mine(parts):
        "Is it mine?"
        yield '$.x', 'a', 'b'
        yield Finding('my.rule', '$.y', 'c', 'd', 'error')
    assert validate_submission(honest().document) == [Finding('my.rule', '$.x', 'a', 'b', 'warning'), Finding('my.rule', '$.y', 'c', 'd', 'error')]

# Forgeries that agree with themselves: one change, and all that follows from it

def forged(change):
    document = honest().document
    change(document)
    return {f.rule for f in validate_submission(submission.exactly(document))}

FORGED = {  # what somebody does: (change of an honest document, a rule that must speak)
    'five percent counts':          (lambda d: d['comparison'].update(smallest_effect=5, verdict='no difference shown'), 'plausible.smallest-effect'),
    'anything counts':              (lambda d: d['comparison'].update(smallest_effect=0), 'plausible.smallest-effect'),
    'sure of nothing':              (lambda d: d['comparison'].update(confidence=0), 'plausible.confidence'),
    'sure of all':                  (lambda d: d['comparison'].update(confidence=1), 'plausible.confidence'),
    'an interval without width':    (lambda d: d['comparison'].update(interval=[d['comparison']['speedup']]*2), 'plausible.interval'),
    'no calls':                     (lambda d: d['comparison'].pop('calls'), 'measurement.incomplete'),
    'calls of nothing':             (lambda d: d['comparison'].update(calls=[]), 'schema.minItems'),
    'no batch':                     (lambda d: d['comparison'].pop('batch_size'), 'measurement.incomplete'),
    'a batch of a million':         (lambda d: d['comparison'].update(batch_size=10**6), 'plausible.batch-size'),
    'own milliseconds':             (lambda d: d['comparison'].update(baseline_ms=1e18), 'consistency.milliseconds'),
    'an interval out of the air':   (lambda d: (d['comparison'].update(speedup=2., interval=[1.9, 2.1], verdict='faster'), d.pop('search')), 'measurement.speedups'),
    'no spread':                    (lambda d: [d['baseline']['metrics'].update(latency_ms_std=0)], 'consistency.latency_ms_median'),
    'no spread, no median':         (lambda d: (d['baseline']['metrics'].update(latency_ms_std=0), d['baseline']['metrics'].pop('latency_ms_median')), 'plausible.spread'),
    'a median far away':            (lambda d: d['baseline']['metrics'].update(latency_ms_median=5.), 'consistency.latency_ms_median'),
    'the year 1':                   (lambda d: d.update(timestamp='0001-01-01 00:00:00'), 'plausible.calendar'),
    'the year 9999':                (lambda d: d['optimized'].update(timestamp='9999-01-01 00:00:00'), 'plausible.calendar'),
    'minus five cores':             (lambda d: d['system_info'].update(cores_usable=-5), 'plausible.cores'),
    'minus seven cores, in words':  (lambda d: d['system_info'].update(cores_physical='minus seven'), 'plausible.cores'),
    'half a thread':                (lambda d: d['system_info'].update(blas_threads=.5), 'plausible.cores'),
    'Python banana':                (lambda d: d['system_info'].update(python_version='banana'), 'plausible.versions'),
    'NumPy n/a':                    (lambda d: d['system_info'].update(numpy_version='n/a'), 'plausible.versions'),
    'not pruned':                   (lambda d: d['optimized'].update(techniques_applied=['not pruned']), 'claims.unknown'),
    'one bit':                      (lambda d: d['optimized'].update(techniques_applied=['1-bit quantization']), 'claims.unknown'),
    'twice as pruned':              (lambda d: d['optimized'].update(techniques_applied=['pruning', 'Magnitude-Pruned']), 'claims.twice'),
    'one parameter fewer':          (lambda d: d['optimized'].update(evidence={'parameters': d['baseline']['evidence']['parameters'] - 1, 'zero_share': 0, 'int8_share': 1}), 'claims.pruning'),
    'one byte':                     (lambda d: d['optimized']['metrics'].update(artifact_bytes=1), 'plausible.bytes'),
    'sixty-five bytes':             (lambda d: d['optimized']['metrics'].update(artifact_bytes=65), 'plausible.bytes'),
    'more codes than weights':      (lambda d: d['optimized']['evidence'].update(int4_share=.1), 'consistency.evidence'),
    'all right':                    (lambda d: d['optimized']['metrics'].update(accuracy=1), 'plausible.accuracy'),
    'garbage on record':            (lambda d: d['optimized'].update(techniques_recorded=['abc', 5]), 'claims.recorded'),
    'other photos by that name':    (lambda d: d['baseline']['data'].update(sha256='b6'*32), 'consistency.fingerprint'),
    'the part one trained on':      (lambda d: d['baseline']['data'].update(sha256=submission.data_by_hand('Digits (8×8), training part')['sha256']), 'consistency.fingerprint'),
    'the test part, renamed':       (lambda d: d['baseline']['data'].update(name='my own digits'), 'consistency.data-name'),
    'data on nobody knows what':    (lambda d: d['baseline'].pop('data'), 'measurement.no-data'),
    'a size of nobody knows what':  (lambda d: d['baseline']['metrics'].pop('artifact_bytes'), 'measurement.no-size'),
    'no evidence':                  (lambda d: d['baseline'].pop('evidence'), 'claims.evidence'),
    'nowhere and never':            (lambda d: (d['optimized'].pop('system_info'), d['optimized'].pop('timestamp')), 'measurement.no-machine'),
    'no comparison':                (lambda d: (d.pop('comparison'), d.pop('control')), 'measurement.unpaired'),
    'no control':                   (lambda d: d.pop('control'), 'measurement.no-control'),
    'five processes':               (lambda d: d['comparison'].update(processes=5), 'consistency.processes'),
    'more processes than pairs':    (lambda d: d['comparison'].update(processes=500), 'consistency.processes'),
    'a hundred and five times':     (lambda d: d['optimized']['metrics'].update({f'latency_ms_{name}': d['optimized']['metrics'][f'latency_ms_{name}']/210 for name in ('mean', 'std', 'median')}), 'measurement.speedups'),
    'in no time':                   (lambda d: d['optimized']['metrics'].update(latency_ms_mean=1e-300, latency_ms_std=0, latency_ms_median=1e-300), 'plausible.latency'),
    'for ever':                     (lambda d: d['baseline']['metrics'].update(latency_ms_mean=1e300), 'plausible.latency'),
    'a step that was not kept':     (lambda d: d['search']['steps'][1].update(kept=False), 'consistency.search'),
    'another file was kept':        (lambda d: d['search']['steps'][1].update(artifact_bytes=10**4), 'consistency.search'),
    'chosen on the test part':      (lambda d: d['search'].update(data=d['baseline']['data']), 'measurement.search'),
    'joules out of the air':        (lambda d: d['energy'].update(joules=1.), 'consistency.energy'),
    'measured, and no joules':      (lambda d: d['energy'].update(tier='E1'), 'consistency.energy'),
    'a bound from twenty calls':    (lambda d: d['scenarios']['baseline']['offline'].update(p99_bound_ms=99.), 'scenarios.calls'),
    'faster than one by one':       (lambda d: d['scenarios']['baseline']['server'].update(rate_per_second=10**9), 'scenarios.server'),
    'nothing lost':                 (lambda d: d['accuracy'].update(lost=0, both=352), 'accuracy.counts'),
    'a margin to taste':            (lambda d: d['accuracy'].update(margin=.5, verdict='worse'), 'accuracy.follows'),
    'nothing found, they say':      (lambda d: d['accuracy'].update(mcnemar_p=.9), 'accuracy.follows'),
    'a control that finds':         (lambda d: d['control'].update(estimate=1.03, interval=[1.02, 1.04], verdict='faster'), 'measurement.control'),
    'blind to a half':              (lambda d: d['comparison'].update(minimum_detectable=.5), 'measurement.detectable'),
    'a busy machine':               (lambda d: d['quality'].update(letter='F'), 'measurement.quality'),
}

@pytest.mark.parametrize('name', FORGED)
def test_forgery_is_told(name):
    change, expected = FORGED[name]
    assert expected in forged(change)

# Honest submissions of other models, machines and versions

def plain(*sections):
    "Without those sections"
    def change(d):
        for name in sections: del d[name]
    return change

def latencies(d, model, factor):
    metrics = d[model]['metrics']
    for name in 'latency_ms_mean', 'latency_ms_std', 'latency_ms_median': metrics[name] *= factor
    for name in 'comparison', 'control', 'search', 'scenarios': d.pop(name, None)

def shared(d, **facts):
    for about in d, d['optimized']: about['system_info'] = {**about['system_info'], **facts}

def alone(d):
    for name in 'optimized', 'improvements', 'comparison', 'control', 'search', 'accuracy': d.pop(name, None)
    d['memory'].pop('optimized'), d['scenarios'].pop('optimized')

def other_data(d, samples, name='my photos'):
    for model in 'baseline', 'optimized':
        d[model]['data'] = {'name': name, 'samples': samples, 'sha256': '3f'*32}
        d[model]['metrics'].update(batch_size=samples, accuracy=round(d[model]['metrics']['accuracy']*samples)/samples)
    d.pop('accuracy')

def nominal(d):
    for model in 'baseline', 'optimized':
        metrics = d[model]['metrics']
        metrics['nominal_bytes'] = 4*metrics['parameter_count']
        del metrics['artifact_bytes'], d[model]['evidence']
    del d['search'], d['memory']
    d['optimized']['techniques_applied'] = []

def typed(**changes):
    "The user's document, with other numbers"
    document = json.loads(EXAMPLE)
    for path, value in changes.items():
        *place, last = path.split('__')
        submission.inside(document, place)[last] = value
    return document

HONEST = {  # what is so: a change of an honest document
    'as it is': lambda d: None, 'baseline alone': alone, 'no search': plain('search'), 'no machine facts': plain('quality', 'memory', 'roofline', 'energy'),
    'no statistics': plain('accuracy', 'scenarios', 'control'), 'no comparison': plain('comparison', 'control', 'search'), 'closed': lambda d: d.update(division='closed'),
    'nobody': plain('student_name'), 'other alphabet': lambda d: d.update(student_name='Žofie 学生'), 'extensions': lambda d: d.update(extensions={'org.example': {'a': [None]}}),
    'Windows': lambda d: shared(d, platform='Windows-11-10.0.22631-SP0', cpu=None, cores_physical=None), 'macOS': lambda d: shared(d, platform='macOS-15.2-arm64-arm-64bit'),
    'release candidate': lambda d: shared(d, python_version='3.13.0rc1', numpy_version='2.5.0.dev0+git20260101.abc'), 'distribution': lambda d: shared(d, python_version='3.10.12+', numpy_version='2.0.0'),
    'a server': lambda d: shared(d, cores_usable=192, cores_logical=384, blas_threads=64), 'nothing known of cores': lambda d: shared(d, cores_usable=None, blas_threads=None),
    'more facts': lambda d: shared(d, governor='performance', container=True, quota=None), 'a slow model': lambda d: [latencies(d, m, 1e5) for m in ('baseline', 'optimized')],
    'a fast model': lambda d: latencies(d, 'optimized', .01), 'other data': lambda d: other_data(d, 1000), 'one sample': lambda d: other_data(d, 1), 'a validation part': lambda d: other_data(d, 360, 'validation'),
    'nothing right': lambda d: (d['optimized']['metrics'].update(accuracy=0), d.pop('accuracy')), 'nominal sizes': nominal, 'pruned only': lambda d: d['optimized'].update(techniques_applied=['structured pruning']),
    'nothing claimed': lambda d: d['optimized'].update(techniques_applied=[], techniques_recorded=[]), 'int8': lambda d: d['optimized'].update(techniques_applied=['INT8']),
    'a new technique': lambda d: d['optimized'].update(techniques_applied=['distillation']), 'energy measured': lambda d: d['energy'].update(tier='E1', joules=12.5, reason=None),
    'grade A': lambda d: d['quality'].update(letter='A', reasons=[]), 'no server': lambda d: d['scenarios']['baseline'].update(server=None, multi_stream=None),
    'New Year': lambda d: (d.update(timestamp='2025-12-31 23:59:59'), d['optimized'].update(timestamp='2026-01-01 00:00:07')), 'floats': lambda d: d['comparison'].update(pairs=240., processes=12.),
    'pairs': lambda d: d['comparison'].update(design='pairs', processes=1), 'another search': lambda d: d['search'].update(rule='whatever is fastest')}

@pytest.mark.parametrize('name', HONEST)
def test_honest_submission_is_accepted(name):
    document = honest().document
    HONEST[name](document)
    assert errors(validate_submission(submission.exactly(document))) == []

@pytest.mark.parametrize('changes', [{}, {'improvements__speedup': 1.4}, {'improvements__speedup': 1}, {'improvements__compression_ratio': 1.3}, {'improvements__accuracy_delta': -.02},
    {'baseline__metrics__throughput_samples_per_sec': 23809.5}, {'baseline__metrics__parameter_count': 283}, {'student_name': 'A'}, {'prize': 'an unknown key'}], ids=str)
def test_honest_document_typed_by_hand_is_accepted(changes):
    document = typed(**changes)
    assert errors(validate_submission(document)) == errors(validate_submission(migrate(document))) == []

# Readings, predictions and arrays

def told_of(change):
    parts = honest()
    change(parts)
    return {f.rule for f in validate_parts(parts)}

def column(name, value): return lambda parts: parts.samples.update({name: value(parts.samples[name])})
def slower(parts): parts.samples['ns'][(parts.samples['scenario'] == 3) & (parts.samples['side'] == 1)] *= 2
def change_weight(parts): parts.models['baseline'][1]['fc1.weight'][0, 0] = 0

RAW = {
    'all times doubled':           (column('ns', lambda ns: ns*2), {'samples.latency', 'samples.scenarios', 'samples.comparison'}),
    'candidate slower than said':  (slower, {'samples.comparison'}),
    'a row left out':              (lambda parts: parts.samples.update({name: c[:-1] for name, c in parts.samples.items()}), {'samples.pairs', 'samples.control'}),
    'a column too short':          (column('ns', lambda ns: ns[:-1]), {'samples.columns'}),
    'floats':                      (column('ns', lambda ns: ns.astype(float)), {'samples.columns'}),
    'two axes':                    (column('ns', lambda ns: ns[:, None]), {'samples.columns'}),
    'no rows':                     (lambda parts: parts.samples.update({name: c[:0] for name, c in parts.samples.items()}), {'samples.latency', 'samples.comparison'}),
    'time stands still':           (column('ns', lambda ns: ns*0), {'samples.clock', 'samples.latency'}),
    'time runs backward':          (column('ns', lambda ns: -ns), {'samples.clock', 'samples.latency'}),
    'no loops':                    (column('loops', lambda loops: loops*0), {'samples.clock', 'samples.latency'}),
    'unknown scenario':            (column('scenario', lambda s: s + np.uint8(5)), {'samples.codes', 'samples.latency'}),
    'more samples than there are': (column('sample', lambda s: s + np.int32(359)), {'samples.codes'}),
    'always the same time':        (column('ns', lambda ns: ns*0 + 20_000), {'samples.constant', 'samples.latency'}),
    'baseline always first':       (column('order', lambda order: order*0), {'samples.order'}),
    'other labels':                (lambda parts: parts.predictions['labels'].fill(3), {'predictions.accuracy', 'predictions.paired', 'predictions.labels'}),
    'no predictions at all':       (lambda parts: parts.predictions.clear(), {'predictions.arrays'}),
    'endless scores':              (lambda parts: parts.predictions['baseline_scores'].fill(np.inf), {'predictions.arrays'}),
    'other scores':                (lambda parts: parts.predictions['baseline_scores'].fill(0), {'predictions.classes'}),
    'one weight zero':             (change_weight, {'models.evidence'}),
    'an array more':               (lambda parts: parts.models['baseline'][1].update(more=np.ones((2, 2), np.float32)), {'models.parameters', 'models.bytes'}),
    'floats for codes':            (lambda parts: parts.models['optimized'][1].update({'fc1.weight': parts.models['optimized'][1]['fc1.weight'].astype(np.float32)}), {'models.evidence', 'models.bytes'}),
}

@pytest.mark.parametrize('name', RAW)
def test_parts_that_do_not_fit_are_told(name):
    change, expected = RAW[name]
    assert expected <= told_of(change)

def test_honest_parts_of_each_kind_are_accepted():
    assert validate_parts(honest()) == [] and validate_submission(honest().document) == []
    for missing in 'samples', 'predictions', 'models', 'data':
        parts = honest()
        setattr(parts, missing, None)
        assert validate_parts(parts) == []

def test_findings_come_in_the_same_order_whatever_the_hashes_of_texts_are():
    code = '''from tinytorch.submission import honest, validate_parts
parts = honest()
parts.document['accuracy'].update(mcnemar_p=.5, decidable=.5, difference=.5)
parts.document['comparison'].update(speedup=.6, baseline_ms=1., candidate_ms=2., interval=[.5, .7])
parts.samples.pop('order'), parts.samples.pop('ns'), parts.predictions.clear()
print(*validate_parts(parts), sep='\\n')'''
    told = {subprocess.run([sys.executable, '-c', code], env={**os.environ, 'PYTHONPATH': str(ROOT), 'PYTHONHASHSEED': str(seed)}, capture_output=True, check=True).stdout for seed in range(4)}
    assert len(told) == 1 and len(told.pop().splitlines()) >= 8

def test_parts_are_left_as_they_were():
    parts = honest()
    before = canonical_bytes(parts.document), {name: c.copy() for name, c in parts.samples.items()}
    validate_parts(parts)
    assert canonical_bytes(parts.document) == before[0] and all((parts.samples[name] == c).all() for name, c in before[1].items()) and parts.made == {}

def test_codes_of_four_bits_are_counted_and_may_be_padded():
    from tinytorch.core.layers import Linear
    from tinytorch.perf.quantization import quantize_model
    from tinytorch.perf.techniques import sparsity, weight_dtypes
    for rows in 4, 5:
        model = quantize_model(Linear(rows, 3, rng=0), bits=4, backend='numpy')
        weights = model.state_dict()
        found, padding = submission.counted({'buffers': ['scale']}, weights)
        shown = submission.shares_shown({'buffers': ['scale']}, weights)
        assert found['parameters'] - padding <= model.count_parameters() <= found['parameters'] and padding == 3
        assert shown['zero_share'][0] <= sparsity(model) <= shown['zero_share'][1] and weight_dtypes(model)['int4'] == 1 == shown['int4_share'][1]

# Versions

@pytest.mark.parametrize('version', range(SCHEMA_VERSION + 1))
def test_golden_file_of_each_version_is_read_brought_up_and_taken_back(version):
    path = GOLDEN/f'{version}.json'
    document = load_submission(path)
    assert document.get('schema_version', 0) == version and errors(validate_submission(document)) == []
    before = path.read_bytes()
    for later in range(version, SCHEMA_VERSION + 1):
        moved = migrate(document, later)
        assert moved.get('schema_version', 0) == later and errors(validate_submission(moved)) == []
        assert migrate(migrate(document, later)) == migrate(document), 'step by step, or at once'
    assert path.read_bytes() == before and document == load_submission(path)
    assert projection(document) == projection(migrate(document))

def test_user_document_comes_back_from_the_latest_version():
    document = json.loads(EXAMPLE)
    back = projection(migrate(document))
    assert back.keys() == document.keys() and 'schema_version' not in back
    assert back['baseline']['metrics']['parameter_count'] == 263 and back['improvements']['speedup'] == pytest.approx(1.3548, abs=1e-4)

def test_keys_of_version_1_keep_their_values_in_version_2():
    document = load_submission(GOLDEN/'1.json')
    assert {**migrate(document), 'schema_version': 1} == document and migrate(document, 1) == document

def test_no_way_back_but_projection():
    with pytest.raises(ValueError, match='later than 1'): migrate(honest().document, 1)
    with pytest.raises(SubmissionError): migrate({})
    with pytest.raises(SubmissionError): projection({**honest().document, 'prize': 1})
    assert errors(validate_submission(projection(honest().document, 1))) == []

def test_what_is_accepted_can_be_moved_to_every_version():
    "Changed documents, as far as they are accepted: a migration and a projection of each are accepted too, and are themselves moved no further"
    moved = 0
    for number in range(700):
        kind, document = fuzz.document(8, number)
        if kind != 'changed' or errors(validate_submission(document)): continue
        moved += 1
        latest, first = migrate(document), projection(document)
        assert errors(validate_submission(latest)) == errors(validate_submission(first)) == [], number
        assert migrate(latest) == latest and projection(first) == first and 'schema_version' not in first, number
        assert digest(latest) == digest(json.loads(canonical_bytes(latest))), number
    assert moved >= 30

# Canonical bytes

def test_canonical_bytes_do_not_depend_on_how_a_document_is_written():
    document = honest().document
    shuffled = json.loads(json.dumps(document, indent=3), object_pairs_hook=lambda pairs: dict(random.Random(0).sample(pairs, len(pairs))))
    assert canonical_bytes(shuffled) == canonical_bytes(document) and len(digest(document)) == 64
    assert canonical_bytes({'a': 60., 'b': 10**20, 'c': 1e20, 'd': -0., 'e': .1}) == b'{"a":60,"b":100000000000000000000,"c":100000000000000000000,"d":0,"e":0.1}'
    assert normalized({'a': [2., 2.5, True, '2']}) == {'a': [2, 2.5, True, '2']} and type(normalized(2.)) is int and normalized(True) is True
    for bad in {'x': float('nan')}, {'x': object()}, {1: 2}, {'x': '\ud800'}:
        with pytest.raises(ValueError): canonical_bytes(bad)

def test_digest_changes_with_any_change():
    document, seen = honest().document, set()
    for inside, key in fuzz.places_in(document):
        kept, inside[key] = inside[key], 'another'
        seen.add(digest(document))
        inside[key] = kept
    assert len(seen) == len(fuzz.places_in(document)) and digest(document) not in seen

# Schemas

def test_published_schemas_and_fingerprints_are_those_of_the_code():
    import runpy
    texts = runpy.run_path(str(ROOT/'scripts'/'submission_data.py'))['texts']()
    assert len(texts) == SCHEMA_VERSION + 2
    for path, text in texts.items(): assert path.read_text(encoding='utf-8') == text, f'{path.name}: python scripts/submission_data.py'

@pytest.mark.parametrize('version', range(SCHEMA_VERSION + 1))
def test_schema_is_one(version):
    from jsonschema import Draft202012Validator
    Draft202012Validator.check_schema(schema(version))
    assert list(Draft202012Validator(schema(version)).iter_errors(json.loads((GOLDEN/f'{version}.json').read_text(encoding='utf-8')))) == []

def test_each_section_of_version_2_may_be_left_out():
    document = honest().document
    for name in 'control', 'accuracy', 'scenarios', 'quality', 'memory', 'roofline', 'energy', 'division', 'search', 'student_name':
        left = {key: value for key, value in document.items() if key != name}
        assert errors(validate_submission(left)) == []
    assert errors(validate_submission({**complete(), 'extensions': {'org.example': [1, {'a': None}]}, 'artifacts': {'samples.npz': 'a5'*32}})) == []
    assert errors(validate_submission({**complete(), 'artifacts': {'samples.npz': 'A5'*32}})) != []

# Anything at all

def test_five_thousand_random_documents_get_findings():
    counts, *_ = fuzz.run(5000)
    assert not [key for key in counts if key[0] == 'undecided'], counts
    assert counts['changed', 'accepted'] > 100 and counts['changed', 'refused'] > 700 and counts['bytes', 'refused'] > 1000 and counts['json', 'refused'] > 1000
    assert sum(key[0] == 'rule' for key in counts) >= 45

def test_the_largest_document_is_checked_at_once():
    "As many steps and timings as a search may have, all wrong in some way; the work does not grow with what the limits refuse"
    document = honest().document
    timing = document['search']['steps'][0]['timings'][0]
    step = {**document['search']['steps'][0], 'timings': [{**timing, 'batch_size': n + 1} for n in range(10)]}
    document['search']['steps'] = [{**step, 'name': 'x'*200, 'kept': n == 0} for n in range(50)]
    document['extensions'] = {str(n): ['x'*100]*10 for n in range(800)}
    assert 900_000 < len(json.dumps(document)) < 1_000_000
    assert {f.rule for f in validate_submission(document)} <= {'consistency.search', 'measurement.search'}
