"""READ MORE ON: an article's tags by how telling they are, and suggested tags."""

from datetime import UTC, datetime, timedelta
from math import log

import pytest

from recommender import Article, Config, Recommender
from recommender.errors import ArticleNotFoundError
from recommender.text.tags import tag_key

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FERRY = "The ferry Saint Orla waits in dry dock for a gearbox while islanders fume."
CUP = "Brandvik scored twice as the Wanderers won the cup final in the rain."


def story(name, text, *tags, **fields):
    """Articles of one text, each with some of the tags."""
    return [
        Article(id=f"{name}{number}", title=text[:20], body=text, tags=own, **fields)
        for number, own in enumerate(tags)
    ]


FERRIES = (["Ferries", "news", "Saint Orla"], ["ferries", "news"], ["Ferries", "news"])
ARCHIVE = [
    *story("ferry", FERRY, *FERRIES),
    *story("cup", CUP, ["Football", "news", "Ferries"], ["football", "news"], ["News", "rain"]),
    Article(id="lone", title="Orchestra names conductor", tags=["news", "gearbox"]),
]


def fit(articles, **vectors):
    return Recommender.fit(articles, Config.of({"vectors": vectors}))


@pytest.fixture(scope="module")
def small():
    return fit(ARCHIVE)


def topics_of(model, article_id, **options):
    return {topic.tag: topic for topic in model.topics(article_id, **options).topics}


def suggested(model, article_id, **options):
    suggestions = model.topics(article_id, **options).suggested
    return {suggestion.tag: suggestion.because for suggestion in suggestions}


def test_rare_tags_precede_common_ones_and_a_tag_of_all_weighs_0(small):
    topics = small.topics("cup0").topics
    counts = [(topic.tag, topic.articles) for topic in topics]
    assert counts == [("Football", 2), ("Ferries", 4), ("news", 7)]
    assert topics[0].weight > topics[1].weight > topics[2].weight == 0


def test_tag_weighs_more_where_the_nearest_articles_have_it(small):
    ferry, cup = (topics_of(small, key)["Ferries"].weight for key in ("ferry0", "cup0"))
    assert ferry > 1.5 * cup > 0


def test_tag_of_no_other_article_weighs_0(small):
    topic = topics_of(small, "ferry0")["Saint Orla"]
    assert (topic.weight, topic.articles) == (0, 1)


def test_spellings_of_one_tag_are_one_topic_in_the_commonest_spelling():
    odd = Article(id="odd", title="x", tags=["FERRIES", "fer-ries", "E-mail"])
    model = fit([*ARCHIVE, odd, *story("mail", "A letter", ["email"], ["email"])])
    counts = {tag: topic.articles for tag, topic in topics_of(model, "odd").items()}
    assert counts == {"Ferries": 5, "email": 3}
    assert "email" not in suggested(model, "odd")


def test_suggestion_says_how_many_of_the_nearest_have_the_tag(small):
    assert suggested(small, "cup2")["Football"] == "2 of its 6 nearest articles have it"


@pytest.mark.parametrize(
    ("article_id", "tag", "ending"),
    [
        ("ferry1", "Saint Orla", "nearest articles has it, and its title has the words"),
        ("ferry1", "gearbox", "and its text has the word"),
        ("cup1", "rain", "and its text has the word"),
    ],
)
def test_suggestion_says_where_the_words_of_the_tag_are(small, article_id, tag, ending):
    assert suggested(small, article_id)[tag].endswith(ending)


def test_name_in_the_text_is_suggested_though_no_near_article_has_the_tag():
    # Fifty and more on football are nearer than the one article that is tagged.
    crowd = [Article(id=f"x{n}", title="Cup final", body=f"{CUP} {n} zebra{n}") for n in range(55)]
    far = Article(id="far", title="Gale", body="A gale", tags=["Tokyo Bay", "final", "東京"])
    bay = Article(id="bay", title="Tokyo Bay has its cup final", body=CUP + " So Tokyo Bay won.")
    again = Article(id="again", title="Boats", body="Boats of Tokyo Bay")
    capital = Article(id="capital", title="東京 cup final", body=CUP)
    model = fit([*crowd, far, bay, again, capital])
    assert suggested(model, "bay") == {"Tokyo Bay": "its title has the words"}
    assert suggested(model, "capital") == {"東京": "its title has the word"}


def test_tags_of_faint_neighbours_are_not_suggested(small):
    # Only a broad tag relates it to the others, four of which are on ferries.
    assert suggested(small, "lone") == {}


