"Norm, block, GPT, and that writing with a cache is the same writing"
import math
from copy import deepcopy

import numpy as np
import pytest

from tinytorch.core.attention import LayerCache
from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.layers import Dropout, Sequential, evaluating
from tinytorch.core.opcheck import check_op
from tinytorch.core.losses import cross_entropy
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import (GPT, LayerNorm, MLP, TransformerBlock, layer_norm, norm_last, sample_token, standardize,
    standardize_row, tied_logits)
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def array(*shape, seed=0, dtype=np.float32): return rng(seed).standard_normal(shape).astype(dtype)
def in_double(model):
    for p in model.parameters(): p.data = p.data.astype(np.float64)
    return model

def lively(seed, vocabulary=None, layers=None, heads=None, width=None, positions=None, dtype=np.float32, **settings):
    "A random GPT whose scores are far apart: weights of deviation 0.3, norms and biases off their start"
    r = rng(seed)
    heads = heads or int(r.integers(1, 5))
    model = GPT(vocabulary or int(r.integers(2, 40)), heads*(width or int(r.integers(1, 9))), layers or int(r.integers(1, 4)), heads, positions or int(r.integers(2, 25)), rng=r, **settings)
    for p in model.parameters(): p.data = (p.data*(.3/.02 if p.ndim > 1 else 1) + .3*r.standard_normal(p.shape)*(p.ndim == 1)).astype(dtype)
    return model

# layer norm

def normed(x, weight, bias, **settings): return layer_norm(x, weight.shape, weight, bias, **settings)

@pytest.mark.parametrize('shape', [(5,), (1, 5), (7, 5), (2, 3, 5), (1, 1, 5), (0, 5), (2, 0, 5), (3, 1)])
def test_norm_of_every_leading_shape(shape):
    x, weight, bias = array(*shape, dtype=np.float64), array(shape[-1], seed=1, dtype=np.float64), array(shape[-1], seed=2, dtype=np.float64)
    out = normed(Tensor(x), Tensor(weight), Tensor(bias), eps=.1)
    expected = (x - x.mean(-1, keepdims=True))/np.sqrt(x.var(-1, keepdims=True) + .1)*weight + bias
    assert out.shape == shape
    close(out, expected, atol=1e-12)

@pytest.mark.parametrize('operation', [norm_last, tied_logits])
def test_ops_obey_the_laws(operation): assert check_op(operation) >= 5

@pytest.mark.parametrize('shape', [(2, 3), (3,), (4, 2, 3)])
def test_norm_over_several_axes(shape):
    x = array(5, 4, 2, 3, dtype=np.float64)
    norm = in_double(LayerNorm(shape))
    norm.weight.data[...], norm.bias.data[...] = array(*shape, seed=1), array(*shape, seed=2)
    axes = tuple(range(-len(shape), 0))
    close(norm(Tensor(x)), (x - x.mean(axes, keepdims=True))/np.sqrt(x.var(axes, keepdims=True) + 1e-5)*norm.weight.data + norm.bias.data, atol=1e-12)
    assert gradcheck(normed, x[0, :4], norm.weight.data, norm.bias.data)

def test_norm_of_a_constant_row_is_its_bias_and_of_a_large_offset_still_right():
    norm = LayerNorm(8)
    assert not norm(Tensor(np.full((3, 8), 1e4, np.float32))).data.any() and not norm(Tensor(np.full(8, -7., np.float32))).data.any()
    x = array(4, 64) + 1000
    close(LayerNorm(64)(Tensor(x)), LayerNorm(64)(Tensor(x.astype(np.float64))), atol=2e-3)

def test_nan_stays_in_its_row():
    x = array(3, 4)
    x[1, 2] = np.nan
    out = LayerNorm(4)(Tensor(x)).data
    assert np.isnan(out[1]).all() and np.isfinite(out[[0, 2]]).all()

def test_one_row_and_many_rows_agree():
    x = array(6, 16)
    y, scale = standardize(x, 1e-5)
    for row, a, b in zip(x, y, scale):
        one, s = standardize_row(row, 1e-5)
        close(one, a, rtol=1e-5, atol=1e-6); close(s, b[0], rtol=1e-5)
        assert one.dtype == np.float32 and not np.shares_memory(one, row)

def test_dtypes_of_norm():
    w32, w64 = np.ones(4, np.float32), np.ones(4)
    for x in (array(4), array(3, 4), np.arange(4), np.arange(8).reshape(2, 4)):
        assert normed(Tensor(x), Tensor(w32), Tensor(w32)).dtype == np.float32
        assert normed(Tensor(x), Tensor(w32), Tensor(w64)).dtype == np.float64
        assert normed(Tensor(x), Tensor(w64), Tensor(w32)).dtype == np.float64
    assert normed(Tensor(array(3, 4, dtype=np.float64)), Tensor(w32), Tensor(w32)).dtype == np.float64

