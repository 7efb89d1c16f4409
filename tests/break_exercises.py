"""Break the exercises of one page, each in several ways, and report which breaks nobody noticed

    python tests/break_exercises.py nbs/05_autograd.ipynb

Runs what a learner's copy has: the page's exported cells, its import cells and its checks, in order. Then, for each exercise
and each way of breaking it, again from the start with freshly imported modules, without the checks that come before the
exercise, to its last check; any exception on the way means that somebody noticed. The report is JSON on stdout,
{exercise: {kind of break: null, or what is wrong}}. A program of its own, because pages hang methods on classes and rules in
tables that other tests use."""
import ast, json, os, signal, sys, traceback
from _thread import interrupt_main
from contextlib import contextmanager
from threading import Timer

from notebooks import ROOT, Page

MISTAKES = ROOT/'tests'/'mistakes.json'
SECONDS = 20  # a broken exercise that runs longer than this hangs, and is noticed

def body_of(node, statement):
    "`node`'s docstring, then `statement`; a generator stays one"
    doc = node.body[:1] if ast.get_docstring(node, clean=False) is not None else []
    own = [n for n in walk_own(node) if isinstance(n, (ast.Yield, ast.YieldFrom))]
    return doc + ast.parse(statement).body + (ast.parse('yield').body if own else [])

def walk_own(function):
    "The nodes of `function`'s body, not those of functions inside it"
    todo = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)): todo += ast.iter_child_nodes(node)

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)

def is_rule_of(node, name):
    "Is `node` decorated with `vjp(name)`?"
    return isinstance(node, FUNCTION) and any(ast.unparse(d) == f'vjp({name})' for d in node.decorator_list)

def functions(tree, name):
    "The functions a learner writes for the exercise `name`: {which: [nodes]}"
    owner, _, method = name.rpartition('.')
    classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
    top = [n for n in tree.body if isinstance(n, FUNCTION)]
    inside = lambda cls: [n for n in cls.body if isinstance(n, FUNCTION)]
    if owner in classes: nodes = [n for n in inside(classes[owner]) if n.name == method]
    elif owner: nodes = [n for n in top if n.name == method]  # hung on the class by a decorator
    elif name in classes: nodes = inside(classes[name])
    else: nodes = [n for n in top if n.name == name]
    if not nodes: raise LookupError(f'the cell of exercise {name} defines no function, method or class of that name')
    rules = [n for n in top if is_rule_of(n, name)]
    return {'': nodes, **({' (its rule)': rules} if rules else {})}

def blanked(code, name, which, statement):
    "`code` with the bodies of `name` replaced by `statement`"
    tree = ast.parse(code)
    for node in functions(tree, name)[which]: node.body = body_of(node, statement)
    return ast.unparse(tree)

def mistaken(code, name, mistake):
    "`code` with the deposited mistake"
    if mistake is None: raise LookupError(f'tests/mistakes.json has no mistake for {name}')
    if code.count(mistake['old']) != 1: raise LookupError(f"{mistake['old']!r} stands {code.count(mistake['old'])} times in the cell of {name}, must be once")
    return code.replace(mistake['old'], mistake['new'])

def breaks(code, name, mistake):
    "Kind of break → a function that makes the broken code"
    made = {'mistake': lambda: mistaken(code, name, mistake)}
    for which in functions(ast.parse(code), name):
        made[f'raises{which}'] = lambda which=which: blanked(code, name, which, 'raise NotImplementedError')
        made[f'returns None{which}'] = lambda which=which: blanked(code, name, which, 'return None')
    return made

@contextmanager
def time_limit():
    "A block that ends in a KeyboardInterrupt when its time is up"
    timer = Timer(SECONDS, interrupt_main)
    timer.start()
    try: yield
    finally: timer.cancel()

class Run:
    "The cells of a page that a learner's copy runs, in one namespace; modules of the package are imported anew"
    def __init__(self, page):
        self.steps = [c for c in page.code if not c.skipped and (c.exported or c.has('check') or c.only_imports)]
        self.compiled = {c.id: compile(c.code, f'<cell {c.id}>', 'exec') for c in self.steps}

    def restart(self):
        for name in [m for m in sys.modules if m.partition('.')[0] == 'tinytorch']: del sys.modules[name]
        self.space = {'__name__': 'page'}

    def execute(self, step): exec(self.compiled[step.id], self.space)

    def last_check(self, name):
        found = [i for i, c in enumerate(self.steps) if name in c.named('check')]
        if not found: raise LookupError(f'exercise {name} has no check')
        return found[-1]

    def unbroken(self):
        "{exercise: None or what failed}; under '' the failure of a cell on which the rest of the page stands"
        self.restart()
        found = {}
        for step in self.steps:
            try: self.execute(step)
            except BaseException:
                complaint = f'{traceback.format_exc()}\nin the cell:\n{step.code}'
                if not step.has('check'): return {**found, '': complaint}
                found.update(dict.fromkeys(step.named('check'), complaint))
            else:
                for name in step.named('check'): found.setdefault(name, None)
        return found

    def broken(self, at, code, last):
        "None if an exception came between the broken cell and the last check, else a complaint"
        compiled = compile(code, '<broken cell>', 'exec')
        self.restart()
        for step in self.steps[:at]:
            if not step.has('check'): self.execute(step)
        try:
            with time_limit():
                exec(compiled, self.space)
                for step in self.steps[at+1:last+1]: self.execute(step)
        except BaseException: return None
        return 'nobody noticed:\n' + code

def report(path):
    "{exercise: {kind: None or a complaint}}"
    page = Page(path)
    run = Run(page)
    found = {name: {'unbroken': complaint} for name, complaint in run.unbroken().items()}
    mistakes = json.loads(MISTAKES.read_text(encoding='utf-8')).get(page.name, {})
    if '' in found: return found
    for at, step in enumerate(run.steps):
        for name in step.named('exercise'):
            said = found.setdefault(name, {})
            try: last, made = run.last_check(name), breaks(step.code, name, mistakes.get(name))
            except LookupError as error:
                said['unbroken'] = str(error)
                continue
            for kind, make in made.items():
                try: said[kind] = run.broken(at, make(), last)
                except (LookupError, SyntaxError) as error: said[kind] = f'{type(error).__name__}: {error}'
    return found

def main(path):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    out, sys.stdout = sys.stdout, open(os.devnull, 'w', encoding='utf-8')
    found = report(path)
    sys.stdout = out
    print(json.dumps(found))

if __name__ == '__main__': main(*sys.argv[1:])
