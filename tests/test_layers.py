"Layers and modules: what the page has no room for"
from collections import deque
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest

from tinytorch.core.activations import Activation, ReLU, relu
from tinytorch.core.layers import (Dropout, Flatten, Identity, Linear, Module, ModuleDict, ModuleList, Parameter, Sequential, affine,
    evaluating, forward_hook, linear, replace_modules)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def tensor(*shape, seed=0, **settings): return Tensor(rng(seed).standard_normal(shape).astype(np.float32), **settings)

# linear and affine

@pytest.mark.parametrize('shape', [(4,), (1, 4), (7, 4), (0, 4), (2, 3, 4), (2, 0, 4), (2, 1, 3, 4)])
@pytest.mark.parametrize('with_bias', [True, False])
def test_linear_treats_every_row_alike(shape, with_bias):
    x, weight, bias = tensor(*shape), tensor(4, 3, seed=1), tensor(3, seed=2) if with_bias else None
    out = linear(x, weight, bias)
    assert out.shape == (*shape[:-1], 3) and out.dtype == np.float32
    close(out, x.data @ weight.data + (bias.data if with_bias else 0), rtol=1e-5, atol=1e-6)

@pytest.mark.parametrize('kinds', [('f4', 'f4', 'f8'), ('f8', 'f4', 'f4'), ('i8', 'i8', 'f8'), ('f4', 'f8', 'f4')])
def test_fused_and_composed_agree_in_value_and_dtype(kinds):
    x, weight, bias = [Tensor(np.arange(1, n + 1).reshape(s).astype(k)) for n, s, k in zip((6, 12, 4), ((2, 3), (3, 4), (4,)), kinds)]
    fused, composed = affine(x, weight, bias), x @ weight + bias
    assert fused.dtype == composed.dtype
    close(fused, composed)

@pytest.mark.parametrize('leading', [(), (1,), (3,), (1, 1), (1, 3), (3, 1), (0, 1), (1, 0), (1, 1, 1), (1, 2, 3)])
def test_leading_axes_are_kept_also_those_of_one(leading):
    x, weight, bias = (np.random.default_rng(i).standard_normal(shape) for i, shape in enumerate([(*leading, 4), (4, 2), (2,)]))
    out = affine(Tensor(x), Tensor(weight), Tensor(bias))
    assert out.shape == (*leading, 2)
    close(out, np.einsum('...i,io->...o', x, weight) + bias)

@pytest.mark.parametrize('dtype', [np.uint8, np.int32, np.int64, bool])
@pytest.mark.parametrize('weight', [np.float16, np.float32, np.float64])
@pytest.mark.parametrize('bias', [True, False])
def test_whole_numbers_take_the_dtype_of_the_weight(dtype, weight, bias):
    "NumPy alone makes float64 of pixels times float32"
    x, w, b = np.arange(6).reshape(1, 2, 3).astype(dtype), np.ones((3, 4), weight), np.ones(4, weight)
    out = linear(Tensor(x), Tensor(w), Tensor(b) if bias else None)
    assert out.dtype == weight
    close(out, x.astype(float) @ w + bias)

def test_affine_leaves_its_inputs_alone():
    x, weight, bias = tensor(2, 3), tensor(3, 4), tensor(4)
    before = [t.data.copy() for t in (x, weight, bias)]
    out = affine(x, weight, bias)
    assert all((t.data == b).all() for t, b in zip((x, weight, bias), before))
    assert not any(np.shares_memory(out.data, t.data) for t in (x, weight, bias))

def test_affine_of_transposed_and_strided_inputs():
    x, weight = Tensor(rng().random((4, 6)).T[::2]), Tensor(rng(1).random((3, 4)).T)
    close(affine(x, weight, Tensor(np.ones(3))), x.data @ weight.data + 1)

def test_linear_takes_arrays_and_lists():
    layer = Linear(2, 3, rng=rng())
    close(layer([[1, 2]]), layer(Tensor([[1, 2]])))
    close(layer(np.array([1., 2])), layer(Tensor([1., 2])))
    assert Linear(2, 3, bias=False)([[1, 2]]).shape == (1, 3)

