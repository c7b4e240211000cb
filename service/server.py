"""The server: the app on a port, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from contextlib import suppress

import uvicorn

from recommender.errors import ConfigError
from service.app import create_app
from service.logs import JsonLines
from service.settings import Settings

_logger = logging.getLogger(__name__)
# Seconds that requests under way have to end in.
_GRACE = 10


def serve(settings: Settings) -> None:
    """Answer over HTTP until SIGINT or SIGTERM, and let requests under way end.

    Raises
    ------
    ConfigError
        When the service cannot listen where it is told to.
    """
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[lines])
    with _listening(settings) as listener:
        config = uvicorn.Config(
            create_app(settings),
            http="httptools",
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE,
        )
        # uvicorn raises the signal that stopped it once more; being told to stop is no failure.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with suppress(KeyboardInterrupt):
            _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port, *_ = listener.getsockname()
            host = f"[{host}]" if ":" in host else host
            _logger.info("alsoread answers: see http://%s:%d/docs", host, port)


def _listening(settings: Settings) -> socket.socket:
    """Return a socket that listens, or raise ConfigError saying why there is none."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}: choose "
            "another with --host and --port, or ALSOREAD_HOST and ALSOREAD_PORT"
        ) from None
