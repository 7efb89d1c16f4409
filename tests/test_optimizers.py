"Optimizers and schedules: laws, edges and messages that are not part of the page"
import copy, json, math

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.activations import ReLU
from tinytorch.core.optimizers import (SGD, Adam, AdamW, CosineAnnealingLR, LambdaLR, LinearWarmup, LRScheduler, OneCycleLR, Optimizer, StepLR, check_covers)
from tinytorch.core.tensor import Tensor

def leaf(*shape, dtype=np.float64, seed=0): return Tensor(np.asarray(np.random.default_rng(seed).standard_normal(shape), dtype), requires_grad=True)

def run(optimizer, steps, seed=1):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in optimizer.params: p.grad = np.asarray(rng.standard_normal(p.shape), p.dtype)
        optimizer.step()
    return [p.data.copy() for p in optimizer.params]

KINDS = {'sgd': lambda p: SGD(p, .1), 'momentum': lambda p: SGD(p, .1, momentum=.9, weight_decay=.1),
         'nesterov': lambda p: SGD(p, .1, momentum=.9, nesterov=True), 'dampened': lambda p: SGD(p, .1, momentum=.9, dampening=.3, maximize=True), 'adam': lambda p: Adam(p, .1),
         'adam with L2': lambda p: Adam(p, .1, weight_decay=.1), 'adamw': lambda p: AdamW(p, .1, weight_decay=.1), 'amsgrad': lambda p: Adam(p, .1, amsgrad=True, maximize=True)}
each_kind = pytest.mark.parametrize('make', KINDS.values(), ids=KINDS)

@each_kind
def test_array_stays_gradient_stays_dtype_stays(make):
    for dtype in (np.float32, np.float64):
        p = leaf(4, 3, dtype=dtype)
        array, g = p.data, np.ones((4, 3), dtype)
        p.grad = g
        make([p]).step()
        assert p.data is array and p.dtype == dtype and (g == 1).all() and p.requires_grad and p.recipe is None

@each_kind
@pytest.mark.parametrize('shape', [(), (1,), (0,), (3, 0), (5,), (4, 3), (2, 3, 4)])
def test_any_shape(make, shape):
    optimizer = make([leaf(*shape)])
    assert run(optimizer, 3)[0].shape == shape and np.isfinite(optimizer.params[0].data).all()

@each_kind
def test_memory_order_and_blocks_do_not_matter(make):
    plain, turned, cut = leaf(6, 5), leaf(6, 5), leaf(6, 5)
    turned.data = np.asfortranarray(turned.data)
    found = []
    for p, block in ((plain, 2**17), (turned, 2**17), (cut, 7)):
        optimizer = make([p])
        optimizer.block = block
        found += run(optimizer, 5)
    assert (found[0] == found[1]).all() and (found[0] == found[2]).all()

@each_kind
def test_many_parameters_are_each_for_themselves(make):
    "Spare memory is shared; what is remembered is not"
    alone = [run(make([leaf(3, seed=i)]), 0) and make([leaf(3, seed=i)]) for i in range(3)]
    together = make([leaf(3, seed=i) for i in range(3)])
    rng = np.random.default_rng(0)
    for _ in range(5):
        for one, p in zip(alone, together.params):
            one.params[0].grad = p.grad = rng.standard_normal(3)
            one.step()
        together.step()
    for one, p in zip(alone, together.params): assert (one.params[0].data == p.data).all()

@each_kind
def test_state_resumes_to_the_last_bit(make):
    straight = run(make([leaf(4, 3), leaf(3, seed=1)]), 6)
    first = make([leaf(4, 3), leaf(3, seed=1)])
    rng = np.random.default_rng(1)
    def steps(optimizer, n):
        for _ in range(n):
            for p in optimizer.params: p.grad = rng.standard_normal(p.shape)
            optimizer.step()
    steps(first, 3)
    state = copy.deepcopy(first.state_dict())
    second = make([Tensor(p.data.copy(), requires_grad=True) for p in first.params])
    second.load_state_dict(state)
    steps(second, 3)
    for p, expected in zip(second.params, straight): assert (p.data == expected).all()

