"""Tags: one key for all spellings of a tag."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

# Characters that only join the parts of a tag, in any script: spaces, hyphens, stops, quotes,
# brackets.
_JOINERS = (
    r"\s_.,:;!?'\"()/\\\[\]\-\xa1\xab\xad\xb7\xbb\xbf\u05be\u05f3\u05f4\u060c\u061b\u061f\u0640"
    r"\u200b-\u2029\u2039\u203a\u2044\u2060\u3001\u3002\u30fb\ufeff"
)
# A run of them; at the start of a tag also the sign of a hashtag.
_JOINTS = re.compile(f"^[#{_JOINERS}]+|[{_JOINERS}]+")


@lru_cache(maxsize=1 << 16)
def tag_key(tag: str) -> str:
    """Return the key of a tag: its letters, digits and symbols in lower case, in Unicode NFKC.

    Spaces, hyphens and other punctuation are removed, except between two digits. Symbols that
    carry meaning (C++, C#) stay. Plurals are other tags: no rule for endings fits every language,
    and Windows is not the plural of window.

    Examples
    --------
    >>> tag_key("E-Mail") == tag_key("email"), tag_key("#MeToo") == tag_key("Me Too")
    (True, True)
    >>> tag_key("9/11") == tag_key("911"), tag_key("C++") == tag_key("C#")
    (False, False)
    """
    # Case folding turns Cherokee into capitals, so ``lower`` comes after it.
    folded = normalize("NFKC", normalize("NFKC", tag).casefold()).lower()
    return normalize("NFKC", _JOINTS.sub(_joint, folded.strip())) or tag


def _joint(match: re.Match[str]) -> str:
    """Return what stays of the joining characters that ``_JOINTS`` matched."""
    start, end = match.span()
    after = match.string[end : end + 1]
    if start == 0:
        # The sign of a hashtag goes, but #1, -5 and .NET are names.
        return "" if after.isalpha() and match[0] != "." else match[0]
    between_digits = match.string[start - 1].isdigit() and after.isdigit()
    return "".join(match[0].split()) or " " if between_digits else ""
