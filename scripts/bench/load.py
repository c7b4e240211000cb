"""Read at full load while articles are written and models swapped: errors and latencies.

scripts/load.py MODELS ARCHIVE [--workers 4] [--writes 20] [--seconds 20]

MODELS is a folder with at least two trained versions of ARCHIVE (a database file); both stay
unchanged, for a copy is written to. In each of three windows wrk reads lists with 16 connections,
while one client puts new articles and gets the list of each at once; in the second window the other
version is activated. wrk, the client and the workers share the machine's processors.
"""

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.servers import SERVE, Wrk, list_path, running
from bench.timing import Stopwatch
from recommender import Catalog, ModelStore

HEADERS = {"Authorization": "Bearer load"}
LISTS, CONNECTIONS = 200, 16
WINDOWS = ("before", "during a swap", "after")


class Writer(threading.Thread):
    """Puts articles at a fixed rate, and gets the list of each as soon as it is acknowledged.

    ``puts`` and ``lists`` are milliseconds, ``errors`` messages.
    """

    def __init__(self, port: int, bodies: list[dict[str, Any]], rate: float, window: int) -> None:
        super().__init__()
        self.puts: list[float] = []
        self.lists: list[float] = []
        self.errors: list[str] = []
        self.done = threading.Event()
        self._port, self._bodies, self._pause, self._window = port, bodies, 1 / rate, window

    def run(self) -> None:
        """Write until ``done`` is set."""
        number, due = 0, time.perf_counter()
        while not self.done.is_set():
            name, body = f"load-{self._window}-{number}", self._bodies[number % len(self._bodies)]
            text = json.dumps({**body, "id": name})
            self._send(self.puts, "PUT", f"/v1/articles/{name}", text, 201)
            # A new connection: whichever worker accepts it must have seen the write.
            self._send(self.lists, "GET", list_path(name), None, 200)
            number, due = number + 1, due + self._pause
            time.sleep(max(0.0, due - time.perf_counter()))

    def _send(
        self, times: list[float], method: str, path: str, body: str | None, expected: int
    ) -> None:
        with Stopwatch(times):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request(method, path, body, HEADERS)
                reply = connection.getresponse()
                text = reply.read()
                if reply.status != expected:
                    self.errors.append(f"{method} {path}: {reply.status} {text[:200]!r}")
            except OSError as error:
                self.errors.append(f"{method} {path}: {error}")
            finally:
                connection.close()


@dataclass(frozen=True)
class Load:
    """A service under load: its port, the articles to write, and the version to swap to."""

    port: int
    bodies: list[dict[str, Any]]
    wrk: Wrk
    version: str

    def window(self, number: int, rate: float, seconds: int) -> str:
        """Run one window and return its row."""
        writer = Writer(self.port, self.bodies, rate, number)
        writer.start()
        reader = self.wrk.start(self.port, CONNECTIONS, seconds)
        if WINDOWS[number] == "during a swap":
            time.sleep(seconds / 3)
            self._activate(writer.errors)
        reads = self.wrk.read(reader)
        writer.done.set()
        writer.join()
        puts, lists = (np.percentile(each, [50, 99]) for each in (writer.puts, writer.lists))
        return (
            f"{WINDOWS[number]:14} {reads['requests'] / reads['seconds']:9,.0f}"
            f" {reads['p50']:8.2f} {reads['p99']:8.2f} {reads['errors']:8}"
            f" {len(writer.puts):7} {puts[0]:8.1f} {puts[1]:8.1f}"
            f" {lists[0]:9.1f} {lists[1]:9.1f} {len(writer.errors):7}"
            f" {' '.join(writer.errors[:3])}"
        ).rstrip()

    def _activate(self, errors: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            connection.request("POST", f"/v1/models/{self.version}/activate", headers=HEADERS)
            if connection.getresponse().status != 200:
                errors.append("the other version was not activated")


def main() -> None:
    """Run the windows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("models", type=Path, help="a folder with two trained versions")
    parser.add_argument("archive", type=Path, help="the database that they were trained on")
    parser.add_argument("--workers", type=int, default=4, help="number of worker processes")
    parser.add_argument("--writes", type=float, default=20, help="number of writes a second")
    parser.add_argument("--seconds", type=int, default=20, help="length of each window")
    arguments = parser.parse_args()
    versions = ModelStore(arguments.models).names()
    if len(versions) < 2:
        sys.exit("two trained versions are needed: train twice")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "models").mkdir()
        for version in versions[-2:]:
            (folder / "models" / version).symlink_to((arguments.models / version).resolve())
        ModelStore(folder / "models").activate(versions[-2])
        with Catalog(f"sqlite:///{arguments.archive}") as catalog:
            catalog.backup(folder / "archive.db")
            ids = list(ModelStore(arguments.models).load().articles.ids)
            ids = ids[:: max(1, len(ids) // LISTS)][:LISTS]
            articles = [catalog.get(article_id) for article_id in ids]
        bodies = [article.to_record() for article in articles if article]
        paths = [list_path(article_id) for article_id in ids]
        wrk = Wrk.of(folder, paths)
        environment = {
            "ALSOREAD_MODELS": str(folder / "models"),
            "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
            "ALSOREAD_WORKERS": str(arguments.workers),
            "ALSOREAD_WRITE_KEY": "load",
        }
        heads = "               reads/s   p50 ms   p99 ms   errors  writes  p50 ms   p99 ms"
        print(f"{heads}  list p50  list p99  errors")
        with running(SERVE, environment, paths[0]) as (_, port):
            load = Load(port, bodies, wrk, versions[-1])
            for number in range(len(WINDOWS)):
                print(load.window(number, arguments.writes, arguments.seconds), flush=True)
