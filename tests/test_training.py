"Training: what is not part of the page's story, above all that a resumed run is the same run"
import json, os, subprocess, sys
from pathlib import Path

import numpy as np
import pytest

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD, Adam, AdamW, LinearWarmup, OneCycleLR, StepLR
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import (Callback, EarlyStopping, Trainer, accuracy, clip_grad_norm, generators, flatten_state, read_state, write_state)
from tinytorch.datasets import load

class Batches:
    def __init__(self, x, y, size, rng): self.x, self.y, self.size, self.rng = x, y, size, rng
    def __len__(self): return -(-len(self.y)//self.size)
    def __iter__(self):
        order = self.rng.permutation(len(self.y))
        for i in range(0, len(order), self.size): yield self.x[order[i:i+self.size]], self.y[order[i:i+self.size]]

SCHEDULES = {'none': lambda o, n: None, 'step': lambda o, n: StepLR(o, 2, .5), 'cycle': lambda o, n: OneCycleLR(o, .05, 6*n),
             'both': lambda o, n: LinearWarmup(o, 9, then=StepLR(o, 5))}
OPTIMIZERS = {'momentum': lambda p: SGD(p, .05, momentum=.9, nesterov=True), 'adamw': lambda p: AdamW(p, 3e-3)}

def new(seed, optimizer='momentum', schedule='step', callbacks=()):
    rng = np.random.default_rng(seed)
    model = Sequential(Linear(64, 16, rng=rng), ReLU(), Dropout(.3, rng=rng), Linear(16, 10, rng=rng))
    loader = Batches(*(a[:200] for a in load('digits', flat=True).train), 32, np.random.default_rng(seed))
    opt = OPTIMIZERS[optimizer](model.parameters())
    return Trainer(model, opt, CrossEntropyLoss(), SCHEDULES[schedule](opt, len(loader)), grad_clip_norm=1., callbacks=callbacks), loader

def weights(trainer): return b''.join(p.data.tobytes() for p in trainer.model.parameters())

@pytest.mark.parametrize('schedule', SCHEDULES)
@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_resumes_bit_for_bit(optimizer, schedule, tmp_path):
    straight, loader = new(0, optimizer, schedule)
    straight.fit(loader, 6)
    first, loader = new(0, optimizer, schedule)
    first.fit(loader, 3)
    first.save_checkpoint(tmp_path/'run')
    second, loader = new(7, optimizer, schedule)
    second.load_checkpoint(tmp_path/'run')
    second.fit(loader, 3)
    assert weights(second) == weights(straight) and second.history == straight.history and second.epoch == 6

SCRIPT = '''
import sys
sys.path.insert(0, sys.argv[1])
from test_training import new, weights
import hashlib
trainer, loader = new(int(sys.argv[2]))
if sys.argv[3] != '-': trainer.load_checkpoint(sys.argv[3])
trainer.fit(loader, int(sys.argv[4]))
if sys.argv[5] != '-': trainer.save_checkpoint(sys.argv[5])
print(hashlib.sha256(weights(trainer)).hexdigest())
'''

def test_resumes_in_another_process(tmp_path):
    here = Path(__file__).resolve().parent
    env = os.environ | {'PYTHONPATH': os.pathsep.join([str(here.parent), os.environ.get('PYTHONPATH', '')])}
    def run(*args): return subprocess.run([sys.executable, '-c', SCRIPT, str(here), *map(str, args)], capture_output=True, text=True, check=True, env=env).stdout
    straight = run(0, '-', 6, '-')
    run(0, '-', 3, tmp_path/'half')
    assert run(5, tmp_path/'half', 3, '-') == straight

def test_stopping_early_resumes_too(tmp_path):
    def stopper(): return EarlyStopping(patience=2, monitor='train_loss', min_delta=.05, restore_best=False)
    straight, loader = new(0, callbacks=[stopper()])
    straight.fit(loader, 30)
    first, loader = new(0, callbacks=[stopper()])
    first.fit(loader, 3)
    first.save_checkpoint(tmp_path/'run')
    second, loader = new(1, callbacks=[stopper()])
    second.load_checkpoint(tmp_path/'run')
    second.fit(loader, 27)
    assert second.epoch == straight.epoch < 30 and weights(second) == weights(straight)

def test_checkpoint_from_a_callback(tmp_path):
    class Save(Callback):
        def on_epoch_end(self, trainer, record): trainer.save_checkpoint(tmp_path/'run')
    first, loader = new(0, callbacks=[Save()])
    first.fit(loader, 2)
    second, _ = new(1, callbacks=[Save()])
    second.load_checkpoint(tmp_path/'run')
    assert weights(first) == weights(second) and second.epoch == 2 and second.history == first.history

def test_same_state_same_bytes(tmp_path):
    trainer, loader = new(0)
    trainer.fit(loader, 1)
    for name in 'ab': trainer.save_checkpoint(tmp_path/name)
    assert (tmp_path/'a').read_bytes() == (tmp_path/'b').read_bytes() and sorted(os.listdir(tmp_path)) == ['a', 'b']

def test_saved_before_any_training(tmp_path):
    trainer, loader = new(0)
    trainer.save_checkpoint(tmp_path/'run')
    other, loader = new(1)
    other.load_checkpoint(tmp_path/'run')
    other.fit(loader, 1)

def test_another_loader_is_a_warning(tmp_path):
    trainer, loader = new(0)
    trainer.fit(loader, 1)
    trainer.save_checkpoint(tmp_path/'run')
    trainer.load_checkpoint(tmp_path/'run')
    with pytest.warns(UserWarning, match="generators \\['rng'\\], a list here has \\[\\]"): trainer.fit(list(loader), 1)

def test_what_does_not_fit_changes_nothing(tmp_path):
    trainer, loader = new(0)
    trainer.fit(loader, 2)
    trainer.save_checkpoint(tmp_path/'run')
    cases = {'this is AdamW': new(1, 'adamw')[0], 'this trainer has none': new(1, schedule='none')[0], '0 callbacks': new(1, callbacks=[Callback()])[0], 'this is OneCycleLR': new(1, schedule='cycle')[0]}
    for words, other in cases.items():
        before, state = weights(other), json.dumps(flatten_state(other.state_dict(), {}))
        with pytest.raises(ValueError, match=words): other.load_checkpoint(tmp_path/'run')
        assert weights(other) == before and other.epoch == 0 and json.dumps(flatten_state(other.state_dict(), {})) == state

def test_damaged_files(tmp_path):
    trainer, loader = new(0)
    trainer.fit(loader, 1)
    trainer.save_checkpoint(tmp_path/'run')
    good, bad, before = (tmp_path/'run').read_bytes(), tmp_path/'bad', weights(trainer)
    rng = np.random.default_rng(0)
    for n in [0, 1, 7, 8, 9, *rng.integers(0, len(good), 20)]:
        bad.write_bytes(good[:n])
        with pytest.raises(ValueError, match='bad'): trainer.load_checkpoint(bad)
    for i in rng.integers(0, len(good), 150):
        changed = bytearray(good)
        changed[i] ^= 64
        bad.write_bytes(changed)
        with pytest.raises(ValueError, match='bad'): trainer.load_checkpoint(bad)
    assert weights(trainer) == before

def test_foreign_files(tmp_path):
    from safetensors.numpy import save_file
    trainer, _ = new(0)
    save_file({'weight': np.ones(3)}, tmp_path/'model')
    np.savez(tmp_path/'arrays.npz', a=np.ones(3))
    (tmp_path/'text').write_text('hello')
    with pytest.raises(ValueError, match="expected a 'tinytorch checkpoint 1', found None"): trainer.load_checkpoint(tmp_path/'model')
    for name in ('arrays.npz', 'text'):
        with pytest.raises(ValueError, match='not a safetensors file'): trainer.load_checkpoint(tmp_path/name)
    for name in ('', 'absent'):
        with pytest.raises(FileNotFoundError, match='no such file'): trainer.load_checkpoint(tmp_path/name)

@pytest.mark.parametrize('tree', [{}, [], 3, 'text', None, {'$': 1, 'array': [2]}, {'a': {'b': [np.zeros((0, 3)), np.array(2.), np.arange(3, dtype=np.int8)]}},
                                  {'big': 2**127, 'flag': True, 'x': .1, 'mask': np.array([True, False])}])
def test_trees_come_back(tree, tmp_path):
    write_state(tmp_path/'f', tree)
    found = read_state(tmp_path/'f')
    a, b = {}, {}
    assert flatten_state(found, a) == flatten_state(tree, b) and a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])
        assert a[name].dtype == b[name].dtype and a[name].shape == b[name].shape

