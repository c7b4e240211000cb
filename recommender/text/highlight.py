"""Highlighting: the places in a text where given terms occur."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from recommender.text.words import is_unsegmented


def highlighted(text: str, terms: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield plain text in pieces, in order, each with whether it is one of the terms.

    ``terms`` are spelled as in an explanation; case is ignored. A term "A … B" highlights A and B
    wherever they occur. Words with another ending, which ``stemming`` maps to the same term, are
    not highlighted.

    Examples
    --------
    >>> list(highlighted("The saint, Orla, sails", ["Saint Orla", "dock … gearbox"]))
    [('The ', False), ('saint, Orla', True), (', sails', False)]
    """
    text = unicodedata.normalize("NFC", text)
    phrases = {part.strip() for term in terms for part in term.split("…")} - {""}
    if not phrases:
        yield text, False
        return
    # The longest first, so that a bigram wins over its words.
    patterns = map(_pattern, sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))
    for at, piece in enumerate(re.split(f"({'|'.join(patterns)})", text, flags=re.IGNORECASE)):
        if piece:
            yield piece, at % 2 == 1


def _pattern(phrase: str) -> str:
    """Return a pattern for a phrase; its words may be separated by spaces or punctuation."""
    spelling = r"\W+".join(map(re.escape, phrase.split()))
    return spelling if is_unsegmented(phrase) else rf"(?<!\w){spelling}(?!\w)"
