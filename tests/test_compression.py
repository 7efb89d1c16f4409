"Pruning and sparse storage: what the page has no room for"
import json, re, subprocess, sys
from copy import deepcopy
from itertools import product
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
from safetensors.numpy import load_file, save

import tinytorch.perf.compression as compression
from tinytorch.core.activations import GELU, ReLU, Softmax, Tanh
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Dropout, Flatten, Identity, Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.optimizers import SGD, Adam, AdamW, StepLR
from tinytorch.core.spatial import AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor, cat
from tinytorch.core.training import Trainer, clip_grad_norm
from tinytorch.core.transformers import GPT
from tinytorch.files import write_atomically
from tinytorch.perf.acceleration import accelerate
from tinytorch.perf.compression import (BlockSparseLinear, KnowledgeDistillation, PrunedConv2d, PrunedLinear, SparseLinear, block_prune, block_rows, candidates,
    compress_model, cut_in_order, dead_layers, follow_units, from_csr, groups_of, importance, low_rank_approximate, magnitude_prune, mask_zeros, measure_sparsity,
    narrow, nearly_equal, prune_in_steps, silenced_copy, smallest, soft_loss, structured_prune, to_blocks, to_csr, to_sparse)
from tinytorch.perf.profiling import Profiler
from tinytorch.perf.quantization import QuantizedLinear, quantize_model
from tinytorch.perf.techniques import stored_bytes, weight_arrays

def rng(seed=0): return np.random.default_rng(seed)
def rows(*shape, seed=0): return rng(seed).standard_normal(shape).astype(np.float32)
def mlp(*sizes, between=ReLU, bias=True, seed=0):
    "Linear layers of these sizes with weights from one distribution, and something between"
    layers = [layer for i, pair in enumerate(zip(sizes, sizes[1:])) for layer in (Linear(*pair, bias=bias), between())][:-1]
    for i, layer in enumerate(layers[::2]):
        for p in layer.parameters(): p.data[:] = rows(*p.shape, seed=seed + 10*i + p.ndim)
    return Sequential(*layers)

def weights(model): return list(weight_arrays(model).values())
def zeros(model): return sum(int((w == 0).sum()) for w in weights(model))
def held_bytes(model): return save(model.state_dict())

def snapshot(model):
    "Everything of `model` that must not change"
    return {'bytes': held_bytes(model), 'objects': [id(m) for m in model.modules()] + [id(p) for p in model.parameters()] + [id(p.data) for p in model.parameters()],
            'modes': [m.training for m in model.modules()], 'wanted': [p.requires_grad for p in model.parameters()],
            'grads': [None if p.grad is None else p.grad.tobytes() for p in model.parameters()],
            'attributes': [list(vars(m)) for m in model.modules()], 'draws': [m.rng.bit_generator.state for m in model.modules() if isinstance(m, Dropout)]}

# which ones go

@pytest.mark.parametrize('seed', range(5))
def test_choice_counts_exactly_and_breaks_ties_by_position(seed):
    arrays = [rng(seed).integers(-3, 4, shape).astype(np.float32) for shape in [(4, 5), (7,), (0, 3), (2, 3, 2), (1, 1)]]
    flat = [(abs(v), i) for i, v in enumerate(np.concatenate([a.ravel() for a in arrays]))]
    for count in range(len(flat) + 1):
        chosen = smallest(arrays, count)
        assert [c.shape for c in chosen] == [a.shape for a in arrays] and all(c.dtype == bool for c in chosen)
        found = np.flatnonzero(np.concatenate([c.ravel() for c in chosen]))
        assert sorted(i for _, i in sorted(flat)[:count]) == found.tolist()

@pytest.mark.filterwarnings('ignore:magnitude_prune')
@pytest.mark.parametrize('sparsity', [0, .001, .1, .25, 1/3, .5, .75, .9, .99, .999])
def test_counts_are_exact(sparsity):
    model = mlp(30, 40, 20, 10)
    small = magnitude_prune(model, sparsity)
    n = 30*40 + 40*20 + 20*10
    assert zeros(small) == round(sparsity*n) and measure_sparsity(small) == round(sparsity*n)/n
    kept, gone = [np.abs(np.concatenate([old[keep(new)] for old, new in zip(weights(model), weights(small))])) for keep in (lambda w: w != 0, lambda w: w == 0)]
    assert not gone.size or gone.max() <= kept.min()  # over all layers together
    assert all((new[new != 0] == old[new != 0]).all() for old, new in zip(weights(model), weights(small)))
    assert all((new.data == old.data).all() for (n, old), (_, new) in zip(model.named_parameters(), small.named_parameters()) if n.endswith('bias'))

@pytest.mark.filterwarnings('ignore:magnitude_prune')
@pytest.mark.parametrize('sparsity', [.1, .25, .5, .9])
def test_ties_are_counted_exactly_too(sparsity):
    model = mlp(10, 10, 10)
    for w in weights(model): w[...] = np.where(w > 0, .5, -.5)
    small = magnitude_prune(model, sparsity)
    assert zeros(small) == round(sparsity*200)
    gone = np.concatenate([(w == 0).ravel() for w in weights(small)])
    assert gone[:round(sparsity*200)].all() and not gone[round(sparsity*200):].any()

def test_layers_with_small_weights_lose_more():
    model = mlp(20, 20, 20)
    model[2].weight.data *= 100
    small = magnitude_prune(model, .5)
    assert (small[0].weight.data == 0).mean() > .95 and (small[2].weight.data == 0).mean() < .05

def test_zeros_that_were_there_count_and_stay():
    model = mlp(10, 20, 10)
    model[0].weight.data[:, ::2] = 0
    again = magnitude_prune(magnitude_prune(model, .3), .5)
    assert zeros(magnitude_prune(model, .1)) == 100 == zeros(magnitude_prune(model, 0)) and zeros(again) == 200
    assert type(again[0]) is PrunedLinear and [t['zeros'] for t in again.techniques] == [120, 200]

def test_a_shared_weight_counts_once():
    model = mlp(6, 6, 6)
    model[2].weight = model[0].weight
    small = magnitude_prune(model, .5)
    assert small[0].weight is small[2].weight and zeros(small) == 18 and small.techniques[0]['weights'] == 36
    layer = Linear(6, 6)
    small = magnitude_prune(Sequential(layer, ReLU(), layer), .5)
    assert small[0] is small[2] and small.techniques[0]['layers'] == 1

def test_a_model_that_is_one_layer():
    small = magnitude_prune(mlp(5, 4)[0], .5)
    assert type(small) is PrunedLinear and zeros(small) == 10 and repr(small) == 'PrunedLinear(5, 4)'

def test_names_state_and_sizes_are_those_of_before():
    model = mlp(6, 5, 3)
    small = magnitude_prune(model, .5)
    assert list(small.state_dict()) == list(model.state_dict()) and stored_bytes(small) == stored_bytes(model)
    plain = mlp(6, 5, 3, seed=3)
    plain.load_state_dict(small.state_dict())
    x = Tensor(rows(4, 6))
    assert (plain(x).data == small(x).data).all()

@pytest.mark.parametrize('sparsity, error, words', [
    (1, ValueError, 'from 0 to below 1, got 1$'), (-.1, ValueError, 'got -0.1'), (float('nan'), ValueError, 'got nan'), (float('inf'), ValueError, 'got inf'),
    (50, ValueError, 'got 50; for 50 % say 0.5'), (90.5, ValueError, 'for 90.5 % say 0.905'), (200, ValueError, 'got 200$'), (True, ValueError, 'got True'),
    ('half', TypeError, 'sparsity: expected a number from 0 to below 1, got str'), (None, TypeError, 'got NoneType'), ([.5], TypeError, 'got list')])
@pytest.mark.parametrize('prune', [magnitude_prune, structured_prune])
def test_sparsity_is_a_share(prune, sparsity, error, words):
    with pytest.raises(error, match=words): prune(mlp(4, 3, 2), sparsity)

@pytest.mark.parametrize('prune', [magnitude_prune, structured_prune])
def test_errors(prune):
    for bad in (None, 3, [Linear(2, 2)], Linear):
        with pytest.raises(TypeError, match=f'{prune.__name__}: expected a Module, got {type(bad).__name__}'): prune(bad)
    with pytest.raises(ValueError, match=f'{prune.__name__}: found no Linear layer with float weights in this Sequential'): prune(Sequential(ReLU()))
    with pytest.raises(ValueError, match='its 2 are int8 already; prune first, quantize last'): prune(quantize_model(mlp(4, 3, 2)))
    for part, value in product(('0.weight', '2.weight', '0.bias'), (np.nan, np.inf)):
        model = mlp(4, 3, 2)
        dict(model.named_parameters())[part].data.flat[0] = value
        with pytest.raises(ValueError, match=f'{prune.__name__}: 1 of the .* numbers in {part} are NaN or infinite'): prune(model)

