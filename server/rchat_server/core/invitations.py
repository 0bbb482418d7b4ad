"""Invitations to make an account, where one has to be invited."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.directory import hash_of
from rchat_server.core.records import InvitationRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rchat_server.core.ports import Accounts, Clock

MOST: Final = 1000
"""Invitations that are good at a time."""


class Invitations:
    """Those that are good.

    Args:
        records: What was stored.
        accounts: Where they are stored.
        clock: Time.
        new_code: Makes a secret that nobody guesses.
    """

    def __init__(
        self,
        records: Sequence[InvitationRecord],
        *,
        accounts: Accounts,
        clock: Clock,
        new_code: Callable[[], str],
    ) -> None:
        self._records = {each.hash: each for each in records}
        self._accounts = accounts
        self._clock = clock
        self._new_code = new_code

    async def make(self, *, uses: int, seconds: float) -> str:
        """Return the code of a new one.

        Args:
            uses: How many accounts can be made with it, at least 1.
            seconds: For how long.

        Raises:
            ChatError: ``busy``, where very many are good already; ``storage-unavailable``.
        """
        now = self._clock.now_ms()
        for each in tuple(self._records.values()):
            if each.until <= now:
                self._put(replace(each, uses=0))
        if len(self._records) >= MOST:
            raise ChatError(ErrorCode.BUSY, f"{MOST} invitations are open already.", retry=60.0)
        code = self._new_code()
        self._put(InvitationRecord(hash_of(code), now, now + int(seconds * 1000), uses))
        await self._accounts.settled()
        return code

    def check(self, code: str | None) -> InvitationRecord:
        """Return the invitation with this code.

        Raises:
            ChatError: ``invitation-required``.
        """
        record = self._records.get(hash_of(code or ""))
        if record is None or record.until <= self._clock.now_ms():
            raise ChatError(
                ErrorCode.INVITATION_REQUIRED,
                "An account is made with an invitation here, and this is none, or not any more: ask"
                " who runs the server.",
            )
        return record

    def use(self, code: str | None) -> None:
        """Use an invitation once.

        Raises:
            ChatError: ``invitation-required``.
        """
        record = self.check(code)
        self._put(replace(record, uses=record.uses - 1))

    def _put(self, record: InvitationRecord) -> None:
        self._records[record.hash] = record
        if not record.uses:
            del self._records[record.hash]
        self._accounts.put_invitation(record)
