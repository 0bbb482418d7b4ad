"""Moderation: who decides what in a channel. Each is answered when it has taken effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from rchat_protocol import codec, models

if TYPE_CHECKING:
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.identity import Identity
    from rchat_server.service.caller import Caller, Request

_DONE: Final = codec.encode(models.Empty())


class _OfAChannel(Protocol):
    @property
    def conversation(self) -> str: ...


Asked = TypeVar("Asked", bound=_OfAChannel)


async def kick(caller: Caller, request: Request) -> bytes:
    """Put somebody out."""
    await caller.hub.moderation.kick(*_asked(caller, request, models.Kick))
    return _DONE


async def ban(caller: Caller, request: Request) -> bytes:
    """Let somebody in no more."""
    await caller.hub.moderation.ban(*_asked(caller, request, models.Ban))
    return _DONE


async def unban(caller: Caller, request: Request) -> bytes:
    """Lift a ban."""
    actor, channel, asked = _asked(caller, request, models.Unban)
    await caller.hub.moderation.unban(actor, channel, asked.ban)
    return _DONE


async def mute(caller: Caller, request: Request) -> bytes:
    """Let somebody listen alone, or speak again."""
    await caller.hub.moderation.mute(*_asked(caller, request, models.Mute))
    return _DONE


async def set_operator(caller: Caller, request: Request) -> bytes:
    """Make somebody an operator, or the owner, or no operator any more."""
    await caller.hub.moderation.set_operator(*_asked(caller, request, models.SetOperator))
    return _DONE


async def set_access(caller: Caller, request: Request) -> bytes:
    """Say who may come in."""
    await caller.hub.moderation.set_access(*_asked(caller, request, models.SetAccess))
    return _DONE


async def set_slow(caller: Caller, request: Request) -> bytes:
    """Say how often one person may write."""
    actor, channel, asked = _asked(caller, request, models.SetSlow)
    await caller.hub.moderation.set_slow(actor, channel, asked.seconds)
    return _DONE


async def rules(caller: Caller, request: Request) -> bytes:
    """Tell what holds there."""
    actor, channel, _ = _asked(caller, request, models.RulesQuery)
    return codec.encode(caller.hub.moderation.rules(actor, channel))


async def audit(caller: Caller, request: Request) -> bytes:
    """Tell what was done there."""
    asked = _asked(caller, request, models.AuditRequest)
    return codec.encode(await caller.hub.moderation.audit(*asked))


def _asked(
    caller: Caller, request: Request, model: type[Asked]
) -> tuple[Identity, Conversation, Asked]:
    """Return who asks, about which channel that he is in, and what.

    Raises:
        ChatError: ``not-logged-in``, ``bad-request``, ``no-such-conversation``.
    """
    session = caller.session
    asked = codec.decode(request.data, model)
    return session.identity, caller.hub.conversation(session, asked.conversation), asked
