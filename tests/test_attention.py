"Attention: what the page has no room for"
import re
from copy import deepcopy

import numpy as np
import pytest


from tinytorch.core.attention import (LayerCache, MultiHeadAttention, as_mask, attend, attend_heads, attention_weights,
    causal_mask, split_heads, is_mild, row_sums, scaled_dot_product_attention)
from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.opcheck import check_op, samples
from tinytorch.core.layers import Dropout
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)

def qkv_of(lead=(), queries=3, keys=5, D=4, Dv=2, seed=0, dtype=np.float64):
    return [rng((seed, i)).standard_normal((*lead, n, d)).astype(dtype) for i, (n, d) in enumerate([(queries, D), (keys, D), (keys, Dv)])]

def by_hand(q, k, v, mask=None, is_causal=False):
    "The definition, one query at a time, in float64: keys that may not be attended are left out"
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    q,k,v = [np.broadcast_to(a, (*lead, *a.shape[-2:])).astype(np.float64) for a in (q, k, v)]
    Tq,Tk = q.shape[-2], k.shape[-2]
    seen = np.broadcast_to(True if mask is None else mask, (*lead, Tq, Tk))
    out, weights = np.zeros((*lead, Tq, v.shape[-1])), np.zeros((*lead, Tq, Tk))
    for i in np.ndindex(*lead, Tq):
        keys = [j for j in range(Tk) if seen[(*i, j)] and (not is_causal or j <= i[-1] + Tk - Tq)]
        if not keys: continue
        scores = np.array([q[i] @ k[(*i[:-1], j)] for j in keys])/np.sqrt(q.shape[-1])
        e = np.exp(scores - scores.max())
        weights[i][keys] = e/e.sum()
        out[i] = weights[i] @ v[i[:-1]]
    return out, weights

SETTINGS = [{}, {'is_causal': True}, {'mask': 'random'}, {'mask': 'random', 'is_causal': True}]
settings_of = pytest.mark.parametrize('settings', SETTINGS, ids=lambda s: '+'.join(s) or 'all')
SHAPES = [((), 3, 5), ((), 1, 1), ((2,), 5, 5), ((2, 3), 4, 7), ((2,), 5, 3), ((), 1, 6), ((), 6, 1), ((0,), 2, 2), ((2,), 0, 3), ((2,), 3, 0)]
shapes_of = pytest.mark.parametrize('lead, queries, keys', SHAPES, ids=str)

def real(settings, lead, queries, keys):
    "`settings` with a random mask that has an empty row"
    if settings.get('mask') != 'random': return dict(settings)
    mask = rng(9).random((*lead, queries, keys)) < .6
    mask[..., :1, :] = False
    return {**settings, 'mask': mask}

# values

@settings_of
@shapes_of
def test_all_versions_are_the_definition(lead, queries, keys, settings):
    settings = real(settings, lead, queries, keys)
    q, k, v = qkv_of(lead, queries, keys)
    out, weights = by_hand(q, k, v, **settings)
    tensors = [Tensor(a) for a in (q, k, v)]
    found = scaled_dot_product_attention(*tensors, **settings)
    assert found.shape == out.shape
    close(found, out, 1e-12, 1e-14); close(attend(*tensors, **settings), out, 1e-12, 1e-14)
    close(attention_weights(*tensors[:2], **settings), weights, 1e-12, 1e-14)

@pytest.mark.parametrize('leads', [((2, 1), (3,), (1, 3)), ((), (4,), ()), ((2, 3), (), (2, 1)), ((), (), (5,))], ids=str)
@settings_of
def test_leading_axes_broadcast(leads, settings):
    settings = real(settings, (), 3, 5)
    q, k, v = [qkv_of(lead, seed=i)[i] for i, lead in enumerate(leads)]
    close(scaled_dot_product_attention(Tensor(q), Tensor(k), Tensor(v), **settings), by_hand(q, k, v, **settings)[0], 1e-12, 1e-14)

@pytest.mark.parametrize('shape', [(3, 5), (1, 5), (3, 1), (1, 1), (5,), (1,), (), (2, 1, 3, 5), (1, 4, 1, 5), (2, 4, 3, 5), (4, 1, 1)], ids=str)
def test_masks_of_every_shape_that_broadcasts(shape):
    mask = np.asarray(rng(1).random(shape) < .6)
    q, k, v = qkv_of((2, 4))
    expected = by_hand(q, k, v, mask, True)[0]
    for given in mask, Tensor(mask): close(scaled_dot_product_attention(Tensor(q), Tensor(k), Tensor(v), given, True), expected, 1e-12, 1e-14)

