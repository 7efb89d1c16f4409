"The page of rules against SciPy's Student's t"
import pytest
from scipy import stats

from tinytorch.competition.rules import t_quantile

@pytest.mark.parametrize('confidence', [.1, .5, .9, .95, .99, .999, .9999, 1 - 1e-6])
def test_quantiles_are_those_of_student(confidence):
    for n in [*range(2, 40), 100, 101, 600]:
        assert t_quantile(n, confidence) == pytest.approx(stats.t.isf((1 - confidence)/2, n - 1), rel=1e-7)
