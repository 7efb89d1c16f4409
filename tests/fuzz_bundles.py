"""Damaged bundles: `python tests/fuzz_bundles.py --bundles 20000` reads that many, and says what came of them

Each is made from a seed and a number, so that one that fails can be made again: `files(seed, number)`."""
import argparse, json, random, struct, sys, time, warnings
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == '__main__': sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

import numpy as np

import fuzz
from forge import contents, with_manifest
from tinytorch.competition import bundle as b

KINDS = 'digits', 'residual', 'int4', 'sparse', 'plan', 'folded'
JSON = [name for name in b.FILES if name.endswith('.json')]
ARRAYS = ['samples.npz', 'predictions.npz', 'data.npz']
LONG = [0, 1, 2, 7, 255, 256, 65535, 2**31 - 1, 2**32 - 1]

@cache
def sources(): return [contents(kind, quick=True) for kind in KINDS]

def rehashed(files):
    "All hashes made anew, so that what lies deeper is reached"
    try: document = json.loads(files['submission.json'])
    except (KeyError, ValueError, RecursionError): return with_manifest(known(files))
    if isinstance(document, dict):
        document['artifacts'] = {name: b.sha256_of(data) for name, data in files.items() if name not in ('submission.json', 'manifest.json')}
        try: files = {**files, 'submission.json': json.dumps(document).encode()}
        except (ValueError, RecursionError): pass
    return with_manifest(known(files))

def known(files): return {name: data for name, data in files.items() if name in b.FILES}

def numbers_in(data, rng, size):
    "Some 2 or 4 bytes replaced by a number that is too large, or nothing"
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 3])):
        at, width = rng.randrange(max(1, min(size, len(data) - 4))), rng.choice([2, 4])
        data[at:at + width] = (rng.choice(LONG) % 256**width).to_bytes(width, 'little')
    return bytes(data)

def head_of(data, rng):
    "The head of a file is changed: text of the header, its length, a shape, a dtype"
    size = min(len(data), 600)
    if rng.random() < .5: return numbers_in(data, rng, size)
    return fuzz.scramble(data[:size], rng) + data[size:]

def safetensors_head(data, rng):
    "The JSON at the head of a file of weights, changed as JSON; its length is right, or nearly"
    length, = struct.unpack('<Q', data[:8])
    head = json.loads(data[8:8 + length])
    for _ in range(rng.choice([1, 1, 2])): fuzz.mutate(head, rng)
    if rng.random() < .2: head[rng.choice(['x', '', '__metadata__', 'fc1.weight'])] = rng.choice([{'dtype': 'F32', 'shape': [2**31, 2**31], 'data_offsets': [0, 2**62]}, {'dtype': 'I8', 'shape': [], 'data_offsets': [0, 0]}, 7, {}])
    text = as_json(head)
    return struct.pack('<Q', max(0, len(text) + rng.choice([0, 0, 0, 1, -1, 2**40]))) + text + data[8 + length:]

def as_json(value):
    "JSON of a value that may hold what JSON cannot"
    return json.dumps(value, ensure_ascii=True).encode('utf-8', 'surrogatepass')

def deep(rng):
    n = rng.choice([10, 21, 100, 5000, 200_000])
    return rng.choice([b'['*n + b']'*n, b'{"a":'*n + b'1' + b'}'*n, b'[' + b'0,'*n + b'0]', b'"' + b'x'*n + b'"', b'9'*n])

def changed_json(data, rng):
    "A file of JSON with some of its values changed, or another one"
    kind = rng.random()
    if kind < .1: return deep(rng)
    if kind < .2: return fuzz.scramble(data, rng)
    if kind < .25: return as_json(fuzz.random_json(rng))
    value = json.loads(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])): fuzz.mutate(value, rng)
    return as_json(value)

