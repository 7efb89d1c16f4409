"What was done to a model shows in its graph and weights; what was not done does not"
import json, time
from copy import deepcopy
from itertools import combinations

import numpy as np
import pytest

from tinytorch.capstone import SimpleMLP
from tinytorch.competition import detection as d
from tinytorch.competition.detection import Cost, detect, diff
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Module, Sequential, evaluating, linear
from tinytorch.core.spatial import SimpleCNN
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import GPT
from tinytorch.perf.acceleration import accelerate
from tinytorch.perf.compression import block_prune, low_rank_approximate, magnitude_prune, mask_zeros, structured_prune, to_sparse
from tinytorch.perf.quantization import fold_batch_norms, quantize_model
from tinytorch.perf.stored import check_graph, describe
from tinytorch.submission import Parts, broken, rule_findings, rules

x = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)
pictures = np.random.default_rng(0).normal(size=(4, 1, 8, 8)).astype(np.float32)

@pytest.fixture(scope='module')
def mlp(): return SimpleMLP(64, 64, 10, rng=0)

@pytest.fixture(scope='module')
def cnn():
    model = SimpleCNN(rng=0)
    model(Tensor(pictures))  # norms have seen numbers
    return model

def found(before, after, given=x):
    "The techniques that show, as a set"
    traces = detect(describe(before, given), describe(after, given))
    for trace in traces: assert str(trace).startswith(trace.technique)
    return {trace.technique for trace in traces}

STEPS = {'half the weights': (lambda m: magnitude_prune(m, .5), {'pruning'}),
         'half the neurons': (lambda m: structured_prune(m, .5), {'pruning'}),
         'low rank': (lambda m: low_rank_approximate(m, .5), {'low rank'}),
         'sparse': (lambda m: to_sparse(magnitude_prune(m, .9)), {'pruning', 'sparse storage'}),
         'int8': (lambda m: quantize_model(m, backend='float'), {'quantization'}),
         'int4': (lambda m: quantize_model(m, bits=4, backend='float'), {'quantization'}),
         'plan': (lambda m: accelerate(m, 'numpy'), {'acceleration'})}

@pytest.mark.parametrize('name', STEPS)
def test_each_alone(mlp, name):
    step, shows = STEPS[name]
    assert found(mlp, step(mlp)) == shows

PAIRS = [(a, b) for a, b in combinations(STEPS, 2)
         if (a, b) not in [('half the weights', 'low rank'), ('half the weights', 'sparse'), ('half the neurons', 'sparse'), ('low rank', 'sparse'), ('int8', 'int4'),
                           ('sparse', 'int8'), ('sparse', 'int4')]]

@pytest.mark.parametrize('first, second', PAIRS)
def test_pairs(mlp, first, second):
    model = mlp
    for name in first, second: model = STEPS[name][0](model)
    expected = STEPS[first][1] | STEPS[second][1]
    shown = found(mlp, model)
    assert shown == expected or shown | {'pruning'} == expected | {'pruning'} and 'low rank' in (first, second)

def test_blocks(mlp):
    "Written down by hand, as running such a layer would compile its kernel first"
    graph, weights = describe(block_prune(mlp, .9), x)
    layer = to_sparse(block_prune(mlp, .9), 'blocks').fc1
    own = {f'fc1.{name}': a for name, a in layer.state_dict().items()}
    node = {**graph['nodes'][0], 'layer': 'BlockSparseLinear', 'settings': {**graph['nodes'][0]['settings'], 'kept': len(own['fc1.columns'])}}
    others = {name: a for name, a in weights.items() if not name.startswith('fc1')}
    sparse = {**graph, 'nodes': [node, *graph['nodes'][1:]], 'weights': [*own, *others], 'buffers': ['fc1.columns', 'fc1.starts']}, {**own, **others}
    assert check_graph(*sparse) == []
    assert {t.technique for t in detect(describe(mlp, x), sparse)} == {'pruning', 'sparse storage'}

