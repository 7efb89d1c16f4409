"Stubs beside the modules tell editors what the pages hang on their classes, and agree with what runs"
import ast, importlib, importlib.util, inspect

import jedi
import pytest

from notebooks import ROOT, modules

spec = importlib.util.spec_from_file_location('make_stubs', ROOT/'scripts'/'make_stubs.py')
make_stubs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_stubs)

def test_stubs_are_those_of_the_modules():
    made = make_stubs.stubs()
    assert {p.relative_to(ROOT) for p in (ROOT/'tinytorch').rglob('*.pyi')} == {p.relative_to(ROOT) for p in made}
    old = [p.relative_to(ROOT).as_posix() for p, text in made.items() if p.read_text(encoding='utf-8') != text]
    assert not old, f'{old} are out of date: python scripts/make_stubs.py'

@pytest.mark.parametrize('typed, wanted', [
    ('Tensor([1.]).me', 'mean'), ('Tensor([1.]).backw', 'backward'), ('Tensor([1.]).sum().to', 'tolist'), ('Tensor([1.]).gra', 'grad'),
    ('Trainer(m, o, l).fi', 'fit'), ('Trainer(m, o, l).save_c', 'save_checkpoint'), ('Linear(2, 3).state', 'state_dict'),
    ('Sequential().count_p', 'count_parameters'), ('BenchmarkReport().benchmark_m', 'benchmark_model'),
    ('randn(2, 3).resh', 'reshape'), ('GPT(9, 8, 1, 1, 4).gen', 'generate')])
def test_an_editor_completes(typed, wanted):
    head = '\n'.join(['from tinytorch.core.tensor import Tensor, randn', 'from tinytorch.core.training import Trainer', 'from tinytorch.capstone import BenchmarkReport',
                      'from tinytorch.core.layers import Linear, Sequential', 'from tinytorch.core.transformers import GPT', ''])
    found = [c.name for c in jedi.Script(head + typed, project=jedi.Project(ROOT)).complete()]
    assert wanted in found

def public_classes():
    for module in sorted(modules()):
        for name in importlib.import_module(module).__all__:
            cls = getattr(importlib.import_module(module), name)
            if inspect.isclass(cls) and cls.__module__ == module: yield pytest.param(module, cls, id=f'{module}.{name}')

@pytest.mark.parametrize('module, cls', list(public_classes()))
def test_every_public_attribute_of_a_class_is_in_its_stub(module, cls):
    tree = ast.parse((ROOT/f"{module.replace(chr(46), chr(47))}.pyi").read_text(encoding="utf-8"))
    node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == cls.__name__)
    told = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
    told |= {n.target.id for n in node.body if isinstance(n, ast.AnnAssign)} | {t.id for n in node.body if isinstance(n, ast.Assign) for t in n.targets}
    missing = [n for n in vars(cls) if not n.startswith('_') and n not in told]
    assert not missing, f'the stub of {module}.{cls.__name__} lacks {missing}'
