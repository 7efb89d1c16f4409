"Datasets: what a damaged file gets, whose memory the arrays are, that the split is the same everywhere, and downloads that fail"
import dataclasses, gzip, hashlib, io, json, logging, os, shutil, subprocess, sys, tarfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import numpy as np
import pytest

from tinytorch.datasets import (CARD_KEYS, FORMS, KINDS, LEVELS, SplitData, TextData, scaled_images, available, cache_folder, card, ceiling,
                                contiguous_split, data_folder, draw_objects, fetch, inside, load, names_in,
                                read_arrays, read_cifar, read_idx, read_members, sha256_of_files, stratified_split, verify)
from tinytorch.files import sha256_of

SHA256 = '87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826'
SPLIT_SHA256 = '08c882c0913091936680da99a2c1d8e26b7a9de0b4404fb96b58c633d8e72e7b'  # of the three row arrays, int64, little-endian

def split_fingerprint(rows): return sha256_of(*(rows[part].astype('<i8') for part in ('train', 'validation', 'test')))

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
    assert set(np.unique(data.images*16)) == set(range(17))  # all 17 gray levels, exact

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
    assert facts['name'] == 'Digits (8×8)' and facts['license'] == 'CC BY 4.0' and facts['real'] is True
    assert facts['sha256'] == SHA256 == sha256_of(*read_arrays(data_folder()/'digits.npz'))
    assert facts['split_seed'] == 1998 and sum(facts['split_shares']) == pytest.approx(1)
    assert f"{facts['shape'][0]:,}" in facts['about']
    assert load('digits').card == facts

def test_available():
    assert list(available()) == ['cifar-10', 'digits', 'generated-objects-32', 'generated-objects-96', 'mnist', 'pages', 'tiny-shakespeare']
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
    mine.card['license'], mine.card['classes'][0] = 'mine', 'nought'
    mine.images[:] = mine.labels[:] = -1
    for part in (mine.train, mine.validation, mine.test): part[0][:] = part[1][:] = -1
    fresh = load('digits')
    assert fresh.images.min() == 0 and fresh.train[0].min() == 0 and fresh.test[1].min() == 0
    assert fresh.card['license'] == 'CC BY 4.0' and fresh.card['classes'][0] == '0'

def test_as_inputs_copies_even_float32():
    images = np.ones((2, 3, 3), dtype=np.float32)
    for flat in (False, True): assert not np.may_share_memory(scaled_images(images, 1, flat), images)

# Names

@pytest.mark.parametrize('name', ['MNIST', 'Digits', '', '../data/digits', 'digits.npz', None, 3])
def test_unknown_name_lists_what_there_is(name):
    for function in (load, card):
        with pytest.raises(ValueError, match='no dataset .* in the package; available: cifar-10, digits'): function(name)

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
    facts = card('digits') | {'name': 'Mine', 'shape': [10, 2, 2], 'highest': 39, 'sha256': sha256_of(images, labels)}
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
    assert str(folder/'digits.npz') in str(caught.value) and 'sha256' in str(caught.value)

@pytest.mark.house  # our words
def test_a_wrong_fingerprint_is_told_with_the_right_one(folder):
    images, labels = stored(folder)
    labels[77] ^= 1
    np.savez_compressed(folder/'digits.npz', images=images, labels=labels)
    with pytest.raises(ValueError, match=f'expected sha256 {SHA256}, found {sha256_of(images, labels)}'): load('digits', folder=folder)

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
            assert str(path) in str(error)
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
    with pytest.raises(ValueError, match='digits.npz'): load('digits', folder=folder)

def test_damaged_cards(folder):
    path = folder/'digits.json'
    facts = card('digits', folder)
    for content, words in ((b'{"name": ', 'expected a JSON card'), (b'\xff\xfe{}', 'expected a JSON card'), (b'{}', 'the card lacks name, about'),
                           (json.dumps({k: v for k, v in facts.items() if k != 'license'}).encode(), 'the card lacks license')):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words) as caught: load('digits', folder=folder)
        assert str(path) in str(caught.value)

