"Data sets: what a damaged file gets, whose memory the arrays are, and that the split is the same everywhere"
import dataclasses, json, os, shutil, subprocess, sys

import numpy as np
import pytest

from tinytorch.datasets import (CARD_KEYS, as_inputs, available, card, data_folder, fingerprint, load,
                                read_arrays, stratified_split, verify)

SHA256 = '87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826'
SPLIT_SHA256 = '08c882c0913091936680da99a2c1d8e26b7a9de0b4404fb96b58c633d8e72e7b'  # of the three row arrays, int64, little-endian

def split_fingerprint(rows): return fingerprint(*(rows[part].astype('<i8') for part in ('train', 'validation', 'test')))

@pytest.fixture
def folder(tmp_path):
    "A copy of the package's Digits, to be damaged"
    for name in ('digits.npz', 'digits.json'): shutil.copy(data_folder()/name, tmp_path/name)
    return tmp_path

def stored(folder):
    with np.load(folder/'digits.npz') as file: return file['images'], file['labels']

# What is there

def test_digits():
    data = load('digits')
    assert data.images.shape == (1797, 8, 8) and data.images.dtype == np.float32
    assert data.images.min() == 0 and data.images.max() == 1
    assert data.labels.shape == (1797,) and data.labels.dtype == np.int64
    assert set(np.unique(data.images*16)) == set(range(17))  # all 17 grey levels, exact

def test_parts_are_the_rows_they_say():
    data = load('digits')
    assert [len(getattr(data, part)[0]) for part in ('train', 'validation', 'test')] == [1078, 360, 359]
    for part, rows in data.rows.items():
        x, y = getattr(data, part)
        assert (x == data.images[rows]).all() and (y == data.labels[rows]).all()
        assert x.dtype == np.float32 and y.dtype == np.int64 and x.flags.c_contiguous

def test_flat_is_the_same_numbers():
    square, flat = load('digits'), load('digits', flat=True)
    for part in ('train', 'validation', 'test'):
        (x, y), (x_flat, y_flat) = getattr(square, part), getattr(flat, part)
        assert x_flat.shape == (len(x), 64) and (x.reshape(len(x), 64) == x_flat).all() and (y == y_flat).all()
    assert flat.images.shape == (1797, 8, 8)

def test_card():
    facts = card('digits')
    assert set(CARD_KEYS) <= set(facts)
    assert facts['name'] == 'Digits (8×8)' and facts['licence'] == 'CC BY 4.0' and facts['real'] is True
    assert facts['sha256'] == SHA256 == fingerprint(*read_arrays(data_folder()/'digits.npz'))
    assert facts['split_seed'] == 1998 and sum(facts['split_shares']) == pytest.approx(1)
    assert f"{facts['shape'][0]:,}" in facts['about']
    assert load('digits').card == facts

def test_available():
    assert list(available()) == ['digits']
    assert all('\n' not in line for line in available().values())

def test_repr_names_data_and_fingerprint():
    text = repr(load('digits'))
    assert 'Digits (8×8), real, sha256 87ff0c9e' in text and 'train 1,078, validation 360, test 359' in text
    text.encode('cp1252')  # a Windows console can show it

def test_generated_data_says_so(folder):
    facts = card('digits', folder)
    (folder/'digits.json').write_text(json.dumps(facts | {'real': False, 'name': 'Blobs'}), encoding='utf-8')
    assert repr(load('digits', folder=folder)).startswith('Blobs, generated')

# Whose memory

def test_fields_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError): load('digits').train = None

def test_arrays_share_no_memory():
    one, two = load('digits'), load('digits')
    arrays = [a for data in (one, two) for a in (data.images, data.labels, *data.rows.values(),
                                                 *data.train, *data.validation, *data.test)]
    for i, a in enumerate(arrays):
        assert a.flags.writeable
        for b in arrays[:i]: assert not np.may_share_memory(a, b)

def test_changes_do_not_travel():
    mine = load('digits')
    mine.card['licence'], mine.card['classes'][0] = 'mine', 'nought'
    mine.images[:] = mine.labels[:] = -1
    for part in (mine.train, mine.validation, mine.test): part[0][:] = part[1][:] = -1
    fresh = load('digits')
    assert fresh.images.min() == 0 and fresh.train[0].min() == 0 and fresh.test[1].min() == 0
    assert fresh.card['licence'] == 'CC BY 4.0' and fresh.card['classes'][0] == '0'

def test_as_inputs_copies_even_float32():
    images = np.ones((2, 3, 3), dtype=np.float32)
    for flat in (False, True): assert not np.may_share_memory(as_inputs(images, 1, flat), images)

# Names

@pytest.mark.parametrize('name', ['mnist', 'Digits', '', '../data/digits', 'digits.npz', None, 3])
def test_unknown_name_lists_what_there_is(name):
    for function in (load, card):
        with pytest.raises(ValueError, match='no data set .* in the package; available: digits'): function(name)

def test_empty_folder(tmp_path):
    assert available(tmp_path) == {} == available(tmp_path/'nowhere')
    with pytest.raises(ValueError, match='available: none'): load('digits', folder=tmp_path)

