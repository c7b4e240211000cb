"""READ MORE ON: an article's own tags by what they tell, and tags that it lacks."""

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
    """Articles of one story, the first with the first tags."""
    return [
        Article(id=f"{name}{number}", title=text[:20], body=text, tags=of_one, **fields)
        for number, of_one in enumerate(tags)
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


def suggested(model, article_id, **options):
    found = model.topics(article_id, **options).suggested
    return {suggestion.tag: suggestion.because for suggestion in found}


def test_rare_tags_come_before_common_ones_and_one_that_all_have_weighs_nothing(small):
    topics = small.topics("cup0").topics
    assert [(topic.tag, topic.articles) for topic in topics] == [
        ("Football", 2),
        ("Ferries", 4),
        ("news", 7),
    ]
    assert topics[0].weight > topics[1].weight > topics[2].weight == 0


def test_a_tag_tells_more_where_the_articles_nearby_have_it(small):
    at_home, abroad = (
        next(topic.weight for topic in small.topics(key).topics if topic.tag == "Ferries")
        for key in ("ferry0", "cup0")
    )
    assert at_home > 1.5 * abroad > 0


def test_a_tag_that_no_other_article_has_leads_nowhere_and_weighs_nothing(small):
    topics = {topic.tag: topic for topic in small.topics("ferry0").topics}
    assert (topics["Saint Orla"].weight, topics["Saint Orla"].articles) == (0, 1)


def test_spellings_of_one_tag_are_one_topic_in_the_commonest(small):
    odd = Article(id="odd", title="x", tags=["FERRIES", "fer-ries", "E-mail"])
    model = fit([*ARCHIVE, odd, *story("mail", "A letter", ["email"], ["email"])])
    found = {topic.tag: topic.articles for topic in model.topics("odd").topics}
    assert found == {"Ferries": 5, "email": 3}
    assert "email" not in suggested(model, "odd")


def test_a_tag_of_the_articles_nearby_is_suggested_and_how_many_have_it_is_told(small):
    assert suggested(small, "cup2")["Football"] == "2 of its 6 nearest articles have it"


def test_words_of_a_tag_in_text_or_title_are_told(small):
    told = suggested(small, "ferry1")
    assert told["Saint Orla"].endswith("nearest articles has it, and its title has the words")
    assert told["gearbox"].endswith("and its text has the word")
    assert suggested(small, "cup1")["rain"].endswith("and its text has the word")


def test_a_name_in_the_text_is_suggested_though_no_article_nearby_has_it_as_a_tag():
    # Fifty and more on football are nearer than the one article that is tagged.
    crowd = [Article(id=f"x{n}", title="Cup final", body=f"{CUP} {n} zebra{n}") for n in range(55)]
    far = Article(id="far", title="Gale", body="A gale", tags=["Tokyo Bay", "final", "東京"])
    bay = Article(id="bay", title="Tokyo Bay has its cup final", body=CUP + " So Tokyo Bay won.")
    again = Article(id="again", title="Boats", body="Boats of Tokyo Bay")
    capital = Article(id="capital", title="東京 cup final", body=CUP)
    model = fit([*crowd, far, bay, again, capital])
    assert suggested(model, "bay") == {"Tokyo Bay": "its title has the words"}
    assert suggested(model, "capital") == {"東京": "its title has the word"}


def test_faint_relatives_do_not_lend_their_tags(small):
    # Only a broad tag relates it to the others, four of which are on ferries.
    assert suggested(small, "lone") == {}


def test_a_tag_that_all_others_have_is_not_suggested_to_a_stranger():
    *tagged, bare = (article.model_copy(update={"tags": ("news",)}) for article in ARCHIVE)
    model = fit([*tagged, bare.model_copy(update={"tags": ()})])
    assert suggested(model, "lone") == {}


def test_tags_count_the_same_whatever_weight_the_ranking_gives_them(newsroom):
    plain, heavy = fit(newsroom, tag_weight=0), fit(newsroom, tag_weight=0.2)
    for article in newsroom[:20]:
        counts = [
            {topic.tag: topic.articles for topic in model.topics(article.id).topics}
            for model in (plain, heavy)
        ]
        assert counts[0] == counts[1]
        assert plain.topics(article.id).suggested


@pytest.mark.parametrize("ahead", [True, False])
def test_what_is_under_embargo_neither_counts_nor_lends_its_tags(ahead):
    at = NOW + timedelta(seconds=1 if ahead else -1)
    secret = story("secret", FERRY, ["Ferries", "Sale"], ["gearbox", "Sale"], published_at=at)
    model = fit([*ARCHIVE, *secret])
    [ferries] = [t for t in model.topics("ferry1", now=NOW).topics if t.tag == "Ferries"]
    assert ferries.articles == (4 if ahead else 5)
    told = suggested(model, "ferry1", now=NOW)
    assert ("Sale" in told) == (not ahead)
    nearest = 6 if ahead else 8
    assert told["gearbox"].startswith(f"{1 if ahead else 2} of its {nearest} nearest")


def test_weights_are_as_documented(newsroom, model):
    """Written down a second time, from cards and scores alone."""
    n = len(newsroom)
    tags = {article.id: set(map(tag_key, article.tags)) for article in newsroom}
    df = {key: sum(key in own for own in tags.values()) for own in tags.values() for key in own}
    for row, article in enumerate(model.articles.ids):
        others, scores = model.index.nearest(row, 50)
        nearest = [tags[model.articles.ids[int(other)]] for other in others]
        squares = [float(score) ** 2 for score in scores]
        near = {}
        for key, count in df.items():
            having = sum(s for s, has in zip(squares, nearest, strict=True) if key in has)
            share = (having + 0.02 * count / n) / (sum(squares) + 0.02)
            near[key] = max(0, (share - count / n) / (1 - count / n))
        found = model.topics(article)
        for topic in found.topics:
            key = tag_key(topic.tag)
            weight = (1 - log(df[key]) / log(n)) * (1 + near[key]) / 2 if df[key] > 1 else 0
            assert topic.weight == pytest.approx(weight, abs=1e-4)
            assert topic.articles == df[key]
        for one in found.suggested:
            key = tag_key(one.tag)
            if "the word" in one.because:
                assert near[key] < one.weight <= 1 - (1 - near[key]) * (1 - 0.35) + 1e-4
            else:
                assert one.weight == pytest.approx(near[key], abs=1e-4)


def test_of_every_article_each_tag_is_told_once_and_no_own_one_is_suggested(newsroom, model):
    for article in newsroom:
        found = model.topics(article.id)
        own, new = [[tag_key(one.tag) for one in part] for part in (found.topics, found.suggested)]
        assert sorted(own) == sorted(set(map(tag_key, article.tags)))
        assert len(set(new)) == len(new) <= 5
        assert not set(own) & set(new)
        for part in (found.topics, found.suggested):
            assert [one.weight for one in part] == sorted((o.weight for o in part), reverse=True)
            assert all(0 <= one.weight <= 1 for one in part)
        assert all(one.weight >= 0.1 and one.because for one in found.suggested)


def test_a_model_from_disk_says_the_same(model, saved):
    loaded = Recommender.load(saved)
    for article_id in list(model.articles.ids)[:10]:
        assert loaded.topics(article_id) == model.topics(article_id)


def test_one_article_alone_and_none_that_is_known(small):
    alone = fit([Article(id="a", title="Hail", tags=["weather"])]).topics("a")
    assert [(topic.tag, topic.weight) for topic in alone.topics] == [("weather", 0)]
    assert alone.suggested == ()
    with pytest.raises(ArticleNotFoundError, match="'nobody'"):
        small.topics("nobody")


def test_topics_are_told_as_json(small):
    record = small.topics("cup2").to_record()
    assert record["article"] == {"id": "cup2", "title": CUP[:20], "url": None}
    assert record["topics"][0] == {"tag": "news", "weight": 0.0, "articles": 7}
    assert set(record["suggested"][0]) == {"tag", "weight", "because"}
