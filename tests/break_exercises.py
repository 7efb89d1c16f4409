"""Break the exercises of one page, each in several ways, and report which breaks nobody noticed

    python tests/break_exercises.py nbs/05_autograd.ipynb

The report is that of `tinytorch.checking.break_page`, as JSON on stdout. A program of its own, so that tests/conftest.py can
start it on another processor."""
import json, sys

from tinytorch.checking import break_page

if __name__ == '__main__': print(json.dumps(break_page(*sys.argv[1:])))
