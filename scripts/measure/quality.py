"""Measure nDCG@10 on judged archives, with all signals and without some of them.

scripts/quality.py [--data FOLDER] [ARCHIVE ...]
"""

from pathlib import Path
from typing import Any

from measure.archives import MEASURE, SAMPLES, articles_of, folders, judgments_of, parser_of
from recommender import Config, Recommender
from recommender.evaluation.measures import evaluate

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "no nearness": {"nearness": {"power": 0}},
    "text only": {"nearness": {"power": 0}, "vectors": {"tag_weight": 0}},
    "text only, no bigrams": {
        "nearness": {"power": 0},
        "vectors": {"tag_weight": 0, "pair_weight": 0},
    },
}


def quality(folder: Path, settings: dict[str, Any] | None = None) -> float:
    """Train on an archive with some settings and return the mean nDCG@10."""
    model = Recommender.fit(articles_of(folder), Config.of(settings or {}), jobs=-1)
    qrels = judgments_of(folder)
    return evaluate(lambda query: model.ranked(query, 10), qrels, model.articles.ids)[MEASURE].mean


def main() -> None:
    """Print a row an archive and a column a variant."""
    names = "names of archives; default: all of --data and the samples"
    arguments = parser_of(__doc__, names).parse_args()
    chosen = folders(arguments.data, arguments.archive)
    if not arguments.archive:
        chosen = sorted([*folders(SAMPLES), *chosen], key=lambda folder: folder.name)
    print(f"{'archive':16}", *(f"{name:>22}" for name in VARIANTS))
    for folder in chosen:
        row = [f"{quality(folder, settings):22.4f}" for settings in VARIANTS.values()]
        print(f"{folder.name:16}", *row, flush=True)