@pytest.mark.parametrize('prune', [magnitude_prune, structured_prune])
def test_numpy_numbers_are_numbers(prune):
    for share in (np.float32(.5), np.float64(.5), np.int64(0)): assert json.dumps(prune(mlp(4, 6, 2), share).techniques)

# layers that lose everything

def test_a_dead_layer_is_named():
    model = mlp(20, 20, 20)
    model[0].weight.data *= 1e-3
    with pytest.warns(UserWarning, match='magnitude_prune: sparsity 0.6 leaves no weight in 0: it gives the same for every input now, and cannot learn; remove less, or neurons'):
        small = magnitude_prune(model, .6)
    assert small.techniques[0]['dead_layers'] == ['0'] and zeros(small) == 480
    with no_grad(): out = small(Tensor(rows(7, 20))).data
    assert (out == out[0]).all()  # what was said

def test_a_small_model_may_lose_all():
    with pytest.warns(UserWarning, match='leaves no weight in 0, 2:'): small = magnitude_prune(mlp(7, 5, 3), .999)
    assert zeros(small) == 50 and small.techniques[0]['dead_layers'] == ['0', '2']
    with pytest.warns(UserWarning, match='leaves no weight in this layer'): magnitude_prune(Linear(2, 2), .9)

def test_without_a_dead_layer_nothing_is_said():
    with catch_warnings():
        simplefilter('error')
        for sparsity in (0, .5, .9, .98): assert magnitude_prune(mlp(30, 40, 20), sparsity).techniques[0]['dead_layers'] == []
        structured_prune(mlp(30, 40, 20), .999)

def test_dead_layers_looks_at_weights_alone():
    model = mlp(3, 3, 3)
    model[0].weight.data[:] = 0
    assert dead_layers({'a': model[0], 'b': model[2]}) == ['a']

# zeros that stay

OPTIMIZERS = {'sgd': lambda p: SGD(p, .1), 'momentum': lambda p: SGD(p, .05, momentum=.9, weight_decay=.01), 'nesterov': lambda p: SGD(p, .05, momentum=.9, nesterov=True, weight_decay=.01),
              'adam': lambda p: Adam(p, .02), 'adam, decay': lambda p: Adam(p, .02, weight_decay=.01), 'adamw': lambda p: AdamW(p, .02, weight_decay=.1)}

@pytest.mark.parametrize('clip', [False, True])
@pytest.mark.parametrize('name', OPTIMIZERS)
def test_zeros_survive_training_and_the_others_learn(name, clip):
    x, y = rows(120, 12), rng(1).integers(0, 4, 120)
    model = magnitude_prune(mlp(12, 16, 4), .6)
    gone, before, optimizer, loss_of = [w == 0 for w in weights(model)], model.state_dict(), OPTIMIZERS[name](model.parameters()), CrossEntropyLoss()
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = loss_of(model(Tensor(x)), y)
        loss.backward()
        if clip: clip_grad_norm(model.parameters(), 1.)
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < .8*losses[0]
    for w, g, old in zip(weights(model), gone, (before['0.weight'], before['2.weight'])):
        assert (w[g] == 0).all() and (w[~g] != old[~g]).mean() > .6
    assert measure_sparsity(model) == sum(g.sum() for g in gone)/sum(g.size for g in gone)

def test_zeros_survive_a_trainer_and_its_checkpoint(tmp_path):
    data = [(rows(30, 12, seed=i), rng(i).integers(0, 4, 30)) for i in range(4)]
    def start():
        model = magnitude_prune(mlp(12, 16, 4), .7)
        optimizer = AdamW(model.parameters(), .02, weight_decay=.1)
        return Trainer(model, optimizer, CrossEntropyLoss(), StepLR(optimizer, 2), grad_clip_norm=1.)
    first = start()
    gone = [w == 0 for w in weights(first.model)]
    first.fit(data, 3)
    first.save_checkpoint(tmp_path/'run')
    second = start()
    second.load_checkpoint(tmp_path/'run')
    second.fit(data, 3)
    assert all((w[g] == 0).all() for w, g in zip(weights(second.model), gone))
    assert held_bytes(second.model) != held_bytes(start().model)

def test_gradient_is_the_dense_one_without_the_zeros():
    dense, x = mlp(6, 5, 3), rows(9, 6)
    for w in weights(dense): w[rng(3).random(w.shape) < .5] = 0
    pruned = magnitude_prune(dense, 0)
    for model in (dense, pruned): (model(Tensor(x))*Tensor(rows(9, 3, seed=4))).sum().backward()
    for a, b in zip(dense.parameters(), pruned.parameters()):
        expected = np.where(a.data == 0, 0, a.grad) if a.ndim > 1 else a.grad
        np.testing.assert_allclose(b.grad, expected, rtol=1e-6)

def test_mask_zeros_stops_an_infinite_slope():
    w = Tensor([0., 4.], requires_grad=True)
    with np.errstate(divide='ignore'): mask_zeros(w).sqrt().sum().backward()
    assert w.grad.tolist() == [0, .25]

def test_mask_zeros_keeps_dtype_and_passes_other_gradients():
    for dtype in (np.float32, np.float64):
        w = Tensor(np.array([0, -0., 1e-40, -2], dtype), requires_grad=True)
        out = mask_zeros(w)
        assert out.dtype == dtype
        out.backward(np.array([5, 6, 7, 8], dtype))
        assert w.grad.dtype == dtype and w.grad.tolist() == [0, 0, 7, 8]

@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_infinite_gradients_leave_the_zeros_alone(dtype):
    w = Tensor(np.array([0, -0., 2, np.nan], dtype), requires_grad=True)
    mask_zeros(w).backward(np.array([np.inf, np.nan, np.inf, 1], dtype))
    assert w.grad.dtype == dtype and w.grad.tolist() == [0, 0, np.inf, 1]

def test_zeros_survive_int8_and_the_disk(tmp_path):
    small = magnitude_prune(mlp(30, 40, 10), .75)
    ints = quantize_model(small)
    assert all(((q == 0) | (w != 0)).all() for q, w in zip(weights(ints), weights(small))) and measure_sparsity(ints) >= .75
    assert all(type(m) is QuantizedLinear for m in (ints[0], ints[2]))
    write_atomically(tmp_path/'small', held_bytes(ints))
    assert sum(int((a == 0).sum()) for n, a in load_file(tmp_path/'small').items() if a.ndim > 1) == zeros(ints)

# neurons that go away

def kept(model, small, names):
    "{name of layer: indices of its neurons that `small` still has}, found by their biases"
    old, new = model.state_dict(), small.state_dict()
    return {n: np.flatnonzero(np.isin(old[f'{n}.bias'], new[f'{n}.bias'])) for n in names}

class Backwards(Module):
    "Attributes in another order than calls, layers in a list and a dictionary"
    def __init__(self):
        self.last, self.parts, self.act = Linear(6, 3, rng=rng(1)), [Linear(8, 6, rng=rng(2)), {'in': Linear(5, 8, rng=rng(3))}], GELU()
    def forward(self, x): return self.last(self.act(self.parts[0](self.act(self.parts[1]['in'](x)))))

MODELS = {
    'two layers': (mlp(8, 20, 5), {'0': '2'}, (7, 8)),
    'four layers': (mlp(8, 20, 12, 16, 5), {'0': '2', '2': '4', '4': '6'}, (7, 8)),
    'tanh': (mlp(8, 20, 12, 5, between=Tanh), {'0': '2', '2': '4'}, (7, 8)),
    'nothing between': (mlp(8, 20, 5, between=Identity), {'0': '2'}, (7, 8)),
    'leading axes': (mlp(8, 20, 5), {'0': '2'}, (2, 3, 8)),
    'dropout, nested': (Sequential(Flatten(), Sequential(Linear(8, 20, rng=rng(1)), ReLU(), Dropout(.5, rng=rng())), Sequential(Linear(20, 5, rng=rng(2)))), {'1.0': '2.0'}, (7, 2, 4)),
    'backwards': (Backwards(), {'parts.1.in': 'parts.0', 'parts.0': 'last'}, (7, 5)),
    'pruned before': (magnitude_prune(mlp(8, 20, 5), .4), {'0': '2'}, (7, 8))}

@pytest.mark.parametrize('sparsity', [0, .1, .3, .5, .9, .999])
@pytest.mark.parametrize('name', MODELS)
def test_output_is_that_of_the_dense_model_with_those_neurons_silenced(name, sparsity):
    model, pairs, shape = MODELS[name]
    x = Tensor(rows(*shape, seed=5))
    small = structured_prune(model, sparsity, inputs=x)
    silenced, old = structured_prune(model, 0, inputs=x).eval(), dict(model.named_modules())
    layers = dict(silenced.named_modules())
    for maker, stays in kept(model, small, pairs).items():
        n = old[maker].out_features
        assert len(stays) == max(1, n - round(sparsity*n)) == dict(small.named_modules())[maker].out_features == dict(small.named_modules())[pairs[maker]].in_features
        layers[pairs[maker]].weight.data[np.setdiff1d(np.arange(n), stays)] = 0
        assert small.techniques[-1]['neurons'][maker] == [n, len(stays)]
    np.testing.assert_allclose(small.eval()(x).data, silenced(x).data, rtol=1e-4, atol=1e-5)
    assert type(dict(small.named_modules())[[*pairs][0]]) is type(old[[*pairs][0]])

