"The pages as the tests read them: `tinytorch.course`, and where this checkout is"
from functools import lru_cache
from pathlib import Path

from tinytorch.course import find_pages, floor, imports, read_settings

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT/'nbs'

@lru_cache(None)
def settings(): return read_settings(ROOT)

@lru_cache(None)
def pages(): return find_pages(ROOT)

def modules():
    "Module name → page"
    return {p.module: p for p in pages() if p.module}