def test_arrays_lists_and_mixtures():
    q, k, v = qkv_of(dtype=np.float32)
    expected = by_hand(q, k, v)[0]
    close(scaled_dot_product_attention(q, k, v), expected, 1e-4, 1e-5)
    close(scaled_dot_product_attention(q.tolist(), Tensor(k), v), expected, 1e-4, 1e-5)
    whole = [np.array([[1, 0]]), np.array([[1, 0], [0, 1]]), np.array([[1, 2], [3, 4]])]
    close(scaled_dot_product_attention(*whole), by_hand(*whole)[0], 1e-5)

@settings_of
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_dtype_stays_and_inputs_stay(dtype, settings):
    settings = real(settings, (), 3, 5)
    arrays = qkv_of(dtype=dtype)
    before = [a.copy() for a in arrays]
    mask = settings.get('mask')
    mask_before = None if mask is None else mask.copy()
    assert scaled_dot_product_attention(*map(Tensor, arrays), **settings).dtype == dtype
    assert all((a == b).all() for a, b in zip(arrays, before)) and (mask is None or (mask == mask_before).all())

def test_later_positions_do_not_reach_earlier_ones():
    q, k, v = qkv_of(queries=8, keys=8)
    before = scaled_dot_product_attention(q, k, v, is_causal=True).data
    for t in range(8):
        other_k, other_v = k.copy(), v.copy()
        other_k[t+1:] += 5; other_v[t+1:] = -3
        after = scaled_dot_product_attention(q, other_k, other_v, is_causal=True).data
        close(after[:t+1], before[:t+1], 1e-13, 1e-14)
        if t < 7: assert not np.allclose(after[t+1:], before[t+1:])

def test_fewer_queries_than_keys_are_the_last_rows():
    q, k, v = qkv_of((2,), queries=9, keys=9)
    whole = scaled_dot_product_attention(q, k, v, is_causal=True).data
    for n in range(1, 10): close(scaled_dot_product_attention(q[:, -n:], k, v, is_causal=True), whole[:, -n:], 1e-12, 1e-14)

# large numbers, empty rows

@settings_of
@pytest.mark.parametrize('dtype, tolerance', [(np.float32, 2e-3), (np.float64, 1e-9)])
@pytest.mark.parametrize('size', [59, 61, 100, 1e4])
def test_stable_at_large_logits(size, dtype, tolerance, settings):
    rows = np.sign(rng(3).standard_normal((4, 1))).astype(dtype)*size
    q, k, v = rows, rng(4).standard_normal((6, 1)).astype(dtype), rng(5).standard_normal((6, 2)).astype(dtype)
    k[0], k[1] = 1, -1
    settings = real(settings, (), 4, 6)
    leaves = [Tensor(a, requires_grad=True) for a in (q, k, v)]
    with np.errstate(all='raise', under='ignore'):
        out = scaled_dot_product_attention(*leaves, **settings)
        out.sum().backward()
    assert np.isfinite(out.data).all() and all(np.isfinite(t.grad).all() for t in leaves)
    close(out, by_hand(q, k, v, **settings)[0], tolerance, tolerance)

def test_the_road_without_a_shift_is_taken_only_when_safe():
    assert is_mild(np.array([59.9, -59.9], np.float32)) and not is_mild(np.array([60.1, 0], np.float32)) and not is_mild(np.array([0, -60.1]))
    assert not is_mild(np.array([np.nan, 0])) and not is_mild(np.array([np.inf, 0])) and not is_mild(np.zeros(0)) and not is_mild(np.zeros(3, np.float16))

def test_a_row_far_below_the_others_is_not_lost():
    q, k, v = np.array([[-100.], [100]], np.float32), np.array([[1.], [.99]], np.float32), np.array([[1.], [3]], np.float32)
    close(scaled_dot_product_attention(q, k, v), by_hand(q, k, v)[0], 1e-4)
    mask = np.array([[True, False], [True, True]])
    assert scaled_dot_product_attention(q, k, v, mask).data[0] == 1

@pytest.mark.parametrize('version', ['one op', 'composed', 'heads', 'layer'])
def test_empty_rows_give_zeros_and_zero_gradients(version):
    mask = np.ones((4, 4), bool)
    mask[1] = False
    if version in ('one op', 'composed'):
        leaves = [Tensor(a, requires_grad=True) for a in qkv_of((2,), 4, 4)]
        out = scaled_dot_product_attention(*leaves, mask) if version == 'one op' else attention_weights(*leaves[:2], mask) @ leaves[2]
        assert not out.data[:, 1].any()
        out.sum().backward()
        assert all(np.isfinite(t.grad).all() for t in leaves) and not leaves[0].grad[:, 1].any() and leaves[0].grad[:, 0].any()
    elif version == 'heads':
        leaf = Tensor(rng().standard_normal((2, 4, 12)), requires_grad=True)
        out = attend_heads(leaf, num_heads=2, mask=mask)
        assert not out.data[:, 1].any()
        out.sum().backward()
        assert np.isfinite(leaf.grad).all() and not leaf.grad[:, 1, :4].any() and leaf.grad[:, 1, 4:].any()
    else:
        layer, x = MultiHeadAttention(6, 2, rng=rng()), Tensor(rng().standard_normal((2, 4, 6)), requires_grad=True)
        for weights in False, True:
            out = layer(x, mask, return_weights=weights)
            out = out[0] if weights else out
            close(out.data[:, 1], np.tile(layer.out.bias.data, (2, 1)))
            out.sum().backward()
            assert np.isfinite(x.grad).all() and all(np.isfinite(p.grad).all() for p in layer.parameters())

