"""The page that says whether the server does what it is there for."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError
from rchat_server.gateway.web import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

FRESH: Final = 1.0
"""Seconds for which an answer is given again: many who ask cost no more than one."""

DEADLINE: Final = 3.0
"""Seconds in which a message is stored and delivered, or the server is of no use now."""


class Health:
    """Answers 200 only where a message can be stored and delivered, which it tries.

    Args:
        check: Tries it; raises where it cannot be done.
        now: Seconds since some moment.
    """

    def __init__(self, check: Callable[[], Awaitable[None]], now: Callable[[], float]) -> None:
        self._check = check
        self._now = now
        self._turn = asyncio.Lock()
        self._answer: tuple[float, Response] | None = None

    async def page(self) -> Response:
        """Return how it is, or was a moment ago. Who asks meanwhile gets the same answer."""
        async with self._turn:
            if self._answer is None or self._now() - self._answer[0] >= FRESH:
                response = await self._look()
                self._answer = self._now(), response
            return self._answer[1]

    async def _look(self) -> Response:
        try:
            async with asyncio.timeout(DEADLINE):
                await self._check()
        except ChatError as error:
            why = error.message
        except TimeoutError:
            why = f"A message could not be stored and delivered within {DEADLINE:g} s."
        except Exception:
            logger.exception("fault in the check of health")
            why = "The check failed; the log knows more."
        else:
            return Response(HTTPStatus.OK, "A message was stored and delivered.\n")
        return Response(HTTPStatus.SERVICE_UNAVAILABLE, f"{why}\n")
