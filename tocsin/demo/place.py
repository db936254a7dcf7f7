"""Where a run of the demo lives: a folder of its own, free ports, and settings that its processes inherit."""

import os
import secrets
import shutil
import socket
import tempfile
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from tocsin.demo.pocket_client import social_address
from tocsin.protocols.registry import CODECS

OFFSETS = (0, 10_000, 20_000, 30_000)
PREFIX = "demo-"
LOCK = "demo.lock"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the carriers of this run listen."""

    smpp: int
    smtp: int
    control: int


def environment(base: Path, *, web_port: int) -> dict[str, str]:
    """Give the settings of a new run. Ports that are taken are passed over."""
    base.mkdir(parents=True, exist_ok=True)
    remove_left_over(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    folder.chmod(0o711)  # Started by root, the database has a user of its own, who must get through to it.
    ports = Ports(*free_ports(3))
    token = secrets.token_urlsafe(24)
    control = f"http://127.0.0.1:{ports.control}"
    web = web_port if is_free(web_port) else free_ports(1)[0]
    return {
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_DEMO": "yes",
        "TOCSIN_DEMO_CONTROL": control,
        "TOCSIN_DEMO_TOKEN": token,
        "TOCSIN_DEMO_PORTS": f"{ports.smpp} {ports.smtp} {ports.control}",
        "TOCSIN_DATABASE_URL": "",
        "TOCSIN_GATEWAY_HOST": "127.0.0.1",
        "TOCSIN_GATEWAY_PORT_OFFSET": str(free_offset()),
        "TOCSIN_WEB_PORT": str(web),
        "TOCSIN_PUBLIC_URL": f"http://127.0.0.1:{web}",
        "TOCSIN_SMS_ROUTE": f"smpp://tocsin:demo@127.0.0.1:{ports.smpp}?sender=%2B447700900100",
        "TOCSIN_EMAIL_ROUTE": f"smtp://127.0.0.1:{ports.smtp}?sender=alarm@lantern.example.org&starttls=never",
        "TOCSIN_SOCIAL_POSTS": social_address(control, token),
    }


def is_free(port: int) -> bool:
    """Say whether nobody listens on this port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Give ports that nobody uses now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def free_offset() -> int:
    """Give an offset at which every protocol's port is free. The usual ports come first."""
    for offset in OFFSETS:
        if all(is_free(codec.port + offset) for codec in CODECS.values()):
            return offset
    raise SystemExit("The ports of the devices are taken. Stop the other Tocsin, or set TOCSIN_GATEWAY_PORT_OFFSET.")


def hold(folder: Path) -> int:
    """Mark a run's folder as in use for as long as this process lives. Returns the descriptor that holds it."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    flock(descriptor, LOCK_EX | LOCK_NB)
    return descriptor


def remove_left_over(base: Path) -> None:
    """Remove the folders of runs that are over."""
    for folder in base.glob(f"{PREFIX}*"):
        try:
            descriptor = hold(folder)
        except OSError:
            continue  # It runs, or it is not ours to remove.
        os.close(descriptor)
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a run's folder with its database, which a run by root keeps elsewhere, behind a link."""
    data = (folder / "postgres").resolve()
    if data.parent != folder.resolve() and data.name.startswith(f"{folder.name}-"):
        shutil.rmtree(data, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
