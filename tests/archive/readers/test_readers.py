"""Every format yields the same articles, and errors name the file and the line."""

import csv
import gzip
import importlib
import io
import json
import lzma
import tempfile
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from recommender import Article
from recommender.archive import readers
from recommender.archive.readers import SUFFIXES, ReadLog, read_articles
from recommender.errors import SourceError

EXOTIC = Article(
    id="a/1 é\u0301 😀",
    title='He said "naïve", «да» — 東京 👩\u200d👩\u200d👧 \u202e\u05e9\u05dc\u05d5\u05dd',
    summary="Tab\there, pipe | and ; semicolon",
    body="One\r\ntwo\n\n\u2028three\u0085four\x0b \x00 \ufeff \U0001d518 <b>bold</b>\rfive",
    tags=["U.S.-Japan", "a|b", "c;d", "e,f", "[g]", '"h"'],
    published_at="2026-11-20T09:00:00.123456Z",
    url="https://example.org/a?b=c;d#é",
    section="Wörld",
    author="agencies",
    language="en",
    also_read=["b7", "A headline, with a comma | and a pipe", "https://example.org/x;y"],
)
HAIL = Article(id="a1", title="Hail in May", body="Crops suffered.", tags=["weather", "crops"])
SNOW = Article(id="a2", title="Snow in June", tags=["weather"])
COMPRESS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstandard.compress}


def to_jsonl(articles):
    lines = [json.dumps(article.to_record(), ensure_ascii=False) for article in articles]
    return "".join(line + "\n" for line in lines).encode()


def to_table(articles, delimiter):
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, list(Article.model_fields), delimiter=delimiter)
    rows.writeheader()
    for article in articles:
        record = article.to_record()
        lists = {name: json.dumps(record[name]) for name in ("tags", "also_read")}
        rows.writerow(record | lists)
    return text.getvalue().encode()


def to_parquet(articles):
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(article) for article in articles]), file)
    return file.getvalue()


WRITERS = {
    "jsonl": to_jsonl,
    "csv": lambda articles: to_table(articles, ","),
    "tsv": lambda articles: to_table(articles, "\t"),
    "parquet": to_parquet,
}