def test_everything_masked_has_no_gradient_at_all():
    leaves = [Tensor(a, requires_grad=True) for a in qkv_of()]
    scaled_dot_product_attention(*leaves, np.zeros((3, 5), bool)).sum().backward()
    assert not any(t.grad.any() for t in leaves)

# gradients

@settings_of
@shapes_of
def test_gradients(lead, queries, keys, settings):
    settings = real(settings, lead, queries, keys)
    assert gradcheck(lambda q, k, v: scaled_dot_product_attention(q, k, v, **settings), *qkv_of(lead, queries, keys))
    assert gradcheck(lambda q, k, v: attention_weights(q, k, **settings) @ v, *qkv_of(lead, queries, keys))

@settings_of
@pytest.mark.parametrize('return_weights', [False, True])
def test_gradients_of_the_layer(settings, return_weights):
    settings = real(settings, (2, 1), 4, 4)
    layer, x = MultiHeadAttention(6, 3, rng=rng()), rng(1).standard_normal((2, 4, 6))
    def f(x, *arrays):
        layer.qkv.weight, layer.qkv.bias, layer.out.weight, layer.out.bias = arrays
        if not return_weights: return layer(x, **settings)
        y, w = layer(x, return_weights=True, **settings)
        return y.sum() + (w*w).sum()  # a loss may be made of the weights too
    assert gradcheck(f, x, *[p.data for p in layer.parameters()], rtol=1e-4)

@pytest.mark.parametrize('operation', [attend, attend_heads], ids=lambda o: o.__name__)
def test_ops_obey_the_laws(operation):
    assert check_op(operation) == len(samples[operation]) >= 8

def test_large_gradcheck_off_the_mild_road():
    q, k, v = qkv_of()
    assert gradcheck(lambda q, k, v: scaled_dot_product_attention(q*60, k, v, is_causal=True), q, k, v, rtol=1e-3, atol=1e-5)

def test_only_what_wants_a_gradient_gets_one():
    q, k, v = [Tensor(a) for a in qkv_of()]
    v.requires_grad = True
    scaled_dot_product_attention(q, k, v).sum().backward()
    assert q.grad is None and k.grad is None and v.grad.any()

@pytest.mark.parametrize('shape', [(4,), (2, 3), (2, 5, 1), (3, 0)])
def test_row_sums(shape):
    if len(shape) < 2: shape = (1, *shape)
    a = rng().random(shape)
    close(row_sums(a), a.sum(-1, keepdims=True), 1e-12)

# errors

@pytest.mark.parametrize('shapes, words', [
    (((3, 4), (5, 3), (5, 2)), 'q (3, 4), k (5, 3), v (5, 2) do not fit; expected q (…, Tq, D), k (…, Tk, D), v (…, Tk, Dv)'),
    (((3, 4), (5, 4), (6, 2)), 'k (5, 4), v (6, 2) do not fit'),
    (((2, 3, 4), (3, 5, 4), (3, 5, 2)), 'with leading axes that broadcast'),
    (((4,), (5, 4), (5, 2)), 'q (4,)'), (((3, 4), (4,), (5, 2)), 'k (4,)')])
def test_shapes_that_do_not_fit(shapes, words):
    with pytest.raises(ValueError, match=re.escape(words)): scaled_dot_product_attention(*[Tensor(np.ones(s)) for s in shapes])

@pytest.mark.parametrize('shape', [(5, 3), (3, 4), (2, 3, 5), (4, 3, 5), (7,)])
@pytest.mark.parametrize('f', [scaled_dot_product_attention, lambda q, k, v, mask: attention_weights(q, k, mask)])
def test_masks_that_do_not_fit(f, shape):
    q, k, v = map(Tensor, qkv_of())
    with pytest.raises(ValueError, match=re.escape(f'mask {shape} does not broadcast to the scores (3, 5)')): f(q, k, v, np.ones(shape, bool))

