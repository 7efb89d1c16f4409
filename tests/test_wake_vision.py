"The Wake Vision template's shipped models, the script that trained them, and bundles of pictures"
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinytorch.competition import wake_vision
from tinytorch.competition.bundle import PIECE, pieces, scores_of
from tinytorch.competition.verify import ROOM, Undecided, rows_in_room
from tinytorch.competition.wake_vision import (
    accuracy_floor, baseline_files, classes_of, entry_of, most_lost, picture_network, public_part,
    shipped_model, train_pictures, wake_vision_card)
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import data_folder
from tinytorch.files import sha256_of
from tinytorch.perf.stored import save_model
from tinytorch.perf.techniques import stored_bytes
from tinytorch.statistics import clopper_pearson, paired_accuracy

HERE = Path(__file__).resolve().parents[1]
FOLDER = data_folder()/'wake_vision'
NAMES = 'baseline', 'half', 'quarter', 'eighth'

@pytest.fixture(scope='module')
def public(): return public_part()

@pytest.fixture(scope='module')
def answers(public):
    "{name: classes for the public part} of the baseline and of the entries"
    images, _ = public
    models = {'baseline': shipped_model(), **{name: entry_of(shipped_model(name)) for name in NAMES[1:]}}
    return {name: classes_of(model, images) for name, model in models.items()}

# What is shipped

def test_the_card_names_the_very_files():
    said = wake_vision_card()['models']
    assert sorted(said) == sorted(NAMES)
    for name in NAMES:
        for end, sha in said[name]['files'].items(): assert sha256_of((FOLDER/f'{name}{end}').read_bytes()) == sha
    assert {path.name for path in FOLDER.iterdir()} == {'card.json', *(name + end for name in NAMES for end in ('.json', '.safetensors'))}
    assert baseline_files() == [FOLDER/'baseline.json', FOLDER/'baseline.safetensors']
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000

def test_the_card_is_of_this_public_part(public):
    images, labels = public
    assert images.shape == (5000, 3, 96, 96) and images.dtype == np.uint8
    assert sha256_of(images.tobytes() + labels.astype(np.uint8).tobytes()) == wake_vision_card()['public_part_sha256']

def test_what_the_card_says_is_found_again(public, answers):
    card, (_, labels) = wake_vision_card(), public
    rows = {'baseline': card['models']['baseline'], **card['entries']}
    for name, row in rows.items():
        right = int((answers[name] == labels).sum())
        assert abs(right - row['right']) <= 3, name  # a score at the border may round to the other side elsewhere
        found = paired_accuracy(labels, answers['baseline'], answers[name])
        assert abs(found.lost - row['lost']) <= 4 and abs(found.gained - row['gained']) <= 4, name
        assert row['n'] == 5000 and row['accuracy_floor'] == accuracy_floor(row['right'], 5000) < row['right']/5000

def test_the_card_says_where_it_ran_and_that_it_is_no_wake_vision_accuracy():
    card = wake_vision_card()
    for name in 'numpy', 'python', 'machine', 'seeds', 'images', 'epochs', 'made_by': assert card[name]
    assert (HERE/card['made_by']).is_file() and 'surrogate' in card['what'] and 'no figure here' in card['what']

def test_limits_of_the_tiers_are_met_as_far_as_the_public_part_tells(public, answers):
    _, labels = public
    floors = {name: accuracy_floor(int((found == labels).sum()), len(labels)) for name, found in answers.items()}
    assert min(floors.values()) > .85, floors
    sizes = {name: stored_bytes(entry_of(shipped_model(name))) for name in NAMES}
    assert sizes['half'] <= 64*1024 and sizes['quarter'] <= 16*1024
    assert stored_bytes(shipped_model()) < 5_000_000 and stored_bytes(shipped_model()) > 10*sizes['half']

def test_half_the_channels_cost_little_and_that_is_proven_within_two_points(public, answers):
    assert most_lost(public[1], answers['baseline'], answers['half']) < .02

def test_the_shipped_baseline_is_stored_again_byte_by_byte(tmp_path):
    save_model(shipped_model(), tmp_path/'baseline', np.zeros((2, 3, 96, 96), np.float32))
    for path in baseline_files(): assert (tmp_path/path.name).read_bytes() == path.read_bytes()

def test_shipped_files_travel_in_package_and_archive():
    text = (HERE/'setup.py').read_text()
    assert "'data/**/*'" in text and 'graft tinytorch' in (HERE/'MANIFEST.in').read_text()
    files = subprocess.run(['git', 'ls-files', 'tinytorch/data/wake_vision'], cwd=HERE, capture_output=True, text=True)
    if files.returncode == 0 and files.stdout: assert len(files.stdout.split()) == len(list(FOLDER.iterdir()))

# Functions of the page

def test_an_unknown_model_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="'quater'.*baseline, half, quarter, eighth"): shipped_model('quater')

