"Falsified submissions are caught, honest ones are not, and each rule is missed when it is gone"
import json, os, subprocess, sys
from copy import deepcopy

import numpy as np
import pytest

import forge, fuzz_bundles
from forge import PAIRS, Forge, contents, told_again
from mutants import GOLDEN, MUTANTS, UNSEEN, document_text, found_in, missed, read, unseen_findings
from submissions import EXAMPLE, complete, errors
from tinytorch import submission
from tinytorch.competition import bundle as b, verify
from tinytorch.submission import migrate, projection, rules, validate_parts, validate_submission

# Falsified

@pytest.mark.parametrize('name', MUTANTS)
def test_mutant_is_caught(name): assert missed(name) == set()

def test_there_are_enough_of_them():
    assert len(MUTANTS) >= 250 and all(mutant.expected for mutant in MUTANTS.values())
    rejected = sum(any(severity == 'error' for _, severity in mutant.expected) for mutant in MUTANTS.values())
    assert rejected >= 200

OURS = [id for id, each in rules.items() if each.check.__module__ in ('tinytorch.submission', 'tinytorch.competition.bundle', 'tinytorch.competition.detection')]

def red(names):
    "Which of those mutants are no longer caught, asked anew"
    found_in.cache_clear()
    return {name for name in names if missed(name)}

@pytest.fixture
def anew():
    yield
    found_in.cache_clear()

@pytest.mark.parametrize('id', OURS)
def test_rule_that_is_gone_is_missed(id, anew, monkeypatch):
    "Each mutant that the rule has to catch gets through, and no other rule speaks under its name"
    caught = [name for name, mutant in MUTANTS.items() if id in dict(mutant.expected)][:1]
    assert caught, f'no mutant needs {id}: add one to tests/mutants.py'
    monkeypatch.delitem(rules, id)
    assert red(caught) == set(caught)

@pytest.mark.parametrize('name', UNSEEN)
def test_what_only_a_second_run_can_tell_passes_here(name):
    "Were one of these found, it would belong to the mutants"
    assert unseen_findings(name) == []

ANSWERED = [name for name, (*_, who) in UNSEEN.items() if who == 'answering again' and 'difference' not in name]

@pytest.mark.parametrize('name', [None, *ANSWERED])
def test_who_answers_again_sees_it(name):
    "The step of `verify` that builds the models and lets them answer refutes these, and no honest bundle"
    base, change = UNSEEN[name][:2] if name else ('digits', lambda honest: None)
    forged = Forge(contents(base))
    change(forged)
    step = verify.check_accuracy(verify.Case(read(forged.files()), verify.read_rules(), None, False, 0, None))
    assert step.outcome == ('fail' if name else 'pass') and bool(step.findings) == bool(name)

# Honest

MACHINES = {  # as they tell of themselves
    'macOS on ARM':   dict(platform='macOS-15.2-arm64-arm-64bit', architecture='arm64', cpu='Apple M3', cores_physical=8, cores_logical=8, cores_usable=8, cpu_quota=None, governor=None, container=None, blas='accelerate', blas_version=None),
    'Windows':        dict(platform='Windows-11-10.0.26100-SP0', architecture='AMD64', cpu='Intel64 Family 6 Model 154', cores_physical=None, cores_logical=16, cores_usable=16, cpu_quota=None, governor=None, container=None),
    'a small ARM':    dict(platform='Linux-6.6.31-aarch64-with-glibc2.36', architecture='aarch64', cpu=None, cores_physical=4, cores_logical=4, cores_usable=4, governor='ondemand', container=False),
    'one core':       dict(cores_physical=1, cores_logical=1, cores_usable=1, blas_threads=1),
    'a container':    dict(cpu_quota=.5, container=True, governor=None, cores_usable=1),
    'no limits':      dict(cpu_quota='unlimited', container=False, governor='performance'),
    'a server':       dict(cores_physical=96, cores_logical=192, cores_usable=192, blas_threads=1),
    'musl':           dict(platform='Linux-6.12.1-x86_64-with-libc', python_version='3.14.0a5', numpy_version='2.5.0.dev0+git20260101.abc'),
    'nothing known':  dict(cpu=None, cores_physical=None, cores_logical=None, cores_usable=None, cpu_quota=None, governor=None, container=None, blas=None, blas_version=None, blas_threads=None)}

