"""The judge itself: a check that finds nothing has to be one that would have found something."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stress.ledger import Ack, Entry, Ledger
from stress.verdict import Tally, judge

if TYPE_CHECKING:
    from collections.abc import Callable


class Round:
    """Three messages of ann's in tea, which bob has heard. Nothing is wrong with it."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.log = [Entry(seq, f"id{seq}", "ann", f"text {seq}", 1000) for seq in (1, 2, 3)]
        for entry in self.log:
            sent = self.ledger.write("ann", "tea", entry.content, entry.id)
            self.ledger.acked(sent, Ack("c1", "e1", entry.seq, entry.id, entry.at))
        self.bob = self.ledger.stream("bob", "c1", "tea", "e1", 0)
        self.bob.heard += self.log

    def judged(self) -> Tally:
        """Return the tally."""
        return judge(self.ledger, {"c1": self.log}).tally


def test_a_good_round_is_good() -> None:
    """A judge who finds fault with everything would be of no use either."""
    tally = Round().judged()
    assert tally == Tally(sent=3, acknowledged=3, delivered=3)
    assert tally.clean


def _lose_from_log(each: Round) -> None:
    each.log.pop()
    each.bob.heard.pop()


def _lose_at_bob(each: Round) -> None:
    each.bob.heard.pop()


def _lose_first_at_bob(each: Round) -> None:
    each.bob.heard.pop(0)


def _skip_and_never_fetch(each: Round) -> None:
    each.bob.skipped.append((1, 1))
    each.bob.heard.pop(0)


def _double_in_log(each: Round) -> None:
    again = replace(each.log[0], seq=4, id="other")
    each.log.append(again)
    each.bob.heard.append(again)


def _double_at_bob(each: Round) -> None:
    each.bob.heard.append(each.log[2])


def _swap_at_bob(each: Round) -> None:
    each.bob.heard[1:] = reversed(each.bob.heard[1:])


def _swap_in_log(each: Round) -> None:
    first, second, third = each.log
    each.log[:] = [replace(second, seq=1), replace(first, seq=2), third]
    each.bob.heard[:] = each.log
    for sent in each.ledger.sent.values():
        sent.acks.clear()


def _change_at_bob(each: Round) -> None:
    each.bob.heard[1] = replace(each.log[1], content="another")


def _acknowledge_elsewhere(each: Round) -> None:
    each.ledger.sent["text 2"].acks[0] = Ack("c1", "e1", 3, "id2", 1000)


def _acknowledge_twice_differently(each: Round) -> None:
    each.ledger.sent["text 2"].acks.append(Ack("c1", "e2", 2, "id2", 1000))


def _refuse_and_store(each: Round) -> None:
    each.ledger.sent["text 2"].refused = "no-such-channel"


def _invent(each: Round) -> None:
    del each.ledger.sent["text 3"]


def _say_as_somebody_else(each: Round) -> None:
    each.log[1] = replace(each.log[1], user="eve")
    each.bob.heard[1] = each.log[1]


def _deliver_to_another_channel(each: Round) -> None:
    each.ledger.sent["text 2"].place = "coffee"


def _leave_a_gap(each: Round) -> None:
    each.log[2] = replace(each.log[2], seq=4)
    each.bob.heard[2] = each.log[2]


def _store_under_another_id(each: Round) -> None:
    each.ledger.sent["text 2"].id = "mine"


def _see_what_should_not_be(each: Round) -> None:
    each.ledger.problem("the server's tasks are more than before")


@pytest.mark.parametrize(
    ("fault", "count"),
    [
        (_lose_from_log, "lost"),
        (_lose_at_bob, "lost"),
        (_lose_first_at_bob, "lost"),
        (_skip_and_never_fetch, "lost"),
        (_double_in_log, "doubled"),
        (_double_at_bob, "doubled"),
        (_swap_at_bob, "disordered"),
        (_swap_in_log, "disordered"),
        (_change_at_bob, "wrong"),
        (_acknowledge_elsewhere, "wrong"),
        (_acknowledge_twice_differently, "wrong"),
        (_refuse_and_store, "wrong"),
        (_invent, "wrong"),
        (_say_as_somebody_else, "wrong"),
        (_deliver_to_another_channel, "wrong"),
        (_leave_a_gap, "wrong"),
        (_store_under_another_id, "wrong"),
        (_see_what_should_not_be, "wrong"),
    ],
)
def test_each_fault_is_found(fault: Callable[[Round], None], count: str) -> None:
    """A fault that is not counted would let every scenario pass."""
    each = Round()
    fault(each)
    tally = each.judged()
    assert getattr(tally, count) >= 1
    assert not tally.clean


def test_what_was_read_back_counts_as_delivered() -> None:
    """A client that is told to fetch what it missed, and does, has lost nothing."""
    each = Round()
    each.bob.skipped.append((1, 2))
    each.bob.fetched |= {entry.seq: entry for entry in each.bob.heard[:2]}
    del each.bob.heard[:2]
    assert each.judged() == Tally(sent=3, acknowledged=3, delivered=3)


def test_a_receiver_that_was_killed_need_not_have_what_came_later() -> None:
    """Nobody can deliver to a process that is no more; what it had seen by then counts."""
    each = Round()
    each.bob.heard.pop()
    each.bob.ended = True
    assert each.judged() == Tally(sent=3, acknowledged=3, delivered=2)
    each.bob.heard.pop(0)
    assert each.judged().lost == 1


def test_what_nobody_promised_may_be_missing() -> None:
    """A message whose sender was told nothing may be stored or not."""
    each = Round()
    each.ledger.write("ann", "tea", "text 4", "id4")
    assert each.judged().clean


def test_what_an_outbox_keeps_has_to_arrive() -> None:
    """A message that a client's disk has is promised, as one that was acknowledged."""
    each = Round()
    each.ledger.write("ann", "tea", "text 4", "id4").kept = True
    assert each.judged().lost == 1
