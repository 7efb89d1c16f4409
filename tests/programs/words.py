"Word vectors: skip-gram with negative samples, two embeddings and a dot product"
import numpy as np

from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Module
from tinytorch.core.losses import binary_cross_entropy_with_logits
from tinytorch.core.optimizers import Adam

TEXT = '''the king rules the land and the queen rules the land the man works the field and the woman works the field
the king is a man and the queen is a woman the prince is a boy and the princess is a girl'''.split()

class SkipGram(Module):
    def __init__(self, words, width, rng):
        self.center = Embedding(words, width, rng=rng)
        self.context = Embedding(words, width, rng=rng)

    def forward(self, centers, contexts): return (self.center(centers)*self.context(contexts)).sum(-1)

def start(rng):
    words = sorted(set(TEXT))
    ids = [words.index(w) for w in TEXT]
    pairs = [(ids[i], ids[j]) for i in range(len(ids)) for j in range(max(0, i-2), min(len(ids), i+3)) if i != j]
    centers, contexts = np.array(pairs).T
    negatives = rng.integers(0, len(words), len(pairs)*3)
    labels = np.concatenate([np.ones(len(pairs)), np.zeros(len(negatives))]).astype(np.float32)
    return SkipGram(len(words), 12, rng), (np.concatenate([centers, np.tile(centers, 3)]), np.concatenate([contexts, negatives]), labels)

def train(model, data, steps=60):
    centers, contexts, labels = data
    optimizer, losses = Adam(model.parameters(), lr=.03), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = binary_cross_entropy_with_logits(model(centers, contexts), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
