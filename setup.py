"Packaging, read from settings.ini so that each fact is written once"
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).resolve().parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf-8')
settings = config['DEFAULT']

# The pages and what lies beside them travel in the package, from where they are: nothing is copied in the repository.
pages = {'tinytorch.pages': 'nbs', 'tinytorch.pages.milestones': 'nbs/milestones', 'tinytorch.pages.mistakes': 'nbs/mistakes',
         'tinytorch.pages.hints': 'nbs/hints', 'tinytorch.pages.tests': 'tests', 'tinytorch.pages.tests.golden': 'tests/golden'}
pages = {package: folder for package, folder in pages.items() if (here/folder).is_dir()}

def extra(name): return settings[f'{name}_requirements'].split()

setup(
    name=settings['lib_name'],
    version=settings['version'],
    description=settings['description'],
    long_description=(here/'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    author=settings['author'],
    author_email=settings['author_email'],
    url=settings['git_url'],
    license='Apache-2.0',
    keywords=settings['keywords'].split(),
    packages=[*find_packages(include=['tinytorch', 'tinytorch.*']), *pages],
    package_dir=pages,
    package_data={'': ['py.typed', '*.pyi'], 'tinytorch': ['data/*', 'data/**/*'], **dict.fromkeys(pages, ['*.ipynb', '*.md', '*.json', '*.txt'])},
    python_requires=f">={settings['min_python']}",
    install_requires=settings['requirements'].split(),
    extras_require={name: extra(name) for name in ('dev', 'accel', 'data', 'wake-vision', 'browser', 'site', 'lite', 'oracle')},
    entry_points={'console_scripts': settings['console_scripts'].split()},
    zip_safe=False,
)
