"""An import writes all articles of good sources, or nothing, and never half an article."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from support.serving import archive_of

from recommender import Article, Catalog
from recommender.archive.importing import BATCH_ARTICLES, ImportRefusedError, import_sources
from recommender.errors import InputError, SourceError


def article(number, title="Hail"):
    return Article(id=f"{number:06}", title=title, body=f"Crops suffered in {number}. " * 20)


def json_lines(articles):
    return "".join(json.dumps(article.to_record()) + "\n" for article in articles)


def source(folder, articles, more="", name="news.jsonl"):
    """The path of a new JSON Lines file with articles, and more lines after them."""
    path = folder / name
    path.write_text(json_lines(articles) + more)
    return path


def counts(report):
    return report.created, report.changed, report.unchanged, report.deleted


def test_importing_the_same_source_again_changes_nothing(catalog, tmp_path):
    path = source(tmp_path, map(article, range(1234)))
    first = import_sources(catalog, [path])
    assert (counts(first), first.articles, first.revision) == ((1234, 0, 0, 0), 1234, 1234)
    second = import_sources(catalog, [path])
    assert (counts(second), second.revision) == ((0, 0, 1234, 0), 1234)


def test_several_sources_and_standard_input_are_one_import(catalog, tmp_path):
    path = source(tmp_path, [article(1), article(2)])
    stdin = io.BytesIO(json_lines([article(2, "Later"), article(3)]).encode())
    report = import_sources(catalog, [path, "-"], stdin=stdin)
    assert (counts(report), report.duplicates) == ((3, 0, 0, 0), {"000002": 1})
    assert catalog.get("000002").title == "Later"


def test_only_the_last_line_of_an_id_is_written(catalog, tmp_path):
    between = map(article, range(1, 2 * BATCH_ARTICLES))
    path = source(tmp_path, [article(0, "First"), *between, article(0, "Last")])
    assert import_sources(catalog, [path]).changed == 0
    assert catalog.get("000000").title == "Last"
    assert import_sources(catalog, [path]).revision == 2 * BATCH_ARTICLES


def test_news_page_is_imported_from_standard_input(catalog):
    page = b"Hail in May\nCrops suffered.\n"
    import_sources(catalog, ["-"], format="page", stdin=io.BytesIO(page))
    assert catalog.get("hail-in-may").body == "Crops suffered."


def test_bad_lines_refuse_an_import_before_it_writes(catalog, tmp_path):
    path = source(tmp_path, map(article, range(600)), more='{"id": "x"}\n' * 23)
    with pytest.raises(ImportRefusedError) as caught:
        import_sources(catalog, [path])
    message = str(caught.value).splitlines()
    assert message[0].startswith(f"{path}:601: no 'title'")
    assert message[-2:] == [
        "and 3 more",
        "nothing was imported; fix these lines or pass --skip-bad",
    ]
    assert caught.value.report.bad_count == 23
    assert (len(catalog), catalog.revision) == (0, 0)


def test_bad_lines_can_be_skipped(catalog, tmp_path):
    path = source(tmp_path, [article(1)], more='junk\n{"id": 2, "title": "Hail", "desk": 7}\n')
    report = import_sources(catalog, [path], skip_bad=True)
    assert (report.created, report.bad_count, report.unknown) == (2, 1, {"desk": 1})
    assert report.bad == (f"{path}:2: not JSON: expecting value at column 1",)


@pytest.mark.parametrize("name", ["none.jsonl", "truncated.jsonl.gz"])
def test_unreadable_source_stops_an_import_before_it_writes(catalog, tmp_path, name):
    (tmp_path / "truncated.jsonl.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(SourceError, match=name):
        import_sources(catalog, [source(tmp_path, [article(1)]), tmp_path / name])
    assert len(catalog) == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_and_missing_standard_input_are_errors(catalog, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="cannot read a pipe twice; pass it as '-'"):
        import_sources(catalog, [tmp_path / "pipe"])
    with pytest.raises(InputError, match="'-' means standard input"):
        import_sources(catalog, ["-"])


def test_replace_makes_the_archive_equal_to_the_sources(catalog, tmp_path):
    import_sources(catalog, [source(tmp_path, map(article, range(1000)))])
    path = source(tmp_path, [*map(article, range(200, 1000)), article(999, "Later")])
    report = import_sources(catalog, [path], replace=True)
    assert (counts(report), report.revision) == ((0, 1, 799, 200), 1201)
    assert catalog.ids() == [f"{n:06}" for n in range(200, 1000)]


def test_replace_deletes_more_than_a_fifth_only_with_force(catalog, tmp_path):
    import_sources(catalog, [source(tmp_path, map(article, range(10)))])
    path = source(tmp_path, [*map(article, range(7)), article(99)])
    with pytest.raises(ImportRefusedError, match=r"delete 3 of 10 .* pass --force"):
        import_sources(catalog, [path], replace=True)
    assert (len(catalog), catalog.revision) == (10, 10)
    assert counts(import_sources(catalog, [path], replace=True, force=True)) == (1, 0, 7, 3)


def test_replace_keeps_the_article_of_a_bad_line(catalog, tmp_path):
    import_sources(catalog, [source(tmp_path, map(article, range(10)))])
    path = source(tmp_path, map(article, range(9)), more='{"id": "000009", "title": 7}\n')
    report = import_sources(catalog, [path], replace=True, skip_bad=True)
    assert (report.deleted, len(catalog)) == (0, 10)


def test_replace_with_a_bad_line_without_id_needs_force(catalog, tmp_path):
    import_sources(catalog, [source(tmp_path, map(article, range(6)))])
    path = source(tmp_path, map(article, range(5)), more='{"id": "000005", "ti')
    with pytest.raises(ImportRefusedError, match="1 bad lines have no id"):
        import_sources(catalog, [path], replace=True, skip_bad=True)
    assert len(catalog) == 6
    report = import_sources(catalog, [path], replace=True, skip_bad=True, force=True)
    assert report.deleted == 1


def test_empty_source_never_empties_the_archive(catalog, tmp_path):
    full, empty = source(tmp_path, [article(1)]), source(tmp_path, [], name="empty.jsonl")
    import_sources(catalog, [full])
    assert import_sources(catalog, [empty]).articles == 0
    for sources in ([empty], [full, empty]):
        with pytest.raises(ImportRefusedError, match=r"empty\.jsonl: no articles in it"):
            import_sources(catalog, sources, replace=True, force=True)
    assert len(catalog) == 1


def test_progress_has_phase_number_of_articles_and_total(catalog, tmp_path):
    import_sources(catalog, [source(tmp_path, map(article, range(100)))])
    path = source(tmp_path, map(article, range(10, 1300)))
    calls = []
    import_sources(catalog, [path], replace=True, progress=lambda *call: calls.append(call))
    assert calls == [
        ("reading", 500, None),
        ("reading", 1000, None),
        ("reading", 1290, None),
        ("writing", 500, None),
        ("writing", 1000, None),
        ("writing", 1290, None),
        ("deleting", 10, 10),
    ]


def test_long_articles_are_written_in_small_batches(catalog, tmp_path):
    long = [Article(id=str(n), body="hail " * 500_000) for n in range(5)]
    calls = []
    path = source(tmp_path, long)
    import_sources(catalog, [path], progress=lambda phase, done, total: calls.append((phase, done)))
    assert calls[1:] == [("writing", 2), ("writing", 4), ("writing", 5)]


IMPORT = """
import sys
from pathlib import Path
from recommender import Catalog
from recommender.archive.importing import import_sources

