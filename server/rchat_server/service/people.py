"""Coming and going."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import codec, models
from rchat_protocol.credentials import Bearer
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from rchat_server.service.caller import Caller, Request


async def login(caller: Caller, request: Request) -> bytes:
    """Log the connection in; answer ``<session id>.<token>``.

    With a bearer credential (that answer, or what follows its dot) the identity is taken up, and
    the session that is named before the dot ends. An empty name keeps the identity's own.
    """
    if caller.logged_in:
        raise ChatError(
            ErrorCode.ALREADY_LOGGED_IN,
            "This connection is logged in already: open another for another user.",
        )
    name = codec.decode_text(request.data)
    credential = request.credential
    if credential is None:
        session, token = caller.hub.lobby.login(name, caller.close)
        caller.begin(session)
        try:
            await caller.hub.lobby.confirm(session)
        except ChatError:
            caller.forget(session)
            raise
    elif isinstance(credential, Bearer):
        replaces, _, token = credential.token.rpartition(".")
        session = caller.hub.lobby.resume(name, token, replaces or None, caller.close)
        caller.begin(session)
    else:
        raise ChatError(
            ErrorCode.BAD_REQUEST, "This server has no accounts: log in with a name alone."
        )
    return f"{session.id}.{token}".encode()


async def logout(caller: Caller, _request: Request) -> bytes:
    """Say goodbye: others see at once that he left. The connection has no session any more."""
    caller.end()
    return codec.encode(models.Empty())
