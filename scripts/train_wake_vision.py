#!/usr/bin/env python
"""Train what `tinytorch.competition.wake_vision` ships: the baseline, and nets of half, a quarter and an eighth of its channels.

    OMP_NUM_THREADS=1 python scripts/train_wake_vision.py [--to FOLDER] [--images 20000] [--epochs 8] [--tuning 4] [--public 5000]

Writes baseline, half, quarter and eighth (.json and .safetensors) and card.json. Some six minutes on one core. On one machine with one
NumPy it writes the same bytes each time; elsewhere sums are rounded otherwise, and the weights drift apart: the card says where it ran.
"""
import argparse
import hashlib
import json
import platform
import time
from pathlib import Path

import numpy as np

from tinytorch.competition.wake_vision import (
    LEVEL, accuracy_floor, classes_of, entry_of, most_lost, picture_network, public_part, train_pictures)
from tinytorch.datasets import data_folder
from tinytorch.figures import figures, prepared
from tinytorch.files import write_atomically
from tinytorch.perf.compression import structured_prune
from tinytorch.perf.stored import load_model, save_model
from tinytorch.perf.techniques import stored_bytes
from tinytorch.statistics import paired_accuracy

SEEDS = {'weights': 0, 'order': 1, 'half': 2, 'quarter': 3, 'eighth': 4}
RATE = .003

def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--to', type=Path, default=data_folder()/'wake_vision', help='folder to write to')
    parser.add_argument('--images', type=int, default=20_000, help='pictures of the training part')
    parser.add_argument('--epochs', type=int, default=8, help='of the baseline')
    parser.add_argument('--tuning', type=int, default=4, help='epochs each time half of the channels went')
    parser.add_argument('--public', type=int, default=5000, help='pictures of the public part to count right answers on')
    return parser.parse_args()

def tuned(model, images, labels, epochs, name):
    "`model` with half its channels, trained again"
    small = structured_prune(model, .5, inputs=prepared(images[:8]))
    train_pictures(small, images, labels, epochs, RATE, SEEDS[name])
    return small

def trained(asked, tell):
    "{name: model} of the three that are shipped"
    images, labels = figures('train', count=asked.images)
    baseline = picture_network(rng=SEEDS['weights'])
    history = train_pictures(baseline, images, labels, asked.epochs, RATE, SEEDS['order'])
    tell(f'baseline: loss {history["train_loss"][-1]:.3f}, {history["train_accuracy"][-1]:.2%} of the training part')
    models = {'baseline': baseline}
    for name in 'half', 'quarter', 'eighth':
        models[name] = tuned([*models.values()][-1], images, labels, asked.tuning, name)
        tell(name)
    return models

def files_of(stem):
    "{end: SHA-256} of the two files of a stored model"
    return {end: hashlib.sha256(stem.with_suffix(end).read_bytes()).hexdigest() for end in ('.json', '.safetensors')}

def row_of(model, images, labels, baseline):
    "What a model says of the public part"
    answers = classes_of(model, images)
    found, right = paired_accuracy(labels, baseline, answers), int((answers == labels).sum())
    return {'bytes': stored_bytes(model), 'right': right, 'n': len(labels), 'lost': found.lost, 'gained': found.gained,
            'accuracy_floor': accuracy_floor(right, len(labels)), 'most_lost': most_lost(labels, baseline, answers)}

def card(folder, names, asked):
    "All that is known of what was written"
    images, labels = public_part(asked.public)
    models = {name: load_model(folder/name) for name in names}
    baseline = classes_of(models['baseline'], images)
    return {
        'what': 'Models for the template wake-vision, trained and measured on the surrogate that tinytorch.figures draws; '
                'no figure here is an accuracy on Wake Vision',
        'level': LEVEL, 'public_part_sha256': hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest(),
        'made_by': 'scripts/train_wake_vision.py', 'images': asked.images, 'epochs': asked.epochs, 'tuning': asked.tuning,
        'seeds': SEEDS, 'rate': RATE, 'numpy': np.__version__, 'python': platform.python_version(), 'machine': platform.machine(),
        'models': {name: {'files': files_of(folder/name), **row_of(model, images, labels, baseline)} for name, model in models.items()},
        'entries': {name: row_of(entry_of(models[name]), images, labels, baseline) for name in names if name != 'baseline'}}

def main():
    asked, start = options(), time.perf_counter()
    def tell(text): print(f'{time.perf_counter() - start:5.0f} s  {text}', flush=True)
    asked.to.mkdir(parents=True, exist_ok=True)
    models = trained(asked, tell)
    for name, model in models.items(): save_model(model.eval(), asked.to/name, np.zeros((2, 3, 96, 96), np.float32))
    said = card(asked.to, models, asked)
    write_atomically(asked.to/'card.json', (json.dumps(said, indent=1) + '\n').encode())
    tell(json.dumps({name: row['right'] for part in ('models', 'entries') for name, row in said[part].items()}))

if __name__ == '__main__': main()
