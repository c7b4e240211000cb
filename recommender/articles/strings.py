"""Strings: many strings in a few arrays that can be memory-mapped and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StringColumn:
    """A column of strings, read by row.

    ``blob`` is all of them as UTF-8 (uint8), ``offsets`` (int64, one more than there are strings)
    says where each begins.

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
        """Build the column."""
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
        """Return the arrays by name, to be stored."""
        return {"blob": self.blob, "offsets": self.offsets}


@dataclass(frozen=True)
class Strings:
    """A column of strings found by value as well, in a few microseconds.

    ``order`` (int32) lists the rows by the CRC-32 of the ``key`` of the string, equal ones by row;
    ``hashes`` (uint32) are these, ascending. What a hash finds is compared.

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
        """Build the column; an empty string is kept but never found."""
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
        likely = zip(
            wanted,
            places.tolist(),
            rows.tolist(),
            (self.hashes[at] == hashed).tolist(),
            offsets[rows].tolist(),
            offsets[rows + 1].tolist(),
            strict=True,
        )
        found = []
        for key, place, row, same, start, end in likely:
            # Nearly always the first string of a hash is the one that is wanted, or there is none.
            if same and not (key and self.key(str(text[start:end], "utf-8")) == key):
                row = next(self._from(place, key), -1)
            found.append(row if same else -1)
        return found

    def rows(self, wanted: str) -> Iterator[int]:
        """Yield every row whose key is ``wanted``, ascending."""
        # A hash of another type would have the whole column converted.
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
        """Return the arrays by name, to be stored."""
        return self.column.arrays() | {"hashes": self.hashes, "order": self.order}


@dataclass(frozen=True)
class ExtendedStrings:
    """Strings with a few more after them, found by value as well, the last ones first.

    Examples
    --------
    >>> names = ExtendedStrings.of(Strings.of(["Oslo", "Bergen"])).extended(["Rome", "Oslo"])
    >>> names[2], names.find("Oslo"), list(names.rows("Oslo")), len(names)
    ('Rome', 3, [3, 0], 4)
    """

    first: Strings
    more: tuple[str, ...]
    found: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, strings: Strings | ExtendedStrings) -> ExtendedStrings:
        """Return strings to which more can be added."""
        return strings if isinstance(strings, ExtendedStrings) else cls(strings, (), {})

    def extended(self, more: Sequence[str]) -> ExtendedStrings:
        """Return these and more; an empty string is never found."""
        found = dict(self.found)
        for row, string in enumerate(more, len(self)):
            found[string] = (row, *found.get(string, ()))
        found.pop("", None)
        return ExtendedStrings(self.first, (*self.more, *more), found)

    def __len__(self) -> int:
        return len(self.first) + len(self.more)

    def __getitem__(self, row: int) -> str:
        return self.first[row] if row < len(self.first) else self.more[row - len(self.first)]

    def __iter__(self) -> Iterator[str]:
        yield from self.first
        yield from self.more

    def find(self, wanted: str) -> int | None:
        """Return the first row of ``rows``, or None."""
        return next(self.rows(wanted), None)

    def rows(self, wanted: str) -> Iterator[int]:
        """Yield every row that is ``wanted``, the added ones first."""
        yield from self.found.get(wanted, ())
        yield from self.first.rows(wanted)


def _hashes(keys: Sequence[str]) -> NDArray[np.uint32]:
    return np.array([crc32(key.encode()) for key in keys], np.uint32)
