"""What goes wrong, and when: one kind after the other, by chance, until the world is calm."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from simulate.image import Image
from simulate.network import Weather

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulate.network import Line
    from simulate.presence import Presence
    from simulate.terminals import Terminal
    from simulate.world import World


class Trouble:
    """Whoever makes things go wrong.

    Args:
        world: In which.
        terminals: Whose clients may die.
        presence: Who is told whose identity is gone.
    """

    def __init__(self, world: World, terminals: list[Terminal], presence: Presence) -> None:
        self._world = world
        self._terminals = terminals
        self._presence = presence
        self._rng = world.chance("trouble")
        self._backup: Image | None = None

    async def make(self) -> None:
        """Make trouble until the world is calm."""
        world, plan = self._world, self._world.plan
        while not world.calm:
            await asyncio.sleep(self._rng.expovariate(1 / plan.pause))
            if plan.troubles and not world.calm:
                await KINDS[self._rng.choice(plan.troubles)](self)

    async def heal(self) -> None:
        """Undo what is wrong now, and let nothing go wrong any more."""
        world = self._world
        world.calm = True
        world.note("world", "calm")
        weather = Weather()
        for name in Weather.__slots__:
            setattr(world.weather, name, getattr(weather, name))
        world.speed.full = False
        world.speed.stall = 0.0
        world.speed.commit = 0.004
        for line in world.lines:
            line.resume()
        if world.process is None:
            world.start_server()
        for terminal in self._terminals:
            terminal.person.profile.full = False
            if not terminal.running:
                terminal.start()

    # -- lines -------------------------------------------------------------------------------------

    def _a_line(self) -> Line | None:
        lines = [line for line in self._world.lines if line.stands]
        return self._rng.choice(lines) if lines else None

    async def _cut(self) -> None:
        if line := self._a_line():
            self._world.note("network", f"cuts the line of {line.client.process.name}")
            line.cut(deaf=self._rng.choice((0.0, 0.5)))

    async def _swallow(self) -> None:
        if line := self._a_line():
            self._world.note(
                "network", f"swallows what {line.client.process.name} is sent or sends"
            )
            line.swallow()
            if self._rng.random() < 0.7:
                self._later(self._rng.uniform(0.1, 40), line.resume)

    async def _half_close(self) -> None:
        if line := self._a_line():
            self._world.note("network", f"closes the line of {line.client.process.name} by half")
            line.finish()

    async def _bad_weather(self) -> None:
        weather = self._world.weather
        weather.latency = self._rng.choice((0.001, 0.05, 0.5))
        weather.jitter = self._rng.choice((0.0, 0.01, 0.5, 2.0))
        weather.pieces = self._rng.choice((0.0, 0.5, 1.0))
        weather.window = self._rng.choice((100, 4096, 64 * 1024))
        self._world.note("network", f"{weather}")

    # -- the server --------------------------------------------------------------------------------

    async def _stall(self) -> None:
        world = self._world
        all_there_are = [world.process, *(terminal.process for terminal in self._terminals)]
        processes = [process for process in all_there_are if process is not None]
        if processes:
            process, seconds = self._rng.choice(processes), self._rng.choice((0.1, 3, 30))
            world.note(process.name, f"stands still for {seconds} s")
            world.loop.stall(process, seconds)
            if process is world.process:
                world.stalled_until = max(world.stalled_until, world.loop.now + seconds)

    async def _kill_server(self) -> None:
        self._world.kill_server()
        await self._down()

    async def _kill_at_commit(self) -> None:
        """Kill the server when something is on the disk and nobody was told."""
        disk = self._world.disk
        if disk is None:
            return
        died = asyncio.get_running_loop().create_future()

        def die() -> None:
            disk.on_commit = lambda: None
            if self._world.disk is disk and not self._world.calm:
                self._world.kill_server()
            if not died.done():
                died.set_result(None)

        disk.on_commit = die
        await asyncio.wait((died,), timeout=5)
        disk.on_commit = lambda: None
        if self._world.process is None:
            await self._down()

    async def _power_off(self) -> None:
        self._world.kill_server(power=True)
        await self._down()

    async def _restart_server(self) -> None:
        if self._world.process is not None and self._world.process.waiting is None:
            await self._world.stop_server()
            await self._down()

    async def _down(self) -> None:
        """Let some time go, and start the server again."""
        await asyncio.sleep(self._rng.choice((0.0, 0.5, 3, 10)))
        if self._world.process is None and not self._world.calm:
            self._world.start_server()

    async def _restore(self) -> None:
        """Make a backup; or put it back, if there is one; or lose everything."""
        world = self._world
        if self._rng.random() < 0.3:
            self._backup = Image("", world.plan.keep)
        if self._backup is None:
            world.note("disk", "is backed up")
            self._backup = world.image.copy(world.image.epoch)
        else:
            world.kill_server()
            world.restore(self._backup)
            for terminal in self._terminals:  # who is not in it begins anew
                self._presence.reason(terminal.person.name)
            self._backup = None
            await self._down()

    async def _slow_disk(self) -> None:
        speed = self._world.speed
        speed.commit = self._rng.choice((0.001, 0.05, 0.5))
        speed.read = self._rng.choice((0.0, 0.01, 0.3))
        speed.stall = self._rng.choice((0.0, 0.02, 0.2))
        self._world.note("disk", f"{speed}")

    async def _disk_full(self) -> None:
        self._world.note("disk", "is full")
        self._world.speed.full = True
        await asyncio.sleep(self._rng.uniform(0.1, 6))
        self._world.speed.full = False
        self._world.note("disk", "has room")

    async def _unreadable_disk(self) -> None:
        self._world.note("disk", "cannot be read")
        self._world.speed.unreadable = True
        await asyncio.sleep(self._rng.uniform(0.1, 6))
        self._world.speed.unreadable = False
        self._world.note("disk", "can be read")

    # -- clients -----------------------------------------------------------------------------------

    def _a_terminal(self) -> Terminal:
        return self._rng.choice(self._terminals)

    async def _kill_client(self) -> None:
        terminal = self._a_terminal()
        terminal.kill()
        await self._come_back(terminal)

    async def _quit_client(self) -> None:
        terminal = self._a_terminal()
        if terminal.process is not None and terminal.process.waiting is None:
            await terminal.quit()
            await self._come_back(terminal)

    async def _come_back(self, terminal: Terminal) -> None:
        await asyncio.sleep(self._rng.choice((0.0, 0.5, 3, 8)))
        if not terminal.running and not self._world.calm:
            terminal.start()

    async def _client_disk_full(self) -> None:
        profile = self._a_terminal().person.profile
        profile.full = True
        await asyncio.sleep(self._rng.uniform(0.1, 3))
        profile.full = False

    async def _lose_token(self) -> None:
        """Take a person's login away, as somebody who deletes a file does."""
        person = self._a_terminal().person
        his = [each for each in self._terminals if each.person is person]
        for terminal in his:
            terminal.kill()
        self._world.note(person.name, "has lost his file")
        person.lose_file()
        his[0].promise.lost(person.name)
        self._presence.reason(person.name)
        for terminal in his:
            await self._come_back(terminal)

    async def _clock(self) -> None:
        clock = self._rng.choice([self._world.clock, self._a_terminal().person.clock])
        clock.offset += self._rng.choice((-86_400, -5, 5, 86_400, 7 * 86_400))
        self._world.note("world", f"a clock is {clock.offset} s ahead")

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self._world.loop.call_later(seconds, do, context=self._world.loop.harness.context)


KINDS: Final[dict[str, Callable[[Trouble], Awaitable[None]]]] = {
    "cut": Trouble._cut,
    "swallow": Trouble._swallow,
    "half-close": Trouble._half_close,
    "bad weather": Trouble._bad_weather,
    "stall": Trouble._stall,
    "kill server": Trouble._kill_server,
    "kill at commit": Trouble._kill_at_commit,
    "power off": Trouble._power_off,
    "restart server": Trouble._restart_server,
    "kill client": Trouble._kill_client,
    "quit client": Trouble._quit_client,
    "disk full": Trouble._disk_full,
    "client disk full": Trouble._client_disk_full,
    "slow disk": Trouble._slow_disk,
    "unreadable disk": Trouble._unreadable_disk,
    "clock": Trouble._clock,
    "restore": Trouble._restore,
    "lose token": Trouble._lose_token,
}
