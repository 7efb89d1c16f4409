"The capstone: the seven tests that the document lists, then the main job"
import json, re
from dataclasses import replace
from time import strptime

import numpy as np
import pytest
from safetensors.numpy import save

import tinytorch.capstone as capstone
from submissions import compared, report as hand_filled
from tinytorch.benchmarking import compare
from tinytorch.capstone import (BenchmarkReport, CapstoneRun, SimpleMLP, Step, TrainingConfig, choose_step, flat, generate_submission, keeps_accuracy, read_config,
    load_submission, model_accuracy, moved_images, optimize, plan_alone, run_capstone, run_optimization_workflow_example, save_submission, smaller_models,
    train_baseline, validate_submission)
from tinytorch.core.layers import Dropout, Module
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load
from tinytorch.perf.acceleration import available_backends
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.techniques import stored_bytes, techniques_of
from tinytorch.perf.tracing import Compiled
from tinytorch.testing import close

REQUIRED = ['parameter_count', 'model_size_mb', 'accuracy', 'latency_ms_mean', 'latency_ms_std', 'throughput_samples_per_sec']
QUICK = TrainingConfig(hidden=16, epochs=2, tuning_epochs=1, pairs=8, neurons=(8,), points_risked=100, search_pairs=6)

def rng(seed=0): return np.random.default_rng(seed)
def toy(samples=40, seed=0): return rng(seed).standard_normal((samples, 10)).astype(np.float32), rng(seed + 1).integers(0, 3, samples)
def bytes_of(model): return save(model.state_dict())
def errors(document): return [f for f in validate_submission(document) if f.severity == 'error']

@pytest.fixture(scope='module')
def measured():
    "A model, and its report on forty samples"
    report = BenchmarkReport(model_name='test_model')
    model = SimpleMLP(input_size=10, hidden_size=20, output_size=3, rng=rng())
    report.benchmark_model(model, *toy(), num_runs=10)
    return model, report

# The seven of the document

def test_simple_mlp():
    model = SimpleMLP(input_size=10, hidden_size=20, output_size=3)
    assert model.count_parameters() == 283 == 10*20 + 20 + 20*3 + 3
    assert SimpleMLP(64, 256, 10).count_parameters() == 64*256 + 256 + 256*10 + 10
    x = toy(5)[0]
    out = model.forward(Tensor(x))
    assert out.shape == (5, 3) and np.isfinite(out.data).all()
    (w1, b1), (w2, b2) = [(layer.weight.data, layer.bias.data) for layer in (model.fc1, model.fc2)]
    assert (x @ w1 + b1 < 0).any(), 'no neuron is silent: this would not see a missing ReLU'
    close(out, np.maximum(x @ w1 + b1, 0) @ w2 + b2, rtol=1e-4, atol=1e-6)
    assert bytes_of(SimpleMLP(rng=rng(7))) == bytes_of(SimpleMLP(rng=rng(7))) != bytes_of(SimpleMLP(rng=rng(8)))

def test_benchmark_report(measured):
    model, report = measured
    metrics, (x, y) = report.metrics, toy()
    assert report.model_name == 'test_model' and strptime(report.timestamp, '%Y-%m-%d %H:%M:%S')
    assert {'platform', 'python_version', 'numpy_version', 'cpu', 'cores_physical', 'blas', 'blas_threads'} <= report.system_info.keys()
    assert all(isinstance(report.system_info[name], str) and report.system_info[name] for name in ('platform', 'python_version', 'numpy_version'))
    assert list(metrics)[:6] == REQUIRED
    assert type(metrics['parameter_count']) is int and all(type(metrics[name]) is float for name in REQUIRED[1:])
    assert metrics['parameter_count'] == 283
    assert metrics['artifact_bytes'] == len(bytes_of(model)) and metrics['model_size_mb'] == len(bytes_of(model))/1024/1024
    assert metrics['accuracy'] == np.mean(model.forward(Tensor(x)).data.argmax(axis=1) == y) and 0 < metrics['accuracy'] < 1
    assert metrics['latency_ms_mean'] > 0 and metrics['latency_ms_std'] >= 0
    close(metrics['throughput_samples_per_sec'], 1000/metrics['latency_ms_mean'])
    assert metrics['batch_size'] == 40 and metrics['batch_throughput_samples_per_sec'] > metrics['throughput_samples_per_sec']
    assert report.data['samples'] == 40 and report.evidence == {'parameters': 283, 'zero_share': 0., 'int8_share': 0.}

def test_submission_generation(measured):
    submission = generate_submission(measured[1], student_name='Test')
    assert {'tinytorch_version', 'submission_type', 'timestamp', 'system_info', 'baseline'} <= submission.keys()
    assert submission['submission_type'] == 'capstone_benchmark' and submission['tinytorch_version'] == '0.1.0'
    assert submission['baseline']['model_name'] == 'test_model' and submission['baseline']['metrics'] == measured[1].metrics
    assert submission['timestamp'] == measured[1].timestamp and submission['system_info'] == measured[1].system_info
    assert submission['student_name'] == 'Test' and 'student_name' not in generate_submission(measured[1])
    assert not {'optimized', 'improvements', 'comparison'} & submission.keys()

