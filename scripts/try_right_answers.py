"""Run each page's behavior tests on a learner's package: with the course's answers, then with the stored right ones

    python scripts/try_right_answers.py [02_activations ...]   (no names: all pages, which takes a quarter of an hour)

A test that refuses a right answer is mended, or marked `house` if it asks what no page asks. Exit code 1 if one does."""
import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT/'tests')]
from learner import put, reference, stored
from tinytorch.course import find_pages
from tinytorch.exercises import reference_page
from tinytorch.learning import behavior_tests, tests_of
from tinytorch.workspace import HOUSE, init

def failures(ws, stem, answers):
    "Names of the tests of a page that fail with `answers`, {exercise: code}, in place of the course's"
    names = [name for name, _ in reference_page(stem).exercises]
    for name in names: put(ws, name, answers.get(name, reference(stem, name)))
    ws.export(stem)
    return {failure['name'] for failure in behavior_tests(ws, ws.page(stem))['failures']}

def rounds(stem):
    "{exercise: code} with the first right answer of each, the second, and so on"
    rights = {name: stored(stem, name, 'right') for name, _ in reference_page(stem).exercises}
    for i in count():
        found = {name: codes[i] for name, codes in rights.items() if len(codes) > i}
        if not found: return
        yield found

def try_page(stem, folder):
    "How many right answers of a page its tests refuse; each is said"
    ws = init(folder, pages=[stem])
    base, tried, refused = failures(ws, stem, {}), 0, 0
    for test in sorted(base): print(f'  the course fails {test}')
    for answers in rounds(stem):
        tried += len(answers)
        if not failures(ws, stem, answers) - base: continue
        for name, code in answers.items():
            lost = failures(ws, stem, {name: code}) - base
            refused += bool(lost)
            if lost: print(f'  {name} refused by {", ".join(sorted(lost)[:4])}')
    print(f'{stem}: {tried} right answers, {refused} refused', flush=True)
    return refused + len(base)

def main(*stems):
    pages = [page for page in find_pages(ROOT) if page.stem not in HOUSE and page.exercises and (not stems or page.stem in stems)]
    with TemporaryDirectory() as place: wrong = sum(try_page(page.stem, Path(place)/page.stem) for page in pages if tests_of(page))
    return wrong > 0

if __name__ == '__main__': sys.exit(main(*sys.argv[1:]))
