"""The byte-level tokenizer against `tokenizers` (BpeTrainer, ByteLevel without a prefix space, its alphabet of 256): the same
merges in the same order, the same ids, the same text back"""
import json, random, sys, unicodedata

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tinytorch.core.tokenization import BYTE_CHARS, BPETokenizer, byte_chars, pretokenize

def reference(texts, vocab_size, min_frequency=0):
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer, theirs.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=min_frequency, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    theirs.train_from_iterator(texts, trainer)
    return theirs

def merges_of(theirs): return [tuple(pair) for pair in json.loads(theirs.to_str())['model']['merges']]
def merges_of_ours(ours): return [(byte_chars(ours.tokens[a]), byte_chars(ours.tokens[b])) for a, b in ours.merged]

def words(rng, n, alphabet, longest=9): return ' '.join(''.join(rng.choices(alphabet, k=rng.randint(1, longest))) for _ in range(n))

PROSE = '''It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the
epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the spring of
hope, it was the winter of despair, we had everything before us, we had nothing before us, we were all going direct to Heaven, we
were all going direct the other way\u2014in short, the period was so far like the present period, that some of its noisiest
authorities insisted on its being received, for good or for evil, in the superlative degree of comparison only.\n\n"I'm sure they'd
say it's what we've got; you'll see, won't you?" I'LL, HE'S, \u2019s.\n'''  # Dickens 1859, public domain; then endings

SCRIPTS = '''Älteste Straße, naïve façade; Όλοι οι άνθρωποι γεννιούνται ελεύθεροι. Все люди рождаются свободными. כל בני אדם נולדו בני חורין.
يولد جميع الناس أحراراً. सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता. すべての人間は、生れながらにして自由であり。人人生而自由。모든 인간은
태어날 때부터. e\u0301\u0323 \U0001F469\u200d\U0001F680\U0001F1E9\U0001F1EA \U0001D11E \0\x1c\x1d\x1e\x1f\x85 ½ ² Ⅷ ٣٤ १२ \ufeff\uffff'''

def code():
    import argparse, ast, heapq
    return [open(module.__file__, encoding='utf-8').read() for module in (heapq, argparse, ast)]

def corpora():
    rng = random.Random(0)
    yield 'prose', [PROSE]
    yield 'prose, line by line', PROSE.splitlines(keepends=True)
    yield 'code', code()
    yield 'scripts', [SCRIPTS, SCRIPTS[::-1]]
    yield 'one letter', ['a'*1000, ' '.join('a'*n for n in range(1, 40))]
    yield 'two letters', [words(rng, 300, 'ab', 40)]
    yield 'three of one', [words(rng, 200, 'aaab', 60), 'aab'*200]
    yield 'digits', [words(rng, 400, '0123456789', 12), '3.14159'*50]
    yield 'white space', [''.join(rng.choices(' \t\n\r\u00a0\u3000\u2028x', weights=[8, 2, 4, 1, 1, 1, 1, 2], k=3000)), ' '*500]
    yield 'signs', [''.join(rng.choices('-=_+*/#.()\'"<>\x1c ', k=3000)), '-'*300]
    yield 'any character', [''.join(chr(i) for i in rng.choices(ASSIGNED, k=3000))]
    yield 'made-up words', [words(rng, 5000, 'abcdefghijklmnop', 12)]
    yield 'nothing to merge', ['a b c']

ASSIGNED = [i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) not in ('Cn', 'Cs')]
CORPORA = dict(corpora())

@pytest.mark.parametrize('vocab_size', [256, 257, 300, 512, 1500])
@pytest.mark.parametrize('name', CORPORA)
def test_same_merges_ids_and_text(name, vocab_size):
    texts = CORPORA[name]
    ours, theirs = BPETokenizer().train(texts, vocab_size), reference(texts, vocab_size)
    assert merges_of_ours(ours) == merges_of(theirs)
    assert {byte_chars(token): i for i, token in enumerate(ours.tokens)} == theirs.get_vocab()
    for text in [*texts, PROSE, SCRIPTS, *CORPORA['three of one'], ' '.join(CORPORA['white space'])]:
        ids = ours.encode(text)
        assert ids == theirs.encode(text).ids
        assert ours.decode(ids) == theirs.decode(ids) == text

