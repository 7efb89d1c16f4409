"Tokenizers: what the page has no room for"
import json, random, re, sys, unicodedata
from collections import Counter
from codecs import getincrementaldecoder
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor
from tinytorch.core.tokenization import (BYTE_CHARS, BYTES, BPETokenizer, CharTokenizer, PairIndex, apply_merges, byte_chars,
    classes, count_pairs, count_words, learn_merges, merge_pair, pretokenize)

SURROGATES = range(0xD800, 0xE000)
POINTS = [i for i in range(sys.maxunicode + 1) if i not in SURROGATES]
WHITE_SPACE = set('\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000') | set(map(chr, range(0x2000, 0x200b)))
PROSE = 'the other day the brother of the weather man gathered there, and then the others. It\'s 1999 or 2001; they\'ll "see".\n\n' * 3

def some_text(rng, n, alphabet=None):
    "`n` random characters, many of them odd"
    kinds = [lambda: rng.randrange(128), lambda: rng.choice(b'abc  \n'), lambda: rng.choice(POINTS), lambda: rng.randrange(0x300, 0x370), lambda: rng.randrange(0x3040, 0x30ff)]
    return ''.join(rng.choice(alphabet) if alphabet else chr(rng.choice(kinds)()) for _ in range(n))

# the two slow ways, written again

def learn_by_counting(words, n):
    words, merges = [(list(w.translate(bytes.maketrans(BYTES, bytes(range(256))))), t) for w, t in words], []
    while len(merges) < n:
        counts = Counter()
        for ids, t in words:
            for i in range(len(ids) - 1): counts[ids[i], ids[i+1]] += t
        if not counts: break
        most = max(counts.values())
        pair = min(p for p, c in counts.items() if c == most)
        for ids, _ in words:
            i = 0
            while i < len(ids) - 1:
                if (ids[i], ids[i+1]) == pair: ids[i:i+2] = [256 + len(merges)]
                i += 1
        merges.append(pair)
    return merges

def apply_by_turns(ids, merged):
    "Every merge in turn, over the whole row"
    ids = list(ids)
    for pair, new in merged.items():
        i = 0
        while i < len(ids) - 1:
            if (ids[i], ids[i+1]) == pair: ids[i:i+2] = [new]
            i += 1
    return ids

# words

def kind(c):
    "The class of one character, from `unicodedata` alone"
    if c in WHITE_SPACE: return 'space'
    return {'L': 'letter', 'N': 'number'}.get(unicodedata.category(c)[0], 'other')

def test_classes_follow_unicodedata_for_every_code_point():
    everything = ''.join(map(chr, range(sys.maxunicode + 1)))
    members = {name: set() for name in ('letter', 'number', 'space', 'other')}
    for c in everything: members[kind(c)].add(c)
    assert list(classes()) == list(members)
    for name, pattern in classes().items(): assert set(re.findall(pattern, everything)) == members[name], name

