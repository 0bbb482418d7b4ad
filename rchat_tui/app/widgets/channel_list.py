"""The conversations: channels, then people, with what is unread in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.messages import ConversationChosen
from rchat_tui.app.widgets.row_list import Entry, RowList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.transcript import Transcript
    from rchat_tui.client.state import Conversation

_MANY = 999
_STUCK, _WAITING, _DRAFT = "✗", "◌", "✎"
_ROLES = {_STUCK: "stuck", _WAITING: "waiting"}
_HEAD = (Entry("", "rchat", role="brand"), Entry("", ""))


class ChannelList(RowList):
    """Channels and private conversations."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.set_reactive(ChannelList.entries, _HEAD)

    def show(self, model: ChatModel) -> None:
        """Show what the model holds; nothing is drawn where nothing changed."""
        self.entries = tuple(_entries(model))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Ask for the conversation that was chosen."""
        event.stop()
        self.post_message(ConversationChosen(event.key))


def _entries(model: ChatModel) -> Iterator[Entry]:
    yield from _HEAD
    heading = ""
    for conversation in model.ordered():
        own = "Channels" if conversation.kind == "channel" else "Private"
        if own != heading:
            if heading:
                yield Entry("", "")
            heading = own
            yield Entry("", heading, role="heading")
        yield _entry(conversation, model)
    if not heading:
        yield Entry("", "Channels", role="heading")
        yield Entry("", "none yet", role="faint")


def _entry(conversation: Conversation, model: ChatModel) -> Entry:
    from rchat_tui.client.display import safe_line  # here: not before the first paint

    unread = model.unread(conversation)
    private = conversation.kind == "private"
    called = bool(unread) and (private or conversation.mentions > 0)
    badge = f"{unread:,}" if unread <= _MANY else f"{_MANY}+"
    badge = (f"@{badge}" if called and not private else badge) if unread else ""
    unsent = _unsent(model.transcripts.get(conversation.id))
    here = private and _is_here(conversation)
    return Entry(
        key=conversation.id,
        text=safe_line(conversation.name),
        role="strong" if unread else "text" if not private or here else "faint",
        sign="@" if private else "#",
        sign_role="present" if here else "faint",
        badge=" ".join(sign for sign in (_draft(conversation, model), unsent, badge) if sign),
        badge_role="mention" if called else "badge" if unread else _ROLES.get(unsent, "badge"),
        current=conversation.id == model.active,
    )


def _draft(conversation: Conversation, model: ChatModel) -> str:
    """Return a sign for what you began there; what you are writing here you see."""
    here = conversation.id == model.active
    return _DRAFT if not here and model.place(conversation.id) in model.drafts else ""


def _unsent(transcript: Transcript | None) -> str:
    """Return a sign for what you wrote there and is not sent."""
    from rchat_tui.app.items import Delivery

    deliveries = [] if transcript is None else [said.delivery for said in transcript.unsent()]
    if any(delivery.stuck for delivery in deliveries):
        return _STUCK
    return _WAITING if Delivery.WAITING in deliveries else ""


def _is_here(conversation: Conversation) -> bool:
    from rchat_protocol import names

    key = names.key(conversation.name)
    return any(names.key(member) == key for member in conversation.members)
