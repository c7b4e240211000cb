"""The README and docs/: their commands and code run, and what they link to and name exists.

The commands of a page run in order, in a folder with the sample archive and a model of it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from conftest import NEWSROOM
from typer.main import get_command

from recommender import Article, Config, Options, Rules, cli
from recommender.cli import options as cli_options
from recommender.cli.main import main
from recommender.ranking.editorial import matches
from service import Settings, create_app

ROOT = Path(__file__).parents[1]
PATHS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PATHS}
README = PAGES["README.md"]
# With the pages for people who change the project; their commands are not run.
TEXTS = PAGES | {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob("*.md")}
# Commands that are documented and not run here, by how they begin, and why.
BY_CI = "it makes the environment or runs this test; .ci/run runs it"
NOT_RUN = {
    "scripts/demo": BY_CI,
    "scripts/test": BY_CI,
    "scripts/check": BY_CI,
    "scripts/bench.py": "it measures for minutes, beside other libraries",
    "scripts/charts.py": "it writes into docs/; tests/scripts runs it elsewhere",
    "alsoread tune": "it needs 100 judged articles; the sample has 65",
}


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], re.DOTALL)


def command_lines(page):
    """The lines of a page's commands without comments, in order."""
    lines = "".join(blocks(page, "bash")).splitlines()
    return [line for line in (re.sub(r"\s+#\s.*", "", line) for line in lines) if line]


def is_run(line):
    return not line.startswith(tuple(NOT_RUN))


def pages_with(language):
    return [page for page in PAGES if blocks(page, language)]


@pytest.fixture
def workplace(newsroom_folder, monkeypatch):
    """The current folder of a reader: what commands need beforehand, beside a page's TOML."""
    (newsroom_folder / "scripts").symlink_to(ROOT / "scripts")
    sample = (NEWSROOM / "articles.jsonl").read_text(encoding="utf-8")
    own = "".join(blocks("README.md", "json"))
    (newsroom_folder / "articles.jsonl").write_text(sample + own, encoding="utf-8")
    shutil.copy(NEWSROOM / "qrels.txt", newsroom_folder / "judgments.txt")
    (newsroom_folder / "tuned.json").write_text("{}")
    for name in [name for name in os.environ if name.startswith("ALSOREAD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(newsroom_folder)
    return newsroom_folder


@pytest.fixture
def alsoread(workplace, monkeypatch, capsys):
    """Run a command of alsoread in this process; return its exit code and what it printed."""

    def run(line):
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, "".join(capsys.readouterr())

    # Training handles SIGTERM.
    handler = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, handler)


@contextmanager
def service(folder, line):
    """Run a command that serves, on a free port, and yield the port."""
    log = folder / "service.log"
    environment = os.environ | {"ALSOREAD_PORT": "0"}
    with (
        log.open("w") as out,
        subprocess.Popen(shlex.split(line), env=environment, stderr=out) as process,
    ):
        try:
            while not (address := re.search(r"http://[^/]*:(\d+)/docs", log.read_text())):
                assert process.poll() is None, f"{line}\n{log.read_text()}"
                time.sleep(0.05)
            yield address[1]
        finally:
            process.terminate()
            assert process.wait(20) == 0


def shell(line):
    result = subprocess.run(line, shell=True, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_run, command_lines(page)))])
def test_every_command_of_a_page_runs(page, workplace, alsoread, monkeypatch):
    for text in blocks(page, "toml"):
        (workplace / text.split("\n")[0].removeprefix("# ")).write_text(text, encoding="utf-8")
    port = None
    with ExitStack() as services:
        for line in filter(is_run, command_lines(page)):
            if line.startswith("export "):
                name, value = line.removeprefix("export ").split("=", 1)
                if name != "PATH":
                    monkeypatch.setenv(name, value)
                continue
            if line == "alsoread serve":
                port = services.enter_context(service(workplace, line))
                continue
            if line.startswith("curl "):
                line = line.replace("curl ", "curl -sSf ").replace("8000", port)
            code, printed = alsoread(line) if is_plain(line) else shell(line)
            assert code == 0, f"{line}\n{printed}"


def is_plain(line):
    return line.startswith("alsoread ") and not set("|<>&;$") & set(line)


@pytest.mark.parametrize("page", pages_with("python"))
def test_the_python_of_a_page_runs_without_warnings(page, workplace):
    code = "".join(blocks(page, "python"))
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout


