"A wrong body of an op fails although the shapes fit: the complaint says what failed, and blames no shape"
import numpy as np
import pytest

from tinytorch.core.activations import axis_error
from tinytorch.core.layers import affine_error
from tinytorch.core.tensor import matmul_error

def op(): pass

@pytest.mark.parametrize('complain, shapes, settings', [
    (matmul_error, [(2, 2), (2, 1)], {}), (matmul_error, [(4, 2, 3), (4, 3, 5)], {}), (axis_error, [(3, 2)], {'dim': -1}),
    (affine_error, [(2, 1, 2), (2, 3), (3,)], {})], ids=range(4))
def test_shapes_that_fit_are_not_blamed(complain, shapes, settings):
    found = complain(op, [np.ones(shape) for shape in shapes], ValueError('cannot reshape'), settings)
    assert isinstance(found, ValueError) and 'cannot reshape' in str(found)

@pytest.mark.parametrize('complain, shapes, settings, words', [
    (matmul_error, [(2, 3), (2, 3)], {}, '3 columns meet 2 rows'), (matmul_error, [(4, 2, 3), (5, 3, 1)], {}, 'axis -3 has sizes 4 and 5'),
    (axis_error, [(3, 2)], {'dim': 2}, 'dim=2'), (affine_error, [(2, 4), (2, 3), (3,)], {}, 'x has 4 features')], ids=range(4))
def test_shapes_that_do_not_fit_are_named(complain, shapes, settings, words):
    assert words in str(complain(op, [np.ones(shape) for shape in shapes], ValueError('something'), settings))
