"""What the commands that select a message, and those that need the screen for it, do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app import acting
from rchat_tui.app.actions.acting import Acting
from rchat_tui.app.actions.viewing import Viewing

if TYPE_CHECKING:
    from rchat_tui.app.base import BaseApp
    from rchat_tui.app.items import Said


class Selecting(Viewing, Acting):
    """The message that is selected.

    A key that is no command for it goes back to writing and does there what it does, so that nobody
    who just types loses a letter. A slash keeps the message for the command that begins with it.
    """

    def __init__(self, app: BaseApp) -> None:
        super().__init__(app)
        self._opened = ("", 0)
        """The message whose links are being opened, and which of them is next."""

    # -- which one -------------------------------------------------------------------------

    def do_select(self, _argument: str) -> None:
        """Select the newest message, or the one above."""
        if self._model.acting.selecting:
            self._step(-1)
        elif self._selected is not None:
            self.select(self._selected)
        else:
            self._select_last()

    def do_select_older(self, _argument: str) -> None:
        """Select the message above."""
        self._step(-1)

    def do_select_newer(self, _argument: str) -> None:
        """Select the message below."""
        self._step(1)

    def do_select_page_up(self, _argument: str) -> None:
        """Select a message a page above."""
        self._page(-1)

    def do_select_page_down(self, _argument: str) -> None:
        """Select a message a page below."""
        self._page(1)

    def do_select_oldest(self, _argument: str) -> None:
        """Select the oldest message that is loaded; what is before it is loaded then."""
        self._select_last(oldest=True)

    def do_select_newest(self, _argument: str) -> None:
        """Select the newest message."""
        self._select_last()

    def select(self, said: Said, *, amid: bool = False) -> None:
        """Select a message of the open conversation, and bring it into view.

        Args:
            said: the message.
            amid: one jumps there, and wants to see what was said around it.
        """
        self._model.acting.sure = ""
        self._model.acting.selecting = True
        if self._model.transcript is not None:
            self._model.transcript.select(said)
        self._app.chat.focus_message_keys()
        self._app.chat.messages.reveal(said, amid=amid)
        self._app.show_soon()

    def do_let_go(self, _argument: str) -> None:
        """Select nothing any more; else let the next line be an ordinary one."""
        if self._model.acting.selecting or self._selected is not None:
            self._end()
            return
        intent = self._model.acting.give_up(self._model.active)
        if intent is not None and intent.edits:
            self._stage.swap_line(intent.begun)
        self._app.show_soon()

    def do_write(self, _argument: str) -> None:
        """Go back to writing."""
        self._end()

    # -- what one does with it ---------------------------------------------------------------

    def do_copy_message(self, _argument: str) -> None:
        """Copy what the message says, as it was written."""
        said = self._selected
        if said is not None and said.text:
            self._app.outside.copy(said.text)

    def do_open_link(self, _argument: str) -> None:
        """Open the link in the message, or the next one."""
        from rchat_tui.app.links import links  # late: it is seldom wanted

        said = self._selected
        if said is None:
            return
        found = links(said.content)
        if not found:
            self._app.toast("There is no link in it.")
            return
        if said.id != self._opened[0]:
            self._opened = (said.id, 0)
        at = self._opened[1]
        self._opened = (said.id, (at + 1) % len(found))
        self._app.open_url(found[at])

    # -- answers ---------------------------------------------------------------------------

    def do_answered(self, _argument: str) -> None:
        """Go to the message that this one answers."""
        said = self._selected
        if said is None:
            return
        if not said.reply:
            self._app.toast("It answers no message.")
            return
        self._model.acting.way_back.append(said.seq)
        self.go_to(said.reply)

    def do_answer(self, _argument: str) -> None:
        """Go back to the answer from which one came."""
        way = self._model.acting.way_back
        if way:
            self.go_to(way.pop())
        else:
            self._app.toast("You came from no answer.")

    def go_to(self, seq: int) -> None:
        """Select the message of that number, and load it where it is not loaded."""
        transcript, active = self._model.transcript, self._model.active
        if transcript is None or active is None:
            return
        found = transcript.find(seq)
        if found is not None:
            self.select(found, amid=True)
        elif transcript.gap_at(seq) is None:
            self._app.toast("That message is not kept any more.", error=True)
        elif (errands := self._stage.errands) is not None:
            errands.look_up(active, seq)  # without a line, in what is kept here

    def arrived(self, seq: int) -> None:
        """Select a message that was looked up."""
        transcript = self._model.transcript
        found = None if transcript is None else transcript.find(seq)
        if found is None:
            self._app.toast("That message is not kept any more.", error=True)
        else:
            self.select(found, amid=True)

    def carry_out(self, text: str) -> None:
        """Say a line, or do what it asks for; with that the selected message is done with."""
        super().carry_out(text)
        if not self._model.acting.selecting and self._selected is not None:
            self._end()

    def go_on_writing(self, character: str) -> None:
        """A key was no command for the selected message: go back to writing."""
        if not self._model.acting.selecting:
            return
        if character == "/" and not self._app.chat.composer.text:
            self._model.acting.selecting = False
            self._app.show_soon()
        else:
            self._end()

    # -- within ----------------------------------------------------------------------------

    @property
    def _selected(self) -> Said | None:
        transcript = self._model.transcript
        return None if transcript is None else transcript.selected

    def _step(self, by: int) -> None:
        transcript, selected = self._model.transcript, self._selected
        if transcript is not None and selected is not None:
            self.select(acting.step(transcript, selected, by) or selected)

    def _page(self, by: int) -> None:
        if self._selected is not None:
            self.select(self._app.chat.messages.a_page_from(self._selected, by))

    def _select_last(self, *, oldest: bool = False) -> None:
        transcript = self._model.transcript
        found = None if transcript is None else acting.last(transcript, oldest=oldest)
        if found is None:
            self._stage.toast("There is no message here to select.")
        else:
            self.select(found)

    def _ask_whether(self, said: Said) -> None:
        if self._selected is not None:
            self._app.show_soon()  # the bar asks
        else:
            super()._ask_whether(said)

    def _ask_how(self, said: Said) -> None:
        self._app.overlays.open_reactions(said)
