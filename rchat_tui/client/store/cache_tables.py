"""The cache in the file: conversations, their messages, and which ranges of each log are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from rchat_protocol.models import ConversationState, Message, SearchHit
from rchat_tui.client import ranges
from rchat_tui.client.changes import changed
from rchat_tui.client.store.pages import page_back, page_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rchat_protocol.searching import Criteria, Place
    from rchat_tui.client.changes import Change
    from rchat_tui.client.ranges import Ranges
    from rchat_tui.client.store.database import Database
    from rchat_tui.client.store.limits import CacheLimits
    from rchat_tui.client.store.ports import CachedPage, Remembrance, Seen, Span


SLICE: Final = 1_000
"""Messages that a search looks at before others may use the file: some ten milliseconds."""

_NEWEST: Final = (2**63 - 1, "", 0)
"""A place behind all messages."""

_COLUMNS: Final = "seq, id, user, content, at, reply, edited, deleted, reactions"
"""What a message is made of: `_row`."""


class CacheTables:
    """The tables ``conversations``, ``messages`` and ``ranges``.

    Args:
        database: The file.
        limits: How much is kept.
    """

    def __init__(self, database: Database, limits: CacheLimits) -> None:
        self._database = database
        self._limits = limits

    def keep(self, seen: Seen) -> None:
        """Put it into the cache."""
        with self._database.transaction(durable=False):
            for conversation in seen.gone:
                self._database.write("DELETE FROM conversations WHERE id = ?", conversation)
                self._drop(conversation)
            for conversation in seen.stale:
                self._drop(conversation)
            for state in seen.states:
                self._put(state)
            for conversation, spans in seen.spans.items():
                self._add(conversation, spans)
            for conversation, changes in seen.changes.items():
                self._change(conversation, changes)
            self._trim()

    def remembered(self, limit: int, total: int) -> Remembrance:
        """Return every conversation, and the ends of the logs of those heard of last."""
        rows: list[Any] = self._database.read("SELECT id, state, touched FROM conversations")
        rows.sort(key=lambda row: row[2], reverse=True)
        ends: dict[str, tuple[Message, ...]] = {}
        states: dict[str, ConversationState] = {}
        for id_, text, _ in rows:
            states[id_] = msgspec.json.decode(text, type=ConversationState)
            ends[id_] = self._end(states[id_], min(limit, total))
            total -= len(ends[id_])
        order = self._database.read("SELECT id FROM conversations ORDER BY place")
        return tuple((states[str(id_)], ends[str(id_)]) for (id_,) in order)

    def begin(self, limit: int) -> Remembrance:
        """Return every conversation, and of the first alone the end of its log.

        That is all that the first screen shows, and a hundredth of the work.
        """
        rows: list[Any] = self._database.read("SELECT state FROM conversations ORDER BY place")
        states = [msgspec.json.decode(text, type=ConversationState) for (text,) in rows]
        return tuple(
            (state, self._end(state, limit) if state is states[0] else ()) for state in states
        )

    def page(
        self, conversation: str, epoch: str, before: int | None, after: int | None, limit: int
    ) -> CachedPage | None:
        """Return a page, as far as it is held."""
        rows: list[Any] = self._database.read(
            "SELECT state FROM conversations WHERE id = ? AND epoch = ?", conversation, epoch
        )
        held = ranges.page(self._held(conversation), before=before, after=after)
        if not rows or held is None:
            return None
        state = msgspec.json.decode(rows[0][0], type=ConversationState)
        if after is None:
            return page_back(self._last(conversation, held, limit + 1), held, state, limit)
        found = self._messages(
            "WHERE conversation = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",
            conversation,
            *held,
            limit + 1,
        )
        return page_on(found, held, state, limit)

    def look(
        self, criteria: Criteria, conversation: str | None, older_than: Place | None
    ) -> tuple[list[SearchHit], Place | None]:
        """Return what the next `SLICE` has that meets the criteria, newest first.

        Beside it where to go on; None: that was all.
        """
        rows: list[Any] = self._database.read(
            f"SELECT conversation, {_COLUMNS} FROM messages"  # noqa: S608 - constants
            " WHERE (at, conversation, seq) < (?, ?, ?) AND conversation = ifnull(?, conversation)"
            " ORDER BY at DESC, conversation DESC, seq DESC LIMIT ?",
            *(older_than or _NEWEST),
            conversation,
            SLICE,
        )
        hits = [
            SearchHit(where, message)
            for where, *row in rows
            for message in [_message(row)]
            if not message.deleted and criteria.met_by(message.user, message.at, message.content)
        ]
        if len(rows) < SLICE:
            return hits, None
        where, seq, *_ = last = rows[-1]
        return hits, (last[5], where, seq)

    # -- inside a transaction ----------------------------------------------------------------------

    def _put(self, state: ConversationState) -> None:
        known = self._database.read(
            "SELECT epoch FROM conversations WHERE id = ?", state.conversation
        )
        if known and known[0][0] != state.epoch:
            self._drop(state.conversation)
        self._database.write(
            "INSERT INTO conversations (id, epoch, state, touched) VALUES (?, ?, ?,"
            " (SELECT ifnull(max(touched), 0) + 1 FROM conversations))"
            " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, state = excluded.state,"
            " touched = excluded.touched",
            state.conversation,
            state.epoch,
            msgspec.json.encode(state).decode(),
        )

    def _add(self, conversation: str, spans: Iterable[Span]) -> None:
        known = self._database.read("SELECT epoch FROM conversations WHERE id = ?", conversation)
        wanted = [span for span in spans if known and known[0][0] == span.epoch]
        if not wanted:
            return
        before = held = self._held(conversation)
        for span in wanted:
            held = ranges.added(held, (span.first, span.last))
            self._put_messages(conversation, span.messages)
        held = ranges.newest(held, self._limits.numbers)
        self._database.write(
            "DELETE FROM messages WHERE conversation = ? AND seq < ?", conversation, held[0][0]
        )
        if held != before:
            self._database.write("DELETE FROM ranges WHERE conversation = ?", conversation)
            self._database.write_all(
                "INSERT INTO ranges VALUES (?, ?, ?)", [(conversation, *held) for held in held]
            )

    def _put_messages(self, conversation: str, messages: Iterable[Message]) -> None:
        self._database.write_all(
            f"INSERT INTO messages (conversation, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
            " ON CONFLICT (conversation, seq) DO UPDATE SET id = excluded.id,"
            " user = excluded.user, content = excluded.content, at = excluded.at,"
            " reply = excluded.reply, edited = excluded.edited, deleted = excluded.deleted,"
            " reactions = excluded.reactions WHERE NOT messages.deleted",
            [(conversation, *_row(message)) for message in messages],
        )

    def _change(self, conversation: str, changes: Iterable[Change]) -> None:
        for change in changes:
            for before in self._messages(
                "WHERE conversation = ? AND seq = ?", conversation, change.target
            ):
                self._put_messages(conversation, [changed(before, change)])

    def _drop(self, conversation: str) -> None:
        self._database.write("DELETE FROM messages WHERE conversation = ?", conversation)
        self._database.write("DELETE FROM ranges WHERE conversation = ?", conversation)

    def _trim(self) -> None:
        """Drop the messages of those that were silent longest, until the rest is small enough."""
        if self._database.size <= self._limits.total_bytes:
            return
        query = (
            "SELECT id FROM conversations WHERE id IN (SELECT conversation FROM ranges)"
            " ORDER BY touched"
        )
        for (conversation,) in self._database.read(query):
            self._drop(str(conversation))
            if self._database.size <= self._limits.total_bytes:
                return

    # -- what is held ------------------------------------------------------------------------------

    def _held(self, conversation: str) -> Ranges:
        rows: list[Any] = self._database.read(
            "SELECT first, last FROM ranges WHERE conversation = ? ORDER BY first", conversation
        )
        return tuple((first, last) for first, last in rows)

    def _end(self, state: ConversationState, limit: int) -> tuple[Message, ...]:
        held = ranges.around(self._held(state.conversation), state.head) if limit else None
        if held is None:
            return ()
        return tuple(self._last(state.conversation, (held[0], state.head), limit))

    def _last(self, conversation: str, held: ranges.Range, limit: int) -> list[Message]:
        return self._messages(
            "WHERE conversation = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?",
            conversation,
            *held,
            limit,
        )[::-1]

    def _messages(self, where: str, *values: object) -> list[Message]:
        rows: list[Any] = self._database.read(
            f"SELECT {_COLUMNS} FROM messages {where}",  # noqa: S608 - constants
            *values,
        )
        return [_message(row) for row in rows]


def _row(message: Message) -> tuple[object, ...]:
    """Return the values of a message, in the order of `_COLUMNS`."""
    reactions = msgspec.json.encode(message.reactions).decode() if message.reactions else ""
    return (
        message.seq,
        message.id,
        message.user,
        message.content,
        message.at,
        message.reply,
        message.edited,
        message.deleted,
        reactions,
    )


def _message(row: Sequence[Any]) -> Message:
    seq, id_, user, content, at, reply, edited, deleted, text = row
    reactions = msgspec.json.decode(text, type=dict[str, list[str]]) if text else {}
    return Message(seq, id_, user, content, at, reply, edited, bool(deleted), reactions)
