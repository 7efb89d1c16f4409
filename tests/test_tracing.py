"A trace says what a model computes for any batch, or why it cannot; what runs another way keeps up with the weights"
from copy import deepcopy

import numpy as np
import pytest

from tinytorch.core.activations import GELU, ReLU, Softmax, relu
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Dropout, Flatten, Linear, Module, Sequential, forward_hook
from tinytorch.core.optimizers import Adam
from tinytorch.core.spatial import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor, cat
from tinytorch.core.transformers import GPT, TransformerBlock
from tinytorch.perf.tracing import Compiled, Untraceable, trace

def normal(*shape): return np.random.default_rng(0).standard_normal(shape, np.float32)

class Residual(Module):
    def __init__(self): self.conv, self.norm = Conv2d(3, 3, 3, padding=1, rng=0), BatchNorm2d(3)
    def forward(self, x): return relu(x + self.norm(self.conv(x)))

class Reshaping(Module):
    def __init__(self): self.fc = Linear(6, 4, rng=0)
    def forward(self, x):
        B = len(x)
        x = self.fc(x.reshape(B*2, 6))
        return cat([x.reshape(B, 2, 4)[:, 0], x.reshape(B, 8)], 1)

MODELS = {
    'mlp': (lambda: Sequential(Linear(5, 7, rng=0), ReLU(), Dropout(.5, rng=0), Linear(7, 3, rng=1), Softmax()), (5,)),
    'cnn': (lambda: SimpleCNN(rng=0), (1, 8, 8)),
    'pools': (lambda: Sequential(Conv2d(3, 4, 3, rng=0), BatchNorm2d(4), GELU(), MaxPool2d(2), AdaptiveAvgPool2d(1), Flatten(), Linear(4, 2, rng=0)), (3, 9, 9)),
    'residual': (Residual, (3, 5, 5)),
    'block': (lambda: TransformerBlock(8, 2, rng=0), (5, 8)),
    'reshaping': (Reshaping, (12,)),
}
each_model = pytest.mark.parametrize('name', MODELS)

@each_model
def test_a_trace_holds_for_any_batch(name):
    make, sizes = MODELS[name]
    model, found = make(), None
    found = trace(model, normal(2, *sizes))
    assert found.free and model.training
    for batch in 1, 2, 7:
        x = normal(batch, *sizes)
        np.testing.assert_array_equal(found.run(x), model.eval()(Tensor(x)).data)

def test_a_language_model_reads_other_ids():
    model = GPT(20, 8, 2, 2, 16, rng=0)
    found = trace(model, np.array([[1, 2, 3], [4, 5, 6]]))
    ids = np.array([[7, 8, 9], [0, 0, 19], [3, 2, 1], [5, 5, 5]])
    np.testing.assert_array_equal(found.run(ids), model.eval()(ids).data)

def test_what_no_call_needs_is_left_out_and_names_are_kept():
    class Wasteful(Module):
        def __init__(self): self.fc, self.other = Linear(3, 3, rng=0), Linear(3, 3, rng=1)
        def forward(self, x):
            self.other(x)
            return x + self.fc(x)
    model = Wasteful()
    found = trace(model, normal(2, 3))
    assert [call.op.__name__ for call in found.calls] == ['affine', 'add']
    assert found.calls[0].layer == 'fc' and found.names[id(found.calls[0].inputs[1])] == 'fc.weight'
    assert found.readers(0) == [0, 1] and found.shapes[found.output] == (2, 3)

def reads(x): return x*2 if x.sum().item() > 0 else x
def decides(x): return x*2 if x.sum() > 0 else x
def opens(x): return x + Tensor(np.sin(x.data))
def compares(x): return x*(x > 0).astype(np.float32)
def other_op(x): return relu(x) if x.data.min() > 0 else -x
def text(x): return 'yes'
def closed(x): return Tensor(x.data + 1)

@pytest.mark.parametrize('f', [reads, decides, opens, compares, other_op, text, closed])
def test_what_is_no_list_of_calls_is_refused(f):
    with pytest.raises(Untraceable, match='trace: '): trace(f, np.ones((2, 3), np.float32))

