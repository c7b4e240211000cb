#!/usr/bin/env python3
"""Write a synthetic archive of news, of any size: the same N, seed and words give the same bytes.

scripts/make_archive.py N OUT [--seed 0] [--words 300]

Its text has the statistics of real news. Lengths are log-normal. A word comes from the background
(a Zipf-Mandelbrot law whose tail never ends, so that the vocabulary grows as Heaps says), from the
article's topic (a list of words with a Zipf law of its own), from its story (a few rare words: its
names, in capitals) or from earlier in the article, for words come in bursts. Sizes of stories are
heavy tailed, their articles lie close in time, and some articles are near copies of another.
"""

import argparse
import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CHUNK = 2000  # articles that are drawn at once
SIGMA = 0.64  # of the logarithm of lengths
# The background falls as 1 / (rank + SHIFT) to rank KNEE, and from there with a power of -TAIL.
SHIFT, KNEE, TAIL = 1.3, 2500, 1.95
HEAD_MASS, TAIL_MASS = np.log((KNEE + SHIFT) / SHIFT), 1 / (TAIL - 1)
RARE = 0.66  # the share of the background's mass above which the words of stories are
# The mean shares of words from the topic and the story, and the share of words said before.
OF_TOPIC, OF_STORY, AGAIN = 0.17, 0.17, 0.16
TOPICS, TOPIC_WORDS, STORY_WORDS, ARTICLES_PER_STORY = 200, 1200, 45, 12
COPIES, KEPT = 0.12, (0.75, 0.99)  # the share of near copies, and of the words they keep
FIRST_DAY, DAYS, UNDATED = np.datetime64("2016-11-01T06:00:00"), 3650, 0.02
SECTIONS = "World Politics Business Science Health Technology Culture Sport Travel Opinion".split()
# The commonest words, as in news: most of them stop words.
FUNCTION = (
    "the of to and in a said for that on it is was by with from as at be he has its have but are "
    "will an not or his which this they had their were would been more who after about up one also "
    "out there over new two we when if than could first other can no into all her she some last "
    "what so you most do before only against because now while during many between them then very "
    "those these him such under where any made my like through being your how did each even much "
    "well should off since down both just until me too another way own same people year make our"
).split()
SYLLABLES = [
    onset + rime
    for onset in "b c d f g h j k l m n p r s t v w st tr ch".split()
    for rime in "a i o u an en in on ar or".split()
]
# The shares of articles of which is told: topic, a related topic, story, summary, author, language.
TOLD = (0.9, 0.3, 0.5, 0.33, 0.9, 0.95)
ROW = 24  # bytes of a word's row: 20 for the word, 4 for what follows it
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


class Words(NamedTuple):
    """The words of some articles: ``ids``, ranks in the background, one article after another.

    ``named`` tells which are names; article ``i`` starts at ``starts[i]`` and belongs to
    ``story[i]``; ``source[i]`` is the article it is a near copy of, itself if it is none.
    """

    ids: Ints
    named: NDArray[np.bool_]
    starts: Ints
    story: Ints
    source: Ints


def chance(*keys: Ints | int) -> Floats:
    """Return numbers from 0 to 1, always the same for the same keys (splitmix64)."""
    mixed = np.zeros(1, np.uint64)
    for key in keys:
        mixed = (mixed ^ np.asarray(key).astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) * 2.0**-53


def background(mass: Floats) -> Ints:
    """Return the ids at given shares of the background's mass, of which 0 has the commonest."""
    mass = mass * (HEAD_MASS + TAIL_MASS)
    rank = SHIFT * np.exp(np.minimum(mass, HEAD_MASS)) - SHIFT
    (far,) = np.nonzero(mass > HEAD_MASS)
    left = np.maximum(1 - (mass[far] - HEAD_MASS) / TAIL_MASS, 1e-9)
    rank[far] = (KNEE + SHIFT) * left ** (-1 / (TAIL - 1)) - SHIFT
    return np.minimum(rank, 4e9).astype(np.int64)


def from_topic(topic: Ints, draw: Floats) -> Ints:
    """Return a word of each topic, by its Zipf law."""
    rank = (TOPIC_WORDS**draw - 1).astype(np.int64)
    return len(FUNCTION) + ((rank + 1) * np.exp(1 + 3.5 * chance(topic, rank, 2))).astype(np.int64)


def from_story(story: Ints, draw: Floats) -> Ints:
    """Return a word of each story, by its Zipf law."""
    rank = ((STORY_WORDS + 1) ** draw - 1).astype(np.int64)
    return background(RARE + (1 - RARE) * chance(story, rank, 3))


def topic_of(story: Ints) -> Ints:
    """Return the topic of each story."""
    return (TOPICS * chance(story, 1) ** 1.5).astype(np.int64)


