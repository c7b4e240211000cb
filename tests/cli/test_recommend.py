"""The commands ``recommend``, ``explain`` and ``topics``: the same lists as in Python."""

import json

import pytest
from support.commands import RETURN, WOLVES, failed, json_of
from typer.main import get_command

from recommender import ModelStore, Options
from recommender.cli.recommend import app


@pytest.fixture
def alsoread(run, shared_newsroom_folder):
    """Run a command with a model of the sample archive."""
    return lambda *words, **options: run(shared_newsroom_folder, *words, **options)


@pytest.fixture
def answer(alsoread):
    """Run a command and return its JSON."""
    return lambda *words, **options: json_of(alsoread(*words, "--json", **options))


def ids(record):
    return [item["id"] for item in record["items"]]


def test_recommend_prints_a_list_with_whole_ids_and_reasons(alsoread):
    done = alsoread("recommend", WOLVES)
    assert (done.returncode, done.stderr) == (0, "")
    assert RETURN in done.stdout
    assert done.stdout.count("Both about") == 5


def test_recommend_by_url_is_the_same_as_by_id(answer, shared_newsroom_folder):
    by_id = answer("recommend", WOLVES, "--limit", "2")
    assert answer("recommend", by_id["article"]["url"], "--limit", "2") == by_id
    assert [item["rank"] for item in by_id["items"]] == [1, 2]
    current = (shared_newsroom_folder / "models" / "CURRENT").read_text().strip()
    assert by_id["model"]["version"] == current


@pytest.mark.parametrize("command", ["recommend", "explain"])
def test_every_list_option_is_an_option_of_the_command(command):
    parameters = {each.name: each for each in get_command(app).commands[command].params}
    for name, field in Options.model_fields.items():
        assert parameters[name].opts == [f"--{name.replace('_', '-')}"]
        assert parameters[name].help == field.description


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--tag", "rewilding", "--tag", "wolves"], {"tag": ["rewilding", "wolves"]}),
        (["--published-after", "2026-05-01"], {"published_after": "2026-05-01"}),
        (["--direction", "past", "--min-score", "0.05"], {"direction": "past", "min_score": 0.05}),
        (["--diversity", "0.8", "--section", "News"], {"diversity": 0.8, "section": ["News"]}),
        (["--fallback", "latest", "--author", "x"], {"fallback": "latest", "author": ["x"]}),
    ],
)
def test_options_mean_the_same_as_in_python(answer, shared_newsroom_folder, words, options):
    model = ModelStore(shared_newsroom_folder / "models").load()
    expected = [item.article.id for item in model.recommend(WOLVES, **options)]
    assert ids(answer("recommend", WOLVES, *words)) == expected


def test_a_text_from_standard_input_gets_a_list(answer):
    text = "Wolves have been seen near Orrenia again.\n\nShepherds say Łódź. "
    record = answer("recommend", "-", stdin=text.encode())
    assert WOLVES in ids(record)
    assert record["article"]["id"] is None
    assert record["article"]["title"].startswith("Wolves have been seen")


def test_an_article_as_json_from_standard_input_gets_a_list(answer):
    draft = {"title": "Wolves back in Orrenia", "tags": ["rewilding"], "published_at": "2026-03-20"}
    record = answer("recommend", "-", "--limit", "3", stdin=json.dumps(draft).encode())
    assert record["article"]["title"] == "Wolves back in Orrenia"
    assert RETURN in ids(record)


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (b"", "no 'title' and no 'body'"),
        (b"{}", "no 'title' and no 'body'"),
        (b'{"title": ', "not an article as JSON"),
        (b'{"title": "x", "published_at": "soon"}', "'published_at'"),
        (b'{"a":' * 100_000, "not an article as JSON"),
    ],
)
def test_a_draft_that_is_no_article_is_an_error_of_one_line(alsoread, stdin, message):
    error = failed(alsoread("recommend", "-", stdin=stdin))
    assert message in error
    assert "\n" not in error


@pytest.mark.parametrize(
    ("option", "value"),
    [("--half-life-days", "0"), ("--direction", "back"), ("--published-after", "")],
)
def test_a_wrong_value_names_its_option(alsoread, option, value):
    assert option in failed(alsoread("recommend", WOLVES, option, value), 2)


def test_explain_prints_the_terms_and_the_rank_of_a_listed_article(alsoread, answer):
    text = alsoread("explain", WOLVES, RETURN).stdout
    assert "listed, rank 1" in text
    record = answer("explain", WOLVES, RETURN)
    assert (record["listed"], record["left_out_by"]) == (True, None)
    assert f"{record['score']:.4f}" in text
    assert all(term["term"] in text for term in record["explanation"]["terms"])


def test_explain_prints_what_keeps_an_article_out(alsoread, answer):
    text = alsoread("explain", WOLVES, RETURN, "--exclude", RETURN, "--half-life-days", "30").stdout
    assert "not listed (excluded): " in text
    assert "candidates: rank - to -" in text
    url = answer("recommend", WOLVES)["items"][0]["url"]
    record = answer("explain", WOLVES, url or RETURN, "--tag", "nobody")
    assert record["left_out_by"]["code"] == "other_tag"


def test_topics_prints_tags_and_the_reasons_of_suggestions(alsoread):
    done = alsoread("topics", WOLVES)
    assert (done.returncode, done.stderr) == (0, "")
    assert "READ MORE ON" in done.stdout
    assert "+ wildlife" in done.stdout
    assert "of its 10 nearest articles have it" in done.stdout


def test_topics_by_url_are_the_same_as_by_id(answer):
    record = answer("topics", WOLVES)
    assert record["topics"][0]["tag"] == "Orrenia"
    assert set(record) == {"article", "topics", "suggested", "model"}
    assert answer("topics", record["article"]["url"]) == record
