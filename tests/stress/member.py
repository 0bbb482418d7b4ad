"""Somebody in the chat who keeps his place over any number of connections of our own making."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stress import frames
from stress.ledger import Entry, Ledger, Stream
from stress.line import LIFETIME, Line, LineLost, Refused, dial

if TYPE_CHECKING:
    import random
    import ssl
    from collections.abc import Callable, Sequence

FAULTS: Final = frozenset(("protocol-violation", "bad-request", "internal"))
"""Codes with which no line should end: one of the sides has a fault."""

ALL: Final = 1_000_000
"""As ``max``: skip nothing."""


class Event(msgspec.Struct):
    """An item of ``events``, whatever its type."""

    type: str
    conversation: str = ""
    seq: int = 0
    id: str = ""
    user: str = ""
    content: str = ""
    at: int = 0
    kind: str = ""
    name: str = ""
    epoch: str = ""
    head: int = 0
    read: int = 0
    resumed: bool = False


_decode = msgspec.json.Decoder(Event).decode


@dataclass(frozen=True, slots=True)
class Reading:
    """How somebody reads."""

    credit: int = frames.UNLIMITED
    """Events that he takes unasked; see `Member.grant`."""
    receive_buffer: int | None = None
    """Bytes that the kernel keeps for him when he does not read; None: as it likes."""
    lifetime: float = LIFETIME
    """Seconds of silence after which he gives a line up."""
    source: str = ""
    """The address that he comes from; empty: the machine's own."""
    tls: ssl.SSLContext | None = None
    """What his lines are encrypted with."""


