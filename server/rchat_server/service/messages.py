"""Messages: sending them, acting on them, hearing them, reading them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import codec, models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.history import history
from rchat_server.core.search import search as search_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.commands import Outcome
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.deeds import Asked
    from rchat_server.core.outbox import Outbox
    from rchat_server.core.ports import Reply, Sink
    from rchat_server.core.session import Session
    from rchat_server.service.caller import Caller, Request


def send(caller: Caller, data: bytes, reply: Reply) -> None:
    """Post a message; answered with its number after it is committed."""
    session = caller.session
    asked = codec.decode(data, models.SendMessage)
    caller.hub.post(session, asked).then(_answering(caller, reply))


def edit(caller: Caller, data: bytes, reply: Reply) -> None:
    """Let a message say something else; answered as `send`, like all that follow."""
    _act(caller, data, models.EditMessage, reply)


def delete(caller: Caller, data: bytes, reply: Reply) -> None:
    """Erase what a message says."""
    _act(caller, data, models.DeleteMessage, reply)


def react(caller: Caller, data: bytes, reply: Reply) -> None:
    """Put a reaction, or take it back."""
    _act(caller, data, models.React, reply)


def set_topic(caller: Caller, data: bytes, reply: Reply) -> None:
    """Say what a channel is about."""
    _act(caller, data, models.SetTopic, reply)


def _act(caller: Caller, data: bytes, model: type[Asked], reply: Reply) -> None:
    session = caller.session
    caller.hub.act(session, codec.decode(data, model)).then(_answering(caller, reply))


def _answering(caller: Caller, reply: Reply) -> Callable[[Outcome], None]:
    epoch = caller.log.epoch

    def answer(outcome: Outcome) -> None:
        if isinstance(outcome, ChatError):
            reply.fail(outcome)
        else:
            place = models.Ack(outcome.conversation, epoch, outcome.seq, outcome.id, outcome.at)
            reply.send(codec.encode(place))

    return answer


def incoming(caller: Caller, _request: Request, sink: Sink) -> Outbox:
    """Open the tutorial's stream of messages."""
    return caller.hub.streams.incoming(caller.session, sink)


def events(caller: Caller, request: Request, sink: Sink) -> Outbox:
    """Open the stream of everything that happens."""
    session = caller.session
    asked = codec.decode(request.data, models.EventsRequest)
    return caller.hub.streams.events(session, sink, asked)


async def read_history(caller: Caller, request: Request) -> bytes:
    """Read a conversation's messages back."""
    session = caller.session
    asked = codec.decode(request.data, models.HistoryRequest)
    conversation = _conversation(caller, session, asked)
    return codec.encode(await history(caller.log, conversation, asked))


async def search(caller: Caller, request: Request) -> bytes:
    """Find messages in what the asker may read."""
    session = caller.session
    asked = codec.decode(request.data, models.SearchRequest)
    if asked.conversation is not None:
        readable = [caller.hub.conversation(session, asked.conversation)]
    else:
        readable = list(session.identity.memberships)
    return codec.encode(await search_log(caller.log, readable, asked))


def _conversation(caller: Caller, session: Session, asked: models.HistoryRequest) -> Conversation:
    if asked.conversation is not None:
        return caller.hub.conversation(session, asked.conversation)
    if asked.channel is not None:
        return caller.hub.channel(session, asked.channel)
    if asked.user is not None:
        return caller.hub.private(session, asked.user)
    raise ChatError(ErrorCode.BAD_REQUEST, "Say which: conversation, channel or user.")
