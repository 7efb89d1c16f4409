"A character model of names, without layers: an embedding, a hidden layer, scores; weights in a list"
import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.losses import cross_entropy
from tinytorch.core.tensor import randn

NAMES = 'ada grace emmy sofia alan kurt emil rosa hypatia noether euler gauss cantor turing lovelace hopper'.split()
LETTERS = '.' + ''.join(sorted(set(''.join(NAMES))))

def start(rng, block=3, width=6, hidden=24):
    code = LETTERS.index
    contexts, targets = [], []
    for name in NAMES:
        window = [0]*block
        for letter in name + '.':
            contexts.append(window)
            targets.append(code(letter))
            window = window[1:] + [code(letter)]
    n = len(LETTERS)
    C = randn(n, width, rng=rng)
    W1, b1 = randn(block*width, hidden, rng=rng)*.2, randn(hidden, rng=rng)*.01
    W2, b2 = randn(hidden, n, rng=rng)*.1, randn(n, rng=rng)*0
    parameters = [C, W1, b1, W2, b2]
    for p in parameters: p.requires_grad = True
    return parameters, (np.array(contexts), np.array(targets))

def train(parameters, data, epochs=60, lr=.5):
    C, W1, b1, W2, b2 = parameters
    contexts, targets = data
    losses = []
    for _ in range(epochs):
        embedded = C[contexts]
        hidden = (embedded.view(len(contexts), -1) @ W1 + b1).tanh()
        loss = cross_entropy(hidden @ W2 + b2, targets)
        for p in parameters: p.grad = None
        loss.backward()
        with no_grad():
            for p in parameters: p -= lr*p.grad
        losses.append(loss.item())
    return losses
