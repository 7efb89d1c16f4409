"The Pareto front against its definition, with ties, in one to six dimensions; membership against every choice within small intervals; bad tables"
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from tinytorch.competition.pareto import FEW, count_by_halves, count_by_sweep, dominates, dominators, front_membership, numbered, pareto_front

def oriented(values, directions): return np.where(np.array(directions) == 'higher', -1., 1.)*values

def by_definition(values, directions):
    "The front from all pairs; the values are exact in float64"
    low = oriented(values, directions)
    return ~np.array([((low <= row).all(1) & (low < row).any(1)).any() for row in low], bool)

def alternating(d): return ['lower', 'higher']*(d//2) + ['lower']*(d % 2)

def on_the_front(rng, n, d):
    "Rows of which none dominates another: one column pays for all the others"
    points = rng.integers(0, 10**6, (n, d))
    points[:, -1] = -points[:, :-1].sum(axis=1)
    return points

# the front

@pytest.mark.parametrize('d', range(1, 7))
@pytest.mark.parametrize('kind', ['continuous', 'ties', 'duplicates', 'few values', 'front', 'constant column'])
def test_the_front_is_that_of_the_definition(d, kind):
    rng, n = np.random.default_rng(d), 2000
    values = {'continuous': lambda: rng.random((n, d)), 'ties': lambda: rng.integers(0, 60, (n, d)), 'few values': lambda: rng.integers(0, 3, (n, d)),
              'duplicates': lambda: rng.random((n//10, d))[rng.integers(0, n//10, n)], 'front': lambda: on_the_front(rng, n, d),
              'constant column': lambda: np.column_stack([rng.random((n, d - 1)), np.full(n, 7.)])}[kind]()
    directions = ['lower']*d if kind == 'front' else alternating(d)
    found = pareto_front(values, directions)
    assert found.dtype == bool and np.array_equal(found, by_definition(values, directions))
    if kind == 'front' and d > 1: assert found.all()

@pytest.mark.parametrize('seed', range(40))
def test_small_tables(seed):
    rng = np.random.default_rng(seed)
    n, d = rng.integers(1, 40), rng.integers(1, 6)
    values, directions = rng.integers(-2, rng.integers(0, 6), (n, d)), rng.choice(['higher', 'lower'], d).tolist()
    found = pareto_front(values, directions)
    assert np.array_equal(found, by_definition(values, directions)) and found.any()
    assert found.tolist() == [not any(dominates(b, a, directions) for b in values) for a in values]

@pytest.mark.parametrize('d', [2, 3, 5])
def test_rows_in_any_order_and_columns_in_any_order(d):
    rng = np.random.default_rng(d)
    values, directions = rng.integers(0, 90, (3000, d)), alternating(d)
    found, order, columns = pareto_front(values, directions), rng.permutation(3000), rng.permutation(d)
    assert np.array_equal(pareto_front(values[order], directions), found[order])
    assert np.array_equal(pareto_front(values[:, columns], [directions[column] for column in columns]), found)
    monotone = np.column_stack([np.exp(values[:, 0]/50), *values.T[1:]**3])
    assert np.array_equal(pareto_front(monotone, directions), found), 'only the order of values counts'
    assert np.array_equal(pareto_front(-values, ['higher' if one == 'lower' else 'lower' for one in directions]), found)

def test_equal_rows_are_in_together_or_out_together():
    assert pareto_front([[1, 2]]*5, ['lower', 'higher']).all()
    values = np.random.default_rng(0).integers(0, 30, (4000, 3))
    rows, where, counts = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    found = pareto_front(values, ['lower']*3)
    assert (counts > 1).any() and np.array_equal(found, pareto_front(rows, ['lower']*3)[where.reshape(-1)])

def test_a_front_of_its_own_rows_is_all_of_it():
    values = np.random.default_rng(0).random((20_000, 4))
    found = pareto_front(values, ['higher']*4)
    assert 50 < found.sum() < 2000 and pareto_front(values[found], ['higher']*4).all()

@pytest.mark.parametrize('shape, front', [('equal', 10**5), ('sorted', 1), ('reversed', 1), ('front', 10**5), ('front, reversed', 10**5), ('two values', None)])
def test_many_rows_of_the_worst_kinds(shape, front):
    "A quadratic front would take minutes over these"
    n = 10**5
    up = np.arange(n)
    values = {'equal': lambda: np.zeros((n, 2)), 'sorted': lambda: np.column_stack([up, up]), 'reversed': lambda: np.column_stack([up, up])[::-1],
              'front': lambda: np.column_stack([up, -up]), 'front, reversed': lambda: np.column_stack([-up, up]),
              'two values': lambda: np.column_stack([up % 2, up//2 % 2])}[shape]()
    found = pareto_front(values, ['lower', 'lower'])
    assert found.sum() == (n//4 if front is None else front)

@pytest.mark.parametrize('d, n', [(3, 40_000), (4, 8000)])
def test_all_on_the_front_in_more_columns(d, n):
    assert pareto_front(on_the_front(np.random.default_rng(0), n, d), ['lower']*d).all()

# counting

@pytest.mark.parametrize('d', range(1, 7))
@pytest.mark.parametrize('high', [2, 9, 10**6])
def test_counts_are_those_of_all_pairs(d, high):
    rng = np.random.default_rng(d)
    a, b = rng.integers(0, high, (700, d)), rng.integers(-1, high + 1, (300, d))
    pairs = (a[:, None] <= b).all(axis=2).sum(axis=0)
    assert np.array_equal(count_by_halves(a, b), np.minimum(pairs, 2))
    if d == 2: assert np.array_equal(count_by_sweep(a, b), np.minimum(pairs, 2))

@pytest.mark.parametrize('d', [1, 2, 3, 4])
@pytest.mark.parametrize('n', [50, 17*FEW])
def test_dominators_with_and_without_the_first_few(n, d):
    both = numbered(np.random.default_rng(0).integers(0, 12, (2*n, d)))
    a, b = both[:n], both[n:]
    def beat(a, b): return ((a[:, None, 1:] <= b[:, 1:]).all(axis=2) & (a[:, None, 0] < b[:, 0])).sum(axis=0)
    assert np.array_equal(dominators(a, b), np.minimum(beat(a, b), 2)) and np.array_equal(dominators(a, a), np.minimum(beat(a, a), 2))

# membership

def everywhere(lows, highs, directions):
    "What is true over every choice of whole numbers within the intervals, each front from the definition"
    spans = [range(low, high + 1) for low, high in zip(lows.ravel().tolist(), highs.ravel().tolist())]
    low = oriented(np.array(list(product(*spans))).reshape(-1, *lows.shape), directions)
    beats = (low[:, :, None] <= low[:, None]).all(-1) & (low[:, :, None] < low[:, None]).any(-1)
    fronts = ~beats.any(axis=1)
    return np.where(fronts.all(0), 'certain', np.where(fronts.any(0), 'possible', 'no'))

@pytest.mark.parametrize('n, d', [(1, 2), (2, 2), (3, 1), (5, 1), (3, 2), (4, 2), (3, 3), (2, 4)])
def test_membership_is_exact(n, d):
    seen = set()
    for seed in range(25):
        rng = np.random.default_rng([seed, n, d])
        lows = rng.integers(0, 4, (n, d))
        widths = rng.integers(0, 3, (n, d))*(rng.permutation(n*d).reshape(n, d) < 8)  # at most 3^8 choices
        directions = rng.choice(['higher', 'lower'], d).tolist()
        found = front_membership(lows, lows + widths, directions)
        assert np.array_equal(found, everywhere(lows, lows + widths, directions)), (lows, widths, directions)
        seen |= set(found.tolist())
    assert 'certain' in seen and (n == 1 or seen == {'certain', 'possible', 'no'})

@pytest.mark.parametrize('d', [1, 2, 3, 4])
def test_membership_holds_in_draws(d):
    rng, n, directions = np.random.default_rng(d), 300, alternating(d)
    lows = rng.random((n, d))
    highs = lows + .15*rng.random((n, d))
    found = front_membership(lows, highs, directions)
    for _ in range(40):
        front = pareto_front(lows + (highs - lows)*rng.choice([0, .5, 1, rng.random()], (n, d)), directions)
        assert front[found == 'certain'].all() and not front[found == 'no'].any()
    ends = np.where(np.array(directions) == 'higher', highs, lows), np.where(np.array(directions) == 'higher', lows, highs)
    for row in np.flatnonzero(found == 'possible')[:40]:  # both can be: this one at its best and the others at their worst, and the reverse
        for mine, others in (ends, ends[::-1]):
            choice = others.copy()
            choice[row] = mine[row]
            assert pareto_front(choice, directions)[row] == (mine is ends[0])

@pytest.mark.parametrize('d', range(1, 7))
def test_without_width_membership_is_the_front(d):
    values = np.random.default_rng(d).integers(0, 40, (2000, d))
    found = front_membership(values, values, alternating(d))
    assert np.array_equal(found, np.where(pareto_front(values, alternating(d)), 'certain', 'no'))

def test_wider_intervals_are_never_surer():
    rng = np.random.default_rng(0)
    values, spread, directions = rng.random((3000, 3)), rng.random((3000, 3)), alternating(3)
    narrow, wide = (front_membership(values - width*spread, values + width*spread, directions) for width in (.01, .05))
    assert set(narrow[wide == 'certain']) <= {'certain'} and set(narrow[wide == 'no']) <= {'no'} and (wide != narrow).any()

def test_membership_of_many_rows_agrees_with_a_part_of_them():
    "What some rows rule out stays ruled out in company, and what is certain in company is certain alone"
    rng = np.random.default_rng(0)
    lows = rng.random((30_000, 4))
    highs, part = lows + .05*rng.random(lows.shape), slice(0, 1000)
    many, few = front_membership(lows, highs, ['lower']*4), front_membership(lows[part], highs[part], ['lower']*4)
    assert set(many[part][few == 'no']) == {'no'} and set(few[many[part] == 'certain']) <= {'certain'} and len(set(many)) == 3

def test_an_end_may_be_infinite():
    found = front_membership([[.9, 0], [.8, 5]], [[.95, np.inf], [.85, 6]], ['higher', 'lower'])
    assert found.tolist() == ['certain', 'possible']
    assert front_membership([[-np.inf]]*2, [[np.inf]]*2, ['lower']).tolist() == ['possible']*2

# numbers of every kind

def test_numbers_that_floats_cannot_hold():
    for made in (np.array, lambda rows: np.array(rows, dtype=object), list):
        assert pareto_front(made([[2**60], [2**60 + 1]]), ['higher']).tolist() == [False, True]
    assert pareto_front([[10**400, .5], [10**400 + 1, .5]], ['lower', 'higher']).tolist() == [True, False]
    assert pareto_front([[2**53 + 1, .5], [2**53, .5]], ['higher', 'lower']).tolist() == [True, False], 'a list with floats beside'
    assert pareto_front(np.array([[0, 2**64 - 1], [0, 2**64 - 2]], np.uint64), ['lower', 'higher']).tolist() == [True, False]
    assert pareto_front(np.array([[-2**63, 1], [2**63 - 1, 1]]), ['lower', 'higher']).tolist() == [True, False]
    assert pareto_front([[Fraction(1, 3)], [1/3]], ['higher']).tolist() == [True, False]
    lows, highs = np.array([[2**62 + 1]], np.int64), np.array([[2**62 + 1]], np.uint64)
    assert front_membership(np.repeat(lows, 2, 0), np.concatenate([highs, highs + np.uint64(1)]), ['higher']).tolist() == ['possible', 'certain']

def test_zeros_and_infinities():
    assert pareto_front([[-0., 1], [0, 1], [0., 1]], ['lower', 'lower']).all()
    assert pareto_front([[np.inf, 1], [5, 1], [-np.inf, 2]], ['higher', 'lower']).tolist() == [True, False, False]
    assert dominates([-np.inf], [0], ['lower']) and not dominates([0.], [-0.], ['lower'])

@pytest.mark.parametrize('layout', ['fortran', 'strided', 'reversed', 'read-only', 'float16', 'float32', 'int8', 'big-endian', 'list', 'objects'])
def test_layouts_and_kinds(layout):
    values = np.random.default_rng(0).integers(-9, 9, (200, 3)).astype(float)
    made = {'fortran': np.asfortranarray, 'strided': lambda v: np.repeat(np.repeat(v, 2, 0), 2, 1)[::2, ::2], 'reversed': lambda v: v[::-1].copy()[::-1],
            'float16': lambda v: v.astype(np.float16), 'float32': lambda v: v.astype(np.float32), 'int8': lambda v: v.astype(np.int8), 'list': lambda v: v.tolist(),
            'big-endian': lambda v: v.astype('>f8'), 'objects': lambda v: v.astype(object), 'read-only': np.array}[layout](values)
    if layout == 'read-only': made.setflags(write=False)
    kept = np.array(made)
    directions = ('higher', 'lower', 'higher')
    assert np.array_equal(pareto_front(made, directions), by_definition(values, directions))
    assert np.array_equal(front_membership(made, made, np.array(directions)) == 'certain', by_definition(values, directions))
    assert np.array_equal(np.array(made), kept)

def test_no_rows_and_one_row():
    for nothing in ([], np.zeros((0, 2)), np.zeros((0, 2), int)):
        assert pareto_front(nothing, ['lower', 'higher']).tolist() == front_membership(nothing, nothing, ['lower', 'higher']).tolist() == []
    assert pareto_front([[3, 4]], ['lower', 'higher']).tolist() == [True] and front_membership([[3]], [[4]], ['lower']).tolist() == ['certain']

# what is refused

@pytest.mark.parametrize('lost', [None, np.nan, 'n/a', '', True, 1j, [1], float('nan')], ids=repr)
@pytest.mark.parametrize('call', [pareto_front, lambda values, ways: front_membership(values, values, ways)], ids=['front', 'membership'])
def test_a_value_that_is_missing_is_named_and_never_ranked(call, lost):
    rows = [[i, 2.5] for i in range(8)]
    rows[6][1] = lost
    with pytest.raises(ValueError, match='row 6, column 1'): call(rows, ['lower', 'higher'])

@pytest.mark.parametrize('values', [np.ma.masked_array(np.ones((3, 2)), [[0, 0], [0, 1], [0, 0]]), np.array([[1, 2], [1, np.nan], [np.nan, 1]]),
                                    np.array([[1, 2], [1, np.nan]], np.float16), np.array([[1, 2], [1, None]])], ids=['masked', 'nan', 'float16', 'object'])
def test_missing_values_of_arrays(values):
    with pytest.raises(ValueError, match='row 1, column 1'): pareto_front(values, ['lower']*2)

@pytest.mark.parametrize('dtype', [bool, complex, 'U3', 'M8[s]'])
def test_arrays_that_are_no_numbers(dtype):
    with pytest.raises(ValueError, match='row 0, column 0'): pareto_front(np.ones((2, 2), int).astype(dtype), ['lower']*2)

@pytest.mark.parametrize('directions', ['lower', 'xy', [], None, 5, ['lower', 'up'], ['lower', None], ['Lower', 'higher'], [['lower', 'higher']], [np.ones(2)]], ids=repr)
def test_bad_directions(directions):
    for call in (lambda: pareto_front([[1, 2]], directions), lambda: dominates([1, 2], [1, 2], directions), lambda: front_membership([[1, 2]], [[1, 2]], directions)):
        with pytest.raises(ValueError, match='directions'): call()

@pytest.mark.parametrize('values', [[1, 2], 5, None, [[1, 2, 3]], [[1], [1, 2]], np.zeros((3, 0)), np.zeros((1, 2, 2)), [[]], 'text', [np.zeros((2, 2)), np.zeros((2, 3))]], ids=range(10))
def test_bad_shapes(values):
    with pytest.raises(ValueError, match='2 columns'): pareto_front(values, ['lower', 'higher'])

def test_bad_intervals():
    with pytest.raises(ValueError, match='highs, row 1, column 0'): front_membership([[1], [2]], [[1], [None]], ['lower'])
    with pytest.raises(ValueError, match='lows, row 0, column 0'): front_membership([[np.nan], [2]], [[1], [3]], ['lower'])
    with pytest.raises(ValueError, match='row 1, column 0 goes from 3 down to 2'): front_membership([[1], [3]], [[1], [2]], ['lower'])
    with pytest.raises(ValueError, match='row 0, column 0 goes from 18014398509481985 down to 18014398509481984'):
        front_membership(np.array([[2**54 + 1]]), np.array([[2**54]], np.uint64), ['higher'])
    with pytest.raises(ValueError, match='row 0, column 0 goes from 9007199254740993 down to 9007199254740992'):
        front_membership(np.array([[2**53 + 1]]), np.array([[2.**53]]), ['higher'])
    with pytest.raises(ValueError, match=r'\(2, 1\).*\(1, 1\)'): front_membership([[1], [2]], [[1]], ['lower'])
    with pytest.raises(ValueError, match='row 1, column 0'): dominates([1, 2], [None, 2], ['lower']*2)
    with pytest.raises(ValueError, match='2 columns'): dominates([1, 2], [1], ['lower']*2)
