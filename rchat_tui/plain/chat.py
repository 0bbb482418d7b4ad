"""The chat without a screen: it reads lines, carries them out, and writes what happens.

Concurrency: one event loop, and a task group that owns every task: the client's, the one that reads
lines, and the errands. What they tell is taken in at once, between two awaits, so nothing queues
up. Writing may wait for a terminal that is stopped; then the client waits, too, and catches up.
"""

from __future__ import annotations

import asyncio
import time
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any

from rchat_tui.app import answers, proof, slash
from rchat_tui.app import messages as m
from rchat_tui.app.commands import BY_ID
from rchat_tui.app.errands import Errands, Loaded, NotLoaded
from rchat_tui.app.holding import Holding
from rchat_tui.app.keywords import Keywords
from rchat_tui.app.model import ChatModel
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.events import Offline, Online
from rchat_tui.plain.actions import PlainActions
from rchat_tui.plain.finder import Finder
from rchat_tui.plain.reader import Reader
from rchat_tui.plain.secrets import Secrets
from rchat_tui.plain.teller import Teller

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

    from textual.message import Message

    from rchat_tui.app.commands import Command
    from rchat_tui.app.items import Gap
    from rchat_tui.app.ports import ChatPort, ClientFactory
    from rchat_tui.app.settings import AppSettings
    from rchat_tui.options import Option

_CONTINUED = "\\"


