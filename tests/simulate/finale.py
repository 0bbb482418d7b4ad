"""The end of a run: all is well again, so all has to be as it was promised."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from rchat_tui.client.errors import ConnectionLost, RequestTimeout
from rchat_tui.client.events import Offline, Online
from simulate.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_protocol.models import HistoryReply
    from simulate.ears import Heard
    from simulate.promise import Promise
    from simulate.terminals import Terminal
    from simulate.tutorial import Tutorial
    from simulate.world import World

PATIENCE: Final = 300
"""Seconds without trouble in which all has to be well again."""


class Finale:
    """What is checked when nothing goes wrong any more.

    Args:
        world: What there is.
        promise: What was said.
        terminals: Who was told.
        tutorials: Who else was.
    """

    def __init__(
        self,
        world: World,
        promise: Promise,
        terminals: list[Terminal],
        tutorials: list[Tutorial],
    ) -> None:
        self._world = world
        self._promise = promise
        self._terminals = terminals
        self._tutorials = tutorials

    async def play(self) -> None:
        """Wait until all is quiet, check, and end everything."""
        world = self._world
        for _ in range(PATIENCE):
            await asyncio.sleep(1)
            if not (missing := next(self._missing(), "")):
                break
        else:
            world.broken(f"after {PATIENCE} s without trouble: {missing}")
        world.note("world", "quiet")
        self._promise.check(world.image)
        for terminal in self._terminals:
            await self._fill_holes(terminal)
        for terminal in self._terminals:
            self._compare(terminal)
        for terminal in self._terminals:
            await terminal.quit()
        for terminal in self._terminals:
            self._compare_cache(terminal)
        for tutorial in self._tutorials:
            await tutorial.close()
        await world.stop_server()

    # -- quiet -------------------------------------------------------------------------------------

    def _missing(self) -> Iterator[str]:
        """Yield what is not yet as it should be."""
        world = self._world
        if world.loop.now < world.stalled_until:
            yield "the server stands still"
        if world.disk is None or not world.disk.idle:
            yield "the disk is busy"
        if world.hub.task_count:
            yield f"the server has {world.hub.task_count} tasks"
        for terminal in self._terminals:
            yield from self._offline(terminal)
            yield from self._unheard(terminal)
            yield from self._unread(terminal)
            self._settle(terminal)
        for tutorial in self._tutorials:
            yield from tutorial.missing()
        waiting = [said.text[:40] for said in self._promise.said.values() if said.fate == "kept"]
        if waiting:
            yield f"waiting: {waiting}"

    def _offline(self, terminal: Terminal) -> Iterator[str]:
        chat, ear = terminal.chat, terminal.ear
        status = chat and chat.status
        if isinstance(status, Offline) and not status.retry_in:
            terminal.insist()
        if ear is None or not isinstance(status, Online):
            yield f"{terminal.name} is not online: {status}"
        elif not ear.live:
            yield f"{terminal.name} is not live"

    def _settle(self, terminal: Terminal) -> None:
        """Learn what only the file knows: who was killed at that moment was told by nobody."""
        entries = terminal.person.profile.disk.entries
        for entry in entries.values():
            said = self._promise.by_id.get(entry.id) or self._promise.said.get(entry.content)
            open_again = said is not None and said.fate == "failed" and said.strayed
            if said is not None and entry.ack is not None and (said.fate == "kept" or open_again):
                self._promise.acked(said, entry.ack)
        for said in self._promise.said.values():
            his = said.who.startswith(f"{terminal.person.name}.")
            if said.fate == "kept" and his and said.id not in entries:
                if not said.taken_back:
                    self._world.broken(f"{said.text!r} has vanished from the outbox")
                said.fate = "withdrawn"

    def _unheard(self, terminal: Terminal) -> Iterator[str]:
        heard, image = terminal.ear.heard if terminal.ear else {}, self._world.image
        expected = self._conversations(terminal)
        if set(heard) != expected:
            yield f"{terminal.name} knows {sorted(heard)}, and is in {sorted(expected)}"
            return
        for each in heard.values():
            if each.cursor != image.head(each.id) or each.epoch != image.epoch:
                yield f"{terminal.name} heard {each}, and the log goes to {image.head(each.id)}"
            if each.members != self._members(each):
                yield f"{terminal.name} sees {each.members}, where {self._members(each)} are"
        yield from self._not_shown(terminal, heard)

    def _not_shown(self, terminal: Terminal, heard: dict[str, Heard]) -> Iterator[str]:
        shown, outgoing = terminal.state.conversations, set(terminal.state.outgoing)
        names = {(heard[id_].kind, heard[id_].name) for id_ in shown if id_ in heard}
        for id_, each in heard.items():  # of two people who had one name in turn, the last is shown
            if id_ not in shown and (each.kind, each.name) not in names:
                yield f"{terminal.name} does not show {each}"
        if shown.keys() - terminal.state.lost - heard.keys():
            yield f"{terminal.name} shows {sorted(shown)}, and is in {sorted(heard)}"
        entries = terminal.person.profile.disk.entries.values()
        written = {entry.id for entry in entries if entry.status != "delivered"}
        if outgoing != written:
            yield f"{terminal.name} shows {outgoing} in the outbox of {written}"

    # -- as it should be ---------------------------------------------------------------------------

    def _conversations(self, terminal: Terminal) -> set[str]:
        me = self._identity(terminal)
        return {
            conversation for conversation, identity in self._world.image.members if identity == me
        }

    def _identity(self, terminal: Terminal) -> str:
        token = terminal.person.profile.token_hash
        for record in self._world.image.identities.values():
            if record.token_hash == token:
                return record.id
        return ""

    def _members(self, heard: Heard) -> set[str]:
        image = self._world.image
        record = image.conversations[heard.id]
        people = record.participants or [
            identity for conversation, identity in image.members if conversation == heard.id
        ]
        known = [image.identities[each] for each in people]
        return {each.name for each in known if each.present}

    def _unread(self, terminal: Terminal) -> Iterator[str]:
        """Yield where read markers and counts are not the server's, and of all other terminals."""
        identity, image = self._identity(terminal), self._world.image
        for id_, conversation in terminal.state.conversations.items():
            member = image.members.get((id_, identity))
            if member is None:  # he was in it once, and something in his outbox stands in it
                continue
            least, mentions = image.unread(id_, member.read), len(member.mentions)
            most = least + image.forgotten(id_, member.read)
            unread = conversation.unread
            shown = (conversation.head, conversation.read, conversation.topic)
            right = (image.head(id_), member.read, image.conversations[id_].topic)
            if conversation.read in self._under_an_earlier_identity(terminal, id_, identity):
                continue
            # Which mentions a marker passed over is not known to a client: it keeps too many.
            if shown != right or not (
                least <= unread <= most and mentions <= conversation.mentions <= unread
            ):
                yield (
                    f"{terminal.name} shows head, read, topic, unread, mentions of"
                    f" {conversation.name} ({id_}) as {shown}, {unread}, {conversation.mentions},"
                    f" and they are {right}, {least}..{most}, {mentions}"
                )
            self._promise.checks += 1

    def _under_an_earlier_identity(
        self, terminal: Terminal, conversation: str, identity: str
    ) -> set[int]:
        """Return what he said as whom he was before: he has read it, and the server cannot know.

        What was queued then may be stored after he is another, under the same name.
        """
        name = terminal.person.name
        log = self._world.image.entries(conversation)
        return {entry.seq for entry in log if entry.user == name and entry.author != identity}

    def _compare(self, terminal: Terminal) -> None:
        """Everybody sees the same, now and when he starts again, and nothing that was deleted."""
        ear, image = terminal.ear, self._world.image
        if ear is not None and (wrong := ear.screen.wrong(image)):
            self._world.broken(f"{terminal.name} shows {wrong}")
        self._promise.checks += 1

    def _compare_cache(self, terminal: Terminal) -> None:
        image = self._world.image
        for conversation, log in terminal.person.profile.disk.logs.items():
            if log.state.epoch == image.epoch and conversation in image.logs:
                cached = Screen()
                cached.page(conversation, log.messages.values())
                if wrong := cached.wrong(image):
                    self._world.broken(f"{terminal.person.name} has on his disk {wrong}")
        self._promise.checks += 1

    async def _fill_holes(self, terminal: Terminal) -> None:
        """What was left out, history has."""
        ear, image = terminal.ear, self._world.image
        for conversation, epoch, begin, last in ear.holes if ear else ():
            if ear is None or epoch != image.epoch or conversation not in ear.heard:
                continue
            first = max(begin, image.first(conversation))
            while first <= last:
                page = await self._page(terminal, conversation, first - 1)
                ear.page(page)
                if page.first != first or page.last < first:
                    self._world.broken(f"{terminal.name}: history after {first - 1} is {page}")
                    return
                first = page.last + 1

    async def _page(self, terminal: Terminal, conversation: str, after: int) -> HistoryReply:
        """Return a page, in the end: a line may be dead, and nobody has noticed it yet."""
        began = self._world.loop.now
        while True:
            try:
                return await terminal.client.history(
                    conversation=conversation, after=after, limit=50
                )
            except (ConnectionLost, RequestTimeout) as error:
                if self._world.loop.now - began > PATIENCE:
                    self._world.broken(f"{terminal.name}: no history in {PATIENCE} s: {error}")
                await asyncio.sleep(1)
