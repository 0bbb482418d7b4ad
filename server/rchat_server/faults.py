"""What went wrong, in a name that quotes nothing: for the log. Pure."""

from __future__ import annotations

import errno


def why(error: BaseException) -> str:
    """Return the system's or SQLite's own name for it, as ``ENOSPC``; where it has none, its type.

    The text of an exception may quote what was asked for, or where somebody keeps it.
    """
    return system_name(error) or type(error).__name__


def system_name(error: BaseException) -> str:
    """Return the system's or SQLite's own name for what went wrong, or nothing."""
    name = getattr(error, "sqlite_errorname", "")
    if not name and isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "")
    return str(name)
