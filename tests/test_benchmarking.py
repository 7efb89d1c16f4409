"Benchmarking: statistics against exact counts and simulated machines, verdicts by a clock that the tests wind"
import getpass, json, socket
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from tinytorch import benchmarking
from tinytorch.benchmarking import (Benchmark, BenchmarkResult, Comparison, compare, largest_difference, median_interval, median_ranks,
    system_info, time_each, time_pairs)
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Dropout, Linear, Module, Sequential
from tinytorch.core.tensor import Tensor, is_recording
from tinytorch.perf.profiling import Profiler, calibrate, time_block, time_blocks
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def ones(*shape, dtype=np.float32): return np.ones(shape, dtype)

class Clock:
    "A clock in nanoseconds that moves when it is told to, and by `step` when it is read"
    def __init__(self, step=0): self.now, self.step = 0, step
    def __call__(self):
        self.now += self.step
        return self.now

def taking(clock, ns):
    "A model that does nothing, in `ns` of `clock`"
    def model(x):
        clock.now += ns
        return x
    return model

class Working(Module):
    "Layers whose every FLOP takes a microsecond of `clock`"
    def __init__(self, clock, layers):
        self.layers = [Linear(4, 4, rng=rng()) for _ in range(layers)]
        self.tick = lambda flops: setattr(clock, 'now', clock.now + 1000*flops)

    def forward(self, x):
        self.tick(len(x)*36*len(self.layers))
        for layer in self.layers: x = layer(x)
        return x

# the interval for a median, exactly

@pytest.mark.parametrize('confidence', [Fraction(1, 2), Fraction(9, 10), Fraction(95, 100), Fraction(99, 100)])
def test_ranks_are_the_narrowest_that_keep_the_promise(confidence):
    def covers(low, high, n): return Fraction(sum(comb(n, k) for k in range(low + 1, high + 1)), 2**n)  # from low + 1 to high values lie below the median
    tried = 0
    for n in range(1, 200):
        if covers(0, n - 1, n) < confidence:
            with pytest.raises(ValueError, match=f'{n} values cannot enclose their median'): median_ranks(n, float(confidence))
            continue
        low, high = median_ranks(n, float(confidence))
        assert low + high == n - 1 and covers(low, high, n) >= confidence
        assert low + 1 > high - 1 or covers(low + 1, high - 1, n) < confidence
        tried += 1
    assert tried > 190

def test_a_thousand_pairs_and_few():
    assert median_ranks(6) == (0, 5) and median_ranks(8, .99) == (0, 7) and median_ranks(1000) == (468, 531)
    with pytest.raises(ValueError, match='5 values'): median_ranks(5)
    with pytest.raises(ValueError, match='0 values'): median_ranks(0)

@pytest.mark.parametrize('confidence', [0, 1, -1, 95, float('nan')])
def test_confidence_is_a_share(confidence):
    with pytest.raises(ValueError, match='a share between 0 and 1'): median_ranks(40, confidence)

def test_interval_holds_the_median_and_no_outlier_moves_it():
    values = rng().permutation(np.arange(40.))
    assert median_interval(values) == (13, 26)
    assert median_interval(np.where(values > 35, 1e9, values)) == (13, 26)
    assert median_interval(-values) == (-26, -13) and median_interval(np.full(9, 3.)) == (3, 3)

# verdicts

def test_a_model_and_itself():
    clock = Clock()
    model = Working(clock, 2)
    found = compare(model, model, ones(3, 4), pairs=20, rng=rng(), timer=clock)
    assert found.verdict == 'no difference shown' and found.difference == 0 and found.n == 20
    close([found.speedup, *found.interval], 1)

def test_three_times_the_work():
    clock = Clock()
    one, three, x = Working(clock, 1), Working(clock, 3), ones(2, 4)
    assert Profiler().count_flops(three, x) == 3*Profiler().count_flops(one, x)
    slower, faster = (compare(*pair, x, pairs=20, rng=rng(), timer=clock) for pair in ((one, three), (three, one)))
    assert (slower.verdict, faster.verdict) == ('slower', 'faster')
    close([slower.speedup, *slower.interval], 1/3); close([faster.speedup, *faster.interval], 3)
    close([slower.baseline, slower.candidate], np.tile([[.072], [.216]], 20))
    assert slower.calls == (32, 16)