@pytest.mark.parametrize('mask', [np.zeros((3, 5)), np.ones((3, 5), int), np.full((3, 5), -np.inf), Tensor(np.ones((3, 5)))])
def test_masks_that_are_no_booleans(mask):
    q, k, v = qkv_of()
    with pytest.raises(TypeError, match='True = may attend, got .*; write mask != 0'): scaled_dot_product_attention(q, k, v, mask)
    assert as_mask(None, (3, 5)) is None

@pytest.mark.parametrize('sizes, words', [((10, 3), 'embed_dim=10 is not divisible by num_heads=3'), ((8, 0), 'num_heads=0'), ((8, -2), 'num_heads=-2'), ((4, 8), 'num_heads=8')])
def test_heads_that_do_not_divide(sizes, words):
    with pytest.raises(ValueError, match=words): MultiHeadAttention(*sizes)

def test_layer_errors():
    layer = MultiHeadAttention(6, 2, rng=rng())
    with pytest.raises(ValueError, match=re.escape('x has shape (4, 6); expected (B, T, 6)')): layer(np.ones((4, 6)))
    with pytest.raises(ValueError, match='x has 5 features'): layer(np.ones((2, 4, 5)))
    with pytest.raises(ValueError, match=re.escape('mask (2, 4, 4) has three axes; is the first the batch or the heads?')): layer(np.ones((2, 4, 6)), np.ones((2, 4, 4), bool))
    with pytest.raises(ValueError, match=re.escape('mask (4, 3) does not broadcast to the scores (2, 2, 4, 4)')): layer(np.ones((2, 4, 6)), np.ones((4, 3), bool))
    with pytest.raises(ValueError, match=re.escape('qkv (2, 3, 8) cannot be cut')): attend_heads(Tensor(np.ones((2, 3, 8))), num_heads=2)

# the layer

@settings_of
@pytest.mark.parametrize('B, T, D, H', [(1, 1, 4, 1), (2, 5, 6, 3), (3, 4, 8, 8), (2, 0, 4, 2), (0, 3, 4, 2)], ids=str)
def test_layer_is_the_definition_head_by_head(B, T, D, H, settings):
    settings = real(settings, (B, H), T, T)
    layer, x = MultiHeadAttention(D, H, rng=rng()), Tensor(rng(1).standard_normal((B, T, D)))
    q, k, v = np.split(layer.qkv(x).data, 3, axis=-1)
    d, heads, weights = D//H, [], []
    for h in range(H):
        part = np.s_[:, :, h*d:(h + 1)*d]
        mask = settings.get('mask')
        o, w = by_hand(q[part], k[part], v[part], None if mask is None else mask[:, h], settings.get('is_causal', False))
        heads.append(o); weights.append(w)
    expected = layer.out(Tensor(np.concatenate(heads, -1))).data
    y, w = layer(x, return_weights=True, **settings)
    for found in layer(x, **settings), y: close(found, expected, 1e-10, 1e-12)
    assert w.shape == (B, H, T, T)
    close(w, np.stack(weights, 1), 1e-10, 1e-12)

def test_names_and_text():
    layer = MultiHeadAttention(8, 2, dropout=.1)
    assert [(n, t.shape) for n, t in layer.named_parameters()] == [('qkv.weight', (8, 24)), ('qkv.bias', (24,)), ('out.weight', (8, 8)), ('out.bias', (8,))]
    assert layer.count_parameters() == 4*8*8 + 4*8 and 'Dropout(p=0.1)' in repr(layer) and (layer.embed_dim, layer.num_heads) == (8, 2)
    assert 'MultiHeadAttention' in layer.summary((1, 3, 8)) or 'Linear' in layer.summary((1, 3, 8))

def test_seeded_and_copied():
    x = rng().standard_normal((2, 3, 8))
    a, b = MultiHeadAttention(8, 2, dropout=.5, rng=rng(1)), MultiHeadAttention(8, 2, dropout=.5, rng=rng(1))
    twin = deepcopy(a)
    assert (a(x).data == b(x).data).all()
    assert (a(x).data == b(x).data).all() and not (a(x).data == a(x).data).all()
    twin.qkv.weight.data += 1
    assert not (twin.qkv.weight.data == a.qkv.weight.data).any()

def test_positions_without_a_mask_are_interchangeable():
    layer, x, order = MultiHeadAttention(8, 2, rng=rng()), rng(1).standard_normal((2, 6, 8)), rng(2).permutation(6)
    close(layer(x[:, order]), layer(x).data[:, order], 1e-10, 1e-12)

# dropout

def test_dropout_falls_on_the_weights():
    q, k, v = qkv_of((2,), 4, 6)
    drop = Dropout(.5, rng=rng())
    dropout_mask = deepcopy(drop)(Tensor(np.ones((2, 4, 6)))).data
    _, w = by_hand(q, k, v)
    close(scaled_dot_product_attention(q, k, v, dropout=drop), (w*dropout_mask) @ v, 1e-12)
    close(scaled_dot_product_attention(q, k, v, dropout=drop.eval()), w @ v, 1e-12)
    close(scaled_dot_product_attention(q, k, v, dropout=Dropout(0)), w @ v, 1e-12)
    assert not scaled_dot_product_attention(q, k, v, dropout=Dropout(1)).data.any()

