# Made by scripts/make_stubs.py from the module beside it; do not edit.
'The loop around a step, and what makes a run honest, stoppable and repeatable to the last bit.'
from typing import Any
__all__ = ['EVENTS', 'accuracy', 'clip_grad_norm', 'Callback', 'Trainer', 'EarlyStopping']
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from operator import index
from pathlib import Path
from types import ModuleType
from warnings import warn
import numpy as np
from .autograd import no_grad
from .layers import evaluating
from .optimizers import check_covers
from .tensor import Tensor, patch
from ..files import portable, sha256_of, write_atomically
def check_scores(scores, labels, axis):
    'Raise an error unless `scores` have two classes or more on `axis`, and a label for each row'
    ...
def accuracy(logits, labels, ignore_index=-100, axis=-1) -> float:
    'Share of `labels` whose class has the highest score, from 0 to 1\n\n    The first of equal scores counts. Where a score is NaN, none is highest: a wrong answer. A\n    ValueError if no label counts; `check_scores` raises for what does not fit.'
    ...
def averaged(values, weights):
    'The mean of `values`, each counting as much as it weighs; a ValueError if nothing counts'
    ...
def counted_labels(loss_fn, output, y):
    'The class numbers in `y` that `loss_fn` counts, in one row; None if `y` are no class numbers'
    ...
def batch_weight(loss_fn, x, labels):
    'How much a batch counts in the mean loss: its samples, or its `labels` by class weight'
    ...
def batch_accuracy(loss_fn, output, y, labels):
    'The accuracy of a batch, NaN if it has no `labels` that count; None without class numbers'
    ...
def measured(loss_fn, x, y, output, loss):
    '(loss, how much it counts, accuracy or None, how many labels that is of) for one batch'
    ...
def means_of(rows):
    'The mean `loss` and, if every batch has one, `accuracy`, of batches as `measured`'
    ...
def pair_error(i, batch):
    'A TypeError that says what batch `i` is instead of a pair'
    ...
def no_batches_error(loader):
    'A ValueError that says why `loader` gave no batches'
    ...
def batches(loader):
    '(x, y) for each batch of `loader`, x as a Tensor; an error for what is none, or if it has none'
    ...
def square_sum(a):
    'The sum of the squares of `a`; those of float16 are added up in float64'
    ...
def total_norm(arrays):
    'The length of all `arrays` together, as if they were one vector'
    ...
def norm_error(count, total):
    'A FloatingPointError that says what the norm is'
    ...
def clip_grad_norm(parameters, max_norm) -> float:
    "The total norm of all gradients; where above `max_norm`, all are then scaled in place to that\n\n    As PyTorch's `clip_grad_norm_`; a FloatingPointError, and no scaling, if it is not finite."
    ...
EVENTS: tuple
class Callback:
    'Something that is told how a training goes; override what you need\n\n    Setting `trainer.stop = True` ends the training after the epoch. A callback that has\n    `state_dict` and `load_state_dict` is saved in checkpoints, and told before those that have not,\n    so that what they save has its latest state.'
    def on_fit_start(self, trainer):
        ...
    def on_epoch_start(self, trainer):
        ...
    def on_batch_end(self, trainer, loss):
        ...
    def on_epoch_end(self, trainer, record):
        ...
    def on_fit_end(self, trainer):
        ...
    ...
class Trainer:
    'Trains `model` with `optimizer` on `loss_fn`; can be saved between epochs\n\n    `history` is a dictionary of lists with one entry per epoch: epoch, lr, and loss and accuracy in\n    training and validation.'
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None, callbacks=()):
        ...
    def run_callbacks(self, event, *facts):
        'Call the method `event` of each callback that has one, of those with a state first'
        ...
    def train_batch(self, x, y) -> tuple:
        "The loss and the output for one batch, after one step of the optimizer\n\n    If no label counts, the loss is NaN and there is no step; if it is not finite otherwise, there\n    is no step, and a FloatingPointError. Last, a scheduler whose `every` is 'batch' takes its\n    step."
        ...
    def train_epoch(self, loader, advance=lambda: None) -> dict:
        'Means over one pass through `loader`, each batch measured just before its step\n\n    After each, the callbacks get `on_batch_end` with its loss, and `advance` is called. A\n    FloatingPointError in batch `i` becomes `stopped_error(self, i, error)`.'
        ...
    def evaluate(self, loader) -> dict:
        'The mean `loss` over all that counts in `loader` and, if y are class numbers, the `accuracy`\n\n    Nothing is trained or recorded, and each layer stays in its mode.'
        ...
    def run_epoch(self, train_loader, validation_loader, advance):
        'Go through one epoch of training, validation, schedule, history and callbacks'
        ...
    def restore_loader(self):
        "Give the loader's generators the states that a checkpoint had for them; warn if it has others"
        ...
    def fit(self, train_loader, epochs, validation_loader=None, progress=False) -> dict:
        'The `history`, after `epochs` more passes through `train_loader`\n\n    Afterwards the model is in training mode; after an error each layer is in the mode it was in.'
        ...
    def state_dict(self) -> dict:
        'All that the next epoch depends on, as a tree of dictionaries, lists, arrays and plain values'
        ...
    def take_over(self, state):
        'Take over all of `state`, part by part'
        ...
    def load_state_dict(self, state) -> None:
        'Take over all of `state`; a ValueError tells what does not fit, and then nothing is changed'
        ...
    def save_checkpoint(self, path) -> None:
        'Write the whole state of the training to `path` (safetensors, no pickle)\n\n    If anything goes wrong, also when it is read back, the file holds what it held before.'
        ...
    def load_checkpoint(self, path) -> None:
        'Take over the training saved in `path`, by parts of the same kinds and shapes\n\n    A ValueError tells what is wrong, and then nothing is changed.'
        ...
    model: Any
    optimizer: Any
    loss_fn: Any
    scheduler: Any
    grad_clip_norm: Any
    callbacks: Any
    epoch: Any
    stop: Any
    busy: Any
    loader: Any
    loader_states: Any
    history: Any
    ...