def test_checks_hold_under_optimized_python(folder):
    images, labels = stored(folder)
    np.savez(folder/'digits.npz', images=images + np.uint8(1), labels=labels)
    code = f'from tinytorch.datasets import load; load("digits", folder={str(folder)!r})'
    run = subprocess.run([sys.executable, '-O', '-c', code], capture_output=True, text=True)
    assert run.returncode == 1 and 'sha256' in run.stderr

# The split

def test_split_is_the_published_one():
    data = load('digits')
    assert data.rows['train'][:5].tolist() == [1608, 1257, 797, 1373, 84]
    assert split_fingerprint(data.rows) == SPLIT_SHA256  # another value: NumPy changed its generator, and every result its test part

def test_split_is_the_same_in_other_processes():
    code = ('from tinytorch.datasets import load; from tinytorch.files import sha256_of; r = load("digits").rows;'
            'print(sha256_of(*(r[p].astype("<i8") for p in ("train", "validation", "test"))))')
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

SPLIT_ERRORS = pytest.mark.parametrize('labels, shares, words', [
    ([0, 1], (0.6, 0.2), r'shares \[0.6, 0.2\] sum to 0.8'),
    ([0, 1], (1.2, -0.2), 'shares of 0 or more'),
    ([0, 1], (np.nan, 0.5), 'sum to nan'),
    ([0, 1], (), 'sum to 0'),
    ([], (0.6, 0.4), r'labels have shape \(0,\)'),
    (np.eye(3), (0.6, 0.4), r'labels have shape \(3, 3\): expected \(n,\)'),
    (5, (0.6, 0.4), r'labels have shape \(\)')])

@SPLIT_ERRORS
def test_split_errors(labels, shares, words):
    with pytest.raises(ValueError): stratified_split(labels, shares)

@pytest.mark.house  # our words
@SPLIT_ERRORS
def test_split_errors_say_what_was_given(labels, shares, words):
    with pytest.raises(ValueError, match=words): stratified_split(labels, shares)

# The smaller pieces

def test_verify_accepts_what_the_card_says():
    assert verify(*read_arrays(data_folder()/'digits.npz'), card('digits'), 'here') is None

def test_import_is_light():
    "Beside NumPy only the standard library, and none of its heavy parts"
    code = ('import sys, numpy; before = set(sys.modules); import tinytorch.datasets;'
            'print(*sorted(set(sys.modules) - before))')
    added = set(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.split())
    assert {name.split('.')[0] for name in added} - {'tinytorch'} <= set(sys.stdlib_module_names)
    assert {name for name in added if name.startswith('tinytorch')} == {'tinytorch', 'tinytorch.datasets', 'tinytorch.files'}
    assert not added & {'importlib.resources', 'asyncio', 'urllib.request', 'ssl', 'multiprocessing', 'tempfile', 'zipfile'}

# Cards of all

def test_every_card_says_what_it_must():
    for name in names_in():
        facts = card(name)
        assert set(CARD_KEYS + FORMS[facts['form']]) <= set(facts), name
        assert isinstance(facts['real'], bool) and len(facts['sha256']) == 64 and sum(facts['split_shares']) == pytest.approx(1)
        if 'split_seed' in facts: assert facts['split_seed_reason'].endswith('before any score was computed') and len(facts['classes']) == 10

def test_generated_is_called_generated_and_nothing_else():
    real = [facts['name'].lower() for facts in map(card, names_in()) if facts['real']] + ['cifar', 'imagenet', 'shakespeare', 'wake']
    for name in names_in():
        facts = card(name)
        assert facts['real'] == ('generated' not in name) == ('generated' not in facts['about'])
        if not facts['real']:
            assert name.startswith('generated-') and facts['name'].startswith('Generated ')
            assert not any(other in f"{name} {facts['name']}".lower() for other in real)

def test_published_checksums_have_a_source_and_https():
    for name in ('mnist', 'cifar-10', 'tiny-shakespeare'):
        facts = card(name)
        assert 'url_checksums' in facts['checksums_from'] and facts['instead'] in names_in() and 'files' not in card(facts['instead'])
        assert facts['sha256'] == sha256_of_files(facts['files'])
        for file in facts['files']:
            assert file['url'].startswith('https://') and len(file['sha256']) == 64 and file['bytes'] > 0
            assert file['file'].startswith(name + '/') and file['url'].endswith(file['file'].split('/')[-1])

