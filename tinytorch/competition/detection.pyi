# Made by scripts/make_stubs.py from the module beside it; do not edit.
'What was done to a model shows in its graph and its weights; what was only said does not.'
from typing import Any
__all__ = ['Trace', 'detect', 'Cost', 'Difference', 'diff']
from collections import Counter
from dataclasses import dataclass
from math import log
import numpy as np
from ..perf.compression import from_blocks, from_csr
from ..perf.profiling import Profiler, as_arguments, count_or_why, layer_calls
from ..perf.quantization import quantize_int8, unpack_int4
from ..perf.stored import build, kinds
from ..submission import ROUNDED, abbreviate, put, rule, technique_of
def inside(value, key):
    'All that stands under `key` anywhere in a value of JSON'
    ...
def reads(node):
    'Numbers of the values that a node reads'
    ...
def reached(graph):
    'The nodes that the answer comes from, in order'
    ...
def grouped(names):
    '{name of a layer: {attribute: name of a weight}}'
    ...
def names_of(node, groups):
    '{attribute: name of a weight} of what a node uses; of an op, name: name'
    ...
def attributes_of(node):
    'Names of the arrays of a layer; None for an unknown kind, which may have any'
    ...
def used_names(graph, weights):
    'Names of the weights that the answer comes from'
    ...
@dataclass(eq=False)
class Matrix:
    'The numbers that one layer multiplies with'
    name: str
    kind: str
    storage: str
    numbers: np.ndarray
    weight: str
    @property
    def is_dead(self):
        ...
    @property
    def bits(self):
        ...
    ...
SAME: dict
ROWS: tuple
def plain_kind(node):
    'The kind of a node, whatever its weights are stored as'
    ...
def stored_numbers(node, arrays):
    '(storage, numbers) of a layer with these {attribute: array}; (None, None) if it has no matrix'
    ...
def matrix_of(node, weights, groups):
    'The matrices of one node, as a list; a layer has at most one'
    ...
def matrices(graph, weights):
    'A `Matrix` for each layer that the answer comes from, in order, and each once'
    ...
def expected_zeros(matrix, twin):
    'Share of zeros, from 0 to 1, that a `matrix` has without being pruned'
    ...
@dataclass(frozen=True)
class Trace:
    'What shows that a technique was applied'
    technique: str
    how: str
    layers: tuple
    def __str__(self):
        ...
    ...
class Pair:
    'Two models side by side: what each multiplies with'
    def __init__(self, before, after):
        ...
    def twin(self, matrix):
        'The numbers of the layer of that name in the first model, or None'
        ...
    models: Any
    graphs: Any
    before: Any
    after: Any
    twins: Any
    ...
def size_in(found):
    ...
def names_in(found):
    ...
def quantization(pair):
    'int8 or int4 codes that are used, more than before'
    ...
def zeros(pair):
    'Zeros that neither rounding nor the baseline explains'
    ...
def sparse(pair):
    'Only what is not zero is stored'
    ...
def is_smaller(shape, other):
    ...
def removed(pair):
    'Layers of the same name, with fewer rows or columns'
    ...
def is_linear(node):
    ...
def thin_pairs(graph):
    '[(name, name)] of `Linear` layers that only together make one of low rank'
    ...
def low_rank(pair):
    'Layers in two thin parts that the first model does not have'
    ...
def readers_of(graph, weights):
    '{name of an array: how many nodes use it} of all matrices the answer comes from'
    ...
def sharing(pair):
    'Arrays that more nodes use than in the first model'
    ...
def acceleration(pair):
    'A declared plan'
    ...
NOTHING: set
def outline(graph):
    'Kinds of the nodes, whatever is stored how, a thin pair as one'
    ...
def is_norm(kind):
    ...
def without_norms(kinds):
    ...
def folding(pair):
    'Batch norms that are gone, and all else is as it was'
    ...
def architecture(pair):
    'Other layers, or larger ones'
    ...
def not_within(shape, other):
    ...
def detect(baseline, optimized) -> list:
    'A `Trace` for each technique that shows in `optimized` and not in `baseline`\n\n    Graphs must be sound (see `check_graph`). Only what the answer comes from is looked at. A\n    smaller model that was trained anew looks like one whose neurons were removed.'
    ...
