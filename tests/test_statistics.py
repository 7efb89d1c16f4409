"Statistics: intervals against exact counts, laws on simulated machines, and what bad input gets"
import itertools, json, subprocess, sys
from fractions import Fraction
from math import comb, log, sqrt

import numpy as np
import pytest

from tinytorch.statistics import (CONDITIONS, PairedAccuracy, clopper_pearson, decidable_margin, detectable, detectable_factor, hodges_lehmann, lag_one,
    mcnemar_p, median_interval, median_ranks, paired_accuracy, rank_sums, signed_rank_p, simulate_blocks, tango_interval, upper_tail, verdict_of,
    walsh_averages, walsh_index, walsh_interval)
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)

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

def test_interval_holds_the_median_and_no_outlier_moves_it():
    values = rng().permutation(np.arange(40.))
    assert median_interval(values) == (13, 26)
    assert median_interval(np.where(values > 35, 1e9, values)) == (13, 26)
    assert median_interval(np.where(values > 35, np.inf, values)) == (13, 26)
    assert median_interval(-values) == (-26, -13) and median_interval(np.full(9, 3.)) == (3, 3)

# the rule of the verdict

@pytest.mark.parametrize('low, high, verdict', [(1.02, 1.5, 'faster'), (.5, .98, 'slower'), (.9, 1.1, 'no difference shown'), (1., 1., 'no difference shown'),
    (1.009, 1.5, 'no difference shown'), (.5, .995, 'no difference shown'), (1.001, 1.002, 'no difference shown')])
def test_the_whole_interval_lies_beyond_one_percent(low, high, verdict): assert verdict_of(low, high) == verdict

@pytest.mark.parametrize('min_effect', [0, .01, .5])
def test_faster_one_way_is_slower_the_other(min_effect):
    for low, high in np.sort(rng().uniform(.3, 3, (50, 2))):
        opposite = {'faster': 'slower', 'slower': 'faster'}
        assert verdict_of(1/high, 1/low, min_effect) == opposite.get(verdict_of(low, high, min_effect), 'no difference shown')

# Walsh averages, and the sums of ranks

def test_averages_are_all_means_of_two():
    values = rng().normal(size=9)
    close(walsh_averages(values), sorted((a + b)/2 for a, b in itertools.combinations_with_replacement(values, 2)))

@pytest.mark.house  # near the end of the numbers
def test_averages_of_the_largest_numbers():
    assert walsh_averages([1e308, 1e308]).tolist() == [1e308]*3

def test_sums_are_those_of_all_subsets():
    for n in range(1, 13):
        sums = [sum(s) for size in range(n + 1) for s in itertools.combinations(range(1, n + 1), size)]
        assert (rank_sums(n) == np.bincount(sums)/2**n).all()

def test_the_table_of_the_interval():
    found = {n: walsh_index(n) for n in (6, 7, 8, 9, 10, 12, 14, 16, 20)}
    assert {n: index for n, (index, _) in found.items()} == {6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 14: 21, 16: 29, 20: 52}
    assert [round(100*(1 - level), 1) for _, level in found.values()] == [3.1, 4.7, 3.9, 3.9, 4.9, 4.2, 4.9, 4.4, 4.8]

@pytest.mark.parametrize('confidence', [.5, .8, .9, .95, .99])
def test_index_is_the_last_that_keeps_the_promise(confidence):
    for n in range(8, 40):
        index, level = walsh_index(n, confidence)
        missed = 2*rank_sums(n)[:index + 1].sum()
        assert missed <= 1 - confidence < missed + 2*rank_sums(n)[index + 1] and level == pytest.approx(1 - missed)

def test_the_largest_number_of_processes_is_ranked():
    index, level = walsh_index(1000)
    assert .95 <= level < .9501 and abs(index - (1000*1001/4 - 1.96*sqrt(1000*1001*2001/24))) < 50

@pytest.mark.parametrize('n', [6, 7, 12, 20])
def test_p_and_interval_are_dual(n):
    for values in rng(n).normal(.5, 1, (500, n)):
        low, high = walsh_interval(values)
        assert (signed_rank_p(values) <= .05) == (low > 0 or high < 0)
        assert low <= hodges_lehmann(values) <= high

