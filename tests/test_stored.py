"A model goes into a graph and weights and comes back bit for bit; what a stranger writes gives triples, or computes"
import copy, json, os, random, struct

import numpy as np
import pytest
from safetensors.numpy import save

from tinytorch.core.activations import ELU, GELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh, relu
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import no_grad
from tinytorch.core.embeddings import Embedding, PositionalEncoding
from tinytorch.core.layers import Dropout, Flatten, Identity, Linear, Module, Sequential
from tinytorch.core.spatial import AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor, cat
from tinytorch.core.transformers import GPT, LayerNorm, TransformerBlock
from tinytorch.perf.acceleration import accelerate
from tinytorch.perf.compression import block_prune, low_rank_approximate, magnitude_prune, structured_prune, to_sparse
from tinytorch.perf.quantization import QuantizedSession, fold_batch_norms, quantize_model
from tinytorch.perf.stored import GraphError, build, check_graph, describe, kinds, load_model, ops, read_safetensors, same_bits, save_model, shape_rules
from tinytorch.perf.techniques import stored_bytes
from tinytorch.perf.tracing import Untraceable

rng = np.random.default_rng(0)
ROWS, PICTURES, IDS = rng.standard_normal((5, 64)).astype('f'), rng.standard_normal((3, 1, 8, 8)).astype('f'), rng.integers(0, 20, (2, 8))
WORDS = rng.standard_normal((2, 5, 16)).astype('f')

class Net(Module):
    def __init__(self): self.fc1, self.fc2 = Linear(64, 128, rng=0), Linear(128, 10, bias=False, rng=1)
    def forward(self, x): return self.fc2(relu(self.fc1(x)))

class Residual(Module):
    def __init__(self): self.a, self.b, self.mean = Linear(64, 64, rng=0), Linear(64, 10, rng=1), Parameterless()
    def forward(self, x): return self.b(x + self.mean(self.a(x).tanh()*.5))

class Parameterless(Module):
    def __init__(self): self.register_buffer('shift', np.arange(64, dtype='f'))
    def forward(self, x): return x - self.shift

class Tied(Module):
    def __init__(self):
        self.a, self.b = Linear(64, 64, rng=0), Linear(64, 64, rng=1)
        self.b.weight, self.again = self.a.weight, self.a
    def forward(self, x): return self.again(self.b(self.a(x)))

class Doubled(Linear):
    def forward(self, x): return super().forward(x)*2.

class Spare(Module):
    "Has a layer that it does not use"
    def __init__(self): self.spare, self.used = Linear(3, 3, rng=0), Linear(64, 3, rng=1)
    def forward(self, x): return self.used(x)

class Constant(Module):
    "Meets an array that is no weight, and too large to stand in the graph"
    def __init__(self): self.layer = Linear(64, 200, rng=0)
    def forward(self, x): return self.layer(x)*Tensor(np.linspace(0, 1, 200, dtype='f'))

class Joined(Module):
    def __init__(self): self.a, self.b = Linear(64, 8, rng=0), Linear(64, 8, rng=1)
    def forward(self, x):
        both = cat([self.a(x), self.b(x)[:, ::2]], 1)
        return both.reshape(-1, 2, 6).transpose(1, 2).sum(axis=-1).clip(-1, 1).softmax(dim=-1)

def with_norms(cnn, seed=0):
    "`cnn`, with averages as after a training"
    draw = np.random.default_rng(seed)
    for m in cnn.modules():
        if not isinstance(m, BatchNorm2d): continue
        m.running_mean.data = draw.standard_normal(m.num_features).astype('f')
        m.running_var.data = draw.uniform(.5, 2, m.num_features).astype('f')
    return cnn.eval()

def mlp(): return Sequential(Linear(64, 128, rng=0), ReLU(), Linear(128, 10, rng=1))
def cnn(): return with_norms(SimpleCNN(rng=0))
def pictures():
    return with_norms(Sequential(Conv2d(1, 8, 3, padding='same', rng=0), BatchNorm2d(8), ReLU(), AvgPool2d(2), MaxPool2d(2, 1, 1),
                                 Conv2d(8, 8, 2, padding='same', bias=False, groups=2, rng=1), BatchNorm2d(8, affine=False),
                                 AdaptiveAvgPool2d(2), Flatten(), Dropout(), Identity(), Linear(32, 10, rng=2)))
def gpt(): return GPT(20, 16, 2, 2, 8, rng=0)
def acts(): return Sequential(*[f() for f in (Sigmoid, Tanh, GELU, LeakyReLU, ELU, SiLU, Softplus, Softmax, LogSoftmax)], Linear(64, 3, rng=0), GELU('tanh'))
def words(): return Sequential(Embedding(20, 16, rng=0), PositionalEncoding(8, 16), LayerNorm(16), LayerNorm((8, 16), elementwise_affine=False))

