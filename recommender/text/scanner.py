"""Scanner: finds and numbers the words of UTF-8 text, hundreds of megabytes a second.

``words.words`` is the reference: both find the same words in every text. A text needs care if it
has combining marks, scripts without spaces or characters that Unicode would compose; ``words``
splits it and the scanner only numbers the result. Eight bytes are processed together, as one
number.
"""

from __future__ import annotations

from functools import cache
from itertools import compress, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled, force_inlined
from recommender.kernels.layout import GOLDEN
from recommender.text.words import is_plain, words

# The class of a code point: part of a word, or in need of care; any other has 0.
_LETTER, _CARE = 1, 2
# The classes of code points below this are in a table; all above need care.
_KNOWN = 0x20000
# Separates texts from each other, and the words of a text that is split already.
_CUT = "\n"
# The word characters of ASCII, as ``words`` defines them.
_RANGES = tuple((ord(first), ord(last)) for first, last in ("09", "AZ", "__", "az"))
_unsigned = np.uint64
# The lowest bit of each byte, the highest bit of each byte, and all bits.
_ONES, _TOPS = _unsigned(0x0101010101010101), _unsigned(0x8080808080808080)
_ALL, _LOWER = _unsigned(0xFFFFFFFFFFFFFFFF), _unsigned(0xFFFFFFFF)
_ZERO, _ONE, _TWO, _SIX, _EIGHT, _HALF = map(_unsigned, (0, 1, 2, 6, 8, 32))
_Scan = tuple[NDArray[np.int32], NDArray[np.int64]]


class _Bytes(NamedTuple):
    """Texts as UTF-8 bytes, one after the other, each followed by ``_CUT``.

    Text ``i`` is ``data[ends[i]:ends[i + 1] - 1]``; ``data`` is uint8 and ``ends`` int64.
    ``classes`` (uint8) are those of code points. With ``is_cut`` the texts are split already,
    their words separated by ``_CUT``.
    """

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]
    classes: NDArray[np.uint8]
    is_cut: bool


class _Table(NamedTuple):
    """The arrays of ``WordForms``: a hash table with open addressing, at most half full."""

    slots: NDArray[np.uint64]
    ends: NDArray[np.int64]
    counts: NDArray[np.int64]
    blob: NDArray[np.uint8]


