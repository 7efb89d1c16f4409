"""Write a stub beside each module of the package, so that editors see what the pages hang on their classes

    python scripts/make_stubs.py            (writes tinytorch/**/*.pyi, whole, and deletes stubs of modules that are gone)

An editor reads a module without running it: a method that `@patch` hangs on a class, and a function that `op` makes, are
invisible to it. A stub says the same in the form editors know: every method under its class, wherever it was written. What a
loop hangs on a class is in no syntax tree, so the modules are imported and asked as well."""
import ast, importlib, inspect, sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT/'tinytorch'
HEAD = '# Made by scripts/make_stubs.py from the module beside it; do not edit.\n'
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
KEPT = {'property', 'staticmethod', 'classmethod', 'contextmanager', 'dataclass', 'cache', 'lru_cache'}  # decorators an editor understands
CONSTANTS = {str: 'str', int: 'int', float: 'float', bool: 'bool', bytes: 'bytes'}
DISPLAYS = {ast.Dict: 'dict', ast.List: 'list', ast.Tuple: 'tuple', ast.Set: 'set', ast.JoinedStr: 'str', ast.DictComp: 'dict', ast.ListComp: 'list'}

def module_files(): return sorted(p for p in PACKAGE.rglob('*.py') if p.name not in ('__init__.py', '_modidx.py'))

def module_name(path): return '.'.join(path.relative_to(ROOT).with_suffix('').parts)

def name_of(decorator):
    "`patch`, `op`, `vjp`…: the last word of what is called"
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(call).rpartition('.')[2]

def is_patched(node): return isinstance(node, FUNCTION) and any(name_of(d) == 'patch' for d in node.decorator_list)

def absolute(module, node):
    "The full name of the module that the import `node`, in `module`, asks for"
    if not node.level: return node.module
    above = module.split('.')[:-node.level]
    return '.'.join([*above, *filter(None, [node.module])])

class Source:
    "A module as it is written: its tree, and for each class it names, the module the class comes from"
    def __init__(self, path):
        self.path, self.name = path, module_name(path)
        self.tree = ast.parse(path.read_text(encoding='utf-8'))
        self.home = {node.name: self.name for node in self.tree.body if isinstance(node, ast.ClassDef)}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names: self.home.setdefault(alias.asname or alias.name, absolute(self.name, node))

def doc_of(node, indent):
    doc = ast.get_docstring(node, clean=False)
    return f'\n{indent}    {ast.unparse(ast.Constant(doc))}' if doc else ''

def arguments(node, drop_annotation_of_first=False):
    args = node.args
    if drop_annotation_of_first: (args.posonlyargs + args.args)[0].annotation = None
    return ast.unparse(args).replace('lambda :', 'lambda:')  # as Python before 3.11 writes it

def function_lines(node, indent='', method=False, returns=None, name=None):
    "The stub of a function, with its docstring"
    kept = [f'{indent}@{ast.unparse(d)}' for d in node.decorator_list if name_of(d) in KEPT]
    returned = ast.unparse(node.returns) if node.returns else returns
    arrow = f' -> {returned}' if returned else ''
    return [*kept, f'{indent}def {name or node.name}({arguments(node, method)}){arrow}:{doc_of(node, indent)}\n{indent}    ...']

def keyword(call, name): return next((k.value for k in call.keywords if k.arg == name), None)

def property_lines(name, call, indent):
    doc = keyword(call, 'doc')
    text = f'\n{indent}    {ast.unparse(doc)}' if isinstance(doc, ast.Constant) else ''
    lines = [f'{indent}@property', f'{indent}def {name}(self):{text}\n{indent}    ...']
    if len(call.args) > 1: lines += [f'{indent}@{name}.setter', f'{indent}def {name}(self, value): ...']
    return lines

def member_lines(name, value, owner, indent='    '):
    "The stub of `owner.name = value`"
    if isinstance(value, ast.Call) and name_of(value) == 'property': return property_lines(name, value, indent)
    if isinstance(value, ast.Lambda): return [f'{indent}def {name}({ast.unparse(value.args)}): ...']
    if isinstance(value, ast.Attribute) and ast.unparse(value.value) == owner: return [f'{indent}{name} = {value.attr}']
    return [f'{indent}{name}: {type_of(value)}']

def type_of(value):
    if isinstance(value, ast.Constant): return CONSTANTS.get(type(value.value), 'Any')
    return DISPLAYS.get(type(value), 'Any')

def own_attributes(node):
    "Names that the methods of the class `node` assign to `self`"
    found = {}
    for inner in ast.walk(node):
        targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target] if isinstance(inner, (ast.AnnAssign, ast.AugAssign)) else []
        for target in targets:
            for t in ast.walk(target):
                if isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == 'self' and isinstance(t.ctx, ast.Store): found[t.attr] = True
    return list(found)

