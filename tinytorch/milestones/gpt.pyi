# Made by scripts/make_stubs.py from the module beside it; do not edit.
'One architecture turns digits round, adds, and writes; what it looks at can be seen.'
from typing import Any
__all__ = ['run']
from collections import Counter, defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from io import BytesIO
import numpy as np
from ..core.autograd import no_grad
from ..core.layers import evaluating
from ..core.optimizers import AdamW, OneCycleLR
from ..core.tokenization import BPETokenizer
from ..core.training import bar, clip_grad_norm
from ..core.transformers import GPT
from ..datasets import data_folder, load
from ..files import portable, write_atomically
from .record import Figure, Outcome
def counted(text, k):
    'A dictionary from each `k` characters in `text` to a `Counter` of those that followed'
    ...
SYMBOLS: str
def digits(numbers, width):
    '(N, `width`): the decimal digits of `numbers` (N,), the most significant first'
    ...
def written(*pieces):
    '`pieces` side by side, (N, T): arrays (N, k), and symbols that stand in every row'
    ...
def sums(numbers):
    '(N, 12): aaa+bbb= for the halves of each number, and the four digits of the sum, units first'
    ...
def reversals(numbers):
    '(N, 13): six digits, > and the six in reverse'
    ...
def swapped(numbers):
    'The same sums with their terms exchanged'
    ...
def mirrored(numbers):
    'The numbers whose six digits are those of `numbers` in reverse'
    ...
@dataclass(frozen=True)
class Task:
    'A million questions with one answer each'
    write: Callable
    asked: int
    twin: Callable
    steps: int
    ...
TASKS: dict
HELD_OUT: int
def split(task):
    'Numbers to learn from, and `HELD_OUT` to be asked, drawn once with a fixed seed\n\n    Neither these nor their twins are among the first.'
    ...
def practice(task, numbers):
    'A function that draws 64 of `numbers` with an rng: ids (64, T), and the targets'
    ...
def fit(model, draw, steps, rng, lr=0.01, weight_decay=0.01, progress=False):
    'The loss of each step, in nats\n\n    Afterwards `model` is trained on what `draw(rng)` gives, and in eval mode.'
    ...
def small_gpt(task, rng):
    'An untrained model for `task`: two blocks of 32 features and four heads'
    ...
def share_exact(task, model, numbers):
    'Share of the questions `numbers` whose answer `model` writes without a wrong digit'
    ...
def weights_path(name):
    'The `Path` of the weights that a run measures'
    ...
def store(model, path):
    'Write the weights of `model` to `path` in half precision, if they can be read again'
    ...
def not_restored(path, count, error):
    ...
def restored(model, path):
    '`model` in eval mode, its weights now those in `path`; a ValueError if they are not there'
    ...
def discounts(table):
    'What to take from a count of 0, 1, 2 and more, so that new things get what they deserve\n\n    Chen and Goodman, 1999.'
    ...
def kinds(text, k):
    'As `counted`, but for each `k` characters and the next: in how many places they stand\n\n    Places differ by the character before.'
    ...
class NGram:
    'Probabilities for the character after at most `n` - 1 others, interpolated down to none\n\n    Modified Kneser-Ney.'
    def __init__(self, text, n, characters, scale=1.0):
        ...
    def smoothed(self, table, taken):
        'For each context what is left to each character, and what is shared out'
        ...
    def __call__(self, before, c):
        'Probability that `c` follows the text `before`'
        ...
    characters: Any
    tables: Any
    ...
START: str
def counted_bits(model, text):
    'Bits per character of `text` by an `NGram`'
    ...
SCALE: float
@cache
def tokenizer():
    "The tokenizer of the text's training part"
    ...
def as_ids(text):
    'The ids of `START` and of `text`, an array'
    ...
def passages(ids, noise=0.15):
    'A function that draws 32 passages of `ids` by an rng: ids (32, PLACES), and what follows each'
    ...
def text_gpt(rng):
    'An untrained model for the text: two blocks of 64 features and four heads'
    ...
def model_bits(model, text):
    'Bits per character of `text` by a `GPT`, whatever its tokens are'
    ...
LONG: int
def fit_text(steps, rng, progress=False):
    'A model for the text after `steps` of training, and the loss of each'
    ...
def long_models(progress=False):
    'The models of the three tasks, trained: the long way to the stored weights'
    ...
def stored_models():
    'The same, with the stored weights'
    ...
def short_figure(steps=300, seed=2, progress=False):
    'The `Figure` of a fresh model that turns digits round after a short training'
    ...
def exact_figure(name, model):
    'The `Figure` of `model` for the task `name`, on the questions kept back'
    ...
def bits_figure(model, text):
    "The `Figure` of `model` for the test part of `text`; its bound is the four-gram's"
    ...
def run(retrain=False, progress=False):
    'The `Outcome`: stored weights and one short training, or with `retrain` all three models anew'
    ...
