"A verdict is found, never read: honest claims are confirmed, forgeries are refuted by what they forged, and what cannot be decided is said"
import json, os, sys
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from tinytorch.benchmarking import detectable_speedup
from tinytorch.competition import verify as v
from tinytorch.competition.bundle import MODELS, load_bundle, noticed_again, npz_bytes, save_bundle, with_artifacts, write_bundle
from tinytorch.competition.outside import COLUMNS, Caught
from tinytorch.competition.verify import FAIL, UNDECIDED, PASS, RULES, Step, verify
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.datasets import load
from tinytorch.machine import grade
from tinytorch.scenarios import comparison_section, scenario_section
from tinytorch.submission import Parts, parse_strictly
from safetensors.numpy import save

posix = pytest.mark.skipif(os.name != 'posix', reason='workers need pipes and memory as Linux and macOS hand them to a child')

# bundles: honest ones, and forged ones whose every number follows from the others

def digits(part):
    images, labels = getattr(load('digits'), part)
    return images.reshape(len(images), -1), labels

def fitted(hidden, rng=0):
    "Random features and the best last layer for them: trained in a moment"
    x, y = digits('train')
    first, last = Linear(64, hidden, rng=rng), Linear(hidden, 10, rng=1)
    features = np.maximum(x @ first.weight.data + first.bias.data, 0)
    last.weight.data[...] = np.linalg.lstsq(features.T @ features + 1e-2*np.eye(hidden), features.T @ np.eye(10)[y], rcond=None)[0]
    last.bias.data[...] = 0
    return Sequential(first, ReLU(), last)

@pytest.fixture(scope='session')
def honest(tmp_path_factory):
    path = tmp_path_factory.mktemp('honest')/'run'
    made = save_bundle(path, fitted(2048), fitted(64), *digits('test'), quick=True)
    return with_readings(made, path, speedup=8.)

def files_of(bundle): return {name: data for name, data in bundle.files.items() if name not in ('submission.json', 'manifest.json')}

def rewritten(bundle, path, document=None, **files):
    "A bundle whose hashes and manifest are right, whatever was changed"
    names = {name.replace('.', '_').replace('/', '_'): name for name in bundle.files}
    changed = files_of(bundle) | {names[name]: data for name, data in files.items()}
    document = {key: value for key, value in (document or bundle.document).items() if key != 'artifacts'}
    write_bundle(path, with_artifacts(document, changed))
    return load_bundle(path)

def with_readings(bundle, path, speedup):
    "The bundle as if its clock had shown this speed-up: readings without noise, and all that follows from them"
    columns = {name: np.array(column) for name, column in bundle.samples.items()}
    pair, second = columns['scenario'] == 3, columns['side'] == 1
    calls = 1000
    ns = np.where(columns['scenario'] == 2, 400_000, 20_000*columns['loops'].astype(np.int64))
    columns['loops'][columns['scenario'] >= 3] = calls
    wobble = 1 + .001*np.random.default_rng(0).standard_normal(len(ns))
    ns[columns['scenario'] >= 3] = 20_000*calls
    ns = ns*np.where(second & (columns['scenario'] != 4), 1/speedup, 1)*wobble
    columns['ns'] = ns.astype(np.int64)
    return forged_readings(bundle, path, columns)

def forged_readings(bundle, path, columns):
    document, n = deepcopy(bundle.document), len(bundle.predictions['labels'])
    sections = {side: scenario_section(columns, i, n) for i, side in enumerate(MODELS)}
    control, found = comparison_section(columns, 'control'), comparison_section(columns)
    document['scenarios'] = sections
    said = document['comparison']
    said.update({name: value for name, value in found.items() if name in said})
    said['minimum_detectable'] = detectable_speedup(control['process_medians'], found['processes'], .95, .01) - 1
    facts = {**document['quality']['facts'], **noticed_again(Parts(document, columns), control, found)}
    document['quality'] = grade(**facts).as_dict()
    document['control'] = {'interval': control['interval'], 'estimate': control['speedup'], 'processes': control['processes'], 'verdict': control['verdict']}
    for side in MODELS:
        single, metrics = sections[side]['single_stream'], document[side]['metrics']
        metrics.update(latency_ms_mean=single['mean_ms'], latency_ms_std=single['std_ms'], latency_ms_median=single['median_ms'],
                       throughput_samples_per_sec=1000/single['mean_ms'], batch_throughput_samples_per_sec=sections[side]['offline']['samples_per_second'])
    document['improvements']['speedup'] = document['baseline']['metrics']['latency_ms_mean']/document['optimized']['metrics']['latency_ms_mean']
    return rewritten(bundle, path, document, samples_npz=npz_bytes({name: columns[name].astype(bundle.samples[name].dtype) for name in bundle.samples}))

def errors(bundle): return [f for f in bundle.findings if f.severity == 'error']

def outcomes(verdict): return {step.name: step.outcome for step in verdict.steps}
def rules(verdict, step=None): return {f.rule for s in verdict.steps if step in (None, s.name) for f in s.findings if f.severity == 'error'}
def step(verdict, name): return next(s for s in verdict.steps if s.name == name)

# time without a clock: what would be read if a call of a side took so long

