"""The commands of the archive: ``import``, ``find`` and ``backup``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recommender.archive.catalog import Catalog
from recommender.archive.find import FindOptions
from recommender.archive.importing import ImportReport, import_sources
from recommender.cli.console import print_found, progress_bars
from recommender.cli.options import (
    ARCHIVE,
    Archive,
    AsJson,
    Force,
    Format,
    Replace,
    SkipBad,
    Sources,
    app,
)
from recommender.cli.output import emit, print_json, say


@app.command("import")
def import_(
    source: Sources,
    archive: Archive = ARCHIVE,
    format: Format = None,  # noqa: A002
    skip_bad: SkipBad = False,
    replace: Replace = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Import articles into the archive; articles with a known id are updated."""
    with Catalog(archive) as catalog:
        report = import_into(catalog, source, format, skip_bad, replace, force)
    if as_json:
        print_json(asdict(report))


@app.command()
def find(
    query: Annotated[str, typer.Argument(help="Words of the title, or an id.")] = "",
    tag: Annotated[
        list[str] | None, typer.Option(help="Only articles with this tag; repeat: any of them.")
    ] = None,
    section: Annotated[
        list[str] | None, typer.Option(help="Only articles of this section; repeat: any of them.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Maximum number of articles.")] = 20,
    cursor: Annotated[
        str | None, typer.Option(help="The cursor that the previous page printed.")
    ] = None,
    archive: Archive = ARCHIVE,
    as_json: AsJson = False,
) -> None:
    """Find articles by words of their titles, tags and sections, newest first."""
    options = FindOptions.of(
        query=query, tag=tag or (), section=section or (), limit=limit, cursor=cursor
    )
    with Catalog(archive, create=False) as catalog:
        page = catalog.find(options, datetime.now(UTC))
    emit(page.to_record(), print_found, as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A file that does not exist yet.")],
    archive: Archive = ARCHIVE,
    as_json: AsJson = False,
) -> None:
    """Copy the archive to a new file: one consistent snapshot, even during writes."""
    with Catalog(archive, create=False) as catalog:
        catalog.backup(file)
    with Catalog(f"sqlite:///{file}", create=False) as copy, copy.snapshot() as snapshot:
        count, revision = snapshot.count, snapshot.revision
    say(f"copied {count:,} articles, revision {revision:,}, to {file}")
    if as_json:
        print_json({"file": str(file), "articles": count, "revision": revision})


def import_into(
    catalog: Catalog,
    sources: list[str],
    format_name: str | None,
    skip_bad: bool,
    replace: bool,
    force: bool,
) -> ImportReport:
    """Import sources into an open archive, with progress and a summary on stderr."""
    with progress_bars() as progress:
        report = import_sources(
            catalog,
            sources,
            format=format_name,
            skip_bad=skip_bad,
            replace=replace,
            force=force,
            stdin=sys.stdin.buffer,
            progress=progress,
        )
    say(
        f"{report.articles:,} articles read: {report.created:,} new, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged, {report.deleted:,} deleted"
    )
    for message in report.bad:
        say(f"skipped {message}")
    if report.bad_count > len(report.bad):
        say(f"skipped {report.bad_count - len(report.bad):,} more bad lines")
    for article_id, count in list(report.duplicates.items())[:5]:
        say(f"the id {article_id!r} appeared {count + 1} times; the last one was imported")
    if len(report.duplicates) > 5:
        say(f"{len(report.duplicates) - 5:,} more ids appeared several times")
    for key, count in report.unknown.items():
        say(f"ignored unknown field {key!r} in {count:,} articles")
    return report
