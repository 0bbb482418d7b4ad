"""What the client says, told in lines: of each thing as much as one wants to hear."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from rchat_tui.app import saying, standing
from rchat_tui.app.alerts import worth
from rchat_tui.client.display import safe_line
from rchat_tui.client.events import (
    ConversationState,
    Delivered,
    Expired,
    Invited,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Moderated,
    NotKept,
    Offline,
    Online,
    Outgoing,
    Parted,
    PresenceChanged,
    Skipped,
    TopicChanged,
    Withdrawn,
)
from rchat_tui.client.state import ChatState
from rchat_tui.plain import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.app.changes import Change
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.events import ClientEvent
    from rchat_tui.plain.reader import Reader


class Teller:
    """Tells what happens: in the open conversation all of it, elsewhere what calls for you.

    What you wrote here is on the screen already: of that it tells only what is not as it should be.
    """

    def __init__(self, model: ChatModel, reader: Reader, write: Callable[[str], object]) -> None:
        self._model = model
        self._reader = reader
        self._write = write
        self._written: set[str] = set()
        """Ids of what was written here and is not acknowledged."""
        self._told: dict[str, tuple[str, str]] = {}
        """By id, how something in the outbox begins, and what was told of it: no more than the
        outbox has."""
        self._offline = ""

    def wrote(self, message_id: str) -> None:
        """What was typed here is in the outbox under this id."""
        self._written.add(message_id)

    def tell(self, event: ClientEvent, before: ChatState) -> None:
        """Tell an event that the model has taken in; ``before``: what was known before it."""
        self._tell(event, before)

    @singledispatchmethod
    def _tell(self, _event: object, _before: ChatState) -> None:
        return

    @_tell.register
    def _online(self, event: Online, _before: ChatState) -> None:
        self._offline = ""
        self._write(f"-- connected to {safe_line(event.url)} as {safe_line(event.user)}")

    @_tell.register
    def _no_line(self, event: Offline, _before: ChatState) -> None:
        reason = safe_line(event.reason)
        if event.retry_in is None:
            self._write(f"-- no connection: {reason} /reconnect tries again.")
        elif reason != self._offline:
            self._write(f"-- no connection: {reason} It is tried again by itself.")
        self._offline = reason

    @_tell.register
    def _not_kept(self, event: NotKept, _before: ChatState) -> None:
        self._write(f"-- {safe_line(event.reason)}")

    @_tell.register
    def _stands(self, event: ConversationState, before: ChatState) -> None:
        known = before.conversations.get(event.conversation)
        if event.conversation != self._model.active or event.resumed or known is None:
            return
        if known.epoch == event.epoch and 0 < known.head < event.head:
            self._reader.missed(event.conversation, event.head - known.head)

    @_tell.register(Skipped)
    @_tell.register(Expired)
    def _left_out(self, event: Skipped | Expired, _before: ChatState) -> None:
        if event.conversation == self._model.active:
            self._reader.missed(event.conversation, event.last - event.first + 1)

    @_tell.register
    def _posted(self, event: MessagePosted, before: ChatState) -> None:
        known = before.conversations.get(event.conversation)
        now = self._model.state.conversations.get(event.conversation)
        if known is None or now is None or event.seq <= known.head:
            return
        if event.id in self._written:
            self._written.discard(event.id)
            return
        said = self._model.loaded([event])[0]
        if said.hidden:
            return
        if event.conversation == self._model.active:
            self._reader.said(event.conversation, said)
        elif worth(event, before, self._model) is not None:
            self._reader.said(event.conversation, said, where=words.title(now))
        elif (
            self._model.unread(now)
            and not self._model.unread(known)
            and not self._model.preferences.muted(now)
        ):
            self._write(f"-- new in {words.title(now)}: /next goes there")

    @_tell.register(MessageEdited)
    @_tell.register(MessageDeleted)
    @_tell.register(MessageReaction)
    @_tell.register(TopicChanged)
    def _changed(self, event: Change, before: ChatState) -> None:
        known = before.conversations.get(event.conversation)
        if known is not None and event.seq > known.head:
            self._reader.changed(event)

    @_tell.register(MemberJoined)
    @_tell.register(MemberLeft)
    def _came_or_went(self, event: MemberJoined | MemberLeft, before: ChatState) -> None:
        known = before.conversations.get(event.conversation)
        now = self._model.state.conversations.get(event.conversation)
        if event.conversation != self._model.active or known is now:
            return  # elsewhere, or said twice
        put_out = isinstance(event, MemberLeft) and event.by  # that was told before
        if not (put_out or saying.is_me(event.user, self._model.state.user)):
            did = "joined" if isinstance(event, MemberJoined) else "left"
            self._write(f"-- {safe_line(event.user)} {did}")

    @_tell.register
    def _moderated(self, event: Moderated, _before: ChatState) -> None:
        if event.conversation == self._model.active:
            self._write(f"-- {standing.moderated(event, self._model.now()).text}")

    @_tell.register
    def _presence(self, event: PresenceChanged, before: ChatState) -> None:
        now, open_one = self._model.state, self._model.conversation
        if saying.is_me(event.user, now.user):
            if before.away != now.away:
                how = "back" if now.away is None else f"{saying.away(now.away)}; /back ends that"
                self._write(f"-- you are {how}")
        elif open_one is not None and (open_one.kind, open_one.name) == ("private", event.user):
            how = "back" if event.away is None else saying.away(event.away)
            self._write(f"-- {safe_line(event.user)} is {how}")

    @_tell.register
    def _invited(self, event: Invited, _before: ChatState) -> None:
        told = self._model.company.invited(event)
        if told is not None:
            self._write(f"-- {told}")

    @_tell.register
    def _parted(self, event: Parted, before: ChatState) -> None:
        known = before.conversations.get(event.conversation)
        if known is not None:
            title = words.title(known)
            told = standing.put_out(event, title) if event.by else f"you left {title}"
            self._write(f"-- {told}")

    @_tell.register
    def _outgoing(self, event: Outgoing, _before: ChatState) -> None:
        text = words.short(event.content)
        stuck = {"failed": "not sent", "unknown": "perhaps sent, perhaps not"}.get(event.state)
        if stuck is not None:
            line = f"-- {stuck}: {text}: {safe_line(event.reason)} /retry, /takeback or /throwaway"
        elif event.state == "waiting" and not self._model.online:
            line = f"-- waits for the connection: {text}"
        else:
            return
        if self._told.get(event.id) != (text, line):
            self._told[event.id] = (text, line)
            self._write(line)

    @_tell.register
    def _delivered(self, event: Delivered, _before: ChatState) -> None:
        told = self._told.pop(event.id, None)
        if told is not None:
            self._write(f"-- sent now: {told[0]}")

    @_tell.register
    def _withdrawn(self, event: Withdrawn, _before: ChatState) -> None:
        self._told.pop(event.id, None)
        self._written.discard(event.id)
