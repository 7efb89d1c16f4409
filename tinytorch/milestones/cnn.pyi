# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A network that knows which pixels are neighbors reads better with a third of the weights.'
from typing import Any
__all__ = ['run']
from io import BytesIO
import numpy as np
import tinytorch.core.autograd
from ..core.activations import ReLU
from ..core.autograd import no_grad
from ..core.layers import Flatten, Linear, Sequential
from ..core.spatial import BatchNorm2d, Conv2d, MaxPool2d
from ..core.tensor import as_rng
from ..datasets import cache_folder, card, data_folder, load
from ..files import file_sha256, portable, write_atomically
from .mlp import HIDDEN, fit, mlp
from .record import Figure, Outcome
def accuracy_of(model, part, step=250):
    'Share of the images in `part` that `model` names rightly'
    ...
def cnn(channels, size, rng):
    'Blocks of convolution, batch normalization, ReLU and max-pooling, and a linear layer\n\n    From (N, channels, size, size) to 10 scores each.'
    ...
def as_pictures(part):
    'The same with an axis for the channel, (N, 1, H, W)'
    ...
DIGITS: tuple
OBJECTS: tuple
SEEDS: Any
def trained(channels, size, part, seeds=SEEDS, epochs=20, progress=False):
    'One `cnn` for each of `seeds`, trained on `part`'
    ...
def object_models(part, seeds=SEEDS, epochs=8, progress=False):
    'The networks for objects: the long way to the stored weights'
    ...
def stored_weights():
    'The `Path` of the weights that a run measures'
    ...
def halved(array):
    '`array` as it is stored: half precision, if it is a float'
    ...
def of_model(arrays, i):
    'The state of the model `i` among `arrays`'
    ...
def store(models, path=None):
    'Write the weights of `models` to `path` in half precision, if they can be read again'
    ...
def not_restored(path, count, error):
    ...
def restored(path=None):
    'The networks for objects with the weights in `path`; a ValueError if it does not hold them'
    ...
def cifar():
    'CIFAR-10, if it has been downloaded whole; else None. Nothing is downloaded'
    ...
def cifar_figures(data, images=9000, progress=False):
    'One figure for a short training on CIFAR-10, or none if it is not there\n\n    Its bound is twice what guessing reaches.'
    ...
def digit_figures(data, progress=False):
    'Accuracy on digits, and how many parameters it takes'
    ...
def object_figures(data, models, short):
    'Accuracy on objects as a share of the ceiling; `short`: networks this run trained shortly'
    ...
def origin(retrain, *sets):
    'What was trained in a run, and on which of `sets`; the last is None where CIFAR-10 is not here'
    ...
def run(retrain=False, progress=False):
    'The `Outcome`: digits are trained in any case\n\n    Of the objects, stored weights and one short training, or with `retrain` all five anew.'
    ...
