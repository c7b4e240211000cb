"""Text: the bodies of articles as safe HTML: nothing in it runs or loads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import shorten
from urllib.parse import urlsplit

import nh3
from markupsafe import Markup

from recommender import Article, highlighted, is_html, plain_text

# Elements that structure a text; other elements are removed, and their text stays.
_BLOCKS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "div", "pre"}
_KEPT = _BLOCKS | {"em", "strong", "b", "i", "a", "code"}
_BLANK = re.compile(r"\n\s*\n")
_OPENING = 90
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def body(article: Article) -> Markup:
    r"""Return the body of an article as HTML that is safe to show.

    Examples
    --------
    >>> body(Article(id="a", title="A", body="One.\n\n1 < 2"))
    Markup('<p>One.</p>\n<p>1 &lt; 2</p>')
    >>> body(Article(id="a", title="A", body="<p onclick=x()>One<script>x()</script></p>"))
    Markup('<p>One</p>')
    """
    if not is_html(article.body):
        shown = (Markup("<p>{}</p>").format(each) for each in paragraphs(article.body))
        return Markup("\n").join(shown)
    return Markup(
        nh3.clean(
            article.body,
            tags=_KEPT,
            attributes={"a": {"href"}},
            attribute_filter=lambda _, __, value: link(value),
            link_rel="noopener noreferrer nofollow",
        )
    )


def headline(article: Article) -> str:
    """Return the title as plain text, else the first words of the text.

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
    """Return a language if it has the form of one, else None."""
    return code if code and _LANGUAGE.fullmatch(code) else None


def link(url: str | None) -> str | None:
    """Return a url of the web, else None: other schemes can run code.

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
