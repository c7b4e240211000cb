"""Arguments: what several commands take, and the places where things are by default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.errors import InputError

Archive = Annotated[
    str, typer.Option(envvar="ALSOREAD_ARCHIVE", help="The archive's database, as a URL.")
]
Models = Annotated[
    Path, typer.Option(envvar="ALSOREAD_MODELS", help="The folder of trained versions.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

ARCHIVE = "sqlite:///archive.db"
MODELS = Path("models")


def need_archive(url: str) -> None:
    """Refuse to make an empty archive where one was to be read.

    Examples
    --------
    >>> need_archive("sqlite:////no/such/archive.db")
    Traceback (most recent call last):
        ...
    recommender.errors.InputError: no archive at /no/such/archive.db: import articles first, \
'alsoread import FILE'
    """
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path.split("?")[0]).exists():
        raise InputError(f"no archive at {path}: import articles first, 'alsoread import FILE'")
