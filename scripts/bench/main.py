"""Time alsoread beside its peers. Engines take turns in one run; figures are medians.

scripts/bench.py text SOURCE     articles in memory to vectors
scripts/bench.py graph SOURCE    vectors to the whole neighbour graph
scripts/bench.py query SOURCE    one list: by id, by text, with a filter, with freshness
scripts/bench.py scale           text to a model on disk, at growing sizes
scripts/bench.py http MODELS     lists over HTTP (needs wrk: apt-get install wrk)
scripts/bench.py start MODELS    CPU and memory of a server up to its first list
scripts/bench.py options DB      one list with each option
scripts/bench.py add DB          one new article: the write, and the first list with it
scripts/bench.py all SOURCE      text, graph, query and scale, into docs/performance.md

SOURCE is an archive file such as articles.jsonl.gz, DB an archive's database such as archive.db,
MODELS a folder that 'alsoread train' has written to. --out adds the figures of a run to a JSON
file; scripts/charts.py makes a page of that file. Ratios are to the first engine of a job.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.timing import table

SCRIPTS = Path(__file__).parents[1]
OUT = SCRIPTS.parent / "docs" / "performance.json"
LIBRARIES = ("numpy", "numba", "scipy", "scikit-learn", "sparse-dot-topn", "bm25s", "tantivy")
OF_SOURCE = ("text", "graph", "query")
# The module of a benchmark, where it has another name.
MODULES = {"http": "http_service", "start": "http_service"}


def main(argv: list[str] | None = None) -> None:
    """Run one benchmark and print its table, or JSON with --json."""
    arguments = _parser().parse_args(argv)
    name = arguments.benchmark
    if name == "all":
        _run_all(arguments)
        return
    # Only what a benchmark needs is imported.
    module = import_module(f"bench.{MODULES.get(name, name)}")
    record = getattr(module, name)(arguments) | {"machine": _machine()}
    if arguments.out:
        _add(arguments.out, name, arguments.name or _run_name(arguments), record)
    if arguments.json:
        print(json.dumps(record, indent=2))
        return
    lines = table(record["rows"])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    benchmarks = parser.add_subparsers(dest="benchmark", required=True, metavar="BENCHMARK")
    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("--json", action="store_true", help="print JSON")
    output.add_argument("--out", type=Path, help="a JSON file to add the figures to")
    output.add_argument("--name", help="name of the figures there; default: the source's name")
    jobs = argparse.ArgumentParser(add_help=False)
    jobs.add_argument("--jobs", type=int, default=os.cpu_count(), help="number of threads")
    repeats = argparse.ArgumentParser(add_help=False)
    repeats.add_argument("--repeats", type=int, default=3, help="number of turns of each engine")
    queries = argparse.ArgumentParser(add_help=False)
    queries.add_argument("--queries", type=int, default=200, help="number of articles to query")
    for name, parents in (
        ("text", [jobs, repeats]),
        ("graph", [jobs, repeats]),
        ("query", [jobs, queries]),
        ("all", [jobs]),
    ):
        of_source = benchmarks.add_parser(name, parents=[output, *parents])
        of_source.add_argument("source", help="an archive file, such as articles.jsonl.gz")
    for name, parents in ("options", [queries]), ("add", []):
        of_database = benchmarks.add_parser(name, parents=[output, *parents])
        of_database.add_argument("source", type=Path, help="a database, such as archive.db")
        of_database.add_argument(
            "--models", type=Path, default=Path("models"), help="the models trained on it"
        )
        if name == "add":
            of_database.add_argument("--adds", type=int, default=100, help="number of articles")
    for name in "http", "start":
        of_models = benchmarks.add_parser(name, parents=[output, repeats])
        of_models.set_defaults(repeats=5)
        of_models.add_argument("source", type=Path, metavar="models", help="a folder of models")
        if name == "http":
            of_models.add_argument("--seconds", type=int, default=3, help="of each measurement")
    scale = benchmarks.add_parser("scale", parents=[output, jobs, repeats])
    scale.set_defaults(repeats=1)
    scale.add_argument("--sizes", type=_sizes, default=[10_000, 100_000], help="such as 1000,2000")
    scale.add_argument("--words", type=int, default=300, help="median length of the articles")
    scale.add_argument("--approximate", action="store_true", help="train --approximate")
    scale.add_argument("--without-pairs", action="store_true", help="no bigrams, peers neither")
    scale.add_argument("--peers", action="store_true", help="scikit-learn, sparse_dot_topn too")
    scale.add_argument("--folder", type=Path, help="keep the archives and models in this folder")
    return parser


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _run_name(arguments: argparse.Namespace) -> str:
    """Return the name of a run's figures, from its settings or its source."""
    if arguments.benchmark == "scale":
        parts = [f"{arguments.words} words"]
        parts += ["no pairs"] if arguments.without_pairs else []
        return ", ".join(parts + (["approximate"] if arguments.approximate else []))
    path = Path(arguments.source)
    name = path.name.split(".")[0]
    return path.resolve().parent.name if name == "articles" else name


def _add(path: Path, benchmark: str, name: str, record: dict[str, Any]) -> None:
    """Add one run's figures to a file of figures."""
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    # No measurement is more precise than four digits.
    short = json.loads(json.dumps(record), parse_float=lambda text: float(f"{float(text):.4g}"))
    figures.setdefault(benchmark, {})[name] = short
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _machine() -> dict[str, Any]:
    return {
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def _run_all(arguments: argparse.Namespace) -> None:
    """Run benchmarks in a process each, then make the page."""
    out = arguments.out or OUT
    bench = [sys.executable, SCRIPTS / "bench.py"]
    settings = ["--jobs", str(arguments.jobs), "--out", str(out)]
    for name in OF_SOURCE:
        subprocess.run([*bench, name, arguments.source, *settings], check=True)
    subprocess.run([*bench, "scale", "--peers", *settings], check=True)
    subprocess.run([sys.executable, SCRIPTS / "charts.py", out], check=True)
