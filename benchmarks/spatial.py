"""Cases of convolution: single layers forward and backward, pooling, whole training steps

PyTorch in both of its layouts. A gradient is laid out as its result. The pictures want gradients too, on all sides, but for the training steps, where they are data.
"""
import numpy as np

from harness import case, normal, one_thread, stepper

# ---------------------------------------------------------------- one layer, forward and backward
def once_ours(forward, *arrays):
    "`forward` of tensors, and back with a random gradient, small enough that sums over the batch agree to the tolerance"
    from tinytorch.core.tensor import Tensor
    inputs = [Tensor(a, requires_grad=True) for a in arrays]
    out = forward(*inputs).data
    g = np.empty_like(out)  # in its order in memory
    g[...] = normal(*out.shape, seed=9, scale=.1)
    def run():
        for t in inputs: t.grad = None
        run.out = forward(*inputs)
        run.out.backward(g)
    return run, lambda: [run.out.data, *[t.grad for t in inputs]]

def once_torch(forward, layout, *arrays):
    torch = one_thread()
    arranged = lambda a: torch.tensor(a).contiguous(memory_format=getattr(torch, layout)) if a.ndim == 4 else torch.tensor(a)
    inputs = [arranged(a).requires_grad_() for a in arrays]
    g = arranged(normal(*forward(*inputs).shape, seed=9, scale=.1))
    def run():
        for t in inputs: t.grad = None
        run.out = forward(*inputs)
        run.out.backward(g)
    return run, lambda: [t.detach().contiguous().numpy() for t in (run.out, *[t.grad for t in inputs])]

def layer(name, about, bar, ours, theirs, *arrays):
    "A case with PyTorch in both layouts, each with the same bar: the faster one decides"
    it = case(name, about, rtol=1e-3, pytorch=bar, pytorch_channels_last=bar)
    it.side('ours')(lambda: once_ours(ours(), *arrays))
    it.side('pytorch')(lambda: once_torch(theirs(), 'contiguous_format', *arrays))
    it.side('pytorch channels last')(lambda: once_torch(theirs(), 'channels_last', *arrays))

def as_left(maps):
    "The pictures `maps` as a convolution of ours leaves them: channels last in memory"
    from tinytorch.core.spatial import channels_last
    last = channels_last(maps.shape, maps.dtype)
    last[...] = maps
    return last

def conv(N, C, size, O, K, padding, bar, arrange=lambda maps: maps):
    def ours():
        import tinytorch.core.spatial as spatial
        return lambda x, w, b: spatial.conv2d(x, w, b, padding=padding)
    def theirs():
        import torch
        return lambda x, w, b: torch.nn.functional.conv2d(x, w, b, padding=padding)
    x, w, b = arrange(normal(N, C, size, size)), normal(O, C, K, K, seed=1, scale=(C*K*K)**-.5), normal(O, seed=2)
    layer(f'conv {C}x{size} to {O}', f'convolution {N}×{C}×{size}×{size} → {O}@{K}×{K}, padding {padding}, forward and backward', bar, ours, theirs, x, w, b)

conv(64, 1, 28, 6, 5, 0, (1.2, 1.0))
conv(32, 3, 32, 32, 3, 1, (.9, .8))
conv(32, 32, 32, 64, 3, 1, (1.35, 1.2), as_left)  # so many channels are another convolution's answers

def pool_ours():
    import tinytorch.core.spatial as spatial
    return lambda x: spatial.max_pool2d(x, 2)

def pool_theirs():
    import torch
    return lambda x: torch.nn.functional.max_pool2d(x, 2)

def pool(N, C, size):
    "Two cases: the pictures as a convolution of ours leaves them, channels last in memory; and with their rows in one piece"
    maps, about = normal(N, C, size, size), f'max-pooling 2×2 of {N}×{C}×{size}×{size}, forward and backward'
    layer(f'max-pool {C}x{size}', about, (1.6, 1.4), pool_ours, pool_theirs, as_left(maps))
    layer(f'pool rows {C}x{size}', about + ', rows in one piece', (None, None), pool_ours, pool_theirs, maps)

pool(32, 32, 32)
pool(64, 6, 24)

# ---------------------------------------------------------------- against the loops of the page
def seven_loops(x, weight):
    "Page 09's first version"
    (N, C, H, W), (O, _, K, L) = x.shape, weight.shape
    out = np.zeros((N, O, H - K + 1, W - L + 1))
    for n in range(N):
        for o in range(O):
            for i in range(H - K + 1):
                for j in range(W - L + 1):
                    for c in range(C):
                        for a in range(K):
                            for b in range(L): out[n, o, i, j] += x[n, c, i+a, j+b]*weight[o, c, a, b]
    return out

loops = case('conv, loops', '1,000 forward passes of 64×1×28×28 → 6@5×5, against one with seven loops: at most 1 is 1,000 times faster', rtol=1e-3, seven_loops=(1., .2))

