"""What the app knows, and how events and the user's wishes change it: pure, without widgets.

`rchat_tui.client.state` folds what the server says; on top of that the model keeps what only a
screen needs: the transcripts, which conversation is open, and which one was open before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_tui.app.items import Delivery, Gap, Notice, NoticeKind, Said
from rchat_tui.app.transcript import Transcript
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.events import (
    ConversationState,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    Offline,
    Online,
    Parted,
    Skipped,
)
from rchat_tui.client.state import ChatState, Conversation, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_protocol.models import ConversationKind, Message
    from rchat_tui.client.events import ClientEvent

_KEPT_ASIDE: Final = 50
"""Transcripts kept of conversations that vanished with a server's memory; the oldest go first."""

_TAB: Final = 4

Opened = tuple["ConversationKind", str]
"""Kind and `names.key` of a conversation: what it is called when its id is not known."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Whether the user sees what arrives."""

    focused: bool = True
    """The terminal has the focus, as far as it tells."""
    at_end: bool = True
    """The newest message is in view."""

    @property
    def seen(self) -> bool:
        """What arrives in the open conversation is seen at once."""
        return self.focused and self.at_end


class ChatModel:
    """The state of the app."""

    def __init__(self, *, now: Callable[[], int], new_id: Callable[[], str]) -> None:
        """Make an empty model.

        Args:
            now: milliseconds since 1970-01-01 UTC.
            new_id: makes ids for messages, each unlike all others.
        """
        self._now = now
        self._new_id = new_id
        self._aside: dict[Opened, Transcript] = {}
        self._wanted: Opened | None = None
        self._previous: str | None = None
        self.state = ChatState()
        self.active: str | None = None
        """Id of the open conversation."""
        self.transcripts: dict[str, Transcript] = {}
        self.attention = Attention()
        self.was_online = False
        """Whether this server ever let us in."""

    # -- questions -------------------------------------------------------------------------

    @property
    def conversation(self) -> Conversation | None:
        """The open conversation."""
        return None if self.active is None else self.state.conversations.get(self.active)

    @property
    def transcript(self) -> Transcript | None:
        """What was said in the open conversation."""
        return None if self.active is None else self.transcripts.get(self.active)

    @property
    def title(self) -> str:
        """How the open conversation is called: ``#general``, ``@bob``; empty where none is."""
        conversation = self.conversation
        if conversation is None:
            return ""
        return ("#" if conversation.kind == "channel" else "@") + safe_line(conversation.name)

    @property
    def online(self) -> bool:
        """Whether requests can be made."""
        return isinstance(self.state.connection, Online)

    def ordered(self) -> list[Conversation]:
        """Return the conversations as the list shows them: channels first, as they were opened."""
        return sorted(self.state.conversations.values(), key=lambda c: c.kind != "channel")

    def unread(self, conversation: Conversation) -> int:
        """Return how many messages to show as unread: none of what is being looked at."""
        looked_at = conversation.id == self.active and self.attention.seen
        return 0 if looked_at else conversation.unread

    def step(self, by: int) -> str | None:
        """Return the conversation ``by`` places below the open one; it goes round."""
        ids = [conversation.id for conversation in self.ordered()]
        if not ids:
            return None
        at = ids.index(self.active) if self.active in ids else -1 if by > 0 else 0
        return ids[(at + by) % len(ids)]

    def nth(self, number: int) -> str | None:
        """Return conversation ``number`` of the list, from 1."""
        ordered = self.ordered()
        return ordered[number - 1].id if 0 < number <= len(ordered) else None

    def next_unread(self) -> str | None:
        """Return the next conversation with unread messages: first those that speak to you."""
        ordered = self.ordered()
        at = next((i for i, c in enumerate(ordered) if c.id == self.active), -1)
        others = [c for c in ordered[at + 1 :] + ordered[: max(at, 0)] if c.unread]
        called = [c for c in others if c.mentions or c.kind == "private"]
        return next((c.id for c in called or others), None)

    def previous(self) -> str | None:
        """Return the conversation that was open before this one."""
        return self._previous if self._previous in self.state.conversations else None

    def to_mark_read(self) -> tuple[str, int] | None:
        """Return what the server should know as read now: conversation and number."""
        conversation = self.conversation
        if conversation is None or not self.online or not self.attention.seen:
            return None
        return (conversation.id, conversation.head) if conversation.unread else None

    # -- wishes ----------------------------------------------------------------------------

    def open(self, conversation: str) -> None:
        """Open a conversation; its unread line stands where you were."""
        found = self.state.conversations.get(conversation)
        if found is None or conversation == self.active:
            return
        if self.active is not None:
            self._previous = self.active
            left = self.transcripts.get(self.active)
            if left is not None:
                left.unread_after = None
        self.active = conversation
        self._wanted = None
        self.attention = Attention(focused=self.attention.focused)
        self.transcripts[conversation].unread_after = found.read if found.unread else None

    def want(self, kind: ConversationKind, name: str) -> None:
        """Open the conversation of that name, now or when the server tells of it."""
        found = self.state.find(kind, name)
        if found is not None:
            self.open(found.id)
        else:
            self._wanted = (kind, names.key(name))

    @property
    def wanted(self) -> Opened | None:
        """The conversation that is to be opened as soon as the server tells of it."""
        return self._wanted

    @property
    def opened(self) -> Opened | None:
        """The conversation that is open."""
        found = self.conversation
        return None if found is None else (found.kind, names.key(found.name))

    def give_up(self) -> None:
        """The conversation that was wanted does not come."""
        self._wanted = None

    def attend(self, attention: Attention) -> None:
        """The user looks at the end of the open conversation now, or no longer."""
        if attention.focused and not self.attention.focused and self.attention.at_end:
            # Coming back to the terminal: the line stays where it was.
            pass
        self.attention = attention

    def write(self, content: str) -> tuple[str, Said] | None:
        """Return a message to send in the open conversation, which shows it as on its way."""
        transcript = self.transcript
        if self.active is None or transcript is None:
            return None
        said = Said(
            user=self.state.user or "",
            content=_shown(content),
            at=self._now(),
            id=self._new_id(),
            delivery=Delivery.SENDING,
            mine=True,
            raw=content,
        )
        transcript.sending(said)
        return self.active, said

    def write_again(self) -> list[tuple[str, Said]]:
        """Return what failed in the open conversation; it is on its way once more."""
        transcript = self.transcript
        if self.active is None or transcript is None:
            return []
        again = []
        for failed in transcript.unsent():
            said = Said(
                user=failed.user,
                content=failed.content,
                at=self._now(),
                id=failed.id,
                delivery=Delivery.SENDING,
                mine=True,
                raw=failed.raw,
            )
            transcript.sending(said)
            again.append((self.active, said))
        return again

    def note(self, text: str, *, error: bool = False) -> bool:
        """Show a sentence in the open conversation; False where none is open."""
        if self.transcript is None:
            return False
        kind = NoticeKind.ERROR if error else NoticeKind.INFO
        self.transcript.notice(Notice(safe_text(text), self._now(), kind))
        return True

    def loaded(self, messages: Iterable[Message]) -> list[Said]:
        """Return what ``history`` answered as a transcript shows it."""
        return [self._said(message) for message in messages]

    # -- events ----------------------------------------------------------------------------

    def apply(self, event: ClientEvent) -> None:
        """Follow the client."""
        before = self.state
        self.state = fold(before, event)
        self._apply(event, before)

    @singledispatchmethod
    def _apply(self, _event: object, _before: ChatState) -> None:
        return

    @_apply.register
    def _online(self, _event: Online, _before: ChatState) -> None:
        self.was_online = True
        for transcript in self.transcripts.values():
            # What could not be loaded can be, now.
            for item in [i for i in transcript.items if isinstance(i, Gap) and i.problem]:
                transcript.not_filled(item, "")

    @_apply.register
    def _opened(self, event: ConversationState, before: ChatState) -> None:
        key = (event.kind, names.key(event.name))
        known = before.find(event.kind, event.name)
        transcript = self.transcripts.get(event.conversation)
        if transcript is None and known is not None:
            transcript = self.transcripts.pop(known.id, None)
            if self.active == known.id:
                self.active = event.conversation
            if self._previous == known.id:
                self._previous = event.conversation
        if transcript is None:
            transcript = self._aside.pop(key, None) or Transcript()
        self.transcripts[event.conversation] = transcript
        transcript.opened(
            epoch=event.epoch, head=event.head, first=event.first, resumed=event.resumed
        )
        if self._wanted == key or self.active is None:
            self.open(event.conversation)

    @_apply.register
    def _posted(self, event: MessagePosted, before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        if transcript is None:
            return
        said = self._said(event)
        conversation = before.conversations.get(event.conversation)
        new = conversation is not None and event.seq > conversation.head
        seen = event.conversation == self.active and self.attention.seen
        if (
            new
            and not said.mine
            and not seen
            and event.conversation == self.active
            and transcript.first_unread is None
        ):
            transcript.unread_after = event.seq - 1
        transcript.posted(said)

    @_apply.register(MemberJoined)
    @_apply.register(MemberLeft)
    def _came_or_went(self, event: MemberJoined | MemberLeft, before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        conversation = self.state.conversations.get(event.conversation)
        if transcript is None or conversation is None or self._is_me(event.user):
            return
        if conversation is before.conversations.get(event.conversation):
            return  # it changed nothing: said twice
        user = safe_line(event.user)
        if isinstance(event, MemberJoined):
            notice = Notice(f"{user} joined", self._now(), NoticeKind.JOIN, user)
        else:
            notice = Notice(f"{user} left", self._now(), NoticeKind.LEAVE, user)
        transcript.notice(notice)

    @_apply.register
    def _skipped(self, event: Skipped, _before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        if transcript is not None:
            transcript.skipped(event.first, event.last)

    @_apply.register
    def _expired(self, event: Expired, _before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        if transcript is not None:
            transcript.expired(event.first, event.last)

    @_apply.register
    def _parted(self, event: Parted, before: ChatState) -> None:
        self.transcripts.pop(event.conversation, None)
        self._leave(event.conversation, before)

    @_apply.register
    def _live(self, _event: Live, before: ChatState) -> None:
        for id_ in [id_ for id_ in self.transcripts if id_ not in self.state.conversations]:
            # The server knows it no more, but it may come again under another id: a client that
            # has to begin anew joins its channels again.
            transcript = self.transcripts.pop(id_)
            gone = before.conversations.get(id_)
            if gone is None:
                continue
            opened: Opened = (gone.kind, names.key(gone.name))
            self._aside[opened] = transcript
            while len(self._aside) > _KEPT_ASIDE:
                del self._aside[next(iter(self._aside))]
            if id_ == self.active and gone.kind == "channel":
                self._wanted = opened
            self._leave(id_, before)

    @_apply.register
    def _offline(self, _event: Offline, _before: ChatState) -> None:
        self._wanted = None

    # -- within ----------------------------------------------------------------------------

    def _leave(self, id_: str, before: ChatState) -> None:
        """Open another conversation where the one that ended was open."""
        if id_ != self.active:
            return
        self.active = None
        ids = [c.id for c in sorted(before.conversations.values(), key=_channels_first)]
        at = ids.index(id_) if id_ in ids else 0
        near = [*ids[at + 1 :], *reversed(ids[:at])]
        wanted = self._wanted
        for candidate in [self._previous, *near]:
            if candidate is not None and candidate in self.state.conversations:
                self.open(candidate)
                break
        self._wanted = wanted

    def _is_me(self, user: str) -> bool:
        return self.state.user is not None and names.key(user) == names.key(self.state.user)

    def _said(self, message: Message | MessagePosted) -> Said:
        return Said(
            user=safe_line(message.user),
            content=_shown(message.content),
            at=message.at,
            id=message.id,
            seq=message.seq,
            mine=self._is_me(message.user),
        )


def _channels_first(conversation: Conversation) -> bool:
    return conversation.kind != "channel"


def _shown(content: str) -> str:
    return safe_text(content).expandtabs(_TAB)
