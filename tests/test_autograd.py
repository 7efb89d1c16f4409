"The walk back: what a gradient is, where it goes, what users will do to it, and the referee"
import base64, copy, gc, re, subprocess, sys, threading, tracemalloc, warnings, weakref
from xml.etree import ElementTree

import numpy as np
import pytest

import tinytorch.core.autograd as autograd
from tinytorch.core.autograd import (accumulate_grad, apply_vjp, gradcheck, graph, indexes_once, layers_of, no_grad,
                                     numerical_gradient, unbroadcast, vjp, vjp_rules)
from tinytorch.core.activations import log_softmax, log_softmax_along, relu, softmax
from tinytorch.core.layers import Linear, affine, linear
from tinytorch.core.spatial import max_pool2d
from tinytorch.core.losses import bce_elementwise, bce_with_logits_elementwise, cross_entropy, softmax_cross_entropy
from tinytorch.core.opcheck import check_op, sample, samples, scattered
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Recipe, Tensor, cat, changes, op, stack, where, zeros
from tinytorch.testing import close

def wanting(*values, dtype=np.float32): return Tensor(np.array(values, dtype), requires_grad=True)

@pytest.fixture
def new_op():
    "Makes ops that are forgotten at the end of the test"
    before, tried = set(vjp_rules), set(samples)
    yield op
    for made in set(vjp_rules) - before: del vjp_rules[made]
    for made in set(samples) - tried: del samples[made]

# What backward does

def test_a_gradient_has_shape_and_dtype_of_its_leaf():
    for dtype in (np.float16, np.float32, np.float64):
        w = Tensor(np.ones((2, 3), dtype), requires_grad=True)
        (w*w).sum().backward()
        assert type(w.grad) is np.ndarray and w.grad.shape == (2, 3) and w.grad.dtype == dtype
        close(w.grad, 2)

def test_gradients_add_up_until_they_are_cleared():
    w = wanting(1, 2)
    for n in (1, 2, 3):
        (w*3.).sum().backward()
        close(w.grad, 3*n)
    w.grad = None
    (w*3.).sum().backward()
    close(w.grad, 3)

def test_backward_returns_nothing_and_leaves_data_alone():
    w = wanting(1, 2)
    before = w.data.copy()
    assert (w*w).sum().backward() is None and (w.data == before).all()

def test_backward_of_a_leaf():
    w = wanting(3)
    w.sum().backward(); w.backward(); w.backward([2])
    assert w.grad.tolist() == [4]
    with pytest.raises(RuntimeError, match=r'shape \(2,\) is not one number'): wanting(1, 2).backward()

def test_one_element_of_any_shape_needs_no_gradient():
    for shape in (), (1,), (1, 1):
        w = Tensor(np.full(shape, 3.), requires_grad=True)
        (w*w).backward()
        assert w.grad.shape == shape and w.grad.item() == 6

@pytest.mark.parametrize('gradient', [[1., 10], (1, 10), np.array([1, 10]), np.array([1, 10], np.float16), Tensor([1., 10]), np.array([1., 9, 10, 9])[::2]], ids=lambda g: type(g).__name__)
def test_a_gradient_may_be_given_in_many_forms(gradient):
    w = wanting(2, 3)
    (w*w).backward(gradient)
    close(w.grad, [4, 60])

def test_a_gradient_of_another_shape_is_refused():
    y = wanting(1, 2)*2.
    for bad in (np.ones(3), np.ones((1, 2)), 1., np.ones(())):
        with pytest.raises(ValueError, match='gradient has shape .*, the tensor .* must be equal'): y.backward(bad)
    y.backward([1, 1])

def test_the_gradient_given_is_neither_kept_nor_written_to():
    g = np.ones(2, np.float32)
    for f in (lambda w: w, lambda w: w + 1., lambda w: w.reshape(2), lambda w: w.T, lambda w: w*1., lambda w: (w + w) + w, lambda w: w.broadcast_to(2), lambda w: w.astype(np.float32), lambda w: cat([w])):
        w = wanting(1, 2)
        f(w).backward(g); f(w).backward(g)
        assert not np.shares_memory(w.grad, g)
        w.grad *= 0
        assert g.tolist() == [1, 1]

def test_leaves_do_not_share_their_gradients():
    for f in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a.reshape(2) + b.T, lambda a, b: cat([a, b]).reshape(2, 2).sum(0), lambda a, b: stack([a, b]).sum(0), lambda a, b: a + (b + a)):
        a, b = wanting(1, 2), wanting(3, 4)
        f(a, b).backward([1, 1])
        other = b.grad.copy()
        a.grad[:] = 100
        assert (b.grad == other).all() and a.grad.flags.writeable and b.grad.flags.writeable

def test_only_what_wants_a_gradient_gets_one():
    w, x = wanting(1, 2), Tensor([3, 4])
    (w*x + x).sum().backward()
    close(w.grad, [3, 4])
    assert x.grad is None

def test_unwanted_gradients_are_not_computed(new_op):
    asked = []
    @new_op
    def noted(x, y): return x*y
    @vjp(noted)
    def noted_vjp(g, out, x, y): return lambda: asked.append('x') or g*y, lambda: asked.append('y') or g*x
    noted(Tensor([1.]), wanting(2)).backward()
    assert asked == ['y']
    noted(wanting(1), Tensor([2.])).backward()
    assert asked == ['y', 'x']

def test_detached_parts_get_nothing():
    w, u = wanting(2), wanting(3)
    ((w*u).detach()*w).backward()
    close(w.grad, 6); assert u.grad is None

def test_a_result_used_twice():
    w = wanting(3)
    y = w*w
    (y*y + y*2. + w).backward()
    close(w.grad, 4*27 + 12 + 1)

@pytest.mark.parametrize('f', [lambda b: b + b, lambda b: b*b, lambda b: b - b*.5, lambda b: b @ b, lambda b: cat([b, b]), lambda b: where(b > 0, b, b), lambda b: b**b, lambda b: b/b.sum(), lambda b: stack([b, b, b]),
                               lambda b: b[[0, 0, 1]]*b[0], lambda b: b.reshape(2, 1)*b, lambda b: b.T + b.reshape(2), lambda b: (b.sum() + b).exp()*b])
def test_gradients_accumulate_where_a_result_is_used_twice(f):
    assert gradcheck(f, np.array([1.2, .7]))
    assert gradcheck(lambda x: f(x*1.5), np.array([1.2, .7]))

