#!/usr/bin/env python3
"""Read at full load while articles are written and models swapped: errors, and how long one waits.

scripts/load.py MODELS ARCHIVE [--workers 4] [--writes 20] [--seconds 20]

MODELS is a folder with two trained versions of ARCHIVE (a file), both of which stay as they are: a
copy is written to. In each of three windows wrk reads lists with 16 connections while one client
puts new articles and asks for the list of each at once; in the second window the other version is
activated. wrk, the clients and the workers share the machine's processors.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
from bench_http import LUA, SERVE, running

from recommender import Catalog, ModelStore

KEY = {"Authorization": "Bearer load"}
LISTS = 200


class Writer(threading.Thread):
    """Puts so many articles a second, and asks for the list of each as soon as it is acknowledged.

    ``puts`` and ``lists`` hold milliseconds, ``errors`` what went wrong.
    """

    def __init__(self, port: int, bodies: list[dict], a_second: float, window: int) -> None:
        super().__init__()
        self.puts: list[float] = []
        self.lists: list[float] = []
        self.errors: list[str] = []
        self.done = threading.Event()
        self._port, self._bodies, self._pause, self._window = port, bodies, 1 / a_second, window

    def run(self) -> None:
        """Write until it is done."""
        number, due = 0, time.perf_counter()
        while not self.done.is_set():
            name, body = f"load-{self._window}-{number}", self._bodies[number % len(self._bodies)]
            text = json.dumps({**body, "id": name})
            self._timed(self.puts, "PUT", f"/v1/articles/{name}", text, 201)
            # A connection of its own: whichever worker takes it must have seen the write.
            self._timed(self.lists, "GET", f"/v1/articles/{name}/recommendations", None, 200)
            number, due = number + 1, due + self._pause
            time.sleep(max(0.0, due - time.perf_counter()))

    def _timed(self, into: list[float], method: str, path: str, body: str | None, ok: int) -> None:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body, KEY)
            reply = connection.getresponse()
            text = reply.read()
            if reply.status != ok:
                self.errors.append(f"{method} {path}: {reply.status} {text[:200]!r}")
        except OSError as error:
            self.errors.append(f"{method} {path}: {error}")
        finally:
            connection.close()
        into.append(1000 * (time.perf_counter() - began))


def window(number: int, port: int, folder: Path, asked: argparse.Namespace, other: str) -> None:
    """Run one window and print its row."""
    bodies = json.loads((folder / "bodies.json").read_text(encoding="utf-8"))
    writer = Writer(port, bodies, asked.writes, number)
    writer.start()
    command = ["wrk", "-t1", "-c16", f"-d{asked.seconds}s", "-s", str(folder / "wrk.lua")]
    environment = os.environ | {"BENCH_PATHS": str(folder / "paths")}
    with subprocess.Popen(
        [*command, f"http://127.0.0.1:{port}"], env=environment, stdout=subprocess.PIPE, text=True
    ) as reading:
        if number == 1:
            time.sleep(asked.seconds / 3)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", f"/v1/models/{other}/activate", headers=KEY)
            if connection.getresponse().status != 200:
                writer.errors.append("the other version was not activated")
        read = json.loads(reading.communicate()[0].splitlines()[-1])
    writer.done.set()
    writer.join()
    name = ("before", "during a swap", "after")[number]
    puts, lists = (np.percentile(each, [50, 99]) for each in (writer.puts, writer.lists))
    print(
        f"{name:14} {read['requests'] / read['seconds']:9,.0f} {read['p50']:8.2f}"
        f" {read['p99']:8.2f}"
        f" {read['errors']:8} {len(writer.puts):7} {puts[0]:8.1f} {puts[1]:8.1f}"
        f" {lists[0]:9.1f} {lists[1]:9.1f} {len(writer.errors):7}",
        *writer.errors[:3],
        flush=True,
    )


def main() -> None:
    """Run the windows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("models", type=Path)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--writes", type=float, default=20, help="a second")
    parser.add_argument("--seconds", type=int, default=20, help="of each window")
    asked = parser.parse_args()
    versions = ModelStore(asked.models).names()
    if len(versions) < 2:
        sys.exit("two versions are wanted: train twice")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "models").mkdir()
        for version in versions[-2:]:
            (folder / "models" / version).symlink_to((asked.models / version).resolve())
        ModelStore(folder / "models").activate(versions[-2])
        with Catalog(f"sqlite:///{asked.archive}") as catalog:
            catalog.backup(folder / "archive.db")
            ids = list(ModelStore(asked.models).load().articles.ids)
            ids = ids[:: max(1, len(ids) // LISTS)][:LISTS]
            some = [catalog.get(each) for each in ids]
        bodies = [each.to_record() for each in some if each]
        (folder / "bodies.json").write_text(json.dumps(bodies), encoding="utf-8")
        paths = [f"/v1/articles/{quote(each, safe='')}/recommendations" for each in ids]
        (folder / "paths").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        (folder / "wrk.lua").write_text(LUA, encoding="utf-8")
        given = {
            "ALSOREAD_MODELS": str(folder / "models"),
            "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
            "ALSOREAD_WORKERS": str(asked.workers),
            "ALSOREAD_WRITE_KEY": "load",
        }
        heads = "               reads/s   p50 ms   p99 ms   errors  writes  p50 ms   p99 ms"
        print(f"{heads}  list p50  list p99  errors")
        with running(SERVE, given, paths[0]) as (_, port):
            for number in range(3):
                window(number, port, folder, asked, versions[-1])


if __name__ == "__main__":
    main()
