"What somebody tries who wants 'confirmed' for what is not so: each is refuted, not decided, or named by a warning"
import numpy as np
import pytest

from tinytorch.competition import verify as v
from tinytorch.competition.bundle import npz_bytes, save_bundle
from tinytorch.competition.verify import UNDECIDED, verify
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.statistics import PairedAccuracy, paired_accuracy
from test_verify import (  # noqa: F401, the fixtures, too
    HONEST, Caught, clock, deepcopy, digits, errors, fitted, forged_answers, honest, opened, outcomes, posix, quickly, rewritten,
    rules, with_readings)

def with_last(model, width, junk):
    "The model with classes that nobody has, whose scores are always `junk`"
    first, relu, last = model.layers
    wide = Linear(last.weight.shape[0], width, rng=0)
    wide.weight.data[...], wide.bias.data[...] = 0, junk
    wide.weight.data[:, :10], wide.bias.data[:10] = last.weight.data, last.bias.data
    return Sequential(first, relu, wide)

def wrong(hidden):
    "A model that takes each class for the next"
    model = fitted(hidden)
    model.layers[-1].weight.data[...] = np.roll(model.layers[-1].weight.data, 1, 1)
    return model

@pytest.fixture(scope='session')
def junk(tmp_path_factory):
    "A candidate that is wrong nearly always, with an eleventh class at minus a million"
    path = tmp_path_factory.mktemp('junk')/'run'
    made = save_bundle(path, with_last(fitted(2048), 11, -1), with_last(wrong(64), 11, -1e6), *digits('test'), quick=True)
    return with_readings(made, path, speedup=8.)

def as_good_as_the_baseline(bundle, path):
    "The bundle with the baseline's classes for the candidate's, and all that follows"
    answers = {name: np.array(a) for name, a in bundle.predictions.items()}
    classes, scores = answers['baseline'], answers['optimized_scores']
    scores[np.arange(len(classes)), classes] = scores.max(1) + .01
    answers['optimized'] = classes
    document = deepcopy(bundle.document)
    right = document['optimized']['metrics']['accuracy'] = document['baseline']['metrics']['accuracy']
    document['improvements']['accuracy_delta'] = 0.
    document['accuracy'] = paired_accuracy(answers['labels'], classes, classes, document['accuracy']['margin']).as_dict()
    return rewritten(bundle, path, document, predictions_npz=npz_bytes(answers))

def test_a_huge_score_makes_no_room_for_lies(junk, tmp_path, quickly):
    forged = as_good_as_the_baseline(junk, tmp_path/'run')
    assert not errors(forged), errors(forged)
    verdict = verify(forged.path, quick=True, seed=0)
    assert verdict.verdict == 'refuted' and {'verify.scores', 'verify.classes', 'verify.accuracy'} <= rules(verdict), str(verdict)
    assert verify(junk.path, quick=True, seed=0).verdict == 'confirmed'  # odd, and honest

@posix
def test_code_cannot_hide_behind_a_huge_score(junk, tmp_path, monkeypatch):
    clock(monkeypatch)
    lazy = 'import numpy as np\ndef model(): return lambda x: np.tile(np.array([0]*10 + [-1e6], np.float32), (len(x), 1))'
    verdict = verify(opened(junk, tmp_path/'run', lazy).path, quick=True, open_=True, seed=0)
    assert verdict.verdict != 'confirmed' and outcomes(verdict)['compliance'] == UNDECIDED, str(verdict)

@pytest.mark.parametrize('scale', [1e-9, 1., 1e9])
def test_room_goes_with_the_scores(scale):
    scores = np.random.default_rng(0).standard_normal((50, 10))*scale
    assert v.room_for(scores, 1e-4) == pytest.approx(scale*v.room_for(scores/scale, 1e-4))
    assert 0 < v.room_for(scores, 1e-4) <= 1e-4*np.abs(scores).max()
    assert v.room_for(scores[:, :1], 1e-4) == pytest.approx(1e-4*np.abs(scores[:, 0]).max())

@posix
def test_small_scores_are_held_as_closely_as_large_ones(honest, tmp_path):
    "Scores of a millionth: nothing at all is not near them"
    from safetensors.numpy import save
    weights = {name: a.copy() for name, a in honest.models['optimized'][1].items()}
    weights['2.weight'] *= np.float32(1e-6)
    bundle = rewritten(honest, tmp_path/'small', models_optimized_safetensors=save(weights))
    nothing = 'import numpy as np\ndef model(): return lambda x: np.zeros((len(x), 10), np.float32)'
    for code, caught in (HONEST, None), (nothing, 'check_values'):
        case = v.Case(opened(bundle, tmp_path/'run', code), v.read_rules(quick=True), open_=True, folder=str(tmp_path))
        v.check_accuracy(case)  # no finding is looked at: the predictions are of other scores
        v.store_models(case)
        with v.Worker(v.target(case, 'optimized'), paths=[case.folder]) as worker:
            try: found = [f.rule for f in v.check_behavior(case, worker, 0, 'optimized')]
            except Caught as error: found = [error.guard]
        assert found == ([] if caught is None else [caught])

