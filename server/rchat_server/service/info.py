"""What the server says of itself, to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import __version__, codec, limits, models
from rchat_protocol.routes import ROUTES

if TYPE_CHECKING:
    from rchat_server.service.caller import Caller, Request


async def server_info(caller: Caller, _request: Request) -> bytes:
    """Answer version, capabilities, limits and mode."""
    return codec.encode(
        models.ServerInfo(
            name="rchat",
            version=__version__,
            capabilities=[route.name for route in ROUTES.values() if not route.frozen],
            limits=models.ServerLimits(
                message_bytes=caller.hub.message_bytes,
                user_name_chars=limits.USER_NAME_CHARS,
                channel_name_chars=limits.CHANNEL_NAME_CHARS,
                pending_requests=limits.PENDING_REQUESTS,
                history_limit=limits.HISTORY_LIMIT,
            ),
            mode=caller.hub.registrar.mode,
        )
    )
