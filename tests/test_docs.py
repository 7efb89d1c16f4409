"What the documents tell people to type works, and what they point to exists"
import os, re, shlex, shutil, subprocess, sys
from urllib.parse import parse_qs, urlparse

import pytest

from notebooks import ROOT, pages, settings

sys.path.insert(0, str(ROOT/'scripts'))
import notebook_table

DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
OURS = '/'.join(settings()[k] for k in ('user', 'repo'))
BRANCH = settings()['branch']

def text(name): return (ROOT/name).read_text(encoding='utf-8')

def blocks(name, *languages):
    return [body for language, body in re.findall(r'^```(\w*)\n(.*?)^```', text(name), re.M | re.S) if language in languages]

def commands(name, *languages):
    for block in blocks(name, *languages):
        lines = [re.sub(r'\s+#\s.*', '', line).strip() for line in block.splitlines()]
        if any(line.startswith('$ ') for line in lines): lines = [line[2:] for line in lines if line.startswith('$ ')]  # the others are output
        yield from (line for line in lines if line and not line.startswith('#'))

def run(command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding='utf-8', stdin=subprocess.DEVNULL,
                          env={**os.environ, 'PYTHONPATH': str(ROOT), 'MPLBACKEND': 'Agg', 'PYTHONIOENCODING': 'utf-8'})
    assert done.returncode == 0, f'{command}\n{done.stdout}\n{done.stderr}'

# Python

@pytest.mark.parametrize('name', ['README.md', 'CONTRIBUTING.md'])
def test_python_blocks_run(name, tmp_path):
    found = blocks(name, 'python', 'py')
    assert found, f'{name} shows no Python'
    run([sys.executable, '-c', '\n'.join(found)], tmp_path)

# shell

def rehearse(line, folder):
    "Run `line` as far as a test may: what starts the tests, the main job, an installation or a program that stays is only looked at"
    words = shlex.split(line, posix=os.name != 'nt' and '\\' not in line)
    words[0] = words[0].replace('\\', '/').removeprefix('.venv/Scripts/').removeprefix('.venv/bin/')
    program, rest = words[0], words[1:]
    if words[:3] == ['python', '-m', 'pytest']: program, rest = 'pytest', words[3:]
    if program == 'make':
        assert '-n' not in rest
        if os.name != 'nt': run(['make', '-n', *rest], ROOT)
    elif words[:2] == ['git', 'clone']: assert words[2].removesuffix('.git') == settings()['git_url']
    elif program == 'cd': assert rest == [settings()['repo']] or (ROOT/rest[0]).is_dir()
    elif program == 'source': assert (ROOT/rest[0]).is_file()
    elif program == 'activate': assert not rest
    elif words[:3] == ['python', '-m', 'venv']: assert rest[2:] == ['.venv']
    elif 'pip' in words[:3] and 'install' in words:
        assert words[-2] == '-e', f'{line}: the name tinytorch on the public index is a stranger\'s; install from the clone'
        extras = re.fullmatch(r'\.\[([\w,]+)\]', words[-1].strip('\'"'))[1].split(',')
        assert all(f'{extra}_requirements' in settings() for extra in extras)
    elif program == 'pytest': run([sys.executable, '-m', 'pytest', '--collect-only', '-q', *(rest or ['tests/test_docs.py'])], ROOT)  # all of tests/ is being run already
    elif words[:2] == ['jupyter', 'lab']: run([sys.executable, '-m', 'jupyterlab', '--version'], folder)
    elif program == 'nbdev_export': assert shutil.which('nbdev_export', path=os.path.dirname(sys.executable)) and not rest  # tests/test_export.py runs it
    elif program == 'tito':
        starts_much = rest[:1] in (['capstone'], ['test'], ['module'])
        made_before = any('.' in word and not (folder/word).exists() for word in rest)
        run_tito(rest[:2 if rest[:1] == ['module'] else 1] + ['--help'] if starts_much or made_before else rest, folder)
    elif program == 'python': run([sys.executable, '-m', 'py_compile', rest[0]], ROOT)
    else: pytest.fail(f'tests/test_docs.py does not know how to try {line!r}')

def run_tito(words, folder): run([sys.executable, '-c', 'from tinytorch.cli import main; main()', *words], folder)

LINES = sorted({line for name in DOCUMENTS for line in commands(name, 'sh', 'bash', 'console', 'powershell', 'bat')})

@pytest.mark.parametrize('line', LINES)
def test_shell_line_works(line, tmp_path): rehearse(line, tmp_path)

