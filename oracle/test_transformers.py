"Norm, block and GPT against PyTorch: values and gradients with the same weights, and the same text written greedily"
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tinytorch.core.tensor import Tensor
from tinytorch.core.transformers import GPT, LayerNorm, TransformerBlock, layer_norm

# layer norm

@pytest.mark.parametrize('shape, normalized', [((5,), 5), ((3, 5), 5), ((1, 5), 5), ((2, 3, 5), 5), ((2, 3, 5), (3, 5)), ((2, 3, 4, 5), (3, 4, 5)), ((0, 5), 5), ((4, 1), 1)])
@pytest.mark.parametrize('eps', [1e-5, .1])
def test_layer_norm(shape, normalized, eps):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(2, 3, shape), *rng.standard_normal((2, *np.ones(normalized).shape))]
    mine, his = [Tensor(a, requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out, expected = layer_norm(mine[0], mine[1].shape, *mine[1:], eps), F.layer_norm(his[0], his[1].shape, *his[1:], eps)
    g = rng.standard_normal(shape)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-10, atol=1e-10)
    for m, h in zip(mine, his): np.testing.assert_allclose(m.grad, h.grad.numpy(), rtol=1e-8, atol=1e-8)

@pytest.mark.parametrize('offset', [0, 100])
def test_layer_norm_in_single_precision(offset):
    x = (np.random.default_rng(0).standard_normal((64, 256)) + offset).astype(np.float32)
    exact = torch.nn.LayerNorm(256, dtype=torch.float64)(torch.tensor(x, dtype=torch.float64)).detach().numpy()
    theirs = torch.nn.LayerNorm(256)(torch.tensor(x)).detach().numpy()
    ours = LayerNorm(256)(Tensor(x)).data
    assert np.abs(ours - exact).max() <= max(5e-6, 4*np.abs(theirs - exact).max())

@pytest.mark.parametrize('settings', [{}, {'bias': False}, {'elementwise_affine': False}])
@pytest.mark.parametrize('shape', [4, (3, 4)])
def test_norm_layers_with_and_without_weights(shape, settings):
    ours, theirs = LayerNorm(shape, **settings), torch.nn.LayerNorm(shape, **settings)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    x = np.random.default_rng(0).normal(2, 3, (2, 3, 4)).astype(np.float32)
    np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-5)

def test_norm_in_half_precision_is_as_near_as_theirs():
    x = (np.random.default_rng(0).standard_normal((20, 64))*40).astype(np.float16)
    x[3] = 7
    exact = F.layer_norm(torch.tensor(x, dtype=torch.float64), (64,)).numpy()
    mine, his = layer_norm(Tensor(x), 64), F.layer_norm(torch.tensor(x), (64,)).numpy()
    assert mine.dtype == np.float16 and np.abs(mine.data - exact).max() <= 2*np.abs(his - exact).max()

def test_norm_layer_is_pytorchs():
    ours, theirs = LayerNorm((3, 4)), torch.nn.LayerNorm((3, 4))
    assert [(n, p.shape) for n, p in ours.named_parameters()] == [(n, tuple(p.shape)) for n, p in theirs.named_parameters()] and ours.eps == theirs.eps

# a small GPT in PyTorch

