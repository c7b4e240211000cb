"""Links: what articles call each other by, an address or a title, each in one form."""

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
# ", reports AP." names whoever it is, being said of no one else; " | AP" only a known agency.
_REMARK = re.compile(
    r"(?:,\s+reports?(?:\s+[A-Z][\w'’.&-]*){1,4}"  # noqa: RUF001
    rf"|(?:,?\s+(?:via|according to)\s+|\s+[-–—|]\s+){_AGENCY}|\s*\({_AGENCY}\))[.\s]*$"  # noqa: RUF001
)


def address(link: str, base: str | None = None) -> str | None:
    """Return what two links to one page share, or None for a link to no page.

    Left out are scheme, ``www.``, a usual port, a trailing slash, the fragment and what only
    tracks readers (``utm_source`` and the like); a relative link needs ``base``, its page's url.

    Examples
    --------
    >>> address("/ferry/?utm_source=x#top", "https://www.paper.example/news/1")
    'paper.example/ferry'
    >>> address("http://paper.example/ferry?page=2")
    'paper.example/ferry?page=2'
    >>> address("mailto:desk@paper.example")
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


def leads_home(link: str, url: str | None) -> bool:
    """Tell whether a link leads into the site of the article at ``url``: relative, or its host.

    A link to a place in the page itself (``#fragment``) does not.

    Examples
    --------
    >>> [leads_home(link, "https://paper.example/1") for link in ("/2", "#note", "mailto:a@b.c")]
    [True, False, False]
    >>> leads_home("//www.paper.example/2", "https://paper.example/1")
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
    """Return the addresses of the links in an HTML text, as they are written.

    Examples
    --------
    >>> links('<p>Read <a href="/2">this</a></p>'), links("Plain text")
    (['/2'], [])
    """
    if "<a" not in html and "<A" not in html:
        return []
    from selectolax.lexbor import LexborHTMLParser

    return [link.attributes["href"] or "" for link in LexborHTMLParser(html).css("a[href]")]


def wording(text: str) -> str:
    """Return the words of plain text without case and punctuation, a space between two.

    Examples
    --------
    >>> wording("Fishermen's  'no': it stands")
    'fishermen s no it stands'
    """
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def without_remark(title: str) -> str:
    """Return a title, its spaces single, without an agency's remark at its end.

    Examples
    --------
    >>> without_remark("Bridge repairs  delayed, reports AP."), without_remark("Hail - Reuters")
    ('Bridge repairs delayed', 'Hail')
    """
    return _REMARK.sub("", " ".join(title.split()))


def title_key(title: str) -> str:
    """Return what two spellings of one title share: its wording without HTML or agency's remark.

    Examples
    --------
    >>> title_key("Bridge <b>repairs</b> delayed, reports AP.")
    'bridge repairs delayed'
    """
    return wording(without_remark(plain_text(title)))
