"""A real browser for tests, Chromium; who has none skips them. It ends with the module.

While it runs, its thread has an event loop, and no other test of that thread can start one.
"""

import subprocess
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of a module."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        path = next(filter(runs, [*map(which, NAMES), playwright.chromium.executable_path]), None)
        if path is None:
            pytest.skip("there is no Chromium here: install it, or 'playwright install chromium'")
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


def runs(path):
    """Tell whether a program is there and is one: some systems have a stub in its place."""
    if path is None or not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


@contextmanager
def visited(browser, base, **context):
    """Yield a page of a context that must stay quiet: no error, no dialog, no foreign request."""
    heard = []
    with browser.new_context(base_url=base, **context) as opened:
        page = opened.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (heard.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: heard.extend(_foreign(request.url, base)))
        yield page
        assert heard == []


def _foreign(url, base):
    return [f"request: {url}"] if urlsplit(url).netloc != urlsplit(base).netloc else []
