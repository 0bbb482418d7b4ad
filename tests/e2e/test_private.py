"""What two people say to each other in private is theirs: tried over the wire, at every route."""

from __future__ import annotations

import contextlib
import secrets
import signal
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec
import pytest

from rchat_protocol import models, routes
from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.errors import ErrorCode
from rchat_protocol.routes import ROUTES
from rchat_server.arguments import ADMIN_SOCKET
from rchat_server.gateway.console import ask
from rchat_server.service import console
from rchat_tui.client.errors import ServerError
from support.attempts import ATTEMPTS, NEVER_USED
from support.people import Person, coming, goodbye, register
from support.processes import ServerProcess, server_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from rchat_protocol.credentials import Credential

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of nobody

CONSOLE: Final[dict[type[msgspec.Struct], dict[str, Any]]] = {
    console.Users: {},
    console.Rules: {},
    console.Audit: {},
    console.Delete: {"seq": 1},
    console.Kick: {"user": "alice"},
    console.Ban: {"user": "alice"},
    console.Unban: {"ban": "alice"},
    console.Mute: {"user": "alice"},
    console.Operator: {"user": "alice", "owner": True},
    console.Access: {"access": "public"},
    console.Slow: {"seconds": 60},
}
"""What whoever runs the server may ask about a channel, with the rest of each question."""


class Talk:
    """A private conversation of alice and bob, both of whom are in carol's channel.

    Args:
        server: Where it is.
    """

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.id = ""
        self.words = f"secret {secrets.token_hex(8)}"
        """What is said there."""
        self.epoch = ""

    async def begin(self, alice: Person, bob: Person) -> None:
        """Say it, and see that bob hears it: whoever else does not, does not for a reason."""
        bob.listen()
        bob.listen(routes.MESSAGES_INCOMING)
        said = await alice.ask(routes.MESSAGE, models.SendMessage(self.words, user="bob"))
        self.id, self.epoch = said["conversation"], said["epoch"]
        await bob.until(
            lambda: sum(self.words.encode() in told for told in bob.heard) == 2,
            "bob did not hear on both of his streams what was said to him",
        )
        assert bob.knows(self.id)

    def events(self) -> models.EventsRequest:
        """Return a question for all that was ever said, with a cursor that nobody gave."""
        return models.EventsRequest({self.id: models.Cursor(self.epoch, 0)}, 1_000)

    async def is_unknown_to(self, person: Person) -> None:
        """Try everything as somebody who is not in it, and see that it might as well not be."""
        before = len(person.heard)
        for name, requests in ATTEMPTS.items():
            for real, unreal in zip(requests(self.id), requests(NEVER_USED), strict=True):
                told = await person.refused(ROUTES[name], real)
                assert told == await person.refused(ROUTES[name], unreal), (name, real)
                assert told[0] == ErrorCode.NO_SUCH_CONVERSATION, (name, real)
        word = self.words.split()[1]
        for search in (models.SearchRequest([word]), models.SearchRequest([word[:4]], prefix=True)):
            assert (await person.ask(routes.SEARCH, search))["hits"] == []
        for name in (self.id, ""):
            assert await person.ask(routes.CHANNEL_USERS, name) == []
        assert self.id not in await person.ask(routes.CHANNELS)
        person.listen(routes.EVENTS, self.events())
        await person.until(
            lambda: any(b'"live"' in told for told in person.heard[before:]), "no events came"
        )
        self.was_never_heard_by(person)

    def was_never_heard_by(self, *people: Person) -> None:
        """See that nobody of these was told of it, in whatever answer there was."""
        for person in people:
            for mark in (self.words, self.words.split()[1], self.id):
                assert not person.knows(mark), (person.name, mark)

    async def is_open_to(self, person: Person, user: str) -> None:
        """See that somebody reads all of it, in every way that there is."""
        page = await person.ask(routes.HISTORY, models.HistoryRequest(conversation=self.id))
        assert [each["content"] for each in page["messages"]] == [self.words]
        by_name = await person.ask(routes.HISTORY, models.HistoryRequest(user=user))
        assert by_name == page
        for place in (None, self.id):
            asked = models.SearchRequest(self.words.split(), conversation=place)
            found = await person.ask(routes.SEARCH, asked)
            assert [each["conversation"] for each in found["hits"]] == [self.id]


