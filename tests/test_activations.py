"Activations: extremes, dtypes, shapes, memory, what bad settings get"
import math, warnings

import numpy as np
import pytest

from tinytorch.core.activations import (ELU, GELU, LARGE, LeakyReLU, LogSoftmax, ReLU, SiLU, Sigmoid, Softmax, Softplus, Tanh, elu, erf,
                                        erf_array, erf_terms, gelu, leaky_relu, log_softmax, polynomial, relu, sigmoid, silu, softmax, softplus, tanh)
from tinytorch.core.tensor import Tensor

def gelu_by_tanh(x): return gelu(x, approximate='tanh')

relatives = [leaky_relu, elu, silu, softplus]
smooth = [sigmoid, tanh, gelu, gelu_by_tanh, softmax, log_softmax, *relatives, erf]
every = [relu, *smooth]
each = pytest.mark.parametrize('f', every, ids=lambda f: f.__name__)
dtypes = pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])

@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        yield

# What goes in and what comes out

@each
@dtypes
def test_dtype_is_kept(f, dtype):
    x = np.linspace(-9, 9, 12, dtype=dtype).reshape(3, 4)
    for a in (x, x[:, ::2], x.T, x[0, 0]):
        y = f(Tensor(np.asarray(a)))
        assert y.dtype == dtype and y.shape == a.shape and np.isfinite(y.data).all()

@pytest.mark.parametrize('f', smooth, ids=lambda f: f.__name__)
@pytest.mark.parametrize('values', [np.arange(-2, 3), np.array([True, False]), np.arange(3, dtype=np.uint8)])
def test_integers_and_booleans_become_float32(f, values):
    y = f(Tensor(values))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, f(Tensor(values.astype(np.float32))).data)

def test_relu_of_integers_stays_integer():
    y = relu(Tensor(np.array([-3, 4], np.int8)))
    assert y.dtype == np.int8 and y.tolist() == [0, 4]

@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.int32])
@pytest.mark.parametrize('size', [LARGE - 1, LARGE])
def test_relu_of_small_and_large_arrays(size, dtype):
    x = (np.arange(size) - size//2).astype(dtype)
    y = relu(Tensor(x))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.data, np.where(x > 0, x, 0))
    if np.dtype(dtype).kind == 'f': assert np.isnan(relu(Tensor(x*dtype(np.nan))).data).all()

@each
def test_lists_arrays_and_numbers_are_lifted(f):
    assert isinstance(f([1., 2.]), Tensor) and f(np.ones(2)).dtype == np.float64 and f(3.).shape == ()

@each
def test_input_is_not_written_to_and_result_is_fresh(f):
    x = np.random.default_rng(0).normal(size=(3, 5))
    before = x.copy()
    y = f(Tensor(x)).data
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(x, y)
    x.setflags(write=False)
    f(Tensor(x))

@each
def test_scattered_memory_gives_the_same(f):
    x = np.random.default_rng(1).normal(size=(6, 8))
    for a in (x[::2, ::-2], x.T, np.asfortranarray(x)):
        np.testing.assert_allclose(f(Tensor(a)).data, f(Tensor(np.ascontiguousarray(a))).data, rtol=1e-13)

@each
def test_nothing_in_nothing_out(f):
    assert f(Tensor(np.ones((0, 3)))).shape == (0, 3)

def test_softmax_along_an_axis_of_length_zero_and_one():
    assert softmax(Tensor(np.ones((2, 0)))).shape == (2, 0)
    assert softmax(Tensor([[5.], [-7.]])).tolist() == [[1.], [1.]]
    assert log_softmax(Tensor([[5.], [-7.]])).tolist() == [[0.], [0.]]

# Extremes, without a warning

@each
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_ten_thousand_either_way(f, dtype):
    x = Tensor(np.array([1e4, -1e4, 0], dtype))
    assert np.isfinite(f(x).data).all()

