"Milestones: figures with bounds, the list against the pages, and what the command line says of a run"
import hashlib, inspect, io, json, os, tarfile
from importlib import import_module

import numpy as np
import pytest
from click.testing import CliRunner

from notebooks import pages
from tinytorch.cli import main
from tinytorch import datasets
from tinytorch.core.transformers import GPT
from tinytorch.milestones import cnn, gpt, perceptron, xor
from tinytorch.milestones.mlp import HIDDEN, mlp
from tinytorch.milestones.record import MILESTONES, Figure, Milestone, Outcome, find_milestone

milestone_of = pytest.mark.parametrize('milestone', MILESTONES, ids=lambda m: m.name)

@pytest.mark.parametrize('found, sign, bound, met', [(1., '>=', 1., True), (.99, '>=', 1., False), (1., '<=', 1., True), (1.1, '<=', 1., False),
                                                     (1., '<', 1., False), (.9, '<', 1., True), (np.nan, '<', 1., False), (np.nan, '>=', 1., False)])
def test_a_figure_is_met_or_not(found, sign, bound, met):
    figure = Figure('what', found, sign, bound)
    assert figure.met is met
    assert str(figure).startswith('met' if met else 'MISSED')

def test_an_outcome_needs_all_its_figures():
    good, bad = Figure('good', 1., '>=', 1.), Figure('bad', 0., '>=', 1.)
    assert Outcome('t', (good,), '').reached and not Outcome('t', (good, bad), '').reached and not Outcome('t', (), '').reached
    assert 'NOT REACHED' in str(Outcome('t', (good, bad), 'how'))

@pytest.mark.house
def test_the_list_is_that_of_the_pages():
    folder = [p for p in pages() if p.path.parent.name == 'milestones' and p.stem != 'milestones']
    assert {p.stem for p in folder} == {m.name for m in MILESTONES} and len(MILESTONES) == len(folder)
    assert {p.module for p in folder} == {f'tinytorch.milestones.{m.name}' for m in MILESTONES}
    assert [m.number for m in MILESTONES] == list(range(1, len(MILESTONES) + 1))
    assert [m.year for m in MILESTONES] == sorted(m.year for m in MILESTONES)

@pytest.mark.house
@milestone_of
@pytest.mark.house
def test_each_page_has_its_year_and_a_run(milestone):
    page, = [p for p in pages() if p.module == f'tinytorch.milestones.{milestone.name}']
    assert page.title.startswith(f'{milestone.year}: ')
    signature = inspect.signature(import_module(page.module).run)
    assert {name: p.default for name, p in signature.parameters.items()} == {'retrain': False, 'progress': False}

def tito(*words): return CliRunner().invoke(main, words, catch_exceptions=False)

@pytest.mark.house
def test_the_command_lists_them():
    document = json.loads(tito('milestone', 'list', '--json').stdout)
    assert [row['name'] for row in document['milestones']] == [m.name for m in MILESTONES]
    assert all(m.claim in tito('milestone', 'list').stdout for m in MILESTONES)

@pytest.mark.parametrize('found, code', [(.97, 0), (.969, 1)])
@pytest.mark.house
def test_a_run_that_misses_ends_with_one(monkeypatch, found, code):
    asked = []
    def run(self, retrain, progress):
        asked.append((self.number, retrain, progress))
        return Outcome('1986', (Figure('accuracy', found, '>=', .97, '.1%'),), 'nothing was trained')
    monkeypatch.setattr(Milestone, 'run', run)
    said = tito('milestone', 'run', '3', '--retrain', '--quiet')
    assert said.exit_code == code and ('NOT REACHED' in said.stdout) is bool(code)
    document = tito('milestone', 'run', '3', '--json')
    assert document.exit_code == code and json.loads(document.stdout)['reached'] is (not code)
    assert tito('milestone', 'run', 'MLP', '--quiet').exit_code == code
    assert asked == [(3, True, False), (3, False, False), (3, False, False)]  # no bars where stderr is no terminal

@pytest.mark.house
def test_an_unknown_milestone_is_a_clear_error():
    said = tito('milestone', 'run', '99')
    assert said.exit_code == 2 and 'there is no milestone 99' in said.stderr
    with pytest.raises(ValueError, match='expected 1, 2, 3, 4, 5.*perceptron.*gpt'): find_milestone(0)
    assert all(find_milestone(m.number) is find_milestone(m.name) is m for m in MILESTONES)

