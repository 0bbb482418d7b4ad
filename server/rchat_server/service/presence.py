"""What people let each other know beside what they say. None of it waits for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, models

if TYPE_CHECKING:
    from rchat_server.core.ports import Reply
    from rchat_server.service.caller import Caller

_DONE: Final = codec.encode(models.Empty())


def user_info(caller: Caller, data: bytes, reply: Reply) -> None:
    """Tell what anybody may know of somebody."""
    asker = caller.session.identity
    asked = codec.decode(data, models.UserQuery)
    reply.send(codec.encode(caller.hub.people.info(asker, asked.user)))


def typing(caller: Caller, data: bytes, reply: Reply) -> None:
    """Let others see that one is writing."""
    session = caller.session
    asked = codec.decode(data, models.Typing)
    conversation = caller.hub.conversation(session, asked.conversation)
    caller.hub.people.set_typing(session.identity, conversation, on=asked.on)
    reply.send(_DONE)


def away(caller: Caller, data: bytes, reply: Reply) -> None:
    """Let others see that one is away, or is back."""
    person = caller.session.identity
    caller.hub.people.set_away(person, codec.decode(data, models.SetAway).text)
    reply.send(_DONE)
