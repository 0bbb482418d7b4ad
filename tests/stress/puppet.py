"""A client in a process of its own, with an outbox on disk: made to be killed."""

from __future__ import annotations

import asyncio
import pickle
import random
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rchat_tui.client import ChatClient
from rchat_tui.client.events import Skipped
from rchat_tui.client.store.sqlite import SqliteClientStore
from stress.chatter import join_all, read_back
from stress.ears import Ears

if TYPE_CHECKING:
    from collections.abc import Callable

    from stress.ledger import Ledger, Sent
    from stress.server import Child, Launcher

_REPORT_BYTES: Final = 256 * 1024


# -- in the client's process -------------------------------------------------------------------


def main(order: dict[str, Any], control: int) -> int:
    """Be a client: write what the order says, and report all that happens, until a signal."""
    with socket.socket(fileno=control) as reports:
        asyncio.run(_run(order, lambda kind, value: _report(reports, kind, value)))
    return 0


def _report(reports: socket.socket, kind: str, value: object) -> None:
    # Waits where nobody reads: what a killed process has said is then what was heard of it.
    reports.send(pickle.dumps((kind, value)))


async def _run(order: dict[str, Any], report: Callable[[str, object], None]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    chat = ChatClient(
        order["url"],
        user=order["user"],
        rng=random.Random(order["seed"]),
        store=SqliteClientStore(Path(order["store"])),
    )
    chat.start()
    tasks: set[asyncio.Task[None]] = set()
    tasks.add(asyncio.create_task(_listen(chat, report, tasks)))
    tasks.add(asyncio.create_task(_write(chat, order, report)))
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await chat.aclose()


async def _listen(
    chat: ChatClient, report: Callable[[str, object], None], tasks: set[asyncio.Task[None]]
) -> None:
    async for event in chat.events():
        report("event", event)
        if isinstance(event, Skipped):
            reading = read_back(
                chat,
                event.conversation,
                (event.first, event.last),
                lambda conversation, messages: report("page", (conversation, messages)),
            )
            tasks.add(asyncio.create_task(reading))


async def _write(
    chat: ChatClient, order: dict[str, Any], report: Callable[[str, object], None]
) -> None:
    rng = random.Random(order["seed"])
    conversation = order["conversation"]
    if not conversation:
        await join_all(chat, [order["channel"]], lambda channel: report("joined", channel))
        return
    for content in order["contents"]:
        report("writing", content)
        message_id = await chat.post(conversation, content)
        report("written", (content, message_id))
        await asyncio.sleep(rng.uniform(0, order["pause"]))
    report("done", None)


# -- in the round's process --------------------------------------------------------------------


class Puppet:
    """One run of a client's process, and what it has reported.

    Args:
        name: What its user is called.
        label: Whose view it is in the ledger.
        ledger: Where it is noted.
    """

    def __init__(self, name: str, label: str, ledger: Ledger) -> None:
        self.ears = Ears(name, label, ledger, lambda *_: None)
        self.begun = 0
        """How many messages it has begun to write."""
        self.done = False
        """Whether it has written all that it was told to."""
        self.joined = False
        self._ledger = ledger
        self._child: Child | None = None
        self._reports: socket.socket | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, launcher: Launcher, order: dict[str, Any], log: Path) -> None:
        """Start it. ``order`` names url, user, store, seed, and what to write or join."""
        reports, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reports.settimeout(0)
        with theirs, log.open("ab") as output:
            descriptors = [theirs.fileno(), output.fileno(), output.fileno()]
            self._child = await launcher.start({"run": "stress.puppet:main", **order}, descriptors)
        self._reports = reports
        self._reading = asyncio.create_task(self._read(), name=f"reports of {self.ears.label}")

    async def has_begun(self, count: int) -> None:
        """Wait until it has begun to write so many messages."""
        await self._ledger.until(lambda: self.begun >= count)

    async def stop(self, how: signal.Signals) -> int:
        """End it; return the exit code. What it has reported is noted then."""
        assert self._child is not None
        assert self._reading is not None
        code = await self._child.stop(how)
        await self._reading
        return code

    async def _read(self) -> None:
        assert self._reports is not None
        loop = asyncio.get_running_loop()
        with self._reports:
            while report := await loop.sock_recv(self._reports, _REPORT_BYTES):
                kind, value = pickle.loads(report)  # noqa: S301 - a process of ours
                self._take(kind, value, loop.time())
                self._ledger.pulse()

    def _take(self, kind: str, value: Any, now: float) -> None:
        match kind:
            case "event":
                self.ears.take(value, now)
            case "page":
                self.ears.read_back(*value)
            case "writing":
                self.begun += 1
            case "written":
                content, message_id = value
                sent: Sent = self._ledger.sent[content]
                sent.id, sent.kept = message_id, True
            case "joined":
                self.joined = True
            case "done":
                self.done = True
