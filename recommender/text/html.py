"""Text as a reader sees it: HTML out."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

# Placeholders such as <string> in plain text are not HTML; a closing or a void tag of HTML is.
_TAG = re.compile(
    r"</(?:p|div|span|a|b|i|em|strong|li|ul|ol|h[1-6]|table|tr|td|th|blockquote|figure|pre|code"
    r"|section|article|main|header|footer|body|html|script|style|iframe|video|svg|script)\s*>"
    r"|<(?:p|br|hr|img|script|style|iframe)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-z]{2,31}\d{0,2}|#\d{2,7}|#x[0-9a-f]{2,6});", re.IGNORECASE)
# Inline tags join letters of one word, these end it. They are taken out before parsing: deep
# nesting takes a parser much longer than its length.
_BREAKS = re.compile(
    r"</?(?:address|article|aside|blockquote|br|dd|details|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hr|img|li|main|nav|ol|option|p|pre|section|summary|table|tbody"
    r"""|td|th|thead|tr|ul)\b(?:"[^"<>]*"|'[^'<>]*'|[^'"<>])*>""",
    re.IGNORECASE,
)
# A parser that runs no scripts would show it.
_NOSCRIPT = re.compile(r"<noscript\b.*?</noscript\s*>", re.IGNORECASE | re.DOTALL)
_UNSEEN = ["script", "style", "template", "iframe", "object", "svg", "head"]


def is_html(text: str) -> bool:
    """Tell whether text is HTML: has a tag that plain text would not have.

    Examples
    --------
    >>> is_html("<p>Hail"), is_html("Set-Item <string> if 1 < 2")
    (True, False)
    """
    return bool(_TAG.search(text))


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
    if not is_html(text):
        return unescape(text) if _ENTITY.search(text) else text
    from selectolax.lexbor import LexborHTMLParser

    if "</noscript" in text.lower():
        text = _NOSCRIPT.sub(" ", text)
    tree = LexborHTMLParser(_BREAKS.sub("\n", text))
    tree.strip_tags(_UNSEEN)
    if cut:
        for link in tree.css("a[href]"):
            if cut(link.attributes["href"] or ""):
                link.replace_with(" ")
    return tree.body.text(separator="").strip() if tree.body else ""
