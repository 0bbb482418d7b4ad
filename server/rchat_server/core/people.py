"""What people let each other know in passing: nothing of it is in any log, or on the disk.

A word goes to the live streams of those whom it concerns, once for each stream. It never waits: who
does not take it gets how things are, once there is room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, limits, models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.deeds import is_line
from rchat_server.core.naming import shown
from rchat_server.core.ports import View
from rchat_server.core.rates import told

if TYPE_CHECKING:
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.directory import Directory
    from rchat_server.core.identity import Identity
    from rchat_server.core.outbox import Outbox
    from rchat_server.core.ports import Clock

PRESENCE_PAUSE: Final = 1.0
"""Seconds between two words about one person's being away: of more, the last one is told."""


INVITE_PAUSE: Final = 1.0
"""Seconds between two invitations of one person."""

TYPING_PAUSE: Final = 2.0
"""Seconds between two words about one person's writing."""


class People:
    """Who is writing, who is away, and who would like whom to come.

    Args:
        directory: Who is called what.
        clock: Time.
    """

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock

    def info(self, asker: Identity, name: str) -> models.UserInfo:
        """Return what anybody may know of whoever holds the name.

        Raises:
            ChatError: ``no-such-user``.
        """
        person = self._named(name)
        shared = [each for each in person.memberships if each in asker.memberships]
        idle = self._clock.now_ms() - person.active  # the time of day may have gone back
        return models.UserInfo(
            user=person.name,
            since=person.since,
            away=person.away,
            idle=max(0, idle // 1000) if person.active else None,
            terminals=len(person.sessions),
            channels=sorted((c.name for c in shared if c.kind == "channel"), key=names.key),
            account=person.account is not None,
            present=person.present,
        )

    def invite(self, host: Identity, channel: Conversation, name: str) -> None:
        """Let whoever holds the name hear that ``host`` would have him in a channel of his.

        Raises:
            ChatError: ``no-such-user``, ``already-member``, ``no-such-conversation`` where it is
                no channel, ``busy`` where he does not take it now, or too often.
        """
        if channel.kind != "channel":
            raise ChatError(ErrorCode.NO_SUCH_CONVERSATION, "Nobody is invited into that.")
        guest = self._named(name)
        if channel in guest.memberships:
            raise ChatError(ErrorCode.ALREADY_MEMBER, f"{guest.name} is in {channel.name} already.")
        now = self._clock.monotonic()
        wait = host.invited + INVITE_PAUSE - now
        if wait > 0:
            raise ChatError(ErrorCode.BUSY, "You invite too fast: wait a second.", retry=told(wait))
        if not self.let_know(host, channel, name):
            raise ChatError(
                ErrorCode.BUSY, f"{guest.name} cannot be told just now: try again.", retry=1.0
            )
        host.invited = now

    def let_know(self, host: Identity, channel: Conversation, name: str) -> bool:
        """Tell whoever holds the name that he is invited; return whether he took that.

        Raises:
            ChatError: ``no-such-user``.
        """
        word = View([codec.encode(models.Invited(channel.name, host.name))])
        sessions = self._named(name).sessions.values()
        streams = [each for session in sessions for each in session.outboxes]
        return bool([each for each in streams if each.whisper(word)])

    def _named(self, name: str) -> Identity:
        person = self._directory.holder(name)
        if person is None:
            raise ChatError(ErrorCode.NO_SUCH_USER, f"Nobody called {shown(name)} is here.")
        return person

    def set_typing(self, person: Identity, conversation: Conversation, *, on: bool) -> None:
        """Let the others see that somebody is writing, or has stopped, where they are few.

        Of one person that is told every other second at most, and whoever does not take it then
        never hears of it.
        """
        now_ms = person.active = self._clock.now_ms()
        if conversation.member_count() > limits.TYPISTS_AMONG:
            return
        if conversation.rules.mute_of(person, now_ms) is not None:
            return
        if on:
            now = self._clock.monotonic()
            if now - person.typed < TYPING_PAUSE:
                return
            person.typed, person.typing = now, conversation
        elif person.typing is not conversation:
            return
        else:
            person.typing = None
        word = View([codec.encode(models.TypingChanged(conversation.id, person.name, on))])
        for outbox in conversation.live:
            if outbox.viewer != person.id:
                outbox.whisper(word)

    def set_away(self, person: Identity, text: str | None) -> None:
        """Let others see that somebody is away, and why; None: he is back.

        Raises:
            ChatError: ``away-invalid``.
        """
        away = None if text is None else _away(text)
        if away == person.away:
            return
        person.away = away
        if person.telling is not None:
            return
        wait = person.told + PRESENCE_PAUSE - self._clock.monotonic()
        if wait <= 0:
            self._tell(person)
        else:
            person.telling = self._clock.call_later(wait, lambda: self._tell(person))

    def _tell(self, person: Identity) -> None:
        person.telling = None
        if not person.present:
            return  # he is seen nowhere, and his name may be another's
        person.told = self._clock.monotonic()
        shared = [each for each in person.memberships | person.private if each.alive]
        listening: dict[Outbox, None] = {}
        for session in person.sessions.values():
            listening |= session.outboxes
        for conversation in shared:
            conversation.roster.told(person)
            listening |= conversation.live
        word = View([codec.encode(models.PresenceChanged(person.name, person.away))])
        for outbox in listening:
            if not outbox.whisper(word):
                for conversation in shared:
                    outbox.lose_sight(conversation)


def _away(text: str) -> str:
    away = text.strip()
    if len(away) > limits.AWAY_CHARS:
        raise ChatError(
            ErrorCode.AWAY_INVALID,
            f"That is too long to say why you are away: {limits.AWAY_CHARS} characters are the "
            "most.",
        )
    if not is_line(away):
        raise ChatError(
            ErrorCode.AWAY_INVALID,
            "Why you are away is one line, without control characters.",
        )
    return away
