"""Reading back: a conversation's messages as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import limits, models
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rchat_server.core.conversation import Conversation
    from rchat_server.core.ports import Entry, Log, MessagePage


@dataclass(frozen=True, slots=True)
class _Part:
    """Messages, and which numbers they are all the messages of."""

    page: MessagePage
    first: int
    last: int

    @property
    def messages(self) -> list[models.Message]:
        """Return them as they cross the wire."""
        reactions = self.page.reactions
        return [message_of(entry, reactions.get(entry.seq, ())) for entry in self.page.messages]


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
    most, limit = limits.HISTORY_BYTES, request.limit
    if request.after is not None:
        parts = [await _after(log, conversation, request.after, limit, most)]
    elif request.around is not None:
        older = await _before(log, conversation, request.around, limit // 2, most // 2)
        rest = limit - len(older.page.messages)
        parts = [older, await _after(log, conversation, request.around - 1, rest, most // 2)]
    else:
        # What was not handed out yet is no history yet.
        before = conversation.published + 1 if request.before is None else request.before
        parts = [await _before(log, conversation, before, limit, most)]
    return models.HistoryReply(
        conversation.id,
        log.epoch,
        [message for part in parts for message in part.messages],
        more=not parts[-1].page.whole,
        first=parts[0].first,
        last=parts[-1].last,
        head=min(part.page.head for part in parts),
    )


async def _after(log: Log, conversation: Conversation, seq: int, limit: int, most: int) -> _Part:
    seq, head = max(seq, 0), conversation.published
    page = await log.messages_after(
        conversation.id, after=seq, through=head, limit=limit, max_bytes=most
    )
    last = head if page.whole else page.messages[-1].seq
    return _Part(page, max(seq + 1, page.first), last)


async def _before(log: Log, conversation: Conversation, seq: int, limit: int, most: int) -> _Part:
    seq = min(seq, conversation.published + 1)
    page = await log.messages_before(conversation.id, before=seq, limit=limit, max_bytes=most)
    first = page.first if page.whole else _first(page.messages, seq)
    return _Part(page, first, seq - 1)


def _first(messages: Sequence[Entry], before: int) -> int:
    return messages[0].seq if messages else before


def message_of(entry: Entry, reactions: Iterable[tuple[str, str]]) -> models.Message:
    """Return a message as it crosses the wire, with each reaction to it and who reacted."""
    by_emoji: dict[str, list[str]] = {}
    for emoji, user in reactions:
        by_emoji.setdefault(emoji, []).append(user)
    return models.Message(
        entry.seq,
        entry.id,
        entry.user,
        entry.content,
        entry.at,
        entry.reply,
        entry.edited,
        entry.deleted,
        by_emoji,
    )