# dtype

def test_float64_data_meets_float32_weights():
    rng = np.random.default_rng(0)
    layer, x = Linear(4, 3, rng=rng), rng.standard_normal((5, 4))
    out = layer(Tensor(x))
    assert out.dtype == np.float64
    loss = cross_entropy(out, [0, 1, 2, 0, 1])
    loss.backward()
    assert loss.dtype == np.float64
    for p in layer.parameters(): assert p.grad.dtype == p.dtype == np.float32
    again = Linear(4, 3, rng=np.random.default_rng(0))
    cross_entropy(again(Tensor(x.astype(np.float32))), [0, 1, 2, 0, 1]).backward()
    for p, q in zip(layer.parameters(), again.parameters()): close(p.grad, q.grad, rtol=1e-4, atol=1e-6)

def test_gradients_of_both_dtypes_add_up_in_the_leafs():
    w, wide = wanting(1, 2), Tensor(np.array([3., 4]))
    (w*wide).sum().backward(); (w*2.).sum().backward(); (w*wide + w).sum().backward()
    assert w.grad.dtype == np.float32
    close(w.grad, [9, 11])

def test_gradient_through_astype():
    w = wanting(1, 2)
    y = w.astype(np.float64)*np.array([3., 4])
    assert y.dtype == np.float64
    y.sum().backward()
    assert w.grad.dtype == np.float32 and w.grad.tolist() == [3, 4]

def test_whole_numbers_and_masks_take_part_without_gradient():
    w = wanting(1, 2, 3)
    (w*np.array([1, 0, 2]) + w*(w > 1)).sum().backward()
    close(w.grad, [1, 1, 3])

# .grad

def test_grad_of_a_result_warns_and_is_none():
    y = wanting(1)*2.
    with pytest.warns(UserWarning, match='gradients are kept for leaves only') as seen: assert y.grad is None
    assert seen[0].filename == __file__
    y.backward()
    with pytest.warns(UserWarning, match='leaves only'): assert y.grad is None

def test_grad_of_others_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert Tensor([1.]).grad is None and wanting(1).grad is None and (Tensor([1.])*2.).grad is None
        with no_grad(): assert (wanting(1)*2.).grad is None

def test_grad_can_be_set_and_is_taken_in_the_leafs_dtype():
    w = wanting(1, 2)
    for value in ([1, 2], np.array([1, 2]), Tensor([1, 2]), np.array([1., 2])):
        w.grad = value
        assert w.grad.dtype == np.float32
        (w*.5).sum().backward()
        close(w.grad, [1.5, 2.5])
    w.grad = None
    assert w.grad is None
    for bad in (np.ones(3), 1., [[1, 2]]):
        with pytest.raises(ValueError, match='does not fit a tensor of shape'): w.grad = bad

# Twice

def test_a_second_backward_is_an_error():
    w = wanting(1, 2)
    loss = (w*w).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match='already walked and freed; compute the forward again'): loss.backward()
    close(w.grad, [2, 4])

def test_the_graph_cannot_be_kept():
    w = wanting(1, 2)
    with pytest.raises(TypeError, match='freed as it is walked; add the losses and walk once'): (w*w).sum().backward(retain_graph=True)
    assert w.grad is None
    (w*w).sum().backward(retain_graph=False)
    close(w.grad, [2, 4])

def test_a_shared_part_can_be_walked_once():
    w = wanting(2)
    shared = w*w
    (shared*2.).backward()
    with pytest.raises(RuntimeError, match='add the losses and walk once'): (shared*3.).backward()
    with pytest.raises(RuntimeError, match='already walked'): (shared + 1.).exp().backward()
    again = w*w
    w.grad = None
    (again*2. + again*3.).backward()
    close(w.grad, 20)

def test_a_freed_result_still_has_its_values_and_shows_itself():
    y = wanting(1, 2)*2.
    z = y + 1.
    z.sum().backward()
    assert y.tolist() == [2, 4] and 'op=multiply' in repr(y) and repr(z.recipe) == 'add(…)'
    assert y.detach().recipe is None

# Data that changes between forward and backward

def test_rebinding_data_gives_the_gradient_at_the_old_value():
    w = wanting(3)
    y = w*w
    w.data = np.array([100], np.float32)
    y.backward()
    assert w.grad.tolist() == [6]

def test_writing_into_data_is_not_noticed():
    "Stated on page 01: the recipe keeps the very array, so the gradient is taken at what stands there now"
    w = wanting(3)
    y = w*w
    w.data[:] = 100
    y.backward()
    assert y.tolist() == [9] and w.grad.tolist() == [200]
    key, v = np.array([0, 0]), wanting(1, 2)
    y = v[key]
    key[:] = 1
    y.sum().backward()
    assert v.grad.tolist() == [0, 2]

def test_writing_into_data_that_no_rule_needs_does_no_harm():
    w = wanting(3)
    y = w + w
    w.data[:] = 100
    y.backward()
    assert w.grad.tolist() == [2]

def test_turning_requires_grad_on_and_off():
    w = Tensor([2.])
    y = w*w
    w.requires_grad = True
    assert y.recipe is None
    z = w*w
    w.requires_grad = False
    assert (w*w).recipe is None
    z.backward()
    assert w.grad.tolist() == [4]

def test_a_change_through_the_tensor_is_noticed():
    for kept in (lambda w: w*w, lambda w: (w*2.).exp()*w, lambda w: w @ w, lambda w: w[0:2]*w):
        w = wanting(3, 4)
        y = kept(w).sum()
        with no_grad(): w[0] = 5.
        with pytest.raises(RuntimeError, match=r"an array of shape \(2,\) that '\w+' needs was changed in place"): y.backward()
        w.grad = None
        kept(w).sum().backward()
        assert w.grad is not None

def test_a_change_of_data_that_wants_no_gradient_is_noticed_too():
    x, w = Tensor([1., 2]), wanting(3, 4)
    y = (x*w).sum()
    x[:] = 0.
    with pytest.raises(RuntimeError, match='changed in place'): y.backward()

def test_a_change_seen_through_a_view_is_noticed():
    x, w = Tensor(np.ones((2, 3))), Tensor(np.ones(3), requires_grad=True)
    y = (x[0]*w).sum()
    x.T[:, 0] = 7.
    with pytest.raises(RuntimeError, match='changed in place'): y.backward()

