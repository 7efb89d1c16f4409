# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Fewer numbers: weights that become zero and stay zero, neurons that go away, and what each saves in bytes that exist.'
from typing import Any
__all__ = ['measure_sparsity', 'PrunedLinear', 'magnitude_prune', 'structured_prune']
from copy import deepcopy
from numbers import Real
from warnings import warn
import numpy as np
from ..core.autograd import keep_where, vjp
from ..core.layers import Linear, Module, forward_hook, linear, replace_modules
from ..core.opcheck import sample_each
from ..core.tensor import Tensor, lift, op
from .techniques import check_linear, check_module, linear_layers, record_technique, sparsity
def check_sparsity(sparsity):
    '`sparsity` as a float, if it is a share from 0 to below 1; else a ValueError'
    ...
def no_share(sparsity):
    ...
def smallest(arrays, count):
    'One boolean array for each of `arrays`: True at the `count` elements nearest to zero\n\n    All arrays compete together; of equal elements the earlier are chosen.'
    ...
def mask_zeros(x) -> Tensor:
    '`x` itself; its elements that are exactly zero get no gradient, so no optimizer moves them'
    ...
def mask_zeros_vjp(g, out, x):
    ...
class PrunedLinear(Linear):
    'A `Linear` whose weights stay zero, in training too, where they are zero now\n\n    Its `state_dict` is that of a `Linear`.'
    def __init__(self, linear):
        ...
    def forward(self, x) -> Tensor:
        ...
    weight: Any
    bias: Any
    training: Any
    ...
def dead_layers(layers):
    'Names of those `layers` whose weights are all zero: they give the same for every input'
    ...
def warn_of_dead(sparsity, names):
    'Warn, at the line that called the caller, of layers without a weight'
    ...
def weights_of(layers):
    'The weights of the {name: layer} `layers`, each once, also if several layers have it'
    ...
def magnitude_prune(model, sparsity=0.5) -> Module:
    'A new model, its `round(sparsity*n)` smallest weights zero, over all `Linear` layers together\n\n    That is global magnitude pruning (Han et al. 2015). Biases are kept. Zeros stay zero when the\n    new model is trained, by an optimizer made for it. Weights that were zero before are the first\n    to be chosen, and stay zero too. A UserWarning names layers that are left without a weight.\n    `techniques` of the new model says what was done.'
    ...
measure_sparsity: Any
def cut_neurons(maker, reader, keep):
    'Take columns and biases out of `maker`, and rows out of `reader`, for all other neurons'
    ...
def importance(maker, reader):
    "(neurons,): the length (L2) of a neuron's incoming weights times that of its outgoing ones\n\n    The bias counts as incoming; sums are taken in float64."
    ...
def call_order(model, inputs):
    'Names of the `linear_layers` of `model` in the order in which they are called'
    ...
def not_run(error):
    ...
def candidates(model, inputs):
    '[(name of the maker, name of the reader)] of linear layers that may be cut between them\n\n    They are called one after the other and once each, and the second reads as many numbers as the\n    first makes.'
    ...
def nearly_equal(found, expected):
    'Do two results differ by no more than rounding, in their dtype, can explain?'
    ...
def pruned_copy(model, maker, reader, keep, inputs):
    'A copy of `model` without the other neurons\n\n    None if that takes away more than what they add to the layer that reads them.'
    ...
def probe_batch(model):
    '16 rows of normal numbers, as many in each as the first `Linear` of `model` takes'
    ...
def check_inputs(inputs):
    '`inputs` as a tensor; ValueError if a number in it is NaN or infinite, and could show nothing'
    ...
def no_neurons(model):
    ...
def structured_prune(model, sparsity=0.5, inputs=None) -> Module:
    'A new model without the `round(sparsity*n)` least important neurons of each hidden layer\n\n    Its arrays are really smaller. A hidden layer is a `Linear` that only the next `Linear` reads,\n    through functions that treat each neuron alone. That is found by running the model, and each\n    cut is verified (see `pruned_copy`); a layer for which it does not hold stays whole. One neuron\n    always stays. ValueError if there is no layer to cut. `techniques` of the new model gives the\n    neurons of each layer before and after.'
    ...
def to_csr(dense):
    '(values, columns, starts) of the matrix `dense`\n\n    Its numbers that are not zero, row by row; the column of each; and where each row starts, and\n    the last one ends. The last two are int32: four bytes for each number kept, and for each row.'
    ...
def from_csr(values, columns, starts, width):
    'The dense matrix, of `len(starts) - 1` rows, that `to_csr` took apart'
    ...
