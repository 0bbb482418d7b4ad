"""What the parts of the app tell each other. Messages flow up; state flows down."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_protocol import models
    from rchat_protocol.models import ConversationState, SearchReply
    from rchat_tui.app.completion import Option
    from rchat_tui.app.items import Gap, Said
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.searching import Question


class EventsArrived(Message):
    """The inbox is no longer empty. From the worker that runs the client."""


@dataclass
class ConversationChosen(Message):
    """Go to a conversation. From the channel list and the switcher."""

    conversation: str
    """Its id."""


@dataclass
class PersonChosen(Message):
    """Open the private conversation with somebody. From the people pane and the switcher."""

    name: str


@dataclass
class CommandChosen(Message):
    """Carry out a command of the table. From the switcher and the palette."""

    command: str
    """Its id."""
    argument: str = ""


@dataclass
class HistoryWanted(Message):
    """A place in the conversation that is not loaded came into view. From the message view."""

    gap: Gap
    from_end: bool
    """Whether its newest messages are wanted first: it was reached from below."""


@dataclass
class QuotesWanted(Message):
    """Answers are shown whose messages are not known. From the message view."""

    seqs: tuple[int, ...]
    """Numbers of those messages."""


@dataclass
class RefreshWanted(Message):
    """A message is shown that may have changed. From the message view."""

    seq: int
    """Its number."""


@dataclass
class MessageClicked(Message):
    """A message was clicked, to be selected. From the message view."""

    said: Said


@dataclass
class HitChosen(Message):
    """Go to a message that was found. From the search."""

    conversation: str
    seq: int


@dataclass
class ReactionChosen(Message):
    """React to a message. From the list of reactions."""

    seq: int
    emoji: str


@dataclass
class Watched(Message):
    """The newest message came into view, or went out of it. From the message view."""

    at_end: bool


@dataclass
class TypedElsewhere(Message):
    """A character was typed while a pane had the focus: it belongs to the composer."""

    character: str


@dataclass
class Offered(Message):
    """A word is being completed, or no longer. From the composer."""

    options: tuple[Option, ...]
    """What it may become; none: the round is over."""
    chosen: int
    """The one that it is now."""


@dataclass
class OptionChosen(Message):
    """One of the options was clicked. From their list."""

    number: int


class ChannelsWanted(Message):
    """The names of all channels are of use now. From the composer."""


@dataclass
class Leaving(Message):
    """It is time to leave. From the composer: behind the keys that wait there."""

    code: int
    """What the process ends with."""


# -- from workers, for the app ------------------------------------------------------------------


class Answer(Message):
    """What became of an errand. The app changes the model by it: workers do not."""

    @abstractmethod
    def apply(self, model: ChatModel) -> None:
        """Bring the model up to date."""


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
