"""Compare lists of articles newer than a model with their lists after training again.

scripts/newer.py [--data FOLDER] [--share SHARE] [ARCHIVE ...]

A model is trained without the newest articles. These are then added as a running service adds
them, with the model's terms. nDCG@10 is of the newest articles' own lists.
"""

from datetime import UTC, datetime
from pathlib import Path

from measure.archives import MEASURE, articles_of, folders, judgments_of, parser_of
from recommender import Recommender
from recommender.evaluation.measures import evaluate

UNDATED = datetime.min.replace(tzinfo=UTC)
HEADS = "archive | newer | unseen terms | queries | added | trained again | difference | same items"


def newer(folder: Path, share: float) -> list[str]:
    """Return the cells of an archive's row."""
    articles = articles_of(folder)
    articles.sort(key=lambda article: article.published_at or UNDATED)
    first = round(len(articles) * (1 - share))
    newest = articles[first:]
    changes = [(number, article.id, article) for number, article in enumerate(newest, 1)]
    added = Recommender.fit(articles[:first], jobs=-1).apply_changes(changes)
    again = Recommender.fit(articles, jobs=-1)
    queries = {article.id for article in newest}
    qrels = {query: grades for query, grades in judgments_of(folder).items() if query in queries}
    ids = [article.id for article in articles]
    of_added, of_again = (
        evaluate(lambda query, m=model: m.ranked(query, 10), qrels, ids) for model in (added, again)
    )
    difference = of_added.minus(of_again, MEASURE)
    same = [
        len({*added.ranked(each, 10)} & {*again.ranked(each, 10)}) / 10 for each in of_added.queries
    ]
    return [
        folder.name,
        f"{len(newest):,}",
        f"{added.live.unseen / max(1, added.live.entries):.1%}",
        f"{len(of_added.queries):,}",
        f"{of_added[MEASURE].mean:.4f}",
        f"{of_again[MEASURE].mean:.4f}",
        f"{difference.mean:+.4f} ({difference.low:+.4f} to {difference.high:+.4f})",
        f"{sum(same) / len(same):.1%}",
    ]


def main() -> None:
    """Print a row an archive."""
    parser = parser_of(__doc__, "names of judged archives; default: all of --data")
    parser.add_argument("--share", type=float, default=0.05, help="share of newest articles")
    arguments = parser.parse_args()
    print(HEADS)
    for folder in folders(arguments.data, arguments.archive):
        print(" | ".join(newer(folder, arguments.share)), flush=True)
