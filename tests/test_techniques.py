"What a model shows and what is on record: one truth for quantization, compression, benchmarks and submissions"
import numpy as np
import pytest
from safetensors.numpy import save_file

from tinytorch.capstone import evidence
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import magnitude_prune, measure_sparsity
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.techniques import (check_finite, check_linear, check_module, computes_linear, linear_layers, record_technique, sparsity, stored_bytes,
    techniques_of, weight_arrays, weight_dtypes)

def mlp(): return Sequential(Linear(20, 30, rng=0), ReLU(), Linear(30, 7, rng=1))

class Mixed(Module):
    def __init__(self):
        self.codes, self.half = Tensor(np.arange(-6, 6, dtype=np.int8).reshape(3, 4)), Tensor(np.zeros((2, 3), np.float16))
        self.bias = Tensor(np.zeros(50, np.float32))
        self.register_buffer('scale', np.zeros((9, 9), np.float32))

MODELS = {'float32': mlp, 'pruned': lambda: magnitude_prune(mlp(), .5), 'int8': lambda: quantize_model(mlp()), 'mixed': Mixed,
          'half int8': lambda: Sequential(Linear(20, 30), quantize_model(Linear(30, 20))), 'no weights': lambda: Sequential(ReLU())}

@pytest.mark.parametrize('name', MODELS)
def test_bytes_are_those_of_the_file(name, tmp_path):
    model = MODELS[name]()
    save_file(model.state_dict(), tmp_path/'model')
    assert stored_bytes(model) == (tmp_path/'model').stat().st_size

@pytest.mark.parametrize('name', MODELS)
def test_everybody_counts_alike(name):
    model = MODELS[name]()
    weights = np.concatenate([np.zeros(0), *[w.ravel() for w in weight_arrays(model).values()]])
    int8 = sum(w.size for w in weight_arrays(model).values() if w.dtype == np.int8)
    assert sparsity(model) == measure_sparsity(model) == (weights == 0).sum()/max(1, weights.size)
    assert weight_dtypes(model).get('int8', 0) == int8/max(1, weights.size)
    assert sum(weight_dtypes(model).values()) == pytest.approx(1 if weights.size else 0)
    assert evidence(model) == {'parameters': model.count_parameters(), 'zero_share': sparsity(model), 'int8_share': weight_dtypes(model).get('int8', 0)}

def test_buffers_and_vectors_are_no_weights():
    assert list(weight_arrays(Mixed())) == ['codes', 'half'] and weight_dtypes(Mixed()) == {'int8': 12/18, 'float16': 6/18}
    assert sparsity(Mixed()) == 7/18

def test_the_record_grows_and_nobody_elses_does():
    first, second, third = mlp(), mlp(), mlp()
    assert record_technique(second, first, 'one', at=[1, 2]) is second and record_technique(third, second, 'two') is third
    assert [[entry['name'] for entry in techniques_of(m)] for m in (first, second, third)] == [[], ['one'], ['one', 'two']]
    techniques_of(third)[0]['at'].append(3)
    third.techniques[0]['at'].append(4)
    assert second.techniques[0]['at'] == [1, 2] and third.techniques[0]['at'] == [1, 2, 4] and not hasattr(first, 'techniques')
    assert second.techniques[0]['measured'] == {'bytes_before': stored_bytes(first), 'bytes_after': stored_bytes(second),
                                                'parameters_before': 847, 'parameters_after': 847}

def test_a_model_without_a_record_has_none():
    class Bare: pass
    bare = Bare()
    assert techniques_of(bare) == [] and techniques_of(abs) == []
    bare.techniques = None
    assert techniques_of(bare) == []

class Named(Linear):
    "Calls its input by another name"
    def forward(self, *, rows): return super().forward(rows)

class Silent(Linear):
    def forward(self, x): return None

def test_linear_layers_are_found_wherever_they_hang():
    class Deep(Module):
        def __init__(self): self.one, self.parts = Linear(2, 2), [{'two': Linear(2, 3)}, Named(2, 2), Silent(2, 2), quantize_model(Linear(2, 2))]
    model = Deep()
    assert list(linear_layers(model).values()) == [model.one, model.parts[0]['two']] and not linear_layers(Sequential(ReLU()))
    assert not computes_linear(None) and not computes_linear(Linear)

def test_what_cannot_be_changed_is_named():
    for bad in None, [Linear(2, 2)], Linear:
        with pytest.raises(TypeError, match=f'halve: expected a Module, got {type(bad).__name__}'): check_module('halve', bad)
    with pytest.raises(ValueError, match='halve: found no Linear layer with float weights in this Sequential; its 2 are int8'): check_linear('halve', quantize_model(mlp()))
    model = mlp()
    model[2].bias.data[3] = np.inf
    for check in (lambda: check_linear('halve', model), lambda: check_finite('halve', linear_layers(model))):
        with pytest.raises(ValueError, match='halve: 1 of the 7 numbers in 2.bias'): check()
    with pytest.raises(ValueError, match='halve: 1 of the 7 numbers in bias'): check_linear('halve', model[2])
def test_bytes_do_not_depend_on_the_layout():
    model = mlp()
    expected = stored_bytes(model)
    weight = model[0].weight
    for data in (np.asfortranarray(weight.data), np.repeat(weight.data, 2, axis=1)[:, ::2], weight.data.astype('>f4'), np.broadcast_to(weight.data[:1], weight.shape)):
        weight.data = data
        assert stored_bytes(model) == expected