@pytest.mark.parametrize('shapes, words', [
    (((2, 5), (4,), (4,)), r'x has 5 features \(shape \(2, 5\)\) but the weight has 4; make it LayerNorm\(5\)'),
    (((2, 1), (4,), (4,)), 'x has 1 features'), (((2, 4), (1,), (1,)), 'but the weight has 1'), (((), (4,), (4,)), 'x has no features'),
    (((2, 4), (4,), (1,)), r'weight has shape \(4,\) and bias \(1,\)'), (((2, 4), (), ()), 'at least 1, got'),
    (((2, 3), (3, 2), (3, 2)), r'x has shape \(2, 3\) and the weight \(3, 2\)'), (((3,), (2, 3), (2, 3)), 'the last axes of x')])
def test_norm_errors(shapes, words):
    with pytest.raises(ValueError, match=words): normed(*[Tensor(np.ones(s)) for s in shapes])

@pytest.mark.parametrize('shape', [4, (3, 4)])
@pytest.mark.parametrize('settings, names', [({}, ['weight', 'bias']), ({'bias': False}, ['weight']), ({'elementwise_affine': False}, [])])
def test_norm_without_weights(shape, settings, names):
    norm, x = LayerNorm(shape, **settings), array(2, 3, 4)
    assert [name for name, _ in norm.named_parameters()] == names == list(norm.state_dict())
    for p in norm.parameters(): p.data[...] = 2
    expected = LayerNorm(shape)(Tensor(x)).data*(2 if 'weight' in names else 1) + (2 if 'bias' in names else 0)
    close(norm(Tensor(x)), expected, rtol=1e-4, atol=1e-5)
    for dtype in np.float16, np.float64: assert norm(Tensor(x.astype(dtype))).dtype == (dtype if not names else np.promote_types(dtype, np.float32))

def test_layer_norm_takes_what_pytorchs_takes():
    x, w, b = array(2, 4), array(4, seed=1), array(4, seed=2)
    plain = layer_norm(Tensor(x), 4).data
    close(plain.mean(-1), [0, 0], atol=1e-6); close(layer_norm(x, (4,), w), plain*w, rtol=1e-5, atol=1e-6)
    close(layer_norm(x, [4], bias=b), plain + b, rtol=1e-5, atol=1e-6); close(layer_norm(x, w.shape, w, b, 1e-5), plain*w + b, rtol=1e-5, atol=1e-6)
    with pytest.raises(TypeError, match='normalized_shape is a size or a tuple of sizes, got Tensor'): layer_norm(Tensor(x), Tensor(w), Tensor(b))
    with pytest.raises(ValueError, match='no features'): norm_last(Tensor(np.ones((2, 0))), Tensor(np.ones(0)), Tensor(np.ones(0)), eps=1e-5)
    for shape in (), 0, (2, 0):
        with pytest.raises(ValueError, match='layer_norm: sizes must be at least 1'): layer_norm(x, shape)

@pytest.mark.parametrize('size', [0, (2, 0), -1])
def test_norm_sizes(size):
    with pytest.raises(ValueError, match='at least 1'): LayerNorm(size)

def test_tied_logits_errors():
    for x, table in ((2, 3), (5, 4)), ((2, 5), (5, 4)), ((), (5, 4)), ((2, 3), (3,)):
        with pytest.raises(ValueError, match=rf'tied_logits: .*{table}'.replace('(', r'\(').replace(')', r'\)')): tied_logits(Tensor(np.ones(x)), Tensor(np.ones(table)))

# block

def test_block_gradients():
    block = in_double(TransformerBlock(4, 2, rng=rng()))
    assert gradcheck(lambda x: block(x, is_causal=True), array(2, 3, 4))
    names = [name for name, _ in block.named_parameters()]
    for name, p in block.named_parameters():
        owner, _, last = name.rpartition('.')
        module = dict(block.named_modules())[owner]
        def with_(t, module=module, last=last):
            before = getattr(module, last)
            setattr(module, last, t)
            try: return block(Tensor(array(1, 3, 4, dtype=np.float64)), is_causal=True)
            finally: setattr(module, last, before)
        assert gradcheck(with_, p.data), name
    assert len(names) == 12

@pytest.mark.parametrize('position', range(5))
def test_nothing_sees_what_comes_after_it(position):
    model, ids = lively(1, vocabulary=9, positions=5), rng(2).integers(0, 9, (2, 5))
    other = ids.copy()
    other[:, position:] = (other[:, position:] + 1) % 9
    a, b = model(ids).data, model(other).data
    assert np.array_equal(a[:, :position], b[:, :position]) and (a[:, position] != b[:, position]).any()

