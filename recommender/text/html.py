"""HTML: finding it in text, and turning it into the plain text that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

# Placeholders such as <string> in plain text are not HTML; a closing tag or a void tag is.
_TAG = re.compile(
    r"</(?:p|div|span|a|b|i|em|strong|li|ul|ol|h[1-6]|table|tr|td|th|blockquote|figure|pre|code"
    r"|section|article|main|header|footer|body|html|script|style|iframe|video|svg|script)\s*>"
    r"|<(?:p|br|hr|img|script|style|iframe)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-z]{2,31}\d{0,2}|#\d{2,7}|#x[0-9a-f]{2,6});", re.IGNORECASE)
# Block tags end a word; inline tags do not. They are removed before parsing, since parsing deeply
# nested tags takes more than linear time.
_BREAKS = re.compile(
    r"</?(?:address|article|aside|blockquote|br|dd|details|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hr|img|li|main|nav|ol|option|p|pre|section|summary|table|tbody"
    r"""|td|th|thead|tr|ul)\b(?:"[^"<>]*"|'[^'<>]*'|[^'"<>])*>""",
    re.IGNORECASE,
)
# The parser runs no scripts, so it would take this for visible.
_NOSCRIPT = re.compile(r"<noscript\b.*?</noscript\s*>", re.IGNORECASE | re.DOTALL)
_NOSCRIPT_END = re.compile(r"</noscript\s*>", re.IGNORECASE)
_INVISIBLE = ["script", "style", "template", "iframe", "object", "svg", "head"]


def is_html(text: str) -> bool:
    """Tell whether text is HTML: whether it has a tag that plain text would not have.

    Examples
    --------
    >>> is_html("<p>Hail"), is_html("Set-Item <string> if 1 < 2")
    (True, False)
    """
    return bool(_TAG.search(text))


def plain_text(text: str, cut: Callable[[str], bool] | None = None) -> str:
    """Return the text of HTML as a reader sees it; in plain text only entities are decoded.

    A link for whose address (``href``) the function ``cut`` returns true is removed together with
    its text. The time is linear in the length of the text.

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

    tree = LexborHTMLParser(_BREAKS.sub("\n", _without_noscript(text)))
    tree.strip_tags(_INVISIBLE)
    if cut:
        for link in tree.css("a[href]"):
            if cut(link.attributes["href"] or ""):
                link.replace_with(" ")
    return tree.body.text(separator="").strip() if tree.body else ""


def _without_noscript(text: str) -> str:
    # Past the last end every search would fail, and only after reading the rest of the text.
    last = max((match.end() for match in _NOSCRIPT_END.finditer(text)), default=0)
    return _NOSCRIPT.sub(" ", text[:last]) + text[last:]