@pytest.mark.parametrize('shapes, words', [
    (((2, 5), (4, 3), (3,)), r'linear: x has 5 features \(shape \(2, 5\)\) but weight \(4, 3\) takes 4'),
    (((9, 2, 2), (4, 3), (3,)), 'flatten it first'),
    (((), (4, 3), (3,)), r'x is one number, of shape \(\); weight \(4, 3\) takes 4'),
    (((2, 4), (4, 3), (4,)), r'bias \(4,\) does not fit weight \(4, 3\): expected \(3,\)'),
    (((2, 4), (4, 3), (2, 3)), r'bias \(2, 3\) does not fit'),
    (((2, 4), (4, 3), ()), r'bias \(\) does not fit'),
    (((2, 4), (4,), ()), r'weight has shape \(4,\); expected two axes, \(in, out\)'),
    (((2, 3), (4, 3, 2), (3, 2)), 'expected two axes')])
def test_linear_errors(shapes, words):
    with pytest.raises(ValueError, match=words): affine(*[Tensor(np.ones(s)) for s in shapes])

def test_linear_without_bias_errors():
    with pytest.raises(ValueError, match='5 columns meet 4 rows'): linear(Tensor(np.ones((2, 5))), Tensor(np.ones((4, 3))))
    with pytest.raises(ValueError, match='5 columns meet 4 rows'): linear(Tensor(np.ones((2, 2, 5))), Tensor(np.ones((4, 3))))

def test_affine_records_what_its_rule_needs():
    x, weight, bias = tensor(2, 3), tensor(3, 4, requires_grad=True), tensor(4, requires_grad=True)
    recipe = affine(x, weight, bias).recipe
    assert recipe.inputs[0] is x.data and recipe.inputs[1] is weight.data and recipe.inputs[2] is None and recipe.out is None
    assert recipe.parents[0] is None and recipe.parents[1] is weight

def test_linear_is_reproducible_and_touches_no_global_generator():
    state = np.random.get_state()[1].copy()
    a, b, c = Linear(5, 4, rng=rng(3)), Linear(5, 4, rng=rng(3)), Linear(5, 4)
    assert (a.weight.data == b.weight.data).all() and (a.weight.data != c.weight.data).any()
    assert (np.random.get_state()[1] == state).all()

def test_first_weights_fill_their_interval():
    for p in Linear(400, 25, rng=rng()).parameters(): assert .04 < np.abs(p.data).max() <= np.float32(.05)

def test_linear_sizes_follow_the_weight():
    layer = Linear(5, 4)
    layer.weight, layer.bias = Tensor(np.ones((5, 2)), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    assert (layer.in_features, layer.out_features) == (5, 2) and repr(layer) == 'Linear(5, 2)'
    with pytest.raises(ValueError, match='at least 1, got 3 and 0'): Linear(3, 0)

# finding

class Deep(Module):
    def __init__(self):
        self.first = Linear(2, 2)
        self.scale = Tensor([1., 2.], requires_grad=True)
        self.blocks = [Linear(2, 2), {'gate': Linear(2, 2, bias=False), 'off': None}, (3, 'text')]
        self.numbers, self.kind, self.data = 3, Linear, np.ones(9)
        self.tied = self.first.weight
        self.owner = self

    def forward(self, x): return self.blocks[1]['gate'](self.blocks[0](self.first(x)))*self.scale

NAMES = ['first.weight', 'first.bias', 'scale', 'blocks.0.weight', 'blocks.0.bias', 'blocks.1.gate.weight']

def test_order_is_order_of_assignment_and_everything_is_found_once():
    model = Deep()
    assert [n for n, _ in model.named_parameters()] == NAMES
    assert model.count_parameters() == 4 + 2 + 2 + 4 + 2 + 4
    assert [n for n, _ in model.named_modules()] == ['', 'first', 'blocks.0', 'blocks.1.gate'] and model.modules()[0] is model
    assert len(model.children()) == 4  # three layers and the circle
    assert isinstance(model.parameters(), list) and list(model.state_dict()) == NAMES

def test_every_parameter_wants_a_gradient_and_frozen_ones_stay_parameters():
    model = Deep()
    assert all(p.requires_grad for p in model.parameters())
    model.first.weight.requires_grad = False
    assert len(model.parameters()) == 6

def test_the_same_module_twice_counts_once():
    a = Linear(3, 3)
    model = Sequential(a, ReLU(), a)
    assert model.count_parameters() == 12 and list(model.state_dict()) == ['0.weight', '0.bias']
    assert len(model) == 3 and model.eval() is model and not a.training

def test_subclasses_need_no_init_and_may_call_it():
    class Plain(Module):
        def forward(self, x): return x
    class Polite(Module):
        def __init__(self):
            super().__init__()
            self.layer = Linear(2, 2)
    assert Plain().training and Plain().parameters() == [] and Polite().count_parameters() == 6
    assert Plain().eval().training is False and Plain().training is True

def test_a_dataclass_can_be_a_module():
    @dataclass
    class Pair(Module):
        a: Linear
        b: Linear
        def forward(self, x): return self.b(self.a(x))
    pair = Pair(Linear(2, 3), Linear(3, 1))
    assert pair.count_parameters() == 13 and pair(Tensor([[1, 2]])).shape == (1, 1)

def test_a_call_is_a_call_of_forward():
    class Many(Module):
        def forward(self, x, *others, scale=1): return (x, others, scale)
    many = Many()
    assert many(1, 2, 3, scale=4) == (1, (2, 3), 4) and callable(many)
    many.forward = lambda x: 'shadowed'
    assert many(1) == 'shadowed' and Many()(1) == (1, (), 1)

def test_no_forward():
    class Empty(Module): pass
    with pytest.raises(NotImplementedError, match='Empty has no forward; write one'): Empty()(Tensor(1.))

def test_a_result_is_no_parameter():
    model = Linear(2, 3)
    model.scale = Tensor([1., 2.], requires_grad=True)*.5
    for find in (model.parameters, model.zero_grad, model.count_parameters):
        with pytest.raises(TypeError, match='Linear.scale is the result of .*only a leaf'): find()

def test_zero_grad():
    model = Deep()
    for p in model.parameters(): p.grad = np.ones(p.shape)
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())

