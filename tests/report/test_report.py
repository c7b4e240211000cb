"""The report has the numbers of the lists, and examples of each kind."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from recommender import Article, Config, Recommender, Report
from recommender.errors import InputError


@pytest.fixture(scope="module")
def report(model):
    return Report.of(model)


def test_coverage_hubs_and_fill_are_those_of_the_lists(report, model):
    lists = [model.recommend(article_id, limit=5) for article_id in model.articles.ids]
    counts = Counter(item.article.id for listing in lists for item in listing)
    assert report.articles == len(model.articles) == 65
    assert report.coverage.covered == len(counts) / 65
    assert report.coverage.full == 1.0
    assert report.thin.fill == (0, 0, 0, 0, 0, 65)
    assert [hub.lists for hub in report.hubs.named] == sorted(counts.values(), reverse=True)[:10]
    assert all(counts[hub.article.id] == hub.lists for hub in report.hubs.named)
    assert report.in_degree.counts[0] == 65 - len(counts)


def test_an_orphan_is_named_with_the_lists_it_comes_nearest_to():
    news = [
        Article(id=f"f{n}", title="Ferry refit", body=f"gearbox dock yard pier {n}")
        for n in range(7)
    ]
    stray = Article(id="stray", title="Ferry", body="Owls hoot at night over heath and moor.")
    report = Report.of(Recommender.fit([*news, stray]))
    orphans = {orphan.article.id: orphan for orphan in report.orphans.named}
    hosts = orphans["stray"].hosts
    assert len(hosts) == 3
    assert all(0 < host.score < host.cut for host in hosts)
    gaps = [host.cut - host.score for host in hosts]
    assert gaps == sorted(gaps)


def test_thin_lists_are_named_the_shortest_first():
    words = ["Ferry refit", "Ferry late", "Ferry", "Owl", "Mahler"]
    report = Report.of(Recommender.fit([Article(id=w, title=w) for w in words]))
    assert report.thin.count == 5
    assert report.thin.fill == (2, 0, 3, 0, 0, 0)
    examples = [(thin.article.id, thin.length) for thin in report.thin.named]
    assert examples[:3] == [("Owl", 0), ("Mahler", 0), ("Ferry refit", 2)]
    assert report.thin.named[0].terms == 1
    assert report.coverage.full == 0


def test_copies_are_counted_by_group(report):
    assert (report.copies.groups, report.copies.articles) == (3, 6)
    assert report.orphans.behind_copies == 3
    for group in report.copies.named:
        assert group.size == len(group.named) == 2


def test_quality_is_measured_only_with_judgments(model, judgments, report):
    assert report.quality is None
    quality = Report.of(model, qrels=judgments).quality
    assert quality.queries == len(judgments)
    assert 0.8 < quality.measures["nDCG@10"].mean < 1
    with pytest.raises(InputError, match="no judged article"):
        Report.of(model, qrels={"nobody": {"x": 1}})


def test_the_number_of_examples_can_be_chosen(model):
    report = Report.of(model, named=2)
    assert len(report.hubs.named) == len(report.copies.named) == len(report.tags.single) == 2


def test_an_article_deleted_or_under_embargo_is_in_no_part(newsroom):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    future = Article(
        id="future", title="Wolves seen", tags=["Secret"], published_at=now + timedelta(1)
    )
    deleted = newsroom[3].id
    model = Recommender.fit([*newsroom, future]).apply_changes([(9, deleted, None)])
    text = json.dumps(Report.of(model, now=now, named=100).to_record())
    assert '"future"' not in text
    assert "Secret" not in text
    assert f'"{deleted}"' not in text
    assert Report.of(model, now=now).articles == len(newsroom) - 1
    assert '"future"' in json.dumps(Report.of(model, named=100).to_record())


def test_json_has_references_to_articles_and_rounded_numbers(report):
    record = report.to_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["hubs"]["named"][0]["article"].keys() == {"id", "title", "url", "published_at"}
    assert record["coverage"]["gini"] == round(report.coverage.gini, 4)
    assert record["languages"]["articles"] == {"en": 65}


def test_one_article_has_a_report_and_an_empty_model_has_none():
    report = Report.of(Recommender.fit([Article(id="a", title="Ferry")]))
    assert (report.orphans.count, report.hubs.named, report.hubs.top_share) == (1, (), 0)
    with pytest.raises(InputError, match="no article to report on"):
        Report.of(Recommender.fit([]))


def test_the_limit_is_the_length_of_stored_lists_if_they_are_shorter(newsroom):
    report = Report.of(Recommender.fit(newsroom, Config(neighbours=2)))
    assert report.limit == 2
    assert report.thin.fill[-1] > 50
