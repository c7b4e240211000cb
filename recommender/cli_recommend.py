"""The commands that print a list, and why an article is in it or not."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from recommender.article import Article, Draft
from recommender.cli import ARCHIVE, MODELS, Archive, AsJson, Models, RulesFile, app
from recommender.console import print_listing, print_why
from recommender.echo import print_json
from recommender.errors import ArticleNotFoundError, InputError, OptionError
from recommender.options import Options
from recommender.recommender import Recommender
from recommender.rules import Rules
from recommender.store import ModelStore

Command = TypeVar("Command", bound=Callable[..., None])


def with_options(command: Command) -> Command:
    """Give a command an option for each of a list's, from their one definition."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    options = [_option(name, field) for name, field in Options.model_fields.items()]
    command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return command


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """Return a command's parameter for an option of a list; its range is checked later."""
    kind: Any = field.annotation
    default, metavar = field.default, None
    if get_origin(kind) is tuple:
        kind, default = list[str] | None, None
    elif get_origin(kind) is Literal:
        kind, metavar = str, "|".join(get_args(kind))
    elif kind not in (bool, int, float, float | None):
        kind = str | None
    flag = f"--{name.replace('_', '-')}"
    option = typer.Option(flag, help=field.description, metavar=metavar)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


@app.command()
@with_options
def recommend(
    article: Annotated[
        str,
        typer.Argument(metavar="ID|URL|-", help="An article; - reads one from standard input."),
    ],
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    rules: RulesFile = None,
    as_json: AsJson = False,
    **options: Any,
) -> None:
    """Print the ALSO READ list of an article, or of a text that is not in the archive."""
    checked, store = _checked(options), ModelStore(models)
    version = store.current
    model, now = store.load(version).with_rules(_rules(rules, archive)), datetime.now(UTC)
    if article == "-":
        listing = model.recommend_for(
            _draft(sys.stdin.buffer.read().decode(errors="replace")), now=now, **checked
        )
    else:
        listing = model.recommend(id_of(model, article), now=now, **checked)
    if as_json:
        facts = {"version": version, "revision": model.revision}
        print_json(listing.to_record() | {"model": facts})
    else:
        print_listing(listing)


@app.command()
@with_options
def explain(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="An article.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another, by its id or url.")],
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    rules: RulesFile = None,
    as_json: AsJson = False,
    **options: Any,
) -> None:
    """Say why another article is in an article's list, or what keeps it out."""
    checked, held = _checked(options), _rules(rules, archive)
    model = ModelStore(models).load().with_rules(held)
    why = model.why(id_of(model, article), id_of(model, other), now=datetime.now(UTC), **checked)
    if as_json:
        print_json(why.to_record())
    else:
        print_why(why)


def _rules(path: Path | None, archive: str) -> Rules:
    return Rules.of(path or Rules.beside(archive), missing_ok=path is None)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given, or end with what is wrong with the first wrong one."""
    options = {name: value for name, value in given.items() if value is not None}
    try:
        Options.of(**options)
    except OptionError as error:
        hint = f"--{error.option.replace('_', '-')}"
        raise typer.BadParameter(error.reason, param_hint=hint) from None
    return options


def id_of(model: Recommender, article: str) -> str:
    """Return an id that the model holds, given it or, if there is none, a url."""
    try:
        return model.articles.ids[model.articles.row(article)]
    except ArticleNotFoundError:
        try:
            return model.articles.ids[model.articles.row_of_url(article)]
        except ArticleNotFoundError:
            raise ArticleNotFoundError(
                f"the model holds no article with the id or url {article!r}; one imported since "
                "is in it after 'alsoread train'"
            ) from None


def _draft(text: str) -> Article:
    """Read an article as JSON, or take plain text as its body."""
    if not text.lstrip().startswith("{"):
        return Draft.from_record({"body": text})
    try:
        return Draft.from_record(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise InputError(f"standard input: not an article as JSON: {error}") from None
