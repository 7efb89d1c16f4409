"A variational autoencoder of digits: two heads, the reparametrization trick, a loss of two terms"
import numpy as np

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.losses import binary_cross_entropy_with_logits
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load

class VAE(Module):
    def __init__(self, rng, latent=4):
        self.encoder = Sequential(Linear(64, 32, rng=rng), ReLU())
        self.mu, self.logvar = Linear(32, latent, rng=rng), Linear(32, latent, rng=rng)
        self.decoder = Sequential(Linear(latent, 32, rng=rng), ReLU(), Linear(32, 64, rng=rng))

    def forward(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + (logvar*.5).exp()*noise
        return self.decoder(z), mu, logvar

def start(rng):
    x, _ = load('digits', flat=True).train
    return VAE(rng), (x[:320], rng.standard_normal((60, 64, 4)).astype(np.float32))

def train(model, data, epochs=12):
    x, noises = data
    optimizer, losses = Adam(model.parameters(), lr=3e-3), []
    for step in range(epochs*5):
        batch = Tensor(x[step % 5*64:][:64])
        logits, mu, logvar = model(batch, Tensor(noises[step]))
        reconstruction = binary_cross_entropy_with_logits(logits, batch, reduction='sum')
        divergence = -.5*(1 + logvar - mu**2 - logvar.exp()).sum()
        loss = (reconstruction + divergence)/len(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
