"""Scan: written words found in bytes and numbered, tens of megabytes a second.

The reference is ``words.words``: both find the same words in every text. Texts with characters that
need care (marks, scripts without spaces, what Unicode would compose) are cut by it and only
numbered here.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recommender.kernel import compiled
from recommender.words import is_plain, words

_SEPARATOR, _LETTER, _CARE = 0, 1, 2
# Planes of which every character's class is known; those past them need care.
_KNOWN = 0x20000
_PRIME, _BASIS = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325)
_CUT = "\n"


class Forms:
    """The distinct words of texts as written, numbered in the order of their first appearance.

    Examples
    --------
    >>> forms = Forms()
    >>> numbers, lengths = forms.scan(["The ferry is late", "", "Is the ferry?"])
    >>> numbers.tolist(), lengths.tolist()
    ([0, 1, 2, 3, 4, 5, 1], [4, 0, 3])
    >>> forms.since(4), forms.counts().tolist()
    (['Is', 'the'], [1, 2, 1, 1, 1, 1])
    """

    def __init__(self) -> None:
        self._size = 0
        self._slots: NDArray[np.int32] = np.full(1 << 12, -1, np.int32)
        self._hashes: NDArray[np.uint64] = np.zeros(1 << 11, np.uint64)
        self._ends: NDArray[np.int64] = np.zeros((1 << 11) + 1, np.int64)
        self._counts: NDArray[np.int64] = np.zeros(1 << 11, np.int64)
        self._blob: NDArray[np.uint8] = np.zeros(1 << 14, np.uint8)

    def __len__(self) -> int:
        return self._size

    def counts(self) -> NDArray[np.int64]:
        """Return how often each form was met."""
        return self._counts[: self._size]

    def since(self, first: int) -> list[str]:
        """Return the forms from number ``first`` on."""
        ends = self._ends[first : self._size + 1].tolist()
        text = self._blob[ends[0] : ends[-1]].tobytes()
        return [text[start - ends[0] : end - ends[0]].decode() for start, end in pairwise(ends)]

    def scan(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the numbers of all words of some texts in order, and how many each text has."""
        encoded = [text.encode() for text in texts]
        found, lengths = self._scan(encoded, _classes(), 2)
        (careful,) = np.nonzero(lengths < 0)
        if not len(careful):
            return found, lengths
        cut = [_CUT.join(words(texts[text])).encode() for text in careful]
        others, their_lengths = self._scan(cut, _all_but_cuts(), 1)
        plain = np.repeat(lengths >= 0, np.where(lengths < 0, 0, lengths))
        lengths[careful] = their_lengths
        owner = np.repeat(np.isin(np.arange(len(texts)), careful), lengths)
        merged = np.empty(len(owner), np.int32)
        merged[~owner], merged[owner] = found[: len(plain)], others
        return merged, lengths

    def _scan(
        self, encoded: list[bytes], classes: NDArray[np.uint8], least: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        data = np.frombuffer(b"".join(encoded), np.uint8)
        ends = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=ends[1:])
        found = np.empty(len(data) // 2 + len(encoded), np.int32)
        lengths = np.zeros(len(encoded), np.int64)
        done = filled = 0
        while done < len(encoded):
            self._make_room(len(encoded[done]))
            done, filled, self._size = _number(
                data,
                ends,
                classes,
                least,
                done,
                filled,
                found,
                lengths,
                self._size,
                self._slots,
                self._hashes,
                self._ends,
                self._counts,
                self._blob,
            )
        return found[:filled], lengths

    def _make_room(self, size: int) -> None:
        """Grow until a text of ``size`` bytes surely fits."""
        while self._size + size // 2 + 1 > len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._ends = np.concatenate([self._ends, np.zeros(len(self._ends) - 1, np.int64)])
            self._slots = np.full(2 * len(self._slots), -1, np.int32)
            _place(self._slots, self._hashes, self._size)
        while self._ends[self._size] + size > len(self._blob):
            self._blob = np.concatenate([self._blob, np.zeros_like(self._blob)])


@cache
def _classes() -> NDArray[np.uint8]:
    """Return the class of each code point."""
    classes = np.full(_KNOWN, _CARE, np.uint8)
    # Surrogates are no characters; past the second plane come only rare scripts and pictures.
    for code in (*range(0xD800), *range(0xE000, 0x10000), *range(0x1F000, 0x1FC00)):
        character = chr(code)
        if is_plain(character):
            classes[code] = character.isalnum() or character == "_"
    return classes


@cache
def _all_but_cuts() -> NDArray[np.uint8]:
    classes = np.full(0x110000, _LETTER, np.uint8)
    classes[ord(_CUT)] = _SEPARATOR
    return classes


@compiled
def _place(slots, hashes, size):  # type: ignore[no-untyped-def]
    mask = len(slots) - 1
    for form in range(size):
        slot = hashes[form] & np.uint64(mask)
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & np.uint64(mask)
        slots[slot] = form


@njit(inline="always")
def _decoded(data, at):  # type: ignore[no-untyped-def]
    """Return the code point that begins at a byte, and its length in bytes."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (data[at + 1] & 0x3F), 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F), 3
    return (first & 0x07) << 18 | (data[at + 1] & 0x3F) << 12 | (data[at + 2] & 0x3F) << 6 | (
        data[at + 3] & 0x3F
    ), 4


@compiled
def _needs_care(data, classes, start, stop):  # type: ignore[no-untyped-def]
    at = start
    while at < stop:
        if data[at] < 0x80:
            at += 1
            continue
        code, size = _decoded(data, at)
        if code >= len(classes) or classes[code] == _CARE:
            return True
        at += size
    return False


@compiled
def _form_of(data, start, stop, hashed, size, slots, hashes, ends, blob):  # type: ignore[no-untyped-def]
    """Return the number of a word, which is ``size`` if it is new."""
    mask = np.uint64(len(slots) - 1)
    slot = hashed & mask
    while slots[slot] >= 0:
        form = slots[slot]
        if hashes[form] == hashed and ends[form + 1] - ends[form] == stop - start:
            same = True
            for at in range(stop - start):
                if blob[ends[form] + at] != data[start + at]:
                    same = False
                    break
            if same:
                return form
        slot = (slot + np.uint64(1)) & mask
    slots[slot] = size
    hashes[size] = hashed
    begin = ends[size]
    for at in range(stop - start):
        blob[begin + at] = data[start + at]
    ends[size + 1] = begin + stop - start
    return size


@compiled
def _number(  # type: ignore[no-untyped-def]
    data,
    text_ends,
    classes,
    least,
    text,
    filled,
    found,
    lengths,
    size,
    slots,
    hashes,
    ends,
    counts,
    blob,
):
    """Number the words of texts until one may not fit; return the next text and both sizes.

    A text that needs care has the length -1 and no words.
    """
    while text < len(text_ends) - 1:
        at, stop = text_ends[text], text_ends[text + 1]
        if size + (stop - at) // 2 + 1 > len(hashes) or ends[size] + stop - at > len(blob):
            break
        if _needs_care(data, classes, at, stop):
            lengths[text] = -1
            text += 1
            continue
        before = filled
        while at < stop:
            # Most bytes are letters of a word or a single separator after it.
            start, letters, hashed = at, 0, _BASIS
            while at < stop:
                byte = data[at]
                if byte < 0x80:
                    if classes[byte] != _LETTER:
                        break
                    hashed = (hashed ^ np.uint64(byte)) * _PRIME
                    at += 1
                else:
                    code, width = _decoded(data, at)
                    if classes[code] != _LETTER:
                        break
                    for part in range(at, at + width):
                        hashed = (hashed ^ np.uint64(data[part])) * _PRIME
                    at += width
                letters += 1
            if letters >= least:
                mixed = hashed ^ (hashed >> np.uint64(29))
                form = _form_of(data, start, at, mixed, size, slots, hashes, ends, blob)
                size = max(size, form + 1)
                counts[form] += 1
                found[filled] = form
                filled += 1
            if at < stop:
                at += _decoded(data, at)[1]
        lengths[text] = filled - before
        text += 1
    return text, filled, size
