"""Timing of engines that take turns and of commands, and figures as a table."""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

# The name of a job and of the engine that does it.
Job = tuple[str, str]


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock, and seconds of the processor in all threads."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Command:
    """A finished command: its standard output, its time, its peak memory in 10^6 bytes."""

    stdout: str
    timed: Timed
    peak_megabytes: float


class Stopwatch:
    """Appends to a list how many milliseconds the block within it took."""

    def __init__(self, milliseconds: list[float]) -> None:
        self._milliseconds = milliseconds

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._milliseconds.append(1000 * (time.perf_counter() - self._start))


def timed(run: Callable[[], Any]) -> tuple[Timed, Any]:
    """Call a function; return its time and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return Timed(time.perf_counter() - wall, time.process_time() - cpu), result


def interleaved(
    engines: Mapping[Job, Callable[[], Any]], repeats: int
) -> tuple[dict[Job, Timed], dict[Job, Any]]:
    """Call every engine in turn, ``repeats`` times; return medians and the last results."""
    runs: dict[Job, list[Timed]] = {job: [] for job in engines}
    results: dict[Job, Any] = {}
    for _ in range(repeats):
        for job, run in engines.items():
            # Memory of the previous result is free while the next one is made.
            results.pop(job, None)
            time_of_run, results[job] = timed(run)
            runs[job].append(time_of_run)
    return {job: median(times) for job, times in runs.items()}, results


def median(times: list[Timed]) -> Timed:
    """Return the median of the clock's seconds, and that of the processor's."""
    return Timed(statistics.median(t.wall for t in times), statistics.median(t.cpu for t in times))


def compared(times: Mapping[Job, Timed]) -> list[dict[str, Any]]:
    """Return a row for each (job, engine); ratios are to the first engine of the same job."""
    first: dict[str, Timed] = {}
    rows = []
    for (job, engine), each in times.items():
        ours = first.setdefault(job, each)
        rows.append(
            {
                "job": job,
                "engine": engine,
                "wall_s": each.wall,
                "cpu_s": each.cpu,
                "ratio": each.wall / ours.wall,
                "cpu_ratio": each.cpu / ours.cpu,
            }
        )
    return rows


def percentiles(milliseconds: list[float]) -> dict[str, Any]:
    """Return the cells of a row: the median, the 99th percentile and the number of times."""
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {"p50 ms": float(p50), "p99 ms": float(p99), "times": len(milliseconds)}


def run_command(command: list[str], **environment: str) -> Command:
    """Run a command in a process of its own; a command that fails ends this one.

    A process starts with the peak memory of the one that starts it, so that one must be small.
    """
    wall = time.perf_counter()
    environ = os.environ | environment
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout
        stdout = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
    seconds = Timed(time.perf_counter() - wall, usage.ru_utime + usage.ru_stime)
    unit = 1 if sys.platform == "darwin" else 1024
    return Command(stdout, seconds, usage.ru_maxrss * unit / 1e6)


def table(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Return a benchmark's rows as text, headings first, without cells that are lists or dicts."""
    columns = [name for name, value in rows[0].items() if not isinstance(value, (dict, list))]
    return [columns] + [[_cell(row.get(name)) for name in columns] for row in rows]


def _cell(value: object) -> str:
    if isinstance(value, float):
        # Three significant digits, and no more than three decimals.
        return f"{value:,.{max(0, min(3, 2 - math.floor(math.log10(abs(value) or 1))))}f}"
    return f"{value:,}" if isinstance(value, int) else str("" if value is None else value)
