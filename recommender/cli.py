"""The command line: progress and errors on stderr, results on stdout."""

from __future__ import annotations

import gc
import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.config import Config
from recommender.echo import print_json, say
from recommender.errors import AlsoReadError, ConfigError, InputError
from recommender.memory import peak_megabytes
from recommender.store import ModelStore

if TYPE_CHECKING:
    from recommender.catalog import Catalog
    from recommender.importing import ImportReport

app = typer.Typer(
    help="The right ALSO READ list under every article of an archive.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models_app = typer.Typer(help="Look after trained versions.", no_args_is_help=True)
app.add_typer(models_app, name="models")

Sources = Annotated[list[str], typer.Argument(help="Files or folders; - is standard input.")]
Archive = Annotated[
    str, typer.Option(envvar="ALSOREAD_ARCHIVE", help="The archive's database, as a URL.")
]
Models = Annotated[
    Path, typer.Option(envvar="ALSOREAD_MODELS", help="The folder of trained versions.")
]
RulesFile = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        envvar="ALSOREAD_RULES",
        help="The file of editorial rules, else rules.toml beside the archive.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Format = Annotated[
    str | None, typer.Option(help="jsonl, csv, tsv, parquet or page; else by the suffix.")
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Pass over bad lines.")]
Replace = Annotated[bool, typer.Option("--replace", help="Delete what the sources do not hold.")]
Force = Annotated[bool, typer.Option("--force", help="Let --replace delete more than a fifth.")]
Version = Annotated[str, typer.Argument(help="A version, as 'models list' shows it.")]

ARCHIVE = "sqlite:///archive.db"
MODELS = Path("models")


@app.command("import")
def import_(
    source: Sources,
    archive: Archive = ARCHIVE,
    format: Format = None,  # noqa: A002
    skip_bad: SkipBad = False,
    replace: Replace = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Put articles into the archive; those that are there already are updated."""
    from recommender.catalog import Catalog

    with Catalog(archive) as catalog:
        report = _import(catalog, source, format, skip_bad, replace, force)
    if as_json:
        print_json(asdict(report))


@app.command()
def train(
    source: Annotated[
        list[str] | None, typer.Argument(help="Files to import first; - is standard input.")
    ] = None,
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    config: Annotated[Path | None, typer.Option(help="A TOML or JSON file of settings.")] = None,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Nearly all neighbours, for large archives.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Threads; -1 is one a processor.")] = -1,
    qrels: Annotated[Path | None, typer.Option(help="Judgments for the gate.")] = None,
    gate: Annotated[bool, typer.Option(help="Activate it only if it is no worse.")] = True,
    format: Format = None,  # noqa: A002
    skip_bad: SkipBad = False,
    replace: Replace = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on the archive and make it the active one."""
    from recommender.catalog import Catalog
    from recommender.console import bars
    from recommender.evaluation import read_qrels
    from recommender.training import train as train_model

    settings = Config.read(config) if config else Config()
    judged = read_qrels(qrels) if qrels else None
    # Ended by a signal, training still removes what it has half written.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    with Catalog(archive, create=bool(source)) as catalog:
        if source:
            _import(catalog, source, format, skip_bad, replace, force)
        with bars() as tell:
            done = train_model(
                catalog,
                ModelStore(models),
                settings,
                now=datetime.now(UTC),
                approximate=approximate,
                jobs=jobs,
                progress=tell,
                qrels=judged,
                gate=gate,
            )
    facts = asdict(done) | {
        "seconds": round(time.monotonic() - started, 2),
        "peak_megabytes": peak_megabytes(),
    }
    say(
        f"trained {done.version} on {done.articles:,} articles in {facts['seconds']:.1f} s, "
        f"{facts['peak_megabytes']:,} MB at most; it is active in {models}/"
    )
    if done.approximate:
        say(f"its graph is approximate: {done.approximate}")
    if done.compared:
        say(str(done.compared))
    if as_json:
        print_json(facts)


@app.command()
def serve(
    archive: Archive = ARCHIVE,
    models: Models = MODELS,
    host: Annotated[str, typer.Option(envvar="ALSOREAD_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ALSOREAD_PORT", min=0, max=65535)] = 8000,
    workers: Annotated[
        int, typer.Option(envvar="ALSOREAD_WORKERS", min=1, help="Processes that answer.")
    ] = 1,
    rules: RulesFile = None,
) -> None:
    """Answer over HTTP until stopped."""
    # What a server makes stays, or goes with its last user: there is little garbage to look for.
    gc.set_threshold(10_000, 100)
    from service import Settings
    from service.server import serve as run

    run(
        Settings(archive=archive, models=models, host=host, port=port, workers=workers, rules=rules)
    )


@models_app.command("list")
def list_(models: Models = MODELS, as_json: AsJson = False) -> None:
    """List trained versions, oldest first."""
    from recommender.console import print_versions

    versions = ModelStore(models).versions()
    if as_json:
        print_json([asdict(info) for info in versions])
        return
    print_versions(versions)


@models_app.command()
def activate(version: Version, models: Models = MODELS, as_json: AsJson = False) -> None:
    """Make a version the active one; an older one is the rollback."""
    ModelStore(models).activate(version)
    say(f"{version} is active")
    if as_json:
        print_json({"version": version, "active": True})


@models_app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="A version; all of them if none.")] = None,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Read every byte and compare it with the manifest."""
    store = ModelStore(models)
    names = [version] if version else store.names()
    if not names:
        raise InputError(f"no trained version in {models}/: run 'alsoread train'")
    for name in names:
        store.verify(name)
        say(f"{name} is as its manifest says")
    if as_json:
        print_json({"verified": names})


@models_app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="Versions to keep.")] = 3,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Delete all but the newest versions; the active one stays."""
    gone = ModelStore(models).prune(keep)
    say(f"deleted {len(gone)}: {', '.join(gone)}" if gone else "nothing to delete")
    if as_json:
        print_json({"deleted": gone})


