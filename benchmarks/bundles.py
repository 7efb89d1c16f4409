"""What it takes to make, read and compare submissions: `python benchmarks/bundles.py [capstone] [validate] [compare] [import]`

Seconds, each beside its bar: the whole main job with bundle and report; validating an honest bundle, and the largest that is
read at all, beyond the start of the program; a comparison in 12 fresh processes with its pilot of 8, beyond the time that the
models themselves take; what importing tinytorch.submission adds to importing NumPy. Run it on a quiet machine."""
import os, subprocess, sys, tempfile, time
from pathlib import Path

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'): os.environ[name] = '1'

import numpy as np

from tinytorch.capstone import SimpleMLP
from tinytorch.perf.acceleration import accelerate

late = []

def tell(what, seconds, bar):
    print(f'{what:<68} {seconds:7.3f} s of {bar:g}{"" if seconds <= bar else "   OVER"}', flush=True)
    if seconds > bar: late.append(what)

def seconds(command, runs=1, **settings):
    "Least wall time of a process"
    def once():
        start = time.perf_counter()
        subprocess.run([sys.executable, *map(str, command)], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **settings)
        return time.perf_counter() - start
    return min(once() for _ in range(runs))

TITO = '-c', 'from tinytorch.cli import main; main()'
START = '-c', 'import tinytorch.cli, tinytorch.competition.bundle, tinytorch.competition.detection'

def capstone(folder): tell('tito capstone, with bundle and report', seconds([*TITO, 'capstone', '--output', folder/'run'], cwd=folder), 60)

def largest(honest):
    "The files of `honest` with the longest weights, data, readings and predictions that are read; hashes fit, numbers do not"
    import io
    from safetensors.numpy import save
    from tinytorch.competition.bundle import manifest_of, npz_bytes
    rng, files = np.random.default_rng(0), dict(honest.files)
    wide = rng.standard_normal((4096, 4090), np.float32)
    for side in ('baseline', 'optimized'): files[f'models/{side}.safetensors'] = save({'fc1.weight': wide})
    n = 250_000
    columns = {name: np.resize(column, n) for name, column in honest.samples.items()}
    columns['ns'] = rng.integers(10**5, 10**6, n).astype(np.int64)
    files['samples.npz'] = npz_bytes(columns)
    files['predictions.npz'] = npz_bytes({name: np.resize(a, (100_000, *a.shape[1:])) for name, a in honest.predictions.items()})
    files['data.npz'] = npz_bytes({'inputs': rng.standard_normal((250_000, 64), np.float32), 'labels': np.zeros(250_000, np.int64)})
    files.pop('manifest.json')
    import rfc8785
    files['manifest.json'] = rfc8785.dumps(manifest_of(files))
    return files

def validate(folder):
    from tinytorch.competition.bundle import load_bundle, write_bundle
    if not (folder/'run').exists(): seconds([*TITO, 'capstone', '--output', folder/'run'], cwd=folder)
    start = seconds(START, 5)
    tell('tito validate, an honest bundle, beyond the start', seconds([*TITO, 'validate', folder/'run'], 5) - start, .5)
    files = largest(load_bundle(folder/'run'))
    write_bundle(folder/'large', files)
    found = load_bundle(folder/'large').findings
    tell(f'tito validate, {sum(map(len, files.values()))/2**20:.0f} MiB, {len(found)} findings', seconds([*TITO, 'validate', folder/'large'], 3) - start, 3)

def compare(folder):
    from tinytorch.benchmarking import compare as in_processes
    model = SimpleMLP(64, 256, 10, rng=0)
    x = np.random.default_rng(0).standard_normal((359, 64), np.float32)
    for name, candidate in (('another', SimpleMLP(64, 96, 10, rng=0)), ('a plan in NumPy', accelerate(model, 'numpy'))):
        begun = time.perf_counter()
        found = in_processes(model, candidate, x, batch=1, rng=0)
        took, own = time.perf_counter() - begun, found.readings.columns()['ns'].sum()/1e9
        tell(f'comparison with {name}, beyond the {own:.2f} s of its blocks', took - own, 4)

def imports(folder):
    numpy = seconds(['-c', 'import numpy'], 15)
    tell('import tinytorch.submission, beyond NumPy', seconds(['-c', 'import numpy, tinytorch.submission'], 15) - numpy, .04)

JOBS = {'capstone': capstone, 'validate': validate, 'compare': compare, 'import': imports}

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as place:
        for name in sys.argv[1:] or JOBS: JOBS[name](Path(place))
    sys.exit(bool(late))
