"A polynomial fitted to a sine by hand: tensors, `backward`, and a step under `no_grad`"
import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, randn, stack

def start(rng):
    x = np.linspace(-np.pi, np.pi, 200, dtype=np.float32)
    return [randn(4, rng=rng, requires_grad=True)], (x, np.sin(x))

def train(model, data, steps=150, lr=1e-3):
    [weights], (x, y) = model, map(Tensor, data)
    powers = stack([x**0, x, x**2/3, x**3/9], dim=1)
    losses = []
    for _ in range(steps):
        loss = (powers @ weights - y).square().mean()
        loss.backward()
        with no_grad():
            weights -= weights.grad*lr*10
            weights.grad = None
        losses.append(loss.item())
    return losses
