"""The tutorial's way to hear messages: a callback, and the three fields that it knows."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.models import MessagePosted, TutorialMessage
from rchat_tui.client.display import safe_line, safe_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from rchat_protocol.models import ConversationState
    from rchat_tui.client.events import ClientEvent

_logger = logging.getLogger(__name__)


async def listen(
    events: AsyncIterator[ClientEvent],
    on_message: Callable[[TutorialMessage], Awaitable[object] | object],
    *,
    rooms: Mapping[str, ConversationState],
    me: Callable[[], str | None],
) -> None:
    """Call ``on_message`` for each message among ``events``, until they end.

    What it raises goes to the log: one bad message does not make a bot deaf.

    Args:
        events: Of one client.
        on_message: A function or coroutine function.
        rooms: The conversations that ``events`` has named so far, by id.
        me: Whose own private messages are left out, as the tutorial's server does.
    """
    async for event in events:
        if not isinstance(event, MessagePosted) or (room := rooms.get(event.conversation)) is None:
            continue
        channel = room.name if room.kind == "channel" else None
        if channel is None and names.key(event.user) == names.key(me() or ""):
            continue
        await _call(on_message, TutorialMessage(event.user, event.content, channel))


async def _call(
    on_message: Callable[[TutorialMessage], Awaitable[object] | object], message: TutorialMessage
) -> None:
    try:
        result = on_message(message)
        if inspect.isawaitable(result):
            await result
    except Exception:
        _logger.exception("on_message failed")


def print_message(message: TutorialMessage) -> None:
    """Print a message, as safe text."""
    where = "" if message.channel is None else f"#{safe_line(message.channel)} "
    print(f"{where}{safe_line(message.user)}: {safe_text(message.content)}")  # noqa: T201 - its job
