"A bundle is written whole, read within limits, and whatever is wrong with one is a finding"
import json, os, stat, struct, subprocess, sys, time
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest
from safetensors.numpy import save

from tinytorch.capstone import CapstoneRun, TrainingConfig, flat, train_baseline
from tinytorch.competition import bundle as b
from tinytorch.competition.bundle import (
    FILES, MOST, Bundle, bundle_of_capstone, load_bundle, manifest_of, npz_bytes, save_bundle, write_bundle, zip_bytes)
from tinytorch.core.activations import relu
from tinytorch.core.layers import Flatten, Linear, Module
from tinytorch.core.spatial import SimpleCNN
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import draw_objects, load
from tinytorch.machine import personal_traces
from tinytorch.perf.compression import structured_prune
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.stored import build
from tinytorch.perf.techniques import stored_bytes
from submissions import complete

def files(ns=1000):
    "A small bundle whose files can all be read, and mean little"
    rows = {name: np.full(6, 1, dtype) for name, dtype in b.COLUMNS.items()} | {'ns': np.full(6, ns, np.int64)}
    scores = np.eye(4, 3, dtype=np.float32)
    answers = dict(labels=np.arange(4), baseline=np.arange(4) % 3, optimized=np.arange(4) % 3, baseline_scores=scores, optimized_scores=scores)
    graph, weights = b'{"nodes": []}', save({'w': np.ones((2, 3), np.float32)})
    return {'submission.json': json.dumps(complete()).encode(), 'samples.npz': npz_bytes(rows), 'predictions.npz': npz_bytes(answers),
            'models/baseline.json': graph, 'models/optimized.json': graph, 'models/baseline.safetensors': weights,
            'models/optimized.safetensors': weights, 'environment.txt': b'numpy==2.1.0\n'}

@pytest.fixture
def folder(tmp_path):
    write_bundle(tmp_path/'run', files())
    return tmp_path/'run'

def rules(path):
    "The rules of reading that a bundle breaks"
    found = {finding.rule for finding in load_bundle(path).findings}
    return {rule for rule in found if rule.startswith(('bundle', 'json', 'limits')) and rule not in LATER}

LATER = {'bundle.sections', 'bundle.artifacts', 'bundle.data', 'bundle.labels'}  # of the document, by rules on the parts

def test_folder_and_zip_are_read_alike(tmp_path):
    content = files()
    for name in 'run', 'run.zip': write_bundle(tmp_path/name, content)
    folder, packed = load_bundle(tmp_path/'run'), load_bundle(tmp_path/'run.zip')
    assert rules(tmp_path/'run') == rules(tmp_path/'run.zip') == set()
    assert folder.files == packed.files and folder.digest == packed.digest and len(folder.digest) == 64
    assert folder.document == json.loads(content['submission.json'])
    assert folder.samples['ns'].tolist() == [1000]*6 and folder.predictions['labels'].tolist() == [0, 1, 2, 3]
    assert folder.models['optimized'][1]['w'].shape == (2, 3) and folder.data is None

def test_the_same_content_is_the_same_bytes(tmp_path):
    content = files()
    write_bundle(tmp_path/'a.zip', content)
    time.sleep(.01)
    write_bundle(tmp_path/'b.zip', dict(reversed(content.items())))
    assert (tmp_path/'a.zip').read_bytes() == (tmp_path/'b.zip').read_bytes()
    write_bundle(tmp_path/'c.zip', files(ns=1001))
    assert (tmp_path/'a.zip').read_bytes() != (tmp_path/'c.zip').read_bytes()

def test_digest_is_of_the_content_not_of_the_spelling(folder):
    before = load_bundle(folder).digest
    document = json.loads((folder/'submission.json').read_bytes())
    (folder/'submission.json').write_text(json.dumps(dict(reversed(document.items())), indent=7))
    assert load_bundle(folder).digest == before
    (folder/'submission.json').write_text(json.dumps({**document, 'student_name': 'someone else'}))
    assert load_bundle(folder).digest != before

@pytest.mark.parametrize('name', sorted(set(FILES) - b.OPTIONAL))
def test_a_file_that_is_missing(folder, name):
    (folder/name).unlink()
    assert 'bundle.missing' in rules(folder)

