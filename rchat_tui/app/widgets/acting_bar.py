"""Rows above where one writes: what the keys do to the selected message, and who reacted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.reactive import reactive

from rchat_tui.app.commands import BY_ID
from rchat_tui.app.keymap import keys_of
from rchat_tui.app.widgets.bar import Bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.geometry import Size
    from textual.strip import Strip

    from rchat_tui.app.acting import Intent
    from rchat_tui.app.items import Said
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.transcript import Transcript
    from rchat_tui.app.widgets.bar import Piece

_GIST: Final = 200
"""Characters of a message at the most: the row cuts what it has no room for."""

_NAMES: Final = 20
"""Names of those who reacted that are listed for each reaction."""


class ActingBar(Bar):
    """What is about to be done with a message, and the keys for it; no row where nothing is.

    It takes as many rows as it needs to show every key.
    """

    groups: reactive[tuple[tuple[Piece, ...], ...]] = reactive((), layout=True)
    """What stands on one row together."""

    def show(self, model: ChatModel) -> None:
        """Show what the model holds."""
        transcript = model.transcript
        intent = model.intent
        if transcript is not None and transcript.selected is not None:
            self.groups = tuple(self._for_selected(model, transcript, transcript.selected))
        elif transcript is not None and intent is not None:
            self.groups = (tuple(self._for_intent(transcript, intent)),)
        else:
            self.groups = ()
        self.display = bool(self.groups)

    def _for_selected(
        self, model: ChatModel, transcript: Transcript, said: Said
    ) -> Iterator[tuple[Piece, ...]]:
        if not model.acting.selecting:
            yield (("A command acts on the marked message", "note"),)
            yield self._key("let-go")
        elif model.acting.sure == said.id:
            yield (("Delete this message?", "bad"),)
            yield self._key("delete", "deletes it")
            yield self._key("let-go", "keeps it")
        else:
            from rchat_tui.app.saying import decides  # here: not before the first paint

            may_delete = said.mine or decides(model.conversation, model.state.user)
            for id_ in _fitting(transcript, said, may_delete=may_delete):
                yield self._key(id_)
            yield self._key("let-go")

    def _for_intent(self, transcript: Transcript, intent: Intent) -> Iterator[Piece]:
        from rchat_tui.app.around import gist

        said = transcript.find(intent.seq) or transcript.quotes.get(intent.seq)
        yield ("╭ Editing  " if intent.edits else "╭ Answering  ", "note")
        yield from self._key("let-go", "gives up")
        yield (f"  {gist(said, _GIST)}", "faint")

    def _key(self, id_: str, label: str = "") -> tuple[Piece, ...]:
        name = label or BY_ID[id_].label
        return (keys_of(self).how(id_), "key"), (f" {name}", "faint")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows it takes."""
        del container, viewport
        return len(self._rows(width))

    def render_line(self, y: int) -> Strip:
        """Draw a row."""
        rows = self._rows(self.size.width)
        return self.row(rows[y] if y < len(rows) else [], self.size.width)

    def _rows(self, width: int) -> list[list[Piece]]:
        rows: list[list[Piece]] = []
        room = 0
        for group in self.groups:
            size = 2 + sum(cell_len(text) for text, _ in group)
            if not rows or size > room:
                rows.append([])
                room = width - 2
            if rows[-1]:
                rows[-1].append(("  ", "text"))
            rows[-1] += group
            room -= size
        return rows


class WhoBar(Bar):
    """Who reacted to the selected message; no row where nobody did."""

    def show(self, model: ChatModel) -> None:
        """Show what the model holds."""
        transcript = model.transcript
        said = None if transcript is None else transcript.selected
        self.left = () if said is None else tuple(_who(said))
        self.display = bool(self.left)


def _fitting(transcript: Transcript, said: Said, *, may_delete: bool) -> Iterator[str]:
    """Yield the commands that mean something for a message."""
    from rchat_tui.app.acting import numbered  # here, like the rest: not before the first paint
    from rchat_tui.app.links import links

    if numbered(transcript, said):
        yield "reply"
        if said.mine:
            yield "edit"
        if may_delete:
            yield "delete"
        yield "react"
    if said.content:
        yield "copy-message"
    if links(said.content):
        yield "open-link"
    if said.reply:
        yield "answered"


def _who(said: Said) -> Iterator[Piece]:
    for number, reaction in enumerate(said.reactions):
        names = ", ".join(reaction.users[:_NAMES])
        more = len(reaction.users) - _NAMES
        others = f" and {more:,} more" if more > 0 else ""
        yield (f"{'  ' if number else ''}{reaction.emoji} ", "text")
        yield (f"{names}{others}", "strong" if reaction.mine else "faint")
