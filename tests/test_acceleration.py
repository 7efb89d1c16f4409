"Plans give what their models give, keep up with the weights, and say why where they cannot"
import subprocess, sys
from copy import deepcopy
from functools import wraps

import numpy as np
import pytest

import tinytorch.perf.acceleration as page
from tinytorch.core import opcheck, spatial, transformers  # noqa: F401 (their samples)
from tinytorch.core.activations import GELU, ReLU, Sigmoid, SiLU, Softmax, Tanh, gelu, relu
from tinytorch.core.attention import scaled_dot_product_attention
from tinytorch.core.layers import Dropout, Identity, Linear, Module, Sequential, forward_hook, linear
from tinytorch.core.opcheck import samples
from tinytorch.core.optimizers import Adam
from tinytorch.core.spatial import AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor, op
from tinytorch.core.transformers import GPT, LayerNorm, TransformerBlock, layer_norm
from tinytorch.perf.acceleration import accelerate, available_backends, fused_attention, fused_gelu, fused_linear, tiled_matmul, vectorized_matmul
from tinytorch.perf.quantization import quantize_model, resident_bytes

BACKENDS = [name for name, lost in available_backends().items() if not lost]
PLANS = [name for name in BACKENDS if name != 'onnxruntime']  # whose graph has tests of its own
each_backend = pytest.mark.parametrize('backend', PLANS)

def with_numba(test):
    "`test` where Numba is installed; elsewhere the error that asks for it"
    @wraps(test)
    def either(*args, **settings):
        if 'numba' in PLANS: return test(*args, **settings)
        with pytest.raises(ImportError, match='pip install'): accelerate(Linear(2, 2), 'numba')
    return either

def rng(seed=0): return np.random.default_rng(seed)
def normal(*shape, seed=0): return rng(seed).standard_normal(shape, np.float32)
def mlp(*sizes, seed=0): return Sequential(*[layer for i, pair in enumerate(zip(sizes, sizes[1:])) for layer in (Linear(*pair, rng=seed + i), ReLU())][:-1])
def moved(model, seed=0):
    "`model` with numbers in its buffers and norms that count"
    for i, (name, t) in enumerate([*model.named_parameters(), *model.named_buffers()]):
        if t.dtype.kind == 'f': t.data = (np.abs(t.data) + .1 if 'var' in name else t.data) + .1*np.abs(normal(*t.shape, seed=seed + i))
    return model

def cnn(seed=0): return moved(SimpleCNN(5, 3, 8, (4, 6), rng=seed))
MODELS = {'mlp': (lambda: mlp(6, 20, 9, 3), (6,)), 'cnn': (cnn, (3, 8, 8)),
          'int8': (lambda: quantize_model(mlp(6, 20, 3)), (6,)),
          'block': (lambda: moved(TransformerBlock(8, 2, rng=0)), (5, 8))}
each_model = pytest.mark.parametrize('name', MODELS)

def check_same(plan, model, x, exact=False):
    "The answer of `plan` for `x` is the model's, twice: as first seen, and the short way"
    expected = model.eval()(x).data
    for _ in range(2):
        found = plan(x).data
        assert found.dtype == expected.dtype and found.shape == expected.shape
        if exact: np.testing.assert_array_equal(found, expected)
        else: np.testing.assert_allclose(found, expected, rtol=2e-5, atol=4e-6*np.nan_to_num(np.abs(expected), posinf=0).max(initial=1))

# every op, alone and in company

class Alone(Module):
    "One op on its first input, the others constants"
    def __init__(self, op, arrays, settings): self.op, self.others, self.settings = op, [Tensor(a) for a in arrays], settings
    def forward(self, x): return self.op(x, *self.others, **self.settings)

class Amid(Alone):
    "The op on a fresh value that is read once more, and its result used twice"
    def forward(self, x):
        h = x*2
        y = self.op(h, *self.others, **self.settings)
        return (relu(y)*y) + h.sum()

OPS = [(op, i) for op in samples for i in range(len(samples[op])) if getattr(op.__wrapped__, '__module__', 'tinytorch.core').startswith(('tinytorch.core', 'numpy'))]

