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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from recommender import Article, Catalog, Config, ModelStore, train
from service import Settings, create_app
from service.api.schemas import ProblemReply
from service.archive import PATIENCE, Archive
from service.live import ModelManager, utc_now
from service.rules_file import RulesFile

with warnings.catch_warnings():
    # Starlette recommends httpx2 over httpx; either works here.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

TESTS = Path(__file__).parents[1]
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
SECRET = Article(
    id="secret",
    title="Hallin ferry refit sold",
    body="The gearbox of the Saint Orla is sold.",
    tags=["Ferries", "Secrets"],
    published_at="2999-01-01T00:00:00Z",
    url="https://example.org/secret",
)


class Clock:
    """A clock for ``create_app`` that stands still until a test moves it."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **duration):
        """Move the clock, by the arguments of a ``timedelta``."""
        self.now += timedelta(**duration)


def archive_of(folder):
    return f"sqlite:///{folder}/archive.db"


def settings(folder, **options):
    return Settings(**{"archive": archive_of(folder), "models": folder / "models"} | options)


def put(folder, articles):
    with Catalog(archive_of(folder)) as catalog:
        catalog.put(articles)


def delete(folder, *article_ids):
    with Catalog(archive_of(folder)) as catalog:
        catalog.delete(article_ids)


def trained(folder, articles=(), config=None, **options):
    """Put articles into the archive, train on all of it and return the version, now active."""
    put(folder, articles)
    with Catalog(archive_of(folder)) as catalog:
        store = ModelStore(folder / "models")
        return train(catalog, store, config or Config(), now=datetime.now(UTC), **options).version


def manager_of(folder, archive=None):
    """Return the model manager of a service, without the service."""
    archive = archive or Archive(archive_of(folder))
    return ModelManager(folder / "models", archive, RulesFile(archive_of(folder)))


@contextmanager
def in_process(folder, *, clock=utc_now, patience=PATIENCE, **options):
    """Yield a client of the service with these settings."""
    app = create_app(settings(folder, **options), clock=clock, patience=patience)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@contextmanager
def in_process_writer(folder, **options):
    """Yield a client of the service that sends the write key, which is ``w``."""
    with in_process(folder, write_key="w", **options) as client:
        client.headers.update(bearer("w"))
        yield client


@contextmanager
def on_a_port(folder, workers=1, **options):
    """Run 'alsoread serve' and yield its port and process (with its ``log``); it is ended."""
    command = "from service.server import serve; from service import Settings; serve(Settings())"
    environment = os.environ | {
        "ALSOREAD_ARCHIVE": archive_of(folder),
        "ALSOREAD_MODELS": f"{folder}/models",
        "ALSOREAD_PORT": "0",
        "ALSOREAD_WORKERS": str(workers),
    }
    environment |= {f"ALSOREAD_{name.upper()}": str(value) for name, value in options.items()}
    # A pipe that nobody reads would fill up with log lines, and block the service.
    log = folder / f"service-{token_hex(4)}.log"
    with (
        log.open("w") as out,
        subprocess.Popen(
            [sys.executable, "-c", command], cwd=folder, env=environment, stderr=out
        ) as process,
    ):
        process.log = log
        try:
            while not (address := re.search(r"http://[^/]*:(\d+)/docs", log.read_text())):
                assert process.poll() is None, f"it did not start: {log.read_text()}"
                time.sleep(0.02)
            yield int(address[1]), process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def run_script(script, **environment):
    """Run Python code in a process of its own, which can import ``support``, and return stdout."""
    environment = os.environ | {"PYTHONPATH": str(TESTS)} | environment
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=TESTS.parent, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def fetch(port, raw_path, method="GET", headers=None, body=None):
    """Send a path unchanged, and return status, headers and the JSON of the reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, raw_path, body, headers or {})
        reply = connection.getresponse()
        body = reply.read()
        return reply.status, reply.headers, json.loads(body) if body else None
    finally:
        connection.close()


def ids_of(reply):
    """Return the ids of a list's items."""
    assert reply.status_code == 200, reply.text
    return [item["id"] for item in reply.json()["items"]]


def problem_of(reply):
    """Check that a reply is a problem as every error has to be, and return it."""
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-request-id"]
    problem = ProblemReply.model_validate_json(reply.content, strict=True)
    assert problem.status == reply.status_code
    assert "\n" not in problem.detail
    return problem


def eventually(check, seconds=30):
    """Wait until a check holds; the service looks for changes twice a second."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)
