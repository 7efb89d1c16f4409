"A model as one ONNX graph gives the model's answers; what cannot be written down is said, and done by the model"
import os, re, subprocess, sys
from copy import deepcopy
from functools import wraps
from importlib.util import find_spec

import numpy as np
import pytest

from tinytorch.core import activations, attention, embeddings, layers, opcheck, spatial, tensor, transformers
from tinytorch.core.activations import GELU, ELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh, relu
from tinytorch.core.attention import MultiHeadAttention, scaled_dot_product_attention
from tinytorch.core.autograd import no_grad
from tinytorch.core.embeddings import Embedding, PositionalEncoding
from tinytorch.core.layers import Dropout, Flatten, Linear, Module, Sequential
from tinytorch.core.optimizers import Adam
from tinytorch.core.spatial import AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor, cat, op, pad, where
from tinytorch.core.transformers import GPT, LayerNorm, TransformerBlock
from tinytorch.course import install_line
from tinytorch.perf.onnx_graph import (runner, Graph, NotInOnnx, OnnxModel, ValueName, accelerator, as_bytes, graph_of,
    integer_sums_overflow, onnx_nodes, onnx_rules, onnx_session, session_of, to_onnx)
from tinytorch.perf.tracing import Untraceable, trace

ACCELERATED = bool(find_spec('onnx') and find_spec('onnxruntime'))

def normal(*shape, seed=0): return np.random.default_rng(seed).standard_normal(shape, np.float32)
def close(found, expected, rtol=2e-5, atol=2e-6):
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol, atol)

def accelerated(test):
    "`test` where onnxruntime is installed; elsewhere the error that asks for it"
    @wraps(test)
    def either(*args, **settings):
        if ACCELERATED: return test(*args, **settings)
        with pytest.raises(ImportError, match=re.escape(install_line('accel'))): OnnxModel(Linear(2, 2))
    return either

# every rule, on the samples of its op

class Applied(Module):
    "An op with settings, and with constants after its first input"
    def __init__(self, operation, settings, constants):
        self.operation, self.settings, self.constants = operation, settings, [Tensor(c) for c in constants]
    def forward(self, *inputs): return self.operation(*inputs, *self.constants, **self.settings)

OPS = [op for op in opcheck.samples if op in onnx_rules]
SAMPLES = [pytest.param(op, *sample, id=f'{op.__name__}-{i}') for op in OPS for i, sample in enumerate(opcheck.samples[op])]

def test_every_rule_is_tried():
    untried = {op for op in set(onnx_rules) - set(OPS) if not op.__name__.startswith('int8_')}  # those of page 15 are tried there
    assert {op.__name__ for op in untried} == {'tied_logits'} - {op.__name__ for op in OPS}
    without = {op.__name__ for op in set(opcheck.samples) - set(onnx_rules)}
    assert without >= {'log1p', 'softmax_cross_entropy'} and len(OPS) > 50

def written(operation, shapes, within, settings, constants):
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(*within, shape).astype(np.float32) for shape in shapes]
    inputs, rest = (arrays[:1], arrays[1:]) if constants else (arrays, [])
    model = Applied(operation, settings, rest)
    found = trace(model, *inputs)
    graph = graph_of(found)
    return model, graph, {name: array for name, array in zip(graph.inputs, inputs)}, model(*map(Tensor, inputs)).data

@pytest.mark.parametrize('constants', [True, False])
@pytest.mark.parametrize('operation, shapes, within, settings', SAMPLES)
@accelerated
def test_a_rule_computes_what_its_op_does(operation, shapes, within, settings, constants):
    import onnx
    why = refusal(operation, shapes, settings, constants)
    if why:
        with pytest.raises(NotInOnnx, match=f'ONNX: .*{why}'): written(operation, shapes, within, settings, constants)
        return
    model, graph, feed, expected = written(operation, shapes, within, settings, constants)
    onnx.checker.check_model(onnx.load_from_string(as_bytes(graph)), full_check=True)
    if not all(array.size for array in feed.values()): return  # OnnxModel leaves the empty ones to the model
    session = session_of(graph)
    close(session.run(None, feed)[0], expected, 1e-4, 1e-5)
    if constants and graph.sizes[0][:1] == ['N']:
        x = np.concatenate([feed['x0'], feed['x0']])
        close(session.run(None, {'x0': x})[0], model(Tensor(x)).data, 1e-4, 1e-5)

