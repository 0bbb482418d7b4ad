"""What a command of the table is."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Scope(enum.Enum):
    """Where a command's keys work."""

    CHAT = enum.auto()
    """Anywhere on the chat screen."""
    COMPOSER = enum.auto()
    """While one writes."""
    MESSAGE = enum.auto()
    """While a message is selected; they come before those of other scopes with the same key."""
    APP = enum.auto()
    """On every screen."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done."""

    id: str
    """Its name for the key map and for programs: it never changes."""
    label: str
    """A few words: footer, palette, help."""
    description: str
    """One sentence, without a full stop."""
    slash: tuple[str, ...] = ()
    """Its slash command and aliases, without the slash."""
    usage: str = ""
    """Its arguments, as the help shows them; those in brackets may be left out."""
    keys: tuple[str, ...] = ()
    """Default keys, in Textual's notation."""
    scope: Scope = Scope.CHAT
    palette: bool = True
    """Whether the palette offers it: not where it needs an argument that cannot be asked for."""
    footer: int = 0
    """Place of its first key in the footer, from 1; 0: it is not shown there."""
    group: str = "More"
    """Heading in the help."""

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing without an argument."""
        return bool(self.usage) and not self.usage.startswith("[")
