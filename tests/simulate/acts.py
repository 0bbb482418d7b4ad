"""What people do to what was said: beside the deeds, with chance of their own.

So the runs in which nobody does any of it are what they were before there was any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rchat_tui.client.errors import OutcomeUnknown, RchatError, ServerError, StorageFailed

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Coroutine

    from simulate.terminals import Terminal

    Act = Callable[[Terminal, random.Random], Coroutine[Any, Any, None]]

EMOJI: Final = ("👍", "❤️", "🎉", "no", ":no:")
"""The last one is none."""


def _message(terminal: Terminal, rng: random.Random, *, own: bool) -> tuple[str, int, str] | None:
    """Return a message that stands on his screen: conversation, number, and what it says."""
    if terminal.ear is None:
        return None
    shown = [
        (conversation, seq, message.content)
        for conversation, messages in terminal.ear.screen.shown.items()
        for seq, message in messages.items()
        if conversation in terminal.ear.heard and (message.user == terminal.person.name) is own
    ]
    return rng.choice(shown[-20:]) if shown else None


async def edit(terminal: Terminal, rng: random.Random) -> None:
    """Let a message say something else, most often one's own."""
    if (found := _message(terminal, rng, own=rng.random() < 0.9)) is None:
        return
    conversation, seq, before = found
    terminal.acted += 1
    text = f"{terminal.name} edits {terminal.acted}"
    image = terminal.world.image
    await terminal.client.edit(conversation, seq, text)
    _check_stored(terminal, image.versions.get((conversation, seq), ()), text, before)


async def delete(terminal: Terminal, rng: random.Random) -> None:
    """Erase what a message says, most often one's own."""
    if (found := _message(terminal, rng, own=rng.random() < 0.9)) is None:
        return
    conversation, seq, _ = found
    image = terminal.world.image
    await terminal.client.delete(conversation, seq)
    message = image.message(conversation, seq)
    if image is terminal.world.image and message is not None and not message.deleted:
        terminal.world.broken(f"{terminal.name} was told that {conversation}/{seq} is deleted")
    terminal.promise.checks += 1


def _check_stored(
    terminal: Terminal, versions: tuple[str, ...] | list[str], text: str, before: str
) -> None:
    if terminal.world.image.versions and text not in terminal.world.image.texts:
        # The server may have begun anew on a backup since: that has its own epoch.
        stored = any(text in image.texts for image in terminal.world.images.values())
        if not stored:
            terminal.world.broken(
                f"{terminal.name} was told that {before!r} is {text!r}, and it is {versions}"
            )
    terminal.promise.checks += 1


async def react(terminal: Terminal, rng: random.Random) -> None:
    """React to something, or take that back."""
    if (found := _message(terminal, rng, own=rng.random() < 0.2)) is not None:
        emoji, on = rng.choice(EMOJI), rng.random() < 0.7
        await terminal.client.react(found[0], found[1], emoji, on=on)


async def set_topic(terminal: Terminal, rng: random.Random) -> None:
    """Say what a conversation is about, which may be no channel."""
    conversations = list(terminal.state.conversations.values())
    if conversations:
        about = rng.choice(("", "tea", f"what {terminal.name} likes"))
        await terminal.client.set_topic(rng.choice(conversations).id, about)


async def answer(terminal: Terminal, rng: random.Random) -> None:
    """Answer a message, through the outbox."""
    found = _message(terminal, rng, own=rng.random() < 0.3)
    known = terminal.state.conversations.get(found[0]) if found else None
    if found is None or known is None:
        return
    terminal.acted += 1
    text = f"{terminal.name} answers {terminal.acted}"
    lane = f"#{known.name}" if known.kind == "channel" else known.id
    said = terminal.promise.say(terminal.name, text, "post", f"{terminal.person.name} {lane}")
    try:
        message_id = await terminal.client.post(known.id, text, reply=found[1])
    except (ServerError, StorageFailed):
        said.fate = "refused"
        raise
    terminal.promise.kept(said, message_id)


_ACTS: Final = {edit: 8, delete: 4, react: 10, set_topic: 2, answer: 4}
ACTS: Final = tuple(_ACTS)
"""What people do to what was said …"""
ACT_WEIGHTS: Final = tuple(_ACTS.values())
"""… and how often."""


async def carried_out(terminal: Terminal, act: Act, rng: random.Random) -> None:
    """Do it, and note why it was not done."""
    asked: Awaitable[None] = act(terminal, rng)
    try:
        await asked
    except OutcomeUnknown:
        terminal.world.note(terminal.name, f"{act.__name__}: nobody knows")
    except RchatError as error:
        terminal.world.note(terminal.name, f"{act.__name__}: {type(error).__name__} {error}")
