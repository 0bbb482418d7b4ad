"""The fold against a server that is nothing but lists: whatever happens, the view is right.

The model knows logs, read markers and members. It never folds: whenever the client is live its view
has to be what the lists say; without a line, what they said when it went.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rchat_protocol import models
from rchat_tui.client import (
    ChatState,
    ConversationState,
    Delivered,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessagePosted,
    Offline,
    Online,
    Outgoing,
    Parted,
    ReadMarker,
    Remembered,
    RememberedConversation,
    Skipped,
    Withdrawn,
    fold,
)

if TYPE_CHECKING:
    from rchat_tui.client import ClientEvent

INFO = models.ServerInfo("rchat", "1", [], models.ServerLimits(1, 1, 1, 1, 1), "open")
ME = "me"

_names = st.sampled_from(["general", "Python", "tea"])
_people = st.sampled_from(["ada", "Bob", "zoe"])


@dataclass
class Log:
    """A channel, as the server has it."""

    id: str
    name: str
    epoch: str
    entries: list[tuple[str, bool]] = field(default_factory=list)
    """Who said each, and whether it speaks to me; entry n stands at n - 1."""
    read: int = 0
    members: set[str] = field(default_factory=lambda: {ME})
    told: int = 0
    """How far the client has received it."""

    @property
    def unread(self) -> list[tuple[str, bool]]:
        """Those that I have not seen."""
        return self.entries[self.read :]

    def state(self, *, resumed: bool) -> ConversationState:
        """Return what the server says of it."""
        return ConversationState(
            self.id,
            "channel",
            self.name,
            self.epoch,
            len(self.entries),
            1,
            self.read,
            len(self.unread),
            sum(spoken for _, spoken in self.unread),
            sorted(self.members),
            resumed,
        )

    def posted(self, seq: int) -> MessagePosted:
        """Return an entry as an event."""
        user, spoken = self.entries[seq - 1]
        return MessagePosted(self.id, seq, f"i{seq}", user, "hi @me" if spoken else "hi", 0)


class View(RuleBasedStateMachine):
    """The machine."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ChatState()
        self.logs: dict[str, Log] = {}
        """By name: the channels that I am in."""
        self.outbox: dict[str, str] = {}
        """What waits, and in which conversation."""
        self.online = False
        self.seen: dict[str, Any] = {}
        """What the client is to know while it has no line."""
        self.numbers = itertools.count(1)
        self.exact = True
        """Whether mentions can be known exactly: not after a marker that stands between them."""

    def tell(self, event: ClientEvent) -> None:
        """Let the client hear it, if there is a line."""
        if self.online:
            self.state = fold(self.state, event)

    def truth(self) -> dict[str, Any]:
        """Return what is to be known of each conversation, by id."""
        return {
            log.id: (
                log.name,
                log.epoch,
                len(log.entries),
                log.read,
                len(log.unread),
                tuple(sorted(log.members, key=str.casefold)),
            )
            for log in self.logs.values()
        }

    # -- what happens ------------------------------------------------------------------------------

    @initialize(remember=st.booleans(), names=st.sets(_names))
    def begin(self, remember: bool, names: set[str]) -> None:  # noqa: FBT001 - Hypothesis draws it
        """Start, with what was there before or with nothing."""
        for name in sorted(names):
            self.logs[name] = Log(f"c{next(self.numbers)}", name, "e1")
        if remember and names:
            known = [
                RememberedConversation(log.state(resumed=False), (), ())
                for log in self.logs.values()
            ]
            self.state = fold(self.state, Remembered(ME, tuple(known)))
            assert [c.name for c in self.state.conversations.values()] == sorted(names)
            assert all(c.members == () for c in self.state.conversations.values())
        self.connect(fresh=True, replay=3, expired=False)

    @precondition(lambda self: not self.online)
    @rule(fresh=st.booleans(), replay=st.integers(0, 4), expired=st.booleans())
    def connect(self, fresh: bool, replay: int, expired: bool) -> None:  # noqa: FBT001
        """Get a line: the states, what was missed as far as ``replay`` goes, live."""
        self.online = True
        self.tell(Online(ME, "tcp://x:1", INFO, fresh=fresh))
        for log in self.logs.values():
            self.tell(log.state(resumed=not fresh))
        for log in self.logs.values():
            head = len(log.entries)
            begin = log.told if not fresh else head
            first = max(begin, head - replay) + 1
            if first > begin + 1:
                gap = Expired if expired else Skipped
                self.tell(gap(log.id, begin + 1, first - 1))
            for seq in range(first, head + 1):
                self.tell(log.posted(seq))
            log.told = head
        self.tell(Live())
        self.exact = True

    @precondition(lambda self: self.online)
    @rule()
    def drop(self) -> None:
        """Lose the line."""
        self.seen = self.truth()
        self.tell(Offline("gone", 1.0))
        self.online = False

    @rule(name=_names)
    def join(self, name: str) -> None:
        """Join, here or on another terminal."""
        if name not in self.logs:
            self.logs[name] = log = Log(f"c{next(self.numbers)}", name, "e1")
            self.tell(log.state(resumed=False))

    @rule(name=_names)
    def part(self, name: str) -> None:
        """Leave, here or on another terminal."""
        log = self.logs.pop(name, None)
        if log is not None:
            self.tell(Parted(log.id))

    @rule(name=_names, user=st.one_of(_people, st.just("ME")), spoken=st.booleans())
    def post(self, name: str, user: str, spoken: bool) -> None:  # noqa: FBT001
        """Somebody says something: I myself on this terminal or another one."""
        log = self.logs.get(name)
        if log is None:
            return
        log.entries.append((user, spoken))
        if user == "ME":
            log.read = len(log.entries)
        self.tell(log.posted(len(log.entries)))
        if self.online:
            log.told = len(log.entries)

    @rule(name=_names, back=st.integers(0, 5))
    def read(self, name: str, back: int) -> None:
        """I read up to some entry."""
        log = self.logs.get(name)
        if log is not None and len(log.entries) - back > log.read:
            log.read = len(log.entries) - back
            self.exact &= back == 0
            self.tell(ReadMarker(log.id, log.read))

    @precondition(lambda self: self.online)
    @rule(name=_names, users=st.lists(_people, min_size=1, max_size=4), back=st.integers(0, 4))
    def catch_up(self, name: str, users: list[str], back: int) -> None:
        """A marker is told at once, while the entries before it are still on their way."""
        log = self.logs.get(name)
        if log is None:
            return
        begin = len(log.entries)
        log.entries += [(user, False) for user in users]
        log.read = max(log.read, len(log.entries) - back)
        self.exact = False
        self.tell(ReadMarker(log.id, log.read))
        for seq in range(begin + 1, len(log.entries) + 1):
            self.tell(log.posted(seq))
        log.told = len(log.entries)

    @rule(name=_names, user=_people, snapshot=st.booleans())
    def come_or_go(self, name: str, user: str, snapshot: bool) -> None:  # noqa: FBT001
        """Somebody comes, or goes who was there; or all are named anew."""
        log = self.logs.get(name)
        if log is None:
            return
        came = user not in log.members
        log.members ^= {user}
        if snapshot:
            self.tell(Members(log.id, sorted(log.members)))
        else:
            self.tell(MemberJoined(log.id, user) if came else MemberLeft(log.id, user))

    @precondition(lambda self: not self.online)
    @rule(new_ids=st.booleans())
    def forget(self, new_ids: bool) -> None:  # noqa: FBT001
        """The server loses its logs, and perhaps its channels too."""
        epoch = f"e{next(self.numbers)}"
        for name, log in self.logs.items():
            id_ = f"c{next(self.numbers)}" if new_ids else log.id
            self.logs[name] = Log(id_, name, epoch)

    # -- the outbox --------------------------------------------------------------------------------

    @rule(name=_names)
    def write(self, name: str) -> None:
        """Write something, with or without a line."""
        found = self.state.find("channel", name)
        if found is not None:
            id_ = f"m{next(self.numbers)}"
            self.outbox[id_] = found.id
            for state in ("waiting", "sending"):
                self.state = fold(self.state, Outgoing(found.id, id_, "hi", 0, state))

    @precondition(lambda self: self.outbox)
    @rule(data=st.data(), delivered=st.booleans())
    def end(self, data: st.DataObject, delivered: bool) -> None:  # noqa: FBT001
        """It is stored, or taken back."""
        id_ = data.draw(st.sampled_from(sorted(self.outbox)))
        where = self.outbox.pop(id_)
        end = Delivered(where, id_, 1, 0, "e1") if delivered else Withdrawn(where, id_)
        self.state = fold(self.state, end)

    # -- what must be so ---------------------------------------------------------------------------

    @invariant()
    def the_view_is_right(self) -> None:
        """What is known is what is so; and whatever is in the outbox has a place to stand in."""
        expected = self.truth() if self.online else self.seen
        known = {
            id_: (c.name, c.epoch, c.head, c.read, c.unread, c.members)
            for id_, c in self.state.conversations.items()
            if id_ not in self.state.lost
        }
        assert known == expected
        assert dict(self.state.outgoing) == self.outbox
        for id_ in self.state.lost:
            assert id_ in self.outbox.values(), "an empty conversation is kept"
            assert id_ in self.state.conversations

    @invariant()
    def mentions_are_right(self) -> None:
        """They are counted exactly, where that can be; never more than there are unread."""
        for log in self.logs.values():
            known = self.state.conversations.get(log.id)
            if known is not None and self.online:
                mentions = sum(spoken for _, spoken in log.unread)
                assert mentions <= known.mentions <= known.unread
                assert not self.exact or known.mentions == mentions


TestView = View.TestCase
TestView.settings = settings(
    max_examples=150,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
