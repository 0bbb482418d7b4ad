"""What there is in a run: a server that may die, the lines to it, and what is noted of it all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from rchat_protocol.transport.endpoint import CLOSE_GRACE
from rchat_server.compose import server_of
from rchat_server.core.commands import QueueLimits
from rchat_server.core.hub import Hub, HubLimits
from rchat_server.core.lobby import LobbyLimits
from rchat_server.gateway.server import DRAIN_GRACE
from rchat_tui.client.connection import Connection
from rchat_tui.client.errors import ConnectFailed
from simulate.disk import Disk, DiskSpeed
from simulate.image import Image
from simulate.loop import Process, SimulationError, virtual_loop
from simulate.network import Line, Weather
from simulate.plan import chance
from support.chat import PlainPasswords

if TYPE_CHECKING:
    import random

    from rchat_server.gateway.server import Server
    from rchat_server.service import Caller
    from rchat_tui.client.address import ServerAddress
    from simulate.loop import VirtualLoop
    from simulate.plan import Plan

URL: Final = "tcp://server:6565"

BIRTH: Final = 1_790_000_000_000
"""The time of day, in milliseconds, at the loop's second 0."""

DIAL_TIMEOUT: Final = 5.0
"""As that of the client's own `dial_server`."""


class BrokenPromiseError(SimulationError):
    """A promise was not kept."""


