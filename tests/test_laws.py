"The laws of ops over every op of the package, whatever page it stands on: finite differences, float32 stays float32, inputs unchanged"
from importlib import import_module

import numpy as np
import pytest

from notebooks import modules
from tinytorch.core.autograd import vjp_rules
from tinytorch.core.opcheck import check_op, samples
from tinytorch.core.tensor import Tensor, op

CODES = 'its weights are whole numbers, fixed when the model was quantized; training goes on from the float model'
EXEMPT = {**dict.fromkeys(['int8_linear', 'int8_conv2d', 'int8_lookup', 'int8_logits'], CODES),
          'sparse_linear': 'its weights were stored without zeros for inference; training goes on from the pruned model'}

def kinds():
    "The code of every closure that `op` makes: of one, two, three and any number of inputs"
    made = [op(lambda x: x), op(lambda x, y: x), op(lambda x, y, z: x), op(lambda *xs: xs[0])]
    return {call.__code__ for call in made}

def ops():
    "{name: op} of all modules that pages export"
    codes, found = kinds(), {}
    for name in modules():
        for thing in vars(import_module(name)).values():
            if getattr(thing, '__code__', None) in codes: found[thing.__name__] = thing
    return found

ops = ops()
each_op = pytest.mark.parametrize('name', sorted(set(ops) - set(EXEMPT)))

def test_there_are_ops_and_the_exempt_ones_exist():
    assert {'add', 'matmul', 'affine', 'softmax_along', 'softmax_cross_entropy'} <= ops.keys()
    assert EXEMPT.keys() <= ops.keys() and all(EXEMPT.values())

def test_all_ops_but_the_exempt_have_a_rule(): assert {operation.__name__ for operation in vjp_rules} == set(ops) - set(EXEMPT)

@each_op
def test_op_obeys_the_laws(name): assert check_op(ops[name]) == len(samples[ops[name]]) > 0

@each_op
def test_rule_answers_float32_with_float32(name):
    "A gradient in float64 would be right, and silently take twice the time"
    rng = np.random.default_rng(0)
    for shapes, within, settings in samples[ops[name]]:
        if 'dtype' in settings: continue  # a cast
        settings = {k: v.astype(np.float32) if getattr(v, 'dtype', None) == np.float64 else v for k, v in settings.items()}
        leaves = [Tensor(rng.uniform(*within, shape).astype(np.float32), requires_grad=True) for shape in shapes]
        recipe = ops[name](*leaves, **settings).recipe
        g = np.ones(recipe.shape, np.float32)
        answers = vjp_rules[ops[name]](g, recipe.out, *recipe.inputs, **recipe.settings)
        assert {np.asarray(a() if callable(a) else a).dtype for a in answers} == {np.dtype(np.float32)}
