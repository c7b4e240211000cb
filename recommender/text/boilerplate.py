"""Boilerplate removal: links and ALSO READ lists are taken out of the text to be analyzed.

Text that names other articles would make them similar for that reason alone, and an evaluation
against the archive's own links would reward just that. The archive keeps the body unchanged.
"""

from __future__ import annotations

import re

from recommender.articles.article import Article
from recommender.text.html import plain_text
from recommender.text.links import is_internal, normalized_words, title_key, without_attribution

# Title, summary and body.
Texts = tuple[str, str, str]

_BULLET = re.compile(r"^\W*(?=\w)")
_HEADING_WORDS = (
    r"(?:also read|read also|read more(?: on)?|see also|related"
    r"(?: (?:articles|content|coverage|links|news|posts|reading|resources|stories|topics))?)"
)
# More text on the line needs a colon or a bar before it: "Related costs rose" is a sentence.
_HEADING = re.compile(rf"{_HEADING_WORDS}(?:\s*[:|](.*)|\W*)", re.IGNORECASE)
# A quick test of a whole text: a newline is fast to search for.
_MAYBE_HEADING = re.compile(rf"\n[^\w\n]*{_HEADING_WORDS}\b", re.IGNORECASE)
# The most words of a list item, and the most items of a list.
_ITEM_WORDS = 30
_LIST_ITEMS = 20
# A line may be a title if the words of its first characters begin as the title's first word does.
_LINE_START, _TITLE_START = 40, 10
_SENTENCE_END = re.compile(r"\.[\"'”’)]*$")  # noqa: RUF001


def extract_texts(article: Article) -> Texts:
    """Return title, summary and body as plain text, without boilerplate that names articles.

    Removed are the texts of links into the article's own site, lines that repeat a title of
    ``also_read``, and lists under a line such as ALSO READ, READ MORE ON or RELATED. Such a list
    has up to 20 lines; it ends before a line of more than 30 words or one that ends in a full stop.

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
    return plain_text(text, lambda link: is_internal(link, url))


def _without_lists(text: str, also_read: tuple[str, ...]) -> str:
    if not also_read and not _MAYBE_HEADING.search("\n" + text):
        return text
    titles = {title_key(entry) for entry in also_read} - {""}
    title_starts = tuple(title.split()[0][:_TITLE_START] for title in titles)
    lines = []
    items_left = 0
    for line in text.splitlines():
        item = _BULLET.sub("", line).strip()
        heading = _HEADING.fullmatch(item)
        if heading and _is_short(same_line := (heading[1] or "").strip()):
            items_left = 0 if same_line else _LIST_ITEMS
        elif items_left and (not item or _is_item(item)):
            items_left -= bool(item)
        else:
            items_left = 0
            # Comparing starts first is cheap, and few lines pass it.
            may_be_title = normalized_words(item[:_LINE_START]).startswith(title_starts)
            if not (may_be_title and title_key(item) in titles):
                lines.append(line)
    return "\n".join(lines)


def _is_short(text: str) -> bool:
    return len(text.split()) <= _ITEM_WORDS


def _is_item(line: str) -> bool:
    # "Hail in May, reports AP." is a headline, not a sentence.
    return _is_short(line) and not _SENTENCE_END.search(without_attribution(line))
