"""What WebSocket adds to a connection: its rules, and what becomes of who breaks them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.frames import Close, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from rchat_protocol.codec import decode_error
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.endpoint import CLOSE_GRACE
from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.frames import payload_frame, payload_frames, split_frames
from rchat_protocol.transport.messages import (
    FRAMES_BETWEEN,
    MessageDecoder,
    SharedMessages,
    masked_messages,
    plain_messages,
)
from rchat_protocol.transport.server import ServerEndpoint
from rchat_server.gateway.web import HttpLine, Site
from support.clock import FakeClock
from support.endpoint import Handler
from support.lines import Hall, from_client, messages_sent
from support.raw_web import RawWeb, close_code, rsocket_frames
from support.wire import response_bytes, setup_bytes, stream_bytes, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_protocol.transport.websocket import WebSocketTransport

BINARY, TEXT, CONT = Opcode.BINARY, Opcode.TEXT, Opcode.CONT
PING, PONG, CLOSE = Opcode.PING, Opcode.PONG, Opcode.CLOSE
SOON = 5
ANNOUNCED = 0x80 | 127


class House:
    """A server's endpoint for whoever comes, and what it does. Its time stands still."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.handler = Handler()
        self.transport: WebSocketTransport
        self.endpoint: ServerEndpoint
        self.running: asyncio.Task[None]

    def begin(self, transport: WebSocketTransport) -> None:
        """Serve."""
        self.transport = transport
        self.endpoint = ServerEndpoint(transport, self.handler)
        self.running = asyncio.create_task(self.endpoint.run())


@contextlib.asynccontextmanager
async def visit(*frames: bytes) -> AsyncIterator[tuple[RawWeb, House]]:
    """Open a WebSocket to an endpoint, and send frames; see that nothing is left of it."""
    house = House()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpLine(Site("/chat"), Hall(house.begin, house.clock)), "127.0.0.1", 0
    )
    before = asyncio.all_tasks()
    try:
        async with await RawWeb.dial(server.sockets[0].getsockname()[1]) as peer:
            await peer.open()
            peer.send(*frames)
            async with asyncio.timeout(SOON):
                yield peer, house
        async with asyncio.timeout(SOON):
            await house.running
        assert house.handler.closed_count == 1
        assert [source.closed for source in house.handler.sources] == [1] * len(
            house.handler.sources
        )
        assert asyncio.all_tasks() == before
    finally:
        server.close()


def request(stream_id: int = 1, data: bytes = b"x") -> bytes:
    """Return a request without a length."""
    return response_bytes(stream_id, "now", data)[3:]


SETUP = from_client(BINARY, setup_bytes()[3:])


# -- who breaks the rules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "code", "says"),
    [
        pytest.param([from_client(BINARY)], 1002, "shorter than its header", id="empty"),
        pytest.param([from_client(BINARY, b"12345")], 1002, "shorter than", id="too short"),
        pytest.param(
            [from_client(BINARY, fin=False), from_client(CONT)], 1002, "shorter", id="empty pieces"
        ),
        pytest.param([from_client(TEXT, request())], 1003, "binary message", id="text"),
        pytest.param([from_client(TEXT)], 1003, "binary message", id="empty text"),
        pytest.param(
            [bytes((0x82, ANNOUNCED)) + (REQUEST_FRAME_BYTES + 1).to_bytes(8)],
            1009,
            "131072 bytes at most",
            id="too large, as its head says",
        ),
        pytest.param(
            [
                from_client(BINARY, bytes(100_000), fin=False),
                from_client(PING),
                from_client(CONT, bytes(40_000)),
            ],
            1009,
            "131072 bytes at most",
            id="too large in pieces",
        ),
        pytest.param(
            [
                from_client(BINARY, fin=False),
                *[from_client(CONT, b"1", fin=False)] * 200,
                from_client(CONT),
            ],
            1008,
            "before a whole message",
            id="too many pieces",
        ),
        pytest.param([from_client(PING)] * 200, 1008, "before a whole message", id="pings"),
        pytest.param([from_client(PONG)] * 200, 1008, "before a whole message", id="pongs"),
        pytest.param([bytes((0x82, 6)) + bytes(6)], 1002, "breaks the rules", id="not masked"),
        pytest.param([b"\xc2\x80" + bytes(4)], 1002, "breaks the rules", id="compressed"),
        pytest.param([from_client(CONT, b"1")], 1002, "breaks the rules", id="a piece of nothing"),
        pytest.param([b"\x83\x80" + bytes(4)], 1002, "breaks the rules", id="unknown"),
    ],
)
async def test_who_breaks_the_rules_is_told_and_cut_off(
    frames: list[bytes], code: int, says: str
) -> None:
    """In the library one empty message, before any login, stops the whole server for ever."""
    served = from_client(BINARY, request(1, b"served"))
    refused = from_client(BINARY, request(3, b"not served"))
    async with visit(SETUP, served, *frames, refused) as (peer, house):
        heard = await peer.all_heard()
        assert close_code(heard) == code
        answer, error = rsocket_frames(heard)
        assert bytes(answer.data) == b"served"
        body = decode_error(bytes(error.data))
        assert body is not None
        assert (body.code, error.stream_id) == (ErrorCode.PROTOCOL_VIOLATION, 0)
        assert says in body.message
        assert house.handler.begun == ["nowserved"]


