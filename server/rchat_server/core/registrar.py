"""Accounts: making them, logging in to them, and what opens them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol import models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.passwords import password
from rchat_server.core.identity import Account
from rchat_server.core.rates import Rate, Rates, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.directory import Directory
    from rchat_server.core.identity import Identity
    from rchat_server.core.invitations import Invitations
    from rchat_server.core.lobby import Lobby
    from rchat_server.core.ports import Accounts, Clock, Passwords
    from rchat_server.core.session import Session
    from rchat_server.core.sites import Origin

_LONGEST: Final = 128
"""Characters of a name that are remembered: an account's has 32, and NFKC makes one of four at the
most."""

_GUESSES: Final = Rate(10, 10 / 60)
"""How often one account's password may be wrong, from wherever: tokens open it all the same."""


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Who may make an account, and how often."""

    accounts: int = 10_000
    """That exist."""
    invited_only: bool = False
    """Whether one needs an invitation to make one."""
    in_the_clear: bool = False
    """Whether a password may travel unencrypted, other than within this machine."""
    logins: Rate | None = None
    """Of one address, with a password; None: as it likes."""
    registrations: Rate | None = None
    """Of one address likewise."""


class Registrar:
    """Makes accounts, and lets people in to them.

    Args:
        directory: Who is called what.
        lobby: Where people come in.
        invitations: What is needed to make an account, where one has to be invited.
        accounts: Where it is stored.
        passwords: Stretches them.
        clock: Time.
        limits: Bounds.
    """

    def __init__(
        self,
        directory: Directory,
        lobby: Lobby,
        invitations: Invitations,
        *,
        accounts: Accounts,
        passwords: Passwords,
        clock: Clock,
        limits: AccountLimits,
    ) -> None:
        self._directory = directory
        self._lobby = lobby
        self._invitations = invitations
        self._accounts = accounts
        self._passwords = passwords
        self._clock = clock
        self._limits = limits
        self._logins = Rates(limits.logins, clock.monotonic)
        self._registrations = Rates(limits.registrations, clock.monotonic)
        self._guesses = Rates(_GUESSES, clock.monotonic)

    @property
    def mode(self) -> models.ServerMode:
        """Who may come in."""
        if self._lobby.takes_guests:
            return "open"
        return "invite" if self._limits.invited_only else "accounts"

    # -- coming in ---------------------------------------------------------------------------------

    async def login(
        self, name: str, given: str, close: Callable[[ChatError], None], origin: Origin
    ) -> tuple[Session, str]:
        """Let somebody in who knows the password of an account; return his session and a token.

        Raises:
            ChatError: ``wrong-password``, also where there is no such account;
                ``encryption-required``, ``too-fast``, ``busy``, ``shutting-down``.
        """
        self._lobby.refuse_when_closing()
        self._refuse_in_the_clear(origin)
        _refuse_too_fast(self._logins, origin.site, "Passwords were given")
        identity = self._directory.holder(name)
        account = None if identity is None else identity.account
        await self._prove(name, account, given)
        self._lobby.refuse_when_closing()
        if identity is None or account is None or not identity.known:
            raise _wrong()  # it was given up while the password was looked at
        token = self._directory.new_token(identity, account, self._clock.now_ms(), origin.address)
        return self._lobby.attach(identity, close, origin, token), token

    async def confirm(self, session: Session) -> None:
        """Wait until a new token is stored: only then it is worth something.

        Raises:
            ChatError: ``storage-unavailable``; then he is not let in after all.
        """
        try:
            await self._accounts.settled()
        except ChatError:
            account = session.identity.account
            self._lobby.detach(session, at_once=True)
            if account is not None:
                self._directory.drop_token(account, session.token)
            raise

    # -- accounts ----------------------------------------------------------------------------------

    async def register(
        self, session: Session | None, asked: models.Register, origin: Origin
    ) -> None:
        """Make an account: of the guest of ``session``, who keeps all that is his, or a new one.

        Raises:
            ChatError: ``password-invalid``, ``invitation-required``, ``already-registered``,
                ``too-many-accounts``, ``encryption-required``, ``too-fast``, ``busy``,
                ``storage-unavailable``, and what `Lobby.take_name` refuses.
        """
        self._lobby.refuse_when_closing()
        self._refuse_in_the_clear(origin)
        name = self._lobby.checked(asked.user or "") if session is None else session.identity.name
        given = _new_password(asked.password, name)
        self._refuse_registration(session, asked)
        _refuse_too_fast(self._registrations, origin.site, "Accounts were made")
        stored = await self._passwords.hashed(given)
        self._lobby.refuse_when_closing()
        # What held before may hold no longer: others were at it meanwhile.
        self._refuse_registration(session, asked)
        account = Account(stored, self._clock.now_ms())
        if session is None:
            self._lobby.take_name(name, None)
            identity = self._directory.create_account(name, account)
        else:
            identity = self._promoted(session, account, origin)
        if self._limits.invited_only:
            self._invitations.use(asked.invitation)
        self._accounts.put_identity(identity.record())
        await self._accounts.settled()

    async def change_password(
        self, session: Session, asked: models.ChangePassword, origin: Origin
    ) -> None:
        """Change the password of an account, and log all of its other machines out.

        Raises:
            ChatError: ``wrong-password``, ``password-invalid``, ``account-required``,
                ``encryption-required``, ``too-fast``, ``busy``, ``storage-unavailable``.
        """
        self._refuse_in_the_clear(origin)
        account = account_of(session)
        name = session.identity.name
        new = _new_password(asked.new, name)
        _refuse_too_fast(self._logins, origin.site, "Passwords were given")
        await self._prove(name, account, asked.old)
        account.password = await self._passwords.hashed(new)
        await self.revoke(session, None)

    def tokens(self, session: Session) -> list[models.TokenInfo]:
        """Return what opens the account, the one used last first.

        Raises:
            ChatError: ``account-required``.
        """
        return [
            models.TokenInfo(
                each.id, each.made, each.used, each.address, current=each.hash == session.token
            )
            for each in reversed(account_of(session).tokens.values())
        ]

    async def revoke(self, session: Session, token_id: str | None) -> None:
        """Let a token open nothing any more, and end the sessions that came with it.

        Args:
            session: Whose account it is.
            token_id: Which one; None: all but the one of this session.

        Raises:
            ChatError: ``no-such-token``, ``account-required``, ``storage-unavailable``.
        """
        account = account_of(session)
        chosen = [
            each.hash
            for each in account.tokens.values()
            if (each.hash != session.token if token_id is None else each.id == token_id)
        ]
        if token_id is not None and not chosen:
            raise ChatError(
                ErrorCode.NO_SUCH_TOKEN, "There is no such login, or not any more: list them again."
            )
        self._revoke(session.identity, account, chosen)
        await self._accounts.settled()

    # -- for who runs the server -------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return the names of all accounts, in order."""
        return sorted((each.name for each in self._directory.accounts()), key=names.key)

    async def set_password(self, name: str, given: str) -> None:
        """Give an account another password, and log all of its machines out.

        Raises:
            ChatError: ``no-such-user``, ``password-invalid``, ``busy``, ``storage-unavailable``.
        """
        identity, account = self._named(name)
        account.password = await self._passwords.hashed(_new_password(given, identity.name))
        self._revoke(identity, account, list(account.tokens))
        await self._accounts.settled()

    async def drop(self, name: str) -> None:
        """Give an account up: its name is free, and whoever is in as it is thrown out.

        Raises:
            ChatError: ``no-such-user``, ``storage-unavailable``.
        """
        identity, account = self._named(name)
        self._revoke(identity, account, list(account.tokens))
        self._lobby.give_up_account(identity)
        await self._accounts.settled()

    def _named(self, name: str) -> tuple[Identity, Account]:
        identity = self._directory.holder(name)
        if identity is None or identity.account is None:
            raise ChatError(ErrorCode.NO_SUCH_USER, "There is no such account.")
        return identity, identity.account

    # -- within ------------------------------------------------------------------------------------

    def _promoted(self, session: Session, account: Account, origin: Origin) -> Identity:
        """Make the guest of a session an account: the token that he has is its first one."""
        identity = session.identity
        if not (identity.known and identity.present):
            raise ChatError(ErrorCode.NOT_LOGGED_IN, "Log in first.")
        self._directory.adopt_token(identity, account, account.made, origin.address)
        identity.account = account
        for each in identity.sessions.values():
            each.token = identity.token_hash
        return identity

    def _revoke(self, identity: Identity, account: Account, hashes: list[bytes]) -> None:
        for token_hash in hashes:
            self._directory.drop_token(account, token_hash)
        for each in tuple(identity.sessions.values()):
            if each.token in hashes:
                each.close(
                    ChatError(ErrorCode.LOGGED_OUT, "You were logged out here from elsewhere.")
                )
        self._accounts.put_identity(identity.record())

    async def _prove(self, name: str, account: Account | None, given: str) -> None:
        """Look whether a password is right, in the same time where there is no account."""
        who = names.key(name[:_LONGEST])
        wait = self._guesses.wait(who)
        if wait:
            raise _too_fast("Wrong passwords were given for that name", wait)
        try:
            given = password(given)
        except ChatError:
            given = ""  # it is nobody's; what one may be is told to who sets one
        stored = None if account is None or not given else account.password
        if not await self._passwords.match(given, stored):
            self._guesses.take(who)
            raise _wrong()

    def _refuse_in_the_clear(self, origin: Origin) -> None:
        if not (origin.encrypted or origin.site is None or self._limits.in_the_clear):
            raise ChatError(
                ErrorCode.ENCRYPTION_REQUIRED,
                "A password travels encrypted alone: connect to tcps:// or wss://, and change the"
                " password, which was readable on its way just now.",
            )

    def _refuse_registration(self, session: Session | None, asked: models.Register) -> None:
        if session is not None and session.identity.account is not None:
            raise ChatError(
                ErrorCode.ALREADY_REGISTERED,
                f"{session.identity.name} is an account already.",
            )
        if self._limits.invited_only:
            self._invitations.check(asked.invitation)
        if len(self._directory.accounts()) >= self._limits.accounts:
            raise ChatError(ErrorCode.TOO_MANY_ACCOUNTS, "This server has no room for accounts.")


def account_of(session: Session) -> Account:
    """Return the account that a session is of.

    Raises:
        ChatError: ``account-required``.
    """
    account = session.identity.account
    if account is None:
        raise ChatError(
            ErrorCode.ACCOUNT_REQUIRED, "You are a guest here: register, and you have an account."
        )
    return account


def _new_password(text: str, name: str) -> str:
    given = password(text)
    if names.key(given) == names.key(name):
        raise ChatError(ErrorCode.PASSWORD_INVALID, "A name is no password: choose something else.")
    return given


def _wrong() -> ChatError:
    return ChatError(
        ErrorCode.WRONG_PASSWORD, "That is not the password, or there is no such account."
    )


def _refuse_too_fast(rates: Rates, site: str | None, what: str) -> None:
    wait = 0.0 if site is None else rates.take(site)
    if wait:
        raise _too_fast(f"{what} from your address", wait)


def _too_fast(what: str, wait: float) -> ChatError:
    return ChatError(
        ErrorCode.TOO_FAST,
        f"{what} too often lately: wait {math.ceil(wait)} s.",
        retry=told(wait),
    )
