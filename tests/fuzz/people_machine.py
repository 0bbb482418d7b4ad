"""People who do what people do, in any order, and what a server has to make of it.

A state machine of Hypothesis: each step is one request of one person over a real line, and a model
of a page says what the answer is. What it finds, Hypothesis makes as short as it can.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from fuzz.findings import Broken
from rchat_protocol import codec, models, routes
from rchat_protocol.credentials import Bearer
from rchat_protocol.routes import ROUTES, Interaction
from rchat_tui.client.connection import Connection, dial_server
from rchat_tui.client.errors import RchatError, ServerError

if TYPE_CHECKING:
    import asyncio

    from rchat_protocol.routes import Route
    from rchat_tui.client.address import ServerAddress

_DEADLINE = 10.0

_TEXT = st.text(min_size=1, max_size=200).filter(lambda text: text.strip() and text.isprintable())
"""What people say: what cannot be said is the other parts' affair."""

_ASKED = [
    route
    for route in ROUTES.values()
    if route.interaction is Interaction.RESPONSE
    and isinstance(route.request, type)
    and issubclass(route.request, msgspec.Struct)
]


@dataclass(eq=False)
class Person:
    """Somebody, and the line that he is on."""

    name: str
    line: Connection
    token: str


@dataclass(eq=False)
class Channel:
    """What a channel has to be like."""

    name: str
    owner: Person
    id: str = ""
    head: int = 0
    said: dict[int, tuple[Person, str]] = field(default_factory=dict)
    """By number: who said what; empty where it was deleted."""
    ids: dict[tuple[Person, str], int] = field(default_factory=dict)
    members: set[Person] = field(default_factory=set)
    operators: set[Person] = field(default_factory=set)
    muted: set[Person] = field(default_factory=set)
    banned: set[Person] = field(default_factory=set)

    def rank(self, person: Person) -> int:
        """Return how much somebody decides."""
        return 2 if person is self.owner else 1 if person in self.operators else 0

    def silences(self, person: Person) -> str | None:
        """Return the code that somebody who writes is refused with."""
        if self.rank(person):
            return None
        if person in self.banned:
            return "banned"
        return "muted" if person in self.muted else None

    def put_out(self, person: Person) -> None:
        """Let somebody be nothing there any more."""
        self.members.discard(person)
        self.operators.discard(person)


