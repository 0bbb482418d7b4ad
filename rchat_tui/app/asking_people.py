"""What is asked of the client about people. Concurrency: as `rchat_tui.app.errands`."""

from __future__ import annotations

from rchat_tui.app.asking import Asking


class AskingPeople(Asking):
    """Requests about people."""

    def set_away(self, text: str | None) -> None:
        """Let others see that one is away, and why; None: that one is back."""
        self.ask(self._client.set_away(text))
