"""The commands that look into an archive: ``find`` and ``topics``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from recommender.catalog import Catalog
from recommender.cli import ARCHIVE, MODELS, Archive, AsJson, Models, app
from recommender.cli_recommend import id_of
from recommender.console import print_found, print_topics
from recommender.echo import print_json
from recommender.options import FindOptions
from recommender.store import ModelStore


@app.command()
def find(
    query: Annotated[str, typer.Argument(help="Words of the title, or an id.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; of several one.")] = None,
    section: Annotated[list[str] | None, typer.Option(help="A section; of several one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Articles at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    archive: Archive = ARCHIVE,
    as_json: AsJson = False,
) -> None:
    """Find articles by words of their titles, tags and sections, the newest first."""
    options = FindOptions.of(
        query=query, tag=tag or (), section=section or (), limit=limit, cursor=cursor
    )
    with Catalog(archive, create=False) as catalog:
        found = catalog.find(options, datetime.now(UTC))
    if as_json:
        print_json(found.to_record())
    else:
        print_found(found)


@app.command()
def topics(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="An article.")],
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Print READ MORE ON: an article's tags by what they tell, and tags it lacks."""
    store = ModelStore(models)
    version = store.current
    model = store.load(version)
    found = model.topics(id_of(model, article), now=datetime.now(UTC))
    if as_json:
        facts = {"version": version, "revision": model.revision}
        print_json(found.to_record() | {"model": facts})
    else:
        print_topics(found)