def test_block_masks():
    block, x = TransformerBlock(8, 2, rng=rng()), Tensor(array(2, 4, 8))
    triangle = np.tri(4, dtype=bool)
    close(block(x, mask=triangle), block(x, is_causal=True), rtol=1e-5, atol=1e-6)
    assert not np.allclose(block(x).data, block(x, is_causal=True).data)
    with pytest.raises(ValueError, match='mask'): block(x, mask=np.ones((3, 3), bool))

def test_sizes():
    with pytest.raises(ValueError, match='at least 1, got 0 and 5'): GPT(5, 8, 0, 2, 5)
    with pytest.raises(ValueError, match='at least 1, got 1 and 0'): GPT(5, 8, 1, 2, 0)
    with pytest.raises(ValueError, match='embed_dim=6 is not divisible by num_heads=4'): GPT(5, 6, 1, 4, 8)

def test_mlp_forms_and_sizes():
    assert MLP(4, 6, rng=rng()).count_parameters() == 4*6 + 6 + 6*4 + 4
    with pytest.raises(ValueError, match='approximate'): MLP(4, approximate='erf')(Tensor(array(2, 4)))

# GPT: weights

def test_first_weights_are_gpt2s():
    model = GPT(300, 64, 8, 4, 200, rng=rng())
    for name, p in model.named_parameters():
        if p.ndim == 1: assert (p.data == (1 if 'norm' in name and 'weight' in name else 0)).all(), name
        else: assert abs(p.data.std()/(.02/(4 if name.endswith(('out.weight', 'down.weight')) else 1)) - 1) < .05, name
        assert p.requires_grad and p.dtype == np.float32

def test_the_tied_table_is_one_tensor():
    model = GPT(11, 8, 2, 2, 5, rng=rng())
    tables = [name for name, p in model.named_parameters() if p.shape == (11, 8)]
    assert tables == ['embedding.weight'] and list(model.state_dict()).count('embedding.weight') == 1
    D, L = 8, 2
    assert model.count_parameters() == 11*D + 5*D + L*(12*D*D + 13*D) + 2*D
    twin = deepcopy(model)
    twin.embedding.weight.data += 1
    assert (twin([[1]]).data != model([[1]]).data).any()

def test_gradient_of_the_tied_table_comes_from_both_ends():
    model = in_double(lively(3, vocabulary=5, layers=1, heads=2, width=2, positions=4))
    ids, table = np.array([[0, 1, 1, 2]]), model.embedding.weight
    def loss(t):
        model.embedding.weight = t
        try: return model.loss(ids)
        finally: model.embedding.weight = table
    assert gradcheck(loss, table.data)
    model.loss(ids).backward()
    assert np.abs(table.grad[4]).max() > 0  # never read, only compared with

def test_seeds():
    a, b, c = (GPT(5, 4, 1, 1, 3, dropout=.1, rng=r) for r in (rng(1), rng(1), rng(2)))
    assert all((p.data == q.data).all() for p, q in zip(a.parameters(), b.parameters())) and (a.embedding.weight.data != c.embedding.weight.data).any()
    assert (a([[1, 2, 3]]).data == b([[1, 2, 3]]).data).all()  # the same dropout too
    state = np.random.get_state()[1].copy()
    GPT(5, 4, 1, 1, 3).generate([1], 2)
    assert (np.random.get_state()[1] == state).all()

def test_dropout_acts_in_training_only():
    model = GPT(5, 8, 2, 2, 6, dropout=.4, rng=rng())
    kinds = [m.p for m in model.modules() if isinstance(m, Dropout)]
    assert kinds == [.4]*5  # after the embeddings; in each block one for the branches, one for the attention weights
    assert (model([[1, 2]]).data != model([[1, 2]]).data).any()
    model.eval()
    assert (model([[1, 2]]).data == model([[1, 2]]).data).all()

def test_state_goes_through_a_dictionary():
    a, b = lively(1, 9, 2, 2, 4, 6), GPT(9, 8, 2, 2, 6)
    b.load_state_dict(a.state_dict())
    assert (a([[1, 2, 3]]).data == b([[1, 2, 3]]).data).all()

def test_summary_and_repr():
    model = GPT(9, 8, 2, 2, 6)
    assert f'{model.count_parameters():,}' in model.summary((1, 6), dtype=np.int64) and '(blocks.1): TransformerBlock' in repr(model)

# GPT: forward and loss

@pytest.mark.parametrize('kind', [list, np.array, lambda ids: Tensor(np.array(ids)), lambda ids: np.array(ids, np.int32)])
def test_ids_of_many_kinds(kind):
    model = lively(0, vocabulary=6, positions=4)
    assert np.array_equal(model(kind([[1, 2, 5]])).data, model(np.array([[1, 2, 5]])).data)
    assert model.loss(kind([[1, 2, 5]])).shape == ()

