"""From an item of a transcript to the rows that show it: pure, without colours or widgets.

A row is text in pieces, each with the name of its role; the message view gives every role a style.
On a wide view there are three columns, and what is said wraps inside its own::

    ┌ time ┬──── name ┬ what is said ─────────────────────────
     10:41       mira  Good morning
     10:42        bob  A line that is longer than the column
                       goes on below its own beginning

On a narrow one the name stands above what is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from rchat_protocol import names
from rchat_tui.app import times
from rchat_tui.app.items import (
    Delivery,
    Divider,
    Gap,
    Item,
    Notice,
    NoticeKind,
    Said,
)
from rchat_tui.app.roles import Role
from rchat_tui.app.wrapping import estimate, shortened, wrap

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

NARROW: Final = 46
"""A view of fewer columns shows names above what is said."""

NAME_CELLS: Final = (6, 14)
"""The narrowest and the widest column of names."""

_TIME: Final = 7
_MARKS: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'…]|@\S+")
_GROUPED: Final = 5 * 60 * 1000
"""Messages of one sender stand together while the next comes within so many milliseconds."""


Piece = tuple[str, Role, str]
"""Text, what it is, and the name that colours it (`Role.NAME`), else empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen."""

    pieces: tuple[Piece, ...]
    copied_from: int | None = None
    """Characters before this one are decoration; None: the whole row is."""
    copied_to: int | None = None
    """Characters from this one on are decoration; None: none of them."""
    goes_on: bool = False
    """The row above ends in the middle of this one's line: they are copied as one."""
    raised: bool = False
    """Set off by a background: it speaks to you."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the rows of every item depend on. Another look, other rows."""

    width: int
    """Cells."""
    names: int = NAME_CELLS[0]
    """Cells of the names' column."""
    me: str = ""
    """`names.key` of your own name."""
    zone: dt.tzinfo | None = None
    """Where times are shown; None: the local zone."""
    title: str = ""
    """What the conversation is called, with its sigil."""

    @property
    def narrow(self) -> bool:
        """Whether there is no room for columns."""
        return self.width < NARROW

    @property
    def gutter(self) -> int:
        """Cells before what is said."""
        return 2 if self.narrow else _TIME + self.names + 2

    @property
    def body(self) -> int:
        """Cells of what is said."""
        return max(1, self.width - self.gutter - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """What an item's rows depend on beside the item."""

    day: bool = False
    """A day begins here."""
    unread: bool = False
    """The unread line stands here."""
    grouped: bool = False
    """The item before is by the same sender, a moment ago."""

    @property
    def lead(self) -> int:
        """How many rows stand before what the item itself says."""
        return 2 * self.day + self.unread


def place(item: Item, before: Item | None, look: Look, *, unread: bool = False) -> Place:
    """Return how ``item`` stands below ``before``; ``unread``: it is the first unread one."""
    if isinstance(item, Said | Notice):
        earlier = before.at if isinstance(before, Said | Notice) else None
        day = earlier is None or times.date(earlier, look.zone) != times.date(item.at, look.zone)
    else:
        day = False
    if not isinstance(item, Said):
        return Place(day=day, unread=unread)
    grouped = (
        not day
        and not unread
        and isinstance(before, Said)
        and before.user == item.user
        and item.at - before.at < _GROUPED
        and not _is_action(item)
        and not _is_action(before)
    )
    return Place(day=day, unread=unread, grouped=grouped)


def guess(item: Item, look: Look) -> int:
    """Return about how many rows ``item`` takes, cheaply."""
    if isinstance(item, Said):
        return estimate(item.content, look.body) + look.narrow + item.delivery.stuck
    return 1


def rows(item: Item, where: Place, look: Look) -> list[Row]:
    """Return the rows of ``item``."""
    result: list[Row] = []
    if where.day and isinstance(item, Said | Notice):
        result += [_blank(), _rule(times.day(item.at, look.zone), Role.DAY, look)]
    if where.unread:
        result.append(_rule("new", Role.UNREAD, look))
    if isinstance(item, Said):
        result += _said(item, where, look)
    elif isinstance(item, Notice):
        result += _notice(item, look)
    elif isinstance(item, Divider):
        result += _divider(item, look)
    elif isinstance(item, Gap):
        count = item.last - item.first + 1
        what = "entry is" if count == 1 else "entries are"
        text = f"{count:,} earlier {what} not loaded{' yet' if not item.problem else ''}"
        if item.problem:
            text += f" · {item.problem}"
        result.append(_centred(text, Role.FAINT, look))
    else:
        result += [_blank(), _centred(_beginning(look), Role.FAINT, look)]
    return result


def name_cells(longest: int) -> int:
    """Return how wide the names' column is where the longest name has ``longest`` cells."""
    return min(max(longest, NAME_CELLS[0]), NAME_CELLS[1])


def action(content: str) -> str | None:
    """Return what a ``/me`` says its sender does, or None where ``content`` is plain speech.

    On the wire it is the text as it was typed, ``/me waves``: another client shows just that.
    """
    return content[4:].strip() if _is_action_text(content) else None


# -- what is said ------------------------------------------------------------------------------


def _said(said: Said, where: Place, look: Look) -> list[Row]:
    does = action(said.content)
    text = said.content if does is None else f"{said.user} {does}"
    spoken_to = bool(look.me) and look.me in names.mentioned(said.content)
    raised = spoken_to and names.key(said.user) != look.me
    mark: Piece = ("▎", Role.MARK, "") if raised else (" ", Role.BODY, "")
    result: list[Row] = []
    lead: tuple[Piece, ...]
    if look.narrow and does is None:
        lead = (mark, (" ", Role.BODY, ""))
        if not where.grouped:
            result.append(_heading(said, mark, look, raised=raised))
    elif where.grouped:
        lead = (mark, (" " * (look.gutter - 1), Role.BODY, ""))
    else:
        lead = (mark, *_columns(said, look, action=does is not None))
    last_end = -1
    spans = wrap(text, look.body)
    for number, (start, end) in enumerate(spans):
        pieces = list(lead if number == 0 else (mark, (" " * (look.gutter - 1), Role.BODY, "")))
        copied_from = sum(len(piece[0]) for piece in pieces)
        pieces += _body(text[start:end], said, look, does=does is not None and number == 0)
        goes_on = number > 0 and "\n" not in text[last_end:start]
        last_end = end
        result.append(Row(tuple(pieces), copied_from, goes_on=goes_on, raised=raised))
    return _with_delivery(result, said, look)


def _columns(said: Said, look: Look, *, action: bool) -> tuple[Piece, ...]:
    name = "✶" if action else shortened(said.user, look.names)
    pad = " " * (look.names - cell_len(name))
    return (
        (times.clock(said.at, look.zone).ljust(_TIME - 1), Role.TIME, ""),
        (pad, Role.BODY, ""),
        (name, Role.NAME, said.user),
        ("  ", Role.BODY, ""),
    )


def _heading(said: Said, mark: Piece, look: Look, *, raised: bool) -> Row:
    name = shortened(said.user, max(1, look.width - 10))
    pieces = (
        mark,
        (name, Role.NAME, said.user),
        (" " + times.clock(said.at, look.zone), Role.TIME, ""),
    )
    return Row(pieces, raised=raised)


def _body(text: str, said: Said, look: Look, *, does: bool) -> Iterator[Piece]:
    pending = said.delivery is not Delivery.STORED
    plain = Role.PENDING if pending else Role.BODY
    position = 0
    if does and text.startswith(said.user):
        yield said.user, Role.NAME, said.user
        position = len(said.user)
        plain = Role.ACTION
    for match in _MARKS.finditer(text, position):
        if match.start() > position:
            yield text[position : match.start()], plain, ""
        if not match.group().startswith("@"):
            role = Role.LINK
        elif look.me and look.me in names.mentioned(match.group()):
            role = Role.MENTION_OF_ME
        else:
            role = Role.MENTION
        yield match.group(), role, ""
        position = match.end()
    if position < len(text):
        yield text[position:], plain, ""


def _with_delivery(result: list[Row], said: Said, look: Look) -> list[Row]:
    """Return the rows of a message with what is known of its way: in words, not in colour alone."""
    match said.delivery:
        case Delivery.STORED:
            return result
        case Delivery.WAITING:
            mark, role = f"◌ waits: {said.reason}" if said.reason else "◌ waits", Role.WAITING
        case Delivery.SENDING:
            mark, role = "… sending", Role.FAINT
        case Delivery.FAILED:
            mark, role = f"✗ Not sent: {said.reason}", Role.ERROR
        case Delivery.UNKNOWN:
            mark, role = f"? Perhaps sent: {said.reason}", Role.ERROR
    last = result[-1]
    used = sum(cell_len(text) for text, _, _ in last.pieces)
    if said.delivery.leaves and used + 2 + cell_len(mark) < look.width:
        end = sum(len(text) for text, _, _ in last.pieces)
        beside = replace(last, pieces=(*last.pieces, (f"  {mark}", role, "")), copied_to=end)
        return [*result[:-1], beside]
    pad = " " * look.gutter
    below = [
        Row(((pad, Role.BODY, ""), (mark[start:end], role, "")))
        for start, end in wrap(mark, look.body)
    ]
    return [*result, *below]


# -- everything else ---------------------------------------------------------------------------


_ARROWS: Final = {
    NoticeKind.JOIN: ("→", Role.JOIN),
    NoticeKind.LEAVE: ("←", Role.LEAVE),
    NoticeKind.INFO: ("·", Role.INFO),
    NoticeKind.ERROR: ("!", Role.ERROR),
}


def _notice(notice: Notice, look: Look) -> list[Row]:
    sign, role = _ARROWS[notice.kind]
    words = Role.ERROR if notice.kind is NoticeKind.ERROR else Role.FAINT
    first: tuple[Piece, ...]
    if look.narrow:
        first = ((" ", Role.BODY, ""), (sign, role, ""), (" ", Role.BODY, ""))
    else:
        first = (
            (" ", Role.BODY, ""),
            (times.clock(notice.at, look.zone).ljust(_TIME - 1), Role.TIME, ""),
            (" " * (look.names - 1), Role.BODY, ""),
            (sign, role, ""),
            ("  ", Role.BODY, ""),
        )
    width = sum(len(text) for text, _, _ in first)
    result: list[Row] = []
    for start, end in wrap(notice.text, max(1, look.width - width - 1)):
        lead = (((" " * width), Role.BODY, ""),) if result else first
        result.append(Row((*lead, (notice.text[start:end], words, "")), width))
    return result


def _divider(divider: Divider, look: Look) -> list[Row]:
    if cell_len(divider.text) <= look.width - 6:
        return [_blank(), _rule(divider.text, Role.INFO, look), _blank()]
    lines = [divider.text[start:end] for start, end in wrap(divider.text, max(1, look.width - 4))]
    return [
        _blank(),
        Row(((" " + "─" * (look.width - 2), Role.RULE, ""),)),
        *(_centred(line, Role.INFO, look) for line in lines),
        _blank(),
    ]


def _beginning(look: Look) -> str:
    if look.title.startswith("@"):
        return f"This is where you and {look.title[1:]} begin."
    return f"This is the beginning of {look.title}." if look.title else "This is the beginning."


def _blank() -> Row:
    return Row(((" ", Role.BODY, ""),))


def _centred(text: str, role: Role, look: Look) -> Row:
    text = shortened(text, max(1, look.width - 2))
    return Row(((" " * ((look.width - cell_len(text)) // 2), Role.BODY, ""), (text, role, "")))


def _rule(text: str, role: Role, look: Look) -> Row:
    text = shortened(text, max(1, look.width - 6))
    line = Role.UNREAD if role is Role.UNREAD else Role.RULE
    left = (look.width - cell_len(text) - 4) // 2
    right = look.width - cell_len(text) - 4 - left
    pieces: tuple[Piece, ...] = (
        (" " + "─" * left, line, ""),
        (f" {text} ", role, ""),
        ("─" * right + " ", line, ""),
    )
    return Row(pieces)


def _is_action(item: Said) -> bool:
    return _is_action_text(item.content)


def _is_action_text(content: str) -> bool:
    return content.startswith("/me ") and bool(content[4:].strip())