def test_dropout_of_the_layer_is_the_same_both_ways():
    a, x = MultiHeadAttention(8, 2, dropout=.4, rng=rng()), Tensor(rng(1).standard_normal((2, 5, 8)), requires_grad=True)
    b, other = deepcopy(a), Tensor(x.data.copy(), requires_grad=True)
    one, (two, _) = a(x, is_causal=True), b(other, is_causal=True, return_weights=True)
    close(one, two, 1e-12, 1e-14)
    one.sum().backward(); two.sum().backward()
    close(x.grad, other.grad, 1e-10, 1e-12)
    for p, q in zip(a.parameters(), b.parameters()): close(p.grad, q.grad, 1e-5, 1e-6)

def test_dropout_with_a_cache():
    layer, x, cache = MultiHeadAttention(8, 2, dropout=1, rng=rng()), Tensor(rng(1).standard_normal((2, 3, 8)).astype(np.float32)), LayerCache(2, 2, 6, 4)
    with no_grad():
        close(layer(x, cache=cache), np.tile(layer.out.bias.data, (2, 3, 1)))
        assert not np.allclose(layer.eval()(x, cache=cache).data, layer.out.bias.data)

def test_gradient_with_dropout():
    layer, x = MultiHeadAttention(6, 2, dropout=.5, rng=rng()), rng(1).standard_normal((1, 4, 6))
    state = layer.dropout.rng.bit_generator.state
    def f(x):
        layer.dropout.rng.bit_generator.state = state
        return layer(x, is_causal=True)
    assert gradcheck(f, x)

# cache

def random_cuts(T, seed):
    inner = np.flatnonzero(rng(seed).random(T - 1) < .5) + 1 if T > 1 else []
    return [0, *map(int, inner), T]

@pytest.mark.parametrize('seed', range(25))
def test_cached_is_uncached_row_by_row(seed):
    g = rng(seed)
    H, d, B, T = (int(g.integers(1, n)) for n in (5, 6, 4, 14))
    layer = MultiHeadAttention(H*d, H, rng=g)
    for p in layer.parameters(): p.data = p.data.astype(np.float64)*3
    x = Tensor(g.standard_normal((B, T, H*d)))
    mask = g.random((B, 1, T, T)) < .7 if seed % 2 else None
    cache = LayerCache(B, H, T + seed % 3, d, np.float64)
    whole, weights = layer(x, mask, return_weights=True, is_causal=True)
    with no_grad():
        for a, b in zip(random_cuts(T, seed), random_cuts(T, seed)[1:]):
            part, w = layer(x[:, a:b], None if mask is None else mask[:, :, a:b, :b], cache, True, is_causal=True)
            assert len(cache) == b and w.shape == (B, H, b - a, b)
            close(part, whole.data[:, a:b], 1e-12, 1e-13)
            close(w, weights.data[:, :, a:b, :b], 1e-12, 1e-13)

def test_cached_is_uncached_in_float32():
    layer, x, cache = MultiHeadAttention(32, 4, rng=rng()), Tensor(rng(1).standard_normal((2, 20, 32)).astype(np.float32)), LayerCache(2, 4, 20, 8)
    with no_grad():
        rows = [layer(x[:, t:t+1], cache=cache, is_causal=True).data for t in range(20)]
        close(np.concatenate(rows, 1), layer(x, is_causal=True), 1e-4, 1e-5)
    assert rows[0].dtype == np.float32

def test_any_object_with_append_and_len_is_a_cache():
    class Joining:
        def __init__(self): self.k = self.v = None
        def __len__(self): return 0 if self.k is None else self.k.shape[2]
        def append(self, k, v):
            self.k = k.copy() if self.k is None else np.concatenate([self.k, k], 2)
            self.v = v.copy() if self.v is None else np.concatenate([self.v, v], 2)
            return self.k, self.v
    layer, x, cache = MultiHeadAttention(6, 2, rng=rng()), Tensor(rng(1).standard_normal((2, 7, 6))), Joining()
    with no_grad():
        rows = [layer(x[:, t:t+1], cache=cache, is_causal=True).data for t in range(7)]
        close(np.concatenate(rows, 1), layer(x, is_causal=True), 1e-12, 1e-13)