def refusal(operation, shapes, settings, constants):
    "A word of the reason why a sample has no form in ONNX here, or None"
    if settings.get('dtype') == np.float64: return 'float64'
    if settings.get('dropout_mask') is not None: return 'dropout'
    if settings.get('is_causal') and operation is attention.attend and len(shapes[0]) == 2 and shapes[0][0]: return 'among the samples'
    key = settings.get('key')
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(p, list) or isinstance(p, np.ndarray) and p.dtype == bool for p in parts): return 'getitem'

KEYS = [np.s_[:, 1], np.s_[1:, ..., -1], np.s_[..., None], np.s_[:, None, :, 2], np.s_[None, ..., 0, ::-1], np.s_[-1, ::2, 1:3], np.s_[:, -3:-1], np.s_[:, ::-2, :-1],
        np.s_[:, [2, 0, 0]], np.s_[np.array([1, 0])], np.s_[..., np.array([-1, 2]), :], np.s_[:, None, :, None, np.array([3, 1])]]

@pytest.mark.parametrize('key', KEYS, ids=str)
@accelerated
def test_square_brackets(key):
    key = tuple(np.array(k) if isinstance(k, list) else k for k in key) if isinstance(key, tuple) else key
    model, x = Applied(tensor.getitem, dict(key=key), []), normal(3, 5, 4)
    graph = graph_of(trace(model, x))
    close(session_of(graph).run(None, {'x0': x})[0], x[key])

@pytest.mark.parametrize('key', [np.s_[0, :, np.array([0, 1])], np.s_[:, np.array([0, 1]), np.array([0, 1])], np.s_[:, np.array([[0, 1]])], np.arange(3) > 1], ids=str)
def test_brackets_that_have_no_form(key):
    with pytest.raises(NotInOnnx, match='getitem'): graph_of(trace(Applied(tensor.getitem, dict(key=key), []), normal(3, 5, 4)))

# whole models

class Residual(Module):
    def __init__(self): self.conv, self.norm = Conv2d(3, 3, 3, padding=1, rng=0), BatchNorm2d(3)
    def forward(self, x): return relu(x + self.norm(self.conv(x)))

class Reshaping(Module):
    "Sizes that follow the batch twice over, joined, cut and turned"
    def __init__(self): self.fc = Linear(6, 4, rng=0)
    def forward(self, x):
        B = len(x)
        x = self.fc(x.reshape(B*2, 6))
        return cat([x.reshape(B, 2, 4)[:, 0], x.reshape(B, 8)[:, ::-2]], 1)

class Spread(Module):
    "A row for all samples, expanded to as many as there are"
    def __init__(self): self.row = Tensor(normal(1, 4), requires_grad=True)
    def forward(self, x):
        several = cat([self.row.broadcast_to(len(x)*2, 4).reshape(len(x), 8), self.row.broadcast_to(len(x) + 1, 4)[1:]], 1)
        return cat([several, self.row.broadcast_to(len(x), 4), x*2. - self.row, (x**2).mean(-1, keepdims=True).sqrt()], 1)

class Masked(Module):
    "Attention with a mask in which one query sees nothing"
    mask = np.tri(5, dtype=bool) & (np.arange(5) > 0)
    def __init__(self): self.attention = MultiHeadAttention(8, 2, rng=0)
    def forward(self, x): return self.attention(x, self.mask, is_causal=True) + self.attention(x, return_weights=True)[0]

class SequenceFirst(Module):
    "Attention among what stands on the first axis, which is no batch"
    def forward(self, x):
        x = x.permute(1, 0, 2)
        return scaled_dot_product_attention(x, x, x, is_causal=True)

class Crossed(Module):
    def forward(self, x): return scaled_dot_product_attention(x[:, :2], x, x*3., scale=.5)

def with_statistics(model):
    "`model` with running averages and weights of norms that are not where they began"
    for layer in model.modules():
        if isinstance(layer, BatchNorm2d):
            layer.running_mean.data[:], layer.running_var.data[:] = normal(layer.num_features), normal(layer.num_features)**2 + .5
            layer.weight.data[:], layer.bias.data[:] = normal(layer.num_features, seed=1), normal(layer.num_features, seed=2)
    return model

