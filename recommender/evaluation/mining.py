"""Mining: an archive's own links and ALSO READ lists as judgments of relatedness."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recommender.articles.article import Article
from recommender.errors import InputError
from recommender.evaluation.measures import Qrels
from recommender.text.boilerplate import extract_texts
from recommender.text.links import is_internal, links, normalized_words, title_key, url_key

# Articles that can be read several times: an archive's bodies need not fit into memory.
Stream = Callable[[], Iterable[Article]] | Iterable[Article]

# The grade of an article named in ``also_read``, and of one that the body links to.
NAMED, LINKED = 2, 1
# A shorter title may stand in a text by chance.
_TITLE_WORDS = 4


@dataclass(frozen=True)
class MinedQrels:
    """Judgments mined from an archive, and how many of its entries and links gave one.

    ``qrels`` has grade 2 for an article named in ``also_read`` and 1 for one that the body links
    to. ``linking`` counts the articles with an entry of ``also_read``, a link to an article or a
    link into their own site; ``unresolved`` the entries that name no article, or several.
    """

    qrels: Qrels
    linking: int
    unresolved: int

    @property
    def pairs(self) -> int:
        """The number of judged pairs."""
        return sum(map(len, self.qrels.values()))


@dataclass(frozen=True)
class Leakage:
    """The number of judged ``pairs``, and of those whose text still contains the answer."""

    pairs: int
    leaked: int

    @property
    def share(self) -> float:
        """The share of judged pairs that leak, 0 if there are no pairs."""
        return self.leaked / self.pairs if self.pairs else 0.0


def streamed(articles: Stream) -> Iterable[Article]:
    """Return the articles from the beginning.

    Raises
    ------
    InputError
        When they can be read only once.
    """
    stream = articles() if callable(articles) else articles
    if stream is articles and iter(stream) is stream:
        raise InputError(
            "the articles are read twice: give a list, or a function that returns an iterator"
        )
    return stream


def mined_qrels(articles: Stream) -> Qrels:
    """Return the judgments that articles make of each other; see ``mine``."""
    return mine(articles).qrels


def mine(articles: Stream) -> MinedQrels:
    """Read articles twice, and take what they name and link to as judgments.

    An entry of ``also_read`` is an id, a url or a title; case, punctuation and HTML of a title are
    ignored. A url or title that two articles share names neither. No article judges itself. Memory
    holds ids, urls and titles, not bodies.

    Raises
    ------
    InputError
        When the articles can be read only once.

    Examples
    --------
    >>> mined_qrels([
    ...     Article(id="a", title="Ferry late", also_read=["Refit: delayed!"]),
    ...     Article(id="b", title="Refit delayed", url="https://paper.example/b",
    ...             body='<p>First <a href="/c/">news</a></p>'),
    ...     Article(id="c", title="Refit begins", url="https://paper.example/c"),
    ... ])
    {'a': {'b': 2}, 'b': {'c': 1}}
    """
    names = _Names(streamed(articles))
    qrels: Qrels = {}
    linking = unresolved = 0
    for article in streamed(articles):
        hrefs = links(article.body)
        named = [names.of_entry(entry, article.url) for entry in article.also_read]
        grades = {names.of_link(href, article.url): LINKED for href in hrefs}
        grades |= dict.fromkeys(named, NAMED)
        unresolved += named.count(None)
        linking += bool(named) or any(grades) or any(is_internal(x, article.url) for x in hrefs)
        if judged := {other: grades[other] for other in grades if other and other != article.id}:
            qrels[article.id] = judged
    return MinedQrels(qrels, linking, unresolved)


class _Names:
    """From ids, urls and titles to articles' ids; a url or title of two articles maps to None."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.ids: set[str] = set()
        self.urls: dict[str, str | None] = {}
        self.titles: dict[str, str | None] = {}
        for article in articles:
            self.ids.add(article.id)
            _add_name(self.urls, url_key(article.url or ""), article.id)
            _add_name(self.titles, title_key(article.title), article.id)

    def of_entry(self, entry: str, url: str | None) -> str | None:
        """Return the id that an entry of ``also_read`` names, in the article at ``url``."""
        if entry in self.ids:
            return entry
        for page in (url_key(entry), url_key(entry, url)):
            if page in self.urls:
                return self.urls[page]
        return self.titles.get(title_key(entry))

    def of_link(self, link: str, url: str | None) -> str | None:
        """Return the id of the article that a link leads to, in the article at ``url``."""
        return self.urls.get(url_key(link, url) or "")


def _add_name(names: dict[str, str | None], name: str | None, article_id: str) -> None:
    if name:
        names[name] = article_id if names.get(name, article_id) == article_id else None


def leaked(articles: Stream, qrels: Qrels) -> Leakage:
    """Count the judged pairs whose related title stands in the text that is compared.

    Titles of under four words are ignored, and so are case and punctuation.

    Raises
    ------
    InputError
        When the articles can be read only once.

    Examples
    --------
    >>> leaked([
    ...     Article(id="a", title="Ferry late", body="We told you: Refit of ferry delayed."),
    ...     Article(id="b", title="Refit of ferry delayed"),
    ... ], {"a": {"b": 2}})
    Leakage(pairs=1, leaked=1)
    """
    related = {q: [doc for doc, grade in docs.items() if grade] for q, docs in qrels.items()}
    related_ids = {doc for docs in related.values() for doc in docs}
    titles = {a.id: title_key(a.title) for a in streamed(articles) if a.id in related_ids}
    pairs = leaks = 0
    for article in streamed(articles):
        if article.id in related:
            others = [titles[doc] for doc in related[article.id] if doc in titles]
            body = f" {normalized_words(extract_texts(article)[2])} "
            pairs += len(others)
            leaks += sum(len(t.split()) >= _TITLE_WORDS and f" {t} " in body for t in others)
    return Leakage(pairs, leaks)
