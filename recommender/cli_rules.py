"""The command that reads a file of editorial rules as the service would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli import ARCHIVE, MODELS, Archive, AsJson, Models, app
from recommender.console import print_matches
from recommender.echo import print_json, say
from recommender.editorial import matches
from recommender.errors import RulesError
from recommender.rules import Rules
from recommender.store import ModelStore

rules_app = typer.Typer(help="Look after editorial rules.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
File = Annotated[
    Path | None,
    typer.Argument(envvar="ALSOREAD_RULES", help="Else rules.toml beside the archive."),
]


@rules_app.command()
def check(
    file: File = None, archive: Archive = ARCHIVE, models: Models = MODELS, as_json: AsJson = False
) -> None:
    """Tell each mistake with its line, or what each rule is for in the active model."""
    path, store = file or Rules.beside(archive), ModelStore(models)
    facts = {"file": str(path), "problems": (), "digest": None, "version": store.current}
    try:
        rules = Rules.of(path, missing_ok=file is None)
    except RulesError as error:
        say("\n".join(error.problems))
        if as_json:
            print_json(facts | {"problems": error.problems, "rules": []})
        raise typer.Exit(1) from None
    found = matches(rules, store.load(store.current).articles) if store.current else []
    say(f"{path}: no mistakes" if path.exists() else f"{path}: no such file, so no rules")
    if not store.current:
        say("what the rules are for is known once there is a model: run 'alsoread train'")
    if as_json:
        print_json(facts | {"digest": rules.digest, "rules": found})
    else:
        print_matches(found)
