"""A file of editorial rules is read as an editor means it, and each mistake has its line."""

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
    def of(text, **options):
        path = tmp_path / "rules.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Rules.of(path, **options)

    return of


@pytest.fixture
def mistakes(read):
    def of(text):
        with pytest.raises(RulesError) as caught:
            read(text)
        assert all("\n" not in problem for problem in caught.value.problems)
        return [problem.split("rules.toml:", 1)[1] for problem in caught.value.problems]

    return of


WHOLE = """
# All that rules can say.
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


def test_a_whole_file_is_read(read):
    rules = read(WHOLE)
    assert [pin.show for pin in rules.pins] == [("guide", "results"), ("helpline",)]
    assert rules.pins[1].tags == ("Suicide",)
    assert rules.apart[0].articles == ("a1", "b2", "c3")
    assert rules.banned.articles == ("retracted",)
    assert (rules.never_listed.tags, rules.no_list.sections) == (("Obituaries",), ("Court",))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[banned]\n"])
def test_a_file_that_says_nothing_is_no_rules(read, text):
    assert read(text) == Rules()


def test_windows_line_ends_and_marks_are_read(read):
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
def test_a_pin_ends_at_a_time_or_with_a_day(read, until, end):
    rules = read(f'[[pins]]\nshow = ["a"]\ntags = ["b"]\nuntil = {until}\n')
    assert rules.pins[0].until == end


@pytest.mark.parametrize("until", ["07:30:00", '"soon"', '""', "20261104", "true", '"2026-13-01"'])
def test_what_is_no_time_is_a_mistake(mistakes, until):
    [told] = mistakes(f'[[pins]]\nshow = ["a"]\ntags = ["b"]\nuntil = {until}\n')
    assert told.startswith("4: pins.until: not a date or an RFC 3339 time: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ban = ['a']\n", "1: ban: unknown; known are: pins, apart, banned, never_listed, no_list"),
        ("\n\n[banned]\ntag = []\n", "4: banned.tag: unknown; known are: articles, tags, sections"),
        ("[banned]\ntags = 'x'\n", "2: banned.tags: should be a list in brackets"),
        ("[no_list]\ntags = ['x',\n  'y',\n  # why\n  7]\n", "5: no_list.tags: should be text"),
        ("[no_list]\ntags = ['x',\n  '']\n", "3: no_list.tags: string should have at least 1"),
        ("banned = ['a']\n", "1: banned: should be a table, as [banned]: ['a']"),
        ("[pins]\nshow = ['a']\n", "1: pins: should be a list in brackets"),
        ("[[apart]]\narticles = ['a']\n", "2: apart.articles: names too few: ['a']"),
        ("\n[[apart]]\n", "2: apart.articles: needed"),
        ("[[pins]]\ntags = ['a']\n", "1: pins.show: needed"),
        ("[[pins]]\nshow = []\ntags = ['a']\n", "2: pins.show: names too few: []"),
        ("\n[[pins]]\n# x\nshow = ['a']\n", "2: pins: where? name the articles, tags or sections"),
        ("x = '''\n[banned]\n'''\n[banned]\n x=1", "1: x: unknown"),
        ("pins = [{show=['a'], tags=['b']},\n {show=['a'], tags=[\n'b',\n3]}]", "4: pins.tags: "),
        ("a = \n", "1: not TOML: "),
        ("[banned]\n[banned]\n", "2: not TOML: "),
        ("[banned]\ntags = [\n'x'\n", "4: not TOML: "),
        ("[no_list]\ntags = " + "[" * 5000, "2: not TOML: "),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_right(mistakes, text, told):
    assert mistakes(text)[0].startswith(told)


def test_all_mistakes_are_told_in_the_order_of_the_file(mistakes):
    found = mistakes("[no_list]\ntags = [1]\n[what]\n[banned]\ntag = ['x']\n[[pins]]\n")
    assert [told.split(":")[0] for told in found] == ["2", "3", "5", "6"]


def test_an_error_of_many_is_one_line_that_counts_the_others(read):
    with pytest.raises(RulesError, match=r"^[^\n]*rules.toml:2: [^\n]*\(and 2 more\)$"):
        read("[banned]\narticles = [1, 2, 3]\n")


def test_a_file_full_of_mistakes_is_told_soon(read):
    numbers = "".join(f"{number},\n" for number in range(3000))
    with pytest.raises(RulesError) as caught:
        read(f"[banned]\narticles = [\n{numbers}]\n")
    assert caught.value.problems[0].split("rules.toml:")[1].startswith("3: ")
    assert caught.value.problems[-1].endswith("2980 more mistakes")


TEXTS = st.sampled_from(["'a'", '"b#]"', '"""\n[[pins]]\n"""', "'''x\n\n'''"])
LISTS = st.lists(TEXTS, max_size=6).map(lambda texts: "[\n" + ",\n".join(texts) + "\n]")
TABLES = st.tuples(st.sampled_from(["articles", "tags", "sections"]), LISTS)


@given(st.lists(TABLES, max_size=5), TABLES, st.integers(0, 9))
def test_a_mistakes_line_is_right_wherever_it_stands(tmp_path_factory, before, table, comments):
    others = [
        f"[[apart]]\n# {name}\narticles = ['a',\n'b']\n{'#' * comments}" for name, _ in before
    ]
    kind, given_list = table
    head = "\n".join([*others, f"[banned]\n{kind} = {given_list[:-2]}"])
    head += "" if given_list == "[\n\n]" else ","
    path = tmp_path_factory.mktemp("rules") / "rules.toml"
    path.write_text(f"{head}\n5,\n]\n[never_listed]\ntags = ['x']\n")
    with pytest.raises(RulesError, match=rf"rules.toml:{head.count(chr(10)) + 2}: banned.{kind}: "):
        Rules.of(path)


def test_a_file_that_is_not_there_is_a_mistake_unless_it_may_be_missing(tmp_path):
    with pytest.raises(RulesError, match="No such file"):
        Rules.of(tmp_path / "rules.toml")
    assert Rules.of(tmp_path / "rules.toml", missing_ok=True) == Rules()


def test_what_cannot_be_read_is_a_mistake_even_if_it_may_be_missing(tmp_path, read):
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
def test_rules_are_looked_for_beside_the_archive(archive, path):
    assert Rules.beside(archive).as_posix() == path


def test_the_digest_changes_with_what_is_said_and_not_with_how(read):
    digest = read(WHOLE).digest
    assert read("# another comment\n" + WHOLE).digest == digest
    assert read(WHOLE.replace("retracted", "other")).digest != digest
    assert Rules().digest not in ("", digest)


def test_the_same_rules_are_equal_and_none_can_be_changed(read):
    assert read(WHOLE) == read(WHOLE)
    with pytest.raises(ValueError, match="frozen"):
        read(WHOLE).banned = None


def test_a_day_ends_in_utc_wherever_the_machine_is(read, monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    time.tzset()
    try:
        rules = read('[[pins]]\nshow = ["a"]\ntags = ["b"]\nuntil = 2026-11-04\n')
    finally:
        monkeypatch.undo()
        time.tzset()
    assert rules.pins[0].until == utc(2026, 11, 4, *LAST)
