"What the documents tell people to type works, and what they point to exists"
import os, re, shlex, shutil, subprocess, sys
from urllib.parse import parse_qs, urlparse

import pytest, yaml

from notebooks import ROOT, modules, pages, settings
from test_tree import committed
from tinytorch.workspace import learner_pages

sys.path.insert(0, str(ROOT/'scripts'))
import notebook_table

DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', *sorted(p.relative_to(ROOT).as_posix() for p in (ROOT/'docs').glob('*.md'))]
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
        made_before = any(('.' in word or '/' in word) and not (folder/word).exists() for word in rest)
        run_tito(rest[:2 if rest[:1] == ['module'] else 1] + ['--help'] if starts_much or made_before else rest, folder)
    elif program == 'python': run([sys.executable, '-m', 'py_compile', rest[0]], ROOT)
    elif words[:2] == ['git', 'tag']: assert re.fullmatch(r'v\d+\.\d+\.\d+', words[3])
    elif program == 'git': assert rest[0] in ('status', 'commit', 'push')
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
        name = opened.removeprefix('lab/tree/')  # in a workspace, which is flat
        return next((page.path.relative_to(ROOT).as_posix() for page in learner_pages() if page.path.name == name), name)
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
    wrong = [found for t in targets(text(name)) if (found := lost(t, (ROOT/name).parent, text(name)))]
    assert not wrong

@pytest.mark.parametrize('page', pages(), ids=repr)
def test_links_in_pages_exist(page):
    prose = '\n\n'.join(c.source for c in page.prose)
    wrong = [found for t in targets(prose) if not t.startswith('#') and (found := lost(t, page.path.parent, prose))]
    assert not wrong