@contextlib.asynccontextmanager
async def in_the_channel(
    url: str, name: str, credential: Credential | None = None
) -> AsyncIterator[Person]:
    """Let somebody come in, and into the channel that all are in."""
    async with coming(url, name, credential) as person:
        await person.ask(routes.CHANNEL_JOIN, "tea")
        yield person


def test_every_route_is_tried() -> None:
    """A route that takes a conversation's id, and is not tried here, may tell of it."""
    takes = {
        name
        for name, route in ROUTES.items()
        if isinstance(route.request, type)
        and issubclass(route.request, msgspec.Struct)
        and "conversation" in route.request.__struct_fields__
    }
    assert takes == ATTEMPTS.keys()
    commands = {each for each in get_args(console.Asked) if "channel" in each.__struct_fields__}
    assert commands == CONSOLE.keys()


async def test_nobody_else_knows_of_it() -> None:
    """Not a stranger, nor who decides in a channel that both are in: it might as well not exist."""
    with server_process() as server:
        url = server.url
        async with (
            in_the_channel(url, "carol") as carol,
            in_the_channel(url, "dave") as dave,
            in_the_channel(url, "alice") as alice,
            in_the_channel(url, "bob") as bob,
            coming(url, "eve") as eve,
        ):
            for person in (carol, dave, eve):
                person.listen()
                person.listen(routes.MESSAGES_INCOMING)
            hello = await carol.ask(routes.MESSAGE, models.SendMessage("hello", channel="tea"))
            operator = models.SetOperator(hello["conversation"], "dave")
            await carol.ask(routes.CHANNEL_OPERATOR, operator)
            talk = Talk(server)
            # Who is named in it is not told either.
            talk.words += " @carol @dave @eve"
            await talk.begin(alice, bob)
            for reader, other in ((alice, "bob"), (bob, "alice")):
                await talk.is_open_to(reader, other)
            for person in (carol, dave, eve):
                await talk.is_unknown_to(person)
                shared = await person.ask(routes.USER_INFO, models.UserQuery("alice"))
                assert shared["channels"] == ([] if person is eve else ["tea"])
                for other in ("alice", "bob"):
                    asked = models.HistoryRequest(user=other)
                    told = await person.refused(routes.HISTORY, asked)
                    assert told[0] == ErrorCode.NO_SUCH_CONVERSATION
            await says_what_they_do(talk, alice, bob)
            # Something that all of them hear, after all that they are not to hear.
            await alice.ask(routes.MESSAGE, models.SendMessage("now all", channel="tea"))
            await alice.ask(routes.MESSAGE, models.SendMessage("now all", user="eve"))
            for person in (carol, dave, eve):
                await person.hears("now all")
            talk.was_never_heard_by(carol, dave, eve)


async def says_what_they_do(talk: Talk, alice: Person, bob: Person) -> None:
    """Do to the conversation what may be done; the other hears of each of these things."""
    place = talk.id
    await bob.ask(routes.MESSAGE_REACT, models.React(place, 1, "👍"))
    await alice.ask(routes.MESSAGE_EDIT, models.EditMessage(place, 1, f"{talk.words} again"))
    await alice.ask(routes.TYPING, models.Typing(place))
    await alice.ask(routes.CONVERSATION_READ, models.MarkRead(place, 2))
    await bob.hears(f"{talk.words} again")
    await bob.hears('"typing"')


