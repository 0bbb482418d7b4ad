"""Moderation: from what somebody asks to what waits in the channel's queue."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol import limits, models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.passwords import password
from rchat_server.core import rulings
from rchat_server.core.deeds import is_line
from rchat_server.core.identity import Identity
from rchat_server.core.naming import shown
from rchat_server.core.ports import NewDeed
from rchat_server.core.rates import Rate, Rates, told
from rchat_server.core.rules import OPERATOR, Ban, Mute
from rchat_server.core.rulings import Actor

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from rchat_server.core.conversation import Conversation
    from rchat_server.core.directory import Directory
    from rchat_server.core.ports import Clock, Log, Passwords
    from rchat_server.core.session import Session

_GUESSES: Final = Rate(5, 5 / 60)
"""How often one person, or one address, may give a wrong password of a channel."""

_CONSOLE_NAME: Final = "the server"
"""What whoever runs the server is called: with a space, as no user is."""

LONGEST_SLOW: Final = 3600
"""Seconds between two messages of one person, at most."""


class Moderation:
    """Who decides what in channels.

    The functions that return a future queue what is asked, and it is done when that is stored;
    whoever may not do it is refused there, as ``not-allowed``. An actor is the identity of a
    session, or, for whoever runs the server, None.

    Args:
        directory: Who is called what.
        log: Has the record of what was done.
        clock: Time.
        passwords: Stretches those of channels.
        new_id: Makes an id that was not used before.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        log: Log,
        clock: Clock,
        passwords: Passwords,
        new_id: Callable[[], str],
    ) -> None:
        self._directory = directory
        self._log = log
        self._clock = clock
        self._passwords = passwords
        self._new_id = new_id
        self._guesses = Rates(_GUESSES, clock.monotonic)

    # -- acts --------------------------------------------------------------------------------------

    def kick(
        self, actor: Identity | None, channel: Conversation, asked: models.Kick
    ) -> asyncio.Future[None]:
        """Put somebody out of a channel.

        Raises:
            ChatError: ``no-such-user``, ``reason-invalid``. In the future: ``not-allowed``,
                ``storage-unavailable``; likewise of all that follow.
        """
        person = self._member(channel, asked.user)
        reason = _reason(asked.reason)
        return channel.moderate(
            self._actor(actor), functools.partial(rulings.kick, person=person, reason=reason)
        )

    def ban(
        self, actor: Identity | None, channel: Conversation, asked: models.Ban
    ) -> asyncio.Future[None]:
        """Let a person, the names of a mask, or the address of a person in no more.

        Raises:
            ChatError: ``no-such-user``, ``bad-request``, ``reason-invalid``.
        """
        doer = self._actor(actor)
        person = None if asked.user is None else self._member(channel, asked.user)
        new = Ban(
            id=self._new_id(),
            kind="name",
            value=names.key(asked.mask or ""),
            shown=asked.mask or "",
            by=doer.name,
            at=doer.at,
            until=_until(doer.at, asked.seconds),
            reason=_reason(asked.reason),
        )
        new = _aimed(new, asked, person)
        return channel.moderate(doer, functools.partial(rulings.ban, new=new, person=person))

    def unban(
        self, actor: Identity | None, channel: Conversation, which: str
    ) -> asyncio.Future[None]:
        """Lift a ban. In the future also ``no-such-ban``."""
        return channel.moderate(self._actor(actor), functools.partial(rulings.unban, which=which))

    def mute(
        self, actor: Identity | None, channel: Conversation, asked: models.Mute
    ) -> asyncio.Future[None]:
        """Let somebody listen alone, or speak again.

        Raises:
            ChatError: ``no-such-user``, ``reason-invalid``.
        """
        doer = self._actor(actor)
        if not asked.on:
            return channel.moderate(doer, functools.partial(rulings.unmute, which=asked.user))
        person = self._member(channel, asked.user)
        new = Mute(
            identity=person.id,
            shown=person.name,
            by=doer.name,
            at=doer.at,
            until=_until(doer.at, asked.seconds),
            reason=_reason(asked.reason),
        )
        return channel.moderate(doer, functools.partial(rulings.mute, new=new, person=person))

    def set_operator(
        self, actor: Identity | None, channel: Conversation, asked: models.SetOperator
    ) -> asyncio.Future[None]:
        """Make a member an operator, or the owner, or no operator any more.

        Raises:
            ChatError: ``no-such-user``.
        """
        person = self._member(channel, asked.user)
        if asked.owner:
            decide = functools.partial(rulings.set_owner, person=person)
        else:
            decide = functools.partial(rulings.set_operator, person=person, on=asked.on)
        return channel.moderate(self._actor(actor), decide)

    async def set_access(
        self, actor: Identity | None, channel: Conversation, asked: models.SetAccess
    ) -> None:
        """Say who may come in; return when that is stored.

        Raises:
            ChatError: ``not-allowed``, ``password-invalid``, ``busy``, ``storage-unavailable``.
        """
        doer = self._actor(actor)
        doer.needs(OPERATOR, channel.rules)  # a stranger makes nobody stretch a password
        stored = ""
        if asked.access == "password":
            stored = await self._passwords.hashed(password(asked.password or ""))
        await channel.moderate(
            doer, functools.partial(rulings.set_access, access=asked.access, password=stored)
        )

    def set_slow(
        self, actor: Identity | None, channel: Conversation, seconds: int
    ) -> asyncio.Future[None]:
        """Say how many seconds pass from one message of a person to his next."""
        slow = min(seconds, LONGEST_SLOW)
        return channel.moderate(
            self._actor(actor), functools.partial(rulings.set_slow, seconds=slow)
        )

    def invite(
        self, actor: Identity | None, channel: Conversation, name: str
    ) -> asyncio.Future[None]:
        """Let somebody come in whom the channel's access would keep out.

        Raises:
            ChatError: ``no-such-user``.
        """
        person = self._named(name)
        return channel.moderate(
            self._actor(actor), functools.partial(rulings.invite, person=person)
        )

    async def delete(self, channel: Conversation, seq: int) -> None:
        """Erase a message, as whoever runs the server.

        Raises:
            ChatError: ``no-such-message``, ``busy``, ``storage-unavailable``.
        """
        console = Identity("", b"", _CONSOLE_NAME, present=False, known=False)
        now = self._clock.now_ms()
        deed = NewDeed("delete", "", _CONSOLE_NAME, "", self._new_id(), now, seq)
        await channel.act(console, deed).outcome()

    # -- asking ------------------------------------------------------------------------------------

    def rules(self, actor: Identity | None, channel: Conversation) -> models.RulesReply:
        """Return what holds in a channel: to who is no operator, what all may see."""
        rules, now = channel.rules, self._clock.now_ms()
        if rules.rank(actor) < OPERATOR:
            return models.RulesReply(channel.standing())
        return models.RulesReply(
            channel.standing(),
            bans=[
                models.BanInfo(each.id, each.shown, each.by, each.at, each.until, each.reason)
                for each in rules.bans
                if not each.until or each.until > now
            ],
            mutes=[
                models.BanInfo("", each.shown, each.by, each.at, each.until, each.reason)
                for each in rules.mutes
                if not each.until or each.until > now
            ],
            invited=sorted(rules.invited.values(), key=names.key),
        )

    async def audit(
        self, actor: Identity | None, channel: Conversation, asked: models.AuditRequest
    ) -> models.AuditReply:
        """Return what was done to a channel and its people, newest first.

        Raises:
            ChatError: ``not-allowed``, ``storage-unavailable``.
        """
        self._actor(actor).needs(OPERATOR, channel.rules)
        rows = await self._log.audit(channel.id, before=asked.before, limit=asked.limit + 1)
        acts = [
            models.AuditEntry(each.at, each.user, each.act, each.subject, each.reason)
            for each in rows[: asked.limit]
        ]
        more = rows[asked.limit - 1].key if len(rows) > asked.limit else None
        return models.AuditReply(acts, more)

    async def key(self, session: Session, channel: Conversation, given: str) -> str:
        """Return what opens a channel whose password somebody gives.

        Raises:
            ChatError: ``channel-password``, ``too-fast``, ``busy``.
        """
        stored = channel.rules.password
        if channel.rules.access != "password":
            return ""
        who = session.origin.site or session.identity.id
        wait = self._guesses.wait(who)
        if wait:
            raise ChatError(
                ErrorCode.TOO_FAST, "Wrong passwords were given too often lately.", retry=told(wait)
            )
        try:
            right = await self._passwords.match(password(given), stored)
        except ChatError as error:
            if error.code is not ErrorCode.PASSWORD_INVALID:
                raise
            right = False
        if not right:
            self._guesses.take(who)
            raise ChatError(ErrorCode.CHANNEL_PASSWORD, "That is not the password of the channel.")
        return stored

    # -- within ------------------------------------------------------------------------------------

    def _actor(self, identity: Identity | None) -> Actor:
        name = _CONSOLE_NAME if identity is None else identity.name
        return Actor(identity, name, self._clock.now_ms())

    def _named(self, name: str) -> Identity:
        person = self._directory.holder(name)
        if person is None:
            raise ChatError(ErrorCode.NO_SUCH_USER, f"Nobody called {shown(name)} is here.")
        return person

    def _member(self, channel: Conversation, name: str) -> Identity:
        """Return who is called so in a channel, or on the server."""
        for person in channel.roster.people():
            if names.key(person.name) == names.key(name):
                return person
        return self._named(name)


