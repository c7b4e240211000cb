"""Links: addresses and titles by which articles refer to each other, in comparable form."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from recommender.text.html import plain_text

_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|cmpid|ocid|_ga)(?:=|$)", re.IGNORECASE
)
_PORTS = {None, 80, 443}
_AGENCY = (
    r"(?:AP|AFP|ANI|DPA|EFE|PTI|TASS|UPI|(?:The )?Associated Press|Bloomberg|Kyodo|Reuters|Xinhua)"
)
# After "reports" any name counts as an agency; after a dash only a listed one. The possessive
# ``*+`` keeps a name with many dots after it linear.
_ATTRIBUTION = re.compile(
    r"(?:,\s+reports?(?:\s+[A-Z][\w'’.&-]*+){1,4}"  # noqa: RUF001
    rf"|(?:,?\s+(?:via|according to)\s+|\s+[-–—|]\s+){_AGENCY}|\s*\({_AGENCY}\))[.\s]*$"  # noqa: RUF001
)


def url_key(link: str, base: str | None = None) -> str | None:
    """Return a link's address in comparable form, or None if it does not lead to a page.

    Links to the same page give the same address: scheme, ``www.``, default ports, trailing
    slashes, fragments and tracking parameters (such as ``utm_source``) are removed. ``base`` is
    the url of the page with the link; a relative link needs it.

    Examples
    --------
    >>> url_key("/ferry/?utm_source=x#top", "https://www.paper.example/news/1")
    'paper.example/ferry'
    >>> url_key("http://paper.example/ferry?page=2")
    'paper.example/ferry?page=2'
    >>> url_key("mailto:desk@paper.example")
    """
    try:
        parts = urlsplit(urljoin(base or "", link.strip()))
        host = _host(parts)
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https"):
        return None
    query = "&".join(part for part in parts.query.split("&") if not _TRACKING.match(part))
    return host + unquote(parts.path).rstrip("/") + (f"?{query}" if query else "") or None


def _host(parts: SplitResult) -> str:
    port = "" if parts.port in _PORTS else f":{parts.port}"
    return (parts.hostname or "").removeprefix("www.") + port


def is_internal(link: str, url: str | None) -> bool:
    """Tell whether a link stays on the site of the article at ``url``.

    It does if it is relative or has the same host. A link to a place in the same page
    (``#fragment``) does not count.

    Examples
    --------
    >>> [is_internal(link, "https://paper.example/1") for link in ("/2", "#note", "mailto:a@b.c")]
    [True, False, False]
    >>> is_internal("//www.paper.example/2", "https://paper.example/1")
    True
    """
    link = link.strip()
    try:
        parts = urlsplit(link)
        if not link or link.startswith("#") or parts.scheme not in ("", "http", "https"):
            return False
        return not parts.netloc or (bool(url) and _host(parts) == _host(urlsplit(url or "")))
    except ValueError:
        return False


def links(html: str) -> list[str]:
    """Return the addresses (``href``) of the links in HTML, in order and as written.

    Examples
    --------
    >>> links('<p>Read <a href="/2">this</a></p>'), links("Plain text")
    (['/2'], [])
    """
    if "<a" not in html and "<A" not in html:
        return []
    from selectolax.lexbor import LexborHTMLParser

    return [link.attributes["href"] or "" for link in LexborHTMLParser(html).css("a[href]")]


def normalized_words(text: str) -> str:
    """Return plain text without case and punctuation, its words separated by single spaces.

    Examples
    --------
    >>> normalized_words("Fishermen's  'no': it stands")
    'fishermen s no it stands'
    """
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def without_attribution(title: str) -> str:
    """Remove a news agency's attribution from the end of a title; make its spaces single.

    Examples
    --------
    >>> without_attribution("Bridge repairs  delayed, reports AP.")
    'Bridge repairs delayed'
    >>> without_attribution("Hail - Reuters")
    'Hail'
    """
    return _ATTRIBUTION.sub("", " ".join(title.split()))


def title_key(title: str) -> str:
    """Return a title in comparable form: without HTML, attribution, case and punctuation.

    Examples
    --------
    >>> title_key("Bridge <b>repairs</b> delayed, reports AP.")
    'bridge repairs delayed'
    """
    return normalized_words(without_attribution(plain_text(title)))
