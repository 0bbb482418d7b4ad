"""What holds in a channel: who may come in, who speaks, who decides. Pure."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from rchat_protocol import models, names
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from rchat_server.core.identity import Identity

OPERATORS: Final = 100
"""Operators of one channel."""

BANS: Final = 500
"""Bans of one channel, and people who may not speak there, likewise."""

GUESTS: Final = 1000
"""People who are invited into one channel."""

MEMBER: Final = 0
OPERATOR: Final = 1
OWNER: Final = 2
CONSOLE: Final = 3
"""Whoever runs the server."""

BanKind = Literal["person", "name", "address"]


class Ban(msgspec.Struct, frozen=True):
    """Somebody may not come in."""

    id: str
    kind: BanKind
    value: str
    """Identity id; a mask of names, in the form of `names.key`; or what is one customer's of a
    network, which is told to nobody."""
    shown: str
    """What operators see."""
    by: str
    at: int
    """Milliseconds since 1970-01-01 UTC."""
    until: int = 0
    """0: for good."""
    reason: str = ""


class Mute(msgspec.Struct, frozen=True):
    """Somebody may listen, and not speak."""

    identity: str
    shown: str
    by: str
    at: int
    until: int = 0
    reason: str = ""


class Rules(msgspec.Struct, frozen=True):
    """What holds in one channel."""

    access: models.ChannelAccess = "public"
    password: str = ""
    """Its Argon2 hash, where the access is by password."""
    slow: int = 0
    """Seconds from one message of a person to his next."""
    owner: str = ""
    """Identity id; empty where there is none."""
    operators: dict[str, str] = {}
    """Names by identity id, the owner's among them: what they were called then."""
    bans: tuple[Ban, ...] = ()
    mutes: tuple[Mute, ...] = ()
    invited: dict[str, str] = {}
    """Names by identity id."""

    @property
    def restricts(self) -> bool:
        """Whether who writes has to be looked at."""
        return bool(self.access != "public" or self.slow or self.bans or self.mutes)

    def rank(self, identity: Identity | None) -> int:
        """Return how much somebody decides here; None is whoever runs the server."""
        if identity is None or not identity.id:
            return CONSOLE
        if identity.id == self.owner:
            return OWNER
        return OPERATOR if identity.id in self.operators else MEMBER

    def ban_of(self, person: Identity, now: int) -> Ban | None:
        """Return what keeps somebody out."""
        if not self.bans or self.rank(person) >= OPERATOR:
            return None
        key = names.key(person.name)
        sites = {session.origin.site for session in person.sessions.values()}
        for ban in self.bans:
            if ban.until and ban.until <= now:
                continue
            match ban.kind:
                case "person":
                    hit = ban.value == person.id
                case "name":
                    hit = fnmatch.fnmatchcase(key, ban.value)
                case "address":
                    hit = ban.value in sites
            if hit:
                return ban
        return None

    def mute_of(self, person: Identity, now: int) -> Mute | None:
        """Return what keeps somebody from speaking."""
        for mute in self.mutes:
            if mute.identity == person.id and not (mute.until and mute.until <= now):
                return mute
        return None

    def refuse_entry(self, person: Identity, now: int, key: str) -> None:
        """Let somebody in.

        Args:
            person: Who would become a member.
            now: Milliseconds since 1970-01-01 UTC.
            key: The hash of the password that he gave, where it was right.

        Raises:
            ChatError: ``banned``, ``invited-only``, ``channel-password``.
        """
        if self.rank(person) >= OPERATOR:
            return
        ban = self.ban_of(person, now)
        if ban is not None:
            raise banned(ban, now)
        if self.access == "public" or person.id in self.invited:
            return
        if self.access == "private":
            raise ChatError(
                ErrorCode.INVITED_ONLY, "That channel is private: ask somebody there to invite you."
            )
        if not key or key != self.password:
            raise ChatError(ErrorCode.CHANNEL_PASSWORD, "That channel has a password.")

    def refuse_speech(self, person: Identity, now: int, *, inside: bool) -> None:
        """Let somebody write.

        Raises:
            ChatError: ``banned``, ``muted``; ``no-such-channel`` where he may not know of it.
        """
        if self.rank(person) >= OPERATOR:
            return
        ban = self.ban_of(person, now)
        if ban is not None:
            raise banned(ban, now)
        mute = self.mute_of(person, now)
        if mute is not None:
            raise ChatError(
                ErrorCode.MUTED,
                f"{mute.by} has silenced you here{_for(mute.until, now)}{_why(mute.reason)}.",
            )
        if self.access != "public" and not inside:
            raise ChatError(ErrorCode.NO_SUCH_CHANNEL, "There is no such channel.")

    def without(self, identity: str) -> Rules:
        """Return the same without any right of somebody."""
        return msgspec.structs.replace(
            self,
            owner="" if self.owner == identity else self.owner,
            operators={id_: name for id_, name in self.operators.items() if id_ != identity},
            invited={id_: name for id_, name in self.invited.items() if id_ != identity},
        )


def banned(ban: Ban, now: int) -> ChatError:
    """Return what somebody is told who is banned."""
    return ChatError(
        ErrorCode.BANNED, f"You are banned there{_for(ban.until, now)}{_why(ban.reason)}."
    )


def encode(rules: Rules) -> str:
    """Return rules as they are stored."""
    return msgspec.json.encode(rules).decode()


def decode(text: str) -> Rules:
    """Return rules that were stored; empty text stands for those of a channel without any.

    Raises:
        msgspec.DecodeError: They are damaged.
    """
    return msgspec.json.decode(text, type=Rules) if text else Rules()


def _for(until: int, now: int) -> str:
    if not until:
        return ""
    minutes = max(1, -(-(until - now) // 60_000))
    return f" for {minutes} min" if minutes < 120 else f" for {-(-minutes // 60)} h"  # noqa: PLR2004


def _why(reason: str) -> str:
    return f": {reason.rstrip('.')}" if reason else ""
