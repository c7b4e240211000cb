"""Cutting: what would give the answer away is taken out of an article's text before it is read.

An article that names others, in the text of its links or in an ALSO READ list, would be found near
them for that alone, and measured against its own links it would always be right. The catalog keeps
the body as it was given.
"""

from __future__ import annotations

import re

from recommender.articles.article import Article
from recommender.text.html import plain_text
from recommender.text.links import leads_home, title_key, without_remark, wording

# Title, summary and body.
Texts = tuple[str, str, str]

_BULLET = re.compile(r"^\W*(?=\w)")
_HEADED = (
    r"(?:also read|read also|read more(?: on)?|see also|related"
    r"(?: (?:articles|content|coverage|links|news|posts|reading|resources|stories|topics))?)"
)
# With text behind it on the line a heading needs a sign: "Related costs rose" is a sentence.
_HEADING = re.compile(rf"{_HEADED}(?:\s*[:|](.*)|\W*)", re.IGNORECASE)
# Begins with the end of a line, which is quick to find.
_MAYBE_HEADING = re.compile(rf"\n[^\w\n]*{_HEADED}\b", re.IGNORECASE)
_LONGEST_ITEM = 30
_MOST_ITEMS = 20
_BEGUN, _BEGINNING = 10, 40
_SENTENCE_END = re.compile(r"\.[\"'”’)]*$")  # noqa: RUF001


def extract_texts(article: Article) -> Texts:
    """Return title, summary and body as plain text, without what would give the answer away.

    Cut are the texts of links into the article's own site, lines that repeat a title of
    ``also_read``, and lists under a line such as ALSO READ, READ MORE ON or RELATED: up to 20
    lines, until one of more than 30 words or one that ends as a sentence does.

    Examples
    --------
    >>> body = '<p>Fares rise. See <a href="/2">Ferry late</a>.</p><h3>ALSO READ</h3><p>Hail</p>'
    >>> extract_texts(Article(id="a", title="Fares", body=body))[2].split()
    ['Fares', 'rise.', 'See', '.']
    """
    return (
        plain_text(article.title),
        _without_links(article.summary or "", article.url),
        _without_lists(_without_links(article.body, article.url), article.also_read),
    )


def _without_links(text: str, url: str | None) -> str:
    return plain_text(text, lambda link: leads_home(link, url))


def _without_lists(text: str, also_read: tuple[str, ...]) -> str:
    if not also_read and not _MAYBE_HEADING.search("\n" + text):
        return text
    named = {title_key(entry) for entry in also_read} - {""}
    begins = tuple(title.split()[0][:_BEGUN] for title in named)
    kept = []
    items_to_come = 0
    for line in text.splitlines():
        item = _BULLET.sub("", line).strip()
        heading = _HEADING.fullmatch(item)
        if heading and _short(beside := (heading[1] or "").strip()):
            items_to_come = 0 if beside else _MOST_ITEMS
        elif items_to_come and (not item or _is_item(item)):
            items_to_come -= bool(item)
        else:
            items_to_come = 0
            # Few lines begin as a title does; the others need not be taken apart.
            if not (wording(item[:_BEGINNING]).startswith(begins) and title_key(item) in named):
                kept.append(line)
    return "\n".join(kept)


def _short(text: str) -> bool:
    return len(text.split()) <= _LONGEST_ITEM


def _is_item(line: str) -> bool:
    return _short(line) and not _SENTENCE_END.search(without_remark(line))
