"""The screens over the chat: each is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from textual.events import Key

from rchat_tui.app.finding import People

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from rchat_tui.app.base import BaseApp
    from rchat_tui.app.items import Said
    from rchat_tui.app.searching import Searching

S = TypeVar("S", bound="Screen[Any]")
T = TypeVar("T")

_AHEAD: Final = 100
"""Keys that wait for a screen."""


class Overlays:
    """Opens them.

    Args:
        app: Over whose chat they are.
        now: Seconds since 1970-01-01 UTC.
    """

    def __init__(self, app: BaseApp, now: Callable[[], float]) -> None:
        self._app = app
        self._now = now
        self._people = People()
        self._sought = ""
        """What was looked for last."""
        self._ahead: list[tuple[str, str | None]] | None = None
        """What was typed for a screen that is about to be shown."""

    def open_help(self) -> None:
        """Show the help for the screen that one is on, or go back from it."""
        from rchat_tui.app.screens.help import HelpScreen

        app = self._app
        if (help_screen := self.top(HelpScreen)) is not None:
            app.call_later(help_screen.dismiss)
        else:
            selecting = app.screen is app.chat and app.model.acting.selecting
            self._push_soon(HelpScreen(app.screen, selecting=selecting))

    def open_switcher(self, query: str) -> None:
        """Show the switcher, with something in it already."""
        from rchat_tui.app.screens.switcher import SwitcherScreen

        app = self._app
        switcher = SwitcherScreen(app.model, query, people=self._people, used=app.used)
        self._push_soon(switcher)
        if app.errands is not None and app.model.online:
            app.errands.tell_channels()

    def open_search(self, query: str) -> None:
        """Show the search, with something in it already; else with what was looked for last."""
        from rchat_tui.app.screens.search import SearchScreen

        screen = SearchScreen(
            self._app.model, query or self._sought, searching=self._searching, now=self._now
        )
        self._push_soon(screen, self._remember_sought)

    def _searching(self) -> Searching | None:
        errands = self._app.errands
        return None if errands is None else errands.searching

    def _remember_sought(self, query: str | None) -> None:
        self._sought = query or ""

    def open_reactions(self, said: Said) -> None:
        """Show what one may react to a message with."""
        from rchat_tui.app.screens.reactions import ReactionsScreen

        self._push_soon(ReactionsScreen(said, self._app.model.acting.recent))

    def open_passwords(
        self,
        title: str,
        fields: tuple[str, ...],
        then: Callable[[tuple[str, ...]], object],
        *,
        open_fields: int = 0,
    ) -> None:
        """Ask for passwords; ``then`` is called with them, unless that is given up.

        Args:
            title: what they are for.
            fields: what each is called.
            then: takes them.
            open_fields: how many of the last ones are no secret.
        """
        from rchat_tui.app.screens.passwords import PasswordScreen

        def given(texts: tuple[str, ...] | None) -> None:
            if texts is not None:
                then(texts)

        self._push_soon(PasswordScreen(title, fields, open_fields=open_fields), given)

    def top(self, kind: type[S]) -> S | None:
        """Return the screen that is seen, where it is of that kind; an app that ends has none."""
        top = self._app.screen_stack[-1:]
        return top[0] if top and isinstance(top[0], kind) else None

    def open_connection(self) -> None:
        """Show the connect screen, whatever the line is like."""
        self._app.front_door.open(self._app.model)
        self._app.show_soon()

    # -- what is typed before a screen is there ----------------------------------------------

    def _push_soon(self, screen: Screen[T], then: Callable[[T | None], None] | None = None) -> None:
        """Show a screen; what is typed before it is there is for it, and not for the composer.

        Args:
            screen: to be shown.
            then: is called with what it is dismissed with.
        """
        self._ahead = []
        self._app.call_later(self._push, screen, then)

    async def _push(self, screen: Screen[Any], then: Callable[[Any], None] | None) -> None:
        await self._app.push_screen(screen, then)
        ahead, self._ahead = self._ahead or (), None
        for key, character in ahead:
            # Now: what was typed after them waits in the app's queue already.
            await self._app.on_event(Key(key, character))

    def takes(self, key: str, character: str | None) -> bool:
        """Keep a key for the screen that is about to be shown; False where there is none."""
        if self._ahead is None or len(self._ahead) >= _AHEAD:
            return False
        self._ahead.append((key, character))
        return True