def test_every_kind_of_generator(tmp_path):
    kinds = [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM]
    class Noisy(Module):
        def __init__(self, seed): self.weight, self.parts = Tensor([1.], requires_grad=True), {k.__name__: np.random.Generator(k(seed)) for k in kinds}
        def forward(self, x): return x*self.weight
    a, b = [Trainer(m, SGD(m.parameters(), .1), MSELoss()) for m in (Noisy(1), Noisy(2))]
    a.save_checkpoint(tmp_path/'f')
    b.load_checkpoint(tmp_path/'f')
    for kind in kinds: assert a.model.parts[kind.__name__].random() == b.model.parts[kind.__name__].random()

def test_generators_in_transforms_and_shared_ones():
    class Thing:
        def __init__(self, **facts): vars(self).update(facts)
    rng = np.random.default_rng(0)
    loader = Thing(rng=rng, dataset=Thing(transform=Thing(steps=[Thing(rng=np.random.default_rng(1)), Thing(rng=rng)])), module=np)
    assert [name for name, _ in generators(loader)] == ['rng', 'dataset.transform.steps.0.rng']

def test_digits_reach_96_percent():
    rng, digits = np.random.default_rng(0), load('digits', flat=True)
    model, loader = Sequential(Linear(64, 64, rng=rng), ReLU(), Dropout(.2, rng=rng), Linear(64, 10, rng=rng)), Batches(*digits.train, 32, rng)
    optimizer = AdamW(model.parameters(), lr=.01)
    trainer = Trainer(model, optimizer, CrossEntropyLoss(label_smoothing=.1), OneCycleLR(optimizer, .01, 30*len(loader)))
    assert trainer.fit(loader, 30, [digits.validation])['validation_accuracy'][-1] >= .96