def test_package_data_is_small():
    assert sum(path.stat().st_size for path in data_folder().iterdir()) < 300_000

def test_available_says_kind_size_and_place(tmp_path):
    lines = available(cache=tmp_path)
    assert lines['digits'].endswith('(real, 45,394 bytes, present)') and lines['generated-objects-96'].endswith('(generated, drawn when asked for)')
    assert lines['tiny-shakespeare'].endswith('(real, 1,115,394 bytes, to be downloaded)')
    (tmp_path/'tiny-shakespeare').mkdir()
    (tmp_path/'tiny-shakespeare'/'input.txt').write_text('here')
    assert available(cache=tmp_path)['tiny-shakespeare'].endswith('1,115,394 bytes, present)')

@pytest.mark.parametrize('change, words', [({'form': 'zip'}, "form 'zip' is none of arrays"), ({'form': 'rule'}, 'lacks size, difficulty, seed, ceiling')])
def test_a_card_of_a_wrong_form(folder, change, words):
    (folder/'digits.json').write_text(json.dumps(card('digits') | change), encoding='utf-8')
    with pytest.raises(ValueError, match=words): card('digits', folder)

# Generated objects

def test_objects_are_the_published_ones():
    for name, sha256 in (('generated-objects-32', 'fb58c20a0de4efdbfcc568decb0938e8ffad0387b81d8426926c0306482d5096'), ('generated-objects-96', 'd93f03a9c9b6c35822e3fd4ddbabcc760c18e10f83dd9c0604cc5c5c57856162')):
        data = load(name)
        assert data.card['sha256'] == sha256  # another value: NumPy changed its generator's bytes, and every result its images
        assert data.images.dtype == np.float32 and list(data.images.shape) == card(name)['shape'] and data.images.min() == 0 and data.images.max() == 1
        assert data.card['ceiling'] == pytest.approx(0.955)

def test_each_part_has_its_share_of_classes_and_of_empty_images():
    data = load('generated-objects-32')
    _, labels, shown = draw_objects(6000, 32, 'medium', 2012)
    assert (labels == data.labels).all()
    for part, n in (('train', 360), ('validation', 120), ('test', 120)):
        rows = data.rows[part]
        assert (np.bincount(labels[rows]) == n).all() and (np.bincount(labels[rows][~shown[rows]]) == n*0.05).all()

@pytest.mark.parametrize('level', LEVELS)
def test_ceiling_is_the_share_that_can_be_known(level):
    _, labels, shown = draw_objects(2000, difficulty=level, rng=0)
    assert (np.bincount(labels[~shown], minlength=10) == 200*LEVELS[level]['missing']).all()
    best = (shown.sum() + (~shown).sum()/10) / 2000  # names what is shown, guesses the rest
    assert ceiling(LEVELS[level]['missing']) == pytest.approx(best)
    assert load('generated-objects-32', difficulty=level, count=100).card['ceiling'] == pytest.approx(best)

def test_an_empty_image_says_nothing_about_its_label(monkeypatch):
    "Were no object drawn at all, the empty images would be the same, byte for byte"
    images, _, shown = draw_objects(400, difficulty='hard', rng=4)
    monkeypatch.setattr('tinytorch.datasets.inside', lambda kind, dx, dy, r, t: abs(dx) + abs(dy) < 0)
    without, _, _ = draw_objects(400, difficulty='hard', rng=4)
    same = (images == without).all(axis=(1, 2, 3))
    assert (same == ~shown).all() and shown.sum() == 360

@pytest.mark.parametrize('level', LEVELS)
def test_no_class_has_a_color(level):
    "The mean background of each class is the mean of all, as near as chance allows"
    images, labels, _ = draw_objects(4000, difficulty=level, rng=0)
    corner = np.median(images[:, :, :3, :3].reshape(4000, 3, 9), axis=-1)
    for c in range(10): assert abs(corner[labels == c].mean(axis=0) - corner.mean(axis=0)).max() < 4*corner.std()/400**0.5