def test_an_error_of_the_model_is_its_own():
    with pytest.raises(ValueError, match='linear: x has 4 features'): trace(Linear(3, 2), normal(2, 4))

def test_one_sample_without_a_batch_axis():
    model = Sequential(Linear(4, 3, rng=0), ReLU())
    found = trace(model, normal(4))
    assert not found.free
    np.testing.assert_array_equal(found.run(normal(4)), model(Tensor(normal(4))).data)

class Replayed(Compiled):
    compilations = 0
    def compile(self, trace):
        self.compilations += 1
        return trace.run

def change_by_optimizer(model):
    model(Tensor(normal(2, 5))).sum().backward()
    Adam(model.parameters(), lr=.1).step()

def change_by_state(model): model.load_state_dict({k: 2*v for k, v in model.state_dict().items()})
def change_array(model): model.layers[0].weight.data = -model.layers[0].weight.data
def change_layer(model): model.layers[0] = Linear(5, 7, rng=9)
def change_tensor(model): model.layers[2].bias = Tensor(np.ones(3, np.float32))
def change_activation(model): model.layers[1] = GELU()
def remove_bias(model): model.layers[2].bias = None
def change_in_place(model):
    with no_grad(): model.layers[0].bias += 1.

@pytest.mark.parametrize('change', [change_by_optimizer, change_by_state, change_array, change_layer, change_tensor, change_activation, remove_bias, change_in_place])
def test_compiled_notices(change):
    model, x = Sequential(Linear(5, 7, rng=0), ReLU(), Linear(7, 3, rng=1)), Tensor(normal(2, 5))
    compiled = Replayed(model)
    for _ in range(3): before = compiled(x).data
    assert compiled.compilations == 1
    change(model)
    assert not np.allclose(model(x).data, before)
    np.testing.assert_array_equal(compiled(x).data, model(x).data)
    assert compiled.compilations == 2

def test_repeated_calls_go_the_short_way_and_hooks_see_them():
    model = Sequential(Linear(5, 7, rng=0), ReLU(), Linear(7, 3, rng=1))
    class Noting(Replayed):
        def slowly(self, x):
            slow.append(x.shape)
            return super().slowly(x)
    seen, slow = [], []
    compiled = Noting(model)
    for n in 2, 3, 2, 3, 2: compiled(Tensor(normal(n, 5)))
    assert slow == [(2, 5), (3, 5)] and compiled.compilations == 1
    with forward_hook([compiled], lambda layer, inputs, settings, output: seen.append(output.shape)):
        compiled(Tensor(normal(2, 5)))
        change_array(model)
        for _ in range(2): np.testing.assert_array_equal(compiled(Tensor(normal(2, 5))).data, model(Tensor(normal(2, 5))).data)
    assert seen == [(2, 3)]*3
    np.testing.assert_array_equal(compiled(Tensor(normal(2, 5))).data, model(Tensor(normal(2, 5))).data)
    assert len(seen) == 3

def test_running_averages_are_noticed():
    model, x = Sequential(Conv2d(1, 2, 3, rng=0), BatchNorm2d(2)), Tensor(normal(4, 1, 5, 5))
    compiled = Replayed(model)
    before = compiled(x).data
    model.train()(x)
    assert not np.allclose(compiled(x).data, before)
    np.testing.assert_array_equal(compiled(x).data, model.eval()(x).data)

def test_what_others_change_costs_no_compilation():
    model, other = Linear(5, 2, rng=0), Sequential(Linear(5, 2, rng=1))
    compiled, x = Replayed(model), Tensor(normal(2, 5))
    compiled(x)
    for _ in range(3):
        other(x).sum().backward()
        Adam(other.parameters(), lr=.1).step()
        np.testing.assert_array_equal(compiled(x).data, model(x).data)
    assert compiled.compilations == 1

