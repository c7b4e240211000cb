"""Recommender: read this first. Articles in, the ALSO READ list of each out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from recommender import updates
from recommender.articles.article import Article
from recommender.articles.progress import Progress
from recommender.articles.times import days, microseconds
from recommender.config import Config
from recommender.copies.groups import CopyGroups
from recommender.copies.sketches import SketchBuilder
from recommender.errors import ArticleNotFoundError, ConfigError, DamagedModelError, OptionError
from recommender.kernels.tiling import Tiling
from recommender.lists.batch import batch
from recommender.lists.listing import Listing
from recommender.lists.topics import Topics
from recommender.lists.why import Why
from recommender.metadata.metadata import MetadataBuilder
from recommender.model import Model
from recommender.persistence.arrays import from_arrays, to_arrays, to_manifest
from recommender.persistence.files import read_model, write_model
from recommender.ranking import pipeline
from recommender.ranking.options import Options
from recommender.ranking.query import Query
from recommender.rules import Rules
from recommender.search.index import Index
from recommender.vectors.term_space import TermSpace


class Recommender(Model):
    """A trained archive that answers by id: complete and immutable; see ``Model`` for its parts.

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

    def recommend(
        self,
        article_id: str,
        *,
        now: datetime | None = None,
        observer: pipeline.StepObserver | None = None,
        **options: Any,
    ) -> Listing:
        """Return the ALSO READ list of an article, with the options of ``Options``.

        Articles published after ``now`` are left out, and ages are counted from it; with None all
        are visible. ``observer`` is called with the name of each step that is done.

        Raises
        ------
        ArticleNotFoundError
            When the model does not hold the article.
        OptionError
            When an option is unknown or out of its range.
        """
        query = Query.of_row(self, self.articles.row(article_id))
        context = pipeline.context(self, query, Options.of(**options), now)
        candidates = pipeline.run(self, context, observer)
        return Listing.of(self, candidates, context)

    @classmethod
    def fit(
        cls,
        articles: Iterable[Article],
        config: Config | None = None,
        *,
        approximate: bool = False,
        jobs: int | None = None,
        progress: Progress | None = None,
        tiling: Tiling | None = None,
    ) -> Self:
        """Train on a stream of articles, read once; ``jobs`` threads, joblib's rule.

        ``approximate`` stores nearly the nearest of a large archive, and ``index.quality`` how
        nearly. ``tiling`` affects speed and memory only.

        Raises
        ------
        ArticleError
            When two articles have one id.
        """
        config = config or Config()
        builder, sketcher = MetadataBuilder(), SketchBuilder()
        stream = builder.watch(articles)
        space, vectors = TermSpace.fit(stream, config.vectors, jobs, progress, sketcher.add, tiling)
        metadata, sketches = builder.build(), sketcher.build()
        # Free the raw buffers before building the index (peak memory).
        del builder, sketcher, stream
        index = Index.build(
            vectors,
            days(metadata.published),
            config.nearness,
            config.neighbours,
            jobs,
            progress,
            approximate=approximate,
            tiling=tiling,
        )
        copies = CopyGroups.of(sketches, index.neighbours, jobs)
        return cls(config, metadata, space, index, copies)

    def with_rules(self, rules: Rules) -> Self:
        """Return the same model whose lists follow these editorial rules, and no others."""
        return replace(self, rules=rules)

    def recommend_for(
        self,
        article: Article | None = None,
        *,
        like: Sequence[str | Article] = (),
        unlike: Sequence[str | Article] = (),
        now: datetime | None = None,
        **options: Any,
    ) -> Listing:
        """Return the list of an article outside the archive, or of several at once.

        ``like`` and ``unlike`` are ids or articles; see ``Query.of_mix``. An article without a date
        is dated ``now``.

        Raises
        ------
        ArticleNotFoundError
            When the model does not hold one of the ids.
        OptionError
            When an option is wrong, or not exactly one of ``article`` and ``like`` is given.

        Examples
        --------
        >>> from recommender import Draft
        >>> model = Recommender.fit([Article(id="a", title="Ferry late")])
        >>> model.recommend_for(Draft(title="No ferry today"))[0].article.id
        'a'
        """
        if (article is None) == (not like) or (article is not None and unlike):
            raise OptionError("article", "give it, or 'like', and 'unlike' only with that")
        query_of = partial(Query.of, self, now=None if now is None else microseconds(now))
        if article is not None:
            query = query_of(article)
        else:
            query = Query.of_mix([*map(query_of, like)], [*map(query_of, unlike)])
        context = pipeline.context(self, query, Options.of(**options), now)
        return Listing.of(self, pipeline.run(self, context), context)

    def why(
        self, article_id: str, other_id: str, *, now: datetime | None = None, **options: Any
    ) -> Why:
        """Return why another article is in an article's list, or why not; raises as ``recommend``.

        Examples
        --------
        >>> model = Recommender.fit([Article(id="a", title="Ferry"), Article(id="b", title="Owl")])
        >>> model.why("a", "b").left_out_by
        LeftOut(code='unrelated', detail='the two share no term')
        """
        row, other = self.articles.row(article_id), self.articles.row(other_id)
        context = pipeline.context(self, Query.of_row(self, row), Options.of(**options), now)
        return Why.of(self, other, context)

    def batch(
        self,
        ids: Iterable[str],
        *,
        distinct: bool = False,
        now: datetime | None = None,
        **options: Any,
    ) -> Iterator[tuple[str, Listing | ArticleNotFoundError]]:
        """Return each id's list, or the error that it is unknown, one after the other.

        With ``distinct`` no article is in two of the lists. It raises OptionError as ``recommend``.
        """
        return batch(self, ids, Options.of(**options), now, distinct)

    def topics(self, article_id: str, *, now: datetime | None = None) -> Topics:
        """Return READ MORE ON: the article's tags by how telling they are, and suggested tags.

        Articles published after ``now`` are hidden; with None all are visible.

        Raises
        ------
        ArticleNotFoundError
            When the model does not hold the article.
        """
        row = self.articles.row(article_id)
        return Topics.of(self, row, None if now is None else microseconds(now))

    def ranked(self, article_id: str, limit: int) -> list[str]:
        """Return only the ids of an article's list, best first, for ``evaluate``.

        ``limit`` may exceed that of ``Options``. Copies are listed, since judgments name them too.
        """
        query = Query.of_row(self, self.articles.row(article_id))
        options = Options(duplicates="show").model_copy(update={"limit": limit})
        context = pipeline.context(self, query, options, None)
        return [self.articles.ids[row] for row in pipeline.run(self, context).top(limit).rows]

    def apply_changes(self, changes: Iterable[updates.Change]) -> Self:
        """Return the model with changes since its ``applied_revision``; see ``updates``."""
        return updates.apply_changes(self, changes)

    def affected(self, rows: Iterable[int], now: datetime | None = None) -> updates.Affected:
        """Return whose lists have, had or would have one of some rows; see ``updates``."""
        return updates.affected(self, rows, None if now is None else microseconds(now))

    def recent_changes(
        self, now: datetime | None = None
    ) -> dict[int, tuple[set[str], updates.Affected]] | None:
        """Return the last few changes and whose lists they affect, by revision; see ``updates``."""
        return updates.recent_changes(self, None if now is None else microseconds(now))

    def warm(self) -> None:
        """Compile what a list may need and look the rules up, so that no request waits for it."""
        pipeline.editorial(self)
        # A live row needs the same code as any other, and reads little of the model.
        change = self.applied_revision, "warm", Article(id="warm", title="warm")
        warmed = self.apply_changes([change])
        warmed.recommend_for(Article(id="draft", title="warm"))
        warmed.affected([len(self.articles)])

    def save(self, path: str | Path) -> None:
        """Write the model into a new directory; see ``persistence.files``.

        Raises
        ------
        ModelError
            When the directory exists or cannot be written.
        """
        write_model(Path(path), to_arrays(self), to_manifest(self))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Open a saved model, memory-mapped; no code in it is run.

        Raises
        ------
        NoModelError, DamagedModelError
        """
        arrays, manifest = read_model(Path(path))
        try:
            return cls(*from_arrays(arrays, manifest))
        except (KeyError, TypeError, ValueError, ConfigError) as error:
            raise DamagedModelError(f"{path}: damaged: {error}: train again") from None