def clock(monkeypatch, baseline=20_000, candidate=2_500, overhead=0, noise=.002, offset=1., letter=None):
    "Put readings in place of those of workers: nanoseconds of a call, with `overhead` in each"
    rng = np.random.default_rng(0)
    def timed_pairs(case, sides, processes, kind=None):
        times = [{'baseline': baseline, 'optimized': candidate}[side] + overhead for side in sides]
        if sides[0] == sides[1]: times[1] *= offset
        rows = [(3, side, process, pair, (pair + side) % 2, 0, 100, int(100*times[side]*np.exp(noise*rng.standard_normal())))
                for process in range(processes) for pair in range(case.rules['pairs']) for side in (0, 1)]
        return {name: np.array(column, dtype) for (name, dtype), column in zip(COLUMNS.items(), zip(*rows))}
    real = v.grade
    def grade(control, *rest, **facts):
        found = real(control, lag_one=0, steal_share=0, switches_per_second=0, load_per_core=0, drift=0)
        if letter: found.letter = letter
        return found
    for name, value in dict(timed_pairs=timed_pairs, grade=grade, overhead=lambda case, calls: float(overhead)).items():
        monkeypatch.setattr(v, name, value)

def no_behavior(monkeypatch): monkeypatch.setitem(v.STEPS, 'compliance', lambda case: v.store_models(case) or Step('compliance', PASS))

@pytest.fixture
def quickly(monkeypatch):
    "No worker is started, the clock shows what the honest bundle claims"
    no_behavior(monkeypatch)
    clock(monkeypatch)

# honest

def test_an_honest_claim_is_confirmed(honest, quickly):
    verdict = verify(honest.path, quick=True, seed=0)
    assert outcomes(verdict) == dict.fromkeys(v.STEPS, PASS), str(verdict)
    assert (verdict.verdict, verdict.exit_code, rules(verdict)) == ('confirmed', 0, set())
    facts = step(verdict, 'timing').facts
    assert facts['claimed']['verdict'] == facts['reproduced']['verdict'] == 'faster'
    assert facts['ratio'] == pytest.approx(1, abs=.01) and facts['expected'] == pytest.approx(8, abs=.05)
    for side in MODELS: assert step(verdict, 'accuracy').facts[side]['accuracy'] == honest.document[side]['metrics']['accuracy']

def test_the_verdict_is_a_document(honest, quickly):
    verdict = verify(honest.path, quick=True, seed=5)
    document, findings = parse_strictly(verdict.canonical())
    assert not findings and document['bundle'] == honest.digest and document['seed'] == 5
    assert document['verdict'] == 'confirmed' and [s['name'] for s in document['steps']] == list(v.STEPS)
    assert json.loads(json.dumps(verdict.as_dict())) == json.loads(verdict.canonical())
    assert all(word in str(verdict) for word in ('confirmed', 'timing', 'integrity', honest.digest[:12]))

def test_rules_that_are_not_the_usual_ones_are_said(honest, quickly):
    assert 'by other rules than the usual: required []' in str(verify(honest.path, rules={'required': []}))
    assert 'other rules' not in str(verify(honest.path))

def test_the_same_seed_draws_the_same_and_none_is_foreseen(honest, quickly):
    assert len({verify(honest.path, quick=True).seed for _ in range(3)}) == 3
    assert verify(honest.path, seed=7, quick=True).seed == 7

@posix
def test_workers_answer_for_an_honest_bundle(honest, monkeypatch):
    "The whole way, with real workers and a real clock, which may be disturbed but finds no fault"
    monkeypatch.setattr(v, 'grade', lambda *control, **facts: __import__('tinytorch.machine').machine.Grade('A', [], {}))
    said = []
    verdict = verify(honest.path, {'pairs': 12, 'processes': 6, 'control': 6, 'claim_ratio': 10}, seed=1, progress=said.append)
    assert {**outcomes(verdict), 'timing': PASS} == dict.fromkeys(v.STEPS, PASS), str(verdict)
    assert outcomes(verdict)['timing'] != FAIL
    facts = step(verdict, 'timing').facts
    assert facts['reproduced']['processes'] == 6 and facts['reproduced']['speedup'] > 1 and facts['overhead_ns'] > 0
    assert min(facts['reproduced']['calls']) >= 16 and not rules(verdict)
    assert any('process 6 of 6' in line for line in said)

def test_nothing_is_said_unless_asked(honest, quickly, capsys):
    verify(honest.path, quick=True)
    assert capsys.readouterr() == ('', '')

def test_a_zip_and_its_folder_come_to_the_same(honest, quickly, tmp_path):
    write_bundle(tmp_path/'run.zip', files_of(honest) | {'submission.json': honest.files['submission.json']})
    one, other = verify(honest.path, quick=True, seed=0), verify(tmp_path/'run.zip', quick=True, seed=0)
    assert one.bundle == other.bundle and outcomes(one) == outcomes(other)

# no submitted code runs

WATCHED = '''
import sys
from tinytorch.competition import verify as v
path, seen = sys.argv[1], []
v.STEPS.pop('compliance'), v.STEPS.pop('timing')  # there the same graphs are built in a process of their own
v.verify(path, quick=True)                        # imports what is imported late
def hook(event, args):
    if event in ('exec', 'import', 'pickle.find_class', 'subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn', 'ctypes.dlopen', 'marshal.loads'):
        seen.append((event, getattr(args[0], 'co_filename', str(args[0]))))
sys.addaudithook(hook)
verdict = v.verify(path, quick=True)
assert all(step.outcome == 'pass' for step in verdict.steps), str(verdict)
own = 'tinytorch', 'site-packages', 'lib/python', '<string>'  # dataclasses and the like; never a file of the bundle
print([(event, what) for event, what in seen if event not in ('exec', 'import', 'ctypes.dlopen') or path in what or event == 'ctypes.dlopen' and 'site-packages' not in what or event == 'exec' and not any(o in what for o in own)])
'''

