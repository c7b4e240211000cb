"""Settings: where the archive and the models are, where the service listens, and its keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.errors import ConfigError, reason_of, shown_value

PREFIX = "ALSOREAD_"
# The characters of bearer tokens (RFC 6750); several keys are comma-separated.
_KEYS = re.compile(r"[A-Za-z0-9._~+/=-]+(\s*,\s*[A-Za-z0-9._~+/=-]+)*")
_ORIGIN = re.compile(r"\*|https?://[^/?#@,\s]+")


def _keys(keys: SecretStr) -> SecretStr:
    if not _KEYS.fullmatch(keys.get_secret_value()):
        raise ValueError(
            "a key consists of letters, digits and -._~+/=; several are comma-separated"
        )
    return keys


def _origins(origins: str) -> str:
    for origin in _parts(origins):
        if not _ORIGIN.fullmatch(origin):
            raise ValueError("an origin is https://HOST without a path; * is any origin")
    return origins


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")] if value.strip() else []


def _cache_control(values: dict[str, Any]) -> str:
    # A shared cache must not store replies that need a key.
    visibility = "private" if values.get("read_key") else "public"
    return f"{visibility}, max-age=60, stale-while-revalidate=60"


Keys = Annotated[SecretStr, AfterValidator(_keys)]
Origins = Annotated[str, AfterValidator(_origins)]


class Settings(BaseSettings):
    """The service's settings: arguments, else the environment, else a file ``.env``.

    What decides the ranking is in the model, never here: what was evaluated is what is served.

    Raises
    ------
    ConfigError
        When a setting is invalid; one line that names the variable of the first one.

    Examples
    --------
    >>> Settings(port=8080).port
    8080
    >>> Settings(port="http")
    Traceback (most recent call last):
        ...
    recommender.errors.ConfigError: ALSOREAD_PORT: input should be a valid integer, unable to \
parse string as an integer, not 'http'
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    archive: str = "sqlite:///archive.db"
    models: Path = Path("models")
    rules: Path | None = Field(
        None, description="None is rules.toml beside the archive, if it exists."
    )
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(1, ge=1)
    ready_megabytes: int = Field(64, ge=0)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: int = Field(5_000_000, ge=1)
    write_key: Keys | None = None
    read_key: Keys | None = None
    cors_origins: Origins = Field("", description="Origins whose pages may read, comma-separated.")
    cache_control: str = Field(default_factory=_cache_control, pattern=r"^[\x20-\x7e]+$")

    @property
    def origins(self) -> list[str]:
        """The origins whose pages may read; "*" is any.

        Examples
        --------
        >>> Settings(cors_origins="https://a.example, https://b.example").origins
        ['https://a.example', 'https://b.example']
        """
        return _parts(self.cors_origins)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            variable = f"{PREFIX}{detail['loc'][0]}".upper()
            value = "" if variable.endswith("_KEY") else f", not {shown_value(detail['input'])}"
            raise ConfigError(f"{variable}: {reason_of(detail)}{value}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f".env: cannot be read: {error}") from None
