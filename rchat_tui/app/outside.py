"""What is outside of the app: the clipboard, and one's own editor.

Concurrency: a text is copied in a thread, since a program is started for it. The editor is awaited
in a worker; there is one at a time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from rchat_tui.app.answers import Copied, Told, WrittenOutside

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from rchat_tui.app.base import BaseApp
    from rchat_tui.app.widgets.composer import Place


class Outside:
    """The ways out and back.

    Args:
        app: Whose workers are used, and who gets the messages.
        copier: As `BaseApp` takes it.
    """

    def __init__(self, app: BaseApp, copier: Callable[[str], bool] | None) -> None:
        self._app = app
        self._copier = copier
        self._writing = False

    def copy(self, text: str, note: str | None = "") -> None:
        """Copy a text, and say how.

        Args:
            text: To be pasted, here with Ctrl+V and elsewhere.
            note: What to say beside that; None: say nothing.
        """
        self._app.remember_copied(text)
        self._app.run_worker(self._copy(text, note), group="errands")

    async def _copy(self, text: str, note: str | None) -> None:
        from rchat_tui.app.clipboard import copy_here  # late: it is seldom wanted

        here = await asyncio.to_thread(self._copier or copy_here, text)
        self._app.post_message(Copied(text, here, note))

    def write(self, editor: list[str]) -> None:
        """Go on writing in an editor."""
        composer = self._app.chat.composer
        if not self._writing:
            self._writing = True
            errand = self._write(editor, composer.place, composer.text)
            self._app.run_worker(errand, group="editor")

    async def _write(self, editor: list[str], place: Place | None, text: str) -> None:
        from rchat_tui.app.editor import EditorError, write_in

        outcome: Message
        try:
            with self._app.suspend():
                # Textual comes back from a suspension only where nothing is raised in it.
                try:
                    outcome = WrittenOutside(place, await write_in(editor, text))
                except EditorError as error:
                    outcome = Told(str(error), error=True)
        except SuspendNotSupported:
            outcome = Told("This terminal cannot be left to an editor.", error=True)
        finally:
            self._writing = False
        self._app.post_message(outcome)