@pytest.mark.house  # memory
def test_no_new_arrays_in_a_step():
    import tracemalloc
    optimizer = AdamW([leaf(300, 300)])
    run(optimizer, 2)
    tracemalloc.start()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300*300*8/10

def test_parameters():
    a, b = leaf(2), leaf(3)
    assert SGD((p for p in (a, b)), .1).params == [a, b] and SGD([a, b, a], .1).params == [a, b]
    shared = Adam([a, a], lr=.1)
    a.data[...] = 0
    a.grad = np.ones(2)
    shared.step()
    np.testing.assert_allclose(a.data, -.1, rtol=1e-6)

@pytest.mark.parametrize('params, error, words', [
    ([], ValueError, 'no parameters'),
    (iter([]), ValueError, 'no parameters'),
    (Linear(2, 3), TypeError, 'Linear; pass model.parameters()'),
    (Linear(2, 3).parameters, TypeError, 'method; pass model.parameters()'),
    (Sequential(Linear(2, 3)), TypeError, 'parameter 0 is a Linear'),
    (Tensor([1, 2], requires_grad=True), TypeError, 'put it in a list'),
    ([np.ones(3)], TypeError, 'parameter 0 is a ndarray'),
    ([{'params': []}], ValueError, 'no parameters'),
    ([{'lr': .1}], TypeError, "a group is a dictionary, {'params'"),
    ([{'params': [leaf(2)]}, leaf(2)], TypeError, 'a group is a dictionary'),
    ([leaf(2), {'params': [leaf(2)]}], TypeError, 'parameter 1 is a dict'),
    ([{'params': [leaf(2)], 'weightdecay': 1}], KeyError, 'SGD: no setting is called weightdecay; there are lr, momentum'),
    ([('a', np.ones(3))], TypeError, 'parameter 0 is a ndarray'),
    ([Tensor([1, 2])], ValueError, 'asks for no gradient'),
    ([Tensor([1, 2], requires_grad=True)*2], ValueError, 'result of multiply'),
    (None, TypeError, 'NoneType')])
def test_bad_parameters(params, error, words):
    with pytest.raises(error) as caught: SGD(params, .1)
    assert words in str(caught.value)

@pytest.mark.parametrize('make, words', [
    (lambda p: SGD(p, -1), 'lr must be at least 0 and finite, got -1'),
    (lambda p: SGD(p, math.nan), 'lr must be'),
    (lambda p: SGD(p, .1, momentum=-.1), 'momentum must be'),
    (lambda p: SGD(p, .1, nesterov=True), 'needs momentum > 0'),
    (lambda p: SGD(p, .1, weight_decay=-1), 'weight_decay must be'),
    (lambda p: Adam(p, betas=(1, .9)), 'betas must be from 0 to below 1'),
    (lambda p: Adam(p, betas=(.9, -.1)), 'betas must be'),
    (lambda p: Adam(p, betas=(.9,)), 'betas are two numbers'),
    (lambda p: Adam(p, eps=-1), 'eps must be'),
    (lambda p: AdamW(p, weight_decay=math.inf), 'weight_decay must be')])
def test_bad_settings(make, words):
    with pytest.raises(ValueError) as caught: make([leaf(2)])
    assert words in str(caught.value)

def test_skipped_parameter_is_not_touched_or_counted():
    a, b = leaf(2), leaf(2)
    before, optimizer = b.data.copy(), AdamW([a, b], weight_decay=.5)
    a.grad = np.ones(2)
    optimizer.step(); optimizer.step()
    assert (b.data == before).all() and [s['steps'] for s in optimizer.state] == [2, 0]
    optimizer.zero_grad()
    assert a.grad is None
    optimizer.step()
    assert [s['steps'] for s in optimizer.state] == [2, 0]

@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_gradient_that_is_not_finite_changes_nothing(bad):
    a, b = leaf(2), leaf(3, 2)
    optimizer = Adam([a, b])
    run(optimizer, 2)
    state, before = optimizer.state_dict(), [a.data.copy(), b.data.copy()]
    a.grad, b.grad = np.ones(2), np.ones((3, 2))
    b.grad[1, 1] = bad
    with pytest.raises(FloatingPointError, match=r'parameter 1 \(3, 2\) has 1 of 6'): optimizer.step()
    assert (a.data == before[0]).all() and (b.data == before[1]).all()
    for now, then in zip(optimizer.state, state['state']):
        for name in then: np.testing.assert_array_equal(now[name], then[name])

