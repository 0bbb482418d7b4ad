"""Acting on messages: who may, in what order, and what everybody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from rchat_protocol import limits, models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.history import history
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat

if TYPE_CHECKING:
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.deeds import Asked
    from rchat_server.core.ports import Findings
    from support.chat import Person


async def tea(*names: str) -> tuple[Chat, list[Person], Conversation]:
    """Return a chat with people in one channel."""
    chat = Chat()
    people = [chat.login(name) for name in names]
    for person in people:
        await person.join("tea")
    return chat, people, chat.hub.channel(people[0].session, "tea")


async def do(person: Person, asked: Asked) -> int:
    """Act, and return the number."""
    return (await person.chat.hub.act(person.session, asked).outcome()).seq


async def refusal(person: Person, asked: Asked) -> ErrorCode:
    """Act, and return why not."""
    with pytest.raises(ChatError) as error:
        await do(person, asked)
    return error.value.code


async def messages(chat: Chat, channel: Conversation) -> list[models.Message]:
    """Return the messages as they are now."""
    request = models.HistoryRequest(conversation=channel.id)
    return (await history(chat.log, channel, request)).messages


async def test_what_is_done_to_a_message_reaches_everybody_in_order() -> None:
    """One screen shows the text of before, another that of after."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    seen = bob.events()
    await chat.settle()
    await alice.say("tea", "tee")
    assert await do(alice, models.EditMessage(channel.id, 1, "tea")) == 2
    assert await do(bob, models.React(channel.id, 1, "👍")) == 3
    assert await do(alice, models.SetTopic(channel.id, " leaves ")) == 4
    assert await do(bob, models.React(channel.id, 1, "👍", on=False)) == 5
    assert await do(alice, models.DeleteMessage(channel.id, 1)) == 6
    await chat.settle()
    now = chat.clock.now_ms()
    state = seen.of(models.ConversationState)[0]
    assert (state.topic, state.head) == ("", 0)
    assert [event for event in seen.events if hasattr(event, "seq")] == [
        models.MessagePosted(channel.id, 1, "id-6", "alice", "tee", now),
        models.MessageEdited(channel.id, 2, 1, "alice", "tea", now),
        models.MessageReaction(channel.id, 3, 1, "bob", "👍", on=True, at=now),
        models.TopicChanged(channel.id, 4, "alice", "leaves", now),
        models.MessageReaction(channel.id, 5, 1, "bob", "👍", on=False, at=now),
        models.MessageDeleted(channel.id, 6, 1, "alice", now),
    ]
    assert channel.state(bob.session.identity).topic == "leaves"


