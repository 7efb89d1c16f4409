"Counts of page 14 against PyTorch's flop counter, which counts products only, and its parameters"
import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.perf.profiling import Profiler, count_ops

def theirs(f, *inputs):
    with FlopCounterMode(display=False) as counter: f(*inputs)
    return counter.get_total_flops()

@pytest.mark.parametrize('shape', [(1, 64), (64, 64), (2, 5, 64)])
@pytest.mark.parametrize('bias', [True, False])
def test_a_network(shape, bias):
    sizes = [(64, 32), (32, 16), (16, 10)]
    ours = Sequential(*[layer for size in sizes for layer in (Linear(*size, bias=bias), ReLU())])
    model = torch.nn.Sequential(*[layer for size in sizes for layer in (torch.nn.Linear(*size, bias=bias), torch.nn.ReLU())])
    rows, outputs = int(np.prod(shape[:-1])), 32 + 16 + 10
    beside = rows*outputs*(1 + bias)  # ReLU, and the bias
    assert Profiler().count_flops(ours, np.ones(shape, np.float32)) == theirs(model, torch.ones(shape)) + beside
    assert Profiler().count_parameters(ours) == sum(p.numel() for p in model.parameters())

@pytest.mark.parametrize('left, right', [((2, 3), (3, 4)), ((7, 2, 3), (7, 3, 4)), ((5, 7, 2, 3), (5, 7, 3, 4))])
def test_products(left, right):
    row, = count_ops(lambda x, y: x @ y, (np.ones(left), np.ones(right)))
    assert row.flops == theirs(torch.matmul, torch.ones(left), torch.ones(right))