# rows of layers

def test_sequential():
    a, b, c = Linear(4, 3), ReLU(), Linear(3, 2)
    model = Sequential(a, b, c)
    x = tensor(5, 4)
    close(model(x), c(relu(a(x))))
    assert [*model] == [a, b, c] and model[0] is a and model[-1] is c and len(model[1:]) == 2 and model[1:][1] is c
    assert model.append(Identity()) is model and len(model) == 4
    assert Sequential()(x) is x
    with pytest.raises(IndexError): model[9]

def test_nested_names_are_pytorchs():
    model = Sequential(Linear(2, 2), Sequential(ReLU(), Linear(2, 2)))
    assert list(model.state_dict()) == ['0.weight', '0.bias', '1.1.weight', '1.1.bias']

@pytest.mark.parametrize('layer, words', [(ReLU, 'is the class ReLU itself'), ([Linear(2, 2)], 'layer 1 is a list'), (None, 'layer 1 is a NoneType'), (Tensor(1.), 'layer 1 is a Tensor')])
def test_sequential_refuses_what_cannot_be_called(layer, words):
    with pytest.raises(TypeError, match=words): Sequential(Identity(), layer)
    with pytest.raises(TypeError, match=words): Sequential(Identity()).append(layer)

def test_flatten():
    x = tensor(2, 3, 4)
    assert Flatten()(x).shape == (2, 12) and Flatten(0)(x).shape == (24,) and Flatten(2)(x).shape == (2, 3, 4)
    assert Flatten()(np.ones((2, 3, 4))).shape == (2, 12) and Flatten()(np.ones((0, 3, 4))).shape == (0, 12)

def test_repr():
    model = Sequential(Flatten(), Linear(4, 3, bias=False), relu, lambda x: x, Dropout(.1), Deep())
    text = repr(model)
    assert text.splitlines()[:6] == ['Sequential(', '  (0): Flatten()', '  (1): Linear(4, 3, bias=False)', '  (2): relu', '  (3): <lambda>', '  (4): Dropout(p=0.1)']
    assert '(blocks.1.gate): Linear(2, 2, bias=False)' in text and '(owner): ...' in text and 'scale (2,)' in text
    assert repr(Identity()) == 'Identity()' and repr(Flatten(2)) == 'Flatten(start_dim=2)'

# dropout

def test_dropout_at_its_ends():
    x = tensor(10, 10)
    assert Dropout(0)(x) is x and not Dropout(1)(x).data.any() and Dropout(.5).eval()(x) is x
    for p in (-.1, 1.1, float('nan')):
        with pytest.raises(ValueError, match='from 0 to 1, got'): Dropout(p)

@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_dropout_keeps_dtype_and_mean(dtype):
    x = Tensor(np.ones((200, 200), dtype))
    y = Dropout(.3, rng=rng())(x)
    assert y.dtype == dtype and abs(y.data.mean() - 1) < .02 and abs((y.data == 0).mean() - .3) < .01
    close(np.unique(y.data), [0, 1/.7])