def test_two_percent_is_worth_a_verdict_and_half_a_percent_only_if_asked():
    clock = Clock()
    def verdict(ns, **settings): return compare(taking(clock, 1_000_000), taking(clock, ns), ones(1, 2), pairs=10, timer=clock, **settings).verdict
    assert verdict(1_020_000) == 'slower' and verdict(1_005_000) == 'no difference shown'
    assert verdict(1_005_000, min_effect=.001) == 'slower' and verdict(1_020_000, min_effect=.05) == 'no difference shown'

def test_blocks_of_unequal_calls_are_compared_by_the_call():
    clock = Clock()
    found = compare(taking(clock, 10_000), taking(clock, 3_000_000), ones(1, 2), pairs=6, timer=clock, block_ms=1.)
    assert found.calls == (128, 1)
    close(found.speedup, 1/300)

def test_the_first_pair_warms_up():
    clock = Clock()
    def warming():
        costs = iter([3_000_000]*3 + [50_000_000] + [3_000_000]*6)  # result, two blocks of calibration, the first pair, six pairs
        def model(x):
            clock.now += next(costs)
            return x
        return model
    found = compare(warming(), warming(), ones(1, 2), pairs=6, timer=clock)
    close([found.baseline, found.candidate], np.full((2, 6), 3.))

# machines that are not quiet

class Machine(Clock):
    "A clock of a machine that wanders, hiccups, warms, and makes whoever runs first after a pause of `pair` runs pay"
    def __init__(self, seed, wander=0., noise=.05, hiccups=0., first=1., trend=0.):
        super().__init__()
        self.rng, self.log, self.runs = rng(seed), 0., 0
        self.wander, self.noise, self.hiccups, self.first, self.trend = wander, noise, hiccups, first, trend

    def run(self, ns):
        self.log += self.rng.normal(0, self.wander) + self.trend
        factor = np.exp(self.log + self.rng.normal(0, self.noise))*(10 if self.rng.random() < self.hiccups else 1)*(self.first if self.runs % 2 == 0 else 1)
        self.runs += 1
        self.now += int(ns*factor)

def pairs_on(machine, first, second, pairs, seed):
    runs = [lambda: machine.run(first), lambda: machine.run(second)]
    times = time_pairs(runs, (1, 1), pairs, rng(seed), machine)
    return Comparison(times[:, 0], times[:, 1], (1, 1), 0., min_effect=0.)

MACHINES = [dict(wander=.02), dict(wander=.1), dict(hiccups=.1), dict(first=1.05), dict(trend=.03), dict(wander=.02, first=1.3, hiccups=.02, trend=-.01)]

def welch(a, b): return abs(a.mean() - b.mean())/np.sqrt(a.var(ddof=1)/len(a) + b.var(ddof=1)/len(b))

@pytest.mark.parametrize('machine', MACHINES, ids=str)
def test_pairs_keep_their_promise_on_any_machine(machine):
    "40 pairs: 3.8 % by the count of coins; of 600 comparisons 23 ± 4.7 are false alarms"
    verdicts = [pairs_on(Machine(seed, **machine), 10**6, 10**6, 40, 10_000 + seed).verdict for seed in range(600)]
    alarms = len(verdicts) - verdicts.count('no difference shown')
    assert 9 <= alarms <= 40
    assert verdicts.count('faster') > 0 < verdicts.count('slower')

@pytest.mark.parametrize('machine', [dict(wander=.02), dict(trend=.03)], ids=str)
def test_means_in_a_row_do_not(machine):
    alarms = 0
    for seed in range(200):
        one = Machine(seed, **machine)
        times = np.array([time_block(lambda: one.run(10**6), 1, one) for _ in range(80)])
        alarms += welch(times[:40], times[40:]) > 2
    assert alarms > 100

def test_the_means_test_itself_is_sound_where_nothing_wanders():
    alarms = 0
    for seed in range(400):
        one = Machine(seed)
        times = np.array([time_block(lambda: one.run(10**6), 1, one) for _ in range(80)])
        alarms += welch(times[:40], times[40:]) > 2
    assert 8 <= alarms <= 36

