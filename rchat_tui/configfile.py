"""Changing the config file: one setting at a time, and nothing else in it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from rchat_tui import config
from rchat_tui.options import OptionError

if TYPE_CHECKING:
    from rchat_tui.options import Option


def keep(path: Path, option: Option, value: Any) -> None:
    """Keep a setting for the next start; comments and all else stay as they are.

    Args:
        path: Of the file, made where there is none; for its owner alone then.
        option: The setting.
        value: As `Option.parse` returns it.

    Raises:
        OptionError: It cannot be that, or the file cannot be changed.
    """
    try:
        value = config.checked(option.name, value)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        document = tomlkit.parse(text)
        document[option.name] = list(value) if isinstance(value, tuple) else value
        _replace(path, tomlkit.dumps(document))
    except config.ConfigError as error:
        raise OptionError(str(error)) from None
    except (TOMLKitError, UnicodeDecodeError):
        raise OptionError(f"{path} is no valid TOML: mend it first.") from None
    except OSError as error:
        raise OptionError(f"{path} cannot be written: {error.strerror or error}.") from None


def _replace(path: Path, text: str) -> None:
    """Put a text into a file at once: who reads it has the old one or the new one, whole."""
    target = path.resolve()  # a link to a file elsewhere stays one
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".config-", dir=target.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if target.exists():
            new.chmod(target.stat().st_mode & 0o777)
        new.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
