"""Cases of the fused kernels: each op against the page's own, Adam's step, and whole training steps with them

`ours` is the fused form; the side `pages` is what pages 02 to 13 do with the same arrays.
"""
import numpy as np

from gpt import BATCH, D, HEADS, T, block_ours, block_torch
from harness import case, normal, one_thread, stepper
from spatial import network_ours, parts, step_torch

# ---------------------------------------------------------------- ops, forward and backward
def once(forward, *arrays):
    "`forward` of tensors, and back with a gradient laid out as the result"
    from tinytorch.core.tensor import Tensor
    inputs = [Tensor(a, requires_grad=True) for a in arrays]
    out = forward(*inputs).data
    g = np.empty_like(out)
    g[...] = normal(*out.shape, seed=9) if out.ndim else 1
    def run():
        for t in inputs: t.grad = None
        run.out = forward(*inputs)
        run.out.backward(g)
    return run, lambda: [run.out.data, *[t.grad for t in inputs]]

def against_pages(name, about, bar, make, *arrays, rtol=2e-3):
    "A case of which `make(fused)` gives the function that is measured; the bar is a ratio of times"
    it = case(name, about + ', forward and backward, against the pages\' own', rtol=rtol, **(dict(pages=bar) if bar else {}))
    it.side('ours')(lambda: once(make(True), *arrays))
    it.side('pages')(lambda: once(make(False), *arrays))

def bias_gelu(approximate):
    def make(fused):
        from tinytorch.core.activations import gelu
        from tinytorch.perf.fused import fused_bias_gelu
        if fused: return lambda x, b: fused_bias_gelu(x, b, approximate)
        return lambda x, b: gelu(x + b, approximate)
    return make

def norm(fused):
    from tinytorch.core.transformers import layer_norm
    from tinytorch.perf.fused import fused_layer_norm
    f = fused_layer_norm if fused else layer_norm
    return lambda x, w, b: f(x, x.shape[-1], w, b)

def shares(fused):
    from tinytorch.core.activations import softmax
    from tinytorch.perf.fused import fused_softmax
    return fused_softmax if fused else softmax

def loss(labels):
    def make(fused):
        from tinytorch.core.losses import cross_entropy
        from tinytorch.perf.fused import fused_cross_entropy
        f = fused_cross_entropy if fused else cross_entropy
        return lambda x: f(x, labels)
    return make

def heads(fused):
    from tinytorch.core.attention import attend_heads
    from tinytorch.perf.fused import heads_op
    f = heads_op if fused else attend_heads
    return lambda qkv: f(qkv, num_heads=HEADS, is_causal=True)

def pooled(fused):
    from tinytorch.core.activations import relu
    from tinytorch.core.spatial import max_pool2d
    from tinytorch.perf.fused import fused_max_pool2d
    return (lambda x: fused_max_pool2d(x, 2, relu_first=True)) if fused else lambda x: max_pool2d(relu(x), 2)

def channel_norm(fused):
    from tinytorch.core.spatial import batch_norm
    from tinytorch.perf.fused import channel_norm_op
    f = channel_norm_op if fused else batch_norm
    return lambda x, w, b: f(x, w, b, eps=1e-5)