@pytest.mark.parametrize('shape', [Alone, Amid])
@pytest.mark.parametrize('operation, i', OPS, ids=lambda v: getattr(v, '__name__', v))
def test_every_op_in_a_plan_is_the_op(operation, i, shape):
    shapes, within, settings = samples[operation][i]
    first, *others = [rng(n).uniform(*within, s).astype(np.float32) for n, s in enumerate(shapes)]
    model = shape(operation, others, settings)
    plan, before = accelerate(model, 'numpy'), first.copy()
    with np.errstate(all='ignore'): check_same(plan, model, Tensor(first), exact=True)
    np.testing.assert_array_equal(first, before)
    assert not plan.fallbacks

def random_model(seed):
    "A few layers after each other, chosen at random, residual connections among them"
    draw, width, layers = rng(seed), 6, []
    class Residual(Module):
        def __init__(self, inner): self.inner = inner
        def forward(self, x): return x + self.inner(x)
    makers = [lambda: Linear(width, width, rng=draw), ReLU, GELU, lambda: GELU('tanh'), Tanh, Sigmoid, SiLU, Softmax, Identity, lambda: Dropout(.5, rng=0),
              lambda: LayerNorm(width), lambda: Linear(width, width, bias=False, rng=draw), lambda: Residual(Sequential(ReLU(), Linear(width, width, rng=draw), Tanh()))]
    for _ in range(draw.integers(1, 9)): layers.append(makers[draw.integers(len(makers))]())
    return moved(Sequential(*layers), seed)

@pytest.mark.parametrize('seed', [*range(10), *[pytest.param(seed, marks=pytest.mark.house) for seed in range(10, 60)]])  # more is fuzzing
def test_random_networks(seed):
    model = random_model(seed)
    for backend in PLANS:
        plan = accelerate(model, backend)
        for batch in 1, 4, 0, 30: check_same(plan, model, Tensor(normal(batch, 6, seed=batch)), exact=backend == 'numpy')
        check_same(plan, model, Tensor(normal(2, 3, 6)))
        assert not plan.fallbacks

class Pictures(Module):
    def __init__(self, seed):
        draw = rng(seed)
        kernel, self.pool = draw.integers(1, 4), [MaxPool2d(2), MaxPool2d(2, 1), MaxPool2d(3, 2, padding=1), AvgPool2d(2), AdaptiveAvgPool2d(2), Identity()][draw.integers(6)]
        self.conv = Conv2d(2, 4, int(kernel), padding=int(draw.integers(2)), bias=bool(draw.integers(2)), groups=int(draw.integers(1, 3)), rng=draw)
        self.norm, self.bend = [BatchNorm2d(4), BatchNorm2d(4, affine=False), Identity()][draw.integers(3)], [ReLU(), GELU(), Identity()][draw.integers(3)]
        self.early, self.flat = bool(draw.integers(2)), bool(draw.integers(2))
    def forward(self, x):
        x = self.norm(self.conv(x))
        x = self.bend(self.pool(x)) if self.early else self.pool(self.bend(x))
        return x.flatten(1) if self.flat else x

@pytest.mark.parametrize('seed', range(40))
def test_random_convolutions(seed):
    model = moved(Pictures(seed), seed)
    plan = accelerate(model, 'numpy')
    for batch in 2, 1, 0, 5: check_same(plan, model, Tensor(normal(batch, 2, 8, 8, seed=batch)))
    check_same(plan, model, Tensor(normal(3, 2, 9, 7)))
    assert not plan.fallbacks

@pytest.mark.house  # the words of the program
def test_a_norm_is_folded_and_the_relu_waits_for_the_pool():
    plan = accelerate(cnn(), 'numpy')
    plan(Tensor(normal(2, 3, 8, 8)))
    assert plan.code.count('correlate(') == 2 and '*=' not in plan.code and ' + ' not in plan.code
    first, second = plan.code.index('largest_of_four'), plan.code.index('maximum')
    assert first < second

def test_what_is_read_elsewhere_too_is_not_folded_and_not_overwritten():
    class Twice(Module):
        def __init__(self): self.conv, self.norm = Conv2d(2, 3, 3, rng=0), moved(BatchNorm2d(3))
        def forward(self, x):
            y = self.conv(x)
            z = relu(y)
            return self.norm(y) + z + relu(z*2) - y
    model = Twice()
    check_same(accelerate(model, 'numpy'), model, Tensor(normal(2, 2, 5, 5)))

