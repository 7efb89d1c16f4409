"INT8 against onnxruntime's integer arithmetic, PyTorch's quantization, and whole numbers in NumPy"
import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import QuantizedLinear, dequantize_int8, integer_graph, open_session, overflows, quantize_int8, quantize_model

def rng(seed=0): return np.random.default_rng(seed)
def rows(*shape, seed=0): return rng(seed).standard_normal(shape).astype(np.float32)

# onnxruntime and int64

def dynamic_codes(x):
    "What ONNX says of DynamicQuantizeLinear (opset 11): uint8 codes, scale, zero point"
    low, high = np.float32(min(0, x.min())), np.float32(max(0, x.max()))
    scale = (high - low)/np.float32(255)
    zero = np.clip(np.rint(-low/scale), 0, 255)
    return np.clip(np.rint(x/scale) + zero, 0, 255).astype(np.int64), scale, int(zero)

@pytest.mark.parametrize('inputs', [1, 3, 64, 255, 1024])
@pytest.mark.parametrize('n', [1, 2, 33])
def test_onnxruntime_multiplies_whole_numbers_exactly(inputs, n):
    codes, x = rng(1).integers(-127, 128, (inputs, 19)).astype(np.int8), rng(2).integers(0, 256, (n, inputs)).astype(np.float32)
    graph = integer_graph(codes, np.ones(19, np.float32), np.zeros(19, np.float32), 1., 7)
    found, = open_session(graph, overflows()).run(None, {'x': x - 7})
    np.testing.assert_array_equal(found, (x.astype(np.int64) - 7) @ codes.astype(np.int64))

def test_largest_codes_do_not_overflow():
    for inputs in (2, 64, 500):
        graph = integer_graph(np.full((inputs, 8), -127, np.int8), np.ones(8, np.float32), np.zeros(8, np.float32), 1., 0)
        found, = open_session(graph, overflows()).run(None, {'x': np.full((3, inputs), 255, np.float32)})
        assert (found == -255*127*inputs).all()

