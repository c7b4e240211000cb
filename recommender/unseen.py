"""Unseen: words and tags of newer articles that a term space was not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.strings import Strings
from recommender.tokens import UNKNOWN, Numbers, Reader

_Key = tuple[str, bool]


@dataclass(frozen=True)
class Unseen:
    """Terms numbered as they come, each as rare as a term of one article.

    All that have grown out of one another share their lists, of which each has the first ``size``:
    so growing costs no copy, and whoever holds an older one is not disturbed. Only one thread may
    grow them at a time.

    Examples
    --------
    >>> old = Unseen()
    >>> old.numbers(Strings.of(["ferry"]), False, grow=True)(["ferry", "maglev"])
    [0, 1]
    >>> new = old.grown()
    >>> [each.numbers(Strings.of(["ferry"]), False)(["maglev"]) for each in (old, new)]
    [[-1], [1]]
    """

    size: int = 0
    forms: list[str] = field(default_factory=list)
    kinds: list[bool] = field(default_factory=list)
    found: dict[_Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.size

    def grown(self) -> Unseen:
        """Return these and all that came since."""
        return replace(self, size=len(self.forms))

    def numbers(self, known: Strings, is_tag: bool, grow: bool = False) -> Numbers:
        """Return what numbers words, or tags: after the ``known`` come those of these lists.

        A term that is in neither is UNKNOWN, or to ``grow``, a new one.
        """

        def numbered(terms: Sequence[str]) -> list[int]:
            found = known.find_all(terms)
            return [
                number if number >= 0 else self._number((term, is_tag), len(known), grow)
                for term, number in zip(terms, found, strict=True)
            ]

        return numbered

    def _number(self, key: _Key, known: int, grow: bool) -> int:
        number = self.found.get(key, len(self.forms))
        if number >= self.size and not grow:
            return UNKNOWN
        if number == len(self.forms):
            self.forms.append(key[0])
            self.kinds.append(key[1])
            self.found[key] = number
        return known + number

    def name(self, reader: Reader, words: int, tags: int) -> None:
        """Have the terms that a reader brought be told as its articles write them.

        Before them ``words`` and ``tags`` are known.
        """
        for known, written in ((words, reader.written()), (tags, reader.written_tags())):
            most: dict[int, int] = {}
            for number, form, count in written:
                if number >= known + self.size and count > most.get(number, 0):
                    most[number] = count
                    self.forms[number - known] = form

    def tagged(self, columns: NDArray[Any], width: int) -> NDArray[np.bool_]:
        """Return which columns of a space ``width`` columns wide, and these, are tags of these."""
        mask = np.zeros(len(columns), bool)
        for at in np.flatnonzero(columns >= width).tolist():
            mask[at] = self.kinds[columns[at] - width]
        return mask
