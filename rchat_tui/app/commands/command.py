"""What a command of the table is."""

from __future__ import annotations

import enum

from msgspec import Struct


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


class Kind(enum.Enum):
    """What a word of a command's argument is: what Tab completes there."""

    TEXT = enum.auto()
    """Whatever is said."""
    CHANNEL = enum.auto()
    """A channel of this server."""
    JOINED = enum.auto()
    """A channel that one is in."""
    PERSON = enum.auto()
    THEME = enum.auto()
    EMOJI = enum.auto()
    """An emoji, or its short code."""
    SETTING = enum.auto()
    """The name of a setting."""
    CHOICE = enum.auto()
    """One of the command's `Command.choices`."""


class Command(Struct, frozen=True):
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
    takes: tuple[Kind, ...] = ()
    """What the words of the argument are, one after the other; those after them are text."""
    choices: tuple[str, ...] = ()
    """What a `Kind.CHOICE` is one of."""
    secret: bool = False
    """Whether its argument is nobody's business, like a password: it is not kept on disk."""
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

    def kind(self, number: int) -> Kind:
        """Return what the word of that number, from 0, in its argument is."""
        return self.takes[number] if number < len(self.takes) else Kind.TEXT
