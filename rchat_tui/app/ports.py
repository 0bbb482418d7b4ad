"""What the app needs of a chat client, and nothing more. `rchat_tui.client.ChatClient` has it.

Errors are those of `rchat_tui.client.errors`: ``str(error)`` is a sentence for a person.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rchat_protocol.models import (
        AuditReply,
        ChannelAccess,
        ConversationState,
        HistoryReply,
        RulesReply,
        SearchReply,
        SearchRequest,
        TokenInfo,
        UserInfo,
    )
    from rchat_tui.client.events import ClientEvent


class ChatPort(Protocol):
    """A supervised client: it dials, logs in and dials again by itself, and says so in events."""

    def start(self) -> None:
        """Begin to dial. Never raises: what becomes of it comes through `events`."""

    async def aclose(self) -> None:
        """Hang up, and end the iteration of `events`."""

    def retry_now(self) -> None:
        """Cut the wait before the next try short."""

    def events(self) -> AsyncIterator[ClientEvent]:
        """Yield what happens, once and in order; bounded, and it survives reconnects."""

    async def join(self, channel: str) -> None:
        """Join a channel; its state arrives as an event."""

    async def leave(self, channel: str) -> None:
        """Leave a channel; ``parted`` arrives as an event."""

    async def post(self, conversation: str, content: str, *, reply: int | None = None) -> str:
        """Put a message into the outbox, which sends it by itself; what becomes of it is events.

        ``reply`` is the number of the message that it answers.

        Raises where it can never be sent or not be kept; then nothing was done.
        """

    async def retry(self, message_id: str) -> None:
        """Let something in the outbox that is stuck be sent again."""

    async def withdraw(self, message_id: str) -> str:
        """Take something out of the outbox; return its content."""

    async def kept(self, area: str) -> dict[str, str]:
        """Return the texts that one keeps in an area of this machine's disk, by key."""

    async def keep(self, area: str, key: str, text: str | None) -> None:
        """Keep a text there; None: no longer."""

    async def edit(self, conversation: str, seq: int, content: str) -> None:
        """Let a message of yours say something else. This and what follows needs a line."""

    async def delete(self, conversation: str, seq: int) -> None:
        """Erase what a message of yours says."""

    async def react(self, conversation: str, seq: int, emoji: str, *, on: bool = True) -> None:
        """React to a message, or take that back."""

    async def set_topic(self, conversation: str, topic: str) -> None:
        """Say what a channel is about; empty: nothing."""

    async def user_info(self, user: str) -> UserInfo:
        """Return what anybody may know of who holds the name now."""

    async def invite(self, conversation: str, user: str) -> None:
        """Let somebody hear that you would have him in a channel."""

    async def typing(self, conversation: str, *, on: bool = True) -> None:
        """Let others see that you are writing, or have stopped."""

    async def rename(self, user: str) -> None:
        """Leave, and come back under another name."""

    async def set_away(self, text: str | None) -> None:
        """Let others see that you are away, and why; None: that you are back."""

    async def login(
        self,
        user: str,
        password: str | None = None,
        *,
        register: bool = False,
        invitation: str | None = None,
    ) -> None:
        """Come in under a name, by a password."""

    async def register(self, password: str, *, invitation: str | None = None) -> None:
        """Become an account."""

    async def change_password(self, old: str, new: str) -> None:
        """Change the password of one's account."""

    async def logins(self) -> list[TokenInfo]:
        """Return where one's account is logged in."""

    async def revoke(self, login: str | None) -> None:
        """Log one's account out somewhere; None: everywhere else."""

    async def enter(self, channel: str, password: str) -> None:
        """Join a channel by its password."""

    async def kick(self, conversation: str, user: str, reason: str = "") -> None:
        """Put somebody out of a channel. What comes of it, and of what follows, is events."""

    async def ban(
        self,
        conversation: str,
        user: str | None = None,
        *,
        mask: str | None = None,
        address: bool = False,
        seconds: int = 0,
        reason: str = "",
    ) -> None:
        """Let somebody in no more."""

    async def unban(self, conversation: str, ban: str) -> None:
        """Lift a ban."""

    async def mute(
        self, conversation: str, user: str, *, on: bool = True, seconds: int = 0, reason: str = ""
    ) -> None:
        """Let somebody listen alone, or speak again."""

    async def set_operator(
        self, conversation: str, user: str, *, on: bool = True, owner: bool = False
    ) -> None:
        """Let somebody moderate, or no longer; or own the channel."""

    async def set_access(
        self, conversation: str, access: ChannelAccess, password: str | None = None
    ) -> None:
        """Say who may come in."""

    async def set_slow(self, conversation: str, seconds: int) -> None:
        """Say how often one person may write."""

    async def rules(self, conversation: str) -> RulesReply:
        """Return what holds in a channel."""

    async def audit(
        self, conversation: str, *, before: int | None = None, limit: int = 50
    ) -> AuditReply:
        """Return what was done in a channel."""

    async def list_channels(self) -> list[str]:
        """Return the names of all channels."""

    async def get_users(self, channel: str) -> list[str]:
        """Return who is in a channel."""

    async def search(self, request: SearchRequest) -> SearchReply:
        """Return messages that are looked for, newest first; raises `ConnectionLost` offline."""

    async def search_kept(self, request: SearchRequest) -> SearchReply:
        """Return those that this machine keeps."""

    async def history(
        self,
        *,
        conversation: str | None = None,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 100,
    ) -> HistoryReply:
        """Return messages that were sent before, oldest first."""

    async def open_conversation(self, user: str) -> ConversationState:
        """Open the private conversation with who holds the name now."""

    async def mark_read(self, conversation: str, seq: int) -> None:
        """Say that everything up to ``seq`` has been seen."""


ClientFactory = Callable[[str, str], ChatPort]
"""(url, user) -> a client that has not been started."""

ServerStarter = Callable[[], Awaitable[str]]
"""Start a server on this machine and return its URL; raises `RchatError` where it cannot."""
