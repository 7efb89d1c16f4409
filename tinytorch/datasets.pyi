# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Real digits, generated objects and a text: every byte checked, split so that the validation part tells you about the test part.'
from typing import Any
__all__ = ['stratified_split', 'card', 'TextData', 'SplitData', 'load', 'available']
import json
import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from .files import file_sha256, sha256_of
def stratified_split(labels, shares=(0.6, 0.2, 0.2), seed=None) -> tuple:
    'One shuffled array of row numbers for each share\n\n    Each row is in exactly one of them, each class within one row of its share. Drawn in this order:\n    a permutation of the rows of each class, classes sorted, and then one of each part.'
    ...
CARD_KEYS: Any
IMAGE_KEYS: Any
FORMS: dict
def data_folder(folder=None):
    'The `Path` of the folder in which cards and arrays lie'
    ...
def is_data_set(path):
    'Is this the card of what can be loaded: its data beside it, or a form that needs none there?'
    ...
def names_in(folder=None):
    'The sorted names of the datasets in a folder'
    ...
def card(name, folder=None) -> dict:
    'What is known about dataset `name`: source, license, shape, classes, fingerprint and more\n\n    A dict of your own. ValueError if there is no such name or the card is incomplete.'
    ...
def read_arrays(path):
    '`images` and `labels` as stored in the file; ValueError if they cannot be read'
    ...
def verify(images, labels, card, file):
    'Raise ValueError, with file, expected and found, unless the arrays are those of the card'
    ...
def scaled_images(images, highest, flat=False):
    'The images as float32 in [0, 1], a fresh array (n, H, W), or (n, H·W) if `flat`'
    ...
KINDS: Any
def inside(kind, dx, dy, r, t):
    'Which pixels an object covers, as an array of booleans'
    ...
def random_bytes(rng, *shape):
    'Bytes drawn evenly from 0 to 255, a read-only uint8 array'
    ...
def random_integers(rng, low, high):
    'One number evenly from `low` to `high`, both included, for each place; int16'
    ...
def ceiling(missing, classes=10):
    'Expected accuracy of the best possible classifier (Bayes), if all objects can be told apart'
    ...
LEVELS: dict
def which_are_shown(rng, labels, missing):
    'Which images show their object, (n,) booleans: of each class all but a share `missing`'
    ...
def covered(rng, labels, size):
    'Which pixels the objects cover, (n, size, size): anywhere, radius 3/16 to 5/16 of `size`'
    ...
def two_colors(rng, n, contrast, either):
    'Colors of background and object, two int16 arrays (n, 3)'
    ...
def add_spots(rng, images):
    'Throw one colored square of up to an eighth of the width on each image, in place'
    ...
def add_noise(rng, images, most):
    'Change every number by -`most` to `most`, small changes more often, in place'
    ...
def check_draw(size, difficulty):
    'Raise ValueError for what `draw_objects` cannot draw'
    ...
def draw_objects(count, size=32, difficulty='medium', rng=None):
    'Images (count, 3, size, size) and labels (count,), uint8, and which show their object\n\n    That is (count,), bool. The classes are `KINDS`, in turns; the best possible accuracy is\n    `ceiling` of what is `missing`.'
    ...
def contiguous_split(text, shares):
    'The parts of `text`, one stretch for each share, in order; joined they are `text` again'
    ...
def headline(facts):
    'Name, kind and fingerprint of a card, in one line'
    ...
@dataclass(frozen=True, eq=False, repr=False)
class TextData:
    'A text and its three parts, all strings'
    card: dict
    text: str
    train: str
    validation: str
    test: str
    def __repr__(self):
        ...
    ...
def read_text(path, facts):
    '`TextData` of the file, split as its card says; ValueError if it is not the file of its card'
    ...
def import_pooch():
    'The module `pooch`, without a warning of tqdm, which it brings, about bars in Jupyter'
    ...
def cache_folder(cache=None):
    "The `Path` under which downloads lie; None if none is named and no pooch knows the system's"
    ...
def ways_on(file, folder, why, instead):
    'The message of a file that could not be had'
    ...
def is_safe(url):
    'Is it https, or this machine itself?'
    ...
def stay_safe(response, *args, **kwargs):
    'Raise ValueError if `response` sends on to an unsafe address; called for each answer'
    ...
def fetch(file, cache=None, retries=2, timeout=30, progress=True, instead='digits'):
    'The `Path` of the file, downloaded unless it is there\n\n    ValueError if it is another file than the card says, ConnectionError if there is none.'
    ...
def download(pooch, file, folder, retries, timeout, progress):
    'Have pooch put the file into the folder; it logs nothing meanwhile'
    ...
def read_idx(raw):
    "The array of an IDX file (LeCun's format for MNIST), uint8; ValueError if none or not whole"
    ...
def read_cifar(raw):
    'Images (n, 3, 32, 32) and labels (n,), uint8; ValueError if the file is cut short'
    ...
def read_members(path, names):
    'The bytes of each named member; ValueError if one is not a plain file in the archive'
    ...
def read_published(facts, paths):
    'All images and labels of a downloaded set, training file first, uint8'
    ...
@dataclass(frozen=True, eq=False, repr=False)
class SplitData:
    'A dataset and its three parts, each an (x, y) pair; fresh arrays that share no memory'
    card: dict
    images: np.ndarray
    labels: np.ndarray
    rows: dict
    train: tuple
    validation: tuple
    test: tuple
    def __repr__(self):
        ...
    ...
def checked_count(count):
    '`count` itself; a ValueError unless it is a whole number of at least 1'
    ...
def packaged(facts, path):
    'Card, images, labels and what to split by, of a file beside its card'
    ...
def generated(facts, difficulty=None, count=None):
    'Card, images, labels and what to split by, drawn from its seed; the card says what was asked'
    ...
def sha256_of_files(files):
    "One hash for all: that of the only file, or of the files' hashes as text, one after the other"
    ...
def published(facts, **options):
    'Card, images, labels and what to split by, of files that are downloaded unless they are there'
    ...
def options_error(name, options):
    'A ValueError that says which `options` dataset `name` does not take'
    ...
def part_rows(facts, groups):
    "The rows of each part: split with the card's seed, but the last `test_rows` are the test part"
    ...
def load(name, flat=False, folder=None, **options) -> SplitData:
    "A `SplitData`: x float32 in [0, 1], y int64, split by class by its card's seed; or `TextData`\n\n    Checked against its card; the same split in every process and on every machine. For a\n    convolution, gray `x[:,None]` is (n, 1, H, W). Downloads take `cache`, `retries`, `timeout`,\n    `progress`. ValueError if there is no such name or the data is not what its card describes;\n    ImportError or ConnectionError if it cannot be downloaded."
    ...
def availability(facts, path, cache):
    'Kind, size and place of a dataset, in a few words'
    ...
def available(folder=None, cache=None):
    'The names that `load` takes, each with one line about it, as a dict'
    ...
