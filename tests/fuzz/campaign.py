"""Many talks to one server, and a look at it after each few."""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

import uvloop

from fuzz import byte_talks, frame_talks, session_talks
from fuzz.findings import Broken, Finding, halves
from fuzz.judge import Judge
from fuzz.player import PATIENCE, Player
from fuzz.stall import Control
from fuzz.talks import Talk
from fuzz.watched import Standing, WatchedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAKERS: Final[dict[str, Callable[[int, int], Talk]]] = {
    "bytes": byte_talks.make,
    "frames": frame_talks.make,
    "sessions": session_talks.make,
}
"""What makes the talk of a seed and a number, by the name of the part."""

LONGEST_STALL: Final = 0.1
"""Seconds for which a loop may stand still."""

_AT_ONCE: Final = {"bytes": 64, "frames": 32, "sessions": 24}
_BATCH: Final = {"bytes": 800, "frames": 100, "sessions": 60}
"""Talks between two looks at the server."""

_WARM: Final = 0.3
"""The part of a campaign after which memory is measured for the first time: what is made once has
been made."""

_FLAT: Final = {"bytes": 16 << 20, "frames": 48 << 20, "sessions": 96 << 20}
"""Bytes by which memory may grow from then on. A chat keeps what is said: 16 MiB a conversation."""

_OBJECTS: Final = {"bytes": 50_000, "frames": 50_000, "sessions": 1_000_000}
"""Objects that may come to those that the garbage collector knows, likewise."""

_SETTLES: Final = 15.0
"""Seconds in which a server is as it was before anybody came."""


@dataclass
class Outcome:
    """What came of a campaign."""

    part: str
    inputs: int = 0
    """What was put in: talks, frames or requests, by the part."""
    talks: int = 0
    seconds: float = 0.0
    stall: float = 0.0
    """The longest of the loop's own doing, in seconds."""
    lag: float = 0.0
    """The longest, whoever's doing it was."""
    growth: int = 0
    """Bytes that memory grew by after it was warm."""
    objects: int = 0
    """More that the garbage collector knows, likewise."""
    remarks: str = ""
    findings: list[Finding] = field(default_factory=list)


