"""The pages about the server: whether it is well, and its figures."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.compose import compose_server
from rchat_server.core.meter import COMMIT_BOUNDS, OTHER, Meter
from rchat_server.gateway import health, web
from rchat_server.gateway.health import FRESH, Health
from rchat_server.gateway.web import Access, Site
from rchat_tui.client import ServerError
from rchat_tui.client.client import ChatClient
from support.failing import TroubledStore
from support.raw_web import RawWeb, close_code, upgrade_request
from support.wire import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOON = 5


class Here:
    """A server that runs, and its pages."""

    def __init__(self, urls: list[str], store: TroubledStore) -> None:
        self.tcp, self.web = urls
        self.store = store

    async def get(self, path: str, *, method: str = "GET", more: str = "") -> tuple[int, str]:
        """Return status and body of a page."""
        port = int(self.web.rpartition(":")[2].partition("/")[0])
        async with await RawWeb.dial(port) as peer, asyncio.timeout(SOON):
            return await peer.get(path, method=method, more=more)

    async def figures(self) -> dict[str, float]:
        """Return the figures by name, labels as they are written."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@contextlib.asynccontextmanager
async def site(access: Access = "local") -> AsyncIterator[Here]:
    """Run a server with a store that one can break."""
    store = TroubledStore()
    async with compose_server(
        "127.0.0.1", 0, store=store, web=(0, Site("/chat", access=access))
    ) as server:
        yield Here(server.urls, store)
        store.full = False
        if store.silent is not None:
            store.silent.set()
    assert not server._listener._answering


# -- health ----------------------------------------------------------------------------------------


async def test_a_server_is_well_only_where_a_message_is_stored_and_delivered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise whoever watches it is told that it is well while nobody can write."""
    monkeypatch.setattr(health, "FRESH", 0.0)
    async with site() as here:
        assert await here.get("/health") == (200, "A message was stored and delivered.\n")
        here.store.full = True
        assert await here.get("/health") == (503, "The disk is full.\n")
        here.store.full = False
        assert (await here.get("/health"))[0] == 200
        monkeypatch.setattr(health, "DEADLINE", 0.05)
        here.store.silent = asyncio.Event()
        status, why = await here.get("/health")
        assert (status, "could not be stored and delivered within" in why) == (503, True)
        here.store.silent.set()
        here.store.silent = None
        assert (await here.get("/health"))[0] == 200


class Patient:
    """What can be looked at."""

    def __init__(self) -> None:
        self.looks = 0
        self.ill: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def check(self) -> None:
        """Count, and be ill."""
        self.looks += 1
        await self.gate.wait()
        if self.ill is not None:
            raise self.ill


async def test_a_thousand_who_ask_are_one_look() -> None:
    """Otherwise asking is a way to keep a server's disk busy."""
    patient, now = Patient(), [0.0]
    page = Health(patient.check, lambda: now[0]).page
    patient.gate.clear()
    asking = asyncio.gather(*(page() for _ in range(1000)))
    await asyncio.sleep(0)
    patient.gate.set()
    assert {each.status for each in await asking} == {200}
    now[0] = FRESH * 0.9
    await page()
    assert patient.looks == 1
    now[0] = FRESH * 1.1
    await page()
    assert patient.looks == 2


@pytest.mark.parametrize(
    ("ill", "says"),
    [
        (ChatError(ErrorCode.SHUTTING_DOWN, "The server is going down.", retry=1.0), "going down"),
        (RuntimeError("secret of the server"), "the log knows more"),
    ],
)
async def test_why_it_is_ill_is_a_sentence(ill: Exception, says: str) -> None:
    """Otherwise one is told nothing, or more than one may know; and it stays ill for ever."""
    patient = Patient()
    page = Health(patient.check, iter(range(0, 100, 5)).__next__).page
    patient.ill = ill
    answer = await page()
    assert (answer.status, says in answer.body, "secret" in answer.body) == (503, True, False)
    patient.ill = None
    assert (await page()).status == 200


