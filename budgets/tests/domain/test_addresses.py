"""Where a request comes from, and how much of what it says of that is believed."""

import pytest

from budgets.domain.addresses import SLOTS, client_address, slot_of

PROXY, CLIENT, LIAR = "10.0.0.1", "192.0.2.7", "203.0.113.9"


@pytest.mark.parametrize(
    ("remote", "forwarded_for", "trusted_proxies", "address"),
    [
        (CLIENT, "", 0, CLIENT),
        # The header is what a stranger says, unless told otherwise.
        (CLIENT, LIAR, 0, CLIENT),
        (PROXY, CLIENT, 1, CLIENT),
        (PROXY, f"{LIAR}, {CLIENT}", 1, CLIENT),
        (PROXY, f"{LIAR},{CLIENT},10.0.0.2", 2, CLIENT),
        # Round the proxies: fewer hops than they would have written.
        (CLIENT, "", 1, CLIENT),
        (CLIENT, LIAR, 2, CLIENT),
        (PROXY, "unknown", 1, PROXY),
        (PROXY, f"{CLIENT}:50123", 1, CLIENT),
        ("", CLIENT, 1, CLIENT),
        ("", "", 0, None),
        ("::ffff:192.0.2.7", "", 0, CLIENT),
        # Whoever has one IPv6 address has its whole network to guess from.
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::"),
        (PROXY, "[2001:db8:1:2::9]:443", 1, "2001:db8:1:2::"),
        (PROXY, "2001:db8:1:2::9", 1, "2001:db8:1:2::"),
        ("fe80::1%eth0", "", 0, "fe80::"),
    ],
)
def test_the_address_behind_the_trusted_proxies_counts(
    remote: str, forwarded_for: str, trusted_proxies: int, address: str | None
) -> None:
    assert client_address(remote=remote, forwarded_for=forwarded_for, trusted_proxies=trusted_proxies) == address


def test_a_million_addresses_share_few_slots() -> None:
    slots = {slot_of(f"10.{a}.{b}.1") for a in range(64) for b in range(64)} | {slot_of(None)}
    assert slots == set(range(SLOTS))
