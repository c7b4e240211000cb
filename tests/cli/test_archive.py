"""The commands ``import`` and ``find``: results on stdout, all else on stderr."""

import json

from support.commands import WOLVES, failed, json_of, line
from typer.main import get_command

from recommender import FindOptions
from recommender.cli.archive import app


def test_import_reports_on_stderr_and_prints_no_result(run, tmp_path):
    (tmp_path / "news.jsonl").write_text(line(mood="glad") + line(title="Ferry back"))
    done = run(tmp_path, "import", "news.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert "2 articles read: 1 new" in done.stderr
    assert "'a1' appeared 2 times; the last one was imported" in done.stderr
    assert "ignored unknown field 'mood' in 1 articles" in done.stderr
    again = json_of(run(tmp_path, "import", "news.jsonl", "--json"))
    assert again["unchanged"] == 1


def test_import_reads_standard_input(run, tmp_path):
    done = run(tmp_path, "import", "-", "--json", stdin=line().encode())
    assert json_of(done)["created"] == 1


def test_a_bad_line_stops_the_import_unless_it_is_skipped(run, tmp_path):
    (tmp_path / "news.jsonl").write_text(line() + '{"id": "a2"}\n{"id": \n')
    message = failed(run(tmp_path, "import", "news.jsonl"))
    assert "news.jsonl:2: no 'title'" in message
    assert "news.jsonl:3: " in message
    assert "nothing was imported" in message
    skipped = run(tmp_path, "import", "news.jsonl", "--skip-bad", "--json")
    assert json_of(skipped)["created"] == 1
    assert "skipped news.jsonl:2" in skipped.stderr


def test_replace_deletes_more_than_a_fifth_only_with_force(run, newsroom_folder):
    (newsroom_folder / "one.jsonl").write_text(line())
    command = ("import", "one.jsonl", "--replace")
    assert "--force" in failed(run(newsroom_folder, *command))
    assert json_of(run(newsroom_folder, *command, "--force", "--json"))["deleted"] == 65


def test_find_prints_articles_with_whole_ids_newest_first(run, shared_newsroom_folder):
    done = run(shared_newsroom_folder, "find", "WOLVES")
    assert (done.returncode, done.stderr) == (0, "")
    days = [row.split()[0] for row in done.stdout.splitlines() if row[:1] == "2"]
    assert len(days) > 1
    assert days == sorted(days, reverse=True)
    assert WOLVES in done.stdout


def test_find_prints_the_cursor_of_the_next_page(run, shared_newsroom_folder):
    command = ("find", "--tag", "saint-orla", "--limit", "3")
    page = json_of(run(shared_newsroom_folder, *command, "--json"))
    assert len(page["articles"]) == 3
    assert f"--cursor {page['next']}" in run(shared_newsroom_folder, *command).stderr
    rest = run(shared_newsroom_folder, *command, "--cursor", page["next"], "--json")
    assert rest.stderr == ""
    assert len(json_of(rest)["articles"]) == 2
    assert json.loads(rest.stdout)["next"] is None


def test_find_says_that_no_articles_match(run, shared_newsroom_folder):
    done = run(shared_newsroom_folder, "find", "zeppelin", "--section", "Sport")
    assert (done.returncode, done.stdout) == (0, "No articles match.\n")


def test_every_find_option_is_an_option_of_the_command():
    find = get_command(app).commands["find"]
    assert set(FindOptions.model_fields) <= {parameter.name for parameter in find.params}