def file(folder, name, text):
    """The path of a new file with a text or bytes."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_with_log(path):
    log = ReadLog()
    return list(read_articles(path, log=log)), log


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_keeps_every_field_and_character(tmp_path, kind):
    path = file(tmp_path, f"archive.{kind}", WRITERS[kind]([EXOTIC, HAIL, SNOW]))
    assert list(read_articles(path)) == [EXOTIC, HAIL, SNOW]


TEXTS = st.text(max_size=30)
ARTICLES = st.builds(
    Article,
    id=st.text(min_size=1, max_size=20),
    title=TEXTS.map("x{}".format),
    summary=st.none() | TEXTS,
    body=TEXTS,
    tags=st.lists(TEXTS, max_size=3),
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    also_read=st.lists(TEXTS, max_size=2),
)


@given(st.lists(ARTICLES, max_size=4))
def test_any_article_is_read_back_equal_from_json_lines(articles):
    assert list(read_articles(io.BytesIO(to_jsonl(articles)))) == articles


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv"])
def test_text_is_decompressed_by_its_suffix(tmp_path, kind, suffix):
    many = [Article(id=str(n), title=f"Hail {n}", body="crops " * 500) for n in range(200)]
    packed = COMPRESS[suffix](WRITERS[kind](many))
    assert list(read_articles(file(tmp_path, f"archive.{kind}{suffix}", packed))) == many


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
@pytest.mark.parametrize("damage", ["truncated", "junk"])
def test_damaged_compressed_file_is_named_in_the_error(tmp_path, suffix, damage):
    packed = COMPRESS[suffix](to_jsonl([HAIL] * 3000))
    packed = packed[:-9] if damage == "truncated" else b"not compressed at all"
    path = file(tmp_path, f"archive.jsonl{suffix}", packed)
    with pytest.raises(SourceError, match=f"^{path}: cannot decompress .*; copy it again$"):
        list(read_articles(path))


def test_concatenated_compressed_files_are_one_file(tmp_path):
    for suffix in (".gz", ".zst", ".xz"):
        parts = COMPRESS[suffix](to_jsonl([HAIL])) + COMPRESS[suffix](to_jsonl([SNOW]))
        path = file(tmp_path, f"archive.jsonl{suffix}", parts)
        assert list(read_articles(path)) == [HAIL, SNOW]


def test_folder_is_read_in_order_of_name_without_other_files(tmp_path):
    file(tmp_path, "2.jsonl", to_jsonl([SNOW]))
    file(tmp_path, "1.csv", to_table([HAIL], ","))
    file(tmp_path, "photo.jpg", b"\xff\xd8")
    file(tmp_path, ".hidden.jsonl", b"junk")
    assert list(read_articles(tmp_path)) == [HAIL, SNOW]
    assert list(read_articles(tmp_path, "jsonl")) == [SNOW]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.jsonl", "no such file"),
        ("archive.xml", r"\.jsonl, .*\.parquet"),
        ("empty/", "no file"),
    ],
)
def test_unreadable_source_is_an_error_that_says_why(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    file(tmp_path, "archive.xml", "<a/>")
    with pytest.raises(SourceError, match=message):
        list(read_articles(tmp_path / name))


def test_unknown_format_is_an_error_with_the_known_ones():
    with pytest.raises(SourceError, match=r"unknown format 'xml'; known are: jsonl, .*page"):
        read_articles("archive.jsonl", "xml")


def test_named_format_is_used_for_an_unknown_suffix(tmp_path):
    path = file(tmp_path, "export.dat", to_jsonl([HAIL]))
    assert list(read_articles(path, "jsonl")) == [HAIL]


def test_every_format_is_a_module_with_a_function_records():
    for module in set(SUFFIXES.values()):
        assert callable(importlib.import_module(f"{readers.__name__}.{module}").records)


BAD_LINES = [
    ("jsonl", b'{"id": "a1", "title": "Hail"}\n\n{"id": 1\n', "archive.jsonl:3: not JSON"),
    ("jsonl", b'{"id": "a1", "title": "caf\xe9"}\n', "archive.jsonl:1: not UTF-8: byte 0xe9"),
    ("jsonl", b'"Hail"\n', "archive.jsonl:1: expected a JSON object, got a str"),
    ("jsonl", b'{"id": "a1"}\n', "archive.jsonl:1: no 'title'"),
    ("jsonl", b'{"id": ' + b"[" * 100_000 + b"\n", "nested too deeply"),
    ("csv", b"id,title\na1,Hail\na2\n", "archive.csv:3: 1 cells, but the header row has 2"),
    ("csv", b"id,title\na1,Hail,May\n", "archive.csv:2: 3 cells, but the header row has 2"),
    ("csv", b'id,title\na1,"Two\nlines"\na2,\n', "archive.csv:4: no 'title'"),
    ("csv", b"\n\nid,title\n\na2,\n", "archive.csv:5: no 'title'"),
    ("csv", b"id,title\na1,caf\xe9\n", "archive.csv:2: not UTF-8"),
    ("csv", b'id,title\na1,"Hail\na2,Snow\n', "archive.csv:2: cannot parse the row"),
    ("csv", b"id,title,tags\na1,Hail,['May']\n", "archive.csv:2: 'tags': starts with '\\['"),
    ("txt", b"Hail\ncaf\xe9\n", "archive.txt:2: not UTF-8"),
    ("txt", b" \n\n", "archive.txt:1: no headline"),
]


@pytest.mark.parametrize(("kind", "text", "message"), BAD_LINES)
def test_bad_line_is_named_with_file_and_number(tmp_path, kind, text, message):
    path = file(tmp_path, f"archive.{kind}", text)
    with pytest.raises(SourceError, match=message):
        list(read_articles(path))
    _, log = read_with_log(path)
    assert log.bad_count == 1
    assert log.bad[0].startswith(str(path))


def test_with_a_log_reading_goes_on_after_bad_lines(tmp_path):
    bad = b'{"id": "x"}\n' * 25
    path = file(tmp_path, "archive.jsonl", to_jsonl([HAIL]) + bad + to_jsonl([SNOW]))
    articles, log = read_with_log(path)
    assert articles == [HAIL, SNOW]
    assert (log.articles, log.bad_count, len(log.bad), log.bad_ids) == (2, 25, 20, {"x"})


def test_duplicate_ids_are_counted_in_the_log(tmp_path):
    path = file(tmp_path, "archive.jsonl", to_jsonl([HAIL, SNOW, HAIL, HAIL]))
    assert read_with_log(path)[1].duplicates == {"a1": 2}


def test_unknown_fields_are_counted_in_one_warning_or_the_log(tmp_path):
    lines = b'{"id": 1, "title": "Hail", "desk": 1}\n{"id": 2, "title": "Snow", "desk": 2}\n'
    path = file(tmp_path, "archive.jsonl", lines)
    with pytest.warns(UserWarning, match=r"ignored unknown fields .*'desk' \(2\)") as caught:
        list(read_articles(path))
    assert len(caught) == 1
    assert read_with_log(path)[1].unknown == {"desk": 2}


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_json_array_is_an_error_that_says_what_to_do(tmp_path, suffix):
    path = file(tmp_path, f"archive.{suffix}", b'[{"id": "a1"}]')
    with pytest.raises(SourceError, match="one JSON object per line"):
        list(read_articles(path))


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    for kind in ("jsonl", "csv"):
        text = b"\xef\xbb\xbf" + WRITERS[kind]([HAIL, SNOW]).replace(b"\r", b"")
        path = file(tmp_path, f"archive.{kind}", text.replace(b"\n", b"\r\n"))
        assert list(read_articles(path)) == [HAIL, SNOW]


@pytest.mark.parametrize(
    ("cell", "tags", "also_read"),
    [
        ('["a","b"]', ("a", "b"), ("a", "b")),
        ("a, x|b;y", ("a, x", "b;y"), ("a, x", "b;y")),
        ("a; b", ("a", "b"), ("a", "b")),
        ("a, b", ("a", "b"), ("a, b",)),  # a headline may have a comma
        ("", (), ()),
    ],
)
def test_cell_of_a_table_is_split_into_a_list(tmp_path, cell, tags, also_read):
    quoted = '"' + cell.replace('"', '""') + '"'
    text = f"id,title,tags,also_read\na1,Hail,{quoted},{quoted}\n"
    [article] = read_articles(file(tmp_path, "archive.csv", text))
    assert (article.tags, article.also_read) == (tags, also_read)


def test_table_with_semicolons_and_long_cells_is_read(tmp_path):
    path = file(tmp_path, "archive.csv", "id;title;body\na1;Hail, again;" + "x" * 200_000)
    [article] = read_articles(path)
    assert (article.title, len(article.body)) == ("Hail, again", 200_000)


@pytest.mark.parametrize(("text", "message"), [("", "no header"), ("title,ID\n", "no column 'id'")])
def test_table_without_a_usable_header_is_an_error(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        list(read_articles(file(tmp_path, "archive.csv", text), log=ReadLog()))


def test_parquet_dates_numbers_and_lists_become_article_fields(tmp_path):
    paris = pa.timestamp("ns", tz="Europe/Paris")
    when = datetime(2026, 5, 2, 8, tzinfo=UTC)
    for kind, value in [(pa.date32(), when.date()), (paris, when), (pa.string(), "2026-05-02")]:
        columns = {
            "id": pa.array([17]),
            "title": pa.array(["Hail"]).dictionary_encode(),
            "tags": pa.array([[2026, 5]]),
            "published_at": pa.array([value], kind),
            "embedding": pa.array([[0.5]]),
        }
        pq.write_table(pa.table(columns), tmp_path / "archive.parquet")
        [article], log = read_with_log(tmp_path / "archive.parquet")
        assert (article.id, article.tags, log.unknown) == ("17", ("2026", "5"), {"embedding": 1})
        assert article.published_at.date() == when.date()
        assert article.published_at.hour == (8 if kind == paris else 0)


def test_damaged_parquet_file_is_an_error_of_one_line(tmp_path):
    whole = to_parquet([HAIL] * 100)
    for text in (b"junk", whole[:-20], whole[:50] + b"\0" * 100 + whole[150:]):
        path = file(tmp_path, "archive.parquet", text)
        with pytest.raises(SourceError, match=f"^{path}: cannot read the Parquet file") as caught:
            list(read_articles(path))
        assert "\n" not in str(caught.value)


def test_open_file_stays_open():
    for kind, write in WRITERS.items():
        with tempfile.TemporaryFile() as opened:
            opened.write(write([HAIL]))
            opened.seek(0)
            assert list(read_articles(opened, kind)) == [HAIL]
            assert not opened.closed
