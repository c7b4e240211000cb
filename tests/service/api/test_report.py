"""The service's report: made once for a model, never in the way, and right after each write."""

import threading
import time

import pytest
from support.browser import browser, visited
from support.serving import NEWS, bearer, fetch, in_process, on_a_port, trained

from recommender import Article
from service import reports

__all__ = ["browser"]

CHARTS = ("scores", "in-degree", "ages", "fill")


@pytest.fixture
def folder(tmp_path):
    trained(tmp_path, NEWS)
    return tmp_path


@pytest.fixture
def client(folder):
    with in_process(folder, write_key="w") as client:
        yield client


def test_it_is_there_as_json_and_as_a_page_with_charts(client):
    found = client.get("/v1/report")
    assert found.status_code == 200
    assert found.json()["articles"] == len(NEWS)
    assert found.json()["model"].keys() == {"version", "revision"}
    page = client.get("/report")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style=" not in page.text
    assert "<style" not in page.text
    for name in CHARTS:
        for dress in ("light", "dark"):
            chart = client.get(f"/report/{name}-{dress}.svg")
            assert (chart.status_code, chart.headers["content-type"]) == (200, "image/svg+xml")
    assert client.get("/report/none.svg").status_code == 404
    assert client.get("/report/report.css").headers["content-type"].startswith("text/css")


def test_it_is_made_once_for_all_who_ask(client, monkeypatch):
    made = []
    make = reports.Report.of
    monkeypatch.setattr(
        reports.Report, "of", lambda *given, **named: made.append(1) or make(*given, **named)
    )
    threads = [threading.Thread(target=client.get, args=("/v1/report",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for path in ("/report", "/report/scores-light.svg", "/v1/report"):
        assert client.get(path).status_code == 200
    assert made == [1]
    tag = client.get("/v1/report").headers["etag"]
    assert client.get("/v1/report", headers={"If-None-Match": tag}).status_code == 304


def test_it_names_nobody_who_was_deleted_or_is_not_published_yet(folder):
    ahead = Article(id="ahead", title="Hallin ferry sold", published_at="2999-01-01")
    trained(folder, [ahead])
    with in_process(folder, write_key="w") as client:
        assert "orchestra" in client.get("/v1/report").text
        assert "ahead" not in client.get("/v1/report").text
        client.delete("/v1/articles/orchestra", headers=bearer("w"))
        found = client.get("/v1/report")
        assert "orchestra" not in found.text
        assert found.json()["articles"] == len(NEWS) - 1
        assert "Orchestra" not in client.get("/report").text


def test_another_model_is_reported_on_anew(folder, client):
    before = client.get("/v1/report").json()
    version = trained(folder, [Article(id="new", title="Hallin ferry refit ends")])
    deadline = time.monotonic() + 20
    while client.get("/v1/report").json()["model"]["version"] != version:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert client.get("/v1/report").json()["articles"] == before["articles"] + 1


def test_who_may_not_read_gets_none(folder):
    with in_process(folder, read_key="r") as client:
        for path in ("/v1/report", "/report", "/report/scores-light.svg"):
            assert client.get(path).status_code == 401
        assert client.get("/v1/report", headers=bearer("r")).status_code == 200
        assert (
            client.get("/report", headers=bearer("r"))
            .headers["cache-control"]
            .startswith("private")
        )


def test_without_matplotlib_there_is_json_and_the_page_says_how_to_get_it(client, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert client.get("/v1/report").status_code == 200
    page = client.get("/report")
    assert page.status_code == 501
    assert "alsoread[report]" in page.text


def test_lists_are_given_while_it_is_made(folder, newsroom):
    trained(folder, newsroom)
    with on_a_port(folder) as (port, _):
        fetch(port, "/v1/articles/ferry-1/recommendations")
        asking = threading.Thread(target=fetch, args=(port, "/v1/report"))
        asking.start()
        slowest = 0.0
        while asking.is_alive():
            began = time.monotonic()
            assert fetch(port, "/healthz")[0] == 200
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 1


VIEWS = [(width, colours) for width in (1200, 390) for colours in ("light", "dark")]


def test_a_browser_shows_all_of_it_under_the_pages_policy(folder, newsroom, browser):
    trained(folder, newsroom)
    with on_a_port(folder) as (port, _):
        for width, colours in VIEWS:
            view = {"width": width, "height": 800}
            address = f"http://127.0.0.1:{port}"
            with visited(browser, address, viewport=view, color_scheme=colours) as page:
                page.goto("/report")
                page.wait_for_load_state("networkidle")
                images = page.locator("figure img").all()
                shown = [
                    image.evaluate("(it) => it.currentSrc.split('/').pop()") for image in images
                ]
                assert shown == [
                    f"{name}-{colours}.svg" for name in ("in-degree", "scores", "ages")
                ]
                widths = [image.evaluate("(it) => it.naturalWidth") for image in images]
                assert min(widths) > 300
                assert page.evaluate("document.documentElement.scrollWidth") <= width
