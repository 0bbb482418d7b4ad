"""What is told of the outbox: each thing once, and where one looks for it."""

from __future__ import annotations

from msgspec.structs import replace

from contracts.client_store.profiles import ack, entry
from rchat_tui.client.events import Delivered, Outgoing, Withdrawn
from rchat_tui.client.ledger import Ledger
from rchat_tui.client.outbox import Claim, Entry
from rchat_tui.client.store.limits import DELIVERED

ONE = entry("one", identity=1)
SENDING = replace(ONE, claim=Claim("somebody", 1))
DELIVERED_ONE = replace(ONE, status="delivered", content="", ack=ack(7))


class Told:
    """A ledger, and what it said."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.said: list[object] = []
        self.ledger = Ledger(say=self.said.append, shown_in=self._shown_in)

    def _shown_in(self, entry: Entry) -> str:
        return self.places.get(entry.name, entry.conversation)

    def take(self) -> list[object]:
        """Return what was said since the last time."""
        said = self.said.copy()
        self.said.clear()
        return said


def _outgoing(entry: Entry, **changes: object) -> Outgoing:
    before = Outgoing(entry.conversation, entry.id, entry.content, entry.at, "waiting")
    return replace(before, **changes)


def test_news_is_told_once() -> None:
    """Broken, a line on the screen flickered, or stood there twice, each second."""
    told = Told()
    for seen in (ONE, ONE, SENDING, SENDING, DELIVERED_ONE, DELIVERED_ONE):
        told.ledger.note(seen)
        told.ledger.replace([seen], but=())
    where = Delivered(ack().conversation, "one", 7, ack().at, "e")
    assert told.take() == [_outgoing(ONE), _outgoing(ONE, state="sending"), where]
    told.ledger.replace([], but=())
    assert told.take() == [], "it was delivered, and is now forgotten"


def test_what_was_there_before_is_told_by_the_caller() -> None:
    """Broken, all that was ever delivered was told again at each start."""
    told = Told()
    assert told.ledger.restore([DELIVERED_ONE, replace(ONE, id="two")]) == (
        _outgoing(ONE, id="two"),
    )
    told.ledger.replace([DELIVERED_ONE, replace(ONE, id="two")], but=())
    assert told.take() == []
    told.ledger.replace([DELIVERED_ONE], but=())
    assert told.take() == [Withdrawn(ONE.conversation, "two")]


def test_what_the_disk_does_not_know_yet_stays() -> None:
    """Broken, a message that was stored showed as being sent until the disk had room."""
    told = Told()
    told.ledger.note(DELIVERED_ONE)
    told.take()
    told.ledger.replace([SENDING], but={"one"})
    told.ledger.replace([], but={"one"})
    assert told.take() == []
    assert told.ledger.get("one") == DELIVERED_ONE


def test_what_was_delivered_is_forgotten_in_the_end() -> None:
    """Broken, a bot that posts for a year holds all that it ever posted."""
    told = Told()
    for number in range(5 * DELIVERED):
        told.ledger.note(replace(DELIVERED_ONE, id=f"{number}"))
    assert len(told.take()) == 5 * DELIVERED, "and each was told once"
    assert len(told.ledger._entries) == 2 * DELIVERED


def test_lanes_are_those_where_something_waits() -> None:
    """Broken, what waited was not sent when a line came, or a lane was tried again for ever."""
    told = Told()
    told.ledger.note(ONE)
    told.ledger.note(entry("two", lane="python"))
    assert list(told.ledger.lanes) == ["#general", "#python"]
    told.ledger.note(replace(ONE, status="failed", reason="No."))
    told.ledger.gone("two")
    assert list(told.ledger.lanes) == []


def test_what_was_written_shows_where_its_conversation_is_now() -> None:
    """Broken, what failed stood in a conversation that nobody could open any more."""
    told = Told()
    told.ledger.note(ONE)
    told.take()
    told.ledger.appeared("channel", "GENERAL")
    told.ledger.appeared("private", "general")
    assert told.take() == []
    told.places["general"] = "new"
    told.ledger.appeared("channel", "GENERAL")
    assert told.take() == [_outgoing(ONE, conversation="new")]
    told.ledger.gone("one")
    assert told.take() == [Withdrawn("new", "one")]


def test_the_first_of_a_lane_says_why_nothing_leaves() -> None:
    """Broken, a full disk kept everything back and nobody was told why."""
    told = Told()
    told.ledger.note(ONE)
    told.ledger.note(entry("two"))
    told.take()
    told.ledger.blame("#general", "The disk is full.")
    told.ledger.blame("#nowhere", "The disk is full.")
    assert told.take() == [_outgoing(ONE, reason="The disk is full.")]
    told.ledger.note(SENDING)
    assert told.take() == [_outgoing(ONE, state="sending")]
