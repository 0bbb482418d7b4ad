"""How many come from one address."""

from __future__ import annotations

import pytest

from rchat_protocol.errors import ErrorCode
from rchat_server.core.rates import Rate
from rchat_server.core.sites import site_of
from rchat_server.gateway.door import Door, DoorLimits


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("nobody", "nobody"),
    ],
)
def test_one_customer_of_a_network_is_one(host: str, site: str | None) -> None:
    """Otherwise who has an IPv6 network has as many addresses as he likes, or a neighbour pays."""
    assert site_of(host) == site


def test_so_many_at_a_time() -> None:
    """Otherwise one address takes all connections, or keeps places after it has gone."""
    door = Door(DoorLimits(connections=2), lambda: 0.0)
    assert door.enter("192.0.2.1") is None
    assert door.enter("192.0.2.1") is None
    refusal = door.enter("192.0.2.1")
    assert refusal is not None
    assert (refusal.code, refusal.retry) == (ErrorCode.TOO_MANY_CONNECTIONS, 30.0)
    assert door.enter("192.0.2.2") is None
    assert all(door.enter("127.0.0.1") is None for _ in range(100))
    door.leave("192.0.2.1")
    door.leave("192.0.2.1")
    assert door.enter("192.0.2.1") is None
    for host in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        door.leave(host)
    assert not door._there


def test_a_crowd_is_not_worth_a_word() -> None:
    """Otherwise to turn away those who come by the thousand costs a handshake each."""
    door = Door(DoorLimits(connections=2), lambda: 0.0)
    for number in range(6):
        door.enter("192.0.2.1")
        assert door.crowds("192.0.2.1") == (number >= 4)
    assert not door.crowds("192.0.2.2")
    for _ in range(100):
        door.enter("127.0.0.1")
    assert not door.crowds("127.0.0.1")
    assert not Door(DoorLimits(), lambda: 0.0).crowds("192.0.2.1")


def test_so_many_within_a_time() -> None:
    """Otherwise whoever hangs up and dials again is let in as often as he likes."""
    now = 0.0
    door = Door(DoorLimits(arrivals=Rate(3, 0.1)), lambda: now)
    for _ in range(3):
        assert door.enter("192.0.2.1") is None
        door.leave("192.0.2.1")
    refusal = door.enter("192.0.2.1")
    assert refusal is not None
    assert refusal.retry == 10.0
    assert "come back in 10 s" in refusal.message
    now = 10.0
    assert door.enter("192.0.2.1") is None