def test_the_least_important_go():
    model = mlp(8, 20, 5)
    order = np.argsort(importance(model[0], model[2]))
    stays = kept(model, structured_prune(model, .3), ['0'])['0']
    assert set(order[:6]).isdisjoint(stays) and set(order[6:]) == set(stays)

def test_neurons_nobody_hears_go_first_and_are_not_missed():
    model, x = mlp(8, 20, 5), Tensor(rows(9, 8))
    model[2].weight.data[[1, 5, 6, 19]] = 0
    small = structured_prune(model, .2)
    np.testing.assert_allclose(small(x).data, model(x).data, rtol=1e-4, atol=1e-5)
    assert small[0].out_features == 16

def test_importance_by_hand():
    model = mlp(2, 2, 2)
    model[0].weight.data[:], model[0].bias.data[:], model[2].weight.data[:] = [[3, 0], [0, 0]], [4, 1], [[6, 8], [0, 2]]
    assert importance(model[0], model[2]).tolist() == [50, 2]
    model[0].bias = None
    assert importance(model[0], model[2]).tolist() == [30, 0]

def test_importance_does_not_change_with_the_scale_between():
    model = mlp(8, 20, 5)
    before = importance(model[0], model[2])
    factor = np.exp(rng(2).normal(size=20)).astype(np.float32)
    model[0].weight.data *= factor
    model[0].bias.data *= factor
    model[2].weight.data /= factor[:, None]
    np.testing.assert_allclose(importance(model[0], model[2]), before, rtol=1e-5)

def test_arrays_are_really_smaller():
    model = mlp(64, 200, 10)
    small = structured_prune(model, .75)
    assert [w.shape for w in weights(small)] == [(64, 50), (50, 10)] and small[0].bias.shape == (50,)
    for p in small.parameters(): assert p.data.base is None and p.data.flags.c_contiguous and p.requires_grad and p.grad is None and p.dtype == np.float32
    assert sum(p.data.nbytes for p in small.parameters()) == 4*(64*50 + 50 + 50*10 + 10)
    fact, = small.techniques
    assert fact == {'name': 'pruning', 'method': 'structured', 'sparsity': .75, 'neurons': {'0': [200, 50]},
                    'measured': {'bytes_before': stored_bytes(model), 'bytes_after': stored_bytes(small), 'parameters_before': 15010, 'parameters_after': 3760}}
    assert stored_bytes(model)/stored_bytes(small) > 3.5

def test_without_bias_and_frozen():
    model = mlp(8, 20, 5, bias=False)
    model[0].weight.requires_grad = False
    small = structured_prune(model, .5)
    assert small[0].bias is None and small[0].out_features == 10 and not small[0].weight.requires_grad and small[2].weight.requires_grad

def test_it_learns_on():
    x, y = rows(200, 8), rng(1).integers(0, 5, 200)
    small = structured_prune(mlp(8, 40, 20, 5), .5)
    optimizer, loss_of, losses = Adam(small.parameters(), .02), CrossEntropyLoss(), []
    for _ in range(40):
        optimizer.zero_grad()
        loss = loss_of(small(Tensor(x)), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < .7*losses[0]

class Skip(Module):
    def __init__(self): self.a, self.b, self.head = [Linear(6, n, rng=rng(n)) for n in (6, 6, 3)]
    def forward(self, x):
        x = self.a(x)
        return self.head(x + self.b(x.abs()))

class Twice(Module):
    def __init__(self): self.a, self.b = Linear(6, 6, rng=rng(1)), Linear(6, 3, rng=rng(2))
    def forward(self, x): return self.b(self.a(self.a(x)))

class Both(Module):
    "The second layer hears the first one twice over"
    def __init__(self): self.a, self.b = Linear(6, 4, rng=rng(1)), Linear(4, 3, rng=rng(2))
    def forward(self, x):
        x = self.a(x)
        return self.b(x) + x.sum(axis=-1, keepdims=True)

STUBBORN = {'twice': Twice(), 'heard elsewhere': Both(), 'softmax': mlp(6, 5, 3, between=Softmax),
            'mean': mlp(6, 5, 3, between=lambda: lambda x: x - x.mean(axis=-1, keepdims=True)), 'one layer': mlp(6, 3)}

@pytest.mark.parametrize('name', STUBBORN)
def test_what_cannot_be_cut_is_not(name):
    model = STUBBORN[name]
    before = snapshot(model)
    with pytest.raises(ValueError, match=f'structured_prune: in this {type(model).__name__} no two Linear layers follow each other'): structured_prune(model, .5)
    assert snapshot(model) == before

def test_a_residual_path_is_cut_on_both_sides():
    model, x = Skip(), Tensor(rows(9, 6))
    small = structured_prune(model, .5)
    assert [w.shape for w in weights(small)] == [(6, 3), (3, 3), (3, 3)] and small.techniques[0]['neurons'] == {'a': [6, 3], 'b': [6, 3]}
    stays = kept(model, small, ['a'])['a']
    assert (kept(model, small, ['b'])['b'] == stays).all()
    for name in ('b', 'head'): getattr(model, name).weight.data[np.setdiff1d(np.arange(6), stays)] = 0
    np.testing.assert_allclose(small(x).data, model(x).data, rtol=1e-4, atol=1e-5)

def test_moved_neurons_are_followed():
    model, x = mlp(6, 5, 3, between=lambda: lambda x: x[:, ::-1]*1.), Tensor(rows(9, 6))
    model[2].weight.data[[0, 3]] = 0  # read neurons 4 and 1
    small = structured_prune(model, .4)
    assert kept(model, small, ['0'])['0'].tolist() == [0, 2, 3]
    np.testing.assert_allclose(small(x).data, model(x).data, rtol=1e-4, atol=1e-5)
    part, x = Sequential(Linear(6, 5, rng=rng()), lambda x: x[:, :3], Linear(3, 2, rng=rng(1))), Tensor(rows(9, 6))
    small = structured_prune(part, .4)  # the two that nobody reads
    assert [w.shape for w in weights(small)] == [(6, 3), (3, 2)]
    np.testing.assert_allclose(small(x).data, part(x).data, rtol=1e-4, atol=1e-5)

def test_layers_that_are_called_twice_are_not_candidates():
    a, b = Linear(4, 6), Linear(6, 4)
    assert candidates(Sequential(a, b, a, b), np.ones((1, 4))) == [] and candidates(Sequential(a, b), np.ones((1, 4))) == [('0', '1')]

def test_what_can_be_cut_in_a_stubborn_model_is():
    model = Sequential(Skip(), ReLU(), Linear(3, 30, rng=rng(1)), ReLU(), Linear(30, 4, rng=rng(2)))
    small = structured_prune(model, .5)
    assert [w.shape for w in weights(small)] == [(6, 3), (3, 3), (3, 1), (1, 15), (15, 4)]

def test_models_that_need_inputs():
    class Look(Module):
        def __init__(self): self.table, self.a, self.b = Tensor(rows(10, 6), requires_grad=True), Linear(6, 8, rng=rng(1)), Linear(8, 3, rng=rng(2))
        def forward(self, tokens): return self.b(self.a(self.table[np.asarray(tokens)]))
    model = Look()
    tokens = rng().integers(0, 10, (4, 7))
    assert structured_prune(model, .5, inputs=tokens).a.out_features == 4
    model = Sequential(Flatten(), Linear(12, 8), ReLU(), Linear(8, 3))
    assert structured_prune(model, .5, inputs=rows(5, 3, 4))[1].out_features == 4
    with pytest.raises(ValueError, match=r'could not be run to see its order \(linear: x has 7 features .*pass inputs=, a batch it takes'): structured_prune(model, .5, inputs=rows(5, 7))

# promises of both

PRUNE = {'magnitude': lambda m: magnitude_prune(m, .5), 'structured': lambda m: structured_prune(m, .5), 'layer': lambda m: magnitude_prune(m, .5, 'layer'),
         'low rank': lambda m: low_rank_approximate(m, .5), 'steps': lambda m: prune_in_steps(m, .5, lambda m: None, 2)}

@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('name', PRUNE)
def test_the_given_model_is_left_as_it_is(name, training):
    model = Sequential(Linear(8, 20, rng=rng(1)), ReLU(), Dropout(.5, rng=rng()), Linear(20, 5, rng=rng(2))).train(training)
    model[2].training = not training
    model[3].weight.grad = np.ones((20, 5), np.float32)
    before = snapshot(model)
    small = PRUNE[name](model)
    assert snapshot(model) == before and not hasattr(model, 'techniques')
    modes = {n: m.training for n, m in model.named_modules()}
    assert all(m.training == modes[n if n in modes else n.rpartition('.')[0]] for n, m in small.named_modules())
    assert all(p.grad is None for p in small.parameters()) and all('forward' not in vars(m) for m in small.modules())
    assert not any(np.shares_memory(a.data, b.data) for a in model.parameters() for b in small.parameters())
    for p in small.parameters(): p.data[...] = 0
    assert snapshot(model) == before

@pytest.mark.parametrize('name', PRUNE)
def test_same_model_same_bytes(name):
    first, second = [PRUNE[name](mlp(8, 20, 5)) for _ in range(2)]
    assert held_bytes(first) == held_bytes(second) and first.techniques == second.techniques

def test_techniques_are_measured_facts_and_add_up():
    model = mlp(20, 40, 10)
    last = quantize_model(magnitude_prune(structured_prune(model, .5), .5))
    assert [(t['name'], t.get('method')) for t in last.techniques] == [('pruning', 'structured'), ('pruning', 'magnitude'), ('quantization', None)]
    sizes = [t['measured'] for t in last.techniques]
    assert sizes[0]['bytes_before'] == stored_bytes(model) and sizes[-1]['bytes_after'] == stored_bytes(last)
    assert all(a['bytes_after'] == b['bytes_before'] and a['parameters_after'] == b['parameters_before'] for a, b in zip(sizes, sizes[1:]))
    assert (last.techniques[1]['zeros'], last.techniques[1]['weights'], last.techniques[1]['sparsity'], last.techniques[1]['layers']) == (300, 600, .5, 2)
    assert json.loads(json.dumps(last.techniques)) == last.techniques

def test_sparsity_is_measured_on_weights_alone():
    model = mlp(4, 5, 2)
    model[0].bias.data[:] = 0
    assert measure_sparsity(model) == 0 and measure_sparsity(Sequential(ReLU())) == 0
    model[0].weight.data[0], model[0].weight.data[1, 0] = 0, -0.
    assert measure_sparsity(model) == 6/30

# sparse storage

@pytest.mark.parametrize('dtype', [np.int8, np.float32, np.float64])
@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (9, 1), (7, 5), (0, 4), (4, 0), (40, 300)])
@pytest.mark.parametrize('share', [0, .5, .9, 1])
def test_csr_there_and_back(shape, share, dtype):
    dense = rng().integers(1, 100, shape).astype(dtype)*(rng(1).random(shape) >= share).astype(dtype)
    values, columns, starts = to_csr(dense)
    back = from_csr(values, columns, starts, shape[1])
    assert back.dtype == dtype and back.shape == shape and (back == dense).all()
    n = int((dense != 0).sum())
    assert sum(a.nbytes for a in (values, columns, starts)) == n*(dense.itemsize + 4) + 4*(shape[0] + 1)
    assert starts[0] == 0 and starts[-1] == n and (np.diff(starts) == (dense != 0).sum(axis=1)).all()

