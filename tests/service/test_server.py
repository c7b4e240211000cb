"""The server: its address, its signals, its errors, and several workers on one port."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.serving import eventually, fetch, on_a_port, settings

from recommender.errors import ConfigError
from service.server import serve


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_head_has_the_length_of_the_body_and_no_body(tmp_path):
    with (
        on_a_port(tmp_path) as (port, _),
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        reply = b"".join(iter(lambda: connection.recv(4096), b""))
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: 15\r\n" in reply
    assert reply.endswith(b"\r\n\r\n")


def test_server_answers_and_ends_with_exit_code_0_on_a_signal(shared_folder):
    with on_a_port(shared_folder) as (port, process):
        assert fetch(port, "/healthz")[2] == {"status": "ok"}
        assert fetch(port, "/v1/recommendations?id=ferry-1")[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert "Traceback" not in process.log.read_text()


def test_port_in_use_is_one_line_and_exit_code_1(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [Path(sys.executable).with_name("alsoread"), "serve", "--port", port]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}: " in line
    assert "in use" in line
    assert line.endswith("ALSOREAD_PORT")


def test_address_of_another_machine_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"^cannot listen on 192\.0\.2\.1:8000"):
        serve(settings(tmp_path, host="192.0.2.1", port=8000))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_address_is_supported(tmp_path):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="in use"):
            serve(settings(tmp_path, host="::1", port=port))


def workers_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(child) for child in children.read_text().split()]


def is_running(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")


@needs_proc
@pytest.mark.parametrize("signal_sent", [signal.SIGTERM, signal.SIGINT])
def test_workers_share_a_port_and_end_on_a_signal(shared_folder, signal_sent):
    with on_a_port(shared_folder, workers=2) as (port, process):
        workers = workers_of(process)
        assert len(workers) == 2
        with ThreadPoolExecutor(8) as pool:
            path = "/v1/recommendations?id=ferry-1"
            replies = list(pool.map(lambda _: fetch(port, path), range(64)))
        assert {status for status, _, _ in replies} == {200}
        assert all(body == replies[0][2] for _, _, body in replies)
        process.send_signal(signal_sent)
        assert process.wait(timeout=30) == 0
        assert not any(map(is_running, workers))
        log = process.log.read_text()
        assert "Traceback" not in log
        assert "ended with" not in log


@needs_proc
def test_dead_worker_is_replaced_and_logged(shared_folder):
    with on_a_port(shared_folder, workers=2) as (port, process):
        killed, other = workers_of(process)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: f"worker {killed} ended with code -9" in process.log.read_text())
        eventually(lambda: len(workers_of(process)) == 2)
        assert other in workers_of(process)
        # Stop the other worker, so that the new one has to answer.
        os.kill(other, signal.SIGSTOP)
        try:
            assert fetch(port, "/readyz")[0] == 200
        finally:
            os.kill(other, signal.SIGCONT)


@needs_proc
def test_workers_end_when_their_supervisor_is_killed(tmp_path):
    with on_a_port(tmp_path, workers=2) as (port, process):
        workers = workers_of(process)
        assert fetch(port, "/healthz")[0] == 200
        process.kill()
        eventually(lambda: not any(map(is_running, workers)))
