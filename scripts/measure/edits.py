"""Ways to turn an article into a copy of it: each returns the copy's title and body.

An edit has the ``title`` and ``body`` of the original, an ``other`` article to take words from, and
a random number generator.
"""

import random
import re
from collections.abc import Callable

from recommender import Article

_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+")  # noqa: RUF001
Edit = Callable[[str, str, Article, random.Random], tuple[str, str]]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [part for part in _END.split(text) if part.strip()]


def opening(text: str, words: int) -> str:
    """Return the first sentences of a text, up to the one that reaches so many words."""
    parts, count = [], 0
    for sentence in sentences(text):
        parts.append(sentence)
        count += len(sentence.split())
        if count >= words:
            break
    return " ".join(parts)


def truncated(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Cut the end off: 20 to 70 % of the words."""
    return title, opening(body, int(len(body.split()) * rng.uniform(0.3, 0.8)))


def brief(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Keep the first 50 to 110 words."""
    return title, opening(body, rng.randint(50, 110))


def headline(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Change the headline."""
    return other.title, body


def new_lead(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Replace the headline, and the first eighth of the sentences by some 50 words."""
    parts = sentences(body)
    return other.title, " ".join([opening(other.body, 50), *parts[max(1, len(parts) // 8) :]])


def added(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Insert paragraphs of a third of the length at a random place."""
    parts = sentences(body)
    at = rng.randint(0, len(parts))
    return title, " ".join([*parts[:at], opening(other.body, len(body.split()) // 3), *parts[at:]])


def edited(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Drop a tenth of the sentences, replace a tenth, change three words of another tenth."""
    parts, others = [], sentences(other.body)
    for sentence in sentences(body):
        draw, words = rng.random(), sentence.split()
        if draw < 0.1:
            continue
        if draw < 0.2:
            words = [rng.choice(others)]
        elif draw < 0.3:
            at = rng.randint(0, max(0, len(words) - 3))
            words[at : at + 3] = rng.choice(others).split()[:3]
        parts.append(" ".join(words))
    return title, " ".join(parts)


def synonyms(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Replace every sixth word longer than four letters."""
    long = [word for word in other.body.split() if len(word) > 4]
    words = body.split()
    return title, " ".join(
        rng.choice(long) if len(word) > 4 and rng.random() < 1 / 6 else word for word in words
    )


def rewritten(title: str, body: str, other: Article, rng: random.Random) -> tuple[str, str]:
    """Write a new lead, cut the last three tenths off and drop every thirtieth word."""
    title, body = new_lead(title, body, other, rng)
    words = opening(body, int(len(body.split()) * 0.7)).split()
    return title, " ".join(word for word in words if rng.random() > 1 / 30)


EDITS: tuple[Edit, ...] = (
    truncated,
    brief,
    headline,
    new_lead,
    added,
    edited,
    synonyms,
    rewritten,
)