@pytest.mark.parametrize('x', [normal(1, 5), normal(0, 5), normal(5), normal(3, 5).astype(np.float64), normal(3, 5).astype(np.float16),
                               normal(6, 10)[::2, ::2], np.arange(10).reshape(2, 5), normal(2, 3, 5)], ids=lambda x: f'{x.dtype}{x.shape}')
def test_compiled_takes_what_the_model_takes(x):
    model = Sequential(Linear(5, 7, rng=0), ReLU(), Linear(7, 3, rng=1))
    compiled = Replayed(model)
    compiled(Tensor(normal(4, 5)))
    for _ in range(2):
        found, expected = compiled(Tensor(x)).data, model(Tensor(x)).data
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(compiled(x).data, expected)

def test_what_cannot_be_traced_is_done_by_the_model():
    class Deciding(Module):
        def __init__(self): self.fc = Linear(5, 5, rng=0)
        def forward(self, x): return self.fc(x) if x.sum().item() > 0 else x
    compiled, x = Replayed(Deciding()), Tensor(np.ones((2, 5), np.float32))
    for sign in 1, -1: np.testing.assert_array_equal(compiled(sign*x).data, compiled.model(sign*x).data)
    assert compiled.compilations == 0 and 'Tensor.item' in ''.join(compiled.fallbacks.values())

def test_gradients_are_the_models():
    model, leaf = Linear(5, 2, rng=0), Tensor(normal(3, 5), requires_grad=True)
    Replayed(model)(leaf).sum().backward()
    np.testing.assert_allclose(leaf.grad, np.broadcast_to(model.weight.data.sum(axis=1), (3, 5)), rtol=1e-6)

def test_compiled_is_stored_and_counted_as_its_model_and_leaves_it_alone():
    model = Sequential(Conv2d(1, 2, 3, rng=0), BatchNorm2d(2), Dropout(.5, rng=0))
    before = model.state_dict()
    compiled = Replayed(model)
    compiled(Tensor(normal(2, 1, 5, 5)))
    assert compiled.state_dict().keys() == before.keys() and compiled.count_parameters() == model.count_parameters()
    assert [m.training for m in model.modules()] == [True]*4 and not compiled.training
    compiled.eval()
    assert [m.training for m in model.modules()] == [True]*4
    with pytest.raises(TypeError, match='train the model'): compiled.train()
    for name, array in model.state_dict().items(): np.testing.assert_array_equal(array, before[name])

def test_a_copy_is_compiled_for_weights_of_its_own():
    model, x = Linear(5, 2, rng=0), Tensor(normal(3, 5))
    compiled = Replayed(model)
    compiled(x)
    copy = deepcopy(compiled)
    copy.model.bias.data = copy.model.bias.data + 1
    np.testing.assert_allclose(copy(x).data, compiled(x).data + 1, rtol=1e-6)

def test_only_a_module_is_compiled():
    with pytest.raises(TypeError, match='expected a Module, got function'): Replayed(reads)

def test_the_profile_function_is_put_back():
    import sys
    def mine(*_): pass
    sys.setprofile(mine)
    try:
        trace(relu, normal(2, 3))
        assert sys.getprofile() is mine
    finally: sys.setprofile(None)

def test_what_takes_only_some_values_is_done_by_the_model():
    from tinytorch.core.embeddings import Embedding
    compiled = Replayed(Embedding(5, 3, rng=0))
    ids = Tensor([[1., 4.], [0., 2.]])
    np.testing.assert_array_equal(compiled(ids).data, compiled.model(ids).data)
    assert 'refuses other values' in ''.join(compiled.fallbacks.values())

def test_a_trace_warns_of_nothing(recwarn):
    model = Sequential(Linear(3, 3, rng=0), lambda x: (x*x).log().sqrt())
    trace(model, normal(2, 3))
    trace(lambda x: x.sqrt() + x.log(), np.ones((2, 3), np.float32))
    assert not recwarn.list

def test_tracing_beside_a_profiler_written_in_c():
    import cProfile
    profile = cProfile.Profile()
    profile.enable()
    try: assert trace(relu, normal(2, 3)).calls
    finally: profile.disable()
