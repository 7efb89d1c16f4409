"""How far the clock outside is from one inside: `python benchmarks/outside.py [--rounds N]`

For the network of digits (64-256-10) and one with 1,024 hidden neurons, at batch 1, 8, 32 and 256, with 16 and with 256 calls a
request, both clocks are read in the same requests: the ratio of the median times, outside over inside, nothing subtracted; and that of the
shortest, which is what remains to be seen where other programs run.
The bars: within 10 % with 16 calls or more, within 3 % with 256. Then what a whole comparison (12 processes of 20 pairs)
costs beyond the models' own time, for one worker that holds both models, and for a worker each.

Run it on a quiet machine; the clock inside is read in the worker, around all calls of a request."""
import argparse, os, tempfile, time
from pathlib import Path

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'): os.environ[name] = '1'

import numpy as np

from tinytorch.competition.outside import GUARDS, RUN, Worker, load_file, on_one_core, time_outside
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor

MODEL = '''
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
def model(): return Sequential(Linear(64, {hidden}, rng=0), ReLU(), Linear({hidden}, 10, rng=1))
'''
INSIDE = '''
import time
from tinytorch.competition.outside import Server
def run_timed(self, model, x, calls):  # one clock around all calls of a request
    start = time.perf_counter_ns()
    done = self.run(model, x, calls)
    return done, time.perf_counter_ns() - start
Server.run_timed = run_timed
'''
BARS = {16: .10, 256: .03}

def both_clocks(path, batch, calls, rounds):
    "Ratio outside/inside, of the medians and of the shortest, over the same requests"
    rng, times = np.random.default_rng(0), []
    with on_one_core(), Worker(path, guards=GUARDS - {'outside_clock'}, room=1 << 26) as worker:
        for _ in range(rounds + 3):
            x = rng.standard_normal((batch*calls, 64), np.float32)
            _, (_, inner, _), outer = worker.ask(RUN, 0, calls, worker.prepare(x, 10*len(x)))
            times.append((outer, inner))
    times = np.array(times[3:])
    return [float(outer/inner) for outer, inner in (np.median(times, axis=0), times.min(axis=0))]

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=60)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        for hidden in (256, 1024):
            path = Path(folder)/f'mlp{hidden}.py'
            path.write_text(MODEL.format(hidden=hidden) + INSIDE)
            print(f'64-{hidden}-10: batch, outside/inside with 16 and with 256 calls a request')
            for batch in (1, 8, 32, 256):
                ratios = {}
                for calls in BARS:
                    ratios[calls] = both_clocks(path, batch, calls, max(10, rounds//(1 + batch*calls//4096)))
                print(f'{batch:6}', *(f'{median:8.3f} {"ok" if abs(median - 1) <= BARS[calls] else "over":4} (shortest {least:.3f})'
                                      for calls, (median, least) in ratios.items()))
        path = Path(folder)/'mlp256.py'
        model, x = load_file(path), np.random.default_rng(1).standard_normal((359, 64), np.float32)
        with no_grad(): expected = model(Tensor(x)).data
        for name, guards in ('one worker', GUARDS - {'own_process_each'}), ('two workers', GUARDS):
            start = time.perf_counter()
            columns, findings = time_outside((path, path), x, expected, rng=0, guards=guards)
            took = time.perf_counter() - start
            print(f'a comparison, {name}: {took:.1f} s, {took - columns["ns"].sum()/1e9:.1f} s beyond the models\' time; findings: {findings}')

if __name__ == '__main__': main()
