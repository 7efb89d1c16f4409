"Pruning against torch.nn.utils.prune, sparse storage against SciPy and PyTorch, distillation against kl_div"
import numpy as np
import pytest
import scipy.sparse
import torch
from torch.nn.utils import prune

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.spatial import Conv2d
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import (KnowledgeDistillation, SparseLinear, block_prune, from_csr, low_rank_approximate, magnitude_prune, structured_prune,
    to_blocks, to_csr)
from tinytorch.perf.techniques import weight_arrays

def rng(seed=0): return np.random.default_rng(seed)

def pair(*sizes, seed=0):
    "The same network, ours and theirs, in float64, all weights of different sizes"
    ours = Sequential(*[layer for i, s in enumerate(zip(sizes, sizes[1:])) for layer in (Linear(*s, rng=rng(seed + i)), ReLU())][:-1])
    for i, p in enumerate(ours.parameters()): p.data = rng(seed + 50 + i).standard_normal(p.shape)
    theirs = torch.nn.Sequential(*[layer for s in zip(sizes, sizes[1:]) for layer in (torch.nn.Linear(*s), torch.nn.ReLU())][:-1]).double()
    theirs.load_state_dict({n: torch.tensor(np.ascontiguousarray(a.T)) for n, a in ours.state_dict().items()})
    return ours, theirs

def layers(theirs): return [m for m in theirs if isinstance(m, torch.nn.Linear)]

# pruning

