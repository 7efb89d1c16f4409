"The tensor: what API names, dtypes, edges, and what Python and NumPy ask of it"
import asyncio, copy, gc, math, operator, pickle, re, subprocess, sys, threading, weakref

import numpy as np
import pytest

import tinytorch.core.tensor as tensor_module
from tinytorch.capstone import SimpleMLP
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import no_grad, vjp_rules
from tinytorch.core.dataloader import DataLoader, RandomCrop, RandomHorizontalFlip, random_split
from tinytorch.core.embeddings import Embedding, LearnedPositionalEmbedding
from tinytorch.core.layers import Dropout, Linear
from tinytorch.core.spatial import Conv2d, SimpleCNN
from tinytorch.core.tensor import (Recipe, Tensor, arange, argsort, as_rng, cat, chunk, cumsum, elsewhere, eye, full, functions,
                                   is_recording, lift, maximum, minimum, ones, op, pad, prod, rand, randn, sort, split, stack,
                                   tensor, to_array, topk, tril, triu, where, zeros)
from tinytorch.core.transformers import GPT, MLP, TransformerBlock
from tinytorch.testing import close

def rng(seed=0): return np.random.default_rng(seed)
def wanting(*values, dtype=np.float32): return Tensor(np.array(values, dtype), requires_grad=True)
def same(t, array):
    "Equal in value, shape and dtype"
    array = np.asarray(array)
    assert type(t) is Tensor and t.shape == array.shape and t.dtype == array.dtype, (t, array)
    np.testing.assert_array_equal(t.data, array)

# Names

def test_every_name_of_the_interface_is_there():
    t = Tensor([[1., 2]])
    attributes = 'data shape ndim size dtype T grad requires_grad'.split()
    methods = ('numpy item tolist detach astype reshape view transpose permute flatten squeeze unsqueeze broadcast_to '
               'sum mean max min var std argmax exp log sqrt abs clip maximum minimum prod square rsqrt reciprocal log2 log10 '
               'log1p exp2 expm1 sin cos tan asin acos atan sinh cosh sign round floor ceil tril triu pad split chunk cumsum '
               'sort argsort topk argmin any all numel contiguous').split()
    for name in attributes: getattr(t, name)
    for name in methods: assert callable(getattr(t, name)), name
    names = ('zeros ones full arange eye randn rand cat stack where op Recipe Tensor tensor maximum minimum prod square rsqrt reciprocal '
             'exp log sqrt log2 log10 log1p exp2 expm1 sin cos tan asin acos atan sinh cosh sign floor ceil tril triu pad split chunk '
             'cumsum sort argsort topk').split()
    for name in names: assert callable(getattr(tensor_module, name)) and name in tensor_module.__all__

def test_no_builtin_is_hidden_from_whoever_imports_all():
    assert not {'sum', 'max', 'min', 'any', 'all', 'round', 'abs', 'pow', 'sorted', 'len'} & set(tensor_module.__all__)

@pytest.mark.parametrize('name, words', [('clamp', 't.clip'), ('expand', 't.broadcast_to'), ('mm', 'a @ b'), ('bmm', 'a @ b'), ('mul', 'a * b'), ('float', 'np.float32'),
                                         ('long', 'np.int64'), ('masked_fill', 'where('), ('cuda', 'no devices'), ('to', 't.astype'), ('add_', 'no_grad'), ('scatter_', 't[rows, columns] ='),
                                         ('retain_grad', 'requires_grad=True'), ('device', 'no devices'), ('gather', 't['), ('backwards', 'backwards')])
def test_a_missing_name_says_what_ours_is_called(name, words):
    with pytest.raises(AttributeError) as caught: getattr(Tensor([1.]), name)
    assert repr(name) in str(caught.value) and words in str(caught.value)

def test_names_of_a_later_page_say_which():
    "Until that page is imported, which gives tensors these methods"
    for name, words in (('softmax', 'tinytorch.core.activations'), ('backward', 'import tinytorch.core.autograd')): assert words in tensor_module.advice(name)

def test_what_is_advised_works():
    t, other = Tensor([[1., 2], [3, 4]]), Tensor([[5., 6], [7, 8]])
    space = dict(np=np, t=t, a=t, b=other, c=other, other=other, where=where, cat=cat, low=0, high=2, shape=(3, 2, 2), dtype=np.float32, mask=t > 1, value=0., condition=t > 1, Tensor=Tensor, zeros=zeros, ones=ones, full=full,
                 n=2, dim=0, axis=0, axes=(1, 0), rows=np.array([0, 1]), columns=np.array([0, 1]), indices=np.array([0]), i=0, tuple=tuple)
    for name, advice in elsewhere.items():
        assert not hasattr(t, name), name
        code = {'swapaxes': 't.transpose(0, 1)', 'narrow': 't[:, 0:1]', 'logical_and': '(a > 1) & (b > 1)', 'logical_or': '(a > 1) | (b > 1)', 'logical_xor': '(a > 1) ^ (b > 1)', 'logical_not': '~(a > 1)'}.get(name, advice)
        exec(code, dict(space))

def test_names_that_cost_a_line_are_there():
    t = Tensor([[1., 2], [3, 4]], requires_grad=True)
    assert t.dim() == t.ndim == 2 and t.numel() == 4 and t.contiguous() is t and t.cpu() is t
    copy = t.clone()
    assert copy.data is not t.data and copy.recipe.parents == (t,)
    copy.backward(np.full((2, 2), 3.))
    assert t.grad.tolist() == [[3, 3], [3, 3]]
    for array in (np.arange(3), np.array([True]), np.ones(2, np.float16)): assert Tensor(array).clone().dtype == array.dtype

def test_requires_grad_():
    t = Tensor([1., 2])
    assert t.requires_grad_() is t and t.requires_grad and (t*2).recipe
    assert t.requires_grad_(False) is t and not (t*2).requires_grad
    with pytest.raises(TypeError, match='int64.*astype'): Tensor(np.arange(2)).requires_grad_()
    assert not Tensor(np.arange(2)).requires_grad_(False).requires_grad
    result = t.requires_grad_()*2
    assert result.requires_grad_() is result
    with pytest.raises(RuntimeError, match=r'requires_grad_: .*detach'): result.requires_grad_(False)
    assert result.requires_grad

def test_a_bound_that_is_no_number_gives_none():
    "As in NumPy and PyTorch, also where the bound is a tensor"
    x, bound = Tensor([0., 5, np.nan]), Tensor([1., np.nan, 1.])
    for clipped, expected in ((x.clip(bound), [1, np.nan, np.nan]), (x.clip(max=bound), [0, np.nan, np.nan]), (x.clip(bound.data), [1, np.nan, np.nan])):
        np.testing.assert_array_equal(clipped.data, expected)
    np.testing.assert_array_equal(Tensor([1., 2]).clip(Tensor([1.]), 1.5).data, [1, 1.5])

def test_size_is_a_number_and_says_so_when_called():
    t = Tensor(np.ones((2, 3)))
    assert t.size == 6 and isinstance(t.size, int) and t.size//2 == 3 and repr(t.size) == '6' and np.zeros(t.size).shape == (6,) and t.numel() == 6
    for call in (lambda: t.size(), lambda: t.size(0)):
        with pytest.raises(TypeError, match=r'size: .*t\.shape\[0\]'): call()

def test_methods_leave_builtins_and_module_names_alone():
    assert tensor_module.builtins.sum is sum and sum([1, 2]) == 3
    assert not any(getattr(tensor_module, name, None) is getattr(Tensor, name) for name in ('sum', 'max', 'min', 'mean', 'reshape', '__len__'))

# Construction and dtype

@pytest.mark.parametrize('data', [3, 3., True, [1, 2], (1, 2), [[1, 2], [3, 4]], [], range(3), [True, False], [1, 2.5]])
def test_python_numbers_become_float32_and_booleans_stay(data):
    t, expected = Tensor(data), np.asarray(data)
    same(t, expected if expected.dtype == bool else expected.astype(np.float32))

@pytest.mark.parametrize('dtype', ['f2', 'f4', 'f8', 'i1', 'u1', 'i4', 'i8', 'u8', '?'])
def test_arrays_keep_their_dtype_and_are_shared(dtype):
    a = np.ones((2, 3), dtype)
    assert Tensor(a).data is a and Tensor(a).numpy() is a
    assert Tensor(a[0, 0]).dtype == dtype and Tensor(a[0, 0]).shape == ()
    assert Tensor(Tensor(a)).data is a

def test_a_tensor_of_a_leaf_is_a_leaf_and_of_a_result_an_error():
    w = wanting(1, 2)
    t = Tensor(w)
    assert t.recipe is None and not t.requires_grad and t.data is w.data and Tensor(w, requires_grad=True).requires_grad
    for make in (lambda: Tensor(w*2), lambda: Tensor(w*2, requires_grad=True), lambda: tensor(w*2)):
        with pytest.raises(TypeError, match=r'lose its history; .*t\.detach\(\)'): make()
    with no_grad(): assert Tensor(w*2).tolist() == [2, 4]
    assert Tensor((w*2).detach()).tolist() == [2, 4]

def test_no_array_forgets_a_history_in_silence():
    w = wanting(1, 2)
    for make in (lambda y: np.array([y]), lambda y: np.asarray(y), lambda y: np.array(y, float), lambda y: np.ones(2).__setitem__(slice(None), y)):
        with pytest.raises(TypeError, match=r'would forget how its result was made.*\(t\.data\)'): make(w*2)
        make(w); make(w.detach()*2)
        with no_grad(): make(w*2)

def test_lists_of_different_lengths_are_an_error_that_says_so():
    for ragged in ([[1], [1, 2]], [1, [2]], [[[1, 2], [3, 4]], [[1], [2]]]):
        with pytest.raises(ValueError, match='Tensor: .*differ in length'): Tensor(ragged)

def test_lists_of_arrays_and_of_tensors():
    same(Tensor([np.float64(1), 2]), np.array([1, 2], np.float32))
    same(Tensor([Tensor([1, 2]), Tensor([3, 4])]), np.array([[1, 2], [3, 4]], np.float32))
    same(Tensor([Tensor(1), 2, [3][0]]), np.array([1, 2, 3], np.float32))

@pytest.mark.parametrize('nest', [lambda w: [w], lambda w: (w, 1.), lambda w: [[1., w]], lambda w: [[[w]]], lambda w: [(1., w)]])
def test_no_gradient_is_lost_in_a_list(nest):
    with pytest.raises(TypeError, match='join them with stack or cat'): Tensor(nest(Tensor(1., requires_grad=True)))

