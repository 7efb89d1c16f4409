"""Cases of First light: ops, a training step, one sample forward, loading, shared nodes"""
import numpy as np

from harness import case, normal, one_thread, stepper

# ---------------------------------------------------------------- a thousand adds
OPS, SHAPE = 1000, (32, 32)

def chain_ours(operands_are_leaves):
    from tinytorch.core.tensor import Tensor
    import tinytorch.core.autograd
    start = Tensor(normal(*SHAPE), requires_grad=True)
    others = [Tensor(normal(*SHAPE, seed=i), requires_grad=operands_are_leaves) for i in range(OPS)]
    one = np.ones(SHAPE, np.float32)
    def run():
        start.grad = None
        for other in others: other.grad = None
        out = start
        for other in others: out = out + other
        out.backward(one)
        run.out = out
    def result(): return [run.out.data, start.grad] + ([others[0].grad, others[-1].grad] if operands_are_leaves else [])
    return run, result

def chain_torch(operands_are_leaves):
    torch = one_thread()
    start = torch.tensor(normal(*SHAPE), requires_grad=True)
    others = [torch.tensor(normal(*SHAPE, seed=i), requires_grad=operands_are_leaves) for i in range(OPS)]
    one = torch.ones(SHAPE)
    def run():
        start.grad = None
        for other in others: other.grad = None
        out = start
        for other in others: out = out + other
        out.backward(one)
        run.out = out
    def result(): return [t.detach().numpy() for t in [run.out, start.grad] + ([others[0].grad, others[-1].grad] if operands_are_leaves else [])]
    return run, result

adds = case('adds, constant', '1,000 chained adds of (32, 32), forward and backward, the other operand constant', pytorch=(.6, .5))
adds.side('ours')(lambda: chain_ours(False))
adds.side('pytorch')(lambda: chain_torch(False))

leaves = case('adds, leaves', 'the same, each operand a leaf that collects a gradient', pytorch=(.7, .6))
leaves.side('ours')(lambda: chain_ours(True))
leaves.side('pytorch')(lambda: chain_torch(True))

# ---------------------------------------------------------------- a training step
SIZES, BATCH = (784, 256, 128, 10), 64

def mlp_arrays():
    "Weights (in, out) and biases of the layers, a batch, its labels"
    weights = [normal(a, b, seed=i, scale=a**-.5) for i, (a, b) in enumerate(zip(SIZES, SIZES[1:]))]
    biases = [normal(b, seed=10 + i, scale=.1) for i, b in enumerate(SIZES[1:])]
    return weights, biases, normal(BATCH, SIZES[0], seed=20), np.random.default_rng(21).integers(0, 10, BATCH)

def mlp_ours(sizes, weights, biases):
    from tinytorch.core.activations import ReLU
    from tinytorch.core.layers import Linear, Sequential
    layers = []
    for a, b, w, c in zip(sizes, sizes[1:], weights, biases):
        layer = Linear(a, b)
        layer.weight.data[:], layer.bias.data[:] = w, c
        layers += [layer, ReLU()]
    return Sequential(*layers[:-1])

def mlp_torch(torch, sizes, weights, biases):
    layers = []
    for a, b, w, c in zip(sizes, sizes[1:], weights, biases):
        layer = torch.nn.Linear(a, b)
        with torch.no_grad(): layer.weight.copy_(torch.tensor(w.T)); layer.bias.copy_(torch.tensor(c))
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])

step = case('mlp step', 'MLP 784-256-128-10, batch 64, cross-entropy, Adam: one training step', rtol=1e-3, runs=5, pytorch=(.8, .65), pytorch_fused=(1.0, .85))

@step.side('ours')
def step_ours():
    from tinytorch.core.tensor import Tensor
    import tinytorch.core.autograd
    from tinytorch.core.losses import CrossEntropyLoss
    from tinytorch.core.optimizers import Adam
    weights, biases, x, y = mlp_arrays()
    model = mlp_ours(SIZES, weights, biases)
    return stepper(model, Adam(model.parameters(), lr=1e-3), CrossEntropyLoss(), Tensor(x), y)

def step_torch(**options):
    torch = one_thread()
    weights, biases, x, y = mlp_arrays()
    model = mlp_torch(torch, SIZES, weights, biases)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **options)
    return stepper(model, optimizer, torch.nn.CrossEntropyLoss(), torch.tensor(x), torch.tensor(y))

step.side('pytorch')(step_torch)
step.side('pytorch fused')(lambda: step_torch(fused=True))

# ---------------------------------------------------------------- a weight used as x @ W.T
transposed = case('x @ W.T step', 'x @ W.T, mean of squares, Adam: a step on one weight 1024×1024, batch 64, kept as PyTorch keeps it', rtol=1e-3, runs=3)

def transposed_arrays(): return normal(1024, 1024, scale=1/32), normal(64, 1024, seed=1)

