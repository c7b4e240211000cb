"""Parquet: tables read with pyarrow, a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from recommender.articles.article import Article
from recommender.errors import InputError, MissingExtraError, SourceError

if TYPE_CHECKING:
    import pyarrow as pa

# Rows in memory at a time.
BATCH = 256


def records(file: BinaryIO, stem: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """Yield the number of each row, from 1, and its record or an InputError.

    Unknown columns are not read; their values in the record are None.

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
        # pre_buffer would load a whole row group, which often is the whole file.
        table = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
        names = table.schema_arrow.names
        known = [name for name in names if name in Article.model_fields]
        unknown = dict.fromkeys(name for name in names if name not in known)
        number = 0
        for batch in table.iter_batches(batch_size=BATCH, columns=known):
            columns = [_as_text(batch.column(name), name) for name in known]
            for row in range(batch.num_rows):
                number += 1
                yield number, _record(known, columns, row, unknown)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"cannot read the Parquet file: {reason}") from None


def _record(
    known: list[str], columns: list[pa.Array], row: int, unknown: dict[str, Any]
) -> dict[str, Any] | InputError:
    try:
        values = {name: column[row].as_py() for name, column in zip(known, columns, strict=True)}
    except UnicodeDecodeError:
        return InputError("not UTF-8")
    return values | unknown


def _as_text(column: pa.Array, name: str) -> pa.Array:
    """Convert a column of times, or of integers that are ids or tags, to text as in JSON."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        # Python's times end at microseconds; one with a time zone becomes UTC.
        unit = "us" if kind.unit == "ns" else kind.unit
        column = column.cast(pa.timestamp(unit, kind.tz and "UTC"), safe=False)
    integer_text = pa.types.is_integer(kind) and name != "published_at"
    if integer_text or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.string())
    if pa.types.is_list(kind) and pa.types.is_integer(kind.value_type):
        return column.cast(pa.list_(pa.string()))
    return column
