"""Attackers in a process of their own, which gives way to those who measure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Self

from stress.accounts import PASSWORD
from stress.attacks import ATTACKS
from stress.raw import authority_of
from stress.regulars import PLACE
from stress.scene import Scene, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stress.arena import Arena
    from stress.server import Child

ACCOUNTS: Final = 5
"""That there are in a round, to try passwords of: ``account0`` and so on."""

_BYTES: Final = 64 * 1024


# -- in the attackers' process -----------------------------------------------------------------


def main(order: dict[str, Any], control: int) -> int:
    """Do what the order says until there is another, and say then what came of it."""
    # On a machine of their own they would take nothing from the server and from those who measure;
    # with two cores for all, they have what those leave.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with socket.socket(fileno=control) as asked:
        asked.settimeout(0)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_run(order, asked))
    return 0


async def _run(order: dict[str, Any], asked: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    scene = Scene(order)
    tasks = [
        asyncio.create_task(ATTACKS[each["kind"]](scene, **each["how"]), name=each["kind"])
        for each in order["attacks"]
    ]
    await loop.sock_recv(asked, 16)
    failed = [repr(each.exception()) for each in tasks if each.done() and each.exception()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tally = scene.tally
    told = [tally.done, tally.refused, tally.endless, failed]
    await loop.sock_sendall(asked, json.dumps(told).encode())


# -- in the round's process --------------------------------------------------------------------


class Gang:
    """Attackers. ``async with`` it: they begin, and have gone at the end.

    Args:
        arena: The round.
        attacks: Kinds of `attacks.ATTACKS`, each as often as it is named.
        seconds: For how long they are there, about.
        how: Further arguments of each.
    """

    def __init__(self, arena: Arena, attacks: Sequence[str], seconds: float, **how: Any) -> None:
        self.tally = Tally()
        """What came of it, at the end."""
        self._arena = arena
        server = arena.server
        self._order = {
            "run": "stress.gang:main",
            "attacks": [{"kind": kind, "how": how} for kind in attacks],
            "seconds": seconds,
            "port": server.port,
            "web-port": server.web_port,
            "authority": authority_of(arena.folder, tls=arena.tls is not None),
            "place": PLACE,
            "accounts": ACCOUNTS,
            "password": PASSWORD,
            # Other addresses than those of any gang before: nothing is left of their limits.
            "addresses": f"127.{arena.network()}",
        }
        self._child: Child | None = None
        self._control: socket.socket | None = None

    async def __aenter__(self) -> Self:
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.settimeout(0)
        self._control = control
        log = self._arena.folder / "attackers.log"
        with theirs, log.open("ab") as output:
            descriptors = [theirs.fileno(), output.fileno(), output.fileno()]
            self._child = await self._arena.launcher.start(self._order, descriptors)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._control is not None
        assert self._child is not None
        loop = asyncio.get_running_loop()
        with self._control as control, contextlib.suppress(OSError):
            await loop.sock_sendall(control, b"enough")
            answer = await loop.sock_recv(control, _BYTES)
            if answer:
                done, refused, endless, failed = json.loads(answer)
                self.tally = Tally(Counter(done), Counter(refused), Counter(endless))
                for each in failed:
                    self._arena.ledger.problem(f"attackers failed: {each}")
            else:
                self._arena.ledger.problem("attackers died: see attackers.log")
        await self._child.ended
