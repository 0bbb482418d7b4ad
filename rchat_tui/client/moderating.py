"""What can be asked of the server about who decides in a channel: one method a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import routes
from rchat_protocol.models import (
    AuditReply,
    AuditRequest,
    Ban,
    Empty,
    EnterChannel,
    Kick,
    Mute,
    RulesQuery,
    RulesReply,
    SetAccess,
    SetOperator,
    SetSlow,
    Unban,
)
from rchat_tui.client.requests import Requests
from rchat_tui.client.wire import decoded, encoded

if TYPE_CHECKING:
    import msgspec

    from rchat_protocol.models import ChannelAccess
    from rchat_protocol.routes import Route


class ModerationRequests(Requests):
    """The part of `ChatClient` that moderates.

    Each returns when it has taken effect, and raises `RchatError`: a `ServerError`
    (``not-allowed``, …), or no answer. Channels are named by their ids, from an event.
    """

    async def enter(self, channel: str, password: str) -> None:
        """Join a channel that has a password. As `join` otherwise; also ``channel-password``."""
        self._session.passwords.refuse_in_the_clear()
        await self._do(routes.CHANNEL_ENTER, EnterChannel(channel, password))
        self._standing.joined(channel)

    async def kick(self, conversation: str, user: str, reason: str = "") -> None:
        """Put somebody out of a channel; he may come back."""
        await self._do(routes.CHANNEL_KICK, Kick(conversation, user, reason))

    async def ban(
        self,
        conversation: str,
        user: str | None = None,
        *,
        mask: str | None = None,
        address: bool = False,
        seconds: int = 0,
        reason: str = "",
    ) -> None:
        """Put somebody out, and let him in no more.

        Args:
            conversation: The channel's id.
            user: Whoever has that name now.
            mask: All whose names are like that, with ``*`` and ``?``, in the place of a user.
            address: All who come from the user's address, which nobody is told.
            seconds: For how long; 0: for good.
            reason: One line, of 200 characters at most.
        """
        asked = Ban(conversation, user, mask, address, seconds, reason)
        await self._do(routes.CHANNEL_BAN, asked)

    async def unban(self, conversation: str, ban: str) -> None:
        """Lift a ban: by its id, or by whom or what it is about."""
        await self._do(routes.CHANNEL_UNBAN, Unban(conversation, ban))

    async def mute(
        self, conversation: str, user: str, *, on: bool = True, seconds: int = 0, reason: str = ""
    ) -> None:
        """Let somebody listen alone, for so many seconds (0: for good), or speak again."""
        await self._do(routes.CHANNEL_MUTE, Mute(conversation, user, on, seconds, reason))

    async def set_operator(
        self, conversation: str, user: str, *, on: bool = True, owner: bool = False
    ) -> None:
        """Make a member an operator, or no longer; or, with ``owner``, the channel's owner."""
        await self._do(routes.CHANNEL_OPERATOR, SetOperator(conversation, user, on, owner))

    async def set_access(
        self, conversation: str, access: ChannelAccess, password: str | None = None
    ) -> None:
        """Say who may come in."""
        if password is not None:
            self._session.passwords.refuse_in_the_clear()
        await self._do(routes.CHANNEL_ACCESS, SetAccess(conversation, access, password))

    async def set_slow(self, conversation: str, seconds: int) -> None:
        """Say how many seconds pass from one message of a person to his next; 0: none."""
        await self._do(routes.CHANNEL_SLOW, SetSlow(conversation, seconds))

    async def rules(self, conversation: str) -> RulesReply:
        """Return what holds in a channel; who is banned and muted is told to operators."""
        data = await self._ask(routes.CHANNEL_RULES, encoded(RulesQuery(conversation)))
        return decoded(data, RulesReply)

    async def audit(
        self, conversation: str, *, before: int | None = None, limit: int = 50
    ) -> AuditReply:
        """Return what was done in a channel, newest first; to operators.

        Args:
            conversation: The channel's id.
            before: ``next`` of the answer before.
            limit: Most acts, 1 to 200.
        """
        request = AuditRequest(conversation, before, limit)
        return decoded(await self._ask(routes.CHANNEL_AUDIT, encoded(request)), AuditReply)

    async def _do(self, route: Route, asked: msgspec.Struct) -> None:
        decoded(await self._ask(route, encoded(asked)), Empty)