HONEST = {f'bundle: {kind}': (kind, lambda honest: None) for kind in PAIRS}

def on(facts):
    def change(honest):
        for about in honest.document, honest.document['optimized']: about['system_info'].update(facts)
    return change

HONEST |= {f'bundle: {name}': ('digits', on(facts)) for name, facts in MACHINES.items()}

def drawn_anew(us, seed, **effort):
    def change(honest):
        honest.samples = forge.readings(us, seed, **effort)
        told_again(honest)
    return change

def no_server(honest):
    drawn_anew((20., 12.), 3, calls=100)(honest)
    assert honest.document['scenarios']['baseline']['server'] is None

def measured_energy(honest): honest.document['energy'] = {'tier': 'E1', 'joules': 12.5, 'reason': None}

def in_words(honest): honest.document.update(student_name='Žofie 学生 <b>&</b>', extensions={'org.example': {'a': [None, {'b': 1}]}})

def resident(honest): honest.document['memory']['baseline']['resident_peak_bytes'] = 10**6

HONEST |= {
    'bundle: few readings':          ('digits', drawn_anew((20., 12.), 5, calls=60, processes=6, pairs=4, pilot=6)),
    'bundle: no server':             ('digits', no_server),
    'bundle: slow models':           ('digits', drawn_anew((2e5, 2.5e5), 1)),
    'bundle: a hundred times':       ('digits', drawn_anew((2000., 20.), 2)),
    'bundle: one percent':           ('digits', drawn_anew((20., 19.8), 7)),
    'bundle: twenty processes':      ('digits', drawn_anew((20., 12.), 8, processes=20, pilot=12)),
    'bundle: energy':                ('digits', measured_energy),
    'bundle: another alphabet':      ('digits', in_words),
    'bundle: memory of a process':   ('digits', resident),
    'bundle: the open division':     ('digits', lambda honest: honest.document.update(division='open')),
    'bundle: no grade better than D': ('digits', drawn_anew((20., 12.), 9, processes=12, pilot=6))}

@pytest.mark.parametrize('name', HONEST)
def test_honest_bundle_is_accepted(name):
    kind, change = HONEST[name]
    honest = Forge(contents(kind))
    change(honest)
    found = read(honest.files()).findings
    assert errors(found) == []
    assert {f.rule for f in found} <= {'measurement.quality', 'measurement.control'}

def test_as_it_was_written_compressed_or_in_a_folder(tmp_path):
    from zipfile import ZIP_DEFLATED, ZipFile
    content = contents('residual')
    b.write_bundle(tmp_path/'run', {name: data for name, data in content.items() if name != 'manifest.json'})
    with ZipFile(tmp_path/'run.zip', 'w', ZIP_DEFLATED) as archive:
        for name, data in content.items(): archive.writestr(name, data)
    for path in tmp_path.iterdir(): assert errors(b.load_bundle(path).findings) == [] and b.load_bundle(path).files == content

def test_measured_by_a_clock(tmp_path):
    "The one bundle here whose readings are no fiction: whatever this machine did meanwhile, it is not rejected"
    baseline, optimized, x, y = PAIRS['digits'][0]()
    made = b.save_bundle(tmp_path/'run', baseline, optimized, x, y, quick=True)
    assert errors(made.findings) == [] and {f.rule.split('.')[0] for f in made.findings} <= {'measurement'}
    assert errors(read(Forge(made.files).files()).findings) == []

def alone(document):
    for name in 'optimized', 'improvements', 'comparison', 'control', 'search', 'accuracy', 'memory', 'scenarios': document.pop(name, None)
    return document

def goldens(): return {version: json.loads(document_text(version)) for version in '012'}

DOCUMENTS = {**{f'version {version}': document for version, document in goldens().items()},
             **{f'version {version}, a baseline alone': alone(document) for version, document in goldens().items()},
             **{f'version {version}, brought up': migrate(document) for version, document in goldens().items()},
             **{f'version {version}, taken back': projection(document) for version, document in goldens().items()},
             'version 0 as one of 1': migrate(json.loads(EXAMPLE), 1), 'filled in by hand': complete(), 'golden 0': json.loads((GOLDEN/'0.json').read_text(encoding='utf-8'))}