@pytest.mark.parametrize('min_frequency', [0, 1, 2, 5])
def test_same_min_frequency(min_frequency):
    assert merges_of_ours(BPETokenizer().train(PROSE, 2000, min_frequency)) == merges_of(reference([PROSE], 2000, min_frequency))

@pytest.mark.parametrize('seed', range(60))
def test_same_on_random_repetitive_text(seed):
    rng = random.Random(seed)
    text = words(rng, rng.choice([1, 5, 60]), rng.choice(['a', 'ab', 'aaab', 'abc', 'a\u0301é']), rng.choice([5, 30, 200]))
    vocab_size = 256 + rng.choice([1, 10, 100, 1000])
    ours, theirs = BPETokenizer().train(text, vocab_size), reference([text], vocab_size)
    assert merges_of_ours(ours) == merges_of(theirs) and ours.encode(text) == theirs.encode(text).ids
    other = words(rng, 30, 'abc', 40)
    assert ours.encode(other) == theirs.encode(other).ids

@pytest.mark.parametrize('seed', range(40))
def test_ids_that_are_no_text_decode_alike(seed):
    ours, theirs = BPETokenizer().train(SCRIPTS, 400), reference([SCRIPTS], 400)
    ids = random.Random(seed).choices(range(ours.vocab_size), k=60)
    assert ours.decode(ids) == theirs.decode(ids)

def test_same_alphabet():
    assert sorted(pre_tokenizers.ByteLevel.alphabet()) == list(BYTE_CHARS)

byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
def their_words(text): return [text[start:stop] for _, (start, stop) in byte_level.pre_tokenize_str(text)]

def test_every_character_this_python_knows_is_cut_alike():
    """Beside a letter, a number, a sign and a space. What Python's older Unicode table calls unassigned may differ, and only that;
    of the private-use characters, which are all alike, one in a hundred is asked"""
    asked = [c for i, c in zip(ASSIGNED, map(chr, ASSIGNED)) if unicodedata.category(c) != 'Co' or i % 100 == 0]
    for at in range(0, len(asked), 4096):
        text = ''.join(f'a{c}1{c}#{c} {c}{c}\n' for c in asked[at:at+4096])
        assert pretokenize(text) == their_words(text)

@pytest.mark.parametrize('name', ['prose', 'code', 'scripts', 'signs', 'nothing to merge'])
def test_files_of_theirs_in_gpt2s_layout_are_read(name, tmp_path):
    "vocab.json and merges.txt as the library writes them, and with GPT-2's mark for the end behind the tokens"
    theirs = reference(CORPORA[name], 600)
    theirs.add_special_tokens(['<|endoftext|>'])
    vocab, merges = theirs.model.save(str(tmp_path))
    ours = BPETokenizer.from_gpt2(vocab, merges)
    for text in (*CORPORA[name], PROSE, SCRIPTS): assert ours.encode(text) == theirs.encode(text).ids
    assert theirs.token_to_id('<|endoftext|>') == ours.vocab_size
    ids = json.loads(open(vocab, encoding='utf-8').read())
    open(vocab, 'w', encoding='utf-8').write(json.dumps({**ids, '<|endoftext|>': len(ids)}))
    assert BPETokenizer.from_gpt2(vocab, merges).merged == ours.merged

def test_files_with_special_tokens_first_are_refused(tmp_path):
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = byte_level
    theirs.train_from_iterator([PROSE], trainers.BpeTrainer(vocab_size=300, show_progress=False, special_tokens=['<s>'], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    with pytest.raises(ValueError, match="from_gpt2: .* gives the token '!' the id 1, expected 0"): BPETokenizer.from_gpt2(*theirs.model.save(str(tmp_path)))
