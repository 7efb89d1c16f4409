"A verdict is found, never read: honest claims are confirmed, forgeries are refuted by what they forged, and what cannot be decided is said"
import json, os, sys
from copy import deepcopy

import numpy as np
import pytest

from tinytorch.competition import verify as v
from tinytorch.competition.bundle import MODELS, load_bundle, npz_bytes, save_bundle, with_artifacts, write_bundle
from tinytorch.competition.outside import COLUMNS, Caught
from tinytorch.competition.verify import FAIL, OPEN, PASS, RULES, Step, verify
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.datasets import load
from tinytorch.scenarios import comparison_section, scenario_section
from tinytorch.submission import parse_strictly
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
    facts = step(verdict, 'timing').facts
    assert facts['reproduced']['processes'] == 6 and facts['reproduced']['speedup'] > 2 and facts['overhead_ns'] > 0
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

def test_nothing_of_the_bundle_is_executed(honest, tmp_path):
    "Every file that is opened, imported, compiled or run by verifying: none of it lies in the bundle, none comes from it"
    import subprocess
    code = '''
import sys
from tinytorch.competition import verify as v
import onnx.reference, onnxruntime
seen = []
v.STEPS.pop('compliance'), v.STEPS.pop('timing')
known = set(sys.modules)
v.verify(PATH, quick=True)  # imports what is imported late
def hook(event, args):
    if event in ('exec', 'compile', 'import', 'pickle.find_class', 'subprocess.Popen', 'os.system', 'ctypes.dlopen', 'marshal.loads'):
        seen.append((event, str(args[0])[:200]))
sys.addaudithook(hook)
verdict = v.verify(PATH, quick=True)
assert all(step.outcome == 'pass' for step in verdict.steps), str(verdict)
bad = [(event, what) for event, what in seen if event in ('pickle.find_class', 'subprocess.Popen', 'os.system', 'ctypes.dlopen') or PATH in what]
compiled = [(event, what) for event, what in seen if event in ('compile', 'exec') and not OURS(what)]
print(bad, compiled)
'''
    code = code.replace('PATH', repr(str(honest.path))).replace('OURS(what)', "any(w in what for w in ('site-packages', 'lib/python', '<string>', 'dataclass', 'namedtuple', 'tinytorch'))")
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == '[] []'

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
    assert outcomes(verdict)['timing'] == OPEN and 'accuracy' in step(verdict, 'timing').reason

@pytest.mark.parametrize('name, place', [('layers.2.weight', (3, 4)), ('layers.0.bias', (5,))])
def test_one_changed_weight(honest, tmp_path, quickly, name, place):
    weights = weights_of(honest, 'optimized')
    name = name if name in weights else sorted(weights)[{2: -1, 1: 0}[len(place)]]
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
    assert outcomes(verdict)['timing'] == OPEN and verdict.exit_code == 3 and 'control' in step(verdict, 'timing').reason

def test_a_noisy_machine_decides_nothing_about_a_small_effect():
    assert v.judged('faster', (.9, 1.3), 1., 1.5, .01)[0] == OPEN
    assert v.judged('slower', (.9, 1.3), 1., 1.5, .01)[0] == OPEN
    assert v.judged('faster', (.9, 1.3), 2., 1.5, .01)[0] == FAIL

@pytest.mark.parametrize('ns', [(20_000, .001), (20_000, 1)])
def test_faster_than_the_machine_is_quarantined(honest, monkeypatch, ns):
    no_behavior(monkeypatch)
    clock(monkeypatch, 20_000, 2_500)
    monkeypatch.setattr(v, 'measure_peak', lambda **settings: 1e6)  # a machine of a million FLOP a second
    verdict = verify(honest.path, quick=True)
    assert outcomes(verdict)['timing'] == OPEN and verdict.exit_code == 3
    assert any(f.rule == 'outside.plausible_time' for f in verdict.findings)

def test_a_stuck_machine_ends(honest, monkeypatch):
    def slow(*given): raise Caught('time_limit', 'no reply after 30 s', 'a reply in time')
    no_behavior(monkeypatch)
    monkeypatch.setattr(v, 'one_process', slow)
    verdict = verify(honest.path, quick=True)
    assert outcomes(verdict)['timing'] == OPEN and 'no reply' in step(verdict, 'timing').reason
    monkeypatch.setattr(v, 'one_process', lambda *given: None)
    now = iter(range(0, 10**6, 100))
    monkeypatch.setattr(v.time, 'monotonic', lambda: next(now))
    verdict = verify(honest.path, {'seconds': 240, 'required': []}, quick=True)
    assert {'accuracy': OPEN, 'timing': OPEN}.items() <= outcomes(verdict).items()
