"""Measure how many copies are found, and how many other articles are taken for copies.

scripts/copies.py [--data FOLDER] [--made N] [--json] [ARCHIVE ...]

Copies of articles are made in eight ways, and trained together with their archive. Judged pairs, of
articles on one event or linked by their authors, should be no copies, though some truly are. The
threshold is chosen on the articles of one half, by their ids, and tested on the other half.
"""

import json
import random
import time
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from measure.archives import articles_of, folders, judgments_of, parser_of
from measure.edits import EDITS
from recommender import Article, Recommender
from recommender.copies.groups import MIN_CONTAINMENT, CopyGroups
from recommender.copies.sketches import Sketches

STEPS = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
MIN_WORDS = 120
Record = dict[str, Any]


def half(article_id: str) -> int:
    """Return an article's half: the threshold is chosen on 0 and tested on 1."""
    return crc32(article_id.encode()) & 1


def copies_of(articles: list[Article], count: int) -> list[tuple[str, str, Article]]:
    """Make copies of random articles: the name of the edit, the original's id and the copy."""
    rng = random.Random(1)
    long = [article for article in articles if len(article.body.split()) >= MIN_WORDS]
    copies = []
    for number, article in enumerate(rng.sample(long, min(count, len(long)))):
        edit, other = EDITS[number % len(EDITS)], rng.choice(long)
        title, body = edit(article.title, article.body, other, rng)
        fields = {"id": f"copy of {article.id}", "title": title, "body": body, "url": None}
        copies.append((edit.__name__, article.id, article.model_copy(update=fields)))
    return copies


def measure(folder: Path, count: int) -> Record:
    """Train on an archive and copies of its articles, and compare the pairs."""
    articles = articles_of(folder)
    copies = copies_of(articles, count)
    model = Recommender.fit([*articles, *(copy for _, _, copy in copies)], jobs=-1)
    groups, made = model.copies.groups, []
    for edit, original, copy in copies:
        row, other = model.articles.row(original), model.articles.row(copy.id)
        made.append(
            {
                "way": edit,
                "half": half(original),
                "shared": containment(model, row, other),
                "near": is_neighbour(model, row, other),
                "grouped": bool(groups[row] >= 0 and groups[row] == groups[other]),
            }
        )
    judged = [
        {
            "ids": ids,
            "half": half(ids[0]),
            "shared": containment(model, *map(model.articles.row, ids)),
        }
        for ids in judged_pairs(folder, {article.id for article in articles})
    ]
    return {"made": made, "judged": judged} | cost(model, articles)


def cost(model: Recommender, articles: list[Article]) -> dict[str, float]:
    """Return bytes an article, and CPU microseconds to sketch and to compare an article."""
    start = time.process_time()
    sketches = Sketches.of(articles)
    sketched = time.process_time()
    CopyGroups.of(model.copies.sketches, model.index.neighbours)
    compared = time.process_time()
    size = sketches.fingerprints.nbytes + sketches.weights.nbytes + sketches.starts.nbytes
    return {
        "bytes": size / len(articles),
        "sketched": (sketched - start) / len(articles) * 1e6,
        "compared": (compared - sketched) / len(model.articles) * 1e6,
    }


def containment(model: Recommender, row: int, other: int) -> float:
    """Return the estimated share of one article that is in the other."""
    sketches = model.copies.sketches
    return float(sketches.containment(sketches[row], np.array([other], np.int32))[0])


def is_neighbour(model: Recommender, row: int, other: int) -> bool:
    """Tell whether one article is a stored neighbour of the other."""
    return other in model.index.neighbours[row] or row in model.index.neighbours[other]


def judged_pairs(folder: Path, ids: set[str]) -> list[tuple[str, str]]:
    """Return the pairs that people judged related, each once."""
    if not (folder / "qrels.txt").exists():
        return []
    qrels = judgments_of(folder)
    pairs = {(min(a, b), max(a, b)) for a, docs in qrels.items() for b in docs if docs[b] > 0}
    return sorted(pair for pair in pairs if set(pair) <= ids)


def print_thresholds(measured: dict[str, Record]) -> None:
    """Print the effect of each threshold on the first half: the mean of the archives."""
    print(f"\n{'on the first half':20}", *(f"{step:>7}" for step in STEPS))
    for key, name in (("made", "copies found"), ("judged", "judged pairs taken")):
        halves = [
            [pair["shared"] for pair in record[key] if not pair["half"]]
            for record in measured.values()
        ]
        shares = [[np.mean(np.array(part) >= step) for step in STEPS] for part in halves if part]
        print(f"{name:20}", *(f"{value:7.1%}" for value in np.mean(shares, axis=0)))


def print_archives(measured: dict[str, Record]) -> None:
    """Print the effect of the threshold on the other half, by archive and by edit."""
    columns = ["made", "found", "near", "grouped", "judged", "taken"]
    columns += ["bytes", "sketched", "compared"]
    print(f"\n{f'at {MIN_CONTAINMENT}, other half':20}", *(f"{name:>8}" for name in columns))
    all_made = []
    for name, record in measured.items():
        made = [pair for pair in record["made"] if pair["half"]]
        taken = [pair["shared"] >= MIN_CONTAINMENT for pair in record["judged"] if pair["half"]]
        all_made += made
        rates = (_share_found(made), *(_share(made, key) for key in ("near", "grouped")))
        print(
            f"{name:20} {len(made):8}",
            *(f"{rate:8.1%}" for rate in rates),
            f"{len(taken):8} {sum(taken):8} {record['bytes']:8.0f}",
            *(f"{record[key]:5.0f} µs" for key in ("sketched", "compared")),
        )
    print(f"\n{'way':20} {'made':>8} {'found':>8} {'grouped':>8}")
    for edit in EDITS:
        made = [pair for pair in all_made if pair["way"] == edit.__name__]
        rates = _share_found(made), _share(made, "grouped")
        print(f"{edit.__name__:20} {len(made):8}", *(f"{rate:8.1%}" for rate in rates))


def _share(pairs: list[Record], key: str) -> float:
    return sum(pair[key] for pair in pairs) / max(1, len(pairs))


def _share_found(pairs: list[Record]) -> float:
    return sum(pair["shared"] >= MIN_CONTAINMENT for pair in pairs) / max(1, len(pairs))


def main() -> None:
    """Measure archives and print tables, or JSON with every pair."""
    parser = parser_of(__doc__, "names of archives; default: all of --data")
    parser.add_argument("--made", type=int, default=500, help="number of copies of each archive")
    parser.add_argument("--json", action="store_true", help="print JSON with every pair")
    arguments = parser.parse_args()
    measured = {
        folder.name: measure(folder, arguments.made)
        for folder in folders(arguments.data, arguments.archive, "articles.jsonl*")
    }
    if arguments.json:
        print(json.dumps(measured, indent=2))
    else:
        print_thresholds(measured)
        print_archives(measured)
