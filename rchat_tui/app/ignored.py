"""Whom one would rather not hear, and what they said unread: pure.

It is this side's alone: the server knows nothing of it, and counts what they say. So their unread
messages are taken off its counts, as far as they came to this terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from rchat_protocol import names
from rchat_tui.app.counting import Hits, mentions
from rchat_tui.app.items import Said
from rchat_tui.app.keywords import Keywords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.state import Conversation

AREA: Final = "ignored"
"""Where they are kept, by `names.key`."""

MOST: Final = 1_000
"""People who are ignored: as many as are kept. The first ones are heard again."""


class Ignored:
    """The people whom one ignores on one server."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._unread = Hits(Keywords())
        self._mentions = Hits(Keywords())

    def __contains__(self, user: str) -> bool:
        return bool(self._names) and names.key(user) in self._names

    def names(self) -> list[str]:
        """Return their names, in order."""
        return sorted(self._names.values(), key=names.key)

    def put(self, name: str, *, on: bool) -> None:
        """Ignore somebody, or hear of him again."""
        self._names.pop(names.key(name), None)
        if on:
            self._names[names.key(name)] = name
            if len(self._names) > MOST:
                del self._names[next(iter(self._names))]

    def restore(self, texts: Mapping[str, str]) -> None:
        """Take up what was kept."""
        for key, name in texts.items():
            if key and key == names.key(name):
                self.put(name, on=True)

    # -- what they said --------------------------------------------------------------------

    def seen(self, said: Said) -> Said:
        """Return a message as it is shown: hidden where somebody said it who is ignored."""
        hidden = not said.mine and said.user in self
        return said if said.hidden is hidden else replace(said, hidden=hidden)

    def pass_over(
        self, conversation: Conversation, messages: Sequence[Said], me: str | None
    ) -> None:
        """Take those of them off the counts that are hidden."""
        if not self._names:
            return  # nearly always
        for said in messages:
            if said.hidden and said.seq:
                self._unread.add(conversation.id, said.seq, conversation.read)
                if mentions(said, me):
                    self._mentions.add(conversation.id, said.seq, conversation.read)

    def remove(self, conversation: str, seq: int) -> None:
        """A message was deleted."""
        self._unread.remove(conversation, seq)
        self._mentions.remove(conversation, seq)

    def forget(self, conversation: str) -> None:
        """Its numbers mean nothing any more."""
        self._unread.forget(conversation)
        self._mentions.forget(conversation)

    def review(self, model: ChatModel) -> None:
        """Somebody is ignored now, or no more: show and count what was said accordingly."""
        for id_, transcript in model.transcripts.items():
            self.forget(id_)
            transcript.revise(self.seen)
            if (conversation := model.state.conversations.get(id_)) is not None:
                said = [item for item in transcript.items if isinstance(item, Said)]
                self.pass_over(conversation, said, model.state.user)

    # -- what is left ----------------------------------------------------------------------

    def unread(self, conversation: Conversation) -> int:
        """Return how many unread messages of others there are."""
        if not self._names or not conversation.unread:
            return conversation.unread  # nearly always
        if conversation.kind == "private" and conversation.name in self:
            return 0
        passed = self._unread.after(conversation.id, conversation.read)
        return max(0, conversation.unread - passed)

    def mentions(self, conversation: Conversation) -> int:
        """Return how many of these speak to you."""
        if not self._names or not conversation.mentions:
            return conversation.mentions
        passed = self._mentions.after(conversation.id, conversation.read)
        return max(0, min(conversation.mentions - passed, self.unread(conversation)))
