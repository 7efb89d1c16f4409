"""Cases of int8: a large MLP and a network for pictures against their own float32, and norms that were folded away

`python benchmarks/quantized.py` prints what a large MLP holds in memory, backend by backend."""
import ctypes, gc, subprocess, sys, warnings

import numpy as np

from harness import case, normal, one_thread, resident

# ---------------------------------------------------------------- 784-1024-1024-10
SIZES = 784, 1024, 1024, 10

def mlp(sizes=SIZES):
    from tinytorch.core.activations import ReLU
    from tinytorch.core.layers import Linear, Sequential
    layers = []
    for i, pair in enumerate(zip(sizes, sizes[1:])): layers += [Linear(*pair, rng=i), ReLU()]
    return Sequential(*layers[:-1]).eval()

def caller(model, x):
    "`(run, result)` of a call without gradients"
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.tensor import Tensor
    x = Tensor(x)
    def run():
        with no_grad(): run.out = model(x)
    return run, lambda: [run.out.data]

def quantized(model, backend, data=None):
    from tinytorch.perf.quantization import quantize_model
    return quantize_model(model, backend=backend, calibration_data=data)

def torch_int8(n):
    torch = one_thread()
    warnings.simplefilter('ignore')  # PyTorch says that torch.ao.quantization moves to torchao
    layers, made = mlp(), []
    for layer in layers:
        if not hasattr(layer, 'weight'): made.append(torch.nn.ReLU()); continue
        made.append(torch.nn.Linear(*layer.weight.shape))
        made[-1].load_state_dict({'weight': torch.tensor(layer.weight.data.T.copy()), 'bias': torch.tensor(layer.bias.data)})
    if 'x86' in torch.backends.quantized.supported_engines: torch.backends.quantized.engine = 'x86'
    model, x = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(*made), {torch.nn.Linear}, torch.qint8), torch.tensor(normal(n, SIZES[0]))
    def run():
        with torch.inference_mode(): run.out = model(x)
    return run, lambda: [run.out.numpy()]

def mlp_case(n, bar, stretch):
    made = case(f'int8 mlp {n}', f'784-1024-1024-10, {n} rows: int8 in one session, against own float32', rtol=.05, own_float32=(1/bar, 1/stretch))
    made.side('ours')(lambda: caller(quantized(mlp(), 'onnxruntime'), normal(n, SIZES[0])))
    made.side('own float32')(lambda: caller(mlp(), normal(n, SIZES[0])))
    made.side('own numba')(lambda: caller(quantized(mlp(), 'numba'), normal(n, SIZES[0])))
    made.side('own numpy')(lambda: caller(quantized(mlp(), 'numpy'), normal(n, SIZES[0])))
    made.side('pytorch int8')(lambda: torch_int8(n))

for n, bar, stretch in ((1, 2.3, 2.6), (8, 7, 9.5), (64, 4.3, 4.8)): mlp_case(n, bar, stretch)

# ---------------------------------------------------------------- pictures
def cnn(channels, trained=3):
    "A `SimpleCNN` for 3×32×32 whose norms are no mere 0 and 1"
    from tinytorch.core.spatial import SimpleCNN
    from tinytorch.core.tensor import Tensor
    model = SimpleCNN(in_channels=3, image_size=32, channels=channels, rng=0)
    for i in range(trained): model(Tensor(normal(8, 3, 32, 32, seed=10 + i)))
    return model.eval()

def cnn_case(n, bar, stretch):
    made = case(f'int8 cnn {n}', f'CNN 3×32×32, channels (32, 64), {n} pictures: int8 in one session, calibrated, against own float32', rtol=.1, own_float32=(1/bar, 1/stretch))
    made.side('ours')(lambda: caller(quantized(cnn((32, 64)), 'onnxruntime', normal(64, 3, 32, 32, seed=1)), normal(n, 3, 32, 32)))
    made.side('own float32')(lambda: caller(cnn((32, 64)), normal(n, 3, 32, 32)))

for n, bar, stretch in ((1, 4.2, 5), (16, 3.3, 3.8)): cnn_case(n, bar, stretch)

def folded():
    from tinytorch.perf.quantization import fold_batch_norms
    return fold_batch_norms(cnn((16, 32)), normal(2, 3, 32, 32))

norms = case('folded norms', 'CNN 3×32×32, channels (16, 32), 64 pictures: norms folded, against the model as it was', rtol=1e-3, own_float32=(1/1.25, 1/1.35))
norms.side('ours')(lambda: caller(folded(), normal(64, 3, 32, 32)))
norms.side('own float32')(lambda: caller(cnn((16, 32)), normal(64, 3, 32, 32)))

# ---------------------------------------------------------------- memory
LARGE = (2048,)*5

def copies(backend):
    "Bytes by which a large MLP raised this process's resident memory, per weight: before it was made, until it was made and called"
    small, x = mlp((64, 64, 64)), normal(1, LARGE[0])
    caller(small if backend == 'float32' else quantized(small, backend), normal(1, 64))[0]()  # libraries are loaded
    ctypes.CDLL(None).malloc_trim(0)
    before = resident('VmRSS')
    model = mlp(LARGE)
    if backend != 'float32': model = quantized(model, backend)
    caller(model, x)[0]()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed is given back (glibc)
    return (resident('VmRSS') - before)*1024/sum(a*b for a, b in zip(LARGE, LARGE[1:]))

def main():
    for backend in ('float32', 'numpy', 'numba', 'float', 'onnxruntime'):
        code = f'import sys; sys.path.insert(0, "benchmarks"); import quantized; print(quantized.copies({backend!r}))'
        found = sorted(float(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout) for _ in range(3))
        print(f'{backend:<12} {found[1]:.2f} bytes a weight ({found[0]:.2f}–{found[2]:.2f})', flush=True)

if __name__ == '__main__': main()