@pytest.mark.parametrize('sparsity', [0, .01, .2, .5, .75, .9, .99])
@pytest.mark.parametrize('sizes', [(30, 40, 10), (7, 5, 3), (64, 128, 32, 10)])
@pytest.mark.filterwarnings('ignore:magnitude_prune')
def test_masks_are_those_of_global_unstructured(sizes, sparsity):
    ours, theirs = pair(*sizes)
    small = magnitude_prune(ours, sparsity)
    prune.global_unstructured([(m, 'weight') for m in layers(theirs)], prune.L1Unstructured, amount=sparsity)
    for w, m in zip(weight_arrays(small).values(), layers(theirs)):
        np.testing.assert_array_equal(w != 0, m.weight_mask.numpy().T.astype(bool))
        np.testing.assert_array_equal(w, m.weight.detach().numpy().T)
    x = rng(9).standard_normal((6, sizes[0]))
    np.testing.assert_allclose(small(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('sparsity', [.1, .5, .9])
def test_mask_of_one_layer_is_that_of_l1_unstructured(sparsity):
    ours, theirs = pair(20, 30)
    prune.l1_unstructured(theirs[0], 'weight', amount=sparsity)
    np.testing.assert_array_equal(magnitude_prune(ours, sparsity)[0].weight.data != 0, theirs[0].weight_mask.numpy().T.astype(bool))

@pytest.mark.parametrize('ours_of, theirs_of', [
    (lambda p: SGD(p, .05, momentum=.9, weight_decay=.01), lambda p: torch.optim.SGD(p, .05, momentum=.9, weight_decay=.01)),
    (lambda p: SGD(p, .05, momentum=.9, nesterov=True), lambda p: torch.optim.SGD(p, .05, momentum=.9, nesterov=True)),
    (lambda p: Adam(p, .01, weight_decay=.01), lambda p: torch.optim.Adam(p, .01, weight_decay=.01)),
    (lambda p: AdamW(p, .01, weight_decay=.1), lambda p: torch.optim.AdamW(p, .01, weight_decay=.1))], ids=['momentum', 'nesterov', 'adam', 'adamw'])
def test_training_after_pruning_goes_the_same_way(ours_of, theirs_of):
    "Their mask and our op are two ways to the same weights, step for step"
    ours, theirs = pair(12, 16, 4)
    small, x, y = magnitude_prune(ours, .6), rng(7).standard_normal((40, 12)), rng(8).standard_normal((40, 4))
    prune.global_unstructured([(m, 'weight') for m in layers(theirs)], prune.L1Unstructured, amount=.6)
    mine, his = ours_of(small.parameters()), theirs_of(theirs.parameters())
    for _ in range(30):
        mine.zero_grad()
        ((small(Tensor(x)) - Tensor(y))**2).mean().backward()
        mine.step()
        his.zero_grad()
        ((theirs(torch.tensor(x)) - torch.tensor(y))**2).mean().backward()
        his.step()
    for w, m in zip(weight_arrays(small).values(), layers(theirs)):
        effective = (m.weight_orig*m.weight_mask).detach().numpy().T
        np.testing.assert_allclose(w, effective, rtol=1e-7, atol=1e-9)
        assert ((w == 0) == (m.weight_mask.numpy().T == 0)).all()

def test_torch_keeps_three_arrays_for_a_weight():
    "What the page says of it"
    layer = torch.nn.Linear(20, 30)
    prune.l1_unstructured(layer, 'weight', amount=.5)
    assert [n for n, _ in layer.named_parameters()] == ['bias', 'weight_orig'] and [n for n, _ in layer.named_buffers()] == ['weight_mask']
    held = [layer.weight_orig, layer.weight_mask, layer.weight]
    assert len({t.data_ptr() for t in held}) == 3 and all(t.shape == (30, 20) and t.dtype == torch.float32 for t in held)

def test_removed_neurons_are_those_that_are_masked_there():
    "Masking a row there and removing a neuron here give one function, if the bias goes as well"
    ours, theirs = pair(10, 24, 6)
    small = structured_prune(ours, .5)
    gone = ~np.isin(ours[0].bias.data, small[0].bias.data)
    mask = torch.tensor(~gone)
    prune.custom_from_mask(theirs[0], 'weight', mask[:, None].expand(24, 10).double())
    prune.custom_from_mask(theirs[0], 'bias', mask.double())
    x = rng(9).standard_normal((6, 10))
    np.testing.assert_allclose(small(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-9, atol=1e-10)
    assert gone.sum() == 12

# sparse rows

@pytest.mark.parametrize('dtype', [np.int8, np.float32, np.float64])
@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (9, 1), (7, 5), (0, 4), (4, 0), (200, 300)])
@pytest.mark.parametrize('share', [0, .5, .95, 1])
def test_csr_is_scipys(shape, share, dtype):
    dense = rng().integers(1, 100, shape).astype(dtype)*(rng(1).random(shape) >= share).astype(dtype)
    values, columns, starts = to_csr(dense)
    theirs = scipy.sparse.csr_matrix(dense)
    np.testing.assert_array_equal(values, theirs.data)
    np.testing.assert_array_equal(columns, theirs.indices)
    np.testing.assert_array_equal(starts, theirs.indptr)
    assert values.dtype == theirs.data.dtype and columns.dtype == theirs.indices.dtype and starts.dtype == theirs.indptr.dtype
    assert sum(a.nbytes for a in (values, columns, starts)) == theirs.data.nbytes + theirs.indices.nbytes + theirs.indptr.nbytes
    np.testing.assert_array_equal(from_csr(theirs.data, theirs.indices, theirs.indptr, shape[1]), dense)

def test_scipy_multiplies_with_our_arrays():
    layer = magnitude_prune(Linear(50, 40, bias=False, rng=rng()), .9)
    w = layer.weight.data
    values, columns, starts = to_csr(np.ascontiguousarray(w.T))
    sparse = scipy.sparse.csr_matrix((values, columns, starts), shape=(40, 50))
    x = rng(1).standard_normal((6, 50)).astype(np.float32)
    np.testing.assert_allclose((sparse @ x.T).T, layer(Tensor(x)).data, rtol=1e-5, atol=1e-6)

def test_csr_is_torchs():
    dense = rng().standard_normal((30, 40)).astype(np.float32)*(rng(1).random((30, 40)) < .2)
    theirs = torch.tensor(dense).to_sparse_csr()
    for ours, t in zip(to_csr(dense.astype(np.float32)), (theirs.values(), theirs.col_indices(), theirs.crow_indices())): np.testing.assert_array_equal(ours, t.numpy())

# by layer, of convolutions

def cnn_pair(groups=1):
    "The same convolutions, ours and theirs, in float64"
    ours = Sequential(Conv2d(2, 6, 3, rng=0), ReLU(), Conv2d(6, 8, 2, groups=groups, bias=False, rng=1), Flatten(), Linear(8*25, 3, rng=2))
    for i, p in enumerate(ours.parameters()): p.data = rng(50 + i).standard_normal(p.shape)
    theirs = torch.nn.Sequential(torch.nn.Conv2d(2, 6, 3), torch.nn.ReLU(), torch.nn.Conv2d(6, 8, 2, groups=groups, bias=False), torch.nn.Flatten(), torch.nn.Linear(200, 3)).double()
    theirs.load_state_dict({n: torch.tensor(np.ascontiguousarray(a.T if a.ndim == 2 else a)) for n, a in ours.state_dict().items()})
    return ours, theirs

def mask(m): return m.weight_mask.numpy().astype(bool) if m.weight_mask.ndim == 4 else m.weight_mask.numpy().T.astype(bool)

@pytest.mark.parametrize('groups', [1, 2])
@pytest.mark.parametrize('sparsity', [.01, .3, .5, .9])
def test_masks_of_convolutions(sparsity, groups):
    for scope in ('global', 'layer'):
        ours, theirs = cnn_pair(groups)
        parts = [(theirs[i], 'weight') for i in (0, 2, 4)]
        small = magnitude_prune(ours, sparsity, scope)
        if scope == 'global': prune.global_unstructured(parts, prune.L1Unstructured, amount=sparsity)
        else:
            for m, name in parts: prune.l1_unstructured(m, name, amount=sparsity)
        for i in (0, 2, 4): np.testing.assert_array_equal(small[i].weight.data != 0, mask(theirs[i]))
        x = rng(9).standard_normal((3, 2, 8, 8))
        np.testing.assert_allclose(small(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-9, atol=1e-9)

@pytest.mark.parametrize('sparsity', [.1, .5, .9])
def test_masks_layer_by_layer(sparsity):
    ours, theirs = pair(30, 40, 10)
    for m in layers(theirs): prune.l1_unstructured(m, 'weight', amount=sparsity)
    for w, m in zip(weight_arrays(magnitude_prune(ours, sparsity, 'layer')).values(), layers(theirs)):
        np.testing.assert_array_equal(w != 0, m.weight_mask.numpy().T.astype(bool))

def test_removed_channels_are_those_that_are_masked_there():
    "A filter masked there with its bias, and a channel removed here, give one function"
    ours, theirs = cnn_pair()
    small = structured_prune(ours, .5, rng(9).standard_normal((3, 2, 8, 8)))
    for i in (0, 2):
        stays = np.array([any(np.isin(new, old).all() for new in small[i].weight.data) for old in ours[i].weight.data])
        assert stays.sum() == len(stays)//2
        prune.custom_from_mask(theirs[i], 'weight', torch.tensor(stays)[:, None, None, None].expand(theirs[i].weight.shape))
        if theirs[i].bias is not None: prune.custom_from_mask(theirs[i], 'bias', torch.tensor(stays))
    x = rng(8).standard_normal((4, 2, 8, 8))
    np.testing.assert_allclose(small(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-9, atol=1e-9)

# sparse layers

def test_sparse_layers_are_scipys_and_torchs_products():
    layer = magnitude_prune(Linear(300, 200, rng=rng()), .9)
    made, x = SparseLinear(layer), rng(1).standard_normal((6, 300)).astype(np.float32)
    columns, starts = made.columns.data.astype(np.int32), made.starts.data.astype(np.int32)
    assert (made.columns.data.dtype, made.starts.data.dtype) == (np.uint16, np.uint16)
    scipys = scipy.sparse.csr_matrix((made.values.data, columns, starts), shape=(200, 300))
    torchs = torch.sparse_csr_tensor(torch.tensor(starts), torch.tensor(columns), torch.tensor(made.values.data), size=(200, 300))
    for found in ((scipys @ x.T).T, (torchs @ torch.tensor(x.T)).numpy().T): np.testing.assert_allclose(made(Tensor(x)).data, found + layer.bias.data, rtol=1e-4, atol=1e-5)

def test_blocks_are_scipys_bsr():
    layer = block_prune(Linear(50, 192, bias=False, rng=rng()), .6)
    values, columns, starts = to_blocks(layer.weight.data)
    theirs = scipy.sparse.bsr_matrix(layer.weight.data.T, blocksize=(64, 1))
    theirs.sort_indices()
    np.testing.assert_array_equal(columns, theirs.indices)
    np.testing.assert_array_equal(starts, theirs.indptr)
    np.testing.assert_array_equal(values, theirs.data[:, :, 0])

# low rank, distillation

@pytest.mark.parametrize('energy', [.3, .6, .8])
def test_thin_factors_are_torchs_svd(energy):
    layer = Linear(40, 30, rng=rng())
    first, second = low_rank_approximate(layer, energy)
    u, s, v = torch.linalg.svd(torch.tensor(layer.weight.data).double(), full_matrices=False)
    rank = int((torch.cumsum(s**2, 0) < energy*(s**2).sum()).sum()) + 1
    assert first.out_features == rank
    np.testing.assert_allclose(first.weight.data @ second.weight.data, ((u[:, :rank]*s[:rank]) @ v[:rank]).numpy(), atol=1e-5)

@pytest.mark.parametrize('temperature', [.5, 1., 4.])
@pytest.mark.parametrize('share', [1., .3])
def test_the_loss_of_a_teacher_and_its_gradient(share, temperature):
    x, w, t, y = rng().standard_normal((9, 6)), rng(1).standard_normal((6, 5)), rng(2).standard_normal((6, 5))*3, rng(3).integers(0, 5, 9)
    student, teacher = Linear(6, 5, bias=False), Linear(6, 5, bias=False)
    student.weight.data, teacher.weight.data = w.copy(), t
    loss = KnowledgeDistillation(teacher, temperature, share).loss(student, Tensor(x), y)
    loss.backward()
    theirs = torch.tensor(w, requires_grad=True)
    logits, F = torch.tensor(x) @ theirs, torch.nn.functional
    soft = F.kl_div(F.log_softmax(logits/temperature, -1), F.softmax(torch.tensor(x @ t)/temperature, -1), reduction='batchmean')*temperature**2
    expected = share*soft + (1 - share)*F.cross_entropy(logits, torch.tensor(y))
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-9)
    np.testing.assert_allclose(student.weight.grad, theirs.grad.numpy(), rtol=1e-8, atol=1e-12)
