"Optimizers and schedules: laws, edges and messages that are not part of the page"
import copy, json, math

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.optimizers import (SGD, Adam, AdamW, CosineAnnealingLR, LinearWarmup, OneCycleLR, Optimizer, Schedule, StepLR)
from tinytorch.core.tensor import Tensor

def leaf(*shape, dtype=np.float64, seed=0): return Tensor(np.asarray(np.random.default_rng(seed).standard_normal(shape), dtype), requires_grad=True)

def run(optimizer, steps, seed=1):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in optimizer.params: p.grad = np.asarray(rng.standard_normal(p.shape), p.dtype)
        optimizer.step()
    return [p.data.copy() for p in optimizer.params]

KINDS = {'sgd': lambda p: SGD(p, .1), 'momentum': lambda p: SGD(p, .1, momentum=.9, weight_decay=.1),
         'nesterov': lambda p: SGD(p, .1, momentum=.9, nesterov=True), 'adam': lambda p: Adam(p, .1),
         'adam with L2': lambda p: Adam(p, .1, weight_decay=.1), 'adamw': lambda p: AdamW(p, .1, weight_decay=.1)}
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
    ([{'params': []}], TypeError, 'one optimizer per group'),
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
    json.dumps(state['settings']); json.dumps(state['kind'])
    assert {type(v) for s in state['state'] for v in s.values()} <= {int, np.ndarray}
    state['state'][0]['total'][...] = 99
    assert not (optimizer.state[0]['total'] == 99).any()

@pytest.mark.parametrize('change, words', [
    (dict(kind='SGD'), 'the state is of SGD'), (dict(state=[]), 'the state has 0 parameters'),
    (dict(settings={'lr': 1.}), 'the state has the settings lr')])
def test_state_that_does_not_fit(change, words):
    optimizer = Adam([leaf(2)], lr=.5)
    run(optimizer, 1)
    with pytest.raises(ValueError) as caught: optimizer.load_state_dict(Adam([leaf(2)]).state_dict() | change)
    assert words in str(caught.value) and optimizer.lr == .5

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
    with pytest.raises(NotImplementedError, match='Schedule has no rate'): Schedule(found).step()

SCHEDULES = {'step': lambda o: StepLR(o, 3), 'cosine': lambda o: CosineAnnealingLR(o, 5), 'warmup': lambda o: LinearWarmup(o, 4),
             'both': lambda o: LinearWarmup(o, 4, .1, then=StepLR(o, 2)), 'cycle': lambda o: OneCycleLR(o, 1., 20)}

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
    (lambda o: OneCycleLR(o, 1., 10, pct_start=30), 'a share, from 0 to below 1, got 30'),
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
