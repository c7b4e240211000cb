"""The command ``report``: what the lists of all articles are like, as text, JSON or a page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.console import print_report
from recommender.cli.options import MODELS, AsJson, Models, Qrels, app, opened
from recommender.cli.output import emit, say
from recommender.errors import InputError
from recommender.evaluation.measures import read_qrels
from recommender.report.page import ReportPage
from recommender.report.report import NAMED, Report


@app.command()
def report(
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one HTML file, with charts.")
    ] = None,
    qrels: Qrels = None,
    named: Annotated[int, typer.Option(min=1, help="Number of examples of each kind.")] = NAMED,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Describe the active model's lists: lengths, scores, copies, articles in no list."""
    judgments = read_qrels(qrels) if qrels else None
    model, version = opened(models)
    page = ReportPage(
        Report.of(model, now=datetime.now(UTC), qrels=judgments, named=named),
        version,
        model.revision,
    )
    if html:
        text = page.whole()
        try:
            html.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{html}: cannot be written: {error.strerror}") from None
        say(f"wrote the report to {html}")
    if as_json or not html:
        emit(page.to_record(), print_report, as_json)