@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_far_values(dtype):
    x = Tensor(np.array([-1e4, 1e4], dtype))
    assert sigmoid(x).tolist() == [0, 1] and tanh(x).tolist() == [-1, 1]
    assert gelu(x).tolist() == gelu_by_tanh(x).tolist() == relu(x).tolist() == [0, 1e4]
    assert softmax(x).tolist() == [0, 1] and log_softmax(x).tolist() == [-2e4, 0]

@pytest.mark.parametrize('dtype, digits', [(np.float32, 4e-7), (np.float64, 1e-15)])
def test_sigmoid_is_precise_where_it_is_small(dtype, digits):
    x = np.linspace(-80, 40, 241).astype(dtype)
    expected = [1/(1 + math.exp(-v)) for v in x.astype(float)]
    np.testing.assert_allclose(sigmoid(Tensor(x)).data, expected, rtol=digits*30, atol=0)  # e^-x carries the rounding of x, 80 times over
    np.testing.assert_allclose(sigmoid(Tensor(x)).data[abs(x) < 2], np.array(expected)[abs(x) < 2], rtol=digits)

def test_sigmoid_and_its_mirror_make_one():
    x = np.random.default_rng(0).normal(size=1000)*10
    np.testing.assert_allclose(sigmoid(Tensor(x)).data + sigmoid(Tensor(-x)).data, 1, rtol=1e-15)

@each
def test_nan_stays_nan(f):
    y = f(Tensor([[np.nan, 1.]])).data
    assert np.isnan(y[0, 0])

def test_infinities():
    x = Tensor([np.inf, -np.inf])
    assert relu(x).tolist() == [np.inf, 0] and sigmoid(x).tolist() == [1, 0] and tanh(x).tolist() == [1, -1]
    assert gelu([np.inf]).item() == np.inf

def test_forbidden_scores_get_nothing():
    assert softmax(Tensor([0., -np.inf, 0.])).tolist() == [.5, 0, .5]
    assert log_softmax(Tensor([0., -np.inf])).tolist() == [0, -np.inf]

@pytest.mark.parametrize('f', [softmax, log_softmax])
def test_a_row_with_nothing_allowed_is_nan_and_warns_and_leaves_its_neighbors(f):
    with pytest.warns(RuntimeWarning, match='invalid value'): y = f(Tensor([[-np.inf, -np.inf], [0., 0.]])).data
    assert np.isnan(y[0]).all() and np.isfinite(y[1]).all()

# Laws

@pytest.mark.parametrize('dim', [0, 1, 2, -1, -2])
def test_softmax_sums_to_one_and_agrees_with_its_logarithm(dim):
    x = Tensor(np.random.default_rng(2).normal(size=(3, 4, 5))*20)
    y = softmax(x, dim).data
    np.testing.assert_allclose(y.sum(axis=dim), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(log_softmax(x, dim).data), y, rtol=1e-13)

def test_softmax_sees_differences_only():
    x = np.array([1., 2, 4])
    for shift in (-1e6, 1e6): np.testing.assert_array_equal(softmax(x + shift).data, softmax(x).data)

def test_log_softmax_where_the_share_underflows():
    np.testing.assert_allclose(log_softmax(Tensor([0., -1000])).data, [0, -1000])

# erf

def test_erf_in_float64():
    x = np.concatenate([np.linspace(-8, 8, 20001), np.logspace(-300, 0, 301), -np.logspace(-12, 300, 313)])
    with np.errstate(over='ignore'): found = erf_array(x)
    expected = np.array([math.erf(v) for v in x])
    assert abs(found - expected).max() < 6e-16
    np.testing.assert_allclose(found, expected, rtol=4e-15, atol=0)

def test_erf_in_float32():
    x = np.concatenate([np.linspace(-6, 6, 20001), np.logspace(-30, 15, 91)]).astype(np.float32)
    expected = np.array([math.erf(v) for v in x])
    found = erf_array(x)
    assert found.dtype == np.float32 and abs(found - expected).max() < 2e-7
    np.testing.assert_allclose(found, expected, rtol=5e-7)

def test_erf_is_odd_and_rises():
    x = np.linspace(0, 7, 5001)
    np.testing.assert_array_equal(erf_array(-x), -erf_array(x))
    assert (np.diff(erf_array(x)) > -2.5e-16).all() and erf_array(np.array(7.)) == 1

