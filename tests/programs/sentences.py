"Sentences of different lengths, padded, sorted into good and bad: an embedding with `padding_idx`, a recurrent pass each way, a mean over what is there"
import numpy as np

from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Linear, Module
from tinytorch.core.losses import BCEWithLogitsLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor, cat, stack, zeros

WORDS = '<pad> the film was good bad not very dull fine a song and i found it'.split()
GOOD = ['the film was good', 'a very good song', 'it was not bad', 'i found it fine', 'a fine film and a good song', 'not dull', 'very fine', 'the song was not bad and the film was fine']
BAD = ['the film was bad', 'a very dull song', 'it was not good', 'i found it dull', 'a bad film and a dull song', 'not fine', 'very dull', 'the song was not good and the film was dull']

class Tagger(Module):
    def __init__(self, rng, width=8, hidden=12):
        self.embed = Embedding(len(WORDS), width, padding_idx=0, rng=rng)
        self.forth, self.back = Linear(width + hidden, hidden, rng=rng), Linear(width + hidden, hidden, rng=rng)
        self.head = Linear(2*hidden, 1, rng=rng)
        self.hidden = hidden

    def run(self, cell, x, steps):
        h, outputs = zeros(len(x), self.hidden), {}
        for t in steps: outputs[t] = h = cell(cat([x[:, t], h], dim=1)).tanh()
        return stack([outputs[t] for t in sorted(outputs)], dim=1)

    def forward(self, ids):
        x, T = self.embed(ids), ids.shape[1]
        both = cat([self.run(self.forth, x, range(T)), self.run(self.back, x, reversed(range(T)))], dim=-1)
        there = Tensor((ids != 0).astype(np.float32)).unsqueeze(-1)
        return self.head((both*there).sum(dim=1)/there.sum(dim=1)).squeeze(-1)

def start(rng):
    rows = [[WORDS.index(w) for w in text.split()] for text in GOOD + BAD]
    ids = np.array([row + [0]*(max(map(len, rows)) - len(row)) for row in rows])
    return Tagger(rng), (ids, np.repeat([1, 0], [len(GOOD), len(BAD)]).astype(np.float32))

def train(model, data, steps=40):
    ids, y = data
    criterion, optimizer, losses = BCEWithLogitsLoss(), Adam(model.parameters(), lr=.01), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(ids), Tensor(y))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