def test_weights_loaded_between_forward_and_backward_are_an_error():
    layer = Linear(2, 2)
    loss = (layer(Tensor([[1., 2.]])).square()).sum()
    layer.load_state_dict({name: a*2 for name, a in layer.state_dict().items()})
    with pytest.raises(RuntimeError): loss.backward()

def test_an_optimizer_step_between_forward_and_backward_is_noticed():
    layer, x = Linear(2, 1), Tensor(np.ones((3, 2), np.float32), requires_grad=True)
    for make in (lambda p: SGD(p, .1), Adam):
        optimizer = make(layer.parameters())
        first, second = layer(x).sum(), layer(x).sum()
        first.backward()
        optimizer.step()
        with pytest.raises(RuntimeError, match='changed in place after the forward'): second.backward()
        layer(x).sum().backward()

def test_changes_that_no_kept_array_knows_of_do_no_harm():
    w, x, other = wanting(3), Tensor([1.]), Tensor([1., 2])
    before = w*2.
    other[0] = 5.                       # somebody else
    x[0] = 5.                           # before it is used
    y = w + x
    x[0] = 7.                           # a sum keeps nothing
    (before*y).backward()
    assert w.grad.tolist() == [2*8 + 6]

def test_a_note_goes_with_its_array():
    before, tensors = len(changes), [Tensor([1., 2]) for _ in range(100)]
    for t in tensors: t[0] = 2.
    assert len(changes) == before + 100
    del tensors, t
    assert len(changes) == before

# no_grad

def test_backward_runs_inside_no_grad_and_for_what_was_made_outside():
    w = wanting(2)
    y = w*w
    with no_grad(): y.backward()
    assert w.grad.tolist() == [4]
    with no_grad(): z = w*w
    assert not z.requires_grad
    with pytest.raises(RuntimeError, match=r'nothing here asks for gradients; make a leaf with requires_grad=True, and compute outside no_grad\(\)'): z.backward()

def test_no_grad_as_a_decorator():
    w = wanting(2)
    @no_grad()
    def inner(t, *, by):
        "A product"
        return t*by
    @no_grad()
    def outer(n): return [w*2.] if not n else outer(n - 1) + [inner(w, by=3.)]
    assert not any(t.requires_grad for t in outer(3)) and (w*2.).requires_grad
    assert inner.__name__ == 'inner' and inner.__doc__ == 'A product'

def test_no_grad_is_lifted_after_an_error_and_may_be_nested():
    w, quiet = wanting(2), no_grad()
    with pytest.raises(KeyError), quiet: raise KeyError
    with quiet:
        with quiet: assert not (w*w).requires_grad
        assert not (w*w).requires_grad
    assert (w*w).requires_grad

def test_no_grad_refuses_functions_that_run_later():
    def yields(): yield 1
    async def waits(): return 1
    async def both(): yield 1
    for function in (yields, waits, both):
        with pytest.raises(TypeError, match=f'no_grad: {function.__name__} .*inside it'): no_grad()(function)

def test_no_grad_keeps_no_arrays():
    with no_grad():
        x = wanting(*range(10))
        y = x.exp()
        seen = weakref.ref(y.data)
        z = y*y
        del y
    assert seen() is None and z.size == 10

# Memory

class Watch:
    "A number of arrays by weak reference"
    def __init__(self): self.refs = []
    def __call__(self, tensor): self.refs.append(weakref.ref(tensor.data)); return tensor
    @property
    def alive(self): return sum(r() is not None for r in self.refs)

def test_memory_falls_while_the_walk_passes(new_op):
    watch, alive = Watch(), []
    @new_op(saves='x')
    def noted(x): return x*1.
    @vjp(noted)
    def noted_vjp(g, out, x): alive.append(watch.alive); return g*1.,
    y = wanting(*range(1000))
    for _ in range(10): y = watch(noted(y))
    del watch.refs[-1]      # the result stays alive in `y`
    assert watch.alive == 9
    y.backward(np.ones(1000))
    assert alive == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert watch.alive == 0

def test_peak_memory_of_the_walk_is_that_of_the_forward():
    y = wanting(*np.ones(100_000))
    tracemalloc.start()
    for _ in range(20): y = (y*1.01).exp().log()
    y = y.sum()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    y.backward()
    peak = tracemalloc.get_traced_memory()[1]
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept > 20*400_000 and peak < kept + 5*400_000 and left < 5*400_000

def test_after_the_walk_nothing_is_kept():
    w = wanting(*range(10))
    y = w.exp()
    seen = weakref.ref(y.data)
    z = (y*y).sum()
    del y
    assert seen() is not None
    z.backward()
    assert seen() is None and z.recipe.parents is z.recipe.inputs is z.recipe.out is z.recipe.g is None

def test_graphs_are_freed_without_the_collector():
    gc.disable()
    try:
        w = wanting(1, 2)
        loss = ((w*w).exp() + w).sum()
        seen = [weakref.ref(loss), weakref.ref(loss.data)]
        del loss
        assert not any(r() is not None for r in seen)
    finally: gc.enable()

# Long and shared graphs

def test_shared_results_are_walked_once(new_op):
    calls = 0
    @new_op(saves='')
    def twice(x, y): return x + y
    @vjp(twice)
    def twice_vjp(g, out, x, y):
        nonlocal calls; calls += 1
        return g, g
    leaf = b = wanting(1)
    for _ in range(60): b = twice(b, b)
    b.backward()
    assert calls == 60 and leaf.grad.tolist() == [2**60]

def test_a_wide_lattice_is_walked_once_per_result(new_op):
    calls = 0
    @new_op(saves='')
    def both(x, y): return x + y
    @vjp(both)
    def both_vjp(g, out, x, y):
        nonlocal calls; calls += 1
        return g, g
    a = b = wanting(1)
    leaf = a
    for _ in range(30): a, b = both(a, b), both(b, a)
    both(a, b).backward()
    assert calls == 61 and leaf.grad.tolist() == [2**31]

def test_a_chain_of_20000():
    leaf = y = wanting(1)
    for _ in range(20_000): y = y + 1.
    assert 'op=add' in repr(y) and y.recipe.expression().startswith('add(add(add(add(…') and y._repr_html_() and len(layers_of(y.recipe)[0]) == 20_001
    y.backward()
    assert leaf.grad.tolist() == [1] and repr(y.recipe) == 'add(…)'
    for _ in range(20_000): y = y*1.
    del y
    gc.collect()

