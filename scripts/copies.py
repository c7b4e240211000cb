#!/usr/bin/env python3
"""Measure how many copies are found, and how many other articles are taken for copies: a table.

scripts/copies.py [--data FOLDER] [--made N] [--json] [ARCHIVE ...]

Copies are made from articles of each archive, in eight ways, and trained with it. Judged pairs, of
articles on one event or linked by their authors, should be no copies, though some truly are. The
threshold is chosen on the articles of one half, told by their ids, and holds or not on the other.
"""

import argparse
import json
import random
import re
import time
from pathlib import Path
from zlib import crc32

import numpy as np

from recommender import Article, Recommender, read_articles
from recommender.copies.groups import MIN_CONTAINMENT, CopyGroups
from recommender.copies.sketches import Sketches
from recommender.evaluation.measures import read_qrels

STEPS = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
SHORTEST = 120
_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+")  # noqa: RUF001


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [part for part in _END.split(text) if part.strip()]


def opening(text: str, words: int) -> str:
    """Return the first sentences of a text, until they have so many words."""
    parts, count = [], 0
    for sentence in sentences(text):
        parts.append(sentence)
        count += len(sentence.split())
        if count >= words:
            break
    return " ".join(parts)


def truncated(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Cut the end off: 20 to 70 % of the words."""
    return title, opening(body, int(len(body.split()) * chance.uniform(0.3, 0.8)))


def brief(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Keep the first 50 to 110 words."""
    return title, opening(body, chance.randint(50, 110))


def headline(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Change the headline."""
    return other.title, body


def new_lead(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Write another headline, and some 50 words instead of the first eighth of the sentences."""
    parts = sentences(body)
    return other.title, " ".join([opening(other.body, 50), *parts[max(1, len(parts) // 8) :]])


def added(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Put paragraphs of a third of the length in somewhere."""
    parts = sentences(body)
    at = chance.randint(0, len(parts))
    return title, " ".join([*parts[:at], opening(other.body, len(body.split()) // 3), *parts[at:]])


def edited(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Drop a tenth of the sentences, write a tenth anew, change three words of another tenth."""
    kept, others = [], sentences(other.body)
    for sentence in sentences(body):
        fate, words = chance.random(), sentence.split()
        if fate < 0.1:
            continue
        if fate < 0.2:
            words = [chance.choice(others)]
        elif fate < 0.3:
            at = chance.randint(0, max(0, len(words) - 3))
            words[at : at + 3] = chance.choice(others).split()[:3]
        kept.append(" ".join(words))
    return title, " ".join(kept)


def synonyms(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Put another word for every sixth of those longer than four letters."""
    long = [word for word in other.body.split() if len(word) > 4]
    words = body.split()
    return title, " ".join(
        chance.choice(long) if len(word) > 4 and chance.random() < 1 / 6 else word for word in words
    )


def rewritten(title: str, body: str, other: Article, chance: random.Random) -> tuple[str, str]:
    """Write a new lead, cut the last three tenths off and drop every thirtieth word."""
    title, body = new_lead(title, body, other, chance)
    words = opening(body, int(len(body.split()) * 0.7)).split()
    return title, " ".join(word for word in words if chance.random() > 1 / 30)


WAYS = (truncated, brief, headline, new_lead, added, edited, synonyms, rewritten)


def half(article_id: str) -> int:
    """Return which half an article is in: the threshold is chosen on 0, and tried on 1."""
    return crc32(article_id.encode()) & 1


def copied(articles: list[Article], count: int) -> list[tuple[str, str, Article]]:
    """Make copies of some articles: the way, the original's id and the copy."""
    chance = random.Random(1)
    fit = [article for article in articles if len(article.body.split()) >= SHORTEST]
    made = []
    for number, article in enumerate(chance.sample(fit, min(count, len(fit)))):
        way, other = WAYS[number % len(WAYS)], chance.choice(fit)
        title, body = way(article.title, article.body, other, chance)
        fields = {"id": f"copy of {article.id}", "title": title, "body": body, "url": None}
        made.append((way.__name__, article.id, article.model_copy(update=fields)))
    return made


def measure(folder: Path, count: int) -> dict:
    """Train on an archive and copies of its articles, and compare the pairs."""
    articles = list(read_articles(next(folder.glob("articles.jsonl*"))))
    made = copied(articles, count)
    model = Recommender.fit([*articles, *(copy for _, _, copy in made)], jobs=-1)
    groups, pairs = model.copies.groups, []
    for way, original, copy in made:
        row, other = model.articles.row(original), model.articles.row(copy.id)
        pairs.append(
            {
                "way": way,
                "half": half(original),
                "shared": shared(model, row, other),
                "near": near(model, row, other),
                "grouped": bool(groups[row] >= 0 and groups[row] == groups[other]),
            }
        )
    judged = [
        {"ids": ids, "half": half(ids[0]), "shared": shared(model, *map(model.articles.row, ids))}
        for ids in judged_pairs(folder, {article.id for article in articles})
    ]
    return {"made": pairs, "judged": judged} | cost(model, articles)


def cost(model: Recommender, articles: list[Article]) -> dict[str, float]:
    """Return bytes an article, and microseconds of one processor to sketch and compare it."""
    started = time.process_time()
    sketches = Sketches.of(articles)
    sketched = time.process_time()
    CopyGroups.of(model.copies.sketches, model.index.neighbours)
    compared = time.process_time()
    size = sketches.fingerprints.nbytes + sketches.weights.nbytes + sketches.starts.nbytes
    return {
        "bytes": size / len(articles),
        "sketched": (sketched - started) / len(articles) * 1e6,
        "compared": (compared - sketched) / len(model.articles) * 1e6,
    }


def shared(model: Recommender, row: int, other: int) -> float:
    """Return how much of one article stands in the other, as estimated."""
    sketches = model.copies.sketches
    return float(sketches.containment(sketches[row], np.array([other], np.int32))[0])


def near(model: Recommender, row: int, other: int) -> bool:
    """Tell whether one article is among the stored neighbours of the other."""
    return other in model.index.neighbours[row] or row in model.index.neighbours[other]


def judged_pairs(folder: Path, known: set[str]) -> list[tuple[str, str]]:
    """Return the pairs that people judged related, each once."""
    if not (folder / "qrels.txt").exists():
        return []
    qrels = read_qrels(folder / "qrels.txt")
    pairs = {(min(a, b), max(a, b)) for a, docs in qrels.items() for b in docs if docs[b] > 0}
    return sorted(pair for pair in pairs if set(pair) <= known)


def chosen(measured: dict[str, dict]) -> None:
    """Print what each threshold would do on the first half: the mean of the archives."""
    print(f"\n{'on the first half':20}", *(f"{step:>7}" for step in STEPS))
    for key, name in (("made", "copies found"), ("judged", "judged pairs taken")):
        halves = [
            [pair["shared"] for pair in found[key] if not pair["half"]]
            for found in measured.values()
        ]
        shares = [[np.mean(np.array(part) >= step) for step in STEPS] for part in halves if part]
        print(f"{name:20}", *(f"{value:7.1%}" for value in np.mean(shares, axis=0)))


def tried(measured: dict[str, dict]) -> None:
    """Print what the threshold did on the other half, archive by archive, and way by way."""
    columns = ["made", "found", "near", "grouped", "judged", "taken"]
    columns += ["bytes", "sketched", "compared"]
    print(f"\n{f'at {MIN_CONTAINMENT}, other half':20}", *(f"{name:>8}" for name in columns))
    every = []
    for name, found in measured.items():
        made = [pair for pair in found["made"] if pair["half"]]
        judged = [pair["shared"] >= MIN_CONTAINMENT for pair in found["judged"] if pair["half"]]
        every += made
        rates = (np.mean([pair["shared"] >= MIN_CONTAINMENT for pair in made]),)
        rates += tuple(np.mean([pair[key] for pair in made]) for key in ("near", "grouped"))
        print(
            f"{name:20} {len(made):8}",
            *(f"{rate:8.1%}" for rate in rates),
            f"{len(judged):8} {sum(judged):8} {found['bytes']:8.0f}",
            *(f"{found[key]:5.0f} µs" for key in ("sketched", "compared")),
        )
    print(f"\n{'way':20} {'made':>8} {'found':>8} {'grouped':>8}")
    for way in WAYS:
        made = [pair for pair in every if pair["way"] == way.__name__]
        found = np.mean([pair["shared"] >= MIN_CONTAINMENT for pair in made])
        grouped = np.mean([pair["grouped"] for pair in made])
        print(f"{way.__name__:20} {len(made):8} {found:8.1%} {grouped:8.1%}")


def main() -> None:
    """Measure archives and print tables, or JSON with every pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="folders of archives")
    parser.add_argument("--made", type=int, default=500, help="copies to make of each archive")
    parser.add_argument("--json", action="store_true", help="print JSON, every pair")
    parser.add_argument("archive", nargs="*", help="names of folders; all if none")
    asked = parser.parse_args()
    folders = sorted(path.parent for path in asked.data.glob("*/articles.jsonl*"))
    measured = {
        folder.name: measure(folder, asked.made)
        for folder in folders
        if not asked.archive or folder.name in asked.archive
    }
    if asked.json:
        print(json.dumps(measured, indent=2))
    else:
        chosen(measured)
        tried(measured)


if __name__ == "__main__":
    main()
