"Data loading: what every epoch promises for any size, what a whole batch and its samples have in common, and what bad input gets"
import warnings
from collections import OrderedDict, namedtuple
from itertools import product

import numpy as np
import pytest

from tinytorch.core.dataloader import (Compose, DataLoader, Dataset, ImageTransform, Normalize, RandomCrop, RandomHorizontalFlip,
                                       Subset, TensorDataset, TransformDataset, WeightedRandomSampler, default_collate, over_batch, random_split)
from tinytorch.core.tensor import Tensor, arange

def seeded(seed=0): return np.random.default_rng(seed)
def rows(n): return TensorDataset(np.arange(n*3, dtype=np.float32).reshape(n, 3), np.arange(n))

class Slow(Dataset):
    "The samples of another dataset, one by one only"
    def __init__(self, dataset): self.dataset = dataset
    def __len__(self): return len(self.dataset)
    def __getitem__(self, i):
        assert type(i) is int and 0 <= i < len(self)
        return self.dataset[i]

class Counted(TensorDataset):
    "Counts how it is read"
    singles = batches = 0
    def __getitem__(self, i):
        self.singles += 1
        return super().__getitem__(i)
    def batch(self, indices):
        self.batches += 1
        return super().batch(indices)

# An epoch

@pytest.mark.parametrize('n, size, shuffle, drop', list(product((0, 1, 4, 5, 8), (1, 4, 5, 9), (False, True), (False, True))))
@pytest.mark.parametrize('dataset', [rows, lambda n: Slow(rows(n)), lambda n: Subset(rows(n + 2), range(n)), lambda n: TransformDataset(rows(n), Normalize(0, 1))],
                         ids=['whole', 'one by one', 'subset', 'transformed'])
