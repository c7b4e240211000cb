"""The report says what the lists are like, and names whom they do little for."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from recommender import Article, Recommender, Report
from recommender.errors import InputError


@pytest.fixture(scope="module")
def found(model):
    return Report.of(model)


@pytest.fixture(scope="module")
def lists(model):
    return {key: model.recommend(key, limit=5) for key in model.articles.ids}


def test_coverage_hubs_and_fill_are_those_of_the_lists(found, model, lists):
    counts = Counter(item.article.id for each in lists.values() for item in each)
    assert found.articles == len(model.articles) == 65
    assert found.coverage.covered == len(counts) / 65
    assert found.coverage.full == 1.0
    assert found.thin.fill == (0, 0, 0, 0, 0, 65)
    assert [hub.lists for hub in found.hubs.named] == sorted(counts.values(), reverse=True)[:10]
    assert all(counts[hub.article.id] == hub.lists for hub in found.hubs.named)
    assert found.in_degree.counts[0] == 65 - len(counts)


def test_an_orphan_is_named_with_the_lists_that_come_nearest_to_taking_it(model):
    news = [
        Article(id=f"f{n}", title="Ferry refit", body=f"gearbox dock yard pier {n}")
        for n in range(7)
    ]
    stray = Article(id="stray", title="Ferry", body="Owls hoot at night over heath and moor.")
    found = Report.of(Recommender.fit([*news, stray]))
    orphans = {each.article.id: each for each in found.orphans.named}
    hosts = orphans["stray"].hosts
    assert len(hosts) == 3
    assert all(0 < host.score < host.cut for host in hosts)
    gaps = [host.cut - host.score for host in hosts]
    assert gaps == sorted(gaps)


def test_thin_lists_are_named_the_shortest_first():
    words = ["Ferry refit", "Ferry late", "Ferry", "Owl", "Mahler"]
    found = Report.of(Recommender.fit([Article(id=w, title=w) for w in words]))
    assert found.thin.count == 5
    assert found.thin.fill == (2, 0, 3, 0, 0, 0)
    assert [(thin.article.id, thin.length) for thin in found.thin.named][:3] == [
        ("Owl", 0), ("Mahler", 0), ("Ferry refit", 2),
    ]  # fmt: skip
    assert found.thin.named[0].terms == 1
    assert found.coverage.full == 0


def test_copies_are_counted_by_group(found):
    assert (found.copies.groups, found.copies.articles) == (3, 6)
    assert found.orphans.behind_copies == 3
    for group in found.copies.named:
        assert group.size == len(group.named) == 2


def test_quality_is_measured_only_with_judgments(model, judgments, found):
    assert found.quality is None
    measured = Report.of(model, qrels=judgments).quality
    assert measured.queries == len(judgments)
    assert 0.8 < measured.measures["nDCG@10"].mean < 1
    with pytest.raises(InputError, match="no judged article"):
        Report.of(model, qrels={"nobody": {"x": 1}})


def test_as_many_of_a_kind_are_named_as_are_asked_for(model):
    found = Report.of(model, named=2)
    assert len(found.hubs.named) == len(found.copies.named) == len(found.tags.single) == 2


def test_what_is_under_embargo_or_deleted_is_in_no_part_of_it(newsroom):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    ahead = Article(
        id="ahead", title="Wolves seen", tags=["Secret"], published_at=now + timedelta(1)
    )
    model = Recommender.fit([*newsroom, ahead]).apply_changes([(9, newsroom[3].id, None)])
    text = json.dumps(Report.of(model, now=now, named=100).to_record())
    assert "ahead" not in text
    assert "Secret" not in text
    assert f'"{newsroom[3].id}"' not in text
    assert Report.of(model, now=now).articles == len(newsroom) - 1
    assert '"ahead"' in json.dumps(Report.of(model, named=100).to_record())


def test_as_json_an_article_is_a_reference_and_numbers_are_rounded(found):
    record = found.to_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["hubs"]["named"][0]["article"].keys() == {"id", "title", "url", "published_at"}
    assert record["coverage"]["gini"] == round(found.coverage.gini, 4)
    assert record["languages"]["articles"] == {"en": 65}


def test_an_archive_of_one_has_a_report_and_one_of_none_has_none():
    alone = Report.of(Recommender.fit([Article(id="a", title="Ferry")]))
    assert (alone.orphans.count, alone.hubs.named, alone.hubs.top_share) == (1, (), 0)
    with pytest.raises(InputError, match="no article to report on"):
        Report.of(Recommender.fit([]))


def test_a_graph_of_fewer_neighbours_than_a_list_has_places_is_reported_on(newsroom):
    from recommender import Config

    found = Report.of(Recommender.fit(newsroom, Config.of({"neighbours": 2})))
    assert found.limit == 2
    assert found.thin.fill[-1] > 50
