"""The clipboard of the machine that one sits at: loaded late."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def copy_here(text: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Put a text into the clipboard; False where there is none that one can reach from here.

    It may take its time: a program is started for it. Over SSH the clipboard here is another
    machine's, or nobody's: the terminal has the right one.
    """
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return False
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError, UnicodeError):
        return False
    return True