@pytest.mark.parametrize('machine', MACHINES, ids=str)
def test_the_interval_holds_a_true_speedup(machine):
    found = [pairs_on(Machine(seed, **machine), 1_100_000, 1_000_000, 100, seed) for seed in range(100)]
    assert sum(c.interval[0] <= 1.1 <= c.interval[1] for c in found) >= 88
    if machine.get('first', 1) < 1.2:  # where the first place costs more than the noise, the ratios fall in two heaps with the truth between them
        assert .99 < np.median([c.speedup for c in found])/1.1 < 1.01

@pytest.mark.parametrize('machine', [dict(wander=.02), dict(hiccups=.1), dict(first=1.05), dict(trend=.03)], ids=str)
def test_ten_percent_shows_in_a_hundred_pairs(machine):
    verdicts = [pairs_on(Machine(seed, **machine), 1_100_000, 1_000_000, 100, seed).verdict for seed in range(100)]
    assert verdicts.count('faster') >= 95

def test_who_goes_first_is_drawn_from_the_given_generator():
    def order(seed):
        asked = []
        compare(lambda x: (asked.append('a'), x)[1], lambda x: (asked.append('b'), x)[1], ones(1, 2), pairs=30, rng=rng(seed), timer=Clock(3_000_000))
        return ''.join(asked)[-60:]
    assert order(1) == order(1) != order(2)
    pairs = [order(1)[i:i+2] for i in range(0, 60, 2)]
    assert set(pairs) == {'ab', 'ba'} and 5 < pairs.count('ab') < 25

# what is refused

@pytest.mark.parametrize('settings, words', [(dict(pairs=5), '5 values cannot enclose'), (dict(confidence=1), 'between 0 and 1'), (dict(min_effect=-.1), 'min_effect is a share, 0 or more, got -0.1')])
def test_settings_are_refused_before_any_work(settings, words):
    def never(x): raise AssertionError('was called')
    with pytest.raises(ValueError, match=words): compare(never, never, ones(1, 2), **settings)

def never(x): raise AssertionError('was called')

@pytest.mark.parametrize('block_ms', [float('nan'), float('inf'), 0, -5])
@pytest.mark.parametrize('measure', [
    lambda ms: compare(never, never, ones(1, 2), block_ms=ms), lambda ms: Benchmark(never, ones(1, 2), block_ms=ms), lambda ms: Profiler(block_ms=ms),
    lambda ms: calibrate(lambda: never(0), ms)], ids=['compare', 'Benchmark', 'Profiler', 'calibrate'])
def test_a_block_lasts_some_milliseconds(measure, block_ms):
    "NaN and infinity would never be reached"
    with pytest.raises(ValueError, match=f'block_ms.*got {block_ms}'): measure(block_ms)

@pytest.mark.parametrize('block_ms', ['2', None, True])
def test_a_duration_is_a_number(block_ms):
    with pytest.raises(TypeError, match=f'block_ms.*got {block_ms!r}'): compare(never, never, ones(1, 2), block_ms=block_ms)

@pytest.mark.parametrize('count', [50., '50', None])
@pytest.mark.parametrize('measure, name', [
    (lambda n: compare(never, never, ones(1, 2), pairs=n), 'pairs'), (lambda n: Benchmark(never, ones(1, 2)).each_call(n), 'calls'),
    (lambda n: Benchmark(len, ones(1, 2)).each_call(warmup=n), 'warmup'), (lambda n: time_blocks(lambda: never(0), n), 'runs'),
    (lambda n: time_blocks(lambda: never(0), 5, n), 'warmup'), (lambda n: Profiler().profile_backward_pass(Linear(2, 2), ones(1, 2), never, runs=n), 'runs')],
    ids=['pairs', 'calls', 'warmup', 'blocks', 'warmup blocks', 'backward'])
def test_what_is_counted_is_a_whole_number(measure, name, count):
    with pytest.raises(TypeError, match=f'{name} is a whole number.*got {count!r}'): measure(count)

