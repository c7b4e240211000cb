"""An import brings in all that is good or nothing, and never half an article."""

import io
import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.articles.article import Article
from recommender.archive.catalog import Catalog
from recommender.errors import InputError, SourceError
from recommender.archive.importing import BATCH_ARTICLES, ImportRefusedError, import_sources


@pytest.fixture
def catalog(tmp_path):
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        yield catalog


def article(number, title="Hail"):
    return Article(id=f"{number:06}", title=title, body=f"Crops suffered in {number}. " * 20)


def lines(articles):
    return "".join(json.dumps(article.to_record()) + "\n" for article in articles)


def written(folder, articles, name="news.jsonl", beside=""):
    path = folder / name
    path.write_text(lines(articles) + beside)
    return path


def counts(report):
    return report.created, report.changed, report.unchanged, report.deleted


def test_the_same_source_again_changes_nothing(catalog, tmp_path):
    path = written(tmp_path, map(article, range(1234)))
    first = import_sources(catalog, [path])
    assert (counts(first), first.articles, first.revision) == ((1234, 0, 0, 0), 1234, 1234)
    again = import_sources(catalog, [path])
    assert (counts(again), again.revision) == ((0, 0, 1234, 0), 1234)


def test_several_sources_and_standard_input_are_one_import(catalog, tmp_path):
    path = written(tmp_path, [article(1), article(2)])
    given = io.BytesIO(lines([article(2, "Later"), article(3)]).encode())
    report = import_sources(catalog, [path, "-"], stdin=given)
    assert (counts(report), report.duplicates) == ((3, 0, 0, 0), {"000002": 1})
    assert catalog.get("000002").title == "Later"


def test_repeated_lines_do_not_make_changes_however_far_apart(catalog, tmp_path):
    between = map(article, range(1, 2 * BATCH_ARTICLES))
    path = written(tmp_path, [article(0, "First"), *between, article(0, "Last")])
    assert import_sources(catalog, [path]).changed == 0
    assert catalog.get("000000").title == "Last"
    assert import_sources(catalog, [path]).revision == 2 * BATCH_ARTICLES


def test_a_page_comes_through_standard_input_as_well(catalog):
    page = b"Hail in May\nCrops suffered.\n"
    import_sources(catalog, ["-"], format="page", stdin=io.BytesIO(page))
    assert catalog.get("hail-in-may").body == "Crops suffered."


def test_bad_lines_stop_an_import_before_it_writes(catalog, tmp_path):
    path = written(tmp_path, map(article, range(600)), beside='{"id": "x"}\n' * 23)
    with pytest.raises(ImportRefusedError) as caught:
        import_sources(catalog, [path])
    message = str(caught.value).splitlines()
    assert message[0].startswith(f"{path}:601: no 'title'")
    assert message[-2:] == ["and 3 more", "nothing was imported; mend them or pass --skip-bad"]
    assert caught.value.report.bad_count == 23
    assert (len(catalog), catalog.revision) == (0, 0)


def test_bad_lines_may_be_skipped(catalog, tmp_path):
    path = written(tmp_path, [article(1)], beside='junk\n{"id": 2, "title": "Hail", "desk": 7}\n')
    report = import_sources(catalog, [path], skip_bad=True)
    assert (report.created, report.bad_count, report.unknown) == (2, 1, {"desk": 1})
    assert report.bad == (f"{path}:2: not JSON: expecting value at column 1",)


