"Figures: the same bytes whoever asks, nothing told without looking, and photographs read from made-up archives in Wake Vision's layout"
import gzip, io, json, re, subprocess, sys, tarfile, zipfile

import numpy as np
import pytest
from PIL import Image

from notebooks import ROOT
from tinytorch import figures as f
from tinytorch.capstone import data_facts
from tinytorch.competition.bundle import data_files, known_data, shipped
from tinytorch.files import sha256_of
from tinytorch.submission import part_names, shipped_parts

# Drawing

DRAWN = {('easy', 5): 'd04d4c5761bccadc', ('edge', 5): '0d493d61933f4410', ('medium', 5): 'ba8b07e7da6d76a2', ('edge', b'five'): '9b418e7b42e1cd72'}

@pytest.mark.parametrize('level, seed', DRAWN)
def test_the_bytes_are_these(level, seed):
    images, labels, strata = f.draw_figures(40, level, seed, start=480)
    assert sha256_of(images, labels, *(','.join(words) for words in strata.values()))[:16] == DRAWN[level, seed]

def test_another_process_draws_the_same_bytes():
    code = 'from tinytorch.figures import draw_figures; from tinytorch.files import sha256_of; x, y, _ = draw_figures(30, seed=3, start=2490); print(sha256_of(x, y))'
    said = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.strip() == sha256_of(*f.draw_figures(30, seed=3, start=2490)[:2])

@pytest.mark.parametrize('size', [1, 7, 499, 500, 501])
def test_chunks_do_not_matter(size):
    begin, end = 490 if size < 10 else 480, 510 if size < 10 else 1005
    whole = f.draw_figures(end - begin, seed=9, start=begin)
    parts = [f.draw_figures(min(size, end - i), seed=9, start=i) for i in range(begin, end, size)]
    for k in 0, 1: assert (np.concatenate([part[k] for part in parts]) == whole[k]).all()
    for name in f.STRATA: assert (np.concatenate([part[2][name] for part in parts]) == whole[2][name]).all()

@pytest.mark.parametrize('level', f.LEVELS)
def test_each_block_is_balanced_and_as_its_level_says(level):
    facts = f.LEVELS[level]
    told = np.concatenate([f.draw_block(f.stream_of(11, level, block), facts, 2)[1] for block in range(2)])
    assert told.shape == (4, 5)
    images, labels, strata = f.draw_figures(1000, level, 11)
    assert labels.reshape(2, 500).sum(axis=1).tolist() == [250, 250]
    upright = strata['form'] == 'upright'
    assert not (upright & (labels == 0)).any() and ((labels == 1) & ~upright).sum() == 2*round(facts['missing']*250)
    near = np.isin(strata['form'], f.FORMS[1:6])[~upright].mean()
    assert abs(near - facts['near']/256) < .1 and abs((strata['edge'] == 'cut').mean() - facts['cut']/256) < .05
    for name in 'distance', 'light': assert (np.unique(strata[name], return_counts=True)[1] > 230).all()

def test_labels_are_in_no_order():
    labels = f.draw_figures(2000, seed=0)[1].astype(int)
    for lag in range(1, 60): assert abs((labels[lag:] == labels[:-lag]).mean() - .5) < .06, lag
    assert abs(labels[::2].mean() - .5) < .05 and (labels[:500] != labels[500:1000]).any()

def test_strata_are_drawn_alike_for_both_labels():
    _, labels, strata = f.draw_figures(2500, seed=21)
    for name in 'distance', 'light', 'edge':
        for word in f.STRATA[name]: assert abs((strata[name][labels == 1] == word).mean() - (strata[name][labels == 0] == word).mean()) < .07

def test_a_light_is_as_bright_as_it_is_called_and_a_far_figure_is_small():
    images, labels, strata = f.draw_figures(1000, seed=4)
    mean = [images[strata['light'] == word].mean() for word in f.STRATA['light']]
    spread = [images[strata['distance'] == word].astype(np.float32).std(axis=(2, 3)).mean() for word in f.STRATA['distance']]
    assert mean == sorted(mean) and mean[2] > 1.25*mean[0] and spread == sorted(spread)