@pytest.mark.parametrize('share', [0, .3, .99])
@pytest.mark.parametrize('name', sorted(set(FILES) - b.OPTIONAL))
def test_a_file_cut_short(folder, name, share):
    data = (folder/name).read_bytes()
    (folder/name).write_bytes(data[:int(share*len(data))])
    assert rules(folder)

@pytest.mark.parametrize('name', sorted(set(FILES) - b.OPTIONAL - {'manifest.json'}))
def test_one_byte_changed(folder, name):
    data = bytearray((folder/name).read_bytes())
    data[len(data)//2] ^= 1
    (folder/name).write_bytes(data)
    assert 'bundle.manifest' in rules(folder)

@pytest.mark.parametrize('name', ['samples.npz', 'submission.json', 'models/optimized.safetensors'])
def test_a_file_of_another_bundle(folder, tmp_path, name):
    other = files(ns=2000) | {'models/optimized.safetensors': save({'w': np.zeros((2, 3), np.float32)}), 'submission.json': b'{}'}
    (folder/name).write_bytes(other[name])
    assert rules(folder) == {'bundle.manifest'}

posix = pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='no such files on this system')

def in_place_of(path, what):
    path.unlink()
    if what == 'link': path.symlink_to(path.with_name('elsewhere').absolute())
    if what == 'link to /etc/passwd': path.symlink_to('/etc/passwd')
    if what == 'link to itself': path.symlink_to(path)
    if what == 'pipe': os.mkfifo(path)
    if what == 'folder': path.mkdir()
    if what == 'socket':
        import socket
        here = os.getcwd()
        os.chdir(path.parent)  # names of sockets are short
        try: socket.socket(socket.AF_UNIX).bind(path.name)
        finally: os.chdir(here)
    if what == 'sparse':
        with open(path, 'wb') as file: file.truncate(10*2**30)

@posix
@pytest.mark.parametrize('what, rule', [('link', 'kind'), ('link to /etc/passwd', 'kind'), ('link to itself', 'kind'), ('pipe', 'kind'), ('folder', 'kind'),
                                        ('socket', 'kind'), ('sparse', 'size')])
@pytest.mark.parametrize('name', sorted(set(FILES) - b.OPTIONAL))
def test_what_is_no_file(folder, name, what, rule):
    in_place_of(folder/name, what)
    found = rules(folder)
    assert f'bundle.{rule}' in found and 'bundle.missing' not in found

@posix
def test_models_that_are_no_folder(folder, tmp_path):
    os.rename(folder/'models', tmp_path/'models')
    (folder/'models').symlink_to(tmp_path/'models')
    assert 'bundle.kind' in rules(folder)
    (folder/'models').unlink()
    os.mkfifo(folder/'models')
    assert {'bundle.kind', 'bundle.missing'} & rules(folder)

@posix
@pytest.mark.parametrize('what', ['pipe', 'socket', 'sparse', 'link to itself'])
def test_a_bundle_that_is_no_file(tmp_path, what):
    path = tmp_path/'run.zip'
    path.write_bytes(b'')
    in_place_of(path, what)
    assert rules(path) & {'bundle.kind', 'bundle.size', 'bundle.read'}

