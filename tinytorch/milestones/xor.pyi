# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Four points that no line separates, and the hidden layer that separates them.'
from typing import Any
__all__ = ['run']
import numpy as np
import tinytorch.core.autograd
from ..core.activations import Tanh
from ..core.layers import Linear, Sequential
from ..core.losses import binary_cross_entropy_with_logits
from ..core.optimizers import Adam
from ..core.tensor import Tensor, as_rng
from .record import Figure, Outcome
POINTS: Any
ANSWERS: Any
def fit(model, steps=400, lr=0.05):
    'The losses of `steps` steps of training `model` on the four points'
    ...
def accuracy_of(model):
    'Share of the four points that `model` answers rightly'
    ...
def two_layers(rng, hidden=8):
    '2 inputs, `hidden` tanh units, 1 score'
    ...
def run(retrain=False, progress=False):
    'The `Outcome`: both models from ten seeds; everything is trained in any case'
    ...
