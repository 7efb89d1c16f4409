"INT8 against onnxruntime's integer arithmetic, PyTorch's quantization, and whole numbers in NumPy"
import warnings

import numpy as np
import onnx
import pytest
import torch
from torch.ao.quantization import MinMaxObserver, PerChannelMinMaxObserver

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.spatial import BatchNorm2d, Conv2d, MaxPool2d
from tinytorch.core.tensor import Tensor
from tinytorch.perf.onnx_graph import to_onnx
from tinytorch.perf.quantization import QuantizedLinear, QuantizedSession, dequantize_int8, fold_batch_norms, pack_int4, quantize_int8, quantize_model

def rng(seed=0): return np.random.default_rng(seed)
def rows(*shape, seed=0): return rng(seed).standard_normal(shape).astype(np.float32)

# onnxruntime and int64

def dynamic_codes(x):
    "What ONNX says of DynamicQuantizeLinear (opset 11): uint8 codes, scale, zero point"
    low, high = np.float32(min(0, x.min())), np.float32(max(0, x.max()))
    scale = (high - low)/np.float32(255)
    zero = np.clip(np.rint(-low/scale), 0, 255)
    return np.clip(np.rint(x/scale) + zero, 0, 255).astype(np.int64), scale, int(zero)

def whole_layer(codes, zero):
    "A `QuantizedLinear` whose inputs, whole numbers from -zero to 255-zero, and whose weights `codes` are taken as they are"
    layer = QuantizedLinear(Linear(*codes.shape, bias=False), 'onnxruntime', (-zero, 255 - zero))
    layer.weight, layer.scale = Tensor(codes), Tensor(np.ones(codes.shape[1], np.float32))
    assert layer.input_scale.item() == 1 and layer.input_zero_point.item() == zero - 128
    return QuantizedSession(layer)

@pytest.mark.parametrize('inputs', [1, 3, 64, 255, 1024])
@pytest.mark.parametrize('n', [1, 2, 33])
def test_onnxruntime_multiplies_whole_numbers_exactly(inputs, n):
    codes, x = rng(1).integers(-127, 128, (inputs, 19)).astype(np.int8), rng(2).integers(0, 256, (n, inputs)).astype(np.float32)
    small = whole_layer(codes, 7)
    np.testing.assert_array_equal(small(Tensor(x - 7)).data, (x.astype(np.int64) - 7) @ codes.astype(np.int64))
    assert small.fallbacks == {}

def test_largest_codes_do_not_overflow():
    for inputs in (2, 64, 500):
        small = whole_layer(np.full((inputs, 8), -127, np.int8), 0)
        assert (small(Tensor(np.full((3, inputs), 255, np.float32))).data == -255*127*inputs).all()

