"""The server: runs the app on a port, in one process or several, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess

import uvicorn

from recommender import ModelStore
from recommender.errors import ConfigError
from service.app import create_app
from service.logs import JsonLines
from service.settings import Settings

_logger = logging.getLogger(__name__)
# Seconds that open requests have to finish in.
_GRACE = 10
# Seconds before a dead worker is replaced.
_PAUSE = 0.5


def serve(settings: Settings) -> None:
    """Answer over HTTP until SIGINT or SIGTERM, and let open requests finish.

    Raises
    ------
    ConfigError
        When the service cannot listen on its host and port, or the system cannot run several
        workers.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    if settings.workers > 1 and not hasattr(os, "fork"):
        raise ConfigError("this system cannot fork, so only one worker can run: use --workers 1")
    with _listening(settings) as listener:
        # uvicorn raises the signal again after it has stopped; a stop is not a failure.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with suppress(KeyboardInterrupt):
            if settings.workers == 1:
                _answer(settings, listener)
            else:
                _supervise(settings, listener)


def _answer(settings: Settings, listener: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(settings),
        http="httptools",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )
    with suppress(KeyboardInterrupt):
        _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Objects made so far live for ever: the collector skips them, so workers share their pages.
        gc.freeze()
        if parent := multiprocessing.parent_process():
            # A worker ends when its supervisor is killed: nothing else would stop it.
            asyncio.get_running_loop().add_reader(parent.sentinel, self._end)
            return
        for listener in sockets or ():
            _logger.info("alsoread listens: see %s", _address(listener))

    def _end(self) -> None:
        self.should_exit = True


def _supervise(settings: Settings, listener: socket.socket) -> None:
    """Keep the workers running; each opens the model, whose memory-mapped files they share."""
    with suppress(Exception):
        # Imports and compiled kernels that exist before the fork are shared. If the model has an
        # error, the workers report it.
        ModelStore(settings.models).load().warm()
    gc.freeze()
    # Signals are blocked and read by sigwait: what a handler raises during a fork is lost.
    awaited = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)

    def work() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
        _answer(settings, listener)

    def start_worker() -> BaseProcess:
        worker = multiprocessing.get_context("fork").Process(target=work, daemon=True)
        worker.start()
        return worker

    workers = [start_worker() for _ in range(settings.workers)]
    _logger.info("alsoread listens in %d processes: see %s", len(workers), _address(listener))
    while signal.sigwait(awaited) == signal.SIGCHLD:
        for at, worker in enumerate(workers):
            if not worker.is_alive():
                _logger.error("worker %s ended with code %s", worker.pid, worker.exitcode)
                time.sleep(_PAUSE)
                workers[at] = start_worker()
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(2 * _GRACE)
        worker.kill()


def _address(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}/docs" if ":" in host else f"http://{host}:{port}/docs"


def _listening(settings: Settings) -> socket.socket:
    """Return a listening socket, or raise ConfigError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}: choose "
            "another with --host and --port, or ALSOREAD_HOST and ALSOREAD_PORT"
        ) from None
