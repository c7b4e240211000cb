"""The command ``train``: from the archive to an active model."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recommender.archive.catalog import Catalog
from recommender.cli.archive import import_into
from recommender.cli.console import progress_bars
from recommender.cli.options import (
    ARCHIVE,
    MODELS,
    Archive,
    AsJson,
    Force,
    Format,
    Jobs,
    Models,
    Qrels,
    Replace,
    SkipBad,
    app,
)
from recommender.cli.output import print_json, say
from recommender.config import Config
from recommender.evaluation.measures import read_qrels
from recommender.memory import peak_megabytes
from recommender.training.store import ModelStore
from recommender.training.training import train as train_model


@app.command()
def train(
    source: Annotated[
        list[str] | None, typer.Argument(help="Files to import first; - is standard input.")
    ] = None,
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    config: Annotated[Path | None, typer.Option(help="A TOML or JSON file of settings.")] = None,
    approximate: Annotated[
        bool,
        typer.Option(
            "--approximate", help="Find nearly all neighbours in less time; for large archives."
        ),
    ] = False,
    jobs: Jobs = -1,
    qrels: Qrels = None,
    gate: Annotated[
        bool,
        typer.Option(help="Activate the new version only if it is no worse than the active one."),
    ] = True,
    format: Format = None,  # noqa: A002
    skip_bad: SkipBad = False,
    replace: Replace = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on the archive and make it the active one."""
    settings = Config.read(config) if config else Config()
    judgments = read_qrels(qrels) if qrels else None
    # Stopped by a signal, training still removes its unfinished version.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    with Catalog(archive, create=bool(source)) as catalog:
        if source:
            import_into(catalog, source, format, skip_bad, replace, force)
        with progress_bars() as progress:
            trained = train_model(
                catalog,
                ModelStore(models),
                settings,
                now=datetime.now(UTC),
                approximate=approximate,
                jobs=jobs,
                progress=progress,
                qrels=judgments,
                gate=gate,
            )
    seconds, peak = round(time.monotonic() - started, 2), peak_megabytes()
    say(
        f"trained {trained.version} on {trained.articles:,} articles in {seconds:.1f} s, "
        f"peak memory {peak:,} MB; it is active in {models}/"
    )
    if trained.approximate:
        say(f"its graph is approximate: {trained.approximate}")
    if trained.compared:
        say(str(trained.compared))
    if as_json:
        print_json(asdict(trained) | {"seconds": seconds, "peak_megabytes": peak})
