"""What workers tell the app: how their errands ended. Messages, like those of the widgets.

A module of its own, since none of it is told before the first paint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_protocol import models
    from rchat_protocol.models import ConversationState, SearchReply
    from rchat_tui.app.searching import Question


@dataclass
class Told(Message):
    """There is a sentence for the user: the answer to a command, or what is wrong."""

    text: str
    error: bool = False


@dataclass
class ChannelsTold(Message):
    """The server's channels. For the switcher."""

    channels: list[str]


@dataclass
class Found(Message):
    """Here is what was looked for."""

    question: Question
    reply: SearchReply
    kept: bool
    """It was looked for in what this machine keeps: there is no connection."""
    older: bool
    """It goes on where the answer before ended."""


@dataclass
class NotFound(Message):
    """It could not be looked for."""

    question: Question
    reason: str


@dataclass
class Near(Message):
    """Here is what was said around a message that was found."""

    conversation: str
    seq: int
    messages: Sequence[models.Message]


@dataclass
class Kept(Message):
    """What was written is in the outbox."""

    id: str
    """As that of the message will be."""


@dataclass
class Returned(Message):
    """What was written comes back to where it was written."""

    conversation: str
    content: str
    reason: str = ""
    """Why it cannot be kept or sent; empty where it was taken back."""
    reply: int = 0
    """Number of the message that it answers; 0: it answers none."""


@dataclass
class EditRefused(Message):
    """What a message was to say comes back to where it was written."""

    conversation: str
    seq: int
    content: str
    reason: str


@dataclass
class ThrownAway(Message):
    """What was written is not to be sent."""

    content: str


@dataclass
class Opened(Message):
    """A private conversation was opened."""

    state: ConversationState


@dataclass
class NotOpened(Message):
    """A conversation that was asked for is not to be had."""

    reason: str


@dataclass
class PasswordWanted(Message):
    """A channel is to be joined that has a password."""

    channel: str
    reason: str


@dataclass
class Copied(Message):
    """A text is in the clipboard, or is to go there through the terminal."""

    text: str
    here: bool
    """It is in this machine's clipboard."""
    note: str | None
    """What to say beside that; None: say nothing."""


@dataclass
class WrittenOutside(Message):
    """What was begun was written in an editor."""

    place: tuple[str, ...] | None
    """Where it belongs; None: wherever one writes."""
    text: str


@dataclass
class NoBrowser(Message):
    """A link cannot be opened from here."""

    url: str


@dataclass
class ChannelsListed(Message):
    """Here are the names of all channels."""

    names: tuple[str, ...]


@dataclass
class ClientMade(Message):
    """There is a client: its disk can be asked."""

    url: str
    user: str


@dataclass
class DraftsRead(Message):
    """What was begun and not sent, as the disk has it."""

    url: str
    user: str
    texts: dict[str, str]


@dataclass
class HistoryRead(Message):
    """What was written before, as the disk has it."""

    url: str
    user: str
    texts: dict[str, str]


@dataclass
class ClientRefused(Message):
    """No client can be made for this address."""

    reason: str


@dataclass
class ServerStarted(Message):
    """A server runs on this machine now."""

    url: str
