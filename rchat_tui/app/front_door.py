"""When the connect screen comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.client.events import Offline, Online

if TYPE_CHECKING:
    from textual.app import App

    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.screens.connect import ConnectScreen


class FrontDoor:
    """Shows the connect screen while no server has let us in, or one will not again by itself."""

    def __init__(self, app: App[None], *, can_serve: bool) -> None:
        self._app = app
        self._can_serve = can_serve
        self._screen: ConnectScreen | None = None

    def show(self, model: ChatModel, *, url: str, user: str, wait: float) -> None:
        """Open, change or close the screen, whatever the line asks for.

        Args:
            model: of the app.
            url: the server that is dialled.
            user: the name that is asked for.
            wait: seconds until the next try; 0 when none is waited for.
        """
        connection = model.state.connection
        stuck = isinstance(connection, Offline) and (
            not model.was_online or connection.retry_in is None
        )
        if self._screen is None and stuck:
            from rchat_tui.app.screens.connect import ConnectScreen  # seldom needed

            self._screen = ConnectScreen(can_serve=self._can_serve)
            self._app.call_later(self._app.push_screen, self._screen)
        if self._screen is None:
            return
        if isinstance(connection, Online):
            screen, self._screen = self._screen, None
            self._app.call_later(screen.dismiss)
        else:
            self._screen.show(connection, url=url, user=user, wait=wait)
