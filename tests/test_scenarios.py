"What readings say: bounds by the binomial, outliers, the queue in virtual time, and the sections of a document as pure functions"
import json, warnings
from fractions import Fraction
from math import comb, exp, log

import numpy as np
import pytest

from tinytorch.scenarios import (SCENARIOS, at_most, calls_needed, comparison_section, describe_times, draw, highest_rate, latencies_of, outliers,
    percentile_bound, scenario_section, serve)
from tinytorch.statistics import hodges_lehmann, median_interval, walsh_interval

def binomial(n, over, p):
    "Exact chance that at most `over` of `n` lie above the `p` quantile; p as a Fraction"
    return sum(comb(n, k)*(1 - p)**k*p**(n - k) for k in range(over + 1))

# percentiles and the calls they need

def test_early_stopping_has_mlperfs_counts():
    assert [calls_needed(p) for p in (.9, .95, .99, .999)] == [44, 90, 459, 4603]

@pytest.mark.parametrize('over', [0, 1, 5, 20])
@pytest.mark.parametrize('p', ['0.5', '0.9', '0.99'])
@pytest.mark.parametrize('confidence', ['0.5', '0.95', '0.99'])
def test_calls_needed_is_the_least_that_the_binomial_allows(p, confidence, over):
    n, share, chance = calls_needed(float(p), float(confidence), over), Fraction(p), 1 - Fraction(confidence)
    assert binomial(n, over, share) <= chance
    assert n == over + 1 or binomial(n - 1, over, share) > chance

@pytest.mark.parametrize('n, share', [(1, '0.5'), (7, '0.01'), (400, '0.5'), (3000, '0.01'), (1000, '0.9')])
def test_chances_are_exact_where_exact_is_possible(n, share):
    most = min(n, 40)
    exact = [float(binomial(n, k, 1 - Fraction(share))) for k in range(0, most + 1, 8)]
    np.testing.assert_allclose(at_most(n, float(share), most)[::8], exact, rtol=1e-9)

@pytest.mark.parametrize('p', [.5, .9, .99])
@pytest.mark.parametrize('confidence', [.5, .9, .99])
def test_bound_and_calls_needed_are_one_rule(p, confidence):
    needed = [calls_needed(p, confidence, over) for over in range(8)]
    for over, n in enumerate(needed):
        assert percentile_bound(np.arange(n), p, confidence) == n - 1 - over
        before = percentile_bound(np.arange(n - 1), p, confidence)
        assert before == (None if not over else n - 2 - needed[:over].index(max(m for m in needed[:over] if m <= n - 1)))

@pytest.mark.parametrize('n', [459, 700, 2000])
def test_a_bound_covers_as_promised(n):
    "By simulation, 20,000 times: the rank is that of the bound, the uniform numbers are the readings' own quantiles"
    rank = int(percentile_bound(np.arange(n), .99))
    beyond = np.random.default_rng(n).binomial(n, .01, 20_000)  # readings above the true percentile
    covered = np.mean(beyond > n - 1 - rank)
    assert covered > .988
    assert np.mean(beyond > n - 2 - rank) > .98 or rank == n - 1

def test_any_order_dtype_and_size():
    times = np.random.default_rng(0).permutation(100_000)
    assert percentile_bound(times, .99) == percentile_bound(times[::-1].tolist(), .99) > 99_000
    assert percentile_bound([], .5) is percentile_bound([3], .5) is None

@pytest.mark.parametrize('call, fact', [
    (lambda: calls_needed(99), '99'), (lambda: calls_needed(0.), '0.0'), (lambda: calls_needed(.9, 1), '1'), (lambda: calls_needed(.9, .3), '0.3'),
    (lambda: calls_needed(.9, over=-1), '-1'), (lambda: calls_needed(.9, over=True), 'True'), (lambda: calls_needed(float('nan')), 'nan'),
    (lambda: percentile_bound([1, np.inf], .9), '1 of 2'), (lambda: percentile_bound([[1, 2]], .9), r'\(1, 2\)'), (lambda: percentile_bound(['x'], .9), 'readings'),
    (lambda: outliers([np.nan, 1, 2]), '1 of 3'), (lambda: describe_times([1, -2e6]), '-2'), (lambda: describe_times(None), 'readings')], ids=range(13))
