"""How the app ends: not before what was written is in the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.messages import Leaving

if TYPE_CHECKING:
    from rchat_tui.app.base import BaseApp

_NOT_KEPT: Final = "What you wrote last is not kept yet: leave again to leave without it."


class Exit:
    """The way out."""

    def __init__(self, app: BaseApp) -> None:
        self._app = app
        self._warned = False

    def ask(self, code: int = 0) -> None:
        """Leave with an exit code, when the keys that were pressed before have done their work.

        They may wait in the composer's queue, which a key of the app goes before: so this goes
        there, behind them.
        """
        self._app.chat.composer.post_message(Leaving(code))

    def take(self, code: int) -> None:
        """Leave, as soon as the disk has all that was written."""
        errands = self._app.errands
        if errands is None or not errands.writing:
            self._app.exit(return_code=code)
        else:
            self._app.run_worker(self._leave(code), group="leave", exclusive=True)

    async def _leave(self, code: int) -> None:
        errands = self._app.errands
        if errands is None or await errands.written() or code or self._warned:
            self._app.exit(return_code=code)
        else:
            self._warned = True
            self._app.toast(_NOT_KEPT, error=True, seconds=10)
