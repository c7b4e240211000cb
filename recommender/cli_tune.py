"""The command that learns an archive's settings from judgments."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from recommender.catalog import Catalog
from recommender.cli import ARCHIVE, Archive, AsJson, app
from recommender.config import Config
from recommender.console import bars
from recommender.echo import print_json, say
from recommender.errors import ConfigError
from recommender.evaluation import read_qrels
from recommender.memory import peak_megabytes
from recommender.mining import mined_qrels
from recommender.tuning import MEASURE, Tuned
from recommender.tuning import tune as tune_settings


@app.command()
def tune(
    qrels: Annotated[
        Path | None,
        typer.Option(help="Judgments, in TREC format, else the archive's own links."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file of settings to write.")] = Path("tuned.json"),
    archive: Archive = ARCHIVE,
    config: Annotated[
        Path | None, typer.Option(help="Settings to start from, else the defaults.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Threads; -1 is one a processor.")] = -1,
    as_json: AsJson = False,
) -> None:
    """Learn settings from judgments and write the file that 'train --config' takes."""
    given = read_qrels(qrels) if qrels else None
    start = Config.read(config) if config else None
    with Catalog(archive, create=False) as catalog, catalog.snapshot() as held, bars() as tell:
        judgments = mined_qrels(held.articles) if given is None else given
        done = tune_settings(held.articles, judgments, config=start, jobs=jobs, progress=tell)
    settings = done.config.model_dump(mode="json")
    try:
        out.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written: {error.strerror}") from None
    say(_report(done, out))
    if as_json:
        facts = asdict(done) | {"config": settings, "peak_megabytes": peak_megabytes()}
        print_json(facts)


def _report(done: Tuned, out: Path) -> str:
    before, after, gain = done.before, done.after, done.gain
    verdict = "the learned settings are kept" if done.kept else "not sure, so settings stay"
    lines = [
        f"learned on {done.searched:,} judged articles, validated on {done.validated:,} others",
        f"{MEASURE} {before.mean:.4f} -> {after.mean:.4f}, "
        f"gain {gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}): {verdict}",
    ]
    if done.calibration_error is not None:
        lines.append(f"probabilities are off by {done.calibration_error:.3f} on average there")
    return "\n".join([*lines, f"wrote {out}: alsoread train --config {out}"])