class PlainChat:
    """A `rchat_tui.app.stage.Stage` of lines."""

    def __init__(
        self,
        settings: AppSettings,
        client: ClientFactory,
        *,
        write: Callable[[str], object],
        now: Callable[[], float] = time.time,
        zone: dt.tzinfo | None = None,
        hush: Callable[[bool], object] = lambda _on: None,
    ) -> None:
        """Make the chat; nothing is dialled before `run`.

        Args:
            settings: what was decided before.
            client: makes a client for a URL and a user name; it may raise `RchatError`.
            write: writes a line that is safe to write.
            now: seconds since 1970-01-01 UTC.
            zone: of the clock; None is the local one.
            hush: lets the terminal show nothing of what is typed, or show it again.
        """
        self._written = write
        self._settings = settings
        self._options = settings.options()
        self._make_client = client
        keywords = Keywords.of(settings.keywords)
        self._model = ChatModel(now=lambda: int(now() * 1000), keywords=keywords)
        self.reader = Reader(self._model, self.write, self._load, zone=zone)
        """Reads conversations out."""
        self.finder = Finder(self, now, zone=zone)
        """Looks for what was said."""
        self._teller = Teller(self._model, self.reader, self.write)
        self._actions = PlainActions(self)
        self._holding = Holding(self)
        self._errands: Errands | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._shown: str | None = None
        """The conversation that was read out last."""
        self._secrets = Secrets(self.tell, hush)
        self._left = asyncio.Event()
        self._code = 0

    def write(self, line: str) -> None:
        """Write a line that is safe to write; emoji may have to be spelled out."""
        if self._options["text-emoji"]:
            from rchat_tui.app.emoji import spelled  # late: it is seldom wanted

            line = spelled(line)
        self._written(line)

    async def run(self, lines: AsyncIterator[str]) -> int:
        """Chat until ``lines`` end, or one of them leaves; return the exit code.

        Raises:
            RchatError: No client can be made for this address and name.
        """
        if self._settings.notice:
            self.write(f"-- {self._settings.notice}")
        client = self._make_client(self._settings.url, self._settings.user)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                errands = self._errands = Errands(client, post=self._hear, spawn=self._spawn)
                errands.fetch_preferences()
                client.start()
                following = self._tasks.create_task(self._follow(client, errands))
                reading = self._tasks.create_task(self._read(lines))
                await self._left.wait()
                reading.cancel()
                if not await errands.written():
                    self.write("-- what you wrote last is not kept")
                following.cancel()
        finally:
            await client.aclose()
        return self._code

    def leave(self, code: int) -> None:
        """End with an exit code, as soon as the disk has what was written."""
        self._code = code
        self._left.set()

    async def _read(self, lines: AsyncIterator[str]) -> None:
        begun: list[str] = []
        async for line in lines:
            if self._secrets.takes(line):
                continue
            begun.append(safe_text(line))
            if begun[-1].endswith(_CONTINUED):
                begun[-1] = begun[-1].removesuffix(_CONTINUED)
                continue
            text, begun = "\n".join(begun).rstrip(), []
            if not text.strip():
                self._give_up()
            elif not self._holding.takes(text):
                self._actions.carry_out(text)
            self._settle()
        self.leave(self._code)

    def ask_secrets(
        self, title: str, fields: tuple[str, ...], then: Callable[[tuple[str, ...]], object]
    ) -> None:
        """Ask for what nobody else is to see, a line each."""
        self._secrets.ask(title, fields, then)

    def _give_up(self) -> None:
        """An empty line: the next one is an ordinary one again."""
        if self._model.acting.give_up(self._model.active) is not None:
            self.tell("Given up.")

    async def _follow(self, client: ChatPort, errands: Errands) -> None:
        async for event in client.events():
            before = self._model.state
            self._model.apply(event)
            self._teller.tell(event, before)
            if isinstance(event, Offline):
                self._prove(event)
            if isinstance(event, Online) and event.fresh and not self._model.state.conversations:
                for channel in self._settings.auto_join:
                    errands.join(channel)
            self._holding.release()
            self._settle()

    def _prove(self, event: Offline) -> None:
        """Ask for what a person has to show."""
        code, errands, user = event.code, self._errands, self._settings.user
        if code not in proof.ASKING or errands is None or self._secrets.asking:
            return
        register = code in proof.REGISTERING
        title, fields = proof.asked(code or "", safe_line(user))
        self.ask_secrets(
            title, fields, lambda texts: errands.log_in(user, proof.given(texts, register=register))
        )

    def _settle(self) -> None:
        """Read out the conversation that was opened, and say what has been read."""
        if self._model.active != self._shown:
            self._shown = self._model.active
            if self._shown is not None:
                self.reader.open(self._shown)
        to_read = self._model.to_mark_read()
        if to_read is not None and self._errands is not None:
            self._errands.mark_read(*to_read)

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None or self._left.is_set():
            errand.close()
        else:
            self._tasks.create_task(errand)

    def _load(self, conversation: str, gap: Gap) -> bool:
        errands = self._errands
        if errands is None or not self._model.online:
            return False
        errands.load(conversation, gap, from_end=True)
        return True

    # -- what became of errands --------------------------------------------------------------

    def _hear(self, message: Message) -> None:
        self._heard(message)
        self._settle()

    @singledispatchmethod
    def _heard(self, message: Message) -> None:
        raise TypeError(f"nobody hears {message!r}")

    @_heard.register
    def _on_kept(self, message: answers.Kept) -> None:
        self._teller.wrote(message.id)

    @_heard.register
    def _on_answer(self, message: m.Answer) -> None:
        message.apply(self._model)
        if isinstance(message, Loaded | NotLoaded):
            self.reader.loaded(message.conversation)

    @_heard.register
    def _on_told(self, message: answers.Told) -> None:
        self.tell(message.text, error=message.error)

    @_heard.register
    def _on_found(self, message: answers.Found) -> None:
        self.finder.read_out(message)

    @_heard.register
    def _on_not_found(self, message: answers.NotFound) -> None:
        self.tell(message.reason, error=True)

    @_heard.register
    def _on_returned(self, message: answers.Returned) -> None:
        if message.reason:
            self.tell(message.reason, error=True)
        self.put_back(slash.typed(message.content))
        if message.reply:
            self._actions.reply_again(message.conversation, message.reply)
            self.tell("The next line is an answer still; an empty one gives that up.")

    @_heard.register
    def _on_edit_refused(self, message: answers.EditRefused) -> None:
        self.tell(message.reason, error=True)
        self.put_back(slash.typed(message.content))

    @_heard.register
    def _on_thrown_away(self, message: answers.ThrownAway) -> None:
        self.tell("Thrown away:")
        self.write(safe_text(message.content))

    @_heard.register
    def _on_opened(self, message: answers.Opened) -> None:
        self._model.apply(message.state)
        self._model.open(message.state.conversation)
        self._holding.release()

    @_heard.register
    def _on_password_wanted(self, message: answers.PasswordWanted) -> None:
        self._actions.enter(message.channel, message.reason)

    @_heard.register
    def _on_not_opened(self, message: answers.NotOpened) -> None:
        self._model.give_up()
        self.tell(message.reason, error=True)
        self._holding.release()

    # -- a stage for the actions -------------------------------------------------------------

    @property
    def model(self) -> ChatModel:
        """All that is known."""
        return self._model

    @property
    def actions(self) -> PlainActions:
        """What the user can do."""
        return self._actions

    @property
    def errands(self) -> Errands | None:
        """Asks the server, once there is a client."""
        return self._errands

    @property
    def holding(self) -> Holding:
        """What is typed while a conversation is being opened."""
        return self._holding

    def run_command(self, command: Command, argument: str = "") -> None:
        """Carry out a command."""
        self._actions.run(command, argument)

    def open_conversation(self, conversation: str) -> None:
        """Read another conversation out."""
        self._model.open(conversation)

    def to_newest(self) -> None:
        """Lines are always at their end."""

    def put_back(self, line: str) -> None:
        """Give back a line that could not be said, to be copied: there is nowhere to put it."""
        self.write("-- it was:")
        for each in safe_text(line).split("\n"):
            self.write(each)

    def swap_line(self, line: str) -> str:
        """Show a line to be changed: nothing is ever begun here."""
        if line:
            self.write("-- it says:")
            for each in safe_text(line).split("\n"):
                self.write(each)
        return ""

    @property
    def options(self) -> Mapping[str, Any]:
        """The settings, by name."""
        return self._options

    def set_option(self, option: Option, value: Any) -> None:
        """Change a setting, and keep it."""
        if option.name == "keywords":
            self._model.hits.keywords = Keywords.of(value)
        if option.live:
            self._options[option.name] = value
        self._settings.kept(option, value)

    def how(self, command: str) -> str:
        """Return how a command is given: there are no keys."""
        slash_names = BY_ID[command].slash
        return f"/{slash_names[0]}" if slash_names else "/list"

    def begin_writing(self, what: str) -> None:
        """Tell what the next line does."""
        self.tell(f"{what}: with the next line. An empty one gives up.")

    def refresh_soon(self) -> None:
        """Lines that are written stay as they are."""

    def tell(self, text: str, *, error: bool = False) -> None:
        """Tell a sentence."""
        first, *others = safe_text(text).split("\n")
        self.write(f"-- {'error: ' if error else ''}{first}")
        for line in others:
            self.write(f"   {line}")

    def toast(self, text: str, *, error: bool = False, seconds: float = 4) -> None:
        """Tell a sentence: a line stays, however long it would be shown."""
        del seconds
        self.tell(text, error=error)

    def retry_now(self) -> None:
        """Dial without waiting any longer."""
        if self._errands is not None:
            self._errands.client.retry_now()

    def tell_connection(self) -> None:
        """Tell where one is, and as whom."""
        connection = self._model.state.connection
        if isinstance(connection, Online):
            self.tell(f"You are at {safe_line(connection.url)} as {safe_line(connection.user)}.")
        elif isinstance(connection, Offline):
            self.tell(f"There is no connection: {safe_line(connection.reason)}")
        else:
            self.tell(f"{self._settings.url} is being dialled.")
        self.tell("For another server or another name leave, and start with --server or --user.")