# -- who sees them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health", "/metrics"])
@pytest.mark.parametrize(
    ("access", "address", "proxy", "status"),
    [
        ("local", None, "", 200),
        ("local", "192.0.2.1", "", 403),
        ("local", None, "X-Forwarded-For: 192.0.2.1\r\n", 403),
        ("all", "192.0.2.1", "", 200),
        ("off", None, "", 404),
    ],
)
async def test_who_sees_the_pages(  # noqa: PLR0917 - the table's columns
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    access: Access,
    address: str | None,
    proxy: str,
    status: int,
) -> None:
    """Otherwise everybody sees how much is said, also through a proxy on the same machine."""
    monkeypatch.setattr(web, "site_of", lambda _: address)
    async with site(access) as here:
        answered, said = await here.get(path, more=proxy)
        assert answered == status
        if status == 403:
            assert 'metrics = "all"' in said


async def test_pages_are_to_be_read_and_nothing_else() -> None:
    """Otherwise a method that means something else is taken for a look."""
    async with site() as here:
        for method in ("POST", "PUT", "DELETE", "HEAD"):
            assert (await here.get("/metrics", method=method))[0] == 405
        assert (await here.get("/metrics?x=1"))[0] == 200


# -- figures ---------------------------------------------------------------------------------------


async def test_the_figures_tell_what_happens_and_no_names() -> None:
    """Otherwise one looks at figures that stand still, or reads in them who writes to whom."""
    async with site() as here:
        before = await here.figures()
        assert before["rchat_connections{tcp}"] == before["rchat_connections{websocket}"] == 0
        alice = ChatClient(here.web, user="alice-the-secret")
        bob = ChatClient(here.tcp, user="bob-the-secret")
        async with alice, bob:
            for each in (alice, bob):
                await each.join("secret-channel")
            for number in range(5):
                await alice.channel_message("secret-channel", f"secret {number}")
            with pytest.raises(ServerError):
                await alice.channel_message("no-such", "secret")
            there = await here.figures()
            assert there["rchat_connections{tcp}"] == 1
            assert there["rchat_connections{websocket}"] == 1
            assert there["rchat_connections{http}"] == 1, "this one"
            assert there["rchat_sessions"] == there["rchat_logins_total"] == 2
            assert there["rchat_entries_total"] == 5
            assert 5 <= there["rchat_deliveries_total"] <= 12
            assert there["rchat_waiting"] == 0
            assert there["rchat_refusals_total{no-such-channel}"] == 1
            assert there["rchat_commit_seconds_count"] == here.store.appends
            assert there["rchat_commit_seconds_bucket{+Inf}"] == here.store.appends
            assert "secret" not in (await here.get("/metrics"))[1]
        await asyncio.sleep(0.05)
        after = await here.figures()
        assert after["rchat_sessions"] == after["rchat_connections{tcp}"] == 0


async def test_what_waits_is_counted_down_however_it_ends() -> None:
    """Otherwise a queue that was refused is shown as full for ever."""
    async with site() as here, ChatClient(here.web, user="alice") as alice:
        await alice.join("tea")
        here.store.silent = gate = asyncio.Event()
        appends = here.store.appends
        asked = [asyncio.create_task(alice.channel_message("tea", "first"))]
        await until(lambda: here.store.appends > appends)
        asked += [asyncio.create_task(alice.channel_message("tea", "then")) for _ in range(9)]
        await asyncio.sleep(0.1)
        assert (await here.figures())["rchat_waiting"] == 9
        here.store.full, here.store.silent = True, None
        gate.set()
        await asyncio.gather(*asked, return_exceptions=True)
        assert (await here.figures())["rchat_waiting"] == 0


def test_codes_that_a_client_makes_up_are_one() -> None:
    """Otherwise each connection can leave a figure for ever."""
    meter = Meter(iter([0.0, 0.001, 0.0, 99.0, 0.0, 0.0]).__next__)
    for number in range(100):
        meter.refused(f"made-up-{number}")
    meter.refused(ErrorCode.BUSY)
    assert dict(meter.refusals) == {OTHER: 100, "busy": 1}
    for _ in range(3):
        meter.committed(meter.now(), 1)
    assert meter.commit_counts == [2] + [0] * (len(COMMIT_BOUNDS) - 1) + [1]


async def test_a_connection_that_ends_with_an_error_is_counted() -> None:
    """Otherwise floods and broken clients do not show."""
    async with site() as here:
        port = int(here.web.rpartition(":")[2].partition("/")[0])
        async with await RawWeb.dial(port) as peer:
            await peer.ask(upgrade_request())
            peer.send(b"\x82\x80" + bytes(4))
            assert close_code(await peer.all_heard()) == 1002
        await asyncio.sleep(0.05)
        assert (await here.figures())["rchat_refusals_total{protocol-violation}"] == 1
