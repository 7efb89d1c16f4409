"INT8 weights: what the page has no room for"
import json, os, re, subprocess, sys, tracemalloc
from copy import deepcopy
from importlib.util import find_spec
from types import FunctionType, MethodType

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Linear, Module, Sequential, linear
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.course import install_line
from tinytorch.files import write_atomically
from tinytorch.perf.quantization import (QuantizedLinear, compare_model_sizes, dequantize_int8, input_ranges,
    product_with_codes, quantize_int8, quantize_model)
from tinytorch.perf.techniques import stored_bytes, weight_arrays, weight_dtypes
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
        with pytest.raises(ValueError, match=f'axis={axis} is no axis of shape'): quantize_int8(a, axis, symmetric)
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
    small = quantize_model(model, calibration_data=x if calibrated else None)
    for call in range(2):
        floats = [a for a in arrays_of(small) if a.dtype.kind == 'f']
        assert max(a.size for a in floats) <= 50 and sorted(a.size for a in arrays_of(small) if a.dtype == np.int8 and a.size > 1) == [1500, 2000]
        small(x)

def test_memory_held_is_a_byte_a_weight():
    model = Sequential(Linear(1000, 800, rng=rng()), ReLU(), Linear(800, 500, rng=rng()))
    quantize_model(mlp())  # imports are paid
    tracemalloc.start()
    small = quantize_model(model)
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
    with pytest.raises(ValueError, match="backend='cuda' is not known; expected one of numpy, onnxruntime"): QuantizedLinear(Linear(2, 2), 'cuda')
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
    with pytest.raises(ValueError, match='found no Linear layer with float weights in this Sequential'): quantize_model(model[::2])

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
    for settings in (dict(bits=4), dict(calibration_data=rows(2, 9)), dict(calibration_data=rows(0, 20)), dict(backend='no')):
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
    small = quantize_model(model, calibration_data=rows(5, 20))
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

@pytest.mark.parametrize('bits', [4, 16, 0, -8, '8', None, 7.5])
def test_only_eight_bits(bits):
    with pytest.raises(ValueError, match=f'quantize_model: bits={bits} is not there; only bits=8, which is int8'): quantize_model(mlp(), bits=bits)

def test_nothing_to_quantize():
    for empty in (Sequential(), Sequential(ReLU()), Dropout(.5)):
        with pytest.raises(ValueError, match=f'found no Linear layer with float weights in this {type(empty).__name__}; nothing was changed'): quantize_model(empty)
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

@pytest.mark.parametrize('missing', ['onnx', 'onnxruntime'])
def test_absence_is_a_clear_message(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=re.escape(f"backend='onnxruntime' needs two more packages: {install_line('accel')}")): quantize_model(mlp(), backend='onnxruntime')
    layer = QuantizedLinear(Linear(2, 2), 'onnxruntime')
    with pytest.raises(ImportError, match='accel'): layer(Tensor(np.ones((1, 2))))
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
    one, other = QuantizedLinear(layer), QuantizedLinear(layer, 'onnxruntime')
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
    assert one[0].session is not None and twin[0].session is None  # compiled anew when it is needed
    twin[0].scale.data[:] = 0
    twin.load_state_dict(twin.state_dict())
    assert (one(x).data == expected).all() and (twin(x).data != expected).any() and one[0].session is not twin[0].session

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
