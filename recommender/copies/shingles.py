"""Shingles: runs of words, hashed; sketches are made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.layout import GOLDEN
from recommender.text.boilerplate import Texts

# Words in a shingle; characters, of scripts that put no spaces between words.
WORDS, CHARACTERS = 4, 8
# One shingle in so many is kept: those whose hash is 0 modulo this.
SAMPLED = 4
# A text of fewer words is a copy only of the same words: one hash of all of them, so many times.
SHORT, SHORT_HASHES = 32, 4
# A text is read up to so many words.
MOST_WORDS = 4096
# UTF-16 codes from, to: letters; punctuation among them; scripts without spaces between words:
# Thai, Lao, Burmese, Khmer, Japanese, Chinese, and halves of code points beyond 16 bits.
_RANGES = {
    WORDS: ("09", "AZ", "az", "\xc0\uffff"),
    0: ("\u2000\u206f", "\u3000\u3004", "\u3008\u3020", "\uff00\uff0f", "\uff1a\uff20"),
    CHARACTERS: (
        *("\u0e00\u0eff", "\u1000\u109f", "\u1780\u17ff", "\u3005\u3007", "\u3021\u30ff"),
        *("\u3400\u9fff", "\ud800\udfff", "\uf900\ufaff"),
    ),
}


def shingle_hashes(texts: list[Texts]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the hashes (uint32) of the kept shingles, and how many (int64) of each text.

    A text's hashes are ascending and distinct; one text's follow another's.

    Examples
    --------
    >>> ferry = " ".join(f"word{number}" for number in range(60))
    >>> texts = [("Ferry", "", ferry), ("Another title", "", ferry), ("", "", "")]
    >>> hashes, sizes = shingle_hashes(texts)
    >>> sizes.tolist(), hashes[:14].tolist() == hashes[14:].tolist()
    ([14, 14, 0], True)
    """
    encoded = [_sketched_text(*each).encode("utf-16-le") for each in texts]
    ends = np.cumsum([0, *map(len, encoded)]) // 2
    result: tuple[NDArray[np.uint32], NDArray[np.int64]]
    result = _hashes(np.frombuffer(b"".join(encoded), np.uint16), ends, _SPANS)
    return result


def _sketched_text(title: str, summary: str, body: str) -> str:
    """Return what is sketched: copies change the title, so it counts only in short texts."""
    text = f"{summary}\n{body}"
    if len(text.split(None, SHORT)) > SHORT:
        return text
    return f"{title}\n{text}" if any(map(str.isalnum, text)) else ""


def _spans() -> NDArray[np.uint8]:
    """Return for each UTF-16 code how many words like its own make a shingle."""
    spans = np.zeros(1 << 16, np.uint8)
    for span, ranges in _RANGES.items():
        for pair in ranges:
            first, last = map(ord, pair)
            spans[first : last + 1] = span
    return spans


_SPANS = _spans()


@compiled
def _mix(word):  # type: ignore[no-untyped-def]
    word *= GOLDEN
    return word ^ word >> np.uint64(32)


@compiled
def _word_hashes(codes, spans, hashes, word_spans):  # type: ignore[no-untyped-def]
    """Fill in the hash and the span of each word; return how many words there are."""
    count, at = 0, 0
    while at < len(codes) and count < MOST_WORDS:
        span, word = spans[codes[at]], np.uint64(0)
        if span == WORDS:
            while at < len(codes) and spans[codes[at]] == WORDS:
                # The bit turns capitals into small letters, in ASCII and in much else.
                word = (word ^ np.uint64(codes[at] | 32)) * GOLDEN
                at += 1
        else:
            word = np.uint64(codes[at])
            at += 1
        if span:
            hashes[count], word_spans[count] = word, span
            count += 1
    return count


@compiled
def _text_hashes(codes, spans):  # type: ignore[no-untyped-def]
    """Return the hashes of a text's kept shingles, ascending and distinct."""
    words, word_spans = np.empty(MOST_WORDS, np.uint64), np.empty(MOST_WORDS, np.uint8)
    count = _word_hashes(codes, spans, words, word_spans)
    hashes, kept, shingle = np.empty(MOST_WORDS, np.uint32), 0, np.uint64(0)
    if 0 < count < SHORT:
        for at in range(count):
            shingle = _mix(shingle ^ words[at])
        for at in range(SHORT_HASHES):
            shingle = _mix(shingle)
            hashes[at] = shingle >> np.uint64(32)
        return np.sort(hashes[:SHORT_HASHES])
    for end in range(WORDS, count + 1):
        shingle = np.uint64(0)
        for at in range(max(0, end - word_spans[end - 1]), end):
            shingle = _mix(shingle ^ words[at])
        if shingle % SAMPLED == 0:
            hashes[kept] = shingle >> np.uint64(32)
            kept += 1
    return np.unique(hashes[:kept])


@compiled
def _hashes(codes, ends, spans):  # type: ignore[no-untyped-def]
    sizes = np.zeros(len(ends) - 1, np.int64)
    hashes, size = np.empty(1 << 12, np.uint32), 0
    for text in range(len(sizes)):
        own = _text_hashes(codes[ends[text] : ends[text + 1]], spans)
        sizes[text] = len(own)
        while size + len(own) > len(hashes):
            hashes = np.append(hashes, np.empty_like(hashes))
        hashes[size : size + len(own)] = own
        size += len(own)
    return hashes[:size].copy(), sizes
