"A GAN that learns a ring of points: two networks, two optimizers, `detach`"
import numpy as np

from tinytorch.core.activations import LeakyReLU, ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import BCEWithLogitsLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor, ones, zeros

def start(rng):
    generator = Sequential(Linear(2, 32, rng=rng), ReLU(), Linear(32, 2, rng=rng))
    discriminator = Sequential(Linear(2, 32, rng=rng), LeakyReLU(.2), Linear(32, 1, rng=rng))
    angles = rng.uniform(0, 2*np.pi, (50, 64))
    real = np.stack([np.cos(angles), np.sin(angles)], -1).astype(np.float32)
    return [generator, discriminator], (real, rng.standard_normal((50, 64, 2)).astype(np.float32))

def train(model, data):
    generator, discriminator = model
    criterion = BCEWithLogitsLoss()
    opt_g, opt_d = (Adam(m.parameters(), lr=2e-3, betas=(.5, .999)) for m in model)
    losses = []
    for real, noise in zip(*data):
        real, fake = Tensor(real), generator(Tensor(noise))
        opt_d.zero_grad()
        loss_d = criterion(discriminator(real), ones(64, 1)) + criterion(discriminator(fake.detach()), zeros(64, 1))
        loss_d.backward()
        opt_d.step()
        opt_g.zero_grad()
        criterion(discriminator(fake), ones(64, 1)).backward()
        opt_g.step()
        losses.append(loss_d.item())
    return losses
