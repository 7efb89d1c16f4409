"Embeddings and positions: what the page has no room for"
import re
from copy import deepcopy

import numpy as np
import pytest

from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.opcheck import check_op, samples
from tinytorch.core.embeddings import (Embedding, LearnedPositionalEmbedding, PositionalEncoding, add_rows, as_ids, lookup,
    sinusoids)
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)

# adding rows

@pytest.mark.parametrize('n, count, width', [(1, 1, 1), (1, 50, 3), (7, 50, 3), (300, 20, 5), (5, 0, 4), (40, 1000, 1)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_add_rows_is_the_loop(n, count, width, dtype):
    ids, g = rng().integers(0, n, count), rng(1).standard_normal((count, width)).astype(dtype)
    expected = np.zeros((n, width))
    for i, row in zip(ids, g): expected[i] += row
    found = add_rows(ids, g, n)
    assert found.dtype == dtype and found.shape == (n, width)
    close(found, expected, rtol=1e-4 if dtype == np.float32 else 1e-12, atol=1e-5 if dtype == np.float32 else 1e-12)

def test_add_rows_leaves_its_inputs_alone_and_takes_scattered_memory():
    ids, g = np.array([1, 1, 0]), rng().random((6, 8))[::2, ::2]
    before = ids.copy(), g.copy()
    close(add_rows(ids, g, 2), [g[2], g[0] + g[1]])
    assert (ids == before[0]).all() and (g == before[1]).all()

# the op

def test_lookup_obeys_the_laws_of_ops():
    assert check_op(lookup) == len(samples[lookup]) >= 4

@pytest.mark.parametrize('shape', [(), (1,), (5,), (2, 3), (2, 1, 3), (0,), (2, 0)])
def test_gradients_of_ids_of_any_shape(shape):
    ids = rng().integers(0, 4, shape)
    weight = rng(1).standard_normal((4, 3))
    assert lookup(Tensor(weight), ids=ids).shape == (*shape, 3)
    assert gradcheck(lambda w: lookup(w*w, ids=ids), weight)

def test_the_rows_are_copies():
    table = Embedding(3, 2, rng=rng())
    table([0, 1]).data[:] = 9
    assert not (table.weight.data == 9).any()

def test_gradients_of_two_lookups_add_up():
    table = Embedding(4, 2, rng=rng())
    (table([0, 1]).sum() + table([1, 1]).sum()).backward()
    close(table.weight.grad, [[1, 1], [3, 3], [0, 0], [0, 0]])

# ids

@pytest.mark.parametrize('ids', [[[0, 1], [2, 0]], ((0, 1), (2, 0)), np.array([[0, 1], [2, 0]], np.int8), np.array([[0, 1], [2, 0]], np.uint64),
                                 np.array([[0., 1], [2, 0]]), Tensor([[0, 1], [2, 0]]), Tensor(np.array([[0, 1], [2, 0]]))], ids=lambda i: f'{type(i).__name__} {getattr(i, "dtype", "")}')
def test_ids_of_every_kind(ids):
    table = Embedding(3, 4, rng=rng())
    close(table(ids), table.weight.data[[[0, 1], [2, 0]]])
    found = as_ids(ids, 3)
    assert found.dtype == np.int64 and found.tolist() == [[0, 1], [2, 0]]

def test_one_id_and_no_id():
    table = Embedding(3, 4, rng=rng())
    assert table(2).shape == table(np.int64(2)).shape == (4,)
    assert table([]).shape == table(np.zeros(0, np.int64)).shape == (0, 4)

@pytest.mark.parametrize('ids, words', [
    ([0, 1, 7], 'id 7 at position (2) is not in the table; ids are whole numbers from 0 to 4'),
    ([[0, 1], [-1, 9]], 'id -1 at position (1, 0) is not in the table'),
    (np.array([0, 5]), 'id 5 at position (1)'),
    (np.array([2**63], np.uint64), f'id {2**63} at position (0) is not in the table'),
    (np.array(1234567), 'id 1234567 at position ()'),
    (np.array([1, .25]), 'id 0.25 at position (1) is not whole'),
    (np.array([1, np.nan]), 'id nan at position (1) is not whole'),
    (np.array([1., 1e30]), 'id 1e+30 at position (1) is not whole'),
    (Tensor([1, 6]), 'id 6.0 at position (1) is not in the table')])
def test_ids_that_are_no_rows(ids, words):
    with pytest.raises(ValueError, match=re.escape(words)): Embedding(5, 2, rng=rng())(ids)

@pytest.mark.parametrize('ids', [np.array([True, False]), ['a', 'b'], np.array([1+2j])])
def test_ids_that_are_no_numbers(ids):
    with pytest.raises(TypeError): Embedding(5, 2, rng=rng())(ids)

def test_a_wrong_id_changes_nothing():
    table = Embedding(5, 2, rng=rng())
    with pytest.raises(ValueError): table([1, 5])
    assert table.weight.grad is None

@pytest.mark.parametrize('ids', [[[0, 1, 2], [3]], ([1], [2, 3, 1]), [np.array([1, 2, 3]), np.array([1])]], ids=str)
def test_lists_of_different_lengths(ids):
    with pytest.raises(ValueError, match='Embedding: .* different lengths, 1 to 3'): Embedding(5, 2, rng=rng())(ids)

@pytest.mark.parametrize('ids', [None, 'a', object()])
def test_what_is_no_id_at_all(ids):
    with pytest.raises(TypeError, match='Embedding: ids are whole numbers'): Embedding(5, 2, rng=rng())(ids)

# the layer

def test_first_rows_are_standard_normal_and_seeded():
    a, b, c = Embedding(2000, 30, rng=rng()), Embedding(2000, 30, rng=rng()), Embedding(2000, 30)
    assert (a.weight.data == b.weight.data).all() and not (a.weight.data == c.weight.data).any()
    assert abs(a.weight.data.mean()) < .02 and abs(a.weight.data.std() - 1) < .02 and a.weight.dtype == np.float32

def test_names_sizes_and_text():
    model = Sequential(Embedding(7, 3), Linear(3, 2))
    assert [n for n, _ in model.named_parameters()] == ['0.weight', '1.weight', '1.bias']
    assert repr(model[0]) == 'Embedding(7, 3)' and (model[0].num_embeddings, model[0].embedding_dim) == (7, 3)
    assert repr(LearnedPositionalEmbedding(5, 4)) == 'LearnedPositionalEmbedding(5, 4)'
    assert model[0].count_parameters() == 21

@pytest.mark.parametrize('cls', [Embedding, LearnedPositionalEmbedding])
@pytest.mark.parametrize('sizes', [(0, 3), (3, 0), (-1, 2)])
def test_sizes_of_nothing(cls, sizes):
    with pytest.raises(ValueError, match=rf'{cls.__name__}: sizes must be at least 1, got {sizes[0]} and {sizes[1]}'): cls(*sizes)

def test_saved_loaded_and_copied():
    a, b = Embedding(4, 3, rng=rng()), Embedding(4, 3, rng=rng(1))
    b.load_state_dict(a.state_dict())
    assert (a.weight.data == b.weight.data).all()
    twin = deepcopy(a)
    twin.weight.data += 1
    assert (twin.weight.data != a.weight.data).all()

def test_only_the_rows_that_were_used_learn():
    table = Embedding(5, 2, rng=rng())
    before = table.weight.data.copy()
    table([1, 3]).sum().backward()
    SGD(table.parameters(), lr=.5).step()
    assert np.flatnonzero((table.weight.data != before).any(1)).tolist() == [1, 3]

@pytest.mark.parametrize('index', [0, 3, -1, -4, np.int64(2)])
def test_the_row_of_padding_starts_at_zero_and_stays(index):
    table = Embedding(4, 3, padding_idx=index, rng=rng())
    row = index % 4
    others = [i for i in range(4) if i != row]
    assert table.padding_idx == row and not table.weight.data[row].any() and table.weight.data[others].all()
    assert repr(table) == f'Embedding(4, 3, padding_idx={row})'
    table([[0, 1], [2, 3]]).sum().backward()
    assert not table.weight.grad[row].any() and (table.weight.grad[others] == 1).all()
    table.weight.data[row] = 5  # as in PyTorch it is looked up as any other
    close(table([row]), [[5, 5, 5]])

def test_padding_that_is_no_row():
    for index in 4, -5:
        with pytest.raises(ValueError, match=f'padding_idx={index} is no row of a table of 4; expected -4 to 3'): Embedding(4, 3, padding_idx=index)
    for index in 1., '0', rng():
        with pytest.raises(TypeError, match='padding_idx is an id or None'): Embedding(4, 3, index)

def test_many_gradients_of_half_precision_are_summed_in_single():
    table = Embedding(2, 3, rng=rng())
    table.weight.data = table.weight.data.astype(np.float16)
    table(np.zeros(5000, int)).sum().backward()
    assert table.weight.grad.dtype == np.float16 and table.weight.grad.tolist() == [[5000]*3, [0]*3]

@pytest.mark.parametrize('rows, columns', [(4, 4), (6, 4)])
def test_an_embedding_and_a_linear_cannot_have_one_weight(rows, columns):
    table, head = Embedding(rows, columns, rng=rng()), Linear(columns, rows, bias=False, rng=rng())
    before = table.weight, head.weight
    with pytest.raises(TypeError, match='Linear: .*weight of Embedding.*tied_logits'): head.weight = table.weight
    with pytest.raises(TypeError, match='Embedding: .*weight of Linear.*tied_logits'): table.weight = head.weight
    assert (table.weight, head.weight) == before or table.weight is before[0] and head.weight is before[1]

def test_weights_that_may_be_shared():
    table, other, head, second = Embedding(4, 4), Embedding(4, 4), Linear(4, 4), Linear(4, 4)
    other.weight, second.weight = table.weight, head.weight
    first = head.weight
    head.weight = second.weight = Tensor(np.ones((4, 4)), requires_grad=True)
    table.weight = other.weight = first  # which no Linear holds any more
    assert table([1]).shape == (1, 4) and deepcopy(table)([1]).shape == (1, 4)

def test_a_table_shared_as_output_weight_gets_both_gradients():
    table = Embedding(4, 3, rng=rng())
    out = table([1, 2]) @ table.weight.transpose()
    out.sum().backward()
    w = table.weight.data
    expected = np.tile(w[1] + w[2], (4, 1))
    expected[[1, 2]] += w.sum(0)
    close(table.weight.grad, expected, rtol=1e-5, atol=1e-6)

# positions

@pytest.mark.parametrize('max_len, dim', [(1, 1), (5, 1), (10, 2), (10, 7), (300, 16)])
def test_sinusoids_are_the_formula(max_len, dim):
    table = sinusoids(max_len, dim)
    for t in range(0, max_len, 7):
        for column in range(dim):
            angle = t/10000**((column - column % 2)/dim)
            assert abs(table[t, column] - (np.cos(angle) if column % 2 else np.sin(angle))) < 1e-6
    assert table.shape == (max_len, dim) and table.dtype == np.float32

LAYERS = [lambda: PositionalEncoding(9, 4), lambda: LearnedPositionalEmbedding(9, 4, rng=rng())]
both_layers = pytest.mark.parametrize('make', LAYERS, ids=['sinusoidal', 'learned'])

@both_layers
def test_pieces_make_the_whole(make):
    layer, x = make(), Tensor(rng().standard_normal((2, 9, 4)).astype(np.float32))
    whole = layer(x).data
    for cuts in ([0, 9], [0, 1, 9], [0, 4, 5, 9], list(range(10))):
        pieces = [layer(x[:, a:b], offset=a).data for a, b in zip(cuts, cuts[1:])]
        assert (np.concatenate(pieces, axis=1) == whole).all()

@both_layers
@pytest.mark.parametrize('shape', [(9, 4), (1, 4), (0, 4), (2, 3, 4), (2, 3, 5, 4)])
def test_any_leading_axes_and_dtypes(make, shape):
    layer = make()
    table = (layer.table if isinstance(layer, PositionalEncoding) else layer.weight).data
    for dtype in np.float32, np.float64:
        x = rng().standard_normal(shape).astype(dtype)
        out = layer(x)
        assert out.dtype == dtype
        close(out, x + table[:shape[-2]])

@both_layers
def test_gradient_passes_to_the_input_unchanged(make):
    layer, x = make(), Tensor(rng().standard_normal((2, 3, 4)), requires_grad=True)
    g = rng(1).standard_normal((2, 3, 4))
    layer(x, offset=2).backward(g)
    close(x.grad, g)
    if isinstance(layer, LearnedPositionalEmbedding):
        close(layer.weight.grad[2:5], g.sum(0), rtol=1e-5, atol=1e-6)
        assert not layer.weight.grad[[0, 1, 5, 6, 7, 8]].any()

positions_that_fail = pytest.mark.parametrize('shape, offset, words', [
    ((10, 4), 0, '10 positions from 0 on need 10 rows, the table has 9'), ((2, 3, 4), 7, '3 positions from 7 on need 10 rows, the table has 9'),
    ((1, 4), 9, '1 positions from 9 on need 10 rows'), ((3, 4), -1, 'offset is a position, 0 or more, got -1'),
    ((3, 5), 0, 'x has shape (3, 5); expected (…, T, 4)'), ((4,), 0, 'x has shape (4,); expected (…, T, 4)')])

@both_layers
@positions_that_fail
def test_errors(make, shape, offset, words):
    with pytest.raises((ValueError, IndexError)): make()(np.zeros(shape), offset=offset)

@pytest.mark.house  # wording: an Embedding that is asked for positions complains in its own words
@both_layers
@positions_that_fail
def test_errors_name_the_layer(make, shape, offset, words):
    layer = make()
    with pytest.raises(ValueError, match=re.escape(f'{type(layer).__name__}: {words}')): layer(np.zeros(shape), offset=offset)

@both_layers
def test_positions_one_by_one(make):
    layer, x = make(), Tensor(rng().standard_normal((2, 3, 4)).astype(np.float32), requires_grad=True)
    table = (layer.table if isinstance(layer, PositionalEncoding) else layer.weight).data
    positions = np.array([[0, 0, 1], [8, 2, 8]])
    out = layer(x, positions=positions)
    close(out, x.data + table[positions])
    out.sum().backward()
    close(x.grad, np.ones((2, 3, 4)))
    if isinstance(layer, LearnedPositionalEmbedding): close(layer.weight.grad[:, 0], [2, 1, 1, 0, 0, 0, 0, 0, 2])
    with pytest.raises(ValueError, match='id 9 at position'): layer(x, positions=[[0, 1, 9], [0, 0, 0]])

@both_layers
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_whole_numbers_take_the_dtype_of_the_table(make, dtype):
    layer = make()
    table = layer.table if isinstance(layer, PositionalEncoding) else layer.weight
    table.data = table.data.astype(dtype)
    assert layer(np.ones((2, 4), np.int64)).dtype == layer(np.ones((2, 4), np.int64), positions=[1, 0]).dtype == dtype

@pytest.mark.parametrize('sizes', [(0, 4), (4, 0), (-1, 4)])
def test_no_positions_or_no_features(sizes):
    with pytest.raises(ValueError, match=f'PositionalEncoding: sizes must be at least 1, got {sizes[0]} and {sizes[1]}'): PositionalEncoding(*sizes)

def test_the_table_of_waves_is_saved_and_not_trained():
    layer = PositionalEncoding(9, 4)
    assert layer.parameters() == [] and list(layer.state_dict()) == ['table'] and not layer.table.requires_grad
    with no_grad(): assert layer(np.zeros((9, 4), np.float32)).data.tolist() == layer.table.data.tolist()

def test_found_inside_a_model():
    class Model(Module):
        def __init__(self): self.token, self.position = Embedding(5, 4, rng=rng()), LearnedPositionalEmbedding(9, 4, rng=rng())
        def forward(self, ids): return self.position(self.token(ids))
    model = Model()
    assert [n for n, _ in model.named_parameters()] == ['token.weight', 'position.weight']
    model(np.array([[1, 2, 3]])).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    assert 'Embedding' in model.summary((1, 3), np.int64)

@pytest.mark.parametrize('make', [lambda: Embedding(3., 2), lambda: Embedding('3', 2), lambda: PositionalEncoding(3, 2.)])
def test_sizes_are_whole_numbers(make):
    with pytest.raises(TypeError, match='(Embedding|PositionalEncoding): sizes are whole numbers'): make()

def test_an_offset_is_a_whole_number():
    with pytest.raises(ValueError, match='offset is a position, 0 or more, got 1.5'): PositionalEncoding(4, 2)(np.ones((1, 2, 2)), offset=1.5)