def test_dropout_owns_its_generator():
    given = rng(5)
    a, b = Dropout(.5, rng=given), Dropout(.5, rng=given)
    before = given.bit_generator.state
    x = Tensor(np.ones(100))
    assert (a(x).data != b(x).data).any() and given.bit_generator.state == before
    again = Dropout(.5, rng=rng(5))
    a = Dropout(.5, rng=rng(5))
    assert (a(x).data == again(x).data).all()
    state = a.rng.bit_generator.state
    first = a(x).data
    a.rng.bit_generator.state = state
    assert (a(x).data == first).all()
    assert Linear(2, 2, rng=given).weight.data[0, 0] == Linear(2, 2, rng=rng(5)).weight.data[0, 0]  # spawning draws nothing

def test_dropout_of_a_scalar():
    assert Dropout(.5)(Tensor(3.)).item() in (0, 6)

# state

def test_buffers():
    class Norm(Module):
        def __init__(self):
            self.gain = Tensor(np.ones(3), requires_grad=True)
            self.register_buffer('mean', np.zeros(3))
            self.register_buffer('steps', np.array(0, np.int64))
        def forward(self, x): return x
    norm, model = Norm(), Sequential(Linear(3, 3), Norm())
    assert [n for n, _ in norm.named_parameters()] == ['gain'] and [n for n, _ in norm.named_buffers()] == ['mean', 'steps']
    assert [n for n, _ in model.named_buffers()] == ['1.mean', '1.steps'] and model.count_parameters() == 15
    state = model.state_dict() | {'1.steps': np.array(7), '1.mean': np.arange(3.)}
    model.load_state_dict(state)
    assert model[1].steps.item() == 7 and model[1].mean.tolist() == [0, 1, 2]
    norm.register_buffer('mean', np.ones(3))
    assert norm.buffer_names == ('mean', 'steps') and norm.mean.tolist() == [1, 1, 1] and Norm.buffer_names == ()
    twin = deepcopy(norm)
    twin.register_buffer('more', np.ones(1))
    assert 'more' not in norm.buffer_names

def test_state_dict_round_trip_keeps_bits_and_dtypes():
    model = Deep()
    model.register_buffer('codes', np.array([1, -128], np.int8))
    other = Deep()
    other.register_buffer('codes', np.zeros(2, np.int8))
    arrays = [p.data for p in other.parameters()]
    assert other.load_state_dict(model.state_dict()) == ([], [])
    for (n, a), (m, b) in zip(model.state_dict().items(), other.state_dict().items()):
        assert n == m and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    assert all(p.data is a for p, a in zip(other.parameters(), arrays)) and other.tied is other.first.weight

def test_state_dict_holds_copies():
    model = Linear(2, 2)
    state = model.state_dict()
    model.weight.data[...] = 9
    assert not (state['weight'] == 9).any()
    model.load_state_dict(state)
    state['weight'][...] = 5
    assert not (model.weight.data == 5).any()

def test_load_tells_everything_at_once_and_copies_nothing():
    model = Sequential(Linear(4, 3), Linear(3, 2), Linear(2, 2))
    before, state = model.state_dict(), model.state_dict()
    state['0.weight'], state['1.bias'], state['surplus'] = np.ones((3, 4)), np.ones(7), np.ones(1)
    state['2.weight'] = np.full((2, 2), 5)
    del state['2.bias']
    with pytest.raises(ValueError) as caught: model.load_state_dict(state)
    message = str(caught.value)
    for words in ['0.weight is (4, 3) here and (3, 4) in the state; transpose: PyTorch keeps (out, in)', '1.bias is (2,) here and (7,)', 'missing from the state: 2.bias', 'not in the model: surplus']: assert words in message
    assert all((before[n] == t.data).all() for n, t in model.named_parameters())
    with pytest.raises(ValueError, match='1.bias') as caught: model.load_state_dict(state, strict=False)
    assert 'missing' not in str(caught.value)

def test_load_without_strict():
    model = Linear(2, 2)
    assert model.load_state_dict({'weight': [[1, 2], [3, 4]], 'other': 1}, strict=False) == (['bias'], ['other'])
    assert model.weight.tolist() == [[1, 2], [3, 4]]

def test_load_dtypes():
    model = Linear(2, 2)
    model.load_state_dict({'weight': np.full((2, 2), .1), 'bias': Tensor([1, 2])})
    assert model.weight.dtype == np.float32 and model.weight.data[0, 0] == np.float32(.1)
    model.register_buffer('codes', np.zeros(2, np.int8))
    for bad in (np.array([1, 300]), np.array([1., 2])):
        with pytest.raises(ValueError, match='codes is int8 here and'): model.load_state_dict(model.state_dict() | {'codes': bad})
    with pytest.raises(ValueError, match='bias is float32 here and <U1'): model.load_state_dict(model.state_dict() | {'bias': np.array(['a', 'b'])})

