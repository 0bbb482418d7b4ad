"""Asks for what nobody else is to see: passwords, one or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from rchat_tui.app.keymap import keys_of
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.await_complete import AwaitComplete

_LONGEST = 1024
"""Characters of a field: a password has fewer."""


class PasswordScreen(ModalScreen[tuple[str, ...] | None]):
    """A card with a field for each; what is written is shown as dots."""

    ABOUT = (
        "A password",
        (
            "Enter goes on to the next field, and from the last one it goes off. Nothing of it is"
            " kept on this machine."
        ),
    )
    CSS_PATH = "passwords.tcss"
    # Of all keys these come first, before a field sees them: of several that come at once, as from
    # a password manager, none is to go where the one before it has just led away from.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Go on", show=False, priority=True),
        Binding("tab", "app.focus_next", "Next field", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "Field before", show=False, priority=True),
        Binding("escape", "give_up", "Give up", show=False, id="password-close"),
    ]

    def __init__(
        self, title: str, fields: tuple[str, ...], *, open_fields: int = 0, reason: str = ""
    ) -> None:
        """Make the card.

        Args:
            title: what it is about.
            fields: what each is called.
            open_fields: how many of the last ones are no secret.
            reason: why it is asked for; then nothing else is to be seen.
        """
        super().__init__()
        self._title = title
        self._fields = fields
        self._open = open_fields
        self._reason = reason
        self._is_done = False
        self._given: tuple[str, ...] | None = None
        self.set_class(bool(reason), "-alone")

    def compose(self) -> ComposeResult:
        """Put the card together."""
        hidden = len(self._fields) - self._open
        with Vertical(id="passwords") as card:
            card.border_title = safe_line(self._title)
            card.border_subtitle = "Enter goes on · Esc gives up"
            if self._reason:
                yield Static(safe_line(self._reason), id="password-reason", markup=False)
            for number, field in enumerate(self._fields):
                yield Static(field, classes="password-label", markup=False)
                yield Input(password=number < hidden, compact=True, max_length=_LONGEST)

    def on_mount(self) -> None:
        """Begin with the first one."""
        keys_of(self).rebind(self)
        self.query(Input).first().focus()

    def action_go_on(self) -> None:
        """Go on to the next field, or be done with the last one."""
        if self._is_done:
            return
        fields = list(self.query(Input))
        after = fields[fields.index(self.focused) + 1 :] if self.focused in fields else fields
        if after:
            self.set_focus(after[0])
        else:
            self._be_done(fields, fields)

    def _be_done(self, fields: Sequence[Input], waiting: Sequence[Input]) -> None:
        """Return what was written once each field has taken the keys that came before."""
        if waiting:
            waiting[0].call_later(self._be_done, fields, waiting[1:])
            return
        empty = [field for field in fields[: len(fields) - self._open] if not field.value]
        if empty:
            self.set_focus(empty[0])
        else:
            self._leave(tuple(field.value for field in fields))

    def action_give_up(self) -> None:
        """Return nothing."""
        self._leave(None)

    def _leave(self, given: tuple[str, ...] | None) -> None:
        """Go, once: below the help, when that has gone."""
        if not self._is_done:
            self._is_done = True
            self._given = given
            self.app.call_later(self._go)

    def _go(self) -> AwaitComplete | None:
        # Not `is_current`, which it is below another card, too: that one would go.
        return self.dismiss(self._given) if self.app.screen is self else None

    def on_screen_resume(self) -> None:
        """Go, where that was decided meanwhile."""
        if self._is_done:
            self.app.call_later(self._go)
