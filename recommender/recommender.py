"""Recommender: read this first. Articles in, the ALSO READ list of each out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.bundle import from_arrays, to_arrays, to_facts
from recommender.cards import CardMaker, Cards
from recommender.config import Config
from recommender.copies import Copies, copy_groups
from recommender.errors import ConfigError, DamagedModelError
from recommender.explain import DIGITS, explain, reason
from recommender.index import Index
from recommender.listing import Item, Listing, Shortfall
from recommender.modelfiles import read_model, write_model
from recommender.nearness import days, microseconds
from recommender.options import Options
from recommender.ranking import Candidates, Context, Embargo, Excluded, Stage
from recommender.sketches import Sketcher, Sketches
from recommender.tokens import Progress
from recommender.vectors import TermSpace


@dataclass(frozen=True)
class Recommender:
    """A trained archive: complete, immutable, and answering by id.

    ``copies`` (int32) is each row's group of copies, -1 where it has none; ``revision`` is the
    archive's when it was read.

    Examples
    --------
    >>> model = Recommender.fit([
    ...     Article(id="a", title="Ferry refit delayed", body="The ferry stays in the yard."),
    ...     Article(id="b", title="Ferry captain speaks", body="No date for the refit yet."),
    ...     Article(id="c", title="Orchestra names conductor"),
    ... ])
    >>> [(item.article.id, item.reason) for item in model.recommend("a")]
    [('b', 'Both about Ferry and refit')]
    """

    config: Config
    articles: Cards
    space: TermSpace
    index: Index
    sketches: Sketches
    copies: NDArray[np.int32]
    revision: int = 0

    @classmethod
    def fit(
        cls,
        articles: Iterable[Article],
        config: Config | None = None,
        *,
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> Recommender:
        """Train on a stream of articles, read once; ``jobs`` threads, joblib's rule.

        ``progress`` is told a phase, how many articles' worth of it is done, and of how many.

        Raises
        ------
        ArticleError
            When two articles have one id.
        """
        config = config or Config()
        maker, sketcher = CardMaker(), Sketcher()
        watched = sketcher.watch(maker.watch(articles))
        space, vectors = TermSpace.fit(watched, config.vectors, jobs, progress)
        cards = maker.made()
        index = Index.build(
            vectors, days(cards.published), config.nearness, config.neighbours, jobs, progress
        )
        sketches = sketcher.made()
        copies = copy_groups(sketches, index.neighbours)
        return cls(config, cards, space, index, sketches, copies)

    def recommend(self, article_id: str, *, now: datetime | None = None, **options: Any) -> Listing:
        """Return the ALSO READ list of an article, with the options of ``Options``.

        ``now`` holds back what is not published yet; None holds nothing back.

        Raises
        ------
        ArticleNotFoundError
            When the model does not hold the article.
        OptionError
            When an option is unknown or out of its range.
        """
        return self.list_of(self.articles.row(article_id), Options.of(**options), now)

    def list_of(self, row: int, options: Options, now: datetime | None) -> Listing:
        """Return the list of a row: the nearest articles, through the stages, to the limit."""
        context = Context(self.articles, None if now is None else microseconds(now))
        found = self._candidates(row, options.limit, self._stages(row, options), context)
        return self._listed(row, found, options, context)

    def ranked(self, article_id: str, limit: int) -> list[str]:
        """Return only the ids of an article's list, best first: what ``evaluate`` takes.

        ``limit`` may be past that of ``Options``. Copies are listed, since judgments name them too.
        """
        row = self.articles.row(article_id)
        stages = self._stages(row, Options(duplicates="show"))
        found = self._candidates(row, limit, stages, Context(self.articles, None))
        return [self.articles.ids[other] for other in found.top(limit).rows]

    def warm(self) -> None:
        """Compile what a list may need, so that no request waits for it."""
        if len(self.articles):
            # A query of no terms needs the same code, and reads next to nothing of the model.
            row = self.index.vectors.row(0)
            empty = replace(
                row,
                indptr=row.indptr * 0,
                indices=row.indices[:0],
                levels=row.levels[:0],
                fields=row.fields[:0],
            )
            self.index.search(empty, 0.0, 1)

    def _stages(self, row: int, options: Options) -> list[Stage]:
        found = (self.articles.ids.find(article_id) for article_id in options.exclude)
        excluded = tuple(other for other in found if other is not None)
        copies = Copies(self.copies, int(self.copies[row]), show=options.duplicates == "show")
        return [Embargo(), Excluded(excluded), copies]

    def _candidates(
        self, row: int, limit: int, stages: list[Stage], context: Context
    ) -> Candidates:
        """Send the graph's row through the stages, or twice as many, until there are enough."""
        wanted = self.config.neighbours
        while True:
            rows, scores = self.index.nearest(row, wanted)
            found = Candidates(rows, scores, from_graph=wanted <= self.config.neighbours)
            for stage in stages:
                found = stage(found, context)
            if len(found.rows) >= limit or len(rows) < wanted:
                return found
            wanted *= 2

    def _listed(self, row: int, found: Candidates, options: Options, context: Context) -> Listing:
        top = found.top(options.limit)
        items = tuple(self._item(at, row, top, options) for at in range(len(top.rows)))
        shortfall = None
        if len(items) < options.limit:
            shortfall = Shortfall(options.limit, len(items), self._unlisted(row, found, context))
        return Listing(self.articles[row], items, shortfall, found.from_graph)

    def _item(self, at: int, row: int, found: Candidates, options: Options) -> Item:
        other, score = int(found.rows[at]), float(found.scores[at])
        query, candidate = self.index.vectors.row(row), self.index.vectors.row(other)
        curve = self.config.calibration
        why = explain(self.space, query, candidate, score) if options.explain else None
        return Item(
            at + 1,
            self.articles[other],
            round(score, DIGITS),
            reason(self.space, query, candidate),
            probability=round(curve.probability(score), DIGITS) if curve else None,
            duplicates=tuple(self.articles.ids[copy] for copy in found.copies.get(other, ())),
            explanation=why,
        )

    def _unlisted(self, row: int, found: Candidates, context: Context) -> dict[str, int]:
        """Count why the other articles are not candidates; the unrelated share no term at all.

        Those under embargo are not told of.
        """
        others = context.told()
        others[row] = False
        unrelated = int(others.sum()) - len(found.rows) - sum(found.left_out.values())
        return found.left_out | ({"unrelated": unrelated} if unrelated else {})

    def save(self, path: str | Path) -> None:
        """Write the model into a new directory; see ``modelfiles``.

        Raises
        ------
        ModelError
            When the directory exists or cannot be written.
        """
        write_model(Path(path), to_arrays(self), to_facts(self))

    @classmethod
    def load(cls, path: str | Path) -> Recommender:
        """Open a saved model, memory-mapped; no code in it is run.

        Raises
        ------
        NoModelError, DamagedModelError
        """
        arrays, facts = read_model(Path(path))
        try:
            return cls(*from_arrays(arrays, facts))
        except (KeyError, TypeError, ValueError, ConfigError) as error:
            raise DamagedModelError(f"{path}: damaged: {error}: train again") from None