def test_csr_of_other_things():
    assert to_csr([[0, 2], [3, 0]])[1].tolist() == [1, 0]
    view = rows(8, 8)[::2, ::-1]
    assert (from_csr(*to_csr(view), 8) == view).all() and not np.shares_memory(to_csr(view)[0], view)
    assert np.isnan(from_csr(*to_csr(np.array([[0, np.nan]])), 2)[0, 1])
    for bad in (np.ones(3), np.ones((2, 2, 2)), 5.):
        with pytest.raises(ValueError, match=re.escape(f'{np.shape(bad)}')): to_csr(bad)

def test_int8_and_three_quarters_zero_is_not_sixteen_times(tmp_path):
    layer = magnitude_prune(Linear(512, 512, bias=False, rng=rng()), .75)
    codes = quantize_model(layer).weight.data
    def on_disk(*arrays):
        write_atomically(tmp_path/'a', save({str(i): a for i, a in enumerate(arrays)}))
        return (tmp_path/'a').stat().st_size
    whole, dense, sparse = on_disk(layer.weight.data), on_disk(codes), on_disk(*to_csr(codes))
    assert abs(sparse/codes.size - 1.25) < .01 and sparse > dense
    assert 3.15 < whole/sparse < 3.2 and 3.95 < whole/dense < 4

# small floats, and numbers that are none

def half(model):
    for tensor in model.parameters(): tensor.data = tensor.data.astype(np.float16)
    return model

@pytest.mark.parametrize('prune', [magnitude_prune, structured_prune])
def test_float16_models_are_pruned_like_float32_ones(prune):
    model = mlp(64, 300, 10)
    small, same = prune(half(mlp(64, 300, 10)), .5), prune(model, .5)
    assert {str(w.dtype) for w in weights(small)} == {'float16'} and [w.shape for w in weights(small)] == [w.shape for w in weights(same)]
    assert small.techniques[0].get('neurons') == same.techniques[0].get('neurons') and zeros(small) == zeros(same)
    assert small(Tensor(rows(3, 64).astype(np.float16))).dtype == np.float16

def test_importance_of_large_float16_weights_is_finite():
    model = half(mlp(4, 6, 2))
    for tensor in model.parameters(): tensor.data *= 400  # whose squares are beyond float16
    found = importance(model[0], model[2])
    assert np.isfinite(found).all() and len(set(found)) == 6
    np.testing.assert_allclose(found, importance(mlp(4, 6, 2)[0], mlp(4, 6, 2)[2])*400**2, rtol=1e-2)

@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_inputs_that_are_no_numbers_show_nothing(value):
    with pytest.raises(ValueError, match='structured_prune: inputs hold NaN or infinite'): structured_prune(mlp(4, 6, 2), inputs=np.full((3, 4), value))

def test_inputs_of_no_rows_and_plans_show_nothing():
    with pytest.raises(ValueError, match='structured_prune: inputs .0, 4. hold no numbers'): structured_prune(mlp(4, 5, 3), .5, rows(0, 4))
    with pytest.raises(TypeError, match='structured_prune: a Plan hides what it computes; prune the model it was made of'):
        structured_prune(accelerate(mlp(4, 5, 3), 'numpy'))

@pytest.mark.parametrize('change', [magnitude_prune, structured_prune, low_rank_approximate, to_sparse, quantize_model])
def test_a_pruned_layer_that_is_broken_is_named(change):
    model = magnitude_prune(mlp(6, 8, 3), .5)
    model[0].weight.data[0, 0] = np.nan
    with pytest.raises(ValueError, match='1 of the 48 numbers in 0.weight are NaN or infinite'): change(model)

@pytest.mark.parametrize('dtype, error, same', [(np.float16, 1e-3, True), (np.float16, .1, False), (np.float32, 1e-5, True), (np.float32, 1e-3, False), (np.float64, 1e-3, False)])
def test_two_results_differ_by_rounding_or_by_more(dtype, error, same):
    expected = np.linspace(-1, 1, 9).astype(dtype)
    assert nearly_equal((expected + error).astype(dtype), expected) == same
    assert not nearly_equal(expected[:8], expected) and not nearly_equal(expected*np.nan, expected)
    assert nearly_equal(expected[:0], expected[:0]) and nearly_equal(np.arange(3), np.arange(3))

# by layer, of convolutions, in steps

@pytest.mark.parametrize('sparsity', [0, .1, 1/3, .5, .9])
def test_each_layer_by_itself_loses_the_same_share(sparsity):
    model = mlp(30, 40, 10)
    model[0].weight.data *= 100
    small = magnitude_prune(model, sparsity, scope='layer')
    for old, new in zip(weights(model), weights(small)):
        assert (new == 0).sum() == round(sparsity*old.size)
        assert not (new == 0).any() or np.abs(old[new == 0]).max() <= np.abs(old[new != 0]).min()
    assert small.techniques[0]['scope'] == 'layer' and magnitude_prune(model, .1).techniques[0]['scope'] == 'global'

@pytest.mark.parametrize('scope', ['row', None, 0, 'Layer'])
def test_scope_is_one_of_two(scope):
    with pytest.raises(ValueError, match='expected .global. or .layer.'): magnitude_prune(mlp(4, 3), .5, scope)

def pictures(*shape, seed=5): return rows(*shape, seed=seed)

