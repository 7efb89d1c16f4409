"Keys and values that are kept: the same text token by token, in bytes that were computed, and refused where they would be wrong"
import tracemalloc
from copy import deepcopy
from threading import Thread

import numpy as np
import pytest

from test_transformers import lively
from tinytorch.core.activations import ReLU
from tinytorch.core.attention import LayerCache
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Linear, Sequential, evaluating, forward_hook
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import GPT, LayerNorm, TransformerBlock
from tinytorch.perf.compression import PrunedLinear
from tinytorch.perf.decoding import KernelDecoder
from tinytorch.perf.memoization import (Decoder, KVCache, create_kv_cache, disable_kv_cache, enable_kv_cache, fingerprint, fold, kv_bytes)
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def in_double(seed, **sizes): return lively(seed, dtype=np.float64, **sizes)
def state(model): return {name: array.tobytes() for name, array in model.state_dict().items()}
def modes(model): return [module.training for module in model.modules()]

def drawn(seed):
    "A random model in float64, a random text, and how many tokens may follow"
    model, r = in_double(seed), rng(1000 + seed)
    positions, vocabulary = model.positions.num_embeddings, model.embedding.num_embeddings
    T = int(r.integers(1, positions + 1))
    return model, r.integers(0, vocabulary, T), positions - T

# the same text: 200 random models and prompts

@pytest.mark.parametrize('tens', range(20))
def test_writing_with_a_cache_is_the_same_writing(tens):
    for seed in range(10*tens, 10*tens + 10):
        model, prompt, new = drawn(seed)
        for settings in [dict(temperature=0)] if seed % 5 else [dict(temperature=0), dict(temperature=.9, rng=seed)]:
            plain = model.generate(prompt, new, **settings)
            assert (model.generate(prompt, new, cache=create_kv_cache(model), **settings) == plain).all()
            assert (enable_kv_cache(model).generate(prompt, new, **settings) == plain).all()
            assert (Decoder(model).generate(prompt, new, **settings) == plain).all()

@pytest.mark.parametrize('tens', range(20))
def test_logits_with_a_cache_are_the_same_logits(tens):
    "To the rounding of float64, for each token of the text"
    for seed in range(10*tens, 10*tens + 10):
        model, prompt, new = drawn(seed)
        with evaluating(model), no_grad():
            whole = model(prompt[None]).data[0]
            cache, mine, decoder = create_kv_cache(model), model.make_cache(), Decoder(model)
            one_by_one = np.concatenate([model([[i]], cache).data[0] for i in prompt])
        folded = np.array([decoder.step(i, mine).copy() for i in prompt])
        for found in one_by_one, folded: np.testing.assert_allclose(found, whole, rtol=1e-9, atol=1e-10*np.abs(whole).max())
        for layer, own in zip(cache, mine):
            assert len(layer) == len(own) == len(prompt)
            close(own.keys, layer.keys, rtol=1e-9, atol=1e-10); close(own.values, layer.values, rtol=1e-9, atol=1e-10)

@pytest.mark.parametrize('seed', range(20))
def test_in_float32_until_two_logits_are_nearly_equal(seed):
    model, prompt, new = lively(seed), *drawn(seed)[1:]
    plain, found = model.generate(prompt, new, temperature=0), Decoder(model).generate(prompt, new, temperature=0)
    best = np.sort(model.eval()(plain[None]).data[0], axis=-1)[:-1, -2:]
    sure = np.append(True, np.logical_and.accumulate(best[:, 1] - best[:, 0] > 1e-3))
    sure[:len(prompt)] = True
    assert (plain == found)[sure].all() and sure.mean() > .4

def test_several_texts_and_texts_of_different_lengths():
    model = in_double(2, vocabulary=9, positions=12)
    for prompt in [[1, 2, 3], [4, 5, 6]], [[1, 2, 3, 4], [5], [6, 7]]:
        plain = model.generate(prompt, 6, temperature=0, stop=3)
        for writer in enable_kv_cache(model, len(prompt)), Decoder(model):
            for _ in range(2):  # what a cache holds of a padded text is not taken for another's
                for a, b in zip(plain, writer.generate(prompt, 6, temperature=0, stop=3), strict=True): assert a.tolist() == b.tolist()

