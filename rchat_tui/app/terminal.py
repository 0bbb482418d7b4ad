"""What a terminal can be told beside what it shows: notifications, and its title. Pure.

No two terminals agree on how. Which one it is shows in the environment; where it does not, there is
the bell, which all of them know. What is put into a sequence was written by others: nothing of it
may end the sequence or begin another.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_CHARS: Final = 160
"""Longest text of a notification: a terminal shows no more, and some take no more."""
TITLE_CHARS: Final = 60
"""Longest headline of a notification."""

_BELL: Final = "\a"
_OSC: Final = "\x1b]"
_ST: Final = "\x1b\\"


class Way(enum.Enum):
    """How a terminal takes notifications."""

    OSC9 = "osc9"
    """One text: iTerm2's."""
    OSC777 = "osc777"
    """A headline and a text: rxvt-unicode's."""
    BELL = "bell"
    OFF = "off"


class Terminal(Struct, frozen=True):
    """What is known of a terminal."""

    way: Way = Way.BELL
    tmux: bool = False
    """Sequences for the terminal outside have to be wrapped."""
    titles: bool = False
    """It has a title that can be put aside and taken up again."""
    tells_focus: bool = False
    """It says when it gets and loses the focus. Of others one finds out when they do."""


_PROGRAMS: Final = {
    "iTerm.app": Way.OSC9,
    "WezTerm": Way.OSC777,
    "ghostty": Way.OSC777,
    "WarpTerminal": Way.OSC777,
}
"""By ``TERM_PROGRAM``."""
_TERMS: Final = {
    "xterm-kitty": Way.OSC9,
    "xterm-ghostty": Way.OSC777,
    "wezterm": Way.OSC777,
    "foot": Way.OSC777,
    "foot-extra": Way.OSC777,
    "contour": Way.OSC777,
}
"""By ``TERM``, which alone goes along with SSH."""
_TRACES: Final = {
    "KITTY_WINDOW_ID": Way.OSC9,
    "WEZTERM_PANE": Way.OSC777,
    "GHOSTTY_RESOURCES_DIR": Way.OSC777,
}
"""Variables that only one terminal sets; they are seen through tmux, too."""
_FOCUS_TRACES: Final = ("VTE_VERSION", "WT_SESSION", "KONSOLE_VERSION", "XTERM_VERSION")
"""Likewise, of terminals without notifications of their own that tell of the focus."""
_FOCUS_TERMS: Final = ("alacritty",)
_NO_TITLE: Final = re.compile(r"(linux|dumb|vt\d|cons|ansi|unknown|sun|wsvt|network|eterm)|$")
_FEATURES: Final = re.compile(r"[A-Z][a-z]*\d*")


def detect(environment: Mapping[str, str], notify: str = "auto") -> Terminal:
    """Return what is known of the terminal.

    Args:
        environment: the process's variables.
        notify: ``auto``, or how the user wants to be told: the value of a `Way`.
    """
    term = environment.get("TERM", "")
    tmux = bool(environment.get("TMUX"))
    # iTerm2's "Terminal Feature Reporting": No is notifications, F is focus.
    features = set(_FEATURES.findall(environment.get("TERM_FEATURES", "")))
    way = _PROGRAMS.get(environment.get("TERM_PROGRAM", "")) or _TERMS.get(term)
    if way is None and ("No" in features or environment.get("LC_TERMINAL") == "iTerm2"):
        way = Way.OSC9
    if way is None:
        way = next((way for name, way in _TRACES.items() if environment.get(name)), None)
    focus = way is not None or "F" in features or term in _FOCUS_TERMS
    focus = focus or any(environment.get(name) for name in _FOCUS_TRACES)
    screen = bool(environment.get("STY")) and not tmux
    if screen:
        way = None  # GNU Screen swallows what it does not know
    chosen = next((each for each in Way if each.value == notify), None)
    return Terminal(
        way=chosen or way or Way.BELL,
        tmux=tmux,
        titles=not (screen or _NO_TITLE.match(term)),
        tells_focus=focus and not (screen or tmux),  # tmux passes it on only where it was told to
    )


def notification(terminal: Terminal, title: str, text: str) -> str:
    """Return what makes the terminal notify; empty where it is not to be told.

    Args:
        terminal: which one.
        title: a headline; may come from others, like the text.
        text: what it is about.
    """
    title, text = _inert(title, TITLE_CHARS), _inert(text, TEXT_CHARS)
    match terminal.way:
        case Way.OFF:
            return ""
        case Way.BELL:
            return _BELL
        case Way.OSC9:
            # Our name first: a text that begins with a number is something else to some terminals.
            words = ": ".join(dict.fromkeys(each for each in ("rchat", title, text) if each))
            sequence = f"{_OSC}9;{words}{_BELL}"
        case Way.OSC777:
            fields = (each.replace(";", ",") for each in (title or "rchat", text))
            sequence = f"{_OSC}777;notify;{';'.join(fields)}{_BELL}"
    if not terminal.tmux:
        return sequence
    # tmux lets it through only where the user allowed that; the bell makes it mark the window.
    wrapped = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{wrapped}{_ST}{_BELL}"


def put_title(terminal: Terminal, title: str) -> str:
    """Return what gives the terminal's window a title."""
    return f"{_OSC}2;{_inert(title, TITLE_CHARS)}{_BELL}" if terminal.titles else ""


def keep_title(terminal: Terminal) -> str:
    """Return what puts the title aside that the window has."""
    return "\x1b[22;2t" if terminal.titles else ""


def restore_title(terminal: Terminal) -> str:
    """Return what takes that title up again."""
    return "\x1b[23;2t" if terminal.titles else ""


def _inert(text: str, limit: int) -> str:
    """Return one line that no terminal acts on, whatever `text` is."""
    line = safe_line(text, limit=limit)
    # Once more, and by another rule: here a single character that slips through is a command.
    return "".join(character for character in line if character.isprintable())
