"""JSON Lines: one JSON object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from recommender.errors import InputError, SourceError


def records(file: BinaryIO, stem: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    r"""Yield the number of each line that is not blank, and its record or an InputError.

    Raises
    ------
    SourceError
        If the file is one JSON array.

    Examples
    --------
    >>> import io
    >>> list(records(io.BytesIO(b'{"id": "a1"}\n\n[1]\n'), ""))
    [(1, {'id': 'a1'}), (3, InputError('expected a JSON object, got a list'))]
    """
    for number, line in enumerate(file, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if line.lstrip().startswith(b"["):
                raise SourceError(
                    "a JSON array; write one JSON object per line, as jq -c '.[]' does"
                )
        if line.strip():
            yield number, _object(line)


def _object(line: bytes) -> dict[str, Any] | InputError:
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as error:
        return InputError(f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}")
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        return InputError(f"not JSON: {reason} at column {error.colno}")
    except (ValueError, RecursionError):
        return InputError("cannot parse the JSON: a number is too long, or it is nested too deeply")
    if not isinstance(value, dict):
        return InputError(f"expected a JSON object, got a {type(value).__name__}")
    return value
