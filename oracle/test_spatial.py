"Convolution, pooling and batch normalization against PyTorch: values, gradients, first weights, states exchanged"
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.activations import ReLU
from tinytorch.core.spatial import (AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN, adaptive_avg_pool2d,
    avg_pool2d, conv2d, max_pool2d)
from tinytorch.core.tensor import Tensor

def agree(ours, theirs, *arrays, rtol=1e-10):
    "Value and every gradient of two functions, from a random gradient of the result"
    mine, his = [Tensor(a.copy(), requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out, expected = ours(*mine), theirs(*his)
    assert out.shape == tuple(expected.shape)
    g = np.random.default_rng(7).standard_normal(out.shape).astype(out.dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=rtol, atol=rtol)
    for m, h in zip(mine, his): np.testing.assert_allclose(m.grad, h.grad.numpy(), rtol=rtol, atol=rtol)

def random_convolution(seed):
    "Arrays and settings that fit together: sizes 1 to 9, windows, strides, margins, gaps and groups of all kinds"
    rng = np.random.default_rng(seed)
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    N, share, out = rng.integers(1, 5), rng.integers(1, 4), groups*rng.integers(1, 4)
    kernel, stride, padding, dilation = rng.integers(1, 5, 2), rng.integers(1, 4, 2), rng.integers(0, 5, 2), rng.integers(1, 4, 2)
    least = np.maximum(1, dilation*(kernel - 1) + 1 - 2*padding)
    size = least + rng.integers(0, 7, 2)
    arrays = rng.standard_normal((N, groups*share, *size)), rng.standard_normal((out, share, *kernel)), rng.standard_normal(out)
    return arrays, [tuple(map(int, s)) for s in (stride, padding, dilation)] + [groups]

@pytest.mark.parametrize('seed', range(200))
def test_conv2d(seed):
    arrays, settings = random_convolution(seed)
    if seed % 4 == 0: arrays = arrays[:2]
    with_bias = lambda f: lambda x, w, b=None: f(x, w, b, *settings)
    agree(with_bias(conv2d), with_bias(F.conv2d), *arrays)

@pytest.mark.parametrize('shape, weight, settings', [((150, 3, 9, 8), (4, 3, 3, 3), (1, 1, 1, 1)), ((70, 4, 12, 12), (6, 2, 5, 5), (1, 0, 1, 2)), ((40, 8, 20, 20), (8, 1, 3, 3), (2, 1, 1, 8))])
def test_conv2d_over_many_parts(shape, weight, settings):
    rng = np.random.default_rng(0)
    arrays = rng.standard_normal(shape), rng.standard_normal(weight), rng.standard_normal(weight[0])
    agree(lambda x, w, b: conv2d(x, w, b, *settings), lambda x, w, b: F.conv2d(x, w, b, *settings), *arrays, rtol=1e-9)

def test_conv2d_in_float32():
    rng = np.random.default_rng(0)
    arrays = [a.astype(np.float32) for a in (rng.standard_normal((8, 16, 14, 14)), rng.standard_normal((32, 16, 3, 3))/12, rng.standard_normal(32))]
    agree(lambda x, w, b: conv2d(x, w, b, padding=1), lambda x, w, b: F.conv2d(x, w, b, padding=1), *arrays, rtol=2e-4)

@pytest.mark.parametrize('seed', range(100))
@pytest.mark.parametrize('kind', ['random', 'ties'])
def test_max_pool2d(seed, kind):
    rng = np.random.default_rng(seed)
    kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 3, 2)
    span = dilation*(kernel - 1) + 1
    padding = rng.integers(0, np.minimum(span//2, kernel//2) + 1)
    least = np.maximum(dilation, span - 2*padding)  # in smaller pictures a dilated window may see no pixel, and PyTorch writes outside its memory
    stride, size = rng.integers(1, 5, 2), least + rng.integers(0, 7, 2)
    settings = [tuple(map(int, s)) for s in (kernel, stride, padding, dilation)]
    shape = rng.integers(1, 4), rng.integers(1, 4), *size
    x = rng.standard_normal(shape) if kind == 'random' else rng.integers(0, 3, shape).astype(float)
    agree(lambda x: max_pool2d(x, *settings), lambda x: F.max_pool2d(x, *settings), x)

@pytest.mark.parametrize('seed', range(100))
def test_avg_pool2d(seed):
    rng = np.random.default_rng(seed)
    kernel, stride = rng.integers(1, 6, 2), rng.integers(1, 5, 2)
    padding = rng.integers(0, kernel//2 + 1)
    size = np.maximum(1, kernel - 2*padding) + rng.integers(0, 7, 2)
    settings = [tuple(map(int, s)) for s in (kernel, stride, padding)]
    agree(lambda x: avg_pool2d(x, *settings), lambda x: F.avg_pool2d(x, *settings), rng.standard_normal((2, 3, *size)))

@pytest.mark.parametrize('seed', range(60))
def test_adaptive_avg_pool2d(seed):
    rng = np.random.default_rng(seed)
    size, fields = rng.integers(1, 12, 2), tuple(map(int, rng.integers(1, 12, 2)))
    if seed % 5 == 0: fields = (None, fields[1])
    agree(lambda x: adaptive_avg_pool2d(x, fields), lambda x: F.adaptive_avg_pool2d(x, fields), rng.standard_normal((2, 3, *size)))

def test_one_number_for_both_axes():
    x, w = np.random.default_rng(0).standard_normal((2, 3, 11, 12)), np.random.default_rng(1).standard_normal((4, 3, 3, 3))
    agree(lambda x, w: conv2d(x, w, None, 2, 1, 2), lambda x, w: F.conv2d(x, w, None, 2, 1, 2), x, w)
    for ours, theirs in ((max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)): agree(lambda x: ours(x, 3, 2, 1), lambda x: theirs(x, 3, 2, 1), x)
    agree(lambda x: adaptive_avg_pool2d(x, 5), lambda x: F.adaptive_avg_pool2d(x, 5), x)

@pytest.mark.parametrize('momentum', [.1, .3, None])
@pytest.mark.parametrize('shape', [(8, 3, 4, 5), (2, 3, 1, 1), (1, 3, 2, 2), (64, 3, 7, 7)])
def test_batch_norm_trains_as_pytorchs(shape, momentum):
    rng = np.random.default_rng(0)
    mine, his = BatchNorm2d(3, eps=1e-4, momentum=momentum), torch.nn.BatchNorm2d(3, eps=1e-4, momentum=momentum).double()
    assert list(mine.state_dict()) == list(his.state_dict())
    for t in (mine.weight, mine.bias, mine.running_mean, mine.running_var): t.data = t.data.astype(np.float64)
    mine.weight.data[:], mine.bias.data[:] = [.5, 2, -1], [3, 0, -1]
    his.load_state_dict({n: torch.tensor(a) for n, a in mine.state_dict().items()})
    for step in range(4):
        x, g = rng.normal(3, 2, shape), rng.standard_normal(shape)
        a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        if step == 3: mine.eval(), his.eval()
        mine.zero_grad(), his.zero_grad()
        out, expected = mine(a), his(b)
        out.backward(g), expected.backward(torch.tensor(g))
        np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
        for m, h in ((a, b), (mine.weight, his.weight), (mine.bias, his.bias)): np.testing.assert_allclose(m.grad, h.grad.numpy(), rtol=1e-8, atol=1e-8)
        for name, array in mine.state_dict().items(): np.testing.assert_allclose(array, his.state_dict()[name].numpy(), rtol=1e-9, err_msg=name)

def test_batch_norm_refuses_what_pytorch_refuses():
    for norm, x in ((BatchNorm2d(3), np.ones((1, 3, 1, 1))), (torch.nn.BatchNorm2d(3), torch.ones(1, 3, 1, 1))):
        with pytest.raises(ValueError): norm(x)

def test_first_weights_have_pytorchs_distribution():
    torch.manual_seed(0)
    ours, theirs = Conv2d(30, 60, (3, 5), groups=2, rng=np.random.default_rng(0)), torch.nn.Conv2d(30, 60, (3, 5), groups=2)
    assert ours.weight.shape == tuple(theirs.weight.shape)
    bound = 1/np.sqrt(15*15)
    mine, his = ours.weight.data, theirs.weight.detach().numpy()
    assert np.abs(mine).max() <= np.float32(bound) and np.abs(ours.bias.data).max() <= np.float32(bound)
    np.testing.assert_allclose(np.quantile(mine, np.linspace(.1, .9, 9)), np.quantile(his, np.linspace(.1, .9, 9)), atol=.05*bound)

def pair_of_networks():
    ours = Sequential(Conv2d(2, 6, 3, padding=1), BatchNorm2d(6), ReLU(), MaxPool2d(2), Conv2d(6, 8, (3, 1), stride=2, groups=2, bias=False), AvgPool2d(2, 1), AdaptiveAvgPool2d((1, 2)), Flatten(), Linear(16, 5))
    nn = torch.nn
    theirs = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, (3, 1), stride=2, groups=2, bias=False), nn.AvgPool2d(2, 1), nn.AdaptiveAvgPool2d((1, 2)), nn.Flatten(), nn.Linear(16, 5))
    return ours, theirs

def test_states_are_exchanged_in_both_directions():
    ours, theirs = pair_of_networks()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({n: t.numpy() for n, t in theirs.state_dict().items()}, transpose=True)
    x = np.random.default_rng(0).standard_normal((4, 2, 13, 14)).astype(np.float32)
    for _ in range(2): np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-5)
    back = {n: torch.tensor(a.T.copy() if a.ndim == 2 else a) for n, a in ours.state_dict().items()}
    fresh = pair_of_networks()[1]
    fresh.load_state_dict(back)
    np.testing.assert_allclose(ours.eval()(Tensor(x)).data, fresh.eval()(torch.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-5)

def test_simple_cnn_learns_step_for_step_as_pytorchs():
    nn = torch.nn
    ours = SimpleCNN(rng=np.random.default_rng(0))
    class Theirs(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.norm1, self.conv2, self.norm2 = nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32)
            self.fc = nn.Linear(128, 10)
        def forward(self, x):
            for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2)): x = F.max_pool2d(F.relu(norm(conv(x))), 2)
            return self.fc(x.flatten(1))
    theirs = Theirs()
    theirs.load_state_dict({n: torch.tensor(a.T.copy() if a.ndim == 2 else a) for n, a in ours.state_dict().items()})
    x, y = np.random.default_rng(1).random((16, 1, 8, 8)).astype(np.float32), np.arange(16) % 10
    from tinytorch.core.losses import cross_entropy
    from tinytorch.core.optimizers import SGD
    mine, his, losses = SGD(ours.parameters(), lr=.1), torch.optim.SGD(theirs.parameters(), lr=.1), []
    for _ in range(5):
        a, b = cross_entropy(ours(Tensor(x)), y), F.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))
        for optimizer, loss in ((mine, a), (his, b)): optimizer.zero_grad(), loss.backward(), optimizer.step()
        losses.append((a.item(), b.item()))
    np.testing.assert_allclose(*np.array(losses).T, rtol=1e-3)
    assert losses[-1][0] < .8*losses[0][0]
