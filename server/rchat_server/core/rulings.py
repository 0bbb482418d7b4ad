"""Acts of moderation: what each makes of a channel's rules, and who may do it. Pure.

Each function returns a `Ruling`, or raises `ChatError` ``not-allowed``. It is called where the
order of the channel decides, with the rules as they are then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.rules import BANS, GUESTS, OPERATOR, OPERATORS, OWNER, Ban, Mute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_protocol import models
    from rchat_server.core.identity import Identity
    from rchat_server.core.rules import Rules

Limit = TypeVar("Limit", Ban, Mute)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an act of moderation comes to."""

    rules: Rules
    act: models.ModerationAct
    subject: str = ""
    """Whom or what it is about, as operators see it."""
    reason: str = ""
    until: int = 0
    """When it ends by itself: milliseconds since 1970-01-01 UTC; 0: not."""
    expelled: tuple[Identity, ...] = ()
    """Who is a member no longer."""


class Room(Protocol):
    """Who is where a ruling is made."""

    def people(self) -> Iterable[Identity]:
        """Return the members who are seen there."""

    def holds(self, identity: Identity) -> bool:
        """Return whether somebody is a member, seen or not."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moderates."""

    identity: Identity | None
    """None: whoever runs the server."""
    name: str
    at: int
    """Milliseconds since 1970-01-01 UTC."""

    def needs(self, rank: int, rules: Rules) -> None:
        """Go on where he decides as much.

        Raises:
            ChatError: ``not-allowed``.
        """
        if rules.rank(self.identity) < rank:
            who = "its owner" if rank >= OWNER else "an operator"
            raise ChatError(ErrorCode.NOT_ALLOWED, f"That is for {who} of the channel to do.")

    def outranks(self, person: Identity, rules: Rules) -> None:
        """Go on where he decides more than somebody, and is an operator.

        Raises:
            ChatError: ``not-allowed``.
        """
        self.needs(OPERATOR, rules)
        if rules.rank(self.identity) <= rules.rank(person):
            raise ChatError(
                ErrorCode.NOT_ALLOWED, f"{person.name} is not for you to moderate here."
            )


def kick(rules: Rules, room: Room, actor: Actor, person: Identity, reason: str) -> Ruling:
    """Put somebody out; he may come back, unless he needs to be invited."""
    actor.outranks(person, rules)
    if not room.holds(person):
        raise ChatError(ErrorCode.NO_SUCH_USER, f"{person.name} is not in that channel.")
    return Ruling(rules.without(person.id), "kick", person.name, reason, expelled=(person,))


def ban(rules: Rules, room: Room, actor: Actor, new: Ban, person: Identity | None) -> Ruling:
    """Let somebody in no more, and put out whom it concerns."""
    actor.needs(OPERATOR, rules)
    if person is not None:
        actor.outranks(person, rules)
        rules = rules.without(person.id)
    kept = [each for each in _lasting(rules.bans, actor.at) if not _same(each, new)]
    if len(kept) >= BANS:
        raise ChatError(ErrorCode.TOO_MANY_RULES, f"There are {BANS} bans: lift one first.")
    rules = msgspec.structs.replace(rules, bans=(*kept, new))
    concerned = dict.fromkeys(room.people())
    if person is not None and room.holds(person):
        concerned[person] = None
    expelled = tuple(each for each in concerned if rules.ban_of(each, actor.at) is not None)
    for each in expelled:
        rules = rules.without(each.id)
    return Ruling(rules, "ban", new.shown, new.reason, new.until, expelled)


def unban(rules: Rules, _room: Room, actor: Actor, which: str) -> Ruling:
    """Lift a ban, by its id or by what operators see."""
    actor.needs(OPERATOR, rules)
    wanted = names.key(which)
    for each in rules.bans:
        if which == each.id or wanted == names.key(each.shown):
            kept = tuple(one for one in rules.bans if one is not each)
            return Ruling(msgspec.structs.replace(rules, bans=kept), "unban", each.shown)
    raise ChatError(ErrorCode.NO_SUCH_BAN, "There is no such ban, or not any more: list them.")


