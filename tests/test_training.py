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
    save_file({'weight': np.ones(3)}, tmp_path/'other', {'tinytorch': '["no", "header"]'})
    for name in ('model', 'other'):
        with pytest.raises(ValueError, match=f"{name}: expected a 'tinytorch checkpoint 1'"): trainer.load_checkpoint(tmp_path/name)
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

@pytest.mark.house  # wording
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
    with np.errstate(all='ignore'), pytest.raises(FloatingPointError, match=r'epoch 1, batch 1: step: the gradient of weight \(1, 1\) has 1 of 1'): trainer.fit([([[1.]], [[0.]])], 1)
    assert trainer.model.weight.data == 2

@pytest.mark.parametrize('loader, error, words', [
    ([], ValueError, 'gave no batches'), ([(np.zeros((0, 1)), np.zeros((0, 1)))], ValueError, 'batch 0: x has shape (0, 1)'),
    ([(3., 1.)], ValueError, 'batch 0: x has shape ()'), ([1], TypeError, 'batch 0: expected a pair (x, y), got int'),
    ([(1, 2, 3)], TypeError, 'got 3 things'), ([np.ones((2, 3))], TypeError, 'got ndarray')])
def test_bad_loaders(loader, error, words):
    with pytest.raises(error) as caught: simple().fit(loader, 1)
    assert words in str(caught.value)

def test_generator_of_batches():
    with pytest.raises(TypeError, match='can be read once, not 2 times'): simple().fit(iter([([[1.]], [[0.]])]), 2)
    assert simple().fit(iter([([[1.]], [[0.]])]), 1)['epoch'] == [1]
    with pytest.raises(TypeError, match='can be read once, not 2 times'): simple().fit([([[1.]], [[0.]])], 2, iter([([[1.]], [[0.]])]))
    read = iter([])
    with pytest.raises(ValueError, match='list_iterator gave no batches.*has been read'): simple().fit(read, 1)

