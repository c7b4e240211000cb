"""Compression: files as streams of bytes, decompressed while they are read."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from recommender.errors import MissingExtraError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SUFFIXES = (".gz", ".xz", ".zst")
# The errors of reading a damaged or truncated file, whichever library decompresses it.
READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
# Bytes read at a time from a .zst file.
BLOCK = 1 << 14


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, decompressed if its suffix is .gz, .xz or .zst.

    Reading the file raises one of ``READ_ERRORS`` if it is damaged, and MissingExtraError if it is
    a .zst file and zstandard is not installed.

    Raises
    ------
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import os
    >>> with open_file(Path(os.devnull)) as file:
    ...     file.read()
    b''
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        file = cast(BinaryIO, io.BufferedReader(gzip.GzipFile(path)))
    elif suffix == ".xz":
        file = cast(BinaryIO, io.BufferedReader(lzma.LZMAFile(path)))  # noqa: SIM115
    elif suffix == ".zst":
        file = cast(BinaryIO, io.BufferedReader(_BlockReader(_zst_blocks(path))))
    else:
        file = path.open("rb")
    with file:
        yield file


def _zst_blocks(path: Path) -> Iterator[bytes]:
    """Yield the decompressed blocks of a .zst file; raise EOFError if it is truncated."""
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("zst", "zstandard") from None
    # zstandard's own stream reader does not notice a truncated file; this object has `eof`.
    decompressor, in_frame = zstandard.ZstdDecompressor().decompressobj(), False
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            while block:
                try:
                    yield decompressor.decompress(block)
                except zstandard.ZstdError as error:
                    raise OSError(str(error)) from None
                in_frame, block = not decompressor.eof, decompressor.unused_data
                if decompressor.eof:
                    decompressor = zstandard.ZstdDecompressor().decompressobj()
    if in_frame:
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")


class _BlockReader(io.RawIOBase):
    """A file over an iterator of blocks of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        space = memoryview(buffer).cast("B")
        size = min(len(space), len(self._rest))
        space[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
