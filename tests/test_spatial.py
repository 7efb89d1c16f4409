"Convolution, pooling, batch normalization: what the page has no room for"
from copy import deepcopy

import numpy as np
import pytest

import tinytorch.core.spatial as spatial
from tinytorch.core.autograd import gradcheck, no_grad
from tinytorch.core.opcheck import check_op, samples
from tinytorch.core.layers import Sequential
from tinytorch.core.spatial import (AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, ConvGeometry, MaxPool2d, SimpleCNN,
    adaptive_avg_pool2d, average_fields, avg_pool2d, batch_norm, channel_sums, channels_last, col2im, col2im_at_once, conv2d,
    correlate, im2col, max_pool2d, output_size, runs_by_pixel, slide_max)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import close

def array(*shape, seed=0, dtype=np.float64): return np.random.default_rng(seed).standard_normal(shape).astype(dtype)

def by_definition(x, weight, bias, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    "The sum written out, one output at a time"
    x = np.pad(x, [(0, 0), (0, 0), (padding[0],)*2, (padding[1],)*2])
    O, each, *kernel = weight.shape
    size = [(n - d*(k - 1) - 1)//s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation)]
    out = np.zeros((len(x), O, *size))
    for o in range(O):
        first = o//(O//groups)*each
        for i, j in np.ndindex(*size):
            seen = x[:, first:first + each, i*stride[0]:, j*stride[1]:][:, :, ::dilation[0], ::dilation[1]][:, :, :kernel[0], :kernel[1]]
            out[:, o, i, j] = (seen*weight[o]).sum((1, 2, 3)) + bias[o]
    return out

SETTINGS = [((3, 2), dict()), ((3, 3), dict(padding=(1, 1))), ((2, 3), dict(stride=(2, 3))), ((3, 3), dict(stride=(2, 1), padding=(1, 2), dilation=(2, 1))),
            ((1, 1), dict(padding=(3, 0))), ((1, 4), dict(dilation=(3, 2), padding=(0, 3))), ((2, 2), dict(stride=(1, 3), padding=(4, 4), dilation=(1, 2))),
            ((3, 2), dict(groups=2)), ((3, 3), dict(groups=4, padding=(1, 1))), ((7, 6), dict()), ((3, 1), dict(stride=(9, 9)))]

# convolution

@pytest.mark.parametrize('kernel, settings', SETTINGS)
def test_values(kernel, settings):
    groups = settings.get('groups', 1)
    x, w, b = array(3, 4, 7, 6), array(8, 4//groups, *kernel, seed=1), array(8, seed=2)
    close(conv2d(x, w, b, **settings), by_definition(x, w, b, **settings), rtol=1e-10, atol=1e-10)
    close(conv2d(x, w, **settings), by_definition(x, w, 0*b, **settings), rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('kernel, settings', SETTINGS)
def test_gradients(kernel, settings):
    groups = settings.get('groups', 1)
    assert gradcheck(lambda x, w, b: conv2d(x, w, b, **settings), array(2, 4, 7, 6), array(4, 4//groups, *kernel, seed=1)/3, array(4, seed=2))

@pytest.mark.parametrize('cache', [1, 500, 2**22])
def test_parts_do_not_matter(cache, monkeypatch):
    x, w, b, g = array(11, 3, 7, 6), array(4, 3, 3, 3, seed=1), array(4, seed=2), array(11, 4, 7, 6, seed=3)
    def found():
        leaves = [Tensor(a, requires_grad=True) for a in (x, w, b)]
        out = conv2d(*leaves, padding=1)
        out.backward(g)
        return [out.data, *[t.grad for t in leaves]]
    usual = found()
    monkeypatch.setattr(spatial, 'CACHE', cache)
    for a, b in zip(usual, found()): close(a, b, rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('stride, padding, dilation, kernel', [((1, 1), (0, 0), (1, 1), (3, 3)), ((2, 1), (1, 0), (1, 2), (2, 3)), ((1, 3), (0, 2), (2, 1), (1, 4))])
def test_windows_copied_by_pixel_give_the_same(monkeypatch, stride, padding, dilation, kernel):
    x, w, b = array(5, 3, 8, 9), array(4, 3, *kernel, seed=1), array(4, seed=2)
    def found(x):
        leaves = [Tensor(a, requires_grad=True) for a in (x, w, b)]
        out = conv2d(*leaves, stride=stride, padding=padding, dilation=dilation)
        out.backward(array(*out.shape, seed=3))
        return [out.data, *[t.grad for t in leaves]]
    last = channels_last(x.shape, x.dtype)
    last[...] = x
    assert not runs_by_pixel(last, w, 1)
    by_planes = found(x)
    monkeypatch.setattr(spatial, 'LONG', 1)
    assert runs_by_pixel(last, w, 1) and not runs_by_pixel(x, w, 1) and not runs_by_pixel(last, w, 2)
    for a, b in zip(by_planes, found(last)): close(a, b, rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('step', ['unfolded', 'folded'])
@pytest.mark.parametrize('padding, dilation, kernel', [((0, 0), (1, 1), (2, 2)), ((1, 2), (2, 1), (3, 4)), ((5, 4), (1, 1), (1, 2)), ((2, 2), (1, 3), (3, 2))])
def test_both_ways_of_folding_agree_and_are_the_transpose_of_unfolding(step, padding, dilation, kernel):
    geometry = ConvGeometry((1, 2, 5, 6), kernel, (1, 1), padding, dilation, 1)
    x, y = array(1, 2, 5, 6), array(geometry.rows, geometry.size[0], geometry.wide, seed=1)
    y[..., geometry.size[1]:] = 0  # the meaningless columns are zero
    y = y.reshape(1, 1, geometry.rows, geometry.length)
    folded = []
    for make in (col2im, col2im_at_once):
        columns, fold = make(geometry, np.float64)
        for _ in range(2):  # buffers are used again
            columns[:] = y
            folded.append(fold(1).copy())
    if step == 'folded':
        for other in folded[1:]: close(folded[0], other, rtol=1e-12, atol=1e-12)
    else: close((im2col(geometry, np.float64)(x)*y.swapaxes(-1, -2)).sum(), (x*folded[0]).sum())

def test_a_one_pixel_window_is_a_linear_layer():
    x, w = array(2, 3, 4, 5), array(6, 3, 1, 1, seed=1)
    close(conv2d(x, w), np.moveaxis(np.moveaxis(x, 1, -1) @ w[:, :, 0, 0].T, -1, 1), rtol=1e-10)

def test_a_moved_picture_gives_moved_answers():
    x, w = np.zeros((1, 1, 12, 12)), array(2, 1, 3, 3)
    x[0, 0, 4:7, 4:7] = array(3, 3)
    close(np.roll(conv2d(x, w).data, (2, 1), axis=(2, 3)), conv2d(np.roll(x, (2, 1), axis=(2, 3)), w), atol=1e-14)

@pytest.mark.parametrize('kinds, expected', [('fff', 'f'), ('fdf', 'd'), ('dff', 'd'), ('Bff', 'f'), ('ffd', 'd'), ('?ff', 'f'), ('iff', 'f'), ('lff', 'f'),
                                             ('lll', 'f'), ('lld', 'd'), ('lee', 'e'), ('eff', 'f'), ('eee', 'e')])
def test_dtypes(kinds, expected):
    x, w, b = [a.astype(k) for a, k in zip((np.abs(array(2, 1, 4, 4)*9), array(3, 1, 2, 2), array(3)), kinds)]
    assert conv2d(x, w, b).dtype == np.dtype(expected)
    close(conv2d(x, w, b), by_definition(x.astype(float), w.astype(float), b), rtol=2e-3 if 'e' in kinds else 1e-4, atol=1e-2 if 'e' in kinds else 1e-5)

def test_a_gradient_has_the_dtype_of_its_leaf():
    x, w = Tensor(array(2, 1, 4, 4, dtype=np.float32), requires_grad=True), Tensor(array(3, 1, 2, 2), requires_grad=True)
    conv2d(x, w).sum().backward()
    assert x.grad.dtype == np.float32 and w.grad.dtype == np.float64

def test_no_samples():
    x, w = Tensor(np.ones((0, 2, 5, 5), np.float32), requires_grad=True), Tensor(np.ones((3, 2, 2, 2), np.float32), requires_grad=True)
    out = conv2d(x, w)
    out.backward(np.ones((0, 3, 4, 4)))
    assert out.shape == (0, 3, 4, 4) and x.grad.shape == (0, 2, 5, 5) and not w.grad.any() and w.grad.shape == (3, 2, 2, 2)
    assert max_pool2d(np.ones((0, 2, 4, 4)), 2).shape == avg_pool2d(np.ones((0, 2, 4, 4)), 2).shape == (0, 2, 2, 2)

def test_scattered_memory():
    x, w = array(4, 7, 6, 2).transpose(3, 0, 1, 2), array(6, 3, 4, 8, seed=1)[..., ::2].swapaxes(1, 2)[:, :4, :3, :3]
    close(conv2d(x, w), by_definition(x, w, np.zeros(6)), rtol=1e-10, atol=1e-10)

def test_results_own_their_memory():
    x, w, b = array(1, 1, 3, 3), array(1, 1, 3, 3, seed=1), array(1)
    first = conv2d(x, w, b).data
    before = first.copy()
    conv2d(2*x, w, b)
    assert (first == before).all() and not any(np.shares_memory(first, a) for a in (x, w, b))
    t = Tensor(x, requires_grad=True)
    one_pixel = max_pool2d(t, 1)
    assert not np.shares_memory(one_pixel.data, x)

def test_the_first_layer_computes_no_gradient_for_its_data(monkeypatch):
    monkeypatch.setattr(spatial, 'gradient_of_x', lambda *_: pytest.fail('nobody asked for it'))
    layer = Conv2d(1, 2, 3)
    layer(np.ones((2, 1, 5, 5), np.float32)).sum().backward()
    assert layer.weight.grad.shape == (2, 1, 3, 3)

def test_columns_do_not_grow_with_the_batch():
    assert ConvGeometry((1000, 32, 32, 32), (3, 3), (1, 1), (1, 1), (1, 1), 1).step == 1
    geometry = ConvGeometry((1000, 1, 8, 8), (3, 3), (1, 1), (1, 1), (1, 1), 1)
    assert geometry.step > 50 and geometry.step*geometry.rows*geometry.length <= spatial.CACHE
    assert sum(len(range(1000)[p]) for p in geometry.parts()) == 1000

@pytest.mark.parametrize('shapes, settings, words', [
    (((8, 8), (4, 1, 3, 3)), {}, r'conv2d: x has shape \(8, 8\); expected four axes'),
    (((2, 1, 8, 8), (4, 3, 3)), {}, r'conv2d: weight has shape \(4, 3, 3\)'),
    (((2, 1, 8, 8), (4, 3, 3, 3)), {}, r'x \(2, 1, 8, 8\) has 1 channels \(axis 1\) but weight \(4, 3, 3, 3\) takes 3; make'),
    (((2, 4, 8, 8), (4, 3, 3, 3)), dict(groups=2), r'takes 6, 3 in each of 2 groups'),
    (((2, 6, 8, 8), (4, 2, 3, 3)), dict(groups=3), r'groups=3 does not divide the 4 outputs'),
    (((2, 1, 8, 8), (4, 1, 3, 3), (3,)), {}, r'bias \(3,\) does not fit weight \(4, 1, 3, 3\): expected \(4,\)'),
    (((2, 1, 8, 4), (4, 1, 3, 5)), {}, r'spans 5 pixels on axis 3, but x \(2, 1, 8, 4\) with its padding has 4; pad more'),
    (((2, 1, 3, 9), (4, 1, 3, 3)), dict(dilation=2, padding=(0, 5)), r'spans 5 pixels on axis 2, but x \(2, 1, 3, 9\) with its padding has 3'),
    (((2, 1, 8, 8), (4, 1, 0, 3)), {}, r'a window of \(0, 3\)'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(stride=0), r'conv2d: stride is 0; expected a whole number of at least 1'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(padding=-1), r'conv2d: padding is -1'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(padding='Same'), r"conv2d: padding is 'Same'; expected 'same', 'valid'"),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(padding='same', stride=(1, 2)), r"conv2d: padding='same' .* stride of \(1, 2\)"),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(stride=(1, 2, 3)), r'stride is \(1, 2, 3\)'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(stride=1.5), r'stride is 1.5'),
    (((2, 1, 8, 8), (4, 1, 3, 3)), dict(groups=0), r'groups is 0')])
def test_convolution_errors(shapes, settings, words):
    with pytest.raises(ValueError, match=words): conv2d(*[np.ones(s) for s in shapes], **settings)

@pytest.mark.parametrize('sizes', [(3, 4, 2), (4, 3, 2), (0, 4, 1), (4, 0, 1), (4, 4, 0), (4, 4, -2), (3., 4, 1), ('3', 4, 1), (3, 4, 1.)])
def test_conv2d_layer_refuses_groups_that_do_not_divide(sizes):
    with pytest.raises(ValueError, match=f'Conv2d: {sizes[0]} channels in and {sizes[1]} out cannot be split into {sizes[2]} groups'): Conv2d(*sizes[:2], 3, groups=sizes[2])

def test_conv2d_layer():
    layer = Conv2d(4, 8, (3, 2), 2, (1, 0), 1, 2, rng=np.random.default_rng(0))
    x = array(2, 4, 6, 7, dtype=np.float32)
    close(layer(Tensor(x)), by_definition(x, layer.weight.data, layer.bias.data, (2, 2), (1, 0), (1, 1), 2), rtol=1e-4, atol=1e-5)
    same = Conv2d(4, 8, (3, 2), 2, (1, 0), 1, 2, rng=np.random.default_rng(0))
    assert (same.weight.data == layer.weight.data).all() and layer.count_parameters() == 8*2*3*2 + 8
    assert list(Conv2d(1, 1, 3, bias=False).state_dict()) == ['weight'] and Conv2d(1, 1, 3, bias=False)(x[:, :1]).shape == (2, 1, 4, 5)
    assert repr(layer) == 'Conv2d(4, 8, kernel_size=(3, 2), stride=(2, 2), padding=(1, 0), groups=2)'
    assert repr(Conv2d(1, 2, 3, dilation=2, bias=False)) == 'Conv2d(1, 2, kernel_size=(3, 3), dilation=(2, 2), bias=False)'

@pytest.mark.parametrize('kernel', [(3, 3), (2, 3), (4, 2), (1, 1), (5, 4)])
@pytest.mark.parametrize('dilation', [1, 2, (3, 1)])
def test_same_padding_keeps_the_size(kernel, dilation):
    x, w, (d, e) = array(2, 3, 7, 6), array(4, 3, *kernel, seed=1), dilation if isinstance(dilation, tuple) else (dilation,)*2
    lacking = d*(kernel[0] - 1), e*(kernel[1] - 1)
    padded = np.pad(x, [(0, 0), (0, 0), *[(n//2, n - n//2) for n in lacking]])  # one more zero below and to the right
    close(conv2d(x, w, padding='same', dilation=dilation), conv2d(padded, w, dilation=dilation), rtol=1e-10, atol=1e-10)
    layer = Conv2d(3, 4, kernel, padding='same', dilation=dilation)
    assert layer(x.astype(np.float32)).shape == (2, 4, 7, 6) and 'padding=same' in repr(layer)
    assert gradcheck(lambda x, w: conv2d(x, w, padding='same', dilation=dilation), x[:1], w/4)

def test_valid_padding_is_none():
    x, w = array(2, 3, 7, 6), array(4, 3, 2, 3, seed=1)
    close(conv2d(x, w, padding='valid', stride=2), conv2d(x, w, stride=2))

@pytest.mark.parametrize('settings, words', [(dict(padding='full'), "padding is 'full'"), (dict(padding='same', stride=2), r"padding='same' .* stride of \(2, 2\)")])
def test_conv2d_layer_refuses_a_padding_when_it_is_made(settings, words):
    with pytest.raises(ValueError, match=words): Conv2d(1, 1, 3, **settings)

@pytest.mark.parametrize('f', [lambda x: conv2d(x, array(4, 3, 2, 2, seed=1), array(4), padding=1), lambda x: max_pool2d(x, 2), lambda x: avg_pool2d(x, 3, 2, 1),
                               lambda x: adaptive_avg_pool2d(x, (2, None)), lambda x: conv2d(x, array(4, 3, 2, 2, seed=1), padding='same')])
def test_one_sample_is_a_batch_of_one_without_its_axis(f):
    x = array(3, 6, 7)
    assert f(x).shape == f(x[None]).shape[1:]
    close(f(x), f(x[None])[0])
    assert gradcheck(f, x)

# what is not finite stays where it is

def test_an_infinite_pixel_does_not_reach_weights_that_never_met_it():
    x = array(1, 1, 4, 5)
    x[0, 0, 0, 4], x[0, 0, 3, 0] = np.inf, np.nan  # the upper right corner, the lower left
    w = Tensor(array(2, 1, 3, 3, seed=1), requires_grad=True)
    conv2d(x, w).sum().backward()
    expected = np.ones((3, 3), bool)
    expected[0, 2] = expected[2, 0] = False
    assert (np.isfinite(w.grad) == expected).all() and np.isposinf(w.grad[:, :, 0, 2]).all() and np.isnan(w.grad[:, :, 2, 0]).all()
    plain = Tensor(w.data, requires_grad=True)
    conv2d(np.where(np.isfinite(x), x, 7.), plain).sum().backward()
    close(w.grad[:, :, expected], plain.grad[:, :, expected], rtol=1e-12)

@pytest.mark.parametrize('stride', [1, 2, (2, 1)])
def test_a_nan_weight_does_not_reach_pixels_it_never_met(stride):
    x, w = Tensor(array(1, 1, 6, 6), requires_grad=True), array(1, 1, 3, 3, seed=1)
    w[0, 0, 0, 2] = np.nan
    out = conv2d(x, w, stride=stride)
    out.backward(np.ones(out.shape))
    s, t = stride if isinstance(stride, tuple) else (stride, stride)
    met = np.zeros((6, 6), bool)
    met[0:s*out.shape[2]:s, 2:2 + t*out.shape[3]:t] = True
    assert (np.isnan(x.grad[0, 0]) == met).all()

def test_an_infinite_gradient_reaches_the_pixels_of_its_window_and_no_others():
    x = Tensor(np.ones((1, 1, 5, 5)), requires_grad=True)
    g = np.zeros((1, 1, 3, 3)); g[0, 0, 1, 1] = np.inf
    conv2d(x, np.ones((1, 1, 3, 3))).backward(g)
    assert np.isposinf(x.grad[0, 0, 1:4, 1:4]).all() and np.isinf(x.grad).sum() == 9 and not np.isnan(x.grad).any()

@pytest.mark.parametrize('last', [False, True])
@pytest.mark.parametrize('f', [lambda x: avg_pool2d(x, 2), lambda x: adaptive_avg_pool2d(x, 2)])
def test_averages_of_a_map_with_one_infinity_or_nan(f, last):
    for odd in (np.inf, -np.inf, np.nan):
        x = np.arange(32.).reshape(1, 2, 4, 4)
        x[0, :, 0, 1] = odd
        if last: x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
        np.testing.assert_array_equal(f(x).data, [[[[odd, 4.5], [10.5, 12.5]], [[odd, 20.5], [26.5, 28.5]]]])

def test_a_gradient_that_is_infinite_from_finite_pictures():
    x = Tensor([[[[0., 4], [9, 16]]]], requires_grad=True)
    avg_pool2d(x, 1).sqrt().sum().backward()
    close(x.grad, [[[[np.inf, 1/4], [1/6, 1/8]]]])
    x.grad = None
    max_pool2d(x, 1).sqrt().sum().backward()
    close(x.grad, [[[[np.inf, 1/4], [1/6, 1/8]]]])

@pytest.mark.parametrize('last', [False, True])
@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
@pytest.mark.parametrize('kernel, stride', [(2, 2), (3, 1), (2, 3)])
def test_losers_of_an_infinite_gradient_get_zero(kernel, stride, dtype, last):
    x = array(1, 3, 6, 6, dtype=dtype)
    if last: x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    def gradient(value):
        t = Tensor(x, requires_grad=True)
        out = max_pool2d(t, kernel, stride)
        g = np.ones(out.shape, dtype); g[0, 1, 1, 0] = value
        out.backward(g)
        return t.grad
    usual, strange = gradient(1), gradient(np.inf)
    assert np.isinf(strange).sum() == 1 and (strange[np.isfinite(strange)] == usual[np.isfinite(strange)]).all()

@pytest.mark.parametrize('kernel, stride, padding', [(2, 2, 0), (3, 1, 0), (3, 2, 1), (2, 1, 1)])
def test_the_last_nan_of_a_window_wins(kernel, stride, padding):
    x = array(2, 2, 5, 6)
    x[0, 0, 1, 2] = x[0, 0, 2, 1] = x[1, 1, 4, 5] = np.nan
    t = Tensor(x, requires_grad=True)
    out = max_pool2d(t, kernel, stride, padding)
    g, expected = array(*out.shape, seed=1), np.zeros(x.shape)
    padded = np.pad(x, [(0, 0), (0, 0), (padding,)*2, (padding,)*2], constant_values=-np.inf)
    for n, c, i, j in np.ndindex(*out.shape):
        window = padded[n, c, i*stride:i*stride + kernel, j*stride:j*stride + kernel]
        odd = np.argwhere(np.isnan(window))
        a, b = odd[-1] if len(odd) else np.argwhere(window == window.max())[0]
        expected[n, c, i*stride + a - padding, j*stride + b - padding] += g[n, c, i, j]
        np.testing.assert_equal(out.data[n, c, i, j], window[a, b])
    out.backward(g)
    close(t.grad, expected, rtol=1e-12)

def test_the_margin_never_wins():
    t = Tensor(np.full((1, 1, 3, 3), -np.inf), requires_grad=True)
    max_pool2d(t, 2, 2, 1).backward([[[[1., 2], [3, 4]]]])
    assert t.grad[0, 0].tolist() == [[1, 2, 0], [3, 4, 0], [0, 0, 0]]

# pooling

def test_ties_go_to_the_first_in_row_order():
    t = Tensor(np.zeros((1, 1, 4, 4)), requires_grad=True)
    max_pool2d(t, 2).backward(np.array([[[[1., 2], [3, 4]]]]))
    assert t.grad[0, 0].tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    t.grad = None
    max_pool2d(t, 3, stride=1).sum().backward()
    assert t.grad[0, 0].tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    across = Tensor([[[[0., 5], [5, 0]]]], requires_grad=True)  # upper right before lower left
    max_pool2d(across, 2).sum().backward()
    assert across.grad[0, 0].tolist() == [[0, 1], [0, 0]]

@pytest.mark.parametrize('kernel, stride, padding, dilation', [(2, None, 0, 1), (3, 2, 1, 1), ((2, 3), (3, 1), (1, 0), (1, 2)), (1, 2, 0, 1), (4, 1, 2, 1), (2, 1, 0, 3)])
def test_max_pool(kernel, stride, padding, dilation):
    x = array(2, 3, 8, 9)
    out = max_pool2d(x, kernel, stride, padding, dilation)
    (k, l), (p, q), (d, e) = [n if isinstance(n, tuple) else (n, n) for n in (kernel, padding, dilation)]
    s, t = (k, l) if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    framed = np.pad(x, [(0, 0), (0, 0), (p, p), (q, q)], constant_values=-np.inf)
    for i, j in np.ndindex(*out.shape[2:]):
        close(out.data[:, :, i, j], framed[:, :, i*s:i*s + d*(k-1) + 1:d, j*t:j*t + e*(l-1) + 1:e].max((2, 3)))
    assert gradcheck(lambda x: max_pool2d(x, kernel, stride, padding, dilation), x)

def test_nan_is_seen():
    x = np.ones((1, 1, 2, 2), np.float32)
    x[0, 0, 1, 0] = np.nan
    assert np.isnan(max_pool2d(x, 2).data).all() and np.isnan(avg_pool2d(x, 2).data).all()

def test_negative_pictures_are_not_beaten_by_the_margin():
    assert max_pool2d(-np.ones((1, 1, 3, 3)), 3, 1, 1).data.max() == -1

@pytest.mark.parametrize('dtype', [np.uint8, np.int64, bool, np.float32, np.float64])
def test_pools_of_other_dtypes(dtype):
    x = (np.arange(16).reshape(1, 1, 4, 4) % 2).astype(dtype)
    expected = dtype if np.dtype(dtype).kind == 'f' else np.float32
    for out in (max_pool2d(x, 2), avg_pool2d(x, 2), adaptive_avg_pool2d(x, 2)): assert out.dtype == expected
    close(avg_pool2d(x, 2), .5); close(max_pool2d(x, 2), 1)

def test_averages():
    x = array(2, 3, 7, 6)
    close(avg_pool2d(x, (7, 6)).data[..., 0, 0], x.mean((2, 3))); close(adaptive_avg_pool2d(x, 1).data[..., 0, 0], x.mean((2, 3)))
    close(adaptive_avg_pool2d(x, (7, 6)), x); close(avg_pool2d(x, 1), x)
    close(avg_pool2d(x, (2, 3), (3, 1)).data[:, :, 1, 2], x[:, :, 3:5, 2:5].mean((2, 3)))
    close(avg_pool2d(np.ones((1, 1, 2, 2)), 2, 1, 1), [[[[.25, .5, .25], [.5, 1, .5], [.25, .5, .25]]]])  # zeros of the margin count
    close(adaptive_avg_pool2d(x, (None, 2)), x.reshape(2, 3, 7, 2, 3).mean(-1))
    close(adaptive_avg_pool2d(np.arange(3.).reshape(1, 1, 1, 3), (1, 5)), [[[[0, .5, 1, 1.5, 2]]]])

@pytest.mark.parametrize('size, kernel, stride, padding', [(5, 2, 2, 0), (5, 3, 2, 1), (6, 3, 4, 0), (2, 3, 2, 0), (7, 2, 3, 1), (4, 2, 2, 1)])
def test_ceil_mode_sees_every_pixel_that_is_left_over(size, kernel, stride, padding):
    x = array(2, 3, size, size)
    starts = [i for i in range(-padding, size, stride) if i == -padding or i + kernel - stride < size + padding]  # the one before did not reach the end
    most, mean = max_pool2d(x, kernel, stride, padding, ceil_mode=True).data, avg_pool2d(x, kernel, stride, padding, ceil_mode=True, count_include_pad=False).data
    assert most.shape == mean.shape == (2, 3, len(starts), len(starts))
    for (i, a), (j, b) in [(p, q) for p in enumerate(starts) for q in enumerate(starts)]:
        window = x[:, :, max(a, 0):a + kernel, max(b, 0):b + kernel]
        close(most[:, :, i, j], window.max((2, 3))); close(mean[:, :, i, j], window.mean((2, 3)))
    assert gradcheck(lambda x: max_pool2d(x, kernel, stride, padding, ceil_mode=True), x)

def test_what_averages_are_divided_by():
    x = np.ones((1, 1, 2, 2))
    close(avg_pool2d(x, 2, 1, 1, count_include_pad=False), np.ones((1, 1, 3, 3)))
    close(avg_pool2d(x, 2, divisor_override=3), [[[[4/3]]]])
    close(avg_pool2d(np.ones((1, 3, 3)), 2, ceil_mode=True, padding=1), [[[1/4, 1/2], [1/2, 1]]])  # margins count, what lies behind them does not
    for bad in (0, '2', 1.5):
        with pytest.raises(ValueError, match=f'divisor_override is {bad!r}'): avg_pool2d(x, 2, divisor_override=bad)

@pytest.mark.parametrize('settings', [dict(kernel_size=2), dict(kernel_size=3, stride=2, padding=1), dict(kernel_size=(2, 3), stride=1, dilation=2), dict(kernel_size=3, ceil_mode=True)])
def test_indices_say_where_the_largest_stood(settings):
    x = array(2, 3, 7, 8)
    out, indices = max_pool2d(x, **settings, return_indices=True)
    assert indices.dtype == np.int64 and not indices.requires_grad and indices.shape == out.shape
    close(np.take_along_axis(x.reshape(2, 3, -1), indices.data.reshape(2, 3, -1), -1).reshape(out.shape), out)
    layer = MaxPool2d(**settings, return_indices=True)
    assert (layer(x)[1].data == indices.data).all() and 'return_indices=True' in repr(layer)
    alone = max_pool2d(x[0], **settings, return_indices=True)
    assert (alone[1].data == indices.data[0]).all()

@pytest.mark.parametrize('call, words', [
    (lambda: max_pool2d(np.ones((8, 8)), 2), r'x has shape \(8, 8\); expected four axes'),
    (lambda: avg_pool2d(np.ones((8, 8)), 2), r'avg_pool2d: x has shape \(8, 8\)'),
    (lambda: adaptive_avg_pool2d(np.ones((8, 8)), 2), r'adaptive_avg_pool2d: x has shape \(8, 8\)'),
    (lambda: max_pool2d(np.ones((1, 1, 4, 2)), 3), r'spans 3 pixels on axis 3, but x \(1, 1, 4, 2\) with its padding has 2'),
    (lambda: avg_pool2d(np.ones((1, 1, 2, 4)), 3), r'avg_pool2d: a window of \(3, 3\) spans 3 pixels on axis 2'),
    (lambda: max_pool2d(np.ones((1, 1, 9, 9)), 3, padding=2), r'padding \(2, 2\) is more than half of the window'),
    (lambda: max_pool2d(np.ones((1, 1, 9, 9)), 0), 'kernel_size is 0'),
    (lambda: avg_pool2d(np.ones((1, 1, 9, 9)), 2, stride=0), 'stride is 0'),
    (lambda: adaptive_avg_pool2d(np.ones((1, 1, 9, 9)), 0), 'output_size is'),
    (lambda: adaptive_avg_pool2d(np.ones((1, 1, 9, 9)), (1, 2, 3)), 'output_size is'),
    (lambda: adaptive_avg_pool2d(np.ones((1, 1, 0, 9)), 1), 'no pixels')])
def test_pooling_errors(call, words):
    with pytest.raises(ValueError, match=words): call()

def test_max_pool_error_says_what_people_called():
    with pytest.raises(ValueError, match='^max_pool2d: '): max_pool2d(np.ones((1, 1, 1, 1)), 2)

def test_pooling_layers():
    x = array(2, 3, 8, 8)
    close(MaxPool2d(3, 2, 1)(x), max_pool2d(x, 3, 2, 1)); close(MaxPool2d(2, dilation=2)(x), max_pool2d(x, 2, dilation=2))
    close(AvgPool2d(2)(x), avg_pool2d(x, 2)); close(AdaptiveAvgPool2d((2, None))(x), adaptive_avg_pool2d(x, (2, None)))
    model = Sequential(MaxPool2d(2), AvgPool2d(2, 1), AdaptiveAvgPool2d(1))
    assert model.parameters() == [] and deepcopy(model)(x).shape == (2, 3, 1, 1)
    assert repr(model).splitlines()[1].strip() == '(0): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1)'
    assert repr(AvgPool2d(2, count_include_pad=False)) == 'AvgPool2d(kernel_size=2, stride=2, padding=0, count_include_pad=False)'
    close(AvgPool2d(3, 2, 1, True, False, 5)(x), avg_pool2d(x, 3, 2, 1, ceil_mode=True, divisor_override=5)); close(MaxPool2d(3, ceil_mode=True)(x), max_pool2d(x, 3, ceil_mode=True))

# batch normalization

def test_training_and_evaluation():
    norm, x = BatchNorm2d(3), array(4, 3, 5, 6, dtype=np.float32)*3 + 2
    assert norm(Tensor(x)).dtype == np.float32 and norm.num_batches_tracked.item() == 1
    norm.eval()
    kept = {n: a.copy() for n, a in norm.state_dict().items()}
    one = norm(Tensor(x[:1]))
    assert one.dtype == np.float32 and all((kept[n] == a).all() for n, a in norm.state_dict().items())
    close(one, norm(Tensor(x)).data[:1], rtol=1e-5, atol=1e-6)

def test_running_averages_become_those_of_the_data():
    rng, norm = np.random.default_rng(0), BatchNorm2d(2)
    for _ in range(200): norm(Tensor(rng.normal([[[[3]], [[-1]]]], [[[[2]], [[.5]]]], (16, 2, 4, 4)).astype(np.float32)))
    close(norm.running_mean, [3, -1], atol=.1); close(norm.running_var, [4, .25], rtol=.1)

@pytest.mark.parametrize('training', [True, False])
def test_batch_norm_gradients(training):
    norm = BatchNorm2d(2).train(training)
    norm.running_mean.data, norm.running_var.data = np.array([.5, 1.]), np.array([2., .3])
    def f(x, weight, bias):
        norm.weight, norm.bias = weight, bias
        return norm(x)
    assert gradcheck(f, array(3, 2, 2, 3), np.array([.5, 2]), np.array([1., -1]), rtol=1e-4)

def test_a_norm_without_scale_and_shift():
    norm, x = BatchNorm2d(3, affine=False), array(4, 3, 5, 6, dtype=np.float32)*3 + 2
    assert norm.parameters() == [] and norm.weight is None and list(norm.state_dict()) == ['running_mean', 'running_var', 'num_batches_tracked']
    full = BatchNorm2d(3)
    for _ in range(2):
        close(norm(Tensor(x)), full(Tensor(x)))
        norm.eval(), full.eval()
    assert repr(norm) == 'BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=False)'
    assert gradcheck(lambda x: BatchNorm2d(3, affine=False)(x), array(3, 3, 2, 2), rtol=1e-4)

def test_a_norm_without_running_averages_judges_each_batch_by_itself():
    norm, x = BatchNorm2d(3, track_running_stats=False), array(4, 3, 5, 6, dtype=np.float32)*3 + 2
    out = norm(Tensor(x)).data
    close(norm.eval()(Tensor(x)), out)
    assert list(norm.state_dict()) == ['weight', 'bias'] and norm.running_mean is None and 'track_running_stats=False' in repr(norm)
    loaded = BatchNorm2d(3, track_running_stats=False)
    loaded.load_state_dict(norm.state_dict())

def laid_last(x):
    "`x` with its channels last in memory"
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

def test_sums_over_channels_last_memory_are_as_exact_as_over_any_other():
    x = (array(64, 4, 32, 32) + 5).astype(np.float32)
    exact = x.sum((0, 2, 3), dtype=np.float64)
    error = lambda found: np.abs(found/exact - 1).max()
    assert error(channel_sums(laid_last(x))) < 3e-7 and error(channel_sums(x)) < 3e-7

@pytest.mark.house  # a mean of squares in float32, over any memory, is right to a learner
def test_batch_norm_over_channels_last_memory_is_as_exact_as_over_any_other():
    x = (array(64, 4, 32, 32) + 5).astype(np.float32)
    def norm_error(x):
        y, z = BatchNorm2d(4)(Tensor(x)).data, x.astype(np.float64)
        return np.abs(y - (z - z.mean((0, 2, 3), keepdims=True))/np.sqrt(z.var((0, 2, 3), keepdims=True) + 1e-5)).max()
    assert norm_error(laid_last(x)) < 2*norm_error(x) < 5e-6

def test_gradients_summed_over_channels_last_memory_are_as_exact_as_over_any_other():
    g = (array(64, 3, 40, 40, seed=1) + 2).astype(np.float32)
    layer = Conv2d(2, 3, 1)
    layer(Tensor(array(64, 2, 40, 40, dtype=np.float32))).backward(laid_last(g))
    assert np.abs(layer.bias.grad/g.sum((0, 2, 3), dtype=np.float64) - 1).max() < 3e-7

@pytest.mark.house  # float16 is the house's care
@pytest.mark.parametrize('last', [False, True])
def test_half_precision_is_summed_in_float32(last):
    "A deviation of 400 has a square that float16 does not hold; 5,000 ones are 2,048 to it"
    x = (400*array(8, 3, 16, 16) + 100).astype(np.float16)
    if last: x = laid_last(x)
    norm = BatchNorm2d(3)
    out = norm(Tensor(x))
    exact = x.astype(np.float64)
    close(norm.running_mean, .1*exact.mean((0, 2, 3)), rtol=1e-3); close(norm.running_var, .9 + .1*exact.var((0, 2, 3), ddof=1), rtol=1e-3)
    close(out.data.std((0, 2, 3), dtype=np.float64), 1, rtol=1e-3)
    assert np.isfinite(norm.eval()(Tensor(x)).data).all()
    t = Tensor(x, requires_grad=True)
    out = batch_norm(t, np.ones(3, np.float16), np.zeros(3, np.float16), eps=0.)
    out.backward(out.data)
    assert out.dtype == t.grad.dtype == np.float16
    close(out.data.std((0, 2, 3), dtype=np.float64), 1, rtol=1e-3); close(t.grad, 0, atol=1e-4)  # along itself the result cannot be stretched
    halves = [Tensor(a.astype(np.float16), requires_grad=True) for a in (np.ones((1, 1, 72, 72)), np.ones((1, 1, 3, 3)), np.zeros(1))]
    result = conv2d(*halves)
    result.backward(np.ones(result.shape))
    assert [t.grad.dtype for t in halves] == [np.float16]*3 and result.dtype == np.float16
    assert halves[2].grad.tolist() == [4900] and halves[1].grad[0, 0].tolist() == [[4900]*3]*3 and halves[0].grad.max() == 9
    assert avg_pool2d(np.full((1, 1, 60, 60), 100, np.float16), 60).item() == 100

def test_what_lives_long_lies_in_c_order():
    layer, x = Conv2d(16, 8, 3), array(4, 16, 9, 9, dtype=np.float32)
    layer(Tensor(laid_last(x))).sum().backward()  # windows copied by pixel
    norm = BatchNorm2d(16)
    norm(Tensor(laid_last(x))).sum().backward()
    for t in (layer.weight, layer.bias, norm.weight, norm.bias): assert t.grad.flags.c_contiguous
    for t in (norm.running_mean, norm.running_var): assert t.data.flags.c_contiguous

def test_whole_numbers_become_floating_ones():
    x, norm = np.arange(2*3*4*4).reshape(2, 3, 4, 4), BatchNorm2d(3)
    assert norm(x).dtype == norm.eval()(x).dtype == np.float32
    close(norm.train()(x), BatchNorm2d(3)(x.astype(np.float32)))
    assert batch_norm(x, np.ones(3), np.zeros(3), eps=0.).dtype == np.float64

def test_a_constant_channel_gives_its_bias():
    norm = BatchNorm2d(1)
    norm.bias.data[:] = 7
    close(norm(Tensor(np.full((4, 1, 2, 2), 5, np.float32))), 7)

def test_large_offsets_keep_their_variance():
    x = (array(64, 1, 4, 4) + 3000).astype(np.float32)
    close(BatchNorm2d(1)(Tensor(x)).data.std(), 1, rtol=1e-3)

@pytest.mark.parametrize('shape, words', [((1, 3, 1, 1), r'x \(1, 3, 1, 1\) has 1 value per channel, and a variance needs two; use a larger batch, or call model.eval\(\)'),
    ((0, 3, 2, 2), '0 value per channel'), ((2, 4, 2, 2), r'expected \(N, 3, H, W\)'), ((2, 3), r'expected \(N, 3, H, W\)')])
def test_batch_norm_errors(shape, words):
    with pytest.raises(ValueError, match=words): BatchNorm2d(3)(np.ones(shape, np.float32))

def test_a_refused_batch_leaves_the_averages_alone():
    norm = BatchNorm2d(3)
    with pytest.raises(ValueError): norm(np.ones((1, 3, 1, 1)))
    assert norm.num_batches_tracked.item() == 0 and not norm.running_mean.data.any()

def test_batch_norm_op_errors():
    with pytest.raises(ValueError, match=r'has 3 channels \(axis 1\) but weight is \(2,\)'): batch_norm(np.ones((4, 3)), [1, 1], [0, 0], eps=0.)
    with pytest.raises(ValueError, match=r'expected \(N, C, …\)'): batch_norm(np.ones(4), [1], [0], eps=0.)

def test_buffers_are_saved_and_not_trained():
    norm = BatchNorm2d(3)
    norm(Tensor(array(4, 3, 2, 2, dtype=np.float32)))
    other = BatchNorm2d(3)
    other.load_state_dict(norm.state_dict())
    assert [n for n, _ in norm.named_parameters()] == ['weight', 'bias']
    for (n, a), (m, b) in zip(norm.state_dict().items(), other.state_dict().items()): assert n == m and a.dtype == b.dtype and (a == b).all()
    assert [n for n, _ in norm.named_buffers()] == ['running_mean', 'running_var', 'num_batches_tracked'] and repr(norm) == 'BatchNorm2d(3, eps=1e-05, momentum=0.1)'

# all of it

@pytest.mark.parametrize('operation, least', [(correlate, 10), (slide_max, 8), (batch_norm, 5), (average_fields, 3)])
def test_the_laws_of_ops(operation, least):
    assert len(samples[operation]) >= least and check_op(operation) >= least

def test_simple_cnn_learns():
    from tinytorch.core.losses import cross_entropy
    from tinytorch.core.optimizers import Adam
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, .3, (64, 1, 8, 8)).astype(np.float32), np.arange(64) % 2
    x[y == 1, :, 3] += 1  # a line that lies
    x[y == 0, :, :, 3] += 1  # a line that stands
    model = SimpleCNN(num_classes=2, channels=(4, 4), rng=rng)
    optimizer = Adam(model.parameters(), lr=.02)
    for _ in range(20):
        optimizer.zero_grad()
        cross_entropy(model(Tensor(x)), y).backward()
        optimizer.step()
    with no_grad(): assert (model.eval()(Tensor(x)).data.argmax(1) == y).mean() == 1

@pytest.mark.parametrize('settings, shape, out', [({}, (3, 1, 8, 8), 10), (dict(num_classes=4, in_channels=3, image_size=32), (2, 3, 32, 32), 4), (dict(image_size=9), (1, 1, 9, 9), 10)])
def test_simple_cnn_shapes(settings, shape, out):
    model = SimpleCNN(**settings).eval()
    assert model(np.ones(shape, np.float32)).shape == (shape[0], out)

def test_simple_cnn_is_smaller_than_the_mlp_and_reproducible():
    from tinytorch.capstone import SimpleMLP, TrainingConfig
    a, b = [SimpleCNN(rng=np.random.default_rng(1)) for _ in range(2)]
    assert a.count_parameters() < SimpleMLP(64, TrainingConfig().hidden, 10).count_parameters()
    assert all((p.data == q.data).all() for p, q in zip(a.parameters(), b.parameters()))
    with pytest.raises(ValueError, match='3×3 are too small'): SimpleCNN(image_size=3)

def test_simple_cnn_refuses_pictures_of_another_size():
    with pytest.raises(ValueError): SimpleCNN().eval()(np.ones((1, 1, 12, 12), np.float32))

def test_output_size():
    for size, kernel, stride, padding, dilation in np.random.default_rng(0).integers(1, 6, (50, 5)):
        starts = [i for i in range(0, size + 2*padding, stride) if i + dilation*(kernel - 1) < size + 2*padding]
        assert max(0, output_size(size, kernel, stride, padding, dilation)) == len(starts)

@pytest.mark.parametrize('kernel, dilation', [((2, 2), 1), ((4, 3), 1), ((3, 2), (1, 3))])
def test_same_padding_of_an_even_filter_keeps_infinity_where_it_stands(kernel, dilation):
    "Weights that never meet the infinite pixel have a finite gradient: as for a picture that was padded by hand"
    x = array(1, 2, 5, 6)
    x[0, 0, 0, 0], x[0, 1, 4, 5] = np.inf, np.nan
    d = (dilation, dilation) if isinstance(dilation, int) else dilation
    margin = [(e*(k - 1)//2, e*(k - 1) - e*(k - 1)//2) for e, k in zip(d, kernel)]
    by_hand, same = [Tensor(array(3, 2, *kernel), requires_grad=True) for _ in range(2)]
    a = conv2d(np.pad(x, [(0, 0), (0, 0), *margin]), by_hand, dilation=dilation)
    b = conv2d(x, same, padding='same', dilation=dilation)
    assert np.array_equal(a.data, b.data, equal_nan=True) and b.shape == (1, 3, 5, 6)
    for out in (a, b): out.sum().backward()
    assert np.array_equal(np.isfinite(by_hand.grad), np.isfinite(same.grad)) and np.isfinite(same.grad).any()

def test_training_between_forward_and_backward_leaves_the_gradients_of_eval():
    layer = BatchNorm2d(2)
    layer.running_mean.data[...] = 1
    x = array(4, 2, 3, 3)
    out = layer.eval()(x)
    expected = ((x - 1)/np.sqrt(1 + 1e-5)).sum(axis=(0, 2, 3))
    layer.train()(x + 5)
    out.sum().backward()
    close(layer.weight.grad, expected, rtol=1e-4)
