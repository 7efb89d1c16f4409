# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Which models does nobody need to look at? Those that another one beats in every column: found among a million, in any number of columns, and where measurements are intervals.'
from typing import Any
__all__ = ['dominates', 'pareto_front', 'front_membership']
from numbers import Real
import numpy as np
def places(column, direction):
    'Whole numbers in the order of `column`, 0 for the best value; equal values share one'
    ...
DIRECTIONS: tuple
def read_directions(call, directions):
    '`directions` as a tuple; ValueError unless each is one of `DIRECTIONS`'
    ...
def is_lost(table):
    '(n, d), True where `table` has no number'
    ...
def as_array(values):
    '`values` as an array; what is masked is None, and lists keep their whole numbers exactly'
    ...
def check_table(call, values, columns, name='values'):
    '`values` as an array (n, `columns`); ValueError where it has no number'
    ...
def points_of(table, directions):
    'The places of all columns, (n, d): lower is better in each'
    ...
def dominates(a, b, directions) -> bool:
    'Whether `a` is as good as `b` in every column and better in at least one\n\n    Equal rows do not dominate each other. ValueError names a value that is missing.'
    ...
def numbered(points):
    "`points` with each row's number in lexicographic order, from 0, as the first column"
    ...
def count_by_sweep(a, b):
    'How many rows of `a` (n, 2) are as low as each row of `b` (m, 2) in both columns, up to 2\n\n    By sorting (n + m) log n.'
    ...
def less_one(points):
    '`points` with their numbers one lower: as low as this in every column is to dominate'
    ...
def count_by_halves(a, b):
    'How many rows of `a` (n, d) are as low as each row of `b` (m, d) in all columns, up to 2'
    ...
FEW: int
def survivors(few, b):
    'Indices of the rows of `b` that fewer than two of `few` are as low as'
    ...
def dominators(a, b):
    'How many rows of `a` dominate each row of `b`, up to 2; they were numbered together'
    ...
def pareto_front(values, directions):
    'A mask (n,), True for each row that no other row dominates\n\n    Equal rows are in together or out together. Exact, by sorting and halves, n (log n)^(d-1) steps\n    at worst (Kung, Luccio, Preparata 1975). Lists and arrays of objects keep whole numbers exactly;\n    infinity counts as a number. ValueError names row and column of a value that is missing.'
    ...
def check_order(call, lows, highs):
    '`lows` and `highs` as arrays of one kind; ValueError if a low end lies above its high end'
    ...
def corners(lows, highs, directions):
    'Each row at its best and at its worst, numbered together: two arrays (n, d)'
    ...
def front_membership(lows, highs, directions):
    "For each row whether it is on the Pareto front: 'certain', 'possible' or 'no', an array (n,)\n\n    'certain': on it wherever the true values lie within their intervals; 'no': off it wherever\n    they lie; 'possible': that depends. This is as sure as all intervals together are. Exact values\n    are intervals without width: then it is `pareto_front`. ValueError as there, and where a low\n    end lies above its high end. An end may be infinite."
    ...
