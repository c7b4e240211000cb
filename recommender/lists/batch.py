"""Batch: the lists of many articles, one after the other, on request without repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import numpy as np

from recommender.errors import ArticleNotFoundError
from recommender.lists.listing import Listing
from recommender.model import Model
from recommender.ranking import pipeline
from recommender.ranking.filters import RowMask
from recommender.ranking.options import Options
from recommender.ranking.query import Query


def batch(
    model: Model, ids: Iterable[str], options: Options, now: datetime | None, distinct: bool
) -> Iterator[tuple[str, Listing | ArticleNotFoundError]]:
    """Yield each id's list, or the error that it is unknown; an id given twice comes once.

    With ``distinct`` an item of one list is in no later one, which takes the next best instead.
    """
    free = np.ones(len(model.articles), bool)
    for article_id in dict.fromkeys(ids):
        try:
            row = model.articles.row(article_id)
        except ArticleNotFoundError as error:
            yield article_id, error
            continue
        context = pipeline.context(model, Query.of_row(model, row), options, now)
        if distinct:
            each = (*context.filters.each, RowMask("listed_elsewhere", free))
            context = replace(context, filters=replace(context.filters, each=each))
        listing = Listing.of(model, pipeline.run(model, context), context)
        yield article_id, listing
        free[[model.articles.row(item.article.id) for item in listing]] = False