def test_erf_is_an_op_and_a_method():
    x = Tensor([0., 1], requires_grad=True)
    y = x.erf()
    assert y.recipe.op is erf and y.tolist() == erf([0., 1]).tolist() and erf(np.arange(2)).dtype == np.float32

def test_terms_are_positive_so_that_nothing_cancels():
    for top, bottom in erf_terms.values(): assert min(top + bottom) > 0 and bottom[0] == 1

def test_polynomial_does_not_write_into_its_argument():
    z = np.array([2., 3])
    assert polynomial(z, [1, 0, 1]).tolist() == [5, 10] and z.tolist() == [2, 3]

def test_gelu_is_the_normal_share():
    x = np.linspace(-9, 9, 1801)
    expected = [v*(1 + math.erf(v/2**.5))/2 for v in x]
    np.testing.assert_allclose(gelu(x).data, expected, rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(gelu(x.astype(np.float32)).data, expected, rtol=2e-7, atol=1e-6)

def test_gelu_by_tanh_is_its_formula():
    x = np.linspace(-9, 9, 181)
    expected = .5*x*(1 + np.tanh(np.sqrt(2/np.pi)*(x + .044715*x*x*x)))
    np.testing.assert_allclose(gelu_by_tanh(x).data, expected, rtol=1e-14, atol=1e-14)

# The relatives of ReLU

def test_relatives_by_their_formulas():
    x = np.linspace(-6, 6, 49)
    for out, expected in [(leaky_relu(x), np.where(x > 0, x, .01*x)), (leaky_relu(x, .2), np.where(x > 0, x, .2*x)), (elu(x), np.where(x > 0, x, np.exp(x) - 1)), (elu(x, 1.5), np.where(x > 0, x, 1.5*(np.exp(x) - 1))),
                          (silu(x), x/(1 + np.exp(-x))), (softplus(x), np.log(1 + np.exp(x))), (softplus(x, beta=3), np.where(3*x > 20, x, np.log(1 + np.exp(3*x))/3)), (softplus(x, threshold=1), np.where(x > 1, x, np.log(1 + np.exp(x))))]:
        np.testing.assert_allclose(out.data, expected, rtol=1e-13, atol=1e-13)

def test_relatives_far_out():
    for dtype in (np.float32, np.float64):
        x = Tensor(np.array([-1e4, 1e4], dtype))
        assert leaky_relu(x).tolist() == [dtype(-1e4)*dtype(.01), 1e4] and elu(x).tolist() == [-1, 1e4] and silu(x).tolist() == [0, 1e4] and softplus(x).tolist() == [0, 1e4]
    assert leaky_relu(Tensor([np.inf, -np.inf])).tolist() == [np.inf, -np.inf] and elu(Tensor([np.inf, -np.inf])).tolist() == [np.inf, -1] and softplus(Tensor([np.inf, -np.inf])).tolist() == [np.inf, 0]

# float16

def test_a_row_of_float16_may_be_longer_than_float16_can_count():
    x = Tensor(np.zeros(70_000, np.float16))
    y, logs = softmax(x), log_softmax(x)
    assert y.dtype == logs.dtype == np.float16
    np.testing.assert_allclose(y.data.astype(float), 1/70_000, rtol=5e-3)
    np.testing.assert_allclose(logs.data.astype(float), -math.log(70_000), rtol=1e-3)

def test_softmax_of_float16_is_that_of_float32_rounded():
    x = np.random.default_rng(5).normal(size=(3, 500)).astype(np.float16)
    for f in (softmax, log_softmax): np.testing.assert_array_equal(f(Tensor(x)).data, f(Tensor(x.astype(np.float32))).data.astype(np.float16))

def test_softmax_takes_axis_too():
    x = Tensor(np.random.default_rng(4).normal(size=(2, 3)))
    for f in (softmax, log_softmax): np.testing.assert_array_equal(f(x, axis=0).data, f(x, dim=0).data)

# Layers

def test_layers_do_what_the_functions_do():
    x = Tensor(np.random.default_rng(3).normal(size=(2, 3, 4)))
    pairs = [(ReLU(), relu(x)), (Sigmoid(), sigmoid(x)), (Tanh(), tanh(x)), (GELU(), gelu(x)), (GELU('tanh'), gelu(x, 'tanh')),
             (LeakyReLU(), leaky_relu(x)), (LeakyReLU(.3), leaky_relu(x, .3)), (ELU(alpha=2), elu(x, 2)), (SiLU(), silu(x)), (Softplus(beta=2), softplus(x, 2)),
             (Softmax(), softmax(x)), (Softmax(1), softmax(x, 1)), (LogSoftmax(dim=0), log_softmax(x, dim=0))]
    for layer, expected in pairs:
        np.testing.assert_array_equal(layer(x).data, expected.data)
        np.testing.assert_array_equal(layer.forward(x).data, expected.data)
        assert layer.parameters() == []

def test_a_call_may_name_another_axis_even_the_first():
    x = Tensor(np.random.default_rng(4).normal(size=(2, 3)))
    np.testing.assert_array_equal(Softmax()(x, dim=0).data, softmax(x, 0).data)
    np.testing.assert_array_equal(LogSoftmax(dim=1)(x, 0).data, log_softmax(x, 0).data)

def test_repr():
    assert [*map(repr, (ReLU(), Sigmoid(), Tanh(), GELU(), Softmax(dim=1), LogSoftmax(), LeakyReLU(.1), ELU(), SiLU(), Softplus(2)))] == [
        'ReLU()', 'Sigmoid()', 'Tanh()', "GELU(approximate='none')", 'Softmax(dim=1)', 'LogSoftmax(dim=-1)', 'LeakyReLU(negative_slope=0.1)',
        'ELU(alpha=1.0)', 'SiLU()', 'Softplus(beta=2, threshold=20.0)']

# Recipes

def test_results_remember_only_when_asked():
    x = np.ones(3)
    for f in relatives: assert f(Tensor(x)).recipe is None and f(Tensor(x, requires_grad=True)).recipe is not None
    for f in set(every) - set(relatives):
        assert f(Tensor(x)).recipe is None
        assert f(Tensor(x, requires_grad=True)).recipe.op.__name__.startswith(f.__name__.split('_by')[0].removesuffix('_tanh'))

@pytest.mark.parametrize('f', [relu, sigmoid, tanh, softmax, log_softmax])
def test_results_are_kept_and_inputs_are_not(f):
    y = f(Tensor(np.ones((2, 3)), requires_grad=True))
    assert not any(isinstance(a, np.ndarray) for a in y.recipe.inputs) and y.recipe.out is y.data

# Errors

@pytest.mark.parametrize('f', [softmax, log_softmax])
@pytest.mark.parametrize('dim', [2, -3])
def test_no_such_axis(f, dim):
    with pytest.raises(ValueError, match=rf'^{f.__name__}: dim={dim} is not an axis of shape \(2, 5\); it has 2, from -2 to 1'): f(np.ones((2, 5)), dim=dim)

def test_no_such_form_of_gelu():
    for call in (lambda: gelu([1.], 'tahn'), lambda: GELU('tahn')([1.])):
        with pytest.raises(ValueError, match=r"gelu: there is no approximate='tahn'; expected 'none' or 'tanh'"): call()

@each
def test_words_are_not_numbers(f):
    with pytest.raises(TypeError, match='expected numbers'): f(['a', 'b'])

@pytest.mark.parametrize('f', [softmax, log_softmax])
def test_two_words_for_the_axis_are_refused(f):
    with pytest.raises(TypeError, match=f'^{f.__name__}: dim=0 and axis=1 are two words'): f(np.ones((2, 5)), 0, axis=1)
    assert f(np.ones((2, 5)), -1, axis=None).shape == (2, 5)

@pytest.mark.parametrize('x, expected', [(30000, 30000), (-30000, 0), (10, 10)])
def test_softplus_of_large_float16(x, expected):
    found = softplus(Tensor(np.array([x], np.float16)), beta=3.)
    assert found.dtype == np.float16 and found.tolist() == [expected]
