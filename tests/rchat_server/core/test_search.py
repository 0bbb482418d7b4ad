"""Searching: who finds what, and what is refused."""

from __future__ import annotations

import msgspec
import pytest

from rchat_protocol import limits, models
from rchat_protocol.codec import decode
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.search import search
from support.chat import Chat, Person


async def found(person: Person, *words: str) -> list[str]:
    """Search all that somebody may read; return what was said there."""
    asked = models.SearchRequest(list(words))
    readable = list(person.session.identity.memberships)
    reply = await search(person.chat.log, readable, asked)
    return [hit.message.content for hit in reply.hits]


async def test_nobody_finds_what_he_may_not_read() -> None:
    """A search over everything must not be the way around being a member."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await alice.say("tea", "secret kettle")
    await chat.settle()
    assert await found(alice, "kettle") == ["secret kettle"]
    assert await found(bob, "kettle") == []
    with pytest.raises(ChatError) as refusal:
        chat.hub.conversation(bob.session, chat.hub.channel(alice.session, "tea").id)
    assert refusal.value.code == ErrorCode.NO_SUCH_CONVERSATION
    await bob.join("tea")
    assert await found(bob, "kettle") == ["secret kettle"]


@pytest.mark.parametrize("cursor", ["", "1", "1.2", "x.1.c", "1.-1.c", "1." + "9" * 99 + ".c", "²"])
async def test_a_cursor_that_was_never_given_is_refused(cursor: str) -> None:
    """What a stranger makes up must not become a number."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    asked = models.SearchRequest(["tea"], cursor=cursor)
    with pytest.raises(ChatError) as refusal:
        await search(chat.log, list(alice.session.identity.memberships), asked)
    assert refusal.value.code == ErrorCode.BAD_REQUEST


async def test_what_has_no_word_is_refused() -> None:
    """An answer to nothing would look as if nothing had been said."""
    chat = Chat()
    with pytest.raises(ChatError) as refusal:
        await search(chat.log, [], models.SearchRequest(["...", "—"]))
    assert refusal.value.code == ErrorCode.BAD_REQUEST


@pytest.mark.parametrize(
    "asked",
    [
        {"words": ["x"] * (limits.SEARCH_WORDS + 1)},
        {"words": ["x" * (limits.SEARCH_WORD_CHARS + 1)]},
        {"limit": limits.SEARCH_LIMIT + 1},
        {"limit": 0},
        {"words": "tea"},
        {"cursor": "x" * 300},
    ],
)
def test_a_question_has_bounds(asked: dict[str, object]) -> None:
    """One request must not be work without end."""
    with pytest.raises(ChatError) as refusal:
        decode(msgspec.json.encode(asked), models.SearchRequest)
    assert refusal.value.code == ErrorCode.BAD_REQUEST