def test_append_gives_views_and_leaves_the_past_alone():
    cache, k = LayerCache(2, 3, 6, 4), rng().random((2, 3, 6, 4), np.float32)
    k1, v1 = cache.append(k[:, :, :2], -k[:, :, :2])
    before = k1.copy()
    k2, v2 = cache.append(k[:, :, 2:5], -k[:, :, 2:5])
    assert k1.base is not None and np.shares_memory(k1, k2) and np.shares_memory(v1, v2) and not np.shares_memory(k2, v2)
    assert (k1 == before).all() and k2.shape == (2, 3, 5, 4) and (k2 == k[:, :, :5]).all() and (v2 == -k[:, :, :5]).all()
    cache.append(k[:, :, :0], k[:, :, :0])
    assert len(cache) == 5

@pytest.mark.parametrize('coming', [1, 4])
def test_a_full_cache_says_so_and_stays_as_it_was(coming):
    cache, k = LayerCache(1, 2, 3, 4), np.ones((1, 2, 3, 4), np.float32)
    cache.append(k, k)
    more = np.ones((1, 2, coming, 4), np.float32)
    with pytest.raises(ValueError, match=f'3 positions are held and {coming} come, {3 + coming} in all, but there is room for 3'): cache.append(more, more)
    assert len(cache) == 3 and (cache.keys == 1).all()

def test_cache_misfits():
    cache, ones = LayerCache(2, 3, 9, 4), lambda *shape: np.ones(shape, np.float32)
    for k, v in [(ones(1, 3, 2, 4), ones(1, 3, 2, 4)), (ones(2, 1, 2, 4), ones(2, 1, 2, 4)), (ones(2, 3, 2, 1), ones(2, 3, 2, 1)), (ones(2, 3, 2, 4), ones(2, 3, 1, 4))]:
        with pytest.raises(ValueError, match=re.escape('expected (2, 3, T, 4), batch, heads, positions, features')): cache.append(k, v)
    with pytest.raises(TypeError, match='keys are float64, the cache holds float32; make it with dtype=np.float64'): cache.append(np.ones((2, 3, 2, 4)), np.ones((2, 3, 2, 4)))
    assert len(cache) == 0

def test_gradients_and_a_cache_exclude_each_other():
    layer, x, cache = MultiHeadAttention(6, 2, rng=rng()), np.ones((1, 1, 6), np.float32), LayerCache(1, 2, 4, 3)
    with pytest.raises(RuntimeError, match=re.escape('decode inside no_grad()')): layer(x, cache=cache)
    assert len(cache) == 0
    for p in layer.parameters(): p.requires_grad = False
    layer(x, cache=cache)
    with pytest.raises(RuntimeError, match='gradients'): layer(Tensor(x, requires_grad=True), cache=cache)
    with no_grad(): layer(Tensor(x, requires_grad=True), cache=cache)
    assert len(cache) == 2

def test_an_error_leaves_the_cache_as_it_was():
    layer, cache = MultiHeadAttention(6, 2, rng=rng()), LayerCache(1, 2, 4, 3)
    with no_grad():
        layer(np.ones((1, 2, 6), np.float32), cache=cache)
        with pytest.raises(ValueError, match=re.escape('mask (1, 2) does not broadcast to the scores (1, 2, 1, 3)')):
            layer(np.ones((1, 1, 6), np.float32), np.ones((1, 2), bool), cache)
        with pytest.raises(ValueError, match='three axes'): layer(np.ones((1, 1, 6), np.float32), np.ones((1, 1, 3), bool), cache)
    assert len(cache) == 2

def test_decoding_makes_no_recipe():
    layer, cache = MultiHeadAttention(6, 2, rng=rng()), LayerCache(1, 2, 4, 3)
    with no_grad(): out, w = layer(np.ones((1, 1, 6), np.float32), cache=cache, return_weights=True)
    assert out.recipe is None and w.recipe is None and not out.requires_grad

# what the op keeps

def test_one_array_of_weights_is_kept():
    leaf = Tensor(rng().standard_normal((2, 8, 24)), requires_grad=True)
    out = attend_heads(leaf, num_heads=2, is_causal=True)
    w, kept_out = out.recipe.out
    assert w.shape == (2, 2, 8, 8) and kept_out is out.data and out.recipe.inputs[0] is leaf.data

def test_heads_are_views():
    numbers = rng().random((2, 3, 12))
    assert all(np.shares_memory(a, numbers) for a in split_heads(numbers, 2))
    assert (causal_mask(4, 4) == np.tri(4, dtype=bool)).all() and causal_mask(0, 3).shape == (0, 3)

# learning

