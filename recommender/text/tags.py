"""Tags: what the spellings of one tag share."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

# What only joins the parts of a tag, in any script: spaces, hyphens, stops, quotes, brackets.
_JOINERS = (
    r"\s_.,:;!?'\"()/\\\[\]\-\xa1\xab\xad\xb7\xbb\xbf\u05be\u05f3\u05f4\u060c\u061b\u061f\u0640"
    r"\u200b-\u2029\u2039\u203a\u2044\u2060\u3001\u3002\u30fb\ufeff"
)
_JOINTS = re.compile(f"^[#{_JOINERS}]+|[{_JOINERS}]+")


@lru_cache(maxsize=1 << 16)
def tag_key(tag: str) -> str:
    """Return what spellings of one tag share: its letters and digits, NFKC, without case.

    Spaces, hyphens and other punctuation only join; what is between two digits stays, and so does
    a symbol that tells. Endings stay too: no rule takes plurals off in every language, and Windows
    is no window.

    Examples
    --------
    >>> tag_key("E-Mail") == tag_key("email"), tag_key("#MeToo") == tag_key("Me Too")
    (True, True)
    >>> tag_key("9/11") == tag_key("911"), tag_key("C++") == tag_key("C#")
    (False, False)
    """
    # Casefolding makes capitals of Cherokee, which a lexicon would then put in lower case.
    folded = normalize("NFKC", normalize("NFKC", tag).casefold()).lower()
    return normalize("NFKC", _JOINTS.sub(_joint, folded.strip())) or tag


def _joint(found: re.Match[str]) -> str:
    start, end = found.span()
    after = found.string[end : end + 1]
    if start == 0:
        # The sign of a hashtag goes, but #1, -5 and .NET are names.
        return "" if after.isalpha() and found[0] != "." else found[0]
    between = found.string[start - 1].isdigit() and after.isdigit()
    return "".join(found[0].split()) or " " if between else ""