@pytest.mark.parametrize('data', [None, 'a', ['a'], {}, {1, 2}, 1j, object(), np.array([None]), np.array(['2020-01-01'], 'M8[D]'), b'x'])
def test_what_is_not_a_number_is_refused_by_name(data):
    with pytest.raises(TypeError, match='Tensor: expected numbers, got '): Tensor(data)

def test_only_floats_want_gradients():
    for data in (np.arange(3), np.array([True]), True):
        with pytest.raises(TypeError, match='only floating numbers have gradients'): Tensor(data, requires_grad=True)
    assert Tensor(np.ones(2, np.float16), requires_grad=True).requires_grad

def test_array_subclasses_become_plain_arrays():
    t = Tensor(np.ma.array([[1., 2]]))
    assert type(t.data) is np.ndarray and t.shape == (1, 2)

def test_no_operator_or_method_hangs_on_an_op_that_was_made_again():
    "The last part of page 01 makes the ops anew; whatever still held an old one would have no gradient rule"
    for name, thing in [*vars(Tensor).items(), *vars(tensor_module).items()]:
        held = [cell.cell_contents for cell in getattr(thing, '__closure__', None) or ()]
        assert all(made in vjp_rules for made in [thing, *held] if hasattr(made, 'options')), name

def test_misspelled_attributes_are_errors():
    with pytest.raises(AttributeError): Tensor(1.).wieght = 2
    with pytest.raises(AttributeError, match="no attribute 'cuda'"): Tensor(1.).cuda()
    assert not hasattr(Tensor(1.), 'to') and not hasattr(Tensor(1.), '__dict__')

def test_a_subclass_works_and_results_are_tensors():
    class Parameter(Tensor): pass
    p = Parameter([1, 2], requires_grad=True)
    out = 2*p + p*p
    assert type(out) is Tensor and out.requires_grad
    out.backward([1, 1])
    close(p.grad, [4, 6])

# Numbers that meet tensors

@pytest.mark.parametrize('dtype', ['f2', 'f4', 'f8'])
def test_a_python_number_takes_the_dtype_of_a_float_tensor(dtype):
    t = Tensor(np.array([1, 2, 4], dtype))
    for out in (t + 2, 2 + t, t - .5, .5 - t, t*3, 3.*t, t/2, 2/t, t**2, t**.5, t**2.5, 2**t, -t, t @ t, t.mean(), t.std(), t.var(), t.sum(), t.max(), t.exp(),
                t.clip(0, 2), t.sqrt(), t.log(), abs(t), t.sum()*1e-3, t[0] + 1, np.add(1, t), np.multiply(2., t), t.mean(axis=0, keepdims=True)):
        assert out.dtype == dtype, out

def test_dtypes_where_kinds_meet():
    f4, f8, i8, b = Tensor([1, 2]), Tensor(np.array([1., 2])), Tensor(np.array([1, 2])), Tensor([True, False])
    assert (f4 + f8).dtype == (f8*f4).dtype == (f4 @ f8).dtype == np.float64
    assert (i8 + 1).dtype == (i8*i8).dtype == np.int64 and (i8*2.5).tolist() == [2.5, 5]
    assert (i8/2).tolist() == [.5, 1] and (i8**2).dtype == np.int64
    assert (f4 + b).dtype == np.float32 and (f4*i8).dtype == np.float64        # as NumPy has it
    assert (f4 + np.ones(2)).dtype == np.float64 and (f4*np.float64(2)).dtype == np.float64
    assert (f4*np.float32(2)).dtype == (f4 + [1, 2]).dtype == ([1, 2] + f4).dtype == np.float32
    assert b.sum().dtype.kind == 'i' and b.mean().dtype.kind == i8.mean().dtype.kind == 'f' and b.mean().item() == .5
    assert i8.var().item() == .25 and i8.std().item() == .5

@pytest.mark.parametrize('y', [2., 3., .5, 1., -1., 2.5, 0.])
def test_the_dtype_of_a_power_does_not_depend_on_the_exponent(y):
    for x, kind in [(np.float32, np.float64), (np.float64, np.float32), (np.float32, np.float32)]:
        a, b = np.array([1, 2, 4], x), np.array(y, kind)
        out = Tensor(a)**Tensor(b)
        assert out.dtype == np.result_type(a, b)
        close(out, a**b)
        close(Tensor(a)**y, a**y); close(Tensor(a)**Tensor(np.full(3, y, kind)), a**y)

def test_powers_of_whole_numbers():
    same(Tensor(np.arange(4))**2, np.arange(4)**2)
    same(Tensor(np.arange(4))**3, np.arange(4)**3)
    with pytest.raises(ValueError, match='power: Integers to negative'): Tensor(np.arange(4))**-1
    close(Tensor(np.arange(1, 4))**-1., [1, .5, 1/3])
    close(2**Tensor(np.arange(4)), [1, 2, 4, 8])

def test_too_large_a_number_for_an_integer_tensor():
    small = Tensor(np.array([1], np.int8))
    for do in (lambda: small + 300, lambda: small*[300], lambda: 300 - small, lambda: small.__setitem__(0, 300), lambda: small.__setitem__(0, [-129]),
               lambda: where([True], small, 300), lambda: Tensor(np.array([1], np.uint8)) + -1, lambda: cat([small, [300]])):
        with pytest.raises(OverflowError): do()
    assert small.tolist() == [1]

MET = {'f2': ('f2', 'f2'), 'f4': ('f4', 'f4'), 'f8': ('f8', 'f8'), 'i8': ('i8', 'f8'), 'i4': ('i4', 'f8'), 'u4': ('u4', 'f8'), 'i2': ('i2', 'f4'), 'i1': ('i1', 'f4'), 'u1': ('u1', 'f4'), '?': ('f4', 'f4')}

@pytest.mark.parametrize('dtype', MET)
def test_constants_take_the_dtype_of_what_they_meet(dtype):
    "The table on page 01, for numbers and lists, on either side, in operators, where, cat and lift"
    t, (whole, real) = Tensor(np.array([1, 2], dtype)), MET[dtype]
    for value, expected in [(2, whole), ([2, 3], whole), ((2, 3), whole), (.1, real), ([.1, .2], real), ([1, .2], real)]:
        constant = lift(value, t)
        assert constant.dtype == expected and constant.tolist() == np.array(value, expected).tolist()
        for out in (t + value, value + t, t*value, value*t, t - value if dtype != '?' else t + value, maximum(t, value), where([True, False], t, value)): assert out.dtype == expected, value
        assert cat([t, [value] if isinstance(value, (int, float)) else value]).dtype == np.result_type(dtype, expected)
    assert lift(True, t).dtype == lift([True], t).dtype == bool and lift(np.float32(1), t).dtype == np.float32