@pytest.mark.filterwarnings('error')
def test_huge_gradient_is_finite():
    p = leaf(2, dtype=np.float32)
    p.grad = np.array([3e38, -3e38], np.float32)  # its square is not, in float32
    SGD([p], 1e-38).step()
    assert np.isfinite(p.data).all()

def test_data_replaced_by_another_shape():
    p = leaf(4, 3)
    optimizer = Adam([p])
    run(optimizer, 1)
    p.data = p.data[:2]
    with pytest.raises(ValueError, match=r'parameter 0 is \(2, 3\) and its gradient \(4, 3\)'): optimizer.step()
    p.grad = np.ones((2, 3))
    with pytest.raises(ValueError, match=r'was \(4, 3\) and is \(2, 3\) now; make a new optimizer'): optimizer.step()

def test_state_is_plain():
    optimizer = Adam([leaf(2)])
    run(optimizer, 1)
    state = optimizer.state_dict()
    json.dumps(state['groups']); json.dumps(state['kind']); json.dumps(state['names'])
    assert {type(v) for s in state['state'] for v in s.values()} <= {int, np.ndarray}
    state['state'][0]['total'][...] = 99
    assert not (optimizer.state[0]['total'] == 99).any()

@pytest.mark.parametrize('change, words', [
    (dict(kind='SGD'), 'the state is of SGD'), (dict(state=[]), 'the state has 0 parameters'),
    (dict(groups=[{'params': [0], 'lr': 1.}]), 'the state has the settings lr'), (dict(groups=[]), 'hold other parameters'),
    (dict(groups=[{'params': [0], 'lr': 1., 'betas': (.9, 1), 'eps': 0, 'weight_decay': 0, 'amsgrad': False, 'maximize': False}]), 'betas must be from 0 to below 1'),
    (dict(groups=[{'params': [0], 'lr': 1., 'betas': (.9, .99), 'eps': 0, 'weight_decay': -1, 'amsgrad': False, 'maximize': False}]), 'weight_decay must be'),
    (dict(state=[{'steps': 1, 'total': np.ones(3), 'squares': np.ones(2)}]), 'is (2,) here and (3,) in the state (total)')])
def test_state_that_does_not_fit(change, words):
    optimizer = Adam([leaf(2)], lr=.5)
    run(optimizer, 1)
    with pytest.raises(ValueError) as caught: optimizer.load_state_dict(Adam([leaf(2)]).state_dict() | change)
    assert words in str(caught.value) and optimizer.lr == .5 and optimizer.betas == (.9, .999) and optimizer.state[0]['steps'] == 1

def test_changing_betas_keeps_the_means():
    rng, β1, β2 = np.random.default_rng(0), .9, .999
    w = leaf(3)
    optimizer, m, v, x = Adam([w], lr=.1), 0, 0, w.data.copy()
    for t in range(1, 30):
        if t % 5 == 0: β1, β2 = rng.uniform(0, .99, 2); optimizer.betas = β1, β2
        g = w.grad = rng.standard_normal(3)
        optimizer.step()
        m, v = β1*m + (1-β1)*g, β2*v + (1-β2)*g*g
        x = x - .1*m/(1-β1**t)/(np.sqrt(v/(1-β2**t)) + 1e-8)
    np.testing.assert_allclose(w.data, x, rtol=1e-10)

def test_a_subclass_says_only_its_own():
    class Mean(Optimizer):
        slots = 'seen',
        def update(self, w, g, t, seen):
            seen += g
            w -= self.lr*seen/t
    p = leaf(2)
    p.data[...] = 0
    found = Mean([p], lr=1)
    for g in (1., 3.):
        p.grad = np.full(2, g)
        found.step()
    np.testing.assert_allclose(p.data, -(1 + 2))
    with pytest.raises(NotImplementedError, match='Optimizer has no update'): run(Optimizer([p], lr=1), 1)
    with pytest.raises(NotImplementedError, match='LRScheduler has no rate'): LRScheduler(found).step()

