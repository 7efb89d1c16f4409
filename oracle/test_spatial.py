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
    N, each, out = rng.integers(1, 5), rng.integers(1, 4), groups*rng.integers(1, 4)
    kernel, stride, padding, dilation = rng.integers(1, 5, 2), rng.integers(1, 4, 2), rng.integers(0, 5, 2), rng.integers(1, 4, 2)
    least = np.maximum(1, dilation*(kernel - 1) + 1 - 2*padding)
    size = least + rng.integers(0, 7, 2)
    arrays = rng.standard_normal((N, groups*each, *size)), rng.standard_normal((out, each, *kernel)), rng.standard_normal(out)
    return arrays, [tuple(map(int, s)) for s in (stride, padding, dilation)] + [groups]

@pytest.mark.parametrize('seed', range(200))
def test_conv2d(seed):
    arrays, settings = random_convolution(seed)
    if seed % 4 == 0: arrays = arrays[:2]
    with_bias = lambda f: lambda x, w, b=None: f(x, w, b, *settings)
    agree(with_bias(conv2d), with_bias(F.conv2d), *arrays)

@pytest.mark.parametrize('seed', range(60))
def test_conv2d_same(seed):
    rng = np.random.default_rng(seed)
    kernel, dilation, size = rng.integers(1, 6, 2), tuple(map(int, rng.integers(1, 4, 2))), rng.integers(1, 9, 2)
    arrays = rng.standard_normal((2, 3, *size)), rng.standard_normal((4, 3, *kernel)), rng.standard_normal(4)
    for padding in ('same', 'valid'):
        if padding == 'valid' and any(n <= d*(k - 1) for n, k, d in zip(size, kernel, dilation)): continue
        agree(lambda x, w, b: conv2d(x, w, b, padding=padding, dilation=dilation), lambda x, w, b: F.conv2d(x, w, b, padding=padding, dilation=dilation), *arrays)

def test_one_sample():
    x, w = np.random.default_rng(0).standard_normal((3, 8, 9)), np.random.default_rng(1).standard_normal((4, 3, 2, 3))
    agree(lambda x, w: conv2d(x, w, padding='same'), lambda x, w: F.conv2d(x, w, padding='same'), x, w)
    for ours, theirs in ((max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)): agree(lambda x: ours(x, 3, 2, 1), lambda x: theirs(x, 3, 2, 1), x)
    agree(lambda x: adaptive_avg_pool2d(x, (2, None)), lambda x: F.adaptive_avg_pool2d(x, (2, None)), x)

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

