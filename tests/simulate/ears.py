"""What one client was told, held against what stands on the server's disk, event by event.

This knows the protocol's promise and nothing of the code that keeps it: for each conversation the
numbers go on by one from where a state said that they begin, what is left out is named, and every
message is on the disk when it is shown, as it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rchat_server.core.ports import Deed
from rchat_tui.client.events import (
    ConversationState,
    Delivered,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Online,
    Outgoing,
    Parted,
    Remembered,
    Skipped,
    TopicChanged,
    Withdrawn,
)
from simulate.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rchat_protocol.models import ConversationKind, HistoryReply, Message
    from rchat_server.core.ports import Entry
    from rchat_tui.client.events import ClientEvent, OutboxEvent
    from simulate.presence import Presence
    from simulate.promise import Promise
    from simulate.world import World

    Done = MessageEdited | MessageDeleted | MessageReaction | TopicChanged


@dataclass(slots=True)
class Heard:
    """One conversation, as a client was told of it."""

    id: str
    kind: ConversationKind
    name: str
    epoch: str
    cursor: int
    """Number of the last entry that it was told of, or that was named as left out."""
    members: set[str] = field(default_factory=set)
    named: bool = True
    """Whether the server has named it since the line came up."""
    anew: bool = False
    """Whether it may begin anew: another identity is told of it than before."""


class Ear:
    """What one client process was told.

    Args:
        world: What there is.
        promise: Who knows what was said.
        who: The client, for the trace.
        knows: Whether an identity id is one that this client has.
        left: Whether this person has ever asked to leave the channel of that name.
        presence: Who knows who was there.
    """

    def __init__(
        self,
        world: World,
        promise: Promise,
        who: str,
        *,
        knows: Callable[[str], bool],
        left: Callable[[str], bool],
        presence: Presence,
    ) -> None:
        self.heard: dict[str, Heard] = {}
        self.screen = Screen()
        self.live = False
        """Whether all that was missed has been sent."""
        self.holes: list[tuple[str, str, int, int]] = []
        """What was named as left out: conversation, epoch, first and last."""
        self._world = world
        self._promise = promise
        self.who = who
        self._knows = knows
        self._left = left
        self._presence = presence
        self._takers: dict[type, Callable[[Any], object]] = {
            ConversationState: self._state,
            Delivered: self._outbox,
            Expired: self._expired,
            Live: self._live,
            MemberJoined: self._roster,
            MemberLeft: self._roster,
            Members: self._roster,
            MessageDeleted: self._deed,
            MessageEdited: self._deed,
            MessagePosted: self._message,
            MessageReaction: self._deed,
            Online: self._online,
            Outgoing: self._outbox,
            Parted: self._parted,
            Remembered: self._remembered,
            Skipped: self._skipped,
            TopicChanged: self._deed,
            Withdrawn: self._outbox,
        }

    def take(self, event: ClientEvent) -> None:
        """Check an event, and remember what it says."""
        self._takers.get(type(event), self._ignore)(event)

    def page(self, page: HistoryReply) -> None:
        """Check a page of history, and show it."""
        self._unbroken(page.conversation, page.epoch, page.messages, page.first, page.last)
        for message in page.messages:
            self._on_disk(page.conversation, page.epoch, message)
        heard = self.heard.get(page.conversation)
        if heard is not None and heard.epoch == page.epoch:
            self.screen.page(page.conversation, page.messages)

    # -- events ------------------------------------------------------------------------------------

    def _state(self, state: ConversationState) -> None:
        heard = self.heard.get(state.conversation)
        self._may_know(state.conversation, state.epoch)
        if state.head > len(self._world.images[state.epoch].entries(state.conversation)):
            self._broken(f"{_short(state)} has a head beyond the log's")
        if heard is None or heard.epoch != state.epoch:
            if state.resumed:
                self._broken(f"{_short(state)} was taken up from nowhere")
            self.screen.clear(state.conversation)
            cursor = state.head
        else:
            cursor = heard.cursor
            if cursor > state.head:
                self._broken(f"{_short(state)} has a head before {cursor}, which was heard")
            if not state.resumed:
                # Who left and came back begins anew, perhaps without a word of the leaving; and so
                # does a new identity.
                left = state.kind == "channel" and self._left(state.name)
                if not (left or heard.anew):
                    self._broken(f"{_short(state)} was not taken up at {cursor}")
                if state.head > cursor:
                    self.screen.clear(state.conversation)
                cursor = state.head
        self.heard[state.conversation] = Heard(
            state.conversation,
            state.kind,
            state.name,
            state.epoch,
            cursor,
            set(state.members),
        )

    def _message(self, message: MessagePosted) -> None:
        heard = self.heard.get(message.conversation)
        if heard is None:
            self._broken(f"{_short(message)} is of a conversation that it is not in")
            return
        if message.seq == heard.cursor + 1:
            heard.cursor = message.seq
        else:
            self._broken(f"{_short(message)} does not follow {heard.cursor}")
        self._may_know(message.conversation, heard.epoch)
        self._on_disk(message.conversation, heard.epoch, message)
        self.screen.post(message.conversation, message)

    def _deed(self, event: Done) -> None:
        heard = self.heard.get(event.conversation)
        if heard is None:
            self._broken(f"{event} is of a conversation that it is not in")
            return
        if event.seq != heard.cursor + 1:
            self._broken(f"{event} does not follow {heard.cursor}")
        heard.cursor = event.seq
        log = self._world.images[heard.epoch].entries(event.conversation)
        entry = log[event.seq - 1] if event.seq <= len(log) else None
        right = isinstance(entry, Deed) and _done(event) == _stored(entry)
        # What an edit said is erased with its message: it was heard before, then.
        if not (right or (isinstance(event, MessageEdited) and _is_erased(entry))):
            self._broken(f"shows {event}; on the disk is {entry}")
        if not isinstance(event, TopicChanged):
            self.screen.change(event)

    def _parted(self, parted: Parted) -> None:
        self.heard.pop(parted.conversation, None)
        self.screen.clear(parted.conversation)

    def _online(self, online: Online) -> None:
        self.live = False
        for heard in self.heard.values():
            heard.named = False
            heard.anew = heard.anew or online.fresh

    def _live(self, _event: Live) -> None:
        self.live = True
        self.heard = {id_: heard for id_, heard in self.heard.items() if heard.named}
        for gone in self.screen.shown.keys() - self.heard.keys():
            self.screen.clear(gone)

    def _skipped(self, skipped: Skipped) -> None:
        if (heard := self._left_out(skipped)) is not None:
            self.holes.append((heard.id, heard.epoch, skipped.first, skipped.last))

    def _expired(self, expired: Expired) -> None:
        heard = self._left_out(expired)
        if heard and expired.last >= self._world.images[heard.epoch].first(heard.id):
            self._broken(f"{expired} of what is kept")

    def _left_out(self, event: Skipped | Expired) -> Heard | None:
        heard = self.heard.get(event.conversation)
        if heard is None or event.first != heard.cursor + 1 or event.last < event.first:
            self._broken(f"{event}, and the last entry was {heard and heard.cursor}")
            return None
        heard.cursor = event.last
        self.screen.clear(event.conversation)  # what was done to it may be among what is left out
        return heard

    def _outbox(self, event: OutboxEvent) -> None:
        self._promise.outbox(self.who, event)

    def _ignore(self, _event: object) -> None:
        """Nothing is promised about it."""

    def _roster(self, event: MemberJoined | MemberLeft | Members) -> None:
        heard = self.heard.get(event.conversation)
        if heard is None:
            self._broken(f"{event} is of a conversation that it is not in")
        elif isinstance(event, Members):
            heard.members = set(event.members)
        elif isinstance(event, MemberJoined):
            if event.user in heard.members:
                self._broken(f"{event}, and was here already")
            heard.members.add(event.user)
        else:
            if event.user not in heard.members:
                self._broken(f"{event}, and was not here")
            heard.members.discard(event.user)
            self._presence.seen_to_leave(self.who, event.user, heard)

    def _remembered(self, remembered: Remembered) -> None:
        for each in remembered.conversations:
            state = each.state
            first = each.messages[0].seq if each.messages else state.head + 1
            if state.epoch:
                self._unbroken(state.conversation, state.epoch, each.messages, first, state.head)
                self.screen.page(state.conversation, each.messages)
                self.heard[state.conversation] = Heard(
                    state.conversation, state.kind, state.name, state.epoch, state.head
                )
                for message in each.messages:
                    self._on_disk(state.conversation, state.epoch, message)
            for outgoing in each.outgoing:
                self._promise.outbox(self.who, outgoing)

    # -- against the disk --------------------------------------------------------------------------

    def _on_disk(self, conversation: str, epoch: str, message: Message | MessagePosted) -> None:
        image = self._world.images[epoch]
        log = image.entries(conversation)
        entry = log[message.seq - 1] if message.seq <= len(log) else None
        shown = (message.id, message.user, message.at, message.reply)
        # As it was when it was sent, or as it is now.
        said = "" if message.deleted else message.content
        texts = image.versions.get((conversation, message.seq), [])
        right = said == "" if message.deleted else said in texts
        deleted = entry is not None and entry.deleted
        if (
            entry is None
            or shown != (entry.id, entry.user, entry.at, entry.reply)
            or not right
            or (message.deleted and not deleted)
        ):
            self._broken(f"shows {conversation}/{message}; on the disk is {entry}, said: {texts}")

    def _unbroken(
        self, conversation: str, epoch: str, messages: Sequence[Message], first: int, last: int
    ) -> None:
        """Check that nothing is missing among these numbers, but what the server keeps no more."""
        image = self._world.images[epoch]
        seqs = [message.seq for message in messages]
        log = image.entries(conversation)
        begin = max(first, image.first(conversation))
        right = [n for n in range(begin, last + 1) if not isinstance(log[n - 1], Deed)]
        if [seq for seq in seqs if seq >= begin] != right or seqs != sorted(seqs):
            self._broken(f"holds {seqs} of {conversation}, {first} to {last}: they are {right}")

    def _may_know(self, conversation: str, epoch: str) -> None:
        record = self._world.images[epoch].conversations.get(conversation)
        if (
            record is not None
            and record.participants
            and not any(map(self._knows, record.participants))
        ):
            self._broken(f"is told of {conversation}, which is between {record.participants}")

    def _broken(self, what: str) -> None:
        self._world.broken(f"{self.who}: {what}")


def _short(event: ConversationState | MessagePosted) -> str:
    if isinstance(event, MessagePosted):
        return f"{event.conversation}/{event.seq} {event.content[:30]!r}"
    return f"{event.name} ({event.conversation} {event.epoch}, head {event.head}, {event.resumed})"


def _done(event: Done) -> tuple[object, ...]:
    """Return what an event says of an entry."""
    who = (event.user, event.at)
    match event:
        case MessageEdited():
            return ("edit", event.target, event.content, *who)
        case MessageDeleted():
            return ("delete", event.target, "", *who)
        case MessageReaction():
            kind = "react" if event.on else "unreact"
            return (kind, event.target, event.emoji, *who)
        case TopicChanged():
            return ("topic", 0, event.topic, *who)


def _stored(deed: Deed) -> tuple[object, ...]:
    return (deed.kind, deed.target, deed.content, deed.user, deed.at)


def _is_erased(entry: Entry | None) -> bool:
    return isinstance(entry, Deed) and entry.kind == "edit" and not entry.content
