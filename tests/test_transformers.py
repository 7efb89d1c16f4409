"Norm, block, GPT, and that writing with a cache is the same writing"
import math
from copy import deepcopy

import numpy as np
import pytest

from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.layers import Dropout, Sequential, evaluating
from tinytorch.core.opcheck import check_op
from tinytorch.core.losses import cross_entropy
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import (GPT, LayerNorm, MLP, TransformerBlock, against_rows, layer_norm, norm_last, pick,
    standardize, standardize_row)
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def array(*shape, seed=0, dtype=np.float32): return rng(seed).standard_normal(shape).astype(dtype)
def in_double(model):
    for p in model.parameters(): p.data = p.data.astype(np.float64)
    return model

def lively(seed, vocabulary=None, layers=None, heads=None, width=None, places=None, dtype=np.float32, **settings):
    "A random GPT whose scores are far apart: weights of deviation 0.3, norms and biases off their start"
    r = rng(seed)
    heads = heads or int(r.integers(1, 5))
    model = GPT(vocabulary or int(r.integers(2, 40)), heads*(width or int(r.integers(1, 9))), layers or int(r.integers(1, 4)), heads, places or int(r.integers(2, 25)), rng=r, **settings)
    for p in model.parameters(): p.data = (p.data*(.3/.02 if p.ndim > 1 else 1) + .3*r.standard_normal(p.shape)*(p.ndim == 1)).astype(dtype)
    return model

# layer norm

@pytest.mark.parametrize('shape', [(5,), (1, 5), (7, 5), (2, 3, 5), (1, 1, 5), (0, 5), (2, 0, 5), (3, 1)])
def test_norm_of_every_leading_shape(shape):
    x, weight, bias = array(*shape, dtype=np.float64), array(shape[-1], seed=1, dtype=np.float64), array(shape[-1], seed=2, dtype=np.float64)
    out = layer_norm(Tensor(x), Tensor(weight), Tensor(bias), eps=.1)
    expected = (x - x.mean(-1, keepdims=True))/np.sqrt(x.var(-1, keepdims=True) + .1)*weight + bias
    assert out.shape == shape
    close(out, expected, atol=1e-12)

@pytest.mark.parametrize('operation', [norm_last, against_rows])
def test_ops_obey_the_laws(operation): assert check_op(operation) >= 5

@pytest.mark.parametrize('shape', [(2, 3), (3,), (4, 2, 3)])
def test_norm_over_several_axes(shape):
    x = array(5, 4, 2, 3, dtype=np.float64)
    norm = in_double(LayerNorm(shape))
    norm.weight.data[...], norm.bias.data[...] = array(*shape, seed=1), array(*shape, seed=2)
    axes = tuple(range(-len(shape), 0))
    close(norm(Tensor(x)), (x - x.mean(axes, keepdims=True))/np.sqrt(x.var(axes, keepdims=True) + 1e-5)*norm.weight.data + norm.bias.data, atol=1e-12)
    assert gradcheck(layer_norm, x[0, :4], norm.weight.data, norm.bias.data)

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
        assert layer_norm(Tensor(x), Tensor(w32), Tensor(w32)).dtype == np.float32
        assert layer_norm(Tensor(x), Tensor(w32), Tensor(w64)).dtype == np.float64
        assert layer_norm(Tensor(x), Tensor(w64), Tensor(w32)).dtype == np.float64
    assert layer_norm(Tensor(array(3, 4, dtype=np.float64)), Tensor(w32), Tensor(w32)).dtype == np.float64

@pytest.mark.parametrize('shapes, words', [
    (((2, 5), (4,), (4,)), r'x has 5 features \(shape \(2, 5\)\) but the weight has 4; make it LayerNorm\(5\)'),
    (((2, 1), (4,), (4,)), 'x has 1 features'), (((2, 4), (1,), (1,)), 'but the weight has 1'), (((), (4,), (4,)), 'x has no features'),
    (((2, 4), (4,), (1,)), r'weight has shape \(4,\) and bias \(1,\)'), (((2, 4), (), ()), r'weight has shape \(\)'),
    (((2, 3), (3, 2), (3, 2)), r'x has shape \(2, 3\) and the weight \(3, 2\)'), (((3,), (2, 3), (2, 3)), 'the last axes of x')])
