"""Cases of smaller models: blocks and scattered zeros against the dense layer, neurons and channels that are gone against those that are silent

The other side of each case is our own float32 model with the same answers: zeros that are stored, units that nobody reads.
"""
import numpy as np

from harness import case, normal

N = 1024

def answers(model, x):
    "`(run, result)` of a model's answers to `x`"
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.tensor import Tensor
    model.eval()
    x = Tensor(x)
    def run():
        with no_grad(): run.out = model(x)
    return run, lambda: [run.out.data]

def dense(model):
    "`model` with plain `Linear` layers for pruned ones"
    from tinytorch.core.layers import Linear, replace_modules
    def plain(layer):
        if type(layer).__name__ != 'PrunedLinear': return layer
        new = Linear(1, 1)
        new.weight, new.bias = layer.weight, layer.bias
        return new
    return replace_modules(model, plain)

# ---------------------------------------------------------------- zeros in one layer
def zeros(name, prune, form, share, rows, bars):
    "A layer of 1024 by 1024: without its zeros, and with them"
    def pruned():
        import tinytorch.perf.compression as compression
        from tinytorch.core.layers import Linear
        return getattr(compression, prune)(Linear(N, N, rng=np.random.default_rng(0)), share), getattr(compression, form)
    it = case(f'{name} {share:.0%} {rows}', f'{name}, {share:.0%} zeros, {N}×{N}, {rows} rows', rtol=1e-4, dense=bars)
    @it.side('ours')
    def ours():
        layer, made = pruned()
        return answers(made(layer), normal(rows, N, seed=1))
    @it.side('dense')
    def theirs(): return answers(dense(pruned()[0]), normal(rows, N, seed=1))

for share, bars in ((.5, (.75, .6)), (.75, (.4, .32)), (.9, (.17, .13))): zeros('blocks', 'block_prune', 'BlockSparseLinear', share, 1, bars)
for share in (.5, .75, .9): zeros('blocks', 'block_prune', 'BlockSparseLinear', share, 64, (None, None))
for rows, bars in ((1, (.7, .56)), (64, (.4, .32))): zeros('csr', 'magnitude_prune', 'SparseLinear', .95, rows, bars)

# ---------------------------------------------------------------- neurons and channels
def structured(name, about, whole, x, share, bars, rtol=1e-4, further=lambda model: model):
    "`whole()` has units that nobody reads, as many as are removed: so both sides give the same answers; ours goes through `further`"
    it = case(name, about, rtol=rtol, whole=bars)
    @it.side('ours')
    def ours():
        from tinytorch.perf.compression import structured_prune
        return answers(further(structured_prune(whole(), share, x[:4])), x)
    @it.side('whole')
    def theirs(): return answers(whole(), x)

def wide(share):
    "1024-1024-1024, a share of the hidden neurons silent"
    from tinytorch.core.activations import ReLU
    from tinytorch.core.layers import Linear, Sequential
    model = Sequential(Linear(N, N, rng=0), ReLU(), Linear(N, N, rng=1))
    model[2].weight.data[np.random.default_rng(2).permutation(N)[:round(share*N)]] = 0
    return model

def cnn():
    "Convolutions of 16 and 32 channels on 3×32×32, half of them silent"
    from tinytorch.core.spatial import SimpleCNN
    model = SimpleCNN(10, 3, 32, (16, 32), rng=0)
    model.conv2.weight.data[:, ::2] = 0
    model.fc.weight.data.reshape(32, 64, 10)[::2] = 0
    return model

for share, bars in ((.5, (.55, .5)), (.9, (.13, .1))):
    structured(f'neurons {share:.0%}', f'1024-1024-1024 without {share:.0%} of its hidden neurons, 64 rows', lambda share=share: wide(share), normal(64, N, seed=1), share, bars)
structured('channels 50%', 'CNN of 16 and 32 channels, 64×3×32×32, without half of its channels; norms as they are', cnn, normal(64, 3, 32, 32, seed=1), .5, (None, None))

def planned(model):
    "A plan by NumPy alone, which folds the norms into the convolutions"
    from tinytorch.perf.acceleration import accelerate
    return accelerate(model, 'numpy')

structured('channels, folded', 'the same, its norms folded by a plan', cnn, normal(64, 3, 32, 32, seed=1), .5, (1/2.4, 1/2.8), further=planned)
