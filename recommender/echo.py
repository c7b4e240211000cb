"""What commands say: words for people on stderr, JSON for programs on stdout."""

from __future__ import annotations

import json
import sys


def say(message: str) -> None:
    """Tell the person at the terminal something that is no result."""
    # A server, which says nothing, should not wait for it.
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
