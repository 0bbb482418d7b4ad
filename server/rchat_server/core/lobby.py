"""Coming and going: who is connected, who is seen, who is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.directory import Directory
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Accounts, Clock


@dataclass(frozen=True, slots=True)
class LobbyLimits:
    """How long people are seen and remembered, and how many of them."""

    grace: float = 120.0
    """Seconds for which somebody whose line dropped is still seen, and keeps his name."""
    guest_lifetime: float = 30 * 24 * 3600.0
    """Seconds for which a guest who is away is remembered."""
    absent_guests: int = 10_000
    """Guests that are remembered while they are away; the one away longest is forgotten first."""


class Lobby:
    """Where people come in and go out.

    Args:
        directory: Who is called what.
        clock: Time.
        new_id: Makes an id that was not used before.
        forgotten: Told of an identity that is known no longer, while it has its memberships.
        accounts: Where it is stored who is known.
        limits: Bounds.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        forgotten: Callable[[Identity], None],
        accounts: Accounts,
        limits: LobbyLimits,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._new_id = new_id
        self._forgotten = forgotten
        self._accounts = accounts
        self._limits = limits
        self._closing = False
        self.sessions = 0
        """How many there are."""
        self.logins = 0
        """How many there were."""

    def close(self) -> None:
        """Let nobody in any more, and let nobody be seen to leave because the server ends."""
        self._closing = True

    def login(self, name: str, close: Callable[[ChatError], None]) -> tuple[Session, str]:
        """Let a new guest in under ``name``; return the session and the token of the identity.

        Raises:
            ChatError: ``invalid-name``, or ``name-in-use`` where its holder is connected.
        """
        self.refuse_when_closing()
        name = names.user_name(name)
        self._take_name(name, None)
        identity, token = self._directory.create(name)
        self._changed(identity)
        self._evict()
        return self._attach(identity, close), token

    async def confirm(self, session: Session) -> None:
        """Wait until a new guest is stored: only then his token is worth something.

        Raises:
            ChatError: ``storage-unavailable``; then he is not let in after all.
        """
        try:
            await self._accounts.settled()
        except ChatError:
            identity = session.identity
            self.detach(session, at_once=True)
            if identity.known and not identity.sessions:
                if identity.present:  # his connection had gone before
                    self._depart(identity)
                self._forget(identity)
            raise

    def resume(
        self, name: str, token: str, replaces: str | None, close: Callable[[ChatError], None]
    ) -> Session:
        """Add a session to the identity of ``token``.

        Args:
            name: What he wants to be called; empty: as before.
            token: The identity's token.
            replaces: Id of a session of his that is to end, if it still lives.
            close: Asks the connection to end.

        Raises:
            ChatError: ``unknown-token``; ``name-in-use`` where the name has another holder now;
                ``invalid-name``; ``already-logged-in`` where another name is wanted and another
                terminal of his is connected.
        """
        self.refuse_when_closing()
        identity = self._directory.by_token(token)
        if identity is None:
            raise ChatError(
                ErrorCode.UNKNOWN_TOKEN,
                "The server does not know you (any more): log in with your name alone.",
            )
        wanted = names.user_name(name) if name else identity.name
        renamed = names.key(wanted) != names.key(identity.name)
        if renamed and identity.sessions:
            raise ChatError(
                ErrorCode.ALREADY_LOGGED_IN,
                f"You are here as {identity.name} on another terminal: quit there first.",
            )
        self._take_name(wanted, identity)
        if renamed and identity.present:
            # Others see one person leave and another come: a name never changes in place.
            self._depart(identity)
        if not identity.present:
            self._directory.hold(identity, wanted)
        replaced = identity.sessions.get(replaces) if replaces else None
        session = self._attach(identity, close)
        if replaced is not None:
            self.detach(replaced)
            replaced.close(ChatError(ErrorCode.REPLACED, "You connected again from elsewhere."))
        self._evict()
        return session

    def detach(self, session: Session, *, at_once: bool = False) -> None:
        """The connection of ``session`` is gone. Harmless when that was said before.

        Args:
            session: Which one.
            at_once: He said goodbye, so that no grace time is due.
        """
        identity = session.identity
        if identity.sessions.pop(session.id, None) is None:
            return
        self.sessions -= 1
        for outbox in tuple(session.outboxes):
            outbox.end()
        if identity.sessions or self._closing:
            return
        if at_once:
            self._give_up(identity)
        else:
            identity.timer = self._clock.call_later(
                self._limits.grace, lambda: self._give_up(identity)
            )

    def restore(self, identity: Identity) -> None:
        """Know somebody again who was stored; who was here then has the grace time to come back."""
        self._directory.restore(identity)
        if identity.present and self._directory.look_alike(identity.name) is None:
            self._directory.hold(identity, identity.name)
            for conversation in identity.memberships:
                conversation.seen_again(identity)
            identity.timer = self._clock.call_later(
                self._limits.grace, lambda: self._give_up(identity)
            )
            return
        identity.present = False
        self._directory.absent(identity)
        # The wall clock may have jumped: nobody is kept longer than anew, nor gone before his time.
        away = max(0.0, (self._clock.now_ms() - identity.since) / 1000)
        identity.timer = self._clock.call_later(
            max(0.0, self._limits.guest_lifetime - away), lambda: self._forget(identity)
        )

    def refuse_when_closing(self) -> None:
        """Let nothing new begin when the server ends.

        Raises:
            ChatError: ``shutting-down``.
        """
        if self._closing:
            raise ChatError(
                ErrorCode.SHUTTING_DOWN, "The server is going down; try again soon.", retry=1.0
            )

    def _take_name(self, name: str, taker: Identity | None) -> None:
        """See to it that ``name`` is free: whoever holds it and is not connected loses it.

        So does whoever holds one that may be taken for it.
        """
        holder = self._directory.look_alike(name)
        while holder is not None and holder is not taker:
            if holder.sessions:
                same = names.key(holder.name) == names.key(name)
                who = holder.name if same else f"{holder.name}, who looks like {name},"
                raise ChatError(
                    ErrorCode.NAME_IN_USE, f"{who} is here already: choose another name."
                )
            self._depart(holder)
            holder = self._directory.look_alike(name)

    def _attach(self, identity: Identity, close: Callable[[ChatError], None]) -> Session:
        session = Session(self._new_id(), identity, close)
        identity.stop_timer()
        identity.sessions[session.id] = session
        self.sessions += 1
        self.logins += 1
        for dropped in [each for each in identity.memberships if not each.alive]:
            del identity.memberships[dropped]
        for conversation in identity.memberships:
            session.incoming[conversation] = conversation.published
        if not identity.present:
            identity.present = True
            self._changed(identity)
            # Also where he may be a member only by a join that still waits behind his going.
            told, identity.departed = identity.departed, {}
            for conversation in identity.memberships | identity.private | told:
                if conversation.alive:
                    _ = conversation.enter(identity, joins=False)
        self._directory.present(identity)
        return session

    def _give_up(self, identity: Identity) -> None:
        self._depart(identity)
        self._evict()

    def _depart(self, identity: Identity) -> None:
        """Let others see that ``identity`` is gone, and its name be free. It stays known."""
        identity.stop_timer()
        identity.present = False
        identity.away = None
        self._changed(identity)
        identity.departed = dict.fromkeys(identity.memberships | identity.private)
        for conversation in identity.departed:
            _ = conversation.leave(identity, for_good=False)
        self._directory.release(identity)
        self._directory.absent(identity)
        identity.timer = self._clock.call_later(
            self._limits.guest_lifetime, lambda: self._forget(identity)
        )

    def _evict(self) -> None:
        """Forget whom there is no room to remember."""
        while identity := self._directory.dispensable(beyond=self._limits.absent_guests):
            self._forget(identity)

    def _forget(self, identity: Identity) -> None:
        identity.stop_timer()
        identity.known = False
        self._directory.forget(identity)
        self._forgotten(identity)
        identity.memberships.clear()
        identity.departed.clear()
        identity.posted.clear()
        if identity.private:  # whom he talked with may read that, and from whom it was
            self._accounts.put_identity(identity.record())
        else:
            self._accounts.drop_identity(identity.id)

    def _changed(self, identity: Identity) -> None:
        identity.since = self._clock.now_ms()
        self._accounts.put_identity(identity.record())
