"""One article more: from the write to whose lists it altered, and to the first list with it."""

import argparse
import http.client
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench_http import SERVE, running

from recommender import Article, Catalog, ModelStore, Recommender

KEY = {"Authorization": "Bearer add"}
Times = dict[str, list[float]]


def add(asked: argparse.Namespace) -> dict[str, Any]:
    """Time adding articles one by one, in process and over HTTP; the archive is copied first."""
    model = ModelStore(asked.models).load()
    model.warm()
    with Catalog(f"sqlite:///{asked.source}") as catalog:
        ids = [model.articles.ids[row] for row in _spread(len(model.articles), asked.adds)]
        found = [catalog.get(article_id) for article_id in ids]
        some = [article for article in found if article]
        times = _in_process(model, some)
        with tempfile.TemporaryDirectory() as place:
            catalog.backup(Path(place) / "archive.db")
            times |= _over_http(Path(place), asked.models, some)
    return {"articles": len(model.articles), "rows": [_row(*each) for each in times.items()]}


def _spread(size: int, count: int) -> list[int]:
    return np.linspace(0, size - 1, min(size, count)).astype(int).tolist()


def _in_process(model: Recommender, some: list[Article]) -> Times:
    times: Times = {"taken in": [], "affected": [], "a list with it": []}
    for number, article in enumerate(some):
        new = article.model_copy(update={"id": f"add-{number}"})
        with _Timed(times["taken in"]):
            model = model.apply_changes([(model.applied_revision + 1, new.id, new)])
        with _Timed(times["affected"]):
            affected = model.affected([len(model.articles) - 1])
        if affected.first:
            with _Timed(times["a list with it"]):
                model.recommend(affected.first[0])
    return {f"in process: {name}": each for name, each in times.items()}


def _over_http(folder: Path, models: Path, some: list[Article]) -> Times:
    times: Times = {"PUT, with affected": [], "GET of a list with it": []}
    # The version is not copied, and nothing else may activate another meanwhile.
    (folder / "models").mkdir()
    version = ModelStore(models).current or ""
    (folder / "models" / version).symlink_to((models / version).resolve())
    shutil.copy(models / "CURRENT", folder / "models")
    given = {
        "ALSOREAD_MODELS": str(folder / "models"),
        "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
        "ALSOREAD_WRITE_KEY": "add",
    }
    with running(SERVE, given, "/readyz") as (_, port):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number, article in enumerate(some):
            path = f"/v1/articles/add-{number}"
            body = json.dumps(article.to_record() | {"id": f"add-{number}"})
            with _Timed(times["PUT, with affected"]):
                line.request("PUT", path, body, KEY)
                affected = json.loads(line.getresponse().read())["affected"]
            if affected:
                with _Timed(times["GET of a list with it"]):
                    line.request("GET", f"/v1/recommendations?id={affected[0]}")
                    line.getresponse().read()
    return {f"over HTTP: {name}": each for name, each in times.items()}


class _Timed:
    """Appends how many milliseconds what is within it took."""

    def __init__(self, into: list[float]) -> None:
        self._into = into

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._into.append(1000 * (time.perf_counter() - self._began))


def _row(step: str, times: list[float]) -> dict[str, Any]:
    p50, p99 = np.percentile(times, [50, 99])
    return {"step": step, "p50 ms": float(p50), "p99 ms": float(p99), "times": len(times)}