class WordForms:
    """The distinct written words of texts, numbered in the order of their first appearance.

    Examples
    --------
    >>> forms = WordForms()
    >>> numbers, lengths = forms.scan(["The ferry is late", "", "Is the ferry?"])
    >>> numbers.tolist(), lengths.tolist()
    ([0, 1, 2, 3, 4, 5, 1], [4, 0, 3])
    >>> forms.since(4), forms.counts().tolist()
    (['Is', 'the'], [1, 2, 1, 1, 1, 1])
    """

    def __init__(self) -> None:
        self._size = 0
        # A slot holds a form's key, then its length (upper half) and its number (lower half).
        self._slots: NDArray[np.uint64] = np.zeros((1 << 12, 2), np.uint64)
        self._ends: NDArray[np.int64] = np.zeros((1 << 11) + 1, np.int64)
        self._counts: NDArray[np.int64] = np.zeros(1 << 11, np.int64)
        self._blob: NDArray[np.uint8] = np.zeros(1 << 14, np.uint8)

    def __len__(self) -> int:
        return self._size

    @property
    def capacity(self) -> int:
        """The number of forms that memory is allocated for; after a long text far too many."""
        return len(self._counts)

    def counts(self) -> NDArray[np.int64]:
        """Return how often each form occurs (int64)."""
        return self._counts[: self._size]

    def since(self, first: int) -> list[str]:
        """Return the forms from number ``first`` on."""
        ends = self._ends[first : self._size + 1].tolist()
        text = self._blob[ends[0] : ends[-1]].tobytes()
        return [text[start - ends[0] : end - ends[0]].decode() for start, end in pairwise(ends)]

    def scan(self, texts: list[str]) -> _Scan:
        """Return the numbers of all words of texts (int32), and each text's word count (int64)."""
        numbers, lengths = self._scan([text.encode() for text in texts], False)
        needs_care = lengths < 0
        if not needs_care.any():
            return numbers, lengths
        cut = [_CUT.join(words(text)).encode() for text in compress(texts, needs_care)]
        cut_numbers, lengths[needs_care] = self._scan(cut, True)
        is_cut = np.repeat(needs_care, lengths)
        merged = np.empty(len(is_cut), np.int32)
        merged[~is_cut], merged[is_cut] = numbers, cut_numbers
        return merged, lengths

    def _scan(self, encoded: list[bytes], is_cut: bool) -> _Scan:
        # A word ends with its text, and eight bytes can be read from any position.
        data = np.frombuffer(_CUT.encode().join([*encoded, bytes(8)]), np.uint8)
        ends = np.cumsum([0, *(len(text) + 1 for text in encoded)])
        texts = _Bytes(data, ends, _classes(), is_cut)
        numbers = np.empty(len(data) // 2 + len(encoded), np.int32)
        lengths = np.zeros(len(encoded), np.int64)
        bounds = np.empty((max(map(len, encoded), default=0) // 2 + 2, 2), np.uint64)
        done = filled = 0
        while done < len(encoded):
            self._reserve(len(encoded[done]))
            table = _Table(self._slots, self._ends, self._counts, self._blob)
            done, filled, self._size = _number(
                texts, done, table, self._size, bounds, numbers, filled, lengths
            )
        return numbers[:filled], lengths

    def _reserve(self, size: int) -> None:
        """Grow the arrays until a text of ``size`` bytes fits in any case."""
        while self._size + size // 2 + 1 > len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._ends = np.concatenate([self._ends, np.zeros(len(self._ends) - 1, np.int64)])
        if len(self._slots) < 2 * len(self._counts):
            self._slots = _rehashed(self._slots, 2 * len(self._counts))
        while self._ends[self._size] + size > len(self._blob):
            self._blob = np.concatenate([self._blob, np.zeros_like(self._blob)])


@cache
def _classes() -> NDArray[np.uint8]:
    """Return the class of each code point."""
    classes = np.full(_KNOWN, _CARE, np.uint8)
    # Without surrogates, which are no characters; of plane 1 only pictographs are in the table.
    for code in (*range(0xD800), *range(0xE000, 0x10000), *range(0x1F000, 0x1FC00)):
        character = chr(code)
        if is_plain(character):
            classes[code] = character.isalnum() or character == "_"
    return classes


@force_inlined
def _mix(bits):  # type: ignore[no-untyped-def]
    bits = (bits ^ bits >> _HALF) * GOLDEN
    return bits ^ bits >> _HALF


@force_inlined
def _eight_bytes(data, start):  # type: ignore[no-untyped-def]
    """Return eight bytes as one little-endian number; LLVM compiles it to a single load."""
    number = _ZERO
    for byte in range(8):
        number |= _unsigned(data[start + _unsigned(byte)]) << _unsigned(8 * byte)
    return number


@force_inlined
def _key(data, start, length):  # type: ignore[no-untyped-def]
    """Return the bytes of a word as a number if it has at most eight, else a hash of it."""
    if length <= _EIGHT:
        return _eight_bytes(data, start) & _ALL >> _EIGHT * (_EIGHT - length)
    key, last = length, length - _EIGHT
    for at in range(_ZERO, length, _EIGHT):
        key = _mix(key ^ _eight_bytes(data, start + min(at, last)))
    return key


@compiled
def _rehashed(old, size):  # type: ignore[no-untyped-def]
    """Return a hash table with the same forms and ``size`` slots, a power of two."""
    slots, mask = np.zeros((size, 2), np.uint64), _unsigned(size - 1)
    for entry in range(len(old)):
        key, form = old[entry, 0], old[entry, 1]
        if form:
            slot = _mix(key) & mask
            while slots[slot, 1]:
                slot = (slot + _ONE) & mask
            slots[slot, 0], slots[slot, 1] = key, form
    return slots


@force_inlined
def _equals(blob, begin, data, start, length):  # type: ignore[no-untyped-def]
    """Tell whether a word of more than eight bytes equals the form at ``begin`` in the blob."""
    different, last, begin = _ZERO, length - _EIGHT, _unsigned(begin)
    for at in range(_ZERO, length, _EIGHT):
        theirs = _eight_bytes(blob, begin + min(at, last))
        different |= _eight_bytes(data, start + min(at, last)) ^ theirs
    return different == _ZERO


@force_inlined
def _decode(data, at):  # type: ignore[no-untyped-def]
    """Return the code point that begins at byte ``at``, and its length in bytes."""
    first = _unsigned(data[at])
    if first < 0x80:
        return first, _ONE
    size = _TWO + _unsigned(first >= 0xE0) + _unsigned(first >= 0xF0)
    code = first & _unsigned(0x7F) >> size
    for part in range(at + _ONE, at + size):
        code = code << _SIX | _unsigned(data[part]) & _unsigned(0x3F)
    return code, size


@force_inlined
def _letters(data, at):  # type: ignore[no-untyped-def]
    """Return how many ASCII word characters the eight bytes from ``at`` begin with."""
    given, letters = _eight_bytes(data, at), _ZERO
    low = given & ~_TOPS
    for first, last in _RANGES:
        # The first sum sets the highest bit of bytes >= ``first``, the second of bytes > ``last``.
        letters |= low + _ONES * _unsigned(128 - first) & ~(low + _ONES * _unsigned(127 - last))
    others = ~(letters & ~given) & _TOPS
    # Set all bits below the first other byte, then count one bit per byte.
    below = (others & ~others + _ONE) >> _unsigned(7)
    return (below - _ONE & _ONES) * _ONES >> _unsigned(56)


@compiled
def _find_words(texts, at, stop, bounds):  # type: ignore[no-untyped-def]
    """Write the start and end of each word to ``bounds``; return their count, -1 for care."""
    data, _, classes, is_cut = texts
    count, at, stop = 0, _unsigned(at), _unsigned(stop)
    while at < stop:
        start, more = at, _ZERO if is_cut else _ONE
        while True:
            if is_cut and data[at] != ord(_CUT):
                at += _ONE
                continue
            if data[at] < 0x80:
                letters = _letters(data, at)
                at += letters
                if letters == _EIGHT:
                    continue
            code, width = _decode(data, at)
            if code >= len(classes) or classes[code] == _CARE:
                return -1
            if classes[code] != _LETTER:
                break
            at += width
            more += width - _ONE
        bounds[count, 0], bounds[count, 1] = start, at
        count += at - start > more
        at += width
    return count


@compiled
def _number(texts, text, table, size, bounds, numbers, filled, lengths):  # type: ignore[no-untyped-def]
    """Number the words of texts until one may not fit the table.

    Returns the next text, the end of ``numbers`` and the number of forms. A text that needs care
    gets the length -1 and no words. The look-up is not a separate function because each call would
    count references to the arrays.
    """
    data, text_ends, _, _ = texts
    slots, ends, counts, blob = table
    mask = _unsigned(len(slots) - 1)
    while text < len(text_ends) - 1:
        at, stop = text_ends[text], text_ends[text + 1] - 1
        if size + (stop - at) // 2 + 1 > len(counts) or ends[size] + stop - at > len(blob):
            break
        count = _find_words(texts, at, stop, bounds)
        for word in range(count):
            start, length = bounds[word, 0], bounds[word, 1] - bounds[word, 0]
            key = _key(data, start, length)
            slot = _mix(key) & mask
            while slots[slot, 1]:
                form = slots[slot, 1] & _LOWER
                alike = slots[slot, 0] == key and slots[slot, 1] >> _HALF == length
                if alike and (length <= _EIGHT or _equals(blob, ends[form], data, start, length)):
                    break
                slot = (slot + _ONE) & mask
            if slots[slot, 1] == 0:
                form, begin = _unsigned(size), _unsigned(ends[size])
                slots[slot, 0], slots[slot, 1] = key, length << _HALF | form
                for byte in range(length):
                    blob[begin + byte] = data[start + byte]
                size += 1
                ends[size] = begin + length
            counts[form] += 1
            numbers[filled + word] = form
        lengths[text] = count
        filled += max(count, 0)
        text += 1
    return text, filled, size