@pytest.mark.parametrize('step', ['y + 1.', '-y', 'y[0:1]', 'cat([y])', 'y.sum(axis=0, keepdims=True)'])
def test_dropping_a_long_graph_does_not_crash(step):
    code = f'''
import gc
from tinytorch.core.tensor import Tensor, cat
import tinytorch.core.autograd
y = Tensor([1.], requires_grad=True)
for _ in range({200_000 if step == 'y + 1.' else 50_000}): y = {step}
gc.collect()
del y
gc.collect()
print('fine')
'''
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == 'fine\n', (done.returncode, done.stderr)

def test_a_wide_sum():
    leaves = [wanting(i) for i in range(2000)]
    stack(leaves).sum().backward()
    assert all(w.grad.tolist() == [1] for w in leaves)

def test_threads_walk_their_own_graphs_into_their_own_leaves():
    leaves = [wanting(*range(5)) for _ in range(4)]
    def work(w):
        for _ in range(50): (w*w + w).exp().log().sum().backward()
    threads = [threading.Thread(target=work, args=[w]) for w in leaves]
    for t in threads: t.start()
    for t in threads: t.join()
    for w in leaves: close(w.grad, 50*(2*w.data + 1), rtol=1e-4)

# Rules that fail

def test_an_op_without_a_rule_is_an_error_that_names_it(new_op):
    @new_op
    def sine(x): return np.sin(x)
    w = wanting(1)
    with pytest.raises(NotImplementedError, match=r"the op 'sine' has no gradient rule; write one with @vjp\(sine\)"): sine(w).backward()
    sine(Tensor([1.]))

def test_after_a_failed_walk_the_next_one_is_right(new_op):
    @new_op
    def sine(x): return np.sin(x)
    w, u = wanting(1), wanting(2)
    v, s = u*u, sine(w)
    with pytest.raises(NotImplementedError): (v*2. + s*2.).backward()  # `s` is the newer: it fails while `v` waits
    vjp(sine)(lambda g, out, x: (g*np.cos(x),))
    w.grad = u.grad = None
    (s*3. + v*3.).backward()
    close(w.grad, 3*np.cos(1)); close(u.grad, 12)

def test_after_an_interrupted_walk_the_next_one_is_right(new_op):
    stop = True
    @new_op
    def slow(x): return x*2
    @vjp(slow)
    def slow_vjp(g, out, x):
        if stop: raise KeyboardInterrupt
        return g*2,
    w = wanting(1)
    a = w*3.; b = slow(a); c = slow(a)
    with pytest.raises(KeyboardInterrupt): (b + c).backward()
    assert a.recipe.g is b.recipe.g is c.recipe.g is None
    stop, w.grad = False, None
    (b*c).backward()
    close(w.grad, 72)

@pytest.mark.parametrize('answer, words', [
    (lambda g: g, "rule of 'odd' must return a tuple with one gradient per input, got ndarray; a single one needs a trailing comma"),
    (lambda g: (lambda: g), 'got function'), (lambda g: [g], 'got list'), (lambda g: None, 'got NoneType'), (lambda g: (g, g), 'got a tuple of 2'), (lambda g: (), 'got a tuple of 0'),
    (lambda g: (None,), "rule of 'odd' gave None"), (lambda g: (lambda: None,), "rule of 'odd' gave None"),
    (lambda g: (g[:1],), r"rule of 'odd' gave a gradient of shape \(1, 3\) for an input of shape \(2, 3\)"), (lambda g: (g.T,), r'shape \(3, 2\) for an input of shape \(2, 3\)'),
    (lambda g: (g.sum(),), r'shape \(\) for'), (lambda g: (g.reshape(-1),), r'shape \(6,\) for'), (lambda g: (g[0],), r'shape \(3,\) for'), (lambda g: (g[None, :, :2],), r'shape \(1, 2, 2\) for')])
@pytest.mark.house  # wording
def test_rules_that_answer_wrongly_are_named(new_op, answer, words):
    @new_op
    def odd(x): return x*1
    vjp(odd)(lambda g, out, x: answer(g))
    with pytest.raises((TypeError, ValueError), match=words): odd(Tensor(np.ones((2, 3)), requires_grad=True)).backward(np.ones((2, 3)))

def test_a_rule_may_be_replaced(new_op):
    @new_op
    def odd(x): return x*1
    vjp(odd)(lambda g, out, x: (g*0,)); vjp(odd)(lambda g, out, x: (g*2,))
    w = wanting(1)
    odd(w).backward()
    assert w.grad.tolist() == [2]

def test_rules_get_what_was_saved_kept_and_set(new_op):
    got = []
    @new_op(saves='y', has_aux=True)
    def odd(x, y, *, times): return x*times, ('saved', times)
    @vjp(odd)
    def odd_vjp(g, saved, x, y, times): got.append((saved, x, y.tolist(), times)); return g*times, np.zeros(())
    w = wanting(1)
    odd(w, 5., times=3).backward()
    assert got == [(('saved', 3), None, 5., 3)] and w.grad.tolist() == [3]

def test_a_rule_may_answer_with_numpy_scalars_and_broadcast_shapes(new_op):
    @new_op(saves='')
    def total(x): return x.sum()
    vjp(total)(lambda g, out, x: (np.broadcast_to(g, (4, 2)),))
    w = wanting(1, 2)
    total(w).backward()
    assert w.grad.tolist() == [4, 4]
    @new_op(saves='')
    def same(x): return x*1
    vjp(same)(lambda g, out, x: (np.float64(3),))
    u = Tensor(1., requires_grad=True)
    same(u).backward(); same(u*1.).backward()
    assert u.grad.shape == () and u.grad.dtype == np.float32 and u.grad == 6

# Edges of single rules

def test_powers_at_zero_and_below():
    with np.errstate(all='raise'):
        for y, expected in [(0, 0), (1, 1), (2, 0), (3, 0)]:
            for exponent in (y, Tensor(np.full(1, y, np.float32))):
                w = wanting(0)
                (w**exponent).backward()
                assert w.grad.tolist() == [expected], (y, exponent)
        w = wanting(-2)
        (w**3 + w**2).backward()
        assert w.grad.tolist() == [8]
        e = Tensor(np.array([0., 2]), requires_grad=True)
        (np.array([0., 0])**e).sum().backward()
        assert e.grad.tolist() == [0, 0]
    with pytest.warns(RuntimeWarning, match='invalid'):
        e = Tensor(2., requires_grad=True)
        (Tensor([-2.])**e).backward()
        assert np.isnan(e.grad)