SCHEDULES = {'step': lambda o: StepLR(o, 3), 'cosine': lambda o: CosineAnnealingLR(o, 5), 'warmup': lambda o: LinearWarmup(o, 4),
             'both': lambda o: LinearWarmup(o, 4, .1, then=StepLR(o, 2)), 'cycle': lambda o: OneCycleLR(o, 1., 20),
             'lambda': lambda o: LambdaLR(o, lambda t: 1/(1 + t))}

@pytest.mark.parametrize('make', SCHEDULES.values(), ids=SCHEDULES)
def test_schedule_resumes(make):
    optimizer, other = SGD([leaf(2)], .5, momentum=.9), SGD([leaf(2)], .25, momentum=.3)
    schedule, resumed = make(optimizer), make(other)
    for _ in range(7): schedule.step()
    resumed.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    for _ in range(5):
        assert other.lr == optimizer.lr and type(other.lr) is float
        schedule.step(); resumed.step()

@pytest.mark.parametrize('make, words', [
    (lambda o: StepLR(o, 0), 'step_size must be a whole number of at least 1, got 0'),
    (lambda o: CosineAnnealingLR(o, 2.5), 'T_max must be a whole number'),
    (lambda o: LinearWarmup(o, 3, start_factor=2), 'at most 1, got 2'),
    (lambda o: StepLR(o, None), 'step_size must be a whole number of at least 1, got None'), (lambda o: StepLR(o, '3'), "got '3'"),
    (lambda o: StepLR(o, math.inf), 'whole number of at least 1, got inf'), (lambda o: StepLR(o, math.nan), 'got nan'), (lambda o: StepLR(o, 3, gamma=-1), 'gamma must be'),
    (lambda o: CosineAnnealingLR(o, 3, eta_min=math.nan), 'eta_min must be'), (lambda o: OneCycleLR(o, 1., 10, div_factor=0), 'div_factor must be above 0 and finite, got 0'),
    (lambda o: OneCycleLR(o, 1., 10, final_div_factor=0), 'final_div_factor must be above 0'), (lambda o: OneCycleLR(o, -1., 10), 'max_lr must be'),
    (lambda o: OneCycleLR(o, 1., 10, max_momentum=2), 'max_momentum must be from 0 to below 1'),
    (lambda o: OneCycleLR(o, 1., 10, pct_start=30), 'pct_start must be from 0 to below 1 and finite, got 30'),
    (lambda o: StepLR(o, 3, every='step'), "every is 'epoch' or 'batch', got 'step'")])
def test_bad_schedules(make, words):
    with pytest.raises(ValueError) as caught: make(SGD([leaf(2)], .1))
    assert words in str(caught.value)

def test_schedule_refuses_foreign_state():
    optimizer = SGD([leaf(2)], .5)
    with pytest.raises(ValueError, match='the state is of StepLR, this is CosineAnnealingLR'): CosineAnnealingLR(optimizer, 3).load_state_dict(StepLR(optimizer, 3).state_dict())
    with pytest.raises(ValueError, match='expected'): StepLR(optimizer, 3).load_state_dict({'kind': 'StepLR', 'step': print})

def test_one_cycle_needs_a_momentum():
    class Plain(Optimizer): pass
    with pytest.raises(TypeError, match='cycle_momentum=False'): OneCycleLR(Plain([leaf(2)], lr=1), 1., 10)
    OneCycleLR(Plain([leaf(2)], lr=1), 1., 10, cycle_momentum=False)

# groups

def test_groups_step_as_optimizers_of_their_own():
    rng = np.random.default_rng(3)
    one = [leaf(3), leaf(2, 2, seed=1), leaf(3, seed=2)]
    two = [Tensor(p.data.copy(), requires_grad=True) for p in one]
    together = AdamW([{'params': one[:2], 'lr': .3, 'weight_decay': 0}, {'params': one[2:], 'betas': (.5, .6), 'eps': 1.}], lr=.1, weight_decay=.2)
    apart = AdamW(two[:2], .3, weight_decay=0), AdamW(two[2:], .1, betas=(.5, .6), eps=1., weight_decay=.2)
    for _ in range(5):
        for p, q in zip(one, two): p.grad = q.grad = rng.standard_normal(p.shape)
        together.step()
        for optimizer in apart: optimizer.step()
    for p, q in zip(one, two): assert (p.data == q.data).all()
    assert together.lr == .3 and [g['lr'] for g in together.param_groups] == [.3, .1] and together.params == one