def spelled(ids: Ints) -> Bytes:
    """Return words as rows of bytes, in which zeros stand for nothing; no two ids are alike.

    The commonest are function words, the others two to five syllables, the rarer the more: the
    digits of the id.
    """
    syllables = np.array(SYLLABLES, "S4").view("<u4")
    rest = np.maximum(ids - len(FUNCTION), 0) + len(SYLLABLES)
    rows = np.zeros((len(ids), ROW // 4), "<u4")
    chosen = np.zeros(len(ids), np.int64)
    for place in range(5):
        # Moved on by the syllable before, so that neighbours in rank look unlike.
        chosen = (rest + 37 * chosen) % len(syllables)
        rows[:, place] = np.where(rest > 0, syllables[chosen], 0)
        rest = rest // len(syllables)
    found = rows.view(np.uint8)
    (short,) = np.nonzero(ids < len(FUNCTION))
    found[short] = np.array(FUNCTION, f"S{ROW}").view(np.uint8).reshape(-1, ROW)[ids[short]]
    return found


def names(ids: Ints) -> list[str]:
    """Return words as strings with a capital."""
    return [row.tobytes().replace(b"\0", b"").decode().title() for row in spelled(ids)]


def draw(rng: np.random.Generator, articles: int, stories: int, median: int) -> Words:
    """Draw the words of some articles."""
    lengths = np.maximum(20, median * np.exp(rng.normal(0, SIGMA, articles))).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    total = int(lengths.sum())
    article = np.repeat(np.arange(articles), lengths)
    place = np.arange(total) - starts[article]
    copied = rng.random(articles) < COPIES
    copied[0] = False
    source = np.arange(articles)
    source[copied] = rng.choice(np.flatnonzero(~copied), copied.sum())
    story = (stories * rng.random(articles) ** 2.5).astype(np.int64)[source]
    ids, named = _mixed(rng, article, story)
    _repeat(rng, ids, named, starts[article], place)
    kept = rng.random(total) < rng.uniform(*KEPT, articles)[article]
    kept &= copied[article] & (place < lengths[source[article]])
    (at,) = np.nonzero(kept)
    original = starts[source[article[at]]] + place[at]
    ids[at], named[at] = ids[original], named[original]
    return Words(ids, named, starts, story, source)


def _mixed(rng: np.random.Generator, article: Ints, story: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Draw each word from the background, its topic or its story; the last are the names."""
    n = len(story)
    share_of_story = (OF_STORY * rng.gamma(2, 1 / 2, n)).clip(0, 0.4)
    share_of_both = share_of_story + (OF_TOPIC * rng.gamma(3, 1 / 3, n)).clip(0, 0.5)
    which, mass = rng.random(len(article)), rng.random(len(article))
    named = which < share_of_story[article]
    plain = which >= share_of_both[article]
    (topical,) = np.nonzero(~named & ~plain)
    ids = np.empty(len(article), np.int64)
    ids[plain] = background(mass[plain])
    ids[topical] = from_topic(topic_of(story)[article[topical]], mass[topical])
    ids[named] = from_story(story[article[named]], mass[named])
    return ids, named


def _repeat(
    rng: np.random.Generator, ids: Ints, named: NDArray[np.bool_], start: Ints, place: Ints
) -> None:
    """Put words that an article has said before in the place of some that are no function words."""
    (at,) = np.nonzero((rng.random(len(ids)) < AGAIN) & (place > 0) & (ids >= len(FUNCTION)))
    said = start[at] + (rng.random(len(at)) * place[at]).astype(np.int64)
    content = ids[said] >= len(FUNCTION)
    at, said = at[content], said[content]
    ids[at], named[at] = ids[said], named[said]


class Writer:
    """Spells words as text; those of low ids are spelled once and for all."""

    def __init__(self, common: int = 1 << 17) -> None:
        self.common = spelled(np.arange(common))

    def rows(self, ids: Ints) -> Bytes:
        """Return the rows of ``spelled``."""
        found = self.common[np.minimum(ids, len(self.common) - 1)]
        (rare,) = np.nonzero(ids >= len(self.common))
        found[rare] = spelled(ids[rare])
        return found

    def texts(self, rng: np.random.Generator, words: Words) -> tuple[list[str], list[str]]:
        """Return the titles and the bodies; a title is the first content words of its body."""
        rows = self.rows(words.ids)
        rows[:, 0] -= 32 * words.named.astype(np.uint8)
        first = np.zeros(len(rows), bool)
        first[words.starts] = True
        article = np.cumsum(first) - 1
        content = (words.ids >= len(FUNCTION)) | first
        nth = np.cumsum(content)
        nth -= nth[words.starts][article]
        titled = content & (nth < rng.integers(5, 11, len(words.starts))[article])
        last = np.append(first[1:], True)
        stop = (rng.random(len(rows)) < 1 / 21) | last
        titles = _joined(rows[titled], first[titled], np.append(first[titled][1:], True))
        rows[stop, -3] = ord(".")
        return titles, _joined(rows, np.append(True, stop[:-1]), last)


def _joined(rows: Bytes, capital: NDArray[np.bool_], last: NDArray[np.bool_]) -> list[str]:
    """Put words together to texts, of which each ends with the ``last``."""
    rows[:, 0] -= 32 * (capital & (rows[:, 0] >= 97)).astype(np.uint8)
    rows[:, -2] = np.where(last, ord("\n"), ord(" "))
    return rows[rows > 0].tobytes().decode().split("\n")[:-1]


def published(rng: np.random.Generator, words: Words, articles: int, stories: int) -> list[str]:
    """Return when each article came out, empty where unknown; a large story goes on for longer."""
    story, n = words.story, len(words.story)
    size = articles * (((story + 1) / stories) ** 0.4 - (story / stories) ** 0.4)
    days = DAYS * chance(story, 4) + rng.exponential(2 * size**0.8)
    copied = words.source != np.arange(n)
    days = np.where(copied, days[words.source] + rng.random(n), days)
    days = np.abs(DAYS - np.abs(DAYS - days)).clip(0, DAYS)  # turns back at the last day
    found = np.datetime_as_string(FIRST_DAY + (86400 * days).astype("m8[s]"), unit="s")
    return np.where(rng.random(n) < UNDATED, "", np.strings.add(found, "Z")).tolist()


def records(articles: int, seed: int = 0, words: int = 300) -> Iterator[dict[str, object]]:
    """Yield an archive's articles; ``words`` is the median of their lengths."""
    stories = max(1, articles // ARTICLES_PER_STORY)
    writer = Writer()
    for first in range(0, articles, CHUNK):
        rng = np.random.default_rng((seed, first))
        drawn = draw(rng, min(CHUNK, articles - first), stories, words)
        texts = zip(*writer.texts(rng, drawn), strict=True)
        times = published(rng, drawn, articles, stories)
        facts = zip(*_facts(rng, drawn.story), strict=True)
        for row, parts in enumerate(zip(texts, times, facts, strict=True), first):
            yield _record(f"{row:08}", *parts)


def _facts(rng: np.random.Generator, story: Ints) -> tuple[list, ...]:
    """Return each article's topic, a related one, its story, its author, and what is told of it."""
    n, topic = len(story), topic_of(story)
    related = (topic + rng.integers(1, 4, n)) % TOPICS
    person = 8 * topic + rng.integers(0, 8, n)
    told = rng.random((n, 6)) < TOLD
    named = (9000 + topic, 9000 + related, from_story(story, np.zeros(n)), 20000 + person)
    return topic.tolist(), *map(names, named), told.tolist()


def _record(
    article_id: str, text: tuple[str, str], published_at: str, facts: tuple
) -> dict[str, object]:
    (title, body), (topic, *tags, author, told) = text, facts
    section = SECTIONS[topic % len(SECTIONS)]
    day = published_at[:10].replace("-", "/") or "undated"
    slug = title.lower().replace(" ", "-")
    return {
        "id": article_id,
        "title": title,
        "summary": body[: body.index(".") + 1] if told[3] else None,
        "body": body,
        "tags": [tag for tag, is_told in zip(tags, told[:3], strict=True) if is_told],
        "published_at": published_at or None,
        "url": f"https://news.example/{section.lower()}/{day}/{slug}-{article_id}",
        "section": section,
        "author": author if told[4] else None,
        "language": "en" if told[5] else None,
    }


def write(path: Path, articles: int, seed: int = 0, words: int = 300) -> None:
    """Write an archive as JSON Lines, compressed if the file's name ends in ``.gz``."""
    with ExitStack() as opened:
        out = opened.enter_context(path.open("wb"))
        if path.suffix == ".gz":
            # Without a name and a time, so that the same archive has the same bytes.
            out = opened.enter_context(gzip.GzipFile("", "wb", 1, out, mtime=0))
        for record in records(articles, seed, words):
            out.write(json.dumps(record).encode() + b"\n")


def main() -> None:
    """Write the archive that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("articles", type=int, metavar="N")
    parser.add_argument("out", type=Path, metavar="OUT", help="a file, .jsonl or .jsonl.gz")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--words", type=int, default=300, help="median length of the articles")
    asked = parser.parse_args()
    write(asked.out, asked.articles, asked.seed, asked.words)


if __name__ == "__main__":
    main()
