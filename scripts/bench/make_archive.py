"""Write a synthetic archive of news; the same N, seed and words give the same bytes.

scripts/make_archive.py N OUT [--seed 0] [--words 300]

Its text has the statistics of real news: lengths, growth of the vocabulary, topics, stories and
near copies. A few stories are large and most are small; articles of a story are close in time.
"""

import argparse
import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from bench.synthetic_text import (
    TOPICS,
    Ints,
    Speller,
    Words,
    draw,
    from_story,
    names,
    topic_of,
    uniform,
)

CHUNK = 2000  # articles drawn at once
ARTICLES_PER_STORY = 12
FIRST_DAY, DAYS, UNDATED = np.datetime64("2016-11-01T06:00:00"), 3650, 0.02
SECTIONS = "World Politics Business Science Health Technology Culture Sport Travel Opinion".split()
# Shares of articles with: tags of topic, related topic and story, summary, author, language.
PRESENT = (0.9, 0.3, 0.5, 0.33, 0.9, 0.95)


def published(rng: np.random.Generator, words: Words, articles: int, stories: int) -> list[str]:
    """Return each article's time, "" where unknown; a large story goes on for longer."""
    story, n = words.story, len(words.story)
    size = articles * (((story + 1) / stories) ** 0.4 - (story / stories) ** 0.4)
    days = DAYS * uniform(story, 4) + rng.exponential(2 * size**0.8)
    copied = words.source != np.arange(n)
    days = np.where(copied, days[words.source] + rng.random(n), days)
    days = np.abs(DAYS - np.abs(DAYS - days)).clip(0, DAYS)  # turns back at the last day
    times = np.datetime_as_string(FIRST_DAY + (86400 * days).astype("m8[s]"), unit="s")
    return np.where(rng.random(n) < UNDATED, "", np.strings.add(times, "Z")).tolist()


def records(articles: int, seed: int = 0, words: int = 300) -> Iterator[dict[str, object]]:
    """Yield an archive's articles; ``words`` is the median of their lengths."""
    stories = max(1, articles // ARTICLES_PER_STORY)
    speller = Speller()
    for first in range(0, articles, CHUNK):
        rng = np.random.default_rng((seed, first))
        drawn = draw(rng, min(CHUNK, articles - first), stories, words)
        texts = zip(*speller.texts(rng, drawn), strict=True)
        times = published(rng, drawn, articles, stories)
        fields = zip(*_fields(rng, drawn.story), strict=True)
        for row, parts in enumerate(zip(texts, times, fields, strict=True), first):
            yield _record(f"{row:08}", *parts)


def _fields(rng: np.random.Generator, story: Ints) -> tuple[list, ...]:
    """Return topics, the names of three tags, authors, and which of the fields are present."""
    n, topic = len(story), topic_of(story)
    related = (topic + rng.integers(1, 4, n)) % TOPICS
    person = 8 * topic + rng.integers(0, 8, n)
    present = rng.random((n, 6)) < PRESENT
    named = (9000 + topic, 9000 + related, from_story(story, np.zeros(n)), 20000 + person)
    return topic.tolist(), *map(names, named), present.tolist()


def _record(
    article_id: str, text: tuple[str, str], published_at: str, fields: tuple
) -> dict[str, object]:
    (title, body), (topic, *tags, author, present) = text, fields
    section = SECTIONS[topic % len(SECTIONS)]
    day = published_at[:10].replace("-", "/") or "undated"
    slug = title.lower().replace(" ", "-")
    return {
        "id": article_id,
        "title": title,
        "summary": body[: body.index(".") + 1] if present[3] else None,
        "body": body,
        "tags": [tag for tag, is_present in zip(tags, present[:3], strict=True) if is_present],
        "published_at": published_at or None,
        "url": f"https://news.example/{section.lower()}/{day}/{slug}-{article_id}",
        "section": section,
        "author": author if present[4] else None,
        "language": "en" if present[5] else None,
    }


def write(path: Path, articles: int, seed: int = 0, words: int = 300) -> None:
    """Write an archive as JSON Lines, compressed if the file's name ends in ``.gz``."""
    with ExitStack() as stack:
        out = stack.enter_context(path.open("wb"))
        if path.suffix == ".gz":
            # Without a name and a time, so that the same archive has the same bytes.
            out = stack.enter_context(gzip.GzipFile("", "wb", 1, out, mtime=0))
        for record in records(articles, seed, words):
            out.write(json.dumps(record).encode() + b"\n")


def main() -> None:
    """Write an archive of N articles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=int, metavar="N", help="number of articles")
    parser.add_argument("out", type=Path, metavar="OUT", help="a file, .jsonl or .jsonl.gz")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other articles")
    parser.add_argument("--words", type=int, default=300, help="median length of the articles")
    arguments = parser.parse_args()
    write(arguments.out, arguments.articles, arguments.seed, arguments.words)
