"Attention against PyTorch: scaled_dot_product_attention on our and on op_db's inputs, MultiheadAttention with the same weights"
import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention as theirs

from tinytorch.core.attention import LayerCache, MultiHeadAttention, attention_weights, scaled_dot_product_attention
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor

def compare(arrays, tolerance, mask=None, is_causal=False, ours=scaled_dot_product_attention, **settings):
    "The results of both, and the gradients of all inputs for a random gradient of the result"
    mine, his = [Tensor(a.copy(), requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out = ours(*mine, mask, is_causal, **settings)
    seen = None if mask is None else torch.tensor(mask)
    if is_causal and mask is not None: seen, is_causal = seen & torch.ones(mask.shape[-2:], dtype=torch.bool).tril(), False  # theirs takes one of them
    expected = theirs(*his, attn_mask=seen, is_causal=is_causal, **settings)
    np.testing.assert_allclose(out.data, expected.detach().numpy(), tolerance, tolerance)
    g = np.random.default_rng(9).standard_normal(out.shape).astype(out.dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    for m, h in zip(mine, his): np.testing.assert_allclose(m.grad, h.grad.numpy(), 10*tolerance, 10*tolerance)

def qkv(lead, queries, keys, D, Dv, dtype):
    return [np.random.default_rng(i).standard_normal((*lead, n, d)).astype(dtype) for i, (n, d) in enumerate([(queries, D), (keys, D), (keys, Dv)])]

composed = lambda q, k, v, mask, is_causal: attention_weights(q, k, mask, is_causal) @ v

@pytest.mark.parametrize('ours', [scaled_dot_product_attention, composed], ids=['one op', 'composed'])
@pytest.mark.parametrize('dtype, tolerance', [(np.float64, 1e-10), (np.float32, 1e-5)])
@pytest.mark.parametrize('lead, queries, keys, D, Dv', [((), 3, 5, 4, 2), ((2,), 1, 1, 1, 1), ((2, 3), 7, 7, 8, 8), ((2, 4), 64, 64, 32, 32), ((1, 2), 1, 9, 4, 4)], ids=str)
def test_values_and_gradients(lead, queries, keys, D, Dv, dtype, tolerance, ours):
    arrays = qkv(lead, queries, keys, D, Dv, dtype)
    compare(arrays, tolerance, ours=ours)
    mask = np.random.default_rng(5).random((queries, keys)) < .5
    mask[:, 0] = True  # a row that sees nothing has a test of its own
    compare(arrays, tolerance, mask, ours=ours)
    if queries == keys:
        compare(arrays, tolerance, is_causal=True, ours=ours)
        compare(arrays, tolerance, mask, is_causal=True, ours=ours)

@pytest.mark.parametrize('size', [50, 70, 1e4])
def test_large_logits(size):
    q, k, v = qkv((2,), 5, 6, 4, 3, np.float64)
    compare([q*size, k, v], 1e-9)

@pytest.mark.parametrize('scale', [.1, 1., 3.])
def test_scale(scale):
    arrays, mask = qkv((2,), 4, 4, 4, 3, np.float64), np.random.default_rng(5).random((4, 4)) < .7
    mask[:, 0] = True
    for settings in {}, {'mask': mask}, {'is_causal': True}: compare(arrays, 1e-9, **settings, scale=scale)

def test_dropout_p_has_their_mean_and_spread():
    arrays = [a.repeat(300, 0) for a in qkv((1,), 3, 5, 4, 2, np.float64)]
    mine = scaled_dot_product_attention(*arrays, dropout_p=.3, rng=np.random.default_rng(0)).data
    torch.manual_seed(0)
    his = theirs(*map(torch.tensor, arrays), dropout_p=.3).numpy()
    np.testing.assert_allclose(mine.mean(0), his.mean(0), atol=.25)
    np.testing.assert_allclose(mine.std(0), his.std(0), rtol=.25)

def test_half_precision_is_as_near_as_theirs():
    arrays = [(a*20).astype(np.float16) for a in qkv((2, 3), 6, 6, 64, 64, np.float64)]
    exact = theirs(*[torch.tensor(a, dtype=torch.float64) for a in arrays]).numpy()
    mine, his = scaled_dot_product_attention(*arrays), theirs(*map(torch.tensor, arrays)).numpy()
    assert mine.dtype == np.float16 and np.abs(mine.data - exact).max() <= 2*np.abs(his - exact).max() + 1e-6

def test_a_row_that_sees_nothing():
    arrays, mask = qkv((2,), 3, 5, 4, 2, np.float64), np.ones((3, 5), bool)
    mask[1] = False
    compare(arrays, 1e-10, mask)

def test_fewer_queries_than_keys_meet_at_the_other_end():
    q, k, v = qkv((), 2, 4, 4, 3, np.float64)
    mine = scaled_dot_product_attention(q, k, v, is_causal=True).data
    his = theirs(*map(torch.tensor, (q, k, v)), is_causal=True).numpy()
    assert not np.allclose(mine, his)
    lower_right = torch.ones(2, 4, dtype=torch.bool).tril(2)
    np.testing.assert_allclose(mine, theirs(*map(torch.tensor, (q, k, v)), attn_mask=lower_right).numpy(), 1e-10, 1e-10)

def test_op_db_samples():
    from torch.testing._internal.common_methods_invocations import op_db
    info, = [op for op in op_db if op.name == 'nn.functional.scaled_dot_product_attention']
    compared, other = 0, 0
    for s in info.sample_inputs('cpu', torch.float64, requires_grad=False):
        q, k, v = s.input, *s.args
        mask, causal = s.kwargs.get('attn_mask'), s.kwargs.get('is_causal', False)
        unlike = s.kwargs.get('dropout_p') or mask is not None and mask.dtype != torch.bool or s.kwargs.get('enable_gqa')
        if unlike: other += 1; continue
        arrays, mask = [t.numpy() for t in (q, k, v)], None if mask is None else mask.numpy()
        if causal and q.shape[-2] != k.shape[-2]: mask, causal = np.tri(q.shape[-2], k.shape[-2], dtype=bool), False  # upper left, as theirs
        compare(arrays, 1e-10, mask, causal, scale=s.kwargs.get('scale'))
        compared += 1
    assert compared >= 12, f'{compared} samples compared, {other} use what we do not have (random dropout, float masks, grouped heads)'

def layers(D, H, dtype=np.float64, seed=0):
    "Ours and theirs, with the same weights"
    mine, his = MultiHeadAttention(D, H, rng=np.random.default_rng(seed)), torch.nn.MultiheadAttention(D, H, batch_first=True)
    his = his.to(torch.float64 if dtype == np.float64 else torch.float32)
    for p in mine.parameters(): p.data = p.data.astype(dtype)
    with torch.no_grad():
        his.in_proj_weight.copy_(torch.tensor(mine.qkv.weight.data.T)); his.in_proj_bias.copy_(torch.tensor(mine.qkv.bias.data))
        his.out_proj.weight.copy_(torch.tensor(mine.out.weight.data.T)); his.out_proj.bias.copy_(torch.tensor(mine.out.bias.data))
    return mine, his

@pytest.mark.parametrize('dtype, tolerance', [(np.float64, 1e-10), (np.float32, 2e-5)])
@pytest.mark.parametrize('B, T, D, H', [(1, 1, 4, 1), (2, 5, 6, 3), (3, 9, 8, 8), (2, 64, 128, 4)], ids=str)
@pytest.mark.parametrize('masked', ['', 'causal', 'random'])
@pytest.mark.parametrize('return_weights', [False, True])
def test_layer(B, T, D, H, dtype, tolerance, masked, return_weights):
    mine, his = layers(D, H, dtype)
    x, g = [np.random.default_rng(i).standard_normal((B, T, D)).astype(dtype) for i in (1, 2)]
    seen = {'': None, 'causal': np.tri(T, dtype=bool), 'random': np.random.default_rng(3).random((T, T)) < .6}[masked]
    if masked == 'random': np.fill_diagonal(seen, True)
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = mine(a, None if masked == 'causal' else seen, is_causal=masked == 'causal', return_weights=return_weights)
    hidden = None if seen is None else torch.tensor(~seen)  # True = may not attend, over there
    expected, weights = his(b, b, b, attn_mask=hidden, need_weights=return_weights, average_attn_weights=False)
    if return_weights:
        out, w = out
        np.testing.assert_allclose(w.data, weights.detach().numpy(), tolerance, tolerance)
    np.testing.assert_allclose(out.data, expected.detach().numpy(), tolerance, tolerance)
    out.backward(g)
    expected.backward(torch.tensor(g))
    close = lambda p, q: np.testing.assert_allclose(p, q.numpy(), 10*tolerance, 100*tolerance)
    close(a.grad, b.grad); close(mine.qkv.weight.grad, his.in_proj_weight.grad.T); close(mine.qkv.bias.grad, his.in_proj_bias.grad)
    close(mine.out.weight.grad, his.out_proj.weight.grad.T); close(mine.out.bias.grad, his.out_proj.bias.grad)

def test_cached_rows_are_theirs():
    mine, his = layers(12, 3)
    x, cache = np.random.default_rng(1).standard_normal((2, 10, 12)), LayerCache(2, 3, 10, 4, np.float64)
    with no_grad(): rows = np.concatenate([mine(x[:, t:t+1], cache=cache, is_causal=True).data for t in range(10)], 1)
    t = torch.tensor(x)
    expected, _ = his(t, t, t, attn_mask=~torch.ones(10, 10, dtype=torch.bool).tril(), need_weights=False)
    np.testing.assert_allclose(rows, expected.detach().numpy(), 1e-10, 1e-10)