def test_exponents_of_whole_bases():
    e = Tensor(np.array([2., 3]), requires_grad=True)
    (np.array([2, 3])**e + 2**e).sum().backward()
    close(e.grad, np.log([2, 3])*[4, 27] + np.log([2, 2])*[4, 8])

def test_quotients_by_small_and_large_numbers():
    for dtype, y in ((np.float16, 300.), (np.float32, 1e20), (np.float32, 1e-20), (np.float64, 1e200)):
        w = Tensor(np.array([y], dtype), requires_grad=True)
        (Tensor(np.array([y], dtype))/w).backward()
        close(w.grad, -1/np.array([y], dtype), rtol=1e-3, atol=0)

def test_ties_share_and_kinks_choose():
    w = wanting(3, 1, 3, 3)
    w.max().backward()
    close(w.grad, [1/3, 0, 1/3, 1/3])
    w = Tensor(np.array([[1., 1], [2, 0]]), requires_grad=True)
    w.min(axis=1).sum().backward()
    assert w.grad.tolist() == [[.5, .5], [0, 1]]
    for f, x, expected in [(lambda t: t.abs(), 0, 0), (lambda t: t.clip(0, 1), 0, 1), (lambda t: t.clip(0, 1), 1, 1), (lambda t: t.clip(0, 1), 2, 0), (lambda t: t.clip(0), -1, 0), (lambda t: t.clip(high=0), 1, 0)]:
        w = wanting(x)
        f(w).backward()
        assert w.grad.tolist() == [expected]

@pytest.mark.parametrize('f', [lambda t: t.clip(0, 1).log(), lambda t: t.clip(0).sqrt(), lambda t: relu(t).sqrt(), lambda t: 1./relu(t), lambda t: relu(t).log(), lambda t: where(t > 0, t, 0.).sqrt(), lambda t: where(t > 0, t, 0.).log()])
@pytest.mark.parametrize('size', [1, 2000])
def test_what_is_held_back_stays_zero_under_an_infinite_slope(f, size):
    t = Tensor(np.repeat([-1., .5], size), requires_grad=True)
    with np.errstate(divide='ignore'): f(t).sum().backward()
    assert (t.grad[:size] == 0).all() and np.isfinite(t.grad[size:]).all() and t.grad[size:].all()

def test_corners_and_losers_stay_zero_under_an_infinite_slope():
    with np.errstate(divide='ignore', invalid='ignore'):
        t = wanting(0, 4)
        t.abs().sqrt().sum().backward()
        assert t.grad.tolist() == [0, .25]
        t = wanting(0, -3)
        t.max().sqrt().backward()
        assert t.grad.tolist() == [np.inf, 0]
        t = wanting(0, 3)
        t.min(axis=0).sqrt().backward()
        assert t.grad.tolist() == [np.inf, 0]
        t, e = wanting(0, 4), np.array([0, 2], np.float32)
        ((t**e) - Tensor([1., 16.])).sqrt().sum().backward()
        assert t.grad[0] == 0

def test_a_nan_that_wins_gets_the_gradient():
    for name in ('max', 'min'):
        t = Tensor([[3., 1, 3], [0, np.nan, 5]], requires_grad=True)
        getattr(t, name)(axis=1).sum().backward()
        assert t.grad[1].tolist() == [0, 1, 0]

def test_the_gradient_of_std_of_equal_numbers_is_zero():
    w = Tensor([[2., 2, 2], [1, 2, 3]], requires_grad=True)
    w.std(axis=1).sum().backward()
    assert w.grad[0].tolist() == [0, 0, 0]
    close(w.grad[1], np.array([-1, 0, 1])/(3*(2/3)**.5))
    u = wanting(5, 5)
    u.std().backward()
    assert u.grad.tolist() == [0, 0] and u.std().item() == 0 and u.std().dtype == np.float32

def test_exponents_of_zero():
    with np.errstate(divide='ignore'):
        x, e = wanting(0, 0, 0), wanting(-1, 0, 2)
        (x**e).sum().backward()
    assert x.grad.tolist() == [-np.inf, 0, 0] and e.grad.tolist() == [-np.inf, 0, 0]

# float16: added up in float32

def test_sums_of_float16_gradients_are_added_up_in_float32():
    half = lambda *shape, scale=1.: Tensor(np.full(shape, scale, np.float16), requires_grad=True)
    bias, column = half(3), half(5000, 1)
    (half(5000, 3) + bias + column).backward(np.ones((5000, 3), np.float16))
    assert bias.grad.tolist() == [5000]*3 and bias.grad.dtype == np.float16 and column.grad[0, 0] == 3
    weight, bias = half(1, 3), half(3)
    affine(half(5000, 1, scale=.5), weight, bias).backward(np.ones((5000, 3), np.float16))
    assert bias.grad.tolist() == [5000]*3 and weight.grad.tolist() == [[2500]*3]
    w = half(2)
    w[np.zeros(5000, int)].backward(np.ones(5000, np.float16))
    assert w.grad.tolist() == [5000, 0]

def test_many_ties_share_in_float16():
    w = Tensor(np.zeros(70_000, np.float16), requires_grad=True)
    w.max().backward(np.float16(700))
    close(w.grad, .01, rtol=1e-2)

def test_softmax_of_many_in_float16_has_gradients():
    for f in (softmax, log_softmax):
        x = Tensor(np.zeros((2, 4000), np.float16), requires_grad=True)
        g = np.zeros((2, 4000), np.float16); g[:, 0] = 1
        f(x).backward(g)
        assert np.isfinite(x.grad).all() and (x.grad[:, 0] > 0).all() and (x.grad[:, 1:] <= 0).all()
    g = np.ones((1, 4000), np.float16)
    assert (apply_vjp(log_softmax_along, g, np.full((1, 4000), -8.294, np.float16), None, dim=-1)[0] < .05).all()