def test_submission_schema(measured):
    submission = generate_submission(measured[1], student_name='Test')
    assert validate_submission(submission) == []
    for place, kind in [((), dict), (('tinytorch_version',), str), (('submission_type',), str), (('timestamp',), str), (('system_info',), dict), (('baseline',), dict),
                        (('system_info', 'platform'), str), (('system_info', 'python_version'), str), (('system_info', 'numpy_version'), str),
                        (('baseline', 'model_name'), str), (('baseline', 'metrics'), dict), *[(('baseline', 'metrics', name), float) for name in REQUIRED[1:]],
                        (('baseline', 'metrics', 'parameter_count'), int)]:
        broken = json.loads(json.dumps(submission))
        inside, value = broken, broken
        for key in place: inside, value = value, value[key]
        assert type(value) is kind, place
        if not place: continue
        path = '$.' + '.'.join(place)
        inside[place[-1]] = [] if kind is not list else {}
        assert path in {f.path for f in errors(broken)}, f'a wrong type at {path} goes unnoticed'
        del inside[place[-1]]
        assert any(f.rule == 'schema.required' and f.found == f'no {place[-1]}' for f in errors(broken)), f'a missing {path} goes unnoticed'

def test_submission_with_optimization(measured):
    model, report = measured
    small = BenchmarkReport('optimized')
    small.benchmark_model(quantize_model(model, bits=8), *toy(), num_runs=10)
    submission = generate_submission(report, small, techniques_applied=['quantization'], comparison={**compare(model, quantize_model(model), toy()[0][:1], 8, rng(), quick=True).as_dict(), 'batch_size': 1})
    assert submission['optimized']['model_name'] == 'optimized' and submission['optimized']['techniques_applied'] == ['quantization']
    assert submission['optimized']['techniques_recorded'][0]['name'] == 'quantization'
    assert submission['optimized']['evidence'] == {'parameters': 283, 'zero_share': pytest.approx(0, abs=.1), 'int8_share': 1.}
    assert set(submission['improvements']) == {'speedup', 'compression_ratio', 'accuracy_delta'}
    assert submission['comparison']['verdict'] in ('faster', 'slower', 'no difference shown') and submission['comparison']['pairs'] == 8
    assert [f for f in validate_submission(submission) if f.rule != 'measurement.speedups'] == []  # two speed-ups may be far apart on a busy machine
    claimed = generate_submission(report, small, techniques_applied=['quantization', 'pruning'])
    assert {(f.rule, f.path, f.severity) for f in validate_submission(claimed)} == {
        ('measurement.unpaired', '$', 'warning'), ('claims.pruning', '$.optimized.techniques_applied[1]', 'warning')}

def test_improvements_calculation():
    baseline, optimized = BenchmarkReport('baseline'), BenchmarkReport('optimized')
    baseline.metrics  = {'latency_ms_mean': 10.0, 'model_size_mb': 4.0, 'accuracy': 0.80}
    optimized.metrics = {'latency_ms_mean': 5.0,  'model_size_mb': 2.0, 'accuracy': 0.75}
    found = generate_submission(baseline, optimized)['improvements']
    assert found['speedup'] == 2.0 and found['compression_ratio'] == 2.0 and found['accuracy_delta'] == pytest.approx(-0.05)
    back = generate_submission(optimized, baseline)['improvements']
    assert back['speedup'] == .5 and back['compression_ratio'] == .5 and back['accuracy_delta'] == pytest.approx(.05)
    assert all(type(value) is float for value in found.values())

def test_json_serialization(measured, tmp_path, capsys):
    submission, path = generate_submission(measured[1], student_name='Zoë Ünïcode'), tmp_path/'my_submission.json'
    assert save_submission(submission, str(path)) == str(path) and path.exists()
    assert json.loads(path.read_text(encoding='utf-8')) == submission == load_submission(path)
    assert 'Zoë Ünïcode' in path.read_text(encoding='utf-8') and path.read_text(encoding='utf-8').startswith('{\n  "')
    save_submission(load_submission(path), tmp_path/'again.json')
    assert (tmp_path/'again.json').read_bytes() == path.read_bytes()
    assert capsys.readouterr() == ('', '')

# A report

def test_size_is_that_of_the_artifact():
    "Not of parameters times four: float64 counts twice, int8 a quarter, zeros in full"
    model = SimpleMLP(64, 128, 10, rng=rng())
    sizes = {}
    for name, changed in ('float32', model), ('float64', SimpleMLP(64, 128, 10, rng=rng())), ('int8', quantize_model(model)):
        if name == 'float64':
            for tensor in changed.parameters(): tensor.data = tensor.data.astype(np.float64)
        report = BenchmarkReport(name)
        sizes[name] = report.benchmark_model(changed, np.ones((4, 64), np.float32), [0, 1, 2, 3], num_runs=2)['model_size_mb']*2**20
        assert sizes[name] == stored_bytes(changed)
    assert 1.9 < sizes['float64']/sizes['float32'] < 2.1 and .2 < sizes['int8']/sizes['float32'] < .35

