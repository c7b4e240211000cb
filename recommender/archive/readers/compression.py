"""Files as streams of bytes, unpacked as they are read: .gz, .xz, .zst."""

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
# What reading a damaged or cut-off file raises, whichever library unpacks it.
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)
BLOCK = 1 << 14


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, unpacked if its suffix says that it is compressed.

    Raises
    ------
    OSError
        If it cannot be opened; reading raises one of ``DAMAGE`` where the file is damaged.
    MissingExtraError
        If it is a .zst file and zstandard is not installed.

    Examples
    --------
    >>> import os
    >>> with opened(Path(os.devnull)) as file:
    ...     file.read()
    b''
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        file = cast(BinaryIO, io.BufferedReader(gzip.GzipFile(path)))
    elif suffix == ".xz":
        file = cast(BinaryIO, io.BufferedReader(lzma.LZMAFile(path)))  # noqa: SIM115
    elif suffix == ".zst":
        file = cast(BinaryIO, io.BufferedReader(_Blocks(_unpacked_zst(path))))
    else:
        file = path.open("rb")
    with file:
        yield file


def _unpacked_zst(path: Path) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("zst", "zstandard") from None
    # zstandard's own stream reader takes a cut-off file for a short one; `eof` tells.
    unpacker, inside = zstandard.ZstdDecompressor().decompressobj(), False
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            while block:
                try:
                    yield unpacker.decompress(block)
                except zstandard.ZstdError as error:
                    raise OSError(str(error)) from None
                inside, block = not unpacker.eof, unpacker.unused_data
                if unpacker.eof:
                    unpacker = zstandard.ZstdDecompressor().decompressobj()
    if inside:
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file."""

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
