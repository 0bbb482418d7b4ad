"""Accounts: making one, its password, and what opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, models
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from rchat_server.service.caller import Caller, Request

_DONE: Final = codec.encode(models.Empty())


async def register(caller: Caller, request: Request) -> bytes:
    """Make an account: of the guest that the connection is logged in as, or a new one."""
    asked = codec.decode(request.data, models.Register)
    if caller.coming_in:
        raise ChatError(ErrorCode.BUSY, "One thing after the other.", retry=1.0)
    caller.coming_in = True
    try:
        session = caller.session if caller.logged_in else None
        await caller.hub.registrar.register(session, asked, caller.origin)
    finally:
        caller.coming_in = False
    return _DONE


async def change_password(caller: Caller, request: Request) -> bytes:
    """Change the password; all other machines are logged out."""
    session = caller.session
    asked = codec.decode(request.data, models.ChangePassword)
    await caller.hub.registrar.change_password(session, asked, caller.origin)
    return _DONE


async def tokens(caller: Caller, _request: Request) -> bytes:
    """Tell where the account is logged in."""
    return codec.encode(models.TokenList(caller.hub.registrar.tokens(caller.session)))


async def revoke(caller: Caller, request: Request) -> bytes:
    """Log one machine out, or all others."""
    session = caller.session
    asked = codec.decode(request.data, models.RevokeToken)
    await caller.hub.registrar.revoke(session, asked.id)
    return _DONE
