#!/usr/bin/env python3
"""Time alsoread beside its peers, in one run, interleaved; medians, and ratios to alsoread.

scripts/bench.py text SOURCE     articles in memory to vectors
scripts/bench.py graph SOURCE    vectors to the whole neighbour graph
scripts/bench.py query SOURCE    one list: by id, by text, filtered, with a factor an article
scripts/bench.py scale           text to a model on disk, at growing sizes
scripts/bench.py http SOURCE     lists over HTTP
scripts/bench.py start SOURCE    a server's first answer
scripts/bench.py options SOURCE  lists with each option: SOURCE is a database, and --models
scripts/bench.py add SOURCE      one article more, likewise
scripts/bench.py all SOURCE      all of these into docs/performance.json, and its page

SOURCE is an archive, such as articles.jsonl.gz. With --out a run's figures are put among those
of other runs, and charts.py makes the page of them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE.parent / "docs" / "performance.json"
LIBRARIES = ("numpy", "numba", "scipy", "scikit-learn", "sparse-dot-topn", "bm25s", "tantivy")
WHOLE = ("text", "graph", "query")


def main(arguments: list[str] | None = None) -> None:
    """Run one benchmark and print its table, or JSON with --json."""
    asked = _parser().parse_args(arguments)
    if asked.what == "all":
        _all(asked)
        return
    record = _run(asked) | {"machine": _machine()}
    if asked.out:
        _put(asked.out, asked.what, asked.name or _name(asked), record)
    if asked.json:
        print(json.dumps(record, indent=2))
        return
    from timing import table

    lines = table(record["rows"])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _run(asked: argparse.Namespace) -> dict[str, Any]:
    """Run a benchmark; only what it needs is imported."""
    match asked.what:
        case "text":
            import bench_text

            return bench_text.text(asked)
        case "graph":
            import bench_graph

            return bench_graph.graph(asked)
        case "query":
            import bench_query

            return bench_query.query(asked)
        case "add":
            import bench_add

            return bench_add.add(asked)
        case "options":
            import bench_options

            return bench_options.options(asked)
        case "scale":
            import bench_scale

            return bench_scale.scale(asked)
        case "http":
            import bench_http

            return bench_http.http(asked)
        case _:
            import bench_http

            return bench_http.start(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whats = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--jobs", type=int, default=os.cpu_count(), help="threads")
    shared.add_argument("--repeats", type=int, default=3)
    shared.add_argument("--json", action="store_true", help="print JSON")
    shared.add_argument("--out", type=Path, help="a JSON file to put the figures into")
    shared.add_argument("--name", help="what the figures are of, there; else the source's name")
    for what in (*WHOLE, "http", "start", "all"):
        one = whats.add_parser(what, parents=[shared])
        one.add_argument("source", help="an archive, such as articles.jsonl.gz")
        if what == "query":
            one.add_argument("--queries", type=int, default=200)
    for what in ("add", "options"):
        one = whats.add_parser(what, parents=[shared])
        one.add_argument("source", type=Path, help="an archive's database, such as archive.db")
        one.add_argument("--models", type=Path, default=Path("models"), help="trained on it")
        if what == "add":
            one.add_argument("--adds", type=int, default=100, help="how many articles")
        else:
            one.add_argument("--queries", type=int, default=200)
    scale = whats.add_parser("scale", parents=[shared])
    scale.set_defaults(repeats=1)
    scale.add_argument("--sizes", type=_sizes, default=[10_000, 100_000], help="such as 1000,2000")
    scale.add_argument("--words", type=int, default=300, help="median length of the articles")
    scale.add_argument("--approximate", action="store_true", help="as 'alsoread train' has it")
    scale.add_argument("--without-pairs", action="store_true", help="words alone, of peers too")
    scale.add_argument("--peers", action="store_true", help="scikit-learn and sparse_dot_topn too")
    scale.add_argument("--folder", type=Path, help="keep the archives and models here")
    return parser


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _name(asked: argparse.Namespace) -> str:
    if asked.what == "scale":
        told = [f"{asked.words} words", *(["no pairs"] if asked.without_pairs else [])]
        return ", ".join([*told, *(["approximate"] if asked.approximate else [])])
    path = Path(asked.source)
    name = path.name.split(".")[0]
    return path.resolve().parent.name if name == "articles" else name


def _put(path: Path, what: str, name: str, record: dict[str, Any]) -> None:
    """Put one run's figures among those of others."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    # Four digits say all that a measurement does.
    short = json.loads(json.dumps(record), parse_float=lambda text: float(f"{float(text):.4g}"))
    found.setdefault(what, {})[name] = short
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _machine() -> dict[str, Any]:
    return {
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def _all(asked: argparse.Namespace) -> None:
    """Run every benchmark in a process of its own, then make the page."""
    out = asked.out or OUT
    settings = ["--jobs", str(asked.jobs), "--out", str(out)]
    for what in WHOLE:
        subprocess.run([sys.executable, __file__, what, asked.source, *settings], check=True)
    subprocess.run([sys.executable, __file__, "scale", "--peers", *settings], check=True)
    subprocess.run([sys.executable, HERE / "charts.py", out], check=True)


if __name__ == "__main__":
    main()
