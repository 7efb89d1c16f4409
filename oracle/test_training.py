"Clipping, accuracy and a whole training against PyTorch"
import numpy as np
import pytest
import torch

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD, AdamW, OneCycleLR
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer, accuracy, clip_grad_norm
from tinytorch.datasets import load

@pytest.mark.parametrize('max_norm', [.01, 1., 3.9, 1e3])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_clip_grad_norm(dtype, max_norm):
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for shape in [(), (3,), (4, 5), (0,), (2, 3, 4)]:
        w, g = [np.asarray(rng.standard_normal(shape), dtype) for _ in range(2)]
        p, q = Tensor(w, requires_grad=True), torch.nn.Parameter(torch.from_numpy(w.copy()))
        p.grad, q.grad = g, torch.from_numpy(g.copy())
        ours.append(p); theirs.append(q)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm).item()
    tolerance = 1e-6 if dtype == np.float32 else 1e-13
    np.testing.assert_allclose(clip_grad_norm(ours, max_norm), expected, rtol=tolerance)
    for p, q in zip(ours, theirs): np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=tolerance)

def test_accuracy():
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((6, 7, 5)), rng.integers(0, 5, (6, 7))
    assert accuracy(scores, labels) == pytest.approx((torch.from_numpy(scores).argmax(-1) == torch.from_numpy(labels)).double().mean().item())

@pytest.mark.parametrize('kind', ['sgd', 'adamw'])
def test_a_training(kind):
    "Six epochs on the digits in float64, clipped, with one cycle: the same losses and the same weights"
    x, y = load('digits', flat=True).train
    x = x[:320].astype(np.float64)
    batches = [(x[i:i+64], y[i:i+64]) for i in range(0, 320, 64)]
    model = Sequential(Linear(64, 16, rng=np.random.default_rng(0)), ReLU(), Linear(16, 10, rng=np.random.default_rng(1)))
    for p in model.parameters(): p.data = p.data.astype(np.float64)
    peer = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10)).double()
    with torch.no_grad():
        for p, q in zip(model.parameters(), peer.parameters()): q.copy_(torch.from_numpy(p.data.T.copy()))
    ours, theirs = {'sgd': (SGD(model.parameters(), .1, momentum=.9), torch.optim.SGD(peer.parameters(), .1, momentum=.9)),
                    'adamw': (AdamW(model.parameters()), torch.optim.AdamW(peer.parameters()))}[kind]
    trainer = Trainer(model, ours, CrossEntropyLoss(label_smoothing=.1), OneCycleLR(ours, .05, 30), grad_clip_norm=.5)
    history, schedule = trainer.fit(batches, 6), torch.optim.lr_scheduler.OneCycleLR(theirs, .05, 30)
    loss_of, losses = torch.nn.CrossEntropyLoss(label_smoothing=.1), []
    for _ in range(6):
        epoch = []
        for a, b in batches:
            theirs.zero_grad()
            loss = loss_of(peer(torch.from_numpy(a)), torch.from_numpy(b))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(peer.parameters(), .5)
            theirs.step(); schedule.step()
            epoch.append(loss.item())
        losses.append(np.mean(epoch))
    np.testing.assert_allclose(history['train_loss'], losses, rtol=1e-9)
    for p, q in zip(model.parameters(), peer.parameters()): np.testing.assert_allclose(p.data, q.detach().numpy().T, rtol=1e-7, atol=1e-10)
