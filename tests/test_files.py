"Files: what a failed write leaves behind, and that hashes stay what stored cards, checkpoints and submissions hold"
import os, signal, stat, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tinytorch.capstone import data_facts
from tinytorch.core.training import digest
from tinytorch.files import file_sha256, portable, sha256_of, temporary_name, write_atomically

def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path/'run'
    write_atomically(path, b'old')
    def full(*_): raise OSError(28, 'No space left on device')
    for name in ('fsync', 'replace'):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(OSError, match='No space left on device: .*run') as caught: write_atomically(path, b'new')
            assert caught.value.filename == str(path) and caught.value.errno == 28
        assert path.read_bytes() == b'old' and os.listdir(tmp_path) == ['run']
    with pytest.raises(FileNotFoundError, match='does not exist'): write_atomically(tmp_path/'no'/'run', b'new')
    with pytest.raises(FileNotFoundError, match='does not exist'): write_atomically(path/'run', b'new')

def test_sha256_of_arrays():
    a = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert sha256_of() == 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'  # FIPS 180-4, of nothing
    assert sha256_of(a) == sha256_of(a.copy(order='F')) == sha256_of(a[:2], a[2:])
    assert sha256_of(a[:, ::2]) == sha256_of(a[:, ::2].copy()) != sha256_of(a)

def test_sha256_of_pieces():
    assert sha256_of('é', b'\0', np.array(1, dtype=np.uint8)) == sha256_of('é'.encode() + b'\0\1')
    with pytest.raises(TypeError): sha256_of(3)