def test_commands_that_are_not_run_are_documented_scripts_or_commands():
    lines = [line for page in PAGES for line in command_lines(page)]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for start, reason in NOT_RUN.items():
        assert any(line.startswith(start) for line in lines), start
        assert start.startswith("alsoread ") or os.access(ROOT / start, os.X_OK), start
        assert reason != BY_CI or start in ci


def test_the_printed_list_of_the_readme_is_what_the_command_prints(alsoread):
    [text] = blocks("README.md", "text")
    command, expected = text.split("\n", 1)
    _, printed = alsoread(command.removeprefix("$ "))
    assert [line.rstrip() for line in printed.splitlines()] == expected.splitlines()


def test_the_reply_that_is_shown_is_what_the_command_returns(alsoread):
    shown = json.loads(blocks("docs/serving.md", "json")[0])
    _, printed = alsoread(f"alsoread recommend {shown['article']['id']} --limit 1 --json")
    assert {key: value for key, value in json.loads(printed).items() if key != "model"} == shown


def test_the_settings_that_are_shown_are_all_defaults():
    [text] = blocks("docs/training.md", "toml")
    # Settings without a default value cannot stand in TOML.
    assert tomllib.loads(text) | {"nearness": {}} == Config().model_dump(exclude_none=True)


def test_each_rule_that_is_shown_covers_articles_of_the_sample(model):
    [text] = blocks("docs/lists.md", "toml")
    found = matches(Rules.model_validate(tomllib.loads(text)), model.articles)
    assert len(found) == 5
    assert all(rule["articles"] and not rule["unknown"] for rule in found)


def test_the_articles_that_are_shown_are_valid():
    [short], [long] = blocks("README.md", "json"), blocks("docs/importing.md", "json")
    assert Article.from_record(json.loads(short)).id == "a1"
    assert set(json.loads(long)) == set(Article.model_fields)
    Article.from_record(json.loads(long))


def first_column(page, heading):
    """What stands in code in the first column of the tables under a heading, in order."""
    section = PAGES[page].split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def calls_of_the_service():
    paths = create_app(Settings(_env_file=None)).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


@pytest.mark.parametrize(
    ("page", "heading", "names"),
    [
        ("docs/importing.md", "The fields of an article", set(Article.model_fields)),
        ("docs/lists.md", "Options", set(Options.model_fields)),
        ("docs/serving.md", "Settings", {f"ALSOREAD_{n}".upper() for n in Settings.model_fields}),
    ],
    ids=["fields", "options", "settings"],
)
def test_a_table_names_exactly_what_the_code_has(page, heading, names):
    assert set(first_column(page, heading)) == names


def test_the_table_of_calls_names_every_endpoint_of_the_service():
    method, documented = "", set()
    for call in first_column("docs/serving.md", "Calls"):
        *given, path = call.split()
        method = given[0] if given else method
        documented.add(f"{method} {path}")
    assert documented - {"GET /docs", "GET /openapi.json"} == calls_of_the_service()


@pytest.mark.parametrize("page", pages_with("html"))
def test_attributes_of_the_box_that_are_shown_exist(page):
    script = (ROOT / "service" / "pages" / "box.js").read_text(encoding="utf-8")
    for attribute in re.findall(
        r'([\w-]+)="', "".join(blocks(page, "html")).split("<also-read")[1]
    ):
        assert f'"{attribute}"' in script


@pytest.fixture(scope="module")
def command_line():
    """The command line with all its commands, which are registered by their modules."""
    for module in iter_modules(cli.__path__, f"{cli.__name__}."):
        import_module(module.name)
    return get_command(cli_options.app)


@pytest.mark.parametrize("page", sorted(TEXTS))
def test_commands_and_options_in_the_text_exist(page, command_line):
    for line in re.findall(r"`(alsoread [^`]+)`", TEXTS[page]):
        words = shlex.split(line)[1:]
        command = command_line
        while words and hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("page", sorted(TEXTS))
def test_paths_in_the_text_exist(page):
    named = re.findall(
        r"(?<![\w/.-])(?:docs|scripts|recommender|service|tests)/[\w/.-]*\w", TEXTS[page]
    )
    assert [path for path in named if "NAME" not in path and not (ROOT / path).exists()] == []


def anchors(text):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted(TEXTS))
def test_links_lead_to_files_and_headings_that_exist(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / name) if name else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_readme_is_short_and_links_to_every_page():
    assert len(README.splitlines()) <= 150
    assert [page for page in PAGES if page != "README.md" and f"({page})" not in README] == []
