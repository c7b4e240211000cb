"""Time engines side by side and commands, and show the figures as a table."""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# What is done, and by which engine.
Job = tuple[str, str]


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock, and of the processor in all threads."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Command:
    """What a command wrote to stdout, how long it took, and the most memory it had (10^6 bytes)."""

    stdout: str
    timed: Timed
    peak_megabytes: float


def timed(run: Callable[[], Any]) -> tuple[Timed, Any]:
    """Call a function; return its time and what it returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = run()
    return Timed(time.perf_counter() - wall, time.process_time() - cpu), found


def interleaved(
    engines: Mapping[Job, Callable[[], Any]], repeats: int
) -> tuple[dict[Job, Timed], dict[Job, Any]]:
    """Call every engine in turn, ``repeats`` times; return medians and the last answers."""
    runs: dict[Job, list[Timed]] = {name: [] for name in engines}
    answers: dict[Job, Any] = {}
    for _ in range(repeats):
        for name, run in engines.items():
            answers.pop(name, None)
            found, answers[name] = timed(run)
            runs[name].append(found)
    return {name: median(times) for name, times in runs.items()}, answers


def median(times: list[Timed]) -> Timed:
    """Return the medians of several times, of each kind by itself."""
    return Timed(statistics.median(t.wall for t in times), statistics.median(t.cpu for t in times))


def compared(times: Mapping[Job, Timed]) -> list[dict[str, Any]]:
    """Return a row for each (job, engine); ratios are to the first engine of the same job."""
    first: dict[str, Timed] = {}
    rows = []
    for (job, engine), took in times.items():
        ours = first.setdefault(job, took)
        rows.append(
            {
                "job": job,
                "engine": engine,
                "wall_s": took.wall,
                "cpu_s": took.cpu,
                "ratio": took.wall / ours.wall,
                "cpu_ratio": took.cpu / ours.cpu,
            }
        )
    return rows


def run_command(command: list[str]) -> Command:
    """Run a command in a process of its own; a command that fails ends this one.

    A process starts with the peak of the one that started it, so that one had better be small.
    """
    wall = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        stdout = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
    took = Timed(time.perf_counter() - wall, usage.ru_utime + usage.ru_stime)
    unit = 1 if sys.platform == "darwin" else 1024
    return Command(stdout, took, usage.ru_maxrss * unit / 1e6)


def table(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Return a benchmark's rows as text, headings first; what is no number or text is left out."""
    columns = [name for name, value in rows[0].items() if not isinstance(value, (dict, list))]
    return [columns] + [[_shown(row.get(name)) for name in columns] for row in rows]


def _shown(value: object) -> str:
    if isinstance(value, float):
        # Three digits that say something, and no more than three decimals.
        return f"{value:,.{max(0, min(3, 2 - math.floor(math.log10(abs(value) or 1))))}f}"
    return f"{value:,}" if isinstance(value, int) else str("" if value is None else value)
