"""What is said of accounts and of who decides: sentences, from what the server tells. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from rchat_tui.app.items import Notice, NoticeKind
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rchat_protocol.models import AuditEntry, BanInfo, RulesReply, TokenInfo
    from rchat_tui.client.events import Moderated, Parted

_NAMED: Final = 50
"""Bans, and people, that are listed."""


_OPEN: Final[dict[str, str]] = {
    "public": "everybody",
    "private": "those who are invited",
    "password": "those who know its password",
}


def moderated(event: Moderated, at: int) -> Notice:
    """Return the notice that somebody did something to the channel or its people."""
    who, whom = safe_line(event.user), safe_line(event.subject)
    told = {
        "kick": f"{who} put {whom} out",
        "ban": f"{who} banned {whom}",
        "unban": f"{who} lifted the ban of {whom}",
        "mute": f"{who} silenced {whom}",
        "unmute": f"{who} lets {whom} speak again",
        "op": f"{who} made {whom} an operator",
        "deop": f"{who} made {whom} no operator any more",
        "owner": f"{who} gave the channel to {whom}",
        "invite": f"{who} invited {whom}",
    }.get(event.act)
    if event.act == "access":
        told = f"{who} opened the channel to {_OPEN.get(event.subject, whom)}"
    elif event.act == "slow":
        slow = event.rules.slow
        told = f"{who} let a message of each pass every {slow:,} s" if slow else None
        told = told or f"{who} ended slow mode"
    told = told or f"{who}: {safe_line(event.act)} {whom}"
    until = f" until {_time(event.until)}" if event.until else ""
    return Notice(f"{told}{until}{_why(event.reason)}", at, NoticeKind.INFO, event.user)


def put_out(event: Parted, channel: str) -> str:
    """Return what one is told who was put out of a channel that is called so."""
    return f"{safe_line(event.by)} put you out of {safe_line(channel)}{_why(event.reason)}."


def rules(reply: RulesReply) -> str:
    """Return what holds in a channel."""
    held = reply.rules
    slow = f" Each writes every {held.slow:,} s." if held.slow else ""
    lines = [
        f"Open to {_OPEN.get(held.access, held.access)}.{slow}",
        f"It is {safe_line(held.owner)}'s." if held.owner else "Nobody owns it.",
        f"Operators: {_listed(held.operators)}",
    ]
    if reply.invited:
        lines.append(f"Invited: {_listed(reply.invited)}")
    for name, which in (("Banned", reply.bans), ("Silenced", reply.mutes)):
        lines += [f"{name}: {_ban(each)}" for each in which[:_NAMED]]
    return "\n".join(lines)


def audit(acts: Sequence[AuditEntry]) -> str:
    """Return what was done in a channel."""
    lines = [
        f"{_time(each.at)} {safe_line(each.user)}: {safe_line(each.act)} {safe_line(each.subject)}"
        f"{_why(each.reason)}"
        for each in acts
    ]
    return "\n".join(lines) or "Nothing was done here."


def logins(tokens: Sequence[TokenInfo], now: int) -> str:
    """Return where an account is logged in, numbered."""
    lines = []
    for number, each in enumerate(tokens, 1):
        where = safe_line(each.address) or "somewhere"
        here = " (here)" if each.current else ""
        hours = max(0, now - each.used) // 3_600_000
        ago = f"{hours // 24:,} d ago" if hours >= 24 else f"{hours} h ago" if hours else "lately"  # noqa: PLR2004
        lines.append(f"{number}  from {where}, used {ago}, since {_time(each.made)}{here}")
    return "\n".join([*lines, "/logout NUMBER logs one out, /logout others all but this."])


def _ban(ban: BanInfo) -> str:
    until = f" until {_time(ban.until)}" if ban.until else ""
    return f"{safe_line(ban.subject)} by {safe_line(ban.by)}{until}{_why(ban.reason)}"


def _listed(names: Iterable[str]) -> str:
    shown = [safe_line(name) for name in names]
    more = len(shown) - _NAMED
    return ", ".join(shown[:_NAMED]) + (f" and {more:,} more" if more > 0 else "") or "none"


def _why(reason: str) -> str:
    return f": {safe_line(reason)}" if reason else ""


def _time(at: int) -> str:
    try:
        return f"{dt.datetime.fromtimestamp(at / 1000).astimezone():%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):  # a server may say anything
        return "some time"