def test_readme_has_the_commands():
    unix, windows = list(commands('README.md', 'sh', 'bash', 'console')), list(commands('README.md', 'powershell', 'bat'))
    assert {'make capstone', 'make test', 'source scripts/activate-tinytorch'} <= set(unix)
    jobs = {line.replace('.venv\\Scripts\\', '') for line in windows}
    assert {'tito capstone', 'pytest', 'pytest --nbval nbs/'} <= jobs

# links

def slug(heading):
    "GitHub's anchor for a heading"
    return re.sub(r'[^\w\- ]', '', re.sub(r'[`*]', '', heading).lower()).replace(' ', '-')

def headings(markdown): return {slug(h) for h in re.findall(r'^#+ +(.+?) *$', re.sub(r'^```.*?^```', '', markdown, flags=re.M | re.S), re.M)}

def targets(markdown):
    prose = re.sub(r'`[^`\n]*`', '', re.sub(r'^```.*?^```', '', markdown, flags=re.M | re.S))
    yield from re.findall(r'\]\(\s*<?([^)\s>]+)', prose)
    yield from re.findall(r'^\[[^\]]+\]:\s*(\S+)', prose, re.M)
    yield from re.findall(r'(?:href|src)=["\']([^"\']+)', prose)
    yield from re.findall(r'<(https?://[^>\s]+)>', prose)

def repository_path(url):
    "The file of this repository that `url` opens: a path, '' for its front page, None for other people's pages"
    at, ours = urlparse(url), OURS.split('/')
    parts = at.path.strip('/').split('/')
    if at.netloc == 'mybinder.org':
        assert parts == ['v2', 'gh', *ours, BRANCH], url
        [opened] = parse_qs(at.query)['urlpath']
        assert opened.startswith('lab/tree/'), url
        return opened.removeprefix('lab/tree/')
    if at.netloc == 'colab.research.google.com':
        assert parts[:5] == ['github', *ours, 'blob', BRANCH], url
        return '/'.join(parts[5:])
    if at.netloc == 'github.com' and parts[:2] == ours: return '/'.join(parts[4:]) if parts[2:3] in (['blob'], ['tree'], ['raw']) else ''
    if at.netloc == 'raw.githubusercontent.com' and parts[:2] == ours: return '/'.join(parts[3:])

def lost(target, folder, markdown):
    "What is wrong with `target`, found in `markdown` which stands in `folder`; '' if nothing is"
    if target.startswith(('mailto:', 'data:', 'attachment:')): return ''
    if target.startswith(('http://', 'https://')):
        path = repository_path(target)
        return f'{target} opens nothing' if path and not (ROOT/path).exists() else ''
    path, _, anchor = target.partition('#')
    file = (folder/path).resolve() if path else None
    if file and not (file.exists() and file.is_relative_to(ROOT)): return f'{target} is not there'
    if anchor and (file is None or file.suffix == '.md'):
        if anchor not in headings(file.read_text(encoding='utf-8') if file else markdown): return f'{target}: no such heading'
    return ''

@pytest.mark.parametrize('name', DOCUMENTS)
def test_links_into_the_repository_exist(name):
    wrong = [found for t in targets(text(name)) if (found := lost(t, ROOT, text(name)))]
    assert not wrong

@pytest.mark.parametrize('page', pages(), ids=repr)
def test_links_in_pages_exist(page):
    prose = '\n\n'.join(c.source for c in page.prose)
    wrong = [found for t in targets(prose) if not t.startswith('#') and (found := lost(t, page.path.parent, prose))]
    assert not wrong

@pytest.mark.parametrize('url, path', [
    (f'https://mybinder.org/v2/gh/{OURS}/{BRANCH}?urlpath=lab/tree/nbs/00_start.ipynb', 'nbs/00_start.ipynb'),
    (f'https://colab.research.google.com/github/{OURS}/blob/{BRANCH}/nbs/00_start.ipynb', 'nbs/00_start.ipynb'),
    (f'https://github.com/{OURS}/blob/{BRANCH}/LICENSE', 'LICENSE'),
    ('https://numpy.org/doc/stable/', None)])
def test_repository_path(url, path): assert repository_path(url) == path

@pytest.mark.parametrize('url', [
    f'https://mybinder.org/v2/gh/somebody/else/{BRANCH}?urlpath=lab/tree/nbs/00_start.ipynb',
    f'https://colab.research.google.com/github/{OURS}/blob/other/nbs/00_start.ipynb'])
def test_launch_links_to_other_places_are_refused(url):
    with pytest.raises(AssertionError): repository_path(url)

# README.md

def test_readme_is_short():
    assert len(text('README.md').splitlines()) < 100

def test_readme_lists_every_notebook():
    assert notebook_table.table() in text('README.md'), 'run python scripts/notebook_table.py'
    missing = [page.stem for page in pages() if f'(nbs/{page.path.name})' not in text('README.md') and page.path.parent == ROOT/'nbs']
    assert not missing