def test_a_json_without_arrays_is_no_data_set(folder):
    (folder/'schema.json').write_text('{}', encoding='utf-8')
    np.savez(folder/'weights.npz', w=np.zeros(3))
    assert list(available(folder)) == ['digits']

def test_a_folder_of_your_own(tmp_path):
    images, labels = np.arange(40, dtype=np.uint8).reshape(10, 2, 2), np.repeat(np.arange(2, dtype=np.uint8), 5)
    np.savez_compressed(tmp_path/'mine.npz', images=images, labels=labels)
    facts = card('digits') | {'name': 'Mine', 'shape': [10, 2, 2], 'highest': 39, 'sha256': fingerprint(images, labels)}
    (tmp_path/'mine.json').write_text(json.dumps(facts), encoding='utf-8')
    for where in (tmp_path, str(tmp_path)):
        assert [len(y) for _, y in (load('mine', folder=where).train, load('mine', folder=where).test)] == [6, 2]

# Damage

@pytest.mark.parametrize('field', ['images', 'labels'])
def test_one_bit_is_found(folder, field):
    images, labels = stored(folder)
    (images if field == 'images' else labels).reshape(-1)[77] ^= 1
    np.savez_compressed(folder/'digits.npz', images=images, labels=labels)
    with pytest.raises(ValueError) as caught: load('digits', folder=folder)
    found = fingerprint(images, labels)
    for words in (str(folder/'digits.npz'), f'expected sha256 {SHA256}', f'found {found}'): assert words in str(caught.value)

def test_same_bytes_in_another_shape_or_type_are_found(folder):
    images, labels = stored(folder)
    for i, l, words in ((images.reshape(-1, 4, 16), labels, r'images shape \(1797, 8, 8\), found \(1797, 4, 16\)'),
                        (images, labels.reshape(-1, 1), r'labels shape \(1797,\), found \(1797, 1\)'),
                        (images.view(np.int8), labels, 'images dtype uint8, found int8'),
                        (images, labels.view(np.int8), 'labels dtype uint8, found int8')):
        np.savez(folder/'digits.npz', images=i, labels=l)
        with pytest.raises(ValueError, match=words): load('digits', folder=folder)

def test_any_damaged_byte_or_cut_is_a_clear_error_or_harmless(folder):
    "Bytes of the zip's own book-keeping may differ with the data intact; nothing else may be returned, nor another error raised"
    path = folder/'digits.npz'
    whole, intact, refused = path.read_bytes(), load('digits').images, 0
    damaged = [whole[:cut] for cut in (0, 1, 4, 100, 30_000, len(whole)-1)]
    for at in [*range(0, 60, 5), *range(60, len(whole)-300, 1500), *range(len(whole)-300, len(whole), 20)]:
        damaged.append(whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at+1:])
    for content in damaged:
        path.write_bytes(content)
        try: assert (load('digits', folder=folder).images == intact).all()
        except ValueError as error:
            refused += 1
            assert str(error).startswith(f'{path}: expected ') and 'found' in str(error)
    assert refused > 40

def test_pickled_objects_are_refused_and_not_run(folder):
    class Trap:
        def __reduce__(self): return os.mkdir, (str(folder/'sprung'),)
    np.savez(folder/'digits.npz', images=np.array([Trap()], dtype=object), labels=np.zeros(1, dtype=np.uint8))
    with pytest.raises(ValueError, match='allow_pickle'): load('digits', folder=folder)
    assert not (folder/'sprung').exists()

@pytest.mark.parametrize('arrays', [{'images': np.zeros((1, 8, 8))}, {'x': np.zeros(3), 'labels': np.zeros(3)}])
def test_missing_arrays(folder, arrays):
    np.savez(folder/'digits.npz', **arrays)
    with pytest.raises(ValueError, match='expected the arrays images and labels, found KeyError'): load('digits', folder=folder)

def test_damaged_cards(folder):
    path = folder/'digits.json'
    facts = card('digits', folder)
    for content, words in ((b'{"name": ', 'expected a JSON card'), (b'\xff\xfe{}', 'expected a JSON card'), (b'{}', 'the card lacks name, about'),
                           (json.dumps({k: v for k, v in facts.items() if k != 'licence'}).encode(), 'the card lacks licence')):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words) as caught: load('digits', folder=folder)
        assert str(path) in str(caught.value)

def test_checks_hold_under_optimised_python(folder):
    images, labels = stored(folder)
    np.savez(folder/'digits.npz', images=images + np.uint8(1), labels=labels)
    code = f'from tinytorch.datasets import load; load("digits", folder={str(folder)!r})'
    run = subprocess.run([sys.executable, '-O', '-c', code], capture_output=True, text=True)
    assert run.returncode == 1 and 'expected sha256' in run.stderr

# The split

def test_split_is_the_published_one():
    data = load('digits')
    assert data.rows['train'][:5].tolist() == [1608, 1257, 797, 1373, 84]
    assert split_fingerprint(data.rows) == SPLIT_SHA256  # another value: NumPy changed its generator, and every result its test part

