"Solutions that learners wrote for exercises of the page on autograd: the wrong ones are caught by the visible checks, the right ones pass"
import json, os, subprocess, sys

import pytest

from notebooks import NBS, ROOT

PAGE = NBS/'05_autograd.ipynb'

MUL = '@vjp(mul)\ndef mul_vjp(g, out, x, y):\n    '
MATMUL = '@vjp(matmul)\ndef matmul_vjp(g, out, x, y):\n'
ACCUMULATE = 'def accumulate_grad(leaf, g, owned):\n'
PASS = '''def backward_pass(waiting):
    while waiting:
        _, recipe = heappop(waiting)
        g, recipe.g = recipe.g, None
        for parent, answer in zip(recipe.parents or (), ask_rule(recipe, g)):
            if parent is None: continue
            answer = fitted(recipe.op, answer, parent.shape)
            if not isinstance(parent, Recipe): accumulate_grad(parent, answer, {owned})
            elif parent.g is None:
                parent.g = answer
                heappush(waiting, (parent.number, parent))
            else: {again}
        {free}
'''
FREE = 'recipe.inputs = recipe.parents = recipe.out = recipe.settings = None'
OWNED = 'answer is not g and answer.base is None'
CHECK = '''def gradcheck(f, *inputs, rtol=1e-5, atol=1e-7):
    leaves = [Tensor(np.array(x, dtype=np.float64), requires_grad=True) for x in inputs]
    out = f(*leaves)
    weights = {weights}
    out.backward(weights.copy())
    def number():
        with no_grad(): return (f(*leaves).data*weights).sum()
    for i, leaf in enumerate(leaves):
        {missing}
        expected = numerical_gradient(number, leaf.data)
        wrong = ~np.isclose(found, expected, rtol=rtol, atol=atol)
        if wrong.any(): raise differs(i, found, expected, wrong)
    return True
'''
RANDOM, FOUND = 'np.random.default_rng(7).normal(size=out.shape)', 'found = leaf.grad if leaf.grad is not None else np.zeros(leaf.shape)'
ENTROPY = '''@vjp(softmax_cross_entropy)
def softmax_cross_entropy_vjp(g, p, logits, labels, sample_weights=1., summed=True):
'''

WRONG = {
    'mul_vjp adds up': ('mul_vjp', MUL + 'return lambda: (g*y).sum(), lambda: (g*x).sum()'),
    'mul_vjp makes numbers': ('mul_vjp', MUL + 'return lambda: float(g*y), lambda: float(g*x)'),
    'mul_vjp returns a list': ('mul_vjp', MUL + 'return [g*y, g*x]'),
    'unbroadcast forgets keepdims': ('unbroadcast', '''def unbroadcast(g, shape):
    while g.ndim > len(shape): g = g.sum(0)
    for i, n in enumerate(shape):
        if n == 1: g = g.sum(i)
    return g'''),
    'matmul_vjp transposes batches': ('matmul_vjp', MATMUL + '    return lambda: g @ y.T, lambda: x.T @ g'),
    'matmul_vjp knows no vectors': ('matmul_vjp', MATMUL + '    return lambda: g @ y.swapaxes(-1, -2), lambda: x.swapaxes(-1, -2) @ g'),
    'accumulate_grad keeps another dtype': ('accumulate_grad', ACCUMULATE + '''    if leaf._grad is not None: leaf._grad += g
    elif owned: leaf._grad = g
    else: leaf._grad = g.copy()'''),
    'accumulate_grad keeps what is not its own': ('accumulate_grad', ACCUMULATE + '''    if leaf._grad is not None: leaf._grad += g
    else: leaf._grad = np.asarray(g, leaf.dtype, order='C')'''),
    'backward_pass adds in place': ('backward_pass', PASS.format(owned=OWNED, again='parent.g += answer', free=FREE)),
    'backward_pass owns everything': ('backward_pass', PASS.format(owned=True, again='parent.g = parent.g + answer', free=FREE)),
    'backward_pass frees nothing': ('backward_pass', PASS.format(owned=OWNED, again='parent.g = parent.g + answer', free='pass')),
    'backward_pass overwrites': ('backward_pass', PASS.format(owned=OWNED, again='parent.g = answer', free=FREE)),
    'gradcheck skips leaves without a gradient': ('gradcheck', CHECK.format(weights=RANDOM, missing='if leaf.grad is None: continue\n        found = leaf.grad')),
    'gradcheck weighs all alike': ('gradcheck', CHECK.format(weights='np.ones(out.shape)', missing=FOUND)),
    'softmax_cross_entropy_vjp writes into p': ('softmax_cross_entropy_vjp', ENTROPY + '''    scale = np.asarray(g*sample_weights, p.dtype).reshape(-1, 1)
    gradient = p.reshape(-1, p.shape[-1])
    gradient[np.arange(len(gradient)), labels.reshape(-1)] -= 1
    return (gradient*scale).reshape(p.shape),'''),
    'sigmoid_vjp takes x': ('sigmoid_vjp', '@vjp(sigmoid)\ndef sigmoid_vjp(g, out, x):\n    return g*x*(1 - x),'),
}

