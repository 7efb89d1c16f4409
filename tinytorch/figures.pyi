# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Is an upright figure in the picture? Drawn so that nothing but looking for it tells; and a loader for the photographs that these pictures stand in for.'
from typing import Any
__all__ = ['LEVELS', 'draw_figures', 'figures_card', 'figures', 'prepared', 'Photographs', 'load_wake_vision']
import csv
import hashlib
import io
import json
import tarfile
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from .datasets import KINDS, add_noise, data_folder, inside, random_bytes, random_integers, which_are_shown
from .files import file_sha256, sha256_of
def six_numbers(x):
    'Mean and deviation of each channel, (n, 6)'
    ...
def described(features, images):
    '`features` of the images as float64, 200 at a time'
    ...
def fitted(x, labels, penalty):
    'Weights of the ridge regression of labels 0 and 1 on `x`, whose last column is ones'
    ...
def share_right(features, train, other):
    'How often a linear rule about `features` is right; a quarter of `train` chooses its penalty'
    ...
FORMS: tuple
def covers(form, dx, dy, r, side):
    'Which pixels a form covers, as an array of booleans'
    ...
def stream_of(seed, level, block):
    'The `Generator` that draws one block, made from the SHA-256 of what is asked for'
    ...
def evenly(rng, low, high):
    'One number from `low` to `high`, both included, for each image of a block, int16'
    ...
def coins(rng, *shape):
    '1 or -1 by chance, int16'
    ...
def thirds(values, low, high):
    '0, 1 or 2 for the lower, middle and upper third of the numbers from `low` to `high`'
    ...
LEVELS: dict
def places(rng, level):
    'Center, radius, and whether the edge cuts it, of one form in each image of a block'
    ...
def look_alikes(rng, level):
    'What is shown where no upright figure is: places in `FORMS` from 1, one for each image'
    ...
def paint(rng, images, ground, level, form):
    "Paint each image's form (a place in `FORMS`, -1 for none), in place; (radius, whether cut)"
    ...
def light(rng, images, level):
    'Let the light fall from one side, then weaken it, in place; the gain, in 256ths'
    ...
def draw_block(rng, level, take):
    'Images of the first `take` of a block, uint8; label, distance, light, edge and form, (take, 5)'
    ...
STRATA: dict
def check_asked(count, level, seed, start):
    'Raise an error for what `draw_figures` cannot draw'
    ...
def draw_figures(count, level='edge', seed=0, start=0):
    'Images (count, 3, 96, 96), labels (count,), uint8, and strata, {name: words (count,)}\n\n    Label 1 is "an upright figure". Image i depends on seed, level and i alone; of 500 from a\n    multiple of 500 on, half have label 1. ValueError, or TypeError, for what cannot be drawn.'
    ...
PARTS: dict
def figures_card() -> dict:
    'What is known of these pictures: source, license, parts, ceiling, how honest they are'
    ...
def figures(part, level='edge', count=None, start=0):
    'Images uint8 (count, 3, 96, 96) and labels int64 (count,) of a public part, drawn anew\n\n    ValueError if there is no such part, it is smaller, or, drawn whole, not that of the card.'
    ...
def prepared(images) -> np.ndarray:
    'The images as a network takes them: float32 of the same shape, (x - 128)/64'
    ...
def moments(values):
    'Mean, deviation, and third and fourth moment by it, over the last axis'
    ...
def moments_and_edges(x):
    'Four moments of red, green, blue and gray, and the mean square step across and down, (n, 22)'
    ...
def blocks_of_gray(x):
    'The mean of each 4×4 pixels and three channels, (n, 576)'
    ...
def random_relu(x):
    '1,500 fixed random combinations of the blocks, below 0 cut off, (n, 1500)'
    ...
BLIND: dict
def crop_box(width, height) -> tuple:
    '(left, top, right, bottom) of the largest square in the middle, which may lie on half pixels'
    ...
def import_pillow():
    "Pillow's module `Image`; ImportError with the line that installs it"
    ...
def read_photograph(raw, name, size):
    'The middle of a photograph, uint8 (3, size, size); ValueError, with its name, if it has none'
    ...
def plain_name(name, where) -> str:
    '`name`, if it names a file and no folder on any system; else ValueError'
    ...
def table_of_csv(path):
    '(where it stands, file name, row as a dict) of each row of a CSV file of Wake Vision'
    ...
def rows_of_csv(path):
    '({file name: its row, a dict}, counts) of a CSV file; ValueError for doubtful names and labels'
    ...
def members_of_tar(path):
    '(name, bytes it says it has, function that reads them) of each file in a tar archive, in turn'
    ...
def members_of_zip(path):
    '(name, bytes it says it has, function that reads them) of each file in a zip archive'
    ...
def members_of_folder(path, wanted):
    'The same of each file of a folder whose name is wanted'
    ...
def photographs_in(path, wanted):
    '(name, bytes) of each wanted file; ValueError for doubtful names, size, a damaged archive'
    ...
def whole_columns(rows):
    '({column: int32 (n,)}, names of the columns left out) of a list of rows'
    ...
@dataclass(frozen=True, eq=False, repr=False)
class Photographs:
    'Real photographs with labels'
    card: dict
    images: np.ndarray
    labels: np.ndarray
    strata: dict
    names: tuple
    def __repr__(self):
        ...
    ...
ABOUT_WAKE_VISION: dict
def facts_of_files(paths):
    'Name, size and SHA-256 of those of `paths` that are files'
    ...
def photographs(rows, pixels, found, about):
    '`Photographs` of those rows whose file was found, `about` on their card'
    ...
def read_all(rows, places, counts):
    "(pixels, set of the names found) of the rows' images in the places; counts those found twice"
    ...
def load_wake_vision(labels, images, version=None, count=None) -> Photographs:
    'Photographs of Wake Vision that you have downloaded, with a card that says what was read\n\n    Rows without a file are counted. ValueError for damage, doubtful names, contradictions.'
    ...