def test_scores_without_end_are_no_answers():
    found = np.eye(4, 3, dtype=np.float32)
    predictions = {'baseline_scores': found, 'baseline': found.argmax(1)}
    for bad in np.nan, np.inf, -np.inf:
        broken = found.copy()
        broken[1, 2] = bad
        with np.errstate(invalid='ignore'):
            assert 'verify.scores' in {f.rule for f in v.answer_findings('baseline', broken, predictions, 1e-4)}

def test_answers_that_are_all_ties_are_not_for_the_author_to_settle(honest, tmp_path, quickly, monkeypatch):
    "Room enough for all classes: no more than a fiftieth may fall the other way"
    monkeypatch.setattr(v, 'room_for', lambda scores, tolerance: 1e9)
    verdict = verify(forged_answers(honest, tmp_path/'run').path, quick=True)
    assert {'verify.classes', 'verify.accuracy'} <= rules(verdict)

# what is no lie

def warned(verdict): return {f.rule for f in verdict.findings if f.severity == 'warning'}
DOUBTS = {'verify.margin', 'verify.repeated', 'verify.listed', 'verify.batch', 'claims.idle', 'claims.padded', 'claims.subnormal'}

def test_an_honest_bundle_raises_no_doubt(honest, quickly):
    assert not warned(verify(honest.path, quick=True)) & DOUBTS

def test_a_margin_of_ones_own(honest, tmp_path, quickly):
    document = deepcopy(honest.document)
    counts = [int(document['accuracy'][name]) for name in ('samples', 'both', 'lost', 'gained', 'neither')]
    document['accuracy'] = PairedAccuracy(*counts, .9, .5).as_dict()
    assert document['accuracy']['verdict'] == 'no worse'
    assert 'verify.margin' in warned(verify(rewritten(honest, tmp_path/'run', document).path, quick=True))

def test_pairs_of_many_samples(honest, tmp_path, quickly):
    document = deepcopy(honest.document)
    document['comparison']['batch_size'] = 64
    assert 'verify.batch' in warned(verify(rewritten(honest, tmp_path/'run', document).path, quick=True))

def test_samples_that_are_repeated():
    x = np.random.default_rng(0).standard_normal((40, 3, 2)).astype(np.float32)
    assert v.repeated_share(x) == 0 and v.repeated_share(np.repeat(x[:4], 10, 0)) == pytest.approx(.9)

def test_a_layer_that_lists_the_samples():
    x = np.random.default_rng(0).standard_normal((40, 16)).astype(np.float32)
    random = np.random.default_rng(1).standard_normal((16, 400)).astype(np.float32)
    assert v.listed_share({'w': random, 'b': np.zeros(400, np.float32)}, x) == 0
    assert v.listed_share({'w': 7*x[:30].T}, x) == .75 and v.listed_share({'w': 7*x.T}, x.reshape(40, 4, 4)) == 1
    assert v.listed_share({'w': np.zeros_like(random)}, x) == 0

def slowed(kind):
    "A baseline that is slow on purpose"
    model = fitted(64)
    first, last = model.layers[0], model.layers[2]
    if kind == 'claims.subnormal': first.weight.data[:9] = 1e-40
    if kind == 'claims.padded':
        wide, back = Linear(64, 200, rng=0), Linear(200, 10, rng=0)
        for new, old in (wide, first), (back, last):
            a, b = old.weight.shape
            new.weight.data[...], new.bias.data[...] = 0, 0
            new.weight.data[:a, :b], new.bias.data[:b] = old.weight.data, old.bias.data
        model = Sequential(wide, ReLU(), back)
    return model

@pytest.mark.parametrize('kind', ['claims.idle', 'claims.padded', 'claims.subnormal'])
def test_a_baseline_that_is_slow_on_purpose_is_named(kind):
    from tinytorch.perf.stored import describe
    from tinytorch.submission import Parts, rule_findings, rules as table
    x, _ = digits('test')
    def found(model, change=lambda graph: None):
        graph, weights = describe(model, x[:2])
        change(graph)
        return [f.severity for f in rule_findings(table[kind], Parts({}, models={'baseline': (graph, weights)}))]
    def idle(graph): graph['nodes'].append({'layer': 'ReLU', 'name': 'idle', 'inputs': [1], 'settings': {}})
    assert found(fitted(64)) == []
    assert found(slowed(kind), idle if kind == 'claims.idle' else lambda graph: None) == ['warning']

@posix
def test_whole_numbers_are_not_looked_up(tmp_path):
    "A table of the answers to the data's own samples is of no use for inputs that are mixed anew"
    from tinytorch.competition.outside import Pool, unseen
    x = np.random.default_rng(0).integers(0, 200, (50, 12)).astype(np.uint8)
    known, rng = {row.tobytes() for row in x}, np.random.default_rng(1)
    mixed = unseen(x, rng)
    assert mixed.dtype == x.dtype and not known & {row.tobytes() for row in mixed}
    assert (np.sort(mixed, 0) == np.sort(x, 0)).all()  # each place has numbers that belong there
    _, taken, wanted = Pool(x, lambda x: x.sum(1), rng).take(16)
    assert not known & {row.tobytes() for row in taken} and (wanted == taken.sum(1)).all()
    _, taken, _ = Pool(x, x.sum(1), rng).take(16)
    assert {row.tobytes() for row in taken} <= known
