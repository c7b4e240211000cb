"""A small newsroom, trained for real, and the service over it, in process or on a port."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from secrets import token_hex

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


def trained(folder, articles=(), config=None, **given):
    """Put articles into the archive, train on all of it and return the version, now active."""
    put(folder, articles)
    with Catalog(settings(folder).archive) as catalog:
        store = ModelStore(settings(folder).models)
        return train(catalog, store, config or Config(), now=datetime.now(UTC), **given).version


@contextmanager
def in_process(folder, **given):
    with TestClient(create_app(settings(folder, **given)), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def on_a_port(folder, workers=1, **given):
    """Run 'alsoread serve' and yield its port and process (with its ``log``); it is ended."""
    command = "from service.server import serve; from service import Settings; serve(Settings())"
    environment = os.environ | {
        "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
        "ALSOREAD_MODELS": f"{folder}/models",
        "ALSOREAD_PORT": "0",
        "ALSOREAD_WORKERS": str(workers),
    }
    environment |= {f"ALSOREAD_{name.upper()}": str(value) for name, value in given.items()}
    # A pipe that nobody reads would fill with a line a request, and stop the service.
    log = folder / f"service-{token_hex(4)}.log"
    with (
        log.open("w") as out,
        subprocess.Popen(
            [sys.executable, "-c", command], cwd=folder, env=environment, stderr=out
        ) as process,
    ):
        process.log = log
        try:
            while not (found := re.search(r"http://[^/]*:(\d+)/docs", log.read_text())):
                assert process.poll() is None, f"it did not start: {log.read_text()}"
                time.sleep(0.02)
            yield int(found[1]), process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def fetch(port, raw_path, method="GET", headers=None, body=None):
    """Send a path as it is, and return status, headers and the JSON of the reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, raw_path, body, headers or {})
        reply = connection.getresponse()
        body = reply.read()
        return reply.status, reply.headers, json.loads(body) if body else None
    finally:
        connection.close()
