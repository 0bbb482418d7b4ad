"""What the commands of one's account do."""

from __future__ import annotations

from rchat_tui.app.actions.doing import Doing
from rchat_tui.client.display import safe_line

_NEW = "A new password, of 8 characters or more"
_AGAIN = "The same again"


class Accounting(Doing):
    """One's account."""

    def do_register(self, _argument: str) -> None:
        """Make an account of the guest that one is."""
        errands = self._online()
        if errands is None:
            return
        name = safe_line(self._model.state.user or "")

        def go_on(given: tuple[str, ...]) -> None:
            if self._alike(*given):
                errands.register(given[0], name=name)

        self._stage.ask_secrets(f"Make {name} yours", (_NEW, _AGAIN), go_on)

    def do_password(self, _argument: str) -> None:
        """Change the password."""
        errands = self._online()
        if errands is None:
            return

        def go_on(given: tuple[str, ...]) -> None:
            if self._alike(*given[1:]):
                errands.change_password(given[0], given[1])

        fields = ("The password of now", _NEW, _AGAIN)
        self._stage.ask_secrets("Change the password", fields, go_on)

    def do_logins(self, _argument: str) -> None:
        """Say where the account is logged in."""
        if errands := self._online():
            errands.tell_logins(now=self._model.now())

    def do_logout(self, argument: str) -> None:
        """Log out elsewhere."""
        word = argument.strip().lower()
        if word != "others" and not (word.isascii() and word.isdigit()):
            self._stage.tell("Which? /logins numbers them; /logout others is all.", error=True)
        elif errands := self._online():
            errands.log_out(None if word == "others" else int(word))

    def _alike(self, new: str, again: str) -> bool:
        if new != again:
            self._stage.tell("The two are not the same: nothing was changed.", error=True)
        return new == again
