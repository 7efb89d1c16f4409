"Intervals and tests of page 19 against SciPy's"
import numpy as np
import pytest
from scipy import stats

from tinytorch.benchmarking import Comparison
from tinytorch.perf.profiling import Latency

@pytest.mark.parametrize('seed', range(100))
def test_a_verdict_is_the_sign_test(seed):
    "The interval leaves out 1 just where a two-sided sign test rejects at 5 %"
    rng = np.random.default_rng(seed)
    baseline, candidate = np.exp(rng.normal(.03, .05, 40)), np.exp(rng.normal(0, .05, 40))
    rejected = stats.binomtest(int((baseline > candidate).sum()), 40).pvalue < .05
    assert (Comparison(baseline, candidate, (1, 1), 0., min_effect=0.).verdict != 'no difference shown') == rejected

def test_false_alarms_of_welch_and_of_pairs_on_a_machine_that_wanders():
    rng, series = np.random.default_rng(0), 2000
    times = np.exp(rng.normal(0, .02, (series, 80)).cumsum(-1) + rng.normal(0, .05, (series, 80)))
    in_a_row = stats.ttest_ind(times[:, :40], times[:, 40:], axis=-1, equal_var=False).pvalue < .05
    pairs = rng.permuted(times.reshape(series, 40, 2), axis=-1)
    verdicts = [Comparison(p[:, 0], p[:, 1], (1, 1), 0., min_effect=0.).verdict for p in pairs]
    in_pairs = 1 - verdicts.count('no difference shown')/series
    assert in_a_row.mean() > .6 and .02 < in_pairs < .055

def test_latency_describes_as_scipy_does():
    times = np.random.default_rng(0).exponential(size=50)
    ours, theirs = Latency(times, 4), stats.describe(times)
    assert (ours.n, ours.mean, ours.std**2) == (theirs.nobs, pytest.approx(theirs.mean), pytest.approx(theirs.variance))
    assert ours.quantile(.9) == pytest.approx(stats.scoreatpercentile(times, 90))