def test_whoever_knows_the_rule_tells_the_objects_apart():
    "A matched filter over all places and sizes: so the ceiling is one that can be reached"
    grid, outlines, kinds = np.arange(32), [], []
    for r in range(6, 11):
        x, y = [p.reshape(-1, 1, 1) for p in np.meshgrid(np.arange(r, 32 - r), np.arange(r, 32 - r))]
        for k, kind in enumerate(KINDS):
            outlines.append(inside(kind, grid - x, grid[:,None] - y, r, 2).reshape(len(x), -1).astype(np.float32))
            kinds += [k]*len(x)
    outlines = np.concatenate(outlines)
    outlines -= outlines.mean(axis=1, keepdims=True)
    outlines /= np.sqrt((outlines**2).sum(axis=1, keepdims=True))
    for level, least in (('easy', 1), ('medium', 0.99), ('hard', 0.98)):
        images, labels, shown = draw_objects(200, difficulty=level, rng=11)
        fit = outlines @ images[shown].reshape(-1, 1024).astype(np.float32).T
        found = np.array(kinds)[(fit**2).reshape(len(outlines), -1, 3).sum(axis=-1).argmax(axis=0)]
        assert (found == labels[shown]).mean() >= least, level

def test_objects_differ_by_more_than_noise():
    "On a quiet picture each kind covers other pixels than each other kind, at each size that is drawn"
    step = np.arange(-30, 31)
    for t, radii in ((2, range(6, 11)), (6, range(18, 31))):
        for r in radii:
            masks = [inside(kind, step[None], step[:,None], r, t) for kind in KINDS]
            for i, a in enumerate(masks):
                assert a.sum() >= 12 and not a[:30 - r].any() and not a[:, 31 + r:].any()
                for b in masks[:i]: assert (a != b).sum() >= 16

def test_same_seed_same_images_and_another_seed_others():
    a, b, c = draw_objects(50, rng=1)[0], draw_objects(50, rng=np.random.default_rng(1))[0], draw_objects(50, rng=2)[0]
    assert (a == b).all() and (a != c).any() and (draw_objects(50)[0] != draw_objects(50)[0]).any()
    before = np.random.get_state()[1].copy()
    draw_objects(5)
    assert (np.random.get_state()[1] == before).all()

def test_places_and_sizes_are_spread():
    images, labels, _ = draw_objects(1000, difficulty='easy', rng=0)
    bright = images.astype(int).sum(axis=1)
    bright = bright > (bright.min(axis=(1, 2)) + bright.max(axis=(1, 2)))[:,None,None]/2
    disc = bright[labels == 0]
    area = disc.sum(axis=(1, 2))
    assert area.min() < 140 and area.max() > 280                       # radius 6 to 10
    x = (disc*np.arange(32)).sum(axis=(1, 2))/area
    assert x.min() < 9 and x.max() > 22 and abs(x.mean() - 15.5) < 2   # everywhere, evenly

@pytest.mark.parametrize('size', [16, 48, 112])
def test_other_sizes(size):
    images, labels, _ = draw_objects(20, size=size, rng=0)
    assert images.shape == (20, 3, size, size) and images.dtype == np.uint8 and labels.tolist() == [*range(10)]*2

@pytest.mark.parametrize('arguments, words', [(dict(size=30), 'size is 30'), (dict(size=128), 'at most 112'), (dict(difficulty='x'), 'there are easy, medium, hard')])
def test_objects_errors(arguments, words):
    with pytest.raises(ValueError, match=words): draw_objects(10, **arguments)

def test_options_are_checked():
    with pytest.raises(ValueError, match="'digits' takes no options, found count, size"): load('digits', count=3, size=4)
    with pytest.raises(ValueError, match="'pages' takes no options"): load('pages', cache='here')
    with pytest.raises(TypeError): load('generated-objects-32', color='red')
    with pytest.raises(TypeError): load('mnist', difficulty='hard')

@pytest.mark.parametrize('count', [0, -1, 2.5, '9', True])
def test_a_count_is_a_number_of_images(count):
    with pytest.raises(ValueError, match='count is .*; expected a whole number of images'): load('generated-objects-32', count=count)

@pytest.mark.parametrize('count', [1, 7, 10, 30])
def test_a_count_that_leaves_a_part_empty_is_an_error(count):
    with pytest.raises(ValueError, match=f'count={count} leaves no images for .*validation'): load('generated-objects-32', count=count)