plain = {'mlp': (mlp, ROWS), 'net': (Net, ROWS), 'residual': (Residual, ROWS), 'tied': (Tied, ROWS), 'cnn': (cnn, PICTURES), 'pictures': (pictures, PICTURES),
         'gpt': (gpt, IDS), 'attention': (lambda: MultiHeadAttention(16, 2, rng=0), WORDS), 'block': (lambda: TransformerBlock(16, 2, rng=0), WORDS),
         'words': (words, IDS), 'acts': (acts, ROWS), 'layer': (lambda: Linear(64, 3, rng=0), ROWS), 'norm': (lambda: with_norms(BatchNorm2d(1)), PICTURES),
         'doubled': (lambda: Sequential(Doubled(64, 3, rng=0)), ROWS), 'spare': (Spare, ROWS), 'joined': (Joined, ROWS), 'float64': (mlp, ROWS.astype(float)),
         'nothing': (Sequential, ROWS), 'constant': (Constant, ROWS)}
changed = {**{f'int{bits} {backend}': lambda m, x, bits=bits, backend=backend: quantize_model(m, bits, backend=backend)
              for bits in (8, 4) for backend in ('numpy', 'float', 'numba', 'onnxruntime')},
           'int8 inputs': lambda m, x: quantize_model(m, calibration_data=x, backend='numpy'),
           'masked': lambda m, x: magnitude_prune(m, .6), 'csr': lambda m, x: to_sparse(magnitude_prune(m, .6), 'csr'),
           'low rank': lambda m, x: low_rank_approximate(m, .5), 'numpy': lambda m, x: accelerate(m, 'numpy'), 'numba': lambda m, x: accelerate(m, 'numba'),
           'onnxruntime': lambda m, x: accelerate(m, 'onnxruntime')}
of_some = {'structured': (lambda m, x: structured_prune(m, .5, inputs=x), ('mlp', 'net', 'cnn', 'gpt')),
           'blocks': (lambda m, x: to_sparse(block_prune(m, .5), 'blocks'), ('mlp', 'net', 'residual', 'tied')),
           'folded': (lambda m, x: fold_batch_norms(m, x), ('cnn', )), 'ids': (lambda m, x: quantize_model(m, backend='float'), ('gpt', )),
           'planned int8': (lambda m, x: accelerate(quantize_model(m, backend='numpy'), 'numpy'), ('mlp', 'cnn', 'gpt'))}
cases = [(name, None, None) for name in plain] + [(name, how, f) for name in ('mlp', 'residual', 'tied', 'cnn', 'pictures', 'gpt') for how, f in changed.items() if (name, how) != ('gpt', 'int8 inputs')]
cases += [(name, how, f) for how, (f, names) in of_some.items() for name in names]

def made(name, f):
    make, x = plain[name]
    return (make() if f is None else f(make(), x)), x

def told(model, x):
    with no_grad(): return model(Tensor(x)).data

@pytest.mark.parametrize('name, how, f', cases, ids=[f'{name}-{how}' for name, how, _ in cases])
def test_comes_back_bit_for_bit(name, how, f):
    model, x = made(name, f)
    model.eval()
    before = {name: array.copy() for name, array in model.state_dict().items()}
    graph, weights = describe(model, x)
    assert not check_graph(graph, weights)
    again = build(json.loads(json.dumps(graph, allow_nan=False, sort_keys=True)), dict(reversed(weights.items())))
    for batch in (x, x[:1], np.concatenate([x]*7)): assert same_bits(told(again, batch), told(model, batch))
    assert not again.training and type(again).__module__ != '__main__'
    if name == 'constant': return
    assert [*weights] == [*model.state_dict()] == [*again.state_dict()] and again.count_parameters() == model.count_parameters()
    assert len(save(weights)) == stored_bytes(model) == stored_bytes(again)
    assert [n for n, _ in again.named_buffers()] == [n for n, _ in model.named_buffers()]
    assert all(same_bits(model.state_dict()[name], array) and same_bits(weights[name], array) for name, array in before.items())

@pytest.mark.parametrize('name', plain)
def test_goes_through_files(name, tmp_path):
    model, x = made(name, None)
    model.eval()
    save_model(model, tmp_path/'m', x)
    assert same_bits(told(load_model(tmp_path/'m'), x), told(model, x))
    if name != 'constant': assert (tmp_path/'m.safetensors').stat().st_size == stored_bytes(model)
    assert sorted(os.listdir(tmp_path)) == ['m.json', 'm.safetensors']