def test_a_relu_that_is_read_elsewhere_stays_before_the_pool():
    class Both(Module):
        def __init__(self): self.conv, self.pool = Conv2d(2, 3, 3, padding=1, rng=0), MaxPool2d(2)
        def forward(self, x):
            y = relu(self.conv(x))
            return self.pool(y).sum(axis=(2, 3)) + y.sum(axis=(2, 3))
    check_same(accelerate(Both(), 'numpy'), Both(), Tensor(normal(2, 2, 4, 4)))

def test_a_row_for_the_whole_batch_is_not_taken_for_a_batch_of_one():
    class Centered(Module):
        def __init__(self): self.fc = Linear(3, 3, rng=0)
        def forward(self, x): return x.sum(axis=0, keepdims=True)*2 + self.fc(x)[:, :1]*0 + x
    model = Centered()
    plan = accelerate(model, 'numpy')
    for batch in 1, 4, 1, 2: check_same(plan, model, Tensor(normal(batch, 3)), exact=True)

@each_backend
def test_softmax_along_another_axis(backend):
    model = Sequential(Linear(4, 4, rng=0), Softmax(1))
    check_same(accelerate(model, backend), model, Tensor(normal(2, 3, 4)))

def test_names_of_ops_and_inputs_do_no_harm():
    def named(name, function):
        function.__name__ = name
        return op(function, 'a test')
    harmful = [named(name, lambda v: v + 1) for name in ('x', 'out', 'v1', 'v3', 'len', 'n', 'print("harm")', 'w0')]
    def sums(v, x): return v + x
    adding = op(sums, 'a test')
    class Many(Module):
        def __init__(self): self.fc = Linear(3, 3, rng=0)
        def forward(self, out):
            for operation in harmful: out = operation(out)
            for _ in range(4): out = adding(Tensor(np.ones(3, np.float32)), self.fc(out))
            return out.reshape(len(out), 3)
    model = Many()
    plan = accelerate(model, 'numpy')
    for batch in 2, 1, 4: check_same(plan, model, Tensor(normal(batch, 3)), exact=True)
    assert not plan.fallbacks and 'harm' not in plan.code

# inputs

KINDS = [normal(1, 6), normal(0, 6), normal(6), normal(3, 6).astype(np.float64), normal(3, 6).astype(np.float16), normal(6, 12)[::2, ::2], np.arange(12).reshape(2, 6),
         normal(2, 3, 6), np.asfortranarray(normal(4, 6)), normal(40, 6), normal(3, 6) > 0]

@each_backend
@pytest.mark.parametrize('x', KINDS, ids=lambda x: f'{x.dtype}{x.shape}{x.flags.c_contiguous}')
def test_a_plan_takes_what_its_model_takes(backend, x):
    model = mlp(6, 20, 3)
    plan = accelerate(model, backend)
    plan(Tensor(normal(4, 6)))
    before = x.copy()
    check_same(plan, model, Tensor(x))
    check_same(plan, model, x)
    check_same(plan, model, Tensor(normal(4, 6)))
    np.testing.assert_array_equal(x, before)

@pytest.mark.parametrize('dtype', [np.float64, np.float16])
def test_models_of_other_dtypes(dtype):
    for name in 'mlp', 'cnn', 'block':
        make, sizes = MODELS[name]
        model = make()
        for t in [*model.parameters(), *(t for _, t in model.named_buffers())]: t.data = t.data.astype(dtype)
        x, plan = Tensor(normal(3, *sizes).astype(dtype)), accelerate(model)
        expected = model.eval()(x).data
        found = plan(x).data
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-2 if dtype == np.float16 else 1e-10, atol=1e-2 if dtype == np.float16 else 1e-12)

def test_several_inputs_and_one_by_name():
    class Two(Module):
        def __init__(self): self.fc = Linear(4, 4, rng=0)
        def forward(self, x, y): return relu(self.fc(x) + y)*y
    model = Two()
    plan, x, y = accelerate(model, 'numpy'), Tensor(normal(3, 4)), Tensor(normal(3, 4, seed=1))
    for _ in range(2): np.testing.assert_array_equal(plan(x, y).data, model(x, y).data)
    np.testing.assert_array_equal(plan(x=x, y=y).data, model(x, y).data)
    one = accelerate(model.fc, 'numpy')
    for _ in range(3): np.testing.assert_array_equal(one(x=x).data, model.fc(x).data)

