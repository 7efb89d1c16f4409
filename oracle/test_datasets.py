"Data sets against SciPy and PyTorch: the arrays go in as they are, and SciPy finds the same neighbours"
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

def test_nearest_neighbour_reads_the_validation_part():
    data = load('digits', flat=True)
    (x, y), (x_validation, y_validation) = data.train, data.validation
    nearest = KDTree(x).query(x_validation)[1]
    assert (y[nearest] == y_validation).mean() > 0.96

def test_file_order_keeps_hands_together():
    "The reason for the shuffle: an image's nearest neighbour of its own class lies far nearer in the file than chance allows"
    data = load('digits')
    apart = []
    for c in range(10):
        rows = np.flatnonzero(data.labels == c)
        x = data.images[rows].reshape(len(rows), -1)
        nearest = KDTree(x).query(x, k=2)[1][:,1]
        apart.append(np.median(abs(rows - rows[nearest])))
    assert np.median(apart) < 150 < 1797/6