def check_parts(trainer):
    'Raise an error that says which parts of `trainer` do not fit together, if there are any'
    ...
def name_parts(trainer):
    'Tell the optimizer what the model, and a loss with parameters, call what it holds'
    ...
def loss_value(loss):
    'The loss as a float; an error if it is not a tensor of one number'
    ...
def stopped_error(trainer, i, error):
    'A FloatingPointError that says where training stopped, and what may help'
    ...
@contextmanager
def bar(epochs, loader, progress):
    'A block with a function to call after each batch; with `progress`, that moves a bar on stderr'
    ...
def check_trained(trainer):
    'Raise an error if a part of the model was replaced; warn if model or optimizer has one more'
    ...
def check_again(loader, times):
    'Raise TypeError if `loader` cannot be read `times` times'
    ...
@contextmanager
def modes_kept(model):
    'A block after which, if it ends in an error, each module of `model` is in the mode it was in'
    ...
def monitored(record, name):
    'The value of `name` in `record`; a ValueError says what it has instead'
    ...
class EarlyStopping(Callback):
    'Ends a training that has not improved for `patience` epochs, and puts the best weights back\n\n    NaN is no improvement. A `fit` after one that was ended so has its patience anew.'
    saved: tuple
    def __init__(self, patience=5, monitor='validation_loss', mode='min', min_delta=0.0, restore_best=True):
        ...
    def improves(self, value) -> bool:
        'Is `value` better than the best so far, by more than `min_delta`?'
        ...
    def on_fit_start(self, trainer):
        'Stop at once, if the run was resumed after the epoch that ended it'
        ...
    def on_epoch_end(self, trainer, record):
        'Keep value, epoch and weights of an improvement; stop after `patience` epochs without one'
        ...
    def on_fit_end(self, trainer):
        'Give the next `fit` its patience anew, if this one was ended; load the best weights'
        ...
    def state_dict(self) -> dict:
        'The attributes that `saved` names; `load_state_dict` sets them'
        ...
    def load_state_dict(self, state):
        ...
    patience: Any
    monitor: Any
    mode: Any
    min_delta: Any
    restore_best: Any
    best: Any
    best_epoch: Any
    weights: Any
    waited: Any
    ...
def inside(thing):
    '{name: object} of what `thing` holds: entries of a dictionary, list or tuple, else attributes'
    ...
def generators(thing, name='', seen=None):
    '(name, Generator) for each NumPy Generator that `thing` holds, each once\n\n    In attributes, lists, tuples and dictionaries, however deep.'
    ...
def generator_states(thing):
    '{name: state} of each generator that `thing` holds; plain numbers'
    ...
def restore_generators(states, thing):
    'Set the generators that `thing` holds to `states`; if names differ, a ValueError, no change'
    ...
def check_can_save(trainer):
    'Raise an error if `trainer` is in the middle of an epoch, or its model has no state'
    ...
def check_state(trainer, state):
    'Raise ValueError if `state` lacks a part, or has one that `trainer` lacks'
    ...
def check_plain(value, name):
    'Raise TypeError unless `value` is a dictionary with text keys, or what JSON can hold as it is'
    ...
def flatten_state(tree, arrays, name=''):
    "`tree` as JSON can hold it; each array goes into `arrays` and leaves `{'$array': its name}`\n\n    The arrays are `portable`. A TypeError names what is neither an array nor plain."
    ...
def unflatten_state(plain, arrays):
    'The tree that `flatten_state` was given, with lists for tuples'
    ...
FORMAT: str
def digest(plain, arrays):
    'SHA-256 over the JSON of `plain` and over name, dtype, shape and bytes of each of `arrays`'
    ...
def open_state(path):
    '(header, arrays) of the file `path`; a ValueError if it is no checkpoint'
    ...
def read_state(path):
    'The tree that `write_state` wrote to `path`; a ValueError if it is another file, or damaged'
    ...
def write_state(path, tree):
    'Write `tree` to `path` as safetensors: the arrays as they are, all else as JSON in the header'
    ...
