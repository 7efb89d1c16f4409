"""Cases of the capstone: what the search keeps (96 neurons, int8 decoded at load, a plan) against the baseline

The weights are not trained: what a call takes does not depend on them. A small model cannot return the numbers of
a large one, so each side shows instead that it returns those of its own weights, worked out in plain NumPy.
"""
import numpy as np

from harness import case, normal, one_thread

CALLS = 50  # in one run

def baseline():
    from tinytorch.capstone import SimpleMLP
    return SimpleMLP(64, 256, 10, rng=0).eval()

def optimized(backend):
    from tinytorch.perf.acceleration import accelerate
    from tinytorch.perf.compression import structured_prune
    from tinytorch.perf.quantization import quantize_model
    return accelerate(quantize_model(structured_prune(baseline(), 1 - 96/256), backend='float'), backend)

def weights_of(model):
    "The float32 weights and biases of both layers, decoded if they are codes"
    layers = [getattr(model, 'model', model).fc1, getattr(model, 'model', model).fc2]
    return [(layer.decoded() if hasattr(layer, 'decoded') else layer.weight.data, layer.bias.data) for layer in layers]

def right(found, weights, x):
    "Are these the scores that the weights give?"
    (w1, b1), (w2, b2) = weights
    return [np.array(np.allclose(found, np.maximum(x @ w1 + b1, 0) @ w2 + b2, rtol=1e-4, atol=1e-5))]

def one_of_ours(model, n):
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.tensor import Tensor
    x = Tensor(normal(n, 64))
    def run():
        with no_grad():
            for _ in range(CALLS): run.out = model(x)
    return run, lambda: right(run.out.data, weights_of(model), x.data)

def torch_side(n):
    torch = one_thread()
    weights = weights_of(baseline())
    model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10)).eval()
    for layer, (weight, bias) in zip((model[0], model[2]), weights):
        layer.weight.data, layer.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias)
    x = torch.tensor(normal(n, 64))
    def run():
        with torch.inference_mode():
            for _ in range(CALLS): run.out = model(x)
    return run, lambda: right(run.out.numpy(), weights, normal(n, 64))

def capstone_case(n, backend, own, torch=None):
    bars = {'own_baseline': tuple(1/times for times in own)} if own else {}
    if torch: bars['pytorch_inference_mode'] = torch
    name = f'capstone {n}' + (' accel' if backend == 'numba' else '')
    made = case(name, f'MLP 64-256-10, {n} images: 96 neurons, int8 file, {backend} plan, against the baseline', **bars)
    made.side('ours')(lambda: one_of_ours(optimized(backend), n))
    made.side('own baseline')(lambda: one_of_ours(baseline(), n))
    made.side('pytorch inference mode')(lambda: torch_side(n))

capstone_case(1, 'numpy', (1.9, 2.2), (.22, .19))
capstone_case(32, 'numpy', (1.9, 2.2))
capstone_case(359, 'numpy', (2.2, 2.5))
capstone_case(1, 'numba', (3.5, 4.1), (.13, .105))

# how much of it is the plan: the baseline, unchanged, with one
for backend, bars in ('numpy', {'own_baseline': (1/1.7, 1/1.77)}), ('numba', {}):
    alone = case(f'plan alone 1 {backend}', f'MLP 64-256-10, 1 image: the baseline with a {backend} plan, against itself without', **bars)
    def planned(backend=backend):
        from tinytorch.perf.acceleration import accelerate
        return one_of_ours(accelerate(baseline(), backend), 1)
    alone.side('ours')(planned)
    alone.side('own baseline')(lambda: one_of_ours(baseline(), 1))
