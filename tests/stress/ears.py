"""What the product's client tells one person, as a view for the ledger. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.client.events import (
    ClientEvent,
    ConversationState,
    Delivered,
    Expired,
    Live,
    MessagePosted,
    NotKept,
    Offline,
    Online,
    Outgoing,
    Parted,
    ReadMarker,
    Remembered,
    Skipped,
    Withdrawn,
)
from stress.ledger import Ack, Entry, Ledger, Sent, Stream
from stress.member import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rchat_protocol.models import Message


class Ears:
    """One run of one client: its logical stream is what `ChatClient.events` yields.

    Args:
        name: What he is called.
        label: Whose view it is in the ledger.
        ledger: Where it is noted.
        fetch: Asked to read back what was skipped: conversation, first and last number.
    """

    def __init__(
        self, name: str, label: str, ledger: Ledger, fetch: Callable[[str, int, int], None]
    ) -> None:
        self.name = name
        self.label = label
        self.live = False
        """Whether there is a line on which all that was missed has come."""
        self.offline: list[Offline] = []
        """What was said each time that the line was lost."""
        self.online: list[float] = []
        """When it was there (again), by the event loop's clock."""
        self.streams: dict[str, Stream] = {}
        """By conversation id."""
        self.reads: dict[str, int] = {}
        """His read marker in each conversation, as he was told last."""
        self.waiting: set[str] = set()
        """Ids of what is in the outbox."""
        self._ledger = ledger
        self._fetch = fetch
        self._sent: dict[str, Sent] = {}

    def conversation(self, name: str) -> str | None:
        """Return the id of the conversation of that name, if he is in it."""
        return next((id_ for id_, stream in self.streams.items() if stream.name == name), None)

    def take(self, event: ClientEvent, now: float) -> None:
        """Take an event."""
        match event:
            case Online() | Offline() | Live():
                self._line(event, now)
            case Outgoing() | Delivered():
                self._outbox(event)
            case Remembered():
                self._remember(event)
            case Withdrawn():
                self.waiting.discard(event.id)
                self._say("the outbox", "something was withdrawn, and nobody did that")
            case Parted() | Expired() | NotKept():
                self._say("events", f"one that cannot be: {event}")
            case _:
                self._conversation(event)
        self._ledger.pulse()

    def read_back(self, conversation: str, messages: Sequence[Message]) -> None:
        """Take a page of what was skipped."""
        stream = self.streams[conversation]
        stream.fetched |= {each.seq: _entry(each) for each in messages}
        self._ledger.pulse()

    # -- within ------------------------------------------------------------------------------------

    def _conversation(self, event: ClientEvent) -> None:
        match event:
            case ConversationState():
                self._open(event)
            case MessagePosted():
                self.streams[event.conversation].heard.append(_entry(event))
                if event.user == self.name:
                    self.reads[event.conversation] = event.seq
            case ReadMarker():
                self.reads[event.conversation] = event.seq
            case Skipped():
                self.streams[event.conversation].skipped.append((event.first, event.last))
                self._fetch(event.conversation, event.first, event.last)
            case _:
                pass

    def _line(self, event: Online | Offline | Live, now: float) -> None:
        self.live = isinstance(event, Live)
        if isinstance(event, Offline):
            self.offline.append(event)
            if event.code in FAULTS:
                self._say("a line", f"it was ended with {event.code}: {event.reason}")
        elif isinstance(event, Online):
            if event.fresh and (self.online or self.streams):
                self._ledger.problem(
                    f"{self.label}: the server has forgotten his identity", hopeless=True
                )
            self.online.append(now)

    def _open(self, state: ConversationState) -> None:
        known = self.streams.get(state.conversation)
        self.reads[state.conversation] = state.read
        if known is None:
            self.streams[state.conversation] = self._stream(state, state.head)
        elif known.epoch != state.epoch:
            self._say(known.name, "another epoch, and nothing was restored")
        elif not state.resumed:
            self._say(known.name, "not taken up where it was left")

    def _remember(self, event: Remembered) -> None:
        for each in event.conversations:
            start = each.messages[0].seq - 1 if each.messages else each.state.head
            stream = self._stream(each.state, start)
            stream.heard += [_entry(message) for message in each.messages]
            self.streams[each.state.conversation] = stream
            for outgoing in each.outgoing:
                self._outbox(outgoing)

    def _stream(self, state: ConversationState, start: int) -> Stream:
        name = state.name if state.kind == "channel" else f"@{state.name}"
        return self._ledger.stream(self.label, state.conversation, name, state.epoch, start)

    def _outbox(self, event: Outgoing | Delivered) -> None:
        if isinstance(event, Outgoing):
            self.waiting.add(event.id)
            if event.content in self._ledger.sent:
                self._sent[event.id] = self._ledger.sent[event.content]
                self._sent[event.id].id = event.id
            else:
                self._say("the outbox", f"what nobody wrote: {event}")
            if event.state in ("failed", "unknown"):
                self.waiting.discard(event.id)
                self._say("the outbox", f"{event.state}: {event.reason}")
        else:
            self.waiting.discard(event.id)
            if event.id in self._sent:
                ack = Ack(event.conversation, event.epoch, event.seq, event.id, event.at)
                self._ledger.acked(self._sent[event.id], ack)

    def _say(self, where: str, what: str) -> None:
        self._ledger.problem(f"{self.label} in {where}: {what}")


def _entry(message: MessagePosted | Message) -> Entry:
    return Entry(message.seq, message.id, message.user, message.content, message.at)
