"A learner for the tests: writes into the notebooks of a workspace what one would type in JupyterLab"
import json, re

from tinytorch.course import Cell, blank
from tinytorch.exercises import reference_page, variants

def put(ws, name, code):
    "Let `code` stand in the cell of exercise `name`, under its directives"
    page, cell = ws.exercise(name)
    change(page.path, lambda raw: {**raw, 'source': cell.source.replace(cell.code, code)} if ''.join(raw['source']) == cell.source else raw)

def change(path, each):
    "Let `each` change, copy (a list) or delete (None) the cells of the notebook at `path`"
    book = json.loads(path.read_text(encoding='utf-8'))
    made = map(each, book['cells'])
    book['cells'] = [cell for found in made for cell in (found if isinstance(found, list) else [found] if found else [])]
    path.write_text(json.dumps(book, ensure_ascii=False), encoding='utf-8')

def reference(stem, name):
    "The course's code of an exercise"
    return dict(reference_page(stem).exercises)[name].code

def core(stem): return [name for name, cell in reference_page(stem).core]

def stored(stem, name, kind):
    "The code of an exercise with each stored mistake ('wrong') or other right solution ('right')"
    return [variant.applied(reference(stem, name), name) for variant in variants(stem).get(name, []) if variant.kind == kind]

def body(ws, name, text):
    "Let `text` be the body of exercise `name`"
    put(ws, name, blank(ws.exercise(name)[1].code, name, text))

def solve(ws, stem, names=None):
    "Write the course's code of all core exercises of a page, or of `names`; whole cells at once"
    wanted = {name: reference(stem, name) for name in names or core(stem)}
    def written(raw):
        cell = Cell(raw)
        found = [name for name in cell.named('exercise') if name in wanted]
        return {**raw, 'source': cell.source.replace(cell.code, wanted[found[0]])} if found else raw
    change(ws.path(stem), written)