def test_the_same_shows_nothing(mlp, cnn):
    assert found(mlp, mlp) == found(mlp, deepcopy(mlp)) == set() and found(cnn, cnn, pictures) == set()
    for name, (step, _) in STEPS.items():
        model = step(mlp)
        assert found(model, deepcopy(model)) == set(), name
    assert found(mlp, SimpleMLP(64, 64, 10, rng=5)) == set()  # other numbers are no technique

@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('bits', [8, 4])
def test_rounding_alone_is_no_pruning(seed, bits):
    rng = np.random.default_rng(seed)
    model = SimpleMLP(64, 128, 10, rng=rng)
    model.fc1.weight.data *= rng.random((64, 128)).astype(np.float32)**3  # many are nearly zero, as after weight decay
    assert found(model, quantize_model(model, bits=bits, backend='float')) == {'quantization'}
    pruned = magnitude_prune(model, .4)
    assert found(pruned, quantize_model(pruned, bits=bits, backend='float')) == {'quantization'}

def test_convolutions(cnn):
    with evaluating(cnn):
        assert found(cnn, magnitude_prune(cnn, .5), pictures) == {'pruning'}
        assert found(cnn, structured_prune(cnn, .5, inputs=pictures), pictures) == {'pruning'}
        assert found(cnn, fold_batch_norms(cnn, pictures), pictures) == {'folding'}
        assert found(cnn, quantize_model(cnn, backend='float'), pictures) - {'folding'} == {'quantization'}
        assert found(cnn, accelerate(cnn, 'numpy'), pictures) - {'folding'} == {'acceleration'}

def test_a_transformer():
    ids = np.random.default_rng(0).integers(0, 20, (2, 8))
    model = GPT(20, 16, 2, 2, 8, rng=0).eval()
    try: before = describe(model, ids)
    except ValueError as error: pytest.fail(f'a transformer can be described: {error}')
    assert detect(before, before) == []
    coded = detect(before, describe(quantize_model(model, backend='float'), ids))
    assert {t.technique for t in coded} == {'quantization'}
    assert {t.technique for t in detect(before, describe(magnitude_prune(model, .5), ids))} == {'pruning'}

class Masked(Module):
    "A layer that lets zeros stay zero in training, or does not"
    def __init__(self, masked): self.weight, self.bias, self.masked = Tensor(np.ones((64, 3), np.float32)), Tensor(np.ones(3, np.float32)), masked
    def forward(self, x): return linear(x, mask_zeros(self.weight) if self.masked else self.weight, self.bias)

def test_what_matters_only_in_training_is_no_architecture(): assert found(Masked(False), Masked(True)) == set()

def test_another_architecture(mlp):
    deeper = Sequential(Linear(64, 64, rng=0), ReLU(), Linear(64, 64, rng=1), ReLU(), Linear(64, 10, rng=2))
    assert found(mlp, deeper) == {'architecture'}
    assert found(mlp, SimpleMLP(64, 128, 10, rng=0)) == {'architecture'}
    assert found(mlp, SimpleMLP(64, 16, 10, rng=0)) == {'pruning'}  # trained anew or cut: nobody can tell

def test_shared_weights():
    def three(shared):
        model = Sequential(Linear(64, 64, rng=0), ReLU(), Linear(64, 64, rng=1), ReLU(), Linear(64, 10, rng=2))
        if shared == 'layer': model.layers[2] = model.layers[0]
        if shared == 'weight': model.layers[2].weight = model.layers[0].weight
        return model
    for how in 'layer', 'weight':
        assert found(three(None), three(how)) == {'sharing'} and found(three(how), three(how)) == set()

# What is only there

class With(Module):
    "A model, and what `extra` makes of its input besides, times zero"
    def __init__(self, model, extra): self.model, self.extra = model, extra
    def forward(self, x): return self.model(x) + self.extra(x)

def judged(before, after, claims):
    parts = Parts({'optimized': {'techniques_applied': claims}}, models={'baseline': before, 'optimized': after})
    return {f.rule for name in rules if name.startswith('claims.') and 'models' in rules[name].needs for f in rule_findings(rules[name], parts)}

