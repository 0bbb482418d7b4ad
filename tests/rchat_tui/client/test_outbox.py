"""The outbox's rules, one by one. What follows from them together: `contracts.client_store`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from contracts.client_store.profiles import ack, entry
from rchat_tui.client import outbox
from rchat_tui.client.outbox import Acked, Claim, Doubtful, Outcome, Postponed, Refused, Unanswered

MINE = Claim("me", 1)


def test_a_lane_is_a_channel_by_name_and_a_person_by_conversation() -> None:
    """Broken, words overtook each other after a server lost its memory, or waited for strangers."""
    assert entry("a", lane="General").lane == entry("b", lane="gENERAL").lane == "#general"
    one, other = (replace(entry("a", lane=id_, private=True), name="bob") for id_ in ("1", "2"))
    assert (one.lane, other.lane) == ("1", "2")


def test_the_first_that_waits_is_sent_or_nothing_is() -> None:
    """Broken, a message overtook the one before it."""
    done = replace(entry("done"), status="delivered")
    failed = replace(entry("failed"), status="failed")
    first, second = entry("first"), entry("second")
    assert outbox.sendable([done, failed, first, second], 1) == first
    assert outbox.sendable([done, failed, replace(first, claim=MINE), second], 1) is None
    again = [first, replace(second, claim=MINE)]
    assert outbox.sendable(again, 1) is None, "not even one that a person lets be sent again"
    assert outbox.sendable([replace(first, tried=1), second], 1) == replace(first, tried=1)
    assert outbox.sendable([replace(first, tried=1), second], 2) is None
    assert outbox.sendable([done, failed], 1) is None
    assert outbox.sendable([], 1) is None


@pytest.mark.parametrize("outcome", [Refused("no"), Postponed("no"), Unanswered(), Doubtful("no")])
def test_what_is_delivered_stays_so(outcome: Outcome) -> None:
    """Broken, a late answer to an earlier try made a message fail that everybody had read."""
    delivered = outbox.settled(replace(entry("one"), claim=MINE), Acked(ack(7)))
    assert outbox.settled(delivered, outcome) == delivered


def test_a_server_that_says_so_is_believed_whatever_was_thought() -> None:
    """Broken, an acknowledgement that came late was not heard."""
    unknown = outbox.under(replace(entry("one"), claim=MINE), 2)
    assert unknown.status == "unknown"
    assert outbox.settled(unknown, Acked(ack())).status == "delivered"
    assert outbox.settled(unknown, Refused("no")).status == "failed"
    assert outbox.settled(unknown, Unanswered()).status == "unknown"
    assert outbox.settled(unknown, Postponed("later")).status == "unknown"


def test_busy_says_nothing_of_an_earlier_try() -> None:
    """Broken, a message that may be stored was sent again by another identity."""
    open_ = outbox.settled(replace(entry("one"), claim=MINE), Unanswered())
    busy = outbox.settled(replace(open_, claim=MINE), Postponed("later"))
    assert (busy.tried, busy.reason) == (1, "later")
    assert outbox.under(busy, 2).status == "unknown"
    never = outbox.settled(replace(entry("one"), claim=MINE), Postponed("later"))
    assert outbox.under(never, 2) == never
