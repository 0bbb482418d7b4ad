"""What is asked of the client about people. Concurrency: as `rchat_tui.app.errands`."""

from __future__ import annotations

import contextlib

from rchat_tui.app import saying
from rchat_tui.app.answers import Told
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

    def tell_of(self, name: str, *, now: int) -> None:
        """Tell of somebody, at that time: milliseconds since 1970-01-01 UTC."""

        async def tell() -> None:
            self._post(Told(saying.info(await self._client.user_info(name), now)))

        self.ask(tell())

    def invite(self, conversation: str, name: str, *, title: str) -> None:
        """Invite somebody into a channel that is called so."""

        async def invite() -> None:
            await self._client.invite(conversation, name)
            self._post(Told(f"You have invited {name} to {title}."))

        self.ask(invite())

    def rename(self, name: str, *, before: str) -> None:
        """Take another name than the one of before."""

        async def rename() -> None:
            await self._client.rename(name)
            said = f" What you said as {before} stays {before}'s." if before else ""
            self._post(Told(f"You are {name} now.{said}"))

        self.ask(rename())

    def set_away(self, text: str | None) -> None:
        """Let others see that one is away, and why; None: that one is back."""
        self.ask(self._client.set_away(text))
