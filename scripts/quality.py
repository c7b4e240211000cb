#!/usr/bin/env python3
"""Measure nDCG@10 on judged archives, with all signals and without some: a table.

scripts/quality.py [--data FOLDER] [ARCHIVE ...]
"""

import argparse
from pathlib import Path

from recommender import Config, Recommender, read_articles
from recommender.evaluation.measures import evaluate, read_qrels

VARIANTS = {
    "default": {},
    "no nearness": {"nearness": {"power": 0}},
    "text only": {
        "nearness": {"power": 0},
        "vectors": {"tag_weight": 0},
    },
    "text only, no pairs": {
        "nearness": {"power": 0},
        "vectors": {"tag_weight": 0, "pair_weight": 0},
    },
}
SAMPLE = Path(__file__).parents[1] / "tests" / "data"


def measure(folder: Path, settings: dict) -> float:
    """Train on an archive with some settings and return the mean nDCG@10."""
    source = next(folder.glob("articles.jsonl*"))
    model = Recommender.fit(read_articles(source), Config.of(settings), jobs=-1)
    qrels = read_qrels(folder / "qrels.txt")
    found = evaluate(lambda article_id: model.ranked(article_id, 10), qrels, model.articles.ids)
    return found["nDCG@10"].mean


def main() -> None:
    """Print a row an archive and a column a variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="folders of judged archives")
    parser.add_argument("archive", nargs="*", help="names of folders; all if none")
    asked = parser.parse_args()
    folders = [path.parent for root in (SAMPLE, asked.data) for path in root.glob("*/qrels.txt")]
    chosen = [folder for folder in folders if not asked.archive or folder.name in asked.archive]
    print(f"{'archive':16}", *(f"{name:>20}" for name in VARIANTS))
    for folder in sorted(chosen, key=lambda folder: folder.name):
        row = [f"{measure(folder, settings):20.4f}" for settings in VARIANTS.values()]
        print(f"{folder.name:16}", *row, flush=True)


if __name__ == "__main__":
    main()
