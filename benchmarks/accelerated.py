"""Cases of page 18: a model for pictures as one function over arrays; the plans for digits are among the capstone's

`python benchmarks/accelerated.py` prints the seconds that Numba takes to be imported and to give the first answer of a
plan, in a first process and in a second."""
import os, shutil, subprocess, sys
from tempfile import TemporaryDirectory

import numpy as np

from harness import case, normal, one_thread

def timed(model, x):
    "`(run, result)` of calls without gradients"
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.tensor import Tensor
    x = Tensor(x)
    def run():
        with no_grad(): run.out = model(x)
    return run, lambda: [run.out.data]

def plan_of(model, backend):
    from tinytorch.perf.acceleration import accelerate
    return accelerate(model, backend)

# ---------------------------------------------------------------- pictures
def pictures():
    from tinytorch.core.spatial import SimpleCNN
    model, rng = SimpleCNN(10, 3, 32, rng=0).eval(), np.random.default_rng(1)
    for name, t in [*model.named_parameters(), *model.named_buffers()]:
        if 'norm' in name and t.dtype.kind == 'f': t.data = t.data + rng.uniform(.1, .5, t.shape).astype(np.float32)
    return model

def torch_pictures(torch):
    ours, nn = pictures(), torch.nn
    made = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2048, 10)).eval()
    for theirs, layer in zip((made[0], made[1], made[4], made[5]), (ours.conv1, ours.norm1, ours.conv2, ours.norm2)):
        theirs.load_state_dict({name: torch.tensor(np.array(a)) for name, a in layer.state_dict().items()})
    made[9].load_state_dict({'weight': torch.tensor(ours.fc.weight.data.T.copy()), 'bias': torch.tensor(ours.fc.bias.data)})
    return made

NO_COMPILER = None if shutil.which(os.environ.get('CXX', 'g++')) or shutil.which('clang++') else 'torch.compile is left out: there is no C++ compiler here'

def torch_side(batch, compiled):
    def setup():
        torch = one_thread()
        model, x = torch_pictures(torch), torch.tensor(normal(batch, 3, 32, 32))
        if compiled: model = torch.compile(model)
        def run():
            with torch.inference_mode(): run.out = model(x)
        return run, lambda: [run.out.numpy()]
    return setup

def cnn_case(name, batch, backend, **bars):
    about = f'CNN on 3×32×32, batch {batch}: norms folded, pooling before ReLU, a plan, {backend}'
    made = case(name, f'{about} ({NO_COMPILER})' if NO_COMPILER else about, rtol=1e-3, **bars)
    made.side('ours')(lambda: timed(plan_of(pictures(), backend), normal(batch, 3, 32, 32)))
    made.side('eager')(lambda: timed(pictures(), normal(batch, 3, 32, 32)))
    made.side('pytorch inference mode')(torch_side(batch, False))
    if not NO_COMPILER: made.side('torch compile')(torch_side(batch, True))

cnn_case('cnn plan 1', 1, 'numpy')
cnn_case('cnn plan 64', 64, 'numpy', eager=(1/1.25, 1/1.35))

# ---------------------------------------------------------------- what a kernel costs at first
PROGRAM = '''
import sys, time
sys.path.insert(0, 'benchmarks')
import numpy as np
import tinytorch.perf.acceleration
from accelerated import plan_of
from tinytorch.capstone import SimpleMLP
model = SimpleMLP(64, 96, 10, rng=0)
start = time.perf_counter()
plan_of(model, 'numba')(np.ones((1, 64), np.float32))
print(f'{time.perf_counter() - start:.2f}')
'''

if __name__ == '__main__':
    with TemporaryDirectory() as folder:
        for process in 'first', 'second', 'third':
            done = subprocess.run([sys.executable, '-c', PROGRAM], capture_output=True, text=True, check=True, env={**os.environ, 'NUMBA_CACHE_DIR': folder})
            print(f'{process} process: Numba imported and a first answer in {done.stdout.strip()} s (bar for the second: 0.5)')
