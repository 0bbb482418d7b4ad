"""What people do at their terminals, and what they are told at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from rchat_protocol.models import Ack
from rchat_tui.client.errors import OutcomeUnknown, RchatError, ServerError, StorageFailed
from simulate.people import Moves

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from simulate.promise import Said
    from simulate.terminals import Terminal

    Deed = Callable[[Terminal], Coroutine[Any, Any, None]]

_PADDING: Final = 12_000
"""Characters of a large message."""

_PLACES: Final = ("before", "after", "around")


def _text(terminal: Terminal, to: str) -> str:
    """Return something to say, unlike all that was said before."""
    terminal.told += 1
    rng = terminal.rng
    text = f"{terminal.name} says {terminal.told}"
    if rng.random() < 0.2:
        text += f" to @{to}"
    if rng.random() < terminal.world.plan.large:
        text += " " + "." * rng.randrange(_PADDING)
    return text


def _a_channel(terminal: Terminal) -> str:
    """Return a channel's name."""
    return f"room{terminal.rng.randrange(terminal.world.plan.channels)}"


def _a_person(terminal: Terminal) -> str:
    """Return somebody's name, his own at times."""
    return f"p{terminal.rng.randrange(len(terminal.world.plan.people))}"


async def post(terminal: Terminal) -> None:
    """Write into the outbox."""
    conversations = list(terminal.state.conversations.values())
    if not conversations:
        await join(terminal)
        return
    to = terminal.rng.choice(conversations)
    text = _text(terminal, _a_person(terminal))
    lane = f"#{to.name}" if to.kind == "channel" else to.id
    said = terminal.promise.say(terminal.name, text, "post", f"{terminal.person.name} {lane}")
    try:
        message_id = await terminal.client.post(to.id, text)
    except (ServerError, StorageFailed):
        said.fate = "refused"
        raise
    terminal.promise.kept(said, message_id)


async def send(terminal: Terminal) -> None:
    """Say something and wait for the answer, in the way of scripts."""
    chat = terminal.client
    if terminal.rng.random() < 0.7:
        channel = _a_channel(terminal)
        said = terminal.promise.say(terminal.name, _text(terminal, _a_person(terminal)), "send")
        await _answered(terminal, said, chat.channel_message(channel, said.text))
    else:
        person = _a_person(terminal)
        said = terminal.promise.say(terminal.name, _text(terminal, person), "send")
        await _answered(terminal, said, chat.private_message(person, said.text))


async def _answered(terminal: Terminal, said: Said, answer: Awaitable[Ack]) -> None:
    try:
        ack = await answer
    except OutcomeUnknown:
        raise
    except RchatError:
        if said.fate != "stored":
            said.fate = "refused"
        raise
    terminal.world.note(terminal.name, f"{said.text[:40]!r} is at {ack.conversation}/{ack.seq}")
    terminal.promise.acked(said, ack)


async def tidy(terminal: Terminal) -> None:
    """Try again, or take back, what has failed or may be stored or not, or still waits."""
    entries = [
        entry
        for entry in terminal.person.profile.disk.entries.values()
        if entry.status != "delivered" and entry.id in terminal.promise.by_id
    ]
    if not entries:
        return
    entry = terminal.rng.choice(entries)
    said = terminal.promise.by_id[entry.id]
    if entry.status == "failed" and terminal.rng.random() < 0.5:
        said.strayed = True
        await terminal.client.retry(entry.id)
    elif entry.status != "unknown":
        said.taken_back = True
        content = await terminal.client.withdraw(entry.id)
        said.fate = "withdrawn"
        if content != said.text:
            terminal.world.broken(f"{terminal.name} takes {said.text!r} back, and gets {content!r}")