class Doubtful(Module):
    "Half of what it computes is thrown away by dropout, in training"
    def __init__(self): self.drop, self.inner = Dropout(.5, rng=rng()), SimpleMLP(rng=rng())
    def forward(self, x): return self.inner(self.drop(x))

def test_report_is_of_eval_mode():
    model, (x, y) = Doubtful(), toy(500)
    found = BenchmarkReport().benchmark_model(model.train(), x, y, num_runs=2)
    assert found['accuracy'] == model_accuracy(model.eval(), x, y) == np.mean(model.inner(Tensor(x)).data.argmax(1) == y)
    assert BenchmarkReport().benchmark_model(model.train(), x, y, num_runs=2) and model.training and model.drop.training

def test_report_takes_tensors_arrays_and_lists():
    x, y = toy(30)
    model, found = SimpleMLP(rng=rng()), []
    for inputs in x, x.astype(np.float64), Tensor(x), x.tolist():
        for labels in y, list(y), Tensor(y): found.append(BenchmarkReport().benchmark_model(model, inputs, labels, num_runs=2)['accuracy'])
    assert set(found) == {found[0]}

@pytest.mark.parametrize('x, y, settings, words', [
    (np.ones((3, 10)), [0, 1], {}, '3 inputs but 2 labels'), (np.ones((0, 10)), [], {}, 'the test data is empty'),
    (np.ones((3, 10)), [[0], [1], [2]], {}, r'want labels of shape \(3,\), got \(3, 1\)'), (np.full((3, 10), np.nan), [0, 1, 2], {}, 'scores that are not finite'),
    (np.ones((3, 10)), [0, 1, 2], {'num_runs': 1}, 'num_runs is 1; it takes at least 2'), (np.ones((3, 9)), [0, 1, 2], {}, '9 features')])
def test_report_refuses_and_stays_as_it_was(measured, x, y, settings, words):
    model, _ = measured
    report = BenchmarkReport()
    before = report.benchmark_model(model, *toy(), num_runs=2), report.data, report.evidence
    with pytest.raises(ValueError, match=words): report.benchmark_model(model, x, y, **settings)
    assert (report.metrics, report.data, report.evidence) == before

class TwoMethods:
    "A model as the document asks for it: no Module, no arrays, not even callable"
    def __init__(self, parameters=263): self.parameters, self.calls = parameters, set()
    def forward(self, x):
        self.calls.add(x.shape)
        return x[:, :3]*2
    def count_parameters(self): return self.parameters

class Arrays(TwoMethods):
    def forward(self, x): return np.asarray(super().forward(x))

@pytest.mark.parametrize('kind', [TwoMethods, Arrays])
def test_model_with_two_methods_is_measured(kind):
    model, report, (x, y) = kind(), BenchmarkReport('two methods'), toy()
    metrics = report.benchmark_model(model, x, y, num_runs=2)
    assert list(metrics)[:6] == REQUIRED and metrics['parameter_count'] == 263 and metrics['model_size_mb'] == 263*4/1024/1024
    assert metrics['nominal_bytes'] == 4*263 and 'artifact_bytes' not in metrics and report.evidence is None
    assert metrics['accuracy'] == np.mean(x[:, :3].argmax(1) == y) and model.calls == {(1, 10), (40, 10)}
    submission = generate_submission(report, hand_filled())
    found = [(f.rule, f.path, f.severity) for f in validate_submission(submission)]
    assert ('measurement.nominal-size', '$.baseline.metrics.nominal_bytes', 'warning') in found and errors(submission) == []
    assert [f.rule for f in validate_submission(generate_submission(report))] == ['measurement.nominal-size']

@pytest.mark.parametrize('lost', ['forward', 'count_parameters'])
def test_what_a_model_lacks_is_named(lost):
    model = type('Half', (), {name: getattr(TwoMethods, name) for name in ('forward', 'count_parameters') if name != lost})()
    report = BenchmarkReport()
    with pytest.raises(TypeError, match=f'Half has no {lost}'): report.benchmark_model(model, *toy(), num_runs=2)
    assert report.metrics == {}

def test_data_is_known_by_its_fingerprint(measured):
    model, report = measured
    x, y = toy()
    digests = [report.data['sha256']]
    for inputs, labels in (x, y), (x[::-1], y), (x, y[::-1]), (x.astype(np.float64), y):
        other = BenchmarkReport()
        other.benchmark_model(model, inputs, labels, num_runs=2, dataset='mine')
        digests.append(other.data['sha256'])
    assert digests[0] == digests[1] and len(set(digests)) == 4 and other.data['name'] == 'mine'

def test_machine_and_time_are_those_of_the_measurement(monkeypatch):
    model, report = SimpleMLP(rng=rng()), BenchmarkReport()
    assert {'platform', 'python_version', 'numpy_version'} <= report.system_info.keys() and strptime(report.timestamp, '%Y-%m-%d %H:%M:%S')
    there = {'platform': 'elsewhere', 'python_version': '3', 'numpy_version': '2'}, '2031-01-15 14:23:41'
    monkeypatch.setattr(capstone, 'machine_and_time', lambda: there)
    report.benchmark_model(model, *toy(), num_runs=2)
    assert (report.system_info, report.timestamp) == there
    monkeypatch.undo()
    with pytest.raises(ValueError): report.benchmark_model(model, np.full((3, 10), np.nan), [0, 1, 2], num_runs=2)
    assert (report.system_info, report.timestamp) == there, 'the numbers of one measurement, machine and time of another'

