"""Who counts as one when tries, connections or frames are counted."""

from ipaddress import IPv6Address, ip_address

PREFIX_BITS = 64  # What one customer has at least (RFC 6177): more addresses than can be counted.


def network_of(address: str) -> str:
    """Give what an address is counted under: itself, or for IPv6 the network that one customer has.

    What is no address is counted under its own words.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> PREFIX_BITS << PREFIX_BITS)}/{PREFIX_BITS}"
