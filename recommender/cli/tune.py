"""The command ``tune``: an archive's settings, learned from judgments."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from recommender.archive.catalog import Catalog
from recommender.cli.console import progress_bars
from recommender.cli.options import ARCHIVE, Archive, AsJson, Jobs, app
from recommender.cli.output import print_json, say
from recommender.config import Config
from recommender.errors import ConfigError
from recommender.evaluation.measures import read_qrels
from recommender.evaluation.mining import mined_qrels
from recommender.evaluation.tuning import MEASURE, Tuned
from recommender.evaluation.tuning import tune as tune_settings
from recommender.memory import peak_megabytes


@app.command()
def tune(
    qrels: Annotated[
        Path | None,
        typer.Option(help="Relevance judgments in TREC format; default: the archive's links."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file of settings to write.")] = Path("tuned.json"),
    archive: Archive = ARCHIVE,
    config: Annotated[
        Path | None,
        typer.Option(help="A file of settings to start from; default: the built-in ones."),
    ] = None,
    jobs: Jobs = -1,
    as_json: AsJson = False,
) -> None:
    """Learn settings from judgments and write the file that 'train --config' takes."""
    judgments = read_qrels(qrels) if qrels else None
    start = Config.read(config) if config else None
    with (
        Catalog(archive, create=False) as catalog,
        catalog.snapshot() as snapshot,
        progress_bars() as progress,
    ):
        articles = snapshot.articles
        if judgments is None:
            judgments = mined_qrels(articles)
        tuned = tune_settings(articles, judgments, config=start, jobs=jobs, progress=progress)
    settings = tuned.config.model_dump(mode="json")
    try:
        out.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written: {error.strerror}") from None
    say(_summary(tuned, out))
    if as_json:
        print_json(asdict(tuned) | {"config": settings, "peak_megabytes": peak_megabytes()})


def _summary(tuned: Tuned, out: Path) -> str:
    before, after, gain = tuned.before, tuned.after, tuned.gain
    verdict = "the learned settings win" if tuned.kept else "not certain, so the settings stay"
    lines = [
        f"learned on {tuned.searched:,} judged articles, validated on {tuned.validated:,} others",
        f"{MEASURE} {before.mean:.4f} -> {after.mean:.4f}, "
        f"gain {gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}): {verdict}",
    ]
    if tuned.calibration_error is not None:
        lines.append(f"probabilities are off by {tuned.calibration_error:.3f} on average there")
    return "\n".join([*lines, f"wrote {out}: alsoread train --config {out}"])
