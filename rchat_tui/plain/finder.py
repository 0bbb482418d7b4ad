"""What is looked for, read out: the newest messages first, and the older ones on demand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from rchat_tui.app import hits
from rchat_tui.app.searching import question
from rchat_tui.client.query import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.app.answers import Found
    from rchat_tui.plain.chat import PlainChat


class Finder:
    """Looks for what was said.

    Args:
        chat: Whose lines these are.
        now: Seconds since 1970-01-01 UTC.
        zone: Of the clock; None is the local one.
    """

    def __init__(
        self, chat: PlainChat, now: Callable[[], float], *, zone: dt.tzinfo | None
    ) -> None:
        self._chat = chat
        self._seconds = now
        self._zone = zone
        self._found: Found | None = None
        """What was read out last."""

    def find(self, text: str) -> None:
        """Look for a text; an empty one: for what is older than what was found last."""
        try:
            asked = question(text, self._chat.model, now=self._now())
        except QueryError as error:
            self._chat.tell(str(error), error=True)
            return
        errands, found = self._chat.errands, self._found
        if errands is None:
            self._chat.tell("There is no connection to the server right now.", error=True)
        elif asked is not None:
            self._found = None
            errands.searching.find(asked)
        elif found is None:
            self._chat.tell("What do you look for? /search WORDS finds it.", error=True)
        elif found.reply.next is None:
            self._chat.tell("That was all.")
        else:
            errands.searching.find(found.question, found.reply.next)

    def read_out(self, found: Found) -> None:
        """Read out what was found."""
        self._found = found
        now = self._now()
        for hit in found.reply.hits:
            for line in hits.told(hit, self._chat.model, now=now, zone=self._zone):
                self._chat.write(line)
        if found.kept:
            self._chat.tell("That is from what this machine keeps: there is no connection.")
        elif not found.reply.complete:
            self._chat.tell("Older messages are still being indexed.")
        if found.reply.next is not None:
            self._chat.tell("There is more: /search reads it out.")
        elif not found.reply.hits:
            self._chat.tell("Nothing found.")

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._seconds(), tz=dt.UTC).astimezone(self._zone)
