"""Auth: read and write keys, sent as ``Authorization: Bearer KEY``."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from service.http.problems import Problem
from service.settings import Settings

_REALM = 'Bearer realm="alsoread"'
_READ = HTTPBearer(
    scheme_name="read key",
    description="Required if ALSOREAD_READ_KEY is set; a write key also works.",
    auto_error=False,
)
_WRITE = HTTPBearer(
    scheme_name="write key", description="One of the keys in ALSOREAD_WRITE_KEY.", auto_error=False
)
_Credentials = HTTPAuthorizationCredentials | None


def is_key(key: str | None, keys: SecretStr | None) -> bool:
    """Tell whether a key is one of the comma-separated keys; its time does not depend on them.

    Examples
    --------
    >>> [is_key(key, SecretStr("w1, w2")) for key in ("w2", "w", None)]
    [True, False, False]
    """
    if key is None or keys is None:
        return False
    valid = [each.strip().encode() for each in keys.get_secret_value().split(",")]
    return sum(compare_digest(key.encode(), each) for each in valid) > 0


async def reader(request: Request, credentials: Annotated[_Credentials, Depends(_READ)]) -> None:
    """Let a request read, or raise Problem; a write key sets ``request.state.sees_embargoed``."""
    settings: Settings = request.app.state.settings
    key = credentials.credentials if credentials else None
    request.state.sees_embargoed = is_key(key, settings.write_key)
    may_read = request.state.sees_embargoed or is_key(key, settings.read_key)
    if settings.read_key and not may_read:
        raise _unauthorized(key)


async def writer(request: Request, credentials: Annotated[_Credentials, Depends(_WRITE)]) -> None:
    """Let a request write, or raise Problem."""
    settings: Settings = request.app.state.settings
    key = credentials.credentials if credentials else None
    if not settings.write_key:
        detail = "writing is disabled: set ALSOREAD_WRITE_KEY and restart the service"
        raise Problem(403, "writes_disabled", detail)
    if not is_key(key, settings.write_key):
        raise _unauthorized(key)


def _unauthorized(key: str | None) -> Problem:
    if key is None:
        detail = "a key is required: send the header 'Authorization: Bearer KEY'"
        headers = {"WWW-Authenticate": _REALM}
        return Problem(401, "missing_key", detail, headers=headers)
    headers = {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
    return Problem(401, "wrong_key", "the key does not allow this", headers=headers)
