"""CSV and TSV: tables as text, with a header row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from recommender.errors import InputError, SourceError

# Characters: the largest C long of all systems. Python's default, 128 KiB, is too low for a body.
MAX_CELL = 2**31 - 1
# The separators of a list in a cell, in order of preference; headlines may have commas.
LIST_SEPARATORS = {"tags": "|;,", "also_read": "|;"}


def records(file: BinaryIO, stem: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    r"""Yield the line number on which each row starts, and its record or an InputError.

    The separator is the most frequent one of tab, semicolon and comma in the header row. A cell of
    ``tags`` or ``also_read`` is a JSON list, or parts separated by ``|`` or ``;`` (tags also by
    ``,``).

    Raises
    ------
    SourceError
        If there is no header row with a column ``id``, or two columns have one name.

    Examples
    --------
    >>> import io
    >>> list(records(io.BytesIO(b"id,title,tags\na1,Hail,weather|crops\n"), ""))
    [(2, {'id': 'a1', 'title': 'Hail', 'tags': ['weather', 'crops']})]
    """
    csv.field_size_limit(MAX_CELL)
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        blank, first = _first_line(text)
        rows = csv.reader(chain([first], text), delimiter=_separator(first), strict=True)
        columns = _columns(rows)
        while True:
            number = blank + rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, InputError(f"cannot parse the row: {error}")
                continue
            if row:
                yield number, _record(columns, row)
    finally:
        if not text.closed:
            text.detach()  # leaves the file open: who opened it closes it


def _first_line(text: io.TextIOWrapper) -> tuple[int, str]:
    for blank, line in enumerate(text):
        if line.strip():
            return blank, line
    raise SourceError("no header row")


def _separator(header: str) -> str:
    return max("\t;,", key=header.count)


def _columns(rows: Iterator[list[str]]) -> list[str]:
    try:
        columns = [name.strip() for name in next(rows)]
    except csv.Error as error:
        raise SourceError(f"cannot parse the header row: {error}") from None
    if "id" not in columns:
        names = ", ".join(map(repr, columns))[:100]
        raise SourceError(f"the header row has no column 'id'; it has {names}")
    if len(set(columns)) < len(columns):
        name = next(name for name in columns if columns.count(name) > 1)
        raise SourceError(f"the header row has two columns {name!r}; rename one")
    return columns


def _record(columns: list[str], row: list[str]) -> dict[str, Any] | InputError:
    if len(row) != len(columns):
        return InputError(f"{len(row)} cells, but the header row has {len(columns)}")
    record: dict[str, Any] = dict(zip(columns, row, strict=True))
    try:
        "".join(row).encode()
        for name in LIST_SEPARATORS.keys() & record.keys():
            record[name] = _parts(name, record[name])
    except UnicodeEncodeError:
        return InputError("not UTF-8")
    except (ValueError, RecursionError):
        return InputError(f"'{name}': starts with '[' but is not a JSON list")
    return record


def _parts(name: str, cell: str) -> list[Any]:
    if cell.startswith("["):
        parts: list[Any] = json.loads(cell)
        return parts
    for separator in LIST_SEPARATORS[name]:
        if separator in cell:
            return cell.split(separator)
    return [cell]