def test_submission_keeps_machine_and_time_of_both_reports():
    first, second = hand_filled(), hand_filled()
    second.system_info, second.timestamp = {**first.system_info, 'cpu': 'another'}, '2018-01-15 14:23:41'
    submission = generate_submission(first, second, comparison=compared(verdict='no difference shown', speedup=1., low=.9, high=1.1))
    assert (submission['system_info'], submission['timestamp']) == (first.system_info, first.timestamp)
    assert (submission['optimized']['system_info'], submission['optimized']['timestamp']) == (second.system_info, second.timestamp)
    assert {f.rule for f in validate_submission(submission)} == {'measurement.machine', 'measurement.time'}

@pytest.mark.parametrize('change, words', [({'latency_ms_mean': 0.}, 'latency_ms_mean is 0.0'), ({'latency_ms_mean': -1}, 'latency_ms_mean is -1'),
    ({'latency_ms_mean': np.inf}, 'latency_ms_mean is inf'), ({'latency_ms_mean': np.nan}, 'latency_ms_mean is nan'), ({'model_size_mb': 0}, 'model_size_mb is 0'),
    ({'latency_ms_std': np.inf}, r'\$.baseline.metrics.latency_ms_std is inf'), ({'accuracy': object()}, r'\$.baseline.metrics.accuracy is of type object')])
def test_numbers_that_cannot_be_are_refused(change, words):
    broken = hand_filled()
    broken.metrics.update(change)
    with pytest.raises(ValueError, match=words): generate_submission(broken)
    if 'latency_ms_std' not in change and 'accuracy' not in change:
        with pytest.raises(ValueError, match=words): generate_submission(hand_filled(), broken)

def test_what_was_not_measured_cannot_be_submitted():
    with pytest.raises(ValueError, match="'empty' is empty; call its benchmark_model"): generate_submission(BenchmarkReport('empty'))
    lacking = hand_filled()
    del lacking.metrics['accuracy'], lacking.metrics['model_size_mb']
    with pytest.raises(ValueError, match='lack model_size_mb, accuracy'): generate_submission(hand_filled(), lacking)
    with pytest.raises(ValueError, match=r"a list of names: \['pruning'\]"): generate_submission(hand_filled(), hand_filled(), techniques_applied='pruning')

def test_submission_is_a_copy():
    report = hand_filled()
    submission = generate_submission(report)
    report.metrics['accuracy'] = 0.
    report.system_info['cpu'] = 'another'
    assert submission['baseline']['metrics']['accuracy'] > .9 and submission['system_info']['cpu'] != 'another'

# The main job

@pytest.fixture(scope='module')
def five_seeds():
    "Of seeds 0 to 4 the baseline, and what the search makes of it with 96 neurons, in int8"
    digits, config, found = load('digits'), TrainingConfig(neurons=(96,)), []
    for seed in range(5):
        draws = rng(seed)
        baseline = train_baseline(digits.train, config, draws)
        (_, same), (size, small) = smaller_models(baseline, digits.train, config, draws)
        assert same is baseline and size == 96
        found.append((baseline, quantize_model(small, backend='float')))
    return digits, found

def test_five_seeds(five_seeds):
    "97 % on average and 96 % each, on the test part of the split that the card's seed makes; training sees only the training part"
    digits, models = five_seeds
    (x, y), accuracies = digits.test, []
    assert digits.card['split_shares'] == [.6, .2, .2] and digits.card['split_seed'] == 1998 and len(y) == 359
    assert np.ptp(np.bincount(y) - .2*np.bincount(digits.labels)) <= 2, 'the test part does not hold each class by its share'
    for baseline, _ in models: accuracies.append(model_accuracy(baseline, flat(x[:, None]), y))
    assert np.mean(accuracies) >= .97 and min(accuracies) >= .96, [f'{a:.2%}' for a in accuracies]

def test_five_seeds_keep_their_accuracy(five_seeds):
    "At most a point below the baseline of the same seed, on the test part; at most the risk that is allowed, on the validation part; nine times smaller"
    digits, models = five_seeds
    (x, y), (images, labels) = digits.test, digits.validation
    moved, labels = flat(moved_images(images)[:, None]), np.tile(labels, 9)
    for baseline, small in models:
        assert stored_bytes(small) == 8368 and stored_bytes(baseline) == 77136
        lost = model_accuracy(baseline, flat(x[:, None]), y) - model_accuracy(small, flat(x[:, None]), y)
        risked = model_accuracy(baseline, moved, labels) - model_accuracy(small, moved, labels)
        assert 100*lost <= 1 and 100*risked <= TrainingConfig().points_risked