@pytest.mark.parametrize('form', f.FORMS)
@pytest.mark.parametrize('side', [-1, 1])
def test_forms_stay_within_their_square_also_in_int16(form, side):
    grid = np.arange(96, dtype=np.int16)
    for r in (9, 12, 21, 30):
        for x, y in (0, 95), (48, 48), (95, 0):
            dx, dy = grid - np.int16(x), (grid - np.int16(y))[:,None]
            small, exact = f.covers(form, dx, dy, np.int16(r), np.int16(side)), f.covers(form, dx.astype(int), dy.astype(int), r, side)
            assert (small == exact).all() and not exact[:, abs(dx) > r].any() and not exact[abs(dy[:,0]) > r].any() and (exact.any() or x != 48)

def test_a_seed_is_not_another():
    seeds = 0, 1, 2**64, b'', b'\0', b'\1', b'\x10', 10, b'1', '0x'.encode()
    assert len({f.stream_of(seed, 'edge', 0).bytes(8) for seed in seeds}) == len(seeds)
    assert f.stream_of(np.int64(7), 'edge', 0).bytes(8) == f.stream_of(7, 'edge', 0).bytes(8)

@pytest.mark.parametrize('asked, error, said', [
    (dict(level='hard'), ValueError, "no level 'hard'; there are easy, edge, medium"), (dict(seed=-1), ValueError, 'seed is -1'), (dict(seed=True), TypeError, 'bool'),
    (dict(seed='7'), TypeError, 'whole number or bytes'), (dict(seed=np.random.default_rng(0)), TypeError, 'Generator'), (dict(start=-1), ValueError, 'from 0 on'), (dict(count=0), ValueError, '0 images')])
def test_what_cannot_be_drawn(asked, error, said):
    with pytest.raises(error, match=re.escape(said)): f.draw_figures(**{'count': 1, **asked})

# Parts and card

def test_the_public_part_is_that_of_the_card(monkeypatch):
    images, labels = f.figures('validation')
    facts = f.figures_card()['parts']['validation']
    assert list(images.shape) == facts['shape'] and labels.dtype == np.int64 and facts['seed'] == f.PARTS['validation'][0]
    assert sha256_of(images, labels.astype(np.uint8)) == facts['sha256']['edge']
    other = f.figures_card()
    other['parts']['validation']['sha256']['edge'] = '0'*64
    monkeypatch.setattr(f, 'figures_card', lambda: other)
    monkeypatch.setattr(f, 'draw_figures', lambda *args: (images, labels.astype(np.uint8), {}))
    with pytest.raises(ValueError, match='expected sha256 0000'): f.figures('validation')

def test_a_part_has_an_end():
    images, labels = f.figures('train', count=3, start=19_997)
    assert images.shape == (3, 3, 96, 96) and (f.figures('train', start=19_998)[0] == images[1:]).all()
    with pytest.raises(ValueError, match='train has 20,000'): f.figures('train', count=2, start=19_999)
    with pytest.raises(ValueError, match="no part 'test'; there are train, validation"): f.figures('test')

def test_train_and_validation_are_different_and_levels_too():
    firsts = [sha256_of(f.figures(part, level, 1)[0]) for part in f.PARTS for level in f.LEVELS]
    assert len(set(firsts)) == 6

def test_the_card_is_that_of_the_code():
    facts = f.figures_card()
    assert facts['real'] is False and facts['license'] == 'Apache-2.0' and facts['strata'] == {name: list(words) for name, words in f.STRATA.items()}
    assert {name: (part['seed'], part['shape'][0]) for name, part in facts['parts'].items()} == f.PARTS
    assert facts['ceiling'] == {level: 1 - about['missing']/2 for level, about in f.LEVELS.items()}
    assert facts['honesty']['shares'].keys() == f.BLIND.keys() and max(facts['honesty']['shares'].values()) < .7
    assert all(re.fullmatch('[0-9a-f]{64}', sha) for part in facts['parts'].values() for sha in part['sha256'].values())