def test_loss():
    model, ids = lively(0, vocabulary=6, positions=5), rng(1).integers(0, 6, (3, 5))
    close(model.loss(ids), cross_entropy(model(ids[:, :-1]), ids[:, 1:]))
    targets = ids.copy()
    targets[:, :2] = -100
    close(model.loss(ids, targets), cross_entropy(model(ids)[:, 2:], ids[:, 2:]), rtol=1e-5)
    close(model.loss(ids, np.where(targets < 0, 77, targets), ignore_index=77), model.loss(ids, targets))
    p = np.exp(model(ids).data.astype(np.float64))
    p /= p.sum(-1, keepdims=True)
    close(model.loss(ids, targets), -np.log(np.take_along_axis(p, ids[..., None], -1)[:, 2:]).mean(), rtol=1e-4)

def test_ids_out_of_range_and_too_long():
    model = lively(0, vocabulary=6, positions=4)
    for ids in ([[0, 6]], [[-1, 0]]):
        with pytest.raises(ValueError, match='id (6|-1) at position'): model(ids)
        with pytest.raises(ValueError, match='id (6|-1) at position'): model.generate(ids, 1)
    with pytest.raises(ValueError, match='position.* 4'): model([[0]*5])

# writing

@pytest.mark.parametrize('seed', range(40))
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_cached_and_uncached_writing_agree(seed, dtype):
    model, r = lively(seed, dtype=dtype), rng(1000 + seed)
    positions, vocabulary = model.positions.weight.shape[0], model.embedding.num_embeddings
    T = int(r.integers(1, positions + 1))
    prompt = r.integers(0, vocabulary, (int(r.integers(1, 4)), T))
    slow = model.generate(prompt, positions - T, temperature=0)
    fast = model.generate(prompt, positions - T, temperature=0, cache=model.make_cache(len(prompt)))
    sure = np.full(slow.shape, True)
    if dtype == np.float32:  # where the best two scores are nearer than 1e-4, either may win
        best = np.sort(model.eval()(slow).data, axis=-1)[:, :-1, -2:]
        sure[:, 1:] = np.logical_and.accumulate(best[..., 1] - best[..., 0] > 1e-4, axis=1)
        sure[:, :T] = True
    assert (slow == fast)[sure].all() and sure.mean() > .5
    if dtype == np.float64:
        settings = dict(temperature=.8, top_k=min(vocabulary, 5))
        one = model.generate(prompt, positions - T, rng=rng(seed), **settings)
        other = model.generate(prompt, positions - T, rng=rng(seed), cache=model.make_cache(len(prompt)), **settings)
        assert (one == other).all()

@pytest.mark.parametrize('pieces', [[1]*8, [8], [3, 1, 4], [7, 1]])
def test_a_text_read_in_pieces(pieces):
    model, ids = lively(5, vocabulary=9, positions=8, dtype=np.float64), rng(1).integers(0, 9, (2, 8))
    cache, found, start = model.make_cache(2), [], 0
    with no_grad():
        for n in pieces:
            found.append(model(ids[:, start:start+n], cache).data)
            start += n
            assert all(len(layer) == start for layer in cache)
    close(np.concatenate(found, axis=1), model(ids), rtol=1e-9, atol=1e-10)

def test_a_cache_goes_on_from_what_it_holds():
    model = lively(5, vocabulary=9, positions=12)
    whole, cache = model.generate([1, 2], 8, temperature=0), model.make_cache()
    part = model.generate([1, 2], 4, temperature=0, cache=cache)
    assert len(cache[0]) == 5  # the last token has been written, not yet read
    read = []
    original = model.hidden_states
    model.hidden_states = lambda ids, *rest: read.append(ids.shape[1]) or original(ids, *rest)
    rest = model.generate(part, 4, temperature=0, cache=cache)
    assert rest.tolist() == whole.tolist() and read == [1, 1, 1, 1] and len(cache[0]) == 9
    with pytest.raises(ValueError, match=r'10 in the prompt \+ 3 new tokens are 13, max_seq_len is 12; ask for at most 2'): model.generate(rest, 3, cache=cache)
    assert len(cache[0]) == 9

@pytest.mark.parametrize('seed', range(10))
def test_conversations_given_whole_are_what_they_are_without_a_cache(seed):
    model, r = lively(seed, vocabulary=9, positions=24, dtype=np.float64), rng(seed)
    B = int(r.integers(1, 3))
    cache, text = model.make_cache(B), r.integers(0, 9, (B, 2))
    for _ in range(3):
        answer = model.generate(text, 3, temperature=0, cache=cache)
        assert (answer == model.generate(text, 3, temperature=0)).all()
        text = np.concatenate([answer, r.integers(0, 9, (B, int(r.integers(0, 4))))], axis=1)

