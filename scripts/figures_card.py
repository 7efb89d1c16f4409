"""Write tinytorch/data/figures-96.json: the card of the pictures that tinytorch.figures draws, with fingerprints and honesty measured anew.

    OMP_NUM_THREADS=1 python scripts/figures_card.py [--print]

Some two minutes on one core, and 1.5 GB of memory. The shares are of five rules that look for nothing, fitted to the first 6,000
pictures of the training part at level edge and asked about the whole public validation part.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tinytorch.figures import BLIND, LEVELS, PARTS, STRATA, draw_figures, share_right
from tinytorch.files import sha256_of, write_atomically

CARD = Path(__file__).resolve().parents[1]/'tinytorch'/'data'/'figures-96.json'
FITTED, LEVEL = 6000, 'edge'

def fingerprint(part, level):
    seed, count = PARTS[part]
    images, labels, _ = draw_figures(count, level, seed)
    return sha256_of(images, labels)

def honesty():
    train, other = [draw_figures(count, LEVEL, seed)[:2] for count, seed in ((FITTED, PARTS['train'][0]), (5000, PARTS['validation'][0]))]
    shares = {name: round(share_right(features, train, other), 3) for name, features in BLIND.items()}
    return {'level': LEVEL, 'fitted_to': FITTED, 'asked_about': len(other[1]), 'shares': shares,
            'about': 'share of right answers of linear rules about numbers that do not look for a figure; scripts/figures_card.py measures them'}

def card():
    return {
        'name': 'Figures 96×96 (edge)',
        'about': 'generated color images, 96×96, two classes: is an upright figure (a disc over half a disc) in it?',
        'form': 'figures',
        'source': 'drawn by tinytorch.figures.draw_figures from a seed; no photograph and no other dataset is in it',
        'stands_for': 'a surrogate for Wake Vision: the same question asked of drawings. No figure measured on it is an accuracy on Wake Vision',
        'license': 'Apache-2.0', 'real': False, 'version': '1', 'dtype': 'uint8', 'highest': 255,
        'values': 'red, green and blue of each pixel, 0 to 255',
        'classes': ['no upright figure', 'an upright figure'],
        'strata': {name: list(words) for name, words in STRATA.items()},
        'parts': {name: {'seed': seed, 'shape': [count, 3, 96, 96], 'sha256': {level: fingerprint(name, level) for level in LEVELS}}
                  for name, (seed, count) in PARTS.items()},
        'seed_reason': 'the years in which Visual Wake Words and Wake Vision were published, fixed before any score was computed',
        'ceiling': {level: round(1 - facts['missing']/2, 4) for level, facts in LEVELS.items()},
        'ceiling_reason': 'computed from the rule: half of the images have label 1, and a share m of these shows no figure; what is shown instead '
                          'is drawn as in an image with label 0, so nothing tells the two apart: 1 - m/2 in expectation. Not shown to be reachable',
        'honesty': honesty()}

if __name__ == '__main__':
    text = json.dumps(card(), indent=1, ensure_ascii=False) + '\n'
    if '--print' in sys.argv: print(text, end='')
    else: write_atomically(CARD, text.encode())