def test_p_with_ties_and_zeros_is_dual_too():
    for values in rng().integers(-2, 4, (500, 10)):
        low, high = walsh_interval(values)
        assert (signed_rank_p(values) <= .05) == (low > 0 or high < 0)
    assert signed_rank_p(np.zeros(8)) == 1

def test_interval_moves_and_turns_with_its_values():
    values = rng().normal(size=12)
    low, high = walsh_interval(values)
    close(walsh_interval(3*values + 1), [3*low + 1, 3*high + 1])
    close(walsh_interval(-values), [-high, -low])
    assert walsh_interval(values, .8)[0] > low and walsh_interval(values[::-1]) == (low, high)

@pytest.mark.parametrize('n', [1, 2, 5])
def test_few_processes_can_never_reject(n):
    with pytest.raises(ValueError, match=f'{n} values cannot enclose'): walsh_interval(np.arange(n))
    assert signed_rank_p(np.arange(1, n + 1)) == 2**(1 - n)

# laws, by simulation: one machine is enough for a learner's lines

house = pytest.mark.house
on_machines = pytest.mark.parametrize('condition', [name if name == 'quiet' else pytest.param(name, marks=house) for name in CONDITIONS])

def medians(*args, **kwargs):
    blocks = simulate_blocks(*args, **kwargs)
    return np.median(np.log(blocks[..., 0]/blocks[..., 1]), -1)

def missed(values, truth=0.):
    "Share of rows whose interval leaves out `truth`"
    index, _ = walsh_index(values.shape[-1])
    averages = walsh_averages(values)
    return np.mean((averages[:, index] > truth) | (averages[:, -1 - index] < truth))

@on_machines
def test_false_alarms_are_as_rare_as_promised(condition):
    assert .035 < missed(medians(condition, 8000, rng=10)) < .055

@pytest.mark.parametrize('seed, speedup', [(11, 1.02), (12, 1.05), (13, 1.5)])
@on_machines
def test_the_interval_holds_the_truth(condition, seed, speedup):
    assert .94 < 1 - missed(medians(condition, 4000, speedup=speedup, rng=seed), log(speedup)) < .97

@on_machines
def test_the_stated_effect_is_found_in_four_of_five(condition):
    pilots, values = medians(condition, 5000, processes=8, rng=15), medians(condition, 5000, rng=16)
    stated = detectable_factor(8)*pilots.std(-1, ddof=1)/sqrt(12)
    assert .75 < missed(values + stated[:, None]) < .85

@pytest.mark.parametrize('pilot_n, processes, power', [(6, 8, .8), (12, 12, .5), (8, 20, .9)])
def test_other_pilots_and_powers_keep_their_promise(pilot_n, processes, power):
    draw = rng(3).normal
    stated = detectable_factor(pilot_n, processes, power)*draw(size=(10_000, pilot_n)).std(-1, ddof=1)/sqrt(processes)
    assert abs(missed(draw(size=(10_000, processes)) + stated[:, None]) - power) < .02

def test_without_the_coin_of_building_skewed_offsets_raise_alarms():
    assert missed(medians('skewed offsets', 8000, coin=False)) > .075

def test_factors_of_the_study():
    close([detectable_factor(n) for n in (6, 8, 12)], [3.85, 3.67, 3.50], rtol=.01)
    pilot = rng().normal(0, .01, 8)
    close(detectable(pilot), detectable_factor(8)*pilot.std(ddof=1)/sqrt(12))
    assert detectable(np.full(8, .5)) == 0 and detectable(pilot, 48) < .55*detectable(pilot)

def test_correlation_of_neighbors():
    close([lag_one([1, -1, 1, -1]), lag_one([-1, 0, 1]), lag_one([5, 6, 7, 8])], [-.75, 0, .25])
    assert lag_one([]) is lag_one([1]) is lag_one([1, 2]) is lag_one([.1, .1, .1]) is None
    chain = rng().normal(size=5000)
    for i in range(1, 5000): chain[i] += .6*chain[i-1]
    assert abs(lag_one(chain[:1000]) - .6) < .1 and abs(lag_one(rng().normal(size=5000))) < .05

# the simulated machines

@pytest.mark.parametrize('condition', CONDITIONS)
def test_simulated_times_are_repeatable_times(condition):
    blocks = simulate_blocks(condition, 3, 4, 6, rng=1)
    assert blocks.shape == (3, 4, 6, 2) and (blocks > 0).all() and np.isfinite(blocks).all()
    assert (blocks == simulate_blocks(condition, 3, 4, 6, rng=rng(1))).all() and (blocks != simulate_blocks(condition, 3, 4, 6, rng=2)).any()