@pytest.mark.parametrize('url, path', [
    (f'https://mybinder.org/v2/gh/{OURS}/{BRANCH}?urlpath=lab/tree/00_start.ipynb', 'nbs/00_start.ipynb'),
    (f'https://mybinder.org/v2/gh/{OURS}/{BRANCH}?urlpath=lab/tree/xor.ipynb', 'nbs/milestones/xor.ipynb'),
    (f'https://mybinder.org/v2/gh/{OURS}/{BRANCH}?urlpath=lab/tree/course.ipynb', 'course.ipynb'),  # is in no workspace
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

def test_readme_leads_to_every_numbered_page():
    missing = [page.name for page in pages() if page.number is not None and f'(nbs/{page.path.name})' not in text('README.md')]
    assert not missing

CHANGING = [r'\d+ (?:passed|failed|skipped|tests)', r'\b\d+(?:\.\d+)? ?(?:s|ms|µs|sec|seconds|minutes)\b', r'\d(?:\.\d+)? times (?!as many)',
            r'\d ?%', r'\b(?:slower|faster than)\b', r'\b\d(?:[\d,]*\d)? (?:bytes|kB|MB)\b']

def changing(markdown): return [found[0] for pattern in CHANGING for found in re.finditer(pattern, markdown)]

def test_readme_says_nothing_that_changes_with_every_run():
    assert not changing(text('README.md'))

@pytest.mark.parametrize('line', ['4699 passed, 2 skipped in 100.42s', 'speed     slower: 0.30 times as fast', '98.05% to 97.77% on 359 test images',
                                  '66,136 bytes smaller', 'it ended after 5 seconds', 'both name 98 % correctly'])
def test_what_changes_is_noticed(line): assert changing(line)

def test_picture_of_a_page_is_small_and_described():
    [(words, file)] = re.findall(r'!\[([^\]]*)\]\(([^)]+)\)', text('README.md'))
    assert len(words) > 40 and (ROOT/file).stat().st_size <= 150_000

# what is written from the pages

def written(file, name): return notebook_table.between_marks(text(file), name)[1]

def test_launch_links_are_the_pages():
    assert written('docs/launch.md', 'notebooks') == notebook_table.table(), 'run python scripts/notebook_table.py'

@pytest.mark.parametrize('name, made', [('places', notebook_table.places), ('same', notebook_table.same), ('different', lambda: notebook_table.changed('DIFFERENT')),
                                        ('absent', lambda: notebook_table.changed('ABSENT'))], ids=lambda value: value if isinstance(value, str) else '')
def test_from_pytorch_is_what_the_tests_run(name, made):
    assert written('docs/from-pytorch.md', name) == made(), 'run python scripts/notebook_table.py'

def test_every_page_can_be_launched():
    missing = [page.name for page in pages() if f'(../{page.path.relative_to(ROOT).as_posix()})' not in text('docs/launch.md')]
    assert not missing

def test_floors_name_every_module():
    described, exported = set(notebook_table.described(text('docs/DESIGN.md'))), {name.removeprefix('tinytorch.') for name in modules()}
    assert described == exported, 'docs/DESIGN.md: a new module gets its row from python scripts/notebook_table.py; the row of one that is gone is taken out by hand'

def test_floors_are_what_the_modules_import():
    assert written('docs/DESIGN.md', 'floors') == notebook_table.floors(text('docs/DESIGN.md')), 'run python scripts/notebook_table.py'

# releases and forms

def test_citation_follows_settings():
    cited = yaml.safe_load(text('CITATION.cff'))
    assert cited['version'] == settings()['version'] and cited['repository-code'] == settings()['git_url']
    assert cited['url'] == settings()['doc_host'] + settings()['doc_baseurl']
    assert {'cff-version', 'message', 'title', 'authors', 'license'} <= cited.keys()

def test_changelog_names_the_version():
    headings = re.findall(r'^## (.+)$', text('CHANGELOG.md'), re.M)
    assert any(settings()['version'] in h for h in headings[:2])
    assert all(re.fullmatch(r'Unreleased(: [\d.]+)?|[\d.]+ \(\d{4}-\d\d-\d\d\)', h) for h in headings)

def forms(): return sorted((ROOT/'.github'/'ISSUE_TEMPLATE').glob('*.yml'))

def test_issue_forms_are_whole():
    "As the hosted service asks: name, description, a body whose fields have an id and a label"
    asked = [yaml.safe_load(p.read_text(encoding='utf-8')) for p in forms() if p.stem != 'config']
    assert len(asked) >= 3
    for form in asked:
        assert {'name', 'description', 'body'} <= form.keys()
        fields = [f for f in form['body'] if f['type'] != 'markdown']
        assert fields and all(f['id'] and f['attributes']['label'] for f in fields)
        assert len({f['id'] for f in fields}) == len(fields)

@pytest.mark.parametrize('name', ['docs/STYLE.md', 'docs/DESIGN.md'])
def test_pull_requests_and_contributors_are_led_to(name):
    assert name in text('CONTRIBUTING.md') and name in text('.github/pull_request_template.md')

# mentions of pages

def without_code(markdown): return re.sub(r'`[^`\n]*`', '', re.sub(r'^```.*?^```', '', markdown, flags=re.M | re.S))

def plain_mentions(markdown, own=None):
    "The pages of the course other than `own` that `markdown` mentions by number without a link, outside code and headings"
    prose = re.sub(r'\[[^\]]*\]\([^)]*\)', '', re.sub(r'^#.*$', '', without_code(markdown), flags=re.M))
    numbers = [n for found in re.findall(r'\b[Pp]ages?\s+(\d\d(?:(?:,| and| to|–|, and)\s*\d\d)*)', prose) for n in re.findall(r'\d\d', found)]
    there = {f'{page.number:02}' for page in pages() if page.number not in (None, own)}
    return [n for n in numbers if n in there]

@pytest.mark.parametrize('page', pages(), ids=repr)
def test_mentioned_pages_are_links(page):
    found = {c.id: m for c in page.prose if (m := plain_mentions(c.source, page.number))}
    assert not found

@pytest.mark.parametrize('prose, found', [
    ('as on page 05.', ['05']), ('pages 02 to 04', ['02', '04']), ('pages 02 and [04](04_losses.ipynb)', ['02']), ('[page 05](05_autograd.ipynb)', []),
    ('## The rules of page 01', []), ('`page 05`', []), ('what page 99 is about', []), ('10 pages 1 time', [])])
def test_plain_mentions(prose, found): assert plain_mentions(prose) == found

# American spelling

BRITISH = re.compile(r"""(?<![A-Za-z])(
    \w*(?:optimi|normali|quanti|initiali|generali|recogni|organi|summari|regulari|vectori|tokeni|seriali|factori|minimi|maximi|standardi|parametri
        |utili|speciali|penali|discreti|saniti|synchroni|visuali|lineari|memori|randomi|reali|emphasi)s(?:e|ed|es|er|ers|ing|ation|ations)
    | \w*colour\w* | \w*behaviour\w* | licence\w* | (?:mis)?learnt | spelt | misspelt | burnt | (?:re)?centr(?:e|es|ed|ing) | grey\w* | favour\w* | neighbour\w* | honour\w*
    | labell(?:ed|ing) | modell(?:ed|ing) | cancell(?:ed|ing) | travell(?:ed|ing) | judgement\w* | analys(?:e|ed|ing) | catalogue\w* | artefact\w*
    | practis(?:e|ed|ing) | whilst | amongst | defence | programme | metres? | fibres? | data[ ]sets? )(?![A-Za-z])""", re.I | re.X)
NAMES = {'Greys'}                    # matplotlib's
FROZEN = {'tinytorch/data/pages.txt', 'tests/test_docs.py'}  # stored with its hash; this list

def british(text): return [word for word in BRITISH.findall(text) if word not in NAMES]

SPELLED = {'.py', '.ipynb', '.md', '.json', '.yml', '.ini', '.cfg', '.cff', '.sh', ''}

def spelled():
    "Every committed text but what is frozen; of a page also what it prints, but no pictures"
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in SPELLED or name in FROZEN or not path.exists(): continue
        if path.suffix != '.ipynb': yield name, path.read_text(encoding='utf-8')
    for page in pages():
        printed = [''.join(o.get('text') or o.get('data', {}).get('text/plain', '')) for c in page.code for o in c.outputs]
        yield page.path.relative_to(ROOT).as_posix(), '\n'.join([c.source for c in page.cells] + printed)

def test_spelling_is_american():
    found = {name: sorted(set(words)) for name, text in spelled() if (words := british(text))}
    assert not found, f'American spelling, please: {found}'

@pytest.mark.parametrize('text, found', [
    ('an optimiser of the colour', ['optimiser', 'colour']), ('two_colours', ['two_colours']), ('Data sets', ['Data sets']), ('dequantised', ['dequantised']),
    ('the raised exercise promises otherwise', []), ('parameters, seriously', []), ("cmap='Greys'", []), ('tokens are raised, realism', [])])
def test_british(text, found): assert british(text) == found