def test_dead_arrays_prove_nothing(mlp):
    graph, weights = describe(mlp, x)
    dead = {**graph, 'weights': [*weights, 'codes']}, {**weights, 'codes': np.ones(5000, np.int8)}
    assert check_graph(*dead) == [] and detect((graph, weights), dead) == []
    assert judged((graph, weights), dead, ['quantization']) == {'claims.absent', 'claims.unused'}
    assert judged(dead, dead, []) == {'claims.unused'}  # a baseline with ballast

def test_zeros_with_the_real_ones_elsewhere(mlp):
    decoy = Linear(64, 10, rng=0)
    decoy.weight.data[:], decoy.bias.data[:] = 0, 0
    before, after = describe(mlp, x), describe(With(mlp, decoy), x)
    assert 'pruning' not in {t.technique for t in detect(before, after)}
    assert {'claims.absent', 'claims.dead'} <= judged(before, after, ['pruning'])

def test_a_node_that_nobody_reads(mlp):
    graph, weights = describe(mlp, x)
    coded, codes = describe(quantize_model(mlp, backend='float'), x)
    node = {**coded['nodes'][0], 'name': 'extra'}
    extra = {name.replace('fc1', 'extra'): a for name, a in codes.items() if name.startswith('fc1')}
    after = {**graph, 'nodes': [*graph['nodes'], node]}, {**weights, **extra}
    after[0]['weights'] = [*after[1]]
    assert check_graph(*after) == [] and detect((graph, weights), after) == []
    assert 'claims.unused' in judged((graph, weights), after, [])

@pytest.mark.parametrize('claims, shows', [(['quantization'], set()), (['INT8'], set()), ([], {'claims.unclaimed'}), (['pruning'], {'claims.absent', 'claims.unclaimed'}),
                                           (['low rank', 'int8'], {'claims.absent'}), (['tied weights', 'int8'], {'claims.absent'}), (['my own trick', 'int8'], set())])
def test_claims(mlp, claims, shows):
    assert judged(describe(mlp, x), describe(quantize_model(mlp, backend='float'), x), claims) == shows

def test_a_distilled_model_may_say_so(mlp):
    before = describe(mlp, x)
    for student in SimpleMLP(64, 16, 10, rng=1), Sequential(Linear(64, 10, rng=0)): assert judged(before, describe(student, x), ['distillation']) == set()
    assert judged(before, before, ['distillation']) == {'claims.absent'}

def test_nothing_is_asked_without_both_models(mlp):
    parts = Parts({'optimized': {'techniques_applied': ['int8']}}, models={'baseline': describe(mlp, x)})
    assert rule_findings(rules['claims.absent'], parts) == rule_findings(rules['claims.unclaimed'], parts) == []

@pytest.mark.parametrize('name', ['claims.absent', 'claims.unclaimed', 'claims.unused', 'claims.dead', 'claims.idle', 'claims.padded', 'claims.subnormal'])
def test_the_example_of_each_rule_breaks_it(name):
    assert [f.rule for f in broken(rules[name])[1]] == [name] and rules[name].text.endswith('?')

# Where the speed comes from

class Submitted:
    "As much of a bundle as `diff` looks at"
    def __init__(self, before, after, seconds, roofline=(1e10, 1e10)):
        self.models = {'baseline': describe(before, x), 'optimized': describe(after, x)}
        self.document = {side: {'metrics': {'latency_ms_mean': 1000*t}} for side, t in zip(self.models, seconds)}
        if roofline: self.document['roofline'] = dict(zip(('peak_flops_per_s', 'bandwidth_bytes_per_s'), roofline))

def seconds_of(model, call, rates=(1e10, 1e10)):
    graph, weights = describe(model, x)
    cost = d.cost_of(graph, weights, d.layer_flops(graph, weights)[1])
    return d.modeled(cost, *rates, call)

@pytest.mark.parametrize('name, causes', [
    ('plan', {'fewer calls'}), ('int8', {'shorter numbers'}), ('half the neurons', {'fewer FLOPs', 'fewer numbers'}),
    ('low rank', {'fewer FLOPs', 'fewer numbers', 'fewer calls'}), ('half the weights', set())])
