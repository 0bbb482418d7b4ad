"""One row of text in pieces: the heading of the conversation, what is not sent, and the status."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from rchat_tui.app.commands import BY_ID, COMMANDS
from rchat_tui.app.keymap import keys_of
from rchat_tui.app.settings import SPELLED
from rchat_tui.app.wrapping import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rchat_tui.app.commands import Command
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.state import Conversation

AWAY: Final = "◐"
"""The sign of somebody who is away."""

_WORDS: Final = 24
"""Cells of your own words where you are away: the keys beside them are worth more."""

Piece = tuple[str, str]
"""Text, and its role: ``key`` is the component class ``bar--key``."""


class Bar(Widget):
    """Pieces at the left, and as many of those for the right as there is room for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "bar--text",
        "bar--strong",
        "bar--faint",
        "bar--key",
        "bar--good",
        "bar--wait",
        "bar--bad",
        "bar--note",
    }
    ALLOW_SELECT = False

    left: reactive[tuple[Piece, ...]] = reactive(())
    right: reactive[tuple[tuple[Piece, ...], ...]] = reactive(())

    def render_line(self, y: int) -> Strip:
        """Draw the row."""
        width = self.size.width
        ground = self.rich_style
        if y:
            return Strip.blank(width, ground)
        left = _fitting(self.shown(self.left), width - 2)
        room = width - 2 - sum(cell_len(text) for text, _ in left)
        right: list[Piece] = []
        for group in self.right:
            size = 3 + sum(cell_len(text) for text, _ in group)
            if size > room:
                break
            right += [("   ", "text"), *group]
            room -= size
        return self.row([*left, (" " * max(0, room), "text"), *right], width)

    def shown(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return pieces as they are shown: emoji may have to be spelled out."""
        if not self.app.has_class(SPELLED):
            return [*pieces]
        from rchat_tui.app.emoji import spelled  # late: it is seldom wanted

        return [(spelled(text), role) for text, role in pieces]

    def row(self, pieces: Sequence[Piece], width: int) -> Strip:
        """Return a row of pieces, a cell from the edge; what has no room is cut."""
        segments = [
            Segment(text, self.get_component_rich_style(f"bar--{role}"))
            for text, role in [(" ", "text"), *_fitting(self.shown(pieces), width - 1)]
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _keys(self, *commands: Command) -> Iterator[Piece]:
        for command in commands:
            yield (f"  {keys_of(self).how(command.id)}", "key")
            yield (f" {command.label}", "faint")

    def _hints(self) -> tuple[tuple[Piece, ...], ...]:
        keys = keys_of(self)
        return tuple(
            ((keys.first(command.id), "key"), (f" {command.label}", "faint"))
            for command in _FOOTER
            if keys.of(command)
        )


class Heading(Bar):
    """What the open conversation is called, and how many are in it."""

    def show(self, model: ChatModel) -> None:
        """Show what the model holds."""
        conversation = model.conversation
        if conversation is None:
            self.left, self.right = (("rchat", "strong"),), ()
            return
        name = model.title
        about = _about(conversation, over=conversation.id in model.state.lost)
        pieces = (*about, *_rules(conversation), *_topic(conversation))
        self.left = ((name[:1], "key"), (name[1:], "strong"), *pieces)
        self.right = ()


class UnsentBar(Bar):
    """What you wrote here and is not sent, and the keys for it; no row where all is sent."""

    def show(self, model: ChatModel) -> None:
        """Show what the model holds."""
        from rchat_tui.app.items import Delivery  # here, like the rest: not before the first paint

        transcript = model.transcript
        how = Counter(said.delivery for said in ([] if transcript is None else transcript.unsent()))
        failed, unknown = how[Delivery.FAILED], how[Delivery.UNKNOWN]
        waiting = how[Delivery.WAITING] + how[Delivery.SENDING]
        if failed:
            self.left = ((f"✗ {failed:,} not sent", "bad"), *self._keys(*_FOR_STUCK))
        elif unknown:
            self.left = ((f"? {unknown:,} perhaps sent", "bad"), *self._keys(*_FOR_STUCK))
        elif waiting and not model.online:
            waits = "waits" if waiting == 1 else "wait"
            what = f"◌ {waiting:,} {waits} for the connection"
            self.left = ((what, "wait"), *self._keys(*_FOR_WAITING))
        else:
            self.left = ()
        self.display = bool(self.left)


class StatusBar(Bar):
    """How the line to the server is, who you are, and the keys that one needs most."""

    def show(self, model: ChatModel, *, wait: float, hosting: str | None) -> None:
        """Show what the model holds.

        Args:
            model: of the app.
            wait: seconds until the next try to connect, where there is one to wait for.
            hosting: the address that others use, where the server runs here.
        """
        kept = () if model.kept else (("  ✗ nothing is kept on disk", "bad"),)
        self.left = (*_line(model, wait), *kept, *_hosting(hosting))
        self.right = self._hints()


def _about(conversation: Conversation, *, over: bool) -> tuple[Piece, ...]:
    from rchat_protocol import names

    if over:
        return (("  you are not in it any more", "bad"),)
    if not conversation.members:
        return ()  # not known yet: the server tells
    if conversation.kind == "private":
        key = names.key(conversation.name)
        if not any(names.key(member) == key for member in conversation.members):
            return (("  ○ not here", "faint"),)
        words = conversation.away.get(conversation.name)
        return (("  ● here", "good"),) if words is None else tuple(_away(words))
    count = len(conversation.members)
    return ((f"  {count:,} {'person' if count == 1 else 'people'}", "faint"),)


def _rules(conversation: Conversation) -> Iterator[Piece]:
    """Say what is not as usual in a channel."""
    rules = conversation.rules
    if rules.access != "public":
        yield (f" · {rules.access}", "note")
    if rules.slow:
        yield (f" · slow: {rules.slow:,} s", "note")


def _topic(conversation: Conversation) -> tuple[Piece, ...]:
    if not conversation.topic:
        return ()
    from rchat_protocol.limits import TOPIC_BYTES
    from rchat_tui.client.display import safe_line

    return ((f"  {safe_line(conversation.topic, limit=TOPIC_BYTES)}", "text"),)


def _line(model: ChatModel, wait: float) -> tuple[Piece, ...]:
    from rchat_tui.client.display import safe_line
    from rchat_tui.client.events import Connecting, Offline, Online

    connection = model.state.connection
    if isinstance(connection, Online):
        return (
            ("● ", "good"),
            (safe_line(connection.user), "strong"),
            (f" at {_host(connection.url)}", "faint"),
            *_away(model.state.away, _WORDS),
        )
    if isinstance(connection, Offline):
        # The reason may be long, and is cut where there is no room.
        again = f" · trying again in {math.ceil(wait)} s" if wait > 0 else ""
        return (("○ offline", "bad"), (f"{again} · {safe_line(connection.reason)}", "faint"))
    where = f" {_host(connection.url)}" if isinstance(connection, Connecting) else ""
    return (("◌ ", "wait"), (f"connecting{where}", "faint"))


def _away(words: str | None, cells: int = 2**31) -> Iterator[Piece]:
    """Yield that somebody is away, where he is, and as many cells of his words."""
    from rchat_tui.client.display import safe_line

    if words is not None:
        yield (f"  {AWAY} away", "wait")
        if words:
            yield (f": {shortened(safe_line(words), cells)}", "faint")


def _hosting(address: str | None) -> tuple[Piece, ...]:
    return () if address is None else (("  hosting ", "note"), (address, "note"))


def _host(url: str) -> str:
    from rchat_tui.client.display import safe_line

    return safe_line(url.removeprefix("tcp://"))


_FOOTER: Final = tuple(
    sorted((command for command in COMMANDS if command.footer), key=lambda each: each.footer)
)
_FOR_STUCK: Final = (BY_ID["retry"], BY_ID["take-back"], BY_ID["throw-away"])
_FOR_WAITING: Final = _FOR_STUCK[1:]


def _fitting(pieces: Sequence[Piece], width: int) -> list[Piece]:
    """Return ``pieces`` cut to ``width`` cells."""
    result: list[Piece] = []
    for text, role in pieces:
        size = cell_len(text)
        if size > width:
            if width > 0:
                result.append((shortened(text, width), role))
            break
        result.append((text, role))
        width -= size
    return result