def test_same_seed_same_bytes():
    runs = [run_capstone(None, seed, 'numpy', config=QUICK) for seed in (3, 3, 4)]
    bytes_ = [(bytes_of(run.baseline), bytes_of(run.optimized)) for run in runs]
    shares = [[run.submission[side]['metrics']['accuracy'] for side in ('baseline', 'optimized')] for run in runs]
    assert bytes_[0] == bytes_[1] and shares[0] == shares[1]
    assert bytes_[0][0] != bytes_[2][0] and bytes_[0][1] != bytes_[2][1]

def scrambled(monkeypatch, *parts):
    digits = load('digits')
    other = {'test': (digits.test[0][::-1], 9 - digits.test[1]), 'validation': (digits.validation[0]*0, digits.validation[1]*0)}
    monkeypatch.setattr(capstone, 'load', lambda name: replace(digits, **{part: other[part] for part in parts}))

def test_nothing_is_learned_from_the_other_parts(monkeypatch):
    "With other test and validation data the models are the same, byte for byte"
    def bytes_now():
        run = run_capstone(None, 0, 'numpy', config=QUICK)
        return [bytes_of(step.model) for step in run.steps]
    expected = bytes_now()
    scrambled(monkeypatch, 'test', 'validation')
    assert bytes_now() == expected

def test_the_test_part_chooses_nothing(monkeypatch):
    "With another test part the same step is kept, and its accuracy there is another"
    def found():
        run = run_capstone(None, 0, 'numpy', config=replace(QUICK, points_risked=3))
        return [step.accuracy for step in run.steps], run.kept.bytes, bytes_of(run.optimized), run.submission['optimized']['metrics']['accuracy']
    *expected, right = found()
    scrambled(monkeypatch, 'test')
    *others, wrong = found()
    assert others == expected and wrong != right

def test_main_job_measures_what_it_says(tmp_path):
    path, stages = tmp_path/'capstone.json', []
    run = run_capstone(path, seed=1, backend='numpy', student_name='Me', config=QUICK)
    before, after = (run.submission[side] for side in ('baseline', 'optimized'))
    assert load_submission(path) == run.submission and errors(run.submission) == [] and run.submission['student_name'] == 'Me'
    assert {f.rule for f in run.findings} <= {'measurement.speedups', 'claims.acceleration'}  # on a busy machine
    (x, y) = load('digits').test
    for about, model in (before, run.baseline), (after, run.optimized):
        assert about['metrics']['artifact_bytes'] == len(bytes_of(model)) and about['metrics']['accuracy'] == model_accuracy(model, flat(x[:, None]), y)
        assert about['data']['name'] == 'Digits (8×8), test part' and about['metrics']['batch_size'] == about['data']['samples'] == 359
    assert before['metrics']['parameter_count'] == 64*16 + 16 + 16*10 + 10 and after['metrics']['parameter_count'] == 64*8 + 8 + 8*10 + 10
    assert after['techniques_applied'][:2] == ['pruning', 'quantization'] and after['evidence']['int4_share'] == 1
    assert [t.get('method') for t in after['techniques_recorded']][:2] == ['structured', None]
    assert run.submission['comparison']['pairs'] == 8 and run.submission['comparison']['batch_size'] == 1
    assert str(run.profile) and json.dumps(run.as_dict())
    assert run.optimized is run.kept.model and run.backend == run.kept.plan and run.kept is choose_step(run.steps, QUICK.points_risked)

@pytest.fixture(scope='module')
def quick(): return run_capstone(None, 0, 'numpy', config=QUICK)

def test_the_search_is_in_the_submission(quick):
    run = quick
    said, (images, labels) = run.submission['search'], load('digits').validation
    assert [step['name'] for step in said['steps']] == [step.name for step in run.steps] and sum(step['kept'] for step in said['steps']) == 1
    assert '100 points' in said['rule'] and said['data']['samples'] == 9*len(labels) == 3240
    moved = flat(moved_images(images)[:, None])
    for told, step in zip(said['steps'], run.steps):
        assert told['artifact_bytes'] == step.bytes == len(bytes_of(step.model)) and told['accuracy'] == step.accuracy == model_accuracy(step.model, moved, np.tile(labels, 9))
        assert [timing['batch_size'] for timing in told['timings']] == [1, 32, 360] and told['kept'] == (step is run.kept)
    steps = said['steps']
    for broken in [{**step, 'kept': False} for step in steps], [{**step, 'kept': True} for step in steps], [{**step, 'kept': step['name'] == run.steps[0].name} for step in steps]:
        assert 'consistency.search' in {f.rule for f in validate_submission({**run.submission, 'search': {**said, 'steps': broken}})}

