"""Topics: READ MORE ON, an article's tags by how telling they are, and suggested tags."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import compress
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import NEVER
from recommender.kernels.layout import ADJACENT, IN_TITLE
from recommender.lists.listing import reference
from recommender.metadata.metadata import ArticleMetadata, Metadata
from recommender.model import Model
from recommender.text.tags import tag_key
from recommender.text.words import is_unsegmented, words
from recommender.vectors.packed import Vectors
from recommender.vectors.term_space import TermSpace

_DIGITS = 4
# The nearest articles that are counted, of which the first few are named in a suggestion.
_NEAREST, _FIRST = 50, 10
# The weight of the share expected by chance, beside that of the nearest articles.
_CHANCE_WEIGHT = 0.02
_MOST_SUGGESTED, _MIN_WEIGHT = 5, 0.1
# The most that a suggestion gains from its words being the strongest of the text.
_TEXT_GAIN = 0.35
# Names among so many of the strongest words and bigrams are suggested even if no near article has
# them as a tag; few other words are good tags.
_STRONGEST = 32


@dataclass(frozen=True, slots=True)
class Topic:
    """A tag of the article in its commonest spelling, and how many articles have it."""

    tag: str
    weight: float
    articles: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag that the article lacks, and the evidence for it."""

    tag: str
    weight: float
    because: str


@dataclass(frozen=True, slots=True)
class Topics:
    """READ MORE ON: an article's tags and suggested ones, the highest weight first.

    Weights are from 0 to 1. Of the 50 nearest articles, each weighing the square of its score, a
    ``share`` has a tag, of all articles ``df / n``. The share expected by chance weighs 0.02, so
    that few or faint neighbours say little. What is beyond chance, or 0, is
    ``near = (share - df/n) / (1 - df/n)``.

    A topic weighs ``(1 - ln df / ln n) * (1 + near) / 2``: rare in the archive, common nearby; or 0
    if no other article has it. A suggestion weighs ``1 - (1 - near) * (1 - 0.35 * named)`` where
    ``named`` is the weight of the tag's words in the article, the least of them, divided by that
    of its strongest word.
    """

    article: ArticleMetadata
    topics: tuple[Topic, ...]
    suggested: tuple[Suggestion, ...]

    @classmethod
    def of(cls, model: Model, row: int, now: int | None) -> Topics:
        """Return the topics of a row, without articles published after ``now`` (microseconds)."""
        articles = model.articles
        visible = articles.published <= (NEVER - 1 if now is None else now)
        article, tags = articles[row], _Tags(model.space, articles, visible)
        near, own = _Nearest(model, row, visible), _keys(article)
        text = _Text(model.space, model.index.row(row), article.language)
        topics = [_topic(tags, near, key) for key in own]
        lacking = {*near.ranks, *text.names()} - own
        suggested = sorted(_suggestions(tags, near, text, lacking), key=_by_weight)
        in_order = tuple(sorted(topics, key=_by_weight))
        return cls(article, in_order, tuple(suggested[:_MOST_SUGGESTED]))

    def to_record(self) -> dict[str, Any]:
        """Return the topics as JSON types, for the service and the command line."""
        return {
            "article": reference(self.article),
            "topics": [asdict(topic) for topic in self.topics],
            "suggested": [asdict(suggestion) for suggestion in self.suggested],
        }


class _Tags:
    """The archive's tags by key, without hidden articles."""

    def __init__(self, space: TermSpace, articles: Metadata, visible: NDArray[np.bool_]) -> None:
        # The given article may be the only one, and hidden.
        self.articles = max(1, int(np.count_nonzero(visible)))
        self._names, self._df = space.tags, space.df[len(space) - len(space.tags) :]
        hidden = (articles[int(row)] for row in np.flatnonzero(~visible[: space.articles]))
        self._hidden = Counter(key for article in hidden for key in _keys(article))
        self._live, self._metadata, self._visible = articles.facets.live, articles, visible

    def find(self, key: str) -> tuple[str, int]:
        """Return a tag's commonest spelling and how many articles have it, 0 for no tag."""
        number = self._names.find(key)
        rows = [row for row in self._live.get(f"tag {key}", ()) if self._visible[row]]
        if number is None:
            return self._spelling(key, rows), len(rows)
        return self._names[number], int(self._df[number]) - self._hidden[key] + len(rows)

    def _spelling(self, key: str, rows: list[int]) -> str:
        """Return how the first of some live articles spells a new tag."""
        tags = self._metadata[rows[0]].tags if rows else ()
        return next((tag for tag in tags if tag_key(tag) == key), key)


