"""Exactly once, in order, and within bounds: what stands between the line and the consumer."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_protocol import codec, models
from rchat_protocol.errors import ChatError
from rchat_tui.client import feed as feed_module
from rchat_tui.client.events import (
    Connecting,
    ConversationState,
    Delivered,
    Live,
    MessagePosted,
    NotKept,
    Offline,
    Online,
    Outgoing,
    OutgoingState,
    Parted,
    Remembered,
)
from rchat_tui.client.feed import WINDOW, Feed
from rchat_tui.client.standing import CONVERSATIONS, Standing

INFO = models.ServerInfo("rchat", "1", [], models.ServerLimits(1, 1, 1, 1, 1), "open")


def _online(*, fresh: bool = False) -> Online:
    return Online("me", "tcp://x:1", INFO, fresh=fresh)


def _state(
    id_: str = "c1",
    head: int = 0,
    epoch: str = "e",
    name: str = "general",
    *,
    resumed: bool = False,
) -> bytes:
    return codec.encode(
        ConversationState(id_, "channel", name, epoch, head, 1, 0, 0, 0, [], resumed=resumed)
    )


def _message(seq: int, id_: str = "c1") -> bytes:
    return codec.encode(MessagePosted(id_, seq, f"i{seq}", "ada", "hi", 0))


def _decoded(data: bytes) -> models.Event:
    event = codec.decode_event(data)
    assert event is not None
    return event


def test_who_comes_in_anew_goes_on_from_there() -> None:
    """Broken, another identity of this client asked for what it has in its cache already."""
    standing = Standing()
    standing.connected()
    standing.apply(_decoded(_state(head=1)))
    standing.connected()
    standing.apply(_decoded(_state(head=3)))
    assert standing.cursors["c1"] == models.Cursor("e", 3)


async def _drain(feed: Feed) -> list[object]:
    feed.close()
    return [event async for event in feed]


@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=8),
)
def test_every_entry_comes_once_over_any_number_of_lines(
    head: int, lines: list[tuple[int, int]]
) -> None:
    """Broken, a reconnect showed a message twice, or never.

    Each line brings some entries after the cursor, having repeated some from before it.
    """
    standing = Standing()
    seen: list[int] = []
    standing.connected()
    standing.apply(_decoded(_state(head=0)))
    at = 0
    for count, repeated in [*lines, (head, 0)]:
        cursor = standing.cursors["c1"]
        assert cursor == models.Cursor("e", at), "a line that drops must lose nothing"
        standing.connected()
        standing.apply(_decoded(_state(head=head, resumed=True)))
        begin = max(0, cursor.seq - repeated)
        for seq in range(begin + 1, min(head, cursor.seq + count) + 1):
            if standing.apply(MessagePosted("c1", seq, "i", "ada", "", 0)):
                seen.append(seq)
                at = seq
    assert seen == list(range(1, head + 1))


def test_another_epoch_begins_anew() -> None:
    """Broken, a server that lost its log was not heard until it had said as much again."""
    standing = Standing()
    for event in (_state(head=50), _message(51), _state(head=0, epoch="f")):
        assert standing.apply(_decoded(event))
    assert standing.apply(MessagePosted("c1", 1, "i", "ada", "", 0))
    assert standing.cursors == {"c1": models.Cursor("f", 1)}


def test_a_log_that_went_back_begins_anew() -> None:
    """Broken, after a restored backup the first new messages were taken for old ones."""
    standing = Standing()
    for event in (_state(head=50), _message(51), _state(head=20), _message(21)):
        assert standing.apply(_decoded(event))


def test_a_channel_that_got_another_id_is_still_one_to_be_in() -> None:
    """Broken, the second restart of a server left its clients outside."""
    standing = Standing()
    standing.apply(_decoded(_state("c1")))
    standing.connected()
    standing.apply(_decoded(_state("c2", name="General")))
    standing.apply(Live())
    assert standing.channels == ["General"]
    assert list(standing.cursors) == ["c2"]


def test_what_was_left_is_not_asked_for_again() -> None:
    """Broken, cursors of conversations long left piled up, or channels were joined again."""
    standing = Standing()
    for event in (_state(), _state("c2", name="python"), _state("c3", name="coffee")):
        standing.apply(_decoded(event))
    standing.apply(Parted("c3"))
    assert standing.channels == ["general", "python"]
    standing.connected()
    standing.apply(_decoded(_state()))
    standing.apply(Live())
    assert list(standing.cursors) == ["c1"]
    assert standing.channels == ["general"]
    assert not standing.apply(MessagePosted("c2", 1, "i", "ada", "", 0))


def test_a_server_cannot_name_conversations_without_end() -> None:
    """Broken, a hostile server filled the client's memory."""
    standing = Standing()
    for number in range(CONVERSATIONS):
        _ = standing.apply(_decoded(_state(f"c{number}", name=f"n{number}")))
    with pytest.raises(ChatError):
        standing.apply(_decoded(_state("one more", name="more")))


