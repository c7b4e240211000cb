"""Synthetic text with the statistics of real news: words drawn from distributions, and spelled.

Lengths are log-normal. A word comes from the background (a Zipf-Mandelbrot law with an endless
tail, so that the vocabulary grows by Heaps' law), from the article's topic (a list of words with
its own Zipf law), from its story (a few rare words: its names, in capitals) or from earlier in the
article, because words come in bursts. Some articles are near copies of another.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIGMA = 0.64  # of the logarithm of lengths
# The background falls as 1 / (rank + SHIFT) to rank KNEE, and from there with a power of -TAIL.
SHIFT, KNEE, TAIL = 1.3, 2500, 1.95
HEAD_MASS, TAIL_MASS = np.log((KNEE + SHIFT) / SHIFT), 1 / (TAIL - 1)
RARE = 0.66  # words of stories are above this share of the background's mass
# The mean shares of words from the topic and the story, and the share of repeated words.
OF_TOPIC, OF_STORY, AGAIN = 0.17, 0.17, 0.16
TOPICS, TOPIC_WORDS, STORY_WORDS = 200, 1200, 45
COPIES, KEPT = 0.12, (0.75, 0.99)  # the share of near copies, and of the words they keep
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
ROW = 24  # bytes of a word's row: 20 for the word, 4 for what follows it
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


class Words(NamedTuple):
    """The words of some articles: ``ids``, ranks in the background, one article after another.

    ``named`` marks names; article ``i`` starts at ``starts[i]`` and belongs to ``story[i]``;
    ``source[i]`` is the article it is a near copy of, itself if it is none.
    """

    ids: Ints
    named: Bools
    starts: Ints
    story: Ints
    source: Ints


def uniform(*keys: Ints | int) -> Floats:
    """Return numbers from 0 to 1, always the same for the same keys (splitmix64)."""
    mixed = np.zeros(1, np.uint64)
    for key in keys:
        mixed = (mixed ^ np.asarray(key).astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) * 2.0**-53


def from_background(mass: Floats) -> Ints:
    """Return the ids at given shares of the background's mass; at 0 is the commonest word."""
    mass = mass * (HEAD_MASS + TAIL_MASS)
    rank = SHIFT * np.exp(np.minimum(mass, HEAD_MASS)) - SHIFT
    (tail,) = np.nonzero(mass > HEAD_MASS)
    rest = np.maximum(1 - (mass[tail] - HEAD_MASS) / TAIL_MASS, 1e-9)
    rank[tail] = (KNEE + SHIFT) * rest ** (-1 / (TAIL - 1)) - SHIFT
    return np.minimum(rank, 4e9).astype(np.int64)


def from_topic(topic: Ints, share: Floats) -> Ints:
    """Return a word of each topic, by its Zipf law."""
    rank = (TOPIC_WORDS**share - 1).astype(np.int64)
    return len(FUNCTION) + ((rank + 1) * np.exp(1 + 3.5 * uniform(topic, rank, 2))).astype(np.int64)


def from_story(story: Ints, share: Floats) -> Ints:
    """Return a word of each story, by its Zipf law."""
    rank = ((STORY_WORDS + 1) ** share - 1).astype(np.int64)
    return from_background(RARE + (1 - RARE) * uniform(story, rank, 3))


def topic_of(story: Ints) -> Ints:
    """Return the topic of each story."""
    return (TOPICS * uniform(story, 1) ** 1.5).astype(np.int64)


def spelled(ids: Ints) -> Bytes:
    """Return words as rows of bytes padded with zeros; no two ids are spelled alike.

    The commonest are function words. The others have two to five syllables, rarer words more: the
    digits of the id.
    """
    syllables = np.array(SYLLABLES, "S4").view("<u4")
    rest = np.maximum(ids - len(FUNCTION), 0) + len(SYLLABLES)
    rows = np.zeros((len(ids), ROW // 4), "<u4")
    chosen = np.zeros(len(ids), np.int64)
    for place in range(5):
        # Shifted by the previous syllable, so that neighbours in rank look unlike.
        chosen = (rest + 37 * chosen) % len(syllables)
        rows[:, place] = np.where(rest > 0, syllables[chosen], 0)
        rest = rest // len(syllables)
    letters = rows.view(np.uint8)
    (short,) = np.nonzero(ids < len(FUNCTION))
    letters[short] = np.array(FUNCTION, f"S{ROW}").view(np.uint8).reshape(-1, ROW)[ids[short]]
    return letters


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
    same = rng.random(total) < rng.uniform(*KEPT, articles)[article]
    same &= copied[article] & (place < lengths[source[article]])
    (at,) = np.nonzero(same)
    original = starts[source[article[at]]] + place[at]
    ids[at], named[at] = ids[original], named[original]
    return Words(ids, named, starts, story, source)


def _mixed(rng: np.random.Generator, article: Ints, story: Ints) -> tuple[Ints, Bools]:
    """Draw each word from the background, its topic or its story; the last are the names."""
    n = len(story)
    share_of_story = (OF_STORY * rng.gamma(2, 1 / 2, n)).clip(0, 0.4)
    share_of_both = share_of_story + (OF_TOPIC * rng.gamma(3, 1 / 3, n)).clip(0, 0.5)
    which, mass = rng.random(len(article)), rng.random(len(article))
    named = which < share_of_story[article]
    plain = which >= share_of_both[article]
    (topical,) = np.nonzero(~named & ~plain)
    ids = np.empty(len(article), np.int64)
    ids[plain] = from_background(mass[plain])
    ids[topical] = from_topic(topic_of(story)[article[topical]], mass[topical])
    ids[named] = from_story(story[article[named]], mass[named])
    return ids, named


def _repeat(rng: np.random.Generator, ids: Ints, named: Bools, start: Ints, place: Ints) -> None:
    """Replace some content words by earlier content words of the same article."""
    (at,) = np.nonzero((rng.random(len(ids)) < AGAIN) & (place > 0) & (ids >= len(FUNCTION)))
    earlier = start[at] + (rng.random(len(at)) * place[at]).astype(np.int64)
    content = ids[earlier] >= len(FUNCTION)
    at, earlier = at[content], earlier[content]
    ids[at], named[at] = ids[earlier], named[earlier]


class Speller:
    """Spells words as text; those of low ids are spelled once for all articles."""

    def __init__(self, common: int = 1 << 17) -> None:
        self.common = spelled(np.arange(common))

    def rows(self, ids: Ints) -> Bytes:
        """Return the rows of ``spelled``."""
        letters = self.common[np.minimum(ids, len(self.common) - 1)]
        (rare,) = np.nonzero(ids >= len(self.common))
        letters[rare] = spelled(ids[rare])
        return letters

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
        in_title = content & (nth < rng.integers(5, 11, len(words.starts))[article])
        last = np.append(first[1:], True)
        stop = (rng.random(len(rows)) < 1 / 21) | last
        titles = _joined(rows[in_title], first[in_title], np.append(first[in_title][1:], True))
        rows[stop, -3] = ord(".")
        return titles, _joined(rows, np.append(True, stop[:-1]), last)


def _joined(rows: Bytes, capital: Bools, last: Bools) -> list[str]:
    """Join words to texts; each text ends with a word that is ``last``."""
    rows[:, 0] -= 32 * (capital & (rows[:, 0] >= 97)).astype(np.uint8)
    rows[:, -2] = np.where(last, ord("\n"), ord(" "))
    return rows[rows > 0].tobytes().decode().split("\n")[:-1]
