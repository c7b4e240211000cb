"""A list with each of the options, in process and one thread: how long it takes."""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recommender import Catalog, Draft, ModelStore, Recommender

NOW = datetime.now(UTC)
BATCH = 1000
# From an article's id to its list.
Listed = Callable[[str], Any]


def options(asked: argparse.Namespace) -> dict[str, Any]:
    """Time lists of articles spread over an archive, reasons and all, when asked a second time."""
    model = ModelStore(asked.models).load()
    model.warm()
    rows = np.linspace(0, len(model.articles) - 1, min(len(model.articles), asked.queries + 1))
    ids = [model.articles.ids[row] for row in rows.astype(int).tolist()]
    with Catalog(f"sqlite:///{asked.source}") as catalog:
        drafts = {each: Draft(**_text(catalog, each)) for each in ids}
    found = [_row(name, work, ids) for name, work in _works(model, drafts).items()]
    many = [model.articles.ids[row] for row in range(min(BATCH, len(model.articles)))]
    for distinct in (False, True):
        began = time.perf_counter()
        for _ in model.batch(many, now=NOW, distinct=distinct):
            pass
        took = 1000 * (time.perf_counter() - began)
        name = f"batch of {len(many):,}{', distinct' if distinct else ''}, all of it"
        found.append({"list": name, "p50 ms": took, "p99 ms": took, "times": 1})
    return {"articles": len(model.articles), "rows": found}


def _text(catalog: Catalog, article_id: str) -> dict[str, Any]:
    article = catalog.get(article_id)
    assert article
    return {"title": article.title, "body": article.body, "tags": article.tags}


def _works(model: Recommender, drafts: dict[str, Draft]) -> dict[str, Listed]:
    tag, month = _narrow(model), {"published_after": "2015-06-01", "published_before": "2015-07-01"}

    def with_(**given: Any) -> Listed:
        return lambda each: model.recommend(each, now=NOW, **given)

    return {
        "the stored neighbours alone": lambda each: model.index.nearest(
            model.articles.row(each), 10
        ),
        "plain": with_(),
        "explained": with_(explain=True),
        "limit 50": with_(limit=50),
        "diversity 0.3": with_(diversity=0.3),
        "half_life_days 365": with_(half_life_days=365),
        "direction past": with_(direction="past"),
        "published in one month": with_(**month),
        f"one tag ({tag[1]:,} articles)": with_(tag=[tag[0]]),
        "fallback latest": with_(fallback="latest", min_score=0.9),
        "a draft": lambda each: model.recommend_for(drafts[each], now=NOW),
        "why": lambda each: model.why(each, model.articles.ids[0], now=NOW),
        "topics": lambda each: model.topics(each, now=NOW),
    }


def _narrow(model: Recommender) -> tuple[str, int]:
    """Return the tag that the fewest articles have, of those that at least six have."""
    df = model.space.df[len(model.space) - len(model.space.tags) :]
    enough = np.flatnonzero(df >= 6)
    if not len(enough):
        return "none", 0
    tag = int(enough[np.argmin(df[enough])])
    return model.space.tags[tag], int(df[tag])


def _row(name: str, work: Listed, ids: list[str]) -> dict[str, Any]:
    times = []
    for article_id in ids:
        # What it reads of the model is then in memory.
        work(article_id)
        began = time.perf_counter()
        work(article_id)
        times.append(1000 * (time.perf_counter() - began))
    p50, p99 = np.percentile(times, [50, 99])
    return {"list": name, "p50 ms": float(p50), "p99 ms": float(p99), "times": len(times)}
