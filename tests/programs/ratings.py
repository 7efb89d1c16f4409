"Ratings factored into people and films: embeddings of size D and of size 1, squared error, sigmoid scaled to 1–5"
import numpy as np

from tinytorch.core.activations import sigmoid
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Module
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD

class Factors(Module):
    def __init__(self, people, films, rng, width=5):
        self.people, self.films = Embedding(people, width, rng=rng), Embedding(films, width, rng=rng)
        self.bias_p, self.bias_f = Embedding(people, 1, rng=rng), Embedding(films, 1, rng=rng)

    def forward(self, p, f):
        dot = (self.people(p)*self.films(f)).sum(dim=1, keepdim=True)
        return sigmoid(dot + self.bias_p(p) + self.bias_f(f)).squeeze(1)*4 + 1

def start(rng):
    p, f = rng.integers(0, 30, 400), rng.integers(0, 20, 400)
    taste, kind = rng.standard_normal((30, 2)), rng.standard_normal((20, 2))
    stars = np.clip(np.round(3 + (taste[p]*kind[f]).sum(1)), 1, 5).astype(np.float32)
    return Factors(30, 20, rng), (p, f, stars)

def train(model, data, steps=120):
    p, f, stars = data
    criterion, optimizer, losses = MSELoss(), SGD(model.parameters(), lr=1., momentum=.9), []
    for _ in range(steps):
        loss = criterion(model(p, f), stars)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
