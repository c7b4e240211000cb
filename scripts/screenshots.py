"""Make pictures of the pages over the sample archive: scripts/screenshots.py [FOLDER]."""

from __future__ import annotations

import sys
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
# Of these the first sight is enough.
CUT = {"archive-desktop", "archive-phone", "article-desktop", "report-desktop", "report-phone"}
DARK = {"explained"}
SIZES = {"desktop": (1200, 1500), "phone": (390, 844)}
DRAFT = {
    "Headline": "Wolves seen near the harbour",
    "Text": "Two wolves from Denholt Forest walked along the quay at dawn, said Signe Harrow.",
}


def main() -> None:
    """Train on the sample archive, serve it and make a picture of each page in each size."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, sync_playwright() as playwright:
        settings = Settings(archive=f"sqlite:///{place}/archive.db", models=Path(place), port=0)
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
                shoot(browser, f"http://{host}:{port}", name, size).save(
                    folder / f"{name}-{size}.png", optimize=True
                )
        browser.close()
        server.should_exit = True
        thread.join()


def shoot(browser: Browser, base: str, name: str, size: str) -> Image.Image:
    """Return the picture of a page in 64 colours, which is small."""
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
        page.locator(".items .thresholds").wait_for()
    picture = page.screenshot(full_page=f"{name}-{size}" not in CUT)
    page.close()
    return Image.open(BytesIO(picture)).convert("RGB").quantize(64, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