MODELS = {
    'mlp': (lambda: Sequential(Linear(5, 7, rng=0), ReLU(), Dropout(.5, rng=0), Linear(7, 3, rng=1), Softmax()), (5,)),
    'bends': (lambda: Sequential(*[layer for bend in (Sigmoid, Tanh, GELU, lambda: GELU('tanh'), LeakyReLU, ELU, SiLU, Softplus, lambda: Softplus(2., 1.), LogSoftmax)
                                   for layer in (Linear(6, 6, rng=0), bend())]), (6,)),
    'no bias, three axes': (lambda: Sequential(Linear(4, 6, bias=False, rng=0), LayerNorm((5, 6)), Linear(6, 2, rng=1)), (5, 4)),
    'cnn': (lambda: SimpleCNN(rng=0), (1, 8, 8)),
    'color': (lambda: SimpleCNN(in_channels=3, image_size=32, rng=0), (3, 32, 32)),
    'pools': (lambda: Sequential(Conv2d(3, 4, 3, stride=2, padding=(1, 2), rng=0), BatchNorm2d(4), GELU(), MaxPool2d(2), AdaptiveAvgPool2d(1), Flatten(), Linear(4, 2, rng=0)), (3, 9, 9)),
    'averages': (lambda: Sequential(Conv2d(4, 8, (3, 2), dilation=2, groups=2, rng=0), AvgPool2d(2, 1), BatchNorm2d(8), AvgPool2d(3, 2, padding=1), AdaptiveAvgPool2d((2, 3))), (4, 12, 12)),
    'residual': (Residual, (3, 5, 5)), 'reshaping': (Reshaping, (12,)), 'spread': (Spread, (4,)),
    'block': (lambda: TransformerBlock(8, 2, rng=0), (5, 8)), 'masked': (Masked, (5, 8)), 'crossed': (Crossed, (5, 8)),
    'positions': (lambda: Sequential(PositionalEncoding(9, 6), Linear(6, 3, rng=0)), (7, 6)),
}
each_model = pytest.mark.parametrize('name', MODELS)

@each_model
@accelerated
def test_a_model_gives_the_same_answers_for_any_batch(name):
    import onnx, onnx.reference
    make, sizes = MODELS[name]
    model = with_statistics(make())
    before, modes = {k: v.tobytes() for k, v in model.state_dict().items()}, [m.training for m in model.modules()]
    quick = OnnxModel(model)
    for n in 3, 1, 64, 2:
        x = normal(n, *sizes, seed=n)
        found = quick(Tensor(x))
        close(found.data, deepcopy(model).eval()(Tensor(x)).data)
        assert not found.requires_grad
    assert not quick.fallbacks and len(quick.made) == 1
    assert {k: v.tobytes() for k, v in model.state_dict().items()} == before and [m.training for m in model.modules()] == modes
    assert all(p.grad is None for p in model.parameters())
    file = onnx.load_from_string(to_onnx(model, normal(2, *sizes)))
    onnx.checker.check_model(file, full_check=True)
    x = normal(2, *sizes)  # and the format's own reference agrees
    close(np.asarray(onnx.reference.ReferenceEvaluator(file).run(None, {'x0': x})[0]), deepcopy(model).eval()(Tensor(x)).data, 1e-4, 1e-5)
    size = file.graph.input[0].type.tensor_type.shape.dim
    assert size[0].dim_param == 'N' and [d.dim_value for d in size[1:]] == [*sizes]
    assert (file.opset_import[0].version, file.ir_version) == (20, 9)

@accelerated
def test_a_language_model_reads_ids():
    model = GPT(20, 8, 2, 2, 16, rng=0).eval()
    quick = OnnxModel(model)
    for n in 1, 3, 64:
        ids = np.random.default_rng(n).integers(0, 20, (n, 7))
        close(quick(ids).data, model(ids).data)
        for kind in np.int32, np.uint8: close(quick(ids.astype(kind)).data, model(ids).data)
    assert not quick.fallbacks
    for wrong in -1, 20:
        ids[3, 4] = wrong
        with pytest.raises(ValueError, match=rf'id {wrong} at position \(3, 4\) is not in the table'): quick(ids)

@accelerated
def test_a_table_that_is_shared_is_written_once_and_weights_keep_their_names():
    import onnx
    model = GPT(20, 8, 1, 2, 16, rng=0)
    file = onnx.load_from_string(to_onnx(model, np.array([[1, 2, 3]])))
    held = {t.name: onnx.numpy_helper.to_array(t) for t in file.graph.initializer}
    for name, p in model.named_parameters():
        if name == 'positions.weight': continue  # three rows of it are a constant
        assert held[name].tobytes() == p.data.tobytes()
    assert sum(a.shape == (20, 8) for a in held.values()) == 1

@accelerated
def test_large_tables_of_which_a_part_is_read():
    model = GPT(200, 64, 1, 2, 64, rng=0).eval()
    quick, ids = OnnxModel(model), np.random.default_rng(0).integers(0, 200, (3, 9))
    close(quick(ids).data, model(ids).data)
    assert not quick.fallbacks and model.positions.weight.data.nbytes > 4096

@accelerated
def test_a_file_is_read_by_any_session():
    model, x = with_statistics(SimpleCNN(rng=0)).eval(), normal(5, 1, 8, 8)
    session = onnx_session(to_onnx(model, x[:1]))
    close(session.run(None, {'x0': x})[0], model(Tensor(x)).data)

@accelerated
def test_a_model_of_several_inputs():
    class Two(Module):
        def __init__(self): self.fc = Linear(4, 4, rng=0)
        def forward(self, x, y): return self.fc(x)*y + x
    model = Two()
    quick = OnnxModel(model)
    for n in 2, 9:
        x, y = normal(n, 4), normal(n, 4, seed=1)
        close(quick(x, Tensor(y)).data, model(x, y).data)
        y[0, 1] = np.nan
        assert np.isnan(quick(x, y).data).sum() == 1
    assert not quick.fallbacks

@accelerated
def test_windows_that_begin_late_are_averaged_where_they_are():
    x, found = normal(2, 3, 5, 6), spatial.averaging(6, [0, 3], [3, 6])
    for rows in ([1, 3], [3, 5]), ([0, 1, 2], [3, 4, 5]), ([2], [4]), ([0, 3], [2, 4]), ([0, 2, 3], [2, 4, 5]):
        model = Applied(spatial.average_fields, dict(rows=spatial.averaging(5, *rows), columns=found), [])
        graph = graph_of(trace(model, x))
        assert [kind for kind, *_ in graph.nodes] == (['AveragePool'] if rows[0] == [0, 1, 2] else ['MatMul']*2)
        close(session_of(graph).run(None, {'x0': x})[0], model(Tensor(x)).data)

# what is left to the model

@accelerated
def test_nan_and_infinity_are_the_models():
    model, x = SimpleCNN(rng=0).eval(), normal(4, 1, 8, 8)
    quick = OnnxModel(model)
    quick(x)
    for value in np.nan, np.inf, -np.inf:
        spoiled = x.copy()
        spoiled[2, 0, 3, 3] = value
        np.testing.assert_array_equal(quick(spoiled).data, model(Tensor(spoiled)).data)
    assert np.isnan(quick(spoiled).data).any(axis=1).tolist() == [False, False, True, False]
    model.conv2.weight.data = np.full_like(model.conv2.weight.data, np.nan)
    assert np.isnan(quick(x).data).all() and 'conv2.weight has numbers that are NaN' in next(iter(quick.fallbacks.values()))

@accelerated
def test_other_dtypes_are_the_models():
    model, x = SimpleCNN(rng=0).eval(), normal(3, 1, 8, 8)
    quick = OnnxModel(model)
    found = quick(x.astype(np.float64))
    assert found.dtype == np.float64 and 'float64' in next(iter(quick.fallbacks.values()))
    np.testing.assert_array_equal(found.data, model(x.astype(np.float64)).data)
    np.testing.assert_array_equal(quick(x.astype(np.float16)).data, model(x.astype(np.float16)).data)
    close(quick(x).data, model(x).data)
    assert quick(x[:0]).shape == (0, 10) and quick(x[:0]).dtype == np.float32
    for p in model.parameters(): p.data = p.data.astype(np.float64)
    assert quick(x).dtype == np.float64

@accelerated
def test_pictures_of_bytes_and_strides():
    model = Sequential(Conv2d(2, 3, 3, rng=0), ReLU(), Flatten(), Linear(48, 2, rng=0))
    quick, x = OnnxModel(model), np.random.default_rng(0).integers(0, 255, (4, 6, 6, 2), np.uint8).transpose(0, 3, 1, 2)
    close(quick(x).data, model(x).data, 1e-5, 1e-3)
    y = normal(4, 6, 6, 2).transpose(0, 3, 1, 2)[::2]
    close(quick(y).data, model(y).data)
    assert not quick.fallbacks

@accelerated
def test_gradients_are_the_models():
    model, x = Sequential(Linear(3, 2, rng=0), Tanh()), Tensor(normal(4, 3), requires_grad=True)
    OnnxModel(model)(x).sum().backward()
    mine, x.grad = x.grad, None
    model(x).sum().backward()
    np.testing.assert_array_equal(mine, x.grad)

