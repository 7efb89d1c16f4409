# Made by scripts/make_stubs.py from the module beside it; do not edit.
'One compiled kernel a token: the decode loop without its calls, on float32 weights or on codes of 8 bits.'
from typing import Any
__all__ = ['KernelDecoder']
import math
import numpy as np
from ..core.embeddings import as_ids
from ..core.tensor import patch
from .kernels import kernel
from .memoization import Decoder
from .quantization import quantize_int8
def row_times_matrix(x, matrix, n, out):
    'Write the first `n` numbers of `x @ matrix` into `out`; floats or codes, eight rows at a time'
    ...
def exponentials(x, n, bits):
    'Write e^x over the first `n` numbers of `x`, float32; `bits`, int32 of that size, is used'
    ...
def exponential_weights(scores, n, bits):
    'Write e^(score - something) over the first `n` of `scores`, the same in each; their sum'
    ...
def as_codes(matrix, bits):
    'The weights, int8 or float32 (…, D, n), and their scales and the biases, float32 (…, 2, n)'
    ...
def affine_row(x, codes, rows, spread, out):
    'Write `x @ codes` times the scales, over the `spread`, plus the biases into `out`, (n,)'
    ...
def spread_of(x, eps):
    'Spread of a row with mean 0: √(mean of squares + eps)'
    ...
def attend_token(qkv, keys, values, t, scores, bits, out):
    'Write what the token at place `t` finds in `keys` (H, d, room) and `values` (H, room, d)'
    ...
GELU_A: Any
GELU_B: Any
def double_gelu(h, e, bits):
    'Write 2·gelu(h) over `h`, (n,); `e` and `bits` of at least that size are used'
    ...
def decode_token(token, t, tokens, positions, qkv, out, up, down, head, qkv_rows, out_rows, up_rows, down_rows, head_rows, keys, values, eps, x, wide, mixed, hidden, spare, bits, logits):
    'Write the logits for what follows `token` at place `t`; `keys` and `values` then hold it'
    ...
def check_bits(bits):
    'Raise ValueError unless `bits` is None or 8'
    ...
def check_float32(dtype):
    'Raise ValueError unless weights are float32'
    ...
def all_finite(arrays):
    ...
class KernelDecoder(Decoder):
    "A `Decoder` that computes each token in one compiled kernel, in float32\n\n    With `bits=8` the weights are int8 codes, one scale per output: ids then differ from the model's\n    where two logits are nearly equal. ImportError, with the way out, if Numba is missing."
    def __init__(self, model, bits=None):
        ...
    def prepare(self, folded):
        'Make ready what the kernel works with'
        ...
    def read_prompt(self, ids, cache):
        'Logits (V,) for what follows `ids`, which come after what `cache` holds'
        ...
    def step(self, token, cache):
        'Logits (V,) for what follows `token`; the next step overwrites them'
        ...
    def finish(self, cache):
        'Let `cache` hold what has been read'
        ...
    bits: Any
    ...