def simple(**settings):
    model = Linear(1, 1, bias=False)
    model.weight.data[...] = 2
    return Trainer(model, SGD(model.parameters(), .1), MSELoss(), **settings)

@pytest.mark.filterwarnings('ignore::RuntimeWarning')
@pytest.mark.parametrize('x, words', [(np.nan, 'epoch 1, batch 2: the loss is nan'), (1e30, 'epoch 1, batch 2: the loss is inf')])
def test_loss_that_is_not_finite(x, words):
    trainer = simple()
    with pytest.raises(FloatingPointError, match=words): trainer.fit([(np.ones((1, 1), np.float32), [[2.]]), (np.full((1, 1), x, np.float32), [[0.]])], 1)
    assert np.isfinite(trainer.model.weight.data).all()
    with pytest.raises(RuntimeError, match='epoch 1 is not finished'): trainer.state_dict()

def test_gradient_that_is_not_finite_says_where():
    trainer = simple()
    trainer.loss_fn = lambda output, y: (output*0).sqrt().sum()  # the root's slope at 0
    with np.errstate(all='ignore'), pytest.raises(FloatingPointError, match=r'epoch 1, batch 1: step: the gradient of parameter 0 \(1, 1\) has 1 of 1'): trainer.fit([([[1.]], [[0.]])], 1)
    assert trainer.model.weight.data == 2

@pytest.mark.parametrize('loader, error, words', [
    ([], ValueError, 'gave no batches'), ([1], TypeError, 'batch 0: expected a pair (x, y), got int'),
    ([(1, 2, 3)], TypeError, 'got 3 things'), ([np.ones((2, 3))], TypeError, 'got ndarray')])
def test_bad_loaders(loader, error, words):
    with pytest.raises(error) as caught: simple().fit(loader, 1)
    assert words in str(caught.value)

def test_generator_of_batches():
    with pytest.raises(TypeError, match='can be read once, not 2 times'): simple().fit(iter([([[1.]], [[0.]])]), 2)
    assert simple().fit(iter([([[1.]], [[0.]])]), 1)['epoch'] == [1]

@pytest.mark.parametrize('make, error, words', [
    (lambda: Trainer(np.tanh, SGD([Tensor(1., requires_grad=True)], .1), MSELoss()), TypeError, 'a ufunc has no parameters'),
    (lambda: Trainer(Linear(1, 1), SGD(Linear(1, 1).parameters(), .1), MSELoss()), ValueError, "none of this model's parameters"),
    (lambda: simple(callbacks=[print]), TypeError, 'a callback needs one of on_fit_start'),
    (lambda: simple(scheduler=StepLR(SGD([Tensor(1., requires_grad=True)], .1), 1)), ValueError, 'drives another optimizer'),
    (lambda: EarlyStopping(mode='low'), ValueError, "'min' or 'max', got 'low'"),
    (lambda: clip_grad_norm([], 0), ValueError, 'max_norm must be above 0, got 0'),
    (lambda: accuracy([[1.], [2.]], [0, 0]), ValueError, 'one class'),
    (lambda: accuracy([[1., 2]], [-100]), ValueError, 'no labels to count'),
    (lambda: accuracy([[1., 2]], [0, 1]), ValueError, 'want labels of shape (1,), got (2,)')])
