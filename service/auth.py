"""Auth: who may read and who may write, shown as ``Authorization: Bearer KEY``."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from service.problems import Problem
from service.settings import Settings

_REALM = 'Bearer realm="alsoread"'
_READ = HTTPBearer(
    scheme_name="read key",
    description="Needed where ALSOREAD_READ_KEY is set; a write key will do.",
    auto_error=False,
)
_WRITE = HTTPBearer(
    scheme_name="write key", description="One of ALSOREAD_WRITE_KEY.", auto_error=False
)
_Given = HTTPAuthorizationCredentials | None


def is_key(given: str | None, keys: SecretStr | None) -> bool:
    """Tell whether one of some keys was given, in a time that says nothing of them.

    Examples
    --------
    >>> [is_key(given, SecretStr("w1, w2")) for given in ("w2", "w", None)]
    [True, False, False]
    """
    if given is None or keys is None:
        return False
    known = [key.strip().encode() for key in keys.get_secret_value().split(",")]
    return sum(compare_digest(given.encode(), key) for key in known) > 0


async def reader(request: Request, given: Annotated[_Given, Depends(_READ)]) -> None:
    """Let a request read or raise Problem; ``request.state.sees_ahead`` says if embargoed too."""
    settings: Settings = request.app.state.settings
    key = given.credentials if given else None
    request.state.sees_ahead = is_key(key, settings.write_key)
    if settings.read_key and not (request.state.sees_ahead or is_key(key, settings.read_key)):
        raise _unauthorized(key)


async def writer(request: Request, given: Annotated[_Given, Depends(_WRITE)]) -> None:
    """Let a request write or raise Problem."""
    settings: Settings = request.app.state.settings
    key = given.credentials if given else None
    if not settings.write_key:
        detail = "the service has no key for writing: set ALSOREAD_WRITE_KEY and start it again"
        raise Problem(403, "writes_disabled", detail)
    if not is_key(key, settings.write_key):
        raise _unauthorized(key)


def _unauthorized(key: str | None) -> Problem:
    if key is None:
        detail, headers = "send 'Authorization: Bearer KEY'", {"WWW-Authenticate": _REALM}
        return Problem(401, "missing_key", detail, headers=headers)
    headers = {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
    return Problem(401, "wrong_key", "the key is not one that may do this", headers=headers)
