"""Output: words for people on stderr, results for people or programs on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def say(message: str) -> None:
    """Print a line for the person at the terminal that is no result, on stderr."""
    # A server, which prints nothing here, does not wait for this import.
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(message))


def print_json(value: object) -> None:
    """Print JSON for programs.

    Examples
    --------
    >>> print_json({"active": True})
    {
      "active": true
    }
    """
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def emit(record: Any, printer: Callable[[Any], None], as_json: bool) -> None:
    """Print a result: JSON for programs, or for people with ``printer``.

    Examples
    --------
    >>> emit({"active": True}, print, as_json=False)
    {'active': True}
    """
    if as_json:
        print_json(record)
    else:
        printer(record)