def test_it_learns_to_look_up():
    g = rng()
    layer = MultiHeadAttention(16, 1, rng=g)
    optimizer = Adam(layer.parameters(), lr=.01)
    def batch(n):
        x = g.standard_normal((n, 6, 16)).astype(np.float32)
        which = g.integers(0, 5, n)
        x[np.arange(n), 5, :8], x[:, 5, 8:] = x[np.arange(n), which, :8]*2, 0
        return x, x[np.arange(n), which, 8:]
    def loss_of(n):
        x, goal = batch(n)
        apart = layer(Tensor(x))[:, -1, 8:] - Tensor(goal)
        return (apart*apart).mean()
    first = loss_of(500).item()
    for _ in range(300):
        optimizer.zero_grad()
        loss = loss_of(64)
        loss.backward()
        optimizer.step()
    assert loss_of(500).item() < .6*first  # the mean of the five would reach .8

# half precision and whole numbers

def half_inputs(lead=(2,), queries=4, keys=6, D=64, scale=160):
    "float16 whose scores, in float16, would be infinite"
    return [(a*scale).astype(np.float16) for a in qkv_of(lead, queries, keys, D, D)]

@settings_of
def test_half_precision_is_the_definition(settings):
    settings = real(settings, (2,), 4, 6)
    arrays = half_inputs()
    with np.errstate(over='ignore'): assert np.isinf(arrays[0] @ arrays[1].swapaxes(-1, -2)).any()
    out, weights = by_hand(*arrays, **settings)
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    found, w = scaled_dot_product_attention(*leaves, **settings), attention_weights(*leaves[:2], **settings)
    assert found.dtype == w.dtype == np.float16
    close(found, out, 1e-3, .5); close(w, weights, 1e-3, 1e-3)
    found.sum().backward()
    exact = [Tensor(a.astype(np.float64), requires_grad=True) for a in arrays]
    scaled_dot_product_attention(*exact, **settings).sum().backward()
    for a, b in zip(leaves, exact):
        assert a.grad.dtype == np.float16
        close(a.grad, b.grad, 5e-3, .02)

@settings_of
@pytest.mark.parametrize('cached', [False, True])
def test_layer_in_half_precision(settings, cached):
    settings = real(settings, (2, 1), 4, 4)
    layer, x = MultiHeadAttention(64, 2, rng=rng()), (rng(1).standard_normal((2, 4, 64))*8).astype(np.float16)
    for p in layer.parameters(): p.data = p.data.astype(np.float16)
    exact = deepcopy(layer)
    for p in exact.parameters(): p.data = p.data.astype(np.float64)
    with no_grad():
        cache = LayerCache(2, 2, 4, 32, np.float16) if cached else None
        y, w = layer(x, settings.get('mask'), cache, True, is_causal=settings.get('is_causal', False))
        expected, weights = exact(x.astype(np.float64), settings.get('mask'), None, True, is_causal=settings.get('is_causal', False))
    assert y.dtype == w.dtype == np.float16 and np.isfinite(w.data).all()
    close(w, weights, .05, .05); close(y, expected, .05, .5)
    if 'mask' in settings: assert not w.data[:, :, 0].any()  # the row that may attend nothing

def test_gradient_of_an_empty_row_is_zero_even_from_infinity():
    mask = np.array([[True, True], [False, False]])
    for weigh in lambda *a: attention_weights(*a[:2], mask) @ a[2], lambda *a: scaled_dot_product_attention(*a, mask):
        leaves = [Tensor(a, requires_grad=True) for a in qkv_of((), 2, 2)]
        weigh(*leaves).sum().backward()
        assert all(np.isfinite(t.grad).all() for t in leaves) and not leaves[0].grad[1].any()
    q = Tensor(qkv_of((), 2, 2)[0], requires_grad=True)
    attention_weights(q, qkv_of((), 2, 2)[1], mask).backward(np.array([[1., 2], [np.inf, np.inf]]))
    assert np.isfinite(q.grad[0]).all()

@pytest.mark.parametrize('way', ['plain', 'with weights', 'cached'])
def test_layer_in_half_precision_with_scores_that_are_none(way):
    layer, x = MultiHeadAttention(2, 1, rng=rng()), np.eye(2, dtype=np.float16)[None]
    for p in layer.parameters(): p.data = np.zeros(p.shape, np.float16)
    layer.qkv.weight.data[:] = np.hstack([400*np.eye(2)]*3)  # scores of 113,137 on the diagonal
    layer.out.weight.data[:] = np.eye(2)
    cache = LayerCache(1, 1, 2, 2, np.float16) if way == 'cached' else None
    with no_grad(): y = layer(x, None, cache, way != 'plain')
    if way != 'plain':
        y, w = y
        close(w, [[np.eye(2)]])
    close(y, [400*np.eye(2)])

def test_empty_rows_do_not_pass_through_nan():
    mask = np.array([[True, False], [False, False]])
    with np.errstate(all='raise', under='ignore'):
        q, k, _ = [Tensor(a, requires_grad=True) for a in qkv_of((), 2, 2)]
        attention_weights(q, k, mask).sum().backward()
    assert np.isfinite(q.grad).all() and np.isfinite(k.grad).all()

