"""Putting fragmented frames together (RSocket 1.0, "Fragmentation and Reassembly"), within bounds.

The library's own cache has no bound and copies what it has for every fragment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from rsocket.frame import PayloadFrame

from rchat_protocol.transport.errors import ProtocolViolationError

MAX_CONCURRENT: Final = 4
"""Streams whose fragments may be incomplete at one time."""


@dataclass(slots=True)
class _Partial:
    first: Any
    data: bytearray = field(default_factory=bytearray)
    metadata: bytearray = field(default_factory=bytearray)

    def add(self, frame: Any, max_bytes: int) -> None:
        if not frame.data and not frame.metadata:
            # It would cost memory and count for nothing.
            raise ProtocolViolationError("A fragment is empty.")
        self.data += frame.data
        self.metadata += frame.metadata
        if len(self.data) + len(self.metadata) > max_bytes:
            raise ProtocolViolationError(f"A request may have {max_bytes} bytes at most.")


class Reassembler:
    """The fragments of one connection that are still incomplete.

    Args:
        max_bytes: Most data and metadata of one whole frame.
        most: Streams whose fragments may be incomplete at one time.
    """

    def __init__(self, max_bytes: int, most: int = MAX_CONCURRENT) -> None:
        self._max_bytes = max_bytes
        self._most = most
        self._partials: dict[int, _Partial] = {}

    def __contains__(self, stream_id: int) -> bool:
        return stream_id in self._partials

    def add(self, frame: Any) -> Any | None:
        """Return the whole frame that ``frame`` is or completes, or None while more is to come.

        Args:
            frame: A request or a payload.

        Raises:
            ProtocolViolationError: Too large, too many at a time, or a request within a request.
        """
        partial = self._partials.get(frame.stream_id)
        if partial is None:
            if not frame.flags_follows:
                return frame
            if len(self._partials) >= self._most:
                raise ProtocolViolationError(
                    f"Fragments of {self._most} frames at most may be on their way."
                )
            partial = self._partials[frame.stream_id] = _Partial(frame)
            partial.add(frame, self._max_bytes)
            return None
        if not isinstance(frame, PayloadFrame):
            raise ProtocolViolationError("A request came in the middle of another's fragments.")
        partial.add(frame, self._max_bytes)
        if frame.flags_follows:
            return None
        del self._partials[frame.stream_id]
        return _whole(partial, last=frame)

    def drop(self, stream_id: int) -> None:
        """Forget the fragments of a stream that was cancelled or failed."""
        self._partials.pop(stream_id, None)

    def clear(self) -> None:
        """Forget them all."""
        self._partials.clear()


def _whole(partial: _Partial, *, last: Any) -> Any:
    frame = partial.first
    frame.data = bytes(partial.data)
    frame.metadata = bytes(partial.metadata)
    frame.flags_follows = False
    if isinstance(frame, PayloadFrame):
        frame.flags_complete = last.flags_complete
        frame.flags_next = True
    return frame