def test_what_is_written_into_a_group_is_checked():
    optimizer = Adam([{'params': [leaf(2)]}, {'params': [leaf(2)]}], lr=.1)
    for name, bad, error in (('lr', -1, ValueError), ('lr', '0.1', TypeError), ('betas', .9, TypeError), ('eps', None, TypeError), ('step', 1, KeyError)):
        with pytest.raises(error): optimizer.param_groups[1][name] = bad
    optimizer.param_groups[1]['lr'] = .5
    assert [g['lr'] for g in optimizer.param_groups] == [.1, .5]
    optimizer.lr = .2
    assert [g['lr'] for g in optimizer.param_groups] == [.2, .2]
    with pytest.raises(ValueError): optimizer.lr = math.nan
    assert [g['lr'] for g in optimizer.param_groups] == [.2, .2]

def test_a_group_added_later():
    a, b = leaf(2), leaf(3)
    optimizer = SGD([a], .1, momentum=.9)
    run(optimizer, 2)
    optimizer.add_param_group({'params': [('head', b)], 'lr': .01})
    assert optimizer.params == [a, b] and optimizer.names == [None, 'head'] and [s['steps'] for s in optimizer.state] == [2, 0]
    assert optimizer.param_groups[1]['momentum'] == .9
    before = len(optimizer.params), len(optimizer.param_groups)
    for bad, error in (({'params': [a]}, ValueError), ({'params': [leaf(2)], 'lr': -1}, ValueError), ({'params': [leaf(1)], 'nesterov': True, 'momentum': 0}, ValueError)):
        with pytest.raises(error): optimizer.add_param_group(bad)
        assert (len(optimizer.params), len(optimizer.param_groups)) == before
    run(optimizer, 1)

def test_changing_the_betas_of_a_group_leaves_the_other_alone():
    optimizer = Adam([{'params': [leaf(2)]}, {'params': [leaf(2)]}], lr=.1)
    run(optimizer, 2)
    before = [s['total'].copy() for s in optimizer.state]
    optimizer.param_groups[1]['betas'] = (.5, .9)
    assert (optimizer.state[0]['total'] == before[0]).all() and np.allclose(optimizer.state[1]['total'], before[1]*.1/.5)
    assert optimizer.betas == (.9, .999)

def test_changing_betas_with_amsgrad():
    "As one who keeps means: their largest goes on, too"
    w = leaf(3)
    optimizer, m, v, top, x, rng = Adam([w], lr=.1, amsgrad=True), 0, 0, 0, w.data.copy(), np.random.default_rng(0)
    β1, β2 = .9, .999
    for t in range(1, 20):
        if t == 8: optimizer.betas = β1, β2 = .5, .9
        g = w.grad = rng.standard_normal(3)
        optimizer.step()
        m, v = β1*m + (1-β1)*g, β2*v + (1-β2)*g*g
        top = np.maximum(top, v)
        x = x - .1*m/(1-β1**t)/(np.sqrt(top/(1-β2**t)) + 1e-8)
    np.testing.assert_allclose(w.data, x, rtol=1e-10)

@each_kind
def test_copies_go_on_alike(make):
    optimizer = make([leaf(3), leaf(2, seed=1)])
    run(optimizer, 2)
    twin = copy.deepcopy(optimizer)
    assert twin.params[0] is not optimizer.params[0] and twin.param_groups[0]['params'][0] is twin.params[0]
    for a, b in zip(run(optimizer, 3, seed=5), run(twin, 3, seed=5)): assert (a == b).all()
    twin.lr = 9
    assert optimizer.lr == .1

@pytest.mark.parametrize('name', SCHEDULES)
def test_schedules_drive_each_group_from_its_own_rate(name):
    a, b = SGD([leaf(2)], .5, momentum=.9), SGD([leaf(2)], .25, momentum=.9)
    both = SGD([{'params': [leaf(2)], 'lr': .5}, {'params': [leaf(2)], 'lr': .25}], 1., momentum=.9)
    alone, together = [SCHEDULES[name](o) for o in (a, b)], SCHEDULES[name](both)
    for _ in range(10):
        assert [g['lr'] for g in both.param_groups] == [a.lr, b.lr] and {g['momentum'] for g in both.param_groups} == {a.momentum}
        for schedule in (*alone, together): schedule.step()