def test_another_text_is_refused_and_a_cache_can_be_rewound():
    model, cache = lively(5, vocabulary=9, positions=20), lively(5, vocabulary=9, positions=20).make_cache()
    text = model.generate([1, 2, 3], 4, temperature=0, cache=cache)
    for other, agree in [([5], 0), ([1, 2, 4, 4, 4, 4, 4], 2), ([1, 2], 2), ([*text[:4], (text[4] + 1) % 9, 0, 0], 4)]:
        with pytest.raises(ValueError, match=f'holds 6 tokens, and the prompt of {len(other)} agrees with the first {agree}'): model.generate(other, 2, cache=cache)
        assert len(cache[0]) == 6
    cache.truncate(2)
    other = [1, 2, 4, 4]
    assert (model.generate(other, 3, temperature=0, cache=cache) == model.generate(other, 3, temperature=0)).all()
    again = model.generate(other, 3, temperature=0, cache=model.make_cache())
    full = model.make_cache()
    with no_grad(): model([other], full)
    assert (model.generate(other, 3, temperature=0, cache=full) == again).all()  # all of the prompt is held
    with pytest.raises(ValueError, match='6'): cache.truncate(7)

def test_a_cache_of_unknown_text_is_used_only_when_empty():
    model = lively(5, vocabulary=9, positions=12)
    plain = list(model.make_cache())
    assert (model.generate([1, 2], 3, temperature=0, cache=plain) == model.generate([1, 2], 3, temperature=0)).all()
    with pytest.raises(ValueError, match='holds 4 positions'): model.generate([1, 2], 3, cache=plain)

def test_a_forward_that_was_interrupted_is_noticed():
    model, cache = lively(5, vocabulary=9, layers=3, positions=12, dtype=np.float64), None
    cache = model.make_cache()
    with no_grad(): model([[1, 2, 3]], cache)
    mlp = model.blocks[0].mlp
    def interrupted(x): raise KeyboardInterrupt
    mlp.forward = interrupted
    with no_grad(), pytest.raises(KeyboardInterrupt): model([[4, 5]], cache)
    del mlp.forward
    assert [len(layer) for layer in cache] == [5, 3, 3]
    with no_grad(), pytest.raises(ValueError, match=r'\[5, 3, 3\].*truncate\(3\)'): model([[4, 5]], cache)
    with pytest.raises(ValueError, match=r'\[5, 3, 3\]'): model.generate([1, 2, 3, 4], 2, cache=cache)
    cache.truncate(3)
    with no_grad(): close(model([[4, 5]], cache), model([[1, 2, 3, 4, 5]]).data[:, 3:], rtol=1e-9, atol=1e-10)

@pytest.mark.parametrize('at', [0, 1, 2])
def test_an_interrupt_after_the_last_append_leaves_a_cache_that_knows_its_text(at):
    model = lively(5, vocabulary=9, layers=3, positions=12, dtype=np.float64)
    cache, mlp = model.make_cache(), model.blocks[at].mlp
    def interrupted(x): raise KeyboardInterrupt
    mlp.forward = interrupted
    with pytest.raises(KeyboardInterrupt): model.generate([4, 5], 2, cache=cache)
    del mlp.forward
    if at < 2: cache.truncate(0)
    assert (model.generate([4, 5], 4, temperature=0, cache=cache) == model.generate([4, 5], 4, temperature=0)).all()

def test_a_cache_is_made_of_the_models_dtype_and_of_the_length_asked_for():
    cache = in_double(GPT(5, 8, 3, 2, 7)).make_cache(4)
    assert len(cache) == 3 and all(layer.keys.shape == layer.values.shape == (4, 2, 7, 4) and layer.keys.dtype == np.float64 for layer in cache)
    short = GPT(5, 8, 1, 2, 7).make_cache(max_len=3)
    assert short[0].keys.shape == (1, 2, 3, 4)

def test_cache_errors():
    model = lively(5, vocabulary=9, layers=2, positions=12)
    with pytest.raises(RuntimeError, match='no_grad'): model([[1, 2]], model.make_cache())
    with pytest.raises(ValueError, match='the cache has 1 layers, the model 2'): model.generate([1], 2, cache=model.make_cache()[:1])
    for cache in [model.make_cache()[:1]*2, [LayerCache(1, 2, 9, 3)]*2]:
        with pytest.raises(ValueError, match='one LayerCache .* more than once'): model.generate([1], 2, cache=cache)
    for cache in True, 5, model.make_cache()[0]:
        with pytest.raises(TypeError, match='make_cache'): model.generate([1], 2, cache=cache)
        with no_grad(), pytest.raises(TypeError, match='make_cache'): model([[1]], cache)
    with pytest.raises(ValueError, match='room for 3'): model.generate([1], 6, cache=model.make_cache(max_len=3))
    for batch, prompt in (1, [[1], [2]]), (2, [1]):
        with pytest.raises(ValueError, match=rf'for {batch} texts, the prompt has {3 - batch}.*make_cache\({3 - batch}\)'):
            model.generate(prompt, 2, cache=model.make_cache(batch))