def test_each_sample_once(dataset, n, size, shuffle, drop):
    loader = DataLoader(dataset(n), size, shuffle, drop, seeded())
    for epoch in range(2):
        batches = list(loader)
        assert len(batches) == len(loader) == (n//size if drop else -(-n//size))
        assert all(type(b) is tuple and len(b) == 2 and all(type(t) is Tensor for t in b) for b in batches)
        assert [len(y) for _, y in batches] == [size]*(n//size) + [n % size]*(n % size > 0 and not drop)
        y = [int(label) for _, labels in batches for label in labels.data]
        assert len(set(y)) == len(y) == (n - n % size if drop else n)
        if not shuffle: assert y == list(range(len(y)))
        for x, labels in batches:
            assert x.dtype == np.float32 and labels.dtype == np.int64
            assert (x.data == np.arange(n*3).reshape(n, 3)[labels.data]).all()

def read(loader): return [[t.tolist() for t in batch] for batch in loader]

def test_whole_batches_and_samples_give_the_same_epochs():
    one, other = [DataLoader(d, 4, shuffle=True, rng=seeded()) for d in (rows(10), Slow(rows(10)))]
    assert [read(one), read(one)] == [read(other), read(other)]

def test_seeds_repeat_and_epochs_differ():
    one, same, other = [DataLoader(rows(20), 4, shuffle=True, rng=seeded(s)) for s in (0, 0, 1)]
    first, second = read(one), read(one)
    assert [read(same), read(same)] == [first, second] and first != second and read(other) != first
    assert read(DataLoader(rows(20), 4, shuffle=True)) != read(DataLoader(rows(20), 4, shuffle=True))

def test_without_shuffle_the_generator_rests():
    loader = DataLoader(rows(5), 2, rng=seeded())
    assert read(loader) == read(loader) and loader.rng.bit_generator.state == seeded().bit_generator.state

def test_an_epoch_is_one_permutation_drawn_at_its_start():
    rng, expected = seeded(), seeded()
    loader = DataLoader(range(7), 3, shuffle=True, rng=rng)
    epoch = iter(loader)
    order = expected.permutation(7)
    assert rng.bit_generator.state == expected.bit_generator.state
    assert np.concatenate([b.data for b in epoch]).tolist() == order.tolist()
    assert rng.bit_generator.state == expected.bit_generator.state and loader.rng is rng

@pytest.mark.parametrize('turns', ['ababababab', 'aaaaabbbbb', 'bbbbbaaaaa', 'abbaabbaab'])
def test_two_loops_do_not_disturb_each_other(turns):
    loader, alone = [DataLoader(range(10), 2, shuffle=True, rng=seeded()) for _ in range(2)]
    loops, seen = {'a': iter(loader), 'b': iter(loader)}, {'a': [], 'b': []}
    for turn in turns: seen[turn].append(next(loops[turn]).tolist())
    assert seen == {name: [b.tolist() for b in alone] for name in 'ab'}

def test_saved_state_resumes_in_another_loader():
    one = DataLoader(rows(9), 2, shuffle=True, rng=seeded())
    list(one)
    state = one.rng.bit_generator.state
    other = DataLoader(rows(9), 2, shuffle=True)
    other.rng.bit_generator.state = state
    assert [read(one), read(one)] == [read(other), read(other)]

def test_batches_are_copies_and_outlive_the_next():
    dataset = rows(6)
    kept = list(DataLoader(dataset, 2))
    for x, _ in kept: x.data += 100
    assert dataset.tensors[0].data.max() == 17 and kept[0][0].tolist() == [[100, 101, 102], [103, 104, 105]]

def test_whole_batches_are_asked_for_at_once():
    dataset = Counted(np.zeros((10, 2)))
    nested = Subset(TransformDataset(random_split(dataset, [.5, .5], rng=seeded())[0], Normalize(0, 1)), range(4))
    for d, batches in ((dataset, 5), (nested, 2)):
        dataset.singles = dataset.batches = 0
        list(DataLoader(d, 2, shuffle=True))
        assert (dataset.singles, dataset.batches) == (0, batches)
    list(DataLoader(dataset, 2, collate_fn=default_collate))
    assert dataset.singles == 10

def test_an_override_is_not_passed_by():
    class Doubled(TensorDataset):
        def __getitem__(self, i): return self.tensors[0][i]*2
    doubled = Doubled(np.arange(4.))
    for d in (doubled, Subset(doubled, range(4)), random_split(doubled, [4])[0], TransformDataset(doubled, Normalize(0, 1))):
        assert sorted(next(iter(DataLoader(d, 4))).tolist()) == [0, 2, 4, 6]
    class Upside(RandomHorizontalFlip):
        def __call__(self, x): return np.asarray(x)[:, ::-1]
    flipped = TransformDataset(TensorDataset(np.arange(8.).reshape(2, 1, 4, 1)), Upside(1))
    assert next(iter(DataLoader(flipped, 2)))[0].data[0, 0, :, 0].tolist() == [3, 2, 1, 0]

def test_batch_may_return_arrays_or_dictionaries():
    class Mapped(Dataset):
        def __len__(self): return 4
        def __getitem__(self, i): return {'x': np.float32(i), 'name': 'abcd'[i]}
        def batch(self, indices): return {'x': indices.astype(np.float32), 'name': ['abcd'[i] for i in indices]}
    fast, slow = list(DataLoader(Mapped(), 3)), list(DataLoader(Slow(Mapped()), 3))
    assert fast[0]['x'].tolist() == slow[0]['x'].tolist() == [0, 1, 2] and type(fast[0]['x']) is type(slow[0]['x']) is Tensor
    bumped = TransformDataset(Mapped(), lambda sample: sample | {'x': sample['x'] + 1})
    assert next(iter(DataLoader(bumped, 2)))['x'].tolist() == [1, 2]

def test_any_sequence_will_do():
    assert next(iter(DataLoader(range(5), 3))).dtype == np.int64
    assert next(iter(DataLoader([.5, 1.5], 2))).dtype == np.float32
    assert next(iter(DataLoader(np.ones((4, 2)), 3))).shape == (3, 2)
    assert next(iter(DataLoader(Tensor(np.ones((4, 2))), 3))).shape == (3, 2)
    assert list(DataLoader('abc', 2)) == [['a', 'b'], ['c']]

def test_a_growing_data_set_is_counted_anew():
    data = [1, 2, 3]
    loader = DataLoader(data, 2)
    data.append(4); data.append(5)
    assert len(loader) == 3 and [b.tolist() for b in loader] == [[1, 2], [3, 4], [5]]

def test_nothing_touches_the_global_generator():
    before = np.random.get_state()[1].copy()
    list(DataLoader(TransformDataset(TensorDataset(np.ones((4, 1, 3, 3))), Compose([RandomHorizontalFlip(), RandomCrop(2)])), 2, shuffle=True))
    random_split(range(4), [2, 2])
    assert (np.random.get_state()[1] == before).all()

@pytest.mark.parametrize('size', [0, -3, 2.0, 2.5, None, '4', True, np.float32(2)])
def test_batch_size_errors(size):
    with pytest.raises(ValueError, match='batch_size is .*; expected a whole number of at least 1'): DataLoader([1, 2], size)

def test_batch_size_of_numpy(): assert len(DataLoader(range(5), np.int64(2))) == 3

@pytest.mark.parametrize('what, words', [((i for i in 'ab'), 'generator has no __len__'), ({1, 2}, 'set has no __getitem__'), (5, 'int has no __len__ and no __getitem__')])
def test_what_is_no_data_set(what, words):
    for take in (DataLoader, lambda d: Subset(d, []), lambda d: random_split(d, [1.]), lambda d: TransformDataset(d, abs)):
        with pytest.raises(TypeError, match=words): take(what)

def test_unfinished_data_sets():
    class NoLength(Dataset):
        def __getitem__(self, i): return i
    class NoItems(Dataset):
        def __len__(self): return 2
    with pytest.raises(NotImplementedError, match='NoLength has no __len__'): DataLoader(NoLength())
    with pytest.raises(NotImplementedError, match='NoItems has no __getitem__'): list(DataLoader(NoItems()))

@pytest.mark.parametrize('rng', [True, 'seed', np.random.RandomState(0)])
def test_what_is_no_generator(rng):
    for make in (lambda: DataLoader([1], rng=rng), lambda: random_split([1], [1], rng=rng), lambda: RandomCrop(2, rng=rng), lambda: RandomHorizontalFlip(rng=rng)):
        with pytest.raises(TypeError, match='expected a NumPy Generator'): make()

# Collating

def test_collated_dtypes():
    for samples, dtype in (([1, 2], np.int64), ([1., 2.], np.float32), ([1, 2.5], np.float32), ([True, False], bool), ([True, 2], np.int64),
                           ([np.uint8(1), np.uint8(2)], np.uint8), ([np.float64(1)]*2, np.float64), ([np.ones(2, np.float16)]*2, np.float16),
                           ([Tensor([1., 2.])]*2, np.float32), ([arange(3)]*2, np.int64), ([np.array(3)]*2, np.int64)):
        assert default_collate(samples).dtype == dtype, samples
    assert default_collate([1, 2.5]).tolist() == [1, 2.5]

def test_collated_structure():
    Pair = namedtuple('Pair', 'x y')
    out = default_collate([(1, [2., {'a': Pair(np.ones(2), 'text')}], b'raw')]*3)
    assert type(out) is tuple and type(out[1]) is list and type(out[1][1]) is dict and type(out[1][1]['a']) is Pair
    assert out[0].shape == (3,) and out[1][1]['a'].x.shape == (3, 2) and out[1][1]['a'].y == ['text']*3 and out[2] == [b'raw']*3
    assert list(default_collate([OrderedDict(b=1, a=2)]*2)) == ['b', 'a']
    assert list(default_collate([{'a': 1, 'b': 2}, {'b': 4, 'a': 3}])['a'].data) == [1, 3]

@pytest.mark.house  # wording
@pytest.mark.parametrize('samples, error, words', [
    ([], ValueError, 'at least one sample'),
    ([np.ones(2), np.ones(3)], ValueError, r'got \(2,\) and \(3,\)'),
    ([Tensor([1]), Tensor([[1]])], ValueError, r'got \(1,\) and \(1, 1\)'),
    ([np.ones(2), 3], ValueError, r'got \(2,\) and of another kind'), ([[1, 2], [3]], ValueError, r'got \(2,\) and \(1,\)'),
    ([[1, 'a'], [2]], ValueError, '2 parts and 1 parts'), ([[1, None], [2, None]], TypeError, 'NoneType values'),
    ([(1, 2), (1,)], ValueError, '2 parts and 1 parts'),
    ([{'a': 1}, {'b': 1}], ValueError, 'got a and b'),
    ([(1,), [1]], TypeError, 'got tuple and list'),
    ([None, None], TypeError, 'NoneType values'),
    ([1, 'a'], TypeError, 'int values'),
    ([object()]*2, TypeError, 'object values'),
    ([2**70, 1], TypeError, 'int values')])
def test_collate_errors(samples, error, words):
    with pytest.raises(error, match=words): default_collate(samples)

@pytest.mark.house  # edges that no page asks for
def test_collate_does_not_lose_gradients_silently():
    with pytest.raises(TypeError, match='gradients'): default_collate([Tensor([1.], requires_grad=True)]*2)

# Datasets

def test_tensor_dataset_indexing():
    data = TensorDataset(np.arange(12.).reshape(4, 3), Tensor([1., 2., 3., 4.]), ['7', '8'] and [7, 8, 9, 10], (.5, 1, 2, 3))
    assert [t.dtype.name for t in data.tensors] == ['float64', 'float32', 'int64', 'float32']
    assert [t.shape for t in data[2]] == [(3,), (), (), ()] and data[-1][2].item() == 10 and data[np.int64(1)][2].item() == 8
    assert data[1:3][0].shape == (2, 3) and data[[0, 2]][2].tolist() == [7, 9] and data[np.array([True, False, False, True])][2].tolist() == [7, 10]
    assert data[arange(2)][2].tolist() == [7, 8]
    assert len(list(data)) == 4 and all(type(t) is Tensor for s in data for t in s)

def test_tensor_dataset_shares_memory():
    x = np.zeros((3, 2))
    data = TensorDataset(x)
    x[1] = 5
    assert data[1][0].tolist() == [5, 5] and np.may_share_memory(data.tensors[0].data, x)

def test_tensor_dataset_of_unsigned_labels_keeps_them():
    assert next(iter(DataLoader(TensorDataset(np.zeros(2, np.uint8)), 2)))[0].dtype == np.uint8

@pytest.mark.parametrize('tensors, error, words', [
    ((), ValueError, 'at least one tensor'),
    ((5,), ValueError, 'no first axis'),
    ((np.zeros((5, 2)), np.zeros(4)), ValueError, r'tensor 0 has 5 samples \(shape \(5, 2\)\) but tensor 1 has 4 \(shape \(4,\)\)'),
    (([1, 2], [1, 2], [1]), ValueError, 'but tensor 2 has 1'),
    (([[1, 2], [3]],), ValueError, 'one shape'),
    ((['a', 'b'],), TypeError, 'str values'),
    ((Tensor([1.], requires_grad=True),), TypeError, r't\.detach\(\)'),
    (([Tensor([1.], requires_grad=True)],), TypeError, r't\.detach\(\)')])
def test_tensor_dataset_errors(tensors, error, words):
    with pytest.raises(error, match=words): TensorDataset(*tensors)

@pytest.mark.parametrize('i', [3, -4, 10**9])
def test_index_out_of_range(i):
    for data in (rows(3), Subset(rows(9), [1, 2, 3]), TransformDataset(rows(3), np.negative)):
        with pytest.raises(IndexError, match=f'{i}.*3'): data[i]

@pytest.mark.house  # edges that no page asks for
def test_empty_data_sets():
    for data in (TensorDataset(np.zeros((0, 4)), []), Subset(rows(3), []), [], random_split(rows(3), [0, 3])[0], TransformDataset([], abs)):
        assert len(data) == 0 == len(DataLoader(data, 4, shuffle=True)) and list(DataLoader(data, 4, shuffle=True)) == []

def test_subset():
    part = Subset(rows(10), [3, -1, 3])
    assert [y.item() for _, y in part] == [3, 9, 3] and part[-1][1].item() == 3
    assert Subset(rows(300), np.array([200, 255], np.uint8))[1][1].item() == 255
    assert [y.item() for _, y in Subset(part, (2, 1))] == [3, 9]
    assert Subset('abc', range(1, 3))[0] == 'b'

@pytest.mark.parametrize('indices, error, words', [
    ([0, 5], IndexError, 'index 5 is out of range for 5'), ([-6], IndexError, 'index -6'), ([.5], TypeError, 'float64'),
    ([[1, 2]], TypeError, r'shape \(1, 2\)'), ([True, False], TypeError, 'np.flatnonzero')])
def test_subset_errors(indices, error, words):
    with pytest.raises(error, match=words): Subset(range(5), indices)

# Splitting

def test_splits_are_partitions():
    rng = seeded()
    for trial in range(200):
        n, parts = int(rng.integers(0, 60)), int(rng.integers(1, 6))
        lengths = list(rng.dirichlet(np.ones(parts))) if trial % 2 else list(rng.multinomial(n, np.ones(parts)/parts))
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            split = random_split(range(n), lengths, rng=rng)
        assert sorted(i for part in split for i in part) == list(range(n)) and len(split) == parts
        for part, length in zip(split, lengths): assert abs(len(part) - length*(n if trial % 2 else 1)) < 1.001

def test_split_repeats_from_a_seed():
    one, same, other = [random_split(range(20), [.5, .5], rng=seeded(s)) for s in (3, 3, 4)]
    assert [list(p) for p in one] == [list(p) for p in same] != [list(p) for p in other]

def test_shares_that_sum_to_one_only_nearly():
    assert [len(p) for p in random_split(range(10), [.1]*10)] == [1]*10
    assert [len(p) for p in random_split(range(30), np.float32([.1, .2, .7]).astype(float).round(7))] == [3, 6, 21]

def test_a_part_that_gets_nothing_is_a_warning():
    with pytest.warns(UserWarning, match=r'of 3 samples the parts get \[3, 0\]'): random_split(range(3), [.9, .1])

@pytest.mark.parametrize('lengths, words', [([.5, .4], 'sum to 0.9'), ([3, 4], 'sum to 7'), ([5, 6], 'sum to 11'), ([1.5, -.5], 'negative'), ([], 'empty'),
                                            ([2.5, 7.5], 'whole numbers'), ([float('nan'), 1], 'sum to nan'), ([float('inf')], 'sum to inf')])
def test_split_errors(lengths, words):
    with pytest.raises(ValueError, match=words): random_split(range(10), lengths)

# Transforms

def make(kind, seed=0):
    return {'flip': lambda: RandomHorizontalFlip(.5, rng=seeded(seed)), 'crop': lambda: RandomCrop((3, 5), padding=2, rng=seeded(seed)),
            'normalize': lambda: Normalize([.1, .2], [.5, 2]), 'normalize all': lambda: Normalize(.1, .5),
            'composed': lambda: Compose([RandomHorizontalFlip(rng=seeded(seed)), np.negative, RandomCrop(4, rng=seeded(seed + 1)), lambda x: x/abs(x).max()])}[kind]()
KINDS = ['flip', 'crop', 'normalize', 'normalize all', 'composed']

@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.uint8])
def test_a_batch_is_its_images_and_inputs_stay(kind, dtype):
    images = seeded(9).uniform(1, 100, (12, 2, 4, 6)).astype(dtype)
    before, one_by_one = images.copy(), make(kind)
    images.flags.writeable = False
    together = over_batch(make(kind), images)
    np.testing.assert_array_equal(together, np.stack([one_by_one(image) for image in images]))
    assert (images == before).all() and not np.may_share_memory(together, images) and together.flags.writeable
    if dtype != np.uint8: assert together.dtype == dtype
    elif 'normalize' in kind: assert together.dtype == np.float32