@pytest.mark.parametrize('whole', [(0,), (1,), (2,), (0, 1), (0, 1, 2)], ids=str)
@pytest.mark.parametrize('kind', [np.int32, np.int64])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_whole_numbers_take_the_dtype_of_the_floating_ones(whole, kind, dtype):
    arrays = [(a*3).astype(kind) if i in whole else a.astype(dtype) for i, a in enumerate(qkv_of())]
    leaves = [Tensor(a, requires_grad=a.dtype.kind == 'f') for a in arrays]
    out = scaled_dot_product_attention(*leaves)
    assert out.dtype == (np.float32 if len(whole) == 3 else dtype)
    close(out, by_hand(*arrays)[0], 1e-4, 1e-5)
    if len(whole) == 3: return
    out.sum().backward()
    assert all(t.grad.dtype == dtype for t in leaves if t.requires_grad)

# scale, dropout_p

@settings_of
@pytest.mark.parametrize('scale', [0., .3, -1., 2])
def test_scale(settings, scale):
    settings = real(settings, (2,), 3, 5)
    q, k, v = qkv_of((2,))
    expected, weights = by_hand(q*scale*2, k, v, **settings)  # 1/√4 is ½
    close(scaled_dot_product_attention(q, k, v, scale=scale, **settings), expected, 1e-10, 1e-12)
    close(attention_weights(Tensor(q), Tensor(k), scale=scale, **settings), weights, 1e-10, 1e-12)
    assert gradcheck(lambda *a: scaled_dot_product_attention(*a, scale=scale, **settings), q, k, v)

def test_no_features():
    q, k, v = np.ones((3, 0)), np.ones((5, 0)), np.ones((5, 2))
    with pytest.raises(ValueError, match='D = 0'): scaled_dot_product_attention(q, k, v)
    with pytest.raises(ValueError, match='D = 0'): attention_weights(Tensor(q), Tensor(k))
    close(scaled_dot_product_attention(q, k, v, scale=1.), np.ones((3, 2)))
    with pytest.raises(ValueError, match='embed_dim=0'): MultiHeadAttention(0, 1)

def test_dropout_p():
    q, k, v = qkv_of((2,), 4, 6)
    one, two, three = [scaled_dot_product_attention(q, k, v, dropout_p=.5, rng=rng(seed)).data for seed in (1, 1, 2)]
    assert (one == two).all() and (one != three).any()
    _, w = by_hand(q, k, v)
    close(one, (w*Dropout(.5, rng=rng(1))(Tensor(np.ones((2, 4, 6)))).data) @ v, 1e-12)
    many = [scaled_dot_product_attention(q, k, v, dropout_p=.2, rng=rng(seed)).data for seed in range(400)]
    assert np.abs(np.mean(many, 0) - w @ v).max() < .2
    close(scaled_dot_product_attention(q, k, v, dropout_p=0.), w @ v, 1e-12)

@pytest.mark.parametrize('settings, words', [
    (dict(dropout=.1), 'dropout is a Dropout layer, got 0.1; for a probability say dropout_p='),
    (dict(dropout=Dropout(.1), dropout_p=.1), 'not both'), (dict(is_causal=.1), 'is_causal is True or False, got 0.1'), (dict(is_causal=None), 'is_causal')])
def test_settings_of_another_type(settings, words):
    with pytest.raises(TypeError, match=f'scaled_dot_product_attention: .*{words}'): scaled_dot_product_attention(*qkv_of(), **settings)

def test_shape_errors_also_with_dropout():
    with pytest.raises(ValueError, match='do not fit'): scaled_dot_product_attention(np.ones((2, 3, 4)), np.ones((3, 5, 4)), np.ones((3, 5, 2)), dropout_p=.5)

# going back

def test_truncate():
    layer, x, cache = MultiHeadAttention(6, 2, rng=rng()), Tensor(rng(1).standard_normal((1, 9, 6)).astype(np.float32)), LayerCache(1, 2, 9, 3)
    with no_grad():
        layer(x[:, :3], cache=cache, is_causal=True)
        layer(x[:, 5:], cache=cache, is_causal=True)
        cache.truncate(3)
        assert len(cache) == 3
        close(layer(x[:, 3:], cache=cache, is_causal=True), layer(x, is_causal=True).data[:, 3:], 1e-4, 1e-5)
    for length in -1, 10:
        with pytest.raises(ValueError, match=f'{length} positions, 9 are held'): cache.truncate(length)
    assert len(cache) == 9

def test_sizes_of_heads_are_whole_numbers():
    for sizes in ((4., 2), (4, 2.), ('4', 2)):
        with pytest.raises(TypeError, match='MultiHeadAttention: sizes are whole numbers'): MultiHeadAttention(*sizes)
