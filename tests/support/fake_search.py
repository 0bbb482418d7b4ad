"""Searches what a fake chat has, by the rules of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models, searching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def found(
    log: Mapping[str, Sequence[models.Message]], request: models.SearchRequest
) -> models.SearchReply:
    """Return what is found in a log of conversations."""
    wanted = searching.criteria(request)
    hits = sorted(
        (
            (message.at, where, message.seq, models.SearchHit(where, message))
            for where, messages in log.items()
            if request.conversation in (None, where)
            for message in messages
            if wanted.met_by(message.user, message.at, message.content)
        ),
        reverse=True,
    )
    if request.cursor is not None:
        hits = [each for each in hits if each[:3] < searching.place(request.cursor)]
    page = hits[: request.limit]
    more = searching.cursor(page[-1][:3]) if len(hits) > len(page) else None
    return models.SearchReply([hit for *_, hit in page], more)
