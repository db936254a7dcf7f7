"""What the gateway takes from one peer and from all. All of it is bounded, and no bound drops a call silently."""

from dataclasses import dataclass

from tocsin.core.networks import network_of


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one gateway. Settings of the same names (docs/settings.md) give most of them."""

    idle_s: float = 1800.0
    connections: int = 20_000
    connections_per_peer: int = 2_000
    frames_per_s: float = 2_000.0  # Of one peer. A peer may be a carrier's address that thousands of devices share.
    rows_waiting: int = 50_000  # Received and not stored yet; beyond, nobody is read until there is room.
    read_bytes: int = 16 * 1024  # At a time and connection, so that one flood cannot hold the loop for long.
    garbage_bytes: int = 4 * 1024  # Kept of what could not be cut into frames.
    # Held of frames whose end has not come. Half a megabyte each over thousands of connections would be the end of the
    # process; small halves are always held.
    held_bytes: int = 256 * 1024 * 1024
    held_bytes_per_peer: int = 32 * 1024 * 1024


class Peer:
    """One address: how many connections it has, and a bucket of frames that fills with time (token bucket).

    A peer that sends faster is read more slowly; what it sent is kept. `now_s` is a clock that never goes back.
    """

    __slots__ = ("_per_s", "_tokens", "_updated_s", "connections", "held_bytes")

    def __init__(self, *, per_s: float, now_s: float) -> None:
        self.connections = 0
        self.held_bytes = 0
        self._per_s = per_s
        self._tokens = per_s  # A second's worth may come at once.
        self._updated_s = now_s

    def take(self, frames: int, *, now_s: float) -> float:
        """Count frames, and say for how many seconds this peer should not be read. 0: read on."""
        self._tokens = min(self._per_s, self._tokens + (now_s - self._updated_s) * self._per_s) - frames
        self._updated_s = now_s
        return max(0.0, -self._tokens / self._per_s)

    def is_forgettable(self, *, now_s: float) -> bool:
        """Say whether this peer has no connection and owes no waiting."""
        return self.connections == 0 and self.take(0, now_s=now_s) == 0.0


class Peers:
    """Every address that is or was connected lately."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._peers: dict[str, Peer] = {}
        self.connections = 0
        self.held_bytes = 0

    def connect(self, address: str, *, now_s: float) -> Peer | None:
        """Count a new connection. None: it is one too many, and must be closed."""
        peer = self.of(address, now_s=now_s)
        if self.connections >= self._limits.connections or peer.connections >= self._limits.connections_per_peer:
            return None
        self.connections += 1
        peer.connections += 1
        return peer

    def disconnect(self, peer: Peer) -> None:
        """Count a connection that has ended."""
        self.connections -= 1
        peer.connections -= 1

    def hold(self, peer: Peer, change: int) -> bool:
        """Count bytes of half frames, or with a negative number that they are gone. False: too many are held."""
        peer.held_bytes += change
        self.held_bytes += change
        limits = self._limits
        return self.held_bytes <= limits.held_bytes and peer.held_bytes <= limits.held_bytes_per_peer

    def of(self, address: str, *, now_s: float) -> Peer:
        """Give the peer at an address."""
        network = network_of(address)
        peer = self._peers.get(network)
        if peer is None:
            peer = self._peers[network] = Peer(per_s=self._limits.frames_per_s, now_s=now_s)
        return peer

    def sweep(self, *, now_s: float) -> None:
        """Forget the addresses that are gone."""
        gone = [address for address, peer in self._peers.items() if peer.is_forgettable(now_s=now_s)]
        for address in gone:
            del self._peers[address]
