"""Auth: who may read and who may write, by ``Authorization: Bearer KEY``."""

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
    description="Required if ALSOREAD_READ_KEY is set; a write key is accepted as well.",
    auto_error=False,
)
_WRITE = HTTPBearer(
    scheme_name="write key", description="One of ALSOREAD_WRITE_KEY.", auto_error=False
)
_Credentials = HTTPAuthorizationCredentials | None


def is_key(given: str | None, keys: SecretStr | None) -> bool:
    """Tell whether a key is one of some keys, in a time that does not depend on them.

    Examples
    --------
    >>> [is_key(given, SecretStr("w1, w2")) for given in ("w2", "w", None)]
    [True, False, False]
    """
    if given is None or keys is None:
        return False
    known = [key.strip().encode() for key in keys.get_secret_value().split(",")]
    return sum(compare_digest(given.encode(), key) for key in known) > 0


async def reader(request: Request, credentials: Annotated[_Credentials, Depends(_READ)]) -> None:
    """Let a request read or raise Problem; ``request.state.sees_embargoed`` follows its key."""
    settings: Settings = request.app.state.settings
    key = credentials.credentials if credentials else None
    request.state.sees_embargoed = is_key(key, settings.write_key)
    may_read = request.state.sees_embargoed or is_key(key, settings.read_key)
    if settings.read_key and not may_read:
        raise _unauthorized(key)


async def writer(request: Request, credentials: Annotated[_Credentials, Depends(_WRITE)]) -> None:
    """Let a request write or raise Problem."""
    settings: Settings = request.app.state.settings
    key = credentials.credentials if credentials else None
    if not settings.write_key:
        detail = "the service has no key for writing: set ALSOREAD_WRITE_KEY and restart it"
        raise Problem(403, "writes_disabled", detail)
    if not is_key(key, settings.write_key):
        raise _unauthorized(key)


def _unauthorized(key: str | None) -> Problem:
    if key is None:
        detail, headers = "send 'Authorization: Bearer KEY'", {"WWW-Authenticate": _REALM}
        return Problem(401, "missing_key", detail, headers=headers)
    headers = {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
    return Problem(401, "wrong_key", "the key does not allow this", headers=headers)
