from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from support.fake_chat import online

if TYPE_CHECKING:
    from support.desk import Start


async def test_an_app_that_is_told_to_end_gives_the_terminal_back(start: Start) -> None:
    """Otherwise `kill` leaves a terminal that echoes nothing and types mouse movements."""
    async with start(online()) as desk:
        for number in (signal.SIGTERM, signal.SIGHUP):
            assert signal.getsignal(number) is not signal.SIG_DFL, "it would end the tests"
        os.kill(os.getpid(), signal.SIGTERM)
        await desk.until(lambda: desk.app.return_code is not None)
        assert desk.app.return_code == 128 + signal.SIGTERM
