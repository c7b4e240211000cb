"""The benchmarks ``http`` and ``start``: the service beside FastAPI with a dict, and its start.

wrk sends the requests, on the same processors as the servers run on.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.servers import SERVE, Wrk, cpu_seconds, get_json, list_path, megabytes, running
from recommender import ModelStore

PEER = [sys.executable, "-m", "uvicorn", "bench.peers:fastapi_app", "--factory"]
PEER += ["--app-dir", str(Path(__file__).parents[1]), "--no-access-log"]
PEER += ["--log-level", "warning", "--http", "httptools"]
ARTICLES = 100
BASELINE = "FastAPI, dict"
Server = tuple["subprocess.Popen[bytes]", int]


def http(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time lists of five, requested again and again, of servers that take turns.

    ``ratio`` is requests a second over those of FastAPI with as many workers and connections.
    """
    articles = ModelStore(arguments.source).load().articles
    ids = list(articles.ids)[:: max(1, len(articles) // ARTICLES)][:ARTICLES]
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    for workers in (1, 2):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            wrk = Wrk.of(folder, [list_path(article_id) for article_id in ids])
            servers = _start_servers(stack, folder, arguments.source, workers, ids)
            for _ in range(arguments.repeats):
                for name, server in servers.items():
                    for connections in (1, 16):
                        job = f"{_plural(workers, 'worker')}, {_plural(connections, 'connection')}"
                        measured = _measure(wrk, server, connections, arguments.seconds)
                        runs.setdefault((job, name), []).append(measured)
    medians = {
        key: {name: statistics.median(run[name] for run in of_key) for name in of_key[0]}
        for key, of_key in runs.items()
    }
    rows = [
        {
            "job": job,
            "engine": name,
            **figures,
            "ratio": figures["req/s"] / medians[job, BASELINE]["req/s"],
        }
        for (job, name), figures in medians.items()
    ]
    return {"articles": len(articles), "rows": rows}


def _start_servers(
    stack: ExitStack, folder: Path, models: Path, workers: int, ids: list[str]
) -> dict[str, Server]:
    """Start the servers, all with the same lists."""
    paths = [list_path(article_id) for article_id in ids]
    ours = {"ALSOREAD_MODELS": str(models), "ALSOREAD_WORKERS": str(workers)}
    servers = {
        name: stack.enter_context(running(SERVE, ours | extra, paths[0]))
        for name, extra in {
            "alsoread, from the reply cache": {},
            "alsoread, made each time": {"ALSOREAD_READY_MEGABYTES": "0"},
        }.items()
    }
    _, port = servers["alsoread, made each time"]
    lists = {article_id: get_json(port, list_path(article_id)) for article_id in ids}
    (folder / "lists.json").write_text(json.dumps(lists), encoding="utf-8")
    peer = [*PEER, "--workers", str(workers)]
    environment = {"BENCH_LISTS": str(folder / "lists.json")}
    for name, extra in {BASELINE: {}, f"{BASELINE}, '-> dict'": {"BENCH_TYPED": "1"}}.items():
        servers[name] = stack.enter_context(running(peer, environment | extra, paths[0]))
    for _, port in servers.values():
        if any(get_json(port, list_path(each)) != lists[each] for each in ids):
            sys.exit("the servers do not return the same lists")
    return servers


def _measure(wrk: Wrk, server: Server, connections: int, seconds: int) -> dict[str, float]:
    process, port = server
    cpu = cpu_seconds(process.pid)
    figures = wrk.read(wrk.start(port, connections, seconds))
    if figures["errors"]:
        sys.exit(f"{figures['errors']} requests failed")
    return {
        "req/s": figures["requests"] / figures["seconds"],
        "p50_ms": figures["p50"],
        "p99_ms": figures["p99"],
        "cpu_us": (cpu_seconds(process.pid) - cpu) / figures["requests"] * 1e6,
    }


def start(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure CPU and memory of all processes of a server after its first list."""
    articles = ModelStore(arguments.source).load().articles
    path = list_path(articles.ids[0])
    rows = []
    for workers in (1, 4):
        environment = {
            "ALSOREAD_MODELS": str(arguments.source),
            "ALSOREAD_WORKERS": str(workers),
        }
        runs = []
        for _ in range(arguments.repeats):
            clock = time.perf_counter()
            with running(SERVE, environment, path) as (process, _):
                wall, cpu = time.perf_counter() - clock, cpu_seconds(process.pid)
                time.sleep(1)  # the other workers start
                runs.append((cpu, wall, *megabytes(process.pid)))
        medians = map(statistics.median, zip(*runs, strict=True))
        names = ("cpu_s", "wall_s", "resident_mb", "proportional_mb", "private_mb")
        figures = dict(zip(names, medians, strict=True))
        rows.append({"job": _plural(workers, "worker"), "engine": "alsoread", **figures})
    return {"articles": len(articles), "rows": rows}


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"