def test_prepared_leaves_the_bytes_alone():
    x = np.arange(256, dtype=np.uint8)
    assert f.prepared(x).dtype == np.float32 and (f.prepared(x)*64 + 128 == np.arange(256)).all() and (x == np.arange(256)).all()

# Honesty

def test_the_best_without_a_real_net_stays_under_70_percent():
    train, other = f.figures('train', count=1500), f.figures('validation', count=1000)
    shares = {name: f.share_right(features, train, other) for name, features in f.BLIND.items()}
    assert max(shares.values()) < .7, shares
    assert max(shares[name] for name in ('brightness', 'six numbers', 'gray blocks')) < .56, shares

def test_the_rules_do_see_what_can_be_seen():  # or their silence would mean nothing
    images, labels = f.figures('train', count=900)
    images = images.copy()
    images[labels == 1, :, :48] //= np.uint8(2)
    assert f.share_right(f.blocks_of_gray, (images[:600], labels[:600]), (images[600:], labels[600:])) > .85
    images[labels == 1] //= np.uint8(2)
    for features in f.six_numbers, f.moments_and_edges: assert f.share_right(features, (images[:600], labels[:600]), (images[600:], labels[600:])) > .85

# The part a bundle may be measured on

def test_the_fingerprints_name_the_public_part():
    found = {name: part for name, part in shipped_parts().items() if name.startswith(f.figures_card()['name'])}
    assert [part['samples'] for part in found.values()] == [500, 1000, 2000, 5000]
    x, y = shipped(found['Figures 96×96 (edge), public part, first 500']['sha256'][0])
    images, labels = f.figures('validation', count=500)
    assert x.dtype == np.float32 and (x == f.prepared(images)).all() and (y == labels).all() and y.dtype == np.int64

def test_a_bundle_on_the_public_part_carries_no_data():
    images, labels = f.figures('validation', count=500)
    x = f.prepared(images)
    assert data_files(x, labels) == {} and known_data(x, labels, 'mine')['name'] == part_names()[data_facts(x, labels)['sha256']] == 'Figures 96×96 (edge), public part, first 500'
    x[0, 0, 0, 0] += 1
    assert list(data_files(x[:2], labels[:2])) == ['data.npz']
    assert data_facts(x, labels)['sha256'] not in part_names()

# Photographs

def jpeg(color, size=(160, 120), mode='RGB', **more):
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, 'JPEG', quality=95, **more)
    return file.getvalue()

def halves(width, height):
    "A JPEG whose middle is red and whose outer parts, along the longer side, are blue"
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 2] = 255
    left, top, right, bottom = (int(edge) for edge in f.crop_box(width, height))
    pixels[top:bottom, left:right] = 255, 0, 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, 'JPEG', quality=95, subsampling=0)
    return file.getvalue()

FILES = {f'{i}.jpg': jpeg((40*i, 255 - 40*i, 100), (100 + 30*i, 150)) for i in range(5)}
CSV = 'filename,person,near,far,note\n' + ''.join(f'{i}.jpg,{i % 2},{i % 3 - 1},0,text\n' for i in range(5))

def tar(path, files, mode='w:gz'):
    with tarfile.open(path, mode) as archive:
        for name, raw in files:
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return path

@pytest.fixture
def place(tmp_path):
    (tmp_path/'images').mkdir()
    for name, raw in FILES.items(): (tmp_path/'images'/name).write_bytes(raw)
    (tmp_path/'labels.csv').write_text(CSV)
    return tmp_path

def table(place, text):
    (place/'labels.csv').write_text('filename,person\n' + text)
    return place/'labels.csv'

def test_a_folder(place):
    read = f.load_wake_vision(place/'labels.csv', place/'images', version='1.0')
    assert read.images.shape == (5, 3, 96, 96) and read.images.dtype == np.uint8 and read.labels.tolist() == [0, 1, 0, 1, 0] and read.labels.dtype == np.int64
    assert read.names == tuple(FILES) and {name: column.tolist() for name, column in read.strata.items()} == {'near': [-1, 0, 1, -1, 0], 'far': [0]*5}
    for i in range(5): assert abs(read.images[i].mean(axis=(1, 2)) - (40*i, 255 - 40*i, 100)).max() < 4
    assert 'Wake Vision, real, version 1.0' in repr(read) and '5 used' in repr(read)