def test_messages(make, error, words):
    with pytest.raises(error) as caught: make()
    assert words in str(caught.value)

def test_library_prints_nothing_and_the_bar_is_on_request(capsys):
    for progress in (False, True):
        simple().fit([([[1.]], [[0.]])], 2, progress=progress)
        shown = capsys.readouterr()
        assert shown.out == '' and ('2/2' in shown.err) is progress
    before = "import sys, tinytorch.core.training; print('tqdm' in sys.modules, 'safetensors' in sys.modules)"
    assert subprocess.run([sys.executable, '-c', before], capture_output=True, text=True, check=True).stdout.split() == ['False', 'False']

def test_modes_and_graphs():
    trainer, loader = new(0)
    seen = []
    class Look(Callback):
        def on_batch_end(self, trainer, loss): seen.append(trainer.model.training)
        def on_epoch_end(self, trainer, record): seen.append(trainer.model.training)
    trainer.callbacks = [Look()]
    trainer.model.eval()
    trainer.fit(loader, 1, [next(iter(loader))])
    assert all(seen)
    trainer.evaluate(loader)
    trainer.model.eval()
    state = weights(trainer), trainer.model[2].rng.bit_generator.state
    assert trainer.evaluate([load('digits', flat=True).validation]).keys() == {'loss', 'accuracy'}
    assert not trainer.model.training and state == (weights(trainer), trainer.model[2].rng.bit_generator.state)

def test_clipping_edges():
    a, empty, none = [Tensor(np.ones(n), requires_grad=True) for n in (2, 0, 3)]
    a.grad, empty.grad = np.array([6., 8.]), np.zeros(0)
    assert clip_grad_norm([a, a, empty, none], 20) == 10 and list(a.grad) == [6, 8]
    assert clip_grad_norm(a, 5) == 10
    np.testing.assert_allclose(a.grad, [3, 4], rtol=1e-6)
    assert clip_grad_norm([none], 1) == 0 and clip_grad_norm([], 1) == 0
    single = Tensor(2., requires_grad=True)
    single.grad = np.array(10.)
    assert clip_grad_norm(single, 1) == 10 and abs(single.grad - 1) < 1e-6
    a.grad = np.array([np.inf, 1])
    with pytest.raises(FloatingPointError, match='is inf; nothing was scaled'): clip_grad_norm([a], 1)
    a.grad = np.full(2, 1e30, np.float32)  # its square is infinite in float32, its length is not
    with np.errstate(over='ignore'): norm = clip_grad_norm([a], 1)
    np.testing.assert_allclose([norm, np.hypot(*a.grad)], [1e30*2**.5, 1], rtol=1e-5)

def test_evaluate_leaves_each_layer_in_its_mode():
    model = Sequential(Linear(3, 4), Dropout(.5), Sequential(Linear(4, 2), Dropout(.5)))
    trainer, loader = Trainer(model, SGD(model.parameters(), .1), CrossEntropyLoss()), [(np.ones((5, 3)), np.zeros(5, int))]
    model[1].eval()                                   # frozen by hand
    model[2].eval()
    before = [module.training for module in model.modules()]
    assert trainer.evaluate(loader) == trainer.evaluate(loader)
    assert [module.training for module in model.modules()] == before
    with pytest.raises(ValueError): trainer.evaluate([(np.ones((5, 4)), np.zeros(5, int))])
    assert [module.training for module in model.modules()] == before

def test_evaluate_switches_a_model_that_is_no_module():
    class Wrapper:
        "What the trainer asks of a model, and no more"
        def __init__(self, model): self.model, self.parameters, self.train, self.eval = model, model.parameters, model.train, model.eval
        def __call__(self, x): return self.model(x)
    model = Sequential(Dropout(.9), Linear(3, 2))
    trainer, loader = Trainer(Wrapper(model), SGD(model.parameters(), .1), CrossEntropyLoss()), [(np.ones((50, 3)), np.zeros(50, int))]
    assert trainer.evaluate(loader) == trainer.evaluate(loader) and model[0].training
