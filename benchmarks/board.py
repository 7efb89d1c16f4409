"""How long a board takes, as a share of the ten seconds it may take

    python benchmarks/board.py

1,000 verified submissions are read from files and held against their digests; 100,000 rows are summaries only."""
import json, tempfile
from math import log
from pathlib import Path
from time import perf_counter

import numpy as np

from tinytorch.competition.board import board, entry_findings
from tinytorch.competition.rules import Rules
from tinytorch.files import sha256_of
from tinytorch.submission import canonical_bytes

BAR = 10  # seconds
ZEROS = '0'*64

def the_rules():
    names = {'speedup': ('higher', 'ratio'), 'artifact_bytes': ('lower', 'bytes'), 'accuracy': ('higher', 'share')}
    limits = [{'metric': 'artifact_bytes', 'at_most': 5_000_000, 'unit': 'bytes'},
              {'metric': 'accuracy', 'at_least': .85, 'unit': 'share', 'confidence': .95}]
    return Rules({
        'format': 'tinytorch-competition', 'version': 1, 'title': 'Many', 'description': 'Rows', 'divisions': ['closed'],
        'dates': {'opens': '2026-12-01T00:00:00Z', 'closes': '2026-12-31T00:00:00Z'},
        'data': {'name': 'd', 'samples': 10_000, 'sha256': ZEROS},
        'baseline': {'name': 'b', 'graph_sha256': ZEROS, 'weights_sha256': ZEROS}, 'quotas': {'per_day': 5, 'total': 50},
        'metrics': [{'name': name, 'direction': way, 'unit': unit} for name, (way, unit) in names.items()],
        'tiers': [{'name': 'entry', 'scenario': 'single_stream', 'primary': 'speedup', 'ties': ['artifact_bytes'],
                   'constraints': limits}]})

def some_rows(n, rules, rng):
    for i in range(n):
        medians = log(rng.uniform(1, 4)) + rng.normal(0, .01, 12)
        yield {'entry': sha256_of(f'entry {i}'), 'artifact': sha256_of(f'artifact {i}'), 'team': f'team {i % (n//4)}',
               'accepted_at': f'2026-12-02T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}Z', 'rules': rules.digest,
               'division': 'closed', 'scenario': 'single_stream', 'hardware': 'x86_64, 2 cores', 'grade': 'A',
               'standing': ('confirmed', 'reproduced', 'self-reported')[i % 3], 'claimed': {'speedup': 2.},
               'metrics': {'speedup': {'process_medians': medians.tolist()},
                           'artifact_bytes': {'value': int(rng.integers(10_000, 6_000_000))},
                           'accuracy': {'right': int(rng.integers(8300, 9300)), 'n': 10_000}}}

def told(what, seconds):
    print(f'{what:44} {seconds:6.2f} s  {seconds/BAR:5.0%} of the bar')
    return seconds

def from_files(rules, rng, n=1000, size=40_000):
    "Entries of about 40 kB each: a verdict's readings, and the row"
    with tempfile.TemporaryDirectory() as room:
        (Path(room)/'entries').mkdir()
        rows = []
        for row in some_rows(n, rules, rng):
            readings = rng.integers(10**5, 10**6, size//7).tolist()
            data = canonical_bytes({'format': 'tinytorch-entry', 'version': 1, 'verdict': {'readings': readings}, 'row': row})
            (Path(room)/'entries'/f'{row["entry"]}.json').write_bytes(data)
            rows.append({**row, 'evidence': sha256_of(data)})
        start = perf_counter()
        assert not list(entry_findings(room, rows))
        again = [json.loads((Path(room)/'entries'/f'{row["entry"]}.json').read_bytes())['row'] for row in rows]
        board(again, rules).canonical()
        return told(f'{n:,} submissions from files of {len(data)/1000:.0f} kB', perf_counter() - start)

def from_rows(rules, rng, n=100_000):
    rows = list(some_rows(n, rules, rng))
    start = perf_counter()
    made = board(rows, rules)
    between = perf_counter()
    size = len(made.canonical())
    told(f'{n:,} rows, the board', between - start)
    return told(f'{n:,} rows, with its {size/1e6:.0f} MB', perf_counter() - start)

if __name__ == '__main__':
    rules, rng = the_rules(), np.random.default_rng(0)
    from_files(rules, rng)
    from_rows(rules, rng)