@pytest.mark.parametrize("missing", ["none.jsonl", "cut.jsonl.gz"])
def test_a_source_that_cannot_be_read_stops_it_before_it_writes(catalog, tmp_path, missing):
    (tmp_path / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(SourceError, match=missing):
        import_sources(catalog, [written(tmp_path, [article(1)]), tmp_path / missing])
    assert len(catalog) == 0


def test_replace_makes_the_archive_equal_to_the_sources(catalog, tmp_path):
    import_sources(catalog, [written(tmp_path, map(article, range(1000)))])
    path = written(tmp_path, [*map(article, range(200, 1000)), article(999, "Later")])
    report = import_sources(catalog, [path], replace=True)
    assert (counts(report), report.revision) == ((0, 1, 799, 200), 1201)
    assert catalog.ids() == [f"{n:06}" for n in range(200, 1000)]


def test_replace_refuses_to_delete_more_than_a_fifth_unless_forced(catalog, tmp_path):
    import_sources(catalog, [written(tmp_path, map(article, range(10)))])
    path = written(tmp_path, [*map(article, range(7)), article(99)])
    with pytest.raises(ImportRefusedError, match=r"delete 3 of 10 .* pass --force"):
        import_sources(catalog, [path], replace=True)
    assert (len(catalog), catalog.revision) == (10, 10)
    assert counts(import_sources(catalog, [path], replace=True, force=True)) == (1, 0, 7, 3)


def test_replace_keeps_what_a_bad_line_names(catalog, tmp_path):
    import_sources(catalog, [written(tmp_path, map(article, range(10)))])
    path = written(tmp_path, map(article, range(9)), beside='{"id": "000009", "title": 7}\n')
    report = import_sources(catalog, [path], replace=True, skip_bad=True)
    assert (report.deleted, len(catalog)) == (0, 10)


def test_an_empty_source_never_empties_the_archive(catalog, tmp_path):
    full, empty = written(tmp_path, [article(1)]), written(tmp_path, [], "empty.jsonl")
    import_sources(catalog, [full])
    assert import_sources(catalog, [empty]).articles == 0
    for sources in ([empty], [full, empty]):
        with pytest.raises(ImportRefusedError, match=r"empty\.jsonl: no article in it"):
            import_sources(catalog, sources, replace=True, force=True)
    assert len(catalog) == 1


def test_standard_input_that_is_not_there_is_an_error(catalog):
    with pytest.raises(InputError, match="'-' is standard input"):
        import_sources(catalog, ["-"])


def test_progress_tells_the_phase_and_how_far_it_is(catalog, tmp_path):
    import_sources(catalog, [written(tmp_path, map(article, range(100)), "old.jsonl")])
    path = written(tmp_path, map(article, range(10, 1300)))
    told = []
    import_sources(
        catalog, [path], replace=True, progress=lambda phase, done: told.append((phase, done))
    )
    assert [phase for phase, _ in told] == ["reading"] * 3 + ["writing"] * 3 + ["deleting"]
    assert [done for phase, done in told if phase == "writing"] == [500, 1000, 1290]
    assert told[-1] == ("deleting", 10)


def test_long_articles_are_written_a_few_at_a_time(catalog, tmp_path):
    long = [Article(id=str(n), body="hail " * 500_000) for n in range(5)]
    told = []
    import_sources(catalog, [written(tmp_path, long)], progress=lambda *step: told.append(step))
    assert told[1:] == [("writing", 2), ("writing", 4), ("writing", 5)]


IMPORT = """
import sys
from pathlib import Path
from recommender.catalog import Catalog
from recommender.importing import import_sources

def told(phase, done):
    print(phase, done, flush=True)

def peak():  # ru_maxrss would be that of the process this one was forked from
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0"]
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
with Catalog(sys.argv[1]) as catalog:
    import_sources(catalog, [sys.argv[2]], progress=told)
print("grew", peak() - before)
"""


def importing(tmp_path, path):
    command = [sys.executable, "-c", IMPORT, f"sqlite:///{tmp_path}/archive.db", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("batches", [1, 3, 7])
def test_a_killed_import_leaves_whole_articles_and_a_usable_archive(tmp_path, batches):
    many = [article(number) for number in range(10_000)]
    path = written(tmp_path, many)
    with importing(tmp_path, path) as process:
        while process.stdout.readline() != f"writing {batches * BATCH_ARTICLES}\n":
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        held = len(catalog)
        assert batches * BATCH_ARTICLES <= held < len(many)
        with catalog.snapshot() as snapshot:
            assert list(snapshot.articles()) == many[:held]
        assert counts(import_sources(catalog, [path])) == (len(many) - held, 0, held, 0)
        assert catalog.revision == len(many)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read there")
def test_an_import_holds_little_of_its_source_in_memory(tmp_path):
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        for number in range(12_000):
            file.write(json.dumps({"id": number, "title": "Hail", "body": f"{number} " * 1000}))
            file.write("\n")
    megabytes = path.stat().st_size / 1e6
    assert megabytes > 60
    with importing(tmp_path, path) as process:
        told, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    grown = int(told.split()[-1]) / 1024
    assert 1 < grown < megabytes / 2


def test_replace_deletes_nothing_when_a_bad_line_names_no_id(tmp_path):
    source = tmp_path / "news.jsonl"
    lines = [f'{{"id": "a{n}", "title": "Ferry {n}"}}' for n in range(6)]
    source.write_text("\n".join(lines))
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        import_sources(catalog, [source])
        source.write_text("\n".join([*lines[:5], lines[5][:-4]]))
        with pytest.raises(ImportRefusedError, match="1 bad lines name no id"):
            import_sources(catalog, [source], replace=True, skip_bad=True)
        assert len(catalog) == 6
        report = import_sources(catalog, [source], replace=True, skip_bad=True, force=True)
        assert report.deleted == 1
