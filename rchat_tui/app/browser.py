"""Opening a link in the browser of this machine, where it leaves the terminal alone."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_DRAW: Final = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})
"""Browsers that would draw over the chat."""


def can_open(environment: Mapping[str, str], platform: str) -> bool:
    """Return whether there may be a browser in reach: over SSH there is none, as a rule.

    Args:
        environment: of the process; BROWSER names one that somebody has chosen.
        platform: as `sys.platform`.
    """
    if any(environment.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")):
        return True
    remote = environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")
    return platform in ("darwin", "win32") and not remote


def open_link(url: str) -> bool:
    """Open a link, and return whether that worked. It may block for some seconds."""
    import webbrowser  # late: it is seldom wanted, and can_open is asked before the first paint

    try:
        browser = webbrowser.get()
        if PurePath(getattr(browser, "name", "")).name in _DRAW:
            return False
        return browser.open(url)
    except (webbrowser.Error, OSError):
        return False
