"""What the log is told of who comes in: that somebody did, how, from where, and whether he may.

No names, and nothing of what was given: a mistyped password is one character from a right one.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_server.service.caller import Caller, Request

    Handler = Callable[[Caller, Request], Coroutine[Any, Any, bytes]]

_logger = logging.getLogger(__name__)


def noted(event: str, handler: Handler) -> Handler:
    """Return ``handler``, of which each call is told as ``event``, with what came of it.

    Args:
        event: A short fixed sentence.
        handler: Answers a request; what it raises is raised.
    """

    @functools.wraps(handler)
    async def telling(caller: Caller, request: Request) -> bytes:
        try:
            answer = await handler(caller, request)
        except ChatError as error:
            _tell(event, caller, request, str(error.code))
            raise
        _tell(event, caller, request, "ok")
        return answer

    return telling


def _tell(event: str, caller: Caller, request: Request, code: str) -> None:
    if not _logger.isEnabledFor(logging.INFO):
        return
    values = {"code": code, "peer": caller.origin.address}
    if event == "login":
        values["by"] = _means(request)
    _logger.info(event, extra=values)


def _means(request: Request) -> str:
    """Return what somebody came in with."""
    match request.credential:
        case Bearer():
            return "token"
        case Simple():
            return "account"
        case _:
            return "guest"
