"""The server: the app on a port, in one process or several, until it is told to stop."""

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
from service.settings import Settings

_logger = logging.getLogger(__name__)
# Seconds that requests under way have to end in, and that pass before a worker is replaced.
_GRACE = 10
_PAUSE = 0.5


def serve(settings: Settings) -> None:
    """Answer over HTTP until SIGINT or SIGTERM, and let requests under way end.

    Raises
    ------
    ConfigError
        When the service cannot listen where it is told to, or cannot have several workers.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if settings.workers > 1 and not hasattr(os, "fork"):
        raise ConfigError("this system cannot share a model between workers: --workers 1")
    with _listening(settings) as listener:
        # uvicorn raises the signal that stopped it once more; being told to stop is no failure.
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
        # What is there now stays: nobody need look for garbage in it, nor copy its pages.
        gc.freeze()
        if parent := multiprocessing.parent_process():
            # A worker whose supervisor was killed has nobody who could stop it.
            asyncio.get_running_loop().add_reader(parent.sentinel, self._end)
            return
        for listener in sockets or ():
            _logger.info("alsoread answers: see %s", _address(listener))

    def _end(self) -> None:
        self.should_exit = True


def _supervise(settings: Settings, listener: socket.socket) -> None:
    """Keep as many workers as are wanted; each opens the model, which they share in memory."""
    with suppress(Exception):
        # Workers share what is there before them: imports and compiled kernels. Whatever is wrong
        # with the model, they say it.
        ModelStore(settings.models).load().warm()
    gc.freeze()
    # Signals wait until they are asked for: a handler that raises is lost in the middle of a fork.
    awaited = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)

    def work() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
        _answer(settings, listener)

    def started() -> BaseProcess:
        worker = multiprocessing.get_context("fork").Process(target=work, daemon=True)
        worker.start()
        return worker

    workers = [started() for _ in range(settings.workers)]
    _logger.info("alsoread answers in %d processes: see %s", len(workers), _address(listener))
    while signal.sigwait(awaited) == signal.SIGCHLD:
        for at, worker in enumerate(workers):
            if not worker.is_alive():
                _logger.error("worker %s ended with code %s", worker.pid, worker.exitcode)
                time.sleep(_PAUSE)
                workers[at] = started()
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(2 * _GRACE)
        worker.kill()


def _address(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}/docs" if ":" in host else f"http://{host}:{port}/docs"


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
