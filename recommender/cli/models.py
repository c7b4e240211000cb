"""The commands of trained versions: ``models list``, ``activate``, ``verify`` and ``prune``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from recommender.cli.console import print_versions
from recommender.cli.options import MODELS, AsJson, Models, app
from recommender.cli.output import emit, print_json, say
from recommender.errors import InputError
from recommender.training.store import ModelStore

models_app = typer.Typer(help="Manage trained versions.", no_args_is_help=True)
app.add_typer(models_app, name="models")
Version = Annotated[str, typer.Argument(help="A version, as 'models list' shows it.")]


@models_app.command("list")
def list_(models: Models = MODELS, as_json: AsJson = False) -> None:
    """List trained versions, oldest first."""
    versions = ModelStore(models).versions()
    emit([asdict(info) for info in versions], print_versions, as_json)


@models_app.command()
def activate(version: Version, models: Models = MODELS, as_json: AsJson = False) -> None:
    """Make a version the active one; activating an older one is a rollback."""
    ModelStore(models).activate(version)
    say(f"{version} is active")
    if as_json:
        print_json({"version": version, "active": True})


@models_app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="A version; default: all of them.")] = None,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Check every file of a version against the checksums in its manifest."""
    store = ModelStore(models)
    names = [version] if version else store.names()
    if not names:
        raise InputError(f"no trained version in {models}/: run 'alsoread train'")
    for name in names:
        store.verify(name)
        say(f"{name} matches its manifest")
    if as_json:
        print_json({"verified": names})


@models_app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="Number of newest versions to keep.")] = 3,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Delete all versions except the newest and the active one."""
    deleted = ModelStore(models).prune(keep)
    say(f"deleted {len(deleted)}: {', '.join(deleted)}" if deleted else "nothing to delete")
    if as_json:
        print_json({"deleted": deleted})
