"""Batch: the lists of many articles, one after the other, and if asked without repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import ArticleNotFoundError
from recommender.filters import Only
from recommender.listing import Listing
from recommender.options import Options
from recommender.queries import Query

if TYPE_CHECKING:
    from recommender.recommender import Recommender


def lists(
    model: Recommender, ids: Iterable[str], options: Options, now: datetime | None, distinct: bool
) -> Iterator[tuple[str, Listing | ArticleNotFoundError]]:
    """Yield each id's list, or the error that it is unknown; an id given twice comes once.

    With ``distinct`` what is in one list is in no later one, which takes the next best instead.
    """
    free = np.ones(len(model.articles), bool)
    for article_id in dict.fromkeys(ids):
        try:
            row = model.articles.row(article_id)
        except ArticleNotFoundError as error:
            yield article_id, error
            continue
        query = Query.of_row(model.articles, model.index, row)
        context = model.context(query, options, now)
        if distinct:
            each = (*context.filters.each, Only("listed_elsewhere", free))
            context = replace(context, filters=replace(context.filters, each=each))
        listing = model.answer(context)
        yield article_id, listing
        free[[model.articles.row(item.article.id) for item in listing]] = False