def test_half_of_the_pairs_begin_with_either_side():
    ratio = np.log(np.divide(*np.moveaxis(simulate_blocks('first pays', 50, 12, 20), -1, 0)))
    assert abs((ratio > 0).sum(-1).mean() - 10) < .2 and (ratio > 0).sum(-1).std() < 1.5  # tossed freely: 2.2

def test_offsets_last_for_a_process_and_the_coin_turns_them():
    with_coin, without = (medians('skewed offsets', 4000, spread=.1, coin=coin) for coin in (True, False))
    def skew(x): return ((x - x.mean())**3).mean()/x.std()**3
    assert abs(skew(with_coin)) < .5 < 1.5 < skew(without)

def test_autocorrelated_noise_remembers_and_quiet_noise_does_not():
    means = {name: np.log(simulate_blocks(name, 40, 1, 100)).mean(-1)[:, 0] for name in ('quiet', 'autocorrelation')}
    lags = {name: np.mean([lag_one(row) for row in rows]) for name, rows in means.items()}
    assert abs(lags['quiet']) < .1 and lags['autocorrelation'] > .4

def test_the_speedup_is_the_baselines():
    close(np.median(medians('quiet', 100, speedup=2.)), log(2), rtol=.01)

def test_an_unknown_machine_is_named():
    with pytest.raises(ValueError, match="'moon'.*'quiet'"): simulate_blocks('moon')

# a share

@pytest.mark.parametrize('n', [1, 2, 7, 30])
@pytest.mark.parametrize('confidence', [.5, .95, .99])
def test_the_share_is_held_as_often_as_promised(n, confidence):
    shares, ends = np.linspace(.001, .999, 400), [clopper_pearson(right, n, confidence) for right in range(n + 1)]
    held = sum(comb(n, k)*shares**k*(1 - shares)**(n - k)*((low <= shares) & (shares <= high)) for k, (low, high) in enumerate(ends))
    assert held.min() >= confidence - 1e-9

def test_ends_of_a_share():
    assert clopper_pearson(0, 1) == (0, pytest.approx(.975)) and clopper_pearson(1, 1) == (pytest.approx(.025), 1)
    assert clopper_pearson(319, 359)[0] > .85 > clopper_pearson(318, 359)[0]

@pytest.mark.house  # no page asks for a thousand million
def test_ends_of_a_share_of_very_many():
    low, high = clopper_pearson(10**9 - 5, 10**9)
    close([(1 - high)*1e9, (1 - low)*1e9], [1.6235, 11.6683], rtol=1e-3)  # Poisson's interval for 5

@pytest.mark.parametrize('n, right, share', [(10, 8, Fraction(1, 2)), (50, 20, Fraction(1, 3)), (400, 399, Fraction(9, 10)), (30, 0, Fraction(0)), (30, 30, Fraction(1))])
def test_tail_against_fractions(n, right, share):
    exact = sum(comb(n, k)*share**k*(1 - share)**(n - k) for k in range(right, n + 1))
    close(upper_tail(right, n, float(share)), float(exact), rtol=1e-9)

# two models, the same samples

def all_pairs(n): return [(lost, gained) for lost in range(n + 1) for gained in range(n + 1 - lost)]

def likelihood(lost, gained, n, p_lost, p_gained):
    rest = n - lost - gained
    def term(k, p): return k*np.log(p) if k else 0.
    return term(lost, p_lost) + term(gained, p_gained) + term(rest, 1 - p_lost - p_gained)

def score(lost, gained, n, d, grid=np.linspace(0, 1, 20_001)):
    "Tango's statistic with the likeliest share of lost samples found by trying twenty thousand"
    p_lost = 1e-12 + grid*(1 - abs(d) - 4e-12)/2 + max(0, -d)  # what is left lies between 0 and 1
    p_gained = np.maximum(p_lost + d, 1e-12)
    best = p_lost[np.argmax(likelihood(lost, gained, n, p_lost, p_gained))]
    return (gained - lost - n*d)/sqrt(n*(2*best + d - d*d))