@pytest.mark.parametrize('seed', range(100))
def test_pools_in_ceil_mode(seed):
    rng = np.random.default_rng(seed)
    kernel, stride = rng.integers(1, 6, 2), rng.integers(1, 5, 2)
    padding = rng.integers(0, kernel//2 + 1)
    size = np.maximum(1, kernel - 2*padding - stride + 1) + rng.integers(0, 7, 2)  # in ceil mode a window may be larger than the picture
    settings, x = [tuple(map(int, s)) for s in (kernel, stride, padding)], rng.standard_normal((2, 3, *size))
    agree(lambda x: max_pool2d(x, *settings, ceil_mode=True), lambda x: F.max_pool2d(x, *settings, ceil_mode=True), x)
    _, mine = max_pool2d(x, *settings, ceil_mode=True, return_indices=True)
    assert (mine.data == F.max_pool2d(torch.tensor(x), *settings, ceil_mode=True, return_indices=True)[1].numpy()).all()
    for margin, divisor in ((True, None), (False, None), (True, 3), (False, 7)):
        options = dict(ceil_mode=bool(seed % 2), count_include_pad=margin, divisor_override=divisor)
        if not seed % 2 and any(n + 2*p < k for n, p, k in zip(size, padding, kernel)): continue
        agree(lambda x: avg_pool2d(x, *settings, **options), lambda x: F.avg_pool2d(x, *settings, **options), x)

@pytest.mark.parametrize('seed', range(60))
@pytest.mark.parametrize('what', ['pictures', 'gradients'])
def test_pools_of_what_is_not_finite(what, seed):
    "Where infinities and NaN stand, in pictures or in gradients from above, is where PyTorch has them; a sum of both infinities is NaN"
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (2, 3, 7, 8)).astype(float)
    if seed % 2: x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    strange = lambda shape: rng.choice([0, np.inf, -np.inf, np.nan], shape, p=[.85, .05, .05, .05])
    if what == 'pictures': x = x + strange(x.shape)
    kernel, stride = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    padding = int(rng.integers(0, kernel//2 + 1))
    for ours, theirs in ((lambda x: max_pool2d(x, kernel, stride, padding), lambda x: F.max_pool2d(x, kernel, stride, padding)),
                         (lambda x: avg_pool2d(x, kernel, stride, padding), lambda x: F.avg_pool2d(x, kernel, stride, padding)),
                         (lambda x: adaptive_avg_pool2d(x, (3, 4)), lambda x: F.adaptive_avg_pool2d(x, (3, 4)))):
        a, b = Tensor(x, requires_grad=True), torch.tensor(x.copy(), requires_grad=True)
        out, expected = ours(a), theirs(b)
        g = rng.standard_normal(out.shape)
        if what == 'gradients': g = g + strange(g.shape)
        out.backward(g), expected.backward(torch.tensor(g))
        np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-12, atol=1e-12)

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

@pytest.mark.parametrize('affine', [True, False])
@pytest.mark.parametrize('tracked', [True, False])
def test_batch_norm_without_one_half(affine, tracked):
    mine = BatchNorm2d(3, affine=affine, track_running_stats=tracked)
    his = torch.nn.BatchNorm2d(3, affine=affine, track_running_stats=tracked)
    assert list(mine.state_dict()) == list(his.state_dict())
    for step in range(3):
        if step == 2: mine.eval(), his.eval()
        x = np.random.default_rng(step).normal(2, 3, (4, 3, 5, 6)).astype(np.float32)
        np.testing.assert_allclose(mine(Tensor(x)).data, his(torch.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-5)

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

# ---------------------------------------------------------------- how exact float32 is

class TheirCNN(torch.nn.Module):
    "SimpleCNN with biases in its convolutions, in PyTorch"
    def __init__(self, channels=16, size=32):
        super().__init__()
        nn = torch.nn
        self.conv1, self.norm1 = nn.Conv2d(3, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, 2*channels, 3, padding=1), nn.BatchNorm2d(2*channels)
        self.fc = nn.Linear(2*channels*(size//4)**2, 10)
    def forward(self, x):
        for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2)): x = F.max_pool2d(F.relu(norm(conv(x))), 2)
        return self.fc(x.flatten(1))

def our_cnn(state, channels=16, size=32):
    model = SimpleCNN(in_channels=3, image_size=size, channels=(channels, 2*channels))
    model.conv1, model.conv2 = Conv2d(3, channels, 3, padding=1), Conv2d(channels, 2*channels, 3, padding=1)
    model.load_state_dict({n: t.numpy() for n, t in state.items()}, transpose=True)
    return model

def trained(model, optimizer, loss, steps, batches):
    for step in range(steps):
        x, y = batches[step % len(batches)]
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

def test_a_training_with_batch_norm_stays_as_close_to_the_truth_as_pytorchs():
    """The truth is PyTorch's run in float64. Single runs jump where rounding decides which of two numbers is the largest, there and
    here; the median over seeds does not. Channel sums taken one by one go five times as far, and farther than PyTorch"""
    from tinytorch.core.losses import cross_entropy
    from tinytorch.core.optimizers import SGD
    distances = []
    for seed in range(5):
        torch.manual_seed(seed)
        state = {n: t.clone() for n, t in TheirCNN().state_dict().items()}
        rng = np.random.default_rng(seed)
        batches = [(rng.random((32, 3, 32, 32)).astype(np.float32), rng.integers(0, 10, 32)) for _ in range(3)]
        found = {}
        for dtype in (torch.float64, torch.float32):
            model = TheirCNN()
            model.load_state_dict(state)
            model.to(dtype)
            trained(model, torch.optim.SGD(model.parameters(), lr=.05, momentum=.9), F.cross_entropy, 3,
                    [(torch.tensor(x).to(dtype), torch.tensor(y)) for x, y in batches])
            found[dtype] = {n: t.detach().numpy() for n, t in model.named_parameters()}
        ours = our_cnn(state)
        trained(ours, SGD(ours.parameters(), lr=.05, momentum=.9), cross_entropy, 3, [(Tensor(x), y) for x, y in batches])
        found['ours'] = {n: p.data.T if n == 'fc.weight' else p.data for n, p in ours.named_parameters()}
        truth = found.pop(torch.float64)
        felt = [n for n in truth if n not in ('conv1.bias', 'conv2.bias')]  # what these add, the norm takes away: their gradients are rounding alone
        distances.append([max(np.abs(f[n] - truth[n]).max() for n in felt) for f in found.values()])
    theirs, ours = np.median(distances, axis=0)
    print(f'median distance from float64: PyTorch {theirs:.1e}, ours {ours:.1e}')
    assert ours < theirs

@pytest.mark.parametrize('offset', [0, 30])
def test_batch_norm_after_a_convolution_is_as_exact_as_pytorchs(offset):
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((32, 32, 32, 32)) + offset).astype(np.float32)
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)  # as a convolution leaves it
    g = rng.standard_normal(x.shape).astype(np.float32)
    exact = torch.tensor(x).double().requires_grad_()
    truth = torch.nn.BatchNorm2d(32).double()(exact)
    truth.backward(torch.tensor(g).double())
    a, b = Tensor(x, requires_grad=True), torch.tensor(np.ascontiguousarray(x), requires_grad=True)  # PyTorch's is most exact in C order
    mine, his = BatchNorm2d(32)(a), torch.nn.BatchNorm2d(32)(b)
    mine.backward(g), his.backward(torch.tensor(g))
    error = lambda found, truth: np.abs(found - truth.detach().numpy()).max()
    assert error(mine.data, truth) < 2*error(his.detach().numpy(), truth)
    assert error(a.grad, exact.grad) < 2*error(b.grad.numpy(), exact.grad)
