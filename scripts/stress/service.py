"""A service as a process of its own, and clients that write to it until it is killed."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from stress.ledger import Ledger

HEADERS = {"Authorization": "Bearer crash"}
COMMAND = [sys.executable, "-c", "from recommender.cli import main; main()", "serve"]


class Service:
    """A running 'alsoread serve' on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = os.environ | {
            "ALSOREAD_ARCHIVE": f"sqlite:///{folder}/archive.db",
            "ALSOREAD_MODELS": f"{folder}/models",
            "ALSOREAD_PORT": str(self.port),
            "ALSOREAD_WRITE_KEY": "crash",
        }
        with (folder / "service.log").open("a") as log:
            self.process = subprocess.Popen(COMMAND, cwd=folder, env=environment, stderr=log)
        while True:
            try:
                assert self.process.poll() is None, "the service did not start: see its log"
                with closing(self.request("GET", "/readyz")):
                    return
            except OSError:
                time.sleep(0.02)

    def request(
        self, method: str, path: str, body: bytes | None = None
    ) -> http.client.HTTPResponse:
        """Return the reply to a request; raises OSError or HTTPException if it was killed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, HEADERS)
        return connection.getresponse()

    def kill(self) -> None:
        """End the process at once, by SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def write(service: Service, ledger: Ledger, errors: list[str]) -> None:
    """Write until the service dies; a reply that is not as expected is an error."""
    try:
        while not errors:
            keys = ledger.random.sample(sorted(ledger.acknowledged), 4)
            choice = ledger.random.random()
            if choice < 0.5:
                _put(service, ledger, keys[0], errors)
            elif choice < 0.75:
                _delete(service, ledger, keys[0], errors)
            else:
                _post(service, ledger, keys, errors)
    except (OSError, http.client.HTTPException):
        pass


def _put(service: Service, ledger: Ledger, key: str, errors: list[str]) -> None:
    article = ledger.new_article(key)
    ledger.send(key, article)
    body = article.model_dump_json().encode()
    with service.request("PUT", f"/v1/articles/{key}", body) as reply:
        reply.read()
        if reply.status not in (200, 201):
            errors.append(f"PUT {key}: {reply.status}")
    ledger.acknowledge(key)
    with service.request("GET", f"/v1/articles/{key}") as reply:
        if json.loads(reply.read()) != article.to_record():
            errors.append(f"GET {key}: not the article that was written just before")


def _delete(service: Service, ledger: Ledger, key: str, errors: list[str]) -> None:
    expected = 404 if ledger.acknowledged[key] is None else 200
    ledger.send(key, None)
    with service.request("DELETE", f"/v1/articles/{key}") as reply:
        reply.read()
        if reply.status != expected:
            errors.append(f"DELETE {key}: {reply.status}, expected {expected}")
    ledger.acknowledge(key)


def _post(service: Service, ledger: Ledger, keys: list[str], errors: list[str]) -> None:
    articles = [ledger.new_article(key) for key in keys]
    for article in articles:
        ledger.send(article.id, article)
    lines = "\n".join(article.model_dump_json() for article in articles)
    with service.request("POST", "/v1/articles", lines.encode()) as reply:
        for line in reply:
            result = json.loads(line)
            if "code" in result:
                errors.append(f"POST {keys}: {result}")
            else:
                ledger.acknowledge(result["id"])
