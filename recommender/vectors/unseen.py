"""Out-of-vocabulary terms: words and tags of newer articles that a term space has not learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.strings import Strings
from recommender.kernels.layout import UNKNOWN
from recommender.text.tokenizer import Numbering, Tokenizer

# A term, and whether it is a tag.
_Key = tuple[str, bool]


@dataclass(frozen=True)
class OutOfVocabulary:
    """Terms numbered in the order of their first appearance, each with the idf of df = 1.

    All extensions of one another share their lists, of which each sees the first ``size``: so
    extending copies nothing, and holders of an older one are not disturbed. Only one thread may
    extend them at a time.

    Examples
    --------
    >>> old = OutOfVocabulary()
    >>> old.numbering(Strings.of(["ferry"]), False, extend=True)(["ferry", "maglev"])
    [0, 1]
    >>> new = old.extended()
    >>> [each.numbering(Strings.of(["ferry"]), False)(["maglev"]) for each in (old, new)]
    [[-1], [1]]
    """

    size: int = 0
    forms: list[str] = field(default_factory=list)
    is_tag: list[bool] = field(default_factory=list)
    numbers: dict[_Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.size

    def extended(self) -> OutOfVocabulary:
        """Return these terms and all that were added since."""
        return replace(self, size=len(self.forms))

    def numbering(self, known: Strings, is_tag: bool, extend: bool = False) -> Numbering:
        """Return the numbering of words, or of tags: after the ``known`` come those of these lists.

        A term that is in neither is UNKNOWN, or with ``extend``, gets a new number.
        """

        def numbers(terms: Sequence[str]) -> list[int]:
            return [
                number if number >= 0 else self._number((term, is_tag), len(known), extend)
                for term, number in zip(terms, known.find_all(terms), strict=True)
            ]

        return numbers

    def _number(self, key: _Key, known: int, extend: bool) -> int:
        number = self.numbers.get(key, len(self.forms))
        if number >= self.size and not extend:
            return UNKNOWN
        if number == len(self.forms):
            self.forms.append(key[0])
            self.is_tag.append(key[1])
            self.numbers[key] = number
        return known + number

    def set_forms(self, tokenizer: Tokenizer, words: int, tags: int) -> None:
        """Set the written form of the terms that a tokenizer added, as its articles write them.

        Numbers below ``words`` and ``tags`` are of the term space itself.
        """
        for known, written in ((words, tokenizer.word_forms()), (tags, tokenizer.tag_forms())):
            most: dict[int, int] = {}
            for number, form, count in written:
                if number >= known + self.size and count > most.get(number, 0):
                    most[number] = count
                    self.forms[number - known] = form

    def tag_mask(self, columns: NDArray[Any], width: int) -> NDArray[np.bool_]:
        """Return which columns are tags of these, in a space whose own ``width`` comes first."""
        mask = np.zeros(len(columns), bool)
        for at in np.flatnonzero(columns >= width).tolist():
            mask[at] = self.is_tag[columns[at] - width]
        return mask
