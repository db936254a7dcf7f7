"""A carrier of which a test decides every byte, certificates for TLS, and carriers that others wrote."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tocsin.channels.smpp_pdu import ANSWER_BIT, Command, Pdu, encode, encode_name, split


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict:
    """Run on the loop that the program runs on: two of its habits had hidden faults that asyncio's own did not show."""
    return {"uvloop": uvloop.new_event_loop}


class Line:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = b""
        self._units: list[Pdu] = []

    async def next(self) -> Pdu | None:
        """The next unit; `None` when the client has closed."""
        while not self._units:
            try:
                data = await self._reader.read(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._units, self._rest = split(self._rest + data)
        return self._units.pop(0)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def answer(self, unit: Pdu, status: int = 0, name: str = "17") -> None:
        self.write(encode(unit.command | ANSWER_BIT, status, unit.sequence, encode_name(name)))

    def close(self) -> None:
        self._writer.close()


class RawCarrier:
    """Listens; each signed-in connection comes out of `lines`."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[Line] = asyncio.Queue()
        self.port = 0
        self._open: list[Line] = []
        self.answers_binds = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        self._open.append(line)
        unit = await line.next()
        if unit is not None and unit.command == Command.BIND_TRANSCEIVER and self.answers_binds:
            line.answer(unit)
        await self.lines.put(line)

    async def line(self) -> Line:
        async with asyncio.timeout(20):
            return await self.lines.get()

    def close(self) -> None:
        for line in self._open:
            line.close()


@pytest_asyncio.fixture
async def raw(open_started) -> AsyncIterator[RawCarrier]:
    """Answers sign-ins; the rest is the test's. Gone before the routes are stopped, so that these need not wait."""
    carrier = RawCarrier()
    server = await asyncio.start_server(carrier.serve, "127.0.0.1", 0)
    carrier.port = server.sockets[0].getsockname()[1]
    yield carrier
    server.close()
    carrier.close()
    await server.wait_closed()


class Certificate(NamedTuple):
    """A certificate of our own making for 127.0.0.1."""

    context: ssl.SSLContext  # For the server.
    path: Path  # For the client's `ca`.


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carrier.example.net")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    path, key_path = folder / "ca.pem", folder / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return Certificate(context, path)
