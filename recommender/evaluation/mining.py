"""Mining: an archive's own links and ALSO READ lists as judgments of relatedness."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recommender.articles.article import Article
from recommender.errors import InputError
from recommender.evaluation.measures import Qrels
from recommender.text.boilerplate import extract_texts
from recommender.text.links import address, leads_home, links, title_key, wording

# Articles that can be streamed more than once: the bodies of an archive need not fit into memory.
Stream = Callable[[], Iterable[Article]] | Iterable[Article]

NAMED, LINKED = 2, 1
_TELLING_WORDS = 4


@dataclass(frozen=True)
class MinedQrels:
    """Judgments found in an archive, and how much of what its articles say led to one.

    ``qrels`` has grade 2 for an article named in ``also_read`` and 1 for one that the body links
    to; ``linking`` articles have either, or a link into their own site; ``unresolved`` counts
    entries of ``also_read`` that name no article, or several.
    """

    qrels: Qrels
    linking: int
    unresolved: int

    @property
    def pairs(self) -> int:
        """How many pairs are judged."""
        return sum(map(len, self.qrels.values()))


@dataclass(frozen=True)
class Leakage:
    """Of how many judged ``pairs`` the text that is read still tells the answer."""

    pairs: int
    leaked: int

    @property
    def share(self) -> float:
        """The share of judged pairs, 0 where there are none."""
        return self.leaked / self.pairs if self.pairs else 0.0


def streamed(articles: Stream) -> Iterable[Article]:
    """Return the articles from the beginning, or raise InputError if that is possible only once."""
    found = articles() if callable(articles) else articles
    if found is articles and iter(found) is found:
        raise InputError("articles are read twice here: give a list, or what makes an iterator")
    return found


def mined_qrels(articles: Stream) -> Qrels:
    """Return the judgments that articles make of each other; see ``mine``."""
    return mine(articles).qrels


def mine(articles: Stream) -> MinedQrels:
    """Read articles twice, and take what they name and link to as judgments.

    An entry of ``also_read`` is an id, a url or a title, whatever its case, punctuation and HTML;
    a url or a title that two articles share names neither. No article judges itself. Memory holds
    ids, urls and titles, not bodies.

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
        linked = links(article.body)
        named = [names.named(entry, article.url) for entry in article.also_read]
        grades = {names.linked(link, article.url): LINKED for link in linked}
        grades |= dict.fromkeys(named, NAMED)
        unresolved += named.count(None)
        linking += bool(named) or any(grades) or any(leads_home(x, article.url) for x in linked)
        if judged := {other: grades[other] for other in grades if other and other != article.id}:
            qrels[article.id] = judged
    return MinedQrels(qrels, linking, unresolved)


class _Names:
    """What articles can be called by; a url or title that two share is mapped to None."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.ids: set[str] = set()
        self.urls: dict[str, str | None] = {}
        self.titles: dict[str, str | None] = {}
        for article in articles:
            self.ids.add(article.id)
            _note(self.urls, address(article.url or ""), article.id)
            _note(self.titles, title_key(article.title), article.id)

    def named(self, entry: str, url: str | None) -> str | None:
        """Return the id of what an entry of ``also_read`` names, of an article at ``url``."""
        if entry in self.ids:
            return entry
        for page in (address(entry), address(entry, url)):
            if page in self.urls:
                return self.urls[page]
        return self.titles.get(title_key(entry))

    def linked(self, link: str, url: str | None) -> str | None:
        """Return the id of the article that a link of an article at ``url`` leads to."""
        return self.urls.get(address(link, url) or "")


def _note(names: dict[str, str | None], name: str | None, article_id: str) -> None:
    if name:
        names[name] = article_id if names.get(name, article_id) == article_id else None


def leaked(articles: Stream, qrels: Qrels) -> Leakage:
    """Count the judged pairs whose related article's title stands in the body that is read.

    Only titles of four or more words tell; case and punctuation make no difference.

    Examples
    --------
    >>> leaked([
    ...     Article(id="a", title="Ferry late", body="We told you: Refit of ferry delayed."),
    ...     Article(id="b", title="Refit of ferry delayed"),
    ... ], {"a": {"b": 2}})
    Leakage(pairs=1, leaked=1)
    """
    related = {q: [doc for doc, grade in docs.items() if grade] for q, docs in qrels.items()}
    wanted = {doc for docs in related.values() for doc in docs}
    titles = {a.id: title_key(a.title) for a in streamed(articles) if a.id in wanted}
    pairs = found = 0
    for article in streamed(articles):
        if article.id in related:
            told = [titles[doc] for doc in related[article.id] if doc in titles]
            body = f" {wording(extract_texts(article)[2])} "
            pairs += len(told)
            found += sum(len(t.split()) >= _TELLING_WORDS and f" {t} " in body for t in told)
    return Leakage(pairs, found)
