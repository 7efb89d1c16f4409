"Activations against PyTorch (values and gradients) and SciPy (erf, in float64)"
import numpy as np
import pytest
import scipy.special
import torch
from torch.nn import functional as F

import tinytorch.core.autograd
from tinytorch.core.activations import (GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh, erf, gelu, log_softmax, relu,
                                        sigmoid, softmax, tanh)
from tinytorch.core.tensor import Tensor

pairs = {
    'relu':             (relu, torch.relu),
    'sigmoid':          (sigmoid, torch.sigmoid),
    'tanh':             (tanh, torch.tanh),
    'gelu':             (gelu, F.gelu),
    'gelu tanh':        (lambda x: gelu(x, approximate='tanh'), lambda x: F.gelu(x, approximate='tanh')),
    'softmax':          (softmax, lambda x: F.softmax(x, dim=-1)),
    'softmax dim=1':    (lambda x: softmax(x, 1), lambda x: F.softmax(x, dim=1)),
    'log_softmax':      (log_softmax, lambda x: F.log_softmax(x, dim=-1)),
    'log_softmax dim=0': (lambda x: log_softmax(x, dim=0), lambda x: F.log_softmax(x, dim=0))}
every = pytest.mark.parametrize('ours, theirs', pairs.values(), ids=pairs)
precise = dict(rtol=1e-12, atol=1e-14)
tolerances = pytest.mark.parametrize('dtype, tolerance', [(np.float64, precise), (np.float32, dict(rtol=3e-5, atol=2e-6))], ids=['float64', 'float32'])

def numbers(scale, dtype, shape=(7, 6, 5)):
    return (np.random.default_rng(0).normal(size=shape)*scale).astype(dtype)

@every
@tolerances
@pytest.mark.parametrize('scale', [.01, 1, 10])
def test_values_and_gradients(ours, theirs, dtype, tolerance, scale):
    x, g = numbers(scale, dtype), np.random.default_rng(1).normal(size=(7, 6, 5)).astype(dtype)
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, expected = ours(a), theirs(b)
    np.testing.assert_allclose(y.data, expected.detach().numpy(), **tolerance)
    y.backward(g); expected.backward(torch.from_numpy(g))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), **{**tolerance, 'atol': tolerance['atol']*scale*10})
    assert y.dtype == a.grad.dtype == dtype

@every
def test_far_values_and_their_gradients(ours, theirs):
    x = np.array([[[-1e4, -50, 0], [1e4, 50, 1]]])
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, expected = ours(a), theirs(b)
    np.testing.assert_allclose(y.data, expected.detach().numpy(), **precise)
    y.sum().backward(); expected.sum().backward()
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-12, atol=1e-13)

@every
def test_a_number_alone(ours, theirs):
    if theirs in (pairs['softmax dim=1'][1],): x = np.array([[.3]])
    else: x = np.array(.3)
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, expected = ours(a), theirs(b)
    y.backward(); expected.backward()
    np.testing.assert_allclose(y.data, expected.detach().numpy(), **precise)
    np.testing.assert_allclose(a.grad, b.grad.numpy(), **precise)
    assert y.shape == x.shape and a.grad.dtype == np.float64

def test_nan_and_forbidden_rows_as_in_pytorch():
    x = np.array([[np.nan, 1, 2], [-np.inf, -np.inf, -np.inf], [-np.inf, 0, 0]])
    with np.errstate(invalid='ignore'):
        for ours, theirs in (pairs[name] for name in ('relu', 'sigmoid', 'tanh', 'gelu', 'softmax', 'log_softmax')):
            np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.from_numpy(x)).numpy(), **precise)

def test_layers_are_called_and_shown_as_in_pytorch():
    x = numbers(2, np.float64)
    for ours, theirs in [(ReLU(), torch.nn.ReLU()), (Sigmoid(), torch.nn.Sigmoid()), (Tanh(), torch.nn.Tanh()), (GELU(), torch.nn.GELU()),
                         (GELU(approximate='tanh'), torch.nn.GELU(approximate='tanh')), (Softmax(dim=1), torch.nn.Softmax(dim=1)),
                         (LogSoftmax(dim=-1), torch.nn.LogSoftmax(dim=-1))]:
        np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.from_numpy(x)).numpy(), **precise)
        assert repr(ours) in (repr(theirs), repr(theirs).replace('()', '(dim=1)'))

def test_erf_against_scipy():
    x = np.concatenate([np.linspace(-7, 7, 100_001), np.logspace(-300, 1, 1000)])
    found, expected = erf(x), scipy.special.erf(x)
    assert abs(found - expected).max() < 6e-16
    np.testing.assert_allclose(found, expected, rtol=4e-15, atol=0)

def test_float32_gelu_is_as_near_the_truth_as_pytorchs():
    x = np.linspace(-8, 8, 100_001).astype(np.float32)
    truth = x.astype(float)*scipy.special.ndtr(x.astype(float))
    ours, theirs = (abs(y - truth).max() for y in (gelu(x).data, F.gelu(torch.from_numpy(x)).numpy()))
    assert ours < max(2*theirs, 1e-6)