@pytest.mark.parametrize('kind', KINDS)
def test_a_transformed_data_set_is_the_same_whichever_way_it_is_read(kind):
    images = seeded(9).random((10, 2, 4, 6), np.float32)
    fast, slow = TransformDataset(TensorDataset(images, range(10)), make(kind)), TransformDataset(Slow(TensorDataset(images, range(10))), make(kind))
    a, b = [DataLoader(d, 4, shuffle=True, rng=seeded(1)) for d in (fast, slow)]
    for epoch in range(2): assert read(a) == read(b)

def test_transforms_take_tensors_and_lists_and_give_arrays():
    for kind in ('flip', 'crop', 'normalize'):
        for shape in ((2, 4, 6), (3, 2, 4, 6)):
            assert type(make(kind)(Tensor(np.ones(shape)))) is np.ndarray
    assert Normalize(1, 2)([3, 5]).tolist() == [1, 2]

def test_epochs_change_pictures():
    moving = TransformDataset(TensorDataset(np.arange(25.).reshape(1, 1, 5, 5)), RandomCrop(2, rng=seeded()))
    assert len({str(read(DataLoader(moving))) for _ in range(20)}) > 8

def test_flip_is_per_image_and_of_probability_p():
    images = np.arange(6.).reshape(1, 1, 2, 3).repeat(10_000, axis=0)
    for p in (0, .25, 1):
        flipped = (RandomHorizontalFlip(p, rng=seeded())(images) == images[..., ::-1]).all(axis=(1, 2, 3))
        assert abs(flipped.mean() - p) < .02