@pytest.mark.parametrize('inputs, outputs', [(1, 1), (20, 7), (300, 64), (1000, 10)])
@pytest.mark.parametrize('bias', [True, False])
def test_calibrated_layer_all_three_ways(inputs, outputs, bias):
    layer, x = Linear(inputs, outputs, bias=bias, rng=rng()), rows(40, inputs)
    ours, theirs = [QuantizedLinear(layer, backend, (-2.5, 3)) for backend in ('numpy', 'onnxruntime')]
    zero = int(ours.input_zero_point.data)
    q = np.clip(np.rint(x/ours.input_scale.data) + zero, -128, 127).astype(np.int64)
    whole = (q - zero) @ ours.weight.data.astype(np.int64)
    expected = whole*(ours.scale.data.astype(float)*float(ours.input_scale.data)) + (layer.bias.data if bias else 0)
    np.testing.assert_allclose(ours(Tensor(x)).data, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(theirs(Tensor(x)).data, expected, rtol=1e-5, atol=1e-5)

@pytest.mark.parametrize('shift', [0, 2, -5])
def test_dynamic_layer_equals_whole_numbers(shift):
    layer, x = Linear(300, 12, rng=rng()), rows(40, 300) + np.float32(shift)
    small = QuantizedLinear(layer, 'onnxruntime')
    q, scale, zero = dynamic_codes(x)
    expected = ((q - zero) @ small.weight.data.astype(np.int64))*(small.scale.data.astype(float)*float(scale)) + layer.bias.data
    np.testing.assert_allclose(small(Tensor(x)).data, expected, rtol=1e-5, atol=1e-5)

def test_graph_passes_the_checker():
    small = QuantizedLinear(Linear(20, 7, rng=rng()), input_range=(-1, 1))
    for fixed in ((None, None), (small.input_scale.data, int(small.input_zero_point.data) + 128)):
        model = onnx.load_from_string(integer_graph(small.weight.data, small.scale.data, small.bias.data, *fixed))
        onnx.checker.check_model(model, full_check=True)
        held = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
        assert held['codes'].dtype == np.int8 and all(a.size <= 7 for n, a in held.items() if n != 'codes')

def test_onnxruntime_rounds_halves_as_numpy():
    layer = Linear(1, 1, bias=False)
    layer.weight.data[:] = 127
    ours, theirs = [QuantizedLinear(layer, backend, (0, 255)) for backend in ('numpy', 'onnxruntime')]
    x = Tensor(np.arange(0, 255, .5, dtype=np.float32)[:, None])
    assert ours.input_scale.item() == 1
    np.testing.assert_array_equal(ours(x).data, theirs(x).data)
    np.testing.assert_array_equal(ours(x).data, np.rint(x.data)*127)

# PyTorch

@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # PyTorch says that torch.ao.quantization moves to torchao
        yield

@pytest.mark.parametrize('symmetric', [True, False])
def test_codes_are_those_of_torch_with_our_scale(symmetric):
    for a in (rows(50, 8), rng().random((50, 8)).astype(np.float32), -np.abs(rows(50, 8))):
        codes, scale, zero = quantize_int8(a, symmetric=symmetric)
        theirs = torch.quantize_per_tensor(torch.tensor(a), float(scale), int(zero), torch.qint8)
        floor = -127 if symmetric else -128
        different = codes != np.maximum(theirs.int_repr().numpy(), floor)
        q = a.astype(float)/float(scale)
        assert different.mean() < .01 and (np.abs(q[different] - np.floor(q[different]) - .5) < 1e-4).all()  # it multiplies by 1/scale: only halves can differ
        np.testing.assert_allclose(dequantize_int8(codes, scale, zero)[~different], theirs.dequantize().numpy()[~different], rtol=1e-6)

def test_codes_per_channel_are_those_of_torch():
    a = rows(60, 9)*np.logspace(-4, 3, 9, dtype=np.float32)
    codes, scale, _ = quantize_int8(a, axis=1)
    theirs = torch.quantize_per_channel(torch.tensor(a), torch.tensor(scale.ravel()), torch.zeros(9, dtype=torch.int64), 1, torch.qint8).int_repr().numpy()
    assert np.abs(codes.astype(int) - theirs).max() <= 1 and (codes != theirs).mean() < .005

def test_observer_divides_by_127_and_a_half():
    "What the page says of it"
    from torch.ao.quantization import MinMaxObserver
    observer = MinMaxObserver(dtype=torch.qint8, qscheme=torch.per_tensor_symmetric)
    observer(torch.tensor([-2., 1.]))
    assert observer.calculate_qparams()[0].item() == pytest.approx(2/127.5)

def test_dynamic_quantization_of_a_model():
    "Both leave the answers of the float model nearly as they are; ours, with int8 for each output, at least as nearly"
    ours = Sequential(Linear(64, 128, rng=rng(1)), ReLU(), Linear(128, 10, rng=rng(2)))
    theirs = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    theirs.load_state_dict({n: torch.tensor(np.ascontiguousarray(a.T)) for n, a in ours.state_dict().items()})
    x = rng(3).random((200, 64), np.float32)
    if 'x86' in torch.backends.quantized.supported_engines: torch.backends.quantized.engine = 'x86'
    his = torch.ao.quantization.quantize_dynamic(theirs, {torch.nn.Linear}, torch.qint8)(torch.tensor(x)).numpy()
    exact = ours(Tensor(x)).data
    errors = {backend: np.abs(quantize_model(ours, backend=backend)(Tensor(x)).data - exact).max() for backend in ('numpy', 'onnxruntime')}
    worst = np.abs(his - exact).max()
    assert worst < .02 and errors['numpy'] <= worst and errors['onnxruntime'] <= 1.5*worst