class Machine:
    """A clock on a wall, which can be set. It is a core's and a client's ``Clock``."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.offset = 0.0
        """Seconds that it is ahead."""

    def now_ms(self) -> int:
        """Return the time of day."""
        return BIRTH + int((self._loop.now + self.offset) * 1000)

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self._loop.now

    def call_later(self, delay: float, callback: object) -> asyncio.TimerHandle:
        """Call it after so many seconds."""
        return self._loop.call_later(delay, callback)  # type: ignore[arg-type, return-value]

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)


class World:
    """One run's world.

    Args:
        seed: What everything random comes from.
        plan: What there is, and what may happen.
    """

    def __init__(self, seed: int, plan: Plan) -> None:
        self.seed = seed
        self.plan = plan
        self.loop = virtual_loop()
        self.trace: list[tuple[float, str, object]] = []
        self.weather = Weather()
        self.speed = DiskSpeed()
        self.clock = Machine(self.loop)
        """The server's."""
        self.image = Image("e1", plan.keep)
        self.images = {"e1": self.image}
        """By epoch, as they were when their epoch ended."""
        self.process: Process | None = None
        """The server's, while it runs."""
        self.disk: Disk | None = None
        self.server: Server[Caller] | None = None
        self.powered = True
        """Whether the server's machine answers at all."""
        self.lines: list[Line] = []
        self.processes: list[Process] = []
        self.stalled_until = 0.0
        """When the server's last stall ended, or will."""
        self.calm = False
        """Whether nothing bad is to happen any more."""
        self._ids = 0
        self._starts = 0
        self._line_rng = self.chance("lines")

    # -- for everybody -----------------------------------------------------------------------------

    def chance(self, name: str) -> random.Random:
        """Return a source of chance of its own for ``name``."""
        return chance(self.seed, name)

    def note(self, who: str, what: object) -> None:
        """Write a line into the trace: a text, or an event that somebody hears."""
        self.trace.append((self.loop.now, who, what))

    def broken(self, what: str) -> None:
        """A promise was not kept: end the run."""
        self.note("CHECK", what)
        self.loop.fail(BrokenPromiseError(what))

    def new_process(self, name: str) -> Process:
        """Return a process that is buried with the world."""
        process = Process(name)
        self.processes.append(process)
        return process

    def new_id(self) -> str:
        """Return an id that was not used before, on any server of this world."""
        self._ids += 1
        return f"x{self._ids:03}"

    # -- the server --------------------------------------------------------------------------------

    def start_server(self) -> None:
        """Begin a server on the disk as it is."""
        assert self.process is None
        self._starts += 1
        self.powered = True
        for line in self.lines:
            line.resume()
        process = self.process = self.new_process(f"server{self._starts}")
        self.disk = Disk(
            self.image,
            self.loop,
            self.chance(process.name),
            self.speed,
            lambda what: self.note("disk", what),
        )
        self.server = process.context.copy().run(self._compose, self.disk)
        self.note(process.name, f"starts, epoch {self.image.epoch}")

    def _compose(self, disk: Disk) -> Server[Caller]:
        hub = Hub(
            store=disk,
            clock=self.clock,
            new_token=lambda: f"token-{self.new_id()}",
            new_id=self.new_id,
            passwords=PlainPasswords(),
            limits=HubLimits(
                queue=QueueLimits(commands=self.plan.queue),
                lobby=LobbyLimits(grace=self.plan.grace, absent_guests=self.plan.absent),
            ),
        )
        self.hub = hub
        return server_of(hub, disk, "server", 0, limits=self.plan.limits)

    def kill_server(self, *, power: bool = False) -> None:
        """End the server as ``kill -9`` does, or as a machine that loses its ``power``."""
        if self.process is None or self.disk is None:
            return
        self.note(self.process.name, "loses power" if power else "is killed")
        process = self._ended()
        self.loop.kill(process)
        self.powered = not power
        for line in self.lines:
            if line.server.process is process:
                line.orphan(process, goodbye=not power)

    async def stop_server(self) -> None:
        """End the server as it ends by itself."""
        process, server = self.process, self.server
        if process is None or server is None:
            return
        self.note(process.name, "stops")
        began = self.loop.now
        await self.loop.spawn(process, server.aclose(), name="stop")
        if self.process is process:
            self.server = None  # nobody comes in any more; who came a moment ago is told, and goes
            gone = self.loop.now + 2 * CLOSE_GRACE
            while server.connections and self.loop.now < gone:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0.05)
        if self.process is process:
            # What nobody waits for is written before the store is closed.
            while self.disk and not (self.disk.idle or self.speed.full):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
        if self.process is process:
            self.note(process.name, "has stopped")
            late = self.loop.now - began >= DRAIN_GRACE  # it gives up then, and the process ends
            if server.connections or (process.tasks and not late):
                left = [task.get_name() for task in process.tasks]
                self.broken(f"a server that has stopped leaves {left}, {server.connections} lines")
            self._ended()
            self.loop.kill(process)

    def _ended(self) -> Process:
        assert self.process is not None
        assert self.disk is not None
        process, disk = self.process, self.disk
        self.process = self.server = self.disk = None
        disk.crash()
        return process

    def restore(self, backup: Image) -> None:
        """Put a backup in the place of the disk, under a new epoch. No server runs meanwhile."""
        assert self.process is None
        epoch = f"e{len(self.images) + 1}"
        self.image = self.images[epoch] = backup.copy(epoch)
        self.note("disk", f"is restored from a backup: epoch {epoch}")

    # -- lines -------------------------------------------------------------------------------------

    async def dial(self, process: Process, address: ServerAddress) -> Connection:
        """Connect, as a client does. In the client's process.

        Raises:
            ConnectFailed: Nobody answers.
        """
        line = await self.connect(process, address.authority)
        return Connection(address, line.client)

    async def connect(self, process: Process, name: str) -> Line:
        """Return a line of ``process`` to the server. Raises as `dial` does."""
        await asyncio.sleep(self.weather.latency * 2)
        if not self.powered:
            await asyncio.sleep(DIAL_TIMEOUT)
            raise ConnectFailed(f"{name} did not answer.")
        server = self.process
        if server is None or self.server is None:
            raise ConnectFailed(f"{name} refused the connection.")
        line = Line(
            self.loop, process, server, self.weather, self._line_rng, limits=self.plan.limits
        )
        self.lines = [each for each in self.lines if each.stands]
        self.lines.append(line)
        listener = self.server._listener
        self.loop.call_soon(listener.serve, line.server, context=server.context)
        return line

    def bury(self) -> None:
        """Free everything, after the run."""
        self.loop.close()
        for process in [*self.processes, self.loop.harness]:
            self.loop.bury(process)
