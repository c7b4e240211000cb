"""Topics: READ MORE ON, an article's tags by what they tell, and the tags it lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import compress
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Card, Cards
from recommender.index import Index
from recommender.nearness import NEVER
from recommender.rows import Vectors
from recommender.tags import tag_key
from recommender.vectors import TermSpace
from recommender.weights import FIELDS, TOUCHING
from recommender.words import is_unsegmented, words

_DIGITS = 4
# How many of the nearest articles are asked, the weight of chance beside them; how many tags are
# suggested, from which weight on.
_NEAREST = 50
_FIRST = 10
_CHANCE = 0.02
_SUGGESTED = 5
_FLOOR = 0.1
# What a tag gains whose words are the strongest of the text. Names among so many of the strongest
# words and pairs of words may be tags that no near article has; of other words few are good ones.
_GAIN = 0.35
_STRONGEST = 32
_IN_TITLE = 1 << FIELDS.index("title")


@dataclass(frozen=True, slots=True)
class Topic:
    """A tag of the article in its commonest spelling, and how many articles have it."""

    tag: str
    weight: float
    articles: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag that the article lacks, and what speaks for it."""

    tag: str
    weight: float
    because: str


@dataclass(frozen=True, slots=True)
class Topics:
    """READ MORE ON: an article's tags and suggested ones, each from the weightiest on.

    Weights are from 0 to 1. Of the 50 nearest articles, each as heavy as the square of its score, a
    ``share`` has a tag, of all articles ``df / n``; as heavy as 0.02 is what has it by chance, so
    that few or faint neighbours say little. What is beyond chance, or 0, is
    ``near = (share - df/n) / (1 - df/n)``.

    A topic weighs ``(1 - ln df / ln n) * (1 + near) / 2``: rare in the archive, common nearby; or 0
    if no other article has it. A suggestion weighs ``1 - (1 - near) * (1 - 0.35 * named)`` where
    ``named`` is the weight that the tag's words have in the article, the least of them, divided by
    that of its strongest word.
    """

    article: Card
    topics: tuple[Topic, ...]
    suggested: tuple[Suggestion, ...]

    def to_record(self) -> dict[str, Any]:
        """Return the topics as JSON types, as the service and the command line give them."""
        article = self.article
        return {
            "article": {"id": article.id, "title": article.title, "url": article.url},
            "topics": [asdict(topic) for topic in self.topics],
            "suggested": [asdict(suggestion) for suggestion in self.suggested],
        }


def topics_of(row: int, space: TermSpace, index: Index, articles: Cards, now: int | None) -> Topics:
    """Return the topics of a row; what is published after ``now`` (microseconds) counts nowhere."""
    told = articles.published <= (NEVER - 1 if now is None else now)
    card, tags = articles[row], _Tags(space, articles, told)
    near, own = _Near(row, index, articles, told), _keys(card)
    text = _Text(space, index.row(row), card.language)
    topics = [_topic(tags, near, key) for key in own]
    lacking = {*near.ranks, *text.names()} - own
    suggested = sorted(_suggestions(tags, near, text, lacking), key=_heaviest)
    return Topics(card, tuple(sorted(topics, key=_heaviest)), tuple(suggested[:_SUGGESTED]))


class _Tags:
    """The archive's tags by key, without what is under embargo."""

    def __init__(self, space: TermSpace, articles: Cards, told: NDArray[np.bool_]) -> None:
        # The article asked about may be the only one, and under embargo.
        self.articles = max(1, int(np.count_nonzero(told)))
        self._names, self._df = space.tags, space.df[len(space) - len(space.tags) :]
        hidden = (articles[int(row)] for row in np.flatnonzero(~told[: space.articles]))
        self._hidden = Counter(key for card in hidden for key in _keys(card))
        self._newer, self._cards, self._told = articles.facets.newer, articles, told

    def find(self, key: str) -> tuple[str, int]:
        """Return a tag's commonest spelling and how many articles have it, 0 if it is none."""
        number = self._names.find(key)
        rows = [row for row in self._newer.get(f"tag {key}", ()) if self._told[row]]
        if number is None:
            return self._written(key, rows), len(rows)
        return self._names[number], int(self._df[number]) - self._hidden[key] + len(rows)

    def _written(self, key: str, rows: list[int]) -> str:
        """Return how the first of some newer articles writes a tag that is new."""
        tags = self._cards[rows[0]].tags if rows else ()
        return next((tag for tag in tags if tag_key(tag) == key), key)