async def test_only_the_author_edits_and_deletes() -> None:
    """Anybody puts words into anybody's mouth."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "mine")
    edit, delete = models.EditMessage(channel.id, 1, "x"), models.DeleteMessage(channel.id, 1)
    assert await refusal(bob, edit) is ErrorCode.NOT_YOURS
    assert await refusal(bob, delete) is ErrorCode.NOT_YOURS
    eve = chat.login("eve")
    assert await refusal(eve, edit) is ErrorCode.NO_SUCH_CONVERSATION
    assert await refusal(eve, models.React(channel.id, 1, "👍")) is ErrorCode.NO_SUCH_CONVERSATION
    topic = models.SetTopic(channel.id, "mine now")
    assert await refusal(eve, topic) is ErrorCode.NO_SUCH_CONVERSATION
    # A name is no person: who took it up later is somebody else.
    chat.hub.lobby.detach(alice.session, at_once=True)
    other = chat.login("alice")
    await other.join("tea")
    assert await refusal(other, edit) is ErrorCode.NOT_YOURS
    assert [m.content for m in await messages(chat, channel)] == ["mine"]


async def test_what_is_no_message_cannot_be_acted_on() -> None:
    """A reaction to a reaction, an edit of what was deleted: nobody could show it."""
    _, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    await do(bob, models.React(channel.id, 1, "👍"))
    for seq in (0, 2, 3):
        edit = models.EditMessage(channel.id, seq, "x")
        assert await refusal(alice, edit) is ErrorCode.NO_SUCH_MESSAGE
    await do(alice, models.DeleteMessage(channel.id, 1))
    for asked in (
        models.EditMessage(channel.id, 1, "x"),
        models.DeleteMessage(channel.id, 1),
        models.React(channel.id, 1, "👍"),
        models.React(channel.id, 1, "👍", on=False),
    ):
        assert await refusal(alice, asked) is ErrorCode.NO_SUCH_MESSAGE
    reply = models.SendMessage("yes", conversation=channel.id, reply=1)
    with pytest.raises(ChatError, match="no such message"):
        await alice.chat.hub.post(alice.session, reply).outcome()
    assert channel.published == 3


async def test_the_order_of_the_queue_decides() -> None:
    """Two at once: the second acts on what the first has left, also within one commit."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    hub = chat.hub
    asked = (
        hub.act(bob.session, models.React(channel.id, 1, "👍")),
        hub.act(bob.session, models.React(channel.id, 1, "👍")),
        hub.act(alice.session, models.DeleteMessage(channel.id, 1)),
        hub.act(alice.session, models.EditMessage(channel.id, 1, "late")),
        hub.post(bob.session, models.SendMessage("yes", channel="tea", reply=1)),
        hub.post(bob.session, models.SendMessage("no", channel="tea")),
    )
    await chat.settle()
    outcomes: list[int | ErrorCode] = []
    for receipt in asked:
        receipt.then(
            lambda told: outcomes.append(told.code if isinstance(told, ChatError) else told.seq)
        )
    assert outcomes == [2, 4, 3, ErrorCode.NO_SUCH_MESSAGE, ErrorCode.NO_SUCH_MESSAGE, 4]


