"""A chat client for the app's tests: it does as it is told, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from rchat_protocol import models
from rchat_tui.client.errors import ConnectionLost
from rchat_tui.client.events import (
    Delivered,
    Offline,
    Outgoing,
    Withdrawn,
)
from support.fake_events import (
    INFO,
    NOON,
    URL,
    deleted,
    edited,
    online,
    outgoing,
    posted,
    reaction,
    remembered,
    state,
    topic,
)
from support.fake_search import found

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_tui.client.events import ClientEvent, OutgoingState

__all__ = [
    "INFO",
    "NOON",
    "URL",
    "FakeChat",
    "deleted",
    "edited",
    "online",
    "outgoing",
    "posted",
    "reaction",
    "remembered",
    "state",
    "topic",
]


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
        self.online = True
        """Whether it believes to have a line: what is posted without one waits."""
        self.answers = True
        """Whether what is posted is acknowledged at once; else `acknowledge` does it."""
        self.disk = asyncio.Event()
        """While it is clear, nothing comes into the outbox."""
        self.disk.set()
        self.outbox: dict[str, Outgoing] = {}
        """What was posted and is not acknowledged, by id."""
        self.ids = 0
        self._numbers: dict[str, int] = {}
        """Of the newest entry that it made itself, by conversation."""
        self.channels: list[str] = []
        self.texts: dict[str, dict[str, str]] = {}
        """What is kept beside messages: key -> text, by area."""
        self.keeps: list[tuple[str, str, str | None]] = []
        """What was asked to be kept, in order; it is in none of the `calls`."""
        self._events: asyncio.Queue[ClientEvent] = asyncio.Queue()

    @property
    def drained(self) -> bool:
        """Whether all that was fed has been taken."""
        return self._events.empty()

    def feed(self, *events: ClientEvent) -> Self:
        """Let these happen."""
        for event in events:
            if isinstance(event, models.MessagePosted):
                message = models.Message(
                    event.seq, event.id, event.user, event.content, event.at, event.reply
                )
                self.log.setdefault(event.conversation, []).append(message)
            self._events.put_nowait(event)
        return self

    def drop(self, reason: str = "The server hung up.", *, retry_in: float | None = 5) -> Self:
        """Lose the line; what is posted waits for `come_back`."""
        self.online = False
        return self.feed(Offline(reason, retry_in))

    def come_back(self, *events: ClientEvent) -> Self:
        """Have a line again; what waits leaves in its order, after these."""
        self.online = True
        self.feed(online(self.user, fresh=False), *events)
        for entry in list(self.outbox.values()):
            self._leave(entry)
        return self

    def acknowledge(self, *ids: str) -> None:
        """Let the server have stored what was posted: all of it, unless some is named."""
        for id_ in ids or tuple(self.outbox):
            entry = self.outbox.pop(id_)
            where, epoch = entry.conversation, self.epochs.get(entry.conversation, "e1")
            seq = self._next(where)
            self.feed(Delivered(where, id_, seq, NOON, epoch))
            content, reply = entry.content, entry.reply
            self.feed(posted(where, seq, self.user, content, at=NOON, id_=id_, reply=reply))

    def refuse(self, reason: str, *, state: OutgoingState = "failed") -> None:
        """Let the server refuse all that was posted; or let its outcome be unknown."""
        for id_, entry in self.outbox.items():
            self.outbox[id_] = replace(entry, state=state, reason=reason)
            self.feed(self.outbox[id_])

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

    async def post(self, conversation: str, content: str, *, reply: int | None = None) -> str:
        """Put it into `outbox`; acknowledge it if `answers` allows."""
        self._called("post", conversation, content, *([] if reply is None else [str(reply)]))
        await self.disk.wait()
        self.ids += 1
        entry = Outgoing(conversation, f"w{self.ids}", content, NOON, "waiting", reply=reply)
        self.outbox[entry.id] = entry
        self.feed(entry)
        self._leave(entry)
        return entry.id

    async def retry(self, message_id: str) -> None:
        """Let it wait again."""
        self._called("retry", message_id)
        entry = self.outbox[message_id] = replace(
            self.outbox[message_id], state="waiting", reason=""
        )
        self.feed(entry)
        self._leave(entry)

    async def withdraw(self, message_id: str) -> str:
        """Take it out of `outbox`."""
        self._called("withdraw", message_id)
        entry = self.outbox.pop(message_id)
        self.feed(Withdrawn(entry.conversation, message_id))
        return entry.content

    async def kept(self, area: str) -> dict[str, str]:
        """Return a copy out of `texts`."""
        return dict(self.texts.get(area, {}))

    async def keep(self, area: str, key: str, text: str | None) -> None:
        """Put it into `texts`, once the `disk` answers."""
        self.keeps.append((area, key, text))
        if "keep" in self.errors:
            raise self.errors["keep"]
        await self.disk.wait()
        area_texts = self.texts.setdefault(area, {})
        if text is None:
            area_texts.pop(key, None)
        else:
            area_texts[key] = text

    def _leave(self, entry: Outgoing) -> None:
        if self.online and entry.state == "waiting":
            self.outbox[entry.id] = replace(entry, state="sending")
            self.feed(self.outbox[entry.id])
            if self.answers:
                self.acknowledge(entry.id)

    async def edit(self, conversation: str, seq: int, content: str) -> None:
        """Let it be edited, as a server does."""
        self._called("edit", conversation, str(seq), content)
        self.feed(edited(conversation, self._next(conversation), seq, content))

    async def delete(self, conversation: str, seq: int) -> None:
        """Let it be deleted."""
        self._called("delete", conversation, str(seq))
        self.feed(deleted(conversation, self._next(conversation), seq))

    async def react(self, conversation: str, seq: int, emoji: str, *, on: bool = True) -> None:
        """Let that be seen."""
        self._called("react", conversation, str(seq), emoji, "on" if on else "off")
        number = self._next(conversation)
        self.feed(reaction(conversation, number, seq, self.user, emoji, on=on))

    async def set_topic(self, conversation: str, topic: str) -> None:
        """Let it be the topic."""
        self._called("set_topic", conversation, topic)
        number = self._next(conversation)
        self.feed(models.TopicChanged(conversation, number, self.user, topic, NOON))

    async def user_info(self, user: str) -> models.UserInfo:
        """Tell of one who came an hour ago."""
        self._called("user_info", user)
        return models.UserInfo(user, NOON - 3_600_000, None, 65, 1, ["general"])

    async def invite(self, conversation: str, user: str) -> None:
        """Remember it."""
        self._called("invite", conversation, user)

    async def typing(self, conversation: str, *, on: bool = True) -> None:
        """Remember it."""
        self._called("typing", conversation, "on" if on else "off")

    async def rename(self, user: str) -> None:
        """Let it be so."""
        self._called("rename", user)
        self.user = user
        self.feed(replace(online(), user=user))

    async def set_away(self, text: str | None) -> None:
        """Let that be seen."""
        self._called("set_away", str(text))
        self.feed(models.PresenceChanged(self.user, text))

    def _next(self, conversation: str) -> int:
        """Return the number of the next entry."""
        said = max((m.seq for m in self.log.get(conversation, [])), default=0)
        self._numbers[conversation] = max(said, self._numbers.get(conversation, 0)) + 1
        return self._numbers[conversation]

    async def login(
        self,
        user: str,
        password: str | None = None,
        *,
        register: bool = False,
        invitation: str | None = None,
    ) -> None:
        """Remember it; the test feeds what comes of it."""
        self._called("login", user, str(password), str(register), str(invitation))

    async def register(self, password: str, *, invitation: str | None = None) -> None:
        """Remember it."""
        self._called("register", password, str(invitation))

    async def change_password(self, old: str, new: str) -> None:
        """Remember it."""
        self._called("change_password", old, new)

    async def logins(self) -> list[models.TokenInfo]:
        """Return two."""
        self._called("logins")
        return [
            models.TokenInfo("here", NOON, NOON, "203.0.113.7", current=True),
            models.TokenInfo("there", NOON, NOON - 7_200_000, "198.51.100.2", current=False),
        ]

    async def revoke(self, login: str | None) -> None:
        """Remember it."""
        self._called("revoke", str(login))

    async def enter(self, channel: str, password: str) -> None:
        """Remember it."""
        self._called("enter", channel, password)

    async def kick(self, conversation: str, user: str, reason: str = "") -> None:
        """Let it be seen."""
        self._called("kick", conversation, user, reason)
        self._moderated(conversation, "kick", user, reason)

    async def ban(
        self,
        conversation: str,
        user: str | None = None,
        *,
        mask: str | None = None,
        address: bool = False,
        seconds: int = 0,
        reason: str = "",
    ) -> None:
        """Let it be seen."""
        what = mask or (f"the address of {user}" if address else str(user))
        self._called("ban", conversation, what, str(seconds), reason)
        self._moderated(conversation, "ban", what, reason)

    async def unban(self, conversation: str, ban: str) -> None:
        """Let it be seen."""
        self._called("unban", conversation, ban)
        self._moderated(conversation, "unban", ban)

    async def mute(
        self, conversation: str, user: str, *, on: bool = True, seconds: int = 0, reason: str = ""
    ) -> None:
        """Let it be seen."""
        self._called("mute", conversation, user, str(on), str(seconds), reason)
        self._moderated(conversation, "mute" if on else "unmute", user, reason)

    async def set_operator(
        self, conversation: str, user: str, *, on: bool = True, owner: bool = False
    ) -> None:
        """Let it be seen."""
        self._called("set_operator", conversation, user, str(on), str(owner))
        self._moderated(conversation, "owner" if owner else "op" if on else "deop", user)

    async def set_access(
        self, conversation: str, access: models.ChannelAccess, password: str | None = None
    ) -> None:
        """Let it be seen."""
        self._called("set_access", conversation, access, str(password))
        self._moderated(conversation, "access", access)

    async def set_slow(self, conversation: str, seconds: int) -> None:
        """Let it be seen."""
        self._called("set_slow", conversation, str(seconds))
        self._moderated(conversation, "slow", str(seconds), slow=seconds)

    async def rules(self, conversation: str) -> models.RulesReply:
        """Tell of a channel of alice's."""
        self._called("rules", conversation)
        ban = models.BanInfo("b1", "spam*", "alice", NOON, 0, "ads")
        return models.RulesReply(models.ChannelRules("private", 5, "alice", ["bob"]), [ban])

    async def audit(
        self, conversation: str, *, before: int | None = None, limit: int = 50
    ) -> models.AuditReply:
        """Tell of one act."""
        del before, limit
        self._called("audit", conversation)
        return models.AuditReply([models.AuditEntry(NOON, "alice", "ban", "spam*", "ads")])

    def _moderated(
        self, conversation: str, act: str, subject: str, reason: str = "", *, slow: int = 0
    ) -> None:
        rules = models.ChannelRules(slow=slow, owner=self.user)
        self.feed(models.Moderated(conversation, act, self.user, rules, subject, reason))

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
        around: int | None = None,
        limit: int = 100,
    ) -> models.HistoryReply:
        """Answer from `log`."""
        assert conversation is not None
        log = self.log.get(conversation, [])
        epoch = self.epochs.get(conversation, "e1")
        if around is not None:
            self._called("history", conversation, "around", str(around))
            found = [m for m in log if abs(m.seq - around) <= limit // 2]
            first, last = max(1, around - limit // 2), around + limit // 2
            return models.HistoryReply(
                conversation, epoch, found, more=True, first=first, last=last
            )
        self._called("history", conversation, str(before), str(after))
        if before is not None:
            found = [m for m in log if m.seq < before]
            page, more = found[-limit:], len(found) > limit
        else:
            found = [m for m in log if after is None or m.seq > after]
            page, more = found[:limit], len(found) > limit
        return models.HistoryReply(conversation, epoch, page, more)

    async def search(self, request: models.SearchRequest) -> models.SearchReply:
        """Answer from `log`, like a server."""
        self._called("search", *request.words)
        if not self.online:
            raise ConnectionLost("There is no connection.")
        return found(self.log, request)

    async def search_kept(self, request: models.SearchRequest) -> models.SearchReply:
        """Answer from `log`, as what is kept here."""
        self._called("search_kept", *request.words)
        return found(self.log, request)

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
        if method in self.errors:
            raise self.errors[method]
