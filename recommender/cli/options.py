"""The command line's app, the options that several commands have, and the active model."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from recommender.errors import OptionError
from recommender.ranking.options import Options
from recommender.recommender import Recommender
from recommender.training.store import ModelStore

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


# With a callback the app is a group even where 'serve' is its only command.
@app.callback()
def alsoread() -> None:
    """The right ALSO READ list under every article of an archive."""


ARCHIVE = "sqlite:///archive.db"
MODELS = Path("models")

Sources = Annotated[list[str], typer.Argument(help="Files or folders; - is standard input.")]
Archive = Annotated[
    str, typer.Option(envvar="ALSOREAD_ARCHIVE", help="The archive's database, as a URL.")
]
Models = Annotated[
    Path, typer.Option(envvar="ALSOREAD_MODELS", help="The folder of trained versions.")
]
RulesPath = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        envvar="ALSOREAD_RULES",
        help="The file of editorial rules; default: rules.toml beside the archive.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Format = Annotated[
    str | None,
    typer.Option(help="jsonl, csv, tsv, parquet or page; default: by the file's suffix."),
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Skip bad lines and import the others.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Delete articles that are not in the sources.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Let --replace delete more than a fifth of the archive.")
]
Jobs = Annotated[int, typer.Option(help="Number of threads; -1: one per processor.")]
Qrels = Annotated[Path | None, typer.Option(help="Relevance judgments in TREC format.")]
ArticleName = Annotated[str, typer.Argument(metavar="ID|URL", help="An article, by its id or url.")]

Command = TypeVar("Command", bound=Callable[..., None])


class ActiveModel(NamedTuple):
    """The active model of a folder, and its version."""

    model: Recommender
    version: str

    def identity(self) -> dict[str, Any]:
        """Return version and revision, as a reply names the model."""
        return {"version": self.version, "revision": self.model.revision}


def opened(models: Path) -> ActiveModel:
    """Open the active model of a folder, or raise NoModelError."""
    store = ModelStore(models)
    version = store.current
    return ActiveModel(store.load(version), version or "")


def with_list_options(command: Command) -> Command:
    """Add an option to a command for each option of a list, from their one definition."""
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


def checked_list_options(values: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; a wrong one ends the command with exit code 2."""
    options = {name: value for name, value in values.items() if value is not None}
    try:
        Options.of(**options)
    except OptionError as error:
        hint = f"--{error.option.replace('_', '-')}"
        raise typer.BadParameter(error.reason, param_hint=hint) from None
    return options