@pytest.mark.house  # wording
@pytest.mark.parametrize('make, error, words', [
    (lambda: Trainer(np.tanh, SGD([Tensor(1., requires_grad=True)], .1), MSELoss()), TypeError, 'a ufunc has no parameters'),
    (lambda: Trainer(Linear(1, 1), SGD(Linear(1, 1).parameters(), .1), MSELoss()), ValueError, "none of this model's parameters"),
    (lambda: simple(callbacks=[print]), TypeError, 'a callback needs one of on_fit_start'),
    (lambda: simple(scheduler=StepLR(SGD([Tensor(1., requires_grad=True)], .1), 1)), ValueError, 'drives another optimizer'),
    (lambda: EarlyStopping(patience=0), ValueError, 'patience is at least 1, got 0'),
    (lambda: simple().load_state_dict({'model': {}}), ValueError, 'the state has no optimizer and no scheduler'),
    (lambda: accuracy([[1., 2]], ['a']), TypeError, 'labels are whole numbers, got <U1'),
    (lambda: accuracy([1., 2], 0, axis=1), ValueError, 'no axis 1'),
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

@pytest.mark.house  # edges that no page asks for
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

# Checkpoints that can be read again

def laid_out(name):
    "A random array (3, 8) in another layout"
    a = np.random.default_rng(5).standard_normal((8, 8, 16)).astype(np.float32)
    return {'transposed': a[:, :3, 0].T, 'Fortran': np.asfortranarray(a[:3, :, 0]), 'strided': a[0, :3, ::2], 'reversed': a[0, 2::-1, :8],
            'broadcast': np.broadcast_to(a[0, 0, :8], (3, 8)), 'fancy-indexed': a[0, :3][:, [1, 0, 2, 4, 3, 7, 5, 6]], 'permuted': a.transpose(1, 2, 0)[:3, 3],
            'big-endian': a[0, :3, :8].astype('>f4'), 'all of it': a[:, :3, 0].T.astype('>f4')}[name]

@pytest.mark.parametrize('optimizer', [Adam, lambda p: SGD(p, .1, momentum=.9)], ids=['Adam', 'momentum'])
@pytest.mark.parametrize('layout', ['transposed', 'Fortran', 'strided', 'reversed', 'broadcast', 'fancy-indexed', 'permuted', 'big-endian', 'all of it'])
def test_every_layout_is_saved_as_what_it_says(layout, optimizer, tmp_path):
    def trainer(seed):
        model = Sequential(Linear(3, 8, rng=seed), ReLU(), Linear(8, 2, rng=seed))
        return Trainer(model, optimizer(model.parameters()), CrossEntropyLoss())
    first, second = trainer(0), trainer(1)
    first.model[0].weight.data = laid_out(layout)
    if layout != 'broadcast': first.fit([(np.random.default_rng(0).random((5, 3), np.float32), [0, 1, 1, 0, 1])], 2)  # a broadcast array is read-only
    first.save_checkpoint(tmp_path/'run')
    second.load_checkpoint(tmp_path/'run')
    for name, array in first.model.state_dict().items(): np.testing.assert_array_equal(array, second.model.state_dict()[name])
    for a, b in zip(first.optimizer.state, second.optimizer.state):
        assert a.keys() == b.keys()
        for name in a: np.testing.assert_array_equal(a[name], b[name])

def test_what_cannot_be_read_back_replaces_nothing(tmp_path, monkeypatch):
    import safetensors.numpy
    trainer, loader = new(0)
    trainer.save_checkpoint(tmp_path/'run')
    good, save = (tmp_path/'run').read_bytes(), safetensors.numpy.save
    trainer.fit(loader, 1)
    for damage in (lambda raw: raw[:-1], lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), lambda raw: b''):
        monkeypatch.setattr(safetensors.numpy, 'save', lambda *args: damage(save(*args)))
        with pytest.raises(ValueError, match='damaged'): trainer.save_checkpoint(tmp_path/'run')
        assert (tmp_path/'run').read_bytes() == good and os.listdir(tmp_path) == ['run']

def test_what_is_no_state_is_named_and_replaces_nothing(tmp_path):
    write_state(tmp_path/'f', {'good': 1})
    for tree, words in (({'a': [1, {2}]}, '/a/1 is a set'), ({'a': {1: 2}}, '/a has the key 1'), ({'a': {'$array': 2}}, "'\\$array'"), ({'a': Tensor([1.])}, '/a is a Tensor')):
        with pytest.raises(TypeError, match=words): write_state(tmp_path/'f', tree)
    assert read_state(tmp_path/'f') == {'good': 1}

def test_names_that_are_spelled_alike_keep_their_arrays(tmp_path):
    tree = {'a': {'b': np.zeros(1), 'b+': np.ones(2)}, 'a/b': np.ones(3), 'a/b+': np.ones(4), 'list': [np.ones(5)], 'list/0': np.ones(6)}
    write_state(tmp_path/'f', tree)
    found = read_state(tmp_path/'f')
    assert [len(a) for a in (found['a']['b'], found['a']['b+'], found['a/b'], found['a/b+'], found['list'][0], found['list/0'])] == [1, 2, 3, 4, 5, 6]

# Means over what counted

def pieces(n, rng):
    "Cuts of n samples into batches, of one to all of them"
    cuts = np.sort(rng.choice(np.arange(1, n), rng.integers(0, n), replace=False))
    return np.split(np.arange(n), cuts)

@pytest.mark.parametrize('loss', [CrossEntropyLoss(), CrossEntropyLoss(ignore_index=0), CrossEntropyLoss(weight=[1., 0., 3.]),
                                  CrossEntropyLoss(weight=[.5, 2., 3.], ignore_index=2, label_smoothing=.2)], ids=['plain', 'ignored', 'weighted', 'all of it'])
@pytest.mark.parametrize('shape', [(12,), (12, 3)], ids=str)
def test_measures_do_not_depend_on_the_batches(loss, shape):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((*shape, 4)), rng.integers(0, 3, shape)
    model = Linear(4, 3, rng=0)
    trainer = Trainer(model, SGD(model.parameters(), .1), loss)
    whole = trainer.evaluate([(x, y)])
    for _ in range(20):
        found = trainer.evaluate([(x[rows], y[rows]) for rows in pieces(12, rng)])
        assert found == pytest.approx(whole, rel=1e-5)

def test_a_perfect_model_is_perfect_on_what_counts():
    model = Linear(3, 3, bias=False)
    model.weight.data = np.eye(3, dtype=np.float32)
    trainer = Trainer(model, SGD(model.parameters(), 1e-9), CrossEntropyLoss(ignore_index=0))
    y = np.array([1, 0, 2, 0])
    x = np.eye(3)[[1, 1, 2, 2]]
    assert trainer.evaluate([(x, y)])['accuracy'] == 1 == trainer.fit([(x, y)], 1)['train_accuracy'][0]

@pytest.mark.house  # edges that no page asks for
def test_a_batch_of_ignored_labels_counts_for_nothing():
    def run(batches):
        model = Linear(2, 3, rng=0)
        trainer = Trainer(model, SGD(model.parameters(), .1, momentum=.9), CrossEntropyLoss(ignore_index=0), callbacks=[])
        return trainer.fit(batches, 3, batches), model.state_dict()
    some, none = (np.ones((2, 2)), np.array([1, 2])), (np.ones((3, 2)), np.zeros(3, int))
    (history, weights), (expected, expected_weights) = run([none, some, none]), run([some])
    assert history == expected and all((weights[name] == expected_weights[name]).all() for name in weights)
    with pytest.raises(ValueError, match='the loss ignores every label'): run([none])

def test_a_schedule_by_the_batch_counts_batches_that_are_skipped():
    model = Linear(2, 3, rng=0)
    optimizer = SGD(model.parameters(), .1)
    schedule = StepLR(optimizer, 1, .5, every='batch')
    Trainer(model, optimizer, CrossEntropyLoss(ignore_index=0), schedule).fit([(np.ones((1, 2)), np.array([n])) for n in (0, 1, 0)], 1)
    assert schedule.t == 3

def test_a_loss_over_another_axis_is_measured_over_it():
    class Channels:
        axis = 1
        def __call__(self, output, y): return CrossEntropyLoss()(output.permute(0, 2, 1), y)
    class Fixed(Module):
        def __init__(self): self.weight = Tensor(np.ones((2, 3, 3)), requires_grad=True)
        def forward(self, x): return x*self.weight
    model = Fixed()
    scores = np.random.default_rng(0).standard_normal((2, 3, 3))
    labels = scores.argmax(axis=1)
    trainer = Trainer(model, SGD(model.parameters(), .1), Channels())
    assert trainer.evaluate([(scores, labels)])['accuracy'] == 1 and (scores.argmax(axis=2) != labels).any()

def test_a_nan_is_no_right_answer():
    nan = np.nan
    assert accuracy([[nan, 0]], [0]) == accuracy([[0, nan]], [0]) == accuracy([[nan, nan]], [1]) == 0
    assert accuracy([[nan, 0], [2, 1], [0, np.inf]], [0, 0, 1]) == 2/3 and accuracy([[1, 2]], [1]) == 1
    assert type(accuracy([[1, 2]], [1])) is float

# What a callback sees and what is resumed

class Keep(Callback):
    "Saves each epoch; listed before all others"
    def __init__(self, folder): self.folder = folder
    def on_epoch_end(self, trainer, record): trainer.save_checkpoint(self.folder/str(record['epoch']))

@pytest.mark.parametrize('restore_best', [False, True])
def test_resumed_after_any_epoch_it_ends_as_the_straight_run(restore_best, tmp_path):
    def stopping(seed): return new(seed, callbacks=[Keep(tmp_path), EarlyStopping(2, 'train_loss', min_delta=.05, restore_best=restore_best)])
    straight, loader = stopping(0)
    straight.fit(loader, 30)
    assert 4 < straight.epoch < 30
    for epoch in range(1, straight.epoch + 1):
        resumed, loader = stopping(7)
        resumed.load_checkpoint(tmp_path/str(epoch))
        resumed.fit(loader, 30 - epoch)
        assert resumed.epoch == straight.epoch and resumed.history == straight.history and weights(resumed) == weights(straight), epoch

def test_a_fit_after_one_that_was_ended_has_patience_anew():
    trainer = simple(callbacks=[EarlyStopping(3, 'train_loss', min_delta=10)])
    batches = [([[1.]], [[0.]])]
    assert [len(trainer.fit(batches, 20)['epoch']) for _ in range(3)] == [4, 7, 10]

def test_early_stopping_takes_no_nan_for_the_best():
    stopper = EarlyStopping(patience=3)
    trainer, values = simple(callbacks=[stopper]), iter([np.nan, .5, .4, np.nan, .3, .35, np.nan, .36, .1])
    trainer.evaluate = lambda loader: {'loss': next(values)}
    history = trainer.fit([([[1.]], [[0.]])], 9, validation_loader=[()])
    assert stopper.best_epoch == 5 and stopper.best == .3 and len(history['epoch']) == 8
    only = EarlyStopping(patience=2)
    trainer, values = simple(callbacks=[only]), iter([np.nan]*9)
    trainer.evaluate = lambda loader: {'loss': next(values)}
    assert len(trainer.fit([([[1.]], [[0.]])], 9, validation_loader=[()])['epoch']) == 2 and only.weights is None

# What an error leaves as it was

def situation(trainer):
    "Weights, slots, settings, schedule, generators, and the mode of each layer"
    state = trainer.state_dict()
    arrays = {}
    return json.dumps(flatten_state(state, arrays)), {name: a.tobytes() for name, a in arrays.items()}, [m.training for m in trainer.model.modules()]

class Faulty(Callback):
    "Raises `error` when told of `event`"
    def __init__(self, event, error): setattr(self, event, lambda *_: self.fail(error))
    def fail(self, error): raise error

def set_out():
    trainer, loader = new(0, 'adamw', 'cycle')
    trainer.fit(loader, 2)
    trainer.model.eval()
    trainer.model[2].training = True
    return trainer, loader

@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt, ZeroDivisionError, MemoryError])
@pytest.mark.parametrize('what', ['fit', 'validation', 'evaluate', 'on_fit_start', 'on_epoch_start'])
def test_an_error_leaves_modes_slots_and_rates(what, error):
    trainer, loader = set_out()
    before = situation(trainer)
    class Broken:
        def __iter__(self): raise error('broken')
    if what.startswith('on_'): trainer.callbacks = [Faulty(what, error('broken'))]
    with pytest.raises(error):
        if what == 'evaluate': trainer.evaluate(Broken())
        elif what == 'validation': trainer.fit(loader, 1, Broken())
        else: trainer.fit(Broken() if what == 'fit' else loader, 1)
    if what == 'validation': assert [m.training for m in trainer.model.modules()] == before[2]
    else:
        trainer.busy, trainer.callbacks, trainer.loader = False, [], loader
        assert situation(trainer) == before

