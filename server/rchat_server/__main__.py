"""``python -m rchat_server``: the same as the command ``rchat-server``."""

from __future__ import annotations

import sys

from rchat_server.cli import main

sys.exit(main())
