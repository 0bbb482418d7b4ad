"""What the server says of itself: an event is one line, on standard error.

Modules speak to `logging`, each event as a fixed short sentence with its values beside it
(``extra``); here alone they become lines, as do the words of libraries. Whatever a value holds, it
makes no second line and hides nothing of the first. Values that are text of others, or secrets, are
given to no event.

The text of an exception may quote anything, so it is left out: its type is told, the system's name
of what went wrong, and where that was.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any, Final, TextIO

import structlog

from rchat_server.faults import system_name
from rchat_server.throttle import Throttle

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from structlog.typing import EventDict, Processor, WrappedLogger

logger = logging.getLogger(__name__)

VALUE_CHARS: Final = 1000
"""Of a value that is text: what is longer is cut."""

FRAMES: Final = 40
"""Of a traceback: the innermost."""

CAUSES: Final = 5
"""Exceptions that led to one another, as far as they are told."""

_OURS: Final = ("rchat_server", "rchat_protocol")
_ORDER: Final = ("time", "level", "event")


def set_up(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send everything that is logged through one pipeline, and what nobody has caught, too.

    It is the process's: for its `main` alone.

    Args:
        level: The lowest that is told, as `logging` calls it, in either case.
        form: ``text``, or ``json`` for one object a line.
        stream: Where to; standard error by default.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(form))
    handler.addFilter(Throttle())
    logging.raiseExceptions = False  # it would print what could not be told, in its own way
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # It logs each frame and stream at its debug level, which is of no use to whoever runs a server.
    logging.getLogger("pyrsocket").setLevel(logging.WARNING)
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda args: _fault("fault while something was freed", args.exc_value)
    threading.excepthook = lambda args: _fault("fault in a thread", args.exc_value)
    warnings.showwarning = _warned


def formatter(form: str) -> logging.Formatter:
    """Return what makes lines of records, in the form ``text`` or ``json``."""
    render: list[Processor]
    if form == "json":
        render = [_cut, _json]
    else:
        render = [
            _cut,
            _printable,
            structlog.processors.LogfmtRenderer(key_order=_ORDER, bool_as_flag=False),
        ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _stamped],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        pass_foreign_args=True,
    )


def fault_in_loop(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Tell of what nobody has caught in an event loop: its handler of exceptions.

    Asyncio's own quotes the arguments of callbacks, and the results of tasks.
    """
    # What a callback was given may stand behind the third word.
    what = " ".join(str(context.get("message", "")).split()[:3])
    _fault("fault in the event loop", context.get("exception"), what=what)


# -- from records to values ------------------------------------------------------------------------


def _stamped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add time, level and logger; of a library's words, leave out what was filled in."""
    record: logging.LogRecord = event["_record"]
    given = event.pop("positional_args", None)
    for told_otherwise in ("exc_info", "stack_info", "message", "asctime"):
        event.pop(told_otherwise, None)
    at = dt.datetime.fromtimestamp(record.created, dt.UTC)
    stamped: EventDict = {
        "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "level": record.levelname.lower(),
        "event": event.pop("event"),
    }
    if not record.name.startswith(_OURS):
        stamped["event"] = _without_values(str(record.msg), given)
    stamped["logger"] = record.name
    told = exception(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
    return {**stamped, **event, **told}


def _without_values(template: str, given: object) -> str:
    """Return a library's sentence with the numbers in it alone: all else may be others' text."""
    if not given or not isinstance(given, tuple):
        return template
    try:
        return template % tuple(each if isinstance(each, int | float) else "…" for each in given)
    except (TypeError, ValueError):
        return template


def exception(error: BaseException) -> dict[str, Any]:
    """Return what is told of an exception: ``error``, ``why`` where that has a name, ``trace``."""
    told: dict[str, Any] = {"error": _kind(error)}
    name = system_name(error)
    if name:
        told["why"] = name
    trace: list[str] = []
    for number, each in enumerate(_chain(error)):
        if number:
            trace.append(f"after {_kind(each)}")
        trace.extend(_places(each.__traceback__))
    told["trace"] = trace
    return told


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    for _ in range(CAUSES):
        if following is None:
            return
        yield following
        shown = None if following.__suppress_context__ else following.__context__
        following = following.__cause__ or shown


def _places(trace: TracebackType | None) -> list[str]:
    """Return the places of a traceback, as module, line and function: no paths, and no code."""
    frames = list(traceback.walk_tb(trace))[-FRAMES:]
    return [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]


def _kind(error: BaseException) -> str:
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


# -- from values to lines --------------------------------------------------------------------------


def _cut(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut text that is very long."""
    for key, value in event.items():
        if isinstance(value, str) and len(value) > VALUE_CHARS:
            event[key] = f"{value[:VALUE_CHARS]}…"
    return event


def _printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write everything in characters that are seen. Keys are ours."""
    for key, value in event.items():
        if not isinstance(value, int | float):
            event[key] = _plain(value)
    return event


def _plain(value: object) -> str:
    parts = value if isinstance(value, list | tuple) else [value]
    text = ", ".join(map(str, parts))
    # No backslashes: not all versions of the renderer escape them before a quotation mark.
    return "".join(c if c.isprintable() and c != "\\" else f"<U+{ord(c):04X}>" for c in text)


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Write an object in ASCII; the one control character that JSON lets stand is escaped, too."""
    return str(_objects(_logger, _method, event)).replace("\x7f", "\\u007f")


def _shown(value: object) -> str:
    """Return what stands for a value that JSON has no form for: never what is in it."""
    return f"<{type(value).__name__}>"


_objects: Final = structlog.processors.JSONRenderer(default=_shown, ensure_ascii=True)


# -- what nobody has caught ------------------------------------------------------------------------


def _uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    _fault("fault: the server ends", error)


def _fault(event: str, error: BaseException | None, **values: object) -> None:
    logger.error(event, exc_info=error, extra=values)


def _warned(  # noqa: PLR0917 - Python's signature
    message: Warning | str,  # noqa: ARG001
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    place = f"{filename.rpartition('/')[2]}:{lineno}"
    logger.warning("Python warns", extra={"what": category.__name__, "place": place})