def test_a_batch_that_fails_leaves_all_as_the_one_before_left_it():
    trainer, loader = new(0, 'adamw', 'cycle')
    other, _ = new(0, 'adamw', 'cycle')
    good = list(loader)[:3]
    other.fit(good, 1)
    with pytest.raises(ValueError): trainer.fit([*good, (np.ones((4, 7)), np.zeros(4, int))], 1)
    trainer.busy, trainer.epoch, trainer.history, other.loader, trainer.loader = False, 1, other.history, None, None
    other.model.train(trainer.model.training)
    assert situation(trainer)[1:] == situation(other)[1:]

def broken(state, how):
    if how == 'bad betas': state['optimizer']['groups'][0] |= {'lr': 7., 'betas': [2., 2.]}
    if how == 'a slot of another shape': state['optimizer']['state'][0]['total'] = np.zeros(3)
    if how == 'no history': del state['history']
    if how == 'a history of numbers': state['history'] = {'epoch': 3}
    if how == 'generators of another kind': state['generators']['model'] = {'layers.2.rng': {'bit_generator': 'MT19937'}}
    if how == 'no schedule': state['scheduler'] = None
    if how == 'a weight of another shape': state['model']['3.weight'] = np.zeros(3)
    return state

@pytest.mark.parametrize('how', ['bad betas', 'a slot of another shape', 'no history', 'a history of numbers', 'generators of another kind', 'no schedule', 'a weight of another shape'])
def test_a_state_that_fails_half_way_changes_nothing(how):
    giver, loader = new(3, 'adamw', 'cycle')
    giver.fit(loader, 3)
    state = broken(giver.state_dict(), how)
    trainer, _ = set_out()
    before = situation(trainer)
    with pytest.raises(ValueError, match='does not fit this trainer'): trainer.load_state_dict(state)
    assert situation(trainer) == before

