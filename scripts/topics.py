#!/usr/bin/env python3
"""Measure READ MORE ON: are hidden tags suggested, and does the first tag gather what is related?

scripts/topics.py [--data FOLDER] [--folds 5] ARCHIVE ...
"""

import argparse
import random
from collections import Counter
from pathlib import Path

from recommender import Article, Recommender, read_articles
from recommender.evaluation.measures import read_qrels
from recommender.text.tags import tag_key


def hidden(articles: list[Article], fold: int) -> dict[str, str]:
    """Return, for every fifth article, the key of one of its tags that another has too."""
    df = Counter(key for article in articles for key in set(map(tag_key, article.tags)))
    chance = random.Random(fold)
    some = articles[fold::5]
    shared = {a.id: [k for k in map(tag_key, a.tags) if df[k] > 1] for a in some}
    return {article_id: chance.choice(keys) for article_id, keys in shared.items() if keys}


def votes(model: Recommender, article_id: str) -> list[str]:
    """Return the tags an article lacks, those of most of its ten nearest articles first."""
    row = model.articles.row(article_id)
    own = set(map(tag_key, model.articles[row].tags))
    near = [model.articles[int(other)].tags for other in model.index.nearest(row, 10)[0]]
    counts = Counter(key for tags in near for key in set(map(tag_key, tags)) - own)
    return sorted(counts, key=lambda key: (-counts[key], key))


def suggestions(model: Recommender, article_id: str) -> list[str]:
    """Return the suggested tags of an article."""
    return [tag_key(one.tag) for one in model.topics(article_id).suggested]


def suggested(articles: list[Article], folds: int) -> None:
    """Print how often a hidden tag is among the first three of each method."""
    told = {votes: [0, 0, 0, 0], suggestions: [0, 0, 0, 0]}
    for fold in range(folds):
        gone = hidden(articles, fold)
        kept = [
            article.model_copy(
                update={
                    "tags": tuple(t for t in article.tags if tag_key(t) != gone.get(article.id))
                }
            )
            for article in articles
        ]
        model = Recommender.fit(kept, jobs=-1)
        for article_id, key in gone.items():
            for method, counts in told.items():
                found = method(model, article_id)
                hits = [key in found[:1], key in found[:3], len(found[:3]), 1]
                told[method] = [old + new for old, new in zip(counts, hits, strict=True)]
    for method, (first, third, told_of, asked) in told.items():
        print(
            f"  {method.__name__:12} of {asked} hidden: first {first / asked:.3f}, "
            f"recall@3 {third / asked:.3f}, precision@3 {third / told_of:.3f}"
        )


def f1(page: set[str], related: set[str]) -> float:
    """Return how well a tag's other articles are the related ones."""
    return 2 * len(page & related) / (len(page) + len(related))


def first_tag(articles: list[Article], folder: Path) -> None:
    """Print how well the first tag gathers the judged articles, by weight, rarity, at best."""
    model, qrels = Recommender.fit(articles, jobs=-1), read_qrels(folder / "qrels.txt")
    pages: dict[str, set[str]] = {}
    for article in articles:
        for tag in article.tags:
            pages.setdefault(tag_key(tag), set()).add(article.id)
    sums, asked = [0.0, 0.0, 0.0], 0
    for article_id, judged in qrels.items():
        found = model.topics(article_id).topics
        if len(found) > 1:
            gathered = {t: f1(pages[tag_key(t.tag)] - {article_id}, set(judged)) for t in found}
            rarest = min(found, key=lambda topic: (topic.articles, topic.tag))
            best = [gathered[found[0]], gathered[rarest], max(gathered.values())]
            sums = [total + one for total, one in zip(sums, best, strict=True)]
            asked += 1
    if not asked:
        print("  no judged article has two tags")
        return
    for name, total in zip(("heaviest", "rarest", "best"), sums, strict=True):
        print(f"  F1 of the first tag of {asked}, {name}: {total / asked:.4f}")


def main() -> None:
    """Print the figures of each archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="folders of judged archives")
    parser.add_argument("--folds", type=int, default=5, help="how many fifths to hide tags in")
    parser.add_argument("archive", nargs="+", help="names of folders")
    asked = parser.parse_args()
    for name in asked.archive:
        articles = list(read_articles(next((asked.data / name).glob("articles.jsonl*"))))
        print(f"{name}: {len(articles)} articles", flush=True)
        suggested(articles, asked.folds)
        first_tag(articles, asked.data / name)


if __name__ == "__main__":
    main()
