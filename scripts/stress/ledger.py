"""What a client knows of the articles that it writes."""

import random

from recommender import Article

WORDS = ["ferry", "harbour", "refit", "gearbox", "wolves", "forest", "crates", "judge", "drought"]


class Ledger:
    """The acknowledged writes of one client, and those that may have been applied.

    For each id ``acknowledged`` is the article that must be in the archive, None if it must not,
    and ``pending`` are the writes sent since then without a reply (None for a delete).
    """

    def __init__(self, ids: list[str], seed: int) -> None:
        self.acknowledged: dict[str, Article | None] = dict.fromkeys(ids)
        self.pending: dict[str, list[Article | None]] = {key: [] for key in ids}
        self.random = random.Random(seed)
        self.count = 0

    def new_article(self, article_id: str) -> Article:
        """Return an article with an id, different each time."""
        words = " ".join(self.random.choices(WORDS, k=300))
        return Article(id=article_id, title=f"{article_id} {self.random.random()}", body=words)

    def send(self, article_id: str, article: Article | None) -> None:
        """Note a write that is sent."""
        self.pending[article_id].append(article)

    def acknowledge(self, article_id: str) -> None:
        """Note that the last write of an id was acknowledged."""
        self.acknowledged[article_id] = self.pending[article_id][-1]
        self.pending[article_id] = []
        self.count += 1

    def check(self, article_id: str, stored: Article | None) -> str | None:
        """Return what is wrong with the article in the archive, None if nothing is.

        From then on the stored article counts as acknowledged.
        """
        allowed = [self.acknowledged[article_id], *self.pending[article_id]]
        self.acknowledged[article_id], self.pending[article_id] = stored, []
        if stored not in allowed:
            return f"{article_id}: the archive has {stored!r}, which is not one of {allowed!r}"
        return None
