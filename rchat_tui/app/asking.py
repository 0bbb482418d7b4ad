"""What is asked of the client about messages that were said: edits, reactions, what is answered.

Concurrency: as `rchat_tui.app.errands`. Of what is answered and not loaded, one page a conversation
is asked for at a time, and what is wanted meanwhile waits for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rchat_tui.app.answers import EditRefused, Told
from rchat_tui.app.messages import Answer
from rchat_tui.client.errors import RchatError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.message import Message

    from rchat_protocol.models import HistoryReply
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ChatPort

_QUOTES: Final = 20
"""Messages of a page that is asked for to show what is answered: neighbours are often wanted, too.
"""

_AROUND: Final = 50
"""Messages of a page around one that is to be shown in its place."""


@dataclass
class Quoted(Answer):
    """Messages that are answered, and what stands around them."""

    conversation: str
    reply: HistoryReply

    def apply(self, model: ChatModel) -> None:
        """Show those that are wanted above their answers."""
        transcript = model.transcripts.get(self.conversation)
        if transcript is not None and transcript.epoch == self.reply.epoch:
            transcript.quotes.put(model.loaded(self.reply.messages))


@dataclass
class Around(Answer):
    """A page from the middle of a conversation."""

    conversation: str
    seq: int
    """Number of the message that it was asked for."""
    reply: HistoryReply

    def apply(self, model: ChatModel) -> None:
        """Show them in their places, as they are now."""
        transcript, reply = model.transcripts.get(self.conversation), self.reply
        if transcript is None or not reply.messages:
            return
        first, last = reply.messages[0].seq, reply.messages[-1].seq
        covers = (reply.first, reply.last) if reply.first else (first, last)
        messages = model.loaded(reply.messages)
        transcript.take(messages, epoch=reply.epoch, covers=covers, head=reply.head)


@dataclass
class LookedUp(Around):
    """Around a message that is to be shown in its place."""


def told(reason: str) -> Message:
    """Return the message that tells the user why something was refused."""
    return Told(reason, error=True)


class Asking:
    """Requests to one client, each in a worker of the app."""

    def __init__(
        self,
        client: ChatPort,
        *,
        post: Callable[[Message], object],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Make the requests of a client.

        Args:
            client: that has been started.
            post: gives a message to the app.
            spawn: runs a coroutine in a worker of the app.
        """
        self._client = client
        self._post = post
        self._spawn = spawn
        self._wanted: dict[str, set[int]] = {}
        """Numbers of messages that are answered and asked for, by conversation."""

    @property
    def client(self) -> ChatPort:
        """Who is asked."""
        return self._client

    def edit(self, conversation: str, seq: int, content: str) -> None:
        """Let a message say something else; what is refused comes back."""

        def refused(reason: str) -> Message:
            return EditRefused(conversation, seq, content, reason)

        self.ask(self._client.edit(conversation, seq, content), refused=refused)

    def delete(self, conversation: str, seq: int) -> None:
        """Erase what a message says."""
        self.ask(self._client.delete(conversation, seq))

    def react(self, conversation: str, seq: int, emoji: str, *, on: bool) -> None:
        """React to a message, or take that back."""
        self.ask(self._client.react(conversation, seq, emoji, on=on))

    def set_topic(self, conversation: str, topic: str) -> None:
        """Say what a channel is about."""
        self.ask(self._client.set_topic(conversation, topic))

    def refresh(self, conversation: str, seq: int) -> None:
        """Load a message again that may have changed, with what stands around it."""
        self._spawn(self._refresh(conversation, seq))

    async def _refresh(self, conversation: str, seq: int) -> None:
        try:
            reply = await self._client.history(conversation=conversation, around=seq, limit=_AROUND)
        except RchatError:
            return  # not worth a sentence: it is asked for again when the line is back
        self._post(Around(conversation, seq, reply))

    def look_up(self, conversation: str, seq: int) -> None:
        """Load a message that is to be shown in its place, with what stands around it."""

        async def look_up() -> None:
            reply = await self._client.history(conversation=conversation, around=seq, limit=_AROUND)
            self._post(LookedUp(conversation, seq, reply))

        self.ask(look_up())

    def quote(self, conversation: str, seqs: tuple[int, ...]) -> None:
        """Load messages that are answered."""
        waiting = self._wanted.get(conversation)
        if waiting is not None:
            waiting.update(seqs)
        else:
            self._wanted[conversation] = {*seqs}
            self._spawn(self._quote(conversation))

    async def _quote(self, conversation: str) -> None:
        wanted = self._wanted[conversation]
        try:
            while wanted:
                seq = max(wanted)
                reply = await self._client.history(
                    conversation=conversation, around=seq, limit=_QUOTES
                )
                wanted.discard(seq)
                wanted.difference_update(message.seq for message in reply.messages)
                self._post(Quoted(conversation, reply))
        except RchatError:
            # Not worth a sentence: what is answered is asked for again when the line is back.
            wanted.clear()
        finally:
            del self._wanted[conversation]

    def ask(
        self, request: Coroutine[Any, Any, None], *, refused: Callable[[str], Message] = told
    ) -> None:
        """Make a request, and tell why it was refused."""

        async def ask() -> None:
            try:
                await request
            except RchatError as error:
                self._post(refused(str(error)))

        self._spawn(ask())
