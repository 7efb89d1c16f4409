# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A machine that finds a separating line by itself, from its own mistakes, and provably stops.'
from typing import Any
__all__ = ['run']
import numpy as np
import tinytorch.core.autograd
from ..core.activations import relu
from ..core.layers import Linear
from ..core.optimizers import SGD
from ..core.tensor import Tensor, as_rng
from .record import Figure, Outcome
def clouds(n, rng, gap=0.2):
    '`n` points of the plane, (n, 2) float32, and their sides, -1 or 1, of a random line\n\n    No point is nearer to the line than `gap`.'
    ...
def perceptron_loss(scores, sides):
    '`max(0, -y·s)` added up: how far the wrong ones are on the wrong side'
    ...
def fit_perceptron(x, y, rng, passes=100):
    'The layer, and one row (weights…, bias, mistakes) for each pass until one makes no mistake'
    ...
def learn_point(layer, optimizer, x, y):
    'Was the one point `x` on the wrong side? Then the weights have changed'
    ...
def accuracy_of(layer, x, y):
    'Share of the points that are on their side of the line'
    ...
def run(retrain=False, progress=False):
    'The `Outcome`: a new line, new points and new weights for each of ten seeds\n\n    Everything is trained in any case.'
    ...