async def test_the_next_of_that_name_inherits_nothing() -> None:
    """A name is anybody's when he has gone: what was said to him is not."""
    with server_process() as server:
        url = server.url
        async with coming(url, "alice") as alice:
            talk = Talk(server)
            async with coming(url, "bob") as bob:
                await talk.begin(alice, bob)
                token = Bearer(bob.token)
                await goodbye(bob)
            async with coming(url, "bob") as other:
                await talk.is_unknown_to(other)
                asked = models.HistoryRequest(user="alice")
                told = await other.refused(routes.HISTORY, asked)
                assert told[0] == ErrorCode.NO_SUCH_CONVERSATION
                # What is meant for the first bob never gets to the second.
                told = await alice.refused(
                    routes.MESSAGE, models.SendMessage(f"{talk.words} too", conversation=talk.id)
                )
                assert told[0] == ErrorCode.RECIPIENT_GONE
                opened = await other.ask(routes.CONVERSATION_OPEN, models.OpenConversation("alice"))
                assert (opened["conversation"] != talk.id, opened["head"]) == (True, 0)
                # And what is meant for the second is in a conversation of its own.
                said = await alice.ask(routes.MESSAGE, models.SendMessage("to you", user="bob"))
                assert said["conversation"] == opened["conversation"]
                await other.hears("to you")
                talk.was_never_heard_by(other)
            async with coming(url, "robert", token) as back:
                page = await back.ask(routes.HISTORY, models.HistoryRequest(conversation=talk.id))
                assert [each["content"] for each in page["messages"]] == [talk.words]
                assert not back.knows("to you")


async def test_a_restart_changes_nothing_about_that(tmp_path: Path) -> None:
    """What is loaded from the disk is whose it was: by identity, and not by name."""
    data = ("--data", str(tmp_path))
    first = ServerProcess(0, *data)
    talk = Talk(first)
    async with coming(first.url, "alice") as alice, coming(first.url, "bob") as bob:
        await talk.begin(alice, bob)
        tokens = Bearer(alice.token), Bearer(bob.token)
        await goodbye(bob)
    first.stop(signal.SIGKILL)
    with server_process(0, *data) as second:
        async with (
            coming(second.url, "alice", tokens[0]) as alice,
            coming(second.url, "bob") as other,
        ):
            await talk.is_unknown_to(other)
            async with coming(second.url, "bobby", tokens[1]) as bob:
                await talk.is_open_to(bob, "alice")
            page = await alice.ask(routes.HISTORY, models.HistoryRequest(conversation=talk.id))
            assert [each["content"] for each in page["messages"]] == [talk.words]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_new_account_of_an_old_name_is_somebody_else(
    tmp_path: Path,
    restarted: bool,  # noqa: FBT001
) -> None:
    """Whoever runs the server may give a name to another: not what was said to it."""
    data = ("--data", str(tmp_path))
    server = ServerProcess(0, *data)
    try:
        talk = Talk(server)
        await register(server.url, "bob", PASSWORD)
        async with coming(server.url, "alice") as alice:
            async with coming(server.url, "bob", Simple("bob", PASSWORD)) as bob:
                await talk.begin(alice, bob)
                ask_console(tmp_path, console.DropAccount("bob"))
                await bob.line.ended()
                old = Bearer(bob.token)
            alices = Bearer(alice.token)
        if restarted:
            server.stop(signal.SIGTERM)
            server = ServerProcess(0, *data)
        await register(server.url, "bob", PASSWORD)
        with pytest.raises(ServerError) as refused:
            async with coming(server.url, "bob", old):
                pass
        assert refused.value.code == ErrorCode.UNKNOWN_TOKEN
        async with (
            coming(server.url, "bob", Simple("bob", PASSWORD)) as other,
            coming(server.url, "alice", alices) as alice,
        ):
            await talk.is_unknown_to(other)
            told = await alice.refused(
                routes.MESSAGE, models.SendMessage("still there?", conversation=talk.id)
            )
            assert told[0] == ErrorCode.RECIPIENT_GONE
            await alice.ask(routes.MESSAGE, models.SendMessage("welcome", user="bob"))
            await other.hears("welcome")
            talk.was_never_heard_by(other)
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)


