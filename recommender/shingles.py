"""Shingles: words in a row, hashed; what sketches are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.cutting import Texts
from recommender.kernel import compiled

# Words in a row; characters, of scripts that put no spaces between words.
SHINGLE, CHARACTERS = 4, 8
SAMPLED = 4
# A text of fewer words can be the same as another, word for word, but is looked for in none.
FEW = 32
# A text is read up to so many words.
MOST = 4096
# Two texts share shingles that count as so many in full at least, unless they are the same.
EVIDENCE = 4
_PRIME = np.uint64(0x9E3779B97F4A7C15)
# UTF-16 codes from, to: letters; punctuation among them; what puts no spaces between words: Thai,
# Lao, Burmese, Khmer, Japanese, Chinese, and halves of what is beyond 16 bits.
_RANGES = {
    SHINGLE: ("09", "AZ", "az", "\xc0\uffff"),
    0: ("\u2000\u206f", "\u3000\u3004", "\u3008\u3020", "\uff00\uff0f", "\uff1a\uff20"),
    CHARACTERS: (
        *("\u0e00\u0eff", "\u1000\u109f", "\u1780\u17ff", "\u3005\u3007", "\u3021\u30ff"),
        *("\u3400\u9fff", "\ud800\udfff", "\uf900\ufaff"),
    ),
}


def hashed(texts: list[Texts]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the hashes (uint32) of the shingles kept, and how many (int64) of each text.

    A text's are ascending, each once, and one text's come after another's.

    Examples
    --------
    >>> ferry = " ".join(f"word{number}" for number in range(60))
    >>> hashes, sizes = hashed([("Ferry", "", ferry), ("Another title", "", ferry), ("", "", "")])
    >>> sizes.tolist(), hashes[:14].tolist() == hashes[14:].tolist()
    ([14, 14, 0], True)
    """
    said = [_said(*each).encode("utf-16-le") for each in texts]
    ends = np.cumsum([0, *map(len, said)]) // 2
    found: tuple[NDArray[np.uint32], NDArray[np.int64]]
    found = _hashes(np.frombuffer(b"".join(said), np.uint16), ends, _SPANS)
    return found


def _said(title: str, summary: str, body: str) -> str:
    """Return what is sketched: the headline, which copies change, only where there is little."""
    text = f"{summary}\n{body}"
    if len(text.split(None, FEW)) > FEW:
        return text
    return f"{title}\n{text}" if any(map(str.isalnum, text)) else ""


def _spans() -> NDArray[np.uint8]:
    """Return for each UTF-16 code how many words like the one it is in make a shingle."""
    spans = np.zeros(1 << 16, np.uint8)
    for span, ranges in _RANGES.items():
        for pair in ranges:
            first, last = map(ord, pair)
            spans[first : last + 1] = span
    return spans


_SPANS = _spans()


@compiled
def _mixed(word):  # type: ignore[no-untyped-def]
    word *= _PRIME
    return word ^ word >> np.uint64(32)


@compiled
def _words(codes, spans, words, ends):  # type: ignore[no-untyped-def]
    """Fill in the hash of each word and how many make a shingle; return how many there are."""
    count, at = 0, 0
    while at < len(codes) and count < MOST:
        span, word = spans[codes[at]], np.uint64(0)
        if span == SHINGLE:
            while at < len(codes) and spans[codes[at]] == SHINGLE:
                # The bit makes a capital small, in ASCII and in much else.
                word = (word ^ np.uint64(codes[at] | 32)) * _PRIME
                at += 1
        else:
            word = np.uint64(codes[at])
            at += 1
        if span:
            words[count], ends[count] = word, span
            count += 1
    return count


@compiled
def _hashes_of(codes, spans):  # type: ignore[no-untyped-def]
    """Return the hashes of a text's kept shingles, ascending, each once."""
    words, ends = np.empty(MOST, np.uint64), np.empty(MOST, np.uint8)
    count = _words(codes, spans, words, ends)
    found, kept, shingle = np.empty(MOST, np.uint32), 0, np.uint64(0)
    if 0 < count < FEW:
        for at in range(count):
            shingle = _mixed(shingle ^ words[at])
        for at in range(EVIDENCE):
            shingle = _mixed(shingle)
            found[at] = shingle >> np.uint64(32)
        return np.sort(found[:EVIDENCE])
    for end in range(SHINGLE, count + 1):
        shingle = np.uint64(0)
        for at in range(max(0, end - ends[end - 1]), end):
            shingle = _mixed(shingle ^ words[at])
        if shingle % SAMPLED == 0:
            found[kept] = shingle >> np.uint64(32)
            kept += 1
    return np.unique(found[:kept])


@compiled
def _hashes(codes, ends, spans):  # type: ignore[no-untyped-def]
    sizes = np.zeros(len(ends) - 1, np.int64)
    found, size = np.empty(1 << 12, np.uint32), 0
    for text in range(len(sizes)):
        hashes = _hashes_of(codes[ends[text] : ends[text + 1]], spans)
        sizes[text] = len(hashes)
        while size + len(hashes) > len(found):
            found = np.append(found, np.empty_like(found))
        found[size : size + len(hashes)] = hashes
        size += len(hashes)
    return found[:size].copy(), sizes
