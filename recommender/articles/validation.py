"""Validation: pydantic's errors as one plain sentence, and models that take options by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from recommender.errors import OptionError

_LONGEST_VALUE = 60


def first_error(error: ValidationError) -> Mapping[str, Any]:
    """Return the first of a pydantic error's details: ``loc``, ``msg``, ``type``, ``input``."""
    return error.errors(include_url=False)[0]


def reason_of(detail: Mapping[str, Any]) -> str:
    """Return what is wrong as a clause that starts in lower case.

    Examples
    --------
    >>> reason_of({"msg": "Value error, Input should be a valid integer"})
    'input should be a valid integer'
    """
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def shown_value(value: object) -> str:
    """Return the repr of a rejected value, cut to 60 characters.

    Examples
    --------
    >>> shown_value("http")
    "'http'"
    """
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


class CheckedOptions(BaseModel):
    """Options given by name; an unknown option is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, **options: Any) -> Self:
        """Check options given by name.

        Raises
        ------
        OptionError
            Naming the first option that is wrong.
        """
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            detail = first_error(error)
            raise OptionError(str(detail["loc"][0]), reason_of(detail)) from None
