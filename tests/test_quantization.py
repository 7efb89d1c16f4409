"INT8 weights: what the page has no room for"
import json, os, re, subprocess, sys, tracemalloc
from copy import deepcopy
from importlib.util import find_spec
from types import FunctionType, MethodType

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from tinytorch.core.activations import ReLU
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Dropout, Flatten, Identity, Linear, Module, Sequential, linear
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.spatial import AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import GPT, tied_logits
from tinytorch.course import install_line
from tinytorch.files import write_atomically
from tinytorch.perf.quantization import (QuantizedConv2d, QuantizedEmbedding, QuantizedLinear, compare_model_sizes, dequantize_int8, fold_batch_norms,
    input_ranges, pack_int4, product_with_codes, quantize_int8, quantize_model, resident_bytes, unpack_int4)
from tinytorch.perf import quantization
from tinytorch.perf.compression import magnitude_prune
from tinytorch.perf.kernels import has_numba
from tinytorch.perf.quantization import PackedTensor, add_packed_product, add_product, best_backend, has_onnx
from tinytorch.perf.techniques import sparsity, stored_bytes, techniques_of, weight_arrays, weight_dtypes
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def rows(*shape, seed=0): return rng(seed).standard_normal(shape).astype(np.float32)
def mlp(seed=0): return Sequential(Linear(20, 30, rng=rng(seed)), ReLU(), Dropout(.5, rng=rng(seed)), Linear(30, 7, rng=rng(seed + 1)))
def held_bytes(model): return save(model.state_dict())

ACCELERATED = bool(find_spec('onnx') and find_spec('onnxruntime'))
HALF = .5*(1 + 1e-4)  # float32 rounds the quotient and the product too

# codes

ARRAYS = {'row': rows(9), 'matrix': rows(5, 6), 'cube': rows(2, 3, 4), 'one': np.float32([.3]), 'number': np.float32(-2.5), 'double': rng().standard_normal((5, 6)),
          'half': rows(5, 6).astype(np.float16), 'whole': rng().integers(-500, 500, (5, 6)), 'one-sided': rng().random((5, 6)), 'negative': -rng().random((5, 6)),
          'wide': rows(5, 6)*np.logspace(-20, 15, 6), 'tiny': np.float32([[1e-45, -3e-44], [2e-40, 0]]), 'below normal': np.float32([190, 3, -64])*np.float32(1e-45), 'large': np.float32([3.3e38, -3.3e38, 1]), 'strided': rows(8, 9)[::2, ::-3]}

@pytest.mark.parametrize('symmetric', [True, False])
@pytest.mark.parametrize('axis', [None, 0, 1, -1])
@pytest.mark.parametrize('name', ARRAYS)
def test_round_trip_is_within_half_a_scale(name, axis, symmetric):
    a = ARRAYS[name]
    if axis is not None and not -a.ndim <= axis < a.ndim:
        with pytest.raises(ValueError, match=f'axis.*{axis}'): quantize_int8(a, axis, symmetric)
        return
    before = a.copy()
    with np.errstate(all='raise', under='ignore'): codes, scale, zero_point = quantize_int8(a, axis, symmetric)
    assert codes.dtype == np.int8 and codes.shape == a.shape and scale.dtype == np.float32 and zero_point.dtype == np.int8
    expected = () if axis is None else tuple(n if i == axis % a.ndim else 1 for i, n in enumerate(a.shape))
    assert scale.shape == zero_point.shape == expected and np.isfinite(scale).all() and (scale > 0).all()
    back = dequantize_int8(codes, scale, zero_point)
    assert back.dtype == np.float32 and (np.abs(back.astype(float) - a) <= HALF*scale.astype(float) + 1e-45).all()
    assert (a == before).all()

@pytest.mark.parametrize('sign', [1, -1])
def test_symmetric_codes_never_reach_minus_128(sign):
    a = sign*np.abs(rows(300, 4))
    codes, _, zero_point = quantize_int8(a, axis=1)
    assert codes.min() >= -127 and (np.abs(codes.astype(int)).max(axis=0) == 127).all() and not zero_point.any()
    assert (quantize_int8(-a, axis=1)[0] == -codes).all()

def test_one_sided_codes_use_the_whole_range():
    for a in (np.linspace(0, 3, 50), np.linspace(-3, 0, 50), np.linspace(5, 6, 50), np.linspace(-1, 3, 50)):
        codes, scale, zero_point = quantize_int8(a, symmetric=False)
        assert codes.max() == 127 if a.max() > 0 else codes.min() == -128
        low, high = min(a.min(), 0), max(a.max(), 0)
        close(scale, (high - low)/255)
        assert dequantize_int8(zero_point, scale, zero_point) == 0  # zero has a code of its own

@pytest.mark.parametrize('symmetric', [True, False])
def test_zeros_stay_zeros_and_rounding_twice_changes_nothing(symmetric):
    a = rows(30, 8)
    a[rng(1).random(a.shape) < .5] = 0
    codes, scale, zero_point = quantize_int8(a, 1, symmetric)
    back = dequantize_int8(codes, scale, zero_point)
    assert (back[a == 0] == 0).all()
    assert (quantize_int8(back, 1, symmetric)[0] == codes).all()

def test_zero_columns_and_nothing_at_all():
    a = rows(6, 3)
    a[:, 1] = 0
    codes, scale, _ = quantize_int8(a, axis=1)
    assert not codes[:, 1].any() and np.isfinite(scale).all() and not dequantize_int8(codes, scale)[:, 1].any()
    for shape, axis, sizes in ((0,), None, ()), ((0, 3), 1, (1, 3)), ((0, 3), 0, (0, 1)), ((2, 0), 0, (2, 1)):
        for symmetric in (True, False):
            codes, scale, zero_point = quantize_int8(np.zeros(shape), axis, symmetric)
            assert codes.shape == shape and scale.shape == sizes and np.isfinite(scale).all() and dequantize_int8(codes, scale, zero_point).shape == shape

def test_a_large_weight_spoils_only_its_own_column():
    a = rows(50, 4)
    worst = lambda a, axis: np.abs(dequantize_int8(*quantize_int8(a, axis)) - a).max(axis=0)
    spoiled = a.copy()
    spoiled[0, 2] = 1000
    assert (worst(spoiled, 1)[[0, 1, 3]] == worst(a, 1)[[0, 1, 3]]).all() and worst(spoiled, None)[0] > 50*worst(a, None)[0]

@pytest.mark.parametrize('values, words', [
    ([1, np.nan, np.inf], '2 of 3 values are NaN or infinite'),
    (-np.inf, '1 of 1 values'),
    (np.array([1e39, 1]), '1 of 2 values are NaN or infinite in float32'),
    (Tensor([[np.nan]]), '1 of 1 values')])
def test_what_no_scale_can_hold(values, words):
    with pytest.raises(ValueError, match=words): quantize_int8(values)

def test_what_is_no_number():
    for bad in (['a'], np.ones(2)*1j, None):
        with pytest.raises(TypeError, match='expected numbers'): quantize_int8(bad)

# the product

@pytest.mark.parametrize('inputs', [1, 3, 511, 512, 513, 1024, 5000])
@pytest.mark.parametrize('n', [0, 1, 6])
def test_product_in_blocks(inputs, n):
    x, codes = rng().integers(-255, 256, (n, inputs)).astype(np.float32), rng(1).integers(-127, 128, (inputs, 5)).astype(np.int8)
    exact = x.astype(np.int64) @ codes.astype(np.int64)
    found = product_with_codes(x, codes)
    assert found.dtype == np.float32 and found.shape == (n, 5)
    if inputs <= 512: assert (found == exact).all()
    else: close(found, exact, rtol=1e-6, atol=inputs/100)

def test_blocks_are_summed_exactly():
    "Two blocks of 512 are two exact sums, so only their sum is rounded, once; a longer block would round at each step beyond 2**24"
    x, codes = rng().integers(200, 256, (50, 1024)).astype(np.float32), rng(1).integers(100, 128, (1024, 20)).astype(np.int8)
    exact = x.astype(np.int64) @ codes.astype(np.int64)
    assert exact.min() > 2**24 and (product_with_codes(x, codes) == exact.astype(np.float32)).all()

def test_largest_block_is_exact():
    x, codes = np.full((3, 512), 255, np.float32), np.full((512, 4), -127, np.int8)
    assert (product_with_codes(x, codes) == -255*127*512).all()

# the layer

SKIPPED = (type, FunctionType, MethodType, str, bytes, int, float, bool, type(None))