def test_its_card(place):
    archive = tar(place/'part.tar.gz', FILES.items())
    facts = f.load_wake_vision(place/'labels.csv', archive).card
    assert facts['real'] is True and '10.7910/DVN/1HOPXC' in facts['source'] and 'CC BY 4.0' in facts['license'] and 'CC BY 2.0' in facts['license']
    assert facts['version'] == 'not told' and facts['shape'] == [5, 3, 96, 96] and facts['columns left out'] == ['note'] and 'stretches' in facts['prepared']
    assert facts['files'] == [{'file': path.name, 'bytes': path.stat().st_size, 'sha256': sha256_of(path.read_bytes())} for path in (place/'labels.csv', archive)]
    assert facts['counts'] == {'rows': 5, 'other labels': 0, 'rows twice': 0, 'files twice': 0, 'missing': 0, 'used': 5} and json.dumps(facts)

@pytest.mark.parametrize('form', ['tar.gz', 'tgz', 'tar', 'zip', 'two', 'dotted'])
def test_an_archive_gives_what_the_folder_gives(place, form):
    wanted, backward = f.load_wake_vision(place/'labels.csv', place/'images'), list(FILES.items())[::-1]
    path = place/f'part.{form}'
    if form == 'zip':
        with zipfile.ZipFile(path, 'w') as archive:
            for name, raw in [('more.txt', b'x'), *backward]: archive.writestr(name, raw)
    elif form == 'two': path = [tar(place/'1.tar', backward[:2], 'w'), tar(place/'2.tar.gz', backward[2:])]
    elif form == 'dotted': tar(path.with_suffix('.tar'), [(f'./{name}', raw) for name, raw in backward], 'w')
    else: tar(path, [('more.txt', b'x'), *backward], 'w' if form == 'tar' else 'w:gz')
    read = f.load_wake_vision(place/'labels.csv', path.with_suffix('.tar') if form == 'dotted' else path)
    assert (read.images == wanted.images).all() and read.names == wanted.names and (read.labels == wanted.labels).all()
    assert read.card['sha256'] == wanted.card['sha256'] and read.card['counts'] == wanted.card['counts']
    assert sorted(p.name for p in place.iterdir() if p.is_dir()) == ['images']  # nothing was unpacked

@pytest.mark.parametrize('width, height', [(300, 100), (100, 300), (96, 96), (400, 200), (50, 20)])
def test_the_middle_square_is_what_stays(width, height):
    pixels = f.read_photograph(halves(width, height), 'x', 96).astype(int)
    assert pixels.shape == (3, 96, 96) and pixels[0, 5:-5, 5:-5].min() > 200 and pixels[2, 5:-5, 5:-5].max() < 60

@pytest.mark.parametrize('raw', [jpeg(128, mode='L'), jpeg((0, 0, 0, 127), mode='CMYK'), jpeg((128, 128, 128), (1, 1)), jpeg((128,)*3, (1, 4000)), jpeg((128,)*3, progressive=True)], ids=['gray', 'CMYK', 'a pixel', 'a line', 'progressive'])
def test_odd_jpegs(raw): assert abs(f.read_photograph(raw, 'x', 96) - 128.).max() < 5

def test_counted_and_left_out(place):
    labels = table(place, '0.jpg,1\n1.jpg,-1\n2.jpg,\n3.jpg,2\n0.jpg,1\n9.jpg,0\n4.jpg,0\n8.jpg\n')
    archive = tar(place/'part.tar', [*FILES.items(), ('0.jpg', FILES['1.jpg'])], 'w')
    read = f.load_wake_vision(labels, archive)
    assert read.names == ('0.jpg', '4.jpg') and read.labels.tolist() == [1, 0] and read.card['first missing'] == ['9.jpg']
    assert read.card['counts'] == {'rows': 8, 'other labels': 4, 'rows twice': 1, 'files twice': 1, 'missing': 1, 'used': 2}
    assert (read.images == f.load_wake_vision(labels, place/'images').images).all()  # of a file that comes twice, the first