def report(phase, done, total):
    print(phase, done, flush=True)

def peak():  # ru_maxrss would include the process that forked this one
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0"]
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
with Catalog(sys.argv[1]) as catalog:
    import_sources(catalog, [sys.argv[2]], progress=report)
print("grew", peak() - before)
"""


def import_process(folder, path):
    """A process that imports a file, prints its progress and how much its memory grew (KiB)."""
    command = [sys.executable, "-c", IMPORT, archive_of(folder), str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("batches", [1, 7])
def test_killed_import_leaves_complete_articles(tmp_path, batches):
    many = [article(number) for number in range(10_000)]
    path = source(tmp_path, many)
    with import_process(tmp_path, path) as process:
        while process.stdout.readline() != f"writing {batches * BATCH_ARTICLES}\n":
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Catalog(archive_of(tmp_path)) as catalog:
        imported = len(catalog)
        assert batches * BATCH_ARTICLES <= imported < len(many)
        with catalog.snapshot() as snapshot:
            assert list(snapshot.articles()) == many[:imported]
        report = import_sources(catalog, [path])
        assert counts(report) == (len(many) - imported, 0, imported, 0)
        assert catalog.revision == len(many)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads peak memory there")
def test_import_has_little_of_its_source_in_memory(tmp_path):
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        for number in range(12_000):
            file.write(json.dumps({"id": number, "title": "Hail", "body": f"{number} " * 1000}))
            file.write("\n")
    megabytes = path.stat().st_size / 1e6
    assert megabytes > 60
    with import_process(tmp_path, path) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    growth = int(output.split()[-1]) / 1024
    assert 1 < growth < megabytes / 2