@pytest.mark.parametrize('lost, gained, n', [(10, 4, 359), (0, 5, 40), (12, 3, 60), (20, 19, 40), (3, 3, 1000), (1, 0, 20)])
def test_at_the_ends_of_tangos_interval_the_score_is_a_surprise_of_one_in_forty(lost, gained, n):
    low, high = tango_interval(lost, gained, n)
    close([score(lost, gained, n, low), score(lost, gained, n, high)], [1.95996, -1.95996], rtol=5e-3)

def false_passes(n, margin, p_gained):
    "Chances that a candidate which loses the whole margin is called no worse, for each of `p_gained`"
    passed = [pair for pair in all_pairs(n) if tango_interval(*pair, n)[0] > -margin]
    lost, gained = np.array(passed).T[..., None]
    logs = np.append(0, np.cumsum(np.log(np.arange(1, n + 1))))
    rest = n - lost - gained
    return np.exp(logs[n] - logs[lost] - logs[gained] - logs[rest] + lost*np.log(p_gained + margin) + gained*np.log(p_gained)
                  + rest*np.log1p(-margin - 2*p_gained)).sum(0)

@pytest.mark.parametrize('n, margin', [(20, .1), (30, .1), *[pytest.param(*far, marks=house) for far in ((40, .1), (50, .05), (50, .1), (60, .1), (100, .03), (100, .05))]])
def test_a_bad_candidate_passes_no_more_often_than_promised(n, margin):
    p_gained = np.linspace(.0005, .45 - margin/2, 200)  # they disagree on up to nine samples of ten
    assert .01 < false_passes(n, margin, p_gained).max() <= .028

def test_tango_turns_with_its_counts_and_ends_at_one():
    for lost, gained in all_pairs(12):
        low, high = tango_interval(lost, gained, 12)
        assert -1 <= low <= (gained - lost)/12 <= high <= 1 and low < high
        close(tango_interval(gained, lost, 12), [-high, -low])
    z = 1.959964
    close(tango_interval(0, 0, 359), [-z*z/(359 + z*z), z*z/(359 + z*z)])
    assert tango_interval(0, 12, 12)[1] == 1 and tango_interval(12, 0, 12)[0] == -1

def test_small_integers_do_not_wrap_around():
    assert tango_interval(np.uint8(200), np.uint8(100), np.uint16(359)) == tango_interval(200, 100, 359)
    assert mcnemar_p(np.uint8(200), np.uint8(100)) == mcnemar_p(200, 100)

def test_mcnemar_counts_tosses():
    for lost, gained in all_pairs(30):
        n, fewer = lost + gained, min(lost, gained)
        exact = min(1, 2*sum(comb(n, k) for k in range(fewer + 1))/2**n)
        close(mcnemar_p(lost, gained), exact, rtol=1e-9)
    assert mcnemar_p(6, 0) < .05 < mcnemar_p(5, 0) and mcnemar_p(10, 2) < .05 < mcnemar_p(9, 2)

def test_decidable_margins_at_359_images():
    assert [round(100*decidable_margin(round(share*359), 359), 1) for share in (0, .01, .02, .05, .1)] == [1.1, 2.1, 2.5, 3.6, 4.9]
    close(decidable_margin(0, 359), tango_interval(0, 0, 359)[1])
    assert decidable_margin(18, 359, .99) > decidable_margin(18, 359)
    close(decidable_margin(10_000, 10**6), 2.8*sqrt(10_000)/10**6, rtol=.02)  # where the counts are large: 2.8 standard errors

@pytest.mark.parametrize('n', [100, 359, 1000])
@pytest.mark.parametrize('disagreement', [.02, *[pytest.param(share, marks=house) for share in (.05, .1, .2)]])
def test_a_decidable_margin_is_decided_in_four_of_five(n, disagreement):
    draws, times = np.unique(rng().multinomial(n, [disagreement/2, disagreement/2, 1 - disagreement], 4000), axis=0, return_counts=True)
    lows = np.array([tango_interval(lost, gained, n)[0] for lost, gained, _ in draws])
    assert .75 < times[lows > -decidable_margin(round(disagreement*n), n)].sum()/4000 < .85