@loops.side('ours')
def loops_ours():
    import tinytorch.core.spatial as spatial
    x, w = normal(64, 1, 28, 28), normal(6, 1, 5, 5, seed=1)
    def run():
        for _ in range(1000): run.out = spatial.conv2d(x, w)
    return run, lambda: [run.out.data]

@loops.side('seven loops')
def loops_once():
    x, w = normal(64, 1, 28, 28), normal(6, 1, 5, 5, seed=1)
    def run(): run.out = seven_loops(x, w)
    return run, lambda: [run.out]

# ---------------------------------------------------------------- training steps
def parts(channels, kernel, padding, features):
    "Layers as (kind, settings): convolution, ReLU, pooling, again, then linear layers with ReLU between"
    for a, b in zip(channels, channels[1:]): yield from [('conv', (a, b, kernel, padding)), ('relu', ()), ('pool', ())]
    yield 'flatten', ()
    for i, (a, b) in enumerate(zip(features, features[1:])):
        if i: yield 'relu', ()
        yield 'linear', (a, b)

def weights(kind, settings, seed):
    "The first weights and biases of a layer, in PyTorch's shapes"
    if kind == 'conv': a, b, k, _ = settings; shape = (b, a, k, k)
    else: a, b = settings; shape = (b, a)
    return normal(*shape, seed=seed, scale=np.prod(shape[1:])**-.5), normal(b, seed=100 + seed, scale=.1)

def network_ours(plan):
    from tinytorch.core.activations import ReLU
    from tinytorch.core.layers import Flatten, Linear, Sequential
    from tinytorch.core.spatial import Conv2d, MaxPool2d
    make = dict(conv=lambda a, b, k, p: Conv2d(a, b, k, padding=p), relu=ReLU, pool=lambda: MaxPool2d(2), flatten=Flatten, linear=Linear)
    model = Sequential(*[make[kind](*settings) for kind, settings in plan])
    for i, (layer, (kind, settings)) in enumerate(zip(model, plan)):
        if kind not in ('conv', 'linear'): continue
        w, b = weights(kind, settings, i)
        layer.weight.data[:], layer.bias.data[:] = w.T if kind == 'linear' else w, b
    return model

def network_torch(torch, plan):
    nn = torch.nn
    make = dict(conv=lambda a, b, k, p: nn.Conv2d(a, b, k, padding=p), relu=nn.ReLU, pool=lambda: nn.MaxPool2d(2), flatten=nn.Flatten, linear=nn.Linear)
    model = nn.Sequential(*[make[kind](*settings) for kind, settings in plan])
    for i, (layer, (kind, settings)) in enumerate(zip(model, plan)):
        if kind not in ('conv', 'linear'): continue
        w, b = weights(kind, settings, i)
        with torch.no_grad(): layer.weight.copy_(torch.tensor(w)); layer.bias.copy_(torch.tensor(b))
    return model

def step_ours(plan, x, y):
    from tinytorch.core.losses import CrossEntropyLoss
    from tinytorch.core.optimizers import Adam
    from tinytorch.core.tensor import Tensor
    model = network_ours(plan)
    return stepper(model, Adam(model.parameters(), lr=1e-3), CrossEntropyLoss(), Tensor(x), y)

def step_torch(plan, x, y, layout, **options):
    torch = one_thread()
    model, layout = network_torch(torch, plan), getattr(torch, layout)
    model = model.to(memory_format=layout)
    x = torch.tensor(x).contiguous(memory_format=layout)
    return stepper(model, torch.optim.Adam(model.parameters(), lr=1e-3, **options), torch.nn.CrossEntropyLoss(), x, torch.tensor(y))

def step(name, about, plan, shape, **bars):
    plan, x, y = list(plan), normal(*shape, seed=50), np.random.default_rng(51).integers(0, 10, shape[0])
    it = case(name, about + '; cross-entropy, Adam: one training step', rtol=2e-3, runs=4, **bars)
    it.side('ours')(lambda: step_ours(plan, x, y))
    it.side('pytorch')(lambda: step_torch(plan, x, y, 'contiguous_format'))
    it.side('pytorch channels last')(lambda: step_torch(plan, x, y, 'channels_last'))
    it.side('pytorch fused')(lambda: step_torch(plan, x, y, 'contiguous_format', fused=True))

step('lenet step', 'LeNet-style 64×1×28×28: convolutions of 5×5 to 6 and 16, linear 256-120-84-10', parts((1, 6, 16), 5, 0, (256, 120, 84, 10)), (64, 1, 28, 28), pytorch=(1.2, 1.0))
step('cifar step', 'CIFAR-style 32×3×32×32: convolutions of 3×3 to 32 and 64, linear 4096-128-10', parts((3, 32, 64), 3, 1, (4096, 128, 10)), (32, 3, 32, 32), pytorch=(1.0, .85))
