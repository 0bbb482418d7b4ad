"""Runs of the simulation with fixed seeds, and whether it can be trusted."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rchat_protocol.errors import ChatError
from rchat_server.core.ports import Joined, NewEntry
from rchat_server.core.records import IdentityRecord
from simulate.disk import Disk, DiskSpeed
from simulate.faults import FAULTS, find
from simulate.image import Image
from simulate.loop import Process, SimulationError, virtual_loop
from simulate.plan import TROUBLES, chance, drawn
from simulate.run import run
from simulate.trouble import KINDS

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from simulate.loop import VirtualLoop

TESTS = Path(__file__).parent

ONCE_FAILED = (
    *(76, 312, 432, 556, 822, 851, 1003, 1092, 1243, 1267, 1414, 1555, 1616, 2127, 3480),
    *(3950, 4390, 8481, 12019, 12879, 13138, 26922, 27839, 29187, 29942, 32153, 33930, 34879),
    *(38647, 41050, 42536, 42669, 44972, 73507, 78033, 78897, 83017, 84461, 87244, 91450),
)
"""Seeds whose runs have found something, in the code or in the simulation itself."""

QUICK = (
    "acknowledged before the commit",
    "the gap between reading and hearing",
    "an epoch ignored by the server",
    "an id not looked up in the log",
    "a retry with a new id",
    "an outbox entry dropped on a timeout",
)
"""Planted faults that are found soon; `make simulate` has all of them found."""


def _found_nothing(seed: int) -> None:
    outcome = run(seed)
    assert not outcome.failure, "\n".join(
        [*outcome.trace[-40:], outcome.failure, f"again: make simulate SEED={seed}"]
    )


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_the_promise_is_kept(first: int) -> None:
    """Something is lost, doubled, reordered, leaked or shown wrongly after some mishap."""
    for seed in range(first, first + 20):
        _found_nothing(seed)


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_what_failed_once_is_well(seed: int) -> None:
    """A fault that was mended has come back."""
    _found_nothing(seed)


def test_a_seed_repeats_a_run_to_the_letter() -> None:
    """A failure could not be looked into: the same seed would do something else the next time."""
    assert [run(seed).trace for seed in (3, 5)] == [run(seed).trace for seed in (3, 5)]


def test_other_processes_repeat_it_too() -> None:
    """What order a set has would decide what happens: no two processes do the same."""
    script = (
        "import hashlib, sys; from simulate.run import run;"
        "print(hashlib.sha256('\\n'.join(line for seed in range(10) for line in run(seed).trace)"
        ".encode()).hexdigest())"
    )
    path = os.pathsep.join([str(TESTS), *(entry for entry in sys.path if entry)])
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    here = "\n".join(line for seed in range(10) for line in run(seed).trace)
    assert said == {hashlib.sha256(here.encode()).hexdigest()}


def test_nothing_asks_the_real_clock_or_real_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run would depend on when it is made, and no seed would repeat it."""

    def forbidden(*_args: object) -> Any:
        raise SimulationError("somebody asked the machine for its time or for chance")

    for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"):
        monkeypatch.setattr(time, name, forbidden)
    monkeypatch.setattr(os, "urandom", forbidden)
    monkeypatch.setattr("random.SystemRandom.random", forbidden)
    monkeypatch.setattr("random.SystemRandom.getrandbits", forbidden)
    for seed in range(5):
        assert not run(seed).failure


@pytest.mark.parametrize("name", QUICK)
def test_planted_faults_are_found(name: str) -> None:
    """The simulation would pass whatever the code does."""
    number = [fault.name for fault in FAULTS].index(name)
    found = find(number, 60)
    assert found.seed is not None, f"60 runs with {found.hits} wrongs found nothing"
    assert found.hits


def test_most_runs_are_worth_their_while() -> None:
    """Plans might have become so tame, or so wild, that nothing is said, or nothing arrives."""
    outcomes = [run(seed) for seed in range(40)]
    assert sum(outcome.said for outcome in outcomes) > 40 * 30
    assert sum(outcome.stored for outcome in outcomes) > 40 * 20
    planned = {each for seed in range(200) for each in drawn(chance(seed, "plan")).troubles}
    assert planned == set(TROUBLES) == set(KINDS)


def test_a_run_leaves_nothing_behind() -> None:
    """A hundred thousand runs in one process would need a hundred gigabytes."""
    run(3)  # what is made once is made
    before = len(gc.get_objects())
    for seed in range(3, 8):
        run(seed)
    assert len(gc.get_objects()) - before < 1_000


