"""How long Pareto fronts take: `python benchmarks/pareto.py [--rows N] [--runs N] [--columns D …]`

The bar: the front of a million rows with two columns under 2 s, for random rows and for the worst that were thought of: all equal,
sorted, reversed, all on the front in either order, few values. Then random rows with more columns, rows that are all on the front with
more columns, of which a tenth is taken (that is what divides deepest), and membership of intervals. Seconds of this machine, the
slowest of the runs; run it on a quiet one."""
import argparse, os, sys
from time import perf_counter

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'): os.environ[name] = '1'

import numpy as np

from tinytorch.competition.pareto import front_membership, pareto_front

BAR = 2  # seconds for two columns

def two_columns(n):
    rng, up = np.random.default_rng(0), np.arange(float(n))
    return {'random': rng.random((n, 2)), 'all equal': np.ones((n, 2)), 'sorted': np.column_stack([up, up]), 'reversed': np.column_stack([up, up])[::-1],
            'all on the front': np.column_stack([up, -up]), 'all on it, reversed': np.column_stack([-up, up]),
            'all on it, shuffled': rng.permutation(np.column_stack([up, -up])), 'ten values': rng.integers(0, 10, (n, 2)),
            'correlated': up[:, None] + rng.normal(0, n/100, (n, 2)), 'whole numbers of 60 bits': rng.integers(0, 2**60, (n, 2))}

def all_on_it(n, d):
    points = np.random.default_rng(0).integers(0, 10**9, (n, d))
    points[:, -1] = -points[:, :-1].sum(axis=1)
    return points

def slowest(call, runs):
    found = []
    for _ in range(runs):
        start = perf_counter()
        result = call()
        found.append(perf_counter() - start)
    return max(found), result

def membership(n, width, d=4):
    rng = np.random.default_rng(0)
    lows = rng.random((n, d))
    return lows, lows + width*rng.random((n, d))

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rows', type=int, default=10**6)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--columns', type=int, nargs='*', default=[3, 4, 5])
    asked = parser.parse_args()
    n, late = asked.rows, False
    def line(seconds, what, mask): print(f'{seconds:7.2f} s  {what}: {np.count_nonzero(mask):,} of {len(mask):,} on the front', flush=True)
    for what, values in two_columns(n).items():
        seconds, found = slowest(lambda: pareto_front(values, ['lower', 'lower']), asked.runs)
        line(seconds, f'2 columns, {what}', found)
        late |= seconds > BAR
    for d in asked.columns:
        for what, values in ('random', np.random.default_rng(0).random((n, d))), ('all on it', all_on_it(n//10, d)):
            seconds, found = slowest(lambda: pareto_front(values, ['lower']*d), asked.runs)
            line(seconds, f'{d} columns, {what}', found)
    for rows in 1000, n//10:
        for width in 0, .02, .2, 1:
            lows, highs = membership(rows, width)
            seconds, found = slowest(lambda: front_membership(lows, highs, ['lower']*4), asked.runs)
            counts = ', '.join(f'{np.count_nonzero(found == name):,} {name}' for name in ('certain', 'possible', 'no'))
            print(f'{seconds:7.3f} s  membership, {rows:,} rows, 4 columns, intervals up to {width:g} of the range: {counts}', flush=True)
    print(f'two columns: {"over" if late else "within"} the bar of {BAR} s')
    sys.exit(late)

if __name__ == '__main__': main()