def test_known_causes_are_found(mlp, name, causes):
    "On a machine that is as the formula says, nothing is unexplained, and nothing else has a share"
    model, call = STEPS[name][0](mlp), 2e-7
    both = [seconds_of(m, call) for m in (mlp, model)]
    logs = diff(Submitted(mlp, model, both)).logs
    assert np.isclose(sum(logs.values()), np.log(both[0]/both[1])) and abs(logs['unexplained']) < 1e-9
    assert {cause for cause, part in logs.items() if abs(part) > .03} <= causes | {'fewer FLOPs'}  # scales are numbers too
    assert all(abs(logs[cause]) > .03 for cause in causes)

def test_what_the_formula_does_not_know_is_unexplained(mlp):
    plan = accelerate(mlp, 'numpy')
    both = seconds_of(mlp, 1e-6), seconds_of(plan, 1e-6)/2
    told = diff(Submitted(mlp, plan, both))
    assert np.isclose(told.logs['unexplained'], np.log(2)) and np.isclose(sum(told.shares.values()), 1)
    assert 'not a measurement' in str(told)

def test_costs_are_counted(mlp):
    graph, weights = describe(mlp, x)
    flops, total = d.layer_flops(graph, weights)
    assert flops == {'fc1': 64*64*2 + 64, 'relu': 64, 'fc2': 64*10*2 + 10} and total == sum(flops.values())
    assert d.cost_of(graph, weights, total) == Cost(total, 4810, 4*4810, 3)
    coded = describe(quantize_model(mlp, backend='float'), x)
    assert d.cost_of(*coded, total).bytes == 4736 + 4*(64 + 10 + 64 + 10)

def test_what_is_missing_is_said(mlp):
    small = structured_prune(mlp, .5)
    told = diff(Submitted(mlp, small, (2e-5, 1e-5), None))
    assert told.logs is told.shares is None and 'roofline' in told.why_not and np.isclose(told.speedup, 2)
    bare = Submitted(mlp, small, (2e-5, 1e-5))
    del bare.document['baseline']
    assert diff(bare).speedup is None and 'latencies' in diff(bare).why_not
    assert [row[0] for row in told.layers] == ['fc1', 'fc2'] and json.loads(json.dumps(told.as_dict()))['speedup'] == told.speedup

def test_two_submissions(mlp):
    first, second = Submitted(mlp, mlp, (3e-5, 3e-5)), Submitted(mlp, structured_prune(mlp, .5), (3e-5, 1e-5))
    told = diff(first, second)
    assert np.isclose(told.speedup, 3) and {t.technique for t in told.traces} == {'pruning'}
    back = diff(second, first)
    assert np.isclose(back.speedup, 1/3) and np.isclose(sum(back.logs.values()), -np.log(3))
    same = diff(first, first)
    assert same.layers == [] and same.traces == [] and same.shares is None and 'no layer differs' in str(same)

def test_one_changed_weight_is_a_layer_that_differs(mlp):
    other = deepcopy(mlp)
    other.fc2.weight.data[0, 0] += 1
    assert [row[0] for row in diff(Submitted(mlp, other, (1e-5, 1e-5))).layers] == ['fc2']

def test_the_paired_comparison_counts(mlp):
    given = Submitted(mlp, mlp, (1e-5, 1e-5))
    given.document['comparison'] = {'speedup': 2.}
    assert diff(given).speedup == 2 and np.isclose(sum(diff(given).logs.values()), np.log(2))

def test_a_graph_of_thousands_of_nodes_is_no_trouble():
    "Time grows with the nodes, not with their square"
    weights = {f'l{i}.{a}': np.ones((2, 2) if a == 'weight' else 2, np.float32) for i in range(4000) for a in ('weight', 'bias')}
    nodes = [{'layer': 'Linear', 'name': f'l{i}', 'inputs': [i], 'settings': {'in_features': 2, 'out_features': 2, 'bias': True}} for i in range(4000)]
    graph = {'inputs': [{'shape': [None, 2], 'dtype': 'float32'}], 'nodes': nodes, 'output': 4000, 'plan': None}
    start = time.process_time()
    assert detect((graph, weights), (graph, weights)) == [] and len(d.used_names(graph, weights)) == 8000
    assert time.process_time() - start < 20  # a second where nobody else works; with squares, minutes