def test_what_is_tried(quick):
    "The baseline alone and with a plan; sizes in int8 from large to small; then the kept one stored, multiplied and planned in other ways"
    run = quick
    assert [(step.neurons, step.storage, step.plan) for step in run.steps] == [(16, 'float32', 'no'), (16, 'float32', 'numpy'), (16, 'int8', 'no'), (8, 'int8', 'no'),
        (8, 'float32', 'no'), (8, 'int8 codes', 'no'), (8, 'int4', 'no'), (8, 'int4', 'numpy')]
    sizes = {step.neurons: {s.storage: s.bytes for s in run.steps if s.neurons == step.neurons} for step in run.steps}
    assert sizes[8]['int4'] < sizes[8]['int8'] == sizes[8]['int8 codes'] < sizes[8]['float32'] < sizes[16]['float32']
    for step in run.steps: assert isinstance(step.model, Compiled) == (step.plan == 'numpy') and not (isinstance(step.model, Compiled) and step.model.fallbacks)
    last = techniques_of(run.steps[-1].model)
    assert [entry['name'] for entry in last] == ['pruning', 'quantization', 'acceleration'] and last[-1]['backend'] == 'numpy'
    alone = plan_alone(run.steps, run.steps[-1])
    for n, (plan, rest) in alone.items(): close(plan*rest, run.steps[-1].speed[n].speedup)
    assert list(alone) == [1, 32, 360] and plan_alone(run.steps, run.steps[0]) == {} and alone[1][0] == run.steps[1].speed[1].speedup

def test_sizes_that_lose_too_much_end_the_search(monkeypatch):
    digits, rights = load('digits'), iter([.98]*3 + [.97, .90] + [.97]*2 + [.96] + [.97]*9)
    baseline = SimpleMLP(64, 16, 10, rng=rng())
    monkeypatch.setattr(capstone, 'model_accuracy', lambda *given: next(rights))
    steps = optimize(baseline, digits, replace(QUICK, neurons=(8, 6, 4), points_risked=1.), rng(), 'numpy')
    assert [step.neurons for step in steps] == [16, 16, 16, 8, 6, 8, 8, 8, 8] and choose_step(steps, 1.).neurons == 8
    assert [step.storage for step in steps[5:8]] == ['float32', 'int8 codes', 'int4'] and steps[-1].plan == 'numpy' and steps[-1].storage != 'int4'

def test_if_nothing_smaller_is_good_enough_the_baseline_is_kept_in_int8():
    digits, config = load('digits'), replace(QUICK, neurons=(1,), points_risked=5.)
    baseline = train_baseline(digits.train, replace(config, epochs=10), rng())
    steps = optimize(baseline, digits, config, rng(), 'numpy')
    kept = choose_step(steps, config.points_risked)
    assert not keeps_accuracy(steps[3], steps[0], 5.) and kept.neurons == 16 and kept.storage.startswith('int')

def test_the_baseline_is_left_as_it_is():
    digits, baseline = load('digits'), SimpleMLP(64, 16, 10, rng=rng())
    before, modes = bytes_of(baseline), [m.training for m in baseline.modules()]
    optimize(baseline, digits, QUICK, rng(), 'numpy')
    assert bytes_of(baseline) == before and [m.training for m in baseline.modules()] == modes

def test_moved_images_are_those_of_training():
    "Each of the nine is one that `RandomCrop(8, padding=1)` draws"
    images = load('digits').validation[0][:3]
    crop, drawn = capstone.RandomCrop(8, padding=1, rng=rng()), set()
    for _ in range(300): drawn |= {image.tobytes() for image in crop.batch(images[:, None])[:, 0]}
    assert {image.tobytes() for image in moved_images(images)} == drawn and len(drawn) == 27

def test_table_of_steps(quick):
    run = quick
    head, *rows = run.table().splitlines()
    assert head.split('  ')[0] == 'tried' and '32 at a time' in head and len(rows) == len(run.steps)
    assert [row.endswith('kept') for row in rows] == [step is run.kept for step in run.steps]
    for row, step in zip(rows, run.steps): assert row.startswith(step.name) and f'{step.bytes:,}' in row and f'{step.speed[1].speedup:.2f}×' in row
    assert ('plan alone' in run.verdict()) == (run.kept.plan != 'no')

def test_workflow_example(tmp_path, monkeypatch, capsys):
    "As it is: it trains, shrinks, measures, writes its file where one is, and says nothing"
    monkeypatch.chdir(tmp_path)
    submission = run_optimization_workflow_example()
    assert load_submission('optimization_submission.json') == submission and [p.name for p in tmp_path.iterdir()] == ['optimization_submission.json']
    assert submission['baseline']['metrics']['accuracy'] >= .96 and submission['improvements']['accuracy_delta'] >= -.03
    assert submission['improvements']['compression_ratio'] > 6 and submission['student_name'] == 'TinyTorch Optimizer'
    assert not [f for f in validate_submission(submission) if f.rule in ('claims.pruning', 'claims.quantization', 'claims.unknown')]
    assert capsys.readouterr() == ('', '')

@pytest.mark.parametrize('path, error', [('file/x.json', NotADirectoryError), ('nowhere/x.json', FileNotFoundError), ('.', IsADirectoryError), ('x'*300, OSError)])
def test_unwritable_path_ends_it_before_any_work(tmp_path, monkeypatch, path, error):
    monkeypatch.chdir(tmp_path)
    (tmp_path/'file').write_text('')
    def work(*args, **settings): raise AssertionError('the work began')
    for name in 'load', 'train_baseline', 'compare': monkeypatch.setattr(capstone, name, work)
    for job in run_capstone, run_optimization_workflow_example:
        with pytest.raises(error, match=re.escape(path[:50])): job(path)
    with pytest.raises(AssertionError, match='the work began'): run_capstone('fine.json')

