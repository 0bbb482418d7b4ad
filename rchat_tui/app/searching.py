"""What is looked for, and asking for it: one question at a time.

Concurrency: as `rchat_tui.app.errands`. While a question is on its way, only the newest of those
that were typed meanwhile waits; so is it with what was said around a message that was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from msgspec import Struct, structs

from rchat_tui.app import navigation
from rchat_tui.app.answers import Found, Near, NotFound
from rchat_tui.client.errors import ConnectionLost, RchatError
from rchat_tui.client.query import parse

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.message import Message

    from rchat_protocol.models import SearchHit, SearchReply, SearchRequest
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ChatPort
    from rchat_tui.client.query import Query

T = TypeVar("T")

PAGE: Final = 20
"""Messages that are asked for at once."""

_NEAR: Final = 5
"""Messages that are shown of what was said around one, itself among them."""

HERE: Final = "here"
"""What ``in:`` takes for the open conversation."""


class Question(Struct, frozen=True):
    """What is looked for."""

    text: str
    """As it was typed."""
    query: Query
    request: SearchRequest


def question(text: str, model: ChatModel, *, now: dt.datetime) -> Question | None:
    """Return what is looked for; None: nothing is.

    Args:
        text: as it was typed.
        model: who one is, and which conversations there are.
        now: in the zone in which days begin.

    Raises:
        QueryError: It cannot be looked for like that.
    """
    query = parse(text, today=now.date())
    if not query:
        return None

    def find(name: str) -> str | None:
        if name.lower() == HERE:
            return model.active
        found = navigation.named(model, name)
        return None if found is None else found.id

    request = query.request(user=model.state.user, find=find, zone=now.tzinfo, limit=PAGE)
    return Question(text, query, request)


class _Latest(Generic[T]):
    """Answers one wish at a time; of those that come meanwhile the newest waits."""

    def __init__(
        self,
        answer: Callable[[T], Awaitable[object]],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._answer = answer
        self._spawn = spawn
        self._waiting: list[T] = []
        """The newest, or nothing."""
        self._answering = False

    @property
    def answering(self) -> bool:
        """Whether an answer is to come."""
        return self._answering

    def ask(self, wish: T) -> None:
        """Wish for something."""
        self._waiting = [wish]
        if not self._answering:
            self._answering = True
            self._spawn(self._answer_all())

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._waiting.pop())
        finally:
            self._answering = False


class Searching:
    """Searches with one client."""

    def __init__(
        self,
        client: ChatPort,
        *,
        post: Callable[[Message], object],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Begin with nothing that is asked. Arguments as those of `Errands`."""
        self._client = client
        self._post = post
        self._questions = _Latest(self._find, spawn)
        self._places = _Latest(self._look, spawn)

    @property
    def answering(self) -> bool:
        """Whether something is being looked for."""
        return self._questions.answering or self._places.answering

    def find(self, question: Question, cursor: str | None = None) -> None:
        """Look for messages: `Found` comes, or `NotFound`.

        Args:
            question: what is looked for.
            cursor: ``next`` of the answer before: what is older is wanted now.
        """
        self._questions.ask((question, cursor))

    def look_around(self, hit: SearchHit) -> None:
        """Ask what was said around a message that was found: `Near` comes, if it can be had."""
        self._places.ask(hit)

    async def _find(self, asked: tuple[Question, str | None]) -> None:
        question, cursor = asked
        request = structs.replace(question.request, cursor=cursor)
        try:
            reply, kept = await self._reply(request)
        except RchatError as error:
            self._post(NotFound(question, str(error)))
        else:
            self._post(Found(question, reply, kept, older=cursor is not None))

    async def _reply(self, request: SearchRequest) -> tuple[SearchReply, bool]:
        """Return what the server finds; without a line, what this machine has. And which it was."""
        try:
            return await self._client.search(request), False
        except ConnectionLost:
            return await self._client.search_kept(request), True

    async def _look(self, hit: SearchHit) -> None:
        conversation, seq = hit.conversation, hit.message.seq
        try:
            reply = await self._client.history(conversation=conversation, around=seq, limit=_NEAR)
        except RchatError:
            return  # it is only shown beside what was found
        self._post(Near(conversation, seq, reply.messages))
