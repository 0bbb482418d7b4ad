"""The checks of the table's commands: each registers itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from support.desk import Desk

    Check = Callable[[Desk], Coroutine[None, None, None]]

CHECKS: dict[str, Check] = {}
"""By the command's id."""


def check(*ids: str) -> Callable[[Check], Check]:
    """Register what checks these commands."""

    def register(function: Check) -> Check:
        CHECKS.update(dict.fromkeys(ids, function))
        return function

    return register