@pytest.mark.parametrize('seed', range(10))
def test_stop_ends_a_text(seed):
    model = in_double(seed, vocabulary=4, positions=20)
    for prompt in [1], [0, 3], [[2, 2]]:
        for stop in 3, [0, 2], np.array([1]):
            plain = model.generate(prompt, 15, temperature=0, stop=stop)
            for writer in enable_kv_cache(model), Decoder(model):
                found = writer.generate(prompt, 15, temperature=0, stop=stop)
                assert found.dtype == np.int64 and found.tolist() == plain.tolist()

# bytes

@pytest.mark.parametrize('batch, max_len', [(1, None), (1, 1), (3, 7), (2, 24)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_bytes_are_computed_and_taken(batch, max_len, dtype):
    model = lively(0, layers=3, heads=4, width=16, positions=24, dtype=dtype)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    cache = create_kv_cache(model, batch, max_len)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    expected = kv_bytes(3, 64, batch, max_len or 24, np.dtype(dtype).itemsize)
    assert cache.nbytes == expected and expected <= taken < expected + 8*batch*(max_len or 24) + 5000
    assert (cache.batch, cache.max_len, cache.length) == (batch, max_len or 24, 0)

def test_writing_takes_no_further_memory():
    model = lively(0, heads=4, width=16, positions=24)
    cache = enable_kv_cache(model)
    where = [layer.keys.ctypes.data for layer in cache]
    cache.generate([1], 23)
    assert where == [layer.keys.ctypes.data for layer in cache] and cache.length == 23
    assert '23 of 24 positions' in repr(cache) and f'{cache.nbytes:,} bytes' in repr(cache)

# going back

def test_rewind_keeps_what_agrees():
    model = in_double(3, vocabulary=9, positions=12)
    cache = enable_kv_cache(model)
    text = cache.generate([1, 2, 3], 5, temperature=0)
    other = [*text[:5], (text[5] + 1) % 9, 4]
    assert cache.rewind(other) == 5 == cache.length
    for prompt in other, other[:2], [8, 8], text, [*text, 3]:
        assert cache.generate(prompt, 3, temperature=0).tolist() == model.generate(prompt, 3, temperature=0).tolist()

def test_only_what_is_new_is_read():
    model = lively(3, vocabulary=9, positions=12)
    cache, read = enable_kv_cache(model), []
    text = cache.generate([1, 2, 3], 5, temperature=0).tolist()
    with forward_hook([model.embedding], lambda layer, inputs, settings, out: read.append(out.shape[1])):
        cache.generate([*text, 4], 2, temperature=0)
        cache.generate(text[:6], 1, temperature=0)
    assert read == [2, 1, 1]  # the last of `text` and the 4; one more; the sixth again, for its logits

def test_copies_go_separate_ways():
    model = in_double(3, vocabulary=9, positions=12)
    cache = enable_kv_cache(model)
    text = cache.generate([1, 2, 3], 3, temperature=0).tolist()
    fork = cache.copy()
    assert fork.length == cache.length == fork.rewind(text) == 5
    a, b = cache.generate([*text, 1], 4, temperature=0), fork.generate([*text, 2], 4, temperature=0)
    assert a.tolist() == model.generate([*text, 1], 4, temperature=0).tolist() and b.tolist() == model.generate([*text, 2], 4, temperature=0).tolist()

def test_reset_forgets():
    model = lively(3, vocabulary=9, positions=12)
    cache = create_kv_cache(model)
    model.generate([1, 2, 3], 3, cache=cache)
    model.embedding.weight.data *= 2
    cache.reset()
    assert cache.length == 0
    assert model.generate([4], 3, temperature=0, cache=cache).tolist() == model.generate([4], 3, temperature=0).tolist()

# what is refused

def interrupted(model, cache, block=1):
    class Stop(Exception): pass
    def stop(*_): raise Stop
    with no_grad(), forward_hook([model.blocks[block].attention], stop), pytest.raises(Stop): model([[3]], cache)

def test_after_an_interruption_it_refuses_to_go_on():
    model = in_double(3, vocabulary=9, layers=3, positions=12)
    cache = enable_kv_cache(model)
    text = cache.generate([1, 2, 3], 3, temperature=0)
    interrupted(model, cache)
    assert len({len(layer) for layer in cache}) == 2 and '5 or 6 of 12' in repr(cache)
    for go_on in (lambda: cache.generate(text, 1), lambda: model.generate(text, 1, cache=cache), lambda: model([[1]], cache),
                  lambda: Decoder(model).generate(text, 1, cache=cache), lambda: cache.rewind(text), lambda: cache.length):
        with no_grad(), pytest.raises(ValueError, match=r'\[6, 6, 5\] positions'): go_on()
    cache.truncate(5)
    assert cache.generate(text, 2, temperature=0).tolist() == model.generate(text, 2, temperature=0).tolist()
    interrupted(model, cache, 0)
    cache.reset()
    assert cache.generate(text, 2, temperature=0).tolist() == model.generate(text, 2, temperature=0).tolist()

def test_a_decoder_interrupted_begins_anew():
    model = in_double(3, vocabulary=9, layers=3, positions=12)
    decoder, cache, done = Decoder(model), create_kv_cache(model), []
    attend = decoder.attend
    def attend_or_stop(block, layer):
        done.append(block)
        if len(done) == 5: raise KeyboardInterrupt
        attend(block, layer)
    decoder.attend = attend_or_stop
    with pytest.raises(KeyboardInterrupt): decoder.generate([1, 2], 6, temperature=0, cache=cache)
    assert [len(layer) for layer in cache] == [4, 3, 3]
    with pytest.raises(ValueError, match='interrupted'): decoder.generate([1, 2], 6, temperature=0, cache=cache)
    done.clear()
    with pytest.raises(KeyboardInterrupt): decoder.generate([1, 2], 6, temperature=0)
    decoder.attend = attend
    assert decoder.generate([1, 2], 6, temperature=0).tolist() == model.generate([1, 2], 6, temperature=0).tolist()

def test_a_cache_of_another_model():
    model = lively(3, vocabulary=9, layers=2, heads=2, width=4, positions=12)
    cache = create_kv_cache(model)
    for other in (deepcopy(model), lively(4, vocabulary=9, layers=2, heads=2, width=4, positions=12), lively(3, vocabulary=9, layers=3, heads=2, width=4, positions=12)):
        with pytest.raises(ValueError, match='another model'): other.generate([1], 2, cache=cache)
        with pytest.raises(ValueError, match='another model'): Decoder(other).generate([1], 2, cache=cache)
        with no_grad(), pytest.raises(ValueError, match='another model'): other([[1]], cache)
    for p in model.parameters(): p.data = p.data.astype(np.float64)
    with pytest.raises(TypeError, match='keys are float64, the cache holds float32'): model.generate([1], 2, cache=cache)

def test_another_text_and_too_little_room():
    model = lively(3, vocabulary=9, positions=12)
    for writer in model, Decoder(model):
        cache = create_kv_cache(model, max_len=6)
        writer.generate([1, 2], 3, cache=cache)
        with pytest.raises(ValueError, match='agrees with the first 1'): writer.generate([1, 3, 4, 4, 4], 1, cache=cache)
        with pytest.raises(ValueError, match='needs 7 positions, there is room for 6'): writer.generate([1, 2], 6, cache=cache)
        with pytest.raises(ValueError, match='for 1 texts, the prompt has 2'): writer.generate([[1], [2]], 2, cache=cache)
        with pytest.raises(ValueError, match='for 2 texts, the prompt has 1'): writer.generate([1], 2, cache=create_kv_cache(model, 2))
    with pytest.raises(ValueError, match='for 1 texts, the prompt has 2'): enable_kv_cache(model).generate([[1], [2]], 2)

@pytest.mark.parametrize('change', [lambda w: w + 1e-3, np.negative, lambda w: w[::-1].copy(), lambda w: np.roll(w, 1), lambda w: w*np.float32(1.001)])
def test_weights_that_have_changed(change):
    model = lively(3, vocabulary=9, heads=2, width=4, positions=12)
    cache, kept, decoder = create_kv_cache(model), enable_kv_cache(model), Decoder(model)
    text = model.generate([1, 2], 3, temperature=0, cache=cache)
    kept.generate([1, 2], 3, temperature=0); decoder.generate([1, 2], 3, temperature=0)
    weight = model.blocks[-1].attention.qkv.weight
    weight.data[...] = change(weight.data)  # in place: the array is the same object
    for writer in model, decoder:
        with pytest.raises(ValueError, match='weights have changed since its 4 positions'): writer.generate(text, 2, cache=cache)
    plain = model.generate(text, 2, temperature=0).tolist()
    assert kept.generate(text, 2, temperature=0).tolist() == plain == decoder.generate(text, 2, temperature=0).tolist()
    for a, b in zip(decoder.folded.blocks[-1], fold(model).blocks[-1]): assert np.array_equal(a, b)

def test_weights_that_change_between_two_readings():
    "What is remembered is the weights of the first positions, not of the last"
    model = lively(3, vocabulary=9, positions=12)
    cache = create_kv_cache(model)
    with no_grad():
        model([[1, 2]], cache)
        model.embedding.weight.data += 1
        model([[3]], cache)
    with pytest.raises(ValueError, match='weights have changed since its 3'): model.generate([1, 2, 3, 4], 2, cache=cache)

def test_rewind_takes_no_padding_for_a_token():
    model = lively(3, vocabulary=9, positions=12)
    cache = create_kv_cache(model, 2)
    model.generate([[0, 1], [3, 4]], 1, cache=cache)
    assert cache.rewind([[0, 1], [3, 4]]) == 2 and cache.rewind([[1], [3, 4]]) == 0

def test_a_decoder_notes_what_it_reads():
    model = lively(3, vocabulary=9, positions=12)
    cache = create_kv_cache(model)
    text = Decoder(model).generate([1, 2], 6, temperature=0, cache=cache)
    assert cache.length == 7 == cache.rewind(text) and cache.ids[0, :7].tolist() == text[:7].tolist()

def test_fingerprints_see_each_parameter():
    model = lively(3, vocabulary=9, layers=1, heads=2, width=4, positions=5)
    before = fingerprint(model)
    for name, p in model.named_parameters():
        p.data.reshape(-1)[-1] += 1e-3
        now = fingerprint(model)
        assert now != before, name
        before = now
    half = deepcopy(model)
    for p in half.parameters(): p.data = p.data.astype(np.float16)
    assert fingerprint(half) != before and fingerprint(half) == fingerprint(deepcopy(half))

@pytest.mark.parametrize('settings, error, words', [
    (dict(batch=0), ValueError, 'batch is a whole number, at least 1, got 0'), (dict(batch=1.5), TypeError, 'batch is a whole number'),
    (dict(max_len=0), ValueError, 'max_len is a whole number, at least 1'), (dict(max_len=13), ValueError, 'max_len=13, and the model has 12 positions'),
    (dict(max_len='9'), TypeError, 'max_len is a whole number')])
@pytest.mark.parametrize('make', [KVCache, create_kv_cache, enable_kv_cache])
def test_sizes_of_a_cache(make, settings, error, words):
    with pytest.raises(error, match=words): make(lively(3, positions=12), **settings)

@pytest.mark.house  # True as a size
def test_true_is_one():
    cache = KVCache(lively(3, positions=12), batch=True, max_len=True)
    assert (cache.batch, cache.max_len) == (1, 1) and 'True' not in repr(cache)
    assert '0 of 1 positions, batch 1' in repr(cache) and 'no of 1 positions' in repr((disable_kv_cache(cache), cache)[1])

@pytest.mark.parametrize('what', [Sequential(Linear(2, 2)), None, 'gpt', TransformerBlock(4, 2)])
def test_what_has_no_keys(what):
    for make in KVCache, create_kv_cache, enable_kv_cache, disable_kv_cache, Decoder:
        with pytest.raises(TypeError, match=f'expected a GPT, got {type(what).__name__}'): make(what)

def test_doors_change_no_model():
    model = lively(3, vocabulary=9, positions=12, dropout=.3)
    for p in model.parameters(): p.grad = np.ones_like(p.data)
    model.blocks[0].eval()
    before, training, attributes = state(model), modes(model), set(vars(model)) | {'training'}
    cache, decoder = enable_kv_cache(model), Decoder(model)
    text = cache.generate([1, 2], 4, temperature=0)
    assert decoder.generate([1, 2], 4, temperature=0).tolist() == text.tolist()
    assert disable_kv_cache(cache) is model is disable_kv_cache(model) and cache.nbytes == 0
    assert state(model) == before and modes(model) == training and set(vars(model)) | {'training'} == attributes
    assert all((p.grad == 1).all() for p in model.parameters())
    with pytest.raises(ValueError, match='has 0 layers'): cache.generate([1], 1)

# the loop over arrays

@pytest.mark.parametrize('settings, words', [
    (dict(temperature=-.1), 'temperature'), (dict(top_k=10), 'top_k=10 of 9'), (dict(max_new_tokens=-1), 'max_new_tokens'), (dict(max_new_tokens=12), 'max_seq_len is 12'),
    (dict(prompt=[]), 'at least one id'), (dict(prompt='abc'), "prompt is 'abc'"), (dict(stop=9), 'stop=9 of 9'), (dict(prompt=[9]), 'id 9'), (dict(prompt=[1.5]), 'whole numbers')])
def test_settings_of_generate(settings, words):
    model = lively(5, vocabulary=9, positions=12)
    for writer in enable_kv_cache(model), Decoder(model):
        with pytest.raises(ValueError, match=words): writer.generate(**{'prompt': [1], 'max_new_tokens': 3, **settings})

@pytest.mark.parametrize('new', [0, 1, 2, 11])
def test_forms_and_counts(new):
    model = in_double(5, vocabulary=9, positions=12)
    decoder = Decoder(model)
    for prompt in [4], [[4]], np.array([4]), Tensor(np.array([[4]])):
        found, plain = decoder.generate(prompt, new, temperature=0), model.generate(prompt, new, temperature=0)
        assert found.dtype == np.int64 and found.shape == plain.shape and (found == plain).all()

def test_what_a_cache_of_plain_layers_gets():
    model = in_double(5, vocabulary=9, layers=1, heads=2, width=3, positions=12)
    layers = [LayerCache(1, 2, 12, 3, np.float64)]
    assert Decoder(model).generate([4], 5, temperature=0, cache=layers).tolist() == model.generate([4], 5, temperature=0).tolist()
    with pytest.raises(TypeError, match='make_cache'): Decoder(model).generate([4], 5, cache=True)

def unfoldable():
    "Models that compute something else than plain arrays would, and what is said of them"
    model = lively(5, vocabulary=9, layers=2, heads=2, width=4, positions=12)
    class Loud(Linear):
        def forward(self, x): return super().forward(x)*2
    class Own(GPT): pass
    def changed(change):
        other = deepcopy(model)
        change(other)
        return other
    def half(m):
        for p in m.parameters(): p.data = p.data.astype(np.float16)
    def mixed(m): m.norm.bias.data = m.norm.bias.data.astype(np.float64)
    def exact(m): m.blocks[1].mlp.approximate = 'none'
    def loud(m): m.blocks[0].mlp.up = Loud(8, 32)
    def patched(m): m.blocks[0].forward = lambda x, *a, **k: x
    def uneven(m): m.blocks[1].attention.num_heads = 1
    def own_logits(m): m.logits = lambda x: x
    def extra(m): m.blocks[0].mlp = Sequential(m.blocks[0].mlp, ReLU())
    for change, words in ((half, 'float16'), (mixed, 'float32 and float64'), (exact, 'blocks.1.mlp has exact GELU'), (loud, 'blocks.0.mlp.up is a Loud'),
                          (patched, 'blocks.0 is a TransformerBlock of its own'), (uneven, 'not all as many'), (own_logits, 'the model is a GPT of its own'), (extra, 'blocks.0.mlp is a Sequential')): yield change.__name__, changed(change), words
    yield 'own', Own(9, 8, 1, 2, 12), 'the model is a Own'

@pytest.mark.parametrize('name, model, words', list(unfoldable()), ids=lambda x: x if isinstance(x, str) else '')
def test_what_cannot_be_folded(name, model, words):
    with pytest.raises(ValueError, match=f'Decoder: .*{words}.*model.generate'): Decoder(model)

def logits_of(decoder, token):
    "What follows `token` alone, by the decoder's own arithmetic"
    if type(decoder) is KernelDecoder: return decoder.read_prompt([token], decoder.model.make_cache())
    return decoder.step(token, decoder.model.make_cache())

@pytest.mark.parametrize('make', [Decoder, KernelDecoder])
def test_settings_that_change_later_are_noticed(make):
    model = lively(5, vocabulary=9, layers=2, heads=2, width=4, positions=12)
    decoder = make(model)
    decoder.generate([1, 2], 3)
    model.blocks[0].norm1.eps = 3.
    decoder.generate([1, 2], 3)
    with no_grad(): close(logits_of(decoder, 4), model([[4]]).data[0, -1], rtol=1e-3, atol=1e-4)
    model.blocks[0].norm1.eps = 1e-5
    for block in model.blocks: block.attention.num_heads = 1
    assert decoder.generate([1, 2], 10, temperature=0).tolist() == model.generate([1, 2], 10, temperature=0).tolist()
    model.blocks[1].mlp.approximate = 'none'
    with pytest.raises(ValueError, match='exact GELU'): decoder.generate([1, 2], 3)

@pytest.mark.parametrize('make', [Decoder, KernelDecoder])
def test_a_last_norm_without_weights(make):
    model = lively(5, vocabulary=9, layers=2, heads=2, width=4, positions=12)
    model.norm = LayerNorm(8, elementwise_affine=False)
    written = model.generate([4], 11, temperature=0).tolist()
    assert make(model).generate([4], 11, temperature=0).tolist() == written == KVCache(model).generate([4], 11, temperature=0).tolist()

def test_pruned_layers_and_missing_biases():
    model = in_double(5, vocabulary=9, layers=2, heads=2, width=4, positions=12)
    model.blocks[0].mlp.up = PrunedLinear(model.blocks[0].mlp.up)
    for layer in model.blocks[1].attention.qkv, model.blocks[1].attention.out, model.blocks[0].mlp.down, model.blocks[0].norm1, model.norm: layer.bias = None
    model.blocks[1].norm2.weight = model.blocks[1].norm2.bias = None
    assert Decoder(model).generate([4], 11, temperature=0).tolist() == model.generate([4], 11, temperature=0).tolist()

def test_weights_are_centered_in_float64():
    "An embedding far from zero: in float32 its mean takes the digits with it"
    model = lively(5, vocabulary=9, heads=2, width=8, positions=12)
    model.embedding.weight.data += 1000
    rows = model.embedding.weight.data.astype(np.float64)
    close(fold(model).tokens, (rows - rows.mean(1, keepdims=True)).astype(np.float32), rtol=0, atol=0)

@pytest.mark.parametrize('where', ['embedding', 'positions', 'blocks.0.mlp.up', 'norm'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_what_is_no_number_is_noticed(where, value):
    model = lively(5, vocabulary=9, positions=12)
    decoder = Decoder(model)
    dict(model.named_modules())[where].weight.data[...] = value
    with np.errstate(all='ignore'), pytest.raises(FloatingPointError, match=f'nor is {where}.weight'): decoder.generate([1], 4)

def test_nan_that_comes_up_later_is_noticed():
    model = lively(5, vocabulary=9, positions=12)
    model.positions.weight.data[3:] = np.nan
    assert len(Decoder(model).generate([1], 3)) == 4
    with pytest.raises(FloatingPointError, match='position 4 .*nor is positions.weight'): Decoder(model).generate([1], 4)

def test_scores_too_large_for_e():
    model = in_double(5, vocabulary=9, positions=12)
    for block in model.blocks: block.attention.qkv.weight.data *= 100
    with np.errstate(over='raise', invalid='raise', divide='raise'): assert Decoder(model).generate([1], 11, temperature=0).tolist() == model.generate([1], 11, temperature=0).tolist()

def test_two_decoders_of_one_model_in_two_threads():
    "What they write is the model's, and its mode is put back"
    model, written = lively(5, vocabulary=9, layers=2, heads=2, width=4, positions=12).train(), []
    expected = [model.generate([i % 9], 3, temperature=0).tolist() for i in range(150)]
    def write(decoder): written.append([decoder.generate([i % 9], 3, temperature=0).tolist() for i in range(150)])
    threads = [Thread(target=write, args=(Decoder(model),)) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert written == [expected]*2 and all(modes(model))
