"""The entry point of the command line."""

from __future__ import annotations

import sys

from recommender.cli import serve as serve
from recommender.cli.options import app
from recommender.cli.output import say
from recommender.errors import AlsoReadError, ConfigError


def main() -> None:
    """Run the command line; an error ends it with one line and exit code 1."""
    if sys.argv[1:2] != ["serve"]:
        # A server does not wait for imports that it never needs.
        from recommender.cli import archive as archive
        from recommender.cli import evaluate as evaluate
        from recommender.cli import models as models
        from recommender.cli import recommend as recommend
        from recommender.cli import report as report
        from recommender.cli import rules as rules
        from recommender.cli import train as train
        from recommender.cli import tune as tune

    try:
        _read_dotenv()
        app(prog_name="alsoread")
    except AlsoReadError as error:
        say(f"alsoread: {error}")
        sys.exit(1)
    except SystemExit as ended:
        # Ctrl-C is a failure like others.
        sys.exit(1 if ended.code == 130 else ended.code)
    except BrokenPipeError:
        # The reader of standard output, such as 'head', has ended.
        sys.stderr.close()
        sys.exit(1)


def _read_dotenv() -> None:
    from dotenv import load_dotenv

    try:
        load_dotenv(".env")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f".env: cannot be read: {error}") from None
