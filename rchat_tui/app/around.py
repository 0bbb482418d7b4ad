"""What stands around that which a message says: what it answers, that it was edited, reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from rich.cells import cell_len

from rchat_tui.app.layout import Piece, Row
from rchat_tui.app.roles import Role
from rchat_tui.app.wrapping import shortened, wrap

if TYPE_CHECKING:
    from rchat_tui.app.items import Reaction, Said
    from rchat_tui.app.layout import Look

_HOOK: Final = "╭ "
_CHOSEN: Final = "█"
"""In the margin of what is selected: it is seen without colours."""

DELETED: Final = "message deleted"


def ignored(user: str) -> str:
    """Return what stands for what somebody says who is ignored."""
    return f"{user}, whom you ignore, says something"


def gist(said: Said | None, cells: int) -> str:
    """Return whose message it is and how it begins, on one line of so many cells."""
    if said is None:
        return shortened("an earlier message", cells)
    if said.hidden:
        return shortened(ignored(said.user), cells)
    if said.deleted:
        return shortened(f"{said.user}: {DELETED}", cells)
    # No more is looked at than there may be room for: a message is long.
    words = " ".join(said.content[: 4 * cells + 80].split())
    if said.content.startswith("/me ") and words != "/me":
        return shortened(f"✶ {said.user} {words[4:]}", cells)
    return shortened(f"{said.user}: {words}", cells)


def quote(said: Said | None, look: Look) -> Row:
    """Return the row above an answer: what it answers, as far as that is known."""
    text = gist(said, max(1, look.body - len(_HOOK)))
    return Row((Piece(" "), Piece(" " * (look.gutter - 1)), Piece(_HOOK + text, Role.FAINT)))


def beside(rows: list[Row], mark: str, role: Role, look: Look, *, fits: bool = True) -> list[Row]:
    """Return the rows of a message with a word about it: behind its last row, else below.

    Args:
        rows: of the message.
        mark: the word.
        role: how it is drawn.
        look: what rows are made for.
        fits: whether it may stand behind; it is never copied.
    """
    last = rows[-1]
    used = sum(cell_len(piece.text) for piece in last.pieces)
    if fits and used + 2 + cell_len(mark) < look.width:
        end = sum(len(piece.text) for piece in last.pieces)
        pieces = (*last.pieces, Piece(f"  {mark}", role))
        copied_to = end if last.copied_to is None else last.copied_to
        return [*rows[:-1], replace(last, pieces=pieces, copied_to=copied_to)]
    pad = " " * look.gutter
    raised = last.raised
    below = [
        Row((Piece(pad), Piece(mark[start:end], role)), raised=raised)
        for start, end in wrap(mark, look.body)
    ]
    return [*rows, *below]


def pills(said: Said, look: Look, *, raised: bool) -> list[Row]:
    """Return the rows of reactions: how many of each; your own are in brackets."""
    result: list[Row] = []
    lead = Piece(" " * look.gutter)
    pieces: list[Piece] = []
    room = look.body
    for reaction in said.reactions:
        pill = _pill(reaction, look.body)
        size = cell_len(pill.text)
        if pieces and size + 1 > room:
            result.append(Row((lead, *pieces), raised=raised))
            pieces, room = [], look.body
        if pieces:
            pieces.append(Piece(" "))
        pieces.append(pill)
        room -= size + 1
    return [*result, Row((lead, *pieces), raised=raised)] if pieces else result


def _pill(reaction: Reaction, cells: int) -> Piece:
    count = f" {len(reaction.users):,}"
    emoji = shortened(reaction.emoji, max(1, cells - len(count) - 2))
    if reaction.mine:
        return Piece(f"[{emoji}{count}]", Role.REACTION_OF_MINE)
    return Piece(f" {emoji}{count} ", Role.REACTION)


def chosen(rows: list[Row]) -> list[Row]:
    """Return the rows of the message that is selected."""
    result = []
    for row in rows:
        first, *others = row.pieces
        rest = [] if len(first.text) == 1 else [first._replace(text=first.text[1:])]
        pieces = (Piece(_CHOSEN, Role.MARK), *rest, *others)
        result.append(replace(row, pieces=pieces, selected=True))
    return result
