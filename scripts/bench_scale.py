"""Text to a model on disk, at growing sizes, each step in a process of its own."""

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

from timing import run_command

Row = dict[str, Any]
ALSOREAD = [sys.executable, "-c", "from recommender.cli import main; main()"]
PEER, PEERS_UP_TO, K = "TfidfVectorizer, sparse_dot_topn", 100_000, 50
# The arrays of what a list shows, which peers do not keep.
CARDS = ("ids", "urls", "shown", "facet", "published")
GROWING = ("train_s", "cpu_s", "graph_s", "peak_mb", "model_mb")


def scale(asked: argparse.Namespace) -> Row:
    """Make, import and train archives of some sizes; ``growth`` has exponents between them."""
    with tempfile.TemporaryDirectory() as temporary:
        kept = asked.folder or Path(temporary)
        rows = [row for size in asked.sizes for row in _at(size, kept / str(size), asked)]
    return {"words": asked.words, "rows": rows, "growth": growth(rows)}


def _at(size: int, folder: Path, asked: argparse.Namespace) -> list[Row]:
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "articles.jsonl"
    maker = Path(__file__).with_name("make_archive.py")
    make = [sys.executable, maker, size, source, "--words", asked.words]
    run_command(list(map(str, make)))
    imported = _imported(folder, source)
    engines: dict[str, Callable[[], Row]] = {"alsoread": lambda: _trained(folder, asked)}
    if asked.peers and size <= PEERS_UP_TO:
        engines[PEER] = lambda: _peer(source, asked)
    runs: dict[str, list[Row]] = {name: [] for name in engines}
    for _ in range(asked.repeats):
        for name, run in engines.items():
            runs[name].append(run())
    middle = {
        name: sorted(found, key=itemgetter("train_s"))[len(found) // 2]
        for name, found in runs.items()
    }
    ours = middle["alsoread"]
    return [
        {
            "articles": size,
            "engine": name,
            "ratio": row["train_s"] / ours["train_s"],
            "cpu_ratio": row["cpu_s"] / ours["cpu_s"],
            "import_s": imported if name == "alsoread" else None,
            **row,
        }
        for name, row in middle.items()
    ]


def _database(folder: Path) -> list[str]:
    return ["--archive", f"sqlite:///{folder / 'archive.db'}"]


def _imported(folder: Path, source: Path) -> float:
    command = [*ALSOREAD, "import", str(source), *_database(folder)]
    return run_command(command).timed.wall


def _trained(folder: Path, asked: argparse.Namespace) -> Row:
    models, config = folder / "models", folder / "config.json"
    settings = {"vectors": {"pair_weight": 0.0}} if asked.without_pairs else {}
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [*ALSOREAD, "train", "--json", *_database(folder), "--models", str(models)]
    command += ["--config", str(config), "--jobs", str(asked.jobs)]
    done = run_command(command + (["--approximate"] if asked.approximate else []))
    facts = json.loads(done.stdout)
    phases, n = facts.get("phases", {}), facts["articles"]
    files = {path.name: path.stat().st_size for path in (models / facts["version"]).iterdir()}
    cards = sum(size for name, size in files.items() if name.startswith(CARDS))
    return {
        "train_s": done.timed.wall,
        "cpu_s": done.timed.cpu,
        "graph_s": phases.get("neighbours"),
        "peak_mb": done.peak_megabytes,
        "score_ratio": (facts["approximate"] or {}).get("score_ratio"),
        "model_mb": sum(files.values()) / 1e6,
        "bytes_an_article": (sum(files.values()) - cards) / n,
        "cards_an_article": cards / n,
        "phases": phases,
        "files_an_article": {name: size / n for name, size in sorted(files.items())},
    }


def _peer(source: Path, asked: argparse.Namespace) -> Row:
    pairs = "" if asked.without_pairs else "pairs"
    out = source.with_name("peer.npz")
    done = run_command([sys.executable, __file__, str(source), str(out), str(asked.jobs), pairs])
    phases = json.loads(done.stdout)
    return {
        "train_s": done.timed.wall,
        "cpu_s": done.timed.cpu,
        "graph_s": phases["neighbours"],
        "peak_mb": done.peak_megabytes,
        "model_mb": out.stat().st_size / 1e6,
        "phases": phases,
    }


def growth(rows: list[Row]) -> list[Row]:
    """Return the exponents by which figures grow with the number of articles."""
    found = []
    for engine in dict.fromkeys(row["engine"] for row in rows):
        own = [row for row in rows if row["engine"] == engine]
        for low, high in pairwise(sorted(own, key=lambda row: row["articles"])):
            steps = math.log(high["articles"] / low["articles"])
            exponents = {
                name: math.log(high[name] / low[name]) / steps
                for name in GROWING
                if high[name] and low[name]
            }
            sizes = {"from": low["articles"], "to": high["articles"]}
            found.append({"engine": engine, **sizes, **exponents})
    return found


def peer(source: str, out: str, jobs: int, pairs: bool) -> dict[str, float]:
    """Do with scikit-learn and sparse_dot_topn what training does; return seconds by phase."""
    import numpy as np
    from peers import tfidf
    from sparse_dot_topn import sp_matmul_topn

    at = [time.perf_counter()]
    with Path(source).open(encoding="utf-8") as lines:
        articles = map(json.loads, lines)
        texts = [f"{one['title']}\n{one['summary'] or ''}\n{one['body']}" for one in articles]
    at.append(time.perf_counter())
    matrix = tfidf(pairs).fit_transform(texts)
    at.append(time.perf_counter())
    found = sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=K + 1, n_threads=jobs, sort=True)
    at.append(time.perf_counter())
    parts = {"matrix": matrix, "graph": found}
    arrays = {
        f"{name}_{part}": getattr(one, part)
        for name, one in parts.items()
        for part in ("data", "indices", "indptr")
    }
    np.savez(out, **arrays)
    at.append(time.perf_counter())
    seconds = [after - before for before, after in pairwise(at)]
    return dict(zip(("reading", "vectors", "neighbours", "writing"), seconds, strict=True))


if __name__ == "__main__":
    print(json.dumps(peer(sys.argv[1], sys.argv[2], int(sys.argv[3]), bool(sys.argv[4]))))
