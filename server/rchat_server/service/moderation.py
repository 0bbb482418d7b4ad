"""Moderation: who decides what in a channel. Each is answered when it has taken effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, models

if TYPE_CHECKING:
    from rchat_server.service.caller import Caller, Request

_DONE: Final = codec.encode(models.Empty())


async def kick(caller: Caller, request: Request) -> bytes:
    """Put somebody out."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.Kick)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.kick(session.identity, channel, asked)
    return _DONE


async def ban(caller: Caller, request: Request) -> bytes:
    """Let somebody in no more."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.Ban)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.ban(session.identity, channel, asked)
    return _DONE


async def unban(caller: Caller, request: Request) -> bytes:
    """Lift a ban."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.Unban)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.unban(session.identity, channel, asked.ban)
    return _DONE


async def mute(caller: Caller, request: Request) -> bytes:
    """Let somebody listen alone, or speak again."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.Mute)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.mute(session.identity, channel, asked)
    return _DONE


async def set_operator(caller: Caller, request: Request) -> bytes:
    """Make somebody an operator, or the owner, or no operator any more."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.SetOperator)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.set_operator(session.identity, channel, asked)
    return _DONE


async def set_access(caller: Caller, request: Request) -> bytes:
    """Say who may come in."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.SetAccess)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.set_access(session.identity, channel, asked)
    return _DONE


async def set_slow(caller: Caller, request: Request) -> bytes:
    """Say how often one person may write."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.SetSlow)
    channel = hub.conversation(session, asked.conversation)
    await hub.moderation.set_slow(session.identity, channel, asked.seconds)
    return _DONE


async def rules(caller: Caller, request: Request) -> bytes:
    """Tell what holds there."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.RulesQuery)
    channel = hub.conversation(session, asked.conversation)
    return codec.encode(hub.moderation.rules(session.identity, channel))


async def audit(caller: Caller, request: Request) -> bytes:
    """Tell what was done there."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.AuditRequest)
    channel = hub.conversation(session, asked.conversation)
    return codec.encode(await hub.moderation.audit(session.identity, channel, asked))