def arrays_of(thing, seen=None):
    "Every array that can be reached from `thing` through attributes, slots, containers, closures, and the arrays that arrays are views of"
    seen = {} if seen is None else seen
    if isinstance(thing, FunctionType): thing = [c.cell_contents for c in thing.__closure__ or ()]
    if isinstance(thing, MethodType): thing = thing.__self__
    if isinstance(thing, SKIPPED) or id(thing) in seen: return []
    seen[id(thing)] = thing
    if isinstance(thing, np.ndarray): return [thing, *arrays_of(thing.base, seen)]
    parts = list(thing.items()) if isinstance(thing, dict) else list(thing) if isinstance(thing, (list, tuple, set)) else []
    parts += list(getattr(thing, '__dict__', {}).values())
    parts += [getattr(thing, s) for cls in type(thing).__mro__ for s in getattr(cls, '__slots__', ()) if s != '__weakref__' and hasattr(thing, s)]
    return [a for part in parts for a in arrays_of(part, seen)]

@pytest.mark.parametrize('calibrated', [False, True])
def test_no_float_array_as_large_as_a_weight_is_held(calibrated):
    model, x = Sequential(Linear(40, 50, rng=rng()), ReLU(), Linear(50, 30, rng=rng())), rows(8, 40)
    assert max(a.size for a in arrays_of(model) if a.dtype.kind == 'f') == 2000  # the walk does see them
    small = quantize_model(model, calibration_data=x if calibrated else None, backend='numpy')
    for call in range(2):
        floats = [a for a in arrays_of(small) if a.dtype.kind == 'f']
        assert max(a.size for a in floats) <= 50 and sorted(a.size for a in arrays_of(small) if a.dtype == np.int8 and a.size > 1) == [1500, 2000]
        small(x)

def test_memory_held_is_a_byte_a_weight():
    model = Sequential(Linear(1000, 800, rng=rng()), ReLU(), Linear(800, 500, rng=rng()))
    quantize_model(mlp())  # imports are paid
    tracemalloc.start()
    small = quantize_model(model, backend='numpy')
    held = tracemalloc.get_traced_memory()[0]
    small(Tensor(rows(1, 1000)))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    weights = 1000*800 + 800*500
    assert weights < held < 1.03*weights and after - held < 20_000

