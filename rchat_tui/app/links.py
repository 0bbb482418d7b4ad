"""The links in what somebody said: pure."""

from __future__ import annotations

from rchat_tui.app import markup
from rchat_tui.app.markup import Mark
from rchat_tui.app.speech import ADDRESSES


def links(content: str) -> list[str]:
    """Return where a message leads, each once, in its order: http, https and mailto alone."""
    found: dict[str, None] = {}
    for block in markup.blocks(content):
        for span in block.spans:
            if span.link:
                found[span.link] = None
            elif Mark.CODE not in span.marks:
                for match in ADDRESSES.finditer(span.text):
                    found[markup.safe_link(match.group())] = None
    return [link for link in found if link]
