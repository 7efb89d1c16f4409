"""The code of the document that the course grew from works as it is shown there

Its lines of code are kept here as they are, without comments, docstring and decoration (two emoji inside printed texts). What a
block uses and does not make itself is SUPPLIED; a call that a block only hints at is LEFT_OUT, and put in where the hint stands."""
import ast, builtins, json
from pathlib import Path

import numpy as np
import pytest

import tinytorch.capstone as capstone
from submissions import EXAMPLE, complete
from tinytorch.capstone import load_submission, validate_submission
from tinytorch.core.tensor import Tensor

MANUAL_TESTING = '''
from tinytorch.capstone import SimpleMLP, BenchmarkReport, generate_submission, save_submission
from tinytorch.core.tensor import Tensor
import numpy as np

np.random.seed(42)
X_test = Tensor(np.random.randn(100, 10))
y_test = np.random.randint(0, 3, 100)

model = SimpleMLP(input_size=10, hidden_size=20, output_size=3)
report = BenchmarkReport(model_name="simple_mlp")
metrics = report.benchmark_model(model, X_test, y_test, num_runs=50)

submission = generate_submission(report, student_name="Your Name")
save_submission(submission, "my_submission.json")

baseline_model = SimpleMLP(input_size=10, hidden_size=20, output_size=3)
baseline_report = BenchmarkReport(model_name="baseline")
baseline_report.benchmark_model(baseline_model, X_test, y_test, num_runs=50)

optimized_model = SimpleMLP(input_size=10, hidden_size=15, output_size=3)
optimized_report = BenchmarkReport(model_name="optimized")
optimized_report.benchmark_model(optimized_model, X_test, y_test, num_runs=50)

submission = generate_submission(
    baseline_report=baseline_report,
    optimized_report=optimized_report,
    student_name="Optimizer",
    techniques_applied=["architecture_search", "pruning"]
)

print(f"Speedup: {submission['improvements']['speedup']:.2f}x")
print(f"Compression: {submission['improvements']['compression_ratio']:.2f}x")
print(f"Accuracy Δ: {submission['improvements']['accuracy_delta']*100:+.1f}%")

save_submission(submission, "optimization_comparison.json")
'''

DEVELOPMENT_TIPS = '''
model = SimpleMLP(input_size=10, hidden_size=20, output_size=3)
report = BenchmarkReport(model_name="test_model")
metrics = report.benchmark_model(model, X_test, y_test, num_runs=10)

required = ['parameter_count', 'model_size_mb', 'accuracy',
            'latency_ms_mean', 'latency_ms_std', 'throughput_samples_per_sec']
assert all(metric in metrics for metric in required)

submission = generate_submission(report, student_name="Test")
assert 'baseline' in submission
assert 'system_info' in submission
assert submission['submission_type'] == 'capstone_benchmark'

optimized_report = BenchmarkReport(model_name="optimized")
# ... benchmark optimized model ...
submission_with_opt = generate_submission(report, optimized_report,
                                         techniques_applied=["pruning"])
assert 'improvements' in submission_with_opt
assert 'speedup' in submission_with_opt['improvements']
'''

