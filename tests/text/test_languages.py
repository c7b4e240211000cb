"""Archives in other languages, and in several: stories stay together, reasons can be read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from recommender import Article, Config, Recommender, read_articles
from recommender.errors import ConfigError
from recommender.evaluation.measures import evaluate, read_qrels
from recommender.text.languages import Languages, fold_accents, primary, stop_words
from recommender.text.words import words
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def polish():
    return tuple(read_articles(DATA / "kurier" / "articles.jsonl"))


@pytest.fixture(scope="module")
def japanese():
    return tuple(read_articles(DATA / "kirihama" / "articles.jsonl"))


def fit(articles, **settings):
    return Recommender.fit(articles, Config.of({"vectors": settings}))


def ndcg(model, judged):
    """The mean nDCG@10 of a model by the judgments in a folder of ``DATA``."""
    qrels = read_qrels(DATA / judged / "qrels.txt")
    scores = evaluate(lambda key: model.ranked(key, 10), qrels, model.articles.ids)
    return scores["nDCG@10"].mean


def lists(*articles, **settings):
    """The ids in the list of each article."""
    model = fit(articles, **settings)
    return {article.id: set(model.ranked(article.id, 10)) for article in articles}


def reasons(model):
    """The reason of each item of each list, by the ids of the two articles."""
    return {
        (key, item.article.id): item.reason
        for key in model.articles.ids
        for item in model.recommend(key, limit=3)
    }


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_english_terms_are_those_of_scikit_learns_analyzer(text):
    terms = map(Languages().analyzer("en"), words(text))
    expected = CountVectorizer(stop_words="english").build_analyzer()(text)
    assert [term for term in terms if term is not None] == expected


def test_english_stop_words_are_those_of_scikit_learn():
    assert stop_words("en") == ENGLISH_STOP_WORDS


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en-GB", "en"), ("pl", "pl"), ("pt_BR", "pt"), ("ZH-Hant", "zh"), ("nn", "no"),
        ("x-a", None), ("", None), (None, None), ("123", None), ("und", "und"),
        ("English", "english"),
    ],
)  # fmt: skip
def test_the_primary_subtag_of_a_language_counts(language, code):
    assert primary(language) == code


def test_an_unknown_language_is_the_assumed_one():
    languages = Languages(language="de-AT")
    assert [languages.code(tag) for tag in (None, "und", "English", "fr-CA")] == ["de"] * 3 + ["fr"]
    assert Languages(language=None).code("und") is None
    assert Languages(stop_words=False).code("pl") is None


@pytest.mark.parametrize("language", ["klingon", "english", "../en", "", "x"])
def test_an_unknown_language_setting_is_an_error_with_an_example(language):
    with pytest.raises(ConfigError, match=r"setting 'vectors\.language'.*'pt-BR'"):
        Config.of({"vectors": {"language": language}})


def test_stories_of_polish_news_stay_together(polish):
    stemmed = ndcg(fit(polish, stemming=True), "kurier")
    assert ndcg(fit(polish), "kurier") > 0.75
    assert stemmed > 0.94
    assert stemmed > ndcg(fit(polish, stemming=True, stop_words=False), "kurier")


def test_stories_of_japanese_news_stay_together(japanese):
    with_stop_words = ndcg(fit(japanese), "kirihama")
    assert with_stop_words > 0.98
    assert with_stop_words > ndcg(fit(japanese, stop_words=False), "kirihama") > 0.97


def test_a_mixed_archive_keeps_the_stories_of_every_language(newsroom, polish, japanese):
    model = fit([*newsroom, *polish, *japanese], stemming=True)
    assert ndcg(model, "kurier") > 0.93
    assert ndcg(model, "kirihama") > 0.98
    assert ndcg(model, "newsroom") > 0.88


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "The ferry and its crew", "The wolves and its forest"),
        ("pl-PL", "Prom, który się spóźnia", "Wilki, który się boi"),
        ("de", "Die Fähre und der Hafen", "Die Wölfe und der Wald"),
        ("ja", "港について", "狼について"),
        ("zh", "我们 船", "我们 狼"),
        ("ru", "Паром, который уже был здесь", "Волк, который уже был там"),
    ],
)
def test_stop_words_of_a_language_relate_no_articles(language, first, second):
    pair = [
        Article(id="a", title=first, language=language),
        Article(id="b", title=second, language=language),
    ]
    assert lists(*pair) == {"a": set(), "b": set()}
    assert lists(*pair, stop_words=False) == {"a": {"b"}, "b": {"a"}}


def test_a_word_may_be_a_stop_word_in_one_language_only():
    news = [
        Article(id="de", title="Die Wahl", language="de"),
        Article(id="en", title="Cells die", language="en"),
        Article(id="none", title="Whales die"),
    ]
    assert lists(*news) == {"de": set(), "en": {"none"}, "none": {"en"}}
    assert lists(*news, language="de")["none"] == set()


def test_languages_share_one_space_of_terms():
    news = [
        Article(id="pl", title="Festiwal Hallin", language="pl"),
        Article(id="en", title="Hallin festival", language="en"),
    ]
    assert lists(*news, stemming=True) == {"pl": {"en"}, "en": {"pl"}}


def test_accents_are_folded_only_by_that_setting():
    news = [Article(id="a", title="Łódź"), Article(id="b", title="Lodz")]
    assert lists(*news) == {"a": set(), "b": set()}
    assert lists(*news, fold_accents=True) == {"a": {"b"}, "b": {"a"}}


def test_composed_and_decomposed_accents_are_one_term():
    news = [
        Article(id="a", title="Cafe\u0301", tags=["Caf\u00e9s"]),
        Article(id="b", title="Caf\u00e9", tags=["Cafe\u0301s"]),
    ]
    space, rows = TermSpace.fit(news, VectorSettings())
    assert (len(space.words), len(space.tags)) == (1, 1)
    np.testing.assert_array_equal(rows.row(0).data, rows.row(1).data)


@pytest.mark.parametrize(
    ("term", "folded"),
    [
        ("łódź", "lodz"), ("smørrebrød", "smorrebrod"), ("straße", "strasse"), ("ёлка", "елка"),
        ("ἀθήνα", "αθηνα"), ("العَرَبِيَّة", "العربية"), ("हिन्दी", "हिन्दी"), ("が", "が"),
        ("한국", "한국"), ("น้ำ", "น้ำ"), ("diyarbak\u0131r", "diyarbakir"),
    ],
)  # fmt: skip
def test_folding_removes_diacritics_but_no_letters(term, folded):
    assert fold_accents(term) == folded


@pytest.mark.parametrize(
    "settings", [{}, {"stemming": True}, {"fold_accents": True}, {"stop_words": False}]
)
def test_a_saved_space_gives_the_vectors_of_training(settings, polish, japanese, tmp_path):
    articles = [*polish, *japanese]
    model = fit(articles, **settings)
    model.save(tmp_path / "model")
    # Words are shown as written, so terms are stored only where they differ.
    terms_differ = bool(settings.keys() & {"stemming", "fold_accents"})
    assert (tmp_path / "model" / "terms_blob.npy").exists() == terms_differ
    vectors = Recommender.load(tmp_path / "model").space.transform(articles)
    trained = model.index.vectors.slice(0, len(articles))
    for part in ("indptr", "indices", "levels", "fields", "columns"):
        np.testing.assert_array_equal(getattr(vectors, part), getattr(trained, part))


def test_stemmed_words_are_shown_as_articles_write_them(polish):
    model = fit(polish, stemming=True)
    text = " ".join(f"{article.title} {article.body}" for article in polish)
    assert set(model.space.words) <= set(words(text))
    assert reasons(model)["iskra-0208", "iskra-0301"] == (
        "Both about Jagna Kotlarz, Drużyna and Iskra"
    )


def test_reasons_in_japanese_are_whole_words(japanese):
    by_pair = reasons(fit(japanese))
    assert by_pair["fire-0205", "fire-0707"] == "Both about 配電盤, 消防 and 白峰製紙"
    assert by_pair["otter-0301", "otter-0830"] == "Both about カワウソ, 水無湖 and カメラ"
    assert by_pair["tram-0222", "tram-0115"] == "Both about 路面電車, 停留所 and 延伸"


def test_strings_that_overlap_only_by_chance_are_not_joined():
    news = [Article(id=key, title="京都の東京タワー", language="ja") for key in "ab"]
    assert reasons(fit(news))["a", "b"] in (
        "Both about タワー, 東京 and 京都", "Both about タワー, 京都 and 東京",
    )  # fmt: skip


def test_a_bigram_of_overlapping_strings_is_named_as_one_string():
    news = [Article(id=key, title="東京電力") for key in "ab"]
    space, _ = TermSpace.fit(news, VectorSettings())
    assert {space.name(column) for column in range(3, 5)} == {"東京電", "京電力"}