def test_transposed_states():
    model = Sequential(Linear(3, 3), Linear(3, 2))
    model.register_buffer('table', np.zeros((2, 2)))
    own = model.state_dict() | {'table': np.array([[1., 2], [3, 4]])}
    theirs = own | {n: own[n].T for n in ('0.weight', '1.weight')}
    with pytest.raises(ValueError, match='transpose=True') as caught: model.load_state_dict(theirs)
    assert '0.weight' not in str(caught.value)  # square: its shape cannot tell
    model.load_state_dict(theirs, transpose=True)
    assert all((a == own[n]).all() for n, a in model.state_dict().items())
    with pytest.raises(ValueError, match=r'1.weight is \(3, 2\) here and \(2, 3\)'): model.load_state_dict(own, transpose=True)

def test_deepcopy_shares_nothing_and_keeps_what_is_tied():
    model = Sequential(Deep(), Dropout(.5, rng=rng()))
    twin = deepcopy(model)
    assert not any(np.shares_memory(a.data, b.data) for a in model.parameters() for b in twin.parameters())
    assert twin[0].tied is twin[0].first.weight and twin[0].owner is twin[0] and twin[1].rng is not model[1].rng
    x = Tensor(np.ones(50))
    assert (twin[1](x).data == model[1](x).data).all()  # the copy goes on with the same numbers
    twin.eval()
    assert model.training and model[1].training

# summary

def test_summary_counts_and_leaves_no_trace():
    model = Sequential(Flatten(), Linear(6, 4), ReLU(), Dropout(.5, rng=rng()), Sequential(Linear(4, 2, bias=False), relu))
    state, drawn, held = model.state_dict(), model[3].rng.bit_generator.state, list(vars(model[1]))
    lines = [line.split() for line in model.summary((7, 2, 3)).splitlines()]
    assert lines[0] == ['layer', 'kind', 'output', 'parameters', 'bytes'] and lines[-1] == ['total', '36', '144']
    assert [line[:2] for line in lines[1:-1]] == [['0', 'Flatten'], ['1', 'Linear'], ['2', 'ReLU'], ['3', 'Dropout'], ['4.0', 'Linear']]
    assert lines[2][2:] == ['(7,', '4)', '28', '112'] and lines[5][2:] == ['(7,', '2)', '8', '32']
    assert model.training and model[3].rng.bit_generator.state == drawn and list(vars(model[1])) == held
    assert all((state[n] == a).all() for n, a in model.state_dict().items()) and all(p.requires_grad for p in model.parameters())

def test_summary_of_one_layer_and_of_shared_and_unused_ones():
    assert Linear(3, 2).summary((1, 3)).splitlines()[-1].split() == ['total', '8', '32']
    a = Linear(2, 2)
    assert Sequential(a, a).summary((1, 2)).splitlines()[-1].split() == ['total', '6', '24']
    text = Deep().summary((1, 2))
    assert text.splitlines()[-1].split() == ['total', '18', '72'] and 'not called' not in text
    class Lazy(Module):
        def __init__(self): self.used, self.unused, self.act = Linear(2, 2), Linear(2, 3), ReLU()
        def forward(self, x): return self.act(self.used(x)), 1
    text = Lazy().summary((1, 2))
    assert 'unused  Linear  not called' in text and 'act     ReLU    (1, 2)' in text

def test_summary_bytes_include_buffers_and_whole_numbers_can_be_fed():
    class Look(Module):
        def __init__(self):
            self.table = Tensor(np.ones((5, 2), np.float32), requires_grad=True)
            self.register_buffer('codes', np.zeros(3, np.int8))
        def forward(self, tokens): return self.table[tokens]
    line = Look().summary((1, 4), dtype=np.int64).splitlines()[1]
    assert line.split() == ['Look', '(1,', '4,', '2)', '10', '43']

@pytest.mark.house  # wording
def test_summary_with_the_wrong_shape_says_so():
    with pytest.raises(ValueError, match='x has 5 features'): Linear(4, 3).summary((1, 5))

# Looking on and exchanging

def test_evaluating_puts_each_module_back():
    model = Sequential(Linear(2, 2), Sequential(Dropout(.5), Dropout(.5)), Dropout(.5))
    model[1][0].training = model[2].training = False
    before = [module.training for module in model.modules()]
    with evaluating(model), evaluating(model[1]): assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == before
    with pytest.raises(KeyError), evaluating(model): raise KeyError
    assert [module.training for module in model.modules()] == before

