"""Names that may be taken for each other, at the door."""

from __future__ import annotations

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from support.chat import Chat

CYRILLIC = "\u0430lice"


async def test_nobody_comes_in_who_looks_like_somebody_else() -> None:
    """Otherwise people tell a stranger what they mean for a friend."""
    chat = Chat()
    alice = chat.login("alice")
    for name in (CYRILLIC, "a1ice", "aIice"):
        with pytest.raises(ChatError) as refused:
            chat.login(name)
        assert refused.value.code is ErrorCode.NAME_IN_USE
        assert f"alice, who looks like {name}, is here already" in refused.value.message
    eve = chat.login("eve")
    chat.leave(eve)
    with pytest.raises(ChatError):
        chat.resume(eve, name=CYRILLIC)
    again = chat.login("alicia")
    assert {alice.session.identity.name, again.session.identity.name} == {"alice", "alicia"}


async def test_a_look_is_free_when_its_holder_has_gone() -> None:
    """Otherwise a name is gone for good, or two who look the same are there in the end."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    chat.leave(alice)
    other = chat.login(CYRILLIC)
    await chat.settle()
    assert chat.hub.users("tea") == [], "the one of before has left, visibly"
    with pytest.raises(ChatError) as taken:
        chat.resume(alice)
    assert taken.value.code is ErrorCode.NAME_IN_USE
    chat.leave(other)
    assert chat.resume(alice).session.identity.name == "alice"
    with pytest.raises(ChatError):
        chat.login(CYRILLIC)


async def test_one_may_write_ones_own_name_otherwise() -> None:
    """Otherwise who is called Ilya cannot come back as ilya: an I looks like an l."""
    chat = Chat()
    ilya = chat.login("Ilya")
    chat.leave(ilya)
    assert chat.resume(ilya, name="ilya").session.identity is ilya.session.identity