async def test_a_large_message_is_refused_before_it_is_kept() -> None:
    """Otherwise whoever announces a gigabyte is given one."""
    decoder = MessageDecoder(ServerProtocol(state=OPEN, max_size=1000))
    decoder.feed(bytes((0x82, ANNOUNCED)) + (1 << 30).to_bytes(8))
    decoder.feed(bytes(100_000))
    with pytest.raises(ProtocolViolationError):
        decoder.next_frame()
    assert decoder.buffered == 0
    decoder.feed(bytes(100_000))
    assert decoder.buffered == 0


# -- who keeps them --------------------------------------------------------------------------------


async def test_a_message_may_come_in_pieces_with_a_ping_between() -> None:
    """Otherwise proxies that cut messages, or keep lines alive, break the connection."""
    whole = request(1, b"in pieces")
    async with visit(
        SETUP,
        from_client(BINARY, whole[:3], fin=False),
        from_client(PING, b"still there?"),
        from_client(CONT, whole[3:9], fin=False),
        from_client(CONT, b"", fin=False),
        from_client(CONT, whole[9:]),
    ) as (peer, _):
        heard = await peer.heard(2)
        assert {each.opcode for each in heard} == {PONG, BINARY}
        assert [bytes(each.data) for each in heard if each.opcode is PONG] == [b"still there?"]
        assert [bytes(each.data) for each in rsocket_frames(heard)] == [b"in pieces"]


async def test_of_many_pings_the_newest_is_answered() -> None:
    """Otherwise pings fill the output: a byte of ours for each of theirs, whether taken or not."""
    pings = [from_client(PING, bytes(100) + bytes((number,))) for number in range(30)]
    async with visit(SETUP, *pings, from_client(BINARY, request())) as (peer, _):
        heard = await peer.heard(2)
        answered = [bytes(each.data)[100] for each in heard if each.opcode is PONG]
        assert 1 <= len(answered) <= 3, "one a piece of what was read"
        assert answered[-1] == 29


async def test_pings_do_not_fill_the_output_of_who_takes_nothing() -> None:
    """Otherwise a flood of them is kept in memory, past the budget."""
    async with visit(SETUP) as (peer, house):
        transport = house.transport
        transport._full = True
        peer.send(*[from_client(PING, bytes(120))] * 100)
        await asyncio.sleep(0.1)
        transport.next_frame()
        assert transport._messages.pong
        assert transport._out_bytes + transport._unsent() == 0
        transport._full = False
        transport.wake()
        assert [each.opcode for each in await peer.heard(1)] == [PONG]


async def test_pings_are_no_sign_of_a_client() -> None:
    """Otherwise a proxy's pings keep the place of a client that is long dead."""
    async with visit(SETUP) as (peer, house):
        peer.send(from_client(PING))
        assert [each.opcode for each in await peer.heard(1)] == [PONG]
        house.endpoint._heard = False
        peer.send(from_client(PING))
        assert [each.opcode for each in await peer.heard(1)] == [PONG]
        assert not house.endpoint._heard


# -- the end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["CLOSE", "CLOSE with nothing", "end of line", "reset"])
async def test_that_the_peer_leaves_reaches_the_endpoint(how: str) -> None:
    """In the library it never does: 40 tasks of 20 connections are left, and all sessions."""
    wait = from_client(BINARY, response_bytes(1, "wait")[3:])
    listen = from_client(BINARY, stream_bytes(3)[3:])
    async with visit(SETUP, wait, listen) as (peer, house):
        await until(lambda: len(house.handler.sources) == 1)
        if how.startswith("CLOSE"):
            said = b"" if "nothing" in how else Close(1001, "going").serialize()
            peer.send(from_client(CLOSE, said))
            heard = await peer.all_heard()
            assert [(each.opcode, bytes(each.data)) for each in heard] == [(CLOSE, said)]
        elif how == "end of line":
            peer.writer.write_eof()
            assert close_code(await peer.all_heard()) == 1000
        else:
            peer.writer.transport.abort()
        await house.running
        assert house.handler.cancelled == 1


