"""The report: made once for a model, never of hidden articles, and made again after a write."""

import sys
import threading

import anyio
from support.serving import (
    NEWS,
    bearer,
    eventually,
    fetch,
    in_process,
    manager_of,
    on_a_port,
    trained,
)

from recommender import Article
from service.api.report import ReportCache
from service.live import utc_now


def test_report_is_json_and_names_its_model(shared_client):
    reply = shared_client.get("/v1/report")
    assert reply.status_code == 200
    assert reply.json()["articles"] == len(NEWS)
    assert reply.json()["model"].keys() == {"version", "revision"}
    tag = {"If-None-Match": reply.headers["etag"]}
    assert shared_client.get("/v1/report", headers=tag).status_code == 304


def test_report_is_made_once_for_all_requests(shared_newsroom_folder):
    manager = manager_of(shared_newsroom_folder)
    manager.refresh()
    reports, snapshot, pages = ReportCache(), manager.snapshot, []

    async def request(charts):
        pages.append(await reports.page(snapshot, utc_now(), charts))

    async def requests():
        async with anyio.create_task_group() as tasks:
            for number in range(6):
                tasks.start_soon(request, number == 3)

    anyio.run(requests)
    assert len(pages) == 6
    assert all(page is pages[0] for page in pages)


def test_report_has_no_embargoed_and_no_deleted_article(folder):
    trained(folder, [Article(id="ahead", title="Hallin ferry sold", published_at="2999-01-01")])
    with in_process(folder, write_key="w") as client:
        assert "orchestra" in client.get("/v1/report").text
        assert "ahead" not in client.get("/v1/report").text
        client.delete("/v1/articles/orchestra", headers=bearer("w"))
        reply = client.get("/v1/report")
        assert "orchestra" not in reply.text
        assert reply.json()["articles"] == len(NEWS) - 1
        assert "Orchestra" not in client.get("/report").text


def test_report_is_made_again_for_another_model(client, folder):
    assert client.get("/v1/report").json()["articles"] == len(NEWS)
    version = trained(folder, [Article(id="new", title="Hallin ferry refit ends")])
    eventually(lambda: client.get("/v1/report").json()["model"]["version"] == version)
    assert client.get("/v1/report").json()["articles"] == len(NEWS) + 1


def test_report_needs_the_read_key_if_one_is_set(shared_folder):
    with in_process(shared_folder, read_key="r") as client:
        for path in ("/v1/report", "/report", "/report/scores-light.svg"):
            assert client.get(path).status_code == 401
        assert client.get("/v1/report", headers=bearer("r")).status_code == 200
        page = client.get("/report", headers=bearer("r"))
        assert page.headers["cache-control"].startswith("private")


def test_report_without_matplotlib_is_json_only(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert client.get("/v1/report").status_code == 200
    page = client.get("/report")
    assert page.status_code == 501
    assert "alsoread[report]" in page.text


def test_other_requests_are_answered_while_a_report_is_made(newsroom_folder):
    with on_a_port(newsroom_folder) as (port, _):
        report = threading.Thread(target=fetch, args=(port, "/v1/report"))
        report.start()
        answered_meanwhile = 0
        while report.is_alive():
            assert fetch(port, "/healthz")[0] == 200
            answered_meanwhile += report.is_alive()
        assert answered_meanwhile > 0
