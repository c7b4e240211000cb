"""The benchmark ``scale``: text to a model on disk, at growing sizes, each step a process."""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench.timing import run_command

Row = dict[str, Any]
SCRIPTS = Path(__file__).parents[1]
ALSOREAD = [sys.executable, "-c", "from recommender.cli import main; main()"]
PEER, PEERS_UP_TO, K = "TfidfVectorizer, sparse_dot_topn", 100_000, 50
# How the files of stored fields begin; peers store no such fields.
STORED_FIELDS = ("ids", "urls", "shown", "facet", "published")
GROWING = ("train_s", "cpu_s", "peak_mb", "model_mb")


def scale(arguments: argparse.Namespace) -> Row:
    """Make, import and train archives of some sizes; ``growth`` has the exponents between them."""
    with tempfile.TemporaryDirectory() as temporary:
        top = arguments.folder or Path(temporary)
        rows = [row for size in arguments.sizes for row in _rows(size, top / str(size), arguments)]
    return {"words": arguments.words, "rows": rows, "growth": growth(rows)}


def _rows(size: int, folder: Path, arguments: argparse.Namespace) -> list[Row]:
    """Return a row an engine for one size: the run with the median time of training."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "articles.jsonl"
    make_archive = [sys.executable, SCRIPTS / "make_archive.py"]
    run_command(list(map(str, [*make_archive, size, source, "--words", arguments.words])))
    import_command = [*ALSOREAD, "import", str(source), *_database(folder)]
    import_seconds = run_command(import_command).timed.wall
    engines: dict[str, Callable[[], Row]] = {"alsoread": lambda: _train(folder, arguments)}
    if arguments.peers and size <= PEERS_UP_TO:
        engines[PEER] = lambda: _train_peer(source, arguments)
    runs: dict[str, list[Row]] = {name: [] for name in engines}
    for _ in range(arguments.repeats):
        for name, run in engines.items():
            runs[name].append(run())
    medians = {
        name: sorted(own_runs, key=itemgetter("train_s"))[len(own_runs) // 2]
        for name, own_runs in runs.items()
    }
    ours = medians["alsoread"]
    return [
        {
            "articles": size,
            "engine": name,
            "ratio": row["train_s"] / ours["train_s"],
            "cpu_ratio": row["cpu_s"] / ours["cpu_s"],
            "import_s": import_seconds if name == "alsoread" else None,
            **row,
        }
        for name, row in medians.items()
    ]


def _database(folder: Path) -> list[str]:
    return ["--archive", f"sqlite:///{folder / 'archive.db'}"]


def _train(folder: Path, arguments: argparse.Namespace) -> Row:
    models, config = folder / "models", folder / "config.json"
    settings = {"vectors": {"pair_weight": 0.0}} if arguments.without_pairs else {}
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [*ALSOREAD, "train", "--json", *_database(folder), "--models", str(models)]
    command += ["--config", str(config), "--jobs", str(arguments.jobs)]
    finished = run_command(command + (["--approximate"] if arguments.approximate else []))
    summary = json.loads(finished.stdout)
    n = summary["articles"]
    sizes = {file.name: file.stat().st_size for file in (models / summary["version"]).iterdir()}
    stored = sum(size for name, size in sizes.items() if name.startswith(STORED_FIELDS))
    return {
        "train_s": finished.timed.wall,
        "cpu_s": finished.timed.cpu,
        "peak_mb": finished.peak_megabytes,
        "score_ratio": (summary["approximate"] or {}).get("score_ratio"),
        "model_mb": sum(sizes.values()) / 1e6,
        "bytes_an_article": (sum(sizes.values()) - stored) / n,
        "stored_fields_an_article": stored / n,
        "files_an_article": {name: size / n for name, size in sorted(sizes.items())},
    }


def _train_peer(source: Path, arguments: argparse.Namespace) -> Row:
    out = source.with_name("peer.npz")
    command = [sys.executable, "-m", "bench.scale", str(source), str(out), str(arguments.jobs)]
    command.append("" if arguments.without_pairs else "bigrams")
    finished = run_command(command, PYTHONPATH=str(SCRIPTS))
    return {
        "train_s": finished.timed.wall,
        "cpu_s": finished.timed.cpu,
        "peak_mb": finished.peak_megabytes,
        "model_mb": out.stat().st_size / 1e6,
        "phases": json.loads(finished.stdout),
    }


def growth(rows: list[Row]) -> list[Row]:
    """Return the exponents by which figures grow with the number of articles."""
    exponents = []
    for engine in dict.fromkeys(row["engine"] for row in rows):
        own = [row for row in rows if row["engine"] == engine]
        for low, high in pairwise(sorted(own, key=itemgetter("articles"))):
            steps = math.log(high["articles"] / low["articles"])
            of_figures = {name: math.log(high[name] / low[name]) / steps for name in GROWING}
            sizes = {"from": low["articles"], "to": high["articles"]}
            exponents.append({"engine": engine, **sizes, **of_figures})
    return exponents


def train_peer(source: str, out: str, jobs: int, bigrams: bool) -> dict[str, float]:
    """Do what training does with scikit-learn and sparse_dot_topn; return seconds by phase."""
    import numpy as np
    from sparse_dot_topn import sp_matmul_topn

    from bench.peers import tfidf

    clock = [time.perf_counter()]
    with Path(source).open(encoding="utf-8") as lines:
        articles = map(json.loads, lines)
        texts = [f"{one['title']}\n{one['summary'] or ''}\n{one['body']}" for one in articles]
    clock.append(time.perf_counter())
    matrix = tfidf(bigrams).fit_transform(texts)
    clock.append(time.perf_counter())
    graph = sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=K + 1, n_threads=jobs, sort=True)
    clock.append(time.perf_counter())
    arrays = {
        f"{name}_{part}": getattr(each, part)
        for name, each in {"matrix": matrix, "graph": graph}.items()
        for part in ("data", "indices", "indptr")
    }
    np.savez(out, **arrays)
    clock.append(time.perf_counter())
    seconds = [after - before for before, after in pairwise(clock)]
    return dict(zip(("reading", "vectors", "neighbours", "writing"), seconds, strict=True))


if __name__ == "__main__":
    print(json.dumps(train_peer(sys.argv[1], sys.argv[2], int(sys.argv[3]), bool(sys.argv[4]))))
