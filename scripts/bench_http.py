#!/usr/bin/env python3
"""Time the service over HTTP beside FastAPI with a dict, and its start.

scripts/bench_http.py http MODELS     requests a second, and how long one waits
scripts/bench_http.py start MODELS    CPU and memory up to the first list, of 1 and 4 workers

MODELS is a folder that 'alsoread train' has written to. wrk sends the requests (Debian: apt-get
install wrk), on the same processors as the servers run on.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from recommender import ModelStore

SERVE = [sys.executable, "-c", "from recommender.cli import main; main()", "serve"]
PEER = [sys.executable, "-m", "uvicorn", "bench_http:peer", "--factory", "--no-access-log"]
PEER += ["--app-dir", str(Path(__file__).parent), "--log-level", "warning", "--http", "httptools"]
ARTICLES = 100
# wrk asks for one path after the other, and prints what it measured as JSON.
LUA = """
local paths, at = {}, 0
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
function init() for i = 1, #paths do paths[i] = wrk.format("GET", paths[i]) end end
function request() at = at % #paths + 1; return paths[at] end
function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def main() -> None:
    """Run one benchmark and print its table, or JSON with --json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["http", "start"])
    parser.add_argument("models", type=Path)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = http(asked) if asked.what == "http" else start(asked)
    if asked.json:
        json.dump(rows, sys.stdout, indent=2)
        return
    for at, row in enumerate(rows):
        if not at:
            print("".join(f"{name:>{38 if not i else 13}}" for i, name in enumerate(row)))
        cells = (f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row.values())
        print("".join(f"{cell:>{38 if not i else 13}}" for i, cell in enumerate(cells)))


def http(asked: argparse.Namespace) -> list[dict]:
    """Time lists of five, asked for again and again, of servers that take turns.

    ``ratio`` is requests a second over those of FastAPI with as many workers and connections.
    """
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt-get install wrk")
    measured: dict[tuple[str, int, int], list[dict]] = {}
    for workers in (1, 2):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            servers = _servers(stack, folder, asked.models, workers)
            for _ in range(asked.repeats):
                for name, (process, port) in servers.items():
                    for connections in (1, 16):
                        found = _wrk(folder, process, port, connections, asked.seconds)
                        measured.setdefault((name, workers, connections), []).append(found)
    medians = {
        key: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for key, runs in measured.items()
    }
    return [
        {
            "server": name,
            "workers": workers,
            "connections": connections,
            **found,
            "ratio": found["req/s"] / medians["FastAPI, dict", workers, connections]["req/s"],
        }
        for (name, workers, connections), found in medians.items()
    ]


def _servers(
    stack: ExitStack, folder: Path, models: Path, workers: int
) -> dict[str, tuple[subprocess.Popen, int]]:
    """Start the servers, all with the same lists, and write the paths that they are asked for."""
    ids = ModelStore(models).load().articles.ids
    step = max(1, len(ids) // ARTICLES)
    asked = [ids[row] for row in range(0, len(ids), step)][:ARTICLES]
    paths = [f"/v1/articles/{quote(article_id, safe='')}/recommendations" for article_id in asked]
    (folder / "paths").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    (folder / "wrk.lua").write_text(LUA, encoding="utf-8")
    ours = {"ALSOREAD_MODELS": str(models), "ALSOREAD_WORKERS": str(workers)}
    servers = {
        name: stack.enter_context(running(SERVE, {**ours, **more}, paths[0]))
        for name, more in {
            "alsoread, ready bytes": {},
            "alsoread, made each time": {"ALSOREAD_READY_MEGABYTES": "0"},
        }.items()
    }
    _, port = servers["alsoread, made each time"]
    lists = {at: _get(port, path) for at, path in zip(asked, paths, strict=True)}
    (folder / "lists.json").write_text(json.dumps(lists), encoding="utf-8")
    peer = [*PEER, "--workers", str(workers)]
    named = {"BENCH_LISTS": str(folder / "lists.json")}
    for name, more in {
        "FastAPI, dict": {},
        "FastAPI, dict, '-> dict'": {"BENCH_TYPED": "1"},
    }.items():
        servers[name] = stack.enter_context(running(peer, named | more, paths[0]))
    for _, port in servers.values():
        if any(_get(port, path) != lists[at] for at, path in zip(asked, paths, strict=True)):
            sys.exit("the servers do not give the same lists")
    return servers


def peer() -> object:
    """Return the app that one would write first: lists in a dict, given out by FastAPI."""
    from fastapi import FastAPI

    lists = json.loads(Path(os.environ["BENCH_LISTS"]).read_text(encoding="utf-8"))
    app = FastAPI()

    async def recommendations(article_id: str):
        return lists[article_id]

    if "BENCH_TYPED" in os.environ:
        # FastAPI writes JSON faster when it is told the type.
        recommendations.__annotations__["return"] = dict
    app.get("/v1/articles/{article_id}/recommendations")(recommendations)
    return app


def _wrk(
    folder: Path, process: subprocess.Popen, port: int, connections: int, seconds: int
) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(folder / "wrk.lua")]
    cpu = _cpu(process.pid)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env=os.environ | {"BENCH_PATHS": str(folder / "paths")},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    if found["errors"]:
        sys.exit(f"{found['errors']} requests failed")
    return {
        "req/s": found["requests"] / found["seconds"],
        "p50 ms": found["p50"],
        "p99 ms": found["p99"],
        "CPU us": (_cpu(process.pid) - cpu) / found["requests"] * 1e6,
    }


def start(asked: argparse.Namespace) -> list[dict]:
    """Measure CPU and memory of all processes of a server when it has answered its first list."""
    article_id = ModelStore(asked.models).load().articles.ids[0]
    path = f"/v1/articles/{quote(article_id, safe='')}/recommendations"
    rows = []
    for workers in (1, 4):
        given = {"ALSOREAD_MODELS": str(asked.models), "ALSOREAD_WORKERS": str(workers)}
        runs = []
        for _ in range(asked.repeats):
            began = time.perf_counter()
            with running(SERVE, given, path) as (process, _):
                wall, cpu = time.perf_counter() - began, _cpu(process.pid)
                time.sleep(1)  # The other workers come up.
                runs.append((cpu, wall, *_megabytes(process.pid)))
        medians = map(statistics.median, zip(*runs, strict=True))
        names = ("CPU s", "wall s", "RSS MB", "PSS MB", "private MB")
        rows.append({"workers": str(workers), **dict(zip(names, medians, strict=True))})
    return rows


@contextmanager
def running(
    command: list[str], environment: dict[str, str], path: str
) -> Iterator[tuple[subprocess.Popen, int]]:
    """Run a server until it has answered, and give its process and port; then stop it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*command, "--port", str(port)],
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while _get(port, path) is None:
                if process.poll() is not None:
                    sys.exit(f"it ended with {process.returncode}: {' '.join(command)}")
                time.sleep(0.01)
            yield process, port
        finally:
            process.send_signal(signal.SIGTERM)


def _get(port: int, path: str) -> dict | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
            return json.load(reply)
    except OSError:
        return None


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in _family(int(child)))]


def _cpu(process: int) -> float:
    """Return the CPU seconds of a process and its children, user's and system's."""
    ticks = 0
    for each in _family(process):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _megabytes(process: int) -> tuple[float, float, float]:
    """Return the resident, proportional and private memory of a process and its children."""
    sums = [0, 0, 0]
    for each in _family(process):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()[1:]
        kilobytes = {name: int(size) for name, size, *_ in map(str.split, lines)}
        private = kilobytes["Private_Clean:"] + kilobytes["Private_Dirty:"]
        for at, size in enumerate((kilobytes["Rss:"], kilobytes["Pss:"], private)):
            sums[at] += size
    return sums[0] / 1000, sums[1] / 1000, sums[2] / 1000


if __name__ == "__main__":
    main()
