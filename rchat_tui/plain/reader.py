"""What of each conversation has been read out, and what comes before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.items import Beginning, Divider, Gap, Said
from rchat_tui.client.events import TopicChanged
from rchat_tui.plain import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from rchat_tui.app.changes import Change
    from rchat_tui.app.model import ChatModel

RECENT: Final = 10
"""Messages that are read out when a conversation is opened, or as many as are unread."""

_MOST: Final = 50
"""Messages that are read out at once."""

_PAGE: Final = 20
"""Messages that one word for more brings."""


class Reader:
    """Reads conversations out: the newest messages first, and what was before on demand."""

    def __init__(
        self,
        model: ChatModel,
        write: Callable[[str], object],
        load: Callable[[str, Gap], bool],
        *,
        zone: dt.tzinfo | None = None,
    ) -> None:
        """Make a reader that has read nothing.

        Args:
            model: what is known.
            write: writes a line.
            load: asks for the newest messages of a gap; False where that cannot be asked now.
            zone: of the clock; None is the local one.
        """
        self._model = model
        self._write = write
        self._load = load
        self._zone = zone
        self._oldest: dict[str, int] = {}
        """Number of the oldest message that was read out without a hole, by conversation."""
        self._awaited: dict[str, int] = {}
        """How many messages are to be read out when the history is there, by conversation."""

    def open(self, conversation: str) -> None:
        """Read out how the conversation stands, and its newest messages."""
        found = self._model.state.conversations.get(conversation)
        if found is None:
            return
        self._write(words.heading(found))
        self._oldest.pop(conversation, None)
        self._before(conversation, max(RECENT, min(found.unread, _MOST)))

    def older(self) -> None:
        """Read out what comes before what was read out last."""
        if self._model.active is not None:
            self._before(self._model.active, _PAGE)

    def newest(self) -> None:
        """Read out the newest messages again."""
        if self._model.active is not None:
            self._oldest.pop(self._model.active, None)
            self._before(self._model.active, RECENT)

    def missed(self, conversation: str, count: int) -> None:
        """Tell of messages that were not read out: from here on what is older is these."""
        self._oldest.pop(conversation, None)
        are = "message is" if count == 1 else "messages are"
        self._write(f"-- {count:,} {are} left out here: /older reads them out, the newest first")

    def said(self, conversation: str, said: Said, *, where: str = "") -> None:
        """Read out a message that has just arrived."""
        transcript = self._model.transcripts.get(conversation)
        answered = transcript.answered(said) if transcript is not None and said.reply else None
        for line in words.message(said, self._zone, where=where, answered=answered):
            self._write(line)
        if not where:
            self._oldest.setdefault(conversation, said.seq)

    def changed(self, event: Change) -> None:
        """Tell what was done to a message of the open conversation, or that it has another topic.

        Of one that was not read out there is nothing to tell: it is read out as it is then.
        """
        transcript = self._model.transcripts.get(event.conversation)
        oldest = self._oldest.get(event.conversation)
        if transcript is None or event.conversation != self._model.active:
            return
        if isinstance(event, TopicChanged) or (oldest is not None and event.target >= oldest):
            for line in words.change(event, transcript, self._zone):
                self._write(line)

    def loaded(self, conversation: str) -> None:
        """Go on with what waited for the history."""
        count = self._awaited.pop(conversation, 0)
        if count and conversation == self._model.active:
            self._before(conversation, count, waited=True)

    def _before(self, conversation: str, count: int, *, waited: bool = False) -> None:
        transcript = self._model.transcripts.get(conversation)
        if transcript is None:
            return
        oldest = self._oldest.get(conversation)
        found, edge = _run_before(transcript.items, oldest)
        if found:
            before = None
            for said in found[-count:]:
                # One line for all that somebody says who is ignored.
                if not (said.hidden and before and before.hidden and before.user == said.user):
                    self.said(conversation, said)
                before = said
            numbered = [said.seq for said in found[-count:] if said.seq]
            if numbered:
                self._oldest[conversation] = numbered[0]
        elif not isinstance(edge, Gap):
            self._write("-- nothing was said before")
        elif edge.problem and waited:
            self._write(f"-- what was said before cannot be read: {edge.problem}")
        elif self._load(conversation, edge):
            self._awaited[conversation] = count
        else:
            self._write("-- what was said before cannot be read now: there is no connection")


def _run_before(
    items: Sequence[object], oldest: int | None
) -> tuple[list[Said], Gap | Beginning | Divider | None]:
    """Return the unbroken run of messages before number ``oldest``, and what stands before it."""
    run: list[Said] = []
    for item in reversed(items):
        if isinstance(item, Said):
            if oldest is None or 0 < item.seq < oldest:
                run.append(item)
        elif isinstance(item, Gap | Beginning | Divider) and (
            run or oldest is None or not isinstance(item, Gap) or item.first < oldest
        ):
            return run[::-1], item
    return run[::-1], None