# The first two take seconds, and run here as they are

@pytest.mark.parametrize('module', [perceptron, xor], ids=lambda m: m.__name__.rpartition('.')[2])
def test_it_is_reached(module):
    outcome = module.run()
    assert outcome.reached, outcome

def test_the_perceptron_rule_is_a_gradient_step():
    rng = np.random.default_rng(3)
    x, y = perceptron.clouds(50, rng)
    layer, _ = perceptron.fit_perceptron(x, y, np.random.default_rng(0), passes=1)
    rule_rng = np.random.default_rng(0)
    first, _ = perceptron.fit_perceptron(x, y, rule_rng, passes=0)
    w, b = first.weight.data[:, 0].copy(), first.bias.data.copy()
    for i in rule_rng.permutation(len(x)):
        if y[i]*(x[i] @ w + b) < 0: w, b = w + y[i]*x[i], b + y[i]
    np.testing.assert_allclose(layer.weight.data[:, 0], w, rtol=1e-5)
    np.testing.assert_allclose(layer.bias.data, b, rtol=1e-5)

def test_no_point_lies_in_the_gap():
    x, y = perceptron.clouds(400, np.random.default_rng(0), gap=.3)
    layer, track = perceptron.fit_perceptron(x, y, np.random.default_rng(0))
    assert len(x) == 400 and set(y) == {-1, 1} and track[-1, -1] == 0 and perceptron.accuracy_of(layer, x, y) == 1

def test_a_label_turned_round_is_never_learned():
    x, y = perceptron.clouds(60, np.random.default_rng(1))
    y[np.abs(x).sum(axis=1).argmax()] *= -1
    _, track = perceptron.fit_perceptron(x, y, np.random.default_rng(0), passes=10)
    assert len(track) == 10 and (track[:, -1] > 0).all()

# 1998: digits are trained anew in each run, the networks for objects are stored

@pytest.fixture
def only_stored(monkeypatch, tmp_path):
    "A run that trains nothing, and sees no download: the figures of the stored weights"
    monkeypatch.setenv('TINYTORCH_DATA', str(tmp_path/'empty'))
    monkeypatch.setattr(cnn, 'digit_figures', lambda *_: ())
    monkeypatch.setattr(cnn, 'object_models', lambda *_, **__: [])

def stored_arrays():
    with np.load(cnn.stored_weights(), allow_pickle=False) as file: return dict(file)

def replace_stored(monkeypatch, path, arrays):
    np.savez(path, **arrays)
    monkeypatch.setattr(cnn, 'stored_weights', lambda: path)

def test_the_stored_weights_reach_it(only_stored):
    outcome = cnn.run()
    assert outcome.reached and len(outcome.figures) == 2, outcome
    assert 'stored weights' in outcome.trained and 'CIFAR-10 is not here' in outcome.trained

@pytest.mark.parametrize('name', ['0.0.weight', '1.4.weight', '2.8.weight', '3.13.weight', '4.5.running_var'])
def test_one_layer_of_one_stored_network_is_enough_to_miss_it(only_stored, monkeypatch, tmp_path, name):
    arrays = stored_arrays()
    replace_stored(monkeypatch, tmp_path/'cnn.npz', {**arrays, name: np.zeros_like(arrays[name])})
    assert 'NOT REACHED' in str(cnn.run())

def test_stored_weights_are_small_and_plain():
    assert cnn.stored_weights().stat().st_size < 150_000
    assert {a.dtype.kind for a in stored_arrays().values()} <= {'f', 'i'}

def damaged(arrays):
    whole = io.BytesIO()
    np.savez(whole, **arrays)
    def packed(**changed):
        file = io.BytesIO()
        np.savez(file, **{**arrays, **changed})
        return file.getvalue()
    yield 'cut', whole.getvalue()[:5000]
    yield 'empty', b''
    yield 'of another shape', packed(**{'0.0.weight': np.zeros((8, 3, 5, 5), np.float16)})
    yield 'with one too many', packed(**{'0.99.weight': np.zeros(1, np.float16)})

class Mischief:
    "An object that, unpickled, makes a folder"
    def __init__(self, folder): self.folder = str(folder)
    def __reduce__(self): return os.mkdir, (self.folder,)

def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path/'cnn.npz', **{**stored_arrays(), '0.0.weight': np.array([Mischief(tmp_path/'made')], object)})
    with pytest.raises(ValueError, match='restore the file'): cnn.restored(tmp_path/'cnn.npz')
    assert not (tmp_path/'made').exists()

