"""Write the prose of the pages, as it stands, into tinytorch/data/pages.txt: the course's own small text

    python scripts/freeze_text.py

The text is frozen: it is written once for a version, and its card (tinytorch/data/pages.json) holds its length and SHA-256,
which this script prints. Running it again after the pages have changed makes another text, which needs another version."""
import hashlib, re, sys
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tinytorch.course import find_pages

PLAIN = {'×': 'x', '−': '-', '–': '-', '…': '...'}
SEED = 2017  # the year of "Attention is all you need"; the order of the sections was drawn once with it

def plain(paragraph):
    "The paragraph without marks, or None if it is a formula, a table, code, or needs more than ASCII"
    text = paragraph.strip()
    if any(mark in text for mark in ('$', '```', '|', '\\')) or text.startswith('<'): return None
    text = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', text)           # a link is its words
    text = re.sub(r'^(#+|>) ', '', text, flags=re.M).replace('*', '').replace('`', '')
    for mark, letters in PLAIN.items(): text = text.replace(mark, letters)
    text = '\n'.join(' '.join(line.split()) for line in text.splitlines())
    return text if text.isascii() and not text[:1].islower() else None  # small letter: the rest of a formula's sentence

def sections(page):
    "The sections of a page, each its heading and the paragraphs under it"
    prose = '\n\n'.join(cell.source for cell in page.prose)
    for section in re.split(r'^(?=#)', prose, flags=re.M):
        kept = [text for text in map(plain, re.split(r'\n\s*\n', section)) if text]
        if len(kept) > 1: yield '\n\n'.join(kept)

def main():
    found = list(dict.fromkeys(s for page in find_pages(ROOT) for s in sections(page)))
    Random(SEED).shuffle(found)
    text = '\n\n'.join(found) + '\n'
    (ROOT/'tinytorch'/'data'/'pages.txt').write_text(text, encoding='ascii', newline='\n')
    print(len(found), 'sections', len(text), 'characters', len(set(text)), 'different', hashlib.sha256(text.encode()).hexdigest())

if __name__ == '__main__': main()
