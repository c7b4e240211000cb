#!/usr/bin/env python3
"""Kill a service that takes writes, over and over, and look for what it had acknowledged.

    scripts/crash.py --rounds 200

Each round starts 'alsoread serve', lets clients put and delete articles, one by one and as lines of
a stream, and ends it with SIGKILL at a random moment. Every client keeps a ledger. Afterwards the
archive must hold exactly what was acknowledged, or what was on its way when the service died; no
article may be half there, and every list must be the one that the model's terms give when all
articles are weighed anew. The first thing that is wrong ends it with exit code 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from recommender import Article, Catalog, Config, ModelStore, train

CLIENTS, IDS_OF_EACH = 4, 12
# Scores are told with six decimals.
CLOSE = 1.5e-6
HEADERS = {"Authorization": "Bearer crash"}
WORDS = ["ferry", "harbour", "refit", "gearbox", "wolves", "forest", "crates", "judge", "drought"]


class Ledger:
    """What one client knows of its articles: what was acknowledged, and what may be there.

    Of each id ``known`` has the article that must be there, None if it must not, and ``maybe``
    those that were sent since and not acknowledged.
    """

    def __init__(self, ids: list[str], seed: int) -> None:
        self.known: dict[str, Article | None] = dict.fromkeys(ids)
        self.maybe: dict[str, list[Article | None]] = {key: [] for key in ids}
        self.random = random.Random(seed)
        self.acknowledged = 0

    def made(self, article_id: str) -> Article:
        """Return another article of an id, and no two alike."""
        words = " ".join(self.random.choices(WORDS, k=300))
        return Article(id=article_id, title=f"{article_id} {self.random.random()}", body=words)

    def send(self, article_id: str, article: Article | None) -> None:
        """Note what is on its way."""
        self.maybe[article_id].append(article)

    def acknowledge(self, article_id: str) -> None:
        """Note that the last that was sent is there for good."""
        self.known[article_id] = self.maybe[article_id][-1]
        self.maybe[article_id] = []
        self.acknowledged += 1

    def settle(self, article_id: str, found: Article | None) -> str | None:
        """Take what the archive holds as known; return what is wrong with it, if anything."""
        allowed = [self.known[article_id], *self.maybe[article_id]]
        self.known[article_id], self.maybe[article_id] = found, []
        if found not in allowed:
            return f"{article_id}: the archive holds {found!r}, and not one of {allowed!r}"
        return None


class Service:
    """An 'alsoread serve' on a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = os.environ | {
            "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
            "ALSOREAD_MODELS": f"{folder}/models",
            "ALSOREAD_PORT": str(self.port),
            "ALSOREAD_WRITE_KEY": "crash",
        }
        command = [sys.executable, "-c", "from recommender.cli import main; main()", "serve"]
        with (folder / "service.log").open("a") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stderr=log)
        while True:
            try:
                assert self.process.poll() is None, "the service did not start: see its log"
                with closing(self.call("GET", "/readyz")):
                    return
            except OSError:
                time.sleep(0.02)

    def call(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        """Return the reply to a call, or raise OSError or HTTPException if it was killed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, HEADERS)
        return connection.getresponse()

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def write(service: Service, ledger: Ledger, wrong: list[str]) -> None:
    """Write until the service dies; what it refuses is wrong."""
    try:
        while not wrong:
            keys = ledger.random.sample(sorted(ledger.known), 4)
            choice = ledger.random.random()
            if choice < 0.5:
                _put(service, ledger, keys[0], wrong)
            elif choice < 0.75:
                _delete(service, ledger, keys[0], wrong)
            else:
                _post(service, ledger, keys, wrong)
    except (OSError, http.client.HTTPException):
        pass


def _put(service: Service, ledger: Ledger, key: str, wrong: list[str]) -> None:
    article = ledger.made(key)
    ledger.send(key, article)
    with service.call("PUT", f"/v1/articles/{key}", article.model_dump_json().encode()) as reply:
        reply.read()
        if reply.status not in (200, 201):
            wrong.append(f"PUT {key}: {reply.status}")
    ledger.acknowledge(key)
    with service.call("GET", f"/v1/articles/{key}") as reply:
        if json.loads(reply.read()) != article.to_record():
            wrong.append(f"{key}: not read as it was written just before")


def _delete(service: Service, ledger: Ledger, key: str, wrong: list[str]) -> None:
    expected = 404 if ledger.known[key] is None else 200
    ledger.send(key, None)
    with service.call("DELETE", f"/v1/articles/{key}") as reply:
        reply.read()
        if reply.status != expected:
            wrong.append(f"DELETE {key}: {reply.status}, not {expected}")
    ledger.acknowledge(key)


def _post(service: Service, ledger: Ledger, keys: list[str], wrong: list[str]) -> None:
    sent = [ledger.made(key) for key in keys]
    for article in sent:
        ledger.send(article.id, article)
    lines = "\n".join(article.model_dump_json() for article in sent)
    with service.call("POST", "/v1/articles", lines.encode()) as reply:
        for line in reply:
            result = json.loads(line)
            if "code" in result:
                wrong.append(f"POST {keys}: {result}")
            else:
                ledger.acknowledge(result["id"])


def damage(folder: Path, ledgers: list[Ledger]) -> Iterator[str]:
    """Yield what is wrong with the archive of a service that is dead."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        [(verdict,)] = connection.execute("PRAGMA integrity_check").fetchall()
        if verdict != "ok":
            yield f"the database: {verdict}"
    with Catalog(f"sqlite:///{folder}/archive.db") as catalog:
        for ledger in ledgers:
            for key in ledger.known:
                if problem := ledger.settle(key, catalog.get(key)):
                    yield problem
        revisions = [revision for revision, _, _ in catalog.changes(0)]
        if len(set(revisions)) != len(revisions) or max(revisions) != catalog.revision:
            yield "revisions: not one for each change"


def strayed(service: Service, folder: Path, ledgers: list[Ledger]) -> Iterator[str]:
    """Yield where a list is not as if computed from scratch, with the terms of the model."""
    alive = [article for ledger in ledgers for article in ledger.known.values() if article]
    places = {article.id: at for at, article in enumerate(alive)}
    model = ModelStore(folder / "models").load()
    _, rows = model.space.extended(alive)
    matrix = csr_array((rows.data, rows.indices, rows.indptr), (len(alive), rows.columns))
    # No article has a date.
    scores = (matrix @ matrix.T).toarray() * float(model.index.times.unknown)
    np.fill_diagonal(scores, 0)
    for key, at in places.items():
        query = "limit=50&duplicates=show"
        with service.call("GET", f"/v1/articles/{key}/recommendations?{query}") as reply:
            items = json.loads(reply.read())["items"]
        found = {item["id"]: item["score"] for item in items}
        if not found.keys() <= places.keys():
            yield f"the list of {key} shows {sorted(found.keys() - places.keys())}"
        elif len(found) != min(50, np.count_nonzero(scores[at])):
            yield f"the list of {key} has {len(found)} items"
        elif any(abs(score - scores[at, places[other]]) > CLOSE for other, score in found.items()):
            yield f"the list of {key} has other scores than from scratch"
        elif found and min(found.values()) < np.sort(scores[at])[::-1][len(found) - 1] - CLOSE:
            yield f"the list of {key} lacks a better one"


def main() -> None:
    """Run the rounds and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, started = random.Random(given.seed), time.monotonic()
    names = [[f"c{n}-{k}" for k in range(IDS_OF_EACH)] for n in range(CLIENTS)]
    ledgers = [Ledger(ids, given.seed * 100 + n) for n, ids in enumerate(names)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with Catalog(f"sqlite:///{folder}/archive.db") as catalog:
            for ledger in ledgers:
                ledger.known = {key: ledger.made(key) for key in ledger.known}
                catalog.put(article for article in ledger.known.values() if article)
            train(catalog, ModelStore(folder / "models"), Config(), now=datetime.now(UTC))
        for number in range(1, given.rounds + 1):
            wrong: list[str] = []
            service = Service(folder)
            wrong += strayed(service, folder, ledgers)
            clients = [
                threading.Thread(target=write, args=(service, ledger, wrong)) for ledger in ledgers
            ]
            for client in clients:
                client.start()
            time.sleep(chance.uniform(0, 1))
            service.kill()
            for client in clients:
                client.join()
            under_way = sum(bool(sent) for ledger in ledgers for sent in ledger.maybe.values())
            wrong += damage(folder, ledgers)
            if wrong:
                sys.exit(f"round {number}: " + "\n".join(wrong[:5]))
            acknowledged = sum(ledger.acknowledged for ledger in ledgers)
            print(
                f"round {number}: {acknowledged:,} acknowledged, {under_way} under way", flush=True
            )
        ModelStore(folder / "models").verify(ModelStore(folder / "models").names()[0])
    seconds = time.monotonic() - started
    print(
        f"{given.rounds} rounds, {acknowledged:,} writes acknowledged, none lost, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