@pytest.mark.parametrize('error', [RuntimeError, IndexError, KeyboardInterrupt])
def test_a_callback_that_cannot_load_changes_nothing(error):
    class Fussy(Callback):
        fussy = False
        def state_dict(self): return {}
        def load_state_dict(self, state):
            if self.fussy: self.fussy = False; raise error('no')
    giver, loader = new(3, callbacks=[Fussy()])
    giver.fit(loader, 1)
    trainer, _ = new(0, callbacks=[Fussy()])
    before, trainer.callbacks[0].fussy = situation(trainer), True
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else ValueError): trainer.load_state_dict(giver.state_dict())
    assert situation(trainer) == before

def test_half_an_epoch_stays_half_an_epoch_after_a_state_that_does_not_fit():
    trainer, loader = new(0)
    state = trainer.state_dict()
    with pytest.raises(ValueError): trainer.fit([(np.ones((4, 7)), np.zeros(4, int))], 1)
    with pytest.raises(ValueError): trainer.load_state_dict({**state, 'epoch': 0, 'scheduler': None})
    with pytest.raises(RuntimeError, match='epoch 1 is not finished'): trainer.state_dict()
    trainer.load_state_dict(state)
    assert trainer.state_dict()['epoch'] == 0

# Parts that do not belong together

