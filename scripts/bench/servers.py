"""Servers as processes, their CPU and memory, and requests to them by wrk."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SERVE = [sys.executable, "-c", "from recommender.cli import main; main()", "serve"]
# wrk requests one path after the other, and prints what it measured as JSON.
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


def list_path(article_id: str) -> str:
    """Return the path of an article's list."""
    return f"/v1/articles/{quote(article_id, safe='')}/recommendations"


@dataclass(frozen=True)
class Wrk:
    """Requests by wrk, which takes ``paths`` in turns; its files are in ``folder``."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, paths: Sequence[str]) -> "Wrk":
        """Write the files of wrk; end the run if it is not installed."""
        if not shutil.which("wrk"):
            sys.exit("wrk is needed: apt-get install wrk")
        (folder / "paths").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        (folder / "wrk.lua").write_text(LUA, encoding="utf-8")
        return cls(folder)

    def start(self, port: int, connections: int, seconds: int) -> "subprocess.Popen[str]":
        """Start sending requests for some seconds; ``read`` waits for the end."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        return subprocess.Popen(
            [*command, "-s", str(self.folder / "wrk.lua"), f"http://127.0.0.1:{port}"],
            env=os.environ | {"BENCH_PATHS": str(self.folder / "paths")},
            stdout=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def read(process: "subprocess.Popen[str]") -> dict[str, float]:
        """Return requests, seconds, p50 and p99 in milliseconds, and errors."""
        stdout, _ = process.communicate()
        if process.returncode:
            sys.exit(f"wrk: exit code {process.returncode}")
        return json.loads(stdout.splitlines()[-1])


@contextmanager
def running(
    command: list[str], environment: dict[str, str], path: str
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run a server; yield its process and port when it answers at a path, then stop it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*command, "--port", str(port)],
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while get_json(port, path) is None:
                if process.poll() is not None:
                    sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
                time.sleep(0.01)
            yield process, port
        finally:
            process.send_signal(signal.SIGTERM)


def get_json(port: int, path: str) -> dict[str, Any] | None:
    """Return the JSON at a path, None while the server does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
            return json.load(reply)
    except OSError:
        return None


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in _family(int(child)))]


def cpu_seconds(process: int) -> float:
    """Return the CPU seconds of a process and its children, the user's and the system's."""
    ticks = 0
    for each in _family(process):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def megabytes(process: int) -> tuple[float, float, float]:
    """Return the resident, proportional and private memory of a process and its children."""
    sums = [0, 0, 0]
    for each in _family(process):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()[1:]
        kilobytes = {name: int(size) for name, size, *_ in map(str.split, lines)}
        private = kilobytes["Private_Clean:"] + kilobytes["Private_Dirty:"]
        for at, size in enumerate((kilobytes["Rss:"], kilobytes["Pss:"], private)):
            sums[at] += size
    return sums[0] / 1000, sums[1] / 1000, sums[2] / 1000