def test_bad_readings(call, fact):
    with pytest.raises(ValueError, match=fact): call()

# outliers and descriptions

def test_outliers_are_those_beyond_the_fences():
    values = np.random.default_rng(0).standard_cauchy(999)
    ordered = np.sort(values)
    low, high = ordered[249], ordered[749]  # the 250th and 750th of 999
    step = high - low
    found = outliers(values)
    assert found['high_severe'] == np.sum(values > high + 3*step) > 10 and found['low_severe'] == np.sum(values < low - 3*step) > 10
    assert found['high_mild'] == np.sum((values > high + 1.5*step) & (values <= high + 3*step)) > 0
    assert found['low_mild'] == np.sum((values < low - 1.5*step) & (values >= low - 3*step)) > 0
    assert outliers(values[::-1]) == found and sum(outliers([5.]*9).values()) == 0

def test_nothing_is_dropped():
    "A description with one slow call among a thousand has it in the mean, the deviation and the bound"
    said = describe_times([1e6]*999 + [1e9])
    assert said['n'] == 1000 and said['mean_ms'] == (999 + 1000)/1000 and said['median_ms'] == said['p99_ms'] == 1
    assert said['outliers'] == {'low_severe': 0, 'low_mild': 0, 'high_mild': 0, 'high_severe': 1}
    assert describe_times([1e6]*458 + [1e9])['p99_bound_ms'] == 1000

def test_sums_are_rounded_once():
    "So that the last digit is the same however a machine adds"
    times = np.exp(np.random.default_rng(0).normal(0, 12, 1001))*1e6
    exact = sum(map(Fraction, (times/1e6).tolist()))
    assert describe_times(times)['mean_ms'] == float(exact)/1001

def test_percentiles_are_readings():
    times = np.random.default_rng(0).exponential(size=777)*1e6
    said = describe_times(times)
    for name, p in ('p90', .9), ('p95', .95), ('p99', .99):
        assert said[f'{name}_ms'] in times/1e6
        assert np.mean(times/1e6 <= said[f'{name}_ms']) >= p > np.mean(times/1e6 < said[f'{name}_ms'])
        assert said[f'{name}_bound_ms'] > said[f'{name}_ms']

def test_what_too_few_cannot_say_is_none():
    nothing = describe_times([])
    assert nothing.pop('n') == 0 and sum(nothing.pop('outliers').values()) == 0 and set(nothing.values()) == {None}
    one = describe_times([0])
    assert one['mean_ms'] == one['p99_ms'] == 0 and one['std_ms'] is one['p90_bound_ms'] is None
    assert [name for n in (43, 44, 90, 459) for name, value in describe_times(range(n)).items() if 'bound' in name and value is not None] == \
        ['p90_bound_ms'] + ['p90_bound_ms', 'p95_bound_ms'] + ['p90_bound_ms', 'p95_bound_ms', 'p99_bound_ms']

def test_a_description_does_not_depend_on_the_order():
    rng = np.random.default_rng(0)
    times = rng.exponential(size=5000)*1e6
    kept = times.copy()
    assert describe_times(times) == describe_times(rng.permutation(times)) and np.array_equal(times, kept)

# the queue

def one_by_one(arrivals, service):
    free, found = -np.inf, []
    for arrival, needed in zip(arrivals.tolist(), service.tolist()):
        free = max(free, arrival) + needed
        found.append(free - arrival)
    return np.array(found)

@pytest.mark.parametrize('load', [.01, .5, .99, 3.])
def test_lindley_without_a_loop(load):
    rng = np.random.default_rng(0)
    arrivals, service = np.cumsum(rng.exponential(size=3000)*(rng.random(3000) < .7)), load*rng.pareto(2.5, 3000)
    np.testing.assert_allclose(latencies_of(arrivals, service), one_by_one(arrivals, service), atol=1e-9)

@pytest.mark.parametrize('load', [.1, .3, .5, .7, .8, .9])
def test_constant_service_waits_as_m_d_1(load):
    waits = np.mean([serve([1e6], 1000*load, seed, 600_000).mean() for seed in range(5)])/1e6 - 1
    assert waits == pytest.approx(load/(2*(1 - load)), rel=.02)

