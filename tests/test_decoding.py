"One kernel a token: what page 17's loop writes, from float32 or from codes, and NaN stays NaN"
import sys
from copy import deepcopy

import numpy as np
import pytest

from test_transformers import lively
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import evaluating
from tinytorch.core.transformers import GPT
from tinytorch.perf.decoding import (KernelDecoder, affine_row, as_codes, decode_token, double_gelu, exponential_weights, exponentials, row_times_matrix, spread_of)
from tinytorch.perf.memoization import Decoder, KVCache, create_kv_cache
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def array(*shape, seed=0): return rng(seed).standard_normal(shape).astype(np.float32)

@pytest.fixture(scope='module')
def model(): return lively(5, vocabulary=9, layers=2, heads=2, width=4, positions=16)

# the pieces

def forms(kernel): return pytest.param(kernel, id='compiled'), pytest.param(kernel.function, id='plain')

@pytest.mark.parametrize('multiply', forms(row_times_matrix))
@pytest.mark.parametrize('rows', [0, 1, 7, 8, 9, 21])
@pytest.mark.parametrize('dtype', [np.float32, np.int8])
def test_row_times_matrix(multiply, rows, dtype):
    x, matrix, out = array(rows), (array(rows, 13, seed=1)*50).astype(dtype), np.full(13, 7, np.float32)
    for n in 0, 1, 12:
        multiply(x, matrix, n, out)
        close(out[:n], (x.astype(float) @ matrix.astype(float))[:n], rtol=1e-5, atol=1e-4)
        assert (out[n:] == 7).all()
        out[:] = 7

def test_exponentials_are_float32s():
    x = np.linspace(-87, 88, 40_001, dtype=np.float32)
    found = x.copy()
    exponentials(found, len(x), np.empty(len(x), np.int32))
    assert np.abs(found/np.exp(x.astype(float)) - 1).max() < 1e-6

def test_exponentials_of_what_is_no_number_and_beyond():
    x = np.array([np.nan, np.inf, -np.inf, -0., 500, -500] + [0]*20, np.float32)
    exponentials(x, len(x), np.empty(len(x), np.int32))
    assert np.isnan(x[0]) and (x[[1, 4]] > 1e38).all() and (x[[2, 5]] < 1e-37).all() and (x[3] == 1) and (x[6:] == 1).all()

@pytest.mark.parametrize('exp', forms(exponentials))
def test_exponentials_leave_the_rest(exp):
    x = np.ones(9, np.float32)
    exp(x, 4, np.empty(9, np.int32))
    close(x[:4], np.full(4, np.e), rtol=1e-6)
    assert (x[4:] == 1).all()

@pytest.mark.parametrize('weigh', forms(exponential_weights))
@pytest.mark.parametrize('scale', [1, 50, 3000])
def test_weights_of_attention(weigh, scale):
    scores = array(9)*np.float32(scale)
    expected = np.exp(scores.astype(float) - scores.max())
    found = scores.copy()
    total = weigh(found, 9, np.empty(9, np.int32))
    close(found/total, expected/expected.sum(), rtol=1e-4, atol=1e-6)
    for bad in np.nan, np.inf:
        found = scores.copy()
        found[3] = bad
        if weigh is exponential_weights: assert np.isnan(weigh(found, 9, np.empty(9, np.int32)))

@pytest.mark.parametrize('scale', [1, 10, 1e20])
def test_gelu(scale):
    h = array(64)*np.float32(scale)
    wide, found = h.astype(float), h.copy()
    double_gelu(found, np.empty(64, np.float32), np.empty(64, np.int32))
    close(found, wide*(1 + np.tanh((2/np.pi)**.5*(wide + .044715*wide**3))), rtol=1e-4, atol=1e-5)
    for bad in np.nan, -np.inf, np.inf:
        h[0] = bad
        double_gelu(h, np.empty(64, np.float32), np.empty(64, np.int32))
        assert np.isnan(h[0]) if np.isnan(bad) else not np.isfinite(h[0]) or h[0] == 0