def changed_graph(data, rng):
    "A graph with numbers, names and settings that do not fit"
    graph = json.loads(data)
    node = rng.choice(graph['nodes'])
    kind = rng.randrange(7)
    if kind == 0: node['inputs'] = [rng.choice([-1, 0, 1, 2, 99, 2**40, .5, None, {'weight': 'fc1.weight'}])]
    if kind == 1: graph['nodes'] = graph['nodes']*rng.choice([2, 50])
    if kind == 2: rng.shuffle(graph['nodes'])
    if kind == 3 and node['settings']: node['settings'][rng.choice(sorted(node['settings']))] = rng.choice([0, -1, 2**31, 2**62, 1.5, 'x', None, [1, 2], True, 10**400])
    if kind == 4: node[rng.choice(['layer', 'op'])] = rng.choice(['Linear', 'Conv2d', 'exec', '__class__', 'add', 'MaxPool2d', '', 'BlockSparseLinear', 'SparseLinear'])
    if kind == 5: graph['inputs'] = rng.choice([[], [{'shape': [None]*9, 'dtype': 'float32'}], [{'shape': [None, 2**40], 'dtype': 'float64'}], [{'shape': [None, 64], 'dtype': 'object'}], graph['inputs']*2])
    if kind == 6: graph['output'] = rng.choice([-1, 0, 1, 99, None, 2**70])
    return json.dumps(graph).encode()