@pytest.mark.parametrize('training', [True, False])
def test_evaluating_switches_what_is_no_module_by_its_own_methods(training):
    class Wrapper:
        def __init__(self): self.inner, self.training = Dropout(.5).train(training), training
        def train(self): self.training = True; self.inner.train()
        def eval(self): self.training = False; self.inner.eval()
    wrapper = Wrapper()
    with evaluating(wrapper): assert not wrapper.training and not wrapper.inner.training
    assert wrapper.training == wrapper.inner.training == training

def test_evaluating_uses_an_eval_of_your_own():
    class Frozen(Module):
        calls = 0
        def train(self, mode=True): self.calls += 1; return super().train(mode)
    frozen = Frozen()
    with evaluating(frozen): assert frozen.calls == 1 and not frozen.training
    assert frozen.training

def test_forward_hook_notes_every_call_and_leaves_no_trace():
    shared, calls = Linear(3, 3), []
    model = Sequential(shared, ReLU(), shared)
    mine = shared.forward = lambda x: linear(x, shared.weight)  # a forward of the layer's own
    def note(layer, inputs, settings, output): calls.append((layer, inputs[0].shape, settings, output.shape))
    with forward_hook([shared, model[1], shared], note): model(tensor(5, 3))
    assert [layer for layer, *_ in calls] == [shared, shared, model[1], shared, shared]  # named twice, told twice
    assert all(facts == [(5, 3), {}, (5, 3)] for _, *facts in calls)
    assert shared.forward is mine and 'forward' not in vars(model[1])
    with pytest.raises(ValueError), forward_hook([shared, model[1]], note): model(tensor(5, 4))
    assert shared.forward is mine and 'forward' not in vars(model[1])

def test_forward_hook_hands_settings_over():
    class Scale(Module):
        def forward(self, x, by=1.): return x*by
    scale, calls = Scale(), []
    with forward_hook([scale], lambda *facts: calls.append(facts)): out = scale(tensor(2), by=3.)
    (layer, inputs, settings, output), = calls
    assert layer is scale and len(inputs) == 1 and settings == {'by': 3.} and output is out

def test_replaced_named_tuples_keep_their_kind():
    from collections import namedtuple
    Pair = namedtuple('Pair', 'a b')
    model = Module()
    model.pair, model.fixed = Pair(Linear(2, 2), 3), (1, 2)
    fixed = model.fixed
    replace_modules(model, lambda m: Identity() if isinstance(m, Linear) else m)
    assert type(model.pair) is Pair and type(model.pair.a) is Identity and model.pair.b == 3 and model.fixed is fixed

# What a model holds, and how it is found

class Slope(Activation):
    def __init__(self): self.slope = Tensor([.25], requires_grad=True)
    def forward(self, x): return x*self.slope

class Called:
    "A layer of somebody who knows nothing of modules"
    def __init__(self): self.inner, self.scale = Linear(2, 2), Tensor([2.], requires_grad=True)
    def __call__(self, x): return self.inner(x)*self.scale

class Bag:
    "No layer"
    def __init__(self, **things): vars(self).update(things)

def test_what_is_no_module_and_can_be_called_is_looked_through():
    model = Sequential(Linear(2, 2), Slope(), Called())
    names = ['0.weight', '0.bias', '1.slope', '2.inner.weight', '2.inner.bias', '2.scale']
    assert list(model.state_dict()) == [name for name, _ in model.named_parameters()] == names
    model.eval()
    assert not model[2].inner.training
    state = {name: a + 1 for name, a in model.state_dict().items()}
    model.load_state_dict(state)
    assert model[1].slope.data.tolist() == [1.25] and model[2].scale.data.tolist() == [3]
    assert '1.slope' in dict(deepcopy(model).named_parameters()) and 'Slope' in repr(model)
    assert model.summary((1, 2)).splitlines()[2].split() == ['1', 'Slope', '(1,', '2)', '1', '4']

def test_a_learned_activation_learns():
    import tinytorch.core.autograd
    model = Sequential(Slope())
    model(Tensor([[3., 4.]])).sum().backward()
    assert model.parameters()[0].grad.tolist() == [7]

def test_modules_are_exchanged_where_they_are_found():
    model = Sequential(Called())
    model.queue = deque([Linear(2, 2), (Linear(2, 2),)])
    replace_modules(model, lambda m: Identity() if isinstance(m, Linear) else m)
    assert isinstance(model[0].inner, Identity) and isinstance(model.queue[0], Identity) and isinstance(model.queue[1][0], Identity)
    assert model.count_parameters() == 1