class Block(torch.nn.Module):
    def __init__(self, D, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = torch.nn.LayerNorm(D), torch.nn.LayerNorm(D)
        self.attention, self.mlp = torch.nn.Module(), torch.nn.Module()
        self.attention.qkv, self.attention.out = torch.nn.Linear(D, 3*D), torch.nn.Linear(D, D)
        self.mlp.up, self.mlp.down = torch.nn.Linear(D, 4*D), torch.nn.Linear(4*D, D)

    def forward(self, x, is_causal=True):
        B,T,D = x.shape
        q,k,v = self.attention.qkv(self.norm1(x)).view(B, T, 3, self.heads, D//self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
        x = x + self.attention.out(y.transpose(1, 2).reshape(B, T, D))
        return x + self.mlp.down(F.gelu(self.mlp.up(self.norm2(x)), approximate='tanh'))

class TheirGPT(torch.nn.Module):
    def __init__(self, vocabulary, D, layers, heads, positions):
        super().__init__()
        self.embedding, self.positions = torch.nn.Embedding(vocabulary, D), torch.nn.Embedding(positions, D)
        self.blocks = torch.nn.ModuleList(Block(D, heads) for _ in range(layers))
        self.norm = torch.nn.LayerNorm(D)

    def forward(self, ids):
        x = self.embedding(ids) + self.positions.weight[:ids.shape[1]]
        for block in self.blocks: x = block(x)
        return self.norm(x) @ self.embedding.weight.T

    def write(self, ids, new):
        for _ in range(new): ids = torch.cat([ids, self(ids)[:, -1].argmax(-1, keepdim=True)], 1)
        return ids

def flipped(array, name): return array.T if array.ndim == 2 and any(part in name for part in ('attention', 'mlp')) else array

def share_weights(ours, theirs, seed=0, dtype=np.float64):
    "Random weights of some size in both, ours (in, out), theirs (out, in)"
    rng, theirs = np.random.default_rng(seed), theirs.to(torch.float64 if dtype == np.float64 else torch.float32)
    named = dict(theirs.named_parameters())
    assert set(named) == {n for n, _ in ours.named_parameters()}
    for name, p in ours.named_parameters():
        p.data = (rng.standard_normal(p.shape)*.3 + (p.ndim == 1 and 'norm' in name and 'weight' in name)).astype(dtype)
        with torch.no_grad(): named[name].copy_(torch.tensor(flipped(p.data, name).copy()))
    return ours, theirs

def compare_gradients(ours, theirs, tolerance):
    named = dict(theirs.named_parameters())
    for name, p in ours.named_parameters():
        np.testing.assert_allclose(p.grad, flipped(named[name].grad.numpy(), name), rtol=tolerance, atol=tolerance, err_msg=name)

@pytest.mark.parametrize('is_causal', [True, False])
@pytest.mark.parametrize('dtype, tolerance', [(np.float64, 1e-9), (np.float32, 2e-4)])
@pytest.mark.parametrize('shape, heads', [((2, 7, 12), 3), ((1, 1, 8), 2), ((3, 5, 4), 4)])
def test_block(shape, heads, dtype, tolerance, is_causal):
    ours, theirs = share_weights(TransformerBlock(shape[-1], heads), Block(shape[-1], heads), dtype=dtype)
    x = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    mine, his = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = ours(mine, is_causal=is_causal), theirs(his, is_causal)
    g = np.random.default_rng(2).standard_normal(shape).astype(dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(mine.grad, his.grad.numpy(), rtol=tolerance, atol=tolerance)
    compare_gradients(ours, theirs, 5*tolerance)

SIZES = [(11, 12, 2, 3, 9), (5, 8, 3, 1, 6), (40, 16, 1, 4, 16)]

@pytest.mark.parametrize('sizes', SIZES)
def test_gpt_scores_loss_and_gradients(sizes):
    ours, theirs = share_weights(GPT(*sizes), TheirGPT(*sizes))
    ids = np.random.default_rng(3).integers(0, sizes[0], (3, sizes[-1]))
    scores, expected = ours(ids), theirs(torch.tensor(ids))
    np.testing.assert_allclose(scores.data, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
    targets = np.where(np.random.default_rng(4).random(ids.shape) < .3, -100, np.roll(ids, -1, axis=1))
    loss = ours.loss(ids, targets)
    their_loss = F.cross_entropy(expected.reshape(-1, sizes[0]), torch.tensor(targets).reshape(-1))
    np.testing.assert_allclose(loss.item(), their_loss.item(), rtol=1e-10)
    loss.backward()
    their_loss.backward()
    compare_gradients(ours, theirs, 1e-8)

@pytest.mark.parametrize('sizes', SIZES)
@pytest.mark.parametrize('seed', range(5))
def test_greedy_writing(sizes, seed):
    ours, theirs = share_weights(GPT(*sizes), TheirGPT(*sizes), seed)
    prompt = np.random.default_rng(seed).integers(0, sizes[0], (2, 2))
    with torch.no_grad(): expected = theirs.write(torch.tensor(prompt), sizes[-1] - 2).numpy()
    np.testing.assert_array_equal(ours.generate(prompt, sizes[-1] - 2, temperature=0, cache=ours.make_cache(2)), expected)
    np.testing.assert_array_equal(ours.generate(prompt, sizes[-1] - 2, temperature=0), expected)

def test_training_takes_the_same_course():
    from tinytorch.core.optimizers import AdamW
    ours, theirs = share_weights(GPT(*SIZES[0]), TheirGPT(*SIZES[0]))
    mine, his = AdamW(ours.parameters(), lr=1e-2), torch.optim.AdamW(theirs.parameters(), lr=1e-2)
    for step in range(10):
        ids = np.random.default_rng(step).integers(0, 11, (4, 9))
        mine.zero_grad(); his.zero_grad()
        loss, their_loss = ours.loss(ids), F.cross_entropy(theirs(torch.tensor(ids[:, :-1])).reshape(-1, 11), torch.tensor(ids[:, 1:]).reshape(-1))
        loss.backward(); their_loss.backward()
        mine.step(); his.step()
        np.testing.assert_allclose(loss.item(), their_loss.item(), rtol=1e-7)

def test_number_of_parameters_is_gpt2s():
    vocabulary, D, layers, positions = 50257, 768, 12, 1024
    small = GPT(7, 24, 3, 4, 5)
    count = lambda V, D, L, T: (V + T)*D + L*(12*D*D + 13*D) + 2*D
    assert small.count_parameters() == count(7, 24, 3, 5) == sum(p.numel() for p in TheirGPT(7, 24, 3, 4, 5).parameters())
    assert count(vocabulary, D, layers, positions) == 124_439_808

# GPT-2's layout

class Conv1D(torch.nn.Module):
    "A linear layer that keeps its weight as (in, out), as GPT-2's code does"
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight, self.bias = torch.nn.Parameter(torch.randn(inputs, outputs)*.2), torch.nn.Parameter(torch.randn(outputs)*.2)

    def forward(self, x): return x @ self.weight + self.bias

def linear(inputs, outputs): return torch.nn.Linear(inputs, outputs)

class GPT2Block(torch.nn.Module):
    "A block under the names of GPT-2's files, mask among its buffers"
    def __init__(self, D, heads, positions, made_of):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = torch.nn.LayerNorm(D), torch.nn.LayerNorm(D)
        self.attn, self.mlp = torch.nn.Module(), torch.nn.Module()
        self.attn.c_attn, self.attn.c_proj = made_of(D, 3*D), made_of(D, D)
        self.mlp.c_fc, self.mlp.c_proj = made_of(D, 4*D), made_of(4*D, D)
        self.attn.register_buffer('bias', torch.ones(positions, positions).tril()[None, None])
        self.attn.register_buffer('masked_bias', torch.tensor(-1e4))

    def forward(self, x):
        B,T,D = x.shape
        q,k,v = [part.view(B, T, self.heads, D//self.heads).transpose(1, 2) for part in self.attn.c_attn(self.ln_1(x)).split(D, dim=2)]
        scores = (q @ k.transpose(2, 3)/(D//self.heads)**.5).masked_fill(self.attn.bias[:, :, :T, :T] == 0, float('-inf'))
        x = x + self.attn.c_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, D))
        return x + self.mlp.c_proj(F.gelu(self.mlp.c_fc(self.ln_2(x)), approximate='tanh'))

class GPT2(torch.nn.Module):
    def __init__(self, vocabulary, D, layers, heads, positions, made_of):
        super().__init__()
        self.transformer = torch.nn.ModuleDict(dict(
            wte=torch.nn.Embedding(vocabulary, D), wpe=torch.nn.Embedding(positions, D), ln_f=torch.nn.LayerNorm(D),
            h=torch.nn.ModuleList(GPT2Block(D, heads, positions, made_of) for _ in range(layers))))
        self.lm_head = torch.nn.Linear(D, vocabulary, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, ids):
        x = self.transformer.wte(ids) + self.transformer.wpe(torch.arange(ids.shape[1]))
        for block in self.transformer.h: x = block(x)
        return self.lm_head(self.transformer.ln_f(x))

@pytest.mark.parametrize('made_of', [Conv1D, linear])
@pytest.mark.parametrize('names', ['all', 'no lm_head', 'no wte', 'no prefix'])
@pytest.mark.parametrize('sizes', SIZES)
def test_weights_of_gpt2s_layout(sizes, names, made_of):
    torch.manual_seed(0)
    theirs, ours = GPT2(*sizes, made_of), GPT(*sizes)
    with torch.no_grad():
        for p in theirs.parameters(): p += .2*torch.randn(p.shape)
    state = theirs.state_dict()
    if names == 'no lm_head': del state['lm_head.weight']
    if names == 'no wte': del state['transformer.wte.weight']
    if names == 'no prefix': state = {name.removeprefix('transformer.'): value for name, value in state.items() if name != 'lm_head.weight'}
    ours.load_gpt2_state(state)
    ids = np.random.default_rng(1).integers(0, sizes[0], (2, sizes[-1]))
    np.testing.assert_allclose(ours(ids).data, theirs(torch.tensor(ids)).detach().numpy(), rtol=2e-3, atol=2e-3)
