"""Text to terms: HTML out, words in order, stop words named."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

# Placeholders such as <string> in plain text are not HTML; a closing or a void tag of HTML is.
_HTML = re.compile(
    r"</(?:p|div|span|a|b|i|em|strong|li|ul|ol|h[1-6]|table|tr|td|th|blockquote|figure|pre|code"
    r"|section|article|main|header|footer|body|html|script|style|iframe|video|svg|script)\s*>"
    r"|<(?:p|br|hr|img|script|style|iframe)(?:\s[^<>]*)?/?>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip|#\d{2,6}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)
# Inline tags join letters of one word; these end it.
_BREAKS = re.compile(
    r"(?=</?(?:p|div|br|hr|li|ul|ol|h[1-6]|table|tr|td|th|blockquote|figure|figcaption|pre|section"
    r"|article|main|header|footer|aside|dt|dd|img)\b)",
    re.IGNORECASE,
)
_UNSEEN = ["script", "style", "template", "noscript", "iframe", "object", "svg", "head"]
_WORD = re.compile(r"\w\w+")


def plain_text(text: str, cut: Callable[[str], bool] | None = None) -> str:
    """Return text without its HTML: what a reader sees; plain text comes back as it is.

    Links whose address ``cut`` is true of are left out with their text.

    Examples
    --------
    >>> plain_text("<p>Caf&eacute; <b>re</b>opens</p><script>track()</script><p>Today</p>").split()
    ['Café', 'reopens', 'Today']
    >>> plain_text("Set-Item <string> if 1 < 2")
    'Set-Item <string> if 1 < 2'
    """
    if not _HTML.search(text):
        return text
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_BREAKS.sub("\n", text))
    tree.strip_tags(_UNSEEN)
    if cut:
        for link in tree.css("a[href]"):
            if cut(link.attributes["href"] or ""):
                link.replace_with(" ")
    return tree.body.text(separator="").strip() if tree.body else ""


def words(text: str) -> list[str]:
    """Return the words of plain text in order, as written: runs of two or more word characters.

    The terms of scikit-learn's default analyzer are these in lower case.

    Examples
    --------
    >>> words("The Łódź ferry's 2nd refit, a “first”")
    ['The', 'Łódź', 'ferry', '2nd', 'refit', 'first']
    """
    return _WORD.findall(text)


@cache
def stop_words(name: str | None) -> frozenset[str]:
    """Return a list of words too common to say anything, in lower case; none for None.

    Raises
    ------
    KeyError
        When there is no list of that name.

    Examples
    --------
    >>> "the" in stop_words("english"), len(stop_words(None))
    (True, 0)
    """
    if name is None:
        return frozenset()
    path = files("recommender") / "stop_words" / f"{name}.txt"
    if not path.is_file():
        raise KeyError(name)
    return frozenset(path.read_text(encoding="utf-8").split())