def cut_by_hand(text):
    "GPT-2's pattern without `re`"
    words, at = [], 0
    while at < len(text):
        end = next((e for e in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d") if text.startswith(e, at)), '')
        start = at + (text[at] == ' ' and at + 1 < len(text) and kind(text[at+1]) != 'space')
        stop = start
        while stop < len(text) and kind(text[stop]) == kind(text[start]): stop += 1
        if end: stop = at + len(end)
        elif kind(text[start]) == 'space' and stop < len(text) and stop - at > 1: stop -= 1
        words.append(text[at:stop])
        at = stop
    return words

@pytest.mark.parametrize('seed', range(200))
def test_pretokenize_is_the_pattern(seed):
    rng = random.Random(seed)
    text = some_text(rng, 60, rng.choice([None, "ab'stremvld ", ' \n\t\x1c\u3000ab', 'a1²½ \u0660_#']))
    assert pretokenize(text) == cut_by_hand(text) and ''.join(pretokenize(text)) == text

@pytest.mark.parametrize('text, words', [
    ("I'll we've don't it's I'm you're he'd", ["I", "'ll", " we", "'ve", " don", "'t", " it", "'s", " I", "'m", " you", "'re", " he", "'d"]),
    ("I'LL", ['I', "'", 'LL']), ('a_b', ['a', '_', 'b']), ('x1²½Ⅷ', ['x', '1²½Ⅷ']), ('a\x1cb', ['a', '\x1c', 'b']),
    ('  two', [' ', ' two']), ('end  ', ['end', '  ']), ('a\n\nb', ['a', '\n', '\n', 'b']), (' \u3000x', [' ', '\u3000', 'x']), ('', [])])
def test_pretokenize_examples(text, words): assert pretokenize(text) == words

def test_count_words():
    assert count_words(['a a b', 'a']) == count_words(iter(['a', 'a a b'])) == {b'a': 2, b' a': 1, b' b': 1}
    assert count_words('ab') == {b'ab': 1}

# bytes

def test_ids_of_bytes_are_in_the_order_of_their_visible_characters():
    assert sorted(BYTES) == list(range(256)) and list(BYTE_CHARS) == sorted(set(BYTE_CHARS)) and len(BYTE_CHARS) == 256
    assert all(unicodedata.category(c)[0] not in 'CZ' for c in BYTE_CHARS)
    assert byte_chars(b' \n\0A\xff') == 'ĠĊĀAÿ' and (BYTES[0], BYTES[188], BYTES[220]) == (ord('!'), 0, ord(' '))

# learning

CORPORA = {'prose': lambda rng: PROSE, 'ab': lambda rng: some_text(rng, 300, 'ab '), 'a': lambda rng: ' '.join('a'*rng.randint(1, 40) for _ in range(8)),
           'aaab': lambda rng: some_text(rng, 400, 'aaab'), 'white': lambda rng: some_text(rng, 300, '    \n\tx'), 'digits': lambda rng: some_text(rng, 300, '0123456789'),
           'any': lambda rng: some_text(rng, 400)}

@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('name', CORPORA)
def test_learning_with_positions_is_learning_by_counting(name, seed):
    words = count_words(CORPORA[name](random.Random(seed))).items()
    for n in (0, 1, 7, 200): assert learn_merges(words, n) == learn_by_counting(words, n)

@pytest.mark.parametrize('name', CORPORA)
def test_counts_positions_and_heap_stay_true(name):
    pairs = PairIndex(count_words(CORPORA[name](random.Random(1))).items())
    for new in range(256, 300):
        rows = []
        position = 0
        while position < len(pairs.ids):  # along the links; a None of its own starts a word
            i = pairs.ids[position]
            if i is None: rows.append(([], 0))
            else: rows[-1] = (rows[-1][0] + [i], pairs.times[position])
            position = pairs.after[position]
        assert +pairs.counts == count_pairs(rows)
        count, pair = pairs.best()
        if not count: break
        assert all(pairs.ids[p] == pair[0] for p in pairs.positions[pair] if (pairs.ids[p], pairs.ids[pairs.after[p]]) == pair)
        assert pairs.positions[pair] == sorted(pairs.positions[pair])
        pairs.merge(pair, new)

def test_the_order_of_words_does_not_matter():
    words = list(count_words(PROSE).items())
    shuffled = random.Random(0).sample(words, len(words))
    assert learn_merges(words, 80) == learn_merges(shuffled, 80) and BPETokenizer().train(PROSE, 300).merged == BPETokenizer().train([PROSE], 300).merged

def test_ties_go_to_the_smallest_pair_of_ids():
    ids = {c: i for i, c in enumerate(BYTE_CHARS)}
    assert learn_merges([(b'zb', 1), (b'ay', 1)], 1) == [(ids['a'], ids['y'])]
    assert learn_merges([(b'az', 1), (b'ay', 1)], 1) == [(ids['a'], ids['y'])]
    assert learn_merges([(b'\x00a', 1), (b'~a', 1)], 1) == [(ids['~'], ids['a'])]  # the byte 0 comes after the printable ones

def test_min_frequency_and_running_out():
    words = count_words('ab ab ab cd').items()
    assert len(learn_merges(words, 99, min_frequency=2)) == 2 and learn_merges(words, 99, min_frequency=99) == [] and learn_merges([], 5) == [] == learn_merges([(b'a', 9)], 5)
    assert learn_merges(words, 99) == learn_merges(words, 99, min_frequency=0)

def test_no_token_is_spelled_twice():
    for seed in range(20):
        tokens = BPETokenizer().train(some_text(random.Random(seed), 600, 'aab '), 400).tokens
        assert len(set(tokens)) == len(tokens)

class Counted(PairIndex):
    looks = 0
    def note(self, position, sign):
        self.looks += 1
        return super().note(position, sign)

def looks(words, n):
    pairs = Counted(words)
    for new in range(256, 256 + n):
        count, pair = pairs.best()
        if not count: break
        pairs.merge(pair, new)
    return pairs.looks

@pytest.mark.parametrize('kind', ['words', 'one word', 'one letter'])
def test_cost_of_learning_is_linear_in_the_corpus_and_bounded_in_the_merges(kind):
    rng = random.Random(0)
    def corpus(n):
        if kind == 'words': return Counter(some_text(rng, 8, 'abcdefghij').encode() for _ in range(n//8)).items()
        return [(some_text(rng, n, 'abcdefghij' if kind == 'one word' else 'a').encode(), 1)]
    for n in (800, 3200, 12_800):
        words = corpus(n)
        size = sum(len(word) for word, _ in words)
        for merges in (10, 100, 10**6): assert looks(words, merges) <= 6*size + 6  # 1 to count, at most 4 for each of fewer than `size` merges

# applying

@pytest.mark.parametrize('seed', range(60))
def test_apply_merges_is_every_merge_in_turn(seed):
    rng = random.Random(seed)
    alphabet = rng.choice(['a', 'ab', 'abc', 'aaab'])
    merged = BPETokenizer().train(some_text(rng, 200, alphabet + ' '), 256 + rng.choice([3, 30, 90])).merged
    for n in (0, 1, 2, 3, 17, 80):
        ids = [BYTE_CHARS.index(c) for c in some_text(rng, n, alphabet)]
        assert apply_merges(ids, merged) == apply_by_turns(ids, merged)

@pytest.mark.house  # speed
@pytest.mark.parametrize('alphabet', ['a', 'abcdefghij'])
def test_cost_of_a_long_word_is_linear_in_lookups(alphabet):
    class Counting(dict):
        asked = 0
        def __contains__(self, pair): self.asked += 1; return super().__contains__(pair)
        def get(self, pair): self.asked += 1; return super().get(pair)
    rng = random.Random(0)
    merged = BPETokenizer().train(some_text(rng, 3000, alphabet), 600).merged
    for n in (1000, 4000, 16_000):
        ids, counting = [BYTE_CHARS.index(c) for c in some_text(rng, n, alphabet)], Counting(merged)
        apply_merges(ids, counting)
        assert counting.asked <= 6*n

def test_merge_pair_leaves_its_input_alone():
    ids = [1, 2, 1, 2]
    assert merge_pair(ids, (1, 2), 9) == [9, 9] and ids == [1, 2, 1, 2] and merge_pair((3, 3, 3), (3, 3), 9) == [9, 3]

# the byte-level tokenizer

@pytest.fixture(scope='module')
def prose(): return BPETokenizer().train(PROSE, 300)

ODD = ['', '\0', '\r\n', ' ', 'e\u0301\u0323', '\U0001F469\u200d\U0001F680', '\U0001F1E9\U0001F1EA', 'नमस्ते', 'مرحبا', '\ufeffBOM', '\uffff\U0010ffff', '\ufffd', 'a\u2028b', '\x1c\x1d\x1e\x1f\x85']

@pytest.mark.parametrize('text', ODD, ids=ascii)
def test_odd_strings_round_trip(prose, text):
    for tokenizer in (prose, BPETokenizer()): assert tokenizer.decode(tokenizer.encode(text), errors='strict') == text

def test_all_code_points_round_trip(prose):
    for plane in range(17):
        text = ''.join(map(chr, (i for i in POINTS if i >> 16 == plane)))
        assert prose.decode(prose.encode(text), errors='strict') == text, plane

@pytest.mark.parametrize('seed', range(100))
def test_random_strings_round_trip(prose, seed):
    text = some_text(random.Random(seed), 200)
    ids = prose.encode(text)
    assert prose.decode(ids, errors='strict') == text and all(type(i) is int and 0 <= i < prose.vocab_size for i in ids)

def test_encode_is_the_same_with_and_without_the_cache(prose):
    fresh = BPETokenizer(prose.merged)
    for text in (PROSE, 'other'*200): assert fresh.encode(text) == prose.encode(text) == fresh.encode(text) == [i for w in pretokenize(text) for i in apply_by_turns([BYTES.index(b) for b in w.encode()], prose.merged)]
    assert max(map(len, fresh.cache), default=0) <= 64
    fresh.encode(PROSE).clear()
    assert fresh.encode(PROSE) == prose.encode(PROSE)

def test_a_word_met_again_is_not_changed_by_whoever_got_it(prose):
    ids = prose.encode('the')
    ids.append(0)
    assert prose.encode('the') == ids[:-1]

def test_training_again_starts_anew():
    tokenizer = BPETokenizer().train('ababab', 300)
    assert tokenizer.encode('ab') == [256]
    tokenizer.train('xyxyxy', 300)
    assert len(tokenizer.encode('ab')) == 2 and tokenizer.tokens[256] == b'xy'
    assert tokenizer.train('text', 256).vocab_size == 256

def test_a_failed_training_leaves_the_tokenizer_as_it_was():
    tokenizer = BPETokenizer().train('ababab', 257)
    for bad in (('', 300), (['\ud800'], 300), ('text', '300'), (None, 300), ('text', 300, .5)):
        with pytest.raises((ValueError, TypeError)): tokenizer.train(*bad)
    assert tokenizer.encode('ab') == [256]

@pytest.mark.parametrize('ids', [np.array([64, 65]), Tensor(np.array([64, 65])), (64, 65), iter([64, 65]), [np.int64(64), np.uint8(65)], np.array([64, 65], np.uint8)], ids=lambda x: type(x).__name__)
def test_decode_takes_whole_numbers_in_any_row(prose, ids): assert prose.decode(ids) == 'ab'

@pytest.mark.parametrize('ids, error, words', [
    ([300], ValueError, 'decode: id 300 at position 0 is not in the vocabulary, which has ids from 0 to 299'), ([0, -1], ValueError, 'id -1 at position 1'),
    ([1.], TypeError, r'id 1.0 at position 0 is a float'), (Tensor([64, 65]), TypeError, 'integer dtype'), (np.array([[1]]), TypeError, r'id \[1\] at position 0 is a list'),
    ('ab', TypeError, 'expected a list of ids'), (b'ab', TypeError, 'expected a list of ids'), (None, TypeError, 'expected a list of ids, got None'), (3.5, TypeError, 'got 3.5'),
    ([[1, 2], [0]], TypeError, r'id \[1, 2\] at position 0 is a list'), (5, TypeError, 'a single id is a list of one'), (np.array(5), TypeError, 'a single id'), ([None], TypeError, 'NoneType')])
def test_decode_errors(prose, ids, error, words):
    with pytest.raises(error, match=words): prose.decode(ids)
    with pytest.raises(error): CharTokenizer('ab').decode(ids)

def test_bytes_that_are_no_text():
    e, excl = [BYTES.index(b) for b in '一'.encode()], BYTES.index(ord('!'))
    tokenizer = BPETokenizer()
    assert tokenizer.decode(e[:2] + [excl]) == '\ufffd!' and tokenizer.decode(e[1:]) == '\ufffd\ufffd' and tokenizer.decode(e[:2], errors='ignore') == ''
    with pytest.raises(UnicodeDecodeError): tokenizer.decode(e[:2], errors='strict')

@pytest.mark.parametrize('text', ['né 一!', '\U0001F469\u200d\U0001F680 नमस्ते', 'plain'])
def test_bytes_as_they_come(prose, text):
    "Token by token through an incremental decoder the text comes whole, although single tokens are no text"
    for tokenizer in (prose, BPETokenizer()):
        ids, stream = tokenizer.encode(text), getincrementaldecoder('utf-8')('strict')
        assert tokenizer.decode_bytes(ids) == text.encode() == b''.join(tokenizer.decode_bytes([i]) for i in ids)
        assert ''.join(stream.decode(tokenizer.decode_bytes([i])) for i in ids) == text
    half = BPETokenizer().encode('é')[:1]
    assert BPETokenizer().decode_bytes(half) == b'\xc3' and BPETokenizer().decode_bytes(np.array(half)) == b'\xc3'
    with pytest.raises(ValueError, match='id 256 at position 0'): BPETokenizer().decode_bytes([256])

@pytest.mark.parametrize('text, at', [('\ud800', 0), ('ab\udfff', 2), ('\U0001F600\ud83d\ude00', 1)])
def test_lone_surrogates(prose, text, at):
    for call in (prose.encode, CharTokenizer('ab').encode):
        with pytest.raises(ValueError, match=rf'encode: position {at} holds U\+{ord(text[at]):04X}, a lone surrogate'): call(text)
    for tokenizer in (BPETokenizer(), CharTokenizer()):
        with pytest.raises(ValueError, match=f'train: position {at}'): tokenizer.train(['fine', text], *[300][:isinstance(tokenizer, BPETokenizer)])
    assert 'ab?' == 'ab\udfff'.encode('utf-8', 'replace').decode()  # the way out in the message

@pytest.mark.parametrize('call, error, words', [
    (lambda: BPETokenizer().train('text', 255), ValueError, 'vocab_size is 255, but the 256 bytes'), (lambda: BPETokenizer().train([], 300), ValueError, 'the corpus is empty'),
    (lambda: BPETokenizer().train(['', ''], 300), ValueError, 'the corpus is empty'), (lambda: CharTokenizer().train(''), ValueError, 'the corpus is empty'),
    (lambda: BPETokenizer().train(b'raw', 300), TypeError, 'got bytes'), (lambda: BPETokenizer().train(['a', 3], 300), TypeError, 'expected a string, got int'),
    (lambda: BPETokenizer().encode(b'raw'), TypeError, 'encode: expected a string, got bytes'), (lambda: CharTokenizer('a').encode(['a']), TypeError, 'got list'),
    (lambda: BPETokenizer([(0, 256)]), ValueError, 'merge 0 joins ids 0 and 256; only ids from 0 to 255'), (lambda: BPETokenizer([(-1, 5)]), ValueError, 'joins ids -1 and 5'),
    (lambda: BPETokenizer([(64, 65), (64, 65)]), ValueError, "merge 1 makes the token 'ab' a second time"), (lambda: BPETokenizer([(0, 1), (1, 2), (256, 2), (0, 257)]), ValueError, 'a second time'),
    (lambda: BPETokenizer().train(Path('corpus.txt'), 300), TypeError, r'train: expected a string, got \w*Path; a file is read with path.read_text'),
    (lambda: BPETokenizer().train(None, 300), TypeError, 'train: expected a string, got NoneType'), (lambda: CharTokenizer().train(3), TypeError, 'got int'),
    (lambda: BPETokenizer().train('text', '300'), TypeError, "vocab_size is '300', a str; expected a whole number"), (lambda: BPETokenizer().train('text', 300.), TypeError, 'vocab_size is 300.0, a float'),
    (lambda: BPETokenizer().train('text', None), TypeError, 'vocab_size is None'), (lambda: BPETokenizer().train('text', 300, None), TypeError, 'min_frequency is None'),
    (lambda: BPETokenizer(300), TypeError, r'expected pairs of ids, got 300; .* BPETokenizer\(\).train'), (lambda: BPETokenizer(['a b']), TypeError, "merge 0 is 'a b', expected a pair of ids"),
    (lambda: BPETokenizer([(64, 65), (1, 2, 3)]), TypeError, r'merge 1 is \(1, 2, 3\)'), (lambda: BPETokenizer([(64., 65)]), TypeError, r'merge 0 is \(64.0, 65\)'),
    (lambda: CharTokenizer(5), TypeError, 'got 5'), (lambda: CharTokenizer(b'ab'), TypeError, "got b'ab'"), (lambda: CharTokenizer(['ab', 'c']), TypeError, "got 'ab'"),
    (lambda: CharTokenizer(['a', 3]), TypeError, 'got 3'), (lambda: CharTokenizer('a\ud800'), ValueError, 'CharTokenizer: position 1 holds U\\+D800'), (lambda: CharTokenizer('ab', 5), ValueError, 'unk is 5'),
    (lambda: CharTokenizer('ab', '\ud800'), ValueError, 'lone surrogate'), (lambda: BPETokenizer().encode(None), TypeError, 'encode: expected a string, got NoneType'),
    (lambda: CharTokenizer('aa'), ValueError, 'stands twice'), (lambda: CharTokenizer(unk='<unk>'), ValueError, "unk is '<unk>', expected one character")])
def test_errors(call, error, words):
    with pytest.raises(error, match=words): call()

def test_tokenizers_copy_and_show_themselves(prose):
    twin = deepcopy(prose)
    twin.train('xyxy', 257)
    assert prose.vocab_size == 300 and repr(prose) == "BPETokenizer(vocab_size=300)" and twin.encode('the') != prose.encode('the')

# the character tokenizer

def test_characters():
    tokenizer = CharTokenizer().train(PROSE)
    assert tokenizer.characters == ''.join(sorted(set(PROSE))) and tokenizer.decode(tokenizer.encode(PROSE)) == PROSE and tokenizer.vocab_size == len(set(PROSE))
    assert CharTokenizer().train(['b\0', '\U0001F600a']).characters == '\0ab\U0001F600' and CharTokenizer('ab').encode('') == [] and CharTokenizer('ba').encode('ab') == [1, 0]

def test_unknown_characters_are_named():
    with pytest.raises(ValueError, match="'c'"): CharTokenizer('ab').encode('abcdefgh\nc')

@pytest.mark.house  # our words
def test_unknown_characters_are_told_with_their_places():
    with pytest.raises(ValueError) as caught: CharTokenizer('ab').encode('abcdefgh\nc')
    for words in ["'c' (U+0063, first at position 2)", 'and 2 more not among the 2 characters', "unk='?'"]: assert words in str(caught.value)
    assert "'\\n' (U+000A, first at position 8)" in str(caught.value)

def test_a_stand_in():
    tokenizer = CharTokenizer('ab', unk='\ufffd')
    assert tokenizer.characters == '\ufffdab' and tokenizer.encode('axb') == [1, 0, 2] and tokenizer.decode([1, 0]) == 'a\ufffd'
    assert CharTokenizer(unk='?').train('z?').characters == '?z' and CharTokenizer('ab', unk='b').encode('c') == [1]

def test_characters_may_come_as_a_list(tmp_path):
    for made in (CharTokenizer(['b', 'a']), CharTokenizer(('b', 'a')), CharTokenizer(iter('ba')), CharTokenizer({'b': 0, 'a': 1})):
        assert made.characters == 'ba' and made.encode('ab') == [1, 0]
        made.save(tmp_path/'t.json')
        assert CharTokenizer.load(tmp_path/'t.json').characters == 'ba'

# files

@pytest.mark.parametrize('tokenizer', [BPETokenizer(), BPETokenizer().train(PROSE + ''.join(ODD), 420), BPETokenizer().train('\n\n\t  \0\0 ĠĠ"\\', 300), CharTokenizer(), CharTokenizer(['a', 'b']), CharTokenizer().train(PROSE), CharTokenizer(unk='\n').train(''.join(ODD))], ids=lambda t: f'{type(t).__name__}-{t.vocab_size}')
def test_saved_and_loaded_is_the_same(tokenizer, tmp_path):
    path = tmp_path/'tokenizer.json'
    tokenizer.save(path)
    again = type(tokenizer).load(str(path))
    assert type(again) is type(tokenizer) and {**vars(again), 'cache': 0} == {**vars(tokenizer), 'cache': 0}
    text = PROSE + ''.join(ODD)
    if isinstance(tokenizer, BPETokenizer): assert again.encode(text) == tokenizer.encode(text)
    first = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == first and [p.name for p in tmp_path.iterdir()] == ['tokenizer.json']

def test_the_file_is_readable(tmp_path):
    BPETokenizer().train('the the the', 259).save(tmp_path/'t.json')
    assert (tmp_path/'t.json').read_text(encoding='utf-8') == '{\n "format": "tinytorch BPETokenizer",\n "version": 1,\n "merges": [\n  "h e",\n  "t he",\n  "Ġ the"\n ]\n}\n'

def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path/'t.json'
    CharTokenizer('ab').save(path)
    def full(*args): raise OSError(28, 'No space left on device')
    monkeypatch.setattr('os.fsync', full)
    with pytest.raises(OSError): CharTokenizer('xyz').save(path)
    assert CharTokenizer.load(path).characters == 'ab' and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(FileNotFoundError, match='does not exist'): BPETokenizer().save(tmp_path/'nowhere'/'t.json')

GOOD = {'format': 'tinytorch BPETokenizer', 'version': 1, 'merges': ['a b', 'ab c']}
CHARS = {'format': 'tinytorch CharTokenizer', 'version': 1, 'characters': 'ab', 'unk': None}

@pytest.mark.parametrize('content, words', [
    (b'\xff\xfe', 'is not JSON in UTF-8'), (b'{"format": ', 'is not JSON in UTF-8'), (b'', 'is not JSON in UTF-8'), (b'['*100_000, 'is not JSON in UTF-8'),
    ([1], 'has the format None, expected'), ({**GOOD, 'format': 'other'}, "has the format 'other'"), ({**GOOD, 'version': 2}, 'has version 2 of the format; this tinytorch reads version 1'),
    ({'format': GOOD['format'], 'version': 1}, 'missing or unexpected: merges'), ({**GOOD, 'surplus': 1}, 'missing or unexpected: surplus'),
    ({**GOOD, 'merges': 'a b'}, 'merges is a str, expected a list'), ({**GOOD, 'merges': [['a', 'b']]}, r"merge 0 is \['a', 'b'\], expected two tokens"),
    ({**GOOD, 'merges': ['a b', 'xy c']}, "merge 1 is 'xy c', expected two tokens made before it"), ({**GOOD, 'merges': ['ab']}, "merge 0 is 'ab'"), ({**GOOD, 'merges': ['a  b']}, 'expected two tokens'),
    ({**GOOD, 'merges': ['\n b']}, 'expected two tokens'), ({**GOOD, 'merges': ['a b', 'a b']}, "merge 1 makes the token 'ab' a second time"), (CHARS, "has the format 'tinytorch CharTokenizer', expected 'tinytorch BPETokenizer'")])
def test_files_that_are_wrong(content, words, tmp_path):
    path = tmp_path/'t.json'
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(ValueError, match=f'load: .*t.json.*{words}'): BPETokenizer.load(path)

@pytest.mark.parametrize('change, words', [({'characters': ['a']}, 'characters must be a string'), ({'unk': 3}, 'unk a string or null'), ({'characters': 'aa'}, 'stands twice'), ({'unk': 'xy'}, 'expected one character')])
def test_character_files_that_are_wrong(change, words, tmp_path):
    (tmp_path/'t.json').write_text(json.dumps({**CHARS, **change}))
    with pytest.raises(ValueError, match=f'load: .*{words}'): CharTokenizer.load(tmp_path/'t.json')

def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError): BPETokenizer.load(tmp_path/'t.json')

# GPT-2's two files

def gpt2_files(folder, tokenizer, special=None, **changes):
    "The merges and the vocabulary of `tokenizer` in GPT-2's layout, written by hand"
    ids = {byte_chars(token): i for i, token in enumerate(tokenizer.tokens)}
    lines = ['#version: 0.2', *(f'{byte_chars(tokenizer.tokens[a])} {byte_chars(tokenizer.tokens[b])}' for a, b in tokenizer.merged)]
    (folder/'vocab.json').write_text(json.dumps({**ids, **(special or {}), **changes}), encoding='utf-8')
    (folder/'merges.txt').write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return folder/'vocab.json', folder/'merges.txt'

@pytest.mark.parametrize('special', [None, {'<|endoftext|>': 420}])
def test_gpt2_files(special, tmp_path):
    made = BPETokenizer().train(PROSE + '# # ## #version \n\n' + ''.join(ODD), 420)
    read = BPETokenizer.from_gpt2(*gpt2_files(tmp_path, made, special))
    assert list(read.merged) == list(made.merged) and read.tokens == made.tokens and read.encode(PROSE) == made.encode(PROSE)
    vocab, merges = gpt2_files(tmp_path, made, special)
    merges.write_bytes(merges.read_bytes().replace(b'#version: 0.2\n', b'').replace(b'\n', b'\r\n'))  # without the first line, with the other kind of line ends
    assert BPETokenizer.from_gpt2(str(vocab), str(merges)).merged == made.merged

@pytest.mark.parametrize('break_it, words', [
    (lambda v, m: v.write_text(json.dumps({**json.loads(v.read_text()), 'he': 300})), r"vocab.json gives the token 'he' the id 300, expected \d+"),
    (lambda v, m: v.write_text(json.dumps({'<s>': 0, **{t: i + 1 for t, i in json.loads(v.read_text()).items()}})), "gives the token '!' the id 1, expected 0"),
    (lambda v, m: v.write_text(json.dumps({t: i for t, i in json.loads(v.read_text()).items() if t != 'he'})), "gives the token 'he' no id"),
    (lambda v, m: v.write_text('[1, 2]'), 'vocab.json holds a list, expected an object'), (lambda v, m: v.write_text('{'), 'from_gpt2: .*vocab.json is not JSON'),
    (lambda v, m: m.write_bytes(b'\xff\xfe'), 'merges.txt is not text in UTF-8'), (lambda v, m: m.write_text('#version: 0.2\nab c\n'), "merges.txt: merge 0 is 'ab c', expected two tokens"),
    (lambda v, m: m.write_text('t h\nt h\n'), "merges.txt: .*makes the token 'th' a second time")])
def test_gpt2_files_that_are_wrong(break_it, words, tmp_path):
    vocab, merges = gpt2_files(tmp_path, BPETokenizer().train(PROSE, 300))
    break_it(vocab, merges)
    with pytest.raises(ValueError, match=f'from_gpt2: .*{words}' if not words.startswith('from') else words): BPETokenizer.from_gpt2(vocab, merges)
