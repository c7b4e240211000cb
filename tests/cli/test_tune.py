"""The command ``tune``: settings learned from judgments, or a reason why not."""

from support.commands import QRELS, failed, json_of
from support.serving import put

from recommender import Article


def linked_stories():
    """60 stories of three articles that link to each other."""
    pairs = [(place, what) for place in ["harbour", "castle"] * 15 for what in ("ferry", "wolf")]
    for story, (place, what) in enumerate(pairs):
        name = f"{place} {what}{story // 2}"
        ids = [f"s{story}-{number}" for number in range(3)]
        for article_id in ids:
            links = [other for other in ids if other != article_id]
            yield Article(id=article_id, title=name, body=name, also_read=links)


def test_tune_refuses_too_few_judgments(run, shared_newsroom_folder):
    message = failed(run(shared_newsroom_folder, "tune", "--qrels", QRELS))
    assert "59 judged articles are too few" in message


def test_tune_learns_from_links_and_writes_what_train_takes(run, tmp_path):
    articles = list(linked_stories())
    put(tmp_path, articles)
    done = run(tmp_path, "tune", "--json")
    result = json_of(done)
    assert result["searched"] + result["validated"] == len(articles)
    assert "alsoread train --config tuned.json" in done.stderr
    assert run(tmp_path, "train", "--config", "tuned.json").returncode == 0
    listing = json_of(run(tmp_path, "recommend", "s0-0", "--json"))
    assert 0 < listing["items"][0]["probability"] < 1