@pytest.mark.parametrize('prompt, new', [([1], 12), ([1, 2, 3], 10), (list(range(9))*2, 0)])
def test_too_long_is_refused_before_any_work(prompt, new):
    model = lively(5, vocabulary=9, positions=12)
    def forbidden(*a, **k): raise AssertionError('worked before looking')
    model.hidden_states = forbidden
    with pytest.raises(ValueError, match=rf'{len(prompt)} in the prompt \+ {new} new tokens are {len(prompt) + new}, max_seq_len is 12'): model.generate(prompt, new)

@pytest.mark.parametrize('settings, words', [
    (dict(temperature=-.1), 'temperature divides the logits, got -0.1'), (dict(temperature=math.nan), 'got nan'), (dict(temperature=math.inf), 'got inf'),
    (dict(top_k=0), 'top_k=0 of 9 tokens'), (dict(top_k=10), 'top_k=10 of 9 tokens; expected a whole number from 1 to 9'), (dict(top_k=2.5), 'top_k=2.5'),
    (dict(max_new_tokens=-1), 'max_new_tokens is 0 or more, got -1'), (dict(prompt='abc'), "prompt is 'abc'"), (dict(prompt=None), 'prompt is None'),
    (dict(prompt=[[1], []]), r'prompt has shape \(0,\)'), (dict(prompt=[[1], [[2, 3]]]), 'prompt'), (dict(stop=9), 'stop=9 of 9 tokens'),
    (dict(prompt=[]), r'prompt has shape \(0,\); expected at least one id'), (dict(prompt=[[[1]]]), r'prompt has shape \(1, 1, 1\)'), (dict(prompt=[[]]), 'at least one id'),
    (dict(prompt=3), r'prompt has shape \(\)'), (dict(prompt=[1.5]), 'whole numbers')])
def test_settings_of_generate(settings, words):
    with pytest.raises(ValueError, match=words): lively(5, vocabulary=9, positions=12).generate(**{'prompt': [1], 'max_new_tokens': 3, **settings})

@pytest.mark.parametrize('settings, words', [(dict(max_new_tokens=3.), 'max_new_tokens is a whole number, got 3.0'), (dict(max_new_tokens=None), 'got None'),
    (dict(temperature=None), 'temperature divides the logits, got None'), (dict(temperature='1'), 'temperature'), (dict(stop='a'), 'stop is an id')])
def test_settings_of_generate_of_another_type(settings, words):
    with pytest.raises(TypeError, match=words): lively(5, vocabulary=9, positions=12).generate(**{'prompt': [1], 'max_new_tokens': 3, **settings})

def test_losses_of_what_is_no_batch():
    model = lively(5, vocabulary=9, positions=12)
    with pytest.raises(ValueError, match=r'ids have shape \(3,\); expected \(B, T\)'): model.loss([1, 2, 3])
    with pytest.raises(ValueError, match=r'ids have shape \(3,\); expected \(B, T\)'): model([1, 2, 3])
    with pytest.raises(ValueError, match=r'\(2, 1\).*two tokens'): model.loss([[1], [2]])
    for f in model, model.loss:
        with pytest.raises(ValueError, match='different lengths, 1 to 3'): f([[1, 2, 3], [1]])

# texts of different lengths, and where they end

TEXTS = [[1, 2, 3, 4], [5], [6, 7]]

@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('cached', [False, True])
def test_texts_of_different_lengths_are_written_as_each_alone(seed, cached):
    model = lively(seed, vocabulary=9, positions=12, dtype=np.float64)
    cache = model.make_cache(3) if cached else None
    together = model.generate(TEXTS, 8, temperature=0, cache=cache)
    assert [t.dtype for t in together] == [np.int64]*3
    for prompt, text in zip(TEXTS, together): assert text.tolist() == model.generate(prompt, 8, temperature=0).tolist()
    if cached:
        with pytest.raises(ValueError, match='agrees with the first 0'): model.generate(TEXTS, 8, cache=cache)

def test_padding_is_no_token_that_a_cache_could_hold():
    model = lively(2, vocabulary=9, positions=12, dtype=np.float64)
    cache = model.make_cache(2)
    model.generate([[0, 1], [3, 4]], 1, temperature=0, cache=cache)  # the filler is 0 too
    with pytest.raises(ValueError, match='agrees with the first 0'): model.generate([[1, 5], [3, 4, 5]], 2, cache=cache)

def test_left_padding_is_not_seen():
    model = lively(2, vocabulary=9, positions=8, dtype=np.float64)
    for filler in 0, 8:
        out = model([[filler, filler, 4, 5], [1, 2, 3, 4]], left_padding=[2, 0]).data
        close(out[0, 2:], model([[4, 5]]).data[0], rtol=1e-9, atol=1e-10); close(out[1], model([[1, 2, 3, 4]]).data[0], rtol=1e-9, atol=1e-10)
    for wrong in [1], [1, -1], [.5, 0], 2:
        with pytest.raises(ValueError, match='left_padding'): model([[1, 2], [3, 4]], left_padding=wrong)

