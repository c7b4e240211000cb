"""What Prometheus is told: requests by route and status, how old the model is, what is wrong."""

import os
import re
import subprocess
import sys

import pytest
from support.serving import NEWS, bearer, in_process, put, settings, trained

from recommender import Article


@pytest.fixture
def folder(tmp_path):
    trained(tmp_path, NEWS)
    return tmp_path


def told(client, headers=None):
    reply = client.get("/metrics", headers=headers)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=")
    assert reply.headers["cache-control"] == "no-store"
    found = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", reply.text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def counted(metrics, route, method="GET", status=200):
    labels = f'method="{method}",route="{route}",status="{status}"'
    return metrics[f"alsoread_request_seconds_count{{{labels}}}"]


def test_requests_are_counted_by_route_method_and_status(folder):
    with in_process(folder) as client:
        for number in range(3):
            client.get(f"/v1/articles/ferry-1/recommendations?limit={number}")
            client.get(f"/v1/articles/none-{number}")
            client.get(f"/nowhere/{number}")
            client.head("/healthz")
        metrics = told(client)
    assert counted(metrics, "/v1/articles/{id}/recommendations") == 2
    assert counted(metrics, "/v1/articles/{id}/recommendations", status=422) == 1
    assert counted(metrics, "/v1/articles/{id}", status=404) == 3
    assert counted(metrics, "none", status=404) == 3
    assert counted(metrics, "/healthz", "HEAD") == 3
    assert len([name for name in metrics if name.startswith("alsoread_request_seconds_count")]) == 5


def test_how_far_the_archive_is_ahead_of_the_model(folder):
    with in_process(folder, write_key="w") as client:
        metrics = told(client)
        assert (metrics["alsoread_articles"], metrics["alsoread_masked_rows"]) == (4, 0)
        assert metrics["alsoread_revision_lag"] == 0
        assert 0 <= metrics["alsoread_model_age_seconds"] < 600
        client.delete("/v1/articles/ferry-2", headers=bearer("w"))
        put(folder, [Article(id="new", title="Hail")])
        metrics = told(client)
        assert (metrics["alsoread_articles"], metrics["alsoread_masked_rows"]) == (4, 1)
        assert (metrics["alsoread_newer_rows"], metrics["alsoread_unseen_terms"]) == (1, 1)
        assert metrics["alsoread_revision_lag"] == 2


def test_what_is_wrong_and_where(tmp_path):
    with in_process(tmp_path) as client:
        assert told(client)['alsoread_trouble{in="model"}'] == 1
    trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        metrics = told(client)
        for where in ("model", "archive", "rules", "writes"):
            assert metrics[f'alsoread_trouble{{in="{where}"}}'] == 0
    (tmp_path / "archive.db").unlink()
    with in_process(tmp_path) as client:
        metrics = told(client)
        assert metrics['alsoread_trouble{in="archive"}'] == 1
        assert metrics["alsoread_articles"] == 4


def test_metrics_need_the_read_key_where_one_is_set(folder):
    with in_process(folder, read_key="r") as client:
        assert client.get("/metrics").status_code == 401
        assert told(client, bearer("r"))["alsoread_articles"] == 4


def test_processes_that_share_a_folder_are_told_together(folder, tmp_path):
    (tmp_path / "shared").mkdir()
    script = f"""
from pathlib import Path
from support.serving import in_process
with in_process(Path({str(folder)!r})) as client:
    for _ in range(5):
        client.get("/healthz")
    print(client.get("/metrics").text)
"""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "shared")}
    for times in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=os.path.dirname(__file__),
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        counts = re.findall(r'_count\{method="GET",route="/healthz",\S+ (\S+)', done.stdout)
        assert counts == [f"{5 * times}.0"]
        assert "alsoread_articles 4.0" in done.stdout
    assert settings(folder).log_level == "info"


def test_ready_lists_are_counted_under_their_route(folder):
    route = "/v1/articles/{id}/recommendations"
    with in_process(folder) as client:
        for _ in range(3):
            client.get("/v1/articles/ferry-1/recommendations")
        metrics = told(client)
        assert metrics['alsoread_cached_replies_total{ready="yes"}'] == 2
        assert metrics['alsoread_cached_replies_total{ready="no"}'] == 1
        assert counted(metrics, route) == 3
