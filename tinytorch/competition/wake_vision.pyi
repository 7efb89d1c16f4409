# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A network that says whether somebody is there, made small and fast step by step, and what each step cost: by a bound, not by a point.'
from typing import Any
__all__ = ['shipped_model', 'baseline_files', 'picture_network', 'train_pictures', 'public_part', 'classes_of', 'accuracy_floor', 'most_lost', 'entry_of', 'bundle_for_entry', 'wake_vision_card']
import json
import numpy as np
from .bundle import Bundle, save_bundle
from ..core.activations import ReLU
from ..core.autograd import no_grad
from ..core.dataloader import Compose, DataLoader, RandomHorizontalFlip, TensorDataset, TransformDataset
from ..core.layers import Flatten, Linear, Sequential, evaluating
from ..core.losses import CrossEntropyLoss
from ..core.optimizers import Adam, CosineAnnealingLR, LinearWarmup
from ..core.spatial import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, MaxPool2d
from ..core.tensor import Tensor, as_rng
from ..core.training import Trainer
from ..datasets import data_folder
from ..figures import figures, prepared
from ..perf.acceleration import accelerate
from ..perf.quantization import fold_batch_norms, quantize_model
from ..perf.stored import load_model
from ..perf.techniques import stored_bytes
from ..statistics import clopper_pearson, paired_accuracy, tango_interval
SHIPPED: tuple
def stem_of(name):
    ...
def shipped_model(name='baseline'):
    'A model that comes with the course, in eval mode; `wake_vision_card()` says what it is\n\n    ValueError for a name that is none.'
    ...
def baseline_files():
    "[graph, weights]: the paths of the shipped baseline's two files"
    ...
def picture_network(widths=(16, 32, 64, 64), rng=None) -> Sequential:
    'A network from pictures (N, 3, 96, 96) to two scores each, (N, 2)\n\n    For each width a `Conv2d` 3×3 with padding 1 and no bias, `BatchNorm2d`, `ReLU`, and, but for\n    the last, `MaxPool2d(2)`; the first convolution has stride 2. Then `AdaptiveAvgPool2d(1)`,\n    `Flatten` and a `Linear`. Weights are drawn from `rng` in the order of the layers.'
    ...
def train_pictures(model, images, labels, epochs=8, rate=0.003, rng=None) -> dict:
    "Train `model` on `images`, and return the `Trainer`'s history\n\n    Adam on cross-entropy, batches of 32 in random order, each picture mirrored half the time and\n    `prepared`. The rate warms up for a tenth of all steps and then falls along a cosine to 0."
    ...
LEVEL: str
def public_part(count=5000):
    "(images, labels): uint8 (N, 3, 96, 96), int64 (N,), of the surrogate's public validation part"
    ...
def classes_of(model, images, rows=50) -> np.ndarray:
    'The class, int64 (N,), that `model` in eval mode gives each of `images`; records nothing'
    ...
def accuracy_floor(right, n, confidence=0.95) -> float:
    "What the true share of right answers lies above, with that confidence, one-sided\n\n    The lower end of Clopper and Pearson's interval that leaves as much out on the other side."
    ...
def most_lost(labels, baseline, candidate, confidence=0.95) -> float:
    "How much less accurate the candidate is, at the most: a share, with that confidence\n\n    The one-sided bound from Tango's interval on the change; below 0 if it is shown to be better."
    ...
def entry_of(model):
    'What is handed in of a trained `model`: its norms folded, int8 weights, a plan of NumPy\n\n    A new model; the given one is left as it is.'
    ...
def bundle_for_entry(path, candidate, count=500, **settings) -> Bundle:
    "The `Bundle` of `candidate` against the shipped baseline, on the surrogate's public part"
    ...
def wake_vision_card() -> dict:
    'What is known of the shipped models: how they were trained, where, and their public figures'
    ...