async def test_what_was_asked_before_a_close_is_done() -> None:
    """Otherwise a message that was sent just before one quits is lost."""
    frames = [from_client(BINARY, request(number, b"%d" % number)) for number in (1, 3, 5)]
    async with visit(SETUP, *frames, from_client(CLOSE), from_client(BINARY, request(7))) as (
        peer,
        house,
    ):
        await peer.all_heard()
        await house.running
        assert house.handler.begun == ["now1", "now3", "now5"]


async def test_a_server_says_close_and_waits_for_the_answer() -> None:
    """Otherwise a browser reports a broken line, and takes no last words."""
    async with visit(SETUP, from_client(BINARY, request())) as (peer, house):
        await peer.heard(1)
        house.endpoint.end(ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0))
        heard = await peer.heard(2)
        assert close_code(heard) == 1000
        assert [each.stream_id for each in rsocket_frames(heard)] == [0]
        assert not house.running.done(), "it waits"
        peer.send(from_client(BINARY, request(3)), from_client(CLOSE, Close(1000, "").serialize()))
        assert await peer.reader.read() == b""
        await house.running
        assert house.handler.begun == ["nowx"]


async def test_closing_takes_no_longer_than_its_grace() -> None:
    """Otherwise a peer that does not answer CLOSE keeps the server from ending."""
    async with visit(SETUP) as (peer, house):
        await until(lambda: house.endpoint._heard)
        house.endpoint.end(ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0))
        await peer.heard(2)
        assert not house.running.done()
        house.clock.advance(CLOSE_GRACE)
        with contextlib.suppress(ConnectionError):
            assert await peer.reader.read() == b""
        await house.running


# -- messages --------------------------------------------------------------------------------------


LENGTHS = [0, 119, 120, 121, 122, 65_528, 65_529, 65_530, 65_531]
"""A frame has six bytes more."""


@example([bytes(size) for size in LENGTHS])
@given(st.lists(st.binary(max_size=300)))
def test_frames_become_messages_that_others_understand(items: list[bytes]) -> None:
    """A length of 125, 126, 65,535 or 65,536 that is written wrong breaks everything after it."""
    frames = payload_frames(1, items)
    bodies = [bytes(each) for each in split_frames(frames)]
    assert [bytes(each.data) for each in messages_sent(plain_messages(frames))] == bodies
    reader = ServerProtocol(state=OPEN)
    reader.receive_data(masked_messages(frames))
    assert reader.parser_exc is None
    assert [bytes(each.data) for each in reader.events_received()] == bodies  # type: ignore[union-attr]


def test_frames_that_are_cut_short_are_no_messages() -> None:
    """Otherwise a fault of ours goes over the line as something else."""
    for cut in (1, 3, 9):
        with pytest.raises(ValueError, match="cut short"):
            plain_messages(payload_frame(1, b"12345")[:-cut])


def test_what_many_are_offered_is_made_into_messages_once_and_kept_briefly() -> None:
    """Otherwise a delivery to 500 copies it 500 times, or each delivery is kept for ever."""
    shared = SharedMessages()
    frames = [payload_frame(1, bytes((number,))) for number in range(10)]
    for each in frames:
        assert shared.of(each) is shared.of(each)
        assert shared.of(each) == plain_messages(each)
    assert len(shared._made) == SharedMessages._KEPT


PIECE = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda opcode, data, fin: from_client(Opcode(opcode), data, fin=fin),
        st.sampled_from([0, 1, 2, 8, 9, 10]),
        st.one_of(st.binary(max_size=20), st.just(request())),
        st.just(True),  # noqa: FBT003
    ),
    st.builds(
        lambda opcode, data: from_client(Opcode(opcode), data, fin=False),
        st.sampled_from([0, 2]),
        st.binary(max_size=20),
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=20), st.integers(1, 50))
def test_whatever_comes_is_frames_or_a_violation(pieces: list[bytes], cut: int) -> None:
    """No bytes, however they are cut, may raise anything else, or be read after a violation."""
    data = b"".join(pieces)

    def read(size: int) -> tuple[list[bytes], str, bool]:
        decoder = MessageDecoder(ServerProtocol(state=OPEN, max_size=1000))
        found = []
        try:
            for at in range(0, len(data), size):
                decoder.feed(data[at : at + size])
                while (frame := decoder.next_frame()) is not None:
                    found.append(type(frame).__name__.encode())
        except ProtocolViolationError as error:
            assert decoder.deaf
            return found, error.message, False
        assert decoder.buffered <= 1200
        return found, "", decoder.closed

    assert read(cut) == read(max(1, len(data)))


def test_many_small_messages_are_taken_a_few_at_a_time() -> None:
    """Otherwise each costs a hundred times its bytes in memory, all of them at once."""
    decoder = MessageDecoder(ServerProtocol(state=OPEN))
    decoder.feed(from_client(BINARY, request()) * 5000)
    decoder.next_frame()
    assert len(decoder._parsed) < 200
    assert FRAMES_BETWEEN < 200