class Headed(Module):
    def __init__(self): self.body, self.head = Linear(2, 3, rng=0), Linear(3, 2, rng=1)
    def forward(self, x): return self.head(self.body(x))

BATCH = [(np.ones((2, 2)), np.array([0, 1]))]

def test_a_head_replaced_after_the_optimizer_was_made_is_an_error():
    model = Headed()
    trainer = Trainer(model, SGD(model.parameters(), .1), CrossEntropyLoss())
    trainer.fit(BATCH, 1)
    model.head = Linear(3, 4, rng=2)
    with pytest.raises(ValueError) as caught: trainer.fit(BATCH, 1)
    for name in ('head.weight', 'head.bias'): assert str(caught.value).count(name) == 2, 'the model has it, and the optimizer another one'
    assert 'new optimizer' in str(caught.value) and 'body' not in str(caught.value) and len(trainer.history['epoch']) == 1

def test_a_checkpoint_finds_what_the_optimizer_remembers_by_name(tmp_path):
    "Also after two layers of one shape changed places, and with a loss that learns"
    class Two(Module):
        def __init__(self, *order):
            for name in order: setattr(self, name, Linear(3, 3, rng=0))
        def forward(self, x): return self.second(self.first(x))
    class Scaled(Module):
        def __init__(self): self.scale = Tensor([1.], requires_grad=True)
        def forward(self, output, y): return CrossEntropyLoss()(output*self.scale, y)
    def trainer_of(*order):
        model, loss = Two(*order), Scaled()
        return Trainer(model, SGD([*model.parameters(), *loss.parameters()], .1, momentum=.9), loss)
    whole, turned = trainer_of('first', 'second'), trainer_of('second', 'first')
    whole.fit([(np.ones((2, 3)), np.array([0, 1]))], 2)
    whole.save_checkpoint(tmp_path/'state')
    turned.load_checkpoint(tmp_path/'state')
    names = 'first.weight', 'first.bias', 'second.weight', 'second.bias', 'loss_fn.scale'
    assert sorted(turned.optimizer.names) == sorted(names)
    slots = [dict(zip(t.optimizer.names, t.optimizer.state)) for t in (whole, turned)]
    for name in names: assert (slots[0][name]['velocity'] == slots[1][name]['velocity']).all(), name

