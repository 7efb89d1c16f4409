"Bounds of percentiles and the calls they need against SciPy's binomial and its quantile test; the queue's waits against its distributions"
import numpy as np
import pytest
from scipy import stats

from tinytorch.scenarios import at_most, calls_needed, draw, percentile_bound, serve

@pytest.mark.parametrize('n', [1, 7, 459, 4603, 100_000])
@pytest.mark.parametrize('share', [.001, .01, .1, .5, .9])
def test_chances_are_the_binomials(n, share):
    most = int(min(n, n*share + 10*np.sqrt(n)))
    found, theirs = at_most(n, share, most), stats.binom.cdf(np.arange(most + 1), n, share)
    np.testing.assert_allclose(found, theirs, rtol=1e-7, atol=1e-14)

@pytest.mark.parametrize('p', [.5, .75, .9, .95, .99, .999])
@pytest.mark.parametrize('confidence', [.5, .9, .95, .99, .999])
def test_calls_needed_is_the_binomials_first(p, confidence):
    for over in (0, 1, 2, 5, 10, 50):
        n = calls_needed(p, confidence, over)
        assert stats.binom.cdf(over, n, 1 - p) <= (1 - confidence)*(1 + 1e-9)
        assert n == over + 1 or stats.binom.cdf(over, n - 1, 1 - p) > 1 - confidence

@pytest.mark.parametrize('p', [.5, .9, .95, .99])
@pytest.mark.parametrize('n', [5, 44, 90, 300, 459, 1000, 5000])
@pytest.mark.parametrize('confidence', [.9, .95, .99])
def test_bound_is_that_of_the_quantile_test(p, n, confidence):
    times = np.random.default_rng(n).exponential(size=n)
    theirs = stats.quantile_test(times, p=p, alternative='less').confidence_interval(confidence).high
    found = percentile_bound(times, p, confidence)
    assert np.isnan(theirs) if found is None else found == theirs

def test_gaps_are_exponential_and_services_are_those_recorded():
    service = np.arange(1., 101)
    arrivals, drawn = draw(service, 0, 200_000)
    assert stats.kstest(np.diff(arrivals, prepend=0), 'expon').pvalue > .01
    assert stats.chisquare(np.bincount(drawn.astype(int), minlength=101)[1:]).pvalue > .01

@pytest.mark.parametrize('load', [.3, .6, .8])
def test_exponential_service_answers_in_exponential_time(load):
    "M/M/1: from arrival to answer is exponential with rate μ - λ, which fixes every percentile"
    service = stats.expon.ppf((np.arange(20_000) + .5)/20_000, scale=1e6)
    found = np.concatenate([serve(service, 1000*load, seed, 500_000) for seed in range(4)])
    for p in (.5, .9, .99):
        assert np.quantile(found, p) == pytest.approx(stats.expon.ppf(p, scale=1e6/(1 - load)), rel=.03)