@pytest.mark.parametrize('level', LEVELS)
def test_ten_of_each_class_are_enough(level):
    data = load('generated-objects-32', count=100, difficulty=level)
    assert sorted(np.concatenate(list(data.rows.values()))) == list(range(100)) and all(len(rows) for rows in data.rows.values())

def test_a_draw_that_is_not_the_published_one_is_found(tmp_path):
    "As if another version of NumPy drew other bytes"
    (tmp_path/'objects.json').write_text(json.dumps(card('generated-objects-32') | {'shape': [20, 3, 32, 32]}), encoding='utf-8')
    with pytest.raises(ValueError, match='as drawn here.*sha256'): load('objects', folder=tmp_path)
    assert len(load('objects', folder=tmp_path, count=50).labels) == 50

def test_another_draw_has_its_own_fingerprint():
    data = load('generated-objects-32', difficulty='easy', count=200)
    images, labels, _ = draw_objects(200, 32, 'easy', 2012)
    assert data.card['sha256'] == sha256_of(images, labels) != card('generated-objects-32')['sha256'] and data.card['shape'] == [200, 3, 32, 32]
    assert (data.images == scaled_images(images, 255)).all() and load('generated-objects-32', flat=True, count=200).test[0].shape == (40, 3072)

# The text

def test_pages():
    data, facts = load('pages'), card('pages')
    assert isinstance(data, TextData) and data.text.isascii() and len(data.text) == facts['characters'] and len(set(data.text)) == facts['different']
    assert data.text == data.train + data.validation + data.test and '\r' not in data.text
    for part, share in zip((data.train, data.validation, data.test), facts['split_shares']): assert abs(len(part) - share*len(data.text)) <= 1
    assert repr(data).startswith('Pages, real, sha256 ') and 'train 81,630, validation 10,204, test 10,204 characters' in repr(data)
    assert set(data.validation + data.test) <= set(data.train)  # no character that training has not seen

def test_parts_of_the_text_share_no_paragraph():
    data = load('pages')
    long = lambda part: {p for p in part.split('\n\n') if len(p) > 60}
    assert not long(data.train) & (long(data.validation) | long(data.test))

def test_a_changed_text_is_found(tmp_path):
    for suffix in ('.json', '.txt'): shutil.copy(data_folder()/f'pages{suffix}', tmp_path)
    raw = (tmp_path/'pages.txt').read_bytes()
    (tmp_path/'pages.txt').write_bytes(raw.replace(b'e', b'a', 1))
    with pytest.raises(ValueError, match='pages.txt: expected sha256 .*, found .*restore it'): load('pages', folder=tmp_path)

def test_contiguous_split():
    for n in (0, 1, 7, 1000):
        for shares in ((0.8, 0.1, 0.1), (1,), (0.1,)*10, (0, 1)):
            text = 'ab'*n
            parts = contiguous_split(text, shares)
            assert ''.join(parts) == text and len(parts) == len(shares)
            assert all(abs(len(p) - s*len(text)) <= 1 for p, s in zip(parts, shares))

# Formats

def idx(array, kind=8): return bytes([0, 0, kind, array.ndim]) + np.array(array.shape, dtype='>u4').tobytes() + array.tobytes()

def cifar(images, labels): return b''.join(bytes([label]) + image.tobytes() for image, label in zip(images, labels))

