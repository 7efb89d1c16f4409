"""A competition from `new` to its board: python scripts/competition_demo.py TEMPLATE FOLDER

TEMPLATE is class, research, community or wake-vision; FOLDER does not exist yet. A bundle of a smaller
model is made and entered, for a class one of the baseline itself, too; the board is worked out, found
to be right, and worked out again after the close. Everything is measured in a hurry: these settings are
for a demonstration, and a machine that is disturbed leaves the times out.
"""
import sys
from pathlib import Path

import numpy as np

from tinytorch.competition.board import recompute
from tinytorch.competition.bundle import save_bundle
from tinytorch.competition.entry import (
    bundle_for, check_competition, close_competition, enter, figures_part, make_board, new_competition)
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.spatial import BatchNorm2d
from tinytorch.perf.acceleration import accelerate
from tinytorch.perf.quantization import fold_batch_norms, quantize_model
from tinytorch.perf.stored import load_model

HURRY = '''
[verification]
processes = 6
control = 6
pairs = 4
required = ["integrity", "accuracy", "engine", "compliance"]
'''
FEW = 40  # pictures of Wake Vision's template, public and private; a competition has 500 and 10,000

def in_a_hurry(text):
    "The rules with fewer samples, calls and processes"
    return text.replace('samples = 10000', f'samples = {FEW}').replace('percentile = 0.99', 'percentile = 0.9') + HURRY

def two_clouds(count, seed):
    "Data of our own: points (count, 16) of two classes"
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    return (rng.normal(size=(count, 16)) + 2*labels[:, None]).astype(np.float32), labels

def fitted(x, labels, hidden):
    "A network with random features, and the best last layer for them"
    first, last = Linear(16, hidden, rng=0), Linear(hidden, 2, rng=1)
    features = np.maximum(x @ first.weight.data + first.bias.data, 0)
    targets = np.eye(2, dtype=np.float32)[labels]
    last.weight.data[...] = np.linalg.solve(features.T @ features + np.eye(hidden), features.T @ targets)
    last.bias.data[...] = 0
    return Sequential(first, ReLU(), last).eval()

def new(template, folder, bundles):
    "The competition, with what its template needs"
    given = {}
    if template == 'community':
        network, own = fitted(*two_clouds(500, 0), 256), two_clouds(300, 1)
        save_bundle(bundles/'ours', network, network, *own, dataset='Two clouds', quick=True)
        given = {'baseline': bundles/'ours'}
    if template == 'wake-vision': given = {'data': figures_part(FEW)}
    return new_competition(template, folder, edit=in_a_hurry, **given)

def smaller(model):
    "What the modules on compression and acceleration make of a baseline without training"
    if any(isinstance(layer, BatchNorm2d) for layer in model.modules()): model = fold_batch_norms(model)
    return accelerate(quantize_model(model, backend="float"), "numpy")

def hand_in(folder, bundles, name, model, progress):
    bundle_for(folder, model, bundles/name, quick=True)
    done = enter(bundles/name, folder, name, progress=progress)
    for line in [f'{name}: {done.row and done.row["standing"]}', *done.findings]: print(line)
    return done

def board_of(folder):
    "The board, and what `tito board --check` says of it"
    made, wrong = make_board(folder), recompute(folder/'board.json')
    for one in made.document['boards']:
        print(f"{one['tier']} ({made.document['state']}): " + '; '.join(
            [f"{row['rank']}. {row['team']}, {one['primary']} {row['value']:.4g}" for row in one['rows']]
            + [f"{row['team']} is not ranked: {row['why']}" for row in one['not_ranked']]))
    return [*wrong, *check_competition(folder)]

def main(template, folder, progress=None):
    "The findings, [] if all is well"
    folder = Path(folder)
    bundles = folder.parent/f'{folder.name}-bundles'
    bundles.mkdir()
    print(new(template, folder, bundles))
    baseline = load_model(folder/'baseline'/'model')
    models = {'Zoë': smaller(baseline)} | ({'someone': baseline} if template == 'class' else {})
    done = [hand_in(folder, bundles, name, model, progress) for name, model in models.items()]
    found = board_of(folder)
    close_competition(folder, early=True)
    refused = [finding for one in done for finding in one.findings]
    missing = [f'{name}: no entry was made' for name, one in zip(models, done) if one.row is None]
    return [*refused, *missing, *found, *board_of(folder)]

if __name__ == '__main__':
    findings = main(*sys.argv[1:3], progress=lambda line: print(line, file=sys.stderr))
    for finding in findings: print(finding)
    sys.exit(1 if findings else 0)
