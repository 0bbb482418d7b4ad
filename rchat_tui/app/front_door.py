"""When the connect screen comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.answers import ClientRefused, ServerStarted
from rchat_tui.client.errors import RchatError
from rchat_tui.client.events import Offline, Online

if TYPE_CHECKING:
    from textual.app import App

    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ServerStarter
    from rchat_tui.app.screens.connect import ConnectScreen
    from rchat_tui.client.events import ConnectionEvent


class FrontDoor:
    """Shows the connect screen while there is nothing else to see, or it takes a person."""

    def __init__(self, app: App[None], start_server: ServerStarter | None) -> None:
        self._app = app
        self._start_server = start_server
        self._screen: ConnectScreen | None = None
        self._asked_at: ConnectionEvent | None = None
        """The word about the line at which the user asked for the screen."""
        self._left_at: ConnectionEvent | None = None
        """And the one at which he turned away from it."""

    def show(self, model: ChatModel, *, url: str, user: str, wait: float) -> None:
        """Open, change or close the screen, whatever the line asks for.

        Args:
            model: of the app.
            url: the server that is dialled.
            user: the name that is asked for.
            wait: seconds until the next try; 0 when none is waited for.
        """
        connection = model.state.connection
        if self._screen is None and _stuck(model) and connection is not self._left_at:
            self._open()
        if self._screen is None:
            return
        if isinstance(connection, Online) and connection is not self._asked_at:
            self._close()
        else:
            back = bool(model.state.conversations)
            self._screen.show(connection, url=url, user=user, wait=wait, back=back)

    def open(self, model: ChatModel) -> None:
        """Open the screen because the user asks for it; it goes when another line is there."""
        self._asked_at = model.state.connection
        self._open()

    def leave(self, model: ChatModel) -> None:
        """Go back to the chat, offline or not, until the line says something else."""
        self._left_at = model.state.connection
        self._close()

    def serve(self) -> None:
        """Start a server here, as the screen offers."""
        if self._start_server is not None:
            self._app.run_worker(self._serve(self._start_server), group="serve", exclusive=True)

    async def _serve(self, start: ServerStarter) -> None:
        try:
            url = await start()
        except RchatError as error:
            self._app.post_message(ClientRefused(str(error)))
        else:
            self._app.post_message(ServerStarted(url))

    def _open(self) -> None:
        if self._screen is None:
            from rchat_tui.app.screens.connect import ConnectScreen  # seldom needed

            self._screen = ConnectScreen(can_serve=self._start_server is not None)
            self._app.call_later(self._app.push_screen, self._screen)

    def _close(self) -> None:
        if self._screen is not None:
            screen, self._screen = self._screen, None
            self._app.call_later(screen.dismiss)


def _stuck(model: ChatModel) -> bool:
    """Return whether a person has to do something, or there is nothing else to see."""
    connection = model.state.connection
    if not isinstance(connection, Offline):
        return False
    return connection.retry_in is None or not (model.was_online or model.state.conversations)