class _Near:
    """The nearest articles: the ranks of those that have each tag, and what they weigh."""

    def __init__(self, row: int, index: Index, articles: Cards, told: NDArray[np.bool_]) -> None:
        rows, scores = index.nearest(row, _NEAREST)
        self._weights = scores[told[rows]].astype(np.float64) ** 2
        self.ranks: defaultdict[str, list[int]] = defaultdict(list)
        for rank, other in enumerate(rows[told[rows]].tolist()):
            for key in _keys(articles[other]):
                self.ranks[key].append(rank)

    def beyond_chance(self, key: str, chance: float) -> float:
        """Return a tag's ``near``; see ``Topics``."""
        having = float(self._weights[self.ranks.get(key, [])].sum())
        share = (having + _CHANCE * chance) / (float(self._weights.sum()) + _CHANCE)
        return max(0.0, (share - chance) / (1 - chance)) if chance < 1 else 0.0

    def told(self, key: str) -> str:
        """Return a phrase on how many of the nearest have a tag, of the first ten if any."""
        ranks = self.ranks[key]
        asked = min(_FIRST if ranks[0] < _FIRST else _NEAREST, len(self._weights))
        count = sum(rank < asked for rank in ranks)
        return f"{count} of its {asked} nearest articles {'has' if count == 1 else 'have'} it"


class _Text:
    """The words of an article: their weights as shares of the strongest, and those of its title."""

    def __init__(self, space: TermSpace, vector: Vectors, language: str | None) -> None:
        languages = space.settings.languages()
        self._term = languages.analyzer(languages.code(language))
        self._space, self._vector = space, vector
        count = int(np.searchsorted(vector.indices, len(space.words)))
        columns, weights = vector.indices[:count].tolist(), vector.data[:count]
        terms = [space.terms.key(space.terms[column]) for column in columns]
        self._weights = dict(zip(terms, (weights / weights.max(initial=0)).tolist(), strict=True))
        self._titled = set(compress(terms, vector.fields[:count] & _IN_TITLE))

    def names(self) -> Iterator[str]:
        """Yield the names among the strongest words and pairs of words as keys of tags."""
        vector = self._vector
        for at in np.argsort(-vector.data, kind="stable")[:_STRONGEST]:
            touching = bool(vector.fields[at] & TOUCHING)
            name = self._space.name(int(vector.indices[at]), touching)
            if "…" not in name and (name[:1].isupper() or is_unsegmented(name)):
                yield tag_key(name)

    def named(self, tag: str) -> tuple[float, str]:
        """Return the ``named`` of a tag, see ``Topics``, and where its words stand."""
        terms = {term for term in map(self._term, words(tag)) if term}
        if not terms or not terms <= self._weights.keys():
            return 0.0, ""
        place, several = "title" if terms <= self._titled else "text", "s" * (len(terms) > 1)
        return min(self._weights[term] for term in terms), f"its {place} has the word{several}"


def _heaviest(one: Topic | Suggestion) -> tuple[float, str]:
    return -one.weight, one.tag


def _keys(card: Card) -> set[str]:
    return {tag_key(tag) for tag in card.tags}


def _topic(tags: _Tags, near: _Near, key: str) -> Topic:
    (tag, df), weight = tags.find(key), 0.0
    if df > 1:
        beyond = near.beyond_chance(key, df / tags.articles)
        weight = (1 - log(df) / log(tags.articles)) * (1 + beyond) / 2
    return Topic(tag, round(weight, _DIGITS), df)


def _suggestions(tags: _Tags, near: _Near, text: _Text, keys: set[str]) -> Iterator[Suggestion]:
    for key in keys:
        tag, df = tags.find(key)
        named, stands = text.named(tag)
        beyond = near.beyond_chance(key, df / tags.articles)
        weight = 1 - (1 - beyond) * (1 - _GAIN * named)
        if df and weight >= _FLOOR:
            reasons = [near.told(key)] if key in near.ranks else []
            because = ", and ".join(filter(None, [*reasons, stands]))
            yield Suggestion(tag, round(weight, _DIGITS), because)