def test_classes_are_the_same_in_pieces_of_any_size(public):
    images, model = public[0][:67], shipped_model()
    whole = classes_of(model, images, rows=67)
    for rows in 1, 7, 66, 1000: assert (classes_of(model, images, rows) == whole).mean() > .98
    assert classes_of(model, images[:0]).shape == (0,)

def test_the_model_keeps_its_mode():
    model = picture_network((2, 2), rng=0).train()
    classes_of(model, np.zeros((3, 3, 96, 96), np.uint8))
    assert model.training and all(module.training for module in model.modules())

def test_pictures_of_another_shape_are_refused():
    with pytest.raises(ValueError, match='channels'): classes_of(shipped_model(), np.zeros((2, 1, 96, 96), np.uint8))

@pytest.mark.parametrize('right, n, confidence', [(0, 10, .95), (10, 10, .95), (431, 500, .99), (4600, 5000, .8)])
def test_the_floor_leaves_out_what_it_says(right, n, confidence):
    low = accuracy_floor(right, n, confidence)
    assert low == clopper_pearson(right, n, 2*confidence - 1)[0] <= right/n

def test_a_bound_on_the_loss_is_kept_as_often_as_it_says():
    rng, kept, n = np.random.default_rng(0), 0, 1000
    truth = np.zeros(n, int)
    for _ in range(200):
        before, after = (rng.random(n) < .08).astype(int), (rng.random(n) < .10).astype(int)
        kept += most_lost(truth, before, after) >= .02
    assert kept >= 180  # 190 of 200 are promised

def test_training_is_the_same_each_time_and_other_with_another_seed():
    images = np.random.default_rng(0).integers(0, 256, (70, 3, 96, 96), np.uint8)
    def weights(seed):
        model = picture_network((2, 2), rng=0)
        train_pictures(model, images, np.arange(70) % 2, 1, rng=seed)
        return model.layers[0].weight.data
    assert (weights(1) == weights(1)).all() and (weights(1) != weights(2)).any()

def test_the_script_writes_the_same_bytes_twice(tmp_path):
    def run(name):
        command = [sys.executable, 'scripts/train_wake_vision.py', '--to', str(tmp_path/name), '--images', '64', '--epochs', '1',
                   '--tuning', '1', '--public', '100']
        subprocess.run(command, cwd=HERE, check=True, capture_output=True)
        return {path.name: path.read_bytes() for path in (tmp_path/name).iterdir()}
    first = run('a')
    assert first == run('b') and len(first) == 9
    assert json.loads(first['card.json'])['models']['quarter']['n'] == 100

# Bundles of pictures

def test_an_entry_is_bundled_against_the_shipped_baseline(monkeypatch):
    "The whole way, from a bundle to the board, is test_competition.py's"
    monkeypatch.setattr(wake_vision, 'save_bundle', lambda *given, **settings: (given, settings))
    (path, baseline, candidate, x, y), settings = wake_vision.bundle_for_entry('there', 'mine', count=7, quick=True)
    assert (path, candidate) == ('there', 'mine') and x.shape == (7, 3, 96, 96) and x.dtype == np.float32 and len(y) == 7
    for name, array in shipped_model().state_dict().items(): assert np.array_equal(baseline.state_dict()[name], array)
    assert settings == {'dataset': 'Figures (edge), public part', 'names': ('baseline', 'entry'), 'quick': True}

class Counting(Module):
    "Two scores of each row, and how many rows came at a time"
    def __init__(self): self.layer, self.rows = Linear(8, 2, rng=0), []
    def forward(self, x):
        self.rows.append(len(x))
        return self.layer(x.reshape(len(x), -1)[:, :8])

def test_a_bundle_asks_for_pictures_in_pieces():
    x = np.random.default_rng(0).normal(size=(200, 3, 96, 96)).astype(np.float32)
    model = Counting().eval()
    found = scores_of('counting', model, x)
    assert len(model.rows) == 3 and sum(model.rows) == 200 and max(model.rows)*x[:1].nbytes <= PIECE
    assert np.allclose(found, model(Tensor(x)).data, atol=1e-6)
    assert [len(piece) for piece in pieces(x[:5, :, :4])] == [5]  # small data goes at once, as before

def test_pieces_still_find_a_model_that_gives_too_few_scores():
    class One(Module):
        def forward(self, x): return Tensor(np.zeros((1, 2), np.float32))
    with pytest.raises(ValueError, match='for 200 samples'): scores_of('one', One(), np.zeros((200, 3, 96, 96), np.float32))

def test_checks_of_behavior_send_as_many_pictures_as_fit():
    assert rows_in_room(np.zeros((500, 64), np.float32)) == 200
    assert rows_in_room(np.zeros((500, 3, 96, 96), np.float32)) == ROOM//(3*96*96*4) < 200
    with pytest.raises(Undecided, match='20 samples'): rows_in_room(np.zeros((2, ROOM//4//10), np.float32))
