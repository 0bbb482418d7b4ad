"""One connection that is logged in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_server.core.sites import NOWHERE, Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_protocol.errors import ChatError
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.identity import Identity
    from rchat_server.core.outbox import Outbox


@dataclass(slots=True, eq=False)
class Session:
    """A connection of an identity, and what it listens to."""

    id: str = field(repr=False)
    identity: Identity
    close: Callable[[ChatError], None]
    """Asks the connection to end, with the reason."""
    origin: Origin = NOWHERE
    token: bytes = field(default=b"", repr=False)
    """Hash of the token of an account that it came in with; empty for a guest's."""
    incoming: dict[Conversation, int] = field(default_factory=dict)
    """Cursors of ``messages.incoming``, which begins at login and at each join, not when somebody
    starts to listen: what comes between is delivered when he does."""
    outboxes: dict[Outbox, None] = field(default_factory=dict)
    """The open streams, in the order in which they were opened."""