@pytest.mark.parametrize('how', ['cut', 'empty', 'of another shape', 'with one too many', 'missing'])
def test_weights_that_are_no_weights_are_refused(tmp_path, how):
    path = tmp_path/'cnn.npz'
    if how != 'missing': path.write_bytes(dict(damaged(stored_arrays()))[how])
    with pytest.raises(ValueError, match='expected the weights of 5 networks.*restore the file, or use run'): cnn.restored(path)

def test_stored_and_restored(tmp_path):
    models = [cnn.cnn(cnn.OBJECTS, 32, np.random.default_rng(seed)).eval() for seed in cnn.SEEDS]
    cnn.store(models, tmp_path/'cnn.npz')
    x = np.random.default_rng(0).random((2, 3, 32, 32), np.float32)
    for model, again in zip(models, cnn.restored(tmp_path/'cnn.npz'), strict=True):
        np.testing.assert_allclose(again(x).data, model(x).data, atol=5e-3)

def test_retrain_trains_all_and_reads_nothing(only_stored, monkeypatch):
    asked, models = [], cnn.restored()
    def five(part, progress): return asked.append((len(part[1]), progress)) or models
    monkeypatch.setattr(cnn, 'object_models', five)
    monkeypatch.setattr(cnn, 'restored', None)
    outcome = cnn.run(retrain=True, progress=True)
    assert asked == [(3600, True)] and len(outcome.figures) == 2 and outcome.reached and 'all of it was trained' in outcome.trained

def test_the_mean_and_the_worst_decide(monkeypatch):
    shares = {'a': .9, 'b': .8, 'c': .7, 'short': .5}
    monkeypatch.setattr(cnn, 'accuracy_of', lambda model, part: shares[model])
    data = datasets.load('generated-objects-32', count=100)
    found = [figure.found for figure in cnn.object_figures(data, 'abc', ['short'])]
    np.testing.assert_allclose(found, np.array([.8, .7, .5])/.955)
    monkeypatch.setattr(cnn, 'trained', lambda *_, **__: [Named('a'), Named('b'), Named('c')])
    mean, worst, size = cnn.digit_figures(datasets.load('digits'))
    np.testing.assert_allclose([mean.found, worst.found], [.8, .7])
    assert size.found == 7 and size.bound == mlp(HIDDEN, np.random.default_rng(0)).count_parameters() and size.met

class Named(str):
    def count_parameters(self): return 7

def test_digits_of_one_seed():
    data = datasets.load('digits')
    model, = cnn.trained(cnn.DIGITS, 8, cnn.as_pictures(data.train), seeds=(0,))
    assert cnn.accuracy_of(model, cnn.as_pictures(data.test)) >= .975
    assert model.count_parameters() < mlp(HIDDEN, np.random.default_rng(0)).count_parameters()

@pytest.mark.parametrize('step', [1, 7, 250])
def test_the_share_does_not_depend_on_the_batches(step):
    model = mlp(4, np.random.default_rng(0))
    images, labels = np.random.default_rng(1).random((30, 8, 8), np.float32), np.arange(30) % 10
    assert cnn.accuracy_of(model, (images, labels), step) == np.mean(model(images).data.argmax(axis=1) == labels)

def cifar_file(monkeypatch, folder):
    "A file of CIFAR-10's form with 600 generated objects, and a card that describes it"
    images, labels, _ = datasets.draw_objects(600, rng=0)
    records = np.concatenate([labels[:, None], images.reshape(600, -1)], axis=1).tobytes()
    facts = datasets.card('cifar-10')
    path = folder/facts['files'][0]['file']
    path.parent.mkdir(parents=True)
    with tarfile.open(path, 'w:gz') as archive:
        for i, name in enumerate(facts['members']):
            info = tarfile.TarInfo(name)
            info.size = 100*3073
            archive.addfile(info, io.BytesIO(records[i*info.size:(i + 1)*info.size]))
    facts['files'][0] |= {'sha256': hashlib.sha256(path.read_bytes()).hexdigest(), 'bytes': path.stat().st_size}
    facts |= {'shape': [600, 3, 32, 32], 'test_rows': 100}
    real = datasets.card
    for module in (datasets, cnn): monkeypatch.setattr(module, 'card', lambda name, *rest: json.loads(json.dumps(facts)) if name == 'cifar-10' else real(name, *rest))
    return path