MODELS: tuple
CLAIMED: str
def claimed_names(document):
    'What is claimed, as a list of texts'
    ...
def whole_models(parts):
    '{side: (graph, weights)} of those models of which there is a whole graph'
    ...
def found_in(parts):
    'The traces between the two models; None if there are not both'
    ...
def draw_graphs(parts):
    'Graphs for the honest models, which are two linear layers each'
    ...
def with_graphs(change):
    'An example: the honest submission with its graphs, changed'
    ...
IMPLIED: dict
def claimed_shows(parts):
    'Does each technique that is claimed show in the two models?'
    ...
def shown_is_claimed(parts):
    'Is each technique that the two models show claimed?'
    ...
def add_codes(parts):
    ...
def empty_layer(parts):
    ...
def all_is_used(parts):
    'Does the answer come from all weights that are stored, but for a twentieth of the bytes?'
    ...
def all_is_alive(parts):
    'Has each layer a weight that is not zero?'
    ...
def add_node(parts):
    ...
def all_is_reached(parts):
    'Does the answer come from all nodes?'
    ...
def idle_share(matrix):
    'Share of the rows, or of the columns if it is more, that are nothing but zeros'
    ...
def pad_baseline(parts):
    ...
def baseline_is_lean(parts):
    'Are at most half of the rows and columns of each matrix of the baseline nothing but zeros?'
    ...
def subnormal(array):
    'How many numbers of `array` are too small for the usual form of a float'
    ...
def shrink(parts):
    ...
def numbers_are_normal(parts):
    'Are there next to no weights so small that they slow a processor?'
    ...
@dataclass
class Cost:
    'What one sample asks of a machine'
    flops: int
    numbers: int
    bytes: float
    calls: int
    ...
def modeled(cost, peak, bandwidth, call):
    'Seconds for one sample, of a model of time with three terms'
    ...
def shares_of(before, after, seconds, peak, bandwidth):
    "{cause: its part of the log of the speed-up}; the parts sum to the whole\n\n    In this order: 'fewer FLOPs', 'fewer numbers', 'shorter numbers', 'fewer calls'; and what they\n    leave over, 'unexplained'."
    ...
def one_sample(graph):
    'Zeros of the shape of one sample, one array for each input'
    ...
def layer_flops(graph, weights):
    '({name of a layer: FLOPs for one sample, or None}, FLOPs of the whole model, or None)'
    ...
def add_or_none(a, b):
    ...
def cost_of(graph, weights, flops):
    'The `Cost` of a model with so many FLOPs'
    ...
def layer_rows(before, after, flops):
    '[(layer, what it was, what it is)] of those that differ, with FLOPs'
    ...
def layer_text(matrix, flops):
    ...
def same_numbers(rows, name):
    ...
@dataclass
class Difference:
    'What differs between two models, and where the speed comes from'
    layers: list
    traces: list
    speedup: float
    logs: dict
    why_not: str
    @property
    def shares(self):
        '{cause: share of the log of the speed-up}, which sum to 1; None for a speed-up within 1 %'
        ...
    def as_dict(self) -> dict:
        'All of it as plain numbers, texts and lists, ready for JSON'
        ...
    def __str__(self):
        ...
    ...
def difference_lines(found):
    ...
def rates_in(*documents):
    '(peak, bandwidth) of the first document that has both; None'
    ...
def seconds_in(document, side):
    'Seconds for one sample that a document tells of a side; None'
    ...
def compared(first, second):
    '((graph, weights), (graph, weights), (seconds, seconds)) to hold side by side'
    ...
def measured_speedup(first, second, seconds):
    'The paired comparison of one submission, or the ratio of two latencies'
    ...
def diff(first, second=None) -> Difference:
    'Which layers differ, and what share of the speed-up comes from what\n\n    Of two submissions the optimized models are held side by side, and their latencies, which were\n    measured at different times. Graphs must be sound.'
    ...
def logs_of(before, after, counted, seconds, speedup, rates):
    'The parts of log(speedup) of two models'
    ...
