"Counts of page 14 against PyTorch's flop counter, which counts products only, and its parameters"
import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tinytorch.core.activations import ReLU
from tinytorch.core.attention import scaled_dot_product_attention
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.spatial import Conv2d
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

@pytest.mark.parametrize('settings', [dict(), dict(padding=1, stride=2), dict(groups=2), dict(dilation=2, bias=False)], ids=str)
def test_convolution(settings):
    ours, model = Conv2d(4, 6, 3, **settings), torch.nn.Conv2d(4, 6, 3, **settings)
    expected = theirs(model, torch.ones(5, 4, 9, 8)) + model(torch.ones(5, 4, 9, 8)).numel()  # the bias, zeros where there is none
    assert Profiler().count_flops(ours, np.ones((5, 4, 9, 8), np.float32)) == expected

def test_attention():
    q, k, v = np.ones((2, 3, 5, 8)), np.ones((2, 3, 7, 8)), np.ones((2, 3, 7, 4))
    products = theirs(torch.nn.functional.scaled_dot_product_attention, *map(torch.tensor, (q, k, v)))
    rows, pairs = 2*3*5, 2*3*5*7
    row, = count_ops(scaled_dot_product_attention, (q, k, v))
    assert row.flops == products + rows*8 + (5*pairs - 2*rows)