def tar(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w:gz') as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if content is None: info.type, info.linkname = tarfile.SYMTYPE, '../../secret'
            else: info.size = len(content)
            archive.addfile(info, io.BytesIO(content or b''))
    return file.getvalue()

@pytest.mark.parametrize('raw', [b'', b'\0', b'\0\0\x08', b'\0\0\x08\3\0\0', b'\0\0\x08\3' + bytes(11), b'\0\0\x08\3' + bytes([255])*12, b'\0\0\x08\2' + bytes([128, 0, 0, 0])*2, b'\0\0\x0d\1\0\0\0\1' + bytes(8), idx(np.zeros((2, 3), np.uint8))[:-1], idx(np.zeros(3, np.uint8)) + b'\0'])
def test_idx_that_is_none(raw):
    with pytest.raises(ValueError, match='read_idx: ') as caught: read_idx(raw)
    assert '-' not in str(caught.value)  # no negative number of bytes

def test_idx():
    rng = np.random.default_rng(0)
    for shape in ((0,), (300,), (3, 28, 28)):
        array = rng.integers(0, 256, shape, dtype=np.uint8)
        assert (read_idx(idx(array)) == array).all() and read_idx(idx(array)).shape == shape

@pytest.mark.parametrize('size', [0, 1, 3072, 3074])
def test_cifar_that_is_none(size):
    with pytest.raises(ValueError, match='records of 3,073 bytes'): read_cifar(bytes(size))

def test_archive_members_by_name_only(tmp_path):
    path = tmp_path/'some.tar.gz'
    path.write_bytes(tar({'a/one': b'1', 'a/link': None, '../evil': b'2'}))
    assert read_members(path, ['a/one']) == [b'1'] and [p.name for p in tmp_path.rglob('*')] == ['some.tar.gz']  # nothing is unpacked
    with pytest.raises(ValueError, match='not a plain file'): read_members(path, ['a/one', 'a/link'])
    with pytest.raises(ValueError, match='KeyError'): read_members(path, ['two'])
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match=r'some.tar.gz: expected a tar archive'): read_members(path, ['a/one'])

# Downloads: a server on this machine stands in for the publishers