def test_tag_of_all_others_is_not_suggested_to_an_unrelated_article():
    *tagged, bare = (article.model_copy(update={"tags": ("news",)}) for article in ARCHIVE)
    model = fit([*tagged, bare.model_copy(update={"tags": ()})])
    assert suggested(model, "lone") == {}


def test_tag_weight_of_the_ranking_changes_no_topic_count(newsroom):
    plain, heavy = fit(newsroom, tag_weight=0), fit(newsroom, tag_weight=0.2)
    for article in newsroom[:20]:
        counts = [
            {tag: topic.articles for tag, topic in topics_of(model, article.id).items()}
            for model in (plain, heavy)
        ]
        assert counts[0] == counts[1]
        assert plain.topics(article.id).suggested


@pytest.mark.parametrize("ahead", [True, False])
def test_articles_under_embargo_neither_count_nor_suggest_tags(ahead):
    time = NOW + timedelta(seconds=1 if ahead else -1)
    secret = story("secret", FERRY, ["Ferries", "Sale"], ["gearbox", "Sale"], published_at=time)
    model = fit([*ARCHIVE, *secret])
    assert topics_of(model, "ferry1", now=NOW)["Ferries"].articles == (4 if ahead else 5)
    suggestions = suggested(model, "ferry1", now=NOW)
    assert ("Sale" in suggestions) == (not ahead)
    nearest = "1 of its 6 nearest" if ahead else "2 of its 8 nearest"
    assert suggestions["gearbox"].startswith(nearest)


def test_weights_are_those_of_the_documented_formula(newsroom, model):
    n = len(newsroom)
    tags = {article.id: set(map(tag_key, article.tags)) for article in newsroom}
    df = {key: sum(key in own for own in tags.values()) for own in tags.values() for key in own}
    for row, article_id in enumerate(model.articles.ids):
        others, scores = model.index.nearest(row, 50)
        nearest = [tags[model.articles.ids[other]] for other in others.tolist()]
        squares = [float(score) ** 2 for score in scores]
        near = {}
        for key, count in df.items():
            having = sum(s for s, own in zip(squares, nearest, strict=True) if key in own)
            share = (having + 0.02 * count / n) / (sum(squares) + 0.02)
            near[key] = max(0, (share - count / n) / (1 - count / n))
        topics = model.topics(article_id)
        for topic in topics.topics:
            key = tag_key(topic.tag)
            weight = (1 - log(df[key]) / log(n)) * (1 + near[key]) / 2 if df[key] > 1 else 0
            assert topic.weight == pytest.approx(weight, abs=1e-4)
            assert topic.articles == df[key]
        for suggestion in topics.suggested:
            key = tag_key(suggestion.tag)
            if "the word" in suggestion.because:
                most = 1 - (1 - near[key]) * (1 - 0.35)
                assert near[key] < suggestion.weight <= most + 1e-4
            else:
                assert suggestion.weight == pytest.approx(near[key], abs=1e-4)


def test_own_tags_are_topics_once_and_suggestions_are_other_tags(newsroom, model):
    for article in newsroom:
        topics = model.topics(article.id)
        lists = topics.topics, topics.suggested
        own, new = [[tag_key(each.tag) for each in part] for part in lists]
        assert sorted(own) == sorted(set(map(tag_key, article.tags)))
        assert len(set(new)) == len(new) <= 5
        assert not set(own) & set(new)
        for weights in ([each.weight for each in part] for part in lists):
            assert weights == sorted(weights, reverse=True)
            assert all(0 <= weight <= 1 for weight in weights)
        assert all(each.weight >= 0.1 and each.because for each in topics.suggested)


def test_saved_model_gives_the_same_topics(model, saved):
    loaded = Recommender.load(saved)
    for article_id in list(model.articles.ids)[:10]:
        assert loaded.topics(article_id) == model.topics(article_id)


def test_topic_of_the_only_article_weighs_0():
    alone = fit([Article(id="a", title="Hail", tags=["weather"])]).topics("a")
    assert [(topic.tag, topic.weight) for topic in alone.topics] == [("weather", 0)]
    assert alone.suggested == ()


def test_unknown_id_is_an_error_that_names_it(small):
    with pytest.raises(ArticleNotFoundError, match="'nobody'"):
        small.topics("nobody")


def test_topics_as_json_have_the_keys_of_the_api(small):
    record = small.topics("cup2").to_record()
    assert record["article"] == {"id": "cup2", "title": CUP[:20], "url": None}
    assert record["topics"][0] == {"tag": "news", "weight": 0.0, "articles": 7}
    assert set(record["suggested"][0]) == {"tag", "weight", "because"}
