# Made by scripts/make_stubs.py from the module beside it; do not edit.
'Text becomes a row of whole numbers and comes back unchanged, whatever the language, in a third of the steps.'
from typing import Any
__all__ = ['CharTokenizer', 'BPETokenizer']
import json
import operator
import re
import sys
from collections import Counter, defaultdict
from functools import lru_cache
from heapq import heapify, heappop, heappush, heapreplace
from pathlib import Path
from .tensor import patch
from ..files import write_atomically
def not_ids(ids):
    ...
def not_an_id(i, at):
    ...
def known_ids(ids, size):
    '`ids` as a list of ints from 0 to `size` - 1; an error names the first that is none, and where'
    ...
def check_encodable(text, caller='encode'):
    'Raise a ValueError that names the first lone surrogate in `text`, if there is one'
    ...
def way_to_text(value):
    'How `value` becomes a string, for a message'
    ...
def as_texts(texts):
    'A list of strings from one string or an iterable of them; an empty corpus is a ValueError'
    ...
def not_characters(found):
    ...
def as_characters(characters):
    'A string of `characters`, which may be a string or a list of single ones, each once'
    ...
def as_stand_in(unk):
    '`unk`, if it is None or one character'
    ...
class CharTokenizer:
    'A tokenizer with one token per character that occurred in training, numbered in the order of\n    code points'
    def __init__(self, characters='', unk=None):
        ...
    def train(self, texts) -> 'CharTokenizer':
        'Learn the characters of `texts`, a string or several, and `unk`; returns this tokenizer'
        ...
    def encode(self, text) -> list:
        'A list with the id of each character of `text`'
        ...
    def decode(self, ids) -> str:
        'The string whose characters have these `ids`'
        ...
    @property
    def vocab_size(self):
        'Number of ids'
        ...
    def unknown(self, text, lost):
        'The ValueError for the characters `lost`, which the tokenizer does not know'
        ...
    def save(self, path):
        'Write the characters to `path` as JSON, whole or not at all'
        ...
    load: Any
    unk: Any
    characters: Any
    ids: Any
    ...
PRINTABLE: list
BYTES: Any
BYTE_CHARS: Any
TO_IDS: Any
def byte_chars(token):
    'The bytes `token`, one visible character for each'
    ...
def count_pairs(words):
    'A `Counter`: how often each pair of neighboring ids occurs; overlapping pairs all count'
    ...
def merge_pair(ids, pair, new):
    'A list: `ids` with each `pair` replaced by `new`, from left to right'
    ...
@lru_cache(None)
def classes():
    "Regular expressions for one character: letter (Unicode's categories L), number (N), space\n    (White_Space), and any other"
    ...
@lru_cache(None)
def word_pattern():
    "GPT-2's pattern, compiled for `re`"
    ...
def pretokenize(text):
    "`text` cut into words by GPT-2's pattern (Radford et al. 2019); joined again they are `text`"
    ...
def count_words(texts):
    'A `Counter` of the words in `texts`, a string or several, each as UTF-8 bytes'
    ...
class PairIndex:
    'The pairs of neighbors in a corpus: how often each occurs, where, and which most often'
    def __init__(self, words):
        ...
    def note(self, position, sign):
        'Count the pair that starts at `position` once more (`sign` 1) or less (-1), as often as\n        its word occurs; returns the pair, or None if there is none'
        ...
    def best(self):
        '(count, pair) of the most frequent pair, the smallest of equals; (0, None) if none is left'
        ...
    def merge(self, pair, new):
        'Put `new` wherever `pair` stands, and let counts, positions and heap know it'
        ...
    ids: Any
    times: Any
    counts: Any
    positions: Any
    before: Any
    after: Any
    heap: Any
    ...
def learn_merges(words, n, min_frequency=1):
    'A list of at most `n` merges, pairs of ids in the order of learning; number k makes id 256 + k'
    ...
def not_a_merge(k, merge):
    ...
def pairs_of_ids(merges):
    'Each of `merges` as a pair of ints; a TypeError names the first that is none'
    ...
def check_merge(k, a, b):
    'Raise a ValueError unless ids `a` and `b` exist before merge `k`'
    ...
def made_twice(k, token):
    ...
def check_sizes(vocab_size, min_frequency):
    'Raise an error unless both are whole numbers and the bytes fit into the vocabulary'
    ...
class BPETokenizer:
    "A byte-level BPE tokenizer: every string has ids and comes back from them unchanged.\n\n    Words are cut by GPT-2's pattern, ids 0 to 255 are bytes in GPT-2's order, id 256 + k is made by\n    merge k. Ties in training go to the smallest pair of ids. There are no special tokens: text is\n    only ever text. A model that wants a mark for the end takes the id `vocab_size`, which no text\n    has, and a vocabulary one larger."
    def __init__(self, merges=()):
        ...
    @property
    def vocab_size(self):
        'Number of ids: 256 and one for each merge'
        ...
    def __repr__(self):
        ...
    def train(self, texts, vocab_size, min_frequency=1) -> BPETokenizer:
        'Learn the merges of `texts` (Sennrich et al. 2016), which replace those it had; returns this\n    tokenizer'
        ...
    def decode_bytes(self, ids) -> bytes:
        'The bytes that `ids` spell, which may end in the middle of a character'
        ...
    def decode(self, ids, errors='replace') -> str:
        'The string that `ids` spell; an id outside the vocabulary is a ValueError'
        ...
    def encode(self, text) -> list:
        'A list of the ids of `text`; `decode` gives exactly `text` back'
        ...
    def save(self, path):
        'Write the merges to `path` as JSON, whole or not at all'
        ...
    load: Any
    from_gpt2: Any
    tokens: Any
    merged: Any
    cache: Any
    ...
def apply_merges(ids, merged):
    'A list: `ids` after all merges, smallest new id first, left to right; n ids cost O(n log n)'
    ...
def write_tokenizer(path, kind, **fields):
    'Write a JSON file, whole or not at all'
    ...
def read_json(path, caller):
    'What the JSON file `path` holds; a ValueError that begins with `caller` if it is none'
    ...
def read_tokenizer(path, kind, *fields):
    'The values of `fields` in the file `path`; a ValueError says what is wrong with it'
    ...
def merge_ids(merges):
    "Pairs of ids from lines such as 'Ġ t'; a ValueError names the first that is not two tokens"
    ...
def read_bpe(path):
    'The `BPETokenizer` in the file `path`; a ValueError says what is wrong with it'
    ...
def read_char(path):
    'The `CharTokenizer` in the file `path`; a ValueError says what is wrong with it'
    ...
def numbered_otherwise(path, token, found, expected):
    ...
def read_gpt2(vocab, merges):
    'The `BPETokenizer` in two files as of GPT-2; special tokens in them are no part of it'
    ...
