#!/usr/bin/env python3
"""Make screenshots of the pages with the sample archive: scripts/screenshots.py [FOLDER]."""

import argparse
import threading
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from recommender import Catalog, Config, ModelStore, read_articles, train
from service import Settings, create_app

ROOT = Path(__file__).parents[1]
WOLVES = "/articles/hp-2026-0319-wolves-released"
PAGES = {
    "archive": "/",
    "article": WOLVES,
    "explained": WOLVES,
    "why": f"{WOLVES}/why?other=hp-2026-0520-ewes-killed",
    "tag": "/tags/wolves",
    "try": "/try",
    "report": "/report",
    "box": "/box",
}
# Long pages, of which the first screen is enough.
CUT = {"archive-desktop", "archive-phone", "article-desktop", "report-desktop", "report-phone"}
DARK = {"explained"}
SIZES = {"desktop": (1200, 1500), "phone": (390, 844)}
DRAFT = {
    "Headline": "Wolves seen near the harbour",
    "Text": "Two wolves from Denholt Forest walked along the quay at dawn, said Signe Harrow.",
}


def main() -> None:
    """Train on the sample archive, serve it and photograph each page in each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = ROOT / "docs" / "screenshots"
    parser.add_argument("folder", type=Path, nargs="?", default=default, help="where to write them")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as data, sync_playwright() as playwright:
        settings = Settings(archive=f"sqlite:///{data}/archive.db", models=Path(data), port=0)
        with Catalog(settings.archive) as catalog:
            catalog.put(read_articles(ROOT / "tests/data/newsroom/articles.jsonl"))
            train(catalog, ModelStore(settings.models), Config(), now=datetime.now(UTC))
        server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            thread.join(0.05)
        host, port = server.servers[0].sockets[0].getsockname()
        chromium = which("chromium") or which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size in SIZES:
            for name in PAGES:
                screenshot = take(browser, f"http://{host}:{port}", name, size)
                screenshot.save(folder / f"{name}-{size}.png", optimize=True)
        browser.close()
        server.should_exit = True
        thread.join()


def take(browser: Browser, base: str, name: str, size: str) -> Image.Image:
    """Return the screenshot of a page, in 64 colours to keep the file small."""
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if name in DARK else "light",
        reduced_motion="reduce",
    )
    page.goto(base + PAGES[name])
    if name == "try":
        for label, text in DRAFT.items():
            page.get_by_label(label).fill(text)
        page.get_by_role("button", name="Show its list").click()
        page.locator(".items").wait_for()
    if name == "explained":
        page.get_by_text("Why is this here?").first.click()
        page.locator(".items .bars").wait_for()
    picture = page.screenshot(full_page=f"{name}-{size}" not in CUT)
    page.close()
    return Image.open(BytesIO(picture)).convert("RGB").quantize(64, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
