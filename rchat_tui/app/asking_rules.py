"""What is asked of the client about accounts and moderation. Concurrency: as `errands`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rchat_protocol.errors import ErrorCode
from rchat_tui.app import standing
from rchat_tui.app.answers import NotOpened, PasswordWanted, Told
from rchat_tui.app.asking_people import AskingPeople
from rchat_tui.client.errors import RchatError, ServerError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from rchat_protocol.models import ChannelAccess, TokenInfo
    from rchat_tui.client.passwords import Given


_REFUSED_HERE: Final = (ErrorCode.ENCRYPTION_REQUIRED, ErrorCode.PASSWORD_INVALID)
"""What the client refuses by itself, before there is a line."""


class AskingRules(AskingPeople):
    """Requests about who may do what."""

    _logins: tuple[TokenInfo, ...] = ()
    """As they were numbered last."""

    # -- coming in -------------------------------------------------------------------------------

    def join(self, channel: str) -> None:
        """Join a channel; its state comes as an event. Where it has a password, that is wanted."""
        self._enter(self._client.join(channel), channel)

    def enter(self, channel: str, password: str) -> None:
        """Join a channel by its password."""
        self._enter(self._client.enter(channel, password), channel)

    def _enter(self, request: Coroutine[Any, Any, None], channel: str) -> None:
        async def enter() -> None:
            try:
                await request
            except ServerError as error:
                wanted = error.code == ErrorCode.CHANNEL_PASSWORD
                why = str(error)
                self._post(PasswordWanted(channel, why) if wanted else NotOpened(why))
            except RchatError as error:
                self._post(NotOpened(str(error)))

        self._spawn(enter())

    # -- accounts --------------------------------------------------------------------------------

    def log_in(self, user: str, given: Given) -> None:
        """Come in by a password. What becomes of it the line tells, if there is to be one."""

        async def log_in() -> None:
            try:
                await self._client.login(
                    user, given.password, register=given.register, invitation=given.invitation
                )
            except RchatError as error:
                if isinstance(error, ServerError) and error.code in _REFUSED_HERE:
                    self._post(Told(str(error), error=True))

        self._spawn(log_in())

    def register(self, password: str, *, name: str) -> None:
        """Become an account."""

        async def register() -> None:
            await self._client.register(password)
            self._post(
                Told(
                    f"{name} is yours now, here and wherever you give that password. Messages for"
                    " you wait while you are away."
                )
            )

        self.ask(register())

    def change_password(self, old: str, new: str) -> None:
        """Change the password."""

        async def change() -> None:
            await self._client.change_password(old, new)
            self._post(Told("The password is changed. All other machines are logged out."))

        self.ask(change())

    def tell_logins(self, *, now: int) -> None:
        """Number the machines that are logged in."""

        async def tell() -> None:
            self._logins = tuple(await self._client.logins())
            self._post(Told(standing.logins(self._logins, now)))

        self.ask(tell())

    def log_out(self, number: int | None) -> None:
        """Log out the machine of that number, or all others."""

        async def log_out() -> None:
            if number is not None and not 1 <= number <= len(self._logins):
                self._post(Told("There is none of that number: /logins lists them.", error=True))
                return
            chosen = None if number is None else self._logins[number - 1].id
            await self._client.revoke(chosen)
            self._post(Told("Logged out there."))

        self.ask(log_out())

    # -- moderation ------------------------------------------------------------------------------

    def tell_rules(self, channel: str) -> None:
        """Tell what holds in a channel."""

        async def tell() -> None:
            self._post(Told(standing.rules(await self._client.rules(channel))))

        self.ask(tell())

    def tell_audit(self, channel: str) -> None:
        """Tell what was done in a channel."""

        async def tell() -> None:
            self._post(Told(standing.audit((await self._client.audit(channel)).acts)))

        self.ask(tell())

    def kick(self, channel: str, user: str, reason: str) -> None:
        """Put somebody out."""
        self.ask(self._client.kick(channel, user, reason))

    def ban(
        self,
        channel: str,
        user: str | None,
        *,
        mask: str | None = None,
        address: bool = False,
        seconds: int = 0,
        reason: str = "",
    ) -> None:
        """Let somebody in no more."""
        self.ask(
            self._client.ban(
                channel, user, mask=mask, address=address, seconds=seconds, reason=reason
            )
        )

    def unban(self, channel: str, which: str) -> None:
        """Lift a ban."""
        self.ask(self._client.unban(channel, which))

    def mute(self, channel: str, user: str, *, seconds: int, reason: str) -> None:
        """Let somebody listen alone."""
        self.ask(self._client.mute(channel, user, seconds=seconds, reason=reason))

    def unmute(self, channel: str, user: str) -> None:
        """Let somebody speak again."""
        self.ask(self._client.mute(channel, user, on=False))

    def set_slow(self, channel: str, seconds: int) -> None:
        """Say how often one person may write."""
        self.ask(self._client.set_slow(channel, seconds))

    def set_access(self, channel: str, access: ChannelAccess, password: str | None = None) -> None:
        """Say who may come in."""
        self.ask(self._client.set_access(channel, access, password))

    def set_operator(
        self, channel: str, user: str, *, on: bool = True, owner: bool = False
    ) -> None:
        """Let somebody moderate, or no longer; or own the channel."""
        self.ask(self._client.set_operator(channel, user, on=on, owner=owner))
