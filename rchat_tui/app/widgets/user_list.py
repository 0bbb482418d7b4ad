"""Who is in the open conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.messages import PersonChosen
from rchat_tui.app.widgets.bar import AWAY
from rchat_tui.app.widgets.row_list import Entry, RowList

if TYPE_CHECKING:
    from rchat_tui.app.ignored import Ignored
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.state import Conversation


IGNORED: Final = "⊘"


class UserList(RowList):
    """The members, those first who are not away; choosing one opens the private conversation."""

    _told: tuple[Conversation | None, tuple[str, ...], str, bool] | None = None
    """What the rows were made of: ten thousand people cost some frames, and seldom change."""

    def show(self, model: ChatModel) -> None:
        """Show who is in the open conversation."""
        from rchat_protocol import names  # here: not before the first paint

        conversation = model.conversation
        members = () if conversation is None else conversation.members
        me = names.key(model.state.user) if model.state.user is not None else ""
        heading = f"People · {len(members):,}" if members else "People"
        # Whoever is in a conversation is one of its people himself: none means not known.
        lost = conversation is not None and conversation.id in model.state.lost
        unknown = conversation is not None and not members and not lost
        shown = self._told
        ignored = model.company.ignored
        told = (tuple(ignored.names()), me, unknown)
        if shown is not None and _alike(shown[0], conversation) and shown[1:] == told:
            return
        self._told = (conversation, *told)
        away = {} if conversation is None else conversation.away
        ranks = _ranks(conversation)
        entries = [
            _entry(each, me, away.get(each), ignored, ranks.get(each, "")) for each in members
        ]
        self.entries = (
            Entry("", heading, role="heading"),
            *(entry for entry in entries if entry.sign != AWAY),
            *(entry for entry in entries if entry.sign == AWAY),
            *([Entry("", "not known yet", role="faint")] if unknown else []),
        )

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Ask for the private conversation with who was chosen."""
        event.stop()
        self.post_message(PersonChosen(event.key))


def _alike(one: Conversation | None, other: Conversation | None) -> bool:
    """Return whether the same people are in both, and likewise."""
    if one is None or other is None:
        return one is other
    same = one.members is other.members and one.away is other.away
    return same and one.rules == other.rules


def _ranks(conversation: Conversation | None) -> dict[str, str]:
    """Return who decides there, by name, and how much."""
    if conversation is None:
        return {}
    rules = conversation.rules
    return {
        **dict.fromkeys(rules.operators, "op"),
        **({rules.owner: "owner"} if rules.owner else {}),
    }


def _entry(member: str, me: str, away: str | None, ignored: Ignored, rank: str) -> Entry:
    from rchat_protocol import names
    from rchat_tui.client.display import safe_line

    mine = names.key(member) == me
    here = away is None
    heard = member not in ignored
    return Entry(
        key="" if mine else member,
        text=safe_line(member),
        role="text" if here and heard else "faint",
        sign=AWAY if not here else "●" if heard else IGNORED,
        sign_role="waiting" if not here else "present" if heard else "faint",
        note=safe_line(away or ""),
        badge=", ".join(filter(None, ("you" if mine else "", rank))),
        badge_role="faint",
        colored=here and heard,
    )