def test_split_is_the_same_in_other_processes():
    code = ('from tinytorch.datasets import load, fingerprint; r = load("digits").rows;'
            'print(fingerprint(*(r[p].astype("<i8") for p in ("train", "validation", "test"))))')
    for seed in ('0', '1'):
        env = os.environ | {'PYTHONHASHSEED': seed}
        assert subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True, check=True).stdout.strip() == SPLIT_SHA256

def test_split_leaves_the_global_generator_alone():
    before = np.random.get_state()[1].copy()
    load('digits')
    assert (np.random.get_state()[1] == before).all()

def test_every_row_once_and_every_class_within_one():
    rng = np.random.default_rng(0)
    for trial in range(200):
        labels = rng.integers(0, rng.integers(1, 12), rng.integers(1, 200))
        shares = rng.dirichlet(np.ones(rng.integers(1, 6)))
        parts = stratified_split(labels, shares, seed=trial)
        assert len(parts) == len(shares)
        assert np.sort(np.concatenate(parts)).tolist() == list(range(len(labels)))
        for part, share in zip(parts, shares):
            assert part.dtype.kind == 'i'
            difference = np.bincount(labels[part], minlength=12) - share*np.bincount(labels, minlength=12)
            assert abs(difference).max() <= 1 + 1e-9

def test_digits_split_is_stratified():
    data = load('digits')
    total = np.bincount(data.labels)
    for share, (_, y) in zip((0.6, 0.2, 0.2), (data.train, data.validation, data.test)):
        assert abs(np.bincount(y) - share*total).max() <= 1

def test_parts_are_shuffled():
    data = load('digits')
    for rows in data.rows.values():
        assert len(np.unique(data.labels[rows[:50]])) >= 8           # not class by class
        assert abs(np.corrcoef(rows, np.arange(len(rows)))[0, 1]) < 0.2  # not in file order

def test_split_takes_any_labels():
    for labels in (list('abab'*5), [True, False]*10, np.array([0.5, np.nan]*10), np.array([7, -3]*10, dtype=np.int8)):
        parts = stratified_split(labels, (0.5, 0.5), seed=0)
        assert sorted(np.concatenate(parts)) == list(range(20)) and len(parts[0]) == 10

def test_split_edges():
    assert [len(p) for p in stratified_split([0], seed=0)] == [1, 0, 0]
    assert [len(p) for p in stratified_split([0]*10, (1.0, 0.0), seed=0)] == [10, 0]
    assert [len(p) for p in stratified_split([0]*10, (0.1,)*10, seed=0)] == [1]*10  # ten tenths sum to 1 only nearly
    labels = np.array([3, 1, 2])
    labels.flags.writeable = False
    stratified_split(labels, seed=0)

def test_split_seed_may_be_a_generator_or_none():
    labels = [0, 1]*50
    a = stratified_split(labels, seed=np.random.default_rng(3))
    b = stratified_split(labels, seed=3)
    assert all((x == y).all() for x, y in zip(a, b))
    assert any((x != y).any() for x, y in zip(stratified_split(labels), stratified_split(labels)))

@pytest.mark.parametrize('labels, shares, words', [
    ([0, 1], (0.6, 0.2), r'shares \[0.6, 0.2\] sum to 0.8'),
    ([0, 1], (1.2, -0.2), 'shares of 0 or more'),
    ([0, 1], (np.nan, 0.5), 'sum to nan'),
    ([0, 1], (), 'sum to 0'),
    ([], (0.6, 0.4), r'labels have shape \(0,\)'),
    (np.eye(3), (0.6, 0.4), r'labels have shape \(3, 3\): expected \(n,\)'),
    (5, (0.6, 0.4), r'labels have shape \(\)')])
def test_split_errors(labels, shares, words):
    with pytest.raises(ValueError, match=words): stratified_split(labels, shares)

# The smaller pieces

def test_fingerprint():
    a = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert fingerprint() == 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'  # FIPS 180-4, of nothing
    assert fingerprint(a) == fingerprint(a.copy(order='F')) == fingerprint(a[:2], a[2:])
    assert fingerprint(a[:, ::2]) == fingerprint(a[:, ::2].copy()) != fingerprint(a)

def test_verify_accepts_what_the_card_says():
    assert verify(*read_arrays(data_folder()/'digits.npz'), card('digits'), 'here') is None

def test_import_is_light():
    "Beside NumPy only the standard library, and none of its heavy parts"
    code = ('import sys, numpy; before = set(sys.modules); import tinytorch.datasets;'
            'print(*sorted(set(sys.modules) - before))')
    added = set(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.split())
    assert {name.split('.')[0] for name in added} - {'tinytorch'} <= set(sys.stdlib_module_names)
    assert {name for name in added if name.startswith('tinytorch')} == {'tinytorch', 'tinytorch.datasets'}
    assert not added & {'importlib.resources', 'asyncio', 'urllib.request', 'ssl', 'multiprocessing', 'tempfile', 'zipfile'}
