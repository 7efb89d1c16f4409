"Files: what a failed write leaves behind, and that hashes stay what stored cards, checkpoints and submissions hold"
import os, subprocess, sys

import numpy as np
import pytest

from tinytorch.capstone import data_facts
from tinytorch.core.training import digest
from tinytorch.files import file_sha256, sha256_of, write_atomically

def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path/'run'
    write_atomically(path, b'old')
    def full(*_): raise OSError(28, 'No space left on device')
    for name in ('fsync', 'replace'):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(OSError, match='No space'): write_atomically(path, b'new')
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
