"A trace says what a model computes for any batch, or why it cannot; what runs another way keeps up with the weights"
import pickle
import sys
from copy import copy, deepcopy
from threading import Thread

import numpy as np
import pytest

from tinytorch.core.activations import GELU, ReLU, Softmax, relu, tanh
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import no_grad
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Dropout, Flatten, Linear, Module, Sequential, evaluating, forward_hook
from tinytorch.core.optimizers import Adam
from tinytorch.core.spatial import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor, cat, where
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

def test_a_compiled_model_can_be_put_into_eval_mode_and_back():
    "As `evaluating` does with any model: it is in eval mode before, meanwhile and after"
    from tinytorch.core.layers import evaluating
    model = Replayed(Linear(3, 2))
    with evaluating(model): assert model.training is False
    assert model.training is False
    model.training = False
    with pytest.raises(TypeError, match='made for inference'): model.training = True

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

class By(Module):
    "A model whose forward is `f`, with the parts given"
    def __init__(self, f, **parts):
        for name, part in dict(f=f, **parts).items(): setattr(self, name, part)
    def forward(self, *inputs): return self.f(self, *inputs)

def check_inputs(model, *each):
    compiled = Replayed(model)
    for inputs in each:
        for _ in range(2):
            found, expected = [m(*[Tensor(x.copy()) for x in inputs]) for m in (compiled, model.eval())]
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found.data, expected.data)
    return compiled

