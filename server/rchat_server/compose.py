"""The composition root: the one place that knows every part of a server, and puts them together."""

from __future__ import annotations

import dataclasses
import functools
import secrets
import time
from typing import TYPE_CHECKING, Final

from rchat_server.core.hub import Hub, HubLimits
from rchat_server.gateway.clock import SystemClock
from rchat_server.gateway.health import Health
from rchat_server.gateway.limited import Limited
from rchat_server.gateway.listener import LIMITS, Listener
from rchat_server.gateway.server import Server
from rchat_server.gateway.service import Service
from rchat_server.passwords import PasswordPool
from rchat_server.service import FEEDS, LISTS, POSTS, READS, RESPONSES, Caller
from rchat_server.storage.memory import MemoryStore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from rchat_protocol.errors import ChatError
    from rchat_protocol.transport.base import TransportLimits
    from rchat_server.core.ports import Store
    from rchat_server.core.sites import Origin
    from rchat_server.gateway.door import DoorLimits
    from rchat_server.gateway.web import Site

_TOKEN_BYTES: Final = 24


def compose_server(
    host: str,
    port: int,
    *,
    store: Store | None = None,
    hub_limits: HubLimits | None = None,
    door: DoorLimits | None = None,
    tls: ssl.SSLContext | None = None,
    web: tuple[int, Site] | None = None,
) -> Server[Caller]:
    """Return a server; ``async with`` it to listen.

    Args:
        host: Where to listen.
        port: Likewise; 0 takes a free one: see `Server.address`.
        store: Where everything is kept, until after the server has ended; in memory by default.
        hub_limits: Bounds of what it holds, and of how fast people are.
        door: How many come from one address; anything by default.
        tls: Encrypts every connection; None leaves them as they are.
        web: On which port WebSocket is spoken, and what is there; None: on none.
    """
    kept = store or MemoryStore(epoch=secrets.token_hex(8))
    hub = compose_hub(kept, hub_limits or HubLimits())
    return server_of(hub, kept, host, port, door=door, tls=tls, web=web)


def compose_hub(store: Store, limits: HubLimits) -> Hub:
    """Return the chat that stands on ``store``.

    Args:
        store: Where everything is kept, until after the hub has ended.
        limits: Bounds of what it holds, and of how fast people are.
    """
    return Hub(
        store=store,
        clock=SystemClock(),
        new_token=functools.partial(secrets.token_urlsafe, _TOKEN_BYTES),
        new_id=new_id,
        passwords=PasswordPool(),
        limits=limits,
    )


def server_of(
    hub: Hub,
    store: Store,
    host: str,
    port: int,
    *,
    limits: TransportLimits = LIMITS,
    door: DoorLimits | None = None,
    tls: ssl.SSLContext | None = None,
    web: tuple[int, Site] | None = None,
) -> Server[Caller]:
    """Return a server of ``hub``, whose time and chance are whoever's made it.

    Args:
        hub: The chat.
        store: Where it is kept.
        host: Where to listen.
        port: Likewise.
        limits: Bounds of every connection's transport.
        door: How many come from one address; anything by default.
        tls: Encrypts it; None leaves it as it is.
        web: As of `compose_server`.
    """

    def new_caller(origin: Origin, close: Callable[[ChatError], None]) -> Caller:
        return Caller(hub, store, origin=origin, close=close)

    refused, drain = _counting(hub)
    service = Service(
        new_caller=new_caller,
        responses=RESPONSES,
        reads=READS,
        posts=POSTS,
        lists=LISTS,
        feeds=FEEDS,
        refused=refused,
    )
    listener = Listener(service, limits=limits, door=door)
    if web is not None:
        web = web[0], _with_pages(web[1], hub, listener)
    return Server(listener, drain=drain, host=host, port=port, tls=tls, web=web)


def _counting(hub: Hub) -> tuple[Callable[[str], None], Callable[[], Awaitable[None]]]:
    """Return what takes note of a refusal, and what ends ``hub`` when all of them are told."""
    limited = Limited(time.monotonic)

    def refused(code: str) -> None:
        hub.meter.refused(code)
        limited.refused(code)

    async def drain() -> None:
        await hub.aclose()
        limited.flush()

    return refused, drain


def _with_pages(site: Site, hub: Hub, listener: Listener[Caller]) -> Site:
    from rchat_server.gateway.metrics import Metrics  # its library is for nobody else

    pages = {
        "/health": Health(hub.canary.sing, time.monotonic).page,
        "/metrics": Metrics(hub.meter, hub.lobby, listener).page,
    }
    return dataclasses.replace(site, pages=pages)


def new_id() -> str:
    """Return an id that nobody has: ordered by time, as indexes like it, and hard to guess."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
