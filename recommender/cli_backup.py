"""The command ``backup``: a copy of the archive, made while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.catalog import Catalog
from recommender.cli import ARCHIVE, Archive, AsJson, app
from recommender.echo import print_json, say


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.")],
    archive: Archive = ARCHIVE,
    as_json: AsJson = False,
) -> None:
    """Copy the archive into a file, as it is at one moment, while others write on."""
    with Catalog(archive, create=False) as catalog:
        catalog.backup(file)
    with Catalog(f"sqlite:///{file}", create=False) as copy, copy.snapshot() as stand:
        say(f"copied {stand.count:,} articles, revision {stand.revision:,}, to {file}")
    if as_json:
        print_json({"file": str(file), "articles": stand.count, "revision": stand.revision})
