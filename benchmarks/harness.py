"""What every case shares: its registry, the arrays both sides start from, and how one side is timed"""
import sys
from dataclasses import dataclass, field
from time import process_time

import numpy as np

cases = {}

@dataclass
class Case:
    name: str
    about: str
    bars: dict                                   # peer's name -> (bar, stretch): our time / the peer's
    sides: dict = field(default_factory=dict)
    rtol: float = 1e-5                           # how closely results must agree
    runs: int = 1                                # runs before results are compared

    def side(self, name):
        "Decorator: the function sets this side up"
        def register(setup):
            self.sides[name] = setup
            return setup
        return register

def case(name, about, rtol=1e-5, runs=1, **bars):
    cases[name] = Case(name, about, {peer.replace('_', ' '): bar for peer, bar in bars.items()}, rtol=rtol, runs=runs)
    return cases[name]

def one_thread():
    import torch
    torch.set_num_threads(1)
    return torch

def normal(*shape, seed=0, scale=1.): return (np.random.default_rng(seed).standard_normal(shape)*scale).astype(np.float32)

def stepper(model, optimizer, loss_fn, x, y):
    "`(run, result)` of a training step, in the words that both libraries understand; the result is the losses so far"
    losses = []
    def run():
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return run, lambda: [np.array(losses)]

BLOCK, BLOCKS = .005, 15  # seconds in a block, at least; blocks in a round
SLOW = .5                 # seconds of a run that is timed once a round

def serve(run):
    """Print how many blocks are wanted; then, for each line of stdin, run a block and print the CPU seconds of one `run()` in it

    The first call of all is discarded, and the first of each block, for between two blocks the other sides had the caches."""
    run()
    start = process_time(); run(); once = process_time() - start
    times, blocks = max(1, int(np.ceil(BLOCK/max(once, 1e-9)))), BLOCKS if once < SLOW else 1
    print(blocks, flush=True)
    for _ in sys.stdin:
        if blocks > 1: run()
        start = process_time()
        for _ in range(times): run()
        print((process_time() - start)/times, flush=True)

def resident(kind):
    "Kilobytes of this process in memory: 'VmRSS' now, or 'VmHWM', the most since the last reset (Linux)"
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith(kind))

def memory(run):
    "Kilobytes by which resident memory rose at its highest over the first `run()`, and over the second"
    rises = []
    for _ in range(2):
        before = resident('VmRSS')
        with open('/proc/self/clear_refs', 'w') as file: file.write('5')  # the highest is counted from here
        run()
        rises.append(resident('VmHWM') - before)
    return rises