def test_convolutions_are_pruned_and_stay_pruned():
    model = SimpleCNN(3, rng=0)
    small = magnitude_prune(model, .6)
    assert type(small.conv1) is type(small.conv2) is PrunedConv2d and type(small.fc) is PrunedLinear and zeros(small) == round(.6*sum(w.size for w in weights(model)))
    gone, optimizer, loss_of, y = [w == 0 for w in weights(small)], AdamW(small.parameters(), .02, weight_decay=.1), CrossEntropyLoss(), rng(1).integers(0, 3, 20)
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        loss = loss_of(small(Tensor(pictures(20, 1, 8, 8))), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < .7*losses[0]
    for w, g, old in zip(weights(small), gone, weights(model)): assert (w[g] == 0).all() and (w[~g] != old[~g]).mean() > .9
    plain = SimpleCNN(3, rng=1)
    plain.load_state_dict(small.state_dict())
    x = Tensor(pictures(3, 1, 8, 8))
    assert (plain.eval()(x).data == small.eval()(x).data).all()

@pytest.mark.parametrize('prune', [magnitude_prune, structured_prune])
def test_broken_convolutions_are_named(prune):
    model = SimpleCNN(3, rng=0)
    model.conv2.weight.data.flat[7] = np.nan
    with pytest.raises(ValueError, match=f'{prune.__name__}: 1 of the 4608 numbers in conv2.weight are NaN or infinite'): prune(model)

def test_in_steps_more_goes_each_time_and_comes_from_what_is_left():
    seen = []
    model = mlp(20, 30, 10)
    small = prune_in_steps(model, .9, lambda m: seen.append([w == 0 for w in weights(m)]), steps=5)
    shares = [sum(g.sum() for g in gone)/900 for gone in seen]
    np.testing.assert_allclose(shares, [.9*(1 - (1 - i/5)**3) for i in range(1, 6)], atol=1/900)
    for before, after in zip(seen, seen[1:]): assert all(b[a].all() for a, b in zip(before, after))
    assert measure_sparsity(small) == .9 and len(small.techniques) == 5 and small.techniques[0]['measured']['bytes_before'] == stored_bytes(model)

def test_in_steps_with_a_trainer():
    data = [(rows(30, 12, seed=i), rng(i).integers(0, 4, 30)) for i in range(4)]
    def tune(model): Trainer(model, AdamW(model.parameters(), .02, weight_decay=.1), CrossEntropyLoss()).fit(data, 3, progress=False)
    small = prune_in_steps(mlp(12, 16, 4), .8, tune, steps=3)
    assert measure_sparsity(small) == round(.8*256)/256

@pytest.mark.parametrize('steps', [0, -1, 1.5, None])
def test_steps_are_counted(steps):
    with pytest.raises(ValueError, match='expected a whole number of at least 1'): prune_in_steps(mlp(4, 3, 2), .5, lambda m: None, steps)

def test_an_optimizer_of_before_is_found_out():
    "One that remembers a time before the zeros, and holds the tensors of this model, would move them"
    def remember(model):
        for p in model.parameters(): p.data += 1e-3
    with pytest.raises(ValueError, match='training filled zeros in 0.weight, 2.weight'): prune_in_steps(mlp(4, 6, 2), .5, remember)

# channels

def conv(*sizes, seed=0, **settings):
    layer = Conv2d(*sizes, rng=rng(seed), **settings)
    for p in layer.parameters(): p.data[:] = rows(*p.shape, seed=seed + p.ndim)/4
    return layer

def norm(n, seed=0):
    "A batch norm that has seen something"
    layer = BatchNorm2d(n)
    for i, t in enumerate((layer.weight, layer.bias, layer.running_mean)): t.data[:] = rows(n, seed=seed + i)
    layer.running_var.data[:] = np.exp(rows(n, seed=seed + 3))
    return layer

class Residual(Module):
    def __init__(self, inner=6):
        self.stem, self.norm0 = conv(2, 8, 3, padding=1), norm(8)
        self.conv1, self.norm1, self.conv2, self.norm2 = conv(8, inner, 3, padding=1, seed=1, bias=False), norm(inner, 10), conv(inner, 8, 3, padding=1, seed=2), norm(8, 20)
        self.head = Linear(8, 3, rng=rng(4))
    def forward(self, x):
        x = self.norm0(self.stem(x)).relu()
        y = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
        return self.head((x + y).relu().mean(axis=(2, 3)))

class Branches(Module):
    "Channels of two branches side by side, one of them pooled on"
    def __init__(self): self.left, self.right, self.join, self.head = conv(2, 4, 3, padding=1), conv(2, 6, 1, seed=1), conv(10, 5, 3, seed=2), Linear(180, 3, rng=rng(3))
    def forward(self, x): return self.head(self.join(cat([self.left(x).relu(), self.right(x)], dim=1)).relu().flatten(1))

FOLLOWED = {
    'simple cnn': (SimpleCNN(3, 2, 8, (6, 10), rng=0), {'conv1': 6, 'conv2': 10}),
    'sequential': (Sequential(conv(2, 8, 3), norm(8), ReLU(), MaxPool2d(2), conv(8, 12, 2, seed=1, stride=1), Tanh(), AvgPool2d(2), Flatten(), Linear(12, 20, rng=rng(2)), GELU(), Linear(20, 3, rng=rng(3))),
                   {'0': 8, '4': 12, '8': 20}),
    'mean of pixels': (Sequential(conv(2, 8, 3, padding='same'), norm(8), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Linear(8, 3, rng=rng(1))), {'0': 8}),
    'no affine': (Sequential(conv(2, 8, 3), BatchNorm2d(8, affine=False), ReLU(), conv(8, 3, 3, seed=2), Flatten()), {'0': 8}),
    'residual': (Residual(), {'stem': 8, 'conv1': 6, 'conv2': 8}),
    'side by side': (Branches(), {'left': 4, 'right': 6, 'join': 5}),
    'pruned before': (magnitude_prune(Residual(), .4), {'stem': 8, 'conv1': 6, 'conv2': 8}),
    'dilated, strided': (Sequential(conv(2, 8, 3, stride=2, padding=1), ReLU(), conv(8, 4, 2, dilation=2, seed=1), Flatten(), Linear(16, 3, rng=rng(2))), {'0': 8, '2': 4})}

@pytest.mark.parametrize('sparsity', [0, .3, .5, .9])
@pytest.mark.parametrize('name', FOLLOWED)
def test_channels_are_cut_with_all_that_belongs_to_them(name, sparsity):
    model, sizes = FOLLOWED[name]
    x = pictures(6, 2, 8, 8)
    before = snapshot(model)
    small = structured_prune(model, sparsity, x)
    assert snapshot(model) == before
    fact, modules = small.techniques[-1], dict(small.named_modules())
    assert {**fact['neurons'], **fact['channels']} == {n: [size, max(1, size - round(sparsity*size))] for n, size in sizes.items()} and 'whole' not in fact
    for n, size in sizes.items():
        w = modules[n].weight
        assert w.shape[0 if w.ndim == 4 else 1] == max(1, size - round(sparsity*size)) and w.requires_grad and w.data.flags.c_contiguous
    assert all(m.num_features == m.running_var.size for m in small.modules() if isinstance(m, BatchNorm2d))
    whole = deepcopy(model).eval()
    units = follow_units(whole, Tensor(x[:2]))
    alive = surviving(units, whole, small)
    np.testing.assert_allclose(small.eval()(Tensor(x)).data, silenced_copy(whole, units, alive)(Tensor(x)).data, rtol=1e-3, atol=1e-4)
    if sparsity: assert stored_bytes(small) < stored_bytes(model)

def surviving(units, whole, small):
    "For each slice: is it in `small`? Found by the numbers of the weights that make it, and by nothing of what was cut"
    hangs, groups, _ = groups_of(units)
    old, new, gone = whole.state_dict(), small.state_dict(), []
    for makers, classes in groups:
        axis, bias = units.makers[makers[0]]
        marks = [np.sort(np.moveaxis(state[makers[0]], axis, 0).reshape(state[makers[0]].shape[axis], -1)) for state in (old, new)]
        stays = [any(np.isin(small_mark, mark).all() for small_mark in marks[1]) for mark in marks[0]]
        assert sum(stays) == len(marks[1])
        gone += list(hangs[units.numbers(makers[0], axis)][~np.array(stays)])
    return ~np.isin(hangs, gone)

def test_channels_nobody_reads_go_first_and_are_not_missed():
    model, x = Residual(), Tensor(pictures(6, 2, 8, 8))
    model.conv2.weight.data[:, [1, 4]] = 0
    model.head.weight.data[[0, 7]] = 0
    model.conv1.weight.data[:, [0, 7]] = 0
    small = structured_prune(model, .3, x.data)
    np.testing.assert_allclose(small.eval()(x).data, model.eval()(x).data, rtol=1e-3, atol=1e-4)
    assert small.conv1.weight.shape[0] == 4 and small.head.in_features == 6

def test_the_residual_stream_keeps_the_same_channels_on_both_sides():
    model = Residual()
    small = structured_prune(model, .5, pictures(6, 2, 8, 8))
    stem, second = kept(model, small, ['stem', 'conv2']).values()
    assert (stem == second).all() and len(stem) == 4
    assert np.isin(small.norm0.running_var.data, model.norm0.running_var.data[stem]).all() and np.isin(small.norm2.running_mean.data, model.norm2.running_mean.data[stem]).all()

class Added(Module):
    "Its input is added to channels: they cannot go"
    def __init__(self): self.a, self.b, self.head = conv(2, 2, 3, padding=1), conv(2, 6, 3, padding=1, seed=1), conv(6, 2, 1, seed=2)
    def forward(self, x): return self.head(self.b(self.a(x) + x).relu())

class Softmaxed(Module):
    def __init__(self): self.a, self.b, self.c = conv(2, 6, 1), conv(6, 4, 1, seed=1), conv(4, 2, 1, seed=2)
    def forward(self, x): return self.c(self.b(self.a(x).softmax(dim=1)).relu())

WHOLE = {'input': (Added(), {'a': 'added to what is not cut'}), 'softmax': (Softmaxed(), {'a': 'softmax_along does not treat each channel alone'}),
         'groups': (Sequential(conv(2, 4, 1), conv(4, 4, 3, groups=4, seed=1), conv(4, 6, 1, seed=2), ReLU(), conv(6, 2, 1, seed=3)), {'0': 'correlate is in groups', '1': 'correlate is in groups'})}

@pytest.mark.parametrize('name', WHOLE)
def test_what_cannot_be_followed_stays_whole_and_says_why(name):
    model, expected = WHOLE[name]
    small = structured_prune(model, .5, pictures(4, 2, 8, 8))
    whole, modules = small.techniques[0]['whole'], dict(model.named_modules())
    assert whole.keys() == expected.keys() and all(reason in whole[layer] for layer, reason in expected.items())
    assert all((dict(small.named_modules())[layer].weight.data == modules[layer].weight.data).all() for layer in expected)
    assert stored_bytes(small) < stored_bytes(model) and json.dumps(small.techniques)

def test_if_nothing_can_be_followed_the_reasons_are_in_the_error():
    with pytest.raises(ValueError, match='structured_prune: in this Sequential .* no channels of a convolution can be followed; .*0: correlate is in groups'):
        structured_prune(Sequential(conv(2, 4, 1), conv(4, 4, 3, groups=2, seed=1)), .5, pictures(4, 2, 8, 8))

def test_a_reshape_that_knows_the_size_leaves_a_layer_whole():
    class Fixed(Module):
        def __init__(self): self.a, self.b, self.c = Linear(6, 8, rng=rng(1)), Linear(8, 4, rng=rng(2)), Linear(4, 3, rng=rng(3))
        def forward(self, x): return self.c(self.b(self.a(x).reshape(-1, 8)).relu())
    small = structured_prune(Fixed(), .5)
    assert [w.shape for w in weights(small)] == [(6, 8), (8, 2), (2, 3)] and small.techniques[0]['whole'] == {'a': 'cutting it changes more than it adds'}

def test_an_attention_block_loses_neurons_of_its_mlp_alone():
    model = GPT(20, 16, 2, 2, 12, rng=0)
    tokens = rng().integers(0, 20, (3, 7))
    small = structured_prune(model, .5, tokens)
    assert set(small.techniques[0]['neurons']) == {'blocks.0.mlp.up', 'blocks.1.mlp.up'} and small(tokens).shape == (3, 7, 20)
    assert [w.shape for n, w in small.state_dict().items() if n.endswith('mlp.down.weight')] == [(32, 16)]*2

def test_a_model_that_cannot_be_traced_is_cut_in_the_order_of_calls():
    class Peeks(Module):
        def __init__(self): self.a, self.b = Linear(6, 8, rng=rng(1)), Linear(8, 3, rng=rng(2))
        def forward(self, x): return self.b(self.a(x).relu()) if float(x.data[0, 0]) > -99 and float(x.sum()) > -1e9 else None
    small = structured_prune(Peeks(), .5)
    assert small.techniques[0]['neurons'] == {'a': [8, 4]} and small.a.out_features == small.b.in_features == 4

@pytest.mark.parametrize('name', ['two layers', 'four layers', 'tanh', 'leading axes', 'dropout, nested', 'backwards', 'pruned before'])
def test_both_ways_cut_the_same_neurons(name):
    model, _, shape = MODELS[name]
    model, x = deepcopy(model).eval(), rows(*shape, seed=5)
    small, (other, cut, _) = structured_prune(model, .4, x), cut_in_order(model, .4, Tensor(x))
    assert cut == small.techniques[-1]['neurons'] and held_bytes(other) == held_bytes(small)

def test_a_model_that_begins_with_a_convolution_wants_inputs():
    with pytest.raises(ValueError, match='SimpleCNN begins with a convolution.*pass inputs='): structured_prune(SimpleCNN(rng=0))
    with pytest.raises(ValueError, match='pass inputs='): structured_prune(GPT(20, 16, 1, 2, 12, rng=0))

# smallest index types, sparse layers

@pytest.mark.parametrize('most, dtype', [(0, 'uint8'), (255, 'uint8'), (256, 'uint16'), (65535, 'uint16'), (65536, 'int32'), (2**31 - 1, 'int32')])
def test_indices_take_the_fewest_bytes(most, dtype):
    found = narrow(np.array([0, most]))
    assert found.dtype == dtype and found.tolist() == [0, most]

FORMS = {'csr': SparseLinear, 'blocks': BlockSparseLinear}
def sparse_layer(shape, share, bias=True, dtype=np.float32, seed=0):
    layer = Linear(*shape, bias=bias, rng=rng(seed))
    for p in layer.parameters(): p.data = rows(*p.shape, seed=seed + p.ndim).astype(dtype)
    w, out = layer.weight.data, shape[1]
    for start in range(0, out, 64): w[rng(seed + start).random(shape[0]) < share, start:start + 64] = 0
    return layer

@pytest.fixture(params=[pytest.param('all extras', marks=pytest.mark.house), 'NumPy alone'])  # a learner may have no extras
def extras(request, monkeypatch):
    "With Numba and SciPy, which must be here for this, and without"
    if request.param == 'all extras': assert compression.has_scipy() and compression.compiled_here()
    else:
        monkeypatch.setattr(compression, 'has_scipy', lambda: False)
        monkeypatch.setattr(compression, 'compiled_here', lambda: False)

@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.float16])
@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('share', [0, .5, .97, 1])
@pytest.mark.parametrize('shape', [(30, 64), (300, 128), (7, 100), (5, 3), (1, 1)])
@pytest.mark.parametrize('form', FORMS)
def test_a_sparse_layer_answers_as_the_dense_one(form, shape, share, bias, dtype, extras):
    plain = sparse_layer(shape, share, bias, dtype)
    layer = FORMS[form](plain)
    assert (layer.dense() == plain.weight.data).all() and layer.in_features, layer.out_features == shape
    loose = dict(rtol=2e-2, atol=.3) if dtype == np.float16 else dict(rtol=1e-4, atol=1e-4)
    for n in (0, 1, 2, 8, 9, 40):
        for x in (rows(n, shape[0], seed=n).astype(dtype), rows(n, shape[0]*2, seed=n).astype(dtype)[:, ::2], np.asfortranarray(rows(n, shape[0]).astype(dtype))):
            found, expected = layer(Tensor(x)).data, plain(Tensor(x)).data
            assert found.dtype == expected.dtype and found.shape == expected.shape
            np.testing.assert_allclose(found, expected, **loose)

