"""A full and a read-only disk: nothing is half-written, lists go on, and writes say why."""

import subprocess
from contextlib import closing, suppress

import pytest
from support.serving import NEWS, archive_of, in_process_writer, problem_of, trained

from recommender import Catalog

LIST = "/v1/articles/ferry-1/recommendations"


@pytest.fixture
def disk(tmp_path):
    """A disk of four megabytes with an archive and a model; only root can mount one."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path], check=False)
    if mount.returncode:
        pytest.skip("only root can mount a small disk")
    trained(path, NEWS)
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def write(client, body="Hail"):
    return client.put("/v1/articles/new", json={"title": "Ferry sold", "body": body})


def test_write_to_a_full_disk_is_refused_whole_and_lists_go_on(disk, caplog):
    with in_process_writer(disk) as client:
        with suppress(OSError), (disk / "full").open("wb", buffering=0) as full:
            while full.write(b"x" * 4096):
                pass
        problem = problem_of(write(client, "hail " * 100_000))
        assert (problem.status, problem.code) == (503, "archive_full")
        lines = b'{"id": "a", "title": "b", "body": "%s"}\n' % (b"c" * 500_000)
        result = client.post("/v1/articles", content=lines).json()
        assert (result["line"], result["code"]) == (1, "archive_full")
        assert client.get(LIST).status_code == 200
        assert client.get("/v1/articles/ferry-1").status_code == 200
        assert client.get("/v1/articles/new").status_code == 404
        assert "disk is full" in client.get("/readyz").json()["detail"]
        assert 'alsoread_trouble{in="writes"} 1.0' in client.get("/metrics").text
        assert "disk is full" in caplog.text
        (disk / "full").unlink()
        assert write(client).status_code == 201
        assert client.get("/readyz").json()["status"] == "ready"


@pytest.mark.parametrize("is_open", [True, False])
def test_write_to_a_read_only_disk_is_refused_and_lists_go_on(disk, tmp_path, is_open):
    view = tmp_path / "view"
    view.mkdir()
    subprocess.run(["mount", "--bind", disk, view], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", view], check=True)
    # A database that no process has open cannot be opened without writing beside it.
    code = "archive_readonly" if is_open else "archive_unavailable"
    try:
        with closing(Catalog(archive_of(disk))) as other:
            assert len(other) == len(NEWS)
            if not is_open:
                other.close()
            with in_process_writer(view) as client:
                assert client.get(LIST).status_code == 200
                read = client.get("/v1/articles/ferry-1")
                assert read.status_code == (200 if is_open else 503)
                for _ in range(2):
                    problem = problem_of(write(client))
                    assert (problem.status, problem.code) == (503, code)
                assert "a write failed at" in client.get("/readyz").json()["detail"]
    finally:
        subprocess.run(["umount", "-l", view], check=True)
