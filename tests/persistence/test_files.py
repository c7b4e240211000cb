"""A model on disk is arrays and a manifest, and any damage is found and named."""

import json
import mmap
import pickle
import shutil
from contextlib import suppress

import numpy as np
import pytest

from recommender import Recommender
from recommender.errors import DamagedModelError, ModelError, NoModelError
from recommender.persistence.files import (
    MANIFEST,
    damaged_files,
    read_manifest,
    read_model,
    sha256,
    write_model,
)

ARRAYS = {
    "numbers": np.arange(20, dtype=np.int64),
    "table": np.ones((3, 4), np.float32),
    "empty": np.zeros(0, np.uint8),
    "flags": np.array([True, False]),
}


@pytest.fixture
def small(tmp_path):
    """A model directory of a few tiny arrays."""
    write_model(tmp_path / "small", ARRAYS, {"revision": 7, "name": "łódź"})
    return tmp_path / "small"


@pytest.fixture
def copied(saved, tmp_path):
    """A copy of a real model, which the test may damage."""
    return shutil.copytree(saved, tmp_path / "copied")


def change_manifest(path, change):
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def replace_array(path, name, array):
    """Replace an array, and its size in the manifest but not its hash."""
    file = path / f"{name}.npy"
    np.save(file, array, allow_pickle=True)
    change_manifest(path, lambda m: m["files"][file.name].update(bytes=file.stat().st_size))


