"""The bucket that slows a flooding peer, and the count of connections."""

from tocsin.gateway.limits import Limits, Peer, Peers


def test_a_second_of_frames_may_come_at_once_and_more_must_wait():
    peer = Peer(per_s=100, now_s=0)
    assert peer.take(100, now_s=0) == 0
    assert peer.take(50, now_s=0) == 0.5
    assert peer.take(0, now_s=0.25) == 0.25
    assert peer.take(0, now_s=0.5) == 0


def test_a_silent_peer_saves_no_more_than_a_second():
    peer = Peer(per_s=100, now_s=0)
    assert peer.take(150, now_s=3600) == 0.5


def test_connections_are_bounded_in_all_and_for_each_peer():
    peers = Peers(Limits(connections=3, connections_per_peer=2))
    first, second = peers.connect("a", now_s=0), peers.connect("a", now_s=0)
    assert first is second
    assert peers.connect("a", now_s=0) is None
    assert peers.connect("b", now_s=0) is not None
    assert peers.connect("c", now_s=0) is None
    peers.disconnect(first)
    assert peers.connect("c", now_s=0) is not None
    assert peers.connections == 3


def test_a_peer_is_forgotten_when_it_is_gone_and_owes_nothing():
    peers = Peers(Limits(frames_per_s=10))
    peer = peers.connect("a", now_s=0)
    peer.take(30, now_s=0)
    peers.disconnect(peer)
    peers.sweep(now_s=1)
    assert peers.of("a", now_s=1) is peer
    peers.sweep(now_s=3)
    assert peers.of("a", now_s=3) is not peer


def test_halves_of_frames_are_bounded_for_each_peer_and_in_all():
    peers = Peers(Limits(held_bytes=100, held_bytes_per_peer=60))
    one, two = peers.of("a", now_s=0), peers.of("b", now_s=0)
    assert peers.hold(one, 60)
    assert not peers.hold(one, 1)
    assert peers.hold(one, -21)
    assert peers.hold(two, 60)
    assert not peers.hold(two, 1)
    assert (one.held_bytes, two.held_bytes, peers.held_bytes) == (40, 61, 101)


def test_one_customer_with_many_addresses_is_one_peer():
    peers = Peers(Limits(connections_per_peer=1))
    assert peers.connect("2001:db8::1", now_s=0) is not None
    assert peers.connect("2001:db8::2", now_s=0) is None
    assert peers.connect("2001:db8:0:1::1", now_s=0) is not None