@pytest.mark.parametrize('form', FORMS)
def test_shapes_and_dtypes_of_inputs(form, extras):
    plain = sparse_layer((20, 70), .6)
    layer = FORMS[form](plain)
    for x in (rows(20), rows(2, 3, 20), rows(1, 1, 20), rows(3, 20).astype(np.float64), rng().integers(-3, 4, (5, 20)), rows(2, 0, 20)):
        found, expected = layer(Tensor(x)), plain(Tensor(x))
        assert found.shape == expected.shape and found.dtype == expected.dtype
        np.testing.assert_allclose(found.data, expected.data, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match=r'x has 3 features \(shape \(2, 3\)\) but weight \(20, 70\) takes 20'): layer(Tensor(rows(2, 3)))
    with pytest.raises(TypeError, match=f'{FORMS[form].__name__}: a sparse layer .* cannot be trained; train the pruned model'): layer.train()
    with pytest.raises(TypeError, match='expected a Linear .* got ReLU'): FORMS[form](ReLU())
    plain.weight.data[0, 0] = np.nan
    with pytest.raises(ValueError, match=f'{FORMS[form].__name__}: 1 of the 1400 numbers in weight are NaN or infinite'): FORMS[form](plain)

@pytest.mark.parametrize('form', FORMS)
def test_nan_goes_where_there_is_a_weight_and_nowhere_else(form, extras):
    plain = sparse_layer((20, 128), .5)
    layer, x = FORMS[form](plain), np.zeros((3, 20), np.float32)
    x[1, 4] = np.nan
    out = np.isnan(layer(Tensor(x)).data)
    assert (out[1] == (plain.weight.data[4] != 0)).all() and out[1].any() and not out[[0, 2]].any()
    x[1] = np.nan
    assert np.isnan(layer(Tensor(x)).data[1]).all()

