"""Coming and going: who is connected, who is seen, who is remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.directory import hash_of
from rchat_server.core.session import Session
from rchat_server.core.sites import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.directory import Directory
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Accounts, Clock
    from rchat_server.core.sites import Origin

TOKEN_LIFETIME: Final = 90 * 24 * 3600.0
"""Seconds for which a token of an account is good that nobody uses."""


@dataclass(frozen=True, slots=True)
class LobbyLimits:
    """How long people are seen and remembered, and how many of them."""

    grace: float = 120.0
    """Seconds for which somebody whose line dropped is still seen, and keeps his name."""
    guest_lifetime: float = 30 * 24 * 3600.0
    """Seconds for which a guest who is away is remembered."""
    absent_guests: int = 10_000
    """Guests that are remembered while they are away; the one away longest is forgotten first."""
    guests: bool = True
    """Whether who has no account may come in."""
    reserved: frozenset[str] = frozenset()
    """Names that nobody takes, by `names.key`, beside those of `names.RESERVED`."""


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

    @property
    def takes_guests(self) -> bool:
        """Whether who has no account may come in."""
        return self._limits.guests

    def login(
        self, name: str, close: Callable[[ChatError], None], origin: Origin = NOWHERE
    ) -> tuple[Session, str]:
        """Let a new guest in under ``name``; return the session and the token of the identity.

        Raises:
            ChatError: ``invalid-name``; ``name-in-use`` where its holder is connected;
                ``password-required`` where that is an account; ``account-required`` where no
                guests are let in.
        """
        self.refuse_when_closing()
        name = self.checked(name)
        self.take_name(name, None)
        self._refuse_guests()
        identity, token = self._directory.create(name)
        self._changed(identity)
        self._evict()
        return self.attach(identity, close, origin), token

    def checked(self, name: str) -> str:
        """Return a name that somebody wants, in its normal form.

        Raises:
            ChatError: ``invalid-name``.
        """
        name = names.user_name(name)
        if names.key(name) in self._limits.reserved:
            raise ChatError(ErrorCode.INVALID_NAME, f"The name {name} is reserved on this server.")
        return name

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
        self,
        name: str,
        token: str,
        replaces: str | None,
        close: Callable[[ChatError], None],
        origin: Origin = NOWHERE,
    ) -> Session:
        """Add a session to the identity of ``token``.

        Args:
            name: What he wants to be called; empty: as before.
            token: The identity's token.
            replaces: Id of a session of his that is to end, if it still lives.
            close: Asks the connection to end.
            origin: Where it comes from.

        Raises:
            ChatError: ``unknown-token``; ``name-in-use`` where the name has another holder now;
                ``invalid-name``; ``already-logged-in`` where another name is wanted and another
                terminal of his is connected; ``already-registered`` where he has an account;
                ``account-required`` where he has none, and guests are let in no more.
        """
        self.refuse_when_closing()
        identity = self._holder_of(token)
        if identity is None:
            raise ChatError(
                ErrorCode.UNKNOWN_TOKEN,
                "The server does not know you (any more): log in with your name, and your password"
                " where you have one.",
            )
        wanted = self._wanted(name, identity)
        renamed = names.key(wanted) != names.key(identity.name)
        if renamed and identity.sessions:
            raise ChatError(
                ErrorCode.ALREADY_LOGGED_IN,
                f"You are here as {identity.name} on another terminal: quit there first.",
            )
        self.take_name(wanted, identity)
        if renamed and identity.present:
            # Others see one person leave and another come: a name never changes in place.
            self._depart(identity)
        if not identity.present:
            self._directory.hold(identity, wanted)
        replaced = identity.sessions.get(replaces) if replaces else None
        session = self.attach(identity, close, origin, token)
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
        if identity.present and self._directory.look_alike(identity.name) in (None, identity):
            self._directory.hold(identity, identity.name)
            for conversation in identity.memberships:
                conversation.seen_again(identity)
            identity.timer = self._clock.call_later(
                self._limits.grace, lambda: self._give_up(identity)
            )
            return
        identity.present = False
        self._directory.absent(identity)
        if identity.account is not None:
            return
        # The wall clock may have jumped: nobody is kept longer than anew, nor gone before his time.
        away = max(0.0, (self._clock.now_ms() - identity.since) / 1000)
        identity.timer = self._clock.call_later(
            max(0.0, self._limits.guest_lifetime - away), lambda: self._forget(identity)
        )

    def give_up_account(self, identity: Identity) -> None:
        """Know an account no longer, whose sessions were asked to end."""
        for each in tuple(identity.sessions.values()):
            self.detach(each)
        if identity.present:
            self._depart(identity)
        self._forget(identity)

    def refuse_when_closing(self) -> None:
        """Let nothing new begin when the server ends.

        Raises:
            ChatError: ``shutting-down``.
        """
        if self._closing:
            raise ChatError(
                ErrorCode.SHUTTING_DOWN, "The server is going down; try again soon.", retry=1.0
            )

    def take_name(self, name: str, taker: Identity | None) -> None:
        """See to it that ``name`` is free: a guest who holds it and is not connected loses it.

        So does whoever holds one that may be taken for it.

        Raises:
            ChatError: ``name-in-use``, ``password-required``.
        """
        holder = self._directory.look_alike(name)
        while holder is not None and holder is not taker:
            same = names.key(holder.name) == names.key(name)
            if holder.account is not None:
                raise _belongs_to_an_account(holder.name, name, same=same)
            if holder.sessions:
                who = holder.name if same else f"{holder.name}, who looks like {name},"
                raise ChatError(
                    ErrorCode.NAME_IN_USE, f"{who} is here already: choose another name."
                )
            self._depart(holder)
            holder = self._directory.look_alike(name)

    def attach(
        self,
        identity: Identity,
        close: Callable[[ChatError], None],
        origin: Origin = NOWHERE,
        token: str = "",
    ) -> Session:
        """Let somebody in who has shown who he is, and let him be seen.

        Args:
            identity: Who it is.
            close: Asks the connection to end.
            origin: Where it comes from.
            token: What he came with; for an account.
        """
        token_hash = b"" if identity.account is None else self._used(identity, token, origin)
        session = Session(self._new_id(), identity, close, origin, token_hash)
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

    def _refuse_guests(self) -> None:
        if not self._limits.guests:
            raise ChatError(
                ErrorCode.ACCOUNT_REQUIRED,
                "This server takes people with an account alone: register, or log in with yours.",
            )

    def _wanted(self, name: str, identity: Identity) -> str:
        """Return what somebody whom the server knows is to be called."""
        wanted = self.checked(name) if name else identity.name
        if identity.account is None:
            self._refuse_guests()
        elif names.key(wanted) != names.key(identity.name):
            raise ChatError(
                ErrorCode.ALREADY_REGISTERED,
                f"An account keeps its name: yours is {identity.name}.",
            )
        return wanted

    def _holder_of(self, token: str) -> Identity | None:
        """Return whose token it is, unless nobody has used it for very long."""
        identity = self._directory.by_token(token)
        if identity is not None and identity.account is not None:
            record = identity.account.tokens[hash_of(token)]
            if self._clock.now_ms() - record.used > TOKEN_LIFETIME * 1000:
                self._directory.drop_token(identity.account, record.hash)
                self._accounts.put_identity(identity.record())
                return None
        return identity

    def _used(self, identity: Identity, token: str, origin: Origin) -> bytes:
        """Note that somebody comes in with a token of an account; return its hash."""
        assert identity.account is not None, "a guest's token is the guest"  # noqa: S101
        record = identity.account.tokens.pop(hash_of(token))
        record = replace(record, used=self._clock.now_ms(), address=origin.address)
        identity.account.tokens[record.hash] = record
        self._accounts.put_identity(identity.record())
        return record.hash

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
        if identity.account is None:
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
        identity.account = None
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


def _belongs_to_an_account(holder: str, name: str, *, same: bool) -> ChatError:
    if same:
        return ChatError(
            ErrorCode.PASSWORD_REQUIRED,
            f"{holder} is an account: log in with its password, or choose another name.",
        )
    return ChatError(
        ErrorCode.NAME_IN_USE,
        f"{holder}, who looks like {name}, has an account here: choose another name.",
    )
