"""How often something may be done."""

from __future__ import annotations

import pytest

from rchat_server.core import rates
from rchat_server.core.rates import Rate, Rates, told


class _Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_and_then_so_many_a_second() -> None:
    """Otherwise a flood gets through, or whoever is slow is held up."""
    clock = _Clock()
    each = Rates(Rate(5, 2), clock)
    assert [each.take("alice") for _ in range(5)] == [0] * 5
    assert each.take("alice") == pytest.approx(0.5)
    assert each.take("alice") == pytest.approx(0.5), "what was refused does not count"
    assert each.take("bob") == 0, "one does not wait for another"
    clock.now += 0.49
    assert each.take("alice") == pytest.approx(0.01)
    clock.now += 0.01
    assert each.take("alice") == 0
    assert each.take("alice") == pytest.approx(0.5)
    clock.now += 60
    assert [each.take("alice") for _ in range(6)] == pytest.approx([0, 0, 0, 0, 0, 0.5])


def test_a_wait_that_is_told_is_never_none_and_never_too_short() -> None:
    """Otherwise a client that waits as long as it is told is refused again, at once."""
    assert [told(wait) for wait in (1e-9, 0.0004, 0.001, 0.0011, 2.0)] == [
        0.001,
        0.001,
        0.001,
        0.002,
        2.0,
    ]


def test_who_was_quiet_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise whoever comes with a million names takes the server's memory, or is free again."""
    monkeypatch.setattr(rates, "MOST", 3)
    clock = _Clock()
    each = Rates(Rate(1, 1), clock)
    for name in "abc":
        assert each.take(name) == 0
        clock.now += 0.25
    clock.now += 0.3  # a has all of his burst again
    assert each.take("d") == 0
    assert set(each._full) == {"b", "c", "d"}
    assert each.take("e") == 0
    assert set(each._full) == {"c", "d", "e"}


def test_who_is_free_to_go_on_is_forgotten() -> None:
    """Otherwise every address that ever came takes a place, and the server grows for days."""
    clock = _Clock()
    each = Rates(Rate(2, 1), clock)
    for number in range(1000):
        assert each.take(f"address {number}") == 0
        clock.now += 0.1
    assert len(each._full) <= 12
    assert each.take("address 999") == 0
    assert each.take("address 999") > 0, "but who is not is remembered"


def test_without_a_rate_nobody_waits() -> None:
    """Otherwise limits cannot be turned off."""
    each = Rates(None, _Clock())
    assert {each.take("alice") for _ in range(1000)} == {0}
