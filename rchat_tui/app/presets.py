"""Key maps for hands that know other programs, as changes to the table's keys. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

IRC: Final[Mapping[str, tuple[str, ...]]] = {
    # As in WeeChat and irssi: Ctrl+N and Ctrl+P walk the channels, Ctrl+K kills the line.
    "next-conversation": ("alt+down", "ctrl+n"),
    "previous-conversation": ("alt+up", "ctrl+p"),
    "switcher": ("alt+g", "ctrl+g"),
    "palette": ("f2",),
}

VIM: Final[Mapping[str, tuple[str, ...]]] = {
    # Writing is insert mode; Esc selects a message, which is normal mode: j and k go, dd deletes,
    # i goes back to writing.
    "select": ("escape", "ctrl+up"),
    "write": ("i", "a", "tab"),
    "select-oldest": ("g", "home", "alt+home"),
    "select-newest": ("G", "end", "alt+end"),
    "last-conversation": ("ctrl+o", "alt+s"),
    "page-up": ("pageup", "ctrl+b"),
    "page-down": ("pagedown", "ctrl+f"),
    "search": ("ctrl+s",),
}
