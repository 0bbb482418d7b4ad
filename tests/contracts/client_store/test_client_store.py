"""What every store promises to a client: one suite over all of them, as several processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from contracts.client_store.profiles import (
    LIMITS,
    MemoryProfile,
    SqliteProfile,
    ack,
    entry,
    messages,
    span,
    state,
)
from rchat_tui.client import outbox
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.outbox import Acked, Doubtful, Postponed, Refused, Unanswered
from rchat_tui.client.store.ports import CachedPage, SavedLogin, Seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from contracts.client_store.profiles import Profile
    from rchat_tui.client.outbox import Outcome
    from rchat_tui.client.store.ports import ClientStore


@pytest.fixture(params=["memory", "sqlite"])
async def profile(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Profile]:
    """Give each kind of store in turn."""
    profile = MemoryProfile() if request.param == "memory" else SqliteProfile(tmp_path)
    yield profile
    await profile.aclose()


async def contents(store: ClientStore) -> list[str]:
    """Return what is in the outbox, in its order."""
    return [entry.content for entry in await store.entries()]


async def statuses(store: ClientStore) -> dict[str, str]:
    """Return how the entries stand, by id."""
    return {entry.id: "sending" if entry.claim else entry.status for entry in await store.entries()}


# -- who one is ------------------------------------------------------------------------------------


async def test_an_identity_is_known_again_and_the_next_one_is_another(profile: Profile) -> None:
    """Broken, a client came back as a stranger, or took a new identity for the old one."""
    one, other = await profile.process(), await profile.process()
    assert await one.login() is None
    assert await one.save_login("alice", "token 1") == SavedLogin("alice", "token 1", 1)
    assert await other.login() == SavedLogin("alice", "token 1", 1)
    assert await other.save_login("Alice", "token 2") == SavedLogin("Alice", "token 2", 2)
    assert await one.login() == SavedLogin("Alice", "token 2", 2)


async def test_one_process_at_a_time_makes_an_identity(profile: Profile) -> None:
    """Broken, two terminals that start together were two people, or the second waited for ever."""
    one, other, third = [await profile.process() for _ in range(3)]
    order: list[str] = []

    async def log_in(name: str, store: ClientStore) -> None:
        async with store.logging_in():
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    async with one.logging_in():
        waiting = asyncio.create_task(log_in("other", other))
        done, _ = await asyncio.wait((waiting,), timeout=0.1)
        assert not done
    await waiting
    async with asyncio.timeout(5):
        dying = one.logging_in()
        await dying.__aenter__()
        await profile.kill(one)
        await asyncio.gather(log_in("other", other), log_in("third", third))
    assert order[0::2] == ["other begins", order[2], order[4]]
    assert sorted(order) == sorted(
        ["other begins", "other ends"] * 2 + ["third begins", "third ends"]
    )
    assert all(order[n].split()[0] == order[n + 1].split()[0] for n in (0, 2, 4))


# -- the outbox ------------------------------------------------------------------------------------


async def test_what_was_put_is_there_in_order_whoever_dies(profile: Profile) -> None:
    """Broken, what was written offline was lost, or left in another order."""
    one, other = await profile.process(), await profile.process()
    words = ["one", "two", "three", "ünï", "👩‍💻"]
    for number, word in enumerate(words):
        await (other if number % 2 else one).put(entry(word))
    await profile.kill(one)
    await profile.kill(other)
    later = await profile.process()
    assert await later.entries() == tuple(entry(word) for word in words)


async def test_one_process_sends_an_entry_and_nobody_overtakes_it(profile: Profile) -> None:
    """Broken, two terminals sent the same message, or the second one of a conversation first."""
    one, other = await profile.process(), await profile.process()
    await one.save_login("alice", "token")
    for word in ("one", "two"):
        await one.put(entry(word))
    await one.put(entry("elsewhere", lane="python"))
    claimed = await one.claim("#general", 1)
    assert claimed is not None
    assert claimed.id == "one"
    assert await other.claim("#general", 1) is None
    assert await one.claim("#general", 1) is None
    elsewhere = await other.claim("#python", 1)
    assert elsewhere is not None
    assert elsewhere.id == "elsewhere"
    assert await one.claim("#nowhere", 1) is None
    await one.settle("one", Acked(ack()))
    following = await other.claim("#general", 1)
    assert following is not None
    assert following.id == "two"


async def test_a_claim_dies_with_its_process_and_the_outcome_is_open(profile: Profile) -> None:
    """Broken, a killed terminal took what it was sending with it, or it was taken for unsent."""
    one, other = await profile.process(), await profile.process()
    await one.save_login("alice", "token")
    await one.put(entry("one"))
    await one.claim("#general", 1)
    assert await other.claim("#general", 1) is None
    assert await other.withdraw("one") is None
    await profile.kill(one)
    assert [e.tried for e in await other.entries()] == [1]
    assert await other.withdraw("one") is None, "it may be stored"
    again = await other.claim("#general", 1)
    assert again is not None
    assert again.id == "one"


async def test_a_process_that_ends_in_good_order_gives_its_claims_back(profile: Profile) -> None:
    """Broken, the other terminal waited for one that was closed."""
    one, other = await profile.process(), await profile.process()
    await one.save_login("alice", "token")
    await one.put(entry("one"))
    await one.claim("#general", 1)
    await one.aclose()
    assert await statuses(other) == {"one": "waiting"}
    assert await other.claim("#general", 1) is not None
    with pytest.raises(StorageFailed):
        await one.put(entry("two"))


async def test_nobody_sends_under_an_identity_that_is_no_more(profile: Profile) -> None:
    """Broken, a terminal that had not heard of the new identity sent what was meant for it."""
    one, other = await profile.process(), await profile.process()
    await one.save_login("alice", "token")
    await other.save_login("alice", "token 2")
    await one.put(entry("one"))
    assert await one.claim("#general", 1) is None
    assert await other.claim("#general", 2) is not None


async def test_what_became_of_an_entry_is_kept(profile: Profile) -> None:
    """Broken, after a restart a message that failed was sent again, or one that was sent showed."""
    one = await profile.process()
    await one.save_login("alice", "token")
    outcomes: dict[str, Outcome | None] = {
        "acked": Acked(ack(7)),
        "refused": Refused("Not here."),
        "doubtful": Doubtful("Who knows."),
        "postponed": Postponed("Busy."),
        "unanswered": Unanswered(),
        "none": None,
    }
    for word, outcome in outcomes.items():
        await one.put(entry(word, lane=word))
        await one.claim(f"#{word}", 1)
        if outcome is not None:
            settled = await one.settle(word, outcome)
            assert settled.claim is None
    await profile.kill(one)
    found = {e.id: e for e in await (await profile.process()).entries()}
    assert {id_: (e.status, e.tried) for id_, e in found.items()} == {
        "acked": ("delivered", 0),
        "refused": ("failed", 0),
        "doubtful": ("unknown", 0),
        "postponed": ("waiting", 0),
        "unanswered": ("waiting", 1),
        "none": ("waiting", 1),
    }
    assert found["acked"].ack == ack(7)
    assert found["refused"].reason == "Not here."


async def test_a_new_identity_decides_about_all_that_waits(profile: Profile) -> None:
    """Broken, a message came twice after a server had lost its memory, or reached a stranger."""
    one, other = await profile.process(), await profile.process()
    await one.save_login("alice", "token")
    for word in ("tried", "never tried"):
        await one.put(entry(word))
    await one.put(entry("to bob", lane="bob", private=True))
    await one.put(entry("on its way", lane="python"))
    await one.claim("#general", 1)
    await one.settle("tried", Unanswered())
    await other.claim("#python", 1)
    await one.save_login("alice", "token 2")
    assert {e.id: e.status for e in await one.entries()} == {
        "tried": "unknown",
        "never tried": "waiting",
        "to bob": "failed",
        "on its way": "unknown",
    }
    assert (await other.settle("on its way", Acked(ack()))).status == "delivered"
    claimed = await one.claim("#general", 2)
    assert claimed is not None
    assert claimed.id == "never tried"


async def test_a_person_decides_about_what_failed(profile: Profile) -> None:
    """Broken, a failed message could not be sent again or thrown away, or another one was."""
    one = await profile.process()
    await one.save_login("alice", "token")
    for word in ("one", "two", "three"):
        await one.put(entry(word))
    await one.claim("#general", 1)
    await one.settle("one", Refused("No."))
    assert await one.retry("two") is None
    again = await one.retry("one")
    assert again == entry("one")
    assert await one.withdraw("two") == entry("two")
    assert await one.withdraw("two") is None
    assert await one.retry("nothing") is None
    assert await contents(one) == ["one", "three"]
    claimed = await one.claim("#general", 1)
    assert claimed is not None
    assert claimed.id == "one", "in its place"


async def test_a_change_by_another_process_is_noticed(profile: Profile) -> None:
    """Broken, what another terminal wrote did not show, or each look read everything again."""
    one, other = await profile.process(), await profile.process()
    await one.save_login("alice", "token")
    await one.entries()
    assert not await one.changed()
    await one.put(entry("mine"))
    assert not await one.changed(), "it knows what it did itself"
    await other.put(entry("other's"))
    assert await one.changed()
    await one.entries()
    assert not await one.changed()
    await other.keep(Seen(states=(state(),)))
    assert not await one.changed(), "what was read is no matter of the outbox"
    await other.withdraw("other's")
    await one.put(entry("mine, too"))
    assert await one.changed()


async def test_others_learn_of_a_delivery_for_a_while(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, the other terminal took what was delivered for thrown away, or the file grew."""
    for module in ("memory", "outbox_table"):
        monkeypatch.setattr(f"rchat_tui.client.store.{module}.DELIVERED", few := 10)
    one = await profile.process()
    await one.save_login("alice", "token")
    for number in range(few + 3):
        await one.put(entry(f"{number}"))
        await one.claim("#general", 1)
        await one.settle(f"{number}", Acked(ack(number + 1)))
    found = await one.entries()
    assert [e.id for e in found] == [str(number) for number in range(3, few + 3)]
    assert {e.content for e in found} == {""}