async def send_twice(terminal: Terminal) -> None:
    """Send one message under one id on two lines, as nobody should."""
    others = [each for each in terminal.person.terminals if each.chat is not None]
    said = terminal.promise.say(terminal.name, _text(terminal, _a_person(terminal)), "send")
    channel, message_id = _a_channel(terminal), f"twice-{said.text}"
    answers = [terminal.client.channel_message(channel, said.text, message_id=message_id)]
    other = terminal.rng.choice(others).chat
    if other is not None:
        answers.append(other.channel_message(channel, said.text, message_id=message_id))
    asked = [asyncio.create_task(answer, name="act") for answer in answers]
    results = await asyncio.gather(*asked, return_exceptions=True)
    for result in results:
        if isinstance(result, Ack):
            terminal.promise.acked(said, result)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def join(terminal: Terminal) -> None:
    """Join a channel; once that is answered, it is on the disk."""
    channel = _a_channel(terminal)
    await _come_or_go(terminal, channel, terminal.client.join(channel), joins=True)


async def leave(terminal: Terminal) -> None:
    """Leave a channel; once that is answered, it is on the disk."""
    channel = _a_channel(terminal)
    terminal.presence.reason(terminal.person.name, channel)
    await _come_or_go(terminal, channel, terminal.client.leave(channel), joins=False)


async def _come_or_go(
    terminal: Terminal, channel: str, asked: Awaitable[None], *, joins: bool
) -> None:
    person, world, image = terminal.person, terminal.world, terminal.world.image
    token, moves = person.profile.token_hash, person.moves.setdefault(channel, Moves())
    alone = moves.asked == moves.answered
    moves.asked += 1
    moves.ever_left = moves.ever_left or not joins
    number = moves.asked
    before = image.moves.copy()
    await asked
    moves.answered += 1
    if not alone or moves.asked != number or image is not world.image or not token:
        return  # another of his terminals may have undone it
    rooms = {record.id for record in image.conversations.values() if record.name == channel}
    known = {record.id for record in image.identities.values() if record.token_hash == token}
    places = [(room, each) for room in rooms for each in known]
    is_in = any(place in image.members for place in places)
    # Another of his terminals comes in again by itself when it is back: that may be just now.
    stored = any(image.moves[*place, joins] > before[*place, joins] for place in places)
    if known and is_in is not joins and not stored:
        world.broken(f"{terminal.name} was told that it {'joined' if joins else 'left'} {channel}")
    terminal.promise.checks += 1


async def talk(terminal: Terminal) -> None:
    """Open a conversation with somebody."""
    await terminal.client.open_conversation(_a_person(terminal))


async def read(terminal: Terminal) -> None:
    """Say how far one has read."""
    conversations = list(terminal.state.conversations.values())
    if conversations:
        to = terminal.rng.choice(conversations)
        await terminal.client.mark_read(to.id, terminal.rng.randint(to.read, max(to.read, to.head)))


async def look_back(terminal: Terminal) -> None:
    """Read a page of history."""
    conversations, ear = list(terminal.state.conversations.values()), terminal.ear
    if conversations and ear is not None:
        of = terminal.rng.choice(conversations)
        place, number = terminal.rng.choice(_PLACES), terminal.rng.randint(0, of.head + 1)
        page = await terminal.client.history(
            conversation=of.id,
            before=number if place == "before" else None,
            after=number if place == "after" else None,
            around=number if place == "around" else None,
            limit=terminal.rng.randint(1, 30),
        )
        seqs = [message.seq for message in page.messages]
        terminal.world.note(terminal.name, f"{of.id} {place} {number}: {seqs}, more: {page.more}")
        ear.page(page)


async def doze(terminal: Terminal) -> None:
    """Take no event for a while."""
    terminal.deaf_until = terminal.world.loop.now + terminal.rng.uniform(0.5, 8)


async def hurry(terminal: Terminal) -> None:
    """Take events at another speed."""
    terminal.speed = terminal.rng.choice((0.0, 0.0, 0.01, 0.2))


_DEEDS: Final = {
    post: 30,
    send: 12,
    send_twice: 3,
    tidy: 4,
    join: 6,
    leave: 2,
    talk: 2,
    read: 5,
    look_back: 3,
    doze: 1,
    hurry: 1,
}
DEEDS: Final = tuple(_DEEDS)
"""What people do …"""
WEIGHTS: Final = tuple(_DEEDS.values())
"""… and how often."""