class _Nearest:
    """The nearest articles: the ranks of those that have each tag, and their weights."""

    def __init__(self, model: Model, row: int, visible: NDArray[np.bool_]) -> None:
        rows, scores = model.index.nearest(row, _NEAREST)
        self._weights = scores[visible[rows]].astype(np.float64) ** 2
        self.ranks: defaultdict[str, list[int]] = defaultdict(list)
        for rank, other in enumerate(rows[visible[rows]].tolist()):
            for key in _keys(model.articles[other]):
                self.ranks[key].append(rank)

    def beyond_chance(self, key: str, chance: float) -> float:
        """Return a tag's ``near``; see ``Topics``."""
        having = float(self._weights[self.ranks.get(key, [])].sum())
        total = float(self._weights.sum()) + _CHANCE_WEIGHT
        share = (having + _CHANCE_WEIGHT * chance) / total
        return max(0.0, (share - chance) / (1 - chance)) if chance < 1 else 0.0

    def evidence(self, key: str) -> str:
        """Return how many of the nearest have a tag, of the first ten if any of these do."""
        ranks = self.ranks[key]
        size = min(_FIRST if ranks[0] < _FIRST else _NEAREST, len(self._weights))
        count = sum(rank < size for rank in ranks)
        return f"{count} of its {size} nearest articles {'has' if count == 1 else 'have'} it"


class _Text:
    """The words of an article: their weights relative to the strongest, and those of its title."""

    def __init__(self, space: TermSpace, vector: Vectors, language: str | None) -> None:
        languages = space.settings.languages()
        self._term = languages.analyzer(languages.code(language))
        self._space, self._vector = space, vector
        count = int(np.searchsorted(vector.indices, len(space.words)))
        columns, weights = vector.indices[:count].tolist(), vector.data[:count]
        terms = [space.terms.key(space.terms[column]) for column in columns]
        self._weights = dict(zip(terms, (weights / weights.max(initial=0)).tolist(), strict=True))
        self._in_title = set(compress(terms, vector.fields[:count] & IN_TITLE))

    def names(self) -> Iterator[str]:
        """Yield the names among the strongest words and bigrams, as tag keys."""
        vector = self._vector
        for at in np.argsort(-vector.data, kind="stable")[:_STRONGEST]:
            adjacent = bool(vector.fields[at] & ADJACENT)
            name = self._space.name(int(vector.indices[at]), adjacent)
            if "…" not in name and (name[:1].isupper() or is_unsegmented(name)):
                yield tag_key(name)

    def named(self, tag: str) -> tuple[float, str]:
        """Return the ``named`` of a tag, see ``Topics``, and where its words are."""
        terms = {term for term in map(self._term, words(tag)) if term}
        if not terms or not terms <= self._weights.keys():
            return 0.0, ""
        place, plural = "title" if terms <= self._in_title else "text", "s" * (len(terms) > 1)
        return min(self._weights[term] for term in terms), f"its {place} has the word{plural}"


def _by_weight(one: Topic | Suggestion) -> tuple[float, str]:
    return -one.weight, one.tag


def _keys(article: ArticleMetadata) -> set[str]:
    return {tag_key(tag) for tag in article.tags}


def _topic(tags: _Tags, near: _Nearest, key: str) -> Topic:
    (tag, df), weight = tags.find(key), 0.0
    if df > 1:
        beyond = near.beyond_chance(key, df / tags.articles)
        weight = (1 - log(df) / log(tags.articles)) * (1 + beyond) / 2
    return Topic(tag, round(weight, _DIGITS), df)


def _suggestions(tags: _Tags, near: _Nearest, text: _Text, keys: set[str]) -> Iterator[Suggestion]:
    for key in keys:
        tag, df = tags.find(key)
        named, place = text.named(tag)
        beyond = near.beyond_chance(key, df / tags.articles)
        weight = 1 - (1 - beyond) * (1 - _TEXT_GAIN * named)
        if df and weight >= _MIN_WEIGHT:
            reasons = [near.evidence(key)] if key in near.ranks else []
            because = ", and ".join(filter(None, [*reasons, place]))
            yield Suggestion(tag, round(weight, _DIGITS), because)
