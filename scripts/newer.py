#!/usr/bin/env python3
"""Compare lists of articles newer than a model with those after training again: a table.

scripts/newer.py [--data FOLDER] [--share SHARE] [ARCHIVE ...]

A model is trained without the newest articles, which are then added as a running service adds
them, with the model's terms. nDCG@10 is of the newest articles' own lists.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from recommender import Recommender, read_articles
from recommender.evaluation.measures import evaluate, read_qrels

OLDEST = datetime.min.replace(tzinfo=UTC)


def compare(folder: Path, share: float) -> list[str]:
    """Return a row of the table."""
    articles = list(read_articles(next(folder.glob("articles.jsonl*"))))
    articles.sort(key=lambda article: article.published_at or OLDEST)
    first = round(len(articles) * (1 - share))
    newest = articles[first:]
    changes = [(number, article.id, article) for number, article in enumerate(newest, 1)]
    added = Recommender.fit(articles[:first], jobs=-1).apply_changes(changes)
    again = Recommender.fit(articles, jobs=-1)
    queries = {article.id for article in newest}
    qrels = {k: v for k, v in read_qrels(folder / "qrels.txt").items() if k in queries}
    known = [article.id for article in articles]
    found = [evaluate(lambda i, m=model: m.ranked(i, 10), qrels, known) for model in (added, again)]
    lost = found[0].minus(found[1], "nDCG@10")
    same = [
        len({*added.ranked(each, 10)} & {*again.ranked(each, 10)}) / 10 for each in found[0].queries
    ]
    return [
        folder.name,
        f"{len(newest):,}",
        f"{added.live.unseen / max(1, added.live.entries):.1%}",
        f"{len(found[0].queries):,}",
        f"{found[0]['nDCG@10'].mean:.4f}",
        f"{found[1]['nDCG@10'].mean:.4f}",
        f"{lost.mean:+.4f} ({lost.low:+.4f} to {lost.high:+.4f})",
        f"{sum(same) / len(same):.1%}",
    ]


def main() -> None:
    """Print a row an archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="folders of judged archives")
    parser.add_argument("--share", type=float, default=0.05, help="how much of it is newer")
    parser.add_argument("archive", nargs="*", help="names of folders; all with judgments if none")
    asked = parser.parse_args()
    heads = ["archive", "newer", "unseen terms", "queries", "added", "trained again", "difference"]
    print(" | ".join([*heads, "same items"]))
    for path in sorted(asked.data.glob("*/qrels.txt")):
        if not asked.archive or path.parent.name in asked.archive:
            print(" | ".join(compare(path.parent, asked.share)), flush=True)


if __name__ == "__main__":
    main()
