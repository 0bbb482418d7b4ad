"""Live and behind: nothing is lost, nothing comes twice, and nothing piles up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.commands import QueueLimits
from rchat_server.core.effects import Effects
from rchat_server.core.hub import HubLimits
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat, RecordingSink

if TYPE_CHECKING:
    from rchat_server.core.ports import LogPage, View


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("post"), st.integers(0, 2), st.integers(1, 20)),
            st.tuples(st.just("grant"), st.integers(0, 2), st.integers(1, 30)),
            st.tuples(st.just("pause"), st.just(0), st.just(0)),
        ),
        max_size=40,
    )
)
async def test_every_reader_gets_every_entry_once_in_order(  # noqa: C901
    steps: list[tuple[str, int, int]],
) -> None:
    """Whatever the readers' credit does, each stream is the log: the promise of the house."""
    chat = Chat()
    people = [chat.login(name) for name in ("a", "b", "c")]
    channels = ["x", "y"]
    for person in people:
        for channel in channels:
            await person.join(channel)
    events = [person.events(credit) for person, credit in zip(people, (0, 3, 50), strict=True)]
    tutorial = [person.listen(credit) for person, credit in zip(people, (50, 0, 3), strict=True)]
    posted = 0
    for step, who, count in steps:
        if step == "post":
            for _ in range(count):
                posted += 1
                await people[who].say(channels[posted % 2], str(posted))
        elif step == "grant":
            events[who].grant(count)
            tutorial[who].grant(count)
        else:
            await chat.settle()
    for stream in [*events, *tutorial]:
        stream.grant(10_000)
    await chat.settle()
    for reader in events:
        # A stream begins where its state says that the conversation stands.
        for state in reader.of(models.ConversationState):
            heard = [
                e for e in reader.of(models.MessagePosted) if e.conversation == state.conversation
            ]
            head = (posted + (state.name == "y")) // 2
            assert [event.seq for event in heard] == list(range(state.head + 1, head + 1))
    for listener in tutorial:
        odd = [content for content in listener.contents if int(content) % 2]
        even = [content for content in listener.contents if not int(content) % 2]
        assert odd == [str(number) for number in range(1, posted + 1, 2)]
        assert even == [str(number) for number in range(2, posted + 1, 2)]


async def test_a_reader_without_credit_costs_nothing_and_stops_nobody() -> None:
    """A member that takes nothing neither slows the others nor holds copies of their messages."""
    chat = Chat()
    alice, bob, stuck = (chat.login(name) for name in ("alice", "bob", "stuck"))
    for person in (alice, bob, stuck):
        await person.join("tea")
    reading, standing = bob.events(), stuck.events(credit=0)
    await chat.settle()
    for number in range(1000):
        await alice.say("tea", f"message {number}")
    await chat.settle()
    assert reading.seqs == list(range(1, 1001))
    assert standing.sink.taken == []
    assert chat.hub.task_count == 0


async def test_one_failing_recipient_does_not_end_the_delivery_to_the_rest() -> None:
    """The tutorial's server stops delivering to a channel when one recipient raises."""

    class Broken(RecordingSink):
        def offer(self, view: View) -> int:
            raise RuntimeError(len(view.payloads))

    chat = Chat()
    alice, bob, carol = (chat.login(name) for name in ("alice", "bob", "carol"))
    for person in (alice, bob, carol):
        await person.join("tea")
    healthy = [alice.listen(), carol.listen()]
    await chat.settle()
    broken = bob.listen()
    await chat.settle()
    broken.outbox._sink = Broken()
    await alice.say("tea", "one")
    await alice.say("tea", "two")
    await chat.settle()
    assert [stream.contents for stream in healthy] == [["one", "two"]] * 2
    assert [(name, error.code) for name, error in chat.closed] == [("bob", ErrorCode.INTERNAL)]


