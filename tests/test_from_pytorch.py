"The rows of docs/from-pytorch.md are true; oracle/test_from_pytorch_there.py compares the same rows with PyTorch"
import pytest

from from_pytorch import ABSENT, DIFFERENT, SAME, agree, here, value_of


def name_of(row): return row.theirs

@pytest.mark.parametrize('row', SAME, ids=name_of)
def test_what_is_the_same_runs(row):
    "Twice, from fresh values, to the same end; that the end is PyTorch's is shown in oracle/"
    assert row.ours is None and agree(value_of(row, row.theirs, here()), value_of(row, row.theirs, here()))

@pytest.mark.parametrize('row', DIFFERENT, ids=name_of)
def test_what_differs_runs_and_differs(row):
    assert row.note and not agree(value_of(row, row.theirs, here()), value_of(row, row.ours, here()))

@pytest.mark.parametrize('row', ABSENT, ids=name_of)
def test_what_is_absent_is_an_error_that_names_the_way_out(row):
    with pytest.raises((AttributeError, TypeError, ValueError)) as caught: value_of(row, row.theirs, here())
    assert row.says is None or row.says in str(caught.value)
    if row.ours: value_of(row, row.ours, here())
    else: assert row.note

def test_a_row_that_is_not_true_is_noticed():
    assert not agree(1, 1.5) and not agree([1.], [1., 2.]) and not agree(value_of(SAME[0], 't', here()), value_of(SAME[0], 'u', here())) and not agree('float32', 'float64')
    with pytest.raises(AttributeError, match='tinytorch.core.tensor'): here()['torch'].flurb
