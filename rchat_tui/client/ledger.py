"""The outbox as it was last seen, and what was told of it. No I/O.

Whatever is learned of an entry goes through `Ledger.note`: it tells what is new in it, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from rchat_protocol import names
from rchat_tui.client.events import Delivered, Outgoing, Withdrawn
from rchat_tui.client.store.limits import DELIVERED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rchat_protocol.models import ConversationKind
    from rchat_tui.client.events import OutboxEvent
    from rchat_tui.client.outbox import Entry

_K = TypeVar("_K")


class Ledger:
    """The entries of one outbox.

    Args:
        say: Where events go.
        shown_in: The id of the conversation that an entry is to be shown in.
    """

    def __init__(
        self, *, say: Callable[[OutboxEvent], None], shown_in: Callable[[Entry], str]
    ) -> None:
        self._say = say
        self._shown_in = shown_in
        self._entries: dict[str, Entry] = {}
        self._said: dict[str, Outgoing] = {}
        # More than a store keeps: one that it still has is not to be told again.
        self._delivered: dict[str, None] = {}
        # Ordered sets of ids.
        self._lanes: dict[str, dict[str, None]] = {}
        self._named: dict[tuple[ConversationKind, str], dict[str, None]] = {}

    @property
    def lanes(self) -> Collection[str]:
        """Those in which something waits."""
        return self._lanes.keys()

    def get(self, entry_id: str) -> Entry | None:
        """Return an entry as it was last seen."""
        return self._entries.get(entry_id)

    def restore(self, entries: Collection[Entry]) -> tuple[Outgoing, ...]:
        """Know the entries that were there before; return what is to be told of them."""
        for entry in entries:
            self._put(entry)
            if entry.status != "delivered":
                self._said[entry.id] = self._outgoing(entry)
        return tuple(self._said.values())

    def note(self, entry: Entry) -> None:
        """Know how an entry is now, and tell what is new."""
        before = self._entries.get(entry.id)
        self._put(entry)
        if entry.status != "delivered":
            self._tell(self._outgoing(entry))
        elif entry.ack is not None and (before is None or before.status != "delivered"):
            self._said.pop(entry.id, None)
            ack = entry.ack
            self._say(Delivered(ack.conversation, entry.id, ack.seq, ack.at, ack.epoch))
            self._delivered[entry.id] = None
            if len(self._delivered) > 2 * DELIVERED:
                self.gone(next(iter(self._delivered)))

    def blame(self, lane: str, reason: str) -> None:
        """Tell why the first one of a lane still waits, where the store cannot know."""
        for entry_id in tuple(self._lanes.get(lane, ()))[:1]:
            self._tell(replace(self._said[entry_id], reason=reason))

    def gone(self, entry_id: str) -> None:
        """Know that an entry is there no more."""
        entry = self._entries.pop(entry_id, None)
        self._delivered.pop(entry_id, None)
        if entry is None:
            return
        self._unlist(entry)
        said = self._said.pop(entry_id, None)
        if said is not None:
            self._say(Withdrawn(said.conversation, entry_id))

    def replace(self, entries: Collection[Entry], *, but: Collection[str]) -> None:
        """Know all entries anew, as the store has them now.

        Args:
            entries: All that there are.
            but: Those of which more is known here than the store does.
        """
        there = {entry.id for entry in entries}
        for entry_id in [id_ for id_ in self._entries if id_ not in there and id_ not in but]:
            self.gone(entry_id)
        for entry in entries:
            if entry.id not in but:
                self.note(entry)

    def appeared(self, kind: ConversationKind, name: str) -> None:
        """There is a conversation of that name: what was written in an earlier one shows in it."""
        for entry_id in self._named.get((kind, names.key(name)), ()):
            said = self._said.get(entry_id)
            if said is not None:
                shown_in = self._shown_in(self._entries[entry_id])
                self._tell(replace(said, conversation=shown_in))

    def _tell(self, outgoing: Outgoing) -> None:
        if self._said.get(outgoing.id) != outgoing:
            self._said[outgoing.id] = outgoing
            self._say(outgoing)

    def _outgoing(self, entry: Entry) -> Outgoing:
        state = "sending" if entry.claim is not None else entry.status
        if state == "delivered":  # its claim is over, and so is this
            raise ValueError("a delivered entry is outgoing no more")
        conversation = self._shown_in(entry)
        return Outgoing(
            conversation, entry.id, entry.content, entry.at, state, entry.reason, entry.reply
        )

    def _put(self, entry: Entry) -> None:
        before = self._entries.get(entry.id)
        if before is not None:
            self._unlist(before)
        self._entries[entry.id] = entry
        if entry.status == "waiting":
            self._lanes.setdefault(entry.lane, {})[entry.id] = None
        if entry.status != "delivered":
            key = (entry.kind, names.key(entry.name))
            self._named.setdefault(key, {})[entry.id] = None

    def _unlist(self, entry: Entry) -> None:
        _discard(self._lanes, entry.lane, entry.id)
        _discard(self._named, (entry.kind, names.key(entry.name)), entry.id)


def _discard(index: dict[_K, dict[str, None]], key: _K, value: str) -> None:
    found = index.get(key)
    if found is not None:
        found.pop(value, None)
        if not found:
            del index[key]