class Campaign:
    """Many talks of one part.

    Args:
        part: One of `MAKERS`.
        seed: Of all that is drawn.
        options: Of the server.
        plant: A fault to be found.
        batch: Talks between two looks at the server; the part's own number by default.
        settles: Seconds in which a server has to be as it was before anybody came.
        patience: Seconds in which it has to answer.
        longest_stall: Seconds for which its loop may stand still.
    """

    def __init__(
        self,
        part: str,
        seed: int,
        *,
        options: Sequence[str] = (),
        plant: str = "",
        batch: int = 0,
        settles: float = _SETTLES,
        patience: float = PATIENCE,
        longest_stall: float = LONGEST_STALL,
    ) -> None:
        self._part = part
        self._seed = seed
        self._options = options
        self._plant = plant
        self._batch_size = batch or _BATCH[part]
        self._settles = settles
        self._patience = patience
        self._longest_stall = longest_stall
        self._judge = Judge()
        self._outcome = Outcome(part)

    def run(self, inputs: int) -> Outcome:
        """Put in so many, or fewer where something is found. Returns what came of it."""
        outcome, began = self._outcome, time.monotonic()
        with Control() as control, self._server() as server:
            self._play(server, control, inputs)
        outcome.seconds = time.monotonic() - began
        counted = sorted(self._judge.counted.items(), key=lambda each: -each[1])
        outcome.remarks = ", ".join(f"{count:,} {code}" for code, count in counted[:8])
        return outcome

    def repeat(self, talks: Sequence[Talk]) -> str:
        """Say ``talks`` to a new server; return what is wrong, or nothing."""
        with Control() as control, self._server() as server:
            player = Player(server.address, self._judge, self._patience)
            try:
                uvloop.run(player.prepare())
                baseline = self._settled(server, None)
                self._batch(server, control, player, talks)
                self._settled(server, baseline)
            except Broken as broken:
                return str(broken)
        return ""

    @contextlib.contextmanager
    def _server(self) -> Iterator[WatchedServer]:
        with tempfile.TemporaryDirectory(prefix="rchat-fuzz-") as data:
            # What is well-formed gets as far as the disk.
            options = ("--data", data) if self._part == "sessions" else ("--data", ":memory:")
            with WatchedServer((*options, *self._options), plant=self._plant) as server:
                yield server

    def _talks(self) -> Iterator[Talk]:
        number = 0
        while True:
            yield MAKERS[self._part](self._seed, number)
            number += 1

    def _play(self, server: WatchedServer, control: Control, inputs: int) -> None:
        outcome, player = self._outcome, Player(server.address, self._judge, self._patience)
        talks, batch = self._talks(), list[Talk]()
        try:
            uvloop.run(player.prepare())
            warm = baseline = self._settled(server, None)
            while outcome.inputs < inputs:
                batch = list(islice(talks, self._batch_size))
                standing = self._batch(server, control, player, batch)
                outcome.talks += len(batch)
                outcome.inputs = self._count(player, standing, baseline)
                if warm is baseline and outcome.inputs > _WARM * inputs:
                    warm = server.ask(collect=True)
            batch = []
            self._see_that_memory_is_flat(warm, self._settled(server, baseline))
        except Broken as broken:
            outcome.findings.append(self._finding(str(broken), batch))

    def _see_that_memory_is_flat(self, warm: Standing, end: Standing) -> None:
        outcome = self._outcome
        outcome.growth = end.memory - warm.memory
        outcome.objects = end.objects - warm.objects
        if outcome.growth > _FLAT[self._part]:
            raise Broken(f"memory grew by {outcome.growth >> 20} MiB")
        if outcome.objects > _OBJECTS[self._part]:
            raise Broken(f"{outcome.objects} objects more than before are held")

    def _count(self, player: Player, standing: Standing, baseline: Standing) -> int:
        match self._part:
            case "bytes":
                return self._outcome.talks
            case "frames":
                return standing.frames - baseline.frames
        return player.answered

    def _batch(
        self, server: WatchedServer, control: Control, player: Player, talks: Sequence[Talk]
    ) -> Standing:
        """Say a few; raise `Broken` where something is wrong."""
        uvloop.run(player.play_all(talks, at_once=_AT_ONCE[self._part]))
        standing = server.ask()
        if standing.faults:
            raise Broken(f"the server logged a fault:\n{standing.faults[0]}")
        for stall in standing.stalls:
            own = stall.own(control.stolen(stall))
            self._outcome.lag = max(self._outcome.lag, stall.seconds)
            self._outcome.stall = max(self._outcome.stall, own)
            if own > self._longest_stall:
                raise Broken(f"the event loop stood still for {own:.3f} s: {stall}")
        if player.wrong:
            talk, what = player.wrong.pop(0)
            raise Broken(f"talk {talk.number}: {what}")
        return standing

    def _settled(self, server: WatchedServer, baseline: Standing | None) -> Standing:
        """Return how the server is when everybody has gone."""
        end = time.monotonic() + self._settles
        while True:
            standing = server.ask(collect=True)
            if baseline is None:
                time.sleep(0.05)  # those who prepared it are leaving
                again = server.ask(collect=True)
                if (again.tasks, again.sockets) == (standing.tasks, standing.sockets):
                    return again
            elif standing.tasks <= baseline.tasks and standing.sockets <= baseline.sockets:
                return standing
            else:
                time.sleep(0.1)
            if time.monotonic() > end:
                before = baseline and f"{baseline.tasks} and {baseline.sockets}"
                raise Broken(
                    f"{standing.tasks} tasks and {standing.sockets} sockets are there after"
                    f" {self._settles} s, and {before} were before"
                )

    def _finding(self, what: str, talks: Sequence[Talk]) -> Finding:
        return Finding(self._part, self._seed, what, talks=tuple(talks))


def narrowed(finding: Finding, campaign: Campaign, *, seconds: float) -> Finding:
    """Return the same with as few talks as still show it, found within about ``seconds``."""
    talks, what, end = finding.talks, finding.what, time.monotonic() + seconds
    while len(talks) > 1 and time.monotonic() < end:
        for half in halves(talks):
            if again := campaign.repeat(half):
                talks, what = tuple(half), again
                break
        else:
            break
    return Finding(finding.part, finding.seed, what, talks=talks)
