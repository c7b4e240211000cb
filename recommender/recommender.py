"""Recommender: read this first. Articles in, the ALSO READ list of each out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from recommender.article import Article
from recommender.batch import lists
from recommender.bundle import from_arrays, to_arrays, to_facts
from recommender.cards import CardMaker, Cards
from recommender.config import Config
from recommender.copies import CopyGroups
from recommender.editorial import Editorial
from recommender.errors import ArticleNotFoundError, ConfigError, DamagedModelError, OptionError
from recommender.filters import Filters
from recommender.index import Index
from recommender.listing import Listing
from recommender.modelfiles import read_model, write_model
from recommender.nearness import days, microseconds
from recommender.options import Options
from recommender.overlay import Affected, Change, Overlay, affected, after
from recommender.queries import Query
from recommender.ranking import Candidates, Context, Mark, unmarked
from recommender.rules import Rules
from recommender.sketches import Sketcher
from recommender.steps import candidates, stages
from recommender.tokens import Progress
from recommender.topics import Topics, topics_of
from recommender.vectors import TermSpace
from recommender.why import Why


@dataclass(frozen=True)
class Recommender:
    """A trained archive: complete, immutable, and answering by id.

    ``revision`` is the archive's when it was read, ``overlay`` what is known of changes since, and
    ``rules`` are what editors decide on top; neither of the two is part of what is saved.

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
    copies: CopyGroups
    revision: int = 0
    overlay: Overlay = field(default_factory=Overlay)
    rules: Rules = field(default_factory=Rules)

    @classmethod
    def fit(
        cls,
        articles: Iterable[Article],
        config: Config | None = None,
        *,
        approximate: bool = False,
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> Recommender:
        """Train on a stream of articles, read once; ``jobs`` threads, joblib's rule.

        ``approximate`` stores nearly the nearest of a large archive: see ``index.closeness``.

        ``progress`` is told a phase, how many articles' worth of it is done, and of how many.

        Raises
        ------
        ArticleError
            When two articles have one id.
        """
        config = config or Config()
        maker, sketcher = CardMaker(), Sketcher()
        watched = maker.watch(articles)
        space, vectors = TermSpace.fit(watched, config.vectors, jobs, progress, sketcher.add)
        cards, sketches = maker.made(), sketcher.made()
        # What they were made of is much, and of no use any more.
        del maker, sketcher, watched
        near = days(cards.published), config.nearness, config.neighbours
        index = Index.build(vectors, *near, jobs, progress, approximate=approximate)
        return cls(config, cards, space, index, CopyGroups.of(sketches, index.neighbours, jobs))

    def with_rules(self, rules: Rules) -> Recommender:
        """Return the same model whose lists keep to these rules, and to no others."""
        return replace(self, rules=rules)

    @cached_property
    def editorial(self) -> Editorial:
        """The rules, looked up in this archive."""
        return Editorial.of(self.rules, self.articles)

    def recommend(self, article_id: str, *, now: datetime | None = None, **options: Any) -> Listing:
        """Return the ALSO READ list of an article, with the options of ``Options``.

        ``now`` holds back what is not published yet, and is what ages are counted from; None holds
        nothing back.

        Raises
        ------
        ArticleNotFoundError
            When the model does not hold the article.
        OptionError
            When an option is unknown or out of its range.
        """
        return self.list_of(self.articles.row(article_id), Options.of(**options), now)

    def recommend_for(
        self,
        article: Article | None = None,
        *,
        like: Sequence[str | Article] = (),
        unlike: Sequence[str | Article] = (),
        now: datetime | None = None,
        **options: Any,
    ) -> Listing:
        """Return the list of an article that is not in the archive, or of several at once.

        What is ``like`` and ``unlike`` are ids or articles; see ``Query.of_mix``. An article
        without a date is dated ``now``.

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
        moment = None if now is None else microseconds(now)
        asked = partial(Query.of, self.articles, self.index, self.space, moment)
        if article is not None:
            query = asked(article)
        else:
            query = Query.of_mix([*map(asked, like)], [*map(asked, unlike)])
        return self.answer(self.context(query, Options.of(**options), now))

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
        query = Query.of_row(self.articles, self.index, row)
        return Why.of(self, other, self.context(query, Options.of(**options), now))

    def batch(
        self,
        ids: Iterable[str],
        *,
        distinct: bool = False,
        now: datetime | None = None,
        **options: Any,
    ) -> Iterator[tuple[str, Listing | ArticleNotFoundError]]:
        """Return each id's list, or that it is unknown, one after the other; see ``batch.lists``.

        ``distinct`` puts no article in two of them. It raises OptionError as ``recommend`` does.
        """
        return lists(self, ids, Options.of(**options), now, distinct)

    def list_of(
        self, row: int, options: Options, now: datetime | None, mark: Mark = unmarked
    ) -> Listing:
        """Return the list of a row."""
        query = Query.of_row(self.articles, self.index, row)
        return self.answer(self.context(query, options, now), mark)

    def answer(self, context: Context, mark: Mark = unmarked) -> Listing:
        """Return the list of a query: its candidates, through the stages, to the limit.

        ``mark`` is told the name of each step that is done.
        """
        *_, (_, found) = self.steps(context, mark)
        listing = Listing.of(self, found, context)
        mark("list")
        return listing

    def context(self, query: Query, options: Options, now: datetime | None) -> Context:
        """Return what stages may look at, or raise OptionError when ages have no ``now``."""
        if options.half_life_days is not None and now is None:
            raise OptionError("half_life_days", "ages are counted from 'now', which is None")
        moment = None if now is None else microseconds(now)
        filters = Filters.of(self.articles, query, options, moment)
        if added := self.editorial.filters(query):
            filters = replace(filters, each=filters.each + added)
        pins = self.editorial.pinned(query, moment)
        return Context(query, options, self.articles, self.index, filters, moment, pins)

    def steps(self, context: Context, mark: Mark = unmarked) -> list[tuple[str, Candidates]]:
        """Return the candidates as they are found, and what each stage makes of them, by name."""
        options = context.options
        wanted, by_graph = max(self.config.neighbours, options.pool), options.by_graph
        while True:
            found, whole = candidates(self, wanted, by_graph, context)
            steps = [("candidates", found)]
            mark("candidates")
            for stage in stages(self, context):
                found = stage(found, context)
                steps.append((stage.name, found))
                mark(stage.name)
            # Who comes after one that scores too little scores no more.
            if whole or found.similar >= options.limit or "below_min_score" in found.left_out:
                return steps
            wanted, by_graph = 2 * wanted, False

    def topics(self, article_id: str, *, now: datetime | None = None) -> Topics:
        """Return READ MORE ON: the article's tags by what they tell, and tags it lacks.

        ``now`` holds back what is not published yet; None holds nothing back.

        Raises
        ------
        ArticleNotFoundError
            When the model does not hold the article.
        """
        row, moment = self.articles.row(article_id), None if now is None else microseconds(now)
        return topics_of(row, self.space, self.index, self.articles, moment)

    def ranked(self, article_id: str, limit: int) -> list[str]:
        """Return only the ids of an article's list, best first: what ``evaluate`` takes.

        ``limit`` may be past that of ``Options``. Copies are listed, since judgments name them too.
        """
        query = Query.of_row(self.articles, self.index, self.articles.row(article_id))
        options = Options(duplicates="show").model_copy(update={"limit": limit})
        context = self.context(query, options, None)
        *_, (_, found) = self.steps(context)
        return [self.articles.ids[row] for row in found.top(limit).rows]

    @property
    def known(self) -> int:
        """The archive's revision up to which changes are known."""
        return max(self.revision, self.overlay.revision)

    def after(self, changes: Iterable[Change]) -> Recommender:
        """Return the recommender as it is after changes since ``known``; see ``overlay``."""
        return after(self, changes)

    def affected(self, rows: Iterable[int], now: datetime | None = None) -> Affected:
        """Return whose lists have, had or would have one of some rows; see ``overlay``."""
        return affected(self, rows, None if now is None else microseconds(now))

    def warm(self) -> None:
        """Compile what a list may need, and look the rules up, so that no request waits for it."""
        _ = self.editorial
        # A newer article needs the same code as any other, and reads little of the model.
        ready = after(self, [(self.known, "warm", Article(id="warm", title="warm"))])
        ready.recommend_for(Article(id="draft", title="warm"))
        ready.affected([len(self.articles)])

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
