"""The measurements' own arithmetic: what is counted wrong here makes every figure a lie."""

from __future__ import annotations

import array
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest
from rsocket.frame_builders import to_request_response_frame
from rsocket.payload import Payload
from websockets.frames import Frame
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from bench import fanout, logins
from bench.contenders import Rchat, rchat
from bench.guests import Follower
from bench.latency import TimedLine
from bench.load import FRONT, Line, LineLostError, Load, Step
from bench.table import Result, Unit, markdown
from bench.wires import MARKER, RchatWire, TutorialWire, WebWire, as_messages, content
from rchat_protocol.transport.frames import frame_bytes, payload_frame
from rchat_protocol.transport.metadata import route_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux measures")

EVERY_CUT = range(1, 60)


@pytest.fixture
def end() -> Iterator[socket.socket]:
    """Yield a socket that is never used: what a line hears is put into its buffer by hand."""
    with socket.socket() as unused:
        yield unused


def hear(line: Line, data: bytes, size: int) -> None:
    """Let ``line`` hear ``data`` in pieces of ``size`` bytes, as if each had been read at once."""
    buffer = bytearray(FRONT + size)
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        buffer[FRONT : FRONT + len(piece)] = piece
        line.heard(buffer, FRONT + len(piece))


@pytest.mark.parametrize("marker", [MARKER, b"x", b"a-a", TutorialWire.answer])
def test_every_marker_counts_once_however_the_bytes_are_cut(
    marker: bytes, end: socket.socket
) -> None:
    """Deliveries would be lost or doubled by the count, not by the server."""
    data = b"..".join([marker] * 9) + b"." + marker + marker
    for size in EVERY_CUT:
        line = Line("", end)
        line.watch(marker)
        hear(line, data, size)
        assert line.seen == 11, size


def test_an_answer_of_the_tutorials_is_no_part_of_any_stream_id(end: socket.socket) -> None:
    """Its acknowledgements would be counted wrong on the way to large stream ids."""
    streams = [*range(1, 4001, 2), *range(0x0005FF01, 0x00060201, 2), 0x06000001, 0x00000601]
    answers = [b"\x00\x00\x06" + stream.to_bytes(4) + b"\x28\x40" for stream in streams]
    line = Line("", end)
    line.watch(TutorialWire.answer)
    hear(line, b"".join(answers), 4096)
    assert line.seen == sum(stream < 1 << 24 for stream in streams)


def test_a_follower_takes_numbers_however_they_are_cut_and_sees_a_gap(end: socket.socket) -> None:
    """Messages that never came would pass for caught up."""
    data = b"".join(b'{"type":"message","seq":%d,"id":"a"}' % seq for seq in range(8, 108))
    for size in EVERY_CUT:
        line = Follower("", end)
        line.follow(7)
        hear(line, data + b'{"type":"read","seq":5}', size)
        assert line.followed == 100, size
    line = Follower("", end)
    line.follow(7)
    with pytest.raises(AssertionError, match="after 49"):
        hear(line, data.replace(b'"seq":50,', b'"seq":51,'), 64)


def test_each_delivery_is_timed_once_by_when_it_was_due(end: socket.socket) -> None:
    """The slowest deliveries are the rare ones: none may be missed, doubled, or read wrong."""
    due = [time.monotonic_ns() - number * 10**9 for number in range(20)]
    data = b"..".join(content(b"%020d" % each) for each in due)
    for size in EVERY_CUT:
        late: array.array[int] = array.array("q")
        line = TimedLine(late, "", end)
        line.take_times()
        hear(line, data, size)
        assert line.seen == 20
        assert [round(each / 10**9) for each in late] == list(range(20)), size


def test_messages_are_the_frames_that_the_library_makes() -> None:
    """The server would be measured with requests that no client sends."""
    message = RchatWire().messages("bench")
    for stream in (101, 103):
        frame = message(content())
        data = frame[frame.index(b'{"content"') :]
        payload = Payload(data, route_metadata("message"))
        assert frame == frame_bytes(to_request_response_frame(stream, payload))


def test_messages_of_a_websocket_are_what_a_server_understands() -> None:
    """The fan-out by WebSocket would be measured with what no server takes."""
    protocol = ServerProtocol(state=OPEN)
    frames = [b"x" * size for size in (6, 125, 126, 60_000)]
    protocol.receive_data(as_messages(b"".join(len(each).to_bytes(3) + each for each in frames)))
    got = [each.data for each in protocol.events_received() if isinstance(each, Frame)]
    assert got == frames


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_short_fan_out_by_websocket(encrypted: bool) -> None:  # noqa: FBT001 - a table's column
    """The harness would rot between two measurements."""
    contender = Rchat("", WebWire(), in_memory=True, web=True, encrypted=encrypted)
    assert fanout.run(contender, members=3, seconds=0.2).rate > 0


def test_logins_beside_a_measurement_are_logins() -> None:
    """Others' delivery time would be told beside logins that never were."""
    with rchat(in_memory=True).start() as server, Load() as load:
        each = logins.Logins(load, server)
        while each.done < 3:
            each.turn()
            load.turn(0.01)
        assert each.begun >= each.done


def test_a_line_that_ends_is_told_of_and_not_measured() -> None:
    """A server that throws a member out would look fast."""
    with socket.create_server(("127.0.0.1", 0)) as server, Load() as load:
        line = load.connect(server.getsockname()[1], "m0", Line)
        accepted, _ = server.accept()
        accepted.sendall(payload_frame(1, b"hello"))
        load.arrive([(line, [Step(b"hi", b"hello")])], MARKER)
        assert accepted.recv(2) == b"hi"  # unread, it would make the end a reset
        accepted.close()
        with pytest.raises(LineLostError, match="m0: the server hung up"):
            load.for_seconds(5)


def test_a_full_core_of_the_load_is_told() -> None:
    """The load's limit would be quoted as the server's."""
    told = markdown(
        [
            Result("rate", "ours", Unit.PER_SECOND, (3e6, 1e6, 2e6), load=(0.99, 0.2, 0.96)),
            Result("rate", "theirs", Unit.PER_SECOND, (1234.0,), load=(0.5,), aim="1"),
            Result("rate", "none", Unit.PER_SECOND, (), note="not installed"),
        ],
        {"Python": "3"},
        {"fanout": 0.3},
        3,
    )
    row = "| rate | ≥ **2.00 M/s** (1.00 to 3.00) · 96% | **1.23 k/s** · 50% | not installed | 1 |"
    assert row in told
    assert "**Not to be quoted**: others took much of the machine meanwhile: fanout 30%." in told


def test_a_short_fan_out_is_counted_to_the_last_message() -> None:
    """The harness would rot between two measurements. It checks by itself that nothing is lost."""
    delivery = fanout.run(rchat(in_memory=True), members=3, seconds=0.2)
    assert delivery.rate > 0
    assert delivery.cost > 0
