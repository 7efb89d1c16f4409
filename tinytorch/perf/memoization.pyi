# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What a model has computed once is kept: the next token costs one token, in bytes that are counted and times that are measured.'
from typing import Any
__all__ = ['KVCache', 'create_kv_cache', 'enable_kv_cache', 'disable_kv_cache', 'Decoder']
import functools
import math
from collections import namedtuple
from threading import Lock
import numpy as np
from ..core.activations import cubic
from ..core.attention import MultiHeadAttention, is_mild, row_maxima, row_sums
from ..core.autograd import no_grad
from ..core.embeddings import Embedding, LearnedPositionalEmbedding
from ..core.layers import Dropout, Linear, evaluating
from ..core.tensor import Tensor, as_rng, patch
from ..core.transformers import GPT, MLP, GPTCache, LayerNorm, TransformerBlock, agreeing, as_prompts, check_count, check_settings, check_stop, held_positions, resume, sample_token
from . import profiling
from .compression import PrunedLinear
def cache_bytes(cache):
    ...
def kv_bytes(layers, width, batch, max_len, itemsize=4):
    'Bytes of the keys and the values of all those positions'
    ...
@functools.cache
def probe(n, dtype):
    '`n` random numbers, the same each time'
    ...
def probed(a):
    'Shape and dtype of the array `a`, and its dot product with random numbers'
    ...
def fingerprint(model):
    'A tuple that is another one once a weight of `model` has changed, or its shape or dtype\n\n    One dot product with `probe` for each parameter.'
    ...
def kind_and_size(model):
    ...
def check_writer(name, model):
    'Raise TypeError unless `model` is a `GPT`'
    ...
def another_model(own, model):
    ...
def changed_weights(held):
    ...
def too_long(asked, positions):
    ...
class KVCache(GPTCache):
    'Keys and values of one text, or batch of texts, that `model` has read; for `cache=`\n\n    A list with one `LayerCache` per block, as `model.make_cache` gives. It refuses another model,\n    weights that have changed, and to go on after a reading that was interrupted. `model` is the\n    one it was made for, `weights` the `fingerprint` of the first reading, None before it.'
    def __init__(self, model, batch=1, max_len=None):
        ...
    def note(self, ids, held, left_padding):
        'Remember that `ids` (B, T) come after the `held` columns, and at the first which weights'
        ...
    def check_model(self, model):
        'Raise ValueError unless `model` is the one this cache was made for'
        ...
    def check_weights(self):
        'Raise ValueError if the weights are no longer those its positions were read with'
        ...
    def reset(self):
        'Forget all positions; the memory stays'
        ...
    @property
    def length(self):
        'Positions held; ValueError if layers differ in it'
        ...
    @property
    def batch(self):
        'Texts side by side'
        ...
    @property
    def max_len(self):
        'Positions there is room for'
        ...
    @property
    def nbytes(self):
        'Bytes of all keys and values, in use or not'
        ...
    def rewind(self, prompt) -> int:
        'Forget all but what `prompt` begins with; how many positions are still held\n\n    None are if the weights have changed, or if texts have padding before them.'
        ...
    def generate(self, prompt, max_new_tokens, temperature=1.0, top_k=None, rng=None, stop=None):
        'What `model.generate` gives, of any prompt: what the cache holds of its beginning is not read'
        ...
    def copy(self) -> KVCache:
        'Another cache of the same model that holds the same'
        ...
    def __repr__(self):
        ...
    model: Any
    weights: Any
    ...
def positions_held(cache):
    ...
def create_kv_cache(model, batch=1, max_len=None) -> KVCache:
    'An empty `KVCache` for `model.generate(…, cache=)` and `model(ids, cache)`, its memory taken'
    ...
def enable_kv_cache(model, batch=1, max_len=None) -> KVCache:
    "A cache that writes: its `generate` is the model's, and reads no token of a text twice"
    ...
def disable_kv_cache(cache) -> GPT:
    'The model, as it always was; the memory of `cache` is given back, and it serves no longer'
    ...
FOLDABLE: tuple
def cannot_fold(why):
    ...
def own_methods(part):
    'What of `part` stands before a method of its class'
    ...
def check_parts(model):
    'Raise ValueError unless all of `model` is of classes whose arithmetic is known'
    ...
def check_foldable(model):
    'Raise ValueError, with the reason, if the `GPT` cannot be written down as folded arrays'
    ...
SETTINGS: tuple
def settings_of(model):
    'What else than weights decides what `model` computes: its parts, in order, and their settings'
    ...
def wide(tensor):
    ...
def centered(rows):
    '`rows` (N, D), each less its mean'
    ...
def stacked(layer):
    'Weight and bias of a linear layer, float64, in one matrix (in + 1, out): the bias comes last'
    ...
def fold_layer_norm(norm, matrix):
    '`matrix` (D + 1, n) for what the norm reads instead: [x̂, 1/s] @ it, times s\n\n    x̂ is the stream less its mean, s one over its spread.'
    ...
FoldedBlock: Any
def fold_block(block, dtype):
    'The four matrices of `block`, norms, biases and constants in them'
    ...
Folded: Any
def fold(model):
    'The arrays of `model` with its norms in the weights next to them'
    ...
class Decoder:
    "Writes what `model.generate` writes, for one text at a time, by a loop over folded arrays\n\n    Greedy ids are the model's, but where two logits are equal up to rounding. It holds the weights\n    folded, as many bytes again; `generate` notices that they have changed and folds them anew.\n    ValueError says what cannot be folded."
    def __init__(self, model):
        ...
    def refresh(self):
        'Fold the weights of the model again if they, or its settings, have changed'
        ...
    def prepare(self, folded):
        'Make ready what `step` works with'
        ...
    def read(self, matrix, eps, out):
        'Write what `matrix` makes of the norm of the stream into `out`; `spread` is written too'
        ...
    def attend(self, block, layer):
        'Add to the stream what its token finds in `layer` and in itself; `layer` then holds it'
        ...
    def feed(self, block):
        'Add to the stream what the MLP of `block` makes of it'
        ...
    def step(self, token, cache):
        'Logits (V,) for what follows `token`, which `cache` then holds; the next step overwrites them'
        ...
    def read_prompt(self, ids, cache):
        'Logits (V,) for what follows the list `ids`, which `cache` then holds'
        ...
    def finish(self, cache):
        'What is to be done when a text is written: nothing here'
        ...
    def go_on(self, text, end, cache, stop, **settings):
        'Append ids to the list `text` until it has `end` of them or the last is one of `stop`'
        ...
    def check_request(self, length, new, temperature, top_k, stop):
        'Raise what `model.generate` raises of a request that cannot be met'
        ...
    def generate(self, prompt, max_new_tokens, temperature=1.0, top_k=None, rng=None, cache=None, stop=None):
        'What `model.generate` gives, with all it takes; several texts at once are left to the model'
        ...
    weights: Any
    model: Any
    cache: Any
    folded: Any
    x: Any
    mixed: Any
    hidden: Any
    qkv: Any
    inner: Any
    logits: Any
    stream: Any
    spread: Any
    q: Any
    kv: Any
    heads: Any
    ...
ONE_AT_A_TIME: Any
