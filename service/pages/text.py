"""Text: articles as safe HTML, without scripts, styles, images or unsafe links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import shorten
from urllib.parse import urlsplit

import nh3
from markupsafe import Markup

from recommender import Article, highlighted, is_html, plain_text

# Other elements are removed, but their text stays.
_BLOCKS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "div", "pre"}
_ALLOWED = _BLOCKS | {"em", "strong", "b", "i", "a", "code"}
_BLANK = re.compile(r"\n\s*\n")
_OPENING = 90
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def body(article: Article) -> Markup:
    r"""Return the body of an article as safe HTML.

    Examples
    --------
    >>> body(Article(id="a", title="A", body="One.\n\n1 < 2"))
    Markup('<p>One.</p>\n<p>1 &lt; 2</p>')
    >>> body(Article(id="a", title="A", body="<p onclick=x()>One<script>x()</script></p>"))
    Markup('<p>One</p>')
    """
    if not is_html(article.body):
        elements = (Markup("<p>{}</p>").format(each) for each in paragraphs(article.body))
        return Markup("\n").join(elements)
    return Markup(
        nh3.clean(
            article.body,
            tags=_ALLOWED,
            attributes={"a": {"href"}},
            attribute_filter=lambda _, __, value: link(value),
            link_rel="noopener noreferrer nofollow",
        )
    )


def headline(article: Article) -> str:
    """Return the title as plain text, or else the first words of the body, or else the id.

    Examples
    --------
    >>> headline(Article(id="a", title="<b>Hail</b>")), headline(Article(id="a", body="No ferry."))
    ('Hail', 'No ferry.')
    """
    if title := " ".join(paragraphs(article.title)):
        return title
    opening = " ".join(paragraphs(article.body))
    return shorten(opening, _OPENING, placeholder="…") or article.id


def paragraphs(text: str) -> list[str]:
    r"""Return the paragraphs of a text or of HTML as plain text.

    Examples
    --------
    >>> paragraphs("One\ntwo.\n\nThree."), paragraphs("<p>One</p><p>Two</p>")
    (['One two.', 'Three.'], ['One', 'Two'])
    """
    plain = plain_text(text)
    spaced = _BLANK.search(plain) and not is_html(text)
    parts = _BLANK.split(plain) if spaced else plain.split("\n")
    return [" ".join(part.split()) for part in parts if part.strip()]


def marked(text: str, terms: Iterable[str]) -> Markup:
    """Return plain text as HTML with terms marked.

    Examples
    --------
    >>> marked("Ferry & dock", ["ferry"])
    Markup('<mark>Ferry</mark> &amp; dock')
    """
    pieces = highlighted(text, terms)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(p) if is_term else p for p, is_term in pieces
    )


def language(code: str | None) -> str | None:
    """Return a language code if it is well-formed, else None."""
    return code if code and _LANGUAGE.fullmatch(code) else None


def link(url: str | None) -> str | None:
    """Return an http or https url unchanged, None for any other, which could run code.

    Examples
    --------
    >>> link("https://example.org/a"), link("javascript:alert(1)"), link("//example.org")
    ('https://example.org/a', None, None)
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
