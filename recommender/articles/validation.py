"""Validation: options that are passed by name, and a clear error for the first wrong one."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from recommender.errors import OptionError, reason_of


class CheckedOptions(BaseModel):
    """Options passed by name; an unknown option is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, **options: Any) -> Self:
        """Check options and return them as an object.

        Raises
        ------
        OptionError
            If an option is unknown or wrong; it names the first one.
        """
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            raise OptionError(str(detail["loc"][0]), reason_of(detail, cls.model_fields)) from None
