"Fused kernels against PyTorch, in float32: values, gradients, special numbers, Adam step for step, a block's training step"
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tinytorch.core.tensor import Tensor
from tinytorch.perf import fused as page
from tinytorch.perf.fused import FusedAdam, FusedAdamW, fused_bias_gelu, fused_cross_entropy, fused_layer_norm, fused_max_pool2d, fused_softmax

def normal(*shape, seed=0, scale=1.): return (np.random.default_rng(seed).standard_normal(shape)*scale).astype(np.float32)

def agree(ours, theirs, *arrays, rtol=2e-5, atol=2e-5):
    "Value and every gradient, from a random gradient of the result"
    mine, his = [Tensor(a.copy(order='K'), requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out, expected = ours(*mine), theirs(*his)
    assert out.shape == tuple(expected.shape) and out.dtype == np.float32
    g = normal(*out.shape, seed=7)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=rtol, atol=atol)
    for m, h in zip(mine, his): np.testing.assert_allclose(m.grad, h.grad.numpy(), rtol=rtol, atol=atol)

sizes = pytest.mark.parametrize('N, D', [(1, 1), (3, 7), (5, 16), (64, 100), (33, 1030)])

@sizes
@pytest.mark.parametrize('form', ['none', 'tanh'])
@pytest.mark.parametrize('scale', [1, 10])
def test_bias_gelu(N, D, form, scale):
    agree(lambda x, b: fused_bias_gelu(x, b, form), lambda x, b: F.gelu(x + b, approximate=form), normal(N, D, scale=scale), normal(D, seed=1), atol=1e-4)

@sizes
@pytest.mark.parametrize('scale', [1, 10, 300])
def test_softmax(N, D, scale):
    agree(fused_softmax, lambda x: F.softmax(x, -1), normal(N, D, scale=scale))

@pytest.mark.parametrize('row', [[0, -np.inf, 2], [-np.inf]*3, [np.inf, 0, 0], [np.nan, 0, 0], [3e38, -3e38, 0]])
def test_softmax_of_special_rows(row):
    row = np.array([row, [1, 2, 3]], np.float32)
    np.testing.assert_allclose(fused_softmax(Tensor(row)).data, F.softmax(torch.tensor(row), -1).numpy(), rtol=1e-6)

@sizes
@pytest.mark.parametrize('reduction', ['mean', 'sum', 'none'])
@pytest.mark.parametrize('scale', [1, 100])
def test_cross_entropy(N, D, reduction, scale):
    labels, weight = np.random.default_rng(2).integers(0, D, N), np.abs(normal(D, seed=3)) + .1
    labels[::3] = -100
    labels[-1] = D - 1
    agree(lambda x: fused_cross_entropy(x, labels, weight=weight, reduction=reduction),
          lambda x: F.cross_entropy(x, torch.tensor(labels), torch.tensor(weight), reduction=reduction), normal(N, D, scale=scale), atol=2e-5*scale)

@pytest.mark.parametrize('N, D', [(3, 7), (5, 16), (64, 100), (33, 1030)])
@pytest.mark.parametrize('away', [0, 30])
def test_layer_norm(N, D, away):
    agree(lambda x, w, b: fused_layer_norm(x, D, w, b), lambda x, w, b: F.layer_norm(x, (D,), w, b), normal(N, D) + np.float32(away), normal(D, seed=1), normal(D, seed=2), rtol=1e-4, atol=1e-4)

@pytest.mark.parametrize('T', [1, 3, 16, 37, 64])
@pytest.mark.parametrize('causal', [True, False])
@pytest.mark.parametrize('scale', [1, 12])
def test_attention(T, causal, scale):
    def theirs(qkv):
        q,k,v = qkv.view(2, T, 3, 4, 8).permute(2, 0, 3, 1, 4).unbind(0)
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).reshape(2, T, 32)
    agree(lambda x: page.heads_op(x, num_heads=4, is_causal=causal), theirs, normal(2, T, 96, scale=scale), rtol=2e-4, atol=1e-4*scale**2)

@pytest.mark.parametrize('shape', [(2, 3, 8, 8), (3, 16, 7, 9), (1, 33, 2, 2)])
@pytest.mark.parametrize('first', [True, False])
def test_max_pool(shape, first):
    x = np.random.default_rng(0).integers(-3, 4, shape[:1] + shape[2:] + shape[1:2]).astype(np.float32).transpose(0, 3, 1, 2)
    agree(lambda x: fused_max_pool2d(x, 2, relu_first=first), lambda x: F.max_pool2d(F.relu(x) if first else x, 2), x, rtol=0, atol=0)

@pytest.mark.parametrize('shape', [(2, 3, 8, 8), (16, 33, 7, 9)])
def test_batch_norm(shape):
    C = shape[1]
    agree(lambda x, w, b: page.channel_norm_op(x, w, b, eps=1e-5), lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
          normal(*shape, scale=3) + np.float32(2), normal(C, seed=1), normal(C, seed=2), rtol=1e-4, atol=1e-4)

@pytest.mark.parametrize('kind', ['Adam', 'AdamW'])
@pytest.mark.parametrize('settings', [{}, dict(weight_decay=.2), dict(betas=(.5, .6), eps=1e-2), dict(amsgrad=True), dict(maximize=True)])
@pytest.mark.parametrize('fused', [True, False])
def test_adam_step_for_step(kind, settings, fused):
    shapes = [(40, 30), (30,), (3, 2, 5, 5)]
    mine, his = [Tensor(normal(*s, seed=i), requires_grad=True) for i, s in enumerate(shapes)], [torch.tensor(normal(*s, seed=i), requires_grad=True) for i, s in enumerate(shapes)]
    ours, theirs = dict(Adam=FusedAdam, AdamW=FusedAdamW)[kind](mine, lr=.01, **settings), getattr(torch.optim, kind)(his, lr=.01, fused=fused, **settings)
    for step in range(25):
        for i, (m, h) in enumerate(zip(mine, his)):
            m.grad = normal(*m.shape, seed=100*step + i)
            h.grad = torch.tensor(m.grad)
        ours.step(), theirs.step()
        for m, h in zip(mine, his): np.testing.assert_allclose(m.data, h.detach().numpy(), rtol=1e-4, atol=3e-6)
