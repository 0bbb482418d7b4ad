"""Channels and private conversations: which there are, who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import codec, models

if TYPE_CHECKING:
    from rchat_server.service.caller import Caller, Request


async def join(caller: Caller, request: Request) -> bytes:
    """Come into a channel; answered when it has happened."""
    await caller.hub.join(caller.session, codec.decode_text(request.data))
    return codec.encode(models.Empty())


async def enter(caller: Caller, request: Request) -> bytes:
    """Come into a channel that has a password."""
    session = caller.session
    asked = codec.decode(request.data, models.EnterChannel)
    await caller.hub.enter(session, asked.channel, asked.password)
    return codec.encode(models.Empty())


async def leave(caller: Caller, request: Request) -> bytes:
    """Leave a channel; answered after the last delivery before it."""
    await caller.hub.leave(caller.session, codec.decode_text(request.data))
    return codec.encode(models.Empty())


async def invite(caller: Caller, request: Request) -> bytes:
    """Let somebody hear of a channel that one is in, and into one that is not open to all."""
    session, hub = caller.session, caller.hub
    asked = codec.decode(request.data, models.Invite)
    channel = hub.conversation(session, asked.conversation)
    if channel.rules.access != "public":
        await hub.moderation.invite(session.identity, channel, asked.user)
        hub.people.let_know(session.identity, channel, asked.user)
    else:
        hub.people.invite(session.identity, channel, asked.user)
    return codec.encode(models.Empty())


async def open_private(caller: Caller, request: Request) -> bytes:
    """Open the conversation with whoever holds a name now; answer how it stands."""
    session = caller.session
    asked = codec.decode(request.data, models.OpenConversation)
    conversation = caller.hub.open_private(session, asked.user)
    if conversation not in session.identity.memberships:
        await conversation.enter(session.identity, joins=True)
    return codec.encode(conversation.state(session.identity))


async def mark_read(caller: Caller, request: Request) -> bytes:
    """Move the read marker; it never goes back."""
    session = caller.session
    asked = codec.decode(request.data, models.MarkRead)
    conversation = caller.hub.conversation(session, asked.conversation)
    caller.hub.mark_read(session, conversation, asked.seq)
    return codec.encode(models.Empty())


def channels(caller: Caller, _request: Request) -> list[bytes]:
    """Name every channel."""
    return [name.encode() for name in caller.hub.channels(caller.session.identity)]


def users(caller: Caller, request: Request) -> list[bytes]:
    """Name everybody in a channel; nobody where there is no such channel."""
    viewer = caller.session.identity
    return [name.encode() for name in caller.hub.users(codec.decode_text(request.data), viewer)]
