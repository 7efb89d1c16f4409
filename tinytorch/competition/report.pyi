# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A bundle as one HTML file: the verdict first, in words, then what it rests on; it asks nothing of the network, and no text from a stranger is obeyed.'
from typing import Any
__all__ = ['report_html', 'write_report']
import json
from dataclasses import dataclass, field
from html import escape
from math import floor, log10
from unicodedata import category
import numpy as np
from .detection import cost_of, layer_flops
from ..files import write_atomically
from ..submission import has_errors, shape_findings
class Html(str):
    'Text that is HTML already; any other is escaped where it is put in'
    def _repr_html_(self):
        ...
    ...
HIDDEN: set
def visible(text):
    '`text` with each character that acts without being seen written as its number'
    ...
def as_html(part):
    '`part` as `Html`: itself if it is; of anything else its text, `visible` and escaped, as well'
    ...
def tag(name, *inside, **attributes):
    'An element as `Html`; an attribute `class_` is called class, one `aria_label` aria-label'
    ...
def table(head, rows, caption):
    'A table as `Html`: the first cell of each row says what the row is about'
    ...
def speed_words(found):
    "What a document's `comparison` says, as a sentence"
    ...
def size_words(before, after):
    'What became of the bytes of the stored model'
    ...
ACCURACY: dict
def accuracy_words(before, after, found):
    "What became of the accuracy; `found` is a document's `accuracy`, or None"
    ...
def log_ticks(low, high):
    'The numbers 1, 2 and 5 times a power of ten from `low` to `high`, as floats, in order'
    ...
@dataclass
class LogAxis:
    'Places values from `low` to `high` between two coordinates'
    low: float
    high: float
    start: float
    end: float
    def __call__(self, value):
        ...
    ...
def axis_for(values, start, end):
    'A `LogAxis` with a little room around `values`'
    ...
def short(value):
    '`value` in a few characters'
    ...
def line(x1, y1, x2, y2):
    ...
def words_at(x, y, text, anchor='start'):
    ...
def dot(x, y, filled=True, r=4):
    ...
def across(axis, y, label):
    'The axis under a plot, with its ticks and what it measures'
    ...
def upwards(axis, x, label):
    'The axis beside a plot'
    ...
def picture(height, title, caption, *parts):
    'A figure: an SVG that is read aloud as its `title`, with a `caption` under it'
    ...
def bars(values, axis, top, height, filled):
    'A histogram on `axis`, `height` high, whose bars stand on `top + height`'
    ...
def row_of_bars(values, axis, name, top, filled):
    'The bars of one model, its name beside them, its median as a tall line'
    ...
def latency_plot(before, after):
    'Histograms of two arrays of times, in microseconds'
    ...
def outdoes(a, b):
    'Is `a` at least as good as `b` in all three, and better in one? Bytes are better if fewer'
    ...
def on_front(points):
    'For each point: does none of the others dominate it?'
    ...
def step_facts(step):
    '(bytes, times as fast at the smallest batch, accuracy) of a step of the search'
    ...
def search_plot(steps):
    'The steps of a search: a picture and the table that belongs to it'
    ...
def search_table(steps):
    'The same as a table, in which the numbers of the points are found'
    ...
@dataclass
class Work:
    'What one call on one sample takes'
    flops: float
    bytes: float
    seconds: float
    @property
    def intensity(self):
        ...
    @property
    def rate(self):
        ...
    ...
def roof_plot(bandwidth, peak, works):
    'The roofline of a machine (bytes/s, FLOP/s), and {name: `Work`} below it'
    ...
def work_mark(name, work, x, y):
    'The point of a model on the axes `x` and `y`'
    ...
@dataclass
class Sources:
    'What a report is made from; all but the document may be missing'
    document: dict
    samples: dict = None
    works: dict = None
    findings: list = field(default_factory=list)
    def part(self, model, name):
        ...
    @property
    def metrics(self):
        ...
    ...
def times_of(samples, side):
    'Microseconds a call of the single stream of one side, or nothing'
    ...
def verdict_section(sources):
    'The verdict in words, with what limits it'
    ...
ROWS: tuple
def change(name, before, after, document):
    'What the last column says: the ratio, or the difference, with its interval where there is one'
    ...
def before_and_after(sources):
    'A table of the metrics of both models'
    ...
def can_be_drawn(*values):
    'Are they numbers that something measured could have?'
    ...
def rates(works):
    ...
def plots_section(sources):
    'The plots for which there is something to draw'
    ...
def findings_section(sources):
    'What was found wrong, or worth knowing, in a table'
    ...
def flat_rows(value, name=''):
    '(path, text) for all that a part of a document says'
    ...
PARTS: tuple
def parts_section(sources):
    'A table for each part of the document that only has to be looked up'
    ...
def part_rows(part):
    '(heads, rows) for a part of the document; what is told of both models comes side by side'
    ...
def techniques_section(sources):
    'What was done, as claimed and as recorded, and by which rules it was checked'
    ...
CHECKED: str
def facts_in(step):
    'What was recorded of a step, but its name, as one text'
    ...
def raw_section(sources):
    'The document itself, folded'
    ...
POLICY: str
STYLE: str
def head(title):
    'What comes before the body: the encoding, the policy, the style'
    ...
def body(sources, title):
    ...
def shows_metrics(document):
    'Does `document` have the metrics that each report shows? Others may be broken in any way'
    ...
def report_html(document, samples=None, findings=(), works=None) -> str:
    'The report as one HTML page, which needs nothing else and runs no program\n\n    The same document gives the same text. Every text in it is escaped.'
    ...
def work_of(bundle, side):
    'The `Work` of one of the models of a bundle for one sample'
    ...
def works_of(bundle):
    "{'before', 'after': `Work`} of a bundle without errors; else nothing"
    ...
def write_report(bundle, path) -> None:
    'Write the report of a bundle, whole or not at all\n\n    ValueError if there is no document in it that could be shown; its findings say why.'
    ...