async def test_a_full_outbox_says_so(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken, an outbox grew without end, or dropped something silently."""
    monkeypatch.setattr(outbox, "ENTRIES", 2)
    one = await profile.process()
    await one.save_login("alice", "token")
    await one.put(entry("one"))
    await one.put(entry("two"))
    with pytest.raises(StorageFailed, match="Too many messages wait"):
        await one.put(entry("three"))
    await one.claim("#general", 1)
    await one.settle("one", Acked(ack()))
    await one.put(entry("four"))
    assert [e.id for e in await one.entries() if e.status == "waiting"] == ["two", "four"]


# -- the cache -------------------------------------------------------------------------------------


async def test_conversations_come_back_as_they_were(profile: Profile) -> None:
    """Broken, the first screen was empty, in another order, or showed a log with a hole."""
    one = await profile.process()
    states = (state("b", head=9), state("a", head=5), state("c", head=3))
    spans = {"b": (span(1, 3), span(6, 9)), "a": (span(1, 5),), "c": (span(1, 2),)}
    await one.keep(Seen(states=states, spans=spans))
    await one.keep(Seen(states=(state("a", head=6),), spans={"a": (span(6, 6),)}))
    await one.aclose()
    later = await profile.process()
    assert await later.remembered(4, 100) == (
        (states[0], messages(6, 9)),
        (state("a", head=6), messages(3, 6)),
        (states[2], ()),
    )
    remembered = await later.remembered(4, 5)
    assert [len(found) for _, found in remembered] == [1, 4, 0], "those heard of last go first"


async def test_a_page_is_whole_or_says_that_it_is_not(profile: Profile) -> None:
    """Broken, scrolling back skipped messages that were not held, or asked for those that were."""
    one = await profile.process()
    await one.keep(Seen(states=(state(head=20),), spans={"c": (span(1, 4), span(8, 20))}))

    async def page(
        before: int | None = None, after: int | None = None, limit: int = 3
    ) -> CachedPage | None:
        return await one.page("c", "e", before=before, after=after, limit=limit)

    assert await page() == CachedPage(messages(18, 20), whole=True, more=True)
    assert await page(before=15) == CachedPage(messages(12, 14), whole=True, more=True)
    assert await page(before=11) == CachedPage(messages(8, 10), whole=True, more=True)
    assert await page(before=10) == CachedPage(messages(8, 9), whole=False, more=True)
    assert await page(before=8) is None
    assert await page(before=5) == CachedPage(messages(2, 4), whole=True, more=True)
    assert await page(before=3) == CachedPage(messages(1, 2), whole=True, more=False)
    assert await page(after=0) == CachedPage(messages(1, 3), whole=True, more=True)
    assert await page(after=1) == CachedPage(messages(2, 4), whole=False, more=True)
    assert await page(after=4) is None
    assert await page(after=17) == CachedPage(messages(18, 20), whole=False, more=False)
    assert await one.page("c", "another", before=15, after=None, limit=3) is None
    assert await one.page("unknown", "e", before=15, after=None, limit=3) is None


async def test_where_a_log_begins_a_short_page_is_whole(profile: Profile) -> None:
    """Broken, the beginning of a log whose oldest entries have expired was asked for for ever."""
    one = await profile.process()
    await one.keep(Seen(states=(state(head=9, first=6),), spans={"c": (span(6, 9),)}))
    found = await one.page("c", "e", before=8, after=None, limit=50)
    assert found == CachedPage(messages(6, 7), whole=True, more=False)


async def test_a_new_epoch_forgets_what_was_held(profile: Profile) -> None:
    """Broken, messages of a log that is gone showed among those of the new one."""
    one = await profile.process()
    await one.keep(Seen(states=(state(head=9),), spans={"c": (span(1, 9),)}))
    new = state(epoch="e2", head=3)
    late = (span(1, 2), span(3, 3, epoch="e2", content="new"))
    await one.keep(Seen(states=(new,), spans={"c": late}))
    assert await one.remembered(9, 99) == ((new, messages(3, 3, content="new")),)


async def test_what_is_gone_is_forgotten(profile: Profile) -> None:
    """Broken, a channel that was left came back at the next start."""
    one = await profile.process()
    await one.keep(Seen(states=(state("a"), state("b", head=2)), spans={"b": (span(1, 2),)}))
    await one.keep(Seen(gone=frozenset("b"), spans={"b": (span(1, 2),)}))
    assert await one.remembered(9, 99) == ((state("a"), ()),)
    await one.keep(Seen(gone=frozenset("a"), states=(state("b", head=2),)))
    assert await one.remembered(9, 99) == ((state("b", head=2), ()),), "nothing of before"


async def test_the_cache_keeps_to_its_bounds(profile: Profile) -> None:
    """Broken, a cache grew without end, or dropped the newest first."""
    one = await profile.process()
    many = LIMITS.numbers + 5
    await one.keep(Seen(states=(state("a", head=many),), spans={"a": (span(1, many),)}))
    page = await one.page("a", "e", before=many, after=None, limit=many)
    assert page == CachedPage(messages(6, many - 1), whole=False, more=True)

    large = "x" * 10_000
    for id_ in "bcdef":
        full = span(1, LIMITS.numbers, content=large)
        await one.keep(Seen(states=(state(id_, head=LIMITS.numbers),), spans={id_: (full,)}))
    remembered = {s.conversation: found for s, found in await one.remembered(99, 999)}
    assert list(remembered) == ["a", "b", "c", "d", "e", "f"]
    assert not remembered["a"], "the one that was silent longest"
    assert len(remembered["f"]) == LIMITS.numbers


async def test_a_page_that_is_read_again_is_held_once(profile: Profile) -> None:
    """Broken, what two terminals read was held twice, or tore holes."""
    one, other = await profile.process(), await profile.process()
    await one.keep(Seen(states=(state(head=9),), spans={"c": (span(4, 7),)}))
    await other.keep(Seen(states=(state(head=9),), spans={"c": (span(6, 9), span(2, 4))}))
    assert await one.remembered(99, 99) == ((state(head=9), messages(2, 9)),)


async def test_an_entry_that_is_no_message_makes_no_hole(profile: Profile) -> None:
    """Broken, a number that is an edit was asked for again and again."""
    one = await profile.process()
    known = replace(span(1, 9), messages=messages(1, 3) + messages(6, 9))
    await one.keep(Seen(states=(state(head=9),), spans={"c": (known,)}))
    page = await one.page("c", "e", before=8, after=None, limit=4)
    assert page == CachedPage(messages(2, 3) + messages(6, 7), whole=True, more=True)
