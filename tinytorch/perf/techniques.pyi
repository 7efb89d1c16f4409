# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What was done to a model is written down as it is done, and what its arrays show is counted, so that a claim can be checked.'
from typing import Any
__all__ = ['stored_bytes', 'sparsity', 'weight_dtypes', 'techniques_of', 'record_technique']
from copy import deepcopy
from ..files import portable
import numpy as np
from ..core.layers import Linear, Module, linear
from ..core.tensor import Tensor
def stored_bytes(model) -> int:
    'Number of bytes of the safetensors file that holds the `state_dict` of `model`'
    ...
def weight_tensors(model):
    '{name: tensor} of the weights of `model`: every parameter with two axes or more'
    ...
def weight_arrays(model):
    '{name: array} of the weights of `model`; codes of half a byte come one to a byte'
    ...
def stored_dtype(tensor):
    "Name of the dtype in which `tensor` is stored; tensors of packed codes say theirs: 'int4'"
    ...
def sparsity(model) -> float:
    'Share of the weights of `model` that are exactly zero, from 0 to 1; floats or int8 alike'
    ...
def weight_dtypes(model) -> dict:
    '{dtype: share of the weights of `model` that are stored in it}\n\n    The shares sum to 1, and a model without weights has none.'
    ...
def computes_linear(layer):
    'Is `layer` a `Linear` that computes `x @ weight + bias`? A `forward` of its own is tried out'
    ...
def linear_layers(model):
    '{name: layer} of every layer in `model` that computes `x @ weight + bias` in floating numbers'
    ...
def not_finite(call, bad, size, place):
    ...
def check_finite(call, layers):
    'Raise ValueError, naming the array, if `layers` hold a number that is NaN or infinite'
    ...
def no_linear(call, model, what='Linear layer'):
    'The ValueError for a `model` in which there is nothing to change: why'
    ...
def check_module(call, model):
    'Raise TypeError unless `model` is a `Module`'
    ...
def check_linear(call, model):
    'Raise ValueError unless `model` has linear layers in floats, and all of them are finite'
    ...
def techniques_of(model) -> list:
    'What was done to `model`, oldest first: copies of the entries that `record_technique` made'
    ...
def record_technique(new, old, name, **facts):
    '`new`, with one more entry in its list `techniques`\n\n    It holds name, facts, and bytes and parameters of both models as measured now.'
    ...