WORKFLOW = '''
def run_optimization_workflow_example():
    print("="*70)
    print("TINYTORCH OPTIMIZATION WORKFLOW")
    print("="*70)

    from tinytorch.perf.profiling import Profiler, quick_profile
    from tinytorch.perf.compression import magnitude_prune
    from tinytorch.benchmarking import Benchmark, BenchmarkResult

    print("\\n[STEP 1] Profile Baseline - Module 14")
    baseline_model = SimpleMLP(input_size=10, hidden_size=20, output_size=3)

    profiler = Profiler()

    print("\\n[STEP 2] Benchmark Baseline - Module 19")
    baseline_report = BenchmarkReport(model_name="baseline_mlp")
    baseline_report.benchmark_model(baseline_model, X_test, y_test, num_runs=50)

    print("\\n[STEP 3] Apply Optimizations - Modules 15-18")
    print("  Available APIs:")
    print("    - Module 15: quantize_model(model, bits=8)")
    print("    - Module 16: magnitude_prune(model, sparsity=0.5)")
    print("    - Module 17: enable_kv_cache(model)  # For transformers")
    print("    - Module 18: Use accelerated ops")

    optimized_model = baseline_model  # Apply real optimizations here
    # optimized_model = magnitude_prune(baseline_model, sparsity=0.3)
    # optimized_model = quantize_model(optimized_model, bits=8)

    print("\\n[STEP 4] Benchmark Optimized - Module 19")
    optimized_report = BenchmarkReport(model_name="optimized_mlp")
    optimized_report.benchmark_model(optimized_model, X_test, y_test, num_runs=50)

    print("\\n[STEP 5] Generate Submission - Module 20")
    submission = generate_submission(
        baseline_report=baseline_report,
        optimized_report=optimized_report,
        student_name="TinyTorch Optimizer",
        techniques_applied=["pruning", "quantization"]
    )

    if 'improvements' in submission:
        imp = submission['improvements']
        print(f"\\n  Results:")
        print(f"     Speedup: {imp['speedup']:.2f}x")
        print(f"     Compression: {imp['compression_ratio']:.2f}x")
        print(f"     Accuracy Δ: {imp['accuracy_delta']*100:+.1f}%")

    save_submission(submission, "optimization_submission.json")

    print("\\nComplete optimization workflow demonstrated!")
    return submission
'''

BLOCKS = {'manual testing': MANUAL_TESTING, 'development tips': DEVELOPMENT_TIPS, 'workflow': WORKFLOW}

SUPPLIED = {'manual testing': [],
            'development tips': ['BenchmarkReport', 'SimpleMLP', 'X_test', 'generate_submission', 'y_test'],
            'workflow': ['BenchmarkReport', 'SimpleMLP', 'X_test', 'generate_submission', 'save_submission', 'y_test']}

LEFT_OUT = {'# ... benchmark optimized model ...': 'optimized_report.benchmark_model(model, X_test, y_test, num_runs=10)'}

def used_and_not_made(code):
    "Names that `code` reads and neither makes nor finds among Python's own"
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)} | set(vars(builtins))
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.Import, ast.ImportFrom)): made |= {alias.asname or alias.name for alias in node.names}
    return sorted({node.id for node in names} - made)

@pytest.fixture
def run(tmp_path, monkeypatch):
    "A function that runs a block in an empty folder and gives back its names"
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    known = {'X_test': Tensor(random.standard_normal((100, 10))), 'y_test': random.integers(0, 3, 100)}
    def run(block, code=None):
        code = code or BLOCKS[block]
        for hint, call in LEFT_OUT.items(): code = code.replace(hint, call)
        names = {name: known.get(name, getattr(capstone, name, None)) for name in SUPPLIED[block]}
        exec(compile(code, block, 'exec'), names)
        return names
    return run

def rules(document): return sorted((f.severity, f.rule, f.path) for f in validate_submission(document))

@pytest.mark.parametrize('block', BLOCKS)
def test_list_of_what_is_supplied_is_true(block): assert used_and_not_made(BLOCKS[block]) == SUPPLIED[block]

def test_manual_testing_examples(run, capsys):
    names, printed = run('manual testing'), capsys.readouterr().out.splitlines()
    improvements = names['submission']['improvements']
    assert printed == [f"Speedup: {improvements['speedup']:.2f}x", f"Compression: {improvements['compression_ratio']:.2f}x", f"Accuracy Δ: {improvements['accuracy_delta']*100:+.1f}%"]
    assert names['metrics']['parameter_count'] == 283 and improvements['compression_ratio'] > 1
    first, second = load_submission('my_submission.json'), load_submission('optimization_comparison.json')
    assert first['student_name'] == 'Your Name' and 'optimized' not in first and rules(first) == []
    assert second == names['submission'] and rules(second) == [  # the pruned model has fewer parameters; nobody can see that they were searched for
        ('warning', 'claims.unknown', '$.optimized.techniques_applied[0]'), ('warning', 'measurement.unpaired', '$')]
    assert sorted(p.name for p in Path().iterdir()) == ['my_submission.json', 'optimization_comparison.json']

def test_development_tips(run):
    names = run('development tips')
    submission = names['submission_with_opt']
    assert submission['improvements'].keys() == {'speedup', 'compression_ratio', 'accuracy_delta'}
    assert submission['improvements']['compression_ratio'] == 1 and submission['improvements']['accuracy_delta'] == 0
    assert rules(submission) == [('warning', 'claims.pruning', '$.optimized.techniques_applied[0]'), ('warning', 'measurement.unpaired', '$')]

