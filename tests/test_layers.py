"Layers and modules: what the page has no room for"
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest

from tinytorch.core.activations import ReLU, relu
from tinytorch.core.layers import (Dropout, Flatten, Identity, Linear, Module, Sequential, affine, evaluating, forward_hook, linear,
    replace_modules)
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

@pytest.mark.parametrize('kinds', [('f4', 'f4', 'f8'), ('f8', 'f4', 'f4'), ('i8', 'f4', 'f4'), ('i8', 'i8', 'f8'), ('f4', 'f8', 'f4')])
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
