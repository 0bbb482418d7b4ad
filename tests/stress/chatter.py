"""People who use the product's client in this process."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from rchat_tui.client import ChatClient
from rchat_tui.client.errors import ConnectionLost, OutcomeUnknown, RchatError, ServerError
from rchat_tui.client.events import Online
from stress.ears import Ears
from stress.ledger import Ack, Ledger, Sent, Stream
from stress.writer import Work, filled

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine, Sequence


class Chatter:
    """Somebody with a `ChatClient`.

    Args:
        name: What he is called.
        ledger: Where it is noted.
        url: The server.
        rng: The client's chance.
        channels: Where he is to be.
        label: Whose view it is in the ledger, where one person has several.
        client: Further arguments of the `ChatClient`. With a store he writes into its outbox.
    """

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        url: str,
        rng: random.Random,
        *,
        channels: Sequence[str] = (),
        label: str = "",
        client: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.label = label or name
        self.chat = ChatClient(url, user=name, rng=rng, **(client or {}))
        self.ears = Ears(name, self.label, ledger, self._fetch)
        self._keeps = "store" in (client or {})
        self._ledger = ledger
        self._channels = list(channels)
        self._joined: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- life --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self.chat.start()
        self._spawn(self._consume(), f"ears of {self.label}")
        self._spawn(join_all(self.chat, self._channels, self._arrived), f"{self.label} joins")

    async def here(self) -> None:
        """Wait until he is logged in, in all of his channels, and up to date."""
        await self._ledger.until(lambda: self.ears.live and self._joined.issuperset(self._channels))

    @property
    def streams(self) -> dict[str, Stream]:
        """His view of each conversation, by id."""
        return self.ears.streams

    @property
    def reads(self) -> dict[str, int]:
        """His read marker in each conversation, as he was told last."""
        return self.ears.reads

    async def mark_read(self, conversation: str, seq: int) -> None:
        """Say that everything up to ``seq`` has been seen, until it is answered."""
        while True:
            await self.here()
            try:
                await self.chat.mark_read(conversation, seq)
            except ServerError as error:
                if error.retry is False:
                    raise
            except RchatError:
                await asyncio.sleep(0.02)
            else:
                return

    async def aclose(self) -> None:
        """Leave."""
        await self.chat.aclose()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _arrived(self, channel: str) -> None:
        self._joined.add(channel)
        self._ledger.pulse()

    async def _consume(self) -> None:
        loop = asyncio.get_running_loop()
        async for event in self.chat.events():
            self.ears.take(event, loop.time())

    def _fetch(self, conversation: str, first: int, last: int) -> None:
        coroutine = read_back(self.chat, conversation, (first, last), self.ears.read_back)
        self._spawn(coroutine, f"{self.label} reads back")

    # -- what he says ------------------------------------------------------------------------------

    async def say(self, work: Work, rng: random.Random) -> None:
        """Say something in a channel; return when it is known what became of all of it."""
        for _ in range(work.count):
            sent = self._ledger.write(self.name, work.place, filled(rng, work, self.name))
            if self._keeps:
                await self._keep(sent)
            else:
                sent.id = f"{rng.getrandbits(96):024x}"
                await self._until_known(sent)
            if work.pause:
                await asyncio.sleep(rng.uniform(0, work.pause))
        await self._ledger.until(lambda: not self.ears.waiting)

    async def _keep(self, sent: Sent) -> None:
        """Write into the outbox: from then on it is the client's."""
        conversation = self.ears.conversation(sent.place)
        assert conversation is not None, "he is there"
        sent.id = await self.chat.post(conversation, sent.content)
        sent.kept = True

    async def _until_known(self, sent: Sent) -> None:
        while True:
            await self.here()
            try:
                ack = await self.chat.channel_message(sent.place, sent.content, message_id=sent.id)
            except (ConnectionLost, OutcomeUnknown):
                await asyncio.sleep(0.02)
            except ServerError as error:
                if error.retry is False:
                    sent.refused = error.code
                    return
                await asyncio.sleep(min(0.1, float(error.retry)))
            else:
                self._ledger.acked(sent, Ack(ack.conversation, ack.epoch, ack.seq, ack.id, ack.at))
                return


async def join_all(
    chat: ChatClient, channels: Sequence[str], arrived: Callable[[str], None]
) -> None:
    """Join channels, each until it is done."""
    for channel in channels:
        while True:
            if isinstance(chat.status, Online):
                with contextlib.suppress(RchatError):
                    await chat.join(channel)
                    break
            await asyncio.sleep(0.01)
        arrived(channel)


async def read_back(
    chat: ChatClient,
    conversation: str,
    numbers: tuple[int, int],
    take: Callable[[str, list[Any]], None],
) -> None:
    """Read what was skipped, as somebody does who scrolls up, over as many lines as it takes."""
    first, last = numbers
    while first <= last:
        try:
            page = await chat.history(conversation=conversation, after=first - 1)
        except RchatError:
            await asyncio.sleep(0.05)
            continue
        take(conversation, [each for each in page.messages if each.seq <= last])
        first = max((each.seq for each in page.messages), default=last) + 1