def changed_arrays(data, name, rng):
    "A file of arrays, read and written again: other numbers, dtypes, shapes, names"
    arrays = {key: a.copy() for key, a in b.read_npz(data, name).items()}
    key = rng.choice(sorted(arrays))
    a, kind = arrays[key], rng.randrange(9)
    with np.errstate(all='ignore'):
        if kind == 0: arrays[key] = a.astype(rng.choice(['<f8', '<i2', '|u1', '|b1', '<f2', '<u8']))
    if kind == 1: arrays[key] = a[:rng.choice([0, 1, len(a)//2])]
    if kind == 2: arrays[key] = a[None]
    if kind == 3: arrays[rng.choice(['x', '', '../x', key.upper()])] = arrays.pop(key)
    if kind == 4: arrays = {name: column[:rng.choice([1, 5, 40])] if rng.random() < .9 else column for name, column in arrays.items()}
    with np.errstate(all='ignore'):
        if kind >= 5 and a.dtype.kind == 'f': a.reshape(-1)[rng.randrange(a.size)] = rng.choice([np.nan, np.inf, -np.inf, 1e38, 0])
        elif kind >= 5:
            info, at = (np.iinfo(a.dtype) if a.dtype.kind in 'iu' else None), rng.randrange(a.size)
            value = rng.choice([info.min, info.max, 0, 1, 3, 4]) if info else True
            if rng.random() < .3: a.reshape(-1)[:] = value
            else: a.reshape(-1)[at] = value
    return b.npz_bytes(arrays)

def npy_head(data, name, rng):
    "One array's own header, inside a zip that is sound"
    arrays = b.read_npz(data, name)
    members = {f'{key}.npy': b.npy_bytes(a) for key, a in arrays.items()}
    key = rng.choice(sorted(members))
    old = members[key]
    if rng.random() < .5: members[key] = head_of(old, rng)
    else: members[key] = old.replace(rng.choice([b"(", b"<", b"descr", b"False", b"'shape'", b"i8", b"4"]), rng.choice([b"(9999999, 9999999, ", b">", b"|O", b"True", b"", b"O8", b"1"]), 1)
    return b.zip_bytes(members)

def changed_file(name, data, rng):
    "One file of a bundle, damaged in a way that suits it"
    if rng.random() < .15: return fuzz.scramble(data, rng)
    if name == 'manifest.json' or name == 'submission.json': return changed_json(data, rng)
    if name in JSON: return (changed_graph if rng.random() < .6 else changed_json)(data, rng)
    if name in ARRAYS: return rng.choice([lambda: changed_arrays(data, name, rng), lambda: changed_arrays(data, name, rng), lambda: npy_head(data, name, rng), lambda: table_of(data, rng), lambda: head_of(data, rng)])()
    if name.endswith('.safetensors'): return rng.choice([safetensors_head, safetensors_head, head_of, lambda data, rng: data[:rng.randrange(len(data))]])(data, rng)
    return fuzz.scramble(data, rng)

def table_of(data, rng):
    "A zip with its table of contents changed: lengths, offsets, names, flags, the end of it"
    at = data.find(b'PK\1\2')
    tail = rng.choice([lambda t: numbers_in(t, rng, len(t)), lambda t: fuzz.scramble(t, rng), lambda t: t[:-22] + numbers_in(t[-22:], rng, 22), lambda t: t.replace(b'samples', rng.choice([b'../../s', b'SAMPLES', b'sam\0les']), 1)])(data[at:])
    return data[:at] + tail

def files(seed, number):
    "(kind of damage, the bytes of a zip, or {path: bytes} of a folder)"
    rng = random.Random(seed*10**9 + number)
    content = dict(rng.choice(sources()))
    kind = rng.choice(['file', 'file', 'file', 'file', 'several', 'zip', 'table', 'swapped', 'names', 'kept'])
    names = sorted(content)
    if kind in ('file', 'several', 'kept'):
        for name in rng.sample(names, 1 if kind != 'several' else 3): content[name] = changed_file(name, content[name], rng)
        if kind != 'kept' and rng.random() < .85: content = {**rehashed(content), **({'manifest.json': content['manifest.json']} if rng.random() < .1 else {})}
    if kind == 'swapped':
        other = rng.choice(sources())
        for name in rng.sample(names, rng.choice([1, 1, 2])):
            if rng.random() < .8: content[name] = other.get(rng.choice([name, name, rng.choice(sorted(other))]), b'')
            else: del content[name]
        content = rehashed(content)
    if kind == 'names':
        name = rng.choice(names)
        content[rng.choice(['../' + name, '/' + name, name.upper(), name + '\0', 'NUL', 'models/', 'x'*3000, 'é', name + '/x', ''])] = content.pop(name) if rng.random() < .5 else b'x'
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of a name that comes twice
        packed = b.zip_bytes(content)
    if kind == 'zip':
        for _ in range(rng.choice([1, 1, 3])): packed = fuzz.scramble(packed, rng)
    if kind == 'table': packed = table_of(packed, rng)
    return kind, packed

def run(bundles, seed=0, say=None):
    "(counts, the longest CPU time in seconds, its number) of that many bundles; an exception says which one it was"
    sources()
    counts, slowest = Counter(), (0., None)
    with TemporaryDirectory() as folder:
        path = Path(folder)/'run.zip'
        for number in range(bundles):
            kind, packed = files(seed, number)
            path.write_bytes(packed)
            began = time.process_time()
            try: fuzz.check(found := b.load_bundle(path).findings)
            except Exception as error: raise AssertionError(f'files({seed}, {number}): {error!r}') from error
            slowest = max(slowest, (time.process_time() - began, number))
            counts[kind, 'refused' if any(f.severity == 'error' for f in found) else 'doubted' if found else 'accepted'] += 1
            for f in found:
                if 'comes to its end' in f.expected:
                    counts['undecided', f.rule] += 1
                    if say: say(f'{f} files({seed}, {number})')
            counts.update({('rule', f.rule): 1 for f in found})
            if say and number % 1000 == 999: say(f'{number + 1:,}, the slowest {slowest[0]:.3f} s')
    return counts, *slowest

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundles', type=int, default=400)
    parser.add_argument('--seed', type=int, default=0)
    asked = parser.parse_args()
    counts, longest, number = run(asked.bundles, asked.seed, lambda text: print(text, file=sys.stderr, flush=True))
    for key, n in sorted(counts.items(), key=str): print(*key, n)
    print(f'{asked.bundles:,} bundles without an exception; the slowest, files({asked.seed}, {number}), took {longest:.3f} s of a processor')
