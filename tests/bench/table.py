"""What was measured, and how it is told: one markdown table, and JSON of every run."""

from __future__ import annotations

import enum
import json
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.machine import FULL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


NOISE: Final = 0.05
"""With more than this share of the machine going to others, a figure is not to be quoted."""


class Unit(enum.Enum):
    """What a number counts."""

    PER_SECOND = "/s"
    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "µs"
    KIB = "KiB"
    MB = "MB"
    TIMES = "times"
    PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of one contender: a cell of the table."""

    figure: str
    """The row."""
    contender: str
    """The column."""
    unit: Unit
    values: tuple[float, ...]
    """One a run. None at all: it was not measured, and `note` says why."""
    aim: str = ""
    load: tuple[float, ...] = ()
    """How full the load's core was in each run, 0 to 1; empty where that bounds nothing."""
    note: str = ""

    @property
    def median(self) -> float:
        """The middle run's value."""
        return statistics.median(self.values)

    @property
    def is_bound(self) -> bool:
        """Whether the load's core was full, so that the server might have done better."""
        return bool(self.load) and statistics.median(self.load) > FULL

    def told(self) -> str:
        """Return the median, how far the runs lie apart, and how full the load's core was."""
        if not self.values:
            return self.note
        text = f"**{amount(self.median, self.unit)}**"
        if len(self.values) > 1:
            text += f" ({number(min(self.values), self.unit, self.median)}"
            text += f" to {number(max(self.values), self.unit, self.median)})"
        if self.is_bound:
            bound = "≥ " if self.unit is Unit.PER_SECOND else "≤ "
            text = bound + text
        if self.load:
            text += f" · {statistics.median(self.load):.0%}"
        return f"{text} · {self.note}" if self.note else text


def number(value: float, unit: Unit, scale_of: float | None = None) -> str:
    """Return ``value`` with three digits that count, scaled as ``scale_of`` would be."""
    value /= _scale(unit, scale_of if scale_of is not None else value)[0]
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def amount(value: float, unit: Unit) -> str:
    """Return ``value`` with its unit."""
    return f"{number(value, unit)} {_scale(unit, value)[1]}".rstrip()


def _scale(unit: Unit, value: float) -> tuple[float, str]:
    if unit is not Unit.PER_SECOND:
        return 1.0, unit.value
    if value >= 1e6:
        return 1e6, "M/s"
    return (1e3, "k/s") if value >= 1e3 else (1.0, "/s")


def markdown(
    results: Sequence[Result], machine: Mapping[str, str], others: Mapping[str, float], runs: int
) -> str:
    """Return the table, and under it what it was measured on."""
    columns = list(dict.fromkeys(result.contender for result in results))
    rows = dict.fromkeys(result.figure for result in results)
    cells = {(result.figure, result.contender): result.told() for result in results}
    aims = {result.figure: result.aim for result in reversed(results) if result.aim}
    lines = [_row(["figure", *columns, "aim"]), _row(["---"] * (len(columns) + 2))]
    lines += [
        _row(
            [figure, *(cells.get((figure, column), "") for column in columns), aims.get(figure, "")]
        )
        for figure in rows
    ]
    told = ", ".join(f"{name} {value}" for name, value in machine.items())
    legend = "(least to most) · how full the load's core was; full, it bounds what was measured"
    lines += ["", f"Median of {runs} runs {legend} (≥, ≤). {told}."]
    noise = ", ".join(f"{name} {share:.0%}" for name, share in others.items() if share > NOISE)
    if noise:
        lines += ["", f"**Not to be quoted**: others took much of the machine meanwhile: {noise}."]
    return "\n".join(lines)


def as_json(
    results: Sequence[Result], machine: Mapping[str, str], others: Mapping[str, float]
) -> str:
    """Return every run."""
    told: list[dict[str, Any]] = [
        {
            "figure": result.figure,
            "contender": result.contender,
            "unit": result.unit.value,
            "runs": result.values,
            "load": result.load,
            "aim": result.aim,
            "note": result.note,
        }
        for result in results
    ]
    return json.dumps(
        {"machine": dict(machine), "others": dict(others), "results": told},
        indent=1,
        ensure_ascii=False,
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