def test_count(place):
    assert f.load_wake_vision(place/'labels.csv', place/'images', count=2).names == ('0.jpg', '1.jpg')

@pytest.mark.parametrize('name', ['../0.jpg', 'images/0.jpg', '/0.jpg', '..', '.', '', 'a\\0.jpg', 'C:0.jpg'])
def test_names_with_folders_are_refused(place, name):
    with pytest.raises(ValueError, match='line 2: .* is no plain name'): f.load_wake_vision(table(place, f'{name},1\n'), place/'images')
    if name in ('.', ''): return  # no file in an archive
    with pytest.raises(ValueError, match='part.tar: .* is no plain name'): f.load_wake_vision(table(place, '0.jpg,1\n'), tar(place/'part.tar', [(name, FILES['0.jpg'])], 'w'))

def test_a_link_in_an_archive_is_no_image(place):
    with tarfile.open(place/'part.tar', 'w') as archive:
        info = tarfile.TarInfo('0.jpg')
        info.type, info.linkname = tarfile.SYMTYPE, str(place/'images'/'0.jpg')
        archive.addfile(info)
    with pytest.raises(ValueError, match='of 1 images none is in'): f.load_wake_vision(table(place, '0.jpg,1\n'), place/'part.tar')

@pytest.mark.parametrize('text, said', [
    ('', 'no column filename or person'), ('filename,label\n0.jpg,1\n', 'no column person'), ('filename,person\n0.jpg,1\n0.jpg,0\n', 'line 3: 0.jpg has label 0 here and 1 before'),
    ('filename,person\n', 'of 0 images none is in'), ('filename,person\nz.jpg,1\n', 'of 1 images none is in'), ('filename,person\n"' + 'x'*200_000 + '",1\n', 'field larger')])
def test_bad_tables(place, text, said):
    (place/'labels.csv').write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)) as error: f.load_wake_vision(place/'labels.csv', place/'images')
    assert 'labels.csv' in str(error.value)

def test_a_table_in_another_encoding(place):
    (place/'labels.csv').write_bytes(b'\xef\xbb\xbffilename,person\n0.jpg,1\n')
    assert f.load_wake_vision(place/'labels.csv', place/'images').names == ('0.jpg',)
    (place/'labels.csv').write_bytes('filename,person\nZoë.jpg,1\n'.encode('latin-1'))
    with pytest.raises(ValueError, match='labels.csv: expected a CSV'): f.load_wake_vision(place/'labels.csv', place/'images')

@pytest.mark.parametrize('raw', [b'', b'no picture', FILES['3.jpg'][:-300], FILES['3.jpg'][:30]], ids=['empty', 'text', 'cut', 'head only'])
def test_a_damaged_jpeg_is_named(place, raw):
    (place/'images'/'3.jpg').write_bytes(raw)
    with pytest.raises(ValueError, match='images: 3.jpg: no JPEG, or a damaged one'): f.load_wake_vision(place/'labels.csv', place/'images')

def test_another_kind_of_picture_is_no_jpeg(place):
    Image.new('RGB', (9, 9)).save(place/'images'/'3.jpg', 'PNG')
    with pytest.raises(ValueError, match='3.jpg: no JPEG'): f.load_wake_vision(place/'labels.csv', place/'images')

def says_of_itself(width, height):
    "A small JPEG that says it is this large"
    raw = bytearray(FILES['0.jpg'])
    at = raw.index(b'\xff\xc0') + 5
    raw[at:at + 4] = height.to_bytes(2, 'big') + width.to_bytes(2, 'big')
    return bytes(raw)