async def test_credit_comes_back_as_events_are_consumed() -> None:
    """Broken, a consumer that sleeps was sent everything, or one that is awake ran dry."""
    feed = Feed(Standing(), lambda _event: None)
    asked: list[int] = []
    credit = feed.opened()
    feed.attach(asked.append)
    feed.release(_online())
    assert credit == WINDOW
    feed.receive(_state())
    for seq in range(1, WINDOW):
        feed.receive(_message(seq))
    assert asked == [], "nobody has consumed anything"
    for _ in range(1 + WINDOW // 2):
        await anext(feed)
    assert asked == [WINDOW // 2], "in few frames"
    for seq in range(WINDOW, WINDOW + WINDOW // 2):
        feed.receive(_message(seq))
    feed.cut()
    for _ in range(WINDOW // 2):
        await anext(feed)
    assert feed.opened() == WINDOW // 2, "what waits counts against the next line's credit"


async def test_one_word_about_the_line_waits_however_often_it_is_said() -> None:
    """Broken, a week without a server filled the memory, or the news of lost conversations did."""
    feed = Feed(Standing(), lambda _event: None)
    feed.tell(_online(fresh=True))
    for _ in range(1000):
        feed.tell(Offline("gone", 1.0))
        feed.tell(Connecting("tcp://x:1"))
    feed.tell(_online())
    assert await _drain(feed) == [_online(fresh=True), _online()]


async def test_online_comes_before_what_its_line_brings() -> None:
    """Broken, a consumer met conversations of a line that he was not told of."""
    feed = Feed(Standing(), lambda _event: None)
    feed.opened()
    feed.receive(_state())
    feed.release(_online())
    feed.receive(_message(1))
    kinds = [type(event) for event in await _drain(feed)]
    assert kinds == [Online, ConversationState, MessagePosted]


async def test_live_waits_for_channels_that_are_joined_again() -> None:
    """Broken, the channel on the screen vanished and came back whenever the server restarted."""
    feed = Feed(Standing(), lambda _event: None)
    feed.opened(["General", "gone"])
    feed.release(_online(fresh=True))
    feed.receive(codec.encode(Live()))
    feed.receive(_state())
    feed.rejoined("gone")
    kinds = [type(event) for event in await _drain(feed)]
    assert kinds == [Online, ConversationState, Live]


async def test_live_waits_for_no_channel_that_was_left_before_its_state_came() -> None:
    """Broken, a client whose other terminal left a channel at once was never live again."""
    feed = Feed(Standing(), lambda _event: None)
    feed.opened(["general", "python"])
    feed.release(_online(fresh=True))
    feed.receive(codec.encode(Live()))
    feed.receive(_state())
    feed.receive(codec.encode(Parted("c2", "Python")))
    kinds = [type(event) for event in await _drain(feed)]
    assert kinds == [Online, ConversationState, Parted, Live]


async def test_a_line_that_breaks_before_online_loses_nothing() -> None:
    """Broken, entries that the cursor counts already were thrown away with their line."""
    feed = Feed(Standing(), lambda _event: None)
    feed.opened()
    feed.receive(_state())
    feed.receive(_message(1))
    feed.cut()
    assert [type(event) for event in await _drain(feed)] == [ConversationState, MessagePosted]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_named_error(data: bytes) -> None:
    """Broken, a server could make the client's reader raise what nobody catches."""

    async def receive() -> None:
        feed = Feed(Standing(), lambda _event: None)
        feed.opened()
        with pytest.raises(ChatError):
            feed.receive(data)

    asyncio.run(receive())


async def test_unknown_events_pass_and_give_their_credit_back() -> None:
    """Broken, a newer server's events stopped an older client after a while."""
    feed = Feed(Standing(), lambda _event: None)
    asked: list[int] = []
    feed.opened()
    feed.attach(asked.append)
    for _ in range(WINDOW):
        feed.receive(b'{"type":"hologram","conversation":"c1"}')
    assert sum(asked) == WINDOW
    assert await _drain(feed) == []


async def test_a_flood_of_large_events_ends_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken, a server could fill the client's memory within its credit."""
    monkeypatch.setattr(feed_module, "BUFFER_BYTES", 1000)
    feed = Feed(Standing(), lambda _event: None)
    feed.opened()
    for number in range(4):
        feed.receive(_state(f"c{number}", name=f"n{number}"))
    with pytest.raises(ChatError):
        feed.receive(_state("c9", name="x" * 900))


async def test_events_have_one_consumer() -> None:
    """Broken, two loops shared the events, and each saw half of the chat."""
    feed = Feed(Standing(), lambda _event: None)
    first = asyncio.ensure_future(anext(feed))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="one consumer"):
        await anext(feed)
    feed.tell(Connecting("tcp://x:1"))
    assert await first == Connecting("tcp://x:1")


def test_what_an_earlier_process_received_is_not_told_again() -> None:
    """Broken, after a restart a server that repeats itself showed messages twice."""
    standing = Standing()
    state = _decoded(_state(head=5))
    assert isinstance(state, ConversationState)
    standing.restore([state])
    assert standing.cursors == {"c1": models.Cursor("e", 5)}
    assert standing.channels == ["general"]
    standing.connected()
    standing.apply(_decoded(_state(head=7)))
    told = [seq for seq in (4, 5, 6, 7) if standing.apply(_decoded(_message(seq)))]
    assert told == [6, 7]


# -- what this side says ---------------------------------------------------------------------------


def _outgoing(id_: str, state: OutgoingState = "waiting") -> Outgoing:
    return Outgoing("c1", id_, "hi", 0, state)


async def test_of_one_message_the_last_word_counts() -> None:
    """Broken, a consumer that was busy heard how a message stood a minute ago, or out of turn."""
    feed = Feed(Standing(), lambda _event: None)
    feed.say(_outgoing("a"))
    feed.tell(Offline("gone", 1.0))
    feed.say(_outgoing("b"))
    feed.say(_outgoing("a", "sending"))
    stored = Delivered("c1", "a", 1, 0, "e")
    feed.say(stored)
    assert await anext(feed) == stored
    assert await anext(feed) == Offline("gone", 1.0)
    feed.say(_outgoing("b", "failed"))
    assert await anext(feed) == _outgoing("b", "failed")
    feed.say(_outgoing("b"))
    assert await _drain(feed) == [_outgoing("b")]


async def test_who_hears_nothing_of_his_outbox_holds_little_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Broken, a bot that posts for a year and listens to nothing grew without end."""
    monkeypatch.setattr(feed_module, "NEWS", 3)
    feed = Feed(Standing(), lambda _event: None)
    feed.tell(Offline("gone", 1.0))
    feed.say(_outgoing("stays"))
    for number in range(100):
        feed.say(_outgoing(f"{number}"))
        feed.say(Delivered("c1", f"{number}", number, 0, "e"))
        assert len(feed._buffer) <= 10
        assert len(feed._news) + len(feed._over) <= 8
    heard = await _drain(feed)
    assert heard[:2] == [Offline("gone", 1.0), _outgoing("stays")]
    assert heard[2:] == [Delivered("c1", str(number), number, 0, "e") for number in (97, 98, 99)]


async def test_what_is_remembered_comes_before_the_line() -> None:
    """Broken, the first word about the line took the place of what was remembered."""
    feed = Feed(Standing(), lambda _event: None)
    feed.say(NotKept("full"))
    feed.say(Remembered("me", ()))
    for status in (Connecting("tcp://x:1"), Offline("gone", 1.0)):
        feed.tell(status)
    heard = await _drain(feed)
    assert heard == [NotKept("full"), Remembered("me", ()), Offline("gone", 1.0)]
