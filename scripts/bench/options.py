"""The benchmark ``options``: one list with each option, in process and one thread."""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from bench.timing import Stopwatch, percentiles
from recommender import Catalog, Draft, ModelStore, Recommender

NOW = datetime.now(UTC)
BATCH = 1000
# From an article's id to its list.
Lister = Callable[[str], Any]


def options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time lists with reasons of articles spread over an archive, at the second request."""
    model = ModelStore(arguments.models).load()
    model.warm()
    count = min(len(model.articles), arguments.queries + 1)
    rows = np.linspace(0, len(model.articles) - 1, count).astype(int).tolist()
    ids = [model.articles.ids[row] for row in rows]
    with Catalog(f"sqlite:///{arguments.source}") as catalog:
        drafts = {article_id: Draft(**_text(catalog, article_id)) for article_id in ids}
    cells = [_row(name, lister, ids) for name, lister in _listers(model, drafts).items()]
    first_ids = [model.articles.ids[row] for row in range(min(BATCH, len(model.articles)))]
    for distinct in (False, True):
        start = time.perf_counter()
        for _ in model.batch(first_ids, now=NOW, distinct=distinct):
            pass
        milliseconds = 1000 * (time.perf_counter() - start)
        name = f"batch of {len(first_ids):,}{', distinct' if distinct else ''}, all of it"
        cells.append({"list": name, **percentiles([milliseconds])})
    return {"articles": len(model.articles), "rows": cells}


def _text(catalog: Catalog, article_id: str) -> dict[str, Any]:
    article = catalog.get(article_id)
    assert article
    return {"title": article.title, "body": article.body, "tags": article.tags}


def _listers(model: Recommender, drafts: dict[str, Draft]) -> dict[str, Lister]:
    tag, df = _rarest_tag(model)
    month = {"published_after": "2015-06-01", "published_before": "2015-07-01"}

    def with_(**values: Any) -> Lister:
        return lambda article_id: model.recommend(article_id, now=NOW, **values)

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
        f"one tag ({df:,} articles)": with_(tag=[tag]),
        "fallback latest": with_(fallback="latest", min_score=0.9),
        "a draft": lambda each: model.recommend_for(drafts[each], now=NOW),
        "why": lambda each: model.why(each, model.articles.ids[0], now=NOW),
        "topics": lambda each: model.topics(each, now=NOW),
    }


def _rarest_tag(model: Recommender) -> tuple[str, int]:
    """Return the tag of the fewest articles, but at least six, and their number."""
    df = model.space.df[len(model.space) - len(model.space.tags) :]
    enough = np.flatnonzero(df >= 6)
    if not len(enough):
        return "none", 0
    tag = int(enough[np.argmin(df[enough])])
    return model.space.tags[tag], int(df[tag])


def _row(name: str, lister: Lister, ids: list[str]) -> dict[str, Any]:
    milliseconds: list[float] = []
    for article_id in ids:
        # Brings the parts of the model that it reads into memory.
        lister(article_id)
        with Stopwatch(milliseconds):
            lister(article_id)
    return {"list": name, **percentiles(milliseconds)}
