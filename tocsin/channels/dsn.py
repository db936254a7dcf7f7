"""One line that says how to reach a carrier: `smpp://user:password@host:port?sender=Tocsin&window=50`.

A mistake gives an error that says what to write instead. Passwords never appear in an error or in `repr`.
"""

from urllib.parse import unquote, urlsplit


class DsnError(ValueError):
    """A route that cannot be opened as written. The words say what to write."""


class Dsn:
    """A route's line, taken apart. Each option is asked for once; `finish` refuses those nobody asked for."""

    def __init__(self, line: str) -> None:
        if "#" in line:
            raise DsnError("in a route, write # as %23 (and in a password / as %2F, @ as %40, ? as %3F)")
        try:
            url = urlsplit(line.strip())
            port = url.port
        except ValueError as error:
            raise DsnError("a route looks like smtp://user:password@host:587 with a port from 1 to 65535") from error
        if "://" not in line:
            raise DsnError("a route begins with its kind, such as smpp:// or smtp://")
        self.scheme = url.scheme.lower()
        self.user = unquote(url.username or "")
        self.password = unquote(url.password or "")
        self.host = url.hostname or ""
        self.path = url.path
        self._port = port
        self._options = _read_options(url.query)
        self._known: list[str] = []

    def __repr__(self) -> str:
        """Show where the route leads, without user, password, path or options: any of them may be a secret."""
        port = "" if self._port is None else f":{self._port}"
        return f"{self.scheme}://{'…@' if self.user or self.password else ''}{self.host}{port}"

    @property
    def is_loopback(self) -> bool:
        """Say whether the carrier is this machine."""
        return self.host in ("localhost", "127.0.0.1", "::1")

    def need_host(self) -> str:
        """Return the host, or say that one is missing."""
        if not self.host:
            raise DsnError(f"the route {self!r} names no host: write {self.scheme}://host:port")
        return self.host

    def port(self, usual: int) -> int:
        """Return the port, or the usual one."""
        return self._port or usual

    def text(self, name: str, default: str = "") -> str:
        """Return an option as written."""
        self._known.append(name)
        return self._options.get(name, default)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return an option that is one of a few words."""
        value = self.text(name, default)
        if value not in choices:
            raise DsnError(f"the route {self!r}: {name} is one of {', '.join(choices)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return an option that is yes or no."""
        return self.choice(name, "yes" if default else "no", ("yes", "no")) == "yes"

    def number(self, name: str, default: float | None, *, least: float, most: float) -> float | None:
        """Return an option that is a number within bounds."""
        value = self.text(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise DsnError(f"the route {self!r}: {name} is a number from {least:g} to {most:g}")
        return number

    def seconds(self, name: str, default: float, *, most: float = 3600) -> float:
        """Return an option that is a time in seconds."""
        value = self.number(name, default, least=0.05, most=most)
        assert value is not None
        return value

    def finish(self) -> None:
        """Refuse an option that nobody asked for: it is a slip of the pen, and would be silently left out."""
        unknown = sorted(set(self._options) - set(self._known))
        if unknown:
            known = ", ".join(sorted(set(self._known))) or "none"
            raise DsnError(f"the route {self!r} has an option that is not known. Known are: {known}")


def _read_options(query: str) -> dict[str, str]:
    """Read `a=1&b=2`. A plus sign stays one, as in `sender=+447700900123`."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {unquote(name): unquote(value) for name, _, value in pairs}
