"""A real browser for tests, Chromium; without one they are skipped. It ends with the module.

While it runs, its thread has an event loop, and no other test of that thread can start one.
"""

import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of a module."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        paths = [*map(which, NAMES), playwright.chromium.executable_path]
        path = next(filter(runs, paths), None)
        if path is None:
            pytest.skip("there is no Chromium: install it, or run 'playwright install chromium'")
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


def runs(path):
    """Tell whether a path is a program that runs: some systems have a stub in its place."""
    if path is None or not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


@contextmanager
def visited(browser, base, **context):
    """Yield a page that must stay quiet: no error, no dialog, no request to another origin."""
    events = []
    with browser.new_context(base_url=base, **context) as opened:
        page = opened.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: events.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: events.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (events.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: events.extend(_foreign(request.url, base)))
        yield page
        assert events == []


def _foreign(url, base):
    return [f"request: {url}"] if urlsplit(url).netloc != urlsplit(base).netloc else []


class Site:
    """A web site whose one page shows the box of a service, in a context of a browser.

    The page records the layout shifts in ``window.shifts``; ``messages`` of the page are the lines
    of its console.
    """

    def __init__(self, browser):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _OnePage)
        self._server.content = "", {}
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.service = None
        self._context = browser.new_context(viewport={"width": 800, "height": 600})
        self._context.add_init_script(SHIFTS)

    def close(self):
        self._context.close()
        self._server.shutdown()
        self._server.server_close()

    def open(self, box, before="", after="", head="", headers=None, origin=None, delay=0.0):
        """Open the page with this HTML; ``delay`` are seconds before requests for lists are sent.

        In the meantime the page is painted.
        """
        script = f'<script type="module" src="{self.service}/box.js"></script>'
        html = f"<!doctype html><html lang=en><head>{head}{script}</head><body>"
        self._server.content = f"{html}{before}{box}{after}</body></html>", headers or {}
        page = self._context.new_page()
        page.messages = []
        page.on("console", lambda message: page.messages.append(message.text))
        page.on("pageerror", lambda error: page.messages.append(f"error: {error}"))
        if delay:
            page.route("**/v1/**", lambda route: (time.sleep(delay), route.continue_()))
        page.goto(f"{origin or self.origin}/page")
        page.wait_for_load_state("networkidle")
        return page


class _OnePage(BaseHTTPRequestHandler):
    def do_GET(self):
        body, headers = self.server.content if self.path == "/page" else ("", {})
        self.send_response(200 if body else 204)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass
