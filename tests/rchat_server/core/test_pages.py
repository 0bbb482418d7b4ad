"""What is kept for those who are behind: bounded, and the same for all who want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_server.core import pages
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat

if TYPE_CHECKING:
    import pytest

    from rchat_server.core.pages import Pages


def kept(shared: Pages) -> list[int]:
    """Return after which numbers there are pages, the one used last at the end; count them."""
    assert shared._bytes == sum(page.size for page in shared._kept.values())
    return [seq for _, seq in shared._kept]


async def test_the_least_recently_used_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory has a bound, and who comes back in a crowd finds what the crowd reads."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    shared = chat.hub._context.pages
    conversation = chat.hub.channel(alice.session, "tea")
    await alice.say("tea", "one")
    monkeypatch.setattr(pages, "SHARED_BYTES", 3 * shared._bytes)
    await alice.say("tea", "two")
    await alice.say("tea", "six")
    assert kept(shared) == [0, 1, 2]
    assert (await shared.after(conversation, 0)).batch.last_seq == 1
    await alice.say("tea", "ten")
    assert kept(shared) == [2, 0, 3]
    shared.forget(conversation)
    assert kept(shared) == []
    assert shared._bytes == 0


async def test_a_page_that_is_there_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise what is counted grows for ever, until nothing is kept any more."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    shared = chat.hub._context.pages
    conversation = chat.hub.channel(alice.session, "tea")
    await alice.say("tea", "one")
    batch = (await shared.after(conversation, 0)).batch
    for _ in range(5):
        shared.delivered(conversation, batch)
    assert kept(shared) == [0]
    monkeypatch.setattr(pages, "SHARED_BYTES", 0)
    shared.delivered(conversation, batch)
    assert kept(shared) == []


async def test_nothing_that_is_not_there_is_kept() -> None:
    """What is said next would be hidden behind an empty page."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    shared = chat.hub._context.pages
    conversation = chat.hub.channel(alice.session, "tea")
    assert len((await shared.after(conversation, 0)).batch) == 0
    assert kept(shared) == []
    assert chat.hub.task_count == 0


async def test_who_is_behind_hears_no_join_of_the_past() -> None:
    """Who came and went meanwhile is told in one word: how it is now."""
    chat = Chat()
    alice, bob, carol = (chat.login(name) for name in ("alice", "bob", "carol"))
    await alice.join("tea")
    await bob.join("tea")
    slow = bob.events(credit=2)
    await chat.settle()
    said = chat.hub.post(alice.session, models.SendMessage("hello", channel="tea"))
    await carol.join("tea")  # in one batch with the message
    assert (await said.outcome()).seq == 1
    slow.grant(100)
    await chat.settle()
    assert slow.seqs == [1]
    assert slow.of(models.MemberJoined) == []
    assert [event.members for event in slow.of(models.Members)] == [["alice", "bob", "carol"]]


async def test_who_is_behind_is_told_what_is_kept_no_more() -> None:
    """Numbers that are missing without a word are lost messages."""
    chat = Chat(MemoryStore("epoch", keep_entries=5))
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    slow = bob.events(credit=2)
    await chat.settle()
    for number in range(20):
        await alice.say("tea", str(number))
    chat.forget_pages()
    slow.grant(100)
    await chat.settle()
    conversation = chat.hub.channel(bob.session, "tea").id
    assert slow.of(models.Expired) == [models.Expired(conversation, 1, 15)]
    assert slow.seqs == list(range(16, 21))
