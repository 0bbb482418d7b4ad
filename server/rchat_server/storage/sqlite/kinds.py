"""What stands in the column ``kind`` of the table ``entries``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rchat_server.core.ports import DeedKind

MESSAGE: Final = 0
EDIT: Final = 1
DELETE: Final = 2
ERASED: Final = 6
"""A message that was deleted."""

CODES: Final[dict[DeedKind, int]] = {
    "edit": EDIT,
    "delete": DELETE,
    "react": 3,
    "unreact": 4,
    "topic": 5,
}
KINDS: Final[dict[int, DeedKind]] = {code: kind for kind, code in CODES.items()}