def test_crop_places_are_uniform_and_within():
    images = np.arange(1., 21).reshape(1, 1, 4, 5).repeat(12_000, axis=0)
    corners, counts = np.unique(RandomCrop((2, 3), rng=seeded())(images)[:, 0, 0, 0], return_counts=True)
    assert corners.tolist() == [1, 2, 3, 6, 7, 8, 11, 12, 13] and abs(counts/12_000 - 1/9).max() < .01

def test_crop_pads_with_zeros():
    out = RandomCrop(3, padding=1, rng=seeded())(np.ones((200, 1, 1, 1)))
    assert out.shape == (200, 1, 3, 3) and (out[:, 0, 1, 1] == 1).all() and out.sum() == 200
    assert (RandomCrop((4, 6))(np.ones((2, 4, 6))) == 1).all()

@pytest.mark.parametrize('do, error, words', [
    (lambda: RandomHorizontalFlip(1.5), ValueError, 'p is 1.5'),
    (lambda: RandomHorizontalFlip(float('nan')), ValueError, 'p is nan'),
    (lambda: RandomHorizontalFlip()(np.zeros((8, 8))), ValueError, r'RandomHorizontalFlip: .* got shape \(8, 8\)'),
    (lambda: RandomCrop(2)(np.zeros((1, 1, 1, 8, 8))), ValueError, r'RandomCrop: .* got shape \(1, 1, 1, 8, 8\)'),
    (lambda: RandomCrop(9)(np.zeros((1, 8, 8))), ValueError, r'no window of \(9, 9\) in images of \(8, 8\) with padding 0'),
    (lambda: RandomCrop(0), ValueError, 'sizes of at least 1'), (lambda: RandomCrop(2, padding=-1), ValueError, 'padding -1'),
    (lambda: RandomCrop((1, 2, 3)), ValueError, "size"), (lambda: RandomCrop(2.5), TypeError, "float"), (lambda: RandomCrop((2, 2.5)), TypeError, "float"),
    (lambda: Normalize(0, 0), ValueError, 'expected numbers above 0'), (lambda: Normalize(0, [1, -1]), ValueError, 'above 0'),
    (lambda: Normalize([1, 2], [1, 2, 3]), ValueError, 'broadcast'), (lambda: Normalize(np.zeros((2, 2)), 1), ValueError, 'per channel'),
    (lambda: Normalize([0], [1])(np.zeros((3, 8, 8))), ValueError, r'for 1 channels, the images have 3 \(axis -3\)'),
    (lambda: Normalize([0], [1])(np.zeros((8, 8))), ValueError, r'Normalize: expected images'),
    (lambda: Normalize([0, 0, 0], 1)(np.zeros((3, 1, 8, 8))), ValueError, 'for 3 channels, the images have 1')])
