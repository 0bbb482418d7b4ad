"""Everything that may be asked about a conversation by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import models

if TYPE_CHECKING:
    from collections.abc import Callable

NEVER_USED: Final = f"{0:012x}{0:020x}"
"""An id of the form that all have, which no conversation has."""

ATTEMPTS: Final[dict[str, Callable[[str], list[object]]]] = {
    "message": lambda id_: [
        models.SendMessage("let me in", conversation=id_),
        models.SendMessage("let me in", conversation=id_, id="mine", reply=1),
        models.SendMessage("let me in", conversation=id_, user="alice", channel="tea"),
    ],
    "history": lambda id_: [
        models.HistoryRequest(conversation=id_),
        models.HistoryRequest(conversation=id_, before=2),
        models.HistoryRequest(conversation=id_, after=0),
        models.HistoryRequest(conversation=id_, around=1),
        models.HistoryRequest(conversation=id_, user="alice", channel="tea"),
    ],
    "search": lambda id_: [
        models.SearchRequest(["secret"], conversation=id_),
        models.SearchRequest(conversation=id_, user="alice"),
    ],
    "conversation.read": lambda id_: [models.MarkRead(id_, 1)],
    "message.edit": lambda id_: [models.EditMessage(id_, 1, "it was like this")],
    "message.delete": lambda id_: [models.DeleteMessage(id_, 1)],
    "message.react": lambda id_: [models.React(id_, 1, "👍"), models.React(id_, 1, "👍", on=False)],
    "channel.topic": lambda id_: [models.SetTopic(id_, "they talk")],
    "typing": lambda id_: [models.Typing(id_), models.Typing(id_, on=False)],
    "channel.invite": lambda id_: [models.Invite(id_, "carol")],
    "channel.kick": lambda id_: [models.Kick(id_, "alice")],
    "channel.ban": lambda id_: [models.Ban(id_, "alice"), models.Ban(id_, mask="a*")],
    "channel.unban": lambda id_: [models.Unban(id_, "alice")],
    "channel.mute": lambda id_: [models.Mute(id_, "alice"), models.Mute(id_, "alice", on=False)],
    "channel.operator": lambda id_: [
        models.SetOperator(id_, "carol"),
        models.SetOperator(id_, "carol", owner=True),
    ],
    "channel.access": lambda id_: [
        models.SetAccess(id_, "public"),
        models.SetAccess(id_, "password", "open sesame"),
    ],
    "channel.slow": lambda id_: [models.SetSlow(id_, 60)],
    "channel.rules": lambda id_: [models.RulesQuery(id_)],
    "channel.audit": lambda id_: [models.AuditRequest(id_), models.AuditRequest(id_, before=100)],
}
"""What may be asked about a conversation by its id, by route."""
