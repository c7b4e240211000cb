"""Strings: many strings in three arrays that can be memory-mapped and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Strings:
    """A column of strings, found by row in constant and by value in logarithmic time.

    ``blob`` is all of them as UTF-8 (uint8), ``offsets`` (int64, one more than there are strings)
    says where each begins, and ``order`` (int32) lists the rows sorted by ``key`` of the string,
    equal ones by row.

    Examples
    --------
    >>> names = Strings.of(["Oslo", "Bergen", "Łódź"])
    >>> names[2], names.find("Bergen"), names.find("Rome")
    ('Łódź', 1, None)
    """

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    order: NDArray[np.int32]
    key: Callable[[str], str] = _same

    @classmethod
    def of(cls, strings: Iterable[str], key: Callable[[str], str] = _same) -> Strings:
        """Build the column; an empty string is kept but never found."""
        strings = list(strings)
        encoded = [string.encode() for string in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(part) for part in encoded], out=offsets[1:])
        keys = [key(string) for string in strings]
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int32)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets, order, key)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        row %= len(self)
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    def find(self, wanted: str) -> int | None:
        """Return the first row whose key is ``wanted``, or None."""
        return next(self.rows(wanted), None)

    def rows(self, wanted: str) -> Iterator[int]:
        """Yield every row whose key is ``wanted``, ascending."""
        low, high = 0, len(self.order)
        while low < high:
            middle = (low + high) // 2
            if self.key(self[self.order[middle]]) < wanted:
                low = middle + 1
            else:
                high = middle
        while wanted and low < len(self.order) and self.key(self[self.order[low]]) == wanted:
            yield int(self.order[low])
            low += 1

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name, to be stored."""
        return {"blob": self.blob, "offsets": self.offsets, "order": self.order}
