"A page of headless Chromium that reaches no network and keeps what the console said"
import os, shutil, sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent/'tests'))  # what tests/ make their examples with

@pytest.fixture(scope='session')
def chromium():
    found = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    assert found, 'no Chromium on the PATH: sh scripts/need-chromium'
    with sync_playwright() as driver:
        root = hasattr(os, 'geteuid') and os.geteuid() == 0  # whom Chromium refuses its sandbox
        browser = driver.chromium.launch(executable_path=found, args=['--no-sandbox'] if root else [])
        yield browser
        browser.close()

@pytest.fixture
def show(chromium):
    "show(path, **context) → the page with the file open; page.said holds its console, page.asked what it wanted of the network"
    contexts = []
    def open_file(path, **settings):
        context = chromium.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on('console', lambda message: page.said.append(message.text))
        page.on('pageerror', lambda error: page.said.append(str(error)))
        def refuse(route):
            page.asked.append(route.request.url)
            route.abort()
        page.route(lambda url: not url.startswith('file:'), refuse)
        page.goto(path.resolve().as_uri())
        return page
    yield open_file
    for context in contexts: context.close()
