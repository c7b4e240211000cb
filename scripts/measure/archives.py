"""Archives to measure on: a folder each, with ``articles.jsonl*`` and judgments in ``qrels.txt``.

They are looked for in the folder of ``--data``, and the sample archives in ``tests/data``.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from recommender import Article, read_articles
from recommender.evaluation.measures import Qrels, read_qrels

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data"
# The real archives are no part of the project.
DATA = ROOT.parent / "shared" / "data"
MEASURE = "nDCG@10"


def parser_of(doc: str, names: str) -> argparse.ArgumentParser:
    """Return a parser with ``--data`` and the archives' names, and a help text for these."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    help_of_data = "the folder of archives; default: shared/data beside the project"
    parser.add_argument("--data", type=Path, default=DATA, help=help_of_data)
    parser.add_argument("archive", nargs="*", help=names)
    return parser


def folders(data: Path, names: Sequence[str] = (), file: str = "qrels.txt") -> list[Path]:
    """Return the folders of the named archives; without names all of ``data`` with a ``file``."""
    if not names:
        return sorted(path.parent for path in data.glob(f"*/{file}"))
    chosen = []
    for name in names:
        folder = next((place / name for place in (data, SAMPLES) if (place / name).is_dir()), None)
        if folder is None:
            sys.exit(f"no archive {name!r} in {data} or {SAMPLES}: see --data")
        chosen.append(folder)
    return chosen


def articles_of(folder: Path) -> list[Article]:
    """Return the articles of an archive."""
    return list(read_articles(next(folder.glob("articles.jsonl*"))))


def judgments_of(folder: Path) -> Qrels:
    """Return the judgments of an archive."""
    return read_qrels(folder / "qrels.txt")
