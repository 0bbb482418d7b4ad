"""What the terminal is told of while one looks elsewhere, and when. Pure: time is an argument.

One message is told with its words, at once. What comes within the next seconds is told as a number
when they are over: a busy channel does not flood a desktop. What was read meanwhile, here or on
another terminal, is told no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rchat_tui.app import counting, saying
from rchat_tui.app.preferences import Level
from rchat_tui.app.speech import action

if TYPE_CHECKING:
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.events import MessagePosted
    from rchat_tui.client.state import ChatState, Conversation

PAUSE: Final = 5.0
"""Seconds between two notifications."""

IDLE: Final = 60.0
"""Seconds without a key or the mouse after which one is taken to look elsewhere, on a terminal
that does not tell of its focus."""

_NAMED: Final = 2
"""Conversations that a notification names; of more it tells how many."""


class Alert(NamedTuple):
    """A notification, as it came from others: nothing in it is safe yet."""

    title: str
    text: str


class News(NamedTuple):
    """Messages of one conversation that are worth telling of."""

    conversation: str
    title: str
    """With sigil."""
    messages: int = 1
    calls: int = 0
    """Those among them that mention you or have a keyword in them."""
    said: Alert | None = None
    """The words, where it is one message."""


def worth(event: MessagePosted, before: ChatState, model: ChatModel) -> News | None:
    """Return what there is to tell of a message that the model has taken in; None: nothing.

    Nothing of your own, of what is muted, of what was read on another terminal, nor of what had
    been said before (`Absence` tells of that).

    Args:
        event: the message.
        before: what was known before it.
        model: of the app.
    """
    known = before.conversations.get(event.conversation)
    now = model.state.conversations.get(event.conversation)
    if event.user in model.company.ignored:
        return None
    if known is None or now is None or event.seq <= max(known.head, now.read):
        return None  # one's own words are read as they are written
    level = model.preferences.level(now)
    said = saying.stored(event, model.state.user)
    if level is Level.NONE:
        return None
    calls = counting.calls(said, model.state.user, model.hits.keywords)
    if level is Level.MENTIONS and not calls:
        return None
    title = saying.title(now)
    who = said.user if now.kind == "private" else f"{said.user} in {title}"
    does = action(said.content)
    text = said.content if does is None else f"✶ {said.user} {does}"
    return News(event.conversation, title, calls=int(calls), said=Alert(who, text))


class Absence:
    """What had been said while there was no line: told once, as numbers."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[int, int]] | None = None

    @property
    def catching_up(self) -> bool:
        """Whether what arrives now had been said before."""
        return self._before is not None

    def began(self, model: ChatModel) -> None:
        """There is a line again: what was missed begins to arrive."""
        if self._before is None:  # else it broke again before all had arrived
            self._before = {
                each.id: (model.company.ignored.unread(each), _calls(model, each))
                for each in model.state.conversations.values()
            }

    def ended(self, model: ChatModel) -> list[News]:
        """All that was missed has arrived: return what there is to tell of it."""
        before, self._before = self._before or {}, None
        found = []
        for each in model.state.conversations.values():
            unread, calls = before.get(each.id, (0, 0))
            more = max(0, model.company.ignored.unread(each) - unread)
            called = min(more, max(0, _calls(model, each) - calls))
            level = model.preferences.level(each)
            told = {Level.ALL: more, Level.MENTIONS: called, Level.NONE: 0}[level]
            if told:
                found.append(News(each.id, saying.title(each), told, called))
        return found


class Alerts:
    """What waits to be told, and since when nothing was."""

    def __init__(self, *, pause: float = PAUSE) -> None:
        self._pause = pause
        self._last: float | None = None
        self._waiting: dict[str, News] = {}

    @property
    def waiting(self) -> list[str]:
        """The conversations of which something is to be told."""
        return list(self._waiting)

    def add(self, news: News) -> None:
        """There is something to tell."""
        before = self._waiting.get(news.conversation)
        if before is not None:
            messages, calls = before.messages + news.messages, before.calls + news.calls
            news = news._replace(messages=messages, calls=calls, said=None)
        self._waiting[news.conversation] = news

    def forget(self, conversation: str) -> None:
        """What is new there has been read, or is gone."""
        self._waiting.pop(conversation, None)

    def clear(self) -> None:
        """Somebody looks at the terminal."""
        self._waiting.clear()

    def wait(self, now: float) -> float | None:
        """Return in how many seconds something is to be told; None: there is nothing."""
        if not self._waiting:
            return None
        return 0.0 if self._last is None else max(0.0, self._last + self._pause - now)

    def take(self, now: float) -> Alert | None:
        """Return what is to be told now, if it is time."""
        if self.wait(now) != 0.0:
            return None
        news, self._last = list(self._waiting.values()), now
        self._waiting.clear()
        if len(news) == 1 and news[0].said is not None:
            return news[0].said
        return Alert("rchat", _summary(news))


def looks_elsewhere(*, focused: bool, tells_focus: bool, idle: float) -> bool:
    """Return whether somebody is likely not to look at the terminal.

    A terminal may be unable to tell: the Linux console, GNU Screen, tmux unless it was told to.
    Nothing is ever told there if that means looking, and everything if it means not looking. So it
    goes by the keys: who has touched none for a while reads something else.

    Args:
        focused: the last word about the focus; True where there was none.
        tells_focus: whether it is known to tell, or ever did.
        idle: seconds since a key or the mouse.
    """
    return not focused or (not tells_focus and idle >= IDLE)


def _summary(news: list[News]) -> str:
    count, calls = sum(each.messages for each in news), sum(each.calls for each in news)
    if len(news) > _NAMED:
        where = f"{len(news):,} conversations"
    else:
        where = " and ".join(each.title for each in news)
    text = f"{count:,} new message{'s' if count > 1 else ''} in {where}"
    if not calls or calls == count:
        return text
    return f"{text}, {calls:,} of them for you"


def _calls(model: ChatModel, conversation: Conversation) -> int:
    spoken = model.company.ignored.mentions(conversation)
    return spoken + model.hits.after(conversation.id, conversation.read)
