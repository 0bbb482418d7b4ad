"""One round: a server, people who talk, what is done to them, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Self

from rchat_tui.client.store.sqlite import SqliteClientStore
from stress.accounts import register
from stress.chatter import Chatter
from stress.ledger import Entry, Ledger
from stress.logs import read_log
from stress.member import Member, Reading
from stress.proxy import Fate, Proxy
from stress.server import Launcher, ServerProcess, Standing
from stress.setting import Setting, Size
from stress.verdict import Verdict, judge
from stress.writer import Work, Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

CATCH_UP: Final = 15.0
"""Seconds after the last fault in which everybody has to have everything."""

CALM: Final = 5.0
"""Seconds after the last client has gone in which tasks and files are to be back."""


class Arena:
    """What a scenario works with. ``async with`` it; the verdict is there at the end.

    Args:
        name: The scenario's.
        seed: The round's.
        folder: Where the server, and clients, keep their files.
        launcher: Starts processes.
        setting: For the server.
        size: How much is done.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        *,
        folder: Path,
        launcher: Launcher,
        setting: Setting,
        size: Size | None = None,
    ) -> None:
        self.rng = random.Random(f"{name}/{seed}")
        """The scenario's chance: always drawn from in the same order. Every other part of the round
        has its own (`rng_of`), so that none of them changes what another draws."""
        self.seed = f"{name}/{seed}"
        self.folder = folder
        self.launcher = launcher
        self.ledger = Ledger()
        self.size = size = size or Size()
        self.hasty = size.hasty
        self.server = _server(launcher, folder, setting, hasty=size.hasty)
        guard = setting.guard
        self.tls = None if guard is None else guard.trust(folder)
        """What clients encrypt with."""
        self.members: list[Member] = []
        self.chatters: list[Chatter] = []
        self.writers: list[Writer] = []
        self.verdict = Verdict()
        self._setting = setting
        self._writing: list[asyncio.Task[None]] = []
        self._proxies = contextlib.AsyncExitStack()
        self._impatience: asyncio.Task[None] | None = None
        self._baseline: Standing | None = None
        self._network = 1  # the regulars' own

    # -- its life ----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.launcher.__aenter__()
        try:
            await self.server.start()
            fresh = await self.server.how()
            await self._warm_up()
            self._baseline = await self._calm(lambda now: now.tasks == fresh.tasks)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._leave()
            if self.server.running:
                await self.server.stop(signal.SIGKILL)
        finally:
            await self.launcher.__aexit__()

    async def finish(self) -> None:
        """Let everything arrive, everybody leave, the server end, and judge."""
        self.grow_impatient()
        await self.all_said()
        logs = await self.caught_up()
        await self._leave()
        await self._back_to_start()
        code = await self.server.stop(signal.SIGTERM)
        if code != 0:
            self.ledger.problem(f"the server ended with {code}")
        self._look_at_log()
        self.verdict = judge(self.ledger, logs)

    async def caught_up(self) -> dict[str, list[Entry]]:
        """Wait until everybody who is there has everything, but not for ever; return the logs."""
        logs = await self.read_logs()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP):
                await self.ledger.until(lambda: self._all_have(logs))
        return logs

    # -- people ------------------------------------------------------------------------------------

    def member(self, name: str, *, via: Proxy | None = None, **options: Any) -> Member:
        """Bring somebody in whose client is ours."""
        place = via or self.server
        options.setdefault("reading", Reading(tls=self.tls))
        rng = self.rng_of(f"member {options.get('label', name)}")
        member = Member(name, self.ledger, lambda: place.port, rng, **options)
        self.members.append(member)
        member.start()
        return member

    def chatter(self, name: str, *, via: Proxy | None = None, **options: Any) -> Chatter:
        """Bring somebody in who uses the product's client."""
        port = (via or self.server).port
        rng = self.rng_of(f"chatter {options.get('label', name)}")
        chatter = Chatter(name, self.ledger, f"tcp://127.0.0.1:{port}", rng, **options)
        self.chatters.append(chatter)
        chatter.start()
        return chatter

    def write(self, member: Member | Chatter, work: Work) -> None:
        """Let somebody begin to say what is his to say."""
        number = len(self._writing)
        rng = self.rng_of(f"writer {number}")
        if isinstance(member, Member):
            writer = Writer(member, work, self.ledger, rng)
            self.writers.append(writer)
            coroutine = writer.run()
        else:
            coroutine = member.say(work, rng)
        self._writing.append(asyncio.create_task(coroutine, name=f"writer {number}"))

    def network(self) -> int:
        """Return the second part of addresses from which nobody came in this round."""
        self._network += 1
        return self._network

    def store(self, name: str) -> dict[str, Any]:
        """Return what lets a chatter keep things on disk, in a file of that name."""
        return {"store": SqliteClientStore(self.folder / "clients" / f"{name}.db")}

    async def proxy(self, fate: Callable[[int], Fate] = lambda _: Fate()) -> Proxy:
        """Put a line with faults before the server."""
        proxy = Proxy(lambda: self.server.port, fate, seed=self.seed)
        return await self._proxies.enter_async_context(proxy)

    async def all_said(self) -> None:
        """Wait until everything is said, and known what became of it."""
        await asyncio.gather(*self._writing)

    async def restart(self, how: signal.Signals) -> None:
        """End the server, and start it again on the same folder."""
        await self.server.stop(how)
        self.ledger.faults["restarts"] += 1
        await self.server.start()

    async def until_acknowledged(self, count: float) -> None:
        """Wait until so many messages are acknowledged."""
        await self.ledger.until(lambda: self.ledger.acknowledged >= count)

    @property
    def in_hand(self) -> int:
        """Messages that were sent, and of which nothing is known yet."""
        return sum(writer.waiting for writer in self.writers)

    def refusals(self, code: str) -> int:
        """How often writers were told to try again, and why."""
        return sum(writer.refusals.get(code, 0) for writer in self.writers)

    async def until_refused(self, code: str, count: int) -> None:
        """Wait until writers were told so often to try again, for that reason."""
        await self.ledger.until(lambda: self.refusals(code) >= count)

    async def everybody(self) -> None:
        """Wait until everybody is there."""
        for member in self.members:
            await member.up()
        for chatter in self.chatters:
            await chatter.here()

    def grow_impatient(self) -> None:
        """From now on let people who wait for the next dial press the key that dials at once."""
        if self._impatience is None:
            self._impatience = asyncio.create_task(self._nudge(), name="impatience")

    async def _nudge(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            for chatter in self.chatters:
                chatter.chat.retry_now()

    def rng_of(self, what: str) -> random.Random:
        """Return chance for one part of the round, whatever the others draw."""
        return random.Random(f"{self.seed}/{what}")

    # -- reading the logs --------------------------------------------------------------------------

    async def read_logs(self) -> dict[str, list[Entry]]:
        """Return each conversation's entries, read by somebody who was not there."""
        channels: dict[str, str] = {}
        logs: dict[str, list[Entry]] = {}
        for (_, conversation), stream in tuple(self.ledger.streams.items()):
            if not stream.name.startswith("@"):
                channels[conversation] = stream.name
            elif conversation not in logs:
                reader = next(each for each in self.members if conversation in each.streams)
                logs[conversation] = await read_log(reader, conversation)
        reader = self.member("reader", channels=sorted(set(channels.values())))
        for conversation in channels:
            logs[conversation] = await read_log(reader, conversation)
        self.members.remove(reader)
        await reader.aclose()
        for stream in reader.streams.values():
            stream.ended = True
        return logs

    def _all_have(self, logs: dict[str, list[Entry]]) -> bool:
        return all(
            stream.last >= len(logs[conversation]) and not stream.missing
            for (_, conversation), stream in self.ledger.streams.items()
            if not stream.ended
        )

    # -- the end -----------------------------------------------------------------------------------

    async def _leave(self) -> None:
        tasks = [*self._writing, *([self._impatience] if self._impatience else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        closing: list[Awaitable[None]] = [each.aclose() for each in self.members]
        closing += [each.aclose() for each in self.chatters]
        self._writing, self.members, self.chatters = [], [], []
        await asyncio.gather(*closing)
        await self._proxies.aclose()

    async def _warm_up(self) -> None:
        """Let the server do all that it does once for good, as to open files for its readers."""
        ledger, members, self.ledger, self.members = self.ledger, self.members, Ledger(), []
        try:
            guest = self.member("warmup", channels=["warm-up"])
            await guest.up()
            # As many as one may write at once, where there are limits.
            few = self._setting.guard is not None
            work = Work("warm-up", 5 if few else 30, 32, smallest=1000, largest=1000)
            await Writer(guest, work, self.ledger, self.rng_of("warm-up")).run()
            (conversation,) = guest.streams
            await asyncio.gather(*(read_log(guest, conversation) for _ in range(16)))
            await guest.aclose()
            # To stretch a password takes 19 MiB, which the thread for it keeps.
            await register(self.server.port, self.tls, [f"w{self.network()}" for _ in "123"])
        finally:
            self.ledger, self.members = ledger, members

    async def _back_to_start(self) -> None:
        """See that the server has as many tasks and files as before anybody came."""
        before = self._baseline
        assert before is not None
        await self._warm_up()
        now = await self._calm(
            lambda now: not (_difference(before.tasks, now.tasks) | _files(before, now))
        )
        for what, difference in (
            ("tasks", _difference(before.tasks, now.tasks)),
            ("files", _files(before, now)),
        ):
            if difference:
                self.ledger.problem(f"the server's {what} are not those of before: {difference}")
        grown = now.memory - before.memory
        self.ledger.figures["MiB grown"] = max(0, grown) / 2**20
        if grown > self._setting.memory:
            self.ledger.problem(f"the server has grown by {grown / 2**20:.1f} MiB")

    async def _calm(self, condition: Callable[[Standing], bool]) -> Standing:
        """Wait until the server is as it should be, and twice the same; return how it is."""
        end = time.monotonic() + CALM
        last = await self.server.how()
        while True:
            await asyncio.sleep(0.01)
            now = await self.server.how()
            same = (last.tasks, last.files) == (now.tasks, now.files)
            if (same and condition(now)) or time.monotonic() > end:
                return now
            last = now

    def _look_at_log(self) -> None:
        for line in self.server.log.splitlines():
            if (" level=error " in line or "Traceback" in line) and not any(
                allowed in line for allowed in self._setting.may_log
            ):
                self.ledger.problem(f"the server's log: {line}")


def _server(launcher: Launcher, folder: Path, setting: Setting, *, hasty: bool) -> ServerProcess:
    guard = setting.guard
    order = {
        "limits": setting.limits if hasty else {},
        "policy": setting.policy if hasty else {},
        "deadlines": guard.deadlines if guard is not None and hasty else {},
        "guarded": guard is not None,
        "plant": setting.plant,
    }
    options = ["--no-limits"] if guard is None else guard.options(folder, hasty=hasty)
    web = guard is not None and guard.web
    return ServerProcess(launcher, str(folder / "server"), options, web=web, order=order)


def _difference(before: Sequence[str], now: Sequence[str]) -> dict[str, int]:
    """Return how many more there are of what, or fewer."""
    counts = Counter(now)
    counts.subtract(Counter(before))
    return {what: count for what, count in counts.items() if count}


def _files(before: Standing, now: Standing) -> dict[str, int]:
    """Return the difference in files, but for one reader of the database more or less.

    There are two threads that read, and each opens it when it first has something to read.
    """
    return {
        what: count
        for what, count in _difference(before.files, now.files).items()
        if abs(count) > 1 or not what.endswith(("rchat.db", "rchat.db-wal"))
    }