def by_pixel(maps): return np.ascontiguousarray(maps.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

ROWS = BATCH*T
hidden, row = normal(ROWS, 4*D, scale=2), normal(4*D, seed=1)
maps = by_pixel(normal(32, 32, 32, 32))
against_pages('bias+gelu', f'bias and GELU (tanh), {ROWS}×{4*D}', (1/1.9, 1/2.3), bias_gelu('tanh'), hidden, row)
against_pages('bias+gelu, exact', f'bias and GELU (erf), {ROWS}×{4*D}', (1/1.9, 1/2.3), bias_gelu('none'), hidden, row)
against_pages('layer norm', f'layer norm, {ROWS}×{D}', (1/3.2, 1/3.8), norm, normal(ROWS, D), normal(D, seed=1), normal(D, seed=2))
against_pages('softmax', f'softmax, {ROWS}×256', (1/1.6, 1/1.9), shares, normal(ROWS, 256, scale=2))
against_pages('cross-entropy', f'cross-entropy, {ROWS}×256', (1/1.9, 1/2.2), loss(np.arange(ROWS) % 256), normal(ROWS, 256, scale=2))
against_pages('attention', f'attention of {HEADS} heads, B {BATCH}, T {T}, d {D}, causal', None, heads, normal(BATCH, T, 3*D))
against_pages('relu+pool', 'ReLU and max-pooling of 32×32×32×32', None, pooled, maps)
against_pages('batch norm', 'batch norm of 32×32×32×32', None, channel_norm, maps, normal(32, seed=1), normal(32, seed=2))

# ---------------------------------------------------------------- Adam
SIZES = 784, 256, 128, 10
adam = case('adam step', 'Adam, one step of the 235,146 parameters of the MLP 784-256-128-10', rtol=1e-3, runs=4, pytorch_fused=(.9, .65))

def adam_arrays():
    "Parameters and gradients of the MLP"
    shapes = [shape for a, b in zip(SIZES, SIZES[1:]) for shape in ((a, b), (b,))]
    return [(normal(*shape, seed=i), normal(*shape, seed=50 + i)) for i, shape in enumerate(shapes)]

def adam_ours(kind):
    def setup():
        import tinytorch.core.optimizers as plain, tinytorch.perf.fused as fused
        from tinytorch.core.tensor import Tensor
        tensors = []
        for w, g in adam_arrays():
            tensors.append(Tensor(w, requires_grad=True))
            tensors[-1].grad = g
        run = (fused.FusedAdam if kind == 'fused' else plain.Adam)(tensors, lr=1e-3).step
        return run, lambda: [t.data for t in tensors]
    return setup

def adam_torch(**options):
    torch = one_thread()
    tensors = []
    for w, g in adam_arrays():
        tensors.append(torch.tensor(w, requires_grad=True))
        tensors[-1].grad = torch.tensor(g)
    run = torch.optim.Adam(tensors, lr=1e-3, **options).step
    return run, lambda: [t.detach().numpy() for t in tensors]

adam.side('ours')(adam_ours('fused'))
adam.side('pages')(adam_ours('pages'))
adam.side('pytorch')(adam_torch)
adam.side('pytorch fused')(lambda: adam_torch(fused=True))

# ---------------------------------------------------------------- whole training steps
step = case('block step accel', f'transformer block, d {D}, {HEADS} heads, B {BATCH}, T {T}, causal: forward and backward, fused', rtol=2e-4, pytorch=(.88, .81))

def block_fused():
    from tinytorch.perf.fused import fused_model
    return block_ours(fused_model)

step.side('ours')(block_fused)
step.side('pages')(block_ours)
step.side('pytorch')(block_torch)

def cifar(name, fused, plan, x, y):
    def setup():
        from tinytorch.core.losses import CrossEntropyLoss
        from tinytorch.core.optimizers import Adam
        from tinytorch.core.tensor import Tensor
        from tinytorch.perf.fused import FusedAdam, fused_model
        model, loss, optimizer = network_ours(plan), CrossEntropyLoss(), Adam
        if fused: model, loss, optimizer = fused_model(model), fused_model(loss), FusedAdam
        return stepper(model, optimizer(model.parameters(), lr=1e-3), loss, Tensor(x), y)
    return setup

def training_step(name, about, plan, shape, **bars):
    plan, x, y = list(plan), normal(*shape, seed=50), np.random.default_rng(51).integers(0, 10, shape[0])
    it = case(name, about + '; cross-entropy, Adam: one training step, fused', rtol=2e-3, runs=4, **bars)
    it.side('ours')(cifar(name, True, plan, x, y))
    it.side('pages')(cifar(name, False, plan, x, y))
    it.side('pytorch')(lambda: step_torch(plan, x, y, 'contiguous_format'))
    it.side('pytorch channels last')(lambda: step_torch(plan, x, y, 'channels_last'))
    it.side('pytorch fused')(lambda: step_torch(plan, x, y, 'contiguous_format', fused=True))

training_step('cifar step accel', 'CIFAR-style 32×3×32×32: convolutions of 3×3 to 32 and 64, linear 4096-128-10', parts((3, 32, 64), 3, 1, (4096, 128, 10)), (32, 3, 32, 32), pytorch=(.88, .82))
training_step('lenet step accel', 'LeNet-style 64×1×28×28: convolutions of 5×5 to 6 and 16, linear 256-120-84-10', parts((1, 6, 16), 5, 0, (256, 120, 84, 10)), (64, 1, 28, 28))