def test_cifar_is_looked_at_if_it_is_there(only_stored, monkeypatch, tmp_path):
    monkeypatch.setenv('TINYTORCH_DATA', str(tmp_path))
    cifar_file(monkeypatch, tmp_path)
    outcome = cnn.run()
    figure = outcome.figures[-1]
    assert figure.what == 'test accuracy on CIFAR-10 after 5 epochs on 450 images' and (figure.sign, figure.bound) == ('>=', .2)
    assert 'CIFAR-10 (sha256' in outcome.trained and 'left out' not in outcome.trained

def test_a_run_never_downloads(monkeypatch, tmp_path):
    def refuse(*_): raise AssertionError('the network was asked')
    monkeypatch.setattr(datasets, 'download', refuse)
    monkeypatch.setenv('TINYTORCH_DATA', str(tmp_path))
    assert cnn.cifar() is None
    path = cifar_file(monkeypatch, tmp_path)
    assert cnn.cifar().images.shape == (600, 3, 32, 32)
    path.write_bytes(path.read_bytes()[:-1])
    assert cnn.cifar() is None and cnn.cifar_figures(None) == ()
# 2017: three models are stored, and one is trained shortly in each run

@pytest.fixture
def only_stored_gpt(monkeypatch, tmp_path):
    "A run without its short training; a function that puts other arrays in the place of a model's weights, for this test"
    monkeypatch.setattr(gpt, 'short_figure', lambda **_: Figure('left out', 1., '>=', 1.))
    paths = {name: gpt.weights_path(name) for name in ('reversal', 'addition', 'text')}
    monkeypatch.setattr(gpt, 'weights_path', paths.get)
    def replace(name, change):
        arrays = stored_gpt(paths[name])
        paths[name] = tmp_path/f'{name}.npz'
        np.savez(paths[name], **change(arrays))
    return replace

def stored_gpt(path):
    with np.load(path, allow_pickle=False) as file: return dict(file)

def test_the_stored_models_reach_it(only_stored_gpt):
    outcome = gpt.run()
    reversal, addition, bits, _ = outcome.figures
    assert outcome.reached, outcome
    assert reversal.found >= .999 and addition.found >= .999 and bits.found < bits.bound - .05
    assert 2 < bits.bound < 2.22  # the four-gram is as strong as on the page
    assert 'stored weights' in outcome.trained

@pytest.mark.parametrize('name, layer', [('reversal', 'blocks.0.attention.qkv.weight'), ('addition', 'blocks.1.mlp.down.weight'),
                                         ('text', 'blocks.0.mlp.up.weight'), ('text', 'norm.weight')])
def test_one_spoilt_layer_is_enough_to_miss_it(only_stored_gpt, name, layer):
    only_stored_gpt(name, lambda arrays: {**arrays, layer: np.zeros_like(arrays[layer])})
    outcome = gpt.run()
    missed = [f.what for f in outcome.figures if not f.met]
    assert 'NOT REACHED' in str(outcome) and len(missed) == 1 and {'text': 'bits'}.get(name, name) in missed[0]

def test_the_short_training_counts():
    assert not gpt.short_figure(steps=5).met

def test_stored_models_are_small_and_plain():
    files = [gpt.weights_path(name) for name in ('reversal', 'addition', 'text')]
    assert sum(f.stat().st_size for f in files) < 600_000
    assert {a.dtype for f in files for a in stored_gpt(f).values()} == {np.dtype(np.float16)}

@pytest.mark.parametrize('how', ['missing', 'empty', 'cut', 'of another model', 'pickled'])
def test_what_is_no_model_is_refused(tmp_path, how):
    path, whole = tmp_path/'gpt.npz', gpt.weights_path('addition')
    if how == 'empty': path.write_bytes(b'')
    if how == 'cut': path.write_bytes(whole.read_bytes()[:5000])
    if how == 'of another model': path.write_bytes(gpt.weights_path('text').read_bytes())
    if how == 'pickled': np.savez(path, **{name: array.astype(object) for name, array in stored_gpt(whole).items()})
    blank = gpt.small_gpt(gpt.TASKS['addition'], np.random.default_rng(0))
    with pytest.raises(ValueError, match='restore the file'): gpt.restored(blank, path)