def test_numpy_counts_are_whole_numbers():
    assert compare(taking(clock := Clock(), 10**6), taking(clock, 10**6), ones(1, 2), pairs=np.int64(6), timer=clock).n == 6

def test_a_seed_is_a_generator():
    def order(rng):
        asked = []
        compare(lambda x: (asked.append('a'), x)[1], lambda x: (asked.append('b'), x)[1], ones(1, 2), pairs=20, rng=rng, timer=Clock(3_000_000))
        return asked
    assert order(0) == order(np.random.default_rng(0)) != order(1)
    with pytest.raises(TypeError, match="got '0'"): order('0')

@pytest.mark.parametrize('values', [[1, np.nan], [np.nan]*9, np.array([1., 2, 3, 4, 5, 6, np.nan])])
def test_there_is_no_interval_for_what_is_not_a_number(values):
    with pytest.raises(ValueError, match=f'{np.isnan(values).sum()} of {len(values)} values are NaN'): median_interval(values)

@pytest.mark.parametrize('min_effect', [float('nan'), float('inf'), -1])
def test_the_smallest_effect_is_a_share(min_effect):
    with pytest.raises(ValueError, match=f'min_effect.*got {min_effect}'): compare(never, never, ones(1, 2), min_effect=min_effect)

@pytest.mark.parametrize('result, words', [
    (None, 'candidate returned NoneType without any array'), ((), 'candidate returned tuple without any array'),
    (np.array([1., np.nan]), 'candidate returned 1 of 2 values that are NaN or infinite'), ({'a': np.full(3, np.inf)}, '3 of 3'),
    (np.ones(3), r'baseline returns shapes \[\(2,\)\], candidate \[\(3,\)\]; they do not do the same work'),
    ([np.ones(2), np.ones(2)], 'do not do the same work')])
def test_a_model_that_does_not_compute_is_not_timed(result, words):
    with pytest.raises(ValueError, match=words): compare(lambda x: np.ones(2), lambda x: result, ones(1, 2), pairs=6)

def test_difference_is_the_largest_over_all_results():
    ours, theirs = (Tensor([1., 2.]), {'a': [np.array([3, 4], np.uint8)]}), (Tensor([1.5, 2.]), {'a': [np.array([5, 4], np.uint8)]})
    assert largest_difference(ours, theirs) == largest_difference(theirs, ours) == 2
    assert largest_difference(np.zeros((0, 3)), np.zeros((0, 3))) == 0
    assert largest_difference(np.array([True]), np.array([False])) == 1

@pytest.mark.parametrize('timer', [lambda: 0, iter(np.arange(0, 10, 1e-6)).__next__])
def test_no_clock_no_verdict(timer):
    with pytest.raises(RuntimeError, match='counts no nanoseconds'): compare(lambda x: x, lambda x: x, ones(1, 2), pairs=6, timer=timer)

def test_times_that_cannot_be():
    with pytest.raises(RuntimeError, match='does not run forward'): Comparison(np.array([1., 0.]), np.ones(2), (1, 1), 0.)
    with pytest.raises(RuntimeError, match='does not run forward'): Comparison(np.ones(2), np.array([1., np.nan]), (1, 1), 0.)
    with pytest.raises(ValueError, match='2 times of the baseline, 3 of the candidate'): Comparison(np.ones(2), np.ones(3), (1, 1), 0.)

# what a comparison says

def test_comparison_in_words_and_as_json():
    times = np.exp(rng().normal(0, .05, 40))
    found = Comparison(2*times, times, (4, 8), .25)
    said = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert said == dict(verdict='faster', speedup=pytest.approx(2), interval=[pytest.approx(2)]*2, confidence=.95, smallest_effect=.01, pairs=40, calls=[4, 8],
                        baseline_ms=pytest.approx(2*np.median(times)), candidate_ms=pytest.approx(np.median(times)), difference=.25)
    assert str(found) == 'faster: 2× as fast, 95% interval 2 to 2, 40 pairs; results differ by at most 0.25'

def test_speedup_is_the_median_of_ratios_and_not_a_ratio_of_means():
    baseline, candidate = np.array([2., 4, 6, 8, 10, 100]), np.array([1., 2, 3, 4, 5, 1])
    found = Comparison(baseline, candidate, (1, 1), 0.)
    close([found.speedup, *found.interval], [2, 2, 100])