def test_norm_errors(shapes, words):
    with pytest.raises(ValueError, match=words): layer_norm(*[Tensor(np.ones(s)) for s in shapes])

@pytest.mark.parametrize('size', [0, (2, 0), -1])
def test_norm_sizes(size):
    with pytest.raises(ValueError, match='at least 1'): LayerNorm(size)

def test_against_rows_errors():
    with pytest.raises(ValueError, match=r'x has 3 features \(shape \(2, 3\)\), the rows of the table \(5, 4\) have 4'): against_rows(Tensor(np.ones((2, 3))), Tensor(np.ones((5, 4))))

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

@pytest.mark.parametrize('place', range(5))
def test_nothing_sees_what_comes_after_it(place):
    model, ids = lively(1, vocabulary=9, places=5), rng(2).integers(0, 9, (2, 5))
    other = ids.copy()
    other[:, place:] = (other[:, place:] + 1) % 9
    a, b = model(ids).data, model(other).data
    assert np.array_equal(a[:, :place], b[:, :place]) and (a[:, place] != b[:, place]).any()

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
    model = in_double(lively(3, vocabulary=5, layers=1, heads=2, width=2, places=4))
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
    model = lively(0, vocabulary=6, places=4)
    assert np.array_equal(model(kind([[1, 2, 5]])).data, model(np.array([[1, 2, 5]])).data)
    assert model.loss(kind([[1, 2, 5]])).shape == ()

def test_loss():
    model, ids = lively(0, vocabulary=6, places=5), rng(1).integers(0, 6, (3, 5))
    close(model.loss(ids), cross_entropy(model(ids[:, :-1]), ids[:, 1:]))
    targets = ids.copy()
    targets[:, :2] = -100
    close(model.loss(ids, targets), cross_entropy(model(ids)[:, 2:], ids[:, 2:]), rtol=1e-5)
    close(model.loss(ids, np.where(targets < 0, 77, targets), ignore_index=77), model.loss(ids, targets))
    p = np.exp(model(ids).data.astype(np.float64))
    p /= p.sum(-1, keepdims=True)
    close(model.loss(ids, targets), -np.log(np.take_along_axis(p, ids[..., None], -1)[:, 2:]).mean(), rtol=1e-4)

def test_ids_out_of_range_and_too_long():
    model = lively(0, vocabulary=6, places=4)
    for ids in ([[0, 6]], [[-1, 0]]):
        with pytest.raises(ValueError, match='id (6|-1) at position'): model(ids)
        with pytest.raises(ValueError, match='id (6|-1) at position'): model.generate(ids, 1)
    with pytest.raises(ValueError, match='5 places .* 4;'): model([[0]*5])

# writing

@pytest.mark.parametrize('seed', range(40))
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_cached_and_uncached_writing_agree(seed, dtype):
    model, r = lively(seed, dtype=dtype), rng(1000 + seed)
    places, vocabulary = model.positions.weight.shape[0], model.embedding.num_embeddings
    T = int(r.integers(1, places + 1))
    prompt = r.integers(0, vocabulary, (int(r.integers(1, 4)), T))
    slow = model.generate(prompt, places - T, temperature=0)
    fast = model.generate(prompt, places - T, temperature=0, cache=model.make_cache(len(prompt)))
    sure = np.full(slow.shape, True)
    if dtype == np.float32:  # where the best two scores are nearer than 1e-4, either may win
        best = np.sort(model.eval()(slow).data, axis=-1)[:, :-1, -2:]
        sure[:, 1:] = np.logical_and.accumulate(best[..., 1] - best[..., 0] > 1e-4, axis=1)
        sure[:, :T] = True
    assert (slow == fast)[sure].all() and sure.mean() > .5
    if dtype == np.float64:
        settings = dict(temperature=.8, top_k=min(vocabulary, 5))
        one = model.generate(prompt, places - T, rng=rng(seed), **settings)
        other = model.generate(prompt, places - T, rng=rng(seed), cache=model.make_cache(len(prompt)), **settings)
        assert (one == other).all()