def _aimed(ban: Ban, asked: models.Ban, person: Identity | None) -> Ban:
    """Return a ban with what it is of."""
    if person is None:
        if not asked.mask or not asked.mask.strip("*?"):
            raise ChatError(
                ErrorCode.BAD_REQUEST, "Say whom: a user, or a mask of names such as spam*."
            )
        if len(asked.mask) > limits.USER_NAME_CHARS or not is_line(asked.mask):
            raise ChatError(ErrorCode.BAD_REQUEST, "That is no mask of names.")
        return ban
    if not asked.address:
        return msgspec.structs.replace(ban, kind="person", value=person.id, shown=person.name)
    sites = sorted({each.origin.site or "" for each in person.sessions.values()} - {""})
    if not sites:
        raise ChatError(
            ErrorCode.NO_SUCH_USER,
            f"{person.name} has no address now that could be banned: ban the person.",
        )
    return msgspec.structs.replace(
        ban, kind="address", value=sites[0], shown=f"the address of {person.name}"
    )


def _until(now: int, seconds: int) -> int:
    return now + 1000 * seconds if seconds else 0


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) > limits.REASON_CHARS or not is_line(reason):
        raise ChatError(
            ErrorCode.REASON_INVALID,
            f"A reason is one line, of {limits.REASON_CHARS} characters at most.",
        )
    return reason
