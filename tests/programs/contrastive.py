"Two views of a digit find each other among those of a batch: normalized vectors, a temperature, cross-entropy over the pairs"
import numpy as np

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import cross_entropy
from tinytorch.core.optimizers import AdamW
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load

def start(rng):
    x, _ = load('digits', flat=True).train
    views = [x[:320] + .3*rng.standard_normal((320, 64)).astype(np.float32) for _ in range(2)]
    return Sequential(Linear(64, 32, rng=rng), ReLU(), Linear(32, 16, rng=rng)), views

def normalize(z): return z/z.square().sum(dim=-1, keepdim=True).sqrt()

def train(model, data, epochs=8, temperature=.2):
    optimizer, losses = AdamW(model.parameters(), lr=3e-3), []
    for i in range(epochs*5):
        a, b = (normalize(model(Tensor(view[i % 5*64:][:64]))) for view in data)
        logits = a @ b.T/temperature
        labels = np.arange(len(logits))
        loss = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels))/2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
