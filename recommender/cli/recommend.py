"""The commands of lists: ``recommend``, ``explain`` and ``topics``."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.articles.article import Article, Draft
from recommender.cli.console import print_listing, print_topics, print_why
from recommender.cli.options import (
    ARCHIVE,
    MODELS,
    Archive,
    ArticleName,
    AsJson,
    Models,
    RulesPath,
    app,
    checked_list_options,
    opened,
    with_list_options,
)
from recommender.cli.output import emit
from recommender.errors import ArticleNotFoundError, InputError
from recommender.recommender import Recommender
from recommender.rules import Rules


@app.command()
@with_list_options
def recommend(
    article: Annotated[
        str,
        typer.Argument(
            metavar="ID|URL|-",
            help="An article, by its id or url; - reads a draft from standard input.",
        ),
    ],
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    rules: RulesPath = None,
    as_json: AsJson = False,
    **options: Any,
) -> None:
    """Print the ALSO READ list of an article, or of a text that is not in the archive."""
    checked, active, now = checked_list_options(options), opened(models), datetime.now(UTC)
    model = active.model.with_rules(_rules(rules, archive))
    if article == "-":
        draft = _draft(sys.stdin.buffer.read().decode(errors="replace"))
        listing = model.recommend_for(draft, now=now, **checked)
    else:
        listing = model.recommend(_id_of(model, article), now=now, **checked)
    emit(listing.to_record() | {"model": active.identity()}, print_listing, as_json)


@app.command()
@with_list_options
def explain(
    article: ArticleName,
    other: Annotated[
        str, typer.Argument(metavar="OTHER", help="Another article, by its id or url.")
    ],
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    rules: RulesPath = None,
    as_json: AsJson = False,
    **options: Any,
) -> None:
    """Print why another article is in an article's list, or what keeps it out."""
    checked = checked_list_options(options)
    model = opened(models).model.with_rules(_rules(rules, archive))
    ids = _id_of(model, article), _id_of(model, other)
    why = model.why(*ids, now=datetime.now(UTC), **checked)
    emit(why.to_record(), print_why, as_json)


@app.command()
def topics(article: ArticleName, models: Models = MODELS, as_json: AsJson = False) -> None:
    """Print READ MORE ON: an article's tags, most distinctive first, and suggested tags."""
    active = opened(models)
    result = active.model.topics(_id_of(active.model, article), now=datetime.now(UTC))
    emit(result.to_record() | {"model": active.identity()}, print_topics, as_json)


def _rules(path: Path | None, archive: str) -> Rules:
    return Rules.of(path or Rules.beside(archive), missing_ok=path is None)


def _id_of(model: Recommender, article: str) -> str:
    """Return the id of an article given by its id or its url."""
    try:
        return model.articles.ids[model.articles.row(article)]
    except ArticleNotFoundError:
        try:
            return model.articles.ids[model.articles.row_of_url(article)]
        except ArticleNotFoundError:
            raise ArticleNotFoundError(
                f"no article with the id or url {article!r} in the active model; if it was "
                "imported since training, run 'alsoread train'"
            ) from None


def _draft(text: str) -> Article:
    """Parse an article from JSON, or take plain text as its body."""
    if not text.lstrip().startswith("{"):
        return Draft.from_record({"body": text})
    try:
        return Draft.from_record(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise InputError(f"standard input: not an article as JSON: {error}") from None