@pytest.mark.parametrize('form', FORMS)
def test_files_hold_the_short_arrays(form, tmp_path):
    plain = sparse_layer((200, 640), .9)
    layer = FORMS[form](plain)
    write_atomically(tmp_path/'a', held_bytes(layer))
    arrays = load_file(tmp_path/'a')
    kept = int((plain.weight.data != 0).sum())
    assert set(arrays) == {'values', 'columns', 'starts', 'bias'} and arrays['columns'].dtype == np.uint8 and arrays['values'].size == kept
    assert (tmp_path/'a').stat().st_size == stored_bytes(layer) < .2*stored_bytes(plain) and layer.count_parameters() == kept + 640
    index = {'csr': kept, 'blocks': kept//64}[form]
    starts = {'csr': 2*641, 'blocks': 4*11}[form]
    assert sum(a.nbytes for a in arrays.values()) == 4*kept + index + starts + 4*640
    other = FORMS[form](sparse_layer((200, 640), .9))
    other.values.data[:] = 0
    other.load_state_dict(arrays)
    x = Tensor(rows(3, 200))
    np.testing.assert_allclose(other(x).data, plain(x).data, rtol=1e-4, atol=1e-4)

@pytest.mark.parametrize('form', FORMS)
def test_arrays_that_change_are_noticed_after_a_call(form):
    layer, other, x = FORMS[form](sparse_layer((20, 64), .5)), FORMS[form](sparse_layer((20, 64), .5, seed=0)), Tensor(rows(2, 20))
    layer(x)
    state = layer.state_dict()
    state['columns'] = np.sort((state['columns'].astype(int) + 1) % 20).astype(state['columns'].dtype) if form == 'blocks' else (19 - state['columns'])
    layer.load_state_dict(state)
    np.testing.assert_allclose(layer(x).data, x.data @ layer.dense() + layer.bias.data, rtol=1e-4, atol=1e-4)
    copy = deepcopy(layer)
    copy.values.data[:] = 0
    assert layer(x).data.any() and np.allclose(copy(x).data, layer.bias.data)

def test_the_kernel_is_the_function_it_was_compiled_from():
    for dtype, share, n in product((np.float32, np.float64), (0, .3, .8, 1), (1, 3)):
        layer, x = sparse_layer((30, 128), share, dtype=dtype), rows(n, 30).astype(dtype)
        parts, bias = to_blocks(layer.weight.data), layer.bias.data
        found, expected = np.full((2, n, 128), np.nan, dtype)
        block_rows(x, *parts, bias, found)
        block_rows.function(x, *parts, bias, expected)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

def test_a_model_is_stored_in_the_form_of_fewest_bytes():
    model = Sequential(sparse_layer((64, 128), .8), ReLU(), magnitude_prune(sparse_layer((128, 64), 0), .8), ReLU(), sparse_layer((64, 10), 0)).train()
    before = snapshot(model)
    small = to_sparse(model)
    assert [type(m) for m in small[::2]] == [BlockSparseLinear, SparseLinear, Linear] and snapshot(model) == before and not small.training
    fact, x = small.techniques[0], Tensor(rows(5, 64))
    np.testing.assert_allclose(small(x).data, model(x).data, rtol=1e-3, atol=1e-3)
    assert (fact['name'], fact['SparseLinear'], fact['BlockSparseLinear']) == ('sparse storage', 1, 1) and fact['measured']['bytes_after'] == stored_bytes(small)
    for layout, form in FORMS.items(): assert all(type(m) is form for m in to_sparse(model, layout)[::2])
    assert type(to_sparse(sparse_layer((64, 64), .9))) is BlockSparseLinear  # a model that is one layer

def test_errors_of_to_sparse():
    with pytest.raises(ValueError, match='no layer of this Sequential has so many zeros .*prune it first'): to_sparse(mlp(64, 64, 10))
    with pytest.raises(ValueError, match='its 2 are int8 already'): to_sparse(quantize_model(mlp(64, 64, 10)))
    with pytest.raises(ValueError, match="layout is 'coo'; expected one of 'auto', 'csr', 'blocks'"): to_sparse(mlp(4, 4), 'coo')
    with pytest.raises(TypeError, match='to_sparse: expected a Module, got int'): to_sparse(3)
    with pytest.raises(ValueError, match='found no Linear'): to_sparse(to_sparse(sparse_layer((64, 64), .9)))

@pytest.mark.parametrize('sparsity', [0, .25, .5, .9])
def test_blocks_that_go_are_the_smallest_and_whole(sparsity):
    model = mlp(30, 128, 192, 10)
    small = block_prune(model, sparsity)
    old, new = [[w.reshape(len(w), -1, 64) for w in weights(m)[:2]] for m in (model, small)]
    gone = [~w.any(axis=-1) for w in new]
    assert sum(g.sum() for g in gone) == round(sparsity*64*(30*2 + 128*3))//64 and (weights(small)[2] == weights(model)[2]).all()
    means = [np.square(w, dtype=float).mean(axis=-1) for w in old]
    out, stay = [np.concatenate([m[pick(g)] for m, g in zip(means, gone)]) for pick in (lambda g: g, lambda g: ~g)]
    assert not out.size or out.max() <= stay.min()
    assert all((n[~g] == o[~g]).all() for n, o, g in zip(new, old, gone)) and small.techniques[0]['method'] == 'blocks'

def test_block_pruning_keeps_its_promises():
    model = mlp(8, 64, 64, 3)
    before = snapshot(model)
    small = block_prune(model, .5)
    assert snapshot(model) == before and all(type(m) is PrunedLinear for m in small[::2])
    for bad in (1, -.1, float('nan')):
        with pytest.raises(ValueError, match='from 0 to below 1'): block_prune(model, bad)
    with pytest.raises(ValueError, match='no Linear layer has 64 outputs or more'): block_prune(mlp(8, 63, 3))
    with pytest.raises(ValueError, match='int8 already'): block_prune(quantize_model(model))

def test_int8_in_blocks_is_nearly_sixteen_times():
    codes = quantize_model(block_prune(Linear(512, 512, bias=False, rng=rng()), .75)).weight.data
    values, columns, starts = to_blocks(codes)
    stored = len(save({'v': values, 'c': narrow(columns), 's': starts}))
    assert 15 < 4*codes.size/stored < 16

# low rank

def test_low_rank_is_the_nearest_of_its_rank():
    model = mlp(40, 30, 20)
    small = low_rank_approximate(model, .6)
    for layer, name in ((model[0], '0'), (model[2], '2')):
        whole, rank = small.techniques[0]['ranks'][name]
        u, s, v = np.linalg.svd(layer.weight.data.astype(float), full_matrices=False)
        thin = dict(small.named_modules())[name]
        np.testing.assert_allclose(thin[0].weight.data @ thin[1].weight.data, (u[:, :rank]*s[:rank]) @ v[:rank], atol=1e-4)
        energy = np.cumsum(s**2)/np.sum(s**2)
        assert whole == len(s) and energy[rank - 1] >= .6 > (energy[rank - 2] if rank > 1 else 0) and thin[0].bias is None
        assert (thin[1].bias.data == layer.bias.data).all()
    assert small.count_parameters() < model.count_parameters() and stored_bytes(small) == small.techniques[0]['measured']['bytes_after']

@pytest.mark.parametrize('energy', [0, -1, 1.1, 90, float('nan'), 'all', None])
def test_energy_is_a_share(energy):
    with pytest.raises(ValueError, match='above 0 and up to 1, got'): low_rank_approximate(mlp(8, 8), energy)

def test_errors_of_low_rank():
    with pytest.raises(ValueError, match='at energy 1 no Linear layer of this Sequential becomes smaller'): low_rank_approximate(mlp(8, 8, 8), 1)
    with pytest.raises(ValueError, match='its 2 are int8 already'): low_rank_approximate(quantize_model(mlp(8, 8, 8)))
    with pytest.raises(ValueError, match='found no Linear'): low_rank_approximate(Sequential(ReLU()))
    model = mlp(8, 8, 8)
    model[0].weight.data[0, 0] = np.inf
    with pytest.raises(ValueError, match='low_rank_approximate: 1 of the 64 numbers in 0.weight'): low_rank_approximate(model)

def test_low_rank_of_one_layer_and_shared_ones():
    layer = sparse_layer((30, 30), 0)
    assert [m.weight.shape[0] for m in low_rank_approximate(layer, .3)][0] == 30
    small = low_rank_approximate(Sequential(layer, ReLU(), layer), .3)
    assert small[0] is small[2]

# a teacher

def test_the_loss_of_a_teacher_by_hand():
    s, t = rows(6, 4).astype(float), rows(6, 4, seed=1).astype(float)
    def shares(z): return np.exp(z)/np.exp(z).sum(axis=-1, keepdims=True)
    for T in (.5, 1, 4):
        p, q = shares(t/T), shares(s/T)
        np.testing.assert_allclose(soft_loss(Tensor(s), t, T).item(), T*T*(p*np.log(p/q)).sum(axis=-1).mean(), rtol=1e-6)

def test_a_student_comes_nearer_to_its_teacher_and_neither_is_changed():
    x, y = rows(60, 6), rng().integers(0, 3, 60)
    teacher, student = Sequential(mlp(6, 30, 3), Dropout(.5, rng=rng())).train(), magnitude_prune(mlp(6, 8, 3, seed=9), .3)
    student[0].weight.grad = np.ones((6, 8), np.float32)
    before = snapshot(teacher), snapshot(student)
    kd = KnowledgeDistillation(teacher, 2., 1.)
    new = kd.fit(student, DataLoader(TensorDataset(x, y), 20, shuffle=True, rng=0), lambda p: Adam(p, .03), epochs=30)
    assert (snapshot(teacher), snapshot(student)) == before and teacher.training
    with no_grad(): first, last = [kd.loss(m, Tensor(x), y).item() for m in (student, new)]
    assert last < .5*first and measure_sparsity(new) == measure_sparsity(student) and all(p.grad is None for p in new.parameters())
    assert new.techniques[-1] == {'name': 'distillation', 'temperature': 2., 'share': 1., 'epochs': 30, 'measured': new.techniques[-1]['measured']}

def test_without_a_share_it_is_plain_training():
    x, y = rows(60, 6), rng().integers(0, 3, 60)
    class Silent(Module):
        def forward(self, x): raise AssertionError('a teacher without a share is not asked')
    new = KnowledgeDistillation(Silent(), share=0).fit(mlp(6, 8, 3), [(x, y)]*3, lambda p: SGD(p, .1), epochs=2)
    plain, loss_of = mlp(6, 8, 3), CrossEntropyLoss()
    optimizer = SGD(plain.parameters(), .1)
    for _ in range(6):
        optimizer.zero_grad()
        loss_of(plain(Tensor(x)), y).backward()
        optimizer.step()
    for a, b in zip(new.parameters(), plain.parameters()): np.testing.assert_allclose(a.data, b.data, rtol=1e-5, atol=1e-6)

@pytest.mark.parametrize('settings, error, words', [
    (dict(temperature=0), ValueError, 'above 0, got 0'), (dict(temperature=float('nan')), ValueError, 'got nan'), (dict(temperature='hot'), ValueError, "got 'hot'"),
    (dict(share=-.1), ValueError, 'from 0 to 1, got -0.1'), (dict(share=2), ValueError, 'from 0 to 1, got 2')])
def test_settings_of_distillation(settings, error, words):
    with pytest.raises(error, match=words): KnowledgeDistillation(mlp(2, 2), **settings)

def test_numbers_of_numpy_are_written_down_as_plain_ones():
    x, y = rows(9, 6), rng().integers(0, 3, 9)
    new = KnowledgeDistillation(mlp(6, 3), np.float32(2), np.float32(.5)).fit(mlp(6, 3), [(x, y)], lambda p: SGD(p, .1), epochs=np.int64(2))
    found = json.loads(json.dumps(new.techniques))[-1]
    assert (found['temperature'], found['share'], found['epochs']) == (2, .5, 2)

@pytest.mark.parametrize('epochs', [0, -1, 1.5, '3', None])
def test_epochs_are_counted(epochs):
    with pytest.raises(ValueError, match='KnowledgeDistillation: epochs is .*; expected a whole number'):
        KnowledgeDistillation(mlp(6, 3)).fit(mlp(6, 3), [(rows(2, 6), [0, 1])], Adam, epochs=epochs)

def test_each_epoch_has_batches():
    kd, batch = KnowledgeDistillation(mlp(6, 3)), (rows(2, 6), [0, 1])
    with pytest.raises(TypeError, match='generator can be read once, not 3 times'): kd.fit(mlp(6, 3), (batch for _ in range(2)), Adam, epochs=3)
    with pytest.raises(ValueError, match='no batch'): kd.fit(mlp(6, 3), [], Adam, epochs=1)

def test_teachers_that_do_not_fit():
    with pytest.raises(TypeError, match='the teacher gives no Tensor'): KnowledgeDistillation(lambda x: x.data).loss(mlp(6, 3), Tensor(rows(2, 6)), [0, 1])
    for classes in (1, 5):  # one column would spread over all
        with pytest.raises(ValueError, match=f'the teacher gives logits .2, {classes}., the student .2, 3.'):
            KnowledgeDistillation(mlp(6, classes)).loss(mlp(6, 3), Tensor(rows(2, 6)), [0, 1])

def test_a_teacher_may_be_a_function_and_rule_out_classes():
    x, student = Tensor(rows(2, 6)), mlp(6, 3)
    def teacher(x): return Tensor(np.float32([[-np.inf, 0, 0]]*len(x.data)))
    loss = KnowledgeDistillation(teacher, 1., 1.).loss(student, x, [0, 1])
    shares = np.exp(student(x).data) / np.exp(student(x).data).sum(1, keepdims=True)
    np.testing.assert_allclose(loss.item(), (.5*np.log(.5/shares[:, 1:])).sum(1).mean(), rtol=1e-5)
    loss.backward()
    assert np.isfinite(student[0].weight.grad).all()

def test_students_that_cannot_learn():
    kd = KnowledgeDistillation(mlp(6, 3))
    for student in (quantize_model(mlp(6, 3)), to_sparse(sparse_layer((64, 64), .9))):
        with pytest.raises(ValueError, match='no parameter that is trained'): kd.fit(student, [], Adam)
    with pytest.raises(TypeError, match='got list'): kd.fit([1], [], Adam)

# step by step

def test_a_report_says_what_each_step_left():
    model, data = mlp(20, 64, 4), (rows(50, 20), rng().integers(0, 4, 50))
    before = snapshot(model)
    def nudge(m): m[0].bias.data += 1
    small, report = compress_model(model, {'cut': lambda m: structured_prune(m, .5), 'zero': lambda m: magnitude_prune(m, .9), 'nudge': nudge, 'store': to_sparse}, data)
    assert snapshot(model) == before and [row['step'] for row in report] == ['as it was', 'cut', 'zero', 'nudge', 'store']
    assert report[0]['bytes'] == stored_bytes(model) and report[-1]['bytes'] == stored_bytes(small) and json.dumps(report)
    assert report[0]['parameters'] == model.count_parameters() and report[1]['parameters'] == report[3]['parameters'] > report[4]['parameters'] == small.count_parameters()
    assert [round(row['sparsity'], 2) for row in report[:4]] == [0, 0, .9, .9]
    with no_grad(): right = (model(Tensor(data[0])).data.argmax(axis=1) == data[1]).mean()
    assert report[0]['accuracy'] == right and report[2]['accuracy'] != report[3]['accuracy'] or len(set(row['accuracy'] for row in report)) > 1
    assert [t['name'] for t in small.techniques] == ['pruning', 'pruning', 'sparse storage']

def test_a_first_step_in_place_leaves_the_given_model_alone():
    model = mlp(4, 3)
    before = snapshot(model)
    def double(m):
        for p in m.parameters(): p.data *= 2
    small, report = compress_model(model, {'double': double})
    assert snapshot(model) == before and (small[0].weight.data == 2*model[0].weight.data).all() and 'accuracy' not in report[0]

def test_errors_of_compress_model():
    with pytest.raises(TypeError, match='compress_model: expected a Module, got int'): compress_model(3, {'a': abs})
    with pytest.raises(TypeError, match='dictionary from name to function'): compress_model(mlp(2, 2), {'a': .5})
    with pytest.raises(ValueError, match='no steps'): compress_model(mlp(2, 2), {})
    with pytest.raises(TypeError, match="compress_model: step 'b': expected a Module, got float"): compress_model(mlp(2, 2), {'b': lambda m: .5})

def test_heavy_packages_wait_until_they_are_asked_for():
    code = 'import sys, tinytorch.perf.compression; print([m for m in ("numba", "scipy") if m in sys.modules])'
    assert subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.strip() == '[]'

def test_flops_count_what_is_kept():
    x, plain = rows(5, 64), sparse_layer((64, 128), .75)
    kept = int((plain.weight.data != 0).sum())
    for form in (SparseLinear, BlockSparseLinear): assert Profiler().count_flops(form(plain), x) == 5*(2*kept + 128)
    assert Profiler().count_flops(magnitude_prune(plain, .5), x) == Profiler().count_flops(plain, x) == 5*128*129
