"""Tables as text: CSV and TSV, with a header row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from recommender.errors import InputError, SourceError

# The largest a C long is everywhere; Python's own limit is 128 KiB, less than a long article.
LONGEST_CELL = 2**31 - 1
LIST_SEPARATORS = {"tags": "|;,", "also_read": "|;"}  # headlines have commas


def records(file: BinaryIO, stem: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    r"""Yield the line on which each row starts, and its cells by column or what is wrong with it.

    Cells are separated by what separates the header row: tabs, semicolons or commas. A cell of
    ``tags`` or ``also_read`` is a JSON list, or parts between ``|`` or ``;`` (tags also ``,``).

    Raises
    ------
    SourceError
        If there is no header row with an ``id``.

    Examples
    --------
    >>> import io
    >>> list(records(io.BytesIO(b"id,title,tags\na1,Hail,weather|crops\n"), ""))
    [(2, {'id': 'a1', 'title': 'Hail', 'tags': ['weather', 'crops']})]
    """
    csv.field_size_limit(LONGEST_CELL)
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
                yield number, InputError(f"not a row: {error}")
                continue
            if row:
                yield number, _record(columns, row)
    finally:
        if not text.closed:
            text.detach()  # the file is its opener's to close


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
        raise SourceError(f"the header row cannot be read: {error}") from None
    if "id" not in columns:
        found = ", ".join(map(repr, columns))[:100]
        raise SourceError(f"the header row has no column 'id'; it has {found}")
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise SourceError(f"the header row has two columns {twice!r}; rename one")
    return columns


def _record(columns: list[str], row: list[str]) -> dict[str, Any] | InputError:
    if len(row) != len(columns):
        return InputError(f"{len(row)} cells under a header of {len(columns)}")
    record: dict[str, Any] = dict(zip(columns, row, strict=True))
    try:
        "".join(row).encode()
        for name in LIST_SEPARATORS.keys() & record.keys():
            record[name] = _parts(name, record[name])
    except UnicodeEncodeError:
        return InputError("not UTF-8")
    except (ValueError, RecursionError):
        return InputError(f"'{name}': starts with '[' and is not a JSON list")
    return record


def _parts(name: str, cell: str) -> list[Any]:
    if cell.startswith("["):
        parts: list[Any] = json.loads(cell)
        return parts
    for separator in LIST_SEPARATORS[name]:
        if separator in cell:
            return cell.split(separator)
    return [cell]
