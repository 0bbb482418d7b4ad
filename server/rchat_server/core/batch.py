"""What a delivery task hands out: a run of events, encoded once for each form of stream."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import codec, models
from rchat_server.core.ports import Deed, Entry, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.conversation import Conversation


class Form(enum.Enum):
    """How a stream writes what happened."""

    EVENTS = "events"
    TUTORIAL = "messages.incoming"


@dataclass(frozen=True, slots=True)
class Selection:
    """The part of a batch that a stream is to see."""

    view: View
    seqs: Sequence[int | None]
    """For each payload the number of its entry, or None where it is no entry of the log."""


class Batch:
    """Events of one conversation, in its order."""

    __slots__ = (
        "_conversation",
        "_events",
        "_items",
        "_tutorials",
        "changes_roster",
        "content_bytes",
        "first_seq",
        "last_seq",
    )

    def __init__(self, conversation: Conversation, items: Sequence[Entry | models.Event]) -> None:
        self._conversation = conversation
        self._items = items
        self._events: Selection | None = None
        self._tutorials: dict[str, Selection] = {}
        entries = [item for item in items if isinstance(item, Entry)]
        self.first_seq, self.last_seq = (entries[0].seq, entries[-1].seq) if entries else (0, 0)
        """Numbers of the first and the last entry, or 0 where there is none."""
        self.changes_roster = len(entries) < len(items)
        """Whether somebody joins or leaves in it."""
        self.content_bytes = sum([len(entry.content) for entry in entries])
        """Length of all contents in characters: near enough to their bytes for a budget."""

    def __len__(self) -> int:
        return len(self._items)

    def selection(self, form: Form, viewer: str) -> Selection:
        """Return what ``viewer`` (an identity id) sees in a stream of this form.

        All members of a channel see the same, and share it.
        """
        if form is Form.EVENTS:
            if self._events is None:
                self._events = self._select_events()
            return self._events
        key = viewer if self._conversation.kind == "private" else ""
        selection = self._tutorials.get(key)
        if selection is None:
            selection = self._tutorials[key] = self._select_for_the_tutorial(viewer)
        return selection

    def _select_events(self) -> Selection:
        conversation = self._conversation.id
        payloads: list[bytes] = []
        seqs: list[int | None] = []
        event: models.Event
        for item in self._items:
            if isinstance(item, Deed):
                event = _event_of(conversation, item)
                seqs.append(item.seq)
            elif isinstance(item, Entry):
                event = models.MessagePosted(
                    conversation,
                    item.seq,
                    item.id,
                    item.user,
                    item.content,
                    item.at,
                    item.reply,
                    item.edited,
                    item.deleted,
                )
                seqs.append(item.seq)
            else:
                event = item
                seqs.append(None)
            payloads.append(codec.encode(event))
        return Selection(View(payloads), seqs)

    def _select_for_the_tutorial(self, viewer: str) -> Selection:
        # The tutorial's clients get their own channel messages back, never their private ones;
        # a note to oneself has no other reader, and is delivered. They know messages alone.
        private = self._conversation.kind == "private"
        hides_own = private and len(self._conversation.participants) > 1
        channel = None if private else self._conversation.name
        entries = [
            item
            for item in self._items
            if isinstance(item, Entry)
            and not (isinstance(item, Deed) or item.deleted)
            and not (hides_own and item.author == viewer)
        ]
        payloads = [
            codec.encode(models.TutorialMessage(entry.user, entry.content, channel))
            for entry in entries
        ]
        return Selection(View(payloads), [entry.seq for entry in entries])


def _event_of(conversation: str, deed: Deed) -> models.Event:
    seq, target, user, at = deed.seq, deed.target, deed.user, deed.at
    match deed.kind:
        case "edit":
            return models.MessageEdited(conversation, seq, target, user, deed.content, at)
        case "delete":
            return models.MessageDeleted(conversation, seq, target, user, at)
        case "topic":
            return models.TopicChanged(conversation, seq, user, deed.content, at)
        case "react" | "unreact":
            on = deed.kind == "react"
            return models.MessageReaction(conversation, seq, target, user, deed.content, on, at)
