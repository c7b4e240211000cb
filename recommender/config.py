"""Config: every setting that decides a ranking; each model is stored with its own."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from recommender.calibration import Calibration
from recommender.errors import ConfigError, reason_of
from recommender.search.nearness import Nearness
from recommender.vectors.settings import VectorSettings


class Gate(BaseModel):
    """The limits within which a new model may be worse than the active one.

    They count articles that both hold. ``changed`` is the highest share of places in lists that
    another article may take, ``coverage`` the highest fall of the share of articles in at least
    one list, and ``ndcg`` the highest fall of nDCG@10. A limit of 1 is off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    changed: float = Field(0.5, ge=0, le=1)
    coverage: float = Field(0.05, ge=0, le=1)
    ndcg: float = Field(0.01, ge=0, le=1)


class Config(BaseModel):
    """The settings of a model; an unknown setting is an error.

    ``neighbours`` is the length of the stored lists; ``calibration`` turns scores into
    probabilities; ``gate`` limits how much worse a new model may be.

    Examples
    --------
    >>> Config.of({"vectors": {"idf_power": 1.5}}).vectors.idf_power
    1.5
    >>> Config.of({"vectors": {"idf": 1.5}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    recommender.errors.ConfigError: setting 'vectors.idf': unknown; known are: title_weight, ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vectors: VectorSettings = VectorSettings()
    nearness: Nearness = Nearness()
    neighbours: int = Field(50, ge=1, le=1000)
    calibration: Calibration | None = None
    gate: Gate = Gate()

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Config:
        """Check settings of JSON types; those left out keep their defaults.

        Raises
        ------
        ConfigError
            Naming the first setting that is wrong.
        """
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in detail["loc"]) or "settings"
            raise ConfigError(f"setting '{where}': {cls._reason(detail)}") from None

    @classmethod
    def _reason(cls, detail: ErrorDetails) -> str:
        """Return what a detail of a pydantic error says; for an unknown setting those there are."""
        if detail["type"] != "extra_forbidden":
            return reason_of(detail)
        table: Any = cls
        for name in detail["loc"][:-1]:
            annotation = table.model_fields[name].annotation
            choices = annotation, *get_args(annotation)
            table = next(choice for choice in choices if hasattr(choice, "model_fields"))
        return reason_of(detail, table.model_fields)

    @classmethod
    def read(cls, path: str | Path) -> Config:
        """Read a file of settings: JSON if its name ends in ``.json``, else TOML.

        Raises
        ------
        ConfigError
            When the file cannot be read or a setting is wrong, naming the file.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            settings = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
            return cls.of(settings)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {error}") from None
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None