def test_rules_of_binary_cross_entropy_at_the_ends():
    x, t = np.array([np.inf, np.inf, -np.inf, -np.inf, np.inf]), np.array([0., 1, 0, 1, .5])
    for dtype in (np.float16, np.float32, np.float64):
        to_x, to_t = apply_vjp(bce_with_logits_elementwise, np.ones(5, dtype), None, x.astype(dtype), t.astype(dtype))
        assert to_x.tolist() == [1, 0, 0, -1, .5] and to_t.tolist() == (-x).tolist() and to_x.dtype == dtype
        p = np.array([0, 1, 0, 1], dtype)
        with np.errstate(over='ignore'): to_p, to_t = apply_vjp(bce_elementwise, np.ones(4, dtype), None, p, np.array([0, 1, 1, 0], dtype))
        assert to_p[:2].tolist() == [0, 0] and to_p[2] < -1e4 and to_p[3] > 1e4 and to_t.tolist() == [100, -100, 100, -100]

# Memory order

@pytest.mark.parametrize('shape', [(3, 4), (1, 4), (3, 1), (600, 500)])
def test_what_a_leaf_collects_lies_row_by_row(shape):
    rng = np.random.default_rng(0)
    w = Tensor(rng.standard_normal(shape), requires_grad=True)
    x = Tensor(rng.standard_normal((5, shape[1])))
    ways = [lambda: x @ w.T, lambda: w @ x.T, lambda: linear(x, w.T), lambda: linear(x, w.T, zeros(shape[0])), lambda: w.T*1., lambda: (w.T @ w), lambda: w.reshape(1, *shape).permute(2, 0, 1)*2.]
    for f in ways:
        w.grad = None
        f().sum().backward()
        assert w.grad.flags.c_contiguous and w.grad.shape == shape
        f().sum().backward()
        assert w.grad.flags.c_contiguous
    assert gradcheck(lambda a, b: a @ b.T, x.data[:, :1], rng.standard_normal((2, 1)))
    assert gradcheck(lambda a, b: linear(a, b.T, zeros(2)), x.data[:, :1], rng.standard_normal((2, 1)))

@pytest.mark.house  # speed
def test_a_gradient_that_lies_as_its_leaf_does_is_not_copied():
    x = Tensor(np.ones((2, 4, 4, 3), np.float32).transpose(0, 3, 1, 2), requires_grad=True)
    max_pool2d(x, 2).sum().backward()
    assert x.grad.strides == x.data.strides and x.grad.sum() == 24

def test_indexing_twice_adds_up():
    w = wanting(1, 2, 3)
    w[[0, 0, 2]].backward([1, 10, 100])
    assert w.grad.tolist() == [11, 0, 100]

@pytest.mark.parametrize('key, once', [(0, True), (np.int64(1), True), (slice(None), True), (..., True), (None, True), ((0, slice(1), None, ...), True), (np.array([True, False]), True), (True, True), ([0, 0], False), (np.array([0, 1]), False), ((0, [1, 1]), False), ((slice(None), np.array([0])), False), ([True, False], False)], ids=str)
def test_indexes_once(key, once): assert indexes_once(key) is once

def test_gradients_reach_through_empty_tensors():
    w = Tensor(np.ones((0, 3)), requires_grad=True)
    u = wanting(1, 2, 3)
    (w*u).sum().backward()
    assert w.grad.shape == (0, 3) and u.grad.tolist() == [0, 0, 0]
    (w @ u).sum().backward(); w.mean(1).sum().backward(); cat([w, w]).sum().backward(); w.T.reshape(0).sum().backward()
    assert w.grad.shape == (0, 3)

def test_softmax_cross_entropy_has_defaults_in_its_rule_too():
    w = Tensor(np.zeros((1, 2)), requires_grad=True)
    softmax_cross_entropy(w, labels=np.array([0])).backward()
    assert w.grad.tolist() == [[-.5, .5]]

# unbroadcast and accumulate_grad

@pytest.mark.parametrize('shape, to', [((), (2, 3)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 1), (2, 3)), ((1, 3, 1), (4, 2, 3, 5)), ((2, 3), (2, 3)), ((1,), (0,)), ((1, 3), (0, 3)), ((), (0,)), ((1,), (1, 1)), ((), (1, 1)), ((), ())], ids=str)
def test_unbroadcast_is_the_transpose_of_broadcasting(shape, to):
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal(shape), rng.standard_normal(to)
    found = unbroadcast(g, shape)
    assert np.shape(found) == shape
    close((found*x).sum(), (g*np.broadcast_to(x, to)).sum(), rtol=1e-12, atol=1e-12)

@pytest.mark.house  # a number would do as well
def test_unbroadcast_gives_arrays():
    assert type(unbroadcast(np.ones((2, 3)), ())) is np.ndarray

def test_accumulate_grad_owns_what_it_keeps():
    w, g = wanting(1, 2), np.array([5, 6], np.float32)
    accumulate_grad(w, g, owned=True)
    assert w.grad is g
    w.grad = None
    accumulate_grad(w, g, owned=False); accumulate_grad(w, g, owned=True)
    assert w.grad is not g and w.grad.tolist() == [10, 12] and g.tolist() == [5, 6]
    u = wanting(1, 2)
    accumulate_grad(u, np.array([1., 2]), owned=True)
    assert u.grad.dtype == np.float32
    across = Tensor(np.ones((2, 3)), requires_grad=True)
    accumulate_grad(across, np.ones((2, 3), order='F'), owned=True)
    assert across.grad.flags.c_contiguous

# The referee

def test_numerical_gradient_leaves_the_array_as_it_was():
    x = np.array([[1., 2], [3, 4]]); before = x.copy()
    close(numerical_gradient(lambda: (x**2).sum(), x), 2*x, rtol=1e-8)
    assert (x == before).all() and numerical_gradient(lambda: 3*y.item(), y := np.array(2.)).shape == ()

def test_gradcheck_takes_arrays_lists_and_tensors_and_changes_none():
    x, w = np.array([1, 2], np.float32), wanting(3, 4)
    assert gradcheck(lambda a, b, c: a*b + c, x, w, [5, 6]) is True
    assert w.grad is None and x.tolist() == [1, 2] and w.dtype == np.float32

@pytest.mark.parametrize('f', [lambda x: x.detach()*x, lambda x: x*2. + x.detach(), lambda x: Tensor(x.data**2)*1. + x*0.], ids=['half', 'part', 'nothing'])
def test_gradcheck_sees_a_gradient_that_is_lost(f):
    with pytest.raises(AssertionError, match=r'gradient of input 0 is wrong in 2 of 2 places, first at \(0,\): backward says .*, nudging says'): gradcheck(f, np.array([1., 2]))

