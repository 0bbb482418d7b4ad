"""From a message to the rows that show it: pure, without colours or widgets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from rich.cells import cell_len

from rchat_protocol import names
from rchat_tui.app import around, markup, times
from rchat_tui.app.items import Delivery, Said
from rchat_tui.app.layout import TIME_CELLS, Look, Piece, Place, Row
from rchat_tui.app.markup import Block, Mark
from rchat_tui.app.roles import Role
from rchat_tui.app.wrapping import chop, shortened, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ADDRESSES: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'…]|@\S+")
_CODE_PAD: Final = " "
"""Left and right of fenced code."""


def action(content: str) -> str | None:
    """Return what a ``/me`` says its sender does, or None where ``content`` is plain speech.

    On the wire it is the text as it was typed, ``/me waves``: another client shows just that.
    """
    return content[4:].strip() if is_action(content) else None


def is_action(content: str) -> bool:
    """Say whether ``content`` is a ``/me``."""
    return content.startswith("/me ") and bool(content[4:].strip())


def speech(said: Said, where: Place, look: Look) -> list[Row]:
    """Return the rows of a message; of those that are hidden the first has one, the others none."""
    if said.hidden:
        return [] if where.grouped else [_hidden(said, look)]
    does = action(said.content)
    called = bool(look.me) and look.me in names.mentioned(said.content)
    called = called or look.keywords.found(said.content)
    raised = called and names.key(said.user) != look.me
    mark = Piece("▎", Role.MARK) if raised else Piece(" ")
    result: list[Row] = [around.quote(where.quote, look)] if said.reply else []
    lead: tuple[Piece, ...]
    if look.narrow and does is None:
        lead = (mark, Piece(" "))
        if not where.grouped:
            result.append(_heading(said, mark, look, raised=raised))
    elif where.grouped:
        lead = (mark, Piece(" " * (look.gutter - 1)))
    else:
        lead = (mark, *_columns(said, look, action=does is not None))
    for pieces, row in _body(said, look, does):
        start = sum(len(piece.text) for piece in lead)
        result.append(
            replace(
                row,
                pieces=(*lead, *pieces),
                copied_from=start + (row.copied_from or 0),
                copied_to=None if row.copied_to is None else start + row.copied_to,
                raised=raised,
            )
        )
        lead = (mark, Piece(" " * (look.gutter - 1)))
    if said.edited:
        result = around.beside(result, "(edited)", Role.FAINT, look)
    result = _with_delivery(result, said, look) + around.pills(said, look, raised=raised)
    return around.chosen(result) if where.selected else result


# -- beside what is said ---------------------------------------------------------------------------


def _columns(said: Said, look: Look, *, action: bool, named: bool = True) -> tuple[Piece, ...]:
    name = "" if not named else "✶" if action else shortened(said.user, look.names)
    pad = " " * (look.names - cell_len(name))
    return (
        Piece(times.clock(said.at, look.zone).ljust(TIME_CELLS - 1), Role.TIME),
        Piece(pad),
        Piece(name, Role.NAME, said.user),
        Piece("  "),
    )


def _hidden(said: Said, look: Look) -> Row:
    columns = (Piece(" "),) if look.narrow else _columns(said, look, action=False, named=False)
    lead = (Piece(" "), *columns)
    width = sum(len(piece.text) for piece in lead)
    text = shortened(around.ignored(said.user), max(1, look.width - width - 1))
    return Row((*lead, Piece(text, Role.FAINT)), copied_from=width, copied_to=width)


def _heading(said: Said, mark: Piece, look: Look, *, raised: bool) -> Row:
    name = shortened(said.user, max(1, look.width - 10))
    pieces = (
        mark,
        Piece(name, Role.NAME, said.user),
        Piece(" " + times.clock(said.at, look.zone), Role.TIME),
    )
    return Row(pieces, raised=raised)


# -- what is said ----------------------------------------------------------------------------------


def _body(said: Said, look: Look, does: str | None) -> Iterator[tuple[list[Piece], Row]]:
    """Yield the pieces of each row; the row says what of them is copied."""
    pending = said.delivery is not Delivery.STORED
    plain = Role.PENDING if pending else Role.BODY
    if said.deleted:
        yield [Piece(around.DELETED, Role.FAINT)], Row((), copied_from=0, copied_to=0)
    elif does is None:
        found = markup.blocks(said.content) if look.marked else markup.plain(said.content)
        for block in found:
            if block.code:
                yield from _code(block, look)
            else:
                yield from _text(block, _marked(block, look, plain), look)
    else:
        (block,) = markup.line(does) if look.marked else markup.plain(does)
        pieces = [Piece(said.user, Role.NAME, said.user), Piece(" ")]
        pieces += _marked(block, look, plain if pending else Role.ACTION)
        yield from _text(block, pieces, look)


def _marked(block: Block, look: Look, plain: Role) -> list[Piece]:
    """Return the pieces of a block: what is set off, leads somewhere, or speaks to somebody."""
    pieces: list[Piece] = []
    for text, marks, link in ((span.text, span.marks, span.link) for span in block.spans):
        if link:
            pieces.append(Piece(text, Role.LINK, marks=marks, link=link))
        elif Mark.CODE in marks:
            pieces.append(Piece(text, Role.CODE, marks=marks & ~Mark.CODE))
        else:
            pieces += _addresses(text, marks, look, plain)
    return pieces


def _addresses(text: str, marks: Mark, look: Look, plain: Role) -> Iterator[Piece]:
    position = 0
    for match in ADDRESSES.finditer(text):
        if match.start() > position:
            yield from _words(text[position : match.start()], marks, look, plain)
        word = match.group()
        if not word.startswith("@"):
            yield Piece(word, Role.LINK, marks=marks, link=markup.safe_link(word))
        elif look.me and look.me in names.mentioned(word):
            yield Piece(word, Role.MENTION_OF_ME, marks=marks)
        else:
            yield Piece(word, Role.MENTION, marks=marks)
        position = match.end()
    if position < len(text):
        yield from _words(text[position:], marks, look, plain)


def _words(text: str, marks: Mark, look: Look, plain: Role) -> Iterator[Piece]:
    """Yield the pieces of a text: your keywords are set off in it."""
    position = 0
    for start, end in look.keywords.spans(text):
        if start > position:
            yield Piece(text[position:start], plain, marks=marks)
        yield Piece(text[start:end], Role.MENTION_OF_ME, marks=marks)
        position = end
    if position < len(text):
        yield Piece(text[position:], plain, marks=marks)


def _text(block: Block, pieces: list[Piece], look: Look) -> Iterator[tuple[list[Piece], Row]]:
    text = "".join(piece.text for piece in pieces)
    width = max(1, look.body - cell_len(block.first))
    last_end = 0
    for number, (start, end) in enumerate(wrap(text, width)):
        before = block.rest if number else block.first
        # What is a number for Markdown may be one for its writer.
        role = Role.BODY if before.strip()[:1].isdecimal() else Role.QUOTE
        lead = [Piece(before, role)] if before else []
        # A bullet is copied, and so is what shows how deep it is; bars are not.
        row = Row((), copied_from=0 if block.first.lstrip()[:1] not in markup.BAR else len(before))
        if number and "\n" not in text[last_end:start]:
            row = replace(row, joint=" ", copied_from=len(before))
        last_end = end
        yield [*lead, *_slice(pieces, start, end)], row


def _code(block: Block, look: Look) -> Iterator[tuple[list[Piece], Row]]:
    """Yield fenced code, on a ground of its own, with all of its white space."""
    from rchat_tui.app.code import tokens  # late: it is seldom wanted

    width = max(1, look.body - cell_len(block.first) - 2 * len(_CODE_PAD))
    lead = [Piece(block.rest, Role.QUOTE)] if block.rest else []
    if block.language:
        label = shortened(block.language, width)
        pad = " " * (width - cell_len(label))
        pieces = [Piece(_CODE_PAD + pad + label + _CODE_PAD, Role.CODE, "comment")]
        yield [*lead, *pieces], Row((), copied_from=len(block.rest), copied_to=len(block.rest))
    pieces = [Piece(text, Role.CODE, kind) for text, kind in tokens(block.text, block.language)]
    copied_from = len(block.rest) + len(_CODE_PAD)
    line_start = 0
    for line in block.text.split("\n"):
        for number, (start, end) in enumerate(chop(line, width)):
            pad = " " * (width - cell_len(line[start:end]))
            yield (
                [
                    *lead,
                    Piece(_CODE_PAD, Role.CODE),
                    *_slice(pieces, line_start + start, line_start + end),
                    Piece(pad + _CODE_PAD, Role.CODE),
                ],
                Row(
                    (),
                    copied_from=copied_from,
                    copied_to=copied_from + end - start,
                    joint="" if number else "\n",
                ),
            )
        line_start += len(line) + 1


def _slice(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    """Yield what stands from ``start`` to ``end`` in the text of all pieces."""
    position = 0
    for piece in pieces:
        begin, stop = max(start - position, 0), min(end - position, len(piece.text))
        if begin < stop:
            yield piece._replace(text=piece.text[begin:stop])
        position += len(piece.text)
        if position >= end:
            return


# -- its way ---------------------------------------------------------------------------------------


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
    return around.beside(result, mark, role, look, fits=said.delivery.leaves)
