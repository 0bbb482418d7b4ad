"""What whoever runs the server may ask of it, on the machine that it runs on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Struct

from rchat_protocol import models

if TYPE_CHECKING:
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.hub import Hub
    from rchat_server.core.moderation import Moderation

_DAY = 24 * 3600.0

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class _Ask(Struct, frozen=True, tag_field="ask", forbid_unknown_fields=True):
    """Something that is asked. None shows a secret where it is shown."""


class Status(_Ask, frozen=True, tag="status"):
    """How many are here."""


class Channels(_Ask, frozen=True, tag="channels"):
    """Which channels there are, private ones too."""


class Users(_Ask, frozen=True, tag="users"):
    """Who is in a channel."""

    channel: str


class Accounts(_Ask, frozen=True, tag="accounts"):
    """Which accounts there are."""


class Invite(_Ask, frozen=True, tag="invite"):
    """A new invitation to make accounts."""

    uses: Count = 1
    days: Count = 7


class SetPassword(_Ask, frozen=True, tag="password"):
    """Another password for an account; its machines are logged out."""

    account: str
    password: str

    def __repr__(self) -> str:
        """Tell no secret."""
        return f"SetPassword({self.account!r})"


class DropAccount(_Ask, frozen=True, tag="drop-account"):
    """Give an account up."""

    account: str


class Delete(_Ask, frozen=True, tag="delete"):
    """Erase a message."""

    channel: str
    seq: Count


class Kick(_Ask, frozen=True, tag="kick"):
    """Put somebody out of a channel."""

    channel: str
    user: str
    reason: str = ""


class Ban(_Ask, frozen=True, tag="ban"):
    """Let somebody in no more."""

    channel: str
    user: str | None = None
    mask: str | None = None
    address: bool = False
    seconds: int = 0
    reason: str = ""


class Unban(_Ask, frozen=True, tag="unban"):
    """Lift a ban."""

    channel: str
    ban: str


class Mute(_Ask, frozen=True, tag="mute"):
    """Let somebody listen, and not speak; or speak again."""

    channel: str
    user: str
    on: bool = True
    seconds: int = 0
    reason: str = ""


class Operator(_Ask, frozen=True, tag="operator"):
    """Make somebody an operator, the owner, or no operator any more."""

    channel: str
    user: str
    on: bool = True
    owner: bool = False


class Access(_Ask, frozen=True, tag="access"):
    """Say who may come in."""

    channel: str
    access: models.ChannelAccess
    password: str | None = None

    def __repr__(self) -> str:
        """Tell no secret."""
        return f"Access({self.channel!r}, {self.access!r})"


class Slow(_Ask, frozen=True, tag="slow"):
    """Say how often one person may write."""

    channel: str
    seconds: int


class Rules(_Ask, frozen=True, tag="rules"):
    """What holds in a channel."""

    channel: str


class Audit(_Ask, frozen=True, tag="audit"):
    """What was done in a channel."""

    channel: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


Act = Delete | Kick | Ban | Unban | Mute | Operator | Access | Slow
"""What is done to a channel, or its people."""

Asked = (
    Status | Channels | Users | Accounts | Invite | SetPassword | DropAccount | Rules | Audit | Act
)


async def answer(hub: Hub, asked: Asked) -> list[str]:
    """Do what is asked; return what is to be said, line by line.

    Raises:
        ChatError: It cannot be done; the sentence says why.
    """
    told = _tell(hub, asked)
    if told is not None:
        return told
    if isinstance(asked, Invite):
        return [await hub.invitations.make(uses=asked.uses, seconds=asked.days * _DAY)]
    if isinstance(asked, Audit):
        page = models.AuditRequest("", limit=asked.limit)
        record = await hub.moderation.audit(None, hub.named_channel(asked.channel), page)
        return [_line(each) for each in record.acts]
    if isinstance(asked, SetPassword):
        await hub.registrar.set_password(asked.account, asked.password)
    elif isinstance(asked, DropAccount):
        await hub.registrar.drop(asked.account)
    elif not isinstance(asked, Status | Channels | Users | Accounts | Rules):
        await _moderate(hub.moderation, hub.named_channel(asked.channel), asked)
    return ["Done."]


def _tell(hub: Hub, asked: Asked) -> list[str] | None:
    """Return what is told at once, if it is that."""
    match asked:
        case Status():
            counts = f"{hub.session_count} connected, {hub.channel_count} channels,"
            return [f"{counts} {len(hub.registrar.names())} accounts; mode: {hub.registrar.mode}"]
        case Channels():
            return hub.channels()
        case Users(channel):
            return hub.named_channel(channel).member_names()
        case Accounts():
            return hub.registrar.names()
        case Rules(channel):
            return _rules(hub.moderation.rules(None, hub.named_channel(channel)))
    return None


async def _moderate(acts: Moderation, channel: Conversation, asked: Act) -> None:
    match asked:
        case Delete():
            await acts.delete(channel, asked.seq)
        case Kick():
            await acts.kick(None, channel, models.Kick("", asked.user, asked.reason))
        case Ban(_, user, mask, address, seconds, reason):
            ban = models.Ban("", user, mask, address, seconds, reason)
            await acts.ban(None, channel, ban)
        case Unban():
            await acts.unban(None, channel, asked.ban)
        case Mute(_, user, on, seconds, reason):
            await acts.mute(None, channel, models.Mute("", user, on, seconds, reason))
        case Operator(_, user, on, owner):
            await acts.set_operator(None, channel, models.SetOperator("", user, on, owner))
        case Access():
            access = models.SetAccess("", asked.access, asked.password)
            await acts.set_access(None, channel, access)
        case Slow():
            await acts.set_slow(None, channel, asked.seconds)


def _rules(reply: models.RulesReply) -> list[str]:
    rules = reply.rules
    slow = f"{rules.slow} s" if rules.slow else "off"
    lines = [
        f"access: {rules.access}",
        f"slow mode: {slow}",
        f"owner: {rules.owner or 'nobody'}",
        f"operators: {', '.join(rules.operators) or 'none'}",
        f"invited: {', '.join(reply.invited) or 'nobody'}",
    ]
    for kind, each in [("ban", one) for one in reply.bans] + [("mute", one) for one in reply.mutes]:
        until = f" until {_time(each.until)}" if each.until else ""
        why = f": {each.reason}" if each.reason else ""
        lines.append(f"{kind}: {each.subject} by {each.by}{until}{why}")
    return lines


def _line(act: models.AuditEntry) -> str:
    why = f": {act.reason}" if act.reason else ""
    return f"{_time(act.at)}  {act.user}  {act.act} {act.subject}{why}"


def _time(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at / 1000, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
