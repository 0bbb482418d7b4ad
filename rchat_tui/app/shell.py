"""Textual's app as ours stands on it: its themes, its driver, its colours, its ways to tell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import App
from textual.filter import NoColor

from rchat_tui.app.anchors import anchoring
from rchat_tui.app.settings import SPELLED
from rchat_tui.app.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter

    from rchat_tui.app.settings import AppSettings


class Shell(App[None]):
    """It looks as the settings say, and knows nothing of a chat.

    Args:
        settings: What was decided before the app starts.
    """

    def __init__(self, settings: AppSettings) -> None:
        super().__init__()
        self._settings = settings
        self.theme_problems: tuple[str, ...] = ()
        """What is wrong with one's own themes, a sentence each."""
        for theme in THEMES:
            self.register_theme(theme)
        if settings.theme not in self.available_themes:
            self.learn_themes()
        self.theme = settings.theme if settings.theme in self.available_themes else THEMES[0].name
        self.set_class(settings.text_emoji, SPELLED)

    def learn_themes(self) -> None:
        """Read one's own themes, as they are now."""
        if self._settings.themes is None:
            return
        from rchat_tui.app.userthemes import load

        themes, problems = load(self._settings.themes)
        self.theme_problems = tuple(problems)
        for theme in themes:
            self.register_theme(theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Draw without a single colour where that is asked for (https://no-color.org).

        Textual would draw in greys. Its sheets tell by ``:nocolor`` what colour tells otherwise.
        """
        return (NoColor(),) if self.no_color else super().get_line_filters()

    def get_driver_class(self) -> type[Driver]:
        """Draw by a driver that no text of others can shift."""
        return anchoring(super().get_driver_class())

    # -- the terminal ----------------------------------------------------------------------

    def write(self, sequence: str) -> None:
        """Write a sequence to the terminal: through the driver, and so between two frames."""
        if sequence and self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def remember_copied(self, text: str) -> None:
        """Let Ctrl+V paste a text that was copied here."""
        self._clipboard = text

    def copy_through_terminal(self, text: str) -> None:
        """Ask the terminal to copy a text (OSC 52): some do, and none says whether it did."""
        super().copy_to_clipboard(text)

    # -- telling ---------------------------------------------------------------------------

    def toast(self, text: str, *, error: bool = False, seconds: float = 4) -> None:
        """Show a sentence over the screen for a while."""
        from rchat_tui.client.display import safe_text

        text = safe_text(text)
        if self.has_class(SPELLED):
            from rchat_tui.app.emoji import spelled

            text = spelled(text)
        self.notify(
            text,
            severity="error" if error else "information",
            timeout=seconds,
            markup=False,
        )

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open a link, where there is a browser to open it in; else copy it, and show it."""
        del new_tab
        self.run_worker(self._browse(url), group="errands")

    async def _browse(self, url: str) -> None:
        if self._settings.browser:
            from rchat_tui.app.browser import open_link

            if await asyncio.to_thread(open_link, url):
                return
        from rchat_tui.app.answers import NoBrowser  # none before the first paint

        self.post_message(NoBrowser(url))