# float16 and layouts

@each_kind
def test_float16_remembers_in_float32_and_rounds_once(make):
    "As an optimizer in float32 whose weights are rounded after each step"
    p, q = leaf(4, 3, dtype=np.float16), leaf(4, 3, dtype=np.float32)
    q.data = p.data.astype(np.float32)
    mine, wide, rng = make([p]), make([q]), np.random.default_rng(0)
    for _ in range(20):
        p.grad = (rng.standard_normal((4, 3))*1e-4).astype(np.float16)
        q.grad = p.grad.astype(np.float32)
        mine.step(); wide.step()
        q.data = q.data.astype(np.float16).astype(np.float32)
        assert (p.data == q.data).all()
    assert p.dtype == np.float16 and {a.dtype for s in mine.state for a in s.values() if isinstance(a, np.ndarray)} <= {np.dtype(np.float32)}
    again = make([Tensor(p.data.copy(), requires_grad=True)])
    again.load_state_dict(mine.state_dict())
    for name, a in mine.state[0].items(): np.testing.assert_array_equal(again.state[0][name], a)

@each_kind
@pytest.mark.filterwarnings('error')
def test_float16_without_slope_and_with_a_large_one(make):
    p = leaf(300, dtype=np.float16)
    optimizer = make([p])
    for size in (0, 300):  # the square of 300 is more than float16 can hold
        p.grad = np.full(300, size, np.float16)
        optimizer.step()
        assert np.isfinite(p.data).all()

@each_kind
def test_memory_is_in_order_of_rows_and_native(make):
    "Whatever the weight is, which stays the array that was given"
    rows = np.random.default_rng(0).standard_normal((6, 4)).astype('f4')
    for given in (rows.T, np.asfortranarray(rows), rows[::-1], rows[:, ::2], np.broadcast_to(rows[:1], (6, 4)).copy(order='K')):
        p = Tensor(given, requires_grad=True)
        p.grad = np.ones(p.shape, 'f4')
        optimizer = make([p])
        optimizer.step()
        assert p.data is given
        for a in [a for s in (*optimizer.state, *optimizer.state_dict()['state']) for a in s.values() if isinstance(a, np.ndarray)]:
            assert a.flags.c_contiguous and a.dtype.isnative
        state = optimizer.state_dict()
        turned = {**state, 'state': [{k: np.asfortranarray(a).astype(a.dtype.newbyteorder()) if isinstance(a, np.ndarray) else a for k, a in s.items()} for s in state['state']]}
        optimizer.load_state_dict(turned)
        for name, a in optimizer.state[0].items():
            assert not isinstance(a, np.ndarray) or a.flags.c_contiguous and a.dtype.isnative and (a == state['state'][0][name]).all()

# names

class Pair:
    "Two layers of one shape, in the order of assignment that is asked for"
    def __new__(cls, order):
        from tinytorch.core.layers import Module
        model = Module()
        for name in order: setattr(model, name, Linear(3, 3, bias=False, rng=ord(name)))
        return model

def test_parameters_that_changed_places_are_matched_by_name():
    first, turned = Pair('ab'), Pair('ba')
    old, new = Adam(first.named_parameters()), Adam(turned.named_parameters())
    run(old, 1)
    new.load_state_dict(old.state_dict())
    assert old.names == ['a.weight', 'b.weight'] and new.names == ['b.weight', 'a.weight']
    for i, j in ((0, 1), (1, 0)): assert (old.state[i]['total'] == new.state[j]['total']).all() and new.state[j]['total'].any()
    unnamed = Adam(turned.parameters())
    unnamed.load_state_dict(old.state_dict())
    assert (unnamed.state[0]['total'] == old.state[0]['total']).all()  # without names, in order