def test_transform_errors(do, error, words):
    with pytest.raises(error, match=words): do()

@pytest.mark.parametrize('transform', [RandomHorizontalFlip(), RandomCrop(2), Normalize([0]*4, 1)])
def test_gray_images_without_channel_are_not_taken_for_channels(transform):
    "A batch (N, H, W) looks like one image (C, H, W); a dataset knows better"
    gray = TransformDataset(TensorDataset(np.zeros((4, 8, 8))), transform)
    for read_it in (lambda: gray[0], lambda: list(DataLoader(gray, 4)), lambda: list(DataLoader(Slow(gray), 4))):
        with pytest.raises(ValueError, match='give gray images their channel'): read_it()

def test_own_image_transform():
    class Dim(ImageTransform):
        def change(self, x): return x/2
    assert Dim()(np.ones((1, 2, 2))).shape == (1, 2, 2) and next(iter(DataLoader(TransformDataset(TensorDataset(np.ones((3, 1, 2, 2))), Dim()), 3)))[0].data.max() == .5

# Samples that are lists

@pytest.mark.parametrize('size', [1, 3, 4, 5, 12])
def test_samples_that_are_lists_make_the_batches_that_arrays_make(size):
    x, y = seeded().random((12, 4), np.float32), seeded(1).integers(0, 3, 12)
    arrays, lists = [(row, int(k)) for row, k in zip(x, y)], [(row.tolist(), int(k)) for row, k in zip(x, y)]
    assert read(DataLoader(lists, size)) == read(DataLoader(arrays, size)) == read(DataLoader(TensorDataset(x, y), size))
    for features, labels in DataLoader(lists, size): assert features.shape[1:] == (4,) and features.dtype == np.float32 and labels.dtype == np.int64
    for features in DataLoader(x.tolist(), size): assert features.shape[1:] == (4,)
    for features in DataLoader([row.reshape(2, 2).tolist() for row in x], size): assert features.shape[1:] == (2, 2)