def main() -> None:
    """Run the command line; an error ends it with one line and exit code 1."""
    if sys.argv[1:2] != ["serve"]:
        # A server should not wait for what it never needs.
        from recommender import cli_backup as cli_backup
        from recommender import cli_evaluate as cli_evaluate
        from recommender import cli_find as cli_find
        from recommender import cli_recommend as cli_recommend
        from recommender import cli_report as cli_report
        from recommender import cli_rules as cli_rules
        from recommender import cli_tune as cli_tune

    try:
        _read_dotenv()
        app(prog_name="alsoread")
    except AlsoReadError as error:
        say(f"alsoread: {error}")
        sys.exit(1)
    except SystemExit as ended:
        # Interrupted by Ctrl-C, which is a failure like others.
        sys.exit(1 if ended.code == 130 else ended.code)
    except BrokenPipeError:
        # Whoever read standard output, such as 'head', has gone.
        sys.stderr.close()
        sys.exit(1)


def _read_dotenv() -> None:
    from dotenv import load_dotenv

    try:
        load_dotenv(".env")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f".env: cannot be read: {error}") from None


def _import(
    catalog: Catalog,
    sources: list[str],
    format_name: str | None,
    skip_bad: bool,
    replace: bool,
    force: bool,
) -> ImportReport:
    from recommender.console import bars
    from recommender.importing import import_sources

    with bars() as tell:
        report = import_sources(
            catalog,
            sources,
            format=format_name,
            skip_bad=skip_bad,
            replace=replace,
            force=force,
            stdin=sys.stdin.buffer,
            progress=lambda phase, done: tell(phase, done, None),
        )
    say(
        f"{report.articles:,} articles read: {report.created:,} new, {report.changed:,} changed, "
        f"{report.unchanged:,} as they were, {report.deleted:,} deleted"
    )
    for message in report.bad:
        say(f"skipped {message}")
    if report.bad_count > len(report.bad):
        say(f"skipped {report.bad_count - len(report.bad):,} more bad lines")
    for article_id, count in list(report.duplicates.items())[:5]:
        say(f"the id {article_id!r} came {count + 1} times; the last one was taken")
    if len(report.duplicates) > 5:
        say(f"so did {len(report.duplicates) - 5:,} more ids")
    for key, count in report.unknown.items():
        say(f"left out the key {key!r} of {count:,} articles, which no article has")
    return report
