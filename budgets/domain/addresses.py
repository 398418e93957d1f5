"""Where a request comes from, as far as it can be believed, for counting wrong keys and wrong passwords."""

import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_address

# Whoever has one IPv6 address has at least its network of this size to choose from.
IPV6_NETWORK_BITS = 64
# Few enough that a slot costs nothing to keep, and that all of them together allow few guesses and few writes.
SLOTS = 256


def client_address(*, remote: str, forwarded_for: str, trusted_proxies: int) -> str | None:
    """The address that a request comes from, for counting; None where there is none, as on a Unix socket.

    `remote` is the connection's other end, `forwarded_for` the X-Forwarded-For header. Each trusted proxy has added
    the address it was called from at the right; what stands further left anybody may have written. Without enough of
    them the request went round the proxies, and the connection's own end counts. An IPv6 address is given as its
    network, `2001:db8:1:2::`.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    if 0 < trusted_proxies <= len(hops):
        believed = _parse(hops[-trusted_proxies])
        if believed is not None:
            return _network(believed)
    own = _parse(remote)
    return None if own is None else _network(own)


def slot_of(address: str | None) -> int:
    """The slot, 0 to SLOTS - 1, whose count of wrong keys the address shares with about every 256th other one."""
    return hashlib.sha256((address or "").encode()).digest()[0] % SLOTS


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    # Some proxies add the port: 192.0.2.1:5000, [2001:db8::1]:5000.
    bare = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return ip_address(bare)
    except ValueError:
        return None


def _network(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    host_bits = 128 - IPV6_NETWORK_BITS
    return str(IPv6Address(int(address) >> host_bits << host_bits))