def test_two_parameters_of_one_name_are_matched_in_order():
    "As after a part was replaced, and the new one added to the optimizer"
    model = Headed()
    trainer = Trainer(model, SGD(model.parameters(), .1, momentum=.9), CrossEntropyLoss())
    model.head = Linear(3, 4, rng=2)
    trainer.optimizer.add_param_group({'params': [(f'head.{name}', p) for name, p in model.head.named_parameters()]})
    optimizer = trainer.optimizer
    assert optimizer.names[2:] == 2*['head.weight', 'head.bias']
    for p in optimizer.params: p.grad = np.ones_like(p.data)
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    assert [s['velocity'].shape for s in optimizer.state] == [p.shape for p in optimizer.params]

def test_a_part_that_is_not_trained_is_a_warning_unless_it_is_said(recwarn):
    model = Headed()
    trainer = Trainer(model, SGD(model.head.parameters(), .1), CrossEntropyLoss())
    with pytest.warns(UserWarning, match='body.weight, body.bias of the model'): trainer.fit(BATCH, 1)
    for p in model.body.parameters(): p.requires_grad = False
    recwarn.clear()
    trainer.fit(BATCH, 1)
    assert not recwarn

def test_a_parameter_that_the_model_lacks_is_a_warning_unless_the_loss_has_it(recwarn):
    class Scaled(Module):
        def __init__(self): self.scale = Tensor([1.], requires_grad=True)
        def forward(self, output, y): return CrossEntropyLoss()(output*self.scale, y)
    model, loss, other = Headed(), Scaled(), Tensor([1.], requires_grad=True)
    Trainer(model, SGD([*model.parameters(), *loss.parameters()], .1), loss).fit(BATCH, 1)
    assert loss.scale.data != 1 and not recwarn
    with pytest.warns(UserWarning, match='parameter 4 of the optimizer'): Trainer(model, SGD([*model.parameters(), other], .1), CrossEntropyLoss()).fit(BATCH, 1)

@pytest.mark.parametrize('loss_fn, error, words', [(MSELoss(reduction='none'), ValueError, r"shape \(2, 1\).*reduction='mean'"), (lambda output, y: 1., TypeError, 'gave a float')])
def test_a_loss_that_is_not_one_number(loss_fn, error, words):
    trainer, batches = simple(), [(np.ones((2, 1)), np.zeros((2, 1)))]
    trainer.loss_fn = loss_fn
    for use in (lambda: trainer.fit(batches, 1), lambda: trainer.evaluate(batches)):
        with pytest.raises(error, match=words): use()

def test_too_little_data_says_so():
    from tinytorch.core.dataloader import DataLoader, TensorDataset
    data = TensorDataset(np.ones((3, 1)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match='3 samples are less than one batch of 4.*drop_last'): simple().fit(DataLoader(data, 4, drop_last=True), 1)
    with pytest.raises(ValueError, match='no data'): simple().fit(DataLoader([], 4), 1)

def test_clipping_halves():
    a = Tensor(np.ones(70_000, np.float16), requires_grad=True)
    a.grad = np.full(70_000, 2, np.float16)
    assert clip_grad_norm([a], 1e3) == pytest.approx(2*70_000**.5) and a.grad[0] == 2