@each_backend
def test_wrong_input_gets_the_models_own_error(backend):
    model = mlp(6, 20, 3)
    plan = accelerate(model, backend)
    plan(Tensor(normal(4, 6)))
    for _ in range(2):
        with pytest.raises(ValueError, match='linear: x has 5 features'): plan(Tensor(normal(4, 5)))
    with pytest.raises(TypeError): plan(Tensor(normal(4, 6)), Tensor(normal(4, 6)))

def test_ids_that_are_not_in_the_table_are_found():
    model = GPT(20, 8, 1, 2, 16, rng=0)
    plan, ids = accelerate(model), np.array([[1, 2, 3]])
    check_same(plan, model, ids)
    for wrong in 20, -1:
        ids[0, 1] = wrong
        with pytest.raises(ValueError, match=f'id {wrong} at position'): plan(ids)

@each_backend
@pytest.mark.parametrize('name', ['mlp', 'cnn', 'int8'])
@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_what_is_no_number_stays_none(name, backend, value):
    make, sizes = MODELS[name]
    model, x = make(), normal(3, *sizes)
    x[(1, *[0]*len(sizes))] = value
    plan = accelerate(model, backend)
    with np.errstate(all='ignore'): found, expected = plan(Tensor(x)).data, model.eval()(Tensor(x)).data
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found[[0, 2]], expected[[0, 2]], rtol=1e-5, atol=1e-6)

# weights that change

def by_optimizer(model):
    model.train()(Tensor(normal(2, *SIZES[id(model)]))).sum().backward()
    Adam(model.parameters(), lr=.1).step()

SIZES = {}
def by_state(model): model.load_state_dict({k: v*2 if v.dtype.kind == 'f' else v for k, v in model.state_dict().items()})
def by_array(model):
    for p in model.parameters(): p.data = p.data*np.float32(1.5)
def by_running_averages(model): model.train()(Tensor(normal(4, *SIZES[id(model)])))

@each_backend
@pytest.mark.parametrize('name', ['mlp', 'cnn', 'block'])
@pytest.mark.parametrize('change', [by_optimizer, by_state, by_array])
def test_changed_weights_are_noticed(name, backend, change):
    make, sizes = MODELS[name]
    model, x = make(), Tensor(normal(3, *sizes))
    SIZES[id(model)] = sizes
    plan = accelerate(model, backend)
    before = plan(x).data
    for _ in range(2):
        change(model)
        assert not np.allclose(plan(x).data, before)
        check_same(plan, model, x)

@each_backend
def test_running_averages_and_replaced_layers_are_noticed(backend):
    model, x = cnn(), Tensor(normal(3, 3, 8, 8))
    SIZES[id(model)] = 3, 8, 8
    plan = accelerate(model, backend)
    plan(x)
    by_running_averages(model)
    check_same(plan, model, x)
    model.conv1 = Conv2d(3, 4, 3, padding=1, rng=9)
    check_same(plan, model, x)
    small = mlp(6, 20, 3)
    plan, x = accelerate(small, backend), Tensor(normal(1, 6))
    plan(x)
    for i, layer in (1, Tanh()), (0, Linear(6, 20, bias=False, rng=5)), (2, Linear(20, 8, rng=5)):
        small.layers[i] = layer
        check_same(plan, small, x)

def test_arrays_that_are_not_folded_are_the_models_own():
    model, x = mlp(6, 20, 3), Tensor(normal(3, 6))
    plan = accelerate(model, 'numpy')
    plan(x)
    model.layers[0].weight.data[2] = 7  # a raw write, which nobody is told of
    model.layers[2].bias.data[:] = 5
    check_same(plan, model, x, exact=True)

# what stays as it was, and what is refused

def snapshot(model):
    return ([a.tobytes() for a in model.state_dict().values()], [m.training for m in model.modules()], [id(p.data) for p in model.parameters()],
            [None if p.grad is None else p.grad.tobytes() for p in model.parameters()], [sorted(vars(m).keys() - {'kept'}) for m in model.modules()])  # kept: the float copy that a layer of codes makes when it computes

@each_backend
@each_model
def test_the_model_is_left_alone(name, backend):
    make, sizes = MODELS[name]
    model = make()
    if name == 'int8': model(Tensor(normal(4, *sizes)))  # its layers keep a float copy from their first call on
    else: model.train()(Tensor(normal(4, *sizes))).sum().backward()
    before = snapshot(model)
    plan = accelerate(model, backend)
    for batch in 1, 3: plan(Tensor(normal(batch, *sizes)))
    assert snapshot(model) == before
    assert plan.state_dict().keys() == model.state_dict().keys() and plan.count_parameters() == model.count_parameters()

