"""The web process as a process, for tests of several layers."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

PATIENCE_S = 30.0  # Long enough for a loaded machine; nothing waits for it when all is well.


@dataclass
class Web:
    """A running web process."""

    process: subprocess.Popen
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, session: str = "") -> httpx.AsyncClient:
        """Give a browser that is signed in by this session."""
        cookies = {"sessionid": session} if session else {}
        return httpx.AsyncClient(base_url=self.url, cookies=cookies, timeout=PATIENCE_S)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_web(database_url: str) -> Iterator[Web]:
    """Run `tocsin web` on a free port until the end of the block."""
    port = free_port()
    environment = os.environ | {"TOCSIN_DATABASE_URL": database_url, "TOCSIN_WEB_THREADS": "4"}
    command = [sys.executable, "-m", "tocsin", "web", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == f"Pages at http://127.0.0.1:{port}/\n", said + process.stdout.read()
        wait_for_port(port)
        yield Web(process, port)
    finally:
        process.kill()
        process.communicate()


def wait_for_port(port: int) -> None:
    """The line is written just before the port opens."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
        client.get(f"http://127.0.0.1:{port}/static/img/mark.svg", timeout=PATIENCE_S)
