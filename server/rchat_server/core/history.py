"""Reading back: a conversation's messages as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import limits, models
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_server.core.conversation import Conversation
    from rchat_server.core.ports import Entry, Log


async def history(
    log: Log, conversation: Conversation, request: models.HistoryRequest
) -> models.HistoryReply:
    """Return messages before, after or around an entry; by default the last ones.

    Raises:
        ChatError: ``bad-request``, where more than one place is named; ``storage-unavailable``.
    """
    places = [request.before, request.after, request.around]
    if sum(place is not None for place in places) > 1:
        raise ChatError(ErrorCode.BAD_REQUEST, "Name one of before, after and around, not more.")
    most = limits.HISTORY_BYTES
    if request.after is not None:
        entries, more = await _after(
            log, conversation, request.after, request.limit, limits.HISTORY_BYTES
        )
    elif request.around is not None:
        half = most // 2
        older, _ = await _before(log, conversation, request.around, request.limit // 2, half)
        newer, more = await _after(
            log, conversation, request.around - 1, request.limit - len(older), half
        )
        entries = [*older, *newer]
    else:
        head = conversation.published
        before = head + 1 if request.before is None else request.before
        entries, more = await _before(
            log, conversation, before, request.limit, limits.HISTORY_BYTES
        )
    return models.HistoryReply(conversation.id, log.epoch, list(_messages(entries)), more)


async def _after(
    log: Log, conversation: Conversation, seq: int, limit: int, max_bytes: int
) -> tuple[list[Entry], bool]:
    head = conversation.published  # what was not handed out yet is no history yet
    page = await log.read(
        conversation.id,
        after=max(seq, 0),
        through=head,
        limit=limit,
        max_bytes=max_bytes,
    )
    return list(page.entries), bool(page.entries) and page.entries[-1].seq < head


async def _before(
    log: Log, conversation: Conversation, seq: int, limit: int, max_bytes: int
) -> tuple[list[Entry], bool]:
    if limit < 1:
        return [], False
    page = await log.read_back(
        conversation.id,
        before=min(seq, conversation.published + 1),
        limit=limit,
        max_bytes=max_bytes,
    )
    return list(page.entries), bool(page.entries) and page.entries[0].seq > page.first


def _messages(entries: Iterable[Entry]) -> Iterable[models.Message]:
    return (
        models.Message(entry.seq, entry.id, entry.user, entry.content, entry.at)
        for entry in entries
    )
