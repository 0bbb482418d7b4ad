"""What a row is, and what rows depend on: pure values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from rchat_tui.app.keywords import Keywords
from rchat_tui.app.markup import Mark
from rchat_tui.app.roles import Role

if TYPE_CHECKING:
    import datetime as dt

    from rchat_tui.app.items import Said

_NO_KEYWORDS: Final = Keywords()

NARROW: Final = 46
"""A view of fewer columns shows names above what is said."""

NAME_CELLS: Final = (6, 14)
"""The narrowest and the widest column of names."""

TIME_CELLS: Final = 7
"""The column of times."""


class Piece(NamedTuple):
    """A part of a row that is drawn the same way."""

    text: str
    role: Role = Role.BODY
    name: str = ""
    """What colours it: a person's name (`Role.NAME`), or a kind of token (`Role.CODE`)."""
    marks: Mark = Mark.NONE
    link: str = ""
    """Where it leads."""


class Row(Struct, frozen=True):
    """One row of the screen."""

    pieces: tuple[Piece, ...]
    copied_from: int | None = None
    """Characters before this one are decoration; None: the whole row is."""
    copied_to: int | None = None
    """Characters from this one on are decoration; None: none of them."""
    joint: str = "\n"
    """What stands between the row above and this one where both are copied."""
    raised: bool = False
    """Set off by a background: it speaks to you."""
    selected: bool = False
    """Set off by another one: it is acted on."""


class Look(Struct, frozen=True):
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
    keywords: Keywords = _NO_KEYWORDS
    """Words that call for you like your name."""
    marked: bool = True
    """Whether what is said is read as Markdown; not before the first paint, which need not wait."""
    spelled: bool = False
    """Whether emoji are shown by their short codes."""

    @property
    def narrow(self) -> bool:
        """Whether there is no room for columns."""
        return self.width < NARROW

    @property
    def gutter(self) -> int:
        """Cells before what is said."""
        return 2 if self.narrow else TIME_CELLS + self.names + 2

    @property
    def body(self) -> int:
        """Cells of what is said."""
        return max(1, self.width - self.gutter - 1)


class Place(Struct, frozen=True):
    """What an item's rows depend on beside the item."""

    day: bool = False
    """A day begins here."""
    unread: bool = False
    """The unread line stands here."""
    grouped: bool = False
    """The item before is by the same sender, a moment ago."""
    selected: bool = False
    """It is the message that is selected."""
    quote: Said | None = None
    """The message that it answers, as far as that is known."""

    @property
    def lead(self) -> int:
        """How many rows stand before what the item itself says."""
        return 2 * self.day + self.unread