def test_affine_rows():
    matrix, x, out = array(22, 13), array(21, seed=1), np.empty(13, np.float32)
    spread = spread_of(x, np.float32(1e-5))
    close(spread, np.sqrt((x.astype(float)**2).mean() + 1e-5), rtol=1e-6)
    affine_row(x, *as_codes(matrix, None), spread, out)
    close(out, x/spread @ matrix[:-1] + matrix[-1], rtol=1e-5, atol=1e-5)
    codes, rows = as_codes(matrix, 8)
    assert codes.dtype == np.int8 and np.abs(codes).max(axis=0).tolist() == [127]*13
    affine_row(x, codes, rows, spread, out)
    close(out, x/spread @ (codes*rows[0]) + matrix[-1], rtol=1e-5, atol=1e-5)

# the decoder

def logits_along(decoder, ids):
    cache = decoder.model.make_cache()
    rows = [decoder.read_prompt(ids[:1], cache).copy()]
    return np.array(rows + [decoder.step(i, cache).copy() for i in ids[1:]])

@pytest.mark.parametrize('seed', range(25))
def test_logits_are_the_models(seed):
    "Widths from 1 to 32, vocabularies from 2: nothing need be a multiple of anything"
    model = lively(seed)
    ids = rng(seed).integers(0, model.embedding.num_embeddings, model.positions.num_embeddings).tolist()
    with evaluating(model), no_grad(): expected = model([ids]).data[0]
    np.testing.assert_allclose(logits_along(KernelDecoder(model), ids), expected, rtol=2e-3, atol=2e-3*max(1, np.abs(expected).max()))

@pytest.mark.parametrize('seed', range(25))
def test_it_writes_what_the_model_writes(seed):
    model, r = lively(seed), rng(1000 + seed)
    positions = model.positions.num_embeddings
    prompt = r.integers(0, model.embedding.num_embeddings, int(r.integers(1, positions + 1)))
    plain = model.generate(prompt, positions - len(prompt), temperature=0)
    found = KernelDecoder(model).generate(prompt, positions - len(prompt), temperature=0)
    with no_grad(): best = np.sort(model.eval()(plain[None]).data[0], axis=-1)[:-1, -2:]
    sure = np.append(True, np.logical_and.accumulate(best[:, 1] - best[:, 0] > 2e-3))  # nearer ones may go either way
    sure[:len(prompt)] = True
    assert found.shape == plain.shape and (plain == found)[sure].all()

def decoded(decoder):
    "A plain decoder that computes from the numbers that the codes of `decoder` mean"
    plain = Decoder(decoder.model)
    def matrix(i, l=...):
        codes, rows = decoder.codes[i][l], decoder.arrays[7+i][l]
        return np.vstack([codes*rows[0], rows[1:]]).astype(np.float32)
    blocks = [block._replace(**{name: matrix(i, l) for i, name in enumerate(('qkv', 'out', 'up', 'down'))}) for l, block in enumerate(plain.folded.blocks)]
    plain.prepare(plain.folded._replace(blocks=blocks, head=matrix(4)))
    return plain

@pytest.mark.parametrize('seed', range(8))
def test_codes_are_computed_with_as_the_numbers_they_mean(seed):
    model = lively(seed)
    ids = rng(seed).integers(0, model.embedding.num_embeddings, model.positions.num_embeddings).tolist()
    coded = KernelDecoder(model, bits=8)
    plain, cache = decoded(coded), model.make_cache()
    expected = np.array([plain.step(i, cache).copy() for i in ids])
    np.testing.assert_allclose(logits_along(coded, ids), expected, rtol=2e-3, atol=2e-3*max(1, np.abs(expected).max()))
    assert all(a.dtype == np.int8 for a in coded.codes)

def test_codes_are_a_quarter_of_the_bytes():
    model = GPT(256, 64, 2, 4, 32, rng=rng())
    exact, coded = KernelDecoder(model), KernelDecoder(model, bits=8)
    assert sum(a.nbytes for a in exact.codes) == 4*sum(a.nbytes for a in coded.codes) == 4*(2*12*64*64 + 256*64)

