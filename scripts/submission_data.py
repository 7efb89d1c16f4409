"Write what the check of submissions needs as data: a JSON Schema for each version, and the fingerprints of shipped data"
import json, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tinytorch.capstone import data_facts
from tinytorch.datasets import card, load
from tinytorch.figures import figures, figures_card, prepared
from tinytorch.files import sha256_of, write_atomically
from tinytorch.submission import SCHEMA_VERSION, schema

FOLDER = Path(__file__).resolve().parents[1]/'tinytorch'/'data'
SHIPPED = 'digits', 'generated-objects-32', 'generated-objects-96'
PARTS = {'train': 'training part', 'validation': 'validation part', 'test': 'test part'}

FIRST = 500, 1000, 2000, 5000  # figures of the public validation part on which a bundle may be measured

def shapes(images):
    "The shapes in which a model takes `images`: rows, as they are, with an axis of channels"
    yield images.reshape(len(images), -1)
    yield images
    if images.ndim == 3: yield images[:, None]

def fingerprints():
    "{name of a part: how many samples, a SHA-256 for each shape of the inputs, and one of the labels alone} of what the package ships"
    found = {}
    for name in SHIPPED:
        data = load(name)
        for part, called in PARTS.items():
            images, labels = getattr(data, part)
            hashes = [data_facts(x, labels)['sha256'] for x in shapes(images)]
            found[f"{card(name)['name']}, {called}"] = {'samples': len(labels), 'sha256': hashes, 'labels': sha256_of(labels.astype('<i8').tobytes())}
    all_images, all_labels = figures('validation')
    for count in FIRST:
        images, labels = all_images[:count], all_labels[:count]
        called = f"{figures_card()['name']}, public part" + ('' if count == FIRST[-1] else f', first {count}')
        found[called] = {'samples': count, 'sha256': [data_facts(prepared(images), labels)['sha256']], 'labels': sha256_of(labels.astype('<i8').tobytes())}
    return found

def texts():
    "{file: text} of all of it"
    contents = {f'submission-{n}.schema.json': schema(n) for n in range(SCHEMA_VERSION + 1)}
    contents['fingerprints.json'] = {'about': "SHA-256 of inputs (float32) and labels (int64), as tinytorch.capstone's data_facts makes it", 'parts': fingerprints()}
    return {FOLDER/name: json.dumps(content, indent=1, ensure_ascii=False) + '\n' for name, content in contents.items()}

if __name__ == '__main__':
    for path, text in texts().items(): write_atomically(path, text.encode())