def test_results_are_fresh():
    plan = accelerate(Sequential(Linear(3, 3, rng=0), Identity()), 'numpy')
    x = Tensor(normal(2, 3))
    first = plan(x).data
    first[:] = 9
    assert (plan(x).data != 9).all()
    class Constant(Module):
        def __init__(self): self.bias = Tensor(np.ones(3, np.float32))
        def forward(self, x): return self.bias*2
    plan = accelerate(Constant(), 'numpy')
    plan(x).data[:] = 9
    assert plan(x).data.tolist() == [2, 2, 2]

def test_gradients_are_the_models_and_training_is_refused():
    model, leaf = mlp(6, 20, 3), Tensor(normal(2, 6), requires_grad=True)
    plan = accelerate(model)
    plan(Tensor(normal(2, 6)))
    plan(leaf).sum().backward()
    ours, leaf.grad = leaf.grad, None
    model(leaf).sum().backward()
    np.testing.assert_allclose(ours, leaf.grad, rtol=1e-6)
    out = plan(Tensor(normal(2, 6)))
    assert out.recipe is None and not out.requires_grad
    with pytest.raises(TypeError, match='train the model'): plan.train()

def test_what_cannot_be_written_down_says_why():
    class Deciding(Module):
        def __init__(self): self.fc = Linear(5, 5, rng=0)
        def forward(self, x): return self.fc(x) if x.sum().item() > 0 else x
    plan, x = accelerate(Deciding()), Tensor(np.ones((2, 5), np.float32))
    for sign in 1, -1: np.testing.assert_array_equal(plan(sign*x).data, plan.model(sign*x).data)
    assert 'Tensor.item' in ''.join(plan.fallbacks.values()) and plan.code == ''

def test_what_accelerate_refuses(monkeypatch):
    model = mlp(3, 4, 2)
    with pytest.raises(TypeError, match='accelerate: expected a Module, got function'): accelerate(relu)
    with pytest.raises(ValueError, match='no backend .*numpy'): accelerate(mlp(3, 2), ['numpy'])
    with pytest.raises(TypeError, match='a plan already'): accelerate(accelerate(model))
    with pytest.raises(ValueError, match="no backend 'cuda'"): accelerate(model, 'cuda')
    monkeypatch.setattr(page, 'find_spec', lambda name: None)
    assert 'numba missing' in available_backends()['numba'] and 'pip install' in available_backends()['numba'] and 'onnx' in available_backends()['onnxruntime']
    with pytest.raises(ImportError, match='pip install'): accelerate(model, 'numba')
    assert accelerate(model).backend == 'numpy'

def test_a_copy_has_weights_of_its_own():
    model, x = mlp(6, 20, 3), Tensor(normal(2, 6))
    plan = accelerate(model, 'numpy')
    plan(x)
    copy = deepcopy(plan)
    copy.model.layers[2].bias.data = copy.model.layers[2].bias.data + 1
    np.testing.assert_allclose(copy(x).data, plan(x).data + 1, rtol=1e-6)

def test_hooks_see_a_plan():
    plan, seen = accelerate(mlp(6, 20, 3)), []
    x = Tensor(normal(2, 6))
    plan(x)
    with forward_hook([plan], lambda layer, inputs, settings, output: seen.append(output.shape)): plan(x)
    plan(x)
    assert seen == [(2, 3)]

# the kernels

@with_numba
@pytest.mark.parametrize('sizes', [(1, 1), (5, 3), (6, 20, 3), (64, 96, 10), (9, 17, 33, 16, 2), (8, 8, 8)])
@pytest.mark.parametrize('int8', [False, True])
def test_a_small_network_is_one_kernel(sizes, int8):
    model = moved(mlp(*sizes))
    model = quantize_model(model) if int8 else model
    plan = accelerate(model, 'numba')
    for batch in 1, 2, page.FEW, page.FEW + 1, 0: check_same(plan, model, Tensor(normal(batch, sizes[0])))
    assert 'network(' in plan.code

