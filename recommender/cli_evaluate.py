"""The command ``evaluate``: how good the active model's lists are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.catalog import Catalog, Snapshot
from recommender.cli import ARCHIVE, MODELS, Archive, AsJson, Models, app
from recommender.config import Config
from recommender.console import print_evaluation
from recommender.coverage import coverage
from recommender.echo import print_json, say
from recommender.errors import InputError, NoModelError
from recommender.evaluation import MEASURES, Evaluation, Qrels, read_qrels
from recommender.evaluation import evaluate as measure
from recommender.listing import rfc3339
from recommender.mining import leaked, mine
from recommender.recommender import Recommender
from recommender.store import ModelStore
from recommender.timesplit import TimeSplit

System = Recommender | TimeSplit
# Past the longest list that a measure looks at.
_DEPTH = 50
# Of how many articles a page's list is at most, for how lists spread.
_LISTED = 10


@app.command()
def evaluate(
    qrels: Annotated[
        Path | None, typer.Option(help="Judgments in TREC format; else the archive's own links.")
    ] = None,
    compare: Annotated[
        str | None, typer.Option(help="A version, a model's folder or a config file.")
    ] = None,
    split_date: Annotated[
        datetime | None,
        typer.Option(help="Learn from before it (UTC), ask about articles since, look only back."),
    ] = None,
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Measure the active model's lists against judgments, and how they spread."""
    store = ModelStore(models)
    version = store.current
    model = store.load(version)
    begin = _utc(split_date) if split_date else None
    rivals = [_rival(compare, store)] if compare else []
    with Catalog(archive, create=False) as catalog, catalog.snapshot() as stand:
        if stand.revision != model.revision:
            say("the archive has changed since this model was trained: 'alsoread train'")
        judged, source = _judgments(qrels, stand)
        systems = [_system(given, stand, begin) for given in (model, *rivals)]
        if isinstance(systems[0], TimeSplit):
            judged = systems[0].judged(judged)
        leakage = leaked(stand.articles, judged)
    record: dict[str, Any] = {"version": version, "revision": model.revision}
    record |= {"split_date": rfc3339(begin), "judgments": source}
    record |= _measured(systems, judged, compare)
    # The stored lists know the future, so they say nothing of a split.
    record["coverage"] = None if begin else asdict(coverage(model.index.neighbours[:, :_LISTED]))
    record["leakage"] = asdict(leakage) | {"share": leakage.share}
    (print_json if as_json else print_evaluation)(record)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _rival(compare: str, store: ModelStore) -> Recommender | Config:
    path = Path(compare)
    try:
        return store.load(compare)
    except NoModelError as error:
        if path.is_dir():
            return Recommender.load(path)
        if path.is_file():
            return Config.read(path)
        raise InputError(f"--compare: {error}; and no folder or config file is called so") from None


def _judgments(path: Path | None, stand: Snapshot) -> tuple[Qrels, dict[str, Any]]:
    """Return judgments from a file, or else from the archive, and where they are from."""
    if path:
        qrels = read_qrels(path)
        pairs = sum(grade > 0 for grades in qrels.values() for grade in grades.values())
        return qrels, {"from": str(path), "pairs": pairs, "linking": None, "unresolved": None}
    mined = mine(stand.articles)
    if not mined.qrels:
        raise InputError(
            "no judgments: no article of the archive links to another or names one in also_read; "
            "import such links, or give judgments with --qrels FILE"
        )
    facts = {"pairs": mined.pairs, "linking": mined.linking, "unresolved": mined.unresolved}
    return mined.qrels, {"from": "archive"} | facts


def _system(given: Recommender | Config, stand: Snapshot, begin: datetime | None) -> System:
    config = given if isinstance(given, Config) else given.config
    if begin:
        return TimeSplit.fit(stand.articles, config, begin, jobs=-1)
    if isinstance(given, Config):
        return Recommender.fit(stand.articles(), config, jobs=-1)
    return given


def _measured(systems: list[System], judged: Qrels, compare: str | None) -> dict[str, Any]:
    """Measure the first system, and its difference to the second, on articles that all know."""
    known = set.intersection(*(set(system.articles.ids) for system in systems))
    found = [measure(partial(system.ranked, limit=_DEPTH), judged, known) for system in systems]
    record = {"queries": len(found[0].queries), "measures": _values(found[0]), "compared": None}
    if compare:
        difference = {name: asdict(found[0].minus(found[1], name)) for name in MEASURES}
        other = {"with": compare, "measures": _values(found[1]), "difference": difference}
        record["compared"] = other
    return record


def _values(found: Evaluation) -> dict[str, dict[str, float]]:
    return {name: asdict(found[name]) for name in MEASURES}
