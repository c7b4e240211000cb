"""Text as a reader sees it: HTML out."""

from __future__ import annotations

import re

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


def plain_text(text: str) -> str:
    """Return text without its HTML: what a reader sees; plain text comes back as it is.

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
    return tree.body.text(separator="").strip() if tree.body else ""