async def test_whoever_runs_the_server_has_no_command_for_it(tmp_path: Path) -> None:
    """He has the disk; but nothing that he types about channels shows what two people say."""
    with server_process(0, "--data", str(tmp_path)) as server:
        async with in_the_channel(server.url, "alice") as alice, coming(server.url, "bob") as bob:
            talk = Talk(server)
            await talk.begin(alice, bob)
            told = []
            for question in (console.Status(), console.Channels(), console.Accounts()):
                told += ask_console(tmp_path, question).lines
            for kind, rest in CONSOLE.items():
                for place in (talk.id, "", "alice", "bob", "@bob", talk.words):
                    real = ask_console(tmp_path, kind(channel=place, **rest))
                    assert "There is no channel" in real.error, (kind, place, real)
                told += ask_console(tmp_path, kind(channel="tea", **rest)).lines
            assert talk.words not in "\n".join(told)
            assert talk.id not in "\n".join(told)
            await talk.is_open_to(bob, "alice")


async def test_an_accounts_messages_wait_for_it() -> None:
    """What is written to a name that is somebody's for good is for whoever has its password."""
    with server_process() as server:
        url = server.url
        await register(url, "bob", PASSWORD)
        async with coming(url, "alice") as alice:
            words = f"waits {secrets.token_hex(8)}"
            said = await alice.ask(routes.MESSAGE, models.SendMessage(words, user="bob"))
            for credential in (None, Simple("bob", "another password")):
                with pytest.raises(ServerError):
                    async with coming(url, "bob", credential):
                        pass
            async with coming(url, "bob", Simple("bob", PASSWORD)) as bob:
                bob.listen(routes.MESSAGES_INCOMING)
                bob.listen()
                await bob.hears('"live"')
                (state,) = [
                    told
                    for told in map(msgspec.json.decode, bob.heard[1:])
                    if told.get("type") == "state"
                ]
                assert (state["name"], state["unread"]) == ("alice", 1)
                page = await bob.ask(routes.HISTORY, models.HistoryRequest(user="alice"))
                assert page["conversation"] == said["conversation"]
                assert [each["content"] for each in page["messages"]] == [words]


async def test_all_terminals_of_an_account_hear_it_until_they_are_logged_out() -> None:
    """Two machines of one person are one person; one that was revoked is nobody."""
    with server_process() as server:
        url = server.url
        await register(url, "bob", PASSWORD)
        proof = Simple("bob", PASSWORD)
        async with (
            coming(url, "alice") as alice,
            coming(url, "bob", proof) as desk,
            coming(url, "bob", proof) as phone,
        ):
            for each in (desk, phone):
                each.listen()
            await alice.ask(routes.MESSAGE, models.SendMessage("both of you", user="bob"))
            await desk.hears("both of you")
            await phone.hears("both of you")
            await desk.ask(routes.MESSAGE, models.SendMessage("mine, too", user="alice"))
            await phone.hears("mine, too")
            await desk.ask(routes.ACCOUNT_REVOKE, models.RevokeToken())
            await phone.line.ended()
            await alice.ask(routes.MESSAGE, models.SendMessage("only the desk", user="bob"))
            await desk.hears("only the desk")
            assert not phone.knows("only the desk")
            with pytest.raises(ServerError) as refused:
                async with coming(url, "bob", Bearer(phone.token)):
                    pass
            assert refused.value.code == ErrorCode.UNKNOWN_TOKEN


def ask_console(folder: Path, question: msgspec.Struct) -> Any:
    """Ask as whoever runs the server."""
    return ask(folder / ADMIN_SOCKET, msgspec.json.encode(question))
