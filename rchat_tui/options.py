"""Every setting, in one table: what it means, what it may be, and how it is written. Pure.

Start-up waits for this module.
"""

from __future__ import annotations

import enum
from typing import Any, Final

from msgspec import Struct

DEFAULT_SERVER: Final = "tcp://localhost:6565"
DEFAULT_THEME: Final = "rchat-dark"

WORDS_MOST: Final = 100
"""Most words of a setting that takes several."""
WORD_CHARS: Final = 100
"""Longest of these."""


class OptionError(ValueError):
    """It cannot be that: ``str(error)`` is a sentence."""


class Kind(enum.Enum):
    """What a value is."""

    TEXT = enum.auto()
    CHOICE = enum.auto()
    """One of `Option.choices`."""
    SWITCH = enum.auto()
    """On or off."""
    WORDS = enum.auto()
    """Any number of texts."""


_SWITCH: Final = {
    **dict.fromkeys(("on", "true", "yes", "1"), True),
    **dict.fromkeys(("off", "false", "no", "0"), False),
}


class Option(Struct, frozen=True):
    """One setting."""

    name: str
    kind: Kind
    default: Any
    about: str
    """A sentence."""
    choices: tuple[str, ...] = ()
    live: bool = True
    """Whether a change counts at once; else at the next start."""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "RCHAT_" + self.name.upper().replace("-", "_")

    @property
    def form(self) -> str:
        """How it is written in the file."""
        match self.kind:
            case Kind.TEXT:
                return f'a text: write {self.name} = "…"'
            case Kind.SWITCH:
                return f"on or off: write {self.name} = true or false"
            case Kind.WORDS:
                return f'a list of texts: write {self.name} = ["…", "…"]'
            case Kind.CHOICE:
                return f'one of {", ".join(self.choices)}: write {self.name} = "{self.choices[0]}"'

    def check(self, value: Any) -> Any:
        """Return a value out of the file, as it is used.

        Raises:
            OptionError: It is of another kind.
        """
        if self.kind is Kind.SWITCH:
            fits = isinstance(value, bool)
        elif self.kind is Kind.WORDS:
            fits = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
            if fits and (len(value) > WORDS_MOST or any(len(each) > WORD_CHARS for each in value)):
                raise OptionError(
                    f"{self.name} has at most {WORDS_MOST} texts of {WORD_CHARS} characters."
                )
            value = tuple(value) if fits else value
        else:
            fits = isinstance(value, str) and (not self.choices or value in self.choices)
        if not fits:
            raise OptionError(f"{self.name} is {self.form}.")
        return value

    def parse(self, text: str) -> Any:
        """Return the value that somebody typed.

        Raises:
            OptionError: It is none.
        """
        if self.kind is Kind.SWITCH:
            value = _SWITCH.get(text.strip().lower())
            if value is None:
                raise OptionError(f"{self.name} is on or off.")
            return value
        if self.kind is Kind.WORDS:
            return self.check([word.strip() for word in text.split(",") if word.strip()])
        if self.kind is Kind.CHOICE and text not in self.choices:
            raise OptionError(f"{self.name} is one of {', '.join(self.choices)}.")
        return text

    def written(self, value: Any) -> str:
        """Return a value as the file has it."""
        if self.kind is Kind.SWITCH:
            return "true" if value else "false"
        if self.kind is Kind.WORDS:
            return f"[{', '.join(map(_quoted, value))}]"
        return _quoted(str(value))

    def show(self, value: Any) -> str:
        """Return a value as one types it."""
        if self.kind is Kind.SWITCH:
            return "on" if value else "off"
        return ", ".join(value) if self.kind is Kind.WORDS else str(value)


def _quoted(text: str) -> str:
    import json

    # TOML's basic strings have the same escapes, and one more.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


OPTIONS: Final = (
    Option(
        "user",
        Kind.TEXT,
        None,
        "The name to log in with; else that of your account here",
        live=False,
    ),
    Option(
        "server",
        Kind.TEXT,
        DEFAULT_SERVER,
        "The server to talk to: tcp, tcps, ws or wss",
        live=False,
    ),
    Option(
        "tls-ca",
        Kind.TEXT,
        "",
        "A PEM file of those who vouch for encrypted servers; else those whom this machine trusts",
        live=False,
    ),
    Option(
        "tls-pin",
        Kind.TEXT,
        "",
        "The SHA-256 fingerprint of the server's certificate: that one is trusted, and no other",
        live=False,
    ),
    Option(
        "tls-cert",
        Kind.TEXT,
        "",
        "A PEM file with your own certificate, for a server that wants to see one",
        live=False,
    ),
    Option(
        "tls-key",
        Kind.TEXT,
        "",
        "A PEM file with its private key, where that is not in the same file",
        live=False,
    ),
    Option(
        "password-cmd",
        Kind.TEXT,
        "",
        "A shell command whose first line is the password of your account; else it is asked for",
        live=False,
    ),
    Option(
        "password-keyring",
        Kind.SWITCH,
        False,  # noqa: FBT003
        "Whether the keyring is asked for it, as service rchat and user NAME@SERVER",
        live=False,
    ),
    Option(
        "password-in-the-clear",
        Kind.SWITCH,
        False,  # noqa: FBT003
        "Whether a password may go to a server on another machine without encryption",
        live=False,
    ),
    Option("theme", Kind.TEXT, DEFAULT_THEME, "The colours"),
    Option(
        "preset",
        Kind.CHOICE,
        "default",
        "Which keys do what, before [keys] changes some",
        choices=("default", "irc", "vim"),
        live=False,
    ),
    Option("keywords", Kind.WORDS, (), "Words that call for you like your name"),
    Option(
        "notify",
        Kind.CHOICE,
        "auto",
        "How the terminal is told of what you would miss",
        choices=("auto", "osc9", "osc777", "bell", "off"),
    ),
    Option("typing", Kind.SWITCH, True, "Whether others see that you are writing"),  # noqa: FBT003
    Option(
        "text-emoji",
        Kind.SWITCH,
        False,  # noqa: FBT003
        "Whether emoji are shown as :shortcodes:, where a terminal gets their widths wrong",
    ),
)

BY_NAME: Final = {option.name: option for option in OPTIONS}