def test_best_tokens_by_codes():
    model = GPT(64, 64, 2, 4, 64, rng=rng(3))
    for p in model.parameters(): p.data += .05*rng(p.size).standard_normal(p.shape, np.float32)
    texts = [model.generate([i], 63, temperature=0, cache=model.make_cache()).tolist() for i in range(0, 64, 8)]
    exact, coded = KernelDecoder(model), KernelDecoder(model, bits=8)
    assert np.mean([logits_along(exact, t).argmax(1) == logits_along(coded, t).argmax(1) for t in texts]) > .97

@pytest.mark.parametrize('bits', [None, 8])
def test_several_texts_stops_and_forms(model, bits):
    decoder = KernelDecoder(model, bits=bits)
    for prompt in [[1, 2, 3], [4, 5, 6]], [[1, 2, 3, 4], [5], [6, 7]]:
        for a, b in zip(model.generate(prompt, 6, temperature=0, stop=3), decoder.generate(prompt, 6, temperature=0, stop=3), strict=True): assert a.tolist() == b.tolist()
    whole = decoder.generate([4], 12, temperature=0).tolist()
    for prompt in [4], [[4]], np.array([4]):
        for new in 0, 1, 12: assert decoder.generate(prompt, new, temperature=0).reshape(-1).tolist() == whole[:1 + new]
        assert decoder.generate(prompt, 12, temperature=0).ndim == np.ndim(prompt)
    for stop in range(9):
        ended = whole[:whole.index(stop, 1) + 1] if stop in whole[1:] else whole
        assert decoder.generate([4], 12, temperature=0, stop=[stop]).tolist() == ended

def test_drawing(model):
    decoder = KernelDecoder(model)
    for seed in range(10):
        settings = dict(temperature=.8, top_k=5, rng=seed)
        assert decoder.generate([4], 12, **settings).tolist() == model.generate([4], 12, **settings).tolist()

@pytest.mark.parametrize('settings, words', [
    (dict(temperature=-.1), 'temperature'), (dict(top_k=10), 'top_k=10 of 9'), (dict(max_new_tokens=-1), 'max_new_tokens'), (dict(max_new_tokens=16), 'max_seq_len is 16'),
    (dict(prompt=[]), 'at least one id'), (dict(prompt=[9]), 'id 9'), (dict(prompt=[-1]), 'id -1'), (dict(stop=9), 'stop=9 of 9')])
def test_requests_that_cannot_be_met(model, settings, words):
    with pytest.raises(ValueError, match=words): KernelDecoder(model).generate(**{'prompt': [1], 'max_new_tokens': 3, **settings})

# caches that are handed in

def test_taking_turns_with_one_cache(model):
    fast, slow, cache = KernelDecoder(model), Decoder(model), create_kv_cache(model)
    whole, text = model.generate([4], 15, temperature=0).tolist(), [4]
    for writer in fast, slow, model, fast, slow: text = writer.generate(text, 3, temperature=0, cache=cache).tolist()
    assert text == whole and cache.length == 15
    other = create_kv_cache(model)
    model.generate([4], 15, temperature=0, cache=other)
    for mine, theirs in zip(cache, other): close(mine.keys, theirs.keys, rtol=1e-3, atol=1e-4); close(mine.values, theirs.values, rtol=1e-3, atol=1e-4)
    assert fast.generate(text[:3], 13, temperature=0).tolist() == whole  # the own one is as if new each time

def test_caches_that_do_not_fit(model):
    decoder = KernelDecoder(model)
    cache = create_kv_cache(model, max_len=6)
    decoder.generate([1, 2], 3, cache=cache)
    for prompt, new, cache, words in (([1, 3, 4, 4, 4], 1, cache, 'agrees with the first 1'), ([1, 2], 6, cache, 'room for 6'), ([1], 2, KVCache(model, 2), 'for 2 texts'),
                                      ([1], 2, KVCache(deepcopy(model)), 'another model')):
        with pytest.raises(ValueError, match=words): decoder.generate(prompt, new, cache=cache)