def test_gradients_of_padded_texts_are_those_of_the_texts():
    model = lively(2, vocabulary=9, positions=8, dtype=np.float64)
    model(np.array([[0, 0, 4, 5]]), left_padding=[2])[:, 2:].sum().backward()
    found = {name: p.grad for name, p in model.named_parameters()}
    model.zero_grad()
    model([[4, 5]]).sum().backward()
    for name, p in model.named_parameters(): close(found[name], p.grad, rtol=1e-9, atol=1e-10)

@pytest.mark.parametrize('cached', [False, True])
@pytest.mark.parametrize('seed', range(8))
def test_stop_cuts_what_would_be_written_anyway(seed, cached):
    model, stop = lively(seed, vocabulary=5, positions=20), [0, 3]
    def until_stop(prompt):
        text = model.generate(prompt, 12, temperature=0).tolist()
        ends = [i for i in range(len(prompt), len(text)) if text[i] in stop]
        return text[:ends[0] + 1] if ends else text
    for prompt in TEXTS[1], [0, 3]:
        prompt = [i % 5 for i in prompt]
        cache = model.make_cache() if cached else None
        assert model.generate(prompt, 12, temperature=0, stop=stop, cache=cache).tolist() == until_stop(prompt)
    texts = [[1, 2], [4], [2, 1, 4]]
    found = model.generate(texts, 12, temperature=0, stop=stop, cache=model.make_cache(3) if cached else None)
    assert [t.tolist() for t in found] == [until_stop(t) for t in texts]
    batch = model.generate([[1], [4]], 12, temperature=0, stop=stop)
    for row, alone in zip(batch.tolist(), [until_stop([1]), until_stop([4])]):
        assert row[:len(alone)] == alone and set(row[len(alone):]) <= {alone[-1]}
    assert batch.shape[1] == max(len(until_stop([1])), len(until_stop([4])))

# numbers that are no numbers

