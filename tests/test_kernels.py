"A kernel computes what its function does, and what it computes now: never what stands in an old file"
import os, subprocess, sys

import numpy as np
import pytest

from tinytorch.perf.kernels import Kernel, kernel

SCALE, TABLE = 2., np.array([1., 2.])

@kernel
def scaled(x): return x*SCALE

@kernel
def twice(x): return scaled(scaled(x))

@kernel
def looked_up(i): return TABLE[i]

def test_a_kernel_says_what_its_function_says():
    for f, x in (scaled, 3.), (looked_up, 1): assert f(x) == f.function(x)
    assert twice(3.) == 12

def test_only_functions_are_compiled():
    assert kernel(scaled) is scaled
    for wrong in None, 'x', int, np.sum:
        with pytest.raises(TypeError, match='kernel: expected a function'): kernel(wrong)

def run(folder, script='from caller import f; print(f(10.))'):
    "What `script` prints in a process of its own, which keeps machine code in `folder`"
    env = os.environ | {'NUMBA_CACHE_DIR': str(folder/'cache'), 'PYTHONPATH': os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run([sys.executable, '-B', '-c', script], env=env, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout.strip()

CALLER = """
from tinytorch.perf.kernels import kernel
from numbers_of import NUMBER
from callee import g
@kernel
def f(x): return g(x) + NUMBER
"""
def test_a_change_elsewhere_is_seen_by_the_next_process(tmp_path):
    def write(factor, number):
        (tmp_path/'callee.py').write_text(f'from tinytorch.perf.kernels import kernel\n@kernel\ndef g(x): return x*{factor}\n')
        (tmp_path/'numbers_of.py').write_text(f'NUMBER = {number}\n')
    (tmp_path/'caller.py').write_text(CALLER)
    for factor, number in (2, 1), (2, 1), (3, 1), (3, 5):
        write(factor, number)
        assert run(tmp_path) == f'{10.*factor + number}'

def test_machine_code_is_kept_between_processes(tmp_path):
    (tmp_path/'caller.py').write_text('from tinytorch.perf.kernels import kernel\n@kernel\ndef f(x): return x + 1\n')
    for hits in 0, 1:
        assert run(tmp_path, 'from caller import f; f(10.); print(sum(f.compiled().stats.cache_hits.values()))') == f'{hits}'

def test_a_global_that_is_a_type_of_numbers():
    space = {'np': np, 'real': np.float32, 'kernel': kernel}
    exec('def half(x): return real(x)/real(2)', space)
    assert kernel(space['half'])(3) == 1.5