def test_arrays_and_manifest_are_read_back_equal(small):
    arrays, manifest = read_model(small)
    assert (manifest["revision"], manifest["name"]) == (7, "łódź")
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def buffer(array):
    """The object that an array and all its bases are views of."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array


def test_arrays_are_memory_mapped_read_only(small):
    arrays, _ = read_model(small)
    for name, array in arrays.items():
        assert type(array) is np.ndarray, name
        assert not array.flags.writeable, name
        assert not array.size or isinstance(buffer(array), mmap.mmap), name


def test_real_model_has_only_the_files_of_its_manifest_and_no_pickle(saved):
    manifest = read_manifest(saved)
    assert {file.name for file in saved.iterdir()} == {MANIFEST, *manifest["files"]}
    for name, entry in manifest["files"].items():
        array = np.load(saved / name, allow_pickle=False)
        assert array.dtype.kind in "iufb"
        assert entry == {"bytes": (saved / name).stat().st_size, "sha256": sha256(saved / name)}


def test_pickle_in_a_model_is_refused_and_never_run(copied):
    marker = copied.parent / "executed"

    class Trap:
        def __reduce__(self):
            return open, (str(marker), "w")

    trap = np.empty(1, object)
    trap[0] = Trap()
    replace_array(copied, "df", trap)
    with pytest.raises(DamagedModelError, match=copied.name):
        Recommender.load(copied)
    assert not marker.exists()
    (copied / "df.npy").write_bytes(pickle.dumps(trap[0]))
    with pytest.raises(DamagedModelError, match=copied.name):
        Recommender.load(copied)
    assert not marker.exists()


def test_intact_model_has_no_damaged_files(small, saved):
    assert damaged_files(small) == damaged_files(saved) == []


def test_every_flipped_byte_of_an_array_names_the_file(small):
    for file in small.glob("*.npy"):
        intact = file.read_bytes()
        for at in range(len(intact)):
            file.write_bytes(intact[:at] + bytes([intact[at] ^ 1]) + intact[at + 1 :])
            assert damaged_files(small) == [file.name]
        file.write_bytes(intact)


def test_every_flipped_byte_of_the_manifest_is_noticed(small):
    file = small / MANIFEST
    intact = file.read_bytes()
    unnoticed = []
    for at in range(len(intact)):
        file.write_bytes(intact[:at] + bytes([intact[at] ^ 1]) + intact[at + 1 :])
        try:
            if not damaged_files(small):
                unnoticed.append(intact[max(0, at - 10) : at + 10])
        except DamagedModelError:
            pass
    assert not unnoticed


def damage(file, how):
    intact = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    elif how == "changed":
        file.write_bytes(intact[:-1] + bytes([intact[-1] ^ 255]))
    else:
        sizes = {"empty": 0, "one byte short": -1, "half": len(intact) // 2}
        file.write_bytes(intact + b"x" if how == "longer" else intact[: sizes[how]])


DAMAGES = ["missing", "a folder", "empty", "one byte short", "half", "longer"]


@pytest.mark.parametrize("how", [*DAMAGES, "changed"])
def test_damaged_file_of_a_real_model_is_named(saved, tmp_path, how):
    for number, name in enumerate(read_manifest(saved)["files"]):
        path = shutil.copytree(saved, tmp_path / str(number))
        damage(path / name, how)
        assert damaged_files(path) == [name]
        shutil.rmtree(path)


@pytest.mark.parametrize("how", DAMAGES)
def test_model_with_a_file_of_another_size_does_not_load(saved, tmp_path, how):
    for number, name in enumerate(read_manifest(saved)["files"]):
        path = shutil.copytree(saved, tmp_path / str(number))
        damage(path / name, how)
        with pytest.raises(DamagedModelError, match=name):
            Recommender.load(path)
        shutil.rmtree(path)


def test_flipped_byte_raises_no_other_error_than_damaged_model(small):
    for file in small.glob("*.npy"):
        intact = file.read_bytes()
        for at in range(len(intact)):
            for flip in (1, 32, 255):
                file.write_bytes(intact[:at] + bytes([intact[at] ^ flip]) + intact[at + 1 :])
                with suppress(DamagedModelError):
                    read_model(small)
        file.write_bytes(intact)


def test_file_of_random_bytes_is_a_damaged_model(copied):
    random = np.random.default_rng(1)
    for file in sorted(copied.glob("*.npy")):
        intact = file.read_bytes()
        file.write_bytes(random.bytes(len(intact)))
        with pytest.raises(DamagedModelError, match=file.name):
            Recommender.load(copied)
        file.write_bytes(intact)


WRONG_ARRAYS = {
    "a single number": np.array(3),
    "text": np.array(["a", "b"]),
    "too many axes": np.zeros((2, 2, 2), np.int32),
}


@pytest.mark.parametrize("wrong", WRONG_ARRAYS)
def test_array_of_another_type_is_a_damaged_model_not_a_crash(saved, tmp_path, wrong):
    crashed = []
    for number, name in enumerate(read_manifest(saved)["files"]):
        path = shutil.copytree(saved, tmp_path / str(number))
        replace_array(path, name.removesuffix(".npy"), WRONG_ARRAYS[wrong])
        try:
            Recommender.load(path)
        except ModelError:
            pass
        except Exception as error:
            crashed.append((name, repr(error)))
        shutil.rmtree(path)
    assert not crashed


def without(key):
    return lambda manifest: manifest.pop(key)


def with_values(**values):
    return lambda manifest: manifest.update(values)


CHANGES = {
    "no files": without("files"),
    "files are a list": with_values(files=[1]),
    "files are null": with_values(files=None),
    "a file without size and hash": with_values(files={"df.npy": {}}),
    "a file with a number": with_values(files={"df.npy": 3}),
    "none of the files": with_values(files={}),
    "no config": without("config"),
    "config is null": with_values(config=None),
    "config is unknown": with_values(config={"colour": "red"}),
    "no revision": without("revision"),
    "revision is null": with_values(revision=None),
    "revision is text": with_values(revision="seven"),
    "no nearness": without("nearness"),
    "nearness is a list": with_values(nearness=["x"]),
    "nearness is null": with_values(nearness=None),
    "nearness without a power": with_values(nearness={"unknown": 1.0}),
    "nearness without the unknown": with_values(nearness={"power": 0.1}),
    "a power is null": with_values(nearness={"power": None, "unknown": 1.0}),
    "a power is not a number": with_values(nearness={"power": float("nan"), "unknown": 1.0}),
    "a power is infinite": with_values(nearness={"power": float("inf"), "unknown": 1.0}),
    "a power is below 0": with_values(nearness={"power": -0.1, "unknown": 1.0}),
    "the unknown is not a number": with_values(nearness={"power": 0.1, "unknown": float("nan")}),
    "the unknown is above 1": with_values(nearness={"power": 0.1, "unknown": 1.5}),
    "the unknown is below 0": with_values(nearness={"power": 0.1, "unknown": -0.5}),
    "another format": with_values(format=99),
    "no format": without("format"),
    "a file outside": with_values(files={"../outside.npy": {"bytes": 208, "sha256": "0"}}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_manifest_with_invalid_values_is_a_damaged_model(copied, change):
    np.save(copied.parent / "outside.npy", np.zeros(10))
    change_manifest(copied, CHANGES[change])
    with pytest.raises(DamagedModelError, match=copied.name):
        Recommender.load(copied)


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b"3", b"\xff", b"[" * 100_000])
def test_manifest_that_is_not_a_json_object_is_a_damaged_model(small, text):
    (small / MANIFEST).write_bytes(text)
    for read in (read_manifest, read_model, damaged_files):
        with pytest.raises(DamagedModelError, match=r"manifest\.json"):
            read(small)


def test_loading_where_no_model_is_raises_model_error(tmp_path):
    (tmp_path / "file").write_text("x")
    for name in ("nothing", ".", "file"):
        with pytest.raises(ModelError):
            Recommender.load(tmp_path / name)
    with pytest.raises(NoModelError, match="alsoread train"):
        Recommender.load(tmp_path / "nothing")


def test_error_is_one_line(small):
    (small / "table.npy").unlink()
    with pytest.raises(DamagedModelError) as caught:
        read_model(small)
    assert "\n" not in str(caught.value)


def test_model_is_not_written_over_an_existing_path(small, tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (small, tmp_path, tmp_path / "file" / "below"):
        with pytest.raises(ModelError, match="cannot write"):
            write_model(path, ARRAYS, {})
    assert damaged_files(small) == []


def test_failed_write_leaves_no_manifest_and_no_model(tmp_path):
    with pytest.raises(ValueError, match="Object arrays"):
        write_model(tmp_path / "half", {**ARRAYS, "bad": np.array([None])}, {})
    with pytest.raises(NoModelError):
        read_model(tmp_path / "half")
