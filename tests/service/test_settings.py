"""Settings: arguments, environment and file, and one line for an invalid one."""

from pathlib import Path

import pytest

from recommender.errors import ConfigError
from service import Settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_defaults_need_no_configuration():
    settings = Settings()
    assert (settings.archive, settings.models) == ("sqlite:///archive.db", Path("models"))
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.cache_control.startswith("public, max-age=60, stale-while-revalidate")


def test_arguments_override_the_environment_and_that_the_file(monkeypatch):
    Path(".env").write_text("ALSOREAD_PORT=1\nALSOREAD_HOST=file\nALSOREAD_MODELS=file\nOTHER=1\n")
    monkeypatch.setenv("ALSOREAD_PORT", "2")
    monkeypatch.setenv("ALSOREAD_HOST", "environment")
    settings = Settings(port=3)
    assert (settings.port, settings.host, settings.models) == (3, "environment", Path("file"))


def test_empty_variable_is_ignored(monkeypatch):
    monkeypatch.setenv("ALSOREAD_PORT", "")
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALSOREAD_PORT", "http"),
        ("ALSOREAD_PORT", "65536"),
        ("ALSOREAD_WORKERS", "0"),
        ("ALSOREAD_READY_MEGABYTES", "-1"),
        ("ALSOREAD_CACHE_CONTROL", "public\r\nSet-Cookie: a=b"),
    ],
)
def test_invalid_value_is_one_line_with_its_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert str(caught.value).startswith(f"{variable}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["ALSOREAD_WRITE_KEY", "ALSOREAD_READ_KEY"])
@pytest.mark.parametrize("secret", ["s3cr\u00e9t", "s3cret,,", "s3c ret", ",", "s3cret\r\nX: y"])
def test_invalid_key_is_an_error_that_does_not_show_it(monkeypatch, name, secret):
    monkeypatch.setenv(name, secret)
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert str(caught.value).startswith(f"{name}: a key consists of letters")
    assert "s3c" not in str(caught.value)


def test_settings_do_not_show_keys():
    settings = Settings(write_key="s3cret-w, s3cret-x", read_key="s3cret-r")
    assert "s3cret" not in f"{settings} {settings!r} {settings.model_dump()}"


def test_replies_are_private_if_there_is_a_read_key_unless_configured():
    assert Settings(read_key="r").cache_control.startswith("private, max-age=60")
    assert Settings(read_key="r", cache_control="public").cache_control == "public"


def test_unreadable_env_file_is_an_error():
    Path(".env").write_bytes(b"ALSOREAD_PORT=\xff\xfe")
    with pytest.raises(ConfigError, match=r"^\.env: cannot be read"):
        Settings()