def test_gradcheck_sees_one_wrong_place_in_the_second_input(new_op):
    @new_op
    def odd(x, y): return x*y
    vjp(odd)(lambda g, out, x, y: (g*y, g*x*(y != 2)))
    with pytest.raises(AssertionError, match=r'input 1 is wrong in 1 of 3 places, first at \(1,\): backward says -?0, nudging says'): gradcheck(odd, np.ones(3), np.array([1., 2, 3]))

def test_gradcheck_of_nan_and_of_unused_inputs():
    assert gradcheck(lambda x, y: x*2., np.ones(2), np.ones(3))
    with np.errstate(invalid='ignore'), pytest.raises(AssertionError, match='input 0 is wrong'): gradcheck(lambda x: x.log(), np.array([-1.]))

def lawless(new_op, function, rule, *shapes, saves=None, has_aux=False, **settings):
    function.__name__ = 'outlaw'
    made = new_op(function, saves=saves, has_aux=has_aux)
    vjp(made)(rule)
    sample(made, *shapes, **settings)
    return made

def little(a):
    "Changes `a` by so little that no slope notices"
    a *= 1 + 1e-9
    return a*1

@pytest.mark.parametrize('function, rule, words', [
    (lambda x: x*2, lambda g, out, x: (g*3,), 'gradcheck: gradient of input 0'),
    (lambda x: x*np.float64(2) if x.dtype == np.float64 else x.astype(np.float64), lambda g, out, x: (g*2,), 'float32 in, float64 out'),
    (lambda x: little(x), lambda g, out, x: (g*1,), 'an input was written to'),
    (lambda x: x + 0., lambda g, out, x: (little(g),), 'the rule wrote into g'),
    (lambda x: x*1, lambda g, out, x: (x.__setitem__(..., 1) or g*1,), 'written to|gradcheck|changes the result'),
    (lambda x: x*(2 if x.flags.c_contiguous else 3), lambda g, out, x: (g*2,), 'scattered memory changes the result'),
    (lambda x: x*2, lambda g, out, x: (g*(2 if x.flags.c_contiguous else 3),), 'scattered memory changes the result'),
    (lambda x: x*2, lambda g, out, x: (g*(2 if g.flags.c_contiguous else 3),), 'scattered memory changes the result'),
    (lambda x: x*x/2, lambda g, out, x: (x if (g == 1).all() else g*x,), 'gradient 0 shares its memory'),
    (lambda x: np.exp(x), lambda g, out, x: (out if (g == 1).all() else g*out,), 'gradient 0 shares its memory')])
def test_check_op_sees_each_law_broken(new_op, function, rule, words):
    with pytest.raises(AssertionError, match=words): check_op(lawless(new_op, function, rule, (2, 3)))

def test_check_op_sees_one_array_given_twice(new_op):
    def rule(g, out, x, y): fresh = g*1; return fresh, fresh
    with pytest.raises(AssertionError, match='gradient 1 shares its memory'): check_op(lawless(new_op, lambda x, y: x + y, rule, (2, 3), (2, 3)))

def test_check_op_sees_a_saved_array_given_away(new_op):
    with pytest.raises(AssertionError, match='gradient 0 shares its memory'):
        check_op(lawless(new_op, lambda x: (x*x/2, x*1), lambda g, saved, x: (saved if (g == 1).all() else g*saved,), (2, 3), saves='', has_aux=True))

def test_check_op_wants_samples_and_counts_them(new_op):
    @new_op
    def fine(x): return x*2
    vjp(fine)(lambda g, out, x: (g*2,))
    with pytest.raises(AssertionError, match=r'fine: no samples; register some with sample\(\)'): check_op(fine)
    sample(fine, (2,)); sample(fine, ()); sample(fine, (0, 3))
    assert check_op(fine) == 3

def test_scattered_is_scattered():
    for shape in [(4,), (2, 3), (0, 3), (2, 1)]:
        a = np.random.default_rng(0).standard_normal(shape)
        b = scattered(a)
        assert (a == b).all() and a.shape == b.shape and (b.size < 2 or not b.flags.c_contiguous)
    assert scattered(np.array(3.)).shape == ()

# Drawing

def test_graph_draws_each_result_and_leaf_once():
    a, b = Tensor(2., requires_grad=True), Tensor(3., requires_grad=True)
    out = ((a*b + a)/b).exp()
    picture = graph(out)
    svg = ElementTree.fromstring(picture._repr_svg_())
    name = '{http://www.w3.org/2000/svg}'
    texts = [t.text for t in svg.iter(f'{name}text')]
    assert sorted(texts) == sorted(['add', 'divide', 'exp', 'leaf', 'leaf', 'multiply'] + ['()']*6) and len(list(svg.iter(f'{name}path'))) == 7
    assert svg.find(f'{name}title').text == out.recipe.expression()
    boxes = boxes_of(svg)
    assert len(set(boxes)) == 6
    assert all(0 <= x and x + w <= float(svg.get('width')) and 0 <= y and y + h <= float(svg.get('height')) for x, y, w, h in boxes)

def boxes_of(svg): return [tuple(float(r.get(k)) for k in ('x', 'y', 'width', 'height')) for r in svg.iter('{http://www.w3.org/2000/svg}rect')]

def points_of(path):
    "Points along an SVG path of M, C and H"
    words = iter(re.findall(r'[MCH]|-?[\d.]+', path))
    number, here = lambda: float(next(words)), None
    for command in words:
        if command == 'M': here = np.array([number(), number()])
        elif command == 'H':
            end = np.array([number(), here[1]])
            yield from np.linspace(here, end, 50)
            here = end
        else:
            p = [here, *(np.array([number(), number()]) for _ in range(3))]
            for s in np.linspace(0, 1, 50): yield (1-s)**3*p[0] + 3*(1-s)**2*s*p[1] + 3*(1-s)*s*s*p[2] + s**3*p[3]
            here = p[3]

def drawn_networks():
    a, b = Tensor(2., requires_grad=True), Tensor(3., requires_grad=True)
    yield ((a*b + a)/b).exp()
    w, y = wanting(1, 2), wanting(3, 4)
    for i in range(6): y = y*w + (y if i % 2 else w)
    yield y*y*w
    one, two = Linear(4, 8), Linear(8, 8)
    x = one(Tensor(np.ones((5, 4))))
    yield cross_entropy(two(two(x).exp() + x) + x, [0, 1, 2, 3, 4])