def test_nothing_of_the_bundle_is_executed(honest):
    "Python's own audit sees each code object that is run, each import and each process: none comes of the bundle"
    import subprocess
    done = subprocess.run([sys.executable, '-c', WATCHED, str(honest.path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == '[]'

def test_a_file_of_code_in_a_closed_bundle_is_refused_and_not_run(honest, tmp_path, quickly):
    rewritten(honest, tmp_path/'run')
    for name in 'model.py', '__init__.py', 'models/model.py', 'sitecustomize.py':
        (tmp_path/'run'/name).write_text(f'open({str(tmp_path/"ran")!r}, "w")')
    verdict = verify(tmp_path/'run', quick=True, open_=True)
    assert verdict.exit_code == 1 and 'bundle.name' in rules(verdict) and not (tmp_path/'ran').exists()

# forgeries

def weights_of(bundle, side): return {name: np.array(a) for name, a in bundle.models[side][1].items()}

def test_weights_of_another_model(honest, tmp_path, quickly):
    "The same architecture, not the same training: sizes, hashes and manifest are right"
    weights = weights_of(honest, 'optimized')
    other = {name: np.random.default_rng(0).permutation(a.ravel()).reshape(a.shape) for name, a in weights.items()}
    forged = rewritten(honest, tmp_path/'run', models_optimized_safetensors=save(other))
    assert not errors(forged)
    verdict = verify(forged.path, quick=True)
    assert verdict.exit_code == 1 and outcomes(verdict)['integrity'] == PASS and outcomes(verdict)['accuracy'] == FAIL
    assert {'verify.scores', 'verify.classes', 'verify.accuracy'} <= rules(verdict)
    assert outcomes(verdict)['timing'] == UNDECIDED and 'accuracy' in step(verdict, 'timing').reason

@pytest.mark.parametrize('name, place', [('2.weight', (3, 4)), ('0.bias', (5,))])
def test_one_changed_weight(honest, tmp_path, quickly, name, place):
    weights = weights_of(honest, 'optimized')
    weights[name][place] += .1*np.abs(weights[name]).max() + .01
    forged = rewritten(honest, tmp_path/'run', models_optimized_safetensors=save(weights))
    assert not errors(forged)
    verdict = verify(forged.path, quick=True)
    assert verdict.exit_code == 1 and outcomes(verdict)['accuracy'] == FAIL and 'verify.scores' in rules(verdict)

def test_swapped_models(honest, tmp_path, quickly):
    other = {f'models_{a}_{end}': honest.files[f'models/{b}.{end}'] for a, b in [MODELS, MODELS[::-1]] for end in ('json', 'safetensors')}
    verdict = verify(rewritten(honest, tmp_path/'run', **other).path, quick=True)
    assert verdict.exit_code == 1 and outcomes(verdict)['accuracy'] == FAIL

def forged_answers(bundle, path, right=300):
    "Predictions that put more right than the model does, and everything that follows from them"
    from tinytorch.statistics import paired_accuracy
    answers = {name: np.array(a) for name, a in bundle.predictions.items()}
    answers['optimized'][:] = answers['labels']
    answers['optimized_scores'][:] = np.eye(10, dtype=np.float32)[answers['labels']]
    document = deepcopy(bundle.document)
    document['optimized']['metrics']['accuracy'] = 1.
    document['improvements']['accuracy_delta'] = 1 - document['baseline']['metrics']['accuracy']
    document['accuracy'] = paired_accuracy(*[answers[name] for name in ('labels', *MODELS)], document['accuracy']['margin']).as_dict()
    return rewritten(bundle, path, document, predictions_npz=npz_bytes(answers))

def test_accuracy_edited_together_with_predictions(honest, tmp_path, quickly):
    forged = forged_answers(honest, tmp_path/'run')
    assert not errors(forged), errors(forged)
    verdict = verify(forged.path, quick=True)
    assert verdict.verdict == 'refuted' and {'verify.scores', 'verify.classes', 'verify.accuracy'} <= rules(verdict)

def test_scores_that_are_not_finite_or_of_another_shape():
    found = np.eye(4, 3, dtype=np.float32)
    for bad in (np.nan, np.inf, -np.inf):
        said = found.copy()
        said[2, 1] = bad
        assert v.differing(found, said, .1).tolist() == [2]
    predictions = {'baseline_scores': found[:, :2], 'baseline': found.argmax(1)}
    assert [f.rule for f in v.answer_findings('baseline', found, predictions, 1e-4)] == ['verify.scores']

def test_a_tie_may_fall_either_way_and_no_other():
    found = np.array([[1, 1 - 1e-6, 0], [1, .9, 0], [0, 0, 1]], np.float32)
    assert v.not_highest(found, np.array([1, 0, 2]), 1e-4).tolist() == []
    assert v.not_highest(found, np.array([0, 1, 2]), 1e-4).tolist() == [1]
    assert v.not_highest(found, np.array([2, 9, -1]), 1e-4).tolist() == [0, 1, 2]

def test_other_labels(honest, tmp_path, quickly):
    "Labels that agree with the answers, for the inputs of the shipped part"
    answers = {name: np.array(a) for name, a in honest.predictions.items()}
    answers['labels'][:5] = (answers['labels'][:5] + 1) % 10
    verdict = verify(rewritten(honest, tmp_path/'run', predictions_npz=npz_bytes(answers)).path, quick=True)
    assert verdict.exit_code == 1 and 'verify.labels' in rules(verdict)

# time

def test_readings_forged_with_all_that_follows(honest, tmp_path, monkeypatch):
    "Every rule passes: only a clock can tell"
    no_behavior(monkeypatch)
    clock(monkeypatch, 20_000, 10_000)
    forged = with_readings(honest, tmp_path/'run', 100.)
    assert not errors(forged)
    verdict = verify(forged.path, quick=True)
    assert verdict.exit_code == 1 and outcomes(verdict) == {**dict.fromkeys(v.STEPS, PASS), 'timing': FAIL}
    facts = step(verdict, 'timing').facts
    assert facts['claimed']['speedup'] == pytest.approx(100, rel=.01) and facts['reproduced']['speedup'] == pytest.approx(2, rel=.02)
    assert facts['ratio'] == pytest.approx(50, rel=.02)

@pytest.mark.parametrize('candidate, claim, outcome', [
    (2_500, 8., PASS), (20_000, 8., FAIL), (20_000, 1.1, FAIL), (40_000, 1.1, FAIL), (18_000, 1.11, PASS), (20_000, 1., PASS),
    (10_000, 1., PASS), (40_000, 1., FAIL), (40_000, .5, PASS), (20_000, .8, FAIL), (1_000, 8., PASS)])
def test_claims_and_what_is_found(honest, tmp_path, monkeypatch, candidate, claim, outcome):
    no_behavior(monkeypatch)
    clock(monkeypatch, 20_000, candidate)
    claimed = with_readings(honest, tmp_path/'run', claim)
    assert not errors(claimed)
    verdict = verify(claimed.path, quick=True)
    assert outcomes(verdict)['timing'] == outcome, str(verdict)
    assert verdict.exit_code == {PASS: 0, FAIL: 1}[outcome]

@pytest.mark.parametrize('claim', [2., 3.4, 8.])
@pytest.mark.parametrize('overhead', [0, 2_000, 5_000])
def test_what_a_request_costs_refutes_no_honest_claim(honest, tmp_path, monkeypatch, claim, overhead):
    "A model of a few microseconds looks less fast from outside; the claim is compared with what it would look like"
    no_behavior(monkeypatch)
    clock(monkeypatch, 7_000, 7_000/claim, overhead)
    verdict = verify(with_readings(honest, tmp_path/'run', claim).path, quick=True)
    facts = step(verdict, 'timing').facts
    assert verdict.exit_code == 0 and facts['expected'] == pytest.approx(facts['reproduced']['speedup'], rel=.02)
    if overhead: assert facts['ratio'] > 1.1

def test_a_machine_that_tells_equal_things_apart_decides_nothing(honest, monkeypatch):
    no_behavior(monkeypatch)
    clock(monkeypatch, offset=1.05)
    verdict = verify(honest.path, quick=True)
    assert outcomes(verdict)['timing'] == UNDECIDED and verdict.exit_code == 3 and 'control' in step(verdict, 'timing').reason

def test_a_noisy_machine_decides_nothing_about_a_small_effect():
    assert v.judged('faster', (.9, 1.3), 1., 1.5, .01)[0] == UNDECIDED
    assert v.judged('slower', (.9, 1.3), 1., 1.5, .01)[0] == UNDECIDED
    assert v.judged('faster', (.9, 1.3), 2., 1.5, .01)[0] == FAIL

@pytest.mark.parametrize('ns', [(20_000, .001), (20_000, 1)])
def test_faster_than_the_machine_is_quarantined(honest, monkeypatch, ns):
    no_behavior(monkeypatch)
    clock(monkeypatch, 20_000, 2_500)
    monkeypatch.setattr(v, 'measure_peak', lambda **settings: 1e6)  # a machine of a million FLOP a second
    verdict = verify(honest.path, quick=True)
    assert outcomes(verdict)['timing'] == UNDECIDED and verdict.exit_code == 3
    assert any(f.rule == 'outside.plausible_time' for f in verdict.findings)

def test_a_stuck_machine_ends(honest, monkeypatch):
    def slow(*given): raise Caught('time_limit', 'no reply after 30 s', 'a reply in time')
    no_behavior(monkeypatch)
    monkeypatch.setattr(v, 'one_process', slow)
    verdict = verify(honest.path, quick=True)
    assert outcomes(verdict)['timing'] == UNDECIDED and 'no reply' in step(verdict, 'timing').reason
    def endless(session, *given):
        while True: session.block([(None, 0), (None, 1)], 0, 16)
    monkeypatch.setattr(v, 'one_process', endless)
    monkeypatch.setattr(v.Session, 'block', lambda *given: (0, 1))
    assert 'too long' in step(verify(honest.path, {'seconds': 1}, quick=True), 'timing').reason
    now = iter(range(0, 10**6, 100))
    monkeypatch.setattr(v.time, 'monotonic', lambda: next(now))
    verdict = verify(honest.path, {'seconds': 240, 'required': []}, quick=True)
    assert {'accuracy': UNDECIDED, 'timing': UNDECIDED}.items() <= outcomes(verdict).items()

def test_the_number_that_is_quoted_counts(honest, tmp_path, monkeypatch):
    "The pairs are honest, the single calls forged: the headline says 100"
    no_behavior(monkeypatch)
    clock(monkeypatch, 20_000, 2_500)
    columns = {name: np.array(column) for name, column in honest.samples.items()}
    columns['ns'][(columns['scenario'] < 3) & (columns['side'] == 1)] //= 12
    forged = forged_readings(honest, tmp_path/'run', columns)
    assert not errors(forged) and forged.document['comparison'] == honest.document['comparison']
    assert forged.document['improvements']['speedup'] > 90
    verdict = verify(forged.path, quick=True)
    assert outcomes(verdict)['timing'] == FAIL and step(verdict, 'timing').facts['largest_claim'] > 90

def test_means_of_a_disturbed_run_refute_nothing_by_themselves():
    "By its own grade, and only by a little; the pairs have to hold"
    passed, failed, disturbed = (v.PASS, ''), (v.FAIL, 'too much'), {'quality': {'letter': 'D'}}
    assert v.measured_in_noise(disturbed, passed, failed, 1.6, 1.5)[0] == v.UNDECIDED
    for document, by_pairs, excess in (({'quality': {'letter': 'C'}}, passed, 1.6), ({}, passed, 1.6),
                                       (disturbed, failed, 1.6), (disturbed, passed, 3.1)):
        assert v.measured_in_noise(document, by_pairs, failed, excess, 1.5) == failed
    assert v.measured_in_noise(disturbed, passed, passed, 1.6, 1.5) == passed

def test_calls_that_fit_no_worker_decide_nothing(honest, monkeypatch):
    no_behavior(monkeypatch)
    document = deepcopy(honest.document)
    document['comparison']['batch_size'] = 10**6
    case = case_of(replace(honest, document=document))
    assert v.run_step('timing', v.check_timing, case).outcome == UNDECIDED

def test_a_disturbed_run_refutes_nothing(honest, tmp_path, monkeypatch):
    no_behavior(monkeypatch)
    forged = with_readings(honest, tmp_path/'run', 100.)
    for letter, outcome, code in ('C', FAIL, 1), ('D', UNDECIDED, 3):
        clock(monkeypatch, 20_000, 10_000, letter=letter)
        verdict = verify(forged.path, quick=True)
        assert outcomes(verdict)['timing'] == outcome and verdict.exit_code == code
        monkeypatch.undo()
        no_behavior(monkeypatch)
    clock(monkeypatch, letter='D')
    assert verify(honest.path, quick=True).exit_code == 0  # it may confirm

def test_blocks_are_found_in_two_steps():
    asked = []
    class Fake(v.Careful):
        def block(self, workers, side, calls):
            asked.append(calls)
            return 0, 10_000 + calls*(9_000, 2_000)[side]  # the way there and back, and the calls
    session = Fake([], 1, 1e-3)
    session.calibrate(None, 16, 500_000, 10**6)
    once, twice = v.Session([], 1, 1e-3), session.calls
    once.block = lambda workers, side, calls: (0, 10_000 + calls*(9_000, 2_000)[side])
    once.calibrate(None, 16, 500_000, 10**6)
    lengths = [[10_000 + calls*ns for calls, ns in zip(found, (9_000, 2_000))] for found in (once.calls, twice)]
    assert max(lengths[1])/min(lengths[1]) < max(lengths[0])/min(lengths[0]) and max(lengths[1])/min(lengths[1]) < 1.1
    twins = type('Pair', (v.Twins,), {'block': lambda self, workers, side, calls: (0, calls*(9_000, 9_500)[side])})([], 1, 1e-3)
    twins.calibrate(None, 16, 500_000, 10**6)
    assert twins.calls[0] == twins.calls[1]

def test_submitted_code_meets_samples_that_nobody_has_seen(honest):
    closed, opened = case_of(honest), case_of(honest, open_=True)
    assert v.expected_of(closed, 'baseline') is closed.scores['baseline']
    pool = v.Pool(opened.x, v.expected_of(opened, 'baseline'), np.random.default_rng(0))
    _, x, wanted = pool.take(40)
    assert not (x[:, None] == opened.x[None]).all(2).any()
    assert not len(v.differing(v.answers(opened.models['baseline'], x), wanted, 1e-6))

# a second engine

def case_of(bundle, **more):
    case = v.Case(bundle, v.read_rules(None, True), **more)
    assert v.check_accuracy(case).outcome == PASS
    return case

def test_a_second_engine_agrees(honest):
    found = v.check_engine(case_of(honest))
    assert found.outcome == PASS and set(found.facts) == {f'{side}, {engine}' for side in MODELS for engine in ('onnxruntime', 'ONNX reference')}
    assert all(fact['apart'] < 1e-5 for fact in found.facts.values())

def test_a_second_engine_notices_one_changed_weight(honest):
    case = case_of(honest)
    weight = max(case.models['optimized'].parameters(), key=lambda p: p.size)
    changed = weight.data.copy()
    changed[3, 4] += .05*np.abs(changed).max()
    weight.data = changed
    found = v.check_engine(case)
    assert found.outcome == FAIL and {f.path for f in found.findings} == {'models/optimized.json'}

def test_codes_are_floats_again_for_the_second_engine():
    "int8 weights with float inputs agree to float32's digits, though ONNX would round the inputs too"
    from tinytorch.perf.quantization import quantize_model
    x = digits('test')[0][:100]
    for bits in 8, 4:
        model = quantize_model(fitted(64), bits=bits, backend='numpy')
        own = v.answers(model, x)
        for found in v.engines(v.exported(model, x[:4]), x, 1).values():
            assert not len(v.differing(own[:len(found)], found, 1e-5))

def test_without_the_extra_it_is_not_decided(honest, monkeypatch, quickly):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    verdict = verify(honest.path, quick=True)
    assert outcomes(verdict) == {**dict.fromkeys(v.STEPS, PASS), 'engine': UNDECIDED} and verdict.exit_code == 3
    assert 'pip install' in step(verdict, 'engine').reason and 'accel' in step(verdict, 'engine').reason
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    assert verify(honest.path, {'required': [name for name in v.STEPS if name != 'engine']}, quick=True).exit_code == 0

def test_an_engine_that_breaks_decides_nothing(honest, monkeypatch):
    case = case_of(honest)
    monkeypatch.setattr(v, 'engines', lambda *given: 1/0)
    assert v.run_step('engine', v.check_engine, case).outcome == UNDECIDED

# behavior

class Pretend:
    "A worker that answers as `model` does, in as many nanoseconds as `cost` says for the inputs"
    def __init__(self, model, cost=lambda x, fresh: 10_000*len(x)): self.model, self.cost, self.known = model, cost, set()
    on = lambda self, guard: True
    def answer(self, side, x, shape, calls=1): return np.concatenate([self.model(part) for part in np.split(x, calls)])
    def time(self, side, x, expected, batch=1, tolerance=0):
        fresh = sum(row.tobytes() not in self.known for row in x)
        self.known |= {row.tobytes() for row in x}
        self.results = self.model(x)
        return self.cost(x, fresh)

def behaves(honest, wrap=lambda model: model, **more):
    case = case_of(honest)
    model = lambda x: v.answers(case.models['optimized'], x)
    return {f.rule for f in v.check_behavior(case, Pretend(wrap(model), **more), 0, 'optimized')}

def test_an_honest_model_behaves(honest): assert behaves(honest) == set()

def test_models_that_behave_otherwise(honest):
    from itertools import count
    counter = count()
    assert behaves(honest, cost=lambda x, fresh: 1000*len(x) + 9000*fresh) == {'outside.repeated_sample'}
    assert 'outside.row_equals_batch' in behaves(honest, lambda model: lambda x: model(x)*(1 + (len(x) > 1)))
    assert 'outside.order_invariance' in behaves(honest, lambda model: lambda x: model(x) + next(counter))
    assert 'outside.one_at_a_time' in behaves(honest, cost=lambda x, fresh: 10_000_000 + len(x))

def test_weights_that_mean_nothing(honest, monkeypatch):
    case = case_of(honest)
    assert v.blind_to_weights(case, 'optimized') == []
    monkeypatch.setattr(v, 'shuffled', lambda weights, rng: weights)  # as if the answers lay elsewhere
    assert [f.rule for f in v.blind_to_weights(case, 'optimized')] == ['outside.perturbed_weights']

def test_shuffling_keeps_the_numbers_and_the_weights_given(honest):
    weights = weights_of(honest, 'baseline')
    before = deepcopy(weights)
    other = v.shuffled(weights, np.random.default_rng(0))
    for name in weights:
        assert np.array_equal(weights[name], before[name]) and np.array_equal(np.sort(other[name], axis=None), np.sort(weights[name], axis=None))
    assert any(not np.array_equal(other[name], weights[name]) for name in weights)

@posix
def test_a_worker_that_gives_other_answers_is_a_finding(honest, monkeypatch):
    "The stored models are exchanged behind the verifier's back"
    clock(monkeypatch)
    real = v.store_models
    def exchanged(case):
        real(case)
        for end in 'json', 'safetensors': os.replace(f'{case.folder}/baseline.{end}', f'{case.folder}/optimized.{end}')
        for end in 'json', 'safetensors': open(f'{case.folder}/baseline.{end}', 'wb').write(case.bundle.files[f'models/baseline.{end}'])
    monkeypatch.setattr(v, 'store_models', exchanged)
    verdict = verify(honest.path, quick=True)
    assert verdict.exit_code == 1 and outcomes(verdict)['compliance'] == FAIL and 'outside.check_values' in rules(verdict)

# data

def test_data_that_travels_or_is_given(honest, tmp_path, quickly):
    x, y = digits('test')
    rng = np.random.default_rng(0)
    other = (x[:100] + rng.standard_normal((100, 64))).astype(np.float32), y[:100]
    def found(x, y, **given):
        "The step, for a bundle with that data in it, or with given data"
        document = deepcopy(honest.document)
        if not given: document['baseline']['data'] = v.data_facts(x, y)
        answers = {'labels': y}
        for side in MODELS:
            scores = v.answers(v.build(*honest.models[side]), x)
            answers |= {side: scores.argmax(1), f'{side}_scores': scores}
            document[side]['metrics']['accuracy'] = float((scores.argmax(1) == y).mean())
        data = None if given else {'inputs': x, 'labels': y}
        bundle = replace(honest, document=document, predictions=answers, data=data)
        return v.check_accuracy(v.Case(bundle, v.read_rules(), **given))
    assert found(*other).outcome == PASS
    step = v.run_step('accuracy', v.check_accuracy, v.Case(honest, v.read_rules(), given=other))
    assert step.outcome == UNDECIDED and not step.findings and 'fingerprint' in step.reason  # whoever gave it was wrong
    wrong = replace(honest, data={'inputs': other[0], 'labels': other[1]})
    assert {f.rule for f in v.check_accuracy(v.Case(wrong, v.read_rules())).findings} == {'verify.data'}
    case = v.Case(honest, v.read_rules(), given=digits('test'))
    assert v.check_accuracy(case).outcome == PASS
    (tmp_path/'plain.txt').write_text('no data')
    (tmp_path/'data.npz').write_bytes(npz_bytes({'inputs': x, 'labels': y}))
    case = v.Case(honest, v.read_rules(), given=v.read_data(tmp_path/'data.npz'))
    assert v.check_accuracy(case).outcome == PASS
    for bad in tmp_path/'plain.txt', tmp_path:
        with pytest.raises((ValueError, OSError)): verify(honest.path, data=bad)

def test_data_that_nobody_has_is_not_decided(honest, quickly, monkeypatch):
    document = deepcopy(honest.document)
    document['baseline']['data']['sha256'] = 'b6'*32
    case = v.Case(replace(honest, document=document), v.read_rules())
    found = v.run_step('accuracy', v.check_accuracy, case)
    assert found.outcome == UNDECIDED and 'data=' in found.reason

# hostile bundles

NAMES = ['submission.json', 'manifest.json', 'samples.npz', 'predictions.npz', 'models/baseline.json', 'models/optimized.json',
         'models/baseline.safetensors', 'models/optimized.safetensors', 'environment.txt']

def damaged(bundle, path, name, how):
    write_bundle(path, files_of(bundle) | {'submission.json': bundle.files['submission.json']})
    file, data = path/name, (path/name).read_bytes()
    file.unlink()
    if how == 'cut': file.write_bytes(data[:len(data)//2])
    if how == 'flipped': file.write_bytes(data[:len(data)//2] + bytes([data[len(data)//2] ^ 1]) + data[len(data)//2 + 1:])
    if how == 'another': file.write_bytes(bundle.files[NAMES[(NAMES.index(name) + 1) % len(NAMES)]] if name in bundle.files else b'{}')
    if how == 'pipe': os.mkfifo(file)
    if how == 'link': file.symlink_to('/etc/passwd')
    if how == 'folder': file.mkdir()
    if how == 'sparse':
        with open(file, 'wb') as out: out.truncate(10*2**30)

@posix
@pytest.mark.parametrize('how', ['missing', 'cut', 'flipped', 'another', 'pipe', 'link', 'folder', 'sparse'])
@pytest.mark.parametrize('name', NAMES)
def test_hostile_bundles(honest, tmp_path, quickly, name, how):
    damaged(honest, tmp_path/'run', name, how)
    verdict = verify(tmp_path/'run', quick=True)
    assert verdict.exit_code == 1 and outcomes(verdict)['integrity'] == FAIL and rules(verdict)
    assert verdict.canonical() and str(verdict)
    assert outcomes(verdict)['timing'] == UNDECIDED  # a broken bundle is not timed

@pytest.mark.parametrize('data', [b'', b'PK', b'no zip at all', b'PK\5\6' + bytes(18)])
def test_what_is_no_bundle(tmp_path, quickly, data):
    (tmp_path/'run.zip').write_bytes(data)
    verdict = verify(tmp_path/'run.zip', quick=True)
    assert verdict.exit_code == 1 and verdict.bundle is None and verdict.canonical() and 'unreadable' in str(verdict)

def test_a_zip_bomb(honest, tmp_path, quickly):
    from zipfile import ZIP_DEFLATED, ZipFile
    with ZipFile(tmp_path/'run.zip', 'w', ZIP_DEFLATED) as archive:
        for name, data in honest.files.items(): archive.writestr(name, bytes(2**27) if name == 'samples.npz' else data)
    verdict = verify(tmp_path/'run.zip', quick=True)
    assert verdict.exit_code == 1 and {'bundle.size', 'bundle.ratio'} & rules(verdict)

@pytest.mark.parametrize('document', ['[]', '1', 'null', '{}', '{"division": 7}', '{"baseline": 3, "schema_version": 2}', '{"comparison": [], "division": "open"}'])
def test_documents_that_are_none(honest, tmp_path, quickly, document):
    write_bundle(tmp_path/'run', files_of(honest) | {'submission.json': document.encode()})
    verdict = verify(tmp_path/'run', quick=True, open_=True)
    assert verdict.exit_code == 1 and verdict.canonical() and str(verdict)

@pytest.mark.parametrize('path', ['nowhere', 'no\0where', ''])
def test_no_bundle_is_wrong_usage(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError): verify(path)

# steps and rules

def test_an_error_is_never_a_pass(honest, quickly, monkeypatch):
    for name in v.STEPS:
        with monkeypatch.context() as patch:
            patch.setitem(v.STEPS, name, lambda case: 1/0)
            verdict = verify(honest.path, quick=True)
            assert outcomes(verdict)[name] == FAIL and verdict.exit_code == 1 and 'ZeroDivisionError' in step(verdict, name).reason

def test_a_step_that_is_left_out_is_named(honest, quickly, monkeypatch):
    monkeypatch.setitem(v.STEPS, 'accuracy', lambda case: Step('accuracy', UNDECIDED, 'the reason'))
    verdict = verify(honest.path, quick=True)
    assert list(outcomes(verdict)) == list(v.STEPS) and verdict.exit_code == 3
    assert all('accuracy' in step(verdict, name).reason for name in ('engine', 'compliance', 'timing'))

def test_verdicts_come_of_all_steps():
    steps = lambda *outcomes: [Step(name, outcome) for name, outcome in zip('abc', outcomes)]
    assert v.overall(steps(PASS, PASS), ['a', 'b']) == 'confirmed' and v.overall(steps(PASS, UNDECIDED), ['a', 'b']) == 'not decided'
    assert v.overall(steps(PASS, UNDECIDED), ['a']) == 'confirmed' and v.overall(steps(UNDECIDED, FAIL), []) == 'refuted'
    assert v.overall(steps(PASS), ['a', 'z']) == 'not decided'

def test_rules_are_read_from_files(tmp_path):
    (tmp_path/'rules.toml').write_text('processes = 20\nclaim_ratio = 2\nrequired = ["integrity"]\n')
    (tmp_path/'rules.json').write_text('{"processes": 20, "claim_ratio": 2, "required": ["integrity"]}')
    for name in 'rules.toml', 'rules.json':
        found = v.read_rules(tmp_path/name)
        assert found == {name: normal for name, (normal, *_) in RULES.items()} | {'processes': 20, 'claim_ratio': 2, 'required': ['integrity']}
    assert v.read_rules({'pairs': 9}, True)['pairs'] == 9 and v.read_rules(None, True)['processes'] == 6
    assert all(least <= normal <= most and what for normal, least, most, what in RULES.values())

@pytest.mark.parametrize('bad', [{'proceses': 12}, {'processes': 5}, {'processes': 12.}, {'processes': True}, {'claim_ratio': float('nan')}, {'claim_ratio': '2'},
                                 {'claim_ratio': float('inf')}, {'required': 'timing'}, {'required': ['speed']}, {'required': [3]}, {'seconds': 0}, {'calls': 1}, {'': 1}])
def test_rules_that_cannot_be(bad, honest):
    with pytest.raises(ValueError) as error: verify(honest.path, rules=bad)
    assert next(iter(bad)) in str(error.value)

@pytest.mark.parametrize('name, text', [('r.toml', 'processes = '), ('r.json', '{"pairs": 9, "pairs": 10}'), ('r.json', '[1]'), ('r.json', '['*9999), ('r.toml', '\udcff'), ('r.json', '{"pairs": NaN}')])
def test_files_of_rules_that_cannot_be(tmp_path, name, text, honest):
    (tmp_path/name).write_bytes(text.encode('utf-8', 'surrogateescape'))
    with pytest.raises(ValueError, match=name): verify(honest.path, rules=tmp_path/name)

@posix
def test_a_pipe_of_rules_is_not_waited_for(tmp_path, honest):
    os.mkfifo(tmp_path/'r.toml')
    with pytest.raises(ValueError, match='r.toml'): verify(honest.path, rules=tmp_path/'r.toml')

def test_a_file_of_rules_that_is_not_there(tmp_path, honest):
    with pytest.raises(OSError): verify(honest.path, rules=tmp_path/'nowhere.toml')

# the open division

HONEST = '''
from pathlib import Path
from tinytorch.perf.stored import load_model
def model(): return load_model(Path(__file__).with_name('optimized'))
'''

def opened(bundle, path, code=HONEST):
    made = v.save_open(path, bundle, code)
    assert not errors(made)
    return made

@posix
def test_code_is_run_if_asked_and_only_then(honest, tmp_path, monkeypatch):
    made = opened(honest, tmp_path/'run')
    clock(monkeypatch)
    verdict = verify(made.path, quick=True)
    assert verdict.exit_code == 3 and outcomes(verdict) == {**dict.fromkeys(v.STEPS, PASS), 'compliance': UNDECIDED, 'timing': UNDECIDED}
    assert 'open_=True' in step(verdict, 'compliance').reason and verdict.division == 'open'
    verdict = verify(made.path, quick=True, open_=True, seed=0)
    assert verdict.exit_code == 0, str(verdict)

@posix
def test_code_is_timed_in_a_worker_of_its_own(honest, tmp_path, monkeypatch):
    monkeypatch.setattr(v, 'grade', lambda *control, **facts: __import__('tinytorch.machine').machine.Grade('A', [], {}))
    no_behavior(monkeypatch)
    verdict = verify(opened(honest, tmp_path/'run').path, {'pairs': 12, 'processes': 6, 'control': 6, 'claim_ratio': 10}, open_=True, seed=0)
    found = step(verdict, 'timing')
    assert found.outcome != FAIL and not rules(verdict), str(verdict)  # a busy machine may leave it open
    assert found.facts['reproduced']['processes'] == 6 and found.facts['reproduced']['pairs'] == 72

CHEATS = {
    'other answers': ('def model(): return lambda x: np.zeros((len(x), 10), np.float32)', 'outside.check_values'),
    'shape': ('def model(): return lambda x: np.zeros((len(x), 3), np.float32)', 'outside.check_number'),
    'NaN': ('def model(): return lambda x: np.full((len(x), 10), np.nan, np.float32)', 'outside.finite'),
    'a process': ('import os\ndef model(): os.fork()', 'outside.no_processes'),
    'a file elsewhere': ('def model(): return open("/etc/passwd")', 'outside.own_folder'),
    'an error': ('def model(): 1/0', 'outside.crash'),
    'no model': ('', 'outside.crash'),
    'exit': ('import os\ndef model(): os._exit(0)', 'outside.exit'),
    'a look-up table': ('''
from pathlib import Path
from tinytorch.perf.stored import load_model
known = load_model(Path(__file__).with_name('optimized'))
def model(): return lambda x: known(Tensor(x)).data''', 'outside.perturbed_weights')}

@posix
@pytest.mark.parametrize('name', CHEATS)
def test_code_that_cheats_is_caught_by_name(honest, tmp_path, monkeypatch, name):
    clock(monkeypatch)
    code, rule = CHEATS[name]
    made = opened(honest, tmp_path/'run', f'import numpy as np\nfrom tinytorch.core.tensor import Tensor\n{code}')
    verdict = verify(made.path, quick=True, open_=True)
    assert verdict.exit_code == 1 and rule in rules(verdict), str(verdict)

@posix
def test_code_that_never_answers_is_ended(honest, tmp_path, monkeypatch):
    made = opened(honest, tmp_path/'run', 'import time\ndef model(): return lambda x: time.sleep(999)')
    verdict = verify(made.path, {'seconds': 1}, quick=True, open_=True)
    assert verdict.exit_code == 1 and 'outside.time_limit' in rules(verdict)

def test_divisions_and_code_go_together(honest, tmp_path, quickly):
    made = opened(honest, tmp_path/'open')
    without = {name: data for name, data in files_of(made).items() if name != 'code/model.py'}
    document = {name: value for name, value in made.document.items() if name != 'artifacts'}
    write_bundle(tmp_path/'run', with_artifacts(document, without))
    assert 'verify.division' in rules(verify(tmp_path/'run', quick=True, open_=True))
    write_bundle(tmp_path/'run', with_artifacts({**document, 'division': 'closed'}, files_of(made)))
    verdict = verify(tmp_path/'run', quick=True, open_=True)
    assert 'verify.division' in rules(verdict) and verdict.exit_code == 1 and outcomes(verdict)['timing'] == UNDECIDED