def test_names_may_be_told_later():
    model = Pair('ab')
    optimizer = Adam(model.parameters())
    assert optimizer.names == [None, None]
    optimizer.name_parameters(model.named_parameters())
    assert optimizer.names == optimizer.state_dict()['names'] == ['a.weight', 'b.weight']
    model.a.weight.grad = np.full((3, 3), np.nan, np.float32)
    with pytest.raises(FloatingPointError, match=r'the gradient of a.weight \(3, 3\) has 9 of 9'): optimizer.step()

def test_other_names_are_an_error_that_names_them():
    first, second = Adam(Pair('ab').named_parameters()), Adam(Pair('ac').named_parameters(), lr=.5)
    with pytest.raises(ValueError, match='nothing for c.weight, but for b.weight'): second.load_state_dict(first.state_dict())
    assert second.lr == .5
    second.load_state_dict({**first.state_dict(), 'names': [None, None]})
    assert second.lr == 1e-3

def test_groups_are_matched_by_their_parameters():
    a, b = Pair('ab'), Pair('ba')
    first = SGD([{'params': list(a.named_parameters())[:1], 'lr': .1}, {'params': list(a.named_parameters())[1:], 'lr': .2}], 1.)
    second = SGD([{'params': list(b.named_parameters())[:1], 'lr': .3}, {'params': list(b.named_parameters())[1:], 'lr': .4}], 1.)
    second.load_state_dict(first.state_dict())
    assert [g['lr'] for g in second.param_groups] == [.2, .1]  # b first
    with pytest.raises(ValueError, match='hold other parameters'): SGD(b.named_parameters(), 1.).load_state_dict(first.state_dict())

@pytest.mark.parametrize('state', [{}, None, [], 'x', {'kind': 'Adam'}], ids=str)
def test_no_state_at_all(state):
    optimizer = Adam([leaf(2)], lr=.5)
    with pytest.raises(ValueError, match='load_state_dict: expected what the state_dict of Adam returns'): optimizer.load_state_dict(state)
    schedule = StepLR(optimizer, 3)
    with pytest.raises(ValueError): schedule.load_state_dict(state)
    assert optimizer.lr == .5

def test_an_error_leaves_schedule_and_rates_as_they_were():
    optimizer = SGD([leaf(2)], .5, momentum=.9)
    cycle = OneCycleLR(optimizer, 1., 10)
    for _ in range(3): cycle.step()
    state, lr, momentum = cycle.state_dict(), optimizer.lr, optimizer.momentum
    for bad in (dict(t=11), dict(momenta=[.9, 'x', .9]), dict(rates=[1., 'x', 0.]), dict(rates=[-5, -5, -5])):
        with pytest.raises((ValueError, TypeError)): cycle.load_state_dict({**state, **bad})
        assert cycle.state_dict() == state and (optimizer.lr, optimizer.momentum) == (lr, momentum)
    warm = LinearWarmup(SGD([leaf(2)], .5), 3, then=StepLR(optimizer, 2))
    with pytest.raises(ValueError, match='the state is of CosineAnnealingLR, this is StepLR'):
        warm.load_state_dict({**warm.state_dict(), 't': 99, 'then': CosineAnnealingLR(optimizer, 2).state_dict()})
    assert warm.t == 0

def test_one_cycle_that_cannot_be_changes_nothing():
    class Plain(Optimizer): pass
    plain = Plain([leaf(2)], lr=.25)
    with pytest.raises(TypeError, match='Plain has neither momentum nor betas'): OneCycleLR(plain, 1., 10)
    with pytest.raises(ValueError): OneCycleLR(plain, 1., 10, div_factor=0)
    assert plain.lr == .25

@pytest.mark.parametrize('make, words', [
    (lambda p: SGD(p, '0.1'), "SGD: lr must be a number, got '0.1'"), (lambda p: SGD(p, None), 'lr must be a number, got None'),
    (lambda p: SGD(p, [.1]), r'lr must be a number, got \[0.1\]'), (lambda p: Adam(p, betas=.9), 'Adam: betas are two numbers, got 0.9'),
    (lambda p: Adam(p, betas=(.9, None)), 'betas must be a number, got None'), (lambda p: StepLR(p, 3), 'StepLR: expected an optimizer, got list'),
    (lambda p: OneCycleLR(SGD(p, .1), '1', 10), "max_lr must be a number, got '1'"), (lambda p: LinearWarmup(SGD(p, .1), 3, 'x'), 'start_factor must be a number'),
    (lambda p: SGD(p, .1, momentum='x'), 'SGD: momentum must be a number')])
