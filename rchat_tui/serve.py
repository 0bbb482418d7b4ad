"""A server of one's own: ``rchat-server`` as a child process, which ends with us.

It is a process and not a thread because the app may be suspended (Ctrl+Z, $EDITOR) and others are
talking. It ends when its standard input does, so not even a killed app leaves one behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Self

from rchat_tui.client.address import ServerAddress
from rchat_tui.client.display import safe_line
from rchat_tui.client.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import IO

START_TIMEOUT: Final = 10.0
"""Seconds in which a server says that it is ready."""
STOP_TIMEOUT: Final = 8.0
"""Seconds in which it delivers what it has taken; then it is killed."""

EXPOSED: Final = (
    "Nothing is encrypted, and guests may come in: whoever reaches the port can read and post."
    " rchat-server encrypts, with --cert and --key, and takes accounts alone, with --mode accounts."
)
"""What to say of a server that others than this machine can reach."""

_READY: Final = re.compile(r"listening on (tcp://\S+)")
_ALL: Final = ("0.0.0.0", "::")
_LINE_BYTES: Final = 4096
_COMPLAINT: Final = "rchat-server: "

_logger = logging.getLogger(__name__)


class ChildServer:
    """A running ``rchat-server``. Make it with `start`, end it with `close`.

    Args:
        process: With pipes for all three of its streams.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.url = ""
        """Where it listens."""
        self._process = process
        self._said: deque[str] = deque(maxlen=20)
        self._ready = threading.Event()
        self._readers = [
            threading.Thread(target=self._read_output, name="server output", daemon=True),
            threading.Thread(target=self._read_errors, name="server log", daemon=True),
        ]

    @classmethod
    def start(
        cls,
        host: str,
        port: int,
        *,
        timeout: float = START_TIMEOUT,
        command: Sequence[str] = (sys.executable, "-m", "rchat_server"),
    ) -> Self:
        """Start a server and wait until it listens. Blocks: for the loop there is `Hosting.start`.

        Args:
            host: Where it is to listen.
            port: Likewise; 0 takes a free one.
            timeout: Seconds to wait for it.
            command: What to run.

        Raises:
            SetupError: It did not start; the sentence is the server's where it said one.
        """
        try:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [*command, "--host", host, "--port", str(port), "--until-eof"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # The keys of this terminal are not for it.
                start_new_session=True,
            )
        except OSError as error:
            raise SetupError(f"The server could not be started: {error.strerror}.") from error
        server = cls(process)
        try:
            server._wait_until_ready(timeout)
        except BaseException:
            server.close()
            raise
        return server

    def close(self) -> None:
        """End it, and wait until it has ended. Idempotent."""
        with contextlib.suppress(OSError):  # it may have ended by itself
            _pipe(self._process.stdin).close()
        for end in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(STOP_TIMEOUT / 2)
            except subprocess.TimeoutExpired:
                end()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        _pipe(self._process.stdout).close()
        _pipe(self._process.stderr).close()

    def _wait_until_ready(self, timeout: float) -> None:
        for reader in self._readers:
            reader.start()
        if not self._ready.wait(timeout):
            raise SetupError(f"The server did not start within {timeout:g} s.")
        if not self.url:
            self._readers[1].join(timeout)
            said = [line for line in self._said if line.startswith(_COMPLAINT)] or list(self._said)
            why = said[-1].removeprefix(_COMPLAINT) if said else "it gave no reason."
            raise SetupError(f"The server did not start: {why}")

    def _read_output(self) -> None:
        try:
            for line in _lines(_pipe(self._process.stdout)):
                if match := _READY.match(line):
                    self.url = match[1]
                    self._ready.set()
        finally:
            self._ready.set()  # its end, without a word

    def _read_errors(self) -> None:
        for line in _lines(_pipe(self._process.stderr)):
            self._said.append(line)
            _logger.info("server: %s", line)


class Hosting:
    """Owner of the servers that this terminal has started."""

    def __init__(self) -> None:
        self._servers: list[ChildServer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()

    def start_now(self, address: ServerAddress) -> str:
        """Start a server, blocking until it listens; return its URL.

        Raises:
            SetupError: It did not start.
        """
        server = ChildServer.start(address.host, address.port)
        self._servers.append(server)
        return server.url

    async def start(self) -> str:
        """Start a server for this machine on the usual port; return its URL.

        Raises:
            SetupError: It did not start: the port may be in use.
        """
        return await asyncio.to_thread(self.start_now, ServerAddress("127.0.0.1"))


def urls_of(url: str) -> tuple[str, str]:
    """Return the URL for this machine and the one for others, of a server that listens at ``url``.

    They differ where it listens on all addresses of the machine.
    """
    address = ServerAddress.parse(url)
    if address.host not in _ALL:
        return url, url
    local = ServerAddress("::1" if address.host == "::" else "127.0.0.1", address.port)
    return str(local), str(ServerAddress(_outward_address(), address.port))


def _outward_address() -> str:
    """Return the address that others most likely reach this machine at."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Choosing a route for a datagram sends nothing. The address is one for documentation.
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return socket.gethostname()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the process was started without this pipe")
    return stream


def _lines(stream: IO[bytes]) -> Iterator[str]:
    while line := stream.readline(_LINE_BYTES):
        yield safe_line(line.decode(errors="replace"))
