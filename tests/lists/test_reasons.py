"""A reason says in one phrase what two articles share, in words as the articles write them."""

import re
from pathlib import Path
from random import Random

import pytest
from support import references

from recommender import Article, read_articles
from recommender.lists.reasons import reason
from recommender.text.boilerplate import extract_texts
from recommender.vectors.overlap import overlap
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace

DATA = Path(__file__).parents[1] / "data"


def rows_of(*articles, **settings):
    """The term space of some articles and the row of each."""
    space, vectors = TermSpace.fit(articles, VectorSettings(**settings))
    return space, [vectors.row(row) for row in range(len(articles))]


def reason_of(*articles):
    """The reason of the first two of some articles."""
    space, (one, other, *_) = rows_of(*articles)
    return reason(space, one, other)


def phrases(sentence):
    if sentence == "Similar wording":
        return []
    assert sentence.startswith("Both about ")
    return re.split(r", | and ", sentence.removeprefix("Both about "))


def articles_of(*titles):
    return [Article(id=str(number), title=title) for number, title in enumerate(titles)]


@pytest.fixture(scope="module")
def items(model):
    """Every item of the lists of the sample archive, after the id of the article."""
    return [
        (key, item)
        for key in model.articles.ids
        for item in model.recommend(key, limit=50, duplicates="show")
    ]


def test_phrases_are_tags_or_words_in_a_row_of_one_of_the_articles(newsroom, items):
    def text_of(article):
        texts = [" ".join(references.TOKENS(text)) for text in extract_texts(article)]
        return "\n".join([*texts, *map(" ".join, map(str.split, article.tags))]).lower()

    texts = {article.id: text_of(article) for article in newsroom}
    for key, item in items:
        both = f"{texts[key]}\n{texts[item.article.id]}"
        for phrase in phrases(item.reason):
            words = " ".join(phrase.lower().split())
            assert re.search(rf"\b{re.escape(words)}\b", both), (key, item.article.id, item.reason)


def test_reason_has_at_most_three_phrases_with_letters_and_no_gap(items):
    for _, item in items:
        assert "…" not in item.reason
        said = [phrase.lower() for phrase in phrases(item.reason)]
        assert len(set(said)) == len(said) <= 3
        # Articles that share only dates and words that are everywhere have a low score.
        assert said or item.score < 0.06
        assert all(any(letter.isalpha() for letter in phrase) for phrase in said)


@pytest.mark.parametrize(
    "titles",
    [
        ("Red fox", "Owl"),
        ("Red fox", "of"),
        ("Fox 2026 9000", "Owl 2026 9000"),
        ("Mr Hale speaks on Monday, 3 October", "October fair: Mr Brandt comes Monday"),
    ],
    ids=["nothing", "no words", "numbers", "months, days and forms of address"],
)
def test_what_tells_nothing_gives_similar_wording(titles):
    assert reason_of(*articles_of(*titles)) == "Similar wording"


def test_words_apart_in_both_articles_are_not_joined():
    titles = ["Governor of the Bank of England resigns", "Bank of England governor quits"]
    more = [f"Bank England number{n}" for n in range(3)]
    assert "Bank England" not in reason_of(*articles_of(*titles, *more))


def test_characters_apart_in_both_articles_are_not_joined():
    assert "東京都" not in reason_of(*articles_of("東京 of 京都", "東京 of 京都 x"))


def test_characters_are_joined_to_the_longest_shared_string():
    assert reason_of(*articles_of("東京電力 a", "b 東京電力")) == "Both about 東京電力"


def test_tags_precede_names_and_names_precede_other_words():
    filler = [Article(id=str(n), title=f"Number{n} word{n}", tags=[f"t{n}"]) for n in range(20)]
    named = phrases(
        reason_of(
            Article(id="a", title="Hallin ferry late", tags=["Saint Orla"]),
            Article(id="b", title="The ferry of Hallin", body="One late boat", tags=["saint orla"]),
            *filler,
        )
    )
    assert named[:2] == ["Saint Orla", "Hallin"]
    assert len(named) == 3


def test_name_is_given_in_full_with_its_usual_other_word():
    more = [Article(id=str(n), title=f"Tea Party meets number{n}") for n in range(3)]
    one = Article(id="a", title="Anger of the Tea Party", body="Obama leads")
    other = Article(id="b", title="Tea Party grows", body="Sleeps Obama")
    assert phrases(reason_of(one, other, *more))[:2] == ["Tea Party", "Obama"]


@pytest.mark.parametrize(("others", "name"), [(1, "Supreme court"), (9, "Supreme")])
def test_plain_word_is_part_of_a_name_unless_many_articles_have_it(others, name):
    # Other bigrams take weight from this one, so that "Supreme" comes first.
    titles = [
        "Supreme tea cake, Supreme court, oak tree",
        "Supreme court, red fox, Supreme ice pick",
    ]
    more = ["tea cake, oak tree, red fox, ice pick", *(f"court number{n}" for n in range(others))]
    assert phrases(reason_of(*articles_of(*titles, *more)))[0] == name


def test_word_and_the_same_with_an_ending_are_one():
    titles = "Yazidi Yazidis flee", "Yazidis and a Yazidi"
    assert len(phrases(reason_of(*articles_of(*titles)))) == 1


def test_plain_word_is_no_reason_where_many_articles_have_it():
    articles = [Article(id=str(n), title=f"Own{n}", body="she said so") for n in range(20)]
    assert reason_of(*articles) == "Similar wording"
    assert "said" in reason_of(*articles[:5])


def test_broad_tag_is_no_reason():
    articles = [Article(id=str(n), title=f"Own{n}", tags=["News"]) for n in range(20)]
    assert reason_of(*articles) == "Similar wording"


def assert_reference(space, rows):
    """Every two rows share what the slow reference finds, and have its reason."""
    for query in rows:
        for other in rows:
            columns, products, fields = overlap(query, other)
            terms = list(zip(products, columns, fields, strict=True))
            assert terms == references.shared(query, other)
            assert reason(space, query, other) == references.reason(space, query, other)


@pytest.mark.parametrize("archive", ["newsroom", "kirihama", "kurier"])
def test_reasons_of_the_sample_archives_are_those_of_the_reference(archive):
    assert_reference(*rows_of(*read_articles(DATA / archive / "articles.jsonl")))


# Numbers are shared, but tell nothing.
WORDS = ["Hallin", "ferry", "Saint", "Orla", "late", "F3", "of", "東京", "京都", "電力から"] * 3
WORDS += map(str, range(50, 99))
TAGS = ["Saint Orla", "ferry", "東京", "News"]


def invented(number, random):
    title, body = (" ".join(random.choices(WORDS, k=random.randint(0, k))) for k in (6, 120))
    tags = random.sample(TAGS, random.randint(0, 3))
    return Article(id=str(number), title=f"{title} x{number}", body=body, tags=tags)


@pytest.mark.parametrize("stemming", [False, True])
def test_reasons_of_random_articles_are_those_of_the_reference(stemming):
    for seed in range(20):
        random = Random(seed)
        articles = [invented(number, random) for number in range(6)]
        assert_reference(*rows_of(*articles, stemming=stemming))
