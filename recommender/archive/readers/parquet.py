"""Parquet, read batch by batch with pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from recommender.articles.article import Article
from recommender.errors import InputError, MissingExtraError, SourceError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 256


def records(file: BinaryIO, stem: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """Yield the number of each row, from 1, and its values by column.

    Columns that no article has are named with None as their value, and not read.

    Raises
    ------
    SourceError
        If it is not a Parquet file, or a damaged one.
    MissingExtraError
        If pyarrow is not installed.

    Examples
    --------
    >>> import io
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> pq.write_table(pa.table({"id": [7], "title": ["Hail"]}), file := io.BytesIO())
    >>> list(records(file, ""))
    [(1, {'id': '7', 'title': 'Hail'})]
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("parquet", "pyarrow") from None
    try:
        # Without pre_buffer a row group, often the whole file, is not loaded at once.
        table = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
        names = table.schema_arrow.names
        known = [name for name in names if name in Article.model_fields]
        unread = dict.fromkeys(name for name in names if name not in known)
        number = 0
        for batch in table.iter_batches(batch_size=BATCH, columns=known):
            columns = [_written(batch.column(name), name) for name in known]
            for row in range(batch.num_rows):
                number += 1
                yield number, _record(known, columns, row, unread)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"not a Parquet file that can be read: {reason}") from None


def _record(
    known: list[str], columns: list[pa.Array], row: int, unread: dict[str, Any]
) -> dict[str, Any] | InputError:
    try:
        values = {name: column[row].as_py() for name, column in zip(known, columns, strict=True)}
    except UnicodeDecodeError:
        return InputError("not UTF-8")
    return values | unread


def _written(column: pa.Array, name: str) -> pa.Array:
    """Return a column as a JSON file would have it: times, and numbers that are names, as text."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        # Python's times end at microseconds; a time zone becomes UTC, which text can carry.
        unit = "us" if kind.unit == "ns" else kind.unit
        column = column.cast(pa.timestamp(unit, kind.tz and "UTC"), safe=False)
    numbered = pa.types.is_integer(kind) and name != "published_at"
    if numbered or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.string())
    if pa.types.is_list(kind) and pa.types.is_integer(kind.value_type):
        return column.cast(pa.list_(pa.string()))
    return column