@transposed.side('ours')
def transposed_ours():
    from tinytorch.core.tensor import Tensor
    import tinytorch.core.autograd
    from tinytorch.core.optimizers import Adam
    w, x = transposed_arrays()
    weight, x = Tensor(w, requires_grad=True), Tensor(x)
    return weight_stepper(weight, Adam([weight], lr=1e-3), lambda: ((x @ weight.T)**2).mean())

@transposed.side('pytorch')
def transposed_torch():
    torch = one_thread()
    w, x = transposed_arrays()
    weight, x = torch.tensor(w, requires_grad=True), torch.tensor(x)
    return weight_stepper(weight, torch.optim.Adam([weight], lr=1e-3), lambda: ((x @ weight.T)**2).mean())

def weight_stepper(weight, optimizer, loss_of):
    "`(run, result)` of a training step on one weight"
    losses = []
    def run():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return run, lambda: [np.array(losses)]

# ---------------------------------------------------------------- one sample forward
def forward_ours(sizes):
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.tensor import Tensor
    weights = [normal(a, b, seed=i, scale=a**-.5) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]
    biases = [normal(b, seed=10 + i, scale=.1) for i, b in enumerate(sizes[1:])]
    model, x = mlp_ours(sizes, weights, biases), Tensor(normal(1, sizes[0], seed=20))
    def run():
        with no_grad():
            for _ in range(50): run.out = model(x)
    return run, lambda: [run.out.data]

def forward_torch(sizes, mode):
    torch = one_thread()
    weights = [normal(a, b, seed=i, scale=a**-.5) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]
    biases = [normal(b, seed=10 + i, scale=.1) for i, b in enumerate(sizes[1:])]
    model, x = mlp_torch(torch, sizes, weights, biases), torch.tensor(normal(1, sizes[0], seed=20))
    model.eval()
    def run():
        with getattr(torch, mode)():
            for _ in range(50): run.out = model(x)
    return run, lambda: [run.out.numpy()]

for name, sizes, bar in ('forward, small', (10, 20, 3), (.4, .28)), ('forward, large', (784, 256, 128, 10), (.6, .45)):
    forward = case(name, f'one sample through MLP {"-".join(map(str, sizes))} without gradients', pytorch_inference_mode=bar)
    forward.side('ours')(lambda sizes=sizes: forward_ours(sizes))
    forward.side('pytorch no_grad')(lambda sizes=sizes: forward_torch(sizes, 'no_grad'))
    forward.side('pytorch inference mode')(lambda sizes=sizes: forward_torch(sizes, 'inference_mode'))

# ---------------------------------------------------------------- loading
loader = case('loader', 'one epoch over 60,000×784, shuffled, batch 64', pytorch=(.3, .15))
ROWS = 60_000

def pixels(): return np.arange(ROWS*784, dtype=np.float32).reshape(ROWS, 784), np.arange(ROWS)

def epoch(batches, as_array):
    "Rows seen, and the sum of the first pixel over the epoch: each row once, and its own label beside it"
    def run():
        seen, total, matched = 0, 0., True
        for x, y in batches:
            seen, total, last = seen + len(x), total + float(as_array(x)[:, 0].sum(dtype=np.float64)), (x, y)
        x, y = map(as_array, last)
        run.result = [np.array([seen, total]), np.array([(x[:, 0] == y.astype(np.float32)*784).all()])]
    return run, lambda: run.result

@loader.side('ours')
def loader_ours():
    from tinytorch.core.dataloader import DataLoader, TensorDataset
    return epoch(DataLoader(TensorDataset(*pixels()), batch_size=64, shuffle=True, rng=np.random.default_rng(0)), lambda t: t.data)

@loader.side('pytorch')
def loader_torch():
    torch = one_thread()
    dataset = torch.utils.data.TensorDataset(*map(torch.from_numpy, pixels()))
    return epoch(torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True), lambda t: t.numpy())

@loader.side('pytorch, batches indexed at once')
def loader_torch_batched():
    torch = one_thread()
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset
    dataset = TensorDataset(*map(torch.from_numpy, pixels()))
    sampler = BatchSampler(RandomSampler(dataset), batch_size=64, drop_last=False)
    return epoch(DataLoader(dataset, sampler=sampler, batch_size=None), lambda t: t.numpy())

# ---------------------------------------------------------------- shared nodes
def doublings(times):
    from tinytorch.core.tensor import Tensor
    import tinytorch.core.autograd
    leaf = Tensor(np.float32(1.), requires_grad=True)
    def run():
        leaf.grad = None
        for _ in range(20):
            out = leaf
            for _ in range(times): out = out*.5 + out*.5
            out.backward()
    return run, lambda: [leaf.grad]

shared = case('shared nodes', '2,000 results used twice each, against 1,000: linear is 2', half_as_many=(2.4, 2.1))
shared.side('ours')(lambda: doublings(2000))
shared.side('half as many')(lambda: doublings(1000))
