"""What the app is started with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from rchat_tui.options import OPTIONS, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from rchat_tui.app.keymap import Keys
    from rchat_tui.client.events import Remembered
    from rchat_tui.options import Option

DARK_THEME = "rchat-dark"
LIGHT_THEME = "rchat-light"

SPELLED = "-text-emoji"
"""The class of an app that spells emoji out. Its widgets ask for it."""


def _nothing() -> None:
    return None


class AppSettings(Struct, frozen=True):
    """Everything that the composition root has decided before the app starts."""

    user: str
    """The name to log in with."""
    url: str
    """The server to dial first."""
    theme: str = DARK_THEME
    """Name of one of our themes, or of one that Textual brings."""
    glimpse: Callable[[], Remembered | None] = _nothing
    """Returns what is known from before, for the first paint: it blocks for some milliseconds."""
    themes: Path | None = None
    """The folder of one's own themes."""
    auto_join: tuple[str, ...] = ()
    """Channels to join when the login made a new identity, which is in none."""
    hosting: str | None = None
    """The address that others use, where this terminal hosts the server."""
    notice: str | None = None
    """A sentence to show once when the app starts."""
    browser: bool = True
    """Whether a browser can be opened from here: not over SSH, for one."""
    log_file: Path | None = None
    """Where the details of an error go."""
    keys: Keys | None = None
    """Which keys do what; None: the default ones."""
    typing: bool = True
    """Whether others are told that one is writing."""
    text_emoji: bool = False
    """Whether emoji are shown as ``:shortcodes:``: terminals disagree about their widths."""
    keywords: tuple[str, ...] = ()
    """Words that count as a mention."""
    keep: Callable[[Option, Any], None] | None = None
    """Keeps a setting for the next start; raises `OptionError` where it will not count then. None:
    nothing is kept."""
    notify: str = "auto"
    """How the terminal is told: ``auto``, ``osc9``, ``osc777``, ``bell`` or ``off``."""
    preset: str = "default"
    """What the keys began with."""

    others: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the app only tells of, by the names that they have for people."""

    def options(self) -> dict[str, Any]:
        """Return the settings by the names that they have for people."""
        return {
            **{option.name: option.default for option in OPTIONS},
            **self.others,
            "user": self.user,
            "server": self.url,
            "theme": self.theme,
            "preset": self.preset,
            "keywords": self.keywords,
            "notify": self.notify,
            "typing": self.typing,
            "text-emoji": self.text_emoji,
        }

    def kept(self, option: Option, value: Any) -> None:
        """Keep a setting for the next start.

        Raises:
            OptionError: That cannot be.
        """
        if self.keep is None:
            raise OptionError("There is no config file here to keep it in.")
        self.keep(option, value)
