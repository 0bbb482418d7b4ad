"""Who may do what: the table of PROTOCOL.md, tried cell by cell over the wire."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from rchat_protocol import codec, models, routes
from rchat_protocol.errors import ErrorCode
from rchat_server.compose import compose_server
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.connection import dial_server
from rchat_tui.client.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rchat_protocol.routes import Route
    from rchat_tui.client.connection import Connection

PROTOCOL: Final = Path(__file__).parents[2] / "server" / "PROTOCOL.md"

REFUSALS: Final = {
    ErrorCode.NOT_ALLOWED,
    ErrorCode.BANNED,
    ErrorCode.MUTED,
    ErrorCode.INVITED_ONLY,
    ErrorCode.NO_SUCH_CHANNEL,
    ErrorCode.NO_SUCH_CONVERSATION,
    ErrorCode.NOT_A_MEMBER,
    ErrorCode.NOT_YOURS,
}
"""What says that somebody may not do something."""

PEOPLE: Final = ("owner", "operator", "member", "muted", "banned", "stranger", "victim", "deputy")

HELPER: Final = "helper"
"""What the operator is called: that word itself is reserved."""


def table() -> list[tuple[str, str, bool]]:
    """Return the cells of the table: what, who, and whether he may.

    The server's own are not here: whoever runs it comes through another door.
    """
    text = PROTOCOL.read_text().split("Who may do what, in a channel:", 1)[1]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.strip().splitlines()[: text.strip().split("\n\n")[0].count("\n") + 1]
    ]
    head, _, *body = rows
    return [
        (what, who, answer == "yes")
        for what, *answers in body
        for who, answer in zip(head[1:-1], answers[:-1], strict=True)
    ]


class Stage:
    """One channel with somebody in each role, on real connections."""

    def __init__(self, people: dict[str, Connection]) -> None:
        self.people = people
        self.id = ""
        self.seq: dict[str, int] = {}
        """Number of what each has written."""

    async def ask(self, who: str, route: Route, asked: object = None) -> Any:
        """Send a request, and return the reply."""
        data = asked.encode() if isinstance(asked, str) else codec.encode(asked)  # type: ignore[arg-type]
        reply = await self.people[who].request(route, data, deadline=5)
        return msgspec.json.decode(reply)

    async def set_up(self) -> None:
        """Give everybody his role, but that the channel is public yet."""
        for who in PEOPLE:
            if who != "stranger":
                await self.ask(who, routes.CHANNEL_JOIN, "tea")
        for who in ("owner", "operator", "member", "muted", "victim"):
            reply = await self.ask(who, routes.MESSAGE, models.SendMessage("words", channel="tea"))
            self.id, self.seq[who] = reply["conversation"], reply["seq"]
        for name in (HELPER, "deputy"):
            await self.ask("owner", routes.CHANNEL_OPERATOR, models.SetOperator(self.id, name))
        await self.ask("owner", routes.CHANNEL_MUTE, models.Mute(self.id, "muted"))
        await self.ask("owner", routes.CHANNEL_BAN, models.Ban(self.id, "banned"))

    async def make_private(self) -> None:
        """Let strangers in no more."""
        access = models.SetAccess(self.id, "private")
        await self.ask("owner", routes.CHANNEL_ACCESS, access)

    async def may(self, who: str, route: Route, asked: object) -> bool:
        """Return whether somebody may do that; refused otherwise, it is a mistake of the test."""
        try:
            await self.ask(who, route, asked)
        except ServerError as error:
            if error.code == ErrorCode.BUSY:  # who is invited listens to nothing here
                return True
            if error.code not in REFUSALS:
                raise
            return False
        return True

    async def try_all(self, who: str, *attempts: tuple[Route, object]) -> bool:
        """Return whether somebody may do these things: all of them, or none."""
        answers = set()
        for route, asked in attempts:
            answers.add(await self.may(who, route, asked))
        assert len(answers) == 1, f"of {[route.name for route, _ in attempts]} some, not all"
        return answers.pop()


async def join(stage: Stage, who: str) -> bool:
    """Come in."""
    return await stage.try_all(who, (routes.CHANNEL_JOIN, "tea"))


async def write(stage: Stage, who: str) -> bool:
    """Say something, by the name of the channel."""
    return await stage.try_all(
        who,
        (routes.MESSAGE, models.SendMessage("by name", channel="tea")),
    )


async def read(stage: Stage, who: str) -> bool:
    """Read it in every way that there is."""
    history = models.HistoryRequest(conversation=stage.id)
    search = models.SearchRequest(["words"], conversation=stage.id)
    by_name = models.HistoryRequest(channel="tea")
    found = await stage.ask(who, routes.SEARCH, models.SearchRequest(["words"]))
    may = await stage.try_all(
        who, (routes.HISTORY, history), (routes.HISTORY, by_name), (routes.SEARCH, search)
    )
    assert bool(found["hits"]) == may
    return may


async def topic(stage: Stage, who: str) -> bool:
    """Set the topic."""
    return await stage.try_all(who, (routes.CHANNEL_TOPIC, models.SetTopic(stage.id, "tea")))


async def edit(stage: Stage, who: str) -> bool:
    """Edit what one wrote, or the first message."""
    asked = models.EditMessage(stage.id, stage.seq.get(who, 1), "other words")
    return await stage.try_all(who, (routes.MESSAGE_EDIT, asked))


async def delete_own(stage: Stage, who: str) -> bool:
    """Delete what one wrote, or the first message."""
    asked = models.DeleteMessage(stage.id, stage.seq.get(who, 1))
    return await stage.try_all(who, (routes.MESSAGE_DELETE, asked))


async def delete(stage: Stage, who: str) -> bool:
    """Delete what another wrote."""
    asked = models.DeleteMessage(stage.id, stage.seq["victim"])
    return await stage.try_all(who, (routes.MESSAGE_DELETE, asked))


async def invite(stage: Stage, who: str) -> bool:
    """Invite somebody who is not there."""
    asked = models.Invite(stage.id, "outsider")
    return await stage.try_all(who, (routes.CHANNEL_INVITE, asked))


def moderate(subject: str) -> Callable[[Stage, str], Awaitable[bool]]:
    """Return what tries to mute, kick and ban somebody, in this order."""

    async def attempt(stage: Stage, who: str) -> bool:
        return await stage.try_all(
            who,
            (routes.CHANNEL_MUTE, models.Mute(stage.id, subject)),
            (routes.CHANNEL_KICK, models.Kick(stage.id, subject)),
            (routes.CHANNEL_BAN, models.Ban(stage.id, subject)),
        )

    return attempt


async def slow(stage: Stage, who: str) -> bool:
    """Make all others slow."""
    return await stage.try_all(who, (routes.CHANNEL_SLOW, models.SetSlow(stage.id, 5)))


async def record(stage: Stage, who: str) -> bool:
    """Read what operators read."""
    may = await stage.try_all(who, (routes.CHANNEL_AUDIT, models.AuditRequest(stage.id)))
    if who not in ("stranger", "banned"):
        rules = await stage.ask(who, routes.CHANNEL_RULES, models.RulesQuery(stage.id))
        assert bool(rules["bans"]) == may
    return may


async def govern(stage: Stage, who: str) -> bool:
    """Do what owners do, the last of it last."""
    return await stage.try_all(
        who,
        (routes.CHANNEL_OPERATOR, models.SetOperator(stage.id, "victim")),
        (routes.CHANNEL_ACCESS, models.SetAccess(stage.id, "password", "correct horse")),
        (routes.CHANNEL_OPERATOR, models.SetOperator(stage.id, "victim", owner=True)),
    )


ACTIONS: Final[dict[str, Callable[[Stage, str], Awaitable[bool]]]] = {
    "join, public": join,
    "join, private": join,
    "write, public": write,
    "write, private": write,
    "read history, search": read,
    "set the topic": topic,
    "edit what one wrote": edit,
    "delete what one wrote": delete_own,
    "delete what another wrote": delete,
    "invite, public": invite,
    "invite, private": invite,
    "kick, ban, mute a member": moderate("victim"),
    "kick, ban, mute an operator": moderate("deputy"),
    "kick, ban, mute the owner": moderate("owner"),
    "slow mode": slow,
    "see bans, read the record": record,
    "make operators, set the access, give the channel away": govern,
}


def test_every_row_is_tried() -> None:
    """A row that nothing tries is a promise that nobody keeps."""
    assert {what for what, _, _ in table()} == ACTIONS.keys()


@pytest.mark.parametrize(("what", "who", "may"), table())
async def test_who_may_do_what(what: str, who: str, may: bool) -> None:  # noqa: FBT001
    """Whoever writes a client, and whoever runs a channel, believes this table."""
    async with compose_server("127.0.0.1", 0) as server:
        address = ServerAddress.parse(f"tcp://127.0.0.1:{server.address[1]}")
        async with AsyncExitStack() as stack:
            people: dict[str, Connection] = {}
            for name in (*PEOPLE, "outsider"):
                line = people[name] = await stack.enter_async_context(await dial_server(address))
                called = HELPER if name == "operator" else name
                await line.request(routes.LOGIN, called.encode(), deadline=5)
            stage = Stage(people)
            await stage.set_up()
            if what.endswith("private"):
                await stage.make_private()
            assert await ACTIONS[what](stage, who) is may