def test_what_is_stored_is_what_is_restored(tmp_path):
    model = gpt.small_gpt(gpt.TASKS['addition'], np.random.default_rng(0))
    gpt.store(model, tmp_path/'gpt.npz')
    again = gpt.restored(gpt.small_gpt(gpt.TASKS['addition'], np.random.default_rng(1)), tmp_path/'gpt.npz')
    for name, array in again.state_dict().items(): np.testing.assert_array_equal(array, model.state_dict()[name].astype(np.float16))

@pytest.mark.parametrize('name', ['reversal', 'addition'])
def test_no_question_kept_back_is_ever_practiced(name):
    task = gpt.TASKS[name]
    numbers, asked = gpt.split(task)
    def questions(ids): return {''.join(gpt.SYMBOLS[i] for i in row[:task.asked]) for row in ids}
    kept = questions(task.write(asked))
    def turned(q): return q[4:7] + '+' + q[:3] + '=' if name == 'addition' else q[5::-1] + '>'
    assert len(kept) == gpt.HELD_OUT
    drawn, rng = gpt.practice(task, numbers), np.random.default_rng(1)
    seen = set().union(*(questions(drawn(rng)[0]) for _ in range(500)))
    assert len(seen) > 30_000 and not seen & kept and not seen & {turned(q) for q in kept}
    everything = gpt.practice(task, np.arange(10**6))  # and this test would notice
    assert set().union(*(questions(everything(rng)[0]) for _ in range(500))) & kept
    assert (gpt.split(task)[1] == asked).all()

@pytest.mark.parametrize('name, question', [('reversal', '012345>'), ('addition', '999+001='), ('addition', '047+005=')])
def test_answers_are_right(name, question):
    ids = gpt.TASKS[name].write(np.array([int(''.join(filter(str.isdigit, question)))]))[0]
    said = ''.join(gpt.SYMBOLS[i] for i in ids)
    answer = '543210' if name == 'reversal' else f'{int(question[:3]) + int(question[4:7]):04}'[::-1]
    assert said == question + answer

@pytest.fixture(scope='module')
def pages_text(): return gpt.load('pages')

@pytest.mark.parametrize('n', [1, 2, 4])
def test_the_tables_are_probabilities(pages_text, n):
    characters = sorted(set(pages_text.text))
    model = gpt.NGram(pages_text.train, n, characters, gpt.SCALE)
    for before in ('', 'q', 'The', 'ten', '@@@', 'a longer text'):
        shares = [model(before, c) for c in characters]
        assert min(shares) > 0 and sum(shares) == pytest.approx(1)

def test_the_tables_have_learned_from_the_training_part_only(pages_text, monkeypatch, only_stored_gpt):
    class Spy(gpt.NGram):
        def __init__(self, text, n, *rest): assert text == pages_text.train and n == 4; super().__init__(text, n, *rest)
    monkeypatch.setattr(gpt, 'NGram', Spy)
    assert gpt.run().reached
    assert gpt.tokenizer().merged == type(gpt.tokenizer())().train(pages_text.train, gpt.VOCABULARY).merged

@pytest.mark.parametrize('length', [1, 20, 300, 301, 333])
def test_bits_are_counted_once_for_each_token(length, pages_text):
    "A model to which all tokens are alike needs log2 V for each, whatever the windows"
    model = GPT(gpt.VOCABULARY, 8, 1, 1, gpt.PLACES, rng=np.random.default_rng(0))
    model.embedding.weight.data[:] = 0
    text = pages_text.validation[:length]
    assert gpt.model_bits(model, text) == pytest.approx((len(gpt.as_ids(text)) - 1)*np.log2(gpt.VOCABULARY)/length)

def test_bits_are_those_of_a_whole_reading(pages_text):
    "Where one window holds the text, they are the model's own loss"
    model = gpt.stored_models()['text']
    text = pages_text.validation[:60]
    ids = gpt.as_ids(text)
    assert len(ids) <= gpt.PLACES
    assert gpt.model_bits(model, text) == pytest.approx(model.loss(ids[None]).item()*(len(ids) - 1)/np.log(2)/len(text), rel=1e-4)

@pytest.mark.parametrize('build', [lambda rng: mlp(8, rng), lambda rng: cnn.cnn((1, 4, 4), 8, rng), lambda rng: xor.two_layers(rng)], ids=['mlp', 'cnn', 'xor'])
def test_a_seed_is_one_generator_for_all_layers(build):
    seeded, given = build(3).state_dict(), build(np.random.default_rng(3)).state_dict()
    assert seeded.keys() == given.keys() and all((seeded[name] == given[name]).all() for name in given)
