"""What is asked of the client about people. Concurrency: as `rchat_tui.app.errands`."""

from __future__ import annotations

import contextlib

from rchat_tui.app.asking import Asking
from rchat_tui.client.errors import RchatError


class AskingPeople(Asking):
    """Requests about people."""

    def tell_writing(self, conversation: str, *, on: bool) -> None:
        """Let others see that one is writing, or has stopped."""

        async def tell() -> None:
            with contextlib.suppress(RchatError):  # a passing word: the next one says the same
                await self._client.typing(conversation, on=on)

        self._spawn(tell())

    def set_away(self, text: str | None) -> None:
        """Let others see that one is away, and why; None: that one is back."""
        self.ask(self._client.set_away(text))