@accelerated
def test_what_has_no_rule_is_named_and_left_to_the_model():
    @op
    def strange(x):
        "`x` less 1"
        return x - 1
    class Strange(Module):
        def forward(self, x): return strange(x)
    model, x = Sequential(Linear(3, 3, rng=0), Strange()), normal(2, 3)
    quick = OnnxModel(model)
    np.testing.assert_array_equal(quick(x).data, model(x).data)
    reason, = quick.fallbacks.values()
    assert "'strange' (in 1)" in reason and '@onnx_nodes(strange)' in reason
    with pytest.raises(NotInOnnx, match="'strange'"): to_onnx(model, x)
    assert issubclass(NotInOnnx, Untraceable)
    try:
        onnx_nodes(strange)(lambda graph, x: graph.node('Sub', x, 1.))
        other = OnnxModel(model)
        close(other(x).data, model(x).data)
        assert not other.fallbacks
        onnx_nodes(strange)(lambda graph, x: graph.node('Einsum', x))  # a rule that is wrong
        wrong = OnnxModel(model)
        np.testing.assert_array_equal(wrong(x).data, model(x).data)
        assert 'onnxruntime does not take the graph' in next(iter(wrong.fallbacks.values()))
    finally: del onnx_rules[strange]

@accelerated
def test_a_first_axis_that_is_no_batch_is_not_taken_for_one():
    for model, sizes in (SequenceFirst(), (2, 4)), (lambda x: scaled_dot_product_attention(x, x, x, is_causal=True), (4,)):
        model = Sequential(model)
        quick = OnnxModel(model)
        for T in 1, 3, 5: close(quick(normal(T, *sizes)).data, model(Tensor(normal(T, *sizes))).data)
        assert all('among the samples' in reason for reason in quick.fallbacks.values()) and quick.fallbacks

@accelerated
def test_a_model_that_decides_by_its_numbers_is_left_alone():
    class Deciding(Module):
        def forward(self, x): return x*2. if x.sum().item() > 0 else x
    quick, x = OnnxModel(Deciding()), np.ones((1, 2), np.float32)
    assert (quick(x).data == 2).all() and (quick(-x).data == -1).all() and len(quick.fallbacks) == 1

@accelerated
def test_unusual_numbers_in_one_input_of_several():
    class Chosen(Module):
        def __init__(self): self.table = Embedding(5, 3, rng=0)
        def forward(self, x, ids): return x.max(-1, keepdims=True) + self.table(ids)
    model, x, ids = Chosen(), normal(4, 3), np.array([0, 4, 2, 2])
    quick = OnnxModel(model)
    close(quick(x, ids).data, model(Tensor(x), ids).data)
    assert not quick.fallbacks
    with pytest.raises(ValueError, match='id 7 at position'): quick(x, np.array([0, 4, 7, 2]))
    x[1, 1] = np.nan
    assert np.isnan(quick(x, ids).data).any(1).tolist() == [False, True, False, False]

# weights

@accelerated
def test_changed_weights_are_noticed():
    model, x = with_statistics(SimpleCNN(rng=0)), normal(4, 1, 8, 8)
    quick = OnnxModel(model)
    def same(): close(quick(x).data, deepcopy(model).eval()(x).data)
    same()
    model.load_state_dict({name: 2*a for name, a in model.state_dict().items()}); same()
    model.eval()(x).sum().backward(); Adam(model.parameters(), .1).step(); same()
    model.norm1.running_var.data = model.norm1.running_var.data*3; same()
    copied = deepcopy(quick)
    copied.model.fc.bias.data = copied.model.fc.bias.data + 1
    same()
    close(copied(x).data, deepcopy(model).eval()(x).data + 1)
    assert quick.state_dict().keys() == model.state_dict().keys()

MEMORY = '''
import ctypes, gc
import numpy as np
from tinytorch.core.layers import Linear, Sequential
from tinytorch.perf.onnx_graph import OnnxModel
def resident():
    gc.collect(); ctypes.CDLL(None).malloc_trim(0)
    with open('/proc/self/statm') as file: return int(file.read().split()[1])*4096
OnnxModel(Linear(8, 8))(np.ones((1, 8), np.float32))
model, x = Sequential(*[Linear(2048, 2048, rng=i) for i in range(3)]), np.ones((1, 2048), np.float32)
weights = sum(p.data.nbytes for p in model.parameters())
before = resident()
quick = OnnxModel(model)
quick(x)
print(1 + (resident() - before)/weights)
'''