def test_what_lists_become():
    for samples, shape, dtype in (([[1, 2], [3, 4]], (2, 2), np.int64), ([[1, .5]]*3, (3, 2), np.float32), ([[True], [False]], (2, 1), bool), ([[np.float64(1)], [np.float64(2)]], (2, 1), np.float32)):
        found = default_collate(samples)
        assert found.shape == shape and found.dtype == dtype
    words = [['the', 'cat'], ['sat']]
    assert default_collate(words) == words and default_collate([(w, 1) for w in words])[0] == words
    assert default_collate([[['a'], ['b', 'c']], [['d']]]) == [[['a'], ['b', 'c']], [['d']]]
    pictures = default_collate([[np.ones((2, 2)), 1], [np.zeros((2, 2)), 2]])  # a list of unlike parts is a structure
    assert [part.tolist() for part in default_collate([[[1, 2], 3], [[4, 5], 6]])] == [[[1, 2], [4, 5]], [3, 6]]
    assert [part.tolist() for part in default_collate([[[1, 2], [3]], [[4, 5], [6]]])] == [[[1, 2], [4, 5]], [[3], [6]]]
    assert type(pictures) is list and pictures[0].shape == (2, 2, 2) and pictures[1].tolist() == [1, 2]

def test_lists_in_batches_of_ones_own():
    class Own(Dataset):
        def __len__(self): return 4
        def __getitem__(self, i): return [i, i + 1], ['a', 'b'], 'c', i
        def batch(self, indices): return [[i, i + 1] for i in indices.tolist()], [['a', 'b'] for _ in indices], ['c' for _ in indices], indices
    fast, slow = [next(iter(DataLoader(d, 2))) for d in (Own(), Slow(Own()))]
    assert [part.tolist() if isinstance(part, Tensor) else part for part in fast] == [part.tolist() if isinstance(part, Tensor) else part for part in slow]
    assert fast[0].shape == (2, 2) and fast[0].dtype == np.int64 and fast[1] == [['a', 'b']]*2 and fast[2] == ['c', 'c']

