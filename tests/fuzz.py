"""Random submissions: `python tests/fuzz.py --documents 200000` checks that many, and says what came of them

Each is made from a seed and a number, so that one that fails can be made again: `document(seed, number)`."""
import argparse, json, random, sys, time
from collections import Counter
from copy import deepcopy
from functools import cache
from pathlib import Path

if __name__ == '__main__': sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from tinytorch.submission import MAX_FINDINGS, SubmissionError, parse_strictly, validate_submission

GOLDEN = Path(__file__).resolve().parent/'golden'
SCALARS = [None, True, False, 0, 1, -1, 7, 1.5, -0.0, .5, 10**29, 10**31, 5e-324, 1.7e308, float('nan'), float('inf'), '', 'x', 'x'*300, '\ud800', 'é\n', '2025-02-30 14:23:41', '0001-01-01 00:00:00', 'faster', 'pruning']
TOKENS = [b'NaN', b'-Infinity', b'1e999', b'{', b'[', b']', b'}', b'"', b'\\', b'\xff', b'\x00', b'null', b'true', b',', b':', b'9'*40, b'"a":1,', b'\\ud800', b'\xef\xbb\xbf', b'-', b'1e-400']

@cache
def sources():
    "Honest documents of all versions, as text"
    documents = [json.loads(path.read_text(encoding='utf-8')) for path in sorted(GOLDEN.iterdir())]
    for document in documents:  # a long search would be most of what is changed, and of the time it takes
        if 'search' in document: document['search']['steps'] = [step for i, step in enumerate(document['search']['steps']) if i == 0 or step['kept']]
    return [json.dumps(document) for document in documents]

def random_json(rng, depth=0):
    "Any JSON value, with keys that a submission has among its keys"
    kind = rng.random()
    if depth > 5 or kind < .5: return rng.choice(SCALARS) if rng.random() < .7 else rng.choice([rng.random(), rng.randrange(10**6), 10**rng.uniform(-300, 300)])
    if kind < .7: return [random_json(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {rng.choice(keys()): random_json(rng, depth + 1) for _ in range(rng.randrange(8))}

@cache
def keys():
    "All keys of all sources"
    found = set()
    def walk(value):
        if isinstance(value, dict): found.update(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else (): walk(item)
    for text in sources(): walk(json.loads(text))
    return sorted(found)

def places_in(value):
    "(what holds it, key or index) of each value inside `value`"
    found = []
    def walk(value):
        if isinstance(value, (dict, list)):
            found.extend((value, key) for key in (list(value) if isinstance(value, dict) else range(len(value))))
            for item in value.values() if isinstance(value, dict) else value: walk(item)
    walk(value)
    return found

def mutate(document, rng):
    "One random change somewhere in `document`: a key gone, another value, a key more, a value from elsewhere, a number moved"
    places = places_in(document)
    if not places: return
    inside, key = rng.choice(places)
    kind = rng.randrange(6)
    if kind == 0: del inside[key]
    elif kind == 1: inside[key] = random_json(rng, 3)
    elif kind == 2 and isinstance(inside, dict): inside[rng.choice(keys())] = deepcopy(inside[key])
    elif kind == 3:
        other, name = rng.choice(places)
        if name in other if isinstance(other, dict) else name < len(other): inside[key] = deepcopy(other[name])
    elif isinstance(inside[key], (int, float)) and not isinstance(inside[key], bool):
        inside[key] = rng.choice([-1, 0, .5, 1.01, 2, 1e9, 1e-300, 1e300])*inside[key]

def scramble(data, rng):
    "One random change of bytes: some flipped, some gone, some twice, a cut, a token put in"
    i, j = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    kind = rng.randrange(5)
    if kind == 0 and data:
        flipped = bytearray(data)
        for _ in range(rng.choice([1, 2, 8])): flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        return bytes(flipped)
    if kind == 1: return data[:i]
    if kind == 2: return data[:i] + data[min(j, i + 30):]
    if kind == 3: return data[:j] + data[i:min(j, i + 60)] + data[j:]
    return data[:i] + rng.choice(TOKENS) + data[i:]

def document(seed, number):
    "(kind, submission) of that number: 'json' any value, 'changed' an honest document with changes, 'bytes' one with its bytes changed"
    rng = random.Random(seed*10**9 + number)
    kind = rng.choice(['json', 'json', 'changed', 'bytes'])
    if kind == 'json': return kind, random_json(rng)
    text = rng.choice(sources())
    if kind == 'bytes':
        data = text.encode()
        for _ in range(rng.choice([1, 1, 2, 4])): data = scramble(data, rng)
        return kind, data
    changed = json.loads(text)
    for _ in range(rng.choice([1, 1, 1, 2, 5])): mutate(changed, rng)
    return kind, changed

def findings_of(submission):
    "What is found in it, however it came"
    if not isinstance(submission, bytes): return validate_submission(submission)
    parsed, findings = parse_strictly(submission)
    return findings or validate_submission(parsed)

def check(findings):
    "Raise AssertionError unless these are findings, few enough, each one line of ASCII"
    assert isinstance(findings, list) and len(findings) <= MAX_FINDINGS + 1
    for f in findings: assert f.severity in ('error', 'warning') and f.rule and f.path and str(f).isascii() and '\n' not in str(f), f

def run(documents, seed=0):
    "(counts, the longest time in seconds, its number) of that many documents; an exception says which one it was"
    counts, slowest = Counter(), (0., None)
    for text in sources(): validate_submission(json.loads(text))  # what is loaded and built once is no document's fault
    for number in range(documents):
        kind, submission = document(seed, number)
        began = time.perf_counter()
        try: check(found := findings_of(submission))
        except SubmissionError: raise
        except Exception as error: raise AssertionError(f'document({seed}, {number}): {error!r}') from error
        slowest = max(slowest, (time.perf_counter() - began, number))
        errors = [f for f in found if f.severity == 'error']
        counts[kind, 'refused' if errors else 'doubted' if found else 'accepted'] += 1
        for f in found:
            if 'comes to its end' in f.expected:
                counts['undecided', f.rule, f'document({seed}, {number})'] += 1
                print(f, f'document({seed}, {number})', file=sys.stderr, flush=True)
        counts.update({('rule', f.rule): 1 for f in found})
    return counts, *slowest

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--documents', type=int, default=5000)
    parser.add_argument('--seed', type=int, default=0)
    asked = parser.parse_args()
    began = time.perf_counter()
    counts, longest, number = run(asked.documents, asked.seed)
    for key in sorted(map(str, counts)): print(key, next(n for k, n in counts.items() if str(k) == key))
    print(f'{asked.documents:,} documents without an exception in {time.perf_counter() - began:.0f} s; the slowest, document({asked.seed}, {number}), took {longest:.3f} s')
