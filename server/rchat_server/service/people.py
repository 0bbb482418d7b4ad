"""Coming and going."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rchat_protocol import codec, models
from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_server.core.session import Session
    from rchat_server.service.caller import Caller, Request


async def login(caller: Caller, request: Request) -> bytes:
    """Log the connection in; answer ``<session id>.<token>``.

    With a bearer credential (that answer, or what follows its dot) the identity is taken up, and
    the session that is named before the dot ends. An empty name keeps the identity's own. With a
    name and a password it is that account, and the token a new one of it.
    """
    if caller.logged_in or caller.coming_in or caller.gone_out:
        raise ChatError(
            ErrorCode.ALREADY_LOGGED_IN,
            "A connection logs in once: open another for another user.",
        )
    name = codec.decode_text(request.data)
    credential = request.credential
    if isinstance(credential, Bearer):
        replaces, _, token = credential.token.rpartition(".")
        session = caller.hub.lobby.resume(
            name, token, replaces or None, caller.close, caller.origin
        )
        caller.begin(session)
        return f"{session.id}.{token}".encode()
    caller.coming_in = True
    try:
        return await (_guest(caller, name) if credential is None else _account(caller, credential))
    finally:
        caller.coming_in = False


async def _guest(caller: Caller, name: str) -> bytes:
    lobby = caller.hub.lobby
    session, token = lobby.login(name, caller.close, caller.origin)
    return await _confirmed(caller, session, token, lobby.confirm)


async def _account(caller: Caller, given: Simple) -> bytes:
    registrar = caller.hub.registrar
    session, token = await registrar.login(given.user, given.password, caller.close, caller.origin)
    return await _confirmed(caller, session, token, registrar.confirm)


async def _confirmed(
    caller: Caller,
    session: Session,
    token: str,
    confirm: Callable[[Session], Coroutine[Any, Any, None]],
) -> bytes:
    """Answer when the token is stored."""
    caller.begin(session)
    try:
        await confirm(session)
    except ChatError:
        caller.forget(session)
        raise
    return f"{session.id}.{token}".encode()


async def logout(caller: Caller, _request: Request) -> bytes:
    """Say goodbye: others see at once that he left. The connection has no session any more."""
    caller.end()
    return codec.encode(models.Empty())