def test_what_was_read_is_kept_when_writing_is_interrupted(model):
    decoder, cache = KernelDecoder(model), create_kv_cache(model)
    step, done = decoder.step, []
    def step_or_stop(token, cache):
        done.append(token)
        if len(done) == 5: raise KeyboardInterrupt
        return step(token, cache)
    decoder.step = step_or_stop
    with pytest.raises(KeyboardInterrupt): decoder.generate([4], 10, temperature=0, cache=cache)
    decoder.step = step
    whole = model.generate([4], 10, temperature=0).tolist()
    assert cache.length == 4 and cache.ids[0, :4].tolist() == whole[:4]
    assert decoder.generate(whole[:4], 7, temperature=0, cache=cache).tolist() == whole

def test_a_request_refused_leaves_the_cache_as_it_was(model):
    decoder, cache = KernelDecoder(model), create_kv_cache(model)
    text = decoder.generate([4], 3, temperature=0, cache=cache).tolist()
    with pytest.raises(ValueError, match='id 9'): decoder.generate([*text, 9], 2, cache=cache)
    assert cache.length == 3 and decoder.generate(text, 3, temperature=0, cache=cache).tolist() == model.generate(text, 3, temperature=0).tolist()

# weights

@pytest.mark.parametrize('bits', [None, 8])
def test_changed_weights_are_noticed(bits):
    model = lively(5, vocabulary=9, layers=2, heads=2, width=4, positions=16)
    decoder, cache = KernelDecoder(model, bits=bits), create_kv_cache(model)
    text = decoder.generate([4], 5, temperature=0, cache=cache)
    for p in model.parameters(): p.data[...] = p.data[::-1].copy()
    assert decoder.generate([4], 12, temperature=0).tolist() == KernelDecoder(model, bits=bits).generate([4], 12, temperature=0).tolist()
    with pytest.raises(ValueError, match='weights have changed'): decoder.generate(text, 2, cache=cache)

@pytest.mark.parametrize('bits', [None, 8])
@pytest.mark.parametrize('where', ['embedding', 'positions', 'blocks.0.mlp.up', 'norm'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_what_is_no_number_is_noticed(bits, where, value):
    model = lively(5, vocabulary=9, positions=12)
    decoder = KernelDecoder(model, bits=bits)
    dict(model.named_modules())[where].weight.data[...] = value
    with np.errstate(all='ignore'), pytest.raises(FloatingPointError, match=f'nor is {where}.weight'): decoder.generate([1], 4)

@pytest.mark.parametrize('bits', [None, 8])
def test_one_weight_that_is_no_number(bits):
    model = lively(5, vocabulary=9, positions=12)
    model.blocks[-1].mlp.down.weight.data[0, 0] = np.nan
    with pytest.raises(FloatingPointError, match='mlp.down.weight'): KernelDecoder(model, bits=bits).generate([1], 4)

def test_scores_too_large_for_e():
    model = lively(5, vocabulary=9, heads=2, width=4, positions=12)
    for block in model.blocks: block.attention.qkv.weight.data *= 100
    ids = list(range(9))
    with no_grad(): expected = model.eval()([ids]).data[0]
    np.testing.assert_allclose(logits_along(KernelDecoder(model), ids), expected, rtol=.02, atol=.02*np.abs(expected).max())

def test_the_model_is_not_changed():
    model = lively(5, vocabulary=9, positions=12, dropout=.2)
    before, training = {n: a.tobytes() for n, a in model.state_dict().items()}, [m.training for m in model.modules()]
    for bits in None, 8: KernelDecoder(model, bits=bits).generate([1], 5)
    assert before == {n: a.tobytes() for n, a in model.state_dict().items()} and training == [m.training for m in model.modules()]

@pytest.mark.parametrize('bits', [4, 16, 0, '8'])
def test_bits(model, bits):
    with pytest.raises(ValueError, match=f'bits={bits!r}; expected 8, or None'): KernelDecoder(model, bits=bits)

def test_float64_is_left_to_the_other_decoder():
    model = lively(5, dtype=np.float64)
    with pytest.raises(ValueError, match='the weights are float64; Decoder'): KernelDecoder(model)

def test_without_numba(model, monkeypatch):
    monkeypatch.setitem(sys.modules, 'numba', None)
    monkeypatch.setattr(decode_token, 'machine_code', None)
    with pytest.raises(ImportError, match=r'accel'): KernelDecoder(model)
