"""The benchmark table: `python benchmarks/run.py [CASE ...] [--rounds N] [--json FILE]`

Every side of every case runs in a process of its own, one thread each, with the same allocator settings. First
the sides' results are compared; then CPU time is taken. In a round, fresh processes of all sides take turns, a
block each (A B C A B C …), while the others wait: what slows the machine for a second hits neighbors alike. A
round's ratio is the median of our time / theirs in neighboring blocks; reported is the median over rounds, with
the smallest and largest.
"""
import argparse, json, os, subprocess, sys, tempfile
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).resolve().parent
# glibc gives large temporaries back to the system on every call unless told otherwise; both sides are told the same
ALLOCATOR = {'MALLOC_MMAP_THRESHOLD_': str(2**30), 'MALLOC_TRIM_THRESHOLD_': str(2**31), 'MALLOC_TOP_PAD_': str(2**26)}
THREADS = {name: '1' for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS')}
ENVIRONMENT = {**os.environ, **THREADS, **ALLOCATOR}
ENVIRONMENT.pop('PYTHONDONTWRITEBYTECODE', None)  # imports are timed with compiled files, as users have them

def python(*args, env=ENVIRONMENT):
    done = subprocess.run([sys.executable, *args], env=env, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode: raise SystemExit(f'{" ".join(args)} failed:\n{done.stderr}')
    return done.stdout

def results(case, side):
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder)/'result.npz')
        python(str(HERE/'cases.py'), case.name, side, file)
        with np.load(file) as found: return [found[name] for name in found.files]

def compare_results(case):
    "Nobody wins by doing less: all sides must arrive at the same arrays"
    ours = results(case, 'ours')
    for side in case.sides:
        if side == 'ours': continue
        for a, b in zip(ours, results(case, side), strict=True): np.testing.assert_allclose(a, b, rtol=case.rtol, atol=case.rtol, err_msg=f'{case.name}: ours, then {side}')