SIZES = {
    'first half': lambda s, x: x[:len(x)//2]*2,
    'second half': lambda s, x: x[len(x)//2:]*2,
    'square': lambda s, x: (x.reshape(len(x), -1) @ x.reshape(len(x), -1).transpose(0, 1)).reshape(len(x)*len(x)),
    'without axes of 1': lambda s, x: x.squeeze()*2,
    'at most three': lambda s, x: x[:min(len(x), 3)]*2,
}
@pytest.mark.parametrize('name', SIZES)
@pytest.mark.parametrize('first', [1, 2, 3, 4, 5, 8])
def test_sizes_that_follow_the_batch_in_another_way(name, first):
    check_inputs(By(SIZES[name]), *[[normal(n, 1, 3)] for n in (first, 1, 2, 3, 4, 5, 8, 9)])

def test_a_number_of_samples_that_is_not_refused_later():
    compiled = Replayed(By(lambda s, x: x + x[3]))
    compiled(Tensor(normal(4, 2)))
    with pytest.raises(IndexError): compiled(Tensor(normal(2, 2)))

def test_inputs_that_are_all_the_same():
    "One number in all places must not be taken for a constant"
    check_inputs(By(lambda s, x, m: where(m, x, -1.)), [normal(4, 3), np.ones(3, bool)], [normal(4, 3), np.array([True, False, True])])
    check_inputs(Embedding(9, 2, rng=0), [np.array(3)], [np.array(5)], [np.array(0)])
    pair = By(lambda s, a, b: s.table(a.data.astype(np.int64)) - 2*s.table(b.data.astype(np.int64)), table=Embedding(9, 2, rng=0))
    check_inputs(pair, [np.zeros(2, np.int32)]*2, [np.array([1, 2], np.int32), np.array([3, 4], np.int32)])
    same = normal(2, 3)
    check_inputs(By(lambda s, a, b: a - 2*b), [same, same], [same, 3*same])

def test_a_mask_among_the_settings():
    model = By(lambda s, x, mask: s.attention(x, mask), attention=MultiHeadAttention(8, 2, rng=0))
    causal = np.tril(np.ones((5, 5), bool))
    compiled = check_inputs(model, [normal(2, 5, 8), np.ones((5, 5), bool)], [normal(2, 5, 8), causal], [normal(5, 5, 8), causal])
    assert not compiled.fallbacks
    assert not check_inputs(By(lambda s, x: s.attention(x, s.mask), attention=model.attention, mask=Tensor(causal)), [normal(2, 5, 8)]).fallbacks

def test_a_model_that_writes_into_its_input():
    def forward(self, x):
        x += 1
        return x*2
    x, model = normal(2, 3), By(forward)
    with pytest.raises(Untraceable, match='writes into its input'): trace(model, x)
    np.testing.assert_array_equal(x, normal(2, 3))
    with no_grad(): check_inputs(model, [x], [normal(4, 3)])

def swap_function(m): m.act = tanh
def set_number(m): m.scale = 5.
def set_flag(m): m.use = False
def set_array(m): m.mask = np.array([0, 1, 0, 1], np.float32)
def append(m): m.layers.append(ReLU())
def shorten(m): del m.layers[-1]
def swap_in_dict(m): m.more['act'] = relu
def take_out(m): del m.more['last']

@pytest.mark.parametrize('change', [swap_function, set_number, set_flag, set_array, append, shorten, swap_in_dict, take_out])
def test_compiled_notices_what_is_no_tensor(change):
    def forward(self, x):
        for layer in [*self.layers, *self.more.values()]: x = layer(x)
        return self.act(x)*self.scale*Tensor(self.mask) if self.use else x
    model = By(forward, layers=[Linear(4, 4, rng=0), Linear(4, 4, rng=1)], more={'act': tanh, 'last': Linear(4, 4, rng=2)},
               act=relu, scale=2., use=True, mask=np.ones(4, np.float32))
    compiled, x = Replayed(model), Tensor(normal(3, 4))
    for _ in range(3): before = compiled(x).data
    change(model)
    assert not np.array_equal(model(x).data, before)
    for _ in range(3): np.testing.assert_array_equal(compiled(x).data, model(x).data)
    assert compiled.compilations == 2 and not compiled.fallbacks

@pytest.mark.parametrize('decides', [False, True])
def test_a_model_that_counts_its_calls_is_traced_once(decides):
    def forward(self, x):
        self.calls += 1
        return self.fc(x) if not decides or x.sum().item() > 1e9 else x
    model = By(forward, fc=Linear(3, 3, rng=0), calls=0)
    compiled = Replayed(model)
    compiled(Tensor(normal(2, 3)))
    calls = model.calls
    for _ in range(5): compiled(Tensor(normal(2, 3)))
    assert model.calls == calls + 5*decides

def test_compiled_inside_a_block_and_inside_a_model():
    model = Sequential(Linear(4, 4, rng=0), Dropout(.5, rng=0))
    compiled, x = Replayed(model), Tensor(normal(2, 4))
    with evaluating(compiled): compiled(x)
    assert model.training and not compiled.training
    outer = Sequential(compiled, Linear(4, 2, rng=1))
    with evaluating(outer): found = outer(x)
    np.testing.assert_array_equal(found.data, outer[1](compiled(x)).data)
    assert outer.training and outer[1].training
    with pytest.raises(TypeError, match='made for inference'): outer.train()
    np.testing.assert_array_equal(Replayed(outer)(x).data, outer(x).data)

@pytest.mark.parametrize('again', [lambda m: pickle.loads(pickle.dumps(m)), deepcopy, copy])
def test_copies_and_pickles_compile_for_themselves(again):
    compiled, x = Replayed(Linear(4, 2, rng=0)), Tensor(normal(2, 4))
    expected = compiled(x).data
    found = again(compiled)
    assert type(found) is Replayed and (found.model is compiled.model) == (again is copy)
    for _ in range(2): np.testing.assert_array_equal(found(x).data, expected)
    found.model.weight.data = -found.model.weight.data
    np.testing.assert_array_equal(found(x).data, found.model(x).data)

@pytest.mark.parametrize('decides', [False, True])
def test_threads_share_a_model(decides):
    "Its mode is switched while it is watched, or called in place of a plan"
    def forward(self, x):
        for _ in range(20): x = self.dropout(x) + 0.
        if decides: x.sum().item()
        return x
    x, interval, found = Tensor(normal(3, 4)), sys.getswitchinterval(), []
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(15):
            model = By(forward, dropout=Dropout(.5, rng=0))
            compiled = Replayed(model)
            threads = [Thread(target=lambda: found.extend(compiled(x).data for _ in range(4))) for _ in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            assert model.training and model.dropout.training
    finally: sys.setswitchinterval(interval)
    assert len(found) == 15*16
    for out in found: np.testing.assert_array_equal(out, x.data)

@pytest.mark.parametrize('ids', [[[1, 2, 3]], [[]], [[99]], [[-1]]], ids=str)
def test_lists_are_read_as_the_model_reads_them(ids):
    "Ids are whole numbers there, where a tensor made of a list would be float32"
    model, found = GPT(20, 8, 2, 2, 16, rng=0), []
    for m in model, Replayed(model):
        try: found.append(m(ids).data)
        except ValueError as error: found.append(str(error))
    np.testing.assert_array_equal(*found)
