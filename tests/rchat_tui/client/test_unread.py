"""Unread counts are the server's: entries after the read marker, whatever came to this client."""

from __future__ import annotations

from rchat_tui.client import (
    ChatState,
    ConversationState,
    Expired,
    MessagePosted,
    Skipped,
    fold,
)


def _state(*, head: int, read: int) -> ChatState:
    unread = max(0, head - read)
    said = ConversationState("c", "channel", "tea", "e", head, 1, read, unread, 0, [])
    return fold(ChatState(user="me"), said)


def _message(seq: int) -> MessagePosted:
    return MessagePosted("c", seq, f"i{seq}", "ada", "hello", 0)


def test_what_was_read_elsewhere_is_not_unread_when_it_comes() -> None:
    """A terminal that catches up counted what had been read on another one."""
    state = _state(head=3, read=5)
    for seq in (4, 5, 6):
        state = fold(state, _message(seq))
    conversation = state.conversations["c"]
    assert (conversation.head, conversation.read, conversation.unread) == (6, 5, 1)


def test_what_is_left_out_is_unread_too() -> None:
    """Two terminals, one of which was away, showed different counts."""
    for left_out in (Skipped("c", 4, 7), Expired("c", 4, 7)):
        conversation = fold(_state(head=3, read=2), left_out).conversations["c"]
        assert (conversation.head, conversation.unread) == (7, 5)
        conversation = fold(_state(head=3, read=5), left_out).conversations["c"]
        assert (conversation.head, conversation.unread) == (7, 2)
