"""What the commands of the screen do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rchat_tui.app.actions.doing import Doing
from rchat_tui.app.settings import DARK_THEME, LIGHT_THEME

if TYPE_CHECKING:
    from rchat_tui.app.base import BaseApp


class Viewing(Doing):
    """The screen: its scrolling, its panes, its other screens."""

    def __init__(self, app: BaseApp) -> None:
        super().__init__(app)
        self._app = app

    def do_switcher(self, _argument: str) -> None:
        """Open the switcher."""
        self._app.overlays.open_switcher("")

    def do_palette(self, _argument: str) -> None:
        """Open the switcher on its commands."""
        self._app.overlays.open_switcher(">")

    def do_search(self, argument: str) -> None:
        """Open the search."""
        self._app.overlays.open_search(argument)

    def do_first_unread(self, _argument: str) -> None:
        """Scroll to the unread line."""
        if not self._app.chat.messages.to_first_unread():
            self._app.toast("Nothing is unread here.")

    def do_next_mention(self, _argument: str) -> None:
        """Go to the next message here that calls for you."""
        self._app.seeking.seek(1)

    def do_previous_mention(self, _argument: str) -> None:
        """Go to the message before that calls for you."""
        self._app.seeking.seek(-1)

    def do_page_up(self, _argument: str) -> None:
        """Scroll back."""
        self._app.chat.messages.move_pages(-1)

    def do_page_down(self, _argument: str) -> None:
        """Scroll on."""
        self._app.chat.messages.move_pages(1)

    def do_oldest(self, _argument: str) -> None:
        """Scroll to the oldest message."""
        self._app.chat.messages.to_oldest(of_all=self._model.online)

    def do_newest(self, _argument: str) -> None:
        """Scroll to the newest message."""
        self._app.chat.messages.to_newest()

    def do_clear(self, _argument: str) -> None:
        """Scroll all that is there out of view."""
        if self._model.transcript is not None:
            self._app.chat.messages.clear_away()

    def do_copy(self, _argument: str) -> None:
        """Copy the selection, else clear the line, else say how to quit."""
        composer = self._app.chat.composer
        selected = self._app.chat.get_selected_text() or composer.selected_text
        if selected:
            self._app.outside.copy(selected)
            self._app.chat.clear_selection()
        elif composer.text:
            composer.put("")
        else:
            self._app.toast(f"{self._app.how('quit')} quits rchat.")

    def do_editor(self, _argument: str) -> None:
        """Go on writing in $VISUAL or $EDITOR."""
        from rchat_tui.app import editor  # late: it is seldom wanted

        try:
            self._app.outside.write(editor.command(os.environ))
        except editor.EditorError as error:
            self._app.toast(str(error), error=True)

    def do_help(self, _argument: str) -> None:
        """Show the help."""
        self._app.overlays.open_help()

    def do_next_pane(self, _argument: str) -> None:
        """Move the focus on."""
        self._app.chat.focus_pane(1)

    def do_previous_pane(self, _argument: str) -> None:
        """Move the focus back."""
        self._app.chat.focus_pane(-1)

    def do_toggle_channels(self, _argument: str) -> None:
        """Show or hide the channel list."""
        self._app.chat.toggle("channels")

    def do_toggle_people(self, _argument: str) -> None:
        """Show or hide the people pane."""
        self._app.chat.toggle("people")

    def do_theme(self, argument: str) -> None:
        """Change the colours."""
        if not argument:
            dark = self._app.current_theme.dark
            self._app.theme = LIGHT_THEME if dark else DARK_THEME
            return
        self._app.learn_themes()  # it may be a file that was changed a moment ago
        problems = self._app.theme_problems
        if argument in self._app.available_themes:
            self._app.theme = argument
            self._app.refresh_css(animate=False)
            self._app.toast(f"/set theme {argument} keeps it.")
            problems = ()
        else:
            there = "  ".join(sorted(self._app.available_themes))
            self._app.tell(f"There is no theme {argument}. There are: {there}", error=True)
        for problem in problems:
            self._app.tell(problem, error=True)

    def do_reconnect(self, _argument: str) -> None:
        """Dial now."""
        self._app.retry_now()

    def do_connection(self, _argument: str) -> None:
        """Show the connect screen."""
        self._app.overlays.open_connection()

    def do_quit(self, _argument: str) -> None:
        """Leave."""
        self._app.leaving.ask()
