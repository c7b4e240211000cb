"""Scan: written words found in bytes and numbered, hundreds of megabytes a second.

The reference is ``words.words``: both find the same words in every text. Texts with characters that
need care (marks, scripts without spaces, what Unicode would compose) are cut by it and only
numbered here. Eight bytes are looked at together, as a number.
"""

from __future__ import annotations

import sys
from functools import cache
from itertools import compress, pairwise
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from recommender.kernel import compiled
from recommender.words import is_plain, words

_LETTER, _CARE = 1, 2
# Planes of which every character's class is known; those past them need care.
_KNOWN = 0x20000
_CUT = "\n"
# ASCII's letters, as ``words`` has them.
_RANGES = tuple((ord(first), ord(last)) for first, last in ("09", "AZ", "__", "az"))
_generated: Any = intrinsic
_unsigned = np.uint64
# Each eighth bit, the highest bit of each byte, and all bits.
_ONES, _TOPS = _unsigned(0x0101010101010101), _unsigned(0x8080808080808080)
_ALL, _LOWER = _unsigned(0xFFFFFFFFFFFFFFFF), _unsigned(0xFFFFFFFF)
_PRIME = _unsigned(0x9E3779B97F4A7C15)
_ZERO, _ONE, _TWO, _SIX, _EIGHT, _HALF = map(_unsigned, (0, 1, 2, 6, 8, 32))
_Found = tuple[NDArray[np.int32], NDArray[np.int64]]


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
        # Open addressing, at most half full: a form's key, then its length and number in one.
        self._table: NDArray[np.uint64] = np.zeros((1 << 12, 2), np.uint64)
        self._ends: NDArray[np.int64] = np.zeros((1 << 11) + 1, np.int64)
        self._counts: NDArray[np.int64] = np.zeros(1 << 11, np.int64)
        self._blob: NDArray[np.uint8] = np.zeros(1 << 14, np.uint8)

    def __len__(self) -> int:
        return self._size

    @property
    def room(self) -> int:
        """How many forms there is memory for: after a long text many more than there are."""
        return len(self._counts)

    def counts(self) -> NDArray[np.int64]:
        """Return how often each form was met."""
        return self._counts[: self._size]

    def since(self, first: int) -> list[str]:
        """Return the forms from number ``first`` on."""
        ends = self._ends[first : self._size + 1].tolist()
        text = self._blob[ends[0] : ends[-1]].tobytes()
        return [text[start - ends[0] : end - ends[0]].decode() for start, end in pairwise(ends)]

    def scan(self, texts: list[str]) -> _Found:
        """Return the numbers of all words of some texts in order, and how many each text has."""
        found, lengths = self._scan([text.encode() for text in texts], False)
        careful = lengths < 0
        if not careful.any():
            return found, lengths
        cut = [_CUT.join(words(text)).encode() for text in compress(texts, careful)]
        others, lengths[careful] = self._scan(cut, True)
        is_other = np.repeat(careful, lengths)
        merged = np.empty(len(is_other), np.int32)
        merged[~is_other], merged[is_other] = found, others
        return merged, lengths

    def _scan(self, encoded: list[bytes], is_cut: bool) -> _Found:
        # Words end where texts do, and eight bytes can be read from any on.
        data = np.frombuffer(_CUT.encode().join([*encoded, bytes(8)]), np.uint8)
        ends = np.cumsum([0, *(len(text) + 1 for text in encoded)])
        found = np.empty(len(data) // 2 + len(encoded), np.int32)
        lengths = np.zeros(len(encoded), np.int64)
        bounds = np.empty((max(map(len, encoded), default=0) // 2 + 2, 3), np.uint64)
        done = filled = 0
        while done < len(encoded):
            self._make_room(len(encoded[done]))
            forms = self._size, self._table, self._ends, self._counts, self._blob
            done, filled, self._size = _number(
                data, ends, _classes(), is_cut, done, filled, found, lengths, bounds, forms
            )
        return found[:filled], lengths

    def _make_room(self, size: int) -> None:
        """Grow until a text of ``size`` bytes surely fits."""
        while self._size + size // 2 + 1 > len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._ends = np.concatenate([self._ends, np.zeros(len(self._ends) - 1, np.int64)])
        if len(self._table) < 2 * len(self._counts):
            self._table = _moved(self._table, 2 * len(self._counts))
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


@_generated
def _eight(_typing, array, place):  # type: ignore[no-untyped-def]
    """Return eight bytes from a place on as a number, the first of them lowest."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        given = context.make_array(signature.args[0])(context, builder, values[0]).data
        where = builder.bitcast(builder.gep(given, [values[1]]), ir.IntType(64).as_pointer())
        number = builder.load(where, align=1)
        return number if sys.byteorder == "little" else builder.bswap(number)

    return types.uint64(array, types.uint64), generate


@_generated
def _fetch(_typing, array, place):  # type: ignore[no-untyped-def]
    """Ask for a place of an array ahead of its use."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        whole, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        given = context.make_array(signature.args[0])(context, builder, values[0]).data
        where = builder.bitcast(builder.gep(given, [values[1]]), byte)
        builder.call(prefetch, [where, whole(0), whole(3), whole(1)])
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate


@njit(forceinline=True)
def _mixed(bits):  # type: ignore[no-untyped-def]
    bits = (bits ^ bits >> _HALF) * _PRIME
    return bits ^ bits >> _HALF


@njit(forceinline=True)
def _key(data, start, length):  # type: ignore[no-untyped-def]
    """Return a word itself if it has at most eight bytes, or a hash of it."""
    if length <= _EIGHT:
        return _eight(data, start) & _ALL >> _EIGHT * (_EIGHT - length)
    key, last = length, length - _EIGHT
    for at in range(_ZERO, length, _EIGHT):
        key = _mixed(key ^ _eight(data, start + min(at, last)))
    return key


@compiled
def _moved(old, slots):  # type: ignore[no-untyped-def]
    """Return a larger table of the same forms."""
    table, mask = np.zeros((slots, 2), np.uint64), _unsigned(slots - 1)
    for entry in range(len(old)):
        key, form = old[entry, 0], old[entry, 1]
        if form:
            slot = _mixed(key) & mask
            while table[slot, 1]:
                slot = (slot + _ONE) & mask
            table[slot, 0], table[slot, 1] = key, form
    return table


@njit(forceinline=True)
def _is_at(blob, begin, data, start, length):  # type: ignore[no-untyped-def]
    """Tell whether a word of more than eight bytes is the one that begins there."""
    others, last, begin = _ZERO, length - _EIGHT, _unsigned(begin)
    for at in range(_ZERO, length, _EIGHT):
        others |= _eight(data, start + min(at, last)) ^ _eight(blob, begin + min(at, last))
    return others == _ZERO


@njit(forceinline=True)
def _decoded(data, at):  # type: ignore[no-untyped-def]
    """Return the code point that begins at a byte, and its length in bytes."""
    first = _unsigned(data[at])
    if first < 0x80:
        return first, _ONE
    size = _TWO + _unsigned(first >= 0xE0) + _unsigned(first >= 0xF0)
    code = first & _unsigned(0x7F) >> size
    for part in range(at + _ONE, at + size):
        code = code << _SIX | _unsigned(data[part]) & _unsigned(0x3F)
    return code, size


@njit(forceinline=True)
def _letters(data, at):  # type: ignore[no-untyped-def]
    """Return how many of eight bytes are, from the first on, letters of ASCII."""
    given, letters = _eight(data, at), _ZERO
    low = given & ~_TOPS
    for first, last in _RANGES:
        # A byte's highest bit is set by the first sum if it is not below, by the other if above.
        letters |= low + _ONES * _unsigned(128 - first) & ~(low + _ONES * _unsigned(127 - last))
    others = ~(letters & ~given) & _TOPS
    # All bits below the first other's are set: one a byte is counted.
    below = (others & ~others + _ONE) >> _unsigned(7)
    return (below - _ONE & _ONES) * _ONES >> _unsigned(56)


@compiled
def _words(data, at, stop, classes, is_cut, bounds):  # type: ignore[no-untyped-def]
    """Fill in where words begin and end; return how many there are, or -1 if care is needed."""
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
            code, width = _decoded(data, at)
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
def _number(data, text_ends, classes, is_cut, text, filled, found, lengths, bounds, forms):  # type: ignore[no-untyped-def]
    """Number the words of texts until one may not fit; return the next text and both sizes.

    One that needs care has the length -1 and no words. The table is not asked in a function of its
    own: each call would count references to arrays.
    """
    size, table, ends, counts, blob = forms
    mask = _unsigned(len(table) - 1)
    while text < len(text_ends) - 1:
        at, stop = text_ends[text], text_ends[text + 1] - 1
        if size + (stop - at) // 2 + 1 > len(counts) or ends[size] + stop - at > len(blob):
            break
        count = _words(data, at, stop, classes, is_cut, bounds)
        for word in range(count):
            key = _key(data, bounds[word, 0], bounds[word, 1] - bounds[word, 0])
            bounds[word, 2] = key
            _fetch(table, _TWO * (_mixed(key) & mask))
        for word in range(count):
            start, key = bounds[word, 0], bounds[word, 2]
            length = bounds[word, 1] - start
            slot = _mixed(key) & mask
            while table[slot, 1]:
                form = table[slot, 1] & _LOWER
                is_like = table[slot, 0] == key and table[slot, 1] >> _HALF == length
                if is_like and (length <= _EIGHT or _is_at(blob, ends[form], data, start, length)):
                    break
                slot = (slot + _ONE) & mask
            if table[slot, 1] == 0:
                form, begin = _unsigned(size), _unsigned(ends[size])
                table[slot, 0], table[slot, 1] = key, length << _HALF | form
                for byte in range(length):
                    blob[begin + byte] = data[start + byte]
                size += 1
                ends[size] = begin + length
            counts[form] += 1
            found[filled + word] = form
        lengths[text] = count
        filled += max(count, 0)
        text += 1
    return text, filled, size
