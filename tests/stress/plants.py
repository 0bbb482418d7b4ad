"""Faults that are put into a server on purpose: a scenario that does not find its own is of no use.

Each is planted in the server's process, before it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAK: Final = 64 * 1024


def no_deadline() -> None:
    """Whoever does not log in may stay."""
    from rchat_server.gateway.connection import Connection

    setattr(Connection, "_nobody_came", lambda _self: None)  # noqa: B010


def open_door() -> None:
    """As many come from one address as like."""
    from rchat_server.gateway.door import Door

    setattr(Door, "enter", lambda _self, _host: None)  # noqa: B010
    setattr(Door, "leave", lambda _self, _host: None)  # noqa: B010


def no_word_on_waiting() -> None:
    """Who is too fast is not told how long to wait."""
    from rchat_server.core import hub

    real: Callable[..., None] = vars(hub)["_refuse_too_fast"]

    def refuse(*arguments: Any) -> None:
        from rchat_protocol.errors import ChatError

        try:
            real(*arguments)
        except ChatError as error:
            error.retry = False
            raise

    setattr(hub, "_refuse_too_fast", refuse)  # noqa: B010


def leak() -> None:
    """Something of every connection stays."""
    from rchat_server.gateway.door import Door

    real = Door.enter
    kept: list[bytearray] = []

    def enter(door: Door, host: str) -> Any:
        kept.append(bytearray(b"x" * _LEAK))
        return real(door, host)

    setattr(Door, "enter", enter)  # noqa: B010


def hoard() -> None:
    """All that is said stays, for those who have not taken it yet."""
    from rchat_server.core.pages import Pages

    real = Pages.delivered
    kept: list[Any] = []

    def delivered(pages: Pages, conversation: Any, batch: Any) -> None:
        kept.append(batch)
        real(pages, conversation, batch)

    setattr(Pages, "delivered", delivered)  # noqa: B010


PLANTS: Final[dict[str, Callable[[], None]]] = {
    "no-deadline": no_deadline,
    "open-door": open_door,
    "no-word-on-waiting": no_word_on_waiting,
    "leak": leak,
    "hoard": hoard,
}
