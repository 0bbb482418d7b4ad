"""How often the screen follows the model."""

from __future__ import annotations

import pytest

from rchat_tui.app.pace import CROWDED, FRAME, READABLE, Pace


class _Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_crowd_is_drawn_less_often_and_a_person_waits_one_frame_at_most() -> None:
    """Otherwise drawing what nobody can read takes the time of the keys, or a key waits for it."""
    clock = _Clock()
    pace = Pace(clock)
    assert pace.ask(arrived=1) == 0, "what comes alone is shown at once"
    assert pace.begin()
    assert pace.ask(arrived=1) == pytest.approx(FRAME)
    pace.ask(arrived=int(READABLE))
    clock.now += FRAME
    assert pace.begin(), "of a crowd, as much as one frame"
    assert pace.ask(arrived=50) == pytest.approx(CROWDED)
    assert pace.ask() == pytest.approx(FRAME), "a person does not wait for it"
    clock.now += FRAME
    assert pace.begin()
    assert not pace.begin(), "the timer of the crowd comes too late"
    assert pace.ask(arrived=50) == pytest.approx(CROWDED)
    clock.now += FRAME
    assert not pace.begin(), "nor does it bring the next one forward"
    assert pace.begin(early=True), "but it may be had"


def test_what_was_asked_for_is_never_forgotten() -> None:
    """Otherwise the last messages of a crowd are on the screen when the next one speaks."""
    clock = _Clock()
    pace = Pace(clock)
    for _ in range(3):
        pace.ask(arrived=1_000)
        assert pace.waits
        clock.now += CROWDED
        assert pace.begin()
    assert not pace.waits
