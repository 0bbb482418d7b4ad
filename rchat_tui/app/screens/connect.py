"""No server there: one sentence on what is wrong, and what one can do about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_tui.app import proof
from rchat_tui.app.keymap import keys_of, shown
from rchat_tui.app.screens.passwords import PasswordScreen
from rchat_tui.client.display import safe_line
from rchat_tui.client.events import Connecting, Offline, Online

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

    from rchat_tui.client.events import ConnectionEvent
    from rchat_tui.client.passwords import Given


class ConnectScreen(Screen[None]):
    """Shown until a server lets us in."""

    ABOUT = (
        "No server",
        "Nobody lets us in there. What you wrote before is kept, and leaves when somebody does.",
    )
    CSS_PATH = "connect.tcss"
    AUTO_FOCUS = ""
    # They come first, before the input would see them where it is there: the one that opens it is
    # carried out before the next one is read, so that none of what follows is a command, and Enter
    # before what follows it.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "serve", "Start a server here", priority=True, id="connect-serve"),
        Binding("r", "retry", "Try again now", priority=True, id="connect-retry"),
        Binding("a", "ask('url')", "Another address", priority=True, id="connect-address"),
        Binding("n", "ask('user')", "Another name", priority=True, id="connect-name"),
        Binding("p", "prove('login')", "Enter the password", priority=True, id="connect-password"),
        Binding("g", "prove('register')", "Make an account", priority=True, id="connect-register"),
        Binding("q", "quit", "Quit", priority=True, id="connect-quit"),
        Binding("f1", "app.command('help')", "Help", id="connect-help"),
        Binding("enter", "submit", "Go on", show=False, priority=True),
        Binding("escape", "back", "Back to the chat", id="connect-back"),
    ]

    @dataclass
    class Dial(Message):
        """Dial this server under this name."""

        url: str
        user: str

    class Retry(Message):
        """Dial now."""

    @dataclass
    class Prove(Message):
        """Come in by a password, perhaps of an account that is to be made."""

        given: Given

    class Serve(Message):
        """Start a server on this machine."""

    class Back(Message):
        """Look at the chat, offline or not."""

    def __init__(self, *, can_serve: bool) -> None:
        super().__init__()
        self._can_serve = can_serve
        self._url = ""
        self._user = ""
        self._asking = ""
        self._connection: ConnectionEvent | None = None
        self._wait = 0.0
        self._back = False
        self._covered = False
        """Whether the card for a password is about to be before this screen, or is."""
        # Kept, and not looked for: the app may go while there is still something to show.
        self._reason = Static(id="connect-reason", markup=False)
        self._again = Static(id="connect-wait", markup=False)
        self._choices = Static(id="connect-keys")

    def compose(self) -> ComposeResult:
        """Put the card together."""
        with Vertical(id="card"):
            yield Static("rchat", id="connect-brand")
            yield self._reason
            yield self._again
            yield Input(id="connect-input", compact=True)
            yield self._choices

    def on_mount(self) -> None:
        """Show what was told before there was a screen."""
        keys_of(self).rebind(self)
        self._refresh_text()
        self._ask_for_proof()

    def show(
        self, connection: ConnectionEvent | None, *, url: str, user: str, wait: float, back: bool
    ) -> None:
        """Show what the line is doing.

        Args:
            connection: the last word about it.
            url: the server that is dialled.
            user: the name that is asked for.
            wait: seconds until the next try; 0 when none is waited for.
            back: whether there is a chat to go back to.
        """
        new = connection is not self._connection
        self._connection, self._url, self._user, self._wait = connection, url, user, wait
        self._back = back
        if self.is_mounted:
            self._refresh_text()
            if new:
                self._ask_for_proof()

    def _ask_for_proof(self) -> None:
        """Ask at once for what is missing; who gives up has keys for it."""
        if self._code in proof.ASKING:
            self.action_prove("register" if self._code in proof.REGISTERING else "login")

    @property
    def _may_serve(self) -> bool:
        """Whether a server of one's own would help: not where there is one, which says no."""
        return self._can_serve and self._code is None

    @property
    def _code(self) -> str | None:
        """Why one is not let in."""
        return self._connection.code if isinstance(self._connection, Offline) else None

    def _refresh_text(self) -> None:
        connection, wait = self._connection, ""
        if isinstance(connection, Offline):
            reason = safe_line(connection.reason)
            if connection.retry_in is not None:
                again = math.ceil(self._wait)
                wait = f"Trying again in {again} s" if again > 0 else "Trying again…"
        elif isinstance(connection, Online):
            reason = f"You are at {safe_line(connection.url)} as {safe_line(connection.user)}."
        else:
            where = connection.url if isinstance(connection, Connecting) else self._url
            reason = f"Connecting to {safe_line(where)} as {safe_line(self._user)}…"
        self._reason.update(reason)
        self._again.update(wait)
        self._choices.update(self._keys())

    def _keys(self) -> Content:
        lines = []
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.show:
                possible = {
                    "serve": self._may_serve,
                    "back": self._back,
                    "prove('login')": self._code in proof.ASKING,
                    "prove('register')": self._code in proof.REGISTERING,
                }
                if not possible.get(binding.action, True):
                    continue
                key = next(map(shown, keys_of(self).instead(binding)), "")
                lines.append(
                    Content.assemble((f"{key:>4}", "$primary bold"), f"   {binding.description}")
                )
        return Content("\n").join(lines)

    # -- keys ------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave letters to the input while it is there."""
        del parameters
        asking = self.has_class("-asking")
        if self._covered or (asking and action not in ("back", "submit")):
            return False
        if action == "submit":
            return asking
        if action == "serve":
            return self._may_serve
        if action == "prove":
            return self._code in proof.ASKING
        if action == "back":
            return self._back or asking
        return True

    def action_serve(self) -> None:
        """Start a server here."""
        self._connection = None
        self._reason.update("Starting a server here…")
        self.post_message(self.Serve())

    def action_prove(self, how: str) -> None:
        """Ask for a password."""
        register = how == "register"
        code = ErrorCode.ACCOUNT_REQUIRED if register else ErrorCode.PASSWORD_REQUIRED
        title, fields = proof.asked(code, safe_line(self._user))
        reason = self._connection.reason if isinstance(self._connection, Offline) else ""
        screen = PasswordScreen(
            title, fields, open_fields=proof.OPEN_FIELDS * register, reason=reason
        )

        def go_on(given: tuple[str, ...] | None) -> None:
            if given is not None:
                self.post_message(self.Prove(proof.given(given, register=register)))

        self._covered = True
        self.app.call_later(self.app.push_screen, screen, go_on)

    def action_retry(self) -> None:
        """Dial now."""
        self.post_message(self.Retry())

    def action_ask(self, what: str) -> None:
        """Ask for another address (``url``) or name (``user``)."""
        self._asking = what
        field = self.query_one(Input)
        field.value = self._url if what == "url" else self._user
        field.placeholder = "tcp://host:port" if what == "url" else "Your name"
        self._show_input()

    async def action_quit(self) -> None:
        """Quit, as anywhere."""
        await self.run_action("app.command('quit')")

    def on_key(self, event: Key) -> None:
        """Drop what is typed while nobody sees where it goes."""
        if self._covered:
            event.stop()

    def on_screen_resume(self) -> None:
        """Take keys again."""
        self._covered = False

    def action_back(self) -> None:
        """Put the input away; where it is not there, go back to the chat."""
        if self.has_class("-asking"):
            self._put_away()
        else:
            self.post_message(self.Back())

    def _show_input(self) -> None:
        self.add_class("-asking")
        self.set_focus(self.query_one(Input))

    def _put_away(self) -> None:
        self.remove_class("-asking")
        self.set_focus(None)

    def action_submit(self) -> None:
        """Dial with what was written, once the input has taken the keys that came before."""
        self._put_away()
        self.query_one(Input).call_later(self._submit, self._asking)

    def _submit(self, asking: str) -> None:
        value = self.query_one(Input).value.strip()
        if value and asking == "user":
            try:
                value = names.user_name(value)
            except ChatError as error:
                self.notify(error.message, severity="error", markup=False)
                value = ""
        if not value:
            self._show_input()
            return
        user = value if asking == "user" else self._user
        self.post_message(self.Dial(value if asking == "url" else self._url, user))
