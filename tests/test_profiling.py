"Profiling: counts against numbers worked out by hand, times by a clock that the tests wind, models left as they were"
import json
import re
import time
import tracemalloc
from copy import deepcopy
from html import unescape
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import tinytorch.core as core
from tinytorch.core.activations import GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh, relu
from tinytorch.core.attention import scaled_dot_product_attention
from tinytorch.core.autograd import no_grad, vjp, vjp_rules
from tinytorch.core.layers import Dropout, Flatten, Linear, Module, Sequential
from tinytorch.core.losses import bce_elementwise, bce_with_logits_elementwise, cross_entropy, softmax_cross_entropy
from tinytorch.core.spatial import Conv2d, avg_pool2d, batch_norm, max_pool2d
from tinytorch.core.embeddings import Embedding
from tinytorch.core.tensor import Tensor, cat, is_recording, op, recording, where
from tinytorch.core.transformers import GPT, LayerNorm
from tinytorch.perf import profiling
from tinytorch.perf.profiling import (Asked, Latency, Profiler, Report, Roofline, Uncounted, as_leaves, bytes_by_dtype, calibrate,
    timer_resolution, count_ops, counts, flops, layer_calls, op_calls, peak_bytes, quick_profile, recorded, resident_during, roofline,
    rule_calls, stamped, time_blocks, walk_back)
from tinytorch.perf.quantization import quantize_model
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def ones(*shape, dtype=np.float32): return np.ones(shape, dtype)
def flops_of(model, *inputs): return Profiler().count_flops(model, inputs)

class Clock:
    "A clock in nanoseconds that moves when it is told to, and by `step` when it is read"
    def __init__(self, step=0): self.now, self.step = 0, step
    def __call__(self):
        self.now += self.step
        return self.now

class Slow(Module):
    "Takes `ns` of the clock for each row of its input"
    def __init__(self, clock, ns): self.tick = lambda rows: setattr(clock, 'now', clock.now + ns*rows)
    def forward(self, x):
        self.tick(len(x))
        return x*2.

# FLOPs, by hand

@pytest.mark.parametrize('shape, rows', [((4,), 1), ((1, 4), 1), ((5, 4), 5), ((64, 4), 64), ((2, 5, 4), 10), ((2, 3, 5, 4), 30), ((0, 4), 0)])
def test_linear_with_and_without_bias(shape, rows):
    assert flops_of(Linear(4, 3), ones(*shape)) == rows*(2*4*3 + 3)
    assert flops_of(Linear(4, 3, bias=False), ones(*shape)) == rows*2*4*3

def test_a_network_on_a_batch():
    model = Sequential(Flatten(), Linear(64, 32), ReLU(), Dropout(.5), Linear(32, 10), Softmax())
    image = 2*64*32 + 32 + 32 + 2*32*10 + 10 + (5*10 - 2)
    assert flops_of(model, ones(1, 8, 8)) == image == 4858
    assert flops_of(model, ones(7, 8, 8)) == 7*image

@pytest.mark.parametrize('layer, each', [(ReLU(), 1), (Tanh(), 1), (Sigmoid(), 4), (GELU(), 5), (GELU(approximate='tanh'), 8)])
def test_activations_cost_so_much_an_element(layer, each): assert flops_of(layer, ones(5, 3)) == 15*each

def test_softmax_by_row_and_by_column():
    # a row of 3: 2 comparisons, 3 subtractions, 3 exponentials, 2 additions, 3 divisions; the logarithm instead: 2, 3, 3, 2, 1, 3
    assert flops_of(Softmax(), ones(5, 3)) == 5*13 and flops_of(LogSoftmax(), ones(5, 3)) == 5*14
    assert flops_of(lambda x: Softmax()(x, dim=0), ones(5, 3)) == 3*(4 + 5 + 5 + 4 + 5)

@pytest.mark.parametrize('f, expected', [
    (lambda x: x.sum(), 14), (lambda x: x.sum(axis=1), 10), (lambda x: x.sum(axis=0, keepdims=True), 12),
    (lambda x: x.max(), 14), (lambda x: x.min(axis=1), 10), (lambda x: x.mean(), 15),
    (lambda x: x + x[0], 15), (lambda x: x[:, :1] + x[0], 15), (lambda x: -(x*x - x/x), 60), (lambda x: x.exp().log().sqrt().abs(), 60),
    (lambda x: x.clip(0, 1), 30), (lambda x: x**2, 15),
    (lambda x: x.reshape(3, 5), 0), (lambda x: x.T, 0), (lambda x: x[1:], 0), (lambda x: cat([x, x]), 0),
    (lambda x: where(np.eye(5, 3) > 0, x, x), 0), (lambda x: x.astype('float64'), 0)])
def test_ops_of_a_5_by_3(f, expected): assert flops_of(f, ones(5, 3)) == expected

