"""The command ``serve``: the HTTP service."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from recommender.cli.options import ARCHIVE, MODELS, Archive, Models, RulesPath, app


@app.command()
def serve(
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    host: Annotated[
        str, typer.Option(envvar="ALSOREAD_HOST", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            envvar="ALSOREAD_PORT", min=0, max=65535, help="The port to listen on; 0: any free one."
        ),
    ] = 8000,
    workers: Annotated[
        int, typer.Option(envvar="ALSOREAD_WORKERS", min=1, help="Number of worker processes.")
    ] = 1,
    rules: RulesPath = None,
) -> None:
    """Serve lists over HTTP until stopped."""
    # Most objects of a server live for long or die at once: frequent collections find nothing.
    gc.set_threshold(10_000, 100)
    from service import Settings
    from service.server import serve as run

    run(
        Settings(archive=archive, models=models, host=host, port=port, workers=workers, rules=rules)
    )