def test_missing_backend_ends_it_before_any_work(monkeypatch):
    def work(*args, **settings): raise AssertionError('the work began')
    monkeypatch.setattr(capstone, 'available_backends', lambda: {'numpy': None, 'numba': "pip install -e '.[accel]'"})
    assert capstone.plans_for(None) == ['numpy'] == capstone.plans_for('numpy')
    monkeypatch.setattr(capstone, 'train_baseline', work)
    with pytest.raises(ImportError, match='accel'): run_capstone(None, backend='numba')
    with pytest.raises(ValueError, match="backend='abacus' is not known; expected one of numpy, numba"): run_capstone(None, backend='abacus')

# A report is filled whole or not at all

@pytest.mark.parametrize('part', ['evidence', 'techniques_of', 'artifact_size'])
def test_a_report_stays_as_it_was_if_a_part_fails(part, monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 10)), rng.integers(0, 3, 20)
    empty, full = BenchmarkReport('empty'), BenchmarkReport('full')
    full.benchmark_model(SimpleMLP(), x, y, num_runs=2)
    def fails(*given): raise RuntimeError('no such thing')
    monkeypatch.setattr(capstone, part, fails)
    for report in empty, full:
        before = dict(vars(report))
        with pytest.raises(RuntimeError, match='no such thing'): report.benchmark_model(SimpleMLP(), x, y, num_runs=2)
        assert vars(report) == before
    assert empty.metrics == {} and full.metrics and full.evidence

@pytest.mark.parametrize('labels', [['cat']*20, [None]*20, np.full(20, .5), np.full(20, np.nan)], ids=['text', 'None', 'halves', 'NaN'])
def test_labels_that_could_never_be_right_are_refused(labels):
    report = BenchmarkReport('mine')
    with pytest.raises(TypeError, match='benchmark_model: labels are whole numbers'): report.benchmark_model(SimpleMLP(), np.ones((20, 10)), labels, num_runs=2)
    assert report.metrics == {}

@pytest.mark.parametrize('labels', [[0.]*20, np.zeros(20, np.uint8), [False]*20], ids=['floats', 'bytes', 'bool'])
def test_labels_are_whole_numbers_in_any_dtype(labels):
    assert 0 <= BenchmarkReport('mine').benchmark_model(SimpleMLP(), np.ones((20, 10)), labels, num_runs=2)['accuracy'] <= 1

@pytest.mark.parametrize('num_runs', [5., '5', None])
def test_runs_are_counted(num_runs):
    with pytest.raises(TypeError, match=f'num_runs is a whole number.*got {num_runs!r}'): BenchmarkReport('mine').benchmark_model(SimpleMLP(), np.ones((20, 10)), [0]*20, num_runs=num_runs)

# The verdict

def verdict(small=11000, right=349, backend='numpy', **comparison):
    submission = generate_submission(hand_filled(), hand_filled(size=small, right=right), comparison=compared(**comparison))
    return CapstoneRun(submission, None, [], None, None, None, backend).verdict().splitlines()

@pytest.mark.parametrize('word, speedup, low, high', [('faster', 2., 1.9, 2.1), ('slower', .5, .45, .55), ('no difference shown', 1., .9, 1.1)])
def test_verdict_on_speed(word, speedup, low, high):
    line = verdict(verdict=word, speedup=speedup, low=low, high=high)[0]
    assert line == f'speed     {word}: {speedup:.2f} times as fast, one image at a time (95% interval {low:.2f} to {high:.2f}, 60 pairs, numpy plan)'

@pytest.mark.parametrize('size, said', [(11000, '66,136 bytes smaller: 77,136 to 11,000, 7.0 times'), (80000, '2,864 bytes larger: 77,136 to 80,000, 1.0 times'), (77136, '0 bytes smaller')])
def test_verdict_on_size(size, said): assert verdict(small=size)[1].startswith(f'size      {said}')

@pytest.mark.parametrize('right, said', [(352, 'kept: 98.05% to 98.05% on 359 test images (+0.00 points)'), (353, 'kept: 98.05% to 98.33%'), (349, 'kept: 98.05% to 97.21%'), (348, 'not kept: 98.05% to 96.94%')])
def test_verdict_on_accuracy(right, said): assert verdict(right=right)[2].startswith(f'accuracy  {said}')