@pytest.mark.parametrize('name', DOCUMENTS)
def test_honest_document_is_accepted(name): assert errors(validate_submission(DOCUMENTS[name])) == []

@pytest.mark.parametrize('kind', ['digits', 'low rank', 'residual', 'twin'])
def test_document_of_a_bundle_is_accepted_alone_and_in_every_version(kind):
    document = Forge(contents(kind)).document
    for found in document, projection(document, 1), projection(document), migrate(projection(document)): assert errors(validate_submission(found)) == []

def test_there_are_enough_honest_ones(): assert len(HONEST) + len(DOCUMENTS) >= 45

# Every figure

def leaves(value, place=()):
    "Each place in a document where something stands that holds nothing else"
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value): yield from leaves(item, (*place, key))
    else: yield place

def another(value):
    if isinstance(value, bool): return not value
    if isinstance(value, float): return value*1.01 + 1e-6
    return value + 1 if isinstance(value, int) else 'zz' if isinstance(value, str) else 5

FREE = {  # what no file of the bundle can contradict
    'baseline.model_name', 'optimized.model_name', 'student_name', 'comparison.difference', 'comparison.batch_size', 'accuracy.margin',
    'quality.facts.steal_share', 'quality.facts.switches_per_second', 'quality.facts.load_per_core', 'roofline.bandwidth_bytes_per_s', 'roofline.peak_flops_per_s', 'energy.reason',
    *(f'memory.{side}.{name}_bytes' for side in b.MODELS for name in ('parameter', 'traced_peak', 'resident_peak'))}

def test_figures_of_a_bundle_are_looked_at():
    "Another value at any place of the document is found, but at those that are `FREE`, and in what was recorded in words"
    bundle, free = read(contents('digits')), set()
    parts = b.parts_of(bundle, True)
    assert validate_parts(parts) == []
    places = {'.'.join(map(str, place)): place for place in leaves(bundle.document) if place[:2] != ('optimized', 'techniques_recorded')}
    some = {*np.random.default_rng(0).choice(sorted(places.keys() - FREE), 60, False).tolist(), *FREE} if not EVERY else places
    for name in some:
        parts.document = document = deepcopy(bundle.document)
        inside = submission.inside(document, places[name][:-1])
        inside[places[name][-1]] = another(inside[places[name][-1]])
        if not validate_parts(parts): free.add(name)
    assert free == FREE

EVERY = 'EVERY' in os.environ  # all places, not only some

# Damaged

def test_four_hundred_damaged_bundles_get_findings():
    counts, longest, number = fuzz_bundles.run(400, seed=1)
    assert not [key for key in counts if key[0] == 'undecided'], counts
    assert longest < 1, f'fuzz_bundles.files(1, {number}) takes {longest} s of a processor'
    assert sum(n for key, n in counts.items() if key[1] == 'refused') >= 300
    for family in 'bundle.', 'json.', 'schema.', 'model.', 'samples.', 'predictions.': assert any(key[0] == 'rule' and key[1].startswith(family) for key in counts)

def test_reading_needs_no_extra(tmp_path):
    "Neither an honest bundle nor a falsified one asks for a package that may not be there"
    good, bad = tmp_path/'good.zip', tmp_path/'bad.zip'
    good.write_bytes(b.zip_bytes(contents('plan')))
    changed = Forge(contents('plan'))
    changed.models['optimized'][0]['plan'] = 'numba'
    bad.write_bytes(b.zip_bytes(changed.files()))
    code = f'import sys; sys.path[:] = {sys.path!r}; sys.modules.update(onnx=None, onnxruntime=None, numba=None)\nfrom tinytorch.competition.bundle import load_bundle\n' \
           f'for path in sys.argv[1:]: print(sum(f.severity == "error" for f in load_bundle(path).findings))'
    done = subprocess.run([sys.executable, '-c', code, good, bad], capture_output=True, text=True)
    assert done.stdout.split() == ['0', '0'] and done.returncode == 0, done.stderr