RIGHT = {
    'mul_vjp with names': ('mul_vjp', MUL + 'to_x = lambda: y*g\n    to_y = lambda: x*g\n    return to_x, to_y'),
    'mul_vjp at once': ('mul_vjp', MUL + 'return y*g, x*g'),
    'unbroadcast axis by axis': ('unbroadcast', '''def unbroadcast(g, shape):
    while g.ndim > len(shape): g = sum_over(g, 0)
    for i, n in enumerate(shape):
        if n == 1 and g.shape[i] != 1: g = sum_over(g, i, keepdims=True)
    return np.asarray(g)'''),
    'matmul_vjp by cases': ('matmul_vjp', MATMUL + '''    if x.ndim == y.ndim == 1: return g*y, g*x
    if x.ndim == 1: return np.squeeze(y @ g[..., None], -1), x[:, None]*g[..., None, :]
    if y.ndim == 1: return g[..., None]*y, (np.swapaxes(x, -1, -2) @ g[..., None])[..., 0]
    return np.matmul(g, np.swapaxes(y, -1, -2)), np.matmul(np.swapaxes(x, -1, -2), g)'''),
    'accumulate_grad always copies on its first call': ('accumulate_grad', ACCUMULATE + '''    if leaf._grad is None and owned and g.dtype == leaf.dtype and g.flags['C_CONTIGUOUS']:
        leaf._grad = g
        return
    if leaf._grad is None: leaf._grad = np.zeros(leaf.shape, leaf.dtype)
    leaf._grad += g'''),
    'backward_pass in other words': ('backward_pass', PASS.format(owned=OWNED, again='parent.g = np.add(answer, parent.g)', free=FREE)),
    'gradcheck in other words': ('gradcheck', CHECK.format(weights=RANDOM, missing=FOUND)),
    'sigmoid_vjp at once': ('sigmoid_vjp', '@vjp(sigmoid)\ndef sigmoid_vjp(g, out, x):\n    return g*(out - out**2),'),
    'softmax_cross_entropy_vjp with one-hot rows': ('softmax_cross_entropy_vjp', ENTROPY + '''    scale = np.broadcast_to(g*sample_weights, labels.shape)[..., None]
    return (p*(np.any(p, -1, keepdims=True)) - np.eye(p.shape[-1])[labels])*scale,'''),
}

PROGRAM = '''
import json, os, sys
from break_exercises import Run
from notebooks import Page
run, asked, found = Run(Page(sys.argv[1])), json.load(sys.stdin), {}
out, sys.stdout = sys.stdout, open(os.devnull, 'w')
place = {name: i for i, step in enumerate(run.steps) for name in step.named('exercise')}
for name, (exercise, code) in asked.items(): found[name] = run.broken(place[exercise], code, run.last_check(exercise)) is None
print(json.dumps(found), file=out)
'''

@pytest.fixture(scope='module')
def noticed():
    "{name of a solution: did a check complain?}"
    done = subprocess.run([sys.executable, '-c', PROGRAM, str(PAGE)], input=json.dumps({**WRONG, **RIGHT}), capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': os.pathsep.join([str(ROOT/'tests'), str(ROOT)])})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

@pytest.mark.parametrize('name', WRONG)
def test_a_wrong_solution_is_caught(noticed, name): assert noticed[name], WRONG[name][1]

@pytest.mark.parametrize('name', RIGHT)
def test_a_right_solution_passes(noticed, name): assert not noticed[name], RIGHT[name][1]
