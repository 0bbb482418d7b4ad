"""A chat client for the app's tests: it does as it is told, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from rchat_protocol import models
from rchat_tui.client.errors import ConnectionLost
from rchat_tui.client.events import Offline, Online

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_tui.client.events import ClientEvent

URL = "tcp://127.0.0.1:6565"
NOON = 1_795_348_800_000
"""2026-11-22 12:00 UTC, in milliseconds: the tests' now."""

INFO = models.ServerInfo(
    name="rchat",
    version="0.1.0",
    capabilities=[],
    limits=models.ServerLimits(
        message_bytes=16384,
        user_name_chars=32,
        channel_name_chars=64,
        pending_requests=64,
        history_limit=500,
    ),
    mode="open",
)


def online(user: str = "alice", *, url: str = URL, fresh: bool = True) -> Online:
    """Return the event of having been let in."""
    return Online(user=user, url=url, server=INFO, fresh=fresh)


def state(  # noqa: PLR0913 - as many fields as the model has
    name: str,
    *members: str,
    kind: models.ConversationKind = "channel",
    id_: str | None = None,
    epoch: str = "e1",
    head: int = 0,
    first: int = 1,
    read: int | None = None,
    unread: int = 0,
    mentions: int = 0,
    resumed: bool = False,
) -> models.ConversationState:
    """Return the state of a conversation whose id is its name unless told otherwise."""
    return models.ConversationState(
        conversation=id_ or name,
        kind=kind,
        name=name,
        epoch=epoch,
        head=head,
        first=first,
        read=head - unread if read is None else read,
        unread=unread,
        mentions=mentions,
        members=sorted(members),
        resumed=resumed,
    )


def posted(
    conversation: str, seq: int, user: str, content: str, *, at: int | None = None, id_: str = ""
) -> models.MessagePosted:
    """Return a message; each is a minute after the one before unless told otherwise."""
    return models.MessagePosted(
        conversation=conversation,
        seq=seq,
        id=id_ or f"{conversation}-{seq}",
        user=user,
        content=content,
        at=NOON + 60_000 * (seq - 100) if at is None else at,
    )


class FakeChat:
    """Has what `rchat_tui.app.ports.ChatPort` asks for."""

    def __init__(self, url: str = URL, user: str = "alice") -> None:
        self.url = url
        self.user = user
        self.started = False
        self.closed = False
        self.calls: list[tuple[str, ...]] = []
        """What was asked, in order: the method's name and its arguments as text."""
        self.log: dict[str, list[models.Message]] = {}
        """What ``history`` answers from, by conversation."""
        self.epochs: dict[str, str] = {}
        self.errors: dict[str, Exception] = {}
        """By method: what it raises."""
        self.answers = asyncio.Event()
        """While it is clear, sending waits for its acknowledgement."""
        self.answers.set()
        self.channels: list[str] = []
        self._events: asyncio.Queue[ClientEvent] = asyncio.Queue()

    @property
    def drained(self) -> bool:
        """Whether all that was fed has been taken."""
        return self._events.empty()

    def feed(self, *events: ClientEvent) -> Self:
        """Let these happen."""
        for event in events:
            if isinstance(event, models.MessagePosted):
                message = models.Message(event.seq, event.id, event.user, event.content, event.at)
                self.log.setdefault(event.conversation, []).append(message)
            self._events.put_nowait(event)
        return self

    def drop(self, reason: str = "The server hung up.", *, retry_in: float | None = 5) -> Self:
        """Lose the line."""
        self.errors["send"] = ConnectionLost("There is no connection to the server.")
        return self.feed(Offline(reason, retry_in))

    def start(self) -> None:
        """Remember that it was started."""
        self.started = True

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def retry_now(self) -> None:
        """Remember it."""
        self.calls.append(("retry_now",))

    async def events(self) -> AsyncIterator[ClientEvent]:
        """Yield what was fed."""
        while True:
            yield await self._events.get()

    async def join(self, channel: str) -> None:
        """Remember it; the test feeds the state."""
        self._called("join", channel)

    async def leave(self, channel: str) -> None:
        """Remember it; the test feeds the end."""
        self._called("leave", channel)

    async def send(
        self, conversation: str, content: str, *, message_id: str | None = None
    ) -> models.Ack:
        """Store it in `log` when `answers` allows."""
        self._called("send", conversation, content)
        await self.answers.wait()
        if "send" in self.errors:
            raise self.errors["send"]
        seq = max((m.seq for m in self.log.get(conversation, [])), default=0) + 1
        message = models.Message(seq, message_id or "", self.user, content, NOON)
        self.log.setdefault(conversation, []).append(message)
        return models.Ack(
            conversation, self.epochs.get(conversation, "e1"), seq, message_id or "", NOON
        )

    async def list_channels(self) -> list[str]:
        """Return `channels`."""
        self._called("list_channels")
        return self.channels

    async def get_users(self, channel: str) -> list[str]:
        """Return two people."""
        self._called("get_users", channel)
        return ["alice", "bob"]

    async def history(
        self,
        *,
        conversation: str | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> models.HistoryReply:
        """Answer from `log`."""
        assert conversation is not None
        self._called("history", conversation, str(before), str(after))
        log = self.log.get(conversation, [])
        if before is not None:
            found = [m for m in log if m.seq < before]
            page, more = found[-limit:], len(found) > limit
        else:
            found = [m for m in log if after is None or m.seq > after]
            page, more = found[:limit], len(found) > limit
        return models.HistoryReply(conversation, self.epochs.get(conversation, "e1"), page, more)

    async def open_conversation(self, user: str) -> models.ConversationState:
        """Return a new conversation."""
        self._called("open_conversation", user)
        return state(user, user, self.user, kind="private", id_=f"@{user}")

    async def mark_read(self, conversation: str, seq: int) -> None:
        """Let the marker move, as a server does."""
        self._called("mark_read", conversation, str(seq))
        self.feed(models.ReadMarker(conversation, seq))

    def _called(self, method: str, *arguments: str) -> None:
        self.calls.append((method, *arguments))
        if method in self.errors and method != "send":
            raise self.errors[method]
