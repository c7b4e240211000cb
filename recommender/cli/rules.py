"""The command ``rules check``: editorial rules, read as the service reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.console import print_matches
from recommender.cli.options import ARCHIVE, MODELS, Archive, AsJson, Models, app
from recommender.cli.output import print_json, say
from recommender.errors import RulesError
from recommender.ranking.editorial import matches
from recommender.rules import Rules
from recommender.training.store import ModelStore

rules_app = typer.Typer(help="Manage editorial rules.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
File = Annotated[
    Path | None,
    typer.Argument(
        envvar="ALSOREAD_RULES", help="A file of rules; default: rules.toml beside the archive."
    ),
]


@rules_app.command()
def check(
    file: File = None, archive: Archive = ARCHIVE, models: Models = MODELS, as_json: AsJson = False
) -> None:
    """Print the mistakes of the rules by line, or how many articles each rule covers."""
    path, store = file or Rules.beside(archive), ModelStore(models)
    version = store.current
    record = {"file": str(path), "problems": (), "digest": None, "version": version}
    try:
        rules = Rules.of(path, missing_ok=file is None)
    except RulesError as error:
        say("\n".join(error.problems))
        if as_json:
            print_json(record | {"problems": error.problems, "rules": []})
        raise typer.Exit(1) from None
    covered = matches(rules, store.load(version).articles) if version else []
    say(f"{path}: no mistakes" if path.exists() else f"{path}: no such file, so no rules")
    if not version:
        say("no model yet, so what the rules cover is unknown: run 'alsoread train'")
    if as_json:
        print_json(record | {"digest": rules.digest, "rules": covered})
    else:
        print_matches(covered)