class SteppedLog(MemoryStore):
    """A log whose reads wait until they are let go."""

    def __init__(self) -> None:
        super().__init__("epoch")
        self.reads = 0
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Read now, and answer later."""
        page = await super().read(
            conversation, after=after, through=through, limit=limit, max_bytes=max_bytes
        )
        self.reads += 1
        self.reading.set()
        await self.go_on.wait()
        return page


async def test_what_is_said_between_reading_and_hearing_is_not_lost() -> None:
    """The race of taking up again, step by step: read the log, hear a message, go live."""
    log = SteppedLog()
    chat = Chat(log)
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    await alice.say("tea", "missed")
    chat.forget_pages()
    conversation = chat.hub.channel(bob.session, "tea").id
    stream = bob.events(after={conversation: models.Cursor("epoch", 0)})
    await log.reading.wait()
    await alice.say("tea", "said while the log was read")
    log.go_on.set()
    await chat.settle()
    await alice.say("tea", "live")
    await chat.settle()
    assert [event.content for event in stream.of(models.MessagePosted)] == [
        "missed",
        "said while the log was read",
        "live",
    ]


async def test_a_crowd_that_comes_back_has_the_log_read_once() -> None:
    """After a restart thousands want the same page: each reading it for himself takes minutes."""
    log = SteppedLog()
    chat = Chat(log)
    people = [chat.login(f"user{number}") for number in range(5)]
    for person in people:
        await person.join("tea")
    for number in range(600):
        await people[0].say("tea", str(number))
    chat.forget_pages()
    conversation = chat.hub.channel(people[0].session, "tea").id
    after = {conversation: models.Cursor("epoch", 10)}
    streams = [person.events(after=after) for person in people]
    await log.reading.wait()
    streams[0].close()  # who asked first goes away, and the others still get theirs
    log.go_on.set()
    await chat.settle()
    assert [stream.seqs for stream in streams[1:]] == [list(range(11, 601))] * 4
    assert log.reads == 3


async def test_who_was_behind_for_a_moment_is_fed_from_what_was_delivered() -> None:
    """Otherwise each hiccup of each reader is a question to the disk."""
    log = SteppedLog()
    chat = Chat(log)
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    slow = bob.events(credit=2)
    await chat.settle()
    await alice.say("tea", "one")
    await alice.say("tea", "two")
    slow.grant(100)
    await chat.settle()
    assert slow.seqs == [1, 2]
    assert log.reads == 0


async def test_leaving_and_coming_back_while_the_log_is_read_starts_anew() -> None:
    """A page that was read for an earlier membership is not sent in the new one."""
    log = SteppedLog()
    chat = Chat(log)
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    await alice.say("tea", "old")
    chat.forget_pages()
    conversation = chat.hub.channel(bob.session, "tea").id
    stream = bob.events(after={conversation: models.Cursor("epoch", 0)})
    await log.reading.wait()
    await chat.hub.leave(bob.session, "tea")
    await bob.join("tea")
    log.go_on.set()
    await chat.settle()
    await alice.say("tea", "new")
    await chat.settle()
    assert [event.content for event in stream.of(models.MessagePosted)] == ["new"]


async def test_what_is_said_from_the_moment_of_coming_in_is_heard() -> None:
    """The first words of a conversation come before its state is sent: they must not be lost."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await alice.say("tea", "before bob came")
    stream = bob.events()
    await chat.settle()
    entering = asyncio.ensure_future(bob.join("tea"))
    await asyncio.sleep(0)
    await alice.say("tea", "hello bob")
    await entering
    await alice.whisper("bob", "and in private")
    await chat.settle()
    assert [event.content for event in stream.of(models.MessagePosted)] == [
        "hello bob",
        "and in private",
    ]
    heads = [(state.head, state.unread) for state in stream.of(models.ConversationState)]
    assert heads == [(1, 0), (0, 0)]


async def test_states_of_all_conversations_come_first_then_entries_then_live() -> None:
    """A client can draw its channel list before the first message arrives."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    after = {}
    for channel in ("one", "two", "three"):
        await alice.join(channel)
        await bob.join(channel)
        await alice.say(channel, "hello")
        after[chat.hub.channel(bob.session, channel).id] = models.Cursor("epoch", 0)
    stream = bob.events(after=after)
    await chat.settle()
    kinds = [type(event).__name__ for event in stream.events]
    assert kinds == ["ConversationState"] * 3 + ["MessagePosted"] * 3 + ["Live"]
    assert all(state.resumed for state in stream.of(models.ConversationState))


@pytest.mark.parametrize(
    ("cursor", "resumed", "heard"),
    [
        (models.Cursor("epoch", 3), True, [4, 5]),
        (models.Cursor("epoch", 5), True, []),
        (models.Cursor("epoch", 6), False, []),
        (models.Cursor("another", 3), False, []),
        (None, False, []),
    ],
)
async def test_a_cursor_is_taken_up_or_refused_visibly(
    cursor: models.Cursor | None, *, resumed: bool, heard: list[int]
) -> None:
    """A cursor of another epoch, or beyond the head, must make the client reload."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    for number in range(5):
        await alice.say("tea", str(number))
    conversation = chat.hub.channel(alice.session, "tea").id
    stream = alice.events(after={conversation: cursor} if cursor else {})
    await chat.settle()
    assert [state.resumed for state in stream.of(models.ConversationState)] == [resumed]
    assert stream.seqs == heard