@pytest.mark.parametrize('left, right', [((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((7, 2, 3), (3, 4)), ((7, 1, 2, 3), (5, 3, 4)), ((2, 0), (0, 4))])
def test_matrix_products_against_counting_each_term(left, right):
    terms = np.matmul(ones(*left), ones(*right)).sum()  # each term adds 1
    assert flops_of(lambda x, y: x @ y, ones(*left), ones(*right)) == 2*terms

def test_a_layer_used_twice_computes_twice_and_is_stored_once():
    layer = Linear(4, 4)
    model = Sequential(layer, ReLU(), layer)
    assert flops_of(model, ones(5, 4)) == 2*5*36 + 20
    assert Profiler().count_parameters(model) == 20 and sum(bytes_by_dtype(model).values()) == 80

def test_shared_work_counts_once_and_sixty_doublings_do_not_explode():
    def model(x):
        for _ in range(60): x = x + x
        return x, (x, {'again': x})
    assert flops_of(model, ones(2)) == 120

def test_frozen_parameters_count_as_work_and_as_parameters():
    model = Linear(4, 3)
    for tensor in model.parameters(): tensor.requires_grad = False
    assert flops_of(model, ones(5, 4)) == 135 and Profiler().count_parameters(model) == 15

def test_whole_numbers_in():
    class Lookup(Module):
        def __init__(self): self.table, self.head = Tensor(ones(10, 4), requires_grad=True), Linear(4, 3)
        def forward(self, x): return self.head(self.table[x.data])
    assert flops_of(Lookup(), np.array([[1, 2], [3, 4]])) == 4*27
    frozen = Lookup()
    for tensor in frozen.parameters(): tensor.requires_grad = False
    with pytest.raises(Uncounted, match='nothing was recorded'): flops_of(frozen, np.array([1]))

def test_counted_inside_no_grad_too():
    with no_grad():
        assert flops_of(Linear(4, 3), ones(5, 4)) == 135
        with pytest.raises(ValueError): flops_of(Linear(4, 3), ones(5, 5))
        assert not is_recording()
    assert is_recording()

def test_rows_by_op():
    rows = count_ops(Sequential(Linear(4, 3), ReLU(), Linear(3, 2), ReLU(), Linear(2, 2)), ones(5, 4))
    assert [(row.name, row.calls, row.flops) for row in rows] == [('affine', 3, 135 + 70 + 50), ('relu', 2, 25)]

def test_every_op_has_a_count_but_the_losses():
    modules = [import_module(f'tinytorch.core.{file.stem}') for folder in core.__path__ for file in Path(folder).glob('[a-z]*.py')]
    ours = {thing for module in modules for thing in vars(module).values() if callable(thing) and thing in vjp_rules}
    assert len(ours) > 40 and {softmax_cross_entropy, bce_elementwise, bce_with_logits_elementwise} == ours - set(counts)

def test_convolution_and_pooling():
    x = ones(5, 4, 9, 9)
    assert flops_of(Conv2d(4, 6, 3), x) == 5*6*7*7*(2*4*9 + 1)
    assert flops_of(Conv2d(4, 6, 3, padding=1, stride=2, groups=2), x) == 5*6*5*5*(2*2*9 + 1)
    assert flops_of(lambda x: max_pool2d(x, 3), x) == 5*4*3*3*8
    assert flops_of(lambda x: avg_pool2d(x, 3), x) == 5*4*(2*9*9*3 + 2*3*9*3)

def test_normalization():
    assert flops_of(LayerNorm(4), ones(5, 3, 4)) == 60*7
    weight, bias = Tensor(ones(4)), Tensor(ones(4))
    assert flops_of(lambda x: batch_norm(x, weight, bias, eps=1e-5), ones(5, 4, 3)) == 60*7

def test_attention_a_row_of_scores_at_a_time():
    "2 queries, 3 keys of 4 features, values of 5: scaling 8, scores 6*8, softmax 2*(2 + 3 + 3 + 2 + 3), mixing 6*10"
    expected = 8 + 48 + 26 + 60
    assert flops_of(scaled_dot_product_attention, ones(2, 4), ones(3, 4), ones(3, 5)) == expected
    assert flops_of(lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True), ones(2, 4), ones(3, 4), ones(3, 5)) == expected

def test_a_gpt():
    "Embedding and positions: an addition. A block: two norms, QKV, attention in 2 heads of 4, out, two additions, up, GELU, down. A norm, the head"
    T, D, V = 6, 8, 11
    attention = T*D + 2*T*T*D + 2*(5*T*T - 2*T) + 2*T*T*D
    block = 2*7*T*D + T*3*D*(2*D + 1) + attention + T*D*(2*D + 1) + 2*T*D + T*4*D*(2*D + 1) + 8*T*4*D + T*D*(8*D + 1)
    assert flops_of(GPT(V, D, 3, 2, 10), np.ones((1, T), int)) == T*D + 3*block + 7*T*D + 2*T*D*V

@pytest.mark.house  # wording
def test_an_op_without_a_count_is_told_what_to_register():
    @op
    def cosine(x): return np.cos(x)
    with pytest.raises(Uncounted, match=r'no count for cosine; register one with @flops\(cosine\)'): flops_of(lambda x: cosine(x)*2., ones(5))

def test_an_op_without_a_count_is_named_until_it_has_one():
    @op
    def cosine(x): return np.cos(x)
    model = lambda x: cosine(x)*2.
    with pytest.raises(Uncounted, match='cosine'): flops_of(model, ones(5))
    assert [(row.name, row.calls, row.flops) for row in count_ops(model, ones(5))] == [('cosine', 1, None), ('multiply', 1, 5)]
    @flops(cosine)
    def cosine_flops(shape, saved, x): return 3*x.size
    try: assert flops_of(model, ones(5)) == 20
    finally: del counts[cosine]

def test_a_layer_that_opens_its_tensor_is_noticed():
    with pytest.raises(Uncounted, match=r'back to the input of shape \(5, 4\)'): flops_of(lambda x: Tensor(x.data*2), ones(5, 4))
    with pytest.raises(Uncounted, match=r'back to the input of shape \(3,\)'): flops_of(lambda x, y: x*Tensor(y.data.sum()), ones(5), ones(3))
    assert issubclass(Uncounted, NotImplementedError)

# parameters and bytes

def test_parameters():
    profiler = Profiler()
    assert profiler.count_parameters(Linear(4, 3)) == 15 and profiler.count_parameters(Linear(4, 3, bias=False)) == 12
    assert profiler.count_parameters(Sequential(Linear(784, 256), ReLU(), Linear(256, 128), ReLU(), Linear(128, 10))) == 235_146
    assert profiler.count_parameters(relu) == profiler.count_parameters(ReLU()) == 0

def test_bytes_are_those_of_arrays_that_exist():
    model = Sequential(Linear(4, 3), ReLU())
    model.register_buffer('codes', np.zeros(7, np.int8))
    model.register_buffer('scale', np.zeros(2))
    assert bytes_by_dtype(model) == {'float32': 60, 'int8': 7, 'float64': 16} and bytes_by_dtype(relu) == {}
    assert Profiler().measure_memory(model, ones(5, 4)).parameter_bytes == 83

@pytest.mark.parametrize('n', [1, 16])
def test_activations_kept_for_the_walk_back(n):
    model = Sequential(Linear(64, 512), ReLU(), Linear(512, 10))
    assert Profiler().measure_memory(model, ones(n, 64)).activation_bytes == n*512*4  # the result of ReLU, which the second layer shares

def test_what_only_an_input_that_wants_no_gradient_leads_to_is_not_kept():
    assert Profiler().measure_memory(lambda x: (x*x).exp(), ones(5)).activation_bytes == 0
    wanting = Tensor(ones(5), requires_grad=True)
    assert Profiler().measure_memory(lambda x: (x*x).exp(), wanting).activation_bytes == 20  # the exponential's result; the input is known

def test_a_view_keeps_its_owner_alive_and_a_known_owner_is_not_kept():
    whole = Tensor(ones(10, 4), requires_grad=True)
    model = Linear(4, 3)
    model.weight = Tensor(ones(3, 4).T, requires_grad=True)  # a view, as are the inputs here
    measure = Profiler().measure_memory
    assert measure(lambda x: x[:2].exp()[:1], whole).activation_bytes == 32  # only the exponential's result, and all of it
    assert measure(lambda x: x.exp()[:2]*x[:2], whole).activation_bytes == 160  # the exponential, of which the product keeps a view
    assert measure(model, Tensor(ones(9, 4)[3:5])).activation_bytes == 0

def test_peak_of_a_forward_pass():
    KB = 1024
    one = Profiler().measure_memory(Linear(256, 1024), ones(256, 256)).peak_bytes
    two = Profiler().measure_memory(Sequential(Linear(256, 1024), Linear(1024, 512)), ones(256, 256)).peak_bytes
    assert 1024*KB <= one < 1100*KB and 1536*KB <= two < 1612*KB  # one result; two results, of which the first is needed for the second

def test_peak_is_the_most_at_once_and_leaves_tracing_as_it_was():
    kept = []
    def work():
        kept.append(np.ones(10**5))
        for _ in range(3): np.ones(3*10**5)
    assert not tracemalloc.is_tracing()
    assert 32e5 <= peak_bytes(work) < 32.5e5 and not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        held = np.ones(10**7)
        held = np.ones(10**6)  # a higher peak lies behind
        assert 32e5 <= peak_bytes(work) < 32.5e5 and tracemalloc.is_tracing()
        with pytest.raises(ZeroDivisionError): peak_bytes(lambda: 1/0)
        assert tracemalloc.is_tracing() and len(held)
    finally: tracemalloc.stop()
    with pytest.raises(ZeroDivisionError): peak_bytes(lambda: 1/0)
    assert not tracemalloc.is_tracing()

# the clock

@pytest.mark.parametrize('ns', [40, 999, 70_000, 1_999_999, 2_000_000, 5*10**9])
@pytest.mark.parametrize('block_ms', [.01, 2.])
def test_the_smallest_power_of_two_that_fills_a_block(ns, block_ms):
    clock = Clock()
    def work(): clock.now += ns
    calls = calibrate(work, block_ms, clock)
    assert calls*ns >= block_ms*1e6 and (calls == 1 or calls//2*ns < block_ms*1e6) and calls & calls - 1 == 0

@pytest.mark.parametrize('at', [0, 1])
def test_a_hiccup_ends_no_calibration(at):
    clock, calls = Clock(), iter(range(10**6))
    def work(): clock.now += 10**9 if next(calls) == at else 300_000
    assert calibrate(work, timer=clock) == 8

def test_a_hiccup_sets_neither_the_size_of_blocks_nor_the_median():
    clock, times = Clock(), iter([10**9] + [10**9 if i == 55 else 300_000 for i in range(10**5)])
    def work(): clock.now += next(times)
    found = time_blocks(work, 9, warmup=0, timer=clock)
    assert (found.calls, found.n) == (8, 9)
    close(found.median, .3)
    assert found.mean > 10 and found.quantile(1) > 100

def test_warm_up_is_thrown_away():
    clock, times = Clock(), iter([9e6] + [3e6]*2 + [5e6]*4 + [2e6]*10)  # the first call, calibration, four blocks, what counts
    def work(): clock.now += int(next(times))
    found = time_blocks(work, 10, warmup=4, timer=clock)
    close(found.times, np.full(10, 2.))

@pytest.mark.parametrize('clock, words', [
    (lambda: 0, 'it stands still or counts no nanoseconds'),
    (lambda: 17, '1,048,576 calls took 0 by this timer'),
    (iter(np.arange(0, 10, 1e-6)).__next__, 'counts no nanoseconds'),
    (iter(range(10**9, 0, -1)).__next__, 'counts no nanoseconds')])
def test_what_is_no_clock_in_nanoseconds(clock, words):
    with pytest.raises(RuntimeError, match=words): calibrate(lambda: None, timer=clock)

def test_a_clock_that_runs_backwards_later():
    clock = iter([0, 10**7, 0, 10**7, 5*10**7, 10**7]*5).__next__
    with pytest.raises(RuntimeError, match='does not run forward'): time_blocks(lambda: None, 4, warmup=0, timer=clock)

def test_step_of_a_clock():
    assert timer_resolution(Clock(7)) == 7
    readings = iter([0]*50 + [100]*50 + [350]*900)
    assert timer_resolution(lambda: next(readings)) == 100
    with pytest.raises(RuntimeError, match='1000 readings were all the same'): timer_resolution(Clock())

def test_latency_is_statistics_of_its_blocks():
    times = np.array([3., 1., 2., 10.])
    found = Latency(times, 4)
    assert (found.n, found.calls, found.mean, found.median, found.quantile(0), found.quantile(1)) == (4, 4, 4., 2.5, 1., 10.)
    close(found.std, (50/3)**.5)
    assert str(found).startswith('2.5 ms (8 of 10 blocks between 1.3 and 7.9; 4 blocks of 4 calls)')

@pytest.mark.parametrize('times, error, words', [([], ValueError, 'at least 2 blocks, got 0'), ([1.], ValueError, 'at least 2 blocks, got 1'),
    ([1., 0.], RuntimeError, 'does not run forward'), ([1., np.nan], RuntimeError, 'does not run forward'), ([1., np.inf], RuntimeError, 'does not run forward')])
def test_latency_refuses(times, error, words):
    with pytest.raises(error, match=words): Latency(np.array(times), 4)

@pytest.mark.parametrize('block_ms', [0, -1, float('nan')])
def test_profiler_refuses_a_block_of_no_length(block_ms):
    with pytest.raises(ValueError, match='block_ms is a duration in ms, above 0'): Profiler(block_ms)

def test_latency_of_the_whole_batch_by_the_given_clock():
    clock = Clock()
    profiler, model = Profiler(block_ms=1., timer=clock), Slow(clock, 5_000)
    one, batch = profiler.measure_latency(model, ones(1, 3), runs=4), profiler.measure_latency(model, ones(64, 3), runs=4)
    close([one.median, batch.median], [.005, .32])
    assert (one.calls, batch.calls, one.n) == (256, 4, 4)

# layers

def test_profile_of_a_layer():
    clock = Clock()
    row = Profiler(timer=clock).profile_layer(Slow(clock, 1_000_000), ones(10, 3), runs=3)
    assert (row.kind, row.output, row.parameters, row.parameter_bytes, row.flops, row.traffic) == ('Slow', '(10, 3)', 0, 0, 30, 240)
    close([row.latency.median, row.gflops, row.intensity], [10, 30/10**7, 30/240])

def test_traffic_of_a_linear_layer():
    row = quick_profile(Linear(64, 32), ones(8, 64)).whole
    assert row.traffic == 4*(8*64 + 64*32 + 32 + 8*32) and row.parameter_bytes == 4*2080

class Twice(Module):
    def __init__(self): self.layer, self.parts = Linear(4, 4), [ReLU(), {'out': Linear(4, 2)}]
    def forward(self, x): return self.parts[1]['out'](self.parts[0](self.layer(self.layer(x))))

def test_one_row_for_each_call_of_an_innermost_layer():
    found = quick_profile(Twice(), ones(5, 4))
    assert [(row.name, row.kind, row.output, row.flops) for row in found.layers] == [
        ('layer', 'Linear', '(5, 4)', 180), ('layer', 'Linear', '(5, 4)', 180), ('parts.0', 'ReLU', '(5, 4)', 20), ('parts.1.out', 'Linear', '(5, 2)', 90)]
    assert found.whole.flops == 470 and found.whole.parameters == 30 and found.input == '(5, 4)'

def test_layers_are_run_on_what_they_get():
    model = Sequential(Linear(4, 3), ReLU())
    x = rng().standard_normal((5, 4)).astype(np.float32)
    (_, _, first, _), (_, _, second, _) = layer_calls(model, (Tensor(x),))
    close(first[0], x); close(second[0], model[0](x))

def test_containers_are_opened_and_dropout_is_off():
    model, x = Sequential(Sequential(Dropout(.5), ReLU()), Linear(4, 3)), ones(5, 4)
    calls = layer_calls(model, (Tensor(x),))
    assert [name for name, _, _, _ in calls] == ['0.0', '0.1', '1'] and not any(getattr(layer, 'training', False) for _, layer, _, _ in calls)
    close(calls[2][2][0], x)
    assert model.training and not any(layer is mine for _, layer, _, _ in calls for mine in model.modules())

def test_a_forward_of_its_own_stays_with_the_layer():
    model = Sequential(Linear(4, 3), ReLU())
    model[1].forward = lambda x: x*5.
    (_, _, _, _), (_, layer, _, _) = layer_calls(model, (Tensor(ones(2, 4)),))
    close(layer(Tensor([1.])), [5.])

def test_the_text_of_a_profile():
    @op
    def cosine(x): return np.cos(x)
    class Cosine(Module):
        def forward(self, x): return cosine(x)
    text = str(quick_profile(Sequential(Linear(64, 10), Cosine()), ones(7, 64)))
    assert 'Sequential on input (7, 64)' in text and '2,600' in text and '9,030' in text
    assert re.search('1: .*cosine', text) and re.search('whole: .*cosine', text) and ' ?' in text

def test_several_inputs_and_keyword_settings():
    class Inner(Module):
        def forward(self, x, y, *, scale): return x @ y * scale
    class Outer(Module):
        def __init__(self): self.inner = Inner()
        def forward(self, x, y): return self.inner(x, y, scale=2.)
    found = quick_profile(Outer(), (ones(2, 3), ones(3, 4)))
    assert found.whole.flops == found.layers[0].flops == 48 + 8 and found.input == '(2, 3), (3, 4)'

# a step of training

def slow_op(clock):
    "An op that takes 2 ms of `clock`, and 3 ms on the way back"
    @op
    def slow(x):
        clock.now += 2_000_000
        return x*1
    @vjp(slow)
    def slow_vjp(g, out, x):
        clock.now += 3_000_000
        return lambda: g*1,
    return slow

def test_forward_and_backward_are_told_apart():
    clock = Clock()
    slow = slow_op(clock)
    class Model(Module):
        def __init__(self): self.w = Tensor(ones(4), requires_grad=True)
        def forward(self, x): return slow(x*self.w)
    try: found = Profiler(block_ms=1., timer=clock).profile_backward_pass(Model(), ones(4), lambda out: out.sum(), runs=3)
    finally: del vjp_rules[slow]
    close([found.forward.median, found.backward.median, found.ratio], [2, 3, 1.5])
    assert found.gradient_bytes == 16 and found.forward.n == 3

def test_bytes_of_a_step():
    model, labels = Sequential(Linear(64, 32), ReLU(), Linear(32, 10)), np.zeros(8, np.int64)
    found = Profiler(block_ms=.1).profile_backward_pass(model, ones(8, 64), lambda scores: cross_entropy(scores, labels), runs=2)
    assert found.activation_bytes == 8*32*4 + 8*10*4 + labels.nbytes  # result of ReLU; softmax; the labels
    assert found.gradient_bytes == 4*model.count_parameters() <= found.peak_bytes

def test_a_function_has_no_copy_to_train():
    with pytest.raises(TypeError, match='expected a Module, got function'): Profiler().profile_backward_pass(relu, ones(4), lambda out: out.sum())

def test_a_loss_that_is_no_number():
    with pytest.raises(RuntimeError, match='not one number'): Profiler().profile_backward_pass(Linear(4, 3), ones(5, 4), lambda out: out)

@pytest.mark.parametrize('loss_fn, words', [(3., 'loss_fn is a float'), (lambda out: 3., 'loss_fn returned a float'), (lambda out: None, 'loss_fn returned a NoneType')])
def test_a_loss_that_is_no_tensor(loss_fn, words):
    for measure in Profiler().profile_backward_pass, Profiler().profile_ops:
        with pytest.raises(TypeError, match=words): measure(Linear(4, 3), ones(5, 4), loss_fn)

# nothing changes

class Counter(Module):
    "Draws and counts while it trains"
    def __init__(self):
        self.drop, self.layer, self.calls, self.generator = Dropout(.5, rng=rng(1)), Linear(4, 3, rng=rng(2)), 0, rng(3)
        self.register_buffer('seen', np.zeros(1))
    def forward(self, x):
        if self.training:
            self.calls += 1
            self.generator.random()
            self.seen.data += 1
        return self.layer(self.drop(x))

def facts(model):
    generators = [m.rng.bit_generator.state for m in model.modules() if isinstance(m, Dropout)] + [model.generator.bit_generator.state]
    return dict(state={k: v.tolist() for k, v in model.state_dict().items()}, arrays=[id(t.data) for t in model.parameters()],
                grads=[id(t.grad) for t in model.parameters()], values=[t.grad.tolist() for t in model.parameters()],
                modes=[m.training for m in model.modules()], wants=[t.requires_grad for t in model.parameters()],
                calls=model.calls, generators=deepcopy(generators), attributes=[sorted(set(vars(m)) - {'training'}) for m in model.modules()])

@pytest.fixture
def model():
    made = Counter()
    made.layer.eval()  # a mixture, to be found again as it was
    made.layer.bias.requires_grad = False
    for tensor in made.parameters(): tensor.grad = np.full(tensor.shape, 7., np.float32)
    return made

@pytest.mark.parametrize('measure', [
    lambda p, m, x: p.count_parameters(m), lambda p, m, x: p.count_flops(m, x), lambda p, m, x: p.measure_memory(m, x),
    lambda p, m, x: p.measure_latency(m, x, runs=2), lambda p, m, x: p.profile_layer(m, x, runs=2), lambda p, m, x: p.profile_forward_pass(m, x, runs=2),
    lambda p, m, x: p.profile_backward_pass(m, x, lambda out: out.sum(), runs=2), lambda p, m, x: quick_profile(m, x),
    lambda p, m, x: p.profile_ops(m, x, runs=2), lambda p, m, x: p.profile_ops(m, x, lambda out: out.sum(), runs=2)],
    ids='parameters flops memory latency layer forward backward quick ops step'.split())
def test_the_model_is_left_as_it_was(measure, model):
    x = Tensor(ones(5, 4))
    before = facts(model)
    measure(Profiler(block_ms=.05), model, x)
    assert facts(model) == before
    assert x.grad is None and not x.requires_grad and (x.data == 1).all() and is_recording()

@pytest.mark.parametrize('measure', [lambda p, m, x: p.count_flops(m, x), lambda p, m, x: p.measure_memory(m, x), lambda p, m, x: p.measure_latency(m, x),
    lambda p, m, x: p.profile_forward_pass(m, x), lambda p, m, x: p.profile_backward_pass(m, x, lambda out: out.sum()),
    lambda p, m, x: p.profile_ops(m, x), lambda p, m, x: p.profile_ops(m, x, lambda out: out.sum())])
def test_the_model_is_left_as_it_was_after_an_error(measure, model):
    before = facts(model)
    with pytest.raises(ValueError, match='x has 5 features'): measure(Profiler(block_ms=.05), model, ones(2, 5))
    assert facts(model) == before and is_recording() and not tracemalloc.is_tracing()

def test_measured_in_eval_mode_and_without_recording():
    seen = []
    class Model(Module):
        def __init__(self): self.w = Tensor(ones(3), requires_grad=True)
        def forward(self, x):
            out = x*self.w
            seen.append((self.training, out.requires_grad))
            return out
    Profiler(block_ms=.05).measure_latency(Model(), ones(3), runs=2)
    assert set(seen) == {(False, False)}
    seen.clear()
    Profiler(block_ms=.05).profile_backward_pass(Model(), ones(3), lambda out: out.sum(), runs=2)
    assert set(seen) == {(True, True)}

# op by op

def moved(model, *inputs): return [found for found in op_calls(model, as_leaves([Tensor(x) for x in inputs])) if found]

@pytest.mark.parametrize('f, expected', [
    (lambda x: x + x, [('add', 2*60)]), (lambda x: x*2., [('multiply', 2*60)]), (lambda x: x + x[0], [('getitem', 0), ('add', 60 + 12 + 60)]),
    (lambda x: x.T, [('permute_axes', 0)]), (lambda x: x.reshape(15), [('reshape', 0)]), (lambda x: x.T.reshape(15), [('permute_axes', 0), ('reshape', 120)]),
    (lambda x: x[[0, 0, 1]], [('getitem', 2*36)]), (lambda x: x[1:3], [('getitem', 0)]), (lambda x: x.sum(), [('reduce_sum', 60)]),
    (lambda x: x.astype('float64'), [('cast', 60 + 120)]), (lambda x: cat([x, x]), [('concatenate', 60 + 120)]), (lambda x: x @ x.T, [('permute_axes', 0), ('matmul', 120 + 100)])])
def test_bytes_of_ops_on_a_5_by_3(f, expected): assert moved(f, ones(5, 3)) == expected

def test_bytes_of_layers():
    assert moved(Linear(64, 32), ones(8, 64)) == [('affine', 4*(8*64 + 64*32 + 32 + 8*32))]
    assert moved(Conv2d(4, 6, 3), ones(5, 4, 9, 9)) == [('correlate', 4*(5*4*81 + 6*4*9 + 6 + 5*6*49))]
    assert moved(Embedding(1000, 4), np.array([[1, 2, 1]])) == [('lookup', 2*3*4*4)]  # three rows read, three written
    assert moved(GELU(approximate='tanh'), ones(5, 3)) == [('gelu_tanh', 4*3*15)]    # x, the result, what the rule needs
    assert moved(Dropout(.5), ones(5, 3)) == []

def test_arrays_of_a_module_that_an_op_gets_as_a_setting_are_read():
    quantized = quantize_model(Sequential(Linear(64, 32)), backend='numpy')
    stored = sum(bytes_by_dtype(quantized).values())
    assert moved(quantized, ones(8, 64)) == [('int8_linear', stored + 4*8*(64 + 32))]
    assert Profiler(block_ms=.05).profile_layer(quantized, ones(8, 64), runs=2).traffic == stored + 4*8*(64 + 32)

def test_bytes_of_rules():
    x, w, b = Tensor(ones(8, 64)), Tensor(ones(64, 32), True), Tensor(ones(32), True)
    model = Linear(64, 32)
    model.weight, model.bias = w, b
    steps = rule_calls(relu(model(x)).sum())
    assert steps == [('reduce_sum', 0), ('relu', 4*(1 + 8*32 + 8*32)), ('affine', 4*(8*32 + 8*64 + 64*32 + 64*32 + 32))]

def test_the_watched_walk_gives_the_same_gradients_and_leaves_nothing():
    model, x = GPT(11, 8, 2, 2, 10, rng=rng()), np.ones((2, 6), int)
    def loss(m): return cross_entropy(m(x), x)
    rules, one, other = dict(vjp_rules), deepcopy(model), deepcopy(model)
    loss(one).backward()
    recorded(lambda: walk_back(loss(other), lambda heap: None), Asked(lambda: None))
    for (name, a), (_, b) in zip(one.named_parameters(), other.named_parameters()): assert (a.grad == b.grad).all(), name
    assert vjp_rules == rules and recording.get() is True

def test_one_look_for_each_op_and_two_for_the_pass():
    clock = Clock(1)
    model, leaf = Sequential(Linear(4, 3), ReLU(), Linear(3, 2)), Tensor(ones(5, 4), requires_grad=True)
    result, took = stamped(lambda: model(leaf), clock)
    assert took.tolist() == [1, 1, 2] and clock.now == 3 + 2  # nothing but five readings of the clock
    loss = result.sum()
    assert len(walk_back(loss, lambda heap: clock())) == len(['sum', 'affine', 'relu', 'affine']) + 1 and clock.now == 5 + 5

def test_looking_costs_less_than_the_pass():
    "On the page the ratio is shown; here no machine, however busy, should find half as much again"
    model, x = Sequential(Linear(256, 512), ReLU(), Linear(512, 256)), Tensor(ones(256, 256), requires_grad=True)
    times = [[], []]
    for _ in range(30):
        for flag, found in zip((lambda: True, lambda: Asked(time.perf_counter_ns)), times):
            start = time.perf_counter_ns()
            recorded(lambda: model(x), flag())
            found.append(time.perf_counter_ns() - start)
    assert min(times[1]) < 1.5*min(times[0])

@pytest.fixture
def slow():
    "An op that takes 2 ms of a clock, and 3 ms on the way back"
    clock = Clock()
    slow = slow_op(clock)
    class Model(Module):
        def __init__(self): self.w = Tensor(ones(4), requires_grad=True)
        def forward(self, x):
            y = slow(slow(x*self.w))
            clock.now += 500_000  # Python of its own, after the last op
            return y
    yield clock, Model()
    del vjp_rules[slow]

def test_time_of_each_op_forward_and_backward(slow):
    clock, model = slow
    profiler = Profiler(block_ms=1., timer=clock)
    def texts(rows): return [(row.walk, row.name, row.calls, row.moved, round(row.ms, 6)) for row in rows]
    forward = profiler.profile_ops(model, ones(4), runs=2)
    assert texts(forward) == [('forward', 'slow', 2, 64, 4.5), ('forward', 'multiply', 1, 48, 0)]
    step = profiler.profile_ops(model, ones(4), lambda out: out.sum(), runs=2)
    assert texts(step) == [('forward', 'slow', 2, 64, 4.), ('forward', 'reduce_sum', 1, 16, .5), ('forward', 'multiply', 1, 48, 0),
                           ('backward', 'slow', 2, 52 + 64, 6.), ('backward', 'reduce_sum', 1, 0, 0), ('backward', 'multiply', 1, 64, 0)]
    found = profiler.profile_backward_pass(model, ones(4), lambda out: out.sum(), runs=2)
    assert texts(found.ops) == texts(step)
    close([sum(row.ms for row in step if row.walk == 'forward'), sum(row.ms for row in step if row.walk == 'backward')], [found.forward.median, found.backward.median])

def test_what_is_no_op_goes_to_the_op_that_follows():
    "What asks without being an op, and an op that records nothing"
    clock = Clock()
    def model(x):
        clock.now += 1_000_000
        with no_grad(): shift = x.sum()
        y = x.exp()
        clock.now += 2_000_000
        if is_recording(): clock.now += 4_000_000
        y = y + shift
        return y if is_recording() else x
    found = Profiler(block_ms=.05, timer=clock).profile_ops(model, ones(5), runs=2)
    assert [(row.name, row.calls, round(row.ms, 6)) for row in found] == [('add', 1, 6), ('exp', 1, 1)]

def test_a_model_that_runs_other_ops_each_time():
    turns = iter(range(10**9))
    class Wavering(Module):
        def forward(self, x): return x.exp() if next(turns) % 3 else x.exp().log()
    with pytest.raises(Uncounted, match='differ in how many ops they ran, between 1 and 2'): Profiler(block_ms=.05).profile_ops(Wavering(), ones(5), runs=4)
    found = quick_profile(Wavering(), ones(5))
    assert found.ops == [] and 'differ in how many ops' in found.untold and found.untold in str(found) and found.whole.latency.n > 1

def test_a_function_has_no_step():
    with pytest.raises(TypeError, match='expected a Module, got function'): Profiler().profile_ops(relu, ones(4), lambda out: out.sum())
    with pytest.raises(ValueError, match='at least 2, got 1'): Profiler().profile_ops(relu, ones(4), runs=1)

# resident memory

def test_resident_memory_of_the_process():
    def fill(): return np.ones(2**24).sum()  # 128 MB that are really there
    assert resident_during(fill).bytes > 2**27

def test_where_the_system_counts_since_the_start(monkeypatch):
    monkeypatch.setattr(profiling, 'forget_resident_peak', lambda: False)
    found = resident_during(lambda: None)
    assert found.since == 'start' and 'since the process began' in str(found) and f'{found.bytes:,}' in str(found)

def test_where_the_system_tells_nothing(monkeypatch):
    monkeypatch.setattr(profiling, 'resident_peak', lambda: None)
    memory = Profiler().measure_memory(Linear(4, 3), ones(5, 4))
    assert memory.resident.bytes is None and 'this system does not tell' in str(memory)
    assert json.loads(json.dumps(quick_profile(Linear(4, 3), ones(5, 4)).as_dict()))['memory']['resident']['bytes'] is None

def test_traced_and_resident_are_named_apart():
    memory = Profiler().measure_memory(Linear(256, 1024), ones(256, 256))
    assert f'{memory.peak_bytes:,} traced at the peak' in str(memory) and f'{memory.resident.bytes:,} resident' in str(memory)
    assert memory.peak_bytes < memory.resident.bytes  # which holds the interpreter too

# the roof

def test_roofline_by_a_clock_of_three_milliseconds():
    found = roofline(size=32, megabytes=1, runs=2, timer=Clock(3_000_000))
    close([found.gflops, found.gigabytes], [2*32**3/3e6, 2*2**20/3e6])

def test_what_is_attainable():
    roof = Roofline(100., 20.)
    assert roof.ridge == 5
    close(roof.attainable([1, 5, 50]), [20, 100, 100])

@pytest.mark.parametrize('nbytes, expected', [(1, 80), (1000, 80), (2000, 60), (4000, 40), (10**9, 40), (0, 80)])
def test_bandwidth_between_the_copies(nbytes, expected): close(Roofline(100., 40., {1000: 80., 4000: 40.}).bandwidth(nbytes), expected)

def test_bandwidth_without_copies(): assert Roofline(100., 20.).bandwidth(5) == 20

def test_copies_of_several_sizes_are_timed():
    found = roofline(size=32, megabytes=1, runs=2, timer=Clock(3_000_000))
    assert list(found.copies) == [2*2**15, 2*2**17, 2*2**19, 2*2**20] and found.copies[2**21] == found.gigabytes and found.call_ns == 3e6

# what holds a layer back

def limits(**given): return Roofline(**(dict(gflops=1e9, gigabytes=1e9, call_ns=0.) | given))
tight = dict(compute=limits(gflops=1e-9), memory=limits(gigabytes=1e-9), overhead=limits(call_ns=1e30))

@pytest.mark.parametrize('bound', ['compute', 'memory', 'overhead'])
def test_the_bound_is_what_alone_takes_longest(bound):
    "1-D input: nothing can be cut, so that calls are counted"
    row = Profiler(block_ms=.05).profile_layer(Linear(4, 3), ones(4), runs=2, roof=tight[bound])
    assert row.bound == bound and row.empty_ms is None
    close(row.floors[bound], dict(compute=27/1e-9/1e6, memory=4*(4 + 12 + 3 + 3)/1e-9/1e6, overhead=1e24)[bound])
    close(row.share, row.floors[bound]/row.latency.times.min())

def test_an_empty_batch_measures_the_calls():
    class Rows(Module):
        "5 ms of the clock for a call, 1 for each row"
        def forward(self, x):
            clock.now += 5_000_000 + 1_000_000*len(x)
            return x*2.
    clock = Clock()
    profiler, roof = Profiler(timer=clock), limits()
    row = profiler.profile_layer(Rows(), ones(10, 3), runs=3, roof=roof)
    close([row.latency.median, row.empty_ms, row.share], [15, 5, 1/3])
    assert row.bound == 'overhead' and profiler.profile_layer(Rows(), ones(10, 3), runs=3).bound == ''

def test_layers_that_take_no_empty_batch():
    class Proud(Module):
        def forward(self, x):
            if not len(x): raise KeyError('nothing there')
            return x.exp()
    row = Profiler(block_ms=.05).profile_layer(Proud(), ones(10, 3), runs=2, roof=limits(call_ns=7.))
    assert row.empty_ms is None
    close(row.floors['overhead'], 7e-6)

def test_what_cannot_be_counted_has_no_bound():
    @op
    def cosine(x): return np.cos(x)
    class Cosine(Module):
        def forward(self, x): return cosine(x)
    found = quick_profile(Sequential(Linear(64, 10), Cosine()), ones(7, 64))
    assert found.verdict == '' and found.layers[1].bound == '' and found.layers[1].share is None and found.layers[0].bound != ''
    assert 'cosine' in found.advice and found.layers[1].traffic == 2*4*70

def profiled(model, x, bound): return Profiler(block_ms=.05).profile_forward_pass(model, x, runs=2, roof=tight[bound])

@pytest.mark.parametrize('model, shape, bound, words', [
    (Sequential(Linear(64, 10), ReLU()), (64,), 'overhead', ['overhead-bound', 'perf.acceleration', '2 op calls']),
    (Sequential(Linear(64, 512)), (1, 64), 'memory', ['memory-bound', 'perf.quantization', 'Linear 0 moves', 'weights']),
    (Sequential(ReLU()), (512, 512), 'memory', ['memory-bound', 'perf.acceleration', 'ReLU 0 moves 2,097,152 bytes']),
    (Sequential(Linear(64, 512)), (64, 64), 'compute', ['compute-bound', 'perf.compression', 'fewer neurons', '4,227,072 FLOPs']),
    (Sequential(Conv2d(4, 6, 3)), (5, 4, 9, 9), 'compute', ['compute-bound', 'perf.compression', 'fewer channels'])])
def test_what_to_try_next_follows_from_the_verdict(model, shape, bound, words):
    found = profiled(model, ones(*shape), bound)
    assert found.verdict == found.whole.bound == bound and '\n' not in found.advice
    assert [word for word in words if word not in found.advice] == []
    assert str(found).endswith(found.advice)

def test_what_attends_can_keep_what_it_has_read():
    gpt, x = GPT(11, 8, 1, 2, 10), np.ones((1, 6), int)
    assert 'perf.memoization' in profiled(gpt, x, 'compute').advice and 'perf.memoization' not in profiled(Linear(4, 3), ones(5, 4), 'compute').advice

def test_quick_profile_measures_the_roof_once(monkeypatch):
    calls = []
    monkeypatch.setattr(profiling, 'roofline', lambda: calls.append(1) or limits())
    profiling.machine_roof.cache_clear()
    try:
        found = [quick_profile(Linear(4, 3), ones(5, 4)) for _ in range(2)]
        assert calls == [1] and found[0].roof is found[1].roof
    finally: profiling.machine_roof.cache_clear()

def test_slow_models_are_timed_less_often():
    def model(x):
        time.sleep(.06)
        return x*2.
    assert 3 <= quick_profile(model, ones(5, 4)).whole.latency.n < 10
    assert quick_profile(relu, ones(5, 4)).whole.latency.n == 20

# three forms

class Parts(Module):
    def __init__(self): self.parts = {'<script>alert(1)</script>': Linear(64, 32), 'b & b': ReLU()}
    def forward(self, x):
        for layer in self.parts.values(): x = layer(x)
        return x

def test_numbers_are_the_same_in_text_html_and_json():
    found = quick_profile(Parts(), ones(8, 64))
    told, html = json.loads(json.dumps(found.as_dict(), allow_nan=False)), found._repr_html_()
    cells = [unescape(text) for text in re.findall(r'<t[dh][^>]*>([^<]*)</t[dh]>', html)]
    words, at = str(found).split(), iter(str(found).split())
    lines = [unescape(text) for text in re.findall(r'<p>([^<]*)</p>', html)]
    for row in [*told['layers'], told['whole']]:
        texts = [f"{row['parameters']:,}", f"{row['parameter_bytes']:,}", f"{row['flops']:,}", f"{row['latency']['median']:.4g}", f"{row['gflops']:.2f}", row['bound'], f"{row['share']:.0%}"]
        assert all(text in cells and text in words for text in texts)
        assert row['floors'][row['bound']] == max(row['floors'].values()) and set(row['floors']) == {'compute', 'memory', 'overhead'}
    for row in told['ops']: assert all(text in cells and text in words for text in (row['walk'], row['name'], f"{row['moved']:,}", f"{row['ms']:.4g}"))
    assert told['advice'] == lines[-1] == str(found).splitlines()[-1] and told['verdict'] == told['whole']['bound']
    assert told['memory']['by_dtype'] == {'float32': 8320} and any('8,320 bytes of parameters' in line for line in lines)
    assert [line for line in lines if line not in str(found)] == [] and next(at) == 'Parts'

def test_html_is_escaped():
    html = quick_profile(Parts(), ones(8, 64))._repr_html_()
    assert '<script' not in html and '&lt;script&gt;' in html and 'b &amp; b' in html
    class Sharp(Report):
        def parts(self): return ['a < b & c', [['<i>'], ['<u>']]]
    assert re.findall('<(?!/?(?:p|table|thead|tbody|tr|th|td)[ >])', Sharp()._repr_html_()) == [] and 'a &lt; b &amp; c' in Sharp()._repr_html_()
    assert html.count('<table>') == html.count('</table>') == 2 and html.count('<tr>') == html.count('</tr>')

def test_a_step_in_three_forms():
    model = Sequential(Linear(64, 32), ReLU())
    found = Profiler(block_ms=.05).profile_backward_pass(model, ones(8, 64), lambda out: out.sum(), runs=2)
    told, html = json.loads(json.dumps(found.as_dict(), allow_nan=False)), found._repr_html_()
    assert told['ratio'] == found.ratio and told['forward']['times'] == found.forward.times.tolist() and told['gradient_bytes'] == 8320
    assert [row['name'] for row in told['ops'] if row['walk'] == 'backward'] and '<td style="text-align: left">affine</td>' in html
    assert 'backward/forward' in str(found) and f"{told['peak_bytes']:,} traced" in str(found) and f"{told['peak_bytes']:,} traced" in html
    row = Profiler(block_ms=.05).profile_layer(model, ones(8, 64), runs=2).as_dict()
    assert row['flops'] == 129*8*32 + 256 and row['bound'] == '' and row['share'] is None

@pytest.mark.parametrize('settings', [{'size': 0}, {'size': -1}, {'size': 2.5}, {'runs': 0}, {'megabytes': 0}], ids=str)
def test_a_roofline_of_nothing(settings):
    with pytest.raises((TypeError, ValueError), match=f'{next(iter(settings))} is a whole number, at least 1'): roofline(**settings)

def test_what_is_no_roofline():
    with pytest.raises(TypeError, match='roof is a int'): Profiler().profile_forward_pass(Linear(4, 3), ones(5, 4), roof=3)

def test_one_call_is_one():
    roof = Roofline(100., 40., {}, 1e9)
    advice = Profiler(block_ms=.1).profile_forward_pass(Linear(4, 3), ones(4), runs=2, roof=roof).advice
    assert '1 op call, which alone takes' in advice
