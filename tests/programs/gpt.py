"A GPT of two blocks on a sentence, trained with AdamW and warm-up, then asked to go on"
import numpy as np

from tinytorch.core.losses import cross_entropy
from tinytorch.core.optimizers import AdamW, LinearWarmup
from tinytorch.core.tokenization import CharTokenizer
from tinytorch.core.transformers import GPT

TEXT = 'to be or not to be, that is the question. '*4

def start(rng):
    tokenizer = CharTokenizer(sorted(set(TEXT)))
    ids = np.array(tokenizer.encode(TEXT))
    rows = np.stack([ids[i:i+17] for i in range(0, 96, 6)])
    return GPT(len(set(TEXT)), 24, 2, 2, 32, rng=rng), (rows[:, :-1], rows[:, 1:])

def train(model, data, steps=40):
    x, y = data
    optimizer = AdamW(model.parameters(), lr=1e-2, betas=(.9, .95), weight_decay=.1)
    scheduler, losses = LinearWarmup(optimizer, 5, start_factor=.2), []
    for _ in range(steps):
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses
