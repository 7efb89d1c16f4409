"An LSTM by hand, one Linear for its four gates, that learns to repeat a sentence letter by letter"
import numpy as np

from tinytorch.core.activations import sigmoid, tanh
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Linear, Module
from tinytorch.core.losses import cross_entropy
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import cat, stack, zeros
from tinytorch.core.training import clip_grad_norm

TEXT = 'the cat sat on the mat and the rat sat on the cat. '

class LSTM(Module):
    def __init__(self, letters, width, hidden, rng):
        self.hidden = hidden
        self.embed = Embedding(letters, width, rng=rng)
        self.gates = Linear(width + hidden, 4*hidden, rng=rng)
        self.head = Linear(hidden, letters, rng=rng)

    def forward(self, ids):
        B, T = ids.shape
        h = c = zeros(B, self.hidden)
        x, outputs = self.embed(ids), []
        for t in range(T):
            i, f, g, o = self.gates(cat([x[:, t], h], dim=1)).chunk(4, dim=1)
            c = sigmoid(f)*c + sigmoid(i)*tanh(g)
            h = sigmoid(o)*tanh(c)
            outputs.append(h)
        return self.head(stack(outputs, dim=1))

def start(rng):
    letters = sorted(set(TEXT))
    ids = np.array([letters.index(c) for c in TEXT*4])
    rows = np.stack([ids[i:i+17] for i in range(0, 64, 4)])
    return LSTM(len(letters), 8, 24, rng), (rows[:, :-1], rows[:, 1:])

def train(model, data, steps=40):
    x, y = data
    optimizer = Adam(model.parameters(), lr=.02)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(x)
        loss = cross_entropy(logits.view(-1, logits.shape[-1]), y.reshape(-1))
        loss.backward()
        clip_grad_norm(model.parameters(), 1.)
        optimizer.step()
        losses.append(loss.item())
    return losses
