# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Inputs for every operation, and the laws it must obey on all of them.'
from typing import Any
__all__ = ['sample', 'sample_each', 'check_op']
from itertools import product
import numpy as np
from numpy import ndarray
from .tensor import Tensor, absolute, acos, add, asin, atan, cast, clip_between, concatenate, cos, cosh, div, exp, exp2, expand, expm1, getitem, log, log10, log1p, log2, matmul, maximum, minimum, mod, mul, neg, pad_edges, permute_axes, pick_along, power, reciprocal, reduce_max, reduce_min, reduce_prod, reduce_sum, reshape, rsqrt, running_sum, sin, sinh, sqrt, square, sub, tan, triangle, where_op
from .activations import erf, exponential_linear, gelu_erf, gelu_tanh, leaky, log_softmax_along, relu, sigmoid, silu, soft_plus, softmax_along, tanh
from .layers import affine
from .losses import bce_elementwise, bce_with_logits_elementwise, softmax_cross_entropy
from .autograd import apply_vjp, gradcheck, vjp_rules
samples: dict
def sample(operation, *shapes, within=(-2.0, 2.0), **settings):
    'Register shapes, a range of values and settings on which `check_op` is to try `operation`'
    ...
def sample_each(operations, cases, within=(-2.0, 2.0), **choices):
    'Register every case, with every combination of `choices`, for every op'
    ...
ONE_INPUT: list
TWO_INPUTS: list
def scattered(array):
    'The same numbers, not next to each other in memory'
    ...
def tried(operation, arrays, settings, arrange):
    'The result and the gradients of `operation` when `arrange` has put all arrays into memory'
    ...
def check_scattered(operation, arrays, settings):
    'Raise AssertionError if result or gradients differ for the same numbers in scattered memory'
    ...
def check_unwritten(operation, arrays, settings):
    'Raise AssertionError if `operation` or its rule changes an input'
    ...
def check_ownership(operation, arrays, settings):
    'Raise AssertionError if the rule hands out an input, something saved, or one fresh array twice'
    ...
def check_dtype(operation, arrays, settings):
    'Raise AssertionError if `operation` makes of float32 something else, unless it was told to'
    ...
def check_op(operation) -> int:
    'Number of samples on which `operation` obeys the laws; an AssertionError names a broken one'
    ...
