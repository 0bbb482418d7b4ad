"""``python -m rchat_tui`` is ``rchat-tui``."""

from __future__ import annotations

import sys

from rchat_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
