# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Is an upright figure in the picture? Drawn so that nothing but looking for it tells, and a loader for the photographs that it stands in for.'
from typing import Any
__all__ = ['LEVELS', 'STRATA', 'PARTS', 'covers', 'draw_figures', 'figures', 'prepared']
import hashlib
import numpy as np
from .datasets import KINDS, add_noise, inside, random_bytes, random_integers, which_are_shown
FORMS: tuple
def covers(form, dx, dy, r, side):
    'Which pixels a form covers, as an array of booleans'
    ...
LEVELS: dict
def stream_of(seed, level, block):
    'The `Generator` that draws one block, made from the SHA-256 of what is asked for'
    ...
def evenly(rng, low, high):
    'One number from `low` to `high`, both included, for each image of a block, int16'
    ...
def coins(rng, *shape):
    '1 or -1 by chance, int16'
    ...
def places(rng, level):
    'Center, radius, and whether the edge cuts it, of one shape in each image of a block'
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
def thirds(values, low, high):
    '0, 1 or 2 for the lower, middle and upper third of the numbers from `low` to `high`'
    ...
def draw_block(rng, level, take):
    'Images, labels and codes of the strata, of the first `take` of a block'
    ...
STRATA: dict
def draw_figures(count, level='edge', seed=0, start=0):
    'Images (count, 3, 96, 96), labels (count,), uint8, and strata, {name: words (count,)}\n\n    Label 1 is "an upright figure". Image i depends on seed, level and i alone.'
    ...
PARTS: dict
def figures(part, level='edge', count=None, start=0):
    'Images uint8 (count, 3, 96, 96) and labels int64 (count,) of a public part, drawn anew'
    ...
def prepared(images):
    'The images as a network takes them: float32, (x - 128)/64'
    ...
