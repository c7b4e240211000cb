"""Steps: where a list's candidates come from, and the stages they go through, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.copies import Copies
from recommender.editorial import NOTHING, KeptApart, Pinned
from recommender.ranking import Candidates, Context, Diverse, Fallback, MinScore, Stage

if TYPE_CHECKING:
    from recommender.recommender import Recommender


def candidates(
    model: Recommender, wanted: int, by_graph: bool, context: Context
) -> tuple[Candidates, bool]:
    """Return the nearest that pass the filters, and whether there are no others."""
    query, filters = context.query, context.filters
    if any(one.code == "no_list" for one in filters.each):
        return NOTHING, True
    if by_graph and query.stored and wanted <= model.config.neighbours:
        rows, scores = model.index.nearest(query.row, wanted)
        passed = filters.passes(rows)
        found = Candidates(rows[passed], scores[passed], from_graph=True)
        return found, len(rows) < wanted
    rows, scores = model.index.search(
        query.vector, query.day, wanted, factors=filters.factors(), row=query.row
    )
    return Candidates(rows, scores), len(rows) < wanted


def stages(model: Recommender, context: Context) -> list[Stage]:
    """Return the stages that are asked for, in their order."""
    options, fallback = context.options, context.options.fallback
    hide = options.duplicates == "hide"
    apart = KeptApart(model.editorial.apart) if model.editorial.apart else None
    groups = model.copies.groups if hide else None
    stages = (
        Pinned(model.index.times) if context.pins else None,
        MinScore(options.min_score) if options.min_score else None,
        Copies(model.copies, hide),
        Diverse(options.diversity, options.limit, options.pool) if options.diversity else None,
        apart,
        Fallback(fallback, options.limit, groups) if fallback != "none" else None,
        apart if fallback != "none" else None,
    )
    return [stage for stage in stages if stage]
