"""Config: every setting that decides a ranking; it travels with the model it made."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender.calibration import Calibration
from recommender.errors import ConfigError, reason_of
from recommender.search.nearness import Nearness
from recommender.vectors.settings import VectorSettings


class Gate(BaseModel):
    """How much worse than the active model a new one may be and still be activated.

    Of the articles that both hold, ``changed`` is the largest share of the places in lists that
    others may take, ``coverage`` how far the share in anybody's list may fall, ``ndcg`` how far
    nDCG@10 may. With 1 the limit is off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    changed: float = Field(0.5, ge=0, le=1)
    coverage: float = Field(0.05, ge=0, le=1)
    ndcg: float = Field(0.01, ge=0, le=1)


class Config(BaseModel):
    """The settings of a model; an unknown one is an error.

    Examples
    --------
    >>> Config.of({"vectors": {"idf_power": 1.5}}).vectors.idf_power
    1.5
    >>> Config.of({"vectors": {"idf": 1.5}})
    Traceback (most recent call last):
        ...
    recommender.errors.ConfigError: setting 'vectors.idf': extra inputs are not permitted
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vectors: VectorSettings = VectorSettings()
    nearness: Nearness = Nearness()
    neighbours: int = Field(50, ge=1, le=1000)
    calibration: Calibration | None = None
    gate: Gate = Gate()

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Config:
        """Check settings given as JSON types; those left out keep their defaults.

        Raises
        ------
        ConfigError
            In one line, naming the first setting that is wrong.
        """
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in detail["loc"]) or "settings"
            raise ConfigError(f"setting '{where}': {reason_of(detail)}") from None

    @classmethod
    def read(cls, path: str | Path) -> Config:
        """Read a TOML or JSON file of settings, or raise ConfigError naming it."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            settings = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
            return cls.of(settings)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {error}") from None
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None