def test_call_makes_no_float_copy_of_a_large_weight():
    small, x = QuantizedLinear(Linear(2048, 2048, rng=rng())), Tensor(rows(1, 2048))
    small(x)
    tracemalloc.start()
    small(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2048*2048*4/10

@pytest.mark.parametrize('shape', [(20,), (1, 20), (9, 20), (0, 20), (2, 3, 20), (2, 0, 20)])
@pytest.mark.parametrize('bias', [True, False])
def test_layer_is_near_the_float_layer(shape, bias):
    layer, x = Linear(20, 6, bias=bias, rng=rng()), rows(*shape)
    small = QuantizedLinear(layer)
    found, expected = small(Tensor(x)), layer(Tensor(x))
    assert found.shape == expected.shape and found.dtype == np.float32
    assert not any(np.shares_memory(a, b) for a in arrays_of(layer) for b in arrays_of(small))
    bound = HALF*np.abs(x).sum(axis=-1, keepdims=True)*small.scale.data  # half a scale for each weight
    assert (np.abs(found.data - expected.data) <= bound + 1e-5).all()
    assert repr(small) == ('QuantizedLinear(20, 6)' if bias else 'QuantizedLinear(20, 6, bias=False)')

@pytest.mark.parametrize('dtype, expected', [(np.float64, np.float64), (np.float16, np.float32), (np.int64, np.float32), (np.uint8, np.float32), (bool, np.float32)])
def test_layer_takes_other_dtypes(dtype, expected):
    layer, x = Linear(20, 6, rng=rng()), rng().integers(0, 2, (3, 20)).astype(dtype)
    found = QuantizedLinear(layer)(Tensor(x))
    assert found.dtype == expected
    close(found, layer(Tensor(x.astype(np.float32))), atol=.02)

@pytest.mark.parametrize('bits', [8, 4])
def test_codes_lie_in_c_order(bits):
    layer = Linear(20, 6, rng=rng())
    layer.weight.data = np.asfortranarray(layer.weight.data)
    assert QuantizedLinear(layer, bits=bits).weight.data.flags.c_contiguous

def test_layer_of_float64_weights():
    layer = Linear(20, 6, rng=rng())
    for p in layer.parameters(): p.data = p.data.astype(np.float64)
    small = QuantizedLinear(layer)
    assert [str(t.dtype) for t in (small.weight, small.bias, small.scale)] == ['int8', 'float32', 'float32']

def test_scale_is_one_for_each_output():
    layer = Linear(20, 6, rng=rng())
    layer.weight.data[:, 2] = 0
    small = QuantizedLinear(layer)
    assert small.scale.shape == (6,)
    close(small.scale.data[[0, 5]], np.abs(layer.weight.data[:, [0, 5]]).max(axis=0)/127)
    assert small(Tensor(np.ones(20))).data[2] == layer.bias.data[2]
    assert [n for n, _ in small.named_parameters()] == ['weight', 'bias'] and [n for n, _ in small.named_buffers()] == ['scale']

def reference(x, layer):
    "What a chip with whole numbers gives: int64 all the way, then the scales"
    zero = int(layer.input_zero_point.data)
    q = np.clip(np.rint(x/layer.input_scale.data).astype(np.int64) + zero, -128, 127)
    whole = (q - zero) @ layer.weight.data.astype(np.int64)
    return whole, whole*(layer.scale.data.astype(float)*float(layer.input_scale.data)) + layer.bias.data

@pytest.mark.parametrize('limits', [(-3, 3), (0, 2), (-.5, 4), (-1, 0), (.5, 2)])
@pytest.mark.parametrize('inputs', [1, 17, 512, 1500])
def test_rounded_inputs_equal_whole_number_arithmetic(inputs, limits):
    layer, x = QuantizedLinear(Linear(inputs, 5, rng=rng()), input_range=limits), rows(40, inputs)
    whole, expected = reference(x, layer)
    close(layer(Tensor(x)), expected, rtol=1e-5, atol=1e-5)
    layer.scale.data[:] = 1
    layer.bias.data[:] = 0
    found = layer(Tensor(x)).data/float(layer.input_scale.data)
    close(found, whole, rtol=1e-6, atol=1e-3)

@pytest.mark.parametrize('limits', [(0, 0), (2, 1), (np.nan, 1), (0, np.nan)])
def test_an_empty_input_range(limits):
    with pytest.raises(ValueError, match='input range from .* is empty'): QuantizedLinear(Linear(2, 2), input_range=limits)

def test_layer_errors():
    layer = QuantizedLinear(Linear(4, 3))
    with pytest.raises(ValueError, match=r'x has 5 features \(shape \(2, 5\)\) but weight \(4, 3\) takes 4'): layer(Tensor(np.ones((2, 5))))
    with pytest.raises(ValueError, match='x is one number'): layer(Tensor(1.))
    for bad in (3, Tensor(np.ones((2, 2))), layer):
        with pytest.raises(TypeError, match=f'QuantizedLinear: expected a Linear .*got {type(bad).__name__}'): QuantizedLinear(bad)
    with pytest.raises(ValueError, match="backend='cuda' is not known; expected one of numpy, numba, float, onnxruntime"): QuantizedLinear(Linear(2, 2), 'cuda')
    layer = Linear(2, 2)
    layer.weight.data[0, 0] = np.nan
    with pytest.raises(ValueError, match='1 of 4 values are NaN'): QuantizedLinear(layer)

def test_layer_cannot_be_trained():
    layer = QuantizedLinear(Linear(4, 3))
    assert not any(p.requires_grad for p in layer.parameters()) and not layer.training and layer.eval() is layer
    with pytest.raises(TypeError, match='cannot be trained; train the float model, then quantize it'): Sequential(layer).train()
    for make in (SGD, Adam):
        with pytest.raises(ValueError, match='asks for no gradient'): make(layer.parameters(), .1)
    with pytest.raises(NotImplementedError, match="'int8_linear' has no gradient rule"): layer(Tensor(np.ones((2, 4)), requires_grad=True)).sum().backward()

# whole models

class Deep(Module):
    def __init__(self):
        self.first, self.table = Linear(4, 4, rng=rng(1)), Tensor(rows(3, 4), requires_grad=True)
        self.blocks, self.pair = [Linear(4, 4, rng=rng(2)), {'gate': Linear(4, 4, bias=False, rng=rng(3))}], (Linear(4, 2, rng=rng(4)), 'text')
        self.again, self.owner = self.first, self
    def forward(self, x): return self.pair[0](self.blocks[1]['gate'](self.blocks[0](self.again(self.first(x)))))

def test_every_linear_is_found_and_shared_ones_stay_shared():
    model, x = Deep(), Tensor(rows(5, 4))
    small = quantize_model(model)
    layers = small.first, small.blocks[0], small.blocks[1]['gate'], small.pair[0]
    assert all(type(layer) is QuantizedLinear for layer in layers) and small.again is small.first and small.owner is small and small.pair[1] == 'text'
    assert [n for n, _ in small.named_parameters()] == [n for n, _ in model.named_parameters()]
    assert small.count_parameters() == model.count_parameters() and small.table.dtype == np.float32 and small.techniques[0]['layers'] == 4
    close(small(x), model(x), atol=.05)
    assert weight_dtypes(small) == {'float32': 12/68, 'int8': 56/68} and weight_dtypes(model) == {'float32': 1}

def test_a_model_that_is_one_layer():
    layer = Linear(3, 2, rng=rng())
    small = quantize_model(layer)
    assert type(small) is QuantizedLinear and small.techniques[0]['weights'] == 6 and type(layer) is Linear

def test_subclasses_that_compute_something_else_are_left_alone():
    class Doubled(Linear):
        def forward(self, x): return linear(x, self.weight, self.bias)*2
    class Gated(Linear):
        def forward(self, x, gate): return linear(x, self.weight, self.bias)*gate
    class Same(Linear):
        def forward(self, x): return x @ self.weight + self.bias
    model = Sequential(Doubled(3, 3), Same(3, 3), Gated(3, 3))
    small = quantize_model(model)
    assert [type(m).__name__ for m in small] == ['Doubled', 'QuantizedLinear', 'Gated']
    with pytest.raises(ValueError, match='found no Linear, Conv2d or Embedding with float weights in this Sequential'): quantize_model(model[::2])

def snapshot(model):
    "Everything of `model` that must not change"
    return {'bytes': held_bytes(model), 'objects': [id(m) for m in model.modules()] + [id(p) for p in model.parameters()] + [id(p.data) for p in model.parameters()],
            'modes': [m.training for m in model.modules()], 'wanted': [p.requires_grad for p in model.parameters()],
            'grads': [None if p.grad is None else p.grad.tobytes() for p in model.parameters()],
            'attributes': [list(vars(m)) for m in model.modules()], 'draws': [m.rng.bit_generator.state for m in model.modules() if isinstance(m, Dropout)]}

@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('data', [None, rows(8, 20)])
def test_the_given_model_is_left_as_it_is(training, data):
    model = mlp().train(training)
    model[3].eval()
    model[0].weight.requires_grad = False
    model[3].weight.grad = np.ones((30, 7), np.float32)
    before = snapshot(model)
    small = quantize_model(model, calibration_data=data)
    small(Tensor(rows(3, 20)))
    assert snapshot(model) == before and not hasattr(model, 'techniques')
    assert not any(np.shares_memory(a, b) for a in arrays_of(model) for b in arrays_of(small))
    assert not any(m.training for m in small.modules()) and all(p.grad is None for p in small.parameters())

def test_gradients_of_what_stays_float_are_not_copied():
    model = Deep()
    model.table.grad = np.ones((3, 4), np.float32)
    assert quantize_model(model).table.grad is None and model.table.grad is not None

def test_a_failure_leaves_the_model_alone_too():
    model = mlp()
    before = snapshot(model)
    for settings in (dict(bits=3), dict(percentile=2), dict(calibration_data=rows(2, 9)), dict(calibration_data=rows(0, 20)), dict(backend='no')):
        with pytest.raises(ValueError): quantize_model(model, **settings)
    assert snapshot(model) == before

def test_same_model_same_bytes():
    model, data = mlp(), rows(9, 20)
    for settings in ({}, {'calibration_data': data}):
        first, second = [quantize_model(model, **settings) for _ in range(2)]
        assert held_bytes(first) == held_bytes(second) and first.techniques == second.techniques
        assert held_bytes(deepcopy(first)) == held_bytes(first)

SCRIPT = '''
import sys
sys.path.insert(0, sys.argv[1])
from hashlib import sha256
from test_quantization import held_bytes, mlp, quantize_model, rows
print(sha256(held_bytes(quantize_model(mlp(), calibration_data=rows(9, 20)))).hexdigest())
'''

def test_same_bytes_in_another_process():
    told = [subprocess.run([sys.executable, '-c', SCRIPT, os.path.dirname(__file__)], env={**os.environ, 'PYTHONHASHSEED': seed}, capture_output=True, text=True, check=True).stdout for seed in '12']
    assert told[0] == told[1] and len(told[0].strip()) == 64

# on the disk

def header(path):
    "The header of a safetensors file: eight bytes say how long it is, then JSON"
    data = path.read_bytes()
    length = int.from_bytes(data[:8], 'little')
    return json.loads(data[8:8+length]), len(data) - 8 - length

def test_file_holds_int8_and_nothing_as_large_in_float(tmp_path):
    small, path = quantize_model(mlp()), tmp_path/'small.safetensors'
    write_atomically(path, held_bytes(small))
    facts, payload = header(path)
    assert {n: f['dtype'] for n, f in facts.items()} == {'0.weight': 'I8', '0.bias': 'F32', '0.scale': 'F32', '3.weight': 'I8', '3.bias': 'F32', '3.scale': 'F32'}
    assert payload == (20*30 + 30*7) + 4*2*(30 + 7) and path.stat().st_size == stored_bytes(small)
    assert os.listdir(tmp_path) == ['small.safetensors']

@pytest.mark.parametrize('data', [None, rows(8, 20)])
def test_there_and_back(data, tmp_path):
    model, path, x = mlp(), tmp_path/'model', Tensor(rows(5, 20))
    small = quantize_model(model, calibration_data=data)
    write_atomically(path, held_bytes(small))
    other = quantize_model(mlp(7), calibration_data=data)
    assert (other(x).data != small(x).data).any()
    assert other.load_state_dict(load_file(path)) == ([], [])
    assert (other(x).data == small(x).data).all() and held_bytes(other) == path.read_bytes()

def test_states_that_do_not_fit():
    model, data = mlp(), rows(8, 20)
    small = quantize_model(model)
    with pytest.raises(ValueError, match='0.weight is int8 here and float32 in the state'): small.load_state_dict(model.state_dict(), strict=False)
    with pytest.raises(ValueError, match='not in the model: 0.scale, 3.scale'): model.load_state_dict(small.state_dict())
    with pytest.raises(ValueError, match='not in the model: 0.input_scale'): small.load_state_dict(quantize_model(model, calibration_data=data).state_dict())

def test_sizes_are_those_of_files(tmp_path):
    model, small = mlp(), quantize_model(mlp())
    for m in (model, small):
        write_atomically(tmp_path/'m', held_bytes(m))
        assert stored_bytes(m) == (tmp_path/'m').stat().st_size
    sizes = compare_model_sizes(model, small)
    assert sizes == {'before': stored_bytes(model), 'after': stored_bytes(small), 'saved': stored_bytes(model) - stored_bytes(small), 'ratio': stored_bytes(model)/stored_bytes(small)}
    large = Sequential(Linear(512, 512, rng=rng()))
    assert 3.9 < compare_model_sizes(large, quantize_model(large))['ratio'] < 4

@pytest.mark.parametrize('dtype', [np.float16, np.float64])
def test_models_in_other_floats(dtype):
    model, same = mlp(), quantize_model(mlp())
    for tensor in model.parameters(): tensor.data = tensor.data.astype(dtype)
    small, x = quantize_model(model), Tensor(rows(5, 20).astype(dtype))
    assert {n: str(a.dtype) for n, a in small.state_dict().items()} == {n: str(a.dtype) for n, a in same.state_dict().items()}
    assert small(x).dtype == (np.float64 if dtype == np.float64 else np.float32)
    close(small(x), same(Tensor(rows(5, 20))), atol=.05)

# what was done

def test_techniques_are_measured_facts():
    model = mlp()
    model.techniques = [{'name': 'pruning', 'list': [1]}]
    small = quantize_model(model, calibration_data=rows(5, 20), backend='numpy')
    before, fact = small.techniques
    assert before == {'name': 'pruning', 'list': [1]} and before is not model.techniques[0] and before['list'] is not model.techniques[0]['list']
    assert fact == {'name': 'quantization', 'bits': 8, 'layers': 2, 'backend': 'numpy', 'int8_inputs': True, 'int8_weights': 810, 'weights': 810,
                    'measured': {'bytes_before': stored_bytes(model), 'bytes_after': stored_bytes(small), 'parameters_before': 847, 'parameters_after': 847}}
    assert json.loads(json.dumps(small.techniques)) == small.techniques and len(model.techniques) == 1

def test_facts_count_what_stays_float():
    model = Deep()
    fact, = quantize_model(model).techniques
    assert (fact['int8_weights'], fact['weights']) == (56, 68) and fact['int8_inputs'] is False
    assert {str(w.dtype) for w in weight_arrays(model).values()} == {'float32'}

# calibration

def test_ranges_are_those_of_all_calls():
    model, data = mlp(), rows(50, 20)
    model.eval()
    ranges = input_ranges(model, data)
    hidden = np.maximum(data @ model[0].weight.data + model[0].bias.data, 0)
    close(ranges[id(model[0])], (data.min(), data.max()))
    close(ranges[id(model[3])], (0, hidden.max()), rtol=1e-5)
    assert all('forward' not in vars(m) for m in model.modules())

def test_calibration_runs_in_eval_mode():
    model, data = mlp(), rows(50, 20)
    first, second = [quantize_model(model.train(mode), calibration_data=data) for mode in (True, False)]
    assert held_bytes(first) == held_bytes(second)

def test_what_is_outside_the_calibrated_range_is_cut_off():
    model = Sequential(Linear(3, 3, bias=False))
    model[0].weight.data[:] = np.eye(3)
    small = quantize_model(model, calibration_data=np.float32([[-1, 0, 3]]))
    close(small(Tensor([[-9, 9, 2]])), [[-1, 3, 2]], atol=4/255)

@pytest.mark.parametrize('data, words', [
    (np.full((2, 20), np.nan), 'calibration_data brought NaN or infinite numbers to layer 0, 3'),
    (np.full((2, 20), np.inf), 'NaN or infinite numbers to layer 0'),
    (np.zeros((2, 20)), 'nothing but zeros to layer 0'),
    (np.zeros((0, 20)), 'nothing but zeros to layer 0, 3'),
    (np.zeros((2, 9)), 'x has 9 features')])
@pytest.mark.filterwarnings('ignore:invalid value')
def test_calibration_data_that_tells_nothing(data, words):
    with pytest.raises(ValueError, match=words): quantize_model(mlp(), calibration_data=data.astype(np.float32))

def test_calibration_that_misses_a_layer():
    model = Deep()
    model.unused = Linear(2, 2)
    with pytest.raises(ValueError, match='calibration_data never reached layer unused; give typical inputs, or leave it out'): quantize_model(model, calibration_data=rows(3, 4))
    assert type(quantize_model(model).unused) is QuantizedLinear

# errors

@pytest.mark.parametrize('bits', [3, 16, 0, -8, '8', None, 7.5])
def test_only_eight_bits_and_four(bits):
    for f in (lambda: quantize_model(mlp(), bits=bits), lambda: QuantizedLinear(Linear(2, 2), bits=bits), lambda: quantize_int8(np.ones(3), bits=bits)):
        with pytest.raises(ValueError, match=f'bits={bits} is not there; only bits=8, which is int8, and bits=4'): f()

def test_nothing_to_quantize():
    for empty in (Sequential(), Sequential(ReLU()), Dropout(.5)):
        with pytest.raises(ValueError, match=f'found no Linear, Conv2d or Embedding with float weights in this {type(empty).__name__}; nothing was changed'): quantize_model(empty)
    with pytest.raises(ValueError, match='its 2 are int8 already; prune first, quantize last'): quantize_model(quantize_model(mlp()))
    for bad in (None, [Linear(2, 2)], np.ones((2, 2)), Linear):
        with pytest.raises(TypeError, match='quantize_model: expected a Module, got'): quantize_model(bad)

@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('part', ['0.weight', '3.weight', '3.bias'])
def test_numbers_that_are_none_are_named(part, value):
    model = mlp()
    array = dict(model.named_parameters())[part].data
    array.flat[1] = value
    with pytest.raises(ValueError, match=f'quantize_model: 1 of the {array.size} numbers in {part} are NaN or infinite; train the model again'): quantize_model(model)

# onnxruntime: with it installed the two ways agree, without it the message says what to do

def accelerated(test):
    "`test` where onnxruntime is installed; elsewhere the error that asks for it"
    def either():
        if ACCELERATED: return test()
        with pytest.raises(ImportError, match=re.escape(install_line('accel'))): quantize_model(mlp(), backend='onnxruntime')
    either.__name__ = test.__name__
    return either

@pytest.mark.parametrize('backend, missing', [('onnxruntime', 'onnx'), ('onnxruntime', 'onnxruntime'), ('numba', 'numba')])
def test_absence_is_a_clear_message(monkeypatch, backend, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=f"backend='{backend}'.*{re.escape(install_line('accel'))}"): quantize_model(mlp(), backend=backend)
    assert quantize_model(mlp())(Tensor(rows(2, 20))).shape == (2, 7)

@accelerated
def test_both_ways_agree_when_inputs_are_calibrated():
    model, data = mlp(), rows(60, 20)
    one, other = [quantize_model(model, calibration_data=data, backend=b) for b in ('numpy', 'onnxruntime')]
    assert held_bytes(one) == held_bytes(other)
    for x in (data, data[:1], data[:0], data[:6].reshape(2, 3, 20), 3*data, data[0]):
        found, expected = other(Tensor(x)).data, one(Tensor(x)).data
        assert found.shape == expected.shape and found.dtype == np.float32
        close(found, expected, rtol=1e-4, atol=2*float(one[3].input_scale.data)*float(one[3].scale.data.max()))

@accelerated
def test_without_calibration_they_differ_by_the_rounding_of_inputs():
    layer, x = Linear(200, 10, rng=rng()), rows(30, 200)
    one, other = [quantize_model(layer, backend=b) for b in ('numpy', 'onnxruntime')]
    step = (x.max() - x.min())/255
    bound = step/2*np.abs(one.weight.data.astype(float)*one.scale.data).sum(axis=0)
    difference = np.abs(other(Tensor(x)).data - one(Tensor(x)).data)
    assert (difference <= 1.01*bound + 1e-5).all() and difference.max() > 0

@accelerated
def test_nan_stays_nan_in_whole_numbers():
    for limits in (None, (-3, 3)):
        layer, x = QuantizedLinear(Linear(20, 4, rng=rng()), 'onnxruntime', limits), rows(3, 20)
        plain, expected = QuantizedLinear(Linear(20, 4, rng=rng()), 'numpy', limits), layer(Tensor(x)).data
        x[1, 7] = np.nan
        found = layer(Tensor(x)).data
        assert np.isnan(found[1]).all() and found.dtype == np.float32
        close(found, plain(Tensor(x)), rtol=1e-5)
        x[1, 7] = 0
        assert np.isfinite(expected).all() and np.isfinite(layer(Tensor(x)).data).all()

@accelerated
def test_a_session_does_not_outlive_its_arrays():
    model, x = mlp(), Tensor(rows(5, 20))
    one, other = [quantize_model(m, backend='onnxruntime') for m in (model, mlp(7))]
    expected = one(x).data
    other(x)
    other.load_state_dict(one.state_dict())
    assert (other(x).data == expected).all()
    one(x)
    twin = deepcopy(one)
    assert one.made and not twin.made and twin.fallbacks == one.fallbacks == {}  # compiled anew when it is needed
    twin[0].scale.data[:] = 0
    twin.load_state_dict(twin.state_dict())
    assert (one(x).data == expected).all() and (twin(x).data != expected).any()

def test_calibration_keeps_a_forward_of_the_layers_own():
    model = mlp()
    layer = model[0]
    own = layer.forward = lambda x: linear(x, layer.weight, layer.bias)
    ranges = input_ranges(model.eval(), rows(9, 20))
    assert ranges[id(layer)] == (rows(9, 20).min(), rows(9, 20).max()) and layer.forward is own and 'forward' not in vars(model[3])

def test_calibration_sees_inputs_given_by_name():
    class Named(Module):
        def __init__(self): self.layer = Linear(2, 1, rng=rng())
        def forward(self, x): return self.layer(x=x)
    model = Named()
    assert input_ranges(model, np.array([[-1., 3.]], np.float32)) == {id(model.layer): (-1., 3.)}

# half a byte

@pytest.mark.parametrize('shape', [(1, 1), (2, 3), (7, 4), (0, 5), (5, 2, 3, 3), (9,)])
def test_two_codes_to_a_byte_and_back(shape):
    codes = rng().integers(-8, 8, shape).astype(np.int8)
    packed = pack_int4(codes)
    assert packed.dtype == np.uint8 and packed.shape == ((shape[0] + 1)//2, *shape[1:])
    again = unpack_int4(packed, shape[0])
    assert again.dtype == np.int8 and (again == codes).all()
    held = PackedTensor(codes)
    assert held.shape == shape and held.size == codes.size and held.ndim == codes.ndim and (held.numpy() == codes).all() and (np.asarray(held) == codes).all()
    for start in range(shape[0]):
        for stop in range(start, shape[0] + 2): assert (held[start:stop] == codes[start:stop]).all()
    ids = rng().integers(0, max(shape[0], 1), (2, 3) if shape[0] else (0,))
    assert (held[ids] == codes[ids]).all()
    twin = deepcopy(held)
    assert (twin.numpy() == codes).all() and not np.shares_memory(twin.data, held.data)

@pytest.mark.parametrize('axis', [None, 0, 1])
@pytest.mark.parametrize('symmetric', [True, False])
def test_four_bits_obey_the_law(axis, symmetric):
    a = rows(40, 8)*np.logspace(-3, 3, 8, dtype=np.float32)
    codes, scale, zero_point = quantize_int8(a, axis, symmetric, bits=4)
    assert codes.dtype == np.int8 and codes.min() >= -8 + symmetric and codes.max() <= 7
    assert (np.abs(dequantize_int8(codes, scale, zero_point) - a) <= HALF*scale).all()

@pytest.mark.parametrize('sizes', [(20, 30, 7), (21, 31, 3), (1, 1, 1)])
def test_a_model_of_half_bytes_counts_weights_and_stores_bytes(sizes, tmp_path):
    a, b, c = sizes
    model, x = Sequential(Linear(a, b, rng=rng()), ReLU(), Linear(b, c, rng=rng(1))), Tensor(rows(5, a))
    small, other = quantize_model(model, bits=4), quantize_model(Sequential(Linear(a, b), ReLU(), Linear(b, c)), bits=4)
    assert small.count_parameters() == model.count_parameters() and weight_dtypes(small) == {'int4': 1} and small.techniques[0]['int4_weights'] == a*b + b*c
    assert {n: (t.dtype, t.shape) for n, t in small.state_dict().items() if 'weight' in n} == {'0.weight': (np.uint8, ((a + 1)//2, b)), '2.weight': (np.uint8, ((b + 1)//2, c))}
    w = [layer.weight.numpy() for layer in (small[0], small[2])]
    assert sparsity(small) == sum((a == 0).sum() for a in w)/(a*b + b*c)
    path = tmp_path/'half'
    write_atomically(path, held_bytes(small))
    assert path.stat().st_size == stored_bytes(small)
    assert other.load_state_dict(load_file(path)) == ([], []) and (other(x).data == small(x).data).all()
    assert held_bytes(deepcopy(small)) == held_bytes(small)

def test_half_bytes_are_an_eighth():
    large = Sequential(Linear(512, 512, bias=False, rng=rng()))
    assert 7.8 < compare_model_sizes(large, quantize_model(large, bits=4))['ratio'] < 8

# every backend gives what its codes say

HERE = ['numpy', 'float', *['numba']*has_numba(), *['onnxruntime']*has_onnx()]  # what is not installed is tested to be a clear message
each_backend = pytest.mark.parametrize('backend', HERE)
each_bits = pytest.mark.parametrize('bits', [8, 4])
each_range = pytest.mark.parametrize('calibrated', [False, True])

def meaning(layer):
    "The float weight that the codes of a quantized layer stand for"
    shape = [1]*layer.weight.ndim
    shape[layer.axis] = -1
    return layer.weight.numpy()*layer.scale.data.reshape(shape)

def rounded(layer, x):
    if layer.input_scale is None: return x
    scale, zero = float(layer.input_scale.data), int(layer.input_zero_point.data)
    return (np.clip(np.rint(x.astype(np.float32)/np.float32(scale)) + zero, -128, 127) - zero)*scale

def dynamic_bound(layer, x):
    "How far rounding the inputs by the batch's range, as a session without calibration does, may move a result"
    step = (max(x.max(), 0) - min(x.min(), 0))/255
    return step/2*np.abs(meaning(layer)).sum(axis=0).max()*1.01

@each_backend
@each_bits
@each_range
@pytest.mark.parametrize('shape', [(37,), (1, 37), (3, 37), (16, 37), (17, 37), (100, 37), (0, 37), (2, 3, 37), (2, 0, 37), (1, 1, 37)])
def test_linear_in_all_shapes(backend, bits, calibrated, shape):
    layer, x, data = Linear(37, 40, rng=rng()), rows(*shape, seed=3), rows(50, 37)
    small = quantize_model(layer, bits, data if calibrated else None, backend)
    found = small(Tensor(x))
    assert found.shape == (*shape[:-1], 40) and found.dtype == np.float32
    expected = rounded(small, x).astype(float) @ meaning(small).astype(float) + layer.bias.data
    atol = dynamic_bound(small, x) if backend == 'onnxruntime' and not calibrated and x.size else 1e-4
    np.testing.assert_allclose(found.data, expected, rtol=1e-4, atol=atol)

@each_backend
@each_range
@pytest.mark.parametrize('dtype', [np.float64, np.float16, np.int64, bool])
def test_linear_takes_other_dtypes_in_every_backend(backend, calibrated, dtype):
    layer, x = Linear(20, 40, rng=rng()), rng().integers(0, 2, (3, 20)).astype(dtype)
    small = quantize_model(layer, calibration_data=rows(9, 20) if calibrated else None, backend=backend)
    found = small(Tensor(x))
    assert found.dtype == (np.float64 if dtype == np.float64 else np.float32)
    np.testing.assert_allclose(found.data, rounded(small, x.astype(np.float32)) @ meaning(small) + layer.bias.data, rtol=1e-4, atol=.02)

@each_backend
@each_bits
def test_strided_inputs(backend, bits):
    layer, wide = Linear(20, 40, rng=rng()), rows(12, 60)
    small, x = quantize_model(layer, bits, rows(50, 20), backend), wide[::3, ::-3]
    assert not x.flags.c_contiguous
    np.testing.assert_array_equal(small(Tensor(x)).data, small(Tensor(x.copy())).data)

@each_backend
@each_bits
@each_range
@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('settings', [{}, dict(stride=2, padding=1), dict(padding='same'), dict(kernel_size=2, padding='same'), dict(groups=2, padding=(1, 0)), dict(dilation=2, kernel_size=(3, 2))], ids=str)
def test_conv_in_every_backend(backend, bits, calibrated, bias, settings):
    conv, x, data = Conv2d(4, 6, **dict(kernel_size=3, bias=bias, rng=rng()) | settings), rows(3, 4, 9, 8, seed=3), rows(8, 4, 9, 8)
    small = quantize_model(conv, bits, data if calibrated else None, backend)
    plain = deepcopy(conv)
    plain.weight.data[:] = meaning(small)
    for part in (x, x[:1], x[:0], x[0], np.asfortranarray(x)):
        found, expected = small(Tensor(part)), plain(Tensor(rounded(small, part).astype(np.float32)))
        assert found.shape == expected.shape and found.dtype == np.float32
        atol = small.scale.data.max()*float(small.input_scale.data)/2 if calibrated and backend == 'onnxruntime' else 0  # its bias is a whole number too
        close(found.data, expected.data, rtol=1e-4, atol=1e-4 + atol)
    assert small(Tensor(x.astype(np.float64))).dtype == np.float64 and small(Tensor(x.astype(np.float16))).dtype == np.float32
    with pytest.raises(ValueError, match='has 3 channels'): small(Tensor(x[:, :3]))

@each_backend
@each_bits
def test_tables_in_every_backend(backend, bits):
    table, ids, hidden = Embedding(51, 16, padding_idx=3, rng=rng()), rng().integers(0, 51, (2, 5)), rows(2, 3, 16)
    small = quantize_model(table, bits, backend=backend)
    for some in (ids, ids[0], ids[:0], 7, [[1, 2]]): np.testing.assert_array_equal(small(some).data, meaning(small)[np.asarray(some)])
    close(small.tied_logits(Tensor(hidden)).data, hidden @ meaning(small).T, rtol=1e-5, atol=1e-5)
    assert not small(3).data.any() and small.padding_idx == 3
    for bad in (51, -1):
        some = ids.copy()  # of a shape that was there before, so that a session would be asked
        some[1, 2] = bad
        with pytest.raises(ValueError, match=f'id {bad} at position'): small(some)
    assert backend == 'float' or resident_bytes(small)['decoded'] == 0
    with pytest.raises(ValueError, match='tied_logits: x has 4 features'): small.tied_logits(Tensor(hidden[..., :4]))

# NaN in, NaN out

ODD = [np.nan, np.inf, -np.inf]

@each_backend
@each_bits
@each_range
@pytest.mark.parametrize('value', ODD)
@pytest.mark.parametrize('n', [1, 3, 40])
@pytest.mark.filterwarnings('ignore:invalid value')
def test_what_is_no_number_shows_in_its_row_and_nowhere_else(backend, bits, calibrated, value, n):
    layer, x, data = Linear(20, 40, rng=rng()), rows(n, 20), rows(50, 20)
    small, plain = [quantize_model(layer, bits, data if calibrated else None, b) for b in (backend, 'numpy')]
    good = small(Tensor(x)).data
    x[n//2, 7] = value
    found, expected = small(Tensor(x)).data, layer(Tensor(x)).data
    same = np.isnan(found) | (found == expected)  # as the float model, or NaN
    assert same[n//2].all() and not np.isfinite(found[n//2]).any() and found.dtype == np.float32
    others = np.arange(n) != n//2
    close(found[others], plain(Tensor(x)).data[others], rtol=1e-4, atol=1e-5)
    x[n//2, 7] = 0
    assert np.isfinite(good).all() and np.isfinite(small(Tensor(x)).data).all()

@each_backend
@each_range
@pytest.mark.parametrize('value', ODD)
@pytest.mark.filterwarnings('ignore:invalid value')
def test_what_is_no_number_shows_in_its_picture(backend, calibrated, value):
    conv, x, data = Conv2d(2, 3, 3, padding=1, rng=rng()), rows(3, 2, 6, 6), rows(8, 2, 6, 6)
    small, plain = [quantize_model(conv, 8, data if calibrated else None, b) for b in (backend, 'numpy')]
    x[1, 0, 2, 2] = value
    found = small(Tensor(x)).data
    touched = np.zeros((6, 6), bool)
    touched[1:4, 1:4] = True
    assert not np.isfinite(found[1][:, touched]).any() and np.isfinite(found[1][:, ~touched]).all() and np.isfinite(found[::2]).all()
    close(found[::2], plain(Tensor(x)).data[::2], rtol=1e-4, atol=1e-5)

@each_backend
def test_nan_goes_through_a_whole_network(backend):
    cnn, x = SimpleCNN(rng=0).eval(), rows(3, 1, 8, 8)
    small = quantize_model(cnn, 8, rows(20, 1, 8, 8), backend)
    x[1, 0, 3, 3] = np.nan
    found = small(Tensor(x)).data
    assert np.isnan(found[1]).any() and np.isfinite(found[::2]).all()

# kernels

@pytest.mark.parametrize('size', [1, 3, 4, 7, 500])
@pytest.mark.parametrize('n', [0, 1, 2, 3])
def test_kernels_sum_whole_numbers_exactly(size, n):
    x, codes = rng().integers(-255, 256, (n, size)).astype(np.float32), rng(1).integers(-127, 128, (size, 9)).astype(np.int8)
    half = rng(1).integers(-8, 8, (size, 9)).astype(np.int8)
    even = np.pad(x, [(0, 0), (0, size % 2)])
    for call, given, held, meant in ((add_product, x, codes, codes), (add_packed_product, even, pack_int4(half), half)):
        sums = np.ones((n, 9), np.float32)
        if has_numba():
            call(given, held, 0, given.shape[1], sums)
            assert (sums == 1 + x.astype(int) @ meant.astype(int)).all()
        else:
            with pytest.raises(ImportError, match='accel'): call(given, held, 0, given.shape[1], sums)

@each_bits
def test_calibrated_kernel_sums_as_exactly_as_numpy(bits):
    """Blocks of 512 sums are exact, so the kernel and NumPy's blocks give the same sums, bit for bit; in one sum of 3,000 products they could not"""
    layer = Linear(3000, 40, bias=False, rng=rng())
    kernel, plain = [QuantizedLinear(layer, b, (0, 255), bits) for b in ('numba' if has_numba() else 'numpy', 'numpy')]
    x = rng().integers(0, 256, (3, 3000)).astype(np.float32)
    np.testing.assert_array_equal(kernel(Tensor(x)).data, plain(Tensor(x)).data)

# copies are kept apart

def counted(model): return held_bytes(model), stored_bytes(model), sparsity(model), weight_dtypes(model), model.count_parameters(), [(n, t.shape) for n, t in model.named_parameters()]

@each_backend
@each_bits
def test_what_is_stored_and_counted_does_not_depend_on_copies(backend, bits):
    model, x = Sequential(Conv2d(1, 4, 3, rng=rng()), ReLU(), Flatten(), Linear(144, 40, rng=rng(1))), Tensor(rows(2, 1, 8, 8))
    small, same = quantize_model(model, bits, backend=backend), quantize_model(model, bits, backend='numpy')
    before = counted(small)
    assert before == counted(same)
    small(x)
    if backend == 'float': [layer.decoded() for layer in (small[0], small[3])]
    assert counted(small) == before == counted(deepcopy(small))

@pytest.mark.parametrize('make', [lambda: QuantizedLinear(Linear(9, 5, rng=rng()), 'float'), lambda: QuantizedConv2d(Conv2d(2, 3, 3, rng=rng()), 'float', bits=4), lambda: QuantizedEmbedding(Embedding(7, 4, rng=rng()), 'float')])
def test_decoded_is_made_once_and_made_again_when_codes_change(make):
    layer = make()
    first = layer.decoded()
    np.testing.assert_array_equal(first, dequantize_int8(layer.weight.numpy(), meaning(layer)*0 + layer.scale.data.reshape([-1 if i == layer.axis else 1 for i in range(first.ndim)])))
    assert first.dtype == np.float32 and layer.decoded() is first and not np.shares_memory(first, layer.weight.data)
    other = make()
    other.decoded()
    assert layer.decoded() is first
    layer.load_state_dict({n: a//2 if n == 'weight' else 3*a for n, a in layer.state_dict().items()})
    np.testing.assert_array_equal(layer.decoded(), meaning(layer))
    assert (layer.decoded() != first).any() and deepcopy(layer).kept is None
    layer.scale = Tensor(layer.scale.data*2)
    np.testing.assert_array_equal(layer.decoded(), meaning(layer))
    layer.weight.data = layer.weight.data.copy()
    layer.weight.data[:] = 17
    np.testing.assert_array_equal(layer.decoded(), meaning(layer))
    layer.scale *= 2.
    np.testing.assert_array_equal(layer.decoded(), meaning(layer))

def test_resident_bytes_tell_arrays_from_copies():
    model, x = Sequential(Linear(784, 1024, rng=rng()), ReLU(), Linear(1024, 1024, rng=rng(1)), ReLU(), Linear(1024, 10, rng=rng(2))), Tensor(rows(1, 784))
    weights = 784*1024 + 1024*1024 + 1024*10
    floats = resident_bytes(model)
    assert floats == {'arrays': 4*model.count_parameters(), 'decoded': 0, 'session': 0}
    for backend in HERE:
        small = quantize_model(model, backend=backend)
        small(x)
        found = resident_bytes(small)
        assert floats['arrays']/found['arrays'] > 3.9
        assert found['decoded'] == (4*weights if backend == 'float' else 0)
        assert found['session'] == 0 if backend != 'onnxruntime' else weights <= found['session'] < 1.05*weights
    assert floats['arrays']/resident_bytes(quantize_model(model, bits=4))['arrays'] > 7.6

@pytest.mark.parametrize('backend', ['numpy', *['numba']*has_numba()])
def test_calls_leave_no_copy_behind(backend):
    small, x = quantize_model(Linear(1024, 1024, rng=rng()), backend=backend), Tensor(rows(1, 1024))
    small(x)
    tracemalloc.start()
    small(x)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20_000 and peak < 1024*1024*4/2

# norms

def normed(rng_, *sizes, affine=True):
    norm = BatchNorm2d(*sizes, affine=affine)
    norm.running_mean.data[:], norm.running_var.data[:] = rng_.standard_normal(sizes[0]), rng_.uniform(.1, 4, sizes[0])
    if affine: norm.weight.data[:], norm.bias.data[:] = rng_.standard_normal(sizes[0]), rng_.standard_normal(sizes[0])
    return norm

@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('affine', [True, False])
@pytest.mark.parametrize('settings', [{}, dict(groups=2, stride=2), dict(padding='same', dilation=2)], ids=str)
def test_folded_norms_change_no_answer(bias, affine, settings):
    model, x = Sequential(Conv2d(2, 4, 3, bias=bias, rng=rng(), **settings), normed(rng(1), 4, affine=affine), ReLU()), Tensor(rows(3, 2, 9, 9))
    model.train()
    before = held_bytes(model)
    folded = fold_batch_norms(model)
    close(folded(x).data, model.eval()(x).data, rtol=1e-4, atol=1e-4)
    assert type(folded[1]) is Identity and held_bytes(model) == before and not folded.training
    assert not any(np.shares_memory(a, b) for a in arrays_of(model) for b in arrays_of(folded))
    assert techniques_of(folded)[0]['name'] == 'folding' and techniques_of(folded)[0]['norms'] == 1

class Net(Module):
    "Two convolutions with norms, whose ways `kind` varies"
    def __init__(self, kind):
        self.kind, self.a, self.b = kind, Conv2d(2, 2, 3, padding=1, rng=rng(1)), Conv2d(2, 2, 3, padding=1, rng=rng(2))
        self.norm_a, self.norm_b = normed(rng(3), 2), normed(rng(4), 2)
    def forward(self, x):
        y = self.a(x)
        z = self.norm_a(y)
        if self.kind == 'skip around the norm': z = z + y
        if self.kind == 'norm twice': z = self.norm_a(z)
        if self.kind == 'conv twice': z = self.a(z)
        if self.kind == 'activation between': return z, self.norm_b(self.b(z.relu()))
        if self.kind == 'skip around both': z = z + x
        return self.norm_b(self.b(z))

@pytest.mark.parametrize('kind, stay', [('plain', []), ('skip around both', []), ('skip around the norm', ['norm_a']), ('norm twice', ['norm_a']), ('conv twice', ['norm_a'])])
def test_only_norms_that_nobody_looks_behind_are_folded(kind, stay):
    model, x = Net(kind).eval(), rows(3, 2, 6, 6)
    small = quantize_model(model, calibration_data=x, backend='numpy')
    fact = small.techniques[0]
    assert fact['norms_kept'] == stay and fact['norms_folded'] == 2 - len(stay)
    close(small(Tensor(x)).data, model(Tensor(x)).data, atol=.3)
    if stay:
        with pytest.raises(ValueError, match='fold_batch_norms: cannot fold norm_a'): fold_batch_norms(model, x)
    else: close(fold_batch_norms(model, x)(Tensor(x)).data, model(Tensor(x)).data, rtol=1e-4, atol=1e-4)

def test_norms_that_cannot_be_followed_are_named():
    with pytest.raises(ValueError, match='found no BatchNorm2d'): fold_batch_norms(mlp())
    with pytest.raises(TypeError, match='expected a Module'): fold_batch_norms(np.ones(3))
    with pytest.raises(ValueError, match='cannot fold norm1, norm2; put each right behind its Conv2d in a Sequential, or give a batch'): fold_batch_norms(SimpleCNN())
    with pytest.raises(ValueError, match='cannot fold 1'): fold_batch_norms(Sequential(Conv2d(1, 2, 3), BatchNorm2d(2, track_running_stats=False)))
    conv = Conv2d(2, 2, 1)
    with pytest.raises(ValueError, match='cannot fold 1'): fold_batch_norms(Sequential(conv, BatchNorm2d(2), conv))
    class First(Module):
        def __init__(self): self.norm, self.conv = normed(rng(1), 2), Conv2d(2, 2, 3)
        def forward(self, x): return self.conv(self.norm(x))
    with pytest.raises(ValueError, match='cannot fold norm; '): fold_batch_norms(First(), rows(2, 2, 6, 6))
    class Looking(Net):
        def forward(self, x): return super().forward(x) if x.sum().item() < 1e9 else x
    with pytest.raises(ValueError, match='cannot fold norm_a, norm_b; trace: the model looks at its numbers'): fold_batch_norms(Looking('plain'), rows(2, 2, 6, 6))

# whole networks

def cnn(): return Sequential(Conv2d(2, 6, 3, padding=1, rng=rng()), normed(rng(1), 6), ReLU(), MaxPool2d(2), Conv2d(6, 8, 3, rng=rng(2)), normed(rng(3), 8), ReLU(), AvgPool2d(2), Flatten(), Linear(32, 5, rng=rng(4)))

@each_backend
@each_bits
@each_range
def test_a_network_of_pictures_in_every_backend(backend, bits, calibrated):
    model, x = cnn().eval(), rows(60, 2, 12, 12)
    plain = quantize_model(model, bits, x if calibrated else None, 'numpy')
    small = quantize_model(model, bits, x if calibrated else None, backend)
    assert small.techniques[0]['norms_folded'] == 2 and small.techniques[0]['layers'] == 3 and held_bytes(small) == held_bytes(plain)
    found, near, exact = [m(Tensor(x[:9])).data for m in (small, plain, model)]
    spread = np.abs(exact).max()
    assert np.abs(found - near).max() < .02*spread and np.abs(found - exact).max() < (.03 if bits == 8 else .6)*spread
    if backend == 'onnxruntime': assert small.fallbacks == {}

class Doubled(BatchNorm2d):
    def forward(self, x): return super().forward(x)*2

class PlainNorm(BatchNorm2d): pass

def residual():
    class Residual(Module):
        def __init__(self): self.conv, self.norm, self.last = Conv2d(2, 2, 3, padding=1, rng=rng()), normed(rng(1), 2), Conv2d(2, 3, 3, rng=rng(2))
        def forward(self, x): return self.last((self.norm(self.conv(x)) + x).relu())
    return Residual()

@pytest.mark.parametrize('make', [cnn, residual])
def test_pruned_convolutions_become_codes_and_take_their_norms_in(make):
    x = rows(6, 2, 12, 12)
    pruned = magnitude_prune(make().eval(), .5)
    convs = [name for name, layer in pruned.named_modules() if type(layer).__name__ == 'PrunedConv2d']
    small = quantize_model(pruned, calibration_data=x, backend='float')
    assert convs and all(type(dict(small.named_modules())[name]) is QuantizedConv2d for name in convs)
    assert small.techniques[-1]['norms_kept'] == [] and weight_dtypes(small) == {'int8': 1} and sparsity(small) >= .5
    assert np.abs(small(x).data - pruned(x).data).max() < .03*np.abs(pruned(x).data).max()
    close(fold_batch_norms(pruned, x)(x).data, pruned(x).data, rtol=1e-3, atol=1e-4)

def test_a_convolution_that_computes_something_else_is_left_alone():
    class Louder(Conv2d):
        def forward(self, x): return super().forward(x)*2
    model, x = Sequential(Louder(2, 3, 3, rng=rng()), normed(rng(1), 3), Flatten(), Linear(12, 2, rng=rng(2))).eval(), rows(4, 2, 4, 4)
    for data in (None, x):
        small = quantize_model(model, calibration_data=data, backend='float')
        assert type(small[0]) is Louder and small.techniques[-1]['norms_kept'] == ['1']
        assert np.abs(small(x).data - model(x).data).max() < .03*np.abs(model(x).data).max()

def test_a_layer_whose_forward_was_exchanged_is_left_alone():
    model, x = Sequential(Conv2d(2, 2, 3, padding=1, rng=rng()), Flatten(), Linear(8, 8, rng=rng(1)), Linear(8, 3, rng=rng(2))), rows(4, 2, 2, 2)
    for i in (0, 2): model[i].forward = lambda x: x*2
    for change in (lambda m: quantize_model(m, backend='float'), lambda m: magnitude_prune(m, 0)):
        new = change(model)
        assert [type(m) for m in new][:3] == [Conv2d, Flatten, Linear] and type(new[3]) is not Linear
        assert np.abs(new(x).data - model(x).data).max() < .03*np.abs(model(x).data).max()

def test_a_norm_that_computes_something_else_is_not_folded():
    def own(norm):
        norm.forward = lambda x: x*3
        return norm
    x = rows(4, 2, 4, 4)
    for norm in (Doubled(3), own(BatchNorm2d(3))):
        model = Sequential(Conv2d(2, 3, 3, rng=rng()), norm).eval()
        for example in (None, x):
            with pytest.raises(ValueError, match='cannot fold 1'): fold_batch_norms(model, example)
            small = quantize_model(model, calibration_data=example, backend='float')
            assert small.techniques[-1]['norms_kept'] == ['1']
            assert np.abs(small(x).data - model(x).data).max() < .03*np.abs(model(x).data).max()
    model = Sequential(Conv2d(2, 3, 3, rng=rng()), PlainNorm(3)).eval()
    close(fold_batch_norms(model)(x).data, model(x).data, rtol=1e-4, atol=1e-5)

def gpt(): return GPT(41, 24, 2, 3, 20, rng=rng())

@pytest.mark.parametrize('backend', [*HERE, 'auto'])
@each_bits
def test_a_quantized_gpt_writes(backend, bits):
    model, ids = gpt().eval(), rng().integers(0, 41, (2, 7))
    for p in model.parameters(): p.data += rows(*p.shape)*.1
    small, meant = quantize_model(model, bits, backend=backend), deepcopy(model)
    for name, layer in small.named_modules():
        if hasattr(layer, 'axis'): dict(meant.named_modules())[name].weight.data[:] = meaning(layer)
    found, expected = small(ids).data, meant(ids).data
    if backend != 'onnxruntime': close(found, expected, rtol=1e-3, atol=1e-3)
    else: assert np.abs(found - expected).max() < .05*np.abs(expected).max() and small.fallbacks == {}  # inputs are rounded too
    assert weight_dtypes(small) == {f'int{bits}': 1} and small.count_parameters() == model.count_parameters()
    written = [small.generate(ids, 8, temperature=0, cache=cache) for cache in (None, small.make_cache(batch=2))]
    np.testing.assert_array_equal(written[0], meant.generate(ids, 8, temperature=0))
    np.testing.assert_array_equal(written[0], written[1])

def test_int8_gpt_stays_near():
    model, ids = gpt().eval(), rng().integers(0, 41, (4, 20))
    small = quantize_model(model)
    assert small.techniques[0]['layers'] == 10 and np.abs(small(ids).data - model(ids).data).max() < .02*np.abs(model(ids).data).max()

def test_a_table_of_codes_is_not_compared_by_accident():
    small = quantize_model(Embedding(5, 4, rng=rng()))
    with pytest.raises(ValueError, match='tied_logits: the table holds int8'): tied_logits(Tensor(rows(2, 4)), small.weight)

@accelerated
def test_what_a_session_cannot_do_the_model_does():
    class Deciding(Module):
        def __init__(self): self.layer = Linear(4, 40, rng=rng())
        def forward(self, x): return self.layer(x) if x.sum().item() > 0 else self.layer(-x)
    small, x = quantize_model(Deciding(), backend='onnxruntime'), rows(3, 4)
    close(small(Tensor(x)).data, small.model(Tensor(x)).data)
    reason, = small.fallbacks.values()
    assert 'looks at its numbers' in reason and small.layer is small.model.layer
    model = quantize_model(mlp(), backend='onnxruntime')
    assert model(Tensor(rows(3, 20).astype(np.float64))).dtype == np.float64 and 'float64' in next(iter(model.fallbacks.values()))
    assert model[0] is model.model[0] and len(model) == 4

# calibration by percentile

def test_percentiles_leave_outliers_out_and_are_used():
    model, data = Sequential(Linear(1, 1, bias=False)), np.linspace(-1, 1, 2001, dtype=np.float32)[:, None]
    model[0].weight.data[:] = 1
    data[0], data[-1] = -50, 80
    for backend in HERE:
        wide, cut = [quantize_model(model, calibration_data=data, backend=backend, percentile=p) for p in (None, 99)]
        close(wide[0].input_scale.data, 130/255)
        close(cut[0].input_scale.data, 2*.98/255, rtol=1e-2)
        assert cut.techniques[0]['percentile'] == 99 and 'percentile' not in wide.techniques[0]
        found = [m(Tensor([[.3], [70.]])).data.ravel() for m in (wide, cut)]
        assert abs(found[0][1] - 70) < .5 and abs(found[0][0] - .3) > .1 and abs(found[1][0] - .3) < .01 and abs(found[1][1] - .98) < .02

@pytest.mark.parametrize('percentile', [50, 0, 101, -1, '99', np.nan])
def test_percentiles_that_are_none(percentile):
    with pytest.raises(ValueError, match='percentile=.*expected a number above 50, up to 100'): quantize_model(mlp(), calibration_data=rows(3, 20), percentile=percentile)

def test_a_percentile_is_of_data_and_any_number():
    with pytest.raises(ValueError, match='percentile=99 is of what calibration_data hold; give both'): quantize_model(mlp(), percentile=99)
    small = quantize_model(mlp(), calibration_data=rows(9, 20), percentile=np.float32(99.5))
    assert json.loads(json.dumps(small.techniques))[0]['percentile'] == 99.5

@pytest.mark.filterwarnings('ignore:invalid value')
def test_a_percentile_hides_no_nan():
    data = rows(1000, 20)
    data[0, 0] = np.inf
    with pytest.raises(ValueError, match='NaN or infinite numbers to layer 0'): quantize_model(mlp(), calibration_data=data, percentile=90)

# what is chosen

def big(): return Sequential(Linear(512, 600, rng=rng()), ReLU(), Linear(600, 10, rng=rng()))

@pytest.mark.parametrize('onnx, numba, choices', [(True, True, 'float onnxruntime onnxruntime float numba'), (True, False, 'float onnxruntime onnxruntime float float'),
                                                  (False, True, 'float numba float float numba'), (False, False, 'float float float float float')])
def test_what_auto_takes(monkeypatch, onnx, numba, choices):
    monkeypatch.setattr(quantization, 'has_onnx', lambda: onnx)
    monkeypatch.setattr(quantization, 'has_numba', lambda: numba)
    models = mlp(), big(), cnn(), gpt(), Sequential(Embedding(2000, 200, rng=rng()), Linear(200, 200, rng=rng()))
    assert [best_backend(model) for model in models] == choices.split()

def test_auto_is_what_is_written_down():
    for model in (mlp(), big()):
        small = quantize_model(model)
        assert small.techniques[0]['backend'] == best_backend(model)

@each_backend
@pytest.mark.parametrize('data', [None, rows(8, 2, 12, 12)])
def test_no_backend_changes_the_given_model(backend, data):
    model = cnn().train()
    before = counted(model), [m.training for m in model.modules()], [id(t.data) for _, t, _ in model.members() if isinstance(t, Tensor)]
    small = quantize_model(model, calibration_data=data, backend=backend)
    small(Tensor(rows(2, 2, 12, 12)))
    assert (counted(model), [m.training for m in model.modules()], [id(t.data) for _, t, _ in model.members() if isinstance(t, Tensor)]) == before
    assert not any(np.shares_memory(a, b) for a in arrays_of(model) for b in arrays_of(small.state_dict()))

def test_layers_that_cannot_be_quantized():
    for kind, wrong, asked in ((QuantizedConv2d, Linear(2, 2), 'Conv2d'), (QuantizedEmbedding, Linear(2, 2), 'Embedding'), (QuantizedLinear, Conv2d(1, 1, 1), 'Linear')):
        with pytest.raises(TypeError, match=f'{kind.__name__}: expected a {asked} .*got {type(wrong).__name__}'): kind(wrong)
    half = Sequential(quantize_model(Linear(4, 4), bits=4), Linear(4, 4, rng=rng()))
    assert weight_dtypes(quantize_model(half)) == {'int4': .5, 'int8': .5}
    for done, word in ((half[:1], 'int4'), (quantize_model(cnn()), 'int8')):
        with pytest.raises(ValueError, match=f'are {word} already'): quantize_model(done)

def test_a_profile_counts_as_many_operations_as_in_floats():
    from tinytorch.perf.profiling import count_ops
    flops = lambda model, x: sum(count.flops for count in count_ops(model, x))
    for model, x in ((mlp().eval(), rows(3, 20)), (Conv2d(4, 6, 3, groups=2, rng=rng()), rows(2, 4, 7, 7))):
        for bits in (8, 4): assert flops(quantize_model(model, bits, backend='numpy'), x) == flops(model, x)
