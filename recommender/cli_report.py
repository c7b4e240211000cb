"""The command ``report``: what the lists are like, for people, programs and as a page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli import MODELS, AsJson, Models, app
from recommender.console import print_report
from recommender.echo import print_json, say
from recommender.errors import InputError
from recommender.evaluation import read_qrels
from recommender.report import NAMED, Report
from recommender.reportpage import ReportPage
from recommender.store import ModelStore


@app.command()
def report(
    html: Annotated[
        Path | None, typer.Option(help="Write it as a page of one file, with charts.")
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option(help="Judgments in TREC format, to measure quality by.")
    ] = None,
    named: Annotated[int, typer.Option(min=1, help="How many of a kind are named.")] = NAMED,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Report what the active model's lists are like, and which articles they do little for."""
    judged = read_qrels(qrels) if qrels else None
    store = ModelStore(models)
    version = store.current
    model = store.load(version)
    found = Report.of(model, now=datetime.now(UTC), qrels=judged, named=named)
    page = ReportPage(found, version or "", model.revision)
    if html:
        text = page.whole()
        try:
            html.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{html}: cannot be written: {error.strerror}") from None
        say(f"the report is in {html}")
    if as_json:
        print_json(page.to_record())
    elif not html:
        print_report(page.to_record())
