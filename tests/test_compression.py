"Pruning and sparse storage: what the page has no room for"
import json
from itertools import product
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from tinytorch.core.activations import GELU, ReLU, Softmax, Tanh
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Dropout, Flatten, Identity, Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD, Adam, AdamW, StepLR
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer, clip_grad_norm
from tinytorch.files import write_atomically
from tinytorch.perf.compression import (PrunedLinear, candidates, dead_layers, from_csr, importance, magnitude_prune, measure_sparsity, nearly_equal, smallest,
    mask_zeros, structured_prune, to_csr)
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

STUBBORN = {'skip': Skip(), 'twice': Twice(), 'heard elsewhere': Both(), 'softmax': mlp(6, 5, 3, between=Softmax),
            'mean': mlp(6, 5, 3, between=lambda: lambda x: x - x.mean(axis=-1, keepdims=True)), 'reversed': mlp(6, 5, 3, between=lambda: lambda x: x[:, ::-1]*1.),
            'cut': Sequential(Linear(6, 5), lambda x: x[:, :3], Linear(3, 2)), 'one layer': mlp(6, 3)}

@pytest.mark.parametrize('name', STUBBORN)
def test_what_cannot_be_cut_is_not(name):
    model = STUBBORN[name]
    before = snapshot(model)
    with pytest.raises(ValueError, match=f'structured_prune: in this {type(model).__name__} no two Linear layers follow each other'): structured_prune(model, .5)
    assert snapshot(model) == before

def test_layers_that_are_called_twice_are_not_candidates():
    a, b = Linear(4, 6), Linear(6, 4)
    assert candidates(Sequential(a, b, a, b), np.ones((1, 4))) == [] and candidates(Sequential(a, b), np.ones((1, 4))) == [('0', '1')]

def test_what_can_be_cut_in_a_stubborn_model_is():
    model = Sequential(Skip(), ReLU(), Linear(3, 30, rng=rng(1)), ReLU(), Linear(30, 4, rng=rng(2)))
    small = structured_prune(model, .5)
    assert [w.shape for w in weights(small)] == [(6, 6), (6, 6), (6, 1), (1, 15), (15, 4)]

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

PRUNE = {'magnitude': lambda m: magnitude_prune(m, .5), 'structured': lambda m: structured_prune(m, .5)}

@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('name', PRUNE)
def test_the_given_model_is_left_as_it_is(name, training):
    model = Sequential(Linear(8, 20, rng=rng(1)), ReLU(), Dropout(.5, rng=rng()), Linear(20, 5, rng=rng(2))).train(training)
    model[2].training = not training
    model[3].weight.grad = np.ones((20, 5), np.float32)
    before = snapshot(model)
    small = PRUNE[name](model)
    assert snapshot(model) == before and not hasattr(model, 'techniques')
    assert [m.training for m in small.modules()] == [m.training for m in model.modules()]
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
        with pytest.raises(ValueError, match='to_csr: expected a matrix, got shape'): to_csr(bad)

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

@pytest.mark.parametrize('dtype, error, same', [(np.float16, 1e-3, True), (np.float16, .1, False), (np.float32, 1e-5, True), (np.float32, 1e-3, False), (np.float64, 1e-3, False)])
def test_two_results_differ_by_rounding_or_by_more(dtype, error, same):
    expected = np.linspace(-1, 1, 9).astype(dtype)
    assert nearly_equal((expected + error).astype(dtype), expected) == same
    assert not nearly_equal(expected[:8], expected) and not nearly_equal(expected*np.nan, expected)
    assert nearly_equal(expected[:0], expected[:0]) and nearly_equal(np.arange(3), np.arange(3))