@pytest.mark.parametrize('settings, error, words', [
    (dict(neurons=8), TypeError, 'neurons is a tuple'), (dict(neurons=(0,)), ValueError, 'neurons'), (dict(neurons=(-4,)), ValueError, 'neurons'), (dict(neurons=(2.5,)), TypeError, 'neurons'),
    (dict(points_risked=-1), ValueError, '0 or more'), (dict(points_risked=float('nan')), ValueError, '0 or more'), (dict(points_risked='a'), TypeError, 'a number'),
    (dict(search_pairs=5), ValueError, 'search_pairs is a whole number, at least 6'), (dict(pairs=5), ValueError, 'pairs is a whole number, at least 6'), (dict(tuning_epochs=0), ValueError, 'tuning_epochs'),
    (dict(storages=('int7',)), ValueError, "'int7', which is not known; expected some of int8, float32"), (dict(storages=()), ValueError, 'storages is empty'), (dict(storages='int8'), TypeError, 'storages is a tuple'),
    (dict(plans=('fast',)), ValueError, "'fast', which is not known"), (dict(lr=0), ValueError, 'lr is from'), (dict(lr=float('nan')), ValueError, 'lr is from'), (dict(tuning_lr='a'), TypeError, 'tuning_lr is a number'),
    (dict(weight_decay=True), TypeError, 'weight_decay is a number'), (dict(label_smoothing=2), ValueError, 'from 0 to 1, got 2')], ids=str)
def test_what_cannot_be_done_is_said_before_training(settings, error, words):
    with pytest.raises(error, match=words): TrainingConfig(**settings)

@pytest.mark.parametrize('name', ['hidden', 'epochs', 'tuning_epochs', 'batch_size', 'neurons', 'search_pairs', 'pairs', 'points_risked', 'lr', 'weight_decay'])
def test_true_is_no_number(name):
    with pytest.raises(TypeError, match=f'number, got True'): TrainingConfig(**{name: [True] if name == 'neurons' else True})

@pytest.mark.parametrize('name', ['hidden', 'epochs', 'tuning_epochs', 'batch_size', 'neurons', 'search_pairs', 'pairs'])
def test_counts_that_no_machine_can_do(name):
    with pytest.raises(ValueError, match=f'{name} is at most 100,000'): TrainingConfig(**{name: (10**20,) if name == 'neurons' else 10**20})

def test_lists_become_tuples():
    config = TrainingConfig(neurons=[8], storages=['int8'], plans=[])
    assert config == TrainingConfig(neurons=(8,), storages=('int8',), plans=()) and hash(config)

def config_of(folder, text):
    path = folder/'a.toml'
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_config(path)

def test_config_from_a_file(tmp_path):
    assert config_of(tmp_path, '') == TrainingConfig()
    assert config_of(tmp_path, 'neurons = [8, 4]\nplans = []\nlr = 0.5\nstorages = ["float32"]') == TrainingConfig(neurons=(8, 4), plans=(), lr=.5, storages=('float32',))

@pytest.mark.parametrize('text, words', [('hiden = 3', 'hiden is no setting; did you mean hidden'), ('a = 1', 'a is no setting; expected some of hidden'), ('hidden = ', 'Invalid value'), ('hidden = "a"', 'hidden is a whole number'),
                                         ('hidden = 2026-01-01', 'hidden'), ('[hidden]\na = 1', 'hidden'), (b'\xff', 'utf-8'), ('points_risked = nan', '0 or more'), ('plans = ["onnxruntime"]', 'not known')], ids=str)
def test_config_that_cannot_be(tmp_path, text, words):
    with pytest.raises(ValueError, match='a.toml.*' + words): config_of(tmp_path, text)

def test_config_deeper_than_can_be_read(tmp_path):
    with pytest.raises(ValueError, match='a.toml'): config_of(tmp_path, 'a = ' + '['*5000 + ']'*5000)

def test_nothing_of_a_config_is_left_out(tmp_path):
    "What comes after the first million bytes counts too"
    with pytest.raises(ValueError, match='a.toml.*more than 1,000,000 bytes'): config_of(tmp_path, '#'*10**6 + '\nhidden = 3')

def test_names_in_a_config_forge_no_line(tmp_path):
    with pytest.raises(ValueError) as told: config_of(tmp_path, '"a\\nb.toml: ok\\u001b[31m" = 1')
    assert str(told.value).isprintable()

def test_config_with_the_mark_that_windows_puts_first(tmp_path): assert config_of(tmp_path, b'\xef\xbb\xbfhidden = 3') == TrainingConfig(hidden=3)

def test_config_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match='nowhere.toml'): read_config(tmp_path/'nowhere.toml')

def names_tried(**settings): return [step.name for step in optimize(SimpleMLP(64, 16, 10, rng=0), load('digits'), replace(QUICK, **settings), rng=0, backend=None)]

def test_techniques_are_chosen_by_the_config():
    assert names_tried(neurons=(), storages=('float32',), plans=()) == ['16 neurons, float32, no plan']
    assert names_tried(neurons=(), storages=('int4', 'int8'), plans=()) == ['16 neurons, float32, no plan', '16 neurons, int4, no plan', '16 neurons, int8, no plan']
    assert names_tried(neurons=(8,), storages=('float32',), plans=('numpy',))[1:] == ['16 neurons, float32, numpy plan', '8 neurons, float32, no plan', '8 neurons, float32, numpy plan']

def test_points_that_nothing_can_keep():
    with pytest.raises(ValueError, match='0 or more'): choose_step([], -1)

def test_a_backend_that_is_a_list():
    with pytest.raises(ValueError, match='is not known'): run_capstone(backend=[])
