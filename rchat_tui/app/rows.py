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

from typing import Final

from rich.cells import cell_len

from rchat_tui.app import times
from rchat_tui.app.items import Cleared, Divider, Gap, Item, Notice, NoticeKind, Said
from rchat_tui.app.layout import NAME_CELLS, TIME_CELLS, Look, Piece, Place, Row
from rchat_tui.app.roles import Role
from rchat_tui.app.speech import is_action, speech
from rchat_tui.app.wrapping import estimate, shortened, wrap

_GROUPED: Final = 5 * 60 * 1000
"""Messages of one sender stand together while the next comes within so many milliseconds."""


def place(
    item: Item,
    before: Item | None,
    look: Look,
    *,
    unread: bool = False,
    selected: bool = False,
    quote: Said | None = None,
) -> Place:
    """Return how an item stands.

    Args:
        item: a message, or something else.
        before: what stands above it.
        look: what rows are made for.
        unread: whether it is the first unread one.
        selected: whether it is selected.
        quote: the message that it answers, as far as that is known.
    """
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
        and not item.reply
        and isinstance(before, Said)
        and before.user == item.user
        and item.at - before.at < _GROUPED
        and not is_action(item.content)
        and not is_action(before.content)
    )
    if item.hidden and not (day or unread):  # one word for all that he says
        grouped = isinstance(before, Said) and before.hidden and before.user == item.user
    return Place(day=day, unread=unread, grouped=grouped, selected=selected, quote=quote)


def guess(item: Item, look: Look) -> int:
    """Return about how many rows ``item`` takes, cheaply."""
    if isinstance(item, Said):
        if item.hidden:
            return 1
        about = look.narrow + item.delivery.stuck + bool(item.reply) + bool(item.reactions)
        return estimate(item.content, look.body) + about
    return item.rows if isinstance(item, Cleared) else 1


def rows(item: Item, where: Place, look: Look) -> list[Row]:
    """Return the rows of ``item``."""
    if look.spelled:
        from rchat_tui.app.spelling import spelled_out, spelled_place  # late: seldom wanted

        item, where = spelled_out(item), spelled_place(where)
    result: list[Row] = []
    if where.day and isinstance(item, Said | Notice):
        result += [_blank(), _rule(times.day(item.at, look.zone), Role.DAY, look)]
    if where.unread:
        result.append(_rule("new", Role.UNREAD, look))
    if isinstance(item, Said):
        result += speech(item, where, look)
    elif isinstance(item, Notice):
        result += _notice(item, look)
    elif isinstance(item, Divider):
        result += _divider(item, look)
    elif isinstance(item, Cleared):
        result += [_blank()] * item.rows
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


# -- everything else ---------------------------------------------------------------------------


_ARROWS: Final = {
    NoticeKind.JOIN: ("→", Role.JOIN),
    NoticeKind.LEAVE: ("←", Role.LEAVE),
    NoticeKind.TOPIC: ("✎", Role.INFO),
    NoticeKind.INFO: ("·", Role.INFO),
    NoticeKind.ERROR: ("!", Role.ERROR),
}


def _notice(notice: Notice, look: Look) -> list[Row]:
    sign, role = _ARROWS[notice.kind]
    words = Role.ERROR if notice.kind is NoticeKind.ERROR else Role.FAINT
    first: tuple[Piece, ...]
    if look.narrow:
        first = (Piece(" "), Piece(sign, role), Piece(" "))
    else:
        first = (
            Piece(" "),
            Piece(times.clock(notice.at, look.zone).ljust(TIME_CELLS - 1), Role.TIME),
            Piece(" " * (look.names - 1)),
            Piece(sign, role),
            Piece("  "),
        )
    width = sum(len(piece.text) for piece in first)
    result: list[Row] = []
    for start, end in wrap(notice.text, max(1, look.width - width - 1)):
        lead = (Piece(" " * width),) if result else first
        result.append(Row((*lead, Piece(notice.text[start:end], words)), width))
    return result


def _divider(divider: Divider, look: Look) -> list[Row]:
    if cell_len(divider.text) <= look.width - 6:
        return [_blank(), _rule(divider.text, Role.INFO, look), _blank()]
    lines = [divider.text[start:end] for start, end in wrap(divider.text, max(1, look.width - 4))]
    return [
        _blank(),
        Row((Piece(" " + "─" * (look.width - 2), Role.RULE),)),
        *(_centred(line, Role.INFO, look) for line in lines),
        _blank(),
    ]


def _beginning(look: Look) -> str:
    if look.title.startswith("@"):
        return f"This is where you and {look.title[1:]} begin."
    return f"This is the beginning of {look.title}." if look.title else "This is the beginning."


def _blank() -> Row:
    return Row((Piece(" "),))


def _centred(text: str, role: Role, look: Look) -> Row:
    text = shortened(text, max(1, look.width - 2))
    return Row((Piece(" " * ((look.width - cell_len(text)) // 2)), Piece(text, role)))


def _rule(text: str, role: Role, look: Look) -> Row:
    text = shortened(text, max(1, look.width - 6))
    line = Role.UNREAD if role is Role.UNREAD else Role.RULE
    left = (look.width - cell_len(text) - 4) // 2
    right = look.width - cell_len(text) - 4 - left
    pieces = (
        Piece(" " + "─" * left, line),
        Piece(f" {text} ", role),
        Piece("─" * right + " ", line),
    )
    return Row(pieces)