@pytest.fixture
def server(monkeypatch):
    "Serves `files` as its `ways` say, and counts what it was asked for"
    import pooch
    monkeypatch.setattr(pooch.core.time, 'sleep', lambda seconds: None)  # between tries
    released = Event()
    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def do_GET(self):
            name = self.path[1:]
            asked[name] += 1
            body, way = files.get(name, b''), ways.get(name, 'whole')
            if way == 'fails twice' and asked[name] <= 2: return self.send_error(503)
            if way == 'sends on': return self.answer(302, b'', Location='http://example.org/elsewhere')
            if name not in files: return self.send_error(404)
            if way == 'slow': released.wait(20)
            if way == 'corrupted': body = body[:-1] + bytes([body[-1] ^ 1])
            self.answer(200, body, cut=way == 'truncated', known=way != 'shorter')
        def answer(self, code, body, cut=False, known=True, **headers):
            self.send_response(code)
            if known: headers['Content-Length'] = str(len(body))
            headers['Connection'] = 'close'
            for key, value in headers.items(): self.send_header(key, value)
            self.end_headers()
            try: self.wfile.write(body[:len(body)//2] if cut or not known else body)
            except OSError: pass  # a client that has given up
            self.close_connection = True
        def log_message(self, *args): pass
    files, ways, asked = {}, {}, Counter()
    http = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    Thread(target=http.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True).start()
    class Server:
        url = f'http://127.0.0.1:{http.server_port}'
        def entry(self, name, content, way='whole'):
            files[name], ways[name] = content, way
            return {'file': f'set/{name}', 'url': f'{self.url}/{name}', 'bytes': len(content), 'sha256': hashlib.sha256(content).hexdigest()}
    Server.files, Server.ways, Server.asked = files, ways, asked
    yield Server()
    released.set()
    http.shutdown()
    http.server_close()

def listing(folder): return sorted(p.relative_to(folder).as_posix() for p in folder.rglob('*') if p.is_file())

def test_download_once(server, tmp_path, capsys):
    import pooch
    log, told = pooch.get_logger(), []
    level, listener = log.level, logging.Handler()
    listener.emit = told.append
    log.addHandler(listener)
    file = server.entry('a.txt', b'some text')
    for _ in range(2): assert fetch(file, cache=tmp_path, progress=False).read_bytes() == b'some text'
    assert server.asked['a.txt'] == 1 and listing(tmp_path) == ['set/a.txt']
    log.removeHandler(listener)
    assert capsys.readouterr() == ('', '') and not told and log.level == level  # nothing is printed or logged, and pooch is as before

def test_progress(server, tmp_path, capsys):
    fetch(server.entry('a.txt', b'some text'), cache=tmp_path)
    assert '100%' in capsys.readouterr().err

def test_fails_twice_then_succeeds(server, tmp_path):
    file = server.entry('a.txt', b'some text', 'fails twice')
    assert fetch(file, cache=tmp_path, progress=False).read_bytes() == b'some text' and server.asked['a.txt'] == 3
    other = server.entry('b.txt', b'some text', 'fails twice')
    with pytest.raises(ConnectionError, match='503'): fetch(other, cache=tmp_path, progress=False, retries=1)
    assert server.asked['b.txt'] == 2 and listing(tmp_path) == ['set/a.txt']

@pytest.mark.parametrize('way, kind, words', [
    ('truncated', ConnectionError, 'IncompleteRead'), ('shorter', ValueError, 'what came is not that file'), ('corrupted', ValueError, 'what came is not that file'),
    ('slow', ConnectionError, 'timed out'), ('sends on', ValueError, 'sends on to http://example.org/elsewhere, which is not https')])
def test_bad_answers(server, tmp_path, way, kind, words):
    file = server.entry('a.bin', bytes(5000) + b'x', way)
    with pytest.raises(kind, match=words) as caught: fetch(file, cache=tmp_path, retries=1, timeout=0.2, progress=False, instead='digits')
    assert server.asked['a.bin'] == 2 and listing(tmp_path) == []  # tried again; no half file stays behind
    told = str(caught.value)
    for part in ('set/a.bin: wanted 5,001 bytes', file['sha256'], file['url'], str(tmp_path/'set'/'a.bin'), 'Three ways on: connect',
                 'put the file there by hand', "load('digits'), which needs no network"): assert part in told

def test_a_file_that_is_not_there(server, tmp_path):
    file = server.entry('a.txt', b'some text')
    del server.files['a.txt']
    with pytest.raises(ConnectionError, match='404.*Three ways on'): fetch(file, cache=tmp_path, retries=0, progress=False)

def test_nobody_answers(server, tmp_path):
    file = server.entry('a.txt', b'some text') | {'url': 'http://127.0.0.1:9/a.txt'}
    with pytest.raises(ConnectionError, match='looked in .*a.txt.*Three ways on'): fetch(file, cache=tmp_path, retries=0, progress=False)

def test_a_damaged_file_in_the_cache_is_fetched_again(server, tmp_path):
    file = server.entry('a.txt', b'some text')
    fetch(file, cache=tmp_path, progress=False).write_bytes(b'some tex')
    assert fetch(file, cache=tmp_path, progress=False).read_bytes() == b'some text' and server.asked['a.txt'] == 2
    fetch(file, cache=tmp_path).write_bytes(b'some tex')
    del server.files['a.txt']
    with pytest.raises(ConnectionError, match='Three ways on'): fetch(file, cache=tmp_path, retries=0, progress=False)
    assert (tmp_path/'set'/'a.txt').read_bytes() == b'some tex'  # what was there is left to you

@pytest.mark.parametrize('url', ['http://example.org/a', 'ftp://127.0.0.1/a', 'file:///etc/hosts', 'http://127.0.0.1.example.org/a', 'http://localhost@example.org/a', 'a'])
def test_only_https(url, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'requests', None)  # nothing may be asked
    with pytest.raises(ValueError, match='its address is not https'):
        fetch({'file': 'a', 'url': url, 'bytes': 1, 'sha256': '0'*64}, cache=tmp_path)

def test_the_folder(tmp_path, monkeypatch):
    import pooch
    monkeypatch.delenv('TINYTORCH_DATA', raising=False)
    assert cache_folder() == pooch.os_cache('tinytorch')
    monkeypatch.setenv('TINYTORCH_DATA', str(tmp_path/'env'))
    assert cache_folder() == tmp_path/'env' and cache_folder(tmp_path/'mine') == tmp_path/'mine'
    monkeypatch.setenv('TINYTORCH_DATA', '~/data')
    assert cache_folder() == type(tmp_path).home()/'data'

def test_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pooch', None)
    monkeypatch.delenv('TINYTORCH_DATA', raising=False)
    with pytest.raises(ImportError, match=r'pip install -e "\.\[data\]".*after setting TINYTORCH_DATA.*load\(.digits.\)'): load('mnist')
    assert cache_folder() is None and available()['mnist'].endswith('to be downloaded)')
    file = {'file': 'a.txt', 'url': 'https://example.org/a', 'bytes': 1, 'sha256': hashlib.sha256(b'a').hexdigest()}
    (tmp_path/'a.txt').write_bytes(b'a')
    assert fetch(file, cache=tmp_path) == tmp_path/'a.txt'  # put there by hand: no pooch, no network

# The published sets, from tiny stand-ins of the same formats

@pytest.fixture
def stand_ins(server, tmp_path):
    "A folder of cards like the package's, whose files the server has"
    folder, rng = tmp_path/'cards', np.random.default_rng(0)
    folder.mkdir()
    def write(name, **changes): (folder/f'{name}.json').write_text(json.dumps(card(name) | changes), encoding='utf-8')
    gray, kinds = rng.integers(0, 256, (50, 28, 28), dtype=np.uint8), (np.arange(50) % 10).astype(np.uint8)
    entries = [server.entry(name, gzip.compress(idx(array))) for name, array in
               (('train-images', gray[:40]), ('train-labels', kinds[:40]), ('test-images', gray[40:]), ('test-labels', kinds[40:]))]
    write('mnist', shape=[50, 28, 28], test_rows=10, split_shares=[0.75, 0.25], files=entries)
    color, labels = rng.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8), (np.arange(60) % 10).astype(np.uint8)
    members = {m: cifar(color[i*10:i*10 + 10], labels[i*10:i*10 + 10]) for i, m in enumerate(card('cifar-10')['members'])}
    write('cifar-10', shape=[60, 3, 32, 32], test_rows=10, split_shares=[0.8, 0.2], files=[server.entry('cifar.tar.gz', tar(members))])
    text = 'To be, or not to be, that is the question.\n'*10
    write('tiny-shakespeare', characters=430, files=[server.entry('input.txt', text.encode())], sha256=hashlib.sha256(text.encode()).hexdigest())
    return folder, {'mnist': (gray, kinds), 'cifar-10': (color, labels), 'tiny-shakespeare': text}

@pytest.mark.parametrize('name, train', [('mnist', 30), ('cifar-10', 40)])
def test_published_images(stand_ins, server, tmp_path, name, train):
    folder, wanted = stand_ins
    images, labels = wanted[name]
    data = load(name, folder=folder, cache=tmp_path/'cache', progress=False)
    assert isinstance(data, SplitData) and data.images.dtype == np.uint8 and (data.images == images).all() and (data.labels == labels).all()
    assert data.rows['test'].tolist() == list(range(len(labels) - 10, len(labels)))  # the publishers' own
    assert [len(rows) for rows in data.rows.values()] == [train, len(labels) - 10 - train, 10]
    assert np.sort(np.concatenate(list(data.rows.values()))).tolist() == list(range(len(labels)))
    for part, rows in data.rows.items():
        x, y = getattr(data, part)
        assert (x == scaled_images(images[rows], 255)).all() and x.dtype == np.float32 and (y == labels[rows]).all() and x.flags.writeable
    assert data.card['sha256'] == sha256_of_files(data.card['files'])
    before = server.asked.copy()
    assert load(name, folder=folder, cache=tmp_path/'cache', flat=True).train[0].ndim == 2 and server.asked == before

def test_published_text(stand_ins, tmp_path, monkeypatch):
    folder, wanted = stand_ins
    monkeypatch.setenv('TINYTORCH_DATA', str(tmp_path/'env'))
    data = load('tiny-shakespeare', folder=folder, progress=False)
    assert data.text == wanted['tiny-shakespeare'] and [len(data.train), len(data.validation), len(data.test)] == [387, 22, 21]
    assert listing(tmp_path/'env') == ['set/input.txt']

def test_one_bad_file_of_four(stand_ins, server, tmp_path):
    server.ways['test-labels'] = 'corrupted'
    with pytest.raises(ValueError, match=r"test-labels: wanted .*load\('digits'\)"): load('mnist', folder=stand_ins[0], cache=tmp_path/'c', retries=0, progress=False)

def test_the_right_file_of_another_shape(stand_ins, tmp_path):
    folder = stand_ins[0]
    (folder/'mnist.json').write_text(json.dumps(card('mnist', folder) | {'shape': [70, 28, 28]}), encoding='utf-8')
    with pytest.raises(ValueError, match=r'expected images of shape \[70, 28, 28\], found \[50, 28, 28\]'): load('mnist', folder=folder, cache=tmp_path/'c', progress=False)