def test_a_change_gets_a_list_as_the_array_it_becomes():
    seen = []
    def change(row):
        seen.append(row)
        return row*2
    for dataset in ([[1., 2.], [3., 4.]], [([1., 2.], 0), ([3., 4.], 1)], [[[1., 2.], 0.5], [[3., 4.], 1]]):
        changed = TransformDataset(dataset, change)
        assert (changed[1] if isinstance(changed[1], np.ndarray) else changed[1][0]).tolist() == [6, 8]
    assert all(type(row) is np.ndarray and row.dtype == np.float32 for row in seen)

# Samplers

def test_a_sampler_says_which_and_in_which_order():
    for dataset in (rows(5), Slow(rows(5))):
        loader = DataLoader(dataset, 2, sampler=[4, -1, 0])
        assert len(loader) == 2 and [b[1].tolist() for b in loader] == [[4, 4], [0]] == [b[1].tolist() for b in loader]
        assert [b[1].tolist() for b in DataLoader(dataset, 2, drop_last=True, sampler=np.array([3, 1, 2]))] == [[3, 1]]
    assert list(DataLoader(rows(5), 2, sampler=[])) == []

def test_a_sampler_is_asked_when_a_loop_starts():
    class Turns:
        asked = 0
        def __len__(self): return 2
        def __iter__(self):
            self.asked += 1
            return iter([self.asked, 0])
    loader = DataLoader(range(9), 2, sampler=Turns())
    first, second = iter(loader), iter(loader)
    assert loader.sampler.asked == 2 and [b.tolist() for b in second] == [[2, 0]] and [b.tolist() for b in first] == [[1, 0]]