@with_numba
def test_what_is_no_chain_gets_no_kernel_and_says_why():
    for model, why in (Sequential(Linear(4, 4, rng=0), Tanh()), 'tanh'), (mlp(600, 600), 'BLAS'):
        plan = accelerate(model, 'numba')
        check_same(plan, model, Tensor(normal(2, model.layers[0].in_features)))
        assert plan.code.startswith('# no kernel for the whole: ') and why in plan.code

# one session for the whole

@each_backend
@pytest.mark.parametrize('bits', [8, 4])
def test_a_plan_puts_no_float_copy_into_a_model_of_codes(backend, bits):
    model, x = quantize_model(mlp(6, 20, 3), bits, backend='numpy'), Tensor(normal(3, 6))
    plan = accelerate(model, backend)
    check_same(plan, model, x)
    assert resident_bytes(model)['decoded'] == 0 and all('kept' not in vars(m) for m in model.modules())

@each_backend
def test_a_constant_may_stand_first(backend):
    class Scaled(Module):
        def __init__(self, op): self.op, self.layer, self.scale = op, Linear(4, 4, rng=0), Tensor(normal(4), requires_grad=True)
        def forward(self, x): return self.op(self.scale, self.layer(self.op(self.scale, x)))
    for op in (lambda a, b: a*b, lambda a, b: a + b, lambda a, b: a - b):
        model, x = Scaled(op), Tensor(np.abs(normal(3, 4)) + 1)
        check_same(accelerate(model, backend), model, x)

def test_onnxruntime_is_a_backend_where_it_is_installed():
    model = cnn()
    if available_backends()['onnxruntime']:
        with pytest.raises(ImportError, match='pip install'): accelerate(model, 'onnxruntime')
        return
    plan = accelerate(model, 'onnxruntime')
    for batch in 1, 4: check_same(plan, model, Tensor(normal(batch, 3, 8, 8)))
    assert not plan.fallbacks

# writing

def gpt(seed=0): return moved(GPT(20, 8, 2, 2, 24, rng=seed))

@each_backend
def test_a_plan_of_a_gpt_reads_and_writes(backend):
    model, prompt = gpt(), [3, 1, 4]
    plan = accelerate(model, backend)
    check_same(plan, model, np.array([prompt]))
    for more in dict(temperature=0), dict(temperature=0, stop=[5, 6]), dict(rng=3, top_k=4):
        for text in prompt, [prompt, [1, 1, 1]], [prompt, [7]]:
            found, expected = plan.generate(text, 9, **more), model.generate(text, 9, **more)
            for a, b in zip(found, expected, strict=True): np.testing.assert_array_equal(a, b)
    cache, text = plan.make_cache(), prompt
    for n in 4, 3: text = plan.generate(text, n, temperature=0, cache=cache)
    np.testing.assert_array_equal(text, model.generate(prompt, 7, temperature=0))
    assert not plan.fallbacks

def test_a_writer_notices_changed_weights_and_says_what_it_cannot():
    model = gpt()
    plan = accelerate(model, 'numpy')
    plan.generate([1], 3)
    for p in model.parameters(): p.data = -p.data
    np.testing.assert_array_equal(plan.generate([1, 2], 8, temperature=0), model.generate([1, 2], 8, temperature=0))

@each_backend
def test_a_writer_takes_weights_of_another_dtype(backend):
    model = gpt()
    plan = accelerate(model, backend)
    for dtype in np.float32, np.float64, np.float32:
        for p in model.parameters(): p.data = p.data.astype(dtype)
        np.testing.assert_array_equal(plan.generate([1, 2], 8, temperature=0), model.generate([1, 2], 8, temperature=0))
        assert plan.decoder.weights

def test_a_model_that_cannot_be_folded_writes_itself():
    model = gpt()
    model.blocks[0].mlp.approximate = 'none'
    plan = accelerate(model, 'numpy')
    np.testing.assert_array_equal(plan.generate([1, 2], 8, temperature=0), model.generate([1, 2], 8, temperature=0))
    assert 'exact GELU' in plan.fallbacks['generate']
    with pytest.raises(ValueError, match='max_seq_len is 24'): plan.generate([1, 2], 80)

# products, and the parts by name

