"""Highlight: where the terms that two articles share stand in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from recommender.text.words import is_unsegmented


def highlighted(text: str, terms: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Cut plain text into pieces, in order, each with whether it is one of the terms.

    Terms are given as an explanation tells them; capitals make no difference. Both words of a pair
    with an ellipsis count by themselves. What is written otherwise, with another ending where
    ``stemming`` is on, is not found.

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
    # The longest comes first: a pair, then its words.
    patterns = map(_pattern, sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))
    for at, piece in enumerate(re.split(f"({'|'.join(patterns)})", text, flags=re.IGNORECASE)):
        if piece:
            yield piece, at % 2 == 1


def _pattern(phrase: str) -> str:
    """Return what a phrase looks like in a text: other signs may stand between its words."""
    spelled = r"\W+".join(map(re.escape, phrase.split()))
    return spelled if is_unsegmented(phrase) else rf"(?<!\w){spelled}(?!\w)"