class Member:
    """A receiver, and somebody to send as (`stress.writer`).

    Args:
        name: What he is called.
        ledger: Where what he sees is noted.
        port: Where to dial; asked each time.
        rng: The waits between dials.
        channels: Where he is to be.
        label: Whose view it is in the ledger, where one person has several.
        token: Of an identity that is there already: he is another terminal of it.
        reading: How he reads.
    """

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        port: Callable[[], int],
        rng: random.Random,
        *,
        channels: Sequence[str] = (),
        label: str = "",
        token: str = "",
        reading: Reading | None = None,
    ) -> None:
        self.name = name
        self.label = label or name
        self.token = token
        """What the server answered to the last login."""
        self.line: Line | None = None
        """The line, while he is logged in."""
        self.grant: Callable[[int], None] = lambda _: None
        """Gives the server credit for more events on the line that stands."""
        self.losses: list[LineLost] = []
        """How each line ended that he was logged in on."""
        self.reads: dict[str, int] = {}
        """His read marker in each conversation, as he was told last."""
        self.streams: dict[str, Stream] = {}
        """By conversation id."""
        self.on_message: Callable[[str], None] = lambda _: None
        """Called with the content of each message that he hears."""
        self._ledger = ledger
        self._port = port
        self._rng = rng
        self._channels = list(channels)
        self._joined: set[str] = set()
        reading = reading or Reading()
        self._credit = reading.credit
        self._dial = functools.partial(
            dial,
            lifetime=reading.lifetime,
            receive_buffer=reading.receive_buffer,
            source=reading.source,
            tls=reading.tls,
            fault=lambda what: self._say("a line", what),
        )
        self._stalled = False
        self._stated: set[str] = set()
        self._expected: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    # -- life --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to dial, and keep at it."""
        self._task = asyncio.create_task(self._run(), name=f"member {self.label}")

    async def up(self) -> Line:
        """Wait for a line on which he is logged in and in all of his channels."""
        await self._ledger.until(lambda: self.line is not None)
        assert self.line is not None
        return self.line

    async def lost(self, count: int) -> None:
        """Wait until so many lines have ended that he was logged in on."""
        await self._ledger.until(lambda: len(self.losses) >= count)

    async def ask(self, route: str, request: dict[str, Any]) -> None:
        """Ask for something that may be asked for again, until it is answered."""
        while True:
            line = await self.up()
            try:
                await line.request(route, msgspec.json.encode(request))
            except LineLost:
                await line.ended.wait()
                await asyncio.sleep(0)
            except Refused as refused:
                if refused.retry is False:
                    raise
                await asyncio.sleep(0.05)
            else:
                return

    async def mark_read(self, conversation: str, seq: int) -> None:
        """Say that everything up to ``seq`` has been seen."""
        await self.ask("conversation.read", {"conversation": conversation, "seq": seq})

    def hang_up(self) -> None:
        """Drop the line, and dial again."""
        if self.line is not None:
            self.line.abort()

    def stall(self) -> None:
        """Read nothing from now on, until `go_on`; also on the lines that come."""
        self._stalled = True
        if self.line is not None:
            self.line.pause()

    def go_on(self) -> None:
        """Read again."""
        self._stalled = False
        if self.line is not None:
            self.line.resume()

    async def aclose(self, *, logout: bool = True) -> None:
        """Say goodbye and dial no more."""
        if logout and self.line is not None:
            with contextlib.suppress(LineLost, Refused, TimeoutError):
                async with asyncio.timeout(1):
                    await self.line.request("logout", b"")
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            line: Line | None = None
            try:
                line = await self._dial(self._port())
                await self._begin(line)
                self.line = line
                if self._stalled:
                    line.pause()
                self._ledger.pulse()
                await line.ended.wait()
            except (OSError, LineLost, Refused) as error:
                if isinstance(error, Refused) and error.code == "unknown-token":
                    sentence = f"{self.label}: the server has forgotten his identity"
                    self._ledger.problem(sentence, hopeless=True)
                    return
            finally:
                if self.line is not None and self.line.loss is not None:
                    self._lost(self.line.loss)
                self.line = None
                if line is not None:
                    line.abort()
            await asyncio.sleep(self._rng.uniform(0.0, 0.05))

    def _lost(self, loss: LineLost) -> None:
        self.losses.append(loss)
        if loss.why is not None and loss.why.code in FAULTS:
            self._say("a line", f"it was ended with {loss.why}")
        self._ledger.pulse()

    async def _begin(self, line: Line) -> None:
        answer = await line.request("login", self.name.encode(), token=self.token)
        self.token = answer.decode()
        self._stated.clear()
        # What he was in when he came: each has to be named before `live`.
        self._expected = set(self.streams)
        after = {
            id_: {"epoch": stream.epoch, "seq": stream.last} for id_, stream in self.streams.items()
        }
        request = msgspec.json.encode({"after": after, "max": ALL})
        self.grant = line.stream("events", request, self._take, self._credit)
        for channel in self._channels:
            if channel not in self._joined:
                await line.request("channel.join", channel.encode())
                self._joined.add(channel)

    # -- what he hears -----------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        event = _decode(data)
        match event.type:
            case "message":
                self._hear(event)
            case "state":
                self._open(event)
            case "read":
                self.reads[event.conversation] = max(
                    event.seq, self.reads.get(event.conversation, 0)
                )
                self._ledger.pulse()
            case "live":
                for missing in self._expected - self._stated:
                    self._say(self.streams[missing].name, "is not named after coming back")
            case "parted" | "skipped" | "expired":
                self._say(event.conversation, f"an event that cannot be: {event.type}")

    def _open(self, state: Event) -> None:
        name = state.name if state.kind == "channel" else f"@{state.name}"
        self._stated.add(state.conversation)
        self.reads[state.conversation] = state.read
        known = self.streams.get(state.conversation)
        if known is None:
            self.streams[state.conversation] = self._ledger.stream(
                self.label, state.conversation, name, state.epoch, state.head
            )
        elif state.epoch != known.epoch:
            self._say(name, "has another epoch, and nothing was restored")
        elif state.head < known.last:
            self._say(name, f"ends at {state.head} after {known.last} was heard")
        elif state.conversation in self._expected and not state.resumed:
            self._say(name, "was not taken up where it was left")
        self._expected.discard(state.conversation)
        self._ledger.pulse()

    def _hear(self, event: Event) -> None:
        stream = self.streams.get(event.conversation)
        if stream is None:
            self._say(event.conversation, "a message came before its state")
            return
        entry = Entry(event.seq, event.id, event.user, event.content, event.at)
        if event.user == self.name:
            self.reads[event.conversation] = max(event.seq, self.reads[event.conversation])
        if event.seq <= stream.last:
            stream.repeated += 1
            if entry not in stream.heard:
                self._say(stream.name, f"{event.seq} came again, and was another")
            return
        if event.seq != stream.last + 1:
            self._say(stream.name, f"{event.seq} came after {stream.last}")
        stream.heard.append(entry)
        self.on_message(event.content)
        self._ledger.pulse()

    def _say(self, where: str, what: str) -> None:
        self._ledger.problem(f"{self.label} in {where}: {what}")
