"""Settings: where the service finds what it serves, and where it listens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.errors import ConfigError

PREFIX = "ALSOREAD_"


class Settings(BaseSettings):
    """Who serves what where: given by name, else by the environment, else by a file ``.env``.

    What decides a ranking is in the model, never here: what was evaluated is what is served.

    Raises
    ------
    ConfigError
        In one line, naming the variable of the first setting that is wrong.

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
    rules: Path | None = Field(None, description="None is rules.toml beside the archive, if any.")
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(1, ge=1)
    ready_megabytes: int = Field(64, ge=0)
    cache_control: str = Field(
        "public, max-age=60, stale-while-revalidate=60", pattern=r"^[\x20-\x7e]+$"
    )

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            variable, reason = f"{PREFIX}{problem['loc'][0]}".upper(), problem["msg"]
            raise ConfigError(
                f"{variable}: {reason[0].lower()}{reason[1:]}, not {problem['input']!r}"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f".env: cannot be read: {error}") from None
