"""Whether the user sees what arrives."""

from __future__ import annotations

from msgspec import Struct


class Attention(Struct, frozen=True):
    """Where the user looks, as far as the terminal tells."""

    focused: bool = True
    """The terminal has the focus."""
    at_end: bool = True
    """The newest message is in view."""

    @property
    def seen(self) -> bool:
        """What arrives in the open conversation is seen at once."""
        return self.focused and self.at_end
