"""The conversations: pinned ones, channels, then people, with what is unread in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.messages import ConversationChosen
from rchat_tui.app.widgets.row_list import Entry, RowList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_tui.app.counting import Count
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.transcript import Transcript
    from rchat_tui.client.state import Conversation

_MANY: Final = 999
_STUCK, _WAITING, _DRAFT = "✗", "◌", "✎"
_ROLES: Final = {_STUCK: "stuck", _WAITING: "waiting"}
_HEAD: Final = (Entry("", "rchat", role="brand"), Entry("", ""))
PINNED: Final = "◆"
MUTED: Final = "⊘"


class ChannelList(RowList):
    """Channels and private conversations."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.set_reactive(ChannelList.entries, _HEAD)
        self._made: dict[str, tuple[Conversation, Count, str, bool, Entry]] = {}
        """What the rows were made of: of a thousand, one message changes one."""

    def show(self, model: ChatModel) -> None:
        """Show what the model holds; nothing is drawn where nothing changed."""
        self.entries = tuple(self._entries(model))
        if len(self._made) > len(model.state.conversations):
            there = model.state.conversations
            self._made = {id_: made for id_, made in self._made.items() if id_ in there}

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Ask for the conversation that was chosen."""
        event.stop()
        self.post_message(ConversationChosen(event.key))

    def _entries(self, model: ChatModel) -> Iterator[Entry]:
        yield from _HEAD
        heading = ""
        for conversation in model.preferences.listed(model.state.conversations.values()):
            own = _heading(conversation, model)
            if own != heading:
                if heading:
                    yield Entry("", "")
                heading = own
                yield Entry("", heading, role="heading")
            yield self._entry(conversation, model)
        if not heading:
            yield Entry("", "Channels", role="heading")
            yield Entry("", "none yet", role="faint")

    def _entry(self, conversation: Conversation, model: ChatModel) -> Entry:
        from rchat_tui.app.counting import count  # here: not before the first paint

        counted = count(model, conversation)
        unsent = _unsent(model.transcripts.get(conversation.id))
        signs = " ".join(sign for sign in (_draft(conversation, model), unsent) if sign)
        current = conversation.id == model.active
        made = self._made.get(conversation.id)
        if made is not None and made[0] is conversation and made[1:4] == (counted, signs, current):
            return made[4]
        entry = _made(conversation, counted, signs, current=current)
        self._made[conversation.id] = (conversation, counted, signs, current, entry)
        return entry


def _heading(conversation: Conversation, model: ChatModel) -> str:
    if model.preferences.pinned(conversation):
        return f"{PINNED} Pinned"
    return "Channels" if conversation.kind == "channel" else "Private"


def _made(conversation: Conversation, counted: Count, signs: str, *, current: bool) -> Entry:
    from rchat_tui.client.display import safe_line

    private = conversation.kind == "private"
    here = private and _is_here(conversation)
    away = here and conversation.name in conversation.away
    role = "strong" if counted.unread else "text" if not private or here else "faint"
    badge = shown_number(counted.unread) if counted.unread else ""
    badge_role = "mention" if private else "badge"
    call = "" if private else called(counted)
    if counted.muted:
        # What is unread is still told, but calls for nobody.
        role, badge_role, call = "faint", "faint", ""
        badge = f"{MUTED} {badge}".strip()
    if signs:
        badge, badge_role = f"{signs} {badge}".strip(), _ROLES.get(signs[-1], badge_role)
    return Entry(
        key=conversation.id,
        text=safe_line(conversation.name),
        role=role,
        sign="@" if private else "#",
        sign_role="waiting" if away else "present" if here and not counted.muted else "faint",
        call=call,
        badge=badge,
        badge_role=badge_role,
        current=current,
    )


def _draft(conversation: Conversation, model: ChatModel) -> str:
    """Return a sign for what you began there; what you are writing here you see."""
    here = conversation.id == model.active
    return _DRAFT if not here and model.place(conversation.id) in model.drafts else ""


def shown_number(number: int) -> str:
    """Return a number as there is room for it."""
    return f"{number:,}" if number <= _MANY else f"{_MANY}+"


def called(counted: Count) -> str:
    """Return how often you were called: ``@2``, or ``@2+1`` with a message that has a keyword."""
    mentions = f"@{shown_number(counted.mentions)}" if counted.mentions else ""
    return f"{mentions}+{shown_number(counted.keywords)}" if counted.keywords else mentions


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
