"""Build the pages as a website that opens without a network, from _quarto.yml's sidebar, without Quarto: Sphinx, MyST-NB and Furo.

    python scripts/build_site.py            into _docs/
    python scripts/build_site.py FOLDER     into FOLDER, which is written whole or stays as it was

Nothing is run: the stored outputs are shown. A formula becomes MathML, which browsers set themselves. A warning is an error."""
import json, os, re, shutil, sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT/'scripts')]
from quarto_filter import prepare
from tinytorch.course import install_line, read_page, read_settings

SETTINGS = read_settings(ROOT)

# what Sphinx is to read

def sections(sidebar, caption=''):
    "(caption, notebooks) for each part of _quarto.yml's sidebar"
    loose = [item for item in sidebar if isinstance(item, str)]
    if loose: yield caption, loose
    for item in sidebar:
        if not isinstance(item, str): yield from sections(item['contents'], item['section'])

def numbered(page): return page.title if page.number is None else f'{page.number:02} {page.title}'

def front(site):
    "The first page: what the course is, and every page by its title, with what it promises"
    yield f"# {site['title']}\n\n{site['description']}.\n"
    for caption, files in sections(site['sidebar']['contents']):
        yield f'\n## {caption}\n' if caption else ''
        titles = {file: numbered(read_page(ROOT/file)) for file in files}
        for file, title in titles.items(): yield f'- [{title}]({file}): {read_page(ROOT/file).promise}'
        options = [':hidden:', *([f':caption: {caption}'] if caption else [])]
        yield '\n'.join(['\n```{toctree}', *options, '', *(f'{title} <{file}>' for file, title in titles.items()), '```\n'])

def elsewhere(source, file):
    "Markdown in which links that lead out of the site go to the repository"
    def moved(found):
        target, _, anchor = found[1].partition('#')
        if not target or '://' in target or target.endswith('.ipynb'): return found[0]
        path = os.path.relpath((ROOT/file).parent/target, ROOT)
        if not (ROOT/path).exists(): raise FileNotFoundError(f'{file} links to {target}, which is not there')
        kind = 'tree' if (ROOT/path).is_dir() else 'blob'
        return f"]({SETTINGS['git_url']}/{kind}/{SETTINGS['branch']}/{Path(path).as_posix()}{'#'*bool(anchor)}{anchor})"
    return re.sub(r'\]\(([^)\s]+)\)', moved, source)

def write_sources(folder, site):
    "The notebooks as Sphinx is to read them, without nbdev's directives, and the first page"
    for _, files in sections(site['sidebar']['contents']):
        for file in files:
            notebook = prepare(json.loads((ROOT/file).read_text(encoding='utf-8')))
            for cell in notebook['cells']:
                if cell['cell_type'] == 'markdown': cell['source'] = elsewhere(''.join(cell['source']), file)
            (folder/file).parent.mkdir(parents=True, exist_ok=True)
            (folder/file).write_text(json.dumps(notebook), encoding='utf-8')
    (folder/'index.md').write_text('\n'.join(front(site)), encoding='utf-8')
    (folder/'narrow.css').write_text(NARROW, encoding='utf-8')

# how it looks

NARROW = '''
table, .output.text_html, div.math { display: block; max-width: 100%; overflow-x: auto; }
div.math { padding: .6em 0; }
.cell_output img, .cell_output svg { max-width: 100%; height: auto; }
h1, h2, h3, p, li { overflow-wrap: anywhere; }
'''

def configuration(site):
    return {
        'project': site['title'], 'author': SETTINGS['author'], 'copyright': SETTINGS['copyright'], 'html_title': site['title'],
        'extensions': ['myst_nb', 'site_formulas'], 'html_math_renderer': 'mathml',
        'nb_execution_mode': 'off', 'myst_enable_extensions': ['dollarmath'], 'myst_heading_anchors': 4,
        'html_theme': 'furo', 'html_static_path': ['narrow.css'], 'html_css_files': ['narrow.css'],
        'html_copy_source': False, 'html_show_sourcelink': False, 'html_last_updated_fmt': None, 'html_use_index': False,
        'html_show_search_summary': False,  # it would be fetched, which a browser refuses for files
        'html_theme_options': {'source_repository': SETTINGS['git_url'], 'source_branch': SETTINGS['branch'], 'source_directory': ''}}

def build(target):
    "Write the site into the folder `target`"
    try:
        import furo, latex2mathml, myst_nb, yaml
        from sphinx.application import Sphinx
    except ModuleNotFoundError as error: raise SystemExit(f"the site needs {error.name}: {install_line('site')}") from error
    site = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))['website']
    with TemporaryDirectory() as name:
        source, made, notes = (Path(name).resolve()/part for part in ('source', 'made', 'notes'))
        source.mkdir()
        write_sources(source, site)
        app = Sphinx(source, None, made, notes, 'html', configuration(site), status=None, warningiserror=True)
        app.build()
        if app.statuscode: raise SystemExit(app.statuscode)
        replace(made, target)

def replace(made, target):
    "Put the folder `made` where `target` is or was; what was there goes only when the new one stands beside it"
    beside = target.with_name(f'{target.name}.partial')
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(made, beside)
    if target.exists(): shutil.rmtree(target)
    beside.rename(target)

def main(*words):
    target = Path(words[0]) if words else ROOT/SETTINGS['doc_path']
    build(target.resolve())
    print(f'{target/"index.html"}: open it in a browser')

if __name__ == '__main__': main(*sys.argv[1:])