def test_weights_are_chances():
    drawn = np.array(list(WeightedRandomSampler([1, 2, 0, 5], 80_000, rng=seeded())))
    assert abs(np.bincount(drawn)/80_000 - [.125, .25, 0, .625]).max() < .01
    alone = [list(WeightedRandomSampler([1, 9], 1, replacement=False, rng=seeded(s)))[0] for s in range(500)]
    assert .85 < np.mean(alone) < .95

def test_a_sampler_resumes_with_the_loader():
    from tinytorch.core.training import generator_states, restore_generators
    one, other = [DataLoader(range(9), 4, sampler=WeightedRandomSampler(np.ones(9), 9, rng=seeded(s))) for s in (0, 1)]
    list(one)
    restore_generators(generator_states(one), other)
    assert [b.tolist() for b in one] == [b.tolist() for b in other]

@pytest.mark.parametrize('make, error, words', [
    (lambda: WeightedRandomSampler([], 3), ValueError, r'shape \(0,\)'), (lambda: WeightedRandomSampler([0, 0], 3), ValueError, 'from 0 to 0'),
    (lambda: WeightedRandomSampler([1, np.nan], 3), ValueError, 'one weight per sample'), (lambda: WeightedRandomSampler([1, np.inf], 3), ValueError, 'to inf'),
    (lambda: WeightedRandomSampler([[1, 2]], 3), ValueError, r'shape \(1, 2\)'), (lambda: WeightedRandomSampler([1], -1), ValueError, 'got -1'),
    (lambda: WeightedRandomSampler([1], 2.5), TypeError, 'float'), (lambda: WeightedRandomSampler([1, 0], 2, False), ValueError, '2 samples of the 1'),
    (lambda: DataLoader([1], sampler=5), TypeError, 'a int is no sampler'), (lambda: DataLoader([1], sampler=(i for i in [0])), TypeError, 'generator is no sampler'),
    (lambda: DataLoader([1], sampler=[0], shuffle=True), ValueError, 'leave out shuffle'), (lambda: list(DataLoader([1], sampler=[1])), IndexError, 'sampler: index 1 is out of range for 1'),
    (lambda: list(DataLoader([1], sampler=[.5])), TypeError, 'sampler: expected whole numbers'),
    (lambda: DataLoader([1], num_workers=2), ValueError, 'num_workers is 2'), (lambda: DataLoader([1], pin_memory=True), ValueError, 'pin_memory'),
    (lambda: DataLoader([1], shuffle=True, generator=np.random.default_rng(0)), TypeError, 'called rng here: write rng=0')])
def test_sampler_errors(make, error, words):
    with pytest.raises(error, match=words): make()

def test_what_pytorch_says_and_means_nothing_here_is_accepted():
    assert len(list(DataLoader(range(4), batch_size=2, shuffle=True, num_workers=0, pin_memory=False, drop_last=False))) == 2