@pytest.mark.parametrize('matmul', [vectorized_matmul, tiled_matmul, lambda a, b: tiled_matmul(a, b, 3)])
@pytest.mark.parametrize('n, m, p', [(1, 1, 1), (5, 7, 4), (70, 65, 130), (0, 3, 2), (3, 0, 2), (2, 3, 0)])
def test_products(matmul, n, m, p):
    for dtype in np.float32, np.float64:
        a, b = normal(n, m).astype(dtype), normal(m, p, seed=1).astype(dtype)
        found = matmul(Tensor(a), b)
        assert found.dtype == dtype
        np.testing.assert_allclose(found.data, a @ b, rtol=1e-4, atol=1e-5)

@pytest.mark.parametrize('loops', [page.loop_matmul, page.ordered_matmul])
def test_loops(loops):
    a, b, out = normal(3, 5), normal(5, 4), np.full((3, 4), 9, np.float32)
    loops(a, b, out)
    np.testing.assert_allclose(out, a @ b, rtol=1e-5)

def results_and_gradients(f, *arrays):
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    out = f(*leaves)
    out.backward(normal(*out.shape, seed=9).astype(out.dtype))
    return [out.data, *(t.grad for t in leaves)]

@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.float16])
@pytest.mark.parametrize('without_numba', [False, True])
def test_fused_parts_are_those_of_the_pages(dtype, without_numba, monkeypatch):
    if without_numba: monkeypatch.setattr(page, 'has_numba', lambda: False)
    x, w, b, d = [a.astype(dtype) for a in (normal(2, 5, 6), normal(6, 3, seed=1), normal(3, seed=2), normal(6, seed=3))]
    q, k, v = [normal(2, 5, 4, seed=s).astype(dtype) for s in (4, 5, 6)]
    half = dtype == np.float16
    def compare(ours, theirs, *arrays):
        for a, e in zip(results_and_gradients(ours, *arrays), results_and_gradients(theirs, *arrays), strict=True):
            assert a.dtype == e.dtype
            np.testing.assert_allclose(a, e, rtol=1e-2 if half else 1e-4, atol=1e-2 if half else 1e-5)
    compare(lambda *t: fused_linear(*t), linear, x, w, b)
    compare(lambda *t: fused_linear(*t, activation='relu'), lambda *t: relu(linear(*t)), x, w, b)
    compare(lambda *t: fused_linear(*t, activation='gelu'), lambda *t: gelu(linear(*t), 'tanh'), x, w, b)
    compare(lambda x, w: fused_linear(x, w, activation='relu'), lambda x, w: relu(linear(x, w)), x, w)
    for form in 'none', 'tanh': compare(lambda x, b: fused_gelu(x, b, form), lambda x, b: gelu(x + b, form), x, d)
    compare(fused_gelu, lambda x: gelu(x, 'tanh'), x)
    compare(lambda x, w, b: page.fused_layer_norm(x, 6, w, b), lambda x, w, b: layer_norm(x, 6, w, b), x, d, d)
    for causal in False, True:
        for block in 2, 64:
            compare(lambda q, k, v: fused_attention(q, k, v, causal, block), lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=causal), q, k, v)

def test_attention_never_holds_all_scores():
    import tracemalloc
    q, k, v = [normal(2048, 8, seed=s) for s in range(3)]
    def peak(f):
        f(q, k, v)
        tracemalloc.start()
        f(q, k, v)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most
    assert peak(fused_attention)*5 < peak(scaled_dot_product_attention)

@pytest.mark.parametrize('size', [0, -1, 2.5, '8', None])
def test_blocks_and_tiles_have_sizes(size):
    a = Tensor(normal(3, 3))
    with pytest.raises(ValueError, match='fused_attention: block is .*; expected a whole number'): fused_attention(a, a, a, block=size)
    with pytest.raises(ValueError, match='tiled_matmul: tile_size is .*; expected a whole number'): tiled_matmul(a, a, size)

def test_no_such_activation():
    with pytest.raises(ValueError, match="no activation 'swish'"): fused_linear(normal(2, 3), normal(3, 2), activation='swish')

def test_numba_is_not_imported_before_a_kernel_is_asked_for():
    code = ("import sys, numpy as np; from tinytorch.perf.acceleration import accelerate; from tinytorch.core.layers import Linear; "
            "plan = accelerate(Linear(3, 2), 'numpy'); plan(np.ones((1, 3), np.float32)); assert not {'numba', 'scipy', 'onnxruntime'} & set(sys.modules)")
    subprocess.run([sys.executable, '-c', code], check=True)