# one model

def test_single_stream_and_batch():
    clock, seen = Clock(), []
    def model(x):
        seen.append(x.shape)
        clock.now += 1_000_000 + 100_000*len(x)
        return x
    benchmark = Benchmark(model, ones(9, 3), 'nine', timer=clock)
    single, batch = benchmark.latency(runs=4, warmup=1), benchmark.throughput(runs=3, warmup=1)
    assert [(r.name, r.scenario, r.samples, r.n) for r in (single, batch)] == [('nine', 'single stream', 1, 4), ('nine', 'batch', 9, 3)]
    close([single.median, batch.median], [1.1, 1.9])
    close([single.samples_per_second, batch.samples_per_second], [1000/1.1, 9000/1.9])
    assert set(seen) == {(1, 3), (9, 3)} and str(batch).startswith('nine, batch (9 a call): 1.9 ms')

def test_several_inputs_are_cut_alike_and_what_is_no_tensor_stays():
    seen = []
    def model(x, y, mask):
        seen.append((x.shape, y.shape, mask))
        return x @ y.T
    Benchmark(model, (ones(8, 3), ones(8, 3), None), block_ms=.01).latency(runs=2)
    assert set(seen) == {((1, 3), (1, 3), None)}

def test_names():
    assert Benchmark(Linear(2, 2), ones(1, 2)).name == 'Linear' and Benchmark(len, ones(1, 2)).name == 'len' and Benchmark(len, ones(1, 2), 'mine').name == 'mine'

@pytest.mark.parametrize('inputs', [ones(0, 3), np.array(3.), ()])
def test_no_sample(inputs):
    with pytest.raises(ValueError, match='hold no sample'): Benchmark(Linear(3, 2), inputs)

@pytest.mark.parametrize('measure', [Benchmark.latency, Benchmark.throughput, Benchmark.each_call])
def test_nothing_is_timed_that_was_not_computed(measure):
    with pytest.raises(ValueError, match='Broken returned 1 of 1 values that are NaN'): measure(Benchmark(lambda x: np.array([np.nan]), ones(1, 2), 'Broken'))

def test_too_few_blocks():
    with pytest.raises(ValueError, match='at least 2, got 1'): Benchmark(Linear(3, 2), ones(1, 3), block_ms=.01).latency(runs=1)

def test_interval_of_one_model():
    result = BenchmarkResult(np.arange(1., 41), 8, 'm', 'single stream', 1)
    assert result.ci() == (14, 27) and result.median == 20.5

def test_each_call_by_itself():
    clock, costs = Clock(10), iter([5000]*3 + list(range(1000, 2_001_000, 1000)))
    def model(x):
        clock.now += next(costs)
        return x
    found = Benchmark(model, ones(4, 2), timer=clock).each_call(calls=2000, warmup=2)
    assert (found.n, found.calls, found.samples, found.scenario) == (2000, 1, 1, 'single stream')
    close(found.times, np.arange(1, 2001)/1000 + 1e-5)
    close([found.percentile(50), found.percentile(99)], [1.0005 + 1e-5, 1.98001 + 1e-5])

@pytest.mark.parametrize('n, calls, p, words', [(1000, 2, 50, 'averages of 2 calls'), (999, 1, 99, '999 calls are too few for the 99th percentile; 1,000 leave 10'),
    (1000, 1, 99.9, '10,000 leave 10'), (1000, 1, 100, 'too few for the 100th'), (1000, 1, -1, 'too few'), (19, 1, 50, 'too few')])
def test_percentiles_that_nobody_measured(n, calls, p, words):
    with pytest.raises(ValueError, match=words): BenchmarkResult(np.ones(n), calls, 'm', 'single stream', 1).percentile(p)

def test_a_clock_too_coarse_for_one_call():
    clock = Clock(100)
    def work(): clock.now += 1800
    with pytest.raises(RuntimeError, match='the clock steps by 100 ns and a call takes 1900'): time_each(work, 50, clock)
    def longer(): clock.now += 2000
    assert (time_each(longer, 50, clock) == 2100).all()

