"""Pages as trees, the policy that every page keeps, and an archive full of hostile texts."""

import re

from selectolax.lexbor import LexborHTMLParser

from recommender import Article

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>"
_BODY = (
    "<p onclick='alert(1)'>Ferry refit gearbox {number}. "
    "<a href='javascript:alert(1)'>dry dock</a> <a href='/home'>home</a> "
    "<a href='https://example.org/'>out</a>{evil}<style>body{{display:none}}</style>"
    "<form action='https://example.org'><input></form>"
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg><math><mtext></p><b>"
)
HOSTILE = [
    Article(
        id=f'"><script>alert({number})</script>/{number}',
        title=f"Ferry refit {number} {EVIL}",
        summary=EVIL,
        body=_BODY.format(number=number, evil=EVIL),
        tags=[f"Dock{EVIL}", "Ferries"],
        published_at=f"2026-02-0{number}",
        url="javascript://example.org/%0aalert(document.domain)",
        section=EVIL,
        author=EVIL,
        language='en" onmouseover="alert(1)',
    )
    for number in (1, 2, 3)
]


def tree(reply, status=200):
    """Return the elements of a page, which has to have this status."""
    assert reply.status_code == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return LexborHTMLParser(reply.text)


def texts(page, selector):
    """Return the texts of the elements that match a selector."""
    return [" ".join(node.text().split()) for node in page.css(selector)]


def links(page, selector):
    """Return where the links inside the elements that match a selector lead."""
    return [node.attributes["href"] for node in page.css(f"{selector} a")]


def assert_safe(reply):
    """Check that a page can run and load only the service's own files, and has nothing inline."""
    policy = dict(
        part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    for directive in ("script-src", "style-src", "img-src", "connect-src", "form-action"):
        assert policy[directive] == "'self'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"]
    page = LexborHTMLParser(reply.text)
    assert not page.css("style, iframe, object, embed, base, form[action^=http]")
    assert all(node.attributes.get("src", "").startswith("/static/") for node in page.css("script"))
    for node in page.css("*"):
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "xlink:href"):
            assert re.match(r"(https?://|/|#|$)", node.attributes.get(name) or "")
