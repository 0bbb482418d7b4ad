"""Coming in, and under which name; what has to do with accounts."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from rchat_protocol import names, routes
from rchat_protocol.errors import ErrorCode
from rchat_protocol.models import ChangePassword, Empty, Register, RevokeToken, TokenList
from rchat_tui.client.errors import ConnectionLost, RchatError, RequestTimeout, ServerError
from rchat_tui.client.events import Connecting, Offline, Online
from rchat_tui.client.moderating import ModerationRequests
from rchat_tui.client.passwords import Given, new_password
from rchat_tui.client.wire import checked_user, decoded, encoded

if TYPE_CHECKING:
    from rchat_protocol.models import TokenInfo


class Arrival(ModerationRequests):
    """The part of `ChatClient` that comes in."""

    def start(self) -> None:
        """Begin to dial: see `ChatClient`."""
        raise NotImplementedError

    async def login(
        self,
        user: str,
        password: str | None = None,
        *,
        register: bool = False,
        invitation: str | None = None,
    ) -> None:
        """Take a name; dial first where there is no line. After ``name-in-use``: take another.

        Args:
            user: The name.
            password: Of the account that has this name; none for a guest, and where this machine
                is logged in to it.
            register: Whether to make the account first.
            invitation: The code of an invitation, where the server asks for one to do so.

        Raises:
            ServerError: ``invalid-name``, ``name-in-use``, ``already-logged-in``,
                ``password-required``, ``wrong-password``, ``account-required``,
                ``encryption-required``; to register also ``password-invalid``,
                ``invitation-required``, ``too-many-accounts``.
            ConnectFailed: Nobody answers there.
            RequestTimeout: No answer came before the deadline.
        """
        name = checked_user(user)
        if isinstance(self._supervisor.status, Connecting) and self._session.user is not None:
            with contextlib.suppress(RchatError):  # of another name than this one
                await self._supervisor.outcome()
        if isinstance(self._supervisor.status, Online):
            raise ServerError(
                ErrorCode.ALREADY_LOGGED_IN,
                f"You are here as {self._supervisor.status.user} already.",
            )
        if password is not None:
            if register:
                new_password(password)
            given = Given(password, register=register, invitation=invitation)
            self._session.passwords.give(given)
        self._session.user = name
        self.start()
        self._supervisor.retry_now()
        await self._supervisor.outcome()

    async def rename(self, user: str) -> None:
        """Take another name: others see you leave, and somebody of that name come.

        You stay who you are, in the same conversations; what you said stays under the name of then.
        A program that starts again takes the name that it is given then. An account keeps its name.

        Raises:
            ServerError: ``name-in-use``; ``invalid-name``; ``already-logged-in`` where another
                terminal of yours is connected; ``already-registered``. You are called as before.
            ConnectionLost: There is no connection.
            RequestTimeout: No answer came before the deadline. It is tried on.
        """
        name, before = checked_user(user), self._session.user or ""
        if names.key(name) != names.key(before) and await self._is_here(name):
            raise ServerError(ErrorCode.NAME_IN_USE, f"{name} is here already.")
        self._session.user = name
        try:
            async with asyncio.timeout(self._deadline):
                status = await self._supervisor.redial(f"You come back as {name}.")
        except TimeoutError:
            raise RequestTimeout("The server does not answer; rchat keeps trying.") from None
        except ConnectionLost:
            self._session.user = before
            raise
        if isinstance(status, Offline):
            self._session.user = before
            self._supervisor.retry_now()
            with contextlib.suppress(RchatError):  # it is told, and tried on, as ever
                await self._supervisor.outcome()
            raise ServerError(status.code or "", status.reason)

    async def _is_here(self, user: str) -> bool:
        """Whether somebody of that name is connected, as far as the server says."""
        try:
            return (await self.user_info(user)).terminals > 0
        except ServerError:  # nobody is; or an older server, which says so at the login
            return False

    # -- accounts ----------------------------------------------------------------------------------

    async def register(self, password: str, *, invitation: str | None = None) -> None:
        """Become an account, with all that is yours: your name is nobody else's from then on.

        Args:
            password: 8 characters to 256 bytes of UTF-8.
            invitation: The code of one, where the server asks for it.

        Raises:
            ServerError: ``password-invalid``, ``already-registered``, ``invitation-required``,
                ``encryption-required``, ``too-fast``, ``too-many-accounts``, …
            RchatError: No answer.
        """
        self._session.passwords.refuse_in_the_clear()
        request = Register(new_password(password), invitation=invitation)
        decoded(await self._ask(routes.ACCOUNT_REGISTER, encoded(request)), Empty)
        await self._session.note_account()

    async def change_password(self, old: str, new: str) -> None:
        """Change the password of your account. All of its other machines are logged out.

        Raises:
            ServerError: ``wrong-password``, ``password-invalid``, ``account-required``,
                ``encryption-required``, ``too-fast``, …
            RchatError: No answer.
        """
        self._session.passwords.refuse_in_the_clear()
        request = ChangePassword(old, new_password(new))
        decoded(await self._ask(routes.ACCOUNT_PASSWORD, encoded(request)), Empty)

    async def logins(self) -> list[TokenInfo]:
        """Return where your account is logged in, the one that was used last first.

        Raises:
            RchatError: A `ServerError` (``account-required``) or no answer.
        """
        return decoded(await self._ask(routes.ACCOUNT_TOKENS, b""), TokenList).tokens

    async def revoke(self, login: str | None) -> None:
        """Log your account out somewhere; None: everywhere but here.

        Raises:
            RchatError: A `ServerError` (``no-such-token``, ``account-required``) or no answer.
        """
        decoded(await self._ask(routes.ACCOUNT_REVOKE, encoded(RevokeToken(login))), Empty)
