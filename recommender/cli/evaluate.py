"""The command ``evaluate``: how good the active model's lists are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.archive.catalog import Catalog, Snapshot
from recommender.articles.times import rfc3339
from recommender.cli.console import print_evaluation
from recommender.cli.options import ARCHIVE, MODELS, Archive, AsJson, Models, app, opened
from recommender.cli.output import emit, say
from recommender.config import Config
from recommender.errors import InputError, NoModelError
from recommender.evaluation.coverage import coverage
from recommender.evaluation.measures import MEASURES, Evaluation, Qrels, read_qrels
from recommender.evaluation.measures import evaluate as measure
from recommender.evaluation.mining import leaked, mine
from recommender.evaluation.timesplit import TimeSplit
from recommender.recommender import Recommender
from recommender.training.store import ModelStore

System = Recommender | TimeSplit
# The longest list that a measure looks at, and the length of lists for coverage.
_DEPTH = 50
_LISTED = 10


@app.command()
def evaluate(
    qrels: Annotated[
        Path | None,
        typer.Option(help="Relevance judgments in TREC format; default: the archive's links."),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(help="Compare with a version, a model's folder or a config file."),
    ] = None,
    split_date: Annotated[
        datetime | None,
        typer.Option(
            help="Train on articles before this date (UTC), evaluate later ones, recommend only "
            "earlier ones."
        ),
    ] = None,
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Measure the active model's lists against judgments, and their coverage of the archive."""
    model, version = opened(models)
    begin = _utc(split_date) if split_date else None
    others = [_compared(compare, ModelStore(models))] if compare else []
    with Catalog(archive, create=False) as catalog, catalog.snapshot() as snapshot:
        if snapshot.revision != model.revision:
            say("the archive has changed since this model was trained: run 'alsoread train'")
        judgments, source = _judgments(qrels, snapshot)
        systems = [_system(each, snapshot, begin) for each in (model, *others)]
        if isinstance(systems[0], TimeSplit):
            judgments = systems[0].judged(judgments)
        leakage = leaked(snapshot.articles, judgments)
    record: dict[str, Any] = {"version": version, "revision": model.revision}
    record |= {"split_date": rfc3339(begin), "judgments": source}
    record |= _measured(systems, judgments, compare)
    # The stored lists were made with later articles, so they say nothing of a split.
    record["coverage"] = None if begin else asdict(coverage(model.index.neighbours[:, :_LISTED]))
    record["leakage"] = asdict(leakage) | {"share": leakage.share}
    emit(record, print_evaluation, as_json)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _compared(name: str, store: ModelStore) -> Recommender | Config:
    """Return what ``--compare`` names: a version, a model's folder, or a config file."""
    path = Path(name)
    try:
        return store.load(name)
    except NoModelError as error:
        if path.is_dir():
            return Recommender.load(path)
        if path.is_file():
            return Config.read(path)
        raise InputError(f"--compare: {error}; and no folder or config file {name!r}") from None


def _judgments(path: Path | None, snapshot: Snapshot) -> tuple[Qrels, dict[str, Any]]:
    """Return judgments from a file, or else from the archive, and their source."""
    if path:
        qrels = read_qrels(path)
        pairs = sum(grade > 0 for grades in qrels.values() for grade in grades.values())
        return qrels, {"from": str(path), "pairs": pairs, "linking": None, "unresolved": None}
    mined = mine(snapshot.articles)
    if not mined.qrels:
        raise InputError(
            "no judgments: no article of the archive links to another or names one in also_read; "
            "import such links, or give judgments with --qrels FILE"
        )
    counts = {"pairs": mined.pairs, "linking": mined.linking, "unresolved": mined.unresolved}
    return mined.qrels, {"from": "archive"} | counts


def _system(model: Recommender | Config, snapshot: Snapshot, begin: datetime | None) -> System:
    """Return what is measured: the model, a model with the config, or a split at a date."""
    config = model if isinstance(model, Config) else model.config
    if begin:
        return TimeSplit.fit(snapshot.articles, config, begin, jobs=-1)
    if isinstance(model, Config):
        return Recommender.fit(snapshot.articles(), config, jobs=-1)
    return model


def _measured(systems: list[System], judgments: Qrels, compare: str | None) -> dict[str, Any]:
    """Measure the first system, and its difference to the second, on articles that both know."""
    known = set.intersection(*(set(system.articles.ids) for system in systems))
    results = [measure(partial(each.ranked, limit=_DEPTH), judgments, known) for each in systems]
    record = {"queries": len(results[0].queries), "measures": _values(results[0])}
    if not compare:
        return record | {"compared": None}
    difference = {name: asdict(results[0].minus(results[1], name)) for name in MEASURES}
    other = {"with": compare, "measures": _values(results[1]), "difference": difference}
    return record | {"compared": other}


def _values(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    return {name: asdict(evaluation[name]) for name in MEASURES}
