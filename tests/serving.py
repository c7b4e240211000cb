"""A small newsroom, trained for real, and the service over it, in process or on a port."""

import http.client
import json
import os
import signal
import subprocess
import sys
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime

from recommender import Article, Catalog, Config, ModelStore, train
from service import Settings, create_app

with warnings.catch_warnings():
    # Starlette would rather have httpx2 than httpx; both do what is needed here.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

NEWS = [
    Article(
        id="ferry-1",
        title="Hallin ferry refit delayed",
        body="The Saint Orla stays in dry dock while Skerrow Marine looks for a gearbox.",
        tags=["Ferries", "Hallin"],
        published_at="2026-01-09T08:00:00Z",
        url="https://example.org/ferry-1",
        section="News",
    ),
    Article(
        id="ferry-2",
        title="Hallin ferry captain speaks of the refit",
        body="No gearbox for the Saint Orla before May, says Skerrow Marine.",
        tags=["Ferries"],
        published_at="2026-02-01T08:00:00Z",
        url="https://example.org/ferry-2?from=home&x=1",
    ),
    Article(
        id="a/b",
        title="Saint Orla sails to Hallin again",
        body="The ferry left dry dock with a new gearbox.",
        published_at="2026-05-11T06:30:00Z",
    ),
    Article(id="orchestra", title="Orchestra names conductor", body="She begins with Mahler."),
]


def settings(folder, **given):
    return Settings(archive=f"sqlite:///{folder}/archive.db", models=folder / "models", **given)


def put(folder, articles):
    with Catalog(settings(folder).archive) as catalog:
        catalog.put(articles)


def trained(folder, articles=(), config=None):
    """Put articles into the archive, train on all of it and return the version, now active."""
    put(folder, articles)
    with Catalog(settings(folder).archive) as catalog:
        store = ModelStore(settings(folder).models)
        return train(catalog, store, config or Config(), now=datetime.now(UTC)).version


@contextmanager
def in_process(folder, **given):
    with TestClient(create_app(settings(folder, **given)), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def on_a_port(folder, workers=1):
    """Run 'alsoread serve' and yield its port and process; it is ended as a server is."""
    command = "from service.server import serve; from service import Settings; serve(Settings())"
    environment = os.environ | {
        "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
        "ALSOREAD_MODELS": f"{folder}/models",
        "ALSOREAD_PORT": "0",
        "ALSOREAD_WORKERS": str(workers),
    }
    with subprocess.Popen(
        [sys.executable, "-c", command],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            lines = []
            while not lines or "http://" not in lines[-1]:
                lines.append(process.stderr.readline())
                assert lines[-1], f"it did not start: {lines}"
            yield int(lines[-1].split(":")[-1].split("/")[0]), process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)


def fetch(port, raw_path, method="GET", headers=None):
    """Send a path as it is, and return status, headers and the JSON of the reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, raw_path, headers=headers or {})
        reply = connection.getresponse()
        body = reply.read()
        return reply.status, reply.headers, json.loads(body) if body else None
    finally:
        connection.close()
