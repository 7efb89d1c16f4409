"What a browser would see in a page of HTML, for the tests of pages that the course writes"
from html.parser import HTMLParser

class Reader(HTMLParser):
    "The elements, their attributes, the text outside scripts and styles; an AssertionError if an element is closed that is not open"
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], [], []
        self.feed(html)
    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.attributes += attributes
        if name != 'meta': self.open.append(name)
    def handle_endtag(self, name): assert self.open.pop() == name
    def handle_data(self, text):
        if self.open[-1:] not in (['script'], ['style']): self.text.append(text)
    @property
    def words(self): return ' '.join(self.text)
    def all(self, name): return [value for key, value in self.attributes if key == name]
