# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A quarter of the bytes: weights as whole numbers from -127 to 127, and a model that computes from them.'
from typing import Any
__all__ = ['quantize_int8', 'dequantize_int8', 'QuantizedLinear', 'compare_model_sizes', 'quantize_model']
import math
import os
from copy import deepcopy
from functools import cache
import numpy as np
from ..core.layers import Linear, Module, affine_error, as_rows, forward_hook, replace_modules
from ..core.tensor import Tensor, lift, op, patch, to_array
from .techniques import check_linear, check_module, computes_linear, linear_layers, record_technique, stored_bytes, weight_arrays
def not_finite(bad, size):
    ...
def finite_array(array):
    '`array` in float32; a ValueError if one of its values is NaN or infinite there'
    ...
def value_range(a, axis):
    '[lowest, highest] value, zero included, of the whole array or of each slice along `axis`\n\n    Of a slice the other axes are kept, of size 1.'
    ...
def quantize_int8(array, axis=None, symmetric=True) -> tuple:
    "(codes, scale, zero_point): int8 of the array's shape, float32 and int8 that broadcast to it\n\n    `(codes - zero_point)*scale` is within half a `scale` of `array` (and float32's rounding), and\n    zero stays exactly zero. Symmetric codes reach from -127 to 127, the others, for values that\n    are mostly on one side, from -128. ValueError if a value is NaN or infinite in float32."
    ...
def dequantize_int8(codes, scale, zero_point=0):
    'The float32 array that `codes` stand for: `(codes - zero_point)*scale`'
    ...
def product_with_codes(x, codes, block=2 ** 18):
    '`x @ codes`, (N, out), without a float copy of all the codes\n\n    At most `block` of them are floats at a time, in at most 512 rows.'
    ...
backends: dict
def check_source(linear, backend):
    'Raise an error unless `linear` is a `Linear`, and there is such a backend'
    ...
class QuantizedLinear(Module):
    "A `Linear` whose weights are int8 with one float32 scale for each output\n\n    No float copy of them is kept. `backend='numpy'` multiplies the input with the codes, in\n    blocks, and scales the result: file and memory are smaller, a call is slower. With\n    `input_range` the input is rounded to int8 too. `backend='onnxruntime'` uses integer\n    arithmetic on the CPU, and float32 around it; without `input_range` it finds the input's range\n    anew in each call, over the whole batch. Weight and bias are frozen parameters, the scales are\n    buffers: all are in `state_dict`, none can be trained."
    session: Any
    def __init__(self, linear, backend='numpy', input_range=None):
        ...
    def forward(self, x) -> Tensor:
        ...
    def extra_repr(self):
        ...
    in_features: Any
    out_features: Any
    def numpy_product(self, x):
        '(N, out) for the array `x` (N, in)'
        ...
    @property
    def training(self):
        'Always False'
        ...
    @training.setter
    def training(self, value): ...
    def round_inputs(self, lowest, highest):
        'Round inputs to int8 from now on, with marks for values from `lowest` to `highest`, and zero'
        ...
    def integer_product(self, x):
        "(N, out), float32, for the array `x` (N, in), by onnxruntime's integer arithmetic"
        ...
    def own_members(self):
        'As in every module; a session made from the arrays is dropped\n\n    Whoever looks through them may change them.'
        ...
    def __getstate__(self):
        ...
    backend: Any
    weight: Any
    bias: Any
    ...
def size_property(axis, doc):
    ...
def int8_error(call, arrays, error, settings):
    'The complaint of a `Linear` of the same sizes'
    ...
def int8_linear(x, *, layer) -> Tensor:
    'What the `QuantizedLinear` gives for `x` (…, in), of shape (…, out); it has no gradient'
    ...
def refuse_training(self, mode):
    ...
def empty_range(lowest, highest):
    ...
def accelerator():
    'The modules onnx and onnxruntime; an ImportError with the way out if they are not installed'
    ...
def integer_nodes(node, calibrated):
    "The operators from 'x' to 'y'; whether the input's scale 'xs' and zero point 'xz' are given"
    ...
def integer_graph(codes, scale, bias, input_scale, input_zero):
    'The bytes of an ONNX model (opset 13) from float32 `x` to `y`, its product in whole numbers'
    ...
def open_session(graph, careful=False):
    "onnxruntime's session for `graph`, on OMP_NUM_THREADS threads (unset: as many as it likes)"
    ...
@cache
def overflows():
    "Does this processor's fast kernel lose sums? Tried once, with the largest codes"
    ...
def new_session(layer):
    "onnxruntime's session for the product of a `QuantizedLinear`; it holds a copy of the codes"
    ...
def check_ranges(ranges):
    'Raise ValueError, naming the layers, if calibration data gave a layer no range'
    ...
def input_ranges(model, data):
    '{id of layer: (lowest, highest) input} of each linear layer, while `model` works on `data`'
    ...
def compare_model_sizes(model, changed) -> dict:
    "`stored_bytes` 'before' and 'after', how many are 'saved', and their 'ratio', before/after"
    ...
def check_bits(bits):
    'Raise ValueError unless `bits` is 8'
    ...
def quantize_model(model, bits=8, calibration_data=None, backend='numpy') -> Module:
    "A new model, in eval mode, with a `QuantizedLinear` in place of every `Linear`\n\n    It has no array in common with `model`. Without `calibration_data` only weights are rounded;\n    with it each layer's input range is fixed. `techniques` of the new model says what was done.\n    ValueError if `bits` is not 8, there is no `Linear`, or a number in one is NaN or infinite;\n    ImportError if onnxruntime is asked for and is not installed."
    ...
