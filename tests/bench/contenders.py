"""The servers that are measured: how each is started, and how one talks to it.

Ours keeps what it acknowledges on disk, in a fresh folder. InspIRCd 3 runs with ``inspircd.conf``
beside this file; `IrcWire` says how it is asked for acknowledgements.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

from bench.machine import SERVER_CORE, pinned, processor_seconds
from bench.wires import IrcWire, RchatWire, TutorialWire, WebWire, Wire
from support.papers import papers

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_MEMORY: Final = ":memory:"

_HERE: Final = Path(__file__).parent
_PORT: Final = re.compile(r"://[^ ]+:(\d+)")
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 60.0
_COMPLAINTS: Final = 2000
"""Characters of what a server wrote to standard error that are shown where it failed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    process: subprocess.Popen[str]
    port: int
    tls: ssl.SSLContext | None = None
    """What its connections are encrypted with; None: nothing."""

    def processor_seconds(self) -> float:
        """Return what it has used so far."""
        return processor_seconds(self.process.pid)

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def stop(self) -> None:
        """Let it end as it should, and wait for that.

        Raises:
            AssertionError: It says that it could not.
        """
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(_STOP_SECONDS)
        assert code == 0, f"it ended with {code}"


@dataclass(frozen=True)
class Contender:
    """A server to measure."""

    name: str
    wire: Wire
    largest: int = sys.maxsize
    """With more members than this it is not measured: it would take too long."""

    @property
    def missing(self) -> str:
        """Why it cannot be measured here; empty where it can."""
        return ""

    @contextlib.contextmanager
    def start(self) -> Iterator[Server]:
        """Run it on the server's core, with a fresh place for what it keeps."""
        raise NotImplementedError


@dataclass(frozen=True)
class Rchat(Contender):
    """``rchat-server``.

    Args:
        in_memory: Keep nothing; by default what it acknowledges is on disk.
        encrypted: Speak TLS, with a certificate of an authority of ours.
        web: Speak WebSocket; ``wire`` has to be a `WebWire`.
    """

    in_memory: bool = False
    encrypted: bool = False
    web: bool = False

    @contextlib.contextmanager
    def start(self) -> Iterator[Server]:
        """Run it."""
        with data_folder() as folder:
            data = IN_MEMORY if self.in_memory else str(folder / "data")
            options = ["--ws-port", "0"] if self.web else []
            trust = None
            if self.encrypted:
                certificate, key = papers().write(folder)
                options += ["--cert", str(certificate), "--key", str(key)]
                trust = ssl.create_default_context(cafile=papers().authority(folder))
                trust.check_hostname = False  # the load dials no name
            with rchat_server(data, 0, *options) as server:
                yield replace(server, tls=trust)


@dataclass(frozen=True)
class Tutorial(Contender):
    """`bench.tutorial_shape`."""

    wire: Wire = field(default_factory=TutorialWire)

    @contextlib.contextmanager
    def start(self) -> Iterator[Server]:
        """Run it."""
        with _listening([sys.executable, str(_HERE / "tutorial_shape.py")]) as server:
            yield server


@dataclass(frozen=True)
class Inspircd(Contender):
    """InspIRCd from the system's packages."""

    wire: Wire = field(default_factory=IrcWire)

    @property
    def missing(self) -> str:
        """Say so where it is not installed."""
        return "" if _inspircd() else "not installed"

    @contextlib.contextmanager
    def start(self) -> Iterator[Server]:
        """Run it, on a port that was free a moment ago."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [_inspircd() or "", "--nofork", "--nopid", "--nolog", "--runasroot"]
        command += ["--config", str(_HERE / "inspircd.conf")]
        with _process(command, {"BENCH_PORT": str(port)}) as process:
            _wait_for(process, port)
            yield Server(process, port)


@contextlib.contextmanager
def rchat_server(data: str, port: int = 0, *more: str) -> Iterator[Server]:
    """Run ``rchat-server`` on the server's core; it is killed at the end if it still runs."""
    options = ["--no-limits", "--port", str(port), "--data", data, *more]
    command = [sys.executable, "-m", "rchat_server", *options]
    with _listening(command) as server:
        yield server


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """Make a folder for a server's data, and remove it in the end."""
    base = data_base()
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def data_base() -> Path:
    """Return where such folders are made: in TMPDIR, or in ``build`` of the work tree.

    Not in ``/tmp``, which is no disk on many systems.
    """
    told = os.environ.get("TMPDIR")
    return Path(told).absolute() if told else _HERE.parent.parent / "build"


def _inspircd() -> str | None:
    return shutil.which("inspircd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    # What it complains of goes to a file: a pipe that nobody reads would stop it one day.
    with tempfile.TemporaryFile("w+") as complaints:
        with pinned(SERVER_CORE):
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )
        try:
            yield process
        except BaseException as error:
            complaints.seek(0)
            error.add_note(f"{command}: {complaints.read()[-_COMPLAINTS:]}")
            raise
        finally:
            process.kill()
            process.communicate(timeout=_STOP_SECONDS)


@contextlib.contextmanager
def _listening(command: list[str]) -> Iterator[Server]:
    """Run a server that says which port it listens on."""
    with _process(command, {}) as process:
        line = cast("IO[str]", process.stdout).readline()
        # Where it speaks WebSocket, too, that is named last.
        ports = _PORT.findall(line)
        if not line.startswith(("listening on tcp://", "listening on tcps://")) or not ports:
            raise RuntimeError(f"it does not listen: {line!r}")
        yield Server(process, int(ports[-1]))


def _wait_for(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    raise RuntimeError("it does not listen")


OURS: Final = "rchat"
OWN_STREAMS: Final = "rchat, a stream id each"
ENCRYPTED: Final = "rchat, by TLS"
WEB: Final = "rchat, by WebSocket"
WEB_ENCRYPTED: Final = "rchat, by WebSocket under TLS"
PEER: Final = "InspIRCd 3"
TUTORIAL: Final = "the tutorial's shape"
_TUTORIAL_MEMBERS: Final = 100


def rchat(*, in_memory: bool) -> Rchat:
    """Return our own."""
    return Rchat(OURS, RchatWire(), in_memory=in_memory)


def inspircd() -> Inspircd:
    """Return the peer."""
    return Inspircd(PEER)


def contenders(*, in_memory: bool, incoming: bool) -> list[Contender]:
    """Return all of them, ours first; ``incoming`` adds ours as a tutorial's client hears it."""
    everybody: list[Contender] = [
        rchat(in_memory=in_memory),
        Rchat(OWN_STREAMS, RchatWire(own_streams=True), in_memory=in_memory),
        Rchat(ENCRYPTED, RchatWire(), in_memory=in_memory, encrypted=True),
        Rchat(WEB, WebWire(), in_memory=in_memory, web=True),
        Rchat(WEB_ENCRYPTED, WebWire(), in_memory=in_memory, web=True, encrypted=True),
        inspircd(),
        Tutorial(TUTORIAL, largest=_TUTORIAL_MEMBERS),
    ]
    if incoming:
        wire = RchatWire(route="messages.incoming")
        everybody.append(Rchat(f"rchat, {wire.route}", wire, in_memory=in_memory))
    return everybody
