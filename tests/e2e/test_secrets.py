"""Where secrets get to: nowhere, tried with words that are nowhere else and faults on purpose."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from rchat_protocol import codec, models, routes
from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.errors import ErrorCode
from rchat_server.core.identity import Account, Identity
from rchat_server.core.session import Session
from rchat_server.gateway.console import Answer
from rchat_server.service import console
from rchat_server.service.caller import Request
from rchat_tui.client.errors import ServerError
from rchat_tui.client.passwords import Given
from support import planted
from support.marks import PROC, Marks, children, files_in, found, processes
from support.people import Person, coming, register
from support.processes import ServerProcess
from support.terminal import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS: Final = ("password", "token", "session", "invitation", "channel password")
"""What is nowhere but with whom it belongs to, and hashed."""

WORDS: Final = ("message", "private", "topic", "reason", "name")
"""What is in the database, and with whom it is for: in no log, and in no figures."""

PLANTED: Final = (sys.executable, "-P", planted.__file__)

needs_proc = pytest.mark.skipif(not PROC.exists(), reason="processes are looked at in /proc")


class Town:
    """A server whose log is a file, and what is known of it.

    Args:
        folder: Where everything is.
        options: Of the server.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.marks = Marks()
        self.data = folder / "data"
        self.log = folder / "log"
        self.told: dict[str, bytes] = {}
        """What others were told: pages, answers to bystanders, errors, and what commands said."""
        with self.log.open("wb") as errors:
            self.server = ServerProcess(
                0,
                *("--data", str(self.data), "--ws-port", "0", "--log-level", "debug", *options),
                command=PLANTED,
                errors=errors,
            )
        self.web = f"http{self.server.web_url.removeprefix('ws').removesuffix('/rchat')}"

    def ask_pages(self) -> None:
        """Look at what the server shows to machines."""
        for page in ("/health", "/metrics", f"/{self.marks.known['password']}"):
            with contextlib.suppress(urllib.request.HTTPError):
                answer = urllib.request.urlopen(f"{self.web}{page}", timeout=10)  # noqa: S310
                self.told[f"page {page[:8]}"] = answer.read()

    def admin(self, *words: str, said: str = "") -> str:
        """Ask from the shell; while it waits for what is typed, look at the process."""
        command = [sys.executable, "-m", "rchat_server", *words, "--data", str(self.data)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as asking:
            if PROC.exists():
                self.told |= processes([asking.pid])
            answer, _ = asking.communicate(said.encode())
        if words[0] != "invite":
            self.told[" ".join(words[:3])] = answer
        return answer.decode().strip()

    def errors_of(self, person: Person) -> None:
        """Keep the errors that somebody got: they go into his client's log and onto his screen."""
        codes = tuple(f"{code}: ".encode() for code in ErrorCode)
        told = [each for each in person.heard if each.startswith(codes)]
        self.told[f"errors of {person.name}"] = b"\n".join(told)

    def lines(self) -> list[str]:
        """Return what the server has logged."""
        return self.log.read_text().splitlines()

    def end(self) -> None:
        """Stop it."""
        if self.server.process.poll() is None:
            self.server.stop()


@pytest.fixture(params=["text", "json"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """Run a server with faults in it, which tells all that it ever tells."""
    town = Town(tmp_path, "--log-format", request.param)
    yield town
    town.end()


async def test_no_secret_gets_anywhere(town: Town) -> None:
    """Who reads the log, the figures, a backup, or another's answers, can be nobody but himself."""
    url, marks = town.server.url, town.marks
    name = marks.new("name of an account", "ann")
    password = marks.new("password")
    code = marks.add("invitation", town.admin("invite"))
    await register(url, name, password, code)
    async with (
        coming(url, name, Simple(name, password)) as ann,
        coming(url, marks.new("name of a guest", "bob")) as bob,
        coming(url, "eve") as eve,
    ):
        for person in (ann, bob, eve):
            session, _, token = person.credential.partition(".")
            marks.add(f"session of {person.name}", session)
            marks.add(f"token of {person.name}", token)
            person.listen()
        channel = await talk(town, ann, bob, eve)
        await be_wrong(town, name)
        await be_malformed(ann, marks, channel)
        await meet_faults(ann, marks, channel)
        new = marks.new("password, given from the shell")
        assert town.admin("admin", "password", name, said=f"{new}\n") == "Done."
        for command in ("status", "channels", "accounts"):
            town.admin("admin", command)
        town.ask_pages()
        town.told["everything that eve heard"] = b"\n".join(eve.heard[1:])
        for person in (ann, bob, eve):
            town.errors_of(person)
    if PROC.exists():
        town.told |= processes([town.server.process.pid])
    running = files_in(town.data)
    town.end()
    look_everywhere(town, running)


async def talk(town: Town, ann: Person, bob: Person, eve: Person) -> str:
    """Use the chat, with all that is a secret; return the channel's id."""
    marks = town.marks
    tea = marks.new("name of a channel", "tea")
    for person in (ann, bob):
        await person.ask(routes.CHANNEL_JOIN, tea)
    said = await ann.ask(routes.MESSAGE, models.SendMessage(marks.new("message"), channel=tea))
    place = said["conversation"]
    await ann.ask(routes.CHANNEL_TOPIC, models.SetTopic(place, marks.new("topic")))
    await ann.ask(routes.MESSAGE, models.SendMessage(marks.new("private"), user=bob.name))
    key = marks.new("channel password")
    await ann.ask(routes.CHANNEL_ACCESS, models.SetAccess(place, "password", key))
    wrong = marks.new("channel password, a wrong one")
    assert await eve.refused(routes.CHANNEL_ENTER, models.EnterChannel(tea, wrong))
    await eve.ask(routes.CHANNEL_ENTER, models.EnterChannel(tea, key))
    await eve.ask(routes.CHANNEL_LEAVE, tea)
    mute = models.Mute(place, bob.name, reason=marks.new("reason"))
    await ann.ask(routes.CHANNEL_MUTE, mute)
    old, new = marks.known["password"], marks.new("password, the next one")
    await ann.ask(routes.ACCOUNT_PASSWORD, models.ChangePassword(old, new))
    for old, wanted, code in (
        (new, marks.new("password that makes it fail", planted.LOUD), ErrorCode.INTERNAL),
        (marks.new("password, not the old one"), new, ErrorCode.WRONG_PASSWORD),
    ):
        asked = models.ChangePassword(old, wanted)
        assert (await ann.refused(routes.ACCOUNT_PASSWORD, asked))[0] == code
    await ann.ask(routes.ACCOUNT_TOKENS)
    await ann.ask(routes.ACCOUNT_REVOKE, models.RevokeToken())
    await bob.ask(routes.CHANNEL_LEAVE, tea)
    return str(place)


async def be_wrong(town: Town, name: str) -> None:
    """Come in with what is nearly right."""
    marks, url = town.marks, town.server.url
    for credential in (
        Simple(name, marks.new("password, a wrong one")),
        Simple(marks.new("name of nobody"), marks.new("password of nobody")),
        Bearer(marks.new("token of nobody")),
        Bearer(f"{marks.new('session of nobody')}.{marks.new('token of nobody, with a session')}"),
    ):
        with pytest.raises(ServerError):
            async with coming(url, name, credential):
                pass
    for password, code in (("short", None), (marks.new("password for a taken name"), None)):
        with pytest.raises(ServerError):
            await register(url, name, password, code)


async def be_malformed(ann: Person, marks: Marks, channel: str) -> None:
    """Send what is none of ours, with secrets in it, to every route that takes data."""
    mark = marks.new("password in a malformed request")
    places = [{"conversation": channel}, {}]
    # Who is not found is named to who looks for him: names are no secrets.
    odd: list[object] = [mark, [mark], {mark: mark}, {"password": [mark], "old": {mark: 1}}]
    odd += [{**place, "access": mark, "password": mark, "seq": mark} for place in places]
    odd += [{**place, "user": [mark], "content": {mark: mark}, "after": mark} for place in places]
    for route in routes.ROUTES.values():
        if route in {routes.LOGOUT, routes.EVENTS, routes.MESSAGES_INCOMING}:
            continue
        if route.interaction is routes.Interaction.STREAM or route.request in {str, None}:
            continue
        for each in odd:
            with contextlib.suppress(ServerError):
                await ann.raw(route, json.dumps(each).encode())
        with contextlib.suppress(ServerError):
            await ann.raw(route, b'{"password": "' + mark.encode())
        with contextlib.suppress(ServerError):
            await ann.raw(route, b"\xff" + mark.encode())


async def meet_faults(ann: Person, marks: Marks, channel: str) -> None:
    """Let the server fail in a handler, a callback, a task, a thread and a delivery."""
    told = await ann.refused(
        routes.USER_INFO, models.UserQuery(marks.new("name that makes it fail"))
    )
    assert told == (ErrorCode.INTERNAL, told[1])
    words = marks.new("message that makes it fail", planted.LOUD)
    asked = models.SendMessage(words, conversation=channel)
    with contextlib.suppress(ServerError):  # it is committed by then
        await ann.ask(routes.MESSAGE, asked)
    leak = marks.new("leak", planted.LEAK)
    await ann.refused(routes.USER_INFO, models.UserQuery(leak))


def look_everywhere(town: Town, running: dict[str, bytes]) -> None:
    """See that all of it is where it may be, and nowhere else."""
    marks = town.marks
    out = {"standard error": town.log.read_bytes(), "standard output": town.server.line.encode()}
    # What is looked for would be found.
    assert found(marks.of("leak"), out) == ["leak in standard error"]
    assert found(marks.of("message", "private"), running)
    files = {**files_in(town.data), **{f"{path}, while it ran": it for path, it in running.items()}}
    assert found(marks.of(*SECRETS), {**out, **town.told, **files}) == []
    assert (
        found(marks.of(*WORDS), {**out, **{k: v for k, v in town.told.items() if "page" in k}})
        == []
    )
    assert found(marks.of("private", "message", "reason"), town.told) == []
    lines = town.lines()
    told = "\n".join(lines)
    for event in (
        *("started", "stopped", "connection opened", "connection closed", "login", "registration"),
        *("password changed", "token revoked", "moderation", "asked locally", "planted"),
        *("fault in a request's handler", "fault in the event loop", "fault in a thread"),
        *("delivery failed", "a library says"),
    ):
        assert event in told, event
    for line in lines:
        assert line.isprintable()
        fields = json.loads(line) if line[0] == "{" else fields_of(line)
        assert list(fields)[:4] == ["time", "level", "event", "logger"], line
        # Where people are is told to who asks for it.
        assert fields["level"] in {"debug", "info"} or "127.0.0.1" not in line


def fields_of(line: str) -> dict[str, str]:
    """Return the fields of a line."""
    words = [each.partition("=") for each in shlex.split(line)]
    return {key: value for key, _, value in words}


@needs_proc
@pytest.mark.parametrize("given", ["typed", "environment"])
def test_the_client_keeps_a_password_to_itself(tmp_path: Path, given: str) -> None:
    """Who looks over one's shoulder, or at the machine's processes or files, sees no password."""
    town = Town(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    marks = town.marks
    password = marks.new("password")
    environment = at_home(home)
    if given == "environment":
        environment["RCHAT_PASSWORD"] = password
    make_account(town, "ann", password)
    try:
        with Desk(environment) as desk:
            ann = desk.app("--plain", "--user", "ann", "--server", town.server.url)
            if given == "typed":
                desk.wait_for(ann, "The password of ann")
                ann.type(f"{marks.new('password, a wrong one')}\n")
                desk.wait_for(ann, "not the password", "The password of ann:")
                ann.type(f"{password}\n")
            desk.wait_for(ann, "connected to")
            ann.type(f"/join {marks.new('shown', 'tea')}\n")
            desk.wait_for(ann, marks.known["shown"])
            family = processes([ann.process.pid]) if given == "typed" else {}
            ann.type("/quit\n")
            assert desk.wait_exit(ann) == 0
            screen = {"the terminal": bytes(ann.raw)}
    finally:
        town.end()
    assert found(marks.of("shown"), screen) == ["shown in the terminal"]
    kept = files_in(home, town.data)
    assert any(path.endswith("rchat-tui.log") for path in kept), [*kept]
    places = {**screen, **family, **kept, "the server's log": town.log.read_bytes()}
    assert found(marks.of("password"), places) == []


@needs_proc
def test_no_child_inherits_a_password(tmp_path: Path) -> None:
    """Editors, browsers and servers tell their environment to whoever asks."""
    marks = Marks()
    environment = {**at_home(tmp_path), "RCHAT_PASSWORD": marks.new("password")}
    environment["SHOWN"] = marks.new("shown")
    with Desk(environment) as desk:
        ann = desk.app("--plain", "--user", "ann", "--serve", "127.0.0.1:0")
        desk.wait_for(ann, "connected to")
        family = processes(children(ann.process.pid))
        ann.type("/quit\n")
        assert desk.wait_exit(ann) == 0
    assert found(marks.of("shown"), family)
    assert found(marks.of("password"), {**family, **files_in(tmp_path)}) == []


def at_home(folder: Path) -> dict[str, str]:
    """Return what lets a program keep all that is its own in a folder."""
    elsewhere = ("CONFIG", "DATA", "STATE", "CACHE")
    return {"HOME": str(folder), **{f"XDG_{each}_HOME": "" for each in elsewhere}}


def make_account(town: Town, name: str, password: str) -> None:
    """Make an account, in a process that has nothing to do with what is looked at."""
    script = (
        "import asyncio, sys; from support.people import register\n"
        "asyncio.run(register(*sys.stdin.read().split()))"
    )
    tests = str(Path(__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", script],
        input=f"{town.server.url} {name} {password}",
        cwd=tests,
        text=True,
        check=True,
    )


def test_nothing_that_holds_a_secret_shows_it() -> None:
    """What is printed by mistake, in a log or a debugger, is no secret."""
    marks = Marks()
    password, token = marks.new("password"), marks.new("token")
    code, session = marks.new("invitation"), marks.new("session")
    account = Account(password, 0)
    identity = Identity("id", token.encode(), "ann", account)
    logged_in = Session(session, identity, print, token=token.encode())
    identity.sessions[session] = logged_in
    register_ = models.Register(password, "ann", code)
    holders = (
        *(identity, account, account.record(), identity.record(), logged_in, Given(password)),
        *(Simple("ann", password), Bearer(token), register_, models.ChangePassword(password, "x")),
        *(models.EnterChannel("tea", password), models.SetAccess("c", "password", password)),
        *(console.SetPassword("ann", password), console.Access("tea", "password", password)),
        *(Request(codec.encode(register_), Simple("ann", password)), Answer(lines=[code])),
    )
    shown = {type(each).__name__: f"{each!r} {each!s}".encode() for each in holders}
    assert found(marks.known, shown) == []
    assert found({"name": "id"}, {"Identity": shown["Identity"]})
