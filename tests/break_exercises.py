"""Break the exercises of one page, each in several ways, and report which breaks nobody noticed

    python tests/break_exercises.py nbs/05_autograd.ipynb

Runs what a learner's copy has: the page's exported cells, its import cells and its checks, in order. Then, for each exercise,
the cells that judge it: what is exported and imported, and its own checks, to the last. On that path, with modules imported
anew each time, the exercise must pass as it stands; and then each way of breaking it must end in an exception. Other right
solutions must pass all checks of the page. The report is JSON on stdout, {exercise: {what was done: null, or what is wrong}}.
A program of its own, because pages hang methods on classes and rules in tables that other tests use."""
import ast, json, os, signal, sys, traceback
from _thread import interrupt_main
from contextlib import contextmanager, redirect_stdout
from threading import Timer

from tinytorch.course import UNWRITTEN, blank, functions_of, read_page, steps, steps_for
from variants import variants

SECONDS = 20  # a broken exercise that runs longer than this hangs, and is noticed

def breaks(code, name, found):
    "What is done to the exercise → a function that makes the broken code"
    made = {}
    for part in functions_of(ast.parse(code), name):
        label = f' (its {part})' if part else ''
        made[f'raises{label}'] = lambda part=part: blank(code, name, UNWRITTEN, part)
        made[f'returns None{label}'] = lambda part=part: blank(code, name, 'return None', part)
        made[f'returns a constant{label}'] = lambda part=part: blank(code, name, 'return 0', part)
        first = input_of(code, name, part)
        if first: made[f'returns the input{label}'] = lambda part=part, first=first: blank(code, name, f'return {first}', part)
    for variant in found:
        if variant.kind == 'wrong': made[f'wrong: {variant.why}'] = lambda variant=variant: variant.applied(code, name)
    return made

def input_of(code, name, part):
    "The name of the first argument, `self` left out, of the functions of the exercise; '' where they differ or have none"
    found = {[arg.arg for arg in node.args.args if arg.arg != 'self'][:1] and [arg.arg for arg in node.args.args if arg.arg != 'self'][0] or ''
             for node in functions_of(ast.parse(code), name)[part]}
    return found.pop() if len(found) == 1 else ''

@contextmanager
def time_limit():
    "A block that ends in a KeyboardInterrupt when its time is up"
    timer = Timer(SECONDS, interrupt_main)
    timer.start()
    try: yield
    finally: timer.cancel()

def run(cells, changed=None, code=None):
    "None if `cells` run to the end in one namespace, with `code` in place of the cell `changed`; else what failed, and where"
    for name in [m for m in sys.modules if m.partition('.')[0] == 'tinytorch']: del sys.modules[name]
    space = {'__name__': 'page'}
    with time_limit():
        for cell in cells:
            try: exec(compile(code if cell is changed else cell.code, f'<cell {cell.id}>', 'exec'), space)
            except BaseException: return f'{traceback.format_exc()}\nin the cell:\n{cell.source}'

def judged(page, name, cell):
    "{what was done: None, or what is wrong} for an exercise"
    found = variants(page.stem).get(name, [])
    try: path, made = steps_for(page, name), breaks(cell.code, name, found)
    except LookupError as error: return {'unbroken': str(error)}
    said = {'unbroken': run(path)}
    if said['unbroken']: return {'unbroken': f"its own checks, with what is exported, do not pass; do they use names of other checks?\n{said['unbroken']}"}
    for what, make in made.items():
        try: code = make()
        except LookupError as error: said[what] = str(error)
        else: said[what] = None if run(path, cell, code) else 'nobody noticed:\n' + code
    for variant in found:
        if variant.kind == 'right': said[f'right: {variant.why}'] = accepted(page, cell, variant, name)
    return said

def accepted(page, cell, variant, name):
    try: return run(steps(page), cell, variant.applied(cell.code, name))
    except LookupError as error: return str(error)

def report(path):
    "{exercise: {what was done: None or a complaint}}; under '' what fails of the whole page"
    page = read_page(path)
    whole = run(steps(page))
    return {**({'': whole} if whole else {}), **{name: judged(page, name, cell) for name, cell in page.exercises}}

def main(path):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open(os.devnull, 'w', encoding='utf-8') as nowhere, redirect_stdout(nowhere): found = report(path)
    print(json.dumps(found))

if __name__ == '__main__': main(*sys.argv[1:])