class PeopleMachine(RuleBasedStateMachine):
    """The steps. `address` is set by whoever runs it."""

    people: Bundle[Person] = Bundle("people")
    channels: Bundle[Channel] = Bundle("channels")
    address: ClassVar[ServerAddress]
    loop: ClassVar[asyncio.AbstractEventLoop]
    steps: ClassVar[int] = 0
    """Requests that were answered, over all examples."""
    _numbers: ClassVar[itertools.count[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Connection] = []

    def teardown(self) -> None:
        """Hang up."""
        for line in self._lines:
            self.loop.run_until_complete(line.aclose())

    # -- coming and going --------------------------------------------------------------------------

    @initialize(target=people)
    def first(self) -> Person:
        """Somebody is always there."""
        return self._arrive()

    @rule(target=people)
    def arrive(self) -> Person:
        """Somebody new comes in."""
        return self._arrive()

    @rule(person=people)
    def drop(self, person: Person) -> None:
        """A line is cut, and its owner comes back on another one."""
        self.loop.run_until_complete(person.line.aclose())
        line = self._dial()
        reply = self._send(line, routes.LOGIN, b"", Bearer(person.token))
        person.token = reply.decode().rpartition(".")[2]
        person.line = line

    @rule(target=channels, owner=people)
    def found(self, owner: Person) -> Channel:
        """Somebody makes a channel."""
        channel = Channel(f"room-{next(self._numbers)}", owner)
        self._ask(owner, routes.CHANNEL_JOIN, channel.name.encode(), None)
        channel.members.add(owner)
        place = self._post(owner, channel, "welcome", "")
        channel.id = place["conversation"]
        return channel

    @rule(person=people, channel=channels)
    def join(self, person: Person, channel: Channel) -> None:
        """Somebody comes into a channel."""
        barred = person in channel.banned and not channel.rank(person)
        refused = "banned" if barred and person not in channel.members else None
        self._ask(person, routes.CHANNEL_JOIN, channel.name.encode(), refused)
        if refused is None:
            channel.members.add(person)

    @rule(person=people, channel=channels)
    def leave(self, person: Person, channel: Channel) -> None:
        """Somebody leaves a channel; leaving where one is not is no error."""
        self._ask(person, routes.CHANNEL_LEAVE, channel.name.encode(), None)
        channel.members.discard(person)

    # -- messages ----------------------------------------------------------------------------------

    @rule(person=people, channel=channels, text=_TEXT)
    def say(self, person: Person, channel: Channel, text: str) -> None:
        """Somebody says something, a member or not."""
        self._post(person, channel, text, f"m{next(self._numbers)}")

    @rule(person=people, channel=channels, data=st.data())
    def say_again(self, person: Person, channel: Channel, data: Any) -> None:
        """The same id again is the same message, whatever holds now."""
        mine = sorted(id_ for who, id_ in channel.ids if who is person)
        if mine:
            self._post(person, channel, "something else", data.draw(st.sampled_from(mine)))

    @rule(person=people, channel=channels, text=_TEXT, data=st.data())
    def edit(self, person: Person, channel: Channel, text: str, data: Any) -> None:
        """Somebody edits a message, his own or not."""
        seq = data.draw(st.sampled_from(sorted(channel.said)))
        asked = models.EditMessage(channel.id, seq, text)
        refused = self._act_refused(person, channel, seq, own=True)
        if self._ask(person, routes.MESSAGE_EDIT, asked, refused):
            channel.said[seq] = (person, text)
            channel.head += 1

    @rule(person=people, channel=channels, data=st.data())
    def delete(self, person: Person, channel: Channel, data: Any) -> None:
        """Somebody deletes a message, his own or, as an operator, anybody's."""
        seq = data.draw(st.sampled_from(sorted(channel.said)))
        own = not channel.rank(person)
        refused = self._act_refused(person, channel, seq, own=own, speaks=False)
        if self._ask(person, routes.MESSAGE_DELETE, models.DeleteMessage(channel.id, seq), refused):
            channel.said[seq] = (channel.said[seq][0], "")
            channel.head += 1

    @rule(person=people, channel=channels)
    def read(self, person: Person, channel: Channel) -> None:
        """What is read back is what was said: all of it, in order, as it is now."""
        asked = models.HistoryRequest(conversation=channel.id, limit=500)
        refused = None if person in channel.members else "no-such-conversation"
        reply = self._ask(person, routes.HISTORY, asked, refused)
        if reply is not None:
            found = [(m["seq"], m["user"], m["content"]) for m in reply["messages"]]
            said = [(seq, who.name, text) for seq, (who, text) in sorted(channel.said.items())]
            if (found, reply["head"]) != (said[-500:], channel.head):
                raise Broken(f"{found} was read, and {said} was said, up to {channel.head}")

    # -- moderation --------------------------------------------------------------------------------

    @rule(person=people, channel=channels, whom=people)
    def kick(self, person: Person, channel: Channel, whom: Person) -> None:
        """Somebody puts somebody out."""
        refused = self._decides_not(person, channel, whom)
        if refused is None and whom not in channel.members:
            refused = "no-such-user"
        if self._ask(person, routes.CHANNEL_KICK, models.Kick(channel.id, whom.name), refused):
            channel.put_out(whom)

    @rule(person=people, channel=channels, whom=people)
    def ban(self, person: Person, channel: Channel, whom: Person) -> None:
        """Somebody bans somebody."""
        refused = self._decides_not(person, channel, whom)
        if self._ask(person, routes.CHANNEL_BAN, models.Ban(channel.id, whom.name), refused):
            channel.banned.add(whom)
            channel.put_out(whom)

    @rule(person=people, channel=channels, whom=people)
    def mute(self, person: Person, channel: Channel, whom: Person) -> None:
        """Somebody silences somebody."""
        refused = self._decides_not(person, channel, whom)
        if self._ask(person, routes.CHANNEL_MUTE, models.Mute(channel.id, whom.name), refused):
            channel.muted.add(whom)

    @rule(person=people, channel=channels, whom=people)
    def promote(self, person: Person, channel: Channel, whom: Person) -> None:
        """Somebody makes an operator."""
        refused = None if channel.rank(person) == 2 else "not-allowed"
        if person not in channel.members:
            refused = "no-such-conversation"
        elif refused is None and whom is channel.owner:
            refused = "not-allowed"
        elif refused is None and whom not in channel.members:
            refused = "no-such-user"
        asked = models.SetOperator(channel.id, whom.name)
        if self._ask(person, routes.CHANNEL_OPERATOR, asked, refused):
            channel.operators.add(whom)

    # -- anything ----------------------------------------------------------------------------------

    @rule(person=people, route=st.sampled_from(_ASKED), data=st.binary(max_size=60))
    def ramble(self, person: Person, route: Route, data: bytes) -> None:
        """What is no request is refused, and changes nothing."""
        try:
            self._send(person.line, route, b'{"x":' + data)
        except ServerError:
            return
        raise Broken(f"{route.name} took {data!r}")

    # -- within ------------------------------------------------------------------------------------

    def _arrive(self) -> Person:
        line, name = self._dial(), f"person-{next(self._numbers)}"
        token = self._send(line, routes.LOGIN, name.encode()).decode().rpartition(".")[2]
        return Person(name, line, token)

    def _dial(self) -> Connection:
        line = self.loop.run_until_complete(dial_server(self.address))
        self.loop.run_until_complete(line.__aenter__())
        self._lines.append(line)
        return line

    def _send(
        self, line: Connection, route: Route, data: bytes, credential: Bearer | None = None
    ) -> bytes:
        type(self).steps += 1
        asked = line.request(route, data, deadline=_DEADLINE, credential=credential)
        return self.loop.run_until_complete(asked)

    def _ask(
        self, person: Person, route: Route, asked: bytes | msgspec.Struct, refused: str | None
    ) -> Any:
        """Return the reply; None where it is refused, as it has to be."""
        data = asked if isinstance(asked, bytes) else codec.encode(asked)
        try:
            reply = self._send(person.line, route, data)
        except ServerError as error:
            if error.code != refused:
                raise Broken(f"{route.name}: {error.code} ({error}) instead of {refused}") from None
            return None
        except RchatError as error:
            raise Broken(f"{route.name}: {error!r}") from None
        if refused is not None:
            raise Broken(f"{route.name} was done instead of {refused}")
        return msgspec.json.decode(reply) or True

    def _post(self, person: Person, channel: Channel, text: str, id_: str) -> Any:
        known = channel.ids.get((person, id_)) if id_ else None
        refused = None if known else channel.silences(person)
        asked = models.SendMessage(text, channel=channel.name, id=id_ or None)
        place = self._ask(person, routes.MESSAGE, asked, refused)
        if place is None:
            return None
        expected = known or channel.head + 1
        if place["seq"] != expected:
            raise Broken(f"a message has the number {place['seq']} instead of {expected}")
        if not known:
            channel.head = expected
            channel.said[expected] = (person, text)
            if id_:
                channel.ids[person, id_] = expected
        return place

    def _act_refused(
        self, person: Person, channel: Channel, seq: int, *, own: bool, speaks: bool = True
    ) -> str | None:
        author, text = channel.said[seq]
        if person not in channel.members:
            return "no-such-conversation"
        if speaks and (silent := channel.silences(person)):
            return silent
        if not text:
            return "no-such-message"
        return "not-yours" if own and author is not person else None

    def _decides_not(self, person: Person, channel: Channel, whom: Person) -> str | None:
        if person not in channel.members:
            return "no-such-conversation"
        rank = channel.rank(person)
        return None if rank and rank > channel.rank(whom) else "not-allowed"