@pytest.mark.parametrize('load', [.1, .3, .5, .7, .8])
def test_exponential_service_waits_as_m_m_1(load):
    service = -1e6*np.log1p(-(np.arange(20_000) + .5)/20_000)
    waits = np.mean([serve(service, 1000*load, seed, 600_000).mean() for seed in range(5)])/1e6 - 1
    assert waits == pytest.approx(load/(1 - load), rel=.02)

def test_arrivals_are_poisson():
    arrivals, service = draw(np.array([1., 2.]), 0, 400_000)
    gaps = np.diff(arrivals)
    assert gaps.min() >= 0 and gaps.mean() == pytest.approx(1, rel=.01) and gaps.std() == pytest.approx(1, rel=.01)
    assert abs(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]) < .01 and service.mean() == pytest.approx(1.5, rel=.01)
    counts = np.bincount(arrivals.astype(int)//4)[:-1]  # in windows of 4: mean and variance are equal
    assert counts.var()/counts.mean() == pytest.approx(1, rel=.02)

def test_one_seed_gives_one_answer_everywhere():
    "Pinned, so that another NumPy or Python that draws otherwise is noticed"
    np.testing.assert_allclose(serve([1e6, 3e6, 2e6], 400, 7, 5), PINNED_LATENCIES, rtol=1e-12)
    assert highest_rate([1e6, 3e6, 2e6], seed=7, queries=2000) == pytest.approx(PINNED_RATE, rel=1e-9)

PINNED_LATENCIES, PINNED_RATE = [3000000.0, 1000000.0, 3000000.0, 5362100.931764109, 6469819.626685729], 398.79676699638367

def test_the_order_of_the_recorded_times_does_not_matter():
    times = np.random.default_rng(0).exponential(size=600)
    assert np.array_equal(serve(times, 1e8), serve(times[::-1], 1e8)) and highest_rate(times) == highest_rate(times[::-1])

def test_every_latency_grows_with_the_rate():
    times = np.random.default_rng(0).exponential(size=600)*1e6
    found = [serve(times, rate, queries=20_000) for rate in (10, 200, 500, 900, 1500)]
    for slower, faster in zip(found, found[1:]): assert (faster >= slower - 1e-3).all() and faster.mean() > slower.mean()

@pytest.mark.parametrize('seed', range(5))
def test_the_highest_rate_is_the_highest(seed):
    rng = np.random.default_rng(seed)
    times = rng.exponential(size=500)*1e6 + 1e5
    limit, p = 12e6*rng.random() + 8e6, .9 + .09*rng.random()
    rate = highest_rate(times, limit, p, seed, 5000)
    def late(rate): return np.count_nonzero(serve(times, rate, seed, 5000) > limit)
    assert late(rate) <= 5000*(1 - p) < late(rate*1.00001)

def test_a_rate_grows_with_what_is_allowed():
    times = np.random.default_rng(0).exponential(size=600)*1e6
    rates = [highest_rate(times, limit) for limit in (1e6, 5e6, 8e6, 16e6, 1e12)]
    assert rates == sorted(rates) and rates[0] == 0 < rates[2] < rates[3] < rates[4] <= 1e9/times.mean()*(1 + 1e-12)
    assert highest_rate(times, 8e6, p=.9) > rates[2] > highest_rate(times, 8e6, p=.999)
    assert highest_rate(2*times, 16e6) == pytest.approx(rates[2]/2, rel=1e-6)

def test_the_default_limit_is_ten_median_service_times():
    times = [1e6, 2e6, 2e6, 5e6]
    assert highest_rate(times) == highest_rate(times, 20e6) != highest_rate(times, 21e6)

@pytest.mark.parametrize('call, fact', [
    (lambda: serve([], 1), 'no service times'), (lambda: serve([0, 1], 1), '0 ns'), (lambda: serve([-1], 1), '-1 ns'), (lambda: serve([1], 0), 'got 0'),
    (lambda: serve([1], float('nan')), 'nan'), (lambda: serve([1], np.inf), 'inf'), (lambda: serve([1], 1, seed=-1), '-1'), (lambda: serve([1], 1, seed=.5), '0.5'),
    (lambda: serve([1], 1, queries=0), 'got 0'), (lambda: highest_rate([1], 0), 'got 0'), (lambda: highest_rate([1], p=99), '99'),
    (lambda: highest_rate([np.nan]), '1 of 1')], ids=range(12))
def test_bad_queues(call, fact):
    with pytest.raises(ValueError, match=fact): call()

# the sections

DTYPES = {'scenario': np.uint8, 'side': np.uint8, 'process': np.uint16, 'block': np.uint32, 'order': np.uint8, 'sample': np.int32, 'loops': np.uint32,
          'ns': np.int64}

def rows(scenario, ns, **said):
    n = len(ns)
    said = {'side': 0, 'process': 0, 'block': np.arange(n), 'order': 0, 'sample': 0, 'loops': 1, **said, 'scenario': SCENARIOS.index(scenario), 'ns': ns}
    return {name: np.broadcast_to(said[name], n).astype(dtype) for name, dtype in DTYPES.items()}

def table(*parts): return {name: np.concatenate([part[name] for part in parts]) for name in DTYPES}

def comparison(rng, processes=12, pairs=20, speedup=1.05, calls=(100, 105), scenario='comparison', spread=.003):
    parts = []
    for process in range(processes):
        offset = rng.normal(0, spread)
        for side in 0, 1:
            ns = 5000*calls[side]*np.exp(rng.normal(0, .01, pairs) + (side and offset))/(speedup if side else 1)
            parts.append(rows(scenario, ns, side=side, process=process, loops=calls[side]))
    return table(*parts)

def everything(seed=0):
    rng = np.random.default_rng(seed)
    parts = [comparison(rng), comparison(rng, 8, speedup=1, calls=(100, 100), scenario='control')]
    for side in 0, 1:
        parts += [rows('single_stream', rng.gamma(9, 1e4, 700), side=side), rows('multi_stream', rng.gamma(9, 4e4, 500), side=side),
                  rows('offline', rng.gamma(99, 3e5, 20), side=side, loops=3)]
    return table(*parts)

def shuffled(columns, seed=0):
    order = np.random.default_rng(seed).permutation(len(columns['ns']))
    return {name: column[order] for name, column in columns.items()}

SECTIONS = {'baseline': lambda columns: scenario_section(columns, 0, batch_size=359), 'candidate': lambda columns: scenario_section(columns, 1),
            'comparison': comparison_section, 'control': lambda columns: comparison_section(columns, 'control')}

@pytest.mark.parametrize('name', SECTIONS)
def test_a_section_is_a_pure_function_of_rows_in_any_order(name):
    columns = everything()
    kept = {key: column.copy() for key, column in columns.items()}
    said = SECTIONS[name](columns)
    assert said == SECTIONS[name](shuffled(columns)) == SECTIONS[name]({key: column.astype(np.int64) for key, column in columns.items()})
    assert said == json.loads(json.dumps(said, allow_nan=False)), 'plain numbers and texts, ready for JSON'
    assert all(np.array_equal(columns[key], kept[key]) for key in kept)
    assert said != SECTIONS[name](everything(1))

def test_a_scenario_says_what_its_rows_say():
    columns = everything()
    said = scenario_section(columns, 1, batch_size=359)
    def mine(scenario): return columns['ns'][(columns['scenario'] == SCENARIOS.index(scenario)) & (columns['side'] == 1)]
    for name, samples in ('single_stream', 1), ('multi_stream', 8):
        described = describe_times(mine(name))
        assert described.items() <= said[name].items() and said[name]['samples_per_query'] == samples
        assert said[name]['samples_per_second'] == 1000*samples/described['mean_ms'] and said[name]['single_calls'] == described['n']
    assert said['offline']['mean_ms'] == describe_times(mine('offline')/3)['mean_ms']
    assert said['offline']['samples_per_second'] == 1000*359/said['offline']['mean_ms']
    times, server = mine('single_stream'), said['server']
    assert server['rate_per_second'] == highest_rate(times) > 0 and server['limit_ms'] == np.median(times)*10/1e6
    late = serve(times, server['rate_per_second'], server['seed'], server['queries']) > server['limit_ms']*1e6
    assert late.mean() <= 1 - server['p'] + 1e-12

def test_averages_have_no_tail():
    times = np.random.default_rng(0).gamma(9, 1e4, 700)
    blocks, alone = rows('single_stream', times*10, loops=10), rows('single_stream', times)
    said = scenario_section(blocks, 0)
    assert said['server'] is None and said['single_stream']['single_calls'] == 0
    assert {value for name, value in said['single_stream'].items() if name.startswith('p9')} == {None}
    both = scenario_section(table(blocks, alone), 0)
    assert both['single_stream']['n'] == 1400 and both['single_stream']['single_calls'] == 700
    assert both['server'] == scenario_section(alone, 0)['server'] != None
    assert both['single_stream']['p99_bound_ms'] == describe_times(np.round(times).astype(int))['p99_bound_ms'] or both['single_stream']['p99_bound_ms'] in alone['ns']/1e6

def test_a_server_needs_the_calls_of_its_percentile():
    assert scenario_section(rows('single_stream', [1000]*458), 0)['server'] is None
    assert scenario_section(rows('single_stream', [1000]*459), 0)['server']['rate_per_second'] > 0

@pytest.mark.parametrize('columns', [rows('control', [], side=0), {name: [] for name in DTYPES}, rows('single_stream', [5], side=1)], ids=['empty', 'lists', 'other side'])
def test_no_rows(columns):
    assert set(scenario_section(columns, 0).values()) == {None}
    said = comparison_section(columns)
    assert said['pairs'] == said['processes'] == 0 and said['design'] is said['speedup'] is said['interval'] is said['verdict'] is said['calls'] is None

def test_one_row_and_no_time():
    one = scenario_section(rows('single_stream', [0]), 0)
    assert one['single_stream']['mean_ms'] == 0 and one['single_stream']['std_ms'] is one['single_stream']['samples_per_second'] is one['server'] is None
    assert scenario_section(rows('single_stream', [0]*500), 0)['server'] is None
    pair = comparison_section(table(rows('comparison', [3000]), rows('comparison', [2000], side=1)))
    assert pair['design'] == 'pairs' and pair['speedup'] == 1.5 and pair['interval'] is pair['verdict'] is None

def test_a_comparison_is_that_of_its_process_medians():
    columns = everything()
    said = comparison_section(columns)
    medians = []
    for process in range(12):
        one = {side: (columns['scenario'] == 3) & (columns['process'] == process) & (columns['side'] == side) for side in (0, 1)}
        medians.append(np.median(np.log(columns['ns'][one[0]]/100) - np.log(columns['ns'][one[1]]/105)))
    np.testing.assert_allclose(said['process_medians'], medians, atol=1e-11)
    assert said['design'] == 'processes' and said['processes'] == 12 and said['pairs'] == 240 and said['calls'] == [100, 105]
    assert said['speedup'] == pytest.approx(exp(hodges_lehmann(medians)), rel=1e-8)
    assert said['interval'] == pytest.approx(np.exp(walsh_interval(medians)).tolist(), rel=1e-8)
    mine = [columns['ns'][(columns['scenario'] == 3) & (columns['side'] == side)] for side in (0, 1)]
    assert said['baseline_ms'] == pytest.approx(np.median(mine[0])/1e8) and said['candidate_ms'] == pytest.approx(np.median(mine[1])/1.05e8)
    assert said['block_ratio'] == pytest.approx(exp(np.median(np.log(mine[0]/mine[1]))), rel=1e-8)
    assert said['verdict'] == 'faster' and comparison_section(columns, min_effect=.2)['verdict'] == 'no difference shown'

def test_exchanged_sides_give_the_reciprocal():
    columns = everything()
    there, back = comparison_section(columns), comparison_section({**columns, 'side': 1 - columns['side']})
    assert back['speedup'] == pytest.approx(1/there['speedup']) and back['verdict'] == 'slower' and back['calls'] == there['calls'][::-1]
    assert back['interval'] == pytest.approx([1/end for end in there['interval'][::-1]])

@pytest.mark.parametrize('processes', [1, 5])
def test_few_processes_fall_back_to_the_sign_test(processes):
    columns = comparison(np.random.default_rng(0), processes)
    said = comparison_section(columns)
    by_side = [columns['ns'][columns['side'] == side] for side in (0, 1)]
    logs = np.log(by_side[0]/100) - np.log(by_side[1]/105)
    assert said['design'] == 'pairs' and len(said['process_medians']) == said['processes'] == processes
    assert said['interval'] == pytest.approx(np.exp(median_interval(logs)).tolist(), rel=1e-8)
    assert said['speedup'] == pytest.approx(exp(np.median(logs)), rel=1e-8)

@pytest.mark.parametrize('pairs, confidence', [(5, .95), (6, .95), (7, .95), (40, .95), (41, .5), (300, .99), (1000, .999)])
def test_the_sign_interval_is_that_of_statistics(pairs, confidence):
    said = comparison_section(comparison(np.random.default_rng(pairs), 1, pairs), confidence=confidence)
    if pairs < 6: assert said['interval'] is said['verdict'] is None
    else:
        columns = comparison(np.random.default_rng(pairs), 1, pairs)
        logs = np.log(columns['ns'][:pairs]/100) - np.log(columns['ns'][pairs:]/105)
        assert said['interval'] == pytest.approx(np.exp(median_interval(logs, confidence)).tolist(), rel=1e-8)

def test_a_confidence_at_the_edge_of_what_five_can_tell():
    "Two-sided, five processes reach 93.75 %: a hair more is asked of the pairs"
    columns = comparison(np.random.default_rng(0), 5)
    assert [comparison_section(columns, confidence=1 - 2.**-4 + more)['design'] for more in (0, 1e-12)] == ['processes', 'pairs']

def test_a_confidence_that_few_processes_cannot_give():
    columns = comparison(np.random.default_rng(0), 7)
    assert comparison_section(columns)['design'] == 'processes' and comparison_section(columns, confidence=.99)['design'] == 'pairs'

def test_an_interval_covers_as_promised():
    "600 comparisons of a candidate that is 1.05 times as fast, with processes that differ"
    rng, covered = np.random.default_rng(0), 0
    for _ in range(600):
        parts = comparison(rng, 12, 8)
        low, high = comparison_section(parts)['interval']
        covered += low <= 1.05 <= high
    assert .93 < covered/600 < .985

def test_calls_that_changed_are_not_one_number():
    columns = comparison(np.random.default_rng(0))
    columns['loops'][3] += 1
    assert comparison_section(columns)['calls'] is None

def test_many_pairs_take_no_longer_than_sorting_them():
    "50,000 pairs: exact chances in whole numbers would take minutes"
    said = comparison_section(comparison(np.random.default_rng(0), 1, 50_000))
    assert said['pairs'] == 50_000 and said['interval'][0] < 1.05 < said['interval'][1] or said['process_medians'][0] == pytest.approx(log(1.05), abs=.01)

def changed(columns, **new): return {name: new.get(name, column) for name, column in columns.items() if new.get(name, 0) is not None}

GOOD = comparison(np.random.default_rng(0))
N = len(GOOD['ns'])

@pytest.mark.parametrize('new, fact', [
    ({'ns': None}, "no column 'ns'"), ({'ns': GOOD['ns'][1:]}, str(N - 1)), ({'loops': 0*GOOD['loops']}, 'loops has 0'), ({'ns': -GOOD['ns']}, 'ns has -'),
    ({'ns': GOOD['ns'].astype(float)}, 'float64'), ({'ns': GOOD['ns'].reshape(2, -1)}, r'\(2, '), ({'side': GOOD['side'] + 1}, 'side has 2'),
    ({'scenario': GOOD['scenario'] + 9}, 'scenario has 12'), ({'side': GOOD['side'] > 0}, 'bool'), ({'ns': [[1], [1, 2]]}, 'ns is not'), ({'ns': 3}, 'ns is not'),
    ({'ns': np.full(N, 2**63, np.uint64)}, str(2**63)), ({'ns': [2**80]*N}, 'object'), ({'ns': ['x']*N}, 'ns is not'), ({'ns': None, 'side': None}, 'no column')],
    ids=range(15))
def test_columns_that_cannot_be(new, fact):
    for section in (lambda columns: scenario_section(columns, 0)), comparison_section:
        with pytest.raises(ValueError, match=fact): section(changed(GOOD, **new))

@pytest.mark.parametrize('columns, fact', [
    ({name: column[np.arange(N) != 25] for name, column in GOOD.items()}, 'process 0, block 5 '), ({name: column[:-1] for name, column in GOOD.items()}, 'process 11, block 19 '),
    ({name: np.concatenate([column, column[:2]]) for name, column in GOOD.items()}, 'process 0, block 0 '), (rows('comparison', [5]*8), 'side 1'),
    (rows('comparison', [5]*8, side=1), 'side 0'), (changed(GOOD, ns=0*GOOD['ns']), '0 ns'), (comparison(np.random.default_rng(0), 101, 1), '101 processes'),
    (table(rows('comparison', [5, 6]), rows('comparison', [5, 6], side=1, block=np.array([7, 8]))), 'process 0, block 0 '),
    (table(rows('comparison', [5], side=1), rows('comparison', [6], block=1)), 'process 0, block 0 ')], ids=range(9))
def test_pairs_that_are_none(columns, fact):
    with pytest.raises(ValueError, match=fact): comparison_section(columns)

@pytest.mark.parametrize('call, fact', [
    (lambda: scenario_section(GOOD, 2), 'got 2'), (lambda: scenario_section(GOOD, 'baseline'), 'baseline'), (lambda: scenario_section(GOOD, 0, batch_size=0), 'got 0'),
    (lambda: scenario_section(GOOD, 0, batch_size=10**400), 'batch_size'), (lambda: comparison_section(GOOD, min_effect='x'), "'x'"), (lambda: scenario_section(None, 0), 'no column'),
    (lambda: comparison_section(GOOD, 'offline'), 'offline'), (lambda: comparison_section(GOOD, confidence=95), '95'), (lambda: comparison_section(GOOD, confidence=1.), '1.0'),
    (lambda: comparison_section(GOOD, min_effect=-1), '-1'), (lambda: comparison_section(GOOD, min_effect=float('nan')), 'nan')], ids=range(11))
def test_settings_that_cannot_be(call, fact):
    with pytest.raises(ValueError, match=fact): call()

def hostile(rng):
    "Columns as a stranger might send them: often whole, sometimes not"
    n = int(rng.choice([0, 1, 2, 3, 8, 60]))
    columns = {'scenario': rng.choice([0, 1, 2, 3, 4], n), 'side': rng.integers(0, 2, n), 'process': rng.integers(0, rng.choice([1, 3, 9]), n),
               'block': rng.integers(0, 4, n), 'order': rng.integers(0, 2, n), 'sample': rng.integers(0, 9, n), 'loops': rng.choice([1, 2, 2**32 - 1], n),
               'ns': rng.choice([0, 1, 1000, 2**62, 2**63 - 1], n)}
    if rng.random() < .6 and n % 2 == 0:  # complete pairs
        columns.update(scenario=np.full(n, rng.integers(3, 5)), side=np.arange(n) % 2, process=np.arange(n)//2 % 7, block=np.arange(n)//14, ns=columns['ns'] | 1)
    if rng.random() < .1: columns[str(rng.choice([*columns]))] = rng.choice([-1., np.nan, np.inf], n)
    if rng.random() < .1: columns[str(rng.choice([*columns]))] = rng.integers(-2, 70_000, n + 1)
    if rng.random() < .05: columns.pop(str(rng.choice([*columns])))
    return columns

@pytest.mark.parametrize('ns', [[1, 2**63 - 1], [2**63 - 1], [1], [1]*99 + [2**62]], ids=range(4))
def test_a_queue_of_extremes(ns):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        said = scenario_section(rows('single_stream', np.resize(ns, 1000)), 0, batch_size=2**63 - 1)
    json.dumps(said, allow_nan=False)
    assert said['server']['rate_per_second'] >= 0 and said['single_stream']['n'] == 1000

def test_any_columns_give_plain_numbers_or_a_value_error():
    rng, good, bad = np.random.default_rng(0), 0, 0
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for _ in range(2000):
            columns = hostile(rng)
            for section in SECTIONS.values():
                try: said = section(columns)
                except ValueError as error:
                    assert str(error).startswith(('scenario_section: ', 'comparison_section: '))
                    bad += 1
                else:
                    json.dumps(said, allow_nan=False)
                    good += 1
    assert good > 1500 and bad > 1500

@pytest.mark.parametrize('times', [['1', '2'], [10**400], [True, False], [None, 1], 'hello', [1j], [[1], [1, 2]], {1, 2}])
@pytest.mark.parametrize('call', [outliers, describe_times, lambda times: percentile_bound(times, .9)])
def test_readings_that_are_no_numbers_are_refused(call, times):
    with pytest.raises(ValueError, match='readings'): call(times)
