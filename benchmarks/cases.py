"""What is measured: for each case the exact code of every side, one file per part of the course

A side is a function that sets up and returns `(run, result)`: `run()` does the work once and is timed,
`result()` returns arrays that must agree with the other sides' before anything is timed. All sides of a
case start from the same arrays. Run by `run.py`, each side in a process of its own. By hand, three blocks:

    yes '' | head -3 | python benchmarks/cases.py 'mlp step' 'ours'
"""
import json, sys

import numpy as np

import compressed, first_light, fused, gpt, quantized, spatial
from harness import cases, memory, serve

def main(name, side, mode='time'):
    case = cases[name]
    run, result = case.sides[side]()
    if mode == 'time': return serve(run)
    if mode == 'memory': return print(json.dumps(memory(run)))
    for _ in range(case.runs): run()
    np.savez(mode, *result())

if __name__ == '__main__': main(*sys.argv[1:])
