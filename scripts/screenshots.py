"""Make pictures of the pages over the sample archive: scripts/screenshots.py [FOLDER]."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
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
    "why": f"{WOLVES}/why?other=hp-2026-0520-ewes-killed",
    "tag": "/tags/wolves",
    "try": "/try",
}
SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
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
        for scheme in ("light", "dark"):
            shoot(browser, f"http://{host}:{port}", folder, scheme)
        browser.close()
        server.should_exit = True
        thread.join()


def shoot(browser: Browser, base: str, folder: Path, scheme: str) -> None:
    """Make the pictures in one scheme of colours; in the dark, of the article only."""
    for size, (width, height) in SIZES.items():
        view = {"width": width, "height": height}
        page = browser.new_page(viewport=view, color_scheme=scheme, reduced_motion="reduce")
        for name, path in PAGES.items():
            if scheme == "dark" and name != "article":
                continue
            page.goto(base + path)
            if name == "try":
                for label, text in DRAFT.items():
                    page.get_by_label(label).fill(text)
                page.get_by_role("button", name="Show its list").click()
                page.locator(".items").wait_for()
            if name == "article":
                page.get_by_text("Why is this here?").first.click()
                page.locator(".items .bars").wait_for()
            dark = "-dark" if scheme == "dark" else ""
            path = folder / f"{name}-{size}{dark}.png"
            page.screenshot(path=path, full_page=name != "archive")
            Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
                path, optimize=True
            )
        page.close()


if __name__ == "__main__":
    main()