def told_at_run_time(name, value, indent='    '):
    "The stub of a class attribute that stands in no syntax tree, from its value"
    doc = inspect.getdoc(value)
    text = f'\n{indent}    {doc!r}' if doc else ''
    if isinstance(value, property): return [f'{indent}@property', f'{indent}def {name}(self):{text}\n{indent}    ...']
    if not callable(value): return [f'{indent}{name}: Any']
    ufunc = getattr(value, '__wrapped__', None)
    if isinstance(ufunc, np.ufunc): parameters = f'({", ".join(["self", "other"][:ufunc.nin])})'
    else: parameters = str(inspect.signature(value).replace(return_annotation=inspect.Signature.empty))
    arrow = ' -> Tensor' if hasattr(value, '__wrapped__') else ''
    return [f'{indent}def {name}{parameters}{arrow}:{text}\n{indent}    ...']

def class_lines(node, hung, cls):
    "The stub of the class `cls`; `hung` are the nodes that other cells and modules hang on it"
    bases = f'({", ".join(map(ast.unparse, [*node.bases, *node.keywords]))})' if node.bases or node.keywords else ''
    lines, names = [f'@{ast.unparse(d)}' for d in node.decorator_list if name_of(d) in KEPT], set()
    lines.append(f'class {node.name}{bases}:{doc_of(node, "")}')
    for item in node.body:
        if isinstance(item, FUNCTION): lines += function_lines(item, '    '); names.add(item.name)
        elif isinstance(item, ast.AnnAssign): lines.append(f'    {ast.unparse(item)}'); names.add(item.target.id)
        elif isinstance(item, ast.Assign):
            for target in item.targets:
                if isinstance(target, ast.Name): lines += member_lines(target.id, item.value, node.name); names.add(target.id)
    for item in hung:
        name = item.name if isinstance(item, FUNCTION) else item.targets[0].attr
        names.add(name)
        lines += function_lines(item, '    ', method=True) if isinstance(item, FUNCTION) else member_lines(name, item.value, node.name)
    attributes = [a for a in own_attributes(node) if a not in names]
    lines += [f'    {name}: Any' for name in attributes]
    for name, value in vars(cls).items():
        if not name.startswith('_') and name not in names and name not in attributes and (isinstance(value, property) or not inspect.isdatadescriptor(value)):
            lines += told_at_run_time(name, value)
    return lines + ['    ...']

def made_by_op(call):
    "Names of the inputs of an op made from a function of NumPy, `op(np.add, …)`; None if `call` makes no op"
    if not (isinstance(call, ast.Call) and name_of(call) == 'op' and call.args): return None
    ufunc = getattr(np, ast.unparse(call.args[0]).removeprefix('np.'), None)
    return ['x', 'y'][:ufunc.nin] if isinstance(ufunc, np.ufunc) else None

def op_lines(name, call, inputs):
    doc = call.args[1] if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else None
    return [f'def {name}({", ".join(inputs)}) -> Tensor:' + (f'\n    {ast.unparse(doc)}' if doc else '') + '\n    ...']

def hung_on(source):
    "((module of the class, class), node) for each method or attribute that `source` hangs on a class from outside"
    for node in source.tree.body:
        if is_patched(node):
            cls = ast.unparse((node.args.posonlyargs + node.args.args)[0].annotation)
            yield (source.home.get(cls), cls), node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and isinstance(node.targets[0].value, ast.Name):
            cls = node.targets[0].value.id
            if cls in source.home: yield (source.home[cls], cls), node

def stub(source, hung):
    "The stub of the module `source`, as text"
    body, module = [], importlib.import_module(source.name)
    for node in source.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)): body.append(ast.unparse(node))
        elif isinstance(node, ast.ClassDef): body += class_lines(node, hung.get((source.name, node.name), []), getattr(module, node.name))
        elif isinstance(node, FUNCTION):
            if not is_patched(node): body += function_lines(node, returns='Tensor' if any(name_of(d) == 'op' for d in node.decorator_list) else None)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if not isinstance(target, ast.Name): continue
                inputs = made_by_op(node.value)
                if target.id == '__all__': body.append(ast.unparse(node))
                else: body += op_lines(target.id, node.value, inputs) if inputs else [f'{target.id}: {type_of(node.value)}']
    doc = ast.get_docstring(source.tree)
    head = [HEAD + (ast.unparse(ast.Constant(doc)) if doc else ''), 'from typing import Any']
    return '\n'.join(head + body) + '\n'

def stubs():
    "{path of the stub: its text} for every module"
    sources, hung = [Source(p) for p in module_files()], {}
    for source in sources: importlib.import_module(source.name)  # all of them, before any is asked
    for source in sources:
        for owner, node in hung_on(source): hung.setdefault(owner, []).append(node)
    return {s.path.with_suffix('.pyi'): stub(s, hung) for s in sources}

def main():
    made = stubs()
    for path in PACKAGE.rglob('*.pyi'):
        if path not in made: path.unlink()
    for path, text in made.items(): path.write_text(text, encoding='utf-8', newline='\n')

if __name__ == '__main__':
    sys.path.insert(0, str(ROOT))
    main()
