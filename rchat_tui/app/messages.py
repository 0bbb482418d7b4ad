"""What the parts of the app tell each other. Messages flow up; state flows down."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from rchat_tui.app.completion import Option
    from rchat_tui.app.items import Gap, Said
    from rchat_tui.app.model import ChatModel


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


class Answer(Message):
    """What became of an errand. The app changes the model by it: workers do not."""

    @abstractmethod
    def apply(self, model: ChatModel) -> None:
        """Bring the model up to date."""