@pytest.mark.parametrize('side, said', [(8193, '8,193×8,193 pixels'), (12_000, 'decompression bomb'), (60_000, 'decompression bomb')])
def test_a_size_is_refused_before_decoding(place, side, said, recwarn):
    (place/'images'/'3.jpg').write_bytes(says_of_itself(side, side))
    with pytest.raises(ValueError, match=f'3.jpg: .*{said}'): f.load_wake_vision(place/'labels.csv', place/'images')

def test_a_file_is_refused_for_its_bytes_before_it_is_read(place, monkeypatch):
    monkeypatch.setattr(f, 'MOST_BYTES', 100)
    for images in place/'images', tar(place/'part.tar', FILES.items(), 'w'):
        with pytest.raises(ValueError, match='0.jpg has .* bytes: at most 100'): f.load_wake_vision(place/'labels.csv', images)

@pytest.mark.parametrize('damage', ['cut', 'text', 'zip', 'zip text'])
def test_a_damaged_archive_is_named(place, damage):
    path, whole = place/('part.zip' if 'zip' in damage else 'part.tar.gz'), io.BytesIO()
    raw = bytearray(tar(place/'whole.tar.gz', [(name, np.random.default_rng(0).bytes(3000)) for name in FILES]).read_bytes())
    if damage == 'cut': raw = raw[:len(raw)//2]
    if damage == 'zip':
        with zipfile.ZipFile(whole, 'w') as archive:
            for name, content in FILES.items(): archive.writestr(name, content)
        raw = bytearray(whole.getvalue())
        raw[100] ^= 1  # within the first image
    path.write_bytes(b'no archive' if 'text' in damage else bytes(raw))
    (place/'labels.csv').write_text('filename,person\nnot there.jpg,1\n' if damage == 'cut' else CSV)
    with pytest.raises(ValueError, match='part.* no archive, or a damaged one'): f.load_wake_vision(place/'labels.csv', path)

def test_what_is_not_there(place):
    with pytest.raises(FileNotFoundError): f.load_wake_vision(place/'none.csv', place/'images')
    with pytest.raises(FileNotFoundError): f.load_wake_vision(place/'labels.csv', place/'none.tar')

def test_without_pillow(place, monkeypatch):
    monkeypatch.setitem(sys.modules, 'PIL', None)
    with pytest.raises(ImportError, match=r'reading JPEGs needs Pillow: pip install .*wake-vision'): f.load_wake_vision(place/'labels.csv', place/'images')

def test_drawing_needs_no_pillow():
    code = 'import sys; sys.modules["PIL"] = None; from tinytorch.figures import draw_figures; print(draw_figures(2)[0].shape)'
    assert subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == '(2, 3, 96, 96)\n'

# What is said of it

CLAIM = re.compile(r'Wake Vision[^.:;\n]{0,30}(?:accuracy|right)[^.;\n]{0,30}\d|(?:accuracy|right) on Wake Vision[^.;\n]{0,30}\d|\d[\d.]* ?%[^.;\n]{0,40} (?:on|of) Wake Vision', re.I)

def test_the_pattern_finds_a_claim():
    for text in 'Wake Vision accuracy: 91.4 %', '91.4 % right on Wake Vision', 'an accuracy on Wake Vision of 0.91': assert CLAIM.search(text), text
    for text in 'No figure measured on it is an accuracy on Wake Vision', 'Wake Vision, doi:10.7910/DVN/1HOPXC': assert not CLAIM.search(text), text

def test_nothing_measured_on_the_surrogate_is_called_wake_vision_accuracy():
    paths = [path for pattern in ('*.md', 'docs/**/*.md', 'nbs/**/*.ipynb', 'nbs/**/*.md', 'tinytorch/**/*.py', 'tinytorch/data/**/*.json', 'scripts/*.py') for path in ROOT.glob(pattern)]
    paths = [path for path in paths if not {'.venv', '.ipynb_checkpoints', 'build'} & set(path.relative_to(ROOT).parts)]
    assert len(paths) > 100
    said = {path.relative_to(ROOT).as_posix(): found[0] for path in paths if (found := CLAIM.search(path.read_text(encoding='utf-8')))}
    assert said == {}