@pytest.mark.parametrize('pieces', [[1]*8, [8], [3, 1, 4], [7, 1]])
def test_a_text_read_in_pieces(pieces):
    model, ids = lively(5, vocabulary=9, places=8, dtype=np.float64), rng(1).integers(0, 9, (2, 8))
    cache, found, start = model.make_cache(2), [], 0
    with no_grad():
        for n in pieces:
            found.append(model(ids[:, start:start+n], cache).data)
            start += n
            assert all(len(layer) == start for layer in cache)
    close(np.concatenate(found, axis=1), model(ids), rtol=1e-9, atol=1e-10)

def test_a_cache_goes_on_from_what_it_holds():
    model = lively(5, vocabulary=9, places=12)
    whole, cache = model.generate([1, 2], 8, temperature=0), model.make_cache()
    part = model.generate([1, 2], 4, temperature=0, cache=cache)
    assert len(cache[0]) == 5  # the last token has been written, not yet read
    rest = model.generate(part[-1:], 4, temperature=0, cache=cache)
    assert [*part, *rest[1:]] == whole.tolist()
    with pytest.raises(ValueError, match=r'9 in the cache \+ 1 in the prompt \+ 3 new tokens are 13, max_seq_len is 12; ask for at most 2'): model.generate(rest[-1:], 3, cache=cache)
    assert len(cache[0]) == 9

def test_a_cache_is_made_of_the_models_dtype_and_of_the_length_asked_for():
    cache = in_double(GPT(5, 8, 3, 2, 7)).make_cache(4)
    assert len(cache) == 3 and all(layer.keys.shape == layer.values.shape == (4, 2, 7, 4) and layer.keys.dtype == np.float64 for layer in cache)
    short = GPT(5, 8, 1, 2, 7).make_cache(max_len=3)
    assert short[0].keys.shape == (1, 2, 3, 4)

def test_cache_errors():
    model = lively(5, vocabulary=9, layers=2, places=12)
    with pytest.raises(RuntimeError, match='no_grad'): model([[1, 2]], model.make_cache())
    with pytest.raises(ValueError, match='the cache has 1 layers, the model 2'): model.generate([1], 2, cache=model.make_cache()[:1])
    with pytest.raises(ValueError, match='room for 3'): model.generate([1], 6, cache=model.make_cache(max_len=3))
    with pytest.raises(ValueError): model.generate([[1], [2]], 2, cache=model.make_cache(batch=1))

@pytest.mark.parametrize('prompt, new', [([1], 12), ([1, 2, 3], 10), (list(range(9))*2, 0)])
def test_too_long_is_refused_before_any_work(prompt, new):
    model = lively(5, vocabulary=9, places=12)
    def forbidden(*a, **k): raise AssertionError('worked before looking')
    model.stream = forbidden
    with pytest.raises(ValueError, match=rf'{len(prompt)} in the prompt \+ {new} new tokens are {len(prompt) + new}, max_seq_len is 12'): model.generate(prompt, new)