def test_no_edge_runs_behind_a_box():
    for out in drawn_networks():
        svg = ElementTree.fromstring(graph(out)._repr_svg_())
        for path in svg.iter('{http://www.w3.org/2000/svg}path'):
            for px, py in points_of(path.get('d')):
                assert not any(x < px < x + w and y < py < y + h for x, y, w, h in boxes_of(svg))

def test_graph_names_leaves_and_results_and_takes_notes():
    a, b = wanting(1, 2), wanting(3, 4)
    y = a*b
    z = y + a
    picture = graph(z, a=a, b=b, y=y, notes={y.recipe: 'g = 7', a: 'g = 5'}, marked=[y.recipe])
    name = '{http://www.w3.org/2000/svg}'
    svg = ElementTree.fromstring(picture._repr_svg_())
    texts = [t.text for t in svg.iter(f'{name}text')]
    assert {'a', 'b', 'y = multiply', 'add', 'g = 7', 'g = 5'} <= set(texts) and texts.count('(2,)') == 4
    assert [r.get('stroke-width') for r in svg.iter(f'{name}rect')].count('3') == 1

def test_a_drawing_shows_where_svg_does_not():
    "As a picture in HTML, which a notebook shows untrusted, and in words"
    a, b = wanting(1, 2), wanting(3, 4)
    y = a*b
    picture = graph(y + a, a=a, b=b, y=y)
    data = re.fullmatch(r'<img alt="[^"]*" src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)">', picture._repr_html_())
    assert base64.b64decode(data[1]).decode() == picture._repr_svg_()
    lines = repr(picture).splitlines()
    assert len(lines) == 2 and all(word in lines[0] for word in ('y', 'multiply', 'a, b', '(2,)')) and 'add' in lines[1] and 'y, a' in lines[1]
    leaf = y = wanting(1)
    for _ in range(1000): y = y + 1.
    assert len(repr(graph(y)).splitlines()) < 50

def test_edges_go_from_left_to_right():
    w = wanting(1, 2)
    y = (w*w).exp() + w
    distance, edges = layers_of((y*y.sum()).recipe)
    assert all(distance[start] > distance[end] for start, end in edges)

def test_graph_escapes_names_and_needs_a_recipe(new_op):
    @new_op
    def odd(x): return x*1
    odd.__name__ = '<script>&'
    svg = graph(odd(wanting(1)))._repr_svg_()
    assert '<script>' not in svg and ElementTree.fromstring(svg) is not None
    for bad in (wanting(1), Tensor([1.])):
        with pytest.raises(ValueError, match='graph: this tensor has no recipe; compute it from a leaf with requires_grad=True'): graph(bad)

def test_drawing_neither_uses_up_nor_changes_the_graph():
    w = wanting(1, 2)
    y = (w*w).sum()
    graph(y); repr(y.recipe); copy.deepcopy(y)
    y.backward()
    assert w.grad.tolist() == [2, 4]
    assert ElementTree.fromstring(graph(y)._repr_svg_()) is not None     # a freed recipe is a box alone

@pytest.mark.parametrize('name', ['sum', 'max', 'min', 'mean'])
@pytest.mark.parametrize('keepdims', [False, True])
def test_a_single_number_may_be_reduced_along_axis_0(name, keepdims):
    t = Tensor(np.array(3.), requires_grad=True)
    out = getattr(t, name)(axis=0, keepdims=keepdims)
    out.backward()
    assert out.shape == () and out.item() == 3 and t.grad == 1

# What other inputs of the same kinds showed

def test_relu_does_not_hide_a_nan():
    for n in (1, 5000):
        x = Tensor(np.full(n, np.nan), requires_grad=True)
        relu(x).backward(np.full(n, np.nan))
        assert np.isnan(x.grad).all()
    x = wanting(np.nan, -1, 2)
    relu(x).sum().backward()
    assert x.grad.tolist() == [1, 0, 1]

@pytest.mark.parametrize('write', [lambda t: t.__setitem__(0, 2), lambda t: t.__iadd__(1)])
@pytest.mark.parametrize('use', [lambda w, i: w[i], lambda w, i: w.reshape(1, -1)[0, i], lambda w, i: cross_entropy(w.reshape(1, -1).broadcast_to(2, 4), i), lambda w, i: Embedding_of(w)(i)])
def test_positions_changed_after_the_forward_are_an_error(use, write):
    w, i = wanting(1, 2, 3, 4), Tensor(np.array([0, 1]))
    out = use(w, i).sum()
    write(i)
    with pytest.raises(RuntimeError, match='changed in place after the forward'): out.backward()

def Embedding_of(w):
    from tinytorch.core.embeddings import Embedding
    layer = Embedding(2, 2)
    layer.weight = w.reshape(2, 2)
    return lambda i: layer(i % 2 if i.data.max() > 1 else i)

def test_positions_that_stay_are_no_error():
    w, i = wanting(1, 2, 3), Tensor(np.array([0, 1]))
    for step in range(3):
        w.grad = None
        (w[i]*2).sum().backward()
        with no_grad(): w -= .1
        i[0] = step
    assert w.grad is not None

@pytest.mark.parametrize('x', [100, -100, 300, -300, 45, 6e4, -6e4])
def test_gelu_tanh_of_float16_has_a_slope(x):
    from tinytorch.core.activations import gelu
    t = wanting(x, dtype=np.float16)
    gelu(t, 'tanh').sum().backward()
    assert t.grad.dtype == np.float16 and t.grad.tolist() == [float(x > 0)]

@pytest.mark.parametrize('name', ['log', 'log2', 'log10'])
def test_logarithms_of_tiny_float16(name):
    t = wanting(1e-5, dtype=np.float16)
    getattr(t, name)().backward(np.array([.01], np.float16))
    close(t.grad, .01/t.data.astype(float)/{'log': 1, 'log2': np.log(2), 'log10': np.log(10)}[name], rtol=.02)
    t.grad = None
    getattr(t, name)().backward(np.zeros(1, np.float16))
    assert t.grad.tolist() == [0]

def test_a_gradient_is_routed_in_any_float():
    g = np.linspace(-1, 1, 1000)
    for dtype in (np.longdouble, '>f8', '>f4'):
        kept = autograd.keep_where(np.arange(1000) % 2 == 0, g.astype(dtype))
        close(kept[::2].astype(float), g[::2], rtol=1e-6)
        assert not kept[1::2].any()
