"""A file of editorial rules is read, and each mistake in it is reported with its line."""

import os
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Rules
from recommender.errors import RulesError


@pytest.fixture
def read(tmp_path):
    """A function that reads rules from the text of a file."""

    def of_text(text, **options):
        path = tmp_path / "rules.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Rules.of(path, **options)

    return of_text


@pytest.fixture
def mistakes(read):
    """A function that returns the mistakes of a file, each as "line: sentence"."""

    def of_text(text):
        with pytest.raises(RulesError) as caught:
            read(text)
        assert all("\n" not in problem for problem in caught.value.problems)
        return [problem.split("rules.toml:", 1)[1] for problem in caught.value.problems]

    return of_text


WHOLE = """
# All kinds of rules.
[[pins]]
show = ["guide", "results"]
sections = ["Politics"]
until = 2026-11-04

[[pins]]
show = ["helpline"]
articles = ["a1"]
tags = ["Suicide"]

[[apart]]
articles = ["a1", "b2", "c3"]

[banned]
articles = ["retracted"]

[never_listed]
tags = ["Obituaries"]

[no_list]
sections = ["Court"]
"""


def test_all_kinds_of_rules_are_read(read):
    rules = read(WHOLE)
    assert [pin.show for pin in rules.pins] == [("guide", "results"), ("helpline",)]
    assert rules.pins[1].tags == ("Suicide",)
    assert rules.apart[0].articles == ("a1", "b2", "c3")
    assert rules.banned.articles == ("retracted",)
    assert (rules.never_listed.tags, rules.no_list.sections) == (("Obituaries",), ("Court",))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[banned]\n"])
def test_a_file_without_entries_has_no_rules(read, text):
    assert read(text) == Rules()


def test_windows_line_ends_and_a_byte_order_mark_are_read(read):
    text = b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode()
    assert read(text) == read(WHOLE)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


LAST = (23, 59, 59, 999_999)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-11-04T20:00:00Z", utc(2026, 11, 4, 20)),
        ('"2026-11-04T20:00:00+02:00"', utc(2026, 11, 4, 18)),
        ("2026-11-04T20:00:00", utc(2026, 11, 4, 20)),
        ("2026-11-04", utc(2026, 11, 4, *LAST)),
        ('" 2026-11-04 "', utc(2026, 11, 4, *LAST)),
        ("9999-12-31", utc(9999, 12, 31, *LAST)),
    ],
)
def test_a_pin_ends_at_a_time_or_at_the_end_of_a_day(read, until, end):
    rules = read(f'[[pins]]\nshow = ["a"]\ntags = ["b"]\nuntil = {until}\n')
    assert rules.pins[0].until == end


@pytest.mark.parametrize("until", ["07:30:00", '"soon"', '""', "20261104", "true", '"2026-13-01"'])
def test_a_pin_that_ends_at_no_time_is_a_mistake(mistakes, until):
    [mistake] = mistakes(f'[[pins]]\nshow = ["a"]\ntags = ["b"]\nuntil = {until}\n')
    assert mistake.startswith("4: pins.until: not a date or an RFC 3339 time: ")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("ban = ['a']\n", "1: ban: unknown; known are: pins, apart, banned, never_listed, no_list"),
        ("\n\n[banned]\ntag = []\n", "4: banned.tag: unknown; known are: articles, tags, sections"),
        ("[banned]\ntags = 'x'\n", "2: banned.tags: should be a list, such as"),
        ("[no_list]\ntags = ['x',\n  'y',\n  # why\n  7]\n", "5: no_list.tags: should be text"),
        ("[no_list]\ntags = ['x',\n  '']\n", "3: no_list.tags: should not be empty: ''"),
        ("banned = ['a']\n", "1: banned: should be a table, such as [banned]: ['a']"),
        ("[pins]\nshow = ['a']\n", "1: pins: should be a list, such as"),
        ("[[apart]]\narticles = ['a']\n", "2: apart.articles: has too few entries: ['a']"),
        ("\n[[apart]]\n", "2: apart.articles: required"),
        ("[[pins]]\ntags = ['a']\n", "1: pins.show: required"),
        ("[[pins]]\nshow = []\ntags = ['a']\n", "2: pins.show: has too few entries: []"),
        ("\n[[pins]]\n# x\nshow = ['a']\n", "2: pins: needs the articles, tags or sections"),
        ("x = '''\n[banned]\n'''\n[banned]\n x=1", "1: x: unknown"),
        ("pins = [{show=['a'], tags=['b']},\n {show=['a'], tags=[\n'b',\n3]}]", "4: pins.tags: "),
        ("a = \n", "1: not TOML: "),
        ("[banned]\n[banned]\n", "2: not TOML: "),
        ("[banned]\ntags = [\n'x'\n", "4: not TOML: "),
        ("[no_list]\ntags = " + "[" * 5000, "2: not TOML: "),
    ],
)
def test_a_mistake_is_reported_with_its_line_and_reason(mistakes, text, mistake):
    assert mistakes(text)[0].startswith(mistake)


