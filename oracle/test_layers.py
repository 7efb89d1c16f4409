"Layers against PyTorch: values, gradients, first weights, names, and weights exchanged in both directions"
import numpy as np
import pytest
import torch

import tinytorch.core.autograd  # gradients
from tinytorch.core.activations import GELU, ReLU
from tinytorch.core.layers import Dropout, Flatten, Linear, Sequential, linear
from tinytorch.core.tensor import Tensor

def pair(dtype=np.float64, seed=0):
    "The same network, ours and theirs, with the same weights"
    ours = Sequential(Flatten(), Linear(12, 9), ReLU(), Linear(9, 9, bias=False), GELU(), Sequential(Linear(9, 4)))
    theirs = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 9), torch.nn.ReLU(), torch.nn.Linear(9, 9, bias=False), torch.nn.GELU(), torch.nn.Sequential(torch.nn.Linear(9, 4)))
    theirs = theirs.to(torch.float64 if dtype == np.float64 else torch.float32)
    for p in ours.parameters(): p.data = p.data.astype(dtype)
    ours.load_state_dict({name: t.numpy() for name, t in theirs.state_dict().items()}, transpose=True)
    return ours, theirs

def test_names_and_order_are_pytorchs():
    ours, theirs = pair()
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.count_parameters() == sum(p.numel() for p in theirs.parameters())

@pytest.mark.parametrize('dtype, tolerance', [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_values_and_gradients(dtype, tolerance):
    ours, theirs = pair(dtype)
    x = np.random.default_rng(0).standard_normal((5, 3, 4)).astype(dtype)
    mine, his = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = ours(mine), theirs(his)
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    (out*out).sum().backward()
    (expected*expected).sum().backward()
    np.testing.assert_allclose(mine.grad, his.grad.numpy(), rtol=tolerance, atol=10*tolerance)
    for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters()):
        g = q.grad.numpy()
        np.testing.assert_allclose(p.grad, g.T if g.ndim == 2 else g, rtol=10*tolerance, atol=10*tolerance, err_msg=name)

@pytest.mark.parametrize('shape', [(6,), (1, 6), (3, 6), (2, 3, 6), (2, 1, 3, 6), (0, 6)])
@pytest.mark.parametrize('bias', [True, False])
def test_linear_for_every_leading_shape(shape, bias):
    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal(s) for s in (shape, (6, 4), (4,))][:3 if bias else 2]
    mine, his = [Tensor(a, requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out = linear(*mine)
    expected = torch.nn.functional.linear(his[0], his[1].T, *his[2:])
    g = rng.standard_normal(out.shape)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    for m, h in zip(mine, his): np.testing.assert_allclose(m.grad, h.grad.numpy(), rtol=1e-12, atol=1e-12)

def test_first_weights_have_pytorchs_distribution():
    torch.manual_seed(0)
    ours, theirs = Linear(300, 200, rng=np.random.default_rng(0)), torch.nn.Linear(300, 200)
    for mine, his in [(ours.weight.data, theirs.weight.detach().numpy()), (ours.bias.data, theirs.bias.detach().numpy())]:
        bound = 1/np.sqrt(300)
        assert np.abs(mine).max() <= np.float32(bound) and np.abs(his).max() <= np.float32(bound)
        deciles = np.linspace(.1, .9, 9)
        np.testing.assert_allclose(np.quantile(mine, deciles), np.quantile(his, deciles), atol=.2*bound)
    assert abs(ours.weight.data.std()/theirs.weight.detach().numpy().std() - 1) < .01

def test_weights_go_back_to_pytorch():
    ours, theirs = pair(np.float32)
    for p in ours.parameters(): p.data += 1
    state = {n: torch.from_numpy(a.T.copy() if a.ndim == 2 else a) for n, a in ours.state_dict().items()}
    theirs.load_state_dict(state)
    x = np.random.default_rng(2).standard_normal((2, 12)).astype(np.float32)
    np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-4)

@pytest.mark.parametrize('p', [0., .2, .5, 1.])
def test_dropout_has_pytorchs_values_and_share(p):
    torch.manual_seed(0)
    x = np.ones((300, 300))
    mine, his = Dropout(p, rng=np.random.default_rng(0))(Tensor(x)).data, torch.nn.Dropout(p)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(np.unique(mine), np.unique(his))
    assert abs((mine == 0).mean() - (his == 0).mean()) < .01

def test_dropout_passes_gradients_where_it_passed_values():
    x = Tensor(np.random.default_rng(0).standard_normal((20, 20)), requires_grad=True)
    y = Dropout(.3, rng=np.random.default_rng(1))(x)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, np.where(y.data == 0, 0, 1/.7))
