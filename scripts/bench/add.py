"""The benchmark ``add``: one new article, from its write to the first list that has it."""

import argparse
import http.client
import json
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from bench.servers import SERVE, running
from bench.timing import Stopwatch, percentiles
from recommender import Article, Catalog, ModelStore, Recommender

HEADERS = {"Authorization": "Bearer add"}
# Milliseconds by step.
Times = dict[str, list[float]]


def add(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time adding articles one by one, in process and over HTTP, to a copy of the archive."""
    model = ModelStore(arguments.models).load()
    model.warm()
    count = min(len(model.articles), arguments.adds)
    rows = np.linspace(0, len(model.articles) - 1, count).astype(int).tolist()
    with Catalog(f"sqlite:///{arguments.source}") as catalog:
        stored = [catalog.get(model.articles.ids[row]) for row in rows]
        articles = [article for article in stored if article]
        times = _in_process(model, articles)
        with tempfile.TemporaryDirectory() as folder:
            catalog.backup(Path(folder) / "archive.db")
            times |= _over_http(Path(folder), arguments.models, articles)
    cells = [{"step": step, **percentiles(each)} for step, each in times.items()]
    return {"articles": len(model.articles), "rows": cells}


def _in_process(model: Recommender, articles: list[Article]) -> Times:
    times: Times = {"apply the change": [], "affected": [], "a list with it": []}
    for number, article in enumerate(articles):
        new = article.model_copy(update={"id": f"add-{number}"})
        with Stopwatch(times["apply the change"]):
            model = model.apply_changes([(model.applied_revision + 1, new.id, new)])
        with Stopwatch(times["affected"]):
            affected = model.affected([len(model.articles) - 1])
        if affected.first:
            with Stopwatch(times["a list with it"]):
                model.recommend(affected.first[0])
    return {f"in process: {step}": each for step, each in times.items() if each}


def _over_http(folder: Path, models: Path, articles: list[Article]) -> Times:
    times: Times = {"PUT, with affected": [], "GET of a list with it": []}
    # The active version is linked, not copied; it stays active whatever is trained meanwhile.
    (folder / "models").mkdir()
    version = ModelStore(models).current or ""
    (folder / "models" / version).symlink_to((models / version).resolve())
    shutil.copy(models / "CURRENT", folder / "models")
    environment = {
        "ALSOREAD_MODELS": str(folder / "models"),
        "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
        "ALSOREAD_WRITE_KEY": "add",
    }
    with (
        running(SERVE, environment, "/readyz") as (_, port),
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
    ):
        for number, article in enumerate(articles):
            path = f"/v1/articles/add-{number}"
            body = json.dumps(article.to_record() | {"id": f"add-{number}"})
            with Stopwatch(times["PUT, with affected"]):
                connection.request("PUT", path, body, HEADERS)
                affected = json.loads(connection.getresponse().read())["affected"]
            if affected:
                with Stopwatch(times["GET of a list with it"]):
                    connection.request("GET", f"/v1/recommendations?id={affected[0]}")
                    connection.getresponse().read()
    return {f"over HTTP: {step}": each for step, each in times.items() if each}