async def test_more_than_max_is_skipped_and_what_is_gone_is_said() -> None:
    """A week away is not streamed; what retention removed is not silently missing."""
    chat = Chat(MemoryStore("epoch", keep_entries=50))
    alice = chat.login("alice")
    await alice.join("tea")
    for number in range(100):
        await alice.say("tea", str(number))
    conversation = chat.hub.channel(alice.session, "tea").id
    some = alice.events(after={conversation: models.Cursor("epoch", 60)}, most=10)
    everything = alice.events(after={conversation: models.Cursor("epoch", 0)}, most=1000)
    await chat.settle()
    beyond = alice.events(after={conversation: models.Cursor("epoch", 2)}, most=10)
    await chat.settle()
    assert beyond.of(models.Expired) == [models.Expired(conversation, 3, 50)]
    assert beyond.of(models.Skipped) == [models.Skipped(conversation, 51, 90)]
    assert some.of(models.Skipped) == [models.Skipped(conversation, 61, 90)]
    assert some.seqs == list(range(91, 101))
    assert everything.of(models.Expired) == [models.Expired(conversation, 1, 50)]
    assert everything.seqs == list(range(51, 101))


async def test_what_was_stepped_over_is_counted() -> None:
    """Two terminals of one person must agree, also where one was not sent what the other wrote."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    await bob.join("cake")  # whose state has to come before any entry
    conversation = chat.hub.channel(bob.session, "tea").id
    slow = bob.events(credit=1, after={conversation: models.Cursor("epoch", 0)}, most=1)
    await chat.settle()
    other = chat.resume(bob)
    await alice.say("tea", "bob: one")
    await other.say("tea", "two, which says that one has read")
    await alice.say("tea", "bob: three")
    await alice.say("tea", "bob: four")
    slow.grant(100)
    await chat.settle()
    states = slow.of(models.ConversationState)
    before, after = [state for state in states if state.conversation == conversation]
    assert (before.head, before.unread) == (0, 0)
    assert slow.of(models.Skipped) == [models.Skipped(conversation, 1, 3)]
    assert (after.head, after.read, after.unread, after.mentions) == (3, 2, 1, 1)
    assert after.resumed
    assert slow.seqs == [4]


async def test_who_was_behind_gets_the_members_as_they_are() -> None:
    """Joins and leaves that a slow reader missed are not replayed, and not forgotten either."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    stream = alice.events(credit=2)
    await chat.settle()
    for name in ("bob", "carol", "dave"):
        await chat.login(name).join("tea")
    await chat.settle()
    assert stream.of(models.Members) == []
    stream.grant(10)
    await chat.settle()
    assert [event.members for event in stream.of(models.Members)] == [
        ["alice", "bob", "carol", "dave"]
    ]


async def test_what_was_committed_is_heard_though_the_delivery_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault between the commit and the fan-out must not leave a hole in a stream."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    stream = alice.events()
    await chat.settle()
    with monkeypatch.context() as faulty:
        faulty.setattr(Effects, "_mark", lambda *_: 1 / 0)
        assert await alice.say("tea", "one") == 1
        await chat.settle()
    await alice.say("tea", "two")
    await chat.settle()
    assert stream.seqs == [1, 2]


async def test_joins_that_are_cancelled_do_not_pile_up() -> None:
    """A join that nobody waits for stands in the queue like any other: it must be bounded."""
    chat = Chat(limits=HubLimits(queue=QueueLimits(commands=10)))
    alice = chat.login("alice")
    for _ in range(10):
        chat.hub.join(alice.session, "tea").cancel()
    with pytest.raises(ChatError) as full:
        await alice.join("tea")
    assert full.value.code is ErrorCode.BUSY
    await chat.settle()
    assert chat.hub.users("tea") == ["alice"]


async def test_a_full_queue_answers_busy() -> None:
    """Publishing never waits, and a queue without bound would be the server's end."""
    chat = Chat(limits=HubLimits(queue=QueueLimits(commands=2)))
    alice = chat.login("alice")
    await alice.join("tea")
    request = models.SendMessage("hello", channel="tea")
    posted = [chat.hub.post(alice.session, request) for _ in range(2)]
    with pytest.raises(ChatError) as full:
        chat.hub.post(alice.session, request)
    assert full.value.code is ErrorCode.BUSY
    assert full.value.retry
    assert [(await each.outcome()).seq for each in posted] == [1, 2]
    assert await alice.say("tea", "there is room again") == 3
