"Datasets against SciPy and PyTorch: the arrays go in as they are, and SciPy finds the same neighbors"
import warnings

import numpy as np
import torch
from scipy.spatial import KDTree

from tinytorch.datasets import load

def test_torch_takes_the_arrays_without_a_copy_or_a_warning():
    x, y = load('digits', flat=True).train
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    assert tx.data_ptr() == x.ctypes.data and tx.dtype == torch.float32
    loss = torch.nn.functional.cross_entropy(tx @ torch.zeros(64, 10), ty)  # wants int64 classes
    assert abs(loss.item() - np.log(10)) < 1e-6

def test_channels_for_a_convolution():
    x, _ = load('digits').test
    assert torch.nn.Conv2d(1, 4, 3)(torch.from_numpy(x[:,None])).shape == (359, 4, 6, 6)

def test_nearest_neighbor_reads_the_validation_part():
    data = load('digits', flat=True)
    (x, y), (x_validation, y_validation) = data.train, data.validation
    nearest = KDTree(x).query(x_validation)[1]
    assert (y[nearest] == y_validation).mean() > 0.96

def test_file_order_keeps_hands_together():
    "The reason for the shuffle: an image's nearest neighbor of its own class lies far nearer in the file than chance allows"
    data = load('digits')
    apart = []
    for c in range(10):
        rows = np.flatnonzero(data.labels == c)
        x = data.images[rows].reshape(len(rows), -1)
        nearest = KDTree(x).query(x, k=2)[1][:,1]
        apart.append(np.median(abs(rows - rows[nearest])))
    assert np.median(apart) < 150 < 1797/6

# Generated objects: what a network makes of them, and a reader who knows the rule

def train(net, x, y, epochs, rate):
    "Adam with one rise and fall of the rate, batches of 64, on one thread"
    steps = epochs*(len(x)//64)
    optimizer = torch.optim.Adam(net.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(x))[:len(x)//64*64].reshape(-1, 64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()

def share_of_ceiling(net, data, epochs, rate):
    (x, y), (x_test, y_test) = [(torch.from_numpy(x) - 0.5, torch.from_numpy(y)) for x, y in (data.train, data.test)]
    train(net, x, y, epochs, rate)
    with torch.no_grad(): return (net(x_test).argmax(1) == y_test).float().mean().item() / data.card['ceiling']

def cnn():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                               torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                               torch.nn.Flatten(), torch.nn.Linear(32*8*8, 10))

def mlp():
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3072, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128), torch.nn.ReLU(),
                               torch.nn.Linear(128, 10))

def test_a_small_cnn_comes_near_the_ceiling_and_a_larger_mlp_does_not():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        torch.manual_seed(0)
        data = load('generated-objects-32')
        assert share_of_ceiling(cnn(), data, epochs=6, rate=4e-3) >= 0.95
        assert share_of_ceiling(mlp(), data, epochs=12, rate=1e-3) <= 0.85
    finally: torch.set_num_threads(threads)