def test_no_constant_passes_through_float32():
    for t in (Tensor(np.arange(1, 4)), Tensor(np.arange(1, 4.))):
        a = t.data
        for out, expected in [(t*.1, a*.1), (t/.3, a/.3), (t - [.1, .2, .3], a - np.array([.1, .2, .3])), (.1*t, .1*a), (t**.1, a**.1), (np.multiply(.1, t), .1*a), (.1 % t, .1 % a), (t // .1, a // .1),
                              (maximum(t, .1), np.maximum(a, .1)), (where([True, False, True], t, .1), np.where([True, False, True], a, .1)), (t.clip(1.1, 2.1), a.clip(1.1, 2.1))]: same(out, expected)
    t = Tensor(np.zeros(2)); t[0] = .1; t[1:] = [.2]
    assert t.tolist() == [.1, .2]
    assert (Tensor(np.array([.1, .2])) == [.1, .2]).all() and (Tensor(np.array([1, 2])) < [1.1, 2.1]).all() and not (Tensor(np.array([1, 2])) >= [1.1, 2.1]).any()
    assert where([True], .1, np.array([.3])).item() == .1

@pytest.mark.house  # page 01 asks for a stack of tensors
def test_stack_takes_numbers_too():
    assert stack([Tensor(np.array(1.)), .1]).tolist() == [1, .1]
    same(stack([Tensor(1), 2.]), np.array([1, 2], 'f4'))
    same(stack(Tensor(np.ones((2, 3)))), np.ones((2, 3)))

def test_lift_keeps_tensors_and_reads_arrays():
    t = Tensor([1.])
    assert lift(t, None) is t and lift(np.ones(2), t).dtype == np.float64 and lift([1, 2], t).dtype == np.float32
    assert lift(True, t).dtype == bool and lift(np.float64(1), t).dtype == np.float64 and lift(1, None).dtype == np.float32
    assert lift(.1, np.ones(2)).item() == .1 and lift([.1], np.ones(2, np.float32)).dtype == np.float32
    for bad in (['a'], None, [None], 'a', {}):
        with pytest.raises(TypeError, match='expected numbers'): lift(bad, t)
    with pytest.raises(TypeError, match='join them with stack or cat'): lift([wanting(1)], t)

# Arithmetic against NumPy

shapes = [((), ()), ((3,), ()), ((), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((4, 1, 3), (2, 1)), ((0, 3), (1, 3)), ((2, 0), ()), ((1,), (1,))]

@pytest.mark.parametrize('a, b', shapes, ids=str)
def test_arithmetic_is_numpys(a, b):
    x, y = rng().uniform(.5, 2, a), rng(1).uniform(.5, 2, b)
    p, q = Tensor(x), Tensor(y)
    for out, expected in [(p + q, x + y), (p - q, x - y), (p*q, x*y), (p/q, x/y), (p**q, x**y), (-p, -x), (abs(-p), x),
                          (p < q, x < y), (p <= q, x <= y), (p > q, x > y), (p >= q, x >= y), (p == q, x == y), (p != q, x != y)]:
        same(out, expected)
    for out, expected in [(x + q, x + y), (x - q, x - y), (x*q, x*y), (x/q, x/y), (x**q, x**y), (x < q, x < y), (x == q, x == y)]: same(out, expected)
    for out, expected in [(p + y, x + y), (p - y, x - y), (p/y, x/y), (p**y, x**y), (p >= y, x >= y)]: same(out, expected)

@pytest.mark.parametrize('a, b', [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (3,)),
                                  ((3,), (5, 3, 4)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((1, 1), (1, 1)), ((2, 1, 2, 3), (4, 3, 2))], ids=str)
def test_matmul_is_numpys(a, b):
    x, y = rng().standard_normal(a), rng(1).standard_normal(b)
    for out in (Tensor(x) @ Tensor(y), Tensor(x) @ y, x @ Tensor(y), np.matmul(x, Tensor(y))):
        assert type(out) is Tensor and out.shape == (x @ y).shape
        close(out, x @ y, rtol=1e-12, atol=1e-14)

def test_matmul_of_lists_and_of_scattered_memory():
    w = Tensor([[1, 2], [3, 4]])
    close([[1, 1]] @ w, [[4, 6]]); close(w @ [1, 1], [3, 7])
    x = rng().standard_normal((6, 8))
    close(Tensor(x[::2, ::-2]) @ Tensor(x.T[:4:1, ::3]), x[::2, ::-2] @ x.T[:4, ::3])

IN_PLACE = {'+': operator.iadd, '-': operator.isub, '*': operator.imul, '/': operator.itruediv}

@pytest.mark.parametrize('name', IN_PLACE)
def test_in_place_operators_write_into_the_tensor(name):
    for dtype in (np.float32, np.float64):
        a = np.array([[1, 2, 4]], dtype)
        for other in (2, .5, [1, 2, 3], np.array([1., 2, 3]), Tensor([[2., 4, 8]])):
            t = Tensor(a.copy()); array, before = t.data, t
            t = IN_PLACE[name](t, other)
            assert t is before and t.data is array and t.dtype == dtype
            close(array, IN_PLACE[name](a.copy(), np.asarray(other, dtype)))

def test_a_loop_of_training_in_place_trains():
    w = wanting(1, 2)
    for _ in range(3):
        w.grad = None
        (w*w).sum().backward()
        with no_grad():
            for p in [w]: p -= p.grad*.25
    close(w.data, [.125, .25])

def test_in_place_on_a_leaf_that_wants_gradients_is_an_error_while_recording():
    for change in IN_PLACE.values():
        w = wanting(1, 2)
        with pytest.raises(RuntimeError, match=r'^[-+*/]=: this leaf wants gradients.*inside no_grad\(\)'): change(w, 2.)
        assert w.tolist() == [1, 2]

def test_in_place_on_results_is_remembered():
    w = wanting(1, 2)
    y = w*3.; y += w; y *= w
    y.sum().backward()
    close(w.grad, [8, 16])
    total, u = Tensor(0.), wanting(1, 2)
    for _ in range(3): total += (u*u).sum()
    total.backward()
    close(u.grad, [6, 12])

def test_in_place_keeps_shape_and_dtype_or_says_why_not():
    t, whole = Tensor([1, 2]), Tensor(np.array([1, 2]))
    with pytest.raises(ValueError, match=r'^\+=: .*\(2,\) and \(3, 2\)'): t += np.ones((3, 2))
    with pytest.raises(ValueError, match=r'^\*=: .*\(2,\) and \(3,\)'): t *= [1, 2, 3]
    with pytest.raises(TypeError, match='^/=: .*int(64|32) and float64'): whole /= 2.
    read_only = Tensor([1.]).broadcast_to(3)
    with pytest.raises(ValueError, match=r'^\+=: '): read_only += 1
    with pytest.raises(TypeError, match='expected numbers'): t += None
    assert t.tolist() == [1, 2] and whole.tolist() == [1, 2]

# Booleans, whole numbers, steps

def test_logic_is_numpys():
    p, q, m, n = np.array([True, True, False, False]), np.array([True, False, True, False]), np.arange(4), np.arange(4)[::-1].copy()
    for a, b in ((p, q), (m, n), (p, m)):
        for name in ('and_', 'or_', 'xor'):
            f = getattr(operator, name)
            for out in (f(Tensor(a), Tensor(b)), f(Tensor(a), b), f(a, Tensor(b))): same(out, f(a, b))
        same(~Tensor(a), ~a)
    same(Tensor(p) & True, p); same(Tensor(m) & 1, m & 1); same(3 ^ Tensor(m), 3 ^ m); same(Tensor(p) | [False]*4, p)
    for bad in (lambda: Tensor([1.]) & True, lambda: Tensor([1.]) | Tensor([1.]), lambda: ~Tensor([1.]), lambda: Tensor([True]) ^ 1.5):
        with pytest.raises(TypeError, match=r'^[&|~^]: expected booleans or integers, got .*float.*compare first'): bad()
    with pytest.raises(ValueError, match=r'&: shapes \(2,\) and \(3,\) do not broadcast'): Tensor([True, False]) & Tensor([True]*3)
    with pytest.raises(TypeError): Tensor([True]) & None
    with pytest.raises(TypeError, match=r'\^.*operator'): Tensor([True]) - Tensor([True])  # NumPy's advice, which now can be followed

def test_quotients_and_remainders_are_numpys():
    x, y = np.array([7, -7, 7.5, -.5]), np.array([2, 2, -2, 3.])
    for a, b in ((x, y), (np.array([7, -7]), np.array([2, -2]))):
        same(Tensor(a) // Tensor(b), a // b); same(Tensor(a) % Tensor(b), a % b); same(a // Tensor(b), a // b); same(Tensor(a) % b, a % b); same(np.remainder(a, Tensor(b)), a % b)
    same(7 // Tensor(y), 7 // y); same(-7 % Tensor(y), -7 % y); same(Tensor(np.arange(5)) % 2, np.arange(5) % 2); same(Tensor(np.arange(5)) // 2, np.arange(5) // 2)
    assert (wanting(7)//2).recipe is None and (wanting(7) % 2).requires_grad

def test_steps_have_no_slope():
    x = np.array([-1.5, -.5, 0, .5, 2.5])
    w = Tensor(x, requires_grad=True)
    for out, expected in [(w.floor(), np.floor(x)), (w.ceil(), np.ceil(x)), (w.round(), np.round(x)), (w.sign(), np.sign(x)), ((w*1.234).round(2), np.round(x*1.234, 2)), (tensor_module.floor(w), np.floor(x))]:
        same(out, expected)
        assert out.recipe is None and not out.requires_grad
    assert +w is w

def test_a_whole_number_is_an_index():
    assert ['a', 'b', 'c'][Tensor(np.array(1))] == 'b' and range(5)[Tensor(np.array([3]))] == 3 and operator.index(Tensor(np.int8(7))) == 7
    for bad in (Tensor(1.), Tensor(True)):
        with pytest.raises(TypeError, match='positions are whole numbers'): operator.index(bad)
    with pytest.raises(ValueError): operator.index(Tensor(np.arange(2)))

def test_operators_refuse_what_is_no_number():
    for bad in (None, 'a', {}, object()):
        with pytest.raises(TypeError, match='expected numbers'): Tensor([1.])*bad

# Comparisons, ==, hash, in

def test_comparisons_are_boolean_and_have_no_gradient():
    w = wanting(1, 2, 3)
    for out in (w < 2, w <= 2., 2 > w, w == w, w != w*2, w > np.ones(3), np.ones(3) < w, np.less(2., w), w >= [1, 2, 3]):
        assert out.dtype == bool and not out.requires_grad and out.recipe is None

def test_numbers_beyond_the_dtype_may_be_compared():
    small = Tensor(np.array([1, 2], np.uint8))
    assert (small < 300).tolist() == [True, True] and (small == -1).tolist() == [False, False] and (small > -1).data.all()

def test_a_float32_equals_the_number_it_was_made_from():
    assert (Tensor([.1, .2]) == .1).tolist() == [True, False] and (Tensor([.1, .2]) == [.1, .2]).data.all()

def test_equality_with_other_things_is_pythons():
    t = Tensor([1., 2])
    for other in (None, 'a', {}, object(), [None]):
        assert (t == other) is False and (t != other) is True and (other == t) is False
        with pytest.raises(TypeError): t < other
    assert t in ['x', None, t]

def test_hash_is_by_identity():
    a, b = Tensor([1.]), Tensor([1.])
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1 and b not in {a} and hash(a) == object.__hash__(a)

def test_in_asks_the_elements():
    assert 2 in Tensor([1, 2]) and 5 not in Tensor([1, 2])
    with pytest.raises(ValueError, match='neither true nor false'): Tensor([1, 2]) in [Tensor([1, 3])]

# Functions

@pytest.mark.parametrize('shape', [(), (1,), (5,), (2, 3), (0, 3)])
def test_functions_of_one_number_are_numpys(shape):
    x = rng().uniform(.5, 3, shape)
    t = Tensor(x)
    for out, expected in [(t.exp(), np.exp(x)), (t.log(), np.log(x)), (t.sqrt(), np.sqrt(x)), ((-t).abs(), x), (t.clip(1, 2), np.clip(x, 1, 2)),
                          (t.clip(1), np.maximum(x, 1)), (t.clip(high=1), np.minimum(x, 1)), (t.astype(np.float32), x.astype('f4')), (t.astype(int), x.astype(int))]:
        same(out, expected)

NUMPYS = {name: getattr(np, name, None) or (lambda x: 1/np.sqrt(x)) for name in functions}  # all but rsqrt have NumPy's name

@pytest.mark.parametrize('name', functions)
def test_elementwise_functions_are_numpys_as_methods_and_functions(name):
    for x in (rng().uniform(.1, .9, (2, 3)), np.array(.5), np.ones((0, 2)), rng().uniform(.1, .9, (4, 6))[::2, ::-3]):
        expected = NUMPYS[name](x)
        for out in (getattr(Tensor(x), name)(), getattr(tensor_module, name)(x)): close(out, expected, rtol=1e-15); assert out.dtype == np.float64
    single = getattr(Tensor([.5]), name)()
    assert single.dtype == np.float32 and getattr(Tensor([.5], requires_grad=True), name)().requires_grad
    for whole in (np.array([1]), np.array([True]), np.array([1], np.uint8)):
        out = getattr(Tensor(whole), name)()
        assert out.dtype == (whole.dtype if name == 'square' and whole.dtype.kind != 'b' else out.dtype) and (name == 'square' or out.dtype == np.float32)

def test_the_larger_and_the_smaller():
    x, y = np.array([[1., 5, np.nan]]), np.array([[2.], [4]])
    same(maximum(Tensor(x), Tensor(y)), np.maximum(x, y)); same(minimum(Tensor(x), y), np.minimum(x, y)); same(Tensor(x).maximum(2), np.maximum(x, 2)); same(np.minimum(y, Tensor(x)), np.minimum(x, y))

def test_clip_takes_tensors_and_both_pairs_of_words():
    x, low, high = np.array([1., 5, 3]), np.array([2., 2, 2]), np.array([[4.], [2.5]])
    for out in (Tensor(x).clip(Tensor(low), Tensor(high)), Tensor(x).clip(low, high), Tensor(x).clip(min=low, max=high), Tensor(x).clip(2, high)): same(out, np.clip(x, low, high))
    same(Tensor(x).clip(min=2), np.clip(x, 2, None)); same(Tensor(x).clip(max=Tensor(2.)), np.minimum(x, 2)); same(Tensor(x).clip(), x)
    for words in (dict(low=0, min=1), dict(high=0, max=1)):
        with pytest.raises(TypeError, match='clip: .* are two words for one thing'): Tensor(x).clip(**words)
    w, bound = wanting(1, 5, 3), wanting(2, 2, 3)
    w.clip(bound).sum().backward()
    assert w.grad.tolist() == [0, 1, 1] and bound.grad.tolist() == [1, 0, 0]

def test_log_of_zero_and_of_negatives_warn_as_numpy_does():
    with pytest.warns(RuntimeWarning, match='divide by zero'): assert Tensor([0.]).log().item() == -np.inf
    with pytest.warns(RuntimeWarning, match='invalid value'): assert np.isnan(Tensor([-1.]).log().item())

def test_astype_is_always_a_copy():
    t = Tensor([1., 2])
    for dtype in (np.float32, np.float64, int): assert not np.shares_memory(t.astype(dtype).data, t.data)
    assert t.astype('float64').dtype == np.float64 and t.astype(bool).dtype == bool

def test_no_gradient_passes_through_whole_numbers():
    w = wanting(1.5, 2.5)
    for dtype in (int, np.int8, bool, np.uint8):
        out = w.astype(dtype)
        assert not out.requires_grad and out.recipe is None
    assert w.astype(np.float64).requires_grad

# Shapes

def test_shapes_are_numpys():
    x = np.arange(24).reshape(2, 3, 4)
    t = Tensor(x)
    for out, expected in [(t.reshape(6, 4), x.reshape(6, 4)), (t.reshape((6, -1)), x.reshape(6, -1)), (t.view([4, 6]), x.reshape(4, 6)), (t.reshape(-1), x.ravel()),
                          (t.T, x.T), (t.transpose(), x.swapaxes(-1, -2)), (t.transpose(0, -1), x.swapaxes(0, -1)), (t.transpose(-3, 1), x.swapaxes(0, 1)),
                          (t.permute(2, 0, 1), x.transpose(2, 0, 1)), (t.permute((-1, 0, 1)), x.transpose(2, 0, 1)), (t.permute([0, 2, 1]), x.transpose(0, 2, 1)),
                          (t.flatten(), x.ravel()), (t.flatten(1), x.reshape(2, 12)), (t.flatten(0, 1), x.reshape(6, 4)), (t.flatten(-2), x.reshape(2, 12)), (t.flatten(1, 1), x),
                          (t.unsqueeze(0), x[None]), (t.unsqueeze(-1), x[..., None]), (t.unsqueeze(1), x[:, None]), (t.unsqueeze(3), x[..., None]), (t.unsqueeze(-4), x[None]),
                          (t.unsqueeze(0).squeeze(), x), (t.unsqueeze(2).squeeze(2), x), (t.unsqueeze(2).squeeze(-2), x), (t.squeeze(0), x),
                          (t.broadcast_to(5, 2, 3, 4), np.broadcast_to(x, (5, 2, 3, 4))), (t.unsqueeze(0).broadcast_to((2, 2, 3, 4)), np.broadcast_to(x, (2, 2, 3, 4)))]:
        same(out, expected)

def test_a_number_counts_as_having_one_axis():
    n = Tensor(3.)
    assert n.transpose(0, -1).shape == n.transpose(0, 0).shape == () and n.argmax(0).item() == n.argmin(-1).item() == 0 and n.argmax(0, keepdims=True).shape == ()
    assert n.sum(0).item() == n.max(-1).item() == n.cumsum(0).item() == 3 and n.sort().values.item() == 3 and n.topk(1).indices.item() == 0 and n.argsort().shape == ()
    for bad in (lambda: n.transpose(), lambda: n.transpose(0, 1), lambda: n.argmax(1), lambda: n.sort(1), lambda: n.topk(2)):
        with pytest.raises(ValueError): bad()

def test_frames_and_triangles():
    x = np.arange(24.).reshape(2, 3, 4)
    t = Tensor(x)
    same(pad(t, (1, 2)), np.pad(x, [(0, 0), (0, 0), (1, 2)])); same(t.pad((1, 0, 2, 1), value=7), np.pad(x, [(0, 0), (2, 1), (1, 0)], constant_values=7)); same(pad(t, (-1, -2)), x[..., 1:-2])
    same(pad(t, (-1, 2, 0, -1)), np.pad(x[:, :-1, 1:], [(0, 0), (0, 0), (0, 2)])); same(pad(t, ()), x); same(pad([1, 2], (1, 1)), np.array([0, 1, 2, 0], 'f4')); same(pad(t, (1, 1), 'constant', 3)[0, 0], np.array([3, 0, 1, 2, 3, 3.]))
    for k in (-1, 0, 2): same(tril(t, k), np.tril(x, k)); same(t.triu(diagonal=k), np.triu(x, k))
    for bad, words in [(lambda: pad(t, (1,)), 'pad: expected two widths'), (lambda: pad(t, (1,)*8), 'up to 3 axes'), (lambda: pad(t, (1, 1), 'reflect'), "no mode 'reflect'")]:
        with pytest.raises(ValueError, match=words): bad()
    w = wanting(1, np.inf)
    tril(w.broadcast_to(2, 2)).sum().backward()
    assert w.grad.tolist() == [2, 1]

def test_shapes_of_a_number_and_of_nothing():
    n, empty = Tensor(3.), Tensor(np.ones((2, 0, 3)))
    assert n.flatten().shape == n.reshape(1).shape == n.unsqueeze(0).shape == n.unsqueeze(-1).shape == n.broadcast_to(1).shape == (1,)
    assert n.reshape(()).shape == n.reshape().shape == n.squeeze().shape == n.squeeze(0).shape == n.squeeze(-1).shape == n.T.shape == n.permute().shape == ()
    assert empty.flatten().shape == (0,) and empty.flatten(1).shape == (2, 0) and empty.flatten(0, 1).shape == (0, 3) and empty.reshape(3, 0).shape == (3, 0)
    assert empty.T.shape == (3, 0, 2) and empty.unsqueeze(1).shape == (2, 1, 0, 3) and empty.squeeze().shape == (2, 0, 3)
    assert Tensor([1, 2]).T.tolist() == [1, 2] and Tensor([[5]]).squeeze().shape == () and Tensor([[5]]).squeeze(0).shape == (1,)

def test_reshape_of_scattered_memory():
    x = np.arange(24).reshape(4, 6)[::2, ::-1].T
    same(Tensor(x).reshape(3, 4), x.reshape(3, 4)); same(Tensor(x).flatten(), x.ravel())

@pytest.mark.parametrize('call', [lambda t: t.unsqueeze(4), lambda t: t.unsqueeze(-4), lambda t: t.squeeze(2), lambda t: t.squeeze(-3), lambda t: t.flatten(2), lambda t: t.flatten(0, 2),
                                  lambda t: t.flatten(-3), lambda t: t.flatten(1, 0), lambda t: t.transpose(0, 2), lambda t: t.transpose(-3, 0), lambda t: t.permute(0), lambda t: t.permute(0, 0),
                                  lambda t: t.permute(0, 2), lambda t: t.sum(2), lambda t: t.max(-3), lambda t: t.mean(5), lambda t: t.var(5), lambda t: t.sum((0, 0)), lambda t: t.argmax(2),
                                  lambda t: cat([t, t], 2), lambda t: stack([t, t], 3), lambda t: t.reshape(4), lambda t: t.reshape(-1, -1), lambda t: t.broadcast_to(3), lambda t: t.broadcast_to(2, 2)])
def test_axes_that_are_not_there_are_errors_and_do_not_wrap(call):
    with pytest.raises(ValueError): call(Tensor(np.ones((2, 3))))

# Picking, writing, joining

keys = [0, -1, np.int64(1), slice(None), slice(None, None, 2), slice(None, None, -1), slice(3, 1), ..., None, (0, 1), (slice(None), 1), (..., 0), (None, 0, None), [0, 2, 0], np.array([[0, 1], [2, 0]]),
        ([0, 1], [2, 2]), (slice(None), [0, 2]), np.array([True, False, True, False]), [True, False, True, False], (np.array([1, 0]), slice(1, 3)), np.zeros(0, int), (0, [1, 1, 0]), True, range(2)]

@pytest.mark.parametrize('key', keys, ids=str)
def test_brackets_are_numpys(key):
    x = np.arange(12.).reshape(4, 3)
    same(Tensor(x)[key], x[key])
    t = Tensor(x.copy())
    expected = x.copy()
    t[key] = 7; expected[key] = 7
    same(t, expected)

def test_tensors_as_keys():
    x = np.arange(12.).reshape(4, 3)
    t = Tensor(x)
    same(t[t > 5], x[x > 5]); same(t[Tensor(np.array([2, 0]))], x[[2, 0]]); same(t[:, Tensor(np.array(1))], x[:, 1]); same(t[arange(2), arange(2)], x[[0, 1], [0, 1]])
    t[t > 5] = 0
    assert t.data.max() == 5
    with pytest.raises(IndexError, match='positions are whole numbers, got a tensor of float32'): t[Tensor([0, 1])]
    with pytest.raises(IndexError, match='whole numbers'): t[0, Tensor(1.)] = 3
    with pytest.raises(IndexError): t[4]

def test_slices_share_memory_and_arrays_of_indices_do_not():
    t = Tensor(np.arange(6.).reshape(2, 3))
    row, picked = t[0], t[[0]]
    row[1] = 50
    assert t[0, 1].item() == 50 and picked[0, 1].item() == 1

def test_writing():
    t = zeros(2, 3)
    t[0] = [1, 2, 3]; t[1, :2] = Tensor([7, 8]); t[:, 2] = np.array([5., 6])
    assert t.tolist() == [[1, 2, 5], [7, 8, 6]] and t.dtype == np.float32
    with pytest.raises(ValueError): t[0] = [1, 2]
    whole = Tensor(np.zeros(2, int)); whole[0] = 2.7
    assert whole.tolist() == [2, 0]

def test_writing_never_loses_a_gradient():
    w, t = wanting(1, 2), zeros(2)
    for target, value in [(w, 5.), (w*2, 5.), (t, w), (t, w[0])]:
        with pytest.raises(RuntimeError, match='would not be remembered'): target[:] = value
    with pytest.raises(RuntimeError, match='would not be remembered'): t[:] = [w[0], 1]
    assert t.tolist() == [0, 0] and w.tolist() == [1, 2]
    with no_grad(): w[0] = 5; t[:] = w
    assert w.tolist() == t.tolist() == [5, 2]

def test_joining_is_numpys():
    x, y, z = np.ones((2, 3)), np.zeros((2, 3)), np.full((0, 3), 2.)
    a, b, c = map(Tensor, (x, y, z))
    for dim in (0, 1, -1): same(cat([a, b], dim), np.concatenate([x, y], dim))
    for dim in (0, 1, 2, -1, -3): same(stack([a, b, a], dim), np.stack([x, y, x], dim))
    same(cat((a, c)), x); same(cat([a]), x); same(cat([a, y]), np.concatenate([x, y]))
    same(cat(a), x.ravel())
    assert cat([Tensor([1]), Tensor(np.array([1.]))]).dtype == np.float64

def test_taking_apart_is_pytorchs():
    x = np.arange(20.).reshape(2, 10)
    for parts, expected in [(split(Tensor(x), 4, 1), [4, 4, 2]), (split(Tensor(x), [3, 7], dim=-1), [3, 7]), (chunk(Tensor(x), 3, 1), [4, 4, 2]), (Tensor(x).chunk(5, dim=1), [2]*5), (Tensor(x).split(10, axis=1), [10]), (chunk(Tensor(x), 20, 1), [1]*10), (split(x, 5, 1), [5, 5])]:
        assert type(parts) is tuple and [part.shape[1] for part in parts] == expected
        same(cat(parts, 1), x)
    assert [part.shape for part in split(Tensor(x), 1)] == [(1, 10)]*2 and [part.shape for part in split(Tensor(np.ones((0, 2))), 3)] == [(0, 2)]
    for bad, words in [(lambda: split(Tensor(x), [3, 3], 1), 'do not add up to 10'), (lambda: split(Tensor(x), 0), 'split: expected a size'), (lambda: split(Tensor(x), 2, 2), 'split: there is no axis 2'), (lambda: chunk(Tensor(x), 2, 5), 'chunk: there is no axis 5')]:
        with pytest.raises(ValueError, match=words): bad()
    w = wanting(1, 2, 3)
    a, b = w.split(2)
    (a.sum()*10 + b.sum()).backward()
    assert w.grad.tolist() == [10, 10, 1]

def test_where_is_numpys():
    x, y = np.array([[1., 2, 3]]), np.array([[4.], [5]])
    for condition in (np.array([True, False, True]), [1, 0, 1], Tensor([True, False, True]), np.array([[True], [False]]), True):
        same(where(condition, Tensor(x), Tensor(y)), np.where(to_array(condition).astype(bool), x, y))
    t = Tensor([-2, 3, -4])
    assert where(t > 0, t, 0).dtype == where(t > 0, 1, 2).dtype == where(t > 0, 0., t).dtype == np.float32

def test_where_keeps_its_own_condition():
    w, chosen = wanting(1, 2), np.array([True, False])
    out = where(chosen, w, 0.)
    chosen[:] = False
    out.backward([1, 1])
    assert w.grad.tolist() == [1, 0]

# Reductions

@pytest.mark.parametrize('keepdims', [False, True])
@pytest.mark.parametrize('axis', [None, 0, 1, -1, -2, (0, 2), (-1, 0), (0, 1, 2), (), [0, 1]], ids=str)
@pytest.mark.parametrize('shape', [(2, 3, 4), (1, 3, 1), (2, 1, 5)], ids=str)
def test_reductions_are_numpys(shape, axis, keepdims):
    x = rng().standard_normal(shape)
    t, settings, theirs = Tensor(x), dict(axis=axis, keepdims=keepdims), dict(axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)
    same(t.sum(**settings), x.sum(**theirs)); same(t.max(**settings), x.max(**theirs)); same(t.min(**settings), x.min(**theirs))
    for ddof in (0,): close(t.var(**settings, ddof=ddof), x.var(**theirs, ddof=ddof), rtol=1e-12, atol=1e-30)
    close(t.mean(**settings), x.mean(**theirs), rtol=1e-12); close(t.std(**settings), x.std(**theirs), rtol=1e-12, atol=1e-15)
    if axis is None or isinstance(axis, int): same(t.argmax(**settings), x.argmax(**theirs))

REDUCTIONS = 'sum prod max min mean var std argmax argmin any all'.split()

@pytest.mark.parametrize('name', REDUCTIONS)
def test_reductions_take_pytorchs_words_too(name):
    x = rng().standard_normal((3, 4))
    f = getattr(Tensor(x), name)
    for out in (f(1), f(axis=1), f(dim=1)): close(out, getattr(np, name)(x, axis=1), rtol=1e-12)
    assert f(dim=0, keepdim=True).shape == f(0, True).shape == f(axis=0, keepdims=True).shape == (1, 4) and f(dim=0, keepdim=False).shape == (4,)
    for words in (dict(axis=0, dim=0), dict(axis=1, dim=0), dict(keepdims=True, keepdim=True)):
        with pytest.raises(TypeError, match=f'{name}: .*are two words for one thing'): f(**words)
    with pytest.raises(ValueError, match=r': there is no axis 2 for shape \(3, 4\)'): f(dim=2)

@pytest.mark.house  # a mean made of a sum may say that it is one
@pytest.mark.parametrize('name', REDUCTIONS)
def test_reductions_name_themselves(name):
    with pytest.raises(ValueError, match=f'^{name}: there is no axis 2'): getattr(Tensor(np.ones((3, 4))), name)(2)

@pytest.mark.parametrize('call', [lambda t, **axis: cat([t, t], **axis), lambda t, **axis: stack([t, t], **axis), lambda t, **axis: t.unsqueeze(0).squeeze(**axis), lambda t, **axis: split(t, 1, **axis)[0], lambda t, **axis: chunk(t, 2, **axis)[0],
                                  lambda t, **axis: cumsum(t, **axis), lambda t, **axis: sort(t, **axis).values, lambda t, **axis: argsort(t, **axis), lambda t, **axis: topk(t, 1, **axis).values, lambda t, **axis: prod(t, **axis)])
def test_what_has_a_dim_takes_axis_too(call):
    t = Tensor(rng().standard_normal((2, 3)))
    same(call(t, axis=1), call(t, dim=1).data)

def test_truth_of_many():
    x = np.array([[0., 1, 2], [3, 4, 5]])
    for axis in (None, 0, 1, (0, 1), -1): same(Tensor(x).any(axis), x.any(axis)); same(Tensor(x).all(axis), x.all(axis)); same(Tensor(x > 0).all(axis, keepdims=True), (x > 0).all(axis, keepdims=True))
    assert (Tensor(x) >= 0).all() and not (Tensor(x) > 9).any() and wanting(1).any().recipe is None and Tensor([]).all() and not Tensor([]).any()

def test_products():
    x = np.array([[1., 2, 3], [4, 0, 5]])
    for axis in (None, 0, 1, (0, 1)): same(Tensor(x).prod(axis), x.prod(axis)); same(prod(Tensor(x), axis, True), x.prod(axis, keepdims=True))
    w = Tensor(np.array([[0., 0, 3], [4, 0, 5]]), requires_grad=True)
    w.prod(1).sum().backward()
    assert w.grad.tolist() == [[0, 0, 0], [0, 20, 0]]

def test_order():
    x = np.array([[3., 1, 2, 1], [np.nan, 5, -1, 5]])
    for axis in (0, 1, -1):
        values, indices = Tensor(x).sort(axis)
        same(values, np.sort(x, axis)); same(indices, np.argsort(x, axis, kind='stable')); same(argsort(Tensor(x), axis), np.argsort(x, axis, kind='stable'))
        down = sort(Tensor(x), axis, descending=True)
        np.testing.assert_array_equal(down.values.data, np.flip(np.sort(x, axis), axis)); same(Tensor(np.take_along_axis(x, down.indices.data, axis)), down.values.data)
    assert sort(Tensor([1, 2, 1, 2]), descending=True).indices.tolist() == [1, 3, 0, 2]  # equal ones stay as they stand
    top = Tensor([3, 1, 4, 1, 5]).topk(2)
    assert top.values.tolist() == [5, 4] and top.indices.tolist() == [4, 2] and topk(Tensor([3, 1, 4]), 2, largest=False).values.tolist() == [1, 3]
    assert topk(Tensor(x), 1, dim=0).indices.tolist() == [[1, 1, 0, 1]] and topk(Tensor([1., 2]), 0).values.shape == (0,)
    with pytest.raises(ValueError, match=r'topk: axis 1 of shape \(2, 4\) has no 5 elements'): topk(Tensor(x), 5)
    w = wanting(3, 1, 2)
    values, indices = w.sort()
    (values*np.array([1, 10, 100])).sum().backward()
    assert w.grad.tolist() == [100, 1, 10] and not indices.requires_grad

def test_running_sums():
    x = rng().standard_normal((2, 3, 4))
    for axis in (0, 1, -1): close(cumsum(Tensor(x), axis), np.cumsum(x, axis), rtol=1e-14); close(Tensor(x).cumsum(dim=axis), np.cumsum(x, axis), rtol=1e-14)
    close(Tensor(x).cumsum(), np.cumsum(x), rtol=1e-14)
    same(Tensor([True, True]).cumsum(0), np.array([1, 2]))
    with pytest.raises(ValueError, match='cumsum: there is no axis 3'): Tensor(x).cumsum(3)

def test_float16_is_added_up_in_float32():
    for t, expected in [(np.full(1000, 100), 100), (np.full(70_000, .1), .1), (np.full((70_000, 2), 1), [1, 1])]:
        mean = Tensor(t.astype(np.float16)).mean(0)
        assert mean.dtype == np.float16
        close(mean, expected, rtol=1e-3)
    ones_ = Tensor(np.ones(5000, np.float16))
    assert ones_.sum().item() == 5000 and ones_.cumsum(0)[-1].item() == 5000 and ones_.sum().dtype == ones_.cumsum(0).dtype == ones_.prod().dtype == np.float16
    spread = Tensor((np.arange(4000) % 2 * 200).astype(np.float16))
    assert spread.std().item() == 100 and spread.var().item() == 10_000 and spread.std().dtype == spread.var().dtype == np.float16
    assert Tensor(np.full(3, 60_000, np.float16)).sum().item() == np.inf  # what float16 cannot hold
    w = Tensor(np.full(1000, 100, np.float16), requires_grad=True)
    w.mean().backward()
    close(w.grad, np.full(1000, .001), rtol=1e-3)

def test_std_of_equal_values_has_gradient_0():
    for x in (np.ones((2, 3)), np.array([[1., 1, 1], [1, 2, 4]])):
        w = Tensor(x, requires_grad=True)
        with np.errstate(all='raise'): w.std(1).sum().backward()
        assert w.grad[0].tolist() == [0, 0, 0] and np.isfinite(w.grad).all() and (x[1].std() == 0 or (w.grad[1] != 0).all())

def test_reductions_of_a_number():
    t = Tensor(3.)
    for out in (t.sum(), t.mean(), t.max(), t.min()): same(out, np.array(3, np.float32))
    same(t.var(), np.array(0, np.float32)); assert t.std().item() == 0 and t.argmax().item() == 0

@pytest.mark.house  # warnings and wording
def test_reductions_over_nothing():
    empty = Tensor(np.ones((0, 3)))
    same(empty.sum(), np.array(0.)); same(empty.sum(0), np.zeros(3)); same(empty.sum(1), np.zeros(0))
    for f in (empty.mean, empty.var, empty.std, empty.max, empty.min): assert f(1).shape == (0,) and f(1, True).shape == (0, 1)
    with pytest.warns(RuntimeWarning, match='invalid value'): assert np.isnan(empty.mean().item()) and np.isnan(empty.mean(0).data).all()
    for f in (empty.max, empty.min, empty.argmax):
        with pytest.raises(ValueError, match='max|min'): f()
    with pytest.warns(RuntimeWarning), pytest.raises(ValueError, match='0 terms less ddof=0'): empty.var(0)

@pytest.mark.parametrize('n', [3, 41, 47, 49, 55, 61, 83])
def test_the_mean_of_equal_numbers_is_that_number(n):
    for dtype in (np.float32, np.float64): assert (Tensor(np.full((n, 2), 7, dtype)).mean(0).data == 7).all() and Tensor(np.full(n, 7, dtype)).var().item() == 0

@pytest.mark.parametrize('ddof', [0, 1, 2])
def test_var_divides_by_the_terms_less_ddof(ddof):
    x = rng().standard_normal((4, 5))
    for axis in (None, 0, 1, (0, 1)):
        close(Tensor(x).var(axis, ddof=ddof), x.var(axis, ddof=ddof), rtol=1e-12)
        close(Tensor(x).std(axis, ddof=ddof), x.std(axis, ddof=ddof), rtol=1e-12)

def test_var_is_numpys_by_default_and_refuses_to_divide_by_nothing():
    assert Tensor([1., 3]).var().item() == 1 and Tensor([1., 3]).var(ddof=1).item() == 2
    with pytest.raises(ValueError, match='1 terms less ddof=1 leaves nothing to divide by'): Tensor([[1.], [2]]).var(axis=1, ddof=1)
    assert Tensor([1., 3]).var(correction=1).item() == 2 and Tensor([1., 3]).std(correction=0).item() == 1
    for f in (Tensor([1., 3]).var, Tensor([1., 3]).std):
        with pytest.raises(TypeError, match='ddof=1 and correction=1 are two words'): f(ddof=1, correction=1)

def test_maximum_of_nan_is_nan(): assert np.isnan(Tensor([1, np.nan]).max().item()) and np.isnan(Tensor([1, np.nan]).min().item())

# What Python asks

def test_numbers_lists_and_lengths():
    t = Tensor([[1, 2], [3, 4]])
    assert len(t) == 2 and [r.tolist() for r in t] == [[1, 2], [3, 4]] and t.tolist() == [[1, 2], [3, 4]]
    assert float(Tensor([2.5])) == 2.5 and int(Tensor(2.7)) == 2 and Tensor(2.5).item() == 2.5 and type(Tensor(2.5).item()) is float and type(Tensor(np.array(3)).item()) is int
    assert bool(Tensor([[3.]])) and not Tensor(0.) and not Tensor([False])
    a, b = t
    assert a.shape == (2,) and Tensor(3.).tolist() == 3 and list(Tensor([])) == []
    for bad in (len, iter, list):
        with pytest.raises(TypeError, match=r'shape \(\) has no length'): bad(Tensor(3.))
    for bad in (bool, float, int):
        with pytest.raises(ValueError): bad(t)
    with pytest.raises(ValueError, match='neither true nor false'): bool(Tensor([]))
    with pytest.raises(ValueError, match=r'item: expected one element, got 4 \(shape \(2, 2\)\)'): t.item()

def test_iterating_keeps_gradients():
    w = wanting(1, 2, 3)
    a, b, c = w
    (a*10 + c).backward()
    assert w.grad.tolist() == [10, 0, 1]

def test_format():
    assert f'{Tensor(2/3):.2f}' == '0.67' and f'{Tensor([2/3]):.1%}' == '66.7%' and f'{Tensor(1.)}' == str(Tensor(1.)) == repr(Tensor(1.))
    assert f'{Tensor([1, 2])}'.startswith('Tensor([1., 2.]')
    with pytest.raises(ValueError): f'{Tensor([1, 2]):.2f}'

def test_copies():
    leaf = wanting(1, 2); leaf.grad = [3, 4]
    deep, shallow = copy.deepcopy(leaf), copy.copy(leaf)
    assert deep.requires_grad and deep.recipe is None and not np.shares_memory(deep.data, leaf.data) and deep.grad.tolist() == [3, 4]
    assert not np.shares_memory(deep.grad, leaf.grad) and shallow.data is leaf.data
    deep.data[0] = 100
    assert leaf.tolist() == [1, 2]
    one, two = copy.deepcopy([leaf, leaf])
    assert one is two and one is not leaf

def test_a_copied_result_has_the_same_history():
    w = wanting(1, 2)
    y = w*3.
    z = copy.deepcopy(y)
    assert z.recipe is y.recipe and not np.shares_memory(z.data, y.data)
    (z + y).backward([1, 1])
    assert w.grad.tolist() == [6, 6]
    long = wanting(1)
    for _ in range(5000): long = long + 1.
    assert copy.deepcopy(long).tolist() == [5001]

def test_leaves_can_be_pickled_and_results_say_why_not():
    leaf = wanting(1, 2); leaf.grad = [3, 4]
    again = pickle.loads(pickle.dumps(leaf))
    assert again.tolist() == [1, 2] and again.requires_grad and again.grad.tolist() == [3, 4] and pickle.loads(pickle.dumps(Tensor([1.])*2)).tolist() == [2]
    with pytest.raises(TypeError, match=r'pickle: a result remembers its op.*t\.detach\(\)'): pickle.dumps(leaf*2)

def test_weak_references_and_no_cycles():
    gc.disable()
    try:
        w = wanting(1, 2)
        y = (w*w).exp()
        seen = [weakref.ref(w), weakref.ref(y)]
        del w, y
        assert not any(r() for r in seen)
    finally: gc.enable()

# What NumPy asks

def test_array_shares_or_copies_as_asked():
    t = Tensor([1., 2])
    assert np.asarray(t) is t.data or np.shares_memory(np.asarray(t), t.data)
    assert not np.shares_memory(np.array(t), t.data) and np.shares_memory(np.array(t, copy=False), t.data) and np.shares_memory(np.array(t, copy=None), t.data)
    assert np.asarray(t, np.float64).dtype == np.float64 and np.array(t, np.int64).tolist() == [1, 2]
    with pytest.raises(ValueError): np.array(t, np.float64, copy=False)
    assert np.asarray(wanting(1, 2)).tolist() == [1, 2]

def test_ufuncs_with_an_op_are_remembered():
    w, a = wanting(1, 2, 4), np.array([1., 2, 3])
    for out, expected in [(np.add(a, w), a + w.data), (np.subtract(w, a), w.data - a), (np.multiply(w, 2), w.data*2), (np.divide(1., w), 1/w.data), (np.power(w, 2), w.data**2), (np.negative(w), -w.data),
                          (np.maximum(w, 2), np.maximum(w.data, 2)), (np.sin(w), np.sin(w.data)), (np.arctan(w), np.arctan(w.data)), (np.remainder(w, 3), w.data % 3), (np.exp(w), np.exp(w.data)), (np.log(w), np.log(w.data)), (np.sqrt(w), np.sqrt(w.data)), (np.abs(-w), w.data), (np.square(w), w.data**2), (np.matmul(a, w), a @ w.data)]:
        assert isinstance(out, Tensor) and out.requires_grad
        close(out, expected)

def test_ufuncs_without_an_op_give_arrays_but_lose_no_gradient():
    t, w = Tensor([1., 2]), wanting(1, 2)
    for f in (np.cbrt, np.isnan, np.floor, np.tanh): assert type(f(t)) is np.ndarray and f(t).shape == (2,)
    assert np.hypot(t, 0).tolist() == [1, 2] and np.add.reduce(t) == 3 and np.multiply.outer(t, t).shape == (2, 2) and np.logical_not(t > 1).tolist() == [True, False]
    for f in (np.cbrt, lambda x: np.hypot(x, 0), lambda x: np.hypot(0, x), np.add.reduce, lambda x: np.add(x, 1, where=True), lambda x: np.add(t, 1, out=x)):
        with pytest.raises(TypeError, match=r'would forget how its result was made.*\(t.data\)'): f(w)
    with no_grad(): assert np.cbrt(w).shape == (2,)

def test_writing_into_an_array():
    a, w = np.ones(2), wanting(1, 2)
    before = a
    a += Tensor([1., 2]); a *= Tensor([2., 2])
    assert a is before and a.tolist() == [4, 6]
    with pytest.raises(TypeError, match='np.add would forget'): a += w
    out = np.zeros(2); np.add(Tensor([1., 2]), 1, out=out)
    assert out.tolist() == [2, 3]
    a[:] = Tensor([7., 8]); a[0] = Tensor(1.)
    assert a.tolist() == [1, 8]

def test_numpy_functions():
    t, w = Tensor([[3., 9], [4, 1]]), wanting(1, 2)
    assert np.argmax(t) == 1 and np.mean(t) == 4.25 and np.concatenate([t, t]).shape == (4, 2) and np.stack([t, t], axis=1).shape == (2, 2, 2) and np.allclose(t, t) and np.shape(t) == (2, 2)
    assert type(np.where(t > 3, t, 0)) is np.ndarray and np.zeros_like(t).shape == (2, 2) and np.linalg.norm(t) > 0 and np.einsum('ij->j', t).tolist() == [7, 10]
    for f in (np.mean, lambda x: np.concatenate([x, x]), lambda x: np.clip(x, 0, 1), lambda x: np.dot(x, x), lambda x: np.interp(0., t[0], fp=x)):
        with pytest.raises(TypeError, match='would forget'): f(w)
    np.testing.assert_allclose(w.data, [1, 2])

def test_arrays_hold_no_tensors():
    assert np.array([Tensor(1.), Tensor(2.)]).dtype.kind == 'f' and np.array([Tensor([1., 2])]).shape == (1, 2)

# Making tensors

def test_tensor_copies_what_it_is_given():
    a = np.arange(3.)
    t = tensor(a)
    assert t.dtype == np.float64 and not np.shares_memory(t.data, a) and tensor([1, 2]).dtype == np.float32 and tensor([1, 2], dtype=np.int64).dtype == np.int64
    assert tensor(.1, dtype=np.float64).item() == .1 and tensor([1.], requires_grad=True).requires_grad and tensor(Tensor(a)).data is not a and tensor(True).dtype == bool
    with pytest.raises(TypeError, match='expected numbers'): tensor('a')

def test_factories():
    for f, value in ((zeros, 0), (ones, 1)):
        for t in (f(2, 3), f((2, 3)), f([2, 3])): same(t, np.full((2, 3), value, np.float32))
        assert f().shape == () and f(0).shape == (0,) and f(2, dtype=int).dtype == int and f(2, requires_grad=True).requires_grad
    same(full((2,), 7), np.full(2, 7, np.float32)); same(full((), 7.), np.array(7, np.float32)); same(eye(2), np.eye(2, dtype=np.float32)); same(eye(2, 3), np.eye(2, 3, dtype=np.float32))
    same(arange(3), np.arange(3)); same(arange(1, 7, 2), np.arange(1, 7, 2)); same(arange(3.), np.arange(3, dtype=np.float32)); same(arange(0, 1, .25), np.array([0, .25, .5, .75], np.float32))
    assert arange(3, dtype=np.float64).dtype == np.float64 and arange(np.int32(3)).dtype == np.int64 and full((1,), True, dtype=bool).dtype == bool

@pytest.mark.parametrize('draw', [randn, rand])
def test_random_numbers_come_from_the_generator_passed_in(draw):
    same(draw(2, 3, rng=rng(5)), draw((2, 3), rng=rng(5)).data)
    state = np.random.get_state()[1].copy()
    assert (draw(50).data != draw(50).data).any() and (np.random.get_state()[1] == state).all()
    assert draw(2, rng=rng(), dtype=np.float64).dtype == np.float64 and draw(rng=rng()).shape == () and draw(2, requires_grad=True).requires_grad and draw(2).dtype == np.float32
    generator = rng(5)
    assert (draw(3, rng=generator).data != draw(3, rng=generator).data).any()

def test_random_numbers_have_their_distribution():
    n, u = randn(20_000, rng=rng()).data, rand(20_000, rng=rng()).data
    assert abs(n.mean()) < .03 and abs(n.std() - 1) < .03 and 0 <= u.min() and u.max() < 1 and abs(u.mean() - .5) < .01

# What a tensor shows

def test_repr_has_the_facts():
    assert repr(Tensor([[1, 2], [3, 4]])) == 'Tensor([[1., 2.],\n        [3., 4.]], shape=(2, 2), float32, 1…4)'
    assert repr(Tensor(2.)) == 'Tensor(2., shape=(), float32)' and repr(Tensor([])) == 'Tensor([], shape=(0,), float32)'
    assert repr(Tensor([True, False])) == 'Tensor([ True, False], shape=(2,), bool)' and 'int64, 0…2' in repr(arange(3))
    w = wanting(1, 2)
    assert repr(w).endswith('1…2, requires_grad)') and repr(w.exp()).endswith('requires_grad, op=exp)')

def test_repr_counts_nans_and_survives_infinities():
    assert '1…3, 1 NaN' in repr(Tensor([1, np.nan, 3])) and repr(Tensor([np.nan, np.nan])).endswith('float32, 2 NaN)') and repr(Tensor(np.nan)).endswith('1 NaN)')
    assert '-inf…inf' in repr(Tensor([-np.inf, 0, np.inf])) and '1 NaN' in repr(Tensor([np.nan, np.inf]))

def test_repr_of_a_large_tensor_is_short():
    assert len(repr(zeros(1000, 1000))) < 200 and len(Tensor(np.zeros((50, 50, 50)))._repr_html_()) < 800

def test_rows_stand_under_each_other_in_text_and_html():
    t = Tensor([[1, 2], [3, 4]])
    rows = t._repr_html_().partition('<pre>')[2].partition('</pre>')[0].splitlines()
    assert [row.index('1.' if i == 0 else '3.') for i, row in enumerate(rows)] == [2, 2]
    rows = repr(t).splitlines()
    assert rows[0].index('1.') == rows[1].index('3.')

def test_html_shows_the_same_and_is_escaped():
    html = wanting(1, np.nan, 3)._repr_html_()
    assert html.startswith('<pre>') and '1 NaN' in html and 'requires_grad' in html and 'shape=(3,)' in html
    @op
    def odd(x): return x
    odd.__name__ = '<b>'
    assert '&lt;b&gt;' in odd(wanting(1.))._repr_html_() and '<b>' not in odd(wanting(1.))._repr_html_()

def test_expressions():
    w, u = wanting(1, 2, 3), wanting(1)
    assert (w*2 + w).recipe.expression() == 'add(multiply(leaf(3,), 2), leaf(3,))'
    assert repr((w*np.ones(3) - 1.).sum(axis=0).recipe) == 'reduce_sum(subtract(multiply(leaf(3,), constant(3,)), constant), axis=0)'
    assert cat([w, u]).recipe.expression() == 'concatenate(leaf(3,), leaf(1,), dim=0)'
    y = w
    for _ in range(6): y = -y
    assert y.recipe.expression() == 'negative(negative(negative(negative(…))))' and y.recipe.expression(depth=2) == 'negative(negative(…))'

# Recipes

def test_a_recipe_is_kept_only_if_somebody_wants_gradients():
    t, w = Tensor([1., 2]), wanting(1, 2)
    assert (t + t).recipe is None and not (t + t).requires_grad and isinstance((t + w).recipe, Recipe) and (w*2.).requires_grad
    assert (t*w).recipe.parents[0] is None and (t*w).recipe.parents[1] is w and (w + w*2.).recipe.parents[1].op.__name__ == 'multiply'

def test_recipes_are_numbered_downwards():
    w = wanting(1)
    a = w*2.; b = a + w; c = b*b
    assert c.recipe.number < b.recipe.number < a.recipe.number <= 0

def test_what_a_recipe_keeps():
    x, w = wanting(1, 2), wanting(3, 4)
    r = (x + w).recipe; assert r.inputs == (None, None) and r.out is None and r.shape == (2,) and r.settings == {}
    r = (x*w).recipe; assert r.inputs[0] is x.data and r.inputs[1] is w.data and r.out is None
    y = x.exp(); assert y.recipe.inputs == (None,) and y.recipe.out is y.data
    r = x.sum(axis=0).recipe; assert r.inputs == (None,) and r.out == (2,) and r.settings == {'axis': 0, 'keepdims': False}
    r = x.log().recipe; assert r.inputs[0] is x.data and r.out is None

def test_op_reads_the_function():
    @op
    def three(x, y, z): return x + y*z
    @op(saves='y')
    def settings(x, y, *, scale=2.): return (x + y)*scale
    @op(saves='', has_aux=True)
    def saving(x): return x*2, 'saved'
    @op
    def many(*xs): return sum(xs)
    assert three.__name__ == 'three' and settings(Tensor([1.]), 2., scale=3.).tolist() == [9] and settings(1., Tensor([2.])).tolist() == [6]
    w = wanting(1)
    assert settings(w, 2., scale=3.).recipe.settings == {'scale': 3.} and settings(w, 2.).recipe.inputs[0] is None and settings(w, 2.).recipe.inputs[1].item() == 2
    assert saving(w).recipe.out == 'saved' and saving(Tensor([1.])).tolist() == [2] and many(w, w, 3.).tolist() == [5] and len(many(w, w, 3.).recipe.inputs) == 3
    assert three(1., 2., w).recipe.parents == (None, None, w) and three(w, w, w).recipe.inputs == (w.data,)*3 and three(1., 2., 3.).recipe is None
    named = op(np.sin, 'Sine')
    assert named.__doc__ == 'Sine' and named.__wrapped__ is np.sin and named.__name__ == 'sin' and named(Tensor([0.])).tolist() == [0]
    with pytest.raises(TypeError, match='add'): tensor_module.add(w)

@pytest.mark.parametrize('n', [1, 2, 3, 4])
def test_errors_of_functions_name_the_op_and_the_shapes(n):
    def fail(): raise ValueError('too bad')
    worst = {1: lambda x: fail(), 2: lambda x, y: fail(), 3: lambda x, y, z: fail(), 4: lambda *xs: fail()}[n]
    worst.__name__ = 'worst'
    with pytest.raises(ValueError) as caught: op(worst)(*[Tensor([1, 2])]*n)
    assert str(caught.value) == 'worst: too bad; got shapes ' + ', '.join(['(2,)']*n)
    assert caught.value.__suppress_context__

def test_results_of_zero_axes_are_arrays():
    for out in (Tensor([1., 2]).sum(), Tensor(2.) + 1, Tensor(2.).exp(), Tensor([1., 2]) @ Tensor([1., 2]), Tensor([1., 2])[0], Tensor([1.]).max(), Tensor(2.)**2):
        assert type(out.data) is np.ndarray and out.shape == () and out.dtype == np.float32

# The flag

def test_no_grad_is_undone_after_an_error():
    with pytest.raises(KeyError):
        with no_grad(): raise KeyError
    assert is_recording()

def test_no_grad_nests_and_decorates():
    w = wanting(1)
    with no_grad():
        with no_grad(): assert (w*2.).recipe is None
        assert (w*2.).recipe is None and not is_recording()
    @no_grad()
    def quiet(depth=2): return quiet(depth - 1) if depth else w*2.
    assert quiet().recipe is None and quiet().recipe is None and (w*2.).recipe is not None

def test_no_grad_of_one_thread_does_not_touch_another():
    w, found, inside, done = wanting(1), {}, threading.Event(), threading.Event()
    def quiet():
        with no_grad(): inside.set(); done.wait(5); found['quiet'] = (w*2.).recipe
    def loud(): inside.wait(5); found['loud'] = (w*2.).recipe; done.set()
    threads = [threading.Thread(target=f) for f in (quiet, loud)]
    for t in threads: t.start()
    for t in threads: t.join(10)
    assert found['quiet'] is None and found['loud'] is not None and is_recording()

def test_no_grad_of_one_coroutine_does_not_touch_another():
    async def quiet():
        with no_grad():
            await asyncio.sleep(0)
            return is_recording()
    async def loud():
        found = is_recording()
        await asyncio.sleep(0)
        return found and is_recording()
    async def all_of_them(): return await asyncio.gather(quiet(), loud(), quiet(), loud())
    assert asyncio.run(all_of_them()) == [False, True, False, True] and is_recording()

def test_threads_number_their_recipes_apart():
    w, numbers = wanting(1), []
    def work(): numbers.extend((w*2.).recipe.number for _ in range(500))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert len(set(numbers)) == 2000

# Before page 05

def test_backward_before_page_05():
    code = '''
from tinytorch.core.tensor import Tensor
import tinytorch.core.activations, tinytorch.core.layers, tinytorch.core.losses, sys
assert 'tinytorch.core.autograd' not in sys.modules
t = Tensor([1., 2], requires_grad=True)
assert t.grad is None and (t*2).recipe is not None and not hasattr(t, 'backward')
try: (t*2).sum().backward()
except AttributeError as error: print(error)
import tinytorch.core.autograd
(t*2).sum().backward()
print(t.grad.tolist())
'''
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    error, gradient = done.stdout.splitlines()
    assert "'backward'" in error and 'import tinytorch.core.autograd' in error and gradient == '[2.0, 2.0]'

# What draws random numbers

def test_a_generator_a_seed_or_nothing():
    given = rng()
    assert as_rng(given) is given and isinstance(as_rng(None), np.random.Generator)
    for seed in (0, 7, np.int64(7), 2**100, np.random.SeedSequence(7)):
        assert as_rng(seed).random() == np.random.default_rng(seed).random()
    assert as_rng(None).random() != as_rng(None).random()

@pytest.mark.parametrize('wrong', [True, .5, '0', [1, 2], np.random.RandomState(0), np.random, np.array(3)])
def test_what_is_neither_generator_nor_seed(wrong):
    with pytest.raises(TypeError, match='rng: expected a NumPy Generator, a seed or None'): as_rng(wrong)

def numbers_of(made):
    "The arrays of a tensor, a model, or an array itself"
    return [made.data] if isinstance(made, Tensor) else list(made.state_dict().values()) if hasattr(made, 'state_dict') else [np.asarray(made)]

DRAWN = {
    'randn': lambda rng: randn(5, rng=rng), 'rand': lambda rng: rand(5, rng=rng), 'Linear': lambda rng: Linear(2, 2, rng=rng),
    'Dropout': lambda rng: Dropout(.5, rng=rng)(ones(99)), 'Conv2d': lambda rng: Conv2d(1, 2, 3, rng=rng), 'SimpleCNN': lambda rng: SimpleCNN(rng=rng),
    'Embedding': lambda rng: Embedding(5, 3, rng=rng), 'LearnedPositionalEmbedding': lambda rng: LearnedPositionalEmbedding(5, 3, rng=rng),
    'MultiHeadAttention': lambda rng: MultiHeadAttention(4, 2, rng=rng), 'MLP': lambda rng: MLP(3, rng=rng), 'TransformerBlock': lambda rng: TransformerBlock(4, 2, rng=rng),
    'GPT': lambda rng: GPT(5, 4, 1, 2, 6, rng=rng), 'generate': lambda rng: GPT(5, 4, 1, 2, 9, rng=0).generate([1], 8, rng=rng),
    'random_split': lambda rng: random_split(np.arange(9), [4, 5], rng=rng)[0].indices, 'SimpleMLP': lambda rng: SimpleMLP(rng=rng),
    'DataLoader': lambda rng: [int(x.item()) for x in DataLoader(np.arange(9), shuffle=True, rng=rng)],
    'RandomCrop': lambda rng: RandomCrop(3, padding=2, rng=rng)(np.arange(9.).reshape(1, 3, 3)),
    'RandomHorizontalFlip': lambda rng: [RandomHorizontalFlip(rng=r)(np.arange(4.).reshape(1, 2, 2)) for r in [as_rng(rng)]*9]}

@pytest.mark.parametrize('name', DRAWN)
def test_whatever_draws_takes_a_seed(name):
    draw = DRAWN[name]
    for a, b in zip(numbers_of(draw(3)), numbers_of(draw(np.random.default_rng(3))), strict=True): np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(numbers_of(draw(3)), numbers_of(draw(4)), strict=True))
    assert len(numbers_of(draw(None))) == len(numbers_of(draw(3)))
    with pytest.raises(TypeError, match='rng: expected a NumPy Generator'): draw('3')
    with pytest.raises(TypeError, match='rng: expected a NumPy Generator'): draw(np.random.RandomState(3))

# What other inputs of the same kinds showed

SMALL_INTEGERS = [np.int8, np.uint8, np.int16, np.int32]

@pytest.mark.parametrize('dtype', SMALL_INTEGERS)
@pytest.mark.parametrize('call', [lambda t, v: t // v, lambda t, v: v // t, lambda t, v: t & v, lambda t, v: v | t, lambda t, v: t ^ v, lambda t, v: t % v, lambda t, v: t * v])
def test_a_list_takes_the_dtype_of_integers_in_every_operator(call, dtype):
    x = np.array([5, 3], dtype)
    for value in ([2, 1], (2, 1), 2):
        found = call(Tensor(x), value)
        assert found.dtype == dtype and np.array_equal(found.data, call(x, np.array(value, dtype)))
    if dtype == np.int8:
        with pytest.raises(OverflowError): call(Tensor(x), [300, 1])

def test_booleans_and_whole_numbers_stay_whole():
    assert (Tensor([True, False]) & 1).tolist() == [1, 0] and (Tensor([True, False]) | [0, 1]).tolist() == [1, 1]

@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.int32])
def test_clip_takes_lists_in_the_dtype_of_the_tensor(dtype):
    found = Tensor(np.array([0, 5, 9], dtype)).clip([1, 1, 1], (3, 6, 7))
    assert found.dtype == dtype and found.tolist() == [1, 5, 7]

def test_clip_by_a_bound_that_is_nan_is_nan():
    x = Tensor(np.array([0., 5, np.nan]), requires_grad=True)
    bound = np.array([np.nan, 6, 1])
    assert np.array_equal(x.clip(bound).data, np.clip(x.data, bound, None), equal_nan=True)
    assert np.array_equal(x.clip(high=bound).data, np.clip(x.data, None, bound), equal_nan=True)

def test_clip_names_itself():
    for bounds in ((np.ones(2),), (None, np.ones(2)), ([1, 2],)):
        with pytest.raises(ValueError, match=r'^clip: shapes \(2, 3\)'): Tensor(np.ones((2, 3))).clip(*bounds)

@pytest.mark.parametrize('shape, pad', [((2, 4), (-5, 0)), ((1,), (2, -3)), ((2, 3), (-2, -2)), ((0, 3), (0, 0, 0, -1))])
def test_no_more_is_cut_off_than_there_is(shape, pad):
    with pytest.raises(ValueError, match=r'^pad: \d are to be cut off axis'): Tensor(np.ones(shape)).pad(pad)

def test_all_there_is_may_be_cut_off():
    assert Tensor(np.ones((2, 4))).pad((-1, -3)).shape == (2, 0) and Tensor(np.ones(4)).pad((2, -4)).tolist() == [0, 0]

@pytest.mark.house  # wording
@pytest.mark.parametrize('call', [lambda x: x.pad(1), lambda x: x.pad((1., 0)), lambda x: x.topk(-1), lambda x: x.topk(1.5), lambda x: x.split([-1, 4], 1), lambda x: x.split([1.5, 1.5], 1),
                                  lambda x: x.chunk(0), lambda x: x.chunk(-1), lambda x: x.chunk(1.5), lambda x: stack([])])
def test_a_number_that_counts_is_whole_and_not_negative(call):
    with pytest.raises(ValueError, match=r'^(pad|topk|split|chunk|stack): '): call(Tensor(np.ones((2, 3))))

def test_nothing_is_divided_into_as_many_empty_parts_as_asked():
    assert [part.shape for part in chunk(Tensor(np.ones((2, 0))), 3, dim=1)] == [(2, 0)]*3

@pytest.mark.parametrize('name', 'tril triu'.split())
def test_a_triangle_needs_two_axes(name):
    for shape in ((), (3,)):
        with pytest.raises(ValueError, match=f'^{name}: '): getattr(Tensor(np.ones(shape)), name)()

@pytest.mark.parametrize('name', REDUCTIONS + 'cumsum softmax sort argsort unsqueeze squeeze'.split())
def test_an_axis_that_is_no_whole_number_is_named(name):
    import tinytorch.core.activations  # softmax is a method from there on
    for axis in (1., 'a'):
        with pytest.raises(TypeError, match='axis is a whole number|cannot be interpreted as an integer'): getattr(Tensor(np.ones((2, 3))), name)(axis)
    if name in REDUCTIONS:
        with pytest.raises(TypeError, match=f'^{name}: '): getattr(Tensor(np.ones((2, 3))), name)(1.)

@pytest.mark.house  # wording
def test_stack_and_transpose_name_themselves():
    x = Tensor(np.ones((2, 3)))
    with pytest.raises(ValueError, match='^stack: there is no axis 4'): stack([x, x], 4)
    with pytest.raises(ValueError, match='^transpose: '): x.transpose((1, 0))

@pytest.mark.parametrize('name', 'argsort sort'.split())
def test_two_words_for_an_axis_are_refused(name):
    with pytest.raises(TypeError, match=f'{name}: dim=0 and axis=1 are two words'): getattr(Tensor(np.ones((2, 3))), name)(0, axis=1)
    with pytest.raises(TypeError, match='topk: dim=0 and axis=1 are two words'): Tensor(np.ones((2, 3))).topk(1, 0, axis=1)

@pytest.mark.parametrize('key, value, kind, words', [(5, 1, IndexError, 'shape (2, 3)'), (0, [1, 2], ValueError, 'v (2,)'), ((0, 0), [1, 2], ValueError, 't[i] = v')])
def test_writing_where_it_does_not_fit_says_what_met(key, value, kind, words):
    x = Tensor(np.ones((2, 3)))
    with pytest.raises(kind, match=re.escape(words)): x[key] = value

@pytest.mark.parametrize('make', [randn, rand])
def test_random_numbers_in_float16(make):
    assert make(3, rng=0, dtype=np.float16).dtype == np.float16
    close(make(3, rng=0, dtype=np.float16).data, make(3, rng=0).data, rtol=1e-3)