def test_all_mistakes_are_reported_in_the_order_of_the_file(mistakes):
    sentences = mistakes("[no_list]\ntags = [1]\n[what]\n[banned]\ntag = ['x']\n[[pins]]\n")
    assert [sentence.split(":")[0] for sentence in sentences] == ["2", "3", "5", "6"]


def test_a_long_value_is_cut_in_the_message(mistakes):
    [mistake] = mistakes(f"[banned]\ntags = '{'x' * 999}'\n")
    assert mistake.endswith(f": '{'x' * 59}…")


def test_an_error_of_many_mistakes_has_one_line_and_counts_the_rest(read):
    with pytest.raises(RulesError, match=r"^[^\n]*rules.toml:2: [^\n]*\(and 2 more\)$"):
        read("[banned]\narticles = [1, 2, 3]\n")


def test_of_thousands_of_mistakes_the_first_are_reported(read):
    numbers = "".join(f"{number},\n" for number in range(3000))
    with pytest.raises(RulesError) as caught:
        read(f"[banned]\narticles = [\n{numbers}]\n")
    assert caught.value.problems[0].split("rules.toml:")[1].startswith("3: ")
    assert caught.value.problems[-1].endswith("2980 more mistakes")


TEXTS = st.sampled_from(["'a'", '"b#]"', '"""\n[[pins]]\n"""', "'''x\n\n'''"])
LISTS = st.lists(TEXTS, max_size=6).map(lambda texts: "[\n" + ",\n".join(texts) + "\n]")
TABLES = st.tuples(st.sampled_from(["articles", "tags", "sections"]), LISTS)


@given(st.lists(TABLES, max_size=5), TABLES, st.integers(0, 9))
def test_the_line_of_a_mistake_is_right_wherever_it_is(tmp_path_factory, before, table, comments):
    others = [
        f"[[apart]]\n# {name}\narticles = ['a',\n'b']\n{'#' * comments}" for name, _ in before
    ]
    kind, texts = table
    head = "\n".join([*others, f"[banned]\n{kind} = {texts[:-2]}"])
    head += "" if texts == "[\n\n]" else ","
    path = tmp_path_factory.mktemp("rules") / "rules.toml"
    path.write_text(f"{head}\n5,\n]\n[never_listed]\ntags = ['x']\n")
    with pytest.raises(RulesError, match=rf"rules.toml:{head.count(chr(10)) + 2}: banned.{kind}: "):
        Rules.of(path)


def test_a_missing_file_is_an_error_unless_it_may_be_missing(tmp_path):
    with pytest.raises(RulesError, match="No such file"):
        Rules.of(tmp_path / "rules.toml")
    assert Rules.of(tmp_path / "rules.toml", missing_ok=True) == Rules()


def test_a_file_that_cannot_be_read_is_always_an_error(tmp_path, read):
    with pytest.raises(RulesError, match="cannot be read"):
        Rules.of(tmp_path, missing_ok=True)
    with pytest.raises(RulesError, match=r"cannot be read: .*utf-8"):
        read(b"[banned]\narticles = ['\xff']\n", missing_ok=True)


@pytest.mark.parametrize(
    ("archive", "path"),
    [
        ("sqlite:///archive.db", "rules.toml"),
        ("sqlite:///news/archive.db?mode=ro", "news/rules.toml"),
        ("sqlite:////srv/archive.db", "/srv/rules.toml"),
        ("sqlite+pysqlite:////srv/archive.db", "/srv/rules.toml"),
        ("sqlite://", "rules.toml"),
        ("postgresql://db/srv/news", "rules.toml"),
    ],
)
def test_rules_are_beside_the_archives_database_file(archive, path):
    assert Rules.beside(archive).as_posix() == path


def test_the_digest_depends_on_the_rules_not_on_comments(read):
    digest = read(WHOLE).digest
    assert read("# another comment\n" + WHOLE).digest == digest
    assert read(WHOLE.replace("retracted", "other")).digest != digest
    assert Rules().digest not in ("", digest)


def test_rules_are_equal_if_their_files_are_and_cannot_be_changed(read):
    assert read(WHOLE) == read(WHOLE)
    with pytest.raises(ValueError, match="frozen"):
        read(WHOLE).banned = None


def test_a_day_ends_in_utc_whatever_the_machines_time_zone(read, monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    time.tzset()
    try:
        rules = read('[[pins]]\nshow = ["a"]\ntags = ["b"]\nuntil = 2026-11-04\n')
    finally:
        monkeypatch.undo()
        time.tzset()
    assert rules.pins[0].until == utc(2026, 11, 4, *LAST)
