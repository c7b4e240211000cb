"""Metrics for Prometheus: requests by route and status, the state of the model, and failures."""

import re
from datetime import timedelta

from support.serving import Clock, bearer, in_process, put, run_script

from recommender import Article, ModelStore
from service.metrics import trained_at

LIST = "/v1/articles/ferry-1/recommendations"


def metrics_of(client, headers=None):
    reply = client.get("/metrics", headers=headers)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=")
    assert reply.headers["cache-control"] == "no-store"
    lines = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", reply.text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


def count(metrics, route, method="GET", status=200):
    labels = f'method="{method}",route="{route}",status="{status}"'
    return metrics[f"alsoread_request_seconds_count{{{labels}}}"]


def test_requests_are_counted_by_route_method_and_status(client):
    for number in range(3):
        client.get(f"{LIST}?limit={number}")
        client.get(f"/v1/articles/none-{number}")
        client.get(f"/nowhere/{number}")
        client.head("/healthz")
    metrics = metrics_of(client)
    assert count(metrics, "/v1/articles/{id}/recommendations") == 2
    assert count(metrics, "/v1/articles/{id}/recommendations", status=422) == 1
    assert count(metrics, "/v1/articles/{id}", status=404) == 3
    assert count(metrics, "none", status=404) == 3
    assert count(metrics, "/healthz", "HEAD") == 3
    counts = [name for name in metrics if name.startswith("alsoread_request_seconds_count")]
    assert len(counts) == 5


def test_cached_lists_are_counted_under_their_route(client):
    for _ in range(3):
        client.get(LIST)
    metrics = metrics_of(client)
    assert metrics['alsoread_cached_replies_total{ready="yes"}'] == 2
    assert metrics['alsoread_cached_replies_total{ready="no"}'] == 1
    assert count(metrics, "/v1/articles/{id}/recommendations") == 3


def test_model_metrics_say_how_far_the_archive_is_ahead(folder):
    trained_time = trained_at(ModelStore(folder / "models").current)
    clock = Clock(trained_time + timedelta(seconds=90))
    with in_process(folder, clock=clock, write_key="w") as client:
        metrics = metrics_of(client)
        assert (metrics["alsoread_articles"], metrics["alsoread_masked_rows"]) == (4, 0)
        assert metrics["alsoread_revision_lag"] == 0
        assert metrics["alsoread_model_age_seconds"] == 90
        client.delete("/v1/articles/ferry-2", headers=bearer("w"))
        put(folder, [Article(id="new", title="Hail")])
        metrics = metrics_of(client)
        assert (metrics["alsoread_articles"], metrics["alsoread_masked_rows"]) == (4, 1)
        assert (metrics["alsoread_newer_rows"], metrics["alsoread_unseen_terms"]) == (1, 1)
        assert metrics["alsoread_revision_lag"] == 2


def test_failure_of_each_part_is_a_metric(tmp_path, folder):
    with in_process(tmp_path / "nothing") as client:
        assert metrics_of(client)['alsoread_trouble{in="model"}'] == 1
    with in_process(folder) as client:
        metrics = metrics_of(client)
        for part in ("model", "archive", "rules", "writes"):
            assert metrics[f'alsoread_trouble{{in="{part}"}}'] == 0
    (folder / "archive.db").unlink()
    with in_process(folder) as client:
        metrics = metrics_of(client)
        assert metrics['alsoread_trouble{in="archive"}'] == 1
        assert metrics["alsoread_articles"] == 4


def test_metrics_need_the_read_key_if_one_is_set(shared_folder):
    with in_process(shared_folder, read_key="r") as client:
        assert client.get("/metrics").status_code == 401
        assert metrics_of(client, bearer("r"))["alsoread_articles"] == 4


def test_processes_that_share_a_folder_report_their_sum(shared_folder, tmp_path):
    script = f"""
from pathlib import Path
from support.serving import in_process
with in_process(Path({str(shared_folder)!r})) as client:
    for _ in range(5):
        client.get("/healthz")
    print(client.get("/metrics").text)
"""
    for processes in (1, 2):
        text = run_script(script, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
        counts = re.findall(r'_count\{method="GET",route="/healthz",\S+ (\S+)', text)
        assert counts == [f"{5 * processes}.0"]
        assert "alsoread_articles 4.0" in text