# -- the loop --------------------------------------------------------------------------------------


def _run(coroutine: Coroutine[Any, Any, None], loop: VirtualLoop) -> None:
    loop.run(coroutine, until=100_000)


def test_time_passes_at_once() -> None:
    """A day of waiting would take a day."""
    loop = virtual_loop()

    async def main() -> None:
        began = loop.time()
        await asyncio.sleep(86_400)
        assert loop.time() - began == 86_400

    _run(main(), loop)


def test_a_killed_process_does_nothing_more() -> None:
    """Kill -9 runs no clean-up: one that did would hide what a crash leaves behind."""
    loop, process, did = virtual_loop(), Process("victim"), []

    async def live() -> None:
        try:
            await asyncio.sleep(1)
        finally:
            did.append("cleaned up")

    async def main() -> None:
        _ = loop.spawn(process, live(), name="live")
        await asyncio.sleep(0.5)
        loop.kill(process)
        await asyncio.sleep(10)

    _run(main(), loop)
    assert did == []
    loop.close()
    loop.bury(process)


def test_a_stalled_process_goes_on_where_it_was() -> None:
    """A suspended laptop would lose what was to happen meanwhile."""
    loop, process, did = virtual_loop(), Process("sleeper"), []

    async def live() -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            did.append(loop.time())

    async def main() -> None:
        began = loop.time()
        task = loop.spawn(process, live(), name="live")
        await asyncio.sleep(1.5)
        loop.stall(process, 10)
        await task
        assert [moment - began for moment in did] == [1, 11.5, 12.5]

    _run(main(), loop)


def test_a_fault_anywhere_ends_the_run() -> None:
    """An exception in a task that nobody awaits would be overlooked."""
    loop = virtual_loop()

    async def main() -> None:
        # As asyncio says when a task is gone, and nobody has asked what became of it.
        lost = {"message": "Task exception was never retrieved", "exception": ValueError()}
        asyncio.get_running_loop().call_exception_handler(lost)
        await asyncio.sleep(1)

    with pytest.raises(SimulationError):
        _run(main(), loop)


def test_spinning_and_waiting_for_ever_are_faults() -> None:
    """A run that hangs would hang the test."""
    for forever in (lambda: asyncio.sleep(0), lambda: asyncio.Event().wait()):
        loop = virtual_loop()

        async def main(forever: Any = forever) -> None:
            while True:
                await forever()

        with pytest.raises(SimulationError):
            _run(main(), loop)


# -- the disk --------------------------------------------------------------------------------------


def test_a_crash_takes_what_was_not_committed() -> None:
    """A server that acknowledges too early would never be caught."""
    luck = chance(1, "disk")
    for _ in range(20):
        loop, image = virtual_loop(), Image("e", 0)
        disk = Disk(image, loop, luck, DiskSpeed(), lambda _: None)
        image.identities["me"] = IdentityRecord("me", b"hash", "me", present=True, since=0)

        async def main(loop: VirtualLoop = loop, disk: Disk = disk, image: Image = image) -> None:
            await disk.append("room", [Joined("me"), NewEntry("me", "me", "one", "1", 0)])
            process = Process("server")
            changes = [NewEntry("me", "me", text, text, 0) for text in ("two", "three")]
            _ = loop.spawn(process, disk.append("room", changes), name="append")
            await asyncio.sleep(0.001)
            loop.kill(process)
            disk.crash()
            texts = [entry.content for entry in image.entries("room")]
            assert texts in (["one"], ["one", "two", "three"])
            assert image.members["room", "me"].read == len(texts)

        _run(main(), loop)


def test_a_full_disk_takes_nothing_and_keeps_what_it_was_told() -> None:
    """What is acknowledged by no error, and written by no commit, would be lost."""
    loop, image, speed = virtual_loop(), Image("e", 0), DiskSpeed(full=True)
    disk = Disk(image, loop, chance(1, "disk"), speed, lambda _: None)

    async def main() -> None:
        disk.put_identity(IdentityRecord("me", b"hash", "me", present=True, since=0))
        with pytest.raises(ChatError):
            await disk.append("room", [NewEntry("me", "me", "one", "1", 0)])
        assert not image.identities
        speed.full = False
        await asyncio.sleep(2)
        assert list(image.identities) == ["me"]
        assert not image.entries("room")

    _run(main(), loop)
