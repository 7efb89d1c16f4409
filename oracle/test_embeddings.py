"Embeddings against PyTorch: values, gradients, first rows, steps of an optimizer"
import numpy as np
import pytest
import torch

import tinytorch.core.autograd  # gradients
from tinytorch.core.embeddings import Embedding, LearnedPositionalEmbedding
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor

def pair(n, dim, dtype):
    ours, theirs = Embedding(n, dim, rng=np.random.default_rng(0)), torch.nn.Embedding(n, dim)
    ours.weight.data = ours.weight.data.astype(dtype)
    theirs.weight.data = torch.tensor(ours.weight.data)
    return ours, theirs

@pytest.mark.parametrize('dtype, tolerance', [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize('n, dim, shape', [(1, 1, (3,)), (5, 3, ()), (5, 3, (7,)), (5, 3, (2, 3, 4)), (1000, 8, (8, 64)), (5, 3, (0,)), (3, 16, (16, 50))])
def test_values_and_gradients(n, dim, shape, dtype, tolerance):
    ours, theirs = pair(n, dim, dtype)
    rng = np.random.default_rng(1)
    ids = rng.integers(0, n, shape)
    out, expected = ours(ids), theirs(torch.tensor(ids))
    g = rng.standard_normal(out.shape).astype(dtype)
    np.testing.assert_array_equal(out.data, expected.detach().numpy())
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.numpy(), rtol=tolerance, atol=10*tolerance)

@pytest.mark.parametrize('padding_idx', [0, 2, -1])
def test_padding(padding_idx):
    ours, theirs = Embedding(5, 3, padding_idx=padding_idx, rng=np.random.default_rng(0)), torch.nn.Embedding(5, 3, padding_idx=padding_idx, dtype=torch.float64)
    assert ours.padding_idx == theirs.padding_idx
    np.testing.assert_array_equal((ours.weight.data == 0).all(1), (theirs.weight == 0).all(1).numpy())
    ours.weight.data = np.random.default_rng(1).standard_normal((5, 3))
    with torch.no_grad(): theirs.weight.copy_(torch.tensor(ours.weight.data))
    ids, g = np.array([[0, 1, 2, 4, 4], [2, 2, 0, 3, 1]]), np.random.default_rng(2).standard_normal((2, 5, 3))
    out, expected = ours(ids), theirs(torch.tensor(ids))
    np.testing.assert_array_equal(out.data, expected.detach().numpy())
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.numpy(), 1e-12, 1e-12)

def test_first_rows_have_the_same_spread():
    ours, theirs = Embedding(500, 200, rng=np.random.default_rng(0)), torch.nn.Embedding(500, 200)
    assert abs(ours.weight.data.std() - theirs.weight.std().item()) < .02

def test_twenty_steps_of_adam():
    ours, theirs = pair(11, 4, np.float64)
    mine, his = Adam(ours.parameters(), lr=.1), torch.optim.Adam(theirs.parameters(), lr=.1)
    rng = np.random.default_rng(2)
    for _ in range(20):
        ids, goal = rng.integers(0, 11, (3, 5)), rng.standard_normal((3, 5, 4))
        mine.zero_grad(); his.zero_grad()
        apart = ours(ids) - Tensor(goal)
        (apart*apart).sum().backward()
        ((theirs(torch.tensor(ids)) - torch.tensor(goal))**2).sum().backward()
        mine.step(); his.step()
    np.testing.assert_allclose(ours.weight.data, theirs.weight.detach().numpy(), rtol=1e-9, atol=1e-10)

def test_learned_positions_are_an_embedding_of_arange():
    ours = LearnedPositionalEmbedding(9, 4, rng=np.random.default_rng(0))
    theirs = torch.nn.Embedding(9, 4)
    theirs.weight.data = torch.tensor(ours.weight.data)
    x, g = [np.random.default_rng(i).standard_normal((2, 5, 4)).astype(np.float32) for i in (1, 2)]
    out, expected = ours(Tensor(x), offset=3), torch.tensor(x) + theirs(torch.arange(3, 8))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-6)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.numpy(), rtol=1e-6, atol=1e-6)