@pytest.mark.parametrize('path', ['nowhere', 'nowhere.zip', 'no\0where', ''])
def test_a_bundle_that_is_not_there(tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load_bundle(path)
    assert found.findings and found.document is None and found.digest is None

@pytest.mark.parametrize('name', ['extra.txt', 'SUBMISSION.JSON', '.DS_Store', 'models/other.json', 'CON', 'samples.npz.bak', 'models/sub/x'])
def test_a_file_too_many(folder, name):
    (folder/name).parent.mkdir(exist_ok=True)
    (folder/name).write_bytes(b'')
    assert 'bundle.name' in rules(folder)

def test_a_folder_with_a_thousand_files(folder):
    for i in range(1000): (folder/f'{i}').touch()
    assert 'bundle.count' in rules(folder)

# A zip of a stranger's

def zipped(members, compression=0, **attributes):
    "The bytes of a zip with these (name, data), as they come"
    out = BytesIO()
    with ZipFile(out, 'w', compression) as archive:
        for name, data in members:
            info = ZipInfo(name)
            info.compress_type = compression
            for key, value in attributes.items(): setattr(info, key, value)
            archive.writestr(info, data)
    return out.getvalue()

def whole(content=None):
    content = content or files()
    return {**content, 'manifest.json': json.dumps(manifest_of(content)).encode()}

@pytest.mark.parametrize('name', ['/etc/passwd', '../run', 'a/../../b', 'C:\\run', 'NUL', 'Con.txt', 'SAMPLES.NPZ', 'samples.npz ', 'sample\u0301s.npz', 'models/',
                                  'models//baseline.json', './samples.npz', 'samples.npz\0.txt', 'x'*60000])
def test_names_in_a_zip(tmp_path, name):
    (tmp_path/'run.zip').write_bytes(zipped([*whole().items(), (name.replace('\0', '~'), b'')]).replace(b'npz~', b'npz\0'))
    found = rules(tmp_path/'run.zip')
    assert found and found & {'bundle.name', 'bundle.count', 'bundle.duplicate'}

def test_a_name_that_comes_twice(tmp_path):
    with pytest.warns(UserWarning): data = zipped([*whole().items(), ('samples.npz', b'other')])
    (tmp_path/'run.zip').write_bytes(data)
    assert 'bundle.duplicate' in rules(tmp_path/'run.zip')

def test_a_compressed_zip_of_somebody_elses_is_read(tmp_path):
    (tmp_path/'run.zip').write_bytes(zipped(whole().items(), ZIP_DEFLATED))
    assert rules(tmp_path/'run.zip') == set()

def test_bombs(tmp_path):
    for size, rule in (MOST['samples'] + 1, 'bundle.size'), (MOST['samples'], 'bundle.ratio'):
        (tmp_path/'run.zip').write_bytes(zipped({**whole(), 'samples.npz': bytes(size)}.items(), ZIP_DEFLATED))
        assert rule in rules(tmp_path/'run.zip')

def test_a_bomb_that_says_it_is_small(tmp_path):
    data = zipped([('samples.npz', bytes(10**7))], ZIP_DEFLATED)
    lie = data.replace((10**7).to_bytes(4, 'little'), (100).to_bytes(4, 'little'))
    assert lie != data
    (tmp_path/'run.zip').write_bytes(lie)
    assert 'bundle.zip' in rules(tmp_path/'run.zip')

def test_a_bomb_within_an_npz(tmp_path):
    inner = zipped([(f'{name}.npy', bytes(9*2**20)) for name in b.COLUMNS], ZIP_DEFLATED)
    write_bundle(tmp_path/'run', files() | {'samples.npz': inner})
    assert rules(tmp_path/'run') & {'bundle.ratio', 'bundle.size'}

def test_a_link_in_a_zip(tmp_path):
    (tmp_path/'run.zip').write_bytes(zipped([('samples.npz', b'/etc/passwd')], external_attr=(stat.S_IFLNK | 0o777) << 16))
    assert 'bundle.kind' in rules(tmp_path/'run.zip')

def test_an_encrypted_member(tmp_path):
    data = bytearray(zipped(whole().items()))
    at = data.index(b'PK\1\2')
    data[at + 8] |= 1
    (tmp_path/'run.zip').write_bytes(data)
    assert 'bundle.zip' in rules(tmp_path/'run.zip')

def test_a_table_of_contents_that_is_long(tmp_path):
    (tmp_path/'run.zip').write_bytes(zipped([(f'{i}', b'') for i in range(50000)]))
    assert 'bundle.count' in rules(tmp_path/'run.zip')

def test_a_long_table_of_contents_behind_a_short_one(tmp_path):
    "A zip64 has a second end, which says how long the table is; the first may say anything"
    data = zipped([(f'{i}', b'') for i in range(5000)])
    size, offset = int.from_bytes(data[-10:-6], 'little'), int.from_bytes(data[-6:-2], 'little')
    end = struct.pack('<4sQ2H2L4Q', b'PK\6\6', 44, 45, 45, 0, 0, 5000, 5000, size, offset)
    where = struct.pack('<4sLQL', b'PK\6\7', 0, len(data) - 22, 1)
    short = struct.pack('<4s4H2LH', b'PK\5\6', 0, 0, 1, 1, 46, offset, 0)
    (tmp_path/'run.zip').write_bytes(data[:-22] + end + where + short)
    with ZipFile(tmp_path/'run.zip') as archive: assert len(archive.infolist()) == 5000
    assert rules(tmp_path/'run.zip') - {'bundle.missing'} == {'bundle.zip'}

def test_killed_between_the_two_renames(tmp_path):
    write_bundle(tmp_path/'run', files())
    os.rename(tmp_path/'run', b.beside(tmp_path/'run'))
    assert rules(tmp_path/'run') == set() and load_bundle(tmp_path/'run').samples['ns'].tolist() == [1000]*6
    write_bundle(tmp_path/'run', files(ns=2000))
    assert load_bundle(tmp_path/'run').samples['ns'].tolist() == [2000]*6 and os.listdir(tmp_path) == ['run']

def test_a_zip_with_a_comment_or_of_the_large_kind(tmp_path):
    data = zipped(whole().items())
    (tmp_path/'run.zip').write_bytes(data[:-2] + b'\5\0hello')
    assert 'bundle.zip' in rules(tmp_path/'run.zip')
    (tmp_path/'run.zip').write_bytes(data[:-22] + b'PK\6\7' + bytes(16) + data[-22:])
    assert 'bundle.zip' in rules(tmp_path/'run.zip')

# Arrays of a stranger's

def changed(**arrays):
    "Samples with other columns; None leaves one out"
    rows = {name: np.ones(6, dtype) for name, dtype in b.COLUMNS.items()} | arrays
    return npz_bytes({name: a for name, a in rows.items() if a is not None})

@pytest.mark.parametrize('data, rule', [
    (changed(ns=None), 'missing'), (changed(ns=np.ones(5, np.int64)), 'shape'), (changed(ns=np.ones(6)), 'dtype'), (changed(ns=np.ones((6, 1), np.int64)), 'shape'),
    (changed(more=np.ones(6)), 'name'), (changed(ns=np.ones(0, np.int64)), 'shape'), (changed(ns=np.ones(6, np.uint64)), 'dtype'), (b'', 'zip'), (b'PK', 'zip')])
def test_samples_of_another_shape(tmp_path, data, rule):
    write_bundle(tmp_path/'run', files() | {'samples.npz': data})
    assert rules(tmp_path/'run') == {f'bundle.{rule}'}

@pytest.mark.parametrize('name', ['submission.json', 'models/baseline.json'])
@pytest.mark.parametrize('text', [b'null', b'[]', b'3', b'"a"', b'true', b'{}'])
def test_json_that_is_no_document_is_an_error(tmp_path, name, text):
    write_bundle(tmp_path/'run', files() | {name: text})
    assert any(finding.severity == 'error' and (name in finding.path or finding.path.startswith('$')) for finding in load_bundle(tmp_path/'run').findings)

def test_an_array_of_objects_is_not_unpickled(tmp_path):
    out, witness = BytesIO(), tmp_path/'witness'
    class Evil:
        def __reduce__(self): return (Path.touch, (witness,))
    objects = np.empty(6, object)
    objects[:] = [Evil()]*6
    np.lib.format.write_array(out, objects, (1, 0), allow_pickle=True)
    rows = {f'{name}.npy': b.npy_bytes(np.ones(6, dtype)) for name, dtype in b.COLUMNS.items()} | {'ns.npy': out.getvalue()}
    write_bundle(tmp_path/'run', files() | {'samples.npz': zip_bytes(rows)})
    assert rules(tmp_path/'run') == {'bundle.array'} and not witness.exists()

def test_random_bytes_are_findings(tmp_path):
    rng, packed = np.random.default_rng(0), zip_bytes(whole())
    path = tmp_path/'run.zip'
    for i in range(60):
        data = bytearray(packed)
        for at in rng.integers(len(data), size=rng.integers(1, 9)): data[at] = rng.integers(256)
        if i % 3 == 0: del data[int(rng.integers(len(data))):]
        path.write_bytes(data)
        found = load_bundle(path)  # what is no part of a file, such as a date, may change
        assert errors(found) or found.files == whole()
    for i in range(60):
        name = rng.choice(['samples.npz', 'predictions.npz', 'models/optimized.safetensors', 'manifest.json', 'submission.json', 'environment.txt'])
        content, head = files(), int(rng.integers(4, 400))
        data = bytearray(whole()[name])
        for at in rng.integers(min(head, len(data)), size=rng.integers(1, 9)): data[at] = rng.integers(256)
        path.write_bytes(zip_bytes(whole() | {name: bytes(data)}))
        assert errors(load_bundle(path)) or bytes(data) == whole()[name]

# Manifests

@pytest.mark.parametrize('manifest', [None, [], 7, {}, {'files': 7}, {'files': [7, None, {}]}, {'files': [{'path': 7}]}, {'format': 'tinytorch-bundle', 'version': 2}])
def test_a_manifest_that_is_none(folder, manifest):
    (folder/'manifest.json').write_text(json.dumps(manifest))
    assert 'bundle.manifest' in rules(folder) or manifest is None

@pytest.mark.parametrize('edit', [
    lambda m: m['files'].pop(), lambda m: m['files'].append(dict(path='x', bytes=1, sha256='0'*64, role='data')), lambda m: m['files'].append(m['files'][0]),
    lambda m: m['files'][0].update(bytes=1), lambda m: m['files'][0].update(sha256='0'*64), lambda m: m['files'][0].update(role='data'), lambda m: m.update(version=2),
    lambda m: m['files'][0].update(more=1), lambda m: m.update(format='zip'), lambda m: m.update(more=1), lambda m: m['files'][0].pop('role')])
def test_a_manifest_that_says_something_else(folder, edit):
    manifest = json.loads((folder/'manifest.json').read_bytes())
    edit(manifest)
    (folder/'manifest.json').write_text(json.dumps(manifest))
    assert rules(folder) == {'bundle.manifest'}

@pytest.mark.parametrize('name', ['submission.json', 'manifest.json', 'models/baseline.json', 'models/optimized.json'])
def test_null_is_no_file_that_was_read(folder, name):
    "As JSON it is sound, and here None means: not there"
    (Path(folder)/name).write_bytes(b'null')
    assert name in {f.path.split()[0] for f in load_bundle(folder).findings if f.severity == 'error'}

@pytest.mark.parametrize('text', [b'numpy', b'numpy==', b'numpy @ file:///home/someone/numpy', b'-e git+ssh://x', b'a==1\n\xff==2'])
def test_an_environment_with_more_than_versions(tmp_path, text):
    write_bundle(tmp_path/'run', files() | {'environment.txt': text})
    assert rules(tmp_path/'run') == {'bundle.environment'}

def test_our_own_environment_can_be_read():
    lines = b.read_environment(b.environment().encode(), 'environment.txt')
    assert lines == sorted(lines, key=str.lower) and any(line.startswith('numpy==') for line in lines)

# Writing

KILLER = """
import json, os, random, signal, sys, time
from itertools import count
from pathlib import Path
from tinytorch.competition import bundle as b

path, names = Path(sys.argv[1]), [name for name in b.FILES if name != 'manifest.json']
def write_for_ever():
    for i in count(): b.write_bundle(path, {name: bytes([65 + i % 2])*100 for name in names})

b.write_bundle(path, {name: b'A'*100 for name in names})
random.seed(0)
for i in range(30):
    child = os.fork()
    if not child: write_for_ever()
    time.sleep(random.uniform(.001, .02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    findings = []
    found = b.read_files(b.last_whole(path), findings)
    assert not findings and set(found) == set(b.FILES), (findings, set(found))
    assert len({data[:1] for name, data in found.items() if name != 'manifest.json'}) == 1
    assert b.manifest_of(found) == json.loads(found['manifest.json'])
    print('whole')
"""

@pytest.mark.skipif(not hasattr(os, 'fork'), reason='no fork on this system')
@pytest.mark.parametrize('name', ['run', 'run.zip'])
def test_killed_at_any_moment_leaves_the_old_or_the_new(tmp_path, name):
    done = subprocess.run([sys.executable, '-c', KILLER, tmp_path/name], capture_output=True, text=True, env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ['whole']*30
    write_bundle(tmp_path/name, files())
    assert os.listdir(tmp_path) == [name]

def test_something_else_is_not_replaced(tmp_path):
    (tmp_path/'thesis').mkdir()
    (tmp_path/'thesis'/'chapter.txt').write_text('years of work')
    with pytest.raises(FileExistsError, match='thesis'): write_bundle(tmp_path/'thesis', files())
    assert (tmp_path/'thesis'/'chapter.txt').read_text() == 'years of work' and os.listdir(tmp_path) == ['thesis']
    (tmp_path/'file').write_text('a file')
    with pytest.raises(FileExistsError, match='file'): write_bundle(tmp_path/'file', files())
    with pytest.raises(FileNotFoundError, match='nowhere'): write_bundle(tmp_path/'nowhere'/'run', files())

def test_the_largest_admissible_bundle_is_read(tmp_path):
    big = save({'w': np.ones((MOST['weights'] - 1000)//4, np.float32)})
    rows = {name: np.ones(250_000, dtype) for name, dtype in b.COLUMNS.items()}
    write_bundle(tmp_path/'run', files() | {'models/baseline.safetensors': big, 'models/optimized.safetensors': big, 'samples.npz': npz_bytes(rows)})
    start = time.perf_counter()
    assert rules(tmp_path/'run') == set()
    print(f'{time.perf_counter() - start:.2f} s for the largest')

# Two models that are measured

@pytest.fixture(scope='module')
def digits():
    "The test part of digits, a baseline that was trained a little, and a smaller model"
    data = load('digits')
    (x, y), (u, v) = data.test, data.train
    baseline = train_baseline((u, v), TrainingConfig(epochs=2), 0)
    return flat(x[:, None]), y, baseline, quantize_model(structured_prune(baseline, .5), backend='float')

@lru_cache(None)
def measurements(): return {}

def made_once(both, x, y, *more):
    "`made_of` for two models, measured at the first call"
    key = tuple(map(id, both))
    if key not in measurements(): measurements()[key] = MADE_OF(both, x, y, *more)
    return measurements()[key]

MADE_OF = b.made_of

@pytest.fixture(scope='module')
def measured(digits, tmp_path_factory):
    x, y, baseline, small = digits
    before = {name: a.copy() for name, a in baseline.state_dict().items()}, baseline.training
    path = tmp_path_factory.mktemp('bundles')/'run'
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(b, 'made_of', made_once)
        made = save_bundle(path, baseline, small, x, y, student_name='A learner', quick=True)
    after = baseline.state_dict()
    assert baseline.training == before[1] and all((after[name] == a).all() for name, a in before[0].items())
    return made

def errors(found): return [str(f) for f in found.findings if f.severity == 'error']

def test_a_measured_bundle_is_accepted(measured):
    assert errors(measured) == [] and not [f for f in measured.findings if f.rule.startswith(('bundle', 'model', 'claims', 'json', 'schema'))]
    assert set(measured.files) == set(FILES) - b.OPTIONAL  # digits are shipped
    assert measured.document['baseline']['data']['name'] == 'Digits (8×8), test part'
    assert measured.document['optimized']['techniques_applied'] == ['pruning', 'quantization']

def test_the_document_says_what_was_stored_and_answered(measured, digits):
    x, y, baseline, small = digits
    document, answers = measured.document, measured.predictions
    for side, model in ('baseline', baseline), ('optimized', small):
        metrics = document[side]['metrics']
        assert metrics['artifact_bytes'] == len(measured.files[f'models/{side}.safetensors']) == stored_bytes(model)
        assert metrics['parameter_count'] == model.count_parameters() and metrics['batch_size'] == 359
        model.eval()
        assert np.allclose(answers[f'{side}_scores'], model(Tensor(x)).data, atol=1e-5)
        assert metrics['accuracy'] == (answers[side] == y).mean()
        assert measured.models[side][0]['nodes'] and build(*measured.models[side])(Tensor(x)).data.argmax(1).tolist() == answers[side].tolist()
    rows = measured.samples
    single = (rows['scenario'] == 0) & (rows['side'] == 1)
    assert np.isclose((rows['ns']/rows['loops'])[single].mean()/1e6, document['optimized']['metrics']['latency_ms_mean'])
    assert {0, 2, 3, 4} <= set(rows['scenario'].tolist()) and rows['sample'].max() < 359
    assert len(set(rows['sample'][single].tolist())) > 20  # fresh samples
    assert document['comparison']['design'] == 'processes' and document['control']['processes'] == 6

def test_a_measured_bundle_names_nobody(measured):
    for name, data in measured.files.items(): assert personal_traces(data) == [], name
    text = b''.join(measured.files.values())
    assert str(Path(measured.path).parent).encode() not in text and b'A learner' in text

def test_its_data_is_found_again(measured, digits):
    x, y = measured.load_data()
    assert (x == digits[0]).all() and (y == digits[1]).all()
    measured_twin = Bundle('', {}, document={'baseline': {'data': {'sha256': '0'*64}}})
    with pytest.raises(ValueError, match='0'*64): measured_twin.load_data()

def edited(measured, tmp_path, change=lambda document: None, **replaced):
    "The bundle with another document, or other files, and hashes that are right"
    names = {path.replace('/', '_').replace('.', '_'): path for path in FILES}
    content = {**measured.files, **{names[name]: data for name, data in replaced.items()}}
    content = {path: data for path, data in content.items() if data is not None and path != 'manifest.json'}
    document = json.loads(content['submission.json'])
    document['artifacts'] = {path: b.sha256_of(data) for path, data in content.items() if path not in ('submission.json', 'manifest.json')}
    change(document)
    write_bundle(tmp_path/'edited', {**content, 'submission.json': json.dumps(document).encode()})
    return {f.rule for f in load_bundle(tmp_path/'edited').findings if f.severity == 'error'}

def test_nothing_is_changed_by_the_edit_alone(measured, tmp_path): assert edited(measured, tmp_path) == set()

@pytest.mark.parametrize('change, rule', [
    (lambda d: d['artifacts'].pop('samples.npz'), 'bundle.artifacts'), (lambda d: d['artifacts'].update({'data.npz': '0'*64}), 'bundle.artifacts'),
    (lambda d: d['artifacts'].update({'samples.npz': '0'*64}), 'bundle.artifacts'), (lambda d: d.pop('artifacts'), 'bundle.artifacts'),
    (lambda d: d.pop('control'), 'bundle.sections'), (lambda d: d.pop('energy'), 'bundle.sections'),
    (lambda d: [d[side]['data'].update(name='photos', sha256='0'*64) for side in ('baseline', 'optimized')], 'bundle.data'),
    (lambda d: d['optimized'].update(techniques_applied=['low rank']), 'claims.absent')])
def test_a_document_that_says_something_else(measured, tmp_path, change, rule): assert rule in edited(measured, tmp_path, change)

def test_one_changed_weight_is_noticed(measured, tmp_path):
    other = bytearray(measured.files['models/optimized.safetensors'])
    other[-1] ^= 64
    (tmp_path/'run').mkdir()
    content = {**measured.files, 'models/optimized.safetensors': bytes(other)}
    write_bundle(tmp_path/'run', {path: data for path, data in content.items() if path != 'manifest.json'})
    assert 'bundle.artifacts' in {f.rule for f in load_bundle(tmp_path/'run').findings}

def graph_with(measured, **changes):
    graph = json.loads(measured.files['models/optimized.json'])
    graph.update(changes)
    return json.dumps(graph).encode()

def test_a_graph_that_cannot_be_built(measured, tmp_path):
    graph = json.loads(measured.files['models/optimized.json'])
    unknown = [{**graph['nodes'][0], 'layer': 'Exec'}, *graph['nodes'][1:]]
    cycle = [{**graph['nodes'][0], 'inputs': [2]}, *graph['nodes'][1:]]
    wide = [{**graph['nodes'][0], 'settings': {**graph['nodes'][0]['settings'], 'out_features': 2**30}}, *graph['nodes'][1:]]
    for nodes in unknown, cycle, wide, graph['nodes'][:1], 7, None, [None]:
        assert 'model.graph' in edited(measured, tmp_path, models_optimized_json=graph_with(measured, nodes=nodes))
    weights = {**measured.models['optimized'][1], 'extra': np.ones(3, np.float32)}
    assert 'model.graph' in edited(measured, tmp_path, models_optimized_safetensors=save(weights))

def test_other_data_goes_along(tmp_path):
    "A convolution and a residual model, on generated pictures; as a zip"
    images, labels, _ = draw_objects(40, 16, 'easy', np.random.default_rng(0))
    x, y = (images/255).astype(np.float32), labels.astype(np.int64)
    cnn, other = SimpleCNN(10, 3, 16, rng=0), Residual()
    made = save_bundle(tmp_path/'run.zip', cnn, other, x, y, 'my pictures', quick=True)
    assert errors(made) == [] and 'data.npz' in made.files and 'architecture' in made.document['optimized']['techniques_applied']
    again = made.load_data()
    assert (again[0] == x).all() and (again[1] == y).all() and made.document['baseline']['data']['name'] == 'my pictures'
    changed = x.copy()
    changed[0, 0, 0, 0] += 1
    assert edited(made, tmp_path, data_npz=npz_bytes({'inputs': changed, 'labels': y})) == {'bundle.data-hash'}
    assert 'bundle.data' in edited(made, tmp_path, data_npz=None)

class Residual(Module):
    "Two layers with a way around the second"
    def __init__(self): self.flatten, self.first, self.second, self.last = Flatten(), Linear(768, 16, rng=0), Linear(16, 16, rng=1), Linear(16, 10, rng=2)
    def forward(self, x):
        h = relu(self.first(self.flatten(x)))
        return self.last(h + self.second(h))

def test_a_capstone_with_its_search(digits, measured, tmp_path, monkeypatch):
    x, y, baseline, small = digits
    section = {'rule': 'by hand', 'data': {'name': 'other', 'samples': 10, 'sha256': '1'*64}, 'steps': [
        {'name': name, 'artifact_bytes': stored_bytes(model), 'accuracy': .5, 'kept': kept, 'timings': []} for name, model, kept in (('large', baseline, False), ('small', small, True))]}
    said = {'student_name': 'Somebody', 'search': section, 'baseline': {'model_name': 'large'}, 'optimized': {'model_name': 'small'}}
    monkeypatch.setattr(b, 'made_of', made_once)
    run = CapstoneRun(said, None, [], None, baseline, small, 'no')
    made = bundle_of_capstone(run, tmp_path/'run', quick=True)
    assert errors(made) == [] and made.document['search'] == section
    assert made.document['student_name'] == 'Somebody' and made.document['optimized']['model_name'] == 'small'

def test_what_cannot_be_a_bundle_is_said_before_it_is_measured(digits, tmp_path, monkeypatch):
    x, y, baseline, small = digits
    monkeypatch.setattr(b, 'made_of', None)  # nothing is measured
    with pytest.raises(FileNotFoundError, match='nowhere'): save_bundle(tmp_path/'nowhere'/'run', baseline, small, x, y)
    with pytest.raises(FileNotFoundError, match='nowhere'): save_bundle(tmp_path/'nowhere'/'run.zip', baseline, small, x, y)
    (tmp_path/'mine').mkdir()
    (tmp_path/'mine'/'thesis').touch()
    with pytest.raises(FileExistsError, match='mine'): save_bundle(tmp_path/'mine', baseline, small, x, y)
    for wrong_x, wrong_y, error, match in [(x, y[:-1], ValueError, '359 inputs but 358'), (x[:0], y[:0], ValueError, 'empty'), (x, y + .5, TypeError, 'whole numbers'),
                                           (x, -1 - y, ValueError, 'from 0'), (x.astype(str), y, TypeError, 'numbers')]:
        with pytest.raises(error, match=match): save_bundle(tmp_path/'run', baseline, small, wrong_x, wrong_y)
    assert sorted(os.listdir(tmp_path)) == ['mine']

def test_what_a_bundle_cannot_hold(digits, tmp_path):
    x, y, baseline, small = digits
    class Scores(Module):
        def __init__(self, f): self.f, self.weight = f, Tensor(np.ones((2, 2), np.float32))
        def forward(self, x): return self.f(x)
    for f in (lambda x: x.sum(1)), (lambda x: x/(x - x)):
        with np.errstate(all='ignore'), pytest.raises(ValueError, match='save_bundle|describe'): save_bundle(tmp_path/'run', baseline, Scores(f), x, y, quick=True)
    with pytest.raises(ValueError, match='67,108,864'): save_bundle(tmp_path/'run', Linear(64, 2**18 + 9, rng=0), small, x, y, quick=True)
    assert os.listdir(tmp_path) == []