def mute(rules: Rules, _room: Room, actor: Actor, new: Mute, person: Identity) -> Ruling:
    """Let somebody listen alone."""
    actor.outranks(person, rules)
    kept = [each for each in _lasting(rules.mutes, actor.at) if each.identity != new.identity]
    if len(kept) >= BANS:
        raise ChatError(ErrorCode.TOO_MANY_RULES, f"There are {BANS} who are silenced already.")
    rules = msgspec.structs.replace(rules, mutes=(*kept, new))
    return Ruling(rules, "mute", new.shown, new.reason, new.until)


def unmute(rules: Rules, _room: Room, actor: Actor, which: str) -> Ruling:
    """Let somebody speak again."""
    actor.needs(OPERATOR, rules)
    wanted = names.key(which)
    kept = tuple(each for each in rules.mutes if names.key(each.shown) != wanted)
    if len(kept) == len(rules.mutes):
        raise ChatError(ErrorCode.NO_SUCH_BAN, "Nobody of that name is silenced there.")
    return Ruling(msgspec.structs.replace(rules, mutes=kept), "unmute", which)


def set_operator(rules: Rules, room: Room, actor: Actor, person: Identity, *, on: bool) -> Ruling:
    """Make somebody an operator, or no longer."""
    actor.needs(OWNER, rules)
    if person.id == rules.owner:
        raise ChatError(ErrorCode.NOT_ALLOWED, f"{person.name} owns the channel.")
    operators = {id_: name for id_, name in rules.operators.items() if id_ != person.id}
    if on:
        if not room.holds(person):
            raise ChatError(ErrorCode.NO_SUCH_USER, f"{person.name} is not in that channel.")
        if len(operators) >= OPERATORS:
            raise ChatError(ErrorCode.TOO_MANY_RULES, f"{OPERATORS} operators are the most.")
        operators[person.id] = person.name
    act: models.ModerationAct = "op" if on else "deop"
    return Ruling(msgspec.structs.replace(rules, operators=operators), act, person.name)


def set_owner(rules: Rules, room: Room, actor: Actor, person: Identity) -> Ruling:
    """Let somebody else own the channel; who did is an operator from then on."""
    actor.needs(OWNER, rules)
    if not room.holds(person):
        raise ChatError(ErrorCode.NO_SUCH_USER, f"{person.name} is not in that channel.")
    operators = {**rules.operators, person.id: person.name}
    new = msgspec.structs.replace(rules, owner=person.id, operators=operators)
    return Ruling(new, "owner", person.name)


def set_access(
    rules: Rules, _room: Room, actor: Actor, access: models.ChannelAccess, password: str
) -> Ruling:
    """Say who may come in; who is in stays."""
    actor.needs(OWNER, rules)
    new = msgspec.structs.replace(rules, access=access, password=password)
    return Ruling(new, "access", access)


def set_slow(rules: Rules, _room: Room, actor: Actor, seconds: int) -> Ruling:
    """Say how often one person may write."""
    actor.needs(OPERATOR, rules)
    return Ruling(msgspec.structs.replace(rules, slow=seconds), "slow", str(seconds))


def invite(rules: Rules, _room: Room, actor: Actor, person: Identity) -> Ruling:
    """Let somebody come in whom the channel's access would keep out."""
    actor.needs(OPERATOR, rules)
    if person.id not in rules.invited and len(rules.invited) >= GUESTS:
        raise ChatError(ErrorCode.TOO_MANY_RULES, f"{GUESTS} people are invited already.")
    new = msgspec.structs.replace(rules, invited={**rules.invited, person.id: person.name})
    return Ruling(new, "invite", person.name)


def _lasting(limits: Iterable[Limit], now: int) -> list[Limit]:
    return [each for each in limits if not (each.until and each.until <= now)]


def _same(one: Ban, two: Ban) -> bool:
    return (one.kind, one.value) == (two.kind, two.value)