@pytest.mark.skipif(sys.platform != 'linux', reason='resident bytes are read from /proc')
@accelerated
def test_weights_are_held_twice_the_models_included():
    run = subprocess.run([sys.executable, '-c', MEMORY], capture_output=True, text=True, env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert run.returncode == 0, run.stderr
    import onnxruntime
    shares = tuple(map(int, onnxruntime.__version__.split('.')[:2])) >= (1, 23)
    assert 1 < float(run.stdout) <= (2.2 if shares else 3.5)

# packages

@pytest.mark.parametrize('missing', ['onnx', 'onnxruntime'])
def test_absence_is_a_clear_message(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    for attempt in lambda: OnnxModel(Linear(2, 2)), lambda: to_onnx(Linear(2, 2), normal(1, 2)), lambda: onnx_session(b''):
        with pytest.raises(ImportError, match=re.escape(f'needs two more packages: {install_line("accel")}')): attempt()

def test_a_graph_is_written_without_any_package(monkeypatch):
    for name in 'onnx', 'onnxruntime': monkeypatch.setitem(sys.modules, name, None)
    graph = graph_of(trace(with_statistics(SimpleCNN(rng=0)), normal(2, 1, 8, 8)))
    assert [kind for kind, *_ in graph.nodes] == 'Conv Mul Add Relu MaxPool'.split()*2 + ['Reshape', 'Gemm']

def test_a_wrong_model_is_refused():
    with pytest.raises(TypeError, match='OnnxModel: expected a Module, got function' if ACCELERATED else 'accel'): OnnxModel(relu)

@accelerated
def test_a_session_has_the_threads_it_is_given(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '1,2')
    assert onnx_session(to_onnx(Linear(2, 2), normal(1, 2))).get_session_options().intra_op_num_threads == 1
    monkeypatch.delenv('OMP_NUM_THREADS')
    assert onnx_session(to_onnx(Linear(2, 2), normal(1, 2))).get_session_options().intra_op_num_threads == 0

@accelerated
def test_a_careful_session_says_so():
    graph = to_onnx(Linear(2, 2), normal(1, 2))
    careful = onnx_session(graph, careful=True).get_session_options()
    assert careful.get_session_config_entry('session.x64quantprecision') == '1'

@accelerated
def test_nothing_is_sent(monkeypatch):
    for given, then in (None, '1'), ('0', '0'):
        if given is None: monkeypatch.delenv('ORT_DISABLE_TELEMETRY', raising=False)
        else: monkeypatch.setenv('ORT_DISABLE_TELEMETRY', given)
        accelerator()
        assert os.environ['ORT_DISABLE_TELEMETRY'] == then
    monkeypatch.setenv('ORT_DISABLE_TELEMETRY', '1')

@accelerated
def test_whole_numbers_are_multiplied_without_loss():
    assert integer_sums_overflow() in (False, True)
    n = 64
    graph = Graph([(ValueName('x0', (n, n)), np.float32, ['N', n])])
    codes, _, zero = graph.node('DynamicQuantizeLinear', 'x0', outputs=3)
    sums = graph.node('MatMulInteger', codes, np.full((n, n), 127, np.int8), zero)
    graph.output = ValueName(graph.node('Cast', sums, to=1), (n, n))
    found, = session_of(graph).run(None, {'x0': np.full((n, n), 255, np.float32)})
    assert (found == 255*127*n).all()

def test_what_onnxruntime_refuses_the_model_answers():
    graph = Graph([(ValueName('x0', (4, 2), (0,)), np.float32, ['N', 2])])
    graph.output = ValueName(graph.node('Gather', 'x0', np.array(3), axis=0), (2,))
    run = runner(graph, {}, lambda arrays: 'the model')
    np.testing.assert_array_equal(run(np.arange(8, dtype=np.float32).reshape(4, 2)), [6, 7])
    assert run(np.ones((2, 2), np.float32)) == 'the model'

def test_whole_numbers_with_bytes_in_the_other_order():
    model = Sequential(Linear(4, 5, rng=0), ReLU(), Linear(5, 2, rng=1))
    compiled, x = OnnxModel(model), Tensor(np.arange(8).reshape(2, 4).astype('>i8'))
    np.testing.assert_array_equal(compiled(x).data, model(x).data)
    assert '>i8' in compiled.fallbacks[next(iter(compiled.fallbacks))]
