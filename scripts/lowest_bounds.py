"""Print the lowest versions that settings.ini allows, as constraints for pip: of the core, and of the extras named.

    python scripts/lowest_bounds.py dev,accel > lowest.txt
    pip install -c lowest.txt -e '.[dev,accel]'

`make test BOUNDS=lowest` does both, and runs all tests and pages there."""
import re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # nothing is installed yet when this runs
from tinytorch.course import read_settings

def release(version): return tuple(int(part) for part in version.split('.'))

def lowest(settings, extras):
    "Name → lowest version that the core and all of `extras` allow"
    found = {}
    for key in ['requirements', *(f'{extra}_requirements' for extra in extras)]:
        for requirement in settings[key].split():
            parts = re.fullmatch(r'([\w.-]+)[>=]=([\d.]+)(,.*)?', requirement)
            if not parts: raise ValueError(f'{key}: {requirement} has no lower bound; write name>=1.2 or name==1.2 first')
            name, version, _ = parts.groups()
            found[name] = max(found.get(name, '0'), version, key=release)
    return found

def main(extras=''):
    for name, version in lowest(read_settings(ROOT), [e for e in extras.split(',') if e]).items(): print(f'{name}=={version}')

if __name__ == '__main__': main(*sys.argv[1:])
