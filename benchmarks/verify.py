"""How long verifying the bundle of the digits takes: `python benchmarks/verify.py [BUNDLE] [--runs N]`

Without a bundle the capstone is run first and bundled, which takes longer than what is measured here. The bar: a whole verification,
12 processes and 8 of the control, under 60 s on two cores. What each step took is printed, and what was claimed and found.
Run it on a quiet machine."""
import argparse, os, sys, tempfile, time
from pathlib import Path

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'): os.environ[name] = '1'

BAR = 60  # seconds

def digits_bundle(path):
    "The bundle of a capstone that is run now"
    from tinytorch.capstone import run_capstone
    from tinytorch.competition.bundle import bundle_of_capstone
    print('running the capstone …')
    return bundle_of_capstone(run_capstone(), path).path

def timed(path):
    "(verdict, seconds in all, {step: seconds}) of one verification"
    from tinytorch.competition.verify import NAMES, verify
    marks = []
    start = time.perf_counter()
    verdict = verify(path, progress=lambda text: marks.append((text, time.perf_counter())) if text in NAMES else None)
    end = time.perf_counter()
    steps = {name: after - at for (name, at), (_, after) in zip(marks, [*marks[1:], ('', end)])}
    return verdict, end - start, steps

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('bundle', nargs='?')
    parser.add_argument('--runs', type=int, default=3)
    asked = parser.parse_args()
    late = []
    with tempfile.TemporaryDirectory() as folder:
        path = asked.bundle or digits_bundle(Path(folder)/'digits.zip')
        for _ in range(asked.runs):
            verdict, seconds, steps = timed(path)
            late.append(seconds > BAR)
            parts = ', '.join(f'{name} {s:.1f}' for name, s in steps.items())
            print(f'{seconds:.1f} s of {BAR} ({parts}): {verdict.verdict}')
            print(f'  {verdict.steps[-1].reason}')
    sys.exit(any(late))

if __name__ == '__main__': main()
