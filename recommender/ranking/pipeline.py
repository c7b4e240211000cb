"""Pipeline: the candidates of a query, then each stage in order, to the end of the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from weakref import WeakKeyDictionary

from recommender.articles.times import microseconds
from recommender.errors import OptionError
from recommender.model import Model
from recommender.ranking.candidates import Candidates, Context, find_candidates
from recommender.ranking.editorial import Editorial
from recommender.ranking.filters import Filters
from recommender.ranking.options import Options
from recommender.ranking.query import Query
from recommender.ranking.stages import (
    Diversity,
    Fallback,
    KeepApart,
    MinScore,
    NearDuplicates,
    Pins,
    Stage,
)

# Called with the name of each step that is done.
StepObserver = Callable[[str], object]
# A cache: the rules of each model, looked up when first needed.
_editorials: WeakKeyDictionary[Model, Editorial] = WeakKeyDictionary()


def editorial(model: Model) -> Editorial:
    """Return the model's rules, looked up in its archive."""
    rules = _editorials.get(model)
    if rules is None:
        rules = _editorials[model] = Editorial.of(model.rules, model.articles)
    return rules


def context(model: Model, query: Query, options: Options, now: datetime | None) -> Context:
    """Return what stages may read.

    Raises
    ------
    OptionError
        When ``half_life_days`` is given without ``now``.
    """
    if options.half_life_days is not None and now is None:
        raise OptionError("half_life_days", "ages are counted from 'now', which is None")
    time = None if now is None else microseconds(now)
    filters, rules = Filters.of(model.articles, query, options, time), editorial(model)
    if editorial_filters := rules.filters(query):
        filters = replace(filters, each=filters.each + editorial_filters)
    pins = rules.pinned(query, time)
    return Context(query, options, model.articles, model.index, filters, time, pins)


def stages(model: Model, context: Context) -> list[Stage]:
    """Return the stages that the options ask for, in their order."""
    options, fallback = context.options, context.options.fallback
    hide = options.duplicates == "hide"
    rules = editorial(model)
    apart = KeepApart(rules.apart) if rules.apart else None
    groups = model.copies.groups if hide else None
    each = (
        Pins(model.index.times) if context.pins else None,
        MinScore(options.min_score) if options.min_score else None,
        NearDuplicates(model.copies, hide),
        Diversity(options.diversity, options.limit, options.pool) if options.diversity else None,
        apart,
        Fallback(fallback, options.limit, groups) if fallback != "none" else None,
        apart if fallback != "none" else None,
    )
    return [stage for stage in each if stage]


def run(model: Model, context: Context, observer: StepObserver | None = None) -> Candidates:
    """Return the candidates after the last stage; ``observer`` gets the name of each step."""
    return trace(model, context, observer)[-1][1]


def trace(
    model: Model, context: Context, observer: StepObserver | None = None
) -> list[tuple[str, Candidates]]:
    """Return the name of each step and the candidates after it; the search is the first."""
    options = context.options
    wanted, by_graph = max(model.config.neighbours, options.pool), options.by_graph
    while True:
        candidates, complete = find_candidates(model, wanted, by_graph, context)
        steps = [("candidates", candidates)]
        if observer:
            observer("candidates")
        for stage in stages(model, context):
            candidates = stage(candidates, context)
            steps.append((stage.name, candidates))
            if observer:
                observer(stage.name)
        # Candidates after one below the minimum score score no more than it.
        enough = candidates.similar >= options.limit or "below_min_score" in candidates.left_out
        if complete or enough:
            return steps
        wanted, by_graph = 2 * wanted, False