def test_development_tips_need_the_call_that_is_left_out(run, monkeypatch):
    monkeypatch.setitem(LEFT_OUT, next(iter(LEFT_OUT)), '')
    with pytest.raises(ValueError, match="'optimized' is empty; call its benchmark_model"): run('development tips')

def test_workflow(run, capsys):
    "The model that is claimed to be pruned and quantized is the baseline: two warnings and no exception"
    submission = run('workflow')['run_optimization_workflow_example']()
    printed = capsys.readouterr().out
    assert '[STEP 6]' not in printed and 'Compression: 1.00x' in printed and 'Accuracy Δ: +0.0%' in printed
    assert load_submission('optimization_submission.json') == submission
    assert rules(submission) == [('warning', 'claims.pruning', '$.optimized.techniques_applied[0]'), ('warning', 'claims.quantization', '$.optimized.techniques_applied[1]'),
                                 ('warning', 'measurement.unpaired', '$')]

def test_workflow_with_the_optimizations_it_suggests(run):
    "Its two lines that are commented out, as code"
    code = WORKFLOW.replace('    # optimized_model', '    optimized_model').replace('import magnitude_prune\n', 'import magnitude_prune\n    from tinytorch.perf.quantization import quantize_model\n')
    assert code.count('\n    optimized_model =') == 3
    submission = run('workflow', code)['run_optimization_workflow_example']()
    assert rules(submission) == [('warning', 'measurement.unpaired', '$')] and submission['improvements']['compression_ratio'] > 1
    assert [t['name'] for t in submission['optimized']['techniques_recorded']] == ['pruning', 'quantization']

# The example of a submission

def test_example_is_version_0_with_warnings(tmp_path):
    (tmp_path/'example.json').write_text(EXAMPLE, encoding='utf-8')
    document = load_submission(tmp_path/'example.json')
    assert document == json.loads(EXAMPLE) and rules(document) == [
        ('warning', 'claims.evidence', '$.optimized.techniques_applied[0]'), ('warning', 'claims.evidence', '$.optimized.techniques_applied[1]'),
        ('warning', 'measurement.unpaired', '$'), ('warning', 'schema.version', '$')]

@pytest.mark.parametrize('said, fits', [(1.35, True), (1.355, True), (1.3548, True), (1.4, True), (1, True), (1.36, True), (1.34, False), (1.37, False), (1.353, False), (1.5, False), (3, False)])
def test_numbers_typed_by_hand_are_right_to_their_last_digit(said, fits):
    "1.3548 is the ratio of the latencies"
    document = json.loads(EXAMPLE)
    document['improvements']['speedup'] = said
    assert [path for severity, _, path in rules(document) if severity == 'error'] == ([] if fits else ['$.improvements.speedup'])

def test_later_versions_are_exact():
    document = complete()
    document['improvements']['speedup'] *= 1.0001
    assert ('error', 'consistency.speedup', '$.improvements.speedup') in rules(document)

@pytest.mark.parametrize('place', [(), ('baseline',), ('baseline', 'metrics'), ('optimized',), ('improvements',)], ids='.'.join)
def test_unknown_keys_are_warnings_at_first_and_errors_later(place):
    path = '.'.join(['$', *place, 'prize'])
    for document, severity in (json.loads(EXAMPLE), 'warning'), (complete(), 'error'):
        before, inside = rules(document), document
        for key in place: inside = inside[key]
        inside['prize'] = 1
        assert (severity, 'schema.unknown-key', path) in rules(document)
        if severity == 'warning': assert [r for r in rules(document) if r[1] != 'schema.unknown-key'] == before

def test_size_is_in_mebibytes():
    document = complete()
    assert document['baseline']['metrics']['model_size_mb'] == 77136/1048576 and rules(document) == []
    document['baseline']['metrics']['model_size_mb'] = 77136/1e6
    document['improvements']['compression_ratio'] = 77136/1e6/document['optimized']['metrics']['model_size_mb']
    assert rules(document) == [('error', 'consistency.model_size_mb', '$.baseline.metrics.model_size_mb')]