@pytest.mark.parametrize('size', [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_file_sha256_is_that_of_the_bytes(size, tmp_path):
    content = np.random.default_rng(0).bytes(size)
    write_atomically(tmp_path/'f', content)
    assert file_sha256(tmp_path/'f') == sha256_of(content)

def test_stored_hashes_stay():
    "Of arrays that are not contiguous, as checkpoints and submissions written before have them"
    turned, flags = np.arange(6, dtype=np.float32).reshape(2, 3).T, np.array([True, False])
    assert sha256_of(turned, flags) == '34b881b6862296128a97917e7ccde31a62ee1b8da43f73b6470620d59ce9c3d3'
    assert digest({'x': [1, 'é', None]}, {'b': turned, 'a': flags}) == '22162cf1308d9f6b29eb9ac7a658cf0f6253c1850e3586e003ea4353f23414aa'
    facts = data_facts(np.arange(6, dtype=np.float32).reshape(3, 2), [0, 1, 2])
    assert facts['sha256'] == '0f2e370ea4b4775e12146b6d137e3caec78107c8930c29448f2533882aa79642'

def test_stands_on_the_standard_library_alone():
    code = 'import sys, tinytorch.files; print(*[name for name in sys.modules if name.startswith(("numpy", "tinytorch."))])'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ['tinytorch.files']

# Others at work

def test_threads_that_save_one_file_and_each_their_own(tmp_path):
    "Six hundred saves, eight at a time: none fails, and what is read meanwhile is always whole"
    size, shared = 3000, tmp_path/'shared'
    write_atomically(shared, bytes(size))
    def save(i):
        write_atomically(shared, bytes([i % 256])*size)
        write_atomically(tmp_path/f'own{i % 7}', bytes([i % 7])*size)
        return len(set(shared.read_bytes())), len(shared.read_bytes())
    with ThreadPoolExecutor(8) as pool: assert set(pool.map(save, range(300))) == {(1, size)}
    assert sorted(os.listdir(tmp_path)) == [*(f'own{i}' for i in range(7)), 'shared']
    for i in range(7): assert set((tmp_path/f'own{i}').read_bytes()) == {i}

SAVER = """
import sys, time
from tinytorch.files import write_atomically
def wait(new): print('written', flush=True); time.sleep(60)
write_atomically(sys.argv[1], b'half', check=wait)
"""

def saver(path):
    "A process that has written its second file and does not get any further"
    process = subprocess.Popen([sys.executable, '-c', SAVER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == 'written\n'
    return process

@pytest.mark.skipif(os.name == 'nt', reason='there, nobody can ask whether a process runs without harming it')
def test_what_a_killed_process_left_is_deleted_by_the_next_save(tmp_path):
    path = tmp_path/'run'
    write_atomically(path, b'old')
    with saver(path) as process:
        write_atomically(path, b'while it writes')
        assert len(os.listdir(tmp_path)) == 2  # not touched while its process lives
        process.kill()
    assert path.read_bytes() == b'while it writes' and len(os.listdir(tmp_path)) == 2
    write_atomically(path, b'new')
    assert path.read_bytes() == b'new' and os.listdir(tmp_path) == ['run']

def test_only_what_is_surely_left_over_is_deleted(tmp_path):
    ended = subprocess.Popen([sys.executable, '-c', 'pass'])
    ended.wait()
    left = temporary_name('run', ended.pid)
    mine, elsewhere = temporary_name('run', os.getpid()), left.replace('.run.', '.run.not-')
    others = ['.run.tmp', '.run.swp', left[1:], left[:-4], f'{left}~', 'run.1.tmp']
    for name in [left, mine, elsewhere, *others]: (tmp_path/name).touch()
    write_atomically(tmp_path/'run', b'new')
    assert sorted(os.listdir(tmp_path)) == sorted([mine, elsewhere, *others, 'run'])

@pytest.mark.parametrize('name', ['x'*255, 'ü'*127, '\U0001f600'*60, '.', 'a.b.c', ' '])
def test_any_name_that_a_file_can_have(name, tmp_path):
    path = tmp_path/name
    if name == '.':
        with pytest.raises(FileExistsError, match='is no file'): write_atomically(path, b'new')
    else:
        write_atomically(path, b'new')
        assert path.read_bytes() == b'new' and os.listdir(tmp_path) == [name]

# What a replacement keeps

@pytest.mark.parametrize('mode', [0o600, 0o644, 0o660, 0o400])
def test_the_mode_stays(mode, tmp_path):
    path = tmp_path/'run'
    path.write_bytes(b'old')
    path.chmod(mode)
    before = path.stat().st_mode
    write_atomically(path, b'new')
    assert path.read_bytes() == b'new' and path.stat().st_mode == before

@pytest.mark.house  # how it is done
def test_a_secret_is_one_from_its_first_byte(tmp_path, monkeypatch):
    path, seen = tmp_path/'run', []
    path.write_bytes(b'old')
    path.chmod(0o600)
    fsync = os.fsync
    monkeypatch.setattr(os, 'fsync', lambda file: (seen.append(stat.S_IMODE(os.fstat(file).st_mode)), fsync(file)))
    write_atomically(path, b'new')
    assert seen == [stat.S_IMODE(path.stat().st_mode)]

def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    (tmp_path/'other').write_bytes(b'')
    write_atomically(tmp_path/'run', b'new')
    assert (tmp_path/'run').stat().st_mode == (tmp_path/'other').stat().st_mode

def test_a_link_stays_and_its_target_is_written(tmp_path):
    (tmp_path/'far').mkdir()
    target, link, second = tmp_path/'far'/'target', tmp_path/'link', tmp_path/'second'
    link.symlink_to(target)
    second.symlink_to('link')
    for path in (link, second):  # at first it leads nowhere
        write_atomically(path, path.name.encode())
        assert target.read_bytes() == path.name.encode() and link.is_symlink() and second.is_symlink() and not target.is_symlink()
    assert os.listdir(tmp_path/'far') == ['target'] and sorted(os.listdir(tmp_path)) == ['far', 'link', 'second']
    (tmp_path/'lost').symlink_to(tmp_path/'no'/'such')
    with pytest.raises(FileNotFoundError, match='lost'): write_atomically(tmp_path/'lost', b'')

@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='there are no pipes with names there')
def test_what_is_no_file_is_left_alone(tmp_path):
    os.mkfifo(tmp_path/'pipe')
    (tmp_path/'folder').mkdir()
    for name in ('pipe', 'folder'):
        with pytest.raises(FileExistsError, match=f'{name}: what is there is no file'): write_atomically(tmp_path/name, b'new')
    assert sorted(os.listdir(tmp_path)) == ['folder', 'pipe'] and stat.S_ISFIFO((tmp_path/'pipe').stat().st_mode)

def test_a_check_sees_the_whole_new_file_and_may_refuse_it(tmp_path):
    path, seen = tmp_path/'run', []
    write_atomically(path, b'old')
    def refuse(new):
        seen.append((new.read_bytes(), path.read_bytes(), new.parent))
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt): write_atomically(path, b'new', check=refuse)
    assert seen == [(b'new', b'old', tmp_path)] and path.read_bytes() == b'old' and os.listdir(tmp_path) == ['run']

# Arrays

LAYOUTS = {'as made': lambda a: a, 'transposed': lambda a: a.T, 'Fortran': np.asfortranarray, 'strided': lambda a: a[:, ::2], 'reversed': lambda a: a[::-1],
           'broadcast': lambda a: np.broadcast_to(a[0], (5, *a.shape[1:])), 'fancy-indexed': lambda a: a[..., [2, 0]], 'permuted': lambda a: a.transpose(1, 2, 0),
           'one number': lambda a: a[1, 1, 1], 'empty': lambda a: a[:0].T, 'read-only': lambda a: np.frombuffer(a.tobytes(), a.dtype)}

@pytest.mark.parametrize('dtype', ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', '?'])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_arrays_come_back_from_a_file_that_takes_memory_as_it_lies(layout, dtype):
    from safetensors.numpy import load, save
    a = np.random.default_rng(0).integers(0, 100, (2, 3, 4)).astype(dtype)
    for order in '<>':
        array = np.asarray(LAYOUTS[layout](a.astype(a.dtype.newbyteorder(order))))
        found = load(save({'a': portable(array)}))['a']
        assert found.dtype == a.dtype and found.shape == array.shape
        np.testing.assert_array_equal(found, array)

def test_what_is_portable_is_not_copied():
    a = np.arange(6.).reshape(2, 3)
    assert portable(a) is a and type(portable(np.ma.masked_array(a))) is np.ndarray