async def test_who_leaves_first_acts_no_more() -> None:
    """What is asked for behind the leaving is done by somebody who is not in there."""
    chat, (alice, _bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    left = chat.hub.leave(alice.session, "tea")
    edit = chat.hub.act(alice.session, models.EditMessage(channel.id, 1, "x"))
    await left
    with pytest.raises(ChatError, match="not in that conversation"):
        await edit.outcome()
    # Known at once, and known from the log: the same answer.
    assert await refusal(alice, models.DeleteMessage(channel.id, 1)) is (
        ErrorCode.NO_SUCH_CONVERSATION
    )


async def test_the_same_id_has_the_same_answer() -> None:
    """A deletion whose answer was lost fails when it is asked for again."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    delete = models.DeleteMessage(channel.id, 1, id="d")
    both = [chat.hub.act(alice.session, delete) for _ in range(2)]
    assert [(await each.outcome()).seq for each in both] == [2, 2]
    assert await do(alice, delete) == 2
    chat.restart()
    alice = chat.resume(alice)
    assert await do(alice, delete) == 2
    await chat.hub.leave(alice.session, "tea")
    assert await do(alice, delete) == 2
    # So has a reply, whatever became of what it answers.
    bob = chat.resume(bob)
    await bob.say("tea", "two")
    reply = models.SendMessage("yes", channel="tea", id="r", reply=3)
    assert (await chat.hub.post(bob.session, reply).outcome()).seq == 4
    await do(bob, models.DeleteMessage(channel.id, 3))
    assert (await chat.hub.post(bob.session, reply).outcome()).seq == 4


async def test_what_changes_nothing_is_no_entry() -> None:
    """A key held down fills the log, and everybody's screen flickers."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    assert await do(bob, models.React(channel.id, 1, "👍", on=False)) == 1
    assert await do(bob, models.React(channel.id, 1, "👍")) == 2
    assert await do(bob, models.React(channel.id, 1, "👍")) == 2
    assert await do(bob, models.SetTopic(channel.id, "")) == 2
    assert channel.published == 2
    # Nor does a name stand twice at one reaction, whoever has it now.
    chat.hub.lobby.detach(bob.session, at_once=True)
    other = chat.login("bob")
    await other.join("tea")
    assert await do(other, models.React(channel.id, 1, "👍")) == 2
    assert [m.reactions for m in await messages(chat, channel)] == [{"👍": ["bob"]}]


async def test_a_reaction_is_taken_back_under_the_name_it_was_put_under() -> None:
    """Clients know reactions by name: one that is called otherwise now would stay for ever."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    await do(bob, models.React(channel.id, 1, "👍"))
    chat.leave(bob)
    bob = chat.resume(bob, name="rob")
    seen = alice.events()
    await chat.settle()
    await do(bob, models.React(channel.id, 1, "👍", on=False))
    await chat.settle()
    assert [(e.user, e.on) for e in seen.of(models.MessageReaction)] == [("bob", False)]
    assert [m.reactions for m in await messages(chat, channel)] == [{}]


async def test_reactions_have_bounds() -> None:
    """One message grows without end, and with it every page that it is on."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    for number in range(limits.REACTIONS):
        await do(alice, models.React(channel.id, 1, str(number)))
    more = models.React(channel.id, 1, "more")
    assert await refusal(bob, more) is ErrorCode.TOO_MANY_REACTIONS
    await do(bob, models.React(channel.id, 1, "0"))
    for emoji in ("", "a b", "\x1b", "x" * 33, ":smile:", "\u200d", "\u202e"):
        asked = models.React(channel.id, 1, emoji)
        assert await refusal(bob, asked) is ErrorCode.REACTION_INVALID
    assert [m.reactions["0"] for m in await messages(chat, channel)] == [["alice", "bob"]]


async def test_a_topic_is_one_line_of_a_channel() -> None:
    """A topic that moves the cursor, or one that belongs to nothing that is shown."""
    _, (alice, bob), channel = await tea("alice", "bob")
    for topic in ("two\nlines", "\x1b[2J", "x" * 513, "é" * 257):
        asked = models.SetTopic(channel.id, topic)
        assert await refusal(alice, asked) is ErrorCode.TOPIC_INVALID
    await do(alice, models.SetTopic(channel.id, "é" * 256))
    await alice.whisper("bob", "psst")
    private = alice.chat.hub.private(alice.session, "bob")
    assert await refusal(bob, models.SetTopic(private.id, "us")) is ErrorCode.TOPIC_INVALID
    assert channel.topic == "é" * 256


async def test_messages_alone_count_as_unread() -> None:
    """A badge of ten for ten thumbs up, or for what says nothing any more."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    for content in ("one", "@bob: two", "three"):
        await alice.say("tea", content)
    me = bob.session.identity
    await do(alice, models.React(channel.id, 1, "👍"))
    await do(alice, models.EditMessage(channel.id, 1, "@bob: uno"))
    await do(alice, models.SetTopic(channel.id, "numbers"))
    state = channel.state(me)
    assert (state.head, state.unread, state.mentions) == (6, 3, 1)
    stream = bob.events()
    await chat.settle()
    await do(alice, models.DeleteMessage(channel.id, 2))
    await chat.settle()
    # That a mention went nobody could count: the state says so.
    assert [(s.head, s.unread, s.mentions) for s in stream.of(models.ConversationState)] == [
        (6, 3, 1),
        (7, 2, 0),
    ]
    assert channel.state(me, head=6).unread == 3
    chat.hub.mark_read(bob.session, channel, 1)
    await chat.settle()
    assert stream.of(models.ReadMarker) == [models.ReadMarker(channel.id, 1, unread=1, mentions=0)]
    chat.restart()
    bob = chat.resume(bob)
    state = chat.hub.channel(bob.session, "tea").state(bob.session.identity)
    assert (state.unread, state.mentions, state.topic) == (1, 0, "numbers")


async def test_who_comes_back_hears_what_was_done() -> None:
    """A deletion that is not replayed leaves the text on the screen of whoever was away."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "one")
    await do(alice, models.EditMessage(channel.id, 1, "uno"))
    await alice.say("tea", "two")
    await do(alice, models.EditMessage(channel.id, 3, "zwei"))
    await do(alice, models.DeleteMessage(channel.id, 1))
    chat.forget_pages()
    stream = bob.events(after={channel.id: models.Cursor("epoch", 0)})
    await chat.settle()
    now = chat.clock.now_ms()
    assert [event for event in stream.events if getattr(event, "seq", 0)] == [
        models.MessagePosted(channel.id, 1, "id-6", "alice", "", now, deleted=True),
        models.MessageEdited(channel.id, 2, 1, "alice", "", now),
        models.MessagePosted(channel.id, 3, "id-8", "alice", "zwei", now, edited=now),
        models.MessageEdited(channel.id, 4, 3, "alice", "zwei", now),
        models.MessageDeleted(channel.id, 5, 1, "alice", now),
    ]


async def test_what_was_erased_is_in_no_page_that_is_kept() -> None:
    """Runs are kept encoded for those who are behind: the text would come out of them again."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    await alice.say("tea", "secret")
    await do(alice, models.EditMessage(channel.id, 1, "secret still"))
    await chat.settle()
    await do(alice, models.DeleteMessage(channel.id, 1))
    stream = bob.events(after={channel.id: models.Cursor("epoch", 0)})
    await chat.settle()
    assert [m.deleted for m in stream.of(models.MessagePosted)] == [True]
    assert not any(b"secret" in data for data in stream.sink.taken)


async def test_the_tutorials_clients_see_messages_alone() -> None:
    """They would show an edit as a message, or fail on it."""
    chat, (alice, bob), channel = await tea("alice", "bob")
    stream = bob.listen()
    await alice.say("tea", "one")
    await do(alice, models.React(channel.id, 1, "👍"))
    reply = models.SendMessage("two", channel="tea", reply=1)
    await chat.hub.post(alice.session, reply).outcome()
    await do(alice, models.DeleteMessage(channel.id, 1))
    await chat.settle()
    assert stream.messages == [
        models.TutorialMessage("alice", "one", "tea"),
        models.TutorialMessage("alice", "two", "tea"),
    ]
    stream.close()
    await do(alice, models.EditMessage(channel.id, 3, "zwei"))
    await do(alice, models.SetTopic(channel.id, "numbers"))
    await alice.say("tea", "three")
    await chat.settle()
    chat.forget_pages()
    again = bob.listen()
    await chat.settle()
    assert again.contents == ["three"]


async def test_history_says_which_numbers_it_covers() -> None:
    """Numbers that are no messages would be holes, asked for again and again."""
    chat, (alice, _bob), channel = await tea("alice", "bob")
    for number in range(3):
        seq = await alice.say("tea", str(number))
        for emoji in "ab":
            await do(alice, models.React(channel.id, seq, emoji))

    async def page(limit: int = 9, **place: int) -> tuple[list[int], int, int, bool]:
        request = models.HistoryRequest(channel.id, limit=limit)
        request = msgspec.structs.replace(request, **place)
        reply = await history(chat.log, channel, request)
        assert reply.head == 9
        return [m.seq for m in reply.messages], reply.first, reply.last, reply.more

    assert await page() == ([1, 4, 7], 1, 9, False)
    assert await page(limit=2) == ([4, 7], 4, 9, True)
    assert await page(before=7, limit=1) == ([4], 4, 6, True)
    assert await page(before=4) == ([1], 1, 3, False)
    assert await page(before=1) == ([], 1, 0, False)
    assert await page(after=1, limit=1) == ([4], 2, 4, True)
    assert await page(after=7) == ([], 8, 9, False)
    assert await page(around=5, limit=2) == ([4, 7], 4, 9, False)
    assert await page(around=4, limit=2) == ([1, 4], 1, 4, True)


async def test_a_disk_that_cannot_be_read_refuses_what_needs_it_alone() -> None:
    """Messages would wait, or fail, for somebody's reaction."""

    class Unreadable(MemoryStore):
        async def inspect(self, *_args: object) -> Findings:
            raise ChatError(ErrorCode.STORAGE_UNAVAILABLE, "The disk fails.", retry=1.0)

    chat = Chat(Unreadable("epoch"))
    alice = chat.login("alice")
    await alice.join("tea")
    channel = chat.hub.channel(alice.session, "tea")
    act = chat.hub.act(alice.session, models.SetTopic(channel.id, "x"))
    said = chat.hub.post(alice.session, models.SendMessage("one", channel="tea"))
    assert (await said.outcome()).seq == 1
    with pytest.raises(ChatError, match="disk fails"):
        await act.outcome()
