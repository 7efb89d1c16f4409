"The page of statistics against SciPy's tests, intervals and distributions"
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from tinytorch.statistics import (clopper_pearson, detectable_factor, mcnemar_p, median_interval, median_ranks,
    signed_rank_p, standard_errors_for, tango_interval, upper_tail, walsh_averages, walsh_index, walsh_interval)

@pytest.mark.parametrize('confidence', [.5, .8, .9, .95, .99, .999])
def test_ranks_are_quantiles_of_the_binomial(confidence):
    for n in range(12, 300):
        low, high = median_ranks(n, confidence)
        assert low == stats.binom.ppf((1 - confidence)/2, n, .5) - 1 and high == n - 1 - low

@pytest.mark.parametrize('n', [6, 7, 12, 25, 40, 101, 300])
@pytest.mark.parametrize('draw', ['normal', 'standard_cauchy', 'exponential'])
def test_interval_is_that_of_the_quantile_test(n, draw):
    values = getattr(np.random.default_rng(n), draw)(size=n)
    theirs = stats.quantile_test(values, p=.5).confidence_interval(.95)
    assert median_interval(values) == (theirs.low, theirs.high)

@pytest.mark.parametrize('n', [6, 7, 8, 12, 13, 20, 40])
@pytest.mark.parametrize('draw', ['normal', 'standard_cauchy', 'exponential'])
def test_p_is_that_of_the_exact_signed_rank_test(n, draw):
    for values in getattr(np.random.default_rng(n), draw)(size=(60, n)) - .5:
        assert signed_rank_p(values) == pytest.approx(stats.wilcoxon(values, method='exact').pvalue, rel=1e-9)

@pytest.mark.parametrize('seed', range(5))
def test_the_interval_leaves_out_what_wilcoxon_rejects(seed):
    "1,000 comparisons of twelve processes, two hundred a seed"
    for values in np.random.default_rng(seed).normal(.4, 1, (200, 12)):
        low, high = walsh_interval(values)
        for truth in 0, low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6:
            rejected = stats.wilcoxon(values - truth, method='exact').pvalue <= .05
            assert rejected == (truth < low or truth > high)

@pytest.mark.parametrize('pilot_n', [4, 6, 8, 12, 30])
def test_the_factor_is_a_quantile_of_the_noncentral_t(pilot_n):
    "The lower end of twelve processes lies 2.40 + a normal number of standard errors below the center, nearly"
    theirs = stats.nct.ppf(.8, pilot_n - 1, 2.40)
    assert detectable_factor(pilot_n) == pytest.approx(theirs, rel=.02)

@pytest.mark.parametrize('confidence', [.5, .8, .9, .95, .99, .999])
def test_share_is_between_quantiles_of_beta(confidence):
    draw = np.random.default_rng(0)
    for n in [1, 2, 5, 30, 359, 10_000, 1_000_000]:
        for right in {0, 1, n, n - 1, n//2, *draw.integers(0, n + 1, 8).tolist()}:
            low = stats.beta.ppf((1 - confidence)/2, right, n - right + 1) if right else 0
            high = stats.beta.isf((1 - confidence)/2, right + 1, n - right) if right < n else 1
            assert clopper_pearson(right, n, confidence) == pytest.approx((low, high), rel=1e-6, abs=1e-12)

def test_share_is_that_of_the_binomial_test():
    for right in range(0, 360, 7):
        theirs = stats.binomtest(right, 359).proportion_ci(.95, 'exact')
        assert clopper_pearson(right, 359) == pytest.approx((theirs.low, theirs.high), rel=1e-9, abs=1e-12)

def test_tail_is_the_binomials():
    draw = np.random.default_rng(0)
    for n in 3, 50, 359, 100_000:
        for right in draw.integers(1, n + 1, 20).tolist():
            share = right/n*draw.uniform(.5, 1)
            assert upper_tail(right, n, share) == pytest.approx(stats.binom.sf(right - 1, n, share), rel=1e-6, abs=1e-300)

def test_mcnemar_is_the_binomial_test():
    for lost in range(40):
        for gained in range(40 - lost):
            if lost + gained: assert mcnemar_p(lost, gained) == pytest.approx(stats.binomtest(lost, lost + gained).pvalue, rel=1e-9)

def test_standard_errors_are_quantiles_of_the_normal():
    for confidence in (1e-6, .5, .8, .95, .999, 1 - 1e-9):
        assert standard_errors_for(confidence) == pytest.approx(stats.norm.isf((1 - confidence)/2), rel=1e-6)

def tango(lost, gained, n, confidence):
    "The interval with the likeliest share found by a maximizer and the ends by a root finder"
    from scipy.optimize import minimize_scalar
    def score(d):
        least, most = max(0, -d) + 1e-13, min(1, 1 - d) - 1e-13
        def loss(p):
            rest = max(1 - 2*p - d, 1e-300)
            return -(lost*np.log(p) + gained*np.log(max(p + d, 1e-300)) + (n - lost - gained)*np.log(rest))
        p = minimize_scalar(loss, bounds=(least, min(most, (1 - d)/2)), method='bounded', options={'xatol': 1e-12}).x
        return (gained - lost - n*d)/np.sqrt(n*(2*p + d - d*d))
    z, center = stats.norm.isf((1 - confidence)/2), (gained - lost)/n
    return brentq(lambda d: score(d) - z, -.99, center), brentq(lambda d: score(d) + z, center, .99)

@pytest.mark.parametrize('lost, gained, n', [(10, 4, 359), (12, 3, 60), (20, 15, 40), (3, 3, 100), (1, 7, 20), (30, 2, 50)])
@pytest.mark.parametrize('confidence', [.8, .95, .99])
def test_tango_by_a_maximizer_and_a_root_finder(lost, gained, n, confidence):
    assert tango_interval(lost, gained, n, confidence) == pytest.approx(tango(lost, gained, n, confidence), abs=1e-4)

def test_false_alarms_equal_scipys():
    values = np.random.default_rng(0).standard_t(3, (4000, 12))
    index, _ = walsh_index(12)
    averages = walsh_averages(values)
    ours = (averages[:, index] > 0) | (averages[:, -1 - index] < 0)
    theirs = stats.wilcoxon(values, axis=-1, method='exact').pvalue <= .05
    assert (ours == theirs).all() and .035 < ours.mean() < .055