@pytest.mark.parametrize('inputs, outputs', [(1, 1), (20, 7), (300, 64), (1000, 10)])
@pytest.mark.parametrize('bias', [True, False])
def test_calibrated_layer_all_three_ways(inputs, outputs, bias):
    layer, x = Linear(inputs, outputs, bias=bias, rng=rng()), rows(40, inputs)
    ours = QuantizedLinear(layer, input_range=(-2.5, 3))
    theirs = QuantizedSession(ours)
    zero = int(ours.input_zero_point.data)
    q = np.clip(np.rint(x/ours.input_scale.data) + zero, -128, 127).astype(np.int64)
    whole = (q - zero) @ ours.weight.data.astype(np.int64)
    expected = whole*(ours.scale.data.astype(float)*float(ours.input_scale.data)) + (layer.bias.data if bias else 0)
    np.testing.assert_allclose(ours(Tensor(x)).data, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(theirs(Tensor(x)).data, expected, rtol=1e-5, atol=1e-5)

@pytest.mark.parametrize('shift', [0, 2, -5])
def test_dynamic_layer_equals_whole_numbers(shift):
    layer, x = Linear(300, 12, rng=rng()), rows(40, 300) + np.float32(shift)
    small = QuantizedSession(QuantizedLinear(layer))
    q, scale, zero = dynamic_codes(x)
    expected = ((q - zero) @ small.weight.data.astype(np.int64))*(small.scale.data.astype(float)*float(scale)) + layer.bias.data
    np.testing.assert_allclose(small(Tensor(x)).data, expected, rtol=1e-5, atol=1e-5)

def network(): return Sequential(Conv2d(2, 6, 3, padding=1, rng=rng(1)), BatchNorm2d(6), ReLU(), MaxPool2d(2), Flatten(), Linear(96, 7, rng=rng(2)))

@pytest.mark.parametrize('calibrated', [False, True])
def test_graph_passes_the_checker(calibrated):
    x = rows(5, 2, 8, 8)
    small = quantize_model(network(), calibration_data=x if calibrated else None, backend='numpy')
    model = onnx.load_from_string(to_onnx(small, x))
    onnx.checker.check_model(model, full_check=True)
    held = [onnx.numpy_helper.to_array(t) for t in model.graph.initializer]
    assert sorted(a.size for a in held if a.dtype == np.int8 and a.size > 7) == ([108, 672] if calibrated else [672])
    assert max([a.size for a in held if a.dtype == np.float32]) == (7 if calibrated else 108)  # without ranges a session multiplies float filters

@pytest.mark.parametrize('bits', [8, 4])
def test_whole_graph_equals_numpy_up_to_a_mark(bits):
    "A value on the edge between two marks may fall on either side; of a network's answers few do, by a mark"
    model, x = network(), rows(40, 2, 8, 8)
    ours, theirs = [quantize_model(model, bits, x, backend) for backend in ('numpy', 'onnxruntime')]
    difference = np.abs(ours(Tensor(x)).data - theirs(Tensor(x)).data)
    layer = ours[5]
    assert difference.max() <= 6*float(layer.input_scale.data)*layer.scale.data.max()*127 and np.median(difference) < 1e-2 and theirs.fallbacks == {}

def test_onnxruntime_rounds_halves_as_numpy():
    layer = Linear(1, 1, bias=False)
    layer.weight.data[:] = 127
    ours = QuantizedLinear(layer, input_range=(0, 255))
    theirs = QuantizedSession(ours)
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

TINY = torch.finfo(torch.float32).tiny  # ours is the smallest scale that float32 can hold; the observer's own is 1.2e-7

TENSORS = {'normal': rows(50, 8), 'columns apart': rows(60, 9)*np.logspace(-4, 3, 9, dtype=np.float32), 'one-sided': rng().random((50, 8), np.float32), 'negative': -np.abs(rows(50, 8)),
           'shifted': rows(50, 8) + np.float32(3), 'zeros': np.zeros((5, 8), np.float32), 'tiny': rows(50, 8)*np.float32(1e-30), 'huge': rows(50, 8)*np.float32(1e30), 'filters': rows(8, 3, 5, 5),
           'halves': (rng().integers(-127, 128, (50, 8)) + .5*rng().integers(0, 2, (50, 8))).astype(np.float32)}

def observed(a, axis, symmetric, low, high):
    "(scale, zero point) that PyTorch's observer finds for the codes from `low` to `high`"
    kind = 'symmetric' if symmetric else 'affine'
    settings = dict(dtype=torch.qint8, quant_min=low, quant_max=high, eps=TINY)
    if axis is None: observer = MinMaxObserver(qscheme=getattr(torch, f'per_tensor_{kind}'), **settings)
    else: observer = PerChannelMinMaxObserver(ch_axis=axis, qscheme=getattr(torch, f'per_channel_{kind}'), **settings)
    observer(torch.tensor(a))
    return observer.calculate_qparams()

@pytest.mark.parametrize('bits', [8, 4])
@pytest.mark.parametrize('symmetric', [True, False])
@pytest.mark.parametrize('axis', [None, 0, 1])
@pytest.mark.parametrize('name', TENSORS)
def test_scales_zero_points_and_codes_are_those_of_torch_to_the_last_bit(name, axis, symmetric, bits):
    a, top = TENSORS[name], 2**(bits - 1) - 1
    low = -top if symmetric else -top - 1  # PyTorch's symmetric range goes one further down, where no weight of ours is
    codes, scale, zero_point = quantize_int8(a, axis, symmetric, bits)
    expected_scale, expected_zero = observed(a, axis, symmetric, low, top)
    np.testing.assert_array_equal(scale.ravel(), expected_scale.numpy().ravel())
    np.testing.assert_array_equal(zero_point.ravel(), expected_zero.numpy().ravel())
    t = torch.tensor(a)
    if axis is None: theirs = torch.quantize_per_tensor(t, expected_scale.item(), int(expected_zero), torch.qint8)
    else: theirs = torch.quantize_per_channel(t, expected_scale, expected_zero, axis, torch.qint8)
    np.testing.assert_array_equal(codes, theirs.int_repr().numpy().clip(low, top))  # qint8 has no four bits of its own
    if bits == 8: np.testing.assert_array_equal(dequantize_int8(codes, scale, zero_point), theirs.dequantize().numpy())

@pytest.mark.parametrize('bits', [8, 4])
@pytest.mark.parametrize('axis', [None, 0, 1])
@pytest.mark.parametrize('name', TENSORS)
def test_what_codes_stand_for_is_what_fake_quantization_gives(name, axis, bits):
    a, top = TENSORS[name], 2**(bits - 1) - 1
    codes, scale, zero_point = quantize_int8(a, axis, bits=bits)
    t, s, z = torch.tensor(a), torch.tensor(scale.ravel()), torch.tensor(zero_point.ravel(), dtype=torch.int32)
    if axis is None: theirs = torch.fake_quantize_per_tensor_affine(t, s[0], z[0], -top, top)
    else: theirs = torch.fake_quantize_per_channel_affine(t, s, z, axis, -top, top)
    np.testing.assert_array_equal(dequantize_int8(codes, scale, zero_point), theirs.numpy())

def test_ranges_of_layers_are_those_of_torch():
    "The observer on the same inputs, uint8 there and int8 here: scales alike, zero points 128 apart"
    for x in (rows(50, 8), np.abs(rows(50, 8))):
        layer = QuantizedLinear(Linear(8, 3), input_range=(x.min(), x.max()))
        observer = MinMaxObserver(dtype=torch.quint8, qscheme=torch.per_tensor_affine, eps=TINY)
        observer(torch.tensor(x))
        scale, zero = observer.calculate_qparams()
        assert layer.input_scale.item() == scale.item() and layer.input_zero_point.item() + 128 == int(zero)
        marks, _ = layer.rounded(x)
        theirs = torch.quantize_per_tensor(torch.tensor(x), scale.item(), int(zero), torch.quint8).int_repr().numpy().astype(int) - int(zero)
        assert np.abs(marks - theirs).max() <= 1 and (marks != theirs).mean() < .01  # ours divides by the scale, as ONNX says, and adds the zero point after rounding

def test_half_bytes_lie_as_in_onnx():
    "Lower half first, as in ONNX's UINT4; ours adds 8 and packs rows instead of neighbors"
    codes = rng().integers(-8, 8, 40).astype(np.int8)
    theirs = onnx.helper.make_tensor('codes', onnx.TensorProto.UINT4, [40], (codes + 8).tolist())
    np.testing.assert_array_equal(pack_int4(codes), np.frombuffer(theirs.raw_data, np.uint8) if theirs.raw_data else np.array(theirs.int32_data, np.uint8))

def test_folded_norms_are_those_of_torch():
    from torch.nn.utils import fuse_conv_bn_eval
    model = network().eval()
    model[1].running_mean.data[:], model[1].running_var.data[:] = rng(3).standard_normal(6), rng(4).uniform(.1, 3, 6)
    model[1].weight.data[:], model[1].bias.data[:] = rng(5).standard_normal(6), rng(6).standard_normal(6)
    theirs = torch.nn.Conv2d(2, 6, 3, padding=1), torch.nn.BatchNorm2d(6)
    for ours, other in zip((model[0], model[1]), theirs): other.load_state_dict({n: torch.tensor(a) for n, a in ours.state_dict().items()})
    fused, folded = fuse_conv_bn_eval(*(m.eval() for m in theirs)), fold_batch_norms(model)[0]
    np.testing.assert_allclose(folded.weight.data, fused.weight.detach().numpy(), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(folded.bias.data, fused.bias.detach().numpy(), rtol=1e-5, atol=1e-6)

def test_observer_divides_by_127_and_a_half():
    "What the page says of it"
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
