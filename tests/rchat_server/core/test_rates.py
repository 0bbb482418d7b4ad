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


def test_who_did_it_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise whoever comes with a million names takes the server's memory, or is free again."""
    monkeypatch.setattr(rates, "MOST", 3)
    clock = _Clock()
    each = Rates(Rate(1, 1), clock)
    for name in "abc":
        assert each.take(name) == 0
        clock.now += 0.25
    assert each.take("a") == pytest.approx(0.25)
    for name, left in (("d", {"c", "a", "d"}), ("e", {"a", "d", "e"})):
        assert each.take(name) == 0
        assert set(each._full) == left


def test_who_is_free_to_go_on_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise every address that ever came takes a place, and the server grows for days."""
    monkeypatch.setattr(rates, "_FEW", 30)
    clock = _Clock()
    each = Rates(Rate(2, 1), clock)
    for _ in range(2000):
        each.take("a flood")  # who is not free, however many come after him
    for number in range(1000):
        assert each.take(f"address {number}") == 0
        clock.now += 0.1
        each.take("a flood")
    assert len(each._full) <= 31
    assert each.take("address 999") == 0
    assert each.take("address 999") > 0, "but who is not is remembered"


def test_without_a_rate_nobody_waits() -> None:
    """Otherwise limits cannot be turned off."""
    each = Rates(None, _Clock())
    assert {each.take("alice") for _ in range(1000)} == {0}