@pytest.mark.parametrize('lost, gained, verdict', [(4, 3, 'no worse'), (12, 3, 'not decided'), (35, 4, 'worse'), (0, 30, 'no worse')])
def test_verdicts_of_accuracy(lost, gained, verdict):
    found = PairedAccuracy(359, 300 - lost, lost, gained, 59 - gained)
    assert found.verdict == verdict and str(found).startswith(verdict)
    low, high = found.interval
    assert verdict == ('no worse' if low > -.03 else 'worse' if high < -.03 else 'not decided')

def test_accuracy_as_numbers():
    found = PairedAccuracy(np.int64(359), 340, 4, 3, 12)
    stored = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert stored == found.as_dict() and stored['samples'] == 359 and stored['difference'] == -1/359
    assert list(stored) == ['samples', 'both', 'lost', 'gained', 'neither', 'difference', 'interval', 'confidence', 'margin', 'decidable', 'verdict', 'mcnemar_p']
    assert (stored['interval'], stored['mcnemar_p'], stored['decidable']) == (list(tango_interval(4, 3, 359)), mcnemar_p(4, 3), decidable_margin(7, 359))

def test_classes_are_counted():
    draw = rng()
    labels, baseline, candidate = (draw.integers(0, 3, 200) for _ in range(3))
    given = labels.copy(), baseline.copy(), candidate.copy()
    found = paired_accuracy(labels, baseline, candidate, margin=.1)
    before, after = (baseline == labels).tolist(), (candidate == labels).tolist()
    pairs = list(zip(before, after))
    assert (found.both, found.lost, found.gained, found.neither) == tuple(pairs.count(p) for p in [(True, True), (True, False), (False, True), (False, False)])
    assert found.n == 200 and found.margin == .1 and found.difference == (sum(after) - sum(before))/200
    assert all((a == b).all() for a, b in zip(given, (labels, baseline, candidate)))

# bad input

ROWS = [median_interval, hodges_lehmann, walsh_interval, signed_rank_p, detectable, lag_one, walsh_averages]

@pytest.mark.parametrize('f', ROWS)
@pytest.mark.parametrize('values', [['1', '2'], 'abc', None, [None]*8, [True]*8, [1j]*8, [object()]*8, {1: 2}, [[1], [2, 3]]])
def test_what_is_no_number_is_named(f, values):
    with pytest.raises(TypeError, match=f.__name__): f(values)

@pytest.mark.parametrize('f', ROWS)
def test_nan_is_counted(f):
    with pytest.raises(ValueError, match=f'{f.__name__}: 2 of 9 values are NaN'): f([np.nan, 1, 2, 3, 4, 5, 6, 7, np.nan])

@pytest.mark.parametrize('values', [[1, np.nan], [np.nan]*9, np.array([1., 2, 3, 4, 5, 6, np.nan])])
def test_there_is_no_interval_for_what_is_not_a_number(values):
    with pytest.raises(ValueError, match=f'{np.isnan(values).sum()} of {len(values)} values are NaN'): median_interval(values)

@pytest.mark.parametrize('f', [f for f in ROWS if f is not median_interval])
def test_infinity_is_counted(f):
    with pytest.raises(ValueError, match='1 of 9 values are infinite'): f([np.inf, 1, 2, 3, 4, 5, 6, 7, 8])

@pytest.mark.parametrize('f', [f for f in ROWS if f is not lag_one])
def test_nothing_is_too_little(f):
    with pytest.raises(ValueError, match='got 0|0 values'): f([])

@pytest.mark.parametrize('f', [f for f in ROWS if f is not walsh_averages])
def test_one_row_is_wanted(f):
    with pytest.raises(ValueError, match=r'\(2, 8\)'): f(np.ones((2, 8)))

def test_more_than_can_be_paired():
    with pytest.raises(ValueError, match='1000.*got 100000; take median_interval'): walsh_interval(np.arange(100_000))
    with pytest.raises(ValueError, match='100 processes, got 5000'): detectable_factor(8, 5000)

WITH_CONFIDENCE = [lambda c: median_ranks(40, c), lambda c: median_interval(np.arange(40), c), lambda c: walsh_index(12, c), lambda c: walsh_interval(np.arange(12), c),
    lambda c: detectable(np.arange(8), confidence=c), lambda c: detectable(np.arange(8), power=c), lambda c: clopper_pearson(3, 9, c),
    lambda c: tango_interval(1, 2, 9, c), lambda c: decidable_margin(2, 9, c), lambda c: PairedAccuracy(9, 6, 1, 2, 0, confidence=c)]

