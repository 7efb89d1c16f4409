"What a model shows and what is on record: one truth for quantization, compression, benchmarks and submissions"
import numpy as np
import pytest
from safetensors.numpy import save_file

from tinytorch.capstone import evidence
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import magnitude_prune, measure_sparsity
from tinytorch.perf.quantization import quantize_model, quantized_share
from tinytorch.perf.techniques import record_technique, sparsity, stored_bytes, techniques_of, weight_arrays, weight_dtypes

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
    assert weight_dtypes(model).get('int8', 0) == quantized_share(model) == int8/max(1, weights.size)
    assert sum(weight_dtypes(model).values()) == pytest.approx(1 if weights.size else 0)
    assert evidence(model) == {'parameters': model.count_parameters(), 'zero_share': sparsity(model), 'int8_share': quantized_share(model)}

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

def test_bytes_do_not_depend_on_the_layout():
    model = mlp()
    expected = stored_bytes(model)
    weight = model[0].weight
    for data in (np.asfortranarray(weight.data), np.repeat(weight.data, 2, axis=1)[:, ::2], weight.data.astype('>f4'), np.broadcast_to(weight.data[:1], weight.shape)):
        weight.data = data
        assert stored_bytes(model) == expected