@pytest.mark.parametrize('settings, words', [
    (dict(temperature=-.1), 'temperature divides the scores, got -0.1'), (dict(temperature=math.nan), 'got nan'), (dict(temperature=math.inf), 'got inf'),
    (dict(top_k=0), 'top_k=0 of 9 tokens'), (dict(top_k=10), 'top_k=10 of 9 tokens; expected a whole number from 1 to 9'), (dict(top_k=2.5), 'top_k=2.5'),
    (dict(max_new_tokens=-1), 'max_new_tokens is 0 or more, got -1'),
    (dict(prompt=[]), r'prompt has shape \(0,\); expected at least one id'), (dict(prompt=[[[1]]]), r'prompt has shape \(1, 1, 1\)'), (dict(prompt=[[]]), 'at least one id'),
    (dict(prompt=3), r'prompt has shape \(\)'), (dict(prompt=[1.5]), 'whole numbers')])
def test_settings_of_generate(settings, words):
    with pytest.raises(ValueError, match=words): lively(5, vocabulary=9, places=12).generate(**{'prompt': [1], 'max_new_tokens': 3, **settings})

@pytest.mark.parametrize('prompt', [[1, 2], (1, 2), np.array([1, 2]), Tensor(np.array([1, 2])), Tensor([1, 2]), np.array([1., 2.])])
def test_prompts_of_many_kinds(prompt):
    out = lively(5, vocabulary=9, places=12).generate(prompt, 3, temperature=0)
    assert out.shape == (5,) and out.dtype == np.int64 and out[:2].tolist() == [1, 2]

def test_nothing_new_is_the_prompt_and_the_prompt_stays_as_it_is():
    model, prompt = lively(5, vocabulary=9, places=12), np.array([[1, 2], [3, 4]])
    assert (model.generate(prompt, 0) == prompt).all()
    model.generate(prompt, 5)
    assert prompt.tolist() == [[1, 2], [3, 4]]

def test_writing_leaves_modes_as_they_were_and_records_nothing():
    model = lively(5, vocabulary=9, layers=2, places=12, dropout=.5)
    model.train()
    model.blocks[1].eval()
    before = [m.training for m in model.modules()]
    a, b = model.generate([1], 8, temperature=0), model.generate([1], 8, temperature=0)
    assert (a == b).all() and [m.training for m in model.modules()] == before
    with pytest.raises(ValueError): model.generate([99], 3)
    assert [m.training for m in model.modules()] == before and model.loss([[1, 2]]).requires_grad
    with evaluating(model), no_grad(): assert not model([[1, 2]]).requires_grad and not model.training

def test_the_last_place_alone_is_scored():
    model, seen = lively(5, vocabulary=9, places=12), []
    original = model.scores
    model.scores = lambda x: seen.append(x.shape) or original(x)
    model.generate([[1, 2, 3]]*2, 4)
    assert len(seen) == 4 and all(s[:-1] == (2,) for s in seen)

# picking

def test_pick_greedy_and_ties():
    scores = np.array([[0., 3, 1], [2, 2, 2]])
    assert pick(scores, 0).tolist() == [1, 0] and pick(scores, 1e-6, rng=rng())[0] == 1
    assert set(pick(np.repeat(scores[1:], 200, 0), 1, 1, rng())) == {0, 1, 2}  # top_k keeps all that equal the last of them

@pytest.mark.parametrize('temperature', [.5, 1, 3])
@pytest.mark.parametrize('top_k', [None, 2, 4])
def test_shares_of_what_is_picked(temperature, top_k):
    scores, n = np.array([1., 2, 0, -1, 1.5]), 40_000
    z = scores/temperature
    if top_k: z[np.argsort(scores)[:-top_k]] = -np.inf
    p = np.exp(z)/np.exp(z).sum()
    found = np.bincount(pick(np.tile(scores, (n, 1)), temperature, top_k, rng(7)), minlength=5)/n
    assert (np.abs(found - p) <= 4.5*np.sqrt(p*(1 - p)/n) + 1e-12).all()

def test_pick_leaves_scores_alone_and_stands_large_ones():
    scores = np.array([[1e30, -1e30, 0]], np.float32)
    before = scores.copy()
    assert pick(scores, .1, 2, rng()).tolist() == [0] and (scores == before).all()

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