@contextmanager
def server(case, side):
    "A function that lets this side run one block and returns its seconds, and the number of blocks it wants; the process ends with the `with` block"
    args = [sys.executable, str(HERE/'cases.py'), case.name, side]
    with subprocess.Popen(args, env=ENVIRONMENT, cwd=HERE.parent, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def number(kind):
            line = process.stdout.readline()
            if not line: raise SystemExit(f'{case.name}, {side}: stopped')
            return kind(line)
        def block():
            process.stdin.write('\n')
            process.stdin.flush()
            return number(float)
        yield block, number(int)

def measure(case, rounds):
    "Seconds by side: for each round a list, one number per block"
    seconds = {side: [] for side in case.sides}
    for _ in range(rounds):
        with ExitStack() as stack:
            servers = {side: stack.enter_context(server(case, side)) for side in case.sides}
            blocks = min(wanted for _, wanted in servers.values())
            for times in seconds.values(): times.append([])
            for _ in range(blocks):
                for side, (block, _) in servers.items(): seconds[side][-1].append(block())
    return seconds

IMPORTS = {'numpy': 'numpy', 'core.tensor': 'tinytorch.core.tensor', 'capstone': 'tinytorch.capstone'}

def measure_imports(rounds=10):
    "CPU milliseconds from interpreter start to `import`, less those of an empty program; warm files"
    def cpu(statement):
        code = f'import resource, sys\n{statement}\nu = resource.getrusage(resource.RUSAGE_SELF)\nprint(u.ru_utime + u.ru_stime)'
        return float(python('-c', code))*1e3
    names = {'nothing': 'pass', **{k: f'import {v}' for k, v in IMPORTS.items()}}
    for statement in names.values(): cpu(statement)
    found = {name: [] for name in names}
    for _ in range(rounds):
        for name, statement in names.items(): found[name].append(cpu(statement))
    empty = median(found.pop('nothing'))
    return {name: [t - empty for t in times] for name, times in found.items()}

MEMORY_BAR = 1.5  # rise over the second step: ours / PyTorch's
STEPS = 'mlp step', 'block step', 'lenet step', 'cifar step'

def measure_memory(case, rounds=3):
    "{side: (kB the first step took, kB the second took)}, medians; the allocator as users have it"
    env = {name: value for name, value in ENVIRONMENT.items() if name not in ALLOCATOR}
    found = {side: [json.loads(python(str(HERE/'cases.py'), case.name, side, 'memory', env=env)) for _ in range(rounds)] for side in case.sides}
    return {side: np.median(rises, axis=0).astype(int).tolist() for side, rises in found.items()}

def memory_line(name, found):
    first, second = found['ours']
    theirs = ', '.join(f'{side} {b:,} ({second/b:.2f})' if b else f'{side} 0' for side, (_, b) in found.items() if side != 'ours')
    return f'{name:<16} second step: ours {second:,} kB; {theirs}. First step: ' + ', '.join(f'{side} {a:,}' for side, (a, _) in found.items())

def describe():
    from tinytorch.benchmarking import system_info
    info = system_info()
    return {**info, 'torch_version': version('torch')}

def rows(case, seconds):
    for side, times in seconds.items():
        if side == 'ours': continue
        ratios = [median(a/b for a, b in zip(*both)) for both in zip(seconds['ours'], times)]
        bar, stretch = case.bars.get(side, (None, None))
        yield dict(case=case.name, about=case.about, against=side, ratio=median(ratios), low=min(ratios), high=max(ratios), bar=bar, stretch=stretch,
                   ours_ms=median(map(median, seconds['ours']))*1e3, theirs_ms=median(map(median, times))*1e3)

def line(r):
    bar = f'{r["bar"]:.2f}' if r['bar'] else '–'
    stretch = f'{r["stretch"]:.2f}' if r['stretch'] else '–'
    met = '' if not r['bar'] else 'stretch' if r['ratio'] <= r['stretch'] else 'yes' if r['ratio'] <= r['bar'] else 'NO'
    return f'{r["case"]:<16} {r["against"]:<33} {r["ratio"]:5.2f}  ({r["low"]:.2f}–{r["high"]:.2f})  bar {bar:<5} stretch {stretch:<5} {met}'

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('cases', nargs='*', help='names of cases; none: all')
    parser.add_argument('--rounds', type=int, default=7, help='processes a side')
    parser.add_argument('--json', type=Path, help='also write the figures here')
    args = parser.parse_args()
    sys.path.insert(0, str(HERE))
    from cases import cases
    unknown = set(args.cases) - set(cases) - {'imports', 'memory'}
    if unknown: parser.error(f'no case {", ".join(unknown)}; there are {", ".join(cases)}, imports, memory')
    wanted = args.cases or [*cases, 'imports', 'memory']
    found = []
    print('ours / theirs, CPU time, one thread; median of', args.rounds, 'rounds (smallest–largest)')
    for name in wanted:
        if name in ('imports', 'memory'): continue
        case = cases[name]
        compare_results(case)
        for row in rows(case, measure(case, args.rounds)):
            print(line(row), flush=True)
            found.append(row)
    imports = measure_imports() if 'imports' in wanted else {}
    if imports:
        numpy = median(imports['numpy'])
        print(f'import numpy {numpy:.0f} ms; tinytorch.core.tensor adds {median(imports["core.tensor"]) - numpy:.0f} ms (bar 30); tinytorch.capstone {median(imports["capstone"]):.0f} ms in all (bar 170)')
    memory = {}
    if 'memory' in wanted and Path('/proc/self/clear_refs').exists():
        print(f'peak resident memory (bar {MEMORY_BAR} for the second step):')
        for name in STEPS:
            memory[name] = measure_memory(cases[name])
            print(memory_line(name, memory[name]), flush=True)
    info = describe()
    print(', '.join(f'{k} {v}' for k, v in info.items()))
    if args.json: args.json.write_text(json.dumps(dict(system=info, rows=found, imports_ms=imports, memory_kb=memory), indent=2), encoding='utf-8')

if __name__ == '__main__': main()