def test_deques_are_opened():
    model = Module()
    model.queue = deque([Linear(2, 3), {'scale': Tensor(1., requires_grad=True)}])
    assert [n for n, _ in model.named_parameters()] == ['queue.0.weight', 'queue.0.bias', 'queue.1.scale']

def learned(): return Tensor([1.], requires_grad=True)
@pytest.mark.parametrize('hide', [lambda: {Linear(2, 2)}, lambda: frozenset([ReLU(), Linear(2, 2)]), lambda: [{Linear(2, 2)}],
                                  lambda: Bag(layer=Linear(2, 2)), lambda: Bag(w=learned()), lambda: [Bag(layers=[Linear(2, 2)])],
                                  lambda: Bag(layer=Slope()), lambda: {Slope()}])
def test_what_would_be_lost_is_an_error_that_names_it(hide):
    model = Linear(2, 2)
    model.extra = hide()
    for collect in (model.parameters, model.state_dict, model.zero_grad, model.train):
        with pytest.raises(TypeError, match='Linear: extra.* hides a') as caught: collect()
    assert 'set' in str(caught.value) or 'Bag' in str(caught.value)

@pytest.mark.parametrize('thing', [set(), {1, 2}, {'a'}, Bag(), Bag(size=3, name='x', data=np.ones(3), frozen=Tensor([1.])), np, Bag(cls=Linear), {ReLU()},
                                   open, iter([]), np.random.default_rng(0)], ids=str)
def test_what_hides_nothing_is_fine(thing):
    model = Linear(2, 2)
    model.extra = thing
    assert len(model.parameters()) == 2

def test_who_knows_only_what_the_model_has_hides_nothing():
    "An optimizer or a trainer kept in the model itself"
    from tinytorch.core.optimizers import SGD
    model = Linear(2, 2)
    model.optimizer, model.trainer = SGD(model.parameters(), .1), Bag(model=model, layers=[model])
    assert len(model.parameters()) == 2 and list(model.state_dict()) == ['weight', 'bias']

@pytest.mark.parametrize('collide', [lambda: {1: learned(), '1': learned()}, lambda: {'a.b': learned(), 'a': {'b': learned()}},
                                     lambda: {1: Linear(2, 2), '1': Linear(2, 2)}])
def test_two_parts_of_one_name_are_an_error(collide):
    model = Linear(2, 2)
    model.parts = collide()
    for collect in (model.state_dict, model.parameters):
        with pytest.raises(ValueError, match=r'Linear: two of its parts are called parts\.'): collect()

def test_one_object_under_two_keys_is_one():
    t, model = learned(), Linear(2, 2)
    model.parts = {1: t, '1': t}
    assert len(model.state_dict()) == 3

def test_a_replaced_layer_of_a_row():
    model = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    model[-1] = Linear(3, 7)
    assert model(tensor(5, 4)).shape == (5, 7) and list(model.state_dict()) == ['0.weight', '0.bias', '2.weight', '2.bias']
    with pytest.raises(TypeError, match='Sequential: layer 0 is the class Linear'): model[0] = Linear
    assert model.extend([ReLU(), abs]) is model and len(model) == 5

def test_module_list_and_dict():
    blocks = ModuleList([Linear(2, 2), abs])
    assert blocks.append(ReLU()) is blocks and len(blocks) == 3 and isinstance(blocks[:2], ModuleList) and [*blocks][1] is abs
    assert [n for n, _ in blocks.named_parameters()] == ['0.weight', '0.bias'] and not isinstance(blocks, Sequential)
    with pytest.raises(NotImplementedError, match='ModuleList has no forward'): blocks(1)
    with pytest.raises(TypeError, match='ModuleList: layer 0 is a int'): ModuleList([3])
    heads = ModuleDict({'a': Linear(2, 1)})
    heads['b'] = Linear(2, 3, bias=False)
    assert [n for n, _ in heads.named_parameters()] == ['a.weight', 'a.bias', 'b.weight'] and 'b' in heads and list(heads) == ['a', 'b'] and len(heads) == 2
    assert dict(heads.items())['a'] is heads['a'] and list(heads.values())[1] is heads['b'] and [*heads.keys()] == ['a', 'b']
    with pytest.raises(TypeError, match='ModuleDict: layer c is the class Linear'): heads['c'] = Linear
    model = Module()
    model.blocks, model.heads = blocks, heads
    assert list(model.state_dict()) == ['blocks.0.weight', 'blocks.0.bias', 'heads.a.weight', 'heads.a.bias', 'heads.b.weight']
    assert '(heads): ModuleDict(' in repr(model)

