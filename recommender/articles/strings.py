"""Columns of strings: a few arrays that can be memory-mapped, read by row and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StringColumn:
    """A column of strings, read by row.

    ``blob`` (uint8) is all strings as UTF-8, one after the other. String ``i`` is
    ``offsets[i]:offsets[i + 1]`` of it; ``offsets`` is int64, one longer than the column.

    Examples
    --------
    >>> names = StringColumn.of(["Oslo", "Łódź"])
    >>> names[1], list(names)
    ('Łódź', ['Oslo', 'Łódź'])
    """

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, strings: Iterable[str]) -> StringColumn:
        """Build the column from its strings, in order."""
        encoded = [string.encode() for string in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(part) for part in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        size = len(self.offsets) - 1
        if not -size <= row < size:
            raise IndexError(row)
        row %= size
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays to be stored, by name."""
        return {"blob": self.blob, "offsets": self.offsets}


@dataclass(frozen=True)
class Strings:
    """A column of strings that can also be searched by value, in a few microseconds.

    A string is found by its key, ``key(string)``. ``hashes`` (uint32) are the CRC-32 of all keys,
    ascending, and ``order`` (int32) the row of each, equal hashes in row order. Keys with equal
    hashes are compared in full.

    Examples
    --------
    >>> names = Strings.of(["Oslo", "Bergen", "Łódź"])
    >>> names[2], names.find("Bergen"), names.find("Rome"), names.find_all(["Łódź", "Rome"])
    ('Łódź', 1, None, [2, -1])
    """

    column: StringColumn
    hashes: NDArray[np.uint32]
    order: NDArray[np.int32]
    key: Callable[[str], str] = str

    @classmethod
    def of(cls, strings: Iterable[str], key: Callable[[str], str] = str) -> Strings:
        """Build the column; an empty string has a row but is never found."""
        strings = list(strings)
        hashes = _hashes([key(string) for string in strings])
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        return cls(StringColumn.of(strings), hashes[order], order, key)

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, row: int) -> str:
        return self.column[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self.column)

    def find(self, wanted: str) -> int | None:
        """Return the first row whose key is ``wanted``, or None."""
        return next(self.rows(wanted), None)

    def find_all(self, wanted: Sequence[str]) -> list[int]:
        """Return the first row of each of some keys, -1 where there is none."""
        if not len(self):
            return [-1] * len(wanted)
        hashed = _hashes(wanted)
        places = np.searchsorted(self.hashes, hashed)
        at = np.minimum(places, len(self) - 1)
        rows, text, offsets = self.order[at], self.column.blob.data, self.column.offsets
        candidates = zip(
            wanted,
            places.tolist(),
            rows.tolist(),
            (self.hashes[at] == hashed).tolist(),
            offsets[rows].tolist(),
            offsets[rows + 1].tolist(),
            strict=True,
        )
        result = []
        for key, place, row, same, start, end in candidates:
            # Keys with equal hashes are rare: the first row is nearly always the wanted one.
            if same and not (key and self.key(str(text[start:end], "utf-8")) == key):
                row = next(self._from(place, key), -1)
            result.append(row if same else -1)
        return result

    def rows(self, wanted: str) -> Iterator[int]:
        """Yield every row whose key is ``wanted``, ascending."""
        # A hash of another type would make numpy convert the whole column.
        hashed = np.uint32(crc32(wanted.encode()))
        return self._from(int(self.hashes.searchsorted(hashed)), wanted)

    def _from(self, place: int, wanted: str) -> Iterator[int]:
        size, hashes = len(self.hashes), self.hashes
        if not wanted or place == size:
            return
        hashed = hashes[place]
        while place < size and hashes[place] == hashed:
            row = int(self.order[place])
            if self.key(self.column[row]) == wanted:
                yield row
            place += 1

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays to be stored, by name."""
        return self.column.arrays() | {"hashes": self.hashes, "order": self.order}


@dataclass(frozen=True)
class ExtendedStrings:
    """A column of strings with a few strings added; the last added are found first.

    The rows of ``added`` come after those of ``base``; ``found`` holds them by string,
    descending.

    Examples
    --------
    >>> names = ExtendedStrings.of(Strings.of(["Oslo", "Bergen"])).extended(["Rome", "Oslo"])
    >>> names[2], names.find("Oslo"), list(names.rows("Oslo")), len(names)
    ('Rome', 3, [3, 0], 4)
    """

    base: Strings
    added: tuple[str, ...]
    found: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, strings: Strings | ExtendedStrings) -> ExtendedStrings:
        """Return a column to which strings can be added; one that is extended is returned as is."""
        return strings if isinstance(strings, ExtendedStrings) else cls(strings, (), {})

    def extended(self, more: Sequence[str]) -> ExtendedStrings:
        """Return the column with ``more`` strings at its end; an empty one is never found."""
        found = dict(self.found)
        for row, string in enumerate(more, len(self)):
            found[string] = (row, *found.get(string, ()))
        found.pop("", None)
        return ExtendedStrings(self.base, (*self.added, *more), found)

    def __len__(self) -> int:
        return len(self.base) + len(self.added)

    def __getitem__(self, row: int) -> str:
        return self.base[row] if row < len(self.base) else self.added[row - len(self.base)]

    def __iter__(self) -> Iterator[str]:
        yield from self.base
        yield from self.added

    def find(self, wanted: str) -> int | None:
        """Return the first row that ``rows`` yields, or None."""
        return next(self.rows(wanted), None)

    def rows(self, wanted: str) -> Iterator[int]:
        """Yield every row whose string is ``wanted``, added rows first."""
        yield from self.found.get(wanted, ())
        yield from self.base.rows(wanted)


def _hashes(keys: Sequence[str]) -> NDArray[np.uint32]:
    return np.array([crc32(key.encode()) for key in keys], np.uint32)
