"Public is what docs/API.md lists: every module's `__all__` is its part of that list, and what a user imports by habit is there"
import importlib, re

import pytest

from notebooks import ROOT, modules

def listed():
    "{module: names} as docs/API.md has them"
    parts = re.split(r'^## \[([\w.]+)\]\(.*\)$', (ROOT/'docs'/'API.md').read_text(encoding='utf-8'), flags=re.M)
    return {module: re.findall(r'`(\w+)`', names) for module, names in zip(parts[1::2], parts[2::2])}

def test_every_module_is_listed(): assert listed().keys() == modules().keys()

@pytest.mark.parametrize('module', sorted(modules()))
def test_all_is_the_list(module):
    names = importlib.import_module(module).__all__
    assert sorted(names) == sorted(listed()[module]) and len(set(names)) == len(names)

@pytest.mark.parametrize('module', sorted(modules()))
def test_what_is_listed_is_there_and_documented(module):
    here = importlib.import_module(module)
    for name in listed()[module]:
        thing = getattr(here, name)
        assert not callable(thing) or thing.__doc__, f'{module}.{name} has no docstring'