def test_parameter():
    for data in (3, [1, 2], np.ones(2), tensor(2), tensor(2, requires_grad=True)*2):
        p = Parameter(data.detach() if isinstance(data, Tensor) else data)
        assert p.requires_grad and p.recipe is None and p.dtype.kind == 'f'
    a = np.ones(3)
    assert Parameter(a).data is a and not Parameter(a, requires_grad=False).requires_grad
    with pytest.raises(TypeError, match='int64'): Parameter(np.arange(3))

def test_buffers_may_come_later_and_must_stay_tensors():
    model = Linear(2, 2)
    model.register_buffer('mean', None)
    assert model.mean is None and list(model.state_dict()) == ['weight', 'bias'] and list(model.named_buffers()) == []
    model.mean = Tensor([1., 2.])
    assert list(model.state_dict())[2:] == ['mean'] and model.count_parameters() == 6
    outer = Sequential(model)
    for lost in (np.ones(2), 3., [1, 2]):
        model.mean = lost
        with pytest.raises(TypeError, match=r'state_dict: the buffer 0\.mean is a'): outer.state_dict()

def test_zero_grad_to_zeros():
    model = Linear(2, 2)
    model.weight.grad = np.ones((2, 2))
    model.zero_grad(set_to_none=False)
    assert model.weight.grad.tolist() == [[0, 0], [0, 0]] and model.bias.grad is None
    model.zero_grad(set_to_none=True)
    assert model.weight.grad is None

@pytest.mark.parametrize('state', [None, 3, [1], 'weights.npz', Linear(2, 2)], ids=str)
def test_a_state_that_is_none(state):
    with pytest.raises(TypeError, match=f'load_state_dict: .* dictionary .* got {type(state).__name__}'): Linear(2, 2).load_state_dict(state)

@pytest.mark.house  # layout in memory
def test_arrays_given_out_are_in_order_of_rows():
    "Whatever the order of the weight, which stays the array that the user put there"
    model, theirs = Linear(3, 8), np.arange(24, dtype=np.float32).reshape(8, 3).T
    model.weight.data = theirs
    state = model.state_dict()
    assert state['weight'].flags.c_contiguous and (state['weight'] == theirs).all()
    other = Linear(3, 8)
    other.load_state_dict({name: np.asfortranarray(a.astype(a.dtype.newbyteorder())) for name, a in state.items()})
    assert other.weight.data.flags.c_contiguous and (other.weight.data == theirs).all() and other.weight.dtype == np.float32
    model.load_state_dict(state)
    assert model.weight.data is theirs

def test_a_walk_keeps_nothing_alive():
    "No circle of references is left behind that holds a model until the collector comes by"
    import gc, weakref
    gc.disable()
    try:
        model = Sequential(Linear(2, 2), Slope())
        model.parameters(); model.state_dict(); model.train(); repr(model); replace_modules(model, lambda m: m)
        gone = weakref.ref(model[0])
        del model
        assert gone() is None
    finally: gc.enable()

# what PyTorch's modules have and these do not

@pytest.mark.parametrize('name, words', [('to', 'no devices'), ('cuda', 'no devices'), ('double', r'p.data = p.data.astype\(dtype\)'), ('register_forward_hook', r'with forward_hook\('),
    ('register_parameter', 'assign it'), ('apply', r'model.modules\(\)'), ('requires_grad_', 'p.requires_grad = False')])
def test_an_absent_name_says_what_to_write(name, words):
    for model in (Linear(2, 3), Sequential(Linear(2, 3))):
        with pytest.raises(AttributeError, match=f'{type(model).__name__} has no attribute .{name}.; .*{words}'): getattr(model, name)
        assert not hasattr(model, name) and not hasattr(type(model), name)
        assert deepcopy(model).count_parameters() == 9

def test_a_model_may_use_an_absent_name_itself():
    class Moving(Module):
        def __init__(self): self.cpu = Linear(2, 3)
        def apply(self, x): return self.cpu(x)
    model = Moving()
    assert model.apply(np.ones((1, 2))).shape == (1, 3) and [n for n, _ in model.named_parameters()] == ['cpu.weight', 'cpu.bias']

@pytest.mark.parametrize('settings, words', [(dict(device='cuda'), "device is 'cuda', and there are no devices"), (dict(dtype=np.float64), r'leave out dtype, .*p.data.astype\(dtype\)')])
def test_a_linear_layer_has_no_place_and_no_dtype_to_choose(settings, words):
    with pytest.raises(TypeError, match=words): Linear(2, 3, **settings)
    assert Linear(2, 3, device=None, dtype=None).weight.dtype == np.float32