def test_result_as_json():
    blocks, calls = BenchmarkResult(np.arange(1., 5), 8, 'm', 'batch', 16), BenchmarkResult(np.arange(1., 1001), 1, 'm', 'single stream', 1)
    said = json.loads(json.dumps([blocks.as_dict(), calls.as_dict()], allow_nan=False))
    assert said[0] == dict(name='m', scenario='batch', samples=16, n=4, calls=8, mean=2.5, std=pytest.approx((5/3)**.5), median=2.5, p50=None, p90=None, p99=None,
                           ci=None, samples_per_second=6400, times=[1, 2, 3, 4])
    assert (said[1]['p50'], said[1]['p90'], said[1]['p99']) == (500.5, pytest.approx(900.1), pytest.approx(990.01)) and said[1]['ci'] == list(calls.ci())

# models are left as they were

class Noisy(Module):
    def __init__(self): self.drop, self.layer, self.seen = Dropout(.5, rng=rng(1)), Linear(3, 2, rng=rng(2)), []
    def forward(self, x):
        out = self.layer(self.drop(x))
        self.seen.append((self.training, self.drop.training, out.requires_grad))
        return out

def facts(model):
    return ([m.training for m in model.modules()], model.drop.rng.bit_generator.state, [t.data.tolist() for t in model.parameters()],
            [t.grad.tolist() for t in model.parameters()], [t.requires_grad for t in model.parameters()])

@pytest.mark.parametrize('measure', [
    lambda m, x: Benchmark(m, x, block_ms=.01).latency(runs=2), lambda m, x: Benchmark(m, x, block_ms=.01).throughput(runs=2),
    lambda m, x: Benchmark(m, x).each_call(calls=20, warmup=1), lambda m, x: compare(m, m, x, pairs=6, block_ms=.01),
    lambda m, x: compare(m, Linear(3, 2), x, pairs=6, block_ms=.01), lambda m, x: compare(Linear(3, 2), m, x, pairs=6, block_ms=.01)],
    ids='latency throughput calls itself baseline candidate'.split())
def test_eval_mode_no_recording_and_nothing_changed(measure):
    model = Noisy()
    model.layer.eval()
    for tensor in model.parameters(): tensor.grad = np.full(tensor.shape, 7.)
    before = facts(model)
    measure(model, ones(4, 3))
    assert set(model.seen) == {(False, False, False)}
    assert facts(model) == before and is_recording()
    with pytest.raises(ValueError, match='x has 5 features'): measure(model, ones(4, 5))
    assert facts(model) == before and is_recording()

# the machine

def test_system_info():
    info = system_info()
    assert list(info)[:3] == ['platform', 'python_version', 'numpy_version']
    assert {'cpu', 'cores_physical', 'cores_logical', 'cores_usable', 'blas', 'blas_version', 'blas_threads', 'architecture'} <= set(info)
    assert info['numpy_version'] == np.__version__ and info['cpu'] and info['blas'] and 1 <= info['cores_usable'] <= info['cores_logical']
    assert all(value is None or type(value) in (str, int) for value in info.values()) and json.loads(json.dumps(info)) == info

def test_no_name_of_host_or_user():
    text = json.dumps(system_info()).lower()
    for name in {getpass.getuser(), socket.gethostname()} - {'root', 'localhost', 'runner', 'user', 'main'}:
        assert len(name) < 4 or name.lower() not in text

def test_blas_threads_are_those_in_use():
    from threadpoolctl import threadpool_limits
    with threadpool_limits(1, 'blas'): assert system_info()['blas_threads'] in (1, None)

@pytest.mark.parametrize('trouble', [OSError, ValueError])
def test_a_system_that_does_not_tell(monkeypatch, trouble):
    def silent(): raise trouble('nothing to read')
    for ask in ('linux_cpu', 'mac_cpu'): monkeypatch.setattr(benchmarking, ask, silent)
    info = system_info()
    assert info['cores_physical'] is None and info['cpu']

def test_blas_that_cannot_be_asked(monkeypatch):
    import threadpoolctl
    monkeypatch.setattr(threadpoolctl, 'threadpool_info', lambda: [])
    info = system_info()
    assert info['blas_threads'] is None and info['blas']