def test_settings_of_another_kind(make, words):
    with pytest.raises(TypeError, match=words): make([leaf(2)])

def test_numbers_of_numpy_are_numbers():
    optimizer = SGD([leaf(2)], np.float32(.5), momentum=np.array(.25))
    assert optimizer.lr == .5 and type(optimizer.lr) is float and optimizer.momentum == .25
    StepLR(optimizer, np.int64(3)); StepLR(optimizer, 3.)

def test_nesterov_wants_no_dampening():
    with pytest.raises(ValueError, match='needs momentum > 0 and dampening 0'): SGD([leaf(2)], .1, momentum=.9, dampening=.1, nesterov=True)

def test_zero_grad_to_zeros_lets_momentum_go_on():
    p = leaf(2)
    optimizer = SGD([p], .1, momentum=.5)
    run(optimizer, 1)
    before = p.data.copy()
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0, 0]
    optimizer.step()
    assert (p.data != before).all()
    optimizer.zero_grad(set_to_none=True)
    assert p.grad is None

# parts that were replaced

def model(): return Sequential(Linear(4, 3, rng=0), ReLU(), Linear(3, 2, rng=1))

def test_a_replaced_head_is_noticed():
    m = model()
    named, plain = Adam(m.named_parameters()), Adam(m.parameters())
    check_covers(named, m); check_covers(plain, m)
    m[2] = Linear(3, 7)
    with pytest.raises(ValueError, match='lacks 2.weight, 2.bias of the model, .*does not have .2.weight, 2.bias'): check_covers(named, m)
    with pytest.raises(ValueError, match='lacks 2.weight, 2.bias of the model, .*parameter 2, parameter 3'): check_covers(plain, m)
    named.add_param_group({'params': [('2.weight', m[2].weight), ('2.bias', m[2].bias)]})
    check_covers(named, m)

def test_what_is_left_out_or_added_on_purpose_is_fine():
    m, temperature = model(), leaf(1)
    assert check_covers(SGD(m[2].parameters(), .1), m) == (['0.weight', '0.bias'], [])
    assert check_covers(SGD([*m.parameters(), temperature], .1), m) == ([], ['parameter 4'])
    class Loss(Module):
        def __init__(self): self.temperature = temperature
    assert check_covers(SGD([*m[2].parameters(), temperature], .1), m, Loss()) == (['0.weight', '0.bias'], [])
    for p in m[0].parameters(): p.requires_grad = False
    check_covers(SGD([*m[2].parameters(), temperature], .1), m)

@each_kind
def test_an_optimizer_goes_when_it_is_no_longer_needed(make):
    "And its memory with it: no circle of references waits for the collector"
    import gc, weakref
    gc.disable()
    try:
        optimizer = make([leaf(3)])
        run(optimizer, 2)
        optimizer.load_state_dict(optimizer.state_dict())
        StepLR(optimizer, 2).step()
        gone = weakref.ref(optimizer)
        del optimizer
        assert gone() is None
    finally: gc.enable()

def test_the_loop_without_an_optimizer_trains():
    "As tutorials write it: parameters changed in place, in a block that is not remembered"
    import tinytorch.core.autograd as autograd
    from tinytorch.core.losses import CrossEntropyLoss
    rng = np.random.default_rng(0)
    x, y, m, twin = rng.standard_normal((60, 4)).astype('f4'), rng.integers(0, 2, 60), model(), model()
    x[:, 0] += 3*y
    loss_of, sgd, losses = CrossEntropyLoss(), SGD(twin.parameters(), .1), []
    for _ in range(30):
        loss = loss_of(m(Tensor(x)), y)
        loss.backward()
        with autograd.no_grad():
            for p in m.parameters(): p -= p.grad*.1
        m.zero_grad()
        sgd.zero_grad()
        loss_of(twin(Tensor(x)), y).backward()
        sgd.step()
        losses.append(loss.item())
    assert losses[-1] < .7*losses[0]
    for p, q in zip(m.parameters(), twin.parameters()):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-5, atol=1e-6)
        assert p.requires_grad and p.recipe is None
