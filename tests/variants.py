"""Other bodies of exercises, deposited in nbs/mistakes/, one file for each page: likely mistakes, and other right solutions

    ## mul_vjp

    wrong: each input gets its own value instead of the other's

    ```diff
    -    return lambda: g*y, lambda: g*x
    +    return lambda: g*x, lambda: g*y
    ```

    right: one function for each input

    ```python
    to_x = lambda: y*g
    to_y = lambda: x*g
    return to_x, to_y
    ```

A heading names the exercise. After it come one or more mistakes, each with a sentence that says what is wrong, and as many
right solutions as one likes. A diff has the changed lines of the exercise's cell, whole and indented as they are there; lines
with a space in front stay and say where. A block of Python is what stands in place of the body, under the docstring."""
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tinytorch.course import blank

FOLDER = Path(__file__).parent.parent/'nbs'/'mistakes'
ENTRY = re.compile(r'^(wrong|right): (\S.*)\n\n?```(diff|python)\n((?:.*\n)*?)```\n', re.M)

@dataclass(frozen=True)
class Variant:
    "Another solution of an exercise, and whether it is right"
    kind: str   # 'wrong' or 'right'
    why: str
    form: str   # 'diff' or 'python'
    text: str

    def applied(self, code, name):
        "The `code` of the exercise's cell with this solution; LookupError if it does not fit"
        return blank(code, name, self.text.rstrip('\n')) if self.form == 'python' else patched(code, self.text, name)

def patched(code, diff, name):
    "`code` with the lines of `diff` that have a space or a minus replaced by those that have a space or a plus"
    marks = [(line[:1] or ' ', line[1:]) for line in diff.splitlines()]
    if not {mark for mark, _ in marks} <= set(' -+'): raise LookupError(f'{name}: a line of the diff begins with neither a space, - nor +:\n{diff}')
    old, new = [line for mark, line in marks if mark != '+'], [line for mark, line in marks if mark != '-']
    lines = code.split('\n')
    places = [i for i in range(len(lines)) if old and lines[i:i+len(old)] == old]
    if len(places) != 1: raise LookupError(f'{name}: these lines stand {len(places)} times in its cell, must be once:\n' + '\n'.join(old))
    return '\n'.join(lines[:places[0]] + new + lines[places[0]+len(old):])

def read(text):
    "{exercise: [variants]} of a file's text; ValueError if a part of it is neither a heading nor an entry"
    title, *parts = re.split(r'^## (.+)\n', text, flags=re.M)
    if not re.fullmatch(r'# .+\n\s*', title): raise ValueError(f'expected a title and headings, found {title!r}')
    found = {name.strip(): body for name, body in zip(parts[::2], parts[1::2])}
    if len(found) != len(parts)//2: raise ValueError('an exercise has two headings')
    for name, body in found.items():
        rest = ENTRY.sub('', body).strip()
        if rest: raise ValueError(f'{name}: this is no entry: {rest}')
    return {name: [Variant(*entry) for entry in ENTRY.findall(body)] for name, body in found.items()}

@lru_cache(None)
def variants(stem):
    "{exercise: [variants]} for the page `stem`"
    path = FOLDER/f'{stem}.md'
    return read(path.read_text(encoding='utf-8')) if path.exists() else {}
