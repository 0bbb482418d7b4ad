"""The part ``parsers``: every target of `targets`, each in a process of its own, two at a time."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fuzz import targets
from fuzz.campaign import Outcome
from fuzz.chance import pick_pattern
from fuzz.findings import Finding
from fuzz.mutator import mutate
from rchat_protocol.limits import REQUEST_FRAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMORY: Final = 1024
"""MiB that a target may hold."""

_TIMEOUT: Final = 10
"""Seconds for one input, after which it is ended from outside."""

_GUIDED_BYTES: Final = 600
"""Longest input that coverage leads to. What is long is `_by_chance`'s."""

_SHARES: Final = {
    "frames": 3,
    "metadata": 6,
    "requests": 3,
    "names": 3,
    "reactions": 4,
    "words": 1,
    "server": 0.2,
}
"""What part of the inputs each target gets: about the same time."""

_STRETCHED: Final = 0.003
"""How likely an input is repeated until it is as long as can be: what takes the square of a length
shows only there."""

_PATTERN: Final = 40
"""Bytes of what is repeated."""

_BY_CHANCE: Final = 3
"""One in so many inputs is made by chance alone, also where there is somebody to lead."""

_LAST: Final = 4000
"""Characters that are kept of what a process said last."""


def is_guided() -> bool:
    """Return whether atheris is there, to lead by coverage."""
    return importlib.util.find_spec("atheris") is not None


def run(seed: int, inputs: int, *, jobs: int = 2) -> Outcome:
    """Put so many inputs in, the same share into each target. Returns what came of it."""
    began, whole = time.monotonic(), sum(_SHARES.values())
    shares = {name: max(1, int(inputs * share / whole)) for name, share in _SHARES.items()}
    plays = [(name, share, False) for name, share in shares.items()]
    if is_guided():
        plays = [(name, share // _BY_CHANCE, False) for name, share in shares.items()]
        plays += [(name, share - share // _BY_CHANCE, True) for name, share in shares.items()]
    # Not forked: threads may be running here.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = [pool.submit(_play, name, seed, count, guided=how) for name, count, how in plays]
        outcomes = [each.result() for each in waiting]
    how = "led by coverage" if is_guided() else "by chance alone: atheris is not installed"
    rates = [f"{each.part} {each.inputs / each.seconds:,.0f}/s" for each in outcomes]
    return Outcome(
        "parsers",
        inputs=sum(each.inputs for each in outcomes),
        talks=len(outcomes),
        seconds=time.monotonic() - began,
        remarks=f"{how}; {', '.join(rates)}",
        findings=[finding for each in outcomes for finding in each.findings],
    )


def try_chance(
    name: str, target: Callable[[bytes], None], seed: int, inputs: int
) -> tuple[int, Finding | None]:
    """Put in what `mutator` makes; return how many were, and what was found first."""
    rng, seeds = random.Random(f"{seed}/{name}"), targets.seeds(name)
    longest = targets.LONGEST.get(name, REQUEST_FRAME_BYTES)
    for number in range(inputs):
        data = seeds[number] if number < len(seeds) else mutate(rng, seeds)
        if rng.random() < _STRETCHED:
            pattern = pick_pattern(rng) if rng.random() < 0.5 else data[:_PATTERN]
            data = (pattern * longest)[:longest]
        if what := try_one(target, data):
            return number + 1, Finding("parsers", seed, what, target=name, data=data)
    return inputs, None


def try_one(target: Callable[[bytes], None], data: bytes) -> str:
    """Put one input in; return what is wrong, or nothing."""
    try:
        targets.judge(target, data)
    except Exception:  # noqa: BLE001 - that is what is looked for
        return traceback.format_exc()[-_LAST:]
    return ""


def _play(name: str, seed: int, inputs: int, *, guided: bool) -> Outcome:
    return (_guided if guided else _by_chance)(name, seed, inputs)


def _by_chance(name: str, seed: int, inputs: int) -> Outcome:
    began = time.monotonic()
    done, finding = try_chance(name, targets.TARGETS[name], seed, inputs)
    findings = [finding] if finding else []
    return Outcome(name, inputs=done, seconds=time.monotonic() - began, findings=findings)


def _guided(name: str, seed: int, inputs: int) -> Outcome:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rchat-fuzz-") as folder:
        corpus, kept = Path(folder, "corpus"), Path(folder, "kept-")
        corpus.mkdir()
        path = os.pathsep.join(
            [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        done = subprocess.run(
            [
                *(sys.executable, "-m", "fuzz.guided", name, str(corpus)),
                # 0 would be another one each time.
                *(f"-runs={inputs}", f"-seed={seed % 2**31 + 1}", f"-max_len={_GUIDED_BYTES}"),
                *(f"-artifact_prefix={kept}", f"-timeout={_TIMEOUT}"),
                *(f"-rss_limit_mb={_MEMORY}", "-print_final_stats=1"),
            ],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            check=False,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        inputs_kept = [each.read_bytes() for each in Path(folder).glob("kept-*")]
    findings = [
        Finding("parsers", seed, what, target=name, data=data)
        for data in inputs_kept
        if (what := try_one(targets.TARGETS[name], data))
    ]
    if done.returncode and not inputs_kept:
        findings = [Finding("parsers", seed, said[-_LAST:], target=name)]
    executed = re.search(r"stat::number_of_executed_units: (\d+)", said)
    return Outcome(
        name,
        inputs=int(executed[1]) if executed else 0,
        seconds=time.monotonic() - began,
        findings=findings,
    )
