"""What the tutorial means by its routes, and its faults that are gone, at the level of the core."""

from __future__ import annotations

import pytest

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.models import TutorialMessage
from support.chat import Chat


async def test_a_message_reaches_every_member_with_its_channel_name() -> None:
    """The tutorial's server loses the channel's name on delivery; the sender hears himself too."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    heard = [alice.listen(), bob.listen()]
    await alice.join("tea")
    await bob.join("tea")
    await alice.say("tea", "hello")
    await chat.settle()
    assert [stream.messages for stream in heard] == [[TutorialMessage("alice", "hello", "tea")]] * 2


async def test_listening_begins_at_the_join_and_survives_a_pause() -> None:
    """What comes before somebody listens, or between two times of listening, is not lost."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await bob.join("tea")
    await bob.say("tea", "before alice joined")
    await alice.join("tea")
    await bob.say("tea", "one")
    first = alice.listen()
    await bob.say("tea", "two")
    await chat.settle()
    first.close()
    await bob.say("tea", "three")
    second = alice.listen()
    await bob.say("tea", "four")
    await chat.settle()
    assert first.contents == ["one", "two"]
    assert second.contents == ["three", "four"]


async def test_private_messages_come_from_login_on_and_never_back_to_the_sender() -> None:
    """A private message before listening is delivered, and its sender does not hear himself."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.whisper("bob", "psst")
    at_alice, at_bob = alice.listen(), bob.listen()
    await bob.whisper("alice", "yes?")
    await alice.whisper("alice", "note to myself")
    await chat.settle()
    assert at_bob.messages == [TutorialMessage("alice", "psst", None)]
    assert at_alice.messages == [
        TutorialMessage("bob", "yes?", None),
        TutorialMessage("alice", "note to myself", None),
    ]


async def test_sending_needs_no_membership() -> None:
    """The tutorial lets anybody send to a channel that exists."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await bob.join("tea")
    at_alice, at_bob = alice.listen(), bob.listen()
    await alice.say("tea", "from outside")
    await chat.settle()
    assert at_bob.contents == ["from outside"]
    assert at_alice.contents == []


async def test_a_message_to_nowhere_is_an_error() -> None:
    """The tutorial's server lets it vanish, or fails."""
    chat = Chat()
    alice = chat.login("alice")
    with pytest.raises(ChatError) as no_channel:
        await alice.say("nowhere", "hello?")
    with pytest.raises(ChatError) as no_user:
        await alice.whisper("nobody", "hello?")
    assert no_channel.value.code is ErrorCode.NO_SUCH_CHANNEL
    assert no_user.value.code is ErrorCode.NO_SUCH_USER


async def test_a_channel_stays_listed_when_everybody_left() -> None:
    """Joining creates a channel; it does not vanish with its last member."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    await chat.hub.leave(alice.session, "tea")
    assert chat.hub.channels() == ["tea"]
    assert chat.hub.users("tea") == []
    assert chat.hub.users("never") == []


async def test_a_client_that_is_run_twice_in_a_row_takes_its_name_at_once() -> None:
    """The name of somebody whose line dropped is free, and he is seen to leave: no ghost."""
    chat = Chat()
    bob = chat.login("bob")
    await bob.join("tea")
    watching = bob.events()
    await chat.settle()
    first = chat.login("alice")
    await first.join("tea")
    chat.leave(first)
    second = chat.login("alice")
    await second.join("tea")
    await chat.settle()
    assert chat.hub.users("tea") == ["alice", "bob"]
    assert [type(event) for event in watching.events] == [
        models.ConversationState,
        models.Live,
        models.MemberJoined,
        models.MemberLeft,
        models.MemberJoined,
    ]
    assert second.session.identity is not first.session.identity


async def test_nothing_runs_when_nothing_is_to_be_delivered() -> None:
    """The tutorial's delivery tasks are never released: a million names would cost a million."""
    chat = Chat()
    alice = chat.login("alice")
    for number in range(50):
        await alice.join(f"channel-{number}")
        await alice.say(f"channel-{number}", "hello")
    await chat.settle()
    assert chat.hub.task_count == 0
