"""Keys: who may read and who may write, shown as ``Authorization: Bearer KEY``."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from service.problems import Problem

_REALM = 'Bearer realm="alsoread"'
_DISABLED = "writing needs a key, and the service has none: set ALSOREAD_WRITE_KEY and start again"


@dataclass(frozen=True)
class Keys:
    """The keys that are accepted; it holds their digests, so it cannot give them away.

    Examples
    --------
    >>> keys = Keys.of(write=SecretStr("w1,w2"), read=SecretStr("r"))
    >>> keys.may_write("w2"), keys.may_write("r"), keys.may_read("r"), keys.may_read(None)
    (True, False, True, False)
    >>> Keys.of(None, None).may_read(None), keys
    (True, Keys())
    """

    writing: tuple[bytes, ...] = field(repr=False)
    reading: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, write: SecretStr | None, read: SecretStr | None) -> Keys:
        """Take keys as they are configured, several separated by commas."""
        return cls(_digests(write), _digests(read))

    def may_write(self, key: str | None) -> bool:
        """Tell whether a key lets its bearer write, and see what is under embargo."""
        return key is not None and _is_among(key, self.writing)

    def may_read(self, key: str | None) -> bool:
        """Tell whether a key lets its bearer read; no key is needed where none is set."""
        return not self.reading or (
            key is not None and _is_among(key, (*self.reading, *self.writing))
        )


def _digests(keys: SecretStr | None) -> tuple[bytes, ...]:
    given = keys.get_secret_value().split(",") if keys else ()
    return tuple(sha256(key.strip().encode()).digest() for key in given if key.strip())


def _is_among(key: str, digests: tuple[bytes, ...]) -> bool:
    """Compare a key with all there are, in a time that tells nothing of them."""
    digest = sha256(key.encode()).digest()
    return sum(compare_digest(digest, each) for each in digests) > 0


_READ = HTTPBearer(
    scheme_name="read key",
    description="Needed where ALSOREAD_READ_KEY is set; a write key will do.",
    auto_error=False,
)
_WRITE = HTTPBearer(
    scheme_name="write key", description="One of ALSOREAD_WRITE_KEY.", auto_error=False
)
_Credentials = HTTPAuthorizationCredentials | None


async def reader(request: Request, given: Annotated[_Credentials, Depends(_READ)]) -> None:
    """Let a request read or raise Problem; ``request.state.sees_ahead`` says if embargoed too."""
    keys: Keys = request.app.state.keys
    key = given.credentials if given else None
    if not keys.may_read(key):
        raise _unauthorized(key)
    request.state.sees_ahead = keys.may_write(key)


async def writer(request: Request, given: Annotated[_Credentials, Depends(_WRITE)]) -> None:
    """Let a request write or raise Problem."""
    keys: Keys = request.app.state.keys
    key = given.credentials if given else None
    if not keys.writing:
        raise Problem(403, "writes_disabled", _DISABLED)
    if not keys.may_write(key):
        raise _unauthorized(key)


def _unauthorized(key: str | None) -> Problem:
    if key is None:
        detail, challenge = "a key is needed: send 'Authorization: Bearer KEY'", _REALM
        return Problem(401, "missing_key", detail, headers={"WWW-Authenticate": challenge})
    challenge = f'{_REALM}, error="invalid_token"'
    detail = "the key is not one that may do this"
    return Problem(401, "wrong_key", detail, headers={"WWW-Authenticate": challenge})
