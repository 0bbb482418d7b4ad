"""Where a password comes from, and when one may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.passwords import password as checked
from rchat_tui.client.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rchat_tui.client.address import ServerAddress


class PasswordSource(Struct, frozen=True):
    """What a client may do about passwords without a person."""

    find: Callable[[str], Awaitable[str | None]] | None = None
    """Called with a user's name where the server asks for his password, and nobody has given it;
    None is returned where it knows none."""
    in_the_clear: bool = False
    """Whether a password may travel unencrypted to another machine."""


class Given:
    """What somebody gave to come in with. It shows nothing of itself."""

    __slots__ = ("invitation", "password", "register")

    def __init__(
        self, password: str, *, register: bool = False, invitation: str | None = None
    ) -> None:
        self.password = password
        self.register = register
        """Whether the account is to be made first."""
        self.invitation = invitation


class Passwords:
    """The passwords of one client.

    Args:
        address: Of the server that would get them.
        source: Knows one without a person.
    """

    def __init__(self, address: ServerAddress, source: PasswordSource) -> None:
        self.given: Given | None = None
        """What is used next, once."""
        self._find = source.find
        self._private = address.tls or address.is_loopback or source.in_the_clear

    def give(self, given: Given) -> None:
        """Use what a person gave.

        Raises:
            ServerError: ``encryption-required``, before anything is sent.
        """
        self.refuse_in_the_clear()
        self.given = given

    async def ask(self, user: str) -> bool:
        """Ask the source, where there is one; return whether there is something to use now.

        Raises:
            ServerError: ``encryption-required``.
        """
        if self._find is None:
            return False
        found = await self._find(user)
        if found is None:
            return False
        self.give(Given(found))
        return True

    def refuse_in_the_clear(self) -> None:
        """Go on where whoever is on the way cannot read along.

        Raises:
            ServerError: ``encryption-required``.
        """
        if not self._private:
            raise ServerError(
                ErrorCode.ENCRYPTION_REQUIRED,
                "A password is sent encrypted alone: connect to tcps:// or wss://. Nothing was"
                " sent.",
            )


def new_password(text: str) -> str:
    """Return what may be a password.

    Raises:
        ServerError: ``password-invalid``, before the server has to say so.
    """
    try:
        checked(text)
    except ChatError as error:
        raise ServerError(error.code, error.message) from None
    return text
