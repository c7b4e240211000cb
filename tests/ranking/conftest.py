"""A small archive for editorial rules, and the lists it gives under some."""

import pytest

from recommender import Article, Recommender, Rules


@pytest.fixture(scope="session")
def harbour():
    """Every ferry is related to every other; nearest to 'a' are b, c, d, e, f in this order."""

    def ferry(name, words, **fields):
        return Article(id=name, title=f"Ferry {words}", **fields)

    return Recommender.fit(
        [
            ferry("a", "amber birch copper dune ember", section="News", tags=["Harbour"]),
            ferry("b", "amber birch copper dune fjord", section="News"),
            ferry("c", "amber birch copper gravel", section="Court", tags=["Court  cases"]),
            ferry("d", "amber birch heron", section="Court"),
            ferry("e", "amber iris", section="Sport"),
            ferry("f", "jade", published_at="2027-01-01"),
            Article(id="owl", title="Owls", section="Nature"),
        ]
    )


@pytest.fixture(scope="session")
def under(harbour):
    """The archive under rules."""
    return lambda rules: harbour.with_rules(Rules.model_validate(rules))


@pytest.fixture(scope="session")
def ids_under(under):
    """The ids of an article's list under rules."""

    def ids(rules, article_id, **options):
        return [item.article.id for item in under(rules).recommend(article_id, **options)]

    return ids


@pytest.fixture(scope="session")
def causes_under(under):
    """How many articles each cause left out of an article's list under rules."""
    return lambda rules, key, **options: under(rules).recommend(key, **options).shortfall.reasons