@pytest.mark.parametrize('name', ['embedding.weight', 'blocks.0.mlp.up.weight', 'norm.bias'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_a_weight_that_is_not_finite_is_named(name, value):
    model = lively(5, vocabulary=9, layers=2, positions=12)
    dict(model.named_parameters())[name].data.flat[0] = value
    for settings in {'temperature': 0}, {}, {'cache': model.make_cache()}:
        with np.errstate(invalid='ignore'), pytest.raises(FloatingPointError, match=f'position 2 of text 0 .*{name}'): model.generate([0, 2], 4, **settings)
    assert model.training

def test_a_text_of_a_batch_is_named():
    model = lively(5, vocabulary=9, layers=1, positions=12)
    model.embedding.weight.data[7] = np.nan
    model.embedding.weight.data[8] = 0
    tied = model.logits
    model.logits = lambda x: Tensor(np.where(np.isnan(tied(x).data).all(axis=-1, keepdims=True), np.nan, np.nan_to_num(tied(x).data)))
    with pytest.raises(FloatingPointError, match='position 1 of text 1'): model.generate([[1], [7], [2]], 3)

def test_tokens_may_be_forbidden_with_minus_infinity():
    model = lively(5, vocabulary=9, positions=12)
    tied = model.logits
    def forbid(x):
        out = tied(x)
        out.data[..., :8] = -np.inf
        return out
    model.logits = forbid
    assert model.generate([1], 3).tolist() == [1, 8, 8, 8]

@pytest.mark.parametrize('prompt', [[1, 2], (1, 2), np.array([1, 2]), Tensor(np.array([1, 2])), Tensor([1, 2]), np.array([1., 2.])])
def test_prompts_of_many_kinds(prompt):
    out = lively(5, vocabulary=9, positions=12).generate(prompt, 3, temperature=0)
    assert out.shape == (5,) and out.dtype == np.int64 and out[:2].tolist() == [1, 2]

def test_nothing_new_is_the_prompt_and_the_prompt_stays_as_it_is():
    model, prompt = lively(5, vocabulary=9, positions=12), np.array([[1, 2], [3, 4]])
    assert (model.generate(prompt, 0) == prompt).all()
    model.generate(prompt, 5)
    assert prompt.tolist() == [[1, 2], [3, 4]]

def test_writing_leaves_modes_as_they_were_and_records_nothing():
    model = lively(5, vocabulary=9, layers=2, positions=12, dropout=.5)
    model.train()
    model.blocks[1].eval()
    before = [m.training for m in model.modules()]
    a, b = model.generate([1], 8, temperature=0), model.generate([1], 8, temperature=0)
    assert (a == b).all() and [m.training for m in model.modules()] == before
    with pytest.raises(ValueError): model.generate([99], 3)
    assert [m.training for m in model.modules()] == before and model.loss([[1, 2]]).requires_grad
    with evaluating(model), no_grad(): assert not model([[1, 2]]).requires_grad and not model.training

@pytest.mark.house  # speed
def test_the_last_position_alone_is_scored():
    model, seen = lively(5, vocabulary=9, positions=12), []
    original = model.logits
    model.logits = lambda x: seen.append(x.shape) or original(x)
    model.generate([[1, 2, 3]]*2, 4)
    assert len(seen) == 4 and all(s[:-1] == (2,) for s in seen)

# half precision

def test_norm_in_half_precision():
    x = (rng().standard_normal((5, 64))*40).astype(np.float16)
    x[1] = 7
    for rows in x, x[:1], x[1:2]:
        norm = LayerNorm(64)
        for p in norm.parameters(): p.data = p.data.astype(np.float16)
        leaf, exact = Tensor(rows, requires_grad=True), Tensor(rows.astype(np.float64), requires_grad=True)
        out, expected = norm(leaf), LayerNorm(64)(exact)
        g = rng(1).standard_normal(rows.shape).astype(np.float16)
        out.backward(g); expected.backward(g)
        assert out.dtype == leaf.grad.dtype == norm.weight.grad.dtype == np.float16
        close(out, expected, rtol=2e-3, atol=2e-3); close(leaf.grad, exact.grad, rtol=5e-3, atol=2e-3)
    assert LayerNorm(64)(Tensor(x)).dtype == np.float32

@pytest.mark.parametrize('cached', [False, True])
def test_a_model_in_half_precision_writes(cached):
    model = lively(1, vocabulary=9, layers=2, heads=2, width=8, positions=12)
    for p in model.parameters(): p.data = p.data.astype(np.float16)
    cache = model.make_cache() if cached else None
    assert model([[1, 2]]).dtype == np.float16 and model.generate([1, 2], 6, temperature=0, cache=cache).shape == (8,)
    assert len(set(model.generate([1], 11, rng=rng()).tolist())) > 1

# sampling

def test_sampling_greedy_and_ties():
    scores = np.array([[0., 3, 1], [2, 2, 2]])
    assert sample_token(scores, 0).tolist() == [1, 0] and sample_token(scores, 1e-6, rng=rng())[0] == 1
    assert set(sample_token(np.repeat(scores[1:], 200, 0), 1, 1, rng())) == {0, 1, 2}  # top_k keeps all that equal the last of them

@pytest.mark.parametrize('temperature', [.5, 1, 3])
@pytest.mark.parametrize('top_k', [None, 2, 4])
def test_how_often_each_token_is_sampled(temperature, top_k):
    scores, n = np.array([1., 2, 0, -1, 1.5]), 40_000
    z = scores/temperature
    if top_k: z[np.argsort(scores)[:-top_k]] = -np.inf
    p = np.exp(z)/np.exp(z).sum()
    found = np.bincount(sample_token(np.tile(scores, (n, 1)), temperature, top_k, rng(7)), minlength=5)/n
    assert (np.abs(found - p) <= 4.5*np.sqrt(p*(1 - p)/n) + 1e-12).all()

@pytest.mark.parametrize('temperature', [1e-3, 1e-6, 1e-45, 5e-324])
@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_a_tiny_temperature_takes_the_best(temperature, dtype):
    scores = np.array([[1, 5, 4.9], [-3, -9, -2], [2000, 3000, 1]]).astype(dtype)
    for top_k in None, 2: assert sample_token(scores, temperature, top_k, rng()).tolist() == [1, 2, 1]

def test_sampling_leaves_scores_alone_and_stands_large_ones():
    scores = np.array([[1e30, -1e30, 0]], np.float32)
    before = scores.copy()
    assert sample_token(scores, .1, 2, rng()).tolist() == [0] and (scores == before).all()

# learning

def test_a_small_gpt_learns_a_cycle():
    from tinytorch.core.optimizers import Adam
    model = GPT(5, 16, 1, 2, 8, rng=rng())
    ids = (np.arange(8) + np.arange(5)[:, None]) % 5
    optimizer = Adam(model.parameters(), lr=1e-2)
    first = model.loss(ids).item()
    for _ in range(60):
        optimizer.zero_grad()
        model.loss(ids).backward()
        optimizer.step()
    assert abs(first - math.log(5)) < .1 and model.loss(ids).item() < .1
    assert model.generate([3], 7, temperature=0).tolist() == [3, 4, 0, 1, 2, 3, 4, 0]

def test_blocks_stand_in_a_sequential():
    model = Sequential(TransformerBlock(8, 2, rng=rng()), LayerNorm(8))
    assert model(Tensor(array(2, 3, 8))).shape == (2, 3, 8) and '0.attention.qkv.weight' in model.state_dict()

def test_numbers_of_blocks_and_positions_are_whole():
    for sizes in ((1., 8), (1, 8.)):
        with pytest.raises(TypeError, match='GPT: num_layers and max_seq_len are whole numbers'): GPT(10, 4, sizes[0], 2, sizes[1])
