"""The commands that print a list and say why: the same options as everywhere, by the same names."""

import io
import json
import sys
from datetime import UTC, datetime

import pytest
from conftest import NEWSROOM
from typer.main import get_command

from recommender import Catalog, Config, ModelStore, Options, read_articles, train
from recommender.cli.main import main
from recommender.cli.recommend import app

WOLVES, COPY = "hp-2026-0319-wolves-released", "hp-2026-0128-wolves-to-return"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with a model of the sample archive."""
    folder = tmp_path_factory.mktemp("trained")
    with Catalog(f"sqlite:///{folder}/archive.db") as catalog:
        catalog.put(read_articles(NEWSROOM / "articles.jsonl"))
        train(catalog, ModelStore(folder / "models"), Config(), now=datetime.now(UTC))
    return folder


@pytest.fixture
def alsoread(folder, monkeypatch, capsys):
    """Run a command and return its exit code, standard output and standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["alsoread", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture
def answer(alsoread):
    """Run a command and return its JSON."""

    def run(*words, **given):
        code, out, _ = alsoread(*words, "--json", **given)
        assert code == 0
        return json.loads(out)

    return run


def ids(record):
    return [item["id"] for item in record["items"]]


def test_recommend_prints_a_list_with_whole_ids_and_reasons(alsoread):
    code, out, _ = alsoread("recommend", WOLVES)
    assert code == 0
    assert COPY in out
    assert out.count("Both about") == 5


def test_recommend_takes_a_url_and_gives_json_as_the_service_does(answer, folder):
    by_id = answer("recommend", WOLVES, "--limit", "2")
    assert answer("recommend", by_id["article"]["url"], "--limit", "2") == by_id
    assert [item["rank"] for item in by_id["items"]] == [1, 2]
    assert by_id["model"]["version"] == (folder / "models" / "CURRENT").read_text().strip()


@pytest.mark.parametrize("command", ["recommend", "explain"])
def test_every_option_of_a_list_is_one_of_the_command_by_the_same_name(command):
    parameters = {each.name: each for each in get_command(app).commands[command].params}
    for name, field in Options.model_fields.items():
        assert parameters[name].opts == [f"--{name.replace('_', '-')}"]
        assert parameters[name].help == field.description


def test_options_mean_what_they_mean_in_python(answer, folder):
    model = ModelStore(folder / "models").load()
    for words, options in [
        (["--tag", "rewilding", "--tag", "wolves"], {"tag": ["rewilding", "wolves"]}),
        (["--published-after", "2026-05-01"], {"published_after": "2026-05-01"}),
        (["--direction", "past", "--min-score", "0.05"], {"direction": "past", "min_score": 0.05}),
        (["--diversity", "0.8", "--section", "News"], {"diversity": 0.8, "section": ["News"]}),
        (
            ["--fallback", "latest", "--author", "nobody"],
            {"fallback": "latest", "author": ["nobody"]},
        ),
    ]:
        expected = model.recommend(WOLVES, **options)
        assert ids(answer("recommend", WOLVES, *words)) == [i.article.id for i in expected]


def test_a_text_from_standard_input_gets_a_list(answer):
    text = "Wolves have been seen near Orrenia again.\n\nShepherds say Łódź. ".encode()
    record = answer("recommend", "-", stdin=text)
    assert WOLVES in ids(record)
    assert record["article"]["id"] is None
    assert record["article"]["title"].startswith("Wolves have been seen")


def test_an_article_as_json_from_standard_input_gets_a_list(answer):
    draft = {"title": "Wolves back in Orrenia", "tags": ["rewilding"], "published_at": "2026-03-20"}
    record = answer("recommend", "-", "--limit", "3", stdin=json.dumps(draft).encode())
    assert record["article"]["title"] == "Wolves back in Orrenia"
    assert COPY in ids(record)


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"", "no 'title' and no 'body'"),
        (b"{}", "no 'title' and no 'body'"),
        (b'{"title": ', "not an article as JSON"),
        (b'{"title": "x", "published_at": "soon"}', "'published_at'"),
        (b'{"a":' * 100_000, "not an article as JSON"),
    ],
)
def test_what_is_no_article_is_an_error_in_one_line(alsoread, stdin, said):
    code, out, error = alsoread("recommend", "-", stdin=stdin)
    assert (code, out) == (1, "")
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nobody"], 1, "'nobody'"),
        ([WOLVES, "--limit", "99"], 2, "--limit"),
        ([WOLVES, "--half-life-days", "0"], 2, "--half-life-days"),
        ([WOLVES, "--direction", "back"], 2, "--direction"),
        ([WOLVES, "--published-after", ""], 2, "--published-after"),
        ([WOLVES, "--sections", "News"], 2, "--sections"),
        ([WOLVES, "--models", "nowhere"], 1, "alsoread train"),
    ],
)
def test_errors_say_what_is_wrong_in_words(alsoread, words, code, said):
    ended, out, error = alsoread("recommend", *words)
    assert (ended, out) == (code, "")
    assert said in error
    assert "Traceback" not in error


def test_explain_says_why_an_article_is_in_a_list(alsoread, answer):
    code, out, _ = alsoread("explain", WOLVES, COPY)
    assert code == 0
    assert "listed, rank 1" in out
    record = answer("explain", WOLVES, COPY)
    assert (record["listed"], record["left_out_by"]) == (True, None)
    assert f"{record['score']:.4f}" in out
    assert all(term["term"] in out for term in record["explanation"]["terms"])


def test_explain_says_what_keeps_an_article_out(alsoread, answer):
    _, out, _ = alsoread("explain", WOLVES, COPY, "--exclude", COPY, "--half-life-days", "30")
    assert "not listed (excluded): it was to be excluded" in out
    assert "candidates: rank - to -" in out
    url = answer("recommend", WOLVES)["items"][0]["url"]
    told = answer("explain", WOLVES, url or COPY, "--tag", "nobody")
    assert told["left_out_by"]["code"] == "other_tag"


def test_explain_of_an_unknown_article_is_an_error(alsoread):
    code, out, error = alsoread("explain", WOLVES, "nobody")
    assert (code, out) == (1, "")
    assert "'nobody'" in error