@pytest.mark.parametrize('call', WITH_CONFIDENCE)
@pytest.mark.parametrize('confidence, error', [(0, ValueError), (1, ValueError), (-1, ValueError), (95, ValueError), (float('nan'), ValueError),
    ('0.95', TypeError), (None, TypeError), (True, TypeError), ([.95], TypeError)])
def test_confidence_is_a_share(call, confidence, error):
    with pytest.raises(error, match='a share between 0 and 1'): call(confidence)

WITH_COUNTS = {'median_ranks': lambda n: median_ranks(n), 'walsh_index': lambda n: walsh_index(n), 'right': lambda n: clopper_pearson(n, 10), 'n': lambda n: clopper_pearson(0, n),
    'lost': lambda n: tango_interval(n, 0, 10), 'gained': lambda n: tango_interval(0, n, 10), 'tango_interval: n': lambda n: tango_interval(0, 0, n),
    'mcnemar_p': lambda n: mcnemar_p(n, 1), 'disagreeing': lambda n: decidable_margin(n, 10), 'pilot_n': lambda n: detectable_factor(n),
    'processes': lambda n: detectable_factor(8, n), 'neither': lambda n: PairedAccuracy(10, 8, 1, 1, n)}

@pytest.mark.parametrize('name', WITH_COUNTS)
def test_counts_are_whole_and_not_negative(name):
    for wrong in 2.5, '3', None, True, np.float64(3), [3]:
        with pytest.raises(TypeError, match=f'{name}.*whole number'): WITH_COUNTS[name](wrong)
    with pytest.raises(ValueError, match=f'{name}.*got -1'): WITH_COUNTS[name](-1)

def test_counts_fit_together():
    with pytest.raises(ValueError, match='right is 11, more than n, which is 10'): clopper_pearson(11, 10)
    with pytest.raises(ValueError, match='lost . gained is 11'): tango_interval(5, 6, 10)
    with pytest.raises(ValueError, match='is 9, and n is 10'): PairedAccuracy(10, 8, 1, 0, 0)
    with pytest.raises(ValueError, match='n is 1 or more, got 0'): clopper_pearson(0, 0)
    for huge in (lambda: clopper_pearson(10**12, 10**13), lambda: mcnemar_p(10**12, 1), lambda: decidable_margin(1, 10**30)):
        with pytest.raises(ValueError, match='at most a billion'): huge()

@pytest.mark.parametrize('margin', [0, 1, 3, -.03, float('nan'), '0.03', None])
def test_a_margin_is_a_share(margin):
    with pytest.raises(ValueError, match='margin is a share between 0 and 1'): PairedAccuracy(10, 8, 1, 1, 0, margin)

@pytest.mark.parametrize('given, error, words', [
    (([0, 1], [0, 1], [0]), ValueError, '2, 2 and 1 samples'), (([], [], []), ValueError, 'labels is empty'), (([0, 1], np.eye(2), [0, 1]), ValueError, 'baseline.*argmax'),
    (([0, 1], [0, 1], [0., 1.]), TypeError, 'candidate.*float64'), ((['a'], [0], [0]), TypeError, "labels.*'a'"), ((0, [0], [0]), ValueError, 'labels.*one class for each sample')])
def test_classes_are_whole_numbers_one_a_sample(given, error, words):
    with pytest.raises(error, match=words): paired_accuracy(*given)

def test_it_stands_on_numpy_alone():
    code = 'import sys, numpy; before = set(sys.modules); import tinytorch.statistics; print(*sorted(set(sys.modules) - before))'
    found = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout
    assert {name for name in found.split() if name.partition('.')[0] not in sys.stdlib_module_names} == {'tinytorch', 'tinytorch.statistics'}

@pytest.mark.house  # more values than a page asks for
def test_ranks_of_many_values_are_found_and_of_too_many_refused():
    low, high = median_ranks(2001)
    chance = [Fraction(sum(comb(2001, k) for k in range(most + 1)), 2**2001) for most in (low, low + 1)]
    assert chance[0] <= Fraction(.025) < chance[1] and low + high == 2000
    assert abs(median_ranks(20_000)[0] - (10_000 - .98*sqrt(20_000))) < 3  # as the normal distribution has it
    with pytest.raises(ValueError, match='20,000'): median_ranks(20_001)
